"""Local governments: our table, the ministry's export."""

from __future__ import annotations

import csv
import io
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from smartcert.errors import InputError, Place, Problem
from smartcert.io import text as scalars
from smartcert.io.csv import Cells, Table, TooManyProblems, close, each
from smartcert.io.text import FileText, quoted, read_file
from smartcert.model.applicant import Applicant, Kind, Population, Registry
from smartcert.model.citation import Text
from smartcert.paths import HOME

# --- Our own table of registry entries (``parameters/registry/*.csv``).

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


# --- The ministry's export of resident registration figures (행정안전부 주민등록 인구통계, jumin.mois.go.kr).

_FIRST = "행정구역"
_MINISTRY_EXPORT_POPULATION = re.compile(r"([0-9]{4})년\s*(0[1-9]|1[0-2])월_(?:계_)?총인구수")
_AREA = re.compile(r"(\S.*?)\s*\(([0-9]{10})\)")
_RESIDENTS = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})*|[0-9]+")
_NATION = "전국"
_BELOW_DISTRICT = "00000"
_OFFICE = "출장소"
# longest ending first: 특별자치도 ends in 도 too
_MINISTRY_EXPORT_TOP = {
    "특별자치시": Kind.SPECIAL_SELF_GOVERNING_CITY,
    "특별자치도": Kind.SPECIAL_SELF_GOVERNING_PROVINCE,
    "특별시": Kind.SPECIAL_CITY,
    "광역시": Kind.METROPOLITAN_CITY,
    "도": Kind.PROVINCE,
}
_WITH_AUTONOMOUS_DISTRICTS = frozenset({Kind.SPECIAL_CITY, Kind.METROPOLITAN_CITY})
_WITH_ADMINISTRATIVE_CITIES = "제주특별자치도"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Area:
    line: int
    code: str
    names: tuple[str, ...]
    residents: int

    @property
    def whole_name(self) -> str:
        return " ".join(self.names)


def is_export(text: str) -> bool:
    """Return whether a text has the heading of the ministry's export."""
    return text.lstrip("\r\n\"' ").startswith(_FIRST)


def read_export(source: FileText, name: str, known: Registry) -> Registry:
    """Return the entries of one export, in its order; ``known`` lends English names and notes.

    Rows of the nation and of everything below districts (읍, 면, 동) are left out.

    Raises:
        InputError: no or several months, codes that occur twice, areas of no known kind, and so on.
    """
    reading = _Export(source)
    as_of = reading.heading()
    areas = reading.areas() if as_of else ()
    names = _Names(known)
    population = f"MOIS-POP-{as_of.replace('-', '')}"
    by_name = {area.whole_name: area for area in reversed(areas)}
    entries = []
    for area in areas:
        placed = _kind_and_parent(area, by_name)
        if placed is None:
            reading.refuse(area.line, 1, quoted(area.whole_name), "a 시, 도, 군 or 구 whose parent is in the file too")
            continue
        kind, parent = placed
        own = area.names[-1] if kind is not Kind.GENERAL_DISTRICT else " ".join(area.names[1:])
        parent_name = parent.whole_name if parent else ""
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


class _Export:
    def __init__(self, source: FileText) -> None:
        self.file = source.file
        self.problems: list[Problem] = []
        self._reader = csv.reader(io.StringIO(source.text, newline=""), strict=True)
        self._column = 0

    def refuse(self, line: int, column: int | None, found: str, wanted: str) -> None:
        place = Place(file=self.file, line=line, column=column)
        self.problems.append(Problem(place=place, found=found, wanted=wanted))

    def heading(self) -> str:
        """Return the month of the one population column, or nothing after telling what is wrong."""
        cells: list[str] = []
        while not any(cells):
            cells = [cell.strip() for cell in next(self._reader, [_FIRST])]
        found = [
            (number, month)
            for number, cell in enumerate(cells)
            if (month := _MINISTRY_EXPORT_POPULATION.fullmatch(cell))
        ]
        if len(found) != 1:
            what = f"{len(found)} columns of population" if found else "no column of population"
            self.refuse(max(self._reader.line_num, 1), None, what, "one such as '2024년06월_총인구수'")
            return ""
        self._column, month = found[0]
        return f"{month[1]}-{month[2]}"

    def areas(self) -> tuple[_Area, ...]:
        found: dict[str, _Area] = {}
        try:
            for cells in self._reader:
                line = self._reader.line_num
                area = self._area(line, cells) if any(cell.strip() for cell in cells) else None
                if area is not None and area.code in found:
                    first = found[area.code].line
                    self.refuse(line, 1, f"the code {area.code} again", f"each code once (first in line {first})")
                elif area is not None:
                    found[area.code] = area
        except csv.Error as error:
            self.refuse(self._reader.line_num, None, f"a row that is no CSV ({error})", "cells between commas")
        return tuple(found.values())

    def _area(self, line: int, cells: list[str]) -> _Area | None:
        area = _AREA.fullmatch(cells[0].strip())
        if not area:
            self.refuse(line, 1, quoted(cells[0]), "a name and a code, such as '서울특별시 종로구 (1111000000)'")
            return None
        names, code = tuple(area[1].split()), area[2]
        if names == (_NATION,) or not code.endswith(_BELOW_DISTRICT):
            return None
        text = cells[self._column].strip() if self._column < len(cells) else ""
        if not _RESIDENTS.fullmatch(text) or int(text.replace(",", "")) > MOST_PEOPLE:
            self.refuse(line, self._column + 1, quoted(text), "residents such as 9,400,249")
            return None
        return _Area(line=line, code=code, names=names, residents=int(text.replace(",", "")))


