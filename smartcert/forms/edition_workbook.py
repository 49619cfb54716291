"""How an edition of indicators becomes a workbook that an official amends and ``rules import`` reads back exactly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from smartcert.forms import styles
from smartcert.io.formats.grid import format_column_letters
from smartcert.io.formats.yaml import BareScalar, NodePath
from smartcert.io.parameters.edition import build_edition_tree
from smartcert.io.parameters.edition_xlsx import (
    DETAIL_COLUMNS,
    DETAILS,
    EDITION_KEYS,
    OPTIONAL_EDITION_KEYS,
    SHEETS,
    format_detail_key,
)
from smartcert.model.indicator import Edition
from smartcert.reporting.workbook import save_workbook

_COLUMN_WIDTHS = {
    "definition_ko": 60.0,
    "definition_en": 60.0,
    "name_ko": 30.0,
    "name_en": 30.0,
    "value": 60.0,
    "value_en": 60.0,
}
_MAX_DIGITS = 14
_BILINGUAL_KEYS = ("name", "definition", "unit")
_SCALE_COLUMNS = ("by", "zero_at", "full_at", "points_each", "cap", "otherwise")


def build_edition_workbook(edition: Edition) -> bytes:
    """Return an edition as the bytes of an XLSX workbook with a sheet for each kind of row."""
    tree = build_edition_tree(edition)
    rows: Mapping[str, Iterator[dict[str, Any]]] = {
        "edition": _fact_rows(tree),
        "rounding": iter(tree["rounding"]),
        "sections": _section_rows(tree["domains"], ""),
        "indicators": _indicator_rows(tree["domains"]),
        "bands": _band_rows(tree["domains"]),
    }
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, columns in SHEETS.items():
        _write_table_sheet(book.create_sheet(name), columns, rows[name])
    if details := list(_detail_rows(tree)):
        _write_table_sheet(book.create_sheet(DETAILS), DETAIL_COLUMNS, iter(details))
    book.properties.title = edition.title.ko
    return save_workbook(book)


def _write_table_sheet(sheet: Worksheet, columns: tuple[str, ...], rows: Iterator[dict[str, Any]]) -> None:
    for number, name in enumerate(columns, start=1):
        styles.write_cell(sheet, 1, number, name, styles.HEADING)
        sheet.column_dimensions[format_column_letters(number)].width = _COLUMN_WIDTHS.get(name, 14.0)
    for line, row in enumerate(rows, start=2):
        for number, name in enumerate(columns, start=1):
            _write_exact_cell(sheet, line, number, row.get(name))
    sheet.freeze_panes = "A2"
    sheet.print_title_rows = "1:1"


def _write_exact_cell(sheet: Worksheet, row: int, column: int, value: str | None) -> None:
    """Write a number as a number if it has at most `_MAX_DIGITS` digits, and all else as text, never as a formula."""
    if value is None:
        return
    digits = value.removeprefix("-").replace(".", "", 1)
    if isinstance(value, BareScalar) and digits.isdigit() and len(digits) <= _MAX_DIGITS:
        styles.write_cell(sheet, row, column, float(value) if "." in value else int(value), styles.PLAIN)
        return
    styles.write_cell(sheet, row, column, str(value), styles.PLAIN, "@")


def _fact_rows(tree: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for key in (*EDITION_KEYS, *(key for key in OPTIONAL_EDITION_KEYS if key in tree)):
        value = tree[key]
        if isinstance(value, dict):
            yield {"key": key, "value": value["ko"], "value_en": value["en"]}
        else:
            yield {"key": key, "value": "; ".join(value) if isinstance(value, list) else value}
    for name, value in tree["stated"].items():
        yield {"key": f"stated.{name}", "value": value}


def _section_rows(sections: list[dict[str, Any]], above: str) -> Iterator[dict[str, Any]]:
    for section in sections:
        name = {"name_ko": section["name"]["ko"], "name_en": section["name"]["en"]}
        yield {"id": section["id"], "above": above or None, **name, "points": section["points"]}
        yield from _section_rows(section.get("items", []), section["id"])


def _walk_indicators(sections: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for section in sections:
        yield from ((section["id"], indicator) for indicator in section.get("indicators", []))
        yield from _walk_indicators(section.get("items", []))


def _indicator_rows(domains: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for section, indicator in _walk_indicators(domains):
        row = {name: indicator.get(name) for name in ("id", "kind", "points", "direction", "per_people")}
        row |= {name: indicator[name] for name in ("absent", "not_applicable")}
        row |= {f"{name}_{code}": indicator[name][code] for name in _BILINGUAL_KEYS for code in ("ko", "en")}
        row |= {f"limits_{name}": value for name, value in indicator.get("limits", {}).items()}
        scale = indicator["scale"]
        row |= {name: scale[name] for name in _SCALE_COLUMNS if _has_column(name, scale.get(name))}
        yield {**row, "section": section, "scale": indicator["scale"]["kind"]}


def _band_rows(domains: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for _, indicator in _walk_indicators(domains):
        for band in indicator["scale"].get("bands", []):
            yield {"indicator": indicator["id"], **band}


_EDITION_KEYS = frozenset({*EDITION_KEYS, *OPTIONAL_EDITION_KEYS, "stated", "rounding", "domains"})
_SECTION_KEYS = frozenset({"id", "name", "points", "items", "indicators"})
_INDICATOR_KEYS = frozenset({
    *("id", "kind", "points", "direction", "per_people", "absent", "not_applicable"),
    *(*_BILINGUAL_KEYS, "limits"),
})  # fmt: skip


def _detail_rows(tree: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what has no column of its own: of the edition, of each section, of each indicator."""
    yield from _flatten("", {key: value for key, value in tree.items() if key not in _EDITION_KEYS}, ())
    yield from _section_details(tree["domains"])


def _section_details(sections: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for section in sections:
        own = {key: value for key, value in section.items() if key not in _SECTION_KEYS}
        yield from _flatten(section["id"], own, ())
        for indicator in section.get("indicators", []):
            scale = {key: value for key, value in indicator["scale"].items() if not _has_column(key, value)}
            rest = {key: value for key, value in indicator.items() if key not in _INDICATOR_KEYS}
            yield from _flatten(indicator["id"], {**rest, "scale": scale}, ())
        yield from _section_details(section.get("items", []))


def _has_column(key: str, value: Any) -> bool:
    return key in ("kind", "bands") or (key in _SCALE_COLUMNS and isinstance(value, str))


def _flatten(name: str, node: Any, steps: NodePath) -> Iterator[dict[str, Any]]:
    if isinstance(node, str):
        yield {"of": name or None, "key": format_detail_key(steps), "value": node}
    elif isinstance(node, Mapping) and node.keys() == {"ko", "en"}:
        yield {"of": name or None, "key": format_detail_key(steps), "value": node["ko"], "value_en": node["en"]}
    else:
        for key, value in node.items() if isinstance(node, Mapping) else enumerate(node):
            yield from _flatten(name, value, (*steps, key))
