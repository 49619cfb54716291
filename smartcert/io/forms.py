"""A filled-in form -> claims and questions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from smartcert.characters import UNSEEN, is_formula
from smartcert.errors import InputError, Place, Problem, suggest
from smartcert.files import sha256_hex
from smartcert.io import free_text as messy
from smartcert.io import free_text as readings
from smartcert.io.csv import format_exact, format_figure
from smartcert.io.free_text import Ambiguous, Certain, Unreadable, clean_text
from smartcert.io.grid import EMPTY_CELL, CellType, Grid, RawCell, is_delimited, read_delimited
from smartcert.io.hwpx import is_hwpx, read_hwpx
from smartcert.io.text import quote
from smartcert.io.xlsx import is_workbook, read_workbook
from smartcert.io.xml import ElementBudget
from smartcert.model.application import DocumentKind, EvidenceGrade, Missing, Value
from smartcert.model.citation import Text
from smartcert.model.indicator import Edition, Indicator, IndicatorKind

# --- The headings and labels by which a form is understood, in Korean and English, wherever they stand.

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


def _keys_by_word(words: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    return {word: key for key, known in words.items() for word in known}


_BY_COLUMN, _BY_PAPER, _BY_LABEL = _keys_by_word(_COLUMNS), _keys_by_word(_PAPERS), _keys_by_word(_LABELS)
DOCUMENT_KINDS = {word: kind for kind, known in _KINDS.items() for word in known}
"""The documents of the call by how people call them."""

EVIDENCE_GRADES = {word: one for one, known in _GRADES.items() for word in known}
"""Grades of evidence by how people call them."""


@lru_cache(maxsize=4096)
def match_column(text: str) -> str | None:
    """Return which column of figures a heading names, however it is written.

    >>> match_column("값 / Value *"), match_column("증빙 문서"), match_column("비고")
    ('value', 'document', None)
    """
    return _match_words(text, _BY_COLUMN)


@lru_cache(maxsize=4096)
def match_document_column(text: str) -> str | None:
    """Return which column of the table of documents a heading names."""
    return _match_words(text, _BY_PAPER)


@lru_cache(maxsize=4096)
def match_label(text: str) -> str | None:
    """Return which fact of the form a label names."""
    return _match_words(text, _BY_LABEL)


def match_document_kind(text: str) -> DocumentKind | None:
    """Return which document of the call a cell names."""
    return next((DOCUMENT_KINDS[word] for word in _split_words(text) if word in DOCUMENT_KINDS), None)


def _match_words(text: str, words: Mapping[str, str]) -> str | None:
    if len(text) > 80:
        return None
    return next((words[word] for word in _split_words(text) if word in words), None)


def _split_words(text: str) -> list[str]:
    plain = _BRACKETS.sub(" ", clean_text(text.replace("\n", "/")))
    return [part.replace(" ", "").casefold() for part in (plain, *_PARTS.split(plain))]


# --- Grids to what one applicant's form says: who, which round, which figures, which documents, and where each stands.

GridRow = Mapping[int, RawCell]
_FEWEST_HEADINGS = 2
_MOST_PROBLEMS = 200
_SUM_WORDS = ("합계", "소계", "총점", "총계", "total")


@dataclass(frozen=True, kw_only=True, slots=True)
class FormCell:
    """A cell with where it stands."""

    grid: Grid
    row: int
    column: int

    @property
    def cell(self) -> RawCell:
        """The cell itself."""
        return self.grid.at(self.row, self.column)

    @property
    def text(self) -> str:
        """Its text, cleaned."""
        return readings.clean_text(self.cell.text)

    def problem(self, found: str, wanted: str) -> Problem:
        """Return a problem with this cell."""
        return Problem(place=self.grid.place(self.row, self.column), found=found, wanted=wanted)


@dataclass(frozen=True, kw_only=True, slots=True)
class FormLine:
    """One row of figures: the indicator, and its cells by column, each with where it stands."""

    indicator: Indicator
    spots: Mapping[str, FormCell]
    covered: FormCell | None = None
    """The cell that covers the value's own, where it was merged with others."""

    def text(self, column: str) -> str:
        """Return the text of a column, empty where the form does not have it."""
        return self.spots[column].text if column in self.spots else ""


