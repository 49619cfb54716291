"""The rows of the tables of points, corrections and marks. Cells are formatted text, not yet escaped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache

from markupsafe import Markup

from smartcert.lazy_dataclass import dataclass
from smartcert.model.application import Missing
from smartcert.model.evaluation import FigureScore, Finding, IndicatorScore, Peers, Quartiles, Scorecard, SectionScore
from smartcert.model.indicator import Effect, Indicator, IndicatorKind, RoundingStep
from smartcert.reporting import formats as figures
from smartcert.reporting.about import list_labelled
from smartcert.reporting.catalogue import Words, format_value
from smartcert.reporting.formats import Amount, indicator_amount, total_amount


@dataclass(frozen=True, kw_only=True, slots=True)
class PointsRow:
    """Points of one domain, item or indicator beside those possible and the quartiles of its size type.

    ``depth`` is 0 for a domain and grows by one per level below it; the total has -1.
    """

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
    """Return a row per domain and item in the order of the edition, and the total as the last row."""
    quartiles_by_id = peers.sections if peers else {}
    rows = [
        _section_row(section, depth, card, quartiles_by_id.get(section.id), words)
        for depth, section in _walk(card.domains, 0)
    ]
    quartiles = peers.total if peers else None
    name = words("points.total")
    return [*rows, _points_row("", name, -1, total_amount(card, card.points), card.out_of, quartiles)]


def build_indicator_rows(card: Scorecard, peers: Peers | None, words: Words) -> list[tuple[PointsRow, list[PointsRow]]]:
    """Return per item its row and the rows of its indicators."""
    by_indicator, by_section = (peers.indicators, peers.sections) if peers else ({}, {})
    return [
        (
            _section_row(item, 1, card, by_section.get(item.id), words),
            [_indicator_row(score, card, by_indicator.get(score.indicator.id), words) for score in item.indicators],
        )
        for item in card.items()
    ]


def _section_row(
    section: SectionScore, depth: int, card: Scorecard, quartiles: Quartiles | None, words: Words
) -> PointsRow:
    return _points_row(
        section.id,
        words.show(section.name, "text"),
        depth,
        indicator_amount(card, section.points),
        section.out_of,
        quartiles,
    )


def _indicator_row(score: IndicatorScore, card: Scorecard, quartiles: Quartiles | None, words: Words) -> PointsRow:
    indicator, value = score.indicator, score.confirmed.value
    row = _points_row(
        indicator.id,
        words.show(indicator.name, "text"),
        2,
        indicator_amount(card, score.points),
        score.out_of,
        quartiles,
        kind=words(f"indicator_kind.{indicator.kind.value}"),
        missing=words(f"missing.{value.value}") if isinstance(value, Missing) else "",
    )
    none = words("symbol.none")
    if score.effect is Effect.PREREQUISITE:  # it is met or not, and has no points
        return replace(
            row, own=words(f"working.{'met' if score.points else 'not_met'}"), possible=none, share=none, peers=None
        )
    return replace(row, share=none) if score.effect is Effect.DEDUCTION else row


def _points_row(
    id_: str,
    name: str,
    depth: int,
    own: Amount,
    possible: Fraction,
    quartiles: Quartiles | None,
    *,
    kind: str = "",
    missing: str = "",
) -> PointsRow:
    return PointsRow(
        id=figures.sanitise_text(id_),
        name=name,
        depth=depth,
        own=figures.format_number(own.value, own.digits),
        possible=figures.format_number(possible),
        left=figures.format_number(possible - own.value, own.digits),
        share=figures.format_share(own.value / possible) if possible else "—",
        peers=(
            None
            if quartiles is None
            else (
                figures.format_rounded(quartiles.lower, 2),
                figures.format_rounded(quartiles.median, 2),
                figures.format_rounded(quartiles.upper, 2),
            )
        ),
        kind=kind,
        missing=missing,
    )


def _walk(sections: tuple[SectionScore, ...], depth: int) -> Iterator[tuple[int, SectionScore]]:
    for section in sections:
        yield depth, section
        yield from _walk(section.sections, depth + 1)


@dataclass(frozen=True, kw_only=True, slots=True)
class CorrectionRow:
    """What differs between claimed, desk review and confirmed on site, in this order.

    It is the value or the points of an indicator, or a figure of a formula, which has no points of its own.
    """

    id: str
    name: str
    values: tuple[str, str, str]
    desk_reason: str
    site_reason: str
    amounts: tuple[Amount, Amount, Amount] | None = None
    effect: str = ""


def build_correction_rows(card: Scorecard, words: Words) -> list[CorrectionRow]:
    """Return a row per indicator that was corrected, in the order of the edition, each after its corrected figures."""
    return [row for score in card.indicators() for row in _build_correction_rows(score, card, words)]


def _build_correction_rows(score: IndicatorScore, card: Scorecard, words: Words) -> Iterator[CorrectionRow]:
    if score.figures:
        for figure, own in zip(score.figures, score.indicator.list_figures(), strict=True):
            if not figure.claimed == figure.desk == figure.confirmed:
                yield _figure_correction_row(figure, own, words)
    values = {score.claimed.value, score.desk.value, score.confirmed.value}
    points = {score.claimed.points, score.desk.points, score.confirmed.points}
    if len(values) > 1 or len(points) > 1:
        yield _correction_row(score, card, words)


def _figure_correction_row(figure: FigureScore, own: Indicator, words: Words) -> CorrectionRow:
    claimed, desk, confirmed = (
        format_value(one, own, words) for one in (figure.claimed, figure.desk, figure.confirmed)
    )
    return CorrectionRow(
        id=figures.sanitise_text(figure.id),
        name=words.show(figure.name, "text"),
        values=(claimed, desk, confirmed),
        desk_reason=figures.sanitise_text(figure.desk_reason),
        site_reason=figures.sanitise_text(figure.site_reason),
    )


def _correction_row(score: IndicatorScore, card: Scorecard, words: Words) -> CorrectionRow:
    columns = (score.claimed, score.desk, score.confirmed)
    claimed, desk, confirmed = (format_value(working.value, score.indicator, words) for working in columns)
    first, second, third = (indicator_amount(card, working.points) for working in columns)
    return CorrectionRow(
        id=figures.sanitise_text(score.indicator.id),
        name=words.show(score.indicator.name, "text"),
        values=(claimed, desk, confirmed),
        amounts=(first, second, third),
        desk_reason=figures.sanitise_text(score.desk_reason),
        site_reason=figures.sanitise_text(score.site_reason),
        effect=format_change(score.confirmed.points - score.claimed.points, card),
    )


def format_points(points: Fraction, card: Scorecard) -> str:
    """Return the points of an indicator with the digits that the edition's rounding gives them."""
    return figures.format_number(points, figures.digits_after_step(card, RoundingStep.INDICATOR))


