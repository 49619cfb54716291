"""YAML as a tree of texts with places, a tree as dataclasses, and a tree as YAML again.

A file is one document of mappings, sequences and plain scalars: no tags, anchors, aliases or duplicate keys. Scalars
stay texts until the type of a field says what they are; then `text` reads them.
"""

from __future__ import annotations

import dataclasses
import json
import re
import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from datetime import date, datetime
from enum import Enum, auto
from fractions import Fraction
from functools import cache
from typing import Any, Final, TypeVar

import yaml

from smartcert.errors import InputError, Place, Problem, suggest
from smartcert.io.formats import text as scalars
from smartcert.io.formats.text import FileText, NotReadableError, line_and_column, quote
from smartcert.lazy_dataclass import dataclass

PathStep = str | int
NodePath = tuple[PathStep, ...]
"""The keys and positions from the root of a tree to a node; positions from 0."""

PlainNode = dict[str, Any] | list[Any] | str

_MAX_DEPTH = 40
_AMBIGUOUS_WORDS = frozenset({"~", "null", "yes", "no", "on", "off", "true", "false"})
# libyaml reads ten times faster where it is installed; both give the same events
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


@dataclass(frozen=True, kw_only=True, slots=True)
class YamlTree:
    """A YAML file as dicts, lists and texts.

    ``values`` and ``keys`` are the lines and columns of values and of keys, by the path. ``bare`` are unquoted scalars
    that YAML may read as another type than text: ``no``, ``null``.
    """

    file: str
    plain: PlainNode
    values: Mapping[NodePath, tuple[int, int]]
    keys: Mapping[NodePath, tuple[int, int]]
    bare: frozenset[NodePath]

    def place(self, path: NodePath) -> Place:
        """Return the place of the value at ``path``; for one that is missing, that of its parent."""
        while path and path not in self.values:
            path = path[:-1]
        line, column = self.values[path]
        return Place(file=self.file, line=line, column=column, field=format_path(path))

    def key_place(self, path: NodePath) -> Place:
        """Return the place of the key at the end of ``path``."""
        line, column = self.keys[path]
        return Place(file=self.file, line=line, column=column, field=format_path(path))

    def at(self, path: NodePath) -> Any:
        """Return the node at ``path``."""
        node: Any = self.plain
        for step in path:
            node = node[step]
        return node


def format_path(path: NodePath) -> str | None:
    """Return a path as problems name it, positions from 1; None for the root.

    >>> format_path(("domains", 0, "points"))
    'domains[1].points'
    """
    text = "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".") or None


def parse_yaml(source: FileText) -> YamlTree:
    """Return the tree of a YAML document; an InputError for tags, anchors, aliases, duplicate keys, or nothing."""
    build = _TreeBuilder(file=source.file)
    try:
        build.document(yaml.parse(source.text, Loader=_LOADER))
    except _TooDeepError:
        pass  # its problem is in the list
    except yaml.MarkedYAMLError as error:
        build.problems.append(_syntax_problem(source.file, error))
    except yaml.reader.ReaderError as error:
        line, column = line_and_column(source.text, int(error.position or 0))
        place = Place(file=source.file, line=line, column=column)
        build.problems.append(Problem(place=place, found="a character that YAML does not allow", wanted="plain text"))
    if build.problems:
        raise InputError(build.problems)
    return YamlTree(
        file=source.file, plain=build.root, values=build.values, keys=build.keys, bare=frozenset(build.bare)
    )


