"""On-site inspection in the record of a review: totals side by side, what was looked at, and what is drawn."""

from __future__ import annotations

from collections.abc import Iterable

from smartcert.analysis.inspection_plan import inspection_plan
from smartcert.model.application import EvidenceGrade, Round
from smartcert.model.evaluation import Evaluation
from smartcert.reporting.committee_rows import InspectionRow
from smartcert.rules.rulebook import Rules

WEAK = frozenset({EvidenceGrade.ESTIMATED, EvidenceGrade.PERSONAL, EvidenceGrade.UNKNOWN})


def inspection_rows(round_: Round, seen: Iterable[Evaluation], rules: Rules) -> tuple[InspectionRow, ...]:
    """Return one row per scored applicant. Without a published seed nothing is drawn."""
    evaluations = tuple(seen)
    plan = inspection_plan(round_, evaluations, rules).drawn if round_.proceedings.seed else ()
    applications = {one.id: one for one in round_.applications}
    found = []
    for one in evaluations:
        card = one.scorecard
        if card is None:
            continue
        measured = applications[one.id].measurements
        inspected = applications[one.id].inspections
        drawn = [figure for figure in plan if figure.applicant == one.id]
        found.append(
            InspectionRow(
                applicant=one.id,
                claimed=card.claimed,
                desk=card.desk,
                confirmed=card.points,
                figures=len(measured),
                inspected=sum(indicator in inspected for indicator in measured),
                weak=sum(figure.grade in WEAK for figure in measured.values()),
                drawn=tuple(figure.indicator for figure in drawn),
                drawn_not_inspected=tuple(figure.indicator for figure in drawn if not figure.inspected),
            )
        )
    return tuple(found)
