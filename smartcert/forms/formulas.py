"""How the engine's steps are written as spreadsheet formulas, so that a form's live total is what the engine gives."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from smartcert.io.formats.csv import format_exact
from smartcert.model.indicator import (
    Band,
    BandScale,
    Between,
    Corner,
    CountScale,
    Direction,
    Indicator,
    LinearScale,
    Marks,
    PiecewiseScale,
    RankScale,
    Rounding,
    RoundingMode,
    TableScale,
    TargetScale,
    YesNoScale,
)

# binary fractions are rounded to this many decimal places before a rounding is applied, so that 0.285 is not 0.28499...
_GUARD_DIGITS = 10


def format_literal(value: Fraction) -> str:
    """Return a number as a formula writes it: a decimal if it ends, else a division in brackets."""
    text = format_exact(value)
    return f"({text})" if "/" in text else text


def round_formula(inner: str, rounding: Rounding | None) -> str:
    """Return the formula that rounds ``inner``, which is never negative; ``inner`` itself where no rule rounds it."""
    if rounding is None:
        return inner
    guarded, digits = f"ROUND({inner},{_GUARD_DIGITS})", rounding.digits
    match rounding.mode:
        case RoundingMode.HALF_UP:
            return f"ROUND({guarded},{digits})"
        case RoundingMode.DOWN:
            return f"ROUNDDOWN({guarded},{digits})"
        case RoundingMode.HALF_EVEN:
            steps = f"ROUND(({inner})*{10**digits},{_GUARD_DIGITS - 2})"  # a sum is multiplied as a sum
            half = f"{steps}-INT({steps})=0.5"
            return f"IF({half},INT({steps})+MOD(INT({steps}),2),ROUND({steps},0))/{10**digits}"


def measure_formula(indicator: Indicator, value: str, population: str, rounding: Rounding | None) -> str:
    """Return the formula of the measure: the value itself, or the value per so many people, rounded."""
    if indicator.per_people is None:
        return value
    per_head = f"{value}*{indicator.per_people}/{population}"
    return round_formula(per_head, rounding) if rounding else f"ROUND({per_head},{_GUARD_DIGITS})"


def points_formula(indicator: Indicator, value: str, measured: str, yes: str) -> str | None:
    """Return the formula of the exact points; None for points by rank, which depend on the other applicants."""
    match indicator.scale:
        case BandScale(bands=bands, otherwise=otherwise):
            return _bands_formula(bands, otherwise, measured, indicator.direction)
        case LinearScale(zero_at=zero_at, full_at=full_at) | Marks(zero_at=zero_at, full_at=full_at):
            share = f"({measured}-({format_literal(zero_at)}))/({format_literal(full_at - zero_at)})"
            return f"{format_literal(indicator.full)}*MIN(MAX({share},0),1)"
        case YesNoScale():
            return f'IF({value}="{yes}",{format_literal(indicator.full)},0)'
        case CountScale(points_each=each, cap=cap):
            return f"{format_literal(each)}*MAX(MIN({measured},{format_literal(cap)}),0)"
        case RankScale():
            return None
        case PiecewiseScale() | TargetScale():
            return _corners_formula(indicator.list_corners(), measured, Between.LINEAR)
        case TableScale(rows=rows, between=between):
            return _corners_formula(rows, measured, between)


def _corners_formula(corners: tuple[Corner, ...], measured: str, between: Between) -> str:
    """Return the formula of points between corners, or rows of a table, beyond the ends those of the ends."""
    formula = format_literal(corners[-1].points)
    for low, high in reversed(tuple(pairwise(corners))):
        start, end = format_literal(low.points), format_literal(high.points)
        if between is Between.LINEAR:
            slope = format_literal((high.points - low.points) / (high.value - low.value))
            inside = f"{start}+({measured}-({format_literal(low.value)}))*({slope})"
        elif between is Between.LOWER:
            inside = start
        else:
            inside = f"IF(2*{measured}>={format_literal(low.value + high.value)},{end},{start})"
        formula = f"IF({measured}<{format_literal(high.value)},{inside},{formula})"
    first = corners[0]
    return f"IF({measured}<={format_literal(first.value)},{format_literal(first.points)},{formula})"


def _bands_formula(bands: tuple[Band, ...], otherwise: Fraction, measured: str, direction: Direction) -> str:
    sign = ">=" if direction is Direction.HIGHER else "<="
    formula = format_literal(otherwise)
    for band in reversed(bands):
        formula = f"IF({measured}{sign}{format_literal(band.bound)},{format_literal(band.points)},{formula})"
    return formula


def beyond_limits_formula(cell: str, indicator: Indicator) -> str:
    """Return the formula that is true for a number beyond the limits; the empty text where the indicator has none.

    A number exactly at a limit is allowed.
    """
    low, high = indicator.limits.at_least, indicator.limits.at_most
    bounds = [f"{cell}<{format_literal(low)}"] if low is not None else []
    bounds += [f"{cell}>{format_literal(high)}"] if high is not None else []
    if isinstance(indicator.scale, CountScale):
        bounds += [f"{cell}<0", f"{cell}<>INT({cell})"]
    return f"IF(ISNUMBER({cell}),OR({','.join(bounds)}),FALSE)" if bounds else ""
