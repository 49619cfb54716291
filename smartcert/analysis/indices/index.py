"""Any composite index from two plain tables: the data of its units, and the structure of its indicators.

`smartcert.analysis.indices.structure` lists the columns of the structure. Values are divided (``per``), screened,
imputed, put as logarithms where the structure says so, treated for outliers, brought onto a scale and combined up to
the index, in this order; `IndexMethod` lists the choices of each step, and `Index.change` takes others.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import fields, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from smartcert.analysis.arguments import (
    check_number,
    check_repetitions,
    check_weights,
    check_whole_number,
    parse_choice,
    read_floats,
)
from smartcert.analysis.arrays import Bools, Floats
from smartcert.analysis.drawings import Bars, Drawing
from smartcert.analysis.indices.aggregate import IndexAggregation, combine_columns
from smartcert.analysis.indices.coherence import IndicatorTable, TotalsSource
from smartcert.analysis.indices.impute import BY_GROUP, Imputation, impute_columns
from smartcert.analysis.indices.normalisation import Normalisation, Scale, rescale_column
from smartcert.analysis.indices.structure import Effect, IndexGroup, IndexIndicator, check_data, read_structure
from smartcert.analysis.indices.treat import Treatment, Treatments, resolve_treatments, treat_columns
from smartcert.analysis.ranks import competition_ranks_of, percentile_interval, round_half_up, varies
from smartcert.analysis.results import Result, describe_columns, describe_series
from smartcert.analysis.scales import TOLERANCE
from smartcert.argument_types import check_arguments, check_fields
from smartcert.errors import UsageError, suggest
from smartcert.lazy_dataclass import dataclass
from smartcert.representation import count_things

__all__ = ["Index", "IndexMethod", "IndexStages"]
_CACHED_STEPS = 64
_MOST_DIGITS = 15


@dataclass(frozen=True, kw_only=True)
class IndexMethod:
    """The choices of an index beyond its structure; None and nothing mean as the structure has it.

    - ``available`` and ``nonzero``: the share of indicators with a value, and of these with one that is not 0, below
      which a unit is left out (`screen_units`); indicators that are left out do not count;
    - ``impute``: an `Imputation`; ``groups`` names the column of the data with the group of each unit; EM looks at the
      indicators of each item together;
    - ``treat``: a `Treatment` of outliers for all indicators, or one by indicator;
    - ``scale``: a `Scale` or the name of a `Normalisation` for all indicators, or one by indicator;
    - ``weights``: by the name of an indicator or group, among the parts of its group;
    - ``mean``: an `IndexAggregation` for all groups, or one by group; ``power`` that of a power mean;
    - ``leave_out``: names of indicators and groups that are left out.

    >>> import smartcert
    >>> smartcert.IndexMethod(impute="mean", treat=smartcert.Treatment(most=3), mean="geometric").mean
    <IndexAggregation.GEOMETRIC: 'geometric'>
    """

    available: float = 0.0
    nonzero: float = 0.0
    impute: Imputation = Imputation.NONE
    groups: str | None = None
    treat: Treatments = None
    scale: Scale | str | Mapping[str, Scale | str] | None = None
    weights: Mapping[str, float] | None = None
    mean: IndexAggregation | str | Mapping[str, IndexAggregation | str] | None = None
    power: float | None = None
    leave_out: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Read choices that are given by value, and check every number.

        Raises:
            UsageError: an unknown choice, or a number that is none.
        """
        check_fields(self, "groups")
        for name in ("available", "nonzero"):
            check_number(name, getattr(self, name))
            if not 0 <= getattr(self, name) <= 1:
                raise UsageError(f"{name}: a share from 0 to 1 is wanted, not {getattr(self, name)!r}")
        object.__setattr__(self, "impute", parse_choice("imputation", self.impute, Imputation))
        if self.impute in BY_GROUP and self.groups is None:
            raise UsageError(f"{self.impute.value}: groups names the column with the group of each unit")
        if not (self.treat is None or isinstance(self.treat, Treatment | Mapping)):
            raise UsageError(f"treat: a Treatment, or one by indicator, is wanted, not {self.treat!r}")
        if isinstance(self.treat, Mapping):
            resolve_treatments(self.treat, list(self.treat))
            object.__setattr__(self, "treat", dict(self.treat))
        object.__setattr__(self, "scale", _parse_each(self.scale, _parse_scale))
        object.__setattr__(self, "mean", _parse_each(self.mean, _parse_mean))
        if self.weights is not None:
            check_weights("weights", self.weights)
            object.__setattr__(self, "weights", dict(self.weights))
        if self.power is not None:
            check_number("power", self.power)
        object.__setattr__(self, "leave_out", parse_names(self.leave_out))


