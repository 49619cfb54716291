"""Files as people send them: what stands in a form is read exactly, or asked; what is no form is told by its name.

All forms say the same (every figure 12, every own mark 3, 예) but for the cell of N01, or of N03 for yes and no.
"""

from __future__ import annotations

import io
import re
import struct
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from smartcert.io.formats.file_kind import FileKind, identify_file
from smartcert.io.formats.free_text import Certain, interpret_day
from smartcert.io.formats.xlsx import read_workbook
from smartcert.io.rounds.forms import Submission
from smartcert.io.rounds.package import read_package
from smartcert.reception.letters import list_letter_items
from smartcert.reception.take_in import identify_forms, read_submission
from smartcert.reporting.catalogue import Words
from smartcert.reporting.problems import describe_problem, translate
from smartcert.simulation.packages import build_zip
from tests.support.forms import changed_part, example_call
from tests.support.old_workbooks import RAISED as OLD_RAISED
from tests.support.old_workbooks import STRUCK as OLD_STRUCK
from tests.support.old_workbooks import WHITE as OLD_WHITE
from tests.support.old_workbooks import OldCell, as_xls
from tests.support.sent_forms import as_csv, as_hwpx, as_ods, as_xlsx, rows

TWELVE = "12"


@dataclass(frozen=True)
class Sent:
    """A file: its name and bytes, what is read for an indicator, and what is asked, the likely reading first."""

    name: str
    build: Callable[[], bytes]
    value: str | None = TWELVE
    asked: tuple[str, ...] = ()
    indicator: str = "N01"
    told: tuple[str, ...] = field(default=())


def number(value: str, code: str) -> Callable[[], bytes]:
    return lambda: as_xlsx(f's="1"><v>{value}</v>', number_format=code)


def text(inside: str) -> Callable[[], bytes]:
    return lambda: as_xlsx(f't="inlineStr"><is>{inside}</is>')


def csv_value(value: str, indicator: str = "N01") -> Callable[[], bytes]:
    return lambda: as_csv({indicator: value})


def hangul(inside: str, indicator: str = "N01", fonts: str = "") -> Callable[[], bytes]:
    return lambda: as_hwpx(inside, name=indicator, fonts=fonts)


def odt(attributes: str, inside: str, styles: str = "") -> Callable[[], bytes]:
    return lambda: as_ods(f"<table:table-cell {attributes}>{inside}</table:table-cell>", styles=styles)


def sheet(old: str, new: str) -> Callable[[], bytes]:
    return lambda: changed_part(as_xlsx(), "xl/worksheets/sheet1.xml", replacing(old, new))


def spreadsheet(old: str, new: str) -> Callable[[], bytes]:
    """Return a spreadsheet in which the last ``old`` before N01 is another text."""

    def change(content: bytes) -> bytes:
        before, after = content.decode().split(">N01<")
        head, found, tail = before.rpartition(old)
        assert found
        return f"{head}{new}{tail}>N01<{after}".encode()

    return lambda: changed_part(as_ods(), "content.xml", change)


def replacing(old: str, new: str) -> Callable[[bytes], bytes]:
    def change(part: bytes) -> bytes:
        assert part.count(old.encode()) == 1
        return part.replace(old.encode(), new.encode())

    return change


def run(inside: str, properties: str = "") -> str:
    return f"<r><rPr>{properties}</rPr><t>{inside}</t></r>"


RAISED, STRUCK = '<vertAlign val="superscript"/>', "<strike/>"
FONTS = (
    '<hh:charPr id="0"><hh:strikeout shape="3D"/></hh:charPr>'
    '<hh:charPr id="7"><hh:strikeout shape="SOLID"/></hh:charPr><hh:charPr id="8"><hh:supscript/></hh:charPr>'
)
MEMO = (
    '<hp:ctrl><hp:fieldBegin type="MEMO"><hp:subList><hp:p><hp:run><hp:t>확인 7</hp:t></hp:run></hp:p></hp:subList>'
    "</hp:fieldBegin></hp:ctrl>"
)
CLICK = (
    '<hp:ctrl><hp:fieldBegin type="CLICK_HERE"><hp:parameters><hp:stringParam name="Direction">'
    "여기에 3</hp:stringParam></hp:parameters></hp:fieldBegin></hp:ctrl>"
    "<hp:t>{}</hp:t><hp:ctrl><hp:fieldEnd/></hp:ctrl>"
)
MISSING = ("absent", "not_applicable")
BOXES = ("yes", "no", *MISSING)
UNSEEN = (TWELVE, *MISSING)
ROW = "<table:table-row>"
TRACKED = (
    "<table:tracked-changes><table:cell-content-change>"
    '<table:cell-address table:table="0" table:row="5" table:column="3"/><table:previous>'
    "<table:change-track-table-cell><text:p>7</text:p></table:change-track-table-cell></table:previous>"
    "</table:cell-content-change></table:tracked-changes>"
)
TEXT_BOX = (
    "<hp:rect><hp:drawText><hp:subList><hp:p><hp:run><hp:t>13</hp:t></hp:run></hp:p></hp:subList></hp:drawText>"
    "</hp:rect>"
)

