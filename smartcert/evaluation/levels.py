"""From points to the level (등급): the bounds, what is certified, and floors per domain (Notice 2021-223 Art. 8)."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from smartcert.model.level import Bound, FloorBound, FloorHeld, LevelResult
from smartcert.model.scorecard import Scorecard
from smartcert.rules.levels import LevelsRules


def level(scorecard: Scorecard, rules: LevelsRules) -> LevelResult:
    """Return the level of a scorecard: the best one whose bound its points reach, the bound itself included.

    The points are the total as the edition rounds it. A domain below its floor leaves no level better than the
    floor's ``best_level``; at exactly the floor it holds.
    """
    bounds = bounds_of(scorecard.out_of, rules)
    by_points = next((bound.level for bound in bounds if scorecard.points >= bound.points), rules.worst.value)
    floors = _floors_held(scorecard, rules)
    reached = max([by_points, *(floor.best_level for floor in floors)])
    return LevelResult(
        level=reached,
        certified=reached <= rules.certified_from.value,
        bounds=bounds,
        floors=floors,
        by_points=by_points,
        floor_bounds=_floor_bounds(scorecard, rules),
    )


def bounds_of(out_of: Fraction, rules: LevelsRules) -> tuple[Bound, ...]:
    """Return the bounds in points of a total of ``out_of``, best level first; the worst level has none."""
    return tuple(
        Bound(
            level=number,
            points=cited.value * out_of / 100,
            share=cited.value / 100,
            basis=cited.basis,
            certified=number <= rules.certified_from.value,
        )
        for number, cited in sorted(rules.bounds.items())
    )


def level_at(points: Fraction, domains: Mapping[str, Fraction], result: LevelResult) -> int:
    """Return the level that ``points`` and the points of the ``domains`` would give under the bounds of ``result``."""
    worst = max([bound.level for bound in result.bounds], default=0) + 1
    by_points = min([bound.level for bound in result.bounds if points >= bound.points], default=worst)
    under = [floor.best_level for floor in result.floor_bounds if domains[floor.domain] < floor.points]
    return max([by_points, *under])


def _floor_bounds(scorecard: Scorecard, rules: LevelsRules) -> tuple[FloorBound, ...]:
    domains = {domain.id: domain for domain in scorecard.domains}
    return tuple(
        FloorBound(
            domain=floor.domain,
            points=floor.at_least * domains[floor.domain].out_of / 100,
            best_level=floor.best_level,
        )
        for floor in rules.floors.value
        if floor.domain in domains
    )


def _floors_held(scorecard: Scorecard, rules: LevelsRules) -> tuple[FloorHeld, ...]:
    domains = {domain.id: domain for domain in scorecard.domains}
    return tuple(
        FloorHeld(
            domain=domains[floor.domain].name,
            points=domains[floor.domain].points,
            floor=floor.points,
            best_level=floor.best_level,
        )
        for floor in _floor_bounds(scorecard, rules)
        if domains[floor.domain].points < floor.points
    )
