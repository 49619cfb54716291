"""How do an applicant's values become points? Columns of values, the scorecard, and figures of its peers."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from smartcert.evaluation.marks import MarkCombiner, evaluator_sort_key
from smartcert.evaluation.scales import (
    RankedMeasures,
    apply_scale,
    compute_value,
    divide_by_base,
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
from smartcert.model.application import Application, Evaluator, Inspection, Missing, Value
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
    Marks,
    MarkScale,
    MissingPolicy,
    RankScale,
    RoundingStep,
    Section,
)
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
    return CandidateBuilder(committee, rules).build(application, size_type, population)


def check_scorable(candidate: Candidate, rules: Rules) -> tuple[Finding, ...]:
    """Return why the candidate cannot be scored: values that the edition does not do without, too few marks."""
    return CandidateBuilder((), rules).check_scorable(candidate)


class CandidateBuilder:
    """What is scored of many applications, and whether it can be; what follows from the rules is worked out once."""

    def __init__(self, committee: tuple[Evaluator, ...], rules: Rules) -> None:
        self._rules = rules
        self._confirmed_counts = rules.scoring.confirmed_counts.value
        self._not_inspected_stands = rules.scoring.not_inspected_stands.value
        self._combiner = MarkCombiner(rules.scoring.combination.value, rules.edition.rounding_at(RoundingStep.MARK))
        self._evaluators = tuple(sorted((evaluator.id for evaluator in committee), key=evaluator_sort_key))
        self._absent: dict[str, Fraction | None] = dict.fromkeys(self._evaluators)
        self._indicators = [
            (indicator, tuple(figure.id for figure in indicator.figures) or (indicator.id,), indicator.bases())
            for indicator in rules.edition.indicators()
        ]

    def build(self, application: Application, size_type: str, population: int | None) -> Candidate:
        """Return what `build_candidate` does."""
        excluded = frozenset(exclusion.evaluator for exclusion in application.exclusions)
        marks: defaultdict[str, dict[str, Fraction | None]] = defaultdict(self._absent.copy)
        for mark in application.marks:
            marks[mark.indicator][mark.evaluator] = mark.value
        combinations: dict[str, Combination | None] = {}
        claimed: dict[str, Value] = {}
        desk: dict[str, Value] = {}
        confirmed: dict[str, Value] = {}
        bases = dict(application.bases)
        if population:
            bases[POPULATION] = Fraction(population)
        for indicator, names, _ in self._indicators:
            if indicator.kind is IndicatorKind.QUALITATIVE:
                given = marks[indicator.id]
                known = len(given) == len(self._absent)
                evaluators = self._evaluators if known else tuple(sorted(given, key=evaluator_sort_key))
                combination = self._combiner.combine(evaluators, given, excluded)
                combinations[indicator.id] = combination
                combined = combination.combined if combination else Missing.ABSENT
                claimed[indicator.id] = desk[indicator.id] = confirmed[indicator.id] = combined
                continue
            for name in names:
                measurement = application.measurements.get(name)
                claim = measurement.claimed if measurement else Missing.ABSENT
                accepted = measurement.desk if measurement else Missing.ABSENT
                if accepted is not claim and accepted == claim:
                    accepted = claim  # the same object: quick to compare
                claimed[name], desk[name] = claim, accepted
                confirmed[name] = self._confirm_value(accepted, application.inspections.get(name))
            if indicator.figures:
                for values in (claimed, desk, confirmed):
                    values[indicator.id] = compute_value(indicator, values, bases)
        return Candidate(
            application=application,
            size_type=size_type,
            population=population,
            values={Column.CLAIMED: claimed, Column.DESK: desk, Column.CONFIRMED: confirmed},
            combinations=combinations,
            bases=bases,
        )

    def _confirm_value(self, desk: Value, inspection: Inspection | None) -> Value:
        if not self._confirmed_counts:
            return desk
        if inspection is None:
            return desk if self._not_inspected_stands else Missing.ABSENT
        if inspection.verified:
            return desk
        return Missing.ABSENT if inspection.corrected is None else inspection.corrected

    def check_scorable(self, candidate: Candidate) -> tuple[Finding, ...]:
        """Return what the function of this name does."""
        findings: list[Finding] = []
        edition = self._rules.edition
        for indicator, _, bases in self._indicators:
            if bases or not indicator.every_class:
                findings += _list_unknown(candidate, indicator, bases, edition)
            if indicator.kind is IndicatorKind.QUALITATIVE:
                if candidate.combinations[indicator.id] is None:
                    findings.append(_refuse_few_marks(candidate.application, indicator, self._rules))
                continue
            value = candidate.values[Column.CONFIRMED][indicator.id]
            if isinstance(value, Missing) and indicator.policy_for(value) is MissingPolicy.REFUSE:
                findings.append(_refuse_indicator(f"value_{value}_refused", FindingOutcome.NOT_MET, indicator, edition))
        return tuple(findings)


def _list_unknown(
    candidate: Candidate, indicator: Indicator, bases: Iterable[str], edition: Edition
) -> Iterator[Finding]:
    """Yield what is not known that an indicator cannot do without: bases, and a scale for the applicant's class."""
    for base in bases:
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
    ranked: dict[str, list[_IndicatorScorer]] = {}
    measures: dict[tuple[str, Column, str], list[Fraction]] = {}
    for candidate in candidates:
        if candidate.size_type not in ranked:
            own = edition.for_class(candidate.size_type)
            scorers = (_IndicatorScorer(indicator, own) for indicator in own.indicators())
            ranked[candidate.size_type] = [scorer for scorer in scorers if scorer.by_rank]
        for scorer in ranked[candidate.size_type]:
            name = scorer.indicator.id
            for column in Column:
                value = candidate.values[column][name]
                if not isinstance(value, Missing):
                    _, measure = scorer.measure(value, candidate.population, candidate.bases)
                    measures.setdefault((candidate.size_type, column, name), []).append(measure)
    return {key: RankedMeasures(values) for key, values in measures.items()}


