"""Who sent a package, by a code or name of another day: the check of name against code goes by local government."""

from __future__ import annotations

from datetime import date

import pytest

from smartcert.io.parameters.applicant_search import describe_unknown_code, identify_sender
from smartcert.io.parameters.registries import read_month
from smartcert.model.applicant import Registry

JULY = read_month("2026-07", date(2027, 9, 1))
OCTOBER = read_month("2023-10", date(2023, 9, 13))


@pytest.mark.parametrize(
    ("code", "name", "means"),
    [
        ("1213000000", "여수시", "1213000000"),
        ("4613000000", "여수시", "1213000000"),
        ("1213000000", "전라남도 여수시", "1213000000"),
        ("4613000000", "전라남도 여수시", "1213000000"),
        ("1221000000", "광주 동구", "1221000000"),
        ("2911000000", "광주광역시 동구", "1221000000"),
        ("2827500000", "인천 서구", "2827500000"),
        ("4111000000", "수원특례시", "4111000000"),
        ("", "수원특례시", "4111000000"),
        ("", "광주 동구", "1221000000"),
        ("", "여수시", "1213000000"),
    ],
)
def test_an_old_name_or_code_is_the_local_government_of_today(code: str, name: str, means: str) -> None:
    entry, problems = identify_sender("", code, name, JULY, "package")
    assert problems == []
    assert entry is not None
    assert entry.code == means


@pytest.mark.parametrize(
    ("code", "name", "words"),
    [
        ("1221000000", "부산 동구", "beside the code of 전남광주통합특별시 동구"),
        (
            "2811000000",
            "인천 중구",
            "that of 인천광역시 중구 until 2026-06-30 (now 제물포구 2812500000, 영종구 2815500000)",
        ),
        ("", "인천 중구", "that of 인천광역시 중구 until 2026-06-30"),
        ("", "전라남도", "(now 전남광주통합특별시 1200000000)"),
        ("", "인천 서구", "a former one of 서해구 2827500000"),
        ("", "동구", "which 5 have"),
        ("9999999999", "", "which the registry does not have"),
        ("", "광주 동귀", "광주 동귀"),
    ],
)
def test_who_is_not_meant_surely_is_asked_for(code: str, name: str, words: str) -> None:
    entry, problems = identify_sender("", code, name, JULY, "package")
    assert entry is None
    assert words in problems[0].found
    assert "부산광역시" not in problems[0].found or name == "동구" or "부산" in name


def test_a_round_of_2023_goes_by_the_names_of_its_day() -> None:
    assert identify_sender("", "4613000000", "여수시", OCTOBER, "package")[0] is OCTOBER.by_code()["4613000000"]
    entry, problems = identify_sender("", "1213000000", "여수시", OCTOBER, "package")
    assert (entry, problems) == (OCTOBER.by_code()["4613000000"], [])


@pytest.mark.parametrize(
    ("code", "registry", "said"),
    [
        ("4613000000", JULY, ("4613000000, another code of 여수시", "1213000000, its code in the round's registry")),
        ("1213000000", OCTOBER, ("1213000000, another code of 여수시", "4613000000, its code in the round's registry")),
        (
            "2900000000",
            JULY,
            (
                "2900000000, that of 광주광역시 until 2026-06-30 (now 전남광주통합특별시 1200000000)",
                "a local government of the round's registry",
            ),
        ),
        ("4613000001", JULY, None),
        ("여수시", JULY, None),
        ("46130", JULY, None),
    ],
)
def test_a_code_of_another_day_is_told_with_the_one_to_take(
    code: str, registry: Registry, said: tuple[str, str] | None
) -> None:
    assert describe_unknown_code(code, registry) == said
