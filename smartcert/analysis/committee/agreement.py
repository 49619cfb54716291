"""How far do evaluators agree? ICC, Krippendorff's alpha, Kendall's W and Fleiss' kappa over a table of marks.

Every measure is returned as an `AgreementRow` of the committee's record: with its figure, rounded to four digits, or
with the reason why it cannot be computed and no figure. Tables have one row per target (an applicant, or one indicator
of an applicant) and one column per evaluator; marks are in steps of the mark scale.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from functools import partial
from math import isfinite, sqrt

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smartcert.analysis.arguments import (
    MOST_REPETITIONS,
    SMALLEST_SIZE,
    check_confidence,
    check_numeric,
    check_whole_number,
    parse_choice,
)
from smartcert.analysis.distributions import chi_square_tail, f_quantile, normal_quantile
from smartcert.analysis.ranks import mean_ranks, merge_ties, varies
from smartcert.analysis.scales import TOLERANCE
from smartcert.argument_types import check_arguments
from smartcert.errors import UsageError
from smartcert.lazy_dataclass import dataclass
from smartcert.reporting.committee_record import AgreementRow, statistic

MarkMatrix = NDArray[np.float64]
"""Marks (T targets, E evaluators); NaN where there is no mark."""

MIN_TARGETS = 5
"""With fewer targets an interval is as wide as the scale, so no figure is given; at exactly so many it is."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NotComputed:
    """Why a statistic of the committee cannot be computed: a key of the page's catalogue such as too_few_targets."""

    reason: str


def read_marks(table: object) -> MarkMatrix:
    """Return marks (T targets, E evaluators) that are given as an array, or as a table with a column per evaluator.

    Marks that differ only by the error of floats are one.

    Raises:
        UsageError: they are none: not in rows and columns, texts, truth values, an infinite mark or one beyond what
            `check_numeric` takes, or a table with a column twice.
    """
    if isinstance(table, pd.DataFrame):
        return merge_ties(check_numeric(table.rename(columns=str)).to_numpy(np.float64))
    if not isinstance(table, np.ndarray) or table.ndim != 2:
        raise UsageError("marks: an array or DataFrame with a row per target and a column per evaluator is wanted")
    if table.dtype.kind not in "iuf":
        raise UsageError(f"marks: numbers are wanted, not an array of {table.dtype}; NaN where there is no mark")
    sizes = np.abs(table[~np.isnan(table)].astype(np.float64))
    if ((sizes > 1 / SMALLEST_SIZE) | ((sizes > 0) & (sizes < SMALLEST_SIZE))).any():
        raise UsageError(f"a mark is infinite, or not 0 or from {SMALLEST_SIZE:g} to {1 / SMALLEST_SIZE:g} in size")
    return merge_ties(np.asarray(table, dtype=np.float64))


def drop_incomplete(table: MarkMatrix) -> MarkMatrix:
    """Return the rows without a gap."""
    return table[~np.isnan(table).any(axis=1)]


def find_obstacle(table: MarkMatrix) -> str:
    """Return why a table without gaps is too small or too uniform for a measure of agreement; empty if it is not."""
    targets, evaluators = table.shape
    if targets < MIN_TARGETS:
        return "too_few_targets"
    if evaluators < 2:
        return "too_few_evaluators"
    return "" if varies(table) else "all_equal"


# Intraclass correlation


@dataclass(frozen=True, kw_only=True, slots=True)
class MeanSquares:
    """Mean squares between targets, within targets, between evaluators, and of the residual."""

    targets: int
    evaluators: int
    between: float
    within: float
    judges: float
    error: float


def mean_squares(table: MarkMatrix) -> MeanSquares:
    """Return the mean squares of the two-way analysis of variance of a table (T, E) without gaps."""
    n, k = table.shape
    centred = table - table.mean()
    targets, judges = centred.mean(axis=1, keepdims=True), centred.mean(axis=0, keepdims=True)
    near = (TOLERANCE * float(np.abs(table).max())) ** 2

    def sum_squares(deviations: MarkMatrix, times: int = 1) -> float:
        """Return the sum of squares; 0 where it is nothing but the error of floats."""
        mean = float((deviations**2).mean())
        return mean * deviations.size * times if mean > near else 0.0

    return MeanSquares(
        targets=n,
        evaluators=k,
        between=sum_squares(targets, k) / (n - 1),
        within=sum_squares(centred - targets) / (n * (k - 1)),
        judges=sum_squares(judges, n) / (k - 1),
        error=sum_squares(centred - targets - judges) / ((n - 1) * (k - 1)),
    )


