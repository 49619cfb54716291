"""Totals and levels of all applicants in many draws at once.

Draws are computed in floats: a figure, a sum or a total within a billionth (`scales.TOLERANCE`) of a bound or of a half
counts as on it. What is not drawn, `Scorer.official` and `Scorer.evaluate`, is exact.

Shapes: D draws, A applicants, J indicators, Q qualitative indicators, E evaluators, K domains.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
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
)
from smartcert.argument_types import check_arguments
from smartcert.errors import SmartcertError, UsageError
from smartcert.evaluation.scoring import Candidate, build_candidate
from smartcert.evaluation.totals import level_from_totals
from smartcert.lazy_dataclass import dataclass
from smartcert.model.evaluation import Evaluation
from smartcert.model.indicator import (
    Combine,
    CountsAt,
    Edition,
    Effect,
    Gate,
    Indicator,
    RoundingStep,
    Section,
    TotalMethod,
)
from smartcert.model.scheme import Threshold
from smartcert.representation import describe_briefly
from smartcert.rules.parameters import CombinationRule
from smartcert.rules.rulebook import Rules
from smartcert.services.rounds import OpenRound

NOT_JUDGED = 0
"""The level of an applicant who has too few marks in a draw; its total is NaN. Never skipped, always counted."""
_TOTAL_TOLERANCE = 1e-6
"""Totals that differ by less, in points, are the same: exact totals of any edition lie much further apart."""
_PLAIN = Combine()


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
    """Check totals and levels of the nominal draw against the evaluations, applicant by applicant.

    Raises:
        SmartcertError: a total or a level differs; names every such applicant.
    """
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
    """Return the scorer that is given, or without one that which analyses of the same arrays share.

    Raises:
        UsageError: it is of other arrays.
    """
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
        arrays, edition = self.arrays, self.arrays.edition
        shape = (batch.weights.shape[0], len(arrays.ids))
        too_few = np.zeros(shape, dtype=bool)
        points: dict[str, Floats] = {}
        out_of: dict[str, Floats] = {}
        for item in arrays.items:
            self._score_item(item, batch, too_few, points, out_of)
        weights = {name: batch.weights[:, j, None] for j, name in enumerate(arrays.names)}
        sums = _sum_sections(edition, points, weights)
        domains = np.stack([np.broadcast_to(sums.sections[domain.id], shape) for domain in arrays.domains])
        possible = np.concatenate(
            [np.broadcast_to(sums.possible[domain.id], (shape[0], 1)) for domain in arrays.domains], axis=1
        )
        totals = np.empty(shape)
        for setting, rows in batch.rows(lambda setting: setting.aggregation):
            totals[rows] = np.broadcast_to(_total_up(edition, sums, points, setting.aggregation), shape)[rows]
        levels = assign_levels(totals, domains, possible, arrays.domains, batch.settings[0], arrays.out_of)
        _apply_gates(edition, sums, points, out_of, levels, batch.settings[0].worst)
        totals[too_few] = np.nan
        levels[too_few] = NOT_JUDGED
        return ScoredDraws(totals=totals, levels=levels, domains=np.moveaxis(domains, 0, 2).copy())

    def _score_item(
        self,
        item: ItemColumns,
        batch: DrawBatch,
        too_few: Bools,
        points: dict[str, Floats],
        out_of: dict[str, Floats],
    ) -> None:
        """Add the points (D, A) of each indicator of an item by its id, and where a gate is on it the points possible.

        Whoever has too few marks for one is marked in ``too_few`` (D, A).
        """
        rounding = self.arrays.edition.rounding_at(RoundingStep.INDICATOR)
        spread = list(self._redistribute(item, batch))
        for j in range(item.first, item.last):
            name, indicator = self.arrays.names[j], self.arrays.indicators[j]
            weight = batch.weights[:, j, None]
            shares, few = self._shares(j, batch)
            if few is not None:
                too_few |= few
            if indicator.effect is Effect.PREREQUISITE:
                points[name], out_of[name] = (shares >= 1.0 - TOLERANCE).astype(np.float64), np.ones((1, 1))
                continue
            own = points[name] = round_in_place(shares * weight, rounding)
            if name in self._gated:
                out_of[name] = np.broadcast_to(weight, too_few.shape).copy()
            for place, factors, missing in spread if indicator.counted else ():
                own[place] *= factors
                if name in self._gated:
                    out_of[name][place] *= np.where(missing[:, j - item.first], 0.0, factors)

    def _redistribute(self, item: ItemColumns, batch: DrawBatch) -> Iterator[tuple[tuple[Any, Any], Floats, Bools]]:
        """Yield who has points of an item redistributed, by what the others are multiplied, and which are missing."""
        for setting, draws in batch.absents:
            applicants, missing = self._missing[setting.absent, item.first]
            if applicants.size:
                weights = batch.weights[draws, item.columns] * self.arrays.counted[item.columns]
                place: Any = (draws, applicants) if isinstance(draws, slice) else np.ix_(draws, applicants)
                yield place, redistribution_factors(weights, missing), missing

    @cached_property
    def _gated(self) -> frozenset[str]:
        return frozenset(gate.of for gate in self.arrays.edition.list_gates())

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
        round_in_place(marks, self.arrays.edition.rounding_at(RoundingStep.MARK))
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


@dataclass(frozen=True, kw_only=True, eq=False)
class _Sums:
    """The sums (D, A) of every section by id, and the points possible (D, 1) of each under the weights of the draws."""

    sections: Mapping[str, Floats]
    possible: Mapping[str, Floats]


def _sum_sections(edition: Edition, points: Mapping[str, Floats], weights: Mapping[str, Floats]) -> _Sums:
    """Return the sums of all sections, from the points (D, A) of each indicator and its weight (D, 1), by id."""
    sections: dict[str, Floats] = {}
    possible: dict[str, Floats] = {}

    def add_up(section: Section) -> tuple[Floats, Floats]:
        counted, most = [], []
        for part in section.sections:
            own, own_most = add_up(part)
            weight = float((part.combine or _PLAIN).weight)
            counted.append(weight * own)
            most.append(weight * own_most)
        counted += [points[indicator.id] for indicator in section.indicators if indicator.counted]
        most += [weights[indicator.id] for indicator in section.indicators if indicator.counted]
        further = [points[indicator.id] for indicator in section.indicators if _counts_at(indicator, CountsAt.SECTION)]
        combine = section.combine or _PLAIN
        total = _combine(combine, counted, further)
        if section.indicators:
            round_in_place(total, edition.rounding_at(RoundingStep.ITEM))
        sections[section.id], possible[section.id] = total, _combine(combine, most, ())
        return total, possible[section.id]

    for domain in edition.domains:
        total, _ = add_up(domain)
        sections[domain.id] = round_in_place(total.copy(), edition.rounding_at(RoundingStep.DOMAIN))
    return _Sums(sections=sections, possible=possible)


def _counts_at(indicator: Indicator, where: CountsAt) -> bool:
    return indicator.effect in (Effect.BONUS, Effect.DEDUCTION) and indicator.counts_at is where


def _combine(combine: Combine, counted: Iterable[Floats], further: Iterable[Floats]) -> Floats:
    parts, beside = list(counted), list(further)
    shape = np.broadcast_shapes(*(part.shape for part in (*parts, *beside)), (1, 1))
    if combine.best is not None and combine.best < len(parts):
        stacked = np.sort(np.stack(np.broadcast_arrays(*parts)), axis=0)
        parts = list(stacked[len(parts) - combine.best :])
    total = np.zeros(shape)
    for part in (*parts, *beside):
        total += part
    if combine.floor is not None:
        np.maximum(total, float(combine.floor), out=total)
    if combine.cap is not None:
        np.minimum(total, float(combine.cap), out=total)
    return total


def _total_up(edition: Edition, sums: _Sums, points: Mapping[str, Floats], aggregation: Aggregation) -> Floats:
    """Return the totals (D, A), rounded as ordered; another ``aggregation`` than the arithmetic is in place of its own.

    Bonus and deductions come on top of it in any case.
    """
    rule = edition.total_rule
    indicators = [indicator for indicator in edition.indicators() if _counts_at(indicator, CountsAt.TOTAL)]
    shape = np.broadcast_shapes((1, 1), *(own.shape for own in points.values()))
    bonus, lost = np.zeros(shape), np.zeros(shape)
    for indicator in indicators:
        into = bonus if indicator.effect is Effect.BONUS else lost
        into += points[indicator.id]
    if rule is not None and rule.bonus_cap is not None:
        np.minimum(bonus, float(rule.bonus_cap), out=bonus)
    totals = _combine_domains(edition, sums, aggregation) + bonus + lost
    if rule is not None:
        np.maximum(totals, float(rule.floor), out=totals)
        if rule.cap is not None:
            np.minimum(totals, float(rule.cap), out=totals)
    else:
        np.maximum(totals, 0.0, out=totals)
    return round_in_place(totals, edition.rounding_at(RoundingStep.TOTAL))


def _combine_domains(edition: Edition, sums: _Sums, aggregation: Aggregation) -> Floats:
    method = edition.total_rule.method if edition.total_rule else TotalMethod.SUM
    domains = [
        (sums.sections[domain.id], sums.possible[domain.id], domain.combine or _PLAIN) for domain in edition.domains
    ]
    if aggregation is not Aggregation.ARITHMETIC:
        own = np.stack(np.broadcast_arrays(*(np.maximum(points, 0.0) for points, _, _ in domains)))
        most = np.concatenate(np.broadcast_arrays(*(possible for _, possible, _ in domains)), axis=1)
        scale = float(edition.points) / most.sum(axis=1, keepdims=True)
        return np.asarray(aggregate_domains(own, most, aggregation) * scale)
    if method is TotalMethod.SUM:
        return np.asarray(sum(float(combine.weight) * points for points, _, combine in domains))
    weighed = [(points, possible, float(combine.weight)) for points, possible, combine in domains if possible.any()]
    every, out_of = sum(weight for _, _, weight in weighed), float(edition.points)
    shares = [(np.maximum(points, 0.0) / possible, weight / every) for points, possible, weight in weighed]
    if method is TotalMethod.ARITHMETIC:
        return np.asarray(out_of * sum(weight * share for share, weight in shares))
    with np.errstate(divide="ignore"):
        logs = sum(weight * np.log(share) for share, weight in shares)
    return np.asarray(out_of * np.exp(logs))


def _apply_gates(
    edition: Edition,
    sums: _Sums,
    points: Mapping[str, Floats],
    out_of: Mapping[str, Floats],
    levels: NDArray[np.int8],
    worst: int,
) -> None:
    """Lower the levels (D, A) in place where a gate is missed; ``out_of`` are the points possible by an indicator's id.

    Of an indicator whose points were spread over others nothing is possible, and nothing is needed.
    """
    for gate in edition.list_gates():
        is_section = gate.of in sums.sections
        value = sums.sections[gate.of] if is_section else points[gate.of]
        possible = sums.possible[gate.of] if is_section else out_of[gate.of]
        needed = np.where(possible != 0, _in_points(gate, possible), 0.0)
        below = value < needed - TOLERANCE * np.maximum(np.abs(needed), 1.0)
        best = worst if gate.best_level is None else min(gate.best_level, worst)
        np.copyto(levels, np.maximum(levels, best), where=below, casting="unsafe")


def _in_points(gate: Gate, possible: Floats) -> Floats:
    needed: Threshold = gate.needed
    if needed.points is not None:
        return np.full(possible.shape, float(needed.points))
    share = needed.fraction if needed.fraction is not None else (needed.percent or 0) / 100
    return possible * float(share)
