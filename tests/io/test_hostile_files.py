"""Hostile and broken packages: each ends in an error that tells its place; nothing is executed, fetched or written."""

from __future__ import annotations

import io
import stat
import time
import unicodedata
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from smartcert.errors import InputError
from smartcert.io.formats import limits
from smartcert.io.formats.grid import read_delimited
from smartcert.io.formats.hwpx import read_hwpx
from smartcert.io.formats.xlsx import read_workbook
from smartcert.io.formats.zip import FORM_BUDGET, open_zip
from smartcert.io.parameters.applicant_search import identify_sender
from smartcert.io.rounds.forms import Submission
from smartcert.io.rounds.package import Package, read_package
from smartcert.io.rounds.round import RoundCall
from smartcert.model.application import Application
from smartcert.simulation.packages import build_zip
from tests.io.test_edited_forms import submitted
from tests.support.forms import (
    blank,
    changed_part,
    edited,
    example_call,
    hwpx,
    new_simulated_round,
    value_cell,
    workbook,
)

SECONDS = 20.0  # of processor time; what is not bounded takes minutes
XML = b'<?xml version="1.0"?>'
MAIN = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
BILLION = (
    XML + b'<!DOCTYPE a [<!ENTITY b "' + b"x" * 1000 + b'"><!ENTITY c "&b;&b;&b;&b;&b;">]><worksheet>&c;</worksheet>'
)
FETCH = XML + b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><worksheet>&b;</worksheet>'


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> tuple[Application, RoundCall]:
    world, called = new_simulated_round(tmp_path_factory.mktemp("hostile") / "round", applicants=1)
    return world.applications[0], called


@pytest.fixture(scope="module")
def form(one: tuple[Application, RoundCall]) -> bytes:
    return workbook(*one)


def told(error: pytest.ExceptionInfo[InputError]) -> str:
    return str(error.value)


def claimed(size: int) -> bytes:
    """Return a zip whose directory claims that a file of a few bytes is ``size`` bytes large."""
    data = bytearray(build_zip({"big.bin": b"small"}))
    for signature, place in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        at = data.index(signature) + place
        data[at : at + 4] = size.to_bytes(4, "little")
    return bytes(data)


def linked() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        info = zipfile.ZipInfo("link")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    return out.getvalue()


def many(count: int) -> bytes:
    return build_zip({f"{number}.txt": b"" for number in range(count)})


ARCHIVES = {
    "no zip": (b"PK\x03\x04 but no more", "no intact zip"),
    "a bomb": (build_zip({"zeros.bin": b"\0" * 40_000_000}), "times when unpacked"),
    "a claim of 2 GB": (claimed(2_000_000_000), "bytes unpacked"),
    "a way out of the package": (build_zip({"../../x.pdf": b"x"}), "leads out"),
    "an absolute name": (build_zip({"/etc/x": b"x"}), "leads out"),
    "a drive": (build_zip({"C:/x": b"x"}), "leads out"),
    "a link": (linked(), "a link"),
    "a name that reads backwards": (build_zip({"a\u202efdp.exe": b"x"}), "unseen characters"),
    "too many files": (many(limits.PACKAGE_FILES + 1), f"{limits.PACKAGE_FILES + 1} files"),
    "nothing": (build_zip({}), "no file"),
}


@pytest.mark.parametrize("name", ARCHIVES)
def test_a_hostile_archive_is_refused_with_its_hash(name: str, tmp_path: Path) -> None:
    data, found = ARCHIVES[name]
    path = tmp_path / "sent.zip"
    path.write_bytes(data)
    package = read_package(path)
    assert found in str(package.problems[0])
    assert "sent.zip" in str(package.problems[0].place)
    assert len(package.sha256) == 64
    assert [entry.name for entry in tmp_path.iterdir()] == ["sent.zip"]


def test_a_lie_about_the_size_is_found_while_unpacking() -> None:
    data = bytearray(build_zip({"a.bin": b"x" * 5000}))
    at = data.index(b"PK\x01\x02") + 24
    data[at : at + 4] = (10).to_bytes(4, "little")
    archive = open_zip(io.BytesIO(bytes(data)), "a.zip", FORM_BUDGET)
    with pytest.raises(InputError, match="does not unpack"):
        archive.read("a.bin")


def test_a_name_of_korean_windows_is_read_as_it_was_meant(tmp_path: Path) -> None:
    path = tmp_path / "sent.zip"
    data = build_zip({"x" * len("증빙.txt".encode("cp949")): b"x"})
    path.write_bytes(data.replace(b"x" * 8, "증빙.txt".encode("cp949")))
    assert [file.name for file in read_package(path).files] == ["증빙.txt"]


def test_a_link_in_a_folder_is_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "sent"
    folder.mkdir()
    (folder / "secret.pdf").symlink_to("/etc/passwd")
    package: Package = read_package(folder)
    assert "a link" in str(package.problems[0])
    assert package.files == ()


def sheet(body: bytes) -> Callable[[bytes], bytes]:
    return lambda _: XML + b"<worksheet " + MAIN + b"><sheetData>" + body + b"</sheetData></worksheet>"


