"""What a screen reader is given of the history and of certificates: names, headings, tables, languages, focus."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from smartcert.reporting.catalogue import load_words
from smartcert.reporting.charts.history import draw_timeline_chart
from smartcert.reporting.history import CertificationHistory
from tests.certification.test_certificate import key, statement
from tests.certification.test_certificate import page as certificate_page
from tests.reporting.test_history import SECTIONS, record
from tests.reporting.test_languages import list_unmarked
from tests.support.report_pages import page_of_sections


def history_page(language: str) -> str:
    history = CertificationHistory(record(), language)
    return page_of_sections([getattr(history, name)() for name in (*SECTIONS, "typeface")])


PAGES = {
    "history.ko": lambda: history_page("ko"),
    "history.en": lambda: history_page("en"),
    "certificate": lambda: certificate_page(statement(), key()),
    "specimen": lambda: certificate_page(statement(office=""), key("")),
}


@pytest.fixture
def shown(request: pytest.FixtureRequest, browser: Any, folder: Path) -> Any:
    file = folder / f"{request.param}.html"
    file.write_text(PAGES[request.param](), "utf-8")
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(file.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    yield page
    page.context.close()


def heard(page: Any) -> list[tuple[str, str, dict[str, Any]]]:
    nodes = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    return [
        (
            node["role"]["value"],
            node.get("name", {}).get("value", "").strip(),
            {one["name"]: one["value"].get("value") for one in node.get("properties", ())},
        )
        for node in nodes
        if not node["ignored"]
    ]


@pytest.mark.browser
@pytest.mark.parametrize("shown", PAGES, indirect=True)
def test_headings_tables_and_images_have_names_and_headings_go_down_step_by_step(shown: Any) -> None:
    nodes = heard(shown)
    assert [role for role, _, _ in nodes].count("main") == 1
    levels = [properties["level"] for role, _, properties in nodes if role == "heading"]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    named = ("heading", "table", "region", "image", "columnheader", "rowheader", "link", "navigation")
    assert [role for role, name, _ in nodes if role in named and not name] == []
    tables = [name for role, name, _ in nodes if role == "table"]
    assert tables
    assert len(set(tables)) == len(tables)
    headless = shown.evaluate(
        "[...document.querySelectorAll('tbody')].filter(one => !one.querySelector('th[scope]')).length"
    )
    assert headless == 0


@pytest.mark.browser
@pytest.mark.parametrize("shown", PAGES, indirect=True)
def test_the_keyboard_goes_through_a_page_in_the_order_in_which_it_is_read(shown: Any) -> None:
    expected = shown.evaluate(
        """() => [...document.querySelectorAll("a[href], summary, button, input, select, [tabindex='0']")]
          .filter(one => one.checkVisibility()).map(one => [...document.all].indexOf(one))"""
    )
    places = []
    for _ in expected:
        shown.keyboard.press("Tab")
        places.append(shown.evaluate("[...document.all].indexOf(document.activeElement)"))
    assert places == expected == sorted(expected)


@pytest.mark.parametrize("name", PAGES)
def test_the_words_of_each_language_are_marked(name: str) -> None:
    assert list_unmarked(PAGES[name]()) == []


@pytest.mark.browser
@pytest.mark.parametrize("shown", ["certificate", "specimen"], indirect=True)
def test_a_certificate_is_heard_in_both_languages(shown: Any) -> None:
    named = ("RootWebArea", "heading", "table", "image", "rowheader")
    names = [name for role, name, _ in heard(shown) if role in named]
    assert len(names) > 8
    assert [name for name in names if not (re.search("[가-힣]", name) and re.search("[A-Za-z]{4}", name))] == []


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_text_alternative_of_the_timeline_has_its_levels_gaps_and_disputed_days(language: str) -> None:
    words = load_words(language, "report", "charts", "history")
    history = record().history
    chart = draw_timeline_chart(history, words)
    written = set(re.findall(r">([^<>]*(?:등급|Level)[^<>]*)</text>", chart.svg))
    assert written
    assert [level for level in written if level not in chart.alt] == []
    for timeline in history.timelines:
        days = [day for lapse in timeline.lapses for day in (lapse.first, lapse.last)]
        days += [day for term in timeline.terms for day in (term.first, term.last, *term.last_claims)]
        assert [day for day in days if words.show(day, "day") not in chart.alt] == []
