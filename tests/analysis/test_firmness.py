"""How firm a level is: the researchers' analysis, but of each applicant by itself, in its record and on its page."""

from __future__ import annotations

import time
from dataclasses import replace
from fractions import Fraction
from functools import cache

import pytest
from selectolax.lexbor import LexborHTMLParser

import smartcert
from smartcert.analysis.firmness import DRAWS, add_firmness, build_arrays, simulate_levels
from smartcert.analysis.monte_carlo import SeparateDraws
from smartcert.batch.checks import find_wrong_statements
from smartcert.batch.request import Task
from smartcert.model.firmness import NOT_JUDGED, Firmness, LevelShare
from smartcert.recompute import recompute
from smartcert.reporting.applicant.report import ApplicantReport
from smartcert.reporting.applicant.verdict import build_bound_rows
from smartcert.reporting.audience import redact
from smartcert.reporting.formats import format_percent
from smartcert.reporting.records import Audience, Record, from_json, to_json
from tests.support.build import example
from tests.support.report_pages import batch_page


@cache
def firmness() -> dict[str, Firmness]:
    """Return the firmness of every scored applicant of the example round."""
    return simulate_levels(example(), example().evaluations)


def record(name: str) -> Record:
    """Return an applicant's record with its firmness."""
    return replace(example().record(name), firmness=firmness().get(name))


def test_whoever_was_scored_has_a_firmness_and_nobody_else() -> None:
    assert set(firmness()) == {one.id for one in example().evaluations if one.scorecard}
    assert add_firmness(example().record("noeul"), example()).firmness is None
    assert b'"firmness"' not in to_json(example().record("noeul"))


def test_where_nothing_varies_every_level_is_the_one_of_the_evaluation_with_ranks_too() -> None:
    fixed = smartcert.Plan(weights=None, resample_evaluators=False, errors={})
    simulated = simulate_levels(example(), example().evaluations, draws=2, plan=fixed)
    for one in example().evaluations:
        if one.level is not None:
            assert simulated[one.id].levels == (LevelShare(level=one.level.level, share=Fraction(1)),)


def test_it_is_the_same_whoever_else_is_simulated() -> None:
    opened = example()
    assert add_firmness(opened.record("haneul"), opened).firmness == firmness()["haneul"]
    alone = replace(
        opened, round=replace(opened.round, applications=(opened.application("ara"), opened.application("haneul")))
    )
    evaluations = [opened.record(name).evaluation for name in ("ara", "haneul")]
    assert simulate_levels(alone, evaluations) == {name: firmness()[name] for name in ("ara", "haneul")}


def test_it_is_what_the_researchers_analysis_says_but_for_chance_and_the_ranks_of_others() -> None:
    levels = smartcert.confidence(smartcert.arrays(example()), draws=2000).levels
    for name, one in firmness().items():
        for level in levels.columns:
            assert float(one.find_share(level)) == pytest.approx(levels.loc[name, level], abs=0.08)


def test_without_ranks_the_draws_of_an_applicant_alone_are_those_of_the_public_class() -> None:
    """One applicant, nobody to share a stream with: `Draws` and `SeparateDraws` draw the same."""
    arrays = build_arrays(example(), [example().record("haneul").evaluation])
    public = smartcert.Draws(arrays, smartcert.Plan()).run(128, threads=1)
    assert (SeparateDraws(arrays, smartcert.Plan(), {}).run(128, threads=1).totals == public.totals).all()


def test_it_takes_less_than_30_ms_an_applicant_of_the_processor() -> None:
    simulate_levels(example(), example().evaluations, draws=8)
    began = time.process_time()
    count = len(simulate_levels(example(), example().evaluations))
    assert (time.process_time() - began) / count < 0.030 * 5


def test_the_applicant_sees_coarse_shares_and_everybody_none() -> None:
    for name, own in firmness().items():
        seen = redact(record(name), Audience.APPLICANT)
        assert isinstance(seen, Record)
        assert seen.firmness is not None
        assert sum(one.share for one in seen.firmness.levels) == 1
        for one in seen.firmness.levels:
            assert (one.share * 20).denominator == 1
            assert abs(one.share - own.find_share(one.level)) <= Fraction(1, 20)
        if record(name).outcome.certified:
            public = redact(record(name), Audience.PUBLIC)
            assert b"firmness" not in to_json(public)
            assert b"simulat" not in to_json(public)


