"""How do an applicant's values become points? Columns of values, the scorecard, and figures of its peers."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from smartcert.evaluation.marks import combine_marks
from smartcert.evaluation.scales import (
    apply_scale,
    compute_measure,
    compute_value,
    divides_by_zero,
    find_most_points,
    round_measure,
    round_to,
    sort_exactly,
    sum_exactly,
)
from smartcert.evaluation.totals import Totals, compute_totals
from smartcert.lazy_dataclass import dataclass
from smartcert.model.applicant import SizeType
from smartcert.model.application import Application, Evaluator, Inspection, Measurement, Missing, Value
from smartcert.model.citation import Cited, Text
from smartcert.model.evaluation import (
    BaseFigure,
    Combination,
    Evaluation,
    Facts,
    FigureScore,
    Finding,
    FindingOutcome,
    IndicatorScore,
    Peers,
    Quartiles,
    Scorecard,
    SectionScore,
    Stage,
    Working,
)
from smartcert.model.indicator import (
    POPULATION,
    Edition,
    Effect,
    Figure,
    Indicator,
    IndicatorKind,
    MissingPolicy,
    RankScale,
    RoundingStep,
    Section,
)
from smartcert.rules.parameters import ScoringRules
from smartcert.rules.rulebook import Rules

_ZERO = Fraction(0)
_NO_BASES: Mapping[str, Fraction] = MappingProxyType({})


class Column(StrEnum):
    """The three columns of a scorecard: as claimed, as accepted at the desk, as confirmed on site. The last counts."""

    CLAIMED = "claimed"
    DESK = "desk"
    CONFIRMED = "confirmed"

    __hash__ = str.__hash__  # an enumeration's own is written in Python, and columns are looked up all the time


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """An application that is scored: its values per column, and its combined marks (None: too few to judge).

    ``values`` are by the id of an indicator, and of a figure of a formula; ``bases`` by the id of a base, residents as
    ``population`` included.
    """

    application: Application
    size_type: str
    population: int | None
    values: Mapping[Column, Mapping[str, Value]]
    combinations: Mapping[str, Combination | None]
    bases: Mapping[str, Fraction] = field(default_factory=dict)


PeerMeasures = Mapping[tuple[str, Column, str], Sequence[Fraction]]
"""Per size type, column and indicator scaled by rank: the measures of all who have one, ascending."""


def build_candidate(
    application: Application,
    size_type: str,
    population: int | None,
    committee: tuple[Evaluator, ...],
    rules: Rules,
) -> Candidate:
    """Return what is scored. A qualitative indicator that cannot be judged counts as absent in every column."""
    excluded = frozenset(exclusion.evaluator for exclusion in application.exclusions)
    marks: dict[str, dict[str, Fraction | None]] = {}
    for mark in application.marks:
        marks.setdefault(mark.indicator, {})[mark.evaluator] = mark.value
    rounding = rules.edition.rounding_at(RoundingStep.MARK)
    combinations: dict[str, Combination | None] = {}
    columns: dict[Column, dict[str, Value]] = {column: {} for column in Column}
    bases = dict(application.bases)
    if population:
        bases[POPULATION] = Fraction(population)
    absent = dict.fromkeys((evaluator.id for evaluator in committee), None)
    for indicator in rules.edition.indicators():
        if indicator.kind is IndicatorKind.QUALITATIVE:
            given = absent | marks.get(indicator.id, {})
            combination = combine_marks(given, excluded, rules.scoring.combination.value, rounding)
            combinations[indicator.id] = combination
            for values in columns.values():
                values[indicator.id] = combination.combined if combination else Missing.ABSENT
            continue
        for name in [figure.id for figure in indicator.figures] or [indicator.id]:
            measurement = application.measurements.get(name) or Measurement(
                indicator=name, claimed=Missing.ABSENT, desk=Missing.ABSENT
            )
            columns[Column.CLAIMED][name] = measurement.claimed
            columns[Column.DESK][name] = measurement.desk
            columns[Column.CONFIRMED][name] = _confirm_value(application, measurement, rules.scoring)
        if indicator.figures:
            for values in columns.values():
                values[indicator.id] = compute_value(indicator, values, bases)
    return Candidate(
        application=application,
        size_type=size_type,
        population=population,
        values=columns,
        combinations=combinations,
        bases=bases,
    )


def _confirm_value(application: Application, measurement: Measurement, rules: ScoringRules) -> Value:
    if not rules.confirmed_counts.value:
        return measurement.desk
    inspection = application.inspections.get(measurement.indicator)
    if inspection is None:
        return measurement.desk if rules.not_inspected_stands.value else Missing.ABSENT
    if inspection.verified:
        return measurement.desk
    return Missing.ABSENT if inspection.corrected is None else inspection.corrected


def check_scorable(candidate: Candidate, rules: Rules) -> tuple[Finding, ...]:
    """Return why the candidate cannot be scored: values that the edition does not do without, too few marks."""
    findings: list[Finding] = []
    for indicator in rules.edition.indicators():
        findings += _list_unknown(candidate, indicator, rules.edition)
        if indicator.kind is IndicatorKind.QUALITATIVE:
            if candidate.combinations[indicator.id] is None:
                findings.append(_refuse_few_marks(candidate.application, indicator, rules))
            continue
        value = candidate.values[Column.CONFIRMED][indicator.id]
        if isinstance(value, Missing) and indicator.policy_for(value) is MissingPolicy.REFUSE:
            findings.append(
                _refuse_indicator(f"value_{value}_refused", FindingOutcome.NOT_MET, indicator, rules.edition)
            )
    return tuple(findings)


def _list_unknown(candidate: Candidate, indicator: Indicator, edition: Edition) -> Iterator[Finding]:
    """Yield what is not known that an indicator cannot do without: bases, and a scale for the applicant's class."""
    for base in indicator.bases():
        if not candidate.bases.get(base):
            if base == POPULATION:
                yield _refuse_indicator("population_needed", FindingOutcome.OPEN, indicator, edition)
            else:
                name = next(declared.name for declared in edition.bases if declared.id == base)
                yield _refuse_indicator("base_needed", FindingOutcome.OPEN, indicator, edition, names={"base": name})
    if not indicator.has_scale_for(candidate.size_type):
        yield _refuse_indicator("class_scale_needed", FindingOutcome.OPEN, indicator, edition)


