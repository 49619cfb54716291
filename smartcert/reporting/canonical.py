"""JSON that is the same for the same values, and that people can read and compare line by line."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

_flat = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode
"""Made once: `json.dumps` would make one for every line."""
_text: Callable[[str], str] = json.encoder.encode_basestring
"""What an encoder calls for a text in the end; most of what is written are texts."""


def canonical(plain: Any, lines: int) -> bytes:
    """Return a value as UTF-8 JSON with sorted keys and a newline at the end.

    The entries of the outer ``lines`` levels of objects and lists stand on lines of their own, one blank further in for
    every level; what lies deeper stays on one line. To break all of it takes longer, and reads worse.
    """
    return canonical_text(plain, lines).encode()


def canonical_text(plain: Any, lines: int) -> str:
    """Return the same as `canonical` as text."""
    parts: list[str] = []
    _break(plain, lines, "\n", parts.append)
    parts.append("\n")
    return "".join(parts)


def _break(value: Any, lines: int, newline: str, write: Callable[[str], None]) -> None:
    """Write a value in parts: to put each level together would copy the texts in it once per level."""
    if isinstance(value, str):
        write(_text(value))
    elif not lines or not value or not isinstance(value, (dict, list)):
        write(_flat(value))
    elif isinstance(value, dict):
        _break_entries("{", [(f"{_text(name)}: ", value[name]) for name in sorted(value)], "}", lines, newline, write)
    else:
        _break_entries("[", [("", one) for one in value], "]", lines, newline, write)


def _break_entries(
    opening: str, entries: list[tuple[str, Any]], closing: str, lines: int, newline: str, write: Callable[[str], None]
) -> None:
    inner = newline + " "
    before = opening + inner
    for name, value in entries:
        write(before + name)
        _break(value, lines - 1, inner, write)
        before = "," + inner
    write(newline + closing)
