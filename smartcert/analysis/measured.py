"""Values that were measured, with and without error, and the shares of points that they give.

An error is told by a chance from 0 to 65,535, all equally likely, which stands for a quantile of its distribution. A
value never falls where its chance rises, or never rises: so for a scale of bands it is enough to know, for each
applicant, the first chance that holds each band. That chance is sought once, by the same steps that give the value.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from smartcert.analysis.arrays import Bools, Floats, Ints, RoundArrays
from smartcert.analysis.steps import climbed, reaches, round_in_place, share, steps_of
from smartcert.model.indicator import Bands, Counted, Step, YesNo

QUANTILES = 1 << 16
Chances = NDArray[np.uint16]


@cache
def quantiles() -> Floats:
    """Return the standard normal quantiles from which errors are drawn: 65,536 equally likely ones.

    A third of the time of drawing from the normal distribution itself, and no error beyond 4.2 deviations.
    """
    normal = NormalDist()
    return np.array([normal.inv_cdf((place + 0.5) / QUANTILES) for place in range(QUANTILES)])


def drawn_chances(rng: np.random.Generator, shape: tuple[int, ...]) -> Chances:
    """Return what ``rng.integers(0, QUANTILES, shape, np.uint16)`` does, four at a time and so twice as fast."""
    count = math.prod(shape)
    fours = rng.integers(0, 1 << 64, -(-count // 4), dtype=np.uint64)
    low_first = fours.astype("<u8", copy=False).view("<u2")[:count]
    return low_first.astype(np.uint16, copy=False).reshape(shape)


def share_of(arrays: RoundArrays, j: int, values: Floats) -> Floats:
    """Return the shares of one quantitative indicator for values along whose last axis the applicants stand."""
    return share(arrays.indicators[j], _per_people(arrays, j, values), arrays.sizes)


def _per_people(arrays: RoundArrays, j: int, values: Floats) -> Floats:
    indicator = arrays.indicators[j]
    if indicator.per_people is None:
        return values
    made: Floats = values * (indicator.per_people / arrays.population)
    return round_in_place(made, arrays.edition.round_at(Step.MEASURE))


@dataclass(frozen=True, kw_only=True, eq=False)
class _Ladder:
    """The bands of an indicator, worst first: (bands, A) the first chance from which each is held.

    Where ``turned``, it is held below that chance instead. ``shares`` are those without any band, then with each.
    """

    first: Chances
    turned: Bools
    shares: Floats

    def held(self, chances: Chances) -> Iterator[Bools]:
        """Yield where each band is held (D, A)."""
        for first, turned in zip(self.first, self.turned, strict=True):
            where = chances >= first
            if turned.any():
                where ^= turned
            yield where


class Errors:
    """Errors of measurement of one round. ``spread`` has, per column, deviations and for yes/no chances of a turn."""

    def __init__(self, arrays: RoundArrays, spread: Mapping[int, tuple[Floats, Floats | None]]) -> None:
        self._arrays, self._spread = arrays, spread
        self._places = {j: place for place, j in enumerate(spread)}
        self._gaps = {j: np.flatnonzero(arrays.gaps[:, j]) for j in spread}
        self._kept: dict[int, _Ladder] = {}
        self._kept_limits: dict[int, tuple[Floats | None, Floats | None]] = {}

    def draw(self, rng: np.random.Generator, draws: int) -> Chances:
        """Return the chances (columns with errors, D, A) of some draws."""
        return drawn_chances(rng, (len(self._spread), draws, len(self._arrays.ids)))

    def relative(self, chances: Chances) -> Floats:
        """Return the errors (J, D, A) themselves: 0.1 is ten percent too much, and 1 turns a yes/no value round."""
        made = np.zeros((len(self._arrays.names), *chances.shape[1:]))
        for j, place in self._places.items():
            made[j] = self._error(j, chances[place])
        return made

    def shares(self, j: int, chances: Chances) -> Floats:
        """Return the shares (D, A) of one indicator, given the chances of all; 0 in a gap."""
        own = chances[self._places[j]]
        if isinstance(self._arrays.indicators[j].scale, Bands | YesNo):
            ladder = self._ladder(j)
            made = climbed(ladder.shares, ladder.held(own), own.shape)
        else:
            made = share_of(self._arrays, j, self._within(j, self._moved(j, own)))
        made[:, self._gaps[j]] = 0.0
        return made

    def _error(self, j: int, chances: Chances) -> Floats:
        deviation, turned = self._spread[j]
        if turned is not None:
            return (chances + 0.5 >= (1.0 - turned) * QUANTILES).astype(np.float64)
        made: Floats = quantiles().take(chances, mode="clip")
        made *= deviation
        return made

    def _moved(self, j: int, chances: Chances) -> Floats:
        """Return the values with their errors, whole where things are counted."""
        scale, own, values = self._arrays.indicators[j].scale, self._arrays.values[:, j], self._error(j, chances)
        if isinstance(scale, YesNo):
            values *= 1.0 - 2.0 * own
            values += own
            return values
        values += 1.0
        values *= own
        return np.rint(values, out=values) if isinstance(scale, Counted) else values

    def _within(self, j: int, values: Floats) -> Floats:
        """Keep values within the limits of a claim, in place."""
        least, most = self._limits(j)
        if least is not None:
            np.maximum(values, least, out=values)
        if most is not None:
            np.minimum(values, most, out=values)
        return values

    def _limits(self, j: int) -> tuple[Floats | None, Floats | None]:
        """Return the limits (A,) of an indicator; None where no chance leads beyond them."""
        if j not in self._kept_limits:
            limits, own = self._arrays.indicators[j].limits, self._arrays.values[:, j]
            least = None if limits.at_least is None else np.minimum(float(limits.at_least), own)
            most = None if limits.at_most is None else np.maximum(float(limits.at_most), own)
            ends = self._moved(j, np.repeat(np.array([[0], [QUANTILES - 1]], dtype=np.uint16), own.size, axis=1))
            self._kept_limits[j] = (
                None if least is None or not (ends < least).any() else least,
                None if most is None or not (ends > most).any() else most,
            )
        return self._kept_limits[j]

    def _ladder(self, j: int) -> _Ladder:
        """Return the ladder of an indicator with bands, or with yes as its only band."""
        if j not in self._kept:
            low, high = (np.full((self._bands(j), len(self._arrays.ids)), end) for end in (0, QUANTILES - 1))
            at_last = self._holds(j, high)
            while (low < high).any():
                middle = (low + high) // 2
                same = self._holds(j, middle) == at_last
                high, low = np.where(same, middle, high), np.where(same, low, middle + 1)
            scale, full = self._arrays.indicators[j].scale, float(self._arrays.indicators[j].points)
            shares = steps_of(scale, full) if isinstance(scale, Bands) else np.array([0.0, 1.0])
            self._kept[j] = _Ladder(first=high.astype(np.uint16), turned=~at_last, shares=shares)
        return self._kept[j]

    def _bands(self, j: int) -> int:
        scale = self._arrays.indicators[j].scale
        return len(scale.bands) if isinstance(scale, Bands) else 1

    def _holds(self, j: int, chances: Ints) -> Bools:
        """Return where each band (bands, A), worst first, is held at a chance of its own."""
        one = self._arrays.indicators[j]
        values = _per_people(self._arrays, j, self._within(j, self._moved(j, chances.astype(np.uint16))))
        if not isinstance(one.scale, Bands):
            yes: Bools = values != 0
            return yes
        bounds = (float(band.bound) for band in reversed(one.scale.bands))
        return np.array([reaches(row, bound, one.direction) for row, bound in zip(values, bounds, strict=True)])
