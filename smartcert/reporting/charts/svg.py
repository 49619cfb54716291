"""How a matplotlib figure becomes SVG inside a page: text stays text, colours are the page's, nothing has an id.

matplotlib's own SVG backend writes ``style`` attributes (which a strict Content-Security-Policy forbids), a style sheet
for the whole page, and ids that collide where two charts share a page. This renderer writes none of them, and measures
text with the page's typeface.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from html import escape
from typing import Any, cast

from matplotlib import rcParams
from matplotlib.backend_bases import GraphicsContextBase, RendererBase
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Affine2D, Transform

from smartcert.errors import ReportError
from smartcert.reporting import palette, typeface

_NAMES = {value: name for name, value in palette.LIGHT.items()}
_COMMANDS = {Path.MOVETO: "M", Path.LINETO: "L", Path.CURVE3: "Q", Path.CURVE4: "C", Path.CLOSEPOLY: "Z"}
_ANCHORS = {"left": "start", "center": "middle", "right": "end"}
_ASCENT, _DESCENT = 0.82, 0.12
"""How far a Hangul syllable reaches above and below the baseline, in em."""
MIDDLE = (_ASCENT - _DESCENT) / 2
"""How far its middle is above the baseline, in em; figures and capitals share it."""
_BLEED = 4
"""How far the paper reaches beyond the sheet, so that text at its edge stands on it wholly, however it is rounded."""
RC: Any = {
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
"""What a chart relies on, whatever a style or another notebook has set before."""


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
        rgbFace: Any = None,  # noqa: N803  # its name
    ) -> None:
        """Write one path, filled if a face colour is given, stroked if the line has a width."""
        self._write(_commands(path, transform + self._flip), gc, rgbFace, ground=True)

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
        shapes = (_commands(marker_path, marker_trans + flat + Affine2D().translate(x, y)) for x, y in places)
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
            ReportError: text that is turned or set as mathematics, which no chart here wants.
        """
        if angle or ismath:
            raise ReportError(f"a chart can show only plain horizontal text, not {s!r}")
        anchor = "start"
        if mtext is not None:
            anchor = _ANCHORS[str(mtext.get_horizontalalignment())]
            x = mtext.get_transform().transform(mtext.get_unitless_position())[0]
        weight = ' font-weight="700"' if _weight(prop) == typeface.BOLD else ""
        size = _number(prop.get_size_in_points())
        anchored = "" if anchor == "start" else f' text-anchor="{anchor}"'
        colour = _name(gc.get_rgb())
        self._texts.append(
            f'<text class="{colour}" x="{_number(x)}" y="{_number(y)}" font-size="{size}"{weight}{anchored}'
            f' fill="{palette.css(colour)}">{escape(s)}</text>'
        )

    def get_text_width_height_descent(
        self,
        s: str,
        prop: FontProperties,
        ismath: Any,  # noqa: ARG002  # the interface
    ) -> tuple[float, float, float]:
        """Return the size of a line of text in the page's typeface; no font of the machine is asked."""
        size = prop.get_size_in_points()
        return typeface.width(s, size, _weight(prop)), (_ASCENT + _DESCENT) * size, _DESCENT * size

    def get_canvas_width_height(self) -> tuple[float, float]:
        """Return the size of the drawing in points."""
        return self.width, self.height

    def flipy(self) -> bool:
        """Tell that y grows downwards, as in SVG."""
        return True

    def _write(self, commands: str, gc: GraphicsContextBase, face: Any, ground: bool = False) -> None:
        """Write a path, if anything of it is seen; what text may stand on is named by its colour for the style."""
        name = "" if face is None or (len(face) == 4 and face[3] == 0) else _name(face)
        stroke = _stroke(gc)
        if commands and (stroke or name):
            kind = f' class="{name}"' if name and ground else ""
            fill = palette.css(name) if name else "none"
            self._paths.append(f'<path{kind} d="{commands}" fill="{fill}"{stroke}/>')


@contextmanager
def settings() -> Iterator[None]:
    """Have matplotlib draw by `RC`: its own context copies every setting there is, as long as a small chart takes."""
    before = {name: rcParams[name] for name in RC}
    rcParams.update(RC)
    try:
        yield
    finally:
        rcParams.update(before)


def render(figure: Figure) -> str:
    """Return the figure as an ``svg`` element as wide as its place in the page.

    It is hidden from assistive technology: the figure around it carries the text alternative.
    """
    width, height = (figure.get_size_inches() * 72).tolist()
    renderer = PageRenderer(width, height)
    with settings():
        figure.draw(renderer)
    size = f"{_number(width)} {_number(height)}"
    head = f'<svg class="chart" viewBox="0 0 {size}" width="100%" aria-hidden="true" focusable="false">'
    edges = f"M-{_BLEED} -{_BLEED}H{_number(width + _BLEED)}V{_number(height + _BLEED)}H-{_BLEED}Z"
    sheet = f'<path class="paper" d="{edges}" fill="{palette.css("paper")}"/>'
    return head + sheet + "".join(renderer.elements) + "</svg>"


def _commands(path: Path, transform: Transform) -> str:
    parts = []
    for points, code in path.iter_segments(transform, simplify=False, curves=True):
        numbers = "" if code == Path.CLOSEPOLY else " ".join(map(_number, cast("Iterable[float]", points)))
        parts.append(_COMMANDS[code] + numbers)
    return "".join(parts)


def _stroke(gc: GraphicsContextBase) -> str:
    width = gc.get_linewidth()
    colour = gc.get_rgb()
    if not width or colour[3] == 0:
        return ""
    dashes: Any  # typed loosely by matplotlib: lengths on and off
    offset, dashes = gc.get_dashes()
    dashed = f' stroke-dasharray="{" ".join(_number(value) for value in dashes)}"' if dashes is not None else ""
    shifted = f' stroke-dashoffset="{_number(offset)}"' if dashed and offset else ""
    ends = ' stroke-linecap="round"' if gc.get_capstyle() == "round" else ""
    return f' stroke="{_colour(colour)}" stroke-width="{_number(width)}"{ends}{dashed}{shifted}'


def _colour(rgb: Any) -> str:
    return palette.css(_name(rgb))


def _name(rgb: Any) -> str:
    return _named(*rgb[:3])


@lru_cache(maxsize=64)
def _named(red: float, green: float, blue: float) -> str:
    colour = to_hex((red, green, blue))
    name = _NAMES.get(colour)
    if name is None:
        raise ReportError(f"a chart uses the colour {colour}, which is not in the palette")
    return name


def _weight(prop: FontProperties) -> int:
    weight = prop.get_weight()
    return typeface.BOLD if weight in ("bold", typeface.BOLD) else typeface.REGULAR


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if value else "0"
