"""How many points does a value give? The scales of an edition, and the exact arithmetic under them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from smartcert.model.indicator import (
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

_NO_POINTS = Fraction(0)


@dataclass(frozen=True, kw_only=True, slots=True)
class ScaleResult:
    """What a scale gives: points, and the bound of the band or the rank that was reached, where it has such."""

    points: Fraction
    band: Fraction | None = None
    rank: int | None = None
    of: int | None = None


def compute_measure(value: Fraction, indicator: Indicator, population: int | None) -> Fraction:
    """Return what the scale is applied to, exactly: the value, or value / population x ``per_people``.

    Raises:
        ValueError: the indicator is per head and there is no population.
    """
    if indicator.per_people is None:
        return value
    if not population:
        raise ValueError(f"indicator {indicator.id} is per head, and the population is not known")
    return value * indicator.per_people / population


def round_measure(measure: Fraction, indicator: Indicator, rounding: Rounding | None) -> Fraction:
    """Return the measure as the edition rounds it: a figure per head; any other stays as it was reported."""
    return round_to(measure, rounding) if indicator.per_people else measure


def apply_scale(indicator: Indicator, measure: Fraction, among: Sequence[Fraction] = ()) -> ScaleResult:
    """Return the points of ``measure`` on the indicator's scale, before any rounding.

    A value exactly on a bound belongs to the better band. ``among`` are the measures of the size type in ascending
    order, the own one included; only a scale by rank looks at it.
    """
    scale = indicator.scale
    match scale:
        case BandScale():
            higher = indicator.direction is Direction.HIGHER
            for band in scale.bands:
                if measure >= band.bound if higher else measure <= band.bound:
                    return ScaleResult(points=band.points, band=band.bound)
            return ScaleResult(points=scale.otherwise)
        case LinearScale() | Marks():
            return ScaleResult(points=_interpolate(scale.zero_at, scale.full_at, measure, indicator.points))
        case YesNoScale():
            return ScaleResult(points=indicator.points if measure else _NO_POINTS)
        case CountScale():
            return ScaleResult(points=scale.points_each * max(min(measure, scale.cap), _NO_POINTS))
        case RankScale():
            return _apply_rank(scale, measure, among, indicator.direction)


def find_most_points(indicator: Indicator, population: int | None, rounding: Rounding | None, of: int) -> Fraction:
    """Return the most points that a value within the indicator's limits can earn, before the rounding of points.

    ``rounding`` is that of measures, ``of`` the number of those who are ranked, the own value included.

    Raises:
        ValueError: the indicator is per head and there is no population.
    """
    scale = indicator.scale
    if isinstance(scale, RankScale):
        return _points_of_rank(scale, 1, of).points
    higher = indicator.direction is Direction.HIGHER
    best = indicator.limits.at_most if higher else indicator.limits.at_least
    if isinstance(scale, CountScale):
        counted = scale.cap if best is None else min(best, scale.cap)
        best = Fraction(counted.numerator // counted.denominator)  # what is counted is whole
    if best is None or isinstance(scale, (Marks, YesNoScale)):
        return indicator.points
    measure = round_measure(compute_measure(best, indicator, population), indicator, rounding)
    return apply_scale(indicator, measure).points


def _interpolate(zero_at: Fraction, full_at: Fraction, measure: Fraction, points: Fraction) -> Fraction:
    """Return ``points`` x (measure - zero_at) / (full_at - zero_at), at least none and at most all of them.

    It is computed in integers: this is done for most indicators, and with fractions it takes twice as long.
    """
    zero, zero_denominator = zero_at.as_integer_ratio()
    full, full_denominator = full_at.as_integer_ratio()
    value, denominator = measure.as_integer_ratio()
    distance = (value * zero_denominator - zero * denominator) * full_denominator
    length = (full * zero_denominator - zero * full_denominator) * denominator
    if length < 0:
        distance, length = -distance, -length
    if distance <= 0:
        return _NO_POINTS
    return points if distance >= length else Fraction(points.numerator * distance, points.denominator * length)


def _apply_rank(scale: RankScale, measure: Fraction, among: Sequence[Fraction], direction: Direction) -> ScaleResult:
    higher = direction is Direction.HIGHER
    better = len(among) - bisect_right(among, measure) if higher else bisect_left(among, measure)
    return _points_of_rank(scale, 1 + better, len(among))  # equal measures have equally many better ones: ties share


def _points_of_rank(scale: RankScale, rank: int, of: int) -> ScaleResult:
    reached = Fraction(rank) if scale.by == "position" else Fraction(100 * rank, of)
    for band in scale.bands:
        if reached <= band.bound:
            return ScaleResult(points=band.points, band=band.bound, rank=rank, of=of)
    return ScaleResult(points=scale.otherwise, rank=rank, of=of)


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
    quotient, rest = divmod(abs(value.numerator) * scale, value.denominator)
    if rounding.mode is not RoundingMode.DOWN:
        tie_stays = rounding.mode is RoundingMode.HALF_EVEN and quotient % 2 == 0
        quotient += 2 * rest > value.denominator or (2 * rest == value.denominator and not tie_stays)
    return Fraction(quotient if value.numerator >= 0 else -quotient, scale)


def sum_exactly(values: Iterable[Fraction]) -> Fraction:
    """Return the exact sum: as ``sum``, but in integers over one denominator, which is many times faster.

    >>> sum_exactly([Fraction(1, 2), Fraction(1, 3), Fraction(1, 6)])
    Fraction(1, 1)
    """
    numerator, denominator = 0, 1
    for value in values:
        if value.denominator == denominator:
            numerator += value.numerator
        else:
            common = lcm(denominator, value.denominator)
            numerator = numerator * (common // denominator) + value.numerator * (common // value.denominator)
            denominator = common
    return Fraction(numerator, denominator)


def sort_exactly(values: Iterable[Fraction]) -> list[Fraction]:
    """Return the values in ascending order: as ``sorted``, but comparing integers over one denominator."""
    listed = list(values)
    return [listed[index] for index in argsort(listed)]


def argsort(values: Sequence[Fraction]) -> list[int]:
    """Return the indices of the values in ascending order, equal ones as they stand.

    >>> argsort([Fraction(1, 2), Fraction(1, 3), Fraction(1, 2)])
    [1, 0, 2]
    """
    common = lcm(*(value.denominator for value in values))
    integers = [value.numerator * (common // value.denominator) for value in values]
    return sorted(range(len(integers)), key=integers.__getitem__)
