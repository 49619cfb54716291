"""How a month of the ministry's populations comes into a folder of registries: read, checked, written."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from smartcert.errors import UsageError
from smartcert.files import write_atomic
from smartcert.io.formats.csv import format_table
from smartcert.io.parameters.local_governments import load_local_governments
from smartcert.io.parameters.population_export import join_populations, read_population_export
from smartcert.io.parameters.populations import POPULATION_COLUMNS, POPULATIONS, last_day, list_months
from smartcert.io.parameters.registries import name_source
from smartcert.lazy_dataclass import dataclass
from smartcert.model.local_government import Change, LocalGovernment


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportedMonth:
    """What was written: the file, how many local governments and residents, and what happened since the month before.

    ``appeared`` and ``ended`` are those that are in this month and not in ``earlier``, and the other way round.
    """

    path: Path
    month: str
    source: str
    governments: int
    residents: int
    earlier: str
    appeared: tuple[LocalGovernment, ...]
    ended: tuple[LocalGovernment, ...]
    changes: tuple[Change, ...]


def import_month(file: Path, month: str | None, folder: Path, *, replace: bool = False) -> ImportedMonth:
    """Read a file of the ministry and write its month as ``population/<month>.csv`` of a folder of registries.

    Raises:
        InputError: it is another file than wanted, or broken, or has codes or names that no change explains.
        UsageError: the month is there with other figures, and ``replace`` was not asked for.
    """
    governments = load_local_governments()
    export = read_population_export(file, month)
    source = name_source(export, governments)
    populations = join_populations(export, governments, source)
    day = last_day(export.month)
    path = folder / POPULATIONS / f"{export.month}.csv"
    codes = sorted((entity.code_on(day) or "", entity.id) for entity in governments.on(day) if entity.id in populations)
    data = format_table(
        POPULATION_COLUMNS, [(code, str(populations[entity_id].residents), source) for code, entity_id in codes]
    )
    if path.exists() and path.read_bytes() != data and not replace:
        raise UsageError(f"{path} is there with other figures; --replace puts these in its place")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, data)
    earlier = max((known for known in list_months(path.parent) if known < export.month), default="")
    before = last_day(earlier) if earlier else governments.begins
    now, then = governments.on(day), governments.on(before)
    top = [government for government in governments.governments_on(day) if governments.parent(government, day) is None]
    return ImportedMonth(
        path=path,
        month=export.month,
        source=source,
        governments=len(governments.governments_on(day)),
        residents=sum(populations[government.id].residents for government in top),
        earlier=earlier,
        appeared=tuple(entity for entity in now if entity not in then),
        ended=tuple(entity for entity in then if entity not in now),
        changes=tuple(change for change in governments.changes if before < change.day <= day),
    )


def name_on(entity: LocalGovernment, day: date, language: str) -> str:
    """Return the name and the code of an entity as a line about ``day`` has them."""
    named = load_local_governments().name(entity, day)
    return f"{named.of(language)} {entity.code_on(day) or entity.codes[-1].code}"
