"""Which uncertainty moves a result most: Sobol indices over the parts of the plausible worlds."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from smartcert.analysis.arrays import Floats, RoundArrays
from smartcert.analysis.plan import Part, Plan
from smartcert.analysis.sobol import Indices, design, indices
from smartcert.analysis.vector import NOT_JUDGED
from smartcert.analysis.worlds import Draws, Worlds
from smartcert.errors import UsageError

Output = Callable[[Draws, RoundArrays, Worlds], Floats]
"""What of some draws is looked at: one number per draw."""


def certified_count(draws: Draws, _: RoundArrays, worlds: Worlds) -> Floats:
    """Return how many applicants are certified in each draw."""
    certified = (draws.levels != NOT_JUDGED) & (draws.levels <= worlds.scorer.setting.certified_from)
    count: Floats = certified.sum(axis=1).astype(np.float64)
    return count


def mean_level_shift(draws: Draws, _: RoundArrays, worlds: Worlds) -> Floats:
    """Return by how many levels an applicant is away from its official one, on average; not judged counts as worst."""
    official = worlds.scorer.nominal().levels[0].astype(np.float64)
    drawn = np.where(draws.levels == NOT_JUDGED, worlds.scorer.setting.worst, draws.levels)
    shift: Floats = np.abs(drawn - official).mean(axis=1)
    return shift


def total_of(applicant: str) -> Output:
    """Return the output that is one applicant's total; 0 where it is not judged."""

    def output(draws: Draws, arrays: RoundArrays, _: Worlds) -> Floats:
        if applicant not in arrays.ids:
            raise UsageError(f"'{applicant}' was not scored")
        return np.nan_to_num(draws.totals[:, arrays.ids.index(applicant)])

    return output


def sensitivity(
    arrays: RoundArrays, plan: Plan, output: Output = mean_level_shift, base: int = 256, seed: int = 1
) -> Indices:
    """Return the Sobol indices of an output over the parts that vary in a plan.

    Each part is one factor, a trigger that picks its draw (Saisana, Saltelli and Tarantola 2005): the rows of the first
    sample stand for the draws 0 to base - 1 and those of the second for the next ``base`` ones, so that
    base x (parts + 2) worlds are scored.

    Raises:
        UsageError: nothing varies, or the output does not.
    """
    parts = plan.parts
    if not parts:
        raise UsageError("nothing varies in this plan, so there is nothing to share out")
    made = design([part.value for part in parts], base, seed)
    own, other = np.arange(base), np.arange(base, 2 * base)
    numbers = {
        part: np.concatenate([own, other, *(other if part is moved else own for moved in parts)])
        if part in parts
        else np.zeros(made.runs, dtype=np.int64)
        for part in Part
    }
    worlds = Worlds(arrays, plan)
    return indices(made, output(worlds.mixed(numbers), arrays, worlds), seed)
