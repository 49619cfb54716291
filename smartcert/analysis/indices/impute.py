"""How are missing values of indicators filled in, and which units have too few values for that?

Shapes: N units, J indicators. Methods as in the OECD/JRC Handbook on constructing composite indicators (2008, step 2);
expectation maximisation after Little and Rubin (Statistical Analysis with Missing Data, 2002, 11.2).
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from math import isfinite
from numbers import Real

import numpy as np
import pandas as pd

from smartcert.analysis.arguments import check_number, check_numeric, check_whole_number, parse_choice
from smartcert.analysis.arrays import Floats
from smartcert.analysis.drawings import Bars
from smartcert.analysis.results import TableResult, build_result
from smartcert.argument_types import check_arguments
from smartcert.errors import UsageError

_EM_ROUNDS, _EM_SETTLED = 2000, 1e-10
"""So many rounds at most, until means and covariances, in standard deviations, move by less than that."""


class Imputation(StrEnum):
    """What a missing value is replaced by: the mean or median of the column, or of the unit's group, or EM's estimate.

    EM takes the columns as jointly normal and replaces a gap by its expectation, given the unit's other values.
    """

    NONE = "none"
    MEAN = "mean"
    MEDIAN = "median"
    GROUP_MEAN = "group_mean"
    GROUP_MEDIAN = "group_median"
    EM = "em"


BY_GROUP = (Imputation.GROUP_MEAN, Imputation.GROUP_MEDIAN)
"""Methods that need the group of each unit."""


class PanelImputation(StrEnum):
    """What a year without a value takes: the last value before it, or the line between the years around it."""

    LAST = "last"
    LINEAR = "linear"


@check_arguments
def impute(
    table: pd.DataFrame, method: Imputation = Imputation.MEAN, groups: pd.Series[str] | Sequence[object] | None = None
) -> pd.DataFrame:
    """Return a table (N, J) without gaps, but for columns or groups that have no value at all: those stay NaN.

    ``groups`` gives the group of each unit, for the methods that need one: a Series by the names of the units, in any
    order, or a list in the order of the table.

    >>> import smartcert
    >>> table = pd.DataFrame({"a": [1.0, None, 4.0, 6.0]})
    >>> smartcert.impute(table, "group_mean", groups=["x", "x", "y", "y"])["a"].tolist()
    [1.0, 1.0, 4.0, 6.0]

    Raises:
        UsageError: an unknown method, groups that are missing, not one for each unit or not wanted, or for EM too few
            units or columns that do not vary.
    """
    own, chosen = check_numeric(table), parse_choice("imputation", method, Imputation)
    if groups is not None and chosen not in BY_GROUP:
        raise UsageError(f"groups: {chosen.value} does not read them")
    if isinstance(groups, pd.Series):
        if groups.index.has_duplicates or set(groups.index) != set(own.index):
            raise UsageError("groups: a Series names each unit of the table once; a list is read in the table's order")
        groups = groups.reindex(own.index)
    keys = None if groups is None else list(groups)
    return pd.DataFrame(
        impute_columns(own.to_numpy(np.float64), chosen, keys),
        index=own.index,
        columns=own.columns,
    )


def impute_columns(values: Floats, method: Imputation, groups: list[object] | None = None) -> Floats:
    """Return columns (N, J) with their gaps filled in; errors as of `impute`."""
    if method is Imputation.NONE or not np.isnan(values).any():
        return values
    if method is Imputation.EM:
        return _expect(values)
    if method in (Imputation.MEAN, Imputation.MEDIAN):
        return _fill(values, median=method is Imputation.MEDIAN)
    if groups is None:
        raise UsageError(f"{method.value} needs the group of each unit")
    if len(groups) != len(values) or bool(pd.Series(groups, dtype=object).isna().any()):
        raise UsageError(f"{method.value} needs a group for each of {len(values)} units")
    filled = values.copy()
    for group in dict.fromkeys(groups):
        rows = np.array([other == group for other in groups])
        filled[rows] = _fill(values[rows], median=method is Imputation.GROUP_MEDIAN)
    return filled


def _fill(values: Floats, *, median: bool) -> Floats:
    filled = values.copy()
    for j in np.flatnonzero(np.isnan(values).any(axis=0)):
        gap = np.isnan(values[:, j])
        if not gap.all():
            known = values[~gap, j]
            filled[gap, j] = np.median(known) if median else known.mean()
    return filled


def _expect(values: Floats) -> Floats:
    """Return the columns with each gap at its expectation, from the EM estimates of means and covariances."""
    number, columns = values.shape
    if number < columns + 2:
        raise UsageError(f"EM over {columns} indicators needs at least {columns + 2} units, there are {number}")
    gaps = np.isnan(values)
    if (~gaps).sum(axis=0).min(initial=number) < 3:
        raise UsageError("EM needs at least three values in each indicator")
    centre, width = np.nanmean(values, axis=0), np.nanstd(values, axis=0)
    if (width <= 1e-9 * np.maximum(np.abs(centre), 1e-300)).any():
        raise UsageError("EM needs indicators that vary")
    filled = np.where(gaps, 0.0, (values - centre) / width)
    mean, covariance = np.zeros(columns), np.eye(columns)
    patterns = [np.flatnonzero((gaps == pattern).all(axis=1)) for pattern in np.unique(gaps[gaps.any(axis=1)], axis=0)]
    for _ in range(_EM_ROUNDS):
        extra = np.zeros((columns, columns))
        for rows in patterns:
            gap = gaps[rows[0]]
            slope = np.linalg.pinv(covariance[np.ix_(~gap, ~gap)]) @ covariance[np.ix_(~gap, gap)]
            filled[np.ix_(rows, np.flatnonzero(gap))] = mean[gap] + (filled[np.ix_(rows, ~gap)] - mean[~gap]) @ slope
            left = covariance[np.ix_(gap, gap)] - covariance[np.ix_(gap, ~gap)] @ slope
            extra[np.ix_(gap, gap)] += left * rows.size
        before = (mean, covariance)
        mean = filled.mean(axis=0)
        covariance = ((filled - mean).T @ (filled - mean) + extra) / number
        moved = max(float(np.abs(mean - before[0]).max()), float(np.abs(covariance - before[1]).max()))
        if moved < _EM_SETTLED:  # of the estimates: the first round moves no gap, which stands at the mean already
            break
    else:
        raise UsageError("EM did not settle: too little is known of these indicators together")
    return np.where(gaps, centre + width * filled, values)


@check_arguments
def screen_units(table: pd.DataFrame, available: float = 2 / 3, nonzero: float = 0.0) -> TableResult:
    """Return, per unit, the share of indicators with a value and with one that is not 0, and whether it has enough.

    Columns: available, nonzero (of the values that there are), enough. Exactly the limit is enough.

    >>> import smartcert
    >>> smartcert.screen_units(pd.DataFrame({"a": [1.0, None], "b": [0.0, None]}), 0.5).table["enough"].tolist()
    [True, False]

    Raises:
        UsageError: the table is none, or a limit is no share from 0 to 1.
    """
    own = check_numeric(table)
    for name, limit in (("available", available), ("nonzero", nonzero)):
        check_number(name, limit)
        if not 0 <= limit <= 1:
            raise UsageError(f"{name}: a share from 0 to 1 is wanted, not {limit!r}")
    share = own.notna().mean(axis=1).fillna(0.0)
    filled = (own.notna() & (own != 0)).sum(axis=1) / own.notna().sum(axis=1).clip(lower=1)
    enough = (share >= available - 1e-12) & (filled >= nonzero - 1e-12)
    result = pd.DataFrame({"available": share, "nonzero": filled, "enough": enough}).rename_axis("unit")
    return build_result("screening", result, Bars(columns=("available", "nonzero"), ordered=False))


@check_arguments
def impute_panel(
    table: pd.DataFrame, method: PanelImputation = PanelImputation.LAST, furthest: int | None = None
) -> pd.DataFrame:
    """Return a panel (rows by unit and year; J) with gaps filled from other years of the same unit.

    The rows are indexed by unit and year, the years numbers. ``last`` takes the last value before, at most ``furthest``
    years old; ``linear`` the line between the years around a gap, however far apart. What has none stays NaN.

    >>> import smartcert
    >>> index = pd.MultiIndex.from_product([["x"], [2020, 2021, 2023]], names=["unit", "year"])
    >>> smartcert.impute_panel(pd.DataFrame({"a": [1.0, None, 4.0]}, index=index), "linear")["a"].tolist()
    [1.0, 2.0, 4.0]

    Raises:
        UsageError: an unknown method, rows that are not by unit and year, or a distance that is none or not read.
    """
    chosen, own = parse_choice("imputation of a panel", method, PanelImputation), check_numeric(table)
    years = check_panel_years(own)
    if furthest is not None:
        check_whole_number("furthest", furthest, 1)
        if chosen is not PanelImputation.LAST:
            raise UsageError(f"furthest: {chosen.value} does not read it")
    filled = own.copy()
    units = own.index.get_level_values(0)
    for unit in units.unique():
        rows = np.flatnonzero(units == unit)
        rows = rows[np.argsort(years[rows], kind="stable")]
        for j in range(own.shape[1]):
            column = own.to_numpy()[rows, j]
            filled.iloc[rows, j] = _fill_years(years[rows], column, chosen, furthest)
    return filled


def check_panel_years(table: pd.DataFrame) -> Floats:
    """Return the year of each row; a UsageError where rows are not by unit and year, or a year is no number."""
    if table.index.nlevels != 2:
        raise UsageError("a panel has rows by unit and year (two levels of the index)")
    level = table.index.get_level_values(1)
    for year in level.unique().tolist():
        if isinstance(year, bool) or not isinstance(year, Real) or not isfinite(year):
            raise UsageError(f"the years of a panel are numbers, not {year!r}")
    return level.to_numpy(dtype=np.float64)


def _fill_years(years: Floats, values: Floats, method: PanelImputation, furthest: float | None) -> Floats:
    known = np.flatnonzero(~np.isnan(values))
    if not known.size:
        return values
    if method is PanelImputation.LINEAR:
        inside = (years >= years[known[0]]) & (years <= years[known[-1]])
        return np.where(inside & np.isnan(values), np.interp(years, years[known], values[known]), values)
    last = np.searchsorted(known, np.arange(values.size), side="right") - 1
    at = known[np.maximum(last, 0)]
    near = (last >= 0) & (years - years[at] <= (np.inf if furthest is None else furthest))
    return np.where(np.isnan(values) & near, values[at], values)
