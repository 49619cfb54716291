"""``smartcert register page``: the page on who was certified when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import click

from smartcert.cli.run import BOTH, languages_option
from smartcert.errors import UsageError


def day_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--on`` for the day that is asked for."""
    return click.option(
        "--on", default="", metavar="DAY", help="As of this day (2024-06-01). [default: today in Korea]"
    )(command)


def chosen_day(text: str) -> date:
    """Return the day of ``--on``, or today in Korea.

    Raises:
        UsageError: the text is no day.
    """
    from smartcert.history import today

    try:
        return date.fromisoformat(text) if text else today()
    except ValueError:
        raise UsageError(f"--on: '{text}' is no day; write it as 2024-06-01") from None


@click.command()
@day_option
@languages_option
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the pages. [default: outputs/certification]",
)
def page(on: str, language: str, output: Path | None) -> None:
    """Make the page on the public history: who is certified, timelines, coverage, sources."""
    from smartcert.batch.history_page import make_history

    for path in make_history(chosen_day(on), ("ko", "en") if language == BOTH else (language,), output):
        click.echo(path)
