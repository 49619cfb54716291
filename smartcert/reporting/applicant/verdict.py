"""The verdict in words, what would move it, and what is still open in the documents."""

from __future__ import annotations

from collections.abc import Iterable
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


@dataclass(frozen=True, kw_only=True, slots=True)
class BoundRow:
    """One level in the table of bounds; ``bound`` is None for the worst level, which needs no points."""

    level: int
    bound: Bound | None
    here: bool
    certified: bool


def describe_verdict(evaluation: Evaluation, words: Words) -> str:
    """Return the verdict in one sentence: against the lowest certified bound, or why nothing was scored."""
    if evaluation.scorecard is None or evaluation.level is None:
        state = "open" if is_open(evaluation) else "refused"
        return words(f"verdict.{state}.{evaluation.stage.value}", applicant=evaluation.applicant.name)
    card, result, name = evaluation.scorecard, evaluation.level, evaluation.applicant.name
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
    certified = [bound for bound in result.bounds if bound.certified]
    if not certified:
        return words("verdict.without_bound", applicant=name, points=points, out_of=card.out_of, level=result.level)
    bound = min(certified, key=lambda bound: bound.points)
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


def is_open(evaluation: Evaluation) -> bool:
    """Return whether what stopped the application can still be supplemented: every decisive finding is open."""
    decisive = list_decisive_findings(evaluation)
    return bool(decisive) and all(finding.outcome is Outcome.OPEN for finding in decisive)


def list_decisive_findings(evaluation: Evaluation) -> tuple[Finding, ...]:
    """Return the findings that stop the application."""
    return tuple(finding for finding in evaluation.findings if finding.refuses)


def build_bound_rows(result: LevelResult) -> tuple[BoundRow, ...]:
    """Return a row per level, best first; the worst level, which has no bound, is the last."""
    rows = [
        BoundRow(level=bound.level, bound=bound, here=bound.level == result.level, certified=bound.certified)
        for bound in result.bounds
    ]
    worst = max([bound.level for bound in result.bounds], default=0) + 1
    return (*rows, BoundRow(level=worst, bound=None, here=worst == result.level, certified=False))


def describe_distances(card: Scorecard, result: LevelResult, words: Words) -> list[str]:
    """Return up to two sentences: how far the points are above their bound (or exactly on it), and below the next."""
    own = [bound for bound in result.bounds if bound.points <= card.points]
    above = [bound for bound in result.bounds if bound.points > card.points]
    sentences = []
    if own:
        best = max(own, key=lambda bound: bound.points)
        distance = total_amount(card, card.points - best.points)
        exactly = card.points == best.points
        sentences.append(
            words("verdict.at_own", bound=best.points)
            if exactly
            else words("verdict.above_own", bound=best.points, distance=distance)
        )
    if above:
        nearest = min(above, key=lambda bound: bound.points)
        distance = total_amount(card, nearest.points - card.points)
        sentences.append(words("verdict.below_next", bound=nearest.points, distance=distance))
    return sentences


def describe_indicator_margin(evaluation: Evaluation, words: Words) -> list[str]:
    """Return the fewest indicators that would move the level up, and down, each with an example of such a set."""
    gap, margin = evaluation.next_level, evaluation.margin
    sentences = []
    if gap is not None and gap.smallest_set:
        sentences.append(_describe_set("verdict.firm_up", gap.smallest_set, words))
    if margin is None:
        sentences.append(words("verdict.firm_worst"))
    elif margin.fewest:
        sentences.append(_describe_set("verdict.firm_down", margin.fewest, words))
    return sentences


def _describe_set(key: str, indicator_set: tuple[PointsLeft, ...], words: Words) -> str:
    return words(key, count=len(indicator_set), indicators=[left.indicator for left in indicator_set])