XLSX: dict[str, Sent] = {
    "a plain form": Sent("a.xlsx", as_xlsx),
    "a value beside an inline text": Sent("a.xlsx", lambda: as_xlsx('t="inlineStr"><v>1212</v><is><t>12</t></is>')),
    "an inline text of a numeric cell": Sent("a.xlsx", lambda: as_xlsx("><is><t>12</t></is>")),
    "a footnote in superscript": Sent("a.xlsx", text(run("12") + run("1", RAISED)), None, ("12",)),
    "a footnote with its bracket": Sent("a.xlsx", text(run("12") + run("1)", RAISED)), None, ("12",)),
    "a lowered sign": Sent("a.xlsx", text(run("12") + run("2", '<vertAlign val="subscript"/>')), None, ("12",)),
    "a run on the line": Sent("a.xlsx", text(run("1") + run("2", '<vertAlign val="baseline"/>'))),
    "a struck digit": Sent("a.xlsx", text(run("1", STRUCK) + run("25")), None, ("25",)),
    "a struck number": Sent("a.xlsx", text(run("12", STRUCK)), None, (*MISSING, "12")),
    "a strike that is off": Sent("a.xlsx", text(run("12", '<strike val="0"/>'))),
    "a struck cell": Sent("a.xlsx", lambda: as_xlsx('s="1"><v>12</v>', font=STRUCK), None, (*MISSING, "12")),
    "a white cell": Sent("a.xlsx", lambda: as_xlsx('s="1"><v>12</v>', font='<color rgb="FFFFFFFF"/>'), None, UNSEEN),
    "a cell in the colour of the paper": Sent(
        "a.xlsx", lambda: as_xlsx('s="1"><v>12</v>', font='<color theme="0"/>'), None, UNSEEN
    ),
    "a cell in the colour of its fill": Sent(
        "a.xlsx",
        lambda: as_xlsx(
            's="1"><v>12</v>',
            font='<color rgb="FF00AA00"/>',
            fill='<patternFill patternType="solid"><fgColor rgb="0000aa00"/></patternFill>',
        ),
        None,
        UNSEEN,
    ),
    "a white cell on a dark fill": Sent(
        "a.xlsx",
        lambda: as_xlsx(
            's="1"><v>12</v>',
            font='<color indexed="9"/>',
            fill='<patternFill patternType="solid"><fgColor rgb="FF003366"/></patternFill>',
        ),
    ),
    "a grey cell": Sent("a.xlsx", lambda: as_xlsx('s="1"><v>12</v>', font='<color theme="0" tint="-0.35"/>')),
    "a white digit": Sent("a.xlsx", text(run("1", '<color rgb="FFFFFFFF"/>') + run("2")), None, UNSEEN),
    "a white digit of a shared text": Sent(
        "a.xlsx", lambda: as_xlsx('t="s"><v>0</v>', shared=run("1") + run("2", '<color indexed="1"/>')), None, UNSEEN
    ),
    "a coloured digit": Sent("a.xlsx", text(run("1", '<color rgb="FFFF0000"/>') + run("2"))),
    "a shared text with a footnote": Sent(
        "a.xlsx", lambda: as_xlsx('t="s"><v>0</v>', shared=run("12") + run("1", RAISED)), None, ("12",)
    ),
    "a phonetic reading": Sent("a.xlsx", text("<t>12</t><rPh sb='0' eb='1'><t>7</t></rPh>")),
    "a raised sign of Unicode": Sent("a.xlsx", text("<t>12¹</t>"), None, ("12",)),
    "an escaped carriage return": Sent("a.xlsx", text("<t>12_x000D_</t>")),
    "an escaped escape": Sent("a.xlsx", text("<t>_x005F_x000D_12</t>"), None, ()),
    "a format that says not applicable": Sent("a.xlsx", number("0", '0;-0;"해당없음"'), None, ("not_applicable", "0")),
    "a format that hides": Sent("a.xlsx", number("12", ";;;"), None, ("12", *MISSING)),
    "a format that hides zero": Sent("a.xlsx", number("0", "#,###"), None, ("0", *MISSING)),
    "a format without minus": Sent("a.xlsx", number("-5", "0;0"), None, ("5", "-5")),
    "a format with a minus of its own": Sent("a.xlsx", number("-0.5", "0.0;△0.0"), None, ("-0.5",)),
    "a format of thousands": Sent("a.xlsx", number("1234567", "#,##0,"), None, ("1235", "1234567")),
    "a format that adds a digit": Sent("a.xlsx", number("12", '0"0"'), None, ("120", "12")),
    "a format with the unit": Sent("a.xlsx", number("12", '0"건"')),
    "a format with a condition": Sent("a.xlsx", number("0", '[=0]"해당없음";0'), None, ("not_applicable", "0")),
    "an accountant's zero": Sent("a.xlsx", number("0", '_-* #,##0_-;-* #,##0_-;_-* "-"_-;_-@_-'), "0"),
    "grouped digits": Sent("a.xlsx", number("12", "#,##0")),
    "a fraction": Sent("a.xlsx", number("12", "# ?/?"), None, ("12", *MISSING)),
    "days from 1904": Sent("a.xlsx", lambda: as_xlsx(workbook='<workbookPr date1904="1"/>')),
    "parts with backslashes": Sent(
        "a.xlsx",
        lambda: as_xlsx(
            rename={
                "xl/workbook.xml": "xl\\workbook.xml",
                "xl/_rels/workbook.xml.rels": "xl\\_rels\\workbook.xml.rels",
                "xl/worksheets/sheet1.xml": "xl\\worksheets\\sheet1.xml",
            }
        ),
    ),
    "parts in other case": Sent(
        "a.xlsx",
        lambda: as_xlsx(
            rename={"xl/worksheets/sheet1.xml": "xl/Worksheets/Sheet1.XML", "xl/styles.xml": "xl/Styles.xml"}
        ),
    ),
    "a row that is hidden": Sent("a.xlsx", sheet('<row r="6">', '<row r="6" hidden="1">'), None, UNSEEN),
    "a row that a filter hides": Sent(
        "a.xlsx", sheet('<row r="6">', '<row r="6" spans="1:6" hidden="true">'), None, UNSEEN
    ),
    "a row without height": Sent("a.xlsx", sheet('<row r="6">', '<row r="6" ht="0" customHeight="1">'), None, UNSEEN),
    "a row of its own height": Sent("a.xlsx", sheet('<row r="6">', '<row r="6" ht="10.5" hidden="0">')),
    "a hidden column of units": Sent(
        "a.xlsx", sheet("<sheetData>", '<cols><col min="3" max="3" hidden="1"/></cols><sheetData>')
    ),
    "a protected sheet": Sent("a.xlsx", sheet("</sheetData>", '</sheetData><sheetProtection sheet="1"/>')),
    "a figure under a merged cell": Sent(
        "a.xlsx",
        sheet("</sheetData>", '</sheetData><mergeCells><mergeCell ref="D5:D6"/></mergeCells>'),
        None,
        (TWELVE,),
    ),
    "comments and threads": Sent(
        "a.xlsx",
        lambda: as_xlsx(
            more={
                "xl/comments1.xml": b'<comments><comment ref="D6"><text><t>13</t></text></comment></comments>',
                "xl/threadedComments/threadedComment1.xml": b"<ThreadedComments/>",
            }
        ),
    ),
    "a number with a power": Sent("a.xlsx", lambda: as_xlsx("><v>1.2E+1</v>")),
    "a number shown with a power": Sent("a.xlsx", number("1234567", "0.00E+00"), None, ("1234567", *MISSING)),
    "a percentage of data sets": Sent("a.xlsx", number("0.12", "0%"), None, ("0.12", "12")),
    "a time of day": Sent("a.xlsx", number("0.5", "hh:mm"), None, ("0.5", *MISSING)),
    "a formula of a text": Sent("a.xlsx", lambda: as_xlsx('t="str"><f>"1"&amp;"2"</f><v>12</v>')),
    "a day of a strict workbook": Sent("a.xlsx", lambda: as_xlsx('t="d"><v>2023-10-24T00:00:00</v>'), None),
}
CSV: dict[str, Sent] = {
    "a line that says the separator": Sent("a.csv", lambda: b"sep=;\r\n" + as_csv(encoding="utf-8", separator=";")),
    "a misspelt number beside the name": Sent("a.csv", lambda: as_csv().replace(b"N01,", b"N0l,")),
    "utf-8": Sent("a.csv", as_csv),
    "cp949": Sent("a.csv", lambda: as_csv(encoding="cp949")),
    "semicolons": Sent("a.csv", lambda: as_csv(separator=";")),
    "a circled footnote": Sent("a.csv", csv_value("12①"), None, ("12",)),
    "a black circled footnote": Sent("a.csv", csv_value("12❶"), None, ("12",)),
    "a footnote with a bracket": Sent("a.csv", csv_value("12 1)"), None, ("12",)),
    "a note's number": Sent("a.csv", csv_value("12주1)"), None, ("12",)),
    "an asterisk": Sent("a.csv", csv_value("12*"), None, ("12",)),
    "struck by Unicode": Sent("a.csv", csv_value("1\u033625"), None, ("25",)),
    "full-width digits": Sent("a.csv", csv_value("１２")),
    "a comma that is not quoted": Sent(
        "a.csv", lambda: as_csv(line="N01,공공데이터 개방 건수,건,1,234,증빙.pdf,3"), None, ("1234", *MISSING)
    ),
    "two commas that are not quoted": Sent(
        "a.csv", lambda: as_csv(line="N01,공공데이터 개방 건수,건,1,234,567,증빙.pdf,3"), None, ("1234567", *MISSING)
    ),
    "a comma that hides in the document": Sent(
        "a.csv", lambda: as_csv(line="N01,공공데이터 개방 건수,건,1,234,증빙.pdf"), None, ("1234", *MISSING)
    ),
    "a row longer for another reason": Sent(
        "a.csv", lambda: as_csv(line="N01,공공데이터 개방 건수,건,12,증빙.pdf,3,확인"), None, ("12", *MISSING)
    ),
    "a mark alone": Sent("a.csv", csv_value("①"), None),
    "decomposed Hangul": Sent("a.csv", csv_value("\u1103\u1161\u110b\u1161\u1102\u1175", "N03"), None, (), "N03"),
}
HWPX: dict[str, Sent] = {
    "a plain document": Sent("a.hwpx", as_hwpx),
    "idle scripts": Sent(
        "a.hwpx",
        lambda: as_hwpx(
            more={
                "Scripts/headerScripts.js": "var Documents = XHwpDocuments;\r\n".encode("utf-16"),
                "Scripts/sourceScripts.js": "function OnDocument_New()\r\n{\r\n\t//todo : \r\n}\r\n".encode("utf-16"),
            }
        ),
    ),
    "white letters": Sent(
        "a.hwpx",
        lambda: as_hwpx(
            '<hp:t>1</hp:t></hp:run><hp:run charPrIDRef="9"><hp:t>2</hp:t>',
            fonts='<hh:charPr id="9" textColor="#FFFFFF" shadeColor="none"/>',
        ),
        None,
        UNSEEN,
    ),
    "white letters on a shade": Sent(
        "a.hwpx",
        lambda: as_hwpx(
            '<hp:t>1</hp:t></hp:run><hp:run charPrIDRef="9"><hp:t>2</hp:t>',
            fonts='<hh:charPr id="9" textColor="#FFFFFF" shadeColor="#003366"/>',
        ),
    ),
    "letters in the colour of their shade": Sent(
        "a.hwpx",
        lambda: as_hwpx(
            '<hp:t>1</hp:t></hp:run><hp:run charPrIDRef="9"><hp:t>2</hp:t>',
            fonts='<hh:charPr id="9" textColor="#ffcc00" shadeColor="#FFCC00"/>',
        ),
        None,
        UNSEEN,
    ),
    "a memo inside": Sent("a.hwpx", hangul(f"<hp:t>1,2</hp:t>{MEMO}<hp:t>34</hp:t>"), "1234"),
    "a footnote of the program": Sent(
        "a.hwpx",
        hangul(
            "<hp:t>12</hp:t><hp:ctrl><hp:footNote><hp:subList><hp:p><hp:run><hp:t>7</hp:t></hp:run></hp:p></hp:subList></hp:footNote></hp:ctrl>"
        ),
    ),
    "a field that was filled in": Sent("a.hwpx", hangul(CLICK.format("12"))),
    "a field that was left": Sent("a.hwpx", hangul(CLICK.format("여기에 3")), None, MISSING),
    "an edit field": Sent("a.hwpx", hangul('<hp:edit name="e"><hp:text>12</hp:text></hp:edit>')),
    "a chosen item": Sent(
        "a.hwpx",
        hangul(
            '<hp:comboBox selectedValue="b"><hp:listItem value="a" displayText="7"/>'
            '<hp:listItem value="b" displayText="12"/></hp:comboBox>'
        ),
    ),
    "a struck run": Sent(
        "a.hwpx",
        hangul(
            '<hp:t>1</hp:t></hp:run><hp:run charPrIDRef="7"><hp:t>9</hp:t></hp:run><hp:run><hp:t>2</hp:t>', fonts=FONTS
        ),
        None,
        ("12",),
    ),
    "a raised run": Sent(
        "a.hwpx", hangul('<hp:t>12</hp:t></hp:run><hp:run charPrIDRef="8"><hp:t>1</hp:t>', fonts=FONTS), None, ("12",)
    ),
    "a strikeout that is none": Sent("a.hwpx", hangul("<hp:t>12</hp:t>", fonts=FONTS)),
    "a circled sign over letters": Sent(
        "a.hwpx", hangul('<hp:t>12</hp:t><hp:compose composeText="1"/>'), None, ("12",)
    ),
    "a tracked deletion": Sent(
        "a.hwpx", hangul("<hp:t><hp:deleteBegin/>1<hp:deleteEnd/>25</hp:t>"), None, ("25", *MISSING)
    ),
    "a tracked insertion": Sent(
        "a.hwpx", hangul("<hp:t>1<hp:insertBegin/>2<hp:insertEnd/></hp:t>"), None, ("12", *MISSING)
    ),
    **{
        f"boxes: {words}": Sent("a.hwpx", hangul(f"<hp:t>{words}</hp:t>", "N03"), value, asked, "N03")
        for words, value, asked in (
            ("■ 예  □ 아니오", "yes", ()),
            ("□ 예  ■ 아니오", "no", ()),
            ("☑예 ☐아니오", "yes", ()),
            ("☒ 예 / ☐ 아니오", "yes", ()),
            ("예(○), 아니오( )", "yes", ()),
            ("[ ] 예 [v] 아니오", "no", ()),
            ("○예 ●아니오", "no", ()),
            ("예 ■ 아니오 □", "yes", ()),
            ("☑ 예", "yes", ()),
            ("■", "yes", ()),
            ("□ 예 □ 아니오 ■ 해당없음", "not_applicable", ()),
            ("□ 예 □ 아니오", None, BOXES),
            ("■ 예 ■ 아니오", None, BOXES),
            ("□", None, BOXES),
        )
    },
    "a text box over the cell": Sent("a.hwpx", hangul(f"<hp:t>12</hp:t>{TEXT_BOX}"), None, (TWELVE, *MISSING)),
    "a line over the cell": Sent("a.hwpx", hangul("<hp:t>12</hp:t><hp:line/>"), None, (TWELVE, *MISSING)),
    "a tracked deletion of all": Sent("a.hwpx", hangul("<hp:t><hp:deleteBegin/>12<hp:deleteEnd/></hp:t>"), None),
    "an endnote": Sent(
        "a.hwpx",
        hangul(
            "<hp:t>12</hp:t><hp:ctrl><hp:endNote><hp:subList><hp:p><hp:run><hp:t>7</hp:t></hp:run></hp:p></hp:subList></hp:endNote></hp:ctrl>"
        ),
    ),
    "a hidden comment": Sent(
        "a.hwpx",
        hangul(
            "<hp:ctrl><hp:hiddenComment><hp:subList><hp:p><hp:run><hp:t>9</hp:t></hp:run></hp:p></hp:subList>"
            "</hp:hiddenComment></hp:ctrl><hp:t>12</hp:t>"
        ),
    ),
    "a calculated field": Sent(
        "a.hwpx",
        hangul(
            '<hp:ctrl><hp:fieldBegin type="FORMULA"><hp:parameters><hp:stringParam name="Command">=SUM(A1:A2)'
            "</hp:stringParam></hp:parameters></hp:fieldBegin></hp:ctrl><hp:t>12</hp:t><hp:ctrl><hp:fieldEnd/></hp:ctrl>"
        ),
    ),
    "a link": Sent(
        "a.hwpx",
        hangul('<hp:ctrl><hp:fieldBegin type="HYPERLINK"/></hp:ctrl><hp:t>12</hp:t><hp:ctrl><hp:fieldEnd/></hp:ctrl>'),
    ),
    "a reading over the figure": Sent(
        "a.hwpx", hangul("<hp:dutmal><hp:mainText>12</hp:mainText><hp:subText>7</hp:subText></hp:dutmal>")
    ),
    "a wide blank in a figure": Sent("a.hwpx", hangul("<hp:t>1<hp:fwSpace/>234</hp:t>"), None, ("1234",)),
    "a line that ends in a figure": Sent("a.hwpx", hangul("<hp:t>1<hp:lineBreak/>2</hp:t>"), None),
    "a box of the program": Sent(
        "a.hwpx",
        hangul('<hp:checkBtn caption="예" value="CHECKED"/><hp:checkBtn caption="아니오" value="UNCHECKED"/>', "N03"),
        "yes",
        indicator="N03",
    ),
}
ODS: dict[str, Sent] = {
    "a row that is hidden": Sent("a.ods", spreadsheet(ROW, f'{ROW[:-1]} table:visibility="collapse">'), None, UNSEEN),
    "a row that a filter hides": Sent(
        "a.ods", spreadsheet(ROW, f'{ROW[:-1]} table:visibility="filter">'), None, UNSEEN
    ),
    "a white cell": Sent(
        "a.ods",
        odt(
            'office:value-type="float" office:value="12" table:style-name="C1"',
            "<text:p>12</text:p>",
            '<style:style style:name="C1"><style:table-cell-properties fo:background-color="transparent"/>'
            '<style:text-properties fo:color="#ffffff"/></style:style>',
        ),
        None,
        UNSEEN,
    ),
    "a white cell on a dark ground": Sent(
        "a.ods",
        odt(
            'office:value-type="float" office:value="12" table:style-name="C1"',
            "<text:p>12</text:p>",
            '<style:style style:name="C1"><style:table-cell-properties fo:background-color="#003366"/>'
            '<style:text-properties fo:color="#ffffff"/></style:style>',
        ),
    ),
    "a white span": Sent(
        "a.ods",
        odt(
            'office:value-type="string"',
            '<text:p><text:span text:style-name="T1">1</text:span>2</text:p>',
            '<style:style style:name="T1"><style:text-properties fo:color="#FFFFFF"/></style:style>',
        ),
        None,
        UNSEEN,
    ),
    "a row that is repeated": Sent("a.ods", spreadsheet(ROW, f'{ROW[:-1]} table:number-rows-repeated="2">')),
    "a cell that is repeated": Sent(
        "a.ods",
        odt('office:value-type="float" office:value="12" table:number-columns-repeated="2"', "<text:p>12</text:p>"),
    ),
    "a covered cell": Sent(
        "a.ods",
        lambda: as_ods(
            '<table:covered-table-cell office:value-type="float" office:value="12"><text:p>12</text:p>'
            "</table:covered-table-cell>"
        ),
        None,
        MISSING,
    ),
    "a tracked change": Sent(
        "a.ods",
        spreadsheet("<office:spreadsheet>", f"<office:spreadsheet>{TRACKED}"),
        None,
        (TWELVE, *MISSING),
    ),
    "a time of day": Sent(
        "a.ods", odt('office:value-type="time" office:time-value="PT12H00M00S"', "<text:p>12:00</text:p>"), None
    ),
    "a plain spreadsheet": Sent("a.ods", as_ods),
    "a number": Sent("a.ods", odt('office:value-type="float" office:value="12"', "<text:p>12</text:p>")),
    "a number that looks like a word": Sent(
        "a.ods",
        odt('office:value-type="float" office:value="0"', "<text:p>해당없음</text:p>"),
        None,
        ("not_applicable", "0"),
    ),
    "an annotation": Sent(
        "a.ods",
        odt(
            'office:value-type="string"', "<office:annotation><text:p>7</text:p></office:annotation><text:p>12</text:p>"
        ),
    ),
    "a raised span": Sent(
        "a.ods",
        odt(
            'office:value-type="string"',
            '<text:p>12<text:span text:style-name="T1">1</text:span></text:p>',
            '<style:style style:name="T1"><style:text-properties style:text-position="super 58%"/></style:style>',
        ),
        None,
        ("12",),
    ),
    "a struck span": Sent(
        "a.ods",
        odt(
            'office:value-type="string"',
            '<text:p><text:span text:style-name="T1">1</text:span>25</text:p>',
            '<style:style style:name="T1"><style:text-properties style:text-line-through-style="solid"/></style:style>',
        ),
        None,
        ("25",),
    ),
}


