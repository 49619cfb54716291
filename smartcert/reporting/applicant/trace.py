"""The trace: the complete calculation of one report for machines, carried by the page within itself."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import field
from fractions import Fraction
from typing import Any, Literal, TypeVar

from smartcert.characters import UNSEEN_CLASS
from smartcert.decoding import REFUSALS, decode
from smartcert.errors import ReportError
from smartcert.files import sha256_hex
from smartcert.lazy_dataclass import dataclass
from smartcert.model.application import Missing, Value
from smartcert.model.citation import Status
from smartcert.model.evaluation import (
    BaseFigure,
    Combination,
    Evaluation,
    FigureScore,
    FloorBound,
    IndicatorScore,
    Placing,
    Quartiles,
    Scorecard,
    SectionScore,
)
from smartcert.model.firmness import Firmness
from smartcert.model.indicator import (
    POPULATION,
    Combine,
    CountsAt,
    Direction,
    DividedByZero,
    Effect,
    Figure,
    FigureForm,
    Gate,
    IndicatorKind,
    InputMissing,
    Limits,
    MarkScale,
    MissingPolicy,
    Per,
    Rounding,
    Scale,
    TotalRule,
)
from smartcert.model.outcome import Outcome
from smartcert.model.scheme import SchemeFacts
from smartcert.reporting.applicant.tables import find_exclusion_reasons
from smartcert.reporting.canonical import compact_json
from smartcert.reporting.compact import TRACE_ID
from smartcert.reporting.records import CONTAINERS, Audience, Record, get_type_adapter, to_plain

FORMAT = "smartcert-trace/2"
COMPUTED_SECTIONS = ("verdict", "decision", "next-level", "points", "working", "inspection", "committee")
"""The sections that follow from the trace."""
SEALED_SECTIONS = ("head", "eligibility", "earlier", "basis")
"""The sections that no calculation leads to: the trace has a hash of each that the page has."""
_SEAL_KEY = "seal"
_UNSAFE = re.compile(f"[<>&\ud800-\udfff{UNSEEN_CLASS}]")
"""What could end the element, or is invisible or invalid in a page; it is written as an escape of JSON."""

QuartileValues = tuple[Fraction, Fraction, Fraction]


@dataclass(frozen=True, kw_only=True, slots=True)
class TracedMarks:
    """How marks were combined: the method, how many were trimmed at each end, and each evaluator's mark.

    Where single marks are not shown there is only the ``combined`` mark.
    """

    method: str
    drop: int | None = None
    marks: Mapping[str, Value] = field(default_factory=dict)
    combined: Fraction | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class TracedFigure:
    """One figure of a formula: as claimed, as accepted at the desk, as confirmed, or one value where all are equal."""

    id: str
    name: str = ""
    unit: str = ""
    unit_one: str | None = None
    form: FigureForm | None = None
    """None: any number."""
    limits: Limits | None = None
    values: tuple[Value, ...] = ()
    absent: InputMissing | None = None
    """What it does where it is absent; None: the measure is absent too. So for ``not_applicable``."""
    not_applicable: InputMissing | None = None
    document: str = ""
    page: str = ""
    desk_reason: str = ""
    site_reason: str = ""
    inspection: Literal["", "verified", "corrected"] = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class TracedIndicator:
    """One indicator: its rule, and the values as claimed, as accepted at the desk, as confirmed.

    ``values`` are these three, or a single one where all are equal; ``places`` go with them for a scale by rank: the
    rank and among how many. ``inspection`` is empty where there was none.
    """

    id: str
    name: str = ""
    definition: str = ""
    unit: str = ""
    unit_one: str | None = None
    points: Fraction
    scale: Scale
    absent: MissingPolicy
    not_applicable: MissingPolicy
    values: tuple[Value, ...] = ()
    qualitative: bool = False
    lower: bool = False
    """Whether lower values are better."""
    per_people: int | None = None
    limits: Limits | None = None
    places: tuple[tuple[int, int] | None, ...] = ()
    ranked: int | None = None
    """Among how many it would have a rank; only where there is no confirmed value."""
    undone_place: tuple[int, int] | None = None
    """The rank, and among how many, if the correction on site were undone."""
    marks: TracedMarks | None = None
    mark_scale: MarkScale | None = None
    document: str = ""
    page: str = ""
    desk_reason: str = ""
    site_reason: str = ""
    inspection: Literal["", "verified", "corrected"] = ""
    figures: tuple[TracedFigure, ...] = ()
    formula: str = ""
    divided_by_zero: DividedByZero | None = None
    per: Per | None = None
    effect: Effect | None = None
    """What its points do; None: they are points, as most are."""
    counts_at: CountsAt | None = None
    scale_class: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class TracedSection:
    """A domain, an item, or a section between them, with the points that the edition states for it."""

    id: str
    name: str = ""
    points: Fraction
    sections: tuple[TracedSection, ...] = ()
    indicators: tuple[TracedIndicator, ...] = ()
    combine: Combine | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class TracedBound:
    """The percentage of all points from which on a level is reached; a total exactly on it reaches it."""

    level: int
    percent: Fraction
    status: Status
    certified: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class TracedPeers:
    """The anonymous figures of the size type: lower quartile, median, upper quartile."""

    applicants: int
    suppress_below: int
    total: QuartileValues | None = None
    sections: Mapping[str, QuartileValues] = field(default_factory=dict)
    indicators: Mapping[str, QuartileValues] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class ComputedResult:
    """What the page states as computed; what was decided stands in the trace's ``outcome``."""

    level: int
    points: Fraction
    exact: Fraction
    claimed: Fraction
    desk: Fraction
    sections: Mapping[str, Fraction] = field(default_factory=dict)
    indicators: Mapping[str, Fraction] = field(default_factory=dict)
    meets_criteria: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Trace:
    """Everything that a report's points and level follow from, and what was decided, in the language of its page.

    What is empty (no text, no entry, not true) is not written.
    """

    package: str
    language: str
    audience: Audience
    id: str
    applicant: str = ""
    edition: str = ""
    edition_status: Status
    edition_note: str = ""
    out_of: Fraction
    rounding: tuple[Rounding, ...] = ()
    bounds: tuple[TracedBound, ...] = ()
    domains: tuple[TracedSection, ...] = ()
    computed: ComputedResult
    outcome: Outcome
    seals: Mapping[str, str] = field(default_factory=dict)
    size_type: str | None = None
    population: int | None = None
    floors: tuple[FloorBound, ...] = ()
    total_rule: TotalRule | None = None
    gates: tuple[Gate, ...] = ()
    bases: tuple[BaseFigure, ...] = ()
    """The bases that measures were divided by, residents apart."""
    mark_scale: MarkScale | None = None
    excluded: Mapping[str, str] = field(default_factory=dict)
    """Per excluded evaluator the key of the term for the reason."""
    peers: TracedPeers | None = None
    firmness: Firmness | None = None
    """The simulated levels. They rest on marks and grades that not every page has, and are taken as they stand."""
    scheme: SchemeFacts | None = None
    """What is worded otherwise under the scheme of the round."""
    placing: Placing | None = None
    """The place in a ranking. It rests on the totals of others, which no page has, and is taken as it stands."""
    format: Literal["smartcert-trace/2"] = "smartcert-trace/2"


