"""YAML to a tree of texts: every scalar stays text, every node keeps its line and column, no key is lost.

YAML's own typing is never used: it reads ``no`` as false, ``1.10`` as 1.1, and keeps the last of two equal keys.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from smartcert.errors import InputError, Place, Problem
from smartcert.intake.scalars import quoted
from smartcert.intake.text import FileText, line_and_column

Step = str | int
Path = tuple[Step, ...]
"""The way from the root of a tree to a node: keys and positions."""

Plain = dict[str, Any] | list[Any] | str

_DEEPEST = 40
_NOT_TEXT = frozenset({"~", "null", "yes", "no", "on", "off", "true", "false"})
# libyaml reads ten times faster where it is there; both give the same events
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


@dataclass(frozen=True, kw_only=True, slots=True)
class Tree:
    """A YAML file as dicts, lists and texts. ``bare`` are unquoted scalars that others read as no text."""

    file: str
    plain: Plain
    values: Mapping[Path, tuple[int, int]]
    keys: Mapping[Path, tuple[int, int]]
    bare: frozenset[Path]

    def place(self, path: Path) -> Place:
        """Return where the value at ``path`` stands; for one that is missing, where its parent stands."""
        while path and path not in self.values:
            path = path[:-1]
        line, column = self.values[path]
        return Place(file=self.file, line=line, column=column, field=dotted(path))

    def key_place(self, path: Path) -> Place:
        """Return where the key at the end of ``path`` stands."""
        line, column = self.keys[path]
        return Place(file=self.file, line=line, column=column, field=dotted(path))

    def at(self, path: Path) -> Any:
        """Return the node at ``path``."""
        node: Any = self.plain
        for step in path:
            node = node[step]
        return node


def dotted(path: Path) -> str | None:
    """Return a path as a reader writes it, positions from 1.

    >>> dotted(("domains", 0, "points"))
    'domains[1].points'
    """
    text = "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".") or None


def read_tree(source: FileText) -> Tree:
    """Return the tree of one YAML document.

    Raises:
        InputError: no YAML, or with tags, anchors, aliases, duplicate keys, several documents, or nothing at all.
    """
    build = _Build(file=source.file)
    try:
        build.document(yaml.parse(source.text, Loader=_LOADER))
    except _TooDeepError:
        pass  # told already
    except yaml.MarkedYAMLError as error:
        build.problems.append(_syntax(source.file, error))
    except yaml.reader.ReaderError as error:
        line, column = line_and_column(source.text, int(error.position or 0))
        place = Place(file=source.file, line=line, column=column)
        build.problems.append(Problem(place=place, found="a character that YAML does not allow", wanted="plain text"))
    if build.problems:
        raise InputError(build.problems)
    return Tree(file=source.file, plain=build.root, values=build.values, keys=build.keys, bare=frozenset(build.bare))


def _syntax(file: str, error: yaml.MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    place = Place(file=file, line=mark.line + 1, column=mark.column + 1) if mark else Place(file=file)
    return Problem(place=place, found=f"a text that is no YAML: {error.problem or error.context}", wanted="valid YAML")


class _TooDeepError(Exception):
    """Ends the reading of a file that is nested too deeply."""


def _where(event: Any) -> tuple[int, int]:
    return event.start_mark.line + 1, event.start_mark.column + 1


@dataclass(kw_only=True)
class _Build:
    file: str
    root: Plain = ""
    values: dict[Path, tuple[int, int]] = field(default_factory=dict)
    keys: dict[Path, tuple[int, int]] = field(default_factory=dict)
    bare: set[Path] = field(default_factory=set)
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
        line, column = _where(event)
        place = Place(file=self.file, line=line, column=column)
        self.problems.append(Problem(place=place, found=found, wanted=wanted))

    def node(self, event: yaml.Event, events: Iterator[yaml.Event], path: Path) -> Plain:
        self.values[path] = _where(event)
        anchor, tag = getattr(event, "anchor", None), getattr(event, "tag", None)
        if isinstance(event, yaml.AliasEvent):
            self.refuse(event, f"an alias *{anchor}", "the value itself")
            return ""
        if anchor:
            self.refuse(event, f"an anchor &{anchor}", "the value itself, written where it is used")
        if tag:
            self.refuse(event, f"a tag {tag}", "a plain value")
        if len(path) > _DEEPEST:
            self.refuse(event, "keys nested too deeply", f"at most {_DEEPEST} levels")
            raise _TooDeepError
        if isinstance(event, yaml.MappingStartEvent):
            return self.mapping(events, path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(events, path)
        return self.scalar(event, path)

    def scalar(self, event: Any, path: Path) -> str:
        value: str = event.value
        if not event.style and value.lower() in _NOT_TEXT:
            self.bare.add(path)
        return value

    def sequence(self, events: Iterator[yaml.Event], path: Path) -> list[Any]:
        found: list[Any] = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            found.append(self.node(event, events, (*path, len(found))))
        return found

    def mapping(self, events: Iterator[yaml.Event], path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self.key(event, events, path)
            if key in found:
                line = self.keys[(*path, key)][0]
                self.refuse(event, f"the key {quoted(key)} again", f"each key once (first in line {line})")
                self.skip(next(events), events, path)
                continue
            self.keys[(*path, key)] = _where(event)
            found[key] = self.node(next(events), events, (*path, key))
        return found

    def key(self, event: yaml.Event, events: Iterator[yaml.Event], path: Path) -> str:
        if isinstance(event, yaml.ScalarEvent):
            if event.tag or event.anchor:
                self.refuse(event, "a tag or an anchor on a key", "a plain key")
            return str(event.value)
        self.refuse(event, "a key that is no text", "a plain key")
        self.skip(event, events, path)
        return f"\x00{_where(event)}"  # no file can hold a NUL: never the name of another key

    def skip(self, event: yaml.Event, events: Iterator[yaml.Event], path: Path) -> None:
        aside = _Build(file=self.file)
        aside.node(event, events, path)
        self.problems += aside.problems
