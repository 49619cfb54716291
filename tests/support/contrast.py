"""The colours of dark mode, those that text is set in, and how WCAG 2.2 measures the contrast of two colours."""

from __future__ import annotations

from collections.abc import Mapping

DARK_COLOURS: Mapping[str, str] = {
    "ink": "#e7ecf1",
    "muted": "#a3aeb9",
    "rule": "#3c4650",
    "paper": "#10151a",
    "panel": "#19212a",
    "own": "#7dbbff",
    "possible": "#2b3d50",
    "peer": "#ffb061",
    "good": "#5fd0a5",
    "warn": "#e6b84e",
    "bad": "#ff9a90",
}
TEXT_COLOURS = ("ink", "muted", "own", "peer", "good", "warn", "bad")
"""Colours in which text is set: at least 4.5 to 1 against ``paper`` and ``panel``, light and dark."""


def contrast_ratio(first: str, second: str) -> float:
    """Return the contrast ratio of two ``#rrggbb`` colours as WCAG 2.2 defines it, from 1 to 21.

    >>> contrast_ratio("#000000", "#ffffff")
    21.0
    """
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear_channel(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear_channel(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