def old(value: float | str, **looks: Any) -> Callable[[], bytes]:
    return lambda: as_xls(OldCell(value=value, **looks))


XLS: dict[str, Sent] = {
    "a plain old workbook": Sent("a.xls", as_xls),
    "a figure as text": Sent("a.xls", old("12")),
    "an old workbook of a Macintosh": Sent("a.xls", lambda: as_xls(dates_1904=True)),
    "a footnote in superscript": Sent("a.xls", old("121", runs=((0, 0), (2, OLD_RAISED))), None, ("12",)),
    "a struck digit": Sent("a.xls", old("125", runs=((0, OLD_STRUCK), (1, 0))), None, ("25",)),
    "a struck cell": Sent("a.xls", old(12.0, font=OLD_STRUCK), None, (*MISSING, "12")),
    "a chart on the sheet": Sent("a.xls", lambda: as_xls(chart=True)),
    "a chart on the sheet with a struck cell": Sent(
        "a.xls", lambda: as_xls(OldCell(value=12.0, font=OLD_STRUCK), chart=True), None, (*MISSING, "12")
    ),
    "a white cell": Sent("a.xls", old(12.0, font=OLD_WHITE), None, UNSEEN),
    "a white digit": Sent("a.xls", old("12", runs=((0, OLD_WHITE), (1, 0))), None, UNSEEN),
    "a raised cell": Sent("a.xls", old(12.0, font=OLD_RAISED), None, ("12", *MISSING)),
    "a circled sign": Sent("a.xls", old("12①"), None, ("12",)),
    "a format that says not applicable": Sent(
        "a.xls", old(0.0, number_format='0;-0;"해당없음"'), None, ("not_applicable", "0")
    ),
    "a format with a larger unit": Sent("a.xls", old(12.0, number_format='0"천건"'), None, ("12000", "12")),
    "a format of thousands": Sent("a.xls", old(1234567.0, number_format="#,##0,"), None, ("1235", "1234567")),
    "a format that hides": Sent("a.xls", old(12.0, number_format=";;;"), None, ("12", *MISSING)),
    "a row that is hidden": Sent("a.xls", lambda: as_xls(hidden_row=6), None, UNSEEN),
    "a format of days": Sent("a.xls", old(12.0, number_format="yyyy-mm-dd"), None, ("1900-01-12", *MISSING)),
}
_AROUND = "hp:tbl><hp:tr><hp:tc><hp:subList><hp:p><hp:run><hp:t>9</hp:t></hp:run></hp:p></hp:subList>"
NASTY: dict[str, Sent] = {
    "a sign of its own in superscript": Sent("a.xlsx", text(run("12") + run("*", RAISED)), None, ("12",)),
    "a format with another unit": Sent("a.xlsx", number("12", '0"점"'), None, ("12",)),
    "a format with a larger unit": Sent("a.xlsx", number("12", '#,##0"천건"'), None, ("12000", "12")),
    "a format that says about": Sent("a.xlsx", number("12", '"약 "0'), None, ("12",)),
    "a format with a remark": Sent("a.xlsx", number("12", '0"건(예정 포함)"'), None, ("12",)),
    "a format of millions": Sent("a.xlsx", number("12000000", '0.0,,"백만"'), None, ("12000000", "12")),
    "a format of fractions": Sent("a.xlsx", number("12.5", "# ?/?"), None, ("12.5", *MISSING)),
    "a format with a condition": Sent("a.xlsx", number("12", '[>10]"초과";0'), None, ("12",)),
    "a cell of yes or no": Sent("a.xlsx", lambda: as_xlsx('t="b"><v>1</v>'), None),
    "a day of ISO": Sent("a.xlsx", lambda: as_xlsx('t="d"><v>2023-01-12</v>'), None, ("2023-01-12", *MISSING)),
    "an error": Sent("a.xlsx", lambda: as_xlsx('t="e"><v>#DIV/0!</v>'), None, MISSING),
    "a formula never calculated": Sent("a.xlsx", lambda: as_xlsx("><f>6+6</f>"), None, MISSING),
    "an escaped digit": Sent("a.xlsx", text("<t>_x0031_2</t>")),
    "a struck second figure": Sent("a.xlsx", text(run("12") + run("13", STRUCK)), None, ("12",)),
    "an unseen sign in a figure": Sent("a.xlsx", text("<t>1\u200b2</t>"), None),
    "a figure turned around": Sent("a.xlsx", text("<t>\u202e21</t>"), None),
    "figures of another script": Sent("a.xlsx", text("<t>١٢</t>"), None),
    "a circled figure alone": Sent("a.xlsx", text("<t>⑫</t>"), None, ("12", *MISSING)),
    "a true minus": Sent("a.xlsx", text("<t>\u221212</t>"), None, ("-12",)),
    "an apostrophe": Sent("a.xlsx", text("<t>'12</t>"), None, ("12",)),
    "a point behind": Sent("a.xlsx", text("<t>12.</t>"), None, ("12",)),
    "thousands with a blank": Sent("a.xlsx", text("<t>1 234</t>"), None, ("1234",)),
    "two figures with a blank": Sent("a.xlsx", text("<t>12 13</t>"), None, ()),
    "a figure and last year's": Sent("a.xlsx", text("<t>12\n(전년 10)</t>"), None, ()),
    "a figure in Hangul": Sent("a.xlsx", text("<t>십이</t>"), None, ()),
    "a text that Excel keeps as text": Sent("a.csv", csv_value('="12"'), None, ("12",)),
    "an end of a line in a cell": Sent("a.csv", csv_value("12\n")),
    "values parted by semicolons": Sent("a.csv", lambda: as_csv(separator=";")),
    "values parted by tabs": Sent("a.csv", lambda: as_csv(separator="\t")),
    "a figure in two runs": Sent("a.hwpx", hangul('<hp:t>1</hp:t></hp:run><hp:run charPrIDRef="0"><hp:t>2</hp:t>')),
    "two paragraphs": Sent("a.hwpx", hangul("<hp:t>12</hp:t></hp:run></hp:p><hp:p><hp:run><hp:t>13</hp:t>"), None, ()),
    "a table in a cell": Sent(
        "a.hwpx",
        hangul(
            f'<hp:t>12</hp:t><{_AROUND}<hp:cellAddr colAddr="0" rowAddr="0"/><hp:cellSpan colSpan="1" rowSpan="1"/>'
            "</hp:tc></hp:tr></hp:tbl>"
        ),
        None,
        ("12", *MISSING),
    ),
    "a picture beside": Sent("a.hwpx", hangul("<hp:t>12</hp:t><hp:pic/>"), None, ("12", *MISSING)),
    "an equation beside": Sent(
        "a.hwpx",
        hangul("<hp:t>12</hp:t><hp:equation><hp:script>over 3</hp:script></hp:equation>"),
        None,
        ("12", *MISSING),
    ),
    "a number of its own before": Sent(
        "a.hwpx", hangul('<hp:ctrl><hp:autoNum num="1"/></hp:ctrl><hp:t>12</hp:t>'), None, ("12", *MISSING)
    ),
    "a footnote with its number": Sent(
        "a.hwpx",
        hangul(
            "<hp:t>12</hp:t><hp:ctrl><hp:footNote><hp:subList><hp:p><hp:run><hp:ctrl><hp:autoNum num='1'/></hp:ctrl>"
            "<hp:t>3</hp:t></hp:run></hp:p></hp:subList></hp:footNote></hp:ctrl>"
        ),
    ),
    "a tab in a figure": Sent("a.hwpx", hangul("<hp:t>1<hp:tab/>2</hp:t>"), None, ()),
    "a highlighted figure": Sent("a.hwpx", hangul("<hp:t><hp:markpenBegin/>12<hp:markpenEnd/></hp:t>")),
    "a percentage of a spreadsheet": Sent(
        "a.ods", odt('office:value-type="percentage" office:value="0.12"', "<text:p>12%</text:p>"), None, ("0.12", "12")
    ),
    "a currency": Sent(
        "a.ods", odt('office:value-type="currency" office:value="12"', "<text:p>₩12</text:p>"), None, ("12",)
    ),
    "two paragraphs of a spreadsheet": Sent(
        "a.ods", odt('office:value-type="string"', "<text:p>12</text:p><text:p>13</text:p>"), None, ()
    ),
    "a note of a spreadsheet": Sent(
        "a.ods",
        odt(
            'office:value-type="string"',
            "<text:p>12<text:note><text:note-citation>1</text:note-citation></text:note></text:p>",
        ),
    ),
}
SENT = {
    f"{kind}: {name}": sent
    for kind, table in (
        *(("xlsx", XLSX), ("csv", CSV), ("hwpx", HWPX), ("ods", ODS), ("xls", XLS)),
        ("nasty", NASTY),
    )
    for name, sent in table.items()
}


