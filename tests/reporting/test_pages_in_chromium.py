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
from tests.support.all_pages import KINDS, open_tab, opened, show
from tests.support.chromium import COLOUR_RULES, complaints
from tests.support.contrast import contrast_ratio
from tests.support.embedded_typeface import list_missing_by_weight
from tests.support.report_pages import page_of_sections

pytestmark = pytest.mark.browser

SPACED = "* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }"
PAGES = [(kind, language) for kind in KINDS for language in ("ko", "en") if (kind, language) != ("index", "en")]
every_page = pytest.mark.parametrize("shown", PAGES, indirect=True, ids="-".join)
every_kind = pytest.mark.parametrize("kind", KINDS)
WIDTHS = (1280, 320)


def list_colour_schemes(kind: str, language: str) -> dict[int, list[str]]:
    """Return the colour schemes in which axe looks at the colours of a page, by its width.

    The rules about colours take nine tenths of axe's time, and the style sheet knows no language. So each kind of page
    is looked at in one scheme at the one width and in the other at the other, the next kind the other way round, and
    each language in one of them; of a page in one language both are looked at.
    """
    at_1280 = ("light", "dark")[list(KINDS).index(kind) % 2]
    schemes = {1280: at_1280, 320: "dark" if at_1280 == "light" else "light"}
    only = {"ko": 1280, "en": 320}[language] if (kind, "en") in PAGES else None
    return {width: [scheme] if only in (None, width) else [] for width, scheme in schemes.items()}


@pytest.fixture(scope="module")
def tab(browser: Any) -> Any:
    """Give a tab for one page after another."""
    return open_tab(browser)


@pytest.fixture(scope="module")
def shown(request: pytest.FixtureRequest, tab: Any, folder: Path) -> Any:
    """Give a page as it was opened; all tests that look at it without changing it share it."""
    tab.set_viewport_size({"width": 1280, "height": 900})
    tab.emulate_media(color_scheme="light")
    tab.kind, tab.language = request.param
    return show(tab, folder, *request.param)


@pytest.fixture(scope="module")
def without_scripts(browser: Any) -> Any:
    """Give a tab for one page after another, in which no script runs."""
    return open_tab(browser, java_script_enabled=False)


@pytest.fixture(scope="module")
def with_styles(browser: Any) -> Any:
    """Give a tab for one page after another, to which tests add styles."""
    return open_tab(browser, bypass_csp=True)


@every_page
def test_no_request_leaves_the_page_and_it_opens_with_scripts_off(
    without_scripts: Any, folder: Path, shown: Any
) -> None:
    for page in (shown, show(without_scripts, folder, shown.kind, shown.language)):
        assert {url for url in page.asked if not url.startswith("data:")} == {page.url}
        assert page.locator("h1").inner_text().strip()
        assert page.locator("main h2").first.is_visible()
        assert page.messages == []


@every_page
def test_every_character_is_carried_in_the_weight_in_which_it_is_shown(shown: Any) -> None:
    assert list_missing_by_weight(shown) == {"400": set(), "700": set()}


@every_page
def test_axe_finds_nothing_wrong_and_nothing_undecided(shown: Any) -> None:
    for width, schemes in list_colour_schemes(shown.kind, shown.language).items():
        shown.set_viewport_size({"width": width, "height": 900})
        for scheme in schemes:
            shown.emulate_media(color_scheme=scheme)
            assert complaints(shown) == [], (width, scheme)
        if not schemes:
            assert complaints(shown, without=COLOUR_RULES) == [], width


@every_page
def test_what_is_heard_tells_a_page(shown: Any) -> None:
    shown.set_viewport_size({"width": 1280, "height": 900})
    shown.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    nodes = shown.context.new_cdp_session(shown).send("Accessibility.getFullAXTree")["nodes"]
    heard = [
        (node["role"]["value"], node.get("name", {}).get("value", "").strip(), node.get("description", {}))
        for node in nodes
        if not node["ignored"]
    ]
    named = ("heading", "table", "region", "image", "rowheader", "columnheader", "link", "button", "combobox")
    names = {role: [name for one, name, _ in heard if one == role] for role in named}
    assert [role for role, _, _ in heard if role in ("main", "banner", "contentinfo")].count("main") == 1
    assert {"main", "banner", "contentinfo"} <= {role for role, _, _ in heard}
    assert [role for role, found in names.items() if not all(found)] == []
    # a caption is heard as the name of its table, once: as no description, and as the name of nothing around it
    assert [text for role, _, text in heard if role == "table" and text.get("value")] == []
    assert len(set(names["table"])) == len(names["table"])
    assert not set(names["table"]) & set(names["region"] + names["heading"])
    assert set(names["region"]) <= set(names["heading"])


