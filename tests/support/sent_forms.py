"""A small form in every format, with one cell that somebody wrote in a way of their own."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from html import escape

from smartcert.model.indicator import IndicatorKind, YesNoScale
from smartcert.simulation.packages import build_zip
from tests.support.forms import example_call

FACTS = [["공모", "2023"], ["지방자치단체 코드", "4111000000"], ["지방자치단체", "경기도 수원시"]]
HEADING = ["지표번호", "지표명", "단위", "값", "증빙 문서", "쪽"]
FIRST_ROW = 6
"""The row of N01."""

_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'


def rows(values: Mapping[str, str] | None = None) -> list[list[str]]:
    """Return the form as rows: every figure 12, yes or no 예, every own mark 3, but for ``values``."""
    figures = []
    for indicator in example_call().rules.edition.indicators():
        own = indicator.kind is IndicatorKind.QUALITATIVE
        value = "3" if own else "예" if isinstance(indicator.scale, YesNoScale) else "12"
        unit = "자체 평점" if own else indicator.unit.ko
        figures.append(
            [indicator.id, indicator.name.ko, unit, (values or {}).get(indicator.id, value), "증빙.pdf", "3"]
        )
    return [*FACTS, [], HEADING, *figures]


def as_csv(
    values: Mapping[str, str] | None = None, *, encoding: str = "utf-8-sig", separator: str = ",", line: str = ""
) -> bytes:
    """Return the form as separated values; ``line`` replaces that of N01."""
    out = io.StringIO()
    csv.writer(out, delimiter=separator).writerows(rows(values))
    lines = out.getvalue().split("\r\n")
    if line:
        lines[FIRST_ROW - 1] = line
    return "\r\n".join(lines).encode(encoding)


def _text_cell(reference: str, text: str) -> str:
    number = text.isascii() and text.isdigit() and len(text) < 5
    if number:
        return f'<c r="{reference}"><v>{text}</v></c>'
    return f'<c r="{reference}" t="inlineStr"><is><t>{escape(text)}</t></is></c>'


def as_xlsx(
    cell: str = "",
    *,
    number_format: str = "General",
    font: str = "",
    fill: str = "",
    shared: str = "",
    workbook: str = "",
    rename: Mapping[str, str] | None = None,
    more: Mapping[str, bytes] | None = None,
) -> bytes:
    """Return the form as a workbook. ``cell`` is the XML of N01's cell behind its reference, style 1 at its disposal.

    Style 1 has ``number_format``, ``font`` and ``fill``. ``shared`` is a shared text, ``workbook`` stands at the
    beginning of the workbook. ``rename`` gives parts other names, ``more`` are further ones.
    """
    lines = []
    for number, cells in enumerate(rows(), start=1):
        written = "".join(_text_cell(f"{'ABCDEF'[place]}{number}", text) for place, text in enumerate(cells) if text)
        if number == FIRST_ROW and cell:
            written = written.replace('<c r="D6"><v>12</v></c>', f'<c r="D6" {cell}</c>')
        lines.append(f'<row r="{number}">{written}</row>')
    sheet = f"{_XML}<worksheet {_MAIN}><sheetData>{''.join(lines)}</sheetData></worksheet>"
    styles = (
        f'{_XML}<styleSheet {_MAIN}><numFmts count="1"><numFmt numFmtId="170" formatCode="{escape(number_format)}"/>'
        f"</numFmts><fonts><font/><font>{font}</font></fonts>"
        f'<fills><fill><patternFill patternType="none"/></fill><fill>{fill}</fill></fills>'
        f'<cellXfs><xf numFmtId="0" fontId="0"/><xf numFmtId="170" fontId="1" fillId="{int(bool(fill))}"/></cellXfs>'
        "</styleSheet>"
    )
    kinds = {"sheet": "worksheet", "styles": "styles", "texts": "sharedStrings"}
    targets = {"sheet": "worksheets/sheet1.xml", "styles": "styles.xml", "texts": "sharedStrings.xml"}
    relations = "".join(
        f'<Relationship Id="{name}" Type="{_OFFICE}/{kind}" Target="{targets[name]}"/>' for name, kind in kinds.items()
    )
    files = {
        "[Content_Types].xml": b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": f'<Relationships {_RELATIONS}><Relationship Id="a" Type="{_OFFICE}/officeDocument"'
        ' Target="xl/workbook.xml"/></Relationships>'.encode(),
        "xl/workbook.xml": f'{_XML}<workbook {_MAIN} xmlns:r="{_OFFICE}">{workbook}'
        '<sheets><sheet name="D1" sheetId="1" r:id="sheet"/></sheets></workbook>'.encode(),
        "xl/_rels/workbook.xml.rels": f"<Relationships {_RELATIONS}>{relations}</Relationships>".encode(),
        "xl/worksheets/sheet1.xml": sheet.encode(),
        "xl/styles.xml": styles.encode(),
        "xl/sharedStrings.xml": f"{_XML}<sst {_MAIN}><si>{shared or '<t>x</t>'}</si></sst>".encode(),
    }
    names = rename or {}
    return build_zip({names.get(name, name): data for name, data in files.items()} | dict(more or {}))


def as_hwpx(cell: str = "", *, name: str = "N01", fonts: str = "", more: Mapping[str, bytes] | None = None) -> bytes:
    """Return the form as a Hangul document. ``cell`` is the XML inside the run of a cell, ``fonts`` the header's."""
    tables = "".join(_hwpx_table(table, cell, name) for table in (rows()[:3], rows()[4:]))
    section = (
        f'{_XML}<hs:sec xmlns:hs="http://www.hancom.co.kr/hwpml/2011/section"'
        f' xmlns:hp="http://www.hancom.co.kr/hwpml/2011/paragraph">{tables}</hs:sec>'
    )
    header = f'{_XML}<hh:head xmlns:hh="http://www.hancom.co.kr/hwpml/2011/head">{fonts}</hh:head>'
    files = {"mimetype": b"application/hwp+zip", "Contents/section0.xml": section.encode()}
    return build_zip(files | {"Contents/header.xml": header.encode()} | dict(more or {}))


