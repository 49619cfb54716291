"""A registry of local governments as one of our own tables, with names, kinds, parents and populations of one month."""

from __future__ import annotations

import re
from contextlib import suppress

from smartcert.io.formats import text as scalars
from smartcert.io.formats.csv import Cells, Table, TooManyProblemsError, iterate_cells, raise_problems
from smartcert.io.formats.text import FileText, quote
from smartcert.model.applicant import ORGANISATIONS, Applicant, ApplicantKind, Population, Registry
from smartcert.model.citation import Text

REGISTRY_COLUMNS = (
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
_POPULATION_SOURCE = "-POP-"
CODE = re.compile(r"[0-9]{10}")
"""The code of a local government: ten digits."""

MOST_PEOPLE = 100_000_000
"""The most residents of an entry; a greater figure is a slip."""

TOP_KINDS = frozenset(
    {
        ApplicantKind.SPECIAL_CITY,
        ApplicantKind.METROPOLITAN_CITY,
        ApplicantKind.SPECIAL_SELF_GOVERNING_CITY,
        ApplicantKind.SPECIAL_SELF_GOVERNING_PROVINCE,
        ApplicantKind.PROVINCE,
    }
)
"""The kinds that belong to nothing."""


def parse_registry_table(source: FileText) -> Registry:
    """Return the entries of a table in ``parameters/registry``, in order; an InputError has every problem."""
    table = Table(source, REGISTRY_COLUMNS)
    lines: dict[str, int] = {}
    entries: list[Applicant] = []
    as_of = ""
    with suppress(TooManyProblemsError):
        for cells in iterate_cells(table):
            code = _parse_code(cells, lines)
            entry = _parse_entry(cells, code)
            if cells.valid:
                entries.append(entry)
        _check_parents(table, entries, lines)
        as_of = _check_month(table, entries, lines)
        if table.valid and not lines:
            table.refuse(1, None, "no entry", "at least one row")
    raise_problems(table)
    return Registry(as_of=as_of, entries=tuple(entries), source=_join_sources(entries))


def _parse_code(cells: Cells, lines: dict[str, int]) -> str:
    code = cells.text("code")
    if not CODE.fullmatch(code):
        wanted = "a code of ten digits (a spreadsheet may have cut or rounded it: keep the column as text)"
        cells.refuse("code", quote(code), wanted)
    elif code in lines:
        cells.refuse("code", f"the code {code} again", f"each code once (first in line {lines[code]})")
    else:
        lines[code] = cells.line
    return code


def _parse_entry(cells: Cells, code: str) -> Applicant:
    name = cells.required("name_ko", "the Korean name")
    return Applicant(
        code=code,
        name=Text(ko=name, en=cells.text("name_en") or name),
        kind=_parse_kind(cells),
        parent_code=cells.text("parent_code") or None,
        parent_name=cells.text("parent_ko"),
        population=_parse_population(cells),
        note=cells.text("note"),
    )


def _parse_kind(cells: Cells) -> ApplicantKind:
    kind = cells.choice("kind", ApplicantKind)
    if kind in ORGANISATIONS:
        cells.refuse("kind", quote(kind.value), "a kind of local government; organisations have a table of their own")
    return kind


def _parse_population(cells: Cells) -> Population | None:
    source = cells.required("source", "where the row is from")
    if not cells.text("population"):
        if cells.text("population_as_of"):
            cells.refuse("population", "nothing", "the population of that month, or no month")
        return None
    residents = cells.integer("population")
    if not 0 <= residents <= MOST_PEOPLE:
        cells.refuse("population", str(residents), f"residents from 0 to {MOST_PEOPLE}")
    as_of = cells.read("population_as_of", scalars.parse_month, "")
    return Population(residents=residents, as_of=as_of, source=_population_source(source))


def _population_source(source: str) -> str:
    """Return the key of the population figure among the keys of a row, else the first."""
    keys = [key.strip() for key in source.split(";")]
    return next((key for key in keys if _POPULATION_SOURCE in key), keys[0])


def _check_parents(table: Table, entries: list[Applicant], lines: dict[str, int]) -> None:
    by_code = {entry.code: entry for entry in entries}
    for entry in entries:
        line = lines[entry.code]
        if (entry.parent_code is None) is not (entry.kind in TOP_KINDS):
            wanted = "no parent" if entry.kind in TOP_KINDS else "the code of what it lies in"
            table.refuse(line, "parent_code", f"{quote(entry.parent_code or '')} for a {entry.kind}", wanted)
        elif entry.parent_code is not None and (entry.parent_code not in lines or entry.parent_code == entry.code):
            table.refuse(line, "parent_code", quote(entry.parent_code), "the code of another row")
        elif entry.parent_code in by_code:
            _check_parent(table, line, entry, by_code[entry.parent_code])


def _check_parent(table: Table, line: int, entry: Applicant, parent: Applicant) -> None:
    if entry.parent_name.split()[-1:] != parent.name.ko.split()[-1:]:
        table.refuse(line, "parent_ko", quote(entry.parent_name), f"a name that ends in '{parent.name.ko}'")
    own, above = entry.population, parent.population
    if own and above and own.residents > above.residents:
        table.refuse(line, "population", str(own.residents), f"at most {above.residents}, those of '{parent.name.ko}'")


def _check_month(table: Table, entries: list[Applicant], lines: dict[str, int]) -> str:
    as_of = ""
    for entry in entries:
        if entry.population is None:
            continue
        as_of = as_of or entry.population.as_of
        if entry.population.as_of != as_of:
            table.refuse(lines[entry.code], "population_as_of", quote(entry.population.as_of), f"{as_of}, as above")
    if entries and not as_of:
        table.refuse(lines[entries[0].code], "population", "no population in any row", "at least one")
    return as_of


def _join_sources(entries: list[Applicant]) -> str:
    return "; ".join(sorted({entry.population.source for entry in entries if entry.population}))
