"""A cell that somebody adds to a notebook comes out in the report as they expect it, and stays harmless."""

from __future__ import annotations

import base64
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pytest
from selectolax.lexbor import LexborHTMLParser

from smartcert.batch.added_cells import check_added_cells
from smartcert.batch.checks import check_executed, check_page
from smartcert.batch.exporter import render_page
from smartcert.batch.request import Notebooks, RunRequest, Task
from smartcert.batch.run import run
from smartcert.errors import ReportError
from smartcert.reporting.records import Audience, to_json
from tests.support import sample_records
from tests.support.report_pages import executed
from tests.support.small_example import package_notebook, small_example

v4: Any = nbformat.v4
HOSTILE = "<script>alert(1)</script><img src=x onerror=x()>"


def page_with(*cells: Any) -> str:
    """Return the page of a report with these cells after its verdict; it must pass every check."""
    notebook = executed(sample_records.not_certified(), "ko")
    notebook.cells[3:3] = cells
    task = Task(
        applicant_id="haneul",
        language="ko",
        notebook="",
        record_name="evaluation.json",
        record=to_json(sample_records.not_certified()),
        parameters={},
    )
    added = v4.new_notebook(cells=list(cells))
    check_executed(added)
    check_added_cells(added, task)
    page = render_page(notebook)
    check_page(page, task)
    return page


def shown(*cells: Any) -> str:
    """Return the HTML of what the cells add to the page."""
    tree = LexborHTMLParser(page_with(*cells))
    return "".join(node.html or "" for node in tree.css(".smartcert.cell"))


def cell(*outputs: Any, **metadata: Any) -> Any:
    return v4.new_code_cell("secret = 1", id="added", execution_count=9, outputs=list(outputs), metadata=metadata)


def data(value: str, kind: str, metadata: dict[str, Any] | None = None) -> Any:
    return v4.new_output("display_data", data={kind: value, "text/plain": "plain"}, metadata=metadata or {})


def test_a_paragraph_comes_out_with_its_heading_in_the_contents() -> None:
    page = page_with(v4.new_markdown_cell("# 위원회 의견\n\n한 *문단*과 표\n\n|가|나|\n|-|-|\n|1|2|"))
    tree = LexborHTMLParser(page)
    titled = [node for node in tree.css("[id]") if node.attributes["id"] == "위원회-의견"]
    assert [(node.tag, node.text()) for node in titled] == [("h2", "위원회 의견")]
    assert "위원회 의견" in tree.css_first("nav").text()
    assert "<em>문단</em>" in page
    assert "<td>2</td>" in page


def test_markdown_as_people_write_it_comes_out() -> None:
    source = (
        "- [ ] 할 일\n- [x] 끝난 일\n\n|가|나|\n|:-|-:|\n|1|2|\n\n용어\n: 정의\n\n~~지움~~ https://example.org\n\n"
        "> 인용\n\n1. 하나\n\n   둘째 문단\n2. 둘\n\n```python\nx = 1 < 2\n```\n\n"
        "<details><summary>더</summary>내용</details>\n\n---\n\n- [ ] 앞 문단\n\n  뒤 문단\n"
    )
    for added in (v4.new_markdown_cell(source), cell(data(source.replace("<details>", ""), "text/markdown"))):
        html = shown(added)
        items = [" ".join(node.text().split()) for node in LexborHTMLParser(html).css("ul li")]
        assert items == ["□ 할 일", "■ 끝난 일", "□ 앞 문단 뒤 문단"]
        for part in ("<del>지움</del>", "<dt>용어</dt>", "<blockquote>", "<hr>", 'href="https://example.org"'):
            assert part in html
        assert "x = 1 < 2" in LexborHTMLParser(html).css_first("pre").text()
        assert html.count('<td class="align-right">2</td>') == 1
        assert '<td class="align-left">1</td>' in html


def html_output(html: str) -> Any:
    return cell(data(html, "text/html"))


def test_the_colours_of_a_styled_table_are_allowed_by_their_hash() -> None:
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("jinja2")
    frame = pandas.DataFrame({"points": [1.5, 9.0]}, index=["a", "b"])
    styler = frame.style.set_uuid("x").highlight_max(color="#ffff00").bar(color="#5fba7d").set_caption("가")
    styler = styler.set_table_styles([{"selector": "th", "props": "font-weight: bold; position: fixed"}])
    page = page_with(html_output(styler.to_html()))
    tree = LexborHTMLParser(page)
    own = tree.css("head style")[-1].text()
    assert "#T_x_row1_col0 { background-color: #ffff00" in own
    assert "linear-gradient" in own
    assert "#T_x th { font-weight: bold }" in own
    assert len(tree.css("style")) == len(re.findall("'sha256-", page)) - 1  # and the script's
    assert tree.css_first("#T_x_row1_col0").text() == "9.000000"


