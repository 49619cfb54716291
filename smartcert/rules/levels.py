"""Bounds of the levels (등급) and which of them are certified, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from smartcert.model.citation import Cited


@dataclass(frozen=True, kw_only=True, slots=True)
class Floor:
    """A domain that must reach ``at_least`` percent of its points; below it no level better than ``best_level``."""

    domain: str
    at_least: Fraction
    best_level: int


@dataclass(frozen=True, kw_only=True, slots=True)
class LevelsRules:
    """``bounds[n]``: the percentage of all points from which on level n is reached, the bound included.

    The worst level has no bound: it is what is left.
    """

    bounds: Mapping[int, Cited[Fraction]]
    worst: Cited[int]
    certified_from: Cited[int]
    floors: Cited[tuple[Floor, ...]]
