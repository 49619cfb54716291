"""What do the files of ``parameters/rules`` say on one day? One dataclass per file, with the types of its values."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from fractions import Fraction

from smartcert.lazy_dataclass import dataclass
from smartcert.model.applicant import ApplicantKind
from smartcert.model.application import Channel, DocumentKind, EvidenceGrade
from smartcert.model.citation import Cited, Text
from smartcert.model.committee import ConflictTie, MemberCategory
from smartcert.model.indicator import MarkScale
from smartcert.model.scheme import Award, Classes, PassOrFail, RankingRule, StageRule
from smartcert.representation import describe_briefly


class Duty(StrEnum):
    """Whether a ground binds the Minister or leaves discretion."""

    MUST = "must"
    MAY = "may"


class Role(StrEnum):
    """In which capacity somebody acts on a certificate."""

    APPLICANT = "applicant"
    OPERATING_BODY = "operating_body"
    MINISTER = "minister"


class ExtensionStart(StrEnum):
    """From when an extension runs that is decided while the certificate is still valid."""

    END_OF_VALIDITY = "end_of_validity"
    DECISION = "decision"


@dataclass(frozen=True, kw_only=True, slots=True)
class CertificationRules:
    """``certification.yaml``: years and months as the law counts them, and who does what.

    Act Art. 33-34, Notice Art. 15-17.
    """

    valid_years: Cited[int]
    review_every_years: Cited[int]
    extension_months_before: Cited[int]
    extension_starts: Cited[ExtensionStart]
    lapse_after_months: Cited[int]
    mark_while_valid: Cited[bool]
    new_certificate_replaces: Cited[bool]
    revocation_improper: Cited[Duty]
    revocation_below_criteria: Cited[Duty]
    revocation_notices: Cited[int]
    explanation_period_stated: Cited[bool]
    revocation_published: Cited[bool]
    applies: Cited[Role]
    evaluates: Cited[Role]
    proposes: Cited[Role]
    decides: Cited[Role]
    decider_did_not_evaluate: Cited[bool]
    issues: Cited[Role]
    reviews: Cited[Role]
    gives_notice: Cited[Role]
    explains: Cited[Role]
    revokes: Cited[Role]
    reinstates: Cited[Role]
    handles_objections: Cited[Role]
    objection_period_stated: Cited[bool]
    keeps_register: Cited[Role]
    suspends: Cited[Role]
    surrenders: Cited[Role]
    handles_complaints: Cited[Role]
    records_misuse: Cited[Role]
    misuse_fine_at_most: Cited[int]
    code_change_leaves_certificate: Cited[bool]
    rules_on_changes: Cited[Role]


@dataclass(frozen=True, kw_only=True, slots=True)
class CommitteeRules:
    """``committee.yaml``: the committee (인증평가위원회; Notice 2021-223 Art. 4, 5, 10 and 15).

    Size, qualification, quorum and decision as shares, term, groups, exclusion, decision of the level, inspection.

    ``qualification`` gives per category the years that it needs (0: none). ``ground_of`` gives the number in
    Art. 5(1) of each tie; a tie that is not in it is a question of fairness only. ``inspection_weights`` says how much
    likelier a figure of weak evidence is inspected than a measured one.
    """

    __repr__ = describe_briefly

    members_at_most: Cited[int]
    qualification: Cited[Mapping[MemberCategory, int]]
    chair_elected: Cited[bool]
    common_members: Cited[int]
    quorum: Cited[Fraction]
    decision: Cited[Fraction]
    excluded_count_as_members: Cited[bool]
    term_years: Cited[int]
    look_back_years: Cited[int]
    exclusion_grounds: Cited[tuple[int, ...]]
    ground_of: Cited[Mapping[ConflictTie, int]]
    challenge: Cited[bool]
    challenged_takes_part: Cited[bool]
    withdrawal: Cited[bool]
    decision_needs_vote: Cited[bool]
    decider_is_no_evaluator: Cited[bool]
    decision_follows_proposal: Cited[bool]
    differing_decision_needs_reason: Cited[bool]
    decision_persons: Cited[int]
    desk_correction_persons: Cited[int]
    inspection_share: Cited[Fraction]
    inspection_weights: Cited[Mapping[EvidenceGrade, int]]


@dataclass(frozen=True, kw_only=True, slots=True)
class DocumentsRules:
    """``documents.yaml``: which documents the call wants, what must be on them, and what applicants must know."""

    required: Cited[tuple[DocumentKind, ...]]
    on_request: Cited[tuple[DocumentKind, ...]]
    sealed: Cited[tuple[DocumentKind, ...]]
    lookup_table: Cited[tuple[DocumentKind, ...]]
    supplement: Cited[bool]
    incomplete_is_not_evaluated: Cited[bool]
    misrepresentation_is_not_evaluated: Cited[bool]
    not_returned: Cited[Text]
    risk_no_answer: Cited[Text]
    risk_unreachable: Cited[Text]
    risk_misrepresentation: Cited[Text]

    def notices(self) -> tuple[Text, ...]:
        """Return the sentences that stand in every form and receipt: nothing is returned, and what is at own risk."""
        rules = (self.not_returned, self.risk_no_answer, self.risk_unreachable, self.risk_misrepresentation)
        return tuple(rule.value for rule in rules)


class Redirect(StrEnum):
    """Where the right applicant is found for an entry that may not apply."""

    PARENT = "parent"
    MEMBERS = "members"
    SAME = "same"


@dataclass(frozen=True, kw_only=True, slots=True)
class EligibilityRules:
    """``eligibility.yaml``: who may apply (Notice 2021-223 Art. 7).

    ``right_applicant`` names, per kind that may not apply, where the right one is found.
    """

    may_apply: Cited[tuple[ApplicantKind, ...]]
    joint_applications: Cited[bool]
    right_applicant: Cited[Mapping[ApplicantKind, Redirect]]


@dataclass(frozen=True, kw_only=True, slots=True)
class LevelFloor:
    """A domain that must reach ``at_least`` percent of its points; below it no level better than ``best_level``."""

    domain: str
    at_least: Fraction
    best_level: int


@dataclass(frozen=True, kw_only=True, slots=True)
class LevelsRules:
    """``levels.yaml``: the bounds of the levels (등급), and which of them are certified.

    ``bounds[n]`` is the percentage of all points from which on level n is reached, the bound included.

    The worst level has no bound: it is what is left.
    """

    __repr__ = describe_briefly

    bounds: Mapping[int, Cited[Fraction]]
    worst: Cited[int]
    certified_from: Cited[int]
    floors: Cited[tuple[LevelFloor, ...]]


class ReceiptMoment(StrEnum):
    """Which moment is compared with the window."""

    ARRIVAL = "arrival"
    POSTMARK = "postmark"


@dataclass(frozen=True, kw_only=True, slots=True)
class ReceiptRules:
    """``receipt.yaml``: channels, official letter, and the moment that counts; the window is in the round's call."""

    default_channels: Cited[tuple[Channel, ...]]
    exceptional_channels: Cited[tuple[Channel, ...]]
    reason_needed: Cited[bool]
    official_letter_with: Cited[tuple[Channel, ...]]
    moment: Cited[ReceiptMoment]
    bounds_included: Cited[bool]
    late_is_not_evaluated: Cited[bool]
    early_is_not_evaluated: Cited[bool]


