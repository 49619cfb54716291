"""What arrived: applications, documents, supplements, measurements, inspections and marks of one round."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction

from smartcert.lazy_dataclass import dataclass
from smartcert.model.applicant import Applicant, ApplicantChange, Registry
from smartcert.model.citation import Basis, Text
from smartcert.model.committee import MemberCategory, Proceedings
from smartcert.model.sender import Sender
from smartcert.representation import describe_briefly


class Channel(StrEnum):
    """How an application came in."""

    WEBSITE = "website"
    IN_PERSON = "in_person"
    MAIL = "mail"


class DocumentKind(StrEnum):
    """The five documents of the call."""

    APPLICATION = "application"
    QUANTITATIVE = "quantitative"
    QUALITATIVE = "qualitative"
    EVIDENCE = "evidence"
    OTHER = "other"


class SupplementAnswer(StrEnum):
    """What became of a request for a supplement."""

    ANSWERED = "answered"
    NO_ANSWER = "no_answer"
    UNREACHABLE = "unreachable"
    PENDING = "pending"


class Missing(StrEnum):
    """A value that is not there, in its two meanings. Zero is neither: it is a value."""

    ABSENT = "absent"
    NOT_APPLICABLE = "not_applicable"


Value = Fraction | Missing


class EvidenceGrade(StrEnum):
    """How firm a figure is, firmest first."""

    MEASURED = "measured"
    SURVEY = "survey"
    HIGHER_LEVEL = "higher_level"
    ESTIMATED = "estimated"
    PERSONAL = "personal"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """One document as received. ``sealed`` and ``lookup_table`` are None where the call does not ask for them."""

    kind: DocumentKind
    received: bool
    sealed: bool | None = None
    lookup_table: bool | None = None
    requested: bool | None = None
    note: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Supplement:
    """A request for a supplement (보완): for which document, asked when, due when, and what came."""

    document: DocumentKind
    asked_on: date
    due_on: date
    answer: SupplementAnswer
    answered_on: date | None = None
    note: str = ""


class FindingMatter(StrEnum):
    """What the operating body finds about an application and writes into ``findings.csv``."""

    MISREPRESENTATION = "misrepresentation"
    JOINT_APPLICATION = "joint_application"
    CHANNEL_REASON = "channel_reason"
    RECEIVED = "received"
    SEALED = "sealed"
    LOOKUP_TABLE = "lookup_table"
    REQUESTED = "requested"

    @property
    def of_document(self) -> bool:
        """Whether it is found about one document, and says yes or no."""
        return self not in (self.MISREPRESENTATION, self.JOINT_APPLICATION, self.CHANNEL_REASON)


@dataclass(frozen=True, kw_only=True, slots=True)
class OfficeFinding:
    """What the operating body found about an application: who, when and why. It counts before what was claimed."""

    matter: FindingMatter
    found: str
    reason: str
    by: str
    on: date
    document: DocumentKind | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class DeskCorrection:
    """Who corrected a claim at the desk, when, and who confirmed that; ``confirmed_by`` is empty where nobody did."""

    by: str
    on: date
    confirmed_by: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Measurement:
    """One quantitative indicator as claimed and as accepted at the desk, with its evidence.

    A yes/no value is 1 or 0. ``desk`` equals ``claimed`` unless the operating body corrected it, with a reason.
    """

    indicator: str
    claimed: Value
    desk: Value
    desk_reason: str = ""
    evidence_document: str = ""
    evidence_page: str = ""
    grade: EvidenceGrade | None = None
    """How firm the evidence is as the desk sees it; None where nobody said."""
    correction: DeskCorrection | None = None
    """Who corrected the claim; None where nobody did, or where an older table does not say who."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Inspection:
    """What the on-site inspection (현장실사) found for one indicator.

    ``verified`` with no value confirms the desk value; not verified carries the corrected value and its reason
    (`Missing.ABSENT` where nothing at all could be confirmed).
    """

    indicator: str
    verified: bool
    corrected: Value | None = None
    reason: str = ""
    inspector: str = ""
    grade: EvidenceGrade | None = None
    """How firm the evidence is as found on site; None where nobody said."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """One evaluator's mark on one qualitative indicator; None is absent, which is not zero."""

    indicator: str
    evaluator: str
    value: Fraction | None
    comment: str = ""


class ExclusionKind(StrEnum):
    """Why an evaluator does not judge an applicant (제척, 기피, 회피)."""

    EXCLUSION = "exclusion"
    CHALLENGE = "challenge"
    WITHDRAWAL = "withdrawal"


