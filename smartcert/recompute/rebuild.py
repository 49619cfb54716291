"""Trace -> record through the evaluation itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fractions import Fraction

from smartcert.evaluation.levels import compute_margin, find_next_level, level_from_totals
from smartcert.evaluation.marks import combine_marks
from smartcert.evaluation.scales import ScaleResult, apply_scale, compute_measure, round_to
from smartcert.model.applicant import Applicant, ApplicantKind
from smartcert.model.application import ApplicationWindow, Missing, Value
from smartcert.model.citation import Basis, Text
from smartcert.model.evaluation import (
    Bound,
    Combination,
    Evaluation,
    Facts,
    Finding,
    FloorMissed,
    IndicatorScore,
    LevelResult,
    Outcome,
    Peers,
    Quartiles,
    Scorecard,
    SectionScore,
    Stage,
    Working,
)
from smartcert.model.indicator import (
    Direction,
    Indicator,
    IndicatorKind,
    Limits,
    MissingPolicy,
    RankScale,
    Rounding,
    RoundingStep,
)
from smartcert.reporting.applicant.trace import (
    QuartileValues,
    Trace,
    TracedIndicator,
    TracedMarks,
    TracedPeers,
    TracedSection,
)
from smartcert.reporting.records import Record, RoundFacts
from smartcert.rules.parameters import CombinationMethod, CombinationRule

# --- One value through its rule again: measure, scale, rounding, spread. Scales, rounding and marks are the core's own.

COLUMNS = 3
_COLUMNS_NONE, _WHOLE = Fraction(0), Fraction(1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """What holds for every indicator of a trace: rounding by step, the population, who did not judge."""

    rounding: Mapping[RoundingStep, Rounding]
    population: int | None
    excluded: frozenset[str]


def indicator_of(one: TracedIndicator) -> Indicator:
    """Return the indicator with its rule; its words are those of the page in both languages."""
    return Indicator(
        id=one.id,
        name=text(one.name),
        definition=text(one.definition),
        kind=IndicatorKind.QUALITATIVE if one.qualitative else IndicatorKind.QUANTITATIVE,
        points=one.points,
        unit=text(one.unit),
        direction=Direction.LOWER if one.lower else Direction.HIGHER,
        scale=one.scale,
        absent=one.absent,
        not_applicable=one.not_applicable,
        per_people=one.per_people,
        limits=one.limits or Limits(),
    )


def text(words: str) -> Text:
    """Return words of the page as a text in both languages."""
    return Text(ko=words, en=words)


def combined(one: TracedIndicator, given: Given) -> Combination | None:
    """Return how the marks became one; None for an indicator without marks.

    Raises:
        ValueError: there are no marks, or no such method.
    """
    if one.marks is None:
        return None
    if not one.marks.marks:
        mark = one.marks.combined
        if mark is None:
            raise ValueError(f"{one.id} has neither marks nor a combined mark")
        return Combination(method=CombinationMethod(one.marks.method), marks=(), exact=mark, combined=mark)
    marks = {label: None if isinstance(mark, Missing) else mark for label, mark in one.marks.marks.items()}
    made = combine_marks(marks, given.excluded, _rule(one.marks), given.rounding.get(RoundingStep.MARK))
    if made is None:
        raise ValueError(f"{one.id} has no mark that counts")
    return made


def _rule(marks: TracedMarks) -> CombinationRule:
    return CombinationRule(method=CombinationMethod(marks.method), drop=marks.drop or 0)


def values(one: TracedIndicator, mark: Combination | None) -> tuple[Value, ...]:
    """Return the value of each column.

    Raises:
        ValueError: there are neither one nor three.
    """
    if mark is not None:
        return (mark.combined,) * COLUMNS
    return _three(one.values, one.id)


def _three(found: tuple[Value, ...], name: str) -> tuple[Value, ...]:
    if len(found) not in (1, COLUMNS):
        raise ValueError(f"{name} has {len(found)} values, not one or three")
    return found if len(found) == COLUMNS else found * COLUMNS


def spread_of(section: TracedSection, column: Mapping[str, Value]) -> tuple[frozenset[str], Fraction]:
    """Return which indicators of an item give their points away in a column, and by what the others' are multiplied."""
    giving = frozenset(
        one.id for one in section.indicators if _policy(one, column[one.id]) is MissingPolicy.REDISTRIBUTE
    )
    taking = sum((one.points for one in section.indicators if one.id not in giving), _COLUMNS_NONE)
    return giving, section.points / taking if giving and taking else _WHOLE


def _policy(one: TracedIndicator, value: Value) -> MissingPolicy | None:
    if not isinstance(value, Missing):
        return None
    return one.absent if value is Missing.ABSENT else one.not_applicable


