"""Pages as PDF: tagged, with language, title and text alternatives, the same bytes, and a clear word where not."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from smartcert.batch.outputs import Outputs
from smartcert.batch.pdf import check_pdf_available, render_pdfs
from smartcert.batch.request import RenderedReport, RunRequest
from smartcert.batch.run import run
from smartcert.errors import ReportError, UsageError
from smartcert.reporting.pdf import PDF_UA, render_pdf, render_tagged_pdf
from smartcert.reporting.pdf_tags import find_tag_problems
from tests.support import sample_records as samples
from tests.support.report_pages import batch_page
from tests.support.small_example import small_example

pytestmark = pytest.mark.slow

pytest.importorskip("weasyprint")
pypdf: Any = pytest.importorskip("pypdf")


@cache
def page_and_pdf(language: str) -> tuple[str, bytes]:
    page = batch_page(samples.certified(), language)
    return page, render_tagged_pdf(page)


def opened(language: str) -> Any:
    return pypdf.PdfReader(io.BytesIO(page_and_pdf(language)[1]))


def elements(node: Any) -> Iterator[Any]:
    """Yield every element of the structure tree."""
    node = node.get_object()
    if not isinstance(node, dict):
        return
    if "/S" in node:
        yield node
    children = node.get("/K", [])
    for child in children if isinstance(children, list) else [children]:
        if not isinstance(child, int):
            yield from elements(child)


@pytest.mark.parametrize("language", ["ko", "en"])
def test_it_names_its_language_and_title_and_says_that_it_is_tagged_for_everybody(language: str) -> None:
    page, _ = page_and_pdf(language)
    pdf = opened(language)
    root = pdf.trailer["/Root"]
    assert root["/Lang"] == language
    assert root["/MarkInfo"]["/Marked"] is True or root["/MarkInfo"]["/Marked"].value
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    (title,) = re.findall("<title>(.*?)</title>", page)
    assert pdf.metadata.title == unescape(title).strip()
    assert b"pdfuaid:part" in root["/Metadata"].get_object().get_data()


def test_headings_tables_and_figures_are_tags_and_each_figure_has_the_text_of_its_chart() -> None:
    page, _ = page_and_pdf("ko")
    nodes = list(elements(opened("ko").trailer["/Root"]["/StructTreeRoot"]))
    names = {node["/S"] for node in nodes}
    assert {"/H1", "/H2", "/H3", "/P", "/Table", "/TH", "/TD", "/Caption", "/Figure", "/L"} <= names
    alternatives = [node["/Alt"] for node in nodes if node["/S"] == "/Figure" and "/Alt" in node]
    charts = [unescape(alt) for alt in re.findall(r'class="chart" role="img" aria-label="([^"]*)"', page)]
    assert len(charts) > 1
    assert alternatives == charts


def test_a_pdf_states_the_colours_it_means_for_an_archive() -> None:
    (intent,) = opened("en").trailer["/Root"]["/OutputIntents"]
    assert intent["/S"] == "/GTS_PDFA1"
    assert len(intent["/DestOutputProfile"].get_object().get_data()) > 1000  # the profile itself


@pytest.mark.parametrize("language", ["ko", "en"])
def test_each_header_cell_has_its_scope_and_no_table_stands_in_a_table(language: str) -> None:
    _, content = page_and_pdf(language)
    assert find_tag_problems(content) == []
    nodes = list(elements(opened(language).trailer["/Root"]["/StructTreeRoot"]))
    scopes = [node["/A"]["/Scope"] for node in nodes if node["/S"] == "/TH"]
    assert {*scopes} == {"/Column", "/Row"}
    tables = [node for node in nodes if node["/S"] == "/Table"]
    kinds = {kid.get_object()["/S"] for table in tables for kid in table["/K"]}
    assert {"/THead", "/TBody"} <= kinds <= {"/THead", "/TBody", "/TR", "/Caption"}


def list_outside(content: bytes) -> list[str]:
    """Return what lies outside its sheet: lines of text by their words, pictures and drawings by their edges."""
    pdfium: Any = pytest.importorskip("pypdfium2")
    outside = []
    for sheet in pdfium.PdfDocument(content):
        width, height = sheet.get_size()
        text = sheet.get_textpage()
        boxes = [text.get_rect(number) for number in range(text.count_rects())]
        named = [(box, text.get_text_bounded(*box)) for box in boxes]
        named += [(drawn.get_bounds(), str(drawn.get_bounds())) for drawn in sheet.get_objects(max_depth=1)]
        outside += [
            name
            for (left, bottom, right, top), name in named
            if left < -1 or bottom < -1 or right > width + 1 or top > height + 1
        ]
    return outside


@pytest.mark.parametrize("language", ["ko", "en"])
def test_nothing_lies_outside_the_paper(language: str) -> None:
    assert list_outside(page_and_pdf(language)[1]) == []


def test_what_lies_outside_the_paper_would_be_seen() -> None:
    wide = '<p style="white-space: nowrap; width: 1000px">' + "word " * 60 + "</p>"
    page = f'<html lang="en"><head><title>x</title></head><body>{wide}</body></html>'
    assert list_outside(render_pdf(page))


def test_what_a_pdf_lacks_is_found_and_refused() -> None:
    rows = "<thead><tr><th>a</th></tr></thead><tbody><tr><th>b</th><td>c</td></tr></tbody>"
    shape = '<svg viewBox="0 0 9 9" width="9" height="9"><path d="M0 0h9"/></svg>'
    page = f'<html lang="en"><head><title>x</title></head><body><table>{rows}</table>{shape}</body></html>'
    assert find_tag_problems(render_pdf(page, variant=PDF_UA)) == [
        "2 header cells without a scope",
        "1 figures without an alternative text",
    ]
    assert find_tag_problems(render_pdf(page)) == ["it has no tags"]
    with pytest.raises(ReportError, match="not accessible: 1 figures without an alternative text"):
        render_tagged_pdf(page)
    assert find_tag_problems(render_tagged_pdf(page.replace(shape, ""))) == []


def test_charts_keep_their_colours_and_their_words() -> None:
    page, content = page_and_pdf("en")
    text = "\n".join(sheet.extract_text() for sheet in pypdf.PdfReader(io.BytesIO(content)).pages)
    for word in ("Level 1", "156.0"):
        assert word in page
        assert word in text
    assert "1 / " in text


def test_the_same_page_gives_the_same_bytes() -> None:
    page = batch_page(samples.late(), "ko")
    assert render_tagged_pdf(page) == render_tagged_pdf(page)


def test_a_page_that_wants_to_stay_together_wholly_is_broken_all_the_same() -> None:
    rows = "<tbody><tr><td>one</td></tr></tbody>" * 120
    style = "<style>tr { break-before: avoid; break-inside: avoid; }</style>"
    page = f'<html lang="en"><head><title>x</title>{style}</head><body><table>{rows}</table></body></html>'
    assert len(pypdf.PdfReader(io.BytesIO(render_tagged_pdf(page))).pages) > 1


def test_a_page_that_asks_for_something_outside_itself_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    body = '<img alt="x" src="http://example.invalid/x.png">'
    path.write_text(f'<html lang="en"><head><title>x</title></head><body>{body}</body></html>', "utf-8")
    with pytest.raises(ReportError, match="fetches something"):
        list(render_pdfs([path], 1))
    assert list(render_pdfs([], 1)) == []


def test_without_weasyprint_a_run_says_what_to_install_before_it_writes_anything(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    check_pdf_available()
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(UsageError, match=r"smartcert\[pdf\].*libpango"):
        run(RunRequest(round="example", output=tmp_path / "out", pdf=True))
    assert not (tmp_path / "out").exists()


def test_a_pdf_goes_with_the_page_that_it_was_made_from(tmp_path: Path) -> None:
    outputs = Outputs(folder=tmp_path)
    first = RenderedReport(applicant_id="haneul", language="ko", page=b"<html>1</html>", notebook=b"{}")
    outputs.write_report(first)
    pdf = outputs.page("haneul", "ko").with_suffix(".pdf")
    pdf.write_bytes(b"%PDF")
    outputs.write_report(first)
    assert pdf.is_file()
    outputs.write_report(replace(first, page=b"<html>2</html>"))
    assert not pdf.is_file()
    pdf.write_bytes(b"%PDF")
    outputs.remove("haneul", "ko")
    assert not pdf.is_file()


@pytest.mark.notebook
def test_a_run_makes_a_pdf_beside_each_page_and_a_later_run_only_those_that_are_not_there(tmp_path: Path) -> None:
    folder = small_example(tmp_path / "example", ("areum",))
    order = RunRequest(round=str(folder), output=tmp_path / "out", languages=("ko",), jobs=2, quiet=True, pdf=True)
    run(order)
    pdfs = {path.name: path.read_bytes() for path in (tmp_path / "out").rglob("*.pdf")}
    assert set(pdfs) == {"letter.ko.pdf", "report.ko.pdf", "round_summary.ko.pdf", "round_summary.press.ko.pdf"}
    (tmp_path / "out" / "round_summary.ko.pdf").unlink()
    times = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.pdf")}
    run(order)
    again = {path.name: path for path in (tmp_path / "out").rglob("*.pdf")}
    assert {name: path.read_bytes() for name, path in again.items()} == pdfs
    assert again["report.ko.pdf"].stat().st_mtime_ns == times["report.ko.pdf"]
    listed = (tmp_path / "out" / "manifest.json").read_text("utf-8")
    assert "applicants/areum/report.ko.pdf" in listed
