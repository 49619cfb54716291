"""A round and its evaluations as DataFrames, for a researcher's own questions.

Their ``attrs`` say what each column is, in Korean and in English (`smartcert.analysis.results`). Numbers are floats for
statistics; for decisions take the exact ones of ``OpenRound.evaluations``. A missing value is NaN, and ``gap`` says
whether it is absent or not applicable.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

import pandas as pd

from smartcert.analysis.arrays import resolve_grade
from smartcert.analysis.results import describe_columns
from smartcert.argument_types import check_arguments
from smartcert.model.application import Missing
from smartcert.model.evaluation import Evaluation, IndicatorScore
from smartcert.model.indicator import Edition, Section
from smartcert.model.outcome import Outcome
from smartcert.services.rounds import OpenRound

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "applicants": (
        *("applicant", "name_ko", "name_en", "code", "kind", "size_type", "population", "stage", "points"),
        *("claimed", "desk", "share", "level", "meets_criteria", "decided_level", "result", "awaits"),
        "certified",
    ),
    "indicators": (
        *("indicator", "name_ko", "name_en", "domain", "item", "kind", "points", "scale", "direction"),
        *("absent", "not_applicable"),
    ),
    "scores": (
        *("applicant", "indicator", "claimed", "desk", "confirmed", "gap", "measure", "points", "out_of"),
        *("share", "inspected", "grade", "evidence"),
    ),
    "marks": (*("applicant", "indicator", "evaluator", "mark", "excluded"),),
}
"""The columns of every frame; the catalogue ``columns`` says what each is, and ``attrs`` of a frame has that."""


@check_arguments
def applicants(opened: OpenRound) -> pd.DataFrame:
    """Return a row per application of the round, scored or not, in the order of the ids.

    >>> import smartcert
    >>> applicants(smartcert.open_round("example")).query("level == 4")["points"].to_dict()["haneul"]
    1394.0
    """
    frame = _build_frame(
        "applicants", [_applicant_row(*pair) for pair in zip(opened.verdicts, opened.outcomes, strict=True)]
    )
    frame = frame.astype({"level": "Int64", "decided_level": "Int64"}).set_index("applicant")
    return describe_columns(frame, "applicants")


@check_arguments
def indicators(source: OpenRound | Edition) -> pd.DataFrame:
    """Return a row per indicator of a round, or of an edition, in its order.

    >>> import smartcert
    >>> smartcert.indicators(smartcert.open_round("example")).groupby("domain")["points"].sum().sum()
    np.float64(2000.0)
    """
    edition = source if isinstance(source, Edition) else source.rules.edition
    rows = [row for domain in edition.domains for row in _indicator_rows(domain, domain.id)]
    return describe_columns(_build_frame("indicators", rows).set_index("indicator"), "indicators")


@check_arguments
def scores(opened: OpenRound) -> pd.DataFrame:
    """Return a row per scored applicant and indicator.

    >>> import smartcert
    >>> frame = scores(smartcert.open_round("example"))
    >>> float(frame.query("applicant == 'haneul'")["points"].sum())
    1394.0
    """
    applications = {application.id: application for application in opened.round.applications}
    rows = []
    for evaluation in opened.verdicts:
        for score in evaluation.scorecard.indicators() if evaluation.scorecard else ():
            row = _score_row(evaluation.id, score)
            rows.append(row | {"grade": resolve_grade(applications[evaluation.id], score.id).value})
    return describe_columns(_build_frame("scores", rows), "scores")


@check_arguments
def points(opened: OpenRound) -> pd.DataFrame:
    """Return the points that count as a table: a row per scored applicant, a column per indicator.

    >>> import smartcert
    >>> smartcert.points(smartcert.open_round("example")).shape
    (15, 53)
    """
    order = [indicator.id for indicator in opened.rules.edition.indicators()]
    table = scores(opened).pivot_table(index="applicant", columns="indicator", values="points", sort=False)
    return describe_columns(table.reindex(columns=pd.Index(order, name="indicator")), "points")


@check_arguments
def marks(opened: OpenRound) -> pd.DataFrame:
    """Return a row per mark that was handed in, of every application.

    >>> import smartcert
    >>> sorted(smartcert.marks(smartcert.open_round("example"))["mark"].dropna().unique().tolist())
    [1.0, 2.0, 3.0, 4.0, 5.0]
    """
    rows = []
    for application in sorted(opened.round.applications, key=lambda application: application.id):
        excluded = {exclusion.evaluator for exclusion in application.exclusions}
        for mark in application.marks:
            rows.append(
                {
                    "applicant": application.id,
                    "indicator": mark.indicator,
                    "evaluator": mark.evaluator,
                    "mark": _to_float(mark.value),
                    "excluded": mark.evaluator in excluded,
                }
            )
    return describe_columns(_build_frame("marks", rows), "marks")


def _build_frame(name: str, rows: list[dict[str, object]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=pd.Index(COLUMNS[name]))


def _to_float(value: object) -> float:
    return float(value) if isinstance(value, Fraction | int) else float("nan")


def _applicant_row(evaluation: Evaluation, outcome: Outcome) -> dict[str, object]:
    card, level = evaluation.scorecard, evaluation.level
    population = evaluation.applicant.population
    return {
        "applicant": evaluation.id,
        "name_ko": evaluation.applicant.full_name.ko,
        "name_en": evaluation.applicant.full_name.en,
        "code": evaluation.applicant.code,
        "kind": evaluation.applicant.kind.value,
        "size_type": evaluation.size_type or "",
        "population": _to_float(population.residents if population else None),
        "stage": evaluation.stage.value,
        "points": _to_float(card.points if card else None),
        "claimed": _to_float(card.claimed if card else None),
        "desk": _to_float(card.desk if card else None),
        "share": _to_float(card.points / card.out_of if card else None),
        "level": level.level if level else None,
        "meets_criteria": evaluation.meets_criteria,
        "decided_level": outcome.level,
        "result": outcome.result.value,
        "awaits": outcome.awaits.value if outcome.awaits else "",
        "certified": outcome.certified,
    }


def _indicator_rows(section: Section, domain: str) -> Iterator[dict[str, object]]:
    for indicator in section.indicators:
        yield {
            "indicator": indicator.id,
            "name_ko": indicator.name.ko,
            "name_en": indicator.name.en,
            "domain": domain,
            "item": section.id,
            "kind": indicator.kind.value,
            "points": float(indicator.points),
            "scale": indicator.scale.kind,
            "direction": indicator.direction.value,
            "absent": indicator.absent.value,
            "not_applicable": indicator.not_applicable.value,
        }
    for part in section.sections:
        yield from _indicator_rows(part, domain)


def _score_row(applicant: str, score: IndicatorScore) -> dict[str, object]:
    confirmed = score.confirmed
    return {
        "applicant": applicant,
        "indicator": score.indicator.id,
        "claimed": _to_float(score.claimed.value),
        "desk": _to_float(score.desk.value),
        "confirmed": _to_float(confirmed.value),
        "gap": confirmed.value.value if isinstance(confirmed.value, Missing) else "",
        "measure": _to_float(confirmed.measure),
        "points": _to_float(score.points),
        "out_of": _to_float(score.out_of),
        "share": _to_float(score.points / score.out_of if score.out_of else None),
        "inspected": score.inspected,
        "evidence": score.evidence_document,
    }