def format_change(change: Fraction, card: Scorecard) -> str:
    """Return a change in the points of an indicator with its sign; no change has none."""
    return ("+" if change > 0 else "") + format_points(change, card)


def format_total_change(change: Fraction, card: Scorecard) -> str:
    """Return a change in the total with its sign; no change has none."""
    amount = total_amount(card, change)
    return ("+" if change > 0 else "") + figures.format_number(amount.value, amount.digits)


def list_inspected(card: Scorecard) -> tuple[list[str], list[str]]:
    """Return the ids of the figures that were inspected on site, and of those that were not.

    A figure is a quantitative indicator, or each figure of its formula.
    """
    measured = [score for score in card.indicators() if score.indicator.kind is IndicatorKind.QUANTITATIVE]
    reported = [figure for score in measured for figure in score.reported]
    inspected = [figure.id for figure in reported if figure.inspected]
    return inspected, [figure.id for figure in reported if not figure.inspected]


@dataclass(frozen=True, kw_only=True, slots=True)
class AboutRow:
    """An indicator with what stands beside it: each text after its label, all on one line of HTML."""

    id: str
    name: str
    texts: Markup


def build_about_rows(card: Scorecard | None, words: Words) -> list[AboutRow]:
    """Return a row per indicator beside which the edition says something; none where nothing was scored."""
    scores = card.indicators() if card else ()
    rows = (_build_about_row(score.indicator, words) for score in scores if score.indicator.about is not None)
    return [row for row in rows if row.texts]


@lru_cache(maxsize=2000)
def _build_about_row(indicator: Indicator, words: Words) -> AboutRow:
    texts = ((label, text.replace("\n", "; ")) for label, text in list_labelled(indicator, words))
    return AboutRow(
        id=figures.sanitise_text(indicator.id),
        name=words.show(indicator.name, "text"),
        texts=Markup(" · ").join(Markup("<b>{}</b> {}").format(label, text) for label, text in texts),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class MarkCell:
    """One evaluator's mark on one indicator: the text of the cell, and whether it is struck through as trimmed."""

    evaluator: str
    text: str
    trimmed: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class MarksRow:
    """The marks on one qualitative indicator and the mark that they were combined to."""

    id: str
    name: str
    marks: tuple[MarkCell, ...]
    method: str
    combined: str


def build_marks_rows(card: Scorecard, findings: tuple[Finding, ...], words: Words) -> list[MarksRow]:
    """Return a row per indicator that the committee marked, in the order of the edition."""
    reasons = find_exclusion_reasons(findings)
    return [
        MarksRow(
            id=figures.sanitise_text(score.indicator.id),
            name=words.show(score.indicator.name, "text"),
            marks=build_mark_cells(score, reasons, words),
            method=words(f"method.{score.combination.method}"),
            combined=figures.format_number(score.combination.combined),
        )
        for score in card.indicators()
        if score.combination is not None
    ]


def find_exclusion_reasons(findings: tuple[Finding, ...]) -> Mapping[str, str]:
    """Return per anonymous evaluator who was excluded the key of the term for the reason."""
    return {
        finding.facts.words["evaluator"]: finding.facts.terms["exclusion"]
        for finding in findings
        if finding.code == "evaluator_excluded" and "evaluator" in finding.facts.words
    }


def build_mark_cells(score: IndicatorScore, reasons: Mapping[str, str], words: Words) -> tuple[MarkCell, ...]:
    """Return a cell per evaluator: the mark, or the reason why there is none. ``reasons``: `find_exclusion_reasons`."""
    if score.combination is None:
        return ()
    cells = []
    for use in score.combination.marks:
        if use.excluded:
            reason = reasons.get(use.evaluator)
            text = words.term(reason) if reason else words("committee.excluded_mark")
        else:
            text = words("working.mark_absent") if use.value is None else figures.format_number(use.value)
        cells.append(MarkCell(evaluator=figures.sanitise_text(use.evaluator), text=text, trimmed=use.trimmed))
    return tuple(cells)
