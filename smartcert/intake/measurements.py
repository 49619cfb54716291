"""``measurements.csv`` and ``inspections.csv``: figures as claimed, as accepted at the desk, as confirmed on site."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache

from smartcert.errors import suggestion
from smartcert.intake import scalars
from smartcert.intake.applications import KNOWN
from smartcert.intake.cells import Cells, each
from smartcert.intake.scalars import NotReadableError, quoted
from smartcert.intake.tables import Table
from smartcert.model.application import EvidenceGrade, Inspection, Measurement, Missing, Value
from smartcert.model.indicator import Counted, Edition, Indicator, IndicatorKind, YesNo

COLUMNS = ("applicant", "indicator", "claimed", "desk", "desk_reason", "evidence_document", "evidence_page")
OPTIONAL_COLUMNS = ("evidence_grade",)
INSPECTION_COLUMNS = ("applicant", "indicator", "verified", "corrected", "reason")
OPTIONAL_INSPECTION_COLUMNS = ("inspector", "evidence_grade")

_YES_NO, _COUNTED = YesNo().kind, Counted(points_each=Fraction(1), cap=Fraction(1)).kind
_OTHER_TABLE = {
    IndicatorKind.QUANTITATIVE: "a quantitative indicator (qualitative ones have marks, in marks.csv)",
    IndicatorKind.QUALITATIVE: "a qualitative indicator (quantitative ones are measured, in measurements.csv)",
}


def read_measurements(table: Table, known: Mapping[str, int], edition: Edition) -> dict[str, dict[str, Measurement]]:
    """Return the measurements by applicant and indicator: for each applicant that has any, all of the edition."""
    indicators = {indicator.id: indicator for indicator in edition.indicators()}
    found: dict[str, dict[str, Measurement]] = {}
    lines: dict[str, dict[str, int]] = {}
    for cells in each(table):
        name = cells.known("applicant", known, KNOWN)
        indicator = _indicator(cells, indicators)
        if indicator is None:
            continue
        first = lines.setdefault(name, {}).setdefault(indicator.id, cells.line)
        if first != cells.line:
            cells.refuse("indicator", f"'{indicator.id}' of '{name}' again", f"each once (first in line {first})")
        measurement = _measurement(cells, indicator)
        if cells.sound:
            found.setdefault(name, {})[indicator.id] = measurement
    _hold_complete(table, {name: lines[name] for name in lines if name in known}, edition)
    return found


def _measurement(cells: Cells, indicator: Indicator) -> Measurement:
    claimed = _value(cells, "claimed", indicator)
    desk = _value(cells, "desk", indicator) if cells.text("desk") else claimed
    reason = cells.text("desk_reason")
    if cells.sound and desk != claimed and not reason:
        cells.refuse("desk_reason", "nothing", "why the desk corrected the value")
    if cells.sound:
        _hold_limits(cells, indicator, claimed, desk)
    return Measurement(
        indicator=indicator.id,
        claimed=claimed,
        desk=desk,
        desk_reason=reason,
        evidence_document=cells.text("evidence_document"),
        evidence_page=cells.text("evidence_page"),
        grade=cells.choice_or_nothing("evidence_grade", EvidenceGrade),
    )


def read_inspections(table: Table, known: Mapping[str, int], edition: Edition) -> dict[str, dict[str, Inspection]]:
    """Return what the on-site inspection found, by applicant and indicator."""
    indicators = {indicator.id: indicator for indicator in edition.indicators()}
    found: dict[str, dict[str, Inspection]] = {}
    lines: dict[tuple[str, str], int] = {}
    for cells in each(table):
        name = cells.known("applicant", known, KNOWN)
        indicator = _indicator(cells, indicators)
        if indicator is None:
            continue
        first = lines.setdefault((name, indicator.id), cells.line)
        if first != cells.line:
            cells.refuse("indicator", f"'{indicator.id}' of '{name}' again", f"each once (first in line {first})")
        inspection = _inspection(cells, indicator)
        if cells.sound:
            found.setdefault(name, {})[indicator.id] = inspection
    return found


def _inspection(cells: Cells, indicator: Indicator) -> Inspection:
    verified = cells.yes_no("verified")
    reason, corrected = cells.text("reason"), None
    if cells.text("corrected"):
        corrected = _value(cells, "corrected", indicator, allowed=(Missing.ABSENT,))
    if not cells.sound:
        return Inspection(indicator=indicator.id, verified=verified)
    if verified and corrected is not None:
        cells.refuse("corrected", quoted(cells.text("corrected")), "nothing, as the desk value was verified")
    if not verified and corrected is None:
        cells.refuse("corrected", "nothing", "the corrected value, or 'absent' where nothing could be confirmed")
    if not verified and not reason:
        cells.refuse("reason", "nothing", "why the value was corrected")
    if isinstance(corrected, Fraction) and not indicator.limits.allow(corrected):
        cells.refuse("corrected", quoted(cells.text("corrected")), f"a value {_limits(indicator)}")
    return Inspection(
        indicator=indicator.id,
        verified=verified,
        corrected=corrected,
        reason=reason,
        inspector=cells.text("inspector"),
        grade=cells.choice_or_nothing("evidence_grade", EvidenceGrade),
    )


def _indicator(cells: Cells, indicators: Mapping[str, Indicator]) -> Indicator | None:
    name = cells.text("indicator")
    indicator = indicators.get(name)
    if indicator is None:
        cells.refuse("indicator", unknown_indicator(name, indicators), "an indicator of the round's edition")
    elif indicator.kind is not IndicatorKind.QUANTITATIVE:
        cells.refuse("indicator", f"the {indicator.kind} indicator '{name}'", other_table(IndicatorKind.QUANTITATIVE))
        return None
    return indicator


def unknown_indicator(name: str, indicators: Mapping[str, Indicator]) -> str:
    """Return how an indicator that the edition does not have is told."""
    return f"the unknown indicator {quoted(name)}{suggestion(name, indicators)}" if name else "nothing"


def other_table(wanted: IndicatorKind) -> str:
    """Return what a table wants that was given an indicator of the other kind."""
    return _OTHER_TABLE[wanted]


def _value(cells: Cells, column: str, indicator: Indicator, allowed: tuple[Missing, ...] = tuple(Missing)) -> Value:
    text = cells.text(column)
    if text in allowed:
        return Missing(text)
    try:
        return _figure(text, indicator.scale.kind)
    except NotReadableError as error:
        words = ", ".join(f"'{word}'" for word in allowed)
        cells.refuse(column, quoted(text), f"{error} - or {words} (zero, absent and not applicable differ)")
        return Fraction(0)


@lru_cache(maxsize=65_536)
def _figure(text: str, scale: str) -> Fraction:
    if scale == _YES_NO:
        return Fraction(scalars.yes_no(text))
    number = scalars.decimal(text)
    if scale == _COUNTED and (number.denominator != 1 or number < 0):
        raise NotReadableError("a whole number from 0 on, as it is counted")
    return number


def _hold_limits(cells: Cells, indicator: Indicator, claimed: Value, desk: Value) -> None:
    if isinstance(desk, Fraction) and not indicator.limits.allow(desk):
        if desk == claimed:
            found, wanted = quoted(cells.text("claimed")), f"a value {_limits(indicator)}"
            way_out = "correct the slip here, or leave it as claimed and put the accepted value and a reason into desk"
            cells.refuse("claimed", found, f"{wanted}: {way_out}")
        else:
            cells.refuse("desk", quoted(cells.text("desk")), f"a value {_limits(indicator)}")


def _limits(indicator: Indicator) -> str:
    limits = indicator.limits
    low = "" if limits.at_least is None else f"from {_shown(limits.at_least)}"
    high = "" if limits.at_most is None else f"up to {_shown(limits.at_most)}"
    return f"{low} {high}".strip() + f" {indicator.unit.en}"


def _shown(number: Fraction) -> str:
    return str(number) if number.denominator == 1 else str(float(number))


def _hold_complete(table: Table, lines: Mapping[str, Mapping[str, int]], edition: Edition) -> None:
    wanted = [one.id for one in edition.indicators() if one.kind is IndicatorKind.QUANTITATIVE]
    for name, measured in lines.items():
        missing = [indicator for indicator in wanted if indicator not in measured]
        if missing and measured:
            found = f"no row for {', '.join(missing)} of '{name}'"
            told = "a row for every quantitative indicator ('absent' if need be)"
            table.refuse(min(measured.values()), "indicator", found, told)
