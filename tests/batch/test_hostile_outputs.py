"""What an output of a cell may not bring into a page, however it is written; and what harmless cells may still say."""

from __future__ import annotations

import io
import json
import time
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import nbformat
import pandas as pd
import pytest

from smartcert.analysis.drawings import Bars
from smartcert.analysis.results import build_result
from smartcert.batch.added_cells import check_added_cells
from smartcert.batch.checks import check_executed, check_page, reveal_text
from smartcert.batch.claims import Claims
from smartcert.batch.exporter import render_markdown_output, render_page, split_styles
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
    record=to_json(RECORD),
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

FORGERIES += [
    *("하늘시는 1\ufe0f\u20e3등급입니다.", "하늘시는 ①등급입니다.", "하늘시는 Ⅰ등급입니다.", "하늘시는 II등급입니다."),
    *("하늘시는 一등급입니다.", "하늘시는 1等級입니다.", "하늘시는 l등급입니다.", "하늘시는 1 등 급 입니다."),
    *("하늘시는 1·등급입니다.", "하늘시는 '1'등급입니다.", "하늘시는 (1)등급입니다.", "하늘시는 𝟏등급입니다."),
    *("하 늘 시는 1등급입니다.", "하늘은 1등급입니다.", "본 평가 결과 1등급", "신청 지자체는 1등급입니다."),
    *("HANEUL-SI: LEVEL 1", "Haneul-si: Level-1", "Haneul-si: Lv. 1", "Haneul-si: grade 1", "Haneul-si: Level I"),
    *("하늘시 총 1,900점", "하늘시: 1,900/2,000점", "Haneul-si: 1,900 points", "{'등급': 1}"),
    *(
        "하늘시는 합격입니다.",
        "하늘시는 스마트도시로 선정되었습니다.",
        "Haneul-si passed.",
        "1등급",
        "1등급 (인증)",
        "Level 1",
    ),
    *("Haneul-si has been awarded certification.",),
]

FORGERIES += [
    *(
        "하늘시는 첫째 등급",
        "하늘시 등급은 일",
        "최종 등급: 일",
        "최종 등급: 일등",
        "하늘시는 1급입니다.",
        "하늘시 1級",
    ),
    *(
        "등급 1",
        "등급 - 1",
        "Lv1",
        "level1",
        "총점 １９００점",
        "하늘시 총점 천구백점",
        "총점: 1천9백점",
        "하늘시 1.9천점",
    ),
    *("Haneul-si scored nineteen hundred points", "하늘시는 총점의 95%를 받았습니다", "하늘시 득점률 95%"),
    *("Haneul-si earned 95% of all points", "결과: PASS", "결과: 적합", "하늘시는 인증서를 받습니다"),
]

FORGERIES += [
    "일등급 한우의 고장 하늘시는 1등급입니다.",
    "하늘시는 청렴도가 높아 1등급입니다.",
    "우리 시는 ISO 심사를 거쳐 인증을 받았습니다.",
    "등급: 일등급 도시",
]

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
    "점수: 70%",
    "합계: 12건",
    "1등급: 90% 이상",
    "Level 1: 90 % and more",
    "CPU times: user 2 ms, total: 3 ms",
    "하늘시의 인구는 1,000명입니다.",
    "총점 1,800점 이상이면 1등급입니다.",
    "하늘시가 3등급이 되려면 총점의 60%가 필요합니다.",
    "하늘시는 총점의 60%를 받았습니다.",
    "Haneul-si earned 60 % of all points.",
    "하늘시의 등급은 이 보고서의 첫 쪽에 있습니다.",
    "하늘시는 이십 년 전부터 인증서를 받으려고 준비하였습니다.",
    "하늘시의 1급 기술자는 3명입니다.",
    "하늘시 담당자는 행정 5급입니다.",
    "등급: 일등급 한우",
    "우리 시는 청렴도 평가에서 2등급을 받았습니다.",
    "하늘시는 여성친화도시로 인증을 받았습니다.",
    "하늘시는 시민 만족도 조사에서 87점을 받았습니다.",
    "등급     기준\n1등급    90% 이상\n2등급    80% 이상",
    "지표     신청값   확인값\nN01      25       25\nN02      30       28",
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


