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
    LevelResult,
    NextLevel,
    Outcome,
    PointsLeft,
    Scorecard,
)
from smartcert.model.indicator import IndicatorKind, RoundingStep
from smartcert.reporting import formats as figures
from smartcert.reporting.applicant.tables import format_points
from smartcert.reporting.catalogue import FieldValue, Words, format_value
from smartcert.reporting.formats import Amount, indicator_amount, total_amount

# --- The verdict in words: one sentence, the bounds it was held against, and what rounding did to it.


@dataclass(frozen=True, kw_only=True, slots=True)
class BoundRow:
    """One level in the table of bounds; ``bound`` is None for the worst level, which has none."""

    level: int
    bound: Bound | None
    here: bool
    certified: bool


def describe_verdict(evaluation: Evaluation, words: Words) -> str:
    """Return the verdict in one sentence."""
    if evaluation.scorecard is None or evaluation.level is None:
        state = "open" if is_open(evaluation) else "refused"
        return words(f"verdict.{state}.{evaluation.stage.value}", applicant=evaluation.applicant.name)
    return _describe_scored(evaluation, evaluation.scorecard, evaluation.level, words)


def _describe_scored(evaluation: Evaluation, card: Scorecard, result: LevelResult, words: Words) -> str:
    name = evaluation.applicant.name
    points = total_amount(card, card.points)
    if result.by_points and result.by_points != result.level:
        return words(
            "verdict.held_by_floor",
            applicant=name,
            points=points,
            out_of=card.out_of,
            level=result.level,
            by_points=result.by_points,
        )
    bound = find_certifying_bound(result)
    if bound is None:
        return words("verdict.without_bound", applicant=name, points=points, out_of=card.out_of, level=result.level)
    distance = abs(card.points - bound.points)
    fields: dict[str, FieldValue] = {
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
    return words(key, distance=total_amount(card, distance), **fields)


def find_certifying_bound(result: LevelResult) -> Bound | None:
    """Return the lowest bound that is certified, or None where no level is."""
    certified = [bound for bound in result.bounds if bound.certified]
    return min(certified, key=lambda bound: bound.points, default=None)


def is_open(evaluation: Evaluation) -> bool:
    """Return whether what stopped the application can still be made good: nothing that stopped it is not met."""
    stopping = list_decisive_findings(evaluation)
    return bool(stopping) and all(finding.outcome is Outcome.OPEN for finding in stopping)


def list_decisive_findings(evaluation: Evaluation) -> tuple[Finding, ...]:
    """Return the findings because of which the application goes no further."""
    return tuple(finding for finding in evaluation.findings if finding.refuses)


def build_bound_rows(result: LevelResult) -> tuple[BoundRow, ...]:
    """Return all levels, best first, the worst one last."""
    rows = [
        BoundRow(level=bound.level, bound=bound, here=bound.level == result.level, certified=bound.certified)
        for bound in result.bounds
    ]
    worst = max([bound.level for bound in result.bounds], default=0) + 1
    return (*rows, BoundRow(level=worst, bound=None, here=worst == result.level, certified=False))


def describe_distances(card: Scorecard, result: LevelResult, words: Words) -> list[str]:
    """Return how far the points are from the bound below and from the bound above, as far as there are such."""
    own = [bound for bound in result.bounds if bound.points <= card.points]
    above = [bound for bound in result.bounds if bound.points > card.points]
    said = []
    if own:
        best = max(own, key=lambda bound: bound.points)
        distance = total_amount(card, card.points - best.points)
        exactly = card.points == best.points
        said.append(
            words("verdict.at_own", bound=best.points)
            if exactly
            else words("verdict.above_own", bound=best.points, distance=distance)
        )
    if above:
        nearest = min(above, key=lambda bound: bound.points)
        distance = total_amount(card, nearest.points - card.points)
        said.append(words("verdict.below_next", bound=nearest.points, distance=distance))
    return said


def describe_indicator_margin(evaluation: Evaluation, words: Words) -> list[str]:
    """Return how many indicators at least would move the level up and down, with one set of so many as an example."""
    gap, margin = evaluation.next_level, evaluation.margin
    said = []
    if gap is not None and gap.smallest_set:
        said.append(_describe_set("verdict.firm_up", gap.smallest_set, words))
    if margin is None:
        said.append(words("verdict.firm_worst"))
    elif margin.fewest:
        said.append(_describe_set("verdict.firm_down", margin.fewest, words))
    return said


def _describe_set(key: str, moved: tuple[PointsLeft, ...], words: Words) -> str:
    return words(key, count=len(moved), indicators=[one.indicator for one in moved])


def describe_rounding(card: Scorecard, result: LevelResult, words: Words) -> list[str]:
    """Return what rounding of the total did: nothing, the sum before it, and whether it decided the level."""
    ordered = card.rounding_at(RoundingStep.TOTAL)
    if ordered is None or card.exact == card.points:
        return []
    said = [
        words(
            "verdict.before_rounding",
            exact=figures.amount_before_rounding(card.exact, card.points, ordered.digits),
            digits=ordered.digits,
            mode=f"mode.{ordered.mode.value}",
            points=total_amount(card, card.points),
        )
    ]
    before = _level_at(card.exact, result)
    if before != _level_at(card.points, result):
        said.append(words("verdict.rounding_decided", level=before))
    return said


def _level_at(points: Fraction, result: LevelResult) -> int:
    reached = [bound.level for bound in result.bounds if points >= bound.points]
    return min(reached, default=max([bound.level for bound in result.bounds], default=0) + 1)


# --- What to do next: indicators with points left by what the applicant can move, and the smallest sets that suffice.

GAIN_GROUPS = ("document", "figure", "capacity")
"""What an applicant can move: a paper that is missing or weak, a figure that is measured, what is judged by marks."""
_MOST_LISTED = 6
"""How many indicators of a group are listed: a page's worth, no rule."""
_MOST_NAMED = 3
"""Up to how many indicators a set shows their names beside their ids."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GainRow:
    """One indicator with points left, and what stands now."""

    id: str
    name: str
    now: str
    possible: str
    left: str


@dataclass(frozen=True, kw_only=True, slots=True)
class GainGroup:
    """What can be moved in one way: how many indicators and points in all, and the rows of those with most left."""

    name: str
    count: int
    points: Amount
    rows: tuple[GainRow, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class IndicatorSetRow:
    """One of the smallest sets: its indicators by id and, in a small set, name; and all points left in them."""

    indicators: tuple[tuple[str, str], ...]
    points: str


def group_gains(card: Scorecard, words: Words) -> list[GainGroup]:
    """Return the groups that have points left. Rows stand with most points left first, then as in the edition."""
    open_ = sorted((one for one in card.indicators() if one.left > 0), key=lambda one: -one.left)
    found = []
    for name in GAIN_GROUPS:
        members = [one for one in open_ if classify_gain(one) == name]
        if members:
            points = indicator_amount(card, sum((one.left for one in members), Fraction(0)))
            rows = tuple(_gain_row(one, card, words) for one in members[:_MOST_LISTED])
            found.append(GainGroup(name=name, count=len(members), points=points, rows=rows))
    return found


def classify_gain(one: IndicatorScore) -> str:
    """Return what moves an indicator: marks a capacity; a figure without a value, verification or evidence a document.

    A figure that nobody looked at on site is not unverified: only what the inspection did not find is.
    """
    if one.indicator.kind is IndicatorKind.QUALITATIVE:
        return "capacity"
    return "document" if _evidence_weakness(one) else "figure"


def _evidence_weakness(one: IndicatorScore) -> str:
    """Return the key of what is weak about a figure's papers, or nothing."""
    if isinstance(one.confirmed.value, Missing):
        return "absent" if one.verified is not False else "unverified"
    if one.verified is False:
        return "corrected"
    return "" if one.evidence_document else "no_evidence"


def _gain_row(one: IndicatorScore, card: Scorecard, words: Words) -> GainRow:
    return GainRow(
        id=figures.sanitise_text(one.indicator.id),
        name=words.show(one.indicator.name, "text"),
        now=_describe_current(one, words),
        possible=figures.format_number(one.out_of),
        left=format_points(one.left, card),
    )


def _describe_current(one: IndicatorScore, words: Words) -> str:
    value = format_value(one.confirmed.value, one.indicator, words)
    if one.indicator.kind is IndicatorKind.QUALITATIVE:
        return words("next.now_mark", mark=value) if not isinstance(one.confirmed.value, Missing) else value
    weak = _evidence_weakness(one)
    return words(f"next.now_{weak}", value=value) if weak else value


def build_set_rows(gap: NextLevel, card: Scorecard, words: Words) -> list[IndicatorSetRow]:
    """Return the rows of the smallest sets, in their order."""
    return [
        IndicatorSetRow(
            indicators=tuple(_set_member(left, len(found), words) for left in found),
            points=format_points(sum((left.points for left in found), Fraction(0)), card),
        )
        for found in gap.smallest_sets or _smallest_set(gap)
    ]


def build_left_rows(left: Iterable[PointsLeft], card: Scorecard, words: Words) -> list[tuple[str, str, str, str]]:
    """Return a row per indicator: its id and name, the points possible, and the points left or lost."""
    return [
        (
            figures.sanitise_text(one.indicator),
            words.show(one.name, "text"),
            figures.format_number(one.out_of),
            format_points(one.points, card),
        )
        for one in left
    ]


def _smallest_set(gap: NextLevel) -> Iterator[tuple[PointsLeft, ...]]:
    if gap.smallest_set:
        yield gap.smallest_set


def _set_member(left: PointsLeft, size: int, words: Words) -> tuple[str, str]:
    return figures.sanitise_text(left.indicator), words.show(left.name, "text") if size <= _MOST_NAMED else ""


# --- What is open in the papers: what to supplement, and until when.


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenRow:
    """One thing that is open: what was found, and the days on which it was asked for and is due, if it was."""

    found: tuple[str, ...]
    asked: str
    due: str


def build_open_rows(findings: Iterable[Finding], words: Words) -> list[OpenRow]:
    """Return what is open, what falls due first first, what has no day last."""
    open_ = [finding for finding in findings if finding.outcome is Outcome.OPEN]
    asked = [finding for finding in open_ if "due" in finding.facts.days]
    documents = {finding.facts.terms.get("document", "") for finding in asked}
    others = [one for one in open_ if one not in asked and one.facts.terms.get("document", "") not in documents]
    rows = [_request_row(one, open_, words) for one in sorted(asked, key=lambda one: one.facts.days["due"])]
    return [*rows, *(OpenRow(found=(words.finding(one),), asked="", due="") for one in others)]


def _request_row(request: Finding, open_: list[Finding], words: Words) -> OpenRow:
    document, days = request.facts.terms.get("document", ""), request.facts.days
    missing = [one for one in open_ if one is not request and one.facts.terms.get("document", "") == document]
    return OpenRow(
        found=tuple(words.finding(one) for one in missing or [request]),
        asked=figures.format_day(days["asked"], words.language) if "asked" in days else "",
        due=figures.format_day(days["due"], words.language),
    )
