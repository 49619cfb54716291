"""What separates an applicant from the next better level."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from smartcert.model.evaluation import IndicatorScore, Left, LevelResult, NextLevel, Scorecard

_SHOWN = 10
"""How many of the indicators with most points left are listed: a page's worth, no rule."""


def next_level(scorecard: Scorecard, result: LevelResult) -> NextLevel | None:
    """Return what is missing to the next better level, or None at the best one.

    ``short`` is zero where the points would do and only a floor stands in the way.
    """
    better = [bound for bound in result.bounds if bound.level < result.level]
    if not better:
        return None
    bound = max(better, key=lambda one: one.level)
    short = max(bound.points - scorecard.points, Fraction(0))
    scores = scorecard.indicators()
    left = _most_first((score, score.left) for score in scores)
    lost = _most_first((score, score.desk.points - score.confirmed.points) for score in scores)
    return NextLevel(
        level=bound.level,
        bound=bound.points,
        short=short,
        most_left=left[:_SHOWN],
        smallest_set=_smallest(left, short),
        lost_on_site=lost,
        carried=bool(lost) and sum((one.points for one in lost), Fraction(0)) >= short > 0,
    )


def _most_first(scores: Iterable[tuple[IndicatorScore, Fraction]]) -> tuple[Left, ...]:
    found = [
        Left(indicator=score.indicator.id, name=score.indicator.name, points=points, out_of=score.out_of)
        for score, points in scores
        if points > 0
    ]
    return tuple(sorted(found, key=lambda one: -one.points))


def _smallest(left: tuple[Left, ...], short: Fraction) -> tuple[Left, ...]:
    gained = Fraction(0)
    for count, one in enumerate(left, start=1):
        gained += one.points
        if gained >= short > 0:
            return left[:count]
    return ()