_Estimate = tuple[float | None, float | None, float | None]
"""A value with the lower and the upper end of its interval; None where it cannot be computed."""


@check_arguments
def icc(table: MarkMatrix | pd.DataFrame, confidence: float = 0.95) -> tuple[AgreementRow, ...]:
    """Return ICC(1,1), (2,1), (3,1), (1,k), (2,k) and (3,k) of a table (T, E), over its rows without a gap.

    The six forms and their intervals are those of Shrout and Fleiss (1979); the forms (., k) are for the mean of all k
    evaluators. A form that cannot be computed has a reason and no value.

    >>> judges = {"1": [9, 6, 8, 7, 10, 6], "2": [2, 1, 4, 1, 5, 2], "3": [5, 3, 6, 2, 6, 4], "4": [8, 2, 8, 6, 9, 7]}
    >>> [(row.form, float(row.value)) for row in icc(pd.DataFrame(judges))[:2]]
    [('ICC(1,1)', 0.1657), ('ICC(2,1)', 0.2898)]

    Raises:
        UsageError: marks that are none, or a confidence that is not between 0 and 1.
    """
    check_confidence(confidence)
    rows = drop_incomplete(read_marks(table))
    targets, k = rows.shape
    forms = [f"ICC({case},{size})" for size in ("1", "k") for case in (1, 2, 3)]
    row = partial(AgreementRow, targets=targets, evaluators=k)
    if reason := find_obstacle(rows):
        return tuple(row(form=form, reason=reason) for form in forms)
    squares = mean_squares(rows)
    singles = (
        _estimate_from_ratio(squares.between, squares.within, k, (targets - 1, targets * (k - 1)), confidence),
        _estimate_two_way_random(squares, confidence),
        _estimate_from_ratio(squares.between, squares.error, k, (targets - 1, (targets - 1) * (k - 1)), confidence),
    )
    means = [tuple(_step_up(value, k) for value in single) for single in singles]
    return tuple(
        row(form=form, reason="negative_variance")
        if value is None
        else row(
            form=form,
            value=statistic(value),
            low=None if low is None or high is None else statistic(low),
            high=None if low is None or high is None else statistic(high),
            method="Shrout and Fleiss 1979; mean squares of the two-way analysis of variance over rows without a gap",
        )
        for form, (value, low, high) in zip(forms, [*singles, *means], strict=True)
    )


def _step_up(single: float | None, k: int) -> float | None:
    """Return the figure for the mean of ``k`` evaluators from that of one (Spearman and Brown); None where it has none.

    It has none from -1 / (k - 1) down, where the variance of the mean would be 0 or less.
    """
    if single is None or 1 + (k - 1) * single <= TOLERANCE:
        return None
    return k * single / (1 + (k - 1) * single)


def _estimate_from_ratio(
    between: float, other: float, k: int, degrees: tuple[int, int], confidence: float
) -> _Estimate:
    if between == other == 0:
        return 0.0, 0.0, 0.0  # targets do not differ at all, so no share of the variance is theirs
    value = (between - other) / (between + (k - 1) * other)
    if other == 0:
        return value, value, value
    tail, ratio = 1 - (1 - confidence) / 2, between / other
    lowest = ratio / f_quantile(tail, *degrees)
    highest = ratio * f_quantile(tail, degrees[1], degrees[0])
    return value, (lowest - 1) / (lowest + k - 1), (highest - 1) / (highest + k - 1)


def _estimate_two_way_random(ms: MeanSquares, confidence: float) -> _Estimate:
    n, k, error = ms.targets, ms.evaluators, ms.error
    variance = ms.between + (k - 1) * error + k * (ms.judges - error) / n
    if variance <= TOLERANCE * (ms.between + ms.judges + error):
        return None, None, None
    value = (ms.between - error) / variance
    if error == 0:
        return value, value, value
    ratio, tail = ms.judges / error, 1 - (1 - confidence) / 2
    spread = n * (1 + (k - 1) * value) - k * value
    degrees = (k - 1) * (n - 1) * (k * value * ratio + spread) ** 2
    below = (n - 1) * k**2 * value**2 * ratio**2 + spread**2
    if degrees <= 0 or below <= 0:
        return value, None, None
    degrees /= below
    upper, lower = f_quantile(tail, n - 1, degrees), f_quantile(tail, degrees, n - 1)
    rest = k * ms.judges + (k * n - k - n) * error
    ends = (upper * rest + n * ms.between, rest + n * lower * ms.between)
    if not all(end > 0 and isfinite(end) for end in ends):
        return value, None, None
    low, high = n * (ms.between - upper * error) / ends[0], n * (lower * ms.between - error) / ends[1]
    return value, float(low), float(high)


