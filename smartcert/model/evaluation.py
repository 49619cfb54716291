"""What came out: findings, and with points and level the whole verdict on one application."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction

from smartcert.model.applicant import Applicant, SizeType
from smartcert.model.citation import Basis, Text
from smartcert.model.level import LevelResult, Margin, NextLevel
from smartcert.model.scorecard import Scorecard


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What a finding states, by name and by kind; the sentence of the finding shows each by its name.

    ``words`` are somebody's own words and are escaped wherever they are shown; ``terms`` are keys of the catalogue
    of words (``"channel.mail"``); ``names`` exist in both languages.
    """

    words: Mapping[str, str] = field(default_factory=dict)
    terms: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, Text] = field(default_factory=dict)
    numbers: Mapping[str, Fraction] = field(default_factory=dict)
    days: Mapping[str, date] = field(default_factory=dict)
    moments: Mapping[str, datetime] = field(default_factory=dict)


class Outcome(StrEnum):
    """How one requirement stands."""

    MET = "met"
    NOT_MET = "not_met"
    OPEN = "open"
    NOTED = "noted"


class Stage(StrEnum):
    """Where an application stands at the end of the round: the first stage that it did not pass, or evaluated."""

    ELIGIBILITY = "eligibility"
    RECEIPT = "receipt"
    DOCUMENTS = "documents"
    SCORING = "scoring"
    EVALUATED = "evaluated"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One requirement held against one application.

    ``code`` names the sentence in the catalogue of words, ``facts`` fill it, ``basis`` is what it rests on.
    ``refuses`` tells whether the application goes no further because of it.
    """

    code: str
    stage: Stage
    outcome: Outcome
    basis: tuple[Basis, ...]
    facts: Facts = Facts()
    refuses: bool = False

    @property
    def against(self) -> bool:
        """Whether it stands against the application: not met, still open, or decisive."""
        return self.refuses or self.outcome in (Outcome.NOT_MET, Outcome.OPEN)


@dataclass(frozen=True, kw_only=True, slots=True)
class Evaluation:
    """The whole verdict on one application."""

    round: str
    id: str
    applicant: Applicant
    stage: Stage
    findings: tuple[Finding, ...]
    size_type: SizeType | None = None
    size_basis: Basis | None = None
    scorecard: Scorecard | None = None
    level: LevelResult | None = None
    next_level: NextLevel | None = None
    margin: Margin | None = None
    """None where nothing was scored, and at the worst level, below which there is none."""
    rules: tuple[Basis, ...] = ()
    """Every rule that the verdict rests on, once."""

    @property
    def evaluated(self) -> bool:
        """Whether the application was scored to the end."""
        return self.stage is Stage.EVALUATED

    @property
    def certified(self) -> bool:
        """Whether the level reached is one that is certified."""
        return self.level is not None and self.level.certified
