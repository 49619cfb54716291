"""A composite index from plain tables: the Human Development Index, and each way to normalise and to combine."""

import numpy as np
import pandas as pd
import pytest

from smartcert.analysis.arrays import Aggregation
from smartcert.analysis.indices.aggregate import combine_columns
from smartcert.analysis.indices.coherence import (
    count_dimensions,
    measure_importance,
    measure_reliability,
    measure_separation,
)
from smartcert.analysis.indices.index import Index
from smartcert.analysis.indices.normalisation import Normalisation, normalise
from smartcert.errors import InputError, UsageError

COLUMNS = ["country", "life", "expected", "mean", "gni", "hdi", "rank"]
PUBLISHED = pd.DataFrame(
    [
        ("Norway", 82.4, 18.1, 12.9, 66494, 0.957, 1),
        ("Ireland", 82.3, 18.7, 12.7, 68371, 0.955, 2),
        ("Switzerland", 83.8, 16.3, 13.4, 69394, 0.955, 2),
        ("Hong Kong, China (SAR)", 84.9, 16.9, 12.3, 62985, 0.949, 4),
        ("Iceland", 83.0, 19.1, 12.8, 54682, 0.949, 4),
        ("Germany", 81.3, 17.0, 14.2, 55314, 0.947, 6),
        ("Sweden", 82.8, 19.5, 12.5, 54508, 0.945, 7),
        ("Australia", 83.4, 22.0, 12.7, 48085, 0.944, 8),
        ("Netherlands", 82.3, 18.5, 12.4, 57707, 0.944, 8),
        ("Denmark", 80.9, 18.9, 12.6, 58662, 0.940, 10),
    ],
    columns=COLUMNS,
).set_index("country")
"""Human Development Report 2020, table 1: the ten highest values with their components (data of 2019)."""

HDI = pd.DataFrame(
    [
        {"name": "hdi", "parent": "", "mean": "geometric"},
        {"name": "health", "parent": "hdi"},
        {"name": "education", "parent": "hdi"},
        {"name": "income", "parent": "hdi"},
        {"name": "life", "parent": "health", "normal": "goalposts", "low": 20, "high": 85},
        {"name": "expected", "parent": "education", "normal": "goalposts", "low": 0, "high": 18},
        {"name": "mean", "parent": "education", "normal": "goalposts", "low": 0, "high": 15},
        {"name": "gni", "parent": "income", "normal": "goalposts", "low": 100, "high": 75000, "transform": "log"},
    ]
)
"""UNDP's technical note 1: goalposts with caps, the logarithm of income, means within and the geometric mean above."""


STEPS = {"life": 0.05, "expected": 0.05, "mean": 0.05, "gni": 0.5}
"""Half of the last digit in which each component is printed."""


def test_the_human_development_index_of_2020_is_reproduced_as_far_as_its_printed_components_reach() -> None:
    own = Index.from_tables(PUBLISHED, HDI).values["hdi"].round(3)
    low, high = (
        Index.from_tables(PUBLISHED.assign(**{key: PUBLISHED[key] + sign * step for key, step in STEPS.items()}), HDI)
        for sign in (-1, 1)
    )
    assert (own - PUBLISHED["hdi"]).abs().max() < 0.0011
    assert (own == PUBLISHED["hdi"]).sum() == 7  # three differ by one in the last digit
    assert (low.values["hdi"].round(3) <= PUBLISHED["hdi"]).all()
    assert (PUBLISHED["hdi"] <= high.values["hdi"].round(3)).all()


def test_a_rank_is_that_of_the_rounded_value_as_published() -> None:
    structure = pd.DataFrame([{"name": "i", "parent": ""}, {"name": "hdi", "parent": "i", "normal": "none"}])
    exact = PUBLISHED.assign(
        hdi=PUBLISHED["hdi"] + np.linspace(-0.0004, 0.0004, 10)
    )  # what the printed figure may hide
    made = Index.from_tables(exact, structure)
    assert made.ranks(digits=3).tolist() == PUBLISHED["rank"].tolist()
    assert made.ranks().is_unique


def test_years_of_schooling_and_income_are_capped() -> None:
    over = PUBLISHED.assign(expected=30.0, gni=200_000)
    made = Index.from_tables(over, HDI)
    assert (made.normal[["expected", "gni"]] == 1).all().all()


def test_an_index_can_be_audited_as_a_round_can() -> None:
    standard = Index.from_tables(PUBLISHED, HDI).indicator_table()
    assert standard.weights.to_dict() == pytest.approx({"life": 1 / 3, "expected": 1 / 6, "mean": 1 / 6, "gni": 1 / 3})
    assert standard.items["education"] == ["expected", "mean"]
    assert measure_importance(standard)["effective"].isna().all()  # a geometric mean is no sum to share out
    assert standard.totals.tolist() == Index.from_tables(PUBLISHED, HDI).values["hdi"].tolist()
    arithmetic = Index.from_tables(PUBLISHED, HDI.assign(mean=np.nan)).indicator_table()
    assert measure_importance(arithmetic)["effective"].sum() == pytest.approx(1)
    assert measure_reliability(standard).loc["health", "reason"] == "Cronbach's alpha needs at least two indicators"
    assert count_dimensions(standard).loc["education", "components"] == 1
    assert (measure_separation(standard)["separates"] != "nobody").all()


