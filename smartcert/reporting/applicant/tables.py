"""Rows of the tables of points, corrections and marks. Cells are words and figures, not yet escaped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from smartcert.model.application import Missing
from smartcert.model.evaluation import Finding, IndicatorScore, Peers, Quartiles, Scorecard, SectionScore, Working
from smartcert.model.indicator import IndicatorKind
from smartcert.reporting import formats as figures
from smartcert.reporting.catalogue import Words, format_value
from smartcert.reporting.formats import Amount, indicator_amount, total_amount


@dataclass(frozen=True, kw_only=True, slots=True)
class PointsRow:
    """Points of one domain, item or indicator beside those possible and those of the size type."""

    id: str
    name: str
    depth: int
    own: str
    possible: str
    left: str
    share: str
    peers: tuple[str, str, str] | None
    kind: str = ""
    missing: str = ""


def build_section_rows(card: Scorecard, peers: Peers | None, words: Words) -> list[PointsRow]:
    """Return a row per domain and item in the order of the edition, and the total as the last one."""
    shown = peers.sections if peers else {}
    rows = [_section_row(one, depth, card, shown.get(one.id), words) for depth, one in _walk(card.domains, 0)]
    quartiles = peers.total if peers else None
    name = words("points.total")
    return [*rows, _points_row("", name, -1, total_amount(card, card.points), card.out_of, quartiles)]


def build_indicator_rows(card: Scorecard, peers: Peers | None, words: Words) -> list[tuple[PointsRow, list[PointsRow]]]:
    """Return the rows of the indicators under the row of their item."""
    shown, sums = (peers.indicators, peers.sections) if peers else ({}, {})
    return [
        (
            _section_row(item, 1, card, sums.get(item.id), words),
            [_indicator_row(one, card, shown.get(one.indicator.id), words) for one in item.indicators],
        )
        for item in card.items()
    ]


def _section_row(
    one: SectionScore, depth: int, card: Scorecard, quartiles: Quartiles | None, words: Words
) -> PointsRow:
    return _points_row(
        one.id, words.show(one.name, "text"), depth, indicator_amount(card, one.points), one.out_of, quartiles
    )


def _indicator_row(one: IndicatorScore, card: Scorecard, quartiles: Quartiles | None, words: Words) -> PointsRow:
    indicator = one.indicator
    return _points_row(
        indicator.id,
        words.show(indicator.name, "text"),
        2,
        indicator_amount(card, one.points),
        one.out_of,
        quartiles,
        kind=words(f"indicator_kind.{indicator.kind.value}"),
        missing=_missing_reason(one.confirmed, words),
    )


def _missing_reason(working: Working, words: Words) -> str:
    return words(f"missing.{working.value.value}") if isinstance(working.value, Missing) else ""


def _points_row(
    name: str,
    label: str,
    depth: int,
    own: Amount,
    possible: Fraction,
    quartiles: Quartiles | None,
    *,
    kind: str = "",
    missing: str = "",
) -> PointsRow:
    return PointsRow(
        id=figures.sanitise_text(name),
        name=label,
        depth=depth,
        own=figures.format_number(own.value, own.digits),
        possible=figures.format_number(possible),
        left=figures.format_number(possible - own.value, own.digits),
        share=figures.format_percent(own.value / possible, 1) if possible else "—",
        peers=_format_quartiles(quartiles),
        kind=kind,
        missing=missing,
    )


def _format_quartiles(quartiles: Quartiles | None) -> tuple[str, str, str] | None:
    if quartiles is None:
        return None
    lower, median, upper = (
        figures.format_rounded(value, 2) for value in (quartiles.lower, quartiles.median, quartiles.upper)
    )
    return lower, median, upper


def _walk(sections: tuple[SectionScore, ...], depth: int) -> Iterator[tuple[int, SectionScore]]:
    for one in sections:
        yield depth, one
        yield from _walk(one.sections, depth + 1)


@dataclass(frozen=True, kw_only=True, slots=True)
class CorrectionRow:
    """One indicator whose value or points differ between claimed, desk and confirmed."""

    id: str
    name: str
    values: tuple[str, str, str]
    amounts: tuple[Amount, Amount, Amount]
    desk_reason: str
    site_reason: str
    effect: str


def build_correction_rows(card: Scorecard, words: Words) -> list[CorrectionRow]:
    """Return the indicators where something was corrected, in the order of the edition."""
    return [_correction_row(one, card, words) for one in card.indicators() if _is_corrected(one)]


def _is_corrected(one: IndicatorScore) -> bool:
    values = {one.claimed.value, one.desk.value, one.confirmed.value}
    points = {one.claimed.points, one.desk.points, one.confirmed.points}
    return len(values) > 1 or len(points) > 1


def _correction_row(one: IndicatorScore, card: Scorecard, words: Words) -> CorrectionRow:
    columns = (one.claimed, one.desk, one.confirmed)
    claimed, desk, confirmed = (format_value(working.value, one.indicator, words) for working in columns)
    first, second, third = (indicator_amount(card, working.points) for working in columns)
    return CorrectionRow(
        id=figures.sanitise_text(one.indicator.id),
        name=words.show(one.indicator.name, "text"),
        values=(claimed, desk, confirmed),
        amounts=(first, second, third),
        desk_reason=figures.sanitise_text(one.desk_reason),
        site_reason=figures.sanitise_text(one.site_reason),
        effect=format_change(one.confirmed.points - one.claimed.points, card),
    )


def format_points(points: Fraction, card: Scorecard) -> str:
    """Return the points of an indicator as they are shown."""
    amount = indicator_amount(card, points)
    return figures.format_number(amount.value, amount.digits)


def format_change(change: Fraction, card: Scorecard) -> str:
    """Return a change in points with its sign; no change is 0."""
    return ("+" if change > 0 else "") + format_points(change, card)


def format_total_change(change: Fraction, card: Scorecard) -> str:
    """Return a change in the total with its sign."""
    amount = total_amount(card, change)
    return ("+" if change > 0 else "") + figures.format_number(amount.value, amount.digits)


def list_inspected(card: Scorecard) -> tuple[list[str], list[str]]:
    """Return the ids of quantitative indicators that were inspected on site, and of those that were not."""
    measured = [one for one in card.indicators() if one.indicator.kind is IndicatorKind.QUANTITATIVE]
    seen = [one.indicator.id for one in measured if one.inspected]
    return seen, [one.indicator.id for one in measured if not one.inspected]


@dataclass(frozen=True, kw_only=True, slots=True)
class MarkCell:
    """One evaluator's mark on one indicator: the words of the cell, and whether it is struck through."""

    evaluator: str
    text: str
    trimmed: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class MarksRow:
    """The marks on one qualitative indicator and what they became."""

    id: str
    name: str
    marks: tuple[MarkCell, ...]
    method: str
    combined: str