def _kind_and_parent(area: _Area, by_name: dict[str, _Area]) -> tuple[Kind, _Area | None] | None:
    """Return the kind of an area and what it belongs to, or None where it fits nowhere."""
    top = _top(area.names[0])
    above = by_name.get(" ".join(area.names[:-1]))
    if len(area.names) == 1:
        itself = by_name[area.whole_name]
        if itself.code != area.code:
            return Kind.DUPLICATE_CODE, itself
        return None if top is None else (top, None)
    if area.names[-1].endswith(_OFFICE):
        province = by_name.get(area.names[0])
        return (Kind.BRANCH_OFFICE_CODE, province) if province else None
    kind = _below_top(area, top) if len(area.names) == 2 else _inside_city(area)
    return (kind, above) if kind and above else None


def _top(name: str) -> Kind | None:
    return next((kind for ending, kind in _MINISTRY_EXPORT_TOP.items() if name.endswith(ending)), None)


def _below_top(area: _Area, top: Kind | None) -> Kind | None:
    ending = area.names[1][-1]
    if ending == "시":
        return Kind.ADMINISTRATIVE_CITY if area.names[0] == _WITH_ADMINISTRATIVE_CITIES else Kind.CITY
    if ending == "구":
        return Kind.AUTONOMOUS_DISTRICT if top in _WITH_AUTONOMOUS_DISTRICTS else None
    return Kind.COUNTY if ending == "군" else None


def _inside_city(area: _Area) -> Kind | None:
    fits = len(area.names) == 3 and area.names[1].endswith("시") and area.names[2].endswith("구")
    return Kind.GENERAL_DISTRICT if fits else None


class _Names:
    """English names and notes that another registry lends."""

    def __init__(self, known: Registry) -> None:
        self._by_code = known.by_code()
        self._by_name = {(entry.name.ko, entry.parent_name): entry.name.en for entry in known.entries}
        self._of_name: dict[str, set[str]] = {}
        for entry in known.entries:
            self._of_name.setdefault(entry.name.ko, set()).add(entry.name.en)

    def english(self, code: str, korean: str, parent: str) -> str:
        """By code where the Korean name is still the same, by name and parent, by a name that reads one way only."""
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


# --- A registry file to a `Registry`: our own table, or the ministry's export of any month, told apart by the heading.

SHIPPED = "local_governments.2023-10.csv"
"""The table that comes with the house; English names of an export are taken from it."""


def read_registry(path: Path) -> Registry:
    """Return the registry of a file.

    Two kinds of files are read: a table of ours (``code,name_ko,...``), and the export of resident registration
    figures from jumin.mois.go.kr, whose first column is 행정구역. English names and notes of an export come from the
    table that is shipped, by code, else by Korean name; where it has none the Korean name stands for both.

    Raises:
        InputError: the file is neither, or something in it is wrong: every problem.
    """
    return registry_of(read_file(path), path.name)


def registry_of(source: FileText, name: str) -> Registry:
    """Return the registry of a text that was read already; ``name`` is the file's, as the registry's source tells it.

    Raises:
        InputError: as `read_registry`.
    """
    if is_export(source.text):
        return read_export(source, name, _shipped())
    return read_own(source)


def _shipped() -> Registry:
    try:
        return read_own(read_file(HOME / "parameters" / "registry" / SHIPPED))
    except InputError:
        # names only: without the table every entry keeps its Korean name
        return Registry(as_of="", entries=(), source="")
