"""What all charts share: a canvas drawn with matplotlib and written as plain SVG inside a page.

Text stays text, colours are names of the page's palette, and nothing has an id.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from html import escape
from typing import Any, Literal, cast

from matplotlib import rcParams
from matplotlib.artist import Artist
from matplotlib.backend_bases import GraphicsContextBase, RendererBase
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Affine2D, Transform

from smartcert.errors import ReportError
from smartcert.model.citation import Text as ChartText
from smartcert.model.evaluation import Bound, LevelResult, Scorecard
from smartcert.reporting import formats as figures
from smartcert.reporting import typeface
from smartcert.reporting.catalogue import Words
from smartcert.reporting.palette import LIGHT_COLOURS, css_colour
from smartcert.reporting.records import Record

_COLOUR_NAMES = {value: name for name, value in LIGHT_COLOURS.items()}
_PATH_COMMANDS = {Path.MOVETO: "M", Path.LINETO: "L", Path.CURVE3: "Q", Path.CURVE4: "C", Path.CLOSEPOLY: "Z"}
_ANCHORS = {"left": "start", "center": "middle", "right": "end"}
_ASCENT, _DESCENT = 0.82, 0.12
"""How far a Hangul syllable reaches above and below the baseline, in em."""
TEXT_MIDDLE = (_ASCENT - _DESCENT) / 2
"""How far its middle is above the baseline, in em; figures and capitals share it."""
_BLEED = 4
"""How far the background reaches beyond the canvas, in points: text at its edge stays on it, however it is rounded."""
RC_PARAMS: Any = {
    "axes.autolimit_mode": "data",
    "figure.autolayout": False,
    "figure.constrained_layout.use": False,
    "figure.dpi": 72,
    "lines.scale_dashes": True,
    "patch.force_edgecolor": False,
    "path.effects": [],
    "path.sketch": None,
    "text.parse_math": False,
    "text.usetex": False,
}
"""The settings of matplotlib that a chart relies on, whatever a style or another notebook has set before."""


class PageRenderer(RendererBase):
    """Writes paths, markers and horizontal text as SVG elements with presentation attributes; one unit is one point."""

    def __init__(self, width: float, height: float) -> None:
        super().__init__()
        self.width, self.height = width, height
        self._paths: list[str] = []
        self._texts: list[str] = []
        self._flip = Affine2D().scale(1, -1).translate(0, height)

    @property
    def elements(self) -> list[str]:
        """All that was drawn: shapes in their order, and text above all of them."""
        return self._paths + self._texts

    def draw_path(
        self,
        gc: GraphicsContextBase,
        path: Path,
        transform: Transform,
        rgbFace: Any = None,  # noqa: N803  # the name that matplotlib gives
    ) -> None:
        """Write one path, filled if a face colour is given, stroked if the line has a width."""
        self._write(_path_commands(path, transform + self._flip), gc, rgbFace, ground=True)

    def draw_markers(
        self,
        gc: GraphicsContextBase,
        marker_path: Path,
        marker_trans: Transform,
        path: Path,
        trans: Transform,
        rgbFace: Any = None,  # noqa: N803  # the name that matplotlib gives
    ) -> None:
        """Write all markers of a line as one path."""
        places = (trans + self._flip).transform(path.vertices)
        flat = Affine2D().scale(1, -1)
        shapes = (_path_commands(marker_path, marker_trans + flat + Affine2D().translate(x, y)) for x, y in places)
        self._write("".join(shapes), gc, rgbFace)

    def draw_text(
        self,
        gc: GraphicsContextBase,
        x: float,
        y: float,
        s: str,
        prop: FontProperties,
        angle: float,
        ismath: Any = False,
        mtext: Text | None = None,
    ) -> None:
        """Write one line of text, anchored where it is aligned so that another font does not shift it.

        Raises:
            ReportError: the text is rotated or set as mathematics, which no chart needs.
        """
        if angle or ismath:
            raise ReportError(f"a chart can show only plain horizontal text, not {s!r}")
        anchor = "start"
        if mtext is not None:
            anchor = _ANCHORS[str(mtext.get_horizontalalignment())]
            x = mtext.get_transform().transform(mtext.get_unitless_position())[0]
        weight = ' font-weight="700"' if _font_weight(prop) == typeface.BOLD else ""
        size = _format_number(prop.get_size_in_points())
        anchored = "" if anchor == "start" else f' text-anchor="{anchor}"'
        colour = _colour_name(gc.get_rgb())
        self._texts.append(
            f'<text class="{colour}" x="{_format_number(x)}" y="{_format_number(y)}"'
            f' font-size="{size}"{weight}{anchored} fill="{css_colour(colour)}">{escape(s)}</text>'
        )

    def get_text_width_height_descent(
        self,
        s: str,
        prop: FontProperties,
        ismath: Any,  # noqa: ARG002  # the interface
    ) -> tuple[float, float, float]:
        """Return the size of a line of text in the page's typeface; no font of the machine is asked."""
        size = prop.get_size_in_points()
        return typeface.measure_text(s, size, _font_weight(prop)), (_ASCENT + _DESCENT) * size, _DESCENT * size

    def get_canvas_width_height(self) -> tuple[float, float]:
        """Return the size of the drawing in points."""
        return self.width, self.height

    def flipy(self) -> bool:
        """Return True: y grows downwards, as in SVG."""
        return True

    def _write(self, commands: str, gc: GraphicsContextBase, face: Any, ground: bool = False) -> None:
        """Write a path if it is visible; a ``ground``, on which text may stand, has its colour as a class."""
        name = "" if face is None or (len(face) == 4 and face[3] == 0) else _colour_name(face)
        stroke = _stroke_attributes(gc)
        if commands and (stroke or name):
            kind = f' class="{name}"' if name and ground else ""
            fill = css_colour(name) if name else "none"
            self._paths.append(f'<path{kind} d="{commands}" fill="{fill}"{stroke}/>')


