"""How sure is a level? The share of plausible draws in which each applicant reaches it."""

from __future__ import annotations

from functools import cached_property

import pandas as pd

from smartcert.analysis.arrays import RoundArrays
from smartcert.analysis.drawings import Drawing, Intervals
from smartcert.analysis.monte_carlo import DrawResults, Draws, Plan
from smartcert.analysis.ranks import percentile_interval
from smartcert.analysis.results import Result, describe_columns
from smartcert.analysis.vectorised import NOT_JUDGED
from smartcert.analysis.what_if import Change, rank_within_size
from smartcert.argument_types import check_arguments
from smartcert.errors import UsageError
from smartcert.lazy_dataclass import dataclass


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Confidence(Result):
    """What a run of draws gives for every applicant, next to the official result.

    ``left_out`` are the applications that were not scored and so have no level to be sure of, each with its stage.
    """

    arrays: RoundArrays
    plan: Plan
    draws: Draws
    results: DrawResults
    left_out: tuple[tuple[str, str], ...]
    kind: str = "confidence"

    @property
    def drawing(self) -> Drawing:
        """Return how the table is drawn: the official points with their interval, and the bounds."""
        bounds = tuple(percent * self.arrays.out_of / 100 for percent in self.draws.setting.bounds.values())
        return Intervals(value="points", low="points_low", high="points_high", lines=bounds)

    @property
    def number(self) -> int:
        """Return the number of draws."""
        return int(self.results.totals.shape[0])

    @property
    def levels(self) -> pd.DataFrame:
        """Return, per applicant (rows) and level (columns, 0 is not judged), the share of draws; rows sum to one."""
        return self._levels.copy()

    @cached_property
    def _levels(self) -> pd.DataFrame:
        worst = self.draws.setting.worst
        counts = {level: (self.results.levels == level).mean(axis=0) for level in range(NOT_JUDGED, worst + 1)}
        return pd.DataFrame(counts, index=pd.Index(self.arrays.ids, name="applicant"))

    @property
    def table(self) -> pd.DataFrame:
        """Return a row per applicant: official result, confidence in it, chance of certification, intervals.

        Columns: size_type, points, level, confidence (share of draws with the official level), certified (share of
        draws with a certified level), points_low/points_high and place_low/place_high (5th and 95th percentile of the
        total and of the place within the size type, 1 is best), place (official). Draws in which an applicant is not
        judged count as not certified, and are left out of the intervals of that applicant only.
        """
        return self._table.copy()

    @cached_property
    def _table(self) -> pd.DataFrame:
        nominal = self.draws.nominal
        level = nominal.levels[0].astype(int)
        drawn, own = (rank_within_size(self.arrays, totals) for totals in (self.results.totals, nominal.totals))
        certified_from = self.draws.setting.certified_from
        certified = (self.results.levels != NOT_JUDGED) & (self.results.levels <= certified_from)
        low, high = percentile_interval(self.results.totals)
        first, last = percentile_interval(drawn)
        table = pd.DataFrame(
            {
                "size_type": [self.arrays.classes[size] for size in self.arrays.sizes],
                "points": nominal.totals[0],
                "level": level,
                "confidence": (self.results.levels == level).mean(axis=0),
                "certified": certified.mean(axis=0),
                "points_low": low,
                "points_high": high,
                "place": own[0],
                "place_low": first,
                "place_high": last,
            },
            index=pd.Index(self.arrays.ids, name="applicant"),
        )
        return describe_columns(table, self.kind)


@check_arguments
def confidence(
    arrays: RoundArrays,
    plan: Plan | None = None,
    draws: int = 1000,
    threads: int | None = None,
    change: Change | None = None,
) -> Confidence:
    """Return how sure every level is, from ``draws`` draws of what may vary under a plan.

    Under a ``change`` of the rules the levels are those of the change, and draws vary around its weights and settings.

    Without a number of threads there is one for each processor that may be used; it changes no figure.

    >>> import smartcert
    >>> result = smartcert.confidence(smartcert.arrays(smartcert.open_round("example")), draws=64)
    >>> bool((result.levels.sum(axis=1).round(9) == 1).all())
    True

    Raises:
        UsageError: fewer than one draw is asked for, or no applicant was scored.
    """
    if not arrays.ids:
        raise UsageError("no applicant was scored, so there is no level to be sure of")
    chosen = plan or Plan()
    own = Draws(arrays, chosen, change)
    return Confidence(arrays=arrays, plan=chosen, draws=own, results=own.run(draws, threads), left_out=arrays.left_out)
