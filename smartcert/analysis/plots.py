"""How is a result drawn with matplotlib? On any axes, with Korean letters, and with no setting of matplotlib moved."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib import font_manager, image
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine, LayoutEngine
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from smartcert.analysis.drawings import (
    Bars,
    Drawing,
    Intervals,
    Moves,
    PairMatrix,
    Points,
    describe_drawing,
    find_title,
    label_column,
    name_rows,
    select_rows,
)
from smartcert.argument_types import check_arguments
from smartcert.reporting import typeface
from smartcert.reporting.catalogue import load_catalogue
from smartcert.reporting.formats import Language
from smartcert.reporting.palette import LIGHT_COLOURS

_WIDTH, _ROW, _MARGIN = 7.5, 0.27, 1.1
"""Inches: the width of a figure, the height of a row, and of title and axis together."""
_PAD = 0.04167
"""Inches between what is drawn and the edge of a figure, as in the constrained layout of matplotlib."""
_FEWEST_LINES = 5
_MOST_LETTERS = 34
_DPI = 144
_SERIES = ("own", "peer", "good", "warn")


class _SideMargins(LayoutEngine):
    """Leaves as much room around the only axes of a figure as their labels take, which are measured once.

    It is what matplotlib's constrained layout comes to for such a figure, which measures every label twice; to any
    other figure, with axes or texts that somebody added, that layout is applied.
    """

    _adjust_compatible = False
    _colorbar_gridspec = False

    def execute(self, fig: Any) -> None:
        if len(fig.axes) != 1 or fig.legends or fig.subfigs or fig.get_suptitle():
            ConstrainedLayoutEngine().execute(fig)
            return
        axes: Axes = fig.axes[0]
        taken, pad = axes.get_tightbbox(), _PAD * fig.dpi
        if taken is None:
            return
        own = axes.get_position(original=True).transformed(fig.transFigure)
        inner, outer = own.get_points(), taken.get_points()
        low, high = inner[0] - outer[0] + pad, outer[1] - inner[1] + pad
        size = np.array([fig.bbox.width, fig.bbox.height])
        if (low + high < size).all():
            axes.set_position(Bbox([low / size, 1 - high / size]))
            axes.set_in_layout(True)  # which a place that is set by hand ends


class ResultFigure(Figure):
    """A figure that a notebook shows by itself, with a text for those who cannot see it."""

    alt: str = ""

    def draw(self, renderer: Any) -> None:
        """Draw the figure; texts that were added to it without a font can be Korean too."""
        with korean_font():
            super().draw(renderer)

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, str], dict[str, dict[str, object]]]:
        out = io.BytesIO()
        canvas: Any = FigureCanvasAgg(self)  # its methods have no types
        resolution = self.dpi
        try:
            self.set_dpi(_DPI)
            canvas.draw()  # `savefig` would draw twice where the layout is constrained: once for its sizes
            image.imsave(out, canvas.buffer_rgba(), format="png", dpi=_DPI, metadata={"Software": ""})
        finally:
            self.set_dpi(resolution)
        width, height = (round(float(inches) * 96) for inches in self.get_size_inches())
        metadata = {"image/png": {"alt": self.alt, "width": width, "height": height}}
        return {"image/png": base64.b64encode(out.getvalue()).decode("ascii"), "text/plain": self.alt}, metadata


@cache
def _list_families() -> list[str]:
    """Return the families to set text in: the package's Korean one, and matplotlib's own for what that lacks."""
    for path in typeface.FONT_FILES.values():
        font_manager.fontManager.addfont(str(path))
    return [typeface.FONT_FAMILY, "DejaVu Sans"]


@contextmanager
def korean_font() -> Iterator[None]:
    """Set new text in a font with Korean letters, for as long as the context lasts."""
    families = _list_families()
    with mpl.rc_context({"font.family": families, "font.sans-serif": families}):
        yield


@check_arguments
def use_korean_font() -> None:
    """Set every text that matplotlib draws from now on, in this notebook or process, in a font with Korean letters.

    The font is the package's own, NanumGothic under another name, so that a chart looks the same on every machine. Call
    it before the figure is made.

    >>> import matplotlib
    >>> import smartcert
    >>> with matplotlib.rc_context():  # in a notebook the one line inside is enough
    ...     smartcert.use_korean_font()
    ...     matplotlib.rcParams["font.family"]
    ['smartcert', 'DejaVu Sans']
    """
    mpl.rcParams["font.family"] = mpl.rcParams["font.sans-serif"] = _list_families()


def draw_table(
    table: pd.DataFrame, drawing: Drawing, ax: Axes | None, language: Language, names: Mapping[str, str]
) -> Figure:
    """Return the figure of a table drawn on ``ax``, or on a new figure; without a row to draw it says so."""
    rows = select_rows(table, drawing)
    with korean_font():
        if ax is None:
            lines = max(_count_lines(rows, drawing), _FEWEST_LINES)
            square = isinstance(drawing, PairMatrix | Points)
            size = (_WIDTH, _WIDTH if square else _MARGIN + _ROW * lines)
            figure: Any = ResultFigure(
                figsize=size, layout="constrained" if isinstance(drawing, PairMatrix) else _SideMargins()
            )
            axes: Axes = figure.subplots()
        else:
            figure, axes = ax.get_figure(root=True), ax
        painter = _Painter(axes, rows, language, names)
        painter.draw(drawing) if len(rows) else painter.draw_nothing()
        if isinstance(figure, ResultFigure):
            figure.alt = describe_drawing(rows, drawing, language, names)
    return figure  # type: ignore[no-any-return]  # either of the two


def _count_lines(rows: pd.DataFrame, drawing: Drawing) -> int:
    """Return how many lines of text the rows are as high as."""
    return round(len(rows) * (len(drawing.columns) + 1) / 2) if isinstance(drawing, Bars) else len(rows)


def _write_plainly(text: str) -> str:
    """Return a text as matplotlib shows it letter by letter: what stands between two dollars is no formula."""
    return text.replace("$", r"\$")


def _shorten(text: str) -> str:
    return text if len(text) <= _MOST_LETTERS else text[: _MOST_LETTERS - 1] + "…"


class _Painter:
    def __init__(self, axes: Axes, rows: pd.DataFrame, language: Language, names: Mapping[str, str]) -> None:
        self.axes, self.rows, self.language = axes, rows, language
        self.names = names
        self.at = np.arange(len(rows))

    def draw_nothing(self) -> None:
        self._set_title()
        self.axes.set_axis_off()
        text = str(load_catalogue(self.language, "columns")["plot.nothing"])
        self.axes.text(0, 0.5, text, transform=self.axes.transAxes)

    def _set_title(self) -> None:
        self.axes.set_title(find_title(self.rows, self.language), loc="left")

    def draw(self, drawing: Drawing) -> None:
        """Draw the rows, and set every text of the axes in a font with Korean letters."""
        axes = self.axes
        self._set_title()
        axes.spines[["top", "right"]].set_visible(False)
        match drawing:
            case Bars():
                self._draw_bars(drawing.columns)
            case Intervals():
                self._draw_intervals(drawing)
            case Moves():
                self._draw_moves(drawing)
            case PairMatrix():
                self._draw_matrix(drawing)
            case Points():
                self._draw_points(drawing)
        families = _list_families()
        axes.tick_params(labelfontfamily=families)
        for text in axes.findobj(Text):
            text.set_fontfamily(families)

    def _numbers(self, column: str) -> Any:
        return self.rows[column].to_numpy(dtype=np.float64, na_value=np.nan)

    def _list_rows(self) -> None:
        names = map(_write_plainly, map(_shorten, name_rows(self.rows, self.language, self.names)))
        self.axes.set_yticks(self.at, list(names))
        self.axes.set_ylim(len(self.rows) - 0.5, -0.5)

    def _draw_lines(self, lines: Sequence[float]) -> None:
        for line in lines:
            self.axes.axvline(line, color=LIGHT_COLOURS["muted"], linewidth=0.8, linestyle="--", zorder=0)

    def _draw_bars(self, columns: Sequence[str]) -> None:
        thick = 0.8 / len(columns)
        for number, column in enumerate(columns):
            offset = (number - (len(columns) - 1) / 2) * thick
            colour = LIGHT_COLOURS[_SERIES[number % len(_SERIES)]]
            label = _write_plainly(label_column(self.rows, column, self.language))
            self.axes.barh(self.at + offset, self._numbers(column), thick * 0.9, color=colour, label=label)
        self._list_rows()
        if len(columns) > 1:
            self.axes.legend(frameon=False, fontsize="small")
        else:
            self.axes.set_xlabel(_write_plainly(label_column(self.rows, columns[0], self.language)))

    def _draw_intervals(self, drawing: Intervals) -> None:
        value, low, high = (self._numbers(column) for column in (drawing.value, drawing.low, drawing.high))
        self._draw_lines(drawing.lines)
        self.axes.hlines(self.at, low, high, color=LIGHT_COLOURS["possible"], linewidth=6)
        self.axes.plot(value, self.at, "o", color=LIGHT_COLOURS["own"], markersize=5)
        self.axes.set_xlabel(label_column(self.rows, drawing.value, self.language))
        self._list_rows()

    def _draw_moves(self, drawing: Moves) -> None:
        before, after = self._numbers(drawing.before), self._numbers(drawing.after)
        self._draw_lines(drawing.lines)
        self.axes.hlines(self.at, before, after, color=LIGHT_COLOURS["rule"], linewidth=2)
        for column, values, colour, fill in (
            (drawing.before, before, "muted", "none"),
            (drawing.after, after, "own", "full"),
        ):
            label = _write_plainly(label_column(self.rows, column, self.language))
            self.axes.plot(values, self.at, "o", color=LIGHT_COLOURS[colour], fillstyle=fill, markersize=5, label=label)
        self._list_rows()
        self.axes.legend(frameon=False, fontsize="small")

    def _draw_matrix(self, drawing: PairMatrix) -> None:
        names = list(dict.fromkeys([*self.rows[drawing.first], *self.rows[drawing.second]]))
        place = {name: number for number, name in enumerate(names)}
        square = np.full((len(names), len(names)), np.nan)
        for row in self.rows.to_dict("records"):
            i, j = place[row[drawing.first]], place[row[drawing.second]]
            square[i, j] = square[j, i] = row[drawing.value]
        image = self.axes.imshow(square, vmin=-1, vmax=1, cmap="RdBu")
        size = "small" if len(names) <= 20 else 5
        texts = [_write_plainly(str(name)) for name in names]
        self.axes.set_xticks(range(len(names)), texts, rotation=90, fontsize=size)
        self.axes.set_yticks(range(len(names)), texts, fontsize=size)
        bar = self.axes.figure.colorbar(image, ax=self.axes, shrink=0.7)
        bar.set_label(label_column(self.rows, drawing.value, self.language))
        bar.ax.tick_params(labelfontfamily=_list_families())

    def _draw_points(self, drawing: Points) -> None:
        across, up = self._numbers(drawing.across), self._numbers(drawing.up)
        if drawing.diagonal:
            most = float(np.nanmax([across, up]))
            self.axes.plot([0, most], [0, most], color=LIGHT_COLOURS["rule"], linewidth=1, zorder=0)
        self.axes.plot(across, up, "o", color=LIGHT_COLOURS["own"], markersize=5)
        for name, x, y in zip(self.rows.index, across, up, strict=True):
            self.axes.annotate(
                _write_plainly(str(name)),
                (x, y),
                xytext=(4, 3),
                textcoords="offset points",
                fontsize=7,
                color=LIGHT_COLOURS["muted"],
            )
        self.axes.set_xlabel(label_column(self.rows, drawing.across, self.language))
        self.axes.set_ylabel(label_column(self.rows, drawing.up, self.language))
