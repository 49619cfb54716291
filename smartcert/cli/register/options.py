"""Shared options, day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smartcert.cli.reports import BOTH, languages_option
from smartcert.errors import UsageError

if TYPE_CHECKING:
    from smartcert.certification.events import Draft, Event
    from smartcert.certification.state import Law
    from smartcert.certification.store import Register
    from smartcert.model.applicant import Registry


# --- What the commands of the register have in common: where it is, which day, who acts, and whom a name means.

REGISTER = Path("outputs") / "register.sqlite"
"""Where the register is unless ``--register`` says otherwise: in the working directory, never in the package."""

_CODE_DIGITS = 10

register_option = click.option(
    "--register", "file", type=click.Path(dir_okay=False, path_type=Path), help=f"The register. [default: {REGISTER}]"
)
round_option = click.option(
    "--round", "round_name", metavar="ROUND", help="Take names from this round's registry. [default: the shipped one]"
)
at_option = click.option("--at", metavar="MOMENT", help='When it happened, as "2023-12-21 10:00". [default: now]')
reason_option = click.option("--reason", required=True, help="Why: the words that the entry keeps.")
actor_option = click.option("--actor", required=True, help="Who does it, by name.")
role_option = click.option(
    "--role",
    type=click.Choice(["applicant", "operating_body", "minister"]),
    help="In which capacity. [default: the one that the law gives the step to]",
)


def event_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of everything that is entered by one person."""
    for option in (round_option, register_option, at_option, reason_option, role_option, actor_option):
        command = option(command)
    return command


@cache
def load_law() -> Law:
    """Return the rules of certificates by their day."""
    from smartcert.io.rulebook import read_rulebook
    from smartcert.paths import PROJECT_ROOT

    return cache(read_rulebook(PROJECT_ROOT / "parameters" / "rules").certification_on)


def now_in_korea() -> datetime:
    """Return what time it is in Korea."""
    from smartcert.model.application import KOREAN_TIME

    return datetime.now(KOREAN_TIME)


def parse_moment(text: str | None) -> datetime:
    """Return ``--at``: a moment in Korean time, or a day, which stands for its noon; without it, now.

    Raises:
        UsageError: the text is neither.
    """
    from smartcert.model.application import KOREAN_TIME

    if not text:
        return now_in_korea()
    try:
        if len(text) == len("2023-12-21"):
            return datetime.combine(date.fromisoformat(text), time(12), KOREAN_TIME)
        read = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--at: '{text}' is no moment; write it as \"2023-12-21 10:00\"") from None
    return read if read.tzinfo else read.replace(tzinfo=KOREAN_TIME)


def format_day(text: str, option: str) -> str:
    """Return a day as facts write it.

    Raises:
        UsageError: the text is no day.
    """
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise UsageError(f"{option}: '{text}' is no day; write it as 2023-12-21") from None


def find_registry(round_name: str | None) -> Registry:
    """Return the entries that names are looked up in."""
    from smartcert.io.registry import SHIPPED_REGISTRY, read_registry
    from smartcert.paths import PROJECT_ROOT

    if round_name:
        from smartcert.services.rounds import open_round

        return open_round(round_name).round.registry
    return read_registry(PROJECT_ROOT / "parameters" / "registry" / SHIPPED_REGISTRY)


def find_subject(name: str, events: tuple[Event, ...], round_name: str | None) -> str:
    """Return the code that a name means: a code, a name that stands in the register, or one of the registry.

    Raises:
        UsageError: it means nobody, or several.
    """
    from smartcert.services.eligibility import find_entry

    if len(name) == _CODE_DIGITS and name.isdigit():
        return name
    named = {event.subject for event in events if name in {event.text("name_ko"), event.text("name_en")}}
    if len(named) == 1 and not round_name:
        return named.pop()
    return find_entry(find_registry(round_name), name).code


def ensure_register(file: Path | None) -> Path:
    """Return the register that is written to; the default one is made with its folder when it is first needed."""
    from smartcert.certification.store import Register

    path = file or REGISTER
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        Register.create(path).close()
    return path


def enter_events(file: Path | None, make: Callable[[Register], list[Draft]], language: str) -> None:
    """Enter what ``make`` draws up from the register as it is, and print the entries.

    Raises:
        UsageError: one of them is refused; it is told in ``language`` with its article, and nothing is entered.
    """
    from smartcert.certification.events import RefusedError, describe_refusal
    from smartcert.certification.store import Register
    from smartcert.reporting.catalogue import Words

    words = Words(language, "register")
    with Register.open(ensure_register(file)) as register:
        try:
            entered = register.append_all(make(register), load_law(), now_in_korea)
        except RefusedError as error:
            raise UsageError(describe_refusal(error.refusal, words)) from None
    for event in entered:
        number = event.text("number")
        kind = f"event.{event.kind}"
        if number:
            click.echo(words("register.entered", number=number, seq=event.seq, event=kind, hash=event.hash))
        else:
            click.echo(words("register.entered_bare", seq=event.seq, event=kind, hash=event.hash))


# --- ``smartcert register page``: the page on who was certified when.


def day_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--on`` for the day that is asked for."""
    return click.option(
        "--on", default="", metavar="DAY", help="As of this day (2024-06-01). [default: today in Korea]"
    )(command)


def parse_day(text: str) -> date:
    """Return the day of ``--on``, or today in Korea.

    Raises:
        UsageError: the text is no day.
    """
    from smartcert.services.history import today

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
    from smartcert.batch.pages import render_history

    for path in render_history(parse_day(on), ("ko", "en") if language == BOTH else (language,), output):
        click.echo(path)
