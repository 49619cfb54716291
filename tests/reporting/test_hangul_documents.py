"""Hangul documents that we write: our reader and python-hwpx read back what was written, and find nothing wrong."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcert.io.formats.hwpx import read_hwpx
from smartcert.reporting.documents.blocks import (
    Block,
    Cell,
    Document,
    DocumentTable,
    Line,
    ParagraphStyle,
    Span,
    build_table,
    write_paragraph,
)
from smartcert.reporting.documents.hwpx import write_hwpx

HOSTILE = "=1+1 <hp:t> & \"'\x00\x1b\u202e"


def a_document(*blocks: Block, landscape: bool = False) -> Document:
    return Document(title="시험 <&>", language="ko", blocks=blocks, landscape=landscape)


SAMPLE = (
    write_paragraph("국토연구원", style=ParagraphStyle.LETTERHEAD),
    write_paragraph("수신  ", Span(text="[수신처]", blank=True), indent=2),
    Line(),
    build_table(("번호", "내용"), [("1", HOSTILE), ("2", "두\n줄")], (1, 5)),
    DocumentTable(
        widths=(1, 2, 3),
        rows=(
            (Cell(text="가로로 합친 칸", columns=2), Cell(locked=True)),
            (Cell(), Cell(), Cell(text="끝")),
        ),
        heading_rows=0,
    ),
)


def test_our_reader_reads_the_tables_back() -> None:
    first, second = read_hwpx(write_hwpx(a_document(*SAMPLE)), "a.hwpx")
    assert {place: cell.text for place, cell in first.cells.items()} == {
        (1, 1): "번호",
        (1, 2): "내용",
        (2, 1): "1",
        (2, 2): "=1+1 <hp:t> & \"'⟨U+0000⟩⟨U+001B⟩⟨U+202E⟩",
        (3, 1): "2",
        (3, 2): "두\n줄",
    }
    assert (second.cells[1, 1].text, second.cells[2, 3].text) == ("가로로 합친 칸", "끝")
    assert second.merged == {(1, 2): (1, 1)}


@pytest.mark.parametrize("landscape", [False, True])
def test_python_hwpx_opens_it_and_finds_nothing_wrong(landscape: bool, tmp_path: Path) -> None:
    hwpx = pytest.importorskip("hwpx")
    path = tmp_path / "a.hwpx"
    path.write_bytes(write_hwpx(a_document(*SAMPLE, landscape=landscape)))
    assert list(hwpx.validate_package(path).issues) == []
    safety = hwpx.validate_editor_open_safety(path)
    assert (safety.reopen_ok, safety.blocking_package_errors) == (True, ())
    assert [str(issue) for issue in safety.validate_document.issues] == []
    text = hwpx.HwpxDocument.open(str(path)).text.plain()
    for words in ("국토연구원", "수신  [수신처]", "가로로 합친 칸", "두"):
        assert words in text


def test_the_same_document_gives_the_same_bytes_and_starts_with_its_type() -> None:
    data = write_hwpx(a_document(*SAMPLE))
    assert data == write_hwpx(a_document(*SAMPLE))
    assert data[30:57] == b"mimetypeapplication/hwp+zip"


@given(st.lists(st.text(st.characters(codec=None), max_size=30), min_size=1, max_size=4))
def test_every_text_is_well_formed_in_it(texts: list[str]) -> None:
    blocks = (*(write_paragraph(text) for text in texts), build_table(("a",), [(text,) for text in texts], (1,)))
    with zipfile.ZipFile(BytesIO(write_hwpx(a_document(*blocks)))) as archive:
        for name in archive.namelist():
            if name.endswith((".xml", ".hpf")):
                fromstring(archive.read(name))  # noqa: S314 - our own document


def test_a_row_that_does_not_fit_its_table_is_refused() -> None:
    with pytest.raises(ValueError, match="a row of 1 columns"):
        DocumentTable(widths=(1, 1), rows=((Cell(),),))
