"""``intake/questions.csv``: what could be read in two ways, and what the operator answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from smartcert.intake.claims import Question
from smartcert.intake.written import write_table
from smartcert.reception.rows import old_rows
from smartcert.reception.store import ROOM

FILE = "questions.csv"
COLUMNS = ("id", "applicant", "receipt", "indicator", "place", "found", "why", "why_ko", "readings", "answer")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def answers(folder: Path) -> Mapping[tuple[str, str], str]:
    """Return the answers given so far, by receipt and question.

    Raises:
        InputError: the table cannot be read.
    """
    return {
        (row.get("receipt") or "", row.get("id") or ""): (row.get("answer") or "").removeprefix("'")
        for row in old_rows(folder / ROOM / FILE)
        if (row.get("answer") or "").strip()
    }


def write_questions(
    folder: Path, asked: Iterable[tuple[str, str, Question]], given: Mapping[tuple[str, str], str]
) -> None:
    """Write the open questions, and the answered ones with their answers, so that nothing answered is lost."""
    rows = [
        (
            one.id,
            name,
            receipt,
            one.indicator,
            one.place,
            one.found,
            one.why.en,
            one.why.ko,
            " | ".join(one.readings),
            "",
        )
        for name, receipt, one in asked
    ]
    still_open = {(row[2], row[0]) for row in rows}
    for row in old_rows(folder / ROOM / FILE):
        key = (row.get("receipt") or "", row.get("id") or "")
        if key in given and key not in still_open:
            rows.append(tuple((row.get(name) or "") for name in COLUMNS))  # type: ignore[arg-type]  # as many as columns
    safe = (tuple(map(_safe, row)) for row in sorted(rows, key=lambda row: (row[1], row[2], row[3], row[0])))
    write_table(folder / ROOM / FILE, COLUMNS, safe)


def _safe(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula; a negative number stays one."""
    plain = cell.removeprefix("-").replace(".", "", 1)
    return f"'{cell}" if cell.startswith(_FORMULA) and not plain.isdigit() else cell
