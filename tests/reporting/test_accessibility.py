"""What KWCAG 2.2 asks and axe does not decide: link names, instructions, sizes, spaces, help, and what is heard.

The list of the standard is compared with its public text (KS X OT0003:2022) by names and numbers.
"""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from smartcert.reporting.catalogue import Language, load_catalogue
from smartcert.reporting.formats import LANGUAGES
from smartcert.reporting.page import page_style
from smartcert.reporting.round.index import render_index
from tests.support.all_pages import opened
from tests.support.build import example
from tests.support.documents import LETTERS, build_criteria, build_pages

PAGES = (
    *("report", "summary", "press", "public", "card", "charts", "history", "committee", "glossary", "research"),
    *("findings", "certificate", "register", "letters", "result_letter", "problems"),
)
INSTRUCTION = {
    "ko": re.compile(r"(?:십시오|바랍니다)"),
    "en": re.compile(r"^(?:choose|click|press|select|see|open|look|enter|use|please)\b", re.IGNORECASE),
}
BY_LOOK_OR_SIDE = {
    "ko": re.compile(r"왼쪽|오른쪽|좌측|우측|빨간|초록|파란|노란|동그란|네모|둥근"),
    "en": re.compile(r"\b(?:left|right|red|green|blue|yellow|square|round (?:button|dot|mark|sign))\b", re.IGNORECASE),
}
SMALLEST_DIAGONAL = 6.0 / 25.4 * 96
"""6.0 mm in pixels of CSS, of which 96 are an inch."""


def name_of(link: Any) -> str:
    return link.attributes.get("aria-label") or " ".join(link.text().split())


@pytest.mark.parametrize("language", LANGUAGES)
def test_links_of_one_name_lead_to_one_place(language: Language) -> None:
    record = example().round_record()
    ids = [evaluation.id for evaluation in example().evaluations]
    files = [f"applicants/{id_}/report.{one}.html" for id_ in ids for one in LANGUAGES]
    pages = {**build_pages(language), "index": render_index(record, pages=files)}
    for name, page in pages.items():
        targets: dict[str, set[str]] = {}
        for link in LexborHTMLParser(page).css("a[href]"):
            targets.setdefault(name_of(link), set()).add(link.attributes["href"] or "")
        assert {link: to for link, to in targets.items() if len(to) > 1 or len(link) < 2} == {}, name


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_instruction_names_a_thing_by_its_look_or_side(language: Language) -> None:
    entries = ((page, key, entry) for page in PAGES for key, entry in load_catalogue(language, page).items())
    texts = [(key, text) for _, key, entry in entries for text in ((entry,) if isinstance(entry, str) else entry)]
    sentences = [(key, one) for key, text in texts for one in re.split(r"(?<=[.:])\s+", text)]
    told = [(key, one) for key, one in sentences if INSTRUCTION[language].search(one)]
    assert len(told) > 1
    assert [one for one in told if BY_LOOK_OR_SIDE[language].search(one[1])] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_letter_has_its_contact_as_the_last_sentence_before_what_is_enclosed(language: Language) -> None:
    contact = str(load_catalogue(language, "result_letter")["result_letter.contact"])
    enclosed = str(load_catalogue(language, "letters")["letter.enclosures"])
    for name in LETTERS:
        lines = [" ".join(line.text().split()) for line in LexborHTMLParser(build_pages(language)[name]).css("main p")]
        (place,) = (place for place, line in enumerate(lines) if contact in line)
        after = lines[place + 1]
        assert after.startswith(enclosed) or "signature" in build_pages(language)[name].split(after)[0][-60:], name


def test_headings_of_documents_go_down_from_one_title_and_tables_have_names() -> None:
    for language in LANGUAGES:
        tree = LexborHTMLParser(build_criteria(language))
        levels = [int(node.tag[1]) for node in tree.css("h1, h2, h3, h4")]
        assert levels.count(1) == 1
        assert levels[0] == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))
        names = [
            tree.css_first(f"#{table.attributes['aria-labelledby']}").text().strip() for table in tree.css("table")
        ]
        assert all(names)
        assert len(set(names)) == len(names)


def test_a_heading_begins_with_a_capital_which_no_style_sheet_makes() -> None:
    assert "first-letter" not in page_style()
    for name, page in build_pages("en").items():
        headings = LexborHTMLParser(page).css("h1, h2, h3, thead th, .narrow th, .working th")
        texts = [" ".join(heading.text().split()) for heading in headings if not heading.css_first("[lang=ko]")]
        assert [text for text in texts if re.match("[a-z]+(?: |$)", text)] == [], name


@pytest.mark.browser
@pytest.mark.parametrize("kind", ["evaluated", "summary", "index"])
def test_controls_are_large_enough_and_sections_apart(browser: Any, folder: Path, kind: str) -> None:
    page = opened(browser, folder, kind, "ko", viewport={"width": 390, "height": 844})
    sizes = page.evaluate(
        """() => [...document.querySelectorAll("a[href], button, input, select, summary")]
          .filter(one => one.checkVisibility() && !one.classList.contains("skip"))
          .map(one => [one.getBoundingClientRect(), one.outerHTML.slice(0, 80)])
          .map(([box, html]) => [Math.hypot(box.width, box.height), html])"""
    )
    assert len(sizes) > 3
    assert [html for diagonal, html in sizes if diagonal < SMALLEST_DIAGONAL] == []
    gaps = page.evaluate(
        """() => { const all = [...document.querySelectorAll("main section[aria-labelledby]")];
          return all.slice(1).map((one, place) => [
            one.querySelector("h2").getBoundingClientRect().top
              - all[place].lastElementChild.getBoundingClientRect().bottom,
            parseFloat(getComputedStyle(one).borderTopWidth),
          ]); }"""
    )
    assert gaps
    assert [gap for gap, border in gaps if gap < 16 and not border] == []
    page.context.close()
