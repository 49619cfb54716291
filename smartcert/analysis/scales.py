"""The steps of scoring over arrays: rounding as ordered, scales, missing values, domains, levels.

Shapes: D draws, A applicants, J indicators, K domains. Shares of points run from 0 to 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from smartcert.analysis.arrays import (
    AbsentPolicy,
    Aggregation,
    Bools,
    DomainColumns,
    Floats,
    Ints,
    RoundArrays,
    ScoringSetting,
)
from smartcert.model.indicator import (
    BandScale,
    Between,
    Corner,
    CountScale,
    Direction,
    Indicator,
    LinearScale,
    Marks,
    MissingPolicy,
    PiecewiseScale,
    RankScale,
    Rounding,
    RoundingMode,
    TableScale,
    TargetScale,
    YesNoScale,
)

TOLERANCE = 1e-9
"""Far above the error of the floats of a score (1e-11), far below the distance of exact values from a bound (1e-8)."""


def round_in_place(values: Floats, rounding: Rounding | None) -> Floats:
    """Round every number as ordered (all are 0 or more) and return the same array; nothing where nothing is ordered.

    A half goes up under half-up, to the even digit under half-even; down cuts off.
    """
    if rounding is None:
        return values
    factor = rounding_factor(rounding)
    values *= factor
    round_scaled_in_place(values, rounding)
    values /= factor
    return values


def round_signed_in_place(values: Floats, rounding: Rounding | None) -> Floats:
    """Round as `round_in_place` numbers that may be below 0: a half goes away from 0, down cuts off towards it."""
    if rounding is None or not (values < 0).any():
        return round_in_place(values, rounding)
    negative = values < 0
    np.abs(values, out=values)
    round_in_place(values, rounding)
    np.negative(values, out=values, where=negative)
    return values


def rounding_factor(rounding: Rounding | None) -> float:
    """Return 10 ** digits, by which numbers are multiplied so that rounding gives whole numbers; 1 for None."""
    return 1.0 if rounding is None else 10.0**rounding.digits


def round_scaled_in_place(values: Floats, rounding: Rounding | None) -> None:
    """Round numbers that are multiplied by `rounding_factor` already, and leave them so."""
    if rounding is None:
        return
    if rounding.mode is RoundingMode.HALF_EVEN:
        halves = np.rint(values * 2) / 2
        np.copyto(values, halves, where=np.abs(values - halves) < TOLERANCE * np.maximum(values, 1))
        np.rint(values, out=values)
    else:
        values += TOLERANCE + (0.5 if rounding.mode is RoundingMode.HALF_UP else 0.0)
        np.floor(values, out=values)


def reaches(values: Floats, bound: float, direction: Direction = Direction.HIGHER) -> Bools:
    """Return where a value reaches a bound: at the bound, or on its better side."""
    near = TOLERANCE * max(1.0, abs(bound))
    reached: Bools = values >= bound - near if direction is Direction.HIGHER else values <= bound + near
    return reached


def convert_to_share(indicator: Indicator, measured: Floats, sizes: Ints) -> Floats:
    """Return the share of the indicator's points that each measure gives, before rounding.

    ``measured`` has applicants along its last axis and may have draws before it. A scale by rank compares the
    applicants of one size type within each draw, those without a measure left out. The share of a NaN is undefined.
    """
    full = float(indicator.full)
    match indicator.scale:
        case LinearScale(zero_at=zero, full_at=most) | Marks(zero_at=zero, full_at=most):
            shares: Floats = measured - float(zero)
            shares /= float(most) - float(zero)
            return clip_in_place(shares, 0.0, 1.0)
        case YesNoScale():
            yes: Floats = (measured != 0).astype(np.float64)
            return yes
        case CountScale(points_each=each, cap=cap):
            return clip_in_place(measured.copy(), 0.0, float(cap)) * (float(each) / full)
        case BandScale() as scale:
            reached = (reaches(measured, float(band.bound), indicator.direction) for band in reversed(scale.bands))
            return take_band_share(band_shares(scale, full), reached, measured.shape)
        case RankScale() as scale:
            return _share_by_rank(scale, measured, sizes, indicator)
        case PiecewiseScale() | TargetScale():
            return _interpolate_corners(indicator.list_corners(), measured, Between.LINEAR, full)
        case TableScale(rows=rows, between=between):
            return _interpolate_corners(rows, measured, between, full)


def convert_column_to_share(arrays: RoundArrays, j: int, measured: Floats) -> Floats:
    """Return what `convert_to_share` does for the indicator of a column, with a scale of its own in each class."""
    if not arrays.indicators[j].class_scales:
        return convert_to_share(arrays.indicators[j], measured, arrays.sizes)
    shares = np.zeros(measured.shape)
    for number, indicators in enumerate(arrays.indicators_by_class):
        rows = np.flatnonzero(arrays.sizes == number)
        if rows.size:
            shares[..., rows] = convert_to_share(indicators[j], measured[..., rows], arrays.sizes[rows])
    return shares


def _interpolate_corners(corners: Sequence[Corner], measured: Floats, between: Between, full: float) -> Floats:
    """Return the share of the points between corners or rows of a table; near a corner counts as on it."""
    values = np.array([float(corner.value) for corner in corners])
    shares = np.array([float(corner.points) for corner in corners]) / full
    if between is Between.LINEAR:
        line: Floats = np.interp(measured, values, shares)
        return line
    ends = values[1:] if between is Between.LOWER else (values[1:] + values[:-1]) / 2
    near = TOLERANCE * np.maximum(1.0, np.abs(ends))
    steps: Floats = shares.take(np.searchsorted(ends - near, measured, side="right"))
    return steps


def clip_in_place(values: Floats, low: float, high: float) -> Floats:
    """Clamp every value to [low, high] and return the same array."""
    values.clip(low, high, out=values)
    return values


def band_shares(scale: BandScale | RankScale, full: float) -> Floats:
    """Return the share of the points without any band, then with each, worst band first."""
    return np.array([float(scale.otherwise), *(float(band.points) for band in reversed(scale.bands))]) / full


def take_band_share(shares: Floats, reached: Iterable[Bools], shape: tuple[int, ...]) -> Floats:
    """Return the share of the best band that is reached, given where each is reached, worst band first.

    Whoever reaches a band reaches every worse one. Counting takes a sixth of the time of writing values where a
    condition is true.
    """
    count = np.zeros(shape, dtype=np.uint8)
    for where in reached:
        count += where.view(np.uint8)
    return shares.take(count, mode="clip")


def _share_by_rank(scale: RankScale, measured: Floats, sizes: Ints, indicator: Indicator) -> Floats:
    if not measured.size:
        return np.zeros(measured.shape)
    rows = measured.reshape(-1, measured.shape[-1])
    shares = np.zeros(rows.shape)
    for size in np.unique(sizes):
        columns = np.flatnonzero((sizes == size) & ~np.isnan(rows[0]))
        if not columns.size:
            continue
        own = rows[:, columns]
        rank = np.arange(1, columns.size + 1)
        position = rank if scale.by == "position" else 100.0 * rank / columns.size
        last = [int((position <= float(band.bound) + TOLERANCE).sum()) for band in reversed(scale.bands)]
        reached = _within_best(own, last, indicator.direction)
        shares[:, columns] = take_band_share(band_shares(scale, float(indicator.full)), reached, own.shape)
    return shares.reshape(measured.shape)


def _within_best(values: Floats, last: Sequence[int], direction: Direction) -> list[Bools]:
    """Return, for each number of ranks, which values of a row are among them; ties share the better rank.

    These are the values as good as the one that is last among them. All ranks are worked out only where the next one
    behind it is near, so that both may share a rank.
    """
    keys = -values if direction is Direction.HIGHER else values
    best_first = np.sort(keys, axis=1)
    within = []
    for count in last:
        if not 0 < count < values.shape[1]:
            within.append(np.full(values.shape, count > 0))
            continue
        bound, behind = best_first[:, count - 1 : count], best_first[:, count : count + 1]
        where = keys <= bound
        near = np.flatnonzero(~differ(bound, behind))
        if near.size:
            where[near] = competition_ranks(values[near], direction) <= count
        within.append(where)
    return within


def differ(better: Floats, worse: Floats) -> Bools:
    """Return where the second of two keys is above the first by more than `TOLERANCE` (relative from 1 on)."""
    differ: Bools = worse > better + TOLERANCE * np.maximum(1.0, np.abs(better))
    return differ


def competition_ranks(measured: Floats, direction: Direction = Direction.HIGHER) -> Floats:
    """Return the rank of each value in its row: 1 is best.

    Ties share the better rank and the next one is skipped (1, 2, 2, 4), as a rule "among the best 10" reads: nobody
    falls out of it because somebody else is just as good.

    >>> competition_ranks(np.array([[3.0, 5.0, 3.0, 1.0]])).tolist()
    [[2.0, 1.0, 2.0, 4.0]]
    """
    keys = -measured if direction is Direction.HIGHER else measured
    order = np.argsort(keys, axis=1)
    best_first = np.take_along_axis(keys, order, axis=1)
    new = np.ones(best_first.shape, dtype=bool)
    new[:, 1:] = differ(best_first[:, :-1], best_first[:, 1:])
    count = np.arange(1, measured.shape[1] + 1, dtype=np.float64)
    ordered = np.maximum.accumulate(new * count, axis=1)
    ranks = np.empty_like(ordered)
    np.put_along_axis(ranks, order, ordered, axis=1)
    return ranks


def find_redistributed(arrays: RoundArrays, absent: AbsentPolicy) -> Bools:
    """Return the missing values (A, J) whose points are redistributed over the item."""
    if absent is AbsentPolicy.ZERO:
        return np.zeros(arrays.gaps.shape, dtype=bool)
    if absent is AbsentPolicy.REDISTRIBUTE:
        return (arrays.gaps > 0) & arrays.counted & ~_among_best(arrays)
    by_code = np.array(
        [
            [False, *(policy is MissingPolicy.REDISTRIBUTE for policy in (indicator.absent, indicator.not_applicable))]
            for indicator in arrays.indicators
        ]
    )
    redistributed: Bools = by_code[np.arange(len(arrays.names))[None, :], arrays.gaps]
    return redistributed


def _among_best(arrays: RoundArrays) -> Bools:
    """Return which indicators (J,) stand in an item of which the best so many count: nothing is spread there."""
    items = [item for domain in arrays.edition.domains for item in domain.items()]
    return np.array(
        [bool(item.combine and item.combine.best is not None) for item in items for _ in item.indicators], dtype=bool
    )


def redistribution_factors(weights: Floats, missing: Bools) -> Floats:
    """Return by what the points (D, R) of an item are multiplied, from weights (D, columns) and missing (R, columns).

    It is 1 where every value is missing, so that nothing is left to take the points.
    """
    taking = np.zeros((weights.shape[0], missing.shape[0]))
    for own, takes in zip(weights.T, ~missing.T, strict=True):  # a matrix product may add up otherwise for other draws
        taking += own[:, None] * takes
    total = weights.sum(axis=1, keepdims=True)
    return np.where(taking > 0, total / np.where(taking > 0, taking, 1.0), 1.0)


def aggregate_domains(domains: Floats, possible: Floats, aggregation: Aggregation) -> Floats:
    """Return totals (D, A) of the points of the domains (K, D, A), of which ``possible`` (D, K) could be had.

    The geometric and the harmonic total are out of the same points; a domain without any point leaves none.
    """
    if aggregation is Aggregation.ARITHMETIC:
        added: Floats = domains.sum(axis=0)
        return added
    out_of = possible.sum(axis=1, keepdims=True)
    totals = np.zeros(domains.shape[1:])
    for points, most in zip(domains, possible.T, strict=True):
        part = points / np.where(most > 0, most, 1.0)[:, None]
        part[most <= 0] = 1.0
        with np.errstate(divide="ignore"):
            term = np.log(part, out=part) if aggregation is Aggregation.GEOMETRIC else np.divide(1.0, part, out=part)
        term *= most[:, None] / out_of
        term[most <= 0] = 0.0  # a domain without weight does not count
        totals += term
    with np.errstate(divide="ignore"):
        mean: Floats = out_of * (np.exp(totals) if aggregation is Aggregation.GEOMETRIC else 1.0 / totals)
    return mean


def assign_levels(
    totals: Floats,
    domains: Floats,
    possible: Floats,
    structure: Sequence[DomainColumns],
    setting: ScoringSetting,
    out_of: float,
) -> NDArray[np.int8]:
    """Return the level (D, A) of each total: the best whose bound it reaches, the bound included.

    A domain below its floor allows no level better than the floor's; at exactly the floor it does.
    """
    levels = np.full(totals.shape, setting.worst, dtype=np.int8)
    for level, percent in sorted(setting.bounds.items(), reverse=True):
        np.copyto(levels, level, where=reaches(totals, percent * out_of / 100))
    for floor in setting.floors:
        for place, domain in enumerate(structure):
            if domain.id == floor.domain:
                least = possible[:, place, None] * float(floor.at_least) / 100
                below = domains[place] < least - TOLERANCE * np.maximum(least, 1.0)
                np.copyto(levels, np.maximum(levels, floor.best_level), where=below, casting="unsafe")
    return levels


def group_by_size(arrays: RoundArrays) -> dict[str, NDArray[np.intp]]:
    """Return the rows of the applicants of each size type that has any."""
    rows = {size: np.flatnonzero(arrays.sizes == number) for number, size in enumerate(arrays.classes)}
    return {size: own for size, own in rows.items() if own.size}
