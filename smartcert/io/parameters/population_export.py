"""The ministry's files of resident registration (jumin.mois.go.kr, 주민등록 인구통계), whatever shape they have.

Read: the whole export with towns, by age or not; cities and districts only; the workbook with a preamble and two rows
of headings, and its text; saved again by a spreadsheet with semicolons or tabs, in UTF-8, UTF-16 or CP949. Refused,
with what to choose instead: provinces only, registers of a part of the residents, lists of codes, tables of KOSIS. The
figures have to add up at every level, so that a file that is cut, lacks a row, or has a slip of a digit is refused
where the sum breaks.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from datetime import date
from pathlib import Path

from smartcert.errors import InputError, Place, Problem
from smartcert.io.formats.text import FileText, display_path, quote, read_file
from smartcert.io.parameters.populations import POPULATIONS, last_day
from smartcert.lazy_dataclass import dataclass
from smartcert.model.applicant import NOT_LOCAL_GOVERNMENTS, ApplicantKind, Population
from smartcert.model.local_government import LocalGovernment, LocalGovernments
from smartcert.paths import PROJECT_ROOT
from smartcert.representation import count_things

KNOWN_BREAKS = "known_breaks.csv"
"""The file, beside the months, of sums that are known not to hold, and why."""

MOST_PEOPLE = 100_000_000
_HEADING_ROWS = 12
_SEPARATORS = (",", ";", "\t")
_AREA_HEADINGS = frozenset({"행정구역", "행정구역별"})
_CODE_HEADINGS = frozenset({"행정기관코드", "행정기관", "행정구역코드"})
_HEADING_WORDS = ("행정구역", "행정기관", "법정동코드", "행정동코드")
_MONTH = re.compile(r"([0-9]{4})\s*[년.\-]\s*(0?[1-9]|1[0-2])\s*월?")
_FIGURE = re.compile(r"(?:([0-9]{4}\s*년\s*(?:0?[1-9]|1[0-2])\s*월)[_ ]*)?(.*)")
_TOTAL = frozenset({"총인구수", "계_총인구수"})
_MEN = frozenset({"남자인구수", "남_총인구수"})
_WOMEN = frozenset({"여자인구수", "여_총인구수"})
_PARTS_OF_RESIDENTS = ("거주자", "거주불명", "재외국민")
_AREA = re.compile(r"(\S.*?)\s*\(([0-9]{10})\)")
_CODE = re.compile(r"[0-9]{10}")
_RESIDENTS = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})*|[0-9]+")
_NATION = frozenset({"0000000000", "1000000000"})
_BELOW_DISTRICT = "00000"
_ZIP = b"PK\x03\x04"
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PAGE = "jumin.mois.go.kr, 주민등록 인구 및 세대현황, 등록구분 전체, 전체시군구현황"
_CUT = "the file as the ministry gives it, complete"


@dataclass(frozen=True, kw_only=True, slots=True)
class AreaRow:
    """One row: a code with its name and figures; None for a figure that the file has no column for."""

    row: int
    code: str
    name: str
    residents: int
    men: int | None
    women: int | None

    @property
    def is_district(self) -> bool:
        """Whether it is a province, city, county or district, and not a town in one."""
        return self.code.endswith(_BELOW_DISTRICT)


@dataclass(frozen=True, kw_only=True, slots=True)
class PopulationExport:
    """The rows of one month, by code. ``column`` is that of the residents, as problems name it."""

    file: str
    month: str
    rows: Mapping[str, AreaRow]
    column: int

    def place(self, row: AreaRow | None = None) -> Place:
        """Return the place of a row's residents; of the file without one."""
        return Place(file=self.file, line=row.row, column=self.column) if row else Place(file=self.file)


Cells = list[str]