def list_divisions_by_zero(candidate: Candidate, edition: Edition) -> tuple[Finding, ...]:
    """Return a note for each indicator whose formula divides by zero with the confirmed figures."""
    return tuple(
        _refuse_indicator("divided_by_zero", FindingOutcome.NOTED, indicator, edition, refuses=False)
        for indicator in edition.indicators()
        if indicator.figures and divides_by_zero(indicator, candidate.values[Column.CONFIRMED], candidate.bases)
    )


def _refuse_few_marks(application: Application, indicator: Indicator, rules: Rules) -> Finding:
    excluded = {exclusion.evaluator for exclusion in application.exclusions}
    given = sum(
        mark.indicator == indicator.id and mark.value is not None and mark.evaluator not in excluded
        for mark in application.marks
    )
    rule = rules.scoring.combination
    numbers = {"marks": Fraction(given), "fewest": Fraction(rule.value.fewest)}
    return _refuse_indicator("too_few_marks", FindingOutcome.NOT_MET, indicator, rule, numbers)


def _refuse_indicator(
    code: str,
    outcome: FindingOutcome,
    indicator: Indicator,
    rule: Edition | Cited[Any],
    numbers: Mapping[str, Fraction] | None = None,
    names: Mapping[str, Text] | None = None,
    *,
    refuses: bool = True,
) -> Finding:
    return Finding(
        code=code,
        stage=Stage.SCORING,
        outcome=outcome,
        basis=(rule.basis,),
        facts=Facts(
            words={"indicator": indicator.id},
            names={"indicator": indicator.name, **(names or {})},
            numbers=dict(numbers or {}),
        ),
        refuses=refuses,
    )


def collect_peer_measures(candidates: Iterable[Candidate], edition: Edition) -> PeerMeasures:
    """Return the measures among which scales by rank place a value. Absent and not applicable values have no rank."""
    ranked: dict[str, list[Indicator]] = {}
    rounding = edition.rounding_at(RoundingStep.MEASURE)
    measures: dict[tuple[str, Column, str], list[Fraction]] = {}
    for candidate in candidates:
        if candidate.size_type not in ranked:
            ranked[candidate.size_type] = [
                indicator
                for indicator in edition.for_class(candidate.size_type).indicators()
                if isinstance(indicator.scale, RankScale)
            ]
        for indicator in ranked[candidate.size_type]:
            for column in Column:
                value = candidate.values[column][indicator.id]
                if not isinstance(value, Missing):
                    measure = round_measure(
                        compute_measure(value, indicator, candidate.population, candidate.bases), indicator, rounding
                    )
                    measures.setdefault((candidate.size_type, column, indicator.id), []).append(measure)
    return {key: sorted(values) for key, values in measures.items()}


