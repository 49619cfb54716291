"""ICC, Kendall W, Fleiss kappa, Krippendorff alpha."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from math import exp, inf, lgamma, log, log1p, sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

# --- What every measure of agreement returns: a figure with its form, its numbers and its method, or why there is none.

MarkMatrix = NDArray[np.float64]
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
class NotComputed:
    """A figure that is not given, and why."""

    form: str
    targets: int
    evaluators: int
    reason: str


def drop_incomplete(table: MarkMatrix) -> MarkMatrix:
    """Return the rows without a gap."""
    return table[~np.isnan(table).any(axis=1)]


def check_computable(form: str, table: MarkMatrix, fewest_targets: int) -> NotComputed | None:
    """Return why a table without gaps is too small or too flat for ``form``, or None."""
    targets, evaluators = table.shape
    reason = ""
    if targets < fewest_targets:
        reason = "too_few_targets"
    elif evaluators < 2:
        reason = "too_few_evaluators"
    elif np.ptp(table) == 0:
        reason = "all_equal"
    return NotComputed(form=form, targets=targets, evaluators=evaluators, reason=reason) if reason else None


# --- Quantiles of F, t and the normal distribution, from the regularised incomplete beta function.

_TINY, _CONVERGED = 1e-300, 1e-15
_MAX_STEPS = 500


def normal_quantile(probability: float) -> float:
    """Return the quantile of the standard normal distribution."""
    return NormalDist().inv_cdf(probability)


def f_quantile(probability: float, first: float, second: float) -> float:
    """Return the quantile of the F distribution with ``first`` and ``second`` degrees of freedom (not only whole ones).

    >>> round(f_quantile(0.95, 5, 15), 2), round(f_quantile(0.975, 5, 18), 2)
    (2.9, 3.38)
    """
    return _invert_cdf(lambda value: f_cdf(value, first, second), probability)


def f_cdf(value: float, first: float, second: float) -> float:
    """Return the probability of at most ``value`` under the F distribution."""
    if value <= 0:
        return 0.0
    return incomplete_beta(first * value / (first * value + second), first / 2, second / 2)


def t_quantile(probability: float, degrees: float) -> float:
    """Return the quantile of Student's t distribution.

    >>> round(t_quantile(0.975, 10), 3)
    2.228
    """
    if probability < 0.5:
        return -t_quantile(1 - probability, degrees)
    return sqrt(f_quantile(2 * probability - 1, 1, degrees)) if probability > 0.5 else 0.0


def chi_square_tail(value: float, degrees: int) -> float:
    """Return the probability of more than ``value`` under chi-square, as the limit of F with very many degrees.

    >>> round(chi_square_tail(18.307, 10), 3)
    0.05
    """
    return 1 - f_cdf(value / degrees, degrees, 1e7)


def incomplete_beta(at: float, a: float, b: float) -> float:
    """Return the regularised incomplete beta function: the share of the beta distribution up to ``at``."""
    if at <= 0:
        return 0.0
    if at >= 1:
        return 1.0
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(at) + b * log1p(-at))
    if at < (a + 1) / (a + b + 2):
        return front * _continued_fraction(at, a, b) / a
    return 1 - front * _continued_fraction(1 - at, b, a) / b


def _continued_fraction(at: float, a: float, b: float) -> float:
    c, d = 1.0, 1 / _avoid_zero(1 - (a + b) * at / (a + 1))
    made = d
    for step in range(1, _MAX_STEPS):
        twice = 2 * step
        even = step * (b - step) * at / ((a + twice - 1) * (a + twice))
        odd = -(a + step) * (a + b + step) * at / ((a + twice) * (a + twice + 1))
        change = 1.0
        for part in (even, odd):
            d = 1 / _avoid_zero(1 + part * d)
            c = _avoid_zero(1 + part / c)
            change = d * c
            made *= change
        if abs(change - 1) < _CONVERGED:
            break
    return made


def _avoid_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY


def _invert_cdf(cdf: Callable[[float], float], probability: float) -> float:
    low, high = 0.0, 1.0
    while cdf(high) < probability:
        low, high = high, high * 2
        if high == inf:
            return inf
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if cdf(middle) < probability else (low, middle)
    return (low + high) / 2


# --- Intraclass correlation in the six forms of Shrout and Fleiss (1979), with their confidence intervals.

MIN_TARGETS = 5
"""With fewer targets the interval is as wide as the scale; no figure is given."""

_ICC_METHOD = "Shrout and Fleiss 1979; mean squares of the two-way analysis of variance over rows without a gap"


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
    """Return the mean squares of a table without gaps."""
    n, k = table.shape
    grand = table.mean()
    between = k * float(((table.mean(axis=1) - grand) ** 2).sum())
    judges = n * float(((table.mean(axis=0) - grand) ** 2).sum())
    within = float(((table - table.mean(axis=1, keepdims=True)) ** 2).sum())
    return MeanSquares(
        targets=n,
        evaluators=k,
        between=between / (n - 1),
        within=within / (n * (k - 1)),
        judges=judges / (k - 1),
        error=max(within - judges, 0.0) / ((n - 1) * (k - 1)),
    )


def icc(table: MarkMatrix, confidence: float = 0.95) -> tuple[Agreement | NotComputed, ...]:
    """Return ICC(1,1), (2,1), (3,1), (1,k), (2,k), (3,k) over the rows without a gap, or why each is refused."""
    whole = drop_incomplete(table)
    forms = [f"ICC({case},{size})" for size in ("1", "k") for case in (1, 2, 3)]
    refused = [check_computable(form, whole, MIN_TARGETS) for form in forms]
    if refused[0] is not None:
        return tuple(one for one in refused if one is not None)
    squares = mean_squares(whole)
    singles = (
        _estimate_one_way(squares, confidence),
        _estimate_two_way_random(squares, confidence),
        _estimate_two_way_mixed(squares, confidence),
    )
    k = squares.evaluators
    figures = [*singles, *(tuple(_spearman_brown(value, k) for value in single) for single in singles)]
    return tuple(
        Agreement(
            form=form,
            value=value,
            low=low,
            high=high,
            confidence=confidence,
            targets=squares.targets,
            evaluators=k,
            method=_ICC_METHOD,
        )
        for form, (value, low, high) in zip(forms, figures, strict=True)
    )


_Estimate = tuple[float, ...]


def _spearman_brown(single: float, k: int) -> float:
    """Return the reliability of a mean of ``k`` from that of one (Spearman-Brown); the forms (., k) are exactly it."""
    return k * single / (1 + (k - 1) * single)


def _estimate_one_way(ms: MeanSquares, confidence: float) -> _Estimate:
    n, k = ms.targets, ms.evaluators
    return _estimate_from_ratio(ms.between, ms.within, k, (n - 1, n * (k - 1)), confidence)


def _estimate_two_way_mixed(ms: MeanSquares, confidence: float) -> _Estimate:
    n, k = ms.targets, ms.evaluators
    return _estimate_from_ratio(ms.between, ms.error, k, (n - 1, (n - 1) * (k - 1)), confidence)


def _estimate_from_ratio(
    between: float, other: float, k: int, degrees: tuple[int, int], confidence: float
) -> _Estimate:
    if between == other == 0:
        return 0.0, 0.0, 0.0  # targets do not differ at all: nothing of what is seen is theirs
    value = (between - other) / (between + (k - 1) * other)
    if other == 0:
        return value, value, value
    tail, ratio = 1 - (1 - confidence) / 2, between / other
    lowest = ratio / f_quantile(tail, *degrees)
    highest = ratio * f_quantile(tail, degrees[1], degrees[0])
    return value, (lowest - 1) / (lowest + k - 1), (highest - 1) / (highest + k - 1)


def _estimate_two_way_random(ms: MeanSquares, confidence: float) -> _Estimate:
    n, k, error = ms.targets, ms.evaluators, ms.error
    value = (ms.between - error) / (ms.between + (k - 1) * error + k * (ms.judges - error) / n)
    if error == 0:
        return value, value, value
    ratio, tail = ms.judges / error, 1 - (1 - confidence) / 2
    spread = n * (1 + (k - 1) * value) - k * value
    degrees = (k - 1) * (n - 1) * (k * value * ratio + spread) ** 2
    degrees /= (n - 1) * k**2 * value**2 * ratio**2 + spread**2
    upper, lower = f_quantile(tail, n - 1, degrees), f_quantile(tail, degrees, n - 1)
    rest = k * ms.judges + (k * n - k - n) * error
    low = n * (ms.between - upper * error) / (upper * rest + n * ms.between)
    high = n * (lower * ms.between - error) / (rest + n * lower * ms.between)
    return value, float(low), float(high)


# --- Kendall's W over rankings, with and without ties, and Fleiss' kappa over categories (Fleiss 1971).

CONCORDANCE_FEWEST_TARGETS = 5


def kendall_w(table: MarkMatrix, *, ties: bool = True) -> Agreement | NotComputed:
    """Return Kendall's W: evaluators (columns) rank targets (rows). ``ties`` corrects for equal places.

    ``chance`` is the chi-square probability of as much concordance by chance.
    """
    form = "Kendall's W" if ties else "Kendall's W, ties not corrected"
    whole = drop_incomplete(table)
    refused = check_computable(form, whole, CONCORDANCE_FEWEST_TARGETS)
    if refused is not None:
        return refused
    n, m = whole.shape
    ranks = np.stack([average_ranks(column) for column in whole.T], axis=1)
    sums = ranks.sum(axis=1)
    spread = float(((sums - sums.mean()) ** 2).sum())
    correction = float(sum(_tie_correction(column) for column in whole.T)) if ties else 0.0
    value = 12 * spread / (m**2 * (n**3 - n) - m * correction)
    chance = chi_square_tail(m * (n - 1) * value, n - 1)
    return Agreement(
        form=form,
        value=value,
        targets=n,
        evaluators=m,
        method=f"Kendall and Babington Smith 1939; chi-square of {n - 1} degrees",
        chance=chance,
    )


def average_ranks(column: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return places from 1 on in ascending order; equal values share the mean of their places."""
    _, inverse, counts = np.unique(column, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[inverse])


