"""A draw is the same to the last bit: alone or in a run, in one thread or several, few at once or many."""

from dataclasses import replace

import numpy as np
import pytest

from smartcert.analysis.arrays import RoundArrays
from smartcert.analysis.monte_carlo import BLOCK_SIZE, DrawPart, Draws, Plan
from tests.analysis.test_monte_carlo import EVERYTHING
from tests.support.big_round import big_arrays

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def unrounded() -> RoundArrays:
    """Return a round whose edition orders no rounding, with marks in tenths: any other order of adding would show."""
    arrays = big_arrays(60)
    edition = replace(arrays.edition, rounding=())
    return replace(arrays, edition=edition, marks=np.minimum(arrays.marks * 1.1, 5).round(1))


@pytest.mark.parametrize("plan", [Plan(), EVERYTHING], ids=["as_ruled", "everything"])
@pytest.mark.parametrize(("threads", "chunk"), [(1, 5), (1, 192), (2, 7), (2, 64), (2, 100), (3, 250)])
def test_neither_threads_nor_how_many_are_scored_chunk_change_a_bit(
    unrounded: RoundArrays, plan: Plan, threads: int, chunk: int
) -> None:
    usual, made = Draws(unrounded, plan).run(250), Draws(unrounded, plan).run(250, threads, chunk)
    assert np.array_equal(made.totals, usual.totals, equal_nan=True)
    assert np.array_equal(made.levels, usual.levels)
    assert np.array_equal(made.domains, usual.domains)


@pytest.mark.parametrize("plan", [Plan(), EVERYTHING], ids=["as_ruled", "everything"])
def test_a_draw_replayed_alone_is_the_draw_of_the_run_to_the_last_bit(unrounded: RoundArrays, plan: Plan) -> None:
    run, draws = Draws(unrounded, plan).run(200), Draws(unrounded, plan)
    for number in range(0, 200, 3):
        draw = draws.draw(number)
        assert np.array_equal(draw.totals, run.totals[number], equal_nan=True)
        assert np.array_equal(draw.levels, run.levels[number])


def test_draws_mixed_in_any_order_are_those_of_the_run(unrounded: RoundArrays) -> None:
    run, order = Draws(unrounded, EVERYTHING).run(200), np.random.default_rng(4).permutation(200)
    mixed = Draws(unrounded, EVERYTHING).run_mixed(dict.fromkeys(DrawPart, order))
    assert np.array_equal(mixed.totals, run.totals[order], equal_nan=True)


def test_every_draw_is_replayed_by_its_number_whatever_the_threads_and_the_length_of_the_run() -> None:
    draws = Draws(big_arrays(60), EVERYTHING)
    long, short = draws.run(200, threads=2), Draws(big_arrays(60), EVERYTHING).run(70, threads=1)
    assert np.array_equal(long.totals[:70], short.totals, equal_nan=True)
    for number in (0, 69, BLOCK_SIZE, 199):
        draw = Draws(big_arrays(60), EVERYTHING).draw(number)
        assert np.array_equal(draw.totals, long.totals[number], equal_nan=True)
        assert np.array_equal(draw.levels, long.levels[number])
