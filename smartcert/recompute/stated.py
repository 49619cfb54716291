"""The outcome that a trace states, held against the one that it leads to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from smartcert.model.level import LevelResult
from smartcert.model.scorecard import Scorecard, SectionScore
from smartcert.recompute.difference import Difference
from smartcert.reporting.trace_form import Printed


def stated_otherwise(printed: Printed, card: Scorecard, result: LevelResult) -> Iterator[Difference]:
    """Yield every number of the stated outcome that is not the calculated one."""
    again = {
        "level": (printed.level, result.level),
        "certified": (printed.certified, result.certified),
        "points": (printed.points, card.points),
        "points before rounding": (printed.exact, card.exact),
        "points as claimed": (printed.claimed, card.claimed),
        "points at the desk": (printed.desk, card.desk),
    }
    for name, (stated, calculated) in again.items():
        if stated != calculated:
            yield Difference(where=f"trace, {name}", printed=str(stated), recomputed=str(calculated))
    sections = {part.id: part.points for domain in card.domains for part in _walk(domain)}
    yield from _points(printed.sections, sections)
    yield from _points(printed.indicators, {one.indicator.id: one.points for one in card.indicators()})


def _points(stated: Mapping[str, Fraction], calculated: Mapping[str, Fraction]) -> Iterator[Difference]:
    for name in {**stated, **calculated}:
        one, other = stated.get(name, ""), calculated.get(name, "")
        if one != other:
            yield Difference(where=f"trace, points of {name}", printed=str(one), recomputed=str(other))


def _walk(section: SectionScore) -> Iterator[SectionScore]:
    yield section
    for part in section.sections:
        yield from _walk(part)
