"""The fewest indicators that move a level: compared with every subset there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartcert.evaluation.levels import (
    compute_margin,
    determine_level,
    find_next_level,
    level_from_totals,
)
from smartcert.evaluation.scoring import build_scorecard
from smartcert.evaluation.totals import rescore
from smartcert.model.evaluation import LevelResult, Scorecard
from smartcert.model.indicator import RoundingStep
from smartcert.rules.parameters import LevelFloor
from tests.support.build import candidate, edition, indicator, rules_of_2023

LEVELS = rules_of_2023().levels
STEPS = (RoundingStep.INDICATOR, RoundingStep.ITEM, RoundingStep.DOMAIN, RoundingStep.TOTAL)


@st.composite
def judged(draw: st.DrawFn) -> tuple[Scorecard, LevelResult]:
    """A small scorecard with any rounding, and floors in any domain."""
    points = draw(st.lists(st.integers(1, 40), min_size=1, max_size=7))
    shares = draw(st.lists(st.integers(0, 20), min_size=len(points), max_size=len(points)))
    rounding = draw(st.dictionaries(st.sampled_from(STEPS), st.integers(0, 1)))
    domains = draw(st.integers(1, 3))
    of = edition([indicator(f"N{n}", points=one) for n, one in enumerate(points)], rounding, domains)
    card = build_scorecard(candidate({f"N{n}": Fraction(one, 20) for n, one in enumerate(shares)}), of, {})
    floors = draw(st.lists(st.tuples(st.sampled_from(of.domains), st.integers(10, 90), st.integers(2, 5)), max_size=2))
    rules = replace(
        LEVELS,
        floors=replace(
            LEVELS.floors,
            value=tuple(
                LevelFloor(domain=one.id, at_least=Fraction(share), best_level=best) for one, share, best in floors
            ),
        ),
    )
    return card, determine_level(card, rules)


def level_with(card: Scorecard, result: LevelResult, names: Sequence[str], *, full: bool) -> int:
    scores = {score.indicator.id: score for score in card.indicators()}
    points = {name: scores[name].out_of if full else Fraction(0) for name in names}
    totals = rescore(card, points)
    return level_from_totals(totals.points, totals.sections, result.bounds, result.floor_bounds)


def every_smallest(card: Scorecard, result: LevelResult, *, full: bool) -> list[tuple[str, ...]]:
    """Return all smallest sets that make the level better, or worse, by trying all subsets."""
    changes = [(score.indicator.id, score.left if full else score.points) for score in card.indicators()]
    names = [name for name, points in sorted(changes, key=lambda one: -one[1]) if points > 0]
    for size in range(1, len(names) + 1):
        found = [
            picked
            for picked in combinations(names, size)
            if (level_with(card, result, picked, full=full) < result.level) == full
            and level_with(card, result, picked, full=full) != result.level
        ]
        if found:
            return found
    return []


@settings(max_examples=100, deadline=None)
@given(judged())
def test_the_sets_that_reach_the_next_level_are_the_first_of_all_smallest_ones(
    one: tuple[Scorecard, LevelResult],
) -> None:
    card, result = one
    gap = find_next_level(card, result)
    if gap is None:
        assert result.level == 1
        return
    better = every_smallest(card, result, full=True)
    wanted = [picked for picked in better if level_with(card, result, picked, full=True) <= gap.level]
    assert [tuple(left.indicator for left in found) for found in gap.smallest_sets] == wanted[:5]
    assert gap.more_sets == (len(wanted) > 5)
    assert gap.smallest_set == (gap.smallest_sets[0] if gap.smallest_sets else ())


@settings(max_examples=100, deadline=None)
@given(judged())
def test_no_fewer_indicators_than_told_can_lose_the_level(one: tuple[Scorecard, LevelResult]) -> None:
    card, result = one
    firm = compute_margin(card, result)
    if firm is None:
        assert result.level == 5
        return
    every = every_smallest(card, result, full=False)
    fewest = tuple(left.indicator for left in firm.fewest)
    assert len(fewest) == (len(every[0]) if every else 0)
    assert not fewest or level_with(card, result, fewest, full=False) > result.level


def test_a_floor_in_the_way_is_reached_by_its_own_domain() -> None:
    of = edition([indicator("N1", points=1000), indicator("N2", points=100), indicator("N3", points=50)], domains=3)
    floor = LevelFloor(domain="D3", at_least=Fraction(50), best_level=4)
    rules = replace(LEVELS, floors=replace(LEVELS.floors, value=(floor,)))
    card = build_scorecard(candidate({"N1": Fraction("0.9"), "N2": Fraction("0.2"), "N3": Fraction(0)}), of, {})
    result = determine_level(card, rules)
    gap = find_next_level(card, result)
    assert (result.by_points, result.level) == (2, 4)
    assert gap is not None
    assert [[left.indicator for left in found] for found in gap.smallest_sets] == [["N3"]]


def test_the_margin_counts_the_points_above_the_own_bound() -> None:
    card = build_scorecard(candidate({"N1": Fraction("0.75")}), edition([indicator("N1", points=2000)]), {})
    firm = compute_margin(card, determine_level(card, LEVELS))
    assert firm is not None
    assert firm.level == 3
    assert firm.bound == 1400
    assert firm.above == 100
    assert [left.indicator for left in firm.fewest] == ["N1"]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("points", ["1.3", "1.7"])
def test_coarse_rounding_of_many_items_is_searched_without_trying_every_set(points: str) -> None:
    indicators = [indicator(f"N{number}", points=Fraction(points)) for number in range(40)]
    of = edition(indicators, {RoundingStep.ITEM: 0}, domains=20)
    card = build_scorecard(candidate({f"N{number}": Fraction("0.64") for number in range(40)}), of, {})
    result = determine_level(card, LEVELS)
    gap, firm = find_next_level(card, result), compute_margin(card, result)
    for changes, full in ((gap and gap.smallest_set, True), (firm and firm.fewest, False)):
        assert (changes is None) is (result.level == 5 and not full)  # the worst level cannot be lost
        names = [left.indicator for left in changes or ()]
        assert not names or (level_with(card, result, names, full=full) < result.level) is full
        assert all(
            level_with(card, result, [name for name in names if name != gone], full=full) == result.level
            for gone in names
        )
