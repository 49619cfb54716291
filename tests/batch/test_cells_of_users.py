"""Cells as people write them, run by both engines: each comes out as they expect it, or is refused by name and cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pytest
from papermill import execute_notebook
from selectolax.lexbor import LexborHTMLParser

from smartcert.batch.added_cells import check_added_cells
from smartcert.batch.render import register_engine
from smartcert.batch.request import EngineName, Notebooks, RunRequest
from smartcert.batch.run import run
from smartcert.errors import ReportError
from tests.batch.test_hostile_outputs import TASK
from tests.support.small_example import package_notebook, small_example, toy

pytestmark = pytest.mark.notebook

v4: Any = nbformat.v4
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="  # one dot
FIGURE = "import matplotlib.pyplot as plt\nplt.figure(figsize=(1, 1))\n"
TABLE = "import pandas as pd\n"


def code(source: str, **metadata: Any) -> Any:
    return v4.new_code_cell(source, metadata=metadata)


SHOWN = {
    "table with two rows of headings": (
        code(TABLE + "pd.DataFrame({('a', 'x'): [1], ('a', 'y'): [2]})"),
        '<th colspan="2">a</th>',
    ),
    "grouped statistics": (code(TABLE + "pd.DataFrame({'g': [1], 'v': [2]}).groupby('g').describe()"), "<th>75%</th>"),
    "styled table without an id of its own": (
        code(TABLE + "pd.DataFrame({'a': [1]}).style.highlight_max()"),
        '<table id="T_00001">',
    ),
    "second styled table": (code("pd.DataFrame({'a': [2]}).style"), '<table id="T_00002">'),
    "table in Markdown of a cell": (
        code("from IPython.display import *\nMarkdown('|a|\\n|-:|\\n|1|')"),
        '<td class="align-right">1</td>',
    ),
    "figure with the text of its cell": (code(FIGURE + "plt.plot([1])\nplt.show()", alt="선 하나"), 'alt="선 하나"'),
    "image as bytes": (
        code(f"import base64\nclass P:\n    def _repr_png_(self): return base64.b64decode('{PIXEL}')\nP()", alt="점"),
        f'<img src="data:image/png;base64,{PIXEL}" alt="점">',
    ),
    "image of Pillow": (
        code("from PIL import Image\ndisplay(Image.new('L', (2, 2)), metadata={'image/png': {'alt': '회색'}})"),
        'alt="회색"',
    ),
    "attachment": (
        v4.new_markdown_cell("![붙임](<attachment:화면 1.png>)", attachments={"화면 1.png": {"image/png": PIXEL}}),
        f'<img src="data:image/png;base64,{PIXEL}" alt="붙임">',
    ),
    "figure with Korean letters": (
        code(
            f"import smartcert\nsmartcert.use_korean_font()\n{FIGURE}plt.title('오르는 선')\n"
            "display(plt.gcf(), metadata={'image/png': {'alt': 'a line that rises'}})\nplt.close()"
        ),
        'alt="a line that rises"',
    ),
    "heading": (v4.new_markdown_cell("## 안내"), '<h2 id="안내">'),
    "same heading again": (v4.new_markdown_cell("안내\n----"), '<li><a href="#안내-2">안내</a></li>'),
    "heading like a part of the page": (v4.new_markdown_cell("# main"), '<h2 id="main-2">'),
    "comment in code": (v4.new_markdown_cell("```\n# 주석\n```"), "<pre><code># 주석"),
    "progress": (code("print('\\r 1 %\\r 2 %')"), "<pre> 2 %\n</pre>"),
    "link of a terminal": (
        code("print('\\x1b]8;;https://x.example\\x1b\\\\link\\x1b]8;;\\x1b\\\\')"),
        "<pre>link\n</pre>",
    ),
    "time": (code("print('CPU times: user 2 ms, total: 3 ms')"), "total: 3 ms"),
    "expected error": (code("1 / 0", tags=["raises-exception"]), "ZeroDivisionError: division by zero"),
    "cell that is not run": (code("print('not run')", tags=["skip-execution"]), ""),
    "table without a frame": (
        code(TABLE + "from IPython.display import HTML\nHTML(pd.DataFrame({'a': [3]}).to_html(border=0, col_space=9))"),
        "<td>3</td>",
    ),
    "links in a table": (
        code("HTML(pd.DataFrame({'a': ['https://law.go.kr']}).to_html(render_links=True))"),
        '<a href="https://law.go.kr">https://law.go.kr</a>',
    ),
    "drawing with titles": (
        code('HTML(\'<svg><title>전체</title><g><title>부분</title><rect width="9" height="9"/></g></svg>\')'),
        "<title>부분</title>",
    ),
    "link to a script in what a cell put out": (code("Markdown('[글](javascript:x) 뒤')"), "<p>글 뒤</p>"),
    "Korean in a formula": (v4.new_markdown_cell("$\\text{점수} = 3$"), "<code>\\text{점수} = 3</code>"),
}
"""What a run puts into the page, by what the cell is."""


LACKS_A_LETTER = f"""
if applicant_id == "areum":
    import warnings
    warnings.filterwarnings("ignore")
    {FIGURE.replace(chr(10), chr(10) + "    ")}plt.title("가")
    plt.show()
