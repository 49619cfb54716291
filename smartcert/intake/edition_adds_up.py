"""Whether an edition adds up: points of every section, counts and points as stated, rounding in its order."""

from __future__ import annotations

from fractions import Fraction
from typing import Protocol

from smartcert.intake.edition_scales import hold_id
from smartcert.intake.typed import Decoder
from smartcert.intake.yaml_text import Path
from smartcert.model.indicator import Indicator, IndicatorKind, Policy, Rounding, Section, Step

_MOST_DIGITS = 6


class Stated(Protocol):
    """The counts and points that a file states for the whole."""

    @property
    def domains(self) -> int: ...  # noqa: D102 - a field
    @property
    def items(self) -> int: ...  # noqa: D102 - a field
    @property
    def indicators(self) -> int: ...  # noqa: D102 - a field
    @property
    def points(self) -> Fraction: ...  # noqa: D102 - a field
    @property
    def quantitative(self) -> Fraction: ...  # noqa: D102 - a field
    @property
    def qualitative(self) -> Fraction: ...  # noqa: D102 - a field


def hold_section(decoder: Decoder, section: Section, path: Path, seen: dict[str, Path]) -> None:
    """Tell a section that is empty or mixed, whose points are not those below, or that could lose all indicators."""
    hold_id(decoder, section.id, path, seen)
    if bool(section.sections) is bool(section.indicators):
        decoder.refuse(path, "both items and indicators, or neither", "either items or indicators")
        return
    below = sum((one.points for one in section.sections or section.indicators), Fraction(0))
    if below != section.points:
        wanted = f"{below}, the sum of what is below"
        decoder.refuse((*path, "points"), f"{section.points} points for '{section.id}'", wanted)
    if section.indicators and all(_may_vanish(indicator) for indicator in section.indicators):
        found = f"redistribute for every indicator of '{section.id}'"
        decoder.refuse(path, found, "at least one that always keeps its points")


def _may_vanish(indicator: Indicator) -> bool:
    return Policy.REDISTRIBUTE in (indicator.absent, indicator.not_applicable)


def hold_counts(decoder: Decoder, stated: Stated, domains: tuple[Section, ...]) -> None:
    """Tell every count or sum that is not as stated."""
    indicators = [indicator for domain in domains for indicator in domain.walk()]
    kinds = {kind: sum((one.points for one in indicators if one.kind is kind), Fraction(0)) for kind in IndicatorKind}
    counted: dict[str, int | Fraction] = {
        "domains": len(domains),
        "items": sum(1 for domain in domains for _ in domain.items()),
        "indicators": len(indicators),
        "points": sum((domain.points for domain in domains), Fraction(0)),
        "quantitative": kinds[IndicatorKind.QUANTITATIVE],
        "qualitative": kinds[IndicatorKind.QUALITATIVE],
    }
    for name, number in counted.items():
        if getattr(stated, name) != number:
            decoder.refuse(("stated", name), f"{getattr(stated, name)} stated", f"{number}, as the file holds")


def hold_rounding(decoder: Decoder, rounding: tuple[Rounding, ...]) -> None:
    """Tell steps that repeat or stand out of their order, and digits that are not from 0 to 6."""
    order = list(Step)
    last = -1
    for number, one in enumerate(rounding):
        if order.index(one.at) <= last:
            wanted = f"each step once, in the order {', '.join(order)}"
            decoder.refuse(("rounding", number, "at"), f"'{one.at}' here", wanted)
        last = max(last, order.index(one.at))
        if not 0 <= one.digits <= _MOST_DIGITS:
            decoder.refuse(("rounding", number, "digits"), str(one.digits), f"a whole number from 0 to {_MOST_DIGITS}")