def _tie_correction(column: NDArray[np.float64]) -> float:
    counts = np.unique(column, return_counts=True)[1]
    return float((counts**3 - counts).sum())


def count_categories(table: MarkMatrix) -> NDArray[np.float64]:
    """Return how often each category was given to each target, for the targets without a gap."""
    whole = drop_incomplete(table)
    values = np.unique(whole)
    if not len(values):
        return np.zeros((0, 0))
    return np.stack([(whole == value).sum(axis=1) for value in values], axis=1).astype(float)


def fleiss_kappa(counts: NDArray[np.float64], confidence: float = 0.95) -> Agreement | NotComputed:
    """Return kappa from the counts of categories (columns) per target (rows), each target with as many marks.

    The interval is that of the hypothesis of no agreement (Fleiss, Nee and Landis 1979) laid around the value.

    Raises:
        ValueError: targets have different numbers of marks.
    """
    form, targets = "Fleiss' kappa", counts.shape[0]
    marks = counts.sum(axis=1)
    if len(np.unique(marks)) > 1:
        raise ValueError("every target needs as many marks as the others")
    k = int(marks[0]) if targets else 0
    shares = counts.sum(axis=0) / counts.sum() if targets else np.zeros(0)
    chance = float((shares**2).sum())
    reason = "too_few_targets" if targets < CONCORDANCE_FEWEST_TARGETS else "too_few_evaluators" if k < 2 else ""
    reason = reason or ("all_equal" if chance == 1 else "")
    if reason:
        return NotComputed(form=form, targets=targets, evaluators=k, reason=reason)
    observed = float(((counts**2).sum(axis=1) - k).mean() / (k * (k - 1)))
    value = (observed - chance) / (1 - chance)
    other = shares * (1 - shares)
    inner = float(other.sum()) ** 2 - float((other * (1 - 2 * shares)).sum())
    error = sqrt(2 * inner) / (float(other.sum()) * sqrt(targets * k * (k - 1)))
    reach = normal_quantile(1 - (1 - confidence) / 2) * error
    return Agreement(
        form=form,
        value=value,
        low=value - reach,
        high=value + reach,
        confidence=confidence,
        targets=targets,
        evaluators=k,
        method="Fleiss 1971; standard error of no agreement (Fleiss, Nee and Landis 1979)",
    )


