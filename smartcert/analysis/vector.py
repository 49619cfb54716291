"""Scores many worlds of one round at once: totals and levels of every applicant in each.

At the nominal point (the official weights, every evaluator once, no error, the official setting) the totals and levels
are exactly those of ``smartcert.evaluation``; `smartcert.analysis.exact` refuses to go on where they are not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smartcert.analysis.arrays import Bools, Floats, Ints, Item, RoundArrays
from smartcert.analysis.combined import Panel
from smartcert.analysis.settings import AbsentPolicy, Setting, official
from smartcert.analysis.steps import round_in_place, share
from smartcert.analysis.totals import aggregate, giving, levels_of, spread
from smartcert.model.indicator import Counted, Step, YesNo
from smartcert.rules.scoring import CombinationRule

NOT_JUDGED = 0
"""The level of an applicant who has too few marks in a world; its total is NaN. Never skipped, always counted."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Batch:
    """``D`` worlds.

    ``settings`` are the sets of rules that occur, ``which`` (D,) the one that each world is scored under (None: the
    first). They differ in how marks, domains and gaps are treated, not in bounds and floors. ``weights`` (D, J) are
    points per indicator that sum up to the edition's. ``counts`` (D, E) says how often each evaluator counts; None
    means once. ``errors`` (J, D, A) are relative errors of the values: 0.1 is ten percent too much, and a yes/no value
    is turned round where its error is 1; None means none. ``fixed`` gives shares (D, 1) or (D, A) of single indicators
    by column, whatever the values say.
    """

    settings: tuple[Setting, ...]
    weights: Floats
    which: Ints | None = None
    counts: Floats | None = None
    errors: Floats | None = None
    fixed: Mapping[int, Floats] = field(default_factory=dict)

    def rows(self, of: Callable[[Setting], object]) -> list[tuple[Setting, Ints | slice]]:
        """Return, for each value of ``of`` that occurs, a setting that has it and the worlds scored so."""
        first = {of(setting): setting for setting in reversed(self.settings)}
        if self.which is None or len(first) == 1:
            return [(self.settings[0], slice(None))]
        kinds = [of(setting) for setting in self.settings]
        found = [(one, np.flatnonzero(np.array([k == key for k in kinds])[self.which])) for key, one in first.items()]
        return [(one, rows) for one, rows in found if rows.size]


@dataclass(frozen=True, kw_only=True, eq=False)
class Scored:
    """Totals (D, A), NaN where not judged; levels (D, A), `NOT_JUDGED` there; points of the domains (D, A, K)."""

    totals: Floats
    levels: NDArray[np.int8]
    domains: Floats


