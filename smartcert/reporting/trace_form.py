"""The shape of the trace that a page carries: plain, complete, and small."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from smartcert.model.applicant import SizeType
from smartcert.model.application import Value
from smartcert.model.citation import Status
from smartcert.model.indicator import Limits, Policy, Rounding, Scale
from smartcert.model.level import FloorBound
from smartcert.reporting.record import Audience

Three = tuple[Fraction, Fraction, Fraction]


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
    absent: Policy
    not_applicable: Policy
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
    total: Three | None = None
    sections: Mapping[str, Three] = field(default_factory=dict)
    indicators: Mapping[str, Three] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Printed:
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
    printed: Printed
    seals: Mapping[str, str] = field(default_factory=dict)
    size_type: SizeType | None = None
    population: int | None = None
    floors: tuple[FloorBound, ...] = ()
    excluded: Mapping[str, str] = field(default_factory=dict)
    """Per evaluator who did not judge the key of the term that says why."""
    peers: TracedPeers | None = None
    format: Literal["smartcert-trace/1"] = "smartcert-trace/1"
