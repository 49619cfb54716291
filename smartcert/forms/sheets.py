"""A sheet that somebody fills in, as a workbook and as a Hangul document, from one description of its rows.

What is to be written stands in yellow cells, all others are locked. The row that tells whose sheet it is (see
`smartcert.io.rounds.sheets`) is hidden in a workbook and small print in a document.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from openpyxl import Workbook
from openpyxl.worksheet.cell_range import MultiCellRange
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.header_footer import HeaderFooterItem
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.worksheet import Worksheet

from smartcert.characters import UNSEEN, is_formula
from smartcert.forms import styles
from smartcert.io.formats.grid import format_column_letters
from smartcert.io.rounds.sheets import APPLICANT, INDICATOR, SheetIdentity, compute_rows_digest
from smartcert.lazy_dataclass import dataclass
from smartcert.model.application import Application
from smartcert.model.indicator import Indicator
from smartcert.model.scheme import SchemeFacts
from smartcert.reporting.catalogue import Words
from smartcert.reporting.documents.blocks import (
    Block,
    Cell,
    Document,
    DocumentTable,
    ParagraphStyle,
    write_paragraph,
)
from smartcert.reporting.documents.hwpx import write_hwpx
from smartcert.reporting.formats import Language
from smartcert.reporting.workbook import save_workbook

GROUPS_PER_DOCUMENT = 50
"""How many applicants one Hangul document has: each is a table of its own, and a form has at most 60 tables."""

_LONGEST_LIST = 250
_LONGEST_PROMPT = 250
_IDENTITY_ROW, _HEADING_ROW = 3, 4
_GUIDE_COLUMN = 4
_COUNTED = "\u00a4"


@dataclass(frozen=True, kw_only=True, slots=True)
class SheetColumn:
    """A column: its key in the catalogue, its width in letters, and whether it is filled in.

    ``in_document`` is its width there in shares of the page; 0 leaves it out.
    """

    key: str
    width: float
    in_document: int
    filled_in: bool = False
    centred: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """What may be typed into a cell: one of ``words``, or what makes ``formula`` true with the cell as ``{cell}``."""

    words: tuple[str, ...] = ()
    formula: str = ""
    prompt: str = ""


CellValue = str | int | float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class SheetLine:
    """One row: its cells by the key of the column, and what may be typed into those that are filled in."""

    values: Mapping[str, CellValue]
    choices: Mapping[str, Choice] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class SheetGroup:
    """The rows of one applicant under its name; printed, each begins a page."""

    name: str
    lines: tuple[SheetLine, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """A table to look things up in, with a ``note`` above it; nothing is filled in there."""

    title: str
    note: str
    headings: tuple[str, ...]
    widths: tuple[int, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """A sheet: what it says at the top, its rows by applicant, and what is looked up.

    The digest of the rows in ``identity`` is put in where the sheet is written. ``counted`` is the column of which the
    filled cells are counted at the top; ``dated`` what the file states as its day; ``least_lines`` how high a row is at
    least, for what is written by hand on paper.
    """

    identity: SheetIdentity
    language: Language
    dated: date
    title: str
    guide: str
    columns: tuple[SheetColumn, ...]
    counted: str
    least_lines: int
    groups: tuple[SheetGroup, ...]
    reference: Reference | None = None
    scheme: SchemeFacts | None = None

    def list_rows(self) -> list[tuple[str, str]]:
        """Return the applicant and the indicator of every row."""
        keys = (APPLICANT, INDICATOR)
        return [(str(line.values[keys[0]]), str(line.values[keys[1]])) for group in self.groups for line in group.lines]

    def list_identity_cells(self) -> tuple[str, ...]:
        """Return the row that tells whose sheet this is and which rows it has."""
        own = self.identity
        digest = compute_rows_digest(own.kind, own.round, own.person, self.list_rows())
        return replace(own, rows_digest=digest).cells()


def show_text(text: str) -> str:
    """Return somebody's own words as they may stand in a sheet: characters that nobody sees by their number."""
    return UNSEEN.sub(lambda match: f"⟨U+{ord(match[0]):04X}⟩", text)


def write_sheet_workbook(sheet: Sheet) -> bytes:
    """Return a sheet as the bytes of an XLSX workbook: one list with filters, and a sheet to look things up in.

    The same sheet gives the same bytes.
    """
    words = Words(sheet.language, "sheets", scheme=sheet.scheme)
    book = Workbook()
    page = book.active
    assert isinstance(page, Worksheet)  # noqa: S101 - a new workbook has one sheet
    page.title = words("sheet.list")
    _write_top(page, sheet, words)
    _write_list(page, sheet, words)
    if sheet.reference:
        _write_reference(book.create_sheet(sheet.reference.title), sheet.reference)
    book.security.lockStructure = True
    book.properties.title = sheet.title
    book.properties.language = "ko-KR" if sheet.language == "ko" else "en"
    book.properties.creator = "smartcert"
    return save_workbook(book, datetime.combine(sheet.dated, datetime.min.time()))


