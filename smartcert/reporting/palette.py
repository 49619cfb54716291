"""Which colours do charts have? The page's style sheet defines the same names, with these values in light mode."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

LIGHT_COLOURS: Mapping[str, str] = {
    "ink": "#1b2128",
    "muted": "#56606b",
    "rule": "#c8cfd6",
    "paper": "#ffffff",
    "panel": "#f3f5f8",
    "own": "#0b559f",
    "possible": "#d3dfec",
    "peer": "#a34f00",
    "good": "#0b6e4f",
    "warn": "#825300",
    "bad": "#b3261e",
}


@cache
def css_colour(name: str) -> str:
    """Return a colour for a chart: the page's variable, or the light value where no page defines it.

    >>> css_colour("own")
    'var(--own,#0b559f)'
    """
    return f"var(--{name},{LIGHT_COLOURS[name]})"
