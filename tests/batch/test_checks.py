"""What a page and an executed notebook must be before a report is placed."""

from __future__ import annotations

import json
import re
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcert.batch.checks import check_executed, check_page, find_wrong_figures
from smartcert.batch.request import Task
from smartcert.errors import ReportError
from smartcert.notebook import open_report
from smartcert.reporting.records import to_json
from smartcert.services.rounds import open_round
from tests.support.small_example import toy

NAME = "하늘시 <A&B>"
PAGE = """<!DOCTYPE html>
<html lang="ko"><head><meta charset="utf-8"><title>하늘시 &lt;A&amp;B&gt; · 평가</title>
<style>@font-face{src:url(data:font/woff;base64,AAAA)} a{color:red}</style></head>
<body><a href="https://law.go.kr/">법</a><h1>하늘시</h1><img alt="" src="data:image/png;base64,AA"><p>본문</p>
</body></html>
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
        record=json.dumps(record),
        parameters={},
    )


def test_a_good_page_passes_for_an_applicant_and_for_a_round() -> None:
    check_page(PAGE, task())
    check_page(PAGE, task(applicant_id=""))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("</html>", "", "does not end"),
        ('lang="ko"', 'lang="en"', "language"),
        ('lang="ko"', "", "language"),
        ("하늘시 &lt;A&amp;B&gt;", "바다시", "title"),
        ("<title>", "<title>하늘시 &lt;A&amp;B&gt;</title><title>", "title"),
        ("<h1>하늘시</h1>", "", "headings"),
        ("<h1>", "<h1>x</h1><h1>", "headings"),
        ("<p>", '<script src="https://cdn.example/x.js"></script><p>', "script"),
        ("<p>", "<LINK rel=stylesheet HREF=//cdn.example/x.css><p>", "link"),
        ("<p>", "<img alt='' src='https://example.org/pixel.png'><p>", "img"),
        ("<p>", "<img alt='' src='beside.png'><p>", "img"),
        ("<p>", "<img src='data:image/png;base64,AA'><p>", "alternative"),
        ("<p>", '<iframe src="http://x"></iframe><p>', "iframe"),
        ("<p>", '<svg><image href="http://x/y.png"/></svg><p>', "image"),
        ("<p>", '<form action="https://x"></form><p>', "form"),
        ("<p>", '<p style="background:url(https://x/y.png)">', "style"),
        ("<p>", '<p title="2 > 1" STYLE = "background:url(https://x/y.png)">', "style"),
        ("<p>", '<img alt="2 > 1" src="https://x/y.png"><p>', "img"),
        ("<p>", "<img src=https://x/y.png alt='", "not closed"),
        ("a{color:red}", "@import 'x.css';", "style"),
        ("a{color:red}", "a{background:url('//x/y.png')}", "style"),
        ("<meta charset", '<meta http-equiv="Refresh" content="0;url=https://x"><meta charset', "elsewhere"),
    ],
)
def test_a_page_that_is_not_whole_or_fetches_something_is_refused(old: str, new: str, told: str) -> None:
    assert old in PAGE
    with pytest.raises(ReportError, match=told):
        check_page(PAGE.replace(old, new, 1), task())


@given(
    st.sampled_from(["img", "script", "source", "video", "track", "embed"]), st.sampled_from(["http:", "https:", ""])
)
def test_no_element_fetches_from_a_host(tag: str, scheme: str) -> None:
    page = PAGE.replace("<p>", f'<{tag} alt="" src="{scheme}//host.example/x"><p>')
    with pytest.raises(ReportError):
        check_page(page, task())


@pytest.fixture(scope="module")
def report() -> tuple[str, dict[str, Any]]:
    opened = open_round("example")
    record = opened.record("haneul")
    shown = open_report(round="example", applicant_id="haneul", language="ko")
    page = "".join(section._repr_html_() for section in (shown.points(), shown.trace()) if section)
    return page, json.loads(to_json(record))


def test_a_page_with_the_figures_of_its_record_passes(report: tuple[str, dict[str, Any]]) -> None:
    assert not list(find_wrong_figures(*report))


def test_every_figure_of_another_record_is_named(report: tuple[str, dict[str, Any]]) -> None:
    other = json.loads(to_json(open_round("example").record("ara")))
    told = list(find_wrong_figures(report[0], other))
    assert "the trace is of 'haneul', the record of 'ara'" in told
    assert any("points of total, the record" in one for one in told)
    assert len(told) > 50


def test_a_single_figure_that_is_not_the_records_is_found(report: tuple[str, dict[str, Any]]) -> None:
    page, record = report
    rows = list(re.finditer(r'<tr data-at="([^"]+)".*?<td class="number">([\d,.]+)', page, re.DOTALL))
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
        assert list(find_wrong_figures(page, changed)) == [told]


def test_a_row_that_is_missing_or_nobody_elses_is_found(report: tuple[str, dict[str, Any]]) -> None:
    page, record = report
    assert list(find_wrong_figures(page.replace('<tr data-at="N05"', '<tr data-at="N99"', 1), record)) == [
        "the page shows points of 'N99', which the record does not have",
        "the page does not show the points of N05",
    ]


def test_a_record_without_points_has_no_figures_to_check(report: tuple[str, dict[str, Any]]) -> None:
    assert not list(find_wrong_figures(report[0], {"evaluation": {"id": "x", "scorecard": None}}))
    assert not list(find_wrong_figures(report[0], {"round": {}}))


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
    with pytest.raises(ReportError, match="Glyph 54616"):
        check_executed(notebook)
