"""Vectorised steps of scoring: rounding as ordered, and each scale of an edition as a share of its points.

The rules are those of ``smartcert.evaluation``. Numbers here are floats: a result within `GUARD` of a bound or of a
half is taken to lie on it, so that what is exactly on a bound in fractions is not judged below it by the error of a
float.
"""

from __future__ import annotations

from collections.abc import Iterable

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
    unit = 10.0**rounding.digits
    values *= unit
    if rounding.mode is Mode.HALF_EVEN:
        halves = np.rint(values * 2) / 2
        np.copyto(values, halves, where=np.abs(values - halves) < GUARD * np.maximum(values, 1))
        np.rint(values, out=values)
    else:
        values += GUARD + (0.5 if rounding.mode is Mode.HALF_UP else 0.0)
        np.floor(values, out=values)
    values /= unit
    return values


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
            made: Floats = (measured - float(zero)) / (float(most) - float(zero))
            return clipped(made, 0.0, 1.0)
        case YesNo():
            yes: Floats = (measured != 0).astype(np.float64)
            return yes
        case Counted(points_each=each, cap=cap):
            return clipped(measured.copy(), 0.0, float(cap)) * (float(each) / full)
        case Bands() as scale:
            held = (reaches(measured, float(band.bound), indicator.direction) for band in reversed(scale.bands))
            return _steps(scale, held, full, measured)
        case Rank() as scale:
            return _by_place(scale, measured, sizes, indicator)


def clipped(values: Floats, low: float, high: float) -> Floats:
    """Cut off what lies outside, in place, and return the same array."""
    np.clip(values, low, high, out=values)
    return values


def _steps(scale: Bands | Rank, held: Iterable[Bools], full: float, like: Floats) -> Floats:
    """Return the share of the best band that is held, given where each is held, worst band first.

    Adding up steps takes a sixth of the time of putting values where a condition holds.
    """
    made = np.full(like.shape, float(scale.otherwise) / full)
    before = float(scale.otherwise)
    for band, where in zip(reversed(scale.bands), held, strict=True):
        made += where * ((float(band.points) - before) / full)
        before = float(band.points)
    return made


def _by_place(scale: Rank, measured: Floats, sizes: Ints, indicator: Indicator) -> Floats:
    flat = measured.reshape(-1, measured.shape[-1])
    made = np.zeros(flat.shape)
    for size in np.unique(sizes):
        columns = np.flatnonzero((sizes == size) & ~np.isnan(flat[0]))
        if not columns.size:
            continue
        place = places(flat[:, columns], indicator.direction)
        reached = place if scale.by == "position" else 100.0 * place / columns.size
        held = (reached <= float(band.bound) + GUARD for band in reversed(scale.bands))
        made[:, columns] = _steps(scale, held, float(indicator.points), reached)
    return made.reshape(measured.shape)


def places(measured: Floats, direction: Direction = Direction.HIGHER) -> Floats:
    """Return the place of each value in its row: 1 is best, ties share the better place.

    >>> places(np.array([[3.0, 5.0, 3.0, 1.0]])).tolist()
    [[2.0, 1.0, 2.0, 4.0]]
    """
    keys = -measured if direction is Direction.HIGHER else measured
    order = np.argsort(keys, axis=1)
    best_first = np.take_along_axis(keys, order, axis=1)
    new = np.ones(best_first.shape, dtype=bool)
    new[:, 1:] = best_first[:, 1:] > best_first[:, :-1] + GUARD * np.maximum(1.0, np.abs(best_first[:, :-1]))
    count = np.arange(1, measured.shape[1] + 1, dtype=np.float64)
    ordered = np.maximum.accumulate(new * count, axis=1)
    made = np.empty_like(ordered)
    np.put_along_axis(made, order, ordered, axis=1)
    return made
