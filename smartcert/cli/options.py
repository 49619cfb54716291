"""Options and types of arguments that several commands share, and columns that align under Hangul."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import click

from smartcert.errors import UsageError
from smartcert.io.formats.text import NotReadableError, parse_day, parse_moment
from smartcert.model.korean_time import KOREAN_TIME
from smartcert.reporting.catalogue import Words
from smartcert.services.clock import get_today

LANGUAGES = ("ko", "en")
BOTH = "both"
AUDIENCES = ("reviewer", "applicant", "public")


class LocalPath(click.Path):
    """A path of this machine as an argument: an address is refused, which would be written to a folder ``s3:``."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path of a text.

        Raises:
            UsageError: the text is an address, as ``s3://bucket/round``.
        """
        if isinstance(value, str) and "://" in value:
            name = param.opts[0] if param else self.name
            raise UsageError(f"{name}: '{value}' is an address, and no path of this machine")
        return super().convert(value, param, ctx)


FILE = LocalPath(dir_okay=False, path_type=Path)
FOLDER = LocalPath(file_okay=False, path_type=Path)

REGISTER = Path("outputs") / "register.sqlite"
"""Where the register is unless ``--register`` says otherwise: in the working directory, never in the package."""


class TextOption(click.ParamType):  # type: ignore[type-arg]  # generic in newer versions of click only
    """A type of arguments that are read by a function; what it refuses is an error that names the option."""

    def __init__(self, name: str, parse: Callable[[str], date]) -> None:
        self.name = name
        self._parse = parse

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ARG002  # click's signature
        """Return the value of a text; a default that is a value already stays as it is.

        Raises:
            UsageError: the text cannot be read.
        """
        if not isinstance(value, str):
            return value
        try:
            return self._parse(value)
        except NotReadableError as error:
            where = f"{param.opts[0]}: " if param else ""
            raise UsageError(f"{where}'{value}' is not {error}") from None


def _parse_moment_or_noon(text: str) -> datetime:
    if len(text) == len("2023-12-21"):
        return datetime.combine(parse_day(text), time(12), KOREAN_TIME)
    return parse_moment(text)


DAY = TextOption("day", parse_day)
"""A day, written 2023-12-21."""

MOMENT = TextOption("moment", parse_moment)
"""A moment in Korean time, written "2023-12-21 10:00"."""

MOMENT_OR_NOON = TextOption("moment", _parse_moment_or_noon)
"""A moment as `MOMENT`, or a day, which stands for its noon."""


def detect_language() -> str:
    """Return ``"ko"`` if the user's locale is Korean, else ``"en"``."""
    locale = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return "ko" if locale.startswith("ko") else "en"


LANGUAGE_KEY = "smartcert.language"
"""The key of the language of a command in the ``meta`` of its context, where its errors find it."""


def _note_language(ctx: click.Context, param: click.Parameter, value: str) -> str:  # noqa: ARG001  # click's signature
    ctx.meta[LANGUAGE_KEY] = value
    return value


language_option = click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    default=detect_language,
    callback=_note_language,
    is_eager=True,  # so that what is wrong with other options is said in it
    show_default="ko under a Korean locale, else en",
    help="Language of what is printed.",
)


def _note_one_language(ctx: click.Context, param: click.Parameter, value: str) -> str:
    return value if value == BOTH else _note_language(ctx, param, value)


languages_option = click.option(
    "--language",
    type=click.Choice([*LANGUAGES, BOTH]),
    default=BOTH,
    callback=_note_one_language,
    is_eager=True,
    help="Language of the pages and of what is printed; with both, the locale's is printed.",
)
audience_option = click.option(
    "--audience",
    "audiences",
    type=click.Choice(AUDIENCES),
    multiple=True,
    default=(AUDIENCES[0],),
    help="For whom; may be repeated. The public's are of certified applicants only.",
)
jobs_option = click.option(
    "--jobs", type=click.IntRange(1, 1024), show_default="one per processor", help="Number of reports made at a time."
)
output_option = click.option(
    "--output",
    type=FOLDER,
    show_default="outputs/<round>",
    help="Folder of index.html and all that it leads to.",
)
pdf_engine_option = click.option(
    "--pdf-engine",
    type=click.Choice(("auto", "chromium", "weasyprint")),
    default="auto",
    show_default="Chromium where it is installed, else WeasyPrint",
    help="What prints PDFs: Chromium, a second a page, or WeasyPrint (smartcert[pdf]), many seconds for a report.",
)
quiet_option = click.option("--quiet", is_flag=True, help="Print failures and the end only.")


day_option = click.option(
    "--on", "day", type=DAY, default=get_today, show_default="today in Korea", help="As of this day (2024-06-01)."
)


def choose_printed_language(language: str) -> str:
    """Return the language of what is printed: the one that ``--language`` names, else that of the user's locale."""
    return detect_language() if language == BOTH else language


def list_languages(language: str) -> tuple[str, ...]:
    """Return the languages that ``--language`` asks for: both, or the one that it names."""
    return LANGUAGES if language == BOTH else (language,)


def measure_width(text: str) -> int:
    """Return how many columns a terminal takes for ``text``: two for each wide character.

    >>> measure_width("송파구"), measure_width("Songpa")
    (6, 6)
    """
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text
    )


def align_columns(rows: Iterable[Sequence[str]]) -> list[str]:
    """Return one line for each row with the columns aligned; the last column is not padded.

    >>> align_columns([("가", "1"), ("abc", "2")])
    ['가   1', 'abc  2']
    """
    table = [tuple(row) for row in rows]
    widths = [max(map(measure_width, column)) for column in zip(*table, strict=True)]
    return [
        "  ".join(cell + " " * (width - measure_width(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    ]


_MAX_LINES = 40
"""How many problems or questions are printed: two screens' worth."""


def print_first(lines: Iterable[str], language: str) -> None:
    """Print lines to the standard error output, up to two screens' worth of them, and how many more there are."""
    all_lines = list(lines)
    for line in all_lines[:_MAX_LINES]:
        click.echo(line, err=True)
    if len(all_lines) > _MAX_LINES:
        words = Words(language, "commands")
        click.echo(words("intake.more", count=len(all_lines) - _MAX_LINES), err=True)
