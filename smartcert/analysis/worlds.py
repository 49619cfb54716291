"""Plausible worlds: other weights, another committee of the same kind, errors of measurement, other rules.

Every world has a number. The same plan, seed and number always give the same world, so that any draw of a long run can
be looked at again: `Worlds.world`. The four parts of a world come from streams of their own; `Worlds.mixed` takes each
part from a draw of another number, as a sensitivity analysis needs it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import product
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from smartcert.analysis.arrays import Floats, Ints, RoundArrays
from smartcert.analysis.plan import Part, Plan, Range
from smartcert.analysis.settings import Setting
from smartcert.analysis.vector import Batch, Scored, Scorer
from smartcert.errors import UsageError

BLOCK = 64
"""Worlds are made by so many at a time; part of what a number means, so it never changes."""
_QUANTILES = 1 << 16

Numbers = Mapping[Part, Ints]
"""Which draw each part of some worlds is taken from."""


@dataclass(frozen=True, kw_only=True, eq=False)
class World:
    """One draw: what it changed, and what came of it. ``errors`` (A, J) is None where there are none."""

    number: int
    setting: Setting
    weights: Floats
    counts: Floats | None
    errors: Floats | None
    totals: Floats
    levels: NDArray[np.int8]


@dataclass(frozen=True, kw_only=True, eq=False)
class Draws:
    """What all worlds of a run gave: totals (D, A) and levels (D, A) by the number of the draw."""

    totals: Floats
    levels: NDArray[np.int8]
    domains: Floats


class Worlds:
    """The plausible worlds of one round under one plan."""

    def __init__(self, arrays: RoundArrays, plan: Plan) -> None:
        self.arrays, self.plan = arrays, plan
        self.scorer = Scorer(arrays)
        self.settings = _settings(self.scorer.setting, plan)
        self._spread = plan.spread(arrays)
        self._block = lru_cache(maxsize=16)(self._make)

    def world(self, number: int) -> World:
        """Return one draw by its number, made and scored again.

        Raises:
            UsageError: the number is negative.
        """
        numbers = dict.fromkeys(Part, np.array([number]))
        batch = self._batch(numbers)
        setting = self.settings[0 if batch.which is None else int(batch.which[0])]
        scored = self.scorer.score(batch)
        return World(
            number=number,
            setting=setting,
            weights=batch.weights[0],
            counts=None if batch.counts is None else batch.counts[0],
            errors=None if batch.errors is None else batch.errors[:, 0].T,
            totals=scored.totals[0],
            levels=scored.levels[0],
        )

    def run(self, draws: int, threads: int = 2) -> Draws:
        """Return the draws 0 .. ``draws`` - 1, scored. The number of threads does not change a figure.

        Raises:
            UsageError: fewer than one draw is asked for.
        """
        if draws < 1:
            raise UsageError(f"a run needs at least one draw, not {draws}")
        numbers = np.arange(draws)
        blocks = [numbers[start : start + BLOCK] for start in range(0, draws, BLOCK)]
        return _joined(self._in_turn([dict.fromkeys(Part, block) for block in blocks], threads), draws)

    def mixed(self, numbers: Numbers, threads: int = 2) -> Draws:
        """Return worlds whose parts come from the draws of the numbers given for each part."""
        count = len(next(iter(numbers.values())))
        cuts = [{part: of[start : start + BLOCK] for part, of in numbers.items()} for start in range(0, count, BLOCK)]
        return _joined(self._in_turn(cuts, threads), count)

    def _in_turn(self, cuts: Sequence[Numbers], threads: int) -> Iterator[Scored]:
        if threads == 1 or len(cuts) == 1:
            yield from map(self._scored, cuts)
            return
        with ThreadPoolExecutor(threads) as pool:
            yield from pool.map(self._scored, cuts)

    def _scored(self, numbers: Numbers) -> Scored:
        return self.scorer.score(self._batch(numbers))

    def _batch(self, numbers: Numbers) -> Batch:
        if any(int(of.min()) < 0 for of in numbers.values()):
            raise UsageError("the number of a draw is 0 or more")
        several = len(self.settings) > 1
        return Batch(
            settings=self.settings,
            which=self._rows(Part.RULES, numbers).astype(np.int64) if several else None,
            weights=self._rows(Part.WEIGHTS, numbers),
            counts=self._rows(Part.EVALUATORS, numbers) if self.plan.resample_evaluators else None,
            errors=self._rows(Part.ERRORS, numbers) if self.plan.errors else None,
        )

    def _rows(self, part: Part, numbers: Numbers) -> Floats:
        """Return the rows of some draws of one part; draws are the first axis, of errors the second."""
        of = numbers[part]
        axis = 1 if part is Part.ERRORS else 0
        blocks, rows = np.divmod(of, BLOCK)
        known = np.unique(blocks)
        if known.size == 1:
            block = self._block(part, int(known[0]))
            whole = rows.size == BLOCK and bool((rows == np.arange(BLOCK)).all())
            return block if whole else block.take(rows, axis=axis)
        order = np.argsort(blocks, kind="stable")
        parts = [self._block(part, int(one)).take(rows[blocks == one], axis=axis) for one in known]
        return np.concatenate(parts, axis=axis).take(np.argsort(order, kind="stable"), axis=axis)

    def _make(self, part: Part, block: int) -> Floats:
        """Make the draws of one block of one part, from a stream that nothing else uses."""
        stream = np.random.SeedSequence(self.plan.seed, spawn_key=(list(Part).index(part), block))
        rng = np.random.Generator(np.random.PCG64(stream))
        match part:
            case Part.WEIGHTS:
                return _weights(self.arrays, self.plan, rng)
            case Part.EVALUATORS:
                evaluators = len(self.arrays.evaluators)
                return rng.multinomial(evaluators, np.full(evaluators, 1 / evaluators), BLOCK).astype(np.float64)
            case Part.ERRORS:
                return self._errors(rng)
            case Part.RULES:
                return rng.integers(0, len(self.settings), BLOCK).astype(np.float64)

    def _errors(self, rng: np.random.Generator) -> Floats:
        applicants = len(self.arrays.ids)
        made = np.empty((len(self.arrays.names), BLOCK, applicants))  # columns of marks are never looked at
        chance = rng.integers(0, _QUANTILES, (len(self._spread), BLOCK, applicants), dtype=np.uint16)
        normal = quantiles()
        for place, (j, (deviation, turned)) in enumerate(self._spread.items()):
            if turned is None:
                np.multiply(normal.take(chance[place]), deviation, out=made[j])
            else:
                np.greater_equal(chance[place] + 0.5, (1.0 - turned) * _QUANTILES, out=made[j], casting="unsafe")
        return made


@cache
def quantiles() -> Floats:
    """Return the standard normal quantiles from which errors are drawn: 65,536 equally likely ones.

    A third of the time of drawing from the normal distribution itself, and no error beyond 4.2 deviations.
    """
    normal = NormalDist()
    return np.array([normal.inv_cdf((place + 0.5) / _QUANTILES) for place in range(_QUANTILES)])


def _weights(arrays: RoundArrays, plan: Plan, rng: np.random.Generator) -> Floats:
    """Return points per indicator (BLOCK, J). What is not drawn keeps its share of what is above it."""
    nominal = arrays.points
    if plan.weights is None:
        return np.repeat(nominal[None, :], BLOCK, axis=0)
    groups = plan.weights.groups(arrays)
    own = np.array([nominal[group].sum() for group in groups])
    if plan.weights.range is Range.DIRICHLET:
        drawn = rng.standard_gamma(plan.weights.amount * own / own.sum(), (BLOCK, len(groups)))
        drawn = np.maximum(drawn, np.finfo(np.float64).tiny)
    else:
        drawn = own * (1.0 + plan.weights.amount / 100 * rng.uniform(-1.0, 1.0, (BLOCK, len(groups))))
    drawn *= own.sum() / drawn.sum(axis=1, keepdims=True)
    made = np.empty((BLOCK, nominal.size))
    for place, group in enumerate(groups):
        made[:, group] = drawn[:, place, None] * (nominal[group] / own[place])
    return made


def _settings(own: Setting, plan: Plan) -> tuple[Setting, ...]:
    """Return every combination of the alternatives, equally likely; the official ones where a plan names none."""
    return tuple(
        replace(own, combination=combination, aggregation=aggregation, absent=absent)
        for combination, aggregation, absent in product(
            plan.combinations_of(own.combination),
            plan.aggregations or (own.aggregation,),
            plan.absents or (own.absent,),
        )
    )


def _joined(parts: Iterator[Scored], draws: int) -> Draws:
    made: Draws | None = None
    start = 0
    for part in parts:
        if made is None:
            made = Draws(
                totals=np.empty((draws, *part.totals.shape[1:])),
                levels=np.empty((draws, *part.levels.shape[1:]), dtype=np.int8),
                domains=np.empty((draws, *part.domains.shape[1:]), dtype=np.float64),
            )
        end = start + part.totals.shape[0]
        made.totals[start:end], made.levels[start:end], made.domains[start:end] = (
            part.totals,
            part.levels,
            part.domains,
        )
        start = end
    if made is None:
        raise UsageError("no worlds were asked for")
    return made
