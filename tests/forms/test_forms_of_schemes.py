"""Forms and sheets of schemes that are data alone: in their own words, and read back as those of cities are."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from openpyxl import load_workbook

from smartcert.errors import InputError
from smartcert.forms.evaluator_sheet import EvaluatorSheet, build_evaluation_sheet
from smartcert.forms.sheets import write_sheet_workbook
from smartcert.forms.template import build_form
from smartcert.io.rounds.forms import match_label
from smartcert.io.rounds.sheets import read_sheet
from smartcert.reporting.formats import LANGUAGES
from smartcert.services.rounds import OpenRound, open_round
from tests.reporting.test_other_schemes_words import OF_CITIES
from tests.support.scheme_rounds import load_cases, open_scheme, write_round

NAME = "grant"


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> OpenRound:
    return open_scheme(tmp_path_factory.mktemp("round"), NAME, load_cases(NAME))


def list_texts(workbook: bytes) -> list[str]:
    book = load_workbook(io.BytesIO(workbook))
    cells = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    return [*cells, *book.sheetnames, str(book.properties.title)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_form_of_another_scheme_speaks_of_no_city_and_of_no_residents(opened: OpenRound, language: str) -> None:
    applicant = opened.round.applications[0].applicant
    texts = list_texts(build_form(applicant, opened.round, opened.rules, language))
    assert [text for text in texts if OF_CITIES.search(text) or "주민등록" in text] == []
    assert "지원 사업 신청 양식 / Application form: Grant" in texts
    for label, read_as in (("신청자 / Applicant", "applicant"), ("행정기관코드·사업자등록번호", "code")):
        (cell,) = [text for text in texts if text.startswith(label)]
        assert match_label(cell) == read_as


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sheet_of_an_evaluator_of_another_scheme_is_read_back(opened: OpenRound, language: str) -> None:
    evaluator = opened.round.committee[0]
    own = opened.round.applications[:2]
    source = EvaluatorSheet(
        round=opened.round, rules=opened.rules, evaluator=evaluator, applications=own, language=language, own={}
    )
    workbook = write_sheet_workbook(build_evaluation_sheet(source))
    assert [text for text in list_texts(workbook) if OF_CITIES.search(text)] == []
    sheet = read_sheet("sheet.xlsx", workbook, "sheet.xlsx")
    assert sheet is not None
    assert sheet.problems == []
    assert {row.applicant for row in sheet.rows} == {one.id for one in own}


def test_a_scheme_does_not_word_the_headings_by_which_sheets_are_read(tmp_path: Path) -> None:
    folder = write_round(tmp_path, NAME, {})
    scheme = folder.parents[1] / "schemes" / f"{NAME}.yaml"
    words = "words:\n  sheets:\n    column.applicant: {ko: 과제, en: Project}\n"
    scheme.write_text(f"{scheme.read_text('utf-8').rstrip()}\n{words}", "utf-8")
    with pytest.raises(InputError, match="filled sheets are read by their headings"):
        open_round(str(folder))