def build_scorecard(
    candidate: Candidate, edition: Edition, peers: PeerMeasures, mark_scale: MarkScale | None = None
) -> Scorecard:
    """Return the scorecard: the confirmed column counts, totals of the other two stand beside it.

    Points of an indicator never leave 0 .. out_of (out_of .. 0 for a deduction). Rounding happens only at the steps
    that the edition orders. ``mark_scale`` is that of the rules; no points follow from it.
    """
    return Scorer(edition, mark_scale).build_scorecard(candidate, peers)


class Scorer:
    """Builds the scorecards of one edition; what follows from the edition alone is worked out once for each class."""

    def __init__(self, edition: Edition, mark_scale: MarkScale | None = None) -> None:
        self._edition = edition
        self._mark_scale = mark_scale
        self._classes: dict[str, _ClassScorer] = {}

    def build_scorecard(self, candidate: Candidate, peers: PeerMeasures) -> Scorecard:
        """Return what the function of this name does."""
        if candidate.size_type not in self._classes:
            edition = self._edition.for_class(candidate.size_type)
            self._classes[candidate.size_type] = _ClassScorer(edition, self._mark_scale)
        return self._classes[candidate.size_type].build_scorecard(candidate, peers)


class _ClassScorer:
    def __init__(self, edition: Edition, mark_scale: MarkScale | None) -> None:
        self._edition = edition
        judged = (indicator for indicator in edition.indicators() if isinstance(indicator.scale, Marks))
        self._mark_scale = mark_scale if any(indicator.mark_scale is None for indicator in judged) else None
        self._items = [_ItemScorer(item, edition, mark_scale) for domain in edition.domains for item in domain.items()]
        self._gates = edition.list_gates()
        named = {base for indicator in edition.indicators() for base in indicator.bases()}
        self._bases = sorted(named - {POPULATION})

    def build_scorecard(self, candidate: Candidate, peers: PeerMeasures) -> Scorecard:
        edition = self._edition
        undone = undo_corrections(candidate, edition)
        scores = {score.indicator.id: score for item in self._items for score in item.score(candidate, peers, undone)}
        columns = [
            {name: score.claimed.points for name, score in scores.items()},
            {name: score.desk.points for name, score in scores.items()},
            {name: score.confirmed.points for name, score in scores.items()},
        ]
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
            gates=self._gates,
            bases=tuple(
                BaseFigure(id=base, value=candidate.bases[base]) for base in self._bases if base in candidate.bases
            ),
            mark_scale=self._mark_scale,
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


