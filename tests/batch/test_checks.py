"""What a page and an executed notebook must be before a report is placed."""

from __future__ import annotations

import base64
import dataclasses
import json
import re
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from smartcert.batch import checks
from smartcert.batch.checks import check_executed, check_page, strip_embedded_data
from smartcert.batch.request import Task
from smartcert.errors import ReportError
from smartcert.files import sha256_base64
from smartcert.notebook import open_report
from smartcert.reporting.applicant.experiment import digest_script, load_script
from smartcert.reporting.records import to_json
from smartcert.services.rounds import open_round
from tests.support.report_pages import batch_page
from tests.support.small_example import toy

NAME = "하늘시 <A&B>"
STYLE = "@font-face{src:url(data:font/woff;base64,AAAA)} a{color:red}"


def policy(style: str) -> str:
    return (
        f"default-src 'none'; style-src 'sha256-{sha256_base64(style.encode())}'; img-src data:; font-src data:;"
        " base-uri 'none'; form-action 'none'"
    )


PAGE = f"""<!DOCTYPE html>
<html lang="ko"><head><meta charset="utf-8"><title>하늘시 &lt;A&amp;B&gt; · 평가</title>
<meta http-equiv="Content-Security-Policy" content="{policy(STYLE)}">
<style>{STYLE}</style></head>
<body><a href="https://law.go.kr/">법</a><h1>하늘시</h1><img alt="" src="data:image/png;base64,AA"><p>본문</p>
<footer>끝</footer></body>
</html>
"""


def task(applicant_id: str = "haneul", language: str = "ko") -> Task:
    record = {
        "evaluation": {"applicant": {"name": {"ko": NAME, "en": "Haneul"}}},
        "round": {"title": {"ko": "하늘시", "en": "Round"}},
    }
    return Task(
        applicant_id=applicant_id,
        language=language,
        notebook="",
        record_name="evaluation.json",
        record=json.dumps(record).encode(),
        parameters={},
    )


def test_a_good_page_passes_for_an_applicant_and_for_a_round() -> None:
    check_page(PAGE, task())
    check_page(PAGE, task(applicant_id=""))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("</html>", "", "does not end"),
        ('lang="ko"', 'lang="en"', "language"),
        ('lang="ko"', "", "language"),
        ("하늘시 &lt;A&amp;B&gt;", "바다시", "title"),
        ("<title>", "<title>하늘시 &lt;A&amp;B&gt;</title><title>", "title"),
        ("<h1>하늘시</h1>", "", "headings"),
        ("<h1>", "<h1>x</h1><h1>", "headings"),
        ("<p>", "<img src=https://x/y.png alt='", "not closed"),
        ("<p>", "<img src='data:image/png;base64,AA'><p>", "alternative"),
        ("<p>", '<p id="a"></p><p id="a">', "twice"),
        ("default-src 'none'", "default-src 'self'", "Content-Security-Policy"),
        ("style-src 'sha256", "style-src 'unsafe-inline' 'sha256", "Content-Security-Policy"),
        ("<meta http-equiv", "<meta x", "Content-Security-Policy"),
        ("a{color:red}", "a{color:blue}", "Content-Security-Policy"),
        ("<style>", "<style>h1{display:none}</style><style>", "Content-Security-Policy"),
    ],
)
def test_a_page_that_is_not_complete_is_refused(old: str, new: str, message: str) -> None:
    assert old in PAGE
    with pytest.raises(ReportError, match=message):
        check_page(PAGE.replace(old, new, 1), task())


@pytest.mark.parametrize("style", ["@import 'x.css';", "a{background:url('//x/y.png')}", "a{background:url(y.png)}"])
def test_a_style_sheet_that_fetches_is_refused(style: str) -> None:
    with pytest.raises(ReportError, match="a style fetches"):
        check_page(PAGE.replace(STYLE, style).replace(policy(STYLE), policy(style)), task())


OWN_SCRIPT = f"<script>{load_script()}</script>"
SCRIPTED = PAGE.replace("<footer>", f"{OWN_SCRIPT}<footer>").replace(
    "; img-src", f"; script-src 'sha256-{digest_script()}'; img-src"
)


