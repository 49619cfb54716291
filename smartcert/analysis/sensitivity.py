"""Which uncertainty moves a result most? Sobol indices, of any model on the unit cube and of the parts of a plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from smartcert.analysis.arguments import check_repetitions, check_whole_number
from smartcert.analysis.arrays import Floats, RoundArrays
from smartcert.analysis.drawings import Drawing, Intervals
from smartcert.analysis.monte_carlo import DrawPart, DrawResults, Draws, Plan, check_draws
from smartcert.analysis.results import Result, describe_columns
from smartcert.analysis.sobol_sequence import MAX_DIMENSIONS, build_sobol_points
from smartcert.analysis.vectorised import NOT_JUDGED
from smartcert.analysis.what_if import Change
from smartcert.argument_types import check_arguments
from smartcert.errors import UsageError
from smartcert.lazy_dataclass import dataclass
from smartcert.representation import describe_briefly

_BOOTSTRAP_RESAMPLES = 500
MIN_BASE = 16


@dataclass(frozen=True, kw_only=True, eq=False)
class SobolDesign:
    """Where to run the model: ``points`` (base x (k + 2), k) holds A, B, then A with column 1 of B, and so on."""

    __repr__ = describe_briefly

    factors: tuple[str, ...]
    base: int
    points: Floats

    @property
    def runs(self) -> int:
        """Return how often the model must be run."""
        return self.base * (len(self.factors) + 2)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SobolIndices(Result):
    """A table with a row per factor: first, first_low, first_high, total, total_low, total_high (95 % bootstrap)."""

    table: pd.DataFrame
    runs: int
    mean: float
    variance: float
    kind: str = "sensitivity"

    @property
    def drawing(self) -> Drawing:
        """Return how the table is drawn: the total indices with their intervals."""
        return Intervals(value="total", low="total_low", high="total_high", lines=(0.0,))


def build_design(factors: Sequence[str], base: int, seed: int = 1) -> SobolDesign:
    """Return Saltelli's design on the unit cube, with samples A and B of one Sobol sequence, shifted by the seed.

    At equal runs its indices err several times less than those of Latin hypercubes (`tests/analysis/test_sensitivity`).

    Raises:
        UsageError: no factor, one that is named twice, too many of them, fewer than 16 rows, or a number of rows that
            is no power of two.
    """
    names = tuple(factors)
    if not names or len(set(names)) != len(names):
        raise UsageError(f"a design needs factors with different names, not {list(names)}")
    check_repetitions("base", base, MIN_BASE, len(names) * (len(names) + 2))
    if 2 * len(names) > MAX_DIMENSIONS:
        raise UsageError(f"a design has at most {MAX_DIMENSIONS // 2} factors, not {len(names)}")
    points = build_sobol_points(base, 2 * len(names), seed)
    first, second = points[:, : len(names)], points[:, len(names) :]
    mixed = [_replace_column(first, second, column) for column in range(len(names))]
    return SobolDesign(factors=names, base=base, points=np.concatenate([first, second, *mixed]))


def estimate_indices(design: SobolDesign, outputs: Sequence[float] | Floats, seed: int = 1) -> SobolIndices:
    """Return first-order and total indices from the model's outputs (runs,), one per row of the design.

    Estimators of Saltelli et al. (2010, first order) and Jansen (1999, total); intervals are the 2.5th and 97.5th
    percentile of 500 bootstrap samples of the rows.

    Raises:
        UsageError: the design is not Saltelli's, outputs are missing or no finite numbers, or they do not vary at all.
    """
    _check_design(design)
    values = np.asarray(outputs, dtype=np.float64)
    if values.shape != (design.runs,):
        raise UsageError(f"the design has {design.runs} runs, but there are outputs of shape {values.shape}")
    if not np.isfinite(values).all():
        raise UsageError(f"{int((~np.isfinite(values)).sum())} of {design.runs} outputs are no finite numbers")
    blocks = values.reshape(len(design.factors) + 2, design.base)
    variance = float(blocks[:2].var())
    if variance <= 1e-24 * max(1.0, float(np.abs(values).max())) ** 2:
        raise UsageError("the outputs do not vary, so there is no variance to share out")
    rng = np.random.default_rng(seed)
    rows = rng.integers(0, design.base, (_BOOTSTRAP_RESAMPLES, design.base))
    first, total = _estimate_blocks(blocks)
    with np.errstate(invalid="ignore", divide="ignore"):
        resampled = np.array([_estimate_blocks(blocks[:, row]) for row in rows])
    low, high = np.nanpercentile(resampled, [2.5, 97.5], axis=0)
    table = pd.DataFrame(
        {
            "first": first,
            "first_low": low[0],
            "first_high": high[0],
            "total": total,
            "total_low": low[1],
            "total_high": high[1],
        },
        index=pd.Index(design.factors, name="factor"),
    )
    describe_columns(table, "sensitivity")
    return SobolIndices(table=table, runs=design.runs, mean=float(blocks[:2].mean()), variance=variance)


def _estimate_blocks(blocks: Floats) -> tuple[Floats, Floats]:
    a, b, mixed = blocks[0], blocks[1], blocks[2:]
    centre = blocks[:2].mean()
    variance = blocks[:2].var()
    first = ((b - centre) * (mixed - a)).mean(axis=1) / variance
    total = ((a - mixed) ** 2).mean(axis=1) / (2 * variance)
    return first, total


def _check_design(design: SobolDesign) -> None:
    count = len(design.factors)
    if design.points.shape != (design.runs, count):
        raise UsageError(f"a design of {design.base} rows and {count} factors has {design.runs} x {count} points")
    blocks = design.points.reshape(count + 2, design.base, count)
    if (blocks[0] == blocks[1]).any(axis=1).all():
        raise UsageError("the two samples of the design are not independent of each other")
    for column in range(count):
        if not np.array_equal(blocks[column + 2], _replace_column(blocks[0], blocks[1], column)):
            name = design.factors[column]
            raise UsageError(f"the sample of '{name}' is not the first one with that column of the second")


def _replace_column(first: Floats, second: Floats, column: int) -> Floats:
    replaced = first.copy()
    replaced[:, column] = second[:, column]
    return replaced


Output = Callable[[DrawResults, RoundArrays, Draws], Floats]
"""What is looked at of some draws: returns one number per draw (D,) from results, arrays and the draws themselves."""


def count_certified(results: DrawResults, _: RoundArrays, draws: Draws) -> Floats:
    """Return how many applicants are certified in each draw."""
    certified = (results.levels != NOT_JUDGED) & (results.levels <= draws.setting.certified_from)
    count: Floats = certified.sum(axis=1).astype(np.float64)
    return count


def mean_level_shift(results: DrawResults, _: RoundArrays, draws: Draws) -> Floats:
    """Return by how many levels an applicant is away from its official one, on average; not judged counts as worst."""
    official = draws.nominal.levels[0].astype(np.float64)
    drawn = np.where(results.levels == NOT_JUDGED, draws.setting.worst, results.levels)
    shift: Floats = np.abs(drawn - official).mean(axis=1)
    return shift


def applicant_total(applicant: str) -> Output:
    """Return the output that is one applicant's total; 0 where it is not judged."""

    def output(results: DrawResults, arrays: RoundArrays, _: Draws) -> Floats:
        if applicant not in arrays.ids:
            raise UsageError(f"'{applicant}' was not scored")
        return np.nan_to_num(results.totals[:, arrays.ids.index(applicant)])

    return output


