"""What an output of a cell may not bring into a page, however it is written; and what harmless cells may still say."""

from __future__ import annotations

import json
from base64 import b64encode
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest

from smartcert.analysis.drawings import Bars
from smartcert.analysis.results import build_result
from smartcert.batch.added_cells import check_added_cells
from smartcert.batch.checks import check_page
from smartcert.batch.exporter import render_page
from smartcert.batch.parameters import calls_only_ours
from smartcert.batch.request import Notebooks, Task
from smartcert.errors import ReportError, UsageError
from smartcert.reporting.audience import redact
from smartcert.reporting.page import SECTION_MIME, STYLE_MIME
from smartcert.reporting.records import Audience, to_json
from smartcert.services.rounds import open_round
from tests.support import sample_records
from tests.support.report_pages import executed
from tests.support.scheme_rounds import NAMES, load_cases, open_scheme

v4: Any = nbformat.v4
RECORD = sample_records.not_certified()
TASK = Task(
    applicant_id="haneul",
    language="ko",
    notebook="",
    record_name="evaluation.json",
    record=to_json(RECORD).decode(),
    parameters={},
)
PIXEL = "data:image/png;base64,AA=="
SVG = b64encode("<svg xmlns='http://www.w3.org/2000/svg'><text>하늘시: 1등급</text></svg>".encode()).decode()


def put_out(data: dict[str, Any], metadata: dict[str, Any] | None = None) -> Any:
    return v4.new_code_cell(
        "x", id="added", execution_count=9, outputs=[v4.new_output("display_data", data, metadata=metadata or {})]
    )


@cache
def frame() -> tuple[Any, ...]:
    """Return the cells of the head and of the typeface: the least that a page has."""
    cells = executed(RECORD, "ko").cells
    return cells[1], cells[-1]


def check(*cells: Any) -> str:
    """Return a page with these cells, if it passes every check."""
    check_added_cells(v4.new_notebook(cells=[*cells]), TASK)
    head, typeface = frame()
    page = render_page(v4.new_notebook(cells=[head, *cells, typeface]))
    check_page(page, TASK)
    return page


