"""Every result has a table with documented columns, a figure that can be changed, and short texts."""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from xml.etree import ElementTree

import matplotlib as mpl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import smartcert
from smartcert.analysis.charts import draw_result
from smartcert.analysis.drawings import (
    Bars,
    Drawing,
    Intervals,
    Moves,
    PairMatrix,
    Points,
    format_figure,
    list_numbers,
    name_rows,
    select_rows,
)
from smartcert.analysis.results import build_result
from smartcert.errors import InputError, Place, Problem, SmartcertError, UsageError
from smartcert.reporting.catalogue import load_catalogue
from tests.support.build import example
from tests.support.scheme_rounds import score_cases
from tests.support.svg_paths import list_corners

CHANGE = smartcert.Change(bounds={3: 69.5})
DATA = pd.DataFrame(
    {"wealth": [1.0, 2, 4, 7, 5, 90], "health": [4.0, 3, 2, 1, 6, 5], "learning": [1.0, 5, 2, 9, 1, 2]},
    index=list("uvwxyz"),
)
TREE = pd.DataFrame({"name": ["index", "body", *DATA], "parent": ["", "index", "index", "body", "body"]})
OF_DATA = {"index", "body", "first index", "second index", *DATA.columns}
"""Columns that are named by the data, and say themselves what they are."""
REVIEW = (
    *("agreement", "severity", "outlying", "wide", "influence", "adjusted", "methods", "discussion", "discussed"),
    *("votes", "decisions", "panel", "plans", "inspections", "corrected", "law"),
)


@cache
def arrays() -> Any:
    return smartcert.arrays(example())


@cache
def standard() -> Any:
    return smartcert.standard(arrays())


@cache
def review() -> Any:
    return smartcert.review(example())


@cache
def history() -> Any:
    return smartcert.history("2024-06-01")


@cache
def index() -> smartcert.Index:
    return smartcert.Index.from_tables(DATA, TREE)


@cache
def panel() -> smartcert.IndexPanel:
    years = pd.concat(
        [DATA.iloc[::step].set_axis(DATA.index).assign(year=2020 + step, unit=DATA.index) for step in (1, -1)]
    )
    return smartcert.IndexPanel.from_tables(years.set_index(["unit", "year"]), TREE)


def scored() -> Any:
    lines = {"id": "lines", "points": 80, "scale": {"kind": "linear", "zero_at": 0, "full_at": 50}}
    return smartcert.score(
        {"indicators": [lines]}, pd.DataFrame({"lines": [40, 25]}, index=["a", "b"]), on="2026-07-01"
    )


def grant() -> Any:
    with TemporaryDirectory() as folder:
        return score_cases(Path(folder), "grant").table


