"""A level and its bounds: what it was held against, how far the next one is, and how firmly it stands."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from smartcert.model.citation import Basis, Text


@dataclass(frozen=True, kw_only=True, slots=True)
class Bound:
    """The fewest points of one level: reached at exactly ``points``."""

    level: int
    points: Fraction
    share: Fraction
    basis: Basis
    certified: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class FloorHeld:
    """A domain that stayed below its floor, and the best level that this leaves."""

    domain: Text
    points: Fraction
    floor: Fraction
    best_level: int


@dataclass(frozen=True, kw_only=True, slots=True)
class FloorBound:
    """The fewest points of one domain (by id); with fewer, no level better than ``best_level`` is possible."""

    domain: str
    points: Fraction
    best_level: int


@dataclass(frozen=True, kw_only=True, slots=True)
class LevelResult:
    """The level and every bound that it was held against, best first."""

    level: int
    certified: bool
    bounds: tuple[Bound, ...]
    floors: tuple[FloorHeld, ...] = ()
    by_points: int = 0
    """The level that the points alone give; differs from ``level`` only under a floor."""
    floor_bounds: tuple[FloorBound, ...] = ()
    """Every floor that there is, also those that hold."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Left:
    """An indicator with points left, and how many."""

    indicator: str
    name: Text
    points: Fraction
    out_of: Fraction


@dataclass(frozen=True, kw_only=True, slots=True)
class NextLevel:
    """What separates an applicant from the next better level.

    ``short`` is the difference between the bound and the points that count. ``lost_on_site`` are indicators whose
    correction on site cost points (points lost); ``carried`` tells whether these alone would have closed the gap.
    ``smallest_set`` is one smallest set of indicators whose points left would reach it, those with most left first;
    it is empty where all points left together do not. ``smallest_sets`` are the first few sets of that size, that one
    the first of them, and ``more_sets`` tells whether there are others.
    """

    level: int
    bound: Fraction
    short: Fraction
    most_left: tuple[Left, ...]
    smallest_set: tuple[Left, ...]
    lost_on_site: tuple[Left, ...]
    carried: bool
    smallest_sets: tuple[tuple[Left, ...], ...] = ()
    more_sets: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Margin:
    """How firmly a level stands: its bound, the points above it, and the fewest indicators that carry it.

    Without any point of ``fewest`` the level would be worse; without those of fewer indicators it would not. The
    points of a `Left` are here those that would be lost.
    """

    level: int
    bound: Fraction
    above: Fraction
    fewest: tuple[Left, ...]
