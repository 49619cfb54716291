"""Values -> points, peers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from smartcert.evaluation.marks import combine_marks, label_evaluators
from smartcert.evaluation.scales import apply_scale, compute_measure, round_to, sort_exactly, sum_exactly
from smartcert.model.applicant import SizeType
from smartcert.model.application import Application, Evaluator, Measurement, Missing, Value
from smartcert.model.evaluation import (
    Combination,
    Evaluation,
    Facts,
    Finding,
    IndicatorScore,
    Outcome,
    Peers,
    Quartiles,
    Scorecard,
    SectionScore,
    Stage,
    Working,
)
from smartcert.model.indicator import (
    Edition,
    Indicator,
    IndicatorKind,
    MissingPolicy,
    RankScale,
    Rounding,
    RoundingStep,
    Section,
)
from smartcert.rules.parameters import ScoringRules
from smartcert.rules.rulebook import Rules

# --- Which value of each indicator is taken: as claimed, as accepted at the desk, as confirmed on site.


class Column(StrEnum):
    """The three columns of a scorecard. The confirmed one counts."""

    CLAIMED = "claimed"
    DESK = "desk"
    CONFIRMED = "confirmed"

    __hash__ = str.__hash__  # an enumeration's own is written in Python, and columns are looked up all the time


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """An application that is scored: its values per column, and its combined marks (None: too few to judge)."""

    application: Application
    size_type: SizeType
    population: int | None
    values: Mapping[Column, Mapping[str, Value]]
    combinations: Mapping[str, Combination | None]


def build_candidate(
    application: Application,
    size_type: SizeType,
    population: int | None,
    committee: tuple[Evaluator, ...],
    rules: Rules,
) -> Candidate:
    """Return what is scored. A qualitative indicator that cannot be judged counts as absent in every column."""
    combinations = _combine_all(application, committee, rules)
    marks = {name: made.combined if made else Missing.ABSENT for name, made in combinations.items()}
    columns = {column: dict[str, Value](marks) for column in Column}
    for indicator in rules.edition.indicators():
        if indicator.kind is IndicatorKind.QUANTITATIVE:
            taken = _take_values(application, indicator.id, rules.scoring)
            for column in Column:
                columns[column][indicator.id] = taken[column]
    return Candidate(
        application=application,
        size_type=size_type,
        population=population,
        values=columns,
        combinations=combinations,
    )


def check_scorable(one: Candidate, rules: Rules) -> tuple[Finding, ...]:
    """Return why the candidate cannot be scored: values that the edition does not do without, too few marks."""
    found = []
    for indicator in rules.edition.indicators():
        if indicator.per_people and not one.population:
            found.append(_population_needed_finding(indicator, rules.edition))
        if indicator.kind is IndicatorKind.QUALITATIVE:
            if one.combinations[indicator.id] is None:
                found.append(_too_few_marks_finding(one, indicator, rules))
            continue
        value = one.values[Column.CONFIRMED][indicator.id]
        if isinstance(value, Missing) and missing_policy(indicator, value) is MissingPolicy.REFUSE:
            found.append(_missing_refused_finding(indicator, value, rules.edition))
    return tuple(found)


def missing_policy(indicator: Indicator, missing: Missing) -> MissingPolicy:
    """Return what the edition declares for a value that is absent or not applicable."""
    return indicator.absent if missing is Missing.ABSENT else indicator.not_applicable


def _take_values(application: Application, name: str, rules: ScoringRules) -> dict[Column, Value]:
    measurement = application.measurements.get(name) or Measurement(
        indicator=name, claimed=Missing.ABSENT, desk=Missing.ABSENT
    )
    return {
        Column.CLAIMED: measurement.claimed,
        Column.DESK: measurement.desk,
        Column.CONFIRMED: _take_confirmed(application, measurement, rules),
    }


def _take_confirmed(application: Application, measurement: Measurement, rules: ScoringRules) -> Value:
    if not rules.confirmed_counts.value:
        return measurement.desk
    inspection = application.inspections.get(measurement.indicator)
    if inspection is None:
        return measurement.desk if rules.not_inspected_stands.value else Missing.ABSENT
    if inspection.verified:
        return measurement.desk
    return Missing.ABSENT if inspection.corrected is None else inspection.corrected


def _combine_all(
    application: Application, committee: tuple[Evaluator, ...], rules: Rules
) -> dict[str, Combination | None]:
    label = label_evaluators(committee)
    excluded = frozenset(label[exclusion.evaluator] for exclusion in application.exclusions)
    marks: dict[str, dict[str, Fraction | None]] = {}
    for mark in application.marks:
        marks.setdefault(mark.indicator, {})[label[mark.evaluator]] = mark.value
    rounding = rules.edition.rounding_at(RoundingStep.MARK)
    rule = rules.scoring.combination.value
    return {
        indicator.id: combine_marks(
            dict.fromkeys(label.values()) | marks.get(indicator.id, {}), excluded, rule, rounding
        )
        for indicator in rules.edition.indicators()
        if indicator.kind is IndicatorKind.QUALITATIVE
    }


def _too_few_marks_finding(one: Candidate, indicator: Indicator, rules: Rules) -> Finding:
    excluded = {exclusion.evaluator for exclusion in one.application.exclusions}
    given = [
        mark
        for mark in one.application.marks
        if mark.indicator == indicator.id and mark.value is not None and mark.evaluator not in excluded
    ]
    rule = rules.scoring.combination
    return Finding(
        code="too_few_marks",
        stage=Stage.SCORING,
        outcome=Outcome.NOT_MET,
        basis=(rule.basis,),
        facts=Facts(
            words={"indicator": indicator.id},
            names={"indicator": indicator.name},
            numbers={"marks": Fraction(len(given)), "fewest": Fraction(rule.value.fewest)},
        ),
        refuses=True,
    )


def _population_needed_finding(indicator: Indicator, edition: Edition) -> Finding:
    return Finding(
        code="population_needed",
        stage=Stage.SCORING,
        outcome=Outcome.OPEN,
        basis=(edition.basis,),
        facts=Facts(words={"indicator": indicator.id}, names={"indicator": indicator.name}),
        refuses=True,
    )


def _missing_refused_finding(indicator: Indicator, value: Missing, edition: Edition) -> Finding:
    return Finding(
        code=f"value_{value}_refused",
        stage=Stage.SCORING,
        outcome=Outcome.NOT_MET,
        basis=(edition.basis,),
        facts=Facts(words={"indicator": indicator.id}, names={"indicator": indicator.name}),
        refuses=True,
    )


# --- From values to the scorecard: points of indicators, items, domains and the total, with their working.

PeerMeasures = Mapping[tuple[SizeType, Column, str], Sequence[Fraction]]
"""Per size type, column and indicator scaled by rank: the measures of all who have one, ascending."""

_ZERO = Fraction(0)
_UNCHANGED = Fraction(1)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Redistribution:
    """What redistribution does inside one item and column: who gives its points away, and what the others gain."""

    giving: frozenset[str]
    factor: Fraction


_NOT_REDISTRIBUTED = _Redistribution(giving=frozenset(), factor=_UNCHANGED)


def collect_peer_measures(candidates: Iterable[Candidate], edition: Edition) -> PeerMeasures:
    """Return the measures against which scales by rank hold a value. Absent and not applicable ones have no place."""
    ranked = [indicator for indicator in edition.indicators() if isinstance(indicator.scale, RankScale)]
    found: dict[tuple[SizeType, Column, str], list[Fraction]] = {}
    for one in candidates:
        for indicator in ranked:
            for column in Column:
                value = one.values[column][indicator.id]
                if not isinstance(value, Missing):
                    measured = _measure_rounded(value, indicator, one, edition)[1]
                    found.setdefault((one.size_type, column, indicator.id), []).append(measured)
    return {key: sorted(measures) for key, measures in found.items()}


def build_scorecard(one: Candidate, edition: Edition, among: PeerMeasures) -> Scorecard:
    """Return the scorecard: the confirmed column counts, totals of the other two are told beside it.

    Points never leave 0 .. out_of. Rounding happens only at the steps that the edition orders.
    """
    domains = tuple(_score_section(domain, one, edition, among, RoundingStep.DOMAIN) for domain in edition.domains)
    exact = sum_exactly(domain.points for domain in domains)
    rounding = edition.rounding_at(RoundingStep.TOTAL)
    return Scorecard(
        edition=edition.id,
        out_of=edition.points,
        domains=domains,
        exact=exact,
        points=round_to(exact, rounding),
        claimed=_total_column(domains, edition, Column.CLAIMED),
        desk=_total_column(domains, edition, Column.DESK),
        rounding=edition.rounding,
    )


def _score_section(
    section: Section, one: Candidate, edition: Edition, among: PeerMeasures, step: RoundingStep | None
) -> SectionScore:
    parts = tuple(_score_section(part, one, edition, among, None) for part in section.sections)
    scores = _score_item(section, one, edition, among)
    exact = sum_exactly([*(part.points for part in parts), *(score.points for score in scores)])
    return SectionScore(
        id=section.id,
        name=section.name,
        out_of=section.points,
        exact=exact,
        points=round_to(exact, _section_rounding(edition, step, leaf=bool(section.indicators))),
        sections=parts,
        indicators=scores,
    )


def _section_rounding(edition: Edition, step: RoundingStep | None, *, leaf: bool) -> Rounding | None:
    if step is RoundingStep.DOMAIN:
        return edition.rounding_at(RoundingStep.DOMAIN)
    return edition.rounding_at(RoundingStep.ITEM) if leaf else None


def _score_item(section: Section, one: Candidate, edition: Edition, among: PeerMeasures) -> tuple[IndicatorScore, ...]:
    spreads = {column: _redistribute(section, one, column) for column in Column}
    return tuple(_score_indicator(indicator, one, edition, among, spreads) for indicator in section.indicators)


def _redistribute(section: Section, one: Candidate, column: Column) -> _Redistribution:
    giving = frozenset(
        indicator.id
        for indicator in section.indicators
        if isinstance(value := one.values[column][indicator.id], Missing)
        and missing_policy(indicator, value) is MissingPolicy.REDISTRIBUTE
    )
    if not giving:
        return _NOT_REDISTRIBUTED
    taking = sum_exactly(indicator.points for indicator in section.indicators if indicator.id not in giving)
    return _Redistribution(giving=giving, factor=section.points / taking if taking else _UNCHANGED)


def _score_indicator(
    indicator: Indicator,
    one: Candidate,
    edition: Edition,
    among: PeerMeasures,
    spreads: Mapping[Column, _Redistribution],
) -> IndicatorScore:
    workings = _work_columns(indicator, one, edition, among, spreads)
    measurement = one.application.measurements.get(indicator.id)
    inspection = one.application.inspections.get(indicator.id)
    spread = spreads[Column.CONFIRMED]
    return IndicatorScore(
        indicator=indicator,
        out_of=_points_possible(indicator, spread),
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


def _points_possible(indicator: Indicator, spread: _Redistribution) -> Fraction:
    if not spread.giving:
        return indicator.points
    return _ZERO if indicator.id in spread.giving else indicator.points * spread.factor


def _work_columns(
    indicator: Indicator,
    one: Candidate,
    edition: Edition,
    among: PeerMeasures,
    spreads: Mapping[Column, _Redistribution],
) -> dict[Column, Working]:
    """Return one working per column; a column that is as the one before it, as most are, is not worked out again."""
    made: dict[Column, Working] = {}
    before: Column | None = None
    for column in Column:
        same = (
            before is not None
            and not isinstance(indicator.scale, RankScale)
            and _equals(one.values[column][indicator.id], one.values[before][indicator.id])
            and _equals(spreads[column], spreads[before])
        )
        made[column] = (
            made[before] if before and same else _work_value(indicator, one, edition, among, column, spreads[column])
        )
        before = column
    return made


def _equals(a: object, b: object) -> bool:
    return a is b or a == b


def _work_value(
    indicator: Indicator, one: Candidate, edition: Edition, among: PeerMeasures, column: Column, spread: _Redistribution
) -> Working:
    value = one.values[column][indicator.id]
    if isinstance(value, Missing):
        policy = missing_policy(indicator, value)
        return Working(value=value, measure=None, exact=_ZERO, points=_ZERO, policy=policy)
    exact_measure, measured = _measure_rounded(value, indicator, one, edition)
    given = apply_scale(indicator, measured, among.get((one.size_type, column, indicator.id), ()))
    points = round_to(given.points, edition.rounding_at(RoundingStep.INDICATOR))
    return Working(
        value=value,
        measure=measured,
        exact=given.points,
        points=points * spread.factor if spread.giving else points,
        rank=given.rank,
        of=given.of,
        band=given.band,
        population=one.population if indicator.per_people else None,
        measure_exact=None if _equals(exact_measure, measured) else exact_measure,
        spread=spread.factor if spread.giving else None,
    )


def _measure_rounded(
    value: Fraction, indicator: Indicator, one: Candidate, edition: Edition
) -> tuple[Fraction, Fraction]:
    """Return the measure exactly and as rounded; only a figure per head is rounded here."""
    exact = compute_measure(value, indicator, one.population)
    return exact, round_to(exact, edition.rounding_at(RoundingStep.MEASURE)) if indicator.per_people else exact


def _total_column(domains: tuple[SectionScore, ...], edition: Edition, column: Column) -> Fraction:
    exact = sum_exactly(_sum_column(domain, edition, column, RoundingStep.DOMAIN) for domain in domains)
    return round_to(exact, edition.rounding_at(RoundingStep.TOTAL))


def _sum_column(section: SectionScore, edition: Edition, column: Column, step: RoundingStep | None) -> Fraction:
    parts = [_sum_column(part, edition, column, None) for part in section.sections]
    exact = sum_exactly([*parts, *(getattr(score, column).points for score in section.indicators)])
    return round_to(exact, _section_rounding(edition, step, leaf=bool(section.indicators)))


# --- Anonymous figures of the evaluated applicants of one size type.


def compute_quartiles(points: Sequence[Fraction]) -> Quartiles:
    """Return lower quartile, median and upper quartile, interpolated linearly between neighbours (type 7).

    >>> compute_quartiles([Fraction(n) for n in (1, 2, 3, 4)]).median
    Fraction(5, 2)
    """
    ordered = sort_exactly(points)
    return Quartiles(
        lower=_interpolated_quantile(ordered, 1),
        median=_interpolated_quantile(ordered, 2),
        upper=_interpolated_quantile(ordered, 3),
    )


def compute_peers(evaluations: Iterable[Evaluation], suppress_below: int) -> dict[SizeType, Peers]:
    """Return the peer figures of each size type; nothing but the count where there are too few to stay anonymous."""
    cards: dict[SizeType, list[Scorecard]] = {size: [] for size in SizeType}
    for evaluation in evaluations:
        if evaluation.scorecard is not None and evaluation.size_type is not None:
            cards[evaluation.size_type].append(evaluation.scorecard)
    return {size: _peer_figures(size, found, suppress_below) for size, found in cards.items()}


def _peer_figures(size: SizeType, cards: list[Scorecard], suppress_below: int) -> Peers:
    enough = len(cards) >= max(suppress_below, 1)
    shown = cards if enough else []
    return Peers(
        size_type=size,
        applicants=len(cards),
        suppress_below=suppress_below,
        total=compute_quartiles([card.points for card in cards]) if enough else None,
        sections=_quartiles_by_id((part.id, part.points) for card in shown for part in _walk_sections(card.domains)),
        indicators=_quartiles_by_id(
            (score.indicator.id, score.points) for card in shown for score in card.indicators()
        ),
    )


def _walk_sections(parts: tuple[SectionScore, ...]) -> Iterable[SectionScore]:
    for part in parts:
        yield part
        yield from _walk_sections(part.sections)


def _quartiles_by_id(points: Iterable[tuple[str, Fraction]]) -> dict[str, Quartiles]:
    found: dict[str, list[Fraction]] = {}
    for name, value in points:
        found.setdefault(name, []).append(value)
    return {name: compute_quartiles(values) for name, values in found.items()}


def _interpolated_quantile(ordered: Sequence[Fraction], quarter: int) -> Fraction:
    place = Fraction(quarter * (len(ordered) - 1), 4)
    below = place.numerator // place.denominator
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
