"""The registry of local governments: from our own table, or from the ministry's export of resident registration.

The heading tells which of the two a file is. The export (행정안전부 주민등록 인구통계, jumin.mois.go.kr) has no English
names and notes; they come from the table that this package ships.
"""

from __future__ import annotations

import csv
import io
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from smartcert.errors import InputError, Place, Problem
from smartcert.io import text as scalars
from smartcert.io.csv import Cells, Table, TooManyProblemsError, iterate_cells, raise_problems
from smartcert.io.text import FileText, quote, read_file
from smartcert.model.applicant import Applicant, ApplicantKind, Population, Registry
from smartcert.model.citation import Text
from smartcert.paths import PROJECT_ROOT

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
    """Return the entries of a table in ``parameters/registry``, in its order.

    Raises:
        InputError: every problem: invalid or repeated codes, parents without a row, impossible populations, and so on.
    """
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
        kind=cells.choice("kind", ApplicantKind),
        parent_code=cells.text("parent_code") or None,
        parent_name=cells.text("parent_ko"),
        population=_parse_population(cells),
        note=cells.text("note"),
    )


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
            wanted = "no parent" if entry.kind in TOP_KINDS else "the code of what it belongs to"
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


_EXPORT_FIRST_HEADING = "행정구역"
_EXPORT_POPULATION_HEADING = re.compile(r"([0-9]{4})년\s*(0[1-9]|1[0-2])월_(?:계_)?총인구수")
_AREA = re.compile(r"(\S.*?)\s*\(([0-9]{10})\)")
_RESIDENTS = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})*|[0-9]+")
_NATION = "전국"
_BELOW_DISTRICT = "00000"
_BRANCH_OFFICE = "출장소"
# longest ending first: 특별자치도 ends in 도 too
_TOP_KIND_BY_ENDING = {
    "특별자치시": ApplicantKind.SPECIAL_SELF_GOVERNING_CITY,
    "특별자치도": ApplicantKind.SPECIAL_SELF_GOVERNING_PROVINCE,
    "특별시": ApplicantKind.SPECIAL_CITY,
    "광역시": ApplicantKind.METROPOLITAN_CITY,
    "도": ApplicantKind.PROVINCE,
}
_WITH_AUTONOMOUS_DISTRICTS = frozenset({ApplicantKind.SPECIAL_CITY, ApplicantKind.METROPOLITAN_CITY})
_WITH_ADMINISTRATIVE_CITIES = "제주특별자치도"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Area:
    line: int
    code: str
    names: tuple[str, ...]
    residents: int

    @property
    def full_name(self) -> str:
        return " ".join(self.names)


def is_population_export(text: str) -> bool:
    """Return whether a text has the heading of the ministry's export."""
    return text.lstrip("\r\n\"' ").startswith(_EXPORT_FIRST_HEADING)


def parse_population_export(source: FileText, name: str, known: Registry) -> Registry:
    """Return the entries of an export, in its order; English names and notes come from ``known``.

    Rows of the nation and of everything below districts (읍, 면, 동) are left out.

    Raises:
        InputError: no or several months, codes that occur twice, areas of no known kind, and so on.
    """
    reading = _ExportReader(source)
    as_of = reading.heading()
    areas = reading.areas() if as_of else ()
    names = _NameLookup(known)
    population = f"MOIS-POP-{as_of.replace('-', '')}"
    by_name = {area.full_name: area for area in reversed(areas)}
    entries = []
    for area in areas:
        kind_and_parent = _kind_and_parent(area, by_name)
        if kind_and_parent is None:
            reading.refuse(area.line, 1, quote(area.full_name), "a 시, 도, 군 or 구 whose parent is in the file too")
            continue
        kind, parent = kind_and_parent
        own = area.names[-1] if kind is not ApplicantKind.GENERAL_DISTRICT else " ".join(area.names[1:])
        parent_name = parent.full_name if parent else ""
        entries.append(
            Applicant(
                code=area.code,
                name=Text(ko=own, en=names.english(area.code, own, parent_name)),
                kind=kind,
                parent_code=parent.code if parent else None,
                parent_name=parent_name,
                population=Population(residents=area.residents, as_of=as_of, source=population),
                note=names.note(area.code),
            )
        )
    if not entries and not reading.problems:
        reading.refuse(1, None, "no local government", "rows such as '서울특별시 종로구 (1111000000)'")
    if reading.problems:
        raise InputError(reading.problems)
    return Registry(as_of=as_of, entries=tuple(entries), source=f"{population} ({name})")


