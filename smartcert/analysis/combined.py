"""The combined mark of many committees at once: each draw says how often each evaluator counts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from smartcert.analysis.arrays import Bools, Floats, Ints
from smartcert.rules.scoring import CombinationRule, Method

_MOST_SUBSETS = 10
"""Evaluators up to which the lowest and highest mark of every subset are kept in a table."""


@dataclass(frozen=True, eq=False)
class Panel:
    """Marks (A, Q, E) that are combined again and again."""

    marks: Floats

    @cached_property
    def _sums(self) -> Floats:
        return np.ascontiguousarray(np.nan_to_num(self.marks).transpose(1, 2, 0))

    @cached_property
    def _given(self) -> Floats:
        return np.ascontiguousarray((~np.isnan(self.marks)).transpose(1, 2, 0).astype(np.float64))

    @cached_property
    def _ordered(self) -> tuple[Floats, Ints]:
        """Return marks in ascending order (Q, A, E), absent ones last, and whose they are."""
        marks = self.marks.transpose(1, 0, 2)
        order = np.argsort(marks, axis=2, kind="stable")
        return np.nan_to_num(np.take_along_axis(marks, order, axis=2)), order

    @cached_property
    def _ends(self) -> tuple[Floats, Floats]:
        """Return the lowest and the highest mark (Q, 2^E, A) of every subset of evaluators."""
        applicants, questions, evaluators = self.marks.shape
        lowest = np.full((questions, 1 << evaluators, applicants), np.nan)
        marks = self.marks.transpose(1, 2, 0)
        highest = lowest.copy()
        for subset in range(1, 1 << evaluators):
            rest, one = subset & (subset - 1), (subset & -subset).bit_length() - 1
            np.fmin(lowest[:, rest], marks[:, one], out=lowest[:, subset])
            np.fmax(highest[:, rest], marks[:, one], out=highest[:, subset])
        return lowest, highest

    def combine(self, question: int, counts: Floats, rule: CombinationRule) -> tuple[Floats, Bools]:
        """Return the combined marks (D, A) of one indicator before rounding, and where too few marks are left.

        ``counts`` (D, E) says how often each evaluator counts. The rule is that of ``evaluation.committee.combine``
        over marks that are repeated so often; where there are too few the mark is 0.
        """
        number = counts @ self._given[question]
        too_few = number < max(rule.fewest, 1)
        safe = np.maximum(number, 1.0)
        if rule.method is not Method.TRIMMED_MEAN:
            return np.where(too_few, 0.0, self._by(rule.method, question, counts, safe)), too_few
        trims = (number >= rule.at_least) & (number > 2 * rule.drop)
        made = self._trimmed(question, counts, safe, rule.drop)
        if not trims.all():
            few = ~trims
            made[few] = self._by(rule.otherwise, question, counts, safe, rule.drop)[few]
            made[too_few] = 0.0
        return made, too_few

    def _by(self, method: Method, question: int, counts: Floats, number: Floats, drop: int = 0) -> Floats:
        if method is Method.MEDIAN:
            return self._median(question, counts, number)
        if method is Method.TRIMMED_MEAN:
            return self._trimmed(question, counts, number, drop)
        mean: Floats = (counts @ self._sums[question]) / number
        return mean

    def _trimmed(self, question: int, counts: Floats, number: Floats, drop: int) -> Floats:
        left = np.maximum(number - 2 * drop, 1.0)
        if drop == 1 and counts.shape[1] <= _MOST_SUBSETS:
            subset = (counts > 0) @ (1 << np.arange(counts.shape[1]))
            lowest, highest = self._ends
            made: Floats = counts @ self._sums[question]
            made -= lowest[question].take(subset, axis=0)
            made -= highest[question].take(subset, axis=0)
            made /= left
            return made
        marks, times, until = self._cumulated(question, counts)
        kept = np.minimum(until, (number - drop)[..., None]) - np.maximum(until - times, drop)
        trimmed: Floats = (np.maximum(kept, 0.0) * marks).sum(axis=2) / left
        return trimmed

    def _median(self, question: int, counts: Floats, number: Floats) -> Floats:
        marks, _, until = self._cumulated(question, counts)
        halves = []
        for place in (np.floor((number - 1) / 2), np.floor(number / 2)):
            at = (until <= place[..., None]).sum(axis=2)
            halves.append(marks[np.arange(marks.shape[0]), np.minimum(at, marks.shape[1] - 1)])
        median: Floats = (halves[0] + halves[1]) / 2
        return median

    def _cumulated(self, question: int, counts: Floats) -> tuple[Floats, Floats, Floats]:
        """Return ascending marks (A, E), how often each counts and how many count up to it, both (D, A, E)."""
        marks, order = self._ordered[0][question], self._ordered[1][question]
        times = counts[:, order] * np.take_along_axis(self._given[question].T, order, axis=1)
        return marks, times, np.cumsum(times, axis=2)