def parse_names(names: object) -> tuple[str, ...]:
    """Return names given as a list, or as one; a UsageError where they are none."""
    parsed = (
        (names,) if isinstance(names, str) else tuple(names) if isinstance(names, list | tuple | pd.Index) else (None,)
    )
    if not all(isinstance(name, str) for name in parsed):
        raise UsageError(f"names are texts, not {names!r}")
    return tuple(str(name) for name in parsed)


def _parse_each(value: object, parse: Any) -> Any:
    if value is None:
        return None
    return {key: parse(choice) for key, choice in value.items()} if isinstance(value, Mapping) else parse(value)


def _parse_scale(value: object) -> Scale:
    return value if isinstance(value, Scale) else Scale(method=parse_choice("normalisation", value, Normalisation))


def _take_logarithms(name: str, scale: Scale) -> Scale:
    """Return a scale with its bounds on the logarithms that an indicator is put as."""
    for bound in (scale.low, scale.high):
        if bound <= 0:
            raise UsageError(f"'{name}': a bound of more than 0 is wanted, not {bound}, as its logarithm is taken")
    return replace(scale, low=float(np.log(scale.low)), high=float(np.log(scale.high)))


def _parse_mean(value: object) -> IndexAggregation:
    return parse_choice("mean", value, IndexAggregation)


