"""Measures of agreement against the figures that their authors printed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
import scipy
from hypothesis import example, given
from hypothesis import strategies as st

from smartcert.analysis.committee.agreement import (
    AgreementMetric,
    KappaWeights,
    MarkMatrix,
    cohen_kappa,
    count_categories,
    fleiss_kappa,
    icc,
    kendall_w,
    krippendorff_alpha,
    mean_squares,
    resample_agreement,
)
from smartcert.analysis.distributions import chi_square_tail, f_quantile, t_quantile
from smartcert.analysis.ranks import mean_ranks
from smartcert.errors import UsageError
from smartcert.reporting.committee_record import AgreementRow

GAP = float("nan")

SHROUT_AND_FLEISS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=float
)
"""Table 2 of Shrout and Fleiss (1979): four judges, six targets."""

KRIPPENDORFF = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, GAP, GAP, GAP],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, GAP, 3],
        [GAP, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, GAP],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, GAP],
    ]
).T
"""Section D of Krippendorff (2011): four observers, twelve units, with gaps."""

FLEISS = np.array(
    [
        [0, 0, 0, 6, 0], [0, 3, 0, 0, 3], [0, 1, 4, 0, 1], [0, 0, 0, 0, 6], [0, 3, 0, 3, 0],
        [2, 0, 4, 0, 0], [0, 0, 4, 0, 2], [2, 0, 3, 1, 0], [2, 0, 0, 4, 0], [0, 0, 0, 0, 6],
        [1, 0, 0, 5, 0], [1, 1, 0, 4, 0], [0, 3, 3, 0, 0], [1, 0, 0, 5, 0], [0, 2, 0, 3, 1],
        [0, 0, 5, 0, 1], [3, 0, 0, 1, 2], [5, 1, 0, 0, 0], [0, 2, 0, 4, 0], [1, 0, 2, 0, 3],
        [0, 0, 0, 0, 6], [0, 1, 0, 5, 0], [0, 2, 0, 1, 3], [2, 0, 0, 4, 0], [1, 0, 0, 4, 1],
        [0, 5, 0, 1, 0], [4, 0, 0, 0, 2], [0, 2, 0, 4, 0], [1, 0, 5, 0, 0], [0, 0, 0, 0, 6],
    ],
    dtype=float,
)  # fmt: skip
"""Table 1 of Fleiss (1971): thirty patients, six psychiatrists, five diagnoses."""

TIED = np.array(
    [
        [1, 4.5, 2, 4.5, 3, 7.5, 6, 9, 7.5, 10],
        [2.5, 1, 2.5, 4.5, 4.5, 8, 9, 6.5, 10, 6.5],
        [2, 1, 4.5, 4.5, 4.5, 4.5, 8, 8, 8, 10],
    ]
).T
"""Kendall's example with ties, as in Siegel (1956): three rankings of ten."""


def value(row: AgreementRow) -> float:
    assert row.value is not None, row
    return float(row.value)


def test_mean_squares_of_shrout_and_fleiss() -> None:
    squares = mean_squares(SHROUT_AND_FLEISS)
    figures = (squares.between, squares.within, squares.judges, squares.error)
    assert [round(one, 2) for one in figures] == [11.24, 6.26, 32.49, 1.02]


def test_the_six_forms_of_shrout_and_fleiss() -> None:
    printed = {
        "ICC(1,1)": 0.17,
        "ICC(2,1)": 0.29,
        "ICC(3,1)": 0.71,
        "ICC(1,k)": 0.44,
        "ICC(2,k)": 0.62,
        "ICC(3,k)": 0.91,
    }
    found = icc(SHROUT_AND_FLEISS)
    assert {one.form: round(value(one), 2) for one in found} == printed
    assert all((one.targets, one.evaluators) == (6, 4) for one in found)


def test_their_intervals_are_those_of_the_common_packages() -> None:
    rows = icc(SHROUT_AND_FLEISS)  # rounded to four digits already, so compared within half of the last one printed
    lower, upper = [float(row.low) for row in rows], [float(row.high) for row in rows]
    assert lower == pytest.approx([-0.133, 0.019, 0.342, -0.884, 0.071, 0.676], rel=0, abs=0.00055)
    assert upper == pytest.approx([0.72, 0.76, 0.95, 0.91, 0.93, 0.99], rel=0, abs=0.0051)