@contextmanager
def apply_settings() -> Iterator[None]:
    """Let matplotlib draw with `RC_PARAMS`; its own ``rc_context`` copies every setting, as slow as a small chart."""
    before = {name: rcParams[name] for name in RC_PARAMS}
    rcParams.update(RC_PARAMS)
    try:
        yield
    finally:
        rcParams.update(before)


def render_figure(figure: Figure) -> str:
    """Return the figure as an ``svg`` element that fills the width it is given in the page.

    It is hidden from assistive technology: the figure around it carries the text alternative.
    """
    width, height = (figure.get_size_inches() * 72).tolist()
    renderer = PageRenderer(width, height)
    with apply_settings():
        figure.draw(renderer)
    size = f"{_format_number(width)} {_format_number(height)}"
    head = f'<svg class="chart" viewBox="0 0 {size}" width="100%" aria-hidden="true" focusable="false">'
    edges = f"M-{_BLEED} -{_BLEED}H{_format_number(width + _BLEED)}V{_format_number(height + _BLEED)}H-{_BLEED}Z"
    sheet = f'<path class="paper" d="{edges}" fill="{css_colour("paper")}"/>'
    return head + sheet + "".join(renderer.elements) + "</svg>"


def _path_commands(path: Path, transform: Transform) -> str:
    parts = []
    for points, code in path.iter_segments(transform, simplify=False, curves=True):
        numbers = "" if code == Path.CLOSEPOLY else " ".join(map(_format_number, cast("Iterable[float]", points)))
        parts.append(_PATH_COMMANDS[code] + numbers)
    return "".join(parts)


def _stroke_attributes(gc: GraphicsContextBase) -> str:
    width = gc.get_linewidth()
    colour = gc.get_rgb()
    if not width or colour[3] == 0:
        return ""
    dashes: Any  # typed loosely by matplotlib: lengths on and off
    offset, dashes = gc.get_dashes()
    dashed = f' stroke-dasharray="{" ".join(_format_number(value) for value in dashes)}"' if dashes is not None else ""
    shifted = f' stroke-dashoffset="{_format_number(offset)}"' if dashed and offset else ""
    ends = ' stroke-linecap="round"' if gc.get_capstyle() == "round" else ""
    return f' stroke="{_css_colour(colour)}" stroke-width="{_format_number(width)}"{ends}{dashed}{shifted}'


def _css_colour(rgb: Any) -> str:
    return css_colour(_colour_name(rgb))


def _colour_name(rgb: Any) -> str:
    return _palette_name(*rgb[:3])


@lru_cache(maxsize=64)
def _palette_name(red: float, green: float, blue: float) -> str:
    colour = to_hex((red, green, blue))
    name = _COLOUR_NAMES.get(colour)
    if name is None:
        raise ReportError(f"a chart uses the colour {colour}, which is not in the palette")
    return name


