"""Every kind of page and document that the program writes as HTML, in both languages, without a browser or a kernel."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from smartcert.reporting.catalogue import Words
from smartcert.reporting.documents.html import write_html
from smartcert.reporting.round.reference import render_glossary, render_statement
from smartcert.services import criteria
from smartcert.services.cards import RoundCards
from smartcert.services.letters import build_letters
from tests.support.all_pages import KINDS, build_page
from tests.support.build import example

LETTERS = ("daon", "yeoul", "ara", "noeul")
"""One with reasons in Korean, one decided otherwise, one certified, one refused."""
CARDS = ("ara", "mireu", "onnuri")


@cache
def build_criteria(language: str) -> str:
    """Return the document of the criteria."""
    opened = example()
    words = Words(language, *criteria.CATALOGUE_PAGES, scheme=opened.rules.facts)
    scheme = opened.rulebook.schemes[opened.rules.edition.scheme]
    return write_html(criteria.build_criteria(opened.rules, scheme.title, words))


@cache
def build_pages(language: str) -> Mapping[str, str]:
    """Return every kind of page by name, but for the papers of reception, which stand in files."""
    opened, cards = example(), RoundCards(example())
    return {
        **{kind: build_page(kind, language) for kind in KINDS},
        **{name: build_letters(opened, name, (language,))[language]["html"].decode() for name in LETTERS},
        **{f"card_of_{name}": cards.render(name, language).decode() for name in CARDS},
        "glossary": render_glossary(language),
        "statement": render_statement(language),
        "criteria": build_criteria(language),
    }


def write_pages(folder: Path) -> list[Path]:
    """Write every kind of page in both languages, and return the files."""
    files = []
    for language in ("ko", "en"):
        for name, page in build_pages(language).items():
            file = folder / f"{name}.{language}.html"
            file.write_text(page, "utf-8")
            files.append(file)
    return files
