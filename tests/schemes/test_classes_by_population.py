"""A round whose scheme compares applicants in three classes by residents, which are not the size types of cities."""

from __future__ import annotations

import shutil
from html import unescape

import numpy as np
import pytest

import smartcert
from smartcert.analysis.committee.review import review_committee
from smartcert.analysis.what_if import Change, what_if
from smartcert.forms.template import build_form
from smartcert.io.rounds.round import read_call
from smartcert.model.evaluation import Stage
from smartcert.recompute.compare import recompute
from smartcert.reporting.audience import build_press_record
from smartcert.reporting.committee_review import CommitteeReview
from smartcert.reporting.records import RoundRecord, from_json, to_json
from smartcert.reporting.round.index import render_index
from smartcert.reporting.round.press import PressSummary, build_results_csv
from smartcert.reporting.round.summary import RoundSummary
from smartcert.services.letters import build_letters
from smartcert.services.rounds import OpenRound, open_round
from tests.support.build import PARAMETERS
from tests.support.report_pages import batch_page, page_of_sections

BOUNDS = {"village": 0, "town": 100_000, "metropolis": 500_000}
SCHEME = """\
scheme: by-size
title: {ko: 규모별 인증, en: Certification by size}
since: 2020-01-01
status: illustrative
cite: [act]
rules:
  scheme:
    classes:
      - since: 2020-01-01
        status: illustrative
        cite: [act]
        value:
          by: population
          classes:
            - {id: village, name: {ko: 마을, en: Villages}, at_least: 0}
            - {id: town, name: {ko: 고을, en: Towns}, at_least: 100000}
            - {id: metropolis, name: {ko: 큰 고장, en: Metropolises}, at_least: 500000}
"""
SUMMARY = ("head", "failures", "overview", "levels", "domains", "applicants", "refused", "basis", "typeface")
SIZES = ("Large city", "large city", "Small or medium", "small or medium", "대도시", "중소도시")


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> OpenRound:
    parameters = tmp_path_factory.mktemp("classes") / "parameters"
    shutil.copytree(PARAMETERS, parameters)
    (parameters / "schemes" / "by-size.yaml").write_text(SCHEME, "utf-8")
    edition = (parameters / "rules/indicators/illustrative-2023.yaml").read_text("utf-8")
    edition = edition.replace("edition: illustrative-2023", "edition: by-size")
    edition = edition.replace("scheme: city", "scheme: by-size")
    (parameters / "rules/indicators/by-size.yaml").write_text(edition, "utf-8")
    call = parameters / "rounds/example/round.yaml"
    text = call.read_text("utf-8").replace("edition: illustrative-2023", "edition: by-size")
    call.write_text(text.replace("scheme: city", "scheme: by-size"), "utf-8")
    return open_round(str(call.parent))


def find_class(residents: int) -> str:
    return max((bound, name) for name, bound in BOUNDS.items() if residents >= bound)[1]


def test_everybody_who_is_evaluated_is_in_the_class_of_its_residents(opened: OpenRound) -> None:
    classes = set()
    for one in opened.evaluations:
        if one.stage is Stage.EVALUATED:
            assert one.applicant.population is not None
            assert one.size_type == find_class(one.applicant.population.residents)
            classes.add(one.size_type)
    assert len(classes) > 1, "the example has applicants of several classes"


def test_every_page_names_the_classes_and_no_size_type(opened: OpenRound) -> None:
    record = opened.round_record()
    assert from_json(RoundRecord, to_json(record)) == record
    press = build_press_record(record)
    build_results_csv(press)
    evaluated = next(one for one in opened.evaluations if one.stage is Stage.EVALUATED)
    pages = {"index": render_index(record, pages=[])}
    for language in ("ko", "en"):
        name = opened.rules.facts.classes[list(BOUNDS).index(evaluated.size_type or "")].name.of(language)  # type: ignore[union-attr]
        report = batch_page(opened.record(evaluated.id), language)
        assert name in report
        assert recompute(report).differences == ()
        pages[f"report {language}"] = report
        for page in (RoundSummary(record, language), PressSummary(press, language)):
            pages[f"{type(page).__name__} {language}"] = page_of_sections([getattr(page, part)() for part in SUMMARY])
        review = CommitteeReview(review_committee(opened), language)
        pages[f"review {language}"] = page_of_sections([review.head(), review.law(), review.votes()])
        pages[f"letter {language}"] = build_letters(opened, evaluated.id, (language,))[language]["html"].decode()
    sources = [source.note for source in opened.rulebook.sources.values() if source.note]
    notes = sorted((text for note in sources for text in (note.ko, note.en)), key=len, reverse=True)
    for what, page in pages.items():
        shown = unescape(page)
        for note in notes:  # what a source says of cities is not about the applicants
            shown = shown.replace(note, "")
        assert [word for word in SIZES if word in shown] == [], what


def test_the_form_is_for_the_class_and_analyses_give_the_official_totals(opened: OpenRound) -> None:
    call = read_call(str(opened.folder))
    assert build_form(opened.round.applications[0].applicant, call.round, call.rules, "en")
    arrays = smartcert.arrays(opened)
    official = {one.id: float(one.scorecard.points) for one in opened.evaluations if one.scorecard}
    table = what_if(arrays, Change()).table
    assert np.allclose([table.loc[name, "points"] for name in official], list(official.values()))
