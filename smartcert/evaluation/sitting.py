"""Who sits on an application, whether enough are present, and whether enough agree (Notice 2021-223 Art. 4(4))."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from smartcert.model.application import Application, Round
from smartcert.model.committee import Matter, Vote, VoteValue
from smartcert.rules.committee import CommitteeRules


@dataclass(frozen=True, kw_only=True, slots=True)
class Sitting:
    """One vote on one matter. ``carried`` is None where the sitting did not open for want of a quorum."""

    applicant: str
    matter: Matter
    about: str
    members: int
    present: int
    present_needed: int
    yes: int
    no: int
    abstained: int
    yes_needed: int
    carried: bool | None

    @property
    def opened(self) -> bool:
        """Whether a quorum was there."""
        return self.present >= self.present_needed


def fewest(share: Fraction, of: int) -> int:
    """Return the smallest whole number that is at least ``share`` of ``of``, exactly: 2/3 of 9 is 6, of 7 is 5.

    >>> [fewest(Fraction(2, 3), of) for of in (9, 7, 6, 4)]
    [6, 5, 4, 3]
    """
    return ceil(share * of)


def sitting(votes: Iterable[Vote], members: int, rules: CommitteeRules) -> Sitting:
    """Return how one vote ended. ``votes`` are those on one matter of one applicant, in any order.

    The sitting opens when exactly the quorum of ``members`` is present, and carries when exactly the share of those
    present says yes. An abstention counts as present and not as yes.
    """
    rows = tuple(votes)
    there = [vote for vote in rows if vote.present]
    said = {value: sum(vote.vote is value for vote in there) for value in VoteValue}
    present_needed = fewest(rules.quorum.value, members)
    yes_needed = max(fewest(rules.decision.value, len(there)), 1)
    opened = len(there) >= present_needed
    return Sitting(
        applicant=rows[0].applicant,
        matter=rows[0].matter,
        about=rows[0].about,
        members=members,
        present=len(there),
        present_needed=present_needed,
        yes=said[VoteValue.YES],
        no=said[VoteValue.NO],
        abstained=said[VoteValue.ABSTAIN],
        yes_needed=yes_needed,
        carried=said[VoteValue.YES] >= yes_needed if opened else None,
    )


def sittings(round_: Round, rules: CommitteeRules) -> tuple[Sitting, ...]:
    """Return every vote of a round, by applicant and matter."""
    applications = {one.id: one for one in round_.applications}
    rows: dict[tuple[str, str, str], list[Vote]] = {}
    for vote in round_.proceedings.votes:
        rows.setdefault((vote.applicant, vote.matter.value, vote.about), []).append(vote)
    return tuple(
        sitting(of, counted_members(applications[key[0]], round_, rules), rules) for key, of in sorted(rows.items())
    )


def panel(applicant: str, round_: Round) -> tuple[str, ...]:
    """Return the members whose case an application is: those of its group if it has one, else the whole committee."""
    held = round_.proceedings
    group = next((one.group for one in held.assignments if one.applicant == applicant and one.group), "")
    seats = {seat.evaluator for seat in held.groups if seat.group == group}
    everyone = tuple(member.id for member in round_.committee)
    return tuple(one for one in everyone if one in seats) if group else everyone


def counted_members(application: Application, round_: Round, rules: CommitteeRules) -> int:
    """Return of how many members the quorum is taken."""
    sitting_on = panel(application.id, round_)
    if rules.excluded_count_as_members.value:
        return len(sitting_on)
    return len(free(application, round_))


def free(application: Application, round_: Round) -> tuple[str, ...]:
    """Return the members of the panel who may judge the application."""
    excluded = {exclusion.evaluator for exclusion in application.exclusions}
    return tuple(one for one in panel(application.id, round_) if one not in excluded)
