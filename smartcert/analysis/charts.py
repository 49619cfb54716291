"""How is a result drawn in a page: as a chart like those of the reports, which needs no matplotlib.

It follows the page into dark mode and onto a telephone, its letters are text, and it takes a twentieth of the time. For
a figure to change, `Result.plot` gives one of matplotlib, of the same rows with the same names.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from smartcert.analysis.drawings import (
    Bars,
    Drawing,
    Drawn,
    Intervals,
    Moves,
    PairMatrix,
    Points,
    describe_drawing,
    find_title,
    format_figure,
    label_column,
    name_rows,
    select_rows,
)
from smartcert.lazy_dataclass import dataclass
from smartcert.reporting import typeface
from smartcert.reporting.catalogue import load_catalogue
from smartcert.reporting.charts.svg import SMALL, WIDTH, Canvas, Chart, Rows, overlap
from smartcert.reporting.formats import Language
from smartcert.reporting.notebook_style import build_notebook_style
from smartcert.reporting.page import PageSection, template_environment

_NAMES, _VALUES = 268.0, 62.0
"""Points on a wide canvas for the names of rows, and beside the axis for the figures."""
_ROW, _BAR, _GAP = 22.0, 14.0, 6.0
"""Heights in points: of a row, of a bar where a row has several, and between such rows."""
_KEY_ROW = 18.0
_FILLS = ("own", "peer", "good", "warn")
_STEPS = (1, 2, 5, 10)
"""The distances of ticks are these times a power of ten."""
_DOT, _CIRCLE = 9.0, 8.0
_SQUARE = 420.0
"""The height of a wide canvas with points."""
_MOST_PAIR_NAME = 150.0
_SIZES = 12
"""The dots of a square of pairs have so many sizes; those of one size are one element."""


def draw_result(result: Drawn, language: Language, names: Mapping[str, str] | pd.Series[str] | None = None) -> Chart:
    """Return a result as a chart of a page; without a row to draw its text says so, and so does the chart.

    ``names`` are shown in place of the ids of rows.
    """
    drawing = result.drawn.drawing
    rows = select_rows(result.drawn.table, drawing)
    shown = dict(names) if names is not None else {}
    alt = describe_drawing(rows, drawing, language, shown)
    painters = [_Painter(rows, drawing, language, shown, narrow=narrow) for narrow in (False, True)]
    svg, narrow = (painter.draw() for painter in painters)
    return Chart(svg=svg, alt=alt, title=find_title(rows, language), narrow=narrow)


def show_result(
    result: Drawn, language: Language, names: Mapping[str, str] | pd.Series[str] | None = None
) -> PageSection:
    """Return the chart of `draw_result` as what a notebook shows and an exported page contains."""
    chart = draw_result(result, language, names)
    figure = str(template_environment().get_template("macros.html.j2").make_module().figure(chart))  # type: ignore[attr-defined]  # a macro
    html = f'<div class="smartcert" lang="{language}">{figure}</div>'
    return PageSection(title=chart.title, html=html, style=build_notebook_style(html))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Scale:
    """Numbers from ``low`` to ``high`` lie between ``left`` and ``right``; on an axis that goes up, right is above."""

    low: float
    high: float
    left: float
    right: float

    @classmethod
    def around(cls, values: Sequence[float], left: float, right: float) -> _Scale:
        """Return the scale on which all finite values lie; one of no length has a unit of room on each side."""
        finite = [value for value in values if math.isfinite(value)] or [0.0]
        low, high = min(finite), max(finite)
        if low == high:
            low, high = (min(low, 0.0), max(high, 0.0)) if low else (0.0, 1.0)
        return cls(low=low, high=high, left=left, right=right)

    def widen(self) -> _Scale:
        margin = (self.high - self.low) * 0.04
        return replace(self, low=self.low - margin, high=self.high + margin)

    def at(self, value: float) -> float:
        return self.left + (value - self.low) / (self.high - self.low) * (self.right - self.left)

    def list_ticks(self, most: int) -> list[float]:
        """Return round numbers within the scale, at most so many."""
        rough = (self.high - self.low) / most
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(factor * power for factor in _STEPS if factor * power >= rough * (1 - 1e-9))
        first = math.ceil(self.low / step - 1e-9)
        count = math.floor(self.high / step + 1e-9) - first + 1
        return [round((first + number) * step, 12) for number in range(count)]


class _Painter:
    def __init__(
        self, rows: pd.DataFrame, drawing: Drawing, language: Language, names: Mapping[str, str], *, narrow: bool
    ) -> None:
        self.rows, self.drawing, self.language, self.narrow = rows, drawing, language, narrow
        self.names = name_rows(rows, language, names) if not isinstance(drawing, PairMatrix | Points) else []
        self.layout = Rows(left=_NAMES, right=WIDTH, values=WIDTH, narrow=narrow)
        self.left = 0.0 if narrow else _NAMES
        self.canvas = Canvas(0, self.layout.width)
        self.width = self.layout.width
        self._bottom = 0.0

    def draw(self) -> str:
        if not len(self.rows):
            self.canvas.text(0, 14, self._word("plot.nothing"), colour="muted")
            self.canvas.height = 28
            return self.canvas.svg()
        match self.drawing:
            case Bars():
                bottom = self._draw_bars(self.drawing.columns)
            case Intervals():
                bottom = self._draw_intervals(self.drawing)
            case Moves():
                bottom = self._draw_moves(self.drawing)
            case PairMatrix():
                bottom = self._draw_pairs(self.drawing)
            case Points():
                bottom = self._draw_points(self.drawing)
        self.canvas.height = bottom
        return self.canvas.svg()

    def _word(self, key: str) -> str:
        return str(load_catalogue(self.language, "columns")[key])

    def _label(self, column: str) -> str:
        return label_column(self.rows, column, self.language)

    def _numbers(self, column: str) -> list[float]:
        return [float(value) for value in self.rows[column].to_numpy(dtype=np.float64, na_value=np.nan)]

    def _draw_key(self, entries: Sequence[tuple[str, str, str]]) -> float:
        """Draw what each colour means, as (label, fill, edge), a line each; return where the key ends."""
        for number, (label, fill, edge) in enumerate(entries):
            y = 10 + _KEY_ROW * number
            self.canvas.dots([(6, y)], _CIRCLE, fill, edge)
            self.canvas.text(18, y, label, size=SMALL, max_width=self.width - 18)
        return _KEY_ROW * len(entries) + 4

    def _draw_label(self, column: str) -> float:
        """Draw what the axis shows; return where the label ends."""
        return self.canvas.lines_of_text(0, 10, self._label(column), self.width, "muted", SMALL) + 6

    def _draw_axis(self, scale: _Scale, top: float) -> float:
        """Draw the numbers of an axis above its rows; return where they end."""
        for tick in scale.list_ticks(4 if self.narrow else 6):
            self.canvas.text_within(scale.at(tick), top + 8, format_figure(tick), "muted", SMALL)
        return top + 18

    def _walk_rows(self, top: float, height: float, values: Sequence[str]) -> Iterator[tuple[int, float, float]]:
        """Draw the name of each row and its figure where there is one; give its number, its top and its bottom."""
        for number, name in enumerate(self.names):
            own = self.layout.fit_height(name, height)
            start = self.layout.draw_names(self.canvas, top, own / 2, name, values[number] if self.narrow else "")
            yield number, start, start + own
            top = start + own + (_GAP if self.narrow else 0)
        self._bottom = top

    def _draw_bars(self, columns: Sequence[str]) -> float:
        several = len(columns) > 1
        fills = [_FILLS[number % len(_FILLS)] for number in range(len(columns))]
        if several:
            top = self._draw_key([(self._label(name), fill, "") for name, fill in zip(columns, fills, strict=True)])
        else:
            top = self._draw_label(columns[0])
        numbers = [self._numbers(column) for column in columns]
        values = [0.0, *(value for column in numbers for value in column)]
        scale = _Scale.around(values, self.left, self.width - _VALUES)
        if scale.low < 0:
            scale = replace(scale, left=self.left + _VALUES)
        zero = scale.at(0.0)
        height = _ROW if not several else _BAR * len(columns) + _GAP
        for row, start, end in self._walk_rows(top, height, [""] * len(self.names)):
            for number, (column, fill) in enumerate(zip(numbers, fills, strict=True)):
                middle = (start + end) / 2 + (number - (len(columns) - 1) / 2) * _BAR
                value, text = column[row], format_figure(column[row])
                reach = scale.at(value) if math.isfinite(value) else zero
                if reach != zero:
                    self.canvas.bar(min(zero, reach), middle - 5.5, abs(reach - zero), 11, fill)
                if reach < zero:
                    self.canvas.text(reach - 5, middle, text, "right", size=SMALL)
                else:
                    self.canvas.text(reach + 5, middle, text, size=SMALL)
            self.canvas.line([(zero, start + 1), (zero, end - 1)], "muted")
        return self._bottom + 4

    def _draw_lines(self, scale: _Scale, lines: Sequence[float], start: float, end: float) -> None:
        for line in lines:
            if scale.low <= line <= scale.high:
                self.canvas.line([(scale.at(line), start), (scale.at(line), end)], "muted", dashed=True)

    def _span(self, values: Sequence[float], top: float) -> tuple[_Scale, float]:
        """Return the scale of rows with dots, and where the rows begin below its numbers."""
        ends = (8.0, self.width - 8) if self.narrow else (self.left + 8, self.width - _VALUES)
        scale = _Scale.around(values, *ends)
        return scale, self._draw_axis(scale, top)

    def _draw_intervals(self, drawing: Intervals) -> float:
        value, low, high = (self._numbers(column) for column in (drawing.value, drawing.low, drawing.high))
        scale, top = self._span([*value, *low, *high], self._draw_label(drawing.value))
        texts = [format_figure(number) for number in value]
        dots = []
        for row, start, end in self._walk_rows(top, _ROW, texts):
            middle = (start + end) / 2
            self.canvas.line([(scale.left, middle), (scale.right, middle)], "rule", 0.75)
            self._draw_lines(scale, drawing.lines, start, end)
            if math.isfinite(low[row]) and math.isfinite(high[row]):
                self.canvas.line([(scale.at(low[row]), middle), (scale.at(high[row]), middle)], "own", 3)
            if math.isfinite(value[row]):
                dots.append((scale.at(value[row]), middle))
            if not self.narrow:
                self.canvas.text(WIDTH, middle, texts[row], "right", size=SMALL)
        self.canvas.dots(dots, _DOT, "own", "paper")
        return self._bottom + 4

    def _draw_moves(self, drawing: Moves) -> float:
        before, after = self._numbers(drawing.before), self._numbers(drawing.after)
        key = [(self._label(drawing.before), "paper", "muted"), (self._label(drawing.after), "own", "")]
        scale, top = self._span([*before, *after], self._draw_key(key))
        texts = [" → ".join(map(format_figure, numbers)) for numbers in zip(before, after, strict=True)]
        hollow, full = [], []
        for row, start, end in self._walk_rows(top, _ROW, texts):
            middle = (start + end) / 2
            self.canvas.line([(scale.left, middle), (scale.right, middle)], "rule", 0.75)
            self._draw_lines(scale, drawing.lines, start, end)
            places = [scale.at(value) for value in (before[row], after[row]) if math.isfinite(value)]
            if len(places) > 1:
                self.canvas.line([(place, middle) for place in places], "muted", 2.5)
            hollow += [(scale.at(before[row]), middle)] if math.isfinite(before[row]) else []
            full += [(scale.at(after[row]), middle)] if math.isfinite(after[row]) else []
        self.canvas.dots(hollow, _DOT, "paper", "muted")
        self.canvas.dots(full, _CIRCLE, "own")
        return self._bottom + 4

    def _draw_pairs(self, drawing: PairMatrix) -> float:
        """Draw a dot per pair below the diagonal, which has the names: a row and the column of a name meet there.

        Where the rows are lower than letters, only every so many of them are named.
        """
        top = self._draw_key([(self._word("plot.positive"), "own", ""), (self._word("plot.negative"), "peer", "")])
        first, second = (list(map(str, self.rows[column])) for column in (drawing.first, drawing.second))
        names = list(dict.fromkeys([*first, *second]))
        place = {name: number for number, name in enumerate(names)}
        widest = max(typeface.measure_text(name, SMALL) for name in names) + 8
        room = min(widest, _MOST_PAIR_NAME if not self.narrow else self.width / 3)
        cell = min((self.width - room) / len(names), 22.0)
        named = math.ceil(1.2 * SMALL / cell)
        dots: dict[tuple[str, int], list[tuple[float, float]]] = {}
        for *pair, value in zip(first, second, self._numbers(drawing.value), strict=True):
            column, row = sorted(place[name] for name in pair)
            weight = round(math.sqrt(min(abs(value), 1.0)) * _SIZES) if math.isfinite(value) else 0
            if weight:
                at = ((column + 0.5) * cell, top + (row + 0.5) * cell)
                dots.setdefault(("own" if value > 0 else "peer", weight), []).append(at)
        for (fill, weight), points in sorted(dots.items()):
            self.canvas.dots(points, cell * 0.95 * weight / _SIZES, fill)
        for number, name in enumerate(names):
            x, y = (number + 0.25) * cell, top + (number + 0.5) * cell
            if number % named == 0:
                self.canvas.text(x, y, name, size=SMALL, max_width=self.width - x)
        return top + cell * len(names) + 6

    def _draw_points(self, drawing: Points) -> float:
        across, up = self._numbers(drawing.across), self._numbers(drawing.up)
        pairs = [
            (str(name), x, y)
            for name, x, y in zip(self.rows.index, across, up, strict=True)
            if math.isfinite(x) and math.isfinite(y)
        ]
        top = self.canvas.lines_of_text(0, 10, f"↑ {self._label(drawing.up)}", self.width, "muted", SMALL) + 8
        bottom = top + (self.width if self.narrow else _SQUARE)
        values = list(zip(*((x, y) for _, x, y in pairs), strict=True)) or [(0.0,), (0.0,)]
        scales = values if not drawing.diagonal else [(0.0, *values[0], *values[1])] * 2
        right = _Scale.around(scales[0], 44.0, self.width - 8).widen()
        above = _Scale.around(scales[1], bottom, top).widen()
        self.canvas.lines([((44, top), (44, bottom)), ((44, bottom), (self.width, bottom))], "muted")
        for tick in right.list_ticks(4 if self.narrow else 7):
            self.canvas.text_within(right.at(tick), bottom + 12, format_figure(tick), "muted", SMALL)
        for tick in above.list_ticks(6):
            self.canvas.text(38, above.at(tick), format_figure(tick), "right", "muted", SMALL)
        if drawing.diagonal:
            ends = max(right.low, above.low), min(right.high, above.high)
            self.canvas.line([(right.at(end), above.at(end)) for end in ends], "rule", 1.5)
        points = [(name, right.at(x), above.at(y)) for name, x, y in pairs]
        self.canvas.dots([(x, y) for _, x, y in points], _CIRCLE, "own", "paper")
        self._name_points(points)
        label = f"→ {self._label(drawing.across)}"
        return self.canvas.lines_of_text(44, bottom + 32, label, self.width - 44, "muted", SMALL) + 4

    def _name_points(self, points: Sequence[tuple[str, float, float]]) -> None:
        """Draw the name of each point beside it, where it touches no other name and no point; else it has none."""
        taken = [(x - 5, y - 5, x + 5, y + 5) for _, x, y in points]
        for name, x, y in points:
            width = typeface.measure_text(name, SMALL)
            for left, middle in ((x + 7, y), (x - 7 - width, y), (x - width / 2, y - 12), (x - width / 2, y + 12)):
                box = (left, middle - 6, left + width, middle + 6)
                free = left >= 46 and box[2] <= self.width and not any(overlap(box, other) for other in taken)
                if free:
                    self.canvas.text(left, middle, name, size=SMALL)
                    taken.append(box)
                    break
