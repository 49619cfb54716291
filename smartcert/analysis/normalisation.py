"""How are indicators brought onto one scale, and how are several of them combined into one?"""

from __future__ import annotations

from enum import StrEnum

import numpy as np

from smartcert.analysis.arguments import parse_choice
from smartcert.analysis.arrays import Aggregation, Floats
from smartcert.analysis.scales import TOLERANCE, competition_ranks, differ
from smartcert.errors import UsageError


class Normalisation(StrEnum):
    """How a column is brought onto the scale of the index; see `normalise`."""

    ZSCORE = "zscore"
    MINMAX = "minmax"
    RANK = "rank"
    GOALPOSTS = "goalposts"
    DISTANCE = "distance"
    NONE = "none"


def normalise(
    values: Floats, method: Normalisation, direction: int = 1, low: float = np.nan, high: float = np.nan
) -> Floats:
    """Return values (N units,) on one scale, more is better; NaN stays NaN.

    zscore: standard deviations (of the sample) from the mean. minmax: 0 at the worst, 1 at the best that occurs. rank:
    the share of others that are worse, ties half, so 0 to 1. goalposts: 0 at ``low``, 1 at ``high``, clamped to both.
    distance: the value over the target ``high`` (or the target over the value where less is better), not clamped. none:
    as it is. Methods as in the OECD/JRC Handbook on composite indicators (2008, step 5).

    Raises:
        UsageError: an unknown method or direction, goalposts that are missing or not ascending, a target that is
            missing or not above 0, values that have no distance to it, an infinite value, or a column that does not
            vary where its spread is the scale.
    """
    method = parse_choice("normalisation", method, Normalisation)
    if direction not in (1, -1):
        raise UsageError(f"direction: 1 or -1 is wanted, not {direction!r}")
    if np.isinf(values).any():
        raise UsageError("a column holds an infinite number")
    signed = values * direction
    if method in (Normalisation.ZSCORE, Normalisation.MINMAX) and not varies(values):
        raise UsageError(f"a column that does not vary has no {method.value} scale")
    match method:
        case Normalisation.ZSCORE:
            return np.asarray((signed - np.nanmean(signed)) / np.nanstd(signed, ddof=1))
        case Normalisation.MINMAX:
            return np.asarray((signed - np.nanmin(signed)) / (np.nanmax(signed) - np.nanmin(signed)))
        case Normalisation.RANK:
            return _share_outranked(signed)
        case Normalisation.GOALPOSTS:
            return _scale_between(values, direction, low, high)
        case Normalisation.DISTANCE:
            return _compare_with_target(values, direction, high)
        case Normalisation.NONE:
            return signed


def _scale_between(values: Floats, direction: int, low: float, high: float) -> Floats:
    if not (np.isfinite(low) and np.isfinite(high) and low < high):
        raise UsageError(f"goalposts are two finite numbers, low below high, not {low} and {high}")
    scaled: Floats = np.clip((values - low) / (high - low), 0.0, 1.0)
    return scaled if direction > 0 else 1.0 - scaled


def _compare_with_target(values: Floats, direction: int, target: float) -> Floats:
    if not (target > 0 and np.isfinite(target)):
        raise UsageError(f"a target is a finite number above 0, not {target}")
    if direction < 0 and (values <= 0).any():
        raise UsageError("a distance to a target of which less is better needs values above 0")
    return values / target if direction > 0 else target / values


def _share_outranked(signed: Floats) -> Floats:
    present = ~np.isnan(signed)
    known = signed[present]
    shares = np.full(signed.shape, np.nan)
    if known.size == 1:
        raise UsageError("one value alone has no rank among others")
    shares[present] = (mean_ranks(known) - 1) / max(known.size - 1, 1)
    return shares


def mean_ranks(values: Floats) -> Floats:
    """Return ranks (N,) from 1 on in ascending order; ties share the mean of their ranks.

    Rank correlations and shares of others outranked need the mean: it keeps the sum of all ranks what it is without
    ties.
    """
    order = np.argsort(values, kind="stable")
    ascending = _scale_to_one(values[order])
    first = np.ones(values.shape, dtype=bool)
    first[1:] = differ(ascending[:-1], ascending[1:])
    group = np.cumsum(first) - 1
    last = np.cumsum(np.bincount(group)) if values.size else group
    ranks = np.empty(values.shape)
    ranks[order] = (last - (np.bincount(group) - 1) / 2)[group] if values.size else 0.0
    return ranks


