"""The registry of a file, whichever kind it is of, or of a month that the package has, as of a day."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from smartcert.io.formats.text import FileText, read_file
from smartcert.io.parameters.local_governments import LOCAL_GOVERNMENTS, load_local_governments, read_local_governments
from smartcert.io.parameters.population_export import (
    PopulationExport,
    check_sums,
    is_population_export,
    is_workbook_file,
    join_populations,
    load_known_breaks,
    parse_population_export,
    read_population_export,
)
from smartcert.io.parameters.populations import COMPOSED, POPULATIONS, find_month_file, last_day, read_populations
from smartcert.io.parameters.registry import parse_registry_table
from smartcert.model.applicant import Population, Registry
from smartcert.model.local_government import LocalGovernments
from smartcert.paths import PROJECT_ROOT

SHIPPED_REGISTRY = "local_governments.2023-10.csv"
"""The table of October 2023 that this package ships."""


def read_registry(path: Path, day: date | None = None) -> Registry:
    """Return the registry of a file: one of our own tables, or the ministry's export in any shape.

    The first column of our table is ``code``. An export has populations only: names, kinds and parents are those of the
    dated table on ``day``, by default the last of the month.

    Raises:
        InputError: the file is neither, or something in it is wrong: every problem.
    """
    if is_workbook_file(path):
        return _build_registry(read_population_export(path), path.name, day)
    return parse_registry(read_file(path, utf16=True), path.name, day)


def parse_registry(source: FileText, name: str, day: date | None = None) -> Registry:
    """Return the registry of a text; ``name`` is the file's, for its source. Errors as of `read_registry`."""
    if is_population_export(source.text):
        return _build_registry(parse_population_export(source), name, day)
    return parse_registry_table(source)


def _build_registry(export: PopulationExport, name: str, day: date | None) -> Registry:
    governments = load_local_governments()
    source = f"{name_source(export, governments)} ({name})"
    populations = join_populations(export, governments, source)
    return governments.registry(day or last_day(export.month), populations)


def name_source(export: PopulationExport, governments: LocalGovernments) -> str:
    """Return the key of the figures of an export whose sums hold; that of figures put together says so."""
    intact = check_sums(export, governments, load_known_breaks())
    key = f"POP-{export.month.replace('-', '')}"
    return f"MOIS-{key}" if intact else f"{COMPOSED}{key}"


def read_month(month: str, day: date, folder: Path | None = None) -> Registry:
    """Return the local governments of ``day`` with the populations of a month that a folder of registries has.

    Raises:
        UsageError: there is no such month, or the day is before the dated table begins.
        InputError: the month's file, or the dated table, has problems.
    """
    governments = read_governments(folder)
    return governments.registry(day, read_month_populations(month, governments, folder))


def read_governments(folder: Path | None = None) -> LocalGovernments:
    """Return the dated table of a folder of registries, of the package where it has none of its own."""
    package = PROJECT_ROOT / "parameters" / "registry"
    if folder is None or folder.resolve() == package.resolve() or not (folder / LOCAL_GOVERNMENTS).is_dir():
        return load_local_governments()
    return read_local_governments(folder / LOCAL_GOVERNMENTS)


def read_month_populations(
    month: str, governments: LocalGovernments, folder: Path | None = None
) -> dict[str, Population]:
    """Return the populations of a month by entity, of the folder of registries or of the package: one has the month."""
    own = folder / POPULATIONS if folder and (folder / POPULATIONS / f"{month}.csv").is_file() else None
    return read_populations(find_month_file(month, own), governments)
