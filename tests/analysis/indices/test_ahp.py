"""Pairwise comparisons against matrices that are in print."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcert.analysis.indices.index import Index
from smartcert.analysis.indices.weights import (
    PairwiseComparisons,
    Pooling,
    ahp_weights,
    describe_consistency,
    pool_experts,
    read_comparisons,
)
from smartcert.analysis.what_if import Change, what_if
from smartcert.errors import InputError, UsageError
from tests.support.big_round import big_arrays


def upper(text: str, names: str, expert: str = "e") -> pd.DataFrame:
    """Return the table of an upper triangle written row by row."""
    things, rows = names.split(), [line.split() for line in text.strip().splitlines()]
    return pd.DataFrame(
        [
            (expert, things[i], things[i + 1 + step], ratio)
            for i, row in enumerate(rows)
            for step, ratio in enumerate(row)
        ],
        columns=["expert", "left", "right", "ratio"],
    )


WEALTH = upper(
    """
    4 9 6 6 5 5
    7 5 5 3 4
    1/5 1/5 1/7 1/5
    1 1/3 1/3
    1/3 1/3
    2
    """,
    "US USSR China France UK Japan Germany",
)
DRINKS = upper(
    """
    9 5 2 1 1 1/2
    1/3 1/9 1/9 1/9 1/9
    1/3 1/4 1/3 1/9
    1/2 1 1/3
    2 1/2
    1/3
    """,
    "coffee wine tea beer sodas milk water",
)


def test_the_wealth_of_nations_is_weighed_as_saaty_printed_it_in_1977() -> None:
    (made,) = read_comparisons(WEALTH)
    assert made.weights().round(3).tolist() == pytest.approx(
        [0.427, 0.230, 0.021, 0.052, 0.052, 0.123, 0.094], abs=2e-3
    )
    assert made.largest_eigenvalue == pytest.approx(7.61, abs=5e-3)
    assert made.consistency_ratio == pytest.approx(0.08, abs=5e-3)


def test_the_drinks_of_americans_are_weighed_as_saaty_printed_them_in_2008() -> None:
    (made,) = read_comparisons(DRINKS)
    assert made.weights().round(3).tolist() == [0.177, 0.019, 0.042, 0.116, 0.190, 0.129, 0.327]
    assert round(made.consistency_ratio, 3) == 0.022


def test_who_contradicts_themselves_is_told_with_the_pair() -> None:
    table = describe_consistency(
        read_comparisons(pd.concat([WEALTH, WEALTH.assign(expert="f", ratio=_turned_round(WEALTH))]))
    )
    assert table["accepted"].tolist() == [True, False]
    assert table.loc["f", "ratio"] > 0.1
    assert table.loc["f", "where"] == "US : USSR"


def _turned_round(table: pd.DataFrame) -> list[str]:
    """Return the ratios with that of the first pair turned round: the better is said to be the worse."""
    return ["1/9", *table["ratio"].tolist()[1:]]


weights = st.lists(st.integers(1, 9), min_size=2, max_size=7)


def consistent(values: list[int]) -> PairwiseComparisons:
    own = np.array(values, dtype=float)
    return PairwiseComparisons(
        expert="e", names=tuple(f"x{n}" for n in range(len(values))), matrix=own[:, None] / own[None, :]
    )


@given(weights)
def test_consistent_weights_are_recovered_and_no_contradiction_is_found(values: list[int]) -> None:
    made, own = consistent(values), np.array(values) / sum(values)
    assert np.allclose(made.weights(), own)
    assert made.consistency_ratio == pytest.approx(0, abs=1e-9)
    assert np.allclose(made.contradictions()["off"], 1)


@given(weights)
def test_a_group_of_equals_weighs_as_each_of_them(values: list[int]) -> None:
    made = consistent(values)
    for pooling in Pooling:
        assert np.allclose(pool_experts((made, made, made), pooling), made.weights())


def test_the_weights_of_a_table_go_into_what_if_and_into_an_index() -> None:
    judged = upper("3 3\n1", "D1 D2 D3")
    weights = ahp_weights(judged)
    assert weights.to_dict() == pytest.approx({"D1": 0.6, "D2": 0.2, "D3": 0.2})
    arrays = big_arrays(20)
    points = (weights * arrays.out_of).to_dict()
    result = what_if(arrays, Change(weights=points))
    columns = {domain.id: domain.columns for domain in arrays.domains}
    assert {name: result.weights[columns[name]].sum() for name in points} == pytest.approx(points)
    structure = pd.DataFrame({"name": ["i", *weights.index], "parent": ["", "i", "i", "i"]})
    structure["weight"] = structure["name"].map(weights)
    data = pd.DataFrame({"D1": [0.0, 1.0], "D2": [1.0, 0.0], "D3": [0.0, 1.0]})
    assert Index.from_tables(data, structure).values["i"].tolist() == pytest.approx([0.2, 0.8])


def test_a_contradiction_is_found_where_it_was_put() -> None:
    own = consistent([8, 4, 2, 1])
    own.matrix[0, 3], own.matrix[3, 0] = 1 / 8, 8.0
    worst = own.contradictions(1).iloc[0]
    assert (worst["left"], worst["right"]) == ("x0", "x3")
    assert worst["off"] > 5
    assert worst["times"] == pytest.approx(64)


def test_the_order_in_which_a_pair_is_given_does_not_matter() -> None:
    turned = WEALTH.rename(columns={"left": "right", "right": "left"})
    turned["ratio"] = [f"1/{text}" if "/" not in text else text.split("/")[1] for text in WEALTH["ratio"]]
    first, second = read_comparisons(WEALTH)[0].weights(), read_comparisons(turned)[0].weights()
    assert np.allclose(first.sort_index(), second.sort_index())


def test_every_problem_of_a_table_is_told_with_its_line() -> None:
    rows = [
        ("a", "x", "y", "3"),
        ("a", "x", "x", "1"),
        ("a", "y", "x", "3"),
        ("a", "x", "z", "12"),
        ("a", "y", "z", "so"),
    ]
    with pytest.raises(InputError) as caught:
        read_comparisons(pd.DataFrame(rows, columns=["expert", "left", "right", "ratio"]), "ahp.csv")
    assert [problem.place.line for problem in caught.value.problems] == [3, 4, 5, 6]
    with pytest.raises(InputError, match="does not compare x and z, y and z"):
        read_comparisons(pd.DataFrame([rows[0], ("b", "x", "z", "2")], columns=["expert", "left", "right", "ratio"]))
    with pytest.raises(InputError, match="no column ratio"):
        read_comparisons(pd.DataFrame({"expert": [], "left": [], "right": []}))


def test_more_than_fifteen_things_have_no_published_consistency() -> None:
    with pytest.raises(UsageError, match="at most 15"):
        _ = consistent([1] * 16).consistency_ratio