def test_the_script_of_a_report_passes() -> None:
    check_page(SCRIPTED, task())


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (";\n</script>", ";</script>", "has a script"),
        ("<script>", "<script type='module'>", "has a script"),
        ("<script>", "<script nonce='x'>", "not allowed"),
        (OWN_SCRIPT, f"<p>{OWN_SCRIPT}</p>", "has a script"),
        (OWN_SCRIPT, "", "Content-Security-Policy"),
        (OWN_SCRIPT, f"{OWN_SCRIPT}<script>alert(1)</script>", "has a script"),
        (OWN_SCRIPT, "<script>alert(1)</script>", "has a script"),
        (f"; script-src 'sha256-{digest_script()}'", "", "Content-Security-Policy"),
        ("script-src 'sha256", "script-src 'unsafe-inline' 'sha256", "Content-Security-Policy"),
        ("script-src 'sha256", "script-src data: 'sha256", "Content-Security-Policy"),
    ],
)
def test_any_other_script_is_refused(old: str, new: str, message: str) -> None:
    assert old in SCRIPTED
    with pytest.raises(ReportError, match=message):
        check_page(SCRIPTED.replace(old, new, 1), task())


HOSTILE = [
    "<script>alert(1)</script>",
    '<script src="https://x/x.js"></script>',
    '<script type="module" src="x.js"></script>',
    '<script type="application/json" id="other">{}</script>',
    '<script type="importmap">{}</script>',
    "<LINK rel=stylesheet HREF=//x/x.css>",
    '<link rel="preconnect" href="https://x">',
    '<link rel="prefetch" href="https://x">',
    '<meta http-equiv="Refresh" content="0;url=https://x">',
    '<meta name="monetization" content="x">',
    '<base href="https://x/">',
    "<img alt='' src='https://x/pixel.png'>",
    "<img alt='' src='beside.png'>",
    "<img alt='' src='data:text/html;base64,AA'>",
    "<img alt='' srcset='https://x/y.png 2x' src='data:image/png;base64,AA'>",
    '<img alt="2 > 1" src="https://x/y.png">',
    "<img alt='' src='data:image/png;base64,AA' onload='x()'>",
    "<img alt='' src='data:image/png;base64,AA' loading='lazy' lowsrc='https://x/y'>",
    "<picture><source srcset='https://x/y.png'></picture>",
    '<iframe src="http://x"></iframe>',
    "<iframe srcdoc='<script>x</script>'></iframe>",
    "<frameset><frame src='https://x'></frameset><object data='https://x'></object>",
    '<object data="https://x"></object>',
    '<embed src="https://x">',
    '<applet code="x"></applet>',
    '<video poster="https://x/y.png"></video>',
    '<audio src="https://x/y.mp3"></audio>',
    '<track src="https://x">',
    '<form action="https://x"></form>',
    '<input type="image" src="https://x/y.png">',
    "<button formaction='https://x'>x</button>",
    "<textarea></textarea>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='JaVaScRiPt:alert(1)'>x</a>",
    "<a href='&#106;avascript:alert(1)'>x</a>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<a href=' \x01javascript:alert(1)'>x</a>",
    "<a href='data:text/html,x'>x</a>",
    "<a href='vbscript:x'>x</a>",
    "<a href='file:///etc/passwd'>x</a>",
    "<a href='//x/y'>x</a>",
    "<a href='\\\\x\\y'>x</a>",
    "<a href='#x' ping='https://x'>x</a>",
    "<a href='#x' download>x</a>",
    "<a href='#x' target='_blank'>x</a>",
    "<p onclick='x()'>x</p>",
    "<p style='background:url(https://x/y.png)'>x</p>",
    '<p title="2 > 1" STYLE = "background:url(https://x/y.png)">x</p>',
    "<p style='position:fixed;inset:0'>x</p>",
    "<table background='https://x/y.png'><tr><td>x</table>",
    "<style>@import 'https://x';</style>",
    "<style>.outcome{display:none}</style>",
    '<svg><image href="http://x/y.png"/></svg>',
    '<svg><use href="https://x/y.svg#a"/></svg>',
    "<svg><script>alert(1)</script></svg>",
    "<svg onload='x()'></svg>",
    "<svg><a xlink:href='javascript:x'><text>x</text></a></svg>",
    "<svg><animate attributeName='href' values='javascript:x'/></svg>",
    "<svg><set attributeName='onload' to='x()'/></svg>",
    "<svg><foreignObject><p>x</p></foreignObject></svg>",
    "<svg><rect fill='url(https://x/y.svg#a)'/></svg>",
    "<svg><style>@import 'https://x';</style></svg>",
    "<math><maction actiontype='statusline' href='javascript:x'>x</maction></math>",
    "<noscript><p>x</p></noscript>",
    "<template><script>x</script></template>",
    "<p><slot></slot>",
    "<x-element></x-element>",
    "<dialog open>x</dialog>",
    "<blink>x</blink><marquee>x</marquee>",
    "<plaintext>",
    "<xmp><script>x</script></xmp>",
    "<portal src='https://x'></portal>",
    "<fencedframe></fencedframe>",
    "<p contenteditable>x</p>",
    "<p accesskey='s'>x</p>",
    "<p is='x-y'>x</p>",
    "<p nonce='x'>x</p>",
    "<p popover>x</p>",
    "<p itemscope itemtype='https://x'>x</p>",
    "<body onload='x()'>",
    "<html manifest='x.appcache'>",
]


