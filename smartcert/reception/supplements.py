"""Requests for supplements, and what came in answer to them, merged into ``supplements.csv`` with their history."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from smartcert.errors import UsageError
from smartcert.evaluation.documents import documents
from smartcert.intake.applications import SUPPLEMENT_COLUMNS
from smartcert.intake.scalars import KOREAN_TIME
from smartcert.intake.written import write_table
from smartcert.model.application import Answer, Application
from smartcert.model.evaluation import Outcome
from smartcert.reception.rows import old_rows
from smartcert.reception.versions import State, Version
from smartcert.rules.rulebook import Rules

FILE = "supplements.csv"
_DEFICIENT = frozenset({"document_missing", "document_unsealed", "document_without_lookup_table"})


def merge_answers(folder: Path, versions: Iterable[tuple[str, Version]]) -> None:
    """Write into each request that a supplement answers the day on which it came; the first answer counts."""
    rows = old_rows(folder / FILE)
    changed = False
    for name, version in sorted(versions, key=lambda pair: pair[1].kept.arrived_at):
        if version.state is not State.SUPPLEMENT:
            continue
        day = version.kept.arrived_at.astimezone(KOREAN_TIME).date().isoformat()
        for kind in version.kept.supplements:
            changed = _answer(rows, name, kind.value, day) or changed
    if changed:
        _write(folder, rows)


def ask(folder: Path, applications: Iterable[Application], rules: Rules, asked_on: date, due_on: date) -> int:
    """Add a request for each deficient document that was not asked for yet; return how many.

    Raises:
        UsageError: the day due lies before the day of asking.
    """
    if due_on < asked_on:
        raise UsageError(f"due on {due_on}, before {asked_on}, the day of asking")
    rows = old_rows(folder / FILE)
    asked = {(row.get("applicant"), row.get("document")) for row in rows}
    more = []
    for application in applications:
        for kind in deficient(application, rules):
            if (application.id, kind) not in asked:
                days = {"asked_on": asked_on.isoformat(), "due_on": due_on.isoformat()}
                more.append({"applicant": application.id, "document": kind, **days, "answer": Answer.PENDING.value})
    if more:
        _write(folder, [*rows, *more])
    return len(more)


def deficient(application: Application, rules: Rules) -> tuple[str, ...]:
    """Return the documents of an application that lack something and are not supplemented."""
    found = [
        finding.facts.terms["document"].removeprefix("document.")
        for finding in documents(application, rules)
        if finding.code in _DEFICIENT and finding.outcome is not Outcome.MET
    ]
    return tuple(dict.fromkeys(found))


def _answer(rows: list[dict[str, str]], name: str, kind: str, day: str) -> bool:
    for row in rows:
        open_still = row.get("answer") in (Answer.PENDING.value, Answer.NO_ANSWER.value, Answer.UNREACHABLE.value)
        if row.get("applicant") == name and row.get("document") == kind and open_still and row["asked_on"] <= day:
            row["answer"], row["answered_on"] = Answer.ANSWERED.value, day
            return True
    return False


def _write(folder: Path, rows: list[dict[str, str]]) -> None:
    told = ([row.get(name) or "" for name in SUPPLEMENT_COLUMNS] for row in rows)
    write_table(folder / FILE, SUPPLEMENT_COLUMNS, told)
