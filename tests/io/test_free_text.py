"""How people write values: what is read, what is asked, what is refused."""

from __future__ import annotations

from datetime import date, datetime
from fractions import Fraction
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcert.io.formats import free_text
from smartcert.io.formats.csv import format_exact, format_figure
from smartcert.io.formats.free_text import Ambiguous, Certain, Unreadable
from smartcert.io.formats.grid import CellType, RawCell
from smartcert.model.application import Missing
from smartcert.model.indicator import CountScale, Indicator
from smartcert.model.korean_time import KOREAN_TIME
from tests.support.build import rules_of_2023
from tests.support.worked_cases import case_file


@cache
def of_unit(unit: str) -> Indicator:
    found = (one for one in rules_of_2023().edition.indicators() if one.unit.ko == unit)
    return next(one for one in found if not isinstance(one.scale, CountScale))


PEOPLE, PERCENT, YES_NO = "명", "%", "예/아니요"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1234", 1234),
        ("1,234명", 1234),
        ("1,234,567 명", 1234567),
        ("１，２３４명", 1234),
        ("12.50", Fraction(25, 2)),
        ("0", 0),
        ("-3", -3),
        ("+5", 5),
        (" 12\u00a0명 ", 12),
        ("12 people", 12),
        ("1 person", 1),
    ],
)
def test_one_way_of_reading_a_number_is_taken(text: str, value: Fraction | int) -> None:
    assert free_text.interpret_figure(RawCell(text), of_unit(PEOPLE)) == Certain(Fraction(value))


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("1,23", ("1.23", "123")),
        ("1.234.567", ("1234567",)),
        ("약 120", ("120",)),
        ("120명 이상", ("120",)),
        ("100~120", ("100", "120")),
        ("(12)", ("-12", "12")),
        ("△12", ("-12", "12")),
        ("3만명", ("30000", "3")),
        ("12백만명", ("12000000", "12")),
        ("1.5천만", ("15000000", "1.5")),
        ("12개월", ("12",)),
        ("45%", ("45",)),
        ("없음", ("0", "absent", "not_applicable")),
        ("-", ("0", "absent", "not_applicable")),
        ("#N/A", ("absent", "not_applicable")),
        ("#DIV/0!", ("absent", "not_applicable")),
        ("", ("absent", "not_applicable")),
    ],
)
def test_two_ways_of_reading_a_number_are_asked(text: str, readings: tuple[str, ...]) -> None:
    read = free_text.interpret_figure(RawCell(text), of_unit(PEOPLE))
    assert isinstance(read, Ambiguous)
    assert read.readings == readings
    assert read.why.ko != read.why.en


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("1,234천원", ("1.234", "1234")),
        ("3억원", ("300", "3")),
        ("12억", ("1200", "12")),
        ("1,234,000원", ("1.234", "1234000")),
        ("5천만원", ("50", "5")),
        ("12만명", ("12", "120000")),
    ],
)
def test_an_amount_in_another_unit_of_money_is_asked_with_what_it_is_in_the_wanted_one(
    text: str, readings: tuple[str, ...]
) -> None:
    read = free_text.interpret_figure(RawCell(text), of_unit("백만원"))
    assert isinstance(read, Ambiguous)
    assert read.readings == readings


@pytest.mark.parametrize("case", case_file("figures")["cases"], ids=lambda case: repr(case["text"]))
def test_a_figure_as_people_type_it_is_read_in_its_one_way_or_asked(case: dict[str, Any]) -> None:
    (indicator,) = (one for one in rules_of_2023().edition.indicators() if one.id == "N01")
    read = free_text.interpret_figure(RawCell(case["text"]), indicator)
    if "reads" in case:
        assert isinstance(read, Certain)
        assert format_figure(read.value, indicator) == case["reads"]
        return
    assert not isinstance(read, Certain)
    assert (list(read.readings) if isinstance(read, Ambiguous) else []) == case["asks"]
    assert case.get("why", "") in (read.why.ko if isinstance(read, Ambiguous) else "")


@pytest.mark.parametrize(
    "text",
    ["많음", "NaN", "inf", "1e308", "=1+1", "=cmd|'/c calc'!A0", "12 34", "1\u202e2", "٣", "12;13", "9" * 30],
)
def test_what_is_no_number_is_refused(text: str) -> None:
    assert isinstance(free_text.interpret_figure(RawCell(text), of_unit(PEOPLE)), Unreadable)


@pytest.mark.parametrize(
    ("text", "value"),
    [("미제출", Missing.ABSENT), ("해당 없음", Missing.NOT_APPLICABLE), ("N/A", Missing.NOT_APPLICABLE)],
)
def test_absent_and_not_applicable_have_words(text: str, value: Missing) -> None:
    assert free_text.interpret_figure(RawCell(text), of_unit(PEOPLE)) == Certain(value)


@pytest.mark.parametrize("text", ["45%", "45 per cent", "45 퍼센트", "45％", "45 percent", "45"])
def test_percent_and_per_cent_are_the_same(text: str) -> None:
    assert free_text.interpret_figure(RawCell(text), of_unit(PERCENT)) == Certain(Fraction(45))


