"""Severity, habits, influence, panels, discussion, attention: from made-up marks whose answer is known."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from smartcert.analysis.committee.agreement import NotComputed
from smartcert.analysis.committee.disclosure import MarksTable, build_marks_table, collect_scorecards
from smartcert.analysis.committee.influence import (
    AttentionSign,
    Rescoring,
    collect_marks,
    count_trimmed,
    find_decisive_evaluators,
    find_method_differences,
    list_attention,
    measure_discussion,
)
from smartcert.analysis.committee.panels import PanelPlan, estimate_panel_sizes, simulate_panel, single_evaluator_totals
from smartcert.analysis.committee.severity import (
    Drift,
    SeverityModel,
    adjust_totals,
    estimate_drift,
    find_outlying_marks,
    fit_severity,
    measure_scale_use,
)
from smartcert.evaluation.committee import collect_first_marks
from smartcert.evaluation.evaluate import evaluate
from smartcert.model.application import Application, Mark, Round
from smartcert.rules.parameters import CombinationMethod, CombinationRule
from tests.support.build import example, rules_of_2023

RULES = rules_of_2023()
LABELS = ("E1", "E2", "E3", "E4")


def fitted(table: np.ndarray, labels: tuple[str, ...] = LABELS) -> SeverityModel:
    found = fit_severity(table, labels)
    assert isinstance(found, SeverityModel), found
    return found


def additive(parts: list[float], targets: int = 40) -> np.ndarray:
    random = np.random.default_rng(7)
    return random.uniform(1, 5, (targets, 1)) + np.array(parts)


def test_severity_finds_again_the_parts_that_were_put_in() -> None:
    table = additive([0.5, -0.5, 0.25, -0.25])
    table[::3, 0] = np.nan  # gaps change nothing where marks are exactly additive
    table[1::4, 2] = np.nan
    found = fitted(table)
    assert [one.value for one in found.parts] == pytest.approx([0.5, -0.5, 0.25, -0.25])
    assert found.residual_sd == pytest.approx(0, abs=1e-9)


def test_severity_covers_the_true_parts_with_its_intervals() -> None:
    random = np.random.default_rng(11)
    parts = np.array([0.3, -0.3, 0.0, 0.0])
    inside = []
    for _ in range(100):
        table = random.uniform(1, 5, (30, 1)) + parts + random.normal(0, 0.5, (30, 4))
        inside += [one.low <= part <= one.high for one, part in zip(fitted(table).parts, parts, strict=True)]
    assert 0.92 <= np.mean(inside) <= 0.98


def test_severity_agrees_with_the_general_least_squares_solution() -> None:
    random = np.random.default_rng(3)
    table = np.where(random.random((25, 4)) < 0.25, np.nan, random.integers(1, 6, (25, 4)).astype(float))
    table[(~np.isnan(table)).sum(axis=1) < 2] = 3.0
    rows, columns = np.nonzero(~np.isnan(table))
    design = np.zeros((len(rows) + 1, 29))
    design[np.arange(len(rows)), rows] = 1
    design[np.arange(len(rows)), 25 + columns] = 1
    design[-1, 25:] = 1
    solved = np.linalg.lstsq(design, np.append(table[rows, columns], 0), rcond=None)[0][25:]
    assert [one.value for one in fitted(table).parts] == pytest.approx(solved.tolist())


def test_severity_is_refused_without_applicants_in_common() -> None:
    table = additive([0.5, -0.5, 0.25, -0.25])
    table[:20, 2:], table[20:, :2] = np.nan, np.nan
    found = fit_severity(table, LABELS)
    assert isinstance(found, NotComputed)
    assert found.reason == "not_connected"
    small = fit_severity(table[:3], LABELS)
    assert isinstance(small, NotComputed)
    assert small.reason == "too_few_targets"


def test_a_mark_that_stands_out_is_named() -> None:
    random = np.random.default_rng(5)
    table = additive([0.0, 0.0, 0.0, 0.0]) + random.normal(0, 0.1, (40, 4))
    table[17, 2] += 3
    marks = a_table(table.reshape(8, 5, 4))
    widest = find_outlying_marks(marks, fitted(table))[0]
    assert (widest.applicant, widest.indicator, widest.evaluator) == ("a3", "L2", "E3")
    assert find_outlying_marks(marks, fitted(table), "E3")[0] == widest
    assert widest not in find_outlying_marks(marks, fitted(table), "E1")


def a_table(marks: np.ndarray) -> MarksTable:
    applicants, indicators, evaluators = marks.shape
    return MarksTable(
        applicants=tuple(f"a{at}" for at in range(applicants)),
        indicators=tuple(f"L{at}" for at in range(indicators)),
        evaluators=tuple(f"E{at + 1}" for at in range(evaluators)),
        marks=marks,
    )


def test_halo_and_little_use_of_the_scale_are_told() -> None:
    random = np.random.default_rng(1)
    marks = random.integers(1, 6, (12, 10, 3)).astype(float)
    marks[:, :, 0] = random.integers(1, 6, (12, 1))  # the same mark for every indicator of an applicant
    marks[:, :, 1] = 3
    found = {one.evaluator: one for one in measure_scale_use(a_table(marks))}
    assert (found["E1"].halo, found["E1"].narrow) == (True, False)
    assert (found["E2"].halo, found["E2"].narrow) == (True, True)
    assert (found["E3"].halo, found["E3"].narrow) == (False, False)


def test_drift_is_found_in_the_order_of_judging_and_refused_without_one() -> None:
    random = np.random.default_rng(2)
    marks = 3 + random.normal(0, 0.1, (12, 6, 3))
    marks[:, :, 0] += np.linspace(-1, 1, 12)[:, None]
    table = a_table(marks)
    residuals = fitted(table.targets(), table.evaluators).residuals
    turns = {(f"a{at}", f"E{one}"): at + 1 for at in range(12) for one in (1, 2)}
    first, second, third = estimate_drift(table, residuals, turns).values()
    assert isinstance(first, Drift)
    assert 0 < first.low < first.slope < first.high
    assert isinstance(second, Drift)
    assert third == NotComputed(reason="no_order")


def test_rescoring_gives_every_official_total_of_the_example_again() -> None:
    rescoring = Rescoring(RULES)
    for card in collect_scorecards(example().evaluations).values():
        rescored = rescoring.rescore(card, rescoring.combine_all(collect_marks(card)))
        assert rescored == (card.points, rescoring.official_level(card))


def test_leaving_an_evaluator_out_is_what_a_whole_evaluation_without_the_marks_says() -> None:
    opened = example()
    rescoring = Rescoring(RULES)
    told = {
        (one.applicant, one.evaluator): one.without
        for one in find_decisive_evaluators(collect_scorecards(opened.evaluations), rescoring)
    }
    assert told  # the example is built near the bounds
    for evaluator in ("E1", "E3"):
        applications = tuple(
            replace(one, marks=tuple(m for m in one.marks if m.evaluator != evaluator))
            for one in opened.round.applications
        )
        for one in evaluate(replace(opened.round, applications=applications), RULES):
            official = next(other for other in opened.evaluations if other.id == one.id)
            if official.level is None or any(e.evaluator == evaluator for e in _exclusions(one.id)):
                continue
            without = one.level.level if one.level else None
            if (one.id, evaluator) in told:
                assert told[one.id, evaluator] == without
            else:
                assert without == official.level.level


def _exclusions(name: str) -> tuple:  # type: ignore[type-arg]  # of whatever the applications hold
    return next(one.exclusions for one in example().round.applications if one.id == name)


def test_each_trimmed_mean_drops_one_lowest_and_one_highest_in_all() -> None:
    found = collect_scorecards(example().evaluations)
    dropped = sum(
        score.combination.method == CombinationMethod.TRIMMED_MEAN
        for card in found.values()
        for score in card.indicators()
        if score.combination
    )
    counted = count_trimmed(found)
    assert sum(one.lowest for one in counted) == dropped
    assert sum(one.highest for one in counted) == dropped


def test_other_methods_are_compared_by_whole_evaluations() -> None:
    opened = example()
    official = RULES.scoring.combination
    found = {
        one.applicant: one
        for one in find_method_differences(collect_scorecards(opened.evaluations), RULES, Rescoring(RULES))
    }
    for method in (CombinationMethod.MEAN, CombinationMethod.MEDIAN):
        rule = CombinationRule(method=method, fewest=official.value.fewest)
        scoring = replace(RULES.scoring, combination=replace(official, value=rule))
        for one in evaluate(opened.round, replace(RULES, scoring=scoring)):
            if one.level is not None:
                same = next(other for other in opened.evaluations if other.id == one.id)
                assert same.level is not None
                level = found[one.id].levels[method] if one.id in found else same.level.level
                assert level == one.level.level


def test_without_severity_adjusted_totals_are_the_official_ones() -> None:
    opened = example()
    table = build_marks_table(opened.round, opened.evaluations)
    found = fitted(table.targets(), table.evaluators)
    flat = replace(found, parts=tuple(replace(part, value=0.0) for part in found.parts))
    rows = adjust_totals(collect_scorecards(opened.evaluations), flat, RULES, Rescoring(RULES))
    assert all(one.adjusted == one.points for one in rows)
    assert any(
        one.adjusted != one.points
        for one in adjust_totals(collect_scorecards(opened.evaluations), found, RULES, Rescoring(RULES))
    )


def with_first_marks(round_: Round) -> Round:
    """Return the round with every evaluator's first, independent mark in place of the agreed one."""
    first = collect_first_marks(round_.proceedings.discussed)

    def replaced(one: Application, mark: Mark) -> Mark:
        return replace(mark, value=first.get((one.id, mark.indicator, mark.evaluator), mark.value))

    return replace(
        round_,
        applications=tuple(
            replace(one, marks=tuple(replaced(one, mark) for mark in one.marks)) for one in round_.applications
        ),
    )


