"""The charts of the public history: every certification on one axis of time, and the regions as tiles."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from math import ceil

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
from smartcert.reporting.catalogue import FieldValue, Words, format_level_short, name_region
from smartcert.reporting.charts.svg import NARROW_WIDTH, SMALL, WIDTH, Axis, Canvas, Chart, Rows
from smartcert.reporting.typeface import BOLD, measure_text

_TERM_ROW, _TERM_BAR = 24, 16
_NAME_ROW = 22
"""How much a row of a narrow chart is higher: the name stands above the bar."""
_KEY_ROW = 22
_TIME_LEFT, _TIME_RIGHT = 190.0, 708.0
_MIN_LABEL_WIDTH = 34.0
"""A term whose bar is at most so wide, in points, has no label of its level: it would not fit."""
_MIN_YEAR_WIDTH = 38.0
"""Years that are closer to each other than this, in points, are not all written: every second, or fewer."""


def draw_timeline_chart(history: PublicHistory, words: Words) -> Chart:
    """Return a row for each local government that was ever certified, pilot included, in the order of the history.

    The line of the day of the page is left out where that day lies before the first or after the last year drawn.
    """
    return Chart(
        svg=_draw_timelines(history, words, narrow=False),
        narrow=_draw_timelines(history, words, narrow=True),
        alt=words(
            "history.timeline.alt", items=[_describe_timeline(timeline, words) for timeline in history.timelines]
        ),
        title=words("history.timeline.chart", count=len(history.timelines)),
    )


def _draw_timelines(history: PublicHistory, words: Words, *, narrow: bool) -> str:
    layout = Rows(left=_TIME_LEFT, right=_TIME_RIGHT, values=WIDTH, narrow=narrow)
    entries = _lay_out_key(words, layout.width)
    top = max(y for _, _, _, y in entries) + 64.0
    row_height = _TERM_ROW + (_NAME_ROW if narrow else 0)
    canvas = Canvas(top + row_height * len(history.timelines) + 8, layout.width)
    axis = _time_axis(history, layout)
    for draw, text, x, y in entries:
        draw(canvas, x, y)
        canvas.text(x + _KEY_SHAPE_WIDTH, y, text, size=SMALL)
    day = axis.at(_day_number(history.day))
    shows_day = axis.left <= day <= axis.right
    if shows_day:
        label = figures.format_day(history.day, words.language)
        canvas.text_within(day, top - 34, label, "good", SMALL, bold=True)
    _draw_years(canvas, axis, top)
    for number, timeline in enumerate(history.timelines):
        name = words.show(timeline.applicant.full_name, "text")
        row_top, bold = top + row_height * number, timeline.holding is PublicHolding.CERTIFIED
        if narrow:
            canvas.text(0, row_top + 11, name, bold=bold, max_width=NARROW_WIDTH, ground="paper")
        else:
            canvas.text(0, row_top + _TERM_ROW / 2, name, bold=bold, max_width=_TIME_LEFT - 12)
        _draw_terms(canvas, axis, row_top + row_height - _TERM_ROW / 2, timeline, history.day, words)
    if shows_day:
        canvas.line([(day, top - 6), (day, canvas.height - 4)], "good", 2)
    return canvas.svg()


def _day_number(day: date) -> Fraction:
    return Fraction(day.toordinal())


def _time_axis(history: PublicHistory, layout: Rows) -> Axis:
    firsts = [term.first for timeline in history.timelines for term in timeline.terms]
    lasts = [term.last for timeline in history.timelines for term in timeline.terms]
    low, high = min(firsts).year, max(lasts).year + 1
    return layout.build_axis(_day_number(date(low, 1, 1)), _day_number(date(high, 1, 1)))


def _draw_years(canvas: Canvas, axis: Axis, top: float) -> None:
    years = range(date.fromordinal(int(axis.low)).year, date.fromordinal(int(axis.high)).year + 1)
    apart = (axis.right - axis.left) / max(len(years) - 1, 1)
    step = ceil(_MIN_YEAR_WIDTH / apart)
    for year in years:
        x = axis.at(_day_number(date(year, 1, 1)))
        canvas.line([(x, top - 6), (x, canvas.height - 4)], "rule", 0.75)
        if (year - years[0]) % step == 0:
            canvas.text_within(x, top - 16, str(year), "muted", SMALL)


_KEY_SHAPE_WIDTH = 28.0


def _lay_out_key(words: Words, width: float) -> list[tuple[Callable[[Canvas, float, float], None], str, float, float]]:
    """Return shape, text and place of each entry of the key, in as many lines as the width needs.

    The entries differ by shape as well as by colour.
    """
    entries = []
    x, y = 0.0, 10.0
    for name, draw in _KEY_SHAPES.items():
        text = words(f"history.timeline.key_{name}")
        entry_width = _KEY_SHAPE_WIDTH + measure_text(text, SMALL)
        if x and x + entry_width > width:
            x, y = 0.0, y + _KEY_ROW
        entries.append((draw, text, x, y))
        x += entry_width + 20
    return entries


_KEY_SHAPES: Mapping[str, Callable[[Canvas, float, float], None]] = {
    "in_force": lambda canvas, x, y: canvas.bar(x, y - 6, 22, 12, "own"),
    "past": lambda canvas, x, y: canvas.bar(x, y - 6, 22, 12, "possible", "muted"),
    "pilot": lambda canvas, x, y: canvas.bar(x, y - 6, 22, 12, "", "muted"),
    "lapse": lambda canvas, x, y: canvas.line([(x, y), (x + 22, y)], "warn", 2, dashed=True),
    "renewal": lambda canvas, x, y: canvas.marks([(x + 11, y)], "diamond", 8, "ink"),
}


def _draw_terms(
    canvas: Canvas, axis: Axis, middle: float, timeline: CertificationTimeline, day: date, words: Words
) -> None:
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
    """Return what the row of a local government shows: its terms and the gaps between them, by their first days."""
    parts = [(term.first, _describe_term(term, words)) for term in timeline.terms]
    parts += [
        (lapse.first, words("history.timeline.alt_gap", first=lapse.first, last=lapse.last))
        for lapse in timeline.lapses
    ]
    name = words.show(timeline.applicant.full_name, "text")
    return words("history.timeline.alt_item", name=name, terms=[text for _, text in sorted(parts)])


def _describe_term(term: CertificationTerm, words: Words) -> str:
    lasts = sorted(term.last_claims) or [term.last]
    fields: dict[str, FieldValue] = {"kind": f"history.kind.{term.certification.kind}", "first": term.first}
    if len(lasts) > 1:
        fields["earliest"] = lasts[0]
    if level := format_level_short(term.certification, words):
        fields["level"] = level
    return words("history.timeline.alt_term", last=lasts[-1], **fields)


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
_TILE_HEIGHT = 84.0


def draw_tiles_chart(history: PublicHistory, words: Words) -> Chart:
    """Return a tile per region: share of residents covered as its fill, counts as text, a dot for its own government.

    A region whose code has no cell of the grid follows below, so that none is left out. On a narrow chart a tile has
    the figures alone, and the key says what they are.
    """
    return Chart(
        svg=_draw_tiles(history, words, narrow=False),
        narrow=_draw_tiles(history, words, narrow=True),
        alt=words("history.map.alt", items=[_describe_region(region, words) for region in history.regions]),
        title=words("history.map.chart", day=history.day),
    )


def _draw_tiles(history: PublicHistory, words: Words, *, narrow: bool) -> str:
    cells = _assign_cells(history.regions)
    last = max(row for _, row in cells.values())
    width, gap = (NARROW_WIDTH, _TILE_GAP / 2) if narrow else (WIDTH, _TILE_GAP)
    tile_width = (width - gap * (_TILE_COLUMNS - 1)) / _TILE_COLUMNS
    bottom = (_TILE_HEIGHT + gap) * (last + 1)
    key = _draw_narrow_key(Canvas(0, width), bottom + 12, words) if narrow else bottom
    canvas = Canvas(key, width)
    for region in history.regions:
        column, row = cells[region.government.code]
        left, top = column * (tile_width + gap), row * (_TILE_HEIGHT + gap)
        _draw_tile(canvas, left, top, tile_width, region)
        (_write_narrow_tile if narrow else _write_tile)(canvas, left, top, tile_width, region, words)
    if narrow:
        _draw_narrow_key(canvas, bottom + 12, words)
    else:
        _draw_tiles_key(canvas, tile_width, words)
    return canvas.svg()


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


def _draw_tile(canvas: Canvas, left: float, top: float, width: float, region: Region) -> None:
    share = _resident_share(region)
    canvas.bar(left, top, width, _TILE_HEIGHT, "panel", "rule")
    if share:
        high = max(3.0, (_TILE_HEIGHT - 2) * float(share))
        canvas.bar(left + 1, top + _TILE_HEIGHT - 1 - high, width - 2, high, "possible")


def _write_tile(canvas: Canvas, left: float, top: float, width: float, region: Region, words: Words) -> None:
    canvas.text(left + 10, top + 18, name_region(region.government, words), bold=True, max_width=width - 44)
    _draw_own_dot(canvas, left + width - 18, top + 18, region)
    canvas.text(left + 10, top + 43, _describe_members(region, words), size=SMALL, max_width=width - 16)
    canvas.text(left + 10, top + 64, _describe_residents(region, words), size=SMALL, max_width=width - 16)


def _write_narrow_tile(canvas: Canvas, left: float, top: float, width: float, region: Region, words: Words) -> None:
    name, room = name_region(region.government, words), width - 8
    if measure_text(name, SMALL, BOLD) > room:
        name = name.replace("-", "- ")  # so that a line ends after the hyphen
    canvas.lines_of_text(left + 5, top + 13, name, room, size=SMALL, bold=True, most=2)
    _draw_own_dot(canvas, left + width - 11, top + 68, region)
    if region.coverage.all:
        canvas.text(left + 5, top + 50, f"{region.coverage.certified}/{region.coverage.all}", size=SMALL)
    share = _resident_share(region)
    canvas.text(left + 5, top + 68, "—" if share is None else figures.format_percent(share, 0), size=SMALL)


def _draw_own_dot(canvas: Canvas, x: float, y: float, region: Region) -> None:
    if region.itself is not None:
        canvas.dots([(x, y)], 11, "own" if region.itself is PublicHolding.CERTIFIED else "paper", "own")


def _resident_share(region: Region) -> Fraction | None:
    """Return the share of residents in certified local governments; None where no residents are known."""
    coverage = region.coverage
    return Fraction(coverage.residents, coverage.all_residents) if coverage.all_residents else None


def _describe_residents(region: Region, words: Words) -> str:
    share = _resident_share(region)
    if share is None:
        return words("history.map.residents")
    return words("history.map.residents", share=figures.format_percent(share, 0))


def _describe_members(region: Region, words: Words) -> str:
    if not region.coverage.all:
        return words("history.map.no_members")
    return words("history.map.members", certified=region.coverage.certified, all=region.coverage.all)


def _draw_tiles_key(canvas: Canvas, tile_width: float, words: Words) -> None:
    """Draw the key into the corner that the sea leaves free."""
    left, top = tile_width + _TILE_GAP + 14, (_TILE_HEIGHT + _TILE_GAP) * TILE_CELLS["50"][1] + 14
    for number, (name, draw) in enumerate(_TILE_KEY_SHAPES.items()):
        draw(canvas, left, top + 26 * number)
        canvas.text(left + 24, top + 26 * number, words(f"history.map.key_{name}"), size=SMALL)


def _draw_narrow_key(canvas: Canvas, top: float, words: Words) -> float:
    """Draw the key below the tiles of a narrow chart, with what the figures of a tile are; return where it ends."""
    for name, draw in _TILE_KEY_SHAPES.items():
        draw(canvas, 0, top)
        top = canvas.lines_of_text(24, top, words(f"history.map.key_{name}"), canvas.width - 24, size=SMALL) + 14
    return canvas.lines_of_text(0, top, words("history.map.key_figures"), canvas.width, size=SMALL) + 4


def _draw_share_shape(canvas: Canvas, left: float, middle: float) -> None:
    canvas.bar(left, middle - 8, 16, 16, "panel", "rule")
    canvas.bar(left + 1, middle, 14, 7, "possible")


_TILE_KEY_SHAPES: Mapping[str, Callable[[Canvas, float, float], None]] = {
    "certified": lambda canvas, left, middle: canvas.dots([(left + 8, middle)], 11, "own", "own"),
    "expired": lambda canvas, left, middle: canvas.dots([(left + 8, middle)], 11, "paper", "own"),
    "share": _draw_share_shape,
}


def _describe_region(region: Region, words: Words) -> str:
    itself = "none" if region.itself is None else "expired"
    if region.itself in (PublicHolding.CERTIFIED, PublicHolding.NOT_KNOWN):
        itself = region.itself.value
    return words(
        f"history.map.alt_{itself}",
        name=name_region(region.government, words),
        members=_describe_members(region, words),
        residents=_describe_residents(region, words),
    )