@pytest.mark.parametrize(
    "rule",
    [
        ".outcome { color: red }",
        "#T_x ~ section { color: red }",
        "#T_x + p { color: red }",
        "#T_x, .lead { color: red }",
        "#verdict { color: red }",
        "* { color: red }",
        "#T_x td:has(~ p) { color: red }",
        "#T_x { position: fixed }",
        "#T_x { display: none }",
        "#T_x { background: url(https://x/y.png) }",
        "#T_x { background: u\\72l(https://x) }",
        "#T_x { background: image-set('https://x') }",
        "#T_x { content: 'certified' }",
        "@import 'https://x';",
        "@media print { #T_x { color: red } }",
        "#T_x { color: red /* ",
        "</style><script>alert(1)</script><style>",
    ],
)
def test_a_rule_about_anything_else_is_left_out(rule: str) -> None:
    try:
        page = page_with(
            html_output(f"<style type='text/css'>{rule}</style><table id='T_x'><tr><td>1</td></tr></table>")
        )
    except ReportError:
        assert "script" in rule  # refused as a whole
        return
    own = LexborHTMLParser(page).css("style")
    assert not [sheet for sheet in own[1:] if "unicode-range" not in sheet.text()]
    assert "<td>1</td>" in page


def test_no_page_allows_every_style() -> None:
    import smartcert.reporting

    template = Path(smartcert.reporting.__file__).parent / "template" / "smartcert" / "index.html.j2"
    assert "unsafe" not in template.read_text("utf-8")


def test_characters_that_the_page_did_not_have_are_added_to_its_typeface() -> None:
    plain, added = page_with(), page_with(v4.new_markdown_cell("뷁쀍"))
    assert "unicode-range:U+BDC1,U+C00D" in added
    assert "unicode-range" not in plain
    assert len(re.findall("'sha256-", added)) == 3  # the page's, that of the typeface, and the script


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        (v4.new_output("stream", name="stdout", text=f"\x1b[31m{HOSTILE}"), "<pre>&lt;script&gt;alert(1)"),
        (v4.new_output("stream", name="stderr", text="careful"), '<pre class="stderr">careful</pre>'),
        (v4.new_output("execute_result", data={"text/plain": HOSTILE}, execution_count=1), "<pre>&lt;script&gt;"),
        (data("<b>HTML</b>", "text/html"), "<b>HTML</b>"),
        (data(f"**bold** {HOSTILE} [l](javascript:x())", "text/markdown"), "<strong>bold</strong> &lt;script&gt;"),
        (data("# Title", "text/markdown"), "<h2>Title</h2>"),
        (data(r"$\frac{a}{b}$", "text/latex"), r'alt="\frac{a}{b}"'),
        (data(r"\unknown{\"<b>", "text/latex"), r"<code>\unknown{\"&lt;b&gt;</code>"),
        (
            data("aGk=\n", "image/png", {"image/png": {"alt": 'a "chart" <b>', "width": 300}}),
            '<img src="data:image/png;base64,aGk=" width="300" alt="a &quot;chart&quot; &lt;b&gt;">',
        ),
        (data("aGk=", "image/jpeg", {"alt": "photograph"}), 'alt="photograph"'),
        (data("<svg><text>one = 1</text></svg>", "image/svg+xml", {"alt": "drawing"}), "data:image/svg+xml;base64,"),
    ],
)
def test_every_kind_of_output_comes_out(output: Any, expected: str) -> None:
    html = shown(cell(output))
    assert expected in html
    assert "secret" not in html


def test_a_table_of_pandas_comes_out_without_its_styles() -> None:
    import pandas as pd

    html = shown(cell(data(pd.DataFrame({"<b>": [HOSTILE]})._repr_html_(), "text/html")))
    assert '<table class="dataframe">' in html
    assert "&lt;script&gt;" in html
    assert "style" not in html


def test_an_error_that_was_expected_comes_out_and_another_one_fails_the_report() -> None:
    error = v4.new_output("error", ename="ValueError", evalue="<b>", traceback=["x"])
    assert "ValueError: &lt;b&gt;" in shown(cell(error, tags=["raises-exception"]))
    with pytest.raises(ReportError, match="cell 1: ValueError"):
        page_with(cell(error))


def test_formulas_in_a_paragraph_are_drawn() -> None:
    html = shown(v4.new_markdown_cell("So $x^2$ and\n\n$$\\sum_i w_i$$"))
    assert re.findall('alt="([^"]*)"', html) == ["x^2", r"\sum_i w_i"]


@pytest.mark.parametrize(
    "hidden",
    [
        v4.new_markdown_cell("for JupyterLab", metadata={"tags": ["remove-cell"]}),
        cell(v4.new_output("stream", name="stdout", text="for JupyterLab"), tags=["remove-output"]),
        cell(v4.new_output("stream", name="stdout", text="for JupyterLab"), tags=["remove-cell"]),
        v4.new_raw_cell("for JupyterLab"),
    ],
)
def test_what_is_for_jupyterlab_only_has_a_standard_tag(hidden: Any) -> None:
    assert "for JupyterLab" not in page_with(hidden)


