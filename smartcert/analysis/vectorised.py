"""Totals and levels of all applicants in many draws at once.

Draws are computed in floats: a figure, a sum or a total within a billionth (`scales.TOLERANCE`) of a bound or of a half
counts as on it. What is not drawn, `Scorer.official` and `Scorer.evaluate`, is exact.

Shapes: D draws, A applicants, J indicators, Q qualitative indicators, E evaluators, K domains.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import field
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smartcert.analysis.arguments import freeze
from smartcert.analysis.arrays import (
    AbsentPolicy,
    Aggregation,
    Bools,
    Floats,
    Ints,
    ItemColumns,
    RoundArrays,
    ScoringSetting,
    build_official_setting,
    from_candidates,
)
from smartcert.analysis.exact import ExactScorer, Points
from smartcert.analysis.resampling import Chances, CommitteeDraws, ErrorModel, MarkCombiner
from smartcert.analysis.scales import (
    TOLERANCE,
    aggregate_domains,
    assign_levels,
    convert_column_to_share,
    find_redistributed,
    redistribution_factors,
    round_in_place,
    round_scaled_in_place,
    round_signed_in_place,
    rounding_factor,
)
from smartcert.analysis.shaped import apply_gates, sum_sections, total_up
from smartcert.argument_types import check_arguments
from smartcert.errors import SmartcertError, UsageError
from smartcert.evaluation.levels import level_from_totals
from smartcert.evaluation.scoring import Candidate, build_candidate
from smartcert.lazy_dataclass import dataclass
from smartcert.model.evaluation import Evaluation
from smartcert.model.indicator import Effect, RoundingStep
from smartcert.representation import describe_briefly
from smartcert.rules.parameters import CombinationRule
from smartcert.rules.rulebook import Rules
from smartcert.services.rounds import OpenRound

NOT_JUDGED = 0
"""The level of an applicant who has too few marks in a draw; its total is NaN. Never skipped, always counted."""
_TOTAL_TOLERANCE = 1e-6
"""Totals that differ by less, in points, are the same: exact totals of any edition lie much further apart."""


@check_arguments
def from_round(opened: OpenRound) -> RoundArrays:
    """Return the arrays of all applicants of a round that were scored.

    >>> import smartcert
    >>> smartcert.arrays(smartcert.open_round("example")).values.shape
    (15, 53)

    Raises:
        InputError: the round cannot be evaluated.
        SmartcertError: scoring the arrays does not give exactly the totals and levels of the evaluation.
    """
    left_out = tuple((each.id, each.stage.value) for each in opened.verdicts if each.scorecard is None)
    candidates = collect_candidates(opened, opened.rules)
    arrays = from_candidates(candidates, opened.round.committee, opened.rules, left_out)
    check_exact(arrays, opened.verdicts)
    return arrays


def collect_candidates(opened: OpenRound, rules: Rules) -> list[Candidate]:
    """Return the scored applicants of a round as what ``rules`` would score, in the order of the applications."""
    scored = {each.id: each for each in opened.verdicts if each.scorecard is not None}
    candidates = []
    for application in opened.round.applications:
        evaluation = scored.get(application.id)
        if evaluation is not None and evaluation.size_type is not None:
            population = evaluation.applicant.population
            residents = population.residents if population else None
            candidates.append(
                build_candidate(application, evaluation.size_type, residents, opened.round.committee, rules)
            )
    return candidates


def check_exact(arrays: RoundArrays, evaluations: Sequence[Evaluation]) -> None:
    """Check the nominal draw's totals and levels against the evaluations; a SmartcertError names all that differ."""
    scored = share_scorer(arrays).official
    by_id = {evaluation.id: evaluation for evaluation in evaluations}
    differences = []
    for row, name in enumerate(arrays.ids):
        card, result = by_id[name].scorecard, by_id[name].level
        total, level = float(scored.totals[0, row]), int(scored.levels[0, row])
        if card is None or result is None:
            differences.append(f"'{name}' has none, the arrays give {total} (level {level})")
        elif abs(total - float(card.points)) > _TOTAL_TOLERANCE or level != result.level:
            exact = f"{float(card.points)} (level {result.level})"
            differences.append(f"'{name}' has {exact}, the arrays give {total} (level {level})")
    if differences:
        raise SmartcertError("the vectorised scores differ from the evaluation: " + "; ".join(differences))


