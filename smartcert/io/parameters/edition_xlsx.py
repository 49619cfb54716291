"""An edition of indicators as a workbook of five sheets, and perhaps a sixth of details, read to an `Edition`.

The sheets become the tree that the file of an edition has, with cells in place of lines, and `edition` decodes it. So a
workbook is checked like a file, and each problem names its sheet and cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any

from smartcert.errors import InputError, Place, Problem, suggest
from smartcert.io.formats.csv import format_exact
from smartcert.io.formats.free_text import Certain, interpret_day, parse_stored_number
from smartcert.io.formats.grid import CellType, Grid, RawCell
from smartcert.io.formats.text import quote
from smartcert.io.formats.xlsx import read_workbook
from smartcert.io.formats.yaml import Decoder, NodePath, YamlTree
from smartcert.io.parameters.edition import decode_edition
from smartcert.lazy_dataclass import dataclass
from smartcert.model.citation import Source
from smartcert.model.indicator import Edition

SHEETS: Mapping[str, tuple[str, ...]] = {
    "edition": ("key", "value", "value_en"),
    "rounding": ("at", "digits", "mode"),
    "sections": ("id", "above", "name_ko", "name_en", "points"),
    "indicators": (
        *("section", "id", "name_ko", "name_en", "definition_ko", "definition_en", "kind", "points"),
        *("unit_ko", "unit_en", "direction", "per_people", "limits_at_least", "limits_at_most"),
        *("scale", "by", "zero_at", "full_at", "points_each", "cap", "otherwise", "absent", "not_applicable"),
    ),
    "bands": ("indicator", "at_least", "at_most", "points"),
}
"""The sheets of the workbook and their headings. ``sections`` holds domains (above nothing) and what is below them."""
DETAILS = "details"
DETAIL_COLUMNS = ("of", "key", "value", "value_en")
"""The sheet, which may be missing, of whatever has no column of its own, and its headings.

``of`` is the id of an indicator or a section, nothing stands for the edition; ``key`` is the way through the keys of
the file of an edition, as ``documents[1]`` or ``anchors(5)``; ``value_en`` is there where a text has two languages.
"""
_OPTIONAL_SHEETS: Mapping[str, tuple[str, ...]] = {DETAILS: DETAIL_COLUMNS}


@dataclass(kw_only=True)
class SheetRow:
    """One row of a sheet: its cells by heading."""

    grid: Grid
    number: int
    cells: dict[str, tuple[int, RawCell]] = field(default_factory=dict)

    def place(self, name: str = "") -> Place:
        """Return the place of the cell with a heading, or of the row where it has no such cell."""
        if name in self.cells:
            return self.grid.place(self.number, self.cells[name][0])
        return self.grid.place(self.number)

    def text(self, name: str) -> str:
        """Return a cell as the file of an edition has it; an empty text where there is no such cell."""
        return _format_cell(self.cells[name][1]) if name in self.cells else ""


@dataclass(kw_only=True)
class EditionSheets:
    """The sheets of one workbook; problems with their names and headings are added to ``problems``."""

    file: str
    problems: list[Problem] = field(default_factory=list)

    def add_problem(self, place: Place, found: str, wanted: str) -> None:
        """Add a problem."""
        self.problems.append(Problem(place=place, found=found, wanted=wanted))

    def sheets(self, grids: tuple[Grid, ...]) -> dict[str, list[SheetRow]]:
        """Return the rows of each sheet."""
        by_name = {grid.name.strip().casefold(): grid for grid in grids}
        known = {**SHEETS, **_OPTIONAL_SHEETS}
        for name in by_name:
            if name not in known:
                hint = suggest(name, known)
                self.add_problem(Place(file=self.file), f"the sheet {quote(name)}{hint}", f"one of: {', '.join(known)}")
        for name in SHEETS:
            if name not in by_name:
                self.add_problem(Place(file=self.file), f"no sheet '{name}'", "a sheet of this name")
        return {name: self._rows(grid, known[name]) for name, grid in by_name.items() if name in known}

    def _rows(self, grid: Grid, columns: tuple[str, ...]) -> list[SheetRow]:
        rows = list(grid.rows())
        if not rows:
            self.add_problem(grid.place(1), "an empty sheet", f"the headings {', '.join(columns)}")
            return []
        (line, first), rest = rows[0], rows[1:]
        headings = {column: cell.text.strip().casefold() for column, cell in first.items()}
        for column, name in headings.items():
            if name not in columns or list(headings.values()).count(name) > 1:
                found = f"the heading {quote(name)}{suggest(name, columns)}"
                self.add_problem(grid.place(line, column), found, f"each once: {', '.join(columns)}")
        for name in columns:
            if name not in headings.values():
                self.add_problem(grid.place(line), f"no heading '{name}'", f"the headings {', '.join(columns)}")
        return [self._row(grid, place, cells, headings) for place, cells in rest]

    def _row(self, grid: Grid, number: int, cells: dict[int, RawCell], headings: dict[int, str]) -> SheetRow:
        row = SheetRow(grid=grid, number=number)
        for column, cell in cells.items():
            if column not in headings:
                self.add_problem(grid.place(number, column), quote(cell.text), "nothing beside the headings")
            elif cell.formula is not None or cell.cell_type is CellType.ERROR:
                self.add_problem(grid.place(number, column), "a formula or an error", "the value itself")
            else:
                row.cells[headings[column]] = (column, cell)
        return row


def group_rows(rows: list[SheetRow], column: str) -> dict[str, list[SheetRow]]:
    """Return the rows by the text of a column, in their order."""
    groups: dict[str, list[SheetRow]] = {}
    for row in rows:
        groups.setdefault(row.text(column), []).append(row)
    return groups


def _format_cell(cell: RawCell) -> str:
    """Return a cell as the file of an edition has it."""
    if cell.cell_type.is_day:
        day = interpret_day(cell)
        return day.value.isoformat() if isinstance(day, Certain) else cell.text
    if cell.cell_type in (CellType.NUMBER, CellType.PERCENT):
        read = parse_stored_number(cell.text)
        return cell.text if read is None else format_exact(read)
    return cell.text


EDITION_KEYS = ("edition", "title", "status", "since", "scheme", "cite", "note")
OPTIONAL_EDITION_KEYS = ("stated_cite",)
STATED_KEYS = ("domains", "items", "indicators", "points", "quantitative", "qualitative")
_TRANSLATED_KEYS = ("title", "note")
_SCALE_KEYS = ("by", "zero_at", "full_at", "points_each", "cap", "otherwise")


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkbookTree(YamlTree):
    """The tree of an edition whose values stand in the sheets of a workbook."""

    places: Mapping[NodePath, Place]

    def place(self, path: NodePath) -> Place:
        """Return the cell of the value at ``path``; for one that is missing, that of its parent."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, Place(file=self.file))

    def key_place(self, path: NodePath) -> Place:
        """Return the cell of a value, as a workbook has no keys."""
        return self.place(path)