class CombinationMethod(StrEnum):
    """How the marks of several evaluators become one."""

    MEAN = "mean"
    MEDIAN = "median"
    TRIMMED_MEAN = "trimmed_mean"


@dataclass(frozen=True, kw_only=True, slots=True)
class CombinationRule:
    """``method``; a trimmed mean drops ``drop`` marks at each end if there are ``at_least`` marks, else ``otherwise``.

    Where fewer than ``fewest`` marks are left, the indicator cannot be judged.
    """

    method: CombinationMethod
    at_least: int = 1
    drop: int = 0
    otherwise: CombinationMethod = CombinationMethod.MEAN
    fewest: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class ScoringRules:
    """``scoring.yaml``: how marks combine and which values count; how a value becomes points stands in the edition.

    ``suppress_below`` is how many applicants of a size type there must be before their median is shown.
    """

    __repr__ = describe_briefly

    mark_scale: Cited[MarkScale]
    combination: Cited[CombinationRule]
    confirmed_counts: Cited[bool]
    not_inspected_stands: Cited[bool]
    suppress_below: Cited[int]


class SizeTypeReading(StrEnum):
    """Whether a kind is always of one size type or by its population."""

    LARGE = "large"
    SMALL_MEDIUM = "small_medium"
    BY_POPULATION = "by_population"


@dataclass(frozen=True, kw_only=True, slots=True)
class SizeTypeRules:
    """``size_type.yaml``: one reading per kind that may apply; residents from which on one is large (대도시).

    ``population_months_at_most``: how many months before the governing day the figures may be of; as many are allowed.
    """

    large_from: Cited[int]
    population_months_at_most: Cited[int]
    special_city: Cited[SizeTypeReading]
    metropolitan_city: Cited[SizeTypeReading]
    special_self_governing_city: Cited[SizeTypeReading]
    special_self_governing_province: Cited[SizeTypeReading]
    city: Cited[SizeTypeReading]
    county: Cited[SizeTypeReading]
    autonomous_district: Cited[SizeTypeReading]

    def of(self, kind: ApplicantKind) -> Cited[SizeTypeReading] | None:
        """Return the reading for ``kind``, or None for a kind that cannot apply."""
        readings: dict[ApplicantKind, Cited[SizeTypeReading]] = {
            ApplicantKind.SPECIAL_CITY: self.special_city,
            ApplicantKind.METROPOLITAN_CITY: self.metropolitan_city,
            ApplicantKind.SPECIAL_SELF_GOVERNING_CITY: self.special_self_governing_city,
            ApplicantKind.SPECIAL_SELF_GOVERNING_PROVINCE: self.special_self_governing_province,
            ApplicantKind.CITY: self.city,
            ApplicantKind.COUNTY: self.county,
            ApplicantKind.AUTONOMOUS_DISTRICT: self.autonomous_district,
        }
        return readings.get(kind)


@dataclass(frozen=True, kw_only=True, slots=True)
class SchemeRules:
    """``schemes/<scheme>.yaml``, what a scheme states beside the other files; what it does not state is None.

    ``level_names`` are the names of levels by their number. ``pass_or_fail`` and ``ranking`` take the place of the
    bounds of levels: with the one, level 1 has passed and 2 has not; with the other, level 1 is selected, 2 is on the
    reserve list, 3 is not selected. ``award`` is what stands for a favourable decision: without it an award list
    where places decide, a certificate elsewhere.
    """

    level_names: Cited[Mapping[int, Text]] | None = None
    pass_or_fail: Cited[PassOrFail] | None = None
    ranking: Cited[RankingRule] | None = None
    classes: Cited[Classes] | None = None
    stages: Cited[tuple[StageRule, ...]] | None = None
    award: Cited[Award] | None = None

    @property
    def no_certificate(self) -> Cited[object] | None:
        """The rule by which no certificate is issued: what ``award`` states, else the ranking; None where one is."""
        if self.award is None:
            return self.ranking
        return self.award if self.award.value is Award.LIST else None
