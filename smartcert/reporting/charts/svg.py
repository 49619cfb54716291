"""What all charts share: a canvas that is written as plain SVG inside a page.

Text stays text, colours are names of the page's palette, and nothing has an id.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import lru_cache
from html import escape
from itertools import zip_longest
from typing import Literal

from smartcert.errors import ReportError
from smartcert.lazy_dataclass import dataclass
from smartcert.model.citation import Text as ChartText
from smartcert.model.evaluation import Bound, LevelResult, Scorecard
from smartcert.reporting import formats as figures
from smartcert.reporting import typeface
from smartcert.reporting.catalogue import Words
from smartcert.reporting.palette import css_colour
from smartcert.reporting.records import Record

_ANCHORS = {"left": "start", "center": "middle", "right": "end"}
_STYLE = ("class", "fill", "font-size", "font-weight", "text-anchor")
"""The attributes of a text, as far as the chart's group of texts does not have the same."""
_COMMANDS = "?"
"""What stands for the commands of a path in its attributes."""
_ASCENT, _DESCENT = 0.82, 0.12
"""How far a Hangul syllable reaches above and below the baseline, in em."""
TEXT_MIDDLE = (_ASCENT - _DESCENT) / 2
"""How far its middle is above the baseline, in em; figures and capitals share it."""
_BLEED = 4
"""How far the background reaches beyond the canvas, in points: text at its edge stays on it, however it is rounded."""
_DASHES = (4, 3)
"""How long the dashes of a line are and what lies between them, in widths of the line."""
_HALF_DIAGONAL = 0.5**0.5
"""How far the corners of a square with sides of 1 are from its middle."""


@lru_cache(maxsize=16_384)
def _format_number(value: float) -> str:
    """Return a length in points to a tenth: a chart is shown about as large as it is drawn."""
    # cached: the same lengths come again within a chart and in the charts of others
    text = f"{value:.1f}"
    if text[-1] != "0":
        return text
    return "0" if text == "-0.0" else text[:-2]


@lru_cache(maxsize=4096)
def _format_step(before: str, after: str) -> str:
    """Return how far it is from one length to another, both of `_format_number`: exact, in tenths."""
    return _format_number((round(float(after) * 10) - round(float(before) * 10)) / 10)


def _format_points(points: Iterable[tuple[float, float]]) -> str:
    """Return the commands of a path through some points: where it begins, and the steps from each to the next."""
    commands = last_x = last_y = ""
    for across, down in points:
        x, y = _format_number(across), _format_number(down)
        if not commands:
            commands = f"M{x} {y}"
        elif y == last_y:
            commands += f"h{_format_step(last_x, x)}"
        elif x == last_x:
            commands += f"v{_format_step(last_y, y)}"
        else:
            commands += f"l{_format_step(last_x, x)} {_format_step(last_y, y)}"
        last_x, last_y = x, y
    return commands


@lru_cache(maxsize=256)
def _format_stroke(colour: str, width: float) -> str:
    """Return the attributes of a line; SVG takes one without a width to be 1 wide."""
    return f' stroke="{css_colour(colour)}"' + (f' stroke-width="{_format_number(width)}"' if width != 1 else "")


@lru_cache(maxsize=256)
def _list_style(colour: str, size: float, weight: int, align: Align) -> tuple[str, ...]:
    """Return the values of `_STYLE` for a text."""
    return colour, css_colour(colour), _format_number(size), str(weight), _ANCHORS[align]


@lru_cache(maxsize=1024)
def _format_style(style: tuple[str, ...], shared: tuple[str, ...]) -> str:
    """Return the attributes of a text in which its style is another than the one shared; without one, all of them."""
    pairs = zip_longest(style, shared)
    return "".join(f'{name}="{own}" ' for name, (own, other) in zip(_STYLE, pairs, strict=True) if own != other)


@lru_cache(maxsize=4096)
def _shorten_text(text: str, size: float, width: float, weight: int) -> tuple[str, str]:
    """Return what is shown of a text on one line no wider than ``width``, and that as SVG has it."""
    shown = typeface.shorten_to_width(" ".join(text.split()), size, width, weight)
    return shown, escape(shown)


def _measure_extent(points: Sequence[tuple[float, float]], margin: float) -> Extent:
    """Return the box around points, larger by a margin on each side."""
    across, down = [x for x, _ in points], [y for _, y in points]
    return min(across) - margin, min(down) - margin, max(across) + margin, max(down) + margin


