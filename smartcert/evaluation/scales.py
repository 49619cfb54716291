"""From value to points: each scale of an edition, exactly."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from smartcert.model.indicator import Band, Bands, Counted, Direction, Indicator, Linear, Marks, Rank, YesNo

_NOTHING = Fraction(0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Scaled:
    """What a scale gives: points, and the bound of the band or the place that was reached, where it has such."""

    points: Fraction
    band: Fraction | None = None
    rank: int | None = None
    of: int | None = None


def measure(value: Fraction, indicator: Indicator, population: int | None) -> Fraction:
    """Return what the scale is applied to: the value, or value / population x ``per_people``.

    Raises:
        ValueError: the indicator is per head and there is no population.
    """
    if indicator.per_people is None:
        return value
    if not population:
        raise ValueError(f"indicator {indicator.id} is per head, and the population is not known")
    return value * indicator.per_people / population


def scaled(indicator: Indicator, measured: Fraction, cohort: Sequence[Fraction] = ()) -> Scaled:
    """Return the points of ``measured`` on the indicator's scale, before any rounding.

    A value exactly on a bound belongs to the better band. ``cohort`` are the measures of the size type in ascending
    order, the own one included; only a scale by rank looks at it.
    """
    scale = indicator.scale
    match scale:
        case Bands():
            return _bands(scale, measured, indicator.direction)
        case Linear() | Marks():
            return Scaled(points=_along(scale.zero_at, scale.full_at, measured, indicator.points))
        case YesNo():
            return Scaled(points=indicator.points if measured else _NOTHING)
        case Counted():
            return Scaled(points=scale.points_each * max(min(measured, scale.cap), _NOTHING))
        case Rank():
            return _rank(scale, measured, cohort, indicator.direction)


def _along(zero_at: Fraction, full_at: Fraction, measured: Fraction, points: Fraction) -> Fraction:
    """Return ``points`` x (measured - zero_at) / (full_at - zero_at), at least nothing and at most all of them.

    It is worked out in whole numbers: this is done for most indicators, and as fractions it takes twice as long.
    """
    zero, zero_below = zero_at.as_integer_ratio()
    full, full_below = full_at.as_integer_ratio()
    value, below = measured.as_integer_ratio()
    way = (value * zero_below - zero * below) * full_below
    whole = (full * zero_below - zero * full_below) * below
    if whole < 0:
        way, whole = -way, -whole
    if way <= 0:
        return _NOTHING
    return points if way >= whole else Fraction(points.numerator * way, points.denominator * whole)


def _bands(scale: Bands, measured: Fraction, direction: Direction) -> Scaled:
    for band in scale.bands:
        if measured >= band.bound if direction is Direction.HIGHER else measured <= band.bound:
            return Scaled(points=band.points, band=band.bound)
    return Scaled(points=scale.otherwise)


def _rank(scale: Rank, measured: Fraction, cohort: Sequence[Fraction], direction: Direction) -> Scaled:
    count = len(cohort)
    place = 1 + _better(measured, cohort, direction)
    reached = Fraction(place) if scale.by == "position" else Fraction(100 * place, count)
    band = next((band for band in scale.bands if reached <= band.bound), Band(bound=reached, points=scale.otherwise))
    bound = band.bound if band in scale.bands else None
    return Scaled(points=band.points, band=bound, rank=place, of=count)


def _better(measured: Fraction, ascending: Sequence[Fraction], direction: Direction) -> int:
    below = bisect_left(ascending, measured)
    if direction is Direction.LOWER:
        return below
    equal_or_better = len(ascending) - below
    return equal_or_better - _equal(ascending, below, measured)


def _equal(ascending: Sequence[Fraction], start: int, measured: Fraction) -> int:
    end = start
    while end < len(ascending) and ascending[end] == measured:
        end += 1
    return end - start
