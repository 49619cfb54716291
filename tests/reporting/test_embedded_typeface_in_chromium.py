"""What a page shows in each weight, as a real browser sees it, is in the typeface that it carries in that weight."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from unicodedata import category

import pytest
from fontTools.ttLib import TTFont

from smartcert.reporting.typeface import BOLD, REGULAR, find_missing_characters
from tests.support.all_pages import KINDS, opened

pytestmark = pytest.mark.browser

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


def lacking(shown: str, carried: Iterable[str]) -> set[str]:
    """Return what is shown and not carried, though the typeface has it."""
    missing = {character for character in shown if character.isprintable()} - set(carried)
    return {character for character in missing - find_missing_characters(missing) if category(character) != "Mn"}


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_character_is_carried_in_the_weight_in_which_it_is_shown(
    browser: Any, folder: Path, kind: str, language: str
) -> None:
    page = opened(browser, folder, kind, language)
    shown = page.evaluate(_SHOWN_BY_WEIGHT)
    carried = embedded(page.content())
    page.context.close()
    assert set(shown) == {"400", "700"}
    assert {weight: lacking(text, carried[int(weight)]) for weight, text in shown.items()} == {
        "400": set(),
        "700": set(),
    }


def test_a_reader_who_compares_applicants_sees_their_names_in_the_typeface(browser: Any, folder: Path) -> None:
    page = opened(browser, folder, "index")
    for box in page.locator("#results tbody input[type=checkbox]").all()[:2]:
        box.check()
    shown = page.evaluate(_SHOWN_BY_WEIGHT)
    carried = embedded(page.content())
    page.context.close()
    assert {weight: lacking(text, carried[int(weight)]) for weight, text in shown.items()} == {
        "400": set(),
        "700": set(),
    }
