"""The registry that is shipped, the ministry's export of any month, and finding entries by what people type."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcert.errors import InputError
from smartcert.io.applicant_search import find_entries, suggest_entries
from smartcert.io.registry import SHIPPED_REGISTRY, read_registry
from smartcert.model.applicant import NOT_LOCAL_GOVERNMENTS, Applicant, ApplicantKind, Registry
from smartcert.model.citation import Text
from smartcert.paths import PROJECT_ROOT

REGISTRY = read_registry(PROJECT_ROOT / "parameters" / "registry" / SHIPPED_REGISTRY)


def test_the_shipped_registry_has_every_kind_in_its_number() -> None:
    assert Counter(entry.kind for entry in REGISTRY.entries) == {
        ApplicantKind.SPECIAL_CITY: 1,
        ApplicantKind.METROPOLITAN_CITY: 6,
        ApplicantKind.SPECIAL_SELF_GOVERNING_CITY: 1,
        ApplicantKind.SPECIAL_SELF_GOVERNING_PROVINCE: 2,
        ApplicantKind.PROVINCE: 7,
        ApplicantKind.CITY: 75,
        ApplicantKind.COUNTY: 82,
        ApplicantKind.AUTONOMOUS_DISTRICT: 69,
        ApplicantKind.GENERAL_DISTRICT: 32,
        ApplicantKind.ADMINISTRATIVE_CITY: 2,
        ApplicantKind.BRANCH_OFFICE_CODE: 15,
        ApplicantKind.DUPLICATE_CODE: 1,
    }


def test_243_entries_are_local_governments_and_50_are_not() -> None:
    others = [entry for entry in REGISTRY.entries if entry.kind in NOT_LOCAL_GOVERNMENTS]
    assert (len(REGISTRY.entries) - len(others), len(others)) == (243, 50)


def test_the_top_level_adds_up_to_the_nation() -> None:
    top = [entry.population.residents for entry in REGISTRY.entries if not entry.parent_code and entry.population]
    assert sum(top) == 51_354_226


def test_each_population_has_its_month_and_source() -> None:
    populations = [entry.population for entry in REGISTRY.entries if entry.population]
    assert {(one.as_of, one.source) for one in populations} == {("2023-10", "MOIS-POP-202310")}
    assert (REGISTRY.as_of, REGISTRY.source) == ("2023-10", "MOIS-POP-202310")


# --- the ministry's export --------------------------------------------------------------------------------------------

JEONBUK = ("45", "52")
DONGS = [("서울특별시 종로구 청운효자동 (1111051500)", "11,600"), ("경기도 남양주시 와부읍 (4136025000)", "60,000")]


def full_name(entry: Applicant) -> str:
    last = entry.name.ko.split()[-1]
    if entry.kind is ApplicantKind.DUPLICATE_CODE:
        return entry.name.ko
    name = f"{entry.parent_name} {last}" if entry.parent_name else f"{entry.name.ko} "
    return name.replace("전라북도", "전북특별자치도")


def renamed(code: str) -> str:
    """The code of 2024: Jeonbuk became a special self-governing province and got codes that begin with 52."""
    old, new = JEONBUK
    return new + code[2:] if code.startswith(old) else code


def export(month: str = "2024년06월", column: str = "총인구수") -> str:
    """What the ministry's page gives for a month in 2024, written from our own table."""
    lines = io.StringIO()
    writer = csv.writer(lines, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(["행정구역", f"{month}_{column}", f"{month}_세대수", f"{month}_세대당 인구"])
    writer.writerow(["전국  (1000000000)", "51,271,480", "24,000,000", "2.14"])
    for entry in REGISTRY.entries:
        residents = entry.population.residents if entry.population else 0
        writer.writerow([f"{full_name(entry)} ({renamed(entry.code)})", f"{residents:,}", "1,000", "2.00"])
    for dong, people in DONGS:
        writer.writerow([dong, people, "1", "1.00"])
    return lines.getvalue()


def read_export(tmp_path: Path, text: str, encoding: str = "cp949") -> Registry:
    path = tmp_path / "202406_202406_주민등록인구및세대현황_월간.csv"
    path.write_bytes(text.encode(encoding))
    return read_registry(path)


@pytest.mark.parametrize("encoding", ["cp949", "utf-8", "utf-8-sig"])
@pytest.mark.parametrize("column", ["총인구수", "계_총인구수"])
def test_an_export_of_another_month_gives_the_same_entries(encoding: str, column: str, tmp_path: Path) -> None:
    read = read_export(tmp_path, export(column=column), encoding).by_code()
    assert len(read) == 293
    for entry in REGISTRY.entries:
        same = read[renamed(entry.code)]
        jeonbuk = entry.name.ko == "전라북도"
        assert same.kind is (ApplicantKind.SPECIAL_SELF_GOVERNING_PROVINCE if jeonbuk else entry.kind)
        assert same.parent_code == (renamed(entry.parent_code) if entry.parent_code else None)
        assert same.name.ko == ("전북특별자치도" if jeonbuk else entry.name.ko)
        assert same.parent_name == entry.parent_name.replace("전라북도", "전북특별자치도")
        assert same.name.en == ("전북특별자치도" if jeonbuk else entry.name.en)


def test_the_month_of_an_export_is_that_of_its_heading(tmp_path: Path) -> None:
    read = read_export(tmp_path, export("2024년12월"))
    assert read.as_of == "2024-12"
    assert read.source.startswith("MOIS-POP-202412 (")
    seoul = read.by_code()["1100000000"].population
    assert seoul is not None
    assert (seoul.residents, seoul.as_of, seoul.source) == (9_400_249, "2024-12", "MOIS-POP-202412")


def test_notes_are_taken_over_by_code(tmp_path: Path) -> None:
    assert "second live code" in read_export(tmp_path, export()).by_code()["3611000000"].note


def test_a_city_that_got_districts_since_is_read_without_code(tmp_path: Path) -> None:
    read = read_export(tmp_path, export() + '"경기도 부천시 원미구 (4119200000)","400,000","1","1"\r\n')
    wonmi = read.by_code()["4119200000"]
    assert (wonmi.kind, wonmi.name.ko, wonmi.parent_code) == (
        ApplicantKind.GENERAL_DISTRICT,
        "부천시 원미구",
        "4119000000",
    )


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("(1114000000)", "(1111000000)", "the code 1111000000 again"),
        ('"서울특별시 종로구 (1111000000)"', '"서울특별시 종로구"', "a name and a code"),
        ('"서울특별시 종로구 (1111000000)"', '"한양부 종로구 (1111000000)"', "whose parent is in the file"),
        ('"9,400,249"', '"9.400.249"', "residents such as"),
        ('"9,400,249"', '"-9,400,249"', "residents such as"),
        ("2024년06월_총인구수", "2024년13월_총인구수", "no column of population"),
        ("2024년06월_세대수", "2024년07월_총인구수", "2 columns of population"),
    ],
)
def test_a_broken_export_is_told(old: str, new: str, words: str, tmp_path: Path) -> None:
    text = export()
    assert old in text
    with pytest.raises(InputError, match=words) as told:
        read_export(tmp_path, text.replace(old, new, 1))
    assert all(problem.place.line for problem in told.value.problems)