def _write_top(page: Worksheet, sheet: Sheet, words: Words) -> None:
    """Write the title, how much is filled in, the guide, and the hidden row that tells whose sheet it is."""
    styles.write_cell(page, 1, 1, sheet.title, styles.TITLE)
    letter = format_column_letters(1 + [column.key for column in sheet.columns].index(sheet.counted))
    count = sum(len(group.lines) for group in sheet.groups)
    cells = f"{letter}{_HEADING_ROW + 1}:{letter}{_HEADING_ROW + max(count, 1)}"
    # the sentence is cut at its first figure, which the spreadsheet counts
    before, _, after = words(f"progress.{sheet.identity.kind}", given=_COUNTED, wanted=f"{count:,}").partition(_COUNTED)
    given = f"SUMPRODUCT(--(LEN({cells})>0))"
    styles.write_cell(page, 2, 1, styles.CellFormula(f'="{before}"&{given}&"{after}"'), styles.PROGRESS)
    styles.write_cell(page, 2, _GUIDE_COLUMN, sheet.guide, styles.GUIDE)
    page.merge_cells(start_row=2, end_row=2, start_column=_GUIDE_COLUMN, end_column=len(sheet.columns))
    styles.set_row_height(page, 2, 2)
    page.row_dimensions[1].height = 22
    for number, text in enumerate(sheet.list_identity_cells(), start=1):
        styles.write_cell(page, _IDENTITY_ROW, number, text, styles.NOTE, "@")
    page.row_dimensions[_IDENTITY_ROW].hidden = True


def _write_list(page: Worksheet, sheet: Sheet, words: Words) -> None:
    for number, column in enumerate(sheet.columns, start=1):
        styles.write_cell(page, _HEADING_ROW, number, words(f"column.{column.key}"), styles.HEADING)
    rules: dict[tuple[int, Choice], list[int]] = {}
    row = _HEADING_ROW
    for group in sheet.groups:
        for line in group.lines:
            row += 1
            for number, column in enumerate(sheet.columns, start=1):
                _write_value(page, row, number, line.values.get(column.key), _LOOKS[column.filled_in, column.centred])
                if column.key in line.choices:
                    rules.setdefault((number, line.choices[column.key]), []).append(row)
            styles.set_row_height(page, row, max(sheet.least_lines, *_count_lines(line, sheet.columns)))
        page.row_breaks.append(Break(id=row))
    for (number, choice), rows in rules.items():
        title = words(f"column.{sheet.columns[number - 1].key}")
        page.add_data_validation(_build_rule(choice, title, format_column_letters(number), rows))
    widths = {format_column_letters(number): column.width for number, column in enumerate(sheet.columns, start=1)}
    styles.finish_sheet(page, widths, _HEADING_ROW)
    page.freeze_panes = f"D{_HEADING_ROW + 1}"
    page.auto_filter.ref = f"A{_HEADING_ROW}:{format_column_letters(len(sheet.columns))}{max(row, _HEADING_ROW + 1)}"
    page.protection.autoFilter = False
    _set_margins(page, sheet.identity.person)


def _set_margins(page: Worksheet, footed: str) -> None:
    footer = HeaderFooterItem()
    footer.center.text, footer.left.text = "&P / &N", footed.replace("&", "&&")[:60]
    page.oddFooter = footer
    page.page_margins = PageMargins(left=0.4, right=0.4, top=0.4, bottom=0.6, header=0.2, footer=0.3)


def _count_lines(line: SheetLine, columns: Sequence[SheetColumn]) -> list[int]:
    return [styles.count_lines(str(line.values.get(column.key) or ""), column.width) for column in columns]


_LOOKS = {
    (False, False): styles.PLAIN,
    (False, True): styles.CENTRED,
    (True, False): styles.INPUT,
    (True, True): styles.CENTRED_INPUT,
}
"""By whether a column is filled in and whether it is centred."""


def _write_value(page: Worksheet, row: int, column: int, value: CellValue, look: dict[str, Any]) -> None:
    """Write a cell; words are written as words, whatever a spreadsheet would make of them."""
    if not isinstance(value, str):
        styles.write_cell(page, row, column, value, look)
        return
    text = show_text(value)
    styles.write_cell(page, row, column, text, look, "@" if is_formula(text) or text[:1].isdigit() else "")


def _build_rule(choice: Choice, title: str, letter: str, rows: Sequence[int]) -> DataValidation:
    if choice.words:
        rule = DataValidation(type="list", formula1=f'"{",".join(choice.words)}"', allow_blank=True)
    else:
        # a formula speaks of the first cell, and of the others as seen from it
        rule = DataValidation(
            type="custom", formula1=choice.formula.format(cell=f"{letter}{rows[0]}"), allow_blank=True
        )
    rule.promptTitle = rule.errorTitle = title[:32]
    rule.prompt = choice.prompt[:_LONGEST_PROMPT] or None
    rule.showInputMessage = rule.showErrorMessage = True
    rule.sqref = MultiCellRange(" ".join(f"{letter}{first}:{letter}{last}" for first, last in _join_rows(rows)))
    return rule


