"""Where the most points are left."""

from __future__ import annotations

from fractions import Fraction

from smartcert.model.level import Left, NextLevel
from smartcert.reporting.charts.chart import Chart, name_of, told
from smartcert.reporting.charts.sheet import SMALL, WIDTH, Axis, Sheet
from smartcert.reporting.record import Record
from smartcert.reporting.words import Words

_BARS, _BARS_END, _VALUES = 312.0, 590.0, 602.0


def gap_chart(record: Record, words: Words) -> Chart | None:
    """Return the indicators with most points left, or None where there is no better level to reach or nothing left.

    A diamond marks those of the smallest set that would reach the next level.
    """
    gap = record.evaluation.next_level
    if gap is None or not gap.most_left:
        return None
    shown = gap.most_left
    sheet = Sheet(58 + 28 * len(shown))
    axis = Axis(low=Fraction(0), high=max(left.out_of for left in shown), left=_BARS, right=_BARS_END)
    _gap_key(sheet, gap, words)
    in_set = {left.indicator for left in gap.smallest_set}
    for row, left in enumerate(shown):
        _gap_row(sheet, axis, 58 + 28 * row, left, left.indicator in in_set, words)
    sentences = [words("chart.gap.alt_item", name=left.name, points=left.points, out_of=left.out_of) for left in shown]
    return Chart(svg=sheet.svg(), alt=told(*sentences), title=words("chart.gap.title", count=len(shown)))


def _gap_key(sheet: Sheet, gap: NextLevel, words: Words) -> None:
    sheet.bar(_BARS, 4, 110, 16, "possible", "muted")
    sheet.bar(_BARS + 110, 4, 110, 16, "warn")
    sheet.text(_BARS + 8, 12, words("chart.own"), size=SMALL, room=98)
    sheet.text(_BARS + 118, 12, words("chart.gap.left"), colour="paper", size=SMALL, room=98)
    sheet.text(_VALUES, 38, words("chart.gap.values"), colour="muted", size=SMALL, room=WIDTH - _VALUES)
    if gap.smallest_set:
        sheet.marks([(6, 38)], "diamond", 7, "own")
        sheet.text(18, 38, words("chart.gap.set", level=gap.level), colour="own", size=SMALL)


def _gap_row(sheet: Sheet, axis: Axis, top: float, left: Left, in_set: bool, words: Words) -> None:
    if in_set:
        sheet.marks([(6, top + 12)], "diamond", 7, "own")
    sheet.text(18, top + 12, name_of(left.name, words), room=_BARS - 30)
    reached = axis.at(left.out_of - left.points)
    sheet.bar(axis.left, top + 4, axis.at(left.out_of) - axis.left, 16, "possible", "muted")
    sheet.bar(reached, top + 4, axis.at(left.out_of) - reached, 16, "warn")
    sheet.text(_VALUES, top + 12, words("chart.of", points=left.points, out_of=left.out_of))
