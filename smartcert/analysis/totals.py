"""From points to totals and levels in many worlds at once: gaps that are spread, domains that are combined, bounds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from smartcert.analysis.arrays import SIZES, Bools, Domain, Floats, RoundArrays
from smartcert.analysis.settings import AbsentPolicy, Aggregation, Setting
from smartcert.analysis.steps import GUARD, reaches
from smartcert.model.indicator import Policy


def giving(arrays: RoundArrays, absent: AbsentPolicy) -> Bools:
    """Return the gaps (A, J) whose points are spread over the item."""
    if absent is AbsentPolicy.ZERO:
        return np.zeros(arrays.gaps.shape, dtype=bool)
    if absent is AbsentPolicy.REDISTRIBUTE:
        return arrays.gaps > 0
    by_gap = np.array(
        [
            [False, one.absent is Policy.REDISTRIBUTE, one.not_applicable is Policy.REDISTRIBUTE]
            for one in arrays.indicators
        ]
    )
    made: Bools = by_gap[np.arange(len(arrays.names))[None, :], arrays.gaps]
    return made


def spread(weights: Floats, giving: Bools) -> Floats:
    """Return by what the points (D, rows) of an item are multiplied; 1 where nobody is left to take them."""
    taking = np.zeros((weights.shape[0], giving.shape[0]))
    for own, takes in zip(weights.T, ~giving.T, strict=True):  # a matrix product may add up otherwise for other draws
        taking += own[:, None] * takes
    whole = weights.sum(axis=1, keepdims=True)
    return np.where(taking > 0, whole / np.where(taking > 0, taking, 1.0), 1.0)


def aggregate(domains: Floats, possible: Floats, aggregation: Aggregation) -> Floats:
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


def levels_of(
    totals: Floats,
    domains: Floats,
    possible: Floats,
    structure: Sequence[Domain],
    setting: Setting,
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
                below = domains[place] < least - GUARD * np.maximum(least, 1.0)
                np.copyto(levels, np.maximum(levels, floor.best_level), where=below, casting="unsafe")
    return levels


def size_groups(arrays: RoundArrays) -> dict[str, NDArray[np.intp]]:
    """Return the places of the applicants of each size type that has any."""
    found = {size.value: np.flatnonzero(arrays.sizes == place) for place, size in enumerate(SIZES)}
    return {size: places for size, places in found.items() if places.size}