FETCHES = [
    r"<p style='background:u\72l(//x/y)'>x</p>",
    "<p style=\"background-image:image-set('x.png' 1x)\">x</p>",
    "<p style='color:red'>x</p>",
    "<svg><rect style='fill:url(//x/a.svg#b)'/></svg>",
    "<svg><rect fill='url( //x/a.svg#b )'/></svg>",
    "<svg><rect fill='u&#114;l(https://x/y.svg#a)'/></svg>",
    r"<svg><rect fill='\75rl(https://x/y.svg#a)'/></svg>",
    "<svg><rect fill='url(#a) url(https://x/y)'/></svg>",
    "<svg><rect fill=\"image-set('https://x')\"/></svg>",
    "<svg><rect stroke=\"src('https://x')\"/></svg>",
    "<svg><rect clip-path='url(https://x/y.svg#a)'/></svg>",
    "<svg><g filter='url(#f)'></g></svg>",
    "<svg><g mask='url(https://x#f)'></g></svg>",
    "<svg><path marker-end='url(https://x#m)'/></svg>",
    "<svg><text cursor='url(https://x)'>x</text></svg>",
    "<svg><use href='data:image/svg+xml,x#a'/></svg>",
    "<svg><use xlink:href='#verdict'/></svg>",
    "<svg><feImage href='https://x'/></svg>",
    "<svg><animateTransform attributeName='transform'/></svg>",
    "<svg><animate attributeName='href' to='javascript:x'/></svg>",
    "<svg><a href='javascript:x()'><text>x</text></a></svg>",
    "<svg><desc><img alt='' src='https://x'></desc></svg>",
    "<svg><foreignObject><p>x</p></foreignObject></svg>",
    "<svg xmlns:xlink='http://www.w3.org/1999/xlink'></svg>",
    "<meta http-equiv=refresh content=0>",
    "<meta http-equiv='set-cookie' content='a=b'>",
    "<meta name='referrer' content='unsafe-url'>",
    "<meta name='viewport' content='width=1'>",
    "<meta charset='utf-7'>",
    "<base target='_blank'>",
    "<link rel=preload as=image href=//x>",
    "<img alt='x' src='data:image/svg+xml,%3Csvg%3E'>",
    "<img alt='x' src='data:image/svg+xml;charset=utf-8;base64,AA=='>",
    f"<img alt='x' src='{PIXEL}' srcset='//x/y 2x'>",
    f"<img alt='x' src='{PIXEL}#x'>",
    f"<img alt='x' src='{PIXEL}' crossorigin>",
    f"<img alt='x' src='{PIXEL}' usemap='#m'><map name=m><area href=javascript:x></map>",
    "<img alt='x' src='blob:https://x'>",
    "<a href='javascript&colon;alert(1)'>x</a>",
    "<a href='jav&Tab;ascript:alert(1)'>x</a>",
    "<a href='&#x6A&#x61vascript:alert(1)'>x</a>",
    "<a href='#x' href='javascript:alert(1)'>x</a>",
    "<a href='javascript:alert(1)' href='#x'>x</a>",
    "<a href='#x' hreflang='javascript:x'>x</a>",
    "<a href='https:javascript'>x</a>",
    "<a href='/\\x'>x</a>",
    "<a href='https://law.go.kr@x/'>x</a>",
    "<a href='#x' rel='opener'>x</a>",
    "<a href='#x' ping='//x'>x</a>",
    "<a href='#x' attributionsrc='https://x'>x</a>",
    "<button formaction='//x'>x</button>",
    "<object data='data:text/html,x'></object>",
    "<object type='image/svg+xml' data='data:image/svg+xml;base64,AA=='></object>",
    "<embed src='//x'>",
    "<template shadowrootmode='open'><p>x</p></template>",
    "<p><template></template></p>",
    "<math><mtext href='https://x'>x</mtext></math>",
    "<math><annotation-xml encoding='text/html'><p>x</p></annotation-xml></math>",
    "<noscript><img alt='x' src=https://x></noscript>",
    "<script type='application/json' id='trace'>{}</script>",
    "<iframe srcdoc='x'></iframe>",
    "<select><option>x</select>",
    "<table background='//x' bgcolor=red><tr><td>x</table>",
    "<font color=red>x</font>",
    "<body hidden>",
    "<body class='dark'>",
    "<html class='x'>",
    "<html lang='en'>",
]
"""They fetch, run, send or restyle something, or would in some reader."""

DISGUISES = [
    "<!-- a comment -->",
    "<!--[if IE]><script>x</script><![endif]-->",
    "<![CDATA[ <script>x</script> ]]>",
    "<?xml-stylesheet href='https://x'?>",
    "<!doctype html>",
    "</section></main><p>out</p>",
    "</div></div></main>",
    "<section><p>never closed",
    "<h1>x</h1>",
    "<header>x</header>",
    "<main id='other'>x</main>",
    "<footer>x</footer>",
    "<nav>x</nav>",
    "<p role='alert'>x</p>",
    "<p tabindex='0'>x</p>",
    "<p hidden>x</p>",
    "<p aria-hidden='true'>x</p>",
    "<p dir='rtl'>급등1 시늘하</p>",
    "<bdo dir='rtl'>급등1 시늘하</bdo>",
    "<p translate='no'>x</p>",
    "<p data-part='tools'>x</p>",
    "<p class='lead'>x</p>",
    "<p class='note warn'>x</p>",
    "<div class='smartcert'>x</div>",
    "<dl class='facts key'><div><dt>x</dt><dd>y</dd></div></dl>",
    "<section aria-labelledby='x'>x</section>",
    "<section aria-labelledby='verdict x'>x</section>",
    "<section aria-labelledby='VERDICT'>x</section>",
    "<section aria-labelledby = 'points'><table><tr data-at='total'><td class='number'>1,999</td></tr></table>",
    "<p id='verdict'>x</p>",
]
"""They pass for a part of the page, end one, or show a text in another way than it is written."""