@pytest.mark.parametrize(
    ("metric", "printed"),
    [
        (AgreementMetric.NOMINAL, 0.743),
        (AgreementMetric.ORDINAL, 0.815),
        (AgreementMetric.INTERVAL, 0.849),
        (AgreementMetric.RATIO, 0.797),
    ],
)
def test_alpha_of_krippendorff_with_gaps(metric: AgreementMetric, printed: float) -> None:
    assert round(value(krippendorff_alpha(KRIPPENDORFF, metric)), 3) == printed


def test_alpha_of_krippendorff_for_two_observers() -> None:
    binary = np.array([[0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]], dtype=float).T
    names = np.array([["abcde".index(one) for one in row] for row in ("aabbdcccedda", "babbbccceddd")], dtype=float).T
    assert round(value(krippendorff_alpha(binary, AgreementMetric.NOMINAL)), 3) == 0.095
    assert round(value(krippendorff_alpha(names, AgreementMetric.NOMINAL)), 3) == 0.692


def test_kappa_of_fleiss() -> None:
    assert round(value(fleiss_kappa(FLEISS)), 3) == 0.430


def test_w_of_kendall_without_ties() -> None:
    ranks = np.array([[1, 6, 3, 2, 5, 4], [1, 5, 6, 4, 2, 3], [6, 3, 2, 5, 4, 1]], dtype=float).T
    assert round(value(kendall_w(ranks)), 2) == 0.16
    assert value(kendall_w(ranks)) == value(kendall_w(ranks, ties=False))


def test_w_of_kendall_with_ties() -> None:
    assert round(value(kendall_w(TIED)), 3) == 0.828
    assert round(value(kendall_w(TIED, ties=False)), 3) == 0.796


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        (SHROUT_AND_FLEISS[:4], "too_few_targets"),
        (SHROUT_AND_FLEISS[:, :1], "too_few_evaluators"),
        (np.full((6, 3), 4.0), "all_equal"),
    ],
)
def test_a_table_too_small_or_flat_is_refused_with_a_reason(table: MarkMatrix, reason: str) -> None:
    for row in (*icc(table), kendall_w(table)):
        assert (row.value, row.low, row.high, row.reason) == (None, None, None, reason)


def test_alpha_and_kappa_are_refused_where_there_is_nothing_to_compare() -> None:
    assert krippendorff_alpha(np.full((6, 3), GAP), AgreementMetric.NOMINAL).reason == "too_few_targets"
    assert krippendorff_alpha(np.full((6, 3), 2.0), AgreementMetric.NOMINAL).reason == "all_equal"
    assert fleiss_kappa(FLEISS[:4]).reason == "too_few_targets"


def test_quantiles_are_those_of_the_printed_tables() -> None:
    assert [round(f_quantile(0.95, *df), 2) for df in ((1, 10), (5, 15), (10, 30))] == [4.96, 2.90, 2.16]
    assert [round(t_quantile(0.975, df), 3) for df in (1, 10, 120)] == [12.706, 2.228, 1.980]


