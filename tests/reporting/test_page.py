"""The page of the applicant report: its structure, what it never contains, and the same bytes on every run."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jinja2 import DictLoader, Environment
from markupsafe import escape

from smartcert.batch.exporter import PageExporter, render_page
from smartcert.reporting import formats as figures
from smartcert.reporting import page as page_module
from smartcert.reporting.applicant.experiment import digest_script, load_script
from smartcert.reporting.applicant.report import ApplicantReport
from smartcert.reporting.compact import shorten_markup, unpack_trace
from smartcert.reporting.records import Record
from tests.support import sample_records
from tests.support.build import example
from tests.support.report_pages import Reader, batch_page, executed, page, sections

RECORDS: dict[str, Callable[[], Record]] = {
    "not_certified": sample_records.not_certified,
    "certified": sample_records.certified,
    "late": sample_records.late,
    "supplement_pending": sample_records.supplement_pending,
    "suppressed": lambda: sample_records.not_certified(suppressed=True),
    "hostile": lambda: sample_records.hostile(" ".join(sample_records.HOSTILE)),
}
every_page = pytest.mark.parametrize("name", RECORDS)
both_languages = pytest.mark.parametrize("language", ["ko", "en"])


@cache
def page_html(name: str, language: str) -> str:
    """Return the page as the batch makes it, in a third of the time that nbconvert's own exporter takes."""
    return batch_page(RECORDS[name](), language)


@cache
def stock_html(name: str, language: str) -> str:
    """Return the page as nbconvert's own exporter makes it."""
    return page(RECORDS[name](), language)


@cache
def read_page(name: str, language: str) -> Reader:
    return Reader(page_html(name, language))


@every_page
@both_languages
def test_both_exporters_give_the_same_elements(name: str, language: str) -> None:
    stock, batch = Reader(stock_html(name, language)), Reader(unpack_trace(page_html(name, language)))
    assert stock.wrong == []
    assert stock.tags == batch.tags
    assert [stock.text[tag].strip() for tag in ("title", "h1")] == [batch.text[tag].strip() for tag in ("title", "h1")]


@every_page
@both_languages
def test_a_page_is_well_formed_and_named_in_its_language(name: str, language: str) -> None:
    html, read = page_html(name, language), read_page(name, language)
    assert html.startswith("<!DOCTYPE html>")
    assert read.wrong == []
    assert read.all("html") == [{"lang": language}]
    assert len(read.all("h1")) == len(read.all("main")) == len(read.all("title")) == 1
    assert read.text["title"].strip() == read.text["h1"].strip()
    assert {"header", "nav", "main", "footer"} <= {tag for tag, _ in read.tags}


