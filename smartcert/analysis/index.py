"""Any composite index from a table (COINr-like)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from smartcert.analysis.arrays import Floats
from smartcert.analysis.coherence import IndicatorTable
from smartcert.analysis.normalisation import Mean, Normalisation, combine_columns, normalise
from smartcert.errors import InputError, Place, Problem, UsageError, suggest

# --- The hierarchy of an index, read from a table and found whole: see `smartcert.analysis.index` for its columns.

STRUCTURE_COLUMNS = (
    *("name", "parent", "weight", "direction", "per", "transform"),
    *("normal", "low", "high", "mean", "available"),
)
_STRUCTURE_FILE = "structure"
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

    name: str
    weight: float
    mean: Mean
    available: float
    parts: tuple[IndexGroup | IndexIndicator, ...]

    @property
    def holds_leaves(self) -> bool:
        """Return whether an indicator stands right below."""
        return any(isinstance(part, IndexIndicator) for part in self.parts)

    def leaves(self) -> Iterator[IndexIndicator]:
        """Yield the indicators below, in the order of the table."""
        for part in self.parts:
            if isinstance(part, IndexIndicator):
                yield part
            else:
                yield from part.leaves()

    def groups(self) -> Iterator[IndexGroup]:
        """Yield this group and all below."""
        yield self
        for part in self.parts:
            if isinstance(part, IndexGroup):
                yield from part.groups()

    def weights(self, above: float) -> Iterator[tuple[str, float]]:
        """Yield the weight of every indicator below, of ``above`` in all."""
        whole = sum(part.weight for part in self.parts)
        for part in self.parts:
            own = above * part.weight / whole
            if isinstance(part, IndexIndicator):
                yield part.name, own
            else:
                yield from part.weights(own)


def read_structure(table: pd.DataFrame, columns: Iterable[str]) -> IndexGroup:
    """Return the hierarchy of a structure over the columns of some data.

    Raises:
        InputError: every problem at once: unknown columns, names that occur twice, no or several tops, a parent that is
            none, loops, indicators that the data lack, words and numbers that mean nothing.
    """
    return _StructureReader(table, [str(one) for one in columns]).read()


class _StructureReader:
    def __init__(self, table: pd.DataFrame, columns: list[str]) -> None:
        self.rows = table.to_dict("records")
        self.given, self.columns = [str(one) for one in table.columns], columns
        self.problems: list[Problem] = []

    def read(self) -> IndexGroup:
        for name in self.given:
            if name not in STRUCTURE_COLUMNS:
                self._tell(
                    1,
                    name,
                    "an unknown column",
                    f"one of {', '.join(STRUCTURE_COLUMNS)}{suggest(name, STRUCTURE_COLUMNS)}",
                )
        names = [self._text(row, "name") for row in self.rows]
        parents = [self._text(row, "parent") for row in self.rows]
        self._hold_tree(names, parents)
        if self.problems:
            raise InputError(self.problems)
        made = self._node(parents.index(""), names, parents)
        if self.problems or isinstance(made, IndexIndicator):
            self._tell(2, "parent", "an index without parts", "at least one") if isinstance(
                made, IndexIndicator
            ) else None
            raise InputError(self.problems)
        return made

    def _hold_tree(self, names: list[str], parents: list[str]) -> None:
        for line, (name, parent) in enumerate(zip(names, parents, strict=True), start=2):
            if not name:
                self._tell(line, "name", "nothing", "a name")
            if names.count(name) > 1:
                self._tell(line, "name", f"'{name}' more than once", "each name once")
            if parent and parent not in names:
                self._tell(line, "parent", f"'{parent}'", f"a name of this table{suggest(parent, names)}")
            elif name and self._loops(name, names, parents):
                self._tell(line, "parent", f"'{name}' below itself", "a tree")
            if name not in parents and name not in self.columns:
                self._tell(line, "name", f"'{name}'", f"a column of the data{suggest(name, self.columns)}")
        if parents.count("") != 1:
            self._tell(None, "parent", f"{parents.count('')} rows without a parent", "one, the index itself")

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
        if not weight >= 0:
            self._tell(line, "weight", f"{weight}", "a number of 0 or more")
        if below:
            return IndexGroup(
                name=name,
                weight=weight,
                mean=self._choice(row, "mean", line, Mean.ARITHMETIC),
                available=self._number(row, "available", line, 1.0),
                parts=tuple(self._node(at, names, parents) for at in below),
            )
        direction = self._number(row, "direction", line, 1.0)
        if direction not in (1.0, -1.0):
            self._tell(line, "direction", f"{direction}", "1 or -1")
        transform, per = self._text(row, "transform"), self._text(row, "per")
        if transform not in ("", "log"):
            self._tell(line, "transform", f"'{transform}'", "log or nothing")
        if per and per not in self.columns:
            self._tell(line, "per", f"'{per}'", f"a column of the data{suggest(per, self.columns)}")
        return IndexIndicator(
            name=name,
            weight=weight,
            direction=int(direction),
            per=per,
            log=transform == "log",
            normal=self._choice(row, "normal", line, Normalisation.MINMAX),
            low=self._number(row, "low", line, _NAN),
            high=self._number(row, "high", line, _NAN),
        )

    def _text(self, row: Mapping[Any, Any], name: str) -> str:
        value = row.get(name)
        return "" if value is None or value != value else str(value).strip()

    def _number(self, row: Mapping[Any, Any], name: str, line: int, otherwise: float) -> float:
        text = self._text(row, name)
        try:
            return float(text) if text else otherwise
        except ValueError:
            self._tell(line, name, f"'{text}'", "a number")
            return otherwise

    def _choice(self, row: Mapping[Any, Any], name: str, line: int, otherwise: _Choice) -> _Choice:
        text, kind = self._text(row, name), type(otherwise)
        if text and text not in list(kind):
            self._tell(line, name, f"'{text}'", f"one of {', '.join(kind)}{suggest(text, list(kind))}")
            return otherwise
        return kind(text) if text else otherwise

    def _tell(self, line: int | None, field: str, found: str, wanted: str) -> None:
        self.problems.append(
            Problem(place=Place(file=_STRUCTURE_FILE, line=line, field=field), found=found, wanted=wanted)
        )


# --- Any composite index from a plain table and its hierarchy: build it, reproduce a published one, audit it.


@dataclass(frozen=True, kw_only=True, eq=False)
class Index:
    """A composite index: a value for every unit and every node of the hierarchy."""

    data: pd.DataFrame
    root: IndexGroup

    @classmethod
    def from_tables(cls, data: pd.DataFrame, structure: pd.DataFrame) -> Index:
        """Return the index of a table of indicators (a row per unit) and its structure.

        >>> data = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [30.0, 20.0, 10.0]}, index=["x", "y", "z"])
        >>> rows = [("i", ""), ("a", "i"), ("b", "i")]
        >>> made = Index.from_tables(data, pd.DataFrame(rows, columns=["name", "parent"]))
        >>> made.values["i"].tolist()
        [0.5, 0.5, 0.5]

        Raises:
            InputError: every problem of the structure, and every column of it that the data lack.
        """
        return cls(data=data, root=read_structure(structure, data.columns))

    @cached_property
    def normal(self) -> pd.DataFrame:
        """Return the indicators on the scale of the index."""
        return pd.DataFrame({leaf.name: self._leaf(leaf) for leaf in self.root.leaves()}, index=self.data.index)

    @cached_property
    def values(self) -> pd.DataFrame:
        """Return the values of all groups and, first, of the index itself; NaN where too little is available."""
        return self._values({})

    def ranks(self, digits: int | None = None) -> pd.Series[float]:
        """Return the ranks of the index, 1 is best, ties share the better one.

        With ``digits`` the value is first rounded half-up, as published indices are ranked by the figure they print.
        """
        own = self.values[self.root.name]
        shown = own if digits is None else np.floor(own * 10**digits + 0.5 + 1e-9) / 10**digits
        return shown.rank(method="min", ascending=False)

    def standard(self) -> IndicatorTable:
        """Return what the audits of ``smartcert.analysis.coherence`` take: normal values, weights, groups.

        Weights multiply down the hierarchy. Items are the groups that hold indicators, domains those right below the
        index that are not items.
        """
        weights = dict(self.root.weights(1.0))
        items = {one.name: [leaf.name for leaf in one.leaves()] for one in self.root.groups() if one.holds_leaves}
        domains = {
            one.name: [leaf.name for leaf in one.leaves()]
            for one in self.root.parts
            if isinstance(one, IndexGroup) and one.name not in items
        }
        return IndicatorTable(
            shares=self.normal, weights=pd.Series(weights)[self.normal.columns], items=items, domains=domains
        )

    def rank_intervals(self, percent: float = 25.0, draws: int = 1000, seed: int = 1) -> pd.DataFrame:
        """Return, per unit, its rank and the 5th and 95th percentile of its rank over other weights.

        Every weight of the hierarchy varies on its own by up to plus or minus ``percent``.

        Raises:
            UsageError: a percentage that is not from 0 to below 100, or fewer than one draw.
        """
        if not 0 <= percent < 100 or draws < 1:
            raise UsageError(f"weights vary by 0 to below 100 percent in at least one draw, not {percent} in {draws}")
        rng = np.random.default_rng(seed)
        names = [leaf.name for leaf in self.root.leaves()] + [one.name for one in self.root.groups()]
        ranks = []
        for _ in range(draws):
            factors = dict(zip(names, 1 + percent / 100 * rng.uniform(-1, 1, len(names)), strict=True))
            ranks.append(self._values(factors)[self.root.name].rank(method="min", ascending=False).to_numpy())
        low, high = np.nanpercentile(np.array(ranks), [5, 95], axis=0)
        return pd.DataFrame({"rank": self.ranks(), "low": low, "high": high}, index=self.data.index)

    def _values(self, factors: dict[str, float]) -> pd.DataFrame:
        found: dict[str, Floats] = {}
        self._group(self.root, factors, found)
        order = [self.root.name, *(one.name for one in self.root.groups() if one is not self.root)]
        return pd.DataFrame(found, index=self.data.index)[order]

    def _group(self, group: IndexGroup, factors: dict[str, float], found: dict[str, Floats]) -> Floats:
        columns = [
            self._group(part, factors, found) if isinstance(part, IndexGroup) else self.normal[part.name].to_numpy()
            for part in group.parts
        ]
        weights = np.array([part.weight * factors.get(part.name, 1.0) for part in group.parts])
        made = combine_columns(np.stack(columns, axis=1), weights, group.mean, group.available)
        found[group.name] = made
        return made

    def _leaf(self, leaf: IndexIndicator) -> Floats:
        values = self.data[leaf.name].to_numpy(dtype=np.float64)
        if leaf.per:
            with np.errstate(divide="ignore", invalid="ignore"):
                values = values / self.data[leaf.per].to_numpy(dtype=np.float64)
            values = np.where(np.isfinite(values), values, np.nan)
        low, high = leaf.low, leaf.high
        if leaf.log:
            if (values[~np.isnan(values)] <= 0).any():
                raise UsageError(f"'{leaf.name}' has values of 0 or less, which have no logarithm")
            values, low, high = np.log(values), float(np.log(low)), float(np.log(high))
        try:
            return normalise(values, leaf.normal, leaf.direction, low, high)
        except UsageError as error:
            raise UsageError(f"'{leaf.name}': {error}") from None


__all__ = ["Index", "Mean", "Normalisation"]
