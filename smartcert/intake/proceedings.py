"""The optional tables about the committee, in the order in which one needs another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from smartcert.intake.committee import Exclusions
from smartcert.intake.discussion import read_decisions, read_discussion
from smartcert.intake.interests import (
    count_decided,
    count_declared,
    read_conflict_decisions,
    read_contractors,
    read_interests,
)
from smartcert.intake.marks import Marking
from smartcert.intake.round_tables import Tables
from smartcert.intake.sittings import read_assignments, read_groups, read_votes
from smartcert.model.application import Evaluator, Mark
from smartcert.model.committee import (
    Assignment,
    ConflictDecision,
    Contractor,
    Discussed,
    GroupSeat,
    Interest,
    LevelDecision,
    Vote,
)
from smartcert.rules.rulebook import Rules


@dataclass(kw_only=True)
class ProceedingsRead:
    """What the tables hold; problems go where the tables put theirs."""

    known: Mapping[str, int]
    members: tuple[Evaluator, ...]
    exclusions: Exclusions
    rules: Rules | None
    interests: tuple[Interest, ...] = ()
    contractors: tuple[Contractor, ...] = ()
    conflict_decisions: tuple[ConflictDecision, ...] = ()
    groups: tuple[GroupSeat, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    votes: tuple[Vote, ...] = ()
    discussed: tuple[Discussed, ...] = ()
    decisions: tuple[LevelDecision, ...] = ()
    assigned: dict[str, frozenset[str]] = field(default_factory=dict)

    def before_marks(self, tables: Tables) -> None:
        """Read what says who may judge whom; a declared interest becomes an exclusion here."""
        committee = self.rules.committee if self.rules else None
        with tables.reading("interests") as table:
            if table:
                self.interests = read_interests(table, self.known, self.members)
                count_declared(self.exclusions, self.interests, committee, table.file)
        with tables.reading("contractors") as table:
            self.contractors = read_contractors(table, self.known) if table else ()
        with tables.reading("conflicts") as table:
            if table:
                self.conflict_decisions = read_conflict_decisions(table, self.known, self.members)
                count_decided(self.exclusions, self.conflict_decisions, table.file)
        with tables.reading("groups") as table:
            self.groups = read_groups(table, self.members) if table else ()
        with tables.reading("assignments") as table:
            if table:
                self.assignments = read_assignments(table, self.known, self.members, self.exclusions, self.groups)
        for one in self.assignments:
            self.assigned[one.applicant] = self.assigned.get(one.applicant, frozenset()) | {one.evaluator}
        with tables.reading("votes") as table:
            if table:
                self.votes = read_votes(table, self.known, self.members, self.exclusions, committee)

    def after_marks(self, tables: Tables, marking: Marking, marks: Mapping[str, tuple[Mark, ...]]) -> None:
        """Read what speaks of marks and levels."""
        with tables.reading("discussion") as table:
            self.discussed = read_discussion(table, marking, marks) if table else ()
        with tables.reading("decisions") as table:
            if table and self.rules is not None:
                self.decisions = read_decisions(table, self.known, self.rules.levels.worst.value)
