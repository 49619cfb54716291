"""The charts of a committee: single marks and what they were combined to, and values with their intervals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from smartcert.model.evaluation import Combination, IndicatorScore, MarkUse
from smartcert.model.indicator import Marks
from smartcert.reporting import formats as figures
from smartcert.reporting.catalogue import Words
from smartcert.reporting.charts.svg import (
    SMALL,
    WIDTH,
    Axis,
    Canvas,
    Chart,
    Shape,
    format_name,
    join_sentences,
    require_evaluated,
)
from smartcert.reporting.records import Record

_MARKS_LEFT, _MARKS_RIGHT, _MARKS_VALUES = 320.0, 620.0, 648.0
_MARKS_ROW, _MARKS_TOP, _MARKS_DOT = 40, 58, 7.5
_COMBINED_SHAPE: tuple[Shape, float, str] = ("up", 9, "good")
_HEAP_HEIGHT = 3
"""How many dots are stacked above each other; with more of them the stack grows broader."""


def draw_marks_chart(record: Record, words: Words) -> Chart | None:
    """Return a row of dots per indicator, one for every mark, or None where the record has no single marks.

    Equal marks are stacked over their value; a triangle from below is the combined mark. A hollow dot was trimmed.
    Absent marks have no value and excluded ones do not count, so neither has a dot. The axis encloses the scales of all
    indicators and every mark.

    Raises:
        ReportError: the application was not evaluated.
    """
    card, _ = require_evaluated(record)
    rows = [
        (score, score.combination)
        for score in card.indicators()
        if score.combination and _given_marks(score.combination)
    ]
    if not rows:
        return None
    axis = _marks_axis(rows)
    canvas = Canvas(_MARKS_TOP + _MARKS_ROW * len(rows) + 4)
    _draw_marks_key(canvas, axis, words)
    floors = [_MARKS_TOP + _MARKS_ROW * (row + 1) - 11.0 for row in range(len(rows))]
    canvas.lines([((axis.left, floor), (axis.right, floor)) for floor in floors], "rule")
    for floor, (score, combination) in zip(floors, rows, strict=True):
        _draw_names(canvas, floor, score, combination, words)
    canvas.marks(
        [(axis.at(combination.combined), floor + 5) for floor, (_, combination) in zip(floors, rows, strict=True)],
        *_COMBINED_SHAPE,
    )
    for trimmed in (False, True):
        points = [
            point
            for floor, (_, combination) in zip(floors, rows, strict=True)
            for use, point in _stack_dots(axis, floor, combination)
            if use.trimmed is trimmed
        ]
        canvas.dots(points, _MARKS_DOT, "paper" if trimmed else "own", "own" if trimmed else "")
    return Chart(
        svg=canvas.svg(),
        alt=join_sentences(*(_describe_marks(score, combination, words) for score, combination in rows)),
        title=words(
            "chart.marks.title", count=len(rows), evaluators=max(len(combination.marks) for _, combination in rows)
        ),
    )


def _given_marks(combination: Combination) -> list[MarkUse]:
    """Return the marks that have a dot: all that were given and not excluded, trimmed ones among them."""
    return [use for use in combination.marks if use.value is not None and not use.excluded]


def _marks_axis(rows: Iterable[tuple[IndicatorScore, Combination]]) -> Axis:
    values: list[Fraction] = []
    for score, combination in rows:
        values += [use.value for use in _given_marks(combination) if use.value is not None]
        if isinstance(score.indicator.scale, Marks):
            values += [score.indicator.scale.zero_at, score.indicator.scale.full_at]
    return Axis(low=min(values), high=max(values), left=_MARKS_LEFT, right=_MARKS_RIGHT)


def _draw_marks_key(canvas: Canvas, axis: Axis, words: Words) -> None:
    canvas.dots([(6, 10)], _MARKS_DOT, "own")
    canvas.text(18, 10, words("chart.marks.mark"), size=SMALL, max_width=_MARKS_LEFT - 30)
    canvas.dots([(6, 30)], _MARKS_DOT, "paper", "own")
    canvas.text(18, 30, words("chart.marks.trimmed"), size=SMALL, max_width=_MARKS_LEFT - 30)
    canvas.marks([(_MARKS_LEFT + 6, 10)], *_COMBINED_SHAPE)
    canvas.text(
        _MARKS_LEFT + 18,
        10,
        words("chart.marks.combined"),
        colour="good",
        size=SMALL,
        max_width=WIDTH - _MARKS_LEFT - 18,
    )
    canvas.text(axis.left, 48, figures.format_number(axis.low), "center", "muted", SMALL)
    canvas.text(axis.right, 48, figures.format_number(axis.high), "center", "muted", SMALL)


def _draw_names(canvas: Canvas, floor: float, score: IndicatorScore, combination: Combination, words: Words) -> None:
    middle = floor - 6
    canvas.text(0, middle, figures.sanitise_text(score.indicator.id), colour="muted", size=SMALL, max_width=40)
    canvas.text(44, middle, format_name(score.indicator.name, words), max_width=_MARKS_LEFT - 64)
    canvas.text(
        _MARKS_VALUES,
        middle,
        figures.format_number(combination.combined),
        colour="good",
        bold=True,
        max_width=WIDTH - _MARKS_VALUES,
    )


def _stack_dots(axis: Axis, floor: float, combination: Combination) -> Iterator[tuple[MarkUse, tuple[float, float]]]:
    """Yield each mark with the point of its dot; the middle of a stack of equal marks is at their value."""
    given = _given_marks(combination)
    heaps = Counter(use.value for use in given)
    stacked: Counter[Fraction | None] = Counter()
    for use in sorted(given, key=lambda use: use.trimmed):
        if use.value is None:
            continue
        columns = -(-heaps[use.value] // _HEAP_HEIGHT)
        up, across = divmod(stacked[use.value], columns)
        x = axis.at(use.value) + (across - (columns - 1) / 2) * _MARKS_DOT
        yield use, (x, floor - _MARKS_DOT / 2 - 1 - up * _MARKS_DOT)
        stacked[use.value] += 1


def _describe_marks(score: IndicatorScore, combination: Combination, words: Words) -> str:
    given = _given_marks(combination)
    counted = sorted(use.value for use in given if use.value is not None and not use.trimmed)
    trimmed = sorted(use.value for use in given if use.value is not None and use.trimmed)
    return words(
        "chart.marks.alt_trimmed" if trimmed else "chart.marks.alt_item",
        name=score.indicator.name,
        marks=[figures.format_number(mark) for mark in counted],
        combined=combination.combined,
        **({"trimmed": [figures.format_number(mark) for mark in trimmed]} if trimmed else {}),
    )


_INTERVALS_ROW, _INTERVALS_TOP = 26, 30


@dataclass(frozen=True, kw_only=True, slots=True)
class Interval:
    """One row: a value, its interval if it has one, and whether the interval excludes zero."""

    label: str
    value: Fraction
    low: Fraction | None = None
    high: Fraction | None = None
    clear: bool = False


def draw_interval_chart(
    rows: Sequence[Interval],
    grid: Sequence[Fraction],
    *,
    title: str,
    alt: str,
    ends: tuple[str, str] | None = None,
    label_width: float = 150.0,
) -> Chart | None:
    """Return a dot with a bar for each row, or None without rows; a filled dot has an interval that excludes zero.

    ``grid`` are the values of the vertical lines, zero among them darker; ``ends`` are words at both ends of the axis;
    ``label_width`` is the width of the labels in points. A row without an interval (too few values) has only its dot.
    """
    if not rows:
        return None
    values = [value for row in rows for value in (row.value, row.low, row.high) if value is not None]
    axis = Axis(low=min([*values, *grid]), high=max([*values, *grid]), left=label_width, right=WIDTH - 90)
    top = _INTERVALS_TOP + (18 if ends else 0)
    canvas = Canvas(top + _INTERVALS_ROW * len(rows) + 8)
    if ends:
        canvas.text(axis.left, 9, f"← {ends[0]}", "left", "muted", SMALL)
        canvas.text(axis.right, 9, f"{ends[1]} →", "right", "muted", SMALL)
    for value in grid:
        x = axis.at(value)
        canvas.line(
            [(x, top - 4), (x, top + _INTERVALS_ROW * len(rows))],
            "muted" if value == 0 else "rule",
            1.5 if value == 0 else 1,
        )
        canvas.text(x, top - 14, figures.format_number(value), "center", "muted", SMALL)
    for number, row in enumerate(rows):
        _draw_interval(canvas, axis, top + _INTERVALS_ROW * number + _INTERVALS_ROW / 2, row)
    return Chart(svg=canvas.svg(), alt=alt, title=title)


def _draw_interval(canvas: Canvas, axis: Axis, y: float, row: Interval) -> None:
    canvas.text(0, y, row.label, max_width=axis.left - 10)
    if row.low is not None and row.high is not None:
        canvas.line([(axis.at(row.low), y), (axis.at(row.high), y)], "own", 2.5)
        for end in (row.low, row.high):
            canvas.line([(axis.at(end), y - 5), (axis.at(end), y + 5)], "own", 1.5)
    canvas.marks([(axis.at(row.value), y)], "dot", 10, "own" if row.clear else "paper", "own")
    canvas.text(WIDTH, y, figures.format_rounded(row.value, 2), "right", bold=row.clear)