@pytest.mark.parametrize("output", HOSTILE)
def test_what_runs_loads_sends_or_restyles_is_refused(output: str) -> None:
    with pytest.raises(ReportError):
        check_page(PAGE.replace("<p>", f"{output}<p>", 1), task())


@given(
    st.sampled_from(["img", "script", "source", "video", "track", "embed", "iframe", "link", "object"]),
    st.sampled_from(["src", "href", "data", "srcset", "poster"]),
    st.sampled_from(["http:", "https:", "", "ftp:", "blob:"]),
)
def test_no_element_fetches_from_a_host(tag: str, name: str, scheme: str) -> None:
    page = PAGE.replace("<p>", f'<{tag} alt="" {name}="{scheme}//host.example/x"><p>')
    with pytest.raises(ReportError):
        check_page(page, task())


@given(st.text(alphabet=st.characters(min_codepoint=97, max_codepoint=122), min_size=2, max_size=12))
def test_an_attribute_that_nobody_thought_of_is_refused(name: str) -> None:
    page = PAGE.replace("<p>", f'<p on{name}="x"><p>')
    with pytest.raises(ReportError, match="not allowed"):
        check_page(page, task())


@pytest.mark.parametrize(
    "output",
    [
        "<details><summary>x</summary><pre>y</pre></details>",
        "<a href='report.en.html#points'>x</a><a href='mailto:a@b'>y</a><a href='#x' rel='nofollow'>z</a>",
        "<table class='dataframe'><thead><tr><th scope='col'>x</th></tr></thead><tr><td colspan='2'>1</td></table>",
        "<svg viewBox='0 0 1 1' width='1' height='1'><path d='M0 0' fill='none' stroke='url(#a)'/></svg>",
        "<ol start='3'><li value='4'>x</li></ol><blockquote>y</blockquote><sub>1</sub>",
    ],
)
def test_what_a_cell_may_put_out_passes(output: str) -> None:
    check_page(PAGE.replace("<p>", f"{output}<p>", 1), task())


@pytest.fixture(scope="module")
def report() -> tuple[str, dict[str, Any]]:
    opened = open_round("example")
    record = opened.record("haneul")
    shown = open_report(round="example", applicant_id="haneul", language="ko")
    page = "".join(section._repr_html_() for section in (shown.points(), shown.trace()) if section)
    return page, json.loads(to_json(record))


def find_wrong_figures(page: str, record: dict[str, Any]) -> list[str]:
    return list(checks.find_wrong_figures(LexborHTMLParser(page), record))


def test_a_page_with_the_figures_of_its_record_passes(report: tuple[str, dict[str, Any]]) -> None:
    assert not find_wrong_figures(*report)


def test_every_figure_of_another_record_is_named(report: tuple[str, dict[str, Any]]) -> None:
    other = json.loads(to_json(open_round("example").record("ara")))
    told = find_wrong_figures(report[0], other)
    assert "the trace is of 'haneul', the record of 'ara'" in told
    assert any("points of total, the record" in one for one in told)
    assert len(told) > 50


def test_a_single_figure_that_is_not_the_records_is_found(report: tuple[str, dict[str, Any]]) -> None:
    page, record = report
    rows = list(re.finditer(r'<tr data-at="([^"]+)".*?<td>([\d,.]+)', page, re.DOTALL))
    assert len(rows) > 60
    for row in rows:
        changed = page[: row.start(2)] + "1" + row[2] + page[row.end(2) :]
        (told,) = find_wrong_figures(changed, record)
        assert told.startswith(f"the page shows 1{row[2]} points of {row[1]}, the record ")
    assert "the trace states level 3 computed, the record 4" in find_wrong_figures(
        page.replace('"level":4,"p', '"level":3,"p'), record
    )


