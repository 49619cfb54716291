"""What comes out: findings, the scorecard with the working of each point, the level, and figures of the peers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction

from smartcert.lazy_dataclass import dataclass
from smartcert.model.applicant import Applicant, ApplicantChange
from smartcert.model.application import Partner, Value
from smartcert.model.citation import Basis, Text
from smartcert.model.indicator import (
    Combine,
    Corner,
    Effect,
    Gate,
    Indicator,
    MarkScale,
    Rounding,
    RoundingStep,
    TotalRule,
)
from smartcert.representation import describe_briefly

_ZERO = Fraction(0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Bound:
    """The fewest points of one level: reached at exactly ``points``."""

    level: int
    points: Fraction
    share: Fraction
    basis: Basis
    certified: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class FloorMissed:
    """A domain, or what a gate is about, that stayed below its floor, and the best level that this leaves."""

    domain: Text
    points: Fraction
    floor: Fraction
    best_level: int
    prerequisite: bool = False
    """Whether it is a prerequisite, which has no points of its own and is met or not."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FloorBound:
    """The fewest points of one domain, other section or indicator (``domain``, by its id).

    With fewer no level better than ``best_level`` is possible.
    """

    domain: str
    points: Fraction
    best_level: int


class Selection(StrEnum):
    """What a ranking makes of an applicant."""

    SELECTED = "selected"
    RESERVE = "reserve"
    NOT_SELECTED = "not_selected"


class PlacingReason(StrEnum):
    """Why an applicant is selected or not."""

    WITHIN = "within"
    """Its place is within what is to be given."""
    GATE = "gate"
    """It misses a gate of the edition, such as a prerequisite."""
    MINIMUM = "minimum"
    """It has fewer points than anybody must have."""
    PLACES = "places"
    """All places are taken by those before it."""
    CLASS_PLACES = "class_places"
    """All places of its class are taken by those before it."""
    BUDGET = "budget"
    """What is left of the budget does not cover what it asked for, or that of one before it."""
    TIE = "tie"
    """It shares its place with others, not all of whom can be selected; nothing here says which."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TieStep:
    """One rule on ties as it was applied to an applicant: of which section or indicator, and its points there."""

    id: str
    name: Text
    points: Fraction


@dataclass(frozen=True, kw_only=True, slots=True)
class Placing:
    """The place of an applicant in a ranking, how a tie was broken, and what follows from the place.

    ``tied`` is how many others have the same total; ``ties`` are the rules that were applied to tell them apart, and
    ``shared`` is how many others have the same place after them. ``lot`` is the number drawn, where a lot decided.
    ``left`` is what was left of the budget when its turn came. ``open`` is how many applications are not scored yet for
    want of something that may still come: they have no place, and the place may move when they have one.
    """

    place: int
    of: int
    tied: int = 0
    ties: tuple[TieStep, ...] = ()
    shared: int = 0
    lot: str = ""
    selection: Selection
    reason: PlacingReason
    reserve: int | None = None
    """Its number on the reserve list."""
    asked: Fraction | None = None
    granted: Fraction | None = None
    left: Fraction | None = None
    currency: Text | None = None
    open: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class GateResult:
    """A gate of one applicant: what is needed, what is there, and whether that is enough (exactly enough is).

    ``needed`` and ``points`` are points, of an indicator as they count. A prerequisite has 1 of 1 if it is met, else 0.
    """

    gate: Gate
    name: Text
    points: Fraction
    needed: Fraction
    out_of: Fraction

    @property
    def met(self) -> bool:
        """Whether it is passed."""
        return self.points >= self.needed

    @property
    def failed(self) -> bool:
        """Whether it is missed, and the application fails by it, whatever its points."""
        return not self.met and self.gate.best_level is None


@dataclass(frozen=True, kw_only=True, slots=True)
class LevelResult:
    """The level and every bound that it was compared with, best first."""

    level: int
    certified: bool
    bounds: tuple[Bound, ...]
    floors: tuple[FloorMissed, ...] = ()
    by_points: int = 0
    """The level that the points alone give; differs from ``level`` only under a floor."""
    floor_bounds: tuple[FloorBound, ...] = ()
    """Every floor, also those that are reached, and every gate as the floor that it is."""
    gates: tuple[GateResult, ...] = ()
    """Every gate of the edition, passed or not."""
    placing: Placing | None = None
    """The place that the level follows from, in a scheme that ranks; None where points alone decide."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PointsLeft:
    """An indicator with points left, and how many."""

    indicator: str
    name: Text
    points: Fraction
    out_of: Fraction


