"""Where an applicant stands on the scale of levels."""

from __future__ import annotations

from fractions import Fraction

from smartcert.model.level import LevelResult, NextLevel
from smartcert.model.scorecard import Scorecard
from smartcert.reporting import figures, typeface
from smartcert.reporting.charts.chart import Chart, certified_from, evaluated
from smartcert.reporting.charts.sheet import SMALL, WIDTH, Axis, Sheet
from smartcert.reporting.digits import total
from smartcert.reporting.record import Record
from smartcert.reporting.words import Field, Words


def scale_chart(record: Record, words: Words) -> Chart:
    """Return the scale of levels with the applicant's place on it, the bounds, and how far the next one is.

    Raises:
        ReportError: the application was not evaluated.
    """
    card, result = evaluated(record)
    sheet = Sheet(132)
    axis = Axis(low=Fraction(0), high=card.out_of, left=8, right=WIDTH - 8)
    _level_track(sheet, axis, result, words)
    own = axis.at(card.points)
    sheet.line([(own, 22), (own, 44)], "own", 2)
    sheet.marks([(own, 45)], "down", 11, "own")
    sheet.inside(
        own, 12, words("chart.scale.own", points=total(card, card.points), level=result.level), "own", bold=True
    )
    gap = record.evaluation.next_level
    if gap is not None and gap.short > 0:
        _distance(
            sheet, own, axis.at(gap.bound), words("chart.scale.short", level=gap.level, points=total(card, gap.short))
        )
    return Chart(
        svg=sheet.svg(),
        alt=_scale_alt(card, result, gap, words),
        title=words("chart.scale.title", points=total(card, card.points), level=result.level),
    )


def _level_track(sheet: Sheet, axis: Axis, result: LevelResult, words: Words) -> None:
    above = axis.high
    for bound in result.bounds:
        _level(sheet, axis, (bound.points, above), bound.level, bound.certified, words)
        above = bound.points
    _level(sheet, axis, (axis.low, above), len(result.bounds) + 1, False, words)
    certified = certified_from(result)
    _bound_labels(sheet, axis, [certified.points, axis.low, axis.high, *(bound.points for bound in result.bounds)])
    start = axis.at(certified.points)
    sheet.line([(start, 102), (start, 108), (axis.right, 108), (axis.right, 102)], "good", 2)
    label = words("chart.scale.certified", points=certified.points)
    sheet.inside((start + axis.right) / 2, 121, label, "good", SMALL)


def _level(
    sheet: Sheet, axis: Axis, span: tuple[Fraction, Fraction], level: int, certified: bool, words: Words
) -> None:
    left, right = axis.at(span[0]), axis.at(span[1])
    sheet.bar(left, 52, right - left, 28, "possible" if certified else "panel", "muted")
    name = words("chart.level", level=level)
    short = name if typeface.width(name, SMALL) < right - left - 4 else figures.number(level)
    sheet.text((left + right) / 2, 66, short, "center", "ink", SMALL, room=max(right - left, 0))


def _bound_labels(sheet: Sheet, axis: Axis, values: list[Fraction]) -> None:
    """Write each value under the scale, the first ones first; one that would touch another is left out."""
    taken: list[tuple[float, float]] = []
    for value in values:
        label = figures.number(value)
        half = typeface.width(label, SMALL) / 2
        middle = min(max(axis.at(value), half), WIDTH - half)
        if all(middle + half + 6 < left or right + 6 < middle - half for left, right in taken):
            taken.append((middle - half, middle + half))
            sheet.text(middle, 92, label, "center", "muted", SMALL)


def _distance(sheet: Sheet, own: float, bound: float, label: str) -> None:
    sheet.line([(own, 34), (bound, 34)], "warn", 2)
    sheet.line([(bound, 28), (bound, 50)], "warn", 2)
    if bound + 8 + typeface.width(label, SMALL) <= WIDTH:
        sheet.text(bound + 8, 34, label, "left", "warn", SMALL)
    else:
        sheet.text(own - 8, 34, label, "right", "warn", SMALL)


def _scale_alt(card: Scorecard, result: LevelResult, gap: NextLevel | None, words: Words) -> str:
    fields: dict[str, Field] = {
        "out_of": card.out_of,
        "points": total(card, card.points),
        "level": result.level,
        "bounds": [words("chart.scale.bound", level=bound.level, points=bound.points) for bound in result.bounds],
        "certified": certified_from(result).points,
    }
    if gap is None or gap.short <= 0:
        return words("chart.scale.alt", **fields)
    return words("chart.scale.alt_short", next=gap.level, short=total(card, gap.short), **fields)