PARTS: dict[str, tuple[str, Callable[[bytes], bytes], str]] = {
    "entities that grow": ("xl/worksheets/sheet2.xml", lambda _: BILLION, "a document type or an entity"),
    "an entity from outside": ("xl/worksheets/sheet2.xml", lambda _: FETCH, "a document type or an entity"),
    "an entity in the styles": ("xl/styles.xml", lambda _: BILLION, "a document type or an entity"),
    "broken XML": ("xl/worksheets/sheet2.xml", lambda data: data[:-40], "no XML"),
    "macros": ("xl/vbaProject.bin", lambda _: b"x", "macros"),
    "an embedded file": ("xl/embeddings/ole1.bin", lambda _: b"x", "embedded files"),
    "a connection": ("xl/connections.xml", lambda _: b"<x/>", "connections"),
    "the last column": (
        "xl/worksheets/sheet2.xml",
        sheet(b'<row r="1"><c r="XFD1"><v>1</v></c></row>'),
        "column 16384",
    ),
    "a row far down": (
        "xl/worksheets/sheet2.xml",
        sheet(b'<row r="1"><c r="A1048576"><v>1</v></c></row>'),
        "row 1048576",
    ),
    "a text that is not there": (
        "xl/worksheets/sheet2.xml",
        sheet(b'<row><c t="s"><v>99999</v></c></row>'),
        "shared text",
    ),
    "two cells in one place": (
        "xl/worksheets/sheet2.xml",
        sheet(b'<row><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>'),
        "a second cell",
    ),
    "depth": ("xl/worksheets/sheet2.xml", lambda _: XML + b"<a>" * 5000 + b"</a>" * 5000, "deep"),
    "elements": ("xl/worksheets/sheet2.xml", sheet(b"<c/>" * (limits.XML_ELEMENTS + 1)), "elements"),
    "cells": (
        "xl/worksheets/sheet2.xml",
        sheet(b"".join(b"<row>" + b"<c><v>1</v></c>" * 200 + b"</row>" for _ in range(510))),
        "cells",
    ),
}


@pytest.mark.parametrize("name", PARTS)
def test_a_hostile_workbook_is_refused_with_its_place(name: str, form: bytes) -> None:
    part, change, found = PARTS[name]
    hostile, began = changed_part(form, part, change), time.process_time()
    with pytest.raises(InputError) as error:
        read_workbook(hostile, "form.xlsx")
    assert time.process_time() - began < SECONDS
    assert found in told(error)
    assert told(error).startswith("form.xlsx")


FORMULAS = ("=cmd|'/c calc'!A0", '=HYPERLINK("http://x","y")', "=[1]Sheet1!A1", '=WEBSERVICE("http://x")')


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula_that_reaches_out_is_refused(formula: str, form: bytes) -> None:
    with pytest.raises(InputError, match="the value itself"):
        read_workbook(edited(form, lambda book: setattr(value_cell(book, "N01"), "value", formula)), "form.xlsx")


def claim(one: tuple[Application, RoundCall], value: object) -> Submission:
    def write(book: object) -> None:
        cell = value_cell(book, "N01")  # type: ignore[arg-type]  # a workbook
        cell.value = value
        cell.data_type = "s" if isinstance(value, str) else "n"

    return submitted(edited(workbook(*one), write), one[1])


@pytest.mark.parametrize("value", ["=cmd|'/c calc'!A0", "=1+1", "@SUM(A1)", 1e308, "1e999", "NaN", "12\u202e34"])
def test_a_hostile_value_is_no_value(one: tuple[Application, RoundCall], value: object) -> None:
    read = claim(one, value)
    assert read.claims["N01"].value is None
    (question,) = read.questions
    assert "G4" in question.place


@pytest.mark.parametrize("value", [-5, 10**12])
def test_a_value_that_is_not_possible_is_asked(one: tuple[Application, RoundCall], value: int) -> None:
    read = claim(one, value)
    assert read.claims["N01"].value is None
    assert [question.indicator for question in read.questions] == ["N01"]


def test_a_text_that_a_spreadsheet_would_run_is_refused_where_texts_are_kept(
    one: tuple[Application, RoundCall],
) -> None:
    def write(book: object) -> None:
        cell = value_cell(book, "N01").offset(column=1)  # type: ignore[arg-type]  # a workbook
        cell.value, cell.data_type = "=cmd|'/c calc'!A0", "s"

    read = submitted(edited(workbook(*one), write), one[1])
    assert read.claims["N01"].document == ""
    assert "plain text" in str(read.problems[0])


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"\xff\xfea\x00", "UTF-16"),
        ("지표,값\nN01,\x001\n".encode(), "NUL"),
        ("지표,값\nN01,\ufeff1\n".encode(), "byte order mark"),
        ("지표,값\n".encode() + "서울".encode("cp949") + b"\xff\n", "no text"),
        ('지표,값\nN01,"1\n'.encode(), "no CSV"),
        (b",".join([b"1"] * 16_384), "columns"),
        (b"a" * 20_000, "a cell of"),
    ],
)
def test_a_hostile_csv_is_refused_with_its_place(data: bytes, found: str) -> None:
    with pytest.raises(InputError) as error:
        read_delimited(data, "form.csv")
    assert found in told(error)
    assert told(error).startswith("form.csv:")