def build_trace(record: Record, language: str, seals: Mapping[str, str]) -> Trace:
    """Return the trace of an application in the language of its page; a ReportError where it was not evaluated."""
    evaluation, round_, peers = record.evaluation, record.round, record.peers
    card, result = evaluation.scorecard, evaluation.level
    if card is None or result is None:
        raise ReportError(f"'{evaluation.id}' was not evaluated: there is no calculation to trace")
    return Trace(
        package=record.package,
        language=language,
        audience=record.audience,
        id=evaluation.id,
        applicant=evaluation.applicant.full_name.of(language),
        size_type=evaluation.size_type,
        population=_find_population(card, evaluation),
        edition=card.edition,
        edition_status=round_.edition_basis.status,
        edition_note=round_.edition_note.of(language),
        out_of=card.out_of,
        rounding=card.rounding,
        bounds=tuple(
            TracedBound(
                level=bound.level, percent=bound.share * 100, status=bound.basis.status, certified=bound.certified
            )
            for bound in result.bounds
        ),
        floors=result.floor_bounds[: len(result.floor_bounds) - len(result.gates)],
        total_rule=card.total_rule,
        gates=card.gates,
        bases=card.bases,
        mark_scale=card.mark_scale,
        excluded=_excluded_evaluators(card, evaluation),
        domains=tuple(_trace_section(domain, language) for domain in card.domains),
        peers=(
            TracedPeers(
                applicants=peers.applicants,
                suppress_below=peers.suppress_below,
                total=_quartile_values(peers.total) if peers.total else None,
                sections={name: _quartile_values(quartiles) for name, quartiles in peers.sections.items()},
                indicators={name: _quartile_values(quartiles) for name, quartiles in peers.indicators.items()},
            )
            if peers
            else None
        ),
        computed=ComputedResult(
            level=result.level,
            meets_criteria=result.certified,
            points=card.points,
            exact=card.exact,
            claimed=card.claimed,
            desk=card.desk,
            sections={section.id: section.points for section in card.sections()},
            indicators={score.indicator.id: score.points for score in card.indicators()},
        ),
        outcome=record.outcome,
        firmness=record.firmness,
        scheme=round_.scheme,
        placing=result.placing,
        seals=seals,
    )


