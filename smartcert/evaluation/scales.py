"""How many points does a value give? The scales of an edition, and the exact arithmetic under them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from math import lcm
from types import MappingProxyType
from typing import Self

from smartcert.lazy_dataclass import dataclass
from smartcert.model.application import Missing, Value
from smartcert.model.formula import DivisionByZeroError, evaluate_formula, parse_formula
from smartcert.model.indicator import (
    POPULATION,
    BandScale,
    Between,
    Corner,
    CountScale,
    Direction,
    DividedByZero,
    Indicator,
    InputMissing,
    LinearScale,
    Marks,
    MarkScale,
    Per,
    PiecewiseScale,
    RankScale,
    Rounding,
    RoundingMode,
    TableScale,
    TargetScale,
    YesNoScale,
)

_NO_POINTS = Fraction(0)
_NO_BASES: Mapping[str, Fraction] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True, slots=True)
class ScaleResult:
    """What a scale gives: points, and the bound of the band or the rank that was reached, where it has such.

    ``segment`` are the one or two corners, or rows of a table, that the points come from.
    """

    points: Fraction
    band: Fraction | None = None
    rank: int | None = None
    of: int | None = None
    segment: tuple[Corner, ...] = ()


def compute_value(indicator: Indicator, figures: Mapping[str, Value], bases: Mapping[str, Fraction]) -> Value:
    """Return the value of an indicator with a formula, exactly, from its figures by their ids.

    A missing figure makes the value missing, unless the edition lets it count as zero: absent where any is absent,
    else not applicable. Where the formula divides by zero, the value is what the edition declares. A base that is not
    known leaves the value absent.
    """
    value = _evaluate(indicator, figures, bases)
    if value is not None:
        return value
    zero = indicator.divided_by_zero
    return _NO_POINTS if zero is DividedByZero.ZERO else Missing(zero.value)


def divides_by_zero(indicator: Indicator, figures: Mapping[str, Value], bases: Mapping[str, Fraction]) -> bool:
    """Return whether the formula of an indicator divides by zero for these figures, none of them missing."""
    return _evaluate(indicator, figures, bases) is None


def _evaluate(indicator: Indicator, figures: Mapping[str, Value], bases: Mapping[str, Fraction]) -> Value | None:
    """Return the value of a formula, missing where a figure or base is; None where it divides by zero."""
    missing: set[Missing] = set()
    known = dict(bases)
    for figure in indicator.figures:
        value = figures.get(figure.id, Missing.ABSENT)
        if isinstance(value, Missing):
            passes = figure.absent if value is Missing.ABSENT else figure.not_applicable
            if passes is InputMissing.PASSES:
                missing.add(value)
            value = _NO_POINTS
        known[figure.id] = value
    if missing:
        return Missing.ABSENT if Missing.ABSENT in missing else Missing.NOT_APPLICABLE
    try:
        return evaluate_formula(parse_formula(indicator.formula), known)
    except DivisionByZeroError:
        return None
    except KeyError:
        return Missing.ABSENT


def compute_measure(
    value: Fraction, indicator: Indicator, population: int | None, bases: Mapping[str, Fraction] = _NO_BASES
) -> Fraction:
    """Return what the scale is applied to, exactly: the value, or value / base x times.

    The base is the population (``per_people``), or another one of the edition, whose figures are ``bases`` by id.

    Raises:
        ValueError: the indicator is per head or per another base, and that is not known or 0.
    """
    divisor = indicator.divisor
    return value if divisor is None else divide_by_base(value, divisor, indicator, population, bases)


def divide_by_base(
    value: Fraction, divisor: Per, indicator: Indicator, population: int | None, bases: Mapping[str, Fraction]
) -> Fraction:
    """Return value / base x times of an indicator with this divisor; a ValueError for an unknown base, or 0."""
    base = population if divisor.base == POPULATION and population else bases.get(divisor.base)
    if not base:
        raise ValueError(f"indicator {indicator.id} is per {divisor.base}, and that is not known")
    (numerator, denominator), (times, parts) = value.as_integer_ratio(), divisor.times.as_integer_ratio()
    of, of_parts = base.as_integer_ratio()
    return Fraction(numerator * times * of_parts, denominator * parts * of)


def round_measure(measure: Fraction, indicator: Indicator, rounding: Rounding | None) -> Fraction:
    """Return the measure as the edition rounds it: one that is computed; any other stays as it was reported."""
    return round_to(measure, rounding) if indicator.computed else measure


def apply_scale(indicator: Indicator, measure: Fraction, among: Sequence[Fraction] = ()) -> ScaleResult:
    """Return the points of ``measure`` on the indicator's scale, before any rounding.

    A value exactly on a bound belongs to the better band. ``among`` are the measures of the size type in ascending
    order, the own one included; only a scale by rank looks at it.
    """
    scale = indicator.scale
    match scale:
        case BandScale():
            return _apply_bands(scale, measure, indicator.direction)
        case LinearScale() | Marks():
            return ScaleResult(points=_interpolate(scale.zero_at, scale.full_at, measure, indicator.full))
        case YesNoScale():
            return ScaleResult(points=indicator.full if measure else _NO_POINTS)
        case CountScale():
            return ScaleResult(points=scale.points_each * max(min(measure, scale.cap), _NO_POINTS))
        case RankScale():
            return _apply_rank(scale, measure, among, indicator.direction)
        case PiecewiseScale():
            return _apply_corners(scale.corners, measure, Between.LINEAR)
        case TableScale():
            return _apply_corners(scale.rows, measure, scale.between)
        case TargetScale():
            return _apply_corners(indicator.list_corners(), measure, Between.LINEAR)


def find_most_points(
    indicator: Indicator,
    population: int | None,
    rounding: Rounding | None,
    of: int,
    bases: Mapping[str, Fraction] = _NO_BASES,
    among: Sequence[Fraction] = (),
    marks: MarkScale | None = None,
) -> Fraction:
    """Return the most points that a value within the indicator's limits can earn, before the rounding of points.

    ``rounding`` is that of measures, ``of`` the number of those who are ranked, the own value included, and ``among``
    their measures in ascending order, as far as there are values: per head, a value at its limit may not come first.
    Of an indicator with a formula the most that the scale gives; of marks those of the better end of ``marks``, where
    given.

    Raises:
        ValueError: the indicator is per head or per another base, and that is not known.
    """
    scale = indicator.scale

    def measure(value: Fraction) -> Fraction:
        return round_measure(compute_measure(value, indicator, population, bases), indicator, rounding)

    least, most = indicator.limits.at_least, indicator.limits.at_most
    higher = indicator.direction is Direction.HIGHER
    best = most if higher else least
    if isinstance(scale, RankScale):
        if best is None or indicator.formula:
            return score_rank(scale, 1, of).points
        return score_rank(scale, 1 + _count_better(measure(best), among, indicator.direction), of).points
    if corners := indicator.list_corners():
        ends = [measure(end) for end in (least, most) if end is not None]
        low, high = (None if end is None else measure(end) for end in (least, most))
        inside = [
            corner.value
            for corner in corners
            if (low is None or corner.value >= low) and (high is None or corner.value <= high)
        ]
        return max(apply_scale(indicator, value).points for value in (*inside, *ends))
    if isinstance(scale, Marks) and marks is not None:
        return max(apply_scale(indicator, mark).points for mark in (marks.lowest, marks.highest))
    if isinstance(scale, (Marks, YesNoScale)):
        return max(indicator.full, _NO_POINTS)
    if isinstance(scale, CountScale) and not indicator.computed:
        counted = scale.cap if best is None else min(best, scale.cap)
        if not higher:
            counted = max(best or _NO_POINTS, _NO_POINTS)
        best = Fraction(counted.numerator // counted.denominator)  # what is counted is whole
    if best is None:
        return scale.bands[0].points if isinstance(scale, BandScale) else max(indicator.full, _NO_POINTS)
    return apply_scale(indicator, measure(best)).points


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


def _apply_bands(scale: BandScale, measure: Fraction, direction: Direction) -> ScaleResult:
    higher = direction is Direction.HIGHER
    value, parts = measure.as_integer_ratio()
    for band in scale.bands:
        bound, bound_parts = band.bound.as_integer_ratio()
        above = value * bound_parts - bound * parts  # in integers, as in `_interpolate`
        if above >= 0 if higher else above <= 0:
            return ScaleResult(points=band.points, band=band.bound)
    return ScaleResult(points=scale.otherwise)


def _apply_corners(corners: Sequence[Corner], measure: Fraction, between: Between) -> ScaleResult:
    """Return the points at ``measure``, exactly at a corner its own; beyond the first and the last corner theirs."""
    if measure <= corners[0].value or measure >= corners[-1].value:
        end = corners[0] if measure <= corners[0].value else corners[-1]
        return ScaleResult(points=end.points, segment=(end,))
    low, high = next((low, high) for low, high in pairwise(corners) if measure < high.value)
    if measure == low.value or between is Between.LOWER:
        return ScaleResult(points=low.points, segment=(low,))
    if between is Between.NEAREST:
        nearest = high if 2 * measure >= low.value + high.value else low
        return ScaleResult(points=nearest.points, segment=(nearest,))
    share = (measure - low.value) / (high.value - low.value)
    return ScaleResult(points=low.points + share * (high.points - low.points), segment=(low, high))


class RankedMeasures(tuple[Fraction, ...]):
    """Measures in ascending order, of which each is looked up by `find_place` and not searched for."""

    places: Mapping[tuple[int, int], tuple[int, int]]

    def __new__(cls, measures: Iterable[Fraction]) -> Self:
        """Return the measures, which may come in any order."""
        self = super().__new__(cls, sort_exactly(measures))
        places: dict[tuple[int, int], tuple[int, int]] = {}
        for end, ratio in enumerate((measure.as_integer_ratio() for measure in self), start=1):
            places[ratio] = (places[ratio][0] if ratio in places else end - 1, end)
        self.places = places
        return self


def find_place(measure: Fraction, among: Sequence[Fraction]) -> tuple[int, int]:
    """Return how many measures, which are in ascending order, are below this one, and how many are not above it.

    >>> find_place(Fraction(2), RankedMeasures([Fraction(3), Fraction(2), Fraction(2), Fraction(1)]))
    (1, 3)
    """
    place = among.places.get(measure.as_integer_ratio()) if isinstance(among, RankedMeasures) else None
    return place or (bisect_left(among, measure), bisect_right(among, measure))


def _apply_rank(scale: RankScale, measure: Fraction, among: Sequence[Fraction], direction: Direction) -> ScaleResult:
    # equal measures have equally many better ones: ties share
    return score_rank(scale, 1 + _count_better(measure, among, direction), len(among))


def _count_better(measure: Fraction, among: Sequence[Fraction], direction: Direction) -> int:
    below, not_above = find_place(measure, among)
    return len(among) - not_above if direction is Direction.HIGHER else below


def score_rank(scale: RankScale, rank: int, of: int) -> ScaleResult:
    """Return the points of a rank among ``of``, the own value included; exactly at the bound of a band those of it."""
    reached, parts = (rank, 1) if scale.by == "position" else (100 * rank, of)
    for band in scale.bands:
        bound, bound_parts = band.bound.as_integer_ratio()
        if reached * bound_parts <= bound * parts:
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
    numerator, denominator = value.as_integer_ratio()
    return value if denominator == 1 else _round_ratio(numerator, denominator, rounding)


def round_product(value: Fraction, factor: Fraction, rounding: Rounding | None) -> Fraction:
    """Return the product rounded as `round_to` does, in integers: nothing is reduced that is rounded away.

    >>> from smartcert.model.indicator import RoundingStep
    >>> half_up = Rounding(at=RoundingStep.TOTAL, digits=1, mode=RoundingMode.HALF_UP)
    >>> round_product(Fraction(1, 3), Fraction(1, 2), half_up)
    Fraction(1, 5)
    """
    if rounding is None:
        return value * factor
    numerator, denominator = value.numerator * factor.numerator, value.denominator * factor.denominator
    return _round_ratio(numerator, denominator, rounding)


def _round_ratio(numerator: int, denominator: int, rounding: Rounding) -> Fraction:
    scale = 10**rounding.digits
    quotient, rest = divmod(abs(numerator) * scale, denominator)
    if rounding.mode is not RoundingMode.DOWN:
        tie_stays = rounding.mode is RoundingMode.HALF_EVEN and quotient % 2 == 0
        quotient += 2 * rest > denominator or (2 * rest == denominator and not tie_stays)
    return Fraction(quotient if numerator >= 0 else -quotient, scale)


def sum_exactly(values: Iterable[Fraction]) -> Fraction:
    """Return the exact sum: as ``sum``, but in integers over one denominator, which is many times faster.

    >>> sum_exactly([Fraction(1, 2), Fraction(1, 3), Fraction(1, 6)])
    Fraction(1, 1)
    """
    numerator, denominator = 0, 1
    for value in values:
        own, parts = value.as_integer_ratio()
        if parts == denominator:
            numerator += own
        else:
            common = lcm(denominator, parts)
            numerator = numerator * (common // denominator) + own * (common // parts)
            denominator = common
    return Fraction(numerator, denominator)


def sort_exactly(values: Iterable[Fraction]) -> list[Fraction]:
    """Return the values in ascending order: as ``sorted``, but comparing integers."""
    listed = list(values)
    return [listed[index] for index in argsort(listed)]


def argsort(values: Sequence[Fraction], *, descending: bool = False) -> list[int]:
    """Return the indices of the values in ascending order, or in descending order, equal ones as they stand.

    >>> argsort([Fraction(1, 2), Fraction(1, 3), Fraction(1, 2)])
    [1, 0, 2]
    >>> argsort([Fraction(1, 2), Fraction(1, 3), Fraction(1, 2)], descending=True)
    [0, 2, 1]
    """
    ratios = [value.as_integer_ratio() for value in values]
    # two of them differ by at least 1 / (the product of their denominators), so that scaled by more they differ by 1
    scale = 2 * max((denominator.bit_length() for _, denominator in ratios), default=0)
    integers = [(numerator << scale) // denominator for numerator, denominator in ratios]
    return sorted(range(len(integers)), key=integers.__getitem__, reverse=descending)