def overlap(one: Extent, other: Extent) -> bool:
    """Return whether two boxes share more than an edge."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


Extent = tuple[float, float, float, float]
"""A box as its left, top, right and bottom."""


@dataclass(kw_only=True)
class _Path:
    """Shapes of one style: their commands, and the box around each."""

    attributes: str
    commands: str
    extents: list[Extent]

    def covers(self, extent: Extent) -> bool:
        """Return whether some shape of it may lie over, or under, what is drawn in a box."""
        left, top, right, bottom = extent
        return any(own[0] < right and left < own[2] and own[1] < bottom and top < own[3] for own in self.extents)


_MOST_PATHS_BACK = 30
"""How many paths back one of the same style is looked for: a few rows of a chart."""

Align = Literal["left", "center", "right"]
WIDTH = 720.0
"""The width of every chart in points: that of the text of the page, so that text has the same size in both."""
NARROW_WIDTH = 340.0
"""How wide a chart is that is drawn for the screen of a telephone."""
SIZE, SMALL = 13.0, 11.5
"""Sizes of text in points."""
_LEADING = 1.25
"""From one line of a text to the next, in sizes of the text."""
_NAME_GAP = 12.0
"""Between the name of a row and the axis beside it."""
_MARGIN = 8.0
"""What is left free at both ends of the axis of a narrow chart, for marks at its ends."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Axis:
    """Values from ``low`` to ``high`` lie between ``left`` and ``right`` on the canvas."""

    low: Fraction
    high: Fraction
    left: float
    right: float

    def at(self, value: Fraction) -> float:
        """Return where a value lies, ``left`` if low equals high; only here an exact number becomes a float.

        The quotient of integers is the float nearest to the share, as that of the fraction would be.
        """
        low, low_parts = self.low.as_integer_ratio()
        high, high_parts = self.high.as_integer_ratio()
        span = high * low_parts - low * high_parts
        if not span:
            return self.left
        numerator, denominator = value.as_integer_ratio()
        share = (numerator * low_parts - low * denominator) * high_parts / (denominator * span)
        return self.left + share * (self.right - self.left)


Shape = Literal["up", "down", "diamond", "dot"]
_CORNERS: dict[Shape, tuple[tuple[float, float], ...]] = {
    "up": ((0.0, -0.5), (-0.5, 0.5), (0.5, 0.5)),
    "down": ((0.0, 0.5), (0.5, -0.5), (-0.5, -0.5)),
    "diamond": ((0.0, _HALF_DIAGONAL), (_HALF_DIAGONAL, 0.0), (0.0, -_HALF_DIAGONAL), (-_HALF_DIAGONAL, 0.0)),
}
"""The corners of a mark of size 1 around its middle."""


