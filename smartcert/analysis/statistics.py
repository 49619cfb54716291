"""What the audits ask of a table of indicators: its moments, outliers, correlations, reliability, principal components.

A table has a row per unit and a column per indicator; NaN is not there. Constant columns have no correlation: NaN.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from itertools import combinations

import numpy as np
import pandas as pd

from smartcert.analysis.arrays import Floats
from smartcert.errors import UsageError

SKEWNESS, KURTOSIS = 2.0, 3.5
"""A column is treated for outliers where it passes both (OECD/JRC Handbook on composite indicators, 2008)."""
NEGATIVE, WEAK, REDUNDANT = -0.4, 0.3, 0.9
"""Flags of correlations as COINr sets them: below, between the signs, and above."""


class Gaps(StrEnum):
    """How a statistic over several columns treats gaps; results name it."""

    PAIRWISE = "pairwise"
    LISTWISE = "listwise"


def describe(table: pd.DataFrame) -> pd.DataFrame:
    """Return per column: available (share of units), number, mean, deviation, range, skewness, kurtosis, flag.

    Skewness and excess kurtosis are the sample ones of Fisher, as in the handbook (NaN with fewer than 3 and 4 values).
    ``outliers`` flags a column that passes both limits.
    """
    made = pd.DataFrame(
        {
            "available": table.notna().mean(),
            "number": table.notna().sum(),
            "mean": table.mean(),
            "deviation": table.std(),
            "lowest": table.min(),
            "highest": table.max(),
            "skewness": table.skew(),
            "kurtosis": table.kurt(),
        }
    )
    made["outliers"] = (made["skewness"].abs() > SKEWNESS) & (made["kurtosis"] > KURTOSIS)
    return made.rename_axis("indicator")


def treat(table: pd.DataFrame, most: int = 5) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the table with outliers drawn in, and a list of every value that was changed.

    Of a flagged column the farthest value on its long side is set to the next one, at most ``most`` times, until the
    column is flagged no more (winsorising). The list has the columns unit, indicator, before, after, flagged_still.
    """
    made, changed = table.astype(np.float64).copy(), []
    for name in table.columns:
        before = made[name].to_numpy(np.float64).copy()
        after = before.copy()
        for _ in range(most):
            if not _flagged(after):
                break
            sign = 1.0 if float(np.asarray(pd.Series(after).skew())) > 0 else -1.0
            farthest = np.nanmax(sign * after)
            others = sign * after < farthest
            after[sign * after == farthest] = sign * np.nanmax((sign * after)[others])
        made[name] = after
        still = _flagged(after)
        for at in np.flatnonzero((before != after) & ~np.isnan(before)):
            changed.append((table.index[int(at)], name, before[at], after[at], still))
    return made, pd.DataFrame(changed, columns=pd.Index(["unit", "indicator", "before", "after", "flagged_still"]))


def _flagged(values: Floats) -> bool:
    return bool(describe(pd.DataFrame({"values": values}))["outliers"].to_numpy()[0])


