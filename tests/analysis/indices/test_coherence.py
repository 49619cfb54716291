"""The audit of a standard: statistics against closed forms and textbook figures, flags where they belong."""

import numpy as np
import pandas as pd
import pytest
import scipy
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from smartcert.analysis import frames
from smartcert.analysis.indices import coherence
from smartcert.analysis.indices.coherence import (
    GapHandling,
    correlation_ratio,
    correlations,
    cronbach_alpha,
    describe,
    principal_components,
)
from smartcert.analysis.indices.treat import treat
from smartcert.analysis.indices.weights import (
    compare_weights,
    entropy_weights,
    equal_weights,
    named_weights,
    pca_weights,
)
from smartcert.analysis.vectorised import from_round
from smartcert.errors import UsageError
from tests.support.big_round import big_arrays
from tests.support.build import example

RNG = np.random.default_rng(7)


def standard_of(table: pd.DataFrame, weights: list[float] | None = None) -> coherence.IndicatorTable:
    own = dict(zip(table.columns, weights or [1.0] * table.shape[1], strict=True))
    return coherence.IndicatorTable.from_shares(table, own, {"I": list(table.columns)})


def test_the_moments_are_those_of_the_sample() -> None:
    made = describe(pd.DataFrame({"x": [1.0, 2, 3, 4, 100], "y": [1.0, np.nan, 2, np.nan, 3]}))
    assert made.loc["x", "skewness"] == pytest.approx(2.2325, abs=1e-3)
    assert made.loc["x", "kurtosis"] == pytest.approx(4.987, abs=1e-2)
    assert (made.loc["x", "outliers"], made.loc["y", "outliers"]) == (True, False)
    assert (made.loc["y", "available"], made.loc["y", "number"]) == (0.6, 3)


@pytest.mark.parametrize("number", [4, 30])
def test_skewness_kurtosis_and_correlations_are_those_of_scipy(number: int) -> None:
    table = pd.DataFrame(np.random.default_rng(number).lognormal(size=(number, 2)), columns=["x", "y"])
    made = describe(table)
    assert made["skewness"].tolist() == pytest.approx(scipy.stats.skew(table, bias=False).tolist())
    assert made["kurtosis"].tolist() == pytest.approx(scipy.stats.kurtosis(table, bias=False).tolist())
    pair = correlations(table, {}).iloc[0]
    assert pair["correlation"] == pytest.approx(scipy.stats.pearsonr(table["x"], table["y"]).statistic)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # pandas' own, of fewer units than two
@given(
    values=arrays(np.float64, (8, 4), elements=st.sampled_from([0.0, 0.25, 1 / 3, 0.5, 0.7, 1.0, np.nan])),
    gaps=st.sampled_from(GapHandling),
    standardise=st.booleans(),
)
def test_alpha_and_the_commonest_share_are_those_of_plain_pandas(
    values: np.ndarray, gaps: GapHandling, standardise: bool
) -> None:
    table = pd.DataFrame(values, columns=list("abcd"))
    chosen = table.dropna() if gaps is GapHandling.LISTWISE else table
    covariance = (chosen.corr() if standardise else chosen.cov()).to_numpy()
    try:
        alpha = cronbach_alpha(table, gaps, standardise)
    except UsageError:
        present = chosen.notna().astype(int)
        total = covariance.sum()  # few units, or columns of which none varies, or none with the others
        assert (present.T @ present).to_numpy().min() < 3 or not total > 1e-9 * max(np.trace(covariance), 1e-300)
    else:
        assert alpha == 4 / 3 * (1 - np.trace(covariance) / covariance.sum())
    commonest = coherence.measure_separation(standard_of(table))["commonest"]
    counts = {name: table[name].value_counts(normalize=True).max() for name in table}
    assert np.array_equal(commonest, pd.Series(counts, dtype=float), equal_nan=True)


def test_an_outlier_is_drawn_in_and_told_with_before_and_after() -> None:
    table = pd.DataFrame({"x": [*np.linspace(0, 1, 30), 50.0], "y": np.linspace(0, 1, 31)})
    result = treat(table)
    made = result.values
    assert result.changed.to_dict("records") == [{"unit": 30, "indicator": "x", "before": 50.0, "after": 1.0}]
    assert not result.table.loc["x", "outliers"]
    assert table.at[30, "x"] == 50.0
    assert made["y"].equals(table["y"])