def test_a_cell_shown_as_a_percentage_is_read_as_it_is_shown() -> None:
    assert free_text.interpret_figure(RawCell("0.45", CellType.PERCENT), of_unit(PERCENT)) == Certain(Fraction(45))
    read = free_text.interpret_figure(RawCell("0.45", CellType.NUMBER), of_unit(PERCENT))
    assert isinstance(read, Ambiguous)
    assert read.readings == ("0.45", "45")
    assert isinstance(free_text.interpret_figure(RawCell("0.5", CellType.PERCENT), of_unit(PEOPLE)), Ambiguous)


def test_a_stored_number_is_read_to_the_digits_that_are_shown() -> None:
    assert free_text.interpret_figure(RawCell("12.300000000000001", CellType.NUMBER), of_unit(PEOPLE)) == Certain(
        Fraction("12.3")
    )
    for hostile in ("1E+308", "NaN", "INF", "1E-300"):
        assert isinstance(free_text.interpret_figure(RawCell(hostile, CellType.NUMBER), of_unit(PEOPLE)), Unreadable)


def test_a_formula_counts_with_its_value_and_is_asked_without() -> None:
    assert free_text.interpret_figure(RawCell("7", CellType.NUMBER, "SUM(A1:A3)"), of_unit(PEOPLE)) == Certain(
        Fraction(7)
    )
    read = free_text.interpret_figure(
        RawCell("", CellType.NUMBER, "SUM(A1:A3)", "a formula without a value"), of_unit(PEOPLE)
    )
    assert isinstance(read, Ambiguous)


def test_a_unit_that_the_form_changed_is_asked() -> None:
    read = free_text.interpret_figure(RawCell("3"), of_unit(PEOPLE), "천명")
    assert isinstance(read, Ambiguous)
    assert read.readings == ("3",)
    assert free_text.interpret_figure(RawCell("3"), of_unit(PEOPLE), "명 / people") == Certain(Fraction(3))


@pytest.mark.parametrize(
    ("text", "value"), [("예", 1), ("O", 1), ("○", 1), ("있음", 1), ("TRUE", 1), ("아니요", 0), ("X", 0), ("no", 0)]
)
def test_yes_and_no_have_many_words(text: str, value: int) -> None:
    assert free_text.interpret_figure(RawCell(text), of_unit(YES_NO)) == Certain(Fraction(value))


@pytest.mark.parametrize("text", ["△", "없음", "일부", "무"])
def test_what_is_between_yes_and_no_is_asked(text: str) -> None:
    assert isinstance(free_text.interpret_figure(RawCell(text), of_unit(YES_NO)), Ambiguous)


@given(st.fractions(-(10**9), 10**9, max_denominator=1000).filter(lambda one: 1000 % one.denominator == 0))
def test_a_number_written_plainly_is_always_read_back(value: Fraction) -> None:
    assert free_text.interpret_figure(RawCell(format_exact(value)), of_unit(PEOPLE)) == Certain(value)


@given(st.text(max_size=30))
def test_no_text_is_read_as_a_number_that_does_not_stand_in_it(text: str) -> None:
    read = free_text.interpret_figure(RawCell(text), of_unit(PEOPLE))
    if isinstance(read, Certain) and isinstance(read.value, Fraction):
        digits = "".join(sign for sign in free_text.clean_text(text) if sign.isdigit() or sign == ".")
        assert Fraction(digits) == abs(read.value)


@pytest.mark.parametrize(
    "text",
    [
        "2023-10-24",
        "2023.10.24.",
        "2023. 10. 24",
        "2023/10/24",
        "2023년 10월 24일",
        "20231024",
        "'23.10.24",
        "24 Oct 2023",
    ],
)
def test_a_day_has_many_spellings(text: str) -> None:
    assert free_text.interpret_day(RawCell(text)) == Certain(date(2023, 10, 24))


def test_a_day_counted_by_a_spreadsheet_is_a_day_where_it_is_shown_as_one() -> None:
    assert free_text.interpret_day(RawCell("45223", CellType.DAY)) == Certain(date(2023, 10, 24))
    assert isinstance(free_text.interpret_day(RawCell("45223")), Unreadable)


@pytest.mark.parametrize("text", ["03/04/2023", "23.10.24"])
def test_a_day_that_may_be_two_is_asked(text: str) -> None:
    assert isinstance(free_text.interpret_day(RawCell(text)), Ambiguous)


@pytest.mark.parametrize("text", ["1899-12-31", "9999-12-31", "2023-02-30", "어제", ""])
def test_a_day_that_cannot_be_is_refused(text: str) -> None:
    assert isinstance(free_text.interpret_day(RawCell(text)), Unreadable)
    assert isinstance(free_text.interpret_day(RawCell("1", CellType.DAY)), Unreadable)


@pytest.mark.parametrize(
    "text", ["2023.10.24. 오후 6:00", "2023-10-24 18:00", "2023년 10월 24일 18시", "2023-10-24T18:00"]
)
def test_a_moment_is_a_day_with_a_time(text: str) -> None:
    assert free_text.interpret_moment(RawCell(text)) == Certain(datetime(2023, 10, 24, 18, 0, tzinfo=KOREAN_TIME))
