"""The forms of a package as what they claim: figures, documents and facts of an applicant, each with its cell.

Columns are found by their headings, in Korean or English and in any order. A value that can be read in two ways is a
question; its answer is read like a cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field, replace
from functools import lru_cache
from itertools import pairwise
from typing import TypeVar

from smartcert.characters import UNSEEN, is_formula
from smartcert.errors import InputError, Place, Problem, find_nearest
from smartcert.files import sha256_hex
from smartcert.io.formats.csv import format_exact, format_figure
from smartcert.io.formats.file_kind import FileKind, describe_kind, identify_file
from smartcert.io.formats.free_text import (
    HIDDEN,
    Ambiguous,
    Certain,
    Interpretation,
    Unreadable,
    clean_text,
    fold_text,
    interpret_figure,
    interpret_grade,
    interpret_yes_no,
)
from smartcert.io.formats.grid import EMPTY_CELL, CellType, Grid, RawCell, read_delimited
from smartcert.io.formats.hwpx import check_scripts, read_hwpx
from smartcert.io.formats.marked_text import remove_marks, remove_struck
from smartcert.io.formats.ods import read_ods
from smartcert.io.formats.text import quote
from smartcert.io.formats.xls import read_xls
from smartcert.io.formats.xlsx import check_harmless, read_workbook
from smartcert.io.formats.xml import ElementBudget
from smartcert.io.rounds.organisations import compact_number
from smartcert.lazy_dataclass import dataclass
from smartcert.model.application import DocumentKind, EvidenceGrade, Missing, Value
from smartcert.model.citation import Text
from smartcert.model.indicator import Edition, Indicator, IndicatorKind

K = TypeVar("K")

INDICATOR, NAME, UNIT, VALUE = "indicator", "name", "unit", "value"
DOCUMENT, PAGE, GRADE = "document", "page", "grade"
PAPER, FILE, SEALED, TABLE, REQUESTED = "paper", "file", "sealed", "lookup_table", "requested"
ROUND, EDITION, CODE, APPLICANT, ID = "round", "edition", "code", "applicant", "id"

_COLUMNS: Mapping[str, tuple[str, ...]] = {
    INDICATOR: (
        "지표번호",
        "지표코드",
        "지표id",
        "지표",
        "번호",
        "indicator",
        "indicatorid",
        "indicatorno",
        "id",
        "no",
    ),
    NAME: ("지표명", "세부지표", "지표이름", "name", "indicatorname", "nameofindicator"),
    UNIT: ("단위", "unit"),
    VALUE: ("값", "실적", "실적값", "측정값", "제출값", "산출값", "수치", "value", "figure", "claimed", "claimedvalue"),
    DOCUMENT: (
        "증빙문서",
        "증빙자료",
        "증빙",
        "근거자료",
        "근거문서",
        "근거",
        "document",
        "evidence",
        "evidencedocument",
    ),
    PAGE: ("쪽", "쪽수", "페이지", "면", "page", "pages", "p", "evidencepage"),
    GRADE: ("증빙등급", "근거등급", "자료등급", "등급", "grade", "evidencegrade"),
}
_PAPERS: Mapping[str, tuple[str, ...]] = {
    PAPER: ("서류", "제출서류", "서류명", "paper", "document"),
    FILE: ("파일", "파일명", "file", "filename"),
    SEALED: ("날인", "직인", "seal", "sealed"),
    TABLE: ("조견표", "lookuptable"),
    REQUESTED: ("요청", "요청여부", "requested", "askedfor"),
}
_CODE_IN_ENGLISH = (
    *("administrativecode", "administrativecodeorbusinessnumber", "businessnumber"),
    *("localgovernmentcode", "code"),
)
_LABELS: Mapping[str, tuple[str, ...]] = {
    ROUND: ("공모", "공모번호", "round"),
    EDITION: ("평가지표", "지표판", "indicatorset", "edition"),
    CODE: (
        *("행정기관코드", "지방자치단체코드", "행정구역코드", "행정표준코드", "기관코드", "사업자등록번호"),
        *_CODE_IN_ENGLISH,
    ),
    APPLICANT: (
        *("지방자치단체", "신청지방자치단체", "신청자", "신청인", "신청기관", "기관명", "지자체"),
        *("localgovernment", "applicant"),
    ),
    ID: ("신청번호", "applicantid"),
}
_KINDS: Mapping[DocumentKind, tuple[str, ...]] = {
    DocumentKind.APPLICATION: (
        *("스마트도시인증신청서(별지제1호서식)", "스마트도시인증신청서", "인증신청서", "공모신청서", "신청서"),
        *("application", "applicationform", "applicationform(form1)"),
    ),
    DocumentKind.QUANTITATIVE: (
        *("정량지표평가제안서", "정량평가서", "quantitative", "quantitativeproposal"),
        "quantitativeevaluationform",
    ),
    DocumentKind.QUALITATIVE: (
        *("정성평가자체평가서", "정성지표자체평가표", "정성평가서", "qualitative"),
        *("qualitativeself-assessment", "qualitativeself-evaluationform"),
    ),
    DocumentKind.EVIDENCE: ("증빙자료", "근거자료", "evidence"),
    DocumentKind.OTHER: ("그밖의서류", "그밖의자료", "기타", "other", "otherdocuments", "furtherdocument"),
}
_GRADES: Mapping[EvidenceGrade, tuple[str, ...]] = {
    EvidenceGrade.MEASURED: ("실측", "measured"),
    EvidenceGrade.SURVEY: ("조사", "설문", "survey"),
    EvidenceGrade.HIGHER_LEVEL: ("상위통계", "상위단위", "higher_level", "higherlevel"),
    EvidenceGrade.ESTIMATED: ("추정", "estimated"),
    EvidenceGrade.PERSONAL: ("개인자료", "personal"),
    EvidenceGrade.UNKNOWN: ("미상", "unknown"),
}
_PARTS = re.compile(r"[/\n|·]+")
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|[*:：※]")


def _keys_by_word(words: Mapping[K, tuple[str, ...]]) -> dict[str, K]:
    return {word: key for key, known in words.items() for word in known}


_BY_COLUMN, _BY_PAPER, _BY_LABEL = _keys_by_word(_COLUMNS), _keys_by_word(_PAPERS), _keys_by_word(_LABELS)
DOCUMENT_KINDS = _keys_by_word(_KINDS)
"""The documents of the call by the names that people use for them."""

EVIDENCE_GRADES = _keys_by_word(_GRADES)
"""Grades of evidence by the names that people use for them."""


@lru_cache(maxsize=4096)
def match_column(text: str) -> str | None:
    """Return which column of the table of figures a heading names, None for another one.

    >>> match_column("값 / Value *"), match_column("증빙 문서"), match_column("비고")
    ('value', 'document', None)
    """
    return _match_words(text, _BY_COLUMN)


@lru_cache(maxsize=4096)
def match_document_column(text: str) -> str | None:
    """Return which column of the table of documents a heading names, None for another one."""
    return _match_words(text, _BY_PAPER)


@lru_cache(maxsize=4096)
def match_label(text: str) -> str | None:
    """Return which fact of the form a label names, None for another text."""
    return _match_words(text, _BY_LABEL)


def match_document_kind(text: str) -> DocumentKind | None:
    """Return which document of the call a cell names, None for another text."""
    return next((DOCUMENT_KINDS[word] for word in _split_words(text) if word in DOCUMENT_KINDS), None)


def _match_words(text: str, words: Mapping[str, str]) -> str | None:
    if len(text) > 80:
        return None
    return next((words[word] for word in _split_words(text) if word in words), None)


def _split_words(text: str) -> list[str]:
    plain = _BRACKETS.sub(" ", clean_text(_remove_signs(text).replace("\n", "/")))
    return [part.replace(" ", "").casefold() for part in (plain, *_PARTS.split(plain))]


def _remove_signs(text: str) -> str:
    """Return a text without the signs of footnotes and without letters that are struck out."""
    return remove_marks(remove_struck(text))


GridRow = Mapping[int, RawCell]
_FEWEST_HEADINGS = 2
_MOST_PROBLEMS = 200
_SUM_WORDS = ("합계", "소계", "총점", "총계", "total")


@dataclass(frozen=True, kw_only=True, slots=True)
class FormCell:
    """A cell with its position in a grid."""

    grid: Grid
    row: int
    column: int
    doubtful: RawCell | None = None
    """What is read in place of the cell, where it is in doubt which cell it is."""

    @property
    def raw(self) -> RawCell:
        """The cell as the file has it."""
        return self.doubtful or self.grid.at(self.row, self.column)

    @property
    def text(self) -> str:
        """Its text, cleaned."""
        return clean_text(self.raw.text)

    def problem(self, found: str, wanted: str) -> Problem:
        """Return a problem with this cell."""
        return Problem(place=self.grid.place(self.row, self.column), found=found, wanted=wanted)


@dataclass(frozen=True, kw_only=True, slots=True)
class FormLine:
    """One row of figures: the indicator, and its cells by column."""

    indicator: Indicator
    cells: Mapping[str, FormCell]
    covered: FormCell | None = None
    """The cell that covers the value's own, where it was merged with others."""

    def text(self, column: str) -> str:
        """Return the text of a column, empty where the form does not have it."""
        return self.cells[column].text if column in self.cells else ""


