"""What every kind of form becomes first: grids of cells that know where they stand and how they were written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from smartcert.errors import Place


class Written(StrEnum):
    """As what a cell was written."""

    TEXT = "text"
    NUMBER = "number"
    PERCENT = "percent"
    DAY = "day"
    YES_NO = "yes_no"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class RawCell:
    """A cell as the file has it: a number is still text. ``formula`` is None where there is none.

    ``doubt`` says why the text may not be what its author meant: a formula without a value, a tracked change.
    """

    text: str
    written: Written = Written.TEXT
    formula: str | None = None
    doubt: str = ""


EMPTY = RawCell("")

At = tuple[int, int]
"""Row and column, both from 1."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Grid:
    """One sheet or table. ``merged`` leads from each covered cell to the one that holds the value of all."""

    file: str
    name: str
    cells: Mapping[At, RawCell]
    merged: Mapping[At, At] = field(default_factory=dict)
    letters: bool = True
    """Whether columns are called by letters, as in a spreadsheet."""

    def at(self, row: int, column: int) -> RawCell:
        """Return a cell; one that the file does not have is empty."""
        return self.cells.get((row, column), EMPTY)

    def rows(self) -> Iterator[tuple[int, dict[int, RawCell]]]:
        """Yield the rows that hold something, each as its cells by column."""
        rows: dict[int, dict[int, RawCell]] = {}
        for (row, column), cell in sorted(self.cells.items()):
            rows.setdefault(row, {})[column] = cell
        yield from rows.items()

    def place(self, row: int, column: int | None = None) -> Place:
        """Return where a cell stands, as a reader finds it: file, sheet, row, column, and ``C12``."""
        file = f"{self.file}!{self.name}" if self.name else self.file
        if column is None:
            return Place(file=file, line=row)
        return Place(file=file, line=row, column=column, field=f"{letters(column)}{row}" if self.letters else None)


def letters(column: int) -> str:
    """Return how a spreadsheet calls a column.

    >>> letters(1), letters(28)
    ('A', 'AB')
    """
    text = ""
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(ord("A") + rest) + text
    return text
