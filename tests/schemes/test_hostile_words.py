"""Texts of an edition and a scheme are data: whatever they are, every output shows them and none obeys them."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from lxml.etree import fromstring
from openpyxl import load_workbook

from smartcert.analysis.committee.inspection import plan_inspections
from smartcert.analysis.committee.review import review_committee
from smartcert.certification.events import Purpose
from smartcert.certification.signing import generate_key
from smartcert.certification.store import Register
from smartcert.forms.edition_workbook import build_edition_workbook
from smartcert.forms.evaluator_sheet import EvaluatorSheet, build_evaluation_sheet, list_judged
from smartcert.forms.inspector_sheet import InspectorSheet, build_inspection_sheet
from smartcert.forms.sheets import write_sheet_documents, write_sheet_workbook
from smartcert.forms.template import build_form
from smartcert.io.parameters.edition_xlsx import read_edition_workbook
from smartcert.io.rounds.round import read_call
from smartcert.model.korean_time import KOREAN_TIME
from smartcert.reporting.audience import build_press_record, redact
from smartcert.reporting.catalogue import Words
from smartcert.reporting.committee_review import CommitteeReview
from smartcert.reporting.documents.html import write_html
from smartcert.reporting.documents.hwpx import write_hwpx
from smartcert.reporting.documents.plain import write_plain
from smartcert.reporting.formats import sanitise_text
from smartcert.reporting.records import Audience
from smartcert.reporting.round.index import render_index
from smartcert.reporting.round.press import PressSummary, build_results_xlsx
from smartcert.reporting.round.summary import RoundSummary
from smartcert.services import criteria
from smartcert.services.certificates import make_certificate
from smartcert.services.holders import codes_of
from smartcert.services.letters import build_letters
from smartcert.services.register_entries import IssueRequest, draft_entries
from smartcert.services.rounds import OpenRound, open_round
from tests.support.build import PARAMETERS
from tests.support.report_pages import Reader, batch_page, page_of_sections
from tests.support.scheme_rounds import decide, load_cases, write_round

HOSTILE = {
    "fields and templates": "{x} {0} {name:term} {{y}} }{ {scheme} %s %(a)d ${7*7} {% raw %}",
    "markup and a formula": '=HYPERLINK(1) "&A1 <b onload=x>&amp;</td><script>alert(1)</script> [a](javascript:)',
    "right to left and long": f"שלום {'가' * 300}",
}
ROUNDS = [("service-example", "gaon"), ("grant", "a")]
SUMMARY = ("head", "failures", "overview", "levels", "domains", "applicants", "refused", "basis", "typeface")
REVIEW = (
    *("attention", "law", "votes", "discussion", "agreement"),
    *("severity", "influence", "panel", "inspection", "basis"),
)
PRESENT = datetime(2023, 12, 21, 10, tzinfo=KOREAN_TIME)


def make_hostile(tree: Any, text: str) -> Any:
    """Return a tree of YAML in which every text in two languages begins with ``text``; sentences with fields stay."""
    if isinstance(tree, dict) and tree.keys() == {"ko", "en"}:
        return {language: f"{text} {words}" for language, words in tree.items()}
    if isinstance(tree, dict):
        return {key: value if key == "words" else make_hostile(value, text) for key, value in tree.items()}
    return [make_hostile(one, text) for one in tree] if isinstance(tree, list) else tree


def add_details(edition: dict[str, Any]) -> None:
    """Write beside every indicator all that may stand there."""
    words = {"ko": "글", "en": "words"}

    def walk(section: dict[str, Any]) -> Iterator[dict[str, Any]]:
        yield from section.get("indicators", ())
        for part in section.get("items", ()):
            yield from walk(part)

    for domain in edition["domains"]:
        for one in walk(domain):
            one |= {"why": words, "verify": words, "source": words, "period": words, "documents": [words]}
            one["links"] = ["SDG 11.6.2"]
            if one["kind"] == "qualitative":
                one["anchors"] = {1: words}


def rewrite(path: Path, text: str, change: Callable[[dict[str, Any]], None] = lambda _tree: None) -> None:
    tree = yaml.safe_load(path.read_text("utf-8"))
    change(tree)
    path.write_text(json.dumps(make_hostile(tree, text), ensure_ascii=False, default=str, indent=1), "utf-8")


def write_hostile_round(parent: Path, name: str, text: str) -> Path:
    """Write a round whose scheme, edition and call have ``text`` in every name; return its folder."""
    if name == "service-example":
        shutil.copytree(PARAMETERS, parent / "parameters")
        scheme, edition = "service", "service-illustrative-2023"
        folder = parent / "parameters/rounds" / name
    else:
        folder = write_round(parent, name, load_cases(name))
        decide(folder, {"a": 1})
        scheme, edition = name, name
    rewrite(folder / "round.yaml", text)
    rewrite(parent / f"parameters/schemes/{scheme}.yaml", text)
    rewrite(parent / f"parameters/rules/indicators/{edition}.yaml", text, add_details)
    return folder


def build_certificate(opened: OpenRound, folder: Path) -> bytes:
    """Return the certificate of an applicant that is decided to have one."""
    file, law, rulebook = folder / "register.db", opened.rulebook.certification_on, opened.rulebook
    request = IssueRequest(purpose=Purpose.NEW, at=PRESENT, reason="x")
    Register.create(file).close()
    with Register.open(file, codes_of) as register:
        drafts = draft_entries(opened, "gaon", request, law, now=PRESENT)
        number = register.append_all(drafts, law, lambda: PRESENT)[-1].text("number")
    key = generate_key("x")
    return make_certificate(file, number, key, rulebook, PRESENT.date()).html


def list_pages(opened: OpenRound, applicant: str, folder: Path) -> Iterator[tuple[str, str]]:
    record, round_record = opened.record(applicant), opened.round_record()
    press = build_press_record(round_record)
    yield "index", render_index(round_record, pages=[])
    for language in ("ko", "en"):
        words = Words(language, *criteria.CATALOGUE_PAGES, scheme=opened.rules.facts)
        yield "report", batch_page(record, language)
        yield "public report", batch_page(redact(record, Audience.PUBLIC), language)
        for name, summary in (
            ("summary", RoundSummary(round_record, language)),
            ("press", PressSummary(press, language)),
        ):
            yield name, page_of_sections([getattr(summary, part)() for part in SUMMARY])
        review = CommitteeReview(review_committee(opened), language)
        yield "review", page_of_sections([review.head(), *(getattr(review, part)() for part in REVIEW)])
        scheme = opened.rulebook.schemes[opened.rules.edition.scheme]
        yield "criteria", write_html(criteria.build_criteria(opened.rules, scheme.title, words))
        yield "letter", build_letters(opened, applicant, (language,))[language]["html"].decode()
    if applicant == "gaon":
        yield "certificate", build_certificate(opened, folder).decode()


def list_files(opened: OpenRound, applicant: str) -> Iterator[tuple[str, bytes]]:
    press = build_press_record(opened.round_record())
    call = read_call(str(opened.folder))
    yield "results.xlsx", build_results_xlsx(press)
    yield "edition.xlsx", build_edition_workbook(opened.rules.edition)
    for language in ("ko", "en"):
        words = Words(language, *criteria.CATALOGUE_PAGES, scheme=opened.rules.facts)
        document = criteria.build_criteria(opened.rules, opened.round.title, words)
        yield "criteria.hwpx", write_hwpx(document)
        assert write_plain(document)
        yield "letter.hwpx", build_letters(opened, applicant, (language,))[language]["hwpx"]
        yield "form.xlsx", build_form(opened.application(applicant).applicant, call.round, call.rules, language)
        judged = list_judged(opened.round, "E1", [applicant])
        sheets = [
            build_evaluation_sheet(
                EvaluatorSheet(
                    round=opened.round,
                    rules=opened.rules,
                    evaluator=opened.round.committee[0],
                    applications=judged,
                    language=language,
                    marks={},
                    own={},
                )
            )
        ]
        drawn = plan_inspections(opened.round, opened.evaluations, opened.rules).drawn
        if drawn:
            figures = {drawn[0].applicant: (drawn[0].indicator,)}
            source = InspectorSheet(
                round=opened.round, rules=opened.rules, inspector="x", figures=figures, language=language
            )
            sheets.append(build_inspection_sheet(source))
        for sheet in sheets:
            yield "sheet.xlsx", write_sheet_workbook(sheet)
            yield from (("sheet.hwpx", one) for one in write_sheet_documents(sheet))


def check_page(page: str, text: str) -> None:
    """Check that a page shows a text as it is, and has nothing in it that the text would make if it were obeyed."""
    read, shown = Reader(page), " ".join(sanitise_text(text).strip("\u2068\u2069").split())
    assert shown in " ".join(read.text["body"].split())
    assert not read.wrong
    assert not [tag for tag, attributes in read.tags if any(name.startswith("on") for name in attributes)]
    assert not [one for one in read.all("a") if one.get("href", "").lower().startswith("javascript")]
    assert "<script>alert" not in page


def check_workbook(data: bytes) -> None:
    for sheet in load_workbook(io.BytesIO(data)).worksheets:
        for cell in (cell for row in sheet.iter_rows() for cell in row):
            assert cell.hyperlink is None or "HYPERLINK" not in str(cell.hyperlink.target)
            assert cell.data_type != "f" or not str(cell.value).startswith("=HYPERLINK"), cell.coordinate


def check_document(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        for name in parts.namelist():
            if name.endswith((".xml", ".hpf")):
                fromstring(parts.read(name))


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize(("name", "applicant"), ROUNDS)
def test_every_output_shows_the_words_of_a_scheme_and_obeys_none(
    tmp_path: Path, name: str, applicant: str, kind: str
) -> None:
    text = HOSTILE[kind]
    folder = write_hostile_round(tmp_path, name, text)
    opened = open_round(str(folder))
    for _what, page in list_pages(opened, applicant, tmp_path):
        check_page(page, text)
    for what, data in list_files(opened, applicant):
        (check_workbook if what.endswith(".xlsx") else check_document)(data)
    edition = opened.rules.edition
    workbook = build_edition_workbook(edition)
    assert read_edition_workbook(workbook, "e.xlsx", opened.rulebook.sources, opened.rulebook.class_ids) == edition