# --- names ------------------------------------------------------------------------------------------------------------


def local_governments() -> list[Applicant]:
    return [entry for entry in REGISTRY.entries if entry.kind not in NOT_LOCAL_GOVERNMENTS]


def test_those_that_share_a_name_are_named_with_their_parent_and_all_others_as_they_are() -> None:
    times = Counter(entry.name.ko for entry in local_governments())
    shared = [entry for entry in local_governments() if times[entry.name.ko] > 1]
    assert (len(shared), len({entry.name.ko for entry in shared})) == (29, 7)
    for entry in local_governments():
        named = f"{entry.parent_name} {entry.name.ko}" if entry in shared else entry.name.ko
        assert entry.full_name.ko == named
    by_code = REGISTRY.by_code()
    assert [(by_code[code].full_name.ko, by_code[code].full_name.en) for code in ("2811000000", "5182000000")] == [
        ("인천광역시 중구", "Jung-gu, Incheon"),
        ("강원특별자치도 고성군", "Goseong-gun, Gangwon State"),
    ]


def test_no_two_entries_have_the_same_full_name_in_either_language_and_each_is_found_by_it() -> None:
    entries = [entry for entry in REGISTRY.entries if entry.kind is not ApplicantKind.DUPLICATE_CODE]
    for language in ("ko", "en"):
        times = Counter(entry.full_name.of(language) for entry in entries)
        assert [name for name, count in times.items() if count > 1] == []
    for entry in local_governments():
        for name in (entry.full_name.ko, entry.full_name.en):
            assert find_entries(REGISTRY, name) == (entry,)


