"""What floats are certain of is what the exact fractions give, under any rounding, floors, weights and gaps."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import smartcert
from smartcert.analysis.arrays import AbsentPolicy, RoundArrays
from smartcert.analysis.certain import FloatTotals
from smartcert.analysis.exact import ExactScorer
from smartcert.analysis.thresholds import find_lever_moves
from smartcert.analysis.vectorised import Scorer
from smartcert.analysis.what_if import rescale_exactly
from smartcert.evaluation.marks import combine_marks
from smartcert.evaluation.scales import apply_scale
from smartcert.model.indicator import Rounding, RoundingMode, RoundingStep
from smartcert.rules.parameters import CombinationMethod, LevelFloor
from tests.support.build import example
from tests.support.random_rounds import random_round
from tests.support.seeds import list_seeds

STEPS = (RoundingStep.INDICATOR, RoundingStep.ITEM, RoundingStep.DOMAIN, RoundingStep.TOTAL)
ROUNDINGS = [
    (),
    ((RoundingStep.INDICATOR, 2), (RoundingStep.TOTAL, 1)),
    ((RoundingStep.TOTAL, 1),),
    ((RoundingStep.INDICATOR, 1),),
    ((RoundingStep.INDICATOR, 0), (RoundingStep.DOMAIN, 1), (RoundingStep.TOTAL, 2)),
    tuple((step, 1) for step in STEPS),
    tuple((step, 0) for step in STEPS),
]
SEEDS = list_seeds(6, 100)


@cache
def arrays_of_example() -> RoundArrays:
    return smartcert.arrays(example())


def without_floats(arrays: RoundArrays) -> Scorer:
    scorer = Scorer(arrays)
    scorer.exact.__dict__["float_totals"] = None
    return scorer


def list_weights(arrays: RoundArrays, rng: random.Random) -> list[dict[str, Fraction] | None]:
    """Return no factors, then those of random weights, then of weights that halve the others: these end in ties."""
    factors: list[dict[str, Fraction] | None] = [None]
    half = float(arrays.counted_points) / 2
    for number in range(8):
        name = rng.choice(arrays.names)
        own = float(arrays.indicators[arrays.column(name)].points)
        points = rescale_exactly(arrays, {name: rng.choice([0.0, 7.5, half - own / 2]) if number else half})
        factors.append({one.id: points[one.id] / one.full for one in arrays.indicators})
    return factors


def check_same(arrays: RoundArrays, rng: random.Random) -> int:
    """Hold the fast evaluation against the exact one; return how many rows floats were certain of."""
    fast, exact = Scorer(arrays), without_floats(arrays)
    certain = 0
    for factors in list_weights(arrays, rng):
        for absent in AbsentPolicy:
            setting = replace(fast.setting, absent=absent)
            mine, theirs = fast.evaluate(setting, factors), exact.evaluate(setting, factors)
            assert np.array_equal(mine.totals, theirs.totals, equal_nan=True)
            assert np.array_equal(mine.levels, theirs.levels)
            assert np.allclose(mine.domains, theirs.domains, rtol=1e-14, atol=1e-11)
            count, domains = len(arrays.ids), len(arrays.domains)
            room = np.full(count, np.nan), np.zeros(count, dtype=np.int8), np.zeros((count, domains))
            certain += count - len(fast._evaluate_in_floats(setting, factors, *room))
    return certain


@pytest.mark.parametrize("mode", list(RoundingMode))
@pytest.mark.parametrize("ordered", ROUNDINGS, ids=str)
def test_totals_and_levels_are_those_of_the_fractions(
    ordered: tuple[tuple[RoundingStep, int], ...], mode: RoundingMode
) -> None:
    arrays = smartcert.arrays(example())
    rounding = tuple(Rounding(at=step, digits=digits, mode=mode) for step, digits in ordered)
    floors = (LevelFloor(domain=arrays.domains[0].id, at_least=Fraction(70), best_level=4),)
    levels = replace(arrays.levels, floors=replace(arrays.levels.floors, value=floors))
    changed = replace(arrays, edition=replace(arrays.edition, rounding=rounding), levels=levels)
    certain = check_same(changed, random.Random(1))
    assert certain > 0 or RoundingStep.TOTAL not in dict(ordered)  # else the totals are left to fractions


@pytest.mark.parametrize("seed", SEEDS)
def test_random_rounds_give_the_same_and_the_same_smallest_changes(seed: int) -> None:
    arrays = smartcert.arrays(random_round(seed))
    check_same(arrays, random.Random(seed))
    name = arrays.ids[seed % len(arrays.ids)]
    assert find_lever_moves(arrays, name, Scorer(arrays)) == find_lever_moves(arrays, name, without_floats(arrays))


@given(
    marks=st.lists(
        st.none() | st.sampled_from([Fraction(step, 4) for step in range(21)] + [Fraction(10, 3)]), max_size=9
    ),
    method=st.sampled_from(CombinationMethod),
    fewest=st.integers(0, 4),
    drop=st.integers(1, 2),
    digits=st.none() | st.integers(0, 2),
)
def test_marks_earn_what_they_earn_combined_one_by_one(
    marks: list[Fraction | None], method: CombinationMethod, fewest: int, drop: int, digits: int | None
) -> None:
    arrays = arrays_of_example()
    rounding = None if digits is None else Rounding(at=RoundingStep.MARK, digits=digits, mode=RoundingMode.HALF_UP)
    arrays = replace(arrays, edition=replace(arrays.edition, rounding=() if rounding is None else (rounding,)))
    rule = replace(arrays.combination, method=method, fewest=fewest, drop=drop, at_least=5)
    named = {f"E{number}": mark for number, mark in enumerate(marks)}
    combination = combine_marks(named, frozenset(), rule, rounding)
    scorer = ExactScorer(arrays)
    for column in list(arrays.qualitative)[:2]:
        found = [scorer.convert_marks(0, column, named, rule) for _ in range(2)]  # the second is remembered
        scale = arrays.indicator_at(0, column)
        assert found == [combination and apply_scale(scale, combination.combined).points] * 2


def test_most_rows_of_the_example_are_certain_also_where_simple_weights_end_in_ties() -> None:
    arrays = smartcert.arrays(example())
    assert check_same(arrays, random.Random(2)) > 0.95 * len(arrays.ids) * 9 * len(AbsentPolicy)


def test_an_edition_that_does_more_than_add_up_is_left_to_the_fractions() -> None:
    arrays = replace(smartcert.arrays(example()))
    assert FloatTotals.fits(arrays)
    arrays.__dict__["is_plain_sum"] = False
    with pytest.raises(ValueError, match="more than add points up"):
        FloatTotals(arrays)
