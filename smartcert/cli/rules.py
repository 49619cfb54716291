"""Rules, who."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smartcert.cli.options import align_columns, language_option
from smartcert.errors import UsageError, suggest

if TYPE_CHECKING:
    from smartcert.model.citation import Basis, Cited
    from smartcert.model.indicator import Edition
    from smartcert.reporting.catalogue import Words
    from smartcert.rules.rulebook import Rulebook


# --- ``smartcert rules``: every value in force on a day, with its status, since when it holds, and where it is written.


@click.group(invoke_without_command=True)
@click.option("--on", "day", metavar="DAY", help="The day, as 2023-09-13. [default: today in Korea]")
@language_option
@click.pass_context
def rules(ctx: click.Context, day: str | None, language: str) -> None:
    """Print every value of the rules that is in force on a day; or import, export and compare editions."""
    if ctx.invoked_subcommand is not None:
        return
    from smartcert import paths as home
    from smartcert.io.rulebook import read_rulebook
    from smartcert.reporting.catalogue import Words

    chosen = _parse_day(day)
    book = read_rulebook(home.PROJECT_ROOT / "parameters" / "rules")
    words = Words(language, "commands")
    click.echo(chosen.isoformat())
    for title, rows in _list_rules(book, chosen, words):
        click.echo(f"\n{title}")
        for line in align_columns(rows):
            click.echo(f"  {line}")


def _parse_day(text: str | None) -> date:
    if text is None:
        from smartcert.model.application import KOREAN_TIME

        return datetime.now(KOREAN_TIME).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"'{text}' is no day; write it as 2023-09-13") from None


def _list_rules(book: Rulebook, day: date, words: Words) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    for file, dated in book.files.items():
        yield file, [row for name, entries in dated.items() for row in _format_rule(name, entries, day, words)]
    yield "indicators", [row for edition in book.editions.values() for row in _format_edition(edition, day, words)]


def _format_rule(name: str, entries: tuple[Cited[Any], ...], day: date, words: Words) -> Iterator[tuple[str, str]]:
    from smartcert.errors import NoRuleError
    from smartcert.reporting.basis import format_rule_value
    from smartcert.rules.rulebook import in_force

    try:
        rule = in_force(entries, day)
    except NoRuleError:
        yield name, words("rules.not_yet", since=min(entry.since for entry in entries))
        return
    yield name, format_rule_value(rule.value, words)
    yield "", _format_basis(rule.basis, words)


def _format_edition(edition: Edition, day: date, words: Words) -> Iterator[tuple[str, str]]:
    if edition.since > day:
        yield edition.id, words("rules.not_yet", since=edition.since)
        return
    yield edition.id, words("rules.edition", out_of=edition.points, indicators=len(tuple(edition.indicators())))
    yield "", _format_basis(edition.basis, words)


def _format_basis(basis: Basis, words: Words) -> str:
    from smartcert.services.eligibility import format_basis

    return f"{words('rules.since', since=basis.since)}; {format_basis(basis, words)}"


# --- ``smartcert rules import``, ``export`` and ``diff``: the indicator table as a workbook, and amendments in words.

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
    from smartcert.files import write_atomic
    from smartcert.io.edition import format_edition
    from smartcert.io.edition_xlsx import read_edition_workbook
    from smartcert.io.rulebook import read_rulebook
    from smartcert.io.text import display_path

    place = _find_rules_folder(folder)
    book = read_rulebook(place)
    edition = read_edition_workbook(file.read_bytes(), display_path(file), book.sources)
    path = place / "indicators" / f"{edition.id}.yaml"
    if edition.id in book.editions:
        if book.editions[edition.id] == edition:
            click.echo(f"{path}: the same already")
            return
        raise UsageError(f"{path} is there already and differs; give the new edition a name of its own")
    write_atomic(path, format_edition(edition).encode())
    count = sum(1 for _ in edition.indicators())
    click.echo(f"{path}: {count} indicators; name it in the round.yaml of the round that is to use it")


@click.command("export")
@click.argument("name", metavar="EDITION")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="The file. [default: EDITION.xlsx]")
@_rules_option
def export(name: str, output: Path | None, folder: Path | None) -> None:
    """Write EDITION as a workbook that `rules import` reads back loss-free."""
    from smartcert.files import write_atomic
    from smartcert.forms.edition_workbook import build_edition_workbook
    from smartcert.io.rulebook import read_rulebook

    edition = _find_edition(name, read_rulebook(_find_rules_folder(folder)))
    path = output or Path(f"{edition.id}.xlsx")
    write_atomic(path, build_edition_workbook(edition))
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
    from smartcert.io.rulebook import read_rulebook
    from smartcert.reporting import amendment
    from smartcert.reporting.catalogue import Words
    from smartcert.rules.rulebook import diff_days

    book, words = read_rulebook(_find_rules_folder(folder)), Words(language, *amendment.CATALOGUE_PAGES)
    days = [_try_day(text) for text in (before, after)]
    if days[0] is not None and days[1] is not None:
        names, told = (before, after), amendment.describe_value_changes(diff_days(book, days[0], days[1]), words)
    else:
        editions = [_find_edition(text, book) for text in (before, after)]
        names = (editions[0].id, editions[1].id)
        told = amendment.describe_edition_changes(editions[0], editions[1], words)
    if not told:
        click.echo(words("amendment.same", before=names[0], after=names[1]))
        return
    click.echo(words("amendment.heading", before=names[0], after=names[1], count=len(told)))
    for number, sentence in enumerate(told, start=1):
        click.echo(f"{number}. {sentence}")


def _find_rules_folder(folder: Path | None) -> Path:
    """Return the folder of rules: as given, else that of the working directory, else ours."""
    from smartcert import paths as home

    own = Path.cwd() / "parameters" / "rules"
    return folder or (own if own.is_dir() else home.PROJECT_ROOT / "parameters" / "rules")


def _try_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _find_edition(name: str, book: Rulebook) -> Edition:
    path = Path(name)
    if name in book.editions:
        return book.editions[name]
    if path.suffix not in (".xlsx", ".yaml") or not path.is_file():
        hint = suggest(name, book.editions)
        raise UsageError(f"no edition '{name}'{hint}; there are: {', '.join(book.editions)}, or give a file")
    from smartcert.errors import InputError
    from smartcert.io.edition import decode_edition
    from smartcert.io.edition_xlsx import read_edition_workbook
    from smartcert.io.text import display_path, read_file
    from smartcert.io.yaml import Decoder, parse_yaml

    if path.suffix == ".xlsx":
        return read_edition_workbook(path.read_bytes(), display_path(path), book.sources)
    decoder = Decoder(parse_yaml(read_file(path)))
    read = decode_edition(decoder, path.stem, book.sources)
    if read is None or decoder.problems:
        raise InputError(decoder.problems)
    return read


# --- ``smartcert who``: may this local government apply, and why; or the table of all of them.


@click.command()
@click.argument("name", nargs=-1, metavar="NAME|CODE...")
@click.option("--round", "round_name", metavar="ROUND", required=True, help="The round whose rules and registry hold.")
@click.option("--registry", type=click.Path(path_type=Path), help="Another registry, or the ministry's export.")
@click.option("--all", "everyone", is_flag=True, help="Write the table of all entries of the registry as CSV.")
@click.option("--output", type=click.Path(path_type=Path), help="With --all: the file to write. [default: stdout]")
@language_option
def who(
    name: tuple[str, ...],
    round_name: str,
    registry: Path | None,
    everyone: bool,
    output: Path | None,
    language: str,
) -> None:
    """Tell whether NAME or CODE may apply in a round, in which size type, and why.

    A name that occurs twice asks which: add the name of its parent ("대구 동구") or give the code.
    """
    if everyone == bool(name):
        raise UsageError("give either a name or code, or --all")
    if output is not None and not everyone:
        raise UsageError("--output goes with --all")
    from smartcert.reporting.catalogue import Words
    from smartcert.services import eligibility as room
    from smartcert.services.rounds import open_round

    opened = open_round(round_name, registry)
    entries, words = opened.round.registry, Words(language, "commands")
    if everyone:
        _write_table(room.format_eligibility_table(entries, opened.rules, words), output)
        return
    heading, *rows = room.describe_answer(
        room.answer_eligibility(room.find_entry(entries, " ".join(name)), entries, opened.rules), words
    )
    click.echo(heading[1])
    for line in align_columns(rows):
        click.echo(f"  {line}")


def _write_table(table: str, output: Path | None) -> None:
    if output is None:
        sys.stdout.buffer.write(table.encode("utf-8"))
        return
    try:
        output.write_bytes(table.encode("utf-8-sig"))  # the mark by which spreadsheets know UTF-8
    except OSError as error:
        raise UsageError(f"cannot write {output}: {error.strerror}") from None
