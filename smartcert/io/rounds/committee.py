"""The tables about the committee: members, exclusions, interests, conflicts, groups, assignments and votes.

A reader returns what is valid and adds problems to its table.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from smartcert.io.formats.csv import Cells, Table, TooManyProblemsError, iterate_cells
from smartcert.io.formats.text import quote
from smartcert.io.parameters.registry import CODE
from smartcert.io.rounds.applications import KNOWN_APPLICANT
from smartcert.model.application import Evaluator, Exclusion, ExclusionKind
from smartcert.model.citation import Citation
from smartcert.model.committee import (
    WORK_INTERESTS,
    Assignment,
    ConflictAnswer,
    ConflictDecision,
    ConflictTie,
    Contractor,
    GroupSeat,
    Interest,
    InterestKind,
    MemberCategory,
    Vote,
    VoteMatter,
    VoteValue,
)
from smartcert.rules.parameters import CommitteeRules

COMMITTEE_COLUMNS = ("evaluator", "name", "field", "chair")
OPTIONAL_COMMITTEE_COLUMNS = ("category", "years", "term_began")
EXCLUSION_COLUMNS = ("evaluator", "applicant", "kind", "ground", "note")

_ID = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,39}")


@dataclass(kw_only=True)
class Exclusions:
    """Exclusions by applicant, and the line in ``file`` of each by applicant and evaluator."""

    file: str = ""
    by_applicant: dict[str, tuple[Exclusion, ...]] = field(default_factory=dict)
    lines: dict[str, dict[str, int]] = field(default_factory=dict)
    declared: dict[tuple[str, str], str] = field(default_factory=dict)
    """The row in another file by which an evaluator is excluded, where exclusions.csv has none."""

    def row(self, applicant: str, evaluator: str) -> str:
        """Return the file and row by which an evaluator does not judge an applicant."""
        return self.declared.get((applicant, evaluator)) or f"{self.file}:{self.lines[applicant][evaluator]}"


def read_committee(table: Table, rules: CommitteeRules | None) -> tuple[Evaluator, ...]:
    """Return the members of the committee: one chair, and at most as many members as the notice allows."""
    lines: dict[str, int] = {}
    members: list[Evaluator] = []
    chairs: list[int] = []
    for cells in iterate_cells(table):
        member = _parse_member(cells, lines)
        # a member with an invalid cell is still a member: else each mark of it would be a problem too
        if lines.get(member.id) == cells.line:
            members.append(member)
            chairs += [cells.line] if member.chair else []
    if table.valid and not table.problems:
        _check_committee(table, members, chairs, lines, rules)
    return tuple(members)


def _parse_member(cells: Cells, lines: dict[str, int]) -> Evaluator:
    name = cells.text("evaluator")
    if not _ID.fullmatch(name):
        cells.refuse("evaluator", quote(name), "an id such as E1: a letter, then letters, digits or hyphens")
    elif name in lines:
        cells.refuse("evaluator", f"the evaluator '{name}' again", f"each once (first in line {lines[name]})")
    else:
        lines[name] = cells.line
    return Evaluator(
        id=name,
        name=cells.required("name", "the name"),
        field=cells.text("field"),
        chair=cells.yes_no("chair"),
        category=cells.choice_or_nothing("category", MemberCategory),
        years=cells.integer("years") if cells.text("years") else None,
        term_began=cells.day_or_nothing("term_began"),
    )


def _check_committee(
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
        cite = "; ".join(map(_format_citation, rules.members_at_most.cite))
        wanted = f"at most {rules.members_at_most.value} ({cite})"
        table.refuse(line, "evaluator", f"{len(members)} members", wanted)


def _format_citation(citation: Citation) -> str:
    article = f" Art. {citation.article}" if citation.article else ""
    return f"{citation.source.short.en}{article}"


def read_exclusions(
    table: Table, known: Mapping[str, int], members: tuple[Evaluator, ...], rules: CommitteeRules | None
) -> Exclusions:
    """Return the exclusions: which evaluator does not judge which applicant, each pair once."""
    exclusions = Exclusions(file=table.file)
    ids = {member.id for member in members}
    for cells in iterate_cells(table):
        name = cells.known("applicant", known, KNOWN_APPLICANT)
        evaluator = cells.known("evaluator", ids, "an evaluator of committee.csv")
        first = exclusions.lines.setdefault(name, {}).setdefault(evaluator, cells.line)
        if cells.valid and first != cells.line:
            cells.refuse("evaluator", f"'{evaluator}' for '{name}' again", f"each once (first in line {first})")
        exclusion = Exclusion(
            evaluator=evaluator,
            kind=cells.choice("kind", ExclusionKind),
            ground=_parse_ground(cells, rules),
            note=cells.text("note"),
        )
        if cells.valid:
            exclusions.by_applicant[name] = (*exclusions.by_applicant.get(name, ()), exclusion)
    return exclusions


def _parse_ground(cells: Cells, rules: CommitteeRules | None) -> int | None:
    if not cells.text("ground"):
        return None
    ground = cells.integer("ground")
    if cells.valid and rules is not None and ground not in rules.exclusion_grounds.value:
        grounds = ", ".join(map(str, rules.exclusion_grounds.value))
        cite = "; ".join(map(_format_citation, rules.exclusion_grounds.cite))
        cells.refuse("ground", str(ground), f"one of {grounds} ({cite}), or nothing")
    return ground


INTEREST_COLUMNS = ("evaluator", "kind", "body", "code", "applicant", "began", "ended", "subcontract", "note")
CONTRACTOR_COLUMNS = ("applicant", "body", "role", "subcontract", "began", "ended", "note")
CONFLICT_COLUMNS = ("evaluator", "applicant", "decision", "decided_by", "decided_on", "reason")

KNOWN_EVALUATOR = "an evaluator of committee.csv"
_TIE_OF_INTEREST = {
    InterestKind.PARTY: ConflictTie.PARTY,
    InterestKind.KINSHIP: ConflictTie.KINSHIP,
    InterestKind.AGENCY: ConflictTie.OWN_AGENCY,
    InterestKind.EMPLOYER: ConflictTie.EMPLOYERS_WORK,
} | dict.fromkeys(WORK_INTERESTS, ConflictTie.OWN_WORK)


def read_interests(table: Table, known: Mapping[str, int], members: tuple[Evaluator, ...]) -> tuple[Interest, ...]:
    """Return the interests that evaluators declared. ``ended`` is the last day; an employment needs its first day."""
    ids = {member.id for member in members}
    interests = []
    for cells in iterate_cells(table):
        interest = _parse_interest(cells, known, ids)
        if cells.valid:
            interests.append(interest)
    return tuple(interests)


def _parse_interest(cells: Cells, known: Mapping[str, int], ids: set[str]) -> Interest:
    evaluator, kind = cells.known("evaluator", ids, KNOWN_EVALUATOR), cells.choice("kind", InterestKind)
    code = cells.text("code")
    if code and not CODE.fullmatch(code):
        cells.refuse("code", quote(code), "the ten digits of a local government, or nothing")
    applicant = cells.known("applicant", known, KNOWN_APPLICANT) if cells.text("applicant") else ""
    began, ended = _parse_period(cells)
    if cells.valid and kind is InterestKind.EMPLOYER and began is None:
        cells.refuse("began", "nothing", "the first day of the employment")
    return Interest(
        evaluator=evaluator,
        kind=kind,
        body=cells.required("body", "the name of the body"),
        line=cells.line,
        code=code,
        applicant=applicant,
        began=began,
        ended=ended,
        subcontract=bool(cells.yes_no_or_nothing("subcontract")),
        note=cells.text("note"),
    )


def _parse_period(cells: Cells) -> tuple[date | None, date | None]:
    began, ended = cells.day_or_nothing("began"), cells.day_or_nothing("ended")
    if began and ended and ended < began:
        cells.refuse("ended", str(ended), f"a day not before {began}")
    return began, ended


def read_contractors(table: Table, known: Mapping[str, int]) -> tuple[Contractor, ...]:
    """Return the agents and contractors of the applicants."""
    contractors = []
    roles = {kind.value for kind in (InterestKind.AGENCY, *WORK_INTERESTS)}
    for cells in iterate_cells(table):
        applicant, body = (
            cells.known("applicant", known, KNOWN_APPLICANT),
            cells.required("body", "the name of the body"),
        )
        role = cells.choice("role", InterestKind) if cells.text("role") in roles else None
        if role is None:
            cells.refuse("role", quote(cells.text("role")), f"one of: {', '.join(sorted(roles))}")
        began, ended = _parse_period(cells)
        subcontract = bool(cells.yes_no_or_nothing("subcontract"))
        if cells.valid and role is not None:
            contractors.append(
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
    return tuple(contractors)


def read_conflict_decisions(
    table: Table, known: Mapping[str, int], members: tuple[Evaluator, ...]
) -> tuple[ConflictDecision, ...]:
    """Return the decisions of the operating body on conflicts, each pair of evaluator and applicant once."""
    ids = {member.id for member in members}
    lines: dict[tuple[str, str], int] = {}
    decisions = []
    for cells in iterate_cells(table):
        evaluator, applicant = (
            cells.known("evaluator", ids, KNOWN_EVALUATOR),
            cells.known("applicant", known, KNOWN_APPLICANT),
        )
        first = lines.setdefault((evaluator, applicant), cells.line)
        if first != cells.line:
            cells.refuse("evaluator", f"'{evaluator}' for '{applicant}' again", f"each once (first in line {first})")
        decision = ConflictDecision(
            evaluator=evaluator,
            applicant=applicant,
            answer=cells.choice("decision", ConflictAnswer),
            decided_by=cells.required("decided_by", "who decided"),
            decided_on=cells.day("decided_on"),
            reason=cells.reason("reason", "the reason"),
        )
        if cells.valid:
            decisions.append(decision)
    return tuple(decisions)


def exclude_declared(
    exclusions: Exclusions, interests: tuple[Interest, ...], rules: CommitteeRules | None, file: str
) -> None:
    """Add to the exclusions each interest that an evaluator declared in an applicant: it counts without a decision."""
    for interest in interests:
        name, evaluator = interest.applicant, interest.evaluator
        if not name or evaluator in exclusions.lines.get(name, {}):
            continue
        ground = rules.ground_of.value.get(_TIE_OF_INTEREST[interest.kind]) if rules else None
        exclusions.lines.setdefault(name, {})[evaluator] = interest.line
        exclusions.declared[name, evaluator] = f"{file}:{interest.line}"
        exclusions.by_applicant[name] = (
            *exclusions.by_applicant.get(name, ()),
            Exclusion(evaluator=evaluator, kind=ExclusionKind.EXCLUSION, ground=ground, note=interest.note),
        )


def exclude_decided(exclusions: Exclusions, decisions: tuple[ConflictDecision, ...], file: str) -> None:
    """Add to the exclusions each conflict that the operating body decided to exclude."""
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


GROUP_COLUMNS = ("group", "evaluator", "common")
ASSIGNMENT_COLUMNS = ("applicant", "group", "evaluator")
OPTIONAL_ASSIGNMENT_COLUMNS = ("turn",)
VOTE_COLUMNS = ("applicant", "matter", "about", "evaluator", "present", "vote")

_GROUP_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


def read_groups(table: Table, members: tuple[Evaluator, ...]) -> tuple[GroupSeat, ...]:
    """Return the seats of the groups, each member once per group."""
    ids = {member.id for member in members}
    lines: dict[tuple[str, str], int] = {}
    seats = []
    for cells in iterate_cells(table):
        group, evaluator = cells.text("group"), cells.known("evaluator", ids, KNOWN_EVALUATOR)
        if not _GROUP_NAME.fullmatch(group):
            cells.refuse("group", quote(group), "a name such as large: small letters, digits, hyphens, underscores")
        first = lines.setdefault((group, evaluator), cells.line)
        if first != cells.line:
            cells.refuse("evaluator", f"'{evaluator}' in '{group}' again", f"each once (first in line {first})")
        seat = GroupSeat(group=group, evaluator=evaluator, common=cells.yes_no("common"))
        if cells.valid:
            seats.append(seat)
    return tuple(seats)


def read_assignments(
    table: Table,
    known: Mapping[str, int],
    members: tuple[Evaluator, ...],
    exclusions: Exclusions,
    seats: tuple[GroupSeat, ...],
) -> tuple[Assignment, ...]:
    """Return who judges whom. An excluded evaluator cannot be assigned, nor one to a group without a seat in it."""
    ids = {member.id for member in members}
    places = {(seat.group, seat.evaluator) for seat in seats}
    lines: dict[tuple[str, str], int] = {}
    assignments = []
    for cells in iterate_cells(table):
        name, evaluator = (
            cells.known("applicant", known, KNOWN_APPLICANT),
            cells.known("evaluator", ids, KNOWN_EVALUATOR),
        )
        group = cells.text("group")
        if group:
            cells.known("group", {seat.group for seat in seats}, "a group of groups.csv, or nothing")
        if cells.valid and group and (group, evaluator) not in places:
            cells.refuse("evaluator", f"'{evaluator}', who has no seat in '{group}'", "a member of the group")
        if evaluator in exclusions.lines.get(name, {}):
            row = exclusions.row(name, evaluator)
            cells.refuse("evaluator", f"'{evaluator}', who does not judge '{name}'", f"another evaluator (see {row})")
        first = lines.setdefault((name, evaluator), cells.line)
        if first != cells.line:
            cells.refuse("evaluator", f"'{evaluator}' for '{name}' again", f"each once (first in line {first})")
        turn = cells.integer("turn") if cells.text("turn") else None
        if cells.valid and turn is not None and turn < 1:
            cells.refuse("turn", str(turn), "a whole number from 1 on")
        if cells.valid:
            assignments.append(Assignment(applicant=name, evaluator=evaluator, group=group, turn=turn))
    return tuple(assignments)


def read_votes(
    table: Table,
    known: Mapping[str, int],
    members: tuple[Evaluator, ...],
    exclusions: Exclusions,
    rules: CommitteeRules | None,
) -> tuple[Vote, ...]:
    """Return the votes: for each matter that was voted on, a row for every member, present or not.

    A member who does not judge an applicant cannot be present when its level is voted on, nor a challenged member when
    the challenge is, unless ``rules`` let it take part (Notice 2021-223 Art. 5(3)).
    """
    ids = {member.id for member in members}
    lines: dict[tuple[str, str, str], dict[str, int]] = {}
    votes = []
    for cells in iterate_cells(table):
        vote = _parse_vote(cells, known, ids)
        if vote.applicant not in known or vote.evaluator not in ids or cells.text("matter") != vote.matter.value:
            continue
        at = lines.setdefault((vote.applicant, vote.matter.value, vote.about), {})
        first = at.setdefault(vote.evaluator, cells.line)
        if cells.valid and first != cells.line:
            cells.refuse("evaluator", f"'{vote.evaluator}' again", f"each once (first in line {first})")
        if cells.valid:
            _check_present(cells, vote, exclusions, rules)
        if cells.valid:
            votes.append(vote)
    _check_everyone_recorded(table, members, lines)
    return tuple(votes)


def _parse_vote(cells: Cells, known: Mapping[str, int], ids: set[str]) -> Vote:
    vote = Vote(
        applicant=cells.known("applicant", known, KNOWN_APPLICANT),
        matter=cells.choice("matter", VoteMatter),
        about=cells.known("about", ids, KNOWN_EVALUATOR) if cells.text("about") else "",
        evaluator=cells.known("evaluator", ids, KNOWN_EVALUATOR),
        present=cells.yes_no("present"),
        vote=cells.choice_or_nothing("vote", VoteValue),
    )
    if cells.valid and (vote.matter is VoteMatter.CHALLENGE) != bool(vote.about):
        wanted = (
            "the challenged member" if vote.matter is VoteMatter.CHALLENGE else "nothing, as no member is challenged"
        )
        cells.refuse("about", quote(vote.about), wanted)
    if cells.valid and vote.present != (vote.vote is not None):
        wanted = "yes, no or abstain" if vote.present else "nothing, as the member was not present"
        cells.refuse("vote", quote(cells.text("vote")), wanted)
    return vote


def _check_present(cells: Cells, vote: Vote, exclusions: Exclusions, rules: CommitteeRules | None) -> None:
    name, evaluator = vote.applicant, vote.evaluator
    if not vote.present:
        return
    if vote.matter is VoteMatter.LEVEL and evaluator in exclusions.lines.get(name, {}):
        row = exclusions.row(name, evaluator)
        cells.refuse("present", f"'{evaluator}', who does not judge '{name}'", f"no (see {row})")
    barred = rules is not None and not rules.challenged_takes_part.value
    if vote.matter is VoteMatter.CHALLENGE and evaluator == vote.about and barred:
        cells.refuse("present", f"'{evaluator}', who was challenged", "no: a challenged member takes no part")


def _check_everyone_recorded(
    table: Table, members: tuple[Evaluator, ...], lines: Mapping[tuple[str, str, str], Mapping[str, int]]
) -> None:
    try:
        for (name, matter, about), rows in lines.items():
            missing = [member.id for member in members if member.id not in rows]
            if missing:
                matters = f"{matter} {about}".rstrip()
                what = f"no row for {', '.join(missing)} at '{matters}' of '{name}'"
                table.refuse(min(rows.values()), "evaluator", what, "a row for every member, present or not")
    except TooManyProblemsError:
        return
