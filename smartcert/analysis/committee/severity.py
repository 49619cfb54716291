"""Severity, drift, halo; adjusted totals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from smartcert.analysis.committee.agreement import MarkMatrix, NotComputed, t_quantile
from smartcert.analysis.committee.disclosure import MarksTable
from smartcert.analysis.committee.influence import Rescoring, collect_marks
from smartcert.model.evaluation import Scorecard
from smartcert.rules.rulebook import Rules

# --- How severe each evaluator is, from an additive model over the applicants that evaluators share.

MIN_SHARED_TARGETS = 10
OUTLIER_DEVIATIONS = 3.0
"""A mark this many standard deviations from what the model expects stands out."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EvaluatorSeverity:
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
class SeverityModel:
    """The parts of all evaluators, the spread of what is left, and the residual of every mark."""

    parts: tuple[EvaluatorSeverity, ...]
    residual_sd: float
    residuals: NDArray[np.float64]
    targets: int
    confidence: float

    def stands_out(self) -> list[tuple[int, int, float]]:
        """Return target, evaluator and residual in standard deviations of each mark that stands out, widest first."""
        scaled = self.residuals / self.residual_sd if self.residual_sd else np.zeros_like(self.residuals)
        rows, columns = np.nonzero(np.abs(np.nan_to_num(scaled)) >= OUTLIER_DEVIATIONS)
        found = [(int(row), int(column), float(scaled[row, column])) for row, column in zip(rows, columns, strict=True)]
        return sorted(found, key=lambda one: (-abs(one[2]), one[0], one[1]))


