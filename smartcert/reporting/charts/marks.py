"""The marks of the committee, indicator by indicator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from fractions import Fraction

from smartcert.model.indicator import Marks
from smartcert.model.scorecard import Combination, IndicatorScore, MarkUse
from smartcert.reporting import figures
from smartcert.reporting.charts.chart import Chart, evaluated, name_of, told
from smartcert.reporting.charts.sheet import SMALL, WIDTH, Axis, Shape, Sheet
from smartcert.reporting.record import Record
from smartcert.reporting.words import Words

_LEFT, _RIGHT, _VALUES = 320.0, 620.0, 648.0
_ROW, _TOP, _DOT = 40, 58, 7.5
_MADE: tuple[Shape, float, str] = ("up", 9, "good")
_HIGH = 3
"""How many dots of one heap stand one above the other; with more of them the heap grows broader."""


def marks_chart(record: Record, words: Words) -> Chart | None:
    """Return a dot for every mark and what they became, or None where the record has no single marks.

    Equal marks are heaped up over their place; what they became is marked from below. A hollow dot is a mark that
    trimming left out; excluded and absent marks have none. The axis holds the scales of all indicators and every mark.

    Raises:
        ReportError: the application was not evaluated.
    """
    card, _ = evaluated(record)
    rows = [(one, one.combination) for one in card.indicators() if one.combination and _given(one.combination)]
    if not rows:
        return None
    axis = _axis(rows)
    sheet = Sheet(_TOP + _ROW * len(rows) + 4)
    _key(sheet, axis, words)
    floors = [_TOP + _ROW * (row + 1) - 11.0 for row in range(len(rows))]
    sheet.lines([((axis.left, floor), (axis.right, floor)) for floor in floors], "rule")
    for floor, (one, combination) in zip(floors, rows, strict=True):
        _names(sheet, floor, one, combination, words)
    sheet.marks([(axis.at(made.combined), floor + 5) for floor, (_, made) in zip(floors, rows, strict=True)], *_MADE)
    for trimmed in (False, True):
        places = [
            place
            for floor, (_, combination) in zip(floors, rows, strict=True)
            for use, place in _dots(axis, floor, combination)
            if use.trimmed is trimmed
        ]
        if places:
            sheet.dots(places, _DOT, "paper" if trimmed else "own", "own" if trimmed else "")
    return Chart(
        svg=sheet.svg(),
        alt=told(*(_told(one, combination, words) for one, combination in rows)),
        title=words("chart.marks.title", count=len(rows), evaluators=max(len(made.marks) for _, made in rows)),
    )


def _given(combination: Combination) -> list[MarkUse]:
    return [use for use in combination.marks if use.value is not None and not use.excluded]


def _axis(rows: Iterable[tuple[IndicatorScore, Combination]]) -> Axis:
    values: list[Fraction] = []
    for one, combination in rows:
        values += [use.value for use in _given(combination) if use.value is not None]
        if isinstance(one.indicator.scale, Marks):
            values += [one.indicator.scale.zero_at, one.indicator.scale.full_at]
    return Axis(low=min(values), high=max(values), left=_LEFT, right=_RIGHT)


def _key(sheet: Sheet, axis: Axis, words: Words) -> None:
    sheet.dots([(6, 10)], _DOT, "own")
    sheet.text(18, 10, words("chart.marks.mark"), size=SMALL, room=_LEFT - 30)
    sheet.dots([(6, 30)], _DOT, "paper", "own")
    sheet.text(18, 30, words("chart.marks.trimmed"), size=SMALL, room=_LEFT - 30)
    sheet.marks([(_LEFT + 6, 10)], *_MADE)
    sheet.text(_LEFT + 18, 10, words("chart.marks.combined"), colour="good", size=SMALL, room=WIDTH - _LEFT - 18)
    sheet.text(axis.left, 48, figures.number(axis.low), "center", "muted", SMALL)
    sheet.text(axis.right, 48, figures.number(axis.high), "center", "muted", SMALL)


def _names(sheet: Sheet, floor: float, one: IndicatorScore, combination: Combination, words: Words) -> None:
    middle = floor - 6
    sheet.text(0, middle, figures.plain(one.indicator.id), colour="muted", size=SMALL, room=40)
    sheet.text(44, middle, name_of(one.indicator.name, words), room=_LEFT - 64)
    sheet.text(_VALUES, middle, figures.number(combination.combined), colour="good", bold=True, room=WIDTH - _VALUES)


def _dots(axis: Axis, floor: float, combination: Combination) -> Iterator[tuple[MarkUse, tuple[float, float]]]:
    """Yield each mark with its place: equal ones in a heap whose middle is their place."""
    given = _given(combination)
    heaps = Counter(use.value for use in given)
    placed: Counter[Fraction | None] = Counter()
    for use in sorted(given, key=lambda use: use.trimmed):
        if use.value is None:
            continue
        broad = -(-heaps[use.value] // _HIGH)
        up, across = divmod(placed[use.value], broad)
        x = axis.at(use.value) + (across - (broad - 1) / 2) * _DOT
        yield use, (x, floor - _DOT / 2 - 1 - up * _DOT)
        placed[use.value] += 1


def _told(one: IndicatorScore, combination: Combination, words: Words) -> str:
    given = _given(combination)
    counted = sorted(use.value for use in given if use.value is not None and not use.trimmed)
    trimmed = sorted(use.value for use in given if use.value is not None and use.trimmed)
    return words(
        "chart.marks.alt_trimmed" if trimmed else "chart.marks.alt_item",
        name=one.indicator.name,
        marks=[figures.number(mark) for mark in counted],
        combined=combination.combined,
        **({"trimmed": [figures.number(mark) for mark in trimmed]} if trimmed else {}),
    )
