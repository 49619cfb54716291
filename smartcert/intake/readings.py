"""What became of a text: one value, a question with its possible readings, or a refusal. And texts made plain."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Generic, TypeVar

from smartcert.model.citation import Text

T = TypeVar("T", covariant=True)


@dataclass(frozen=True, slots=True)
class Sure(Generic[T]):
    """A value that can be read in one way only."""

    value: T


@dataclass(frozen=True, slots=True)
class Asked:
    """A value that must be asked: why, and the ways in which it may be meant, as ``measurements.csv`` writes them."""

    why: Text
    readings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """A text that is no value at all; ``wanted`` says what was."""

    wanted: str


Reading = Sure[T] | Asked | Refused


def cleaned(text: str) -> str:
    """Return ``text`` with full-width characters as plain ones and blanks as single spaces.

    >>> cleaned("１，２３４　명 ")
    '1,234 명'
    """
    return " ".join(unicodedata.normalize("NFKC", text).replace("，", ",").split())


def heard(text: str) -> str:
    """Return a cleaned text without blanks and capitals, as words are compared."""
    return text.replace(" ", "").casefold()
