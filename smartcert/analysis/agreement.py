"""What every measure of agreement returns: a figure with its form, its numbers and its method, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Table = NDArray[np.float64]
"""One row per target, one column per evaluator; NaN where there is no mark."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Agreement:
    """One figure. ``form`` names it ("ICC(2,1)"), ``method`` says how it and its interval were reached."""

    form: str
    value: float
    targets: int
    evaluators: int
    method: str
    low: float | None = None
    high: float | None = None
    confidence: float | None = None
    chance: float | None = None
    """The probability of as much agreement by chance, where the form has such a test."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Refused:
    """A figure that is not given, and why."""

    form: str
    targets: int
    evaluators: int
    reason: str


def complete(table: Table) -> Table:
    """Return the rows without a gap."""
    return table[~np.isnan(table).any(axis=1)]


def refusal(form: str, table: Table, fewest_targets: int) -> Refused | None:
    """Return why a table without gaps is too small or too flat for ``form``, or None."""
    targets, evaluators = table.shape
    reason = ""
    if targets < fewest_targets:
        reason = "too_few_targets"
    elif evaluators < 2:
        reason = "too_few_evaluators"
    elif np.ptp(table) == 0:
        reason = "all_equal"
    return Refused(form=form, targets=targets, evaluators=evaluators, reason=reason) if reason else None
