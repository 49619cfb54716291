"""Scales, rounding, totals over arrays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from smartcert.analysis.arrays import (
    SIZE_TYPES,
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
    CountScale,
    Direction,
    Indicator,
    LinearScale,
    Marks,
    MissingPolicy,
    RankScale,
    Rounding,
    RoundingMode,
    YesNoScale,
)

# --- Vectorised steps of scoring: rounding as ordered, and each scale of an edition as a share of its points.

TOLERANCE = 1e-9
"""Far above the error of the floats of a score (1e-11), far below the distance of exact values from a bound (1e-8)."""


def round_in_place(values: Floats, rounding: Rounding | None) -> Floats:
    """Round every number as ordered (all are 0 or more) and return the same array; nothing where nothing is ordered.

    A half goes up under half-up, to the even digit under half-even; down cuts off.
    """
    if rounding is None:
        return values
    unit = rounding_factor(rounding)
    values *= unit
    round_scaled_in_place(values, rounding)
    values /= unit
    return values


def rounding_factor(rounding: Rounding | None) -> float:
    """Return by what numbers are multiplied so that rounding as ordered makes whole numbers of them; 1 for None."""
    return 1.0 if rounding is None else 10.0**rounding.digits


def round_scaled_in_place(values: Floats, rounding: Rounding | None) -> None:
    """Round numbers that are multiplied by `unit_of` already, and leave them so."""
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
    """Return where a value is on the better side of a bound; exactly on it is."""
    near = TOLERANCE * max(1.0, abs(bound))
    made: Bools = values >= bound - near if direction is Direction.HIGHER else values <= bound + near
    return made


def convert_to_share(indicator: Indicator, measured: Floats, sizes: Ints) -> Floats:
    """Return the share of the indicator's points that each measure gives, before rounding.

    ``measured`` has applicants along its last axis and may have draws before it. A scale by rank compares the
    applicants of one size type within each draw, those without a measure left out. What a NaN gives means nothing.
    """
    full = float(indicator.points)
    match indicator.scale:
        case LinearScale(zero_at=zero, full_at=most) | Marks(zero_at=zero, full_at=most):
            made: Floats = measured - float(zero)
            made /= float(most) - float(zero)
            return clip_in_place(made, 0.0, 1.0)
        case YesNoScale():
            yes: Floats = (measured != 0).astype(np.float64)
            return yes
        case CountScale(points_each=each, cap=cap):
            return clip_in_place(measured.copy(), 0.0, float(cap)) * (float(each) / full)
        case BandScale() as scale:
            held = (reaches(measured, float(band.bound), indicator.direction) for band in reversed(scale.bands))
            return take_band_share(band_shares(scale, full), held, measured.shape)
        case RankScale() as scale:
            return _share_by_rank(scale, measured, sizes, indicator)


def clip_in_place(values: Floats, low: float, high: float) -> Floats:
    """Cut off what lies outside, in place, and return the same array."""
    values.clip(low, high, out=values)
    return values


def band_shares(scale: BandScale | RankScale, full: float) -> Floats:
    """Return the share of the points without any band, then with each, worst band first."""
    return np.array([float(scale.otherwise), *(float(band.points) for band in reversed(scale.bands))]) / full


def take_band_share(shares: Floats, held: Iterable[Bools], shape: tuple[int, ...]) -> Floats:
    """Return the share of the best band that is held, given where each is held, worst band first.

    Whoever holds a band holds every worse one. Counting takes a sixth of the time of putting values where a condition
    holds.
    """
    count = np.zeros(shape, dtype=np.uint8)
    for where in held:
        count += where.view(np.uint8)
    return shares.take(count, mode="clip")


def _share_by_rank(scale: RankScale, measured: Floats, sizes: Ints, indicator: Indicator) -> Floats:
    flat = measured.reshape(-1, measured.shape[-1])
    made = np.zeros(flat.shape)
    for size in np.unique(sizes):
        columns = np.flatnonzero((sizes == size) & ~np.isnan(flat[0]))
        if not columns.size:
            continue
        own = flat[:, columns]
        place = np.arange(1, columns.size + 1)
        reached = place if scale.by == "position" else 100.0 * place / columns.size
        last = [int((reached <= float(band.bound) + TOLERANCE).sum()) for band in reversed(scale.bands)]
        held = _within_best(own, last, indicator.direction)
        made[:, columns] = take_band_share(band_shares(scale, float(indicator.points)), held, own.shape)
    return made.reshape(measured.shape)


def _within_best(values: Floats, last: Sequence[int], direction: Direction) -> list[Bools]:
    """Return, for each number of places, which values of a row have a place among them; ties share the better place.

    That is whatever is as good as the value that stands last of them. Only where the next one behind it is near, so
    that both may share a place, are all places told.
    """
    keys = -values if direction is Direction.HIGHER else values
    best_first = np.sort(keys, axis=1)
    made = []
    for count in last:
        if not 0 < count < values.shape[1]:
            made.append(np.full(values.shape, count > 0))
            continue
        bound, behind = best_first[:, count - 1 : count], best_first[:, count : count + 1]
        where = keys <= bound
        near = np.flatnonzero(~_differ(bound, behind))
        if near.size:
            where[near] = competition_ranks(values[near], direction) <= count
        made.append(where)
    return made


def _differ(better: Floats, worse: Floats) -> Bools:
    """Return where neighbouring keys, the lowest best, do not share a place."""
    made: Bools = worse > better + TOLERANCE * np.maximum(1.0, np.abs(better))
    return made


def competition_ranks(measured: Floats, direction: Direction = Direction.HIGHER) -> Floats:
    """Return the place of each value in its row: 1 is best, ties share the better place.

    >>> competition_ranks(np.array([[3.0, 5.0, 3.0, 1.0]])).tolist()
    [[2.0, 1.0, 2.0, 4.0]]
    """
    keys = -measured if direction is Direction.HIGHER else measured
    order = np.argsort(keys, axis=1)
    best_first = np.take_along_axis(keys, order, axis=1)
    new = np.ones(best_first.shape, dtype=bool)
    new[:, 1:] = _differ(best_first[:, :-1], best_first[:, 1:])
    count = np.arange(1, measured.shape[1] + 1, dtype=np.float64)
    ordered = np.maximum.accumulate(new * count, axis=1)
    made = np.empty_like(ordered)
    np.put_along_axis(made, order, ordered, axis=1)
    return made


# --- From points to totals and levels in many worlds at once: gaps that are spread, domains that are combined, bounds.


def find_redistributed(arrays: RoundArrays, absent: AbsentPolicy) -> Bools:
    """Return the gaps (A, J) whose points are spread over the item."""
    if absent is AbsentPolicy.ZERO:
        return np.zeros(arrays.gaps.shape, dtype=bool)
    if absent is AbsentPolicy.REDISTRIBUTE:
        return arrays.gaps > 0
    by_gap = np.array(
        [
            [False, one.absent is MissingPolicy.REDISTRIBUTE, one.not_applicable is MissingPolicy.REDISTRIBUTE]
            for one in arrays.indicators
        ]
    )
    made: Bools = by_gap[np.arange(len(arrays.names))[None, :], arrays.gaps]
    return made


def redistribution_factors(weights: Floats, giving: Bools) -> Floats:
    """Return by what the points (D, rows) of an item are multiplied; 1 where nobody is left to take them."""
    taking = np.zeros((weights.shape[0], giving.shape[0]))
    for own, takes in zip(weights.T, ~giving.T, strict=True):  # a matrix product may add up otherwise for other draws
        taking += own[:, None] * takes
    whole = weights.sum(axis=1, keepdims=True)
    return np.where(taking > 0, whole / np.where(taking > 0, taking, 1.0), 1.0)


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
            made = np.log(part, out=part) if aggregation is Aggregation.GEOMETRIC else np.divide(1.0, part, out=part)
        made *= most[:, None] / out_of
        made[most <= 0] = 0.0  # a domain that weighs nothing says nothing
        totals += made
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
    """Return the level of each total: the best whose bound it reaches, the bound included, as its floors allow."""
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
    """Return the places of the applicants of each size type that has any."""
    found = {size.value: np.flatnonzero(arrays.sizes == place) for place, size in enumerate(SIZE_TYPES)}
    return {size: places for size, places in found.items() if places.size}
