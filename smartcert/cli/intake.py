"""``smartcert intake`` and ``smartcert new-round``: what the operator does with what arrives, and before it does."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

import click

from smartcert.cli.options import spoken
from smartcert.errors import UsageError

_MOST_TOLD = 40


@click.command()
@click.argument("round_name", metavar="ROUND")
@click.argument(
    "folder", metavar="[FOLDER]", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path)
)
@click.option("--last", metavar="ROUND", help="The last round; figures several times its own are asked about.")
@click.option("--due", metavar="DAY", help="Write requests for supplements and notices, due on this day.")
@click.option("--asked-on", metavar="DAY", help="The day of asking. [default: today in Korea]")
@click.option("--limits", is_flag=True, help="Tell every limit of a package first.")
def intake(
    round_name: str, folder: Path | None, last: str | None, due: str | None, asked_on: str | None, limits: bool
) -> None:
    """Take the packages of FOLDER, with its log arrivals.csv, into ROUND; without FOLDER read again what came before.

    Writes the round's applications, documents and measurements, and into ROUND/intake receipts, questions, remarks
    and where each value came from. Exit code 1 if a package cannot be read or a question is open.
    """
    from smartcert.intake import limits as declared
    from smartcert.intake.called import read_called
    from smartcert.reception.take_in import take_in

    if limits:
        for name, most in declared.told().items():
            click.echo(f"{name}: {most:,}")
    called = read_called(round_name)
    taken = take_in(called, folder, read_called(last) if last else None)
    counts = (len(taken.versions), len(taken.counted), len(taken.questions), len(taken.remarks), len(taken.problems))
    click.echo(
        "{}: {} packages, {} applications; {} questions, {} remarks, {} problems".format(called.round.id, *counts)
    )
    if due is not None:
        from smartcert.reception.notices import application, supplements_of, write_notices
        from smartcert.reception.supplements import ask

        due_on, asked = _day(due), _day(asked_on) if asked_on else _today()
        supplements = supplements_of(called.folder)
        sent = [application(one, called.rules, supplements.get(one.id, ())) for one in taken.counted]
        requests = ask(called.folder, sent, called.rules, asked, due_on)
        told = (taken.questions, taken.remarks)
        notices = write_notices(called.folder, taken.counted, told, called.round, called.rules, due_on)
        click.echo(f"{requests} requests for supplements, {notices} notices in {called.folder / 'intake' / 'notices'}")
    _tell(str(problem) for problem in sorted(taken.problems, key=str))
    _tell(f"{number} {one.indicator} ({one.place}): {one.why.of(spoken())}" for _, number, one in taken.questions)
    if taken.problems or taken.questions:
        raise SystemExit(1)


def _tell(lines: Iterable[str]) -> None:
    told = list(lines)
    for line in told[:_MOST_TOLD]:
        click.echo(line, err=True)
    if len(told) > _MOST_TOLD:
        click.echo(f"and {len(told) - _MOST_TOLD} more, in the tables of ROUND/intake", err=True)


@click.command("new-round")
@click.argument("name", metavar="YEAR")
@click.option("--from", "last", metavar="ROUND", required=True, help="The round to start from.")
@click.option("--governing-day", metavar="DAY", help="The day of the call.")
@click.option("--opens", metavar="MOMENT", help='As "2027-10-24 00:00", Korean time.')
@click.option("--closes", metavar="MOMENT", help='As "2027-10-26 18:00", Korean time.')
@click.option("--edition", default="", help="Another edition of indicators.")
@click.option("--cite", multiple=True, metavar="KEY", help="The source of the call in sources.yaml; may be repeated.")
@click.option("--output", type=click.Path(file_okay=False, path_type=Path), help="[default: parameters/rounds/YEAR]")
def new_round(
    name: str,
    last: str,
    governing_day: str | None,
    opens: str | None,
    closes: str | None,
    edition: str,
    cite: tuple[str, ...],
    output: Path | None,
) -> None:
    """Scaffold the round of YEAR from an earlier one. What is not known yet is left empty and told."""
    from smartcert import home
    from smartcert.intake.called import read_called
    from smartcert.reception.new_round import Plan
    from smartcert.reception.new_round import new_round as scaffold

    plan = Plan(
        name=name,
        governing_day=_day(governing_day) if governing_day else None,
        opens_at=_moment(opens) if opens else None,
        closes_at=_moment(closes) if closes else None,
        edition=edition,
        cite=cite,
    )
    own = Path.cwd() / "parameters" / "rounds"
    folder = output or (own if own.is_dir() else home.HOME / "parameters" / "rounds") / name
    missing = scaffold(plan, read_called(last), folder)
    click.echo(f"{folder / 'round.yaml'}" + (f": still to fill in: {', '.join(missing)}" if missing else ""))


def _day(text: str) -> date:
    from smartcert.intake.scalars import NotReadableError, day

    try:
        return day(text)
    except NotReadableError as error:
        raise UsageError(f"'{text}' is not {error}") from None


def _moment(text: str) -> datetime:
    from smartcert.intake.scalars import NotReadableError, moment

    try:
        return moment(text)
    except NotReadableError as error:
        raise UsageError(f"'{text}' is not {error}") from None


def _today() -> date:
    from smartcert.intake.scalars import KOREAN_TIME

    return datetime.now(KOREAN_TIME).date()
