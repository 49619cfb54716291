"""From the points possible to the points reached: what each item left behind."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from smartcert.model.scorecard import Scorecard, SectionScore
from smartcert.reporting import figures
from smartcert.reporting.charts.chart import Chart, evaluated, name_of, told
from smartcert.reporting.charts.sheet import SMALL, Axis, Sheet
from smartcert.reporting.digits import part, total
from smartcert.reporting.figures import Amount
from smartcert.reporting.record import Record
from smartcert.reporting.words import Words

_BARS, _BARS_END = 286.0, 652.0
_ROW, _BAR = 26, 16


@dataclass(frozen=True, kw_only=True, slots=True)
class _Step:
    """One step down, or up where rounding added points."""

    label: str
    points: Fraction
    shown: Amount


def waterfall_chart(record: Record, words: Words) -> Chart:
    """Return the way from the points possible down to those reached, one step per item in the order of the edition.

    The last step is what rounding took or added, where it did. Where little was left behind the axis does not begin at
    zero, and the two bars that would are cut visibly: the steps between them keep their proportions.

    Raises:
        ReportError: the application was not evaluated.
    """
    card, _ = evaluated(record)
    items = card.items()
    steps = [_item(item, card, words) for item in items]
    rounded = card.points - card.out_of + sum((_lost(item) for item in items), Fraction(0))
    if rounded:
        steps.append(_Step(label=words("chart.waterfall.rounding"), points=rounded, shown=part(card, rounded)))
    sheet = Sheet(_ROW * (len(steps) + 2) + 4)
    axis = Axis(low=_from(card), high=card.out_of, left=_BARS, right=_BARS_END)
    _end(sheet, axis, 0, words("chart.possible"), Amount(value=card.out_of, digits=0), "possible", words)
    height = card.out_of
    for row, step in enumerate(steps, 1):
        _draw(sheet, axis, row, height, step)
        height += step.points
    _end(sheet, axis, len(steps) + 1, words("chart.own"), total(card, card.points), "own", words)
    return Chart(svg=sheet.svg(), alt=_alt(card, items, rounded, words), title=_title(card, items, words))


def _from(card: Scorecard) -> Fraction:
    """Return where the axis begins: so that what was left behind takes two thirds of it, or at zero."""
    lost = card.out_of - card.points
    return max(card.points - lost / 2, Fraction(0)) if lost else Fraction(0)


def _lost(item: SectionScore) -> Fraction:
    return item.out_of - item.points


def _item(item: SectionScore, card: Scorecard, words: Words) -> _Step:
    return _Step(label=name_of(item.name, words), points=-_lost(item), shown=part(card, -_lost(item)))


def _end(sheet: Sheet, axis: Axis, row: int, label: str, points: Amount, fill: str, words: Words) -> None:
    top = _ROW * row + 2
    sheet.text(0, top + _BAR / 2, label, bold=True, room=_BARS - 12)
    sheet.bar(axis.left, top, axis.at(points.value) - axis.left, _BAR, fill, "muted" if fill == "possible" else "")
    if axis.low:
        sheet.line([(axis.left + 18, top + _BAR + 3), (axis.left + 28, top - 3)], "paper", 6)
    sheet.text(axis.at(points.value) + 8, top + _BAR / 2, words("chart.number", points=points), bold=True)


def _draw(sheet: Sheet, axis: Axis, row: int, before: Fraction, step: _Step) -> None:
    top = _ROW * row + 2
    start, end = axis.at(before), axis.at(before + step.points)
    left, right = min(start, end), max(start, end)
    sheet.line([(start, top - _ROW + _BAR), (start, top + _BAR)], "muted")
    sheet.text(12, top + _BAR / 2, step.label, room=_BARS - 24)
    sheet.bar(left, top, right - left, _BAR, "warn" if step.points < 0 else "good")
    sheet.text(right + 8, top + _BAR / 2, _change(step.shown), size=SMALL)
    sheet.line([(end, top), (end, top + _ROW)], "muted")


def _change(points: Amount) -> str:
    """Return a change with its sign, the sign ≈ before it."""
    text = figures.number(points.value, points.digits)
    if points.value <= 0:
        return text
    return f"≈+{text[1:]}" if text.startswith("≈") else f"+{text}"


def _title(card: Scorecard, items: tuple[SectionScore, ...], words: Words) -> str:
    most = max(items, key=_lost, default=None)
    if most is None or not _lost(most):
        return words("chart.waterfall.title_full", out_of=card.out_of, points=total(card, card.points))
    return words(
        "chart.waterfall.title",
        out_of=card.out_of,
        points=total(card, card.points),
        name=most.name,
        most=part(card, _lost(most)),
    )


def _alt(card: Scorecard, items: tuple[SectionScore, ...], rounded: Fraction, words: Words) -> str:
    sentences = [words("chart.waterfall.alt_item", name=item.name, points=part(card, _lost(item))) for item in items]
    if rounded:
        key = "chart.waterfall.alt_added" if rounded > 0 else "chart.waterfall.alt_taken"
        sentences.append(words(key, points=part(card, abs(rounded))))
    first = words("chart.waterfall.alt", out_of=card.out_of, points=total(card, card.points))
    return told(first, *sentences)
