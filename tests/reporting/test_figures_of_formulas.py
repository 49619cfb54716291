"""Each figure of a formula is evidenced, corrected and inspected by itself, and a prerequisite has no points."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from itertools import chain, pairwise
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from smartcert.batch.checks import find_wrong_figures
from smartcert.model.evaluation import IndicatorScore, Scorecard
from smartcert.model.indicator import Effect
from smartcert.reporting.applicant.report import ApplicantReport
from smartcert.reporting.applicant.tables import build_correction_rows, build_indicator_rows, list_inspected
from smartcert.reporting.applicant.verdict import classify_gain, group_gains
from smartcert.reporting.applicant.working import COLUMNS, build_sections
from smartcert.reporting.catalogue import load_words
from smartcert.reporting.formats import LANGUAGES
from smartcert.reporting.records import Record, to_json
from tests.recompute.test_any_criteria import SEEDS, build_record, record
from tests.support.criteria import read_edition
from tests.support.report_pages import batch_page

EN = load_words("en", "report")
NEED = {"id": "P", "effect": "prerequisite", "scale": {"kind": "yes_no"}}
RATIO = {
    "id": "A",
    "points": 30,
    "inputs": ["a", "b"],
    "measure": "min(a / b, 1)",
    "scale": {"kind": "linear", "zero_at": 0, "full_at": 1},
}
LESS = {
    "id": "X",
    "points": -5,
    "effect": "deduction",
    "direction": "lower_is_better",
    "scale": {"kind": "counted", "points_each": -1, "cap": 5},
}
EDITION = {"domains": [{"id": "D", "points": 30, "indicators": [RATIO, NEED, LESS]}]}


def card_of(**given: Any) -> Scorecard:
    card = build_record(read_edition(EDITION), [{"P": "0", "X": "2", **given}]).evaluation.scorecard
    assert card is not None
    return card


def ratio(card: Scorecard) -> IndicatorScore:
    return next(score for score in card.indicators() if score.id == "A")


CORRECTED: list[tuple[dict[str, Any], list[str]]] = [
    ({"a": "1", "b": "2"}, []),
    ({"a": {"claimed": "1", "desk": "3/2"}, "b": "2"}, ["a", "A"]),
    ({"a": {"claimed": "9", "desk": "8"}, "b": "2"}, ["a"]),  # the formula gives the same
    ({"a": {"claimed": "9", "desk": "8"}, "b": "not_applicable"}, ["a"]),
    ({"a": "1", "b": {"claimed": "2", "site": "4"}}, ["b", "A"]),
]


@pytest.mark.parametrize(("given", "rows"), CORRECTED)
def test_every_corrected_figure_is_listed_with_its_reason(given: dict[str, Any], rows: list[str]) -> None:
    listed = {row.id: row for row in build_correction_rows(card_of(**given), EN)}
    assert list(listed) == rows
    for name, own in given.items():
        if isinstance(own, dict) and "site" in own:
            assert listed[name].site_reason == "현장 확인"


def test_a_corrected_figure_is_shown_with_its_own_values_where_the_formula_gives_the_same() -> None:
    record_ = build_record(read_edition(EDITION), [{"P": "1", "a": {"claimed": "9", "desk": "8"}, "b": "2"}])
    card = record_.evaluation.scorecard
    assert card is not None
    (own,) = (one for domain in build_sections(card, {}, EN) for one in domain.indicators if one.id == "A")
    assert own.columns == ("Claimed value", "Accepted value · Confirmed value")
    assert [cell.split(" ")[0] for cell in own.steps[0].cells] == ["9", "8"]
    html = str(ApplicantReport(record_, "en").inspection())
    assert "Corrected indicators" in html
    assert "No value was corrected" not in html


def test_what_was_inspected_is_listed_by_figure() -> None:
    card = card_of(a="1", b={"claimed": "2", "site": "confirmed"})
    assert list_inspected(card) == (["b"], ["a", "P", "X"])


def test_a_formula_is_documented_where_each_of_its_figures_is() -> None:
    bare = ratio(card_of(a="1", b="2"))
    half, both = (
        replace(bare, figures=tuple(replace(one, evidence_document="a.pdf") for one in bare.figures[:count]))
        for count in (1, 2)
    )
    half = replace(half, figures=(half.figures[0], bare.figures[1]))
    assert [classify_gain(score) for score in (bare, half, both)] == ["document", "document", "figure"]
    partly = replace(both, figures=(replace(both.figures[0], inspected=True, verified=False), both.figures[1]))
    assert classify_gain(partly) == "document"


def test_a_prerequisite_has_no_points_and_a_deduction_no_share() -> None:
    card = card_of(a="1", b="2")
    ((_, rows),) = build_indicator_rows(card, None, EN)
    by_id = {row.id: (row.own, row.possible, row.share) for row in rows}
    assert by_id["P"] == ("not met", "—", "—")
    assert by_id["X"] == ("−2", "−5", "—")


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_the_criteria_every_figure_is_told_and_only_points_are_counted(seed: int) -> None:
    card = record(seed).evaluation.scorecard
    assert card is not None
    scores = card.indicators()
    corrected = {row.id for row in build_correction_rows(card, EN)}
    for score in scores:
        for figure in score.figures:
            assert (figure.id in corrected) is (len({figure.claimed, figure.desk, figure.confirmed}) > 1)
    measured = [figure.id for score in scores if score.combination is None for figure in score.reported]
    assert sorted(chain(*list_inspected(card))) == sorted(measured)
    left = sum((score.left for score in scores if score.effect is not Effect.PREREQUISITE), Fraction(0))
    assert sum((group.points.value for group in group_gains(card, EN)), Fraction(0)) == left
    for domain in build_sections(card, {}, EN):
        for own in domain.indicators:
            score = next(one for one in scores if one.id == own.id)
            figures = [[getattr(figure, name) for figure in score.figures] for name in COLUMNS]
            changes = sum(before != after for before, after in pairwise(figures))
            assert len(own.columns) > changes


def wrong_figures(html: str, own: Record) -> list[str]:
    return list(find_wrong_figures(LexborHTMLParser(html), json.loads(to_json(own))))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("met", ["1", "0", "absent"])
def test_a_run_accepts_the_page_of_a_prerequisite_and_no_page_that_says_otherwise(met: str, language: str) -> None:
    own = build_record(read_edition(EDITION), [{"a": "1", "b": "2", "P": met}])
    words = load_words(language, "report")
    right, wrong = (words(f"working.{name}") for name in (("met", "not_met") if met == "1" else ("not_met", "met")))
    html = ApplicantReport(own, language).points()._repr_html_()
    assert wrong_figures(html, own) == []
    row = html.index('<tr data-at="P"')
    for other in (wrong, "1"):
        changed = html[:row] + html[row:].replace(f"<td>{right}", f"<td>{other}", 1)
        assert wrong_figures(changed, own) == ["the page does not show whether P is met as the record does"]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_run_accepts_the_page_of_whatever_criteria(seed: int) -> None:
    assert wrong_figures(batch_page(record(seed), "en"), record(seed)) == []
