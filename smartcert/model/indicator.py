"""What is measured: an edition of domains, items and indicators, and how a value becomes points."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field, replace
from datetime import date
from enum import StrEnum
from fractions import Fraction
from functools import cache
from typing import Literal

from smartcert.lazy_dataclass import dataclass
from smartcert.model.application import Missing
from smartcert.model.citation import Basis, Text
from smartcert.model.formula import list_names, parse_formula
from smartcert.model.scheme import Threshold
from smartcert.representation import describe_briefly

_ZERO, _ONE = Fraction(0), Fraction(1)


class IndicatorKind(StrEnum):
    """What an indicator rests on: figures (정량) or the committee's marks (정성)."""

    QUANTITATIVE = "quantitative"
    QUALITATIVE = "qualitative"


class Direction(StrEnum):
    """Which way is better."""

    HIGHER = "higher_is_better"
    LOWER = "lower_is_better"
    TARGET = "target_is_best"
    """Neither: some value between is best, or the scale rises and falls."""


class MissingPolicy(StrEnum):
    """What an absent or not applicable value does: no evaluation, no points, or points spread over the item."""

    REFUSE = "refuse"
    ZERO = "zero"
    REDISTRIBUTE = "redistribute"


class RoundingStep(StrEnum):
    """The steps of the calculation at which an edition may order rounding, in their order."""

    MEASURE = "measure"
    MARK = "mark"
    INDICATOR = "indicator"
    ITEM = "item"
    DOMAIN = "domain"
    TOTAL = "total"


class RoundingMode(StrEnum):
    """How a number is rounded: half-up takes a half away from zero, half-even to the even digit, down cuts off."""

    HALF_UP = "half_up"
    HALF_EVEN = "half_even"
    DOWN = "down"


@dataclass(frozen=True, kw_only=True, slots=True)
class Rounding:
    """Round to ``digits`` after the decimal point at one step; half-up rounds 0.5 away from zero."""

    at: RoundingStep
    digits: int
    mode: RoundingMode


@dataclass(frozen=True, kw_only=True, slots=True)
class Band:
    """``points`` for values from ``bound`` on (the bound belongs to the band); on the better side of the bound."""

    bound: Fraction
    points: Fraction


@dataclass(frozen=True, kw_only=True, slots=True)
class BandScale:
    """Steps, best first. A value that reaches no bound gets ``otherwise``."""

    bands: tuple[Band, ...]
    otherwise: Fraction
    kind: Literal["bands"] = "bands"


@dataclass(frozen=True, kw_only=True, slots=True)
class LinearScale:
    """A straight line from no points at ``zero_at`` to all at ``full_at``, cut off at both."""

    zero_at: Fraction
    full_at: Fraction
    kind: Literal["linear"] = "linear"


@dataclass(frozen=True, kw_only=True, slots=True)
class YesNoScale:
    """All points for yes (1), none for no (0)."""

    kind: Literal["yes_no"] = "yes_no"


@dataclass(frozen=True, kw_only=True, slots=True)
class CountScale:
    """``points_each`` for each one counted, up to ``cap`` of them."""

    points_each: Fraction
    cap: Fraction
    kind: Literal["counted"] = "counted"


@dataclass(frozen=True, kw_only=True, slots=True)
class RankScale:
    """Points by rank within the size type: 1 is best, and ties share the better rank.

    ``by`` is ``"position"`` (the rank itself) or ``"share"`` (rank / number of applicants, in percent);
    a band reaches up to and including its bound.
    """

    by: Literal["position", "share"]
    bands: tuple[Band, ...]
    otherwise: Fraction
    kind: Literal["rank"] = "rank"


@dataclass(frozen=True, kw_only=True, slots=True)
class Marks:
    """A straight line on the combined mark of the committee, from ``zero_at`` to ``full_at``."""

    zero_at: Fraction
    full_at: Fraction
    kind: Literal["marks"] = "marks"


@dataclass(frozen=True, kw_only=True, slots=True)
class Corner:
    """A value and the points that exactly this value gives."""

    value: Fraction
    points: Fraction


@dataclass(frozen=True, kw_only=True, slots=True)
class PiecewiseScale:
    """Straight lines between corners (by rising value); below the first and above the last as these give."""

    corners: tuple[Corner, ...]
    kind: Literal["piecewise"] = "piecewise"


