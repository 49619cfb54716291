"""A map of local governments by their codes: as they lie (choropleth), or a tile for each region.

The boundaries are those of 15 September 2023 by the National Geographic Information Institute (open data without
limits, with attribution), simplified once by ``.ci/simplify_boundaries.py``. A local government that came
later is the union of those that were merged into it; what was divided since has no boundary, and the map says so.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from functools import cache
from importlib.resources import files
from math import isfinite
from numbers import Real
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from smartcert.analysis.arrays import Floats
from smartcert.analysis.drawings import format_figure
from smartcert.analysis.plots import ResultFigure, korean_font
from smartcert.argument_types import check_arguments
from smartcert.errors import UsageError
from smartcert.io.parameters.local_governments import load_local_governments
from smartcert.model.local_government import ChangeKind, LocalGovernment
from smartcert.reporting.catalogue import parse_language
from smartcert.reporting.charts.history import RENEWED_CODES, TILE_CELLS
from smartcert.reporting.palette import LIGHT_COLOURS

_CATEGORIES = ("own", "peer", "good", "warn", "bad", "possible")
_WIDTH = 6.0
_ATTRIBUTION = {
    "ko": "경계: 국토지리정보원, 2023년 9월 15일",
    "en": "Boundaries: National Geographic Information Institute, 15 September 2023",
}
_MISSING = {"ko": "그 뒤에 나뉘어 지도에 없음: {names}", "en": "Divided since, not on the map: {names}"}


@cache
def _load_boundaries() -> tuple[date, dict[str, list[Floats]]]:
    """Return the day of the boundaries, and the rings (points, 2) of each code in units of 100 m."""
    stored = json.loads((files("smartcert.analysis") / "boundaries.json").read_text(encoding="utf-8"))
    rings = {
        code: [np.cumsum(np.array(ring, dtype=np.float64).reshape(-1, 2), axis=0) for ring in parts]
        for code, parts in stored["rings"].items()
    }
    return date.fromisoformat(stored["day"]), rings


def list_shapes(code: str) -> tuple[str, ...]:
    """Return the codes of the boundaries that a code of any day stands for; none where it was divided since.

    >>> list_shapes("4111000000"), list_shapes("5000000000")
    (('4111000000',), ('5000000000',))

    Raises:
        UsageError: no local government ever had the code.
    """
    day, rings = _load_boundaries()
    governments = load_local_governments()
    entity = governments.by_code(code)
    if entity is None:
        raise UsageError(f"no local government has ever had the code {code}")
    shapes: list[str] = []
    for earlier in _find_before(entity, max(day, governments.begins)):
        own = earlier.code_on(max(day, governments.begins)) or ""
        shapes += [own] if own in rings else [other for other in rings if other[:2] == own[:2] and own[2:] == "0" * 8]
    return tuple(shapes)


def _find_before(entity: LocalGovernment, day: date) -> Iterator[LocalGovernment]:
    """Yield what an entity was on a day: itself, or what was merged into it; nothing where a part was divided."""
    governments = load_local_governments()
    if entity.form_on(day) is not None:
        own = [change for change in governments.changes_since(day) if change.kind is ChangeKind.DIVIDED]
        if not any(entity.id in change.before for change in own):
            yield entity
        return
    for change in governments.changes:
        if change.kind is ChangeKind.MERGED and entity.id in change.after and change.day > day:
            parts = [part for name in change.before for part in _find_before(governments.entities[name], day)]
            if len(parts) == len(change.before):
                yield from parts


@check_arguments
def plot_map(values: pd.Series[Any], ax: Axes | None = None, *, title: str = "", language: str = "en") -> Figure:
    """Draw a map of local governments coloured by ``values`` by their ten-digit codes, and return its figure.

    Numbers are shaded from light to dark, anything else has a colour for each value, in their order of appearance. A
    value of a region colours those of its members that have none of their own. Without ``ax`` it is a new figure.

    >>> import pandas as pd, smartcert
    >>> figure = smartcert.plot_map(pd.Series({"4111000000": 3.0, "2600000000": 1.0}))
    >>> len(figure.axes)
    2

    Raises:
        UsageError: no value, an unknown language, or a code that no local government ever had.
    """
    words = parse_language(language)
    known = _check_values(values)
    shapes = {str(code): list_shapes(str(code)) for code in known.index}
    own: dict[str, Any] = {}
    for code in sorted(shapes, key=lambda code: -len(shapes[code])):  # regions first, so that members have their own
        own |= dict.fromkeys(shapes[code], known[code])
    missing = [code for code, found in shapes.items() if not found]
    with korean_font():
        figure, axes = _open_axes(ax, _WIDTH * 1.12)
        colours, legend = _choose_colours(known)
        rings = _load_boundaries()[1]
        drawn = [
            (ring, colours(own[code]) if code in own else LIGHT_COLOURS["panel"])
            for code in rings
            for ring in rings[code]
        ]
        axes.add_collection(
            PolyCollection(
                [ring for ring, _ in drawn], facecolors=[colour for _, colour in drawn],
                edgecolors=LIGHT_COLOURS["rule"], linewidths=0.4,
            )
        )  # fmt: skip
        axes.autoscale_view()
        axes.set_aspect("equal")
        names = [load_local_governments().by_code(code) for code in missing]
        notes = [_ATTRIBUTION[words]]
        if missing:
            texts = [_nearest_name(entity, words) for entity in names if entity is not None]
            notes.append(_MISSING[words].format(names=", ".join(texts)))
        _finish(figure, axes, title, legend, "\n".join(notes))
        _describe(figure, title, known, words)
    return figure


@check_arguments
def plot_tiles(values: pd.Series[Any], ax: Axes | None = None, *, title: str = "", language: str = "en") -> Figure:
    """Draw a tile for each region, laid out like the map and coloured by ``values`` by the code of the region.

    The first two digits of the code are enough.

    A region whose code has no tile, as one that was merged of two, is drawn over the tiles of both.

    >>> import pandas as pd, smartcert
    >>> figure = smartcert.plot_tiles(pd.Series({"11": 9, "41": 7, "26": 0}), language="ko")
    >>> sorted({text.get_text() for text in figure.axes[0].texts} & {"9", "7", "0"})
    ['0', '7', '9']

    Raises:
        UsageError: no value, an unknown language, or a code that is no region's.
    """
    words = parse_language(language)
    known = _check_values(values)
    governments = load_local_governments()
    day = max(_load_boundaries()[0], governments.begins)
    with korean_font():
        figure, axes = _open_axes(ax, _WIDTH)
        colours, legend = _choose_colours(known)
        given: dict[str, Any] = {}
        for code, value in zip(map(str, known.index), known, strict=True):
            entity = governments.by_code(f"{code[:2]}00000000")
            if entity is None or len(code) not in (2, 10) or code[2:].strip("0"):
                raise UsageError(f"no region has ever had the code {code}")
            tiles = {(earlier.code_on(day) or "")[:2]: value for earlier in _find_before(entity, day)}
            if given.keys() & tiles.keys():
                raise UsageError(f"the region of the code {code} has more than one value")
            given |= tiles
        shown = {RENEWED_CODES.get(code, code): value for code, value in given.items()}
        for code, (column, row) in TILE_CELLS.items():
            colour = colours(shown[code]) if code in shown else LIGHT_COLOURS["panel"]
            axes.add_patch(Rectangle((column, -row), 0.94, 0.94, facecolor=colour, edgecolor=LIGHT_COLOURS["rule"]))
            ink = "white" if sum(mpl.colors.to_rgb(colour)) < 1.6 else LIGHT_COLOURS["ink"]
            region = governments.by_code(f"{code}00000000")
            axes.text(column + 0.06, -row + 0.66, _short_name(region, words), color=ink, fontsize=8)
            if code in shown:
                axes.text(column + 0.06, -row + 0.2, _format(shown[code]), color=ink, fontsize=12)
        axes.set_xlim(-0.05, 4)
        axes.set_ylim(-4.05, 1)
        axes.set_aspect("equal")
        _finish(figure, axes, title, legend, "")
        _describe(figure, title, known, words)
    return figure


def _check_values(values: object) -> pd.Series[Any]:
    if not isinstance(values, pd.Series):
        raise UsageError(f"values: a Series by code is wanted, not {type(values).__name__}")
    own = values.set_axis(values.index.map(str))
    if own.index.has_duplicates:
        raise UsageError(f"the code {own.index[own.index.duplicated()][0]} occurs more than once")
    known = own.dropna()
    if not len(known):
        raise UsageError("there is no value to draw")
    for code, value in known.items():
        if isinstance(value, Real) and not isfinite(value):
            raise UsageError(f"the value of {code} is infinite")
    return known


def _open_axes(ax: Axes | None, height: float) -> tuple[Figure, Axes]:
    if ax is not None:
        figure: Any = ax.get_figure(root=True)
        return figure, ax
    own = ResultFigure(figsize=(_WIDTH, height), layout="constrained")
    return own, own.subplots()


def _choose_colours(values: pd.Series[Any]) -> tuple[Any, Any]:
    """Return the colour of a value, and what the key needs: a mappable for numbers, patches for anything else."""
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        numbers = values.astype(np.float64)
        shades = mpl.colors.LinearSegmentedColormap.from_list(
            "own",
            [LIGHT_COLOURS["possible"], LIGHT_COLOURS["own"]],  # the least is not as pale as what has no value
        )
        scale = mpl.colors.Normalize(min(0.0, float(numbers.min())), float(numbers.max()) or 1.0)
        mappable = mpl.cm.ScalarMappable(norm=scale, cmap=shades)
        return lambda value: mpl.colors.to_hex(shades(scale(float(value)))), mappable
    kinds = list(dict.fromkeys(values))
    if len(kinds) > len(_CATEGORIES):
        raise UsageError(f"at most {len(_CATEGORIES)} different values have a colour each, not {len(kinds)}")
    colours = {kind: LIGHT_COLOURS[name] for kind, name in zip(kinds, _CATEGORIES, strict=False)}
    return colours.__getitem__, [Patch(facecolor=colour, label=str(kind)) for kind, colour in colours.items()]


def _finish(figure: Figure, axes: Axes, title: str, legend: Any, note: str) -> None:
    axes.set_axis_off()
    if title:
        axes.set_title(title, loc="left", fontsize=12)
    if isinstance(legend, list):
        axes.legend(handles=legend, loc="lower right", frameon=False, fontsize=9)
    else:
        figure.colorbar(legend, ax=axes, shrink=0.4, aspect=30, location="bottom")
    if note:
        axes.text(0.0, 0.0, note, transform=axes.transAxes, fontsize=7, color=LIGHT_COLOURS["muted"], va="top")


def _describe(figure: Figure, title: str, values: pd.Series[Any], language: str) -> None:
    if isinstance(figure, ResultFigure):
        governments = load_local_governments()
        named = {
            _nearest_name(governments.by_code(str(code).ljust(10, "0")), language): value
            for code, value in values.items()
        }
        figure.alt = ". ".join(
            part for part in (title, ", ".join(f"{name}: {_format(value)}" for name, value in named.items())) if part
        )


def _nearest_name(entity: LocalGovernment | None, language: str) -> str:
    if entity is None:
        return ""
    text = load_local_governments().name(entity, _load_boundaries()[0])
    return text.ko if language == "ko" else text.en


def _short_name(entity: LocalGovernment | None, language: str) -> str:
    name = _nearest_name(entity, language)
    if language == "ko":
        for long in ("특별자치시", "특별자치도", "특별시", "광역시"):
            name = name.removesuffix(long)
        return name
    return (
        name.replace("-do", "").replace("Chungcheong", "Chung.").replace("Gyeongsang", "Gyeong.").replace(" State", "")
    )


def _format(value: Any) -> str:
    return format_figure(value) if isinstance(value, float) else str(value)
