"""How many applicants reached each level, one panel for each size type."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

from smartcert.model.applicant import SizeType
from smartcert.model.level import LevelResult
from smartcert.reporting import figures
from smartcert.reporting.charts.chart import Chart, certified_from, told
from smartcert.reporting.charts.sheet import SMALL, Axis, Sheet
from smartcert.reporting.record import RoundRecord
from smartcert.reporting.steps import size_key
from smartcert.reporting.words import Words

_ROW, _TOP = 28, 30
_PANELS = {SizeType.LARGE: 90.0, SizeType.SMALL_MEDIUM: 410.0}
_ROOM = 250.0


def levels_chart(record: RoundRecord, words: Words) -> Chart | None:
    """Return bars of counts by level and size type, or None where nothing was evaluated."""
    results = [(one.size_type, one.level) for one in record.evaluations if one.level is not None]
    if not results:
        return None
    found = Counter((size, result.level) for size, result in results)
    last = results[0][1]
    levels = range(1, len(last.bounds) + 2)
    sheet = Sheet(_TOP + _ROW * len(levels) + 24)
    most = Fraction(max(found.values()))
    for level in levels:
        sheet.text(0, _middle(level), words("chart.level", level=level), room=80)
    for size, left in _PANELS.items():
        axis = Axis(low=Fraction(0), high=most, left=left, right=left + _ROOM)
        sheet.text(left, 12, words(size_key(size)), bold=True, room=_ROOM)
        for level in levels:
            _count(sheet, axis, level, found[size, level], _certified(last, level))
    _certified_line(sheet, certified_from(last).level, words)
    sentences = [
        words("chart.levels.alt_item", size_type=words(size_key(size)), level=level, count=found[size, level])
        for size in _PANELS
        for level in levels
    ]
    return Chart(svg=sheet.svg(), alt=told(*sentences), title=words("chart.levels.title"))


def _certified(result: LevelResult, level: int) -> bool:
    return any(bound.certified and bound.level == level for bound in result.bounds)


def _middle(level: int) -> float:
    return _TOP + _ROW * (level - 0.5)


def _count(sheet: Sheet, axis: Axis, level: int, count: int, certified: bool) -> None:
    end = axis.at(Fraction(count))
    sheet.line([(axis.left, _middle(level) - 10), (axis.left, _middle(level) + 10)], "muted")
    if count:
        sheet.bar(axis.left, _middle(level) - 8, end - axis.left, 16, "own" if certified else "possible", "muted")
    sheet.text(end + 8, _middle(level), figures.number(count))


def _certified_line(sheet: Sheet, worst: int, words: Words) -> None:
    edge = _middle(worst) + _ROW / 2
    sheet.line([(0, edge), (720, edge)], "good", 1.5, dashed=True)
    sheet.text(720, sheet.height - 10, words("chart.levels.certified"), "right", "good", SMALL)
