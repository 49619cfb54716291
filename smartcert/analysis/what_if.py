"""What would the result be under other weights, bounds or rules? One call, by the function that scores every world."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
import pandas as pd

from smartcert.analysis.arrays import SIZES, Bools, Floats, RoundArrays
from smartcert.analysis.settings import AbsentPolicy, Aggregation, Setting, with_method
from smartcert.analysis.steps import places
from smartcert.analysis.totals import size_groups
from smartcert.analysis.vector import NOT_JUDGED, Scored, Scorer
from smartcert.errors import UsageError, suggestion
from smartcert.rules.scoring import Method


@dataclass(frozen=True, kw_only=True)
class Change:
    """What is set otherwise. Empty and None mean as it officially is.

    ``weights`` are points by the id of an indicator, an item or a domain; what is not named keeps its points, what
    stands below something named keeps its share, and all are scaled to the edition's total again. Where both a domain
    and something in it are named, the domain is set first. ``bounds`` are percentages by level.
    """

    weights: Mapping[str, float] | None = None
    bounds: Mapping[int, float] | None = None
    method: Method | None = None
    aggregation: Aggregation | None = None
    absent: AbsentPolicy | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Result:
    """Totals and levels under a change, beside the official ones."""

    arrays: RoundArrays
    change: Change
    setting: Setting
    weights: Floats
    official: Scored
    changed: Scored

    @cached_property
    def table(self) -> pd.DataFrame:
        """Return a row per applicant.

        Columns: size_type; points, level, place (within the size type) officially; points_if, level_if, place_if under
        the change; moved (points_if - points); flips (whether it becomes certified, "gains", or ceases to be, "loses",
        else empty). A level of 0 is an applicant that cannot be judged.
        """
        own, other = self.official, self.changed
        limit = self.setting.certified_from
        before, after = (_certified(scored, limit) for scored in (own, other))
        return pd.DataFrame(
            {
                "size_type": [SIZES[size].value for size in self.arrays.sizes],
                "points": own.totals[0],
                "level": own.levels[0].astype(int),
                "place": _place(self.arrays, own),
                "points_if": other.totals[0],
                "level_if": other.levels[0].astype(int),
                "place_if": _place(self.arrays, other),
                "moved": other.totals[0] - own.totals[0],
                "flips": np.where(after & ~before, "gains", np.where(before & ~after, "loses", "")),
            },
            index=pd.Index(self.arrays.ids, name="applicant"),
        )


def what_if(arrays: RoundArrays, change: Change | None = None, scorer: Scorer | None = None) -> Result:
    """Return the results of all applicants under a change. Nothing official is touched.

    ``scorer`` may be kept from call to call, which saves making it again.

    >>> import smartcert
    >>> arrays = smartcert.arrays(smartcert.open_round("example"))
    >>> made = smartcert.what_if(arrays, smartcert.Change(bounds={3: 69.5}))
    >>> made.table.query("flips == 'gains'").index.tolist()
    ['dasom', 'haneul']

    Raises:
        UsageError: an unknown indicator, item, domain or level, a weight below 0, or bounds that do not descend.
    """
    chosen = change or Change()
    made = scorer or Scorer(arrays)
    setting = changed_setting(made.setting, chosen)
    weights = changed_weights(arrays, chosen.weights or {})
    return Result(
        arrays=arrays,
        change=chosen,
        setting=setting,
        weights=weights,
        official=made.official,
        changed=made.nominal(setting, weights),
    )


def changed_setting(own: Setting, change: Change) -> Setting:
    """Return the setting under a change.

    Raises:
        UsageError: an unknown level, or bounds that are not 0 to 100 and lower from level to level.
    """
    bounds = dict(own.bounds)
    for level, percent in (change.bounds or {}).items():
        if level not in bounds:
            raise UsageError(f"no bound of level {level}; there are: {', '.join(map(str, bounds))}")
        bounds[level] = percent
    ordered = [bounds[level] for level in sorted(bounds)]
    descend = all(better > worse for better, worse in pairwise(ordered))
    if not descend or not all(0 <= percent <= 100 for percent in ordered):
        raise UsageError(f"bounds must lie from 100 down to 0 percent, lower from level to level, not {ordered}")
    return replace(
        own,
        bounds=bounds,
        combination=with_method(own.combination, change.method) if change.method else own.combination,
        aggregation=change.aggregation or own.aggregation,
        absent=change.absent or own.absent,
    )


def changed_weights(arrays: RoundArrays, weights: Mapping[str, float]) -> Floats:
    """Return points per indicator (J,) under new points for some indicators, items or domains.

    Raises:
        UsageError: an unknown id, a weight below 0, or no points left at all.
    """
    made = arrays.points.copy()
    groups = _groups(arrays)
    for name in weights:
        if name not in groups:
            raise UsageError(f"no indicator, item or domain '{name}'{suggestion(name, groups)}")
    for name, columns in groups.items():  # domains come first, then items, then indicators
        if name not in weights:
            continue
        wanted, there = float(weights[name]), made[columns].sum()
        if not wanted >= 0 or np.isinf(wanted):
            raise UsageError(f"the points of '{name}' are 0 or more, not {weights[name]}")
        nominal = arrays.points[columns]
        made[columns] = made[columns] * (wanted / there) if there else nominal * (wanted / nominal.sum())
    total = made.sum()
    if total <= 0:
        raise UsageError("no points are left: at least one weight must be above 0")
    return made if abs(total - arrays.out_of) < 1e-9 else made * (arrays.out_of / total)


def _groups(arrays: RoundArrays) -> dict[str, slice]:
    found = {one.id: one.columns for one in arrays.domains}
    found |= {one.id: one.columns for one in arrays.items if one.id not in found}
    return found | {name: slice(j, j + 1) for j, name in enumerate(arrays.names)}


def _certified(scored: Scored, limit: int) -> Bools:
    made: Bools = (scored.levels[0] != NOT_JUDGED) & (scored.levels[0] <= limit)
    return made


def _place(arrays: RoundArrays, scored: Scored) -> Floats:
    made = np.full(len(arrays.ids), np.nan)
    for group in size_groups(arrays).values():
        totals = scored.totals[:, group]
        made[group] = np.where(np.isnan(totals), np.nan, places(np.nan_to_num(totals, nan=-1.0)))[0]
    return made
