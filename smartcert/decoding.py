"""A value from what `json.loads` gives, by its type: strictly, and sooner than pydantic is imported.

It takes a part of what pydantic takes and gives what pydantic gives. What it refuses may be right all the same: then
pydantic is asked, and has the message. Parts may be values of their types already.
"""

from __future__ import annotations

import json
import re
import typing
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from fractions import Fraction
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar

T = TypeVar("T")
_Decode = Callable[[Any], Any]

_FRACTION = re.compile(r"-?[0-9]{1,100}(?:/[0-9]{1,100})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{6})?[+-][0-9]{2}:[0-9]{2}")
_INTEGER = re.compile(r"0|[1-9][0-9]{0,17}")
REFUSALS = (ValueError, ArithmeticError, TypeError, RecursionError)
"""What is raised where pydantic has to decide."""
_DEEPEST = 60
"""How deeply lists and objects may be nested; pydantic refuses 200."""


class NotPlainError(ValueError):
    """The value is not plainly of the type that was wanted."""


def decode(kind: type[T], plain: Any) -> T:
    """Return ``plain`` as ``kind``, a dataclass; a ValueError where it is not plainly that, and pydantic decides."""
    check_plain(plain)
    return decode_parts(kind, plain)


def check_plain(plain: Any) -> None:
    """Check that no text has half a character and nothing is nested too deeply; a ValueError leaves it to pydantic."""
    json.dumps(plain, ensure_ascii=False, allow_nan=False).encode()  # raises for a half of a character
    _check_depth(plain, _DEEPEST)


def decode_parts(kind: type[T], plain: Any) -> T:
    """Return what `decode` does of a value that passed `check_plain`, and of which parts may be read since."""
    decoder: Callable[[Any], T] = _find_decoder(typing.cast("Any", kind))
    return decoder(plain)


def _check_depth(plain: Any, left: int) -> None:
    if plain.__class__ is dict or plain.__class__ is list:
        if not left:
            raise NotPlainError("nested too deeply")
        for part in plain.values() if plain.__class__ is dict else plain:
            _check_depth(part, left - 1)


@cache
def _find_decoder(kind: Any) -> _Decode:
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if kind in (str, int, bool, NoneType):
        return _take(kind)
    if kind is Fraction:
        return _take_or(Fraction, _match(_FRACTION, Fraction))
    if kind is date:
        return _match(_DAY, date.fromisoformat)
    if kind is datetime:
        return _match(_MOMENT, datetime.fromisoformat)
    if origin in (typing.Union, UnionType):
        return _decode_union(parts)
    if origin is tuple:
        return _decode_sequence(_find_decoder(parts[0])) if parts[-1] is ... else _decode_tuple(parts)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _decode_mapping(*parts)
    if origin is typing.Literal:
        return _choose({part: part for part in parts})
    if is_dataclass(kind):
        return _take_or(kind, _decode_record(kind))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _choose({member.value: member for member in kind})
    return _refuse


def _refuse(plain: Any) -> Any:
    raise NotPlainError(f"{plain!r:.60}")


def _take(kind: type) -> _Decode:
    return lambda plain: plain if plain.__class__ is kind else _refuse(plain)


def _match(pattern: re.Pattern[str], parse: Callable[[str], Any]) -> _Decode:
    return lambda plain: parse(plain) if plain.__class__ is str and pattern.fullmatch(plain) else _refuse(plain)


def _take_or(kind: Any, decoder: _Decode) -> _Decode:
    return lambda plain: plain if plain.__class__ is kind else decoder(plain)


def _choose(choices: Mapping[Any, Any]) -> _Decode:
    """Decode a text that is one of a few; other values, as numbers, are left to pydantic."""
    return lambda plain: choices[plain] if plain.__class__ is str and plain in choices else _refuse(plain)


def _decode_union(parts: tuple[Any, ...]) -> _Decode:
    others = [part for part in parts if part is not NoneType]
    if len(others) == 1:
        decoder = _find_decoder(others[0])
    elif all(map(is_dataclass, others)):
        decoder = _decode_by_kind(others)
    elif len(others) == 2 and others[0] is Fraction and issubclass(others[1], Enum):
        number, choice = map(_find_decoder, others)
        words = {member.value for member in others[1]}
        decoder = lambda plain: (choice if plain.__class__ is str and plain in words else number)(plain)  # noqa: E731
    else:
        decoder = _refuse
    return decoder if len(others) == len(parts) else lambda plain: None if plain is None else decoder(plain)


def _decode_by_kind(records: list[Any]) -> _Decode:
    """Decode one of several dataclasses by the literal of their field ``kind``."""
    by_kind = {name: record for record in records for name in typing.get_args(typing.get_type_hints(record)["kind"])}

    def read(plain: Any) -> Any:
        name = plain.get("kind") if plain.__class__ is dict else None
        return _find_decoder(by_kind[name])(plain) if name.__class__ is str and name in by_kind else _refuse(plain)

    return read


def _decode_sequence(decoder: _Decode) -> _Decode:
    return lambda plain: tuple(map(decoder, plain)) if plain.__class__ is list else _refuse(plain)


def _decode_tuple(parts: tuple[Any, ...]) -> _Decode:
    decoders = [_find_decoder(part) for part in parts]

    def read(plain: Any) -> Any:
        if plain.__class__ is not list or len(plain) != len(decoders):
            return _refuse(plain)
        return tuple(decoder(part) for decoder, part in zip(decoders, plain, strict=True))

    return read


def _decode_mapping(key_kind: Any, value_kind: Any) -> _Decode:
    decode_key = _match(_INTEGER, int) if key_kind is int else _find_decoder(key_kind)
    decode_value = _find_decoder(value_kind)

    def read(plain: Any) -> Any:
        if plain.__class__ is not dict:
            return _refuse(plain)
        return {decode_key(key): decode_value(value) for key, value in plain.items()}

    return read


def _decode_record(kind: Any) -> _Decode:
    @cache
    def find_decoders() -> Mapping[str, _Decode]:  # at the first value, as a record may hold others of its own type
        hints = typing.get_type_hints(kind)
        return {field.name: _find_decoder(hints[field.name]) for field in fields(kind)}

    required = {field.name for field in fields(kind) if field.default is MISSING and field.default_factory is MISSING}

    def read(plain: Any) -> Any:
        decoders = find_decoders()
        if plain.__class__ is not dict or not plain.keys() <= decoders.keys() or not required <= plain.keys():
            return _refuse(plain)
        return kind(**{name: decoders[name](value) for name, value in plain.items()})

    return read
