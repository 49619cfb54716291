"""The glossary explains words that pages use; the statement on accessibility claims nothing that no test shows."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from smartcert.model.citation import Text
from smartcert.model.scheme import SchemeFacts
from smartcert.reporting.catalogue import Language, load_catalogue
from smartcert.reporting.formats import LANGUAGES
from smartcert.reporting.round.reference import (
    GLOSSARY_GROUPS,
    KRDS_POINTS,
    KWCAG_CHECKS,
    OF_CITIES,
    CheckStatus,
    render_glossary,
    render_statement,
)
from tests.support.chromium import complaints

SHOWN = ("report", "summary", "press", "public", "card", "charts", "terms", "findings", "result_letter", "letters")
"""The catalogues of pages and letters."""
ISSUED = ("certificate", "register")
"""Those of certificates and of the register, which the pages of a round lead to."""
TESTS = Path(__file__).parents[1]
TERMS = [term for group in GLOSSARY_GROUPS.values() for term in group]


@cache
def sentences(language: Language) -> str:
    entries = (entry for page in (*SHOWN, *ISSUED) for entry in load_catalogue(language, page).values())
    lines = (line for entry in entries for line in ((entry,) if isinstance(entry, str) else entry))
    return "\n".join(lines).lower()


@cache
def list_tests() -> frozenset[str]:
    return frozenset(
        name
        for file in TESTS.rglob("test_*.py")
        for name in re.findall(r"(?m)^def (test_\w+)", file.read_text("utf-8"))
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_term_is_a_word_of_a_page_and_is_explained_once(language: Language) -> None:
    catalogue = load_catalogue(language, "glossary")
    named = {key.split(".")[1] for key in catalogue if key.endswith(".name")}
    assert named == set(TERMS)
    assert len(TERMS) == len(set(TERMS))
    assert [term for term in TERMS if str(catalogue[f"glossary.{term}.name"]).lower() not in sentences(language)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_glossary_has_each_term_with_its_name_in_the_other_language(language: Language) -> None:
    other = "en" if language == "ko" else "ko"
    page = LexborHTMLParser(render_glossary(language))
    assert [node.attributes["id"] for node in page.css("dt")] == TERMS
    assert all(node.css_first(f"span[lang={other}]") for node in page.css("dt"))
    assert page.css_first(f'a[href="glossary.{other}.html"][lang={other}]') is not None


def test_other_schemes_have_no_terms_of_cities() -> None:
    scheme = SchemeFacts(id="prize", title=Text(ko="상", en="Prize"))
    page = LexborHTMLParser(render_glossary("en", scheme))
    assert {node.attributes["id"] for node in page.css("dt")} == set(TERMS) - OF_CITIES


def test_the_statement_has_the_33_checks_of_the_guidelines_in_their_order() -> None:
    numbers = [tuple(map(int, check.id.split("."))) for check in KWCAG_CHECKS]
    assert len(set(numbers)) == 33
    assert numbers == sorted(numbers)
    assert [sum(number[0] == principle for number in numbers) for principle in (5, 6, 7, 8)] == [9, 15, 7, 2]


@pytest.mark.parametrize("check", [*KWCAG_CHECKS, *KRDS_POINTS], ids=lambda check: check.id)
def test_what_is_called_met_names_tests_that_exist(check: Any) -> None:
    shown = check.status in (CheckStatus.MET, CheckStatus.NOT_CONCERNED)
    assert bool(check.tests) is shown
    assert set(check.tests) <= list_tests()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_statement_lists_every_point_and_says_how_many_are_not_met(language: Language) -> None:
    page = LexborHTMLParser(render_statement(language))
    rows = page.css("tbody tr")
    assert len(rows) == len(KWCAG_CHECKS) + len(KRDS_POINTS)
    text = " ".join(page.css_first("main").text().split())
    for number in (33, sum(check.status is CheckStatus.NOT_TESTED for check in KWCAG_CHECKS)):
        assert str(number) in text


def test_scripts_listen_to_nothing_but_single_clicks_and_values() -> None:
    for file in (files("smartcert.reporting") / "sections").iterdir():
        if not file.is_file():  # templates as they are compiled
            continue
        source = file.read_text("utf-8")
        assert "accesskey" not in source
        if file.name.endswith(".js"):
            heard = set(re.findall(r'addEventListener\("(\w+)"', source))
            assert heard <= {"click", "input", "change", "hashchange", "beforeprint", "afterprint"}
            assert len(re.findall("addEventListener", source)) == len(re.findall(r'addEventListener\("', source))
            assert not re.search(r"\bon(?:key|pointer|mouse|touch|device)\w*\s*=|setTimeout|setInterval", source)


@pytest.mark.browser
@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_nothing_wrong_on_a_telephone(browser: Any, tmp_path: Path, language: Language) -> None:
    for name, html in (("glossary", render_glossary(language)), ("accessibility", render_statement(language))):
        (tmp_path / f"{name}.html").write_text(html, "utf-8")
        page = browser.new_page(viewport={"width": 390, "height": 844})
        asked: list[str] = []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.goto((tmp_path / f"{name}.html").as_uri())
        assert complaints(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
        page.close()