@check_arguments
def kendall_w(table: MarkMatrix | pd.DataFrame, *, ties: bool = True) -> AgreementRow:
    """Return Kendall's coefficient of concordance W of a table (T, E), over its rows without a gap.

    Evaluators rank the targets; W runs from 0 to 1. With ``ties`` it is corrected for equal marks of one evaluator.
    ``chance`` is the probability of at least as much concordance by chance, from chi-square with T - 1 degrees.
    Source: Kendall and Babington Smith (1939).

    >>> marks = pd.DataFrame({"kim": [1, 2, 3, 4, 5], "lee": [1, 2, 3, 5, 4], "park": [2, 1, 3, 4, 5]})
    >>> float(kendall_w(marks).value)
    0.9111

    Raises:
        UsageError: marks that are none.
    """
    table = read_marks(table)
    form = "Kendall's W" if ties else "Kendall's W, ties not corrected"
    rows = drop_incomplete(table)
    targets, evaluators = rows.shape
    row = partial(AgreementRow, form=form, targets=targets, evaluators=evaluators)
    if reason := find_obstacle(rows):
        return row(reason=reason)
    ranks = [mean_ranks(column) for column in rows.T]
    sums = np.stack(ranks, axis=1).sum(axis=1)
    spread = float(((sums - sums.mean()) ** 2).sum())
    tied = [np.unique(column, return_counts=True)[1] for column in ranks] if ties else []
    correction = float(sum((counts**3 - counts).sum() for counts in tied))
    possible = evaluators**2 * (targets**3 - targets) - evaluators * correction
    if possible == 0:  # each evaluator gave all targets the same mark, so nobody ranks them
        return row(reason="all_equal")
    value = 12 * spread / possible
    return row(
        value=statistic(value),
        chance=statistic(chi_square_tail(evaluators * (targets - 1) * value, targets - 1)),
        method=f"Kendall and Babington Smith 1939; chi-square of {targets - 1} degrees",
    )


def count_categories(table: MarkMatrix) -> NDArray[np.float64]:
    """Return how often each mark that occurs (columns, ascending) was given to each target (rows without a gap)."""
    rows = drop_incomplete(table)
    values = np.unique(rows)
    if not len(values):
        return np.zeros((0, 0))
    return np.stack([(rows == value).sum(axis=1) for value in values], axis=1).astype(float)


def fleiss_kappa(counts: NDArray[np.float64], confidence: float = 0.95) -> AgreementRow:
    """Return Fleiss' kappa from `count_categories`: counts (T, categories), each target with as many marks.

    The interval lies around the value, with the standard error under no agreement, cut off at -1 and 1. Sources: Fleiss
    (1971); Fleiss, Nee and Landis (1979).

    Raises:
        ValueError: targets have different numbers of marks.
    """
    targets = counts.shape[0]
    marks = counts.sum(axis=1)
    if len(np.unique(marks)) > 1:
        raise ValueError("every target needs as many marks as the others")
    k = int(marks[0]) if targets else 0
    shares = counts.sum(axis=0) / counts.sum() if targets else np.zeros(0)
    chance = float((shares**2).sum())
    reason = "too_few_targets" if targets < MIN_TARGETS else "too_few_evaluators" if k < 2 else ""
    reason = reason or ("all_equal" if chance == 1 else "")
    row = partial(AgreementRow, form="Fleiss' kappa", targets=targets, evaluators=k)
    if reason:
        return row(reason=reason)
    observed = float(((counts**2).sum(axis=1) - k).mean() / (k * (k - 1)))
    value = (observed - chance) / (1 - chance)
    other = shares * (1 - shares)
    inner = float(other.sum()) ** 2 - float((other * (1 - 2 * shares)).sum())
    error = sqrt(2 * inner) / (float(other.sum()) * sqrt(targets * k * (k - 1)))
    reach = normal_quantile(1 - (1 - confidence) / 2) * error
    return row(
        value=statistic(value),
        low=statistic(max(value - reach, -1.0)),
        high=statistic(min(value + reach, 1.0)),
        method="Fleiss 1971; standard error of no agreement (Fleiss, Nee and Landis 1979)",
    )


class KappaWeights(StrEnum):
    """How far two marks that differ count as agreement: not at all, by their distance, or by its square."""

    NONE = "none"
    LINEAR = "linear"
    SQUARED = "squared"


