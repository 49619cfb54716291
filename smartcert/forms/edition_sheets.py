"""An edition of indicators as a workbook that an official can amend, and that `rules import` reads back loss-free."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import Any

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from smartcert.forms import looks
from smartcert.intake.edition_book import KEYS
from smartcert.intake.edition_rows import SHEETS
from smartcert.intake.edition_written import edition_tree
from smartcert.intake.grid import letters
from smartcert.intake.yaml_written import Bare
from smartcert.model.indicator import Edition

_WIDE = {
    "definition_ko": 60.0,
    "definition_en": 60.0,
    "name_ko": 30.0,
    "name_en": 30.0,
    "value": 60.0,
    "value_en": 60.0,
}
_MOST_DIGITS = 14
_SCALE = ("by", "zero_at", "full_at", "points_each", "cap", "otherwise")


def edition_book(edition: Edition) -> bytes:
    """Return an edition as the bytes of an XLSX workbook."""
    tree = edition_tree(edition)
    rows: Mapping[str, Iterator[dict[str, Any]]] = {
        "edition": _facts(tree),
        "rounding": iter(tree["rounding"]),
        "sections": _sections(tree["domains"], ""),
        "indicators": _indicators(tree["domains"]),
        "bands": _bands(tree["domains"]),
    }
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, columns in SHEETS.items():
        _write(book.create_sheet(name), columns, rows[name])
    book.properties.title = edition.title.ko
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _write(sheet: Worksheet, columns: tuple[str, ...], rows: Iterator[dict[str, Any]]) -> None:
    for number, name in enumerate(columns, start=1):
        looks.put(sheet, 1, number, name, looks.HEADING)
        sheet.column_dimensions[letters(number)].width = _WIDE.get(name, 14.0)
    for line, row in enumerate(rows, start=2):
        for number, name in enumerate(columns, start=1):
            _put(sheet, line, number, row.get(name))
    sheet.freeze_panes = "A2"
    sheet.print_title_rows = "1:1"


def _put(sheet: Worksheet, row: int, column: int, value: str | None) -> None:
    """Write a number as one where that keeps all its digits, and every other text as text, never as a formula."""
    if value is None:
        return
    if isinstance(value, Bare) and _is_exact(value):
        looks.put(sheet, row, column, float(value) if "." in value else int(value), looks.PLAIN)
        return
    looks.put(sheet, row, column, str(value), looks.PLAIN, "@")
    sheet.cell(row=row, column=column).data_type = "s"


def _is_exact(text: str) -> bool:
    digits = text.removeprefix("-").replace(".", "", 1)
    return digits.isdigit() and len(digits) <= _MOST_DIGITS


def _facts(tree: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for key in KEYS:
        value = tree[key]
        if isinstance(value, dict):
            yield {"key": key, "value": value["ko"], "value_en": value["en"]}
        else:
            yield {"key": key, "value": "; ".join(value) if isinstance(value, list) else value}
    for name, value in tree["stated"].items():
        yield {"key": f"stated.{name}", "value": value}


def _sections(sections: list[dict[str, Any]], above: str) -> Iterator[dict[str, Any]]:
    for one in sections:
        name = {"name_ko": one["name"]["ko"], "name_en": one["name"]["en"]}
        yield {"id": one["id"], "above": above or None, **name, "points": one["points"]}
        yield from _sections(one.get("items", []), one["id"])


def _walk(sections: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for one in sections:
        yield from ((one["id"], indicator) for indicator in one.get("indicators", []))
        yield from _walk(one.get("items", []))


def _indicators(domains: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for section, one in _walk(domains):
        row = {name: one.get(name) for name in ("id", "kind", "points", "direction", "per_people")}
        row |= {name: one[name] for name in ("absent", "not_applicable")}
        row |= {f"{name}_{language}": one[name][language] for name in _TWICE for language in ("ko", "en")}
        row |= {f"limits_{name}": value for name, value in one.get("limits", {}).items()}
        row |= {name: one["scale"].get(name) for name in _SCALE}
        yield {**row, "section": section, "scale": one["scale"]["kind"]}


_TWICE = ("name", "definition", "unit")


def _bands(domains: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for _, one in _walk(domains):
        for band in one["scale"].get("bands", []):
            yield {"indicator": one["id"], **band}
