"""From values to the scorecard: points of indicators, items, domains and the total, with their working."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from smartcert.evaluation.rounding import exact_sum, round_to
from smartcert.evaluation.scales import measure, scaled
from smartcert.evaluation.values import Candidate, Column, policy_of
from smartcert.model.applicant import SizeType
from smartcert.model.application import Missing
from smartcert.model.indicator import Edition, Indicator, Policy, Rank, Rounding, Section, Step
from smartcert.model.scorecard import IndicatorScore, Scorecard, SectionScore, Working

Cohorts = Mapping[tuple[SizeType, Column, str], Sequence[Fraction]]
"""Per size type, column and indicator scaled by rank: the measures of all who have one, ascending."""

_NONE = Fraction(0)
_WHOLE = Fraction(1)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Spread:
    """What redistribution does inside one item and column: who gives its points away, and what the others gain."""

    giving: frozenset[str]
    factor: Fraction


_UNSPREAD = _Spread(giving=frozenset(), factor=_WHOLE)


def cohorts(candidates: Iterable[Candidate], edition: Edition) -> Cohorts:
    """Return the measures against which scales by rank hold a value. Absent and not applicable ones have no place."""
    ranked = [indicator for indicator in edition.indicators() if isinstance(indicator.scale, Rank)]
    found: dict[tuple[SizeType, Column, str], list[Fraction]] = {}
    for one in candidates:
        for indicator in ranked:
            for column in Column:
                value = one.values[column][indicator.id]
                if not isinstance(value, Missing):
                    measured = _measured(value, indicator, one, edition)[1]
                    found.setdefault((one.size_type, column, indicator.id), []).append(measured)
    return {key: sorted(measures) for key, measures in found.items()}


def scorecard(one: Candidate, edition: Edition, among: Cohorts) -> Scorecard:
    """Return the scorecard: the confirmed column counts, totals of the other two are told beside it.

    Points never leave 0 .. out_of. Rounding happens only at the steps that the edition orders.
    """
    domains = tuple(_section(domain, one, edition, among, Step.DOMAIN) for domain in edition.domains)
    exact = exact_sum(domain.points for domain in domains)
    rounding = edition.round_at(Step.TOTAL)
    return Scorecard(
        edition=edition.id,
        out_of=edition.points,
        domains=domains,
        exact=exact,
        points=round_to(exact, rounding),
        claimed=_total(domains, edition, Column.CLAIMED),
        desk=_total(domains, edition, Column.DESK),
        rounding=edition.rounding,
    )


def _section(section: Section, one: Candidate, edition: Edition, among: Cohorts, step: Step | None) -> SectionScore:
    parts = tuple(_section(part, one, edition, among, None) for part in section.sections)
    scores = _item(section, one, edition, among)
    exact = exact_sum([*(part.points for part in parts), *(score.points for score in scores)])
    return SectionScore(
        id=section.id,
        name=section.name,
        out_of=section.points,
        exact=exact,
        points=round_to(exact, _rounding_of(edition, step, leaf=bool(section.indicators))),
        sections=parts,
        indicators=scores,
    )


def _rounding_of(edition: Edition, step: Step | None, *, leaf: bool) -> Rounding | None:
    if step is Step.DOMAIN:
        return edition.round_at(Step.DOMAIN)
    return edition.round_at(Step.ITEM) if leaf else None


def _item(section: Section, one: Candidate, edition: Edition, among: Cohorts) -> tuple[IndicatorScore, ...]:
    spreads = {column: _spread(section, one, column) for column in Column}
    return tuple(_score(indicator, one, edition, among, spreads) for indicator in section.indicators)


def _spread(section: Section, one: Candidate, column: Column) -> _Spread:
    giving = frozenset(
        indicator.id
        for indicator in section.indicators
        if isinstance(value := one.values[column][indicator.id], Missing)
        and policy_of(indicator, value) is Policy.REDISTRIBUTE
    )
    if not giving:
        return _UNSPREAD
    taking = exact_sum(indicator.points for indicator in section.indicators if indicator.id not in giving)
    return _Spread(giving=giving, factor=section.points / taking if taking else _WHOLE)


def _score(
    indicator: Indicator, one: Candidate, edition: Edition, among: Cohorts, spreads: Mapping[Column, _Spread]
) -> IndicatorScore:
    workings = _workings(indicator, one, edition, among, spreads)
    measurement = one.application.measurements.get(indicator.id)
    inspection = one.application.inspections.get(indicator.id)
    spread = spreads[Column.CONFIRMED]
    return IndicatorScore(
        indicator=indicator,
        out_of=_out_of(indicator, spread),
        claimed=workings[Column.CLAIMED],
        desk=workings[Column.DESK],
        confirmed=workings[Column.CONFIRMED],
        combination=one.combinations.get(indicator.id),
        desk_reason=measurement.desk_reason if measurement else "",
        site_reason=inspection.reason if inspection else "",
        inspected=inspection is not None,
        verified=inspection.verified if inspection else None,
        evidence_document=measurement.evidence_document if measurement else "",
        evidence_page=measurement.evidence_page if measurement else "",
    )


def _out_of(indicator: Indicator, spread: _Spread) -> Fraction:
    if not spread.giving:
        return indicator.points
    return _NONE if indicator.id in spread.giving else indicator.points * spread.factor


def _workings(
    indicator: Indicator, one: Candidate, edition: Edition, among: Cohorts, spreads: Mapping[Column, _Spread]
) -> dict[Column, Working]:
    """Return one working per column; a column that is as the one before it, as most are, is not worked out again."""
    made: dict[Column, Working] = {}
    before: Column | None = None
    for column in Column:
        same = (
            before is not None
            and not isinstance(indicator.scale, Rank)
            and _same(one.values[column][indicator.id], one.values[before][indicator.id])
            and _same(spreads[column], spreads[before])
        )
        made[column] = (
            made[before] if before and same else _working(indicator, one, edition, among, column, spreads[column])
        )
        before = column
    return made


def _same(a: object, b: object) -> bool:
    return a is b or a == b


def _working(
    indicator: Indicator, one: Candidate, edition: Edition, among: Cohorts, column: Column, spread: _Spread
) -> Working:
    value = one.values[column][indicator.id]
    if isinstance(value, Missing):
        policy = policy_of(indicator, value)
        return Working(value=value, measure=None, exact=_NONE, points=_NONE, policy=policy)
    exact_measure, measured = _measured(value, indicator, one, edition)
    given = scaled(indicator, measured, among.get((one.size_type, column, indicator.id), ()))
    points = round_to(given.points, edition.round_at(Step.INDICATOR))
    return Working(
        value=value,
        measure=measured,
        exact=given.points,
        points=points * spread.factor if spread.giving else points,
        rank=given.rank,
        of=given.of,
        band=given.band,
        population=one.population if indicator.per_people else None,
        measure_exact=None if _same(exact_measure, measured) else exact_measure,
        spread=spread.factor if spread.giving else None,
    )


def _measured(value: Fraction, indicator: Indicator, one: Candidate, edition: Edition) -> tuple[Fraction, Fraction]:
    """Return the measure exactly and as rounded; only a figure per head is rounded here."""
    exact = measure(value, indicator, one.population)
    return exact, round_to(exact, edition.round_at(Step.MEASURE)) if indicator.per_people else exact


def _total(domains: tuple[SectionScore, ...], edition: Edition, column: Column) -> Fraction:
    exact = exact_sum(_column(domain, edition, column, Step.DOMAIN) for domain in domains)
    return round_to(exact, edition.round_at(Step.TOTAL))


def _column(section: SectionScore, edition: Edition, column: Column, step: Step | None) -> Fraction:
    parts = [_column(part, edition, column, None) for part in section.sections]
    exact = exact_sum([*parts, *(getattr(score, column).points for score in section.indicators)])
    return round_to(exact, _rounding_of(edition, step, leaf=bool(section.indicators)))