def test_a_decision_that_is_not_the_records_is_found(report: tuple[str, dict[str, Any]]) -> None:
    page, record = report
    for name, value, told in (
        ("result", "certified", "the trace states the result not_certified, the record certified"),
        ("awaits", "vote", "the trace states the awaits None, the record vote"),
        ("decided", {"level": 3}, "the trace states level 4 decided, the record 3"),
        ("decided", None, "the trace states level 4 decided, the record None"),
    ):
        changed = {**record, "outcome": {**record["outcome"], name: value}}
        assert find_wrong_figures(page, changed) == [told]


def test_a_row_that_is_missing_or_nobody_elses_is_found(report: tuple[str, dict[str, Any]]) -> None:
    page, record = report
    assert find_wrong_figures(page.replace('<tr data-at="N05"', '<tr data-at="N99"', 1), record) == [
        "the page shows points of 'N99', which the record does not have",
        "the page does not show the points of N05",
    ]


def test_a_record_without_points_has_no_figures_to_check(report: tuple[str, dict[str, Any]]) -> None:
    assert not find_wrong_figures(report[0], {"evaluation": {"id": "x", "scorecard": None}})
    assert not find_wrong_figures(report[0], {"round": {}})


def test_a_cell_that_did_not_run_is_refused() -> None:
    with pytest.raises(ReportError, match="cell 1 did not run"):
        check_executed(toy("1"))


def test_an_empty_cell_need_not_run() -> None:
    check_executed(toy("  \n"))


def test_an_error_among_the_outputs_is_refused() -> None:
    notebook = toy("1/0")
    notebook.cells[0].execution_count = 1
    notebook.cells[0].outputs = [
        nbformat.v4.new_output("error", ename="ZeroDivisionError", evalue="by zero", traceback=[])
    ]
    with pytest.raises(ReportError, match="cell 1: ZeroDivisionError: by zero"):
        check_executed(notebook)


def test_a_missing_glyph_is_refused() -> None:
    notebook = toy("plot()")
    notebook.cells[0].execution_count = 1
    warning = "x.py:1: UserWarning: Glyph 54616 (\\N{HANGUL SYLLABLE HA}) missing from font(s) DejaVu Sans.\n  x"
    notebook.cells[0].outputs = [nbformat.v4.new_output("stream", name="stderr", text=warning)]
    wanted = (
        r"cell 1: a chart lacks a letter: Glyph 54616 .* DejaVu Sans: call smartcert\.use_korean_font\(\) before it"
    )
    with pytest.raises(ReportError, match=wanted):
        check_executed(notebook)


@pytest.fixture(scope="module")
def page_of_haneul() -> tuple[str, Task]:
    record = open_round("example").record("haneul")
    return batch_page(record, "ko"), dataclasses.replace(task(), record=to_json(record))


def test_the_verdict_of_a_page_is_the_records(page_of_haneul: tuple[str, Task]) -> None:
    page, asked = page_of_haneul
    check_page(page, asked)
    for old, new in (
        ("4등급, 불인증으로 결정", "3등급, 인증으로 결정"),
        ("4등급으로 산정", "3등급으로 산정"),
        ("1,394.0점을", "1,400.0점을"),
        ("<dd>4등급<", "<dd>3등급<"),
        ("<dd>69.7%<", "<dd>70.7%<"),
    ):
        assert old in page
        with pytest.raises(ReportError, match="verdict"):
            check_page(page.replace(old, new, 1), asked)


@pytest.mark.parametrize(
    "forged",
    [
        '<section aria-labelledby="verdict"><p class="lead">하늘시는 1등급입니다.</p></section>',
        '<section aria-labelledby="verdict"><dl class="key"><div><dt>등급</dt><dd>1등급</dd></div></dl></section>',
        '<section aria-labelledby="verdict"></section>',
        '<h2 id="verdict">1등급</h2>',
    ],
)
def test_a_forged_verdict_is_refused(page_of_haneul: tuple[str, Task], forged: str) -> None:
    page, asked = page_of_haneul
    with pytest.raises(ReportError, match="verdict"):
        check_page(page.replace("<footer>", f"{forged}<footer>", 1), asked)


def test_an_embedded_file_that_is_text_is_searched_too() -> None:
    image = base64.b64encode("<svg><text>바다시</text></svg>".encode()).decode()
    font = base64.b64encode("바다시".encode()).decode()
    page = f"<img src='data:image/svg+xml;base64,{image}'><style>url(data:font/woff;base64,{font})</style>"
    assert strip_embedded_data(page.encode()).decode().count("바다시") == 1