def test_the_discussion_effect_is_that_of_the_whole_round_before_it() -> None:
    opened = example()
    before = {one.id: one for one in evaluate(with_first_marks(opened.round), RULES)}
    effects = measure_discussion(opened.round, collect_scorecards(opened.evaluations), Rescoring(RULES))
    assert [one.applicant for one in effects] == ["dasom", "garam", "haneul", "yeoul"]
    for one in effects:
        card, level = before[one.applicant].scorecard, before[one.applicant].level
        assert card is not None
        assert level is not None
        assert (one.points_before, one.level_before) == (card.points, level.level)
    assert (effects[0].level_before, effects[0].level) == (3, 4)


def test_more_evaluators_are_needed_the_nearer_the_bound() -> None:
    found = estimate_panel_sizes(
        collect_scorecards(example().evaluations), RULES, Rescoring(RULES), tuple(map(Fraction, (5, 10, 20, 40, 80)))
    )
    assert not isinstance(found, NotComputed)
    sizes = [one.evaluators for one in found.sizes]
    assert sizes == sorted(sizes, reverse=True)
    near, far = found.sizes[0], found.sizes[1]
    assert abs(near.evaluators - 4 * far.evaluators) <= 4  # half the distance needs four times as many
    assert isinstance(estimate_panel_sizes({}, RULES, Rescoring(RULES), (Fraction(10),)), NotComputed)


