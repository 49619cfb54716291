"""The forms of a package as what they claim: figures, documents and facts of an applicant, each with its cell.

Columns are found by their headings, in Korean or English and in any order. A value that can be read in two ways is a
question; its answer is read like a cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import TypeVar

from smartcert.characters import UNSEEN, is_formula
from smartcert.errors import InputError, Place, Problem, suggest
from smartcert.files import sha256_hex
from smartcert.io.csv import format_exact, format_figure
from smartcert.io.free_text import (
    Ambiguous,
    Certain,
    Interpretation,
    Unreadable,
    clean_text,
    interpret_figure,
    interpret_grade,
    interpret_yes_no,
)
from smartcert.io.grid import EMPTY_CELL, CellType, Grid, RawCell, is_delimited, read_delimited
from smartcert.io.hwpx import is_hwpx, read_hwpx
from smartcert.io.text import quote
from smartcert.io.xlsx import is_workbook, read_workbook
from smartcert.io.xml import ElementBudget
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
_LABELS: Mapping[str, tuple[str, ...]] = {
    ROUND: ("공모", "공모번호", "round"),
    EDITION: ("지표판", "edition"),
    CODE: ("지방자치단체코드", "행정구역코드", "행정표준코드", "기관코드", "localgovernmentcode", "code"),
    APPLICANT: ("지방자치단체", "신청지방자치단체", "신청기관", "기관명", "지자체", "localgovernment", "applicant"),
    ID: ("신청번호", "applicantid"),
}
_KINDS: Mapping[DocumentKind, tuple[str, ...]] = {
    DocumentKind.APPLICATION: ("인증신청서", "공모신청서", "신청서", "application", "applicationform"),
    DocumentKind.QUANTITATIVE: ("정량평가서", "정량지표평가제안서", "quantitative", "quantitativeevaluationform"),
    DocumentKind.QUALITATIVE: (
        *("정성평가자체평가서", "정성지표자체평가표", "정성평가서", "qualitative"),
        "qualitativeself-evaluationform",
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
    plain = _BRACKETS.sub(" ", clean_text(text.replace("\n", "/")))
    return [part.replace(" ", "").casefold() for part in (plain, *_PARTS.split(plain))]


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

    @property
    def raw(self) -> RawCell:
        """The cell as the file has it."""
        return self.grid.at(self.row, self.column)

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


def interpret_grids(grids: Iterable[Grid], edition: Edition) -> Form:
    """Return the content of the grids; tables are recognised by their headings."""
    form = Form()
    names = _IndicatorNames(edition)
    for grid in grids:
        _interpret_grid(grid, names, form)
    return form


class _IndicatorNames:
    """Indicators by id and by name, as people write them."""

    def __init__(self, edition: Edition) -> None:
        self.by_id = {indicator.id.casefold(): indicator for indicator in edition.indicators()}
        self.by_name: dict[str, Indicator] = {}
        for indicator in edition.indicators():
            for name in (indicator.name.ko, indicator.name.en):
                self.by_name.setdefault(clean_text(name).casefold(), indicator)
        self.domains = {domain.id.casefold() for domain in edition.domains}

    def find(self, text: str) -> Indicator | None:
        """Return the indicator that a cell names, in one language or on two lines in both; None for another text."""
        for part in (text, *text.splitlines()):
            plain = clean_text(part).casefold()
            indicator = self.by_id.get(plain.replace(" ", "")) or self.by_name.get(plain)
            if indicator:
                return indicator
        return None


def _interpret_grid(grid: Grid, names: _IndicatorNames, form: Form) -> None:
    columns: dict[str, int] = {}
    papers: dict[str, int] = {}
    for row, cells in grid.rows():
        figures, documents = _find_headings(cells, match_column), _find_headings(cells, match_document_column)
        if figures is not None and VALUE in figures and {INDICATOR, NAME} & figures.keys():
            columns, papers, form.read = _check_headings_once(figures, grid, row, form), {}, True
        elif documents is not None and {PAPER, FILE} <= documents.keys():
            columns, papers = {}, _check_headings_once(documents, grid, row, form)
        elif columns:
            _read_figure_row(grid, row, columns, names, form)
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


def _read_figure_row(grid: Grid, row: int, columns: Mapping[str, int], names: _IndicatorNames, form: Form) -> None:
    cells = {name: FormCell(grid=grid, row=row, column=number) for name, number in columns.items()}
    named = [cells[name] for name in (INDICATOR, NAME) if name in cells and cells[name].text]
    indicators = [indicator for indicator in (names.find(cell.raw.text) for cell in named) if indicator is not None]
    value = cells[VALUE]
    if not indicators:
        if not form.full and _holds_figure(value, named):
            cell = named[0] if named else value
            wanted = "an indicator of the edition: its id or its name"
            form.refuse(cell.problem(f"{quote(cell.text)}{suggest(cell.text[:40], names.by_id)}", wanted))
        return
    if len({indicator.id for indicator in indicators}) > 1:
        names_found = " beside ".join(quote(cell.text) for cell in named)
        form.refuse(named[0].problem(names_found, "the id and the name of one indicator"))
        return
    covering = grid.merged.get((row, columns[VALUE]))
    covered = FormCell(grid=grid, row=covering[0], column=covering[1]) if covering and covering[0] != row else None
    line = FormLine(indicator=indicators[0], cells=cells, covered=covered)
    form.lines.setdefault(indicators[0].id, []).append(line)


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
        if line.covered is not None and not cell.text:
            read = interpret_figure(line.covered.raw, line.indicator)
            figures = (format_figure(read.value, line.indicator),) if isinstance(read, Certain) else ()
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
        if isinstance(reading, Unreadable):
            self.read.problems.append(cell.problem(quote(cell.raw.text), reading.wanted))
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
        name = sha256_hex(f"missing:{indicator.id}".encode())[:12]
        value = self._answer(name, indicator)
        if value is None:
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


def read_plain_text(read: Submission, cell: FormCell) -> str:
    """Return the text of a cell for a table; one that is too long, not visible or a formula is a problem."""
    text = cell.text
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
        code=form.fact(CODE).replace(" ", ""),
        name=form.fact(APPLICANT),
        round=form.fact(ROUND),
        edition=form.fact(EDITION),
        problems=list(form.problems),
    )
    for name in (CODE, APPLICANT, ROUND, EDITION):
        _add_fact_origin(read, name, form.facts.get(name, []))
    for indicator in edition.indicators():
        if indicator.kind is IndicatorKind.QUANTITATIVE:
            ClaimReader(read, answers).claim(indicator, form.lines.get(indicator.id, []))
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
    read.problems.append(cell.problem(quote(cell.text), "yes or no (예, 아니오)"))
    return None


def _add_fact_origin(read: Submission, name: str, cells: list[FormCell]) -> None:
    for cell in cells[:1]:
        place = str(cell.grid.place(cell.row, cell.column))
        read.origins.append(Origin(field=name, place=place, raw=cell.raw.text, read=cell.text))
    if len({cell.text for cell in cells if cell.text}) > 1:
        texts = ", ".join(quote(cell.text) for cell in cells)
        read.problems.append(cells[0].problem(f"'{name}' in several ways: {texts}", "one and the same"))


def read_grids(name: str, data: bytes, file: str, elements: ElementBudget | None = None) -> tuple[Grid, ...]:
    """Return the grids of one form; the kind is that of ``name``, ``file`` is the name of it in problems.

    Raises:
        InputError: it is invalid, would run or fetch something, or is beyond the limits.
    """
    if is_workbook(name):
        return read_workbook(data, file, elements)
    if is_hwpx(name):
        return read_hwpx(data, file, elements)
    if is_delimited(name):
        return (read_delimited(data, file),)
    wanted = "a form: .xlsx, .csv or .hwpx"
    raise InputError([Problem(place=Place(file=file), found="a file of another kind", wanted=wanted)])


def read_forms(
    forms: Iterable[tuple[str, bytes]], package: str, edition: Edition, answers: Mapping[str, str]
) -> Submission:
    """Return the content of all forms of a package; if one cannot be read, only problems are returned."""
    all_grids: list[Grid] = []
    problems: list[Problem] = []
    elements = ElementBudget()
    for name, data in forms:
        try:
            all_grids += read_grids(name, data, f"{package}/{name}" if name != package else name, elements)
        except InputError as error:
            problems += error.problems
    form: Form = interpret_grids(all_grids, edition)
    if not form.read and not problems:
        wanted = "a table with the headings 지표번호 (ID) and 값 (Value)"
        problems.append(Problem(place=Place(file=package), found="no form that can be understood", wanted=wanted))
    if problems:
        return Submission(problems=[*problems, *form.problems])
    return build_submission(form, edition, answers)
