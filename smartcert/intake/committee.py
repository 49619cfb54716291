"""``committee.csv`` and ``exclusions.csv``: who judges, and who does not judge whom."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from smartcert.intake.applications import KNOWN
from smartcert.intake.cells import Cells, each
from smartcert.intake.scalars import quoted
from smartcert.intake.tables import Table
from smartcert.model.application import Evaluator, Exclusion, ExclusionKind
from smartcert.model.citation import Citation
from smartcert.model.committee import MemberCategory
from smartcert.rules.committee import CommitteeRules

COLUMNS = ("evaluator", "name", "field", "chair")
OPTIONAL_COLUMNS = ("category", "years", "term_began")
EXCLUSION_COLUMNS = ("evaluator", "applicant", "kind", "ground", "note")

_ID = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,39}")


@dataclass(kw_only=True)
class Exclusions:
    """Exclusions by applicant, and the line of each by applicant and evaluator."""

    file: str = ""
    by_applicant: dict[str, tuple[Exclusion, ...]] = field(default_factory=dict)
    lines: dict[str, dict[str, int]] = field(default_factory=dict)
    declared: dict[tuple[str, str], str] = field(default_factory=dict)
    """The row by which an evaluator declared an interest, where no row of exclusions.csv says the same."""

    def row(self, applicant: str, evaluator: str) -> str:
        """Return the row that says that an evaluator does not judge an applicant."""
        return self.declared.get((applicant, evaluator)) or f"{self.file}:{self.lines[applicant][evaluator]}"


def read_committee(table: Table, rules: CommitteeRules | None) -> tuple[Evaluator, ...]:
    """Return the members of the committee: one chair, and no more than the notice allows."""
    lines: dict[str, int] = {}
    members: list[Evaluator] = []
    chairs: list[int] = []
    for cells in each(table):
        member = _member(cells, lines)
        # a member with a broken cell is still a member: else each mark of it would be told as unknown
        if lines.get(member.id) == cells.line:
            members.append(member)
            chairs += [cells.line] if member.chair else []
    if table.sound and not table.problems:
        _hold_committee(table, members, chairs, lines, rules)
    return tuple(members)


def _member(cells: Cells, lines: dict[str, int]) -> Evaluator:
    name = cells.text("evaluator")
    if not _ID.fullmatch(name):
        cells.refuse("evaluator", quoted(name), "an id such as E1: a letter, then letters, digits or hyphens")
    elif name in lines:
        cells.refuse("evaluator", f"the evaluator '{name}' again", f"each once (first in line {lines[name]})")
    else:
        lines[name] = cells.line
    return Evaluator(
        id=name,
        name=cells.needed("name", "the name"),
        field=cells.text("field"),
        chair=cells.yes_no("chair"),
        category=cells.choice_or_nothing("category", MemberCategory),
        years=cells.whole("years") if cells.text("years") else None,
        term_began=cells.day_or_nothing("term_began"),
    )


def _hold_committee(
    table: Table,
    members: list[Evaluator],
    chairs: list[int],
    lines: Mapping[str, int],
    rules: CommitteeRules | None,
) -> None:
    if not members:
        return
    if len(chairs) != 1:
        line = chairs[1] if chairs else 1
        table.refuse(line, "chair", f"{len(chairs)} chairs" if chairs else "no chair", "exactly one chair")
    if rules is not None and len(members) > rules.members_at_most.value:
        line = lines[members[rules.members_at_most.value].id]
        cite = "; ".join(map(_cited, rules.members_at_most.cite))
        wanted = f"at most {rules.members_at_most.value} ({cite})"
        table.refuse(line, "evaluator", f"{len(members)} members", wanted)


def _cited(citation: Citation) -> str:
    article = f" Art. {citation.article}" if citation.article else ""
    return f"{citation.source.short.en}{article}"


def read_exclusions(
    table: Table, known: Mapping[str, int], members: tuple[Evaluator, ...], rules: CommitteeRules | None
) -> Exclusions:
    """Return who does not judge whom."""
    found = Exclusions(file=table.file)
    ids = {member.id for member in members}
    for cells in each(table):
        name = cells.known("applicant", known, KNOWN)
        evaluator = cells.known("evaluator", ids, "an evaluator of committee.csv")
        first = found.lines.setdefault(name, {}).setdefault(evaluator, cells.line)
        if cells.sound and first != cells.line:
            cells.refuse("evaluator", f"'{evaluator}' for '{name}' again", f"each once (first in line {first})")
        exclusion = Exclusion(
            evaluator=evaluator,
            kind=cells.choice("kind", ExclusionKind),
            ground=_ground(cells, rules),
            note=cells.text("note"),
        )
        if cells.sound:
            found.by_applicant[name] = (*found.by_applicant.get(name, ()), exclusion)
    return found


def _ground(cells: Cells, rules: CommitteeRules | None) -> int | None:
    if not cells.text("ground"):
        return None
    ground = cells.whole("ground")
    if cells.sound and rules is not None and ground not in rules.exclusion_grounds.value:
        grounds = ", ".join(map(str, rules.exclusion_grounds.value))
        cite = "; ".join(map(_cited, rules.exclusion_grounds.cite))
        cells.refuse("ground", str(ground), f"one of {grounds} ({cite}), or nothing")
    return ground