@dataclass(kw_only=True)
class _Sheet:
    """The rows of a file as texts, with their numbers in it."""

    file: str
    rows: Iterator[tuple[int, Cells]]
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, row: int | None, column: int | None, found: str, wanted: str) -> None:
        place = Place(file=self.file, line=row, column=column)
        self.problems.append(Problem(place=place, found=found, wanted=wanted))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Columns:
    """Where name, code and figures stand; ``code`` is None where it stands in brackets behind the name."""

    name: int
    code: int | None
    month: str
    total: int
    men: int | None
    women: int | None


def is_population_export(text: str) -> bool:
    """Return whether a text has, in one of its first rows, a heading of the ministry's files or of one like them."""
    head = text[:4000]
    return any(word in head for word in (*_HEADING_WORDS, "매월 말일자 통계"))


def read_population_export(path: Path, month: str | None = None) -> PopulationExport:
    """Return one month of a file: a workbook or a text.

    Raises:
        InputError: it is another file than the one that is wanted (says which one to choose), or it is broken: every
            problem with its place. That the figures add up is checked by `check_sums`.
    """
    file = display_path(path)
    if is_workbook_file(path):
        sheet = _Sheet(file=file, rows=_iterate_workbook(path.read_bytes(), file))
    else:
        sheet = _open_text(read_file(path, utf16=True))
    return _parse_sheet(sheet, month)


def is_workbook_file(path: Path) -> bool:
    """Return whether a file is an XLSX workbook by its first bytes; an InputError for an old or a protected one."""
    try:
        with path.open("rb") as file:
            begin = file.read(8)
    except OSError:
        return False  # what is wrong with the file is told where it is read
    if begin == _OLD_WORKBOOK:
        raise InputError.of_file(display_path(path), "an .xls or a protected workbook", "an open .xlsx, or a .csv")
    return begin.startswith(_ZIP)


def parse_population_export(source: FileText) -> PopulationExport:
    """Return the month of a text that was read already; errors as of `read_population_export`."""
    return _parse_sheet(_open_text(source), None)


def _iterate_workbook(data: bytes, file: str) -> Iterator[tuple[int, Cells]]:
    from smartcert.io.formats.xlsx import read_workbook  # heavy, and most months are text

    grid = read_workbook(data, file)[0]
    for row, cells in grid.rows():
        yield row, [cells[column].text.strip() if column in cells else "" for column in range(1, max(cells) + 1)]


def _open_text(source: FileText) -> _Sheet:
    separator = max(_SEPARATORS, key=_find_heading_line(source.text).count)
    sheet = _Sheet(file=source.file, rows=iter(()))
    sheet.rows = _iterate_text(source.text, separator, sheet)
    return sheet


def _find_heading_line(text: str) -> str:
    """Return the line of the heading without what is quoted: figures have commas, headings have none."""
    lines = text[:20_000].splitlines()[:_HEADING_ROWS]
    heading = next((line for line in lines if any(word in line for word in _HEADING_WORDS)), lines[0] if lines else "")
    return re.sub('"[^"]*"', "", heading)


