"""Habits of evaluators: halo, little use of the scale, drift by the order of judging. Points to look at, no more."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from smartcert.analysis.agreement import Refused
from smartcert.analysis.distributions import t_quantile
from smartcert.analysis.marks_table import MarksTable

HALO_BELOW = 0.5
"""A halo is told where an evaluator's marks of an applicant differ half as much as is usual, or less."""
NARROW_FROM = 0.8
"""Little use of the scale is told where so many of all marks are the same."""
FEWEST_APPLICANTS = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Habit:
    """How one evaluator uses the scale.

    ``within`` is the usual spread of the evaluator's marks of one applicant, ``usual`` the median of that over all
    evaluators; ``commonest`` is the share of the mark given most often, ``used`` how many different marks were given.
    """

    evaluator: str
    marks: int
    within: float
    usual: float
    commonest: float
    used: int

    @property
    def halo(self) -> bool:
        """Whether the marks of an applicant hardly differ between indicators."""
        return self.within <= HALO_BELOW * self.usual

    @property
    def narrow(self) -> bool:
        """Whether nearly all marks are the same."""
        return self.commonest >= NARROW_FROM


@dataclass(frozen=True, kw_only=True, slots=True)
class Drift:
    """How much an evaluator's marks move from one applicant judged to the next, against the model, with interval."""

    evaluator: str
    slope: float
    low: float
    high: float
    applicants: int

    @property
    def clear(self) -> bool:
        """Whether zero is outside the interval."""
        return self.low > 0 or self.high < 0


def habits(table: MarksTable) -> tuple[Habit, ...]:
    """Return the habits of every evaluator who gave marks."""
    spreads = {name: _within(table.marks[:, :, at]) for at, name in enumerate(table.evaluators)}
    known = [spread for spread in spreads.values() if not np.isnan(spread)]
    usual = float(np.median(known)) if known else 0.0
    found = []
    for at, name in enumerate(table.evaluators):
        own = table.marks[:, :, at]
        given = own[~np.isnan(own)]
        if not len(given):
            continue
        counts = np.unique(given, return_counts=True)[1]
        found.append(
            Habit(
                evaluator=name,
                marks=len(given),
                within=spreads[name],
                usual=usual,
                commonest=float(counts.max() / len(given)),
                used=len(counts),
            )
        )
    return tuple(found)


def _within(own: NDArray[np.float64]) -> float:
    whole = own[~np.isnan(own).any(axis=1)]
    return float(np.sqrt((whole.var(axis=1, ddof=1)).mean())) if len(whole) and whole.shape[1] > 1 else float("nan")


def drift(
    table: MarksTable, residuals: NDArray[np.float64], turns: dict[tuple[str, str], int], confidence: float = 0.95
) -> tuple[Drift | Refused, ...]:
    """Return the drift of each evaluator for whom it is recorded in which turn each applicant was judged.

    ``turns`` are by applicant and evaluator's label; ``residuals`` are those of the additive model, one row per target.
    """
    by_applicant = residuals.reshape(table.marks.shape)
    found: list[Drift | Refused] = []
    for at, name in enumerate(table.evaluators):
        order = [
            (turns.get((applicant, name)), by_applicant[row, :, at]) for row, applicant in enumerate(table.applicants)
        ]
        points = [(turn, float(np.nanmean(left))) for turn, left in order if turn and not np.isnan(left).all()]
        if len(points) < FEWEST_APPLICANTS:
            reason = "no_order" if not points else "too_few_targets"
            found.append(Refused(form=f"drift {name}", targets=len(points), evaluators=1, reason=reason))
        else:
            found.append(_slope(name, np.array(points), confidence))
    return tuple(found)


def _slope(name: str, points: NDArray[np.float64], confidence: float) -> Drift | Refused:
    turns, left = points[:, 0] - points[:, 0].mean(), points[:, 1] - points[:, 1].mean()
    across = float((turns**2).sum())
    if across == 0:
        return Refused(form=f"drift {name}", targets=len(points), evaluators=1, reason="no_order")
    slope = float((turns * left).sum()) / across
    degrees = len(points) - 2
    error = sqrt(float(((left - slope * turns) ** 2).sum()) / degrees / across)
    reach = t_quantile(1 - (1 - confidence) / 2, degrees) * error
    return Drift(evaluator=name, slope=slope, low=slope - reach, high=slope + reach, applicants=len(points))
