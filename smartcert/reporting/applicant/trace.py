"""Machine-readable calculation in the page."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from typing import Any, Literal

from pydantic import TypeAdapter

from smartcert.characters import UNSEEN_CLASS
from smartcert.errors import ReportError
from smartcert.files import sha256_hex
from smartcert.model.applicant import SizeType
from smartcert.model.application import Missing, Value
from smartcert.model.citation import Status
from smartcert.model.evaluation import (
    Combination,
    Evaluation,
    FloorBound,
    IndicatorScore,
    LevelResult,
    Peers,
    Quartiles,
    Scorecard,
    SectionScore,
)
from smartcert.model.indicator import Direction, IndicatorKind, Limits, MissingPolicy, Rounding, Scale
from smartcert.reporting.applicant.tables import find_exclusion_reasons
from smartcert.reporting.canonical import compact_json
from smartcert.reporting.page import TRACE_ID
from smartcert.reporting.records import Audience, Record

# --- The shape of the trace that a page carries: plain, complete, and small.

QuartileValues = tuple[Fraction, Fraction, Fraction]


@dataclass(frozen=True, kw_only=True, slots=True)
class TracedMarks:
    """How marks became one: the method used, how many were dropped at each end, and each evaluator's mark.

    Where single marks are not shown there is only the ``combined`` one.
    """

    method: str
    drop: int | None = None
    marks: Mapping[str, Value] = field(default_factory=dict)
    combined: Fraction | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class TracedIndicator:
    """One indicator: its rule, and the values as claimed, as accepted at the desk, as confirmed.

    ``values`` are these three, or one where all are the same; ``places`` go with them for a scale by rank: the place
    and among how many. ``inspection`` is empty where there was none.
    """

    id: str
    name: str = ""
    definition: str = ""
    unit: str = ""
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
    marks: TracedMarks | None = None
    document: str = ""
    page: str = ""
    desk_reason: str = ""
    site_reason: str = ""
    inspection: Literal["", "verified", "corrected"] = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class TracedSection:
    """A domain, an item, or a level between, with the points that the edition states for it."""

    id: str
    name: str = ""
    points: Fraction
    sections: tuple[TracedSection, ...] = ()
    indicators: tuple[TracedIndicator, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class TracedBound:
    """From which percentage of all points on a level is reached."""

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
class StatedOutcome:
    """What the page states as its outcome."""

    level: int
    points: Fraction
    exact: Fraction
    claimed: Fraction
    desk: Fraction
    sections: Mapping[str, Fraction] = field(default_factory=dict)
    indicators: Mapping[str, Fraction] = field(default_factory=dict)
    certified: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Trace:
    """Everything that a report's points and level follow from, in the language of its page.

    What says nothing (no text, no entry, not true) need not be written.
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
    printed: StatedOutcome
    seals: Mapping[str, str] = field(default_factory=dict)
    size_type: SizeType | None = None
    population: int | None = None
    floors: tuple[FloorBound, ...] = ()
    excluded: Mapping[str, str] = field(default_factory=dict)
    """Per evaluator who did not judge the key of the term that says why."""
    peers: TracedPeers | None = None
    format: Literal["smartcert-trace/1"] = "smartcert-trace/1"


# --- The trace: the whole calculation of one report for machines, carried by the page within itself.

FORMAT = "smartcert-trace/1"
COMPUTED_SECTIONS = ("verdict", "next-level", "points", "working", "inspection", "committee")
"""The sections that follow from the trace."""
SEALED_SECTIONS = ("head", "eligibility", "basis")
"""The sections that no calculation leads to: the trace holds a hash of each."""

_SEAL_KEY = "seal"
_UNSAFE = re.compile(f"[<>&\ud800-\udfff{UNSEEN_CLASS}]")


def build_trace(record: Record, language: str, seals: Mapping[str, str]) -> Trace:
    """Return the trace of an evaluated application in the language of its page.

    Raises:
        ReportError: it was not evaluated.
    """
    evaluation, round_ = record.evaluation, record.round
    card, result = evaluation.scorecard, evaluation.level
    if card is None or result is None:
        raise ReportError(f"'{evaluation.id}' was not evaluated: there is no calculation to trace")
    return Trace(
        package=record.package,
        language=language,
        audience=record.audience,
        id=evaluation.id,
        applicant=evaluation.applicant.name.of(language),
        size_type=evaluation.size_type,
        population=_find_population(card),
        edition=card.edition,
        edition_status=round_.edition_basis.status,
        edition_note=round_.edition_note.of(language),
        out_of=card.out_of,
        rounding=card.rounding,
        bounds=tuple(
            TracedBound(
                level=bound.level,
                percent=bound.share * 100,
                status=bound.basis.status,
                certified=bound.certified,
            )
            for bound in result.bounds
        ),
        floors=result.floor_bounds,
        excluded=_excluded_evaluators(card, evaluation),
        domains=tuple(_trace_section(domain, language) for domain in card.domains),
        peers=_trace_peers(record.peers) if record.peers else None,
        printed=_state_outcome(card, result),
        seals=seals,
    )