def build_scorecard(candidate: Candidate, edition: Edition, peers: PeerMeasures) -> Scorecard:
    """Return the scorecard: the confirmed column counts, totals of the other two stand beside it.

    Points of an indicator never leave 0 .. out_of (out_of .. 0 for a deduction). Rounding happens only at the steps
    that the edition orders.
    """
    edition = edition.for_class(candidate.size_type)
    undone = undo_corrections(candidate, edition)
    scores = {
        score.id: score
        for domain in edition.domains
        for item in domain.items()
        for score in _score_item(item, candidate, edition, peers, undone)
    }
    columns = [{name: getattr(score, column).points for name, score in scores.items()} for column in Column]
    sums: list[Totals] = []
    for number, points in enumerate(columns):
        if number and points == columns[number - 1]:  # as most columns are: not added up again
            sums.append(sums[-1])
        else:
            sums.append(compute_totals(edition.domains, points, edition.rounding, edition.total_rule))
    claimed, desk, totals = sums

    def score_section(section: Section) -> SectionScore:
        return SectionScore(
            id=section.id,
            name=section.name,
            out_of=section.points,
            exact=totals.exact_sections[section.id],
            points=totals.sections[section.id],
            sections=tuple(score_section(part) for part in section.sections),
            indicators=tuple(scores[indicator.id] for indicator in section.indicators),
            combine=section.combine,
        )

    return Scorecard(
        edition=edition.id,
        out_of=edition.points,
        domains=tuple(score_section(domain) for domain in edition.domains),
        exact=totals.exact,
        points=totals.points,
        claimed=claimed.points,
        desk=desk.points,
        rounding=edition.rounding,
        total_rule=edition.total_rule,
        gates=edition.list_gates(),
        bases=tuple(
            BaseFigure(id=base, value=candidate.bases[base])
            for base in sorted({base for indicator in edition.indicators() for base in indicator.bases()})
            if base != POPULATION and base in candidate.bases
        ),
    )


def undo_corrections(candidate: Candidate, edition: Edition) -> Mapping[str, Value]:
    """Return the confirmed values, where each that was corrected on site is again the one accepted at the desk.

    Only what the inspection corrected for this applicant is undone: a figure that does not stand because it was not
    inspected stays as it is.
    """
    confirmed, desk = candidate.values[Column.CONFIRMED], candidate.values[Column.DESK]
    corrected = [
        name
        for name, inspection in candidate.application.inspections.items()
        if not inspection.verified and confirmed.get(name) != desk.get(name)
    ]
    if not corrected:
        return confirmed
    undone = {**confirmed, **{name: desk[name] for name in corrected}}
    for indicator in edition.indicators():
        if indicator.figures:
            undone[indicator.id] = compute_value(indicator, undone, candidate.bases)
    return undone


def _undo_workings(
    item: Section, candidate: Candidate, edition: Edition, peers: PeerMeasures, undone: Mapping[str, Value]
) -> dict[str, Working]:
    """Return the workings of an item with the corrections undone, of those indicators whose working is another one."""
    confirmed = candidate.values[Column.CONFIRMED]
    if all(undone[indicator.id] == confirmed[indicator.id] for indicator in item.indicators):
        return {}
    factors = [_redistribution_factor(item, values) for values in (confirmed, undone)]
    workings = {}
    for indicator in item.indicators:
        value, before = undone[indicator.id], confirmed[indicator.id]
        if value == before and factors[0] == factors[1]:
            continue
        among = list(peers.get((candidate.size_type, Column.CONFIRMED, indicator.id), ()))
        if isinstance(indicator.scale, RankScale) and value != before:
            rounding = edition.rounding_at(RoundingStep.MEASURE)
            for other, present in ((before, True), (value, False)):
                if not isinstance(other, Missing):
                    exact = compute_measure(other, indicator, candidate.population, candidate.bases)
                    own = round_measure(exact, indicator, rounding)
                    if present:
                        among.pop(bisect_left(among, own))
                    else:
                        insort(among, own)
        workings[indicator.id] = score_value(
            value, indicator, candidate.population, edition, among, factors[1], candidate.bases
        )
    return workings