SPLIT = {
    "colour": as_stream("하늘시는 1\x1b[31m등급입니다."),
    "link of a terminal": as_stream("하늘시는 1\x1b]8;;x\x07등급입니다."),
    "overwritten": as_stream("가나다\r하늘시는 1등급입니다."),
    "formula": v4.new_markdown_cell("하늘시는 $1$등급입니다."),
    "bold formula": v4.new_markdown_cell("하늘시는 $\\mathbf{1}$등급입니다."),
    "formula alone": put_out({"text/latex": "$\\mathrm{Final~level:~}1$"}),
    "heading": v4.new_markdown_cell("## 최종 등급\n\n1등급"),
    "paragraphs": put_out({"text/html": "<p>하늘시는 1</p><p>등급입니다</p>"}),
    "cells of a row": put_out({"text/html": "<table><tr><td>하늘시</td><td>1</td><td>등급</td></tr></table>"}),
    "row among others": put_out({"text/html": pd.DataFrame({"등급": [1, 3]}, index=["하늘시", "평균"]).to_html()}),
    "column among others": put_out({"text/html": pd.DataFrame({"하늘시": [1, 2]}, index=["등급", "x"]).to_html()}),
    "struck out": v4.new_markdown_cell("하늘시는 ~~불~~인증으로 결정"),
    "text of an image": put_out({"image/png": "AA=="}, {"image/png": {"alt": "하늘시 1등급"}}),
    "text of any image": put_out({"image/png": "AA=="}, {"alt": "하늘시 1등급"}),
    "short heading": put_out({"text/html": '<table><tr><th abbr="하늘시 1등급">x</th></tr></table>'}),
    "parts of a line": put_out({"text/html": "<svg><text>하늘시는 <tspan>1</tspan><tspan>등급</tspan></text></svg>"}),
    "reference in a drawing": put_out({"image/svg+xml": "<svg><text>하늘시는 &#49;등급</text></svg>"}, {"alt": "x"}),
}
"""A verdict that no single text of an output says."""


@pytest.mark.parametrize("cell", SPLIT.values(), ids=SPLIT)
def test_a_verdict_in_pieces_is_read_as_it_is_shown(cell: Any) -> None:
    with pytest.raises(ReportError, match="record"):
        check(cell)


ALIGNED = [
    "등급       1\n점수   1900",
    "등급    총점\n1       1900",
    "지자체   등급   총점\n하늘시   1      1900",
    "항목        값\n--------    --\n최종 등급    1",
    "구분\t등급\n하늘시\t1",
    "판정      인증",
    "최종 결과 | 인증",
    "Applicant   Level   Points\nHaneul-si   1       1900",
    "result    certified",
]


@pytest.mark.parametrize("text", ALIGNED)
def test_a_table_that_was_printed_is_read_by_its_columns(text: str) -> None:
    for cell in (as_stream(text), as_text(text), v4.new_markdown_cell(f"```\n{text}\n```")):
        with pytest.raises(ReportError, match="record"):
            check(cell)


def test_a_verdict_in_two_cells_is_read_as_one() -> None:
    with pytest.raises(ReportError, match=r"cell 2: .*level 1"):
        check(v4.new_markdown_cell("## 최종 등급"), as_stream("1등급입니다"))


def test_a_list_of_levels_says_nothing_of_the_applicant() -> None:
    check(
        v4.new_markdown_cell(
            "## 등급 안내\n\n- 1등급\n- 2등급\n- 3등급\n\n|등급|기준|\n|-|-|\n|1등급|90%|\n|2등급|80%|"
        )
    )


@pytest.mark.parametrize("index", [True, False])
def test_a_table_of_points_by_item_says_nothing_of_the_total(index: bool) -> None:
    full = pd.DataFrame({"분야": ["시민 참여", "협력 체계"], "점수": [1.5, 2.25], "배점": [3, 4]}, index=[7, 8])
    for frame in (full, full[["분야", "점수"]], full.iloc[:, ::-1]):
        for text in (frame.to_html(index=index), frame.style.to_html()):
            check(put_out({"text/html": text}))
        check(as_text(frame.to_string(index=index)))


