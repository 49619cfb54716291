"""A sheet on which matplotlib draws one chart: points from the top left corner, colours by their palette names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from matplotlib.artist import Artist
from matplotlib.backend_bases import RendererBase
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Affine2D

from smartcert.reporting import typeface
from smartcert.reporting.charts import svg
from smartcert.reporting.palette import LIGHT

Align = Literal["left", "center", "right"]
WIDTH = 720.0
"""How wide every chart is: the measure of the page, so that text in charts is as large as around them."""
SIZE, SMALL = 13.0, 11.5
"""Sizes of type."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Axis:
    """Values from ``low`` to ``high`` lie between ``left`` and ``right`` on the sheet."""

    low: Fraction
    high: Fraction
    left: float
    right: float

    def at(self, value: Fraction) -> float:
        """Return where a value lies; this is the one place where an exact number becomes a float."""
        span = self.high - self.low
        return self.left + float((value - self.low) / span) * (self.right - self.left) if span else self.left


Shape = Literal["up", "down", "diamond", "dot"]
_MARKERS: dict[Shape, str] = {"up": "^", "down": "v", "diamond": "D"}


class _Line(Text):
    """One line of text that is put where it is said to be.

    matplotlib's layout is for turned and multi-line text; it takes a third of the time of a chart, and asks the fonts
    of the machine.
    """

    def draw(self, renderer: RendererBase) -> None:
        """Hand the text to the renderer, its baseline at its place."""
        x, up = self.get_transform().transform(self.get_unitless_position())
        _, height = renderer.get_canvas_width_height()
        gc = renderer.new_gc()
        gc.set_foreground(self.get_color())
        renderer.draw_text(gc, x, height - up, self.get_text(), self.get_fontproperties(), 0, ismath=False, mtext=self)


class Sheet:
    """Artists are put straight onto the figure, without axes: what a chart needs of these are two lines of arithmetic.

    ``y`` grows downwards. Text is plain: no sign in it is a command. Everything is drawn in the order it is put.
    """

    def __init__(self, height: float) -> None:
        self.height = height
        with svg.settings():
            self._figure = Figure(figsize=(WIDTH / 72, height / 72), dpi=72, frameon=False)
        self._place = Affine2D().scale(1, -1).translate(0, height)

    def bar(self, x: float, y: float, width: float, height: float, fill: str = "", edge: str = "") -> None:
        """Put a rectangle with its top left corner at ``x, y``; an edge lies inside it."""
        inset = 0.5 if edge else 0.0
        self._put(
            Rectangle(
                (x + inset, y + inset),
                max(width - 2 * inset, 0),
                height - 2 * inset,
                facecolor=LIGHT[fill] if fill else "none",
                edgecolor=LIGHT[edge] if edge else "none",
                linewidth=1.0 if edge else 0.0,
                linestyle="solid",
            )
        )

    def line(
        self, points: Sequence[tuple[float, float]], colour: str, width: float = 1.0, dashed: bool = False
    ) -> None:
        """Put a line through the points."""
        style = {"facecolor": "none", "edgecolor": LIGHT[colour], "linewidth": width, "capstyle": "butt"}
        if not dashed:
            self._put(PathPatch(Path(points), **style, linestyle="solid"))
            return
        with svg.settings():
            self._put(PathPatch(Path(points), **style, linestyle=(0, (4, 3))))

    def lines(
        self, ends: Sequence[tuple[tuple[float, float], tuple[float, float]]], colour: str, width: float = 1.0
    ) -> None:
        """Put a straight line between each two ends; all of them become one element."""
        path = Path([end for two in ends for end in two], [Path.MOVETO, Path.LINETO] * len(ends))
        self._put(
            PathPatch(
                path, facecolor="none", edgecolor=LIGHT[colour], linewidth=width, capstyle="butt", linestyle="solid"
            )
        )

    def tick(self, x: float, top: float, bottom: float, colour: str) -> None:
        """Put an upright line with a margin of paper, so that it is seen on a bar of any colour."""
        self.line([(x, top), (x, bottom)], "paper", 5)
        self.line([(x, top), (x, bottom)], colour, 2.5)

    def marks(
        self, points: Sequence[tuple[float, float]], shape: Shape, size: float, fill: str, edge: str = ""
    ) -> None:
        """Put a mark of one shape at each of the points; all of them become one element."""
        if shape == "dot":
            self.dots(points, size, fill, edge)
            return
        across, down = zip(*points, strict=True)
        marks = Line2D(across, down, linestyle="none", marker=_MARKERS[shape], markersize=size, fillstyle="full")
        marks.set(
            markerfacecolor=LIGHT[fill], markeredgecolor=LIGHT[edge or fill], markeredgewidth=1.5 if edge else 0.0
        )
        self._put(marks)

    def dots(self, points: Sequence[tuple[float, float]], size: float, fill: str, edge: str = "") -> None:
        """Put a dot at each of the points, ``size`` across with its edge. A thousand of them take 15 kB."""
        if edge and edge != fill:
            self.dots(points, size, edge)
            size -= min(3.0, size / 2)
        twice = [point for point in points for _ in range(2)]  # a line of no length has round ends and nothing else
        path = Path(twice, [Path.MOVETO, Path.LINETO] * len(points))
        self._put(PathPatch(path, facecolor="none", edgecolor=LIGHT[fill], linewidth=size, capstyle="round"))

    def text(
        self,
        x: float,
        y: float,
        text: str,
        align: Align = "left",
        colour: str = "ink",
        size: float = SIZE,
        bold: bool = False,
        room: float = WIDTH,
        ground: str = "",
    ) -> None:
        """Put one line of text with its middle at the height ``y``; what does not fit into ``room`` is cut off.

        A ``ground`` covers what was drawn before under text that is aligned left.
        """
        weight = typeface.BOLD if bold else typeface.REGULAR
        shown = typeface.fit(" ".join(text.split()), size, room, weight)
        if not shown:
            return
        if ground:
            self.bar(x - 1, y - 0.6 * size, typeface.width(shown, size, weight) + 2, 1.2 * size, ground)
        self._put(
            _Line(
                x,
                y + svg.MIDDLE * size,
                shown,
                color=LIGHT[colour],
                fontsize=size,
                fontweight=weight,
                horizontalalignment=align,
                verticalalignment="baseline",
            )
        )

    def inside(
        self, x: float, y: float, text: str, colour: str = "ink", size: float = SIZE, bold: bool = False
    ) -> None:
        """Put a line of text centred at ``x``, moved aside as far as it takes to stay on the sheet."""
        half = typeface.width(text, size, typeface.BOLD if bold else typeface.REGULAR) / 2
        self.text(min(max(x, half), WIDTH - half), y, text, "center", colour, size, bold)

    def svg(self) -> str:
        """Return what was drawn as an ``svg`` element."""
        return svg.render(self._figure)

    def _put(self, artist: Artist) -> None:
        artist.set_transform(self._place)
        artist.set_zorder(0)  # matplotlib would draw all lines after all bars, and all text after these
        self._figure.add_artist(artist)
