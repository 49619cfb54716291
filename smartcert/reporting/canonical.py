"""How is a value written as JSON so that the same values give the same bytes?

All JSON that is hashed, signed or compared byte by byte is written here. This module imports nothing heavy.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

encode_flat = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode
"""One encoder for all lines: `json.dumps` would build one for every line."""
encode_text: Callable[[str], str] = json.encoder.encode_basestring
"""What an encoder calls for a text in the end; most of what is written are texts."""

compact_json: Callable[[Any], str] = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
"""Return a value as JSON with sorted keys and without any blank or newline: what hashes and signatures are taken of."""
ALL_LEVELS = 99
"""For `canonical_json`: so many levels that each entry of each object and list stands on a line."""


def canonical_json(plain: Any, lines: int) -> bytes:
    """Return a value as UTF-8 JSON with sorted keys and a newline at the end.

    The entries of the outer ``lines`` levels of objects and lists stand on lines of their own, one blank further in for
    every level; deeper levels stay on one line. To break all of a large record takes longer, and reads worse. A tuple
    is written as a list: what is read back and written again gives the same bytes.

    >>> canonical_json({"a": ({"b": 1},)}, lines=3) == canonical_json({"a": [{"b": 1}]}, lines=3)
    True
    >>> print(canonical_json({"b": [1, 2], "a": "가"}, lines=1).decode(), end="")
    {
     "a": "가",
     "b": [1, 2]
    }
    """
    return (_encode_lines(plain, lines, "\n") + "\n").encode()


def _encode_lines(value: Any, lines: int, newline: str) -> str:
    if isinstance(value, str):
        return encode_text(value)
    if not lines or not value or not isinstance(value, (dict, list, tuple)):
        return encode_flat(value)
    inner, deeper = newline + " ", lines - 1
    if isinstance(value, dict):
        entries = [
            f"{encode_text(name)}: {encode_text(part)}"
            if (part := value[name]).__class__ is str  # most are texts, and a call takes as long as to write one
            else f"{encode_text(name)}: {_encode_lines(part, deeper, inner)}"
            for name in sorted(value)
        ]
        return f"{{{inner}{f',{inner}'.join(entries)}{newline}}}"
    entries = [encode_text(part) if part.__class__ is str else _encode_lines(part, deeper, inner) for part in value]
    return f"[{inner}{f',{inner}'.join(entries)}{newline}]"