def read(name: str, data: bytes, folder: Path) -> Submission:
    path = folder / name
    path.write_bytes(data)
    call = example_call()
    package = read_package(path, identify_forms(call))
    assert not package.problems
    forms = [(form.name, form.data) for form in package.forms]
    return read_submission(forms, package.name, package.doubts, call, {})


def written(submission: Submission, indicator: str) -> str | None:
    value = submission.claims[indicator].value
    if value is None or isinstance(value, str):
        return value
    return {"N03": {0: "no", 1: "yes"}}.get(indicator, {}).get(int(value), str(value))


@pytest.mark.parametrize("name", SENT)
def test_a_figure_is_what_stands_there_or_a_question(name: str, tmp_path: Path) -> None:
    sent = SENT[name]
    submission = read(sent.name, sent.build(), tmp_path)
    assert [str(problem) for problem in submission.problems] == list(sent.told)
    assert written(submission, sent.indicator) == sent.value
    if sent.value is None:
        (question,) = submission.questions
        assert question.indicator == sent.indicator
        if sent.asked:
            assert question.readings == sent.asked
    else:
        assert submission.questions == []
    others = {key for key in submission.claims if key not in (sent.indicator, "N03", "N12", "N13", "N14", "N28")}
    assert {written(submission, key) for key in others} == {TWELVE}