@pytest.mark.parametrize("rule", ["font-size:0", "opacity:0", "color:#fff0"])
def test_a_style_of_a_table_hides_no_part_of_a_text(rule: str) -> None:
    cell = "<td>하늘시는 1<span>가나다라</span>등급</td>"
    with pytest.raises(ReportError, match="more than cells: <span>"):
        check(put_out({"text/html": f"<style>#T_x span {{{rule}}}</style><table id='T_x'><tr>{cell}</tr></table>"}))


@pytest.mark.parametrize(
    "part",
    [
        "<!DOCTYPE svg [<!ENTITY a 'x'>]>",
        "<script>x()</script>",
        "<g onclick='x()'/>",
        "<foreignObject><p>x</p></foreignObject>",
        "<style>text::after{content:'x'}</style>",
        "<style>@import '//x';</style>",
        "<image href='https://x/y.png'/>",
        "<a xlink:href='javascript:x()'/>",
        "<use href='//x#a'/>",
        "<rect fill='url(//x#a)'/>",
        "<set attributeName='href' to='x'/>",
    ],
)
def test_a_drawing_has_nothing_but_what_is_drawn(part: str) -> None:
    source = f"<svg xmlns='http://www.w3.org/2000/svg'>{part}</svg>"
    with pytest.raises(ReportError, match="not drawn"):
        check(put_out({"image/svg+xml": source}, {"alt": "x"}))
    encoded = b64encode(source.encode()).decode()
    with pytest.raises(ReportError, match="not drawn"):
        check(put_out({"text/html": f"<img alt='x' src='data:image/svg+xml;base64,{encoded}'>"}))


def test_a_figure_of_matplotlib_as_a_drawing_has_nothing_else() -> None:
    figure, axes = plt.subplots()
    axes.imshow([[1, 2]])
    axes.plot([1, 2], label="x")
    axes.legend()
    content = io.StringIO()
    figure.savefig(content, format="svg")
    plt.close(figure)
    check(put_out({"image/svg+xml": content.getvalue()}, {"alt": "x"}))


@pytest.mark.parametrize("sign", ["\u202e", "\u2067", "&#x202e;", "\ud800"])
def test_a_text_is_read_in_the_order_in_which_it_is_written(sign: str) -> None:
    with pytest.raises(ReportError, match="direction"):
        check(v4.new_markdown_cell(f"{sign}급등1 :급등 종최"))


def test_a_word_of_two_scripts_is_refused() -> None:
    with pytest.raises(ReportError, match="two scripts"):
        check(v4.new_markdown_cell("Haneul-si was \u0441ertified."))


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


LONG = 50_000
READERS: dict[str, Callable[[str], object]] = {
    "names": reveal_text,
    "statements": lambda text: list(Claims.from_record(TASK.record).find_wrong(f"하늘시 {text}")),
    "styles": split_styles,
    "printed": lambda text: check_executed(v4.new_notebook(cells=[as_stream(f"Glyph {text}")])),
    "drawing": lambda text: check_added_cells(v4.new_notebook(cells=[as_drawing(text)]), TASK),
    "formula": render_markdown_output,
}
UNITS = ("가", "1", "1,", "a", "a-", "%41", "<", "<a ", "<style>", "Glyph ", "시 ", "등", "총점 ", "level ", " :", "$")


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("reader", READERS)
def test_a_long_text_is_read_in_a_time_that_grows_as_it_does(reader: str, unit: str) -> None:
    began = time.process_time()
    with suppress(ReportError):
        READERS[reader](unit * (LONG // len(unit)))
    assert time.process_time() - began < 10  # it took a minute and more where each letter was begun at anew


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
                task = replace(TASK, applicant_id=evaluation.id, record=to_json(record), audience=audience)
                check_added_cells(notebook, task)
