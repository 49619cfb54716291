"""``smartcert rules``: every value in force on a day, with its status, since when it holds, and where it is written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import click

from smartcert.cli.options import columns, language_option
from smartcert.errors import UsageError

if TYPE_CHECKING:
    from smartcert.model.citation import Basis, Cited
    from smartcert.model.indicator import Edition
    from smartcert.reporting.words import Words
    from smartcert.rules.rulebook import Rulebook


@click.group(invoke_without_command=True)
@click.option("--on", "day", metavar="DAY", help="The day, as 2023-09-13. [default: today in Korea]")
@language_option
@click.pass_context
def rules(ctx: click.Context, day: str | None, language: str) -> None:
    """Print every value of the rules that is in force on a day; or import, export and compare editions."""
    if ctx.invoked_subcommand is not None:
        return
    from smartcert import home
    from smartcert.intake.rulebook import read_rulebook
    from smartcert.reporting.words import Words

    chosen = _day(day)
    book = read_rulebook(home.HOME / "parameters" / "rules")
    words = Words(language, "commands")
    click.echo(chosen.isoformat())
    for title, rows in _files(book, chosen, words):
        click.echo(f"\n{title}")
        for line in columns(rows):
            click.echo(f"  {line}")


def _day(text: str | None) -> date:
    if text is None:
        from zoneinfo import ZoneInfo

        return datetime.now(ZoneInfo("Asia/Seoul")).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"'{text}' is no day; write it as 2023-09-13") from None


def _files(book: Rulebook, day: date, words: Words) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    for file, dated in book.files.items():
        yield file, [row for name, entries in dated.items() for row in _rule(name, entries, day, words)]
    yield "indicators", [row for edition in book.editions.values() for row in _edition(edition, day, words)]


def _rule(name: str, entries: tuple[Cited[Any], ...], day: date, words: Words) -> Iterator[tuple[str, str]]:
    from smartcert.errors import NoRuleError
    from smartcert.reporting.rule_values import shown
    from smartcert.rules.rulebook import held

    try:
        rule = held(entries, day)
    except NoRuleError:
        yield name, words("rules.not_yet", since=min(entry.since for entry in entries))
        return
    yield name, shown(rule.value, words)
    yield "", _since(rule.basis, words)


def _edition(edition: Edition, day: date, words: Words) -> Iterator[tuple[str, str]]:
    if edition.since > day:
        yield edition.id, words("rules.not_yet", since=edition.since)
        return
    yield edition.id, words("rules.edition", out_of=edition.points, indicators=len(tuple(edition.indicators())))
    yield "", _since(edition.basis, words)


def _since(basis: Basis, words: Words) -> str:
    from smartcert.who import cited

    return f"{words('rules.since', since=basis.since)}; {cited(basis, words)}"