class _ItemScorer:
    """Scores the indicators of one item; what follows from the edition alone is worked out once."""

    def __init__(self, item: Section, edition: Edition, mark_scale: MarkScale | None) -> None:
        self._item = item
        self._scorers = [_IndicatorScorer(indicator, edition, mark_scale) for indicator in item.indicators]
        self._giving = [
            indicator
            for indicator in item.indicators
            if MissingPolicy.REDISTRIBUTE in (indicator.absent, indicator.not_applicable)
        ]
        """The indicators whose points can be spread over the others."""

    def score(self, candidate: Candidate, peers: PeerMeasures, undone: Mapping[str, Value]) -> Iterator[IndicatorScore]:
        """Yield the scores of the indicators; ``undone`` are the values without the corrections on site."""
        columns = [(column, candidate.values[column], self._find_factor(candidate.values[column])) for column in Column]
        without = self._undo_workings(candidate, peers, undone)
        for scorer in self._scorers:
            name = scorer.indicator.id
            workings: list[Working] = []
            before: tuple[Value, Fraction | None] | None = None
            among: Sequence[Fraction] = ()
            for column, values, factor in columns:
                given = (values[name], factor)
                if given == before and not scorer.by_rank:  # as most columns are: not worked out again
                    workings.append(workings[-1])
                    continue
                before = given
                among = peers.get((candidate.size_type, column, name), ()) if scorer.by_rank else ()
                workings.append(scorer.score(given[0], candidate.population, among, factor, candidate.bases))
            yield scorer.build_score(candidate, workings, factor, without.get(name), among)

    def _find_factor(self, values: Mapping[str, Value]) -> Fraction | None:
        """Return by what the points of the other indicators are multiplied; None where nobody gives points away."""
        giving = {
            indicator.id
            for indicator in self._giving
            if isinstance(value := values[indicator.id], Missing)
            and indicator.policy_for(value) is MissingPolicy.REDISTRIBUTE
        }
        if not giving:
            return None
        counted = [indicator for indicator in self._item.indicators if indicator.counted]
        taking = sum_exactly(indicator.points for indicator in counted if indicator.id not in giving)
        return sum_exactly(indicator.points for indicator in counted) / taking if taking else Fraction(1)

    def _undo_workings(
        self, candidate: Candidate, peers: PeerMeasures, undone: Mapping[str, Value]
    ) -> dict[str, Working]:
        """Return the workings with the corrections undone, of those indicators whose working is another one."""
        confirmed = candidate.values[Column.CONFIRMED]
        names = [indicator.id for indicator in self._item.indicators]
        changed = {name for name in names if undone[name] is not confirmed[name] and undone[name] != confirmed[name]}
        if not changed:
            return {}
        factor = self._find_factor(undone)
        spread_otherwise = factor != self._find_factor(confirmed)
        workings = {}
        for scorer in self._scorers:
            name = scorer.indicator.id
            if name not in changed and not spread_otherwise:
                continue
            among = list(peers.get((candidate.size_type, Column.CONFIRMED, name), ()))
            if scorer.by_rank and name in changed:
                for value, present in ((confirmed[name], True), (undone[name], False)):
                    if not isinstance(value, Missing):
                        _, own = scorer.measure(value, candidate.population, candidate.bases)
                        if present:
                            among.pop(bisect_left(among, own))
                        else:
                            insort(among, own)
            workings[name] = scorer.score(undone[name], candidate.population, among, factor, candidate.bases)
        return workings


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
    return _IndicatorScorer(indicator, edition).score(value, population, among, factor, bases)


