"""What do marks combine to in other committees, and what shares do values with errors give, in many draws at once?

Shapes: D draws, A applicants, Q qualitative indicators, E evaluators, J indicators.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from smartcert.analysis.arrays import Bools, Floats, Ints, RoundArrays
from smartcert.analysis.scales import (
    band_shares,
    convert_column_to_share,
    reaches,
    round_signed_in_place,
    take_band_share,
)
from smartcert.lazy_dataclass import dataclass
from smartcert.model.indicator import BandScale, CountScale, Indicator, RoundingStep, YesNoScale
from smartcert.rules.parameters import CombinationMethod, CombinationRule

_MAX_SUBSET_EVALUATORS = 10
"""Up to so many, the ends of every subset of evaluators are cached, which is five times as fast where one is cut."""
_MARK_UNITS = (1, 2, 4, 10, 100, 1000)
"""Units, per mark, that are tried in turn until all marks are whole numbers of them."""
_MAX_PRODUCT_SIZE = 1 << 17
"""Far fewer than what makes a linear algebra library start threads of its own, which would compete with ours."""


@dataclass(frozen=True, eq=False)
class CommitteeDraws:
    """Committees as drawn: ``counts`` (D, E) is how often each evaluator counts."""

    counts: Floats

    @cached_property
    def subsets(self) -> Ints:
        """Return, as the bits of a number (D,), who is in a committee at all."""
        bits: Ints = (self.counts > 0) @ (1 << np.arange(self.counts.shape[1]))
        return bits

    def select(self, rows: Ints) -> CommitteeDraws:
        """Return the committees of some draws."""
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
        """Return the first of `_MARK_UNITS` in which all marks are whole numbers; 0 where there is none."""
        given = self.marks[~np.isnan(self.marks)]
        fitting = (unit for unit in _MARK_UNITS if np.allclose(given * unit, np.rint(given * unit), rtol=0, atol=1e-9))
        return next(fitting, 0)

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
        per_indicator = []
        for marks in self._marks:
            values = np.unique(marks[~np.isnan(marks)])
            no_higher = [(marks <= value).astype(np.float64) for value in values[:-1]]
            lowest = float(values[0]) if values.size else 0.0
            per_indicator.append((lowest, list(zip(np.diff(values).tolist(), no_higher, strict=True))))
        return per_indicator

    @cached_property
    def _ends(self) -> Floats:
        """Return the sum of lowest and highest mark (Q, 2^E, A) of every subset of evaluators, numbered by its bits."""
        questions, evaluators, applicants = self._marks.shape
        lowest = np.full((questions, 1 << evaluators, applicants), np.nan)
        highest = lowest.copy()
        for bit in range(evaluators):
            without, including, mark = slice(1 << bit), slice(1 << bit, 2 << bit), self._marks[:, bit, None]
            np.fmin(lowest[:, without], mark, out=lowest[:, including])
            np.fmax(highest[:, without], mark, out=highest[:, including])
        lowest += highest
        return lowest

    def combine(self, question: int, drawn: CommitteeDraws, rule: CombinationRule) -> tuple[Floats, Bools | None]:
        """Return the combined marks (D, A) of one indicator before rounding, and where too few marks are left.

        The rule is that of ``evaluation.marks.combine_marks`` over marks that are repeated as often as their evaluators
        count; where there are too few the mark is 0.
        """
        number = _multiply(drawn.counts, self._given[question])
        fewest, for_trimming = max(rule.fewest, 1), max(rule.at_least, 2 * rule.drop + 1)
        least = number.min(axis=1, initial=np.inf)
        with np.errstate(divide="ignore", invalid="ignore"):
            marks = self._combine_by(rule.method, question, drawn, number, rule.drop)
            rows = np.flatnonzero(least < for_trimming)
            if rule.method is CombinationMethod.TRIMMED_MEAN and rows.size:
                other = self._combine_by(rule.otherwise, question, drawn.select(rows), number[rows], rule.drop)
                marks[rows] = np.where(number[rows] < for_trimming, other, marks[rows])
        if (least >= fewest).all():
            return marks, None
        too_few = number < fewest
        marks[too_few] = 0.0
        return marks, too_few

    def _combine_by(
        self, method: CombinationMethod, question: int, drawn: CommitteeDraws, number: Floats, drop: int
    ) -> Floats:
        """Return what a method gives (D, A); undefined where there are too few marks for it."""
        if method is CombinationMethod.MEDIAN:
            return self._median(question, drawn, number)
        sums: Floats
        if method is CombinationMethod.MEAN:
            sums, count = _multiply(drawn.counts, self._sums[question]), number
        elif drop == 1 and drawn.counts.shape[1] <= _MAX_SUBSET_EVALUATORS:
            sums, count = _multiply(drawn.counts, self._sums[question]), number - 2
            sums -= self._ends[question].take(drawn.subsets, axis=0)
        else:
            sums, count = self._trimmed(question, drawn, number, drop), number - 2 * drop
        sums /= count * self._unit if self._unit > 1 else count
        return sums

    def _trimmed(self, question: int, drawn: CommitteeDraws, number: Floats, drop: int) -> Floats:
        """Return the sum (D, A), in units, of the marks that are left when ``drop`` are taken away at each end."""
        lowest, steps = self._steps[question]
        sums, most = lowest * (number - 2 * drop), number - drop
        for step, no_higher in steps:
            above = most - np.maximum(_multiply(drawn.counts, no_higher), drop)
            sums += step * np.maximum(above, 0.0)
        return sums

    def _median(self, question: int, drawn: CommitteeDraws, number: Floats) -> Floats:
        """Return the medians (D, A): of a step with ``more`` marks above than below it (more + 1) / 2, from 0 to 1."""
        lowest, steps = self._steps[question]
        medians = np.full(number.shape, lowest)
        for step, no_higher in steps:
            part = number - 2 * _multiply(drawn.counts, no_higher) + 1
            part *= step / 2
            medians += part.clip(0.0, step, out=part)
        if self._unit > 1:
            medians /= self._unit
        return medians


def _multiply(counts: Floats, matrix: Floats) -> Floats:
    """Return the product of two matrices, taken a few rows at a time."""
    product = np.empty((counts.shape[0], matrix.shape[1]))
    most = max(1, _MAX_PRODUCT_SIZE // max(matrix.size, 1))
    for start in range(0, counts.shape[0], most):
        rows = slice(start, start + most)
        np.matmul(counts[rows], matrix, out=product[rows])
    return product


QUANTILE_COUNT = 1 << 16
Chances = NDArray[np.uint16]


@cache
def normal_quantiles() -> Floats:
    """Return the standard normal quantiles (65,536,) from which errors are drawn, all equally likely.

    This takes a third of the time of drawing from the normal distribution, and no error is beyond 4.2 deviations.
    """
    normal = NormalDist()
    lower = np.array([normal.inv_cdf((number + 0.5) / QUANTILE_COUNT) for number in range(QUANTILE_COUNT // 2)])
    return np.concatenate((lower, -lower[::-1]))


def draw_chances(rng: np.random.Generator, shape: tuple[int, ...]) -> Chances:
    """Return what ``rng.integers(0, QUANTILES, shape, np.uint16)`` does, four at a time and so twice as fast."""
    count = math.prod(shape)
    fours = rng.integers(0, 1 << 64, -(-count // 4), dtype=np.uint64)
    low_first = fours.astype("<u8", copy=False).view("<u2")[:count]
    return low_first.astype(np.uint16, copy=False).reshape(shape)


def compute_shares(arrays: RoundArrays, j: int, values: Floats) -> Floats:
    """Return the shares of one quantitative indicator for values along whose last axis the applicants stand."""
    return convert_column_to_share(arrays, j, _compute_measures(arrays, j, values))


def _compute_measures(arrays: RoundArrays, j: int, values: Floats) -> Floats:
    """Return the measures of values: divided by residents or another base, and rounded where they are computed."""
    indicator = arrays.indicators[j]
    if not indicator.computed:
        return values
    measures: Floats = values.copy()
    if indicator.per_people is not None:
        measures = values * (indicator.per_people / arrays.population)
    elif indicator.per is not None:
        base = indicator.per.base
        known = np.array([float(arrays.bases_at(a).get(base, np.nan)) for a in range(len(arrays.ids))])
        measures = values * (float(indicator.per.times) / known)
    return round_signed_in_place(measures, arrays.edition.rounding_at(RoundingStep.MEASURE))


def is_yes_no(indicator: Indicator) -> bool:
    """Return whether a value is yes or no, so that an error reverses it; a formula may give any number."""
    return isinstance(indicator.scale, YesNoScale) and not indicator.formula and not indicator.class_scales


@dataclass(frozen=True, kw_only=True, eq=False)
class _BandThresholds:
    """The bands of an indicator, worst first: (bands, A) the first chance from which each is reached.

    Where ``below``, it is reached below that chance instead. ``shares`` are those without any band, then with each.
    """

    first: Chances
    below: Bools
    shares: Floats

    def reached(self, chances: Chances) -> Iterator[Bools]:
        """Yield where each band is reached (D, A)."""
        for first, below in zip(self.first, self.below, strict=True):
            where = chances >= first
            if below.any():
                where ^= below
            yield where


class ErrorModel:
    """Errors of measurement of one round.

    ``spread`` has, per column of an indicator with errors, the relative standard deviation (A,) and, for yes/no, the
    chance (A,) that the value is the opposite. An error is drawn as a chance, one of `QUANTILE_COUNT` equally likely.
    """

    def __init__(self, arrays: RoundArrays, spread: Mapping[int, tuple[Floats, Floats | None]]) -> None:
        self._arrays, self._spread = arrays, spread
        self._index = {j: index for index, j in enumerate(spread)}
        self._gaps = {j: np.flatnonzero(arrays.gaps[:, j]) for j in spread}
        self._thresholds: dict[int, _BandThresholds] = {}
        self._limits: dict[int, tuple[Floats | None, Floats | None]] = {}

    def draw(self, rng: np.random.Generator, draws: int) -> Chances:
        """Return the chances (columns with errors, D, A) of some draws."""
        return draw_chances(rng, (len(self._spread), draws, len(self._arrays.ids)))

    def draw_alike(self, rng: np.random.Generator, draws: int) -> Chances:
        """Return chances as `draw` does, but the same for every applicant: they do not depend on who there is."""
        shape = (len(self._spread), draws, len(self._arrays.ids))
        return np.broadcast_to(draw_chances(rng, (*shape[:2], 1)), shape)

    def relative(self, chances: Chances) -> Floats:
        """Return the relative errors (J, D, A): 0.1 is ten percent too much, and 1 reverses a yes/no value."""
        errors = np.zeros((len(self._arrays.names), *chances.shape[1:]))
        for j, index in self._index.items():
            errors[j] = self._error(j, chances[index])
        return errors

    def shares(self, j: int, chances: Chances) -> Floats:
        """Return the shares (D, A) of one indicator, given the chances of all; 0 in a gap."""
        own = chances[self._index[j]]
        indicator = self._arrays.indicators[j]
        if isinstance(indicator.scale, BandScale | YesNoScale) and not indicator.class_scales:
            thresholds = self._find_thresholds(j)
            shares = take_band_share(thresholds.shares, thresholds.reached(own), own.shape)
        else:
            shares = compute_shares(self._arrays, j, self._clamp(j, self._apply(j, own)))
        shares[:, self._gaps[j]] = 0.0
        return shares

    def _error(self, j: int, chances: Chances) -> Floats:
        deviation, reversal = self._spread[j]
        if reversal is not None:
            return (chances + 0.5 >= (1.0 - reversal) * QUANTILE_COUNT).astype(np.float64)
        errors: Floats = normal_quantiles().take(chances, mode="clip")
        errors *= deviation
        return errors

    def _apply(self, j: int, chances: Chances) -> Floats:
        """Return the values with their errors, rounded to whole numbers where things are counted."""
        indicator, own, values = self._arrays.indicators[j], self._arrays.values[:, j], self._error(j, chances)
        if is_yes_no(indicator):
            values *= 1.0 - 2.0 * own
            values += own
            return values
        values += 1.0
        values *= own
        counted = isinstance(indicator.scale, CountScale) and not indicator.computed
        return np.rint(values, out=values) if counted else values

    def _clamp(self, j: int, values: Floats) -> Floats:
        """Clamp values to the limits of the indicator, in place."""
        least, most = self._find_limits(j)
        if least is not None:
            np.maximum(values, least, out=values)
        if most is not None:
            np.minimum(values, most, out=values)
        return values

    def _find_limits(self, j: int) -> tuple[Floats | None, Floats | None]:
        """Return the limits (A,) of an indicator; None where no chance leads beyond them."""
        if j not in self._limits:
            limits, own = self._arrays.indicators[j].limits, self._arrays.values[:, j]
            least = None if limits.at_least is None else np.minimum(float(limits.at_least), own)
            most = None if limits.at_most is None else np.maximum(float(limits.at_most), own)
            ends = self._apply(j, np.repeat(np.array([[0], [QUANTILE_COUNT - 1]], dtype=np.uint16), own.size, axis=1))
            self._limits[j] = (
                None if least is None or not (ends < least).any() else least,
                None if most is None or not (ends > most).any() else most,
            )
        return self._limits[j]

    def _find_thresholds(self, j: int) -> _BandThresholds:
        """Return the thresholds of an indicator with bands, or with yes as its only band, by bisection."""
        if j not in self._thresholds:
            low, high = (np.full((self._bands(j), len(self._arrays.ids)), end) for end in (0, QUANTILE_COUNT - 1))
            at_last = self._reached(j, high)
            while (low < high).any():
                middle = (low + high) // 2
                same = self._reached(j, middle) == at_last
                high, low = np.where(same, middle, high), np.where(same, low, middle + 1)
            scale, full = self._arrays.indicators[j].scale, float(self._arrays.indicators[j].full)
            shares = band_shares(scale, full) if isinstance(scale, BandScale) else np.array([0.0, 1.0])
            self._thresholds[j] = _BandThresholds(first=high.astype(np.uint16), below=~at_last, shares=shares)
        return self._thresholds[j]

    def _bands(self, j: int) -> int:
        scale = self._arrays.indicators[j].scale
        return len(scale.bands) if isinstance(scale, BandScale) else 1

    def _reached(self, j: int, chances: Ints) -> Bools:
        """Return where each band (bands, A), worst first, is reached at a chance of its own."""
        indicator = self._arrays.indicators[j]
        values = _compute_measures(self._arrays, j, self._clamp(j, self._apply(j, chances.astype(np.uint16))))
        if not isinstance(indicator.scale, BandScale):
            yes: Bools = values != 0
            return yes
        bounds = (float(band.bound) for band in reversed(indicator.scale.bands))
        return np.array([reaches(row, bound, indicator.direction) for row, bound in zip(values, bounds, strict=True)])
