"""Populations of one month by code, in ``parameters/registry/population``, joined to the entities of that month.

A file is named by its month, ``2023-10.csv``, and has the columns code, residents and source: the key of the figures.
`smartcert registry import` writes one from the ministry's export.
"""

from __future__ import annotations

import calendar
import re
from contextlib import suppress
from datetime import date
from pathlib import Path

from smartcert.errors import UsageError, suggest
from smartcert.io.formats.csv import TooManyProblemsError, iterate_cells, raise_problems, read_table
from smartcert.io.formats.text import quote
from smartcert.io.parameters.registry import CODE, MOST_PEOPLE
from smartcert.model.applicant import Population
from smartcert.model.local_government import LocalGovernments
from smartcert.paths import PROJECT_ROOT

POPULATIONS = "population"
"""The folder of the months, in ``parameters/registry``."""

POPULATION_COLUMNS = ("code", "residents", "source")
MONTH = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])")
COMPOSED = "COMPOSED-"
"""How the source of figures begins that were put together from several tables and are no evidence."""


def last_day(month: str) -> date:
    """Return the last day of a month, of which the ministry's figures are."""
    year, number = map(int, month.split("-"))
    return date(year, number, calendar.monthrange(year, number)[1])


def list_months(folder: Path | None = None) -> tuple[str, ...]:
    """Return the months that a folder of populations has, oldest first."""
    home = folder or PROJECT_ROOT / "parameters" / "registry" / POPULATIONS
    return tuple(sorted(path.stem for path in home.glob("*.csv") if MONTH.fullmatch(path.stem)))


def find_month_file(month: str, folder: Path | None = None) -> Path:
    """Return the file of a month; a UsageError says which months there are."""
    home = folder or PROJECT_ROOT / "parameters" / "registry" / POPULATIONS
    months = list_months(home)
    if month not in months:
        raise UsageError(
            f"no populations of {month}{suggest(month, months)}; there are: {', '.join(months)} "
            "(`smartcert registry import` brings in another month)"
        )
    return home / f"{month}.csv"


def read_populations(path: Path, governments: LocalGovernments) -> dict[str, Population]:
    """Return a month's populations by the id of the entity that had the code on its last day; an InputError else."""
    table = read_table(path, POPULATION_COLUMNS)
    day = last_day(path.stem)
    lines: dict[str, int] = {}
    populations: dict[str, Population] = {}
    with suppress(TooManyProblemsError):
        for cells in iterate_cells(table):
            code, source = cells.text("code"), cells.required("source", "the key of the figures")
            residents = cells.integer("residents")
            entity = governments.by_code(code, day) if CODE.fullmatch(code) else None
            if entity is None:
                cells.refuse("code", quote(code), f"a code that somebody had on {day}")
            if not 0 <= residents <= MOST_PEOPLE:
                cells.refuse("residents", str(residents), f"residents from 0 to {MOST_PEOPLE}")
            if code in lines:
                cells.refuse("code", f"the code {code} again", f"each code once (first in line {lines[code]})")
            lines[code] = cells.line
            if cells.valid and entity is not None and entity.code_on(day) == code:
                populations[entity.id] = Population(residents=residents, as_of=path.stem, source=source)
        if table.valid and not lines:
            table.refuse(1, None, "no row", "the populations of a month")
    raise_problems(table)
    return populations
