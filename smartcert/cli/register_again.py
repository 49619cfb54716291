"""``smartcert register recheck`` and ``appeal``: would a certificate still stand, and what a verdict rests on."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smartcert.cli.options import columns, language_option
from smartcert.cli.register_options import REGISTER, law, register_option
from smartcert.cli.register_page import chosen_day, day_option
from smartcert.errors import UsageError

if TYPE_CHECKING:
    from smartcert.certification.events import Event
    from smartcert.recheck import Recheck, Under
    from smartcert.reporting.words import Words


@click.command()
@click.argument("round_name", metavar="ROUND")
@day_option
@register_option
@language_option
def recheck(round_name: str, on: str, file: Path | None, language: str) -> None:
    """Hold the data of ROUND, the newest, against the rules of each valid certificate and against those of the day.

    Those to look at before their review come first: who would not stand, then who has most fallen indicators.
    """
    from smartcert.certification.evaluations import kept
    from smartcert.certification.store import Register
    from smartcert.recheck import rechecked
    from smartcert.reporting.words import Words
    from smartcert.rounds import open_round

    words, day = Words(language, "register"), chosen_day(on)
    path = file or REGISTER
    with Register.read(path) as register:
        events = register.events()
    found = rechecked(events, open_round(round_name), law(), day, partial(kept, path))
    if not found:
        click.echo(words("recheck.nobody", round=round_name))
        return
    titles = ("holder", "level", "own", "current", "due", "fell")
    rows = [tuple(words(f"recheck.{title}") for title in titles), *(_row(one, words) for one in found)]
    for line in columns(rows):
        click.echo(line)


def _row(one: Recheck, words: Words) -> tuple[str, ...]:
    from smartcert.reporting import figures

    fell = words("recheck.not_the_same")
    if one.fell is not None:
        fell = ", ".join(f"{it.indicator} {figures.number(it.before)}→{figures.number(it.now)}" for it in one.fell)
    level = str(one.certificate.level) if one.certificate.level else words("symbol.none")
    name = one.certificate.name.of(words.language)
    due = words.show(one.due, "day")
    return name, level, _under(one.own, words), _under(one.current, words), due, fell or words("symbol.none")


def _under(under: Under, words: Words) -> str:
    if under.evaluation is None:
        return words.show(under.why, "text")
    level = under.evaluation.level
    told = str(level.level) if level else words("symbol.none")
    return words("recheck.stands" if under.stands else "recheck.falls", level=told)


@click.command()
@click.argument("round_name", metavar="ROUND")
@click.argument("applicant", metavar="APPLICANT")
@click.option("--output", type=click.Path(file_okay=False, path_type=Path), required=True, help="The folder to make.")
@register_option
def appeal(round_name: str, applicant: str, output: Path, file: Path | None) -> None:
    """Write the appeal pack of APPLICANT: submission, changes, marks without names, rules, trace, objections."""
    from smartcert.appeal import pack
    from smartcert.certification.evaluations import kept
    from smartcert.certification.store import Register
    from smartcert.rounds import open_round

    opened = open_round(round_name)
    code = opened.record(applicant).evaluation.applicant.code
    path = file or REGISTER
    events: tuple[Event, ...] = ()
    if file is not None or path.exists():
        with Register.read(path) as register:
            events = register.events(code)
    made = pack(opened, applicant, events, partial(kept, path))
    _write(output, made.files)
    click.echo(f"{output}: {len(made.files)} files, evaluation.json {made.evaluation}")
    recorded = {event.evaluation for event in events if event.evaluation}
    if recorded - {made.evaluation}:
        click.echo("entries rest on another evaluation.json; where it was kept it is in entered/", err=True)


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    try:
        folder.mkdir(parents=True)
        for name, content in files.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(content)
    except FileExistsError:
        raise UsageError(f"{folder} is there already") from None
    except OSError as error:
        raise UsageError(f"cannot write {folder}: {error.strerror}") from None
