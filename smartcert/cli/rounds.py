"""``smartcert check``, ``status`` and ``new-round``: the files of a round before and after applications."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
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
)
from smartcert.errors import InputError, UsageError
from smartcert.io.rounds.round import read_call
from smartcert.model.application import Round
from smartcert.model.korean_time import KOREAN_TIME
from smartcert.paths import PROJECT_ROOT, find_own_parameters
from smartcert.reception.new_round import RoundPlan, list_inherited, scaffold_round
from smartcert.reception.status import RoundStatus, RoundStep, StepStatus, has_letters, read_status
from smartcert.reporting.catalogue import Words, load_words
from smartcert.reporting.formats import Language
from smartcert.reporting.outcome import describe_changes
from smartcert.reporting.problems import translate
from smartcert.services.clock import get_today
from smartcert.services.eligibility import check_month_of_registry, format_basis
from smartcert.services.rounds import list_awaited_marks, open_round


@click.command()
@click.argument("round_name", metavar="ROUND")
@language_option
def check(round_name: str, language: str) -> None:
    """Check every file of ROUND and count what it holds.

    Each problem is printed as "file:line:column: found ...; wanted ..." with exit code 2. What is open
    is printed too: receipts that are not settled, desk corrections that change a level and nobody confirmed, what
    leaves a decision without effect, decisions and arrivals of a day to come, applicants that were renamed,
    merged or divided before they were decided, and populations of a month that is older than the rules say.
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
        for finding in outcome.findings:
            if outcome.open or finding.refuses:  # of an excluded applicant, a decision without effect
                click.echo(words("check.open", what=words.finding(finding)))
    for what in _list_days_to_come(opened.round, words):
        click.echo(words("check.open", what=what))
    for what in list_changed_applicants(opened.round, words.language):
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


def _list_days_to_come(round_: Round, words: Words) -> Iterator[str]:
    """Yield a sentence on each arrival and each decision of a day that has not come yet."""
    today = get_today()
    for application in round_.applications:
        arrived_on = application.arrived_at.astimezone(KOREAN_TIME).date()
        if arrived_on > today:
            yield words("check.not_yet_arrived", name=application.id, day=arrived_on)
    for decision in round_.proceedings.decisions:
        if decision.decided_on is not None and decision.decided_on > today:
            yield words("check.not_yet_decided", name=decision.applicant, day=decision.decided_on)


def list_changed_applicants(round_: Round, language: Language) -> Iterator[str]:
    """Yield a sentence on each change of an applicant by the day of its decision, or by today where it has none."""
    words = load_words(language, "report")
    decided = {decision.applicant: decision.decided_on for decision in round_.proceedings.decisions}
    for application in round_.applications:
        decided_on = decided.get(application.id)
        day = decided_on or get_today()
        changes = [change for change in application.applicant_changes if change.since <= day]
        yield from describe_changes(changes, decided_on, words)


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
    if not missing:
        return []
    from smartcert.reporting.documents.letter import WORDS  # heavy, with all that writes letters

    letters = Words(words.language, WORDS)
    return [words("status.sender", names=[letters(f"letter.blank.{name}") for name in missing])]


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
    folder = output or (find_own_parameters("rounds") or PROJECT_ROOT / "parameters" / "rounds") / name
    call = read_call(last)
    missing = scaffold_round(plan, call, folder)
    words = Words(language, "commands")
    file = str(folder / "round.yaml")
    lacking = [translate(what, language) for what in missing]
    click.echo(words("new_round.missing", file=file, missing=lacking) if lacking else file)
    for key, what in list_inherited(plan, call).items():
        click.echo(words(f"new_round.{key}", what=what))
