"""Does one evaluator decide a level, who was trimmed how often, and whom another method would judge differently."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from smartcert.analysis.rescoring import Rescoring, as_float, marks_of
from smartcert.model.scorecard import MarkUse, Scorecard
from smartcert.rules.rulebook import Rules
from smartcert.rules.scoring import CombinationRule, Method


@dataclass(frozen=True, kw_only=True, slots=True)
class Decides:
    """An evaluator without whom an applicant would have another level; None: too few marks would be left."""

    applicant: str
    evaluator: str
    level: int
    without: int | None
    points: Fraction
    points_without: Fraction | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Trimmed:
    """How often an evaluator's mark was left out as the lowest or as the highest, of how many marks."""

    evaluator: str
    marks: int
    lowest: Fraction
    highest: Fraction


@dataclass(frozen=True, kw_only=True, slots=True)
class Differs:
    """An applicant whose level another method of combining marks would change; points and levels by method."""

    applicant: str
    level: int
    points: Mapping[Method, Fraction]
    levels: Mapping[Method, int]


def decides(cards: Mapping[str, Scorecard], rescoring: Rescoring) -> tuple[Decides, ...]:
    """Return every evaluator who alone decides a level: left out, the applicant's level would be another."""
    found = []
    for name, card in cards.items():
        marks = marks_of(card)
        judged = sorted({one for given in marks.values() for one in given}, key=lambda one: (len(one), one))
        official = rescoring.level(card, card.points)
        for evaluator in judged:
            points = _without(card, marks, evaluator, rescoring)
            without = None if points is None else rescoring.level(card, points)
            if without != official:
                found.append(
                    Decides(
                        applicant=name,
                        evaluator=evaluator,
                        level=official,
                        without=without,
                        points=card.points,
                        points_without=points,
                    )
                )
    return tuple(found)


def _without(
    card: Scorecard, marks: Mapping[str, Mapping[str, Fraction]], evaluator: str, rescoring: Rescoring
) -> Fraction | None:
    combined = {}
    for indicator, given in marks.items():
        left = {name: mark for name, mark in given.items() if name != evaluator}
        mark = rescoring.combined(left)
        if mark is None:
            return None
        combined[indicator] = mark
    return rescoring.total(card, combined)


def trimmed(cards: Mapping[str, Scorecard]) -> tuple[Trimmed, ...]:
    """Return how often each evaluator was trimmed, in the order of their labels.

    Of equal marks at an end any may be the one that is left out: each counts for its share, so that no label matters.
    """
    counts: dict[str, list[Fraction]] = {}
    for card in cards.values():
        for score in card.indicators():
            uses = [use for use in score.combination.marks if use.value is not None] if score.combination else []
            dropped = sum(use.trimmed for use in uses) // 2
            low, high = _shares(uses, dropped, 1), _shares(uses, dropped, -1)
            for use in uses:
                count = counts.setdefault(use.evaluator, [Fraction(0)] * 3)
                count[0] += 1
                for place, shares in ((1, low), (2, high)):
                    if use.evaluator in shares:
                        count[place] += shares[use.evaluator]
    return tuple(
        Trimmed(evaluator=name, marks=int(count[0]), lowest=count[1], highest=count[2])
        for name, count in sorted(counts.items(), key=lambda pair: (len(pair[0]), pair[0]))
    )


def _shares(uses: list[MarkUse], dropped: int, sign: int) -> dict[str, Fraction]:
    """Return for each mark how likely it is among the ``dropped`` first, from the lowest (1) or the highest (-1)."""
    by_value: dict[float, list[str]] = {}
    for use in uses:
        if use.value is not None:
            by_value.setdefault(sign * as_float(use.value), []).append(use.evaluator)
    shares: dict[str, Fraction] = {}
    left = dropped
    for _, tied in sorted(by_value.items()):
        if not left:
            break
        taken = min(left, len(tied))
        shares |= dict.fromkeys(tied, Fraction(taken, len(tied)))
        left -= taken
    return shares


def differs(cards: Mapping[str, Scorecard], rules: Rules, rescoring: Rescoring) -> tuple[Differs, ...]:
    """Return the applicants for whom mean, median and trimmed mean do not all give the official level."""
    official = rules.scoring.combination.value
    found = []
    for name, card in cards.items():
        marks = marks_of(card)
        points = {method: _by(card, marks, _as(method, official), rescoring) for method in Method}
        levels = {method: rescoring.level(card, total) for method, total in points.items()}
        level = rescoring.level(card, card.points)
        if any(other != level for other in levels.values()):
            found.append(Differs(applicant=name, level=level, points=points, levels=levels))
    return tuple(found)


def _as(method: Method, official: CombinationRule) -> CombinationRule:
    if method is official.method:
        return official
    drop = max(official.drop, 1)
    return CombinationRule(method=method, at_least=2 * drop + 1, drop=drop, fewest=official.fewest)


def _by(
    card: Scorecard, marks: Mapping[str, Mapping[str, Fraction]], rule: CombinationRule, rescoring: Rescoring
) -> Fraction:
    combined = {indicator: rescoring.combined(given, rule) for indicator, given in marks.items()}
    return rescoring.total(card, {indicator: mark for indicator, mark in combined.items() if mark is not None})
