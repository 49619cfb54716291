"""What to inspect on site."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import log

from smartcert.errors import UsageError
from smartcert.evaluation.committee import minimum_count
from smartcert.files import sha256_raw
from smartcert.model.application import Application, EvidenceGrade, Missing, Round, Value
from smartcert.model.evaluation import Evaluation
from smartcert.model.indicator import IndicatorKind
from smartcert.reporting.committee_record import ProtocolRow
from smartcert.rules.rulebook import Rules

# --- Which figures to look at on site: drawn at random, again and again the same from the round's published seed.

_DIGEST_RANGE = 2**256


@dataclass(frozen=True, kw_only=True, slots=True)
class SampledFigure:
    """One figure that is to be inspected: why it weighs what it weighs, and whether it already was."""

    applicant: str
    indicator: str
    points: Fraction
    grade: EvidenceGrade
    weight: Fraction
    inspected: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class InspectionPlan:
    """The figures to inspect per applicant, and those that were not inspected and are not drawn."""

    seed: str
    share: Fraction
    drawn: tuple[SampledFigure, ...]
    of: int


def plan_inspections(round_: Round, evaluations: tuple[Evaluation, ...], rules: Rules) -> InspectionPlan:
    """Return the plan: of each applicant whose papers came through, the rule's share of its figures, rounded up.

    The weight is points times the weight of the evidence grade; a figure without a grade weighs as unknown. Values that
    are absent or not applicable are not drawn. The order of rows does not matter.

    Raises:
        UsageError: the round has no published seed.
    """
    seed = round_.proceedings.seed
    if not seed:
        raise UsageError("no 'seed' in round.yaml: publish one before the inspections are drawn")
    judged = {one.id for one in evaluations if one.scorecard is not None}
    drawn: list[SampledFigure] = []
    figures = 0
    for application in round_.applications:
        if application.id in judged:
            candidates = _list_candidates(application, rules)
            figures += len(candidates)
            wanted = minimum_count(rules.committee.inspection_share.value, len(candidates))
            order = sorted(candidates, key=lambda one: (-_sampling_key(seed, one), one.indicator))
            drawn += sorted(order[:wanted], key=lambda one: one.indicator)
    return InspectionPlan(seed=seed, share=rules.committee.inspection_share.value, drawn=tuple(drawn), of=figures)


def _list_candidates(application: Application, rules: Rules) -> list[SampledFigure]:
    weights = rules.committee.inspection_weights.value
    found = []
    for indicator in rules.edition.indicators():
        measurement = application.measurements.get(indicator.id)
        if indicator.kind is not IndicatorKind.QUANTITATIVE or measurement is None:
            continue
        if isinstance(measurement.desk, Missing):
            continue
        grade = measurement.grade or EvidenceGrade.UNKNOWN
        found.append(
            SampledFigure(
                applicant=application.id,
                indicator=indicator.id,
                points=indicator.points,
                grade=grade,
                weight=indicator.points * weights.get(grade, 1),
                inspected=indicator.id in application.inspections,
            )
        )
    return found


def _sampling_key(seed: str, one: SampledFigure) -> float:
    """Return the logarithm of u ** (1 / weight); a figure without weight comes last."""
    if not one.weight:
        return float("-inf")
    text = f"{seed}|{one.applicant}|{one.indicator}".encode()
    share = (int.from_bytes(sha256_raw(text), "big") + 1) / (_DIGEST_RANGE + 1)
    return log(share) / float(one.weight)


# --- The on-site inspection indicator by indicator: claimed, desk, on site, evidence grade, verified, by whom, why.


def list_inspected_figures(round_: Round, seen: Iterable[Evaluation]) -> tuple[ProtocolRow, ...]:
    """Return a row for every figure of every scored applicant. What was not inspected has no ``verified``."""
    scored = {one.id for one in seen if one.scorecard is not None}
    return tuple(row for one in round_.applications if one.id in scored for row in _figure_rows(one))


def select_corrected(rows: Iterable[ProtocolRow]) -> tuple[ProtocolRow, ...]:
    """Return the rows of figures that the inspection did not confirm."""
    return tuple(row for row in rows if row.verified is False)


def _figure_rows(application: Application) -> Iterator[ProtocolRow]:
    for name, measured in sorted(application.measurements.items()):
        inspection = application.inspections.get(name)
        on_site = None
        if inspection is not None:
            on_site = measured.desk if inspection.verified else inspection.corrected
        yield ProtocolRow(
            applicant=application.id,
            indicator=name,
            claimed=measured.claimed,
            desk=measured.desk,
            on_site=on_site,
            grade=_grade(measured.grade, inspection.grade if inspection else None),
            verified=inspection.verified if inspection else None,
            inspector=inspection.inspector if inspection else "",
            reason=inspection.reason if inspection else "",
        )


def _grade(desk: EvidenceGrade | None, site: EvidenceGrade | None) -> EvidenceGrade | None:
    return site or desk


def format_value(value: Value | None) -> str:
    """Return a value for a table: a plain decimal, the word of what is missing, or nothing.

    >>> from fractions import Fraction
    >>> format_value(Fraction(5, 2)), format_value(Missing.ABSENT), format_value(None)
    ('2.5', 'absent', '')
    """
    if value is None or isinstance(value, Missing):
        return value.value if value else ""
    return str(value) if value.denominator == 1 else str(float(value))
