"""How are indicators brought onto one scale, and how are several of them combined into one?"""

from __future__ import annotations

from enum import StrEnum

import numpy as np

from smartcert.analysis.arrays import Aggregation, Floats
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
        UsageError: goalposts that are missing or equal, a target that is missing or not above 0, or a column that does
            not vary where its spread is the scale.
    """
    signed = values * direction
    known = values[~np.isnan(values)]
    if method in (Normalisation.ZSCORE, Normalisation.MINMAX) and (known.size < 2 or known.min() == known.max()):
        raise UsageError(f"a column that does not vary has no {method.value} scale")
    match method:
        case Normalisation.ZSCORE:
            return np.asarray((signed - np.nanmean(signed)) / np.nanstd(signed, ddof=1))
        case Normalisation.MINMAX:
            return np.asarray((signed - np.nanmin(signed)) / (np.nanmax(signed) - np.nanmin(signed)))
        case Normalisation.RANK:
            return _share_outranked(signed)
        case Normalisation.GOALPOSTS:
            if np.isnan(low) or np.isnan(high) or low == high:
                raise UsageError(f"goalposts are two different numbers, not {low} and {high}")
            scaled = np.clip((values - low) / (high - low), 0.0, 1.0)
            return scaled if direction > 0 else 1.0 - scaled
        case Normalisation.DISTANCE:
            if not high > 0:
                raise UsageError(f"a target is above 0, not {high}")
            with np.errstate(divide="ignore"):
                return values / high if direction > 0 else high / values
        case Normalisation.NONE:
            return signed


def _share_outranked(signed: Floats) -> Floats:
    present = ~np.isnan(signed)
    known = signed[present]
    below = (known[:, None] > known[None, :]).sum(axis=1)
    equal = (known[:, None] == known[None, :]).sum(axis=1) - 1
    shares = np.full(signed.shape, np.nan)
    shares[present] = (below + equal / 2) / max(known.size - 1, 1)
    return shares


def combine_columns(columns: Floats, weights: Floats, mean: Aggregation, available: float = 1.0) -> Floats:
    """Return the weighted mean (N,) of each row of ``columns`` (N units, J), NaN where too little is available.

    ``available`` is the share of the weight that must be present, at exactly that share a mean is given; what is
    missing then is left out and the others weigh more. Weights (J,) need not sum up to one.

    Raises:
        UsageError: weights that are negative or all zero, or a geometric or harmonic mean of numbers below 0.
    """
    if (weights < 0).any() or weights.sum() <= 0:
        raise UsageError("weights are 0 or more and not all 0")
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