def describe_rounding(card: Scorecard, result: LevelResult, words: Words) -> list[str]:
    """Return the sum before the total was rounded and whether rounding decided the level; empty if it did nothing."""
    ordered = card.rounding_at(RoundingStep.TOTAL)
    if ordered is None or card.exact == card.points:
        return []
    sentences = [
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
        sentences.append(words("verdict.rounding_decided", level=before))
    return sentences


def _level_at(points: Fraction, result: LevelResult) -> int:
    reached = [bound.level for bound in result.bounds if points >= bound.points]
    return min(reached, default=max([bound.level for bound in result.bounds], default=0) + 1)


GAIN_GROUPS = ("document", "figure", "capacity")
"""What an applicant can improve: a missing or weak document, a measured figure, a capacity that is judged by marks."""
_MOST_LISTED = 6
"""How many indicators of a group are listed: what a page holds, not a rule."""
_MOST_NAMED = 3
"""A set of at most so many indicators shows their names beside their ids."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GainRow:
    """One indicator with points left, and its value or mark now."""

    id: str
    name: str
    now: str
    possible: str
    left: str


@dataclass(frozen=True, kw_only=True, slots=True)
class GainGroup:
    """One group: how many indicators and points it has in all, and the rows of those with most points left."""

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
    """Return the groups that have points left; rows are sorted by points left, ties in the order of the edition."""
    scores = sorted((score for score in card.indicators() if score.left > 0), key=lambda score: -score.left)
    groups = []
    for name in GAIN_GROUPS:
        members = [score for score in scores if classify_gain(score) == name]
        if members:
            points = indicator_amount(card, sum((score.left for score in members), Fraction(0)))
            rows = tuple(
                GainRow(
                    id=figures.sanitise_text(score.indicator.id),
                    name=words.show(score.indicator.name, "text"),
                    now=_describe_current(score, words),
                    possible=figures.format_number(score.out_of),
                    left=format_points(score.left, card),
                )
                for score in members[:_MOST_LISTED]
            )
            groups.append(GainGroup(name=name, count=len(members), points=points, rows=rows))
    return groups


def classify_gain(score: IndicatorScore) -> str:
    """Return the group of `GAIN_GROUPS` that an indicator belongs to.

    It is "capacity" if it is judged by marks, "document" if a figure lacks a value, verification or evidence. A figure
    that was not inspected on site does not lack verification; one that the inspection did not confirm does.
    """
    if score.indicator.kind is IndicatorKind.QUALITATIVE:
        return "capacity"
    return "document" if _evidence_weakness(score) else "figure"


def _evidence_weakness(score: IndicatorScore) -> str:
    """Return the key of what a figure's documents lack, or an empty text."""
    if isinstance(score.confirmed.value, Missing):
        return "absent" if score.verified is not False else "unverified"
    if score.verified is False:
        return "corrected"
    return "" if score.evidence_document else "no_evidence"


def _describe_current(score: IndicatorScore, words: Words) -> str:
    value = format_value(score.confirmed.value, score.indicator, words)
    if score.indicator.kind is IndicatorKind.QUALITATIVE:
        return words("next.now_mark", mark=value) if not isinstance(score.confirmed.value, Missing) else value
    weakness = _evidence_weakness(score)
    return words(f"next.now_{weakness}", value=value) if weakness else value


def build_set_rows(gap: NextLevel, card: Scorecard, words: Words) -> list[IndicatorSetRow]:
    """Return a row per smallest set of indicators that reaches the next level, in the order of the evaluation."""
    return [
        IndicatorSetRow(
            indicators=tuple(
                (
                    figures.sanitise_text(left.indicator),
                    words.show(left.name, "text") if len(indicator_set) <= _MOST_NAMED else "",
                )
                for left in indicator_set
            ),
            points=format_points(sum((left.points for left in indicator_set), Fraction(0)), card),
        )
        for indicator_set in gap.smallest_sets or ([gap.smallest_set] if gap.smallest_set else [])
    ]


def build_left_rows(left: Iterable[PointsLeft], card: Scorecard, words: Words) -> list[tuple[str, str, str, str]]:
    """Return a row per indicator: its id and name, the points possible, and the points left or lost."""
    return [
        (
            figures.sanitise_text(indicator.indicator),
            words.show(indicator.name, "text"),
            figures.format_number(indicator.out_of),
            format_points(indicator.points, card),
        )
        for indicator in left
    ]


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenRow:
    """One open requirement: its findings, and the days on which it was requested and is due; empty if not requested."""

    found: tuple[str, ...]
    asked: str
    due: str


def build_open_rows(findings: Iterable[Finding], words: Words) -> list[OpenRow]:
    """Return what is open in the documents, sorted by the day it is due; what has not been requested comes last.

    A request stands for all open findings on the same document.
    """
    open_findings = [finding for finding in findings if finding.outcome is Outcome.OPEN]
    requests = [finding for finding in open_findings if "due" in finding.facts.days]
    rows = []
    for request in sorted(requests, key=lambda request: request.facts.days["due"]):
        days, document = request.facts.days, _find_document(request)
        missing = [
            finding for finding in open_findings if finding is not request and _find_document(finding) == document
        ]
        rows.append(
            OpenRow(
                found=tuple(words.finding(finding) for finding in missing or [request]),
                asked=figures.format_day(days["asked"], words.language) if "asked" in days else "",
                due=figures.format_day(days["due"], words.language),
            )
        )
    requested = {_find_document(request) for request in requests}
    others = [
        finding for finding in open_findings if finding not in requests and _find_document(finding) not in requested
    ]
    return [*rows, *(OpenRow(found=(words.finding(finding),), asked="", due="") for finding in others)]


def _find_document(finding: Finding) -> str:
    return finding.facts.terms.get("document", "")