def embed_trace(trace: Trace) -> str:
    """Return the trace as an element of a page: data that no browser runs and that nothing within it can close."""
    plain = _drop_empty(to_plain(trace))
    members = {name: compact_json(value) for name, value in plain.items()}
    members[_SEAL_KEY] = f'"{_digest(_join_members(members))}"'
    text = _UNSAFE.sub(_escape_character, _join_members(members))
    return f'<script type="application/json" id="{TRACE_ID}">{text}</script>'


def _escape_character(match: re.Match[str]) -> str:
    """Return a character as JSON escapes it: as one or two units of UTF-16."""
    units = match[0].encode("utf-16-be", "surrogatepass").hex(" ", 2)
    return "".join(f"\\u{unit}" for unit in units.split())


def read_trace(text: str) -> tuple[Trace, bool]:
    """Return the trace of a page, and whether its seal is intact: nothing changed; a ValueError for another text."""
    plain = json.loads(text) if text.lstrip().startswith("{") else None
    if not isinstance(plain, dict):
        raise ValueError("the trace is no JSON object, nor one that was compressed by gzip and written in base64")
    stated = plain.pop(_SEAL_KEY, None)
    try:
        trace = decode(Trace, plain)
    except REFUSALS:
        trace = get_type_adapter(Trace).validate_json(json.dumps(plain))
    return trace, stated == _digest(compact_json(plain))


def _join_members(members: Mapping[str, str]) -> str:
    """Return the JSON of an object of whose values the JSON is known, as `compact_json` writes it."""
    return "{" + ",".join([f'"{name}":{members[name]}' for name in sorted(members)]) + "}"


def _digest(text: str) -> str:
    return sha256_hex(text.encode("utf-8", "surrogatepass"))[:32]


def _drop_empty(plain: Any) -> Any:
    """Return the plain trace without empty values; reading it fills in the defaults again."""
    if isinstance(plain, list):
        return [_drop_empty(value) if value.__class__ in CONTAINERS else value for value in plain]
    filled = {}
    for name, value in plain.items():
        if value.__class__ in CONTAINERS:
            value = _drop_empty(value)  # it takes the place of what is empty in parts
            if value:
                filled[name] = value
        elif value is not None and value is not False and value != "":
            filled[name] = value
    return filled


def _find_population(card: Scorecard, evaluation: Evaluation) -> int | None:
    """Return the residents that a measure is divided by, also where the applicant has no figure for it."""
    if not any(POPULATION in score.indicator.bases() for score in card.indicators()):
        return None
    population = evaluation.applicant.population
    return population.residents if population else None


def _excluded_evaluators(card: Scorecard, evaluation: Evaluation) -> dict[str, str]:
    reasons = find_exclusion_reasons(evaluation.findings)
    uses = (use for score in card.indicators() if score.combination for use in score.combination.marks)
    return {use.evaluator: reasons.get(use.evaluator, "") for use in uses if use.excluded}


