"""How are numbers ranked, compared and rounded so that floats that are equal on paper tie?"""

from __future__ import annotations

import numpy as np

from smartcert.analysis.arrays import Bools, Floats
from smartcert.analysis.scales import TOLERANCE, differ

_SUM_ERROR = 1e-12
"""Of the largest value: by how much sums of floats that are equal on paper may differ, where their parts cancel out."""


def mean_ranks(values: Floats) -> Floats:
    """Return ranks (N,) from 1 on in ascending order; ties share the mean of their ranks.

    Rank correlations and shares of others outranked need the mean: it keeps the sum of all ranks what it is without
    ties.
    """
    order = np.argsort(values, kind="stable")
    group = np.cumsum(_differ_from_last(values[order])) - 1
    last = np.cumsum(np.bincount(group)) if values.size else group
    ranks = np.empty(values.shape)
    ranks[order] = (last - (np.bincount(group) - 1) / 2)[group] if values.size else 0.0
    return ranks


def competition_ranks_of(values: Floats) -> Floats:
    """Return ranks (N,): 1 is best, the highest; ties share the better rank; NaN has none.

    Values tie where they differ by at most `TOLERANCE` of themselves, or by the error of floats in a sum of values as
    large as the largest: those that are equal on paper.

    >>> competition_ranks_of(np.array([0.1 + 0.2, 0.3, np.nan, 0.1])).tolist()
    [1.0, 1.0, nan, 3.0]
    """
    ranks, known = np.full(values.shape, np.nan), np.flatnonzero(~np.isnan(values))
    order = known[np.argsort(-values[known], kind="stable")]
    ranks[order] = np.maximum.accumulate(_differ_from_last(-values[order]) * np.arange(1.0, order.size + 1))
    return ranks


def merge_ties(values: Floats) -> Floats:
    """Return values of any shape in which those that tie, as in `competition_ranks_of`, are one: the least of them.

    >>> merge_ties(np.array([0.1 + 0.2, 0.3, np.nan])).tolist()
    [0.3, 0.3, nan]
    """
    known = ~np.isnan(values)
    distinct, place = np.unique(values[known], return_inverse=True)
    first = _differ_from_last(distinct)
    merged = values.copy()
    merged[known] = distinct[first][np.cumsum(first) - 1][place]
    return merged


def _differ_from_last(ascending: Floats) -> Bools:
    """Return which of the values (N,) are not tied with the one before; the first is not."""
    first = np.ones(ascending.shape, dtype=bool)
    first[1:] = ~tie(ascending[1:], ascending[:-1], float(np.abs(ascending).max(initial=0.0)))
    return first


def tie(values: Floats, others: Floats, largest: float) -> Bools:
    """Return which values tie with the others, of a column whose largest absolute value is ``largest``."""
    near = np.maximum(TOLERANCE * np.maximum(np.abs(values), np.abs(others)), _SUM_ERROR * largest)
    ties: Bools = np.abs(values - others) <= near
    return ties


def varies(values: Floats) -> bool:
    """Return whether two of the known values differ by more than `TOLERANCE`; the one test of "does not vary"."""
    known = _scale_to_one(values[~np.isnan(values)])
    return bool(known.size > 1 and differ(np.array(known.min()), np.array(known.max())))


def correlate(first: Floats, second: Floats) -> float:
    """Return Pearson's correlation of two columns (N,) over the units with both.

    NaN where fewer than three have both, or one of the columns does not vary among them.

    >>> correlate(np.array([1.0, 2.0, 3.0, np.nan]), np.array([2.0, 1.0, 3.0, 9.0])).__round__(3)
    0.5
    """
    both = ~(np.isnan(first) | np.isnan(second))
    first, second = first[both], second[both]
    if first.size < 3 or not (varies(first) and varies(second)):
        return float("nan")
    return float(np.corrcoef(first, second)[0, 1])


def _scale_to_one(values: Floats) -> Floats:
    """Return the values over the largest absolute one, so that a tolerance means the same in any unit."""
    largest = np.abs(values).max(initial=0.0)
    return values / largest if largest > 0 else values


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

    A value that has no digit to be rounded off, as a float, stays as it is.

    >>> round_half_up(np.array([1.005, -1.005, 2.675]), 2).tolist()
    [1.01, -1.01, 2.68]
    """
    scaled = np.abs(values) * 10.0**digits
    near = np.clip(1e-12 * scaled, TOLERANCE, 0.25)
    rounded = np.sign(values) * np.floor(scaled + 0.5 + near) / 10.0**digits
    return np.where(scaled < 2.0**49, rounded, values)
