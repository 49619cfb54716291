"""The round for the press: who is to be certified and how many applied, and nothing about anybody else anywhere."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from dataclasses import replace
from fractions import Fraction
from html import unescape
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartcert.errors import InputError, UsageError
from smartcert.model.citation import Text
from smartcert.notebook import open_summary
from smartcert.reporting.audience import PressRecord, build_press_record
from smartcert.reporting.records import Failure, RoundRecord, from_json, to_json
from smartcert.reporting.round.press import PressSummary, build_results_csv, build_results_xlsx
from smartcert.reporting.round.summary import RoundSummary
from tests.support import sample_records as samples
from tests.support import sample_rounds as rounds
from tests.support.report_pages import page_of_sections

SECTIONS = ("head", "failures", "overview", "levels", "domains", "applicants", "refused", "basis", "typeface")
SECRET = "비밀고을"
"""Stands wherever an application that is not to be certified says something of its own."""


def hiding() -> RoundRecord:
    """Return a round of which everything but the one certified applicant bears the secret word."""
    plain = rounds.round_record(Failure(id=f"{SECRET}0", language="ko", reason=SECRET))
    marked = tuple(
        one
        if one.certified
        else replace(
            one,
            id=f"{SECRET}{number}",
            applicant=replace(
                one.applicant, code=f"77{number:08}", name=Text(ko=SECRET, en=SECRET), parent_name=SECRET, note=SECRET
            ),
        )
        for number, one in enumerate(plain.evaluations)
    )
    return replace(plain, evaluations=marked)


def page(record: PressRecord, language: str, links: frozenset[str] = frozenset()) -> str:
    summary = PressSummary(record, language, links)
    return page_of_sections([getattr(summary, name)() for name in SECTIONS])


def everything_public(record: RoundRecord) -> str:
    press = build_press_record(record)
    book = zipfile.ZipFile(io.BytesIO(build_results_xlsx(press)))
    parts = [to_json(press), build_results_csv(press), *(book.read(name) for name in book.namelist())]
    return "".join(part.decode() for part in parts) + page(press, "ko") + page(press, "en")


def test_nothing_of_those_that_are_not_to_be_certified_is_in_anything_public() -> None:
    full = hiding()
    assert SECRET.encode() in to_json(full)
    public = unescape(everything_public(full))
    assert SECRET not in public
    assert not re.search(r"77\d{8}", public)


def test_no_points_stand_in_anything_public() -> None:
    odd = Fraction("1234.5678")
    full = rounds.round_record()
    changed = []
    for one in full.evaluations:
        card = one.scorecard
        changed.append(one if card is None else replace(one, scorecard=replace(card, points=odd, exact=odd)))
    public = everything_public(replace(full, evaluations=tuple(changed)))
    assert not re.search(r"1,?234\.5|6172839", public)
    assert "12345678" not in public


def test_counts_are_those_of_the_whole_round() -> None:
    press = build_press_record(rounds.round_record())
    assert press.counts == {
        "received": 5, "eligible": 5, "in_time": 3, "complete": 2, "evaluated": 2, "certified": 1
    }  # fmt: skip
    assert [(one.applicant.name.ko, one.level) for one in press.certified] == [("바다군", 3)]


def test_the_hashes_are_those_of_the_rules_only() -> None:
    assert build_press_record(rounds.round_record()).inputs == ()


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_page_names_the_certified_with_level_and_shares_and_leaves_out_what_is_not_public(language: str) -> None:
    summary = PressSummary(build_press_record(rounds.round_record()), language)
    assert [summary.failures(), summary.levels(), summary.domains(), summary.refused()] == [None] * 4
    html = summary.applicants().html
    assert "바다군" in html
    assert "Bada-gun" in html
    assert "%</td>" in html
    assert "href" not in html


def test_it_leads_to_the_tables_where_they_are_there() -> None:
    html = page(build_press_record(rounds.round_record()), "en", frozenset({"results.csv", "results.xlsx"}))
    assert re.findall(r'<a href="([^#"]+)"', html) == ["results.xlsx", "results.csv"]


def test_a_round_without_anybody_certified_has_its_page_and_tables_too() -> None:
    press = build_press_record(rounds.empty())
    assert "<table" in page(press, "ko")
    assert len(list(csv.reader(io.StringIO(build_results_csv(press).decode("utf-8-sig"))))) == 1
    assert openpyxl.load_workbook(io.BytesIO(build_results_xlsx(press))).active.max_row == 1


def test_the_record_comes_back_from_its_json_and_is_told_from_the_full_one() -> None:
    press = build_press_record(rounds.round_record())
    assert from_json(PressRecord, to_json(press)) == press
    assert json.loads(to_json(press))["format"] == "smartcert-press/1"


def test_the_notebook_is_given_the_summary_of_its_audience(tmp_path: Path) -> None:
    full, press_file = tmp_path / "round.json", tmp_path / "round.press.json"
    full.write_bytes(to_json(rounds.round_record()))
    press_file.write_bytes(to_json(build_press_record(rounds.round_record())))
    assert isinstance(open_summary(record=str(full)), RoundSummary)
    assert isinstance(open_summary(record=str(full), audience="press"), PressSummary)
    assert isinstance(open_summary(record=str(press_file), audience="press"), PressSummary)
    with pytest.raises(UsageError, match="only what is public"):
        open_summary(record=str(press_file))
    with pytest.raises(UsageError, match="did you mean 'press'"):
        open_summary(record=str(full), audience="pres")
    press_file.write_bytes(press_file.read_bytes().replace(b'"certified": [', b'"certified": [3,'))
    with pytest.raises(InputError):
        open_summary(record=str(press_file), audience="press")


# tables


def named(ko: str, en: str) -> PressRecord:
    press = build_press_record(rounds.round_record())
    (one,) = press.certified
    return replace(press, certified=(replace(one, applicant=replace(one.applicant, name=Text(ko=ko, en=en))),))


def fields(record: PressRecord) -> list[list[str]]:
    return list(csv.reader(io.StringIO(build_results_csv(record).decode("utf-8-sig"), newline="")))


HOSTILE = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "=HYPERLINK(\"http://x\")", "|cmd", "%0A=1",
    "=cmd|' /C calc'!A0", "\u2068=1", '"', 'a","=1', "'=1", "<script>", "_x003D_1", *samples.HOSTILE,
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_no_field_of_the_csv_begins_as_a_formula_does(text: str) -> None:
    head, row = fields(named(text, text))
    assert len(head) == len(row)
    for field in row:
        begins = field.strip(" \t\r\n\u2068\u2069\ufeff\u200b")[:1]
        assert begins == "" or begins not in "=+-@|%＝＋－＠"


@settings(max_examples=40, deadline=None)
@given(text=st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=40))
def test_every_text_of_the_workbook_is_stored_as_text(text: str) -> None:
    workbook = build_results_xlsx(named(text, f"={text}"))
    book = openpyxl.load_workbook(io.BytesIO(workbook))
    cells = [cell for row in book.active.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr", "n", "d"}
    assert all(cell.quotePrefix for cell in cells if isinstance(cell.value, str))
    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(workbook)).read("xl/worksheets/sheet1.xml")


def test_both_tables_hold_the_same_with_headings_in_both_languages() -> None:
    press = build_press_record(rounds.round_record())
    text = fields(press)
    sheet = openpyxl.load_workbook(io.BytesIO(build_results_xlsx(press))).active
    typed = [[cell.value for cell in row] for row in sheet.iter_rows()]
    shown = [[str(value.date()) if hasattr(value, "date") else str(value or "") for value in row] for row in typed]
    assert shown == text
    assert all(re.search("[가-힣].* / .*[A-Za-z]", heading) for heading in text[0])
    assert build_results_csv(press).startswith(b"\xef\xbb\xbf")
    row = dict(zip(text[0], typed[1], strict=True))
    assert row["지방자치단체 / Name in Korean"] == "바다군"
    assert row["등급 / Level"] == 3
    assert row["행정구역 코드 / Code of the local government"] == "9900000000"


def test_the_same_record_gives_the_same_bytes_at_any_time(monkeypatch: pytest.MonkeyPatch) -> None:
    press = build_press_record(rounds.round_record())
    first = build_results_xlsx(press)
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    monkeypatch.setattr("time.localtime", lambda *_: (2033, 5, 18, 3, 33, 20, 2, 138, 0))
    assert build_results_xlsx(press) == first
    assert b"2033" not in first
    names = {info.date_time for info in zipfile.ZipFile(io.BytesIO(first)).infolist()}
    assert names == {(1980, 1, 1, 0, 0, 0)}