def test_there_are_many_kinds_of_files() -> None:
    assert len(SENT) >= 160


HIDDEN_STYLE = (
    '<style:style style:name="t" style:family="table"><style:table-properties table:display="false"/></style:style>'
)
ALL_UNSEEN: dict[str, tuple[str, Callable[[], bytes]]] = {
    "a hidden column of a workbook": (
        "a.xlsx",
        sheet("<sheetData>", '<cols><col min="4" max="16384" width="9" hidden="1"/></cols><sheetData>'),
    ),
    "a column without width": (
        "a.xlsx",
        sheet("<sheetData>", '<cols><col min="4" max="4" width="0" customWidth="1"/></cols><sheetData>'),
    ),
    "a hidden sheet": ("a.xlsx", lambda: hide_sheet("hidden")),
    "a sheet that no menu shows": ("a.xlsx", lambda: hide_sheet("veryHidden")),
    "a hidden column of a spreadsheet": (
        "a.ods",
        spreadsheet(
            '<table:table table:name="D1">',
            '<table:table table:name="D1"><table:table-column table:number-columns-repeated="3"/>'
            '<table:table-column table:visibility="collapse"/>',
        ),
    ),
    "a hidden sheet of a spreadsheet": (
        "a.ods",
        lambda: changed_part(
            as_ods(styles=HIDDEN_STYLE),
            "content.xml",
            replacing('<table:table table:name="D1">', '<table:table table:name="D1" table:style-name="t">'),
        ),
    ),
    "a hidden column of an old workbook": ("a.xls", lambda: as_xls(hidden_column=4)),
    "a hidden sheet of an old workbook": ("a.xls", lambda: as_xls(hidden_sheet=True)),
}


