"""How is a table drawn: as bars, intervals, arrows, a square of pairs or points. Says what, and draws nothing.

`smartcert.analysis.plots` draws it with matplotlib, `smartcert.analysis.charts` as a chart of a page: the same rows
with the same names, and the same text for those who see neither.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import pandas as pd

from smartcert.lazy_dataclass import dataclass
from smartcert.reporting.catalogue import load_catalogue
from smartcert.reporting.formats import Language

_MOST_ROWS = 30
"""More rows are not drawn: the first so many by the order of the drawing are, and the title says of how many."""
_OF = "rows_to_draw"
"""Under this name the notes of a table have how many rows would be drawn if there were no bound."""


@dataclass(frozen=True, kw_only=True)
class Bars:
    """A bar per row and column: from the largest to the smallest by the first column, or as the table has them."""

    columns: tuple[str, ...]
    ordered: bool = True
    without_zeros: bool = False
    """Whether a row of nothing but zeros is left out: what is not missing, say, of what is."""


@dataclass(frozen=True, kw_only=True)
class Intervals:
    """A point per row with its interval; ``lines`` are values to look at, such as bounds."""

    value: str
    low: str
    high: str
    lines: tuple[float, ...] = ()
    ascending: bool = False
    """Whether the smallest comes first, as of ranks."""


@dataclass(frozen=True, kw_only=True)
class Moves:
    """An arrow per row from one column to another; ``lines`` as in `Intervals`."""

    before: str
    after: str
    lines: tuple[float, ...] = ()
    ascending: bool = False


@dataclass(frozen=True, kw_only=True)
class PairMatrix:
    """A square from rows that name two things and a number from -1 to 1."""

    first: str
    second: str
    value: str


@dataclass(frozen=True, kw_only=True)
class Points:
    """A point per row at two numbers."""

    across: str
    up: str
    diagonal: bool = False
    """Whether a line shows where both are equal."""


Drawing = Bars | Intervals | Moves | PairMatrix | Points


class Drawn(Protocol):
    """What can be drawn and described: a table, its name in the catalogue of columns, and how it is drawn."""

    @property
    def table(self) -> pd.DataFrame:
        """Return the table; its ``attrs`` say what each column is."""

    @property
    def kind(self) -> str:
        """Return the name of the table in the catalogue of columns."""

    @property
    def drawing(self) -> Drawing:
        """Return how the table is drawn."""

    @property
    def drawn(self) -> Drawn:
        """Return the result whose table the drawing is of: as a rule the result itself."""


def list_numbers(drawing: Drawing) -> tuple[str, ...]:
    """Return the columns whose numbers are drawn; an interval's ends are not among them."""
    match drawing:
        case Bars():
            return drawing.columns
        case Intervals():
            return (drawing.value,)
        case Moves():
            return (drawing.before, drawing.after)
        case PairMatrix():
            return (drawing.value,)
        case Points():
            return (drawing.across, drawing.up)


def select_rows(table: pd.DataFrame, drawing: Drawing) -> pd.DataFrame:
    """Return the rows that are drawn, in their order from top to bottom; their `find_title` says of how many."""
    numbers = list(list_numbers(drawing))
    measured = table[numbers].apply(pd.to_numeric, errors="coerce")
    rows = table.assign(**{name: measured[name] for name in numbers}).dropna(subset=numbers, how="all")
    if isinstance(drawing, PairMatrix | Points):
        return rows
    if isinstance(drawing, Bars) and drawing.without_zeros:
        rows = rows[(rows[numbers] != 0).any(axis=1)]
    if not isinstance(drawing, Bars) or drawing.ordered:
        first = numbers[-1] if isinstance(drawing, Moves) else numbers[0]
        ascending = not isinstance(drawing, Bars) and drawing.ascending
        rows = rows.sort_values(first, ascending=ascending, kind="stable")
    drawn = rows.head(_MOST_ROWS)
    if len(drawn) < len(rows):
        drawn.attrs[_OF] = len(rows)
    return drawn


def find_title(rows: pd.DataFrame, language: Language) -> str:
    """Return the title of the rows of `select_rows`, with how many of how many they are where some are left out."""
    title = str(rows.attrs.get("title", {}).get(language, ""))
    return f"{title} ({len(rows)}/{rows.attrs[_OF]})" if _OF in rows.attrs else title


def name_rows(rows: pd.DataFrame, language: Language, names: Mapping[str, str]) -> list[str]:
    """Return a label per row: the name in the language where a column has it, else ids with names and known words."""
    column = f"name_{language}"
    if column in rows.columns:
        return [str(name) for name in rows[column]]
    keys = (key if isinstance(key, tuple) else (key,) for key in rows.index)
    texts = ([f"{part:.10g}" if isinstance(part, float) else str(part) for part in key] for key in keys)
    parts = ([_name_part(text, language, names) for text in key if text or len(key) == 1] for key in texts)
    return [" / ".join(own) for own in parts]


def _name_part(part: str, language: Language, names: Mapping[str, str]) -> str:
    words = load_catalogue(language, "columns")
    word = words.get(f"value.{part or 'everything'}")
    return str(word) if word is not None else f"{part} {names[part]}" if part in names else part


def label_column(rows: pd.DataFrame, column: str, language: Language) -> str:
    """Return the label of a column with its unit."""
    notes = rows.attrs.get("columns", {}).get(column, {})
    label, unit = (notes.get(part, {}).get(language, "") for part in ("label", "unit"))
    return f"{label or column} ({unit})" if unit else str(label or column)


def describe_drawing(rows: pd.DataFrame, drawing: Drawing, language: Language, names: Mapping[str, str]) -> str:
    """Return what the figure shows as a sentence: every row that is drawn with its numbers."""
    title = find_title(rows, language)
    if not len(rows):
        return f"{title}: {load_catalogue(language, 'columns')['plot.nothing']}"
    if isinstance(drawing, PairMatrix):
        strongest = rows.reindex(rows[drawing.value].abs().sort_values(ascending=False, kind="stable").index).head(10)
        items = [
            f"{row[drawing.first]} / {row[drawing.second]} {row[drawing.value]:.2f}"
            for row in strongest.to_dict("records")
        ]
    else:
        columns = list_numbers(drawing)
        items = [
            f"{name} " + " / ".join(format_figure(row[column]) for column in columns)
            for name, row in zip(name_rows(rows, language, names), rows.to_dict("records"), strict=True)
        ]
    head = " / ".join(label_column(rows, column, language) for column in list_numbers(drawing))
    return f"{title}. {head}: {', '.join(items)}."


def format_figure(value: Any) -> str:
    """Return a number to four digits, a dash where there is none.

    It has more digits where it would be shown as an integer that it is not: 1399.6 does not reach 1400.

    >>> [format_figure(value) for value in (1394.0, 1399.6, 1399.96, 0.99996, -0.33333, 20884, float("nan"))]
    ['1394', '1399.6', '1399.96', '0.99996', '−0.3333', '20884', '—']
    """
    if pd.isna(value):
        return "—"
    texts = (f"{float(value):.{digits}g}" for digits in range(4, 12))
    exact = (text for text in texts if float(text) == value or not float(text).is_integer())
    return next(exact, f"{float(value):.12g}").replace("-", "−")