class Scorer:
    """Scores batches of worlds of one round. What does not change from world to world is kept."""

    def __init__(self, arrays: RoundArrays) -> None:
        self.arrays = arrays
        self.setting = official(arrays.levels, arrays.combination)
        self._kept: dict[tuple[int, CombinationRule], tuple[Floats, Bools | None]] = {}

    @cached_property
    def _panel(self) -> Panel:
        return Panel(self.arrays.marks)

    @cached_property
    def _own_shares(self) -> dict[int, Floats]:
        """Return the shares (A,) of the quantitative indicators without error; 0 in a gap."""
        arrays = self.arrays
        made = {}
        for j in range(len(arrays.names)):
            if j not in arrays.marked:
                made[j] = self._share_of(j, arrays.values[:, j])
                made[j][self._gaps[j]] = 0.0
        return made

    @cached_property
    def official(self) -> Scored:
        """Return the nominal world under the official rules."""
        return self.nominal()

    def nominal(self, setting: Setting | None = None, weights: Floats | None = None) -> Scored:
        """Return the one world without error and with every evaluator once, by default with the official weights."""
        chosen = self.arrays.points if weights is None else weights
        return self.score(Batch(settings=(setting or self.setting,), weights=chosen[None, :]))

    def shares(self, setting: Setting | None = None) -> Floats:
        """Return the shares (A, J) of points that each applicant has of each indicator before rounding; 0 in a gap."""
        batch = Batch(settings=(setting or self.setting,), weights=self.arrays.points[None, :])
        made = [self._shares(j, batch)[0] for j in range(len(self.arrays.names))]
        return np.stack([one.reshape(-1, one.shape[-1])[0] for one in made], axis=1)

    def score(self, batch: Batch) -> Scored:
        """Return totals and levels of every world of a batch."""
        arrays, edition = self.arrays, self.arrays.edition
        draws, applicants = batch.weights.shape[0], len(arrays.ids)
        domains = np.zeros((len(arrays.domains), draws, applicants))
        too_few = np.zeros((draws, applicants), dtype=bool)
        for place, domain in enumerate(arrays.domains):
            for item in domain.items:
                domains[place] += self._item(item, batch, too_few)
            round_in_place(domains[place], edition.round_at(Step.DOMAIN))
        possible = np.stack([batch.weights[:, one.columns].sum(axis=1) for one in arrays.domains], axis=1)
        totals = np.empty((draws, applicants))
        for setting, rows in batch.rows(lambda one: one.aggregation):
            totals[rows] = aggregate(domains[:, rows], possible[rows], setting.aggregation)
        round_in_place(totals, edition.round_at(Step.TOTAL))
        levels = levels_of(totals, domains, possible, arrays.domains, batch.settings[0], arrays.out_of)
        totals[too_few] = np.nan
        levels[too_few] = NOT_JUDGED
        return Scored(totals=totals, levels=levels, domains=np.moveaxis(domains, 0, 2))

    def _item(self, item: Item, batch: Batch, too_few: Bools) -> Floats:
        edition = self.arrays.edition
        made = np.zeros(too_few.shape)
        spreads = list(self._spreads(item, batch))
        for j in range(item.first, item.last):
            shares, few = self._shares(j, batch)
            points = shares * batch.weights[:, j, None]
            round_in_place(points, edition.round_at(Step.INDICATOR))
            for place, factor in spreads:
                points[place] *= factor
            made += points
            if few is not None:
                too_few |= few
        return made if item.is_domain else round_in_place(made, edition.round_at(Step.ITEM))

    def _spreads(self, item: Item, batch: Batch) -> Iterator[tuple[tuple[Any, Any], Floats]]:
        """Yield by what points of an item are multiplied because those of gaps are spread, and for whom."""
        for setting, draws in batch.rows(lambda one: one.absent):
            gives = self._giving[setting.absent][:, item.columns]
            applicants = np.flatnonzero(gives.any(axis=1))
            if applicants.size:
                place: Any = (draws, applicants) if isinstance(draws, slice) else np.ix_(draws, applicants)
                yield place, spread(batch.weights[draws, item.columns], gives[applicants])

    @cached_property
    def _giving(self) -> dict[AbsentPolicy, Bools]:
        return {absent: giving(self.arrays, absent) for absent in AbsentPolicy}

    def _shares(self, j: int, batch: Batch) -> tuple[Floats, Bools | None]:
        """Return the shares (D, A) or (1, A) of one indicator, and where it could not be judged."""
        arrays = self.arrays
        if j in batch.fixed:
            return batch.fixed[j], None
        if j in arrays.marked:
            if batch.counts is None and batch.which is None:
                return self._own_marks(j, batch.settings[0].combination)
            return self._marked(j, *self._marks(arrays.marked[j], batch))
        if batch.errors is None:
            return self._own_shares[j][None, :], None
        made = self._share_of(j, self._disturbed(j, batch.errors[j]))
        made[:, self._gaps[j]] = 0.0
        return made, None

    def _own_marks(self, j: int, rule: CombinationRule) -> tuple[Floats, Bools | None]:
        """Return the shares (1, A) of an indicator with every evaluator once; kept by rule."""
        key = (j, rule)
        if key not in self._kept:
            every = np.ones((1, len(self.arrays.evaluators)))
            self._kept[key] = self._marked(j, *self._panel.combine(self.arrays.marked[j], every, rule))
        return self._kept[key]

    def _marked(self, j: int, marks: Floats, too_few: Bools) -> tuple[Floats, Bools | None]:
        arrays = self.arrays
        round_in_place(marks, arrays.edition.round_at(Step.MARK))
        return share(arrays.indicators[j], marks, arrays.sizes), too_few if too_few.any() else None

    @cached_property
    def _gaps(self) -> list[NDArray[np.intp]]:
        return [np.flatnonzero(self.arrays.gaps[:, j]) for j in range(len(self.arrays.names))]

    def _marks(self, question: int, batch: Batch) -> tuple[Floats, Bools]:
        draws = batch.weights.shape[0]
        counts = np.ones((draws, len(self.arrays.evaluators))) if batch.counts is None else batch.counts
        by_rule = batch.rows(lambda one: one.combination)
        if len(by_rule) == 1:
            return self._panel.combine(question, counts, by_rule[0][0].combination)
        marks = np.empty((draws, len(self.arrays.ids)))
        too_few = np.empty(marks.shape, dtype=bool)
        for setting, rows in by_rule:
            marks[rows], too_few[rows] = self._panel.combine(question, counts[rows], setting.combination)
        return marks, too_few

    def _disturbed(self, j: int, errors: Floats) -> Floats:
        """Return the values (D, A) with their errors: within the limits of a claim, whole where things are counted."""
        indicator, own = self.arrays.indicators[j], self.arrays.values[:, j]
        if isinstance(indicator.scale, YesNo):
            return own + errors * (1.0 - 2.0 * own)
        values = errors + 1.0
        values *= own
        if isinstance(indicator.scale, Counted):
            np.rint(values, out=values)
        limits = indicator.limits
        if limits.at_least is not None:
            np.maximum(values, np.minimum(float(limits.at_least), own), out=values)
        if limits.at_most is not None:
            np.minimum(values, np.maximum(float(limits.at_most), own), out=values)
        return values

    def _share_of(self, j: int, values: Floats) -> Floats:
        indicator, arrays = self.arrays.indicators[j], self.arrays
        if indicator.per_people is not None:
            values = values * (indicator.per_people / arrays.population)
            round_in_place(values, arrays.edition.round_at(Step.MEASURE))
        return share(indicator, values, arrays.sizes)