def hide_sheet(state: str) -> bytes:
    return changed_part(as_xlsx(), "xl/workbook.xml", replacing('name="D1"', f'name="D1" state="{state}"'))


@pytest.mark.parametrize("name", ALL_UNSEEN)
def test_a_figure_that_nobody_sees_is_asked(name: str, tmp_path: Path) -> None:
    file, build = ALL_UNSEEN[name]
    submission = read(file, build(), tmp_path)
    assert submission.problems == []
    assert {question.why.ko for question in submission.questions} == {"숨긴 행, 열이나 시트에 적힌 값"}
    assert {question.indicator for question in submission.questions} == set(submission.claims)
    assert {question.readings[0] for question in submission.questions} == {TWELVE, "yes"}


def test_a_hidden_copy_of_what_people_see_changes_nothing(tmp_path: Path) -> None:
    seen = read("a.zip", build_zip({"a.xlsx": as_xlsx(), "b.xlsx": hide_sheet("hidden")}), tmp_path)
    assert (seen.questions, seen.problems) == ([], [])
    other = as_xlsx("><v>13</v>")
    hidden = changed_part(other, "xl/workbook.xml", replacing('name="D1"', 'name="D1" state="hidden"'))
    (question,) = read("a.zip", build_zip({"a.xlsx": as_xlsx(), "b.xlsx": hidden}), tmp_path).questions
    assert question.readings == (TWELVE, "13")


MISSPELT = {
    "the number of the indicator": ({"지표번호": "지표번", "지표명": "지표멍"}, ["'지표번'", "'지표멍'"]),
    "the value": ({",값,": ",깂,"}, ["'깂'"]),
    "the value in another word": ({",값,": ",실적갑,"}, ["'실적갑' (did you mean '값'?)"]),
    "the document": ({"증빙 문서": "증빙 문사"}, ["'증빙 문사' (did you mean '증빙문서'?)"]),
    "a column of one's own": ({",쪽": ",쪽,비고"}, []),
}


@pytest.mark.parametrize("name", MISSPELT)
def test_a_misspelt_heading_is_one_line_with_what_was_meant(name: str, tmp_path: Path) -> None:
    changes, found = MISSPELT[name]
    form = as_csv().decode("utf-8-sig")
    for old, new in changes.items():
        assert old in form
        form = form.replace(old, new, 1)
    submission = read("a.csv", form.encode(), tmp_path)
    assert len(submission.problems) == len(found)
    for problem, words in zip(submission.problems, found, strict=True):
        assert words in problem.found
        assert "a.csv:5:" in str(problem.place)
        assert "제목을 고칠 것" in describe_problem(problem, "ko")