@every_page
@both_languages
def test_headings_go_down_one_step_at_a_time(name: str, language: str) -> None:
    read = read_page(name, language)
    levels = [int(tag[1]) for tag, _ in read.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


@every_page
@both_languages
def test_every_table_has_a_caption_and_every_head_its_scope(name: str, language: str) -> None:
    read = read_page(name, language)
    assert len(read.all("caption")) == len(read.all("table"))
    assert {head.get("scope") for head in read.all("th")} <= {"col", "row", "rowgroup"}


@every_page
@both_languages
def test_regions_and_figures_have_names_and_ids_occur_once(name: str, language: str) -> None:
    read = read_page(name, language)
    named = [attributes for _, attributes in read.tags if attributes.get("role") in {"region", "img"}]
    assert all(attributes.get("aria-label", "").strip() for attributes in named)
    ids = [attributes["id"] for _, attributes in read.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = [attributes["href"] for attributes in read.all("a")]
    targets = {link.removeprefix("#") for link in links if link.startswith("#")}
    assert targets
    assert targets <= set(ids)


@every_page
@both_languages
def test_a_page_shows_no_code_runs_only_its_own_and_asks_nobody(name: str, language: str) -> None:
    html = stock_html(name, language)
    read = Reader(html)
    tags = {tag for tag, _ in read.tags}
    assert not tags & {"iframe", "object", "embed", "link", "base", "form", "img"}
    data = {"type": "application/json", "id": "smartcert-trace"}  # which no browser runs
    scored = RECORDS[name]().evaluation.scorecard is not None
    assert read.all("script") == ([data, {}] if scored else [])
    assert html.count(f"<script>{load_script()}</script>") == scored
    links = [attributes["href"] for attributes in read.all("a")]
    assert all(link.startswith(("#", "https://www.law.go.kr/")) for link in links)  # in the page, or to the law
    assert not [name for _, attributes in read.tags for name in attributes if name.startswith("on") or name == "src"]
    assert "must not show" not in html
    assert "readers in Lab" not in html
    assert re.findall(r"url\((?!data:)", html) == []
    assert "@import" not in html
    policy = next(meta["content"] for meta in read.all("meta") if meta.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none';")
    assert [part for part in policy.split("; ") if part.startswith("script-src")] == (
        [f"script-src 'sha256-{digest_script()}'"] if scored else []
    )


@every_page
@both_languages
def test_a_page_stays_under_340_000_bytes(name: str, language: str) -> None:
    assert all(len(made(name, language).encode()) < 340_000 for made in (page_html, stock_html))


@both_languages
@pytest.mark.parametrize("name", ["ara", "onnuri"])
def test_the_longest_reports_of_the_example_round_have_at_most_300_000_bytes(name: str, language: str) -> None:
    assert len(batch_page(example().record(name), language).encode()) <= 300_000


@both_languages
def test_the_same_record_gives_the_same_bytes(language: str) -> None:
    assert page(sample_records.not_certified(), language) == page(sample_records.not_certified(), language)


def _shape(html: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(tag, tuple(attributes)) for tag, attributes in Reader(html).tags if tag not in {"text", "tspan"}]


@cache
def _benign() -> list[tuple[str, tuple[str, ...]]]:
    return _shape("".join(one.html for one in sections(sample_records.hostile("글"), "ko")))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=st.text(min_size=1).filter(lambda text: figures.sanitise_text(text).strip() != ""))
@pytest.mark.slow
def test_somebodys_words_never_become_markup(text: str) -> None:
    html = "".join(section.html for section in sections(sample_records.hostile(text), "ko"))
    assert _shape(html) == _benign()
    assert figures.sanitise_text(text) in Reader(html).text["h1"]


@pytest.mark.parametrize("text", sample_records.HOSTILE)
@both_languages
def test_hostile_words_come_out_as_text(text: str, language: str) -> None:
    read = Reader(page(sample_records.hostile(text), language))
    assert figures.sanitise_text(text) in read.text["h1"]
    assert figures.sanitise_text(text) in read.text["td"]
    assert len(read.all("script")) == 2  # the trace and our own


def test_every_character_of_the_text_is_in_the_embedded_typeface() -> None:
    from tests.support.embedded_typeface import find_missing_characters

    for name in set(RECORDS) - {"hostile"}:
        for language in ("ko", "en"):
            shown = "".join(section.html for section in sections(RECORDS[name](), language))
            assert find_missing_characters(shown) == frozenset(), name


@given(st.lists(st.text()))
def test_all_characters_beyond_ascii_are_listed(texts: list[str]) -> None:
    beyond = {character for text in texts for character in text if not character.isascii()}
    assert page_module.list_characters(texts) == beyond


def test_a_notebook_is_not_changed_by_rendering_its_page() -> None:
    notebook = executed(sample_records.certified(), "ko")
    before = deepcopy(notebook)
    render_page(notebook)
    assert notebook == before


def test_sections_keep_their_numbers_when_a_cell_runs_again() -> None:
    report = ApplicantReport(sample_records.not_certified(), "ko")
    first = report.verdict()
    report.eligibility()
    assert report.verdict().title == first.title == "1. 평가 결과: 4등급 불인증"


def test_what_does_not_apply_is_left_out_where_nothing_was_scored() -> None:
    report = ApplicantReport(sample_records.late(), "ko")
    assert [report.next_level(), report.working(), report.inspection(), report.committee()] == [None] * 4
    assert "점수를 산정하지 않았으므로" in report.points().html


def test_a_section_shows_no_address_of_an_object() -> None:
    for section in sections(sample_records.not_certified(), "en"):
        bundle, _ = section._repr_mimebundle_()
        assert bundle["text/plain"] == section.title
        assert not re.search(r"0x[0-9a-f]{6,}", str(bundle))


def test_the_style_sheet_has_the_colours_of_the_palette() -> None:
    from smartcert.reporting.page import page_style
    from smartcert.reporting.palette import LIGHT_COLOURS
    from tests.support.contrast import DARK_COLOURS

    light, dark = page_style().split("@media screen and (prefers-color-scheme: dark)", 1)
    for name in LIGHT_COLOURS:
        assert f"--{name}:{LIGHT_COLOURS[name]}" in light
        assert f"--{name}:{DARK_COLOURS[name]}" in dark


@pytest.mark.browser
@pytest.mark.parametrize("name", ["not_certified", "hostile", "late"])
def test_a_browser_asks_nobody_and_never_scrolls_the_page_sideways(browser: Any, name: str, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(stock_html(name, "ko"), "utf-8")
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    for width, scheme in product((320, 1280), ("light", "dark")):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert page.evaluate("document.fonts.check('16px smartcert', '하늘시')")
    assert [url for url in asked if not url.startswith("data:")] == [file.as_uri()]
    page.close()


def test_compiled_templates_are_stored_beside_python_s_own_and_only_where_these_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_module, "_TEMPLATES", tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    loader = DictLoader({"a.html.j2": "{{ 1 }} & {{ text }}"})

    def render() -> str:
        environment = Environment(loader=loader, autoescape=True, bytecode_cache=page_module.CompiledTemplates(""))
        return environment.get_template("a.html.j2").render(text="<b>")

    assert render() == render() == "1 & &lt;b&gt;"
    stored = list((tmp_path / "__pycache__").iterdir())
    assert len(stored) == 1
    loader.mapping = {"a.html.j2": "{{ text }}"}  # changed: it is compiled anew
    assert render() == "&lt;b&gt;"
    stored[0].write_bytes(b"neither Jinja's nor Python's")
    assert render() == "&lt;b&gt;"
    stored[0].unlink()
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert render() == "&lt;b&gt;"
    assert not list((tmp_path / "__pycache__").iterdir())
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(page_module, "_TEMPLATES", tmp_path / "no such folder")  # as little as one that is read only
    assert render() == "&lt;b&gt;"


def test_the_exporter_compiles_its_templates_once_and_renders_the_same_as_without_a_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_module, "_TEMPLATES", tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    outputs = [nbformat.v4.new_output("stream", text="<b>"), nbformat.v4.new_output("display_data", {"text/html": "x"})]
    cells = [nbformat.v4.new_markdown_cell("# A"), nbformat.v4.new_code_cell("1", outputs=outputs)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    plain = PageExporter()
    plain.environment.bytecode_cache = None
    plain.environment.optimized = True  # as nbconvert has it
    expected = plain.from_notebook_node(notebook)[0]
    assert PageExporter().from_notebook_node(notebook)[0] == expected
    stored = {path: path.stat().st_mtime_ns for path in (tmp_path / "__pycache__").iterdir()}
    assert stored
    assert PageExporter().from_notebook_node(notebook)[0] == expected
    assert stored == {path: path.stat().st_mtime_ns for path in (tmp_path / "__pycache__").iterdir()}


@every_page
@both_languages
def test_the_hash_of_a_section_is_that_of_its_parsed_nodes(name: str, language: str) -> None:
    for section in sections(RECORDS[name](), language):
        parsed = [node.text for node in page_module.parse_page(section.html)[0]]
        assert page_module.digest_page(section.html) == page_module._digest_texts(parsed)
        if "<script" not in section.html and "<style" not in section.html and "<title" not in section.html:
            assert page_module._list_node_texts(section.html) is not None, "a parser had to read it, which takes longer"


@every_page
@both_languages
def test_a_section_says_the_same_without_needless_markup(name: str, language: str) -> None:
    for section in sections(RECORDS[name](), language):
        short = shorten_markup(section.html)
        assert page_module.parse_page(short) == page_module.parse_page(section.html)
        assert shorten_markup(short) == short


@given(st.text(), st.text(), st.sampled_from([">", "/>", ' id="a">', ' class="">']))
def test_whatever_is_written_into_markup_is_the_same_without_needless_quotation_marks(
    value: str, text: str, end: str
) -> None:
    for shown in (text, f' class="{text}" x="1" '):
        html = f'<path class="{escape(value)}" data-at="{escape(shown)}"{end}{escape(shown)}'
        assert page_module.parse_page(shorten_markup(html)) == page_module.parse_page(html)


_HTML_PARTS = [
    "<p>",
    "</p>",
    '<p class="a  b" id="x" hidden>',
    '<A HREF="&amp;&#39;x">',
    "</A>",
    "<br/>",
    "<br />",
    "a b",
    " ",
]
_HTML_PARTS += [
    "&lt;&amp;",
    "&amp",
    "&notit;",
    ">",
    "<",
    "<!-- c -->",
    "<p a=b>",
    "<p a='b'>",
    '<p a="x>y">',
    "<p\na>",
    "\0",
]
_HTML_PARTS += [
    "<script>",
    "</script>",
    "<style>",
    "</style>",
    "<title>",
    "</title>",
    '<p a="1" a="2">',
    "<p/>x",
    "<1>",
    "가",
]


@given(st.lists(st.sampled_from(_HTML_PARTS)))
def test_the_hash_of_any_html_is_that_of_its_parsed_nodes(parts: list[str]) -> None:
    html = "".join(parts)
    assert page_module.digest_page(html) == page_module.digest_nodes(page_module.parse_page(html)[0])