def read_edition_workbook(
    data: bytes, file: str, known: Mapping[str, Source], classes: Mapping[str, tuple[str, ...]] | None = None
) -> Edition:
    """Return the edition of a workbook, checked like the file of an edition, with the classes of schemes if given."""
    builder = _EditionBuilder(file=file)
    sheets = builder.sheets(read_workbook(data, file))
    if builder.problems:
        raise InputError(builder.problems)
    tree = builder.tree(sheets)
    if builder.problems:
        raise InputError(builder.problems)
    decoder = Decoder(WorkbookTree(file=file, plain=tree, values={}, keys={}, bare=frozenset(), places=builder.places))
    name = tree["edition"] if isinstance(tree.get("edition"), str) else ""
    read = decode_edition(decoder, name, known, classes)
    if read is None or decoder.problems:
        raise InputError(decoder.problems)
    return read


@dataclass(kw_only=True)
class _EditionBuilder(EditionSheets):
    places: dict[NodePath, Place] = field(default_factory=dict)

    def tree(self, sheets: dict[str, list[SheetRow]]) -> dict[str, Any]:
        tree = self._facts(sheets["edition"])
        tree["rounding"] = [
            self._note_places(("rounding", place), {name: row.text(name) for name in SHEETS["rounding"]}, row)
            for place, row in enumerate(sheets["rounding"])
        ]
        below, indicators = group_rows(sheets["sections"], "above"), group_rows(sheets["indicators"], "section")
        bands = group_rows(sheets["bands"], "indicator")
        for name in ("sections", "indicators"):
            self._check_unique_ids(sheets[name])
        sections = {row.text("id") for row in sheets["sections"]}
        self._check_known(below, sections | {""}, "above")
        self._check_known(indicators, sections, "section")
        self._check_known(bands, {row.text("id") for row in sheets["indicators"]}, "indicator")
        if not self.problems:
            tree["domains"] = self._sections("", below, indicators, bands, ("domains",), 0)
            self._check_reached(tree["domains"], sheets["sections"])
            self._add_details(tree, sheets.get(DETAILS, []))
        return tree

    def _add_details(self, tree: dict[str, Any], rows: list[SheetRow]) -> None:
        owners: dict[str, tuple[dict[str, Any], NodePath]] = {"": (tree, ())}
        owners |= {node["id"]: (node, path) for node, path in _walk_nodes(tree["domains"], ("domains",))}
        details: dict[str, dict[Any, Any]] = {}
        for row in rows:
            name, steps = row.text("of").strip(), parse_detail_key(row.text("key").strip())
            if name not in owners:
                self.add_problem(
                    row.place("of"), quote(name) + suggest(name, owners), "the id of an indicator or section"
                )
            elif steps is None:
                self.add_problem(row.place("key"), quote(row.text("key")), "keys such as why, documents[1], anchors(5)")
            elif not _insert(details.setdefault(name, {}), steps, _read_detail(row)):
                self.add_problem(row.place("key"), f"{quote(row.text('key'))} again", "each key once")
            else:
                path = owners[name][1]
                for length in range(1, len(steps)):
                    self.places.setdefault((*path, *steps[:length]), row.place("value"))
                self.places[(*path, *steps)] = row.place("value")
                self.places[(*path, *steps, "en")] = row.place("value_en")
        for name, more in details.items():
            node, path = owners[name]
            self._merge(node, more, path)

    def _merge(self, node: dict[str, Any], more: dict[Any, Any], path: NodePath) -> None:
        for key, value in more.items():
            own = (*path, key)
            if key in node and isinstance(node[key], dict) and isinstance(value, dict):
                self._merge(node[key], value, own)
            elif node.get(key):
                self.add_problem(self.places[own], f"'{key}' again", "each once: in its column or among the details")
            else:
                node[key] = self._to_lists(value, own)

    def _to_lists(self, value: Any, path: NodePath) -> Any:
        """Return nested keys in which those that are all positions are lists."""
        if not isinstance(value, dict):
            return value
        parts = {key: self._to_lists(part, (*path, key)) for key, part in value.items()}
        if not any(isinstance(key, int) for key in parts):
            return parts
        if set(parts) != set(range(len(parts))):
            self.add_problem(
                self.places[path], f"a list with a gap: {path[-1]}", "positions [1], [2], [3] without a gap"
            )
        return [part for _, part in sorted(parts.items(), key=lambda pair: str(pair[0]).zfill(9))]

    def _check_unique_ids(self, rows: list[SheetRow]) -> None:
        for name, several in group_rows(rows, "id").items():
            for row in several[1:]:
                self.add_problem(
                    row.place("id"), f"the id {quote(name)} again", f"each once (first in row {several[0].number})"
                )

    def _check_known(self, rows_by_name: dict[str, list[SheetRow]], known: set[str], column: str) -> None:
        for name in rows_by_name.keys() - known:
            self.add_problem(
                rows_by_name[name][0].place(column), quote(name), "the id of a row of the sheet that it names"
            )

    def _check_reached(self, domains: list[dict[str, Any]], rows: list[SheetRow]) -> None:
        """Check that every section is below some domain; a circle of sections would be left out of the edition."""
        reached = set(_section_ids(domains))
        for row in rows:
            if row.text("id") not in reached:
                self.add_problem(row.place("above"), quote(row.text("above")), "a way up to a domain")

    def _facts(self, rows: list[SheetRow]) -> dict[str, Any]:
        tree: dict[str, Any] = {"stated": {}}
        for row in rows:
            key = row.text("key").strip()
            group, _, name = key.rpartition(".")
            path: NodePath = ("stated", name) if group == "stated" else (key,)
            self.places[path] = row.place("value")
            if group == "stated" and name in STATED_KEYS:
                tree["stated"][name] = row.text("value")
            elif key in _TRANSLATED_KEYS:
                tree[key] = {"ko": row.text("value"), "en": row.text("value_en")}
                self.places[(key, "en")] = row.place("value_en")
            elif key in ("cite", "stated_cite"):
                tree[key] = [part.strip() for part in row.text("value").split(";") if part.strip()]
            elif key in EDITION_KEYS:
                tree[key] = row.text("value")
            else:
                self.add_problem(
                    row.place("key"),
                    quote(key) + suggest(key, (*EDITION_KEYS, *OPTIONAL_EDITION_KEYS)),
                    f"one of: {', '.join((*EDITION_KEYS, *OPTIONAL_EDITION_KEYS))}, stated.*",
                )
        return tree

    def _note_places(self, path: NodePath, values: dict[str, Any], row: SheetRow) -> dict[str, Any]:
        self.places[path] = row.place()
        for name in values:
            self.places[(*path, name)] = row.place(name)
        return values

    def _sections(
        self,
        above: str,
        below: dict[str, list[SheetRow]],
        indicators: dict[str, list[SheetRow]],
        bands: dict[str, list[SheetRow]],
        path: NodePath,
        depth: int,
    ) -> list[dict[str, Any]]:
        sections: list[dict[str, Any]] = []
        for number, row in enumerate(below.get(above, [])):
            own, name = (*path, number), row.text("id")
            section = self._note_places(
                own, {"id": name, "name": _translated_cell(row, "name"), "points": row.text("points")}, row
            )
            if depth > 20:
                self.add_problem(row.place("above"), "a section below itself", "sections that end in domains")
                return sections
            if name in below:
                section["items"] = self._sections(name, below, indicators, bands, (*own, "items"), depth + 1)
            if name in indicators:
                section["indicators"] = [
                    self._indicator(indicator, bands.get(indicator.text("id"), []), (*own, "indicators", place))
                    for place, indicator in enumerate(indicators[name])
                ]
            sections.append(section)
        return sections

    def _indicator(self, row: SheetRow, bands: list[SheetRow], path: NodePath) -> dict[str, Any]:
        tree: dict[str, Any] = {name: row.text(name) for name in ("id", "kind", "direction")}
        if row.text("points"):
            tree["points"] = row.text("points")
        tree |= {name: _translated_cell(row, name) for name in ("name", "definition", "unit")}
        tree |= {name: row.text(name) for name in ("absent", "not_applicable")}
        if row.text("per_people"):
            tree["per_people"] = row.text("per_people")
        limits = {name: row.text(f"limits_{name}") for name in ("at_least", "at_most")}
        limits = {name: value for name, value in limits.items() if value}
        if limits:
            tree["limits"] = limits
        scale: dict[str, Any] = {"kind": row.text("scale")}
        scale |= {name: row.text(name) for name in _SCALE_KEYS if row.text(name)}
        if bands:
            scale["bands"] = [
                self._note_places((*path, "scale", "bands", place), _nonempty_cells(band, SHEETS["bands"][1:]), band)
                for place, band in enumerate(bands)
            ]
        tree["scale"] = scale
        self._note_places(path, tree, row)
        self.places.update({(*path, "scale", name): row.place(name) for name in _SCALE_KEYS})
        self.places[(*path, "scale", "kind")] = row.place("scale")
        self.places.update({(*path, "limits", name): row.place(f"limits_{name}") for name in limits})
        return tree


