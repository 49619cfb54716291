"""Means, rankings among units and weights from data against other implementations and the formulas of their papers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import scipy

import smartcert
from smartcert.analysis.arrays import Floats
from smartcert.analysis.indices.aggregate import IndexAggregation, combine_columns

SEEDS = pytest.mark.parametrize("seed", range(12))


def draw(seed: int, coarse: bool = False) -> tuple[Floats, Floats]:
    """Return values above 0 (N units, J) and weights (J,); coarse values tie often."""
    rng = np.random.default_rng(seed)
    size = int(rng.integers(4, 15)), int(rng.integers(2, 6))
    values = rng.integers(1, 4, size).astype(float) if coarse else rng.random(size) * 10 + 0.1
    return values, rng.random(size[1]) + 0.05


def table_of(values: Floats) -> smartcert.IndicatorTable:
    names = [f"c{j}" for j in range(values.shape[1])]
    return smartcert.IndicatorTable.from_shares(
        pd.DataFrame(values, index=[f"u{i}" for i in range(len(values))], columns=names)
    )


@SEEDS
def test_means_are_those_of_scipy(seed: int) -> None:
    values, weights = draw(seed)
    wanted = {
        (IndexAggregation.ARITHMETIC, 1.0): scipy.stats.pmean(values, 1, axis=1, weights=weights),
        (IndexAggregation.GEOMETRIC, 1.0): scipy.stats.gmean(values, axis=1, weights=weights),
        (IndexAggregation.HARMONIC, 1.0): scipy.stats.hmean(values, axis=1, weights=weights),
        (IndexAggregation.POWER, 0.0): scipy.stats.gmean(values, axis=1, weights=weights),
        (IndexAggregation.POWER, 3.0): scipy.stats.pmean(values, 3, axis=1, weights=weights),
        (IndexAggregation.POWER, -2.5): scipy.stats.pmean(values, -2.5, axis=1, weights=weights),
    }
    for (mean, power), own in wanted.items():
        assert combine_columns(values, weights, mean, power=power) == pytest.approx(own)


@SEEDS
def test_a_weighted_median_is_that_of_values_repeated_by_their_weights(seed: int) -> None:
    values, _ = draw(seed, coarse=seed % 2 > 0)
    weights = np.random.default_rng(seed).integers(1, 4, values.shape[1])
    wanted = [np.median(np.repeat(row, weights)) for row in values]
    assert combine_columns(values, weights.astype(float), IndexAggregation.MEDIAN) == pytest.approx(wanted)


@SEEDS
def test_topsis_is_that_of_hwang_and_yoon(seed: int) -> None:
    values, weights = draw(seed, coarse=seed % 2 > 0)
    scaled = np.array(
        [[x / np.linalg.norm(column) * w for x in column] for column, w in zip(values.T, weights, strict=True)]
    ).T
    from_best = [np.linalg.norm(row - scaled.max(axis=0)) for row in scaled]
    from_worst = [np.linalg.norm(row - scaled.min(axis=0)) for row in scaled]
    wanted = [worst / (best + worst) for best, worst in zip(from_best, from_worst, strict=True)]
    assert combine_columns(values, weights, IndexAggregation.TOPSIS) == pytest.approx(wanted)


@SEEDS
def test_vikor_is_that_of_opricovic_and_tzeng(seed: int) -> None:
    values, weights = draw(seed)
    share, best, worst = weights / weights.sum(), values.max(axis=0), values.min(axis=0)
    lags = [share * (best - row) / (best - worst) for row in values]
    group, regret = [lag.sum() for lag in lags], [lag.max() for lag in lags]
    wanted = [
        0.5 * (s - min(group)) / (max(group) - min(group)) + 0.5 * (r - min(regret)) / (max(regret) - min(regret))
        for s, r in zip(group, regret, strict=True)
    ]
    assert 1 - combine_columns(values, weights, IndexAggregation.VIKOR) == pytest.approx(wanted, abs=1e-12)


@SEEDS
def test_copeland_counts_the_units_beaten_less_those_that_beat(seed: int) -> None:
    values, weights = draw(seed, coarse=True)
    wanted = []
    for one in values:
        leads = [float(weights @ np.sign(one - other)) for other in values]
        wanted.append(sum(np.sign(lead) for lead in leads if abs(lead) > 1e-9))
    assert combine_columns(values, weights, IndexAggregation.COPELAND).tolist() == wanted


@SEEDS
@pytest.mark.parametrize("mean", [IndexAggregation.COPELAND, IndexAggregation.TOPSIS, IndexAggregation.VIKOR])
def test_a_unit_that_is_nowhere_worse_is_never_ranked_behind(seed: int, mean: IndexAggregation) -> None:
    values, weights = draw(seed, coarse=True)
    value = combine_columns(values, weights, mean)
    for i, one in enumerate(values):
        for j, other in enumerate(values):
            if (one >= other).all():
                assert value[i] >= value[j] - 1e-9
    again = np.random.default_rng(seed).permutation(len(values))
    assert combine_columns(values[again], weights, mean) == pytest.approx(value[again])


@SEEDS
def test_entropy_weights_are_those_of_the_entropy_of_scipy_over_the_units_with_a_value(seed: int) -> None:
    values, _ = draw(seed)
    values[np.random.default_rng(seed).random(values.shape) < 0.2] = np.nan
    columns = [column[~np.isnan(column)] for column in values.T]
    diversity = np.array([1 - scipy.stats.entropy(own) / np.log(own.size) if own.size > 1 else 0.0 for own in columns])
    wanted = diversity / diversity.sum()
    assert smartcert.entropy_weights(table_of(values)).to_numpy() == pytest.approx(wanted)


def test_a_gap_is_no_zero_in_any_weights_from_data() -> None:
    values, _ = draw(3)
    complete, gapped = table_of(values), table_of(np.vstack([values, np.full((2, values.shape[1]), np.nan)]))
    for weigh in (smartcert.entropy_weights, smartcert.pca_weights, smartcert.critic_weights):
        pd.testing.assert_series_equal(weigh(gapped), weigh(complete))


@SEEDS
def test_critic_weights_are_those_of_its_paper(seed: int) -> None:
    values, _ = draw(seed)
    scaled = (values - values.min(axis=0)) / np.ptp(values, axis=0)
    number = values.shape[1]
    conflict = [
        sum(1 - scipy.stats.pearsonr(scaled[:, j], scaled[:, k]).statistic for k in range(number))
        for j in range(number)
    ]
    wanted = scaled.std(axis=0, ddof=1) * conflict
    assert smartcert.critic_weights(table_of(values)).to_numpy() == pytest.approx(wanted / wanted.sum())


@SEEDS
def test_components_are_those_of_a_decomposition_into_singular_values(seed: int) -> None:
    values, _ = draw(seed)
    scores = scipy.stats.zscore(values, ddof=1)
    _, singular, right = np.linalg.svd(scores, full_matrices=False)
    variances = singular**2 / (len(values) - 1)
    own = smartcert.dimensions(table_of(values)).table.iloc[0]
    assert own["first"] == pytest.approx(variances[0] / variances.sum())
    assert own["components"] == (variances > 1).sum()
    used = variances > 1
    squares = (right.T * np.sqrt(variances[: len(right)]))[:, used] ** 2
    nearest = squares.argmax(axis=1)
    wanted = squares.max(axis=1) / squares.sum(axis=0)[nearest] * variances[used][nearest]
    assert smartcert.pca_weights(table_of(values)).to_numpy() == pytest.approx(wanted / wanted.sum(), abs=1e-9)


@SEEDS
@pytest.mark.parametrize("lam", [0.0, 0.3, -1.0])
def test_box_cox_and_the_moments_that_call_for_it_are_those_of_scipy(seed: int, lam: float) -> None:
    column = np.exp(np.random.default_rng(seed).normal(size=40) * 1.6)
    table = pd.DataFrame({"a": column})
    result = smartcert.treat(table, smartcert.Treatment(most=0, then="box_cox", lam=lam, skewness=0, kurtosis=-5))  # type: ignore[arg-type]  # by value
    before = result.table.loc["a", ["skewness", "kurtosis"]].to_numpy(float)
    assert before == pytest.approx([scipy.stats.skew(column, bias=False), scipy.stats.kurtosis(column, bias=False)])
    assert result.values["a"].to_numpy() == pytest.approx(scipy.special.boxcox(column - column.min() + 1, lam))


def test_percentages_separate_as_their_shares_do() -> None:
    shares = pd.DataFrame({"a": [0.0, 1, 0.5, 0.2], "b": [0.5, 0.51, 0.5, 0.5], "c": [0.3] * 4}, index=list("wxyz"))
    separates = [
        smartcert.separation(smartcert.IndicatorTable.from_shares(shares * scale)).table["separates"].tolist()
        for scale in (1, 100)
    ]
    assert separates == [["", "little", "nobody"]] * 2


@pytest.mark.parametrize("seed", range(10))
def test_expectation_maximisation_fills_one_column_by_the_regression_on_the_others(seed: int) -> None:
    # Anderson (1957): where only one column has gaps, the estimates are those of the regression over complete units
    rng = np.random.default_rng(seed)
    known = rng.normal(size=(30, 2)) * [1.0, 50.0] + [3.0, -2.0]
    last = known @ [2.0, 0.1] + rng.normal(size=30)
    table = pd.DataFrame({"a": known[:, 0], "b": known[:, 1], "c": last})
    gaps = rng.random(30) < 0.4
    table.loc[gaps, "c"] = np.nan
    design = np.column_stack([np.ones(30), known])
    line = np.linalg.lstsq(design[~gaps], last[~gaps], rcond=None)[0]
    filled = smartcert.impute(table, "em")  # type: ignore[arg-type]  # by value
    assert filled["c"].to_numpy()[gaps] == pytest.approx(design[gaps] @ line, rel=1e-6)
    by_mean = smartcert.impute(table, "mean")  # type: ignore[arg-type]
    assert np.abs(filled["c"] - by_mean["c"])[gaps].max() > 0.1


@pytest.mark.parametrize("seed", range(5))
def test_expectation_maximisation_is_that_of_little_and_rubin_unit_by_unit(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.multivariate_normal([1, 2, 3], [[1, 0.6, 0.3], [0.6, 1, 0.2], [0.3, 0.2, 1]], 40)
    values[rng.random(values.shape) < 0.2] = np.nan
    values[0] = np.nan
    mean, covariance = np.nanmean(values, axis=0), np.diag(np.nanvar(values, axis=0))
    for _ in range(500):
        filled, extra = values.copy(), np.zeros((3, 3))
        for row in filled:
            gap = np.isnan(row)
            slope = covariance[np.ix_(gap, ~gap)] @ np.linalg.pinv(covariance[np.ix_(~gap, ~gap)])
            row[gap] = mean[gap] + slope @ (row[~gap] - mean[~gap])
            extra[np.ix_(gap, gap)] += covariance[np.ix_(gap, gap)] - slope @ covariance[np.ix_(~gap, gap)]
        mean = filled.mean(axis=0)
        covariance = ((filled - mean).T @ (filled - mean) + extra) / len(values)
    own = smartcert.impute(pd.DataFrame(values, columns=list("abc")), "em")  # type: ignore[arg-type]
    assert own.to_numpy() == pytest.approx(filled, abs=1e-6)
