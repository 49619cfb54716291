"""How the engine's steps are written as spreadsheet formulas, so that a form's live total is what the engine gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise

from smartcert.io.formats.csv import format_exact
from smartcert.model.formula import Formula, Name, Number, Operator
from smartcert.model.indicator import (
    Band,
    BandScale,
    Between,
    Combine,
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
    TotalMethod,
    TotalRule,
    YesNoScale,
)

# binary fractions are rounded to this many decimal places before a rounding is applied, so that 0.285 is not 0.28499...
_GUARD_DIGITS = 10


def format_literal(value: Fraction) -> str:
    """Return a number as a formula writes it: a decimal if it ends, else a division in brackets."""
    text = format_exact(value)
    return f"({text})" if "/" in text else text


_LONGEST_TEXT = 255
"""The most characters of one text in a formula."""


def quote_text(text: str) -> str:
    """Return a text as a formula writes it: quotes doubled, and one that is too long in several pieces."""
    pieces = [text[at : at + _LONGEST_TEXT] for at in range(0, len(text), _LONGEST_TEXT)] or [""]
    return "&".join('"' + piece.replace('"', '""') + '"' for piece in pieces)


def round_formula(inner: str, rounding: Rounding | None) -> str:
    """Return the formula that rounds ``inner``; ``inner`` itself where no rule rounds it."""
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
    """Return the formula of the measure: the value itself; one that is computed, per so many people too, rounded."""
    if not indicator.computed:
        return value
    divisor = indicator.divisor
    exact = value if divisor is None else f"{value}*{format_literal(divisor.times)}/{population}"
    return round_formula(exact, rounding) if rounding else f"ROUND({exact},{_GUARD_DIGITS})"


def figures_formula(formula: Formula, cells: Mapping[str, str]) -> str:
    """Return a formula of figures over the cells that they stand in; a division by zero is an error of the cell."""
    match formula:
        case Number(value=value):
            return format_literal(value)
        case Name(id=name):
            return cells[name]
    parts = [figures_formula(part, cells) for part in formula.parts]
    if formula.operator in (Operator.LEAST, Operator.MOST):
        return f"{formula.operator.upper()}({','.join(parts)})"
    if formula.operator is Operator.DIVIDE and not isinstance(formula.parts[1], Name):
        # what is zero in fractions may be a trifle in a spreadsheet
        parts[1] = f"ROUND({parts[1]},{_GUARD_DIGITS + 2})"
    return f"({parts[0]}{formula.operator}{parts[1]})"


def combine_formula(combine: Combine | None, parts: Sequence[str], further: Iterable[str], ranked: str) -> str:
    """Return the formula of a section's points, before rounding, from those below.

    ``parts`` are cells or formulas, of which the best so many count where that is ordered: ``ranked`` is then the range
    of cells in which they stand. All of ``further`` is added before cap and floor.
    """
    rule = combine or Combine()
    if rule.best is None or rule.best >= len(parts):
        counted = f"SUM({','.join(parts)})" if parts else "0"
    else:
        counted = "+".join(f"LARGE({ranked},{place})" for place in range(1, rule.best + 1))
    return clamp_formula("+".join((counted, *further)), rule.floor, rule.cap)


def clamp_formula(inner: str, floor: Fraction | None, cap: Fraction | None) -> str:
    """Return the formula that keeps ``inner`` within two ends, each of which may be missing."""
    if cap is not None:
        inner = f"MIN({inner},{format_literal(cap)})"
    return inner if floor is None else f"MAX({inner},{format_literal(floor)})"


def total_formula(
    domains: Sequence[tuple[str, Fraction, Fraction]],
    bonus: Sequence[str],
    deductions: Sequence[str],
    rule: TotalRule | None,
) -> str:
    """Return the formula of the total before rounding; ``domains`` are cells with points possible and weight."""
    if rule is None or rule.method is TotalMethod.SUM:
        own = "+".join(cell if weight == 1 else f"{format_literal(weight)}*{cell}" for cell, _, weight in domains)
    else:
        every = sum((weight for _, most, weight in domains if most), Fraction(0))
        shares = [
            (f"MAX({cell},0)/{format_literal(most)}", format_literal(weight / every))
            for cell, most, weight in domains
            if most
        ]
        if rule.method is TotalMethod.ARITHMETIC:
            mean = "+".join(f"{weight}*{share}" for share, weight in shares)
        else:
            mean = "*".join(f"({share})^{weight}" for share, weight in shares)
        own = f"{format_literal(rule.out_of)}*({mean})"
    if bonus:
        more = f"SUM({','.join(bonus)})"
        own += f"+{clamp_formula(more, None, rule.bonus_cap if rule else None)}"
    own += "".join(f"+{cell}" for cell in deductions)
    return clamp_formula(own, rule.floor if rule else Fraction(0), rule.cap if rule else None)


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
