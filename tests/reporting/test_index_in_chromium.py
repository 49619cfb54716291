"""The index of a round in a real browser: searched, sorted, by the keyboard, and whole with scripts off."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support import sample_rounds as rounds
from tests.support.all_pages import opened

pytestmark = pytest.mark.browser


def _names(page: Any) -> list[str]:
    return [name.split("\n")[0] for name in page.locator("tbody tr:visible th").all_inner_texts()]


def test_the_index_finds_by_name_in_either_script_and_says_how_many(browser: Any, folder: Path) -> None:
    page = opened(browser, folder, "index")
    everybody = _names(page)
    assert len(everybody) == len(rounds.IDS)
    field = page.get_by_label("찾기")
    field.fill("바다")
    assert _names(page) == ["바다군"]
    assert "1곳" in page.get_by_role("status").inner_text()
    field.fill("BADA level 3")
    assert _names(page) == ["바다군"]
    field.fill("nobody of that name")
    assert _names(page) == []
    assert "Shown: 0 of 5" in page.get_by_role("status").inner_text()
    field.fill("")
    assert _names(page) == everybody
    page.context.close()


def test_the_index_sorts_by_the_keyboard_both_ways_those_without_points_last(browser: Any, folder: Path) -> None:
    page = opened(browser, folder, "index")
    points = page.locator("thead th.number button")
    points.focus()
    page.keyboard.press("Enter")
    assert page.locator("thead th.number").get_attribute("aria-sort") == "ascending"
    assert page.locator("tbody td.number").all_inner_texts() == ["120.0", "156.0", "—", "—", "—"]
    page.keyboard.press("Space")
    assert page.locator("thead th.number").get_attribute("aria-sort") == "descending"
    assert page.locator("tbody td.number").all_inner_texts() == ["156.0", "120.0", "—", "—", "—"]
    page.locator("thead th button").first.click()
    assert page.locator("th[aria-sort]").count() == 1
    names = _names(page)
    assert names == sorted(names)
    page.context.close()


def test_the_index_is_whole_with_scripts_off(browser: Any, folder: Path) -> None:
    page = opened(browser, folder, "index", java_script_enabled=False)
    assert len(_names(page)) == len(rounds.IDS)
    assert not page.get_by_role("searchbox").is_visible()
    assert page.locator("thead button").count() == 0
    page.context.close()