def test_a_row_of_two_indicators_is_one_line(tmp_path: Path) -> None:
    submission = read("a.csv", as_csv().replace(b"N01,", b"N02,", 1), tmp_path)
    assert len(submission.problems) == 1
    assert submission.questions == []


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def ole(*names: str) -> bytes:
    """Return a compound file whose directory has these names."""
    header = bytearray(OLE + bytes(504))
    struct.pack_into("<HHHHH", header, 24, 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<IIIIIIII", header, 44, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    struct.pack_into("<109I", header, 76, 0, *[0xFFFFFFFF] * 108)
    table = struct.pack("<128I", 0xFFFFFFFD, 0xFFFFFFFE, *[0xFFFFFFFF] * 126)
    directory = bytearray(512)
    for place, name in enumerate(("Root Entry", *names)):
        raw = name.encode("utf-16-le")
        directory[place * 128 : place * 128 + len(raw)] = raw
        struct.pack_into("<HB", directory, place * 128 + 64, len(raw) + 2, 5 if not place else 2)
    return bytes(header) + table + bytes(directory)


LOCKED_HWPX = {"META-INF/manifest.xml": b"<odf:manifest><odf:encryption-data/></odf:manifest>"}
AS_MAIL = b"Received: from a\r\n\tby b; Thu, 26 Oct 2023\r\nSubject: =?utf-8?B?7KCc7Lac?=\r\nMIME-Version: 1.0\r\n\r\n."
NO_FORMS: dict[str, tuple[str, Callable[[], bytes], str, str]] = {
    "Fasoo": ("a.xlsx", lambda: b"\x9b DRMONE  This Document is encrypted\0" + bytes(99), "Fasoo DRM", "파수"),
    "SoftCamp": ("a.xlsx", lambda: b"SCDSA002" + bytes(99), "SoftCamp DRM", "소프트캠프"),
    "SoftCamp in a csv": ("a.csv", lambda: b"SCDSA004" + bytes(99), "SoftCamp DRM", "소프트캠프"),
    "NASCA": ("a.hwpx", lambda: b"<## NASCA DRM FILE - VER1.00 ##>" + bytes(99), "NASCA DRM", "NASCA"),
    "MarkAny": ("a.xlsx", lambda: b"\x01\x02MarkAny Document SAFER\0" + bytes(99), "MarkAny DRM", "마크애니"),
    "a password of Excel": ("a.xlsx", lambda: ole("EncryptionInfo", "EncryptedPackage"), "a password", "암호가 걸린"),
    "a password of Hangul": ("a.hwpx", lambda: as_hwpx(more=LOCKED_HWPX), "a password", "암호가 걸린"),
    "an old workbook under a new name": ("a.xlsx", lambda: ole("Workbook"), "under the name .xlsx", "실제로는 엑셀 97"),
    "a page under the name of a workbook": ("a.xlsx", lambda: b"<html><table>", "an HTML page", "실제로는 HTML"),
    "text under the name of a workbook": ("a.xlsx", as_csv, "text, such as a CSV file", "실제로는 CSV"),
    "a workbook under the name of text": ("a.csv", as_xlsx, "an Excel workbook (.xlsx)", "실제로는 엑셀"),
    "a Hangul document under the name of a workbook": ("a.xlsx", as_hwpx, "a Hangul document", "실제로는 한글"),
    "a document cut off": ("a.hwpx", lambda: as_hwpx()[:900], "cut off", "잘렸거나"),
    "a workbook cut off": ("a.xlsx", lambda: as_xlsx()[:900], "cut off", "잘렸거나"),
    "nothing": ("a.csv", lambda: b"", "an empty file", "빈 파일"),
    "a Hangul 5 document": ("a.hwp", lambda: ole("FileHeader", "DocInfo"), "saved as HWPX", "다른 이름으로 저장하기"),
    "a Hangul 3 document": (
        "a.hwp",
        lambda: b"HWP Document File V3.00 \x1a",
        "saved as HWPX",
        "다른 이름으로 저장하기",
    ),
    "a workbook with macros": (
        "a.xlsm",
        lambda: as_xlsx(more={"xl/vbaProject.bin": b"x"}),
        "with macros",
        "매크로가 든",
    ),
    "a mail": ("a.eml", lambda: AS_MAIL, "an e-mail", "메일"),
    "a mail under the name of a workbook": ("a.xlsx", lambda: AS_MAIL, "an e-mail", "메일"),
    "a mail of Outlook": ("a.msg", lambda: ole("__nameid_version1.0", "__substg1.0_0037001F"), "an e-mail", "메일"),
    "noise": ("a.xlsx", lambda: bytes(range(256)), "an unknown format", "알 수 없는 형식"),
    "an ALZ archive": ("a.xlsx", lambda: b"ALZ\x01" + bytes(99), "an ALZ archive", "알집"),
    "figures that name no round": (
        "a.csv",
        lambda: as_csv().replace("공모,2023".encode(), b","),
        "names neither round nor edition",
        "공모도 평가지표도",
    ),
    "a form of another round": (
        "a.csv",
        lambda: as_csv().replace("공모,2023".encode(), "공모,2022".encode()),
        "a form of round '2022'",
        "다른 공모 '2022'",
    ),
}


@pytest.mark.parametrize("name", NO_FORMS)
def test_what_is_no_form_is_told_by_its_own_name_in_one_line(name: str, tmp_path: Path) -> None:
    file, build, english, korean = NO_FORMS[name]
    submission = read(file, build(), tmp_path)
    (problem,) = submission.problems
    assert english in str(problem)
    assert korean in describe_problem(problem, "ko")
    assert not submission.claims
    for part in (problem.found, problem.wanted):
        assert translate(part, "ko") != part, part


def test_a_workbook_that_counts_from_1904_has_its_own_days() -> None:
    form = as_xlsx(
        's="1"><v>44926</v>', number_format="yyyy-mm-dd", workbook='<workbookPr date1904="1"/><x15 date1904="0"/>'
    )
    day = interpret_day(read_workbook(form, "a.xlsx")[0].at(6, 4))
    assert isinstance(day, Certain)
    assert day.value.isoformat() == "2027-01-01"


def test_calamine_reads_the_same_from_workbooks_and_spreadsheets() -> None:
    calamine = pytest.importorskip("python_calamine")
    for form in (as_xlsx(), as_ods()):
        sheet = calamine.CalamineWorkbook.from_filelike(io.BytesIO(form)).get_sheet_by_index(0)
        cells = {row[0]: str(row[3]) for row in sheet.to_python() if len(row) > 3 and str(row[0]).startswith("N")}
        assert {value.removesuffix(".0") for value in cells.values()} == {"12", "예"}


def test_where_calamine_joins_a_footnote_we_ask_and_are_right(tmp_path: Path) -> None:
    calamine = pytest.importorskip("python_calamine")
    form = text(run("12") + run("1", RAISED))()
    sheet = calamine.CalamineWorkbook.from_filelike(io.BytesIO(form)).get_sheet_by_index(0)
    assert "121" in {str(row[3]) for row in sheet.to_python()}
    assert [question.readings for question in read("a.xlsx", form, tmp_path).questions] == [("12",)]


def test_the_kind_of_a_file_is_known_by_its_bytes() -> None:
    kinds = [identify_file(data) for data in (as_xlsx(), as_hwpx(), as_ods(), as_csv(), as_csv(encoding="cp949"))]
    assert kinds == [FileKind.XLSX, FileKind.HWPX, FileKind.ODS, FileKind.TEXT, FileKind.TEXT]


@pytest.fixture(scope="module")
def hwpx_library() -> Any:
    return pytest.importorskip("hwpx.document").HwpxDocument


def test_a_document_that_python_hwpx_writes_is_read(hwpx_library: Any, tmp_path: Path) -> None:
    document = hwpx_library.new()
    for table in (rows()[:3], rows({"N01": "1,234"})[4:]):
        written_table = document.add_table(len(table), len(table[0]))
        for row, cells in enumerate(table):
            for column, cell in enumerate(cells):
                written_table.set_cell_text(row, column, cell)
    document.save_to_path(str(tmp_path / "b.hwpx"))
    submission = read("a.hwpx", (tmp_path / "b.hwpx").read_bytes(), tmp_path)
    assert written(submission, "N01") == "1234"
    assert submission.questions == []
    assert submission.problems == []


def test_python_hwpx_reads_the_same_figures_as_we_do(hwpx_library: Any, tmp_path: Path) -> None:
    container = {
        "META-INF/container.xml": b'<ocf:container xmlns:ocf="urn:oasis:names:tc:opendocument:xmlns:container">'
        b'<ocf:rootfiles><ocf:rootfile full-path="Contents/content.hpf"/></ocf:rootfiles></ocf:container>',
        "Contents/content.hpf": b'<opf:package xmlns:opf="http://www.idpf.org/2007/opf/"><opf:manifest>'
        b'<opf:item id="header" href="Contents/header.xml" media-type="application/xml"/>'
        b'<opf:item id="section0" href="Contents/section0.xml" media-type="application/xml"/></opf:manifest>'
        b'<opf:spine><opf:itemref idref="header"/><opf:itemref idref="section0"/></opf:spine></opf:package>',
    }
    (tmp_path / "b.hwpx").write_bytes(as_hwpx(more=container))
    document = hwpx_library.open(str(tmp_path / "b.hwpx"))
    tables = [table for paragraph in document.paragraphs for table in paragraph.tables]
    cells = {table.cell(row, 0).text: table.cell(row, 3).text for table in tables[1:] for row in range(1, 10)}
    ours = read("a.hwpx", as_hwpx(more=container), tmp_path)
    assert {cells[name] for name in ours.claims if name in cells} <= {"12", "예"}
    assert len(cells) == 9


def test_a_korean_notice_has_no_word_of_the_program(tmp_path: Path) -> None:
    submission = read("a.csv", as_csv({"N01": "-", "N03": "△"}), tmp_path)
    call, words = example_call(), Words("ko", "letters")
    items = list_letter_items((), submission.questions, (), call.rules, words)
    told = " ".join(f"{item.subject} {item.found} {item.ask} {item.basis}" for item in items)
    assert "미제출 / 해당 없음" in told
    assert "예 / 아니요" in told
    assert not re.search(r"absent|not_applicable|yes|no\b", told)


PACKED: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "an archive in an archive": ("a.zip", lambda: build_zip({"b.zip": build_zip({"a.xlsx": as_xlsx()})}), "다시 압축"),
    "an EGG archive": ("a.egg", lambda: b"EGGA" + bytes(50), "알집 압축 파일(.egg) → zip으로"),
    "a 7z archive": ("a.7z", lambda: b"7z\xbc\xaf\x27\x1c" + bytes(50), "7z 압축 파일 → zip으로"),
    "a 7z archive under another name": ("a.zip", lambda: b"7z\xbc\xaf\x27\x1c" + bytes(50), "7z 압축 파일"),
    "a document of Word": ("a.zip", lambda: build_zip({"a.docx": build_zip({"word/document.xml": b"<x/>"})}), "워드"),
    "a PDF under the name of a form": ("a.zip", lambda: build_zip({"a.xlsx": b"%PDF-1.4"}), "실제로는 PDF"),
    "a binary workbook": (
        "a.xlsb",
        lambda: build_zip({"xl/workbook.bin": b"x"}),
        "통합 문서(.xlsb) → .xlsx로",
    ),
    "an archive without a file": ("a.zip", lambda: build_zip({}), "파일이 없음"),
}


