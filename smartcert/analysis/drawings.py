"""How is a table drawn: as bars, intervals, arrows, a square of colours or points. Says what, and draws nothing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Bars:
    """A bar per row and column: from the largest to the smallest by the first column, or as the table has them."""

    columns: tuple[str, ...]
    ordered: bool = True


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
    """A square of colours from rows that name two things and a number from -1 to 1."""

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