def _trace_section(section: SectionScore, language: str) -> TracedSection:
    return TracedSection(
        id=section.id,
        name=section.name.of(language),
        points=section.out_of,
        sections=tuple(_trace_section(part, language) for part in section.sections),
        indicators=tuple(_trace_indicator(score, language) for score in section.indicators),
        combine=section.combine,
    )


def _trace_indicator(score: IndicatorScore, language: str) -> TracedIndicator:
    indicator = score.indicator
    columns = (score.claimed, score.desk, score.confirmed)
    places = tuple(
        (working.rank, working.of) if working.rank is not None and working.of is not None else None
        for working in columns
    )
    values: tuple[Value, ...] = tuple(working.value for working in columns)
    if len(set(values)) == len(set(places)) == 1:
        values, places = values[:1], places[:1]
    return TracedIndicator(
        id=indicator.id,
        name=indicator.name.of(language),
        definition=indicator.definition.of(language),
        unit=indicator.unit.of(language),
        unit_one=indicator.unit_one if language == "en" else None,
        points=indicator.points,
        scale=indicator.scale,
        absent=indicator.absent,
        not_applicable=indicator.not_applicable,
        values=() if score.combination else values,
        qualitative=indicator.kind is IndicatorKind.QUALITATIVE,
        lower=indicator.direction is Direction.LOWER,
        per_people=indicator.per_people,
        limits=_unless(indicator.limits, Limits()),
        places=places if any(places) else (),
        ranked=score.confirmed.of if score.confirmed.rank is None else None,
        undone_place=(score.undone.rank, score.undone.of)
        if score.undone and score.undone.rank is not None and score.undone.of is not None
        else None,
        marks=_trace_marks(score.combination) if score.combination else None,
        mark_scale=indicator.mark_scale,
        document=score.evidence_document,
        page=score.evidence_page,
        desk_reason=score.desk_reason,
        site_reason=score.site_reason,
        inspection=_describe_inspection(score.verified) if not score.figures else "",
        figures=tuple(
            _trace_figure(figure, own, language) for figure, own in zip(indicator.figures, score.figures, strict=True)
        ),
        formula=indicator.formula,
        divided_by_zero=_unless(indicator.divided_by_zero, DividedByZero.ABSENT),
        per=indicator.per,
        effect=_unless(indicator.effect, Effect.POINTS),
        counts_at=_unless(indicator.counts_at, CountsAt.TOTAL),
        scale_class=indicator.scale_class,
    )


_Choice = TypeVar("_Choice")


def _unless(value: _Choice, usual: _Choice) -> _Choice | None:
    return None if value == usual else value


def _describe_inspection(verified: bool | None) -> Literal["", "verified", "corrected"]:
    return "" if verified is None else "verified" if verified else "corrected"


def _trace_figure(figure: Figure, score: FigureScore, language: str) -> TracedFigure:
    values = (score.claimed, score.desk, score.confirmed)
    return TracedFigure(
        id=figure.id,
        name=score.name.of(language),
        unit=score.unit.of(language),
        unit_one=figure.unit_one if language == "en" else None,
        form=_unless(figure.form, FigureForm.NUMBER),
        limits=_unless(figure.limits, Limits()),
        values=values[:1] if len(set(values)) == 1 else values,
        absent=_unless(figure.absent, InputMissing.PASSES),
        not_applicable=_unless(figure.not_applicable, InputMissing.PASSES),
        document=score.evidence_document,
        page=score.evidence_page,
        desk_reason=score.desk_reason,
        site_reason=score.site_reason,
        inspection=_describe_inspection(score.verified),
    )


def _trace_marks(combination: Combination) -> TracedMarks:
    if not combination.marks:
        return TracedMarks(method=combination.method, combined=combination.combined)
    return TracedMarks(
        method=combination.method,
        drop=sum(use.trimmed for use in combination.marks) // 2 or None,
        marks={use.evaluator: Missing.ABSENT if use.value is None else use.value for use in combination.marks},
    )


def _quartile_values(quartiles: Quartiles) -> QuartileValues:
    return quartiles.lower, quartiles.median, quartiles.upper