RESULTS: dict[str, Callable[[], Any]] = {
    "reliability": lambda: smartcert.reliability(standard()),
    "dimensions": lambda: smartcert.dimensions(standard()),
    "importance": lambda: smartcert.importance(standard()),
    "separation": lambda: smartcert.separation(standard()),
    "correlations": lambda: smartcert.correlations(standard()),
    "burden": lambda: smartcert.burden(example()),
    "moments": lambda: smartcert.moments(arrays()),
    "outliers": lambda: smartcert.outliers(arrays()),
    "gaps": lambda: smartcert.gaps(arrays()),
    "weights": lambda: smartcert.weights(arrays()),
    "alternatives": lambda: smartcert.alternatives(arrays()),
    "leave_one_out": lambda: smartcert.leave_one_out(arrays()),
    "margins": lambda: smartcert.margins(arrays()),
    "bunching": lambda: smartcert.bunching(arrays()),
    "links": lambda: smartcert.links(arrays()),
    "what_if": lambda: smartcert.what_if(arrays(), CHANGE),
    "compare": lambda: smartcert.compare(arrays(), CHANGE),
    "confidence": lambda: smartcert.confidence(arrays(), draws=32),
    "sensitivity": lambda: smartcert.sensitivity(arrays(), smartcert.Plan(), base=16),
    "review": review,
    **{f"review.{name}": lambda name=name: getattr(review(), name) for name in REVIEW},
    "history": history,
    **{f"history.{name}": lambda name=name: getattr(history(), name) for name in ("coverage", "regions", "years")},
}
RESULTS |= {
    "index": index,
    "panel": panel,
    "scored": scored,
    "treated": lambda: smartcert.treat(DATA),
    "screened": lambda: smartcert.screen_units(DATA),
    "optimised": lambda: smartcert.optimise_weights(index()),
    "removed": lambda: smartcert.remove_elements(index()),
    "compared": lambda: smartcert.compare_indices(
        {"first index": index(), "second index": index().change(scale="rank")}
    ),
    "uncertainty": lambda: smartcert.IndexPlan(index=index(), choices={"scale": ["minmax", "rank"]}).run(8),
    "sensitivity of an index": lambda: smartcert.IndexPlan(
        index=index(), choices={"scale": ["minmax", "rank"], "mean": ["arithmetic", "harmonic"]}
    ).sensitivity(16),
}
BUDGETS = pd.DataFrame({"wealth": [60.0, 50.0], "health": [40.0, 50.0]}, index=["kim", "lee"])
EXPERTS = pd.DataFrame([("kim", "wealth", "health", "3")], columns=["expert", "left", "right", "ratio"])
FRAMES: dict[str, Callable[[], Any]] = {
    **{
        name: lambda name=name: getattr(smartcert, name)(smartcert.IndicatorTable.from_shares(DATA))
        for name in ("equal_weights", "entropy_weights", "critic_weights", "pca_weights")
    },
    "budget_weights": lambda: smartcert.budget_weights(BUDGETS),
    "ahp_weights": lambda: smartcert.ahp_weights(EXPERTS),
    "values of an index": lambda: index().values,
    "normal values of an index": lambda: index().normal,
    "ranks of an index": lambda: index().ranks(),
    "levels of an index": lambda: index().levels({"high": 0.5}, "low"),
    "values of a panel": lambda: panel().values(),
    "ranks of a panel": lambda: panel().ranks(),
    **{f"{trend.value} of a panel": lambda trend=trend: panel().trends(trend) for trend in smartcert.Trend},
    "working": lambda: scored().working("a"),
    "scores of a grant": grant,
    **{
        name: lambda name=name: getattr(smartcert, name)(example())
        for name in ("applicants", "indicators", "scores", "marks")
    },
    "smallest_changes": lambda: smartcert.smallest_changes(arrays(), "haneul"),
    "disputed": lambda: history().disputed,
    "describe_unit": lambda: index().describe_unit("u"),
    "strengths": lambda: index().strengths("u"),
    "rank_intervals": lambda: index().rank_intervals(draws=4),
    "changed": lambda: smartcert.treat(DATA).changed,
    "shifts": lambda: result("compared").shifts,
}
"""Tables that are no results but what results or a round are made of: to be worked with, not to be looked at."""
NAMES = r"ICC|Kendall's W|, ties not corrected|alpha \(\w+\)|Fleiss' kappa|[a-z]+(?= \w*[가-힣])"
"""What has no Korean name: measures of agreement, and the ids of applicants before their names."""
every_result = pytest.mark.parametrize("name", RESULTS)


@cache
def result(name: str) -> Any:
    return RESULTS[name]()


