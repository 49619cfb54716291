"""Check, new-round, template, self-check, intake, simulate."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smartcert.cli.options import detect_language, language_option
from smartcert.errors import UsageError

if TYPE_CHECKING:
    from smartcert.model.applicant import Applicant
    from smartcert.model.application import Round
    from smartcert.reception.self_check import SelfCheck


# --- ``smartcert check``: every problem of every file of a round, or what the round holds.


@click.command()
@click.argument("round_name", metavar="ROUND")
def check(round_name: str) -> None:
    """Tell every problem in the files of ROUND, or count what is in them.

    Problems are told as "file:line:column: found ...; wanted ..." with exit code 2.
    """
    from smartcert.services.rounds import open_round

    opened = open_round(round_name)
    applications = opened.round.applications
    findings = sum(len(evaluation.findings) for evaluation in opened.evaluations)
    measurements = sum(len(one.measurements) for one in applications)
    marks = sum(len(one.marks) for one in applications)
    rules = sum(len(entries) for file in opened.rulebook.files.values() for entries in file.values())
    counts = {"application": len(applications), "measurement": measurements, "mark": marks, "rule": rules}
    told = ", ".join(_format_count(count, noun) for noun, count in counts.items())
    click.echo(f"{opened.round.id}: no problem in {told}; evaluated with {_format_count(findings, 'finding')}")


def _format_count(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


# --- ``smartcert intake`` and ``smartcert new-round``: what the operator does with what arrives, and before it does.

_MAX_LINES = 40


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
    from smartcert.io import zip as declared
    from smartcert.io.round import read_call
    from smartcert.reception.take_in import take_in

    if limits:
        for name, most in declared.LIMITS.items():
            click.echo(f"{name}: {most:,}")
    called = read_call(round_name)
    taken = take_in(called, folder, read_call(last) if last else None)
    counts = (len(taken.versions), len(taken.counting), len(taken.questions), len(taken.remarks), len(taken.problems))
    click.echo(
        "{}: {} packages, {} applications; {} questions, {} remarks, {} problems".format(called.round.id, *counts)
    )
    if due is not None:
        from smartcert.reception.letters import write_notices
        from smartcert.reception.packages import build_application
        from smartcert.reception.tables import read_requested_supplements, request_supplements

        due_on, asked = _parse_day(due), _parse_day(asked_on) if asked_on else _today_in_korea()
        supplements = read_requested_supplements(called.folder)
        sent = [build_application(one, called.rules, supplements.get(one.id, ())) for one in taken.counting]
        requests = request_supplements(called.folder, sent, called.rules, asked, due_on)
        notices = write_notices(called, taken.counting, taken.questions, taken.remarks, due_on)
        click.echo(f"{requests} requests for supplements, {notices} notices in {called.folder / 'intake' / 'notices'}")
    _print_lines(str(problem) for problem in sorted(taken.problems, key=str))
    _print_lines(
        f"{number} {one.indicator} ({one.place}): {one.why.of(detect_language())}" for _, number, one in taken.questions
    )
    if taken.problems or taken.questions:
        raise SystemExit(1)


def _print_lines(lines: Iterable[str]) -> None:
    told = list(lines)
    for line in told[:_MAX_LINES]:
        click.echo(line, err=True)
    if len(told) > _MAX_LINES:
        click.echo(f"and {len(told) - _MAX_LINES} more, in the tables of ROUND/intake", err=True)


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
    from smartcert import paths as home
    from smartcert.io.round import read_call
    from smartcert.reception.new_round import RoundPlan
    from smartcert.reception.new_round import scaffold_round as scaffold

    plan = RoundPlan(
        name=name,
        governing_day=_parse_day(governing_day) if governing_day else None,
        opens_at=_parse_moment(opens) if opens else None,
        closes_at=_parse_moment(closes) if closes else None,
        edition=edition,
        cite=cite,
    )
    own = Path.cwd() / "parameters" / "rounds"
    folder = output or (own if own.is_dir() else home.PROJECT_ROOT / "parameters" / "rounds") / name
    missing = scaffold(plan, read_call(last), folder)
    click.echo(f"{folder / 'round.yaml'}" + (f": still to fill in: {', '.join(missing)}" if missing else ""))


def _parse_day(text: str) -> date:
    from smartcert.io.text import NotReadableError, parse_day

    try:
        return parse_day(text)
    except NotReadableError as error:
        raise UsageError(f"'{text}' is not {error}") from None


def _parse_moment(text: str) -> datetime:
    from smartcert.io.text import NotReadableError, parse_moment

    try:
        return parse_moment(text)
    except NotReadableError as error:
        raise UsageError(f"'{text}' is not {error}") from None


def _today_in_korea() -> date:
    from smartcert.model.application import KOREAN_TIME

    return datetime.now(KOREAN_TIME).date()


# --- ``smartcert template`` and ``smartcert self-check``: the applicant's form, and what to mend in it.


@click.command()
@click.argument("round_name", metavar="ROUND")
@click.option("--applicant", "name", metavar="ID", required=True, help="Id, ten-digit code or name.")
@click.option(
    "--output", type=click.Path(file_okay=False, path_type=Path), default=Path(), help="Folder. [default: this one]"
)
@language_option
def template(round_name: str, name: str, output: Path, language: str) -> None:
    """Write the form of one applicant for ROUND as a workbook, with a live total and the look-up table."""
    from smartcert.files import write_atomic
    from smartcert.forms.template import build_form as make
    from smartcert.io.applicant_search import assign_ids
    from smartcert.io.round import read_call

    called = read_call(round_name)
    applicant = _find_applicant(name, called.round)
    path = output / f"{called.round.id}-{assign_ids(called.round.registry)[applicant.code]}.{language}.xlsx"
    write_atomic(path, make(applicant, called.round, called.rules, language))
    click.echo(str(path))


def _find_applicant(name: str, round_: Round) -> Applicant:
    from smartcert.io.applicant_search import assign_ids
    from smartcert.services.eligibility import find_entry

    codes = {own: code for code, own in assign_ids(round_.registry).items()}
    return round_.registry.by_code()[codes[name]] if name in codes else find_entry(round_.registry, name)


@click.command("self-check")
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@click.option("--round", "round_name", metavar="ROUND", help="The round. [default: the one that the form names]")
@language_option
def self_check(file: Path, round_name: str | None, language: str) -> None:
    """Tell what the operating body would find in FILE: a form, or a package (zip or folder) with its evidence.

    Exit code 1 if there is anything to mend before sending.
    """
    from smartcert.io.round import read_call
    from smartcert.reception.self_check import check_before_sending, read_round_name

    name = round_name or read_round_name(file)
    if not name:
        raise UsageError(f"{file} names no round; give it with --round")
    called = read_call(name)
    checked = check_before_sending(file, called)
    for line in _format_self_check(checked, language, called.round):
        click.echo(line)
    if not checked.clean:
        raise SystemExit(1)


def _format_self_check(checked: SelfCheck, language: str, round_: Round) -> list[str]:
    from smartcert.reporting.catalogue import Words
    from smartcert.reporting.formats import format_number

    words = Words(language, "commands")
    lines = [str(problem) for problem in checked.problems]
    lines += [words.finding(finding) for finding in checked.findings]
    for question in checked.submission.questions:
        readings = " / ".join(question.readings)
        shown = f"{question.place} {question.indicator}: {question.why.of(language)}"
        lines.append(
            f"{shown}{f' [{question.found}]' if question.found else ''}{f' -> {readings}' if readings else ''}"
        )
    lines += [f"{remark.indicator}: {remark.message.of(language)}" for remark in checked.remarks]
    lines += [f"{one.id} {one.name.of(language)}: {words('self_check.refused')}" for one in checked.refused]
    for name, points in checked.points.items():
        lines.append(
            words(
                "self_check.points",
                domain=name,
                points=format_number(points),
                out_of=format_number(checked.out_of[name]),
            )
        )
    total = sum(checked.points.values(), Fraction(0))
    out_of = sum(checked.out_of.values(), Fraction(0))
    lines.append(
        words("self_check.points", domain=round_.id, points=format_number(total), out_of=format_number(out_of))
    )
    lines.append(words("self_check.clean" if checked.clean else "self_check.mend"))
    return lines


# --- ``smartcert simulate``: a whole invented round, for rehearsals, benchmarks and committee planning.


@click.command()
@click.option("--applicants", type=click.IntRange(min=1), required=True, help="How many apply.")
@click.option("--seed", type=click.IntRange(min=0), required=True, help="The same seed gives the same round.")
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="The round's folder, new; its name is the round's id.",
)
@click.option("--like", metavar="ROUND", default="2023", show_default=True, help="Whose call and edition to use.")
@click.option(
    "--packages",
    is_flag=True,
    help="Write what the applicants would send, into OUTPUT/packages, instead of the tables that intake makes of it.",
)
def simulate(applicants: int, seed: int, output: Path, like: str, packages: bool) -> None:
    """Write a whole invented round: local governments, applications, committee, marks, what goes wrong.

    Able applicants are better in figures and in marks alike. Some values are absent, some evaluators have a conflict,
    some applications arrive late or without a seal. Nothing in it is about a real local government.
    """
    from smartcert.io.round import read_call
    from smartcert.simulation.write import simulate_round as write

    called = read_call(like)
    if packages:
        from smartcert.simulation.packages import simulate_packages

        count = simulate_packages(applicants, seed, output, called.round, called.rules)
        click.echo(f"{output}: an invented round, and {count} packages to take in from {output / 'packages'}")
        return
    world = write(applicants, seed, output, called.round, called.rules)
    click.echo(f"{output}: an invented round of {len(world.applications)} applications")
