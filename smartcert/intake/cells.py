"""The cells of one row as values; each problem is told with the place of its cell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from enum import Enum
from fractions import Fraction
from typing import TypeVar

from smartcert.errors import suggestion
from smartcert.intake import scalars
from smartcert.intake.scalars import NotReadableError, quoted
from smartcert.intake.tables import Row, Table

E = TypeVar("E", bound=Enum)
T = TypeVar("T")


class Cells:
    """One row. Once a cell was refused, ``sound`` is False and what is read after it is of no use."""

    def __init__(self, table: Table, line: int, row: Row) -> None:
        self.table = table
        self.line = line
        self.row = row
        self.sound = True

    def text(self, column: str) -> str:
        """Return the cell as it is; it may be empty."""
        return self.row[self.table.columns.index(column)]

    def refuse(self, column: str | None, found: str, wanted: str) -> None:
        """Tell a problem with one cell, or with the row."""
        self.sound = False
        self.table.refuse(self.line, column, found, wanted)

    def read(self, column: str, scalar: Callable[[str], T], instead: T) -> T:
        """Return the cell as ``scalar`` reads it, or ``instead`` after telling that it cannot."""
        text = self.text(column)
        try:
            return scalar(text)
        except NotReadableError as error:
            self.refuse(column, quoted(text), str(error))
            return instead

    def needed(self, column: str, what: str = "a text") -> str:
        """Return the text of a cell that may not be empty."""
        text = self.text(column)
        if not text:
            self.refuse(column, "nothing", what)
        return text

    def number(self, column: str) -> Fraction:
        """Return a plain decimal number, exactly."""
        return self.read(column, scalars.decimal, Fraction(0))

    def whole(self, column: str) -> int:
        """Return a whole number."""
        return self.read(column, scalars.whole, 0)

    def yes_no(self, column: str) -> bool:
        """Return whether the cell says yes."""
        return self.read(column, scalars.yes_no, False)

    def yes_no_or_nothing(self, column: str) -> bool | None:
        """Return whether the cell says yes, None where it is empty."""
        return self.yes_no(column) if self.text(column) else None

    def day(self, column: str) -> date:
        """Return a day."""
        return self.read(column, scalars.day, date.min)

    def day_or_nothing(self, column: str) -> date | None:
        """Return a day, None where the cell is empty."""
        return self.day(column) if self.text(column) else None

    def choice_or_nothing(self, column: str, kind: type[E]) -> E | None:
        """Return one of the values of an enumeration, None where the cell is empty."""
        return self.choice(column, kind) if self.text(column) else None

    def moment(self, column: str) -> datetime:
        """Return a moment in Korean time."""
        return self.read(column, scalars.moment, datetime.min.replace(tzinfo=scalars.KOREAN_TIME))

    def choice(self, column: str, kind: type[E]) -> E:
        """Return one of the values of an enumeration."""
        known = {str(one.value): one for one in kind}
        text = self.text(column)
        if text not in known:
            self.refuse(column, f"{quoted(text)}{suggestion(text, known)}", f"one of: {', '.join(known)}")
            return next(iter(kind))
        return known[text]

    def known(self, column: str, names: Iterable[str], what: str) -> str:
        """Return a text that must be one of ``names``."""
        text = self.text(column)
        if text not in names:
            hint = suggestion(text, names) if text else ""
            self.refuse(column, f"{quoted(text)}{hint}", what)
        return text


def each(table: Table) -> Iterator[Cells]:
    """Yield the rows of a table as `Cells`."""
    for line, row in table.rows():
        yield Cells(table, line, row)