NAMES = st.sampled_from(["가시", "나구", "가시 나구", "다도", "다도 가시"])


@given(
    st.lists(st.tuples(NAMES, NAMES, st.integers(min_value=0, max_value=7)), min_size=1, max_size=8),
    st.sampled_from([ApplicantKind.CITY, ApplicantKind.AUTONOMOUS_DISTRICT]),
)
def test_names_are_told_apart_in_any_registry(rows: list[tuple[str, str, int]], kind: ApplicantKind) -> None:
    entries = tuple(
        Applicant(code=f"{n:010}", name=Text(ko=ko, en=en), kind=kind, parent_code=f"{above:010}")
        for n, (ko, en, above) in enumerate(rows)
    )
    registry = Registry(as_of="2023-10", entries=entries, source="test")
    for language in ("ko", "en"):
        assert max(Counter(entry.full_name.of(language) for entry in registry.entries).values()) == 1
    assert replace(registry, entries=registry.entries) == registry


# --- finding entries --------------------------------------------------------------------------------------------------


def found(words: str) -> list[str]:
    return [f"{entry.parent_name} {entry.name.ko}".strip() for entry in find_entries(REGISTRY, words)]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("2714000000", ["대구광역시 동구"]),
        ("3611000000", ["세종특별자치시 세종특별자치시"]),
        ("세종특별자치시", ["세종특별자치시"]),
        ("세종", ["세종특별자치시"]),
        ("대구 중구", ["대구광역시 중구"]),
        ("대구광역시 중구", ["대구광역시 중구"]),
        ("중구, 대구", ["대구광역시 중구"]),
        ("중구 (대구)", ["대구광역시 중구"]),
        ("Jung-gu, Daegu", ["대구광역시 중구"]),
        ("jung-gu daegu", ["대구광역시 중구"]),
        ("광주시", ["경기도 광주시"]),
        ("경기도 광주시", ["경기도 광주시"]),
        ("광주 (경기)", ["경기도 광주시"]),
        ("광주광역시", ["광주광역시"]),
        ("광주", ["광주광역시", "경기도 광주시"]),
        ("고성군", ["강원특별자치도 고성군", "경상남도 고성군"]),
        ("경남 고성", ["경상남도 고성군"]),
        ("강원 고성군", ["강원특별자치도 고성군"]),
        ("양주시", ["경기도 양주시"]),
        ("수원시", ["경기도 수원시"]),
        ("수원시 장안구", ["경기도 수원시 수원시 장안구"]),
        ("장안구", ["경기도 수원시 수원시 장안구"]),
        ("Jangan-gu, Suwon-si", ["경기도 수원시 수원시 장안구"]),
        ("서울시", ["서울특별시"]),
        ("서울", ["서울특별시"]),
        ("SEOUL", ["서울특별시"]),
        ("Gangwon State", ["강원특별자치도"]),
        ("강원도", ["강원특별자치도"]),
        ("충북", ["충청북도"]),
        ("제주시", ["제주특별자치도 제주시"]),
        ("없는시", []),
        ("", []),
        ("구", []),
        ("9999999999", []),
        ("가" * 5_000, []),
    ],
)
def test_entries_are_found_by_what_people_type(words: str, names: list[str]) -> None:
    assert found(words) == names


def test_a_name_that_occurs_six_times_is_found_six_times() -> None:
    assert {entry.name.ko for entry in find_entries(REGISTRY, "동구")} == {"동구"}
    assert len(find_entries(REGISTRY, "동구")) == 6


@pytest.mark.parametrize("entry", REGISTRY.entries, ids=[entry.code for entry in REGISTRY.entries])
def test_every_entry_is_found_by_code_and_by_its_whole_name(entry: Applicant) -> None:
    assert find_entries(REGISTRY, entry.code) == (entry,)
    if entry.kind is not ApplicantKind.DUPLICATE_CODE:
        assert find_entries(REGISTRY, f"{entry.parent_name} {entry.name.ko.split()[-1]}") == (entry,)
        assert entry in find_entries(REGISTRY, entry.name.en)


def test_what_is_not_found_has_a_nearest() -> None:
    assert [entry.name.ko for entry in suggest_entries(REGISTRY, "종로")] == ["종로구"]
    assert suggest_entries(REGISTRY, "Suwonn")[0].name.ko == "수원시"
    assert suggest_entries(REGISTRY, "xyzzy") == ()
