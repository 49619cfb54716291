"""``smartcert check``, ``status``, ``new-round`` and ``intake``: the files of a round before and after applications."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

import click

from smartcert.analysis.committee.inspection import plan_inspections
from smartcert.cli.options import (
    DAY,
    FILE,
    FOLDER,
    MOMENT,
    REGISTER,
    align_columns,
    language_option,
    print_first,
)
from smartcert.cli.sheet_intake import SheetIntakeRequest, take_in_requested_sheets
from smartcert.errors import InputError, UsageError
from smartcert.io.formats.limits import LIMITS
from smartcert.io.rounds.round import read_call
from smartcert.paths import PROJECT_ROOT
from smartcert.reception.letters import LETTERS_FILE, RequestDays, has_letters
from smartcert.reception.new_round import RoundPlan, list_inherited, scaffold_round
from smartcert.reception.status import RoundStatus, RoundStep, StepStatus, read_status
from smartcert.reception.tables import ReceiptChange
from smartcert.reception.take_in import take_in
from smartcert.reporting.catalogue import Words
from smartcert.reporting.documents.letter import WORDS as LETTER_WORDS
from smartcert.reporting.problems import describe_place, describe_problem, translate
from smartcert.services.clock import get_now, get_today
from smartcert.services.eligibility import check_month_of_registry, format_basis
from smartcert.services.rounds import list_awaited_marks, open_round


@click.command()
@click.argument("round_name", metavar="ROUND")
@language_option
def check(round_name: str, language: str) -> None:
    """Check every file of ROUND and count what it holds.

    Each problem is printed as "file:line:column: found ...; wanted ..." with exit code 2. What is open
    is printed too: receipts that are not settled, desk corrections that change a level and nobody confirmed, what
    leaves a decision without effect, decisions of a day to come, and populations of a month that is older than the
    rules say.
    """
    opened = open_round(round_name)
    applications = opened.round.applications
    words = Words(language, "commands", "committee")
    click.echo(
        words(
            "check.fine",
            round=opened.round.id,
            applications=len(applications),
            measurements=sum(len(application.measurements) for application in applications),
            marks=sum(len(application.marks) for application in applications),
            rules=sum(len(entries) for file in opened.rulebook.files.values() for entries in file.values()),
            findings=sum(len(evaluation.findings) for evaluation in opened.verdicts),
        )
    )
    old_population = check_month_of_registry(opened.round.registry, opened.rules)
    if old_population is not None:
        bases = "; ".join(format_basis(basis, words) for basis in old_population.basis)
        click.echo(words("check.registry", finding=words.finding(old_population), bases=bases))
    for outcome in opened.outcomes:
        for finding in outcome.findings if outcome.open else ():
            click.echo(words("check.open", what=words.finding(finding)))
    today = get_today()
    for decision in opened.round.proceedings.decisions:
        if decision.decided_on is not None and decision.decided_on > today:
            what = words("check.not_yet_decided", name=decision.applicant, day=decision.decided_on)
            click.echo(words("check.open", what=what))
    if has_letters(opened.folder):
        for line in list_sender_blanks(opened.round.sender.list_missing(), words):
            click.echo(line)
    for receipt in opened.round.open_receipts:
        sender = receipt.applicant or words("check.sender_unknown")
        state = words(f"status.package.{receipt.state.value}")
        package = receipt.package or sender
        what = words("check.receipt", number=receipt.number, package=package, state=state, sender=sender)
        click.echo(words("check.open", what=what))


@click.command()
@click.argument("round_name", metavar="ROUND")
@click.option("--output", type=FOLDER, show_default="outputs/<round>", help="The folder of the round's reports.")
@click.option(
    "--register", type=FILE, show_default=str(REGISTER), default=REGISTER, help="The register of certificates."
)
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.option("--on", "today", type=DAY, default=get_today, show_default="today in Korea", help="As of this day.")
@language_option
def status(round_name: str, output: Path | None, register: Path, as_json: bool, today: date, language: str) -> None:
    """Show where ROUND stands and which command is next.

    Packages, questions, supplements and their days, assignment, marks received of those wanted, inspections, votes,
    decisions, reports, seal and certificates, as the files of the round have them. What is wrong in a file
    `smartcert check` says.
    """
    call = read_call(round_name)
    outputs = output or Path("outputs") / call.round.id
    awaited = list_awaited_marks(round_name) if call.rules.list_later_stages() else {}
    result = read_status(call, round_name, outputs, register, today, _count_inspections(round_name), awaited)
    if as_json:
        click.echo(json.dumps(_describe_status(result), ensure_ascii=True, indent=1))
        return
    for line in _format_status(result, Words(language, "commands")):
        click.echo(line)


def _count_inspections(round_name: str) -> StepStatus | None:
    """Return how many figures are drawn for inspection and how many of these were inspected.

    None where none can be drawn yet: no application is complete, a file has a problem, or no seed is published.
    """
    try:
        opened = open_round(round_name, marks=False)
        drawn = plan_inspections(opened.round, opened.verdicts, opened.rules).drawn
    except (InputError, UsageError):
        return None
    if not drawn:
        return None
    return StepStatus(step=RoundStep.INSPECTIONS, done=sum(figure.inspected for figure in drawn), wanted=len(drawn))


def _describe_status(result: RoundStatus) -> dict[str, object]:
    return {
        "round": result.round,
        "opens_at": result.opens_at.isoformat(),
        "closes_at": result.closes_at.isoformat(),
        "packages": {state.value: count for state, count in result.packages.items()},
        "steps": {
            step.step.value: {
                "done": step.done,
                "wanted": step.wanted,
                "complete": step.complete,
                "due": step.due.isoformat() if step.due else None,
                "late": step.late,
                **({"missing": dict(step.missing)} if step.step is RoundStep.MARKS else {}),
            }
            for step in result.steps
        },
        "sender_missing": list(result.sender_missing),
        "unfinished": result.unfinished,
        "next_step": result.next_step.value if result.next_step else None,
        "next_command": result.next_command,
    }


def _format_status(result: RoundStatus, words: Words) -> list[str]:
    lines = [words("status.heading", round=result.round, opens=result.opens_at, closes=result.closes_at)]
    rows = []
    for step in result.steps:
        mark = "x" if step.complete else " "
        counts = f"{step.done:,}" if step.wanted is None else f"{step.done:,}/{step.wanted:,}"
        notes = [words("status.due", day=step.due)] if step.due else []
        notes += [words("status.late", count=step.late)] if step.late else []
        notes += _describe_missing(step.missing, words)
        if step.step is RoundStep.INTAKE:
            notes += [f"{words(f'status.package.{state.value}')} {count}" for state, count in result.packages.items()]
        rows.append((f"[{mark}]", words(f"status.step.{step.step.value}"), counts, ", ".join(notes)))
    lines += align_columns(rows)
    lines += [words("status.unfinished")] if result.unfinished else []
    lines += list_sender_blanks(result.sender_missing, words)
    todo = f"status.todo.{result.next_step.value}" if result.next_step and not result.unfinished else ""
    lines += [words(todo)] if todo in words else []
    lines.append(words("status.next", command=result.next_command))
    return lines


_MOST_NAMED = 4
"""Of how many evaluators the missing marks are named in a line."""


def _describe_missing(missing: Mapping[str, int], words: Words) -> list[str]:
    named = [words("status.missing", evaluator=name, count=count) for name, count in missing.items()]
    more = [words("status.more", count=len(named) - _MOST_NAMED)] if len(named) > _MOST_NAMED else []
    return named[:_MOST_NAMED] + more


def list_sender_blanks(missing: Sequence[str], words: Words) -> list[str]:
    """Return a line that says which settings of the sender the letters of a round leave blank; none without any."""
    letters = Words(words.language, LETTER_WORDS)
    names = [letters(f"letter.blank.{name}") for name in missing]
    return [words("status.sender", names=names)] if names else []


@click.command("new-round")
@click.argument("name", metavar="YEAR")
@click.option("--from", "last", metavar="ROUND", required=True, help="The round to start from.")
@click.option("--governing-day", type=DAY, show_default="left to fill in", help="The day of the call, as 2027-09-01.")
@click.option("--opens", type=MOMENT, show_default="left to fill in", help='As "2027-10-24 00:00", in Korean time.')
@click.option("--closes", type=MOMENT, show_default="left to fill in", help='As "2027-10-26 18:00", in Korean time.')
@click.option("--edition", default="", show_default="that of the earlier round", help="Another edition of indicators.")
@click.option(
    "--cite",
    multiple=True,
    metavar="KEY",
    show_default="left to fill in",
    help="The source of the call in sources.yaml; may be repeated.",
)
@click.option("--output", type=FOLDER, show_default="parameters/rounds/YEAR", help="The folder of the round.")
@language_option
def new_round(
    name: str,
    last: str,
    governing_day: date | None,
    opens: datetime | None,
    closes: datetime | None,
    edition: str,
    cite: tuple[str, ...],
    output: Path | None,
    language: str,
) -> None:
    """Write the files of a new round from an earlier one.

    What is not known yet is left empty, and listed.
    """
    plan = RoundPlan(
        name=name, governing_day=governing_day, opens_at=opens, closes_at=closes, edition=edition, cite=cite
    )
    own = Path.cwd() / "parameters" / "rounds"
    folder = output or (own if own.is_dir() else PROJECT_ROOT / "parameters" / "rounds") / name
    call = read_call(last)
    missing = scaffold_round(plan, call, folder)
    words = Words(language, "commands")
    file = str(folder / "round.yaml")
    lacking = [translate(what, language) for what in missing]
    click.echo(words("new_round.missing", file=file, missing=lacking) if lacking else file)
    for key, what in list_inherited(plan, call).items():
        click.echo(words(f"new_round.{key}", what=what))


@click.command()
@click.argument("round_name", metavar="ROUND")
@click.argument(
    "folder", metavar="[FOLDER]", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path)
)
@click.option(
    "--last",
    metavar="ROUND",
    show_default="no comparison",
    help="The last round; a figure several times that of last round becomes a question.",
)
@click.option(
    "--due",
    type=DAY,
    show_default="none are written",
    help="Write requests for supplements and notices, to be answered by this day, as 2027-11-05.",
)
@click.option("--asked-on", type=DAY, show_default="today in Korea", help="The day of asking.")
@click.option(
    "--undo", metavar="RECEIPT", show_default="nothing", help="Take back that something was taken in; it stays stored."
)
@click.option("--redo", metavar="RECEIPT", show_default="nothing", help="Take in again what was undone.")
@click.option(
    "--by", default="", metavar="NAME", help="Who undoes or redoes it: needed for the record; or took in the sheets."
)
@click.option("--reason", default="", metavar="TEXT", help="Why it is undone or redone: needed likewise.")
@click.option("--at", "moment", type=MOMENT, show_default="now", help="With sheets: when they were handed in.")
@click.option("--limits", is_flag=True, help="Print every limit of a package first.")
@language_option
def intake(
    round_name: str,
    folder: Path | None,
    last: str | None,
    due: date | None,
    asked_on: date | None,
    undo: str | None,
    redo: str | None,
    by: str,
    reason: str,
    moment: datetime | None,
    limits: bool,
    language: str,
) -> None:
    """Write the tables of ROUND from packages or sheets.

    FOLDER holds the packages with their log arrivals.csv; without it, what was taken in before is read again. Writes
    the round's applications, documents and measurements, and into ROUND/intake receipts, questions, remarks and where
    each value came from. What the operating body finds stands in findings.csv and corrections.csv, which it never
    writes. Exit code 1 if a package cannot be read, a question is open, or an answer does not fit.

    A FOLDER without such a log has the sheets of evaluators and inspectors, and nothing else. They become marks.csv,
    discussion.csv and inspections.csv; rows written by hand stay. Exit code 1 if a sheet or a cell of one is refused.
    """
    if limits:
        for name, limit in LIMITS.items():
            click.echo(f"{name}: {limit:,}")
    request = SheetIntakeRequest(folder=folder, undo=undo, redo=redo, by=by, reason=reason, moment=moment)
    request.check()
    if request.is_about_sheets and (due is not None or last is not None or asked_on is not None):
        raise UsageError("--due, --asked-on and --last go with packages")
    call = read_call(round_name)
    if not take_in_requested_sheets(call, request, language):
        return
    receipt = undo or redo
    taken = take_in(
        call,
        folder,
        read_call(last) if last else None,
        change=ReceiptChange(receipt=receipt, undone=bool(undo), at=get_now(), by=by, reason=reason)
        if receipt
        else None,
        days=RequestDays(asked_on=asked_on or get_today(), due_on=due) if due is not None else None,
    )
    questions = [*taken.questions, *taken.office_questions]
    words = Words(language, "commands")
    counts = {
        "packages": len(taken.versions),
        "applications": len(taken.counting),
        "questions": len(questions),
        "remarks": len(taken.remarks),
        "problems": len(taken.problems),
    }
    click.echo(words("intake.summary", round=call.round.id, **counts))
    if due is not None:
        letters = str(call.folder / "intake" / LETTERS_FILE)
        click.echo(words("intake.letters", requests=taken.requests, letters=taken.notices, list=letters))
    print_first((describe_problem(problem, language) for problem in sorted(taken.problems, key=str)), language)
    asked = (
        f"{number} {question.indicator} ({describe_place(question.place, language)}): {question.why.of(language)}"
        for _, number, question in questions
    )
    print_first(asked, language)
    if taken.problems or questions:
        raise SystemExit(1)
