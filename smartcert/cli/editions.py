"""``smartcert rules import``, ``export``, ``diff`` and ``explain``: editions as workbooks and documents."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from smartcert.cli.options import DAY, FILE, FOLDER, language_option
from smartcert.errors import UsageError
from smartcert.files import write_atomic
from smartcert.forms.edition_workbook import build_edition_workbook
from smartcert.io.formats.text import NotReadableError, display_path, parse_day
from smartcert.io.parameters.edition import format_edition
from smartcert.io.parameters.edition_xlsx import read_edition_workbook
from smartcert.io.parameters.rulebook import read_rulebook
from smartcert.reporting import amendment
from smartcert.reporting.catalogue import Words
from smartcert.reporting.documents.html import write_html
from smartcert.reporting.documents.hwpx import write_hwpx
from smartcert.reporting.documents.plain import write_plain
from smartcert.rules.rulebook import diff_days
from smartcert.services import criteria
from smartcert.services.editions import find_edition, find_rules_folder, with_edition

rules_option = click.option(
    "--rules",
    "folder",
    type=FOLDER,
    show_default="parameters/rules, else that of the package",
    help="The folder of rules.",
)


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@rules_option
@language_option
def import_(file: Path, folder: Path | None, language: str) -> None:
    """Write an edition of indicators from a workbook.

    Reads the indicator table in FILE.xlsx and writes the edition beside the others. An edition that exists already is
    never overwritten: finished rounds refer to it.
    """
    rules = find_rules_folder(folder)
    rulebook = read_rulebook(rules)
    edition = read_edition_workbook(file.read_bytes(), display_path(file), rulebook.sources, rulebook.class_ids)
    path, words = rules / "indicators" / f"{edition.id}.yaml", Words(language, "commands")
    if edition.id in rulebook.editions:
        if rulebook.editions[edition.id] == edition:
            click.echo(words("edition.same", file=str(path)))
            return
        raise UsageError(f"{path} exists already and differs; give the new edition a name of its own")
    write_atomic(path, format_edition(edition).encode())
    count = sum(1 for _ in edition.indicators())
    click.echo(words("edition.written", file=str(path), count=count))


@click.command("export")
@click.argument("name", metavar="EDITION")
@click.option("--output", type=FILE, show_default="EDITION.xlsx", help="The file to write.")
@rules_option
def export(name: str, output: Path | None, folder: Path | None) -> None:
    """Write an edition of indicators as a workbook.

    "smartcert rules import" reads EDITION back from it without a loss.
    """
    edition = find_edition(name, read_rulebook(find_rules_folder(folder)))
    path = output or Path(f"{edition.id}.xlsx")
    write_atomic(path, build_edition_workbook(edition))
    click.echo(str(path))


@click.command("diff")
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@rules_option
@language_option
def diff(before: str, after: str, folder: Path | None, language: str) -> None:
    """Show in words what changes from A to B.

    A and B are two editions (names, .yaml or .xlsx files) or two days. Exit code 0 whether or not anything changes.
    """
    rulebook, words = read_rulebook(find_rules_folder(folder)), Words(language, *amendment.CATALOGUE_PAGES)
    days = [_parse_day_or_none(text) for text in (before, after)]
    if days[0] is not None and days[1] is not None:
        names = (before, after)
        changes = amendment.describe_value_changes(diff_days(rulebook, days[0], days[1]), words)
    else:
        old, new = (find_edition(text, rulebook) for text in (before, after))
        names = (old.id, new.id)
        changes = amendment.describe_edition_changes(old, new, words)
    if not changes:
        click.echo(words("amendment.same", before=names[0], after=names[1]))
        return
    click.echo(words("amendment.heading", before=names[0], after=names[1], count=len(changes)))
    for number, sentence in enumerate(changes, start=1):
        click.echo(f"{number}. {sentence}")


def _parse_day_or_none(text: str) -> date | None:
    try:
        return parse_day(text)
    except NotReadableError:
        return None


@click.command("explain")
@click.argument("name", metavar="EDITION")
@click.option("--on", "day", type=DAY, show_default="the day of the edition", help="The day whose rules are shown.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "html", "hwpx"]),
    show_default="that of --output, else text",
    help="How it is written; HWPX needs --output.",
)
@click.option("--output", type=FILE, show_default="the screen", help="The file to write.")
@rules_option
@language_option
def explain(
    name: str, day: date | None, format_: str | None, output: Path | None, folder: Path | None, language: str
) -> None:
    """Show an edition and its scheme as a document.

    Who may apply, the stages, points, every indicator with its scale, how marks combine, and how results come about,
    each with its source. EDITION is a name, or a .yaml or .xlsx file.
    """
    suffix = output.suffix.removeprefix(".") if output else ""
    chosen = format_ or (suffix if suffix in ("html", "hwpx") else "text")
    if chosen == "hwpx" and output is None:
        raise UsageError("an HWPX document is written into a file: give --output FILE.hwpx")
    rulebook = read_rulebook(find_rules_folder(folder))
    edition = find_edition(name, rulebook)
    rules = with_edition(rulebook, edition).on(day or edition.since, edition.id)
    words = Words(language, *criteria.CATALOGUE_PAGES, scheme=rules.facts)
    scheme = rulebook.schemes.get(edition.scheme)
    document = criteria.build_criteria(rules, scheme.title if scheme else edition.title, words)
    written = {"text": write_plain, "html": write_html}
    content = write_hwpx(document) if chosen == "hwpx" else written[chosen](document).encode()
    if output is None:
        click.echo(content.decode(), nl=False)
        return
    write_atomic(output, content)
    click.echo(str(output))
