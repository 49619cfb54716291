"""The sheets as Hangul documents: filled in as text, opened by python-hwpx, and read back like the workbooks."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import datetime
from html import escape
from pathlib import Path

import pytest
from hwpx.document import HwpxDocument

from smartcert.forms.sheets import GROUPS_PER_DOCUMENT
from smartcert.io.formats.hwpx import read_hwpx
from smartcert.io.formats.limits import SHEETS
from smartcert.io.rounds.round import RoundCall
from smartcert.io.rounds.sheets import MARKER
from smartcert.model.korean_time import KOREAN_TIME
from smartcert.reception.sheets import read_sent_sheets, take_in_sheets
from tests.support.sheets import MARKS, Fill, mark_of, new_round, read_rows, template

AT = datetime(2023, 11, 10, 10, 0, tzinfo=KOREAN_TIME)


@pytest.fixture
def call(tmp_path: Path) -> RoundCall:
    return new_round(tmp_path)


def fill_document(path: Path, target: Path, columns: dict[int, Fill], ids: tuple[int, int] = (1, 2)) -> Path:
    """Write into the cells of a document what somebody would type there; columns count from 1."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    section = parts["Contents/section0.xml"].decode()
    parts["Contents/section0.xml"] = re.sub(
        "<hp:tr>.*?</hp:tr>", lambda row: _fill_row(row[0], columns, ids), section, flags=re.DOTALL
    ).encode()
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return target


def _fill_row(row: str, columns: dict[int, Fill], ids: tuple[int, int]) -> str:
    cells = re.findall("<hp:tc .*?</hp:tc>", row, flags=re.DOTALL)
    texts = ["".join(re.findall("<hp:t>(.*?)</hp:t>", cell)) for cell in cells]
    if len(cells) < max(columns) or not re.fullmatch("[LN][0-9]{2}", texts[ids[1] - 1]):
        return row
    for column, value_of in columns.items():
        value = value_of(texts[ids[0] - 1], texts[ids[1] - 1])
        if value is not None:
            assert 'editable="1"' in cells[column - 1], "nobody writes into a locked cell"
            filled = cells[column - 1].replace("<hp:t/>", f"<hp:t>{escape(str(value))}</hp:t>", 1)
            row = row.replace(cells[column - 1], filled, 1)
    return row


@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_document_of_marks_goes_there_and_back(call: RoundCall, tmp_path: Path, language: str) -> None:
    path = template(call, evaluator="E1", kind="hwpx", language=language)
    fill_document(path, tmp_path / "sent" / "E1.hwpx", {6: mark_of, 7: lambda *_: "두 자료 <확인>"})
    taken = take_in_sheets(call, read_sent_sheets(tmp_path / "sent"), at=AT)
    assert taken.problems == []
    rows = read_rows(call.folder / "marks.csv")
    assert len(rows) == 2 * MARKS
    assert {(row["mark"], row["comment"]) for row in rows} == {
        (str(mark_of(row["applicant"], row["indicator"])), "두 자료 <확인>") for row in rows
    }
    assert "table 2" in read_rows(call.folder / "intake" / "sheet_origins.csv")[0]["place"]


def test_a_document_of_an_inspection_goes_there_and_back(call: RoundCall, tmp_path: Path) -> None:
    path = template(call, inspector="노하람", kind="hwpx")
    desk = {
        (grid.at(row, 1).text, grid.at(row, 2).text): grid.at(row, 5).text
        for grid in read_hwpx(path.read_bytes(), "a.hwpx")[1:]
        for row in range(2, 40)
        if grid.at(row, 1).text
    }
    fill_document(
        path,
        tmp_path / "sent" / "노하람.hwpx",
        {8: lambda a, i: desk[a, i], 9: lambda *_: "실측", 11: lambda *_: "P-3"},
    )
    taken = take_in_sheets(call, read_sent_sheets(tmp_path / "sent"), at=AT)
    assert taken.problems == []
    rows = read_rows(call.folder / "inspections.csv")
    assert {(row["applicant"], row["indicator"]) for row in rows} == set(desk)
    assert {(row["verified"], row["evidence_grade"]) for row in rows} == {("yes", "measured")}


def test_python_hwpx_sees_the_same_table_and_what_is_locked(call: RoundCall) -> None:
    data = template(call, evaluator="E1", kind="hwpx").read_bytes()
    tables = [table for paragraph in HwpxDocument.open(io.BytesIO(data)).paragraphs for table in paragraph.tables]
    grids = read_hwpx(data, "a.hwpx")
    assert [(table.row_count, table.column_count) for table in tables[:3]] == [(1, 7), (MARKS + 1, 7), (MARKS + 1, 7)]
    assert tables[0].cell(0, 0).text == MARKER
    assert [tables[1].cell(3, column).text for column in range(3)] == [
        grids[1].at(4, column).text for column in (1, 2, 3)
    ]


def test_a_document_has_fewer_tables_than_are_read() -> None:
    assert GROUPS_PER_DOCUMENT + 2 <= SHEETS
