"""Grids to what one applicant's form says: who, which round, which figures, which documents, and where each stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from smartcert.errors import Problem, suggestion
from smartcert.intake import headings, readings
from smartcert.intake.grid import EMPTY, Grid, RawCell, Written
from smartcert.intake.scalars import quoted
from smartcert.model.application import DocumentKind
from smartcert.model.indicator import Edition, Indicator

Row = Mapping[int, RawCell]
_FEWEST_HEADINGS = 2
_MOST_PROBLEMS = 200
_SUMS = ("합계", "소계", "총점", "총계", "total")


@dataclass(frozen=True, kw_only=True, slots=True)
class Spot:
    """A cell with where it stands."""

    grid: Grid
    row: int
    column: int

    @property
    def cell(self) -> RawCell:
        """The cell itself."""
        return self.grid.at(self.row, self.column)

    @property
    def text(self) -> str:
        """Its text, cleaned."""
        return readings.cleaned(self.cell.text)

    def problem(self, found: str, wanted: str) -> Problem:
        """Return a problem with this cell."""
        return Problem(place=self.grid.place(self.row, self.column), found=found, wanted=wanted)


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One row of figures: the indicator, and its cells by column, each with where it stands."""

    indicator: Indicator
    spots: Mapping[str, Spot]
    covered: Spot | None = None
    """The cell that covers the value's own, where it was merged with others."""

    def text(self, column: str) -> str:
        """Return the text of a column, empty where the form does not have it."""
        return self.spots[column].text if column in self.spots else ""


@dataclass(kw_only=True)
class Form:
    """Everything that the grids of one package say; ``problems`` are about what cannot be understood at all."""

    facts: dict[str, list[Spot]] = field(default_factory=dict)
    lines: dict[str, list[Line]] = field(default_factory=dict)
    papers: dict[DocumentKind, dict[str, Spot]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    read: bool = False
    """Whether any table of figures was found."""

    def fact(self, label: str) -> str:
        """Return the text of a fact of the form, the first where it stands several times."""
        return next((spot.text for spot in self.facts.get(label, []) if spot.text), "")

    @property
    def full(self) -> bool:
        """Whether there are more problems than anyone would read."""
        return len(self.problems) >= _MOST_PROBLEMS

    def refuse(self, problem: Problem) -> None:
        """Keep a problem, up to what anyone would read."""
        if not self.full:
            self.problems.append(problem)


def understand(grids: Iterable[Grid], edition: Edition) -> Form:
    """Return what the grids say; columns are found by their headings, in whatever order they stand."""
    form = Form()
    names = _Names(edition)
    for grid in grids:
        _understand(grid, names, form)
    return form


class _Names:
    """Indicators by id and by name, as people write them."""

    def __init__(self, edition: Edition) -> None:
        self.by_id = {one.id.casefold(): one for one in edition.indicators()}
        self.by_name: dict[str, Indicator] = {}
        for one in edition.indicators():
            for name in (one.name.ko, one.name.en):
                self.by_name.setdefault(readings.cleaned(name).casefold(), one)
        self.domains = {domain.id.casefold() for domain in edition.domains}

    def find(self, text: str) -> Indicator | None:
        """Return the one that a cell names, in one language or in two on lines of their own."""
        for part in (text, *text.splitlines()):
            plain = readings.cleaned(part).casefold()
            found = self.by_id.get(plain.replace(" ", "")) or self.by_name.get(plain)
            if found:
                return found
        return None


def _understand(grid: Grid, names: _Names, form: Form) -> None:
    columns: dict[str, int] = {}
    papers: dict[str, int] = {}
    for row, cells in grid.rows():
        figures, documents = _headings(cells, headings.column), _headings(cells, headings.paper)
        if figures is not None and headings.VALUE in figures and {headings.INDICATOR, headings.NAME} & figures.keys():
            columns, papers, form.read = _once(figures, grid, row, form), {}, True
        elif documents is not None and {headings.PAPER, headings.FILE} <= documents.keys():
            columns, papers = {}, _once(documents, grid, row, form)
        elif columns:
            _line(grid, row, columns, names, form)
        elif papers:
            _paper(grid, row, papers, form)
        else:
            _facts(grid, row, cells, form)


def _headings(cells: Row, known: object) -> dict[str, list[int]] | None:
    """Return the columns by the headings of a row; None where it is none of headings."""
    found: dict[str, list[int]] = {}
    for number, cell in cells.items():
        name = known(cell.text) if callable(known) and cell.written is Written.TEXT else None
        if name:
            found.setdefault(name, []).append(number)
    return found if len(found) >= _FEWEST_HEADINGS else None


def _once(found: dict[str, list[int]], grid: Grid, row: int, form: Form) -> dict[str, int]:
    for name, numbers in found.items():
        for number in numbers[1:]:
            spot = Spot(grid=grid, row=row, column=number)
            form.refuse(spot.problem(f"a second column headed {quoted(spot.text)}", f"one column of '{name}'"))
    return {name: numbers[0] for name, numbers in found.items()}


def _line(grid: Grid, row: int, columns: Mapping[str, int], names: _Names, form: Form) -> None:
    spots = {name: Spot(grid=grid, row=row, column=number) for name, number in columns.items()}
    named = [spots[name] for name in (headings.INDICATOR, headings.NAME) if name in spots and spots[name].text]
    found = [one for one in (names.find(spot.cell.text) for spot in named) if one is not None]
    value = spots[headings.VALUE]
    if not found:
        if not form.full and _says_something(value, named):
            spot = named[0] if named else value
            wanted = "an indicator of the edition: its id or its name"
            form.refuse(spot.problem(f"{quoted(spot.text)}{suggestion(spot.text[:40], names.by_id)}", wanted))
        return
    if len({one.id for one in found}) > 1:
        told = " beside ".join(quoted(spot.text) for spot in named)
        form.refuse(named[0].problem(told, "the id and the name of one indicator"))
        return
    covering = grid.merged.get((row, columns[headings.VALUE]))
    covered = Spot(grid=grid, row=covering[0], column=covering[1]) if covering and covering[0] != row else None
    line = Line(indicator=found[0], spots=spots, covered=covered)
    form.lines.setdefault(found[0].id, []).append(line)


def _says_something(value: Spot, named: list[Spot]) -> bool:
    """Whether a row without an indicator holds a figure; sums and notes below a table are none of ours."""
    if not named or value.cell is EMPTY or not value.text:
        return False
    label = readings.cleaned(named[0].text).casefold()
    return label != "계" and not any(word in label for word in _SUMS)


def _paper(grid: Grid, row: int, columns: Mapping[str, int], form: Form) -> None:
    spots = {name: Spot(grid=grid, row=row, column=number) for name, number in columns.items()}
    named = spots[headings.PAPER]
    found = headings.kind(named.text) if named.text else None
    if found is None:
        return
    if found in form.papers:
        form.refuse(named.problem(f"{quoted(named.text)} again", "each document once"))
        return
    form.papers[found] = spots


def _facts(grid: Grid, row: int, cells: Row, form: Form) -> None:
    numbers = sorted(cells)
    for number, following in _pairs(numbers):
        name = headings.label(cells[number].text)
        if name and headings.label(cells[following].text) is None:
            form.facts.setdefault(name, []).append(Spot(grid=grid, row=row, column=following))


def _pairs(numbers: list[int]) -> Iterator[tuple[int, int]]:
    return pairwise(numbers)
