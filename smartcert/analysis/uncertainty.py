"""How sure is a level? The share of plausible worlds in which each applicant reaches each level."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from smartcert.analysis.arrays import SIZE_TYPES, Floats, RoundArrays
from smartcert.analysis.monte_carlo import DrawResults, Draws, Plan
from smartcert.analysis.scales import competition_ranks, group_by_size
from smartcert.analysis.vectorised import NOT_JUDGED
from smartcert.errors import UsageError


@dataclass(frozen=True, kw_only=True, eq=False)
class Confidence:
    """What a run of worlds says about every applicant, next to the official result.

    ``left_out`` are the applications that were not scored and so have no level to be sure of, each with its stage.
    """

    arrays: RoundArrays
    plan: Plan
    worlds: Draws
    draws: DrawResults
    left_out: tuple[tuple[str, str], ...]

    @property
    def number(self) -> int:
        """Return the number of draws."""
        return int(self.draws.totals.shape[0])

    @cached_property
    def levels(self) -> pd.DataFrame:
        """Return, per applicant (rows) and level (columns, 0 is not judged), the share of worlds; rows sum to one."""
        worst = self.worlds.scorer.setting.worst
        counts = {level: (self.draws.levels == level).mean(axis=0) for level in range(NOT_JUDGED, worst + 1)}
        return pd.DataFrame(counts, index=pd.Index(self.arrays.ids, name="applicant"))

    @cached_property
    def table(self) -> pd.DataFrame:
        """Return a row per applicant: official result, confidence in it, chance of certification, intervals.

        Columns: size_type, points, level, confidence (share of worlds with the official level), certified (share of
        worlds with a certified level), points_low/points_high and place_low/place_high (5th and 95th percentile of the
        total and of the place within the size type, 1 is best), place (official). Worlds in which an applicant is not
        judged count as not certified, and are left out of the intervals of that applicant only.
        """
        nominal = self.worlds.scorer.nominal()
        level = nominal.levels[0].astype(int)
        drawn, own = self._places(self.draws.totals), self._places(nominal.totals)[0]
        certified_from = self.worlds.scorer.setting.certified_from
        certified = (self.draws.levels != NOT_JUDGED) & (self.draws.levels <= certified_from)
        low, high = _percentile_interval(self.draws.totals)
        first, last = _percentile_interval(drawn)
        return pd.DataFrame(
            {
                "size_type": [SIZE_TYPES[size].value for size in self.arrays.sizes],
                "points": nominal.totals[0],
                "level": level,
                "confidence": (self.draws.levels == level).mean(axis=0),
                "certified": certified.mean(axis=0),
                "points_low": low,
                "points_high": high,
                "place": own,
                "place_low": first,
                "place_high": last,
            },
            index=pd.Index(self.arrays.ids, name="applicant"),
        )

    def _places(self, totals: Floats) -> Floats:
        """Return the places within the size type; whoever is not judged in a world has none in it."""
        made = np.full(totals.shape, np.nan)
        for group in group_by_size(self.arrays).values():
            part = totals[:, group]
            made[:, group] = np.where(np.isnan(part), np.nan, competition_ranks(np.nan_to_num(part, nan=-1.0)))
        return made


def confidence(
    arrays: RoundArrays, plan: Plan | None = None, draws: int = 1000, threads: int | None = None
) -> Confidence:
    """Return how sure every level is under a plan of what may vary.

    Without a number of threads there is one for each processor that may be used; it changes no figure.

    >>> import smartcert
    >>> made = smartcert.confidence(smartcert.arrays(smartcert.open_round("example")), draws=64)
    >>> bool((made.levels.sum(axis=1).round(9) == 1).all())
    True

    Raises:
        UsageError: fewer than one draw is asked for, or no applicant was scored.
    """
    if not arrays.ids:
        raise UsageError("no applicant was scored, so there is no level to be sure of")
    chosen = plan or Plan()
    worlds = Draws(arrays, chosen)
    return Confidence(
        arrays=arrays, plan=chosen, worlds=worlds, draws=worlds.run(draws, threads), left_out=arrays.left_out
    )


def _percentile_interval(values: Floats) -> tuple[Floats, Floats]:
    """Return the 5th and 95th percentile of every column, NaN where it has no number."""
    some = ~np.isnan(values).all(axis=0)
    low, high = (np.full(values.shape[1], np.nan) for _ in range(2))
    if some.any():
        part = values[:, some]
        if np.isnan(part).any():
            low[some], high[some] = np.nanpercentile(part, [5, 95], axis=0)
        else:
            low[some], high[some] = np.percentile(part, [5, 95], axis=0)
    return low, high