@dataclass(kw_only=True)
class Form:
    """The content of all grids of one package; ``problems`` are those of rows that cannot be assigned."""

    facts: dict[str, list[FormCell]] = field(default_factory=dict)
    lines: dict[str, list[FormLine]] = field(default_factory=dict)
    papers: dict[DocumentKind, dict[str, FormCell]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    read: bool = False
    """Whether any grid has a table of figures."""
    disputed: set[str] = field(default_factory=set)
    """The indicators that a row with a problem may be about: that they have no row is no news of its own."""

    def fact(self, label: str) -> str:
        """Return the first text of a fact of the form, an empty one where it has none."""
        return next((cell.text for cell in self.facts.get(label, []) if cell.text), "")

    @property
    def full(self) -> bool:
        """Whether the limit of problems is reached."""
        return len(self.problems) >= _MOST_PROBLEMS

    def refuse(self, problem: Problem) -> None:
        """Add a problem, up to the limit."""
        if not self.full:
            self.problems.append(problem)


def interpret_grids(grids: Iterable[Grid], edition: Edition | None) -> Form:
    """Return the content of the grids; tables are recognised by their headings. Without an edition, no figures."""
    form = Form()
    names = _IndicatorNames(edition) if edition else None
    for grid in grids:
        _interpret_grid(grid, names, form)
    return form


class _IndicatorNames:
    """Indicators by id and by name, as people write them."""

    def __init__(self, edition: Edition) -> None:
        self.by_id = {indicator.id.casefold(): indicator for indicator in edition.entries()}
        self.by_name: dict[str, Indicator] = {}
        for indicator in edition.entries():
            for name in (indicator.name.ko, indicator.name.en):
                self.by_name.setdefault(clean_text(name).casefold(), indicator)
        self.domains = {domain.id.casefold() for domain in edition.domains}

    def find(self, text: str) -> Indicator | None:
        """Return the indicator that a cell names, in one language or on two lines in both; None for another text."""
        for part in (text, *text.splitlines()):
            plain = clean_text(_remove_signs(part)).casefold()
            indicator = self.by_id.get(plain.replace(" ", "")) or self.by_name.get(plain)
            if indicator:
                return indicator
        return None

    def find_nearest(self, text: str) -> Indicator | None:
        """Return the indicator whose id or name is most like a text, None where none is."""
        plain = clean_text(_remove_signs(text)).casefold()[:80]
        for known, word in ((self.by_id, plain.replace(" ", "")), (self.by_name, plain)):
            near = find_nearest(word, known)
            if near:
                return known[near]
        return None


def _interpret_grid(grid: Grid, names: _IndicatorNames | None, form: Form) -> None:
    columns: dict[str, int] = {}
    papers: dict[str, int] = {}
    heading = 0
    for row, cells in grid.rows():
        figures, documents = _find_headings(cells, match_column), _find_headings(cells, match_document_column)
        if figures is not None and VALUE in figures and {INDICATOR, NAME} & figures.keys():
            columns, papers, form.read = _check_headings_once(figures, grid, row, form), {}, True
            heading = row
            for problem in _list_misspelt(grid, row, figures.keys(), _ALIKE):
                form.refuse(problem)
        elif documents is not None and {PAPER, FILE} <= documents.keys():
            columns, papers = {}, _check_headings_once(documents, grid, row, form)
        elif columns:
            if names:
                _read_figure_row(_FigureRow(grid=grid, row=row, heading=heading, columns=columns), names, form)
        elif papers:
            _read_document_row(grid, row, papers, form)
        else:
            _read_facts(grid, row, cells, form)


def _find_headings(cells: GridRow, match: object) -> dict[str, list[int]] | None:
    """Return the columns by the headings of a row; None where fewer than two cells are headings."""
    columns: dict[str, list[int]] = {}
    for number, cell in cells.items():
        name = match(cell.text) if callable(match) and cell.cell_type is CellType.TEXT else None
        if name:
            columns.setdefault(name, []).append(number)
    return columns if len(columns) >= _FEWEST_HEADINGS else None


def _check_headings_once(columns: dict[str, list[int]], grid: Grid, row: int, form: Form) -> dict[str, int]:
    for name, numbers in columns.items():
        for number in numbers[1:]:
            cell = FormCell(grid=grid, row=row, column=number)
            form.refuse(cell.problem(f"a second column headed {quote(cell.text)}", f"one column of '{name}'"))
    return {name: numbers[0] for name, numbers in columns.items()}


_ALIKE, _SOMEWHAT_ALIKE = 0.7, 0.6
_SHORTEST_MISSPELT = 3
_REQUIRED = frozenset({INDICATOR, NAME, VALUE})


def _list_misspelt(grid: Grid, row: int, columns: Iterable[str], alike: float) -> Iterator[Problem]:
    """Yield a problem for each cell of a heading that is like the name of a column that the heading does not have.

    ``alike`` says from 0 to 1 how much.
    """
    missing = _COLUMNS.keys() - set(columns)
    words = {word: name for name in missing for word in _COLUMNS[name]}
    for (at, column), cell in grid.cells.items():
        if at != row or cell.cell_type is not CellType.TEXT or match_column(cell.text):
            continue
        parts = [part for part in _split_words(cell.text) if len(part) >= _SHORTEST_MISSPELT]
        near = next(filter(None, (find_nearest(part, words, alike) for part in parts)), "")
        if near:
            meant = words[near]
            words = {word: name for word, name in words.items() if name != meant}
            yield _describe_misspelt(grid, row, column, _COLUMNS[meant][0])


def _describe_misspelt(grid: Grid, row: int, column: int, meant: str) -> Problem:
    cell = FormCell(grid=grid, row=row, column=column)
    return cell.problem(f"{quote(cell.text[:80])} (did you mean '{meant}'?)", f"the heading '{meant}'")


def _describe_unread(grids: Iterable[Grid]) -> list[Problem]:
    """Return what is wrong with the headings of tables that nearly are ones of figures; nothing where none is."""
    for grid in grids:
        for row, cells in grid.rows():
            headings = _find_headings(cells, match_column)
            if headings is None:
                continue
            missing = (VALUE not in headings) + (not {INDICATOR, NAME} & headings.keys())
            columns = headings.keys() | (_COLUMNS.keys() - _REQUIRED)
            problems = list(_list_misspelt(grid, row, columns, _SOMEWHAT_ALIKE))
            unknown = [number for number, cell in cells.items() if cell.text.strip() and not match_column(cell.text)]
            if not problems and missing == len(unknown) == 1:
                meant = VALUE if VALUE not in headings else INDICATOR
                problems = [_describe_misspelt(grid, row, unknown[0], _COLUMNS[meant][0])]
            if missing and problems:
                return problems
    return []


@dataclass(frozen=True, kw_only=True, slots=True)
class _FigureRow:
    """A row of a table of figures: its columns, and the row of their headings."""

    grid: Grid
    row: int
    heading: int
    columns: Mapping[str, int]

    def cells(self) -> dict[str, FormCell]:
        """Return the cells by column. Where it is in doubt which cell is the value, that says so."""
        grid, row, value = self.grid, self.row, self.columns[VALUE]
        excess = grid.widths.get(row, 0) - grid.widths.get(self.heading, 0)
        joined = self._join_figure(max(excess, 0))
        shift = excess if excess > 0 and joined else 0
        cells = {
            name: FormCell(grid=grid, row=row, column=number + (shift if number > value else 0))
            for name, number in self.columns.items()
        }
        raw = grid.at(row, value)
        if excess > 0:
            doubtful = RawCell(joined or raw.text, doubt="a row longer than its heading")
        elif joined:
            doubtful = RawCell(joined, doubt="a comma that may part a figure")
            cells = {name: cell for name, cell in cells.items() if cell.column <= value}
        elif self._has_several_values():
            doubtful = replace(raw, doubt="several cells under one heading")
        elif raw.text and grid.is_hidden(row, value):
            doubtful = replace(raw, doubt=raw.doubt or HIDDEN)
        else:
            return cells
        return cells | {VALUE: FormCell(grid=grid, row=row, column=value, doubtful=doubtful)}

    def _join_figure(self, excess: int) -> str:
        """Return the figure that unquoted commas part into cells; an empty text where the cells are no such parts.

        Without more cells than headings one comma is looked for: ``1`` beside ``234``.
        """
        if self.row not in self.grid.widths:
            return ""
        value = self.columns[VALUE]
        parts = [self.grid.at(self.row, value + place).text.strip() for place in range((excess or 1) + 1)]
        fits = _FIRST_GROUP.fullmatch(parts[0]) and all(_NEXT_GROUP.fullmatch(part) for part in parts[1:])
        return ",".join(parts) if fits else ""

    def _has_several_values(self) -> bool:
        """Return whether the heading of the value spans several columns of which another one has something."""
        value = self.columns[VALUE]
        spanned = [at[1] for at, over in self.grid.merged.items() if over == (self.heading, value) and at[1] != value]
        others = {column for column in spanned if (self.row, column) not in self.grid.merged}
        return any(self.grid.at(self.row, column).text.strip() for column in others)


_FIRST_GROUP, _NEXT_GROUP = re.compile(r"[+-]?[1-9][0-9]{0,2}"), re.compile(r"[0-9]{3}(?:\.[0-9]+)?")


def _read_figure_row(line: _FigureRow, names: _IndicatorNames, form: Form) -> None:
    grid, cells = line.grid, line.cells()
    named = [cells[name] for name in (INDICATOR, NAME) if name in cells and cells[name].text]
    indicators = [indicator for indicator in (names.find(cell.raw.text) for cell in named) if indicator is not None]
    value = cells[VALUE]
    if not indicators:
        if not form.full and _holds_figure(value, named):
            cell = named[0] if named else value
            wanted = "an indicator of the edition: its id or its name"
            near = names.find_nearest(cell.text)
            form.disputed |= {near.id} if near else set()
            meant = f" (did you mean '{near.id}'?)" if near else ""
            form.refuse(cell.problem(f"{quote(cell.text)}{meant}", wanted))
        return
    if len({indicator.id for indicator in indicators}) > 1:
        names_found = " beside ".join(quote(cell.text) for cell in named)
        form.disputed |= {indicator.id for indicator in indicators}
        form.refuse(named[0].problem(names_found, "the id and the name of one indicator"))
        return
    covering = grid.merged.get((line.row, line.columns[VALUE]))
    covered = FormCell(grid=grid, row=covering[0], column=covering[1]) if covering and covering[0] != line.row else None
    form.lines.setdefault(indicators[0].id, []).append(FormLine(indicator=indicators[0], cells=cells, covered=covered))


def _holds_figure(value: FormCell, named: list[FormCell]) -> bool:
    """Return whether a row without an indicator has a figure; sums and notes below a table do not count."""
    if not named or value.raw is EMPTY_CELL or not value.text:
        return False
    label = clean_text(named[0].text).casefold()
    return label != "계" and not any(word in label for word in _SUM_WORDS)


def _read_document_row(grid: Grid, row: int, columns: Mapping[str, int], form: Form) -> None:
    cells = {name: FormCell(grid=grid, row=row, column=number) for name, number in columns.items()}
    named = cells[PAPER]
    kind = match_document_kind(named.text) if named.text else None
    if kind is None:
        return
    if kind in form.papers:
        form.refuse(named.problem(f"{quote(named.text)} again", "each document once"))
        return
    form.papers[kind] = cells


def _read_facts(grid: Grid, row: int, cells: GridRow, form: Form) -> None:
    for number, following in pairwise(sorted(cells)):
        name = match_label(cells[number].text)
        if name and match_label(cells[following].text) is None:
            form.facts.setdefault(name, []).append(FormCell(grid=grid, row=row, column=following))


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """A value that could be read in two ways. ``id`` depends on the cell, its text and the reason only."""

    id: str
    indicator: str
    place: str
    found: str
    why: Text
    readings: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """Where one value of the tables came from: the cell, its text, and what was read."""

    field: str
    place: str
    raw: str
    read: str
    formula: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """One indicator as claimed. ``value`` is None while a question about it is open."""

    indicator: Indicator
    value: Value | None
    document: str = ""
    page: str = ""
    grade: EvidenceGrade | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Paper:
    """One document as the form lists it; ``file`` is empty where none is named."""

    kind: DocumentKind
    file: str
    sealed: bool | None = None
    lookup_table: bool | None = None
    requested: bool | None = None


@dataclass(kw_only=True)
class Submission:
    """The content of the forms of one package. Complete only without problems and questions."""

    code: str = ""
    name: str = ""
    round: str = ""
    edition: str = ""
    claims: dict[str, Claim] = field(default_factory=dict)
    papers: dict[DocumentKind, Paper] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    origins: list[Origin] = field(default_factory=list)
    disputed: frozenset[str] = frozenset()
    """The indicators that a problem is about already."""
    has_every_row: bool = True
    """Whether each quantitative indicator has a row."""
    mark_cells: dict[str, FormCell] = field(default_factory=dict)
    """The cells for the applicant's own marks by qualitative indicator, empty ones too."""
    mark_lines: dict[str, FormLine] = field(default_factory=dict)
    """The rows of those cells."""


_MAX_TEXT_LENGTH = 300


class ClaimReader:
    """Reads the claims of indicators into a submission; an answer decides what was asked."""

    def __init__(self, read: Submission, answers: Mapping[str, str]) -> None:
        self.read = read
        self.answers = answers

    def claim(self, indicator: Indicator, lines: list[FormLine]) -> None:
        """Read the claim of an indicator from its rows; without a row it becomes a question."""
        if not lines:
            self._ask_for_value(indicator)
            return
        lines = _prefer_visible(lines)
        readings = [self._value(line) for line in lines]
        if len(lines) > 1 and not self._rows_agree(lines, readings):
            return
        line = lines[0]
        cell = line.cells[VALUE]
        value = self._decide(indicator, cell, readings[0])
        if value is not None and not isinstance(value, Missing) and not indicator.limits.allows(value):
            # beyond the limits it is a slip or a misunderstanding: the applicant decides which
            possible = format_limits(indicator)
            why = Text(ko=f"가능한 범위({possible}) 밖의 값", en=f"a value outside what is possible ({possible})")
            value = self._decide(indicator, cell, Ambiguous(why, (format_figure(value, indicator),)), allowed_only=True)
        self._add_origin(indicator, cell, value)
        self.read.claims[indicator.id] = Claim(
            indicator=indicator,
            value=value,
            document=_read_text(self.read, line, DOCUMENT),
            page=_read_text(self.read, line, PAGE),
            grade=_read_grade(self.read, line),
        )

    def _value(self, line: FormLine) -> Interpretation[Value]:
        cell = line.cells[VALUE]
        if line.covered is not None:
            under = (line.covered.raw, *([cell.raw] if cell.text else []))
            reads = [interpret_figure(raw, line.indicator) for raw in under]
            figures = tuple(
                dict.fromkeys(format_figure(read.value, line.indicator) for read in reads if isinstance(read, Certain))
            )
            where = str(line.covered.grid.place(line.covered.row, line.covered.column))
            return Ambiguous(Text(ko=f"다른 칸({where})과 합쳐진 칸", en=f"a cell merged with {where}"), figures)
        return interpret_figure(cell.raw, line.indicator, line.text(UNIT))

    def _decide(
        self,
        indicator: Indicator,
        cell: FormCell,
        reading: Interpretation[Value],
        *,
        allowed_only: bool = False,
    ) -> Value | None:
        """Return the value, by its answer where it is a question; None where it is open or unreadable."""
        if isinstance(reading, Certain):
            return reading.value
        why, readings = (
            (reading.why, reading.readings) if isinstance(reading, Ambiguous) else (_describe_unreadable(reading), ())
        )
        name = _make_question_id(cell, indicator, why.en)
        answered = self._answer(name, indicator)
        if answered is not None and (
            not allowed_only or isinstance(answered, Missing) or indicator.limits.allows(answered)
        ):
            return answered
        place = str(cell.grid.place(cell.row, cell.column))
        self._ask(name, indicator, place, _format_cell(cell), why, readings)
        return None

    def _answer(self, name: str, indicator: Indicator) -> Value | None:
        text = self.answers.get(name, "").strip()
        if not text:
            return None
        if text in tuple(Missing):
            return Missing(text)
        read = interpret_figure(
            RawCell(text if "%" not in indicator.unit.ko else f"{text.removesuffix('%')}%"), indicator
        )
        return read.value if isinstance(read, Certain) else None

    def _rows_agree(self, lines: list[FormLine], readings: list[Interpretation[Value]]) -> bool:
        """Return whether several rows of one indicator have the same value; add a question where they differ."""
        values = {read.value if isinstance(read, Certain) else None for read in readings}
        if len(values) == 1 and None not in values:
            return True
        indicator, cell = lines[0].indicator, lines[0].cells[VALUE]
        figures = tuple(format_figure(read.value, indicator) for read in readings if isinstance(read, Certain))
        places = ", ".join(str(line.cells[VALUE].grid.place(line.cells[VALUE].row)) for line in lines)
        why = Text(
            ko=f"지표가 {len(lines)}번 적혀 있음: {places}", en=f"the indicator stands {len(lines)} times: {places}"
        )
        reading = Ambiguous(why, tuple(dict.fromkeys(figures)))
        value = self._decide(indicator, cell, reading)
        self._add_origin(indicator, cell, value)
        self.read.claims[indicator.id] = Claim(indicator=indicator, value=value)
        return False

    def _ask_for_value(self, indicator: Indicator) -> None:
        self.read.has_every_row = False
        name = sha256_hex(f"missing:{indicator.id}".encode())[:12]
        value = self._answer(name, indicator)
        if value is None and indicator.id not in self.read.disputed:
            why = Text(ko="이 지표의 행이 없음", en="no row of this indicator")
            self._ask(name, indicator, "", "", why, tuple(missing.value for missing in Missing))
        self.read.claims[indicator.id] = Claim(indicator=indicator, value=value)

    def _ask(
        self, name: str, indicator: Indicator, place: str, found: str, why: Text, readings: tuple[str, ...]
    ) -> None:
        question = Question(id=name, indicator=indicator.id, place=place, found=found, why=why, readings=readings)
        self.read.questions.append(question)

    def _add_origin(self, indicator: Indicator, cell: FormCell, value: Value | None) -> None:
        read = "" if value is None else format_figure(value, indicator)
        self.read.origins.append(
            Origin(
                field=indicator.id,
                place=str(cell.grid.place(cell.row, cell.column)),
                raw=cell.raw.text,
                read=read,
                formula=cell.raw.formula or "",
            )
        )


def _prefer_visible(lines: list[FormLine]) -> list[FormLine]:
    """Return the rows of an indicator; beside one that people see, a hidden one is in no doubt of its own."""
    if all(line.cells[VALUE].raw.doubt == HIDDEN for line in lines):
        return lines
    visible = [line for line in lines if line.cells[VALUE].raw.doubt != HIDDEN]
    hidden = [line for line in lines if line.cells[VALUE].raw.doubt == HIDDEN]
    plain = [replace(line, cells={**line.cells, VALUE: replace(line.cells[VALUE], doubtful=None)}) for line in hidden]
    return visible + plain


def read_plain_text(read: Submission, cell: FormCell) -> str:
    """Return the text of a cell for a table; one that is too long, not visible or a formula is a problem.

    So is a day: a spreadsheet makes one of the pages 3-5.
    """
    text = cell.text
    if cell.raw.cell_type.is_day:
        read.problems.append(cell.problem("a day, as the spreadsheet reads 3-5", "a text such as 3~5"))
        return ""
    if len(text) > _MAX_TEXT_LENGTH or is_formula(text) or UNSEEN.search(text) or not text.isprintable():
        read.problems.append(cell.problem(quote(text), f"a plain text of at most {_MAX_TEXT_LENGTH} characters"))
        return ""
    return text


def _read_text(read: Submission, line: FormLine, column: str) -> str:
    return read_plain_text(read, line.cells[column]) if column in line.cells else ""


def _read_grade(read: Submission, line: FormLine) -> EvidenceGrade | None:
    if GRADE not in line.cells:
        return None
    cell = line.cells[GRADE]
    grade = interpret_grade(cell.raw, EVIDENCE_GRADES)
    if isinstance(grade, Certain):
        return grade.value
    read.problems.append(cell.problem(quote(cell.text), grade.wanted if isinstance(grade, Unreadable) else "a grade"))
    return None


def _make_question_id(cell: FormCell, indicator: Indicator, why: str) -> str:
    identity = f"{indicator.id}:{cell.grid.name}:{cell.row}:{cell.column}:{cell.raw.text}:{why}"
    return sha256_hex(identity.encode())[:12]


def _format_cell(cell: FormCell) -> str:
    formula = f" (={cell.raw.formula})" if cell.raw.formula else ""
    return f"{cell.text}{formula}"[:_MAX_TEXT_LENGTH]


def _describe_unreadable(reading: Interpretation[Value]) -> Text:
    wanted = reading.wanted if isinstance(reading, Unreadable) else "a value"
    return Text(ko="값으로 읽을 수 없음", en=f"no value; wanted {wanted}")


def format_limits(indicator: Indicator) -> str:
    """Return the limits of an indicator, as ``0 ~ 100``."""
    low, high = indicator.limits.at_least, indicator.limits.at_most
    return f"{'' if low is None else format_exact(low)} ~ {'' if high is None else format_exact(high)}".strip()


def build_submission(form: Form, edition: Edition, answers: Mapping[str, str]) -> Submission:
    """Return the claims of a form for every quantitative indicator; ``answers`` are those to earlier questions by id.

    An answer is taken if it reads as a value of the indicator; otherwise the question stays open.
    """
    read = Submission(
        code=compact_number(form.fact(CODE).replace(" ", "")),
        name=form.fact(APPLICANT),
        round=form.fact(ROUND),
        edition=form.fact(EDITION),
        problems=list(form.problems),
        disputed=frozenset(form.disputed),
    )
    for name in (CODE, APPLICANT, ROUND, EDITION):
        _add_fact_origin(read, name, form.facts.get(name, []))
    for indicator in edition.entries():
        if indicator.kind is IndicatorKind.QUANTITATIVE:
            ClaimReader(read, answers).claim(indicator, form.lines.get(indicator.id, []))
        elif form.lines.get(indicator.id):
            read.mark_lines[indicator.id] = form.lines[indicator.id][0]
            read.mark_cells[indicator.id] = form.lines[indicator.id][0].cells[VALUE]
    for kind, cells in form.papers.items():
        read.papers[kind] = _build_paper(read, kind, cells)
    return read


def _build_paper(read: Submission, kind: DocumentKind, cells: Mapping[str, FormCell]) -> Paper:
    marks = {name: _read_yes_no(read, cells[name]) for name in (SEALED, TABLE, REQUESTED) if name in cells}
    file = read_plain_text(read, cells[FILE])
    return Paper(
        kind=kind,
        file=file,
        sealed=marks.get(SEALED),
        lookup_table=marks.get(TABLE),
        requested=marks.get(REQUESTED),
    )


def _read_yes_no(read: Submission, cell: FormCell) -> bool | None:
    if not cell.text or cell.text in ("-", "–"):
        return None
    answer = interpret_yes_no(cell.raw)
    if isinstance(answer, Certain):
        return answer.value
    read.problems.append(cell.problem(quote(cell.text), "yes or no (예, 아니요)"))
    return None


def _add_fact_origin(read: Submission, name: str, cells: list[FormCell]) -> None:
    for cell in cells[:1]:
        place = str(cell.grid.place(cell.row, cell.column))
        read.origins.append(Origin(field=name, place=place, raw=cell.raw.text, read=cell.text))
    if len({cell.text for cell in cells if cell.text}) > 1:
        texts = ", ".join(quote(cell.text) for cell in cells)
        read.problems.append(cells[0].problem(f"'{name}' in several ways: {texts}", "one and the same"))


@dataclass(frozen=True, kw_only=True, slots=True)
class FormIdentity:
    """What the forms of a round name: its id, and that of its edition."""

    round: str
    edition: str

    def names_round(self, stated: str) -> bool:
        """Return whether a text of a form names the round: its id, alone or as in 2023년 or 2023년 공모."""
        return _ROUND_WORDS.sub("", fold_text(clean_text(stated))) == fold_text(self.round)

    def names_edition(self, stated: str) -> bool:
        """Return whether a text of a form names the edition."""
        return fold_text(clean_text(stated)) == fold_text(self.edition)


_ROUND_WORDS = re.compile(r"(?<=[0-9])년도?(?:공모)?$|(?<=[0-9a-z])공모$")


@dataclass(frozen=True, kw_only=True, slots=True)
class ExaminedFile:
    """What a file that may be a form turned out to be; ``elements`` is how much work it was to see that.

    ``problems`` say why it is no form, or why it cannot be seen whether it is one; empty for plain evidence.
    """

    is_form: bool = False
    round: str = ""
    problems: tuple[Problem, ...] = ()
    elements: int = 0


_FORMATS: Mapping[str, FileKind] = {
    ".xlsx": FileKind.XLSX,
    ".hwpx": FileKind.HWPX,
    ".csv": FileKind.TEXT,
    ".tsv": FileKind.TEXT,
    ".ods": FileKind.ODS,
    ".xls": FileKind.XLS,
}
"""The kinds of forms that are read, by the ends of their names."""

_UNREAD_SUFFIXES = (
    ".hwp",
    ".xlsm",
    ".xltx",
    ".xltm",
    ".xlsb",
    ".cell",
    ".hwt",
    ".hwtx",
    ".hml",
    ".numbers",
    ".eml",
    ".msg",
)
_BYTES_PER_ELEMENT = 50


def is_form(name: str) -> bool:
    """Return whether a file of this name is of a kind in which forms are read."""
    return name.lower().endswith(tuple(_FORMATS))


def may_be_form(name: str) -> bool:
    """Return whether somebody may have meant a file of this name as a form, also one that is not read."""
    return is_form(name) or name.lower().endswith(_UNREAD_SUFFIXES)


def examine_file(name: str, data: bytes, file: str, own: FormIdentity | None) -> ExaminedFile:
    """Return whether a file is a form of a round, ``own`` or any; ``file`` is the name of it in problems.

    A file that cannot be read has a problem that says what it is; nothing is raised.
    """
    elements = ElementBudget()
    try:
        grids = _read_cells(name, data, file, elements)
    except InputError as error:
        return ExaminedFile(problems=error.problems, elements=_count_work(data, elements))
    form = interpret_grids(grids, None)
    spent = _count_work(data, elements)
    stated, edition = form.fact(ROUND), form.fact(EDITION)
    if own.names_round(stated) or own.names_edition(edition) if own else stated or edition:
        return ExaminedFile(is_form=True, round=stated, elements=spent)
    if not form.read:
        return ExaminedFile(elements=spent)
    if own is None or not (stated or edition):
        found, wanted = "a table of figures that names neither round nor edition", "공모 (round) and its id above it"
    else:
        what, named, wanted_id = ("round", stated, own.round) if stated else ("edition", edition, own.edition)
        found, wanted = f"a form of {what} {quote(named)}", f"the form of {what} '{wanted_id}'"
    return ExaminedFile(problems=(Problem(place=Place(file=file), found=found, wanted=wanted),), elements=spent)


def _count_work(data: bytes, elements: ElementBudget) -> int:
    return max(elements.spent, len(data) // _BYTES_PER_ELEMENT)


def read_grids(name: str, data: bytes, file: str, elements: ElementBudget | None = None) -> tuple[Grid, ...]:
    """Return the grids of one form; an InputError where it is not what its ``name`` says, or is not harmless."""
    grids = _read_cells(name, data, file, elements)
    wanted = _find_format(name)
    if wanted is FileKind.XLSX:
        check_harmless(data, file, grids)
    elif wanted is FileKind.HWPX:
        check_scripts(data, file)
    return grids


def _read_cells(name: str, data: bytes, file: str, elements: ElementBudget | None = None) -> tuple[Grid, ...]:
    """Return the grids of a file as they stand in it; an InputError where it is not what its name says."""
    kind, wanted = identify_file(data), _find_format(name)
    if kind is not wanted and (kind, wanted) != (FileKind.XLSM, FileKind.XLSX):
        raise InputError([describe_kind(kind, file)])
    match wanted:
        case FileKind.XLSX:
            return read_workbook(data, file, elements, check=False)
        case FileKind.HWPX:
            return read_hwpx(data, file, elements, check=False)
        case FileKind.ODS:
            return read_ods(data, file, elements)
        case FileKind.XLS:
            return read_xls(data, file)
    return (read_delimited(data, file),)


def _find_format(name: str) -> FileKind | None:
    return next((kind for suffix, kind in _FORMATS.items() if name.lower().endswith(suffix)), None)


def read_forms(
    forms: Iterable[tuple[str, bytes]], package: str, edition: Edition, answers: Mapping[str, str]
) -> Submission:
    """Return the content of all forms of a package; if one cannot be read, only problems are returned.

    A copy of a form, equal to the byte, says nothing of its own.
    """
    all_grids: list[Grid] = []
    seen: set[bytes] = set()
    problems: list[Problem] = []
    elements = ElementBudget()
    for name, data in forms:
        if data in seen:
            continue
        seen.add(data)
        try:
            all_grids += read_grids(name, data, f"{package}/{name}" if name != package else name, elements)
        except InputError as error:
            problems += error.problems
    form: Form = interpret_grids(all_grids, edition)
    if not form.read and not problems:
        wanted = "a table with the headings 지표번호 (ID) and 값 (Value)"
        nothing = Problem(place=Place(file=package), found="no form that can be understood", wanted=wanted)
        problems += _describe_unread(all_grids) or [nothing]
    if problems:
        return Submission(problems=[*problems, *form.problems])
    return build_submission(form, edition, answers)
