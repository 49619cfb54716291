"""Every kind of page in a real browser: axe-core, no request, scripts off, reflow, spacing, motion, keyboard, paper."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from smartcert.reporting.audience import lean
from smartcert.reporting.index import index_page
from smartcert.reporting.palette import contrast
from smartcert.reporting.press_record import press_of
from smartcert.reporting.press_summary import PressSummary
from smartcert.reporting.record import Audience
from smartcert.reporting.summary import RoundSummary
from tests import sample_records as samples
from tests import sample_rounds as rounds
from tests.chromium import chromium, complaints
from tests.report_pages import batch_page, page_of_sections

pytestmark = pytest.mark.browser

SUMMARY = ("head", "failures", "overview", "levels", "domains", "applicants", "refused", "basis", "typeface")
LINKS = frozenset({"results.csv", "results.xlsx", "applicants/bada/report.ko.html", "applicants/bada/report.en.html"})
SPACED = "* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }"


def _summary(language: str) -> str:
    summary = RoundSummary(rounds.round_record(), language, LINKS)
    return page_of_sections([getattr(summary, name)() for name in SUMMARY])


def _press(language: str) -> str:
    summary = PressSummary(press_of(rounds.round_record()), language, LINKS)
    return page_of_sections([getattr(summary, name)() for name in SUMMARY])


def _index(_: str) -> str:
    reports = [f"applicants/{id_}/report.{language}.html" for id_ in rounds.IDS for language in ("ko", "en")]
    return index_page(rounds.round_record(), pages=[*LINKS, *reports, "round_summary.ko.html"])


KINDS: dict[str, Callable[[str], str]] = {
    "evaluated": lambda language: batch_page(samples.not_certified(), language),
    "certified": lambda language: batch_page(samples.certified(), language),
    "refused": lambda language: batch_page(samples.late(), language),
    "supplement": lambda language: batch_page(samples.supplement_pending(), language),
    "hostile": lambda language: batch_page(samples.hostile(" ".join(samples.HOSTILE)), language),
    "applicant": lambda language: batch_page(lean(samples.not_certified(), Audience.APPLICANT), language),
    "public": lambda language: batch_page(lean(samples.certified(), Audience.PUBLIC), language),
    "summary": _summary,
    "press": _press,
    "index": _index,
}
PAGES = [(kind, language) for kind in KINDS for language in ("ko", "en") if (kind, language) != ("index", "en")]
every_page = pytest.mark.parametrize(("kind", "language"), PAGES)
every_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pages")


@cache
def _made(kind: str, language: str) -> str:
    return KINDS[kind](language)


def opened(browser: Any, folder: Path, kind: str, language: str = "ko", **context: Any) -> Any:
    file = folder / f"{kind}.{language}.html"
    file.write_text(_made(kind, language), "utf-8")
    page = browser.new_context(**({"viewport": {"width": 1280, "height": 900}} | context)).new_page()
    page.asked = []
    page.on("request", lambda request: page.asked.append(request.url))
    page.goto(file.as_uri())
    return page


@every_page
def test_axe_finds_nothing_wrong_and_nothing_undecided(browser: Any, folder: Path, kind: str, language: str) -> None:
    page = opened(browser, folder, kind, language, bypass_csp=True)
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert complaints(page) == [], (width, scheme)
    page.context.close()


@every_page
def test_no_request_leaves_the_page_and_it_opens_with_scripts_off(
    browser: Any, folder: Path, kind: str, language: str
) -> None:
    told: list[str] = []
    for scripts in (True, False):
        page = opened(browser, folder, kind, language, java_script_enabled=scripts)
        page.on("console", lambda message: told.append(message.text))
        page.reload()
        assert {url for url in page.asked if not url.startswith("data:")} == {page.url}
        assert page.locator("h1").inner_text().strip()
        assert page.locator("main h2").first.is_visible()
        page.context.close()
    assert told == []


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
    texts = page.evaluate(
        """() => [...document.querySelectorAll("svg.chart text")].map(one => {
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
            count for count, rgb in behind.getcolors(1 << 16) or [] if contrast(_hex(rgb), _hex(_numbers(fill))) < 4.5
        )
        assert weak / (behind.width * behind.height) < 0.2, (text, fill)  # a line may cross it
    page.context.close()


def _numbers(colour: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", colour)[:3])


def _hex(rgb: Any) -> str:
    return "#{:02x}{:02x}{:02x}".format(*rgb)


# the index


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
    summary = RoundSummary(rounds.many(120), "ko")
    file = folder / "many.html"
    file.write_text(page_of_sections([summary.head(), summary.applicants(), summary.typeface()]), "utf-8")
    page = browser.new_page()
    page.goto(file.as_uri())
    sheets = _sheets(page)
    assert len(sheets) > 3
    assert all(any("신청 지자체" in line and "총점" in line for line in lines) for lines in sheets)
    page.close()
