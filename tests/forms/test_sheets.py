"""What stands in a sheet: marks and what they mean, an applicant's words as words, what is locked and what is not."""

from __future__ import annotations

import io
from dataclasses import replace
from fractions import Fraction

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from smartcert.forms.evaluator_sheet import EvaluatorSheet, build_evaluation_sheet
from smartcert.forms.sheets import write_sheet_documents, write_sheet_workbook
from smartcert.io.formats.hwpx import read_hwpx
from smartcert.io.rounds.sheets import OwnMark
from smartcert.model.citation import Text
from smartcert.model.indicator import About, Anchor, Indicator, MarkScale, Section
from smartcert.services.rounds import OpenRound, open_round
from tests.support.build import PARAMETERS
from tests.support.sheets import find_columns

HOSTILE = '=HYPERLINK("http://example.org","5")'
MEANINGS = {1: Text(ko="없음", en="nothing"), 5: Text(ko="모범", en="a model")}


@pytest.fixture(scope="module")
def opened() -> OpenRound:
    return open_round(str(PARAMETERS / "rounds" / "example"), marks=False)


def change_first(section: Section, wanted: str, **changes: object) -> Section:
    """Return a section with one of the indicators below it changed."""
    indicators = tuple(replace(one, **changes) if one.id == wanted else one for one in section.indicators)  # type: ignore[arg-type]  # any field
    return replace(
        section, indicators=indicators, sections=tuple(change_first(one, wanted, **changes) for one in section.sections)
    )


def source(opened: OpenRound, language: str, **changes: object) -> EvaluatorSheet:
    edition = opened.rules.edition
    silent = (change_first(domain, "L02", about=None) for domain in edition.domains)
    domains = tuple(change_first(domain, "L01", **changes) for domain in silent)
    return EvaluatorSheet(
        round=opened.round,
        rules=replace(opened.rules, edition=replace(edition, domains=domains)),
        evaluator=opened.round.committee[0],
        applications=tuple(one for one in opened.round.applications if one.id == "ara"),
        language=language,
        own={("ara", "L01"): OwnMark(mark=HOSTILE, document="‮fdp.증빙", page="3")},
    )


def sheets(one: EvaluatorSheet) -> list[Worksheet]:
    return load_workbook(io.BytesIO(write_sheet_workbook(build_evaluation_sheet(one)))).worksheets


def qualitative(opened: OpenRound) -> list[Indicator]:
    return [one for one in opened.rules.edition.indicators() if one.kind.value == "qualitative"]


def test_words_of_an_applicant_are_words(opened: OpenRound) -> None:
    page = sheets(source(opened, "ko"))[0]
    places = find_columns(page)
    cell = page.cell(5, places["own"])
    assert (cell.value, cell.data_type) == (HOSTILE, "s")
    assert page.cell(5, places["evidence"]).value == "⟨U+202E⟩fdp.증빙 3쪽"
    (document,) = write_sheet_documents(build_evaluation_sheet(source(opened, "ko")))
    assert read_hwpx(document, "a.hwpx")[1].at(2, 4).text == HOSTILE


def test_only_what_is_to_be_filled_in_is_not_locked(opened: OpenRound) -> None:
    page = sheets(source(opened, "ko"))[0]
    places = find_columns(page)
    open_columns = {cell.column for row in page.iter_rows() for cell in row if not cell.protection.locked}
    assert page.protection.sheet
    assert open_columns == {places["mark"], places["comment"]}
    assert page.row_dimensions[3].hidden


@pytest.mark.parametrize(("language", "meanings"), [("ko", ["모범", "없음"]), ("en", ["a model", "nothing"])])
def test_what_each_mark_means_stands_in_the_sheet_and_beside_the_cell(
    opened: OpenRound, language: str, meanings: list[str]
) -> None:
    anchors = tuple(Anchor(mark=Fraction(mark), meaning=meaning) for mark, meaning in MEANINGS.items())
    page, reference = sheets(source(opened, language, about=About(anchors=anchors)))
    rows = [[cell.value for cell in row] for row in reference.iter_rows(min_row=4)]
    assert [row[4] for row in rows[:2]] == meanings
    others = sum(len(one.about.anchors) for one in qualitative(opened)[2:] if one.about)
    assert len(rows) == len(meanings) + 1 + others
    assert "1" in str(rows[2][4])
    assert "5" in str(rows[2][4]), "where the edition has no meanings the scale is shown, and that it has none"
    prompts = [rule.prompt for rule in page.data_validations.dataValidation if "G5" in str(rule.sqref)]
    assert prompts == [f"5: {meanings[0]}\n1: {meanings[1]}"]


@pytest.mark.parametrize("language", ["ko", "en"])
def test_what_stands_beside_an_indicator_is_in_the_sheet_and_that_it_is_illustrative(
    opened: OpenRound, language: str
) -> None:
    reference = sheets(source(opened, language))[1]
    texts = {str(row[0].value): str(row[2].value) for row in reference.iter_rows(min_row=4) if row[0].value}
    for indicator in qualitative(opened):
        if indicator.about is None or indicator.id == "L02":
            continue
        wanted = (indicator.about.why, indicator.about.verify, indicator.about.period, *indicator.about.documents)
        assert all(text is not None and text.of(language) in texts[indicator.id] for text in wanted)
    assert reference["A2"].value == opened.rules.edition.note.of(language)


@pytest.mark.parametrize(("language", "words"), [("ko", "이 평점에는 의견을 반드시"), ("en", "These marks need")])
def test_the_sheet_says_which_marks_need_a_comment(opened: OpenRound, language: str, words: str) -> None:
    page, reference = sheets(source(opened, language, about=About(comment_for=(Fraction(1), Fraction(5)))))
    assert any(row[3].value == "1, 5" and words in str(row[4].value) for row in reference.iter_rows(min_row=4))
    (prompt,) = [rule.prompt for rule in page.data_validations.dataValidation if "G5" in str(rule.sqref)]
    assert f"1, 5: {words}" in str(prompt)


@pytest.mark.parametrize(
    ("scale", "formula"),
    [
        (MarkScale(lowest=Fraction(1), highest=Fraction(5), step=Fraction(1)), '"1,2,3,4,5,평점 없음"'),
        (MarkScale(lowest=Fraction(-3), highest=Fraction(0), step=Fraction(1)), '"-3,-2,-1,0,평점 없음"'),
        (MarkScale(lowest=Fraction(0), highest=Fraction(100), step=Fraction(1)), None),
    ],
)
def test_the_marks_of_an_indicator_are_those_of_its_own_scale(
    opened: OpenRound, scale: MarkScale, formula: str | None
) -> None:
    page = sheets(source(opened, "ko", mark_scale=scale))[0]
    (rule,) = [rule for rule in page.data_validations.dataValidation if str(rule.sqref).startswith("G5")]
    if formula:
        assert (rule.type, rule.formula1) == ("list", formula)
    else:
        assert rule.type == "custom"
        assert "G5>=0,G5<=100" in str(rule.formula1)


def test_the_same_sheet_is_the_same_bytes(opened: OpenRound) -> None:
    one = build_evaluation_sheet(source(opened, "en"))
    assert write_sheet_workbook(one) == write_sheet_workbook(one)
    assert write_sheet_documents(one) == write_sheet_documents(one)