def test_an_image_without_a_text_is_refused_and_the_message_says_how_to_give_one() -> None:
    with pytest.raises(ReportError, match=r'no alternative text.*metadata=\{"image/png": \{"alt"'):
        page_with(cell(data("aGk=", "image/png")))
    assert 'alt="from the cell"' in shown(cell(data("aGk=", "image/png"), alt="from the cell"))


@pytest.mark.parametrize(
    "source", [f"x {HOSTILE}", "<style>h1{display:none}</style>", "<iframe src='https://x'></iframe>"]
)
def test_html_in_a_paragraph_passes_the_same_check_as_all_else(source: str) -> None:
    with pytest.raises(ReportError, match=r"not allowed|style|Policy"):
        page_with(v4.new_markdown_cell(source))


def test_every_cell_of_the_shipped_notebooks_says_by_its_tags_what_comes_out() -> None:
    for name in ("applicant_report", "round_summary", "committee_review", "methodology_audit", "weight_explorer"):
        for number, one in enumerate(package_notebook(name).cells):
            wanted = "remove-cell" if one.cell_type == "markdown" else "remove-input"
            assert wanted in one.metadata.get("tags", []), (name, number)


WIDE = {
    "table in a paragraph": v4.new_markdown_cell("|".join(f"column{n}" for n in range(60)) + "\n" + "|".join("-" * 60)),
    "table of a cell": cell(data(f"<table><tr>{'<td>a long cell</td>' * 60}</tr></table>", "text/html")),
    "printed line": cell(v4.new_output("stream", name="stdout", text="word " * 400)),
}


@pytest.mark.parametrize("name", WIDE)
def test_what_is_wide_scrolls_by_itself_and_is_not_cut_off_in_print(name: str, browser: Any) -> None:
    source = page_with(WIDE[name])
    tab = browser.new_page(viewport={"width": 640, "height": 800})
    tab.set_content(source)
    assert tab.evaluate("document.documentElement.scrollWidth") == 640
    if name == "printed line":
        tab.emulate_media(media="print")
        assert tab.evaluate("document.querySelector('.cell pre').scrollWidth") <= 640
    tab.close()


ADDED = """
import matplotlib.pyplot as plt
from IPython.display import Markdown, display

import smartcert

smartcert.use_korean_font()
figure, axes = plt.subplots()
axes.plot(["가", "나"], [3, -4])
axes.set_title("오르는 선")
display(figure, metadata={"image/png": {"alt": "a line that rises"}})
plt.close(figure)
print("printed for", applicant_id)
display(Markdown("**in bold**"))
"""


@pytest.mark.notebook
def test_a_run_puts_what_an_official_added_into_every_report(tmp_path: Path) -> None:
    notebook = package_notebook("applicant_report")
    notebook.cells[4:4] = [v4.new_markdown_cell("## 안내\n\n결과에 대한 안내입니다."), v4.new_code_cell(ADDED)]
    request = RunRequest(
        round=str(small_example(tmp_path / "example", ["haneul", "ara"])),
        output=tmp_path / "outputs",
        jobs=1,
        quiet=True,
        languages=("ko",),
        audiences=(Audience.APPLICANT,),
    )
    assert not run(request, replace(Notebooks.from_package(), applicant=nbformat.writes(notebook))).failures
    for applicant in ("haneul", "ara"):
        page = (tmp_path / "outputs" / "applicants" / applicant / "report.applicant.ko.html").read_text()
        assert f"printed for {applicant}" in page
        assert "결과에 대한 안내입니다." in page
        assert "<strong>in bold</strong>" in page
        image = re.search('src="data:image/png;base64,([^"]+)" alt="a line that rises"', page)
        assert image is not None
        assert base64.b64decode(image[1]).startswith(b"\x89PNG")


PYPLOT_BEFORE = """
import sys
sys.modules["rfc3987_syntax"] = None  # a grammar that takes seconds to compile
import matplotlib
matplotlib.use("agg")
import matplotlib.pyplot as plt
plt.plot([1, 2])
import nbformat
import papermill
cell = nbformat.v4.new_code_cell("import matplotlib.pyplot as plt\\nplt.plot([1])\\nplt.show()")
kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
notebook = nbformat.v4.new_notebook(cells=[cell], metadata={"kernelspec": kernel})
for _ in range(2):
    executed = papermill.execute_notebook(notebook, None, engine_name="smartcert", progress_bar=False)
    print(["image/png" in output.get("data", {}) for output in executed.cells[0].outputs], plt.get_backend().lower())
"""


def test_the_engine_works_where_pyplot_was_imported_before_and_leaves_its_backend() -> None:
    done = subprocess.run([sys.executable, "-c", PYPLOT_BEFORE], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[True] agg", "[True] agg"]
