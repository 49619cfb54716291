"""Every public function over tables at their edges: a right result, or a refusal in a sentence; never infinity."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import smartcert
from smartcert.analysis.indices.aggregate import IndexAggregation, combine_columns
from smartcert.errors import SmartcertError

PLAIN = pd.DataFrame(
    {
        "a": [1.0, 2, 4, 3, 7, 5, 6, 8, 2, 9],
        "b": [2.0, 1, 5, 3, 3, 6, 8, 4, 7, 5],
        "c": [1.0, 5, 2, 9, 1, 2, 3, 4, 8, 6],
    },
    index=list("qrstuvwxyz"),
)
TREE = pd.DataFrame({"name": ["i", "g", "a", "b", "c"], "parent": ["", "i", "g", "g", "i"]})
GROUPS = pd.Series(list("ppppqqqrrr"), index=PLAIN.index)

EDGES: dict[str, pd.DataFrame] = {
    "plain": PLAIN,
    "no unit": PLAIN.iloc[:0],
    "one unit": PLAIN.iloc[:1],
    "two units": PLAIN.iloc[:2],
    "a constant column": PLAIN.assign(a=3.0),
    "all equal": PLAIN * 0 + 2,
    "all zero": PLAIN * 0,
    "an empty column": PLAIN.assign(a=np.nan),
    "all empty": PLAIN * np.nan,
    "a column with one value": PLAIN.assign(a=[1.0, *[np.nan] * 9]),
    "a gap": PLAIN.mask(PLAIN == 4),
    "negative": -PLAIN,
    "around zero": PLAIN - 3,
    "almost equal": 2 + PLAIN * 1e-14,
    "far from zero": 1e12 + PLAIN,
    "huge": PLAIN * 1e55,
    "tiny": PLAIN * 1e-55,
    "beyond": PLAIN * 1e200,
    "an infinity": PLAIN.assign(a=[np.inf, *range(9)]),
    "a unit twice": PLAIN.set_axis(list("qqstuvwxyz")),
    "a unit without a name": PLAIN.set_axis([np.nan, *"rstuvwxyz"]),
    "units named by numbers": PLAIN.set_axis(range(10)),
    "columns named by numbers": PLAIN.set_axis([1, 2, 3], axis=1),
    "texts": PLAIN.astype(str),
    "percentages": PLAIN.astype(str) + "%",
    "truths": PLAIN > 2,
    "objects": PLAIN.astype(object),
    "whole numbers with a gap": PLAIN.astype(int).astype("Int64").mask(PLAIN == 4),
}
REFUSED = {"an infinity", "beyond", "a unit twice", "a unit without a name", "texts", "percentages", "truths"}
"""What nothing can be computed from: everything that takes a table refuses it."""


N = smartcert.Normalisation
ENDS: dict[smartcert.Normalisation, dict[str, Any]] = {
    N.GOALPOSTS: {"low": 0.0, "high": 9.0},
    N.SCALED: {"low": 0.0, "high": 9.0},
    N.DISTANCE: {"high": 9.0},
    N.DIST2TARG: {"high": 9.0},
    N.DIST2REF: {"reference": "w"},
}


def build(table: pd.DataFrame, **choices: Any) -> smartcert.Index:
    return smartcert.Index.from_tables(table, TREE, smartcert.IndexMethod(**choices))


def build_panel(table: pd.DataFrame) -> smartcert.IndexPanel:
    years = pd.concat([table.assign(year=year, unit=table.index) for year in (2021, 2020)]).set_index(["unit", "year"])
    return smartcert.IndexPanel.from_tables(years, TREE)


def of_shares(name: str) -> Callable[[pd.DataFrame], object]:
    return lambda table: getattr(smartcert, name)(smartcert.IndicatorTable.from_shares(table))


def of_index(use: Callable[[smartcert.Index], object]) -> Callable[[pd.DataFrame], object]:
    return lambda table: use(build(table))


def power_of(power: float) -> Callable[[pd.DataFrame], object]:
    return lambda table: build(table, mean="power", power=power, scale=smartcert.Scale(bottom=1, top=100)).values


POSITIVE = smartcert.Scale(bottom=1, top=100)
USES: dict[str, Callable[[pd.DataFrame], object]] = {
    **{
        name: getattr(smartcert, name)
        for name in (
            *("moments", "outliers", "treat", "impute", "screen_units", "alpha_interval", "budget_weights", "icc"),
            *("kendall_w", "krippendorff_alpha"),
        )
    },
    **{
        name: of_shares(name)
        for name in (
            *("equal_weights", "entropy_weights", "critic_weights", "pca_weights", "reliability", "dimensions"),
            *("correlations", "importance", "separation"),
        )
    },
    **{
        f"scale {way.value}": lambda table, way=way: (
            build(table, scale=smartcert.Scale(method=way, **ENDS.get(way, {}))).values
        )
        for way in smartcert.Normalisation
    },
    **{
        f"mean {way.value}": lambda table, way=way: build(table, mean=way, scale=POSITIVE).values
        for way in IndexAggregation
    },
    **{f"power {power:g}": power_of(power) for power in (-400.0, -1.0, -1e-12, 1e-12, 1000.0)},
    "impute by group": lambda table: smartcert.impute(table.mask(table == 4), "group_mean", GROUPS),
    "impute em": lambda table: build(table, impute="em").values,
    "treated": lambda table: build(table, treat=smartcert.Treatment()).values,
    "ranks": of_index(lambda index: index.ranks(2)),
    "levels": of_index(lambda index: index.levels({"high": 0.5}, "low")),
    "describe_unit": of_index(lambda index: index.describe_unit(index.data.index[0])),
    "strengths": of_index(lambda index: index.strengths(index.data.index[0])),
    "rank_intervals": of_index(lambda index: index.rank_intervals(draws=3)),
    "remove_elements": of_index(smartcert.remove_elements),
    "optimise_weights": of_index(smartcert.optimise_weights),
    "compare_indices": of_index(lambda index: smartcert.compare_indices({"a": index, "b": index.change(scale="rank")})),
    "plan": of_index(lambda index: smartcert.IndexPlan(index=index, choices={"scale": ["minmax", "rank"]}).run(4)),
    "cohen_kappa": lambda table: smartcert.cohen_kappa(table.iloc[:, :2]),
    "resample_agreement": lambda table: smartcert.resample_agreement(table, smartcert.kendall_w, 100),
    "panel": build_panel,
    "trends": lambda table: build_panel(table).trends("slope"),
}


def list_numbers(result: Any) -> list[float]:
    """Return all numbers of a result, but for what is not there."""
    table = getattr(result, "table", result)
    if isinstance(table, pd.Series):
        table = table.to_frame()
    if isinstance(table, pd.DataFrame):
        return [float(value) for value in table.select_dtypes("number").to_numpy(np.float64).ravel()]
    rows = table if isinstance(table, tuple) else (table,)
    values = [getattr(row, "value", row) for row in rows]
    return [float(value) for value in values if value is not None]


@pytest.mark.parametrize("edge", EDGES)
def test_a_table_at_its_edge_has_a_finite_result_or_is_refused_in_a_sentence(edge: str) -> None:
    for name, use in USES.items():
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                numbers = list_numbers(use(EDGES[edge].copy()))
            except SmartcertError as error:
                refusal = str(error)
            else:
                refusal = ""
        if refusal:
            assert all(10 < len(line) < 300 for line in refusal.splitlines()), name
            continue
        assert edge not in REFUSED, name
        assert not np.isinf(numbers).any(), name


@pytest.mark.parametrize("name", USES)
def test_neither_the_order_of_units_nor_the_type_of_numbers_moves_a_result(name: str) -> None:
    def compute(table: pd.DataFrame) -> list[float]:
        result = USES[name](table)
        frame = getattr(result, "table", result)
        if isinstance(frame, pd.DataFrame | pd.Series) and set(frame.index) == set(PLAIN.index):
            return list_numbers(frame.reindex(PLAIN.index))
        return list_numbers(result)

    plain = compute(PLAIN)
    for other in (PLAIN.astype(object), PLAIN.astype(int), PLAIN.astype("float32"), PLAIN.astype("Int64")):
        assert compute(other) == pytest.approx(plain, nan_ok=True), name
    if name not in ("describe_unit", "strengths", "resample_agreement"):  # of the first; of a sample
        assert compute(PLAIN.iloc[[3, 1, 9, 5, 0, 8, 2, 4, 7, 6]]) == pytest.approx(plain, nan_ok=True), name


TENTHS = {
    "tenths": PLAIN / 10,
    "a constant column": (PLAIN / 10).assign(a=0.3),
    "the same units": PLAIN * 0 + np.array([0.1, 0.3, 0.7]),
    "the same columns": (PLAIN / 10)[["a", "a", "a"]].set_axis(list("abc"), axis=1),
    "equal sums": pd.DataFrame(
        np.tile([[0.1, 0.3, 0.7], [0.7, 0.1, 0.3], [0.3, 0.7, 0.1]], (4, 1))[:10], PLAIN.index, PLAIN.columns
    ),
    "all equal": PLAIN * 0 + 0.3,
}


@pytest.mark.parametrize("tenths", TENTHS)
@pytest.mark.parametrize("name", USES)
def test_the_last_bit_of_a_float_moves_no_result(name: str, tenths: str) -> None:
    def compute(table: pd.DataFrame) -> list[float] | str:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                return list_numbers(USES[name](table))
            except SmartcertError:
                return "refused"

    plain = TENTHS[tenths]
    ends = np.random.default_rng(1).choice([-np.inf, np.inf], plain.shape)
    other = pd.DataFrame(np.nextafter(plain.to_numpy(), ends), plain.index, plain.columns)
    expected = compute(plain)
    if isinstance(expected, str):
        assert compute(other) == expected
    else:
        assert compute(other) == pytest.approx(expected, rel=1e-6, abs=1e-6, nan_ok=True)


@pytest.mark.parametrize("power", [-400.0, -2.0, -1e-13, 0.0, 1e-13, 0.5, 3.0, 1000.0])
def test_a_power_mean_lies_between_its_values_and_grows_with_its_power(power: float) -> None:
    rows = np.array([[1.0, 4, 9], [1e55, 2e55, 3e55], [1e-55, 2e-55, 3e-55], [0, 1, 2], [0, 0, 0], [5, 5, 5]])
    weights = np.array([1.0, 2, 1])
    means = combine_columns(rows, weights, "power", power=power)
    assert (means >= rows.min(axis=1) * (1 - 1e-12)).all()
    assert (means <= rows.max(axis=1) * (1 + 1e-12)).all()
    more = combine_columns(rows, weights, "power", power=power + 1)
    assert (more >= means * (1 - 1e-12)).all()
    near = {-1e-13: "geometric", 0.0: "geometric", 1e-13: "geometric"}.get(power)
    if near:
        assert means[:3] == pytest.approx(combine_columns(rows, weights, near)[:3])


def test_what_is_left_out_need_not_fit_the_scale() -> None:
    flat = build(PLAIN.assign(a=3.0), leave_out=("a",))
    assert flat.values["i"].tolist() == build(PLAIN, leave_out=("a",)).values["i"].tolist()
    for call in (lambda: build(PLAIN.assign(a=3.0)).values, lambda: build(PLAIN.assign(a=np.nan), scale="rank").values):
        with pytest.raises(SmartcertError, match="'a'"):
            call()


@pytest.mark.parametrize(
    "marks",
    [np.array([["1", "2"]] * 6), np.array([[True, False]] * 6), np.arange(6.0), np.full((6, 2), np.inf), [[1, 2]]],
)
def test_marks_that_are_none_are_refused(marks: Any) -> None:
    for measure in (smartcert.cohen_kappa, smartcert.icc, smartcert.kendall_w, smartcert.krippendorff_alpha):
        with pytest.raises(SmartcertError):
            measure(marks)


def test_marks_in_a_table_are_those_in_an_array() -> None:
    own = PLAIN[["a", "b"]]
    for measure in (smartcert.cohen_kappa, smartcert.icc, smartcert.kendall_w, smartcert.krippendorff_alpha):
        assert measure(own) == measure(own.to_numpy())
