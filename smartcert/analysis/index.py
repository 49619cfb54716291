"""Any composite index from two plain tables: the data of its units, and the structure of its indicators.

The structure has a row per indicator, per group above and for the index itself. Its columns:

- ``name``; ``parent``, empty for the index; ``weight`` among the parts of the parent, 1 by default;
- of an indicator ``direction`` (1, or -1 where less is better), ``per`` (a column of the data to divide by),
  ``transform`` (``log`` or empty), ``normal`` (`Normalisation`, minmax by default), ``low`` and ``high`` (goalposts or
  target);
- of a group ``mean`` (`Aggregation`, arithmetic by default) and ``available``, the share of the weight that must be
  present (1 by default).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from math import isfinite, isnan
from numbers import Real
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from smartcert.analysis.arguments import check_number, check_whole_number
from smartcert.analysis.arrays import Aggregation, Floats
from smartcert.analysis.coherence import IndicatorTable, TotalsSource
from smartcert.analysis.normalisation import (
    Normalisation,
    combine_columns,
    competition_ranks_of,
    normalise,
    percentile_interval,
    round_half_up,
)
from smartcert.errors import InputError, Place, Problem, UsageError, suggest
from smartcert.representation import describe_briefly

STRUCTURE_COLUMNS = (
    *("name", "parent", "weight", "direction", "per", "transform"),
    *("normal", "low", "high", "mean", "available"),
)
_STRUCTURE_FILE = "structure"
_DATA_FILE = "data"
_INDICATOR_COLUMNS = ("direction", "per", "transform", "normal", "low", "high")
_GROUP_COLUMNS = ("mean", "available")
_BOUNDS_OF: Mapping[Normalisation, tuple[str, ...]] = {
    Normalisation.GOALPOSTS: ("low", "high"),
    Normalisation.DISTANCE: ("high",),
}
"""Which of ``low`` and ``high`` a normalisation reads; the others take neither."""
_NAN = float("nan")
_Choice = TypeVar("_Choice", bound=StrEnum)


@dataclass(frozen=True, kw_only=True)
class IndexIndicator:
    """An indicator of the hierarchy."""

    name: str
    weight: float
    direction: int
    per: str
    log: bool
    normal: Normalisation
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class IndexGroup:
    """A node above indicators or other groups."""

    __repr__ = describe_briefly

    name: str
    weight: float
    mean: Aggregation
    available: float
    parts: tuple[IndexGroup | IndexIndicator, ...]

    @property
    def has_indicators(self) -> bool:
        """Whether an indicator stands right below."""
        return any(isinstance(part, IndexIndicator) for part in self.parts)

    def indicators(self) -> Iterator[IndexIndicator]:
        """Yield the indicators below, in the order of the table."""
        for part in self.parts:
            if isinstance(part, IndexIndicator):
                yield part
            else:
                yield from part.indicators()

    def groups(self) -> Iterator[IndexGroup]:
        """Yield this group and all below."""
        yield self
        for part in self.parts:
            if isinstance(part, IndexGroup):
                yield from part.groups()

    def weights(self, above: float) -> Iterator[tuple[str, float]]:
        """Yield the weight of every indicator below; together they are ``above``."""
        total = sum(part.weight for part in self.parts)
        for part in self.parts:
            own = above * part.weight / total
            if isinstance(part, IndexIndicator):
                yield part.name, own
            else:
                yield from part.weights(own)


def read_structure(table: pd.DataFrame, columns: Iterable[str]) -> IndexGroup:
    """Return the hierarchy of a structure over the columns of some data.

    Raises:
        InputError: every problem at once: unknown columns, names that are no text or occur twice, no or several tops, a
            parent that is none, loops, indicators that the data lack, values of a column that are not allowed or that
            do not apply to the row (a direction of a group, a mean of an indicator).
    """
    if not isinstance(table, pd.DataFrame):
        raise UsageError(f"a structure is a DataFrame, not {type(table).__name__}")
    return _StructureReader(table, [str(column) for column in columns]).read()


def check_data(data: pd.DataFrame, root: IndexGroup) -> None:
    """Check the columns of the data that an index reads, and the names of its units.

    Raises:
        InputError: every problem at once: columns or units that occur twice, units without a name, values that are no
            numbers or infinite, a base of 0 or less to divide by, values without a logarithm.
    """
    problems: list[Problem] = []

    def report(unit: object, column: str, found: str, wanted: str) -> None:
        place = Place(file=_DATA_FILE, field=column if unit is None else f"{unit}, {column}")
        problems.append(Problem(place=place, found=found, wanted=wanted))

    _check_names(data, report)
    if problems:
        raise InputError(problems)
    indicators = tuple(root.indicators())
    above_zero = {one.name: "its logarithm is taken" for one in indicators if one.log}
    above_zero |= {one.per: "others are divided by it" for one in indicators if one.per}
    bases = sorted({one.per for one in indicators if one.per})
    for name in dict.fromkeys([*(one.name for one in indicators), *bases]):
        for unit, value in zip(data.index, data[name].tolist(), strict=True):
            if _is_gap(value):
                continue
            if isinstance(value, bool) or not isinstance(value, Real) or not isfinite(value):
                report(unit, name, f"{value!r}", "a finite number, or NaN where it is missing")
            elif value <= 0 and name in above_zero:
                report(unit, name, f"{value!r}", f"more than 0, as {above_zero[name]}")
    if problems:
        raise InputError(problems)


def _check_names(data: pd.DataFrame, report: Callable[[object, str, str, str], None]) -> None:
    for name in sorted({str(name) for name in data.columns[data.columns.duplicated()]}):
        report(None, name, "a column that occurs twice", "each column once")
    for unit in data.index[data.index.duplicated()].unique():
        report(None, "index", f"the unit '{unit}' more than once", "each unit once")
    if data.index.isna().any():
        report(None, "index", "a unit without a name", "a name for each")


def _is_gap(value: object) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and isnan(value))


class _StructureReader:
    def __init__(self, table: pd.DataFrame, columns: list[str]) -> None:
        self.rows = table.to_dict("records")
        self.given, self.columns = [str(column) for column in table.columns], columns
        self.problems: list[Problem] = []

    def read(self) -> IndexGroup:
        for name in self.given:
            if name not in STRUCTURE_COLUMNS:
                self._report(
                    1,
                    name,
                    "an unknown column",
                    f"one of {', '.join(STRUCTURE_COLUMNS)}{suggest(name, STRUCTURE_COLUMNS)}",
                )
        for name in ("name", "parent"):
            if name not in self.given:
                self._report(1, name, "no such column", "the column")
        self._check_texts()
        if self.problems:
            raise InputError(self.problems)
        names = [self._text(row, "name") for row in self.rows]
        parents = [self._text(row, "parent") for row in self.rows]
        self._check_tree(names, parents)
        if self.problems:
            raise InputError(self.problems)
        root = self._node(parents.index(""), names, parents)
        if isinstance(root, IndexIndicator):
            self._report(2, "parent", "an index without parts", "at least one")
        if self.problems or isinstance(root, IndexIndicator):
            raise InputError(self.problems)
        return root

    def _check_texts(self) -> None:
        for name in sorted({name for name in self.given if self.given.count(name) > 1}):
            self._report(1, name, "a column that occurs twice", "each column once")
        for line, row in enumerate(self.rows, start=2):
            for name in ("name", "parent"):
                value = row.get(name)
                if self._text(row, name) and not isinstance(value, str):
                    self._report(line, name, f"{value!r}", "a text")

    def _check_tree(self, names: list[str], parents: list[str]) -> None:
        for line, (name, parent) in enumerate(zip(names, parents, strict=True), start=2):
            if not name:
                self._report(line, "name", "nothing", "a name")
            if names.count(name) > 1:
                self._report(line, "name", f"'{name}' more than once", "each name once")
            if parent and parent not in names:
                self._report(line, "parent", f"'{parent}'", f"a name of this table{suggest(parent, names)}")
            elif name and self._loops(name, names, parents):
                self._report(line, "parent", f"'{name}' below itself", "a tree")
            if name not in parents and name not in self.columns:
                self._report(line, "name", f"'{name}'", f"a column of the data{suggest(name, self.columns)}")
        if parents.count("") != 1:
            self._report(None, "parent", f"{parents.count('')} rows without a parent", "one, the index itself")

    def _loops(self, name: str, names: list[str], parents: list[str]) -> bool:
        at, seen = name, set()
        while at and at in names and at not in seen:
            seen.add(at)
            at = parents[names.index(at)]
        return at == name

    def _node(self, place: int, names: list[str], parents: list[str]) -> IndexGroup | IndexIndicator:
        row, line, name = self.rows[place], place + 2, names[place]
        below = [at for at, parent in enumerate(parents) if parent == name]
        weight = self._number(row, "weight", line, 1.0)
        if weight < 0:
            self._report(line, "weight", f"{weight}", "a number of 0 or more")
        for other in _INDICATOR_COLUMNS if below else _GROUP_COLUMNS:
            if text := self._text(row, other):
                kind = "a group" if below else "an indicator"
                self._report(line, other, f"'{text}' for {kind}", f"nothing: it does not apply to {kind}")
        if below:
            return self._group(row, line, weight, below, names, parents)
        return self._indicator(row, line, weight)

    def _group(
        self, row: Mapping[Any, Any], line: int, weight: float, below: list[int], names: list[str], parents: list[str]
    ) -> IndexGroup:
        available = self._number(row, "available", line, 1.0)
        if not 0 < available <= 1:
            self._report(line, "available", f"{available}", "a share of the weight, above 0 up to 1")
        parts = tuple(self._node(at, names, parents) for at in below)
        if sum(part.weight for part in parts) <= 0:
            self._report(line, "weight", f"no weight in any part of '{self._text(row, 'name')}'", "one above 0")
        return IndexGroup(
            name=self._text(row, "name"),
            weight=weight,
            mean=self._choice(row, "mean", line, Aggregation.ARITHMETIC),
            available=available,
            parts=parts,
        )

    def _indicator(self, row: Mapping[Any, Any], line: int, weight: float) -> IndexIndicator:
        direction = self._number(row, "direction", line, 1.0)
        if direction not in (1.0, -1.0):
            self._report(line, "direction", f"{direction}", "1 or -1")
            direction = 1.0
        transform, per = self._text(row, "transform"), self._text(row, "per")
        if transform not in ("", "log"):
            self._report(line, "transform", f"'{transform}'", "log or nothing")
        if per and per not in self.columns:
            self._report(line, "per", f"'{per}'", f"a column of the data{suggest(per, self.columns)}")
        normal = self._choice(row, "normal", line, Normalisation.MINMAX)
        low, high = self._number(row, "low", line, _NAN), self._number(row, "high", line, _NAN)
        self._check_bounds(line, normal, {"low": low, "high": high}, transform == "log")
        return IndexIndicator(
            name=self._text(row, "name"),
            weight=weight,
            direction=int(direction),
            per=per,
            log=transform == "log",
            normal=normal,
            low=low,
            high=high,
        )

    def _check_bounds(self, line: int, normal: Normalisation, bounds: Mapping[str, float], log: bool) -> None:
        read = _BOUNDS_OF.get(normal, ())
        for name, value in bounds.items():
            if name in read and isnan(value):
                self._report(line, name, "nothing", f"a number, as {normal.value} needs it")
            elif name not in read and not isnan(value):
                self._report(line, name, f"{value}", f"nothing: {normal.value} does not read it")
            elif value <= 0 and (log or normal is Normalisation.DISTANCE):
                self._report(line, name, f"{value}", "more than 0")
        if len(read) == 2 and bounds["low"] >= bounds["high"]:
            self._report(line, "high", f"{bounds['high']}", f"more than low, which is {bounds['low']}")

    def _text(self, row: Mapping[Any, Any], name: str) -> str:
        value = row.get(name)
        return "" if _is_gap(value) else str(value).strip()

    def _number(self, row: Mapping[Any, Any], name: str, line: int, otherwise: float) -> float:
        text = self._text(row, name)
        try:
            value = float(text) if text else otherwise
        except ValueError:
            self._report(line, name, f"'{text}'", "a number")
            return otherwise
        if text and (not isfinite(value) or isinstance(row.get(name), bool)):
            self._report(line, name, f"'{text}'", "a finite number")
            return otherwise
        return value

    def _choice(self, row: Mapping[Any, Any], name: str, line: int, otherwise: _Choice) -> _Choice:
        text, kind = self._text(row, name), type(otherwise)
        if text and text not in list(kind):
            self._report(line, name, f"'{text}'", f"one of {', '.join(kind)}{suggest(text, list(kind))}")
            return otherwise
        return kind(text) if text else otherwise

    def _report(self, line: int | None, field: str, found: str, wanted: str) -> None:
        self.problems.append(
            Problem(place=Place(file=_STRUCTURE_FILE, line=line, field=field), found=found, wanted=wanted)
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Index:
    """A composite index: a value for every unit and every node of the hierarchy.

    >>> import pandas as pd
    >>> import smartcert
    >>> data = pd.DataFrame({"health": [0.0, 1.0, 2.0], "income": [4.0, 6.0, 5.0]}, index=["x", "y", "z"])
    >>> structure = pd.DataFrame({"name": ["index", "health", "income"], "parent": ["", "index", "index"]})
    >>> smartcert.Index.from_tables(data, structure).ranks().to_dict()
    {'x': 3.0, 'y': 1.0, 'z': 1.0}
    """

    __repr__ = describe_briefly

    data: pd.DataFrame
    root: IndexGroup

    @classmethod
    def from_tables(cls, data: pd.DataFrame, structure: pd.DataFrame) -> Index:
        """Return the index of a table of indicators (a row per unit) and its structure.

        >>> data = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [30.0, 20.0, 10.0]}, index=["x", "y", "z"])
        >>> rows = [("i", ""), ("a", "i"), ("b", "i")]
        >>> index = Index.from_tables(data, pd.DataFrame(rows, columns=["name", "parent"]))
        >>> index.values["i"].tolist()
        [0.5, 0.5, 0.5]

        Raises:
            InputError: every problem of the structure, then every problem of the data.
        """
        if not isinstance(data, pd.DataFrame):
            raise UsageError(f"the data are a DataFrame, not {type(data).__name__}")
        root = read_structure(structure, data.columns)
        check_data(data, root)
        return cls(data=data.copy(), root=root)

    @property
    def normal(self) -> pd.DataFrame:
        """Return the indicators (N units, J) on the scale of the index, as a frame of your own."""
        return self._normal.copy()

    @cached_property
    def _normal(self) -> pd.DataFrame:
        columns = {indicator.name: self._normalise(indicator) for indicator in self.root.indicators()}
        return pd.DataFrame(columns, index=self.data.index)

    @property
    def values(self) -> pd.DataFrame:
        """Return the values of all groups and, first, of the index itself; NaN where too little is available."""
        return self._official.copy()

    @cached_property
    def _official(self) -> pd.DataFrame:
        return self._values({})

    def ranks(self, digits: int | None = None) -> pd.Series[float]:
        """Return the ranks (N units,) of the index: 1 is best.

        Ties share the better rank (1, 2, 2, 4), as published indices rank them: nobody is behind an equal. With
        ``digits`` the value is first rounded half-up (a half away from zero), because those are ranked by the figure
        that they print. Values that differ only by the error of floats are ties. A unit without a value has no rank.

        Raises:
            UsageError: ``digits`` is no whole number of 0 or more.
        """
        if digits is not None:
            check_whole_number("digits", digits, 0)
        return pd.Series(self._rank(self._official[self.root.name], digits), index=self.data.index)

    @staticmethod
    def _rank(values: pd.Series[float], digits: int | None) -> Floats:
        own = np.asarray(values, dtype=np.float64)
        return competition_ranks_of(own if digits is None else round_half_up(own, digits))

    def indicator_table(self) -> IndicatorTable:
        """Return what the audits of ``smartcert.analysis.coherence`` take: normalised values, weights, groups.

        Weights multiply down the hierarchy. Items are the groups that hold indicators, domains those right below the
        index that are not items. Totals and group values are those of the index.
        """
        weights = dict(self.root.weights(1.0))
        below = {group.name: [indicator.name for indicator in group.indicators()] for group in self.root.groups()}
        items = {group.name: below[group.name] for group in self.root.groups() if group.has_indicators}
        domains = {part.name: below[part.name] for part in self.root.parts if part.name in below.keys() - items.keys()}
        return IndicatorTable(
            shares=self.normal,
            weights=pd.Series(weights)[list(self._normal.columns)],
            items=items,
            domains=domains,
            totals=self._official[self.root.name].rename("total"),
            group_values=self._official[[*items, *domains]],
            totals_of=TotalsSource.INDEX,
            points=self._normal.mul(pd.Series(weights)) if self._additive else None,
        )

    @property
    def _additive(self) -> bool:
        """Whether the index is the weighted sum of its indicators for every unit: arithmetic means and no gap."""
        arithmetic = all(group.mean is Aggregation.ARITHMETIC for group in self.root.groups())
        return arithmetic and not bool(self._normal.isna().to_numpy().any())

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
        check_whole_number("draws", draws, 1)
        check_whole_number("seed", seed, 0)
        if not 0 <= percent < 100 or draws < 1:
            raise UsageError(f"weights vary by 0 to below 100 percent in at least one draw, not {percent} in {draws}")
        rng = np.random.default_rng(seed)
        names = [indicator.name for indicator in self.root.indicators()] + [group.name for group in self.root.groups()]
        ranks = []
        for _ in range(draws):
            factors = dict(zip(names, 1 + percent / 100 * rng.uniform(-1, 1, len(names)), strict=True))
            ranks.append(self._rank(self._values(factors)[self.root.name], digits))
        low, high = percentile_interval(np.array(ranks))
        return pd.DataFrame({"rank": self.ranks(digits), "low": low, "high": high}, index=self.data.index)

    def _values(self, factors: dict[str, float]) -> pd.DataFrame:
        values: dict[str, Floats] = {}
        self._aggregate(self.root, factors, values)
        order = [group.name for group in self.root.groups()]
        return pd.DataFrame(values, index=self.data.index)[order]

    def _aggregate(self, group: IndexGroup, factors: dict[str, float], values: dict[str, Floats]) -> Floats:
        """Return the value of a group per unit, and enter it and all below into ``values``."""
        columns = [
            self._aggregate(part, factors, values) if isinstance(part, IndexGroup) else self._normal[part.name]
            for part in group.parts
        ]
        weights = np.array([part.weight * factors.get(part.name, 1.0) for part in group.parts])
        values[group.name] = combine_columns(np.stack(columns, axis=1), weights, group.mean, group.available)
        return values[group.name]

    def _normalise(self, indicator: IndexIndicator) -> Floats:
        values = self.data[indicator.name].to_numpy(dtype=np.float64, na_value=np.nan)
        if indicator.per:
            values = values / self.data[indicator.per].to_numpy(dtype=np.float64, na_value=np.nan)
        low, high = indicator.low, indicator.high
        if indicator.log:
            if (values[~np.isnan(values)] <= 0).any():
                raise UsageError(f"'{indicator.name}' has values of 0 or less, which have no logarithm")
            values, low, high = np.log(values), float(np.log(low)), float(np.log(high))
        try:
            return normalise(values, indicator.normal, indicator.direction, low, high)
        except UsageError as error:
            raise UsageError(f"'{indicator.name}': {error}") from None
