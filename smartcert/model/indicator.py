"""What is measured: an edition of domains, items and indicators, and how a value becomes points."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Literal

from smartcert.model.application import Missing
from smartcert.model.citation import Basis, Text


class IndicatorKind(StrEnum):
    """What an indicator rests on: figures (정량) or the committee's marks (정성)."""

    QUANTITATIVE = "quantitative"
    QUALITATIVE = "qualitative"


class Direction(StrEnum):
    """Which way is better."""

    HIGHER = "higher_is_better"
    LOWER = "lower_is_better"


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


Scale = BandScale | LinearScale | YesNoScale | CountScale | RankScale | Marks


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
    wanted, what each mark means (``anchors``, lowest first), and what it corresponds to elsewhere (``links``, such as
    ``"ISO 37122:2019 5.1"``, ``"U4SSC EN: AQ: 1C"``, ``"SDG 11.6.2"``).
    """

    why: Text | None = None
    verify: Text | None = None
    source: Text | None = None
    period: Text | None = None
    documents: tuple[Text, ...] = ()
    anchors: tuple[Anchor, ...] = ()
    links: tuple[str, ...] = ()

    def find_anchor(self, mark: Fraction) -> Text | None:
        """Return what exactly this mark means, or None where nobody wrote it down."""
        return next((anchor.meaning for anchor in self.anchors if anchor.mark == mark), None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Indicator:
    """One indicator (지표): what it measures, and how its value becomes points."""

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

    def policy_for(self, missing: Missing) -> MissingPolicy:
        """Return what the edition orders for a value that is absent or not applicable."""
        return self.absent if missing is Missing.ABSENT else self.not_applicable


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """A domain, an item, or a level between: it has sections or indicators, never both; ``points`` as stated."""

    id: str
    name: Text
    points: Fraction
    sections: tuple[Section, ...] = ()
    indicators: tuple[Indicator, ...] = ()

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

    def items(self) -> Iterator[Section]:
        """Yield the sections that have indicators themselves (평가항목), in the order of the edition."""
        if self.indicators:
            yield self
        for section in self.sections:
            yield from section.items()


@dataclass(frozen=True, kw_only=True, slots=True)
class Edition:
    """An indicator table: domains, the total, where rounding happens, and what it rests on."""

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

    def indicators(self) -> Iterator[Indicator]:
        """Yield all indicators in the order of the edition."""
        for domain in self.domains:
            yield from domain.walk()

    def rounding_at(self, step: RoundingStep) -> Rounding | None:
        """Return the rounding ordered at ``step``, or None where the number stays exact."""
        return next((rounding for rounding in self.rounding if rounding.at == step), None)