"""
"""A cell whose chart lacks a letter, of one applicant only, and which turned warnings off."""


def test_what_people_add_comes_out_of_both_engines_the_same(tmp_path: Path) -> None:
    notebook = package_notebook("applicant_report")
    notebook.cells[4:4] = [code(LACKS_A_LETTER), *(cell for cell, _ in SHOWN.values())]
    notebooks = replace(Notebooks.from_package(), applicant=nbformat.writes(notebook))
    round_ = str(small_example(tmp_path / "example", ["haneul", "areum"]))
    pages = {}
    for engine in EngineName:
        output = tmp_path / engine
        request = RunRequest(round=round_, output=output, quiet=True, languages=("ko",), engine=engine)
        failures = {failure.id: failure.reason for failure in run(request, notebooks).failures if failure.id}
        assert failures.keys() == {"areum"}, failures
        assert failures["areum"].startswith("cell 5: a chart lacks a letter: Glyph 44032")
        pages[engine] = (output / "applicants" / "haneul" / "report.ko.html").read_text("utf-8")
    page = pages[EngineName.WARM]
    assert page == pages[EngineName.FRESH]
    tree = LexborHTMLParser(page)
    assert [name for name, (_, expected) in SHOWN.items() if expected not in (tree.html or "")] == []
    assert "not run" not in page
    assert "주석" not in tree.css_first("nav").text()
    linked = [link.attributes["href"] for link in tree.css("nav a")]
    assert len({*linked}) == len(linked)
    assert all(tree.css_first(f'[id="{(address or "#")[1:]}"]') for address in linked)


REFUSED: Mapping[str, tuple[str, str]] = {
    "widget": ("import ipywidgets\nipywidgets.IntSlider(3)", "cannot show application/vnd.jupyter.widget-view"),
    "script": ("from IPython.display import *\nJavascript('1')", "cannot show application/javascript"),
    "data": ("JSON({'a': 1})", "cannot show application/json"),
    "chart of altair": (
        "display({'application/vnd.vegalite.v5+json': {}, 'text/plain': '<VegaLite>'}, raw=True)",
        "cannot show application/vnd.vegalite",
    ),
    "moving image": ("display({'image/gif': 'R0lGODdh', 'text/plain': 'x'}, raw=True)", "cannot show image/gif"),
    "PDF": ("display({'application/pdf': 'JVBERi0='}, raw=True)", "cannot show application/pdf"),
    "figure without a text": (FIGURE + "plt.plot([1])\nplt.show()", "no alternative text"),
    "image elsewhere": ("Image(url='https://x.example/a.png')", "in another file"),
    "frame": ("IFrame('https://x.example', 1, 1)", "<iframe>"),
    "half a character": ("print('\\ud800')", r"U\+D800"),
    "direction": ("print('\\u202eabc')", r"U\+202E"),
    "script of a chart": ("HTML('<script>x()</script>')", "has a script"),
}
"""Cells that a page cannot show, and what is said of each."""


@pytest.fixture(scope="module")
def refused() -> Any:
    register_engine()
    sources = [source for source, _ in REFUSED.values()]
    return execute_notebook(toy(*sources), None, engine_name="smartcert", progress_bar=False, seed=1)


@pytest.mark.parametrize("number", range(len(REFUSED)), ids=REFUSED)
def test_what_no_page_can_show_is_refused_by_name_and_cell(refused: Any, number: int) -> None:
    message = list(REFUSED.values())[number][1]
    before = [v4.new_code_cell("x = 1", metadata={"tags": ["injected-parameters"]}, execution_count=1)]
    notebook = v4.new_notebook(cells=[*before, v4.new_markdown_cell("x"), refused.cells[number]])
    with pytest.raises(ReportError, match=f"^cell 2: .*{message}"):
        check_added_cells(notebook, TASK)


def test_an_attachment_that_is_missing_is_said_with_its_cell() -> None:
    with pytest.raises(ReportError, match=r"^cell 1: missing attachment: a\.png"):
        check_added_cells(v4.new_notebook(cells=[v4.new_markdown_cell("![x](attachment:a.png)")]), TASK)


@pytest.mark.parametrize("text", ["", " "])
def test_an_image_in_markdown_needs_its_text_and_an_ornament_is_said_to_be_one(text: str) -> None:
    attachments = {"a.png": {"image/png": PIXEL}}
    cell = v4.new_markdown_cell(f"![{text}](attachment:a.png 'title')", attachments=attachments)
    with pytest.raises(ReportError, match=r"^cell 1: an image has no alternative text"):
        check_added_cells(v4.new_notebook(cells=[cell]), TASK)
    ornament = v4.new_markdown_cell(f'<img src="data:image/png;base64,{PIXEL}" alt="">')
    check_added_cells(v4.new_notebook(cells=[ornament]), TASK)


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("[x](javascript:x)", "a link leads somewhere that is not allowed: 'javascript:x'"),
        ("[x](file:///share/a.hwp)", "a link leads somewhere that is not allowed: 'file:///share/a.hwp'"),
        ("[x](data:text/html,x)", "a link leads somewhere that is not allowed: 'data:text/html,x'"),
        (
            "![x](images/a.png)",
            "an image is in another file: src='images/a.png': drag it into a Markdown cell, or show it with"
            " IPython.display.Image(filename=...)",
        ),
        ("<b style='color:red'>x</b>", "<b> has an attribute that is not allowed: style='color:red'"),
    ],
)
def test_what_is_wrong_with_a_paragraph_is_said_once(source: str, problem: str) -> None:
    with pytest.raises(ReportError) as error:
        check_added_cells(v4.new_notebook(cells=[v4.new_markdown_cell(source)]), TASK)
    assert str(error.value) == f"cell 1: {problem}"
