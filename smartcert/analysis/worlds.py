"""Plausible worlds: other weights, another committee of the same kind, errors of measurement, other rules.

Every world has a number. The same plan, seed and number always give the same world, so that any draw of a long run can
be looked at again: `Worlds.world`. The four parts of a world come from streams of their own; `Worlds.mixed` takes each
part from a draw of another number, as a sensitivity analysis needs it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smartcert.analysis.arrays import Floats, Ints, RoundArrays
from smartcert.analysis.measured import Errors
from smartcert.analysis.plan import Part, Plan, Range
from smartcert.analysis.settings import Setting
from smartcert.analysis.vector import Batch, Scored, Scorer
from smartcert.errors import UsageError

BLOCK = 64
"""Worlds are made by so many at a time; part of what a number means, so it never changes."""
AT_ONCE = 6 * BLOCK
"""So many are scored together: fewer and threads wait for each other, more and they wait for memory."""

Rows = NDArray[Any]
"""One part of some draws: chances for errors, floats for the others."""
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
        self._errors = Errors(arrays, plan.spread(arrays))
        self._block = lru_cache(maxsize=64)(self._make)

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
            errors=None if batch.chances is None else self._errors.relative(batch.chances)[:, 0].T,
            totals=scored.totals[0],
            levels=scored.levels[0],
        )

    def run(self, draws: int, threads: int | None = None, at_once: int = AT_ONCE) -> Draws:
        """Return the draws 0 .. ``draws`` - 1, scored, ``at_once`` of them together in each thread.

        Without a number of threads there is one for each processor that may be used. Neither changes a figure.

        Raises:
            UsageError: fewer than one draw, one thread or one at once is asked for.
        """
        if draws < 1:
            raise UsageError(f"a run needs at least one draw, not {draws}")
        return self.mixed(dict.fromkeys(Part, np.arange(draws)), threads, at_once)

    def mixed(self, numbers: Numbers, threads: int | None = None, at_once: int = AT_ONCE) -> Draws:
        """Return worlds whose parts come from the draws of the numbers given for each part; else as `run`."""
        workers = processors() if threads is None else threads
        if workers < 1 or at_once < 1:
            raise UsageError(f"worlds need at least one thread and one at once, not {workers} and {at_once}")
        count = len(next(iter(numbers.values())))
        starts = range(0, count, at_once)
        cuts = [{part: of[start : start + at_once] for part, of in numbers.items()} for start in starts]
        return _joined(self._in_turn(cuts, workers), count)

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
            errors=self._errors,
            chances=self._rows(Part.ERRORS, numbers) if self.plan.errors else None,
        )

    def _rows(self, part: Part, numbers: Numbers) -> Rows:
        """Return the rows of some draws of one part; draws are the first axis, of errors the second."""
        axis = 1 if part is Part.ERRORS else 0
        blocks, rows = np.divmod(numbers[part], BLOCK)
        parts = [self._of_block(part, int(one), rows[blocks == one]) for one in np.unique(blocks)]
        made = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=axis)
        if (blocks[1:] >= blocks[:-1]).all():
            return made
        return made.take(np.argsort(np.argsort(blocks, kind="stable"), kind="stable"), axis=axis)

    def _of_block(self, part: Part, block: int, rows: Ints) -> Rows:
        made = self._block(part, block)
        whole = rows.size == BLOCK and bool((rows == np.arange(BLOCK)).all())
        return made if whole else made.take(rows, axis=1 if part is Part.ERRORS else 0)

    def _make(self, part: Part, block: int) -> Rows:
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
                return self._errors.draw(rng, BLOCK)
            case Part.RULES:
                return rng.integers(0, len(self.settings), BLOCK).astype(np.float64)


def processors() -> int:
    """Return how many processors may be used."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


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
    within = np.repeat(np.arange(len(groups)), [group.stop - group.start for group in groups])
    made: Floats = drawn.take(within, axis=1) * (nominal / own[within])
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
