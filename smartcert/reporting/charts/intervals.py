"""Values with their intervals, one under the other, against a line that means nothing or full agreement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from smartcert.reporting import figures
from smartcert.reporting.charts.chart import Chart
from smartcert.reporting.charts.sheet import SMALL, WIDTH, Axis, Sheet

_ROW, _TOP = 26, 30


@dataclass(frozen=True, kw_only=True, slots=True)
class Interval:
    """One row: a value, its interval if it has one, and whether the interval leaves zero out."""

    label: str
    value: Fraction
    low: Fraction | None = None
    high: Fraction | None = None
    clear: bool = False


def interval_chart(
    rows: Sequence[Interval],
    grid: Sequence[Fraction],
    *,
    title: str,
    alt: str,
    ends: tuple[str, str] | None = None,
    label_room: float = 150.0,
) -> Chart | None:
    """Return a dot with a bar for each row, or None without rows; a filled dot is an interval that leaves zero out.

    ``grid`` are the values of the upright lines, zero among them darker; ``ends`` are words at both ends of the axis.
    """
    if not rows:
        return None
    found = [value for row in rows for value in (row.value, row.low, row.high) if value is not None]
    axis = Axis(low=min([*found, *grid]), high=max([*found, *grid]), left=label_room, right=WIDTH - 90)
    top = _TOP + (18 if ends else 0)
    sheet = Sheet(top + _ROW * len(rows) + 8)
    if ends:
        sheet.text(axis.left, 9, f"← {ends[0]}", "left", "muted", SMALL)
        sheet.text(axis.right, 9, f"{ends[1]} →", "right", "muted", SMALL)
    for value in grid:
        x = axis.at(value)
        sheet.line(
            [(x, top - 4), (x, top + _ROW * len(rows))], "muted" if value == 0 else "rule", 1.5 if value == 0 else 1
        )
        sheet.text(x, top - 14, figures.number(value), "center", "muted", SMALL)
    for place, row in enumerate(rows):
        _draw(sheet, axis, top + _ROW * place + _ROW / 2, row)
    return Chart(svg=sheet.svg(), alt=alt, title=title)


def _draw(sheet: Sheet, axis: Axis, y: float, row: Interval) -> None:
    sheet.text(0, y, row.label, room=axis.left - 10)
    if row.low is not None and row.high is not None:
        sheet.line([(axis.at(row.low), y), (axis.at(row.high), y)], "own", 2.5)
        for end in (row.low, row.high):
            sheet.line([(axis.at(end), y - 5), (axis.at(end), y + 5)], "own", 1.5)
    sheet.marks([(axis.at(row.value), y)], "dot", 10, "own" if row.clear else "paper", "own")
    sheet.text(WIDTH, y, figures.rounded(row.value, 2), "right", bold=row.clear)
