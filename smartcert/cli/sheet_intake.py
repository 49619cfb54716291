"""What ``smartcert intake`` does with sheets of evaluators and inspectors."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from pathlib import Path

import click

from smartcert.cli.options import print_first
from smartcert.errors import UsageError
from smartcert.io.rounds.arrivals import ARRIVALS_FILE
from smartcert.io.rounds.round import RoundCall
from smartcert.lazy_dataclass import dataclass
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
from smartcert.reporting.catalogue import Words
from smartcert.reporting.problems import describe_problem
from smartcert.services.clock import get_now


@dataclass(frozen=True, kw_only=True)
class SheetIntakeRequest:
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


def take_in_requested_sheets(call: RoundCall, request: SheetIntakeRequest, language: str) -> bool:
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
                call, request.sent, at=request.moment or get_now(), by=request.by, change=_read_change(request)
            ),
            language,
        )
        return False
    if request.folder is None and not request.receipt and has_sheets(call.folder):
        _print_result(call, take_in_sheets(call, None, at=get_now()), language)
        return has_packages(call.folder)
    return True


def _read_change(request: SheetIntakeRequest) -> ReceiptChange | None:
    if not request.receipt:
        return None
    return ReceiptChange(
        receipt=request.receipt, undone=bool(request.undo), at=get_now(), by=request.by, reason=request.reason
    )


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