def _iterate_text(text: str, separator: str, sheet: _Sheet) -> Iterator[tuple[int, Cells]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error as error:
        sheet.refuse(reader.line_num, None, f"a row that is no CSV ({error})", _CUT)


def _parse_sheet(sheet: _Sheet, month: str | None) -> PopulationExport:
    columns = _find_columns(sheet, month)
    rows: dict[str, AreaRow] = {}
    if columns is not None:
        for number, cells in sheet.rows:
            row = _parse_row(sheet, number, cells, columns) if any(cell.strip() for cell in cells) else None
            if row is not None and row.code in rows:
                first = f"each code once (first in line {rows[row.code].row})"
                sheet.refuse(number, columns.name + 1, f"the code {row.code} again", first)
            elif row is not None:
                rows[row.code] = row
    if not sheet.problems and columns is not None:
        _check_complete_levels(sheet, rows)
    if sheet.problems or columns is None:
        raise InputError(sheet.problems)
    return PopulationExport(file=sheet.file, month=columns.month, rows=rows, column=columns.total + 1)


def _find_columns(sheet: _Sheet, month: str | None) -> _Columns | None:
    """Return where the figures of the month stand; None after adding what is wrong with the headings."""
    above: Cells = []
    number = 1
    for number, raw in sheet.rows:
        cells = [cell.strip().strip("\ufeff") for cell in raw]
        first = cells[0] if cells else ""
        if first in _AREA_HEADINGS or first in _CODE_HEADINGS:
            return _choose_columns(sheet, number, cells, _join_headings(above, cells), month)
        other = _name_other_file(cells)
        if other:
            sheet.refuse(number, 1, other, f"the file of populations: {_PAGE}")
            return None
        if any(cells):
            above = cells
        if number >= _HEADING_ROWS:
            break
    found = "no heading '행정구역' or '행정기관코드'" if not sheet.problems else "a heading that cannot be read"
    sheet.refuse(number, None, found, f"the file of populations: {_PAGE}")
    return None


def _name_other_file(cells: Cells) -> str:
    """Return what another well-known file is, by its heading; empty where it is none of them."""
    joined = " ".join(cells)
    if "법정동코드" in joined:
        return "the list of legal-district codes (법정동코드 전체자료), which has no populations"
    if "행정동코드" in joined or "말소일자" in joined:
        return "the list of administrative codes (KIKcd), which has no populations"
    if re.search(r"행정구역\S*별|시점|항목", joined):
        return "a table of KOSIS, which has no codes of ten digits"
    return ""


def _join_headings(above: Cells, cells: Cells) -> list[str]:
    """Return the headings with the month that stands above them, as far as the next one, in front."""
    joined, month = [], ""
    for position, cell in enumerate(cells):
        higher = above[position] if position < len(above) else ""
        month = higher if _MONTH.search(higher) else month
        joined.append(f"{month}_{cell}" if month and not _MONTH.match(cell) else cell)
    return joined


def _choose_columns(
    sheet: _Sheet, number: int, cells: Cells, headings: list[str], month: str | None
) -> _Columns | None:
    figures = [_parse_heading(heading) for heading in headings]
    totals = {when: position for position, (when, what) in enumerate(figures) if what in _TOTAL and when}
    if not totals:
        parts = [heading for heading in headings if any(part in heading for part in _PARTS_OF_RESIDENTS)]
        found = f"{quote(parts[0])}, which counts a part of the residents only" if parts else "no column of population"
        wanted = f"a column such as '2024년06월_총인구수': {_PAGE}"
        sheet.refuse(number, headings.index(parts[0]) + 1 if parts else None, found, wanted)
        return None
    twice = [what for when, what in figures if what in _TOTAL and when]
    if (len(totals) != 1 and month is None) or (len(twice) != len(totals)):
        found = f"{count_things(len(twice), 'column')} of population ({', '.join(sorted(totals))})"
        sheet.refuse(number, None, found, "one such as '2024년06월_총인구수', or --month to say which")
        return None
    chosen = month or next(iter(totals))
    if chosen not in totals:
        sheet.refuse(number, None, f"populations of {', '.join(sorted(totals))}", f"those of {chosen}")
        return None
    by_code = cells[0] in _CODE_HEADINGS
    return _Columns(
        name=1 if by_code else 0,
        code=0 if by_code else None,
        month=chosen,
        total=totals[chosen],
        men=_find_figure(figures, chosen, _MEN),
        women=_find_figure(figures, chosen, _WOMEN),
    )


def _parse_heading(heading: str) -> tuple[str, str]:
    """Return the month of a heading (empty without one) and what it counts, without blanks."""
    match = _FIGURE.fullmatch(heading)
    month = _MONTH.search(match[1]) if match and match[1] else None
    what = re.sub(r"\s", "", match[2] if match else heading)
    return (f"{month[1]}-{int(month[2]):02}" if month else ""), what


def _find_figure(figures: list[tuple[str, str]], month: str, names: frozenset[str]) -> int | None:
    return next((position for position, (when, what) in enumerate(figures) if when == month and what in names), None)


def _parse_row(sheet: _Sheet, number: int, cells: Cells, columns: _Columns) -> AreaRow | None:
    if columns.code is None:
        match = _AREA.fullmatch(cells[0].strip())
        code, name = (match[2], match[1]) if match else ("", "")
    else:
        code, name = cells[columns.code].strip(), cells[columns.name].strip() if len(cells) > columns.name else ""
    if not _CODE.fullmatch(code) or not name:
        wanted = "a name and a code, such as '서울특별시 종로구 (1111000000)'"
        sheet.refuse(number, 1, quote(cells[0]), wanted)
        return None
    figures: list[int | None] = []
    for column in (columns.total, columns.men, columns.women):
        figures.append(None if column is None else _parse_residents(sheet, number, cells, column))
    if figures[0] is None:
        return None
    return AreaRow(
        row=number, code=code, name=" ".join(name.split()), residents=figures[0], men=figures[1], women=figures[2]
    )


def _parse_residents(sheet: _Sheet, number: int, cells: Cells, column: int) -> int | None:
    text = cells[column].strip() if column < len(cells) else ""
    if not _RESIDENTS.fullmatch(text) or int(text.replace(",", "")) > MOST_PEOPLE:
        sheet.refuse(number, column + 1, quote(text), "residents such as 9,400,249")
        return None
    return int(text.replace(",", ""))


def _check_complete_levels(sheet: _Sheet, rows: Mapping[str, AreaRow]) -> None:
    """Add a problem where a file has provinces only, or nothing at all."""
    if not rows:
        sheet.refuse(None, None, "no local government", "rows such as '서울특별시 종로구 (1111000000)'")
    elif not any(row.is_district and row.code[2:] != "00000000" and row.code not in _NATION for row in rows.values()):
        sheet.refuse(None, None, "provinces only: no city, county or district", f"the whole file: {_PAGE}")


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownBreak:
    """A sum of some month that is known not to hold, and why: figures that were put together."""

    month: str
    code: str
    stated: int
    total: int


def load_known_breaks() -> tuple[KnownBreak, ...]:
    """Return the sums that are known not to hold, of the file that comes with the package."""
    path = PROJECT_ROOT / "parameters" / "registry" / POPULATIONS / KNOWN_BREAKS
    rows = csv.DictReader(io.StringIO(read_file(path).text))
    return tuple(
        KnownBreak(month=row["month"], code=row["code"], stated=int(row["stated"]), total=int(row["total"]))
        for row in rows
    )


def check_sums(export: PopulationExport, governments: LocalGovernments, known: Iterable[KnownBreak]) -> bool:
    """Check that the figures add up at every level; return whether they do but for breaks that are known.

    Men and women make the residents; towns their district or city; districts their city; cities, counties and
    districts their province; provinces the nation where the file has it.

    Raises:
        InputError: a sum that does not hold: where, what is stated, and what the parts make.
    """
    day = last_day(export.month)
    allowed = {(figure.month, figure.code, figure.stated, figure.total) for figure in known}
    problems, excused = [], False
    for row, parts, what in _list_sums(export, governments, day):
        if (export.month, row.code, row.residents, parts) in allowed:
            excused = True
        elif parts != row.residents:
            found = f"{row.residents:,} residents of {row.name} ({row.code})"
            wanted = f"{parts:,}, the sum of {what}; or a row or a digit that is missing there"
            problems.append(Problem(place=export.place(row), found=found, wanted=wanted))
    if problems:
        raise InputError(problems)
    return not excused


def _list_sums(
    export: PopulationExport, governments: LocalGovernments, day: date
) -> Iterator[tuple[AreaRow, int, str]]:
    """Yield the rows with parts, the sum of these, and what they are."""
    parts: dict[tuple[str, str], int] = {}
    for row in export.rows.values():
        # where nobody is a man or a woman the columns are not filled in: no figure of the ministry's has that
        if row.men is not None and row.women is not None and row.men + row.women:
            yield row, row.men + row.women, "its men and women"
        for parent, what in _find_parents(row, export, governments, day):
            parts[parent, what] = parts.get((parent, what), 0) + row.residents
    for (parent, what), total in parts.items():
        if parent in export.rows:
            yield export.rows[parent], total, what


def _find_parents(
    row: AreaRow, export: PopulationExport, governments: LocalGovernments, day: date
) -> Iterator[tuple[str, str]]:
    if row.code in _NATION:
        return
    if not row.is_district:
        yield row.code[:5] + _BELOW_DISTRICT, "its towns"
        return
    entity = governments.by_code(row.code, day)
    own = entity.code_on(day) if entity else None
    if entity is None or own is None:
        return
    if own != row.code:
        yield own, "the row of its second code"
        return
    parent = governments.parent(entity, day)
    if parent is not None:
        code = parent.code_on(day)
        inside = governments.kind(entity, day) is ApplicantKind.GENERAL_DISTRICT
        if code is not None:
            yield code, "its districts" if inside else "its cities, counties and districts"
        return
    for nation in _NATION & export.rows.keys():
        yield nation, "the provinces"


def join_populations(export: PopulationExport, governments: LocalGovernments, source: str) -> dict[str, Population]:
    """Return the populations of an export by the id of the entity that has the code on the last day of the month.

    Raises:
        InputError: a code that nobody has then, a name that is another's, a local government without a row; says which
            change explains it, or asks for one.
    """
    day = last_day(export.month)
    problems: list[Problem] = []
    populations: dict[str, Population] = {}
    for row in export.rows.values():
        if row.code in _NATION or not row.is_district:
            continue
        entity = governments.by_code(row.code, day)
        if entity is None:
            problem: Problem | None = _explain_code(row, export, governments, day)
        else:
            problem = _check_name(row, entity, export, day)
        if problem is not None:
            problems.append(problem)
        elif entity is not None and entity.code_on(day) == row.code:
            populations[entity.id] = Population(residents=row.residents, as_of=export.month, source=source)
    for entity in governments.on(day):
        if entity.id not in populations and governments.kind(entity, day) not in NOT_LOCAL_GOVERNMENTS:
            name = governments.name(entity, day)
            found = f"no row of {name.ko} ({entity.code_on(day)}), which there is on {day}"
            wanted = f"{_CUT}; or a row of changes.yaml that says what became of it"
            problems.append(Problem(place=export.place(), found=found, wanted=wanted))
    if problems:
        raise InputError(problems)
    return populations


def _explain_code(row: AreaRow, export: PopulationExport, governments: LocalGovernments, day: date) -> Problem:
    other = governments.by_code(row.code)
    found = f"{row.name} ({row.code}), which nobody has on {day}"
    wanted = "a code of that day; or a row of changes.yaml that says what happened, and its rows in the tables"
    if other is not None:
        spans = next(code.span for code in other.codes if code.code == row.code)
        when = f"until {spans.last}" if spans.last and spans.last < day else f"from {spans.first} on"
        found = f"{row.name} ({row.code}), the code of {governments.name(other, day).ko} {when}"
        wanted = f"the codes of {day}: is the file of {export.month}?"
    return Problem(place=Place(file=export.file, line=row.row, column=1), found=found, wanted=wanted)


def _check_name(row: AreaRow, entity: LocalGovernment, export: PopulationExport, day: date) -> Problem | None:
    name = entity.name_on(day)
    if name is None or row.name.split()[-1] == name.ko.split()[-1]:
        return None
    found = f"the name {quote(row.name)} beside the code of {name.ko} ({row.code})"
    wanted = "the name of that day; or a row of changes.yaml that says what happened"
    return Problem(place=Place(file=export.file, line=row.row, column=1), found=found, wanted=wanted)