@dataclass(frozen=True, kw_only=True, eq=False)
class DrawBatch:
    """What ``D`` draws are scored with.

    ``settings`` are the sets of rules that occur, ``which`` (D,) the one that each draw is scored under (None: the
    first). They differ in how marks, domains and missing values are treated, not in bounds and floors. ``weights``
    (D, J) are points per indicator that sum up to the edition's. ``counts`` (D, E) says how often each evaluator
    counts; None means once. ``chances`` (columns, D, A) stand for the errors of the values, as ``errors`` reads them;
    None means none. ``fixed`` gives shares (D, 1) or (D, A) of single indicators by column, whatever the values are.
    """

    __repr__ = describe_briefly

    settings: tuple[ScoringSetting, ...]
    weights: Floats
    which: Ints | None = None
    counts: Floats | None = None
    errors: ErrorModel | None = None
    chances: Chances | None = None
    fixed: Mapping[int, Floats] = field(default_factory=dict)

    @cached_property
    def combinations(self) -> list[tuple[CombinationRule, Ints | slice, CommitteeDraws | None]]:
        """Return each rule for marks that occurs, the draws scored so, and their committees if any were drawn."""
        return [
            (setting.combination, rows, None if self.counts is None else CommitteeDraws(self.counts[rows]))
            for setting, rows in self.rows(lambda setting: setting.combination)
        ]

    @cached_property
    def absents(self) -> list[tuple[ScoringSetting, Ints | slice]]:
        """Return a setting for each way of treating missing values that occurs, and the draws scored so."""
        return self.rows(lambda setting: setting.absent)

    def rows(self, key: Callable[[ScoringSetting], object]) -> list[tuple[ScoringSetting, Ints | slice]]:
        """Return, for each value of ``key`` that occurs, a setting that has it and the draws scored so."""
        first = {key(setting): setting for setting in reversed(self.settings)}
        if self.which is None or len(first) == 1:
            return [(self.settings[0], slice(None))]
        keys = [key(setting) for setting in self.settings]
        groups = [
            (setting, np.flatnonzero(np.array([other == value for other in keys])[self.which]))
            for value, setting in first.items()
        ]
        return [(setting, rows) for setting, rows in groups if rows.size]


@dataclass(frozen=True, kw_only=True, eq=False)
class ScoredDraws:
    """Totals (D, A), NaN where not judged; levels (D, A), `NOT_JUDGED` there; points of the domains (D, A, K)."""

    __repr__ = describe_briefly

    totals: Floats
    levels: NDArray[np.int8]
    domains: Floats

    def __post_init__(self) -> None:
        for array in (self.totals, self.levels, self.domains):
            freeze(array)


@lru_cache(maxsize=4)
def share_scorer(arrays: RoundArrays) -> Scorer:
    """Return the scorer that analyses of the same arrays share: points of marks and values are computed once."""
    return Scorer(arrays)


def choose_scorer(arrays: RoundArrays, scorer: Scorer | None) -> Scorer:
    """Return the scorer that is given, which must be of these arrays, or the one that their analyses share."""
    own = scorer or share_scorer(arrays)
    if own.arrays is not arrays:
        raise UsageError("scorer: it is one of other arrays; make it of these, or leave it out")
    return own


