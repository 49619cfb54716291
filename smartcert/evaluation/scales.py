"""Bands, linear, rank; rounding as ordered."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from smartcert.model.indicator import (
    Band,
    BandScale,
    CountScale,
    Direction,
    Indicator,
    LinearScale,
    Marks,
    RankScale,
    Rounding,
    RoundingMode,
    YesNoScale,
)

# --- From value to points: each scale of an edition, exactly.

_NO_POINTS = Fraction(0)


@dataclass(frozen=True, kw_only=True, slots=True)
class ScaleResult:
    """What a scale gives: points, and the bound of the band or the place that was reached, where it has such."""

    points: Fraction
    band: Fraction | None = None
    rank: int | None = None
    of: int | None = None


def compute_measure(value: Fraction, indicator: Indicator, population: int | None) -> Fraction:
    """Return what the scale is applied to: the value, or value / population x ``per_people``.

    Raises:
        ValueError: the indicator is per head and there is no population.
    """
    if indicator.per_people is None:
        return value
    if not population:
        raise ValueError(f"indicator {indicator.id} is per head, and the population is not known")
    return value * indicator.per_people / population


def apply_scale(indicator: Indicator, measured: Fraction, cohort: Sequence[Fraction] = ()) -> ScaleResult:
    """Return the points of ``measured`` on the indicator's scale, before any rounding.

    A value exactly on a bound belongs to the better band. ``cohort`` are the measures of the size type in ascending
    order, the own one included; only a scale by rank looks at it.
    """
    scale = indicator.scale
    match scale:
        case BandScale():
            return _apply_bands(scale, measured, indicator.direction)
        case LinearScale() | Marks():
            return ScaleResult(points=_interpolate(scale.zero_at, scale.full_at, measured, indicator.points))
        case YesNoScale():
            return ScaleResult(points=indicator.points if measured else _NO_POINTS)
        case CountScale():
            return ScaleResult(points=scale.points_each * max(min(measured, scale.cap), _NO_POINTS))
        case RankScale():
            return _apply_rank(scale, measured, cohort, indicator.direction)


def _interpolate(zero_at: Fraction, full_at: Fraction, measured: Fraction, points: Fraction) -> Fraction:
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
        return _NO_POINTS
    return points if way >= whole else Fraction(points.numerator * way, points.denominator * whole)


def _apply_bands(scale: BandScale, measured: Fraction, direction: Direction) -> ScaleResult:
    for band in scale.bands:
        if measured >= band.bound if direction is Direction.HIGHER else measured <= band.bound:
            return ScaleResult(points=band.points, band=band.bound)
    return ScaleResult(points=scale.otherwise)


def _apply_rank(scale: RankScale, measured: Fraction, cohort: Sequence[Fraction], direction: Direction) -> ScaleResult:
    count = len(cohort)
    place = 1 + _count_better(measured, cohort, direction)
    reached = Fraction(place) if scale.by == "position" else Fraction(100 * place, count)
    band = next((band for band in scale.bands if reached <= band.bound), Band(bound=reached, points=scale.otherwise))
    bound = band.bound if band in scale.bands else None
    return ScaleResult(points=band.points, band=bound, rank=place, of=count)


def _count_better(measured: Fraction, ascending: Sequence[Fraction], direction: Direction) -> int:
    below = bisect_left(ascending, measured)
    if direction is Direction.LOWER:
        return below
    equal_or_better = len(ascending) - below
    return equal_or_better - _count_equal(ascending, below, measured)


def _count_equal(ascending: Sequence[Fraction], start: int, measured: Fraction) -> int:
    end = start
    while end < len(ascending) and ascending[end] == measured:
        end += 1
    return end - start


# --- Rounding where a rule orders it, sums and order: exact, and in whole numbers where that is faster.


def round_to(value: Fraction, rounding: Rounding | None) -> Fraction:
    """Return ``value`` rounded as ordered, or as it is where nothing is ordered.

    A half goes away from zero under half-up, to the even digit under half-even; down cuts off towards zero.

    >>> from smartcert.model.indicator import RoundingStep
    >>> half_up = Rounding(at=RoundingStep.TOTAL, digits=1, mode=RoundingMode.HALF_UP)
    >>> round_to(Fraction("1399.95"), half_up)
    Fraction(1400, 1)
    >>> round_to(Fraction("1399.94"), half_up)
    Fraction(13999, 10)
    """
    if rounding is None:
        return value
    scale = 10**rounding.digits
    whole, rest = divmod(abs(value.numerator) * scale, value.denominator)
    if _rounds_up(2 * rest, value.denominator, whole, rounding.mode):
        whole += 1
    return Fraction(whole if value.numerator >= 0 else -whole, scale)


def sum_exactly(values: Iterable[Fraction]) -> Fraction:
    """Return the exact sum: as ``sum``, but with whole numbers over one denominator, which is many times faster.

    >>> sum_exactly([Fraction(1, 2), Fraction(1, 3), Fraction(1, 6)])
    Fraction(1, 1)
    """
    over, denominator = 0, 1
    for value in values:
        if value.denominator == denominator:
            over += value.numerator
        else:
            common = lcm(denominator, value.denominator)
            over = over * (common // denominator) + value.numerator * (common // value.denominator)
            denominator = common
    return Fraction(over, denominator)


def sort_exactly(values: Iterable[Fraction]) -> list[Fraction]:
    """Return the values in ascending order: as ``sorted``, but comparing whole numbers over one denominator."""
    listed = list(values)
    return [listed[place] for place in argsort(listed)]


def argsort(values: Sequence[Fraction]) -> list[int]:
    """Return the places of the values in ascending order, equal ones as they stand.

    >>> argsort([Fraction(1, 2), Fraction(1, 3), Fraction(1, 2)])
    [1, 0, 2]
    """
    common = lcm(*(value.denominator for value in values))
    wholes = [value.numerator * (common // value.denominator) for value in values]
    return sorted(range(len(wholes)), key=wholes.__getitem__)


def _rounds_up(twice_rest: int, one: int, whole: int, mode: RoundingMode) -> bool:
    if mode is RoundingMode.DOWN:
        return False
    if twice_rest == one and mode is RoundingMode.HALF_EVEN:
        return whole % 2 == 1
    return twice_rest >= one
