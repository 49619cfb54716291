"""Values to the texts of the round's tables: what `scalars` reads, written; and tables placed whole or not at all."""

from __future__ import annotations

import csv
import io
import os
import tempfile
from collections.abc import Iterable, Sequence
from datetime import datetime
from fractions import Fraction
from pathlib import Path

from smartcert.errors import UsageError
from smartcert.intake.scalars import KOREAN_TIME
from smartcert.model.application import Missing, Value
from smartcert.model.indicator import Indicator, YesNo

_MOST_DIGITS = 18


def number(value: Fraction) -> str:
    """Return a fraction as a plain decimal where it has one of at most 18 digits, else as a ratio.

    >>> number(Fraction(25, 2)), number(Fraction(2, 3)), number(Fraction(-3))
    ('12.5', '2/3', '-3')
    """
    if value.denominator == 1:
        return str(value.numerator)
    rest, digits = value.denominator, 0
    while rest % 10 == 0:
        rest, digits = rest // 10, digits + 1
    while rest % 2 == 0 or rest % 5 == 0:
        rest, digits = rest // (2 if rest % 2 == 0 else 5), digits + 1
    if rest != 1 or digits > _MOST_DIGITS:
        return f"{value.numerator}/{value.denominator}"
    shifted = abs(value.numerator) * 10**digits // value.denominator
    text = f"{shifted:0{digits + 1}d}"
    sign = "-" if value < 0 else ""
    return f"{sign}{text[:-digits]}.{text[-digits:].rstrip('0')}".rstrip(".")


def yes_no(value: bool | None) -> str:
    """Return ``yes``, ``no``, or nothing."""
    return "" if value is None else "yes" if value else "no"


def figure(value: Value, indicator: Indicator) -> str:
    """Return the value of an indicator as ``measurements.csv`` writes it."""
    if isinstance(value, Missing):
        return value.value
    return yes_no(bool(value)) if isinstance(indicator.scale, YesNo) else number(value)


def moment(value: datetime) -> str:
    """Return a moment in Korean time, with seconds only where it has some."""
    local = value.astimezone(KOREAN_TIME)
    return f"{local:%Y-%m-%d %H:%M:%S}" if local.second else f"{local:%Y-%m-%d %H:%M}"


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a table as UTF-8 with a byte order mark, by which Korean spreadsheets know it.

    Raises:
        UsageError: the file cannot be written.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    write_bytes(path, out.getvalue().encode("utf-8-sig"))


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all.

    Raises:
        UsageError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None
