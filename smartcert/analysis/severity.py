"""How severe each evaluator is, from an additive model over the applicants that evaluators share.

mark = target + evaluator + residual, a target being one indicator of one applicant. The evaluators' parts sum to zero;
a negative part is a severe evaluator. Least squares with gaps, solved for the evaluators after the targets are
eliminated. A point to look at, never an automatic correction.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from smartcert.analysis.agreement import Refused, Table
from smartcert.analysis.distributions import t_quantile

FEWEST_TARGETS = 10
STANDS_OUT = 3.0
"""A mark this many standard deviations from what the model expects stands out."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One evaluator's part with its interval; ``clear`` tells whether the interval leaves zero out."""

    evaluator: str
    value: float
    low: float
    high: float
    marks: int

    @property
    def clear(self) -> bool:
        """Whether zero is outside the interval."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Severity:
    """The parts of all evaluators, the spread of what is left, and the residual of every mark."""

    parts: tuple[Part, ...]
    residual_sd: float
    residuals: NDArray[np.float64]
    targets: int
    confidence: float

    def stands_out(self) -> list[tuple[int, int, float]]:
        """Return target, evaluator and residual in standard deviations of each mark that stands out, widest first."""
        scaled = self.residuals / self.residual_sd if self.residual_sd else np.zeros_like(self.residuals)
        rows, columns = np.nonzero(np.abs(np.nan_to_num(scaled)) >= STANDS_OUT)
        found = [(int(row), int(column), float(scaled[row, column])) for row, column in zip(rows, columns, strict=True)]
        return sorted(found, key=lambda one: (-abs(one[2]), one[0], one[1]))


def severity(table: Table, evaluators: tuple[str, ...], confidence: float = 0.95) -> Severity | Refused:
    """Return the severity of each evaluator, or why it cannot be told.

    It is refused with too few shared targets, and where the evaluators fall into groups that share no target.
    """
    shared = np.where((~np.isnan(table)).sum(axis=1, keepdims=True) >= 2, table, np.nan)
    given = ~np.isnan(shared)
    counts = given.sum(axis=1)
    targets = int((counts >= 2).sum())
    with_marks = given.sum(axis=0) > 0
    reason = _reason(given, targets, with_marks)
    if reason:
        return Refused(form="severity", targets=targets, evaluators=int(with_marks.sum()), reason=reason)
    inner, right = _normal(shared, given, counts)
    # the sum of the parts is zero: a row of ones makes the singular equations regular
    inverse = np.linalg.inv(inner + np.outer(with_marks, with_marks) + np.diag((~with_marks).astype(float)))
    parts = inverse @ right
    parts = np.where(with_marks, parts - parts[with_marks].mean(), np.nan)
    fitted = shared - np.where(given, parts, 0.0)
    means = np.divide(np.nansum(fitted, axis=1), counts, out=np.zeros(len(counts)), where=counts > 0)
    residuals = fitted - means[:, None]
    degrees = int(given.sum()) - targets - int(with_marks.sum()) + 1
    variance = float(np.nansum(residuals**2)) / degrees
    spread = variance * (np.diag(inverse) - 1 / with_marks.sum() ** 2)  # what the row of ones added goes off again
    reach = t_quantile(1 - (1 - confidence) / 2, degrees)
    return Severity(
        parts=tuple(
            Part(
                evaluator=name,
                value=float(parts[at]),
                low=float(parts[at] - reach * sqrt(spread[at])),
                high=float(parts[at] + reach * sqrt(spread[at])),
                marks=int(given[:, at].sum()),
            )
            for at, name in enumerate(evaluators)
            if with_marks[at]
        ),
        residual_sd=sqrt(variance),
        residuals=residuals,
        targets=targets,
        confidence=confidence,
    )


def _reason(given: NDArray[np.bool_], targets: int, with_marks: NDArray[np.bool_]) -> str:
    if targets < FEWEST_TARGETS:
        return "too_few_targets"
    if with_marks.sum() < 2:
        return "too_few_evaluators"
    together = given.T.astype(float) @ given
    reached = np.zeros(len(with_marks), dtype=bool)
    reached[int(np.argmax(with_marks))] = True
    for _ in with_marks:
        reached |= (together[reached] > 0).any(axis=0)
    return "" if reached[with_marks].all() else "not_connected"


def _normal(
    table: Table, given: NDArray[np.bool_], counts: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the normal equations of the evaluators with the targets eliminated."""
    used = counts >= 2
    known, number, marks = given[used].astype(float), counts[used], np.nan_to_num(table[used])
    inner = np.diag(known.sum(axis=0)) - known.T @ (known / number[:, None])
    right = marks.sum(axis=0) - known.T @ (marks.sum(axis=1) / number)
    return inner, right
