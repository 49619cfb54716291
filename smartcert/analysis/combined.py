"""The combined mark of many committees at once: each draw says how often each evaluator counts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from smartcert.analysis.arrays import Bools, Floats
from smartcert.rules.scoring import CombinationRule, Method

_MOST_EVALUATORS = 10
"""Up to so many the ends of every subset of evaluators are kept, which is five times as fast where one is trimmed."""


@dataclass(frozen=True, eq=False)
class Panel:
    """Marks (A, Q, E) that are combined again and again.

    Order statistics are taken without sorting: the k-th mark is the lowest one plus every step between neighbouring
    marks below which there are not enough of them, and how many there are is a product of two matrices.
    """

    marks: Floats

    @cached_property
    def _sums(self) -> Floats:
        return np.ascontiguousarray(np.nan_to_num(self.marks).transpose(1, 2, 0))

    @cached_property
    def _given(self) -> Floats:
        return np.ascontiguousarray((~np.isnan(self.marks)).transpose(1, 2, 0).astype(np.float64))

    @cached_property
    def _steps(self) -> list[tuple[float, list[tuple[float, Floats]]]]:
        """Return, per indicator, the lowest mark and each step up from it with who marked no higher (E, A)."""
        made = []
        for question in range(self.marks.shape[1]):
            marks = self.marks[:, question]
            values = np.unique(marks[~np.isnan(marks)])
            no_higher = [np.ascontiguousarray((marks <= value).T.astype(np.float64)) for value in values[:-1]]
            lowest = float(values[0]) if values.size else 0.0
            made.append((lowest, list(zip(np.diff(values).tolist(), no_higher, strict=True))))
        return made

    @cached_property
    def _ends(self) -> tuple[Floats, Floats]:
        """Return the lowest and the highest mark (Q, 2^E, A) of every subset of evaluators."""
        applicants, questions, evaluators = self.marks.shape
        lowest = np.full((questions, 1 << evaluators, applicants), np.nan)
        highest = lowest.copy()
        marks = self.marks.transpose(1, 2, 0)
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
        made = self._by(rule.method, question, counts, safe, rule.drop)
        if rule.method is Method.TRIMMED_MEAN:
            few = (number < rule.at_least) | (number <= 2 * rule.drop)
            if few.any():
                made[few] = self._by(rule.otherwise, question, counts, safe, rule.drop)[few]
        if too_few.any():
            made[too_few] = 0.0
        return made, too_few

    def _by(self, method: Method, question: int, counts: Floats, number: Floats, drop: int) -> Floats:
        made: Floats
        lowest, steps = self._steps[question]
        match method:
            case Method.MEAN:
                made = (counts @ self._sums[question]) / number
            case Method.TRIMMED_MEAN if drop == 1 and counts.shape[1] <= _MOST_EVALUATORS:
                drawn = (counts > 0) @ (1 << np.arange(counts.shape[1]))
                made = counts @ self._sums[question]
                for ends in self._ends:
                    made -= ends[question].take(drawn, axis=0)
                made /= np.maximum(number - 2, 1.0)
            case Method.TRIMMED_MEAN:
                kept = np.maximum(number - 2 * drop, 1.0)
                most = number - drop
                made = lowest * kept
                for step, no_higher in steps:
                    above = most - np.maximum(counts @ no_higher, drop)
                    made += step * np.maximum(above, 0.0)
                made /= kept
            case Method.MEDIAN:
                first, second = np.floor((number - 1) / 2), np.floor(number / 2)
                made = np.full(number.shape, lowest)
                for step, no_higher in steps:
                    below = counts @ no_higher
                    made += (step / 2) * ((below <= first).astype(np.float64) + (below <= second))
        return made
