"""The on-site inspection indicator by indicator: claimed, desk, on site, evidence grade, verified, by whom, why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from smartcert.model.application import Application, EvidenceGrade, Missing, Round, Value
from smartcert.model.evaluation import Evaluation
from smartcert.reporting.committee_rows import ProtocolRow


def protocol(round_: Round, seen: Iterable[Evaluation]) -> tuple[ProtocolRow, ...]:
    """Return a row for every figure of every scored applicant. What was not inspected has no ``verified``."""
    scored = {one.id for one in seen if one.scorecard is not None}
    return tuple(row for one in round_.applications if one.id in scored for row in _rows(one))


def corrected(rows: Iterable[ProtocolRow]) -> tuple[ProtocolRow, ...]:
    """Return the rows of figures that the inspection did not confirm."""
    return tuple(row for row in rows if row.verified is False)


def _rows(application: Application) -> Iterator[ProtocolRow]:
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


def plain(value: Value | None) -> str:
    """Return a value for a table: a plain decimal, the word of what is missing, or nothing.

    >>> from fractions import Fraction
    >>> plain(Fraction(5, 2)), plain(Missing.ABSENT), plain(None)
    ('2.5', 'absent', '')
    """
    if value is None or isinstance(value, Missing):
        return value.value if value else ""
    return str(value) if value.denominator == 1 else str(float(value))