def working(one: TracedIndicator, value: Value, column: int, spread: Fraction, given: Given) -> Working:
    """Return how a value becomes points.

    Raises:
        ValueError: a place or the population is missing where the rule needs it.
    """
    if isinstance(value, Missing):
        return Working(value=value, measure=None, exact=_COLUMNS_NONE, points=_COLUMNS_NONE, policy=_policy(one, value))
    indicator = indicator_of(one)
    exact_measure = compute_measure(value, indicator, given.population)
    measured = round_to(exact_measure, given.rounding.get(RoundingStep.MEASURE)) if one.per_people else exact_measure
    reached = _placed(one, column) if isinstance(one.scale, RankScale) else apply_scale(indicator, measured)
    return Working(
        value=value,
        measure=measured,
        exact=reached.points,
        points=round_to(reached.points, given.rounding.get(RoundingStep.INDICATOR)) * spread,
        rank=reached.rank,
        of=reached.of,
        band=reached.band,
        population=given.population if one.per_people else None,
        measure_exact=exact_measure if exact_measure != measured else None,
        spread=spread if spread != _WHOLE else None,
    )


def _placed(one: TracedIndicator, column: int) -> ScaleResult:
    """Return the points of a place. The others' values are not in the trace, so the place itself is taken as given."""
    places = one.places if len(one.places) == COLUMNS else one.places * COLUMNS
    place = places[column] if column < len(places) else None
    if place is None or not isinstance(one.scale, RankScale) or not 1 <= place[0] <= place[1]:
        raise ValueError(f"{one.id} has no place among the applicants")
    rank, of = place
    reached = Fraction(rank) if one.scale.by == "position" else Fraction(100 * rank, of)
    band = next((band for band in one.scale.bands if reached <= band.bound), None)
    points = one.scale.otherwise if band is None else band.points
    return ScaleResult(points=points, band=band.bound if band else None, rank=rank, of=of)


# --- The sums of a trace again: indicators, items, domains, the total, and the level.

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
    level = level_from_totals(card.points, points, under)
    return LevelResult(
        level=level,
        certified=any(bound.level == level and bound.certified for bound in bounds),
        bounds=bounds,
        floors=tuple(
            FloorMissed(
                domain=names[one.domain],
                points=points[one.domain],
                floor=one.points,
                best_level=one.best_level,
            )
            for one in trace.floors
            if points[one.domain] < one.points
        ),
        by_points=level_from_totals(card.points, points, plain),
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
    step = RoundingStep.DOMAIN if top else RoundingStep.ITEM if leaf else None
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
    return round_to(exact, given.rounding.get(RoundingStep.TOTAL))


def _column(section: SectionScore, column: int, given: Given, *, top: bool) -> Fraction:
    exact = sum((_column(part, column, given, top=False) for part in section.sections), _NONE)
    exact += sum(((score.claimed, score.desk, score.confirmed)[column].points for score in section.indicators), _NONE)
    return _rounded(exact, given, top=top, leaf=bool(section.indicators))


# --- The record of a trace: what the calculation gives, with nothing of what only the sealed sections show.


def rebuild_record(trace: Trace) -> Record:
    """Return the record that a trace leads to, as far as the computed sections show it.

    Raises:
        ValueError, ZeroDivisionError: the trace cannot be calculated.
    """
    card = scorecard_of(trace)
    result = level_of(trace, card)
    evaluation = Evaluation(
        round="",
        id=trace.id,
        applicant=Applicant(code="", name=text(trace.applicant), kind=ApplicantKind.CITY),
        stage=Stage.EVALUATED,
        findings=tuple(_excluded(label, term) for label, term in trace.excluded.items() if term),
        size_type=trace.size_type,
        scorecard=card,
        level=result,
        next_level=find_next_level(card, result),
        margin=compute_margin(card, result),
    )
    return Record(
        round=_round(trace),
        evaluation=evaluation,
        peers=_peers(trace.peers, trace) if trace.peers else None,
        inputs=(),
        package=trace.package,
        audience=trace.audience,
    )


def _excluded(label: str, term: str) -> Finding:
    facts = Facts(words={"evaluator": label}, terms={"exclusion": term})
    return Finding(code="evaluator_excluded", stage=Stage.SCORING, outcome=Outcome.NOTED, basis=(), facts=facts)


def _round(trace: Trace) -> RoundFacts:
    basis = Basis(name=f"indicators.{trace.edition}", since=date.min, status=trace.edition_status, cite=())
    never = datetime.min.replace(tzinfo=UTC)
    return RoundFacts(
        id="",
        title=text(""),
        invented=False,
        governing_day=date.min,
        window=ApplicationWindow(opens_at=never, closes_at=never, basis=basis),
        registry_as_of="",
        registry_source="",
        edition=trace.edition,
        edition_title=text(""),
        edition_basis=basis,
        edition_note=text(trace.edition_note),
    )


def _peers(peers: TracedPeers, trace: Trace) -> Peers:
    if trace.size_type is None:
        raise ValueError("there are figures of a size type, and no size type")
    return Peers(
        size_type=trace.size_type,
        applicants=peers.applicants,
        suppress_below=peers.suppress_below,
        total=_quartiles(peers.total) if peers.total else None,
        sections={name: _quartiles(one) for name, one in peers.sections.items()},
        indicators={name: _quartiles(one) for name, one in peers.indicators.items()},
    )


def _quartiles(three: QuartileValues) -> Quartiles:
    lower, median, upper = three
    return Quartiles(lower=lower, median=median, upper=upper)
