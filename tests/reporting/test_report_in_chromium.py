"""A report answers first: its verdict on the first screen, its length, what is folded, and where its annex begins."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from smartcert.services.rounds import OpenRound, open_round
from tests.support.report_pages import batch_page

pytestmark = pytest.mark.browser

SCREENS = ((1280, 800), (390, 844))
LONGEST = 8_000
"""Pixels of a report on a desktop before anything is unfolded."""
MOST_SHEETS = 12
"""Sheets of a report before its annex."""
IDS = ("haneul", "mireu", "yeoul")
"""Decided, not decided, decided otherwise than computed."""
every_page = pytest.mark.parametrize("language", ["ko", "en"])
REPORTS = [(applicant, language) for applicant in IDS for language in ("ko", "en")]
every_report = pytest.mark.parametrize("shown", REPORTS, indirect=True, ids="-".join)


@cache
def example() -> OpenRound:
    return open_round("example")


@cache
def html_of(applicant: str, language: str) -> str:
    return batch_page(example().record(applicant), language)


def opened(browser: Any, folder: Path, applicant: str, language: str, **context: Any) -> Any:
    file = folder / f"{applicant}.{language}.html"
    file.write_text(html_of(applicant, language), "utf-8")
    page = browser.new_context(**context).new_page()
    page.goto(file.as_uri())
    return page


@pytest.fixture(scope="module")
def shown(request: pytest.FixtureRequest, browser: Any, folder: Path) -> Iterator[Any]:
    """Give the page of an applicant, which the tests that change nothing but its width share."""
    page = opened(browser, folder, *request.param)
    yield page
    page.context.close()


@every_report
def test_the_verdict_stands_on_the_first_screen(shown: Any) -> None:
    for width, height in SCREENS:
        shown.set_viewport_size({"width": width, "height": height})
        for part in (".lead", "dl.key"):
            box = shown.locator(f"section[aria-labelledby=verdict] {part}").bounding_box()
            assert box["y"] + box["height"] <= height, (part, width)


@every_page
def test_the_reason_of_a_refusal_stands_on_the_first_screen(browser: Any, folder: Path, language: str) -> None:
    page = opened(browser, folder, "noeul", language)
    for width, height in SCREENS:
        page.set_viewport_size({"width": width, "height": height})
        box = page.locator("section[aria-labelledby=verdict] .note").bounding_box()
        assert box["y"] + box["height"] <= height, width
    page.context.close()


@every_report
def test_a_report_is_short_before_it_is_unfolded(shown: Any) -> None:
    shown.set_viewport_size({"width": 1280, "height": 800})
    assert shown.evaluate("document.documentElement.scrollHeight") <= LONGEST


def test_what_is_folded_opens_without_scripts_and_is_open_on_paper(browser: Any, folder: Path) -> None:
    page = opened(browser, folder, "haneul", "ko", java_script_enabled=False)
    fold = page.locator("section[aria-labelledby=working] details.fold")
    table = fold.locator("table").first
    assert not table.is_visible()
    fold.locator("summary").click()
    assert table.is_visible()
    page.context.close()
    page = opened(browser, folder, "haneul", "ko")
    page.emulate_media(media="print")
    assert page.locator("details:not([open])").count() >= 5
    closed = page.evaluate(
        """() => [...document.querySelectorAll("details:not(#experiment) table")]
          .filter(one => !one.getBoundingClientRect().height)
          .map(one => one.textContent.slice(0, 40))"""
    )
    assert closed == []
    page.context.close()


@every_page
def test_the_annex_begins_within_the_first_sheets_and_is_complete(browser: Any, folder: Path, language: str) -> None:
    pdfium = pytest.importorskip("pypdfium2")
    page = opened(browser, folder, "haneul", language)
    sheets = [
        sheet.get_textpage().get_text_bounded() for sheet in pdfium.PdfDocument(page.pdf(prefer_css_page_size=True))
    ]
    annex = [number for number, text in enumerate(sheets) if ("부록:" if language == "ko" else "Annex:") in text]
    assert len(annex) == 1
    assert annex[0] <= MOST_SHEETS
    card = example().record("haneul").evaluation.scorecard
    assert card is not None
    after = " ".join(sheets[annex[0] :])
    assert all(score.id in after for score in card.indicators())
    page.context.close()


@every_report
def test_the_scale_of_levels_fits_a_telephone(shown: Any) -> None:
    shown.set_viewport_size({"width": 390, "height": 844})
    boxes = shown.evaluate(
        """() => [...document.querySelectorAll("section[aria-labelledby=verdict] .narrow-chart text")]
          .map(one => one.getBoundingClientRect()).map(box => [box.left, box.right])"""
    )
    assert len(boxes) > 5
    assert all(left >= 0 and right <= 390 for left, right in boxes)
    assert not shown.locator("section[aria-labelledby=verdict] .chart > svg").is_visible()