@check_arguments
def cohen_kappa(
    table: MarkMatrix | pd.DataFrame,
    weights: KappaWeights | pd.DataFrame = KappaWeights.NONE,
    confidence: float = 0.95,
) -> AgreementRow:
    """Return Cohen's kappa of two evaluators, table (T, 2), over the targets that both marked; weighted for grades.

    Weighted by the distance of the marks or its square, over the largest that occurs; or by a table of disagreements
    with the marks as its rows and columns: 0 for the same mark, more for what agrees less. The interval lies around
    the value, with the standard error for large samples, cut off at -1 and 1. Sources: Cohen (1960, 1968); Fleiss,
    Cohen and Everitt (1969).

    >>> row = cohen_kappa(np.repeat([[1.0, 1], [1, 2], [2, 1], [2, 2]], [20, 5, 10, 15], axis=0))
    >>> float(row.value), float(row.low), float(row.high)
    (0.4, 0.1511, 0.6489)

    Raises:
        UsageError: unknown weights, disagreements that are none or lack a mark, a table that has not two columns, or a
            confidence that is not between 0 and 1.
    """
    chosen = weights if isinstance(weights, pd.DataFrame) else parse_choice("weights", weights, KappaWeights)
    check_confidence(confidence)
    marks = read_marks(table)
    if marks.shape[1] != 2:
        raise UsageError("Cohen's kappa is of two evaluators: a table with two columns is wanted")
    named = "own" if isinstance(chosen, pd.DataFrame) else str(chosen)
    form = "Cohen's kappa" if chosen is KappaWeights.NONE else f"Cohen's kappa ({named} weights)"
    rows = drop_incomplete(marks)
    row = partial(AgreementRow, form=form, targets=len(rows), evaluators=2)
    if reason := find_obstacle(rows):
        return row(reason=reason)
    values, codes = np.unique(rows, return_inverse=True)
    codes = codes.reshape(rows.shape)
    shares = np.zeros((values.size, values.size))
    np.add.at(shares, (codes[:, 0], codes[:, 1]), 1 / len(rows))
    first, second = shares.sum(axis=1), shares.sum(axis=0)
    own = 1 - _measure_disagreement(values, chosen)
    observed, chance = float((own * shares).sum()), float((own * np.outer(first, second)).sum())
    if 1 - chance <= TOLERANCE:  # a table of disagreements may count none between the marks that occur
        return row(reason="all_equal")
    value = (observed - chance) / (1 - chance)
    mean = (own @ second)[:, None] + (first @ own)[None, :]
    inner = float((shares * (own - mean * (1 - value)) ** 2).sum()) - (value - chance * (1 - value)) ** 2
    reach = normal_quantile(1 - (1 - confidence) / 2) * sqrt(max(inner, 0.0) / len(rows)) / (1 - chance)
    return row(
        value=statistic(value),
        low=statistic(max(value - reach, -1.0)),
        high=statistic(min(value + reach, 1.0)),
        method="Cohen 1960 and 1968; standard error for large samples (Fleiss, Cohen and Everitt 1969)",
    )


def _measure_disagreement(values: NDArray[np.float64], weights: KappaWeights | pd.DataFrame) -> NDArray[np.float64]:
    """Return how little every two marks (M,) agree, (M, M): 0 for the same mark, 1 for the largest disagreement."""
    distance = np.abs(values[:, None] - values[None, :])
    if isinstance(weights, pd.DataFrame):
        return _read_disagreement(values, weights)
    if weights is KappaWeights.NONE:
        return np.asarray(distance > 0, dtype=np.float64)
    scaled = distance / distance.max()
    return np.asarray(scaled if weights is KappaWeights.LINEAR else scaled**2)


def _read_disagreement(values: NDArray[np.float64], table: pd.DataFrame) -> NDArray[np.float64]:
    lacking = [f"{value:g}" for value in values if value not in table.index or value not in table.columns]
    if lacking:
        raise UsageError(f"weights: the table of disagreements has no row and column for {', '.join(lacking)}")
    if table.index.has_duplicates or table.columns.has_duplicates:
        raise UsageError("weights: the table of disagreements names a mark twice")
    own = check_numeric(table.rename(columns=str)).set_axis(table.columns, axis=1).loc[list(values), list(values)]
    numbers = own.to_numpy(np.float64)
    if not (numbers >= 0).all() or np.diagonal(numbers).any() or not np.array_equal(numbers, numbers.T):
        raise UsageError("weights: disagreements are 0 or more, alike both ways round, and 0 for the same mark")
    return np.asarray(numbers / max(float(numbers.max()), SMALLEST_SIZE))


