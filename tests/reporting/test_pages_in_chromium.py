"""Every kind of page in a real browser: axe-core, no request, scripts off, reflow, spacing, motion, keyboard, paper."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from smartcert.reporting.page import page_style
from smartcert.reporting.round.summary import RoundSummary
from tests.support import sample_rounds as rounds
from tests.support.all_pages import KINDS, opened
from tests.support.chromium import COLOUR_RULES, complaints
from tests.support.contrast import contrast_ratio
from tests.support.report_pages import page_of_sections

pytestmark = pytest.mark.browser

SPACED = "* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }"
PAGES = [(kind, language) for kind in KINDS for language in ("ko", "en") if (kind, language) != ("index", "en")]
every_page = pytest.mark.parametrize(("kind", "language"), PAGES)
every_kind = pytest.mark.parametrize("kind", KINDS)
SCHEMES = {1280: {"ko": "light", "en": "dark"}, 320: {"ko": "dark", "en": "light"}}
"""The colours in which a page of a language is looked at, by its width.

The rules about colours take nine tenths of axe's time, and the style sheet knows no language. So each kind of page is
looked at in both schemes at both widths, and each language in both schemes, at one width each.
"""


@every_page
def test_axe_finds_nothing_wrong_and_nothing_undecided(browser: Any, folder: Path, kind: str, language: str) -> None:
    page = opened(browser, folder, kind, language, bypass_csp=True)
    for width, schemes in SCHEMES.items():
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=schemes[language])
        assert complaints(page) == [], (width, schemes[language])
        if (kind, "en") not in PAGES:  # in the colours of the other language
            page.emulate_media(color_scheme=schemes["en"])
            assert complaints(page, *COLOUR_RULES) == [], (width, schemes["en"])
    page.context.close()


def test_the_style_sheet_knows_no_language() -> None:
    assert "@media" in page_style()
    assert "lang" not in page_style()


@every_page
def test_no_request_leaves_the_page_and_it_opens_with_scripts_off(
    browser: Any, folder: Path, kind: str, language: str
) -> None:
    for scripts in (True, False):
        page = opened(browser, folder, kind, language, java_script_enabled=scripts)
        assert {url for url in page.asked if not url.startswith("data:")} == {page.url}
        assert page.locator("h1").inner_text().strip()
        assert page.locator("main h2").first.is_visible()
        assert page.messages == []
        page.context.close()


@every_kind
def test_nothing_is_cut_off_or_scrolls_the_page_sideways_also_with_wide_spacing(
    browser: Any, folder: Path, kind: str
) -> None:
    for width in (320, 1280):
        page = opened(browser, folder, kind, viewport={"width": width, "height": 900}, bypass_csp=True)
        assert page.evaluate("document.documentElement.scrollWidth") == width
        page.add_style_tag(content=SPACED + "p { margin-bottom: 2em !important; }")
        assert page.evaluate("document.documentElement.scrollWidth") == width
        cut = page.evaluate(
            """() => [...document.querySelectorAll("body *:not(svg *)")].filter(one => {
              const style = getComputedStyle(one);
              return style.overflowX === "hidden" && one.scrollWidth > one.clientWidth + 1
                && !one.classList.contains("visually-hidden");
            }).map(one => one.outerHTML.slice(0, 80))"""
        )
        assert [one for one in cut if not one.startswith("<svg")] == []
        page.context.close()


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
def test_the_summary_answers_on_its_first_screen(
    browser: Any, folder: Path, width: int, height: int, language: str
) -> None:
    page = opened(browser, folder, "summary", language, viewport={"width": width, "height": height})
    answer = page.locator("section[aria-labelledby=overview] dl.key").bounding_box()
    assert answer["y"] + answer["height"] <= height
    page.context.close()


def test_nothing_moves_for_those_who_asked_for_that(browser: Any, folder: Path) -> None:
    for wish, behaviour in (("reduce", "auto"), ("no-preference", "smooth")):
        page = opened(browser, folder, "evaluated", reduced_motion=wish)
        assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == behaviour
        assert page.evaluate("document.getAnimations().length") == 0
        page.context.close()


@pytest.mark.parametrize("kind", ["evaluated", "summary", "index"])
def test_the_keyboard_goes_through_a_page_in_its_order_and_its_place_is_seen(
    browser: Any, folder: Path, kind: str
) -> None:
    page = opened(browser, folder, kind)
    stops = []
    for _ in range(12):
        page.keyboard.press("Tab")
        stops.append(
            page.evaluate(
                """() => {
                  const one = document.activeElement, style = getComputedStyle(one), box = one.getBoundingClientRect();
                  const all = [...document.querySelectorAll("*")];
                  return [all.indexOf(one), style.outlineStyle, parseFloat(style.outlineWidth), box.width * box.height];
                }"""
            )
        )
    places = [stop[0] for stop in stops]
    assert places == sorted(set(places))
    assert all(style != "none" and width >= 2 and area > 0 for _, style, width, area in stops)
    page.evaluate("document.activeElement.blur(); window.getSelection().removeAllRanges()")
    page.reload()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["evaluated", "certified", "summary"])
def test_text_in_charts_stands_out_from_what_is_really_painted_behind_it(
    browser: Any, folder: Path, kind: str, scheme: str
) -> None:
    page = opened(browser, folder, kind, color_scheme=scheme, bypass_csp=True)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    texts = page.evaluate(
        """() => [...document.querySelectorAll("svg.chart text")].filter(one => one.checkVisibility()).map(one => {
          const box = one.getBoundingClientRect(), style = getComputedStyle(one);
          return [[box.x + scrollX, box.y + scrollY, box.width, box.height], style.fill, style.color, one.textContent];
        })"""
    )
    assert len(texts) > 20
    page.add_style_tag(content="svg.chart text { visibility: hidden; }")
    picture = Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("RGB")
    for (left, top, width, height), fill, colour, text in texts:
        assert fill == colour, text  # axe reads the one, a reader the other
        behind = picture.crop((round(left), round(top), round(left + width), round(top + height)))
        weak = sum(
            count
            for count, rgb in behind.getcolors(1 << 16) or []
            if contrast_ratio(_hex(rgb), _hex(_numbers(fill))) < 4.5
        )
        assert weak / (behind.width * behind.height) < 0.2, (text, fill)  # a line may cross it
    page.context.close()


def _numbers(colour: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", colour)[:3])


def _hex(rgb: Any) -> str:
    return "#{:02x}{:02x}{:02x}".format(*rgb)


# paper


def _sheets(page: Any) -> list[list[str]]:
    pdfium = pytest.importorskip("pypdfium2")
    document = pdfium.PdfDocument(page.pdf(prefer_css_page_size=True))
    assert all(round(size) in (595, 596, 842) for sheet in document for size in sheet.get_size())
    return [sheet.get_textpage().get_text_bounded().replace("\r", "").strip().split("\n") for sheet in document]


def test_sheets_are_a4_numbered_and_none_ends_with_a_heading(browser: Any, folder: Path) -> None:
    for kind in ("evaluated", "summary"):
        page = opened(browser, folder, kind)
        headings = {one.strip() for one in page.locator("h2, h3, h4, h5, caption, figcaption").all_inner_texts()}
        sheets = _sheets(page)
        assert len(sheets) > 2
        for number, lines in enumerate(sheets, start=1):
            assert f"{number} / {len(sheets)}" in lines
            body = [line.strip() for line in lines if line.strip() and line != f"{number} / {len(sheets)}"]
            assert body[-1] not in headings
        page.context.close()


def test_a_table_that_goes_on_overleaf_repeats_its_heads(browser: Any, folder: Path) -> None:
    summary = RoundSummary(rounds.many(170), "ko")
    file = folder / "many.html"
    file.write_text(page_of_sections([summary.head(), summary.applicants(), summary.typeface()]), "utf-8")
    page = browser.new_page()
    page.goto(file.as_uri())
    sheets = _sheets(page)
    assert len(sheets) > 3
    heads = [line.replace(" ", "") for lines in sheets for line in lines if "총점" in line and "결정" in line]
    assert sum("신청지자체" in line for line in heads) == len(sheets)
    page.close()