def test_a_hostile_hangul_document_is_refused() -> None:
    good = hwpx([[["지표번호", "값"], ["N01", "1"]]])
    for part, data, found in (
        ("Contents/section0.xml", BILLION, "entity"),
        ("Scripts/headerScripts", b"x", "scripts"),
        ("Contents/section0.xml", b"<a>", "no XML"),
    ):
        with pytest.raises(InputError, match=found):
            read_hwpx(changed_part(good, part, lambda _, data=data: data), "form.hwpx")  # type: ignore[misc]


def test_a_tracked_change_in_a_hangul_document_is_in_doubt() -> None:
    text = "<hp:t><hp:deleteBegin/>12<hp:deleteEnd/>34</hp:t>"
    good = hwpx([[["지표번호", "값"], ["N01", "SPOT"]]])
    data = changed_part(good, "Contents/section0.xml", lambda xml: xml.replace(b"<hp:t>SPOT</hp:t>", text.encode()))
    grid = read_hwpx(data, "form.hwpx")[0]
    assert grid.at(2, 2).doubt == "a tracked change"


@pytest.mark.parametrize(
    ("logged", "code", "name", "found"),
    [
        ("", "", "중구", "which"),
        ("", "", "광주", "which"),
        ("", "9999999999", "", "does not have"),
        ("", "../../x", "", "ten digits"),
        ("1111000000", "2611000000", "", "the form of the applicant who sent it"),
        ("", "4111000000", "광주시", "the name and the code of one entry"),
        ("", "", "수원\u202e시", "unseen"),
        ("", "", "Suw\u043en-si", "cyrillic"),
        ("", "", "없는시", "a code or a name"),
    ],
)
def test_a_mixed_up_or_made_up_applicant_is_told(logged: str, code: str, name: str, found: str) -> None:
    entry, problems = identify_sender(logged, code, name, example_call().round.registry, "sent.zip")
    assert entry is None
    assert found in str(problems[0])


def test_a_name_in_decomposed_hangul_is_the_same_name() -> None:
    entry, problems = identify_sender(
        "", "", unicodedata.normalize("NFD", "수원시"), example_call().round.registry, "x"
    )
    assert problems == []
    assert entry is not None
    assert entry.name.ko == "수원시"


def test_every_limit_is_declared_and_told() -> None:
    constants = {name.lower(): value for name, value in vars(limits).items() if type(value) is int and name.isupper()}
    del constants["mib"]
    assert {name: value for name, value in constants.items() if not name.startswith("_")} == limits.LIMITS
    assert len(limits.LIMITS) >= 15
    assert all(isinstance(value, int) and value > 0 for value in limits.LIMITS.values())


def test_an_empty_form_asks_for_every_figure(one: tuple[Application, RoundCall]) -> None:
    read = submitted(blank(*one), one[1])
    assert all(claim.value is None for claim in read.claims.values())
    assert len(read.questions) == len(read.claims)


def text_cells(text: str, rows: int) -> bytes:
    """Return rows of an indicator each, with ``text`` as its value."""
    cells = "<c t='inlineStr'><is><t>{}</t></is></c>"
    heading = "<row>" + cells.format("지표번호") + cells.format("값") + "</row>"
    row = "<row>" + cells.format("N0?") + cells.format(text) + "</row>"
    return (heading + row.replace("?", "1") * (rows // 2) + row * (rows // 2)).encode()


SLOW = {
    "long digits": text_cells("1" * 4000, 600),
    "rows of no indicator": text_cells("1", 19_000),
    "brackets in formulas": b"<row>" + b"".join(b"<c><f>" + b"[" * 9000 + b"</f></c>" for _ in range(200)) + b"</row>",
}


@pytest.mark.parametrize("name", SLOW)
def test_what_would_take_long_is_read_in_bounded_time(
    name: str, one: tuple[Application, RoundCall], form: bytes
) -> None:
    hostile, began = changed_part(form, "xl/worksheets/sheet2.xml", sheet(SLOW[name])), time.process_time()
    submitted(hostile, one[1])
    assert time.process_time() - began < SECONDS


def test_a_format_made_to_take_long_is_cut(form: bytes) -> None:
    code = b'<numFmt numFmtId="200" formatCode="' + b"[" * 500_000 + b'"/>'
    styles = (
        XML
        + b"<styleSheet "
        + MAIN
        + b"><numFmts>"
        + code
        + b'</numFmts><cellXfs><xf numFmtId="200"/></cellXfs></styleSheet>'
    )
    hostile = changed_part(form, "xl/styles.xml", lambda _: styles)
    began = time.process_time()
    read_workbook(hostile, "form.xlsx")
    assert time.process_time() - began < SECONDS
