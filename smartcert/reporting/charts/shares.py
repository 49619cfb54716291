"""Shares of one as bars, one under the other: one share to the right, or two back to back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from smartcert.reporting import figures
from smartcert.reporting.charts.chart import Chart
from smartcert.reporting.charts.sheet import SMALL, WIDTH, Axis, Sheet

_ROW = 26


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """One row: the share to the right, and the one to the left if there are two."""

    label: str
    right: Fraction
    left: Fraction | None = None


def shares_chart(
    rows: Sequence[Share], *, title: str, alt: str, heads: tuple[str, str] | None = None, label_room: float = 110.0
) -> Chart | None:
    """Return a bar per share, or None without rows. ``heads`` name the left and the right side where there are two."""
    if not rows:
        return None
    most = max([share for row in rows for share in (row.right, row.left or Fraction(0))] + [Fraction(1, 20)])
    middle = (label_room + WIDTH) / 2 if heads else label_room
    axis = Axis(low=Fraction(0), high=most, left=middle, right=WIDTH - 64)
    top = 24.0 if heads else 4.0
    sheet = Sheet(top + _ROW * len(rows) + 4)
    if heads:
        sheet.text(middle - 8, 9, heads[0], "right", "muted", SMALL)
        sheet.text(middle + 8, 9, heads[1], "left", "muted", SMALL)
    for place, row in enumerate(rows):
        y = top + _ROW * place
        sheet.text(0, y + _ROW / 2, row.label, room=label_room - 10)
        reach = axis.at(row.right) - middle
        sheet.bar(middle, y + 5, reach, _ROW - 10, "own")
        sheet.text(middle + reach + 6, y + _ROW / 2, figures.percent(row.right, 1), size=SMALL)
        if row.left is not None:
            reach = axis.at(row.left) - middle
            sheet.bar(middle - reach, y + 5, reach, _ROW - 10, "peer")
            sheet.text(middle - reach - 6, y + _ROW / 2, figures.percent(row.left, 1), "right", size=SMALL)
    sheet.line([(middle, top), (middle, top + _ROW * len(rows))], "muted")
    return Chart(svg=sheet.svg(), alt=alt, title=title)
