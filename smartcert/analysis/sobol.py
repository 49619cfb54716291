"""First-order and total Sobol indices of any model on the unit cube, with bootstrap intervals.

The design is Saltelli's: two independent samples A and B of ``base`` rows, and for each of the ``k`` factors the sample
A with that one column taken from B, so base x (k + 2) runs in all. First-order indices by Saltelli et al. (2010), total
ones by Jansen (1999).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from smartcert.analysis.arrays import Floats
from smartcert.errors import UsageError

_RESAMPLES = 500
_LEAST = 16


@dataclass(frozen=True, kw_only=True, eq=False)
class Design:
    """Where to run the model: ``points`` (base x (k + 2), k) holds A, B, then A with column 1 of B, and so on."""

    factors: tuple[str, ...]
    base: int
    points: Floats

    @property
    def runs(self) -> int:
        """Return how often the model must be run."""
        return self.base * (len(self.factors) + 2)


@dataclass(frozen=True, kw_only=True, eq=False)
class Indices:
    """A table with a row per factor: first, first_low, first_high, total, total_low, total_high (95 % bootstrap)."""

    table: pd.DataFrame
    runs: int
    mean: float
    variance: float


def design(factors: Sequence[str], base: int, seed: int = 1) -> Design:
    """Return a design on the unit cube. A and B are stratified in every column (Latin hypercubes).

    Raises:
        UsageError: no factor, one that is named twice, or fewer than 16 rows.
    """
    names = tuple(factors)
    if not names or len(set(names)) != len(names):
        raise UsageError(f"a design needs factors with different names, not {list(names)}")
    if base < _LEAST:
        raise UsageError(f"a design needs at least {_LEAST} rows, not {base}")
    rng = np.random.default_rng(seed)
    first, second = (_latin(rng, base, len(names)) for _ in range(2))
    mixed = [_exchanged(first, second, column) for column in range(len(names))]
    return Design(factors=names, base=base, points=np.concatenate([first, second, *mixed]))


def indices(made: Design, outputs: Sequence[float] | Floats, seed: int = 1) -> Indices:
    """Return the indices from the model's outputs, one per row of the design in its order.

    Raises:
        UsageError: the design is not Saltelli's, outputs are missing or no finite numbers, or they do not vary at all.
    """
    _hold_design(made)
    values = np.asarray(outputs, dtype=np.float64)
    if values.shape != (made.runs,):
        raise UsageError(f"the design has {made.runs} runs, but there are outputs of shape {values.shape}")
    if not np.isfinite(values).all():
        raise UsageError(f"{int((~np.isfinite(values)).sum())} of {made.runs} outputs are no finite numbers")
    blocks = values.reshape(len(made.factors) + 2, made.base)
    variance = float(blocks[:2].var())
    if variance <= 1e-24 * max(1.0, float(np.abs(values).max())) ** 2:
        raise UsageError("the outputs do not vary, so there is no variance to share out")
    rng = np.random.default_rng(seed)
    rows = rng.integers(0, made.base, (_RESAMPLES, made.base))
    first, total = _estimates(blocks)
    with np.errstate(invalid="ignore", divide="ignore"):
        again = np.array([_estimates(blocks[:, row]) for row in rows])
    low, high = np.nanpercentile(again, [2.5, 97.5], axis=0)
    table = pd.DataFrame(
        {
            "first": first,
            "first_low": low[0],
            "first_high": high[0],
            "total": total,
            "total_low": low[1],
            "total_high": high[1],
        },
        index=pd.Index(made.factors, name="factor"),
    )
    return Indices(table=table, runs=made.runs, mean=float(blocks[:2].mean()), variance=variance)


def _estimates(blocks: Floats) -> tuple[Floats, Floats]:
    a, b, mixed = blocks[0], blocks[1], blocks[2:]
    centre = blocks[:2].mean()
    variance = blocks[:2].var()
    first = ((b - centre) * (mixed - a)).mean(axis=1) / variance
    total = ((a - mixed) ** 2).mean(axis=1) / (2 * variance)
    return first, total


def _hold_design(made: Design) -> None:
    count = len(made.factors)
    if made.points.shape != (made.runs, count):
        raise UsageError(f"a design of {made.base} rows and {count} factors has {made.runs} x {count} points")
    blocks = made.points.reshape(count + 2, made.base, count)
    if (blocks[0] == blocks[1]).any(axis=1).all():
        raise UsageError("the two samples of the design are not independent of each other")
    for column in range(count):
        if not np.array_equal(blocks[column + 2], _exchanged(blocks[0], blocks[1], column)):
            name = made.factors[column]
            raise UsageError(f"the sample of '{name}' is not the first one with that column of the second")


def _exchanged(first: Floats, second: Floats, column: int) -> Floats:
    made = first.copy()
    made[:, column] = second[:, column]
    return made


def _latin(rng: np.random.Generator, rows: int, columns: int) -> Floats:
    places = np.stack([rng.permutation(rows) for _ in range(columns)], axis=1)
    made: Floats = (places + rng.random((rows, columns))) / rows
    return made
