"""How severe is each evaluator, how do evaluators use the scale, and what would totals be without their severity?

Severity comes from an additive model of the marks (target + evaluator), fitted by least squares over the targets that
evaluators share. All of it is a point to look at, no proof of anything about a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from smartcert.analysis.committee.agreement import MarkMatrix, NotComputed
from smartcert.analysis.committee.disclosure import MarksTable
from smartcert.analysis.committee.influence import Rescoring, collect_marks
from smartcert.analysis.distributions import t_quantile
from smartcert.analysis.scales import TOLERANCE
from smartcert.lazy_dataclass import dataclass
from smartcert.model.evaluation import Scorecard
from smartcert.reporting.committee_record import AdjustedTotalRow, EvaluatorRow, OutlyingMarkRow, statistic
from smartcert.rules.rulebook import Rules

MIN_SHARED_TARGETS = 10
"""With fewer targets that two evaluators or more have marked, no severity is given; at exactly so many it is."""
OUTLIER_DEVIATIONS = 3.0
"""A mark this many standard deviations or more from what the model expects stands out."""
HALO_RATIO = 0.5
"""Halo: an evaluator's marks of one applicant spread by at most this share of what is usual."""
NARROW_SHARE = 0.8
"""Little use of the scale: at least this share of all marks of an evaluator is the same mark."""
MIN_DRIFT_APPLICANTS = 5
"""With fewer applicants in a known turn no drift is given; at exactly so many it is."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EvaluatorSeverity:
    """What one evaluator adds to a mark, in steps of the scale, with interval; below 0 is severe, above lenient."""

    evaluator: str
    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True, slots=True)
class SeverityModel:
    """The severities, which sum up to 0, the standard deviation of the residuals, and the residuals (T, E)."""

    parts: tuple[EvaluatorSeverity, ...]
    residual_sd: float
    residuals: NDArray[np.float64]


def fit_severity(
    table: MarkMatrix, evaluators: tuple[str, ...], confidence: float = 0.95
) -> SeverityModel | NotComputed:
    """Return the severity of each evaluator who gave marks, from marks (T, E), or why it cannot be computed.

    It cannot with too few shared targets or evaluators, and where evaluators fall into groups that share no target.
    Intervals are those of Student's t with as many degrees of freedom as marks are left over.
    """
    shared = np.where((~np.isnan(table)).sum(axis=1, keepdims=True) >= 2, table, np.nan)
    given = ~np.isnan(shared)
    counts = given.sum(axis=1)
    targets = int((counts >= 2).sum())
    with_marks = given.sum(axis=0) > 0
    if targets < MIN_SHARED_TARGETS:
        return NotComputed(reason="too_few_targets")
    if with_marks.sum() < 2:
        return NotComputed(reason="too_few_evaluators")
    if not _are_connected(given, with_marks):
        return NotComputed(reason="not_connected")
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
    if variance <= (TOLERANCE * float(np.nanmax(np.abs(shared)))) ** 2:
        variance = 0.0  # marks that the model explains but for the error of floats
    spread = variance * (np.diag(inverse) - 1 / with_marks.sum() ** 2)  # without what the row of ones has added
    reach = t_quantile(1 - (1 - confidence) / 2, degrees)
    return SeverityModel(
        parts=tuple(
            EvaluatorSeverity(
                evaluator=name,
                value=float(parts[column]),
                low=float(parts[column] - reach * sqrt(spread[column])),
                high=float(parts[column] + reach * sqrt(spread[column])),
            )
            for column, name in enumerate(evaluators)
            if with_marks[column]
        ),
        residual_sd=sqrt(variance),
        residuals=residuals,
    )


def _are_connected(given: NDArray[np.bool_], with_marks: NDArray[np.bool_]) -> bool:
    """Return whether every evaluator can be compared with every other by way of shared targets."""
    together = given.T.astype(float) @ given
    reached = np.zeros(len(with_marks), dtype=bool)
    reached[int(np.argmax(with_marks))] = True
    for _ in with_marks:
        reached |= (together[reached] > 0).any(axis=0)
    return bool(reached[with_marks].all())


def _normal_equations(
    table: MarkMatrix, given: NDArray[np.bool_], counts: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the normal equations of the evaluators, matrix (E, E) and right side (E,), with the targets eliminated."""
    used = counts >= 2
    known, number, marks = given[used].astype(float), counts[used], np.nan_to_num(table[used])
    inner = np.diag(known.sum(axis=0)) - known.T @ (known / number[:, None])
    right = marks.sum(axis=0) - known.T @ (marks.sum(axis=1) / number)
    return inner, right


def find_outlying_marks(table: MarksTable, model: SeverityModel, evaluator: str = "") -> tuple[OutlyingMarkRow, ...]:
    """Return the marks that stand out from the model of the same table, widest first, of all or of one evaluator.

    ``deviation`` is the residual in standard deviations; at exactly `OUTLIER_DEVIATIONS` a mark stands out.
    """
    if not model.residual_sd:
        return ()
    scaled = (model.residuals / model.residual_sd).reshape(table.marks.shape)
    places = np.argwhere(np.abs(np.nan_to_num(scaled)) >= OUTLIER_DEVIATIONS)
    widest_first = sorted(map(tuple, places), key=lambda place: -abs(scaled[place]))
    return tuple(
        OutlyingMarkRow(
            applicant=table.applicants[row],
            indicator=table.indicators[indicator],
            evaluator=table.evaluators[column],
            mark=Fraction(str(table.marks[row, indicator, column])),
            deviation=Fraction(f"{scaled[row, indicator, column]:.4f}"),
        )
        for row, indicator, column in widest_first
        if evaluator in ("", table.evaluators[column])
    )