def _score_item(
    item: Section, candidate: Candidate, edition: Edition, peers: PeerMeasures, undone: Mapping[str, Value]
) -> Iterator[IndicatorScore]:
    factors = {column: _redistribution_factor(item, candidate.values[column]) for column in Column}
    without = _undo_workings(item, candidate, edition, peers, undone)
    for indicator in item.indicators:
        workings: dict[Column, Working] = {}
        before: Column | None = None
        for column in Column:
            value, factor = candidate.values[column][indicator.id], factors[column]
            if (
                before is not None
                and not isinstance(indicator.scale, RankScale)
                and (value, factor) == (candidate.values[before][indicator.id], factors[before])
            ):  # as most columns are: not worked out again
                workings[column] = workings[before]
            else:
                among = peers.get((candidate.size_type, column, indicator.id), ())
                workings[column] = score_value(
                    value, indicator, candidate.population, edition, among, factor, candidate.bases
                )
            before = column
        confirmed, factor = workings[Column.CONFIRMED], factors[Column.CONFIRMED]
        out_of = indicator.full
        if factor is not None and indicator.counted:
            out_of = _ZERO if confirmed.policy is MissingPolicy.REDISTRIBUTE else out_of * factor
        figures = tuple(_score_figure(figure, candidate) for figure in indicator.figures)
        measurement = candidate.application.measurements.get(indicator.id)
        inspection = candidate.application.inspections.get(indicator.id) or _join_inspections(indicator, figures)
        yield IndicatorScore(
            indicator=indicator,
            out_of=out_of,
            claimed=workings[Column.CLAIMED],
            desk=workings[Column.DESK],
            confirmed=confirmed,
            combination=candidate.combinations.get(indicator.id),
            desk_reason=measurement.desk_reason if measurement else "",
            site_reason=inspection.reason if inspection else "",
            inspected=inspection is not None,
            verified=inspection.verified if inspection else None,
            evidence_document=measurement.evidence_document if measurement else "",
            evidence_page=measurement.evidence_page if measurement else "",
            attainable=_find_attainable(indicator, candidate, edition, confirmed, factor),
            undone=without.get(indicator.id),
            figures=figures,
        )


def _score_figure(figure: Figure, candidate: Candidate) -> FigureScore:
    measurement = candidate.application.measurements.get(figure.id)
    inspection = candidate.application.inspections.get(figure.id)
    return FigureScore(
        id=figure.id,
        name=figure.name,
        unit=figure.unit,
        claimed=candidate.values[Column.CLAIMED][figure.id],
        desk=candidate.values[Column.DESK][figure.id],
        confirmed=candidate.values[Column.CONFIRMED][figure.id],
        desk_reason=measurement.desk_reason if measurement else "",
        site_reason=inspection.reason if inspection else "",
        inspected=inspection is not None,
        verified=inspection.verified if inspection else None,
        evidence_document=measurement.evidence_document if measurement else "",
        evidence_page=measurement.evidence_page if measurement else "",
    )


def _join_inspections(indicator: Indicator, figures: Sequence[FigureScore]) -> Inspection | None:
    """Return the inspection of an indicator with a formula: of all its figures, verified if each of them was."""
    if not figures or not all(figure.inspected for figure in figures):
        return None
    return Inspection(indicator=indicator.id, verified=all(figure.verified for figure in figures))


def _find_attainable(
    indicator: Indicator,
    candidate: Candidate,
    edition: Edition,
    confirmed: Working,
    factor: Fraction | None,
) -> Fraction | None:
    """Return the most points that a value could earn in place of the confirmed one; None where it is all of them."""
    if confirmed.policy is MissingPolicy.REDISTRIBUTE:
        return None
    measures = edition.rounding_at(RoundingStep.MEASURE)
    most = find_most_points(indicator, candidate.population, measures, confirmed.of or 1, candidate.bases)
    most = round_to(most, edition.rounding_at(RoundingStep.INDICATOR))
    return None if most == indicator.full else most * (factor or 1)


def _redistribution_factor(item: Section, values: Mapping[str, Value]) -> Fraction | None:
    """Return by what the points of an item's other indicators are multiplied; None where nobody gives points away."""
    giving = {
        indicator.id
        for indicator in item.indicators
        if isinstance(value := values[indicator.id], Missing)
        and indicator.policy_for(value) is MissingPolicy.REDISTRIBUTE
    }
    if not giving:
        return None
    counted = [indicator for indicator in item.indicators if indicator.counted]
    taking = sum_exactly(indicator.points for indicator in counted if indicator.id not in giving)
    return sum_exactly(indicator.points for indicator in counted) / taking if taking else Fraction(1)


