"""The total of every evaluated applicant against the bounds of the levels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from smartcert.model.applicant import SizeType
from smartcert.model.citation import Text
from smartcert.model.level import Bound, LevelResult
from smartcert.reporting.charts.chart import Chart, name_of, told
from smartcert.reporting.charts.sheet import SMALL, WIDTH, Axis, Sheet
from smartcert.reporting.digits import total
from smartcert.reporting.figures import Amount
from smartcert.reporting.record import RoundRecord
from smartcert.reporting.steps import size_key
from smartcert.reporting.words import Words

_MOST_NAMED = 40
"""Up to so many applicants each has a row with its name; more of them become a heap of dots without names."""
_ROW, _TOP, _HEAP = 22, 44, 120
_LEFT, _RIGHT = 214.0, 630.0


@dataclass(frozen=True, kw_only=True, slots=True)
class _Total:
    id: str
    name: Text
    size: SizeType | None
    points: Fraction
    shown: Amount
    certified: bool


def totals_strip_chart(record: RoundRecord, words: Words) -> Chart | None:
    """Return a dot for every evaluated applicant by size type, or None where nothing was evaluated.

    A filled dot is a level that is certified. The axis does not begin at zero.
    """
    results = [one.level for one in record.evaluations if one.level is not None]
    totals = _totals(record)
    if not results or not totals:
        return None
    axis = _axis(totals, results[0])
    named = len(totals) <= _MOST_NAMED
    groups = [(size, [one for one in totals if one.size is size]) for size in (*SizeType, None)]
    groups = [(size, ones) for size, ones in groups if ones]
    heights = [_ROW * (len(ones) + 1) if named else _HEAP + _ROW for _, ones in groups]
    sheet = Sheet(_TOP + sum(heights) + 8)
    _bounds(sheet, axis, results[0].bounds, words)
    top: float = _TOP
    for (size, ones), height in zip(groups, heights, strict=True):
        sheet.text(0, top + 10, words(size_key(size)), bold=True)
        if named:
            _rows(sheet, axis, top + _ROW, ones, words)
        else:
            _heap(sheet, axis, top + height - 6, ones)
        top += height
    return Chart(
        svg=sheet.svg(),
        alt=told(
            *(sentence for size, ones in groups for sentence in _told(size, ones, named, words)),
            words(
                "chart.strip.alt",
                bounds=[words("chart.strip.bound", level=one.level, points=one.points) for one in results[0].bounds],
            ),
        ),
        title=words("chart.strip.title", count=len(totals)),
    )


def _totals(record: RoundRecord) -> list[_Total]:
    found = [
        _Total(
            id=one.id,
            name=one.applicant.name,
            size=one.size_type,
            points=one.scorecard.points,
            shown=total(one.scorecard, one.scorecard.points),
            certified=one.certified,
        )
        for one in record.evaluations
        if one.scorecard is not None and one.level is not None
    ]
    return sorted(found, key=lambda one: (-one.points, one.id))


def _axis(totals: Sequence[_Total], result: LevelResult) -> Axis:
    values = [*(one.points for one in totals), *(bound.points for bound in result.bounds)]
    low, high = min(values), max(values)
    room = (high - low) / 16
    return Axis(low=low - room, high=high + room, left=_LEFT, right=_RIGHT)


def _bounds(sheet: Sheet, axis: Axis, bounds: Sequence[Bound], words: Words) -> None:
    sheet.dots([(6, 10)], 9, "own")
    sheet.text(18, 10, words("chart.strip.certified"), size=SMALL)
    sheet.dots([(6, 28)], 9, "paper", "own")
    sheet.text(18, 28, words("chart.strip.not_certified"), size=SMALL)
    worst = max((bound.level for bound in bounds if bound.certified), default=0)
    for row, bound in enumerate(bounds):
        x, colour = axis.at(bound.points), "good" if bound.level == worst else "muted"
        y = 10 + 18 * (row % 2)  # neighbours take turns, so that they do not touch
        sheet.line([(x, y + 10), (x, sheet.height - 4)], colour, 1.5, dashed=bound.level != worst)
        label = words("chart.strip.bound", level=bound.level, points=bound.points)
        sheet.inside(x, y, label, colour, SMALL, bold=bound.level == worst)


def _rows(sheet: Sheet, axis: Axis, top: float, ones: Sequence[_Total], words: Words) -> None:
    for row, one in enumerate(ones):
        y = top + _ROW * row + 10
        sheet.line([(_LEFT, y), (_RIGHT, y)], "rule", 0.75)
        sheet.text(12, y, name_of(one.name, words), room=_LEFT - 24)
        sheet.text(WIDTH, y, words("chart.amount", points=one.shown), "right", bold=one.certified)
    for certified in (True, False):
        places = [
            (axis.at(one.points), top + _ROW * n + 10) for n, one in enumerate(ones) if one.certified is certified
        ]
        if places:
            sheet.dots(places, 10, "own" if certified else "paper", "own")


def _heap(sheet: Sheet, axis: Axis, floor: float, ones: Sequence[_Total]) -> None:
    """Heap up the dots over their place, as large as the highest heap allows."""
    size = 9.0
    while size > 1 and max(Counter(_column(axis, one, size) for one in ones).values()) * size > _HEAP - 12:
        size *= 0.9
    heaps: Counter[int] = Counter()
    places: dict[bool, list[tuple[float, float]]] = {True: [], False: []}
    for one in ones:
        column = _column(axis, one, size)
        heaps[column] += 1
        places[one.certified].append((_LEFT + (column + 0.5) * size, floor - (heaps[column] - 0.5) * size))
    sheet.line([(_LEFT, floor), (_RIGHT, floor)], "muted")
    for certified, dots in places.items():
        if dots:
            sheet.dots(dots, size * 0.9, "own" if certified else "paper", "own")


def _column(axis: Axis, one: _Total, size: float) -> int:
    return int((axis.at(one.points) - _LEFT) / size)


def _told(size: SizeType | None, ones: Sequence[_Total], named: bool, words: Words) -> list[str]:
    if named:
        return [words("chart.strip.alt_item", name=one.name, points=one.shown) for one in ones]
    return [
        words(
            "chart.strip.alt_many",
            size_type=words(size_key(size)),
            count=len(ones),
            lowest=ones[-1].shown,
            highest=ones[0].shown,
        )
    ]