@pytest.mark.parametrize("name", [*RESULTS, *FRAMES])
def test_every_column_has_a_label_in_both_languages_and_its_unit_and_source_too(name: str) -> None:
    table = FRAMES[name]() if name in FRAMES else result(name).table
    assert set(table.attrs["title"]) == {"ko", "en"}
    columns = list_names(table)
    if isinstance(table, pd.Series):
        columns += [name for name in ("weight", "rank", "level") if name in table.attrs["columns"]]
    assert columns or name in {"compared", "values of an index", "normal values of an index"}  # named by the data
    for column in columns:
        notes = table.attrs["columns"][column]
        assert set(notes) <= {"label", "unit", "source"}
        assert all(set(texts) == {"ko", "en"} for texts in notes.values())
        assert notes["label"], column
    assert table.head(2).attrs == table.attrs  # so a part of the table can still be read
    assert deepcopy(table.attrs) == table.attrs


def list_names(table: Any) -> list[str]:
    """Return the names of levels and columns that the data do not name; years are named by their axis."""
    named = list(table.index.names)
    if isinstance(table, pd.DataFrame):
        named += [*table.columns.names, *(() if table.columns.name == "year" else table.columns)]
    return [column for column in named if column is not None and column not in OF_DATA]


def test_no_words_are_left_over_for_columns_that_no_table_has() -> None:
    tables = {**{name: result(name).table for name in RESULTS}, **{name: build() for name, build in FRAMES.items()}}
    used = {str(column) for table in tables.values() for column in (*list_names(table), *table.attrs["columns"])}
    words = {key.split(".")[2] for key in load_catalogue("en", "columns") if key.startswith("column.")}
    assert words - used - {"title"} == set()


@every_result
def test_the_representations_are_short_and_the_html_is_a_table(name: str) -> None:
    own = result(name)
    assert len(repr(own)) < 300
    assert "\n" not in repr(own)
    html = own._repr_html_()
    assert html.count("<tr") <= 24
    assert "<script" not in html


@every_result
def test_a_figure_is_one_that_can_be_changed_and_no_setting_of_matplotlib_moves(name: str) -> None:
    own, before = result(name), dict(mpl.rcParams)
    figure = own.plot(language="ko", names=smartcert.names(example(), "ko"))
    assert isinstance(figure, Figure)
    figure.axes[0].set_title("바꾼 제목 −1")
    figure.axes[0].text(0.1, 0.1, "내가 쓴 글", transform=figure.axes[0].transAxes)
    data, metadata = figure._repr_mimebundle_()  # a box instead of a letter is a warning, and that is an error in tests
    assert metadata["image/png"]["alt"] == data["text/plain"]
    assert len(data["text/plain"]) > 10
    own_words = name in {"index", "compared", "optimised", "removed", "treated"}  # names of the data
    if name != "review.law" and not own_words:  # codes of findings: their sentences stand on the page
        assert not re.search(
            r"[a-z]{3,}", re.sub(NAMES, "", data["text/plain"])
        )  # nothing of one language in the other
    assert dict(mpl.rcParams) == before


@every_result
def test_a_chart_of_a_page_shows_the_same_as_the_figure(name: str) -> None:
    own, names = result(name), smartcert.names(example(), "ko")
    chart = draw_result(own, "ko", names)
    assert chart.alt == own.plot(language="ko", names=names).alt
    rows = select_rows(own.drawn.table, own.drawing)
    for svg in (chart.svg, chart.narrow):
        root = ElementTree.fromstring(svg)  # noqa: S314  # written by the package itself
        texts = ["".join(text.itertext()) for text in root.iter("text")]
        shown = "".join(texts).replace(" ", "")
        assert texts, "a chart of nothing says so"
        if not isinstance(own.drawing, PairMatrix | Points):  # names that would touch others are left out there
            assert all(label.replace(" ", "") in shown for label in name_rows(rows, "ko", names))
        width, height = map(float, root.attrib["viewBox"].split()[2:])
        points = [(float(text.attrib["x"]), float(text.attrib["y"])) for text in root.iter("text")]
        points += [(float(x), float(y)) for x, y in re.findall(r"M(\S+?) ([^\s\w]?[\d.]+)h0", svg)]
        assert all(-1 <= x <= width + 1 and 0 <= y <= height for x, y in points)
        assert not re.search(r"\b(nan|inf)\b", svg)


