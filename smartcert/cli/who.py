"""``smartcert who``: who is a local government, and may it apply?"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import click

from smartcert.cli.options import DAY, FILE, LocalPath, align_columns, language_option
from smartcert.errors import UsageError
from smartcert.files import write_atomic
from smartcert.io.rounds.organisations import compact_number
from smartcert.reporting.catalogue import Words
from smartcert.services.clock import get_today
from smartcert.services.local_governments import (
    describe_government,
    describe_past,
    find_governments,
    list_changes,
)


@click.command()
@click.argument("names", nargs=-1, metavar="NAME|CODE...")
@click.option("--round", "round_name", metavar="ROUND", help="Answer whether it may apply, by this round's rules.")
@click.option(
    "--on", "day", type=DAY, show_default="the round's governing day, else today", help="As of this day (2024-06-01)."
)
@click.option(
    "--registry",
    type=LocalPath(path_type=Path),
    show_default="that of the round",
    help="Another registry, or the ministry's export.",
)
@click.option("--all", "everyone", is_flag=True, help="Write the table of all entries of the registry as CSV.")
@click.option("--changes", is_flag=True, help="List what changed: names, codes, kinds, parents, mergers.")
@click.option("--since", type=DAY, show_default="the beginning", help="With --changes: from this day on.")
@click.option("--output", type=FILE, show_default="stdout", help="With --all: the file to write.")
@language_option
def who(
    names: tuple[str, ...],
    round_name: str | None,
    day: date | None,
    registry: Path | None,
    everyone: bool,
    changes: bool,
    since: date | None,
    output: Path | None,
    language: str,
) -> None:
    """Show who a name or code is, and whether it may apply.

    Every name and code since 2019 is understood: the answer says what it is, since when and by which act, and what
    came of it. With --round it names the size type and the rule. A name that occurs twice asks which: add the name
    of its parent ("대구 동구") or give the code. Several names that mean nobody together are answered one by one.
    """
    _check_options_of_who(names, round_name, everyone=everyone, changes=changes, output=output)
    words = Words(language, "commands", "governments")
    if since is not None and not changes:
        raise UsageError("--since goes with --changes")
    if changes:
        lines = list_changes(since, words)
        for line in lines:
            click.echo(line)
        if since is not None and not lines:
            click.echo(words("history.no_changes", since=since))
        return
    if round_name is None:
        if registry is not None:
            raise UsageError("--registry goes with --round")
        for name in names:
            if compact_number(name) != name:
                raise UsageError(
                    f"'{name}' is a business number; organisations are listed by rounds only: give --round ROUND too"
                )
        on = day or get_today()
        for candidate in find_governments(names, on):
            _print_rows(describe_government(candidate, " ".join(names), on, words))
        return
    _answer_for_round(names, round_name, registry, day, output, everyone=everyone, language=language)


def _answer_for_round(
    names: tuple[str, ...],
    round_name: str,
    registry: Path | None,
    day: date | None,
    output: Path | None,
    *,
    everyone: bool,
    language: str,
) -> None:
    # imported here: who a name is needs no rule and no round
    from smartcert.services.eligibility import (
        answer_eligibility,
        describe_answer,
        find_named,
        format_eligibility_table,
    )
    from smartcert.services.rounds import open_round

    opened = open_round(round_name, registry)
    entries = opened.round.registry
    words = Words(language, "commands", "governments", scheme=opened.rules.facts)
    if everyone:
        table = format_eligibility_table(entries, opened.rules, words)
        if output is None:
            sys.stdout.buffer.write(table.encode("utf-8"))
        else:
            write_atomic(output, table.encode("utf-8-sig"))  # the mark by which spreadsheets know UTF-8
        return
    for asked, entry in find_named(entries, names):
        _print_rows(describe_answer(answer_eligibility(entry, entries, opened.rules), words))
        past = describe_past(entry.code, asked, day or opened.round.governing_day, words)
        if past:
            _print_rows(past)


def _check_options_of_who(
    names: tuple[str, ...], round_name: str | None, *, everyone: bool, changes: bool, output: Path | None
) -> None:
    if [bool(names), everyone, changes].count(True) != 1:
        raise UsageError("give either a name or code, or --all, or --changes")
    if output is not None and not everyone:
        raise UsageError("--output goes with --all")
    if everyone and round_name is None:
        raise UsageError("--all needs the --round whose registry it is")


def _print_rows(rows: list[tuple[str, str]]) -> None:
    heading = [] if rows[0][0] else [rows[0][1]]
    for line in heading:
        click.echo(line)
    for line in align_columns(rows[len(heading) :]):
        click.echo(f"  {line}")