def test_a_record_is_read_as_it_was_written() -> None:
    assert from_json(Record, to_json(record("haneul"))) == record("haneul")


@pytest.mark.parametrize(
    "levels",
    [
        (LevelShare(level=3, share=Fraction(1, 2)),),
        (LevelShare(level=3, share=Fraction(1, 2)), LevelShare(level=3, share=Fraction(1, 2))),
        (LevelShare(level=3, share=Fraction(3, 2)), LevelShare(level=4, share=Fraction(-1, 2))),
    ],
)
def test_shares_that_are_not_those_of_all_simulations_are_refused(levels: tuple[LevelShare, ...]) -> None:
    with pytest.raises(ValueError, match="simulated level"):
        replace(firmness()["haneul"], levels=levels)


def test_the_verdict_says_how_firm_the_level_is_and_what_that_assumes() -> None:
    html = ApplicantReport(record("yeoul"), "en").verdict().html
    share = firmness()["yeoul"].find_share(3)
    assert f"In {DRAWS:,} simulations the computed level (Level 3) came out in {format_percent(share)}" in html
    assert "The decided level (Level 4) came out in" in html
    assert "by up to ±25%" in html
    assert "errors of 2% to 25%" in html
    assert "steps of 5%" not in html
    seen = redact(record("yeoul"), Audience.APPLICANT)
    assert isinstance(seen, Record)
    assert "비율은 5% 단위로" in ApplicantReport(seen, "ko").verdict().html
    assert "simulations" not in ApplicantReport(example().record("yeoul"), "en").verdict().html


def test_errors_of_one_size_are_not_shown_as_a_range() -> None:
    same = replace(firmness()["haneul"], lower=Fraction(1, 5), upper=Fraction(1, 5))
    html = ApplicantReport(replace(record("haneul"), firmness=same), "en").verdict().html
    assert "Values have errors of 20% (standard deviation)" in html


def test_a_share_that_is_not_none_or_all_is_not_shown_as_none_or_all() -> None:
    rare = (LevelShare(level=3, share=Fraction(2, 1000)), LevelShare(level=4, share=Fraction(998, 1000)))
    html = ApplicantReport(replace(record("haneul"), firmness=replace(firmness()["haneul"], levels=rare)), "en")
    assert "came out in 99.8%, a higher one in 0.2% and a lower one in 0%" in html.verdict().html


def test_the_shares_of_a_page_add_up_to_all_simulations_by_hand() -> None:
    halves = (LevelShare(level=3, share=Fraction(655, 1000)), LevelShare(level=4, share=Fraction(345, 1000)))
    shown = replace(record("haneul"), firmness=replace(firmness()["haneul"], levels=halves))
    assert (
        "came out in 34.5%, a higher one in 65.5% and a lower one in 0%" in ApplicantReport(shown, "en").verdict().html
    )
    for name, own in firmness().items():
        result = record(name).evaluation.level
        assert result is not None
        rows = [row.simulated for row in build_bound_rows(result, own)]
        not_judged = format_percent(own.find_share(NOT_JUDGED))
        assert sum(Fraction(text.removesuffix("%")) for text in (*rows, not_judged)) == 100, name


def test_a_page_whose_firmness_was_changed_is_found_by_the_check_and_by_the_recomputation() -> None:
    own = record("haneul")
    page = batch_page(own, "en")
    assert recompute(page).equal
    share = format_percent(firmness()["haneul"].find_share(4))
    changed = page.replace(f"came out in {share}", "came out in 97%")
    assert changed != page
    assert any("97%" in one.printed for one in recompute(changed).differences)
    task = Task(
        applicant_id="haneul",
        language="en",
        notebook="",
        record_name="evaluation.json",
        record=to_json(own),
        parameters={},
    )
    assert not list(find_wrong_statements(LexborHTMLParser(page), task))
    problems = list(find_wrong_statements(LexborHTMLParser(changed), task))
    assert any("97%" in problem for problem in problems)
