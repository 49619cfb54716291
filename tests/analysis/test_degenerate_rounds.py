"""Rounds that hardly are rounds: every analysis gives a result without a warning, or refuses in one clear sentence."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from functools import cache

import numpy as np
import pandas as pd
import pytest

from smartcert.analysis import frames
from smartcert.analysis.arrays import Aggregation, RoundArrays
from smartcert.analysis.committee.agreement import count_categories, fleiss_kappa
from smartcert.analysis.committee.inspection import plan_inspections, summarise_inspections
from smartcert.analysis.committee.panels import AssignmentTargets, PanelPlan, propose_assignment, simulate_panel
from smartcert.analysis.committee.review import review_committee
from smartcert.analysis.indices import coherence, weights
from smartcert.analysis.indices.treat import treat
from smartcert.analysis.monte_carlo import Draws, Plan
from smartcert.analysis.sensitivity import sensitivity
from smartcert.analysis.thresholds import smallest_changes
from smartcert.analysis.uncertainty import confidence
from smartcert.analysis.vectorised import Scorer, from_round
from smartcert.analysis.what_if import Change, apply_edition, bunching, compare, what_if
from smartcert.errors import SmartcertError
from smartcert.model.application import Application
from smartcert.model.indicator import IndicatorKind
from smartcert.reporting.records import to_json
from smartcert.rules.parameters import CombinationMethod, CombinationRule
from smartcert.services.rounds import OpenRound
from tests.support.degenerate_rounds import select_kind
from tests.support.random_rounds import random_round

SEED = 3
LATE = random_round(SEED).round.window.closes_at + timedelta(minutes=1)


def with_applications(change: Callable[[Application], Application], count: int | None = None) -> OpenRound:
    opened = random_round(SEED)
    scored = {evaluation.id for evaluation in opened.evaluations if evaluation.scorecard}
    chosen = [one for one in opened.round.applications if count is None or one.id in scored][:count]
    round_ = replace(opened.round, applications=tuple(map(change, chosen)))
    return replace(opened, round=round_)


def with_edition(opened: OpenRound, kind: IndicatorKind) -> OpenRound:
    """Return the round under an edition that has indicators of one kind only."""
    edition = select_kind(opened.rules.edition, kind)
    return replace(opened, rules=replace(opened.rules, edition=edition))


def one_evaluator() -> OpenRound:
    opened = random_round(SEED)
    first = opened.round.committee[0]
    rule = replace(opened.rules.scoring.combination, value=CombinationRule(method=CombinationMethod.MEAN, fewest=1))
    rules = replace(opened.rules, scoring=replace(opened.rules.scoring, combination=rule))
    applications = tuple(
        replace(one, marks=tuple(mark for mark in one.marks if mark.evaluator == first.id), exclusions=())
        for one in opened.round.applications
    )
    round_ = replace(opened.round, committee=(first,), applications=applications)
    return replace(opened, round=round_, rules=rules)


def constant_marks(application: Application) -> Application:
    marks = tuple(mark if mark.value is None else replace(mark, value=Fraction(3)) for mark in application.marks)
    return replace(application, marks=marks)


def twins() -> OpenRound:
    opened = with_applications(lambda one: one, 1)
    (own,) = opened.round.applications
    applications = tuple(replace(own, id=f"twin-{number}") for number in range(1, 13))
    return replace(opened, round=replace(opened.round, applications=applications))


ROUNDS: dict[str, Callable[[], OpenRound]] = {
    "no application": lambda: with_applications(lambda one: one, 0),
    "one applicant": lambda: with_applications(lambda one: one, 1),
    "two applicants": lambda: with_applications(lambda one: one, 2),
    "nobody scored": lambda: with_applications(lambda one: replace(one, arrived_at=LATE)),
    "constant marks": lambda: with_applications(constant_marks),
    "one evaluator": one_evaluator,
    "twelve times the same": twins,
    "figures only": lambda: with_edition(random_round(SEED), IndicatorKind.QUANTITATIVE),
    "marks only": lambda: with_edition(random_round(SEED), IndicatorKind.QUALITATIVE),
}


@cache
def degenerate(name: str) -> OpenRound:
    opened = ROUNDS[name]()
    proceedings = type(opened.round.proceedings)()
    known = {application.id for application in opened.round.applications}
    discussed = tuple(mark for mark in opened.round.proceedings.discussed if mark.applicant in known)
    if name == "one evaluator":
        discussed = ()
    return replace(opened, round=replace(opened.round, proceedings=replace(proceedings, discussed=discussed)))


@cache
def arrays(name: str) -> RoundArrays:
    return from_round(degenerate(name))


def table(name: str) -> coherence.IndicatorTable:
    return coherence.build_indicator_table(arrays(name))


def compare_all_weights(name: str) -> object:
    own = table(name)
    sets = {}
    for label, build in (("equal", weights.equal_weights), ("entropy", weights.entropy_weights)):
        try:
            sets[label] = build(own)
        except SmartcertError:
            continue
    return weights.compare_weights(arrays(name), sets)[0]


ANALYSES: dict[str, Callable[[str], object]] = {
    "applicants": lambda name: frames.applicants(degenerate(name)),
    "scores": lambda name: frames.scores(degenerate(name)),
    "points": lambda name: frames.points(degenerate(name)),
    "marks": lambda name: frames.marks(degenerate(name)),
    "arrays": arrays,
    "official": lambda name: Scorer(arrays(name)).official.totals,
    "nominal": lambda name: Scorer(arrays(name)).nominal().totals,
    "what_if": lambda name: what_if(arrays(name), Change(bounds={3: 50.0})).table,
    "what_if weights": lambda name: what_if(arrays(name), Change(weights={arrays(name).names[0]: 0.0})).table,
    "what_if geometric": lambda name: what_if(arrays(name), Change(aggregation=Aggregation.GEOMETRIC)).table,
    "summarise": lambda name: pd.Series(what_if(arrays(name), Change(bounds={3: 50.0})).summarise()),
    "compare": lambda name: compare(arrays(name), Change(bounds={3: 50.0})).alone,
    "apply_edition": lambda name: apply_edition(degenerate(name), random_round(SEED).rules.edition),
    "bunching": lambda name: bunching({"round": arrays(name)}),
    "smallest_changes": lambda name: smallest_changes(arrays(name), arrays(name).ids[0] if arrays(name).ids else "x"),
    "draws": lambda name: Draws(arrays(name), Plan()).run(20).totals,
    "confidence": lambda name: confidence(arrays(name), draws=20).table,
    "sensitivity": lambda name: sensitivity(arrays(name), Plan(), base=8),
    "indicator_table": lambda name: table(name).group_values,
    "describe": lambda name: coherence.describe(table(name).shares),
    "treat": lambda name: treat(table(name).shares).values,
    "correlations": lambda name: coherence.correlations(table(name).shares, table(name).domains),
    "alpha": lambda name: coherence.cronbach_alpha(table(name).shares),
    "principal_components": lambda name: coherence.principal_components(table(name).shares)[0],
    "reliability": lambda name: coherence.measure_reliability(table(name)),
    "dimensions": lambda name: coherence.count_dimensions(table(name)),
    "importance": lambda name: coherence.measure_importance(table(name)),
    "separation": lambda name: coherence.measure_separation(table(name)),
    "burden": lambda name: coherence.measure_burden(table(name), frames.scores(degenerate(name))),
    "leave_one_out": lambda name: coherence.leave_one_out(arrays(name)),
    "equal_weights": lambda name: weights.equal_weights(table(name)),
    "entropy_weights": lambda name: weights.entropy_weights(table(name)),
    "pca_weights": lambda name: weights.pca_weights(table(name)),
    "compare_weights": compare_all_weights,
    "review": lambda name: to_json(review_committee(degenerate(name))),
    "plan_inspections": lambda name: plan_inspections(
        degenerate(name).round, degenerate(name).evaluations, degenerate(name).rules
    ),
    "summarise_inspections": lambda name: summarise_inspections(
        degenerate(name).round, degenerate(name).evaluations, degenerate(name).rules
    ),
    "propose_assignment": lambda name: propose_assignment(
        degenerate(name).round,
        tuple(one.id for one in degenerate(name).round.applications),
        degenerate(name).rules,
        AssignmentTargets(),
    ),
    "simulate_panel": lambda name: simulate_panel(
        PanelPlan(
            members=len(degenerate(name).round.committee),
            conflicts=Fraction(1, 10),
            absences=Fraction(1, 10),
            applicants=len(degenerate(name).round.applications),
        ),
        degenerate(name).rules,
        seed=1,
        runs=20,
    ),
    "fleiss": lambda name: fleiss_kappa(count_categories(np.full((0, len(degenerate(name).round.committee)), np.nan))),
}


FAST = ("no application", "one applicant")


@pytest.mark.parametrize(
    "name", [name if name in FAST else pytest.param(name, marks=pytest.mark.slow) for name in ROUNDS]
)
@pytest.mark.parametrize("analysis", ANALYSES)
def test_every_analysis_of_a_round_that_hardly_is_one_gives_a_result_or_refuses(analysis: str, name: str) -> None:
    refusal, result = "", None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            result = ANALYSES[analysis](name)
        except SmartcertError as refused:
            refusal = str(refused)
    assert result is not None or (len(refusal) > 20 and "\n" not in refusal)


@pytest.mark.slow
def test_the_rounds_are_what_they_are_called() -> None:
    scored = {name: sum(one.scorecard is not None for one in degenerate(name).evaluations) for name in ROUNDS}
    assert scored["no application"] == scored["nobody scored"] == 0
    assert (scored["one applicant"], scored["two applicants"], scored["twelve times the same"]) == (1, 2, 12)
    assert all(count > 3 for name, count in scored.items() if name in list(ROUNDS)[4:])
