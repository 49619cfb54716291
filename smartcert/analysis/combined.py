"""The combined mark of many committees at once: each draw says how often each evaluator counts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from smartcert.analysis.arrays import Bools, Floats, Ints
from smartcert.rules.scoring import CombinationRule, Method

_MOST_EVALUATORS = 10
"""Up to so many the ends of every subset of evaluators are kept, which is five times as fast where one is trimmed."""
_UNITS = (1, 2, 4, 10, 100, 1000)
"""Parts of a mark in which marks are tried to be whole numbers."""
_MOST_PRODUCTS = 1 << 17
"""Far fewer than what makes a linear algebra library start threads of its own, which would fight with ours."""


@dataclass(frozen=True, eq=False)
class Drawn:
    """Committees as drawn: ``counts`` (D, E) says how often each evaluator counts."""

    counts: Floats

    @cached_property
    def subsets(self) -> Ints:
        """Return, as the bits of a number (D,), who is in a committee at all."""
        made: Ints = (self.counts > 0) @ (1 << np.arange(self.counts.shape[1]))
        return made

    @cached_property
    def and_one(self) -> Floats:
        """Return the counts with a column of ones behind them."""
        return np.concatenate([self.counts, np.ones((self.counts.shape[0], 1))], axis=1)

    def only(self, rows: Ints) -> Drawn:
        """Return some of the committees."""
        return Drawn(self.counts[rows])


@dataclass(frozen=True, eq=False)
class Panel:
    """Marks (A, Q, E) that are combined again and again.

    Sums are taken in whole numbers where the marks allow it, so that they are exact in any order. Order statistics are
    taken without sorting: the k-th mark is the lowest one plus every step between neighbouring marks below which there
    are not enough of them, and how many there are is a product of two matrices.
    """

    marks: Floats

    @cached_property
    def _unit(self) -> int:
        """Return in which part of a mark all of them are whole; 1 where none of `_UNITS` does it."""
        given = self.marks[~np.isnan(self.marks)]
        whole = (unit for unit in _UNITS if np.allclose(given * unit, np.rint(given * unit), rtol=0, atol=1e-9))
        return next(whole, 0)

    @cached_property
    def _marks(self) -> Floats:
        """Return the marks (Q, E, A) in units."""
        marks = self.marks if self._unit == 0 else np.rint(self.marks * self._unit)
        return np.ascontiguousarray(marks.transpose(1, 2, 0))

    @cached_property
    def _sums(self) -> Floats:
        return np.nan_to_num(self._marks)

    @cached_property
    def _given(self) -> Floats:
        return (~np.isnan(self._marks)).astype(np.float64)

    @cached_property
    def _steps(self) -> list[tuple[float, list[tuple[float, Floats]]]]:
        """Return, per indicator, the lowest mark and each step up from it with who marked no higher (E, A)."""
        made = []
        for marks in self._marks:
            values = np.unique(marks[~np.isnan(marks)])
            no_higher = [(marks <= value).astype(np.float64) for value in values[:-1]]
            lowest = float(values[0]) if values.size else 0.0
            made.append((lowest, list(zip(np.diff(values).tolist(), no_higher, strict=True))))
        return made

    @cached_property
    def _halves(self) -> list[list[tuple[float, Floats]]]:
        """Return, per indicator, each step up with the matrix (E + 1, A) that tells how much of it is in the median.

        With ``more`` marks above the step than below it, that is (more + 1) / 2 of it, cut off at nothing and at all.
        """
        made = []
        for given, (_, steps) in zip(self._given, self._steps, strict=True):
            one = np.ones((1, given.shape[1]))
            made.append([(step, np.concatenate([given - 2 * below, one]) * (step / 2)) for step, below in steps])
        return made

    @cached_property
    def _ends(self) -> Floats:
        """Return the lowest and the highest mark together (Q, 2^E, A) of every subset of evaluators."""
        questions, evaluators, applicants = self._marks.shape
        lowest = np.full((questions, 1 << evaluators, applicants), np.nan)
        highest = lowest.copy()
        for one in range(evaluators):
            without, with_one, mark = slice(1 << one), slice(1 << one, 2 << one), self._marks[:, one, None]
            np.fmin(lowest[:, without], mark, out=lowest[:, with_one])
            np.fmax(highest[:, without], mark, out=highest[:, with_one])
        lowest += highest
        return lowest

    def combine(self, question: int, drawn: Drawn, rule: CombinationRule) -> tuple[Floats, Bools | None]:
        """Return the combined marks (D, A) of one indicator before rounding, and where too few marks are left if any.

        The rule is that of ``evaluation.committee.combine`` over marks that are repeated as often as their evaluators
        count; where there are too few the mark is 0.
        """
        number = _product(drawn.counts, self._given[question])
        fewest, for_trimming = max(rule.fewest, 1), max(rule.at_least, 2 * rule.drop + 1)
        least = number.min(axis=1, initial=np.inf)
        with np.errstate(divide="ignore", invalid="ignore"):
            made = self._by(rule.method, question, drawn, number, rule.drop)
            rows = np.flatnonzero(least < for_trimming)
            if rule.method is Method.TRIMMED_MEAN and rows.size:
                other = self._by(rule.otherwise, question, drawn.only(rows), number[rows], rule.drop)
                made[rows] = np.where(number[rows] < for_trimming, other, made[rows])
        if (least >= fewest).all():
            return made, None
        too_few = number < fewest
        made[too_few] = 0.0
        return made, too_few

    def _by(self, method: Method, question: int, drawn: Drawn, number: Floats, drop: int) -> Floats:
        """Return what a method gives; where there are too few marks for it, that means nothing."""
        if method is Method.MEDIAN:
            return self._median(question, drawn)
        made: Floats
        if method is Method.MEAN:
            made, kept = _product(drawn.counts, self._sums[question]), number
        elif drop == 1 and drawn.counts.shape[1] <= _MOST_EVALUATORS:
            made, kept = _product(drawn.counts, self._sums[question]), number - 2
            made -= self._ends[question].take(drawn.subsets, axis=0)
        else:
            made, kept = self._trimmed(question, drawn, number, drop), number - 2 * drop
        made /= kept * self._unit if self._unit > 1 else kept
        return made

    def _trimmed(self, question: int, drawn: Drawn, number: Floats, drop: int) -> Floats:
        """Return the sum of the marks that are left when ``drop`` are taken away at each end."""
        lowest, steps = self._steps[question]
        made, most = lowest * (number - 2 * drop), number - drop
        for step, no_higher in steps:
            above = most - np.maximum(_product(drawn.counts, no_higher), drop)
            made += step * np.maximum(above, 0.0)
        return made

    def _median(self, question: int, drawn: Drawn) -> Floats:
        made = np.full((drawn.counts.shape[0], self.marks.shape[0]), self._steps[question][0])
        for step, matrix in self._halves[question]:
            part = _product(drawn.and_one, matrix)
            made += part.clip(0.0, step, out=part)
        if self._unit > 1:
            made /= self._unit
        return made


def _product(counts: Floats, matrix: Floats) -> Floats:
    """Return the product of two matrices, taken a few rows at a time."""
    made = np.empty((counts.shape[0], matrix.shape[1]))
    most = max(1, _MOST_PRODUCTS // max(matrix.size, 1))
    for start in range(0, counts.shape[0], most):
        rows = slice(start, start + most)
        np.matmul(counts[rows], matrix, out=made[rows])
    return made
