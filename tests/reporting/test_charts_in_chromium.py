"""Charts on screens and paper: letters are large enough, names whole, nothing is cut off, no text touches another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import smartcert
from smartcert.analysis.results import Result
from smartcert.notebook.page import ResearchPage
from smartcert.reporting.records import Record
from smartcert.reporting.round.summary import RoundSummary
from tests.support import sample_rounds as rounds
from tests.support.all_pages import KINDS, SUMMARY
from tests.support.build import example
from tests.support.report_pages import batch_page, page_of_sections

pytestmark = pytest.mark.browser

SMALLEST, SMALLEST_ON_PAPER = 11, 9
"""Pixels of the smallest letters of a chart, as they are shown; nine are 6.75 points."""
SMALLEST_ON_ONE_SHEET = 6.5
"""Pixels of those of a chart with more rows than a sheet has room for: it is made smaller, and not cut."""
SHEET_WIDTH = 680
"""Pixels between the margins of a sheet."""
READ = """() => {
  document.querySelectorAll("details").forEach(one => one.open = true);
  return [...document.querySelectorAll("svg.chart")].filter(one => one.checkVisibility()).map(one => {
    const rim = one.getBoundingClientRect(), box = one.viewBox.baseVal, scroller = one.closest(".wide") ?? one;
    return {
      width: document.documentElement.clientWidth,
      scrolls: scroller.scrollWidth > scroller.clientWidth + 1,
      rim: [rim.left, rim.top, rim.right, rim.bottom],
      texts: [...one.querySelectorAll("text")].map(text => {
        const own = text.getBoundingClientRect(), size = parseFloat(getComputedStyle(text).fontSize);
        const scale = Math.min(rim.width / box.width, rim.height / box.height);
        return [text.textContent, [own.left, own.top, own.right, own.bottom], size * scale];
      }),
    };
  });
}"""


@cache
def html_of(kind: str, language: str) -> str:
    pages: dict[str, Callable[[], str]] = {
        "haneul": lambda: batch_page(_record("haneul"), language),
        "mireu": lambda: batch_page(_record("mireu"), language),
        "round": lambda: _summary(RoundSummary(example().round_record(), language, frozenset())),
        "research": lambda: _research(language),
        "large round": lambda: _summary(RoundSummary(rounds.many(120), language, frozenset())),
    }
    return pages[kind]() if kind in pages else KINDS[kind](language)


def _record(applicant: str) -> Record:
    return example().record(applicant)


def _research(language: str) -> str:
    """Return a page with a chart of each way in which a result is drawn, with numbers below zero and missing ones."""
    opened = example()
    arrays = smartcert.arrays(opened)
    page, standard = ResearchPage(opened, language, arrays), smartcert.standard(arrays)
    margins = smartcert.margins(arrays)
    margins.table.iloc[0, margins.table.columns.get_loc("distance")] = float("nan")
    results: list[Result] = [
        margins,
        smartcert.leave_one_out(arrays),
        smartcert.confidence(arrays, draws=64),
        smartcert.what_if(arrays, smartcert.Change(method="median")),
        smartcert.correlations(standard),
        smartcert.importance(standard),
        smartcert.burden(opened, standard),
        replace(margins, table=margins.table.head(0)),
        *_rank_long_names(),
    ]
    return page_of_sections(
        [
            page.add_head("audit.title"),
            *(result.chart(language=language, names=smartcert.names(opened, language)) for result in results),
        ]
    )


def _rank_long_names() -> list[Result]:
    """Return an index, and its ranks, of units whose names take two lines each."""
    names = [f"United Kingdom of Great Britain and Northern Ireland {number}" for number in range(6)]
    data = pd.DataFrame(
        {"a": [1399.6, 0.0, 3.0, -4.0, 20884.25, 6.0], "b": [1.0, 5.0, 2.0, 2.0, 0.0, 3.0]}, index=names
    )
    structure = pd.DataFrame({"name": ["i", "a", "b"], "parent": ["", "i", "i"], "normal": ["", "none", "none"]})
    index = smartcert.Index.from_tables(data, structure)
    return [index, smartcert.IndexPlan(index=index, choices={"mean": ["arithmetic", "median", "minimum"]}).run(8)]


def _summary(summary: RoundSummary) -> str:
    return page_of_sections([getattr(summary, name)() for name in SUMMARY])


def list_faults(chart: dict[str, Any], *, names_may_end: bool, smallest: float = SMALLEST) -> list[str]:
    """Return what is wrong with the texts of a chart as it is shown."""
    faults = ["the chart scrolls"] if chart["scrolls"] else []
    left, top, right, bottom = chart["rim"]
    if left < -1 or right > chart["width"] + 1:
        faults.append("the chart leaves the screen")
    for text, box, size in chart["texts"]:
        if size < smallest:
            faults.append(f"{text!r} is {size:.1f} px")
        if box[0] < left - 1 or box[2] > right + 1 or box[1] < top - 1 or box[3] > bottom + 1:
            faults.append(f"{text!r} leaves the chart: {box} {chart['rim']}")
        if text.endswith("…") and not names_may_end:
            faults.append(f"{text!r} is cut")
    for number, (text, box, _) in enumerate(chart["texts"]):
        for other, its, _ in chart["texts"][number + 1 :]:
            across, down = min(box[2], its[2]) - max(box[0], its[0]), min(box[3], its[3]) - max(box[1], its[1])
            if across > 1 and down > 0.25 * min(box[3] - box[1], its[3] - its[1]):  # what a line reserves is not ink
                faults.append(f"{text!r} touches {other!r}")
    return faults


@pytest.fixture(scope="module")
def tab(browser: Any) -> Any:
    """Give a page for the files of all tests, whose scripts may read it whatever the file's own policy says."""
    return browser.new_context(bypass_csp=True).new_page()


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("kind", ["haneul", "mireu", "round", "large round", "research", *KINDS])
def test_every_text_of_every_chart_is_whole_apart_and_large_enough(
    tab: Any, folder: Path, kind: str, language: str
) -> None:
    file = folder / f"{kind}.{language}.html"
    file.write_text(html_of(kind, language), "utf-8")
    faults: list[str] = []
    tab.goto(file.as_uri())
    for width in (1280, 390):
        tab.set_viewport_size({"width": width, "height": 844})
        charts = tab.evaluate(READ)
        assert charts or kind in ("refused", "supplement", "public", "index")
        faults += [
            f"{width}: {fault}" for chart in charts for fault in list_faults(chart, names_may_end=kind == "hostile")
        ]
    tab.set_viewport_size({"width": SHEET_WIDTH, "height": 1000})
    tab.emulate_media(media="print")
    smallest = SMALLEST_ON_ONE_SHEET if kind == "research" else SMALLEST_ON_PAPER
    faults += [
        f"on paper: {fault}"
        for chart in tab.evaluate(READ)
        for fault in list_faults(chart, names_may_end=kind == "hostile", smallest=smallest)
    ]
    tab.emulate_media(media="screen")
    assert faults == []
