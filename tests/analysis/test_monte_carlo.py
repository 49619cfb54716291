"""Many draws at once: exact at the nominal point, equal to a plain loop, replayable, monotone, symmetric."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from smartcert.analysis.arrays import AbsentPolicy, Aggregation, with_method
from smartcert.analysis.monte_carlo import Draws, ErrorSize, Plan, WeightDistribution, WeightLevel, WeightRange
from smartcert.analysis.scales import round_in_place
from smartcert.analysis.uncertainty import confidence
from smartcert.analysis.vectorised import NOT_JUDGED, DrawBatch, Scorer, check_exact, from_round
from smartcert.errors import SmartcertError, UsageError
from smartcert.evaluation.levels import determine_level
from smartcert.evaluation.scales import round_to
from smartcert.evaluation.scoring import build_scorecard, collect_peer_measures
from smartcert.model.application import EvidenceGrade
from smartcert.model.indicator import MissingPolicy, Rounding, RoundingMode, RoundingStep, Section
from smartcert.rules.parameters import CombinationMethod
from tests.support.big_round import big_arrays, big_candidates
from tests.support.build import example
from tests.support.plain_scoring import Plain

EVERYTHING = Plan(
    methods=tuple(CombinationMethod),
    aggregations=tuple(Aggregation),
    absents=tuple(AbsentPolicy),
    weights=WeightRange(amount=40),
)


def test_at_the_nominal_point_totals_and_levels_are_those_of_the_evaluation() -> None:
    arrays = from_round(example())
    nominal = Scorer(arrays).nominal()
    official = {one.id: one for one in example().evaluations}
    for at, name in enumerate(arrays.ids):
        card, result = official[name].scorecard, official[name].level
        assert card is not None
        assert result is not None
        assert nominal.totals[0, at] == float(card.points)
        assert nominal.levels[0, at] == result.level


@pytest.mark.slow
def test_at_the_nominal_point_243_applicants_are_exact() -> None:
    arrays, candidates = big_arrays(), big_candidates()
    nominal, among = Scorer(arrays).nominal(), collect_peer_measures(candidates, arrays.edition)
    for at, one in enumerate(sorted(candidates, key=lambda one: one.application.id)):
        card = build_scorecard(one, arrays.edition, among)
        assert nominal.totals[0, at] == float(card.points)
        assert nominal.levels[0, at] == determine_level(card, arrays.levels).level


@pytest.mark.parametrize(
    ("step", "mode", "method", "absent"),
    [
        (step, mode, list(CombinationMethod)[(at + turn) % 3], MissingPolicy.REDISTRIBUTE if (at + turn) % 2 else None)
        for at, step in enumerate(RoundingStep)
        for turn, mode in enumerate(RoundingMode)
    ],
)
def test_every_rounding_and_method_an_edition_may_order_is_exact(
    step: RoundingStep, mode: RoundingMode, method: CombinationMethod, absent: MissingPolicy | None
) -> None:
    opened = example()
    domains = tuple(_with_absent(domain, absent) for domain in opened.rules.edition.domains)
    edition = replace(opened.rules.edition, rounding=(Rounding(at=step, digits=1, mode=mode),), domains=domains)
    combination = opened.rules.scoring.combination
    changed = replace(combination, value=with_method(combination.value, method))
    rules = replace(opened.rules, edition=edition, scoring=replace(opened.rules.scoring, combination=changed))
    from_round(replace(opened, rules=rules))  # refuses where a total or a level differs


def _with_absent(section: Section, absent: MissingPolicy | None) -> Section:
    return replace(
        section,
        sections=tuple(_with_absent(part, absent) for part in section.sections),
        indicators=tuple(replace(one, absent=absent or one.absent) for one in section.indicators),
    )


def test_arrays_that_do_not_give_the_official_result_are_refused() -> None:
    arrays = from_round(example())
    wrong = replace(arrays, values=arrays.values * 0.5)
    with pytest.raises(SmartcertError, match=r"'haneul' has 1394\.0"):
        check_exact(wrong, example().evaluations)


@pytest.mark.parametrize("mode", list(RoundingMode))
def test_vectorised_rounding_is_the_exact_one_on_halves(mode: RoundingMode) -> None:
    rounding = Rounding(at=RoundingStep.TOTAL, digits=2, mode=mode)
    halves = [Fraction(n, 1000) for n in range(0, 5000, 5)]
    exact = [float(round_to(one, rounding)) for one in halves]
    assert round_in_place(np.array([float(one) for one in halves]), rounding).tolist() == exact


@pytest.mark.parametrize("number", [0, 1, 63, 64, 65, 200, 999])
def test_a_draw_is_equal_to_the_plain_loop_over_the_same_draw(number: int) -> None:
    arrays = big_arrays(60, seed=number)
    draw = Draws(arrays, replace(EVERYTHING, seed=number)).draw(number)
    assert draw.counts is not None
    assert draw.errors is not None
    plain = Plain(arrays)
    totals = plain.totals(draw.setting, draw.weights.tolist(), draw.counts.astype(int).tolist(), draw.errors.tolist())
    assert np.allclose(draw.totals, [np.nan if t is None else t for t in totals], atol=1e-9, rtol=0, equal_nan=True)
    assert draw.levels.tolist() == [plain.level(total, draw.setting) for total in totals]


def test_another_seed_gives_other_worlds_and_the_same_seed_the_same() -> None:
    first, again, other = (Draws(big_arrays(60), Plan(seed=seed)).run(10).totals for seed in (1, 1, 2))
    assert np.array_equal(first, again, equal_nan=True)
    assert not np.array_equal(first, other, equal_nan=True)


def test_without_anything_that_varies_every_world_is_the_official_one() -> None:
    plan = Plan(weights=None, resample_evaluators=False, errors={})
    made = confidence(from_round(example()), plan, draws=3)
    assert (made.table["confidence"] == 1).all()
    assert plan.parts == ()


@pytest.mark.parametrize("per", list(WeightLevel))
@pytest.mark.parametrize("range_", [WeightDistribution.DIRICHLET, WeightDistribution.UNIFORM])
def test_drawn_weights_keep_their_sum_and_their_range(per: WeightLevel, range_: WeightDistribution) -> None:
    arrays = big_arrays(60)
    amount = 200.0 if range_ is WeightDistribution.DIRICHLET else 30.0
    plan = Plan(weights=WeightRange(range=range_, amount=amount, per=per), resample_evaluators=False, errors={})
    draws = Draws(arrays, plan)
    weights = np.array([draws.draw(number).weights for number in range(100)])
    assert np.allclose(weights.sum(axis=1), arrays.out_of)
    assert (weights > 0).all()
    if range_ is WeightDistribution.UNIFORM:
        ratio = weights / arrays.points
        assert (ratio.max(axis=1) / ratio.min(axis=1) <= 1.3 / 0.7 + 1e-9).all()
    assert np.allclose(weights.mean(axis=0), arrays.points, rtol=0.35)


def test_nobody_is_skipped_silently() -> None:
    made = confidence(from_round(example()), EVERYTHING, draws=128)
    assert np.allclose(made.levels.sum(axis=1), 1)
    assert dict(made.left_out) == {one.id: one.stage for one in example().evaluations if one.scorecard is None}


def test_a_committee_that_is_too_small_to_judge_in_some_worlds_is_counted_there() -> None:
    arrays = big_arrays(60)
    marks = arrays.marks.copy()
    marks[0, :, :5] = np.nan  # four evaluators are left, and a drawn committee may have fewer than three of them
    made = confidence(replace(arrays, marks=marks), EVERYTHING, draws=640)
    assert 0.05 < made.levels[NOT_JUDGED]["a000"] < 0.6
    assert made.table.loc["a000", "points_low"] > 0
    assert np.allclose(made.levels.sum(axis=1), 1)


def test_confidence_is_near_one_far_from_a_bound_and_low_on_it() -> None:
    table = confidence(from_round(example()), Plan(), draws=640).table
    assert table.loc["byeolbit", "certified"] == 0
    assert table.loc["hanbit", "certified"] == 1
    assert 0.1 < table.loc["nuri", "certified"] < 0.9
    assert (table["points_low"] <= table["points_high"]).all()
    assert (table["place_low"] <= table["place_high"]).all()
    assert table.groupby("size_type")["place"].min().tolist() == [1, 1]


def test_a_grade_without_a_declared_error_is_refused() -> None:
    plan = Plan(errors={EvidenceGrade.MEASURED: ErrorSize(relative=0.1, reversal=0.1)})
    with pytest.raises(UsageError, match="no measurement error is declared for evidence of grade"):
        Draws(big_arrays(60), plan)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: WeightRange(amount=100), "0 to below 100"),
        (lambda: WeightRange(range=WeightDistribution.DIRICHLET, amount=0), "above 0"),
        (lambda: ErrorSize(relative=-1, reversal=0), "no deviation"),
        (lambda: Draws(big_arrays(60), Plan()).run(0), r"draws: a whole number from 1 to [\d,]+ is wanted, not 0"),
        (lambda: Draws(big_arrays(60), Plan()).run(9, threads=0), "threads: a whole number from 1 to 1,024 "),
        (lambda: Draws(big_arrays(60), Plan()).run(9, chunk=0), "chunk: a whole number from 1 to "),
        (lambda: Draws(big_arrays(60), Plan()).draw(-1), "number: a whole number from 0 to "),
    ],
)
def test_what_no_plan_can_mean_is_refused(make, said: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UsageError, match=said):
        make()


@pytest.mark.parametrize("aggregation", list(Aggregation))
def test_a_better_mark_never_lowers_a_total(aggregation: Aggregation) -> None:
    arrays = big_arrays(60)
    better = replace(arrays, marks=np.minimum(arrays.marks + 1, 5))
    setting = replace(Scorer(arrays).setting, aggregation=aggregation)
    before, after = (Scorer(one).nominal(setting).totals for one in (arrays, better))
    assert (after >= before).all()
    assert (after > before).any()


def test_the_order_of_applicants_and_evaluators_does_not_matter() -> None:
    arrays, turned = big_arrays(60), np.random.default_rng(1).permutation(60)
    mixed = replace(
        arrays,
        ids=tuple(arrays.ids[at] for at in turned),
        **{name: getattr(arrays, name)[turned] for name in ("sizes", "population", "values", "gaps", "grades")},
        marks=arrays.marks[turned][:, :, ::-1],
    )
    first, second = Scorer(arrays).nominal(), Scorer(mixed).nominal()
    assert np.array_equal(first.totals[0][turned], second.totals[0])


def test_an_evaluator_who_counts_twice_is_two_evaluators_with_the_same_marks() -> None:
    arrays = big_arrays(60)
    counts = np.array([[2.0, 0, 1, 1, 1, 1, 1, 1, 1]])
    twice = replace(
        arrays, marks=np.concatenate([arrays.marks[:, :, :1], arrays.marks[:, :, :1], arrays.marks[:, :, 2:]], axis=2)
    )
    scorer = Scorer(arrays)
    for method in CombinationMethod:
        setting = replace(scorer.setting, combination=with_method(arrays.combination, method))
        drawn = scorer.score(DrawBatch(settings=(setting,), weights=arrays.points[None, :], counts=counts))
        assert np.array_equal(drawn.totals, Scorer(twice).nominal(setting).totals, equal_nan=True)


def test_a_rule_that_drops_two_marks_is_the_sorted_one() -> None:
    arrays = big_arrays(60)
    rule = replace(arrays.combination, drop=2)
    two = replace(arrays, combination=rule)
    scored = Scorer(two).nominal()
    plain = Plain(two)
    totals = plain.totals(Scorer(two).setting, arrays.points.tolist(), [1] * 9, np.zeros((60, 53)).tolist())
    assert np.allclose(scored.totals[0], np.array(totals, dtype=float))
