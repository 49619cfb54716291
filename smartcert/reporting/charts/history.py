"""The charts of the public history: every certification on one axis of time, and the regions as tiles."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from fractions import Fraction

from smartcert.model.certification import (
    CertificationKind,
    CertificationLapse,
    CertificationTerm,
    CertificationTimeline,
    PublicHistory,
    PublicHolding,
    Region,
)
from smartcert.reporting import formats as figures
from smartcert.reporting.catalogue import Words, format_level_short, name_region
from smartcert.reporting.charts.svg import SMALL, WIDTH, Axis, Canvas, Chart
from smartcert.reporting.typeface import measure_text

_TERM_ROW, _TERM_TOP, _TERM_BAR = 24, 74, 16
_TIME_LEFT, _TIME_RIGHT = 190.0, 708.0
_MIN_LABEL_WIDTH = 34.0
"""A term whose bar is at most so wide, in points, has no label of its level: it would not fit."""


def draw_timeline_chart(history: PublicHistory, words: Words) -> Chart:
    """Return a row for each local government that was ever certified, pilot included, in the order of the history.

    The line of the day of the page is left out where that day lies before the first or after the last year drawn.
    """
    rows = history.timelines
    canvas = Canvas(_TERM_TOP + _TERM_ROW * len(rows) + 8)
    axis = _time_axis(history)
    _draw_years(canvas, axis)
    _draw_key(canvas, words)
    for number, timeline in enumerate(rows):
        _draw_timeline(canvas, axis, _TERM_TOP + _TERM_ROW * number, timeline, history.day, words)
    x = axis.at(_day_number(history.day))
    if _TIME_LEFT <= x <= _TIME_RIGHT:
        canvas.line([(x, _TERM_TOP - 6), (x, canvas.height - 4)], "good", 2)
        canvas.text_within(x, _TERM_TOP - 34, figures.format_day(history.day, words.language), "good", SMALL, bold=True)
    return Chart(
        svg=canvas.svg(),
        alt=words("history.timeline.alt", items=[_describe_timeline(timeline, words) for timeline in rows]),
        title=words("history.timeline.chart", count=len(rows)),
    )


def _day_number(day: date) -> Fraction:
    return Fraction(day.toordinal())


def _time_axis(history: PublicHistory) -> Axis:
    firsts = [term.first for timeline in history.timelines for term in timeline.terms]
    lasts = [term.last for timeline in history.timelines for term in timeline.terms]
    low, high = min(firsts).year, max(lasts).year + 1
    return Axis(
        low=_day_number(date(low, 1, 1)), high=_day_number(date(high, 1, 1)), left=_TIME_LEFT, right=_TIME_RIGHT
    )


def _draw_years(canvas: Canvas, axis: Axis) -> None:
    for year in range(date.fromordinal(int(axis.low)).year, date.fromordinal(int(axis.high)).year + 1):
        x = axis.at(_day_number(date(year, 1, 1)))
        canvas.line([(x, _TERM_TOP - 6), (x, canvas.height - 4)], "rule", 0.75)
        canvas.text_within(x, _TERM_TOP - 16, str(year), "muted", SMALL)


def _draw_key(canvas: Canvas, words: Words) -> None:
    """Draw the key on top; its entries differ by shape as well as by colour."""
    x = 0.0
    for name, draw in _KEY_SHAPES.items():
        draw(canvas, x)
        text = words(f"history.timeline.key_{name}")
        canvas.text(x + 28, 10, text, size=SMALL)
        x += 28 + measure_text(text, SMALL) + 20


_KEY_SHAPES: Mapping[str, Callable[[Canvas, float], None]] = {
    "in_force": lambda canvas, x: canvas.bar(x, 4, 22, 12, "own"),
    "past": lambda canvas, x: canvas.bar(x, 4, 22, 12, "possible", "muted"),
    "pilot": lambda canvas, x: canvas.bar(x, 4, 22, 12, "", "muted"),
    "lapse": lambda canvas, x: canvas.line([(x, 10), (x + 22, 10)], "warn", 2, dashed=True),
    "renewal": lambda canvas, x: canvas.marks([(x + 11, 10)], "diamond", 8, "ink"),
}


def _draw_timeline(
    canvas: Canvas, axis: Axis, top: float, timeline: CertificationTimeline, day: date, words: Words
) -> None:
    middle = top + _TERM_ROW / 2
    canvas.text(
        0,
        middle,
        words.show(timeline.applicant.full_name, "text"),
        max_width=_TIME_LEFT - 12,
        bold=timeline.holding is PublicHolding.CERTIFIED,
    )
    for lapse in timeline.lapses:
        _draw_lapse(canvas, axis, middle, lapse)
    for term in timeline.terms:
        if term.certification.kind is CertificationKind.PILOT:
            _draw_pilot(canvas, axis, middle, term)
        else:
            _draw_term(canvas, axis, middle, term, term.covers(day), words)


def _draw_lapse(canvas: Canvas, axis: Axis, middle: float, lapse: CertificationLapse) -> None:
    ends = [axis.at(_day_number(lapse.first)), axis.at(_day_number(lapse.last) + 1)]
    canvas.line([(ends[0], middle), (ends[1], middle)], "warn", 2, dashed=True)


def _draw_pilot(canvas: Canvas, axis: Axis, middle: float, term: CertificationTerm) -> None:
    """Draw the pilot as an outline to the earliest last day that a source states, and dashed lines to the latest."""
    lasts: Sequence[date] = sorted(term.last_claims) or (term.last,)
    left, right = axis.at(_day_number(term.first)), axis.at(_day_number(lasts[0]) + 1)
    canvas.bar(left, middle - _TERM_BAR / 2, right - left, _TERM_BAR, "", "muted")
    if len(lasts) > 1:
        end = axis.at(_day_number(lasts[-1]) + 1)
        for y in (middle - _TERM_BAR / 2 + 0.5, middle + _TERM_BAR / 2 - 0.5):
            canvas.line([(right, y), (end, y)], "muted", 1, dashed=True)


def _draw_term(
    canvas: Canvas, axis: Axis, middle: float, term: CertificationTerm, in_force: bool, words: Words
) -> None:
    left, right = axis.at(_day_number(term.first)), axis.at(_day_number(term.last) + 1)
    canvas.bar(
        left,
        middle - _TERM_BAR / 2,
        right - left - 1,
        _TERM_BAR,
        "own" if in_force else "possible",
        "" if in_force else "muted",
    )
    if term.certification.kind is CertificationKind.RENEWAL:
        canvas.marks([(left + 9, middle)], "diamond", 8, "paper" if in_force else "ink")
    label = format_level_short(term.certification, words)
    if label and right - left > _MIN_LABEL_WIDTH:
        canvas.text(
            left + 18, middle, label, "left", "paper" if in_force else "ink", SMALL, max_width=right - left - 20
        )


def _describe_timeline(timeline: CertificationTimeline, words: Words) -> str:
    terms = [
        words(
            "history.timeline.alt_term",
            kind=f"history.kind.{term.certification.kind}",
            first=term.first,
            last=term.last,
        )
        for term in timeline.terms
    ]
    return words("history.timeline.alt_item", name=words.show(timeline.applicant.full_name, "text"), terms=terms)


TILE_CELLS: Mapping[str, tuple[int, int]] = {
    "28": (0, 0), "11": (1, 0), "41": (2, 0), "51": (3, 0),
    "44": (0, 1), "36": (1, 1), "43": (2, 1), "47": (3, 1),
    "45": (0, 2), "30": (1, 2), "27": (2, 2), "31": (3, 2),
    "46": (0, 3), "29": (1, 3), "48": (2, 3), "26": (3, 3),
    "50": (0, 4),
}  # fmt: skip
"""Column and row by the first two digits of the region's code, roughly as the regions lie on a map."""
RENEWED_CODES: Mapping[str, str] = {"42": "51", "52": "45"}
"""Regions that got a new code when they became special self-governing provinces: either code has the same cell."""
_TILE_COLUMNS = 4
_TILE_GAP = 8.0
_TILE_WIDTH = (WIDTH - _TILE_GAP * (_TILE_COLUMNS - 1)) / _TILE_COLUMNS
_TILE_HEIGHT = 84.0


