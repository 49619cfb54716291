import random
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcert.evaluation.levels import determine_level, find_next_level
from smartcert.evaluation.scoring import build_scorecard
from smartcert.model.evaluation import Scorecard
from smartcert.model.indicator import Edition, RoundingStep
from smartcert.rules.parameters import LevelFloor
from tests.support.build import candidate, edition, indicator, rules_of_2023

LEVELS = rules_of_2023().levels


def card_of(values: dict[str, Fraction], of: Edition) -> Scorecard:
    return build_scorecard(candidate(values), of, {})


def card_on_a_bound(rng: random.Random, level_wanted: int) -> Scorecard:
    """Return a random scorecard whose exact total is the bound of a level: odd points, thirds and sevenths in it."""
    count = rng.randint(3, 9)
    points = [Fraction(rng.randint(1, 300), rng.choice([1, 2, 3, 7, 10])) for _ in range(count)]
    of = edition([indicator(f"N{n}", points=p) for n, p in enumerate(points)], domains=rng.randint(1, 3))
    share = LEVELS.bounds[level_wanted].value / 100
    shares = [share] * count
    for _ in range(6):  # move points from one indicator to another: the total stays on the bound
        a, b = rng.sample(range(count), 2)
        most = min((1 - shares[a]) * points[a], shares[b] * points[b])
        moved = most * Fraction(rng.randint(0, 100), 100)
        shares[a] += moved / points[a]
        shares[b] -= moved / points[b]
    return card_of({f"N{n}": s for n, s in enumerate(shares)}, of)


def judged_below(count: int) -> int:
    rng = random.Random(70)
    wanted = [rng.choice(list(LEVELS.bounds)) for _ in range(count)]
    return sum(determine_level(card_on_a_bound(rng, one), LEVELS).level != one for one in wanted)


def test_none_of_2000_scorecards_exactly_on_a_bound_is_judged_below_it() -> None:
    assert judged_below(2_000) == 0


@pytest.mark.full
def test_none_of_10000_scorecards_exactly_on_a_bound_is_judged_below_it() -> None:
    assert judged_below(10_000) == 0


@given(st.integers(1, 4), st.integers(1, 10**9))
def test_however_little_under_a_bound_is_under_it(wanted: int, parts: int) -> None:
    of = edition([indicator("N1", points=2000)])
    share = LEVELS.bounds[wanted].value / 100
    under = card_of({"N1": share - Fraction(1, parts) / 1000 if parts > 2 else share - Fraction(1, 1000)}, of)
    assert determine_level(under, LEVELS).level == wanted + 1


def test_the_total_is_judged_as_the_edition_rounds_it() -> None:
    of = edition([indicator("N1", points=2000)], {RoundingStep.TOTAL: 1})
    at = {points: card_of({"N1": Fraction(points) / 2000}, of) for points in ("1399.94", "1399.95")}
    assert [determine_level(card, LEVELS).level for card in at.values()] == [4, 3]
    assert at["1399.95"].exact == Fraction("1399.95")
    assert at["1399.95"].points == 1400


@given(st.integers(0, 20_000), st.integers(0, 20_000))
def test_more_points_never_give_a_worse_level(a: int, b: int) -> None:
    of = edition([indicator("N1", points=2000)], {RoundingStep.TOTAL: 1})
    low, high = (determine_level(card_of({"N1": Fraction(n, 20_000)}, of), LEVELS).level for n in sorted((a, b)))
    assert high <= low


def test_a_floor_holds_at_exactly_its_share_and_not_below() -> None:
    of = edition([indicator("N1", points=100), indicator("N2", points=100)], domains=2)
    floor = LevelFloor(domain="D2", at_least=Fraction(80), best_level=4)
    rules = replace(LEVELS, floors=replace(LEVELS.floors, value=(floor,)))
    at = determine_level(card_of({"N1": Fraction(1), "N2": Fraction(80, 100)}, of), rules)
    below = determine_level(card_of({"N1": Fraction(1), "N2": Fraction(7999, 10_000)}, of), rules)
    assert (at.level, at.floors) == (1, ())
    assert (below.level, below.by_points, below.certified) == (4, 2, False)
    assert below.floors[0].floor == 80


def test_what_is_missing_is_told_with_the_smallest_set_that_would_close_it() -> None:
    of = edition([indicator("N1", points=1000), indicator("N2", points=600), indicator("N3", points=400)])
    card = card_of({"N1": Fraction("0.9"), "N2": Fraction("0.4"), "N3": Fraction("0.5")}, of)  # 900 + 240 + 200
    missing = find_next_level(card, determine_level(card, LEVELS))
    assert missing is not None
    assert (missing.level, missing.bound, missing.short) == (3, 1400, 60)
    assert [(one.indicator, one.points) for one in missing.most_left] == [("N2", 360), ("N3", 200), ("N1", 100)]
    assert [one.indicator for one in missing.smallest_set] == ["N2"]


def test_the_best_level_has_no_next_one() -> None:
    card = card_of({"N1": Fraction(1)}, edition([indicator("N1")]))
    assert find_next_level(card, determine_level(card, LEVELS)) is None
