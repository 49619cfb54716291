"""A tree to YAML text that `yaml_text` reads back as it was: every text in quotes, every other scalar bare."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./+-]*(?: [0-9][0-9:]*)?")
_LONGEST_ON_ONE_LINE = 110


class Bare(str):
    """A scalar without quotes: a number, a day, a word of ours, yes or no; nothing where it is to be filled in."""

    __slots__ = ()


Written = Mapping[str, Any] | Sequence[Any] | str


def yaml_text(tree: Mapping[str, Any]) -> str:
    """Return a tree of dicts, lists and texts as YAML. What is short stands on one line.

    >>> print(yaml_text({"id": Bare("a-1"), "title": {"ko": "예", "en": "no"}}), end="")
    id: a-1
    title: {ko: "예", en: "no"}
    """
    return "".join(f"{line}\n" for line in _mapping(tree, 0))


def _mapping(tree: Mapping[str, Any], depth: int) -> Iterator[str]:
    for key, value in tree.items():
        yield from _under(f"{'  ' * depth}{key}:", value, depth)


def _under(head: str, value: Any, depth: int) -> Iterator[str]:
    line = f"{head} {_flow(value)}".rstrip()
    if isinstance(value, str) or not value or (_is_flat(value) and len(line) <= _LONGEST_ON_ONE_LINE):
        yield line
        return
    yield head
    if isinstance(value, Mapping):
        yield from _mapping(value, depth + 1)
        return
    for one in value:
        yield from _item(one, depth + 1)


def _item(one: Any, depth: int) -> Iterator[str]:
    indent = "  " * depth
    flat = f"{indent}- {_flow(one)}"
    if isinstance(one, str) or (_is_flat(one) and len(flat) <= _LONGEST_ON_ONE_LINE):
        yield flat
        return
    first, *rest = _mapping(one, depth + 1)
    yield f"{indent}- {first.lstrip()}"
    yield from rest


def _is_flat(value: Any) -> bool:
    inside = value.values() if isinstance(value, Mapping) else value
    # what is to be filled in stands on a line of its own
    return all(one != "" if isinstance(one, str) else isinstance(one, Sequence) and _is_flat(one) for one in inside)


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, Bare):
        return str(value) if not value or _BARE.fullmatch(value) else json.dumps(value, ensure_ascii=False)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return "[" + ", ".join(_flow(one) for one in value) + "]"
