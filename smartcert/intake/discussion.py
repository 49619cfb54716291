"""``discussion.csv`` and ``decisions.csv``: marks before and after discussion; levels as proposed and as decided."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from fractions import Fraction

from smartcert.intake.applications import KNOWN
from smartcert.intake.cells import Cells, each
from smartcert.intake.interests import MEMBER
from smartcert.intake.marks import Marking
from smartcert.intake.measurements import other_table, unknown_indicator
from smartcert.intake.scalars import quoted
from smartcert.intake.tables import Table, TooManyProblems
from smartcert.model.application import Mark
from smartcert.model.committee import Discussed, LevelDecision
from smartcert.model.indicator import IndicatorKind

COLUMNS = (
    "applicant",
    "indicator",
    "evaluator",
    "before",
    "after",
    "changed_by",
    "at",
    "reason",
    "minority_opinion",
)
DECISION_COLUMNS = (
    "applicant",
    "proposed",
    "proposed_by",
    "proposed_on",
    "proposal_reason",
    "decided",
    "decided_by",
    "decided_on",
    "reason",
)

_Key = tuple[str, str, str]


def read_discussion(table: Table, marking: Marking, marks: Mapping[str, tuple[Mark, ...]]) -> tuple[Discussed, ...]:
    """Return the changes of marks in their order in time; the last of each must leave the mark of ``marks.csv``.

    A row that changes nothing records a minority opinion. Each row begins from what the one before it left.
    """
    agreed = {(name, one.indicator, one.evaluator): one.value for name, of in marks.items() for one in of}
    found: dict[_Key, list[tuple[Discussed, Cells]]] = {}
    for cells in each(table):
        one = _discussed(cells, marking)
        if cells.sound and (one.applicant, one.indicator, one.evaluator) not in agreed:
            cells.refuse("evaluator", f"no mark of '{one.evaluator}' there", "a change of a mark of marks.csv")
        if cells.sound:
            found.setdefault((one.applicant, one.indicator, one.evaluator), []).append((one, cells))
    with suppress(TooManyProblems):
        for key, rows in found.items():
            rows.sort(key=lambda row: row[0].at)
            _hold_chain(rows, agreed[key])
    ordered = [one for rows in found.values() for one, cells in rows if cells.sound]
    return tuple(sorted(ordered, key=lambda one: (one.at, one.applicant, one.indicator, one.evaluator)))


def _discussed(cells: Cells, marking: Marking) -> Discussed:
    indicators = {one.id: one for one in marking.edition.indicators()}
    name = cells.text("indicator")
    if name not in indicators:
        cells.refuse("indicator", unknown_indicator(name, indicators), "an indicator of the round's edition")
    elif indicators[name].kind is not IndicatorKind.QUALITATIVE:
        cells.refuse("indicator", f"the quantitative indicator '{name}'", other_table(IndicatorKind.QUALITATIVE))
    one = Discussed(
        applicant=cells.known("applicant", marking.known, KNOWN),
        indicator=name,
        evaluator=cells.known("evaluator", {member.id for member in marking.members}, MEMBER),
        before=_mark(cells, "before", marking),
        after=_mark(cells, "after", marking),
        changed_by=cells.needed("changed_by", "who recorded it"),
        at=cells.moment("at"),
        reason=cells.text("reason"),
        minority_opinion=cells.text("minority_opinion"),
    )
    if cells.sound and one.before != one.after and not one.reason:
        cells.refuse("reason", "nothing", "why the mark was changed")
    if cells.sound and one.before == one.after and not one.minority_opinion:
        cells.refuse("after", quoted(cells.text("after")), "another mark, or a minority opinion that stays")
    return one


def _mark(cells: Cells, column: str, marking: Marking) -> Fraction:
    mark = cells.number(column)
    scale = marking.scale
    if cells.sound and not scale.allow(mark):
        wanted = f"a mark from {scale.lowest} to {scale.highest} in steps of {scale.step}"
        cells.refuse(column, quoted(cells.text(column)), wanted)
    return mark


def _hold_chain(rows: list[tuple[Discussed, Cells]], agreed: Fraction | None) -> None:
    left: Fraction | None = None
    for one, cells in rows:
        if left is not None and one.before != left:
            cells.refuse("before", str(one.before), f"{left}, which the change before it left")
        left = one.after
    last, cells = rows[-1]
    if last.after != agreed:
        told = "absent" if agreed is None else str(agreed)
        cells.refuse("after", str(last.after), f"the mark of marks.csv, {told}: the agreed marks stand there")


def read_decisions(table: Table, known: Mapping[str, int], worst: int) -> tuple[LevelDecision, ...]:
    """Return the levels as proposed and as decided, one row per applicant. That a reason is missing is a finding."""
    lines: dict[str, int] = {}
    found = []
    for cells in each(table):
        name = cells.known("applicant", known, KNOWN)
        first = lines.setdefault(name, cells.line)
        if first != cells.line:
            cells.refuse("applicant", f"'{name}' again", f"each once (first in line {first})")
        decided = _level(cells, "decided", worst) if cells.text("decided") else None
        decision = LevelDecision(
            applicant=name,
            proposed=_level(cells, "proposed", worst),
            proposed_by=cells.needed("proposed_by", "who proposed"),
            proposed_on=cells.day("proposed_on"),
            proposal_reason=cells.text("proposal_reason"),
            decided=decided,
            decided_by=cells.needed("decided_by", "who decided") if decided else cells.text("decided_by"),
            decided_on=cells.day("decided_on") if decided else cells.day_or_nothing("decided_on"),
            reason=cells.text("reason"),
        )
        if cells.sound and decision.decided_on and decision.decided_on < decision.proposed_on:
            cells.refuse("decided_on", str(decision.decided_on), f"a day not before {decision.proposed_on}")
        if cells.sound:
            found.append(decision)
    return tuple(sorted(found, key=lambda one: one.applicant))


def _level(cells: Cells, column: str, worst: int) -> int:
    level = cells.whole(column)
    if cells.sound and not 1 <= level <= worst:
        cells.refuse(column, str(level), f"a level from 1 to {worst}")
    return level
