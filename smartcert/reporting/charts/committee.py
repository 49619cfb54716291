"""The charts of a committee: single marks and what they were combined to, and values with their intervals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

from smartcert.lazy_dataclass import dataclass
from smartcert.model.evaluation import Combination, IndicatorScore, MarkUse
from smartcert.model.indicator import Marks
from smartcert.reporting import formats as figures
from smartcert.reporting import typeface
from smartcert.reporting.catalogue import Words
from smartcert.reporting.charts.svg import (
    NARROW_WIDTH,
    SMALL,
    WIDTH,
    Axis,
    Canvas,
    Chart,
    Rows,
    Shape,
    format_name,
    join_sentences,
    require_evaluated,
)
from smartcert.reporting.records import Record

_MARKS_LEFT, _MARKS_RIGHT, _MARKS_VALUES = 320.0, 620.0, 648.0
_MARKS_ROW, _MARKS_DOT = 40, 7.5
_COMBINED_SHAPE: tuple[Shape, float, str] = ("up", 9, "good")
_HEAP_HEIGHT = 3
"""How many dots are stacked above each other; with more of them the stack grows broader."""


def draw_marks_chart(record: Record, words: Words) -> Chart | None:
    """Return a row of dots per indicator, one for every mark, or None where the record has no single marks.

    Equal marks are stacked over their value; a triangle from below is the combined mark. A hollow dot was trimmed.
    Absent marks have no value and excluded ones do not count, so neither has a dot. The axis encloses the scales of all
    indicators and every mark.
    """
    card, _ = require_evaluated(record)
    rows = [
        (score, score.combination)
        for score in card.indicators()
        if score.combination and _given_marks(score.combination)
    ]
    if not rows:
        return None
    span = _find_marks_span(rows)
    return Chart(
        svg=_draw_marks(rows, span, words, narrow=False),
        narrow=_draw_marks(rows, span, words, narrow=True),
        alt=join_sentences(*(_describe_marks(score, combination, words) for score, combination in rows)),
        title=words(
            "chart.marks.title", count=len(rows), evaluators=max(len(combination.marks) for _, combination in rows)
        ),
    )


def _draw_marks(
    rows: Sequence[tuple[IndicatorScore, Combination]], span: tuple[Fraction, Fraction], words: Words, *, narrow: bool
) -> str:
    layout = Rows(left=_MARKS_LEFT, right=_MARKS_RIGHT, values=_MARKS_VALUES, narrow=narrow)
    canvas, axis = Canvas(0, layout.width), layout.build_axis(*span)
    top = _draw_marks_key(canvas, axis, words, layout)
    floors: list[float] = []
    for score, combination in rows:
        start = _draw_names(canvas, top, score, combination, words, layout)
        floors.append(start + _MARKS_ROW - 11.0)
        top = start + _MARKS_ROW
    canvas.height = top + 4
    canvas.lines([((axis.left, floor), (axis.right, floor)) for floor in floors], "rule")
    canvas.marks(
        [(axis.at(combination.combined), floor + 5) for floor, (_, combination) in zip(floors, rows, strict=True)],
        *_COMBINED_SHAPE,
    )
    counted: list[tuple[float, float]] = []
    trimmed: list[tuple[float, float]] = []
    for floor, (_, combination) in zip(floors, rows, strict=True):
        for use, point in _stack_dots(axis, floor, combination):
            (trimmed if use.trimmed else counted).append(point)
    canvas.dots(counted, _MARKS_DOT, "own")
    canvas.dots(trimmed, _MARKS_DOT, "paper", "own")
    return canvas.svg()


def _given_marks(combination: Combination) -> list[MarkUse]:
    """Return the marks that have a dot: all that were given and not excluded, trimmed ones among them."""
    return [use for use in combination.marks if use.value is not None and not use.excluded]


def _find_marks_span(rows: Iterable[tuple[IndicatorScore, Combination]]) -> tuple[Fraction, Fraction]:
    values: set[Fraction] = set()  # of the few marks that there are each is compared once
    for score, combination in rows:
        values.update(use.value for use in _given_marks(combination) if use.value is not None)
        if isinstance(score.indicator.scale, Marks):
            values |= {score.indicator.scale.zero_at, score.indicator.scale.full_at}
    return min(values), max(values)


def _draw_marks_key(canvas: Canvas, axis: Axis, words: Words, rows: Rows) -> float:
    """Draw what is drawn as what, and the ends of the axis; return where rows begin."""
    room = NARROW_WIDTH - 18 if rows.narrow else _MARKS_LEFT - 30
    canvas.dots([(6, 10)], _MARKS_DOT, "own")
    canvas.text(18, 10, words("chart.marks.mark"), size=SMALL, max_width=room)
    canvas.dots([(6, 30)], _MARKS_DOT, "paper", "own")
    canvas.text(18, 30, words("chart.marks.trimmed"), size=SMALL, max_width=room)
    left, top, ends = (0.0, 50.0, 72.0) if rows.narrow else (_MARKS_LEFT, 10.0, 48.0)
    canvas.marks([(left + 6, top)], *_COMBINED_SHAPE)
    combined = words("chart.marks.combined")
    canvas.text(left + 18, top, combined, colour="good", size=SMALL, max_width=rows.width - left - 18)
    for value in (axis.low, axis.high):
        canvas.text_within(axis.at(value), ends, figures.format_number(value), "muted", SMALL)
    return ends + 10


def _draw_names(
    canvas: Canvas, top: float, score: IndicatorScore, combination: Combination, words: Words, rows: Rows
) -> float:
    """Draw id, name and combined mark of an indicator; return where its dots begin."""
    middle = _MARKS_ROW - 17
    number, name = figures.sanitise_text(score.indicator.id), format_name(score.indicator.name, words)
    combined = figures.format_number(combination.combined)
    canvas.text(0, top + (9 if rows.narrow else middle), number, colour="muted", size=SMALL, max_width=40)
    return rows.draw_names(canvas, top, middle, name, combined, indent=44, bold=False, colour="good")


def _stack_dots(axis: Axis, floor: float, combination: Combination) -> Iterator[tuple[MarkUse, tuple[float, float]]]:
    """Yield each mark with the point of its dot; the middle of a stack of equal marks is at their value."""
    given = [(use, use.value) for use in _given_marks(combination) if use.value is not None]
    given.sort(key=lambda pair: pair[0].trimmed)
    ratios = [value.as_integer_ratio() for _, value in given]  # to find one takes less than to find a fraction
    heaps, stacked = Counter(ratios), Counter[tuple[int, int]]()
    values = dict(zip(ratios, (value for _, value in given), strict=True))
    middles = {ratio: axis.at(value) for ratio, value in values.items()}
    for (use, _), ratio in zip(given, ratios, strict=True):
        columns = -(-heaps[ratio] // _HEAP_HEIGHT)
        up, across = divmod(stacked[ratio], columns)
        x = middles[ratio] + (across - (columns - 1) / 2) * _MARKS_DOT
        yield use, (x, floor - _MARKS_DOT / 2 - 1 - up * _MARKS_DOT)
        stacked[ratio] += 1


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
    return Chart(
        svg=_draw_intervals(rows, grid, ends, label_width, narrow=False),
        alt=alt,
        title=title,
        narrow=_draw_intervals(rows, grid, ends, label_width, narrow=True),
    )


def _draw_intervals(
    rows: Sequence[Interval],
    grid: Sequence[Fraction],
    ends: tuple[str, str] | None,
    label_width: float,
    *,
    narrow: bool,
) -> str:
    values = [value for row in rows for value in (row.value, row.low, row.high) if value is not None]
    layout = Rows(left=label_width, right=WIDTH - 90, values=WIDTH, narrow=narrow)
    canvas, axis = Canvas(0, layout.width), layout.build_axis(min([*values, *grid]), max([*values, *grid]))
    top = 0.0
    if ends and narrow:
        top = canvas.lines_of_text(0, 9, f"← {ends[0]}", NARROW_WIDTH, "muted", SMALL)
        top = canvas.lines_of_text(0, top + 9, f"{ends[1]} →", NARROW_WIDTH, "muted", SMALL)
    elif ends:
        canvas.text(axis.left, 9, f"← {ends[0]}", "left", "muted", SMALL)
        canvas.text(axis.right, 9, f"{ends[1]} →", "right", "muted", SMALL)
        top = 18.0
    top += _INTERVALS_TOP
    free = 0.0
    for value in sorted(grid):
        half = typeface.measure_text(figures.format_number(value), SMALL) / 2
        if axis.at(value) - half >= free:
            canvas.text_within(axis.at(value), top - 14, figures.format_number(value), "muted", SMALL)
            free = axis.at(value) + half + 6
    lines = [(axis.at(value), value == 0) for value in grid]
    for row in rows:
        shown = figures.format_rounded(row.value, 2)
        start = layout.draw_names(canvas, top, _INTERVALS_ROW / 2, row.label, shown if narrow else "")
        for x, zero in lines:
            ends_at = [(x, start if narrow else start - 4), (x, start + _INTERVALS_ROW)]
            canvas.line(ends_at, "muted" if zero else "rule", 1.5 if zero else 1)
        _draw_interval(canvas, axis, start + _INTERVALS_ROW / 2, row)
        if not narrow:
            canvas.text(WIDTH, start + _INTERVALS_ROW / 2, shown, "right", bold=row.clear)
        top = start + _INTERVALS_ROW
    canvas.height = top + 8
    return canvas.svg()


def _draw_interval(canvas: Canvas, axis: Axis, y: float, row: Interval) -> None:
    if row.low is not None and row.high is not None:
        canvas.line([(axis.at(row.low), y), (axis.at(row.high), y)], "own", 2.5)
        for end in (row.low, row.high):
            canvas.line([(axis.at(end), y - 5), (axis.at(end), y + 5)], "own", 1.5)
    canvas.marks([(axis.at(row.value), y)], "dot", 10, "own" if row.clear else "paper", "own")
