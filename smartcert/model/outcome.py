"""What counts in the end: where an application stands after eligibility, evaluation, committee and decision."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from smartcert.lazy_dataclass import dataclass
from smartcert.model.citation import Basis
from smartcert.model.evaluation import Finding
from smartcert.representation import describe_briefly


class OutcomeStage(StrEnum):
    """How far an application came: the stage that it did not pass, or the last step of its decision."""

    ELIGIBILITY = "eligibility"
    RECEIPT = "receipt"
    DOCUMENTS = "documents"
    SCORING = "scoring"
    EVALUATED = "evaluated"
    VOTED = "voted"
    PROPOSED = "proposed"
    DECIDED = "decided"


class Result(StrEnum):
    """What follows: only a decision certifies or does not certify; everything before it is open."""

    CERTIFIED = "certified"
    NOT_CERTIFIED = "not_certified"
    EXCLUDED = "excluded"
    """Refused before it was scored: there are no points and no level."""
    OPEN = "open"


class Awaited(StrEnum):
    """What an open outcome waits for."""

    SUPPLEMENT = "supplement"
    """A document or value that may still come."""
    CORRECTION = "correction"
    """A desk correction that changes the level is confirmed by nobody."""
    VOTE = "vote"
    """The committee has not voted on the level."""
    QUORUM = "quorum"
    """The sitting did not open: too few members were present."""
    CARRIED_VOTE = "carried_vote"
    """The committee voted, and too few were in favour."""
    PROPOSAL = "proposal"
    """The operating body has not reported a level."""
    DECISION = "decision"
    """The Minister has not decided."""
    VALID_DECISION = "valid_decision"
    """A decision is on record and has no effect, for the findings beside it."""


class VoteResult(StrEnum):
    """How the committee's vote on the level ended."""

    NOT_HELD = "not_held"
    NO_QUORUM = "no_quorum"
    NOT_CARRIED = "not_carried"
    CARRIED = "carried"


@dataclass(frozen=True, kw_only=True, slots=True)
class VoteTally:
    """The committee's vote on one level, with its counts; all zero where none was held."""

    result: VoteResult
    members: int = 0
    present: int = 0
    present_needed: int = 0
    yes: int = 0
    no: int = 0
    abstained: int = 0
    yes_needed: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class LevelStep:
    """A level that was proposed or decided, with who, when and why."""

    level: int
    by: str = ""
    """Who it was; empty where the reader is not shown it."""
    on: date
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Validity:
    """For how many years a certificate is valid from the day of its issue, and the rule that says so.

    The days themselves are those of the register: a decision does not say when its certificate is issued.
    """

    years: int
    basis: Basis


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What counts for one application, and all that led to it. Everything that is sent out reads this.

    ``computed`` is the level that the evaluation gives and stays visible where the decision differs. ``decided`` is
    what is on record as decided; it counts only where ``stage`` is decided: else ``findings`` say why it does not.
    """

    __repr__ = describe_briefly

    application: str
    stage: OutcomeStage
    result: Result
    awaits: Awaited | None = None
    """What it waits for; None unless the result is open."""
    computed: int | None = None
    meets_criteria: bool = False
    """Whether the computed level is one that is certified."""
    vote: VoteTally = VoteTally(result=VoteResult.NOT_HELD)
    proposed: LevelStep | None = None
    decided: LevelStep | None = None
    validity: Validity | None = None
    """How long the certification lasts; None unless it was decided to certify and the scheme says so."""
    findings: tuple[Finding, ...] = ()
    """What stands against the decision on record, each with the rule that it rests on."""

    @property
    def level(self) -> int | None:
        """The level decided, where the decision counts; None before that."""
        return self.decided.level if self.decided is not None and self.stage is OutcomeStage.DECIDED else None

    @property
    def decided_on(self) -> date | None:
        """The day of the decision, where it counts; None before that."""
        return self.decided.on if self.decided is not None and self.stage is OutcomeStage.DECIDED else None

    @property
    def certified(self) -> bool:
        """Whether it was decided to certify."""
        return self.result is Result.CERTIFIED

    @property
    def open(self) -> bool:
        """Whether something is still to come."""
        return self.result is Result.OPEN

    @property
    def evaluated(self) -> bool:
        """Whether the application was scored to the end."""
        return self.computed is not None

    @property
    def decided_otherwise(self) -> bool:
        """Whether the decision counts and its level is not the computed one."""
        return self.level is not None and self.level != self.computed
