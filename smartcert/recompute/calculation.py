"""The sums of a trace again: indicators, items, domains, the total, and the level."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction

from smartcert.evaluation.levels import level_at
from smartcert.evaluation.rounding import round_to
from smartcert.model.citation import Basis
from smartcert.model.indicator import Step
from smartcert.model.level import Bound, FloorHeld, LevelResult
from smartcert.model.scorecard import IndicatorScore, Scorecard, SectionScore
from smartcert.recompute.columns import COLUMNS, Given, combined, indicator_of, spread_of, text, values, working
from smartcert.reporting.trace_form import Trace, TracedIndicator, TracedSection

_NONE = Fraction(0)
_CONFIRMED = 2
_DIGITS = 12
"""More digits than any rule rounds to; a trace that wants more is not calculated."""


def scorecard_of(trace: Trace) -> Scorecard:
    """Return the scorecard that a trace leads to.

    Raises:
        ValueError, ZeroDivisionError: the trace cannot be calculated.
    """
    if any(not 0 <= one.digits <= _DIGITS for one in trace.rounding):
        raise ValueError("a number is rounded to no sensible number of digits")
    given = Given(
        rounding={one.at: one for one in trace.rounding},
        population=trace.population,
        excluded=frozenset(trace.excluded),
    )
    domains = tuple(_section(domain, given, top=True) for domain in trace.domains)
    totals = [_total(domains, column, given) for column in range(COLUMNS)]
    exact = sum((domain.points for domain in domains), _NONE)
    return Scorecard(
        edition=trace.edition,
        out_of=trace.out_of,
        domains=domains,
        exact=exact,
        points=totals[_CONFIRMED],
        claimed=totals[0],
        desk=totals[1],
        rounding=trace.rounding,
    )


def level_of(trace: Trace, card: Scorecard) -> LevelResult:
    """Return the level of a scorecard under the bounds of a trace."""
    bounds = tuple(
        Bound(
            level=one.level,
            points=one.percent * trace.out_of / 100,
            share=one.percent / 100,
            basis=Basis(name=f"levels.level_{one.level}", since=date.min, status=one.status, cite=()),
            certified=one.certified,
        )
        for one in trace.bounds
    )
    points = {domain.id: domain.points for domain in card.domains}
    names = {domain.id: domain.name for domain in card.domains}
    plain = LevelResult(level=0, certified=False, bounds=bounds)
    under = LevelResult(level=0, certified=False, bounds=bounds, floor_bounds=trace.floors)
    level = level_at(card.points, points, under)
    return LevelResult(
        level=level,
        certified=any(bound.level == level and bound.certified for bound in bounds),
        bounds=bounds,
        floors=tuple(
            FloorHeld(
                domain=names[one.domain],
                points=points[one.domain],
                floor=one.points,
                best_level=one.best_level,
            )
            for one in trace.floors
            if points[one.domain] < one.points
        ),
        by_points=level_at(card.points, points, plain),
        floor_bounds=trace.floors,
    )


def _section(section: TracedSection, given: Given, *, top: bool) -> SectionScore:
    parts = tuple(_section(part, given, top=False) for part in section.sections)
    scores = tuple(_scores(section, given))
    exact = sum((part.points for part in parts), _NONE) + sum((score.points for score in scores), _NONE)
    return SectionScore(
        id=section.id,
        name=text(section.name),
        out_of=section.points,
        exact=exact,
        points=_rounded(exact, given, top=top, leaf=bool(scores)),
        sections=parts,
        indicators=scores,
    )


def _rounded(exact: Fraction, given: Given, *, top: bool, leaf: bool) -> Fraction:
    step = Step.DOMAIN if top else Step.ITEM if leaf else None
    return round_to(exact, given.rounding.get(step) if step else None)


def _scores(section: TracedSection, given: Given) -> Iterator[IndicatorScore]:
    marks = {one.id: combined(one, given) for one in section.indicators}
    found = {one.id: values(one, marks[one.id]) for one in section.indicators}
    spreads = [spread_of(section, {name: taken[column] for name, taken in found.items()}) for column in range(COLUMNS)]
    for one in section.indicators:
        claimed, desk, confirmed = (
            working(one, found[one.id][column], column, spreads[column][1], given) for column in range(COLUMNS)
        )
        giving, factor = spreads[_CONFIRMED]
        yield IndicatorScore(
            indicator=indicator_of(one),
            out_of=_NONE if one.id in giving else one.points * factor,
            claimed=claimed,
            desk=desk,
            confirmed=confirmed,
            combination=marks[one.id],
            desk_reason=one.desk_reason,
            site_reason=one.site_reason,
            inspected=bool(one.inspection),
            verified=_verified(one),
            evidence_document=one.document,
            evidence_page=one.page,
        )


def _verified(one: TracedIndicator) -> bool | None:
    return one.inspection == "verified" if one.inspection else None


def _total(domains: tuple[SectionScore, ...], column: int, given: Given) -> Fraction:
    exact = sum((_column(domain, column, given, top=True) for domain in domains), _NONE)
    return round_to(exact, given.rounding.get(Step.TOTAL))


def _column(section: SectionScore, column: int, given: Given, *, top: bool) -> Fraction:
    exact = sum((_column(part, column, given, top=False) for part in section.sections), _NONE)
    exact += sum(((score.claimed, score.desk, score.confirmed)[column].points for score in section.indicators), _NONE)
    return _rounded(exact, given, top=top, leaf=bool(section.indicators))