def correlations(table: pd.DataFrame, groups: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Return every pair of columns: first, second, same_group, number, correlation, and a flag.

    Pearson's, from the units that have both values. Flags: "negative" (below -0.4) anywhere; "redundant" (above 0.9)
    anywhere; "weak" (between -0.4 and 0.3) within a group only, where things should belong together; "constant" where
    one does not vary among these units.
    """
    group = {name: key for key, names in groups.items() for name in names}
    matrix = table.corr()
    there = table.notna().to_numpy(np.int64)
    number, ratios, names = there.T @ there, matrix.to_numpy(np.float64), [str(name) for name in table.columns]
    rows = []
    for i, j in combinations(range(len(names)), 2):
        same = group.get(names[i]) is not None and group.get(names[i]) == group.get(names[j])
        value = float(ratios[i, j])
        rows.append((names[i], names[j], same, int(number[i, j]), value, _flag(value, same)))
    return pd.DataFrame(rows, columns=pd.Index(["first", "second", "same_group", "number", "correlation", "flag"]))


def _flag(value: float, same: bool) -> str:
    if np.isnan(value):
        return "constant"
    if value < NEGATIVE:
        return "negative"
    if value > REDUNDANT:
        return "redundant"
    return "weak" if same and value < WEAK else ""


def alpha(table: pd.DataFrame, gaps: Gaps = Gaps.LISTWISE, standardise: bool = False) -> float:
    """Return Cronbach's alpha of the columns.

    Listwise takes the units that have every value; pairwise takes each covariance from the units that have both.

    Raises:
        UsageError: fewer than two columns, or fewer than three units (of a pair) to take a covariance from.
    """
    if table.shape[1] < 2:
        raise UsageError("Cronbach's alpha needs at least two indicators")
    chosen = table.dropna() if gaps is Gaps.LISTWISE else table
    there = chosen.notna().astype(int)
    fewest = int((there.T @ there).to_numpy().min())
    if fewest < 3:
        raise UsageError(f"Cronbach's alpha ({gaps.value}) needs at least three units, there are {fewest}")
    covariance = (chosen.corr() if standardise else chosen.cov()).to_numpy()
    number = covariance.shape[0]
    return float(number / (number - 1) * (1 - np.trace(covariance) / covariance.sum()))


def components(table: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the principal components of the correlation matrix, and the loadings of each column on them.

    From the units that have every value. The first table has eigenvalue, share and cumulated share of the variance per
    component. Every component points to where most of its loadings are positive. Constant columns are left out of both.

    Raises:
        UsageError: fewer than two columns that vary, or fewer than three units with every value.
    """
    whole = table.dropna()
    varying = whole.loc[:, whole.std() > 0] if len(whole) >= 3 else whole.iloc[:, :0]
    if varying.shape[1] < 2:
        raise UsageError("principal components need two indicators that vary over three units with every value")
    values, vectors = np.linalg.eigh(np.corrcoef(varying.to_numpy(), rowvar=False))
    order = np.argsort(values)[::-1]
    values, vectors = np.maximum(values[order], 0.0), vectors[:, order]
    vectors = vectors * np.where(vectors.sum(axis=0) < 0, -1.0, 1.0)
    names = pd.Index(range(1, values.size + 1), name="component")
    share = values / values.sum()
    explained = pd.DataFrame({"eigenvalue": values, "share": share, "cumulated": share.cumsum()}, index=names)
    loadings = pd.DataFrame(vectors * np.sqrt(values), index=varying.columns.rename("indicator"), columns=names)
    return explained, loadings


def correlation_ratio(x: Floats, y: Floats) -> float:
    """Return the share of the variance of ``y`` that the curve of ``y`` over ``x`` explains, from 0 to 1.

    Also called the main effect or importance (Paruolo, Saisana and Saltelli 2013). The curve is a local straight line
    with a Gaussian kernel of Silverman's width; over few distinct values of ``x`` it is the mean at each.

    Raises:
        UsageError: fewer than ten units with both values.
    """
    both = ~(np.isnan(x) | np.isnan(y))
    x, y = x[both], y[both]
    if x.size < 10:
        raise UsageError(f"a correlation ratio needs at least ten units, there are {x.size}")
    if x.std() == 0 or y.std() == 0:
        return 0.0
    distinct, place = np.unique(x, return_inverse=True)
    if distinct.size <= max(2, x.size // 10):
        curve = (np.bincount(place, y) / np.bincount(place))[place]
    else:
        curve = _local_line(x, y)
    return float(np.clip(curve.var() / y.var(), 0.0, 1.0))


def _local_line(x: Floats, y: Floats) -> Floats:
    width = 1.06 * x.std() * x.size**-0.2
    away = x[None, :] - x[:, None]
    weight = np.exp(-0.5 * (away / width) ** 2)
    s0, s1, s2 = (np.sum(weight * away**power, axis=1) for power in (0, 1, 2))
    t0, t1 = (np.sum(weight * away**power * y[None, :], axis=1) for power in (0, 1))
    below = s0 * s2 - s1**2
    flat = below <= 1e-12 * s0 * s2
    line: Floats = np.where(flat, t0 / s0, (s2 * t0 - s1 * t1) / np.where(flat, 1.0, below))
    return line