def score_value(
    value: Value,
    indicator: Indicator,
    population: int | None,
    edition: Edition | Scorecard,
    among: Sequence[Fraction] = (),
    factor: Fraction | None = None,
    bases: Mapping[str, Fraction] = _NO_BASES,
) -> Working:
    """Return how a value becomes points, by every step that the edition orders for one indicator.

    Of ``edition`` only the roundings are read, which a scorecard has too.
    ``among`` are the measures that a scale by rank looks at, ascending, the own one included. The rounded points are
    multiplied by ``factor`` where points of the item are spread; a bonus, a deduction and a prerequisite are not. A
    prerequisite that has not all points of its scale has none.

    Raises:
        ValueError: the indicator is per head or per another base, and that is not known.
    """
    factor = factor if indicator.counted else None
    if isinstance(value, Missing):
        of = len(among) + 1 if isinstance(indicator.scale, RankScale) else None
        return Working(value=value, measure=None, exact=_ZERO, points=_ZERO, policy=indicator.policy_for(value), of=of)
    exact = compute_measure(value, indicator, population, bases)
    measure = round_measure(exact, indicator, edition.rounding_at(RoundingStep.MEASURE))
    result = apply_scale(indicator, measure, among)
    points = round_to(result.points, edition.rounding_at(RoundingStep.INDICATOR))
    if indicator.effect is Effect.PREREQUISITE:
        points = Fraction(result.points >= indicator.full)
    return Working(
        value=value,
        measure=measure,
        exact=result.points,
        points=points if factor is None else points * factor,
        rank=result.rank,
        of=result.of,
        band=result.band,
        population=population if indicator.per_people else None,
        measure_exact=None if measure is exact or measure == exact else exact,
        spread=factor,
        bases=tuple(
            BaseFigure(id=base, value=bases[base]) for base in indicator.bases() if base in bases and base != POPULATION
        )
        if indicator.formula or indicator.per
        else (),
        segment=result.segment,
    )


def compute_quartiles(points: Sequence[Fraction]) -> Quartiles:
    """Return lower quartile, median and upper quartile, interpolated linearly between neighbours (type 7).

    >>> compute_quartiles([Fraction(n) for n in (1, 2, 3, 4)]).median
    Fraction(5, 2)
    """
    ordered = sort_exactly(points)

    def quantile(quarter: int) -> Fraction:
        position = Fraction(quarter * (len(ordered) - 1), 4)
        below = position.numerator // position.denominator
        above = min(below + 1, len(ordered) - 1)
        return ordered[below] + (ordered[above] - ordered[below]) * (position - below)

    return Quartiles(lower=quantile(1), median=quantile(2), upper=quantile(3))


def compute_peers(
    evaluations: Iterable[Evaluation], suppress_below: int, classes: Iterable[str] = tuple(SizeType)
) -> dict[str, Peers]:
    """Return the peer figures of each class, by default of the size types.

    There is nothing but the count where they are too few to stay anonymous.
    """
    cards: dict[str, list[Scorecard]] = {str(size): [] for size in classes}
    for evaluation in evaluations:
        if evaluation.scorecard is not None and evaluation.size_type is not None:
            cards[evaluation.size_type].append(evaluation.scorecard)
    return {size: _peer_figures(size, members, suppress_below) for size, members in cards.items()}


def _peer_figures(size: str, cards: list[Scorecard], suppress_below: int) -> Peers:
    enough = len(cards) >= max(suppress_below, 1)
    shown = cards if enough else []
    return Peers(
        size_type=size,
        applicants=len(cards),
        suppress_below=suppress_below,
        total=compute_quartiles([card.points for card in cards]) if enough else None,
        sections=_quartiles_by_id((section.id, section.points) for card in shown for section in card.sections()),
        indicators=_quartiles_by_id((score.id, score.points) for card in shown for score in card.indicators()),
    )


def _quartiles_by_id(points: Iterable[tuple[str, Fraction]]) -> dict[str, Quartiles]:
    by_id: dict[str, list[Fraction]] = {}
    for name, value in points:
        by_id.setdefault(name, []).append(value)
    return {name: compute_quartiles(values) for name, values in by_id.items()}