def test_a_single_evaluators_total_is_that_of_a_committee_of_one() -> None:
    rescoring = Rescoring(RULES)
    card = collect_scorecards(example().evaluations)["haneul"]
    totals = single_evaluator_totals(card, rescoring)
    assert len(totals) == 7
    assert min(totals.values()) < card.points < max(totals.values())


def test_a_simulated_committee_fares_as_the_binomial_distribution_says() -> None:
    plan = PanelPlan(members=3, conflicts=Fraction(1, 5), absences=Fraction(0), applicants=50)
    fared = simulate_panel(plan, RULES, seed=1)
    there = 4 / 5
    exact = 1 - (there**3 + 3 * there**2 * (1 - there))  # fewer than two of three
    assert fared.without_quorum == pytest.approx(exact, abs=0.01)
    assert fared == simulate_panel(plan, RULES, seed=1)
    assert fared != simulate_panel(plan, RULES, seed=2)


def test_the_chair_is_shown_each_kind_of_sign_in_the_example() -> None:
    opened = example()
    effects = measure_discussion(opened.round, collect_scorecards(opened.evaluations), Rescoring(RULES))
    found = list_attention(opened.round.applications, opened.evaluations, effects, RULES)
    assert {sign for one in found for sign, _ in one.signs} == set(AttentionSign)
    by_id = {one.applicant: dict(one.signs) for one in found}
    assert by_id["dasom"][AttentionSign.NEAR_BOUND] == -1
    assert AttentionSign.SHORT_COMMENTS in by_id["raon"]
    assert "hanbit" not in by_id
