"""The dated table of local governments in ``parameters/registry/local_governments``.

==============  ======================================================================================================
names.csv       entity, name_ko, name_en, use (registered | statutory | short | spelling), from, until, source
codes.csv       entity, code, use (own | second), from, until, source
forms.csv       entity, kind, parent, from, until, source
changes.yaml    what happened on a day, by which act; its head says how
sources.yaml    the keys that ``source`` and ``cite`` name
==============  ======================================================================================================

``until`` is the last day. Both days are empty where they are not known: since before the table, and to this day.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import TypeVar

from smartcert.errors import InputError, Place, Problem
from smartcert.io.formats.csv import Cells, Table, TooManyProblemsError, iterate_cells, read_table
from smartcert.io.formats.text import FileText, quote, read_file
from smartcert.io.formats.yaml import INVALID, AnyNode, Decoder, parse_yaml
from smartcert.io.parameters.registry import CODE, TOP_KINDS
from smartcert.io.parameters.sources import decode_citations, decode_sources
from smartcert.lazy_dataclass import dataclass
from smartcert.model.applicant import ApplicantKind
from smartcert.model.citation import Source, Text
from smartcert.model.local_government import (
    Change,
    ChangeKind,
    ChangeStatus,
    CodeUse,
    DatedCode,
    DatedForm,
    DatedName,
    LocalGovernment,
    LocalGovernments,
    NameUse,
    Span,
)
from smartcert.paths import PROJECT_ROOT

LOCAL_GOVERNMENTS = "local_governments"
"""The folder of the table, in ``parameters/registry``."""

TABLE_FILES = ("names.csv", "codes.csv", "forms.csv", "changes.yaml", "sources.yaml")
"""The files of the table."""

BEGINS = date(2019, 1, 1)
"""The first day that the table answers for: that of the year of the pilot."""

NAME_COLUMNS = ("entity", "name_ko", "name_en", "use", "from", "until", "source")
CODE_COLUMNS = ("entity", "code", "use", "from", "until", "source")
FORM_COLUMNS = ("entity", "kind", "parent", "from", "until", "source")
_DAY = timedelta(days=1)
T = TypeVar("T", DatedName, DatedCode, DatedForm)


@dataclass(frozen=True, kw_only=True, slots=True)
class _ChangeEntry:
    day: datetime.date
    what: ChangeKind
    before: tuple[str, ...]
    after: tuple[str, ...]
    cite: tuple[str, ...]
    status: ChangeStatus
    act: Text | None = None
    members: bool = False
    note: Text | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class _ChangesFile:
    changes: tuple[AnyNode, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Row:
    """A row that was read: whose it is, where, what it says."""

    entity: str
    place: Place
    value: DatedName | DatedCode | DatedForm


@cache
def load_local_governments() -> LocalGovernments:
    """Return the table that comes with the package, read once; errors as of `read_local_governments`."""
    return read_local_governments(PROJECT_ROOT / "parameters" / "registry" / LOCAL_GOVERNMENTS)


def read_local_governments(folder: Path) -> LocalGovernments:
    """Return the table in a folder.

    Raises:
        InputError: every problem: cells that cannot be read, spans of one entity that overlap, a code that two have on
            one day, parents that do not exist then, days that no change explains, changes that the tables do not show.
    """
    sources_decoder = Decoder(parse_yaml(read_file(folder / "sources.yaml")))
    sources = decode_sources(sources_decoder)
    problems = list(sources_decoder.problems)
    tables = {
        name: _read_rows(read_table(folder / f"{name}.csv", columns), parse, sources, problems)
        for name, columns, parse in (
            ("names", NAME_COLUMNS, _parse_name),
            ("codes", CODE_COLUMNS, _parse_code),
            ("forms", FORM_COLUMNS, _parse_form),
        )
    }
    ids = dict.fromkeys(row.entity for row in tables["names"])
    changes = _read_changes(read_file(folder / "changes.yaml"), ids, sources, problems)
    if not problems:
        problems += _check_rows(tables, ids)
        problems += _check_changes(tables, [change for change, _ in changes], changes)
    if problems:
        raise InputError(problems)
    return LocalGovernments(
        begins=BEGINS,
        entities=_build_entities(tables, ids),
        changes=tuple(sorted((change for change, _ in changes), key=lambda change: change.day)),
    )


def _build_entities(tables: Mapping[str, list[_Row]], ids: Iterable[str]) -> dict[str, LocalGovernment]:
    values: dict[str, list[DatedName | DatedCode | DatedForm]] = {entity: [] for entity in ids}
    for rows in tables.values():
        for row in rows:
            values[row.entity].append(row.value)
    return {
        entity: LocalGovernment(
            id=entity,
            names=_sort_dated(value for value in own if isinstance(value, DatedName)),
            codes=_sort_dated(value for value in own if isinstance(value, DatedCode)),
            forms=_sort_dated(value for value in own if isinstance(value, DatedForm)),
        )
        for entity, own in values.items()
    }


def _sort_dated(values: Iterable[T]) -> tuple[T, ...]:
    return tuple(sorted(values, key=lambda value: value.span.first or date.min))


def _read_rows(
    table: Table,
    parse: Callable[[Cells, Span, tuple[str, ...]], DatedName | DatedCode | DatedForm],
    sources: Container[str],
    problems: list[Problem],
) -> list[_Row]:
    rows = []
    with suppress(TooManyProblemsError):
        for cells in iterate_cells(table):
            entity = cells.required("entity", "the id of an entity")
            span = _parse_span(cells)
            keys = tuple(cells.required("source", "keys of sources.yaml, parted by blanks").split())
            for key in keys:
                if key not in sources:
                    cells.refuse("source", quote(key), "keys of sources.yaml, parted by blanks")
            value = parse(cells, span, keys)
            if cells.valid:
                rows.append(_Row(entity=entity, place=table.place(cells.line), value=value))
    problems += table.problems
    return rows


def _parse_span(cells: Cells) -> Span:
    span = Span(first=cells.day_or_nothing("from"), last=cells.day_or_nothing("until"))
    if span.first and span.last and span.last < span.first:
        cells.refuse("until", str(span.last), f"a day not before {span.first}")
    return span


def _parse_name(cells: Cells, span: Span, sources: tuple[str, ...]) -> DatedName:
    text = Text(ko=cells.required("name_ko", "the Korean name"), en=cells.required("name_en", "the English name"))
    if not text.en.isascii():
        cells.refuse("name_en", quote(text.en), "a name in Latin letters")
    return DatedName(text=text, use=cells.choice("use", NameUse), span=span, sources=sources)


def _parse_code(cells: Cells, span: Span, sources: tuple[str, ...]) -> DatedCode:
    code = cells.text("code")
    if not CODE.fullmatch(code):
        cells.refuse("code", quote(code), "a code of ten digits")
    return DatedCode(code=code, use=cells.choice("use", CodeUse), span=span, sources=sources)


def _parse_form(cells: Cells, span: Span, sources: tuple[str, ...]) -> DatedForm:
    kind, parent = cells.choice("kind", ApplicantKind), cells.text("parent") or None
    if (parent is None) is not (kind in TOP_KINDS):
        wanted = "no parent" if kind in TOP_KINDS else "the id of what it lies in"
        cells.refuse("parent", f"{quote(parent or '')} for a {kind}", wanted)
    return DatedForm(kind=kind, parent=parent, span=span, sources=sources)


def _read_changes(
    source: FileText, ids: Container[str], sources: Mapping[str, Source], problems: list[Problem]
) -> list[tuple[Change, Place]]:
    decoder = Decoder(parse_yaml(source))
    file = decoder.read(_ChangesFile)
    changes = []
    for node in () if file is INVALID else file.changes:
        read = decoder.read(_ChangeEntry, node.path)
        if read is INVALID:
            continue
        for key, named in (("before", read.before), ("after", read.after)):
            for number, entity in enumerate(named):
                if entity not in ids:
                    decoder.refuse((*node.path, key, number), quote(entity), "an entity of names.csv")
        cite = decode_citations(decoder, (*node.path, "cite"), read.cite, sources) if read.cite else ()
        if not read.cite and read.status is not ChangeStatus.UNSOURCED:
            decoder.refuse((*node.path, "cite"), "no source", "a source, or the status unsourced")
        if cite is INVALID:
            continue
        change = Change(
            day=read.day,
            kind=read.what,
            before=read.before,
            after=read.after,
            members=read.members,
            act=read.act,
            cite=cite,
            status=read.status,
            note=read.note,
        )
        changes.append((change, decoder.tree.place(node.path)))
    problems += decoder.problems
    return changes


def _check_rows(tables: Mapping[str, list[_Row]], ids: Container[str]) -> Iterator[Problem]:
    for name in ("codes", "forms"):
        for row in tables[name]:
            if row.entity not in ids:
                yield Problem(place=row.place, found=quote(row.entity), wanted="an entity of names.csv")
    yield from _check_overlaps(tables["names"], lambda row: (row.entity, _use_of(row), _spelling_of(row)), "name")
    yield from _check_overlaps(tables["codes"], lambda row: (row.entity, _use_of(row)), "code")
    yield from _check_overlaps(tables["forms"], lambda row: row.entity, "kind and parent")
    yield from _check_overlaps(
        tables["codes"], lambda row: row.value.code if isinstance(row.value, DatedCode) else "", "code"
    )
    spans: dict[str, list[Span]] = {}
    for row in tables["forms"]:
        spans.setdefault(row.entity, []).append(row.value.span)
    for row in tables["forms"]:
        parent = row.value.parent if isinstance(row.value, DatedForm) else None
        if parent is not None and not _covers_span(spans.get(parent, []), row.value.span):
            found = f"the parent {quote(parent)}, which does not exist on all of these days"
            yield Problem(place=row.place, found=found, wanted="an entity of forms.csv with these days")
    for name, use in (("names", NameUse.REGISTERED), ("codes", CodeUse.OWN)):
        yield from _check_complete(tables, name, use)


def _use_of(row: _Row) -> NameUse | CodeUse | None:
    return None if isinstance(row.value, DatedForm) else row.value.use


def _spelling_of(row: _Row) -> str:
    is_spelling = isinstance(row.value, DatedName) and row.value.use is NameUse.SPELLING
    return row.value.text.en if is_spelling and isinstance(row.value, DatedName) else ""


def _check_overlaps(rows: list[_Row], key: Callable[[_Row], object], what: str) -> Iterator[Problem]:
    by_key: dict[object, list[_Row]] = {}
    for row in rows:
        for other in by_key.setdefault(key(row), []):
            if row.value.span.overlaps(other.value.span):
                found = f"a second {what} on the days of line {other.place.line}"
                yield Problem(place=row.place, found=found, wanted="spans that do not overlap")
        by_key[key(row)].append(row)


def _covers_span(spans: list[Span], wanted: Span) -> bool:
    """Return whether some spans without a day between them cover all of another, from the table's beginning on."""
    first = max(wanted.first or BEGINS, BEGINS)
    for span in sorted(spans, key=lambda span: span.first or date.min):
        if span.covers(first):
            if span.last is None or (wanted.last is not None and wanted.last <= span.last):
                return True
            first = span.last + _DAY
    return wanted.last is not None and wanted.last < first


