"""Ten forms as people send them after working in them, and what must come out of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from smartcert.io.rounds.forms import Submission, read_forms
from smartcert.io.rounds.round import RoundCall
from smartcert.model.application import Application, Missing
from smartcert.model.indicator import CountScale, YesNoScale
from smartcert.simulation.write import write_invented_call
from tests.support.forms import edited, example_call, value_cell, workbook


@cache
def world(folder: Path) -> tuple[Application, RoundCall]:
    like = example_call()
    return write_invented_call(1, 3, folder, like.round, like.rules).applications[0], like


@dataclass(frozen=True)
class Ugly:
    """A way of working in a form; ``differs`` are the claims that change, ``asked`` and ``told`` what else is found."""

    edit: Callable[[Workbook], None]
    differs: dict[str, Fraction | Missing | None]
    asked: tuple[str, ...] = ()
    told: tuple[str, ...] = ()


def plain(indicator: str) -> bool:
    edition = example_call().rules.edition
    one = next(one for one in edition.indicators() if one.id == indicator)
    return not isinstance(one.scale, (YesNoScale, CountScale))


def first_domain(book: Workbook) -> Any:
    return book.worksheets[1]


def moved_columns(book: Workbook) -> None:
    sheet = first_domain(book)
    for row in range(3, sheet.max_row + 1):
        told = {column: sheet.cell(row=row, column=column).value for column in (4, 7, 8, 9)}
        for new, old in ((4, 9), (7, 8), (8, 7), (9, 4)):
            sheet.cell(row=row, column=new).value = told[old]


def texts_with_units(book: Workbook) -> None:
    value_cell(book, "N01").value = "1,234건"
    value_cell(book, "N02").value = " ５．５ 일"
    value_cell(book, "N03").value = "○"


def errors_and_empties(book: Workbook) -> None:
    value_cell(book, "N01").value = "#N/A"
    value_cell(book, "N02").value = None


def formulas(book: Workbook) -> None:
    value_cell(book, "N01").value = "=100+20"


def merged(book: Workbook) -> None:
    sheet = first_domain(book)
    cell = value_cell(book, "N01")
    cell.value = 40
    sheet.cell(row=cell.row + 1, column=7).value = None
    sheet.merge_cells(start_row=cell.row, end_row=cell.row + 1, start_column=7, end_column=7)


def notes_above_and_below(book: Workbook) -> None:
    sheet = first_domain(book)
    sheet.insert_rows(1, 3)
    sheet.cell(row=1, column=1).value = "○○과에서 작성함 (2023. 10. 20.)"
    sheet.cell(row=sheet.max_row + 3, column=1).value = "비고: 값은 잠정치임"


def twice(book: Workbook) -> None:
    sheet = book.create_sheet("수정본")
    for column, text in enumerate(("지표번호", "값"), start=1):
        sheet.cell(row=1, column=column).value = text
    sheet.cell(row=2, column=1).value = "N01"
    sheet.cell(row=2, column=2).value = 77


def other_units(book: Workbook) -> None:
    cell = value_cell(book, "N01")
    cell.value = 12
    first_domain(book).cell(row=cell.row, column=4).value = "천건"


def names_instead_of_numbers(book: Workbook) -> None:
    sheet = first_domain(book)
    for row in range(4, sheet.max_row + 1):
        if str(sheet.cell(row=row, column=1).value).startswith(("N", "L")):
            sheet.cell(row=row, column=1).value = None
    cell = sheet.cell(row=4, column=7)
    cell.value = 33


def days_and_ranges(book: Workbook) -> None:
    value_cell(book, "N01").value = "20~30"
    cell = value_cell(book, "N02")
    cell.value, cell.number_format = 5, "yyyy-mm-dd"


def pages_that_became_a_day(book: Workbook) -> None:
    page = first_domain(book).cell(row=value_cell(book, "N01").row, column=9)
    page.value, page.number_format = date(2023, 3, 5), 'm"월" d"일"'


UGLY = {
    "pages that a spreadsheet made a day": Ugly(
        pages_that_became_a_day,
        {},
        told=("양식.xlsx!D1 혁신성:4:9 (I4): found a day, as the spreadsheet reads 3-5; wanted a text such as 3~5",),
    ),
    "columns moved about": Ugly(moved_columns, {}),
    "texts with units, full-width digits, circles": Ugly(
        texts_with_units, {"N01": Fraction(1234), "N02": Fraction("5.5"), "N03": Fraction(1)}
    ),
    "errors and empty cells": Ugly(errors_and_empties, {"N01": None, "N02": None}, asked=("N01", "N02")),
    "a formula without a value": Ugly(formulas, {"N01": None}, asked=("N01",)),
    "cells merged over two indicators": Ugly(merged, {"N01": Fraction(40), "N02": None}, asked=("N02",)),
    "rows above, remarks below": Ugly(notes_above_and_below, {}),
    "a second sheet that says otherwise": Ugly(twice, {"N01": None}, asked=("N01",)),
    "a unit that was changed": Ugly(other_units, {"N01": None}, asked=("N01",)),
    "names where numbers were": Ugly(names_instead_of_numbers, {"N01": Fraction(33)}),
    "a range, and a number shown as a day": Ugly(days_and_ranges, {"N01": None, "N02": None}, asked=("N01", "N02")),
}


@pytest.mark.parametrize("name", UGLY)
def test_an_ugly_form_gives_what_it_says_and_asks_the_rest(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    one, called = world(tmp_path_factory.getbasetemp() / "ugly-round")
    ugly = UGLY[name]
    read = submitted(edited(workbook(one, called), ugly.edit), called)
    wanted = {key: measured.claimed for key, measured in one.measurements.items()} | ugly.differs
    assert {key: claim.value for key, claim in read.claims.items()} == wanted
    assert sorted({question.indicator for question in read.questions}) == sorted(ugly.asked)
    assert [str(problem) for problem in read.problems] == list(ugly.told)
    assert all(question.place for question in read.questions)


def submitted(form: bytes, called: RoundCall, answers: dict[str, str] | None = None) -> Submission:
    return read_forms([("양식.xlsx", form)], "양식.xlsx", called.rules.edition, answers or {})


def test_an_answer_settles_a_question_if_it_is_a_value(tmp_path_factory: pytest.TempPathFactory) -> None:
    one, called = world(tmp_path_factory.getbasetemp() / "ugly-round")
    form = edited(workbook(one, called), days_and_ranges)
    asked = {question.indicator: question.id for question in submitted(form, called).questions}
    read = submitted(form, called, {asked["N01"]: "25", asked["N02"]: "perhaps"})
    assert read.claims["N01"].value == 25
    assert [question.indicator for question in read.questions] == ["N02"]


def test_every_value_knows_its_cell(tmp_path_factory: pytest.TempPathFactory) -> None:
    one, called = world(tmp_path_factory.getbasetemp() / "ugly-round")
    origins = {origin.field: origin for origin in submitted(workbook(one, called), called).origins}
    assert set(one.measurements) <= origins.keys()
    assert origins["N01"].place == "양식.xlsx!D1 혁신성:4:7 (G4)"
