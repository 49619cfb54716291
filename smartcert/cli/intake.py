"""``smartcert intake``: the tables of a round from packages or sheets."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import click

from smartcert.cli.options import DAY, MOMENT, language_option, print_first
from smartcert.cli.sheet_intake import SheetIntakeRequest, take_in_requested_sheets
from smartcert.errors import UsageError
from smartcert.io.formats.limits import LIMITS
from smartcert.io.rounds.round import LETTERS_FILE, read_call
from smartcert.reception.letters import RequestDays
from smartcert.reception.tables import ReceiptChange
from smartcert.reception.take_in import take_in
from smartcert.reporting.catalogue import Words
from smartcert.reporting.problems import describe_place, describe_problem
from smartcert.services.clock import get_now, get_today


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

    FOLDER has the packages with their log arrivals.csv; without it, what was taken in before is read again. Writes
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
