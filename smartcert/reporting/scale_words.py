"""Scales in words and sums: the rule of an indicator, and how one value went through it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from smartcert.model.application import Missing
from smartcert.model.indicator import Band, Bands, Counted, Direction, Indicator, Linear, Marks, Rank, YesNo
from smartcert.model.scorecard import Working
from smartcert.reporting import figures
from smartcert.reporting.values import quantity
from smartcert.reporting.words import Words


@dataclass(frozen=True, kw_only=True, slots=True)
class Reached:
    """One part of a rule, and whether the confirmed value reached it."""

    text: str
    reached: bool = False


def rule(indicator: Indicator, working: Working, words: Words) -> tuple[Reached, ...]:
    """Return the scale of an indicator in words, the part that the working reached marked, and what may be claimed."""
    return (*_scale(indicator, working, words), *_limits(indicator, words))


def _limits(indicator: Indicator, words: Words) -> tuple[Reached, ...]:
    limits = {"at_least": indicator.limits.at_least, "at_most": indicator.limits.at_most}
    shown = {name: quantity(value, indicator.unit, words) for name, value in limits.items() if value is not None}
    if not shown:
        return ()
    key = "limits" if len(shown) == len(limits) else "limits_from" if "at_least" in shown else "limits_to"
    return (Reached(text=words(f"working.{key}", **shown)),)


def _scale(indicator: Indicator, working: Working, words: Words) -> tuple[Reached, ...]:
    scale = indicator.scale
    there = not isinstance(working.value, Missing)
    match scale:
        case Bands():
            lines = [_band(indicator, band, words) for band in scale.bands]
            return _marked(lines, scale.bands, scale.otherwise, working, words)
        case Rank():
            key, name = ("rank_position", "place") if scale.by == "position" else ("rank_share", "share")
            lines = [words(f"working.{key}", **{name: band.bound, "points": band.points}) for band in scale.bands]
            return _marked(lines, scale.bands, scale.otherwise, working, words)
        case Linear():
            ends = {"zero_at": scale.zero_at, "full_at": scale.full_at}
            shown = {name: quantity(value, indicator.unit, words) for name, value in ends.items()}
            return (Reached(text=words("working.linear", points=indicator.points, **shown)),)
        case Marks():
            line = words("working.marks", points=indicator.points, zero_at=scale.zero_at, full_at=scale.full_at)
            return (Reached(text=line),)
        case Counted():
            return (Reached(text=words("working.counted", each=scale.points_each, cap=scale.cap)),)
        case YesNo():
            yes = words("working.yes", points=indicator.points)
            no = words("working.no", points=0)
            value = bool(working.value) if there else None
            return (Reached(text=yes, reached=value is True), Reached(text=no, reached=value is False))


def _band(indicator: Indicator, band: Band, words: Words) -> str:
    key = "band_at_least" if indicator.direction is Direction.HIGHER else "band_at_most"
    return words(f"working.{key}", bound=quantity(band.bound, indicator.unit, words), points=band.points)


def _marked(
    lines: list[str], bands: tuple[Band, ...], otherwise: Fraction, working: Working, words: Words
) -> tuple[Reached, ...]:
    there = not isinstance(working.value, Missing)
    parts = [
        Reached(text=line, reached=there and band.bound == working.band)
        for line, band in zip(lines, bands, strict=True)
    ]
    rest = Reached(text=words("working.otherwise", points=otherwise), reached=there and working.band is None)
    return (*parts, rest)


def reached(indicator: Indicator, working: Working, points: Fraction, words: Words) -> str:
    """Return how the measure of a working became ``points`` (before any spread and rounding).

    Where the measure lies beyond the end of a straight line the words say so instead of a sum.
    """
    scale = indicator.scale
    measure = working.measure if working.measure is not None else Fraction(0)
    match scale:
        case Bands():
            band = next((band for band in scale.bands if band.bound == working.band), None)
            none_reached = words("working.none_reached", points=points)
            return none_reached if band is None else _band(indicator, band, words)
        case Rank():
            return _ranked(scale, working, points, words)
        case Linear() | Marks():
            return _along(indicator, scale, measure, points, words)
        case Counted():
            counted = max(min(measure, scale.cap), Fraction(0))
            sum_ = f"{figures.number(counted)} × {figures.number(scale.points_each)} {figures.equals(points)}"
            return words("working.counted_sum", sum=sum_, cap=scale.cap) if measure > scale.cap else sum_
        case YesNo():
            return words("working.yes" if measure else "working.no", points=points)


def _along(indicator: Indicator, scale: Linear | Marks, measure: Fraction, points: Fraction, words: Words) -> str:
    share = (measure - scale.zero_at) / (scale.full_at - scale.zero_at)
    if isinstance(scale, Marks) and not 0 < share < 1:
        return words("working.mark_full" if share >= 1 else "working.mark_none", mark=measure, points=points)
    if share >= 1:
        return words("working.full", full_at=quantity(scale.full_at, indicator.unit, words), points=points)
    if share <= 0:
        return words("working.none", zero_at=quantity(scale.zero_at, indicator.unit, words))
    times = figures.number(indicator.points)
    result = figures.equals(points)
    value, zero_at, full_at = (_operand(one) for one in (measure, scale.zero_at, scale.full_at))
    if not scale.zero_at:
        return f"{times} × {value} ÷ {full_at} {result}"
    return f"{times} × ({value} − {zero_at}) ÷ ({full_at} − {zero_at}) {result}"


def _operand(value: Fraction) -> str:
    shown = figures.number(value)
    return f"({shown})" if value < 0 else shown


def _ranked(scale: Rank, working: Working, points: Fraction, words: Words) -> str:
    rank, of = working.rank or 0, working.of or 1
    if scale.by == "position":
        place = words("working.ranked", rank=rank, of=of)
    else:
        share = Fraction(100 * rank, of)
        place = words("working.ranked_share", rank=rank, of=of, rank_again=rank, of_again=of, share=share)
    band = next((band for band in scale.bands if band.bound == working.band), None)
    if band is None:
        return f"{place} → {words('working.none_reached', points=points)}"
    key, name = ("rank_position", "place") if scale.by == "position" else ("rank_share", "share")
    return f"{place} → {words(f'working.{key}', **{name: band.bound, 'points': band.points})}"
