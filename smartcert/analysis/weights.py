"""Other ways to weights, from the data or from nothing, and what each would do to levels."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from smartcert.analysis.arrays import RoundArrays
from smartcert.analysis.coherence import Standard
from smartcert.analysis.statistics import components
from smartcert.analysis.vector import Scorer
from smartcert.analysis.what_if import Change, Result, what_if
from smartcert.errors import UsageError


def equal(standard: Standard) -> pd.Series[float]:
    """Return the same weight for every indicator; weights here sum up to one."""
    number = standard.shares.shape[1]
    return pd.Series(1.0 / number, index=standard.shares.columns)


def entropy(standard: Standard) -> pd.Series[float]:
    """Return weights by Shannon's entropy: what is spread unevenly over the units weighs more.

    The share of each unit in a column's sum is taken, 0 log 0 as 0. A column of nothing weighs nothing.

    Raises:
        UsageError: fewer than two units, or nothing differs anywhere.
    """
    values = standard.shares.fillna(0.0)
    if len(values) < 2:
        raise UsageError("entropy weights need at least two units")
    sums = values.sum()
    part = values.div(sums.where(sums > 0, 1.0)).to_numpy()
    logs = np.log(np.where(part > 0, part, 1.0))
    diversity = np.where(sums > 0, 1.0 + (part * logs).sum(axis=0) / np.log(len(values)), 0.0)
    diversity = np.where(diversity < 1e-12, 0.0, diversity)
    if diversity.sum() <= 0:
        raise UsageError("no indicator differs between units, so entropy gives no weights")
    return pd.Series(diversity / diversity.sum(), index=values.columns)


def principal(standard: Standard) -> pd.Series[float]:
    """Return weights by principal components (Nicoletti, Scarpetta and Boylaud 2000).

    Components with an eigenvalue above 1 are kept; each indicator weighs by the square of its loading on the component
    where that is largest, times the share of the variance that this component explains. Constant columns weigh nothing.

    Raises:
        UsageError: fewer than two indicators that vary, or fewer than three units with every value.
    """
    explained, loadings = components(standard.shares.fillna(0.0))
    kept = explained.index[explained["eigenvalue"] > 1]
    squares = loadings[kept] ** 2
    nearest = squares.idxmax(axis=1)
    share = explained.loc[kept, "eigenvalue"] / explained.loc[kept, "eigenvalue"].sum()
    own = squares.max(axis=1) / nearest.map(squares.sum()) * nearest.map(share)
    return (own / own.sum()).reindex(standard.shares.columns).fillna(0.0)


def named_weights(standard: Standard) -> dict[str, pd.Series[float]]:
    """Return the official weights and the three others by name."""
    return {
        "official": standard.weights / standard.weights.sum(),
        "equal": equal(standard),
        "entropy": entropy(standard),
        "principal": principal(standard),
    }


def effect(
    arrays: RoundArrays, sets: Mapping[str, pd.Series[float]], scorer: Scorer | None = None
) -> tuple[pd.DataFrame, dict[str, Result]]:
    """Return what each set of weights would do: moved levels, gains, losses, mean shifts; and the whole results.

    A set may name indicators, items or domains (as experts do); what is below keeps its share.
    """
    made = scorer or Scorer(arrays)
    results = {}
    for name, weights in sets.items():
        points = {str(key): float(weight) * arrays.out_of for key, weight in (weights / weights.sum()).items()}
        results[name] = what_if(arrays, Change(weights=points), made)
    rows = {name: moved(result.table) for name, result in results.items()}
    return pd.DataFrame(rows).T.rename_axis("weights"), results


def moved(table: pd.DataFrame) -> dict[str, float]:
    """Return what a `Result.table` says in sum: levels_moved, gains, loses, points (mean), places (mean)."""
    return {
        "levels_moved": float((table["level"] != table["level_if"]).sum()),
        "gains": float((table["flips"] == "gains").sum()),
        "loses": float((table["flips"] == "loses").sum()),
        "points": float(table["moved"].abs().mean()),
        "places": float((table["place_if"] - table["place"]).abs().mean()),
    }
