"""Every certification of every local government on one axis of time, with the lapses between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from fractions import Fraction

from smartcert.model.certification import (
    CertificationKind,
    CertificationLapse,
    CertificationTerm,
    CertificationTimeline,
    PublicHistory,
    PublicHolding,
)
from smartcert.reporting import formats as figures
from smartcert.reporting.catalogue import Words, format_level_short, name_government
from smartcert.reporting.charts.svg import SMALL, Axis, Canvas, Chart
from smartcert.reporting.typeface import measure_text

_ROW, _TOP, _BAR = 24, 74, 16
_LEFT, _RIGHT = 190.0, 708.0
_MIN_LABEL_WIDTH = 34.0


def draw_timeline_chart(history: PublicHistory, words: Words) -> Chart:
    """Return a row for each local government that was ever certified, pilot included, in the order of the history."""
    rows = history.timelines
    sheet = Canvas(_TOP + _ROW * len(rows) + 8)
    axis = _time_axis(history)
    _draw_years(sheet, axis)
    _draw_key(sheet, words)
    for number, one in enumerate(rows):
        _draw_timeline(sheet, axis, _TOP + _ROW * number, one, history.day, words)
    x = axis.at(_day_number(history.day))
    if _LEFT <= x <= _RIGHT:
        sheet.line([(x, _TOP - 6), (x, sheet.height - 4)], "good", 2)
        sheet.inside(x, _TOP - 34, figures.format_day(history.day, words.language), "good", SMALL, bold=True)
    return Chart(
        svg=sheet.svg(),
        alt=words("history.timeline.alt", items=[_describe_timeline(one, words) for one in rows]),
        title=words("history.timeline.chart", count=len(rows)),
    )


def _day_number(day: date) -> Fraction:
    return Fraction(day.toordinal())


def _time_axis(history: PublicHistory) -> Axis:
    firsts = [term.first for one in history.timelines for term in one.terms]
    lasts = [term.last for one in history.timelines for term in one.terms]
    low, high = min(firsts).year, max(lasts).year + 1
    return Axis(low=_day_number(date(low, 1, 1)), high=_day_number(date(high, 1, 1)), left=_LEFT, right=_RIGHT)


def _draw_years(sheet: Canvas, axis: Axis) -> None:
    for year in range(date.fromordinal(int(axis.low)).year, date.fromordinal(int(axis.high)).year + 1):
        x = axis.at(_day_number(date(year, 1, 1)))
        sheet.line([(x, _TOP - 6), (x, sheet.height - 4)], "rule", 0.75)
        sheet.inside(x, _TOP - 16, str(year), "muted", SMALL)


def _draw_key(sheet: Canvas, words: Words) -> None:
    """Put the key on top: shapes before colours."""
    x = 0.0
    for name, draw in _KEY_SHAPES.items():
        draw(sheet, x)
        text = words(f"history.timeline.key_{name}")
        sheet.text(x + 28, 10, text, size=SMALL)
        x += 28 + measure_text(text, SMALL) + 20


_KEY_SHAPES: Mapping[str, Callable[[Canvas, float], None]] = {
    "in_force": lambda sheet, x: sheet.bar(x, 4, 22, 12, "own"),
    "past": lambda sheet, x: sheet.bar(x, 4, 22, 12, "possible", "muted"),
    "pilot": lambda sheet, x: sheet.bar(x, 4, 22, 12, "", "muted"),
    "lapse": lambda sheet, x: sheet.line([(x, 10), (x + 22, 10)], "warn", 2, dashed=True),
    "renewal": lambda sheet, x: sheet.marks([(x + 11, 10)], "diamond", 8, "ink"),
}


def _draw_timeline(sheet: Canvas, axis: Axis, top: float, one: CertificationTimeline, day: date, words: Words) -> None:
    middle = top + _ROW / 2
    sheet.text(
        0, middle, name_government(one.applicant, words), room=_LEFT - 12, bold=one.holding is PublicHolding.CERTIFIED
    )
    for lapse in one.lapses:
        _draw_lapse(sheet, axis, middle, lapse)
    for term in one.terms:
        if term.certification.kind is CertificationKind.PILOT:
            _draw_pilot(sheet, axis, middle, term)
        else:
            _draw_term(sheet, axis, middle, term, term.covers(day), words)


def _draw_lapse(sheet: Canvas, axis: Axis, middle: float, lapse: CertificationLapse) -> None:
    ends = [axis.at(_day_number(lapse.first)), axis.at(_day_number(lapse.last) + 1)]
    sheet.line([(ends[0], middle), (ends[1], middle)], "warn", 2, dashed=True)


def _draw_pilot(sheet: Canvas, axis: Axis, middle: float, term: CertificationTerm) -> None:
    """Put the pilot as an outline to the first last day that is told, and a broken line to the other."""
    lasts: Sequence[date] = sorted(term.last_claims) or (term.last,)
    left, right = axis.at(_day_number(term.first)), axis.at(_day_number(lasts[0]) + 1)
    sheet.bar(left, middle - _BAR / 2, right - left, _BAR, "", "muted")
    if len(lasts) > 1:
        end = axis.at(_day_number(lasts[-1]) + 1)
        for y in (middle - _BAR / 2 + 0.5, middle + _BAR / 2 - 0.5):
            sheet.line([(right, y), (end, y)], "muted", 1, dashed=True)


def _draw_term(sheet: Canvas, axis: Axis, middle: float, term: CertificationTerm, in_force: bool, words: Words) -> None:
    left, right = axis.at(_day_number(term.first)), axis.at(_day_number(term.last) + 1)
    sheet.bar(
        left, middle - _BAR / 2, right - left - 1, _BAR, "own" if in_force else "possible", "" if in_force else "muted"
    )
    if term.certification.kind is CertificationKind.RENEWAL:
        sheet.marks([(left + 9, middle)], "diamond", 8, "paper" if in_force else "ink")
    label = format_level_short(term.certification, words)
    if label and right - left > _MIN_LABEL_WIDTH:
        sheet.text(left + 18, middle, label, "left", "paper" if in_force else "ink", SMALL, room=right - left - 20)


def _describe_timeline(one: CertificationTimeline, words: Words) -> str:
    terms = [
        words(
            "history.timeline.alt_term",
            kind=f"history.kind.{term.certification.kind}",
            first=term.first,
            last=term.last,
        )
        for term in one.terms
    ]
    return words("history.timeline.alt_item", name=name_government(one.applicant, words), terms=terms)
