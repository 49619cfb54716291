"""Which dated values are others on one day than on another."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from smartcert.errors import NoRuleError
from smartcert.model.citation import Cited
from smartcert.rules.rulebook import Rulebook, held


def changes(
    rulebook: Rulebook, before: date, after: date
) -> Iterator[tuple[str, Cited[Any] | None, Cited[Any] | None]]:
    """Yield each value as ``file.value`` with the entry of either day, None where there was none yet.

    An entry that holds on both days is the same object in both places.
    """
    for file, dated in rulebook.files.items():
        for name, entries in dated.items():
            yield f"{file}.{name}", _held(entries, before), _held(entries, after)


def _held(entries: tuple[Cited[Any], ...], day: date) -> Cited[Any] | None:
    try:
        return held(entries, day)
    except NoRuleError:
        return None
