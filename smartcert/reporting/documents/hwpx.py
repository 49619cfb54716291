"""A document as a Hangul document: HWPX, the packed form of OWPML (KS X 6101), as Hangul 2014 and later open it.

The same document gives the same bytes. Sizes are in HWPUNIT, 7,200 to the inch.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from html import escape
from itertools import accumulate

from smartcert.lazy_dataclass import dataclass
from smartcert.reporting.documents.blocks import (
    Block,
    Cell,
    Document,
    DocumentTable,
    Line,
    Paragraph,
    ParagraphStyle,
    Span,
)
from smartcert.reporting.formats import show_unseen

_MOMENT = (1980, 1, 1, 0, 0, 0)
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
# Hangul opens a part as damaged if it lacks one of them, used or not
_NAMESPACES = " ".join(
    f'xmlns:{prefix}="{address}"'
    for prefix, address in {
        "ha": "http://www.hancom.co.kr/hwpml/2011/app",
        "hp": "http://www.hancom.co.kr/hwpml/2011/paragraph",
        "hp10": "http://www.hancom.co.kr/hwpml/2016/paragraph",
        "hs": "http://www.hancom.co.kr/hwpml/2011/section",
        "hc": "http://www.hancom.co.kr/hwpml/2011/core",
        "hh": "http://www.hancom.co.kr/hwpml/2011/head",
        "hhs": "http://www.hancom.co.kr/hwpml/2011/history",
        "hm": "http://www.hancom.co.kr/hwpml/2011/master-page",
        "hpf": "http://www.hancom.co.kr/schema/2011/hpf",
        "dc": "http://purl.org/dc/elements/1.1/",
        "opf": "http://www.idpf.org/2007/opf/",
        "ooxmlchart": "http://www.hancom.co.kr/hwpml/2016/ooxmlchart",
        "hwpunitchar": "http://www.hancom.co.kr/hwpml/2016/HwpUnitChar",
        "epub": "http://www.idpf.org/2007/ops",
        "config": "urn:oasis:names:tc:opendocument:xmlns:config:1.0",
    }.items()
)
_SHORT_SIDE, _LONG_SIDE = 59528, 84188
_SIDE_MARGIN, _TOP_MARGIN, _BOTTOM_MARGIN = 5669, 5669, 4252
_STEP = 1000
_FONT = "함초롬바탕"
_SCRIPTS = ("HANGUL", "LATIN", "HANJA", "JAPANESE", "OTHER", "SYMBOL", "USER")
_BLANK_COLOUR = "#C00000"
_PLAIN_BORDER, _CELL_BORDER, _SHADED_BORDER, _LINE_BORDER = 1, 2, 3, 4


@dataclass(frozen=True, kw_only=True, slots=True)
class _Look:
    """The size of the letters (1,000 is ten points), how the lines lie, and the room above and below."""

    size: int
    align: str = "JUSTIFY"
    bold: bool = False
    above: int = 0
    below: int = 300
    spacing: int = 150
    """From line to line, in percent of the letters."""


_LOOKS: Mapping[ParagraphStyle, _Look] = {
    ParagraphStyle.BODY: _Look(size=1100),
    ParagraphStyle.TITLE: _Look(size=2000, align="CENTER", bold=True, below=1200),
    ParagraphStyle.LETTERHEAD: _Look(size=2000, align="CENTER", bold=True, below=1200),
    ParagraphStyle.HEADING: _Look(size=1300, align="LEFT", bold=True, above=300, below=600),
    ParagraphStyle.SUBHEADING: _Look(size=1100, align="LEFT", bold=True, above=600, below=100),
    ParagraphStyle.SIGNATURE: _Look(size=1800, align="CENTER", bold=True, above=1800, below=1200),
    ParagraphStyle.SMALL: _Look(size=900, align="LEFT", below=100),
    ParagraphStyle.SPECIMEN: _Look(size=1400, align="CENTER", bold=True, below=600),
}
_CELL_LOOK = _Look(size=900, align="LEFT", below=0)
_CLOSER = 6, 7
"""By what the sizes of a compact document are less than those of others: a seventh."""
_LOOK_LIST = (*_LOOKS.values(), _CELL_LOOK)


def write_hwpx(document: Document) -> bytes:
    """Return a document as the bytes of an HWPX file."""
    files = {
        "mimetype": "application/hwp+zip",
        "version.xml": f'{_XML}<hv:HCFVersion xmlns:hv="http://www.hancom.co.kr/hwpml/2011/version"'
        ' tagetApplication="WORDPROCESSOR" major="5" minor="0" micro="5" buildNumber="0" os="1" xmlVersion="1.4"'
        ' application="smartcert" appVersion="1"/>',
        "Contents/header.xml": _write_header(compact=document.compact),
        "Contents/section0.xml": _write_section(document),
        "Preview/PrvText.txt": "\r\n".join(_list_texts(document))[:1000],
        "settings.xml": f'{_XML}<ha:HWPApplicationSetting {_NAMESPACES}><ha:CaretPosition listIDRef="0" paraIDRef="0"'
        ' pos="0"/></ha:HWPApplicationSetting>',
        "META-INF/container.xml": f'{_XML}<ocf:container xmlns:ocf="urn:oasis:names:tc:opendocument:xmlns:container"'
        f' {_NAMESPACES}><ocf:rootfiles><ocf:rootfile full-path="Contents/content.hpf"'
        ' media-type="application/hwpml-package+xml"/><ocf:rootfile full-path="Preview/PrvText.txt"'
        ' media-type="text/plain"/></ocf:rootfiles></ocf:container>',
        "META-INF/manifest.xml": f"{_XML}<odf:manifest"
        ' xmlns:odf="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        "Contents/content.hpf": _write_contents(document),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in files.items():
            # a reader recognises the file by its first entry, which is not packed
            packing = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(zipfile.ZipInfo(name, _MOMENT), text.encode("utf-8"), packing)
    return out.getvalue()


def _escape(text: str) -> str:
    """Return a text as XML; characters that XML cannot have, and others that nobody sees, are shown by their number."""
    shown = show_unseen(text)
    return escape(
        "".join("\ufffd" if 0xD800 <= ord(sign) <= 0xDFFF or sign in "\ufffe\uffff" else sign for sign in shown)
    )


def _write_contents(document: Document) -> str:
    return (
        f'{_XML}<opf:package {_NAMESPACES} version="" unique-identifier="" id=""><opf:metadata>'
        f"<opf:title>{_escape(document.title)}</opf:title><opf:language>{document.language}</opf:language>"
        '</opf:metadata><opf:manifest><opf:item id="header" href="Contents/header.xml" media-type="application/xml"/>'
        '<opf:item id="section0" href="Contents/section0.xml" media-type="application/xml"/>'
        '<opf:item id="settings" href="settings.xml" media-type="application/xml"/>'
        '<opf:item id="version" href="version.xml" media-type="application/xml"/></opf:manifest>'
        '<opf:spine><opf:itemref idref="header" linear="yes"/><opf:itemref idref="section0" linear="yes"/></opf:spine>'
        "</opf:package>"
    )


def _set_closer(look: _Look) -> _Look:
    """Return how a paragraph of a compact document looks: smaller, and with less room above and below it."""
    numerator, denominator = _CLOSER
    size, above, below = (length * numerator // denominator for length in (look.size, look.above, look.below))
    return replace(look, size=size, above=above // 2, below=below // 2, spacing=130)


# --- The header: fonts, borders, and how letters and paragraphs look. Letters of look n have the ids 4n to 4n + 3.


def _write_header(*, compact: bool) -> str:
    looks = [_set_closer(look) for look in _LOOK_LIST] if compact else _LOOK_LIST
    fonts = "".join(
        f'<hh:fontface lang="{script}" fontCnt="1"><hh:font id="0" face="{_FONT}" type="TTF" isEmbedded="0"/>'
        "</hh:fontface>"
        for script in _SCRIPTS
    )
    letters = [
        _write_letters(4 * number + 2 * bold + blank, look, bold=look.bold or bool(bold), blank=bool(blank))
        for number, look in enumerate(looks)
        for bold in (0, 1)
        for blank in (0, 1)
    ]
    paragraphs = [
        _write_paragraph_look(number * _STEPS + indent, look, indent)
        for number, look in enumerate(looks)
        for indent in range(_STEPS)
    ]
    paragraphs.append(_write_paragraph_look(_LINE_PARAGRAPH, _CELL_LOOK, 0, border=_LINE_BORDER))
    borders = [
        _write_border(_PLAIN_BORDER, "NONE"),
        _write_border(_CELL_BORDER, "SOLID"),
        _write_border(_SHADED_BORDER, "SOLID", fill="#E8E8E8"),
        _write_border(_LINE_BORDER, "NONE", bottom="SOLID"),
    ]
    return (
        f'{_XML}<hh:head {_NAMESPACES} version="1.4" secCnt="1"><hh:beginNum page="1" footnote="1" endnote="1" pic="1"'
        f' tbl="1" equation="1"/><hh:refList><hh:fontfaces itemCnt="{len(_SCRIPTS)}">{fonts}</hh:fontfaces>'
        f'<hh:borderFills itemCnt="{len(borders)}">{"".join(borders)}</hh:borderFills>'
        f'<hh:charProperties itemCnt="{len(letters)}">{"".join(letters)}</hh:charProperties>'
        '<hh:tabProperties itemCnt="1"><hh:tabPr id="0" autoTabLeft="0" autoTabRight="0"/></hh:tabProperties>'
        f'<hh:paraProperties itemCnt="{len(paragraphs)}">{"".join(paragraphs)}</hh:paraProperties>'
        '<hh:styles itemCnt="1"><hh:style id="0" type="PARA" name="바탕글" engName="Normal" paraPrIDRef="0"'
        ' charPrIDRef="0" nextStyleIDRef="0" langID="1042" lockForm="0"/></hh:styles></hh:refList>'
        '<hh:compatibleDocument targetProgram="HWP201X"><hh:layoutCompatibility/></hh:compatibleDocument>'
        '<hh:docOption><hh:linkinfo path="" pageInherit="0" footnoteInherit="0"/></hh:docOption>'
        '<hh:trackchageConfig flags="56"/>'
        "</hh:head>"
    )


_STEPS = 4
"""How many steps of indenting there are, the first being none."""

_LINE_PARAGRAPH = len(_LOOK_LIST) * _STEPS


def _write_letters(number: int, look: _Look, *, bold: bool, blank: bool) -> str:
    scripts = [script.lower() for script in _SCRIPTS]

    def fill(element: str, value: int) -> str:
        attributes = " ".join(f'{script}="{value}"' for script in scripts)
        return f"<hh:{element} {attributes}/>"

    colour = _BLANK_COLOUR if blank else "#000000"
    return (
        f'<hh:charPr id="{number}" height="{look.size}" textColor="{colour}" shadeColor="none" useFontSpace="0"'
        f' useKerning="0" symMark="NONE" borderFillIDRef="{_PLAIN_BORDER}">{fill("fontRef", 0)}{fill("ratio", 100)}'
        f"{fill('spacing', 0)}{fill('relSz', 100)}{fill('offset', 0)}{'<hh:bold/>' if bold else ''}"
        f'<hh:underline type="{"BOTTOM" if blank else "NONE"}" shape="SOLID" color="{colour}"/>'
        '<hh:strikeout shape="NONE" color="#000000"/><hh:outline type="NONE"/>'
        '<hh:shadow type="NONE" color="#C0C0C0" offsetX="10" offsetY="10"/></hh:charPr>'
    )


def _write_paragraph_look(number: int, look: _Look, indent: int, border: int = _PLAIN_BORDER) -> str:
    sides = {"intent": 0, "left": indent * _STEP, "right": 0, "prev": look.above, "next": look.below}
    margins = "".join(f'<hc:{side} value="{value}" unit="HWPUNIT"/>' for side, value in sides.items())
    return (
        f'<hh:paraPr id="{number}" tabPrIDRef="0" condense="0" fontLineHeight="0" snapToGrid="1"'
        ' suppressLineNumbers="0" checked="0">'
        f'<hh:align horizontal="{look.align}" vertical="BASELINE"/><hh:heading type="NONE" idRef="0" level="0"/>'
        '<hh:breakSetting breakLatinWord="KEEP_WORD" breakNonLatinWord="KEEP_WORD" widowOrphan="0" keepWithNext="0"'
        ' keepLines="0" pageBreakBefore="0" lineWrap="BREAK"/><hh:autoSpacing eAsianEng="0" eAsianNum="0"/>'
        f'<hh:margin>{margins}</hh:margin><hh:lineSpacing type="PERCENT" value="{look.spacing}" unit="HWPUNIT"/>'
        f'<hh:border borderFillIDRef="{border}" offsetLeft="0" offsetRight="0" offsetTop="0" offsetBottom="0"'
        ' connect="0" ignoreMargin="0"/></hh:paraPr>'
    )


def _write_border(number: int, line: str, *, bottom: str = "", fill: str = "") -> str:
    sides = {"left": line, "right": line, "top": line, "bottom": bottom or line}
    borders = "".join(
        f'<hh:{side}Border type="{kind}" width="0.12 mm" color="#000000"/>' for side, kind in sides.items()
    )
    brush = (
        f'<hc:fillBrush><hc:winBrush faceColor="{fill}" hatchColor="#999999" alpha="0"/></hc:fillBrush>' if fill else ""
    )
    return (
        f'<hh:borderFill id="{number}" threeD="0" shadow="0" centerLine="NONE" breakCellSeparateLine="0">'
        '<hh:slash type="NONE" Crooked="0" isCounter="0"/><hh:backSlash type="NONE" Crooked="0" isCounter="0"/>'
        f'{borders}<hh:diagonal type="NONE" width="0.1 mm" color="#000000"/>{brush}</hh:borderFill>'
    )


# --- The section: the sheet of paper, and the blocks on it.


def _write_section(document: Document) -> str:
    sides = (_LONG_SIDE, _SHORT_SIDE) if document.landscape else (_SHORT_SIDE, _LONG_SIDE)
    room = sides[0] - 2 * _SIDE_MARGIN
    paper = (
        '<hp:secPr id="" textDirection="HORIZONTAL" spaceColumns="1134" tabStop="8000" outlineShapeIDRef="0"'
        ' memoShapeIDRef="0" textVerticalWidthHead="0" masterPageCnt="0"><hp:grid lineGrid="0" charGrid="0"'
        ' wonggojiFormat="0"/><hp:startNum pageStartsOn="BOTH" page="0" pic="0" tbl="0" equation="0"/>'
        '<hp:visibility hideFirstHeader="0" hideFirstFooter="0" hideFirstMasterPage="0" border="SHOW_ALL"'
        ' fill="SHOW_ALL" hideFirstPageNum="0" hideFirstEmptyLine="0" showLineNumber="0"/>'
        # the sides of the paper are given upright; WIDELY is upright, NARROWLY on its side
        f'<hp:pagePr landscape="{"NARROWLY" if document.landscape else "WIDELY"}" width="{_SHORT_SIDE}"'
        f' height="{_LONG_SIDE}" gutterType="LEFT_ONLY"><hp:margin header="2835" footer="2835" gutter="0"'
        f' left="{_SIDE_MARGIN}" right="{_SIDE_MARGIN}" top="{_TOP_MARGIN}" bottom="{_BOTTOM_MARGIN}"/></hp:pagePr>'
        '</hp:secPr><hp:ctrl><hp:colPr id="" type="NEWSPAPER" layout="LEFT" colCount="1" sameSz="1" sameGap="0"/>'
        "</hp:ctrl>"
    )
    first = f'<hp:p id="0" paraPrIDRef="0" styleIDRef="0"><hp:run charPrIDRef="0">{paper}</hp:run></hp:p>'
    blocks = "".join(_write_block(block, number, room) for number, block in enumerate(document.blocks, start=1))
    return f"{_XML}<hs:sec {_NAMESPACES}>{first}{blocks}</hs:sec>"


def _write_block(block: Block, number: int, room: int) -> str:
    if isinstance(block, Paragraph):
        look = tuple(_LOOKS).index(block.style)
        return _write_paragraph(block.spans, look, min(block.indent, _STEPS - 1))
    look, inside = (_LINE_PARAGRAPH, "") if isinstance(block, Line) else (0, _write_table(block, number, room))
    return f'<hp:p id="0" paraPrIDRef="{look}" styleIDRef="0"><hp:run charPrIDRef="0">{inside}<hp:t/></hp:run></hp:p>'


def _write_paragraph(spans: tuple[Span, ...], look: int, indent: int) -> str:
    runs = "".join(
        f'<hp:run charPrIDRef="{4 * look + 2 * span.bold + span.blank}"><hp:t>{_escape(span.text)}</hp:t></hp:run>'
        for span in spans
    )
    empty = f'<hp:run charPrIDRef="{4 * look}"><hp:t/></hp:run>'
    return f'<hp:p id="0" paraPrIDRef="{look * _STEPS + indent}" styleIDRef="0">{runs or empty}</hp:p>'


def _write_table(table: DocumentTable, number: int, room: int) -> str:
    share = sum(table.widths)
    edges = [0, *(room * end // share for end in accumulate(table.widths))]
    rows = "".join(_write_row(row, place, edges, table) for place, row in enumerate(table.rows))
    return (
        f'<hp:tbl id="{number}" zOrder="{number}" numberingType="TABLE" textWrap="TOP_AND_BOTTOM"'
        ' textFlow="BOTH_SIDES" lock="0" dropcapstyle="None" pageBreak="CELL"'
        f' repeatHeader="{int(table.heading_rows > 0)}" rowCnt="{len(table.rows)}" colCnt="{len(table.widths)}"'
        f' cellSpacing="0" borderFillIDRef="{_CELL_BORDER}" noAdjust="0">'
        f'<hp:sz width="{room}" widthRelTo="ABSOLUTE" height="{len(table.rows) * _ROW_HEIGHT}" heightRelTo="ABSOLUTE"'
        ' protect="0"/><hp:pos treatAsChar="0" affectLSpacing="0" flowWithText="1" allowOverlap="0" holdAnchorAndSO="0"'
        ' vertRelTo="PARA" horzRelTo="COLUMN" vertAlign="TOP" horzAlign="LEFT" vertOffset="0" horzOffset="0"/>'
        '<hp:outMargin left="0" right="0" top="141" bottom="283"/><hp:inMargin left="283" right="283" top="141"'
        f' bottom="141"/>{rows}</hp:tbl>'
    )


_ROW_HEIGHT = 1700


def _write_row(row: tuple[Cell, ...], place: int, edges: list[int], table: DocumentTable) -> str:
    return f"<hp:tr>{''.join(_write_cells(row, place, edges, table))}</hp:tr>"


def _write_cells(row: tuple[Cell, ...], place: int, edges: list[int], table: DocumentTable) -> Iterator[str]:
    column = 0
    look = len(_LOOK_LIST) - 1
    for cell in row:
        lines = "".join(
            _write_paragraph((Span(text=line, bold=cell.bold),) if line else (), look, 0)
            for line in cell.text.split("\n")
        )
        border = _SHADED_BORDER if cell.shaded else _CELL_BORDER
        width = edges[column + cell.columns] - edges[column]
        yield (
            f'<hp:tc name="" header="{int(place < table.heading_rows)}" hasMargin="0" protect="{int(cell.locked)}"'
            f' editable="{int(not cell.locked)}" dirty="0" borderFillIDRef="{border}"><hp:subList id=""'
            ' textDirection="HORIZONTAL" lineWrap="BREAK" vertAlign="CENTER" linkListIDRef="0" linkListNextIDRef="0"'
            f' textWidth="0" textHeight="0" hasTextRef="0" hasNumRef="0">{lines}</hp:subList>'
            f'<hp:cellAddr colAddr="{column}" rowAddr="{place}"/><hp:cellSpan colSpan="{cell.columns}" rowSpan="1"/>'
            f'<hp:cellSz width="{width}" height="{_ROW_HEIGHT}"/>'
            '<hp:cellMargin left="283" right="283" top="141" bottom="141"/></hp:tc>'
        )
        column += cell.columns


def _list_texts(document: Document) -> Iterator[str]:
    for block in document.blocks:
        if isinstance(block, Paragraph):
            yield block.text
        elif isinstance(block, DocumentTable):
            for row in block.rows:
                yield from (cell.text.replace("\n", " ") for cell in row if cell.text)
