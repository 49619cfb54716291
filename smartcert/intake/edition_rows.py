"""The five sheets of an indicator table to rows of cells by heading."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from smartcert.errors import Place, Problem, suggestion
from smartcert.intake import messy_days
from smartcert.intake.grid import Grid, RawCell, Written
from smartcert.intake.messy_numbers import shown_number
from smartcert.intake.readings import Sure
from smartcert.intake.scalars import quoted
from smartcert.intake.written import number

SHEETS: Mapping[str, tuple[str, ...]] = {
    "edition": ("key", "value", "value_en"),
    "rounding": ("at", "digits", "mode"),
    "sections": ("id", "above", "name_ko", "name_en", "points"),
    "indicators": (
        *("section", "id", "name_ko", "name_en", "definition_ko", "definition_en", "kind", "points"),
        *("unit_ko", "unit_en", "direction", "per_people", "limits_at_least", "limits_at_most"),
        *("scale", "by", "zero_at", "full_at", "points_each", "cap", "otherwise", "absent", "not_applicable"),
    ),
    "bands": ("indicator", "at_least", "at_most", "points"),
}
"""The sheets of the workbook and their headings. ``sections`` holds domains (above nothing) and what is below them."""


@dataclass(kw_only=True)
class Row:
    """One row of a sheet: its cells by heading."""

    grid: Grid
    number: int
    cells: dict[str, tuple[int, RawCell]] = field(default_factory=dict)

    def place(self, name: str = "") -> Place:
        """Return where a cell stands, or the row where it has none of that heading."""
        if name in self.cells:
            return self.grid.place(self.number, self.cells[name][0])
        return self.grid.place(self.number)

    def text(self, name: str) -> str:
        """Return a cell as the file of an edition would write it; nothing where it is empty."""
        return _text(self.cells[name][1]) if name in self.cells else ""


@dataclass(kw_only=True)
class Sheets:
    """Reads the sheets of one workbook; ``problems`` take what is wrong with their names and headings."""

    file: str
    problems: list[Problem] = field(default_factory=list)

    def tell(self, place: Place, found: str, wanted: str) -> None:
        """Keep a problem."""
        self.problems.append(Problem(place=place, found=found, wanted=wanted))

    def sheets(self, grids: tuple[Grid, ...]) -> dict[str, list[Row]]:
        """Return the rows of each sheet."""
        found = {grid.name.strip().casefold(): grid for grid in grids}
        for name in found:
            if name not in SHEETS:
                hint = suggestion(name, SHEETS)
                self.tell(Place(file=self.file), f"the sheet {quoted(name)}{hint}", f"one of: {', '.join(SHEETS)}")
        for name in SHEETS:
            if name not in found:
                self.tell(Place(file=self.file), f"no sheet '{name}'", "a sheet of this name")
        return {name: self._rows(grid, SHEETS[name]) for name, grid in found.items() if name in SHEETS}

    def _rows(self, grid: Grid, columns: tuple[str, ...]) -> list[Row]:
        rows = list(grid.rows())
        if not rows:
            self.tell(grid.place(1), "an empty sheet", f"the headings {', '.join(columns)}")
            return []
        (line, first), rest = rows[0], rows[1:]
        headings = {column: cell.text.strip().casefold() for column, cell in first.items()}
        for column, name in headings.items():
            if name not in columns or list(headings.values()).count(name) > 1:
                found = f"the heading {quoted(name)}{suggestion(name, columns)}"
                self.tell(grid.place(line, column), found, f"each once: {', '.join(columns)}")
        for name in columns:
            if name not in headings.values():
                self.tell(grid.place(line), f"no heading '{name}'", f"the headings {', '.join(columns)}")
        return [self._row(grid, place, cells, headings) for place, cells in rest]

    def _row(self, grid: Grid, number: int, cells: dict[int, RawCell], headings: dict[int, str]) -> Row:
        row = Row(grid=grid, number=number)
        for column, cell in cells.items():
            if column not in headings:
                self.tell(grid.place(number, column), quoted(cell.text), "nothing beside the headings")
            elif cell.formula is not None or cell.written is Written.ERROR:
                self.tell(grid.place(number, column), "a formula or an error", "the value itself")
            else:
                row.cells[headings[column]] = (column, cell)
        return row


def grouped(rows: list[Row], column: str) -> dict[str, list[Row]]:
    """Return the rows by what stands in a column, in their order."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.text(column), []).append(row)
    return found


def _text(cell: RawCell) -> str:
    """Return a cell as the file of an edition would write it."""
    if cell.written is Written.DAY:
        day = messy_days.day(cell)
        return day.value.isoformat() if isinstance(day, Sure) else cell.text
    if cell.written in (Written.NUMBER, Written.PERCENT):
        read = shown_number(cell.text)
        return cell.text if read is None else number(read)
    return cell.text
