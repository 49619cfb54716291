"""Which marks may a reader see, and which figures would give a single evaluator's mark away?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from smartcert.evaluation.marks import combine_marks, evaluator_sort_key, select_counted
from smartcert.lazy_dataclass import dataclass
from smartcert.model.application import Round
from smartcert.model.evaluation import Evaluation, Scorecard
from smartcert.model.indicator import MarkScale
from smartcert.rules.parameters import CombinationRule

MarkSet = tuple[Fraction, ...]
"""The marks on one indicator of one applicant, in ascending order."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DisclosedMarks:
    """What is shown of the marks on one indicator; None is withheld. How many marks there are is always known."""

    combined: Fraction | None
    count: int
    low: Fraction | None
    high: Fraction | None


def disclose_marks(marks: Mapping[str, Fraction], rule: CombinationRule, scale: MarkScale) -> DisclosedMarks:
    """Return as much of combined mark and range of marks (by evaluator) as gives nobody's mark away.

    First without the range, then without the combined mark too: nobody can subtract out one evaluator's mark.
    """
    return _disclose_sorted(tuple(sorted(marks.values())), rule, scale)


@lru_cache(maxsize=10_000)
def _disclose_sorted(marks: MarkSet, rule: CombinationRule, scale: MarkScale) -> DisclosedMarks:
    nothing = DisclosedMarks(combined=None, count=len(marks), low=None, high=None)
    combined = _combine_exactly(marks, rule)
    if combined is None:
        return nothing
    full = DisclosedMarks(combined=combined, count=len(marks), low=marks[0], high=marks[-1])
    candidates = (full, replace(full, low=None, high=None))
    return next((shown for shown in candidates if not reveals_mark(shown, marks, rule, scale)), nothing)


def reveals_mark(shown: DisclosedMarks, marks: MarkSet, rule: CombinationRule, scale: MarkScale) -> bool:
    """Return whether ``shown`` gives a mark away: to a stranger, or to an evaluator who knows the own one of ``marks``.

    It does where some other mark has the same value in every set of marks that would have been shown so.
    """
    for own in (None, *dict.fromkeys(marks)):
        known = () if own is None else (own,)
        others = set(_remove(marks, known))
        if len(others) == 1 and not any(
            mark not in others and is_possible((*known, mark), shown, rule, scale) for mark in _list_scale(scale)
        ):
            return True
    return False


def _remove(marks: MarkSet, known: MarkSet) -> MarkSet:
    left = list(marks)
    for mark in known:
        left.remove(mark)
    return tuple(left)


def _list_scale(scale: MarkScale) -> list[Fraction]:
    return [scale.lowest + step * scale.step for step in range(int((scale.highest - scale.lowest) / scale.step) + 1)]


def is_possible(known: MarkSet, shown: DisclosedMarks, rule: CombinationRule, scale: MarkScale) -> bool:
    """Return whether some set of marks that would have been shown as ``shown`` has all of ``known`` among them.

    No set is tried. Raise the marks that are not known from the lowest to the highest, one step of one mark at a time:
    the sum of those that count grows by one step or not at all, so that every sum between its two ends is reached.
    """
    low = scale.lowest if shown.low is None else shown.low
    high = _list_scale(scale)[-1] if shown.high is None else shown.high
    ends = {end for end in (shown.low, shown.high) if end is not None}
    marks = (*known, *(ends - set(known)))  # somebody gave the lowest that is shown, and somebody the highest
    free = shown.count - len(marks)
    if free < 0 or not all(low <= mark <= high for mark in marks):
        return False
    if shown.combined is None:
        return True
    counted = select_counted(shown.count, rule)
    least, most = (sorted([*marks, *[end] * free])[counted] for end in (low, high))
    return sum(least) <= shown.combined * len(least) <= sum(most)


def _combine_exactly(marks: MarkSet, rule: CombinationRule) -> Fraction | None:
    combination = combine_marks({f"E{number}": mark for number, mark in enumerate(marks)}, frozenset(), rule)
    return combination.exact if combination else None


@dataclass(frozen=True, kw_only=True, slots=True)
class MarksTable:
    """The marks (A applicants, I qualitative indicators, E evaluators) that one reader may see; NaN: there is none."""

    applicants: tuple[str, ...]
    indicators: tuple[str, ...]
    evaluators: tuple[str, ...]
    marks: NDArray[np.float64]

    def targets(self) -> NDArray[np.float64]:
        """Return the marks as (A x I, E): one row per applicant and indicator."""
        applicants, indicators, evaluators = self.marks.shape
        return self.marks.reshape(applicants * indicators, evaluators)

    def applicant_means(self) -> NDArray[np.float64]:
        """Return each evaluator's mean mark of each applicant (A, E); NaN where a mark of the applicant is missing."""
        return np.asarray(self.marks.mean(axis=1))


def collect_scorecards(evaluations: Sequence[Evaluation]) -> dict[str, Scorecard]:
    """Return the scorecards of the applicants who have one, by id."""
    return {evaluation.id: evaluation.scorecard for evaluation in evaluations if evaluation.scorecard is not None}


def readable_evaluations(round_: Round, evaluations: Sequence[Evaluation], reader: str) -> tuple[Evaluation, ...]:
    """Return the evaluations that a reader may see anything of.

    ``reader`` is the id of an evaluator, or empty for the operating body, which sees all. An evaluator who does not
    judge an applicant sees no figure that depends on that applicant's marks.
    """
    excluded = {
        application.id
        for application in round_.applications
        if any(exclusion.evaluator == reader for exclusion in application.exclusions)
    }
    return tuple(evaluation for evaluation in evaluations if evaluation.id not in excluded)


def build_marks_table(round_: Round, evaluations: Sequence[Evaluation]) -> MarksTable:
    """Return the marks that count of the given evaluations, by applicants' ids, edition and evaluators' ids."""
    scored = collect_scorecards(evaluations)
    evaluators = tuple(sorted((member.id for member in round_.committee), key=evaluator_sort_key))
    columns = {evaluator: number for number, evaluator in enumerate(evaluators)}
    first = next(iter(scored.values()), None)
    indicators = tuple(score.indicator.id for score in first.indicators() if score.combination) if first else ()
    marks = np.full((len(scored), len(indicators), len(evaluators)), np.nan)
    for row, card in enumerate(scored.values()):
        judged = [score.combination for score in card.indicators() if score.combination]
        for column, combination in enumerate(judged):
            for use in combination.marks:
                if use.value is not None:
                    marks[row, column, columns[use.evaluator]] = float(use.value)
    return MarksTable(applicants=tuple(scored), indicators=indicators, evaluators=evaluators, marks=marks)