class _IndicatorScorer:
    """Turns values of one indicator into points; what follows from the edition alone is worked out once."""

    def __init__(self, indicator: Indicator, edition: Edition | Scorecard, mark_scale: MarkScale | None = None) -> None:
        self.indicator = indicator
        self.full = indicator.full
        self.by_rank = isinstance(indicator.scale, RankScale)
        self._measures = edition.rounding_at(RoundingStep.MEASURE)
        self._points = edition.rounding_at(RoundingStep.INDICATOR)
        self._divisor = indicator.divisor
        self._bases = tuple(base for base in indicator.bases() if base != POPULATION)
        self._marks = indicator.mark_scale or mark_scale
        limits = (indicator.limits.at_least, indicator.limits.at_most)
        self._same_for_all = not (indicator.computed or self.by_rank)
        self._same_most = self._divisor is None or not any(limits)
        self._measured: tuple[tuple[object, ...], tuple[Fraction, Fraction]] = ((), (_ZERO, _ZERO))
        """What was measured last, and its measure."""
        self._workings: dict[tuple[int, int] | Missing, Working] = {}
        """Where a working follows from the value alone, and no points are spread: by the value."""
        self._most: dict[int, Fraction | None] = {}
        """Where the most points follow from the edition alone, by how many are ranked; None where they are all."""

    def measure(
        self, value: Fraction, population: int | None, bases: Mapping[str, Fraction]
    ) -> tuple[Fraction, Fraction]:
        """Return what the scale is applied to, exactly and as the edition rounds it."""
        given = (population, value, bases)
        if given != self._measured[0]:  # it is asked for a value of each column, and mostly they are the same
            if self._divisor is not None:
                value = divide_by_base(value, self._divisor, self.indicator, population, bases)
            self._measured = (given, (value, round_measure(value, self.indicator, self._measures)))
        return self._measured[1]

    def score(
        self,
        value: Value,
        population: int | None,
        among: Sequence[Fraction],
        factor: Fraction | None,
        bases: Mapping[str, Fraction],
    ) -> Working:
        """Return what `score_value` does."""
        factor = factor if self.indicator.counted else None
        if factor is not None or not self._same_for_all:
            return self._score(value, population, among, factor, bases)
        key = value if isinstance(value, Missing) else value.as_integer_ratio()
        working = self._workings.get(key)
        if working is None:
            working = self._workings[key] = self._score(value, population, among, factor, bases)
        return working

    def _score(
        self,
        value: Value,
        population: int | None,
        among: Sequence[Fraction],
        factor: Fraction | None,
        bases: Mapping[str, Fraction],
    ) -> Working:
        indicator = self.indicator
        if isinstance(value, Missing):
            of, policy = len(among) + 1 if self.by_rank else None, indicator.policy_for(value)
            return Working(value=value, measure=None, exact=_ZERO, points=_ZERO, policy=policy, of=of)
        exact, measure = self.measure(value, population, bases)
        result = apply_scale(indicator, measure, among)
        points = round_to(result.points, self._points)
        if indicator.effect is Effect.PREREQUISITE:
            points = Fraction(result.points >= self.full)
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
            bases=tuple(BaseFigure(id=base, value=bases[base]) for base in self._bases if base in bases)
            if indicator.formula or indicator.per
            else (),
            segment=result.segment,
        )

    def build_score(
        self,
        candidate: Candidate,
        workings: Sequence[Working],
        factor: Fraction | None,
        undone: Working | None,
        among: Sequence[Fraction],
    ) -> IndicatorScore:
        """Return the score with the workings of the three columns; ``factor`` and ``among`` are those of the last."""
        indicator, out_of = self.indicator, self.full
        claimed, desk, confirmed = workings
        if factor is not None and indicator.counted:
            out_of = _ZERO if confirmed.policy is MissingPolicy.REDISTRIBUTE else out_of * factor
        figures = tuple([_score_figure(figure, candidate) for figure in indicator.figures])
        measurement = candidate.application.measurements.get(indicator.id)
        inspection = candidate.application.inspections.get(indicator.id) or _join_inspections(indicator, figures)
        return IndicatorScore(
            indicator=indicator,
            out_of=out_of,
            claimed=claimed,
            desk=desk,
            confirmed=confirmed,
            combination=candidate.combinations.get(indicator.id),
            desk_reason=measurement.desk_reason if measurement else "",
            site_reason=inspection.reason if inspection else "",
            inspected=inspection is not None,
            verified=inspection.verified if inspection else None,
            evidence_document=measurement.evidence_document if measurement else "",
            evidence_page=measurement.evidence_page if measurement else "",
            attainable=self._find_attainable(candidate, confirmed, factor, among),
            undone=undone,
            figures=figures,
        )

    def _find_attainable(
        self, candidate: Candidate, confirmed: Working, factor: Fraction | None, among: Sequence[Fraction]
    ) -> Fraction | None:
        """Return the most points that a value could earn in place of the confirmed one; None: all of them."""
        if confirmed.policy is MissingPolicy.REDISTRIBUTE:
            return None
        of = confirmed.of or 1
        if of in self._most:
            most = self._most[of]
        else:
            every = find_most_points(
                self.indicator, candidate.population, self._measures, of, candidate.bases, among, self._marks
            )
            every = round_to(every, self._points)
            most = None if every == self.full else every
            if self._same_most:
                self._most[of] = most
        return most if most is None or factor is None else most * (factor or 1)


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
