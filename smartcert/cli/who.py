"""``smartcert who``: may this local government apply, and why; or the table of all of them."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from smartcert.cli.options import columns, language_option
from smartcert.errors import UsageError


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
    from smartcert import who as room
    from smartcert.reporting.words import Words
    from smartcert.rounds import open_round

    opened = open_round(round_name, registry)
    entries, words = opened.round.registry, Words(language, "commands")
    if everyone:
        _write(room.table(entries, opened.rules, words), output)
        return
    heading, *rows = room.told(room.answer(room.entry(entries, " ".join(name)), entries, opened.rules), words)
    click.echo(heading[1])
    for line in columns(rows):
        click.echo(f"  {line}")


def _write(table: str, output: Path | None) -> None:
    if output is None:
        sys.stdout.buffer.write(table.encode("utf-8"))
        return
    try:
        output.write_bytes(table.encode("utf-8-sig"))  # the mark by which spreadsheets know UTF-8
    except OSError as error:
        raise UsageError(f"cannot write {output}: {error.strerror}") from None