def embed_trace(one: Trace) -> str:
    """Return the trace as an element of a page: data that no browser runs, and that nothing within it can end."""
    plain = _drop_empty(_adapter().dump_python(one, mode="json"))
    plain[_SEAL_KEY] = _seal_digest(plain)
    text = _UNSAFE.sub(_escape_character, compact_json(plain))
    return f'<script type="application/json" id="{TRACE_ID}">{text}</script>'


def _escape_character(match: re.Match[str]) -> str:
    """Return a character as JSON escapes it: as one or two units of UTF-16."""
    units = match[0].encode("utf-16-be", "surrogatepass").hex(" ", 2)
    return "".join(f"\\u{unit}" for unit in units.split())


def read_trace(text: str) -> tuple[Trace, bool]:
    """Return the trace that `embedded` wrote, and whether its own seal is unbroken.

    Raises:
        ValueError: the text is no such trace.
    """
    plain = json.loads(text)
    if not isinstance(plain, dict):
        raise ValueError("the trace is no JSON object")
    stated = plain.pop(_SEAL_KEY, None)
    return _adapter().validate_json(json.dumps(plain)), stated == _seal_digest(plain)


@cache
def _adapter() -> TypeAdapter[Trace]:
    return TypeAdapter(Trace)


def _seal_digest(plain: Any) -> str:
    return sha256_hex(compact_json(plain).encode("utf-8", "surrogatepass"))[:32]


def _drop_empty(plain: Any) -> Any:
    """Leave out what says nothing: the form fills it in again."""
    if isinstance(plain, dict):
        slim = {name: _drop_empty(value) for name, value in plain.items()}
        return {
            name: value
            for name, value in slim.items()
            if value is not None and value is not False and value not in ("", [], {})
        }
    return [_drop_empty(one) for one in plain] if isinstance(plain, list) else plain


def _find_population(card: Scorecard) -> int | None:
    columns = (one for score in card.indicators() for one in (score.claimed, score.desk, score.confirmed))
    return next((one.population for one in columns if one.population is not None), None)


def _excluded_evaluators(card: Scorecard, evaluation: Evaluation) -> dict[str, str]:
    why = find_exclusion_reasons(evaluation.findings)
    uses = (use for score in card.indicators() if score.combination for use in score.combination.marks)
    return {use.evaluator: why.get(use.evaluator, "") for use in uses if use.excluded}


def _trace_section(section: SectionScore, language: str) -> TracedSection:
    return TracedSection(
        id=section.id,
        name=section.name.of(language),
        points=section.out_of,
        sections=tuple(_trace_section(part, language) for part in section.sections),
        indicators=tuple(_trace_indicator(one, language) for one in section.indicators),
    )


def _trace_indicator(one: IndicatorScore, language: str) -> TracedIndicator:
    indicator = one.indicator
    columns = (one.claimed, one.desk, one.confirmed)
    places = tuple((c.rank, c.of) if c.rank is not None and c.of is not None else None for c in columns)
    values: tuple[Value, ...] = tuple(column.value for column in columns)
    if len(set(values)) == len(set(places)) == 1:
        values, places = values[:1], places[:1]
    return TracedIndicator(
        id=indicator.id,
        name=indicator.name.of(language),
        definition=indicator.definition.of(language),
        unit=indicator.unit.of(language),
        points=indicator.points,
        scale=indicator.scale,
        absent=indicator.absent,
        not_applicable=indicator.not_applicable,
        values=() if one.combination else values,
        qualitative=indicator.kind is IndicatorKind.QUALITATIVE,
        lower=indicator.direction is Direction.LOWER,
        per_people=indicator.per_people,
        limits=indicator.limits if indicator.limits != Limits() else None,
        places=places if any(places) else (),
        marks=_trace_marks(one.combination) if one.combination else None,
        document=one.evidence_document,
        page=one.evidence_page,
        desk_reason=one.desk_reason,
        site_reason=one.site_reason,
        inspection="" if one.verified is None else "verified" if one.verified else "corrected",
    )


def _trace_marks(one: Combination) -> TracedMarks:
    if not one.marks:
        return TracedMarks(method=one.method, combined=one.combined)
    return TracedMarks(
        method=one.method,
        drop=sum(use.trimmed for use in one.marks) // 2 or None,
        marks={use.evaluator: Missing.ABSENT if use.value is None else use.value for use in one.marks},
    )


def _trace_peers(peers: Peers) -> TracedPeers:
    return TracedPeers(
        applicants=peers.applicants,
        suppress_below=peers.suppress_below,
        total=_quartile_values(peers.total) if peers.total else None,
        sections={name: _quartile_values(one) for name, one in peers.sections.items()},
        indicators={name: _quartile_values(one) for name, one in peers.indicators.items()},
    )


def _quartile_values(one: Quartiles) -> QuartileValues:
    return one.lower, one.median, one.upper


def _state_outcome(card: Scorecard, result: LevelResult) -> StatedOutcome:
    return StatedOutcome(
        level=result.level,
        certified=result.certified,
        points=card.points,
        exact=card.exact,
        claimed=card.claimed,
        desk=card.desk,
        sections={one.id: one.points for one in card.sections()},
        indicators={one.indicator.id: one.points for one in card.indicators()},
    )