def test_pairs_are_flagged_as_negative_weak_or_redundant() -> None:
    x = RNG.normal(size=500)
    table = pd.DataFrame({"a": x, "b": 2 * x + 1, "c": -x + RNG.normal(size=500), "d": RNG.normal(size=500), "e": 1.0})
    made = correlations(table, {"one": ["a", "b", "d"], "two": ["c", "e"]}).set_index(["first", "second"])["flag"]
    assert made["a", "b"] == "redundant"
    assert made["a", "c"] == "negative"
    assert made["a", "d"] == "weak"
    assert made["c", "d"] == ""
    assert made["d", "e"] == "constant"


def test_alpha_of_parallel_tests_is_the_formula_of_spearman_and_brown() -> None:
    true = RNG.normal(size=200_000)
    table = pd.DataFrame({k: true + RNG.normal(size=true.size) for k in "abcd"})
    assert cronbach_alpha(table) == pytest.approx(4 * 0.5 / (1 + 3 * 0.5), abs=5e-3)
    assert cronbach_alpha(pd.DataFrame({"a": true, "b": true, "c": true})) == pytest.approx(1)


def test_alpha_is_listwise_or_pairwise_as_named_and_refused_where_units_are_missing() -> None:
    table = pd.DataFrame({"a": [1.0, 2, 3, 4, 5, np.nan], "b": [2.0, 1, 4, 3, np.nan, 6], "c": [1.0, 3, 2, 5, 4, 6]})
    assert cronbach_alpha(table) == pytest.approx(cronbach_alpha(table.dropna()))
    assert cronbach_alpha(table, GapHandling.PAIRWISE) != pytest.approx(cronbach_alpha(table))
    with pytest.raises(UsageError, match=r"\(listwise\) needs at least three units, there are 0"):
        cronbach_alpha(table.where(np.eye(6, 3) == 0).iloc[:3])
    with pytest.raises(UsageError, match="at least two indicators"):
        cronbach_alpha(table[["a"]])


def test_components_of_an_equicorrelated_matrix_have_their_closed_form() -> None:
    base = np.linalg.qr(RNG.normal(size=(400, 4)) - 0)[0]
    base -= base.mean(axis=0)
    base = np.linalg.qr(base)[0]
    matrix = np.full((4, 4), 0.5) + 0.5 * np.eye(4)
    explained, loadings = principal_components(pd.DataFrame(base @ np.linalg.cholesky(matrix).T, columns=list("abcd")))
    assert np.allclose(explained["eigenvalue"], [2.5, 0.5, 0.5, 0.5], atol=1e-9)
    assert np.allclose(loadings[1], np.sqrt(2.5) / 2)
    assert explained["cumulated"].iloc[-1] == pytest.approx(1)


def test_the_correlation_ratio_sees_a_curve_that_no_correlation_sees() -> None:
    x = RNG.uniform(-1, 1, 2000)
    y = x**2
    assert abs(np.corrcoef(x, y)[0, 1]) < 0.1
    assert correlation_ratio(x, y) > 0.9
    assert correlation_ratio(x, RNG.normal(size=2000)) < 0.05
    assert correlation_ratio(np.repeat([0.0, 1.0], 10), np.repeat([3.0, 5.0], 10)) == pytest.approx(1)
    assert correlation_ratio(x, 2 * x + RNG.normal(size=2000) * np.sqrt(4 / 3)) == pytest.approx(0.5, abs=0.06)
    with pytest.raises(UsageError, match="at least ten units"):
        correlation_ratio(x[:5], y[:5])


def test_effective_weights_of_independent_indicators_are_those_of_their_variances() -> None:
    table = pd.DataFrame({"a": RNG.normal(size=50_000), "b": RNG.normal(size=50_000)})
    made = coherence.measure_importance(standard_of(table.iloc[:3000], [3.0, 1.0]))
    assert made["nominal"].tolist() == [0.75, 0.25]
    assert made["effective"].sum() == pytest.approx(1)
    assert made["effective"].tolist() == pytest.approx([0.9, 0.1], abs=0.03)
    assert made["importance"].tolist() == pytest.approx([0.9, 0.1], abs=0.05)


