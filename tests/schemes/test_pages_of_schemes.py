"""Pages of schemes that are data alone, over full, small and empty rounds: built, in their own words, recomputed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from smartcert.analysis.vectorised import from_round
from smartcert.errors import UsageError
from smartcert.model.outcome import Result
from smartcert.recompute.compare import recompute
from smartcert.reporting.audience import build_press_record
from smartcert.reporting.records import Record, RoundRecord, from_json, to_json
from smartcert.reporting.round.index import render_index
from smartcert.reporting.round.press import PressSummary, build_result_rows
from smartcert.reporting.round.summary import RoundSummary
from smartcert.services.rounds import OpenRound
from tests.support.report_pages import batch_page, page_of_sections
from tests.support.scheme_rounds import NAMES, load_cases, open_scheme

SUMMARY = ("head", "failures", "overview", "levels", "domains", "applicants", "refused", "basis", "typeface")
LANGUAGES = ("ko", "en")
ONE = {"leed": "at-80", "grant": "c", "contest": "b", "index": "at-69"}
SHOWN = {
    "leed": ("at-80", "Platinum", "플래티넘"),
    "grant": ("b", "selected", "선정"),
    "contest": ("c", "awarded", "입상"),
    "index": ("at-69", "Partly Free", "부분적 자유"),
}


def choose(name: str, size: str) -> Mapping[str, Mapping[str, Any]]:
    cases = load_cases(name)
    if size == "empty":
        return {}
    if size == "one":
        return {ONE[name]: cases[ONE[name]]}
    if size == "nobody scored":
        return {"late": {**cases[ONE[name]], "arrived": "2023-10-26 18:01"}}
    return cases


def build_pages(opened: OpenRound) -> list[str]:
    record = opened.round_record()
    assert from_json(RoundRecord, to_json(record)) == record
    press = build_press_record(record)
    pages = [render_index(record, pages=[])]
    for language in LANGUAGES:
        for summary in (RoundSummary(record, language), PressSummary(press, language)):
            pages.append(page_of_sections([getattr(summary, name)() for name in SUMMARY]))
    assert len(build_result_rows(press)) == 1  # nothing is decided, so nobody is in it
    return pages


@pytest.mark.parametrize("size", ["all", "one", "empty", "nobody scored"])
@pytest.mark.parametrize("name", NAMES)
def test_every_page_of_a_round_of_any_size_is_built(tmp_path_factory: Any, name: str, size: str) -> None:
    opened = open_scheme(tmp_path_factory.mktemp("round"), name, choose(name, size))
    for page in build_pages(opened):
        assert "Level 1" not in page
        assert "1등급" not in page
    assert all(outcome.result is not Result.CERTIFIED for outcome in opened.outcomes)


@pytest.mark.parametrize("name", NAMES)
def test_a_report_names_the_level_and_follows_from_its_own_trace(tmp_path_factory: Any, name: str) -> None:
    opened = open_scheme(tmp_path_factory.mktemp("round"), name, choose(name, "all"))
    applicant, english, korean = SHOWN[name]
    record = opened.record(applicant)
    assert from_json(Record, to_json(record)) == record
    for language, level in (("en", english), ("ko", korean)):
        page = batch_page(record, language)
        assert level in page
        assert "Level 1" not in page
        assert "1등급" not in page
        assert recompute(page).differences == ()


def test_what_rests_on_bounds_refuses_a_scheme_that_ranks(tmp_path_factory: Any) -> None:
    opened = open_scheme(tmp_path_factory.mktemp("round"), "contest", choose("contest", "all"))
    with pytest.raises(UsageError, match="this scheme ranks its applicants"):
        from_round(opened)
