"""``groups.csv``, ``assignments.csv``, ``votes.csv``: who sits where, who judges whom, who was present, how voted."""

from __future__ import annotations

import re
from collections.abc import Mapping

from smartcert.intake.applications import KNOWN
from smartcert.intake.cells import Cells, each
from smartcert.intake.committee import Exclusions
from smartcert.intake.interests import MEMBER
from smartcert.intake.scalars import quoted
from smartcert.intake.tables import Table, TooManyProblems
from smartcert.model.application import Evaluator
from smartcert.model.committee import Assignment, GroupSeat, Matter, Vote, VoteValue
from smartcert.rules.committee import CommitteeRules

GROUP_COLUMNS = ("group", "evaluator", "common")
ASSIGNMENT_COLUMNS = ("applicant", "group", "evaluator")
OPTIONAL_ASSIGNMENT_COLUMNS = ("turn",)
VOTE_COLUMNS = ("applicant", "matter", "about", "evaluator", "present", "vote")

_GROUP = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


def read_groups(table: Table, members: tuple[Evaluator, ...]) -> tuple[GroupSeat, ...]:
    """Return the seats of the groups, each member once per group."""
    ids = {member.id for member in members}
    lines: dict[tuple[str, str], int] = {}
    found = []
    for cells in each(table):
        group, evaluator = cells.text("group"), cells.known("evaluator", ids, MEMBER)
        if not _GROUP.fullmatch(group):
            cells.refuse("group", quoted(group), "a name such as large: small letters, digits, hyphens, underscores")
        first = lines.setdefault((group, evaluator), cells.line)
        if first != cells.line:
            cells.refuse("evaluator", f"'{evaluator}' in '{group}' again", f"each once (first in line {first})")
        seat = GroupSeat(group=group, evaluator=evaluator, common=cells.yes_no("common"))
        if cells.sound:
            found.append(seat)
    return tuple(found)


def read_assignments(
    table: Table,
    known: Mapping[str, int],
    members: tuple[Evaluator, ...],
    exclusions: Exclusions,
    seats: tuple[GroupSeat, ...],
) -> tuple[Assignment, ...]:
    """Return who judges whom. An excluded evaluator cannot be assigned, and one with a group sits in that group."""
    ids = {member.id for member in members}
    places = {(seat.group, seat.evaluator) for seat in seats}
    lines: dict[tuple[str, str], int] = {}
    found = []
    for cells in each(table):
        name, evaluator = cells.known("applicant", known, KNOWN), cells.known("evaluator", ids, MEMBER)
        group = cells.text("group")
        if group:
            cells.known("group", {seat.group for seat in seats}, "a group of groups.csv, or nothing")
        if cells.sound and group and (group, evaluator) not in places:
            cells.refuse("evaluator", f"'{evaluator}', who has no seat in '{group}'", "a member of the group")
        if evaluator in exclusions.lines.get(name, {}):
            row = exclusions.row(name, evaluator)
            cells.refuse("evaluator", f"'{evaluator}', who does not judge '{name}'", f"another evaluator (see {row})")
        first = lines.setdefault((name, evaluator), cells.line)
        if first != cells.line:
            cells.refuse("evaluator", f"'{evaluator}' for '{name}' again", f"each once (first in line {first})")
        turn = cells.whole("turn") if cells.text("turn") else None
        if cells.sound and turn is not None and turn < 1:
            cells.refuse("turn", str(turn), "a whole number from 1 on")
        if cells.sound:
            found.append(Assignment(applicant=name, evaluator=evaluator, group=group, turn=turn))
    return tuple(found)


def read_votes(
    table: Table,
    known: Mapping[str, int],
    members: tuple[Evaluator, ...],
    exclusions: Exclusions,
    rules: CommitteeRules | None,
) -> tuple[Vote, ...]:
    """Return the votes: for each matter that was voted on, a row for every member, present or not.

    Who does not judge an applicant cannot be present when its level is voted on; a challenged member cannot be present
    when the challenge is (Notice 2021-223 Art. 5(3)).
    """
    ids = {member.id for member in members}
    lines: dict[tuple[str, str, str], dict[str, int]] = {}
    found = []
    for cells in each(table):
        vote = _vote(cells, known, ids)
        if not cells.sound:
            continue
        at = lines.setdefault((vote.applicant, vote.matter.value, vote.about), {})
        first = at.setdefault(vote.evaluator, cells.line)
        if first != cells.line:
            cells.refuse("evaluator", f"'{vote.evaluator}' again", f"each once (first in line {first})")
        _hold_present(cells, vote, exclusions, rules)
        if cells.sound:
            found.append(vote)
    _hold_everyone(table, members, lines)
    return tuple(found)


def _vote(cells: Cells, known: Mapping[str, int], ids: set[str]) -> Vote:
    vote = Vote(
        applicant=cells.known("applicant", known, KNOWN),
        matter=cells.choice("matter", Matter),
        about=cells.known("about", ids, MEMBER) if cells.text("about") else "",
        evaluator=cells.known("evaluator", ids, MEMBER),
        present=cells.yes_no("present"),
        vote=cells.choice_or_nothing("vote", VoteValue),
    )
    if cells.sound and (vote.matter is Matter.CHALLENGE) != bool(vote.about):
        wanted = "the challenged member" if vote.matter is Matter.CHALLENGE else "nothing, as no member is challenged"
        cells.refuse("about", quoted(vote.about), wanted)
    if cells.sound and vote.present != (vote.vote is not None):
        wanted = "yes, no or abstain" if vote.present else "nothing, as the member was not present"
        cells.refuse("vote", quoted(cells.text("vote")), wanted)
    return vote


def _hold_present(cells: Cells, vote: Vote, exclusions: Exclusions, rules: CommitteeRules | None) -> None:
    name, evaluator = vote.applicant, vote.evaluator
    if not vote.present:
        return
    if vote.matter is Matter.LEVEL and evaluator in exclusions.lines.get(name, {}):
        row = exclusions.row(name, evaluator)
        cells.refuse("present", f"'{evaluator}', who does not judge '{name}'", f"no (see {row})")
    barred = rules is not None and not rules.challenged_takes_part.value
    if vote.matter is Matter.CHALLENGE and evaluator == vote.about and barred:
        cells.refuse("present", f"'{evaluator}', who was challenged", "no: a challenged member takes no part")


def _hold_everyone(
    table: Table, members: tuple[Evaluator, ...], lines: Mapping[tuple[str, str, str], Mapping[str, int]]
) -> None:
    try:
        for (name, matter, about), rows in lines.items():
            missing = [member.id for member in members if member.id not in rows]
            if missing:
                what = f"no row for {', '.join(missing)} at '{matter} {about}'".rstrip() + f" of '{name}'"
                table.refuse(min(rows.values()), "evaluator", what, "a row for every member, present or not")
    except TooManyProblems:
        return