_DETAIL_STEP = re.compile(r"(?:^|\.)([A-Za-z][A-Za-z0-9_-]*)|\[([1-9][0-9]{0,3})\]|\(([^()]+)\)")


def parse_detail_key(text: str) -> NodePath | None:
    """Return the steps of a key of the sheet of details, positions from 0; None where it is none.

    >>> parse_detail_key("inputs[2].name"), parse_detail_key("anchors(0.5)")
    (('inputs', 1, 'name'), ('anchors', '0.5'))
    """
    steps: list[str | int] = []
    end = 0
    while end < len(text):
        match = _DETAIL_STEP.match(text, end)
        if match is None:
            return None
        key, position, odd = match.groups()
        steps.append(int(position) - 1 if position else key or odd)
        end = match.end()
    return tuple(steps) if steps and isinstance(steps[0], str) else None


def format_detail_key(steps: NodePath) -> str:
    """Return the steps to a value as a key of the sheet of details; `parse_detail_key` reads it back."""
    text = ""
    for step in steps:
        if isinstance(step, int):
            text += f"[{step + 1}]"
        elif re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", step):
            text += f".{step}" if text else step
        else:
            text += f"({step})"
    return text


def _read_detail(row: SheetRow) -> Any:
    if row.text("value_en"):
        return {"ko": row.text("value"), "en": row.text("value_en")}
    return row.text("value")