def test_ranks_have_intervals_over_other_weights() -> None:
    made = Index.from_tables(PUBLISHED, HDI).rank_intervals(draws=200)
    assert ((made["low"] <= made["rank"]) & (made["rank"] <= made["high"])).mean() > 0.8
    assert made.equals(Index.from_tables(PUBLISHED, HDI).rank_intervals(draws=200))
    assert (Index.from_tables(PUBLISHED, HDI).rank_intervals(percent=0, draws=2).eval("high - low") == 0).all()


VALUES = np.array([10.0, 20.0, 20.0, np.nan, 40.0])


@pytest.mark.parametrize(
    ("way", "direction", "wanted"),
    [
        (Normalisation.MINMAX, 1, [0, 1 / 3, 1 / 3, np.nan, 1]),
        (Normalisation.MINMAX, -1, [1, 2 / 3, 2 / 3, np.nan, 0]),
        (Normalisation.ZSCORE, 1, [-0.994, -0.199, -0.199, np.nan, 1.391]),
        (Normalisation.RANK, 1, [0, 0.5, 0.5, np.nan, 1]),
        (Normalisation.RANK, -1, [1, 0.5, 0.5, np.nan, 0]),
        (Normalisation.GOALPOSTS, 1, [0, 0.25, 0.25, np.nan, 0.75]),
        (Normalisation.GOALPOSTS, -1, [1, 0.75, 0.75, np.nan, 0.25]),
        (Normalisation.DISTANCE, 1, [0.2, 0.4, 0.4, np.nan, 0.8]),
        (Normalisation.DISTANCE, -1, [5, 2.5, 2.5, np.nan, 1.25]),
        (Normalisation.NONE, -1, [-10, -20, -20, np.nan, -40]),
    ],
)
def test_each_way_to_normalise(way: Normalisation, direction: int, wanted: list[float]) -> None:
    assert np.allclose(normalise(VALUES, way, direction, 10, 50), wanted, atol=1e-3, equal_nan=True)


def test_scales_that_need_what_is_not_there_are_refused() -> None:
    for way, low, high in [
        (Normalisation.GOALPOSTS, 5, 5),
        (Normalisation.GOALPOSTS, np.nan, 1),
        (Normalisation.DISTANCE, 0, 0),
    ]:
        with pytest.raises(UsageError):
            normalise(VALUES, way, 1, low, high)
    with pytest.raises(UsageError, match="does not vary"):
        normalise(np.ones(3), Normalisation.ZSCORE)


def test_the_means_of_one_and_four_are_the_three_of_the_textbook() -> None:
    row, weights = np.array([[1.0, 4.0]]), np.ones(2)
    assert [combine_columns(row, weights, mean)[0] for mean in Aggregation] == pytest.approx([2.5, 2.0, 1.6])


def test_what_is_missing_leaves_its_weight_to_the_others_from_the_declared_share_on() -> None:
    rows = np.array([[1.0, np.nan, 4.0], [np.nan, np.nan, 4.0]])
    weights = np.array([1.0, 1.0, 2.0])
    assert combine_columns(rows, weights, Aggregation.ARITHMETIC, available=0.75).tolist() == pytest.approx(
        [3.0, np.nan], nan_ok=True
    )
    assert combine_columns(rows, weights, Aggregation.GEOMETRIC, available=0.5)[1] == pytest.approx(4)
    assert np.isnan(combine_columns(rows, weights, Aggregation.HARMONIC)).all()
    with pytest.raises(UsageError, match="needs numbers of 0 or more"):
        combine_columns(-rows, weights, Aggregation.GEOMETRIC, 0.1)


def test_figures_per_head_are_divided_before_they_are_normalised() -> None:
    data = pd.DataFrame({"things": [10, 30, 30], "people": [10, 10, 60]}, index=list("xyz"))
    structure = pd.DataFrame([{"name": "i", "parent": ""}, {"name": "things", "parent": "i", "per": "people"}])
    assert Index.from_tables(data, structure).values["i"].tolist() == [0.2, 1.0, 0.0]


def test_every_problem_of_a_structure_is_told_at_once() -> None:
    rows = [
        {"name": "i", "parent": "", "mean": "geometrical"},
        {"name": "lif", "parent": "i"},
        {"name": "gni", "parent": "j"},
        {"name": "mean", "parent": "i", "direction": 2},
    ]
    with pytest.raises(InputError) as caught:
        Index.from_tables(PUBLISHED, pd.DataFrame(rows))
    told = str(caught.value)
    assert "'lif'; wanted a column of the data (did you mean 'life'?)" in told
    assert "'j'; wanted a name of this table" in told
    with pytest.raises(InputError, match="1 or -1") as caught:
        Index.from_tables(PUBLISHED, pd.DataFrame([rows[0], rows[3]]))
    assert "did you mean 'geometric'?" in str(caught.value)
    loop = [{"name": "i", "parent": ""}, {"name": "a", "parent": "b"}, {"name": "b", "parent": "a"}]
    with pytest.raises(InputError, match="below itself"):
        Index.from_tables(PUBLISHED, pd.DataFrame(loop))
