"""What the committee (인증평가위원회) did and declared: interests, groups, votes, discussion, decisions."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction

from smartcert.lazy_dataclass import dataclass
from smartcert.representation import describe_briefly


class MemberCategory(StrEnum):
    """By what a member of the committee is qualified (Notice 2021-223 Art. 4(3))."""

    PROFESSOR = "professor"
    RESEARCHER = "researcher"
    INDUSTRY = "industry"
    OFFICIAL = "official"
    EQUIVALENT = "equivalent"


class InterestKind(StrEnum):
    """What ties an evaluator to a body: the words of Notice 2021-223 Art. 5(1), and employment."""

    PARTY = "party"
    KINSHIP = "kinship"
    ADVICE = "advice"
    RESEARCH = "research"
    SERVICE = "service"
    APPRAISAL = "appraisal"
    INQUIRY = "inquiry"
    AGENCY = "agency"
    EMPLOYER = "employer"


WORK_INTERESTS = frozenset(
    {
        InterestKind.ADVICE,
        InterestKind.RESEARCH,
        InterestKind.SERVICE,
        InterestKind.APPRAISAL,
        InterestKind.INQUIRY,
    }
)
"""The kinds that are work on a case."""


class ConflictTie(StrEnum):
    """How a conflict comes about; each has its ground in the rules."""

    PARTY = "party"
    KINSHIP = "kinship"
    OWN_WORK = "own_work"
    OWN_AGENCY = "own_agency"
    EMPLOYERS_AGENCY = "employers_agency"
    EMPLOYERS_WORK = "employers_work"
    EMPLOYED_BY_APPLICANT = "employed_by_applicant"


@dataclass(frozen=True, kw_only=True, slots=True)
class Interest:
    """One interest that an evaluator declared.

    ``body`` is with whom, ``code`` its registry code if it is a local government. ``applicant`` is the id of the
    applicant for whom the evaluator says that this is a conflict: such a one counts at once. ``ended`` is the last day,
    None while it lasts. ``line`` is the row of ``interests.csv``.
    """

    evaluator: str
    kind: InterestKind
    body: str
    line: int
    code: str = ""
    applicant: str = ""
    began: date | None = None
    ended: date | None = None
    subcontract: bool = False
    note: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Contractor:
    """A body that works, or is agent, for an applicant; ``role`` is agency or a kind of work, never employment."""

    applicant: str
    body: str
    role: InterestKind
    line: int
    subcontract: bool = False
    began: date | None = None
    ended: date | None = None
    note: str = ""


class ConflictAnswer(StrEnum):
    """The operating body's answer to a matched conflict."""

    EXCLUDED = "excluded"
    CLEARED = "cleared"


@dataclass(frozen=True, kw_only=True, slots=True)
class ConflictDecision:
    """The operating body's answer to a conflict that the program matched, with who, when and why."""

    evaluator: str
    applicant: str
    answer: ConflictAnswer
    decided_by: str
    decided_on: date
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupSeat:
    """A member's seat in a group; a common member judges every group."""

    group: str
    evaluator: str
    common: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Assignment:
    """One evaluator who judges one applicant, in a group if there are groups."""

    applicant: str
    evaluator: str
    group: str = ""
    turn: int | None = None
    """The how-manieth application this was for the evaluator, if it is recorded; the analysis of drift needs it."""


class VoteValue(StrEnum):
    """How a member who is present votes."""

    YES = "yes"
    NO = "no"
    ABSTAIN = "abstain"


class VoteMatter(StrEnum):
    """What is voted on: the level as evaluated, or a challenge (then ``about`` names the member)."""

    LEVEL = "level"
    CHALLENGE = "challenge"


@dataclass(frozen=True, kw_only=True, slots=True)
class Vote:
    """One member at one sitting on one applicant: present or not, and the vote of who was present."""

    applicant: str
    matter: VoteMatter
    evaluator: str
    present: bool
    vote: VoteValue | None = None
    about: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sitting:
    """One vote on one matter: of how many members how many were present and said yes.

    ``carried`` is None where the sitting did not open for want of a quorum.
    """

    applicant: str
    matter: VoteMatter
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
        """Whether a quorum was present."""
        return self.present >= self.present_needed


@dataclass(frozen=True, kw_only=True, slots=True)
class DiscussedMark:
    """One evaluator's mark before and after discussion: who changed it, when, why, and a minority opinion if any."""

    applicant: str
    indicator: str
    evaluator: str
    before: Fraction
    after: Fraction
    changed_by: str
    at: datetime
    reason: str = ""
    minority_opinion: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class LevelDecision:
    """The level that the operating body proposed and the one that the Minister decided, each with who, when and why."""

    applicant: str
    proposed: int
    proposed_by: str
    proposed_on: date
    proposal_reason: str = ""
    decided: int | None = None
    decided_by: str = ""
    decided_on: date | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Proceedings:
    """Everything on paper about the committee of one round beside its marks. All of it may be empty."""

    __repr__ = describe_briefly

    judged_on: date | None = None
    """The day from which the committee judges: the look-back counts from it."""
    seed: str = ""
    """The published text from which random samples are drawn, so that anybody can draw them again."""
    interests: tuple[Interest, ...] = ()
    contractors: tuple[Contractor, ...] = ()
    conflict_decisions: tuple[ConflictDecision, ...] = ()
    groups: tuple[GroupSeat, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    votes: tuple[Vote, ...] = ()
    discussed: tuple[DiscussedMark, ...] = ()
    decisions: tuple[LevelDecision, ...] = ()
