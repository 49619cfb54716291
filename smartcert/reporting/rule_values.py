"""The value of any rule as one line of text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from fractions import Fraction
from typing import Any

from smartcert.model.citation import Text
from smartcert.reporting import figures
from smartcert.reporting.words import Words

_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")


def shown(value: Any, words: Words) -> str:
    """Return the value of a rule: words of the catalogue where there are some, numbers as the reports write them."""
    match value:
        case bool():
            return words("symbol.yes" if value else "symbol.no")
        case int() | Fraction():
            number = figures.number(value)
            return str(value) if number.startswith(figures.ABOUT) else number  # 2/3 rather than ≈0.6667
        case Text():
            return figures.plain(value.of(words.language))
        case Enum():
            return _term(value, words)
        case Mapping():
            return _listed((f"{shown(key, words)}: {shown(one, words)}" for key, one in value.items()), words)
        case tuple():
            return _listed((shown(one, words) for one in value), words)
    if is_dataclass(value) and not isinstance(value, type):
        parts = (f"{field.name} {shown(getattr(value, field.name), words)}" for field in fields(value))
        return _listed(parts, words)
    return figures.plain(str(value))


def _listed(parts: Any, words: Words) -> str:
    return ", ".join(parts) or words("symbol.none")


def _term(value: Enum, words: Words) -> str:
    """Return the word for a member of an enum: ``Kind.CITY`` is ``kind.city``, ``DocumentKind`` is ``document``."""
    name = _CAPITAL.sub("_", type(value).__name__).lower()
    for key in (f"{name}.{value.value}", f"{name.removesuffix('_kind')}.{value.value}"):
        if key in words:
            return words.term(key)
    return str(value.value)