def _syntax_problem(file: str, error: yaml.MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    place = Place(file=file, line=mark.line + 1, column=mark.column + 1) if mark else Place(file=file)
    return Problem(place=place, found=f"a text that is no YAML: {error.problem or error.context}", wanted="valid YAML")


class _TooDeepError(Exception):
    """Ends the reading of a file that is nested too deeply."""


def _position(event: Any) -> tuple[int, int]:
    return event.start_mark.line + 1, event.start_mark.column + 1


@dataclass(kw_only=True)
class _TreeBuilder:
    file: str
    root: PlainNode = ""
    values: dict[NodePath, tuple[int, int]] = field(default_factory=dict)
    keys: dict[NodePath, tuple[int, int]] = field(default_factory=dict)
    bare: set[NodePath] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)

    def document(self, events: Iterator[yaml.Event]) -> None:
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self.refuse(event, "a second document", "one document per file")
                    return
                self.root = self.node(next(events), events, ())
        if not documents:
            self.problems.append(Problem(place=Place(file=self.file), found="an empty file", wanted="YAML"))

    def refuse(self, event: yaml.Event, found: str, wanted: str) -> None:
        line, column = _position(event)
        place = Place(file=self.file, line=line, column=column)
        self.problems.append(Problem(place=place, found=found, wanted=wanted))

    def node(self, event: yaml.Event, events: Iterator[yaml.Event], path: NodePath) -> PlainNode:
        self.values[path] = _position(event)
        anchor, tag = getattr(event, "anchor", None), getattr(event, "tag", None)
        if isinstance(event, yaml.AliasEvent):
            self.refuse(event, f"an alias *{anchor}", "the value itself")
            return ""
        if anchor:
            self.refuse(event, f"an anchor &{anchor}", "the value itself, written where it is used")
        if tag:
            self.refuse(event, f"a tag {tag}", "a plain value")
        if len(path) > _MAX_DEPTH:
            self.refuse(event, "keys nested too deeply", f"at most {_MAX_DEPTH} levels")
            raise _TooDeepError
        if isinstance(event, yaml.MappingStartEvent):
            return self.mapping(events, path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(events, path)
        return self.scalar(event, path)

    def scalar(self, event: Any, path: NodePath) -> str:
        value: str = event.value
        if not event.style and value.lower() in _AMBIGUOUS_WORDS:
            self.bare.add(path)
        return value

    def sequence(self, events: Iterator[yaml.Event], path: NodePath) -> list[Any]:
        items: list[Any] = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            items.append(self.node(event, events, (*path, len(items))))
        return items

    def mapping(self, events: Iterator[yaml.Event], path: NodePath) -> dict[str, Any]:
        items: dict[str, Any] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self.key(event, events, path)
            if key in items:
                line = self.keys[(*path, key)][0]
                self.refuse(event, f"the key {quote(key)} again", f"each key once (first in line {line})")
                self.skip(next(events), events, path)
                continue
            self.keys[(*path, key)] = _position(event)
            items[key] = self.node(next(events), events, (*path, key))
        return items

    def key(self, event: yaml.Event, events: Iterator[yaml.Event], path: NodePath) -> str:
        if isinstance(event, yaml.ScalarEvent):
            if event.tag or event.anchor:
                self.refuse(event, "a tag or an anchor on a key", "a plain key")
            return str(event.value)
        self.refuse(event, "a key that is no text", "a plain key")
        self.skip(event, events, path)
        return f"\x00{_position(event)}"  # no file can hold a NUL: never the name of another key

    def skip(self, event: yaml.Event, events: Iterator[yaml.Event], path: NodePath) -> None:
        skipped = _TreeBuilder(file=self.file)
        skipped.node(event, events, path)
        self.problems += skipped.problems


_BARE_SCALAR = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./+-]*(?: [0-9][0-9:]*)?")
_LONGEST_ON_ONE_LINE = 110


class BareScalar(str):
    """A scalar written without quotes: a number, a day, an identifier, yes or no; empty if it is to be filled in."""

    __slots__ = ()


def format_yaml(tree: Mapping[str, Any]) -> str:
    """Return a tree of dicts, lists and texts as YAML that `parse_yaml` reads back; a short node is one line.

    >>> print(format_yaml({"id": BareScalar("a-1"), "title": {"ko": "예", "en": "no"}}), end="")
    id: a-1
    title: {ko: "예", en: "no"}
    """
    return "".join(f"{line}\n" for line in _mapping_lines(tree, 0))


def _mapping_lines(tree: Mapping[str, Any], depth: int) -> Iterator[str]:
    for key, value in tree.items():
        yield from _value_lines(f"{'  ' * depth}{key}:", value, depth)


def _value_lines(head: str, value: Any, depth: int) -> Iterator[str]:
    line = f"{head} {_format_inline(value)}".rstrip()
    if isinstance(value, str) or not value or (_is_flat(value) and len(line) <= _LONGEST_ON_ONE_LINE):
        yield line
        return
    yield head
    if isinstance(value, Mapping):
        yield from _mapping_lines(value, depth + 1)
        return
    for item in value:
        yield from _item_lines(item, depth + 1)


