"""Committees redrawn, values with error."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from smartcert.analysis.arrays import Bools, Floats, Ints, RoundArrays
from smartcert.analysis.scales import band_shares, convert_to_share, reaches, round_in_place, take_band_share
from smartcert.model.indicator import BandScale, CountScale, RoundingStep, YesNoScale
from smartcert.rules.parameters import CombinationMethod, CombinationRule

# --- The combined mark of many committees at once: each draw says how often each evaluator counts.

_MAX_SUBSET_EVALUATORS = 10
"""Up to so many the ends of every subset of evaluators are kept, which is five times as fast where one is trimmed."""
_MARK_UNITS = (1, 2, 4, 10, 100, 1000)
"""Parts of a mark in which marks are tried to be whole numbers."""
_MAX_PRODUCT_SIZE = 1 << 17
"""Far fewer than what makes a linear algebra library start threads of its own, which would fight with ours."""


@dataclass(frozen=True, eq=False)
class CommitteeDraws:
    """Committees as drawn: ``counts`` (D, E) says how often each evaluator counts."""

    counts: Floats

    @cached_property
    def subsets(self) -> Ints:
        """Return, as the bits of a number (D,), who is in a committee at all."""
        made: Ints = (self.counts > 0) @ (1 << np.arange(self.counts.shape[1]))
        return made

    @cached_property
    def and_one(self) -> Floats:
        """Return the counts with a column of ones behind them."""
        return np.concatenate([self.counts, np.ones((self.counts.shape[0], 1))], axis=1)

    def only(self, rows: Ints) -> CommitteeDraws:
        """Return some of the committees."""
        return CommitteeDraws(self.counts[rows])


@dataclass(frozen=True, eq=False)
class MarkCombiner:
    """Marks (A, Q, E) that are combined again and again.

    Sums are taken in whole numbers where the marks allow it, so that they are exact in any order. Order statistics are
    taken without sorting: the k-th mark is the lowest one plus every step between neighbouring marks below which there
    are not enough of them, and how many there are is a product of two matrices.
    """

    marks: Floats

    @cached_property
    def _unit(self) -> int:
        """Return in which part of a mark all of them are whole; 1 where none of `_UNITS` does it."""
        given = self.marks[~np.isnan(self.marks)]
        whole = (unit for unit in _MARK_UNITS if np.allclose(given * unit, np.rint(given * unit), rtol=0, atol=1e-9))
        return next(whole, 0)

    @cached_property
    def _marks(self) -> Floats:
        """Return the marks (Q, E, A) in units."""
        marks = self.marks if self._unit == 0 else np.rint(self.marks * self._unit)
        return np.ascontiguousarray(marks.transpose(1, 2, 0))

    @cached_property
    def _sums(self) -> Floats:
        return np.nan_to_num(self._marks)

    @cached_property
    def _given(self) -> Floats:
        return (~np.isnan(self._marks)).astype(np.float64)

    @cached_property
    def _steps(self) -> list[tuple[float, list[tuple[float, Floats]]]]:
        """Return, per indicator, the lowest mark and each step up from it with who marked no higher (E, A)."""
        made = []
        for marks in self._marks:
            values = np.unique(marks[~np.isnan(marks)])
            no_higher = [(marks <= value).astype(np.float64) for value in values[:-1]]
            lowest = float(values[0]) if values.size else 0.0
            made.append((lowest, list(zip(np.diff(values).tolist(), no_higher, strict=True))))
        return made

    @cached_property
    def _halves(self) -> list[list[tuple[float, Floats]]]:
        """Return, per indicator, each step up with the matrix (E + 1, A) that tells how much of it is in the median.

        With ``more`` marks above the step than below it, that is (more + 1) / 2 of it, cut off at nothing and at all.
        """
        made = []
        for given, (_, steps) in zip(self._given, self._steps, strict=True):
            one = np.ones((1, given.shape[1]))
            made.append([(step, np.concatenate([given - 2 * below, one]) * (step / 2)) for step, below in steps])
        return made

    @cached_property
    def _ends(self) -> Floats:
        """Return the lowest and the highest mark together (Q, 2^E, A) of every subset of evaluators."""
        questions, evaluators, applicants = self._marks.shape
        lowest = np.full((questions, 1 << evaluators, applicants), np.nan)
        highest = lowest.copy()
        for one in range(evaluators):
            without, with_one, mark = slice(1 << one), slice(1 << one, 2 << one), self._marks[:, one, None]
            np.fmin(lowest[:, without], mark, out=lowest[:, with_one])
            np.fmax(highest[:, without], mark, out=highest[:, with_one])
        lowest += highest
        return lowest

    def combine(self, question: int, drawn: CommitteeDraws, rule: CombinationRule) -> tuple[Floats, Bools | None]:
        """Return the combined marks (D, A) of one indicator before rounding, and where too few marks are left if any.

        The rule is that of ``evaluation.committee.combine`` over marks that are repeated as often as their evaluators
        count; where there are too few the mark is 0.
        """
        number = _multiply(drawn.counts, self._given[question])
        fewest, for_trimming = max(rule.fewest, 1), max(rule.at_least, 2 * rule.drop + 1)
        least = number.min(axis=1, initial=np.inf)
        with np.errstate(divide="ignore", invalid="ignore"):
            made = self._by(rule.method, question, drawn, number, rule.drop)
            rows = np.flatnonzero(least < for_trimming)
            if rule.method is CombinationMethod.TRIMMED_MEAN and rows.size:
                other = self._by(rule.otherwise, question, drawn.only(rows), number[rows], rule.drop)
                made[rows] = np.where(number[rows] < for_trimming, other, made[rows])
        if (least >= fewest).all():
            return made, None
        too_few = number < fewest
        made[too_few] = 0.0
        return made, too_few

    def _by(self, method: CombinationMethod, question: int, drawn: CommitteeDraws, number: Floats, drop: int) -> Floats:
        """Return what a method gives; where there are too few marks for it, that means nothing."""
        if method is CombinationMethod.MEDIAN:
            return self._median(question, drawn)
        made: Floats
        if method is CombinationMethod.MEAN:
            made, kept = _multiply(drawn.counts, self._sums[question]), number
        elif drop == 1 and drawn.counts.shape[1] <= _MAX_SUBSET_EVALUATORS:
            made, kept = _multiply(drawn.counts, self._sums[question]), number - 2
            made -= self._ends[question].take(drawn.subsets, axis=0)
        else:
            made, kept = self._trimmed(question, drawn, number, drop), number - 2 * drop
        made /= kept * self._unit if self._unit > 1 else kept
        return made

    def _trimmed(self, question: int, drawn: CommitteeDraws, number: Floats, drop: int) -> Floats:
        """Return the sum of the marks that are left when ``drop`` are taken away at each end."""
        lowest, steps = self._steps[question]
        made, most = lowest * (number - 2 * drop), number - drop
        for step, no_higher in steps:
            above = most - np.maximum(_multiply(drawn.counts, no_higher), drop)
            made += step * np.maximum(above, 0.0)
        return made

    def _median(self, question: int, drawn: CommitteeDraws) -> Floats:
        made = np.full((drawn.counts.shape[0], self.marks.shape[0]), self._steps[question][0])
        for step, matrix in self._halves[question]:
            part = _multiply(drawn.and_one, matrix)
            made += part.clip(0.0, step, out=part)
        if self._unit > 1:
            made /= self._unit
        return made


def _multiply(counts: Floats, matrix: Floats) -> Floats:
    """Return the product of two matrices, taken a few rows at a time."""
    made = np.empty((counts.shape[0], matrix.shape[1]))
    most = max(1, _MAX_PRODUCT_SIZE // max(matrix.size, 1))
    for start in range(0, counts.shape[0], most):
        rows = slice(start, start + most)
        np.matmul(counts[rows], matrix, out=made[rows])
    return made


# --- Values that were measured, with and without error, and the shares of points that they give.

QUANTILE_COUNT = 1 << 16
Chances = NDArray[np.uint16]


@cache
def normal_quantiles() -> Floats:
    """Return the standard normal quantiles from which errors are drawn: 65,536 equally likely ones.

    A third of the time of drawing from the normal distribution itself, and no error beyond 4.2 deviations.
    """
    normal = NormalDist()
    return np.array([normal.inv_cdf((place + 0.5) / QUANTILE_COUNT) for place in range(QUANTILE_COUNT)])


def draw_chances(rng: np.random.Generator, shape: tuple[int, ...]) -> Chances:
    """Return what ``rng.integers(0, QUANTILES, shape, np.uint16)`` does, four at a time and so twice as fast."""
    count = math.prod(shape)
    fours = rng.integers(0, 1 << 64, -(-count // 4), dtype=np.uint64)
    low_first = fours.astype("<u8", copy=False).view("<u2")[:count]
    return low_first.astype(np.uint16, copy=False).reshape(shape)


def compute_shares(arrays: RoundArrays, j: int, values: Floats) -> Floats:
    """Return the shares of one quantitative indicator for values along whose last axis the applicants stand."""
    return convert_to_share(arrays.indicators[j], _divide_by_population(arrays, j, values), arrays.sizes)


def _divide_by_population(arrays: RoundArrays, j: int, values: Floats) -> Floats:
    indicator = arrays.indicators[j]
    if indicator.per_people is None:
        return values
    made: Floats = values * (indicator.per_people / arrays.population)
    return round_in_place(made, arrays.edition.rounding_at(RoundingStep.MEASURE))


@dataclass(frozen=True, kw_only=True, eq=False)
class _BandThresholds:
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


class ErrorModel:
    """Errors of measurement of one round. ``spread`` has, per column, deviations and for yes/no chances of a turn."""

    def __init__(self, arrays: RoundArrays, spread: Mapping[int, tuple[Floats, Floats | None]]) -> None:
        self._arrays, self._spread = arrays, spread
        self._places = {j: place for place, j in enumerate(spread)}
        self._gaps = {j: np.flatnonzero(arrays.gaps[:, j]) for j in spread}
        self._kept: dict[int, _BandThresholds] = {}
        self._kept_limits: dict[int, tuple[Floats | None, Floats | None]] = {}

    def draw(self, rng: np.random.Generator, draws: int) -> Chances:
        """Return the chances (columns with errors, D, A) of some draws."""
        return draw_chances(rng, (len(self._spread), draws, len(self._arrays.ids)))

    def relative(self, chances: Chances) -> Floats:
        """Return the errors (J, D, A) themselves: 0.1 is ten percent too much, and 1 turns a yes/no value round."""
        made = np.zeros((len(self._arrays.names), *chances.shape[1:]))
        for j, place in self._places.items():
            made[j] = self._error(j, chances[place])
        return made

    def shares(self, j: int, chances: Chances) -> Floats:
        """Return the shares (D, A) of one indicator, given the chances of all; 0 in a gap."""
        own = chances[self._places[j]]
        if isinstance(self._arrays.indicators[j].scale, BandScale | YesNoScale):
            ladder = self._ladder(j)
            made = take_band_share(ladder.shares, ladder.held(own), own.shape)
        else:
            made = compute_shares(self._arrays, j, self._within(j, self._moved(j, own)))
        made[:, self._gaps[j]] = 0.0
        return made

    def _error(self, j: int, chances: Chances) -> Floats:
        deviation, turned = self._spread[j]
        if turned is not None:
            return (chances + 0.5 >= (1.0 - turned) * QUANTILE_COUNT).astype(np.float64)
        made: Floats = normal_quantiles().take(chances, mode="clip")
        made *= deviation
        return made

    def _moved(self, j: int, chances: Chances) -> Floats:
        """Return the values with their errors, whole where things are counted."""
        scale, own, values = self._arrays.indicators[j].scale, self._arrays.values[:, j], self._error(j, chances)
        if isinstance(scale, YesNoScale):
            values *= 1.0 - 2.0 * own
            values += own
            return values
        values += 1.0
        values *= own
        return np.rint(values, out=values) if isinstance(scale, CountScale) else values

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
            ends = self._moved(j, np.repeat(np.array([[0], [QUANTILE_COUNT - 1]], dtype=np.uint16), own.size, axis=1))
            self._kept_limits[j] = (
                None if least is None or not (ends < least).any() else least,
                None if most is None or not (ends > most).any() else most,
            )
        return self._kept_limits[j]

    def _ladder(self, j: int) -> _BandThresholds:
        """Return the ladder of an indicator with bands, or with yes as its only band."""
        if j not in self._kept:
            low, high = (np.full((self._bands(j), len(self._arrays.ids)), end) for end in (0, QUANTILE_COUNT - 1))
            at_last = self._holds(j, high)
            while (low < high).any():
                middle = (low + high) // 2
                same = self._holds(j, middle) == at_last
                high, low = np.where(same, middle, high), np.where(same, low, middle + 1)
            scale, full = self._arrays.indicators[j].scale, float(self._arrays.indicators[j].points)
            shares = band_shares(scale, full) if isinstance(scale, BandScale) else np.array([0.0, 1.0])
            self._kept[j] = _BandThresholds(first=high.astype(np.uint16), turned=~at_last, shares=shares)
        return self._kept[j]

    def _bands(self, j: int) -> int:
        scale = self._arrays.indicators[j].scale
        return len(scale.bands) if isinstance(scale, BandScale) else 1

    def _holds(self, j: int, chances: Ints) -> Bools:
        """Return where each band (bands, A), worst first, is held at a chance of its own."""
        one = self._arrays.indicators[j]
        values = _divide_by_population(self._arrays, j, self._within(j, self._moved(j, chances.astype(np.uint16))))
        if not isinstance(one.scale, BandScale):
            yes: Bools = values != 0
            return yes
        bounds = (float(band.bound) for band in reversed(one.scale.bands))
        return np.array([reaches(row, bound, one.direction) for row, bound in zip(values, bounds, strict=True)])