@dataclass(frozen=True, kw_only=True, slots=True)
class TargetScale:
    """All points from ``full_from`` to ``full_to``, both included, falling in straight lines to none at the two ends.

    At ``zero_below`` and below it, and at ``zero_above`` and above it, there are none. Without one of them nothing is
    lost on that side.
    """

    full_from: Fraction
    full_to: Fraction
    zero_below: Fraction | None = None
    zero_above: Fraction | None = None
    kind: Literal["target"] = "target"


class Between(StrEnum):
    """What a table gives for a value between two of its rows: a straight line, the lower row, or the nearest one."""

    LINEAR = "linear"
    LOWER = "lower"
    NEAREST = "nearest"
    """Exactly in the middle the upper row."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TableScale:
    """Points for each value (by rising value), any step; outside the table those of its nearest row."""

    rows: tuple[Corner, ...]
    between: Between
    kind: Literal["table"] = "table"


Scale = (
    BandScale | LinearScale | YesNoScale | CountScale | RankScale | Marks | PiecewiseScale | TargetScale | TableScale
)


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassScale:
    """The scale for applicants of one class, by its id: ``large``, ``small_medium``, or what the scheme declares."""

    of: str
    scale: Scale


@dataclass(frozen=True, kw_only=True, slots=True)
class MarkScale:
    """The marks that an evaluator can give: from ``lowest`` to ``highest`` in steps of ``step``."""

    lowest: Fraction
    highest: Fraction
    step: Fraction

    def allows(self, mark: Fraction) -> bool:
        """Return whether ``mark`` stands on the scale; both ends do."""
        return self.lowest <= mark <= self.highest and (mark - self.lowest) % self.step == 0


class Effect(StrEnum):
    """What the points of an indicator do."""

    POINTS = "points"
    BONUS = "bonus"
    """They are added on top; nobody needs them to have all points."""
    DEDUCTION = "deduction"
    """They are taken away: from none, the best, down to the (negative) points of the indicator."""
    PREREQUISITE = "prerequisite"
    """It gives no points and must be met, which is all points of its scale, out of one."""


class CountsAt(StrEnum):
    """Where a bonus or a deduction is added: to the total, or to the section that it stands in."""

    TOTAL = "total"
    SECTION = "section"


class InputMissing(StrEnum):
    """What a missing figure of a formula does: the measure is missing too, or it counts as zero."""

    PASSES = "passes"
    ZERO = "zero"


class DividedByZero(StrEnum):
    """What the measure is where its formula divides by zero."""

    ABSENT = "absent"
    NOT_APPLICABLE = "not_applicable"
    ZERO = "zero"


class FigureForm(StrEnum):
    """What a figure of a formula is: any number, a count (a whole number from 0 on), or yes (1) and no (0)."""

    NUMBER = "number"
    COUNT = "count"
    YES_NO = "yes_no"


@dataclass(frozen=True, kw_only=True, slots=True)
class Per:
    """The measure is the value divided by a base, by its id, and multiplied by ``times``."""

    base: str
    times: Fraction


POPULATION = "population"
"""The id of the base that every local government has: its registered residents."""


@cache
def _divide_by_residents(people: int) -> Per:
    return Per(base=POPULATION, times=Fraction(people))


@dataclass(frozen=True, kw_only=True, slots=True)
class Base:
    """A figure of the applicant that is known before and measured by nobody, such as its area; by its id."""

    id: str
    name: Text
    unit: Text


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What is possible for a claimed value, bounds included; None is unlimited."""

    at_least: Fraction | None = None
    at_most: Fraction | None = None

    def allows(self, value: Fraction) -> bool:
        """Return whether ``value`` is possible; a value on a bound is."""
        return (self.at_least is None or value >= self.at_least) and (self.at_most is None or value <= self.at_most)


@dataclass(frozen=True, kw_only=True, slots=True)
class Anchor:
    """What one mark of a qualitative indicator means."""

    mark: Fraction
    meaning: Text