def _check_complete(tables: Mapping[str, list[_Row]], name: str, use: NameUse | CodeUse) -> Iterator[Problem]:
    """Yield the rows of forms.csv on whose days the entity has no name, or no code."""
    spans: dict[str, list[Span]] = {}
    for row in tables[name]:
        if _use_of(row) is use:
            spans.setdefault(row.entity, []).append(row.value.span)
    for row in tables["forms"]:
        if not _covers_span(spans.get(row.entity, []), row.value.span):
            found = f"{quote(row.entity)} on days for which {name}.csv has nothing"
            yield Problem(place=row.place, found=found, wanted=f"a row of {name}.csv ({use}) for each day")


def _check_changes(
    tables: Mapping[str, list[_Row]], changes: list[Change], placed: list[tuple[Change, Place]]
) -> Iterator[Problem]:
    """Yield the days of the tables that no change explains, and the changes that no table shows."""
    parents = _list_parents(tables["forms"])
    explained: dict[date, set[str]] = {}
    for change in changes:
        named = {*change.before, *change.after}
        if change.members:
            named |= {entity for entity, above in parents.items() if above & named}
        explained.setdefault(change.day, set()).update(named)
    turns: dict[str, set[date]] = {}
    for name, rows in tables.items():
        for row in rows:
            for day in _list_turns(row.value.span):
                turns.setdefault(row.entity, set()).add(day)
                if row.entity not in explained.get(day, ()):
                    found = f"{quote(row.entity)} changed on {day}"
                    yield Problem(place=row.place, found=found, wanted=f"a row of changes.yaml for it ({name})")
    for change, place in placed:
        for entity in sorted({*change.before, *change.after}):
            continues = entity in change.before and entity in change.after
            silent = change.kind in (ChangeKind.DIVIDED, ChangeKind.DISTRICTS_SET_UP) and continues
            if change.day not in turns.get(entity, ()) and not silent:
                found = f"{quote(entity)} changed on {change.day}"
                yield Problem(place=place, found=found, wanted="a row of names, codes or forms with that day")


def _list_parents(rows: list[_Row]) -> dict[str, set[str]]:
    """Return everything that each entity ever lay in."""
    direct: dict[str, set[str]] = {}
    for row in rows:
        if isinstance(row.value, DatedForm) and row.value.parent:
            direct.setdefault(row.entity, set()).add(row.value.parent)
    return {
        entity: above | {higher for parent in above for higher in direct.get(parent, ())}
        for entity, above in direct.items()
    }


def _list_turns(span: Span) -> Iterator[date]:
    if span.first is not None:
        yield span.first
    if span.last is not None:
        yield span.last + _DAY
