"""Rounding where a rule orders it, exactly."""

from __future__ import annotations

from fractions import Fraction
from math import floor

from smartcert.model.indicator import Mode, Rounding

_HALF = Fraction(1, 2)


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
    unit = Fraction(1, 10**rounding.digits)
    steps = abs(value) / unit
    whole = floor(steps)
    if _goes_up(steps - whole, whole, rounding.mode):
        whole += 1
    return whole * unit if value >= 0 else -whole * unit


def _goes_up(rest: Fraction, whole: int, mode: Mode) -> bool:
    if mode is Mode.DOWN:
        return False
    if rest == _HALF and mode is Mode.HALF_EVEN:
        return whole % 2 == 1
    return rest >= _HALF
