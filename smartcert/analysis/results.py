"""What every result of an analysis has: a table with documented columns, a figure, and a short text for a notebook.

The words of the columns stand in the catalogue ``columns``, in Korean and in English. ``table.attrs`` has them:
``title``, and under ``columns`` by the name of each column (or of the index) its ``label``, ``unit`` and ``source``,
each of these by language.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

from smartcert.analysis.drawings import Drawing, Drawn, format_figure
from smartcert.argument_types import check_arguments
from smartcert.lazy_dataclass import dataclass
from smartcert.reporting.catalogue import load_catalogue, parse_language
from smartcert.reporting.formats import LANGUAGES
from smartcert.reporting.page import PageSection
from smartcert.representation import count_things

if TYPE_CHECKING:  # drawing costs a second to import, and most results are never drawn
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COMMON = "common"
"""The part of the catalogue with the columns that mean the same in several tables."""
_PARTS = ("label", "unit", "source")
_MOST_ROWS = 20
"""How many rows a result shows by itself; ``table`` has all."""
_MOST_CHARACTERS = 280


class ColumnNotes(dict[str, Any]):
    """What the columns of a table mean. Pandas copies the notes of a table at every step, so a copy is the same."""

    def __deepcopy__(self, _: object) -> ColumnNotes:
        return self


def describe_columns(table: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Return the table with its title and the notes on its columns in ``attrs``; ``kind`` names it in the catalogue."""
    named = (*table.index.names, *table.columns.names, *table.columns)
    names = [str(name) for name in named if name is not None]
    table.attrs = {"title": _find_notes(f"{kind}.title"), "columns": ColumnNotes(_list_notes(kind, tuple(names)))}
    return table


def describe_series(series: pd.Series[Any], kind: str, name: str) -> pd.Series[Any]:
    """Return the series with its title and, under ``name``, the notes on its values in ``attrs``."""
    names = [str(level) for level in series.index.names if level is not None]
    notes = ColumnNotes(_list_notes(kind, (*names, name)))
    series.attrs = {"title": _find_notes(f"{kind}.title"), "columns": notes}
    return series


@cache
def _list_notes(kind: str, names: tuple[str, ...]) -> Mapping[str, ColumnNotes]:
    notes = {}
    for name in names:
        own = {part: _find_notes(f"{kind}.{name}.{part}") or _find_notes(f"{_COMMON}.{name}.{part}") for part in _PARTS}
        notes[name] = ColumnNotes({part: texts for part, texts in own.items() if texts})
    return notes


@cache
def _find_notes(key: str) -> ColumnNotes:
    texts = {language: load_catalogue(language, "columns").get(f"column.{key}") for language in LANGUAGES}
    return ColumnNotes({language: text for language, text in texts.items() if isinstance(text, str)})


class Result:
    """What an analysis gives: ``table`` to work with, `plot` and `chart` to look at."""

    @property
    def drawn(self: Drawn) -> Drawn:
        """Return the result whose table the drawing is of: this one."""
        return self

    @check_arguments
    def plot(
        self: Drawn,
        ax: Axes | None = None,
        *,
        language: str = "en",
        names: Mapping[str, str] | pd.Series[str] | None = None,
    ) -> Figure:
        """Draw the table on ``ax``, or on a figure of its own, and return the figure.

        Its axes and texts can be changed as those of any figure. Korean letters are set in a font of the package; the
        settings of matplotlib stay as they are. ``names`` are shown in place of the ids of rows, as `names` of a round
        has them.

        Raises:
            UsageError: an unknown language.
        """
        from smartcert.analysis.plots import draw_table

        own = self.drawn
        return draw_table(
            own.table, own.drawing, ax, parse_language(language), dict(names) if names is not None else {}
        )

    @check_arguments
    def chart(
        self: Drawn, *, language: str = "en", names: Mapping[str, str] | pd.Series[str] | None = None
    ) -> PageSection:
        """Return the table as a chart like those of our pages, to be shown: quicker than `plot`, and not to be changed.

        Its letters are text, it follows a notebook or a page into dark mode, and a page onto a telephone. ``names`` as
        in `plot`.

        >>> import smartcert
        >>> arrays = smartcert.arrays(smartcert.open_round("example"))
        >>> smartcert.margins(arrays).chart(language="ko").title
        '인증 기준점수에서의 거리'

        Raises:
            UsageError: an unknown language.
        """
        from smartcert.analysis.charts import show_result

        return show_result(self, parse_language(language), names)

    def __repr__(self: Drawn) -> str:
        return describe_shortly(self.table, type(self).__name__, self.kind)

    def _repr_html_(self: Drawn) -> str:
        title = " · ".join(escape(text) for text in self.table.attrs.get("title", {}).values())
        shown = self.table.head(_MOST_ROWS).to_html(border=0, float_format=format_figure)
        rest = len(self.table) - _MOST_ROWS
        return f"<p><strong>{title}</strong></p>{shown}" + (f"<p>+ {rest:,}</p>" if rest > 0 else "")


def describe_shortly(table: pd.DataFrame, name: str, kind: str) -> str:
    """Return a line on a table: its name, how many rows, and its columns; never more than 300 characters."""
    text = f"<{name} {kind}: {count_things(len(table), 'row')}; {', '.join(map(str, table.columns))}"
    return (text if len(text) < _MOST_CHARACTERS else text[:_MOST_CHARACTERS] + "…") + ">"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class TableResult(Result):
    """A result that is its table."""

    kind: str
    table: pd.DataFrame
    drawing: Drawing


def build_result(kind: str, table: pd.DataFrame, drawing: Drawing) -> TableResult:
    """Return a result of a table, with the notes on its columns."""
    return TableResult(kind=kind, table=describe_columns(table, kind), drawing=drawing)
