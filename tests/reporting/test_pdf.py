"""Pages as PDF by both engines: tagged, with language, title and text alternatives, on the paper, the same bytes."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache, partial
from html import unescape
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import smartcert
from smartcert.batch.outputs import Outputs
from smartcert.batch.pdf import PdfRenderer
from smartcert.batch.request import PdfEngine, RenderedReport, RunRequest
from smartcert.batch.run import run
from smartcert.errors import ReportError, UsageError
from smartcert.reporting import chromium
from smartcert.reporting.audience import build_press_record
from smartcert.reporting.chromium import Browser, find_chromium
from smartcert.reporting.pdf import (
    build_srgb_profile,
    complete_pdf,
    prepare_for_chromium,
    print_page,
    render_tagged_pdf,
)
from smartcert.reporting.pdf_checks import find_problems
from smartcert.reporting.round.press import PressSummary
from smartcert.reporting.round.summary import RoundSummary
from smartcert.services.letters import build_letters
from tests.certification.test_certificate import key, statement
from tests.certification.test_certificate import page as certificate_page
from tests.support import sample_records as samples
from tests.support import sample_rounds as rounds
from tests.support.build import example
from tests.support.patience import PATIENCE, wait_until
from tests.support.report_pages import batch_page, page_of_sections
from tests.support.small_example import small_example

pypdf: Any = pytest.importorskip("pypdf")
PACKAGE = Path(smartcert.__file__).parent
ENGINES = [
    pytest.param("chromium", marks=pytest.mark.browser),
    pytest.param("weasyprint", marks=pytest.mark.slow),
]
LANGUAGES = ["ko", "en"]
every_engine = pytest.mark.parametrize("engine", ENGINES)
every_language = pytest.mark.parametrize("language", LANGUAGES)


@cache
def started_browser() -> Browser:
    program = find_chromium()
    if program is None:
        pytest.skip("Chromium is not installed")
    return Browser(program)


@pytest.fixture(scope="module", autouse=True)
def _no_browser_is_left() -> Iterator[None]:
    yield
    if started_browser.cache_info().currsize:
        started_browser().close()
        started_browser.cache_clear()


def browser_of(engine: str) -> Browser | None:
    if engine == "weasyprint":
        pytest.importorskip("weasyprint")
        return None
    return started_browser()


def render(page: str, engine: str) -> bytes:
    return render_tagged_pdf(page, browser_of(engine))


@cache
def report_page(language: str) -> str:
    return batch_page(samples.certified(), language)


@cache
def page_and_pdf(language: str, engine: str) -> tuple[str, bytes]:
    """Return a report and its PDF; the one in English by WeasyPrint is shorter, as that takes eight seconds else.

    Long reports are printed in both languages by Chromium, and in Korean by both.
    """
    page = batch_page(samples.late(), language) if (language, engine) == ("en", "weasyprint") else report_page(language)
    return page, render(page, engine)


def opened(language: str, engine: str) -> Any:
    return pypdf.PdfReader(io.BytesIO(page_and_pdf(language, engine)[1]))


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


def elements_of(language: str, engine: str) -> list[Any]:
    return list(elements(opened(language, engine).trailer["/Root"]["/StructTreeRoot"]))


def small_page(body: str, style: str = "", language: str = "en") -> str:
    return f'<html lang="{language}"><head><title>x</title><style>{style}</style></head><body>{body}</body></html>'


def letter_page(language: str) -> str:
    return build_letters(example(), "iseul", (language,))[language]["html"].decode()


def summary_page(kind: type[RoundSummary] | type[PressSummary], language: str) -> str:
    record: Any = rounds.round_record()
    summary = kind(build_press_record(record) if kind is PressSummary else record, language)
    names = ("head", "failures", "overview", "levels", "domains", "applicants", "refused", "basis", "typeface")
    return page_of_sections([getattr(summary, name)() for name in names])


PAGES: dict[str, Callable[[str], str]] = {
    "report": report_page,
    "letter": letter_page,
    "round summary": partial(summary_page, RoundSummary),
    "press page": partial(summary_page, PressSummary),
    "certificate": lambda _: certificate_page(statement(), key()),
    "specimen of a certificate": lambda _: certificate_page(statement(office=""), key("")),
}
"""Every page of which the package makes a PDF: by `run --pdf` and by `register certificate`."""


@every_engine
@pytest.mark.parametrize("kind", PAGES)
def test_every_pdf_of_the_package_is_for_everybody(kind: str, engine: str) -> None:
    content = page_and_pdf("ko", engine)[1] if kind == "report" else render(PAGES[kind]("ko"), engine)
    assert find_problems(content) == []
    pdf = pypdf.PdfReader(io.BytesIO(content))
    root = pdf.trailer["/Root"]
    assert root["/Lang"] == "ko"
    assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_object().get_data()
    assert "/OutputIntents" in root
    if engine == "chromium":  # WeasyPrint tags no language but that of the page
        spoken = {str(node.get("/Lang")) for node in elements(root["/StructTreeRoot"])}
        assert ("en" in spoken) == ('lang="en"' in PAGES[kind]("ko"))


def test_nothing_else_of_the_package_prints_a_pdf() -> None:
    printing = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if re.search(r"\.write_pdf\(|printToPDF|import weasyprint", path.read_text("utf-8"))
    }
    assert printing == {"reporting/pdf.py", "reporting/chromium.py"}


@every_engine
@every_language
def test_it_names_its_language_and_title_and_says_that_it_is_tagged_for_everybody(language: str, engine: str) -> None:
    page, _ = page_and_pdf(language, engine)
    pdf = opened(language, engine)
    root = pdf.trailer["/Root"]
    assert root["/Lang"] == language
    assert bool(root["/MarkInfo"]["/Marked"])
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    (title,) = re.findall("<title>(.*?)</title>", page)
    assert pdf.metadata.title == unescape(title).strip()
    metadata = root["/Metadata"].get_object().get_data()
    assert b"<pdfuaid:part>1</pdfuaid:part>" in metadata
    assert unescape(title).strip().encode() in metadata


@every_engine
def test_headings_tables_and_figures_are_tags_and_each_figure_has_the_text_of_its_chart(engine: str) -> None:
    page, _ = page_and_pdf("ko", engine)
    nodes = elements_of("ko", engine)
    names = {node["/S"] for node in nodes}
    assert {"/H1", "/H2", "/H3", "/P", "/Table", "/TH", "/TD", "/Caption", "/Figure", "/L"} <= names
    assert not {"/NonStruct"} & names
    alternatives = [node["/Alt"] for node in nodes if node["/S"] == "/Figure"]
    charts = [unescape(alt) for alt in re.findall(r'class="chart" role="img" aria-label="([^"]*)"', page)]
    assert len(charts) > 1
    assert alternatives == charts


@pytest.mark.browser
@every_language
def test_each_text_in_the_other_language_says_so(language: str) -> None:
    engine = "chromium"  # WeasyPrint's tags do not tell which element of a page they are of
    page, _ = page_and_pdf(language, engine)
    other = "en" if language == "ko" else "ko"
    marked = re.findall(rf'<(?:span|p)[^>]* lang="{other}"', page.partition("<nav")[0] + page.rpartition("</nav>")[2])
    assert marked
    tagged = [node for node in elements_of(language, engine) if node.get("/Lang") == other]
    assert len(tagged) >= len(marked)


@every_engine
def test_a_pdf_states_the_colours_it_means_for_an_archive(engine: str) -> None:
    (intent,) = opened("en", engine).trailer["/Root"]["/OutputIntents"]
    assert intent["/S"] == "/GTS_PDFA1"
    assert intent["/DestOutputProfile"].get_object().get_data() == build_srgb_profile()


def test_the_profile_of_colours_is_that_of_srgb() -> None:
    from PIL import Image, ImageCms

    ours = ImageCms.ImageCmsProfile(io.BytesIO(build_srgb_profile()))
    gradient = Image.linear_gradient("L")
    colours = Image.merge("RGB", [gradient, gradient.rotate(90), gradient.rotate(180)])
    theirs = ImageCms.createProfile("sRGB")
    transform = ImageCms.buildTransform(ours, theirs, "RGB", "RGB")  # type: ignore[arg-type]  # typed for another class
    changed = ImageCms.applyTransform(colours, transform)
    assert changed is not None
    pairs = zip(colours.tobytes(), changed.tobytes(), strict=True)
    assert max(abs(before - after) for before, after in pairs) <= 1


@every_engine
@every_language
def test_each_header_cell_has_its_scope_and_no_table_stands_in_a_table(language: str, engine: str) -> None:
    _, content = page_and_pdf(language, engine)
    assert find_problems(content) == []
    nodes = elements_of(language, engine)
    scopes = [node["/A"]["/Scope"] for node in nodes if node["/S"] == "/TH"]
    assert {*scopes} == {"/Column", "/Row"}
    tables = [node for node in nodes if node["/S"] == "/Table"]
    kinds = {
        kid.get_object()["/S"]
        for table in tables
        for kid in (table["/K"] if isinstance(table["/K"], list) else [table["/K"]])
    }
    assert {"/TR"} <= kinds | {"/TR" if "/TBody" in kinds else ""}
    assert kinds <= {"/THead", "/TBody", "/TFoot", "/TR", "/Caption"}


@every_engine
def test_every_row_of_a_table_has_as_many_cells_as_in_the_page_also_empty_ones(engine: str) -> None:
    rows = "<tr><th></th><th>b</th><td></td></tr><tr><th>r</th><td></td><td>d</td></tr>"
    rows += "<tr><th><th>b<td><tr><th>r<td><td>d"  # the end tags that pages leave out
    content = render(small_page(f"<table>{rows}</table>"), engine)
    nodes = elements(pypdf.PdfReader(io.BytesIO(content)).trailer["/Root"]["/StructTreeRoot"])
    assert [len(node["/K"]) for node in nodes if node["/S"] == "/TR"] == [3, 3, 3, 3]


@pytest.mark.parametrize("end", ["</td>", ""])
def test_a_cell_in_another_language_is_marked_with_and_without_its_end_tag(end: str) -> None:
    page = small_page(f'<table><tr><td lang="en">text{end}<td lang="en">a <b>b</b> c{end}<tr><td>x{end}</table>')
    assert prepare_for_chromium(page).count("<em>") == 1
    assert '<td lang="en"><em>text</em>' in prepare_for_chromium(page)


def list_outside(content: bytes) -> list[str]:
    """Return what lies outside its sheet: lines of text by their words, pictures and drawings by their edges."""
    pdfium: Any = pytest.importorskip("pypdfium2")
    outside = []
    for sheet in pdfium.PdfDocument(content):
        width, height = sheet.get_size()
        text = sheet.get_textpage()
        boxes = [text.get_rect(number) for number in range(text.count_rects())]
        named = [(box, text.get_text_bounded(*box)) for box in boxes]
        outside += [
            name
            for (left, bottom, right, top), name in named
            if left < -1 or bottom < -1 or right > width + 1 or top > height + 1
        ]
    return outside


@every_engine
@every_language
def test_nothing_lies_outside_the_paper(language: str, engine: str) -> None:
    assert list_outside(page_and_pdf(language, engine)[1]) == []


WIDE = {
    "a long line": '<p style="position: absolute; left: 600px; white-space: nowrap">' + "word " * 60 + "</p>",
    "a line left of the paper": '<p style="margin-left: -200px">first words are cut</p>',
    "a line above the paper": '<p style="margin-top: -200px">first words are cut</p>',
    "a turned line": '<p style="transform: rotate(-60deg) translate(300px)">' + "word " * 20 + "</p>",
}


@every_engine
@pytest.mark.parametrize("case", WIDE)
def test_what_lies_outside_the_paper_is_found_and_refused(case: str, engine: str) -> None:
    page = small_page(f"<h1>x</h1>{WIDE[case]}", "body { overflow: visible } @page { size: A4; margin: 10mm }")
    printed = print_page(page, browser_of(engine))
    found = {
        "weasyprint": r"things outside the paper: \d+ \('(word|first)",
        "chromium": r"wider than the paper: it was printed at 67%|letters and digits that are not on the paper",
    }
    with pytest.raises(ReportError, match=found[engine]):
        complete_pdf(printed, page)


def test_what_a_pdf_lacks_is_found_and_refused() -> None:
    weasyprint: Any = pytest.importorskip("weasyprint")
    shape = '<svg viewBox="0 0 9 9" width="9" height="9"><path d="M0 0h9"/></svg>'
    page = small_page(f"<h1>x</h1>{shape}")
    assert "it has no tags" in find_problems(weasyprint.HTML(string=page).write_pdf())
    with pytest.raises(ReportError, match="not accessible: 1 figures without an alternative text"):
        render_tagged_pdf(page)
    assert find_problems(render_tagged_pdf(page.replace(shape, ""))) == []


@every_engine
def test_charts_keep_their_colours_and_their_words(engine: str) -> None:
    page, content = page_and_pdf("ko", engine)
    text = "\n".join(sheet.extract_text() for sheet in pypdf.PdfReader(io.BytesIO(content)).pages)
    for word in ("1등급", "156.0"):
        assert word in page
        assert word in text
    assert "1 / " in text


@every_engine
def test_what_is_folded_on_the_screen_stands_on_the_paper(engine: str) -> None:
    page, content = page_and_pdf("ko", engine)
    text = re.sub(r"\s+", "", "".join(sheet.extract_text() for sheet in pypdf.PdfReader(io.BytesIO(content)).pages))
    hashes = re.findall(r"class=hash>([0-9a-f]{64})<", page)
    assert hashes
    assert all(sha256 in text for sha256 in hashes)


@pytest.mark.browser
@every_language
def test_korean_words_are_not_broken_at_the_end_of_a_line(language: str) -> None:
    pdfium: Any = pytest.importorskip("pypdfium2")
    page, content = page_and_pdf(language, "chromium")
    words = set(re.findall(r"[가-힣]{2,}", re.sub(r"<(style|script)\b.*?</\1>", "", page, flags=re.DOTALL)))
    broken = []
    for sheet in pdfium.PdfDocument(content):
        lines = sheet.get_textpage().get_text_bounded().splitlines()
        for line, following in pairwise(lines):
            end, begin = re.search(r"[가-힣]+$", line), re.match(r"[가-힣]+", following)
            if end and begin and end[0] not in words and end[0] + begin[0] in words and begin[0] not in words:
                broken.append(f"{end[0]}|{begin[0]}")
    assert broken == []


@every_engine
def test_the_same_page_gives_the_same_bytes(engine: str) -> None:
    page = batch_page(samples.late(), "ko")
    assert render(page, engine) == render(page, engine)


@pytest.mark.browser
def test_another_browser_that_printed_other_pages_before_gives_the_same_bytes() -> None:
    page, content = page_and_pdf("ko", "chromium")
    program = find_chromium()
    assert program
    with Browser(program) as browser:
        render_tagged_pdf(small_page("<h1>before</h1>"), browser)
        assert render_tagged_pdf(page, browser) == content


@pytest.mark.slow
def test_a_page_that_wants_to_stay_together_wholly_is_broken_all_the_same() -> None:
    pytest.importorskip("weasyprint")
    rows = "<tbody><tr><td>one</td></tr></tbody>" * 120
    page = small_page(f"<table>{rows}</table>", "tr { break-before: avoid; break-inside: avoid; }")
    assert len(pypdf.PdfReader(io.BytesIO(render_tagged_pdf(page))).pages) > 1


@every_engine
@pytest.mark.parametrize(
    "body",
    [
        '<img alt="x" src="http://example.invalid/x.png">',
        '<img alt="x" src="file:///etc/hostname">',
        '<p style="background: url(http://example.invalid/y.png)">x</p>',
        '<link rel="stylesheet" href="http://example.invalid/z.css"><p>x</p>',
        "<style>@import url(http://example.invalid/z.css);</style><p>x</p>",
    ],
)
def test_a_page_that_asks_for_something_outside_itself_is_refused(body: str, engine: str) -> None:
    with pytest.raises(ReportError, match="fetches something"):
        render(small_page(body), engine)


@every_engine
def test_a_page_that_is_refused_stops_no_other(engine: str, tmp_path: Path) -> None:
    browser_of(engine)
    pages = [tmp_path / name for name in ("first.html", "bad.html", "last.html")]
    for path in pages:
        bad = '<img alt="x" src="http://example.invalid/x.png">' if path.stem == "bad" else ""
        path.write_text(small_page(f"<h1>{path.stem}</h1>{bad}"), "utf-8")
    with PdfRenderer(PdfEngine(engine), 2) as renderer:
        assert list(renderer.render([])) == []
        rendered = list(renderer.render(pages))
    assert [pdf.page for pdf in rendered] == pages
    assert ["fetches something" in pdf.problem for pdf in rendered] == [False, True, False]
    assert [pdf.content[:5] for pdf in rendered] == [b"%PDF-", b"", b"%PDF-"]


def picture(colour: str) -> str:
    """Return the address of a picture that stands in it: a triangle."""
    shape = f"%3Cpath d='M0 0H9V9z' fill='{colour}'/%3E"
    return f"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='9' height='9'%3E{shape}%3C/svg%3E"


@pytest.mark.browser
@pytest.mark.parametrize("paper", ["A4", "20cm 1cm"])
def test_a_page_is_laid_out_for_paper_only_with_the_pictures_of_its_style(paper: str) -> None:
    style = (
        f"@page {{ size: {paper}; margin: 0 }} body {{ margin: 0 }} "
        f'p {{ background: url("{picture("lime")}") no-repeat; margin: 0; break-inside: avoid }} '
        f'p::before {{ content: url("{picture("red")}") }}'
    )
    browser = started_browser()
    page = small_page(f"<style>{style}</style><p>words</p>")
    printed = print_page(page, browser)
    assert printed.text == "words"
    content = complete_pdf(printed, page)
    sheet = pypdf.PdfReader(io.BytesIO(content)).pages[0]
    assert sheet.extract_text().split() == ["words"]
    drawn = sheet.get_contents().get_data()
    assert b"0 1 0 rg" in drawn
    assert b"1 0 0 rg" in drawn
    shown = browser._call(
        "Runtime.evaluate", time.monotonic() + PATIENCE, expression="getComputedStyle(document.documentElement).display"
    )
    assert shown["result"]["value"] == "none"


@pytest.mark.browser
def test_a_page_that_was_begun_is_printed_once_and_again_only_where_it_has_changed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    browser_of("chromium")
    printed: list[str] = []

    def print_and_note(page: str, *given: Any, **named: Any) -> Any:
        printed.append(page)
        return print_page(page, *given, **named)

    monkeypatch.setattr("smartcert.reporting.pdf.print_page", print_and_note)
    paths = [tmp_path / f"{name}.html" for name in ("same", "changed", "bad", "late")]
    pages = [small_page(f"<h1>{path.stem}</h1>") for path in paths]
    pages[2] = small_page('<img alt="x" src="http://example.invalid/x.png">')
    for path, page in zip(paths, pages, strict=True):
        path.write_text(page, "utf-8")
    with PdfRenderer(PdfEngine.CHROMIUM, 1) as renderer:
        for path in paths[:3]:
            renderer.begin(path)
        changed = small_page("<h1>other words</h1>")
        paths[1].write_text(changed, "utf-8")
        rendered = {pdf.page: pdf for pdf in renderer.render(paths)}
        for number in range(40):  # more than are begun; nobody asks for them
            path = tmp_path / f"{number}.html"
            path.write_text(pages[0], "utf-8")
            renderer.begin(path)
    assert len(printed) <= 5 + 16
    assert [page for page in printed[:5] if page != pages[1]] == [pages[0], pages[2], changed, pages[3]]
    assert [bool(rendered[path].problem) for path in paths] == [False, False, True, False]
    text = pypdf.PdfReader(io.BytesIO(rendered[paths[1]].content)).pages[0].extract_text()
    assert text.split() == ["other", "words"]


@pytest.mark.browser
def test_scripts_of_a_page_do_not_run() -> None:
    script = "<script>document.body.append('written by a script')</script>"
    content = render(small_page(f"<p>words</p>{script}"), "chromium")
    assert pypdf.PdfReader(io.BytesIO(content)).pages[0].extract_text().split() == ["words"]


# --- the end of the browser


def list_processes(folder: str) -> list[str]:
    """Return the processes that name a folder of a profile, as the system lists them."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = path.read_bytes()
        except OSError:  # it has just ended
            continue
        if folder.encode() in command:
            found.append(command.replace(b"\0", b" ").decode(errors="replace")[:200])
    return found


