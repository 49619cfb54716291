"""From the total as claimed to the total that counts."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from smartcert.model.scorecard import Scorecard
from smartcert.reporting.charts.chart import Chart, certified_from, evaluated
from smartcert.reporting.charts.sheet import SMALL, Axis, Sheet
from smartcert.reporting.digits import total
from smartcert.reporting.figures import Amount
from smartcert.reporting.record import Record
from smartcert.reporting.words import Words


def totals_chart(record: Record, words: Words) -> Chart:
    """Return the total as claimed, after the desk review and as confirmed on site, against the bound of certification.

    The axis does not begin at zero, so the totals are dots, not bars.

    Raises:
        ReportError: the application was not evaluated.
    """
    card, result = evaluated(record)
    bound = certified_from(result)
    totals = {"claimed": card.claimed, "desk": card.desk, "confirmed": card.points}
    low, high = min(*totals.values(), bound.points), max(*totals.values(), bound.points)
    room = max((high - low) / 8, card.out_of / 100)
    axis = Axis(low=low - room, high=high + room, left=170, right=600)
    sheet = Sheet(158)
    edge = axis.at(bound.points)
    sheet.line([(edge, 24), (edge, 150)], "good", 1.5, dashed=True)
    label = words("chart.totals.bound", level=bound.level, points=bound.points)
    sheet.inside(edge, 12, label, "good", SMALL)
    _totals_rows(sheet, axis, card, totals, words)
    fields = {name: total(card, points) for name, points in totals.items()}
    return Chart(
        svg=sheet.svg(),
        alt=words("chart.totals.alt", level=bound.level, bound=bound.points, **fields),
        title=words("chart.totals.title", **fields),
    )


def _totals_rows(sheet: Sheet, axis: Axis, card: Scorecard, totals: Mapping[str, Fraction], words: Words) -> None:
    before: tuple[float, float, Fraction] | None = None
    for row, points in enumerate(totals.values()):
        x, y = axis.at(points), 44 + 46 * row
        if before is not None:
            sheet.line([(before[0], before[1] + 6), (x, y - 6)], "muted", 1.5)
            change = _change(total(card, points - before[2]), words)
            sheet.text(max(before[0], x) + 12, y - 23, change, colour="muted", size=SMALL, ground="paper")
        before = (x, y, points)
    for row, (name, points) in enumerate(totals.items()):
        x, y, counts = axis.at(points), 44 + 46 * row, name == "confirmed"
        sheet.dots([(x, y)], 11, "own" if counts else "paper", "own")
        sheet.text(0, y, words(f"chart.totals.{name}"), bold=counts, room=axis.left)
        sheet.text(x + 12, y, words("chart.amount", points=total(card, points)), bold=counts, ground="paper")


def _change(points: Amount, words: Words) -> str:
    if not points.value:
        return words("chart.same")
    size = Amount(value=abs(points.value), digits=points.digits)
    return words("chart.more" if points.value > 0 else "chart.less", points=size)
