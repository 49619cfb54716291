"""The registry that is shipped, and finding entries by what people type."""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcert.io.parameters.applicant_search import find_entries, suggest_entries
from smartcert.io.parameters.registries import SHIPPED_REGISTRY, read_registry
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


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_name_of_single_letters_is_the_same_name(form: Literal["NFC", "NFD"], tmp_path: Path) -> None:
    shipped = PROJECT_ROOT / "parameters" / "rounds" / "example" / "registry.csv"
    copy = tmp_path / "registry.csv"
    copy.write_text(unicodedata.normalize(form, shipped.read_text("utf-8-sig")), "utf-8")
    assert read_registry(copy).entries == read_registry(shipped).entries


def test_each_population_has_its_month_and_source() -> None:
    populations = [entry.population for entry in REGISTRY.entries if entry.population]
    assert {(one.as_of, one.source) for one in populations} == {("2023-10", "MOIS-POP-202310")}
    assert (REGISTRY.as_of, REGISTRY.source) == ("2023-10", "MOIS-POP-202310")


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
