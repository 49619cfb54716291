"""Our own table of registry entries (``parameters/registry/*.csv``)."""

from __future__ import annotations

import re
from contextlib import suppress

from smartcert.intake import scalars
from smartcert.intake.cells import Cells, each
from smartcert.intake.scalars import quoted
from smartcert.intake.tables import Table, TooManyProblems, close
from smartcert.intake.text import FileText
from smartcert.model.applicant import Applicant, Kind, Population, Registry
from smartcert.model.citation import Text

COLUMNS = (
    "code",
    "name_ko",
    "name_en",
    "kind",
    "parent_code",
    "parent_ko",
    "population",
    "population_as_of",
    "note",
    "source",
)
_POPULATION = "-POP-"
CODE = re.compile(r"[0-9]{10}")
MOST_PEOPLE = 100_000_000
"""No entry has more residents than this; a greater figure is a slip."""

_TOP = frozenset(
    {
        Kind.SPECIAL_CITY,
        Kind.METROPOLITAN_CITY,
        Kind.SPECIAL_SELF_GOVERNING_CITY,
        Kind.SPECIAL_SELF_GOVERNING_PROVINCE,
        Kind.PROVINCE,
    }
)


def read_own(source: FileText) -> Registry:
    """Return the entries of one table of ours, in its order.

    Raises:
        InputError: codes that are none or occur twice, parents that are not there, impossible populations, and so on.
    """
    table = Table(source, COLUMNS)
    lines: dict[str, int] = {}
    entries: list[Applicant] = []
    as_of = ""
    with suppress(TooManyProblems):
        for cells in each(table):
            code = _code(cells, lines)
            entry = _entry(cells, code)
            if cells.sound:
                entries.append(entry)
        _hold_parents(table, entries, lines)
        as_of = _month(table, entries, lines)
        if table.sound and not lines:
            table.refuse(1, None, "no entry", "at least one row")
    close(table)
    return Registry(as_of=as_of, entries=tuple(entries), source=_source(entries))


def _code(cells: Cells, lines: dict[str, int]) -> str:
    code = cells.text("code")
    if not CODE.fullmatch(code):
        wanted = "a code of ten digits (a spreadsheet may have cut or rounded it: keep the column as text)"
        cells.refuse("code", quoted(code), wanted)
    elif code in lines:
        cells.refuse("code", f"the code {code} again", f"each code once (first in line {lines[code]})")
    else:
        lines[code] = cells.line
    return code


def _entry(cells: Cells, code: str) -> Applicant:
    name = cells.needed("name_ko", "the Korean name")
    return Applicant(
        code=code,
        name=Text(ko=name, en=cells.text("name_en") or name),
        kind=cells.choice("kind", Kind),
        parent_code=cells.text("parent_code") or None,
        parent_name=cells.text("parent_ko"),
        population=_population(cells),
        note=cells.text("note"),
    )


def _population(cells: Cells) -> Population | None:
    source = cells.needed("source", "where the row is from")
    if not cells.text("population"):
        if cells.text("population_as_of"):
            cells.refuse("population", "nothing", "the population of that month, or no month")
        return None
    residents = cells.whole("population")
    if not 0 <= residents <= MOST_PEOPLE:
        cells.refuse("population", str(residents), f"residents from 0 to {MOST_PEOPLE}")
    as_of = cells.read("population_as_of", scalars.month, "")
    return Population(residents=residents, as_of=as_of, source=_of_population(source))


def _of_population(source: str) -> str:
    """Return the key of the population figure among the keys of a row, else the first."""
    keys = [key.strip() for key in source.split(";")]
    return next((key for key in keys if _POPULATION in key), keys[0])


def _hold_parents(table: Table, entries: list[Applicant], lines: dict[str, int]) -> None:
    by_code = {entry.code: entry for entry in entries}
    for entry in entries:
        line = lines[entry.code]
        if (entry.parent_code is None) is not (entry.kind in _TOP):
            wanted = "no parent" if entry.kind in _TOP else "the code of what it belongs to"
            table.refuse(line, "parent_code", f"{quoted(entry.parent_code or '')} for a {entry.kind}", wanted)
        elif entry.parent_code is not None and (entry.parent_code not in lines or entry.parent_code == entry.code):
            table.refuse(line, "parent_code", quoted(entry.parent_code), "the code of another row")
        elif entry.parent_code in by_code:
            _hold_parent(table, line, entry, by_code[entry.parent_code])


def _hold_parent(table: Table, line: int, entry: Applicant, parent: Applicant) -> None:
    if entry.parent_name.split()[-1:] != parent.name.ko.split()[-1:]:
        table.refuse(line, "parent_ko", quoted(entry.parent_name), f"a name that ends in '{parent.name.ko}'")
    own, above = entry.population, parent.population
    if own and above and own.residents > above.residents:
        table.refuse(line, "population", str(own.residents), f"at most {above.residents}, those of '{parent.name.ko}'")


def _month(table: Table, entries: list[Applicant], lines: dict[str, int]) -> str:
    as_of = ""
    for entry in entries:
        if entry.population is None:
            continue
        as_of = as_of or entry.population.as_of
        if entry.population.as_of != as_of:
            table.refuse(lines[entry.code], "population_as_of", quoted(entry.population.as_of), f"{as_of}, as above")
    if entries and not as_of:
        table.refuse(lines[entries[0].code], "population", "no population in any row", "at least one")
    return as_of


def _source(entries: list[Applicant]) -> str:
    return "; ".join(sorted({entry.population.source for entry in entries if entry.population}))