needs_proc = pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="processes are listed by /proc")


@needs_proc
@pytest.mark.browser
def test_no_process_and_no_folder_of_the_browser_is_left_when_its_context_ends() -> None:
    program = find_chromium() or pytest.skip("Chromium is not installed")
    with Browser(program) as browser:
        browser.wait_until_ready()
        folder = str(browser._folder)
        assert list_processes(folder)
    wait_until(lambda: not list_processes(folder))
    assert not Path(folder).exists()
    browser.close()


@needs_proc
@pytest.mark.browser
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_the_browser_ends_with_the_process_that_started_it_however_that_ends(end: signal.Signals) -> None:
    program = find_chromium() or pytest.skip("Chromium is not installed")
    code = (
        "import sys, time\nfrom smartcert.reporting.chromium import Browser\n"
        f"with Browser({program!r}) as browser:\n"
        "    browser.wait_until_ready()\n    print(browser._folder, flush=True)\n    time.sleep(3600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout
        folder = process.stdout.readline().decode().strip()
        assert list_processes(folder)
        process.send_signal(end)
        process.wait(PATIENCE)
    wait_until(lambda: not list_processes(folder))
    with Browser(program) as first:  # what was left is removed by the next to start
        assert not Path(folder).exists()
        with Browser(program):
            assert first._folder.is_dir()


@needs_proc
@pytest.mark.browser
def test_a_page_that_takes_too_long_ends_the_browser_and_the_next_page_is_printed_by_a_new_one() -> None:
    program = find_chromium() or pytest.skip("Chromium is not installed")
    with Browser(program) as browser:
        browser.wait_until_ready()
        rows = "<p>" + "word " * 400 + "</p>"
        with pytest.raises(ReportError, match="took too long"):
            browser.print_page(small_page(rows * 2000), 0.2)
        wait_until(lambda: not list_processes(str(browser._folder)))
        assert render_tagged_pdf(small_page("<h1>x</h1>"), browser).startswith(b"%PDF-")


def test_what_is_no_chromium_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(chromium.PROGRAM_VARIABLE, "no-such-browser")
    with pytest.raises(UsageError, match="SMARTCERT_CHROMIUM names 'no-such-browser'"):
        find_chromium()
    if hasattr(os, "posix_spawn"):
        silent = tmp_path / "silent"
        silent.write_text("#!/bin/sh\n", "utf-8")
        silent.chmod(0o755)
        with pytest.raises(UsageError, match="does not say its version"):
            chromium.read_chromium_version(str(silent))
        with Browser(str(silent)) as browser, pytest.raises(UsageError, match="does not start"):
            browser.wait_until_ready()


def test_without_chromium_pages_are_printed_by_weasyprint_and_where_it_is_asked_for_it_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(chromium, "find_chromium", lambda: None)
    from smartcert.batch.pdf import choose_engine

    choose_engine.cache_clear()
    try:
        assert choose_engine(PdfEngine.AUTO).engine is PdfEngine.WEASYPRINT
        with pytest.raises(UsageError, match="Chromium is not found"):
            run(RunRequest(round="example", output=tmp_path / "out", pdf=True, pdf_engine=PdfEngine.CHROMIUM))
    finally:
        choose_engine.cache_clear()
    assert not (tmp_path / "out").exists()


def test_without_weasyprint_a_run_says_what_to_install_before_it_writes_anything(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(UsageError, match=r"smartcert\[pdf\].*libpango"):
        run(RunRequest(round="example", output=tmp_path / "out", pdf=True, pdf_engine=PdfEngine.WEASYPRINT))
    assert not (tmp_path / "out").exists()


def test_a_pdf_goes_with_the_page_that_it_was_made_from(tmp_path: Path) -> None:
    outputs = Outputs(folder=tmp_path)
    first = RenderedReport(applicant_id="haneul", language="ko", page=b"<html>1</html>", notebook=b"{}")
    outputs.write_report(first)
    pdf = outputs.locate(outputs.name_page("haneul", "ko")).with_suffix(".pdf")
    pdf.write_bytes(b"%PDF")
    outputs.write_report(first)
    assert pdf.is_file()
    outputs.write_report(replace(first, page=b"<html>2</html>"))
    assert not pdf.is_file()
    pdf.write_bytes(b"%PDF")
    outputs.remove("haneul", "ko")
    assert not pdf.is_file()


@pytest.mark.browser
@pytest.mark.notebook
def test_a_run_makes_a_pdf_beside_each_page_at_most_twelve_sheets_and_an_annex(tmp_path: Path) -> None:
    language = "ko"  # in English: test_report_in_chromium.py looks for the annex, test_result_letter.py at the letter
    find_chromium() or pytest.skip("Chromium is not installed")
    folder = small_example(tmp_path / "example", ("haneul",))
    order = RunRequest(
        round=str(folder),
        output=tmp_path / "out",
        languages=(language,),
        jobs=2,
        quiet=True,
        pdf=True,
        pdf_engine=PdfEngine.CHROMIUM,
    )
    assert run(order).failures == ()
    pdfs = {path.name.replace(f".{language}", ""): path for path in (tmp_path / "out").rglob("*.pdf")}
    assert set(pdfs) == {"letter.pdf", "report.pdf", "round_summary.pdf", "round_summary.press.pdf"}
    sheets = {name: [page.extract_text() for page in pypdf.PdfReader(path).pages] for name, path in pdfs.items()}
    assert len(sheets["letter.pdf"]) == 1
    (begin,) = [number for number, text in enumerate(sheets["report.pdf"]) if "부록:계산과정" in "".join(text.split())]
    assert begin <= 12
    assert len(sheets["report.pdf"]) <= 24
    contents = {name: path.read_bytes() for name, path in pdfs.items()}
    times = {name: path.stat().st_mtime_ns for name, path in pdfs.items()}
    pdfs["round_summary.pdf"].unlink()
    run(order)
    assert {name: path.read_bytes() for name, path in pdfs.items()} == contents
    assert pdfs["report.pdf"].stat().st_mtime_ns == times["report.pdf"]
    listed = (tmp_path / "out" / "manifest.json").read_text("utf-8")
    assert f"applicants/haneul/report.{language}.pdf" in listed
    assert '"pdf_engine": "chromium ' in listed
