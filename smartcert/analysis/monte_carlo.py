"""What if weights, the committee, the values and the rules were a little different? Draws of all that may vary.

Each draw takes weights within a declared range, another committee of the same kind, errors of measurement, and one of
the alternative rules. Shapes: D draws, A applicants, J indicators, E evaluators, K domains.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import field, replace
from enum import StrEnum
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from smartcert.analysis.arguments import (
    MOST_REPETITIONS,
    MOST_RESULTS,
    check_number,
    check_repetitions,
    check_whole_number,
    freeze,
    parse_choice,
    parse_choices,
)
from smartcert.analysis.arrays import AbsentPolicy, Aggregation, Floats, Ints, RoundArrays, ScoringSetting, with_method
from smartcert.analysis.resampling import ErrorModel, is_yes_no
from smartcert.analysis.vectorised import DrawBatch, ScoredDraws, Scorer, share_scorer
from smartcert.argument_types import check_arguments
from smartcert.errors import UsageError
from smartcert.lazy_dataclass import dataclass
from smartcert.model.application import EvidenceGrade
from smartcert.representation import describe_briefly
from smartcert.rules.parameters import CombinationMethod, CombinationRule

if TYPE_CHECKING:
    from smartcert.analysis.what_if import Change, WhatIfResult


class DrawPart(StrEnum):
    """The parts of a draw."""

    WEIGHTS = "weights"
    EVALUATORS = "evaluators"
    ERRORS = "errors"
    RULES = "rules"


class WeightDistribution(StrEnum):
    """How weights vary: by a Dirichlet around the official ones, or each by up to plus or minus some percent."""

    DIRICHLET = "dirichlet"
    UNIFORM = "uniform"


class WeightLevel(StrEnum):
    """Whose weights vary; what is below keeps its share."""

    INDICATOR = "indicator"
    ITEM = "item"
    DOMAIN = "domain"


@dataclass(frozen=True, kw_only=True)
class WeightRange:
    """How weights vary. ``amount``: the concentration of a Dirichlet (more is narrower), or percent of a uniform range.

    >>> import smartcert
    >>> smartcert.WeightRange(amount=10).amount
    10
    """

    range: WeightDistribution = WeightDistribution.UNIFORM
    amount: float = 25.0
    per: WeightLevel = WeightLevel.INDICATOR

    def __post_init__(self) -> None:
        """Check the amount.

        Raises:
            UsageError: an unknown range or level, a concentration that is not above 0, or a percentage that is not from
                0 to below 100.
        """
        object.__setattr__(self, "range", parse_choice("range of weights", self.range, WeightDistribution))
        object.__setattr__(self, "per", parse_choice("level of weights", self.per, WeightLevel))
        check_number("amount", self.amount)
        if self.range is WeightDistribution.DIRICHLET and not self.amount > 0:
            raise UsageError(f"the concentration of a Dirichlet is above 0, not {self.amount}")
        if self.range is WeightDistribution.UNIFORM and not 0 <= self.amount < 100:
            raise UsageError(f"a uniform range of weights is 0 to below 100 percent, not {self.amount}")

    def groups(self, arrays: RoundArrays) -> list[slice]:
        """Return the columns whose weights vary together."""
        if self.per is WeightLevel.ITEM:
            return [item.columns for item in arrays.items]
        if self.per is WeightLevel.DOMAIN:
            return [domain.columns for domain in arrays.domains]
        return [slice(j, j + 1) for j in range(len(arrays.names))]


@dataclass(frozen=True, kw_only=True)
class ErrorSize:
    """``relative``: standard deviation as a share of the value; ``reversal``: chance that a yes/no value is wrong.

    >>> import smartcert
    >>> smartcert.ErrorSize(relative=0.05, reversal=0.01).relative
    0.05
    """

    relative: float
    reversal: float

    def __post_init__(self) -> None:
        """Check both.

        Raises:
            UsageError: a negative deviation, or a chance outside 0 to 1.
        """
        check_number("relative", self.relative)
        check_number("reversal", self.reversal)
        if not (self.relative >= 0 and 0 <= self.reversal <= 1):
            raise UsageError(f"no deviation: relative {self.relative} (0 or more), reversal {self.reversal} (0 to 1)")


ASSUMED_ERRORS: Mapping[EvidenceGrade, ErrorSize] = {
    EvidenceGrade.MEASURED: ErrorSize(relative=0.02, reversal=0.005),
    EvidenceGrade.SURVEY: ErrorSize(relative=0.05, reversal=0.01),
    EvidenceGrade.HIGHER_LEVEL: ErrorSize(relative=0.08, reversal=0.02),
    EvidenceGrade.ESTIMATED: ErrorSize(relative=0.15, reversal=0.04),
    EvidenceGrade.PERSONAL: ErrorSize(relative=0.25, reversal=0.08),
    EvidenceGrade.UNKNOWN: ErrorSize(relative=0.20, reversal=0.05),
}
"""Assumed for illustration, from nothing published. Replace them by what re-measurements have shown."""


def _read_errors(errors: object) -> dict[EvidenceGrade, ErrorSize]:
    if errors is None:
        return {}
    if not isinstance(errors, Mapping) or not all(isinstance(size, ErrorSize) for size in errors.values()):
        raise UsageError(f"errors: an ErrorSize by grade of evidence is wanted, not {errors!r}")
    return {parse_choice("grade of evidence", grade, EvidenceGrade): size for grade, size in errors.items()}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What varies. None or empty means that a part stays as it is. All alternatives of a rule are equally likely.

    ``errors`` are by the grade of the evidence, the one found on site before the one of the desk. Where neither names
    one, a value that was inspected counts as measured, another as unknown.

    >>> import smartcert
    >>> plan = smartcert.Plan(seed=7, weights=smartcert.WeightRange(amount=10))
    >>> plan.seed
    7
    """

    __repr__ = describe_briefly

    seed: int = 1
    weights: WeightRange | None = field(default_factory=WeightRange)
    resample_evaluators: bool = True
    errors: Mapping[EvidenceGrade, ErrorSize] = field(default_factory=lambda: ASSUMED_ERRORS)
    methods: tuple[CombinationMethod, ...] = ()
    aggregations: tuple[Aggregation, ...] = ()
    absents: tuple[AbsentPolicy, ...] = ()

    def __post_init__(self) -> None:
        """Read choices that are given by value, and check everything else.

        Raises:
            UsageError: an unknown choice or grade, one that stands twice, or something of another kind than wanted.
        """
        check_whole_number("seed", self.seed, 0)
        resample: object = self.resample_evaluators
        if not isinstance(resample, bool):
            raise UsageError(f"resample_evaluators: True or False is wanted, not {resample!r}")
        weights: object = self.weights
        if weights is not None and not isinstance(weights, WeightRange):
            raise UsageError(f"weights: a WeightRange or None is wanted, not {weights!r}")
        for name, kind in (("methods", CombinationMethod), ("aggregations", Aggregation), ("absents", AbsentPolicy)):
            object.__setattr__(self, name, parse_choices(name, getattr(self, name), kind))
        object.__setattr__(self, "errors", _read_errors(self.errors))

    @property
    def parts(self) -> tuple[DrawPart, ...]:
        """Return the parts that vary."""
        varies = {
            DrawPart.WEIGHTS: self.weights is not None,
            DrawPart.EVALUATORS: self.resample_evaluators,
            DrawPart.ERRORS: bool(self.errors),
            DrawPart.RULES: max(map(len, (self.methods, self.aggregations, self.absents))) > 1,
        }
        return tuple(part for part, does in varies.items() if does)

    def combinations_of(self, own: CombinationRule) -> tuple[CombinationRule, ...]:
        """Return the alternatives for combining marks."""
        return tuple(with_method(own, method) for method in self.methods) or (own,)

    def spread(self, arrays: RoundArrays) -> dict[int, tuple[Floats, Floats | None]]:
        """Return, per column of a quantitative indicator, deviations (A,) and, for yes/no, chances of a reversal.

        Raises:
            UsageError: no deviation is declared for a grade that occurs.
        """
        if not self.errors:
            return {}
        grades = arrays.grades
        missing = sorted({str(grade) for grade in grades.flat} - {str(grade) for grade in self.errors})
        if missing:
            raise UsageError(f"no measurement error is declared for evidence of grade {', '.join(missing)}")
        relative = np.vectorize(lambda grade: self.errors[grade].relative, otypes=[np.float64])(grades)
        reversal = np.vectorize(lambda grade: self.errors[grade].reversal, otypes=[np.float64])(grades)
        return {
            j: (relative[:, j], reversal[:, j] if is_yes_no(indicator) else None)
            for j, indicator in enumerate(arrays.indicators)
            if j not in arrays.qualitative
        }