@dataclass(frozen=True, kw_only=True, slots=True)
class Exclusion:
    """One evaluator who does not judge one applicant; ``ground`` is the number in Notice Art. 5(1), if any."""

    evaluator: str
    kind: ExclusionKind
    ground: int | None = None
    note: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Evaluator:
    """A member of the committee (평가위원). Reports show the order number only: E1, E2, ..."""

    id: str
    name: str
    field: str = ""
    chair: bool = False
    category: MemberCategory | None = None
    years: int | None = None
    """Years in the work that qualifies."""
    term_began: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Partner:
    """One of those who apply together: whether it leads, and its share in percent, None where none is stated."""

    applicant: Applicant
    lead: bool = False
    share: Fraction | None = None


def join_names(partners: Sequence[Partner]) -> Text:
    """Return one name for those who apply together, in their order: 가온(주)·하늘시; Gaon and Haneul-si."""
    names = [partner.applicant.full_name for partner in partners]
    *before, last = [name.en for name in names]
    return Text(ko="·".join(name.ko for name in names), en=f"{', '.join(before)} and {last}" if before else last)


@dataclass(frozen=True, kw_only=True, slots=True)
class Application:
    """Everything that one applicant handed in, and what desk, inspection and committee made of it."""

    __repr__ = describe_briefly

    id: str
    """The applicant's id in the round: a small letter, then letters, digits or hyphens."""
    applicant: Applicant
    code: str
    """The code as applied with; differs from ``applicant.code`` where a second code was used."""
    channel: Channel
    arrived_at: datetime
    sent_at: datetime | None = None
    official_letter: bool = False
    channel_reason: str = ""
    joint_with: tuple[str, ...] = ()
    misrepresentation: str = ""
    """What was found to be untrue, in the operating body's words; empty if nothing was."""
    documents: tuple[Document, ...] = ()
    supplements: tuple[Supplement, ...] = ()
    measurements: Mapping[str, Measurement] = field(default_factory=dict)
    inspections: Mapping[str, Inspection] = field(default_factory=dict)
    marks: tuple[Mark, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    office_findings: tuple[OfficeFinding, ...] = ()
    """What the operating body found; it is applied to the other fields already."""
    bases: Mapping[str, Fraction] = field(default_factory=dict)
    """The figures of the applicant, beside its residents, that measures are divided by: by the id of a base."""
    partners: tuple[Partner, ...] = ()
    """Who applies together, the applicant itself first, which leads; empty where it applies alone.

    The full name of ``applicant`` is then that of all of them.
    """
    asked: Fraction | None = None
    """The amount asked for, where the scheme has a budget; None where none was asked."""
    applicant_changes: tuple[ApplicantChange, ...] = ()
    """What is known to have happened since the governing day to whoever applies, oldest first."""


class PackageState(StrEnum):
    """What became of a package that was received."""

    COUNTS = "counts"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"
    WITHDRAWAL = "withdrawal"
    LATE = "late"
    LATE_WITHDRAWAL = "late_withdrawal"
    SUPPLEMENT = "supplement"
    UNREADABLE = "unreadable"
    UNKNOWN_APPLICANT = "unknown_applicant"
    QUESTIONED = "questioned"
    """Its sender is less sure than that of the package it would replace; whether it does is asked."""
    SET_ASIDE = "set_aside"
    """It was asked whether it replaces a package, and it does not."""
    UNDONE = "undone"
    """The office took back that it was taken in."""

    @property
    def open(self) -> bool:
        """Whether somebody still has to say what becomes of it."""
        return self in (self.UNREADABLE, self.UNKNOWN_APPLICANT, self.QUESTIONED)


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenReceipt:
    """A package that was received and of which it is not settled what becomes of it."""

    number: str
    """The number of its receipt, as ``2023-00012``."""
    package: str
    arrived_at: datetime
    state: PackageState
    applicant: str = ""
    """The id of the applicant; empty where it is not known who sent it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ApplicationWindow:
    """When applications are received, with the time zone of the call, and what says so."""

    opens_at: datetime
    closes_at: datetime
    basis: Basis


@dataclass(frozen=True, kw_only=True, slots=True)
class InputFile:
    """A file that a round was read from, with its SHA-256."""

    file: str
    sha256: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Round:
    """One round (공모) as read from its folder."""

    __repr__ = describe_briefly

    id: str
    title: Text
    invented: bool
    governing_day: date
    """The day whose rules are in force for the round to its end: the day of the call."""
    window: ApplicationWindow
    edition: str
    registry: Registry
    note: Text | None = None
    committee: tuple[Evaluator, ...] = ()
    applications: tuple[Application, ...] = ()
    inputs: tuple[InputFile, ...] = ()
    proceedings: Proceedings = field(default_factory=Proceedings)
    open_receipts: tuple[OpenReceipt, ...] = ()
    """Packages that were received and are not settled, in the order of their numbers."""
    sender: Sender = field(default_factory=Sender)
    """Who writes the letters of the round."""
