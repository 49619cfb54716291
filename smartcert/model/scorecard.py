"""All points of one applicant, with the working of each."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from smartcert.model.application import Value
from smartcert.model.citation import Text
from smartcert.model.indicator import Indicator, Rounding, Step


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
class Working:
    """How one value became points, step by step, for one of the three columns (claimed, desk, confirmed).

    ``value`` is what was taken; ``measure`` what the scale was applied to (per head, rank, combined mark);
    ``exact`` the points of the scale before rounding; ``points`` after it and, where points were spread over the item,
    multiplied by ``spread``, which is not rounded again. ``policy`` names the policy that decided where
    there was no value. ``rank``/``of`` are given for scales by rank, ``band`` is the bound reached, if one was.
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


@dataclass(frozen=True, kw_only=True, slots=True)
class IndicatorScore:
    """One indicator of one applicant: claimed, desk and confirmed side by side. The confirmed one counts."""

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

    @property
    def points(self) -> Fraction:
        """Points that count."""
        return self.confirmed.points

    @property
    def left(self) -> Fraction:
        """Points not reached."""
        return self.out_of - self.confirmed.points


@dataclass(frozen=True, kw_only=True, slots=True)
class SectionScore:
    """A domain, an item or a level between, with its exact sum and the sum as rounded."""

    id: str
    name: Text
    out_of: Fraction
    exact: Fraction
    points: Fraction
    sections: tuple[SectionScore, ...] = ()
    indicators: tuple[IndicatorScore, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Scorecard:
    """All points of one applicant. ``claimed`` and ``desk`` are totals as they would have been."""

    edition: str
    out_of: Fraction
    domains: tuple[SectionScore, ...]
    exact: Fraction
    points: Fraction
    claimed: Fraction
    desk: Fraction
    rounding: tuple[Rounding, ...]

    def indicators(self) -> tuple[IndicatorScore, ...]:
        """Return every indicator's score in the order of the edition."""
        return tuple(score for domain in self.domains for score in _indicators(domain))

    def items(self) -> tuple[SectionScore, ...]:
        """Return the sections that hold indicators, in the order of the edition."""
        return tuple(item for domain in self.domains for item in _items(domain))

    def round_at(self, step: Step) -> Rounding | None:
        """Return the rounding ordered at ``step``, if any."""
        return next((rounding for rounding in self.rounding if rounding.at == step), None)


def _indicators(section: SectionScore) -> tuple[IndicatorScore, ...]:
    below = tuple(score for part in section.sections for score in _indicators(part))
    return section.indicators + below


def _items(section: SectionScore) -> tuple[SectionScore, ...]:
    here = (section,) if section.indicators else ()
    return here + tuple(item for part in section.sections for item in _items(part))