FORGERIES = [
    "하늘시는 1등급입니다.",
    "하늘시는 일등급으로 결정되었습니다.",
    "하\u200b늘시는 1\u00ad등급입니다.",
    "하늘시는 1등급입니다.",  # composed of single letters
    "하늘시는 １등급입니다.",
    "이 신청은 2등급입니다.",
    "우리 시는 3등급입니다.",
    "최종 등급: 1등급",
    "등급: 1",
    "최종 결과는 1등급",
    "Haneul-si was certified at level 3.",
    "Haneul-si is a first-level city",
    "Haneul-si: level one",
    "This application is certified.",
    "Final level: 1",
    "Outcome: certified, level 3",
    "하늘시는 인증을 받았습니다.",
    "이 도시는 인증되었습니다.",
    "결과: 인증",
    "하늘시는 1,900점을 받았습니다.",
    "총점: 1,900점",
    "총점은 1900점입니다",
    "Total points: 1,900",
    "Haneul-si scored 1,900 points.",
]
"""They say of the applicant what its record does not: 120 points, and decided not to be certified, at level 4."""

ALLOWED = [
    "하늘시는 4등급, 불인증으로 결정되었습니다.",
    "하늘시는 120점을 받았습니다.",
    "총점: 120점",
    "하늘시가 3등급까지 오르려면 6점이 더 필요합니다.",
    "인증은 1등급부터 3등급까지입니다.",
    "3등급 이상이면 인증됩니다.",
    "Haneul-si was not certified.",
    "Haneul-si needs 6 points to reach level 3.",
    "Certified are levels 1 to 3.",
    "Total points: 120.0",
    "문의: 국토교통부 도시경제과, 2023년 12월 1일",
]


@pytest.mark.parametrize("html", [*FETCHES, *DISGUISES])
def test_an_output_that_could_do_anything_is_refused(html: str) -> None:
    with pytest.raises(ReportError):
        check(put_out({"text/html": html, "text/plain": "x"}))


@pytest.mark.parametrize("html", [*FETCHES, *DISGUISES])
def test_in_a_paragraph_it_is_refused_or_shown_as_a_text(html: str) -> None:
    try:
        page = check(v4.new_markdown_cell(html))
    except ReportError:
        return
    assert html not in page.replace("<h2>", "").partition("<body")[2]


@pytest.mark.parametrize(
    "style",
    [
        "@import '//x.example';",
        "@\\69mport '//x.example';",
        "@font-face{font-family:x;src:url(//x.example)}",
        "p{background:url(//x.example)}",
    ],
)
def test_a_style_sheet_of_an_output_does_not_come_into_the_page(style: str) -> None:
    assert "//x.example" not in check(put_out({"text/html": f"<style>{style}</style><p>x</p>"}))


def as_html(text: str) -> Any:
    return put_out({"text/html": f"<p>{text}</p>"})


def as_table(text: str) -> Any:
    label, _, value = text.partition(": ")
    return put_out({"text/html": f"<table><tr><th scope='row'>{label}</th><td>{value}</td></tr></table>"})


def as_headings(text: str) -> Any:
    label, _, value = text.partition(": ")
    return put_out(
        {"text/html": f"<table><tr><th>x</th><th>{label}</th></tr><tr><td>y</td><td>{value}</td></tr></table>"}
    )


def as_list(text: str) -> Any:
    label, _, value = text.partition(": ")
    return put_out({"text/html": f"<dl><div><dt>{label}</dt><dd>{value}</dd></div></dl>"})


def as_markdown_output(text: str) -> Any:
    return put_out({"text/markdown": f"**{text}**"})


def as_text(text: str) -> Any:
    return put_out({"text/plain": text})


def as_stream(text: str) -> Any:
    return v4.new_code_cell("x", id="s", execution_count=1, outputs=[v4.new_output("stream", name="stdout", text=text)])


def as_drawing(text: str) -> Any:
    return put_out({"image/svg+xml": f"<svg><text>{text}</text></svg>"}, {"alt": "a drawing"})


def as_alternative(text: str) -> Any:
    return put_out({"text/html": f'<img alt="{text}" src="{PIXEL}">'})


def as_chart(text: str) -> Any:
    """Return a chart of a result with a text as the name of a row."""
    table = pd.DataFrame({"distance": [1.0, -2.0]}, index=[text, "other"])
    section = build_result("margins", table, Bars(columns=("distance",))).chart(language="ko")
    return put_out(*section._repr_mimebundle_())


WAYS = [as_chart, as_html, as_markdown_output, as_text, as_stream, as_drawing, as_alternative, v4.new_markdown_cell]


