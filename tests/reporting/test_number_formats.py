"""A number of one kind is written in one way on every page: shares 69.7%, totals 1,394.0, counts 1,394."""

from __future__ import annotations

import re
from functools import cache

import pytest
from selectolax.lexbor import LexborHTMLParser

from smartcert.reporting.round.index import render_index
from smartcert.reporting.round.summary import RoundSummary
from smartcert.services.cards import RoundCards
from smartcert.services.letters import build_letters
from tests.support.all_pages import SUMMARY
from tests.support.build import example
from tests.support.report_pages import batch_page, page_of_sections

NAME = "haneul"
TOTAL = "1,394.0"
COUNTED = r"(?:점|명|곳|건|개| points?| residents?| applicants?| local governments?)"
_UNGROUPED = re.compile(rf"(?<![\d,.])\d{{4,}}(?={COUNTED})")
_SPACED = re.compile(r"\d %")
_LONG = re.compile(r"(?<![\d,.])(?<!= )1,394(?!\.0(?!\d))(?![\d,])")
"""The total of `NAME` with other digits than one, but for a sum in the working, which is not rounded yet."""
_SHARE = re.compile(r"(?:\d{1,2}|100)\.\d%")
PAGES = ("report", "letter", "card", "summary", "index")


@cache
def page(kind: str, language: str) -> str:
    if kind == "report":
        return batch_page(example().record(NAME), language)
    if kind == "letter":
        return build_letters(example(), NAME, (language,))[language]["html"].decode()
    if kind == "card":
        return RoundCards(example()).render("ara", language).decode()
    if kind == "summary":
        summary = RoundSummary(example().round_record(), language)
        return page_of_sections([getattr(summary, name)() for name in SUMMARY])
    return render_index(example().round_record(), pages=())


@cache
def text(kind: str, language: str) -> str:
    tree = LexborHTMLParser(page(kind, language))
    for node in tree.css("script, style"):
        node.decompose()
    assert tree.body is not None
    return tree.body.text(separator=" ")


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("kind", PAGES)
def test_counts_are_grouped_and_percentages_have_no_space(kind: str, language: str) -> None:
    assert _UNGROUPED.findall(text(kind, language)) == []
    assert _SPACED.findall(text(kind, language)) == []


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("kind", ["report", "letter", "summary", "index"])
def test_a_total_has_the_same_digits_on_every_page(kind: str, language: str) -> None:
    assert TOTAL in text(kind, language)
    assert _LONG.findall(text(kind, language)) == []


def list_shares(kind: str, language: str) -> list[str]:
    """Return what stands as a share of points: in columns and facts of that name, and in sentences about it."""
    label = {"ko": "득점률", "en": "Score (%)"}[language]
    tree = LexborHTMLParser(page(kind, language))
    shares = [node.css_first("dd").text() for node in tree.css("dl div") if node.css_first("dt").text() == label]
    for table in tree.css("table"):
        heads = [" ".join(head.text().split()) for head in table.css("thead th, thead td")]
        for place in (number for number, head in enumerate(heads) if head == label):
            rows = [row.css("th, td") for row in table.css("tbody tr")]
            shares += [row[place].text() for row in rows if len(row) == len(heads)]
    return [" ".join(share.split()) for share in shares if share.strip(" —-")]


@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_share_of_points_has_one_digit_everywhere_and_is_whole_in_public(language: str) -> None:
    shares = list_shares("report", language)
    assert len(shares) > 3
    assert [share for share in shares if not _SHARE.fullmatch(share)] == []
    sentences = re.findall(
        r"[\d.]+%", " ".join(re.findall(r"득점률 ?[\d.]+%|score: [\d.]+%", text("letter", language)))
    )
    assert sentences
    assert [share for share in sentences if not _SHARE.fullmatch(share)] == []
    assert [share for share in re.findall(r"[\d.]+%", text("card", language)) if "." in share] == []