def _item_lines(item: Any, depth: int) -> Iterator[str]:
    indent = "  " * depth
    flat = f"{indent}- {_format_inline(item)}"
    if isinstance(item, str) or (_is_flat(item) and len(flat) <= _LONGEST_ON_ONE_LINE):
        yield flat
        return
    first, *rest = _mapping_lines(item, depth + 1)
    yield f"{indent}- {first.lstrip()}"
    yield from rest


def _is_flat(value: Any) -> bool:
    items = value.values() if isinstance(value, Mapping) else value
    # an empty scalar, which is to be filled in, has a line of its own
    return all(item != "" if isinstance(item, str) else isinstance(item, Sequence) and _is_flat(item) for item in items)


def _format_inline(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_format_inline(item)}" for key, item in value.items()) + "}"
    if isinstance(value, BareScalar):
        return str(value) if not value or _BARE_SCALAR.fullmatch(value) else json.dumps(value, ensure_ascii=False)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return "[" + ", ".join(_format_inline(item) for item in value) + "]"


T = TypeVar("T")

INVALID: Final[Any] = object()
"""The value of a node that could not be read; its problem is in the decoder."""

MAX_TEXT_LENGTH = 10_000
"""The most characters of one text."""


class Percent:
    """The type of a percentage: ``70`` and ``70 %`` become the fraction 70."""


_SCALARS: Mapping[Any, Callable[[str], Any]] = {
    bool: scalars.parse_yes_no,
    int: scalars.parse_integer,
    Fraction: scalars.parse_exact,
    Percent: scalars.parse_percent,
    date: scalars.parse_day,
    datetime: scalars.parse_moment,
}


@dataclass(frozen=True, slots=True)
class AnyNode:
    """The path of a node of any shape, to be read later by another type."""

    path: NodePath


class _Shape(Enum):
    SCALAR = auto()
    RECORD = auto()
    UNION = auto()
    SEQUENCE = auto()
    MAPPING = auto()
    ANY = auto()


@cache
def _find_shape(kind: Any) -> tuple[_Shape, tuple[Any, ...]]:
    """Return how a type is read, and the types that it is of."""
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return _Shape.UNION, parts
    if origin is tuple:
        return _Shape.SEQUENCE, parts
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _Shape.MAPPING, parts
    if kind is AnyNode:
        return _Shape.ANY, ()
    return (_Shape.RECORD if dataclasses.is_dataclass(kind) else _Shape.SCALAR), ()