@given(
    st.lists(st.tuples(*[st.none() | st.floats(-1e12, 1e12) | st.sampled_from([0.0, 1e-9])] * 3), max_size=8),
    st.sampled_from(
        [
            Bars(columns=("a", "b", "c")),
            Bars(columns=("a",), ordered=False),
            Intervals(value="a", low="b", high="c", lines=(0.0,)),
            Moves(before="a", after="b"),
            Points(across="a", up="b", diagonal=True),
        ]
    ),
)
def test_a_chart_of_any_numbers_stays_on_its_canvas(rows: list[tuple[float | None, ...]], drawing: Drawing) -> None:
    table = pd.DataFrame(rows, columns=["a", "b", "c"], dtype=float)
    chart = draw_result(build_result("margins", table, drawing), "en")
    for svg in (chart.svg, chart.narrow):
        root = ElementTree.fromstring(svg)  # noqa: S314  # written by the package itself
        width = float(root.attrib["viewBox"].split()[2])
        for path in root.iter("path"):
            if "paper" not in path.attrib.get("class", ""):
                assert all(-1 <= x <= width + 1 for x, _ in list_corners(path.attrib["d"]))
        assert not re.search(r"\b(nan|inf)\b", svg)


@every_result
def test_no_row_with_a_number_is_left_out_of_a_drawing_in_silence(name: str) -> None:
    own = result(name).drawn
    rows = select_rows(own.table, own.drawing)
    numbers = own.table[list(list_numbers(own.drawing))].apply(pd.to_numeric, errors="coerce")
    of = rows.attrs.get("rows_to_draw", len(rows))
    if isinstance(own.drawing, Bars) and own.drawing.without_zeros:
        assert of == (numbers.fillna(0) != 0).any(axis=1).sum()
    else:
        assert of == numbers.notna().any(axis=1).sum()


def test_who_is_nearest_to_the_threshold_is_drawn_first_also_exactly_on_it() -> None:
    own = smartcert.margins(arrays())
    assert list(select_rows(own.table, own.drawing).index) == list(own.table.index)
    assert own.table["distance"].abs().is_monotonic_increasing
    assert (own.table["distance"] == 0).any()


@given(st.floats(-1e9, 1e9) | st.integers(0, 10**9).map(float) | st.sampled_from([1399.6, 1399.96, 0.99996]))
def test_a_figure_is_not_shown_as_a_whole_number_that_it_is_not(value: float) -> None:
    shown = float(format_figure(value).replace("−", "-"))
    assert shown == pytest.approx(value, rel=6e-4)
    if value.is_integer() or abs(value - round(value)) > 1e-5 * max(1.0, abs(value)):
        assert shown.is_integer() == value.is_integer()


def test_dollars_in_a_name_make_no_formula_of_it() -> None:
    table = pd.DataFrame({"a$": [1.0, 2.0], "b": [2.0, 1.0]}, index=["US$ per $", "$\\frac$"])
    structure = pd.DataFrame({"name": ["i", "a$", "b"], "parent": ["", "i", "i"]})
    index = smartcert.Index.from_tables(table, structure)
    for own in (index, smartcert.moments(table.loc[[*table.index] * 3].reset_index(drop=True))):
        FigureCanvasAgg(own.plot()).draw()
    texts = [text.get_text() for text in index.plot().axes[0].get_yticklabels()]
    assert texts == [r"US\$ per \$", r"\$\frac\$"]


def test_a_number_that_names_a_row_has_the_decimals_that_it_needs() -> None:
    rows = pd.DataFrame({"a": [1, 2, 3]}, index=pd.Index([10.0, 0.25, 1e6]))
    assert name_rows(rows, "en", {}) == ["10", "0.25", "1000000"]


