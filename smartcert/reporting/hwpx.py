"""A Hangul document (HWPX, OWPML) of paragraphs and tables that opens in Hangul 2014 and later.

Texts are escaped here and nothing of them becomes markup; characters that XML cannot have, or that nobody sees, are
left out. The same blocks give the same bytes.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from html import escape

from smartcert.characters import UNSEEN

_FIXED_TIME = (1980, 1, 1, 0, 0, 0)
_PER_MM = 7200 / 25.4
"""HWPUNIT, a hundredth of a point, per millimetre."""
_A4 = (210, 297)
_MARGIN = 15
_UNFIT = re.compile("[\ud800-\udfff\ufffe\uffff]")


class Font(Enum):
    """How letters look; the value is the number of the character property."""

    BODY = 0
    BOLD = 1
    TITLE = 2
    NOTE = 3
    TABLE = 4
    TABLE_BOLD = 5


class Align(Enum):
    """How lines are set; the value is the number of the paragraph property."""

    LEFT = 0
    CENTER = 1
    RIGHT = 2


class Fill(Enum):
    """The ground of a cell; the value is the number of the border and fill. A cell to be filled in is not protected."""

    PLAIN = 3
    HEADING = 4
    INPUT = 5
    NONE = 1
    """Without a border, for tables that only align."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Paragraph:
    """A paragraph; line ends in its text stay. ``page_break`` begins a new page."""

    text: str
    font: Font = Font.BODY
    align: Align = Align.LEFT
    page_break: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class DocumentCell:
    """A cell of a table over ``across`` columns."""

    text: str
    fill: Fill = Fill.PLAIN
    font: Font = Font.TABLE
    align: Align = Align.LEFT
    across: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class DocumentTable:
    """A table; ``widths`` of its columns in millimetres. The first ``headings`` rows stand on every page of it."""

    rows: Sequence[Sequence[DocumentCell]]
    widths: Sequence[float]
    headings: int = 0