def _font_weight(prop: FontProperties) -> int:
    weight = prop.get_weight()
    return typeface.BOLD if weight in ("bold", typeface.BOLD) else typeface.REGULAR


def _format_number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if value else "0"


Align = Literal["left", "center", "right"]
WIDTH = 720.0
NARROW_WIDTH = 340.0
"""How wide a chart is that is drawn for the screen of a telephone."""
"""The width of every chart in points: that of the text of the page, so that text has the same size in both."""
SIZE, SMALL = 13.0, 11.5
"""Sizes of text in points."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Axis:
    """Values from ``low`` to ``high`` lie between ``left`` and ``right`` on the canvas."""

    low: Fraction
    high: Fraction
    left: float
    right: float

    def at(self, value: Fraction) -> float:
        """Return where a value lies, ``left`` if low equals high; only here an exact number becomes a float."""
        span = self.high - self.low
        return self.left + float((value - self.low) / span) * (self.right - self.left) if span else self.left


Shape = Literal["up", "down", "diamond", "dot"]
_MARKERS: dict[Shape, str] = {"up": "^", "down": "v", "diamond": "D"}


class _TextLine(Text):
    """One line of text, drawn at its position without a layout.

    matplotlib's layout is for rotated and multi-line text; it takes a third of the time of a chart and needs the fonts
    of the machine.
    """

    def draw(self, renderer: RendererBase) -> None:
        """Pass the text to the renderer with its baseline at its position."""
        x, up = self.get_transform().transform(self.get_unitless_position())
        _, height = renderer.get_canvas_width_height()
        gc = renderer.new_gc()
        gc.set_foreground(self.get_color())
        renderer.draw_text(gc, x, height - up, self.get_text(), self.get_fontproperties(), 0, ismath=False, mtext=self)


class Canvas:
    """A drawing of ``width`` times ``height`` points; ``y`` grows downwards, colours are names of the palette.

    Artists are added to the figure without axes, of which a chart needs only the arithmetic of `Axis`. Text is plain:
    no character in it is a command. Everything is drawn in the order of the calls, text above all shapes.
    """

    def __init__(self, height: float, width: float = WIDTH) -> None:
        self.height, self.width = height, width
        with apply_settings():
            self._figure = Figure(figsize=(width / 72, height / 72), dpi=72, frameon=False)
        self._place = Affine2D().scale(1, -1).translate(0, height)

    def bar(self, x: float, y: float, width: float, height: float, fill: str = "", edge: str = "") -> None:
        """Draw a rectangle with its top left corner at ``x, y``; an edge lies inside it."""
        inset = 0.5 if edge else 0.0
        self._put(
            Rectangle(
                (x + inset, y + inset),
                max(width - 2 * inset, 0),
                height - 2 * inset,
                facecolor=LIGHT_COLOURS[fill] if fill else "none",
                edgecolor=LIGHT_COLOURS[edge] if edge else "none",
                linewidth=1.0 if edge else 0.0,
                linestyle="solid",
            )
        )

    def line(
        self, points: Sequence[tuple[float, float]], colour: str, width: float = 1.0, dashed: bool = False
    ) -> None:
        """Draw a line through the points."""
        style = {"facecolor": "none", "edgecolor": LIGHT_COLOURS[colour], "linewidth": width, "capstyle": "butt"}
        if not dashed:
            self._put(PathPatch(Path(points), **style, linestyle="solid"))
            return
        with apply_settings():
            self._put(PathPatch(Path(points), **style, linestyle=(0, (4, 3))))

    def lines(
        self, ends: Sequence[tuple[tuple[float, float], tuple[float, float]]], colour: str, width: float = 1.0
    ) -> None:
        """Draw a straight line between each two ends; all of them become one element."""
        path = Path([end for two in ends for end in two], [Path.MOVETO, Path.LINETO] * len(ends))
        self._put(
            PathPatch(
                path,
                facecolor="none",
                edgecolor=LIGHT_COLOURS[colour],
                linewidth=width,
                capstyle="butt",
                linestyle="solid",
            )
        )

    def tick(self, x: float, top: float, bottom: float, colour: str) -> None:
        """Draw a vertical line with a margin of paper, so that it is seen on a bar of any colour."""
        self.line([(x, top), (x, bottom)], "paper", 5)
        self.line([(x, top), (x, bottom)], colour, 2.5)

    def marks(
        self, points: Sequence[tuple[float, float]], shape: Shape, size: float, fill: str, edge: str = ""
    ) -> None:
        """Draw a mark of one shape at each of the points; all of them become one element."""
        if shape == "dot":
            self.dots(points, size, fill, edge)
            return
        across, down = zip(*points, strict=True)
        marks = Line2D(across, down, linestyle="none", marker=_MARKERS[shape], markersize=size, fillstyle="full")
        marks.set(
            markerfacecolor=LIGHT_COLOURS[fill],
            markeredgecolor=LIGHT_COLOURS[edge or fill],
            markeredgewidth=1.5 if edge else 0.0,
        )
        self._put(marks)

    def dots(self, points: Sequence[tuple[float, float]], size: float, fill: str, edge: str = "") -> None:
        """Draw a dot of diameter ``size``, edge included, at each of the points, if any; a thousand take 15 kB."""
        if not points:
            return
        if edge and edge != fill:
            self.dots(points, size, edge)
            size -= min(3.0, size / 2)
        twice = [point for point in points for _ in range(2)]  # a line of no length has round ends and nothing else
        path = Path(twice, [Path.MOVETO, Path.LINETO] * len(points))
        self._put(PathPatch(path, facecolor="none", edgecolor=LIGHT_COLOURS[fill], linewidth=size, capstyle="round"))

    def text(
        self,
        x: float,
        y: float,
        text: str,
        align: Align = "left",
        colour: str = "ink",
        size: float = SIZE,
        bold: bool = False,
        max_width: float = WIDTH,
        ground: str = "",
    ) -> None:
        """Draw one line of text with its middle at the height ``y``; what is wider than ``max_width`` is cut off.

        A ``ground`` is the colour of a bar under the text, which must be aligned left.
        """
        weight = typeface.BOLD if bold else typeface.REGULAR
        shown = typeface.shorten_to_width(" ".join(text.split()), size, max_width, weight)
        if not shown:
            return
        if ground:
            self.bar(x - 1, y - 0.6 * size, typeface.measure_text(shown, size, weight) + 2, 1.2 * size, ground)
        self._put(
            _TextLine(
                x,
                y + TEXT_MIDDLE * size,
                shown,
                color=LIGHT_COLOURS[colour],
                fontsize=size,
                fontweight=weight,
                horizontalalignment=align,
                verticalalignment="baseline",
            )
        )

    def text_within(
        self, x: float, y: float, text: str, colour: str = "ink", size: float = SIZE, bold: bool = False
    ) -> None:
        """Draw a line of text centred at ``x``, shifted as far as it takes to stay on the canvas."""
        half = typeface.measure_text(text, size, typeface.BOLD if bold else typeface.REGULAR) / 2
        self.text(min(max(x, half), self.width - half), y, text, "center", colour, size, bold)

    def svg(self) -> str:
        """Return what was drawn as an ``svg`` element."""
        return render_figure(self._figure)

    def _put(self, artist: Artist) -> None:
        artist.set_transform(self._place)
        artist.set_zorder(0)  # matplotlib would draw all lines after all bars, and all text after these
        self._figure.add_artist(artist)


@dataclass(frozen=True, kw_only=True, slots=True)
class Chart:
    """One chart: an ``svg`` element, its text alternative, and the title that says what it shows.

    ``narrow`` is the same drawn for a telephone; where it is empty the chart scrolls there.
    """

    svg: str
    alt: str
    title: str
    narrow: str = ""


def join_sentences(*sentences: str) -> str:
    """Return the text alternative of a chart from its sentences."""
    return " ".join(sentences)


def find_certified_bound(result: LevelResult) -> Bound:
    """Return the bound from which on a level is certified: the lowest certified one.

    Raises:
        ReportError: no level is certified.
    """
    certified = [bound for bound in result.bounds if bound.certified]
    if not certified:
        raise ReportError("no level of these rules is certified")
    return min(certified, key=lambda bound: bound.points)


def require_evaluated(record: Record) -> tuple[Scorecard, LevelResult]:
    """Return the points and the level of an evaluated application.

    Raises:
        ReportError: the application was not evaluated.
    """
    card, result = record.evaluation.scorecard, record.evaluation.level
    if card is None or result is None:
        raise ReportError(f"'{record.evaluation.id}' was not evaluated: there are no points to draw")
    return card, result


def format_name(name: ChartText, words: Words) -> str:
    """Return a name in the language of the words as one line, without control characters."""
    return figures.sanitise_text(name.of(words.language))
