"""Whole invented rounds under editions of every shape, of figures only, of marks only: from tables to pages."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest

import smartcert
from smartcert.analysis.committee.review import review_committee
from smartcert.io.rounds.round import read_round
from smartcert.model.indicator import IndicatorKind
from smartcert.recompute import recompute
from smartcert.reporting.records import RoundRecord, from_json, to_json
from smartcert.services.rounds import OpenRound
from smartcert.simulation.write import simulate_round
from tests.support.build import PARAMETERS, example, rulebook
from tests.support.criteria import read_edition
from tests.support.report_pages import batch_page
from tests.support.worked_cases import case_file

EDITIONS = tuple(case_file("rounds_of_criteria")["editions"])


@cache
def opened(name: str) -> OpenRound:
    """Return a round that was invented, written as tables and read again."""
    edition = read_edition(case_file("rounds_of_criteria")["editions"][name], name)
    book = rulebook()
    book = replace(book, editions={**book.editions, name: edition})
    rules = book.on(example().round.governing_day, name)
    folder = Path(mkdtemp()) / f"round-{name.replace('_', '-')}"
    simulate_round(9, 3, folder, replace(example().round, edition=name), rules)
    round_ = read_round(folder, book, PARAMETERS / "registry")
    return OpenRound(folder=folder, round=round_, rulebook=book, rules=rules)


@pytest.mark.parametrize("name", EDITIONS)
def test_the_tables_of_a_round_hold_every_figure_by_its_own_id(name: str) -> None:
    round_, edition = opened(name).round, opened(name).rules.edition
    figures = {figure.id for figure in edition.figures()}
    assert bool(figures) is edition.has_kind(IndicatorKind.QUANTITATIVE)
    for application in round_.applications:
        assert set(application.measurements) == figures
        assert set(application.bases) == {base.id for base in edition.bases}


@pytest.mark.parametrize("name", EDITIONS)
def test_a_round_is_evaluated_and_analysed(name: str) -> None:
    result = opened(name)
    scored = [one for one in result.evaluations if one.scorecard]
    assert len(scored) > 5
    arrays = smartcert.arrays(result)  # refuses if not exactly the official totals and levels
    assert len(smartcert.what_if(arrays).table) == len(scored)
    assert len(smartcert.confidence(arrays, draws=50).table) == len(scored)
    smartcert.smallest_changes(arrays, arrays.ids[0])
    record = review_committee(result)
    has_marks = result.rules.edition.has_kind(IndicatorKind.QUALITATIVE)
    assert bool(record.rows) is has_marks
    written = to_json(result.round_record())
    assert to_json(from_json(RoundRecord, written)) == written


@pytest.mark.parametrize("name", EDITIONS)
def test_tables_that_no_indicator_needs_may_be_missing(name: str) -> None:
    result = opened(name)
    for kind, tables in ((IndicatorKind.QUANTITATIVE, ["measurements"]), (IndicatorKind.QUALITATIVE, ["marks"])):
        if result.rules.edition.has_kind(kind):
            continue
        for table in tables:
            (result.folder / f"{table}.csv").unlink(missing_ok=True)
        again = read_round(result.folder, result.rulebook, PARAMETERS / "registry")
        assert [one.measurements for one in again.applications] == [
            one.measurements for one in result.round.applications
        ]


@pytest.mark.slow
@pytest.mark.parametrize("name", EDITIONS)
def test_every_page_of_a_round_is_equal_to_its_recomputation(name: str) -> None:
    for one in opened(name).evaluations[:4]:
        for language in ("ko", "en"):
            page = batch_page(opened(name).record(one.id), language)
            if one.scorecard:
                assert recompute(page).differences == ()
