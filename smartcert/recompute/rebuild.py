"""What does a trace lead to? Its page's input is rebuilt, and the evaluation's own functions score it again.

Nothing but the trace is at hand: it becomes an edition, a candidate and the rules of levels, as a round's files would.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction
from itertools import chain
from typing import TypeVar

from smartcert.evaluation.levels import compute_margin, determine_level, find_next_level
from smartcert.evaluation.marks import combine_marks
from smartcert.evaluation.scales import compute_measure, compute_value, round_measure
from smartcert.evaluation.scoring import Candidate, Column, PeerMeasures, build_scorecard
from smartcert.model.applicant import Applicant, ApplicantKind, Population
from smartcert.model.application import Application, ApplicationWindow, Channel, Inspection, Measurement, Missing, Value
from smartcert.model.citation import Basis, Cited, Status, Text
from smartcert.model.evaluation import (
    Combination,
    Evaluation,
    Facts,
    Finding,
    FindingOutcome,
    Peers,
    Quartiles,
    Stage,
)
from smartcert.model.indicator import (
    POPULATION,
    CountsAt,
    Direction,
    DividedByZero,
    Edition,
    Effect,
    Figure,
    FigureForm,
    Indicator,
    IndicatorKind,
    InputMissing,
    Limits,
    RankScale,
    RoundingStep,
    Section,
)
from smartcert.reporting.applicant.trace import (
    QuartileValues,
    Trace,
    TracedFigure,
    TracedIndicator,
    TracedPeers,
    TracedSection,
)
from smartcert.reporting.records import Record, RoundFacts
from smartcert.rules.parameters import CombinationMethod, CombinationRule, LevelFloor, LevelsRules

T = TypeVar("T")

_NEVER = datetime.min.replace(tzinfo=UTC)
_MOST_DIGITS = 12
"""More digits than any rule rounds to; a trace that wants more is not calculated."""
_MOST_APPLICANTS = 10_000
"""More than any round has; a trace with a rank among more is not calculated."""


def rebuild_record(trace: Trace) -> Record:
    """Return the record that a trace leads to, as far as the computed sections of a page show it."""
    if trace.size_type is None:
        raise ValueError("the applicant has no size type")
    edition = _rebuild_edition(trace)
    candidate = _rebuild_candidate(trace, trace.size_type, edition)
    card = build_scorecard(candidate, edition, _rebuild_peer_measures(trace, candidate, edition), trace.mark_scale)
    result = determine_level(card, _rebuild_level_rules(trace), trace.placing)
    evaluation = Evaluation(
        round="",
        id=trace.id,
        applicant=candidate.application.applicant,
        stage=Stage.EVALUATED,
        findings=tuple(
            Finding(
                code="evaluator_excluded",
                stage=Stage.SCORING,
                outcome=FindingOutcome.NOTED,
                basis=(),
                facts=Facts(words={"evaluator": label}, terms={"exclusion": term}),
            )
            for label, term in trace.excluded.items()
            if term
        ),
        size_type=trace.size_type,
        scorecard=card,
        level=result,
        next_level=None if trace.placing else find_next_level(card, result),
        margin=None if trace.placing else compute_margin(card, result),
    )
    return Record(
        round=RoundFacts(
            id="",
            title=_text(""),
            invented=False,
            governing_day=date.min,
            window=ApplicationWindow(opens_at=_NEVER, closes_at=_NEVER, basis=edition.basis),
            registry_as_of="",
            registry_source="",
            edition=edition.id,
            edition_title=edition.title,
            edition_basis=edition.basis,
            edition_note=edition.note,
            scheme=trace.scheme,
        ),
        evaluation=evaluation,
        outcome=replace(trace.outcome, application=trace.id, computed=result.level, meets_criteria=result.certified),
        peers=_rebuild_peers(trace.peers, trace.size_type) if trace.peers else None,
        inputs=(),
        package=trace.package,
        audience=trace.audience,
        firmness=trace.firmness,
    )


def _text(words: str) -> Text:
    return Text(ko=words, en=words)  # the trace has the words of its page's language only


def _walk(section: TracedSection) -> Iterator[TracedIndicator]:
    yield from section.indicators
    for part in section.sections:
        yield from _walk(part)


def _indicators(trace: Trace) -> Iterator[TracedIndicator]:
    return chain.from_iterable(_walk(domain) for domain in trace.domains)


def _rebuild_edition(trace: Trace) -> Edition:
    if any(not 0 <= rounding.digits <= _MOST_DIGITS for rounding in trace.rounding):
        raise ValueError("a number is rounded to no sensible number of digits")
    ids: set[str] = set()
    return Edition(
        id=trace.edition,
        title=_text(""),
        scheme="",
        since=date.min,
        points=trace.out_of,
        domains=tuple(_rebuild_section(domain, ids) for domain in trace.domains),
        rounding=trace.rounding,
        total_rule=trace.total_rule,
        gates=trace.gates,
        basis=Basis(name=f"indicators.{trace.edition}", since=date.min, status=trace.edition_status, cite=()),
        note=_text(trace.edition_note),
    )


def _rebuild_section(section: TracedSection, ids: set[str]) -> Section:
    for name in (section.id, *(indicator.id for indicator in section.indicators)):
        if name in ids:
            raise ValueError(f"{name} stands in the trace twice")
        ids.add(name)
    return Section(
        id=section.id,
        name=_text(section.name),
        points=section.points,
        sections=tuple(_rebuild_section(part, ids) for part in section.sections),
        combine=section.combine,
        indicators=tuple(
            Indicator(
                id=traced.id,
                name=_text(traced.name),
                definition=_text(traced.definition),
                kind=IndicatorKind.QUALITATIVE if traced.qualitative else IndicatorKind.QUANTITATIVE,
                points=traced.points,
                unit=_text(traced.unit),
                unit_one=traced.unit_one,
                direction=Direction.LOWER if traced.lower else Direction.HIGHER,
                scale=traced.scale,
                absent=traced.absent,
                not_applicable=traced.not_applicable,
                per_people=traced.per_people,
                limits=traced.limits or Limits(),
                mark_scale=traced.mark_scale,
                figures=tuple(_rebuild_figure(figure, ids) for figure in traced.figures),
                formula=traced.formula,
                divided_by_zero=traced.divided_by_zero or DividedByZero.ABSENT,
                per=traced.per,
                effect=traced.effect or Effect.POINTS,
                counts_at=traced.counts_at or CountsAt.TOTAL,
                scale_class=traced.scale_class,
            )
            for traced in section.indicators
        ),
    )


def _rebuild_figure(figure: TracedFigure, ids: set[str]) -> Figure:
    if figure.id in ids:
        raise ValueError(f"{figure.id} stands in the trace twice")
    ids.add(figure.id)
    return Figure(
        id=figure.id,
        name=_text(figure.name),
        unit=_text(figure.unit),
        unit_one=figure.unit_one,
        form=figure.form or FigureForm.NUMBER,
        limits=figure.limits or Limits(),
        absent=figure.absent or InputMissing.PASSES,
        not_applicable=figure.not_applicable or InputMissing.PASSES,
    )


def _rebuild_candidate(trace: Trace, size_type: str, edition: Edition) -> Candidate:
    values: dict[Column, dict[str, Value]] = {column: {} for column in Column}
    combinations: dict[str, Combination | None] = {}
    measurements: dict[str, Measurement] = {}
    inspections: dict[str, Inspection] = {}
    bases = {base.id: base.value for base in trace.bases}
    if trace.population:
        bases[POPULATION] = Fraction(trace.population)
    indicators = {indicator.id: indicator for indicator in edition.indicators()}
    for traced in _indicators(trace):
        for figure in traced.figures:
            _add_values(figure, figure.values, values, measurements, inspections)
        if traced.figures:
            for own in values.values():
                own[traced.id] = compute_value(indicators[traced.id], own, bases)
            continue
        combination = combinations[traced.id] = _combine(traced, trace, edition)
        columns = (combination.combined,) if combination else traced.values
        _add_values(traced, columns, values, measurements, inspections)
    application = Application(
        id=trace.id,
        applicant=Applicant(
            code="",
            name=_text(trace.applicant),
            kind=ApplicantKind.CITY,
            population=Population(residents=trace.population, as_of="", source="") if trace.population else None,
        ),
        code="",
        channel=Channel.WEBSITE,
        arrived_at=_NEVER,
        measurements=measurements,
        inspections=inspections,
    )
    return Candidate(
        application=application,
        size_type=size_type,
        population=trace.population,
        values=values,
        combinations=combinations,
        bases=bases,
    )


def _add_values(
    figure: TracedFigure | TracedIndicator,
    columns: tuple[Value, ...],
    values: Mapping[Column, dict[str, Value]],
    measurements: dict[str, Measurement],
    inspections: dict[str, Inspection],
) -> None:
    for column, value in zip(Column, _three(columns, f"{figure.id} has {len(columns)} values"), strict=True):
        values[column][figure.id] = value
    measurements[figure.id] = Measurement(
        indicator=figure.id,
        claimed=values[Column.CLAIMED][figure.id],
        desk=values[Column.DESK][figure.id],
        desk_reason=figure.desk_reason,
        evidence_document=figure.document,
        evidence_page=figure.page,
    )
    if figure.inspection:
        inspections[figure.id] = Inspection(
            indicator=figure.id, verified=figure.inspection == "verified", reason=figure.site_reason
        )


def _three(columns: tuple[T, ...], problem: str) -> tuple[T, ...]:
    """Return a value for each column; a single value stands for all of them."""
    if len(columns) not in (1, len(Column)):
        raise ValueError(f"{problem}, not one or three")
    return columns if len(columns) == len(Column) else columns * len(Column)


def _combine(traced: TracedIndicator, trace: Trace, edition: Edition) -> Combination | None:
    """Return how the marks became one; None for an indicator without marks."""
    if traced.marks is None:
        return None
    method = CombinationMethod(traced.marks.method)
    if not traced.marks.marks:  # the page does not show single marks
        mark = traced.marks.combined
        if mark is None:
            raise ValueError(f"{traced.id} has neither marks nor a combined mark")
        return Combination(method=method, marks=(), exact=mark, combined=mark)
    combination = combine_marks(
        {label: None if isinstance(mark, Missing) else mark for label, mark in traced.marks.marks.items()},
        frozenset(trace.excluded),
        CombinationRule(method=method, drop=traced.marks.drop or 0),
        edition.rounding_at(RoundingStep.MARK),
    )
    if combination is None:
        raise ValueError(f"{traced.id} has no mark that counts")
    return combination


def _rebuild_peer_measures(trace: Trace, candidate: Candidate, edition: Edition) -> PeerMeasures:
    """Return measures among which each value by rank has the rank of the trace, which has no others' values."""
    peers: dict[tuple[str, Column, str], list[Fraction]] = {}
    indicators = {indicator.id: indicator for indicator in edition.indicators()}

    def measure(value: Fraction, indicator: Indicator) -> Fraction:
        exact = compute_measure(value, indicator, candidate.population, candidate.bases)
        return round_measure(exact, indicator, edition.rounding_at(RoundingStep.MEASURE))

    for traced in _indicators(trace):
        if not isinstance(traced.scale, RankScale):
            continue
        indicator = indicators[traced.id]
        for column, place in zip(
            Column, _three(traced.places or (None,), f"{traced.id} has {len(traced.places)} places"), strict=True
        ):
            value = candidate.values[column][traced.id]
            if isinstance(value, Missing):
                continue
            if place is None or not 1 <= place[0] <= place[1] <= _MOST_APPLICANTS:
                raise ValueError(f"{traced.id} has no place among the applicants")
            rank, of = place
            own = measure(value, indicator)
            below, above = (rank - 1, of - rank) if traced.lower else (of - rank, rank - 1)
            peers[candidate.size_type, column, traced.id] = [own - 1] * below + [own] + [own + 1] * above
        peers |= _rank_the_missing(traced, candidate)
        if traced.undone_place is not None:
            desk = candidate.values[Column.DESK][traced.id]
            if isinstance(desk, Missing):
                raise ValueError(f"{traced.id} has a place and no value")
            key = (candidate.size_type, Column.CONFIRMED, traced.id)
            confirmed = candidate.values[Column.CONFIRMED][traced.id]
            before = None if isinstance(confirmed, Missing) else measure(confirmed, indicator)
            peers[key] = _place_twice(traced, measure(desk, indicator), before)
    return peers


