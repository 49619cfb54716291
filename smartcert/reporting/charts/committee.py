"""Marks, intervals."""

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

# --- The marks of the committee, indicator by indicator.

_LEFT, _RIGHT, _VALUES = 320.0, 620.0, 648.0
_ROW, _TOP, _DOT = 40, 58, 7.5
_MADE: tuple[Shape, float, str] = ("up", 9, "good")
_HEAP_HEIGHT = 3
"""How many dots of one heap stand one above the other; with more of them the heap grows broader."""


def draw_marks_chart(record: Record, words: Words) -> Chart | None:
    """Return a dot for every mark and what they became, or None where the record has no single marks.

    Equal marks are heaped up over their place; what they became is marked from below. A hollow dot is a mark that
    trimming left out; excluded and absent marks have none. The axis holds the scales of all indicators and every mark.

    Raises:
        ReportError: the application was not evaluated.
    """
    card, _ = require_evaluated(record)
    rows = [(one, one.combination) for one in card.indicators() if one.combination and _given_marks(one.combination)]
    if not rows:
        return None
    axis = _marks_axis(rows)
    sheet = Canvas(_TOP + _ROW * len(rows) + 4)
    _draw_marks_key(sheet, axis, words)
    floors = [_TOP + _ROW * (row + 1) - 11.0 for row in range(len(rows))]
    sheet.lines([((axis.left, floor), (axis.right, floor)) for floor in floors], "rule")
    for floor, (one, combination) in zip(floors, rows, strict=True):
        _draw_names(sheet, floor, one, combination, words)
    sheet.marks([(axis.at(made.combined), floor + 5) for floor, (_, made) in zip(floors, rows, strict=True)], *_MADE)
    for trimmed in (False, True):
        places = [
            place
            for floor, (_, combination) in zip(floors, rows, strict=True)
            for use, place in _stack_dots(axis, floor, combination)
            if use.trimmed is trimmed
        ]
        if places:
            sheet.dots(places, _DOT, "paper" if trimmed else "own", "own" if trimmed else "")
    return Chart(
        svg=sheet.svg(),
        alt=join_sentences(*(_describe_marks(one, combination, words) for one, combination in rows)),
        title=words("chart.marks.title", count=len(rows), evaluators=max(len(made.marks) for _, made in rows)),
    )


def _given_marks(combination: Combination) -> list[MarkUse]:
    return [use for use in combination.marks if use.value is not None and not use.excluded]


def _marks_axis(rows: Iterable[tuple[IndicatorScore, Combination]]) -> Axis:
    values: list[Fraction] = []
    for one, combination in rows:
        values += [use.value for use in _given_marks(combination) if use.value is not None]
        if isinstance(one.indicator.scale, Marks):
            values += [one.indicator.scale.zero_at, one.indicator.scale.full_at]
    return Axis(low=min(values), high=max(values), left=_LEFT, right=_RIGHT)


def _draw_marks_key(sheet: Canvas, axis: Axis, words: Words) -> None:
    sheet.dots([(6, 10)], _DOT, "own")
    sheet.text(18, 10, words("chart.marks.mark"), size=SMALL, room=_LEFT - 30)
    sheet.dots([(6, 30)], _DOT, "paper", "own")
    sheet.text(18, 30, words("chart.marks.trimmed"), size=SMALL, room=_LEFT - 30)
    sheet.marks([(_LEFT + 6, 10)], *_MADE)
    sheet.text(_LEFT + 18, 10, words("chart.marks.combined"), colour="good", size=SMALL, room=WIDTH - _LEFT - 18)
    sheet.text(axis.left, 48, figures.format_number(axis.low), "center", "muted", SMALL)
    sheet.text(axis.right, 48, figures.format_number(axis.high), "center", "muted", SMALL)


def _draw_names(sheet: Canvas, floor: float, one: IndicatorScore, combination: Combination, words: Words) -> None:
    middle = floor - 6
    sheet.text(0, middle, figures.sanitise_text(one.indicator.id), colour="muted", size=SMALL, room=40)
    sheet.text(44, middle, format_name(one.indicator.name, words), room=_LEFT - 64)
    sheet.text(
        _VALUES, middle, figures.format_number(combination.combined), colour="good", bold=True, room=WIDTH - _VALUES
    )