def fit_severity(
    table: MarkMatrix, evaluators: tuple[str, ...], confidence: float = 0.95
) -> SeverityModel | NotComputed:
    """Return the severity of each evaluator, or why it cannot be told.

    It is refused with too few shared targets, and where the evaluators fall into groups that share no target.
    """
    shared = np.where((~np.isnan(table)).sum(axis=1, keepdims=True) >= 2, table, np.nan)
    given = ~np.isnan(shared)
    counts = given.sum(axis=1)
    targets = int((counts >= 2).sum())
    with_marks = given.sum(axis=0) > 0
    reason = _find_reason(given, targets, with_marks)
    if reason:
        return NotComputed(form="severity", targets=targets, evaluators=int(with_marks.sum()), reason=reason)
    inner, right = _normal_equations(shared, given, counts)
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
    return SeverityModel(
        parts=tuple(
            EvaluatorSeverity(
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


def _find_reason(given: NDArray[np.bool_], targets: int, with_marks: NDArray[np.bool_]) -> str:
    if targets < MIN_SHARED_TARGETS:
        return "too_few_targets"
    if with_marks.sum() < 2:
        return "too_few_evaluators"
    together = given.T.astype(float) @ given
    reached = np.zeros(len(with_marks), dtype=bool)
    reached[int(np.argmax(with_marks))] = True
    for _ in with_marks:
        reached |= (together[reached] > 0).any(axis=0)
    return "" if reached[with_marks].all() else "not_connected"


def _normal_equations(
    table: MarkMatrix, given: NDArray[np.bool_], counts: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the normal equations of the evaluators with the targets eliminated."""
    used = counts >= 2
    known, number, marks = given[used].astype(float), counts[used], np.nan_to_num(table[used])
    inner = np.diag(known.sum(axis=0)) - known.T @ (known / number[:, None])
    right = marks.sum(axis=0) - known.T @ (marks.sum(axis=1) / number)
    return inner, right


# --- Totals with each evaluator's severity taken out of the marks. They stand beside the official ones.

_SEVERITY_DIGITS = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Adjusted:
    """One applicant's official and adjusted total, and the levels that they have."""

    applicant: str
    points: Fraction
    level: int
    adjusted: Fraction
    adjusted_level: int


def adjust_totals(
    cards: Mapping[str, Scorecard], severity: SeverityModel, rules: Rules, rescoring: Rescoring
) -> tuple[Adjusted, ...]:
    """Return the adjusted total of every applicant.

    Each mark loses its evaluator's part (rounded to four digits), stays on the scale between its ends, and is combined
    and rounded as the official one.
    """
    parts = {part.evaluator: Fraction(f"{part.value:.{_SEVERITY_DIGITS}f}") for part in severity.parts}
    scale = rules.scoring.mark_scale.value
    found = []
    for name, card in cards.items():
        combined: dict[str, Fraction] = {}
        for indicator, given in collect_marks(card).items():
            moved = {
                evaluator: min(max(mark - parts.get(evaluator, Fraction(0)), scale.lowest), scale.highest)
                for evaluator, mark in given.items()
            }
            mark = rescoring.combined(moved)
            if mark is not None:
                combined[indicator] = mark
        total = rescoring.total(card, combined)
        found.append(
            Adjusted(
                applicant=name,
                points=card.points,
                level=rescoring.level(card, card.points),
                adjusted=total,
                adjusted_level=rescoring.level(card, total),
            )
        )
    return tuple(found)


# --- Habits of evaluators: halo, little use of the scale, drift by the order of judging. Points to look at, no more.

HALO_RATIO = 0.5
"""A halo is told where an evaluator's marks of an applicant differ half as much as is usual, or less."""
NARROW_SHARE = 0.8
"""Little use of the scale is told where so many of all marks are the same."""
MIN_DRIFT_APPLICANTS = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class ScaleUse:
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
        return self.within <= HALO_RATIO * self.usual

    @property
    def narrow(self) -> bool:
        """Whether nearly all marks are the same."""
        return self.commonest >= NARROW_SHARE


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


def measure_scale_use(table: MarksTable) -> tuple[ScaleUse, ...]:
    """Return the habits of every evaluator who gave marks."""
    spreads = {name: _spread_within(table.marks[:, :, at]) for at, name in enumerate(table.evaluators)}
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
            ScaleUse(
                evaluator=name,
                marks=len(given),
                within=spreads[name],
                usual=usual,
                commonest=float(counts.max() / len(given)),
                used=len(counts),
            )
        )
    return tuple(found)


def _spread_within(own: NDArray[np.float64]) -> float:
    whole = own[~np.isnan(own).any(axis=1)]
    return float(np.sqrt((whole.var(axis=1, ddof=1)).mean())) if len(whole) and whole.shape[1] > 1 else float("nan")


def estimate_drift(
    table: MarksTable, residuals: NDArray[np.float64], turns: dict[tuple[str, str], int], confidence: float = 0.95
) -> tuple[Drift | NotComputed, ...]:
    """Return the drift of each evaluator for whom it is recorded in which turn each applicant was judged.

    ``turns`` are by applicant and evaluator's label; ``residuals`` are those of the additive model, one row per target.
    """
    by_applicant = residuals.reshape(table.marks.shape)
    found: list[Drift | NotComputed] = []
    for at, name in enumerate(table.evaluators):
        order = [
            (turns.get((applicant, name)), by_applicant[row, :, at]) for row, applicant in enumerate(table.applicants)
        ]
        points = [(turn, float(np.nanmean(left))) for turn, left in order if turn and not np.isnan(left).all()]
        if len(points) < MIN_DRIFT_APPLICANTS:
            reason = "no_order" if not points else "too_few_targets"
            found.append(NotComputed(form=f"drift {name}", targets=len(points), evaluators=1, reason=reason))
        else:
            found.append(_fit_slope(name, np.array(points), confidence))
    return tuple(found)


def _fit_slope(name: str, points: NDArray[np.float64], confidence: float) -> Drift | NotComputed:
    turns, left = points[:, 0] - points[:, 0].mean(), points[:, 1] - points[:, 1].mean()
    across = float((turns**2).sum())
    if across == 0:
        return NotComputed(form=f"drift {name}", targets=len(points), evaluators=1, reason="no_order")
    slope = float((turns * left).sum()) / across
    degrees = len(points) - 2
    error = sqrt(float(((left - slope * turns) ** 2).sum()) / degrees / across)
    reach = t_quantile(1 - (1 - confidence) / 2, degrees) * error
    return Drift(evaluator=name, slope=slope, low=slope - reach, high=slope + reach, applicants=len(points))
