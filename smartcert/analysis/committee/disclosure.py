"""Which figures give a single mark away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from itertools import chain, combinations_with_replacement

import numpy as np
from numpy.typing import NDArray

from smartcert.evaluation.marks import combine_marks, label_evaluators
from smartcert.model.application import Round
from smartcert.model.evaluation import Evaluation, Scorecard
from smartcert.rules.parameters import CombinationRule, MarkScale

# --- What may be shown of the marks on one indicator, so that nobody can subtract out one evaluator's mark.

MarkSet = tuple[Fraction, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class DisclosedMarks:
    """What is shown of the marks on one indicator; None is held back. How many marks there are is always known."""

    combined: Fraction | None
    count: int
    low: Fraction | None
    high: Fraction | None


def disclose_marks(marks: Mapping[str, Fraction], rule: CombinationRule, scale: MarkScale) -> DisclosedMarks:
    """Return as much of what there is to show as gives nobody's mark away."""
    return _disclose_sorted(tuple(sorted(marks.values())), rule, scale)


@lru_cache(maxsize=10_000)
def _disclose_sorted(marks: MarkSet, rule: CombinationRule, scale: MarkScale) -> DisclosedMarks:
    nothing = DisclosedMarks(combined=None, count=len(marks), low=None, high=None)
    combined = _combine_exactly(marks, rule)
    if combined is None:
        return nothing
    full = DisclosedMarks(combined=combined, count=len(marks), low=marks[0], high=marks[-1])
    without_range = replace(full, low=None, high=None)
    return next((what for what in (full, without_range) if not reveals_mark(what, marks, rule, scale)), nothing)


def reveals_mark(what: DisclosedMarks, marks: MarkSet, rule: CombinationRule, scale: MarkScale) -> bool:
    """Return whether anybody could tell another's mark from ``what``: a stranger, or an evaluator with the own mark."""
    possible = tuple(consistent_marks(what, rule, scale))
    return any(_determines_mark(possible, own) for own in (None, *dict.fromkeys(marks)))


def _determines_mark(possible: tuple[MarkSet, ...], own: Fraction | None) -> bool:
    """Whether some other mark must have one value in everything that is possible."""
    rests = [_remove_own(one, own) for one in possible if own is None or own in one]
    rests = [rest for rest in rests if rest]
    return bool(rests) and len({mark for rest in rests for mark in rest}) == 1


def _remove_own(marks: MarkSet, own: Fraction | None) -> MarkSet:
    if own is None:
        return marks
    at = marks.index(own)
    return marks[:at] + marks[at + 1 :]


def consistent_marks(what: DisclosedMarks, rule: CombinationRule, scale: MarkScale) -> Iterator[MarkSet]:
    """Yield every set of marks, ascending, that would have been shown as ``what``."""
    every = _marks_by_result(what.count, rule, scale)
    sets = chain(*every.values()) if what.combined is None else every.get(what.combined, ())
    for marks in sets:
        if (what.low is None or marks[0] == what.low) and (what.high is None or marks[-1] == what.high):
            yield marks


@lru_cache(maxsize=64)
def _marks_by_result(count: int, rule: CombinationRule, scale: MarkScale) -> Mapping[Fraction | None, list[MarkSet]]:
    """Return every set of so many marks by what it combines to."""
    steps = int((scale.highest - scale.lowest) / scale.step)
    values = [scale.lowest + step * scale.step for step in range(steps + 1)]
    found: dict[Fraction | None, list[MarkSet]] = {}
    for marks in combinations_with_replacement(values, count):
        found.setdefault(_combine_exactly(marks, rule), []).append(marks)
    return found


def _combine_exactly(marks: MarkSet, rule: CombinationRule) -> Fraction | None:
    made = combine_marks({f"E{number}": mark for number, mark in enumerate(marks)}, frozenset(), rule)
    return made.exact if made else None


# --- All marks of a round as one array, for one reader: what the reader is kept from is not in it.


@dataclass(frozen=True, kw_only=True, slots=True)
class MarksTable:
    """``marks[a, i, e]`` is the mark of evaluator ``e`` on indicator ``i`` of applicant ``a``; NaN: there is none."""

    applicants: tuple[str, ...]
    indicators: tuple[str, ...]
    evaluators: tuple[str, ...]
    marks: NDArray[np.float64]

    def targets(self) -> NDArray[np.float64]:
        """Return one row per applicant and indicator, one column per evaluator."""
        applicants, indicators, evaluators = self.marks.shape
        return self.marks.reshape(applicants * indicators, evaluators)

    def of_applicant(self) -> NDArray[np.float64]:
        """Return each evaluator's mean mark of each applicant; NaN where a mark of the applicant is missing."""
        return np.asarray(self.marks.mean(axis=1))


def collect_scorecards(evaluations: Sequence[Evaluation]) -> dict[str, Scorecard]:
    """Return the scorecards of those who have one, by id."""
    return {one.id: one.scorecard for one in evaluations if one.scorecard is not None}


def readable_evaluations(round_: Round, evaluations: Sequence[Evaluation], reader: str) -> tuple[Evaluation, ...]:
    """Return the evaluations that a reader may see anything of: those of which the reader is not kept.

    ``reader`` is the id of an evaluator, or empty for the operating body, which sees all. An evaluator who does not
    judge an applicant sees no figure that depends on that applicant's marks.
    """
    kept_from = {
        application.id
        for application in round_.applications
        if any(exclusion.evaluator == reader for exclusion in application.exclusions)
    }
    return tuple(one for one in evaluations if one.id not in kept_from)


def build_marks_table(round_: Round, evaluations: Sequence[Evaluation]) -> MarksTable:
    """Return the marks that count of the given evaluations, in the order of ids, edition and committee."""
    scored = collect_scorecards(evaluations)
    evaluators = tuple(label_evaluators(round_.committee).values())
    columns = {label: number for number, label in enumerate(evaluators)}
    first = next(iter(scored.values()), None)
    indicators = tuple(one.indicator.id for one in first.indicators() if one.combination) if first else ()
    marks = np.full((len(scored), len(indicators), len(evaluators)), np.nan)
    for row, card in enumerate(scored.values()):
        judged = [one.combination for one in card.indicators() if one.combination]
        for column, combination in enumerate(judged):
            for use in combination.marks:
                if use.value is not None:
                    marks[row, column, columns[use.evaluator]] = float(use.value)
    return MarksTable(applicants=tuple(scored), indicators=indicators, evaluators=evaluators, marks=marks)
