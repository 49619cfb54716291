"""What a document is made of, whatever the format it is written in: paragraphs, tables and lines across the page.

All text is plain. Each writer escapes it for its own format, and shows unseen characters as such.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from smartcert.lazy_dataclass import dataclass
from smartcert.reporting.formats import Language


class ParagraphStyle(StrEnum):
    """How a paragraph looks."""

    BODY = "body"
    TITLE = "title"
    LETTERHEAD = "letterhead"
    HEADING = "heading"
    SUBHEADING = "subheading"
    SIGNATURE = "signature"
    SMALL = "small"
    SPECIMEN = "specimen"


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """A piece of a paragraph. ``blank`` is something that is not known and is to be filled in by hand."""

    text: str
    bold: bool = False
    blank: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Paragraph:
    """A paragraph; ``indent`` counts steps from the left margin."""

    spans: tuple[Span, ...]
    style: ParagraphStyle = ParagraphStyle.BODY
    indent: int = 0

    @property
    def text(self) -> str:
        """The words without their looks."""
        return "".join(span.text for span in self.spans)


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """A cell of a table. Lines of ``text`` are parted by line feeds; ``columns`` is how many columns it takes.

    ``locked`` is a cell in which nothing is to be written, where a format can say so.
    """

    text: str = ""
    bold: bool = False
    shaded: bool = False
    locked: bool = False
    columns: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class DocumentTable:
    """A table. ``widths`` are shares of the width of the page, one for each column.

    The first ``heading_rows`` rows are repeated on every page.

    Raises:
        ValueError: a row has not as many columns as there are widths.
    """

    widths: tuple[int, ...]
    rows: tuple[tuple[Cell, ...], ...]
    heading_rows: int = 1

    def __post_init__(self) -> None:
        for row in self.rows:
            if sum(cell.columns for cell in row) != len(self.widths):
                raise ValueError(f"a row of {sum(cell.columns for cell in row)} columns in a table of {self.widths}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A line across the page."""


Block = Paragraph | DocumentTable | Line


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """A document in one language. ``landscape`` lies the sheet of A4 on its side.

    A ``compact`` one has smaller letters, lines that stand closer and narrower margins: for what has to fit one sheet.
    ``links`` are texts with the addresses to which they lead wherever they occur, in formats in which a text can lead.
    """

    title: str
    language: Language
    blocks: tuple[Block, ...]
    landscape: bool = False
    compact: bool = False
    links: tuple[tuple[str, str], ...] = ()

    def list_blanks(self) -> tuple[str, ...]:
        """Return what is to be filled in by hand, each once, in the order of the document."""
        spans = [span for block in self.blocks if isinstance(block, Paragraph) for span in block.spans]
        return tuple(dict.fromkeys(span.text for span in spans if span.blank))


def write_paragraph(
    *parts: str | Span, style: ParagraphStyle = ParagraphStyle.BODY, indent: int = 0, bold: bool = False
) -> Paragraph:
    """Return a paragraph of texts and spans; ``bold`` holds for the texts."""
    spans = tuple(Span(text=part, bold=bold) if isinstance(part, str) else part for part in parts)
    return Paragraph(spans=tuple(span for span in spans if span.text), style=style, indent=indent)


def build_table(headings: Iterable[str], rows: Iterable[Iterable[str]], widths: tuple[int, ...]) -> DocumentTable:
    """Return a table of texts below one row of headings."""
    heading = tuple(Cell(text=text, bold=True, shaded=True, locked=True) for text in headings)
    return DocumentTable(
        widths=widths, rows=(heading, *(tuple(Cell(text=text) for text in row) for row in rows)), heading_rows=1
    )