def test_a_result_is_drawn_on_axes_of_ones_own() -> None:
    figure = Figure()
    left, right = figure.subplots(1, 2)
    assert smartcert.reliability(standard()).plot(left, language="ko") is figure
    assert smartcert.confidence(arrays(), draws=16).plot(ax=right) is figure
    FigureCanvasAgg(figure).draw()
    assert left.get_title("left") == "내적 일관성: 크론바흐 알파"
    assert right.get_title("left") == "How sure is each level?"


def test_the_numbers_of_the_tables_are_those_of_the_analyses() -> None:
    from smartcert.analysis.indices import coherence

    table = smartcert.reliability(standard(), by="item").table
    assert list(table.index) == list(standard().items)
    for name in table.index:
        own = standard().shares[list(standard().items[name])]
        assert table.at[name, "alpha"] == coherence.cronbach_alpha(own)
    assert list(smartcert.reliability(standard(), by="all").table.index) == [""]
    margins = smartcert.margins(arrays()).table
    assert margins.at["haneul", "distance"] == 1394.0 - 1400.0
    assert margins["distance"].abs().is_monotonic_increasing
    decisive = review().influence.table.reset_index()
    assert [tuple(row) for row in decisive[["applicant", "evaluator"]].to_numpy()] == [
        (row.applicant, row.evaluator) for row in review().record.decides
    ]
    terms = history().table
    assert (
        history().coverage.table.at["all", "certified"] == terms.loc[terms["holding"] == "certified", "code"].nunique()
    )


def test_an_unknown_level_language_or_day_is_refused() -> None:
    for call in (
        lambda: smartcert.reliability(standard(), by="itme"),
        lambda: smartcert.correlations(standard(), by="all"),
        lambda: smartcert.reliability(standard()).plot(language="kr"),
        lambda: smartcert.names(example(), "de"),
        lambda: smartcert.history("yesterday"),
        lambda: smartcert.review(example(), "E99"),
    ):
        with pytest.raises(UsageError):
            call()


@pytest.mark.parametrize(
    "build",
    [
        example,
        arrays,
        standard,
        smartcert.Plan,
        lambda: smartcert.Draws(arrays(), smartcert.Plan()).run(4),
        lambda: example().round,
        lambda: example().rules,
        lambda: example().rulebook,
        lambda: example().rules.edition,
        lambda: example().evaluations[0],
        lambda: example().evaluations[0].scorecard,
        lambda: example().outcomes[0],
        lambda: example().round.applications[0],
        lambda: example().round.registry,
        lambda: example().facts,
        lambda: example().record("haneul"),
        lambda: example().round_record(),
        lambda: review().record,
        lambda: history().record,
        lambda: arrays().indicators[0],
    ],
)
def test_what_a_researcher_looks_at_shows_itself_in_one_line(build: Callable[[], object]) -> None:
    value = build()
    assert len(repr(value)) < 300
    assert "\n" not in repr(value)
    assert repr(value).startswith(type(value).__name__)


def test_an_open_round_says_which_it_is() -> None:
    assert "round='example'" in repr(example())


def show_in_ipython(error: SmartcertError) -> str:
    from IPython.core.interactiveshell import InteractiveShell

    shell, shown = InteractiveShell(), []
    shell._showtraceback = lambda _kind, _value, lines: shown.extend(lines)  # type: ignore[method-assign]  # caught
    shell.user_ns["error"] = error
    shell.run_cell("raise error")
    return "\n".join(shown)


def test_an_error_in_a_notebook_is_its_message_and_nothing_else() -> None:
    assert show_in_ipython(UsageError("no round 'exampel'")) == "UsageError: no round 'exampel'"
    problems = [
        Problem(place=Place(file="a.csv", line=line, column=1), found=f"'{line}'", wanted="a number") for line in (1, 2)
    ]
    assert show_in_ipython(InputError(problems)).splitlines() == [
        "InputError: a.csv:1:1: found '1'; wanted a number",
        "a.csv:2:1: found '2'; wanted a number",
    ]
