"""The record of a committee review: all that the page shows to one reader, and nothing that the reader is kept from.

Figures of statistics carry four digits, so that the same values give the same bytes on every machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache
from typing import Any, Literal

from pydantic import TypeAdapter

from smartcert.model.application import Input
from smartcert.model.citation import Basis, Text
from smartcert.model.evaluation import Finding
from smartcert.reporting.canonical import canonical
from smartcert.reporting.committee_rows import (
    AdjustedRow,
    AttentionRow,
    DecidesRow,
    DecisionRow,
    DiscussedRow,
    EffectRow,
    EvaluatorRow,
    Figure,
    InspectionRow,
    MarkRow,
    MethodRow,
    PanelRow,
    PlanRow,
    ProtocolRow,
    SittingRow,
    WideRow,
)
from smartcert.reporting.record import RoundFacts


@dataclass(frozen=True, kw_only=True, slots=True)
class CommitteeRecord:
    """Everything that one reader's review of a committee shows.

    ``reader`` is an evaluator's label, or empty for the operating body and the chair, who see all. ``left_out`` counts
    the applicants that the reader does not judge: no figure here depends on their marks.
    """

    round: RoundFacts
    names: Mapping[str, Text]
    indicators: Mapping[str, Text]
    evaluators: tuple[str, ...]
    reader: str
    left_out: int
    judged_on: date
    evaluated: int
    findings: tuple[Finding, ...]
    agreement: tuple[Figure, ...]
    rows: tuple[EvaluatorRow, ...]
    severity_refused: str
    drift_refused: str
    residual_sd: Fraction | None
    usual_within: Fraction | None
    stands_out: tuple[MarkRow, ...]
    wide: tuple[WideRow, ...]
    decides: tuple[DecidesRow, ...]
    methods: tuple[MethodRow, ...]
    adjusted: tuple[AdjustedRow, ...]
    effects: tuple[EffectRow, ...]
    discussed: tuple[DiscussedRow, ...]
    sittings: tuple[SittingRow, ...]
    decisions: tuple[DecisionRow, ...]
    attention: tuple[AttentionRow, ...]
    panel: tuple[PanelRow, ...]
    panel_refused: str
    panel_bound: Fraction | None
    panel_level: int
    panel_spread: Fraction | None
    panel_confidence: Fraction
    plans: tuple[PlanRow, ...]
    plan_conflicts: Fraction
    plan_absences: Fraction
    plan_runs: int
    inspections: tuple[InspectionRow, ...]
    corrected: tuple[ProtocolRow, ...]
    seed: str
    inspection_share: Fraction
    rules: tuple[Basis, ...]
    inputs: tuple[Input, ...]
    package: str
    format: Literal["smartcert-committee/1"] = "smartcert-committee/1"


def to_json(record: CommitteeRecord) -> bytes:
    """Return the record as canonical JSON: UTF-8, keys sorted, each row of a table on one line."""
    plain = _adapter().dump_python(record, mode="json")
    return canonical(plain, lines=3)


def from_json(text: bytes) -> CommitteeRecord:
    """Return the record that `to_json` wrote.

    Raises:
        pydantic.ValidationError: the text is no such record.
    """
    read: CommitteeRecord = _adapter().validate_json(text)
    return read


@cache
def _adapter() -> TypeAdapter[Any]:
    return TypeAdapter(CommitteeRecord)
