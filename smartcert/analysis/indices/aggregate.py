"""How are several columns combined into one?

Shapes: N units, J columns. Methods as in the OECD/JRC Handbook on composite indicators (2008, step 6); TOPSIS after
Hwang and Yoon (1981), VIKOR after Opricovic and Tzeng (2004).
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np

from smartcert.analysis.arguments import check_number, parse_choice
from smartcert.analysis.arrays import Bools, Floats
from smartcert.analysis.ranks import tie, varies
from smartcert.analysis.scales import TOLERANCE
from smartcert.errors import UsageError


class IndexAggregation(StrEnum):
    """How the parts of a group become one value; see `combine_columns`."""

    ARITHMETIC = "arithmetic"
    GEOMETRIC = "geometric"
    HARMONIC = "harmonic"
    POWER = "power"
    MEDIAN = "median"
    MINIMUM = "minimum"
    COPELAND = "copeland"
    TOPSIS = "topsis"
    VIKOR = "vikor"


_AMONG_UNITS = (IndexAggregation.COPELAND, IndexAggregation.TOPSIS, IndexAggregation.VIKOR)
_FROM_ZERO = (IndexAggregation.GEOMETRIC, IndexAggregation.HARMONIC, IndexAggregation.POWER)


def combine_columns(
    columns: Floats,
    weights: Floats,
    mean: IndexAggregation,
    available: float = 1.0,
    power: float = 1.0,
) -> Floats:
    """Return one value (N,) for each row of ``columns`` (N units, J), NaN where too little is available.

    arithmetic, geometric, harmonic: weighted means; a geometric or harmonic mean with a 0 in it is 0. power: the mean
    of the ``power``-th powers, its root; 0 is the geometric mean. median: half of the weight lies at or below it, the
    middle of two where it is exactly half. minimum: the worst part, of any weight above 0. copeland: the number of
    units that a unit beats less of those that beat it; one beats another where it is better in parts of more than half
    the weight that both have, equal parts half each. topsis: the distance from the worst values over the sum of that
    and the distance from the best, on columns over their root of sum of squares. vikor: 1 - Q with v = 1/2, so that
    more is better.

    ``available`` is the share of the weight that must be present, at exactly that share there is a value; what is
    missing then is left out and the others weigh more. TOPSIS and VIKOR need every value, whatever ``available``.
    Weights (J,) need not sum up to one.

    Raises:
        UsageError: weights that are negative or all zero, or numbers below 0 in a mean that has none of them.
    """
    mean = parse_choice("mean", mean, IndexAggregation)
    check_number("power", power)
    if not np.isfinite(weights).all() or (weights < 0).any() or weights.sum() <= 0:
        raise UsageError("weights are finite numbers of 0 or more and not all 0")
    if not 0 < available <= 1:
        raise UsageError(f"the share that must be available is above 0 up to 1, not {available}")
    present = ~np.isnan(columns)
    weight = present * weights
    if mean in _FROM_ZERO and (columns[present] < 0).any():
        raise UsageError(f"a {mean.value} mean needs numbers of 0 or more; bring them onto such a scale first")
    enough = (weight.sum(axis=1) / weights.sum() >= available - 1e-12) & (weight.sum(axis=1) > 0)
    known = np.where(present, columns, 1.0)
    if mean in _AMONG_UNITS:
        values = _compare_units(columns, weights, mean, enough)
    elif mean is IndexAggregation.MEDIAN:
        values = _weigh_median(known, weight)
    elif mean is IndexAggregation.MINIMUM:
        values = np.where(weight > 0, known, np.inf).min(axis=1, initial=np.inf)
    else:
        values = _weigh_mean(known, weight, mean, power)
    return np.where(enough, values, np.nan)


def _weigh_mean(known: Floats, weight: Floats, mean: IndexAggregation, power: float) -> Floats:
    if mean is IndexAggregation.POWER and power == 0:
        mean = IndexAggregation.GEOMETRIC
    with np.errstate(divide="ignore", invalid="ignore"):
        part = weight / weight.sum(axis=1, keepdims=True)
        match mean:
            case IndexAggregation.GEOMETRIC:
                values = np.exp(np.where(part > 0, part * np.log(known), 0.0).sum(axis=1))
            case IndexAggregation.HARMONIC:
                values = 1.0 / np.where(part > 0, part / known, 0.0).sum(axis=1)
            case IndexAggregation.POWER:
                values = _weigh_power(known, part, power)
            case _:
                values = (part * known).sum(axis=1)
    return np.asarray(values)


def _weigh_power(known: Floats, part: Floats, power: float) -> Floats:
    """Return the power mean (N,) over its largest value (the smallest, of a power below 0), so that none overflows."""
    ends = (np.where(part > 0, known, -np.inf).max, np.where(part > 0, known, np.inf).min)
    size = ends[0 if power > 0 else 1](axis=1, initial=-np.inf if power > 0 else np.inf)[:, None]
    logs = np.log(np.where((part > 0) & (size > 0), known / size, 1.0))
    excess = np.where(part > 0, part * np.expm1(power * logs), 0.0).sum(axis=1)
    return np.asarray(np.where(size[:, 0] > 0, size[:, 0] * np.exp(np.log1p(excess) / power), 0.0))


def _weigh_median(known: Floats, weight: Floats) -> Floats:
    order = np.argsort(np.where(weight > 0, known, np.inf), axis=1, kind="stable")
    ascending, own = np.take_along_axis(known, order, axis=1), np.take_along_axis(weight, order, axis=1)
    total = own.sum(axis=1, keepdims=True)
    reached = np.cumsum(own, axis=1) / np.where(total > 0, total, 1.0)
    low = (reached >= 0.5 - TOLERANCE).argmax(axis=1)
    high = (reached > 0.5 + TOLERANCE).argmax(axis=1)
    rows = np.arange(known.shape[0])
    return np.asarray((ascending[rows, low] + ascending[rows, high]) / 2)


def _compare_units(columns: Floats, weights: Floats, mean: IndexAggregation, enough: Bools) -> Floats:
    values = np.full(columns.shape[0], np.nan)
    rows = enough if mean is IndexAggregation.COPELAND else ~np.isnan(columns).any(axis=1)
    if not rows.any():
        return values
    vary = np.array([varies(column) for column in columns[rows].T])
    own, part = np.where(vary, columns[rows], 0.0), weights / weights.sum()  # of equal values no unit has more
    if mean is IndexAggregation.COPELAND:
        values[rows] = np.sign(np.where(np.abs(lead := compare_pairs(own, part)) <= TOLERANCE, 0.0, lead)).sum(axis=1)
    elif mean is IndexAggregation.TOPSIS:
        size = np.sqrt((own**2).sum(axis=0))
        scaled = part * own / np.where(size > 0, size, 1.0)
        far, near = (np.sqrt(((scaled - end(scaled, axis=0)) ** 2).sum(axis=1)) for end in (np.min, np.max))
        values[rows] = np.where(far + near > 0, far / np.where(far + near > 0, far + near, 1.0), 0.5)
    else:
        best, worst = own.max(axis=0), own.min(axis=0)
        lag = part * (best - own) / np.where(vary, best - worst, 1.0)
        values[rows] = 1 - (_spread_to_one(lag.sum(axis=1)) + _spread_to_one(lag.max(axis=1))) / 2
    return values


def _spread_to_one(values: Floats) -> Floats:
    low, high = values.min(), values.max()
    return (values - low) / (high - low) if varies(values) else np.zeros_like(values)


def compare_pairs(columns: Floats, weights: Floats) -> Floats:
    """Return, per pair of units (N, N), the weight of parts in which the first is better less that where it is worse.

    Over the parts that both have: +1 where it is better in all, -1 where it is worse in all, 0 on the diagonal.
    """
    lead, both = (np.zeros((columns.shape[0],) * 2) for _ in range(2))
    for column, weight in zip(columns.T, weights, strict=True):
        difference = column[:, None] - column[None, :]
        largest = float(np.abs(np.nan_to_num(column)).max(initial=0.0))
        sign = np.where(tie(column[:, None], column[None, :], largest), 0.0, np.sign(difference))
        lead += weight * np.nan_to_num(sign)
        both += weight * ~np.isnan(difference)
    return np.asarray(lead / np.where(both > 0, both, 1.0))
