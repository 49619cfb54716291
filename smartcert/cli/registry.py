"""``smartcert registry``: months of populations, and the dated table of local governments."""

from __future__ import annotations

from pathlib import Path

import click

from smartcert.cli.lazy import LazyGroup
from smartcert.cli.options import FOLDER, language_option
from smartcert.errors import UsageError
from smartcert.io.parameters.local_governments import LOCAL_GOVERNMENTS, read_local_governments
from smartcert.io.parameters.populations import (
    MONTH,
    POPULATIONS,
    find_month_file,
    last_day,
    list_months,
    read_populations,
)
from smartcert.paths import PROJECT_ROOT, find_own_parameters
from smartcert.reporting.catalogue import Words
from smartcert.services.local_governments import describe_change
from smartcert.services.registries import import_month, name_on

COMMANDS = {
    "check": ("smartcert.cli.registry:check", "Check the table of local governments and the months."),
    "import": ("smartcert.cli.registry:import_", "Write a month of populations from the ministry's file."),
}


@click.group(cls=LazyGroup, table=COMMANDS)
def registry() -> None:
    """Write and check months of the registry."""


def find_registries(folder: Path | None) -> Path:
    """Return the folder of registries to work on: as given, else of the working directory or above it, else ours."""
    return folder or find_own_parameters("registry") or PROJECT_ROOT / "parameters" / "registry"


folder_option = click.option(
    "--folder", type=FOLDER, show_default="parameters/registry", help="The folder of registries."
)


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--month", show_default="that of the file", help="The month to take, as 2026-07.")
@click.option("--replace", is_flag=True, help="Put the figures in the place of others of the same month.")
@folder_option
@language_option
def import_(file: Path, month: str | None, replace: bool, folder: Path | None, language: str) -> None:
    """Write a month of populations from the ministry's file.

    FILE is what jumin.mois.go.kr gives (주민등록 인구 및 세대현황, 등록구분 전체), as CSV or XLSX. Its figures have to
    add up and its codes to be those of the month. What is new or gone since the month before is listed with the change
    that explains it.
    """
    if month is not None and not MONTH.fullmatch(month):
        raise UsageError(f"--month: '{month}' is not a month such as 2026-07")
    done = import_month(file, month, find_registries(folder), replace=replace)
    words = Words(language, "governments")
    day = last_day(done.month)
    compared = {"earlier": done.earlier} if done.earlier else {}
    summary = words(
        "registry.imported",
        governments=done.governments,
        residents=done.residents,
        month=done.month,
        source=done.source,
        **compared,
    )
    click.echo(f"{done.path}: {summary}")
    for label, entities, when in (
        ("registry.appeared", done.appeared, day),
        ("registry.ended", done.ended, last_day(done.earlier) if done.earlier else day),
    ):
        for entity in entities:
            click.echo(words(label, name=name_on(entity, when, language)))
    for change in done.changes:
        for line in describe_change(change, words):
            click.echo(line)


@click.command()
@folder_option
@language_option
def check(folder: Path | None, language: str) -> None:
    """Check the table of local governments and the months.

    Every problem is printed with its place: spans that overlap, a code that two have on a day, parents that do not
    exist, days that no change explains, populations of codes that nobody has.
    """
    home = find_registries(folder)
    governments = read_local_governments(home / LOCAL_GOVERNMENTS)
    months = list_months(home / POPULATIONS)
    for month in months:
        read_populations(find_month_file(month, home / POPULATIONS), governments)
    counts = {"entities": len(governments.entities), "changes": len(governments.changes), "months": len(months)}
    click.echo(Words(language, "governments")("registry.checked", folder=str(home), **counts))