def competition_ranks_of(values: Floats) -> Floats:
    """Return ranks (N,): 1 is best, the highest; ties share the better rank; NaN has none.

    Values tie where they differ by at most `TOLERANCE` of the largest: sums of floats that are equal on paper.

    >>> competition_ranks_of(np.array([0.1 + 0.2, 0.3, np.nan, 0.1])).tolist()
    [1.0, 1.0, nan, 3.0]
    """
    ranks, known = np.full(values.shape, np.nan), ~np.isnan(values)
    if known.any():
        ranks[known] = competition_ranks(_scale_to_one(values[known])[None, :])[0]
    return ranks


def varies(values: Floats) -> bool:
    """Return whether two of the known values differ by more than `TOLERANCE`; the one test of "does not vary"."""
    known = _scale_to_one(values[~np.isnan(values)])
    return bool(known.size > 1 and differ(np.array(known.min()), np.array(known.max())))


def _scale_to_one(values: Floats) -> Floats:
    """Return the values over the largest absolute one, so that a tolerance means the same in any unit."""
    largest = np.abs(values).max(initial=0.0)
    return values / largest if largest > 0 else values


def combine_columns(columns: Floats, weights: Floats, mean: Aggregation, available: float = 1.0) -> Floats:
    """Return the weighted mean (N,) of each row of ``columns`` (N units, J), NaN where too little is available.

    ``available`` is the share of the weight that must be present, at exactly that share a mean is given; what is
    missing then is left out and the others weigh more. Weights (J,) need not sum up to one.

    Raises:
        UsageError: weights that are negative or all zero, or a geometric or harmonic mean of numbers below 0.
    """
    mean = parse_choice("mean", mean, Aggregation)
    if not np.isfinite(weights).all() or (weights < 0).any() or weights.sum() <= 0:
        raise UsageError("weights are finite numbers of 0 or more and not all 0")
    if not 0 < available <= 1:
        raise UsageError(f"the share that must be available is above 0 up to 1, not {available}")
    present = ~np.isnan(columns)
    weight = present * weights
    share = weight.sum(axis=1) / weights.sum()
    if mean is not Aggregation.ARITHMETIC and (columns[present] < 0).any():
        raise UsageError(f"a {mean.value} mean needs numbers of 0 or more; bring them onto such a scale first")
    known = np.where(present, columns, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        part = weight / weight.sum(axis=1, keepdims=True)
        match mean:
            case Aggregation.ARITHMETIC:
                means = (part * known).sum(axis=1)
            case Aggregation.GEOMETRIC:
                means = np.exp(np.where(part > 0, part * np.log(known), 0.0).sum(axis=1))
            case Aggregation.HARMONIC:
                means = 1.0 / np.where(part > 0, part / known, 0.0).sum(axis=1)
    enough = (share >= available - 1e-12) & (weight.sum(axis=1) > 0)
    return np.where(enough, means, np.nan)


def percentile_interval(values: Floats) -> tuple[Floats, Floats]:
    """Return the 5th and 95th percentile (A,) of every column of (D, A); NaN where it has no number."""
    known = ~np.isnan(values).all(axis=0)
    low, high = (np.full(values.shape[1], np.nan) for _ in range(2))
    if known.any():
        part = values[:, known]
        if np.isnan(part).any():
            low[known], high[known] = np.nanpercentile(part, [5, 95], axis=0)
        else:
            low[known], high[known] = np.percentile(part, [5, 95], axis=0)
    return low, high


def round_half_up(values: Floats, digits: int) -> Floats:
    """Return the values rounded to ``digits`` after the point; a half, within the error of floats, goes away from zero.

    >>> round_half_up(np.array([1.005, -1.005, 2.675]), 2).tolist()
    [1.01, -1.01, 2.68]
    """
    scaled = np.abs(values) * 10.0**digits
    rounded: Floats = np.sign(values) * np.floor(scaled + 0.5 + np.maximum(TOLERANCE, 1e-12 * scaled)) / 10.0**digits
    return rounded
