"""What a page shows in each weight, as a real browser sees it, and the typeface that it carries in that weight."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterable
from typing import Any
from unicodedata import category

from fontTools.ttLib import TTFont

from smartcert.reporting.typeface import BOLD, REGULAR, _find_glyph, _is_invisible

_FACE = re.compile(r"@font-face\{[^}]*font-weight:(\d+);[^}]*base64,([A-Za-z0-9+/=]+)\)")
_SHOWN_BY_WEIGHT = """() => {
  const shown = {400: "", 700: ""};
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const within = walk.currentNode.parentElement;
    if (within.closest("script, style")) continue;
    const style = getComputedStyle(within);
    if (style.fontFamily.includes("smartcert")) shown[style.fontWeight] += walk.currentNode.textContent;
  }
  return shown;
}"""


def embedded(page: str) -> dict[int, set[str]]:
    """Return the characters of the typeface that a page carries, by weight."""
    found: dict[int, set[str]] = {REGULAR: set(), BOLD: set()}
    for weight, data in _FACE.findall(page):
        found[int(weight)].update(map(chr, TTFont(io.BytesIO(base64.b64decode(data))).getBestCmap()))
    return found


def find_missing_characters(characters: Iterable[str]) -> frozenset[str]:
    """Return the characters that would show as boxes: those the font lacks and that are not blank or invisible."""
    return frozenset(
        character
        for character in characters
        if _find_glyph(REGULAR, ord(character)) is None and not _is_invisible(character)
    )


def lacking(shown: str, carried: Iterable[str]) -> set[str]:
    """Return what is shown and not carried, though the typeface has it."""
    missing = {character for character in shown if character.isprintable()} - set(carried)
    return {character for character in missing - find_missing_characters(missing) if category(character) != "Mn"}


def list_missing_by_weight(page: Any) -> dict[str, set[str]]:
    """Return which characters a page shows in a weight, and does not carry, by the weights that it shows."""
    shown = page.evaluate(_SHOWN_BY_WEIGHT)
    carried = embedded(page.content())
    return {weight: lacking(text, carried[int(weight)]) for weight, text in shown.items()}
