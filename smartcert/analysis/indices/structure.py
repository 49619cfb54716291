"""What is a composite index built from? The tree of its indicators and groups, read from a table; its data checked.

The structure has a row per indicator, per group above and for the index itself. Its columns:

- ``name``; ``parent``, empty for the index; ``weight`` among the parts of the parent, 1 by default;
- ``direction`` (1, or -1 where less is better), ``normal`` (`Normalisation`; minmax for an indicator by default, none
  for a group, whose value may so be brought onto a scale again), ``low`` and ``high`` (goalposts or target),
  ``bottom`` and ``top`` (where the scale runs to);
- ``effect``: ``bonus`` or ``penalty`` for a part that is added to, or taken from, the mean of the others in its group,
  times its weight;
- of an indicator ``per`` (a column of the data to divide by), ``transform`` (``log`` or empty);
- of a group ``mean`` (`IndexAggregation`, arithmetic by default), ``power`` (of a power mean) and ``available``, the
  share of the weight that must be present (1 by default).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from decimal import Decimal
from enum import StrEnum
from math import isfinite, isnan
from numbers import Real
from typing import Any, TypeVar

import pandas as pd

from smartcert.analysis.arguments import SMALLEST_SIZE
from smartcert.analysis.indices.aggregate import IndexAggregation
from smartcert.analysis.indices.normalisation import Normalisation, Scale
from smartcert.errors import InputError, Place, Problem, UsageError, suggest
from smartcert.lazy_dataclass import dataclass
from smartcert.representation import describe_briefly

STRUCTURE_COLUMNS = (
    *("name", "parent", "weight", "direction", "per", "transform", "normal", "low", "high"),
    *("bottom", "top", "mean", "power", "available", "effect"),
)
_STRUCTURE_FILE = "structure"
_DATA_FILE = "data"
_INDICATOR_COLUMNS = ("per", "transform")
_GROUP_COLUMNS = ("mean", "power", "available")
_NEEDS_BOTH = (Normalisation.GOALPOSTS, Normalisation.SCALED)
_NEEDS_HIGH = (Normalisation.DISTANCE, Normalisation.DIST2TARG)
_NAN = float("nan")
_Choice = TypeVar("_Choice", bound=StrEnum)


class Effect(StrEnum):
    """What a part does to the value of its group: it is part of the mean, or it is added or taken off."""

    PART = "part"
    BONUS = "bonus"
    PENALTY = "penalty"


@dataclass(frozen=True, kw_only=True)
class IndexIndicator:
    """An indicator of the hierarchy."""

    name: str
    weight: float
    direction: int
    per: str
    log: bool
    scale: Scale
    effect: Effect


@dataclass(frozen=True, kw_only=True)
class IndexGroup:
    """A node above indicators or other groups."""

    __repr__ = describe_briefly

    name: str
    weight: float
    direction: int
    scale: Scale
    mean: IndexAggregation
    power: float
    available: float
    effect: Effect
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


def read_structure(table: pd.DataFrame, columns: Iterable[Hashable]) -> IndexGroup:
    """Return the hierarchy of a structure over the columns of some data.

    Raises:
        InputError: every problem at once: unknown columns, names that are no text or occur twice, no or several tops, a
            parent that is none, loops, indicators that the data lack, values of a column that are not allowed or that
            do not apply to the row (a quotient of a group, a mean of an indicator).
    """
    if not isinstance(table, pd.DataFrame):
        raise UsageError(f"a structure is a DataFrame, not {type(table).__name__}")
    return _StructureReader(table, list(columns)).read()


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
    above_zero = {indicator.name: "its logarithm is taken" for indicator in indicators if indicator.log}
    above_zero |= {indicator.per: "others are divided by it" for indicator in indicators if indicator.per}
    bases = sorted({indicator.per for indicator in indicators if indicator.per})
    for name in dict.fromkeys([*(indicator.name for indicator in indicators), *bases]):
        for unit, value in zip(data.index, data[name].tolist(), strict=True):
            if _is_gap(value):
                continue
            if isinstance(value, bool) or not isinstance(value, Real | Decimal) or not isfinite(value):
                report(unit, name, f"{value!r}", "a finite number, or NaN where it is missing")
            elif value and not SMALLEST_SIZE <= abs(float(value)) <= 1 / SMALLEST_SIZE:
                report(unit, name, f"{value!r}", f"0, or a size from {SMALLEST_SIZE:g} to {1 / SMALLEST_SIZE:g}")
            elif value <= 0 and name in above_zero:
                report(unit, name, f"{value!r}", f"more than 0, as {above_zero[name]}")
    if problems:
        raise InputError(problems)


def _check_names(data: pd.DataFrame, report: Callable[[object, str, str, str], None]) -> None:
    for name in sorted({str(name) for name in data.columns[data.columns.duplicated()]}):
        report(None, name, "a column that occurs twice", "each column once")
    for unit in data.index[data.index.duplicated()].unique():
        report(None, "index", f"the unit '{unit}' more than once", "each unit once")
    if data.index.to_frame().isna().any(axis=None):
        report(None, "index", "a unit without a name", "a name for each")


def _is_gap(value: object) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and isnan(value))


class _StructureReader:
    def __init__(self, table: pd.DataFrame, columns: list[Hashable]) -> None:
        self.given = [str(column) for column in table.columns]
        self.columns = [column for column in columns if isinstance(column, str)]
        self.unnamed = {str(column): column for column in columns if not isinstance(column, str)}
        self.rows = [dict(zip(self.given, row, strict=True)) for row in table.itertuples(index=False, name=None)]
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
            if name == "rank" and name in parents:
                self._report(line, "name", "'rank'", "another name: the table of the index has a column of that name")
            if names.count(name) > 1:
                self._report(line, "name", f"'{name}' more than once", "each name once")
            if parent and parent not in names:
                self._report(line, "parent", f"'{parent}'", f"a name of this table{suggest(parent, names)}")
            elif name and self._loops(name, names, parents):
                self._report(line, "parent", f"'{name}' below itself", "a tree")
            if name not in parents and name not in self.columns:
                self._report(line, "name", f"'{name}'", self._want_column(name))
        if parents.count("") != 1:
            self._report(None, "parent", f"{parents.count('')} rows without a parent", "one, the index itself")

    def _want_column(self, name: str) -> str:
        if name in self.unnamed:
            return f"a column of the data that is named by a text, not by {self.unnamed[name]!r}"
        return f"a column of the data{suggest(name, self.columns)}"

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
        if not below:
            return self._indicator(row, line, weight)
        available = self._number(row, "available", line, 1.0)
        if not 0 < available <= 1:
            self._report(line, "available", f"{available}", "a share of the weight, above 0 up to 1")
        mean = self._choice(row, "mean", line, IndexAggregation.ARITHMETIC)
        power = self._number(row, "power", line, 1.0)
        if self._text(row, "power") and mean is not IndexAggregation.POWER:
            self._report(line, "power", f"{power}", f"nothing: a {mean.value} mean does not read it")
        parts = tuple(self._node(at, names, parents) for at in below)
        if sum(part.weight for part in parts if part.effect is Effect.PART) <= 0:
            self._report(line, "weight", f"no weight in any part of '{self._text(row, 'name')}'", "one above 0")
        return IndexGroup(
            name=self._text(row, "name"),
            weight=weight,
            direction=self._direction(row, line),
            scale=self._scale(row, line, Normalisation.NONE, False),
            mean=mean,
            power=power,
            available=available,
            effect=self._effect(row, line),
            parts=parts,
        )

    def _indicator(self, row: Mapping[Any, Any], line: int, weight: float) -> IndexIndicator:
        transform, per = self._text(row, "transform"), self._text(row, "per")
        if transform not in ("", "log"):
            self._report(line, "transform", f"'{transform}'", "log or nothing")
        if per and per not in self.columns:
            self._report(line, "per", f"'{per}'", self._want_column(per))
        return IndexIndicator(
            name=self._text(row, "name"),
            weight=weight,
            direction=self._direction(row, line),
            per=per,
            log=transform == "log",
            scale=self._scale(row, line, Normalisation.MINMAX, transform == "log"),
            effect=self._effect(row, line),
        )

    def _direction(self, row: Mapping[Any, Any], line: int) -> int:
        direction = self._number(row, "direction", line, 1.0)
        if direction not in (1.0, -1.0):
            self._report(line, "direction", f"{direction}", "1 or -1")
            return 1
        return int(direction)

    def _effect(self, row: Mapping[Any, Any], line: int) -> Effect:
        effect = self._choice(row, "effect", line, Effect.PART)
        if effect is not Effect.PART and not self._text(row, "parent"):
            self._report(line, "effect", f"'{effect.value}' for the index itself", "nothing: it has no group")
        return effect

    def _scale(self, row: Mapping[Any, Any], line: int, otherwise: Normalisation, log: bool) -> Scale:
        method = self._choice(row, "normal", line, otherwise)
        bounds = {name: self._number(row, name, line, _NAN) for name in ("low", "high")}
        ends = {"bottom": self._number(row, "bottom", line, 0.0), "top": self._number(row, "top", line, 1.0)}
        if method is Normalisation.DIST2REF:
            self._report(line, "normal", "'dist2ref'", "another: a reference is given by a Scale in Python")
            return Scale(method=Normalisation.NONE)
        count = len(self.problems)
        for name, value in bounds.items():
            if log and value <= 0:
                self._report(line, name, f"{value}", "more than 0, as its logarithm is taken")
            if isnan(value) and (method in _NEEDS_BOTH or (name == "high" and method in _NEEDS_HIGH)):
                self._report(line, name, "nothing", f"a number, as {method.value} needs it")
        if len(self.problems) > count:
            return Scale(method=Normalisation.NONE)
        try:
            return Scale(method=method, low=bounds["low"], high=bounds["high"], bottom=ends["bottom"], top=ends["top"])
        except UsageError as error:
            given = [name for name in (*bounds, *ends) if self._text(row, name)]
            found = ", ".join(f"{name} {self._text(row, name)}" for name in given)
            self._report(line, " and ".join(given) or "normal", found, str(error))
            return Scale(method=Normalisation.NONE)

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
