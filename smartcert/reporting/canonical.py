"""How is a value written as JSON so that the same values give the same bytes?

All JSON that is hashed, signed or compared byte by byte is written here. This module imports nothing heavy.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from fractions import Fraction
from types import NoneType
from typing import Any

encode_flat = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode
"""One encoder for all lines: `json.dumps` would build one for every line."""
encode_text: Callable[[str], str] = json.encoder.encode_basestring
"""What an encoder calls for a text in the end; most of what is written are texts."""

compact_json: Callable[[Any], str] = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
"""Return a value as JSON with sorted keys and without any blank or newline: what hashes and signatures are taken of."""


def _write_moment(value: datetime) -> str:
    return f'"{value.isoformat().replace("+00:00", "Z")}"'


LEAF_WRITERS: dict[type, Callable[[Any], str]] = {
    str: encode_text,
    Fraction: lambda value: f'"{value!s}"',  # without `!s` in twice the time
    date: lambda value: f'"{value.isoformat()}"',
    datetime: _write_moment,
    NoneType: lambda _value: "null",
    bool: lambda value: "true" if value else "false",
    int: int.__repr__,
    float: encode_flat,
}
"""How a value that has no parts is written, by its class; enumerations are added when they are first met."""
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


def encode_object(value: object) -> bytes:
    """Return a value of our own as JSON without blanks, the fields of each object in the order of its class.

    It gives the bytes of pydantic, which takes longer to import, and to build what writes a class, than a small round
    takes to be written.

    >>> encode_object({"share": Fraction(1, 3), "days": (date(2024, 6, 1), None)}).decode()
    '{"share":"1/3","days":["2024-06-01",null]}'

    Raises:
        TypeError: there is no JSON for the class of a part.
    """
    return _WRITERS[value.__class__](value).encode()


class _Writers(dict[type, Callable[[Any], str]]):
    """What writes a value, by its class; it is built when the class is first met."""

    def __missing__(self, kind: type) -> Callable[[Any], str]:
        writer = self[kind] = _build_writer(kind)
        return writer


def _build_writer(kind: type) -> Callable[[Any], str]:
    if issubclass(kind, Enum):
        return {member: encode_flat(member.value) for member in kind}.__getitem__
    if issubclass(kind, str):
        return encode_text
    if issubclass(kind, (tuple, list)):
        return lambda value: f"[{','.join([_WRITERS[part.__class__](part) for part in value])}]"
    if issubclass(kind, Mapping):
        return lambda value: f"{{{','.join([_write_entry(name, part) for name, part in value.items()])}}}"
    if not is_dataclass(kind):
        raise TypeError(f"no JSON for {kind.__qualname__}")
    parts = [f'"{part.name}":{{write[value.{part.name}.__class__](value.{part.name})}}' for part in fields(kind)]
    writer: Callable[[Any], str] = eval(  # noqa: S307  # names of fields, which are identifiers, and nothing else
        f"lambda value: f'{{{{{','.join(parts)}}}}}'", {"write": _WRITERS}
    )
    return writer


def _write_entry(name: object, part: object) -> str:
    key = _WRITERS[name.__class__](name)
    return f"{key if key[0] == _QUOTE else encode_text(key)}:{_WRITERS[part.__class__](part)}"


_QUOTE = '"'
_WRITERS = _Writers(LEAF_WRITERS)