class Scorer:
    """Scores batches of draws of one round. What does not change from draw to draw is cached."""

    def __init__(self, arrays: RoundArrays) -> None:
        self.arrays = arrays
        self.setting = build_official_setting(arrays.levels, arrays.combination)
        self._mark_shares: dict[tuple[int, CombinationRule], tuple[Floats, Bools | None]] = {}
        self.changed: dict[Hashable, tuple[Floats, ScoredDraws]] = {}
        """What `what_if` remembers: points of the indicators (J,) and the results under a change."""

    @cached_property
    def _combiner(self) -> MarkCombiner:
        return MarkCombiner(self.arrays.marks)

    @cached_property
    def _every_evaluator(self) -> CommitteeDraws:
        return CommitteeDraws(np.ones((1, len(self.arrays.evaluators))))

    @cached_property
    def _value_shares(self) -> dict[int, Floats]:
        """Return the shares (A,) of the quantitative indicators without error, by column; 0 where missing."""
        arrays, shares = self.arrays, {}
        for j in range(len(arrays.names)):
            if j not in arrays.qualitative:
                shares[j] = np.array([self.exact.value_share(a, j) for a in range(len(arrays.ids))])
        return shares

    @cached_property
    def official(self) -> ScoredDraws:
        """Return what the evaluation gives under the official rules, exactly."""
        return self.evaluate(self.setting)

    @cached_property
    def exact(self) -> ExactScorer:
        """Return the scorer of the evaluation itself."""
        return ExactScorer(self.arrays)

    def evaluate(self, setting: ScoringSetting, factors: Points | None = None) -> ScoredDraws:
        """Return the one draw without error by the evaluation's own functions; nothing is near enough to be unsure.

        ``factors`` are by what the points possible of each indicator are multiplied, as `ExactScorer` takes them.

        Raises:
            ValueError: the setting does not add up the points of domains, which the evaluation always does.
        """
        if setting.aggregation is not Aggregation.ARITHMETIC:
            raise ValueError(f"the evaluation adds points up, it has no {setting.aggregation} mean")
        arrays, exact = self.arrays, self.exact
        bounds = exact.bounds(setting)
        gated = bool(arrays.edition.list_gates())
        totals = np.full(len(arrays.ids), np.nan)
        levels = np.full(len(arrays.ids), NOT_JUDGED, dtype=np.int8)
        domains = np.zeros((len(arrays.ids), len(arrays.domains)))
        left = self._evaluate_in_floats(setting, factors, totals, levels, domains)
        floors = exact.floors(setting, factors) if left else ()
        every = exact.score(setting, factors) if len(left) == len(arrays.ids) else None
        for a in left:
            own = exact.score_one(a, setting, factors) if every is None else every[a]
            if own is not None:
                limits = exact.floors(setting, factors, a) if gated else floors
                totals[a] = float(own.points)
                levels[a] = level_from_totals(own.points, own.sections, bounds, limits)
                domains[a] = [float(own.sections[domain.id]) for domain in arrays.domains]
        return ScoredDraws(totals=totals[None, :], levels=levels[None, :], domains=domains[None, :, :])

    def _evaluate_in_floats(
        self, setting: ScoringSetting, factors: Points | None, totals: Floats, levels: NDArray[np.int8], domains: Floats
    ) -> list[int]:
        """Set totals (A,), levels (A,) and domains (A, K) where floats decide as fractions do; return what is left."""
        arrays, adder = self.arrays, self.exact.float_totals
        if adder is None:
            return list(range(len(arrays.ids)))
        weights = np.array([[1.0 if factors is None else float(factors[name]) for name in arrays.names]])
        points = self.exact.unrounded_points(setting)
        rows = np.flatnonzero(~np.isnan(points).any(axis=1))

        def round_exactly(row: int, column: int) -> Fraction:
            own = (self.exact.collect_points(int(rows[row]), setting) or {})[arrays.names[column]]
            return self.exact.round_points({arrays.names[column]: own}, factors)[arrays.names[column]]

        rounded = adder.round_products(points[rows], weights, round_exactly)
        sums = adder.add_up(rows, rounded, weights, setting, self.exact.bounds(setting))
        same = sums.certain & sums.are_integers
        totals[rows[same]], levels[rows[same]] = sums.totals[same], sums.levels[same]
        domains[rows[same]] = sums.domains[same]
        left: list[int] = rows[~same].tolist()
        return left

    def nominal(self, setting: ScoringSetting | None = None, weights: Floats | None = None) -> ScoredDraws:
        """Return the one draw without error and with every evaluator once, by default with the official weights."""
        chosen = self.arrays.points if weights is None else weights
        return self.score(DrawBatch(settings=(setting or self.setting,), weights=chosen[None, :]))

    def shares(self, setting: ScoringSetting | None = None) -> Floats:
        """Return the shares (A, J) of points that each applicant has of each indicator, unrounded; 0 where missing."""
        batch = DrawBatch(settings=(setting or self.setting,), weights=self.arrays.points[None, :])
        columns = [self._shares(j, batch)[0] for j in range(len(self.arrays.names))]
        return np.stack(
            [column.reshape(-1, len(self.arrays.ids))[0] if column.size else np.zeros(0) for column in columns], axis=1
        )

    def score(self, batch: DrawBatch) -> ScoredDraws:
        """Return totals and levels of every draw of a batch."""
        if not self.arrays.is_plain_sum:
            return self._score_shaped(batch)
        arrays, edition = self.arrays, self.arrays.edition
        draws, applicants = batch.weights.shape[0], len(arrays.ids)
        domains = np.zeros((len(arrays.domains), draws, applicants))
        too_few = np.zeros((draws, applicants), dtype=bool)
        for place, domain in enumerate(arrays.domains):
            for item in domain.items:
                domains[place] += self._score_item(item, batch, too_few)
            round_in_place(domains[place], edition.rounding_at(RoundingStep.DOMAIN))
        possible = np.stack([batch.weights[:, domain.columns].sum(axis=1) for domain in arrays.domains], axis=1)
        totals = np.empty((draws, applicants))
        for setting, rows in batch.rows(lambda setting: setting.aggregation):
            totals[rows] = aggregate_domains(domains[:, rows], possible[rows], setting.aggregation)
        round_in_place(totals, edition.rounding_at(RoundingStep.TOTAL))
        levels = assign_levels(totals, domains, possible, arrays.domains, batch.settings[0], arrays.out_of)
        totals[too_few] = np.nan
        levels[too_few] = NOT_JUDGED
        return ScoredDraws(totals=totals, levels=levels, domains=np.moveaxis(domains, 0, 2))

    def _score_shaped(self, batch: DrawBatch) -> ScoredDraws:
        """Return what `score` does where the edition does more than add points up."""
        arrays, edition = self.arrays, self.arrays.edition
        shape = (batch.weights.shape[0], len(arrays.ids))
        too_few = np.zeros(shape, dtype=bool)
        points: dict[str, Floats] = {}
        out_of: dict[str, Floats] = {}
        for item in arrays.items:
            self._score_item_apart(item, batch, too_few, points, out_of)
        weights = {name: batch.weights[:, j, None] for j, name in enumerate(arrays.names)}
        sums = sum_sections(edition, points, weights)
        domains = np.stack([np.broadcast_to(sums.sections[domain.id], shape) for domain in arrays.domains])
        possible = np.concatenate(
            [np.broadcast_to(sums.possible[domain.id], (shape[0], 1)) for domain in arrays.domains], axis=1
        )
        totals = np.empty(shape)
        for setting, rows in batch.rows(lambda setting: setting.aggregation):
            totals[rows] = np.broadcast_to(total_up(edition, sums, points, setting.aggregation), shape)[rows]
        levels = assign_levels(totals, domains, possible, arrays.domains, batch.settings[0], arrays.out_of)
        apply_gates(edition, sums, points, out_of, levels, batch.settings[0].worst)
        totals[too_few] = np.nan
        levels[too_few] = NOT_JUDGED
        return ScoredDraws(totals=totals, levels=levels, domains=np.moveaxis(domains, 0, 2).copy())

    def _score_item_apart(
        self,
        item: ItemColumns,
        batch: DrawBatch,
        too_few: Bools,
        points: dict[str, Floats],
        out_of: dict[str, Floats],
    ) -> None:
        """Add the points (D, A), and the points possible, of each indicator of an item, by its id."""
        rounding = self.arrays.edition.rounding_at(RoundingStep.INDICATOR)
        spread = np.ones(too_few.shape)
        given = np.zeros((*too_few.shape, item.last - item.first), dtype=bool)
        for setting, draws in batch.absents:
            applicants, missing = self._missing[setting.absent, item.first]
            if applicants.size:
                weights = batch.weights[draws, item.columns] * self.arrays.counted[item.columns]
                place: Any = (draws, applicants) if isinstance(draws, slice) else np.ix_(draws, applicants)
                spread[place] = redistribution_factors(weights, missing)
                given[place] = missing
        for j in range(item.first, item.last):
            name, indicator = self.arrays.names[j], self.arrays.indicators[j]
            shares, few = self._shares(j, batch)
            weight = batch.weights[:, j, None]
            if indicator.effect is Effect.PREREQUISITE:
                points[name] = (shares >= 1.0 - TOLERANCE).astype(np.float64)
                out_of[name] = np.ones((1, 1))
            else:
                own = round_signed_in_place(shares * weight, rounding)
                points[name] = own * spread if indicator.counted else own
                out_of[name] = np.where(given[..., j - item.first], 0.0, weight * spread)
                if not indicator.counted:
                    out_of[name] = np.broadcast_to(weight, too_few.shape)
            if few is not None:
                too_few |= few

    def _score_item(self, item: ItemColumns, batch: DrawBatch, too_few: Bools) -> Floats:
        """Return the points (D, A) of an item, and mark in ``too_few`` (D, A) who has too few marks for it."""
        edition = self.arrays.edition
        rounding = edition.rounding_at(RoundingStep.INDICATOR)
        factor = rounding_factor(rounding)
        weights = batch.weights[:, item.columns] * factor
        total = np.zeros(too_few.shape)
        for j in range(item.first, item.last):
            shares, few = self._shares(j, batch)
            points = shares * weights[:, j - item.first, None]
            round_scaled_in_place(points, rounding)
            total += points
            if few is not None:
                too_few |= few
        if factor != 1.0:
            total /= factor
        for place, spread in self._redistribute(item, batch):
            total[place] *= spread
        return round_in_place(total, edition.rounding_at(RoundingStep.ITEM))

    def _redistribute(self, item: ItemColumns, batch: DrawBatch) -> Iterator[tuple[tuple[Any, Any], Floats]]:
        """Yield who has points of an item redistributed, and by what the points of the others are multiplied."""
        for setting, draws in batch.absents:
            applicants, missing = self._missing[setting.absent, item.first]
            if applicants.size:
                place: Any = (draws, applicants) if isinstance(draws, slice) else np.ix_(draws, applicants)
                yield place, redistribution_factors(batch.weights[draws, item.columns], missing)

    @cached_property
    def _missing(self) -> dict[tuple[AbsentPolicy, int], tuple[Ints, Bools]]:
        """Return, by policy and first column of an item, whose points are redistributed, and which (rows, columns)."""
        missing = {}
        for absent in AbsentPolicy:
            redistributed = find_redistributed(self.arrays, absent)
            for item in self.arrays.items:
                columns = redistributed[:, item.columns]
                applicants = np.flatnonzero(columns.any(axis=1))
                missing[absent, item.first] = (applicants, columns[applicants])
        return missing

    def _shares(self, j: int, batch: DrawBatch) -> tuple[Floats, Bools | None]:
        """Return the shares (D, A) or (1, A) of one indicator, and where it could not be judged."""
        arrays = self.arrays
        if j in batch.fixed:
            return batch.fixed[j], None
        if j in arrays.qualitative:
            if batch.counts is None and batch.which is None:
                key = (j, batch.settings[0].combination)
                if key not in self._mark_shares:
                    self._mark_shares[key] = self._convert_marks(j, *self._combine(j, batch))
                return self._mark_shares[key]
            return self._convert_marks(j, *self._combine(j, batch))
        if batch.errors is None or batch.chances is None:
            return self._value_shares[j][None, :], None
        return batch.errors.shares(j, batch.chances), None

    def _convert_marks(self, j: int, marks: Floats, too_few: Bools | None) -> tuple[Floats, Bools | None]:
        round_signed_in_place(marks, self.arrays.edition.rounding_at(RoundingStep.MARK))
        return convert_column_to_share(self.arrays, j, marks), too_few

    def _combine(self, j: int, batch: DrawBatch) -> tuple[Floats, Bools | None]:
        """Return the combined marks (D, A) or (1, A) of one indicator, and where too few marks are left."""
        question = self.arrays.qualitative[j]
        if len(batch.combinations) == 1:
            rule, _, committees = batch.combinations[0]
            return self._combiner.combine(question, committees or self._every_evaluator, rule)
        marks = np.empty((batch.weights.shape[0], len(self.arrays.ids)))
        too_few: Bools | None = None
        for rule, rows, committees in batch.combinations:
            marks[rows], few = self._combiner.combine(question, committees or self._every_evaluator, rule)
            if few is not None:
                too_few = np.zeros(marks.shape, dtype=bool) if too_few is None else too_few
                too_few[rows] = few
        return marks, too_few