@pytest.mark.parametrize("probability", [0.01, 0.4, 0.95, 0.999])
@pytest.mark.parametrize(("first", "second"), [(1, 5), (4.5, 11.25), (200, 17)])
def test_quantiles_are_those_of_scipy(probability: float, first: float, second: float) -> None:
    assert f_quantile(probability, first, second) == pytest.approx(scipy.stats.f.ppf(probability, first, second))
    assert t_quantile(probability, first) == pytest.approx(scipy.stats.t.ppf(probability, first))
    assert chi_square_tail(second, 7) == pytest.approx(scipy.stats.chi2.sf(second, 7), abs=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_ranks_and_concordance_are_those_of_scipy(seed: int) -> None:
    table = np.random.default_rng(seed).integers(1, 6, (20, 5)).astype(float)
    assert mean_ranks(table[:, 0]).tolist() == scipy.stats.rankdata(table[:, 0]).tolist()
    friedman = scipy.stats.friedmanchisquare(*table)  # of the targets over the evaluators: W x E x (T - 1)
    assert value(kendall_w(table)) == pytest.approx(friedman.statistic / (5 * 19), abs=5e-5)
    assert float(kendall_w(table).chance or 0) == pytest.approx(friedman.pvalue, abs=6e-5)
    untied = np.random.default_rng(seed).random((20, 5))
    pairs = [scipy.stats.spearmanr(untied[:, i], untied[:, j]).statistic for i in range(5) for j in range(i)]
    assert value(kendall_w(untied)) == pytest.approx((1 + 4 * np.mean(pairs)) / 5, abs=5e-5)


@pytest.mark.parametrize("seed", range(5))
def test_no_measure_depends_on_the_order_of_evaluators_or_targets(seed: int) -> None:
    random = np.random.default_rng(seed)
    table = random.integers(1, 6, (20, 5)).astype(float)
    turned = table[random.permutation(20)][:, random.permutation(5)]
    for one, other in zip(icc(table), icc(turned), strict=True):
        assert value(one) == pytest.approx(value(other))
    for metric in AgreementMetric:
        assert value(krippendorff_alpha(table, metric)) == pytest.approx(value(krippendorff_alpha(turned, metric)))
    assert value(kendall_w(table)) == pytest.approx(value(kendall_w(turned)))


def make_tables() -> Iterator[MarkMatrix]:
    """Yield marks of all sizes: constant, equal by row or by column, tiny, with gaps, of inexact floats."""
    rng = np.random.default_rng(7)
    for _ in range(60):
        size = int(rng.integers(0, 9)), int(rng.integers(0, 6))
        whole = rng.integers(1, 6, size).astype(float)
        yield from (whole, np.tile(whole[:, :1], size[1]), np.repeat(whole[:1], size[0], axis=0))
        yield from (whole * 1e-12, np.where(rng.random(size) < 0.3, np.nan, whole * 20), whole * 0.1 + 0.2)


def test_no_measure_leaves_its_range_or_fails_whatever_the_marks_are() -> None:
    for table in make_tables():
        rows = [*icc(table), kendall_w(table), kendall_w(table, ties=False), fleiss_kappa(count_categories(table))]
        rows += [krippendorff_alpha(table, metric) for metric in AgreementMetric]
        for row in rows:
            assert bool(row.reason) is (row.value is None), (row, table)
            for figure in (row.value, row.low, row.high):
                assert figure is None or (np.isfinite(float(figure)) and float(figure) <= 1.0001), (row, table)


def test_kappa_of_cohen_is_that_of_a_common_example_with_its_interval() -> None:
    table = np.repeat([[1.0, 1], [1, 2], [2, 1], [2, 2]], [20, 5, 10, 15], axis=0)
    row = cohen_kappa(table)
    assert [float(value or 0) for value in (row.value, row.low, row.high)] == [0.4, 0.1511, 0.6489]
    assert cohen_kappa(table, KappaWeights.LINEAR).value == row.value  # of two grades there is one distance


COHEN = np.repeat(
    [[one, other] for one in (1.0, 2, 3) for other in (1.0, 2, 3)], [88, 14, 18, 10, 40, 10, 2, 6, 12], axis=0
)
"""Table 1 of Cohen (1968): two judges, 200 patients, three diagnoses."""


def test_kappa_of_cohen_is_that_of_his_paper_plain_and_weighted_by_his_disagreements() -> None:
    disagreements = pd.DataFrame([[0, 1, 3], [1, 0, 6], [3, 6, 0]], index=[1, 2, 3], columns=[1, 2, 3])
    assert value(cohen_kappa(COHEN)) == pytest.approx(0.492, abs=0.00055)  # to four digits already
    assert round(value(cohen_kappa(COHEN, disagreements)), 3) == 0.348


@pytest.mark.parametrize(
    ("cells", "printed"),  # in percent: category of the one judge by that of the other
    [([25, 13, 12, 12, 2, 16, 3, 15, 2], -0.092), ([44, 7, 9, 5, 20, 5, 1, 3, 6], 0.492)],
)
def test_kappa_of_cohen_is_that_of_his_first_paper(cells: list[int], printed: float) -> None:
    """Tables 1 and 2 of Cohen (1960): agreement observed and by chance .29 and .35, .70 and .41."""
    pairs = [[one, other] for one in (1.0, 2, 3) for other in (1.0, 2, 3)]
    assert value(cohen_kappa(np.repeat(pairs, cells, axis=0))) == pytest.approx(printed, abs=0.00055)


def test_disagreements_of_ones_own_are_the_weights_by_name_where_they_are_the_same() -> None:
    marks = pd.Index([1.0, 2.0, 3.0])
    distance = pd.DataFrame(np.abs(np.subtract.outer(marks, marks)), index=marks, columns=marks)
    for name, own in (("none", 1.0 * (distance > 0)), ("linear", distance), ("squared", distance**2)):
        rows = cohen_kappa(COHEN, own), cohen_kappa(COHEN, name)  # type: ignore[arg-type]  # by value
        assert (rows[0].value, rows[0].low, rows[0].high) == (rows[1].value, rows[1].low, rows[1].high)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([[0, 1], [1, 0]], "no row and column for 3"),
        ([[0, 1, 3], [1, 0, 6], [3, 5, 0]], "alike both ways round"),
        ([[1, 1, 3], [1, 0, 6], [3, 6, 0]], "0 for the same mark"),
        ([[0, -1, 3], [-1, 0, 6], [3, 6, 0]], "0 or more"),
        ([[0, "1", 3], [1, 0, 6], [3, 6, 0]], "no number"),
    ],
)
def test_what_is_no_table_of_disagreements_is_refused(rows: list[list[object]], said: str) -> None:
    marks = list(range(1, len(rows) + 1))
    with pytest.raises(UsageError, match=said):
        cohen_kappa(COHEN, pd.DataFrame(rows, index=marks, columns=marks))


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), min_size=5, max_size=40))
def test_kappa_by_squared_distances_is_the_concordance_of_the_moments(pairs: list[tuple[int, int]]) -> None:
    """Fleiss and Cohen (1973): 2 cov / (var + var + (mean - mean) ** 2)."""
    table = np.array(pairs, dtype=float)
    row = cohen_kappa(table, KappaWeights.SQUARED)
    if row.value is None:
        assert row.reason == "all_equal"
        return
    (a, b), (first, second) = table.mean(axis=0), table.var(axis=0)
    covariance = ((table[:, 0] - a) * (table[:, 1] - b)).mean()
    assert float(row.value) == pytest.approx(2 * covariance / (first + second + (a - b) ** 2), abs=1e-4)


