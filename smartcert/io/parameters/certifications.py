"""The table of published certifications (``parameters/registry/certifications.csv``) and its sources.

===================  ==================================================================================================
round_year           the year of the round
kind                 pilot | new | renewal; ``new`` is the procedure and does not mean the first time
code, name_ko        of the registry
size_type            large | small_medium as announced; empty for the pilot
decided_on           the day of the announcement (pilot: on which certificates were handed over)
valid_from, _to      only where a source states them; the last day is part of the validity. Where a source states no
                     more than the year of the last day, valid_to is that year
validity_status      published | published_year | inferred (by the rules from the announcement) | disputed
validity_claims      where disputed: the last days that sources state, parted by semicolons
validity_sources     keys of their sources; where disputed one for each claim, in its order
level                empty where unknown or disputed
level_status         published | inferred (read into a source) | claimed (by one side only) | disputed | unknown
level_claims         the levels that sources state, parted by semicolons
level_sources        keys of their sources; where disputed one for each claim, in its order
source               keys of all sources of the row, parted by spaces
note_ko, note_en     what a reader should know, in both languages or not at all
===================  ==================================================================================================
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping
from pathlib import Path
from typing import TypeVar

from smartcert.errors import InputError, Place, Problem
from smartcert.io.formats import text as scalars
from smartcert.io.formats.csv import Cells, iterate_cells, raise_problems, read_table
from smartcert.io.formats.text import NotReadableError, display_path, quote, read_file
from smartcert.io.formats.yaml import Decoder, parse_yaml
from smartcert.io.parameters.sources import decode_sources
from smartcert.model.applicant import Applicant, Registry, SizeType
from smartcert.model.certification import CertificationKind, LevelStatus, PublicCertification, ValidityStatus
from smartcert.model.citation import Source, Text

CERTIFICATION_COLUMNS = (
    *("round_year", "kind", "code", "name_ko", "size_type", "decided_on"),
    *("valid_from", "valid_to", "validity_status", "validity_claims", "validity_sources"),
    *("level", "level_status", "level_claims", "level_sources", "source", "note_ko", "note_en"),
)
SOURCES_FILE = "certification_sources.yaml"
_YEAR = re.compile("[0-9]{4}")
_BETWEEN = ";"
T = TypeVar("T")


def read_certifications(
    path: Path, registry: Registry, known: Container[str] | None = None
) -> tuple[PublicCertification, ...]:
    """Return the published certifications of a table, in its order.

    ``known`` are the keys of sources; without it the sources are not checked.

    Raises:
        InputError: every problem: a code or a name that the registry does not have, a row twice, a level or a day that
            does not fit its status, an unknown source, and so on.
    """
    table = read_table(path, CERTIFICATION_COLUMNS)
    by_code = registry.by_code()
    seen: dict[tuple[int, str], int] = {}
    certifications = []
    for cells in iterate_cells(table):
        entry = by_code.get(cells.text("code"))
        row = _parse_row(cells, entry, known)
        first = seen.setdefault((row.round_year, row.code), cells.line)
        if first != cells.line:
            cells.refuse("code", f"{row.code} again in the round of {row.round_year}", f"once (line {first})")
        if cells.valid:
            certifications.append(row)
    raise_problems(table)
    return tuple(certifications)


def read_certification_sources(folder: Path, others: Mapping[str, Source]) -> dict[str, Source]:
    """Return the sources of ``certification_sources.yaml`` in ``folder`` with ``others``, whose keys are not its."""
    path = folder / SOURCES_FILE
    decoder = Decoder(parse_yaml(read_file(path)))
    sources = decode_sources(decoder)
    twice = sorted(sources.keys() & others.keys())
    place = Place(file=display_path(path))
    problems = [Problem(place=place, found=f"the key '{key}' of rules/sources.yaml", wanted="it once") for key in twice]
    if decoder.problems or problems:
        raise InputError([*decoder.problems, *problems])
    return {**others, **sources}


def _parse_row(cells: Cells, entry: Applicant | None, known: Container[str] | None) -> PublicCertification:
    if entry is None:
        cells.refuse("code", quote(cells.text("code")), "a code of the registry")
    elif entry.name.ko != cells.text("name_ko"):
        cells.refuse("name_ko", quote(cells.text("name_ko")), f"'{entry.name.ko}', the name of {entry.code}")
    kind = cells.choice("kind", CertificationKind)
    cells.required("source", "keys of sources, parted by spaces")
    year = cells.integer("valid_to") if _YEAR.fullmatch(cells.text("valid_to")) else None
    row = PublicCertification(
        round_year=cells.integer("round_year"),
        kind=kind,
        code=cells.text("code"),
        name=entry.full_name if entry else Text(ko="", en=""),
        decided_on=cells.day("decided_on"),
        size_type=None if kind is CertificationKind.PILOT else cells.choice("size_type", SizeType),
        valid_from=cells.day_or_nothing("valid_from"),
        valid_to=None if year is not None else cells.day_or_nothing("valid_to"),
        valid_to_year=year,
        validity_status=cells.choice("validity_status", ValidityStatus),
        validity_claims=_parse_list(cells, "validity_claims", scalars.parse_day),
        validity_sources=_parse_source_keys(cells, "validity_sources", _BETWEEN, known),
        level=cells.integer("level") if cells.text("level") else None,
        level_status=cells.choice("level_status", LevelStatus),
        level_claims=_parse_list(cells, "level_claims", scalars.parse_integer),
        level_sources=_parse_source_keys(cells, "level_sources", _BETWEEN, known),
        sources=_parse_source_keys(cells, "source", None, known),
        note=_note(cells),
    )
    if cells.valid:
        _check_kind(cells, row)
        _check_validity(cells, row)
        _check_level(cells, row)
    return row


def _parse_list(cells: Cells, column: str, parse: Callable[[str], T]) -> tuple[T, ...]:
    text = cells.text(column)
    try:
        return tuple(parse(part) for part in text.split(_BETWEEN)) if text else ()
    except NotReadableError as error:
        cells.refuse(column, quote(text), f"between semicolons, each {error}")
        return ()


def _parse_source_keys(
    cells: Cells, column: str, separator: str | None, known: Container[str] | None
) -> tuple[str, ...]:
    text = cells.text(column)
    keys = tuple(text.split(separator)) if text else ()
    for key in keys:
        if known is not None and key not in known:
            cells.refuse(
                column, f"the unknown source {quote(key)}", f"a key of {SOURCES_FILE} or of rules/sources.yaml"
            )
    return keys


def _note(cells: Cells) -> Text | None:
    ko, en = cells.text("note_ko"), cells.text("note_en")
    if bool(ko) is not bool(en):
        cells.refuse("note_en" if ko else "note_ko", "nothing", "the note in both languages, or none")
    return Text(ko=ko, en=en) if ko and en else None


def _check_kind(cells: Cells, row: PublicCertification) -> None:
    if row.kind is CertificationKind.PILOT and cells.text("size_type"):
        cells.refuse("size_type", quote(cells.text("size_type")), "nothing: the pilot had no size types")
    if row.decided_on.year != row.round_year:
        cells.refuse("decided_on", str(row.decided_on), f"a day of {row.round_year}, the year of the round")


def _check_validity(cells: Cells, row: PublicCertification) -> None:
    status, claims = row.validity_status, row.validity_claims
    if row.valid_from and row.valid_to and row.valid_to < row.valid_from:
        cells.refuse("valid_to", str(row.valid_to), f"a day from {row.valid_from} on")
    if (status is ValidityStatus.PUBLISHED_YEAR) is not (row.valid_to_year is not None):
        cells.refuse("valid_to", quote(cells.text("valid_to")), "a year where no more is published, and only there")
    elif (status is ValidityStatus.PUBLISHED) is not (row.valid_to is not None):
        cells.refuse("valid_to", quote(cells.text("valid_to")), "a last day where it is published, and only there")
    if status is ValidityStatus.PUBLISHED and row.valid_from is None:
        cells.refuse("valid_from", "nothing", "the first day, as the validity is published")
    _check_claims(cells, "validity", status is ValidityStatus.DISPUTED, len(claims), len(row.validity_sources))
    published = status in (ValidityStatus.PUBLISHED, ValidityStatus.PUBLISHED_YEAR)
    if published and not row.validity_sources:
        cells.refuse("validity_sources", "nothing", "the source of the published days")


def _check_level(cells: Cells, row: PublicCertification) -> None:
    status, claims = row.level_status, row.level_claims
    if any(level < 1 for level in (*claims, *([row.level] if row.level is not None else []))):
        cells.refuse("level", quote(cells.text("level") or cells.text("level_claims")), "levels from 1 on, 1 the best")
    has_level = status in (LevelStatus.PUBLISHED, LevelStatus.INFERRED, LevelStatus.CLAIMED)
    if has_level is not (row.level is not None):
        cells.refuse("level", quote(cells.text("level")), f"{'a level' if has_level else 'nothing'}: it is {status}")
    elif has_level and (claims != (row.level,) or not row.level_sources):
        cells.refuse("level_claims", quote(cells.text("level_claims")), f"{row.level}, with its sources")
    if status is LevelStatus.UNKNOWN and (claims or row.level_sources):
        cells.refuse("level_claims", quote(cells.text("level_claims")), "nothing: the level is unknown")
    if not has_level:
        _check_claims(cells, "level", status is LevelStatus.DISPUTED, len(set(claims)), len(row.level_sources))


def _check_claims(cells: Cells, what: str, disputed: bool, claims: int, sources: int) -> None:
    if disputed is not (claims > 1):
        wanted = "at least two different claims" if disputed else "no claims that disagree, or the status 'disputed'"
        cells.refuse(f"{what}_claims", quote(cells.text(f"{what}_claims")), wanted)
    elif disputed and sources != claims:
        cells.refuse(f"{what}_sources", f"{sources} sources", f"{claims}: one for each claim, in its order")