def _stack_dots(axis: Axis, floor: float, combination: Combination) -> Iterator[tuple[MarkUse, tuple[float, float]]]:
    """Yield each mark with its place: equal ones in a heap whose middle is their place."""
    given = _given_marks(combination)
    heaps = Counter(use.value for use in given)
    placed: Counter[Fraction | None] = Counter()
    for use in sorted(given, key=lambda use: use.trimmed):
        if use.value is None:
            continue
        broad = -(-heaps[use.value] // _HEAP_HEIGHT)
        up, across = divmod(placed[use.value], broad)
        x = axis.at(use.value) + (across - (broad - 1) / 2) * _DOT
        yield use, (x, floor - _DOT / 2 - 1 - up * _DOT)
        placed[use.value] += 1


def _describe_marks(one: IndicatorScore, combination: Combination, words: Words) -> str:
    given = _given_marks(combination)
    counted = sorted(use.value for use in given if use.value is not None and not use.trimmed)
    trimmed = sorted(use.value for use in given if use.value is not None and use.trimmed)
    return words(
        "chart.marks.alt_trimmed" if trimmed else "chart.marks.alt_item",
        name=one.indicator.name,
        marks=[figures.format_number(mark) for mark in counted],
        combined=combination.combined,
        **({"trimmed": [figures.format_number(mark) for mark in trimmed]} if trimmed else {}),
    )


# --- Values with their intervals, one under the other, against a line that means nothing or full agreement.

_INTERVALS_ROW, _INTERVALS_TOP = 26, 30


@dataclass(frozen=True, kw_only=True, slots=True)
class Interval:
    """One row: a value, its interval if it has one, and whether the interval leaves zero out."""

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
    label_room: float = 150.0,
) -> Chart | None:
    """Return a dot with a bar for each row, or None without rows; a filled dot is an interval that leaves zero out.

    ``grid`` are the values of the upright lines, zero among them darker; ``ends`` are words at both ends of the axis.
    """
    if not rows:
        return None
    found = [value for row in rows for value in (row.value, row.low, row.high) if value is not None]
    axis = Axis(low=min([*found, *grid]), high=max([*found, *grid]), left=label_room, right=WIDTH - 90)
    top = _INTERVALS_TOP + (18 if ends else 0)
    sheet = Canvas(top + _INTERVALS_ROW * len(rows) + 8)
    if ends:
        sheet.text(axis.left, 9, f"← {ends[0]}", "left", "muted", SMALL)
        sheet.text(axis.right, 9, f"{ends[1]} →", "right", "muted", SMALL)
    for value in grid:
        x = axis.at(value)
        sheet.line(
            [(x, top - 4), (x, top + _INTERVALS_ROW * len(rows))],
            "muted" if value == 0 else "rule",
            1.5 if value == 0 else 1,
        )
        sheet.text(x, top - 14, figures.format_number(value), "center", "muted", SMALL)
    for place, row in enumerate(rows):
        _draw_interval(sheet, axis, top + _INTERVALS_ROW * place + _INTERVALS_ROW / 2, row)
    return Chart(svg=sheet.svg(), alt=alt, title=title)


def _draw_interval(sheet: Canvas, axis: Axis, y: float, row: Interval) -> None:
    sheet.text(0, y, row.label, room=axis.left - 10)
    if row.low is not None and row.high is not None:
        sheet.line([(axis.at(row.low), y), (axis.at(row.high), y)], "own", 2.5)
        for end in (row.low, row.high):
            sheet.line([(axis.at(end), y - 5), (axis.at(end), y + 5)], "own", 1.5)
    sheet.marks([(axis.at(row.value), y)], "dot", 10, "own" if row.clear else "paper", "own")
    sheet.text(WIDTH, y, figures.format_rounded(row.value, 2), "right", bold=row.clear)