# --- Krippendorff's alpha with any number of evaluators, any gaps, in four metrics (Krippendorff 2011).

KRIPPENDORFF_FEWEST_TARGETS = 5
_KRIPPENDORFF_METHOD = "Krippendorff 2011; coincidences of all pairs of marks on a target, gaps left out"


class Metric(StrEnum):
    """How far two marks are apart."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    INTERVAL = "interval"
    RATIO = "ratio"


def krippendorff_alpha(table: MarkMatrix, metric: Metric) -> Agreement | NotComputed:
    """Return alpha over the targets with at least two marks, or why it is refused."""
    form = f"alpha ({metric})"
    pairable = table[(~np.isnan(table)).sum(axis=1) >= 2]
    targets, evaluators = pairable.shape
    if targets < KRIPPENDORFF_FEWEST_TARGETS:
        return NotComputed(form=form, targets=targets, evaluators=evaluators, reason="too_few_targets")
    values = np.unique(pairable[~np.isnan(pairable)])
    if len(values) < 2:
        return NotComputed(form=form, targets=targets, evaluators=evaluators, reason="all_equal")
    counts = np.stack([(pairable == value).sum(axis=1) for value in values], axis=1).astype(float)
    marks = counts.sum(axis=1)
    coincidences = (counts.T / (marks - 1)) @ counts - np.diag((counts / (marks - 1)[:, None]).sum(axis=0))
    totals = coincidences.sum(axis=1)
    apart = _distances(values, totals, metric)
    observed = float((coincidences * apart).sum())
    expected = float((np.outer(totals, totals) * apart).sum() / (totals.sum() - 1))
    return Agreement(
        form=form, value=1 - observed / expected, targets=targets, evaluators=evaluators, method=_KRIPPENDORFF_METHOD
    )


def _distances(values: NDArray[np.float64], totals: NDArray[np.float64], metric: Metric) -> NDArray[np.float64]:
    one, other = values[:, None], values[None, :]
    match metric:
        case Metric.NOMINAL:
            return np.asarray(one != other, dtype=float)
        case Metric.INTERVAL:
            return np.asarray((one - other) ** 2)
        case Metric.RATIO:
            whole = np.where(one + other == 0, 1, one + other)
            return np.asarray(((one - other) / whole) ** 2)
        case Metric.ORDINAL:
            upto = np.cumsum(totals) - totals / 2
            return np.asarray((upto[:, None] - upto[None, :]) ** 2)