def test_indicators_that_separate_nobody_or_little_are_named() -> None:
    table = pd.DataFrame({"same": 1.0, "near": np.linspace(0.5, 0.6, 20), "far": np.linspace(0, 1, 20)})
    assert coherence.measure_separation(standard_of(table))["separates"].to_dict() == {
        "same": "nobody",
        "near": "little",
        "far": "",
    }


def test_what_is_heavy_to_document_and_separates_little_is_named() -> None:
    arrays = from_round(example())
    standard = coherence.build_indicator_table(arrays)
    made = coherence.measure_burden(standard, frames.scores(example()))
    assert made["burden"].between(0, 1).all()
    assert set(made.index) <= {one.id for one in arrays.indicators if one.kind == "quantitative"}
    hours = {"N01": 10.0, "N02": 1.0, "L01": 10.0}
    own = coherence.measure_burden(standard, frames.scores(example()), hours)
    assert own["burden"].to_dict() == hours


def test_leaving_out_an_indicator_leaves_the_others_at_their_ratio() -> None:
    arrays = big_arrays(60)
    made = coherence.leave_one_out(arrays)
    assert list(made.index) == list(arrays.names)
    assert (made["points"] > 0).any()


def test_the_audit_of_a_round_covers_every_item_and_domain() -> None:
    standard = coherence.build_indicator_table(big_arrays())
    made = coherence.measure_reliability(standard)
    assert set(made.index) == {*standard.items, *standard.domains, ""}
    assert made.loc["", "pairwise"] > 0.5
    assert coherence.count_dimensions(standard)["first"].between(0, 1).all()
    assert standard.group_values[list(standard.domains)].shape == (243, 3)


def test_weights_from_nothing_and_from_the_data_sum_up_to_one() -> None:
    standard = coherence.build_indicator_table(big_arrays())
    chosen, reasons = named_weights(standard)
    assert reasons == {}
    for weights in chosen.values():
        assert weights.sum() == pytest.approx(1)
        assert (weights >= 0).all()
        assert list(weights.index) == list(standard.shares.columns)


def test_entropy_weighs_a_textbook_table_as_printed_and_a_constant_nothing() -> None:
    table = pd.DataFrame({"a": [1.0, 0, 0, 0], "b": [1.0, 1, 0, 0], "c": [1.0, 1, 1, 1]})
    made = entropy_weights(standard_of(table))  # diversities 1, 1 - log 2 / log 4 and 0
    assert made.tolist() == pytest.approx([2 / 3, 1 / 3, 0])
    with pytest.raises(UsageError, match="no indicator differs"):
        entropy_weights(standard_of(table[["c"]]))


def test_symmetric_indicators_weigh_the_same_under_every_scheme() -> None:
    x, y = RNG.uniform(size=300), RNG.uniform(size=300)
    table = pd.DataFrame({"a": np.concatenate([x, y]), "b": np.concatenate([y, x])})
    for scheme in (equal_weights, entropy_weights, pca_weights):
        assert scheme(standard_of(table)).tolist() == pytest.approx([0.5, 0.5])


def test_the_official_weights_move_nobody_and_other_ones_are_told_by_what_they_do() -> None:
    arrays = big_arrays(60)
    chosen, _ = named_weights(coherence.build_indicator_table(arrays))
    table, results = compare_weights(arrays, chosen)
    assert table.loc["official"].tolist() == [0, 0, 0, 0, 0]
    assert table.loc["entropy", "points"] > 0
    assert set(results) == {"official", "equal", "entropy", "principal"}
    experts = pd.Series({"D1": 0.5, "D2": 0.3, "D3": 0.2})
    _, by_domain = compare_weights(arrays, {"experts": experts})
    assert by_domain["experts"].weights[arrays.domains[0].columns].sum() == pytest.approx(1000)


def test_the_interval_of_alpha_is_that_of_feldt() -> None:
    values = np.random.default_rng(2).normal(size=(25, 1)) + np.random.default_rng(3).normal(size=(25, 5))
    table = pd.DataFrame(values, columns=list("abcde"))
    alpha, low, high = coherence.alpha_interval(table, 0.9)
    assert alpha == pytest.approx(cronbach_alpha(table))
    assert low == pytest.approx(1 - (1 - alpha) * scipy.stats.f.ppf(0.95, 24, 96))
    assert high == pytest.approx(1 - (1 - alpha) * scipy.stats.f.ppf(0.05, 24, 96))