def _join_rows(rows: Sequence[int]) -> list[tuple[int, int]]:
    """Return the first and the last row of each run of rows that follow each other."""
    runs: list[tuple[int, int]] = []
    for row in rows:
        if runs and runs[-1][1] == row - 1:
            runs[-1] = (runs[-1][0], row)
        else:
            runs.append((row, row))
    return runs


def build_group(application: Application, language: str, lines: Iterable[SheetLine]) -> SheetGroup:
    """Return the rows of an applicant under its name and id."""
    name = application.applicant.full_name.of(language)
    return SheetGroup(name=f"{name} ({application.id})", lines=tuple(lines))


def name_row(application: Application, indicator: Indicator, language: str) -> dict[str, CellValue]:
    """Return the cells that say of which applicant and indicator a row is."""
    return {
        APPLICANT: application.id,
        "applicant": application.applicant.full_name.of(language),
        INDICATOR: indicator.id,
    }


def show_number(value: Fraction) -> int | float:
    """Return a number as a sheet stores it."""
    return int(value) if value.denominator == 1 else float(value)


def list_choice(words: Sequence[str], prompt: str = "") -> Choice | None:
    """Return the choice of one of some words; None where they are too long together for a drop-down list."""
    fits = len(",".join(words)) <= _LONGEST_LIST and not any("," in word or '"' in word for word in words)
    return Choice(words=tuple(words), prompt=prompt) if fits else None


def _write_reference(page: Worksheet, reference: Reference) -> None:
    styles.write_cell(page, 1, 1, reference.title, styles.TITLE)
    _write_value(page, 2, 1, reference.note, styles.NOTE)
    for number, heading in enumerate(reference.headings, start=1):
        styles.write_cell(page, 3, number, heading, styles.HEADING)
    for row, texts in enumerate(reference.rows, start=4):
        for number, text in enumerate(texts, start=1):
            _write_value(page, row, number, text, styles.PLAIN)
        lines = (styles.count_lines(text, width) for text, width in zip(texts, reference.widths, strict=True))
        styles.set_row_height(page, row, max(lines))
    widths = {format_column_letters(number): width for number, width in enumerate(reference.widths, start=1)}
    styles.finish_sheet(page, {letter: float(width) for letter, width in widths.items()}, 3)
    _set_margins(page, reference.title)


# --- The same as a Hangul document.


def write_sheet_documents(sheet: Sheet) -> list[bytes]:
    """Return a sheet as Hangul documents (HWPX), each of at most `GROUPS_PER_DOCUMENT` applicants and complete."""
    parts = [
        sheet.groups[start : start + GROUPS_PER_DOCUMENT] for start in range(0, len(sheet.groups), GROUPS_PER_DOCUMENT)
    ]
    return [write_hwpx(_build_document(replace(sheet, groups=groups))) for groups in parts or [()]]


def _build_document(sheet: Sheet) -> Document:
    words = Words(sheet.language, "sheets", scheme=sheet.scheme)
    columns = tuple(column for column in sheet.columns if column.in_document)
    heading = tuple(Cell(text=words(f"column.{column.key}"), bold=True, shaded=True, locked=True) for column in columns)
    widths = tuple(column.in_document for column in columns)
    blocks: list[Block] = [
        write_paragraph(sheet.title, style=ParagraphStyle.HEADING),
        write_paragraph(sheet.guide, style=ParagraphStyle.SMALL),
        write_paragraph(words("guide.identity"), style=ParagraphStyle.SMALL),
        DocumentTable(
            widths=(3, 2, 2, 4, 4, 3, 4),
            rows=(tuple(Cell(text=show_text(text), locked=True) for text in sheet.list_identity_cells()),),
            heading_rows=0,
        ),
    ]
    for group in sheet.groups:
        rows = tuple(
            tuple(
                Cell(text=_show_value(line.values.get(column.key)), locked=not column.filled_in, shaded=False)
                for column in columns
            )
            for line in group.lines
        )
        blocks.append(write_paragraph(show_text(group.name), style=ParagraphStyle.HEADING))
        blocks.append(DocumentTable(widths=widths, rows=(heading, *rows)))
    if sheet.reference:
        blocks.append(write_paragraph(sheet.reference.title, style=ParagraphStyle.HEADING))
        blocks.append(write_paragraph(show_text(sheet.reference.note), style=ParagraphStyle.SMALL))
        top = tuple(Cell(text=text, bold=True, shaded=True, locked=True) for text in sheet.reference.headings)
        rest = tuple(tuple(Cell(text=show_text(text), locked=True) for text in row) for row in sheet.reference.rows)
        blocks.append(DocumentTable(widths=sheet.reference.widths, rows=(top, *rest)))
    return Document(title=sheet.title, language=sheet.language, blocks=tuple(blocks), landscape=True)


def _show_value(value: CellValue) -> str:
    return "" if value is None else show_text(value) if isinstance(value, str) else f"{value:g}"
