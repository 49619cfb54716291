"""Panels, removal of parts and strengths: what must be so for any data."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy
from hypothesis import given, settings
from hypothesis import strategies as st

import smartcert
from smartcert.analysis.ranks import competition_ranks_of

YEARS = [2019, 2020, 2023, 2024]
TREE = pd.DataFrame(
    {"name": ["i", "g", "a", "b", "c"], "parent": ["", "i", "g", "g", "i"], "weight": [1.0, 2.0, 1.0, 3.0, 1.0]}
)
numbers = st.lists(st.integers(0, 9), min_size=4, max_size=4)
units = st.lists(st.tuples(numbers, numbers, numbers), min_size=2, max_size=5)


def build(rows: list[tuple[list[int], list[int], list[int]]]) -> pd.DataFrame:
    """Return a panel of four years in which each indicator varies."""
    index = pd.MultiIndex.from_product([[f"u{i}" for i in range(len(rows))], YEARS], names=["unit", "year"])
    data = pd.DataFrame({name: np.concatenate([row[j] for row in rows]) for j, name in enumerate("abc")}, index=index)
    data.iloc[0], data.iloc[1] = 0, 9
    return data.astype(float)


@settings(max_examples=20)
@given(units, st.randoms(use_true_random=False))
def test_values_and_ranks_of_a_panel_do_not_depend_on_the_order_of_its_rows(rows: list[object], rng: object) -> None:
    data = build(rows)  # type: ignore[arg-type]
    order = list(range(len(data)))
    rng.shuffle(order)  # type: ignore[attr-defined]
    panels = [smartcert.IndexPanel.from_tables(table, TREE) for table in (data, data.iloc[order])]
    for get in ("values", "ranks", "trends"):
        first, second = (getattr(panel, get)() for panel in panels)
        pd.testing.assert_frame_equal(first.sort_index(), second.sort_index())


@settings(max_examples=20)
@given(units)
def test_ranks_and_trends_of_a_panel_are_those_of_its_values(rows: list[object]) -> None:
    panel = smartcert.IndexPanel.from_tables(build(rows), TREE)  # type: ignore[arg-type]
    values, ranks = panel.values(), panel.ranks()
    slopes, rates = panel.trends("slope")["i"], panel.trends("cagr")["i"]  # type: ignore[arg-type]  # by value
    for year in YEARS:
        assert ranks[year].to_numpy() == pytest.approx(competition_ranks_of(values[year].to_numpy()))
        assert ranks[year].min() == 1
    for unit, row in values.iterrows():
        assert slopes[unit] == pytest.approx(scipy.stats.linregress(YEARS, row.to_numpy()).slope, abs=1e-12)
        if row.iloc[0] > 0 and row.iloc[-1] > 0:
            assert row.iloc[0] * (1 + rates[unit]) ** 5 == pytest.approx(row.iloc[-1])
        else:
            assert np.isnan(rates[unit])
    table = panel.table
    assert table["rank_latest"].to_dict() == ranks[2024].to_dict()
    assert table["first"].to_dict() == values[2019].to_dict()


def test_units_of_a_panel_that_are_equal_on_paper_share_a_rank_in_every_year() -> None:
    index = pd.MultiIndex.from_product([["x", "y"], [2020, 2021]], names=["unit", "year"])
    data = pd.DataFrame({"a": [0.1, 0.2, 0.3, 0.6], "b": [0.2, 0.4, 0.0, 0.0]}, index=index)
    tree = pd.DataFrame({"name": ["i", "a", "b"], "parent": ["", "i", "i"], "normal": ["none"] * 3})
    assert smartcert.IndexPanel.from_tables(data, tree).ranks().to_numpy().tolist() == [[1, 1], [1, 1]]


@settings(max_examples=20)
@given(units)
def test_removing_a_part_is_the_index_of_a_structure_without_it(rows: list[object]) -> None:
    data = build(rows).droplevel("unit").reset_index(drop=True)  # type: ignore[arg-type]
    data.index = pd.Index([f"u{number}" for number in data.index])
    index = smartcert.Index.from_tables(data, TREE)
    table = smartcert.remove_elements(index).table
    assert set(table.index) == {"g", "a", "b", "c"}
    assert table["mean_shift"].is_monotonic_decreasing
    nominal = index.ranks()
    for part, below in {"g": ["a", "b"], "a": [], "c": []}.items():
        rest = TREE[~TREE["name"].isin([part, *below])]
        other = smartcert.Index.from_tables(data, rest).ranks()
        assert table.at[part, "mean_shift"] == pytest.approx((other - nominal).abs().mean())
        assert table.at[part, "largest_shift"] == (other - nominal).abs().max()


@pytest.mark.parametrize("choice", [{"available": 0.7}, {"nonzero": 0.7}, {"impute": "em"}, {"impute": "median"}])
@pytest.mark.parametrize(("part", "below"), [("g", ["a", "b", "d"]), ("a", []), ("c", [])])
def test_what_is_left_out_counts_in_no_step(choice: dict[str, Any], part: str, below: list[str]) -> None:
    rng = np.random.default_rng(3)
    values = np.where(rng.random((40, 4)) < 0.2, 0.0, rng.normal(size=(40, 4)) + rng.normal(size=(40, 1)))
    values[rng.random(values.shape) < 0.2] = np.nan
    data = pd.DataFrame(values, columns=list("abcd"), index=[f"u{number}" for number in range(40)])
    tree = pd.DataFrame({"name": ["i", "g", *"abdc"], "parent": ["", "i", *"ggg", "i"]})
    method = smartcert.IndexMethod(**choice)
    index = smartcert.Index.from_tables(data, tree, method)
    rest = smartcert.Index.from_tables(data, tree[~tree["name"].isin([part, *below])], method)
    own = index.change(leave_out=(part,))
    pd.testing.assert_series_equal(own.values["i"], rest.values["i"])
    assert own.stages.screened == rest.stages.screened
    assert not own.values["i"].equals(index.values["i"])


def test_removing_a_part_without_weight_shifts_nobody_and_the_only_part_leaves_nothing() -> None:
    data = pd.DataFrame({"a": [1.0, 2, 4, 3], "b": [4.0, 3, 1, 2]}, index=list("wxyz"))
    tree = pd.DataFrame({"name": ["i", "a", "b"], "parent": ["", "i", "i"], "weight": [1, 1, 0]})
    table = smartcert.remove_elements(smartcert.Index.from_tables(data, tree)).table
    assert table.loc["b"].tolist() == [0, 0, 1]
    assert table.loc["a"].isna().all()


def test_strengths_of_equal_lead_stand_in_the_order_of_the_structure_whatever_the_error_of_floats() -> None:
    column = np.array([0.3, 0.1, 0.2, 0.05, 0.15, 0.25])
    data = pd.DataFrame({"a": column, "b": column + 0.1 - 0.1, "c": column * 3 / 3}, index=list("uvwxyz"))
    tree = pd.DataFrame({"name": ["i", *"abc"], "parent": ["", *"iii"], "normal": ["none"] * 4})
    strengths = smartcert.Index.from_tables(data, tree).strengths("u", 1)
    assert strengths.index.tolist() == ["a", "c"]
