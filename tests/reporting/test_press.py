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
from smartcert.model.applicant import Applicant, ApplicantKind, Registry
from smartcert.model.citation import Text
from smartcert.notebook import open_summary
from smartcert.reporting.audience import PressRecord, build_press_record
from smartcert.reporting.formats import LANGUAGES
from smartcert.reporting.records import Failure, RoundRecord, from_json, to_json
from smartcert.reporting.round.index import render_index
from smartcert.reporting.round.press import PressSummary, build_results_csv, build_results_xlsx
from smartcert.reporting.round.summary import RoundSummary
from tests.support import sample_records as samples
from tests.support import sample_rounds as rounds
from tests.support.report_pages import page_of_sections
from tests.support.sample_records import build_computed_outcome

SECTIONS = ("head", "failures", "overview", "levels", "domains", "applicants", "refused", "basis", "typeface")
SECRET = "비밀고을"
"""Stands wherever an application that is not to be certified says something of its own."""


def hiding() -> RoundRecord:
    """Return a round of which everything but the certified applicant and the one on hold bears the secret word."""
    plain = rounds.round_record(Failure(id=f"{SECRET}0", language="ko", reason=SECRET))
    marked = tuple(
        one
        if one.meets_criteria or one.id == "danbi"
        else replace(
            one,
            id=f"{SECRET}{number}",
            applicant=replace(
                one.applicant, code=f"77{number:08}", name=Text(ko=SECRET, en=SECRET), parent_name=SECRET, note=SECRET
            ),
        )
        for number, one in enumerate(plain.evaluations)
    )
    return rounds.with_evaluations(plain, marked)


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
    public = everything_public(rounds.with_evaluations(full, tuple(changed)))
    assert not re.search(r"1,?234\.5|6172839", public)
    assert "12345678" not in public


def test_counts_are_those_of_the_whole_round() -> None:
    press = build_press_record(rounds.round_record())
    assert [(passed.step, passed.count) for passed in press.counts] == [
        ("received", 5), ("eligible", 5), ("in_time", 3), ("complete", 2), ("evaluated", 2), ("decided", 2),
        ("certified", 1),
    ]  # fmt: skip
    assert [(one.applicant.name.ko, one.level) for one in press.certified] == [("바다군", 3)]


def rows(html: str) -> list[list[str]]:
    return [
        [" ".join(unescape(re.sub(r"<[^>]+>", " ", cell)).split()) for cell in re.findall(r"<t[hd].*?</t[hd]>", row)]
        for row in re.findall(r"<tr>(.*?)</tr>", html, re.DOTALL)
    ]


def test_the_steps_of_the_page_stand_in_the_order_of_the_procedure_after_its_record_went_through_json() -> None:
    press = from_json(PressRecord, to_json(build_press_record(rounds.round_record())))
    html = PressSummary(press, "ko").overview().html
    assert rows(html)[1:] == [
        ["접수", "5"],
        ["신청 자격 충족", "5"],
        ["접수 요건 충족", "3"],
        ["제출서류 구비", "2"],
        ["평가 완료", "2"],
        ["장관 결정", "2"],
        ["인증", "1"],
    ]
    drawn = re.findall(r'aria-label="([^"]*)"', html)
    assert "접수 5곳. 신청 자격 충족 5곳. 접수 요건 충족 3곳." in "".join(drawn)
    assert all(
        page(press, language) == page(build_press_record(rounds.round_record()), language) for language in LANGUAGES
    )


def with_decision(level: int | None) -> RoundRecord:
    """Return the round with 바다군 (computed level 3) decided at ``level``, or not decided."""
    record = rounds.round_record()
    first = record.evaluations[0]
    outcome = build_computed_outcome(first) if level is None else samples.decided(first, level, "사유")
    return replace(record, outcomes=(outcome, *record.outcomes[1:]))


@pytest.mark.parametrize(("level", "certified"), [(3, ["바다군"]), (1, ["바다군"]), (4, []), (None, [])])
def test_only_a_decision_certifies_and_its_level_is_the_one_that_is_public(
    level: int | None, certified: list[str]
) -> None:
    press = build_press_record(with_decision(level))
    assert [(one.applicant.name.ko, one.level) for one in press.certified] == [(name, level) for name in certified]
    assert ("바다군" in [name.ko for name in press.pending]) is (level is None)
    shown = [row[0] for row in rows(PressSummary(press, "ko").applicants().html)[1:]]
    assert shown == [f"{name} Bada-gun" for name in certified]


def test_who_is_open_is_named_and_nothing_else_is_said_about_them() -> None:
    press = build_press_record(with_decision(None))
    assert ([name.ko for name in press.pending], [name.ko for name in press.on_hold]) == (["바다군"], ["하늘시"])
    html = PressSummary(press, "ko").overview().html
    assert "ㅇ 평가를 마치고 결정을 기다리는 곳은 1곳이며(바다군), 인증 지자체 수에 넣지 않았다." in html
    assert "ㅇ 평가를 보류한 곳은 1곳이다(하늘시)." in html
    assert "보완" not in html


