"""A tree of texts to typed values: dataclasses by their annotations, every problem with its line and column.

Not pydantic's own reading of text: that takes ``"1_000"`` and ``"5.0"`` for a whole number, ``"on"`` for true and
``"1697068800"`` for a day.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable, Mapping
from datetime import date, datetime
from enum import Enum
from fractions import Fraction
from functools import cache
from typing import Any, Final, TypeVar

from smartcert.errors import InputError, Problem, suggestion
from smartcert.intake import scalars
from smartcert.intake.scalars import NotReadableError, quoted
from smartcert.intake.yaml_text import Path, Tree

T = TypeVar("T")

BROKEN: Final[Any] = object()
"""Stands for a value that could not be read; its problem has been told."""

LONGEST = 10_000
"""The most characters of one text."""


class Percent:
    """Asks for a percentage: ``70`` or ``70 %`` becomes the fraction 70."""


_SCALARS: Mapping[Any, Callable[[str], Any]] = {
    bool: scalars.yes_no,
    int: scalars.whole,
    Fraction: scalars.exact,
    Percent: scalars.percent,
    date: scalars.day,
    datetime: scalars.moment,
}


@dataclasses.dataclass(frozen=True, slots=True)
class Anything:
    """A node of any shape, kept by its path to be read later."""

    path: Path


class Decoder:
    """Reads values of one tree and collects every problem in ``problems``."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.problems: list[Problem] = []

    def refuse(self, path: Path, found: str, wanted: str) -> Any:
        """Tell a problem with the value at ``path``; return `BROKEN`."""
        self.problems.append(Problem(place=self.tree.place(path), found=found, wanted=wanted))
        return BROKEN

    def read(self, kind: Any, path: Path = ()) -> Any:
        """Return the value at ``path`` as ``kind``, or `BROKEN` after telling what is wrong."""
        origin = typing.get_origin(kind)
        if origin in (typing.Union, types.UnionType):
            return self._union(typing.get_args(kind), path)
        if origin is tuple:
            return self._sequence(typing.get_args(kind)[0], path)
        if isinstance(origin, type) and issubclass(origin, Mapping):
            return self._mapping(typing.get_args(kind), path)
        if kind is Anything:
            return Anything(path)
        if dataclasses.is_dataclass(kind):
            return self._record(kind, path)
        return self._scalar(kind, path)

    def _record(self, kind: Any, path: Path) -> Any:
        node = self._dict(path)
        if node is BROKEN:
            return BROKEN
        known, needed = shape(kind)
        whole = self._only(node, known, path)
        for name in needed:
            if name not in node:
                self.refuse(path, f"no '{name}'", f"the key '{name}'")
                whole = False
        values = {name: self.read(known[name], (*path, name)) for name in known if name in node}
        if not whole or any(value is BROKEN for value in values.values()):
            return BROKEN
        return kind(**values)

    def _only(self, node: Mapping[str, Any], known: Mapping[str, Any], path: Path) -> bool:
        strange = [key for key in node if key not in known]
        for key in strange:
            place = self.tree.key_place((*path, key))
            wanted = f"one of: {', '.join(known)}"
            found = f"the unknown key {quoted(key)}{suggestion(key, known)}"
            self.problems.append(Problem(place=place, found=found, wanted=wanted))
        return not strange

    def _dict(self, path: Path) -> Any:
        node = self.tree.at(path)
        if isinstance(node, dict):
            return node
        return self.refuse(path, _told(node), "keys with values")

    def _sequence(self, kind: Any, path: Path) -> Any:
        node = self.tree.at(path)
        if not isinstance(node, list):
            return self.refuse(path, _told(node), "a list")
        values = tuple(self.read(kind, (*path, number)) for number in range(len(node)))
        return BROKEN if any(value is BROKEN for value in values) else values

    def _mapping(self, kinds: tuple[Any, ...], path: Path) -> Any:
        key_kind, value_kind = kinds
        node = self._dict(path)
        if node is BROKEN:
            return BROKEN
        values = {}
        for name in node:
            try:
                key: Any = scalar(key_kind, name)
            except NotReadableError as error:
                place = self.tree.key_place((*path, name))
                self.problems.append(Problem(place=place, found=quoted(name), wanted=str(error)))
                key = BROKEN
            values[key] = self.read(value_kind, (*path, name))
        return BROKEN if BROKEN in values or any(value is BROKEN for value in values.values()) else values

    def _union(self, kinds: tuple[Any, ...], path: Path) -> Any:
        left = tuple(kind for kind in kinds if kind is not types.NoneType)
        if len(left) == 1:
            return self.read(left[0], path)
        node = self._dict(path)
        if node is BROKEN:
            return BROKEN
        by_kind = {typing.get_args(typing.get_type_hints(kind)["kind"])[0]: kind for kind in left}
        if "kind" not in node:
            return self.refuse(path, "no 'kind'", f"kind: one of {', '.join(by_kind)}")
        name = node["kind"]
        if not isinstance(name, str) or name not in by_kind:
            hint = suggestion(name, by_kind) if isinstance(name, str) else ""
            return self.refuse((*path, "kind"), f"{_told(name)}{hint}", f"one of: {', '.join(by_kind)}")
        return self.read(by_kind[name], path)

    def _scalar(self, kind: Any, path: Path) -> Any:
        node = self.tree.at(path)
        if not isinstance(node, str):
            return self.refuse(path, _told(node), "one value")
        if kind is str and path in self.tree.bare:
            return self.refuse(path, f"an unquoted {node}", f'a text (if this is one, write "{node}")')
        try:
            return scalar(kind, node)
        except NotReadableError as error:
            return self.refuse(path, quoted(node) + _near(kind, node), str(error))


def decode(kind: type[T], tree: Tree) -> T:
    """Return the whole tree as ``kind``.

    Raises:
        InputError: with every problem: unknown and missing keys, values that do not fit.
    """
    decoder = Decoder(tree)
    value = decoder.read(kind)
    if decoder.problems:
        raise InputError(decoder.problems)
    return typing.cast("T", value)


@cache
def shape(kind: Any) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """Return the fields of a dataclass with their types, and the names of those that must be given."""
    hints = typing.get_type_hints(kind)
    fields = dataclasses.fields(kind)
    missing = dataclasses.MISSING
    needed = tuple(one.name for one in fields if one.default is missing and one.default_factory is missing)
    return {one.name: hints[one.name] for one in fields}, needed


def scalar(kind: Any, text: str) -> Any:
    """Return one text as ``kind``: text, enum, literal, number, day, moment, or yes and no.

    Raises:
        NotReadableError: the text does not fit.
    """
    if kind is str:
        if not text.strip():
            raise NotReadableError("a text")
        if len(text) > LONGEST:
            raise NotReadableError(f"a text of at most {LONGEST} characters")
        return text
    if kind in _SCALARS:
        return _SCALARS[kind](text)
    choices = _choices(kind)
    if text not in choices:
        raise NotReadableError(f"one of: {', '.join(choices)}")
    return choices[text]


def _choices(kind: Any) -> Mapping[str, Any]:
    if isinstance(kind, type) and issubclass(kind, Enum):
        return {str(one.value): one for one in kind}
    return {str(one): one for one in typing.get_args(kind)}


def _near(kind: Any, text: str) -> str:
    return "" if kind is str or kind in _SCALARS else suggestion(text, _choices(kind))


def _told(node: Any) -> str:
    if isinstance(node, dict):
        return "keys with values"
    return "a list" if isinstance(node, list) else quoted(node)
