"""Vectorised steps of scoring: rounding as ordered, and each scale of an edition as a share of its points.

The rules are those of ``smartcert.evaluation``. Numbers here are floats: a result within `GUARD` of a bound or of a
half is taken to lie on it, so that what is exactly on a bound in fractions is not judged below it by the error of a
float.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from smartcert.analysis.arrays import Bools, Floats, Ints
from smartcert.model.indicator import Bands, Counted, Direction, Indicator, Linear, Marks, Mode, Rank, Rounding, YesNo

GUARD = 1e-9
"""Far above the error of the floats of a score (1e-11), far below the distance of exact values from a bound (1e-8)."""


def round_in_place(values: Floats, rounding: Rounding | None) -> Floats:
    """Round every number as ordered (all are 0 or more) and return the same array; nothing where nothing is ordered.

    A half goes up under half-up, to the even digit under half-even; down cuts off.
    """
    if rounding is None:
        return values
    unit = unit_of(rounding)
    values *= unit
    round_units_in_place(values, rounding)
    values /= unit
    return values


def unit_of(rounding: Rounding | None) -> float:
    """Return by what numbers are multiplied so that rounding as ordered makes whole numbers of them; 1 for None."""
    return 1.0 if rounding is None else 10.0**rounding.digits


def round_units_in_place(values: Floats, rounding: Rounding | None) -> None:
    """Round numbers that are multiplied by `unit_of` already, and leave them so."""
    if rounding is None:
        return
    if rounding.mode is Mode.HALF_EVEN:
        halves = np.rint(values * 2) / 2
        np.copyto(values, halves, where=np.abs(values - halves) < GUARD * np.maximum(values, 1))
        np.rint(values, out=values)
    else:
        values += GUARD + (0.5 if rounding.mode is Mode.HALF_UP else 0.0)
        np.floor(values, out=values)


def reaches(values: Floats, bound: float, direction: Direction = Direction.HIGHER) -> Bools:
    """Return where a value is on the better side of a bound; exactly on it is."""
    near = GUARD * max(1.0, abs(bound))
    made: Bools = values >= bound - near if direction is Direction.HIGHER else values <= bound + near
    return made


def share(indicator: Indicator, measured: Floats, sizes: Ints) -> Floats:
    """Return the share of the indicator's points that each measure gives, before rounding.

    ``measured`` has applicants along its last axis and may have draws before it. A scale by rank compares the
    applicants of one size type within each draw, those without a measure left out. What a NaN gives means nothing.
    """
    full = float(indicator.points)
    match indicator.scale:
        case Linear(zero_at=zero, full_at=most) | Marks(zero_at=zero, full_at=most):
            made: Floats = measured - float(zero)
            made /= float(most) - float(zero)
            return clipped(made, 0.0, 1.0)
        case YesNo():
            yes: Floats = (measured != 0).astype(np.float64)
            return yes
        case Counted(points_each=each, cap=cap):
            return clipped(measured.copy(), 0.0, float(cap)) * (float(each) / full)
        case Bands() as scale:
            held = (reaches(measured, float(band.bound), indicator.direction) for band in reversed(scale.bands))
            return climbed(steps_of(scale, full), held, measured.shape)
        case Rank() as scale:
            return _by_place(scale, measured, sizes, indicator)


def clipped(values: Floats, low: float, high: float) -> Floats:
    """Cut off what lies outside, in place, and return the same array."""
    values.clip(low, high, out=values)
    return values


def steps_of(scale: Bands | Rank, full: float) -> Floats:
    """Return the share of the points without any band, then with each, worst band first."""
    return np.array([float(scale.otherwise), *(float(band.points) for band in reversed(scale.bands))]) / full


def climbed(shares: Floats, held: Iterable[Bools], shape: tuple[int, ...]) -> Floats:
    """Return the share of the best band that is held, given where each is held, worst band first.

    Whoever holds a band holds every worse one. Counting takes a sixth of the time of putting values where a condition
    holds.
    """
    count = np.zeros(shape, dtype=np.uint8)
    for where in held:
        count += where.view(np.uint8)
    return shares.take(count, mode="clip")


def _by_place(scale: Rank, measured: Floats, sizes: Ints, indicator: Indicator) -> Floats:
    flat = measured.reshape(-1, measured.shape[-1])
    made = np.zeros(flat.shape)
    for size in np.unique(sizes):
        columns = np.flatnonzero((sizes == size) & ~np.isnan(flat[0]))
        if not columns.size:
            continue
        own = flat[:, columns]
        place = np.arange(1, columns.size + 1)
        reached = place if scale.by == "position" else 100.0 * place / columns.size
        last = [int((reached <= float(band.bound) + GUARD).sum()) for band in reversed(scale.bands)]
        held = _among_best(own, last, indicator.direction)
        made[:, columns] = climbed(steps_of(scale, float(indicator.points)), held, own.shape)
    return made.reshape(measured.shape)


def _among_best(values: Floats, last: Sequence[int], direction: Direction) -> list[Bools]:
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
        near = np.flatnonzero(~_apart(bound, behind))
        if near.size:
            where[near] = places(values[near], direction) <= count
        made.append(where)
    return made


def _apart(better: Floats, worse: Floats) -> Bools:
    """Return where neighbouring keys, the lowest best, do not share a place."""
    made: Bools = worse > better + GUARD * np.maximum(1.0, np.abs(better))
    return made


def places(measured: Floats, direction: Direction = Direction.HIGHER) -> Floats:
    """Return the place of each value in its row: 1 is best, ties share the better place.

    >>> places(np.array([[3.0, 5.0, 3.0, 1.0]])).tolist()
    [[2.0, 1.0, 2.0, 4.0]]
    """
    keys = -measured if direction is Direction.HIGHER else measured
    order = np.argsort(keys, axis=1)
    best_first = np.take_along_axis(keys, order, axis=1)
    new = np.ones(best_first.shape, dtype=bool)
    new[:, 1:] = _apart(best_first[:, :-1], best_first[:, 1:])
    count = np.arange(1, measured.shape[1] + 1, dtype=np.float64)
    ordered = np.maximum.accumulate(new * count, axis=1)
    made = np.empty_like(ordered)
    np.put_along_axis(made, order, ordered, axis=1)
    return made
