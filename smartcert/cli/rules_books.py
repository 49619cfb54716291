"""``smartcert rules import``, ``export`` and ``diff``: the indicator table as a workbook, and amendments in words."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smartcert.cli.options import language_option
from smartcert.errors import UsageError, suggestion

if TYPE_CHECKING:
    from smartcert.model.indicator import Edition
    from smartcert.rules.rulebook import Rulebook

_rules_option = click.option(
    "--rules", "folder", type=click.Path(file_okay=False, path_type=Path), help="Another folder of rules."
)


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_rules_option
def import_(file: Path, folder: Path | None) -> None:
    """Turn the indicator table in FILE.xlsx into an edition beside the others.

    An edition that is there already is never overwritten: finished rounds refer to it.
    """
    from smartcert.intake.edition_book import read_edition_book
    from smartcert.intake.edition_written import edition_text
    from smartcert.intake.rulebook import read_rulebook
    from smartcert.intake.text import shown
    from smartcert.intake.written import write_bytes

    place = _folder(folder)
    book = read_rulebook(place)
    edition = read_edition_book(file.read_bytes(), shown(file), book.sources)
    path = place / "indicators" / f"{edition.id}.yaml"
    if edition.id in book.editions:
        if book.editions[edition.id] == edition:
            click.echo(f"{path}: the same already")
            return
        raise UsageError(f"{path} is there already and differs; give the new edition a name of its own")
    write_bytes(path, edition_text(edition).encode())
    count = sum(1 for _ in edition.indicators())
    click.echo(f"{path}: {count} indicators; name it in the round.yaml of the round that is to use it")


@click.command("export")
@click.argument("name", metavar="EDITION")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="The file. [default: EDITION.xlsx]")
@_rules_option
def export(name: str, output: Path | None, folder: Path | None) -> None:
    """Write EDITION as a workbook that `rules import` reads back loss-free."""
    from smartcert.forms.edition_sheets import edition_book
    from smartcert.intake.rulebook import read_rulebook
    from smartcert.intake.written import write_bytes

    edition = _edition(name, read_rulebook(_folder(folder)))
    path = output or Path(f"{edition.id}.xlsx")
    write_bytes(path, edition_book(edition))
    click.echo(str(path))


@click.command("diff")
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@_rules_option
@language_option
def diff(before: str, after: str, folder: Path | None, language: str) -> None:
    """Tell in words what changes from A to B: two editions (names, .yaml or .xlsx files) or two days.

    Exit code 0 whether or not anything changes.
    """
    from smartcert.intake.rulebook import read_rulebook
    from smartcert.reporting import amendment
    from smartcert.reporting.words import Words
    from smartcert.rules.changes import changes

    book, words = read_rulebook(_folder(folder)), Words(language, *amendment.PAGES)
    days = [_day(text) for text in (before, after)]
    if days[0] is not None and days[1] is not None:
        names, told = (before, after), amendment.values(changes(book, days[0], days[1]), words)
    else:
        editions = [_edition(text, book) for text in (before, after)]
        names = (editions[0].id, editions[1].id)
        told = amendment.editions(editions[0], editions[1], words)
    if not told:
        click.echo(words("amendment.same", before=names[0], after=names[1]))
        return
    click.echo(words("amendment.heading", before=names[0], after=names[1], count=len(told)))
    for number, sentence in enumerate(told, start=1):
        click.echo(f"{number}. {sentence}")


def _folder(folder: Path | None) -> Path:
    """Return the folder of rules: as given, else that of the working directory, else ours."""
    from smartcert import home

    own = Path.cwd() / "parameters" / "rules"
    return folder or (own if own.is_dir() else home.HOME / "parameters" / "rules")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _edition(name: str, book: Rulebook) -> Edition:
    path = Path(name)
    if name in book.editions:
        return book.editions[name]
    if path.suffix not in (".xlsx", ".yaml") or not path.is_file():
        hint = suggestion(name, book.editions)
        raise UsageError(f"no edition '{name}'{hint}; there are: {', '.join(book.editions)}, or give a file")
    from smartcert.errors import InputError
    from smartcert.intake.edition import edition
    from smartcert.intake.edition_book import read_edition_book
    from smartcert.intake.text import read_file, shown
    from smartcert.intake.typed import Decoder
    from smartcert.intake.yaml_text import read_tree

    if path.suffix == ".xlsx":
        return read_edition_book(path.read_bytes(), shown(path), book.sources)
    decoder = Decoder(read_tree(read_file(path)))
    read = edition(decoder, path.stem, book.sources)
    if read is None or decoder.problems:
        raise InputError(decoder.problems)
    return read
