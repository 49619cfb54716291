"""What to do next, how firm the verdict is, and what to supplement until when."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from smartcert.evaluation.improvement import find_next_steps
from smartcert.evaluation.levels import compute_margin, determine_level, find_next_level, level_from_totals
from smartcert.evaluation.scoring import score_value
from smartcert.evaluation.totals import rescore
from smartcert.model.application import Missing
from smartcert.model.evaluation import FindingOutcome, IndicatorScore
from smartcert.model.indicator import RankScale
from smartcert.reporting.applicant import verdict
from smartcert.reporting.applicant import verdict as next_steps
from smartcert.reporting.applicant import verdict as supplements
from smartcert.reporting.applicant.improvements import (
    ImprovementRow,
    StepRow,
    build_decline_rows,
    build_improvement_rows,
    build_step_rows,
)
from smartcert.reporting.applicant.report import ApplicantReport
from smartcert.reporting.catalogue import Words
from tests.support import sample_records as samples
from tests.support.build import example

KO, EN = Words("ko", "report"), Words("en", "report")


@pytest.mark.parametrize(
    ("name", "group", "now"),
    [
        ("N07", "document", "not submitted"),
        ("N04", "document", "2 cases, corrected on site"),
        ("N02", "figure", "5.5 days"),
        ("L02", "capacity", "mark 4"),
    ],
)
def test_what_moves_an_indicator_is_told_with_what_stands_now(name: str, group: str, now: str) -> None:
    card = samples.scorecard()
    one = {score.indicator.id: score for score in card.indicators()}[name]
    assert next_steps.classify_gain(one) == group
    (shown,) = [row.now for found in next_steps.group_gains(card, EN) for row in found.rows if row.id == name]
    assert shown == now


def test_a_figure_without_evidence_is_moved_by_a_document() -> None:
    bare = replace(samples.scores()["N02"], evidence_document="", evidence_page="")
    assert next_steps.classify_gain(bare) == "document"
    card = samples.scorecard({"N02": bare})
    rows = {row.id: row.now for group in next_steps.group_gains(card, KO) for row in group.rows}
    assert rows["N02"] == "5.5일, 증빙자료 기재 없음"


def test_a_value_that_the_inspection_did_not_find_says_so() -> None:
    nothing = replace(
        samples.scores()["N04"], confirmed=samples.working(Missing.ABSENT, None, Fraction(0), policy="zero")
    )
    rows = {row.id: row.now for g in next_steps.group_gains(samples.scorecard({"N04": nothing}), EN) for row in g.rows}
    assert rows["N04"] == "not submitted; not confirmed on site"


def test_groups_count_all_points_left_and_stand_with_most_left_first() -> None:
    card = example().record("haneul").evaluation.scorecard
    assert card is not None
    groups = next_steps.group_gains(card, EN)
    assert [group.name for group in groups] == ["document", "figure", "capacity"]
    assert sum(group.points.value for group in groups) == sum(one.left for one in card.indicators())
    assert sum(group.count for group in groups) == sum(one.left > 0 for one in card.indicators())
    for group in groups:
        left = [Fraction(row.left) for row in group.rows]
        assert left == sorted(left, reverse=True)
        assert len(left) == min(group.count, 6)


def test_available_less_scored_is_what_is_not_scored_but_where_the_page_says_that_no_value_scores_all() -> None:
    named = 0
    for evaluation in example().evaluations:
        if (card := evaluation.scorecard) is None:
            continue
        page = ApplicantReport(example().record(evaluation.id), "en").next_level()
        assert page is not None
        lacking = Fraction(0)
        for score in card.indicators():
            by_hand = max(score.out_of - score.confirmed.points, Fraction(0))
            said = f"{score.indicator.name.en} (at most " in page.html
            assert said == (score.attainable is not None and score.attainable < score.out_of)
            assert said or score.left == by_hand
            named += said
            lacking += score.left
        assert sum(group.points.value for group in next_steps.group_gains(card, EN)) == lacking
    assert named


def rows_of(name: str, words: Words) -> tuple[dict[str, ImprovementRow], list[StepRow]]:
    """Return the rows of improvements by id, and those of the plan."""
    evaluation = example().record(name).evaluation
    steps = find_next_steps(evaluation)
    assert evaluation.scorecard is not None
    assert steps.plan is not None
    rows = build_improvement_rows(steps, evaluation.scorecard, words)
    return {row.id: row for row in rows}, build_step_rows(steps.plan, evaluation.scorecard, words)


def test_what_to_do_next_names_the_value_that_is_enough_and_not_all_points_left() -> None:
    rows, steps = rows_of("haneul", KO)
    cctv, upkeep, firms = rows["N22"], rows["L15"], rows["N08"]
    assert (cctv.name, cctv.effort, cctv.now) == ("지능형 CCTV 비율", "실적 향상", "40.72%")
    assert (cctv.alone, cctv.alone_gain, cctv.best, cctv.best_gain) == ("52.61%", "+6.0", "90%", "+24.6")
    assert (upkeep.now, upkeep.alone, upkeep.alone_gain) == ("평점 2.4점", "평점 3점", "+6.0")
    assert (firms.now, firms.alone, firms.alone_gain) == ("111개사(6위)", "같은 유형에서 4위", "+8.0")
    assert [(step.name, step.target) for step in steps] == [("시설 유지관리", "평점 3점")]


def test_a_value_just_below_the_one_that_is_enough_is_not_enough() -> None:
    record = example().record("haneul")
    card, result = record.evaluation.scorecard, record.evaluation.level
    assert card is not None
    assert result is not None
    score = next(score for score in card.indicators() if score.id == "N22")
    for value, level in (("52.61", 3), ("52.60", 4)):
        points = score_value(Fraction(value), score.indicator, None, card).points
        total = rescore(card, {"N22": points})
        assert level_from_totals(total.points, total.sections, result.bounds, result.floor_bounds) == level


def test_where_none_is_enough_alone_the_fewest_together_stand_with_the_values_they_take() -> None:
    record = example().record("mireu")
    rows, steps = rows_of("mireu", EN)
    assert all(row.alone == "" for row in rows.values())
    assert (len(steps), steps[-1].name, steps[-1].target) == (10, "Planned siting of facilities", "mark 3.47")
    html = str(ApplicantReport(record, "en", find_next_steps(record.evaluation)).next_level())
    assert "No indicator reaches the next level alone" in html
    assert "Improving 10 indicators as below gives a total of 1,600.0 points, Level 2" in html


def test_how_firm_a_verdict_is_is_told_in_points_and_in_indicators() -> None:
    said = verdict.describe_indicator_margin(example().record("haneul").evaluation, KO)
    assert said == [
        "바로 위 등급으로 산정되려면 적어도 지표 1개의 점수를 높여야 합니다(예: 시설 유지관리).",
        "적어도 지표 5개의 점수가 낮아져야 산정 등급이 낮아집니다.",
    ]
    html = ApplicantReport(example().record("haneul"), "en").verdict().html
    assert "194.0 points above the threshold of the computed level" in html
    assert "6.0 points below the threshold of the next higher level" in html
    assert "needs more points in at least 1 indicator (for example Upkeep of facilities)" in html
    assert "would fall only if at least 5 indicators scored less" in html


@pytest.mark.parametrize("name", ["ara", "danbi", "haneul", "mireu", "saebyeok", "raon", "byeolbit"])
def test_a_value_that_lowers_the_level_does_so_and_one_on_the_way_to_it_does_not(name: str) -> None:
    evaluation = example().record(name).evaluation
    card, result = evaluation.scorecard, evaluation.level
    assert card is not None
    assert result is not None

    def level_with(score: IndicatorScore, points: Fraction) -> int:
        totals = rescore(card, {score.id: points})
        return level_from_totals(totals.points, totals.sections, result.bounds, result.floor_bounds)

    declines = find_next_steps(evaluation, 1000).declines
    assert [one.target.gain for one in declines] == sorted((one.target.gain for one in declines), reverse=True)
    for one in declines:
        assert level_with(one.score, one.target.points) == one.target.level > result.level
        assert one.target.gain < 0
        value, now = one.target.value, one.score.confirmed.value
        if value is not None and not isinstance(now, Missing):
            whole = value.denominator == now.denominator == 1
            before = value + (1 if now > value else -1) if whole else now + (value - now) * Fraction(9, 10)
            for near in (now, before):
                if one.score.indicator.divisor is None and abs(value - now) > 1:
                    full = one.score.out_of / one.score.indicator.full  # above 1 where points of the item are spread
                    spread = None if full == 1 else full
                    points = score_value(near, one.score.indicator, None, card, factor=spread).points
                    assert level_with(one.score, points) == result.level
    unable = {score.id for score in card.indicators()} - {one.score.id for one in declines}
    for score in card.indicators():
        if score.id in unable and not isinstance(score.indicator.scale, RankScale):
            assert level_with(score, Fraction(0)) == result.level or isinstance(score.confirmed.value, Missing)


def test_a_report_names_the_smallest_changes_that_lower_its_level() -> None:
    evaluation = example().record("mireu").evaluation
    assert evaluation.scorecard is not None
    steps = find_next_steps(evaluation)
    rows = build_decline_rows(steps, evaluation.scorecard, EN)
    assert len(rows) == 5
    assert all(row.level == "Level 4" and row.now != row.target for row in rows)
    html = ApplicantReport(example().record("mireu"), "en", steps).verdict().html
    assert "Single changes that would lower the computed level" in html
    lowest = example().record("byeolbit")
    assert find_next_steps(lowest.evaluation).declines == ()
    html = ApplicantReport(lowest, "en", find_next_steps(lowest.evaluation)).verdict().html
    assert "would lower the computed level" not in html


def test_the_best_level_has_no_way_up_and_the_worst_none_down() -> None:
    best = verdict.describe_indicator_margin(example().record("hanbit").evaluation, EN)
    worst = verdict.describe_indicator_margin(example().record("byeolbit").evaluation, EN)
    assert len(best) == 1
    assert "would fall only if" in best[0]
    assert worst[-1] == "The computed level is already the lowest, so it cannot fall."
    html = str(ApplicantReport(example().record("hanbit"), "en").next_level())
    assert "The computed level is the highest" in html
    assert "Current value" in html


def test_firmness_follows_the_rules_of_the_round() -> None:
    record = example().record("mireu")
    card = record.evaluation.scorecard
    assert card is not None
    result = determine_level(card, example().rules.levels)
    assert record.evaluation.margin == compute_margin(card, result)
    assert record.evaluation.next_level == find_next_level(card, result)
    assert record.evaluation.margin is not None
    assert record.evaluation.margin.above == 0


def test_what_is_to_be_supplemented_stands_first_with_its_day() -> None:
    record = samples.supplement_pending()
    (row,) = supplements.build_open_rows(record.evaluation.findings, KO)
    assert row.found == ("정량지표 평가제안서가 제출되지 않아 보완을 요청하였습니다.",)
    assert (row.asked, row.due) == ("2023년 10월 30일", "2023년 11월 6일")
    html = ApplicantReport(record, "en").eligibility().html
    assert html.index("Items to supplement") < html.index("Findings:")
    assert "<strong>6 November 2023</strong>" in html


def test_what_is_open_without_a_day_says_that_none_is_set() -> None:
    record = samples.supplement_pending()
    open_ = [replace(one, facts=replace(one.facts, days={})) for one in record.evaluation.findings]
    rows = supplements.build_open_rows([one for one in open_ if one.code == "document_missing"], EN)
    assert [row.due for row in rows] == [""]
    findings = tuple(one for one in open_ if one.outcome is not FindingOutcome.OPEN or one.code == "document_missing")
    shown = replace(record, evaluation=replace(record.evaluation, findings=findings))
    assert "no date set" in ApplicantReport(shown, "en").eligibility().html


def test_where_nothing_is_open_there_is_no_such_table() -> None:
    assert "Items to supplement" not in ApplicantReport(samples.not_certified(), "en").eligibility().html


def test_the_working_says_what_may_be_claimed() -> None:
    html = str(ApplicantReport(example().record("haneul"), "en").working())
    assert "Allowed values: 0 data sets to 20,000 data sets" in html


def test_spread_points_are_worked_out_in_the_order_of_the_calculation() -> None:
    html = str(ApplicantReport(example().record("ara"), "ko").working())
    for step in ("40 × (36.187 − 10) ÷ (90 − 10) = 13.0935", "13.0935 → 13.09", "13.09 × 20 ÷ 17 = 15.4"):
        assert step in html
