"""A round scored many times at once, held equal to the exact score."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smartcert.analysis.arrays import (
    AbsentPolicy,
    Bools,
    Floats,
    Ints,
    ItemColumns,
    RoundArrays,
    ScoringSetting,
    build_official_setting,
)
from smartcert.analysis.resampling import Chances, CommitteeDraws, ErrorModel, MarkCombiner, compute_shares
from smartcert.analysis.scales import (
    aggregate_domains,
    assign_levels,
    convert_to_share,
    find_redistributed,
    redistribution_factors,
    round_in_place,
    round_scaled_in_place,
    rounding_factor,
)
from smartcert.errors import SmartcertError
from smartcert.model.evaluation import Evaluation
from smartcert.model.indicator import RoundingStep
from smartcert.rules.parameters import CombinationRule

# --- Scores many worlds of one round at once: totals and levels of every applicant in each.

NOT_JUDGED = 0
"""The level of an applicant who has too few marks in a world; its total is NaN. Never skipped, always counted."""


@dataclass(frozen=True, kw_only=True, eq=False)
class DrawBatch:
    """``D`` worlds.

    ``settings`` are the sets of rules that occur, ``which`` (D,) the one that each world is scored under (None: the
    first). They differ in how marks, domains and gaps are treated, not in bounds and floors. ``weights`` (D, J) are
    points per indicator that sum up to the edition's. ``counts`` (D, E) says how often each evaluator counts; None
    means once. ``chances`` (columns, D, A) tell the errors of the values, as ``errors`` has them; None means none.
    ``fixed`` gives shares (D, 1) or (D, A) of single indicators by column, whatever the values say.
    """

    settings: tuple[ScoringSetting, ...]
    weights: Floats
    which: Ints | None = None
    counts: Floats | None = None
    errors: ErrorModel | None = None
    chances: Chances | None = None
    fixed: Mapping[int, Floats] = field(default_factory=dict)

    @cached_property
    def combinations(self) -> list[tuple[CombinationRule, Ints | slice, CommitteeDraws | None]]:
        """Return each rule for marks that occurs, the worlds scored so, and their committees if any were drawn."""
        return [
            (one.combination, rows, None if self.counts is None else CommitteeDraws(self.counts[rows]))
            for one, rows in self.rows(lambda one: one.combination)
        ]

    @cached_property
    def absents(self) -> list[tuple[ScoringSetting, Ints | slice]]:
        """Return a setting for each way of treating gaps that occurs, and the worlds scored so."""
        return self.rows(lambda one: one.absent)

    def rows(self, of: Callable[[ScoringSetting], object]) -> list[tuple[ScoringSetting, Ints | slice]]:
        """Return, for each value of ``of`` that occurs, a setting that has it and the worlds scored so."""
        first = {of(setting): setting for setting in reversed(self.settings)}
        if self.which is None or len(first) == 1:
            return [(self.settings[0], slice(None))]
        kinds = [of(setting) for setting in self.settings]
        found = [(one, np.flatnonzero(np.array([k == key for k in kinds])[self.which])) for key, one in first.items()]
        return [(one, rows) for one, rows in found if rows.size]


@dataclass(frozen=True, kw_only=True, eq=False)
class ScoredDraws:
    """Totals (D, A), NaN where not judged; levels (D, A), `NOT_JUDGED` there; points of the domains (D, A, K)."""

    totals: Floats
    levels: NDArray[np.int8]
    domains: Floats


class Scorer:
    """Scores batches of worlds of one round. What does not change from world to world is kept."""

    def __init__(self, arrays: RoundArrays) -> None:
        self.arrays = arrays
        self.setting = build_official_setting(arrays.levels, arrays.combination)
        self._kept: dict[tuple[int, CombinationRule], tuple[Floats, Bools | None]] = {}

    @cached_property
    def _panel(self) -> MarkCombiner:
        return MarkCombiner(self.arrays.marks)

    @cached_property
    def _own_shares(self) -> dict[int, Floats]:
        """Return the shares (A,) of the quantitative indicators without error; 0 in a gap."""
        arrays = self.arrays
        made = {}
        for j in range(len(arrays.names)):
            if j not in arrays.marked:
                made[j] = compute_shares(arrays, j, arrays.values[:, j])
                made[j][arrays.gaps[:, j] > 0] = 0.0
        return made

    @cached_property
    def official(self) -> ScoredDraws:
        """Return the nominal world under the official rules."""
        return self.nominal()

    def nominal(self, setting: ScoringSetting | None = None, weights: Floats | None = None) -> ScoredDraws:
        """Return the one world without error and with every evaluator once, by default with the official weights."""
        chosen = self.arrays.points if weights is None else weights
        return self.score(DrawBatch(settings=(setting or self.setting,), weights=chosen[None, :]))

    def shares(self, setting: ScoringSetting | None = None) -> Floats:
        """Return the shares (A, J) of points that each applicant has of each indicator before rounding; 0 in a gap."""
        batch = DrawBatch(settings=(setting or self.setting,), weights=self.arrays.points[None, :])
        made = [self._shares(j, batch)[0] for j in range(len(self.arrays.names))]
        return np.stack([one.reshape(-1, one.shape[-1])[0] for one in made], axis=1)

    def score(self, batch: DrawBatch) -> ScoredDraws:
        """Return totals and levels of every world of a batch."""
        arrays, edition = self.arrays, self.arrays.edition
        draws, applicants = batch.weights.shape[0], len(arrays.ids)
        domains = np.zeros((len(arrays.domains), draws, applicants))
        too_few = np.zeros((draws, applicants), dtype=bool)
        for place, domain in enumerate(arrays.domains):
            for item in domain.items:
                domains[place] += self._item(item, batch, too_few)
            round_in_place(domains[place], edition.rounding_at(RoundingStep.DOMAIN))
        possible = np.stack([batch.weights[:, one.columns].sum(axis=1) for one in arrays.domains], axis=1)
        totals = np.empty((draws, applicants))
        for setting, rows in batch.rows(lambda one: one.aggregation):
            totals[rows] = aggregate_domains(domains[:, rows], possible[rows], setting.aggregation)
        round_in_place(totals, edition.rounding_at(RoundingStep.TOTAL))
        levels = assign_levels(totals, domains, possible, arrays.domains, batch.settings[0], arrays.out_of)
        totals[too_few] = np.nan
        levels[too_few] = NOT_JUDGED
        return ScoredDraws(totals=totals, levels=levels, domains=np.moveaxis(domains, 0, 2))

    def _item(self, item: ItemColumns, batch: DrawBatch, too_few: Bools) -> Floats:
        edition = self.arrays.edition
        rounding = edition.rounding_at(RoundingStep.INDICATOR)
        unit = rounding_factor(rounding)
        weights = batch.weights[:, item.columns] * unit
        made = np.zeros(too_few.shape)
        for j in range(item.first, item.last):
            shares, few = self._shares(j, batch)
            points = shares * weights[:, j - item.first, None]
            round_scaled_in_place(points, rounding)
            made += points
            if few is not None:
                too_few |= few
        if unit != 1.0:
            made /= unit
        for place, factor in self._spreads(item, batch):
            made[place] *= factor
        return made if item.is_domain else round_in_place(made, edition.rounding_at(RoundingStep.ITEM))

    def _spreads(self, item: ItemColumns, batch: DrawBatch) -> Iterator[tuple[tuple[Any, Any], Floats]]:
        """Yield by what points of an item are multiplied because those of gaps are spread, and for whom."""
        for setting, draws in batch.absents:
            applicants, gives = self._giving[setting.absent, item.first]
            if applicants.size:
                place: Any = (draws, applicants) if isinstance(draws, slice) else np.ix_(draws, applicants)
                yield place, redistribution_factors(batch.weights[draws, item.columns], gives)

    @cached_property
    def _giving(self) -> dict[tuple[AbsentPolicy, int], tuple[Ints, Bools]]:
        """Return, by the first column of an item, who has gaps whose points are spread, and which (rows, columns)."""
        made = {}
        for absent in AbsentPolicy:
            for item in self.arrays.items:
                gives = find_redistributed(self.arrays, absent)[:, item.columns]
                applicants = np.flatnonzero(gives.any(axis=1))
                made[absent, item.first] = (applicants, gives[applicants])
        return made

    def _shares(self, j: int, batch: DrawBatch) -> tuple[Floats, Bools | None]:
        """Return the shares (D, A) or (1, A) of one indicator, and where it could not be judged."""
        arrays = self.arrays
        if j in batch.fixed:
            return batch.fixed[j], None
        if j in arrays.marked:
            if batch.counts is None and batch.which is None:
                return self._own_marks(j, batch.settings[0].combination)
            return self._marked(j, *self._marks(arrays.marked[j], batch))
        if batch.errors is None or batch.chances is None:
            return self._own_shares[j][None, :], None
        return batch.errors.shares(j, batch.chances), None

    def _own_marks(self, j: int, rule: CombinationRule) -> tuple[Floats, Bools | None]:
        """Return the shares (1, A) of an indicator with every evaluator once; kept by rule."""
        key = (j, rule)
        if key not in self._kept:
            self._kept[key] = self._marked(j, *self._panel.combine(self.arrays.marked[j], self._every, rule))
        return self._kept[key]

    def _marked(self, j: int, marks: Floats, too_few: Bools | None) -> tuple[Floats, Bools | None]:
        arrays = self.arrays
        round_in_place(marks, arrays.edition.rounding_at(RoundingStep.MARK))
        return convert_to_share(arrays.indicators[j], marks, arrays.sizes), too_few

    @cached_property
    def _every(self) -> CommitteeDraws:
        return CommitteeDraws(np.ones((1, len(self.arrays.evaluators))))

    def _marks(self, question: int, batch: DrawBatch) -> tuple[Floats, Bools | None]:
        if len(batch.combinations) == 1:
            rule, _, drawn = batch.combinations[0]
            return self._panel.combine(question, drawn or self._every, rule)
        marks = np.empty((batch.weights.shape[0], len(self.arrays.ids)))
        too_few: Bools | None = None
        for rule, rows, drawn in batch.combinations:
            marks[rows], few = self._panel.combine(question, drawn or self._every, rule)
            if few is not None:
                too_few = np.zeros(marks.shape, dtype=bool) if too_few is None else too_few
                too_few[rows] = few
        return marks, too_few


# --- Holds the vectorised scores at the nominal point against the exact ones of the evaluation.

_TOTAL_TOLERANCE = 1e-6
"""Totals that differ by less are one: exact totals of any edition lie much further apart."""


def check_exact(arrays: RoundArrays, evaluations: Sequence[Evaluation]) -> None:
    """Hold the nominal point against the verdicts, applicant by applicant.

    Raises:
        SmartcertError: a total or a level differs; names every such applicant.
    """
    scored = Scorer(arrays).nominal()
    wrong = list(_describe_differences(arrays, scored, {one.id: one for one in evaluations}))
    if wrong:
        raise SmartcertError("the vectorised scores differ from the evaluation: " + "; ".join(wrong))


def _describe_differences(arrays: RoundArrays, scored: ScoredDraws, verdicts: dict[str, Evaluation]) -> Iterator[str]:
    for at, name in enumerate(arrays.ids):
        card, result = verdicts[name].scorecard, verdicts[name].level
        total, level = float(scored.totals[0, at]), int(scored.levels[0, at])
        if (
            card is None
            or result is None
            or abs(total - float(card.points)) > _TOTAL_TOLERANCE
            or level != result.level
        ):
            told = "none" if card is None or result is None else f"{float(card.points)} (level {result.level})"
            yield f"'{name}' has {told}, the arrays give {total} (level {level})"
