"""What several commands have in common: languages, and columns that stand straight under Hangul."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import click

LANGUAGES = ("ko", "en")


def language_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--language`` for what a command prints; where it is not given the user's locale decides."""
    return click.option(
        "--language",
        type=click.Choice(LANGUAGES),
        default=detect_language,
        help="Language of what is printed. [default: ko under a Korean locale, else en]",
    )(command)


def detect_language() -> str:
    """Return ``"ko"`` if the user's locale is Korean, else ``"en"``."""
    locale = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return "ko" if locale.startswith("ko") else "en"


def measure_width(text: str) -> int:
    """Return how many columns a terminal takes for ``text``: two for each wide character.

    >>> measure_width("송파구"), measure_width("Songpa")
    (6, 6)
    """
    return sum(
        0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text
    )


def align_columns(rows: Iterable[Sequence[str]]) -> list[str]:
    """Return lines in which the columns of ``rows`` are aligned; the last column is not filled up.

    >>> align_columns([("가", "1"), ("abc", "2")])
    ['가   1', 'abc  2']
    """
    table = [tuple(row) for row in rows]
    widths = [max(measure_width(cell) for cell in column) for column in zip(*table, strict=True)]
    return ["  ".join(_pad(cell, wide) for cell, wide in zip(row, widths, strict=True)).rstrip() for row in table]


def _pad(cell: str, wide: int) -> str:
    return cell + " " * (wide - measure_width(cell))
