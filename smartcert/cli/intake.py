"""``smartcert intake``: the tables of a round from packages or sheets."""

from __future__ import annotations

from datetime import date, datetime
from functools import cached_property
from pathlib import Path

import click

from smartcert.cli.options import DAY, MOMENT, language_option, print_first
from smartcert.errors import UsageError
from smartcert.io.formats.limits import LIMITS
from smartcert.io.rounds.arrivals import ARRIVALS_FILE
from smartcert.io.rounds.round import LETTERS_FILE, RoundCall, read_call
from smartcert.lazy_dataclass import dataclass
from smartcert.reception.letters import RequestDays
from smartcert.reception.packages import has_packages
from smartcert.reception.sheets import (
    SentSheets,
    SheetIntake,
    has_sheets,
    is_sheet_receipt,
    read_sent_sheets,
    take_in_sheets,
)
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
    request = _SheetRequest(folder=folder, undo=undo, redo=redo, by=by, reason=reason, moment=moment)
    request.check()
    if request.is_about_sheets and (due is not None or last is not None or asked_on is not None):
        raise UsageError("--due, --asked-on and --last go with packages")
    call = read_call(round_name)
    if not _take_in_sheets(call, request, language):
        return
    taken = take_in(
        call,
        folder,
        read_call(last) if last else None,
        change=request.read_change(),
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


@dataclass(frozen=True, kw_only=True)
class _SheetRequest:
    """What an intake was asked for, as far as sheets go."""

    folder: Path | None
    undo: str | None
    redo: str | None
    by: str
    reason: str
    moment: datetime | None

    @cached_property
    def sent(self) -> SentSheets | None:
        """The sheets of the folder; None where it has a log of packages, or was not meant as one of sheets."""
        if self.folder is None or (self.folder / ARRIVALS_FILE).exists():
            return None
        sent = read_sent_sheets(self.folder)
        return sent if sent.meant else None

    @property
    def receipt(self) -> str:
        """The receipt that is undone or taken in again; empty where none is."""
        return self.undo or self.redo or ""

    @property
    def is_about_sheets(self) -> bool:
        """Whether the folder has sheets, or the receipt is one of a sheet."""
        return self.sent is not None or is_sheet_receipt(self.receipt)

    def read_change(self) -> ReceiptChange | None:
        """Return what is undone or taken in again, as of now; None where nothing is."""
        if not self.receipt:
            return None
        return ReceiptChange(receipt=self.receipt, undone=bool(self.undo), at=get_now(), by=self.by, reason=self.reason)

    def check(self) -> None:
        """Check that the options go together.

        Raises:
            UsageError: they do not.
        """
        if self.undo and self.redo:
            raise UsageError("give either --undo or --redo")
        if self.reason and not self.receipt:
            raise UsageError("--by and --reason go with --undo or --redo")
        if self.by and not self.receipt and self.sent is None:
            raise UsageError("--by and --reason go with --undo or --redo; --by also with a folder of sheets")
        if self.moment is not None and self.sent is None:
            raise UsageError("--at goes with a folder of sheets")
        if self.receipt and not (self.by.strip() and self.reason.strip()):
            raise UsageError("--undo and --redo are recorded with their --by and their --reason; give both")
        if self.sent is not None and self.receipt and not is_sheet_receipt(self.receipt):
            raise UsageError(
                f"{self.receipt} is the receipt of a package, and the folder has sheets: one after the other"
            )


def _take_in_sheets(call: RoundCall, request: _SheetRequest, language: str) -> bool:
    """Take in sheets where that is asked for, or those taken in before where nothing else is; print what came of it.

    Returns whether packages are to be taken in as well: not where sheets are asked for, nor in a round that has sheets
    and no packages.

    Raises:
        SystemExit: with 1 where a sheet or a cell was refused.
    """
    if request.is_about_sheets:
        _print_result(
            call,
            take_in_sheets(
                call, request.sent, at=request.moment or get_now(), by=request.by, change=request.read_change()
            ),
            language,
        )
        return False
    if request.folder is None and not request.receipt and has_sheets(call.folder):
        _print_result(call, take_in_sheets(call, None, at=get_now()), language)
        return has_packages(call.folder)
    return True


def _print_result(call: RoundCall, taken: SheetIntake, language: str) -> None:
    words = Words(language, "commands")
    click.echo(
        words(
            "sheet_intake.count",
            round=call.round.id,
            added=len(taken.added),
            repeated=len(taken.repeated),
            changes=taken.changes,
            discussed=taken.discussed,
            problems=len(taken.problems),
        )
    )
    for person, wanted in sorted(taken.wanted.items()):
        given = taken.given.get(person, 0)
        click.echo(words("sheet_intake.person", person=person, given=given, wanted=wanted))
    for person, blanks in sorted(taken.blanks.items()):
        click.echo(words("sheet_intake.blanks", person=person, count=blanks))
    print_first((describe_problem(problem, language) for problem in sorted(taken.problems, key=str)), language)
    if taken.problems:
        raise SystemExit(1)
