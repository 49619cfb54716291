"""Every statement derived from a result is what the evaluation gives when the round is run again with the change."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from functools import partial
from math import sqrt
from statistics import NormalDist, stdev

import numpy as np
import pytest

from smartcert.analysis.arrays import with_method
from smartcert.analysis.committee.agreement import NotComputed
from smartcert.analysis.committee.disclosure import build_marks_table
from smartcert.analysis.committee.influence import (
    Rescoring,
    find_decisive_evaluators,
    find_method_differences,
    measure_discussion,
)
from smartcert.analysis.committee.panels import MIN_APPLICANTS, estimate_panel_sizes, single_evaluator_totals
from smartcert.analysis.committee.severity import adjust_totals, fit_severity
from smartcert.analysis.thresholds import Lever, LeverMove, find_lever_moves, find_weight_factors
from smartcert.analysis.vectorised import Scorer, collect_candidates, from_round
from smartcert.analysis.what_if import Change, rescale_exactly, what_if
from smartcert.evaluation.committee import collect_first_marks
from smartcert.evaluation.evaluate import evaluate, evaluate_changed
from smartcert.evaluation.improvement import list_improvements
from smartcert.evaluation.levels import level_from_totals
from smartcert.evaluation.scoring import Column, build_scorecard
from smartcert.evaluation.totals import rescore
from smartcert.model.application import Application, Mark, Missing
from smartcert.model.evaluation import Evaluation, IndicatorScore, LossCause, Scorecard
from smartcert.model.indicator import IndicatorKind, MissingPolicy, RoundingStep
from smartcert.reception.self_check import _score_claims
from smartcert.recompute.rebuild import rebuild_record
from smartcert.reporting.applicant.trace import build_trace
from smartcert.rules.parameters import CombinationMethod, CombinationRule
from smartcert.rules.rulebook import Rules
from smartcert.services.rounds import OpenRound
from tests.support.random_rounds import (
    random_round,
    rerun,
    rerun_each,
    undo_corrections,
    with_best,
    with_policy,
    with_weights,
)
from tests.support.seeds import list_seeds

SEEDS = list_seeds(2, 1000)
rounds = pytest.mark.parametrize("seed", SEEDS)


def scored(opened: OpenRound) -> dict[str, Evaluation]:
    return {one.id: one for one in opened.evaluations if one.scorecard is not None}


def cards(opened: OpenRound) -> dict[str, Scorecard]:
    return {name: one.scorecard for name, one in scored(opened).items() if one.scorecard is not None}


def level(evaluation: Evaluation) -> int | None:
    return evaluation.level.level if evaluation.level else None


def total(evaluation: Evaluation) -> Fraction | None:
    return evaluation.scorecard.points if evaluation.scorecard else None


def with_marks(application: Application, values: Mapping[tuple[str, str], Fraction | None]) -> Application:
    def other(mark: Mark) -> Mark:
        key = (mark.indicator, mark.evaluator)
        return replace(mark, value=values[key]) if key in values else mark

    return replace(application, marks=tuple(map(other, application.marks)))


def without(application: Application, evaluator: str) -> Application:
    return with_marks(
        application, {(m.indicator, m.evaluator): None for m in application.marks if m.evaluator == evaluator}
    )


@rounds
def test_points_lost_on_site_are_those_of_a_run_without_the_own_corrections(seed: int) -> None:
    opened = random_round(seed)
    for name, own in scored(opened).items():
        gap = own.next_level
        if gap is None:
            continue
        again = rerun(opened, name, undo_corrections)
        assert own.scorecard is not None
        assert again.scorecard is not None
        assert gap.regained == again.scorecard.points - own.scorecard.points
        assert gap.carried == (level(again) != level(own) and (level(again) or 9) < (level(own) or 0))
        before = {score.id: score for score in again.scorecard.indicators()}
        for score in own.scorecard.indicators():
            points = {loss.cause: loss.points for loss in gap.lost_on_site if loss.indicator == score.id}
            mine = sum((points.get(cause, 0) for cause in (LossCause.CORRECTION, LossCause.SPREADING)), Fraction(0))
            rest = sum((points.get(cause, 0) for cause in (LossCause.RANK, LossCause.NOT_INSPECTED)), Fraction(0))
            assert mine == max(before[score.id].points - score.points, 0)
            assert rest == max(score.desk.points - before[score.id].points, 0)
            if LossCause.RANK in points:
                assert score.indicator.scale.kind == "rank"
            corrected = before[score.id].confirmed.value != score.confirmed.value
            assert LossCause.CORRECTION not in points or corrected
            assert LossCause.SPREADING not in points or not corrected


@rounds
def test_the_points_left_of_an_indicator_are_those_that_its_best_value_earns(seed: int) -> None:
    opened = random_round(seed)
    everybody = scored(opened)
    if not everybody:
        return  # in one round of a thousand nobody is scored
    name, own = next(iter(everybody.items()))
    assert own.scorecard is not None
    scores = [score for score in own.scorecard.indicators()[seed % 3 :: 3] if score.out_of]
    best = [lambda one, name=score.id: with_best(opened, one, [name]) for score in scores]
    for score, again in zip(scores, rerun_each(opened, name, best), strict=True):
        assert again.scorecard is not None
        points = next(one.points for one in again.scorecard.indicators() if one.id == score.id)
        assert points == score.points + score.left, score.id


def test_per_head_a_value_at_its_limit_may_not_come_first_of_those_who_are_ranked() -> None:
    opened = random_round(724)
    for name, own in scored(opened).items():
        assert own.scorecard is not None
        ranked = [score for score in own.scorecard.indicators() if score.indicator.scale.kind == "rank"]
        best = [lambda one, name=score.id: with_best(opened, one, [name]) for score in ranked]
        for score, again in zip(ranked, rerun_each(opened, name, best), strict=True):
            assert again.scorecard is not None
            points = next(one.points for one in again.scorecard.indicators() if one.id == score.id)
            assert points == score.points + score.left, (name, score.id)
            stated = {one.score.id: one.best.points for one in list_improvements(own)}
            assert stated.get(score.id, points) == points, (name, score.id)


@rounds
def test_the_smallest_sets_reach_the_next_level_in_a_run_with_their_best_values(seed: int) -> None:
    opened = random_round(seed)
    for name, own in list(scored(opened).items())[:4]:
        if own.next_level is None:
            continue
        sets = [[left.indicator for left in chosen] for chosen in own.next_level.smallest_sets[:2]]
        best = [lambda one, names=names: with_best(opened, one, names) for names in sets]
        for again in rerun_each(opened, name, best):
            assert (level(again) or 9) <= own.next_level.level
            assert total(again) is not None


@rounds
def test_evaluators_methods_and_discussion_are_those_of_a_run_with_the_change(seed: int) -> None:
    opened = random_round(seed)
    rescoring, found = Rescoring(opened.rules), cards(opened)
    decisive = {(row.applicant, row.evaluator): row.without for row in find_decisive_evaluators(found, rescoring)}
    members = [member.id for member in opened.round.committee]
    for name in list(found)[:2]:
        own = level(scored(opened)[name])
        gone = [partial(without, evaluator=member) for member in members]
        for member, again in zip(members, rerun_each(opened, name, gone), strict=True):
            assert decisive.get((name, member), own) == level(again)
    rule = opened.rules.scoring.combination
    differences = {row.applicant: row.levels for row in find_method_differences(found, opened.rules, rescoring)}
    for method in CombinationMethod:
        drop = max(rule.value.drop, 1)
        value = (
            rule.value
            if method is rule.value.method
            else CombinationRule(method=method, at_least=2 * drop + 1, drop=drop, fewest=rule.value.fewest)
        )
        changed = replace(opened.rules, scoring=replace(opened.rules.scoring, combination=replace(rule, value=value)))
        for again in evaluate(opened.round, changed):
            if again.id in found:
                own = level(scored(opened)[again.id])
                assert (differences[again.id][method.value] if again.id in differences else own) == level(again)
    first = collect_first_marks(opened.round.proceedings.discussed)
    for row in measure_discussion(opened.round, found, rescoring):
        before = {(who, by): mark for (name, who, by), mark in first.items() if name == row.applicant}
        again = rerun(opened, row.applicant, lambda one, marks=before: with_marks(one, marks))  # type: ignore[misc]
        assert (row.points_before, row.level_before) == (total(again), level(again))
        own_run = scored(opened)[row.applicant]
        assert (row.points, row.level) == (total(own_run), level(own_run))


@rounds
def test_totals_without_severity_are_those_of_a_run_with_the_adjusted_marks(seed: int) -> None:
    opened = random_round(seed)
    found, table = cards(opened), build_marks_table(opened.round, opened.evaluations)
    model = fit_severity(table.targets(), table.evaluators)
    if isinstance(model, NotComputed):
        return
    parts = {part.evaluator: Fraction(f"{part.value:.4f}") for part in model.parts}
    scale = opened.rules.scoring.mark_scale.value

    def adjust(application: Application) -> Application:
        return with_marks(
            application,
            {
                (mark.indicator, mark.evaluator): min(
                    max(mark.value - parts.get(mark.evaluator, 0), scale.lowest), scale.highest
                )
                for mark in application.marks
                if mark.value is not None
            },
        )

    rows = adjust_totals(found, model, opened.rules, Rescoring(opened.rules))
    assert [row.applicant for row in rows] == list(found)
    for row in rows[seed % 2 :: 2]:
        again, own = rerun(opened, row.applicant, adjust), scored(opened)[row.applicant]
        assert (row.adjusted, row.adjusted_level) == (total(again), level(again))
        assert (row.points, row.level) == (total(own), level(own))


@rounds
def test_the_size_of_a_panel_rests_on_the_totals_of_committees_of_one(seed: int) -> None:
    opened = random_round(seed)
    found, rescoring = cards(opened), Rescoring(opened.rules)
    members = [member.id for member in opened.round.committee]
    rules = with_rule(opened.rules, CombinationRule(method=CombinationMethod.MEAN, fewest=1))

    def alone(application: Application, evaluator: str) -> Application:
        for other in members:
            application = application if other == evaluator else without(application, other)
        return application

    squares, degrees, groups = 0.0, 0, 0
    for name, card in found.items():
        singles = single_evaluator_totals(card, rescoring)
        application = next(one for one in opened.round.applications if one.id == name)
        runs = evaluate_changed(opened.round, [alone(application, evaluator) for evaluator in singles], rules)
        totals = [total(one) for one in runs]
        assert list(singles.values()) == totals
        figures = [float(points) for points in totals if points is not None]
        if len(figures) > 1:
            groups += 1
            degrees += len(figures) - 1
            squares += stdev(figures) ** 2 * (len(figures) - 1)
    distances = (Fraction(10), Fraction(50))
    panel = estimate_panel_sizes(found, opened.rules, rescoring, distances)
    assert isinstance(panel, NotComputed) is (groups < MIN_APPLICANTS)
    if isinstance(panel, NotComputed):
        return
    spread = sqrt(squares / degrees)
    assert panel.spread == pytest.approx(spread)
    for row in panel.sizes:
        needed = (NormalDist().inv_cdf(0.9) * spread / float(row.distance)) ** 2
        assert row.evaluators - 1 - 1e-6 <= needed <= row.evaluators + 1e-6 or row.evaluators == 1


@rounds
def test_a_page_s_trace_leads_to_what_the_evaluation_gave(seed: int) -> None:
    opened = random_round(seed)
    for name, own in list(scored(opened).items())[seed % 2 :: 2]:
        again = rebuild_record(build_trace(opened.record(name), "en", {})).evaluation
        assert own.scorecard is not None
        assert again.scorecard is not None
        assert points_of(again.scorecard) == points_of(own.scorecard)
        assert (level(again), gap_of(again), margin_of(again)) == (level(own), gap_of(own), margin_of(own))


def points_of(card: Scorecard) -> list[object]:
    """Return every figure of a card that a page shows: of each indicator, of each section and in all."""
    return [
        (card.exact, card.points, card.desk, card.claimed),
        *((section.id, section.exact, section.points) for section in card.sections()),
        *(
            (score.id, score.points, score.left, score.desk.points, score.claimed.points, score.confirmed.rank)
            + ((score.undone.points, score.undone.rank) if score.undone else ())
            for score in card.indicators()
        ),
    ]


def gap_of(evaluation: Evaluation) -> object:
    gap = evaluation.next_level
    return gap and (
        (gap.level, gap.bound, gap.short, gap.carried, gap.regained, gap.more_sets),
        [(left.indicator, left.points) for left in gap.most_left],
        [[left.indicator for left in chosen] for chosen in gap.smallest_sets],
        [(loss.indicator, loss.points, loss.cause) for loss in gap.lost_on_site],
    )


def margin_of(evaluation: Evaluation) -> object:
    margin = evaluation.margin
    return margin and (margin.level, margin.bound, margin.above, [left.indicator for left in margin.fewest])


@rounds
def test_the_points_of_a_self_check_are_those_of_a_card_with_nothing_but_these_figures(seed: int) -> None:
    opened = random_round(seed)
    edition, everybody = opened.rules.edition, scored(opened)
    if not everybody:
        return  # as above
    name = next(iter(everybody))
    (own,) = [one for one in collect_candidates(opened, opened.rules) if one.application.id == name]
    claims = own.values[Column.CLAIMED]
    alone = {
        one.id for one in edition.indicators() if one.kind is IndicatorKind.QUANTITATIVE and one.scale.kind != "rank"
    }
    values = {key: value for key, value in claims.items() if key in alone and not isinstance(value, Missing)}
    sections = _score_claims(values, own.population, edition)
    column = {one.id: values.get(one.id, Missing.ABSENT) for one in edition.indicators()}
    without = replace(own, values=dict.fromkeys(Column, column), combinations=dict.fromkeys(own.combinations))
    card = build_scorecard(without, with_policy(edition, MissingPolicy.ZERO), {})
    assert {domain.id: sections[domain.id] for domain in edition.domains} == {
        domain.id: domain.points for domain in card.domains
    }


@rounds
def test_a_draw_without_error_is_the_evaluation_but_for_the_last_digits_of_floats(seed: int) -> None:
    opened = random_round(seed)
    arrays = from_round(opened)
    scorer = Scorer(arrays)
    drawn = scorer.nominal()
    assert np.allclose(drawn.totals, scorer.official.totals, rtol=0, atol=1e-6, equal_nan=True)
    assert (drawn.levels == scorer.official.levels).all()


def with_bound(rules: Rules, points: Fraction) -> Rules:
    """Return the rules with another bound of certification, in points."""
    bounds, limit = rules.levels.bounds, rules.levels.certified_from.value
    moved = {**bounds, limit: replace(bounds[limit], value=points * 100 / rules.edition.points)}
    ordered = [moved[number].value for number in sorted(moved)]
    assert ordered == sorted(set(ordered), reverse=True)
    return replace(rules, levels=replace(rules.levels, bounds=moved))


def with_rule(rules: Rules, value: CombinationRule) -> Rules:
    """Return the rules with another way of combining marks."""
    combination = replace(rules.scoring.combination, value=value)
    return replace(rules, scoring=replace(rules.scoring, combination=combination))


@rounds
def test_what_if_is_a_run_under_the_changed_rules(seed: int) -> None:
    opened, rng = random_round(seed), random.Random(f"{seed}:what-if")
    arrays = from_round(opened)
    scorer, edition = Scorer(arrays), opened.rules.edition
    bound, domain, name = rng.choice([68.25, 61.7, 100 / 3 + 40]), arrays.domains[0].id, rng.choice(arrays.names)
    weights = {domain: rng.choice([0.0, 333.3, 1000.0]), name: rng.choice([0.0, 12.5, 1 / 3])}
    exact = rescale_exactly(arrays, weights)
    weighed = with_weights(edition, {one.id: exact[one.id] / one.points for one in edition.indicators()})
    for change, rules in (
        (Change(), opened.rules),
        (Change(bounds={3: bound}), with_bound(opened.rules, Fraction(f"{bound:.12g}") * edition.points / 100)),
        (Change(weights=weights), replace(opened.rules, edition=weighed)),
        *(
            (
                Change(method=method),
                with_rule(opened.rules, with_method(opened.rules.scoring.combination.value, method)),
            )
            for method in CombinationMethod
        ),
    ):
        table = what_if(arrays, change, scorer).table
        for again in evaluate(opened.round, rules):
            if again.id in arrays.ids:
                points = total(again)
                assert table.loc[again.id, "level_if"] == (level(again) or 0)
                assert points is None or table.loc[again.id, "points_if"] == float(points)


def test_a_figure_that_nearly_reaches_a_bound_is_not_refused_and_does_not_reach_it() -> None:
    opened = random_round(3)
    near = Fraction(1, 10**13)
    bands = {one.id: one.scale.bands for one in opened.rules.edition.indicators() if one.scale.kind == "bands"}
    applications = tuple(
        replace(
            application,
            measurements={
                name: replace(one, claimed=value, desk=value)
                if name in bands and (value := bands[name][0].bound - near)
                else one
                for name, one in application.measurements.items()
            },
            inspections={},
        )
        for application in opened.round.applications
    )
    nearly = replace(opened, round=replace(opened.round, applications=applications))
    official = what_if(from_round(nearly)).table
    for one in evaluate(nearly.round, nearly.rules):
        if one.scorecard is not None:
            assert official.loc[one.id, "points"] == float(one.scorecard.points)
            assert official.loc[one.id, "level"] == level(one)


def step_at(opened: OpenRound, step: RoundingStep) -> Fraction:
    """Return the grid of a threshold: that of the rounding ordered, else thousandths."""
    rounding = opened.rules.edition.rounding_at(step)
    return Fraction(1, 10**rounding.digits) if rounding else Fraction(1, 1000)


def nearest_to_certification(opened: OpenRound) -> list[str]:
    limit = opened.rules.levels.certified_from.value
    bound = opened.rules.levels.bounds[limit].value * opened.rules.edition.points / 100
    return sorted(found := cards(opened), key=lambda name: abs(found[name].points - bound))


@rounds
def test_the_smallest_changes_reverse_the_verdict_and_one_step_less_does_not(seed: int) -> None:
    opened = random_round(seed)
    arrays = from_round(opened)
    scorer = Scorer(arrays)
    for name in nearest_to_certification(opened)[:2]:
        own = scored(opened)[name]
        moves, certified = find_lever_moves(arrays, name, scorer)
        assert certified is own.meets_criteria
        by_lever = {lever: [move for move in moves if move.lever is lever] for lever in Lever}
        for move in by_lever[Lever.BOUND]:
            assert is_reversed(opened, own, with_bound(opened.rules, move.after))
            nearer = step_towards(move, step_at(opened, RoundingStep.TOTAL))
            assert nearer is None or not is_reversed(opened, own, with_bound(opened.rules, nearer))
        check_indicators(opened, own, by_lever[Lever.INDICATOR])
        check_marks(opened, own, by_lever[Lever.MARK])
        members = [member.id for member in opened.round.committee]
        again = rerun_each(opened, name, [partial(without, evaluator=member) for member in members])
        assert {move.name for move in by_lever[Lever.EVALUATOR]} == {
            member for member, one in zip(members, again, strict=True) if one.meets_criteria is not own.meets_criteria
        }
        for move in by_lever[Lever.WEIGHT][seed % 7 :: 7][:3]:
            for points in (move.after, step_towards(move, Fraction(1, 1000))):
                if points is not None:
                    edition = with_weights(opened.rules.edition, find_weight_factors(arrays, move.name, points))
                    rules = replace(opened.rules, edition=edition)
                    assert is_reversed(opened, own, rules) is (points == move.after)


def step_towards(move: LeverMove, step: Fraction) -> Fraction | None:
    """Return what is one step nearer to what it is now; None where that is not between the two."""
    return None if move.size <= step else move.after + (step if move.before > move.after else -step)


def is_reversed(opened: OpenRound, own: Evaluation, rules: Rules) -> bool:
    application = next(one for one in opened.round.applications if one.id == own.id)
    again = next(iter(evaluate_changed(opened.round, [application], rules)))
    return again.meets_criteria is not own.meets_criteria


def check_indicators(opened: OpenRound, own: Evaluation, moves: list[LeverMove]) -> None:
    card, result = own.scorecard, own.level
    assert card is not None
    assert result is not None
    turns = {move.name: move for move in moves}

    def reverses(score: IndicatorScore, points: Fraction) -> bool:
        totals = rescore(card, {score.id: points})
        reached = level_from_totals(totals.points, totals.sections, result.bounds, result.floor_bounds)
        return (reached <= opened.rules.levels.certified_from.value) is not own.meets_criteria

    for score in card.indicators():
        end = Fraction(0) if own.meets_criteria else score.points + score.left
        if score.combination is not None:  # of those that can be given: tests/analysis/test_combined_marks.py
            continue
        if score.confirmed.policy is not None:
            assert score.id not in turns
            continue
        step = step_at(opened, RoundingStep.INDICATOR) * (score.confirmed.spread or 1)
        move = turns.get(score.id)
        if move is None:
            assert not reverses(score, end - end % step)
            continue
        assert move.before == score.points
        assert min(end, score.points) <= move.after <= max(end, score.points)
        assert reverses(score, move.after)
        nearer = step_towards(move, step)
        assert nearer is None or not reverses(score, nearer)


def check_marks(opened: OpenRound, own: Evaluation, moves: list[LeverMove]) -> None:
    scale = opened.rules.scoring.mark_scale.value
    for move in moves[:3]:
        indicator, evaluator = move.name.split("/")
        tried = []
        mark = move.after
        while mark != move.before:
            tried.append(mark)
            mark += scale.step if move.before > move.after else -scale.step
        changes = [partial(with_marks, values={(indicator, evaluator): mark}) for mark in tried]
        again = rerun_each(opened, own.id, changes)
        assert [one.meets_criteria is not own.meets_criteria for one in again] == [True] + [False] * (len(tried) - 1)


@rounds
def test_a_change_alone_is_evaluated_as_in_the_round(seed: int) -> None:
    opened = random_round(seed)
    application = opened.round.applications[seed % len(opened.round.applications)]
    changed = undo_corrections(application)
    others = tuple(changed if one is application else one for one in opened.round.applications)
    again = evaluate(replace(opened.round, applications=others), opened.rules)
    assert list(evaluate_changed(opened.round, [changed], opened.rules)) == [
        one for one in again if one.id == application.id
    ]
