"""Rounding where a rule orders it, sums and order: exact, and in whole numbers where that is faster."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import lcm

from smartcert.model.indicator import Mode, Rounding


def round_to(value: Fraction, rounding: Rounding | None) -> Fraction:
    """Return ``value`` rounded as ordered, or as it is where nothing is ordered.

    A half goes away from zero under half-up, to the even digit under half-even; down cuts off towards zero.

    >>> from smartcert.model.indicator import Step
    >>> half_up = Rounding(at=Step.TOTAL, digits=1, mode=Mode.HALF_UP)
    >>> round_to(Fraction("1399.95"), half_up)
    Fraction(1400, 1)
    >>> round_to(Fraction("1399.94"), half_up)
    Fraction(13999, 10)
    """
    if rounding is None:
        return value
    scale = 10**rounding.digits
    whole, rest = divmod(abs(value.numerator) * scale, value.denominator)
    if _goes_up(2 * rest, value.denominator, whole, rounding.mode):
        whole += 1
    return Fraction(whole if value.numerator >= 0 else -whole, scale)


def exact_sum(values: Iterable[Fraction]) -> Fraction:
    """Return the exact sum: as ``sum``, but with whole numbers over one denominator, which is many times faster.

    >>> exact_sum([Fraction(1, 2), Fraction(1, 3), Fraction(1, 6)])
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


def exact_order(values: Iterable[Fraction]) -> list[Fraction]:
    """Return the values in ascending order: as ``sorted``, but comparing whole numbers over one denominator."""
    listed = list(values)
    return [listed[place] for place in ascending(listed)]


def ascending(values: Sequence[Fraction]) -> list[int]:
    """Return the places of the values in ascending order, equal ones as they stand.

    >>> ascending([Fraction(1, 2), Fraction(1, 3), Fraction(1, 2)])
    [1, 0, 2]
    """
    common = lcm(*(value.denominator for value in values))
    wholes = [value.numerator * (common // value.denominator) for value in values]
    return sorted(range(len(wholes)), key=wholes.__getitem__)


def _goes_up(twice_rest: int, one: int, whole: int, mode: Mode) -> bool:
    if mode is Mode.DOWN:
        return False
    if twice_rest == one and mode is Mode.HALF_EVEN:
        return whole % 2 == 1
    return twice_rest >= one