@dataclass(kw_only=True)
class Form:
    """Everything that the grids of one package say; ``problems`` are about what cannot be understood at all."""

    facts: dict[str, list[FormCell]] = field(default_factory=dict)
    lines: dict[str, list[FormLine]] = field(default_factory=dict)
    papers: dict[DocumentKind, dict[str, FormCell]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    read: bool = False
    """Whether any table of figures was found."""

    def fact(self, label: str) -> str:
        """Return the text of a fact of the form, the first where it stands several times."""
        return next((spot.text for spot in self.facts.get(label, []) if spot.text), "")

    @property
    def full(self) -> bool:
        """Whether there are more problems than anyone would read."""
        return len(self.problems) >= _MOST_PROBLEMS

    def refuse(self, problem: Problem) -> None:
        """Keep a problem, up to what anyone would read."""
        if not self.full:
            self.problems.append(problem)


def interpret_grids(grids: Iterable[Grid], edition: Edition) -> Form:
    """Return what the grids say; columns are found by their headings, in whatever order they stand."""
    form = Form()
    names = _IndicatorNames(edition)
    for grid in grids:
        _interpret_grid(grid, names, form)
    return form


class _IndicatorNames:
    """Indicators by id and by name, as people write them."""

    def __init__(self, edition: Edition) -> None:
        self.by_id = {one.id.casefold(): one for one in edition.indicators()}
        self.by_name: dict[str, Indicator] = {}
        for one in edition.indicators():
            for name in (one.name.ko, one.name.en):
                self.by_name.setdefault(readings.clean_text(name).casefold(), one)
        self.domains = {domain.id.casefold() for domain in edition.domains}

    def find(self, text: str) -> Indicator | None:
        """Return the one that a cell names, in one language or in two on lines of their own."""
        for part in (text, *text.splitlines()):
            plain = readings.clean_text(part).casefold()
            found = self.by_id.get(plain.replace(" ", "")) or self.by_name.get(plain)
            if found:
                return found
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


def _find_headings(cells: GridRow, known: object) -> dict[str, list[int]] | None:
    """Return the columns by the headings of a row; None where it is none of headings."""
    found: dict[str, list[int]] = {}
    for number, cell in cells.items():
        name = known(cell.text) if callable(known) and cell.cell_type is CellType.TEXT else None
        if name:
            found.setdefault(name, []).append(number)
    return found if len(found) >= _FEWEST_HEADINGS else None


def _check_headings_once(found: dict[str, list[int]], grid: Grid, row: int, form: Form) -> dict[str, int]:
    for name, numbers in found.items():
        for number in numbers[1:]:
            spot = FormCell(grid=grid, row=row, column=number)
            form.refuse(spot.problem(f"a second column headed {quote(spot.text)}", f"one column of '{name}'"))
    return {name: numbers[0] for name, numbers in found.items()}


def _read_figure_row(grid: Grid, row: int, columns: Mapping[str, int], names: _IndicatorNames, form: Form) -> None:
    spots = {name: FormCell(grid=grid, row=row, column=number) for name, number in columns.items()}
    named = [spots[name] for name in (INDICATOR, NAME) if name in spots and spots[name].text]
    found = [one for one in (names.find(spot.cell.text) for spot in named) if one is not None]
    value = spots[VALUE]
    if not found:
        if not form.full and _holds_figure(value, named):
            spot = named[0] if named else value
            wanted = "an indicator of the edition: its id or its name"
            form.refuse(spot.problem(f"{quote(spot.text)}{suggest(spot.text[:40], names.by_id)}", wanted))
        return
    if len({one.id for one in found}) > 1:
        told = " beside ".join(quote(spot.text) for spot in named)
        form.refuse(named[0].problem(told, "the id and the name of one indicator"))
        return
    covering = grid.merged.get((row, columns[VALUE]))
    covered = FormCell(grid=grid, row=covering[0], column=covering[1]) if covering and covering[0] != row else None
    line = FormLine(indicator=found[0], spots=spots, covered=covered)
    form.lines.setdefault(found[0].id, []).append(line)


def _holds_figure(value: FormCell, named: list[FormCell]) -> bool:
    """Whether a row without an indicator holds a figure; sums and notes below a table are none of ours."""
    if not named or value.cell is EMPTY_CELL or not value.text:
        return False
    label = readings.clean_text(named[0].text).casefold()
    return label != "계" and not any(word in label for word in _SUM_WORDS)


def _read_document_row(grid: Grid, row: int, columns: Mapping[str, int], form: Form) -> None:
    spots = {name: FormCell(grid=grid, row=row, column=number) for name, number in columns.items()}
    named = spots[PAPER]
    found = match_document_kind(named.text) if named.text else None
    if found is None:
        return
    if found in form.papers:
        form.refuse(named.problem(f"{quote(named.text)} again", "each document once"))
        return
    form.papers[found] = spots


def _read_facts(grid: Grid, row: int, cells: GridRow, form: Form) -> None:
    numbers = sorted(cells)
    for number, following in _pairs(numbers):
        name = match_label(cells[number].text)
        if name and match_label(cells[following].text) is None:
            form.facts.setdefault(name, []).append(FormCell(grid=grid, row=row, column=following))


def _pairs(numbers: list[int]) -> Iterator[tuple[int, int]]:
    return pairwise(numbers)


# --- What a form says, as values: claims, documents, questions, and where each came from.


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """What could be read in two ways. ``id`` stays the same while the form says the same."""

    id: str
    indicator: str
    place: str
    found: str
    why: Text
    readings: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """Where one value of the tables came from: cell, what stood there, what was read."""

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
    """What one form says. Complete only if there is no problem and no question."""

    code: str = ""
    name: str = ""
    round: str = ""
    edition: str = ""
    claims: dict[str, Claim] = field(default_factory=dict)
    papers: dict[DocumentKind, Paper] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    origins: list[Origin] = field(default_factory=list)


# --- The rows of one indicator to its claim; what is unclear is asked, and an answer settles it.

_MAX_TEXT_LENGTH = 300


class ClaimReader:
    """Reads the claim of one indicator into a submission."""

    def __init__(self, read: Submission, answers: Mapping[str, str]) -> None:
        self.read = read
        self.answers = answers

    def claim(self, indicator: Indicator, lines: list[FormLine]) -> None:
        """Read what the rows of an indicator say; without a row it is asked for."""
        if not lines:
            self._missing(indicator)
            return
        readings = [self._value(line) for line in lines]
        if len(lines) > 1 and not self._agree(lines, readings):
            return
        line = lines[0]
        spot = line.spots[VALUE]
        value = self._settled(indicator, spot, readings[0])
        if value is not None and not isinstance(value, Missing) and not indicator.limits.allows(value):
            # beyond the limits it is a slip or a misunderstanding: the applicant says which
            possible = format_limits(indicator)
            why = Text(ko=f"가능한 범위({possible}) 밖의 값", en=f"a value outside what is possible ({possible})")
            value = self._settled(
                indicator, spot, Ambiguous(why, (format_figure(value, indicator),)), allowed_only=True
            )
        self._origin(indicator, spot, value)
        self.read.claims[indicator.id] = Claim(
            indicator=indicator,
            value=value,
            document=_read_text(self.read, line, DOCUMENT),
            page=_read_text(self.read, line, PAGE),
            grade=_read_grade(self.read, line),
        )

    def _value(self, line: FormLine) -> readings.Interpretation[Value]:
        spot = line.spots[VALUE]
        if line.covered is not None and not spot.text:
            read = messy.interpret_figure(line.covered.cell, line.indicator)
            told = (format_figure(read.value, line.indicator),) if isinstance(read, Certain) else ()
            where = str(line.covered.grid.place(line.covered.row, line.covered.column))
            return Ambiguous(Text(ko=f"다른 칸({where})과 합쳐진 칸", en=f"a cell merged with {where}"), told)
        return messy.interpret_figure(spot.cell, line.indicator, line.text(UNIT))

    def _settled(
        self,
        indicator: Indicator,
        spot: FormCell,
        reading: readings.Interpretation[Value],
        *,
        allowed_only: bool = False,
    ) -> Value | None:
        """Return the value, by an answer where it had to be asked; None where it is open or refused."""
        if isinstance(reading, Certain):
            return reading.value
        why, readings = (
            (reading.why, reading.readings) if isinstance(reading, Ambiguous) else (_describe_unreadable(reading), ())
        )
        name = _make_question_id(spot, indicator, why.en)
        answered = self._answer(name, indicator)
        if answered is not None and (
            not allowed_only or isinstance(answered, Missing) or indicator.limits.allows(answered)
        ):
            return answered
        if isinstance(reading, Unreadable):
            self.read.problems.append(spot.problem(quote(spot.cell.text), reading.wanted))
        place = str(spot.grid.place(spot.row, spot.column))
        self._ask(name, indicator, place, _format_cell(spot), why, readings)
        return None

    def _answer(self, name: str, indicator: Indicator) -> Value | None:
        text = self.answers.get(name, "").strip()
        if not text:
            return None
        if text in tuple(Missing):
            return Missing(text)
        read = messy.interpret_figure(
            RawCell(text if "%" not in indicator.unit.ko else f"{text.removesuffix('%')}%"), indicator
        )
        return read.value if isinstance(read, Certain) else None

    def _agree(self, lines: list[FormLine], readings: list[readings.Interpretation[Value]]) -> bool:
        """Whether several rows of one indicator say the same; if not, it is asked which counts."""
        values = {read.value if isinstance(read, Certain) else None for read in readings}
        if len(values) == 1 and None not in values:
            return True
        indicator, spot = lines[0].indicator, lines[0].spots[VALUE]
        told = tuple(format_figure(read.value, indicator) for read in readings if isinstance(read, Certain))
        places = ", ".join(str(line.spots[VALUE].grid.place(line.spots[VALUE].row)) for line in lines)
        why = Text(
            ko=f"지표가 {len(lines)}번 적혀 있음: {places}", en=f"the indicator stands {len(lines)} times: {places}"
        )
        reading = Ambiguous(why, tuple(dict.fromkeys(told)))
        value = self._settled(indicator, spot, reading)
        self._origin(indicator, spot, value)
        self.read.claims[indicator.id] = Claim(indicator=indicator, value=value)
        return False

    def _missing(self, indicator: Indicator) -> None:
        name = sha256_hex(f"missing:{indicator.id}".encode())[:12]
        value = self._answer(name, indicator)
        if value is None:
            why = Text(ko="이 지표의 행이 없음", en="no row of this indicator")
            self._ask(name, indicator, "", "", why, tuple(one.value for one in Missing))
        self.read.claims[indicator.id] = Claim(indicator=indicator, value=value)

    def _ask(
        self, name: str, indicator: Indicator, place: str, found: str, why: Text, readings: tuple[str, ...]
    ) -> None:
        question = Question(id=name, indicator=indicator.id, place=place, found=found, why=why, readings=readings)
        self.read.questions.append(question)

    def _origin(self, indicator: Indicator, spot: FormCell, value: Value | None) -> None:
        read = "" if value is None else format_figure(value, indicator)
        self.read.origins.append(
            Origin(
                field=indicator.id,
                place=str(spot.grid.place(spot.row, spot.column)),
                raw=spot.cell.text,
                read=read,
                formula=spot.cell.formula or "",
            )
        )


def read_plain_text(read: Submission, spot: FormCell) -> str:
    """Return the text of a cell that becomes a text of the tables; what a spreadsheet would run is refused."""
    text = spot.text
    if len(text) > _MAX_TEXT_LENGTH or is_formula(text) or UNSEEN.search(text) or not text.isprintable():
        read.problems.append(spot.problem(quote(text), f"a plain text of at most {_MAX_TEXT_LENGTH} characters"))
        return ""
    return text


def _read_text(read: Submission, line: FormLine, column: str) -> str:
    return read_plain_text(read, line.spots[column]) if column in line.spots else ""


def _read_grade(read: Submission, line: FormLine) -> EvidenceGrade | None:
    if GRADE not in line.spots:
        return None
    spot = line.spots[GRADE]
    found = messy.interpret_grade(spot.cell, EVIDENCE_GRADES)
    if isinstance(found, Certain):
        return found.value
    read.problems.append(spot.problem(quote(spot.text), found.wanted if isinstance(found, Unreadable) else "a grade"))
    return None


def _make_question_id(spot: FormCell, indicator: Indicator, why: str) -> str:
    told = f"{indicator.id}:{spot.grid.name}:{spot.row}:{spot.column}:{spot.cell.text}:{why}"
    return sha256_hex(told.encode())[:12]


def _format_cell(spot: FormCell) -> str:
    formula = f" (={spot.cell.formula})" if spot.cell.formula else ""
    return f"{spot.text}{formula}"[:_MAX_TEXT_LENGTH]


def _describe_unreadable(reading: readings.Interpretation[Value]) -> Text:
    wanted = reading.wanted if isinstance(reading, Unreadable) else "a value"
    return Text(ko="값으로 읽을 수 없음", en=f"no value; wanted {wanted}")


def format_limits(indicator: Indicator) -> str:
    """Return what is possible for an indicator, as ``0 ~ 100``."""
    low, high = indicator.limits.at_least, indicator.limits.at_most
    return f"{'' if low is None else format_exact(low)} ~ {'' if high is None else format_exact(high)}".strip()


# --- One applicant's form to the values of the round's tables, each with where it came from; what is unclear is asked.


def build_submission(form: Form, edition: Edition, answers: Mapping[str, str]) -> Submission:
    """Return what the form says of every quantitative indicator; ``answers`` are those to earlier questions by id.

    An answer is taken if it reads as a value of the indicator; else the question is asked again.
    """
    read = Submission(
        code=form.fact(CODE).replace(" ", ""),
        name=form.fact(APPLICANT),
        round=form.fact(ROUND),
        edition=form.fact(EDITION),
        problems=list(form.problems),
    )
    for name in (CODE, APPLICANT, ROUND, EDITION):
        _note_origin(read, name, form.facts.get(name, []))
    for indicator in edition.indicators():
        if indicator.kind is IndicatorKind.QUANTITATIVE:
            ClaimReader(read, answers).claim(indicator, form.lines.get(indicator.id, []))
    for kind, spots in form.papers.items():
        read.papers[kind] = _build_paper(read, kind, spots)
    return read


def _build_paper(read: Submission, kind: DocumentKind, spots: Mapping[str, FormCell]) -> Paper:
    told = {name: _read_yes_no(read, spots[name]) for name in (SEALED, TABLE, REQUESTED) if name in spots}
    file = read_plain_text(read, spots[FILE])
    return Paper(
        kind=kind,
        file=file,
        sealed=told.get(SEALED),
        lookup_table=told.get(TABLE),
        requested=told.get(REQUESTED),
    )


def _read_yes_no(read: Submission, spot: FormCell) -> bool | None:
    if not spot.text or spot.text in ("-", "–"):
        return None
    found = messy.interpret_yes_no(spot.cell)
    if isinstance(found, Certain):
        return found.value
    read.problems.append(spot.problem(quote(spot.text), "yes or no (예, 아니오)"))
    return None


def _note_origin(read: Submission, name: str, spots: list[FormCell]) -> None:
    for spot in spots[:1]:
        place = str(spot.grid.place(spot.row, spot.column))
        read.origins.append(Origin(field=name, place=place, raw=spot.cell.text, read=spot.text))
    if len({spot.text for spot in spots if spot.text}) > 1:
        told = ", ".join(quote(spot.text) for spot in spots)
        read.problems.append(spots[0].problem(f"'{name}' in several ways: {told}", "one and the same"))


# --- The forms of one package, whatever their kind, to one understood form.


def read_grids(name: str, data: bytes, file: str, elements: ElementBudget | None = None) -> tuple[Grid, ...]:
    """Return the grids of one form; ``name`` tells its kind, ``file`` is what problems call it.

    Raises:
        InputError: it is unsound, would run or fetch something, or is beyond the limits.
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
    """Return what the forms of a package say together; a form that cannot be read is a problem of the whole."""
    found: list[Grid] = []
    problems: list[Problem] = []
    elements = ElementBudget()
    for name, data in forms:
        try:
            found += read_grids(name, data, f"{package}/{name}" if name != package else name, elements)
        except InputError as error:
            problems += error.problems
    form: Form = interpret_grids(found, edition)
    if not form.read and not problems:
        wanted = "a table with the headings 지표번호 (ID) and 값 (Value)"
        problems.append(Problem(place=Place(file=package), found="no form that can be understood", wanted=wanted))
    if problems:
        return Submission(problems=[*problems, *form.problems])
    return build_submission(form, edition, answers)
