"""How the engine's steps are said as spreadsheet formulas, so that a form's live total is what the engine gives.

A spreadsheet counts in binary fractions. Each value is therefore rounded to ten digits before it is compared or rounded
as the edition orders: what lies exactly on a bound or a half is then taken for what it is.
"""

from __future__ import annotations

from fractions import Fraction

from smartcert.intake.written import number
from smartcert.model.indicator import (
    Band,
    Bands,
    Counted,
    Direction,
    Indicator,
    Linear,
    Marks,
    Mode,
    Rank,
    Rounding,
    YesNo,
)

_GUARD = 10


def literal(value: Fraction) -> str:
    """Return a number as a formula writes it: a decimal, else a division."""
    text = number(value)
    return f"({text})" if "/" in text else text


def rounded(inner: str, rounding: Rounding | None) -> str:
    """Return a formula rounded as ordered; without an order it is as it was. ``inner`` is never negative."""
    if rounding is None:
        return inner
    guarded, digits = f"ROUND({inner},{_GUARD})", rounding.digits
    match rounding.mode:
        case Mode.HALF_UP:
            return f"ROUND({guarded},{digits})"
        case Mode.DOWN:
            return f"ROUNDDOWN({guarded},{digits})"
        case Mode.HALF_EVEN:
            steps = f"ROUND({inner}*{10**digits},{_GUARD - 2})"
            half = f"{steps}-INT({steps})=0.5"
            return f"IF({half},INT({steps})+MOD(INT({steps}),2),ROUND({steps},0))/{10**digits}"


def measure(indicator: Indicator, value: str, population: str, rounding: Rounding | None) -> str:
    """Return the formula of the measure: the value, or per so many people and rounded as ordered."""
    if indicator.per_people is None:
        return value
    per_head = f"{value}*{indicator.per_people}/{population}"
    return rounded(per_head, rounding) if rounding else f"ROUND({per_head},{_GUARD})"


def points(indicator: Indicator, value: str, measured: str, yes: str) -> str | None:
    """Return the formula of the exact points; None where they hang on the others (by rank)."""
    match indicator.scale:
        case Bands(bands=bands, otherwise=otherwise):
            return _bands(bands, otherwise, measured, indicator.direction)
        case Linear(zero_at=zero_at, full_at=full_at) | Marks(zero_at=zero_at, full_at=full_at):
            share = f"({measured}-({literal(zero_at)}))/({literal(full_at - zero_at)})"
            return f"{literal(indicator.points)}*MIN(MAX({share},0),1)"
        case YesNo():
            return f'IF({value}="{yes}",{literal(indicator.points)},0)'
        case Counted(points_each=each, cap=cap):
            return f"{literal(each)}*MAX(MIN({measured},{literal(cap)}),0)"
        case Rank():
            return None


def _bands(bands: tuple[Band, ...], otherwise: Fraction, measured: str, direction: Direction) -> str:
    sign = ">=" if direction is Direction.HIGHER else "<="
    formula = literal(otherwise)
    for band in reversed(bands):
        formula = f"IF({measured}{sign}{literal(band.bound)},{literal(band.points)},{formula})"
    return formula