def build_marks_rows(card: Scorecard, findings: tuple[Finding, ...], words: Words) -> list[MarksRow]:
    """Return a row per indicator that the committee marked, in the order of the edition."""
    why = find_exclusion_reasons(findings)
    return [
        MarksRow(
            id=figures.sanitise_text(one.indicator.id),
            name=words.show(one.indicator.name, "text"),
            marks=build_mark_cells(one, why, words),
            method=words(f"method.{one.combination.method}"),
            combined=figures.format_number(one.combination.combined),
        )
        for one in card.indicators()
        if one.combination is not None
    ]


def find_exclusion_reasons(findings: tuple[Finding, ...]) -> Mapping[str, str]:
    """Return per anonymous evaluator the key of the term that says why he or she did not judge."""
    return {
        finding.facts.words["evaluator"]: finding.facts.terms["exclusion"]
        for finding in findings
        if finding.code == "evaluator_excluded" and "evaluator" in finding.facts.words
    }


def build_mark_cells(one: IndicatorScore, why: Mapping[str, str], words: Words) -> tuple[MarkCell, ...]:
    """Return one cell per evaluator: the mark, or why there is none."""
    if one.combination is None:
        return ()
    cells = []
    for use in one.combination.marks:
        if use.excluded:
            reason = why.get(use.evaluator)
            text = words.term(reason) if reason else words("committee.excluded_mark")
        else:
            text = words("working.mark_absent") if use.value is None else figures.format_number(use.value)
        cells.append(MarkCell(evaluator=figures.sanitise_text(use.evaluator), text=text, trimmed=use.trimmed))
    return tuple(cells)
