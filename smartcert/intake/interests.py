"""``interests.csv``, ``contractors.csv``, ``conflicts.csv``: who is tied to whom, and what became of what was found."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from smartcert.intake.applications import KNOWN
from smartcert.intake.cells import Cells, each
from smartcert.intake.committee import Exclusions
from smartcert.intake.scalars import quoted
from smartcert.intake.tables import Table
from smartcert.model.application import Evaluator, Exclusion, ExclusionKind
from smartcert.model.committee import (
    WORK,
    ConflictAnswer,
    ConflictDecision,
    Contractor,
    Interest,
    InterestKind,
    Tie,
)
from smartcert.rules.committee import CommitteeRules

COLUMNS = ("evaluator", "kind", "body", "code", "applicant", "began", "ended", "subcontract", "note")
CONTRACTOR_COLUMNS = ("applicant", "body", "role", "subcontract", "began", "ended", "note")
CONFLICT_COLUMNS = ("evaluator", "applicant", "decision", "decided_by", "decided_on", "reason")

MEMBER = "an evaluator of committee.csv"
_CODE = re.compile(r"[0-9]{10}")
_DECLARED = {
    InterestKind.PARTY: Tie.PARTY,
    InterestKind.KINSHIP: Tie.KINSHIP,
    InterestKind.AGENCY: Tie.OWN_AGENCY,
    InterestKind.EMPLOYER: Tie.EMPLOYERS_WORK,
} | dict.fromkeys(WORK, Tie.OWN_WORK)


def read_interests(table: Table, known: Mapping[str, int], members: tuple[Evaluator, ...]) -> tuple[Interest, ...]:
    """Return the interests that evaluators declared. ``ended`` is the last day; an employer needs the first one."""
    ids = {member.id for member in members}
    found = []
    for cells in each(table):
        interest = _interest(cells, known, ids)
        if cells.sound:
            found.append(interest)
    return tuple(found)


def _interest(cells: Cells, known: Mapping[str, int], ids: set[str]) -> Interest:
    evaluator, kind = cells.known("evaluator", ids, MEMBER), cells.choice("kind", InterestKind)
    code = cells.text("code")
    if code and not _CODE.fullmatch(code):
        cells.refuse("code", quoted(code), "the ten digits of a local government, or nothing")
    applicant = cells.known("applicant", known, KNOWN) if cells.text("applicant") else ""
    began, ended = _period(cells)
    if cells.sound and kind is InterestKind.EMPLOYER and began is None:
        cells.refuse("began", "nothing", "the first day of the employment")
    return Interest(
        evaluator=evaluator,
        kind=kind,
        body=cells.needed("body", "the name of the body"),
        line=cells.line,
        code=code,
        applicant=applicant,
        began=began,
        ended=ended,
        subcontract=bool(cells.yes_no_or_nothing("subcontract")),
        note=cells.text("note"),
    )


def _period(cells: Cells) -> tuple[date | None, date | None]:
    began, ended = cells.day_or_nothing("began"), cells.day_or_nothing("ended")
    if began and ended and ended < began:
        cells.refuse("ended", str(ended), f"a day not before {began}")
    return began, ended


def read_contractors(table: Table, known: Mapping[str, int]) -> tuple[Contractor, ...]:
    """Return the agents and contractors of the applicants."""
    found = []
    roles = {kind.value for kind in (InterestKind.AGENCY, *WORK)}
    for cells in each(table):
        applicant, body = cells.known("applicant", known, KNOWN), cells.needed("body", "the name of the body")
        role = cells.choice("role", InterestKind) if cells.text("role") in roles else None
        if role is None:
            cells.refuse("role", quoted(cells.text("role")), f"one of: {', '.join(sorted(roles))}")
        began, ended = _period(cells)
        subcontract = bool(cells.yes_no_or_nothing("subcontract"))
        if cells.sound and role is not None:
            found.append(
                Contractor(
                    applicant=applicant,
                    body=body,
                    role=role,
                    line=cells.line,
                    subcontract=subcontract,
                    began=began,
                    ended=ended,
                    note=cells.text("note"),
                )
            )
    return tuple(found)


def read_conflict_decisions(
    table: Table, known: Mapping[str, int], members: tuple[Evaluator, ...]
) -> tuple[ConflictDecision, ...]:
    """Return what the operating body made of the conflicts that were found, each pair once."""
    ids = {member.id for member in members}
    lines: dict[tuple[str, str], int] = {}
    found = []
    for cells in each(table):
        evaluator, applicant = cells.known("evaluator", ids, MEMBER), cells.known("applicant", known, KNOWN)
        first = lines.setdefault((evaluator, applicant), cells.line)
        if first != cells.line:
            cells.refuse("evaluator", f"'{evaluator}' for '{applicant}' again", f"each once (first in line {first})")
        decision = ConflictDecision(
            evaluator=evaluator,
            applicant=applicant,
            answer=cells.choice("decision", ConflictAnswer),
            decided_by=cells.needed("decided_by", "who decided"),
            decided_on=cells.day("decided_on"),
            reason=cells.needed("reason", "the reason"),
        )
        if cells.sound:
            found.append(decision)
    return tuple(found)


def count_declared(
    exclusions: Exclusions, interests: tuple[Interest, ...], rules: CommitteeRules | None, file: str
) -> None:
    """Add to the exclusions each interest that an evaluator declared as a conflict: it counts at once."""
    for interest in interests:
        name, evaluator = interest.applicant, interest.evaluator
        if not name or evaluator in exclusions.lines.get(name, {}):
            continue
        ground = rules.ground_of.value.get(_DECLARED[interest.kind]) if rules else None
        exclusions.lines.setdefault(name, {})[evaluator] = interest.line
        exclusions.declared[name, evaluator] = f"{file}:{interest.line}"
        exclusions.by_applicant[name] = (
            *exclusions.by_applicant.get(name, ()),
            Exclusion(evaluator=evaluator, kind=ExclusionKind.EXCLUSION, ground=ground, note=interest.note),
        )


def count_decided(exclusions: Exclusions, decisions: tuple[ConflictDecision, ...], file: str) -> None:
    """Add to the exclusions each conflict that was found and that the operating body decided to exclude."""
    for decision in decisions:
        name, evaluator = decision.applicant, decision.evaluator
        if decision.answer is not ConflictAnswer.EXCLUDED or evaluator in exclusions.lines.get(name, {}):
            continue
        exclusions.lines.setdefault(name, {})[evaluator] = 0
        exclusions.declared[name, evaluator] = f"{file} ({evaluator}, {name})"
        exclusions.by_applicant[name] = (
            *exclusions.by_applicant.get(name, ()),
            Exclusion(evaluator=evaluator, kind=ExclusionKind.EXCLUSION, note=decision.reason),
        )