def _hwpx_table(table: Sequence[Sequence[str]], cell: str, name: str) -> str:
    lines = []
    for row, cells in enumerate(table):
        written = ""
        for column, text in enumerate(cells):
            inside = cell if cell and cells[0] == name and column == 3 else f"<hp:t>{escape(text)}</hp:t>"
            written += (
                f'<hp:tc><hp:subList><hp:p><hp:run charPrIDRef="0">{inside}</hp:run></hp:p></hp:subList>'
                f'<hp:cellAddr colAddr="{column}" rowAddr="{row}"/><hp:cellSpan colSpan="1" rowSpan="1"/>'
                '<hp:cellSz width="1" height="1"/></hp:tc>'
            )
        lines.append(f"<hp:tr>{written}</hp:tr>")
    return f"<hp:p><hp:run><hp:tbl>{''.join(lines)}</hp:tbl></hp:run></hp:p>"


def as_ods(cell: str = "", *, styles: str = "") -> bytes:
    """Return the form as an OpenDocument spreadsheet. ``cell`` is the whole element of N01's cell."""
    lines = []
    for number, cells in enumerate(rows(), start=1):
        written = "".join(
            cell
            if cell and number == FIRST_ROW and place == 3
            else f'<table:table-cell office:value-type="string"><text:p>{escape(text)}</text:p></table:table-cell>'
            for place, text in enumerate(cells)
        )
        lines.append(f"<table:table-row>{written or '<table:table-cell/>'}</table:table-row>")
    names = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text", "style", "fo")
    )
    content = (
        f"{_XML}<office:document-content {names}><office:automatic-styles>{styles}</office:automatic-styles>"
        f'<office:body><office:spreadsheet><table:table table:name="D1">{"".join(lines)}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:  # the kind goes first, where other programs look for it
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
    return out.getvalue()
