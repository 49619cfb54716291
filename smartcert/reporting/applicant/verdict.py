"""Verdict, next level, what to supplement."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from smartcert.model.application import Missing
from smartcert.model.evaluation import (
    Bound,
    Evaluation,
    Finding,
    IndicatorScore,
    Left,
    LevelResult,
    NextLevel,
    Outcome,
    Scorecard,
)
from smartcert.model.indicator import IndicatorKind, Step
from smartcert.reporting import formats as figures
from smartcert.reporting.applicant.tables import points_text
from smartcert.reporting.catalogue import Field, Words, value_text
from smartcert.reporting.formats import Amount, part, total

# --- The verdict in words: one sentence, the bounds it was held against, and what rounding did to it.


@dataclass(frozen=True, kw_only=True, slots=True)
class BoundRow:
    """One level in the table of bounds; ``bound`` is None for the worst level, which has none."""

    level: int
    bound: Bound | None
    here: bool
    certified: bool


def sentence(evaluation: Evaluation, words: Words) -> str:
    """Return the verdict in one sentence."""
    if evaluation.scorecard is None or evaluation.level is None:
        state = "open" if is_open(evaluation) else "refused"
        return words(f"verdict.{state}.{evaluation.stage.value}", applicant=evaluation.applicant.name)
    return _scored(evaluation, evaluation.scorecard, evaluation.level, words)


def _scored(evaluation: Evaluation, card: Scorecard, result: LevelResult, words: Words) -> str:
    name = evaluation.applicant.name
    points = total(card, card.points)
    if result.by_points and result.by_points != result.level:
        return words(
            "verdict.held_by_floor",
            applicant=name,
            points=points,
            out_of=card.out_of,
            level=result.level,
            by_points=result.by_points,
        )
    bound = certifying(result)
    if bound is None:
        return words("verdict.without_bound", applicant=name, points=points, out_of=card.out_of, level=result.level)
    distance = abs(card.points - bound.points)
    fields: dict[str, Field] = {
        "applicant": name,
        "points": points,
        "out_of": card.out_of,
        "level": result.level,
        "certified_level": bound.level,
        "bound": bound.points,
    }
    if result.certified and distance == 0:
        return words("verdict.certified_at_bound", **fields)
    key = "verdict.certified" if result.certified else "verdict.not_certified"
    return words(key, distance=total(card, distance), **fields)


def certifying(result: LevelResult) -> Bound | None:
    """Return the lowest bound that is certified, or None where no level is."""
    certified = [bound for bound in result.bounds if bound.certified]
    return min(certified, key=lambda bound: bound.points, default=None)


def is_open(evaluation: Evaluation) -> bool:
    """Return whether what stopped the application can still be made good: nothing that stopped it is not met."""
    stopping = decisive(evaluation)
    return bool(stopping) and all(finding.outcome is Outcome.OPEN for finding in stopping)


def decisive(evaluation: Evaluation) -> tuple[Finding, ...]:
    """Return the findings because of which the application goes no further."""
    return tuple(finding for finding in evaluation.findings if finding.refuses)


def bound_rows(result: LevelResult) -> tuple[BoundRow, ...]:
    """Return all levels, best first, the worst one last."""
    rows = [
        BoundRow(level=bound.level, bound=bound, here=bound.level == result.level, certified=bound.certified)
        for bound in result.bounds
    ]
    worst = max([bound.level for bound in result.bounds], default=0) + 1
    return (*rows, BoundRow(level=worst, bound=None, here=worst == result.level, certified=False))


def firmness(card: Scorecard, result: LevelResult, words: Words) -> list[str]:
    """Return how far the points are from the bound below and from the bound above, as far as there are such."""
    own = [bound for bound in result.bounds if bound.points <= card.points]
    above = [bound for bound in result.bounds if bound.points > card.points]
    said = []
    if own:
        best = max(own, key=lambda bound: bound.points)
        distance = total(card, card.points - best.points)
        exactly = card.points == best.points
        said.append(
            words("verdict.at_own", bound=best.points)
            if exactly
            else words("verdict.above_own", bound=best.points, distance=distance)
        )
    if above:
        nearest = min(above, key=lambda bound: bound.points)
        distance = total(card, nearest.points - card.points)
        said.append(words("verdict.below_next", bound=nearest.points, distance=distance))
    return said


def in_indicators(evaluation: Evaluation, words: Words) -> list[str]:
    """Return how many indicators at least would move the level up and down, with one set of so many as an example."""
    gap, margin = evaluation.next_level, evaluation.margin
    said = []
    if gap is not None and gap.smallest_set:
        said.append(_moved("verdict.firm_up", gap.smallest_set, words))
    if margin is None:
        said.append(words("verdict.firm_worst"))
    elif margin.fewest:
        said.append(_moved("verdict.firm_down", margin.fewest, words))
    return said


def _moved(key: str, moved: tuple[Left, ...], words: Words) -> str:
    return words(key, count=len(moved), indicators=[one.indicator for one in moved])


def rounding(card: Scorecard, result: LevelResult, words: Words) -> list[str]:
    """Return what rounding of the total did: nothing, the sum before it, and whether it decided the level."""
    ordered = card.round_at(Step.TOTAL)
    if ordered is None or card.exact == card.points:
        return []
    said = [
        words(
            "verdict.before_rounding",
            exact=figures.before(card.exact, card.points, ordered.digits),
            digits=ordered.digits,
            mode=f"mode.{ordered.mode.value}",
            points=total(card, card.points),
        )
    ]
    before = _level_of(card.exact, result)
    if before != _level_of(card.points, result):
        said.append(words("verdict.rounding_decided", level=before))
    return said


def _level_of(points: Fraction, result: LevelResult) -> int:
    reached = [bound.level for bound in result.bounds if points >= bound.points]
    return min(reached, default=max([bound.level for bound in result.bounds], default=0) + 1)


# --- What to do next: indicators with points left by what the applicant can move, and the smallest sets that suffice.

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


# --- What is open in the papers: what to supplement, and until when.


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenRow:
    """One thing that is open: what was found, and the days on which it was asked for and is due, if it was."""

    found: tuple[str, ...]
    asked: str
    due: str


def open_rows(findings: Iterable[Finding], words: Words) -> list[OpenRow]:
    """Return what is open, what falls due first first, what has no day last."""
    open_ = [finding for finding in findings if finding.outcome is Outcome.OPEN]
    asked = [finding for finding in open_ if "due" in finding.facts.days]
    documents = {finding.facts.terms.get("document", "") for finding in asked}
    others = [one for one in open_ if one not in asked and one.facts.terms.get("document", "") not in documents]
    rows = [_asked(one, open_, words) for one in sorted(asked, key=lambda one: one.facts.days["due"])]
    return [*rows, *(OpenRow(found=(words.finding(one),), asked="", due="") for one in others)]


def _asked(request: Finding, open_: list[Finding], words: Words) -> OpenRow:
    document, days = request.facts.terms.get("document", ""), request.facts.days
    missing = [one for one in open_ if one is not request and one.facts.terms.get("document", "") == document]
    return OpenRow(
        found=tuple(words.finding(one) for one in missing or [request]),
        asked=figures.day(days["asked"], words.language) if "asked" in days else "",
        due=figures.day(days["due"], words.language),
    )
