"""What to do next: indicators with points left by what the applicant can move, and the smallest sets that suffice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from smartcert.model.application import Missing
from smartcert.model.indicator import IndicatorKind
from smartcert.model.level import Left, NextLevel
from smartcert.model.scorecard import IndicatorScore, Scorecard
from smartcert.reporting import figures
from smartcert.reporting.digits import part
from smartcert.reporting.figures import Amount
from smartcert.reporting.tables import points_text
from smartcert.reporting.values import value_text
from smartcert.reporting.words import Words

GROUPS = ("document", "figure", "capacity")
"""What an applicant can move: a paper that is missing or weak, a figure that is measured, what is judged by marks."""
_SHOWN = 6
"""How many indicators of a group are listed: a page's worth, no rule."""
_NAMED = 3
"""Up to how many indicators a set shows their names beside their ids."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StepRow:
    """One indicator with points left, and what stands now."""

    id: str
    name: str
    now: str
    possible: str
    left: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """What can be moved in one way: how many indicators and points in all, and the rows of those with most left."""

    name: str
    count: int
    points: Amount
    rows: tuple[StepRow, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class SetRow:
    """One of the smallest sets: its indicators by id and, in a small set, name; and all points left in them."""

    indicators: tuple[tuple[str, str], ...]
    points: str


def groups(card: Scorecard, words: Words) -> list[Group]:
    """Return the groups that have points left. Rows stand with most points left first, then as in the edition."""
    open_ = sorted((one for one in card.indicators() if one.left > 0), key=lambda one: -one.left)
    found = []
    for name in GROUPS:
        members = [one for one in open_ if group_of(one) == name]
        if members:
            points = part(card, sum((one.left for one in members), Fraction(0)))
            rows = tuple(_row(one, card, words) for one in members[:_SHOWN])
            found.append(Group(name=name, count=len(members), points=points, rows=rows))
    return found


def group_of(one: IndicatorScore) -> str:
    """Return what moves an indicator: marks a capacity; a figure without a value, verification or evidence a document.

    A figure that nobody looked at on site is not unverified: only what the inspection did not find is.
    """
    if one.indicator.kind is IndicatorKind.QUALITATIVE:
        return "capacity"
    return "document" if _weak(one) else "figure"


def _weak(one: IndicatorScore) -> str:
    """Return the key of what is weak about a figure's papers, or nothing."""
    if isinstance(one.confirmed.value, Missing):
        return "absent" if one.verified is not False else "unverified"
    if one.verified is False:
        return "corrected"
    return "" if one.evidence_document else "no_evidence"


def _row(one: IndicatorScore, card: Scorecard, words: Words) -> StepRow:
    return StepRow(
        id=figures.plain(one.indicator.id),
        name=words.show(one.indicator.name, "text"),
        now=_now(one, words),
        possible=figures.number(one.out_of),
        left=points_text(one.left, card),
    )


def _now(one: IndicatorScore, words: Words) -> str:
    value = value_text(one.confirmed.value, one.indicator, words)
    if one.indicator.kind is IndicatorKind.QUALITATIVE:
        return words("next.now_mark", mark=value) if not isinstance(one.confirmed.value, Missing) else value
    weak = _weak(one)
    return words(f"next.now_{weak}", value=value) if weak else value


def sets(gap: NextLevel, card: Scorecard, words: Words) -> list[SetRow]:
    """Return the rows of the smallest sets, in their order."""
    return [
        SetRow(
            indicators=tuple(_member(left, len(found), words) for left in found),
            points=points_text(sum((left.points for left in found), Fraction(0)), card),
        )
        for found in gap.smallest_sets or _one(gap)
    ]


def rows_of(left: Iterable[Left], card: Scorecard, words: Words) -> list[tuple[str, str, str, str]]:
    """Return a row per indicator: its id and name, the points possible, and the points left or lost."""
    return [
        (
            figures.plain(one.indicator),
            words.show(one.name, "text"),
            figures.number(one.out_of),
            points_text(one.points, card),
        )
        for one in left
    ]


def _one(gap: NextLevel) -> Iterator[tuple[Left, ...]]:
    if gap.smallest_set:
        yield gap.smallest_set


def _member(left: Left, size: int, words: Words) -> tuple[str, str]:
    return figures.plain(left.indicator), words.show(left.name, "text") if size <= _NAMED else ""