@check_arguments
def resample_agreement(
    table: MarkMatrix | pd.DataFrame,
    measure: Callable[[MarkMatrix], AgreementRow],
    resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 1,
) -> AgreementRow:
    """Return a measure of agreement with a bootstrap interval: that of samples of the targets, with replacement.

    For measures that have no interval of their own, as Krippendorff's alpha and Kendall's W. Samples in which the
    measure cannot be computed are left out; where that is more than one in ten, there is no interval.

    >>> marks = np.array([[1.0, 2], [2, 2], [3, 4], [4, 4], [5, 5], [2, 1]])
    >>> row = resample_agreement(marks, kendall_w)
    >>> bool(row.low <= row.value <= row.high)
    True

    Raises:
        UsageError: fewer than 100 samples, a confidence that is not between 0 and 1, marks that are none, or a measure
            that returns something else, as `icc` does: of that, ``lambda marks: icc(marks)[1]``.
    """
    check_whole_number("resamples", resamples, 100, MOST_REPETITIONS)
    check_whole_number("seed", seed, 0)
    check_confidence(confidence)
    marks = read_marks(table)
    own: object = measure(marks)
    if not isinstance(own, AgreementRow):
        raise UsageError(f"measure: a function of marks that returns one AgreementRow is wanted, not {own!r:.60}")
    if own.value is None:
        return own
    rng = np.random.default_rng(seed)
    drawn = (measure(marks[rng.integers(0, len(marks), len(marks))]).value for _ in range(resamples))
    values = [float(value) for value in drawn if value is not None]
    if len(values) < 0.9 * resamples:
        return own
    tail = 50 * (1 - confidence)
    low, high = np.percentile(values, [tail, 100 - tail])
    method = f"{own.method}; interval: {resamples} bootstrap samples of the targets"
    return replace(own, low=statistic(float(low)), high=statistic(float(high)), method=method)


class AgreementMetric(StrEnum):
    """How the distance between two marks is measured for Krippendorff's alpha."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    INTERVAL = "interval"
    RATIO = "ratio"


@check_arguments
def krippendorff_alpha(
    table: MarkMatrix | pd.DataFrame, metric: AgreementMetric = AgreementMetric.ORDINAL
) -> AgreementRow:
    """Return Krippendorff's alpha of a table (T, E) that may have gaps, over the targets with at least two marks.

    1 is full agreement, 0 what chance gives. Source: Krippendorff (2011).

    >>> marks = pd.DataFrame({"kim": [1, 2, 3, 3, 2, 1], "lee": [1, 2, 3, 3, 2, 2]})
    >>> float(krippendorff_alpha(marks, "nominal").value)
    0.766

    Raises:
        UsageError: marks that are none, an unknown metric, or ratios of marks below 0.
    """
    table, metric = read_marks(table), parse_choice("metric", metric, AgreementMetric)
    if metric is AgreementMetric.RATIO and (table < 0).any():
        raise UsageError("alpha (ratio) is of marks of 0 or more: below 0 there are no ratios")
    pairable = table[(~np.isnan(table)).sum(axis=1) >= 2]
    targets, evaluators = pairable.shape
    values = np.unique(pairable[~np.isnan(pairable)])
    reason = "too_few_targets" if targets < MIN_TARGETS else "all_equal" if len(values) < 2 else ""
    row = partial(AgreementRow, form=f"alpha ({metric})", targets=targets, evaluators=evaluators)
    if reason:
        return row(reason=reason)
    counts = np.stack([(pairable == value).sum(axis=1) for value in values], axis=1).astype(float)
    marks = counts.sum(axis=1)
    coincidences = (counts.T / (marks - 1)) @ counts - np.diag((counts / (marks - 1)[:, None]).sum(axis=0))
    totals = coincidences.sum(axis=1)
    distances = _distances(values, totals, metric)
    observed = float((coincidences * distances).sum())
    expected = float((np.outer(totals, totals) * distances).sum() / (totals.sum() - 1))
    return row(
        value=statistic(1 - observed / expected),
        method="Krippendorff 2011; coincidences of all pairs of marks on a target, gaps left out",
    )


def _distances(
    values: NDArray[np.float64], totals: NDArray[np.float64], metric: AgreementMetric
) -> NDArray[np.float64]:
    """Return the distance of every two values, squared where the metric has an order."""
    first, second = values[:, None], values[None, :]
    match metric:
        case AgreementMetric.NOMINAL:
            return np.asarray(first != second, dtype=float)
        case AgreementMetric.INTERVAL:
            return np.asarray((first - second) ** 2)
        case AgreementMetric.RATIO:
            sums = np.where(first + second == 0, 1, first + second)
            return np.asarray(((first - second) / sums) ** 2)
        case AgreementMetric.ORDINAL:
            middles = np.cumsum(totals) - totals / 2
            return np.asarray((middles[:, None] - middles[None, :]) ** 2)