def test_the_first_sentence_of_the_page_is_that_of_a_press_release_and_says_how_long_a_certification_lasts() -> None:
    press = build_press_record(rounds.round_record())
    said = [PressSummary(press, language).overview().html for language in LANGUAGES]
    paragraphs = [re.findall(r"<p[^>]*>([^<]*)</p>", html) for html in said]
    assert paragraphs[0][:2] == [
        "□ 국토교통부는 신청한 5개 지방자치단체 가운데 바다군을 스마트도시로 인증했다.",
        "ㅇ 유형별로는 대도시 1곳, 중소도시 0곳이며, 인증은 인증서를 발급한 날부터 2년간 유효하다.",
    ]
    assert not any(re.search(r"(?:습니다|입니다)\.$", sentence) for sentence in paragraphs[0])
    assert paragraphs[1][1].endswith("A certification is valid for 2 years from the date of issue of the certificate.")


@pytest.mark.parametrize(
    ("language", "first", "lead"),
    [
        ("ko", "인증 여부가 결정되지 않아", "인증 여부는 결정되지 않았다."),
        ("en", "No decision has been made", "No certification has been decided."),
    ],
)
def test_before_any_decision_the_page_says_so_first_and_names_nobody(language: str, first: str, lead: str) -> None:
    record = rounds.round_record()
    before = replace(record, outcomes=tuple(build_computed_outcome(one) for one in record.evaluations))
    head = PressSummary(build_press_record(before), language).head().html
    assert unescape(re.sub(r"<[^>]+>", " ", head.partition("</h1>")[2])).strip().startswith(first)
    assert first not in PressSummary(build_press_record(record), language).head().html
    press = build_press_record(before)
    overview = PressSummary(press, language).overview().html
    assert lead in overview[: overview.index("</p>")]
    names = [one.applicant.full_name.of(language) for one in record.evaluations]
    assert [name for name in names if name in page(press, language) or name in to_json(press).decode()] == []


def test_two_with_the_same_name_are_told_apart_on_every_page_of_the_round() -> None:
    plain = rounds.round_record()
    city = ApplicantKind.METROPOLITAN_CITY
    registry = Registry(
        as_of="2023-10",
        source="test",
        entries=(
            Applicant(code="2700000000", name=Text(ko="대구광역시", en="Daegu"), kind=city),
            Applicant(code="2800000000", name=Text(ko="인천광역시", en="Incheon"), kind=city),
            *(
                replace(samples.applicant("중구", "Jung-gu"), code=f"{above[:2]}11000000", parent_code=above)
                for above in ("2700000000", "2800000000")
            ),
        ),
    )
    first = plain.evaluations[0]
    both = [replace(first, id=f"a{n}", applicant=one) for n, one in enumerate(registry.entries[2:])]
    record = rounds.with_evaluations(plain, both)
    summary = RoundSummary(record, "ko")
    pages = [
        page(build_press_record(record), "ko"),
        render_index(record, pages=()),
        build_results_csv(build_press_record(record)).decode(),
    ]
    pages.append("".join(getattr(summary, name)().html for name in ("overview", "levels", "applicants")))
    for text in pages:
        assert {"대구광역시 중구", "인천광역시 중구", "Jung-gu, Daegu", "Jung-gu, Incheon"} <= set(
            re.findall(r"(?:대구광역시 |인천광역시 )중구|Jung-gu, (?:Daegu|Incheon)", text)
        )
        assert not re.search(r"(?<!광역시 )중구|Jung-gu(?!, )", text)


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
    assert re.findall(r'<a href="(?!https://www\.law\.go\.kr/)([^#"]+)"', html) == ["results.xlsx", "results.csv"]


def test_a_round_without_anybody_certified_has_its_page_and_tables_too() -> None:
    press = build_press_record(rounds.empty())
    assert "<table" in page(press, "ko")
    assert len(list(csv.reader(io.StringIO(build_results_csv(press).decode("utf-8-sig"))))) == 1
    assert openpyxl.load_workbook(io.BytesIO(build_results_xlsx(press))).active.max_row == 1


def test_the_record_comes_back_from_its_json_and_is_told_from_the_full_one() -> None:
    press = build_press_record(rounds.round_record())
    assert from_json(PressRecord, to_json(press)) == press
    assert json.loads(to_json(press))["format"] == "smartcert-press/2"


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
@pytest.mark.slow
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
    assert row["결정 등급 / Decided level"] == 3
    assert row["행정기관코드 / Administrative code"] == "9900000000"


def test_the_same_record_gives_the_same_bytes_at_any_time(monkeypatch: pytest.MonkeyPatch) -> None:
    press = build_press_record(rounds.round_record())
    first = build_results_xlsx(press)
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    monkeypatch.setattr("time.localtime", lambda *_: (2033, 5, 18, 3, 33, 20, 2, 138, 0))
    assert build_results_xlsx(press) == first
    assert b"2033" not in first
    names = {info.date_time for info in zipfile.ZipFile(io.BytesIO(first)).infolist()}
    assert names == {(1980, 1, 1, 0, 0, 0)}
