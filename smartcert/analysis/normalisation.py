"""Ways to bring indicators onto one scale, and to combine what is on it."""

from __future__ import annotations

from enum import StrEnum

import numpy as np

from smartcert.analysis.arrays import Floats
from smartcert.errors import UsageError


class Normalisation(StrEnum):
    """How a column is brought onto the scale of the index."""

    ZSCORE = "zscore"
    MINMAX = "minmax"
    RANK = "rank"
    GOALPOSTS = "goalposts"
    DISTANCE = "distance"
    NONE = "none"


class Mean(StrEnum):
    """How columns become one."""

    ARITHMETIC = "arithmetic"
    GEOMETRIC = "geometric"
    HARMONIC = "harmonic"


def normalise(
    values: Floats, way: Normalisation, direction: int = 1, low: float = np.nan, high: float = np.nan
) -> Floats:
    """Return values on one scale, more is better; NaN stays NaN.

    zscore: deviations from the mean (sample). minmax: 0 at the worst, 1 at the best that occurs. rank: the share of
    others that are worse, ties half, so 0 to 1. goalposts: 0 at ``low``, 1 at ``high``, cut off at both. distance: the
    value over the target ``high`` (or the target over the value where less is better), not cut off. none: as it is.

    Raises:
        UsageError: goalposts that are missing or equal, a target that is missing or not above 0, or a column that does
            not vary where its spread is the scale.
    """
    signed = values * direction
    there = values[~np.isnan(values)]
    if way in (Normalisation.ZSCORE, Normalisation.MINMAX) and (there.size < 2 or there.min() == there.max()):
        raise UsageError(f"a column that does not vary has no {way.value} scale")
    match way:
        case Normalisation.ZSCORE:
            return np.asarray((signed - np.nanmean(signed)) / np.nanstd(signed, ddof=1))
        case Normalisation.MINMAX:
            return np.asarray((signed - np.nanmin(signed)) / (np.nanmax(signed) - np.nanmin(signed)))
        case Normalisation.RANK:
            return _share_outranked(signed)
        case Normalisation.GOALPOSTS:
            return _scale_to_goalposts(values, direction, low, high)
        case Normalisation.DISTANCE:
            return _divide_by_target(values, direction, high)
        case Normalisation.NONE:
            return signed


def _scale_to_goalposts(values: Floats, direction: int, low: float, high: float) -> Floats:
    if np.isnan(low) or np.isnan(high) or low == high:
        raise UsageError(f"goalposts are two different numbers, not {low} and {high}")
    made = np.clip((values - low) / (high - low), 0.0, 1.0)
    return made if direction > 0 else 1.0 - made


def _divide_by_target(values: Floats, direction: int, target: float) -> Floats:
    if not target > 0:
        raise UsageError(f"a target is above 0, not {target}")
    with np.errstate(divide="ignore"):
        return values / target if direction > 0 else target / values


def _share_outranked(signed: Floats) -> Floats:
    there = ~np.isnan(signed)
    known = signed[there]
    below = (known[:, None] > known[None, :]).sum(axis=1)
    equal = (known[:, None] == known[None, :]).sum(axis=1) - 1
    made = np.full(signed.shape, np.nan)
    made[there] = (below + equal / 2) / max(known.size - 1, 1)
    return made


def combine_columns(columns: Floats, weights: Floats, mean: Mean, available: float = 1.0) -> Floats:
    """Return the weighted mean of each row of ``columns`` (units x columns), NaN where too little is available.

    ``available`` is the share of the weight that must be there; what is missing then is left out and the others weigh
    more. Weights need not sum up to one.

    Raises:
        UsageError: weights that are negative or all zero, or a geometric or harmonic mean of numbers below 0.
    """
    if (weights < 0).any() or weights.sum() <= 0:
        raise UsageError("weights are 0 or more and not all 0")
    there = ~np.isnan(columns)
    weight = there * weights
    share = weight.sum(axis=1) / weights.sum()
    if mean is not Mean.ARITHMETIC and (columns[there] < 0).any():
        raise UsageError(f"a {mean.value} mean needs numbers of 0 or more; bring them onto such a scale first")
    known = np.where(there, columns, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        part = weight / weight.sum(axis=1, keepdims=True)
        match mean:
            case Mean.ARITHMETIC:
                made = (part * known).sum(axis=1)
            case Mean.GEOMETRIC:
                made = np.exp(np.where(part > 0, part * np.log(known), 0.0).sum(axis=1))
            case Mean.HARMONIC:
                made = 1.0 / np.where(part > 0, part / known, 0.0).sum(axis=1)
    enough = (share >= available - 1e-12) & (weight.sum(axis=1) > 0)
    return np.where(enough, made, np.nan)