def _rank_the_missing(traced: TracedIndicator, candidate: Candidate) -> dict[tuple[str, Column, str], list[Fraction]]:
    """Return as many measures as there are others, in each column without a value where there is no confirmed one."""
    if traced.ranked is None:
        return {}
    if not 1 <= traced.ranked <= _MOST_APPLICANTS:
        raise ValueError(f"{traced.id} has no place among the applicants")
    return {
        (candidate.size_type, column, traced.id): [Fraction(0)] * (traced.ranked - 1)
        for column in Column
        if isinstance(candidate.values[column][traced.id], Missing)
    }


def _place_twice(traced: TracedIndicator, undone: Fraction, own: Fraction | None) -> list[Fraction]:
    """Return measures, ``own`` among them unless it is None, in which both values have the rank of the trace."""
    place, own_place = traced.undone_place, traced.places[-1] if traced.places else None
    if place is None or not 1 <= place[0] <= place[1] <= _MOST_APPLICANTS:
        raise ValueError(f"{traced.id} has no place among the applicants")
    sign = -1 if traced.lower else 1  # as if higher were better
    ranked = sorted([(sign * undone, place)] + ([(sign * own, own_place)] if own is not None and own_place else []))
    worse, better = ranked[0], ranked[-1]
    before_better, before_worse, others = better[1][0] - 1, worse[1][0] - 1, place[1] - 1
    if not before_better <= before_worse <= others or any(found[1] != place[1] for _, found in ranked):
        raise ValueError(f"{traced.id} has two places that contradict each other")
    measures = (
        [worse[0] - 1] * (others - before_worse)
        + [better[0]] * (before_worse - before_better)
        + [better[0] + 1] * before_better
        + ([] if own is None else [sign * own])
    )
    return sorted(sign * measure for measure in measures)


