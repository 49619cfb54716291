"""A round before its marks, its sheets, and people who fill them in."""

from __future__ import annotations

import atexit
import csv
import io
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from smartcert.cli.sheets import SheetRequest, write_evaluator_sheet, write_inspector_sheet
from smartcert.io.rounds.round import RoundCall, read_call
from smartcert.model.application import Missing
from smartcert.reporting.catalogue import load_catalogue
from tests.support.build import PARAMETERS

APPLICANTS = ("ara", "haneul")
MARKS = 21
JUDGED = ("applications", "documents", "measurements", "committee", "exclusions", "groups", "assignments")


def new_round(folder: Path) -> RoundCall:
    """Return the example round as it is before the committee judges, with two of its applicants, in a folder."""
    first = _first_round()
    shutil.copytree(first.folder, folder / "example")
    return replace(first, folder=folder / "example")


@cache
def _first_round() -> RoundCall:
    target = Path(mkdtemp()) / "example"
    atexit.register(shutil.rmtree, target.parent, ignore_errors=True)
    target.mkdir(parents=True)
    example = PARAMETERS / "rounds" / "example"
    for name in ("round.yaml", "registry.csv"):
        shutil.copy(example / name, target / name)
    for name in JUDGED:
        write_rows(target / f"{name}.csv", [row for row in read_rows(example / f"{name}.csv") if is_kept(row)])
    return read_call(str(target))


def is_kept(row: dict[str, str]) -> bool:
    return row.get("applicant", APPLICANTS[0]) in APPLICANTS


def read_rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline="")))


def write_rows(path: Path, rows: list[dict[str, str]]) -> None:
    out = io.StringIO()
    if rows:
        writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        path.write_text(out.getvalue(), "utf-8")


def template(
    call: RoundCall,
    *,
    evaluator: str = "",
    inspector: str = "",
    names: tuple[str, ...] = (),
    kind: str = "xlsx",
    language: str = "ko",
    after: bool = False,
) -> Path:
    """Return the sheet of an evaluator or an inspector as `smartcert template` writes it."""
    request = SheetRequest(
        round=str(call.folder), names=names, format=kind, output=call.folder.parent / "templates", language=language
    )
    if inspector:
        (path,) = write_inspector_sheet(request, inspector)
    else:
        (path,) = write_evaluator_sheet(request, evaluator, after_discussion=after)
    return path


@cache
def first_template(evaluator: str) -> bytes:
    """Return the sheet of an evaluator in a round of `new_round`."""
    return template(_first_round(), evaluator=evaluator).read_bytes()


Fill = Callable[[str, str], Any]
"""What stands in a column for an applicant and an indicator; None leaves the cell as it is."""


def fill(sheet_or_path: bytes | Path, target: Path, **columns: Fill) -> Path:
    """Fill in a sheet by openpyxl; ``columns`` by their key in the catalogue of words."""
    book = load_workbook(io.BytesIO(sheet_or_path) if isinstance(sheet_or_path, bytes) else sheet_or_path)
    sheet = book.worksheets[0]
    places = find_columns(sheet)
    for row in range(5, sheet.max_row + 1):
        applicant, indicator = (str(sheet.cell(row, places[name]).value) for name in ("applicant_id", "indicator"))
        for key, value_of in columns.items():
            value = value_of(applicant, indicator)
            if value is not None:
                sheet.cell(row, places[key]).value = value
    target.parent.mkdir(parents=True, exist_ok=True)
    book.save(target)
    return target


def fill_marks(sheet: Path, target: Path, marks: Mapping[tuple[str, str], str]) -> Path:
    """Fill in a Korean sheet with marks as ``marks.csv`` has them; what is not among them stays empty."""
    absent = load_catalogue("ko", "sheets")["sheet.absent"]
    written = {place: absent if mark == Missing.ABSENT.value else float(mark) for place, mark in marks.items() if mark}
    return fill(sheet, target, mark=lambda *place: written.get(place))


def fill_inspection(sheet: Path, target: Path, found: Mapping[tuple[str, str], tuple[Any, str]]) -> Path:
    """Fill in what was found on site, with the reason, by applicant and indicator; all else as it was accepted."""
    book = load_workbook(sheet)
    places = find_columns(book.worksheets[0])
    for row in book.worksheets[0].iter_rows(min_row=5):
        cells = {name: row[number - 1] for name, number in places.items()}
        other = found.get((str(cells["applicant_id"].value), str(cells["indicator"].value)))
        cells["found"].value, cells["why"].value = other or (cells["desk"].value, None)
    target.parent.mkdir(parents=True, exist_ok=True)
    book.save(target)
    return target


def find_columns(sheet: Worksheet) -> dict[str, int]:
    """Return the number of each column by its key."""
    headings = {
        str(text): key.removeprefix("column.")
        for language in ("ko", "en")
        for key, text in load_catalogue(language, "sheets").items()  # type: ignore[arg-type]  # the two there are
        if key.startswith("column.")
    }
    return {headings[str(cell.value)]: int(cell.column) for cell in sheet[4] if str(cell.value) in headings}


def mark_of(applicant: str, indicator: str) -> int:
    """Return some mark, the same again for the same cell."""
    return sum(map(ord, applicant + indicator)) % 5 + 1
