"""An index over several years: values and ranks of every year on one scale, and trends.

A panel has a row per unit and year (two levels of the index, the years numbers).
"""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property

import numpy as np
import pandas as pd

from smartcert.analysis.arguments import check_whole_number, parse_choice
from smartcert.analysis.arrays import Floats
from smartcert.analysis.drawings import Drawing, Moves
from smartcert.analysis.indices.impute import PanelImputation, check_panel_years, impute_panel
from smartcert.analysis.indices.index import Index, IndexMethod, round_values
from smartcert.analysis.ranks import competition_ranks_of
from smartcert.analysis.results import Result, describe_columns
from smartcert.argument_types import check_arguments, check_fields
from smartcert.errors import UsageError
from smartcert.lazy_dataclass import dataclass
from smartcert.representation import count_things


class Trend(StrEnum):
    """How a change over the years is measured, from the years with a value.

    ``cagr``: the yearly rate of growth from the first year to the last, of values above 0. ``change``: the difference
    of last and first per year, over the absolute first. ``slope``: of the line of least squares, per year.
    """

    CAGR = "cagr"
    CHANGE = "change"
    SLOPE = "slope"


@dataclass(frozen=True, kw_only=True, eq=False)
class IndexPanel(Result):
    """An index of every year. ``index`` has a row per unit and year; scales and treatment are over all years together.

    >>> import smartcert
    >>> rows = pd.MultiIndex.from_product([["x", "y"], [2020, 2021]], names=["unit", "year"])
    >>> data = pd.DataFrame({"a": [0.0, 3.0, 1.0, 2.0]}, index=rows)
    >>> structure = pd.DataFrame({"name": ["i", "a"], "parent": ["", "i"]})
    >>> panel = smartcert.IndexPanel.from_tables(data, structure)
    >>> panel.ranks().loc["x"].to_dict()
    {2020: 2.0, 2021: 1.0}
    >>> panel.trends("slope").loc["x"].to_dict()
    {'i': 1.0}
    """

    index: Index

    def __post_init__(self) -> None:
        """Check that the index is one, of units and years.

        Raises:
            UsageError: it is none.
        """
        check_fields(self, "index")
        check_panel_years(self.index.data)

    @classmethod
    @check_arguments
    def from_tables(
        cls,
        data: pd.DataFrame,
        structure: pd.DataFrame,
        method: IndexMethod | None = None,
        impute: PanelImputation | None = None,
        furthest: int | None = None,
    ) -> IndexPanel:
        """Return the index of a panel; with ``impute`` gaps are first filled from other years (`impute_panel`).

        Raises:
            UsageError: the rows are not by unit and year, an unknown choice, or ``furthest`` where nothing reads it.
            InputError: every problem of the structure, then every problem of the data.
        """
        if not isinstance(data, pd.DataFrame):
            raise UsageError(f"the data are a DataFrame, not {type(data).__name__}")
        check_panel_years(data)
        if furthest is not None and impute is None:
            raise UsageError("furthest: it is read where gaps are filled from other years; give impute")
        own = Index.from_tables(data, structure, method)
        if impute is not None:
            names = [name for name in own.calculator.names if name] if own.calculator else []
            filled = data.assign(
                **{str(name): column for name, column in impute_panel(data[names], impute, furthest).items()}
            )
            own = Index.from_tables(filled, structure, method)
        return cls(index=own)

    def __repr__(self) -> str:
        return f"IndexPanel({self.index!r}, {count_things(len(np.unique(self._years)), 'year')})"

    @property
    def kind(self) -> str:
        """Return the name of the table in the catalogue of columns."""
        return "years_of_index"

    @cached_property
    def table(self) -> pd.DataFrame:
        """Return a row per unit: first and latest value of the index, its ranks in these years, and the slope.

        First and latest are the first and the last year of the panel; a unit without a value then has none.
        """
        values, ranks = self.values(), self.ranks()
        first, latest = min(values.columns), max(values.columns)
        columns = {"first": values[first], "latest": values[latest]}
        columns |= {"rank_first": ranks[first], "rank_latest": ranks[latest]}
        columns["slope"] = self.trends(Trend.SLOPE)[self.index.root.name]
        return describe_columns(pd.DataFrame(columns, index=values.index), self.kind)

    @property
    def drawing(self) -> Drawing:
        """Return how the table is drawn: from the rank in the first year to that in the last."""
        return Moves(before="rank_first", after="rank_latest", ascending=True)

    @cached_property
    def _years(self) -> Floats:
        return check_panel_years(self.index.data)

    @check_arguments
    def values(self, of: str | None = None) -> pd.DataFrame:
        """Return the values of the index, or of a group or indicator: a row per unit, a column per year.

        Raises:
            UsageError: no such group or indicator.
        """
        return describe_columns(self._by_year(self.index.column(of)), "panel_values")

    @check_arguments
    def ranks(self, of: str | None = None, digits: int | None = None) -> pd.DataFrame:
        """Return the ranks within each year: a row per unit, a column per year; 1 is best, ties share the better rank.

        Raises:
            UsageError: no such group or indicator, or digits that are no whole number.
        """
        values = self.values(of)
        ranks = {year: competition_ranks_of(round_values(values[year].to_numpy(np.float64), digits)) for year in values}
        table = pd.DataFrame(ranks, index=values.index)
        table.columns.name = values.columns.name
        return describe_columns(table, "panel_ranks")

    def _by_year(self, values: Floats) -> pd.DataFrame:
        table = pd.Series(values, index=self.index.data.index).unstack(level=1)
        return table.reindex(self.index.data.index.get_level_values(0).unique())

    @check_arguments
    def trends(self, measure: Trend = Trend.CAGR, *, of_data: bool = False, latest: int | None = None) -> pd.DataFrame:
        """Return the trend of every group (or, ``of_data``, of every indicator as measured): a row per unit.

        ``latest`` takes only so many of the last years with a value. Fewer than two values have no trend (NaN), nor has
        a growth rate from or to a value of 0 or less, or a change from 0.

        Raises:
            UsageError: an unknown measure, or fewer than two years.
        """
        chosen = parse_choice("trend", measure, Trend)
        if latest is not None:
            check_whole_number("latest", latest, 2)
        source = self.index.stages.denominated if of_data else self.index.values
        columns = {}
        for name in source.columns:
            table = self._by_year(source[name].to_numpy(np.float64))
            years = table.columns.to_numpy(dtype=np.float64)
            columns[name] = [_measure_trend(years, row, chosen, latest) for row in table.to_numpy(np.float64)]
        table = pd.DataFrame(columns, index=self.index.data.index.get_level_values(0).unique())
        return describe_columns(table, f"panel_{chosen.value}")


def _measure_trend(years: Floats, values: Floats, measure: Trend, latest: int | None) -> float:
    known = np.flatnonzero(~np.isnan(values))
    known = known[np.argsort(years[known], kind="stable")]
    known = known if latest is None else known[-latest:]
    if known.size < 2:
        return float("nan")
    x, y = years[known], values[known]
    span, first, last = float(x[-1] - x[0]), float(y[0]), float(y[-1])
    match measure:
        case Trend.CAGR:
            return (last / first) ** (1 / span) - 1 if first > 0 and last > 0 else float("nan")
        case Trend.CHANGE:
            return (last - first) / abs(first) / span if first else float("nan")
        case Trend.SLOPE:
            centred = x - x.mean()
            return float((centred * (y - y.mean())).sum() / (centred**2).sum())
