"""Every statement derived from a result is what the evaluation gives when the round is run again with the change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

import pytest

from smartcert.analysis.arrays import with_method
from smartcert.analysis.committee.influence import (
    Rescoring,
    find_decisive_evaluators,
    find_method_differences,
    measure_discussion,
)
from smartcert.analysis.committee.panels import single_evaluator_totals
from smartcert.analysis.thresholds import Lever, smallest_changes
from smartcert.analysis.vectorised import Scorer, from_round
from smartcert.analysis.what_if import Change, what_if
from smartcert.evaluation.committee import collect_first_marks
from smartcert.evaluation.evaluate import evaluate
from smartcert.model.application import Application, Mark
from smartcert.model.evaluation import Evaluation, LossCause, Scorecard
from smartcert.rules.parameters import CombinationMethod, CombinationRule
from smartcert.services.rounds import OpenRound
from tests.support.random_rounds import random_round, rerun, undo_corrections, with_best

SEEDS = [*range(10), *(pytest.param(seed, marks=pytest.mark.full) for seed in range(10, 1000))]
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
    name, own = next(iter(scored(opened).items()))
    assert own.scorecard is not None
    for score in own.scorecard.indicators()[seed % 3 :: 3]:
        if score.out_of:
            again = rerun(opened, name, lambda one, wanted=score.id: with_best(opened, one, [wanted]))  # type: ignore[misc]
            assert again.scorecard is not None
            best = next(one for one in again.scorecard.indicators() if one.id == score.id)
            assert best.points == score.points + score.left, score.id


@rounds
def test_the_smallest_sets_reach_the_next_level_in_a_run_with_their_best_values(seed: int) -> None:
    opened = random_round(seed)
    for name, own in list(scored(opened).items())[:4]:
        for chosen in own.next_level.smallest_sets[:2] if own.next_level else ():
            names = [left.indicator for left in chosen]
            again = rerun(opened, name, lambda one, wanted=names: with_best(opened, one, wanted))  # type: ignore[misc]
            assert own.next_level is not None
            assert (level(again) or 9) <= own.next_level.level
            assert total(again) is not None


@rounds
def test_evaluators_methods_and_discussion_are_those_of_a_run_with_the_change(seed: int) -> None:
    opened = random_round(seed)
    rescoring, found = Rescoring(opened.rules), cards(opened)
    decisive = {(row.applicant, row.evaluator): row.without for row in find_decisive_evaluators(found, rescoring)}
    for name in list(found)[:2]:
        for member in opened.round.committee:
            again = rerun(opened, name, lambda one, who=member.id: without(one, who))  # type: ignore[misc]
            own = level(scored(opened)[name])
            assert decisive.get((name, member.id), own) == level(again)
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
def test_the_total_of_a_single_evaluator_is_that_of_a_committee_of_one(seed: int) -> None:
    opened = random_round(seed)
    if opened.rules.scoring.combination.value.fewest > 1:
        return
    name, card = next(iter(cards(opened).items()))
    for evaluator, points in single_evaluator_totals(card, Rescoring(opened.rules)).items():
        others = [member.id for member in opened.round.committee if member.id != evaluator]

        def alone(application: Application, gone: list[str] = others) -> Application:
            for other in gone:
                application = without(application, other)
            return application

        assert points == total(rerun(opened, name, alone))


@rounds
def test_what_if_is_a_run_under_the_changed_rules(seed: int) -> None:
    opened = random_round(seed)
    arrays = from_round(opened)
    scorer = Scorer(arrays)
    rule, bounds = opened.rules.scoring.combination, opened.rules.levels.bounds
    for change, rules in (
        (Change(), opened.rules),
        (
            Change(bounds={3: 68.25}),
            replace(
                opened.rules,
                levels=replace(opened.rules.levels, bounds={**bounds, 3: replace(bounds[3], value=Fraction("68.25"))}),
            ),
        ),
        *(
            (
                Change(method=method),
                replace(
                    opened.rules,
                    scoring=replace(
                        opened.rules.scoring, combination=replace(rule, value=with_method(rule.value, method))
                    ),
                ),
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


@rounds
def test_the_smallest_changes_reverse_the_verdict_in_a_run_with_the_change(seed: int) -> None:
    opened = random_round(seed)
    arrays = from_round(opened)
    scorer, limit = Scorer(arrays), opened.rules.levels.certified_from.value
    for name, own in list(scored(opened).items())[:2]:
        assert own.scorecard is not None
        points = {score.id: score.points for score in own.scorecard.indicators()}
        frame = smallest_changes(arrays, name, scorer)
        for row in frame[frame["lever"] == Lever.BOUND].to_dict("records"):
            bounds = opened.rules.levels.bounds
            percent = Fraction(repr(row["after"])) * 100 / opened.rules.edition.points
            changed = {**bounds, limit: replace(bounds[limit], value=percent)}
            ordered = [changed[number].value for number in sorted(changed)]
            assert ordered == sorted(set(ordered), reverse=True)
            rules = replace(opened.rules, levels=replace(opened.rules.levels, bounds=changed))
            again = next(one for one in evaluate(opened.round, rules) if one.id == name)
            assert again.meets_criteria is not own.meets_criteria
        for row in frame[frame["lever"] == Lever.INDICATOR].to_dict("records"):
            assert row["before"] == pytest.approx(float(points[row["name"]]), abs=1.1e-3)
        evaluators = set(frame[frame["lever"] == Lever.EVALUATOR]["name"])
        for member in opened.round.committee:
            again = rerun(opened, name, lambda one, who=member.id: without(one, who))  # type: ignore[misc]
            assert (member.id in evaluators) == (again.meets_criteria is not own.meets_criteria)
        for row in frame[frame["lever"] == Lever.MARK].head(3).to_dict("records"):
            indicator, evaluator = row["name"].split("/")
            mark = {(indicator, evaluator): Fraction(repr(row["after"]))}
            again = rerun(opened, name, lambda one, marks=mark: with_marks(one, marks))  # type: ignore[misc]
            assert again.meets_criteria is not own.meets_criteria