@dataclass(frozen=True, kw_only=True, slots=True)
class About:
    """What stands beside an indicator for those who claim, judge, verify and read it. All of it may be missing.

    ``why`` it is there, how to ``verify`` it, its ``source``, the reference day or ``period``, the ``documents``
    wanted, what each mark means (``anchors``, lowest first), which marks need a comment (``comment_for``, lowest
    first), and what it corresponds to elsewhere (``links``, such as ``"ISO 37122:2019 5.1"``, ``"U4SSC EN: AQ: 1C"``,
    ``"SDG 11.6.2"``).
    """

    why: Text | None = None
    verify: Text | None = None
    source: Text | None = None
    period: Text | None = None
    documents: tuple[Text, ...] = ()
    anchors: tuple[Anchor, ...] = ()
    links: tuple[str, ...] = ()
    comment_for: tuple[Fraction, ...] = field(default=(), repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """A figure of the formula of an indicator, claimed, checked and corrected by its own id."""

    id: str
    name: Text
    unit: Text
    unit_one: str | None = None
    definition: Text | None = None
    form: FigureForm = FigureForm.NUMBER
    limits: Limits = Limits()
    absent: InputMissing = InputMissing.PASSES
    not_applicable: InputMissing = InputMissing.PASSES


@dataclass(frozen=True, kw_only=True, slots=True)
class Indicator:
    """One indicator (지표): what it measures, and how its value becomes points.

    With ``figures`` its value is what ``formula`` gives for them and for the bases of the edition; without, it is a
    figure itself. ``class_scales`` are in place of ``scale`` for the classes that they name; `for_class` returns the
    indicator for one class.
    """

    __repr__ = describe_briefly

    id: str
    name: Text
    definition: Text
    kind: IndicatorKind
    points: Fraction
    unit: Text
    direction: Direction
    scale: Scale
    absent: MissingPolicy
    not_applicable: MissingPolicy
    per_people: int | None = None
    limits: Limits = Limits()
    about: About | None = None
    figures: tuple[Figure, ...] = ()
    formula: str = ""
    divided_by_zero: DividedByZero = DividedByZero.ABSENT
    per: Per | None = None
    """By which base it is divided; None where it is not, or by residents alone (``per_people``)."""
    effect: Effect = Effect.POINTS
    counts_at: CountsAt = CountsAt.TOTAL
    mark_scale: MarkScale | None = None
    """The marks that evaluators can give; None: those of the rules."""
    class_scales: tuple[ClassScale, ...] = ()
    every_class: bool = True
    """Whether ``scale`` is for every class that ``class_scales`` does not name; if not, these have none."""
    scale_class: str = ""
    """The class whose scale this is; empty where all have the same."""
    unit_one: str | None = None
    """The English unit beside exactly 1, such as ``"analysis"``; None: the same as beside any other number."""

    def __hash__(self) -> int:
        return hash(self.id)  # what is computed from an indicator is cached by it; equal ones have one id

    @property
    def full(self) -> Fraction:
        """The points that the scale runs up to (down to, for a deduction); 1 for a prerequisite, which has none."""
        return _ONE if self.effect is Effect.PREREQUISITE else self.points

    @property
    def counted(self) -> bool:
        """Whether its points are among those that an applicant can have: no bonus, deduction or prerequisite."""
        return self.effect is Effect.POINTS

    @property
    def divisor(self) -> Per | None:
        """By which base the value is divided, residents included."""
        return self.per or (_divide_by_residents(self.per_people) if self.per_people else None)

    @property
    def computed(self) -> bool:
        """Whether the measure is computed, so that it may be rounded: by a formula or a base."""
        return bool(self.per_people or self.per or self.formula)

    def bases(self) -> tuple[str, ...]:
        """Return the ids of the bases that its measure needs."""
        own = {figure.id for figure in self.figures}
        named = list_names(parse_formula(self.formula)) if self.formula else ()
        divisor = self.divisor
        return tuple(
            dict.fromkeys((*(name for name in named if name not in own), *([divisor.base] if divisor else [])))
        )

    def name_unit(self, number: Fraction, language: str) -> str:
        """Return the unit as it stands beside a number in ``language`` (``"ko"`` or ``"en"``)."""
        if number == 1 and language == "en" and self.unit_one is not None:
            return self.unit_one
        return self.unit.of(language)

    def has_scale_for(self, class_id: str) -> bool:
        """Return whether there is a scale for applicants of a class."""
        return self.every_class or any(scale.of == class_id for scale in self.class_scales)

    def for_class(self, class_id: str) -> Indicator:
        """Return the indicator as it is for applicants of one class: with one scale."""
        if not self.class_scales:
            return self
        own = next((scale.scale for scale in self.class_scales if scale.of == class_id), self.scale)
        return replace(self, scale=own, class_scales=(), every_class=True, scale_class=class_id)

    def list_corners(self) -> tuple[Corner, ...]:
        """Return the corners of a scale of straight lines, or the rows of a table, by rising value; none of others."""
        match self.scale:
            case PiecewiseScale(corners=corners):
                return corners
            case TableScale(rows=rows):
                return rows
            case TargetScale(full_from=low, full_to=high, zero_below=below, zero_above=above):
                ends = [(below, _ZERO), (low, self.full), (None if low == high else high, self.full), (above, _ZERO)]
                return tuple(Corner(value=value, points=points) for value, points in ends if value is not None)
        return ()

    def list_figures(self) -> tuple[Indicator, ...]:
        """Return what is claimed, checked and corrected for it: nothing for marks, itself, or each of its figures.

        A figure comes as an indicator with an id, name, unit and limits of its own, whose scale says only what may be
        written: yes or no, a count, or any number.
        """
        if self.kind is IndicatorKind.QUALITATIVE:
            return ()
        if not self.figures:
            return (self,)
        return tuple(
            Indicator(
                id=figure.id,
                name=figure.name,
                definition=figure.definition or self.definition,
                kind=self.kind,
                points=self.points,
                effect=self.effect,
                unit=figure.unit,
                unit_one=figure.unit_one,
                direction=self.direction,
                scale=_describe_form(figure),
                absent=self.absent,
                not_applicable=self.not_applicable,
                limits=figure.limits,
                about=self.about,
            )
            for figure in self.figures
        )

    def policy_for(self, missing: Missing) -> MissingPolicy:
        """Return what the edition orders for a value that is absent or not applicable."""
        return self.absent if missing is Missing.ABSENT else self.not_applicable


@dataclass(frozen=True, kw_only=True, slots=True)
class Combine:
    """How the points below a section become its own: the sum of all, or of the ``best`` so many, within two ends.

    A sum above ``cap`` is ``cap``, one below ``floor`` is ``floor``. What is above the section counts ``weight`` times
    its points; the section's own points, and all bounds on them, are without the weight.
    """

    best: int | None = None
    cap: Fraction | None = None
    floor: Fraction | None = None
    weight: Fraction = Fraction(1)

    def add_up(self, parts: Iterable[Fraction], further: Iterable[Fraction] = ()) -> Fraction:
        """Return the sum of ``parts``, of the ``best`` so many where that is ordered, and of all of ``further``."""
        counted = sorted(parts, reverse=True)[: self.best]
        return clamp_points(sum((*counted, *further), _ZERO), self.floor, self.cap)


def clamp_points(points: Fraction, floor: Fraction | None, cap: Fraction | None) -> Fraction:
    """Return points within two ends, each of which may be missing."""
    if floor is not None and points < floor:
        return floor
    return cap if cap is not None and points > cap else points


_SUM = Combine()


class TotalMethod(StrEnum):
    """How domains become the total: their points added, or a mean of their shares times all points.

    The arithmetic mean, and the geometric one, of the shares of points, each share with the weight of its domain.
    """

    SUM = "sum"
    ARITHMETIC = "arithmetic"
    GEOMETRIC = "geometric"


@dataclass(frozen=True, kw_only=True, slots=True)
class TotalRule:
    """How the total comes about: the domains, then bonus points (at most ``bonus_cap`` of them) and deductions.

    A total above ``cap`` is ``cap``, one below ``floor`` is ``floor``; all this before it is rounded. ``out_of`` are
    all points, which a mean of shares is multiplied by.
    """

    out_of: Fraction
    method: TotalMethod = TotalMethod.SUM
    bonus_cap: Fraction | None = None
    cap: Fraction | None = None
    floor: Fraction = Fraction(0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Gate:
    """What an indicator or a section (``of``, by its id) must have at least: exactly that is enough.

    Missed, it leaves no level better than ``best_level``; None leaves none that is certified or selected: it fails.
    """

    of: str
    needed: Threshold
    best_level: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """A domain, an item, or a level between: it has sections or indicators, never both; ``points`` as stated."""

    __repr__ = describe_briefly

    id: str
    name: Text
    points: Fraction
    sections: tuple[Section, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    combine: Combine | None = None
    """How what is below becomes its points; None: it is added up."""

    @property
    def weight(self) -> Fraction:
        """How often its points count above it."""
        return self.combine.weight if self.combine else Fraction(1)

    def walk(self) -> Iterator[Indicator]:
        """Yield the indicators below, in the order of the edition."""
        yield from self.indicators
        for section in self.sections:
            yield from section.walk()

    def walk_sections(self) -> Iterator[Section]:
        """Yield the section and all below it, in the order of the edition."""
        yield self
        for section in self.sections:
            yield from section.walk_sections()

    def compute_possible(self, points: Mapping[str, Fraction] | None = None) -> Fraction:
        """Return the points possible here: what is below at its most, without bonus, deduction and prerequisite.

        ``points`` (by id of an indicator) are taken instead of its own where they are given.
        """
        parts = [
            *(part.weight * part.compute_possible(points) for part in self.sections),
            *((points or {}).get(indicator.id, indicator.points) for indicator in self.indicators if indicator.counted),
        ]
        return (self.combine or _SUM).add_up(parts)

    def items(self) -> Iterator[Section]:
        """Yield the sections that have indicators themselves (평가항목), in the order of the edition."""
        if self.indicators:
            yield self
        for section in self.sections:
            yield from section.items()


@dataclass(frozen=True, kw_only=True, slots=True)
class Edition:
    """An indicator table: domains, the total, where rounding happens, and what it rests on."""

    __repr__ = describe_briefly

    id: str
    title: Text
    scheme: str
    since: date
    points: Fraction
    domains: tuple[Section, ...]
    rounding: tuple[Rounding, ...]
    basis: Basis
    """What its indicators rest on: their definitions, points, scales and policies."""
    note: Text
    stated: Basis | None = None
    """What the structure that it states rests on, its counts and points in all, where that has sources of its own."""
    total_rule: TotalRule | None = None
    """How the total comes about; None: the points of the domains are added up."""
    gates: tuple[Gate, ...] = ()
    bases: tuple[Base, ...] = ()
    """The bases that it uses beside the residents, which are always known as ``population``."""

    def indicators(self) -> Iterator[Indicator]:
        """Yield all indicators in the order of the edition."""
        for domain in self.domains:
            yield from domain.walk()

    def entries(self) -> Iterator[Indicator]:
        """Yield everything that has a value of its own: figures, as `figures` does, and indicators with marks."""
        for indicator in self.indicators():
            yield from indicator.list_figures() or (indicator,)

    def has_kind(self, kind: IndicatorKind) -> bool:
        """Return whether it has any indicator of a kind."""
        return any(indicator.kind is kind for indicator in self.indicators())

    def figures(self) -> Iterator[Indicator]:
        """Yield what is claimed, checked and corrected, in the order of the edition: see `Indicator.list_figures`."""
        for indicator in self.indicators():
            yield from indicator.list_figures()

    def for_class(self, class_id: str) -> Edition:
        """Return the edition as it is for applicants of one class: every indicator with one scale."""
        if not any(indicator.class_scales for indicator in self.indicators()):
            return self
        return replace(self, domains=tuple(_choose_class(domain, class_id) for domain in self.domains))

    def list_gates(self) -> tuple[Gate, ...]:
        """Return its gates, with one for each prerequisite that has none: it must be met, or the application fails."""
        stated = {gate.of for gate in self.gates}
        implied = (
            Gate(of=indicator.id, needed=Threshold(points=_ONE))
            for indicator in self.indicators()
            if indicator.effect is Effect.PREREQUISITE and indicator.id not in stated
        )
        return (*self.gates, *implied)

    def rounding_at(self, step: RoundingStep) -> Rounding | None:
        """Return the rounding ordered at ``step``, or None where the number stays exact."""
        return next((rounding for rounding in self.rounding if rounding.at == step), None)


def _choose_class(section: Section, class_id: str) -> Section:
    return replace(
        section,
        sections=tuple(_choose_class(part, class_id) for part in section.sections),
        indicators=tuple(indicator.for_class(class_id) for indicator in section.indicators),
    )


_USUAL_RANGE = Fraction(100)
"""How far a figure without limits is taken to reach where a value is guessed: no rule."""


def _describe_form(figure: Figure) -> Scale:
    """Return the scale that says of a figure only what may be written, and how far it reaches."""
    low = figure.limits.at_least or _ZERO
    high = figure.limits.at_most
    if high is None or high <= low:
        high = low + _USUAL_RANGE
    match figure.form:
        case FigureForm.YES_NO:
            return YesNoScale()
        case FigureForm.COUNT:
            return CountScale(points_each=_ONE, cap=max(high, _ONE))
        case FigureForm.NUMBER:
            return LinearScale(zero_at=low, full_at=high)