class Canvas:
    """A drawing of ``width`` times ``height`` points; ``y`` grows downwards, colours are names of the palette.

    Text is plain: no character in it is a command. Everything is drawn in the order of the calls, text above all. That
    is also the order of the texts for whoever copies them: a name goes before its value, a row before the next.
    """

    def __init__(self, height: float, width: float = WIDTH) -> None:
        self.height, self.width = height, width
        self._paths: list[_Path] = []
        self._texts: list[tuple[tuple[str, ...], str]] = []

    def bar(
        self, x: float, y: float, width: float, height: float, fill: str = "", edge: str = "", ground: bool = True
    ) -> None:
        """Draw a rectangle with its top left corner at ``x, y``; an edge lies inside it.

        One without fill and edge is not drawn. One that is no ``ground`` has no text on it, and joins others.
        """
        inset = 0.5 if edge else 0.0
        left, top = x + inset, y + inset
        right, bottom = left + max(width - 2 * inset, 0), top + height - 2 * inset
        corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
        if fill or edge:
            stroke = _format_stroke(edge, 1) if edge else ""
            self._draw(f"{_format_points(corners)}Z", corners[::2], fill, stroke, ground=ground and bool(fill))

    def line(
        self, points: Sequence[tuple[float, float]], colour: str, width: float = 1.0, dashed: bool = False
    ) -> None:
        """Draw a line through the points."""
        stroke = _format_stroke(colour, width)
        if dashed:
            stroke += f' stroke-dasharray="{" ".join(_format_number(part * width) for part in _DASHES)}"'
        self._draw(_format_points(points), points, "", stroke, width)

    def lines(
        self, ends: Sequence[tuple[tuple[float, float], tuple[float, float]]], colour: str, width: float = 1.0
    ) -> None:
        """Draw a straight line between each two ends; all of them become one element."""
        points = [point for both in ends for point in both]
        self._draw("".join(map(_format_points, ends)), points, "", _format_stroke(colour, width), width)

    def ticks(self, places: Iterable[tuple[float, float, float]], colour: str) -> None:
        """Draw vertical lines, each at ``x`` from top to bottom, with margins of paper: they are seen on any bar."""
        ends = [((x, top), (x, bottom)) for x, top, bottom in places]
        self.lines(ends, "paper", 5)
        self.lines(ends, colour, 2.5)

    def marks(
        self, points: Sequence[tuple[float, float]], shape: Shape, size: float, fill: str, edge: str = ""
    ) -> None:
        """Draw a mark of one shape at each of the points, if any; all of them become one element."""
        if shape == "dot":
            self.dots(points, size, fill, edge)
            return
        corners = [[(x + size * across, y + size * down) for across, down in _CORNERS[shape]] for x, y in points]
        commands = "".join(f"{_format_points(mark)}Z" for mark in corners)
        stroke = _format_stroke(edge, 1.5) if edge else ""
        self._draw(commands, [corner for mark in corners for corner in mark], fill, stroke, 1.5 if edge else 0)

    def dots(self, points: Sequence[tuple[float, float]], size: float, fill: str, edge: str = "") -> None:
        """Draw a dot of diameter ``size``, edge included, at each of the points, if any; a thousand take 15 kB."""
        if edge and edge != fill:
            self.dots(points, size, edge)
            size -= min(3.0, size / 2)
        # a line of no length has round ends and nothing else
        commands = "".join(f"M{_format_number(x)} {_format_number(y)}h0" for x, y in points)
        self._draw(commands, points, "", f'{_format_stroke(fill, size)} stroke-linecap="round"', size)

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

        It is anchored where it is aligned, so that another font does not shift it. A ``ground`` is the colour of a bar
        under the text, which must be aligned left.
        """
        weight = typeface.BOLD if bold else typeface.REGULAR
        shown, escaped = _shorten_text(text, size, max_width, weight)
        if not shown:
            return
        if ground:
            self.bar(x - 1, y - 0.8 * size, typeface.measure_text(shown, size, weight) + 2, 1.6 * size, ground)
        position = f'x="{_format_number(x)}" y="{_format_number(y + TEXT_MIDDLE * size)}"'
        self._texts.append((_list_style(colour, size, weight, align), f"{position}>{escaped}</text>"))

    def text_within(
        self, x: float, y: float, text: str, colour: str = "ink", size: float = SIZE, bold: bool = False
    ) -> None:
        """Draw a line of text centred at ``x``, shifted as far as it takes to stay on the canvas."""
        half = typeface.measure_text(text, size, typeface.BOLD if bold else typeface.REGULAR) / 2
        self.text(min(max(x, half), self.width - half), y, text, "center", colour, size, bold)

    def lines_of_text(
        self,
        x: float,
        y: float,
        text: str,
        width: float,
        colour: str = "ink",
        size: float = SIZE,
        bold: bool = False,
        most: int = 3,
    ) -> float:
        """Draw text in up to ``most`` lines, the middle of the first at ``y``; return the end of the last line."""
        weight = typeface.BOLD if bold else typeface.REGULAR
        for line in typeface.wrap_to_width(" ".join(text.split()), size, width, weight, most):
            self.text(x, y, line, colour=colour, size=size, bold=bold)
            y += _LEADING * size
        return y - _LEADING * size / 2

    def svg(self) -> str:
        """Return what was drawn as an ``svg`` element that fills the width it is given in the page.

        It is hidden from assistive technology: the figure around it carries the text alternative.
        """
        size = f"{_format_number(self.width)} {_format_number(self.height)}"
        head = f'<svg class="chart" viewBox="0 0 {size}" width="100%" aria-hidden="true">'
        right, bottom = _format_number(self.width + _BLEED), _format_number(self.height + _BLEED)
        edges = f"M-{_BLEED} -{_BLEED}H{right}V{bottom}H-{_BLEED}Z"
        sheet = f'<path class="paper" fill="{css_colour("paper")}" d="{edges}"/>'
        shapes = "".join(f"<path{path.attributes.replace(_COMMANDS, path.commands, 1)}/>" for path in self._paths)
        return head + sheet + shapes + self._format_texts() + "</svg>"

    def _format_texts(self) -> str:
        """Return all texts as one group with the most frequent value of each attribute: each says only what differs.

        They are one group, since of two the box of the second would lie over texts of the first.
        """
        if not self._texts:
            return ""
        values = zip(*(style for style, _ in self._texts), strict=True)
        shared = tuple(Counter(own).most_common(1)[0][0] for own in values)
        texts = [f"<text {_format_style(style, shared)}{text}" for style, text in self._texts]
        return f"<g {_format_style(shared, ()).rstrip()}>{''.join(texts)}</g>"

    def _draw(
        self,
        commands: str,
        points: Sequence[tuple[float, float]],
        fill: str,
        stroke: str,
        width: float = 0.0,
        ground: bool = False,
    ) -> None:
        """Add a path through points, if any; a ``ground``, on which text may stand, has its colour as a class.

        It joins an earlier path of the same style where nothing that was drawn since lies under it: what is seen is the
        same. Lines may cross in one path, as no colour lets another through; areas may not, as they could cut holes.
        A ground stays by itself, as tools that check contrast take all of the box around it to have its colour.
        """
        if not commands:
            return
        kind = f' class="{fill}"' if ground else ""
        attributes = f'{kind} fill="{css_colour(fill) if fill else "none"}"{stroke} d="{_COMMANDS}"'
        extent = _measure_extent(points, width)  # twice what a line reaches beyond its points: as far as a sharp bend
        for earlier in reversed([] if ground else self._paths[-_MOST_PATHS_BACK:]):
            if earlier.attributes == attributes and not (fill and earlier.covers(extent)):
                earlier.commands += commands
                earlier.extents.append(extent)
                return
            if earlier.covers(extent):
                break
        self._paths.append(_Path(attributes=attributes, commands=commands, extents=[extent]))


@dataclass(frozen=True, kw_only=True, slots=True)
class Rows:
    """Where rows have their names, axis and values: beside each other, or on a narrow canvas above each other.

    ``left`` and ``right`` are the ends of the axis, ``values`` where values begin, all on a wide canvas.
    """

    left: float
    right: float
    values: float
    narrow: bool = False

    @property
    def width(self) -> float:
        """The width of the canvas."""
        return NARROW_WIDTH if self.narrow else WIDTH

    def build_axis(self, low: Fraction, high: Fraction) -> Axis:
        """Return the axis of all rows."""
        if self.narrow:
            return Axis(low=low, high=high, left=_MARGIN, right=NARROW_WIDTH - _MARGIN)
        return Axis(low=low, high=high, left=self.left, right=self.right)

    def fit_height(self, name: str, least: float) -> float:
        """Return how high a row is: ``least``, or beside an axis as much as a long name takes in two smaller lines."""
        fits = self.narrow or typeface.measure_text(name, SIZE) <= self.left - _NAME_GAP
        return least if fits else max(least, 2 * _LEADING * SMALL + 4)

    def draw_names(
        self,
        canvas: Canvas,
        top: float,
        middle: float,
        name: str,
        value: str = "",
        *,
        indent: float = 0.0,
        bold: bool = False,
        colour: str = "ink",
    ) -> float:
        """Draw the name and the value of a row, whole names; return where what is drawn for it begins.

        On a wide canvas both stand beside it, ``middle`` below ``top``, a name that is too long in smaller lines.
        """
        weight = typeface.BOLD if bold else typeface.REGULAR
        if self.narrow:
            room = NARROW_WIDTH - indent - (typeface.measure_text(value, SIZE, weight) + 12 if value else 0)
            below = canvas.lines_of_text(indent, top + 9, name, room, bold=bold) + 2
            canvas.text(NARROW_WIDTH, top + 9, value, "right", colour, bold=bold)
            return below
        room = self.left - indent - _NAME_GAP
        if typeface.measure_text(name, SIZE, weight) <= room:
            canvas.text(indent, top + middle, name, bold=bold)
        else:
            lines = len(typeface.wrap_to_width(name, SMALL, room, weight, most=2))
            start = top + middle - (lines - 1) * _LEADING * SMALL / 2
            canvas.lines_of_text(indent, start, name, room, size=SMALL, bold=bold, most=2)
        canvas.text(self.values, top + middle, value, colour=colour, bold=bold, max_width=WIDTH - self.values)
        return top


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
    """Return the bound from which on a level is certified, the lowest of them; a ReportError where none is."""
    certified = [bound for bound in result.bounds if bound.certified]
    if not certified:
        raise ReportError("no level of these rules is certified")
    return min(certified, key=lambda bound: bound.points)


def require_evaluated(record: Record) -> tuple[Scorecard, LevelResult]:
    """Return the points and the level of an application; a ReportError where it was not evaluated."""
    card, result = record.evaluation.scorecard, record.evaluation.level
    if card is None or result is None:
        raise ReportError(f"'{record.evaluation.id}' was not evaluated: there are no points to draw")
    return card, result


def format_name(name: ChartText, words: Words) -> str:
    """Return a name in the language of the words as one line, without control characters."""
    return figures.sanitise_text(name.of(words.language))