def adjust_totals(
    cards: Mapping[str, Scorecard], model: SeverityModel, rules: Rules, rescoring: Rescoring
) -> tuple[AdjustedTotalRow, ...]:
    """Return the total of every applicant with severity taken out of the marks, beside the official one.

    Each mark loses its evaluator's part (rounded to four digits), is clamped to the ends of the scale, and is combined
    and rounded as the official one.
    """
    parts = {part.evaluator: Fraction(f"{part.value:.4f}") for part in model.parts}
    scales = {indicator.id: rules.mark_scale_of(indicator) for indicator in rules.edition.indicators()}
    rows = []
    for name, card in cards.items():
        marks = {
            indicator: {
                evaluator: min(max(mark - parts.get(evaluator, 0), scales[indicator].lowest), scales[indicator].highest)
                for evaluator, mark in given.items()
            }
            for indicator, given in collect_marks(card).items()
        }
        total, level = rescoring.rescore(card, rescoring.combine_all(marks))
        rows.append(
            AdjustedTotalRow(
                applicant=name,
                points=card.points,
                level=rescoring.official_level(card),
                adjusted=total,
                adjusted_level=level,
            )
        )
    return tuple(rows)


def usual_spread(table: MarksTable) -> float:
    """Return the median over evaluators of how far the marks of one applicant spread; 0 where nobody's is known."""
    spreads = [_spread_within(table.marks[:, :, column]) for column in range(len(table.evaluators))]
    known = [spread for spread in spreads if not np.isnan(spread)]
    return float(np.median(known)) if known else 0.0


def measure_scale_use(table: MarksTable) -> tuple[EvaluatorRow, ...]:
    """Return how each evaluator who gave marks uses the scale; the row's other columns stay empty.

    ``within`` is the usual standard deviation of the evaluator's marks of one applicant, ``commonest`` the share of the
    mark given most often, ``used`` how many different marks were given. ``halo`` and ``narrow`` are flags at exactly
    `HALO_RATIO` of the usual spread and `NARROW_SHARE` of all marks too.
    """
    usual = usual_spread(table)
    rows = []
    for column, name in enumerate(table.evaluators):
        marks = table.marks[:, :, column]
        given = marks[~np.isnan(marks)]
        if not len(given):
            continue
        within = _spread_within(marks)
        counts = np.unique(given, return_counts=True)[1]
        commonest = float(counts.max() / len(given))
        rows.append(
            EvaluatorRow(
                evaluator=name,
                marks=len(given),
                within=statistic(within),
                commonest=statistic(commonest),
                used=len(counts),
                halo=within <= HALO_RATIO * usual,
                narrow=commonest >= NARROW_SHARE,
            )
        )
    return tuple(rows)


def _spread_within(marks: NDArray[np.float64]) -> float:
    """Return the pooled standard deviation of marks (A, I) within applicants who have every mark; NaN where none."""
    complete = marks[~np.isnan(marks).any(axis=1)]
    return float(np.sqrt(complete.var(axis=1, ddof=1).mean())) if len(complete) and complete.shape[1] > 1 else np.nan


@dataclass(frozen=True, kw_only=True, slots=True)
class Drift:
    """How much an evaluator's marks move from one applicant judged to the next, against the model, with interval."""

    slope: float
    low: float
    high: float


def estimate_drift(
    table: MarksTable, residuals: NDArray[np.float64], turns: Mapping[tuple[str, str], int], confidence: float = 0.95
) -> dict[str, Drift | NotComputed]:
    """Return the drift of each evaluator, in steps of the scale per turn, or why it cannot be computed.

    ``turns`` tell by applicant and evaluator's id in which turn the applicant was judged; ``residuals`` (T, E) are
    those of the additive model. The slope is that of least squares over the mean residual of each applicant.
    """
    by_applicant = residuals.reshape(table.marks.shape)
    drifts: dict[str, Drift | NotComputed] = {}
    for column, name in enumerate(table.evaluators):
        points = [
            (turns[applicant, name], float(np.nanmean(own)))
            for applicant, own in zip(table.applicants, by_applicant[:, :, column], strict=True)
            if turns.get((applicant, name)) and not np.isnan(own).all()
        ]
        if 0 < len(points) < MIN_DRIFT_APPLICANTS:
            drifts[name] = NotComputed(reason="too_few_targets")
        elif len({turn for turn, _ in points}) < 2:
            drifts[name] = NotComputed(reason="no_order")
        else:
            drifts[name] = _fit_slope(np.array(points), confidence)
    return drifts


def _fit_slope(points: NDArray[np.float64], confidence: float) -> Drift:
    turns, left = (points - points.mean(axis=0)).T
    across = float((turns**2).sum())
    slope = float((turns * left).sum()) / across
    degrees = len(points) - 2
    error = sqrt(float(((left - slope * turns) ** 2).sum()) / degrees / across)
    reach = t_quantile(1 - (1 - confidence) / 2, degrees) * error
    return Drift(slope=slope, low=slope - reach, high=slope + reach)
