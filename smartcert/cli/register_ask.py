"""``smartcert register status``, ``due``, ``history``, ``verify``: what the register says, and whether it is whole."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smartcert.cli.options import columns, language_option
from smartcert.cli.register_options import REGISTER, law, moment, register_option, round_option, subject_of
from smartcert.cli.register_page import chosen_day, day_option
from smartcert.errors import UsageError

if TYPE_CHECKING:
    from smartcert.certification.events import Event
    from smartcert.reporting.words import Words

_WITHIN = re.compile(r"([1-9][0-9]{0,4})d")


@click.command()
@click.argument("name", nargs=-1, required=True, metavar="NAME|CODE...")
@day_option
@click.option("--known", metavar="MOMENT", help="Only what the register had been told by then.")
@round_option
@register_option
@language_option
def status(
    name: tuple[str, ...], on: str, known: str | None, round_name: str | None, file: Path | None, language: str
) -> None:
    """Tell what NAME held on a day: from the register, or where none is at hand from the public history."""
    from smartcert.certification.chronicle import standing
    from smartcert.cli.register_told import standing_rows

    words, day = _words(language), chosen_day(on)
    events, source = _entries(file, words)
    asked = " ".join(name)
    subject = subject_of(asked, events, round_name)
    own = tuple(event for event in events if event.subject == subject)
    if not own and file is None and not _is_public(source, words):
        events, source = _public(words)
        own = tuple(event for event in events if event.subject == subject)
    held = standing(own, day, law(), moment(known) if known else None)
    label = held.certificate.name.of(language) if held.certificate else asked
    rows = [(label, subject), *standing_rows(held, words, law()), (words("register.source"), source)]
    if _is_public(source, words):
        rows += [*_firmness(subject, day, language), *_pilot(subject, day, language)]
    for line in columns(rows):
        click.echo(line)


@click.command()
@click.option("--within", default="90d", show_default=True, metavar="DAYS", help="How far ahead, as 90d.")
@day_option
@register_option
@language_option
def due(within: str, on: str, file: Path | None, language: str) -> None:
    """List what falls due: extensions to be asked for, ends of validity, explanations, lapses. Soonest first."""
    from smartcert.certification.chronicle import standing
    from smartcert.cli.register_told import due_rows

    found = _WITHIN.fullmatch(within)
    if found is None:
        raise UsageError(f"--within: '{within}' is no number of days; write it as 90d")
    words, day = _words(language), chosen_day(on)
    events, source = _entries(file, words)
    by_subject: dict[str, list[Event]] = {}
    for event in events:
        by_subject.setdefault(event.subject, []).append(event)
    standings = [standing(own, day, law()) for own in by_subject.values()]
    for line in columns(due_rows(standings, words, law(), int(found[1]))) or [words("register.none_due")]:
        click.echo(line)
    click.echo(source, err=True)


@click.command()
@click.argument("name", nargs=-1, required=True, metavar="NAME|CODE...")
@round_option
@register_option
@language_option
def history(name: tuple[str, ...], round_name: str | None, file: Path | None, language: str) -> None:
    """Print every entry about NAME, corrected ones with what corrects them."""
    from smartcert.cli.register_told import history_rows

    words = _words(language)
    events, source = _entries(file, words)
    subject = subject_of(" ".join(name), events, round_name)
    own = [event for event in events if event.subject == subject]
    if not own:
        raise UsageError(words("register.no_one", name=" ".join(name)))
    for line in columns(history_rows(own, words)):
        click.echo(line)
    click.echo(source, err=True)


@click.command()
@click.option("--head", "head_text", metavar="COUNT:HASH", help="A head that was kept elsewhere.")
@register_option
@language_option
def verify(head_text: str | None, file: Path | None, language: str) -> None:
    """Tell whether the register is what was entered, and which entry was changed, removed, moved or cut off.

    The exit code is 1 if something is wrong.
    """
    from smartcert.certification import chain, heads
    from smartcert.certification.store import Register

    words, path = _words(language), file or REGISTER
    damages = chain.verify(path, law(), heads.head(head_text) if head_text else None)
    for damage in damages:
        fields = {"seq": damage.seq} if "seq" in _fields(f"damage.{damage.kind}", words) else {}
        detail = {"detail": damage.detail} if "detail" in _fields(f"damage.{damage.kind}", words) else {}
        click.echo(words(f"damage.{damage.kind}", **fields, **detail))
    if damages:
        raise SystemExit(1)
    with Register.read(path) as register:
        head = register.head()
    click.echo(words("register.none_wrong", count=head.count, head=str(head)))


def _fields(key: str, words: Words) -> set[str]:
    from smartcert.reporting.words import catalogue, gaps

    entry = catalogue(words.language, "register")[key]
    return {gap.name for gap in gaps(entry if isinstance(entry, str) else entry[0])}


def _words(language: str) -> Words:
    from smartcert.reporting.words import Words

    return Words(language, "register")


def _entries(file: Path | None, words: Words) -> tuple[tuple[Event, ...], str]:
    """Return all entries and where they are from: the register, or the public history where there is none."""
    from smartcert.certification.store import Register

    if file is None and not REGISTER.exists():
        return _public(words)
    path = file or REGISTER
    with Register.read(path) as register:
        return register.events(), words("register.source_register", file=str(path))


def _public(words: Words) -> tuple[tuple[Event, ...], str]:
    from smartcert.certification.public import as_events
    from smartcert.history import open_history

    return as_events(open_history().certifications, law()), words("register.source_public")


def _is_public(source: str, words: Words) -> bool:
    return source == words("register.source_public")


def _firmness(subject: str, day: date, language: str) -> list[tuple[str, ...]]:
    """Return the row that says whether the days of validity are published or only inferred."""
    from smartcert.history import open_history
    from smartcert.model.certification import CertificationKind
    from smartcert.reporting.words import Words

    words = Words(language, "history")
    return [
        (words("history.table.validity"), words(f"history.firm.{one.term.certification.validity_status}"))
        for one in open_history().timelines(subject, day)
        if one.term is not None and one.term.certification.kind is not CertificationKind.PILOT
    ]


def _pilot(subject: str, day: date, language: str) -> list[tuple[str, ...]]:
    """Return the rows of the pilot certificate, which is none under the notice."""
    from smartcert.history import open_history
    from smartcert.model.certification import CertificationKind

    words = _words(language)
    return [
        (words("register.pilot"), words("register.pilot_value", day=one.decided_on))
        for one in open_history().certifications
        if one.code == subject and one.kind is CertificationKind.PILOT and one.decided_on <= day
    ]