def _insert(node: dict[Any, Any], steps: NodePath, value: Any) -> bool:
    """Insert a value into nested keys; return False where there is one, or where a value stands on the way."""
    for step in steps[:-1]:
        below: Any = node.setdefault(step, {})
        if not isinstance(below, dict):
            return False
        node = below
    if steps[-1] in node:
        return False
    node[steps[-1]] = value
    return True


def _walk_nodes(sections: list[dict[str, Any]], path: NodePath) -> Iterator[tuple[dict[str, Any], NodePath]]:
    """Yield every section and indicator of a tree with the way to it."""
    for number, section in enumerate(sections):
        own = (*path, number)
        yield section, own
        for place, indicator in enumerate(section.get("indicators", [])):
            yield indicator, (*own, "indicators", place)
        yield from _walk_nodes(section.get("items", []), (*own, "items"))


def _section_ids(sections: list[dict[str, Any]]) -> Iterator[str]:
    for section in sections:
        yield section["id"]
        yield from _section_ids(section.get("items", []))


def _nonempty_cells(row: SheetRow, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: row.text(name) for name in names if row.text(name)}


def _translated_cell(row: SheetRow, name: str) -> dict[str, str]:
    return {"ko": row.text(f"{name}_ko"), "en": row.text(f"{name}_en")}