@pytest.mark.parametrize("text", FORGERIES)
def test_a_forged_verdict_or_total_is_refused_in_whatever_words(text: str) -> None:
    for way in (*WAYS, *((as_table, as_headings, as_list) if ": " in text else ())):
        with pytest.raises(ReportError, match="record"):
            check(way(text))


@pytest.mark.parametrize("text", ALLOWED)
def test_what_is_true_or_general_may_be_said(text: str) -> None:
    for way in WAYS:
        check(way(text))


@pytest.mark.parametrize(
    ("true", "forged"),
    [
        ("<figure>\n", '<figure>\n<p class="outcome">3등급 인증</p>'),
        ("</figure>\n</div>", '</figure>\n</div><div class="smartcert">1</div>'),
        ('class="chart" viewBox', 'class="chart verdict" viewBox'),
        ("<text ", '<text onclick="x()" '),
        ("<text ", "</svg><text "),
        ('lang="ko"', 'lang="ko" style="position:fixed"'),
    ],
)
def test_only_a_chart_as_we_draw_it_has_the_frame_of_one(true: str, forged: str) -> None:
    cell = as_chart("교육 실적")
    check(cell)
    html = cell.outputs[0].data["text/html"]
    assert true in html
    with pytest.raises(ReportError):
        check(put_out({"text/html": html.replace(true, forged, 1), "text/plain": "x"}))


def test_a_drawing_inside_of_an_image_is_read() -> None:
    with pytest.raises(ReportError, match="level 1"):
        check(put_out({"text/html": f"<img alt='x' src='data:image/svg+xml;base64,{SVG}'>"}))


def test_a_section_of_ours_is_the_one_that_the_record_gives() -> None:
    notebook = executed(RECORD, "ko")
    check_added_cells(notebook, TASK)
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if SECTION_MIME not in output.data:
                continue
            html = output.data["text/html"]
            output.data["text/html"] = html.replace("</h2>", "</h2><p>x</p>")
            with pytest.raises(ReportError, match="is not the one that the record gives"):
                check_added_cells(notebook, TASK)
            output.data["text/html"] = html
    forged = {SECTION_MIME: {"id": "result", "title": "x"}, "text/html": "<section class='smartcert'>1등급</section>"}
    with pytest.raises(ReportError, match="'result' is not the one that the record gives"):
        check(put_out(forged))


def test_the_style_sheet_of_the_page_is_ours() -> None:
    with pytest.raises(ReportError, match="style sheet"):
        check(put_out({STYLE_MIME: "h2{display:none}"}, {STYLE_MIME: {"sha256": "x"}}))


def test_the_notebooks_of_the_package_need_no_look_and_any_other_does() -> None:
    shipped = Notebooks.from_package()
    assert calls_only_ours(shipped.applicant)
    assert calls_only_ours(shipped.summary)
    assert not calls_only_ours("")
    for added in (
        {"cell_type": "code", "source": "print(1)"},
        {"cell_type": "code", "source": "report = 3"},
        {"cell_type": "code", "source": "print()"},
        {"cell_type": "code", "source": "%matplotlib inline"},
        {"cell_type": "code", "source": "report.verdict(print(1))"},
        {"cell_type": "code", "source": "import os"},
        {"cell_type": "code", "source": "report.verdict().html"},
        {"cell_type": "markdown", "source": "text"},
    ):
        notebook = json.loads(shipped.applicant)
        notebook["cells"].append({"metadata": {}, **added})
        assert not calls_only_ours(json.dumps(notebook)), added


@pytest.mark.slow
@pytest.mark.parametrize("name", ["example", *NAMES])
def test_an_added_paragraph_passes_in_every_scheme_and_for_every_audience(name: str, tmp_path: Path) -> None:
    opened = open_round(name) if name == "example" else open_scheme(tmp_path, name, load_cases(name))
    for evaluation in opened.evaluations[:2]:
        for audience in Audience:
            with suppress(UsageError):  # there is no public report of who is not certified
                record = redact(opened.record(evaluation.id), audience)
                notebook = executed(record, "ko")
                notebook.cells.append(v4.new_markdown_cell("## 안내\n\n결과에 대한 안내입니다."))
                task = replace(TASK, applicant_id=evaluation.id, record=to_json(record).decode(), audience=audience)
                check_added_cells(notebook, task)
