"""What does one reader's review of a committee show? The rows are the results of the analyses themselves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from math import isnan
from typing import Literal

from smartcert.lazy_dataclass import dataclass
from smartcert.model.application import EvidenceGrade, InputFile, Value
from smartcert.model.citation import Basis, Text
from smartcert.model.committee import DiscussedMark, Sitting
from smartcert.model.evaluation import Finding
from smartcert.reporting.records import JsonRecord, RoundFacts
from smartcert.representation import describe_briefly


def statistic(value: float | None) -> Fraction | None:
    """Return a statistic with the four digits that rows carry; None for None and for NaN.

    A half in the fifth digit goes to the even fourth one, whichever way the float's last bit leans.

    >>> statistic(0.12344), statistic(0.31875000000000003), statistic(float("nan"))
    (Fraction(617, 5000), Fraction(797, 2500), None)
    """
    return None if value is None or isnan(value) else round(Fraction(f"{value:.12g}"), 4)


@dataclass(frozen=True, kw_only=True, slots=True)
class AgreementRow:
    """One measure of agreement over so many targets and evaluators, or the ``reason`` why it is not computed.

    ``form`` names the measure ("ICC(2,1)"), ``method`` how it and its interval were computed.
    """

    form: str
    targets: int
    evaluators: int
    value: Fraction | None = None
    low: Fraction | None = None
    high: Fraction | None = None
    chance: Fraction | None = None
    """The probability of as much agreement by chance, where the measure has such a test."""
    method: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class EvaluatorRow:
    """One evaluator: severity and drift with intervals, use of the scale, and how often a mark was trimmed."""

    evaluator: str
    marks: int
    severity: Fraction | None = None
    low: Fraction | None = None
    high: Fraction | None = None
    within: Fraction | None = None
    commonest: Fraction | None = None
    used: int = 0
    halo: bool = False
    narrow: bool = False
    drift: Fraction | None = None
    drift_low: Fraction | None = None
    drift_high: Fraction | None = None
    trimmed_low: Fraction | None = None
    trimmed_high: Fraction | None = None
    judged: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class OutlyingMarkRow:
    """One mark that stands out, in standard deviations from what is expected of it."""

    applicant: str
    indicator: str
    evaluator: str
    mark: Fraction
    deviation: Fraction


@dataclass(frozen=True, kw_only=True, slots=True)
class WideRangeRow:
    """Marks on one indicator that lie far apart, and whose range gives nobody's mark away."""

    applicant: str
    indicator: str
    combined: Fraction
    count: int
    low: Fraction
    high: Fraction


@dataclass(frozen=True, kw_only=True, slots=True)
class DecisiveEvaluatorRow:
    """An evaluator without whom an applicant's level would be another; None: too few marks would be left."""

    applicant: str
    evaluator: str
    level: int
    without: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class MethodLevelsRow:
    """An applicant whose level depends on how marks are combined."""

    applicant: str
    level: int
    levels: Mapping[str, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class AdjustedTotalRow:
    """The official total and the one adjusted for severity."""

    applicant: str
    points: Fraction
    level: int
    adjusted: Fraction
    adjusted_level: int


@dataclass(frozen=True, kw_only=True, slots=True)
class DiscussionEffectRow:
    """Points and level before and after the discussion."""

    applicant: str
    changes: int
    points_before: Fraction
    points: Fraction
    level_before: int
    level: int


@dataclass(frozen=True, kw_only=True, slots=True)
class DecisionRow:
    """The computed, the proposed and the decided level, with who and why."""

    applicant: str
    computed: int | None
    proposed: int
    proposed_by: str
    proposed_on: date
    proposal_reason: str
    decided: int | None
    decided_by: str
    decided_on: date | None
    effective: bool
    """Whether the decision counts; what is recorded without effect, for want of a carried vote say, does not."""
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AttentionRow:
    """An applicant on the chair's list, with its signs and what each was measured by, in the order of the signs."""

    applicant: str
    signs: tuple[tuple[str, Fraction], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class PanelSizeRow:
    """How many evaluators a distance from the bound needs."""

    distance: Fraction
    evaluators: int


@dataclass(frozen=True, kw_only=True, slots=True)
class PanelPlanRow:
    """How a planned committee of so many members fared in the simulation."""

    members: int
    without_quorum: Fraction
    not_trimmed: Fraction
    not_judged: Fraction
    every_quorum: Fraction


@dataclass(frozen=True, kw_only=True, slots=True)
class InspectionRow:
    """One applicant's totals as claimed, after the desk and as confirmed, and how much was inspected on site."""

    applicant: str
    claimed: Fraction
    desk: Fraction
    confirmed: Fraction
    figures: int
    inspected: int
    weak: int
    drawn: tuple[str, ...]
    drawn_not_inspected: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ProtocolRow:
    """One figure as claimed, as accepted at the desk and as confirmed on site; ``verified`` None: not inspected."""

    applicant: str
    indicator: str
    claimed: Value
    desk: Value
    on_site: Value | None
    grade: EvidenceGrade | None
    verified: bool | None
    inspector: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CommitteeRecord(JsonRecord):
    """Everything that one reader's review of a committee shows.

    ``reader`` is an evaluator's id, or empty for the operating body and the chair, who see all. ``left_out`` counts
    the applicants that the reader does not judge: no figure here depends on their marks.
    """

    __repr__ = describe_briefly

    round: RoundFacts
    names: Mapping[str, Text]
    indicators: Mapping[str, Text]
    evaluators: tuple[str, ...]
    reader: str
    left_out: int
    judged_on: date
    evaluated: int
    findings: tuple[Finding, ...]
    agreement: tuple[AgreementRow, ...]
    rows: tuple[EvaluatorRow, ...]
    severity_refused: str
    drift_refused: str
    residual_sd: Fraction | None
    usual_within: Fraction | None
    stands_out: tuple[OutlyingMarkRow, ...]
    wide: tuple[WideRangeRow, ...]
    decides: tuple[DecisiveEvaluatorRow, ...]
    methods: tuple[MethodLevelsRow, ...]
    adjusted: tuple[AdjustedTotalRow, ...]
    effects: tuple[DiscussionEffectRow, ...]
    discussed: tuple[DiscussedMark, ...]
    sittings: tuple[Sitting, ...]
    decisions: tuple[DecisionRow, ...]
    attention: tuple[AttentionRow, ...]
    panel: tuple[PanelSizeRow, ...]
    panel_refused: str
    panel_bound: Fraction | None
    panel_level: int
    panel_spread: Fraction | None
    panel_confidence: Fraction
    plans: tuple[PanelPlanRow, ...]
    plan_conflicts: Fraction
    plan_absences: Fraction
    plan_runs: int
    inspections: tuple[InspectionRow, ...]
    corrected: tuple[ProtocolRow, ...]
    seed: str
    inspection_share: Fraction
    rules: tuple[Basis, ...]
    inputs: tuple[InputFile, ...]
    package: str
    format: Literal["smartcert-committee/1"] = "smartcert-committee/1"
