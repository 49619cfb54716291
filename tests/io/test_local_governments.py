"""The dated table of local governments: how many there are on a day, who is who, and a table that is wrong."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcert.errors import InputError, UsageError
from smartcert.io.parameters.applicant_search import assign_ids
from smartcert.io.parameters.local_governments import BEGINS, load_local_governments, read_local_governments
from smartcert.io.parameters.populations import find_month_file, last_day, list_months, read_populations
from smartcert.io.parameters.registries import SHIPPED_REGISTRY, read_registry
from smartcert.model.applicant import ApplicantKind
from smartcert.model.local_government import ChangeKind, ChangeStatus, LocalGovernments
from smartcert.paths import PROJECT_ROOT

TABLE = PROJECT_ROOT / "parameters" / "registry" / "local_governments"
GOVERNMENTS = load_local_governments()
TODAY = date(2026, 11, 28)


# 226 cities, counties and districts and 17 regional governments from the day on which the table begins; Act 21446 made
# one of two regional governments, Act 20161 four districts of three.
@pytest.mark.parametrize(
    ("day", "regional", "local"),
    [
        (date(2019, 12, 31), 17, 226),
        (date(2023, 10, 31), 17, 226),
        (date(2024, 12, 31), 17, 226),
        (date(2026, 6, 30), 17, 226),
        (date(2026, 7, 1), 16, 227),
        (date(2026, 7, 31), 16, 227),
    ],
)
def test_there_are_243_local_governments_on_every_day(day: date, regional: int, local: int) -> None:
    governments = GOVERNMENTS.governments_on(day)
    top = [government for government in governments if GOVERNMENTS.parent(government, day) is None]
    assert (len(governments), len(top), len(governments) - len(top)) == (243, regional, local)


@given(st.dates(min_value=BEGINS, max_value=TODAY))
def test_on_every_day_each_entity_has_one_code_one_name_and_a_parent_of_that_day(day: date) -> None:
    entries = GOVERNMENTS.registry(day).entries
    codes = Counter(entry.code for entry in entries)
    assert max(codes.values()) == 1
    assert all(entry.parent_code in codes for entry in entries if entry.parent_code)
    for language in ("ko", "en"):
        names = Counter(
            entry.full_name.of(language) for entry in entries if entry.kind is not ApplicantKind.DUPLICATE_CODE
        )
        assert max(names.values()) == 1


def test_the_registry_of_october_2023_is_the_one_that_is_shipped_as_a_table() -> None:
    populations = read_populations(find_month_file("2023-10"), GOVERNMENTS)
    ours = GOVERNMENTS.registry(date(2023, 10, 31), populations)
    shipped = read_registry(PROJECT_ROOT / "parameters" / "registry" / SHIPPED_REGISTRY)
    assert (ours.as_of, ours.source) == (shipped.as_of, shipped.source)
    assert ours.by_code().keys() == shipped.by_code().keys()
    for code, entry in shipped.by_code().items():
        if entry.kind is not ApplicantKind.BRANCH_OFFICE_CODE:  # these have no English name in the table
            assert ours.by_code()[code] == replace(entry, note="")


def test_every_month_of_populations_joins_to_the_entities_of_that_month() -> None:
    assert set(list_months()) >= {"2023-10", "2025-05", "2026-07"}
    for month in list_months():
        populations = read_populations(find_month_file(month), GOVERNMENTS)
        here = {government.id for government in GOVERNMENTS.governments_on(last_day(month))}
        assert here <= populations.keys()
    assert {population.source for population in populations.values()} == {"COMPOSED-POP-202607"}


def test_no_english_name_has_a_korean_letter() -> None:
    assert all(name.text.en.isascii() for entity in GOVERNMENTS.entities.values() for name in entity.names)


def test_every_applicant_of_july_2026_has_an_id_that_a_person_can_read() -> None:
    ids = assign_ids(GOVERNMENTS.registry(date(2026, 7, 31)))
    assert not [one for one in ids.values() if one[1:].isdigit()]
    assert (ids["2815500000"], ids["1200000000"], ids["1213000000"]) == ("yeongjong-gu", "jeonnam-gwangju", "yeosu-si")


def test_what_a_table_before_2019_would_say_is_not_known() -> None:
    with pytest.raises(UsageError, match="begins on 2019-01-01"):
        GOVERNMENTS.on(BEGINS - timedelta(days=1))


@pytest.mark.parametrize(
    ("code", "later"),
    [
        ("4613000000", "1213000000"),  # 여수시
        ("2920000000", "1233000000"),  # 광주 광산구
        ("4200000000", "5100000000"),  # 강원
        ("4500000000", "5200000000"),  # 전북
        ("4511000000", "5211000000"),  # 전주시
        ("4772000000", "2772000000"),  # 군위군
        ("2826000000", "2827500000"),  # 인천 서구, today 서해구
    ],
)
def test_an_entity_outlives_its_code(code: str, later: str) -> None:
    before, after = GOVERNMENTS.by_code(code), GOVERNMENTS.by_code(later)
    assert before is after is not None
    assert GOVERNMENTS.codes_of(code) == GOVERNMENTS.codes_of(later) == (code, later)
    assert GOVERNMENTS.by_code(code, TODAY) is None


@pytest.mark.parametrize(
    ("entity", "successors"),
    [
        ("jung-gu-incheon", {"jemulpo-gu", "yeongjong-gu"}),
        ("dong-gu-incheon", {"jemulpo-gu"}),
        ("gwangju", {"jeonnam-gwangju"}),
        ("jeonnam", {"jeonnam-gwangju"}),
        ("seo-gu-incheon", set()),
    ],
)
def test_who_comes_after_whom(entity: str, successors: set[str]) -> None:
    assert {after.id for after in GOVERNMENTS.successors(GOVERNMENTS.entities[entity])} == successors


def test_every_change_has_its_act_and_a_source_or_says_that_it_has_none() -> None:
    for change in GOVERNMENTS.changes:
        assert change.act is not None
        assert bool(change.cite) is not (change.status is ChangeStatus.UNSOURCED)
    assert Counter(change.kind for change in GOVERNMENTS.changes)[ChangeKind.DIVIDED] == 2


def test_what_has_ended_is_named_as_it_was_on_its_last_day() -> None:
    named = GOVERNMENTS.name(GOVERNMENTS.entities["jung-gu-incheon"], TODAY)
    assert (named.ko, named.en) == ("인천광역시 중구", "Jung-gu, Incheon")


# --- a table that is wrong --------------------------------------------------------------------------------------------


def read_altered(tmp_path: Path, file: str, old: str, new: str) -> LocalGovernments:
    folder = tmp_path / "table"
    shutil.copytree(TABLE, folder)
    text = (folder / file).read_text(encoding="utf-8-sig")
    assert text.count(old) == 1
    (folder / file).write_text(text.replace(old, new), encoding="utf-8")
    return read_local_governments(folder)


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("codes.csv", "yeosu-si,4613000000,own,,2026-06-30", "yeosu-si,4613000000,own,,2026-07-01", "a second code"),
        ("codes.csv", "jongno-gu,1111000000", "jongno-gu,1114000000", "a second code on the days of line"),
        ("codes.csv", "jongno-gu,1111000000", "jongno-gu,111100000", "ten digits"),
        ("codes.csv", "yeosu-si,4613000000,own,,2026-06-30", "yeosu-si,4613000000,own,,2026-06-29", "for each day"),
        (
            "forms.csv",
            "jongno-gu,autonomous_district,seoul",
            "jongno-gu,autonomous_district,seol",
            "'seol', which does",
        ),
        (
            "forms.csv",
            "jongno-gu,autonomous_district,seoul",
            "jongno-gu,autonomous_district,",
            "the id of what it lies in",
        ),
        (
            "forms.csv",
            "gunwi-gun,county,daegu,2023-07-01",
            "gunwi-gun,county,daegu,2023-07-02",
            "changed on 2023-07-02",
        ),
        ("names.csv", "jongno-gu,종로구,Jongno-gu", "jongno-gu,종로구,종로구", "Latin letters"),
        ("names.csv", "jongno-gu,종로구", "jongro-gu,종로구", "an entity of names.csv"),
        (
            "names.csv",
            "seo-gu-incheon,서구,Seo-gu,registered,,2026-06-30",
            "seo-gu-incheon,서구,Seo-gu,registered,2026-07-02,2026-06-30",
            "a day not before",
        ),
        ("changes.yaml", "  - day: 2023-07-01", "  - day: 2023-07-02", "changed on 2023-07-01"),
        ("changes.yaml", "before: [gunwi-gun]", "before: [gunwi]", "an entity of names.csv"),
        ("changes.yaml", "cite: [gunwi-act-19155]", "cite: []", "a source, or the status unsourced"),
        ("changes.yaml", "cite: [gunwi-act-19155]", "cite: [gunwi-act]", "a key of sources.yaml"),
    ],
)
def test_a_table_that_does_not_hold_together_is_refused_with_its_place(
    file: str, old: str, new: str, words: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=words) as refused:
        read_altered(tmp_path, file, old, new)
    assert all(problem.place.line for problem in refused.value.problems)


def test_a_change_that_nobody_could_source_may_say_so(tmp_path: Path) -> None:
    read_altered(
        tmp_path, "changes.yaml", "cite: [gunwi-act-19155]\n    status: law", "cite: []\n    status: unsourced"
    )
