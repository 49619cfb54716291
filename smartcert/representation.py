"""What does a value show of itself in a notebook or a debugger? One line, however much it holds."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from typing import Any

_MOST_CHARACTERS = 240
_MOST_TEXT = 40
_PLAIN = (str, int, float, bool)


def count_things(number: int, noun: str) -> str:
    """Return a number with an English noun whose plural ends in s.

    >>> count_things(1, "row"), count_things(0, "row")
    ('1 row', '0 rows')
    """
    return f"{number} {noun}{'' if number == 1 else 's'}"


def describe_briefly(value: Any) -> str:
    """Return one line of fewer than 300 characters on a dataclass: its plain fields, and how much the others hold.

    It is meant to stand as ``__repr__`` in classes that hold others: the ``repr`` of dataclasses would show those too.

    >>> from dataclasses import dataclass
    >>> @dataclass
    ... class Shelf:
    ...     label: str
    ...     books: list
    ...     __repr__ = describe_briefly
    >>> Shelf("novels", ["x"] * 1000)
    Shelf(label='novels', books: 1000)
    """
    parts = [part for field in fields(value) if (part := _describe_field(field.name, getattr(value, field.name, None)))]
    text = ", ".join(parts)
    shown = text if len(text) <= _MOST_CHARACTERS else text[:_MOST_CHARACTERS] + "…"
    return f"{type(value).__name__}({shown})"


def _describe_field(name: str, value: Any) -> str:
    if isinstance(value, _PLAIN):
        text = repr(getattr(value, "value", value))
        return f"{name}={text if len(text) <= _MOST_TEXT else text[:_MOST_TEXT] + '…'}"
    if isinstance(value, date) or hasattr(value, "__fspath__"):
        return f"{name}={str(value)!r}"
    if isinstance(own := getattr(value, "id", None), str):
        return f"{name}={own!r}"
    if isinstance(shape := getattr(value, "shape", None), tuple):
        return f"{name}: {' x '.join(map(str, shape))}"
    if isinstance(value, tuple | list | dict | frozenset | set):
        return f"{name}: {len(value)}" if value else ""
    return ""