@check_arguments
def sensitivity(
    arrays: RoundArrays,
    plan: Plan,
    output: Output = mean_level_shift,
    base: int = 256,
    seed: int = 1,
    change: Change | None = None,
) -> SobolIndices:
    """Return the Sobol indices of an output over the parts that vary in a plan.

    Each part is one factor, a trigger that picks its draw (Saisana, Saltelli and Tarantola 2005): the rows of the first
    sample stand for the draws 0 to base - 1 and those of the second for the next ``base`` ones, so that
    base x (parts + 2) draws are scored. Under a ``change`` of the rules all of it is around that change.

    >>> import smartcert
    >>> arrays = smartcert.arrays(smartcert.open_round("example"))
    >>> smartcert.sensitivity(arrays, smartcert.Plan(), base=16).table["total"].idxmax()
    'evaluators'

    Raises:
        UsageError: nothing varies, or the output does not.
    """
    check_whole_number("seed", seed, 0)
    parts = plan.parts
    if not parts:
        raise UsageError("nothing varies in this plan, so there is nothing to share out")
    check_draws("base", base, MIN_BASE, arrays, len(parts) + 2)
    design = build_design([part.value for part in parts], base, seed)
    own, other = np.arange(base), np.arange(base, 2 * base)
    numbers = {
        part: np.concatenate([own, other, *(other if part is moved else own for moved in parts)])
        if part in parts
        else np.zeros(design.runs, dtype=np.int64)
        for part in DrawPart
    }
    draws = Draws(arrays, plan, change)
    return estimate_indices(design, output(draws.run_mixed(numbers), arrays, draws), seed)
