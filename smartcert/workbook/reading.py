"""Reads a record that a command wrote, whichever it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from smartcert.errors import InputError, Place, Problem, UsageError

T = TypeVar("T")


def read_record(name: str, parse: Callable[[bytes], T]) -> T:
    """Return what ``parse`` makes of the file of this name.

    Raises:
        UsageError: there is no such file.
        InputError: the file is no such record; every problem is named.
    """
    path = Path(name)
    if not path.is_file():
        raise UsageError(f"no record '{name}': there is no such file")
    try:
        return parse(path.read_bytes())
    except ValidationError as error:
        raise InputError(
            Problem(
                place=Place(file=name, field=".".join(str(part) for part in one["loc"]) or None),
                found=repr(one["input"])[:80],
                wanted=one["msg"],
            )
            for one in error.errors()
        ) from None