def _rebuild_level_rules(trace: Trace) -> LevelsRules:
    levels = [bound.level for bound in trace.bounds]
    certified = [bound.level for bound in trace.bounds if bound.certified]
    if levels != list(range(1, len(levels) + 1)) or certified != levels[: len(certified)]:
        raise ValueError("the levels are not 1, 2, 3 ... with the certified ones first")
    out_of = {domain.id: domain.points for domain in trace.domains}
    floors = tuple(
        LevelFloor(domain=floor.domain, at_least=100 * floor.points / out_of[floor.domain], best_level=floor.best_level)
        for floor in trace.floors
    )
    return LevelsRules(
        bounds={bound.level: _cite(f"level_{bound.level}", bound.percent, bound.status) for bound in trace.bounds},
        worst=_cite("worst", len(levels) + 1),
        certified_from=_cite("certified_from", len(certified)),
        floors=_cite("floors", floors),
    )


def _cite(name: str, value: T, status: Status = Status.LAW) -> Cited[T]:
    return Cited(name=f"levels.{name}", value=value, since=date.min, status=status, cite=())


def _rebuild_peers(peers: TracedPeers, size_type: str) -> Peers:
    def quartiles(values: QuartileValues) -> Quartiles:
        lower, median, upper = values
        return Quartiles(lower=lower, median=median, upper=upper)

    return Peers(
        size_type=size_type,
        applicants=peers.applicants,
        suppress_below=peers.suppress_below,
        total=quartiles(peers.total) if peers.total else None,
        sections={name: quartiles(values) for name, values in peers.sections.items()},
        indicators={name: quartiles(values) for name, values in peers.indicators.items()},
    )
