"""``arrivals.csv``: the operator's log of what arrived - which package, when, how, and what it is."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from smartcert.intake import messy_days
from smartcert.intake.cells import Cells, each
from smartcert.intake.grid import RawCell
from smartcert.intake.readings import Asked, Sure
from smartcert.intake.scalars import quoted
from smartcert.intake.tables import Table, TooManyProblems, close
from smartcert.intake.text import read_file
from smartcert.intake.zipped import name_problem
from smartcert.model.application import Channel, DocumentKind

FILE = "arrivals.csv"
COLUMNS = ("package", "arrived_at", "channel", "official_letter")
OPTIONAL_COLUMNS = ("code", "sent_at", "channel_reason", "supplements", "withdraws")


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrival:
    """One row of the log. ``supplements`` are the documents that a supplement answers; empty for an application.

    A withdrawal has a code and no package.
    """

    package: str
    arrived_at: datetime
    channel: Channel
    official_letter: bool
    code: str = ""
    sent_at: datetime | None = None
    channel_reason: str = ""
    supplements: tuple[DocumentKind, ...] = ()
    withdraws: bool = False


def read_arrivals(folder: Path) -> tuple[Arrival, ...]:
    """Return the log of a folder of packages, each package of which it must name, in the order of arrival.

    Raises:
        InputError: no log, rows that are wrong, packages that the log does not name, or rows without their package.
    """
    table = Table(read_file(folder / FILE), COLUMNS, OPTIONAL_COLUMNS)
    there = {path.name for path in folder.iterdir() if path.name != FILE and not path.name.startswith(".")}
    lines: dict[str, int] = {}
    arrivals: list[Arrival] = []
    with suppress(TooManyProblems):
        for cells in each(table):
            arrival = _arrival(cells, there, lines)
            if cells.sound:
                arrivals.append(arrival)
        for name in sorted(there - lines.keys()) if table.sound else ():
            table.refuse(1, "package", f"no row for {quoted(name)}", "a row that says when each package arrived")
    close(table)
    return tuple(sorted(arrivals, key=lambda one: (one.arrived_at, one.package)))


def _arrival(cells: Cells, there: set[str], lines: dict[str, int]) -> Arrival:
    name, withdraws = cells.text("package"), bool(cells.text("withdraws")) and cells.yes_no("withdraws")
    if name in lines:
        cells.refuse("package", f"{quoted(name)} again", f"each package once (first in line {lines[name]})")
    elif name and (name_problem(name) or "/" in name or name not in there):
        cells.refuse("package", quoted(name), "the name of a file or folder beside this log")
    elif not name and not withdraws:
        cells.refuse("package", "nothing", "the name of a package, or a withdrawal with its code")
    if name:
        lines.setdefault(name, cells.line)
    if withdraws and not cells.text("code"):
        cells.refuse("code", "nothing", "the code of the applicant who withdraws")
    return Arrival(
        package=name,
        arrived_at=_moment(cells, "arrived_at"),
        channel=cells.choice("channel", Channel),
        official_letter=cells.yes_no("official_letter"),
        code=cells.text("code"),
        sent_at=_moment(cells, "sent_at") if cells.text("sent_at") else None,
        channel_reason=cells.text("channel_reason"),
        supplements=_kinds(cells),
        withdraws=withdraws,
    )


def _moment(cells: Cells, column: str) -> datetime:
    read = messy_days.moment(RawCell(cells.text(column)))
    if isinstance(read, Sure):
        return read.value
    wanted = f"one of {', '.join(read.readings)}: {read.why.en}" if isinstance(read, Asked) else read.wanted
    cells.refuse(column, quoted(cells.text(column)), wanted)
    return datetime.min


def _kinds(cells: Cells) -> tuple[DocumentKind, ...]:
    known = {kind.value: kind for kind in DocumentKind}
    names = [part.strip() for part in cells.text("supplements").split(";") if part.strip()]
    for name in names:
        if name not in known:
            cells.refuse("supplements", quoted(name), f"documents parted by ';': {', '.join(known)}")
    return tuple(known[name] for name in names if name in known)
