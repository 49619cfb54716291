"""A document as plain text, for a mail: a row of a table as one line of ``heading: cell`` pairs, or a line of cells."""

from __future__ import annotations

from collections.abc import Iterator

from smartcert.reporting.documents.blocks import Block, Document, DocumentTable, Line, Paragraph, ParagraphStyle
from smartcert.reporting.formats import show_unseen

_WIDTH = 60
_INDENT = "  "


def write_plain(document: Document) -> str:
    """Return a document as text; it ends with a line feed, and unseen characters are shown by number."""
    lines = [line for block in document.blocks for line in _list_lines(block)]
    text = "\n".join(line.rstrip() for line in lines)
    return show_unseen(text) + "\n"


def _list_lines(block: Block) -> Iterator[str]:
    if isinstance(block, Line):
        yield "-" * _WIDTH
    elif isinstance(block, Paragraph):
        if block.style in (ParagraphStyle.SIGNATURE, ParagraphStyle.HEADING, ParagraphStyle.SUBHEADING):
            yield ""
        yield _INDENT * block.indent + block.text
        if block.style in (
            ParagraphStyle.SIGNATURE,
            ParagraphStyle.HEADING,
            ParagraphStyle.LETTERHEAD,
            ParagraphStyle.TITLE,
        ):
            yield ""
    elif block.heading_rows:
        yield from _list_records(block)
    else:
        for row in block.rows:
            yield from _part_lines(": ".join(cell.text for cell in row if cell.text), "")


def _list_records(table: DocumentTable) -> Iterator[str]:
    """Yield the rows below the headings; a cell without text is left out."""
    headings = [cell.text for cell in table.rows[0]]
    for row in table.rows[table.heading_rows :]:
        pairs = [f"{heading}: {cell.text}" for heading, cell in zip(headings, row, strict=False) if cell.text]
        yield from _part_lines(pairs[0] if pairs else "-", _INDENT)
        for pair in pairs[1:]:
            yield from _part_lines(pair, _INDENT * 2)


def _part_lines(text: str, indent: str) -> Iterator[str]:
    """Yield the lines of a text, those after the first farther in."""
    first, *others = text.split("\n")
    yield f"{indent}{first}"
    yield from (f"{indent}{_INDENT}{line}" for line in others)
