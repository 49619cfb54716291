"""Which figures are to be inspected on site, and what did the inspection find?"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import log

from smartcert.errors import UsageError
from smartcert.evaluation.committee import minimum_count
from smartcert.files import sha256_raw
from smartcert.lazy_dataclass import dataclass
from smartcert.model.application import Application, EvidenceGrade, Missing, Round, Value
from smartcert.model.evaluation import Evaluation, Stage
from smartcert.reporting.committee_record import InspectionRow, ProtocolRow
from smartcert.rules.rulebook import Rules

WEAK_GRADES = frozenset({EvidenceGrade.ESTIMATED, EvidenceGrade.PERSONAL, EvidenceGrade.UNKNOWN})
"""Grades of evidence that `InspectionRow.weak` counts."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SampledFigure:
    """One figure that is to be inspected: why it weighs what it weighs, and whether it already was inspected."""

    applicant: str
    indicator: str
    points: Fraction
    grade: EvidenceGrade
    weight: Fraction
    inspected: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class InspectionPlan:
    """The figures drawn for inspection from the published ``seed``, out of how many that could be drawn."""

    seed: str
    drawn: tuple[SampledFigure, ...]
    of: int


def plan_inspections(round_: Round, evaluations: tuple[Evaluation, ...], rules: Rules) -> InspectionPlan:
    """Return the figures to inspect: of each scored applicant the rule's share of its figures, rounded up.

    An applicant who lacks nothing but marks, and has none yet, counts as scored: inspections may come before marks.

    They are drawn without replacement, each with a chance that grows with its weight: points times the weight of the
    evidence grade, where no grade weighs as unknown. Values that are absent or not applicable are not drawn. The draw
    rests on the published seed and the ids alone, so it is the same again and the order of rows does not matter
    (Efraimidis and Spirakis 2006).

    Raises:
        UsageError: the round has no published seed.
    """
    seed = round_.proceedings.seed
    if not seed:
        raise UsageError("no 'seed' in round.yaml: publish one before the inspections are drawn")
    by_id = {evaluation.id: evaluation for evaluation in evaluations}
    drawn: list[SampledFigure] = []
    count = 0
    for application in round_.applications:
        if application.id in by_id and _can_be_inspected(application, by_id[application.id]):
            candidates = _list_candidates(application, rules)
            count += len(candidates)
            wanted = minimum_count(rules.committee.inspection_share.value, len(candidates))
            candidates.sort(key=lambda figure: (-_sampling_key(seed, figure), figure.indicator))
            drawn += sorted(candidates[:wanted], key=lambda figure: figure.indicator)
    return InspectionPlan(seed=seed, drawn=tuple(drawn), of=count)


_MARKS_MISSING = {"too_few_marks", "marks_awaited"}


def _can_be_inspected(application: Application, evaluation: Evaluation) -> bool:
    if evaluation.scorecard is not None:
        return True
    refusing = [finding.code for finding in evaluation.findings if finding.refuses]
    return evaluation.stage is Stage.SCORING and not application.marks and set(refusing) <= _MARKS_MISSING


def _list_candidates(application: Application, rules: Rules) -> list[SampledFigure]:
    weights = rules.committee.inspection_weights.value
    figures = []
    for indicator in rules.edition.figures():
        measurement = application.measurements.get(indicator.id)
        if measurement is None or isinstance(measurement.desk, Missing):
            continue
        grade = measurement.grade or EvidenceGrade.UNKNOWN
        figures.append(
            SampledFigure(
                applicant=application.id,
                indicator=indicator.id,
                points=indicator.points,
                grade=grade,
                weight=abs(indicator.full) * weights.get(grade, 1),
                inspected=indicator.id in application.inspections,
            )
        )
    return figures


def _sampling_key(seed: str, figure: SampledFigure) -> float:
    """Return the logarithm of u ** (1 / weight), u uniform from the hash; a figure without weight comes last."""
    if not figure.weight:
        return float("-inf")
    digest = sha256_raw(f"{seed}|{figure.applicant}|{figure.indicator}".encode())
    share = (int.from_bytes(digest, "big") + 1) / (2**256 + 1)
    return log(share) / float(figure.weight)


def summarise_inspections(round_: Round, evaluations: Iterable[Evaluation], rules: Rules) -> tuple[InspectionRow, ...]:
    """Return one row per scored applicant: totals side by side, figures inspected, figures drawn.

    Without a published seed nothing is drawn.
    """
    scored = tuple(evaluations)
    plan = plan_inspections(round_, scored, rules).drawn if round_.proceedings.seed else ()
    applications = {application.id: application for application in round_.applications}
    rows = []
    for evaluation in scored:
        card = evaluation.scorecard
        if card is None:
            continue
        measured = applications[evaluation.id].measurements
        inspected = applications[evaluation.id].inspections
        drawn = [figure for figure in plan if figure.applicant == evaluation.id]
        rows.append(
            InspectionRow(
                applicant=evaluation.id,
                claimed=card.claimed,
                desk=card.desk,
                confirmed=card.points,
                figures=len(measured),
                inspected=sum(indicator in inspected for indicator in measured),
                weak=sum(measurement.grade in WEAK_GRADES for measurement in measured.values()),
                drawn=tuple(figure.indicator for figure in drawn),
                drawn_not_inspected=tuple(figure.indicator for figure in drawn if not figure.inspected),
            )
        )
    return tuple(rows)


def list_inspected_figures(round_: Round, evaluations: Iterable[Evaluation]) -> tuple[ProtocolRow, ...]:
    """Return a row for every figure of those that can be inspected: claimed, at the desk, on site, by whom, why.

    What was not inspected has no ``on_site`` and no ``verified``. The grade of the evidence is the one given on site
    where there is one.
    """
    by_id = {evaluation.id: evaluation for evaluation in evaluations}
    rows = []
    for application in round_.applications:
        if application.id not in by_id or not _can_be_inspected(application, by_id[application.id]):
            continue
        for indicator, measured in sorted(application.measurements.items()):
            inspection = application.inspections.get(indicator)
            on_site = None
            if inspection:
                on_site = measured.desk if inspection.verified else inspection.corrected
            rows.append(
                ProtocolRow(
                    applicant=application.id,
                    indicator=indicator,
                    claimed=measured.claimed,
                    desk=measured.desk,
                    on_site=on_site,
                    grade=(inspection.grade if inspection else None) or measured.grade,
                    verified=inspection.verified if inspection else None,
                    inspector=inspection.inspector if inspection else "",
                    reason=inspection.reason if inspection else "",
                )
            )
    return tuple(rows)


def select_corrected(rows: Iterable[ProtocolRow]) -> tuple[ProtocolRow, ...]:
    """Return the rows of figures that the inspection did not confirm."""
    return tuple(row for row in rows if row.verified is False)


def format_value(value: Value | None) -> str:
    """Return a value for a table: a plain decimal, the word of what is missing, or nothing.

    >>> from fractions import Fraction
    >>> format_value(Fraction(5, 2)), format_value(Missing.ABSENT), format_value(None)
    ('2.5', 'absent', '')
    """
    if value is None or isinstance(value, Missing):
        return value.value if value else ""
    return str(value) if value.denominator == 1 else str(float(value))