BLOCK_SIZE = 64
"""Draws are made in blocks of so many; it is part of what the number of a draw stands for, so it never changes."""
_LAST_DRAW = 10**12
MOST_THREADS = 1024
CHUNK_SIZE = 6 * BLOCK_SIZE
"""So many draws are scored together: with fewer, threads wait for each other; with more, for memory."""

PartRows = NDArray[Any]
"""One part of some draws: chances for errors, floats for the others."""
DrawNumbers = Mapping[DrawPart, Ints]
"""The number of the draw that each part of some draws is taken from."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Draw:
    """One draw with its result: weights (J,), counts (E,), errors (A, J), totals (A,) in points, levels (A,)."""

    number: int
    setting: ScoringSetting
    weights: Floats
    counts: Floats | None
    errors: Floats | None
    totals: Floats
    levels: NDArray[np.int8]


@dataclass(frozen=True, kw_only=True, eq=False)
class DrawResults:
    """The results of a run: totals (D, A) in points, levels (D, A), points of domains (D, A, K), by number of draw."""

    __repr__ = describe_briefly

    totals: Floats
    levels: NDArray[np.int8]
    domains: Floats


def _apply(arrays: RoundArrays, change: Change, scorer: Scorer) -> WhatIfResult:
    from smartcert.analysis.what_if import what_if  # with pandas, which draws under the rules as they are do not need

    return what_if(arrays, change, scorer)


class Draws:
    """The draws of one round under one plan. A draw is made again from the plan's seed and its number alone.

    A round in which nobody was scored is refused with a UsageError.

    >>> import smartcert
    >>> arrays = smartcert.arrays(smartcert.open_round("example"))
    >>> draws = smartcert.Draws(arrays, smartcert.Plan(weights=smartcert.WeightRange(amount=10)))
    >>> draws.run(8).totals.shape == (8, len(arrays.ids))
    True
    """

    @check_arguments
    def __init__(self, arrays: RoundArrays, plan: Plan, change: Change | None = None) -> None:
        """Take the rules as they are, or under a ``change``: then draws vary around its weights and settings."""
        if not arrays.ids:
            raise UsageError("no applicant was scored, so there is nothing to draw")
        self.arrays, self.plan = arrays, plan
        self.scorer = share_scorer(arrays)
        self._changed = None if change is None else _apply(arrays, change, self.scorer)
        self.setting = self.scorer.setting if self._changed is None else self._changed.setting
        self._points = arrays.points if self._changed is None else self._changed.weights
        self.settings = _combine_settings(self.setting, plan)
        self._errors = ErrorModel(arrays, plan.spread(arrays))
        self._block = lru_cache(maxsize=64)(self._draw_block)

    @property
    def nominal(self) -> ScoredDraws:
        """Return the result that draws vary around: the official one, or that of the change."""
        return self.scorer.official if self._changed is None else self._changed.changed

    @check_arguments
    def draw(self, number: int) -> Draw:
        """Return one draw by its number, drawn and scored again.

        Raises:
            UsageError: the number is negative, or above a million millions.
        """
        check_whole_number("number", number, 0, _LAST_DRAW)
        numbers = dict.fromkeys(DrawPart, np.array([number]))
        batch = self._batch(numbers)
        setting = self.settings[0 if batch.which is None else int(batch.which[0])]
        scored = self.scorer.score(batch)
        return Draw(
            number=number,
            setting=setting,
            weights=batch.weights[0],
            counts=None if batch.counts is None else batch.counts[0],
            errors=None if batch.chances is None else self._errors.relative(batch.chances)[:, 0].T,
            totals=scored.totals[0],
            levels=scored.levels[0],
        )

    @check_arguments
    def run(self, draws: int, threads: int | None = None, chunk: int = CHUNK_SIZE) -> DrawResults:
        """Return the draws 0 .. ``draws`` - 1, scored, ``chunk`` of them together in each thread.

        Without a number of threads there is one for each processor that may be used. Neither changes a figure.

        Raises:
            UsageError: fewer than one draw, one thread or a chunk of one is asked for, or more than fit into
                memory.
        """
        check_draws("draws", draws, 1, self.arrays)
        return self.run_mixed(dict.fromkeys(DrawPart, np.arange(draws)), threads, chunk)

    def run_mixed(self, numbers: DrawNumbers, threads: int | None = None, chunk: int = CHUNK_SIZE) -> DrawResults:
        """Return draws whose parts come from the draws of the numbers given for each part; else as `run`."""
        workers = count_processors() if threads is None else threads
        check_whole_number("threads", workers, 1, MOST_THREADS)
        values = max(len(self.arrays.ids) * len(self.arrays.names), 1)
        check_whole_number("chunk", chunk, 1, max(CHUNK_SIZE, min(MOST_REPETITIONS, MOST_RESULTS // values)))
        count = len(next(iter(numbers.values())))
        starts = range(0, count, chunk)
        chunks = [{part: own[start : start + chunk] for part, own in numbers.items()} for start in starts]
        return _join_results(self._score_chunks(chunks, workers), count)

    def _score_chunks(self, chunks: Sequence[DrawNumbers], threads: int) -> Iterator[ScoredDraws]:
        if threads == 1 or len(chunks) == 1:
            yield from map(self._score, chunks)
            return
        with ThreadPoolExecutor(threads) as pool:
            yield from pool.map(self._score, chunks)

    def _score(self, numbers: DrawNumbers) -> ScoredDraws:
        return self.scorer.score(self._batch(numbers))

    def _batch(self, numbers: DrawNumbers) -> DrawBatch:
        if any(int(own.min()) < 0 for own in numbers.values()):
            raise UsageError("the number of a draw is 0 or more")
        several = len(self.settings) > 1
        return DrawBatch(
            settings=self.settings,
            which=self._rows(DrawPart.RULES, numbers).astype(np.int64) if several else None,
            weights=self._rows(DrawPart.WEIGHTS, numbers),
            counts=self._rows(DrawPart.EVALUATORS, numbers)
            if self.plan.resample_evaluators and self.arrays.evaluators
            else None,
            errors=self._errors,
            chances=self._rows(DrawPart.ERRORS, numbers) if self.plan.errors else None,
        )

    def _rows(self, part: DrawPart, numbers: DrawNumbers) -> PartRows:
        """Return the rows of some draws of one part; draws are the first axis, of errors the second."""
        axis = 1 if part is DrawPart.ERRORS else 0
        blocks, rows = np.divmod(numbers[part], BLOCK_SIZE)
        parts = [self._take_rows(part, block, rows[blocks == block]) for block in sorted({*blocks.tolist()})]
        joined = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=axis)
        if (blocks[1:] >= blocks[:-1]).all():
            return joined
        return joined.take(np.argsort(np.argsort(blocks, kind="stable"), kind="stable"), axis=axis)

    def _take_rows(self, part: DrawPart, block: int, rows: Ints) -> PartRows:
        drawn = self._block(part, block)
        complete = rows.size == BLOCK_SIZE and bool((rows == np.arange(BLOCK_SIZE)).all())
        return drawn if complete else drawn.take(rows, axis=1 if part is DrawPart.ERRORS else 0)

    def _draw_block(self, part: DrawPart, block: int) -> PartRows:
        """Return the draws of one block of one part, from a random stream that nothing else uses."""
        stream = np.random.SeedSequence(self.plan.seed, spawn_key=(list(DrawPart).index(part), block))
        rng = np.random.Generator(np.random.PCG64(stream))
        match part:
            case DrawPart.WEIGHTS:
                return _draw_weights(self.arrays, self._points, self.plan, rng)
            case DrawPart.EVALUATORS:
                evaluators = len(self.arrays.evaluators)
                return rng.multinomial(evaluators, np.full(evaluators, 1 / evaluators), BLOCK_SIZE).astype(np.float64)
            case DrawPart.ERRORS:
                return self._draw_errors(rng)
            case DrawPart.RULES:
                return rng.integers(0, len(self.settings), BLOCK_SIZE).astype(np.float64)

    def _draw_errors(self, rng: np.random.Generator) -> PartRows:
        return self._errors.draw(rng, BLOCK_SIZE)


class SeparateDraws(Draws):
    """Draws in which nothing of one applicant depends on another: each has those that it would have alone.

    The errors of a draw are the same chances for everybody, and the shares of the columns in ``fixed`` (1, A) stay: the
    points of a rank, which the values of others could change.
    """

    def __init__(self, arrays: RoundArrays, plan: Plan, fixed: Mapping[int, Floats]) -> None:
        """Take the rules as they are."""
        super().__init__(arrays, plan)
        self._fixed = fixed

    def _batch(self, numbers: DrawNumbers) -> DrawBatch:
        return replace(super()._batch(numbers), fixed=self._fixed)

    def _draw_errors(self, rng: np.random.Generator) -> PartRows:
        return self._errors.draw_alike(rng, BLOCK_SIZE)


def check_draws(name: str, number: int, at_least: int, arrays: RoundArrays, times: int = 1) -> None:
    """Check a number of draws of a round, each stored so many ``times``; a UsageError names what is possible."""
    check_repetitions(name, number, at_least, times * len(arrays.ids) * (2 + len(arrays.edition.domains)))


def count_processors() -> int:
    """Return how many processors may be used."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _draw_weights(arrays: RoundArrays, nominal: Floats, plan: Plan, rng: np.random.Generator) -> Floats:
    """Return points per indicator (BLOCK, J) around the nominal ones (J,). What is not drawn keeps its share."""
    if plan.weights is None:
        return np.repeat(nominal[None, :], BLOCK_SIZE, axis=0)
    weighed = np.where(arrays.counted, nominal, 0.0)
    groups = [group for group in plan.weights.groups(arrays) if weighed[group].any()]
    own = np.array([weighed[group].sum() for group in groups])
    if plan.weights.range is WeightDistribution.DIRICHLET:
        drawn = rng.standard_gamma(plan.weights.amount * own / own.sum(), (BLOCK_SIZE, len(groups)))
        drawn = np.maximum(drawn, np.finfo(np.float64).tiny)
    else:
        drawn = own * (1.0 + plan.weights.amount / 100 * rng.uniform(-1.0, 1.0, (BLOCK_SIZE, len(groups))))
    drawn *= own.sum() / drawn.sum(axis=1, keepdims=True)
    weights: Floats = np.repeat(nominal[None, :], BLOCK_SIZE, axis=0)
    for place, group in enumerate(groups):  # what has no weight keeps its points
        own_part = drawn[:, place, None] * (nominal[group] / own[place])
        weights[:, group] = np.where(arrays.counted[group], own_part, nominal[group])
    return weights


def _combine_settings(own: ScoringSetting, plan: Plan) -> tuple[ScoringSetting, ...]:
    """Return every combination of the alternatives, equally likely; the official ones where a plan names none."""
    return tuple(
        replace(own, combination=combination, aggregation=aggregation, absent=absent)
        for combination, aggregation, absent in product(
            plan.combinations_of(own.combination),
            plan.aggregations or (own.aggregation,),
            plan.absents or (own.absent,),
        )
    )


def _join_results(parts: Iterator[ScoredDraws], draws: int) -> DrawResults:
    results: DrawResults | None = None
    start = 0
    for part in parts:
        if results is None:
            results = DrawResults(
                totals=np.empty((draws, *part.totals.shape[1:])),
                levels=np.empty((draws, *part.levels.shape[1:]), dtype=np.int8),
                domains=np.empty((draws, *part.domains.shape[1:]), dtype=np.float64),
            )
        end = start + part.totals.shape[0]
        results.totals[start:end] = part.totals
        results.levels[start:end] = part.levels
        results.domains[start:end] = part.domains
        start = end
    if results is None:
        raise UsageError("no draws were asked for")
    for array in (results.totals, results.levels, results.domains):
        freeze(array)
    return results