class Decoder:
    """Reads values of one tree by their types and collects every problem in ``problems``."""

    def __init__(self, tree: YamlTree) -> None:
        self.tree = tree
        self.problems: list[Problem] = []

    def refuse(self, path: NodePath, found: str, wanted: str) -> Any:
        """Add a problem with the value at ``path``; return `INVALID`."""
        self.problems.append(Problem(place=self.tree.place(path), found=found, wanted=wanted))
        return INVALID

    def read(self, kind: Any, path: NodePath = ()) -> Any:
        """Return the value at ``path`` as ``kind``, or `INVALID` after adding its problems.

        ``kind`` is a dataclass, ``tuple[T, ...]``, ``Mapping[K, V]``, ``T | None``, a union of dataclasses that their
        literal field ``kind`` tells apart, `AnyNode`, or a type of `parse_scalar`.
        """
        shape, parts = _find_shape(kind)
        if shape is _Shape.SCALAR:
            return self._scalar(kind, path)
        if shape is _Shape.RECORD:
            return self._record(kind, path)
        if shape is _Shape.UNION:
            return self._union(parts, path)
        if shape is _Shape.SEQUENCE:
            return self._sequence(parts[0], path)
        return self._mapping(parts, path) if shape is _Shape.MAPPING else AnyNode(path)

    def _record(self, kind: Any, path: NodePath) -> Any:
        node = self._dict(path)
        if node is INVALID:
            return INVALID
        known, required = list_fields(kind)
        complete = self._check_keys(node, known, path)
        for name in required:
            if name not in node:
                self.refuse(path, f"no '{name}'", f"the key '{name}'")
                complete = False
        values = {name: self.read(known[name], (*path, name)) for name in known if name in node}
        if not complete or any(value is INVALID for value in values.values()):
            return INVALID
        return kind(**values)

    def _check_keys(self, node: Mapping[str, Any], known: Mapping[str, Any], path: NodePath) -> bool:
        unknown = [key for key in node if key not in known]
        for key in unknown:
            place = self.tree.key_place((*path, key))
            wanted = f"one of: {', '.join(known)}"
            found = f"the unknown key {quote(key)}{suggest(key, known)}"
            self.problems.append(Problem(place=place, found=found, wanted=wanted))
        return not unknown

    def _dict(self, path: NodePath) -> Any:
        node = self.tree.at(path)
        if isinstance(node, dict):
            return node
        return self.refuse(path, _describe_node(node), "keys with values")

    def _sequence(self, kind: Any, path: NodePath) -> Any:
        node = self.tree.at(path)
        if not isinstance(node, list):
            return self.refuse(path, _describe_node(node), "a list")
        values = tuple(self.read(kind, (*path, number)) for number in range(len(node)))
        return INVALID if any(value is INVALID for value in values) else values

    def _mapping(self, kinds: tuple[Any, ...], path: NodePath) -> Any:
        key_kind, value_kind = kinds
        node = self._dict(path)
        if node is INVALID:
            return INVALID
        values = {}
        for name in node:
            try:
                key: Any = parse_scalar(key_kind, name)
            except NotReadableError as error:
                place = self.tree.key_place((*path, name))
                self.problems.append(Problem(place=place, found=quote(name), wanted=str(error)))
                key = INVALID
            values[key] = self.read(value_kind, (*path, name))
        return INVALID if INVALID in values or any(value is INVALID for value in values.values()) else values

    def _union(self, kinds: tuple[Any, ...], path: NodePath) -> Any:
        choices = tuple(kind for kind in kinds if kind is not types.NoneType)
        if len(choices) == 1:
            return self.read(choices[0], path)
        node = self._dict(path)
        if node is INVALID:
            return INVALID
        by_kind = _list_kinds(choices)
        if "kind" not in node:
            return self.refuse(path, "no 'kind'", f"kind: one of {', '.join(by_kind)}")
        name = node["kind"]
        if not isinstance(name, str) or name not in by_kind:
            hint = suggest(name, by_kind) if isinstance(name, str) else ""
            return self.refuse((*path, "kind"), f"{_describe_node(name)}{hint}", f"one of: {', '.join(by_kind)}")
        return self.read(by_kind[name], path)

    def _scalar(self, kind: Any, path: NodePath) -> Any:
        node = self.tree.at(path)
        if not isinstance(node, str):
            return self.refuse(path, _describe_node(node), "one value")
        if kind is str and path in self.tree.bare:
            return self.refuse(path, f"an unquoted {node}", f'a text (if this is one, write "{node}")')
        try:
            return parse_scalar(kind, node)
        except NotReadableError as error:
            return self.refuse(path, quote(node) + _suggest_choice(kind, node), str(error))


@cache
def _list_kinds(choices: tuple[Any, ...]) -> Mapping[str, Any]:
    """Return the dataclasses of a union by the literal of their field ``kind``."""
    return {typing.get_args(typing.get_type_hints(kind)["kind"])[0]: kind for kind in choices}


@cache
def list_fields(kind: Any) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """Return the fields of a dataclass with their types, and the names of those that must be given."""
    hints = typing.get_type_hints(kind)
    fields = dataclasses.fields(kind)
    missing = dataclasses.MISSING
    required = tuple(item.name for item in fields if item.default is missing and item.default_factory is missing)
    return {item.name: hints[item.name] for item in fields}, required


def parse_scalar(kind: Any, text: str) -> Any:
    """Return a text as ``kind``: text, enum, literal, number, day, moment, yes or no; else a NotReadableError."""
    if kind is str:
        if not text.strip():
            raise NotReadableError("a text")
        if len(text) > MAX_TEXT_LENGTH:
            raise NotReadableError(f"a text of at most {MAX_TEXT_LENGTH} characters")
        return text
    if kind in _SCALARS:
        return _SCALARS[kind](text)
    choices = _list_choices(kind)
    if text not in choices:
        raise NotReadableError(f"one of: {', '.join(choices)}")
    return choices[text]


@cache
def _list_choices(kind: Any) -> Mapping[str, Any]:
    if isinstance(kind, type) and issubclass(kind, Enum):
        return {str(member.value): member for member in kind}
    return {str(choice): choice for choice in typing.get_args(kind)}


def _suggest_choice(kind: Any, text: str) -> str:
    return "" if kind is str or kind in _SCALARS else suggest(text, _list_choices(kind))


def _describe_node(node: Any) -> str:
    if isinstance(node, dict):
        return "keys with values"
    return "a list" if isinstance(node, list) else quote(node)