@pytest.mark.parametrize("name", PACKED)
def test_what_is_no_form_is_told_by_its_own_name(name: str, tmp_path: Path) -> None:
    file, build, words = PACKED[name]
    (tmp_path / file).write_bytes(build())
    package = read_package(tmp_path / file, identify_forms(example_call()))
    problems = package.problems or package.doubts
    assert len(problems) == 1
    assert words in describe_problem(problems[0], "ko")


HARMLESS: dict[str, Callable[[], dict[str, bytes]]] = {
    "a file of an open workbook": lambda: {"a.xlsx": as_xlsx(), "~$a.xlsx": b"\x05admin" + bytes(159)},
    "what a Macintosh leaves": lambda: {"a.xlsx": as_xlsx(), "__MACOSX/._a.xlsx": b"\0\x05\x16\x07", ".DS_Store": b"x"},
    "a copy of the form": lambda: {"a.xlsx": as_xlsx(), "a - 복사본.xlsx": as_xlsx()},
    "a mail beside": lambda: {"a.xlsx": as_xlsx(), "b.eml": AS_MAIL},
    "another archive beside": lambda: {"a.xlsx": as_xlsx(), "b.zip": build_zip({"a.xlsx": as_xlsx("><v>13</v>")})},
    "the same form twice": lambda: {"a.xlsx": as_xlsx(), "b/a.xlsx": as_xlsx()},
    "the same form in two formats": lambda: {"a.xlsx": as_xlsx(), "a.csv": as_csv(), "a.xls": as_xls()},
    "a name in capitals": lambda: {"A.XLSX": as_xlsx()},
    "a name of a Macintosh": lambda: {unicodedata.normalize("NFD", "신청양식.xlsx"): as_xlsx()},
    "many folders": lambda: {"a/b/c/d/e/f/a.xlsx": as_xlsx()},
    "a link of Windows": lambda: {"a.xlsx": as_xlsx(), "a.lnk": b"L\0\0\0"},
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_lies_beside_a_form_changes_no_figure(name: str, tmp_path: Path) -> None:
    submission = read("a.zip", build_zip(HARMLESS[name]()), tmp_path)
    assert (submission.problems, submission.questions) == ([], [])
    assert written(submission, "N01") == TWELVE


def test_forms_that_differ_are_asked_about(tmp_path: Path) -> None:
    files = {"a.xls": as_xls(OldCell(value=13.0)), "b.xlsx": as_xlsx()}
    (question,) = read("a.zip", build_zip(files), tmp_path).questions
    assert question.readings == ("13", "12")
