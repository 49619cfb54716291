"""JSON that is the same for the same values, and that people can read and compare line by line."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

_encode_flat = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode
"""Made once: `json.dumps` would make one for every line."""
_encode_text: Callable[[str], str] = json.encoder.encode_basestring
"""What an encoder calls for a text in the end; most of what is written are texts."""


def canonical_json(plain: Any, lines: int) -> bytes:
    """Return a value as UTF-8 JSON with sorted keys and a newline at the end.

    The entries of the outer ``lines`` levels of objects and lists stand on lines of their own, one blank further in for
    every level; what lies deeper stays on one line. To break all of it takes longer, and reads worse.
    """
    return (_encode_lines(plain, lines, "\n") + "\n").encode()


def _encode_lines(value: Any, lines: int, newline: str) -> str:
    if isinstance(value, str):
        return _encode_text(value)
    if not lines or not value or not isinstance(value, (dict, list)):
        return _encode_flat(value)
    inner = newline + " "
    if isinstance(value, dict):
        entries = [f"{_encode_text(name)}: {_encode_lines(value[name], lines - 1, inner)}" for name in sorted(value)]
        return f"{{{inner}{f',{inner}'.join(entries)}{newline}}}"
    entries = [_encode_lines(one, lines - 1, inner) for one in value]
    return f"[{inner}{f',{inner}'.join(entries)}{newline}]"
