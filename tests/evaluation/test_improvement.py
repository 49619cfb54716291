"""What is advised is evaluated again with the value advised: points, total and level must be those that were stated."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import pytest

from smartcert.evaluation.improvement import find_next_steps, list_improvements
from smartcert.model.application import Application, Inspection, Measurement, Missing
from smartcert.model.evaluation import Evaluation, IndicatorScore
from smartcert.model.improvement import Improvement, Target
from smartcert.model.indicator import IndicatorKind, RankScale
from smartcert.services.rounds import OpenRound
from tests.support.build import example
from tests.support.random_rounds import random_round, rerun_each

ROUNDS = [
    pytest.param(example, id="example"),
    *(pytest.param(lambda s=s: random_round(s), id=f"random {s}") for s in range(2)),
]  # type: ignore[misc]


def with_value(application: Application, score: IndicatorScore, value: Fraction) -> Application:
    """Return the application with another figure that was verified, or with this mark by everybody who judges."""
    if score.indicator.kind is IndicatorKind.QUALITATIVE:
        marks = tuple(
            replace(one, value=value) if one.indicator == score.id and one.value is not None else one
            for one in application.marks
        )
        return replace(application, marks=marks)
    measured = Measurement(indicator=score.id, claimed=value, desk=value)
    return replace(
        application,
        measurements={**application.measurements, score.id: measured},
        inspections={**application.inspections, score.id: Inspection(indicator=score.id, verified=True)},
    )


def is_checkable(score: IndicatorScore) -> bool:
    return not isinstance(score.indicator.scale, RankScale) and not score.indicator.figures


def scored(opened: OpenRound) -> list[Evaluation]:
    return [one for one in opened.evaluations if one.scorecard is not None]


def list_targets(evaluation: Evaluation) -> list[tuple[IndicatorScore, Target]]:
    improvements = [one for one in list_improvements(evaluation) if is_checkable(one.score)]
    alone = [(one.score, one.alone) for one in improvements if one.alone is not None]
    return [*((one.score, one.best) for one in improvements), *alone]


@pytest.mark.parametrize("open_it", ROUNDS)
def test_the_engine_gives_what_is_stated_for_every_value_that_is_advised(open_it: Callable[[], OpenRound]) -> None:
    opened, checked = open_it(), 0
    for evaluation in scored(opened)[:5]:
        assert evaluation.scorecard is not None
        targets = list_targets(evaluation)[::3]
        changes = [
            lambda own, score=score, target=target: with_value(own, score, target.value) for score, target in targets
        ]
        for (score, target), again in zip(targets, rerun_each(opened, evaluation.id, changes), strict=True):
            assert again.scorecard is not None
            assert again.level is not None
            points = {one.id: one.points for one in again.scorecard.indicators()}
            total, level = again.scorecard.points - evaluation.scorecard.points, again.level.level
            assert (points[score.id], total, level) == (target.points, target.gain, target.level), score.id
            checked += 1
    assert checked > 10


@pytest.mark.parametrize("open_it", ROUNDS)
def test_a_value_a_thousandth_of_the_way_nearer_does_not_reach_the_next_level(open_it: Callable[[], OpenRound]) -> None:
    opened = open_it()
    for evaluation in scored(opened):
        alone = [one for one in list_improvements(evaluation) if one.alone is not None and is_checkable(one.score)][:4]
        nearer = [(one, value) for one in alone if (value := just_before(one)) is not None]
        changes = [lambda own, one=one, value=value: with_value(own, one.score, value) for one, value in nearer]
        for again in rerun_each(opened, evaluation.id, changes):
            assert again.level is not None
            assert evaluation.next_level is not None
            assert again.level.level > evaluation.next_level.level


def just_before(improvement: Improvement) -> Fraction | None:
    """Return a value a little nearer to the one that counts; None where that is none, or nothing lies between.

    Marks are stated as they are rounded, so that nothing lies between two of them.
    """
    value, target = improvement.score.confirmed.value, improvement.alone
    assert target is not None
    assert target.value is not None
    if isinstance(value, Missing) or improvement.score.indicator.scale.kind in ("yes_no", "counted", "marks"):
        return None
    step = abs(target.value - value) / 1000
    step = Fraction(1) if improvement.score.indicator.divisor else max(step, Fraction(1, 100))
    nearer = target.value - step if target.value > value else target.value + step
    return None if abs(target.value - value) <= step else nearer


@pytest.mark.parametrize("open_it", ROUNDS)
def test_a_combined_mark_is_stated_only_where_marks_can_give_it(open_it: Callable[[], OpenRound]) -> None:
    opened, checked = open_it(), 0
    for evaluation in scored(opened):
        steps = find_next_steps(evaluation, 1000)
        targets = [(one.score, one.target) for one in steps.declines] + list_targets(evaluation)
        for score, target in targets:
            if score.indicator.kind is IndicatorKind.QUALITATIVE and target.value is not None:
                scale = opened.rules.mark_scale_of(score.indicator)
                assert scale.lowest <= target.value <= scale.highest, (evaluation.id, score.id)
                checked += 1
    assert checked


def test_no_decline_is_stated_where_even_the_lowest_mark_leaves_the_level() -> None:
    steps = find_next_steps(example().record("iseul").evaluation, 1000)
    declines = {one.score.id: one.target.value for one in steps.declines}
    assert "L01" not in declines  # 1,421.2 points, of which the lowest mark leaves 10 of 28: 1,403.2
    assert declines["L02"] == Fraction("1.87")


@pytest.mark.parametrize("open_it", ROUNDS)
def test_whoever_suffices_alone_is_listed_first_with_a_value(open_it: Callable[[], OpenRound]) -> None:
    opened = open_it()
    for evaluation in scored(opened):
        improvements = list_improvements(evaluation)
        gap = evaluation.next_level
        left = (
            {score.id for score in evaluation.scorecard.indicators() if score.left > 0} if evaluation.scorecard else ()
        )
        assert {one.score.id for one in improvements} == set(left)
        assert list_improvements(evaluation, 3) == improvements[:3]
        alone = [one.score.id for one in improvements if one.alone is not None]
        assert alone == [one.score.id for one in improvements[: len(alone)]]
        if gap is not None:
            assert bool(alone) is (len(gap.smallest_set) == 1)
            assert {ids[0].indicator for ids in gap.smallest_sets if len(ids) == 1} <= set(alone)
            assert all(one.alone is not None and one.alone.level <= gap.level for one in improvements[: len(alone)])


@pytest.mark.parametrize("open_it", ROUNDS)
def test_all_steps_together_are_those_that_are_found_apart(open_it: Callable[[], OpenRound]) -> None:
    for evaluation in scored(open_it()):
        steps = find_next_steps(evaluation, 8)
        assert steps.improvements == list_improvements(evaluation, 8)
        assert steps.declines == find_next_steps(evaluation, 1000).declines[:4]


@pytest.mark.parametrize("open_it", ROUNDS)
def test_the_plan_reaches_the_next_level_and_its_last_step_is_needed(open_it: Callable[[], OpenRound]) -> None:
    opened = open_it()
    for evaluation in scored(opened):
        plan, gap = find_next_steps(evaluation).plan, evaluation.next_level
        assert (plan is None) is (gap is None or not gap.smallest_set)
        if plan is None or gap is None or not all(is_checkable(score) for score, _ in plan.steps):
            continue

        def follow(own: Application, upto: int, plan=plan) -> Application:  # type: ignore[no-untyped-def]
            for score, target in plan.steps[:upto]:
                own = with_value(own, score, target.value)
            return own

        count = len(plan.steps)
        *_, before, after = rerun_each(
            opened, evaluation.id, [lambda own, n=n: follow(own, n) for n in (count - 1, count)]
        )
        assert before.level is not None
        assert after.level is not None
        assert after.scorecard is not None
        assert before.level.level > gap.level
        assert (after.level.level, after.scorecard.points) == (plan.level, plan.total)
        assert plan.level <= gap.level


def test_six_points_are_advised_where_six_are_missing_and_not_all_that_are_left() -> None:
    haneul = next(one for one in example().evaluations if one.id == "haneul")
    assert haneul.next_level is not None
    assert haneul.next_level.short == 6
    energy = next(one for one in list_improvements(haneul) if one.score.id == "N22")
    assert energy.alone is not None
    assert (energy.score.confirmed.value, energy.alone.value) == (Fraction("40.72"), Fraction("52.61"))
    assert (energy.alone.gain, energy.alone.level) == (6, 3)
    assert (energy.best.value, energy.best.gain) == (90, Fraction("24.6"))
