"""The index of a round: it leads to what is there, needs nothing but itself, and is safe to open."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from markupsafe import escape

from smartcert.model.citation import Text
from smartcert.model.evaluation import Evaluation
from smartcert.reporting.audience import build_press_record
from smartcert.reporting.catalogue import Words
from smartcert.reporting.records import Failure
from smartcert.reporting.round.index import render_index
from smartcert.reporting.round.press import PressSummary
from smartcert.reporting.round.summary import RoundSummary
from tests.support import sample_records as samples
from tests.support import sample_rounds as rounds
from tests.support.report_pages import batch_page

PAGES = (
    *(f"applicants/{id_}/report.{language}.html" for id_ in rounds.IDS for language in ("ko", "en")),
    *(f"applicants/{id_}/evaluation.json" for id_ in rounds.IDS),
)
SUMMARIES = ("round_summary.ko.html", "round_summary.en.html")
PUBLIC = ("round_summary.press.ko.html", "round_summary.press.en.html", "results.csv", "results.xlsx")


class Reader(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]


def test_it_links_to_every_page_and_record_that_is_there() -> None:
    reader = Reader(render_index(rounds.round_record(), pages=(*SUMMARIES, *PUBLIC, *PAGES)))
    links = {link["href"] for link in reader.all("a")} - {"#main", "#applicants", "#about"}
    assert links == {*SUMMARIES, *PUBLIC, *PAGES, "round.json"}


def test_it_links_to_no_page_that_is_not_there() -> None:
    there = {"round_summary.ko.html", "applicants/bada/report.ko.html"}
    reader = Reader(render_index(rounds.round_record(), pages=there))
    links = {link["href"] for link in reader.all("a") if link["href"].endswith((".html", "evaluation.json"))}
    assert links == there


def test_links_in_english_say_so_and_each_says_whose_report_it_is() -> None:
    reader = Reader(render_index(rounds.round_record(), pages=PAGES))
    for link in reader.all("a"):
        if link["href"].endswith("report.en.html"):
            assert link["lang"] == link["hreflang"] == "en"
    labels = [link["aria-label"] for link in reader.all("a") if link["href"].startswith("applicants/bada")]
    assert labels == ["한국어: 바다군 보고서", "English: Report on Bada-gun", "JSON: 바다군 Bada-gun"]


def test_failures_come_before_everything_else() -> None:
    page = render_index(rounds.round_record(Failure(id="bada", language="en", reason="cell 3: <b>")), pages=PAGES)
    assert page.index('<section aria-labelledby="failures"') < page.index('<section aria-labelledby="applicants"')
    assert "cell 3: &lt;b&gt;" in page
    assert 'id="failures"' not in render_index(rounds.round_record(), pages=PAGES)


def test_it_says_that_the_round_is_invented_and_the_indicators_are_illustrative() -> None:
    page = render_index(rounds.round_record(), pages=())
    for language, note in (("ko", "이 지표는 가상의 것이다."), ("en", "These indicators are invented.")):
        assert Words(language, "summary")("summary.invented") in page
        assert note in page


def test_its_policy_allows_its_own_style_sheet_and_script_and_nothing_else() -> None:
    page = render_index(rounds.round_record(), pages=PAGES)
    reader = Reader(page)
    (policy,) = [meta["content"] for meta in reader.all("meta") if meta.get("http-equiv") == "Content-Security-Policy"]
    (css,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert policy.startswith("default-src 'none'; ")
    assert f"style-src 'sha256-{digest(css)}'; " in policy
    assert f"script-src 'sha256-{digest(script)}'; " in policy
    assert "unsafe" not in policy
    assert not any("style" in attributes for _, attributes in reader.tags)
    assert reader.all("script") == [{}]
    assert not re.search(r"innerHTML|eval|Function|fetch|import|document\.write", script)
    assert not any(name.startswith("on") for _, attributes in reader.tags for name in attributes)
    assert not re.search(r"url\((?!data:)|@import|http", css)
    assert not re.search(r"url\(|http:|https:|//", page.replace(css, "").replace(script, ""))


def digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def test_it_has_one_heading_landmarks_a_skip_link_and_a_named_table() -> None:
    reader = Reader(render_index(rounds.round_record(), pages=PAGES))
    assert [len(reader.all(tag)) for tag in ("h1", "header", "nav", "main", "footer")] == [1] * 5
    assert len(reader.all("table")) == len(reader.all("caption")) == 2
    assert reader.all("html") == [{"lang": "ko"}]
    assert reader.all("a")[0] == {"class": "skip", "href": "#main"}
    assert all("scope" in heading for heading in reader.all("th"))
    ids = [attributes["id"] for _, attributes in reader.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in reader.tags:
        assert attributes.get("aria-labelledby", ids[0]) in ids


@pytest.mark.parametrize("text", samples.HOSTILE)
def test_hostile_text_comes_out_as_text(text: str) -> None:
    records = ("applicants/haneul/evaluation.json", "applicants/late/evaluation.json")
    page = render_index(rounds.hostile_round(text), pages=records)
    assert page.count("<script") == page.count("</script") == 1
    assert str(escape(Words("ko").show(text, "text"))) in page
    assert Reader(page).all("script") == [{}]
    assert {link["href"] for link in Reader(page).all("a")} == {
        *("#main", "#failures", "#applicants", "#about", "round.json"),
        *records,
    }


def test_the_same_round_gives_the_same_page() -> None:
    assert render_index(rounds.round_record(), pages=PAGES) == render_index(
        rounds.round_record(), pages=reversed(PAGES)
    )


def test_a_round_without_applications_has_an_index_too() -> None:
    assert "round.json" in render_index(rounds.empty(), pages=())


@pytest.mark.parametrize("language", ["ko", "en"])
def test_words_from_right_to_left_are_set_apart_once_on_every_page(language: str) -> None:
    name = "שלום"
    record = rounds.hostile_round(name)
    summary = RoundSummary(record, language)
    made = ("head", "failures", "overview", "levels", "domains", "applicants", "refused", "basis")
    press = PressSummary(build_press_record(rounds.with_evaluations(record, (certified_as(name),))), language)
    pages = [
        render_index(record, pages=()),
        "".join(section.html + section.title for one in made if (section := getattr(summary, one)())),
        "".join(getattr(press, one)().html for one in ("head", "overview", "applicants", "basis")),
        batch_page(samples.hostile(name), language),
    ]
    for page in pages:
        assert f"\u2068{name}\u2069" in page
        assert "U+2068" not in page
        assert "\u2068\u2068" not in page


def certified_as(name: str) -> Evaluation:
    one = samples.certified().evaluation
    return replace(one, applicant=replace(one.applicant, name=Text(ko=name, en=name)))
