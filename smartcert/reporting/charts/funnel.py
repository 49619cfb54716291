"""How many applications were left at each step of a round."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from smartcert.reporting.charts.chart import Chart, told
from smartcert.reporting.charts.sheet import SMALL, Axis, Sheet
from smartcert.reporting.record import RoundRecord
from smartcert.reporting.steps import Step, counts
from smartcert.reporting.words import Words

_ROW = 32


def funnel_chart(record: RoundRecord, words: Words) -> Chart:
    """Return a bar per step, from received to certified, with what was lost on the way."""
    return steps_chart(counts(record.evaluations), words)


def steps_chart(found: Mapping[Step, int], words: Words) -> Chart:
    """Return the same from counts alone."""
    sheet = Sheet(_ROW * len(found))
    axis = Axis(low=Fraction(0), high=Fraction(max(1, *found.values())), left=220, right=520)
    before = None
    for row, (step, count) in enumerate(found.items()):
        middle = _ROW * row + _ROW / 2
        sheet.text(0, middle, words(f"chart.funnel.{step}"), bold=step == "certified", room=axis.left - 12)
        end = axis.at(Fraction(count))
        sheet.bar(axis.left, middle - 9, end - axis.left, 18, "own" if step == "certified" else "possible", "muted")
        label = words("chart.funnel.count", count=count)
        sheet.text(end + 10, middle, label, bold=True)
        if before is not None and count < before:
            sheet.text(end + 62, middle, words("chart.funnel.fewer", count=before - count), colour="muted", size=SMALL)
        before = count
    sentences = [
        words("chart.funnel.alt_item", step=words(f"chart.funnel.{step}"), count=n) for step, n in found.items()
    ]
    return Chart(svg=sheet.svg(), alt=told(*sentences), title=words("chart.funnel.title"))
