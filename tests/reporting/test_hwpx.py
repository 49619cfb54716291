"""Hangul documents as they are written: our reader and python-hwpx read the same cells; hostile texts stay texts."""

from __future__ import annotations

import io

from hwpx.document import HwpxDocument
from hypothesis import given, settings
from hypothesis import strategies as st

from smartcert.io.file_kind import FileKind, identify_file
from smartcert.io.hwpx import read_hwpx
from smartcert.reporting.hwpx import Align, DocumentCell, DocumentTable, Fill, Font, Paragraph, build_document

ROWS = [["접수", "값"], ["가온시", "=1+1"], ["<b>&amp;</b>", "두 줄\n둘째"], ["", "‮꾸밈"]]


def document(rows: list[list[str]]) -> bytes:
    cells = [
        [DocumentCell(text=text, fill=Fill.INPUT if column else Fill.PLAIN) for column, text in enumerate(row)]
        for row in rows
    ]
    heading = Paragraph(text="표 <1>", font=Font.TITLE, align=Align.CENTER)
    return build_document([heading, DocumentTable(rows=cells, widths=[60, 100], headings=1)], "제목 <&>")


def test_our_reader_and_python_hwpx_read_what_was_written() -> None:
    data = document(ROWS)
    assert identify_file(data) is FileKind.HWPX
    (grid,) = read_hwpx(data, "sheet.hwpx")
    ours = [[grid.at(row, column).text for column in (1, 2)] for row in range(1, 5)]
    assert ours == [*ROWS[:3], ["", "꾸밈"]], "an override of direction is left out"
    tables = [table for paragraph in HwpxDocument.open(io.BytesIO(data)).paragraphs for table in paragraph.tables]
    assert [(table.row_count, table.column_count) for table in tables] == [(4, 2)]
    assert [tables[0].cell(row, 0).text for row in range(3)] == ["접수", "가온시", "<b>&amp;</b>"]


def test_the_same_blocks_are_the_same_bytes() -> None:
    assert document(ROWS) == document(ROWS)


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_one_cell(text: str) -> None:
    (grid,) = read_hwpx(document([[text, "옆"]]), "sheet.hwpx")
    assert grid.at(1, 2).text == "옆"
    assert set(grid.cells) <= {(1, 1), (1, 2)}
