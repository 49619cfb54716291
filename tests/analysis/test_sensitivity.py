"""Sobol indices against closed forms, and designs that are none."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import scipy

from smartcert.analysis.arrays import Floats
from smartcert.analysis.monte_carlo import DrawPart, Plan
from smartcert.analysis.sensitivity import (
    SobolIndices,
    applicant_total,
    build_design,
    count_certified,
    estimate_indices,
    mean_level_shift,
    sensitivity,
)
from smartcert.analysis.sobol_sequence import MAX_DIMENSIONS, build_sobol_points
from smartcert.errors import UsageError
from smartcert.rules.parameters import CombinationMethod
from tests.support.big_round import big_arrays

BASE = 2**13


def ishigami(points: np.ndarray) -> np.ndarray:
    x, y, z = (2 * np.pi * points - np.pi).T
    return np.sin(x) + 7 * np.sin(y) ** 2 + 0.1 * z**4 * np.sin(x)


def ishigami_in_closed_form() -> tuple[list[float], list[float]]:
    a, b, pi = 7.0, 0.1, np.pi
    variance = a**2 / 8 + b * pi**4 / 5 + b**2 * pi**8 / 18 + 0.5
    x, y = 0.5 * (1 + b * pi**4 / 5) ** 2, a**2 / 8
    both = b**2 * pi**8 * (1 / 18 - 1 / 50)
    return [x / variance, y / variance, 0.0], [(x + both) / variance, y / variance, both / variance]


def sobol_g(points: np.ndarray, a: np.ndarray) -> np.ndarray:
    return np.prod((np.abs(4 * points - 2) + a) / (1 + a), axis=1)


def sobol_g_in_closed_form(a: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    part = 1 / (3 * (1 + a) ** 2)
    variance = np.prod(1 + part) - 1
    return part / variance, part * np.prod(1 + part) / (1 + part) / variance


def held(made: SobolIndices, first: object, total: object, near: float) -> None:
    table = made.table
    assert np.allclose(table["first"], first, atol=near)
    assert np.allclose(table["total"], total, atol=near)
    inside = [(table["first_low"] - 0.01 <= first) & (first <= table["first_high"] + 0.01)]
    inside.append((table["total_low"] - 0.01 <= total) & (total <= table["total_high"] + 0.01))
    assert np.array(inside).all()


def test_the_ishigami_function_has_the_indices_of_its_closed_form() -> None:
    made = build_design(["x", "y", "z"], BASE, seed=4)
    first, total = ishigami_in_closed_form()
    found = estimate_indices(made, ishigami(made.points))
    assert found.runs == BASE * 5
    held(found, first, total, 0.03)
    assert total == pytest.approx([0.5576, 0.4424, 0.2437], abs=1e-4)  # as printed in Saltelli et al. (2008)


def test_the_g_function_of_sobol_has_the_indices_of_its_closed_form() -> None:
    a = np.array([0.0, 1, 4.5, 9, 99, 99, 99, 99])
    made = build_design([f"x{n}" for n in range(8)], BASE, seed=4)
    held(estimate_indices(made, sobol_g(made.points, a)), *sobol_g_in_closed_form(a), 0.03)


def test_a_sum_shares_its_variance_out_by_the_squares_of_its_factors() -> None:
    made = build_design(["a", "b"], 4096)
    table = estimate_indices(made, made.points @ np.array([3.0, 4.0])).table
    assert np.allclose(table["first"], [9 / 25, 16 / 25], atol=0.04)
    assert np.allclose(table["first"], table["total"], atol=0.05)


def test_factors_that_play_the_same_part_have_the_same_indices() -> None:
    made = build_design(["a", "b"], 4096)
    table = estimate_indices(made, made.points.prod(axis=1)).table
    assert abs(table["first"].diff().iloc[1]) < 0.03
    assert (table["total"] >= table["first"]).all()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda made: replace(made, points=np.random.default_rng(1).random(made.points.shape)), "is not the first one"),
        (lambda made: replace(made, points=made.points[:-1]), "has 80 x 3 points"),
        (lambda made: replace(made, base=8), "has 40 x 3 points"),
        (lambda made: replace(made, points=np.tile(made.points[:16], (5, 1))), "not independent"),
    ],
)
def test_a_wrong_sample_design_is_refused(spoil, said: str) -> None:  # type: ignore[no-untyped-def]
    made = spoil(build_design(["x", "y", "z"], 16))
    with pytest.raises(UsageError, match=said):
        estimate_indices(made, ishigami(made.points))


def test_wrong_outputs_and_too_small_a_design_are_refused() -> None:
    made = build_design(["x", "y"], 16)
    with pytest.raises(UsageError, match="has 64 runs"):
        estimate_indices(made, np.zeros(63))
    with pytest.raises(UsageError, match="no finite numbers"):
        estimate_indices(made, np.full(64, np.nan))
    with pytest.raises(UsageError, match="do not vary"):
        estimate_indices(made, np.full(64, 3.0))
    with pytest.raises(UsageError, match="base: a whole number from 16 to "):
        build_design(["x"], 8)
    with pytest.raises(UsageError, match="different names"):
        build_design(["x", "x"], 16)


@pytest.mark.parametrize("output", [count_certified, mean_level_shift, applicant_total("a000")])
def test_the_parts_of_the_worlds_share_the_variance_of_an_output(output) -> None:  # type: ignore[no-untyped-def]
    plan = Plan(methods=(CombinationMethod.MEAN, CombinationMethod.MEDIAN))
    made = sensitivity(big_arrays(30), plan, output, base=512)
    assert made.runs == 512 * 6
    assert list(made.table.index) == [part.value for part in DrawPart]
    assert (made.table["total"] >= 0).all()
    assert 0.3 < made.table["first"].clip(0).sum() < 1.7


def test_a_part_that_alone_varies_has_all_the_variance() -> None:
    plan = Plan(resample_evaluators=False, errors={})
    table = sensitivity(big_arrays(30), plan, applicant_total("a001"), base=256).table
    assert table.index.tolist() == ["weights"]
    assert table["total"].iloc[0] == pytest.approx(1, abs=0.2)
    with pytest.raises(UsageError, match="nothing varies"):
        sensitivity(big_arrays(30), Plan(weights=None, resample_evaluators=False, errors={}))


def test_points_of_the_sequence_are_those_of_the_published_numbers() -> None:
    wanted = scipy.stats.qmc.Sobol(MAX_DIMENSIONS, scramble=False).random(256)
    assert np.array_equal(build_sobol_points(256, MAX_DIMENSIONS), wanted)


@pytest.mark.parametrize("number", [0, 3, 100])
def test_a_sequence_that_would_be_uneven_is_refused(number: int) -> None:
    with pytest.raises(UsageError, match="powers of two"):
        build_sobol_points(number, 2)


def test_each_dimension_has_one_point_in_each_interval_whatever_the_seed_is() -> None:
    for seed in range(20):
        points = build_sobol_points(64, MAX_DIMENSIONS, seed)
        assert (np.sort(np.floor(points * 64), axis=0) == np.arange(64)[:, None]).all()
        assert ((points > 0) & (points < 1)).all()


def test_at_equal_runs_indices_err_less_than_those_of_latin_hypercubes() -> None:
    total = ishigami_in_closed_form()[1]

    def mean_error(sample: Callable[[int], Floats]) -> float:
        errors = []
        for seed in range(8):
            design = build_design(["x", "y", "z"], 1024, seed)
            first, second = np.hsplit(sample(seed), 2)
            mixed = [np.where(np.arange(3) == column, second, first) for column in range(3)]
            design = replace(design, points=np.concatenate([first, second, *mixed]))
            errors.append(np.abs(estimate_indices(design, ishigami(design.points)).table["total"] - total))
        return float(np.mean(errors))

    sequence = mean_error(lambda seed: build_sobol_points(1024, 6, seed))
    hypercube = mean_error(lambda seed: scipy.stats.qmc.LatinHypercube(6, rng=seed).random(1024))
    assert sequence < hypercube / 3