def test_the_style_sheet_knows_no_language() -> None:
    assert "@media" in page_style()
    assert "lang" not in page_style()


def test_axe_looks_at_every_width_in_every_colour_scheme() -> None:
    seen = {
        (kind, width, scheme)
        for kind, language in PAGES
        for width, schemes in list_colour_schemes(kind, language).items()
        for scheme in schemes
    }
    assert {(width, scheme) for _, width, scheme in seen} == {(w, s) for w in WIDTHS for s in ("light", "dark")}
    assert {(kind, width) for kind, width, _ in seen} == {(kind, width) for kind in KINDS for width in WIDTHS}
    assert {(kind, scheme) for kind, _, scheme in seen} == {(kind, s) for kind in KINDS for s in ("light", "dark")}


def test_a_reader_who_compares_applicants_sees_their_names_in_the_typeface(browser: Any, folder: Path) -> None:
    page = opened(browser, folder, "index")
    for box in page.locator("#results tbody input[type=checkbox]").all()[:2]:
        box.check()
    assert list_missing_by_weight(page) == {"400": set(), "700": set()}
    page.context.close()


@every_kind
def test_nothing_is_cut_off_or_scrolls_the_page_sideways_also_with_wide_spacing(
    with_styles: Any, folder: Path, kind: str
) -> None:
    page = show(with_styles, folder, kind)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") == width
    page.add_style_tag(content=SPACED + "p { margin-bottom: 2em !important; }")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") == width
        cut = page.evaluate(
            """() => [...document.querySelectorAll("body *:not(svg *)")].filter(one => {
              const style = getComputedStyle(one);
              return style.overflowX === "hidden" && one.scrollWidth > one.clientWidth + 1
                && !one.matches(".visually-hidden, .working caption");
            }).map(one => one.outerHTML.slice(0, 80))"""
        )
        assert [one for one in cut if not one.startswith("<svg")] == []


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
def test_the_summary_answers_on_its_first_screen(
    with_styles: Any, folder: Path, width: int, height: int, language: str
) -> None:
    with_styles.set_viewport_size({"width": width, "height": height})
    page = show(with_styles, folder, "summary", language)
    answer = page.locator("section[aria-labelledby=overview] dl.key").bounding_box()
    assert answer["y"] + answer["height"] <= height


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


@pytest.mark.parametrize("kind", ["evaluated", "certified", "summary"])
def test_text_in_charts_stands_out_from_what_is_really_painted_behind_it(
    with_styles: Any, folder: Path, kind: str
) -> None:
    page = show(with_styles, folder, kind)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    page.add_style_tag(content="svg.chart text { visibility: hidden; }")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        texts = page.evaluate(
            """() => [...document.querySelectorAll("svg.chart text")].filter(one => one.checkVisibility()).map(one => {
              const box = one.getBoundingClientRect(), {fill, color} = getComputedStyle(one);
              return [[box.x + scrollX, box.y + scrollY, box.width, box.height], fill, color, one.textContent];
            })"""
        )
        assert len(texts) > 20
        picture = Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("RGB")
        for (left, top, width, height), fill, colour, text in texts:
            assert fill == colour, text  # axe reads the one, a reader the other
            behind = picture.crop((round(left), round(top), round(left + width), round(top + height)))
            weak = sum(
                count
                for count, rgb in behind.getcolors(1 << 16) or []
                if contrast_ratio(_hex(rgb), _hex(_numbers(fill))) < 4.5
            )
            assert weak / (behind.width * behind.height) < 0.2, (scheme, text, fill)  # a line may cross it


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