class _ExportReader:
    def __init__(self, source: FileText) -> None:
        self.file = source.file
        self.problems: list[Problem] = []
        self._reader = csv.reader(io.StringIO(source.text, newline=""), strict=True)
        self._column = 0

    def refuse(self, line: int, column: int | None, found: str, wanted: str) -> None:
        place = Place(file=self.file, line=line, column=column)
        self.problems.append(Problem(place=place, found=found, wanted=wanted))

    def heading(self) -> str:
        """Return the month of the population column, or an empty text after adding what is wrong."""
        cells: list[str] = []
        while not any(cells):
            cells = [cell.strip() for cell in next(self._reader, [_EXPORT_FIRST_HEADING])]
        columns = [
            (number, month)
            for number, cell in enumerate(cells)
            if (month := _EXPORT_POPULATION_HEADING.fullmatch(cell))
        ]
        if len(columns) != 1:
            what = f"{len(columns)} columns of population" if columns else "no column of population"
            self.refuse(max(self._reader.line_num, 1), None, what, "one such as '2024년06월_총인구수'")
            return ""
        self._column, month = columns[0]
        return f"{month[1]}-{month[2]}"

    def areas(self) -> tuple[_Area, ...]:
        areas: dict[str, _Area] = {}
        try:
            for cells in self._reader:
                line = self._reader.line_num
                area = self._area(line, cells) if any(cell.strip() for cell in cells) else None
                if area is not None and area.code in areas:
                    first = areas[area.code].line
                    self.refuse(line, 1, f"the code {area.code} again", f"each code once (first in line {first})")
                elif area is not None:
                    areas[area.code] = area
        except csv.Error as error:
            self.refuse(self._reader.line_num, None, f"a row that is no CSV ({error})", "cells between commas")
        return tuple(areas.values())

    def _area(self, line: int, cells: list[str]) -> _Area | None:
        area = _AREA.fullmatch(cells[0].strip())
        if not area:
            self.refuse(line, 1, quote(cells[0]), "a name and a code, such as '서울특별시 종로구 (1111000000)'")
            return None
        names, code = tuple(area[1].split()), area[2]
        if names == (_NATION,) or not code.endswith(_BELOW_DISTRICT):
            return None
        text = cells[self._column].strip() if self._column < len(cells) else ""
        if not _RESIDENTS.fullmatch(text) or int(text.replace(",", "")) > MOST_PEOPLE:
            self.refuse(line, self._column + 1, quote(text), "residents such as 9,400,249")
            return None
        return _Area(line=line, code=code, names=names, residents=int(text.replace(",", "")))


def _kind_and_parent(area: _Area, by_name: dict[str, _Area]) -> tuple[ApplicantKind, _Area | None] | None:
    """Return the kind of an area and what it belongs to, or None where it fits nowhere."""
    top = _find_top_kind(area.names[0])
    above = by_name.get(" ".join(area.names[:-1]))
    if len(area.names) == 1:
        first = by_name[area.full_name]
        if first.code != area.code:
            return ApplicantKind.DUPLICATE_CODE, first
        return None if top is None else (top, None)
    if area.names[-1].endswith(_BRANCH_OFFICE):
        province = by_name.get(area.names[0])
        return (ApplicantKind.BRANCH_OFFICE_CODE, province) if province else None
    kind = _kind_below_top(area, top) if len(area.names) == 2 else _kind_inside_city(area)
    return (kind, above) if kind and above else None


def _find_top_kind(name: str) -> ApplicantKind | None:
    return next((kind for ending, kind in _TOP_KIND_BY_ENDING.items() if name.endswith(ending)), None)


def _kind_below_top(area: _Area, top: ApplicantKind | None) -> ApplicantKind | None:
    ending = area.names[1][-1]
    if ending == "시":
        return ApplicantKind.ADMINISTRATIVE_CITY if area.names[0] == _WITH_ADMINISTRATIVE_CITIES else ApplicantKind.CITY
    if ending == "구":
        return ApplicantKind.AUTONOMOUS_DISTRICT if top in _WITH_AUTONOMOUS_DISTRICTS else None
    return ApplicantKind.COUNTY if ending == "군" else None


def _kind_inside_city(area: _Area) -> ApplicantKind | None:
    fits = len(area.names) == 3 and area.names[1].endswith("시") and area.names[2].endswith("구")
    return ApplicantKind.GENERAL_DISTRICT if fits else None


class _NameLookup:
    """English names and notes of another registry."""

    def __init__(self, known: Registry) -> None:
        self._by_code = known.by_code()
        self._by_name = {(entry.name.ko, entry.parent_name): entry.name.en for entry in known.entries}
        self._of_name: dict[str, set[str]] = {}
        for entry in known.entries:
            self._of_name.setdefault(entry.name.ko, set()).add(entry.name.en)

    def english(self, code: str, korean: str, parent: str) -> str:
        """Return the name by code if the Korean name is the same, else by name and parent, else by a unique name."""
        same = self._by_code.get(code)
        if same is not None and same.name.ko == korean:
            return same.name.en
        if (korean, parent) in self._by_name:
            return self._by_name[korean, parent]
        readings = self._of_name.get(korean, set())
        return next(iter(readings)) if len(readings) == 1 else korean

    def note(self, code: str) -> str:
        entry = self._by_code.get(code)
        return entry.note if entry else ""


SHIPPED_REGISTRY = "local_governments.2023-10.csv"
"""The table that this package ships; English names of an export are taken from it."""


def read_registry(path: Path) -> Registry:
    """Return the registry of a file.

    The first column of our table is ``code``, that of the export 행정구역. An entry of an export without an English
    name in the shipped table has its Korean name for both.

    Raises:
        InputError: the file is neither, or something in it is wrong: every problem.
    """
    return parse_registry(read_file(path), path.name)


def parse_registry(source: FileText, name: str) -> Registry:
    """Return the registry of a text that was read already; ``name`` is the file's, for the registry's source.

    Raises:
        InputError: as `read_registry`.
    """
    if is_population_export(source.text):
        return parse_population_export(source, name, _read_shipped_registry())
    return parse_registry_table(source)


def _read_shipped_registry() -> Registry:
    try:
        return parse_registry_table(read_file(PROJECT_ROOT / "parameters" / "registry" / SHIPPED_REGISTRY))
    except InputError:
        # names only: without the table every entry keeps its Korean name
        return Registry(as_of="", entries=(), source="")
