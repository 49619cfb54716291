"""Whatever is misspelt, of another kind or out of range is refused in one sentence; edges are right or refused."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from time import process_time
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy
from hypothesis import given
from hypothesis import strategies as st

import smartcert
from smartcert.analysis.indices import coherence, weights
from smartcert.analysis.indices.index import Index
from smartcert.analysis.indices.normalisation import Normalisation, normalise
from smartcert.analysis.indices.treat import treat
from smartcert.analysis.indices.weights import pool_experts, read_comparisons
from smartcert.analysis.monte_carlo import ErrorSize, Plan, WeightRange
from smartcert.analysis.ranks import competition_ranks_of, mean_ranks, round_half_up, varies
from smartcert.analysis.vectorised import Scorer
from smartcert.errors import InputError, UsageError
from tests.support.build import example

MADE_WRONG: dict[str, tuple[Callable[[], object], str]] = {
    "method of a plan": (lambda: Plan(methods=("medain",)), "no methods 'medain'.*median"),  # type: ignore[arg-type]
    "one method without a list": (lambda: Plan(methods="median"), "a list of choices is wanted"),  # type: ignore[arg-type]
    "a method twice": (lambda: Plan(methods=("median", "median")), "each choice once"),  # type: ignore[arg-type]
    "aggregation of a plan": (lambda: Plan(aggregations=("foo",)), "no aggregations 'foo'"),  # type: ignore[arg-type]
    "policy of a plan": (lambda: Plan(absents=("foo",)), "no absents 'foo'"),  # type: ignore[arg-type]
    "weights of a plan": (lambda: Plan(weights=25), "a WeightRange or None"),  # type: ignore[arg-type]
    "evaluators of a plan": (lambda: Plan(resample_evaluators="no"), "True or False"),  # type: ignore[arg-type]
    "grade of a plan": (
        lambda: Plan(errors={"mesured": ErrorSize(relative=0.1, reversal=0)}),  # type: ignore[dict-item]
        "no grade of evidence 'mesured'.*measured",
    ),
    "error of a plan": (lambda: Plan(errors={"measured": 0.1}), "an ErrorSize by grade"),  # type: ignore[dict-item]
    "seed": (lambda: Plan(seed=-1), "a whole number from 0 on"),
    "range": (lambda: WeightRange(range="uniformly"), "no range of weights 'uniformly'.*uniform"),  # type: ignore[arg-type]
    "level of weights": (lambda: WeightRange(per="domains"), "no level of weights 'domains'"),  # type: ignore[arg-type]
    "amount": (lambda: WeightRange(amount=float("nan")), "a finite number"),
    "relative error": (lambda: ErrorSize(relative=float("inf"), reversal=0), "a finite number"),
    "normalisation": (lambda: normalise(np.arange(3.0), "zscores"), "no normalisation 'zscores'"),  # type: ignore[arg-type]
    "direction": (lambda: normalise(np.arange(3.0), Normalisation.MINMAX, 2), "1 or -1"),
    "infinite value": (lambda: normalise(np.array([1, np.inf]), Normalisation.RANK), "infinite"),
    "pooling": (lambda: pool_experts(read_comparisons(EXPERTS), "mean"), "no pooling 'mean'"),  # type: ignore[arg-type]
    "handling of gaps": (lambda: coherence.cronbach_alpha(FLAT, "drop"), "no handling of gaps"),  # type: ignore[arg-type]
    "alpha of words": (lambda: coherence.cronbach_alpha(pd.DataFrame({"a": ["x"]})), "no number"),
    "the same column twice": (lambda: coherence.describe(pd.concat([FLAT, FLAT], axis=1)), "occurs more than once"),
    "an infinite share": (lambda: coherence.IndicatorTable.from_shares(FLAT * np.inf), "infinite"),
    "weights of what is not there": (
        lambda: coherence.IndicatorTable.from_shares(FLAT, {"aa": 1.0}),
        "no indicator 'aa'",
    ),
    "entropy of less than nothing": (
        lambda: weights.entropy_weights(coherence.IndicatorTable.from_shares(FLAT - 10)),
        "shares of 0 or more",
    ),
}
EXPERTS = pd.DataFrame([("kim", "a", "b", "3")], columns=["expert", "left", "right", "ratio"])
FLAT = pd.DataFrame({"a": [1.0, 2.0, 4.0, 3.0], "b": [2.0, 1.0, 3.0, 5.0]})


@pytest.mark.parametrize("what", MADE_WRONG)
def test_a_value_that_is_not_known_is_refused_when_it_is_made(what: str) -> None:
    make, said = MADE_WRONG[what]
    with pytest.raises(UsageError, match=said):
        make()


def test_every_choice_that_a_researcher_may_write_is_exported() -> None:
    for name in ("Aggregation", "CombinationMethod", "AbsentPolicy", "EvidenceGrade", "Normalisation", "WeightLevel"):
        assert [member.value for member in getattr(smartcert, name)]


DATA = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [3.0, 1.0, 2.0], "people": [10, 20, 30]}, index=["x", "y", "z"])
TREE: list[dict[str, Any]] = [{"name": "i", "parent": ""}, {"name": "a", "parent": "i"}, {"name": "b", "parent": "i"}]


def with_cells(**cells: object) -> list[dict[str, Any]]:
    """Return the structure with these cells in the row of indicator ``a``, those of the index as ``i_mean``."""
    rows = [dict(row) for row in TREE]
    for name, value in cells.items():
        rows[0 if name.startswith("i_") else 1][name.removeprefix("i_")] = value
    return rows


STRUCTURES: list[tuple[list[dict[str, Any]], str]] = [
    (with_cells(mean="geometric"), "'geometric' for an indicator"),
    (with_cells(available=0.5), "'0.5' for an indicator"),
    (with_cells(i_direction=0), "1 or -1"),
    (with_cells(i_normal="goalposts", i_low=1), "goalposts needs it"),
    (with_cells(i_per="people"), "'people' for a group"),
    (with_cells(i_effect="bonus"), "it has no group"),
    (with_cells(effect="penal"), "penalty"),
    (with_cells(power=2), "'2.0' for an indicator|'2' for an indicator"),
    (with_cells(i_power=2), "does not read it"),
    (with_cells(normal="rank", bottom=1, top=100), "rank does not read bottom, top"),
    (with_cells(bottom=1), "bottom is below top"),
    (with_cells(normal="dist2ref"), "a reference is given by a Scale"),
    (with_cells(i_available=0), "above 0 up to 1"),
    (with_cells(i_available=1.5), "above 0 up to 1"),
    (with_cells(i_mean="geometrical"), "geometric"),
    (with_cells(weight=-1), "0 or more"),
    (with_cells(weight=float("inf")), "a finite number"),
    (with_cells(weight="much"), "a number"),
    ([TREE[0], *({**row, "weight": 0} for row in TREE[1:])], "no weight in any part of 'i'"),
    (with_cells(direction=0), "1 or -1"),
    (with_cells(normal="goalposts", low=1), "goalposts needs it"),
    (with_cells(normal="goalposts", low=2, high=2), "low below high"),
    (with_cells(low=1, high=2), "minmax does not read low, high"),
    (with_cells(normal="distance", high=0), "above 0"),
    (with_cells(normal="goalposts", low=0, high=2, transform="log"), "more than 0"),
    (with_cells(per="persons"), "a column of the data"),
    ([*TREE, {"name": 3, "parent": "i"}], "3; a text|3 .*a text|a text"),
    ([*TREE, TREE[1]], "more than once"),
    ([{"name": "i"}], "no such column"),
    ([{"name": "rank", "parent": ""}, {"name": "a", "parent": "rank"}], "a column of that name"),
]


@pytest.mark.parametrize(("rows", "said"), STRUCTURES)
def test_a_structure_that_means_nothing_is_refused(rows: list[dict[str, Any]], said: str) -> None:
    with pytest.raises(InputError, match=said):
        Index.from_tables(DATA, pd.DataFrame(rows))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (DATA.assign(a=["1", "2", "3"]), "'1'.*a finite number"),
        (DATA.assign(a=[True, False, True]), "True.*a finite number"),
        (DATA.assign(a=[1.0, np.inf, 2.0]), "y, a.*inf"),
        (DATA.set_axis(["x", "x", "z"]), "the unit 'x' more than once"),
        (DATA.set_axis(["a", "a", "people"], axis=1), "occurs twice|a column of the data"),
    ],
)
def test_data_that_are_none_are_refused_with_their_cell(data: pd.DataFrame, said: str) -> None:
    with pytest.raises(InputError, match=said):
        Index.from_tables(data, pd.DataFrame(TREE))


@pytest.mark.parametrize(("cells", "said"), [({"per": "people"}, "divided by"), ({"transform": "log"}, "logarithm")])
def test_what_has_no_quotient_or_logarithm_is_refused_with_its_cell(cells: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=rf"y, .*more than 0, as .*{said}"):
        Index.from_tables(DATA.assign(people=[1, 0, 2], a=[1.0, 0.0, 2.0]), pd.DataFrame(with_cells(**cells)))


def test_what_is_given_is_not_altered_and_what_is_returned_may_be() -> None:
    data = DATA.copy()
    index = Index.from_tables(data, pd.DataFrame(TREE))
    before = index.values
    data.loc["x", "a"] = 100.0
    altered = index.values
    altered.loc["x", "i"] = 100.0
    pd.testing.assert_frame_equal(index.values, before)


weighted = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=40)


@given(weighted, st.sampled_from([(0.1, 0.2, 0.7), (1 / 3, 1 / 3, 1 / 3), (0.15, 0.25, 0.6)]))
def test_units_that_are_equal_on_paper_share_a_rank(rows: list[tuple[int, ...]], shares: tuple[float, ...]) -> None:
    table = np.array(rows, dtype=float)
    sums = sum(share * table[:, column] for column, share in enumerate(shares))
    exact = [sum(round(share * 60) * row[column] for column, share in enumerate(shares)) for row in rows]
    assert (
        competition_ranks_of(np.asarray(sums)).tolist()
        == scipy.stats.rankdata([-value for value in exact], "min").tolist()
    )
    assert mean_ranks(np.asarray(sums)).tolist() == scipy.stats.rankdata(exact).tolist()


@given(st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=20), st.integers(0, 3))
def test_a_half_goes_away_from_zero(numbers: list[int], digits: int) -> None:
    halves = np.array([(2 * number + 1) / 2 / 10**digits for number in numbers])
    wanted = [(number + 1 if number >= 0 else number) / 10**digits for number in numbers]
    assert round_half_up(halves, digits).tolist() == wanted


def _round_tiny(value: float) -> float:
    return value if abs(value) > 1e-59 else 0.0


columns = st.lists(
    st.one_of(
        st.just(np.nan),
        st.sampled_from([0.0, 1.0, -1.0, 0.1 + 0.2, 0.3, 1e-12, 1e9]),
        st.floats(-1e6, 1e6).map(_round_tiny),
    ),
    min_size=0,
    max_size=12,
)


@given(columns, st.sampled_from(list(Normalisation)), st.sampled_from([1, -1]))
def test_a_scale_is_monotone_and_finite_or_refused(values: list[float], way: Normalisation, direction: int) -> None:
    column = np.array(values, dtype=float)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            scaled = normalise(column, way, direction, 10.0, 50.0)
        except UsageError:
            return
    known = ~np.isnan(column)
    assert (np.isnan(scaled) == ~known).all()
    assert np.isfinite(scaled[known]).all()
    order = np.argsort(direction * column[known], kind="stable")
    assert (np.diff(scaled[known][order]) >= -1e-9 * max(1.0, np.abs(scaled[known]).max(initial=0.0))).all()


extreme_columns = st.lists(st.one_of(st.sampled_from([1e-83, 1e80, 0.0, 1.0, 2.0]), st.floats(-1e6, 1e6)), max_size=12)


@given(st.lists(columns | extreme_columns, min_size=1, max_size=4))
def test_every_statistic_over_edges_is_finite_or_refused(lists: list[list[float]]) -> None:
    shortest = min(map(len, lists))
    table = pd.DataFrame({f"c{number}": column[:shortest] for number, column in enumerate(lists)}, dtype=float)
    sizes = table.abs().to_numpy()
    if ((sizes > 1e60) | ((sizes > 0) & (sizes < 1e-60))).any():
        for refuse in (
            coherence.IndicatorTable.from_shares,
            coherence.describe,
            lambda part: coherence.correlations(part, {}),
        ):
            with pytest.raises(UsageError, match="take another unit"):
                refuse(table)
        return
    own = coherence.IndicatorTable.from_shares(table)
    for compute in (
        lambda: coherence.cronbach_alpha(table),
        lambda: coherence.cronbach_alpha(table, standardise=True),
        lambda: coherence.principal_components(table)[0].to_numpy(),
        lambda: weights.entropy_weights(own).to_numpy(),
        lambda: weights.pca_weights(own).to_numpy(),
        lambda: weights.equal_weights(own).to_numpy(),
        lambda: treat(table).values.fillna(0.0).to_numpy(),
        lambda: coherence.measure_importance(own)["importance"].to_numpy(),
    ):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                figures = compute()
            except UsageError:
                continue
        assert np.isfinite(figures).all()
    assert (coherence.correlations(table, {})["correlation"].abs().dropna() <= 1 + 1e-9).all()
    coherence.describe(table)
    assert coherence.measure_reliability(own).loc["", "reason"] is not None


NUMBERS = pd.DataFrame({"a": [1.0, 2, 4, 3, 7], "b": [2.0, 1, 5, 3, 3]}, index=list("vwxyz"))
NO_NUMBERS: dict[str, tuple[pd.DataFrame, str]] = {
    "texts": (NUMBERS.astype(str), "'1.0', which is no number; `pandas.to_numeric`"),
    "percentages as texts": (NUMBERS.astype(str) + "%", "'1.0%', which is no number"),
    "a text": (NUMBERS.astype(object).replace({4.0: "4"}), "'a' of 'x' is '4'"),
    "truths": (NUMBERS > 2, "is False, which is no number"),
    "complex numbers": (NUMBERS + 1j, "which is no number"),
    "days": (NUMBERS.assign(a=pd.date_range("2020-01-01", periods=5)), "'a' of 'v' is Timestamp"),
    "spans": (NUMBERS.assign(a=pd.to_timedelta(range(5), unit="D")), "'a' of 'v' is Timedelta"),
    "an infinity": (NUMBERS.replace(4.0, -np.inf), "'a' of 'x' is infinite"),
    "a fourth power lost": (NUMBERS * 1e90, "take another unit"),
    "numbers as names": (NUMBERS.set_axis([1, 2], axis=1), "column 1 is not named by a text"),
    "a number as a name": (NUMBERS.set_axis(["a", 2], axis=1), "column 2 is not named by a text"),
    "names on two levels": (NUMBERS.set_axis(pd.MultiIndex.from_tuples([("a", "b"), ("a", "c")]), axis=1), "text"),
    "a column twice": (NUMBERS.set_axis(["a", "a"], axis=1), "column 'a' occurs more than once"),
    "a unit twice": (NUMBERS.set_axis(list("vvxyz")), "unit 'v' occurs more than once"),
    "a unit without a name": (NUMBERS.set_axis([None, *"wxyz"]), "a unit has no name"),
}
TAKE_A_TABLE = (
    *(smartcert.IndicatorTable.from_shares, smartcert.moments, smartcert.outliers, smartcert.treat, smartcert.impute),
    *(smartcert.screen_units, smartcert.budget_weights, smartcert.alpha_interval),
)


@pytest.mark.parametrize("what", NO_NUMBERS)
def test_what_is_no_table_of_numbers_is_refused_with_its_cell_by_everything_that_takes_one(what: str) -> None:
    table, said = NO_NUMBERS[what]
    for take in TAKE_A_TABLE:
        with pytest.raises(UsageError, match=re.escape(said)):
            take(table)


@pytest.mark.parametrize(
    "table",
    [
        NUMBERS.astype(int),
        NUMBERS.astype("Int64").mask(NUMBERS == 4),
        NUMBERS.astype("float32"),
        NUMBERS.astype(object).mask(NUMBERS == 4, None),
        NUMBERS.astype(int).astype("category"),
        NUMBERS.map(Fraction),
        NUMBERS.map(Decimal),
        NUMBERS.iloc[::-1],
    ],
)
def test_numbers_of_any_type_and_order_give_the_same(table: pd.DataFrame) -> None:
    plain = NUMBERS.mask(table.reindex(NUMBERS.index).isna())
    for take in (smartcert.moments, smartcert.screen_units, smartcert.impute):
        own, wanted = take(table), take(plain)
        own, wanted = (getattr(result, "table", result) for result in (own, wanted))
        pd.testing.assert_frame_equal(own.reindex(wanted.index), wanted)


def test_a_column_of_the_data_that_is_named_by_a_number_is_not_the_one_of_the_structure() -> None:
    structure = pd.DataFrame({"name": ["i", "1", "2"], "parent": ["", "i", "i"]})
    with pytest.raises(InputError, match="named by a text, not by 1"):
        smartcert.Index.from_tables(NUMBERS.set_axis([1, 2], axis=1), structure)


def test_nothing_varies_that_differs_by_the_error_of_floats_only() -> None:
    assert not varies(np.array([0.1 + 0.2, 0.3]))
    assert not varies(np.array([np.nan, 1.0]))
    assert varies(np.array([1e-12, 2e-12]))


def test_ranks_of_twenty_thousand_units_take_no_time() -> None:
    column = np.random.default_rng(1).integers(0, 5000, 20_000) / 7
    began = process_time()
    shares = normalise(column, Normalisation.RANK)
    assert process_time() - began < 0.5  # comparing each with each took half a second and 400 MB
    assert shares.tolist() == pytest.approx(((scipy.stats.rankdata(column) - 1) / 19_999).tolist())


INDEX = Index.from_tables(
    pd.DataFrame({"a": [1.0, 2.0, np.nan, 4.0], "b": [4.0, 3.0, 2.0, 2.0], "group": list("ssll")}, index=list("wxyz")),
    pd.DataFrame(TREE),
)

PANEL = pd.DataFrame(
    {"a": [1.0, np.nan, 4.0]}, index=pd.MultiIndex.from_product([["x"], [2020, 2021, 2025]], names=["unit", "year"])
)

ROUND_ARRAYS = smartcert.arrays(example())
SHARES = smartcert.IndicatorTable.from_shares(FLAT)

CHOICES: dict[str, tuple[Callable[[], object], str]] = {
    "a choice that is none": (lambda: INDEX.change(imput="mean"), "no choice 'imput'.*impute"),
    "an imputation": (lambda: INDEX.change(impute="averge"), "no imputation 'averge'"),
    "groups that are not said": (lambda: INDEX.change(impute="group_mean"), "groups names the column"),
    "groups that are no column": (lambda: INDEX.change(impute="group_mean", groups="grop"), "no column 'grop'.*group"),
    "a treatment": (lambda: INDEX.change(treat=5), "a Treatment"),
    "a treatment of what is not there": (lambda: INDEX.change(treat={"c": None}), "treat: no 'c'"),
    "a scale": (lambda: INDEX.change(scale="minimax"), "no normalisation 'minimax'.*minmax"),
    "a scale of what is not there": (lambda: INDEX.change(scale={"c": "rank"}), "scale: no 'c'"),
    "a mean": (lambda: INDEX.change(mean="arithmetical"), "no mean 'arithmetical'.*arithmetic"),
    "a mean of an indicator": (lambda: INDEX.change(mean={"a": "median"}), "mean: no 'a'"),
    "weights of what is not there": (lambda: INDEX.change(weights={"c": 1.0}), "weights: no 'c'"),
    "a weight below 0": (lambda: INDEX.change(weights={"a": -1.0}), "0 or more"),
    "nothing left": (lambda: INDEX.change(leave_out=("a", "b")), "nothing of the index would be left"),
    "an availability": (lambda: INDEX.change(available=1.5), "a share from 0 to 1"),
    "a power": (lambda: INDEX.change(power=float("nan")), "a finite number"),
    "ranks of what is not there": (lambda: INDEX.ranks(of="c"), "no group or indicator 'c'"),
    "ranks within what is not there": (lambda: INDEX.ranks(within="c"), "no column 'c'"),
    "levels that ascend": (lambda: INDEX.levels({"low": 0.2, "high": 0.8}, "none"), "lower from level to level"),
    "a unit that is none": (lambda: INDEX.describe_unit("q"), "no unit 'q'"),
    "a plan of one alternative": (
        lambda: smartcert.IndexPlan(index=INDEX, choices={"mean": ["median"]}),
        "two or more",
    ),
    "a plan of a word": (lambda: smartcert.IndexPlan(index=INDEX, choices={"mean": "median"}), "two or more"),
    "noise of a mean": (
        lambda: smartcert.IndexPlan(index=INDEX, choices={"mean": smartcert.WeightNoise()}),
        "is for weights",
    ),
    "a power that no mean reads": (
        lambda: smartcert.IndexPlan(index=INDEX, choices={"power": [1, 2], "mean": ["median", "geometric"]}),
        "only a power mean reads it",
    ),
    "a plan of nothing": (lambda: smartcert.IndexPlan(index=INDEX, choices={}), "alternatives by the name"),
    "one index alone": (lambda: smartcert.compare_indices({"own": INDEX}), "two or more indices"),
    "a removal of what is not there": (lambda: smartcert.remove_elements(INDEX, ["c"]), "no group or indicator 'c'"),
    "noise of nothing": (lambda: smartcert.WeightNoise(percent=0), "more than 0"),
    "an interval upside down": (lambda: smartcert.Between(low=1, high=0), "low is below high"),
    "a transform": (lambda: smartcert.Treatment(then="logs"), "no transform 'logs'"),  # type: ignore[arg-type]
    "goalposts without numbers": (lambda: smartcert.Scale(method="goalposts"), "two finite numbers"),  # type: ignore[arg-type]
    "a scale that does not read": (lambda: smartcert.Scale(method="rank", top=9), "does not read top"),  # type: ignore[arg-type]
    "a panel without years": (
        lambda: smartcert.IndexPanel.from_tables(INDEX.data, pd.DataFrame(TREE)),
        "rows by unit and year",
    ),
    "a budget of nothing": (lambda: smartcert.budget_weights(pd.DataFrame({"a": [0.0]}, index=["kim"])), "no points"),
    "importances of what is not there": (
        lambda: smartcert.optimise_weights(INDEX, {"c": 1.0}),
        "an importance for each",
    ),
    "a way to fill": (lambda: smartcert.impute(FLAT, "averge"), "no imputation"),  # type: ignore[arg-type]
    "fill without groups": (lambda: smartcert.impute(FLAT * np.nan, "group_mean"), "needs the group"),  # type: ignore[arg-type]
    "groups that nothing reads": (lambda: smartcert.impute(FLAT, "mean", [1, 1, 2, 2]), "mean does not read"),  # type: ignore[arg-type]
    "groups of other units": (
        lambda: smartcert.impute(FLAT, "group_mean", pd.Series(list("ppqq"), index=list("abcd"))),  # type: ignore[arg-type]
        "names each unit of the table once",
    ),
    "a distance that nothing reads": (
        lambda: smartcert.impute_panel(PANEL, "linear", furthest=2),  # type: ignore[arg-type]
        "linear does not read it",
    ),
    "a distance without a way to fill": (
        lambda: smartcert.IndexPanel.from_tables(PANEL, pd.DataFrame(TREE[:2]), furthest=2),
        "furthest: .* give impute",
    ),
    "a power of a logarithm": (lambda: smartcert.Treatment(then="log", lam=0.2), "lam: log does not read it"),  # type: ignore[arg-type]
    "more digits than a float has": (lambda: INDEX.ranks(400), "digits: 15 at most"),
    "weights of which none is above 0": (lambda: INDEX.change(weights={"a": 0, "b": 0}), "weights: no part"),
    "a change with the name of a column": (
        lambda: smartcert.compare(ROUND_ARRAYS, {"level": smartcert.Change(bounds={3: 65})}),
        "not named 'level'",
    ),
    "a draw between two": (lambda: smartcert.Draws(ROUND_ARRAYS, Plan()).draw(1.5), "int is wanted"),  # type: ignore[arg-type]
    "weights that say nothing of a domain": (
        lambda: smartcert.weights(ROUND_ARRAYS, {"own": pd.Series({"D1": 0.5, "D2-1": 0.5})}),
        "they sum up to one, but D2, D3 have none",
    ),
    "weights that name one twice": (
        lambda: smartcert.weights(ROUND_ARRAYS, {"own": pd.Series([0.5, 0.5], index=["D1", "D1"])}),
        "each id once, not 'D1' again",
    ),
    "a scorer of another round": (
        lambda: smartcert.what_if(ROUND_ARRAYS, None, Scorer(ROUND_ARRAYS.select(0))),
        "one of other arrays",
    ),
    "a standard of another round": (
        lambda: smartcert.burden(example(), smartcert.IndicatorTable.from_shares(FLAT)),
        "indicators that the round does not have",
    ),
    "a measure that gives several": (
        lambda: smartcert.resample_agreement(np.arange(30.0).reshape(10, 3), smartcert.icc, 100),  # type: ignore[arg-type]
        "returns one AgreementRow",
    ),
    "a table of indicators whose totals are of other units": (
        lambda: replace(SHARES, totals=SHARES.totals.iloc[::-1]),
        "totals: .* in their order",
    ),
    "a table of indicators with the weights of others": (
        lambda: replace(SHARES, weights=SHARES.weights.iloc[::-1]),
        "weights: one for each",
    ),
    "a table of indicators with a group of others": (
        lambda: replace(SHARES, items={"g": ["a", "c"]}),
        "groups: no indicator 'c'",
    ),
    "totals of an unknown source": (lambda: replace(SHARES, totals_of="rounds"), "no source of totals.*round"),  # type: ignore[arg-type]
    "shares without weight": (
        lambda: smartcert.IndicatorTable.from_shares(FLAT, {"a": 0, "b": 0}),
        "at least one above 0",
    ),
    "an indicator in two groups": (
        lambda: smartcert.IndicatorTable.from_shares(FLAT, groups={"g": ["a", "b"], "h": ["b"]}),
        "stands in one group, once",
    ),
    "ratios of marks below 0": (
        lambda: smartcert.krippendorff_alpha(np.array([[-1.0, 1]] * 6), "ratio"),  # type: ignore[arg-type]
        "0 or more",
    ),
    "fill by too few": (lambda: smartcert.impute(FLAT.where(FLAT > 1).head(3), "em"), "EM over 2"),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("what", CHOICES)
def test_a_choice_of_an_index_that_means_nothing_is_refused(what: str) -> None:
    make, said = CHOICES[what]
    with pytest.raises(UsageError, match=said):
        make()


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (("kim", "A", "B", np.nan), "2 .ratio.*a number or fraction"),
        ((None, "A", "B", "3"), "2 .expert.*a name"),
        (("kim", "A", None, "3"), "2 .right.*a name"),
        (("kim", " ", "B", "3"), "2 .left.*a name"),
    ],
)
def test_a_comparison_without_a_name_or_a_ratio_is_refused(row: tuple[object, ...], said: str) -> None:
    with pytest.raises(InputError, match=said):
        smartcert.ahp_weights(pd.DataFrame([row], columns=["expert", "left", "right", "ratio"]))


@pytest.mark.parametrize(
    "years",
    [
        ["2020", "2021"],
        [True, False],
        pd.to_datetime(["2020-01-01", "2021-01-01"]),
        pd.period_range("2020", periods=2, freq="Y"),
        [2020.0, np.inf],
    ],
)
def test_years_that_are_no_numbers_are_refused_and_no_slope_is_per_nanosecond(years: Any) -> None:
    rows = pd.MultiIndex.from_product([["x", "y"], years], names=["unit", "year"])
    data = pd.DataFrame({"a": [1.0, 2, 3, 5]}, index=rows)
    for use in (
        lambda: smartcert.IndexPanel.from_tables(data, pd.DataFrame(TREE[:2])),
        lambda: smartcert.impute_panel(data),
    ):
        with pytest.raises(UsageError, match="the years of a panel are numbers, not"):
            use()


def test_a_scale_of_logarithms_has_no_bound_at_nothing() -> None:
    index = Index.from_tables(DATA, pd.DataFrame(with_cells(transform="log")))
    for scale in (smartcert.Scale(method="scaled", low=0, high=9), smartcert.Scale(method="dist2targ", high=-1)):  # type: ignore[arg-type]
        with pytest.raises(UsageError, match="'a': a bound of more than 0"):
            _ = index.change(scale={"a": scale}).values
    own = index.change(scale={"a": smartcert.Scale(method="scaled", low=1, high=9)}).normal["a"]  # type: ignore[arg-type]
    assert own.tolist() == pytest.approx([0, np.log(2) / np.log(9), np.log(3) / np.log(9)])


def test_a_choice_does_not_follow_what_is_done_to_the_mapping_that_it_was_given() -> None:
    weights, treatments = {"a": 3.0}, {"a": smartcert.Treatment(most=1)}
    method = smartcert.IndexMethod(weights=weights, treat=treatments)
    points, bounds = {"D1": 900.0}, {3: 65.0}
    change = smartcert.Change(weights=points, bounds=bounds)
    weights["a"], points["D1"], bounds[3] = -1.0, -1.0, 700.0
    treatments.clear()
    assert (method.weights, method.treat) == ({"a": 3.0}, {"a": smartcert.Treatment(most=1)})
    assert (change.weights, change.bounds) == ({"D1": 900.0}, {3: 65.0})


def test_problems_stand_in_the_order_in_which_they_were_found() -> None:
    with pytest.raises(InputError) as raised:
        Index.from_tables(DATA.assign(a="?", b="?"), pd.DataFrame(TREE))
    units = [str(problem.place.field) for problem in raised.value.problems]
    assert units == ["x, a", "y, a", "z, a", "x, b", "y, b", "z, b"]


@given(st.permutations(range(6)), st.lists(st.sampled_from("pqr"), min_size=6, max_size=6))
def test_groups_by_name_go_with_their_units_in_any_order(order: list[int], keys: list[str]) -> None:
    units = list("uvwxyz")
    table = pd.DataFrame({"a": [1.0, np.nan, 3, 4, np.nan, 6]}, index=units)
    groups = pd.Series(keys, index=units)
    by_list = smartcert.impute(table, "group_mean", keys)  # type: ignore[arg-type]
    by_name = smartcert.impute(table, "group_mean", groups.iloc[order])  # type: ignore[arg-type]
    pd.testing.assert_frame_equal(by_list, by_name)


@given(st.integers(0, 999).map(lambda number: number / 1000), st.sampled_from(["float16", "float32", "Float32"]))
def test_a_float_of_few_bits_is_the_decimal_that_it_prints(bound: float, kind: str) -> None:
    bound = float(str(np.float16(bound))) if kind == "float16" else bound
    short = pd.DataFrame({"a": pd.Series([bound, 2.0], index=["x", "y"]).astype(kind)})
    scale = {"kind": "bands", "bands": [{"at_least": bound, "points": 10}], "otherwise": 0}
    assert smartcert.score({"indicators": [{"id": "a", "points": 10, "scale": scale}]}, short).totals["x"] == 10
    rows = short.reset_index(names="applicant").melt("applicant", var_name="indicator")
    assert smartcert.score({"indicators": [{"id": "a", "points": 10, "scale": scale}]}, rows).totals["x"] == 10
    structure = pd.DataFrame({"name": ["i", "a"], "parent": ["", "i"], "normal": ["", "none"]})
    index = Index.from_tables(short, structure)
    assert index.values.loc["x", "i"] == bound
    assert index.levels({"high": 2.0, "low": bound} if bound < 2 else {}, "none").tolist() == ["low", "high"]
    assert smartcert.moments(short).table.loc["a", "lowest"] == bound


@given(
    st.lists(st.sampled_from([0.0, 1.0, 1.001, 400.0, 0.1 + 0.2, 0.3]), min_size=1, max_size=8),
    st.sampled_from([1e-50, 1.0, 1e9, 1e11]),
)
def test_a_much_larger_value_makes_no_others_equal(values: list[float], size: float) -> None:
    column = np.array([*values, 3.0]) * size
    alone = competition_ranks_of(column)
    beside = competition_ranks_of(np.array([*column, column.max() * 1e5]))
    assert beside.tolist() == [*(alone + 1).tolist(), 1.0]
    merged = np.unique(np.round(column / size, 9)).size
    assert np.unique(alone).size == merged


@given(st.integers(0, 15), st.integers(0, 10**6))
def test_rounding_to_many_digits_leaves_a_number_as_it_is(digits: int, number: int) -> None:
    assert round_half_up(np.array([float(number)]), digits).tolist() == [float(number)]


@given(
    st.lists(columns, min_size=2, max_size=3),
    st.sampled_from(list(smartcert.IndexAggregation)),
    st.sampled_from(["mean", "median", "em", "none"]),
    st.sampled_from([*smartcert.Transform, None]),
    st.sampled_from(["minmax", "zscore", "rank", "ordinal", "borda", "prank", "fracmax", "dist2max", "none"]),
)
def test_an_index_of_any_columns_is_finite_or_missing_or_refused(
    lists: list[list[float]], mean: str, imputation: str, then: str | None, scale: str
) -> None:
    shortest = min(map(len, lists))
    names = [f"c{number}" for number in range(len(lists))]
    data = pd.DataFrame({name: column[:shortest] for name, column in zip(names, lists, strict=True)}, dtype=float)
    rows = [{"name": "i", "parent": ""}, *({"name": name, "parent": "i"} for name in names)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            index = Index.from_tables(data, pd.DataFrame(rows)).change(
                impute=imputation,
                treat=None if then is None else smartcert.Treatment(most=2, then=then),  # type: ignore[arg-type]
                scale=scale,
                mean=mean,
            )
            values, ranks = index.values["i"], index.ranks()
            for unit in data.index:
                index.strengths(unit)
                index.describe_unit(unit)
        except UsageError:
            return
    assert not np.isinf(values).any()
    assert (values.isna() == ranks.isna()).all()
    best = values.max()
    assert ranks[values == best].eq(1).all()


@given(st.lists(columns, min_size=1, max_size=3), st.sampled_from(list(smartcert.Transform)), st.integers(0, 4))
def test_treatment_and_imputation_leave_what_is_known_in_order(
    lists: list[list[float]], then: smartcert.Transform, most: int
) -> None:
    shortest = min(map(len, lists))
    table = pd.DataFrame({f"c{number}": column[:shortest] for number, column in enumerate(lists)}, dtype=float)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        treated = smartcert.treat(table, smartcert.Treatment(most=most, then=then)).values
        filled = smartcert.impute(table, "median")  # type: ignore[arg-type]
    assert (treated.isna() == table.isna()).all(axis=None)
    for name in table:
        order = table[name].dropna().sort_values(kind="stable").index
        assert treated.loc[order, name].is_monotonic_increasing
    known = table.notna()
    assert filled.where(known).equals(table.where(known))
    assert filled.isna().any().equals(table.isna().all() & (len(table) > 0))


def test_the_shift_of_a_rank_is_of_the_units_that_have_one() -> None:
    rows = pd.DataFrame({"a": [9.0, 2, 4, 3, 7, 5], "b": [np.nan, 3, 1, 2, 5, 4]}, index=list("uvwxyz"))
    structure = pd.DataFrame({"name": ["i", "a", "b"], "parent": ["", "i", "i"], "available": [0.5, None, None]})
    plan = smartcert.IndexPlan(index=Index.from_tables(rows, structure), choices={"available": [0.0, 0.9]})
    # in half of the runs u, the first, has no rank, and each of the five others moves by one place
    assert plan.sensitivity(16).mean == pytest.approx(0.5, abs=0.05)


def test_a_run_that_ranks_nobody_who_was_ranked_is_refused() -> None:
    gap = np.nan
    rows = pd.DataFrame({"a": [1.0, 2, gap, gap], "b": [2.0, 1, 4, 3], "c": [gap, gap, 1, 2]}, index=list("wxyz"))
    structure = pd.DataFrame({"name": ["i", *"abc"], "parent": ["", *"iii"]})
    index = Index.from_tables(rows, structure, smartcert.IndexMethod(leave_out=("c",)))
    plan = smartcert.IndexPlan(index=index, choices={"leave_out": [("c",), ("a",)]})
    with pytest.raises(UsageError, match="leaves no unit with a rank"):
        plan.sensitivity(16)


def test_a_power_may_vary_beside_means_of_which_one_reads_it() -> None:
    plan = smartcert.IndexPlan(index=INDEX, choices={"power": [1, 2], "mean": ["power", "geometric"]})
    assert plan.run(4).ranks.shape == (4, 4)
