"""``smartcert rules``: every value in force on a day, with its status, since when it holds, and where it is written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import click

from smartcert.cli.lazy import LazyGroup
from smartcert.cli.options import (
    DAY,
    align_columns,
    language_option,
)
from smartcert.errors import NoRuleError
from smartcert.io.parameters.rulebook import read_rulebook
from smartcert.model.citation import Basis, Cited
from smartcert.model.indicator import Edition
from smartcert.paths import PROJECT_ROOT
from smartcert.reporting.basis import format_rule_value
from smartcert.reporting.catalogue import Words
from smartcert.rules.rulebook import in_force
from smartcert.services.clock import get_today
from smartcert.services.eligibility import format_basis

COMMANDS = {
    "diff": ("smartcert.cli.editions:diff", "Show in words what changes from A to B."),
    "explain": ("smartcert.cli.editions:explain", "Show an edition and its scheme as a document."),
    "export": ("smartcert.cli.editions:export", "Write an edition of indicators as a workbook."),
    "new": ("smartcert.cli.criteria:new", "Write a commented edition or scheme to start from."),
    "try": ("smartcert.cli.criteria:try_", "Show what an edition gives for a table."),
    "import": ("smartcert.cli.editions:import_", "Write an edition of indicators from a workbook."),
}


@click.group(cls=LazyGroup, table=COMMANDS, invoke_without_command=True)
@click.option("--on", "day", type=DAY, default=get_today, show_default="today in Korea", help="The day, as 2023-09-13.")
@language_option
@click.pass_context
def rules(ctx: click.Context, day: date, language: str) -> None:
    """Show every value of the rules that is in force on a day.

    Or write editions of indicators from and as workbooks, and compare them.
    """
    if ctx.invoked_subcommand is not None:
        return
    rulebook = read_rulebook(PROJECT_ROOT / "parameters" / "rules")
    words = Words(language, "commands")
    tables = {
        file: [row for name, entries in values.items() for row in _format_rule(name, entries, day, words)]
        for file, values in rulebook.files.items()
    }
    editions = [row for edition in rulebook.editions.values() for row in _format_edition(edition, day, words)]
    click.echo(day.isoformat())
    for title, rows in [*tables.items(), ("indicators", editions)]:
        click.echo(f"\n{title}")
        for line in align_columns(rows):
            click.echo(f"  {line}")


def _format_rule(name: str, entries: tuple[Cited[Any], ...], day: date, words: Words) -> Iterator[tuple[str, str]]:
    try:
        rule = in_force(entries, day)
    except NoRuleError:
        yield name, words("rules.not_yet", since=min(entry.since for entry in entries))
        return
    yield name, format_rule_value(rule.value, words)
    yield "", _format_since(rule.basis, words)


def _format_edition(edition: Edition, day: date, words: Words) -> Iterator[tuple[str, str]]:
    if edition.since > day:
        yield edition.id, words("rules.not_yet", since=edition.since)
        return
    yield edition.id, words("rules.edition", out_of=edition.points, indicators=len(tuple(edition.indicators())))
    yield "", _format_since(edition.basis, words)


def _format_since(basis: Basis, words: Words) -> str:
    return f"{words('rules.since', since=basis.since)}; {format_basis(basis, words)}"
