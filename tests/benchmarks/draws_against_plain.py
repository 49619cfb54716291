"""How long 10,000 plausible draws take for 243 applicants, 53 indicators and 9 evaluators, against plain Python.

    python -m tests.benchmarks.draws_against_plain [draws] [plain draws]

Prints the time of the vectorised run on the clock and on the processors, its highest memory, and the time that a plain
loop takes over some of the same draws, from which the time for all of them is told. Totals and levels of these draws
are held against each other; only a difference between them ends with an error, slowness never does.
"""

from __future__ import annotations

import resource
import sys
import time

import numpy as np

from smartcert.analysis.arrays import AbsentPolicy, Aggregation
from smartcert.analysis.monte_carlo import DrawResults, Draws, Plan
from smartcert.rules.parameters import CombinationMethod
from tests.support.big_round import big_arrays
from tests.support.plain_scoring import Plain

PLANS = {
    "weights, evaluators and errors": Plan(),
    "the same, and every rule switched": Plan(
        methods=tuple(CombinationMethod), aggregations=tuple(Aggregation), absents=tuple(AbsentPolicy)
    ),
}


def main(draws: int = 10_000, plain_draws: int = 20) -> int:
    """Print one block per plan; return how many draws differ."""
    arrays = big_arrays()
    differing = 0
    for name, plan in PLANS.items():
        own = Draws(arrays, plan)
        own.run(64)
        start, busy = time.perf_counter(), time.process_time()
        made = Draws(arrays, plan).run(draws)
        took, busy = time.perf_counter() - start, time.process_time() - busy
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
        sample = [number * draws // plain_draws for number in range(plain_draws)]
        each, wrong = _plain(own, made, sample)
        differing += wrong
        lines = (
            f"{name}: {draws:,} draws in {took:.2f} s ({busy:.2f} s of processor time), {memory:.2f} GB at most",
            f"  plain Python {each * 1000:.0f} ms of processor time a draw, {each * draws:,.0f} s in all:",
            f"  {each * draws / busy:,.0f} times; {wrong} of {plain_draws} draws differ",
        )
        print("\n".join(lines))
    return differing


def _plain(draws: Draws, made: DrawResults, sample: list[int]) -> tuple[float, int]:
    """Return the processor seconds that the plain loop takes for one draw, and how many draws differ."""
    plain = Plain(draws.arrays)
    wrong, took = 0, 0.0
    for number in sample:
        draw = draws.draw(number)
        counts = [1] * len(draws.arrays.evaluators) if draw.counts is None else draw.counts.astype(int).tolist()
        errors = np.zeros(draws.arrays.values.shape) if draw.errors is None else draw.errors
        given = (draw.setting, draw.weights.tolist(), counts, errors.tolist())
        start = time.process_time()
        totals = plain.totals(*given)
        levels = [plain.level(total, draw.setting) for total in totals]
        took += time.process_time() - start
        same = np.allclose(
            made.totals[number], [np.nan if one is None else one for one in totals], rtol=0, atol=1e-9, equal_nan=True
        )
        wrong += not (same and made.levels[number].tolist() == levels)
    return took / len(sample), wrong


if __name__ == "__main__":
    sys.exit(1 if main(*map(int, sys.argv[1:])) else 0)
