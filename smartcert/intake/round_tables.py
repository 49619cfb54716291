"""The tables of a round's folder: which there are, which there must be, and what a slip in a file's name looks like."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from smartcert.errors import Place, Problem, suggestion
from smartcert.intake import applications, committee, discussion, interests, marks, measurements, sittings
from smartcert.intake.tables import Table, TooManyProblems
from smartcert.intake.text import FileText, shown

TABLES = {
    "applications": applications.COLUMNS,
    "documents": applications.DOCUMENT_COLUMNS,
    "supplements": applications.SUPPLEMENT_COLUMNS,
    "measurements": measurements.COLUMNS,
    "inspections": measurements.INSPECTION_COLUMNS,
    "committee": committee.COLUMNS,
    "exclusions": committee.EXCLUSION_COLUMNS,
    "marks": marks.COLUMNS,
    "interests": interests.COLUMNS,
    "contractors": interests.CONTRACTOR_COLUMNS,
    "conflicts": interests.CONFLICT_COLUMNS,
    "groups": sittings.GROUP_COLUMNS,
    "assignments": sittings.ASSIGNMENT_COLUMNS,
    "votes": sittings.VOTE_COLUMNS,
    "discussion": discussion.COLUMNS,
    "decisions": discussion.DECISION_COLUMNS,
}
"""The tables of a round and their columns."""

OPTIONAL = {
    "committee": committee.OPTIONAL_COLUMNS,
    "assignments": sittings.OPTIONAL_ASSIGNMENT_COLUMNS,
    "measurements": measurements.OPTIONAL_COLUMNS,
    "inspections": measurements.OPTIONAL_INSPECTION_COLUMNS,
}
"""Columns that a table may have or not."""

NEEDED = ("documents", "measurements", "committee", "marks")
"""The tables that a round with applications must have beside them."""


class Anyone(dict[str, int]):
    """Names that could not be read: every name is among them, so that none is told as unknown."""

    def __contains__(self, name: object) -> bool:
        return True

    def __bool__(self) -> bool:
        return True


class Tables:
    """Opens the tables of one folder; ``problems`` take what is wrong with each."""

    def __init__(
        self, folder: Path, open_file: Callable[[Path, str], FileText | None], problems: list[Problem]
    ) -> None:
        self._folder = folder
        self._open = open_file
        self._problems = problems
        self._failed: set[str] = set()

    @contextmanager
    def reading(self, name: str) -> Iterator[Table | None]:
        """Give the table, or None where there is no such file or it cannot be read; collect its problems after.

        Ends the block early where the table is wrong throughout.
        """
        path = self._folder / f"{name}.csv"
        source = self._open(path, path.name) if path.exists() else None
        table = Table(source, TABLES[name], OPTIONAL.get(name, ())) if source is not None else None
        if path.exists() and (table is None or not table.sound):
            self._failed.add(name)
        with suppress(TooManyProblems):
            yield table
        if table is not None:
            self._problems += table.problems

    def failed(self, name: str) -> bool:
        """Return whether a table is there and could not be read at all."""
        return name in self._failed

    def hold_needed(self, needed: Sequence[str]) -> None:
        """Tell each of the needed tables that is not there; without applications, each table that needs them."""
        for name in needed:
            if not (self._folder / f"{name}.csv").exists():
                self._tell(name, "no such file", "this table, as there are applications")
        others = [name for name in TABLES if name != "applications" and (self._folder / f"{name}.csv").exists()]
        if others and not (self._folder / "applications.csv").exists():
            self._tell("applications", "no such file", f"the applications that {others[0]}.csv and others speak of")

    def hold_no_slips(self) -> None:
        """Tell a file whose name is nearly that of a table: it would be left unread without a word."""
        for path in sorted(self._folder.glob("*.csv")):
            hint = "" if path.stem in TABLES else suggestion(path.stem, TABLES)
            if hint:
                place = Place(file=shown(path))
                found = f"a table that nothing reads{hint}"
                self._problems.append(Problem(place=place, found=found, wanted=f"one of: {', '.join(TABLES)}.csv"))

    def _tell(self, name: str, found: str, wanted: str) -> None:
        place = Place(file=shown(self._folder / f"{name}.csv"))
        self._problems.append(Problem(place=place, found=found, wanted=wanted))