@dataclass(frozen=True, kw_only=True, eq=False)
class IndexStages:
    """The indicators (N, J) after each step, and ``screened``: the units that were left out for want of values."""

    raw: pd.DataFrame
    denominated: pd.DataFrame
    imputed: pd.DataFrame
    treated: pd.DataFrame
    normalised: pd.DataFrame
    screened: tuple[Hashable, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Index(Result):
    """A composite index: a value for every unit and every node of the hierarchy.

    >>> import pandas as pd
    >>> import smartcert
    >>> data = pd.DataFrame({"health": [0.0, 1.0, 2.0], "income": [4.0, 6.0, 5.0]}, index=["x", "y", "z"])
    >>> structure = pd.DataFrame({"name": ["index", "health", "income"], "parent": ["", "index", "index"]})
    >>> index = smartcert.Index.from_tables(data, structure)
    >>> index.ranks().to_dict()
    {'x': 3.0, 'y': 1.0, 'z': 1.0}
    >>> by_weight = index.change(mean="geometric", scale=smartcert.Scale(bottom=1, top=100), weights={"income": 3})
    >>> by_weight.ranks().to_dict()
    {'x': 3.0, 'y': 1.0, 'z': 2.0}
    """

    data: pd.DataFrame
    root: IndexGroup
    method: IndexMethod = IndexMethod()
    calculator: IndexCalculator | None = None
    """Computes the steps; an index with other choices of the same tables shares it."""

    def __post_init__(self) -> None:
        """Check the choices against the tables.

        Raises:
            UsageError: a choice names what the structure or the data do not have, or nothing would be left.
        """
        if self.calculator is None:
            object.__setattr__(self, "calculator", IndexCalculator(self.data, self.root))
        self._calculator.check(self.method)

    def __repr__(self) -> str:
        number = sum(1 for _ in self.root.indicators())
        return f"Index({self.root.name!r}: {count_things(len(self.data), 'unit')}, {count_things(number, 'indicator')})"

    @classmethod
    @check_arguments
    def from_tables(cls, data: pd.DataFrame, structure: pd.DataFrame, method: IndexMethod | None = None) -> Index:
        """Return the index of a table of indicators (a row per unit) and its structure.

        >>> data = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [30.0, 20.0, 10.0]}, index=["x", "y", "z"])
        >>> rows = [("i", ""), ("a", "i"), ("b", "i")]
        >>> index = Index.from_tables(data, pd.DataFrame(rows, columns=["name", "parent"]))
        >>> index.values["i"].tolist()
        [0.5, 0.5, 0.5]

        Raises:
            InputError: every problem of the structure, then every problem of the data.
            UsageError: a choice of the method that does not fit them.
        """
        if not isinstance(data, pd.DataFrame):
            raise UsageError(f"the data are a DataFrame, not {type(data).__name__}")
        if not len(data):
            raise UsageError("the data have no unit, so there is nothing to compute")
        root = read_structure(structure, data.columns)
        check_data(data, root)
        return cls(data=data.copy(), root=root, method=method or IndexMethod())

    def change(self, **choices: Any) -> Index:
        """Return the index with other choices of `IndexMethod`; what is not named stays.

        Raises:
            UsageError: an unknown choice or value.
        """
        known = [field.name for field in fields(IndexMethod)]
        for name in choices:
            if name not in known:
                raise UsageError(f"no choice '{name}'{suggest(name, known)}; there are: {', '.join(known)}")
        return replace(self, method=replace(self.method, **choices))

    def compute(self, method: IndexMethod) -> Floats:
        """Return the values (N,) of the index under other choices: a step of an uncertainty analysis, without frames.

        Raises:
            UsageError: the choices do not fit, or the values have no such mean.
        """
        return self._calculator.run(method)[self.root.name]

    def list_means(self, method: IndexMethod) -> list[IndexAggregation]:
        """Return how the parts of each group are combined under other choices, the index itself first."""
        return [self._calculator.mean_of(group, method) for group in self.root.groups()]

    @property
    def _calculator(self) -> IndexCalculator:
        if self.calculator is None:
            raise AssertionError("an index has a calculator from its start")
        return self.calculator

    @property
    def stages(self) -> IndexStages:
        """Return the indicators after each step, as frames of your own."""
        own = self._calculator
        steps = own.prepare(self.method)
        frames = [pd.DataFrame(step, index=self.data.index, columns=own.names) for step in steps.tables]
        screened = tuple(self.data.index[~steps.enough])
        return IndexStages(
            **dict(zip(("raw", "denominated", "imputed", "treated", "normalised"), frames, strict=True)),
            screened=screened,
        )

    @property
    def kind(self) -> str:
        """Return the name of the table in the catalogue of columns."""
        return "index"

    @cached_property
    def table(self) -> pd.DataFrame:
        """Return a row per unit: its rank, and the values of the index and of every group."""
        return describe_columns(self.values.assign(rank=self.ranks())[["rank", *self._official.columns]], "index")

    @property
    def drawing(self) -> Drawing:
        """Return how the table is drawn: the value of the index, best first."""
        return Bars(columns=(self.root.name,))

    @property
    def normal(self) -> pd.DataFrame:
        """Return the indicators (N units, J) on the scale of the index, as a frame of your own."""
        return describe_columns(self._normal.copy(), "index_normal")

    @cached_property
    def _normal(self) -> pd.DataFrame:
        values = self._calculator.prepare(self.method).tables[-1]
        return pd.DataFrame(values, index=self.data.index, columns=self._calculator.names)

    @property
    def values(self) -> pd.DataFrame:
        """Return the values of all groups and, first, of the index itself; NaN where too little is available."""
        return describe_columns(self._official.copy(), "index_values")

    @cached_property
    def _official(self) -> pd.DataFrame:
        values = self._calculator.run(self.method)
        names = [group.name for group in self.root.groups() if group.name in values]
        return pd.DataFrame({name: values[name] for name in names}, index=self.data.index)

    @check_arguments
    def ranks(self, digits: int | None = None, *, of: str | None = None, within: str | None = None) -> pd.Series[float]:
        """Return the ranks (N units,) of the index, or of the group or indicator ``of``: 1 is best.

        Ties share the better rank (1, 2, 2, 4), as published indices rank them: nobody is behind an equal. With
        ``digits`` the value is first rounded half-up (a half away from zero), because those are ranked by the figure
        that they print. Values that differ only by the error of floats are ties. A unit without a value has no rank.
        ``within`` names a column of the data: units are ranked among those with the same entry.

        Raises:
            UsageError: ``digits`` is no whole number of 0 or more, or a name that is none.
        """
        values = round_values(self.column(of), digits)
        if within is None:
            return describe_series(
                pd.Series(competition_ranks_of(values), index=self.data.index), "index_ranks", "rank"
            )
        if within not in self.data.columns:
            raise UsageError(f"no column '{within}' of the data{suggest(within, map(str, self.data.columns))}")
        ranks = np.full(values.shape, np.nan)
        for _, rows in self.data.reset_index(drop=True).groupby(within, sort=False).groups.items():
            at = np.asarray(rows, dtype=np.int64)
            ranks[at] = competition_ranks_of(values[at])
        return describe_series(pd.Series(ranks, index=self.data.index), "index_ranks", "rank")

    @check_arguments
    def levels(
        self, bounds: Mapping[str, float], otherwise: str, *, digits: int | None = None, of: str | None = None
    ) -> pd.Series[str]:
        """Return the level of each unit: the first of ``bounds``, from high to low, that its value reaches.

        Exactly a bound reaches it. With ``digits`` the value is first rounded half-up. A unit without a value has none.

        >>> data = pd.DataFrame({"a": [0.0, 0.7, 1.0]}, index=["x", "y", "z"])
        >>> structure = pd.DataFrame({"name": ["i", "a"], "parent": ["", "i"]})
        >>> Index.from_tables(data, structure).levels({"high": 0.7}, "low").tolist()
        ['low', 'high', 'high']

        Raises:
            UsageError: bounds that are no numbers or do not descend, or a name that is none.
        """
        if not bounds:
            raise UsageError("bounds: the lowest value by the name of a level is wanted")
        for name, bound in bounds.items():
            check_number(f"bound of '{name}'", bound)
        ordered = list(bounds.values())
        if any(better <= worse for better, worse in pairwise(ordered)):
            raise UsageError(f"bounds are lower from level to level, not {ordered}")
        values = round_values(self.column(of), digits)
        largest = float(np.abs(np.nan_to_num(values)).max(initial=0.0))
        names = np.full(values.shape, otherwise, dtype=object)
        for name, bound in reversed(list(bounds.items())):
            names[values >= bound - TOLERANCE * min(largest, max(1.0, abs(bound)))] = name
        names[np.isnan(values)] = None
        return describe_series(pd.Series(names, index=self.data.index, dtype="string"), "index_levels", "level")

    @check_arguments
    def describe_unit(self, unit: Hashable, digits: int | None = None) -> pd.DataFrame:
        """Return a row per group and indicator with the unit's value, its rank, and the mean of all units.

        Raises:
            UsageError: no such unit.
        """
        at, rows = self._locate(unit), []
        for name in [*self._official.columns, *self._normal.columns]:
            column = self.column(name)
            ranks = self.ranks(digits, of=name)
            mean = float(np.nanmean(column)) if (~np.isnan(column)).any() else np.nan
            rows.append((name, float(column[at]), float(ranks.iloc[at]), mean))
        table = pd.DataFrame(rows, columns=pd.Index(["name", "value", "rank", "mean"])).set_index("name")
        return describe_columns(table, "unit_values")

    @check_arguments
    def strengths(self, unit: Hashable, number: int = 5) -> pd.DataFrame:
        """Return the indicators in which a unit ranks best and worst, ``number`` of each.

        Columns: kind (strength or weakness), raw (as in the data, after ``per``), value (on the scale), rank. Ties are
        in the order of the larger distance from the median of the units. No indicator is both.

        Raises:
            UsageError: no such unit, or a number that is none.
        """
        normal, at = self._normal, self._locate(unit)
        check_whole_number("number", number, 1)
        raw = self.stages.denominated
        vary = np.array([varies(normal[name].to_numpy(np.float64)) for name in normal.columns], dtype=bool)
        deviation = normal.std().where(vary)
        lead = (normal.iloc[at] - normal.median()) / deviation
        lead = lead.fillna(0.0).round(9)  # the error of floats orders nothing
        table = pd.DataFrame(
            {
                "raw": raw.iloc[at],
                "value": normal.iloc[at],
                "rank": [self.ranks(of=str(name)).iloc[at] for name in normal.columns],
                "lead": lead,
            }
        ).dropna(subset=["rank"])
        best = table.sort_values(["rank", "lead"], ascending=[True, False], kind="stable")
        each = min(number, len(best) // 2 if len(best) > 1 else len(best))
        parts = {"strength": best.iloc[:each], "weakness": best.iloc[::-1].iloc[: min(each, len(best) - each)]}
        rows = [part.assign(kind=kind) for kind, part in parts.items()]
        columns = ["kind", "raw", "value", "rank"]
        return describe_columns(pd.concat(rows)[columns].rename_axis("indicator"), "strengths")

    def _locate(self, unit: Hashable) -> int:
        if unit not in self.data.index:
            raise UsageError(f"no unit '{unit}'{suggest(str(unit), map(str, self.data.index))}")
        return int(np.asarray(self.data.index.get_indexer_for(pd.Index([unit])))[0])

    @check_arguments
    def column(self, name: str | None = None) -> Floats:
        """Return the values (N,) of the index, or of a group or indicator (on its scale).

        Raises:
            UsageError: no such group or indicator.
        """
        chosen = self.root.name if name is None else name
        for table in (self._official, self._normal):
            if chosen in table.columns:
                return table[chosen].to_numpy(np.float64)
        known = [*self._official.columns, *self._normal.columns]
        raise UsageError(f"no group or indicator '{chosen}'{suggest(str(chosen), known)}")

    def indicator_table(self) -> IndicatorTable:
        """Return what the audits of ``smartcert.analysis.indices.coherence`` take: normalised values, weights, groups.

        Weights multiply down the hierarchy. Items are the groups that hold indicators, domains those right below the
        index that are not items. Totals and group values are those of the index. What is left out is in none.
        """
        weights = pd.Series(dict(self._calculator.flat_weights(self.method)))
        used = [name for name in self._normal.columns if name in weights.index]
        shares = self._normal[used]
        below = {
            group.name: [indicator.name for indicator in group.indicators() if indicator.name in used]
            for group in self.root.groups()
            if group.name in self._official.columns
        }
        items = {
            group.name: below[group.name]
            for group in self.root.groups()
            if group.has_indicators and group.name in below
        }
        domains = {part.name: below[part.name] for part in self.root.parts if part.name in below.keys() - items.keys()}
        return IndicatorTable(
            shares=shares,
            weights=weights[used],
            items=items,
            domains=domains,
            totals=self._official[self.root.name].rename("total"),
            group_values=self._official[[*items, *domains]],
            totals_of=TotalsSource.INDEX,
            points=shares.mul(weights[used]) if self._additive else None,
        )

    @property
    def _additive(self) -> bool:
        """Whether the index is the weighted sum of its indicators for every unit.

        That is: arithmetic means, no gap, no part that is added or taken off, and no group on a scale of its own.
        """
        own = self._calculator
        groups = tuple(self.root.groups())
        plain = all(group.scale.method is Normalisation.NONE and group.direction == 1 for group in groups)
        parts = all(part.effect is Effect.PART for group in groups for part in group.parts)
        arithmetic = all(own.mean_of(group, self.method) is IndexAggregation.ARITHMETIC for group in groups)
        return plain and parts and arithmetic and not bool(self._normal.isna().to_numpy().any())

    @check_arguments
    def rank_intervals(
        self, percent: float = 25.0, draws: int = 1000, seed: int = 1, digits: int | None = None
    ) -> pd.DataFrame:
        """Return, per unit, its rank and the 5th and 95th percentile of its rank over other weights.

        Every weight of the hierarchy varies on its own by up to plus or minus ``percent``. Ranks are those of `ranks`,
        with its ``digits``; a unit without a value has none.

        Raises:
            UsageError: a percentage that is not from 0 to below 100, or fewer than one draw.
        """
        check_number("percent", percent)
        check_repetitions("draws", draws, 1, len(self.data))
        check_whole_number("seed", seed, 0)
        if not 0 <= percent < 100:
            raise UsageError(f"weights vary by 0 to below 100 percent, not {percent}")
        rng = np.random.default_rng(seed)
        names = [indicator.name for indicator in self.root.indicators()] + [group.name for group in self.root.groups()]
        ranks = []
        for _ in range(draws):
            factors = dict(zip(names, 1 + percent / 100 * rng.uniform(-1, 1, len(names)), strict=True))
            values = self._calculator.run(self.method, factors)[self.root.name]
            ranks.append(competition_ranks_of(round_values(values, digits)))
        low, high = percentile_interval(np.array(ranks))
        table = pd.DataFrame({"rank": self.ranks(digits), "low": low, "high": high}, index=self.data.index)
        return describe_columns(table, "rank_intervals")


def round_values(values: Floats, digits: int | None) -> Floats:
    """Return values rounded half-up to ``digits`` (0 to 15, else a UsageError), or as they are without any."""
    if digits is None:
        return values
    check_whole_number("digits", digits, 0)
    if digits > _MOST_DIGITS:
        raise UsageError(f"digits: {_MOST_DIGITS} at most, not {digits}")
    return round_half_up(values, digits)


@dataclass(frozen=True, kw_only=True, eq=False)
class PreparedSteps:
    """The indicators (N, J) raw, denominated, imputed, treated and normalised, and whether a unit has ``enough``."""

    tables: tuple[Floats, ...]
    enough: Bools


class IndexCalculator:
    """Computes an index under any choices; each step is computed once for the choices that it depends on."""

    def __init__(self, data: pd.DataFrame, root: IndexGroup) -> None:
        """Read the columns of the data as arrays."""
        self.root = root
        self.indicators = tuple(root.indicators())
        self.groups = {group.name: group for group in root.groups()}
        self.names = [indicator.name for indicator in self.indicators]
        self.units = list(data.index)
        self._data = data
        self._raw = np.array([self._floats(name) for name in self.names], dtype=np.float64).T.reshape(len(data), -1)
        base = [self._floats(indicator.per) if indicator.per else np.ones(len(data)) for indicator in self.indicators]
        self._denominated = self._raw / np.array(base).T.reshape(len(data), -1)
        self._log = np.array([indicator.log for indicator in self.indicators])
        self._columns = {name: j for j, name in enumerate(self.names)}
        self._cache: dict[str, Any] = {}

    def _floats(self, name: str) -> Floats:
        return read_floats(self._data[name])

    def check(self, method: IndexMethod) -> None:
        """Check that a method names only what there is, and leaves something; a UsageError where it does not."""
        if not isinstance(method, IndexMethod):
            raise UsageError(f"method: an IndexMethod is wanted, not {method!r}")
        below = [name for name in (*self.names, *self.groups) if name != self.root.name]
        named: list[tuple[str, object, list[str]]] = [
            ("leave_out", method.leave_out, below),
            ("weights", method.weights, below),
            ("mean", method.mean, list(self.groups)),
            ("scale", method.scale, self.names),
            ("treat", method.treat, self.names),
        ]
        for what, given, known in named:
            for name in given if isinstance(given, Mapping | tuple) else ():
                if name not in known:
                    raise UsageError(f"{what}: no '{name}'{suggest(str(name), known)}")
        if method.groups is not None and method.groups not in self._data.columns:
            known = [str(column) for column in self._data.columns]
            raise UsageError(f"groups: no column '{method.groups}' of the data{suggest(method.groups, known)}")
        if not self._parts(self.root, method):
            cause = "weights: no part has a weight above 0, so" if method.weights else "leave_out:"
            raise UsageError(f"{cause} nothing of the index would be left")

    def prepare(self, method: IndexMethod) -> PreparedSteps:
        """Return the indicators after each step; a UsageError names the indicator of a step that is not possible."""
        first = (method.available, method.nonzero, method.impute, method.groups, method.leave_out)
        enough, imputed = self._step(first, lambda: self._impute(method))
        second = (first, method.treat)
        treated = self._step(second, lambda: self._treat(imputed, method))
        third = (second, method.scale)
        normalised = self._step(third, lambda: self._normalise(treated, method))
        return PreparedSteps(tables=(self._raw, self._denominated, imputed, treated, normalised), enough=enough)

    def _step(self, choices: object, compute: Any) -> Any:
        key = repr(choices)
        if key not in self._cache:
            if len(self._cache) >= _CACHED_STEPS:
                self._cache.pop(next(iter(self._cache)))
            self._cache[key] = compute()
        return self._cache[key]

    def _impute(self, method: IndexMethod) -> tuple[Bools, Floats]:
        values, present = self._denominated, self._list_present(self.root, method)
        known = ~np.isnan(values[:, present])
        number = known.sum(axis=1)
        filled = (known & (values[:, present] != 0)).sum(axis=1) / np.maximum(number, 1)
        enough = (number / max(len(present), 1) >= method.available - 1e-12) & (filled >= method.nonzero - 1e-12)
        groups = None if method.groups is None else self._data[method.groups][enough].tolist()
        imputed = np.full(values.shape, np.nan)
        if method.impute is Imputation.EM:
            imputed[enough] = values[enough]
            for group in self.groups.values():
                names = [part.name for part in group.parts if isinstance(part, IndexIndicator)]
                columns = [column for name in names if (column := self._columns[name]) in present]
                if columns:
                    own = impute_columns(values[np.ix_(enough, columns)], method.impute)
                    imputed[np.ix_(enough, columns)] = own
        else:
            imputed[enough] = impute_columns(values[enough], method.impute, groups)
        return np.asarray(enough), imputed

    def _list_present(self, group: IndexGroup, method: IndexMethod) -> list[int]:
        """Return the columns of the indicators below a group that are not left out, nor a group of theirs."""
        columns: list[int] = []
        for part in group.parts:
            if part.name in method.leave_out:
                continue
            if isinstance(part, IndexIndicator):
                columns.append(self._columns[part.name])
            else:
                columns += self._list_present(part, method)
        return columns

    def _treat(self, imputed: Floats, method: IndexMethod) -> Floats:
        values = np.where(self._log, np.log(np.where(self._log & ~np.isnan(imputed), imputed, 1.0)), imputed)
        values[np.isnan(imputed)] = np.nan
        if method.treat is None:
            return values
        return treat_columns(values, resolve_treatments(method.treat, self.names))[0]

    def _normalise(self, treated: Floats, method: IndexMethod) -> Floats:
        columns = []
        in_use = {name for name, _ in self.flat_weights(method)}
        for j, indicator in enumerate(self.indicators):
            if indicator.name in in_use and len(treated) and np.isnan(treated[:, j]).all():
                raise UsageError(
                    f"'{indicator.name}' has no value in any unit that is looked at; leave_out takes it out"
                )
            scale = indicator.scale
            if isinstance(method.scale, Mapping):
                scale = _parse_scale(method.scale.get(indicator.name, scale))
            elif method.scale is not None:
                scale = _parse_scale(method.scale)
            try:
                own = _take_logarithms(indicator.name, scale) if indicator.log else scale
                columns.append(self._rescale(indicator.name, treated[:, j], own, indicator.direction))
            except UsageError:
                if indicator.name in in_use:
                    raise
                columns.append(np.full(len(treated), np.nan))  # what is left out need not fit the scale
        return np.array(columns, dtype=np.float64).T.reshape(treated.shape)

    def _rescale(self, name: str, values: Floats, scale: Scale, direction: int) -> Floats:
        if scale.method is Normalisation.NONE and direction == 1:
            return values
        try:
            return rescale_column(values, scale, direction, self.units)
        except UsageError as error:
            raise UsageError(f"'{name}': {error}") from None

    def run(self, method: IndexMethod, factors: Mapping[str, float] | None = None) -> dict[str, Floats]:
        """Return the value (N,) of every group and the index, with weights times ``factors``; errors name the group."""
        values: dict[str, Floats] = {}
        self._aggregate(self.root, self.prepare(method).tables[-1], method, factors or {}, values)
        return values

    def _aggregate(
        self,
        group: IndexGroup,
        normalised: Floats,
        method: IndexMethod,
        factors: Mapping[str, float],
        values: dict[str, Floats],
    ) -> Floats:
        parts = self._parts(group, method)
        columns = [
            self._aggregate(part, normalised, method, factors, values)
            if isinstance(part, IndexGroup)
            else normalised[:, self._columns[part.name]]
            for part in parts
        ]
        weights = np.array([self.weight_of(part, method) * factors.get(part.name, 1.0) for part in parts])
        own = np.array([part.effect is Effect.PART for part in parts])
        table = np.array(columns).T.reshape(normalised.shape[0], -1)
        power = group.power if method.power is None else method.power
        try:
            combined = combine_columns(table[:, own], weights[own], self.mean_of(group, method), group.available, power)
        except UsageError as error:
            raise UsageError(f"'{group.name}': {error}") from None
        for j in np.flatnonzero(~own):
            combined = combined + (1 if parts[j].effect is Effect.BONUS else -1) * weights[j] * table[:, j]
        values[group.name] = self._rescale(group.name, combined, group.scale, group.direction)
        return values[group.name]

    def _parts(self, group: IndexGroup, method: IndexMethod) -> list[IndexGroup | IndexIndicator]:
        """Return the parts of a group that are not left out; none where no part of its mean has a weight."""
        parts = [
            part
            for part in group.parts
            if part.name not in method.leave_out and (isinstance(part, IndexIndicator) or self._parts(part, method))
        ]
        weight = sum(self.weight_of(part, method) for part in parts if part.effect is Effect.PART)
        return parts if weight > 0 else []

    def weight_of(self, part: IndexGroup | IndexIndicator, method: IndexMethod) -> float:
        """Return the weight of a part in its group."""
        return float((method.weights or {}).get(part.name, part.weight))

    def mean_of(self, group: IndexGroup, method: IndexMethod) -> IndexAggregation:
        """Return how the parts of a group are combined."""
        if isinstance(method.mean, Mapping):
            return _parse_mean(method.mean.get(group.name, group.mean))
        return group.mean if method.mean is None else _parse_mean(method.mean)

    def flat_weights(self, method: IndexMethod) -> Iterator[tuple[str, float]]:
        """Yield the weight of every indicator in the index; those of the means sum up to 1."""

        def walk(group: IndexGroup, above: float) -> Iterator[tuple[str, float]]:
            parts = self._parts(group, method)
            total = sum(self.weight_of(part, method) for part in parts if part.effect is Effect.PART)
            for part in parts:
                share = self.weight_of(part, method) / (total if part.effect is Effect.PART else 1.0)
                if isinstance(part, IndexIndicator):
                    yield part.name, above * share
                else:
                    yield from walk(part, above * share)

        return walk(self.root, 1.0)