class LossCause(StrEnum):
    """Why an indicator has fewer points after the inspection than at the desk."""

    CORRECTION = "correction"
    """Its own figure was corrected."""
    SPREADING = "spreading"
    """Another figure of its item was corrected, so that points are spread over the item otherwise."""
    RANK = "rank"
    """Figures of other applicants were corrected; its own stands."""
    NOT_INSPECTED = "not_inspected"
    """Its figure, or another of its item, was not inspected, and what is not inspected does not stand."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SiteLoss:
    """An indicator, how many points it has less after the inspection than at the desk, and for which cause."""

    indicator: str
    name: Text
    points: Fraction
    out_of: Fraction
    cause: LossCause = LossCause.CORRECTION

    @property
    def own(self) -> bool:
        """Whether it comes from corrections of the applicant's own figures."""
        return self.cause in (LossCause.CORRECTION, LossCause.SPREADING)


@dataclass(frozen=True, kw_only=True, slots=True)
class NextLevel:
    """What separates an applicant from the next better level.

    ``short`` is the difference between the bound and the points that count. ``lost_on_site`` are the points lost by the
    inspection, each with its cause. ``regained`` is how much higher the total would be if the corrections of the
    applicant's own figures were undone and everything else stayed (below 0 where corrections raised it); ``carried``
    is whether it would then have a better level.
    ``smallest_set`` is one smallest set of indicators whose points left would reach it, those with most left first;
    it is empty where all points left together do not. ``smallest_sets`` are the first few sets of that size, that one
    the first of them, and ``more_sets`` is whether there are others.
    """

    level: int
    bound: Fraction
    short: Fraction
    most_left: tuple[PointsLeft, ...]
    smallest_set: tuple[PointsLeft, ...]
    lost_on_site: tuple[SiteLoss, ...]
    carried: bool
    regained: Fraction = Fraction(0)
    smallest_sets: tuple[tuple[PointsLeft, ...], ...] = ()
    more_sets: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Margin:
    """How firmly a level stands: its bound, the points above it, and the fewest indicators that carry it.

    Without any point of ``fewest`` the level would be worse; without those of fewer indicators it would not. The
    points of a `Left` are here those that would be lost.
    """

    level: int
    bound: Fraction
    above: Fraction
    fewest: tuple[PointsLeft, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class MarkUse:
    """One evaluator's mark as it was used: ``evaluator`` is the anonymous E1..En."""

    evaluator: str
    value: Fraction | None
    excluded: bool = False
    trimmed: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Combination:
    """How marks became one mark: the method that was really used, the marks, and the result exactly and as rounded."""

    method: str
    marks: tuple[MarkUse, ...]
    exact: Fraction
    combined: Fraction


@dataclass(frozen=True, kw_only=True, slots=True)
class BaseFigure:
    """A base of the applicant, by its id, and what it is."""

    id: str
    value: Fraction


@dataclass(frozen=True, kw_only=True, slots=True)
class Working:
    """How one value became points, step by step, for one of the three columns (claimed, desk, confirmed).

    ``value`` is what was taken; ``measure`` what the scale was applied to (per head, rank, combined mark);
    ``exact`` the points of the scale before rounding; ``points`` after it and, where points were spread over the item,
    multiplied by ``spread``, which is not rounded again. ``policy`` names the policy that decided where
    there was no value. ``rank``/``of`` are given for scales by rank, ``band`` is the bound reached, if one was. Where
    there is no value, ``of`` counts those who have one and the applicant.
    """

    value: Value
    measure: Fraction | None
    exact: Fraction
    points: Fraction
    policy: str | None = None
    rank: int | None = None
    of: int | None = None
    band: Fraction | None = None
    population: int | None = None
    measure_exact: Fraction | None = None
    """The measure before the rounding ordered for it; None where nothing was rounded."""
    spread: Fraction | None = None
    """By what the rounded points were multiplied because points of other indicators of the item were spread."""
    bases: tuple[BaseFigure, ...] = ()
    """The bases that it was computed with, residents per head (``population``) left out."""
    segment: tuple[Corner, ...] = ()
    """The one or two corners of a scale of straight lines, or rows of a table, that the points come from."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FigureScore:
    """One figure of an indicator with a formula: as claimed, accepted and confirmed, and how it was checked."""

    id: str
    name: Text
    unit: Text
    claimed: Value
    desk: Value
    confirmed: Value
    desk_reason: str = ""
    site_reason: str = ""
    inspected: bool = False
    verified: bool | None = None
    evidence_document: str = ""
    evidence_page: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class IndicatorScore:
    """One indicator of one applicant: claimed, desk and confirmed side by side. The confirmed one counts."""

    __repr__ = describe_briefly

    indicator: Indicator
    out_of: Fraction
    """Points possible for this applicant: the edition's, changed only by redistribution."""
    claimed: Working
    desk: Working
    confirmed: Working
    combination: Combination | None = None
    desk_reason: str = ""
    site_reason: str = ""
    inspected: bool = False
    verified: bool | None = None
    evidence_document: str = ""
    evidence_page: str = ""
    attainable: Fraction | None = None
    """The most points that any value could earn here, with rounding, limits and rank; None is ``out_of``."""
    undone: Working | None = None
    """The confirmed working if no figure of this applicant had been corrected on site; None where it is the same."""
    figures: tuple[FigureScore, ...] = ()
    """What a formula was computed from. The fields above on reasons and evidence are then empty."""

    @property
    def id(self) -> str:
        """The id of the indicator."""
        return self.indicator.id

    @property
    def points(self) -> Fraction:
        """Points that count. A prerequisite has 1 if it is met, which no sum counts."""
        return self.confirmed.points

    @property
    def effect(self) -> Effect:
        """What its points do."""
        return self.indicator.effect

    @property
    def reported(self) -> tuple[IndicatorScore | FigureScore, ...]:
        """What is claimed, evidenced and inspected by itself: each figure of a formula, else the indicator."""
        return self.figures or (self,)

    @property
    def corrected_at_desk(self) -> bool:
        """Whether the written evaluation changed a value, be it one that leaves the result of a formula as it was."""
        if self.figures:
            return any(figure.desk != figure.claimed for figure in self.figures)
        return self.desk is not self.claimed and self.desk.value != self.claimed.value

    @property
    def corrected_on_site(self) -> bool:
        """Whether the inspection changed a value; a value that counts as absent uninspected was not changed by it."""
        if self.figures:
            return any(figure.inspected and figure.confirmed != figure.desk for figure in self.figures)
        return self.inspected and self.confirmed is not self.desk and self.confirmed.value != self.desk.value

    @property
    def left(self) -> Fraction:
        """Points not reached that can be reached."""
        most = self.out_of if self.attainable is None else self.attainable
        left = most - self.confirmed.points
        return left if left.numerator > 0 else _ZERO


@dataclass(frozen=True, kw_only=True, slots=True)
class SectionScore:
    """A domain, an item or a level between, with its exact sum and the sum as rounded."""

    __repr__ = describe_briefly

    id: str
    name: Text
    out_of: Fraction
    exact: Fraction
    points: Fraction
    sections: tuple[SectionScore, ...] = ()
    indicators: tuple[IndicatorScore, ...] = ()
    combine: Combine | None = None
    """How what is below became its points; None: it was added up."""

    @property
    def weight(self) -> Fraction:
        """How often its points count above it."""
        return self.combine.weight if self.combine else Fraction(1)

    def walk(self) -> Iterator[IndicatorScore]:
        """Yield the scores of the indicators below, in the order of the edition."""
        yield from self.indicators
        for section in self.sections:
            yield from section.walk()

    def walk_sections(self) -> Iterator[SectionScore]:
        """Yield this section and all below it, in the order of the edition."""
        yield self
        for section in self.sections:
            yield from section.walk_sections()


@dataclass(frozen=True, kw_only=True, slots=True)
class Scorecard:
    """All points of one applicant. ``claimed`` and ``desk`` are totals as they would have been."""

    __repr__ = describe_briefly

    edition: str
    out_of: Fraction
    domains: tuple[SectionScore, ...]
    exact: Fraction
    points: Fraction
    claimed: Fraction
    desk: Fraction
    rounding: tuple[Rounding, ...]
    total_rule: TotalRule | None = None
    """How the total came about; None: the points of the domains were added up."""
    gates: tuple[Gate, ...] = ()
    """The gates of the edition, those of its prerequisites included."""
    bases: tuple[BaseFigure, ...] = ()
    """The bases that measures are computed with, residents (``population``) left out."""
    mark_scale: MarkScale | None = None
    """The marks that can be given on an indicator without a scale of its own; None where no indicator needs it."""

    def mark_scale_of(self, indicator: Indicator) -> MarkScale | None:
        """Return the marks that can be given on an indicator; None where they are not stated."""
        return indicator.mark_scale or self.mark_scale

    def indicators(self) -> tuple[IndicatorScore, ...]:
        """Return every indicator's score in the order of the edition."""
        return tuple(score for domain in self.domains for score in domain.walk())

    def sections(self) -> tuple[SectionScore, ...]:
        """Return the domains and every section below them, in the order of the edition."""
        return tuple(section for domain in self.domains for section in domain.walk_sections())

    def items(self) -> tuple[SectionScore, ...]:
        """Return the sections that have indicators themselves, in the order of the edition."""
        return tuple(section for section in self.sections() if section.indicators)

    def rounding_at(self, step: RoundingStep) -> Rounding | None:
        """Return the rounding ordered at ``step``, if any."""
        return next((rounding for rounding in self.rounding if rounding.at == step), None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What a finding states, by name and by kind; the sentence of the finding shows each by its name.

    ``words`` are somebody's own words and are escaped wherever they are shown; ``terms`` are keys of the catalogue
    of words (``"channel.mail"``); ``names`` exist in both languages.
    """

    words: Mapping[str, str] = field(default_factory=dict)
    terms: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, Text] = field(default_factory=dict)
    numbers: Mapping[str, Fraction] = field(default_factory=dict)
    days: Mapping[str, date] = field(default_factory=dict)
    moments: Mapping[str, datetime] = field(default_factory=dict)


class FindingOutcome(StrEnum):
    """How one requirement stands."""

    MET = "met"
    NOT_MET = "not_met"
    OPEN = "open"
    NOTED = "noted"


class Stage(StrEnum):
    """Where an application stands at the end of the round: the first stage that it did not pass, or evaluated."""

    ELIGIBILITY = "eligibility"
    RECEIPT = "receipt"
    DOCUMENTS = "documents"
    SCORING = "scoring"
    EVALUATED = "evaluated"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One requirement as one application meets it or not.

    ``code`` names the sentence in the catalogue of words, ``facts`` fill it, ``basis`` is what it rests on.
    ``refuses`` is whether the application goes no further because of it.
    """

    code: str
    stage: Stage
    outcome: FindingOutcome
    basis: tuple[Basis, ...]
    facts: Facts = Facts()
    refuses: bool = False

    @property
    def against(self) -> bool:
        """Whether it stands against the application: not met, still open, or decisive."""
        return self.refuses or self.outcome in (FindingOutcome.NOT_MET, FindingOutcome.OPEN)


@dataclass(frozen=True, kw_only=True, slots=True)
class Evaluation:
    """The verdict on one application, with everything that it rests on."""

    __repr__ = describe_briefly

    round: str
    id: str
    applicant: Applicant
    stage: Stage
    findings: tuple[Finding, ...]
    size_type: str | None = None
    size_basis: Basis | None = None
    scorecard: Scorecard | None = None
    level: LevelResult | None = None
    next_level: NextLevel | None = None
    margin: Margin | None = None
    """None where nothing was scored, and at the worst level, below which there is none."""
    rules: tuple[Basis, ...] = ()
    """Every rule that the verdict rests on, once."""
    partners: tuple[Partner, ...] = ()
    """Who applies together, the one that leads first; empty where the applicant applies alone."""
    applicant_changes: tuple[ApplicantChange, ...] = ()
    """What is known to have happened since the governing day to whoever applies, oldest first."""

    @property
    def evaluated(self) -> bool:
        """Whether the application was scored to the end."""
        return self.stage is Stage.EVALUATED

    @property
    def meets_criteria(self) -> bool:
        """Whether the level computed is one that is certified. Whether it *is* certified says its `Outcome` alone."""
        return self.level is not None and self.level.certified


@dataclass(frozen=True, kw_only=True, slots=True)
class Quartiles:
    """Lower quartile, median and upper quartile of points, each interpolated linearly between neighbours."""

    lower: Fraction
    median: Fraction
    upper: Fraction


@dataclass(frozen=True, kw_only=True, slots=True)
class Peers:
    """Quartiles over the evaluated applicants of one size type, the applicant itself included.

    Where there are fewer than ``suppress_below`` of them nothing is shown: ``total`` is None, the others are empty.
    ``sections`` is keyed by the id of a domain or item, ``indicators`` by the id of an indicator.
    """

    size_type: str
    applicants: int
    suppress_below: int
    total: Quartiles | None
    sections: Mapping[str, Quartiles]
    indicators: Mapping[str, Quartiles]

    @property
    def suppressed(self) -> bool:
        """Whether no figure is shown because it could point at single applicants."""
        return self.total is None
