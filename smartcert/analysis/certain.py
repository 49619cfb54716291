"""Totals of many weights or points at once in floats, with the rows that floats are certain of.

Rounded points are whole numbers of their last digit, and so are their sums: floats hold these exactly, and round them
exactly. What is no whole number (a product before its rounding, points that missing figures gave away) is off by a few
units of a float's last digit, which is less than `_TOLERANCE` of all points by orders of magnitude. A row is certain
where no such number lies within that tolerance of what it is compared with: the half at which it would round the other
way, the floor of a domain, the bound of a level. Then floats decide as exact fractions would. Whatever is not certain
is left to `ExactScorer`.

Shapes: A applicants, R rows, J indicators, K domains.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cached_property
from math import ceil

import numpy as np

from smartcert.analysis.arrays import AbsentPolicy, Bools, Floats, Ints, RoundArrays, ScoringSetting
from smartcert.analysis.scales import find_redistributed
from smartcert.lazy_dataclass import dataclass
from smartcert.model.evaluation import Bound
from smartcert.model.indicator import RoundingMode, RoundingStep
from smartcert.representation import describe_briefly

_TOLERANCE = 1e-9
"""Of the points of the edition: what lies nearer to a bound, or to the half of a rounding, is not certain."""
_FEWEST_TAKING = 1e-5
"""Of the points of the edition: where fewer points take those of missing figures, their factor is not certain."""
_MOST_UNITS = 2.0**50
"""Whole numbers above this many are not exact in floats with room for a sum."""


@dataclass(frozen=True, kw_only=True, eq=False)
class CertainTotals:
    """Totals (R,), sums of the domains (R, K), levels (R,), and which rows (R,) are certain.

    In rows that are certain, and integers by ``are_integers`` (R,), totals are those floats that are nearest to the
    exact fractions. Elsewhere, and in sums of domains with points that missing figures gave away, a number may be off
    by a last digit of its float.
    """

    __repr__ = describe_briefly

    totals: Floats
    domains: Floats
    levels: Ints
    certain: Bools
    are_integers: Bools


@dataclass(eq=False)
class _Units:
    """Numbers (R, n) or (R,) in units of 10 ** -digits; integers, exactly, where ``are_integers`` says so."""

    values: Floats
    digits: int
    are_integers: Bools

    def points(self) -> Floats:
        points: Floats = self.values / 10.0**self.digits + 0.0  # no -0.0
        return points

    def add_up(self, firsts: Ints) -> _Units:
        """Return the sums (R, m) of groups of adjacent numbers (R, n), of which each begins at one of ``firsts`` (m,).

        A sum is an integer where each of its numbers is.
        """
        are_integers: Bools = np.logical_and.reduceat(self.are_integers, firsts, axis=1)
        return _Units(
            values=np.add.reduceat(self.values, firsts, axis=1), digits=self.digits, are_integers=are_integers
        )


class FloatTotals:
    """Adds up points of a round whose edition is a plain sum, see `fits`."""

    def __init__(self, arrays: RoundArrays) -> None:
        if not self.fits(arrays):
            raise ValueError("the edition does more than add points up, or has too many of them")
        self._arrays = arrays
        self._rounding = {step: arrays.edition.rounding_at(step) for step in RoundingStep}
        self._tolerance = _TOLERANCE * max(arrays.out_of, 1.0)
        self._domains = {domain.id: place for place, domain in enumerate(arrays.domains)}
        self._columns = [item.columns for domain in arrays.domains for item in domain.items]
        self._items = np.array([columns.start for columns in self._columns])
        """(items,) the first column of each."""
        counts = [len(domain.items) for domain in arrays.domains]
        self._firsts = np.cumsum([0, *counts[:-1]])
        """(K,) the place among the items of the first item of each domain."""

    @staticmethod
    def fits(arrays: RoundArrays) -> bool:
        """Return whether the edition is a plain sum of points that floats can hold as whole numbers."""
        digits = max((order.digits for order in arrays.edition.rounding), default=0)
        return (
            arrays.is_plain_sum
            and bool(arrays.ids)
            and bool(arrays.domains)
            and arrays.out_of * 10.0**digits < _MOST_UNITS
        )

    @cached_property
    def _redistributed(self) -> dict[AbsentPolicy, Bools]:
        return {absent: find_redistributed(self._arrays, absent) for absent in AbsentPolicy}

    def round_products(self, points: Floats, factors: Floats, round_exactly: Callable[[int, int], Fraction]) -> Floats:
        """Return the products (R, J) of points and factors, each (R, J) or (1, J), rounded as ordered.

        A product too near to a half is that of ``round_exactly``, which is given its row and column: simple weights
        give halves exactly. Where no rounding is ordered they are the products.
        """
        products: Floats = points * factors
        rounding = self._rounding[RoundingStep.INDICATOR]
        if rounding is None:
            return products
        scale = 10.0**rounding.digits
        scaled = products * scale
        nearest = np.rint(scaled)
        down = rounding.mode is RoundingMode.DOWN
        distance = np.abs(scaled - nearest)
        unsure = distance < self._tolerance * scale if down else distance > 0.5 - self._tolerance * scale
        rounded = (np.trunc(scaled) if down else nearest) / scale + 0.0
        for row, column in zip(*np.nonzero(unsure & (products != 0)), strict=True):
            rounded[row, column] = float(round_exactly(int(row), int(column)))
        return rounded

    def add_up(
        self, rows: Ints, rounded: Floats, factors: Floats, setting: ScoringSetting, bounds: Sequence[Bound]
    ) -> CertainTotals:
        """Return the totals and levels of rows of points that are rounded as ordered (R, J).

        ``rows`` (R,) are the applicants, ``factors`` (R, J) or (1, J) by what the points possible are multiplied.
        ``bounds`` are those of `ExactScorer.bounds`. A total is 0 or more.
        """
        arrays, ordered = self._arrays, self._rounding[RoundingStep.INDICATOR]
        weights = arrays.points * factors
        certain = np.ones(rows.size, dtype=bool)
        missing = self._redistributed[setting.absent][rows]
        digits = ordered.digits if ordered else 0
        units = np.rint(rounded * 10.0**digits) if ordered else rounded
        takes = np.logical_or.reduceat(missing, self._items, axis=1)
        own = _Units(
            values=np.add.reduceat(units, self._items, axis=1),
            digits=digits,
            are_integers=~takes if ordered else np.zeros_like(takes),
        )
        for place in np.flatnonzero(takes.any(axis=0)).tolist():
            columns = self._columns[place]
            own.values[:, place] *= self._find_spread(missing[:, columns], weights[:, columns], certain)
        self._round(own, RoundingStep.ITEM, certain)
        sums = own.add_up(self._firsts)
        self._round(sums, RoundingStep.DOMAIN, certain)
        domains = sums.points()
        total = sums.add_up(np.zeros(1, dtype=np.int64))
        total.values = np.maximum(total.values, 0.0)
        self._round(total, RoundingStep.TOTAL, certain)
        total.values, total.are_integers = total.values[:, 0], total.are_integers[:, 0]
        levels = self._find_levels(total, bounds, certain)
        for floor in setting.floors:
            if floor.domain not in self._domains:
                certain[:] = False
                continue
            place = self._domains[floor.domain]
            needed = float(floor.at_least) / 100 * weights[:, arrays.domains[place].columns].sum(axis=1)
            below = domains[:, place] - needed
            certain &= (np.abs(below) > self._tolerance) | ((domains[:, place] == 0) & (needed == 0))
            levels = np.where(below < 0, np.maximum(levels, floor.best_level), levels)
        return CertainTotals(
            totals=total.points(), domains=domains, levels=levels, certain=certain, are_integers=total.are_integers
        )

    def _find_spread(self, given: Bools, weights: Floats, certain: Bools) -> Floats:
        """Return by what the points of an item are multiplied (R,), and mark in ``certain`` whose factor is not."""
        taking = np.where(given, 0.0, weights).sum(axis=1)
        takes = given.any(axis=1)
        certain &= ~takes | (taking > _FEWEST_TAKING * max(self._arrays.out_of, 1.0))
        every = np.broadcast_to(weights.sum(axis=1), taking.shape)
        spread: Floats = np.divide(every, taking, out=np.ones(taking.shape), where=takes & (taking > 0))
        return spread

    def _round(self, own: _Units, step: RoundingStep, certain: Bools) -> None:
        """Round numbers (R, n) as ordered at a step, and mark in ``certain`` the rows where that is not certain."""
        rounding = self._rounding[step]
        if rounding is None:
            return
        finer = own.digits - rounding.digits
        if finer <= 0:
            values = own.values * 10.0**-finer
            rounded = values.copy()
        else:  # whole numbers of a finer digit: quotient and rest are whole numbers too
            unit = 10.0**finer
            values = own.values / unit
            quotient = np.floor(np.abs(own.values) / unit)
            rest = np.abs(own.values) - quotient * unit
            if rounding.mode is not RoundingMode.DOWN:
                tie_stays = (quotient % 2 == 0) if rounding.mode is RoundingMode.HALF_EVEN else False
                quotient += (2 * rest > unit) | ((2 * rest == unit) & ~np.asarray(tie_stays))
            rounded = np.copysign(quotient, own.values)
        nearest = np.rint(values)
        distance = np.abs(values - nearest)
        tolerance = self._tolerance * 10.0**rounding.digits
        if rounding.mode is RoundingMode.DOWN:
            plain, sure = np.trunc(values), distance > tolerance
        else:
            plain, sure = nearest, distance < 0.5 - tolerance
        certain &= (own.are_integers | sure).all(axis=1)
        own.values, own.digits = np.where(own.are_integers, rounded, plain), rounding.digits
        own.are_integers = np.ones_like(own.are_integers)

    def _find_levels(self, total: _Units, bounds: Sequence[Bound], certain: Bools) -> Ints:
        levels = np.full(total.values.shape, max((bound.level for bound in bounds), default=0) + 1, dtype=np.int64)
        scale = Fraction(10**total.digits)
        for bound in sorted(bounds, key=lambda bound: -bound.level):
            needed = bound.points * scale
            distance = total.values - float(needed)
            certain &= total.are_integers | (np.abs(distance) > self._tolerance * float(scale))
            reached = np.where(total.are_integers, total.values >= float(ceil(needed)), distance >= 0)
            levels = np.where(reached, bound.level, levels)
        return levels