def draw_tiles_chart(history: PublicHistory, words: Words) -> Chart:
    """Return a tile per region: share of residents covered as its fill, counts as text, a dot for its own government.

    A region whose code has no cell of the grid follows below, so that none is left out.
    """
    cells = _assign_cells(history.regions)
    last = max(row for _, row in cells.values())
    canvas = Canvas((_TILE_HEIGHT + _TILE_GAP) * (last + 1))
    for region in history.regions:
        column, row = cells[region.government.code]
        _draw_tile(canvas, column * (_TILE_WIDTH + _TILE_GAP), row * (_TILE_HEIGHT + _TILE_GAP), region, words)
    _draw_tiles_key(canvas, words)
    return Chart(
        svg=canvas.svg(),
        alt=words("history.map.alt", items=[_describe_region(region, words) for region in history.regions]),
        title=words("history.map.chart", day=history.day),
    )


def _assign_cells(regions: tuple[Region, ...]) -> dict[str, tuple[int, int]]:
    cells: dict[str, tuple[int, int]] = {}
    for region in regions:
        prefix = region.government.code[:2]
        cell = TILE_CELLS.get(RENEWED_CODES.get(prefix, prefix))
        if cell is None or cell in cells.values():
            more = sum(row > TILE_CELLS["50"][1] for _, row in cells.values())
            cell = (more % _TILE_COLUMNS, TILE_CELLS["50"][1] + 1 + more // _TILE_COLUMNS)
        cells[region.government.code] = cell
    return cells


def _draw_tile(canvas: Canvas, left: float, top: float, region: Region, words: Words) -> None:
    coverage = region.coverage
    share = coverage.residents / coverage.all_residents if coverage.all_residents else 0.0
    canvas.bar(left, top, _TILE_WIDTH, _TILE_HEIGHT, "panel", "rule")
    if share:
        high = max(3.0, (_TILE_HEIGHT - 2) * share)
        canvas.bar(left + 1, top + _TILE_HEIGHT - 1 - high, _TILE_WIDTH - 2, high, "possible")
    canvas.text(left + 10, top + 18, name_region(region.government, words), bold=True, max_width=_TILE_WIDTH - 44)
    if region.itself is not None:
        fill = "own" if region.itself is PublicHolding.CERTIFIED else "paper"
        canvas.dots([(left + _TILE_WIDTH - 18, top + 18)], 11, fill, "own")
    canvas.text(left + 10, top + 43, _describe_members(region, words), size=SMALL, max_width=_TILE_WIDTH - 16)
    residents = words("history.map.residents", share=figures.format_percent(_resident_share(region), 0))
    canvas.text(left + 10, top + 64, residents, size=SMALL, max_width=_TILE_WIDTH - 16)


def _resident_share(region: Region) -> Fraction:
    coverage = region.coverage
    return Fraction(coverage.residents, coverage.all_residents) if coverage.all_residents else Fraction(0)


def _describe_members(region: Region, words: Words) -> str:
    if not region.coverage.all:
        return words("history.map.no_members")
    return words("history.map.members", certified=region.coverage.certified, all=region.coverage.all)


def _draw_tiles_key(canvas: Canvas, words: Words) -> None:
    """Draw the key into the corner that the sea leaves free."""
    left, top = _TILE_WIDTH + _TILE_GAP + 14, (_TILE_HEIGHT + _TILE_GAP) * TILE_CELLS["50"][1] + 14
    canvas.dots([(left + 8, top)], 11, "own", "own")
    canvas.text(left + 24, top, words("history.map.key_certified"), size=SMALL)
    canvas.dots([(left + 8, top + 26)], 11, "paper", "own")
    canvas.text(left + 24, top + 26, words("history.map.key_expired"), size=SMALL)
    canvas.bar(left, top + 44, 16, 16, "panel", "rule")
    canvas.bar(left + 1, top + 52, 14, 7, "possible")
    canvas.text(left + 24, top + 52, words("history.map.key_share"), size=SMALL)


def _describe_region(region: Region, words: Words) -> str:
    itself = "none" if region.itself is None else "expired"
    if region.itself in (PublicHolding.CERTIFIED, PublicHolding.NOT_KNOWN):
        itself = region.itself.value
    return words(
        f"history.map.alt_{itself}",
        name=name_region(region.government, words),
        members=_describe_members(region, words),
        share=figures.format_percent(_resident_share(region), 0),
    )