def test_an_interval_by_resampling_holds_its_value_and_is_narrower_with_more_targets() -> None:
    rng = np.random.default_rng(3)
    few, many = (rng.normal(size=(number, 1)) + rng.normal(size=(number, 4)) for number in (12, 120))
    rows = [resample_agreement(table, kendall_w, resamples=300) for table in (few, many)]
    widths = [float((row.high or 0) - (row.low or 0)) for row in rows]
    assert all((row.low or 0) <= (row.value or 0) <= (row.high or 0) for row in rows)
    assert 0 < widths[1] < widths[0]


def test_what_is_no_table_of_two_evaluators_is_refused() -> None:
    with pytest.raises(UsageError, match="two evaluators"):
        cohen_kappa(np.ones((6, 3)))
    with pytest.raises(UsageError, match="no weights 'square'"):
        cohen_kappa(np.ones((6, 2)), "square")  # type: ignore[arg-type]


@given(st.lists(st.integers(0, 100), min_size=2, max_size=6), st.integers(5, 30), st.sampled_from([1, 10, 7]))
def test_targets_that_do_not_differ_have_no_share_of_the_variance(row: list[int], targets: int, by: int) -> None:
    rows = icc(np.array([row] * targets) / by)
    if len(set(row)) == 1:
        assert {result.reason for result in rows} == {"all_equal"}
        return
    values = {result.form: result.value for result in rows}
    assert (values["ICC(2,1)"], values["ICC(3,1)"], values["ICC(3,k)"]) == (0, 0, 0)
    assert float(values["ICC(1,1)"] or 0) == pytest.approx(-1 / (len(row) - 1), abs=1e-4)


@given(
    st.lists(st.lists(st.integers(0, 9), min_size=3, max_size=3), min_size=6, max_size=20),
    st.sampled_from([1.0, 0.1, 1 / 3]),
)
@example([[0, 0, 7]] * 3 + [[0, 0, 9], [0, 2, 5], [0, 3, 6]], 0.1)  # ICC(3,k) is -3.46875
def test_marks_that_are_equal_on_paper_agree(rows: list[list[int]], step: float) -> None:
    exact = np.array(rows, dtype=float)
    summed = np.cumsum(np.full(10, step))[np.array(rows)]  # the ninth is not nine steps, to the last bit
    for measure in (icc, kendall_w, krippendorff_alpha, lambda marks: cohen_kappa(marks[:, :2])):
        assert measure(summed) == measure(exact * step)