def build_document(
    blocks: Sequence[Paragraph | DocumentTable], title: str, *, language: str = "ko", landscape: bool = False
) -> bytes:
    """Return a document of A4 pages, upright or ``landscape``, with margins of 15 mm."""
    body = "".join(
        _format_paragraph(block) if isinstance(block, Paragraph) else _format_table(block, number)
        for number, block in enumerate(blocks, start=1)
    )
    shown = "\r\n".join(block.text for block in blocks if isinstance(block, Paragraph))
    section = f"{_XML}<hs:sec {_NAMESPACES}>{_format_page(landscape=landscape)}{body}</hs:sec>"
    files = {
        "version.xml": _VERSION,
        "META-INF/container.xml": _CONTAINER,
        "META-INF/manifest.xml": _MANIFEST,
        "Contents/content.hpf": _PACKAGE.format(title=_escape(title), language=language),
        "Contents/header.xml": _HEADER,
        "Contents/section0.xml": section,
        "settings.xml": _SETTINGS,
        "Preview/PrvText.txt": _clean(shown)[:1000],
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        # the first part, and not compressed, so that the kind of the file can be seen
        archive.writestr(zipfile.ZipInfo("mimetype", _FIXED_TIME), "application/hwp+zip", zipfile.ZIP_STORED)
        for name, text in files.items():
            encoding = "utf-16-le" if name.endswith(".txt") else "utf-8"
            archive.writestr(zipfile.ZipInfo(name, _FIXED_TIME), text.encode(encoding, "replace"), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def measure_page(*, landscape: bool = False) -> float:
    """Return the width between the margins in millimetres."""
    return _A4[1 if landscape else 0] - 2 * _MARGIN


def _clean(text: str) -> str:
    return UNSEEN.sub("", _UNFIT.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))


def _escape(text: str) -> str:
    return escape(_clean(text))


def _units(millimetres: float) -> int:
    return round(millimetres * _PER_MM)


def _format_text(text: str) -> str:
    return "<hp:lineBreak/>".join(_escape(line).replace("\t", "<hp:tab/>") for line in text.split("\n"))


def _format_run(text: str, font: Font) -> str:
    return f'<hp:run charPrIDRef="{font.value}"><hp:t>{_format_text(text)}</hp:t></hp:run>'


_PLAIN_PARAGRAPH = 'styleIDRef="0" columnBreak="0" merged="0"'


def _format_paragraph(block: Paragraph) -> str:
    opening = f'<hp:p id="0" paraPrIDRef="{block.align.value}" pageBreak="{int(block.page_break)}" {_PLAIN_PARAGRAPH}>'
    return f"{opening}{_format_run(block.text, block.font)}</hp:p>"


def _format_table(table: DocumentTable, number: int) -> str:
    widths = [_units(width) for width in table.widths]
    rows = "".join(
        f"<hp:tr>{_format_cells(cells, row, widths, heading=row < table.headings)}</hp:tr>"
        for row, cells in enumerate(table.rows)
    )
    border = Fill.PLAIN.value
    return (
        f'<hp:p id="0" paraPrIDRef="0" pageBreak="0" {_PLAIN_PARAGRAPH}><hp:run charPrIDRef="0">'
        f'<hp:tbl id="{number}" zOrder="{number}" numberingType="TABLE" textWrap="TOP_AND_BOTTOM"'
        f' textFlow="BOTH_SIDES" lock="0" dropcapstyle="None" pageBreak="CELL" repeatHeader="{int(table.headings > 0)}"'
        f' rowCnt="{len(table.rows)}" colCnt="{len(widths)}" cellSpacing="0" borderFillIDRef="{border}" noAdjust="0">'
        f'<hp:sz width="{sum(widths)}" widthRelTo="ABSOLUTE" height="{_ROW * len(table.rows)}"'
        ' heightRelTo="ABSOLUTE" protect="0"/>'
        '<hp:pos treatAsChar="0" affectLSpacing="0" flowWithText="1" allowOverlap="0" holdAnchorAndSO="0"'
        ' vertRelTo="PARA" horzRelTo="COLUMN" vertAlign="TOP" horzAlign="LEFT" vertOffset="0" horzOffset="0"/>'
        '<hp:outMargin left="0" right="0" top="140" bottom="140"/>'
        '<hp:inMargin left="280" right="280" top="140" bottom="140"/>'
        f"{rows}</hp:tbl></hp:run></hp:p>"
    )


_ROW = 1400
"""The least height of a row in HWPUNIT; Hangul makes it higher where its text needs that."""


def _format_cells(cells: Sequence[DocumentCell], row: int, widths: Sequence[int], *, heading: bool) -> str:
    parts, column = [], 0
    for cell in cells:
        width = sum(widths[column : column + cell.across])
        parts.append(
            f'<hp:tc name="" header="{int(heading)}" hasMargin="0" protect="{int(cell.fill is not Fill.INPUT)}"'
            f' editable="{int(cell.fill is Fill.INPUT)}" dirty="0" borderFillIDRef="{cell.fill.value}">'
            '<hp:subList id="" textDirection="HORIZONTAL" lineWrap="BREAK" vertAlign="CENTER" linkListIDRef="0"'
            ' linkListNextIDRef="0" textWidth="0" textHeight="0" hasTextRef="0" hasNumRef="0">'
            f'<hp:p id="0" paraPrIDRef="{cell.align.value + _IN_TABLE}" pageBreak="0" {_PLAIN_PARAGRAPH}>'
            f"{_format_run(cell.text, cell.font)}</hp:p></hp:subList>"
            f'<hp:cellAddr colAddr="{column}" rowAddr="{row}"/><hp:cellSpan colSpan="{cell.across}" rowSpan="1"/>'
            f'<hp:cellSz width="{width}" height="{_ROW}"/>'
            '<hp:cellMargin left="280" right="280" top="140" bottom="140"/></hp:tc>'
        )
        column += cell.across
    return "".join(parts)


def _format_page(*, landscape: bool) -> str:
    """Return the first paragraph, which has the page: Hangul turns the paper itself where it is landscape."""
    width, height = map(_units, _A4)
    margin = _units(_MARGIN)
    notes = "".join(
        f'<hp:{kind}><hp:autoNumFormat type="DIGIT" userChar="" prefixChar="" suffixChar=")" supscript="0"/>'
        '<hp:noteLine length="-1" type="SOLID" width="0.12 mm" color="#000000"/>'
        '<hp:noteSpacing betweenNotes="283" belowLine="567" aboveLine="850"/>'
        f'<hp:numbering type="CONTINUOUS" newNum="1"/><hp:placement place="{place}" beneathText="0"/></hp:{kind}>'
        for kind, place in (("footNotePr", "EACH_COLUMN"), ("endNotePr", "END_OF_DOCUMENT"))
    )
    borders = "".join(
        f'<hp:pageBorderFill type="{kind}" borderFillIDRef="1" textBorder="PAPER" headerInside="0" footerInside="0"'
        ' fillArea="PAPER"><hp:offset left="1417" right="1417" top="1417" bottom="1417"/></hp:pageBorderFill>'
        for kind in ("BOTH", "EVEN", "ODD")
    )
    return (
        f'<hp:p id="0" paraPrIDRef="0" pageBreak="0" {_PLAIN_PARAGRAPH}><hp:run charPrIDRef="0">'
        '<hp:secPr id="" textDirection="HORIZONTAL" spaceColumns="1134" tabStop="8000" tabStopVal="4000"'
        ' tabStopUnit="HWPUNIT" outlineShapeIDRef="0" memoShapeIDRef="0" textVerticalWidthHead="0" masterPageCnt="0">'
        '<hp:grid lineGrid="0" charGrid="0" wonggojiFormat="0"/>'
        '<hp:startNum pageStartsOn="BOTH" page="0" pic="0" tbl="0" equation="0"/>'
        '<hp:visibility hideFirstHeader="0" hideFirstFooter="0" hideFirstMasterPage="0" border="SHOW_ALL"'
        ' fill="SHOW_ALL" hideFirstPageNum="0" hideFirstEmptyLine="0" showLineNumber="0"/>'
        '<hp:lineNumberShape restartType="0" countBy="0" distance="0" startNumber="0"/>'
        f'<hp:pagePr landscape="{"NARROWLY" if landscape else "WIDELY"}" width="{width}" height="{height}"'
        ' gutterType="LEFT_ONLY">'
        f'<hp:margin header="{margin // 2}" footer="{margin // 2}" gutter="0" left="{margin}" right="{margin}"'
        f' top="{margin}" bottom="{margin}"/></hp:pagePr>{notes}{borders}</hp:secPr>'
        '<hp:ctrl><hp:colPr id="" type="NEWSPAPER" layout="LEFT" colCount="1" sameSz="1" sameGap="0"/></hp:ctrl>'
        "</hp:run></hp:p>"
    )


_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes" ?>'
_SCHEMA = "http://www.hancom.co.kr/hwpml/2011"
_NAMESPACES = " ".join(
    f'xmlns:{prefix}="{_SCHEMA}/{name}"'
    for prefix, name in (("hp", "paragraph"), ("hs", "section"), ("hc", "core"), ("hh", "head"), ("ha", "app"))
)
_VERSION = (
    f'{_XML}<hv:HCFVersion xmlns:hv="{_SCHEMA}/version" tagetApplication="WORDPROCESSOR" major="5" minor="1"'
    ' micro="0" buildNumber="1" os="1" xmlVersion="1.4" application="smartcert" appVersion="1"/>'
)
_CONTAINER = (
    f'{_XML}<ocf:container xmlns:ocf="urn:oasis:names:tc:opendocument:xmlns:container"'
    ' xmlns:hpf="http://www.hancom.co.kr/schema/2011/hpf"><ocf:rootfiles>'
    '<ocf:rootfile full-path="Contents/content.hpf" media-type="application/hwpml-package+xml"/>'
    '<ocf:rootfile full-path="Preview/PrvText.txt" media-type="text/plain"/></ocf:rootfiles></ocf:container>'
)
_MANIFEST = f'{_XML}<odf:manifest xmlns:odf="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
_SETTINGS = (
    f'{_XML}<ha:HWPApplicationSetting xmlns:ha="{_SCHEMA}/app">'
    '<ha:CaretPosition listIDRef="0" paraIDRef="0" pos="0"/></ha:HWPApplicationSetting>'
)
_PACKAGE = (
    _XML + '<opf:package xmlns:opf="http://www.idpf.org/2007/opf/" version="" unique-identifier="" id="">'
    "<opf:metadata><opf:title>{title}</opf:title><opf:language>{language}</opf:language></opf:metadata>"
    '<opf:manifest><opf:item id="header" href="Contents/header.xml" media-type="application/xml"/>'
    '<opf:item id="section0" href="Contents/section0.xml" media-type="application/xml"/>'
    '<opf:item id="settings" href="settings.xml" media-type="application/xml"/></opf:manifest>'
    '<opf:spine><opf:itemref idref="header" linear="yes"/><opf:itemref idref="section0" linear="yes"/></opf:spine>'
    "</opf:package>"
)
_SCRIPTS = ("hangul", "latin", "hanja", "japanese", "other", "symbol", "user")
_IN_TABLE = len(Align)
_FONTS = {
    # size in points, bold, colour
    Font.BODY: (10.5, False, "#000000"),
    Font.BOLD: (10.5, True, "#000000"),
    Font.TITLE: (15, True, "#000000"),
    Font.NOTE: (8, False, "#595959"),
    Font.TABLE: (9, False, "#000000"),
    Font.TABLE_BOLD: (9, True, "#000000"),
}
_FILLS = {Fill.HEADING: "#DCE6F1", Fill.INPUT: "#FFF2CC"}


def _format_all_scripts(name: str, value: int) -> str:
    values = " ".join(f'{script}="{value}"' for script in _SCRIPTS)
    return f"<hh:{name} {values}/>"


def _format_font(font: Font) -> str:
    size, bold, colour = _FONTS[font]
    return (
        f'<hh:charPr id="{font.value}" height="{round(size * 100)}" textColor="{colour}" shadeColor="none"'
        ' useFontSpace="0" useKerning="0" symMark="NONE" borderFillIDRef="2">'
        f"{_format_all_scripts('fontRef', 0)}{_format_all_scripts('ratio', 100)}{_format_all_scripts('spacing', 0)}"
        f"{_format_all_scripts('relSz', 100)}{_format_all_scripts('offset', 0)}{'<hh:bold/>' if bold else ''}"
        '<hh:underline type="NONE" shape="SOLID" color="#000000"/><hh:strikeout shape="NONE" color="#000000"/>'
        '<hh:outline type="NONE"/><hh:shadow type="NONE" color="#C0C0C0" offsetX="10" offsetY="10"/></hh:charPr>'
    )


def _format_alignment(align: Align, *, in_table: bool) -> str:
    number, spacing = align.value + _IN_TABLE * in_table, 130 if in_table else 160
    margins = "".join(f'<hc:{side} value="0" unit="HWPUNIT"/>' for side in ("intent", "left", "right", "prev", "next"))
    return (
        f'<hh:paraPr id="{number}" tabPrIDRef="0" condense="0" fontLineHeight="0" snapToGrid="1"'
        ' suppressLineNumbers="0" checked="0">'
        f'<hh:align horizontal="{align.name}" vertical="BASELINE"/><hh:heading type="NONE" idRef="0" level="0"/>'
        '<hh:breakSetting breakLatinWord="KEEP_WORD" breakNonLatinWord="KEEP_WORD" widowOrphan="0" keepWithNext="0"'
        ' keepLines="0" pageBreakBefore="0" lineWrap="BREAK"/><hh:autoSpacing eAsianEng="0" eAsianNum="0"/>'
        f'<hh:margin>{margins}</hh:margin><hh:lineSpacing type="PERCENT" value="{spacing}" unit="HWPUNIT"/>'
        '<hh:border borderFillIDRef="2" offsetLeft="0" offsetRight="0" offsetTop="0" offsetBottom="0" connect="0"'
        ' ignoreMargin="0"/></hh:paraPr>'
    )


def _format_border(number: int, line: str, colour: str | None) -> str:
    lines = "".join(
        f'<hh:{side}Border type="{line}" width="0.12 mm" color="#7F7F7F"/>'
        for side in ("left", "right", "top", "bottom")
    )
    brush = f'<hc:fillBrush><hc:winBrush faceColor="{colour}" hatchColor="#999999" alpha="0"/></hc:fillBrush>'
    return (
        f'<hh:borderFill id="{number}" threeD="0" shadow="0" centerLine="NONE" breakCellSeparateLine="0">'
        '<hh:slash type="NONE" Crooked="0" isCounter="0"/><hh:backSlash type="NONE" Crooked="0" isCounter="0"/>'
        f'{lines}<hh:diagonal type="SOLID" width="0.1 mm" color="#000000"/>{brush if colour else ""}</hh:borderFill>'
    )


def _format_header() -> str:
    faces = "".join(
        f'<hh:fontface lang="{script.upper()}" fontCnt="1">'
        '<hh:font id="0" face="맑은 고딕" type="TTF" isEmbedded="0"/></hh:fontface>'
        for script in _SCRIPTS
    )
    borders = [_format_border(1, "NONE", None), _format_border(2, "NONE", "none")]
    borders += [_format_border(fill.value, "SOLID", _FILLS.get(fill)) for fill in (Fill.PLAIN, *_FILLS)]
    paragraphs = [_format_alignment(align, in_table=in_table) for in_table in (False, True) for align in Align]
    return (
        f'{_XML}<hh:head {_NAMESPACES} version="1.4" secCnt="1">'
        '<hh:beginNum page="1" footnote="1" endnote="1" pic="1" tbl="1" equation="1"/><hh:refList>'
        f'<hh:fontfaces itemCnt="{len(_SCRIPTS)}">{faces}</hh:fontfaces>'
        f'<hh:borderFills itemCnt="{len(borders)}">{"".join(borders)}</hh:borderFills>'
        f'<hh:charProperties itemCnt="{len(Font)}">{"".join(map(_format_font, Font))}</hh:charProperties>'
        '<hh:tabProperties itemCnt="1"><hh:tabPr id="0" autoTabLeft="0" autoTabRight="0"/></hh:tabProperties>'
        f'<hh:paraProperties itemCnt="{len(paragraphs)}">{"".join(paragraphs)}</hh:paraProperties>'
        '<hh:styles itemCnt="1"><hh:style id="0" type="PARA" name="바탕글" engName="Normal" paraPrIDRef="0"'
        ' charPrIDRef="0" nextStyleIDRef="0" langID="1042" lockForm="0"/></hh:styles></hh:refList>'
        '<hh:compatibleDocument targetProgram="HWP201X"><hh:layoutCompatibility/></hh:compatibleDocument>'
        '<hh:docOption><hh:linkinfo path="" pageInherit="0" footnoteInherit="0"/></hh:docOption></hh:head>'
    )


_HEADER = _format_header()
