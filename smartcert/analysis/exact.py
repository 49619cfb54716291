"""Totals and levels of the arrays by the evaluation's own functions, exactly: what counts where nothing is drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction
from functools import cached_property
from math import lcm

import numpy as np

from smartcert.analysis.arguments import read_meant
from smartcert.analysis.arrays import AbsentPolicy, Floats, RoundArrays, ScoringSetting
from smartcert.analysis.certain import FloatTotals
from smartcert.evaluation.marks import select_counted
from smartcert.evaluation.scales import (
    apply_scale,
    compute_measure,
    find_most_points,
    round_measure,
    round_product,
    round_to,
    sort_exactly,
    sum_exactly,
)
from smartcert.evaluation.totals import Totals, compute_totals
from smartcert.model.citation import Basis, Status
from smartcert.model.evaluation import Bound, FloorBound
from smartcert.model.indicator import Effect, MissingPolicy, RankScale, Rounding, RoundingStep, Section
from smartcert.rules.parameters import CombinationRule

_NO_BASIS = Basis(name="", since=date.min, status=Status.ILLUSTRATIVE, cite=())
_ZERO = Fraction(0)

Points = Mapping[str, Fraction]
"""Points, or factors of them, by the id of an indicator."""


class ExactScorer:
    """Scores the applicants of arrays as they are, under any setting and any weights of the indicators.

    ``factors`` are by what the points possible of each indicator are multiplied, by id; with them they still sum up to
    the edition's. None are the edition's own points.
    """

    def __init__(self, arrays: RoundArrays) -> None:
        self._arrays = arrays
        self._collected: dict[CombinationRule, list[dict[str, Fraction] | None]] = {}
        self._distinct: dict[CombinationRule, dict[str, tuple[list[Fraction], list[int]]]] = {}
        self._unrounded: dict[CombinationRule, Floats] = {}
        self._mark_points: dict[tuple[int, int, int, int], Fraction] = {}
        """By class, column, and numerator and denominator of the mean of the marks that count."""
        self._bounds: dict[tuple[tuple[tuple[int, float], ...], int], tuple[Bound, ...]] = {}

    @cached_property
    def float_totals(self) -> FloatTotals | None:
        """Return what adds up many rows at once; None where the edition does more than add points up."""
        return FloatTotals(self._arrays) if FloatTotals.fits(self._arrays) else None

    @cached_property
    def _columns(self) -> dict[str, int]:
        return {name: j for j, name in enumerate(self._arrays.names)}

    @cached_property
    def _prerequisites(self) -> frozenset[str]:
        return frozenset(
            indicator.id for indicator in self._arrays.indicators if indicator.effect is Effect.PREREQUISITE
        )

    @cached_property
    def _rounding(self) -> Rounding | None:
        return self._arrays.edition.rounding_at(RoundingStep.INDICATOR)

    @cached_property
    def _measures(self) -> dict[int, dict[int, Fraction]]:
        arrays, rounding = self._arrays, self._arrays.edition.rounding_at(RoundingStep.MEASURE)
        return {
            j: {
                a: round_measure(
                    compute_measure(arrays.value_at(a, j), indicator, self._residents(a), arrays.bases_at(a)),
                    indicator,
                    rounding,
                )
                for a in np.flatnonzero(arrays.gaps[:, j] == 0).tolist()
            }
            for j, indicator in enumerate(arrays.indicators)
            if j not in arrays.qualitative
        }

    def _residents(self, a: int) -> int | None:
        residents = self._arrays.population[a]
        return None if np.isnan(residents) else int(residents)

    def _list_competitors(self, j: int) -> dict[int, list[Fraction]]:
        """Return the measures, ascending, among which a figure has its rank, by the number of the size type."""
        measures: dict[int, list[Fraction]] = {}
        for a, measure in self._measures[j].items():
            measures.setdefault(int(self._arrays.sizes[a]), []).append(measure)
        return {size: sort_exactly(own) for size, own in measures.items()}

    @cached_property
    def _value_points(self) -> list[dict[int, Fraction]]:
        """Return per applicant the points of each figure, unrounded, by column; a missing one has no entry."""
        points: list[dict[int, Fraction]] = [{} for _ in self._arrays.ids]
        for j, measures in self._measures.items():
            ranked = any(isinstance(row[j].scale, RankScale) for row in self._arrays.indicators_by_class)
            among = self._list_competitors(j) if ranked else {}
            for a, measure in measures.items():
                indicator = self._arrays.indicator_at(a, j)
                points[a][j] = apply_scale(indicator, measure, among.get(int(self._arrays.sizes[a]), ())).points
        return points

    def value_share(self, a: int, j: int) -> float:
        """Return the share of its points that a figure earns, 0 where it is missing."""
        points = self._value_points[a].get(j)
        return 0.0 if points is None else float(points / self._arrays.indicators[j].full)

    def find_most(self, a: int, j: int) -> Fraction:
        """Return the most points, rounded as ordered, that any value in place of one that is there could earn."""
        arrays, indicator = self._arrays, self._arrays.indicator_at(a, j)
        ranked = isinstance(indicator.scale, RankScale)
        among = self._list_competitors(j)[int(arrays.sizes[a])] if ranked else ()
        rounding = arrays.edition.rounding_at(RoundingStep.MEASURE)
        marks = indicator.mark_scale or arrays.mark_scale
        residents, bases = self._residents(a), arrays.bases_at(a)
        most = find_most_points(indicator, residents, rounding, len(among) or 1, bases, among, marks)
        return round_to(most, arrays.edition.rounding_at(RoundingStep.INDICATOR))

    def convert_marks(
        self, a: int, j: int, marks: Mapping[str, Fraction | None], rule: CombinationRule
    ) -> Fraction | None:
        """Return the unrounded points of an applicant's marks by evaluator on one indicator; None: too few marks.

        Marks are combined as `combine_marks` does; many applicants have the same sum of marks, which is scaled once.
        """
        given = [mark for mark in marks.values() if mark is not None]
        if len(given) < max(rule.fewest, 1):
            return None
        common = lcm(*(mark.denominator for mark in given))
        counted = sorted([mark.numerator * (common // mark.denominator) for mark in given])[
            select_counted(len(given), rule)
        ]
        key = (int(self._arrays.sizes[a]), j, sum(counted), common * len(counted))
        if key not in self._mark_points:
            self._mark_points[key] = self.score_combined_mark(a, j, Fraction(*key[2:]))
        return self._mark_points[key]

    def score_combined_mark(self, a: int, j: int, combined: Fraction) -> Fraction:
        """Return the unrounded points of a combined mark that is not rounded yet."""
        rounded = round_to(combined, self._arrays.edition.rounding_at(RoundingStep.MARK))
        return apply_scale(self._arrays.indicator_at(a, j), rounded).points

    def _collect_all(self, rule: CombinationRule) -> list[dict[str, Fraction] | None]:
        """Return per applicant the points of every indicator, unrounded, 0 where missing; None: too few marks."""
        if rule not in self._collected:
            self._collected[rule] = [self._collect(a, rule) for a in range(len(self._arrays.ids))]
        return self._collected[rule]

    def _collect(self, a: int, rule: CombinationRule) -> dict[str, Fraction] | None:
        points: dict[str, Fraction] = {}
        for j, name in enumerate(self._arrays.names):
            question = self._arrays.qualitative.get(j)
            if question is None:
                own: Fraction | None = self._value_points[a].get(j, _ZERO)
            else:
                own = self.convert_marks(a, j, self._arrays.marks_at(a, question), rule)
            if own is None:
                return None
            points[name] = own
        return points

    def _list_distinct(self, rule: CombinationRule) -> dict[str, tuple[list[Fraction], list[int]]]:
        """Return by indicator the points that occur, and which of them each applicant has who is judged, in order."""
        if rule not in self._distinct:
            judged = [points for points in self._collect_all(rule) if points is not None]
            self._distinct[rule] = {}
            for name in self._arrays.names:
                number: dict[Fraction, int] = {}
                places = [number.setdefault(points[name], len(number)) for points in judged]
                self._distinct[rule][name] = (list(number), places)
        return self._distinct[rule]

    def collect_points(self, a: int, setting: ScoringSetting) -> dict[str, Fraction] | None:
        """Return an applicant's points of every indicator, unrounded, 0 where missing; None: too few marks."""
        return self._collect_all(setting.combination)[a]

    def unrounded_points(self, setting: ScoringSetting) -> Floats:
        """Return the points (A, J) of `collect_points` in floats; NaN where there are too few marks."""
        if setting.combination not in self._unrounded:
            nothing = [np.nan] * len(self._arrays.names)
            self._unrounded[setting.combination] = np.array(
                [
                    nothing if points is None else [float(points[name]) for name in self._arrays.names]
                    for points in self._collect_all(setting.combination)
                ]
            )
        return self._unrounded[setting.combination]

    def score_one(self, a: int, setting: ScoringSetting, factors: Points | None = None) -> Totals | None:
        """Return the sums of one applicant; None where there are too few marks."""
        points = self.collect_points(a, setting)
        return None if points is None else self.add_up(a, points, setting, factors)

    def score(self, setting: ScoringSetting, factors: Points | None = None) -> list[Totals | None]:
        """Return the sums of every applicant; None where there are too few marks.

        Many applicants have the same points of an indicator: these are multiplied and rounded once.
        """
        return [
            None if points is None else self._total_up(points, factors)
            for points in self.count_points(setting, factors)
        ]

    def count_points(self, setting: ScoringSetting, factors: Points | None = None) -> list[dict[str, Fraction] | None]:
        """Return per applicant the points of every indicator as they count: rounded, and with points spread."""
        scored = [a for a, points in enumerate(self._collect_all(setting.combination)) if points is not None]
        rows: list[dict[str, Fraction]] = [{} for _ in scored]
        for name, (values, places) in self._list_distinct(setting.combination).items():
            weighed = [self._weigh(name, value, factors) for value in values]
            for row, place in zip(rows, places, strict=True):
                row[name] = weighed[place]
        counted: list[dict[str, Fraction] | None] = [None] * len(self._arrays.ids)
        for a, row in zip(scored, rows, strict=True):
            counted[a] = self._spread_points(a, row, setting, factors)
        return counted

    def add_up(self, a: int, points: Points, setting: ScoringSetting, factors: Points | None = None) -> Totals:
        """Return the sums of an applicant with these points, unrounded and under the edition's own weights."""
        return self.add_up_rounded(a, self.round_points(points, factors), setting, factors)

    def round_points(self, points: Points, factors: Points | None = None) -> dict[str, Fraction]:
        """Return points, unrounded and under the edition's own weights, as they count before any are spread."""
        return {name: self._weigh(name, own, factors) for name, own in points.items()}

    def add_up_rounded(self, a: int, rounded: Points, setting: ScoringSetting, factors: Points | None = None) -> Totals:
        """Return the sums of an applicant with these points of `round_points`."""
        weighed = dict(rounded)
        counted = self._spread_points(a, weighed, setting, factors)
        return self._total_up(counted, factors)

    def _total_up(self, counted: Points, factors: Points | None) -> Totals:
        edition = self._arrays.edition
        possible = self._compute_possible(factors) if factors is not None and edition.total_rule else None
        return compute_totals(edition.domains, counted, edition.rounding, edition.total_rule, possible)

    def _compute_possible(self, factors: Points | None) -> dict[str, Fraction]:
        """Return the points possible of every section, by id, where those of indicators are multiplied."""
        sections = [section for domain in self._arrays.edition.domains for section in domain.walk_sections()]
        if factors is None:
            return {section.id: section.points for section in sections}
        points = {
            indicator.id: indicator.points * factors[indicator.id]
            for indicator in self._arrays.indicators
            if indicator.counted
        }
        return {section.id: section.compute_possible(points) for section in sections}

    def _weigh(self, name: str, points: Fraction, factors: Points | None) -> Fraction:
        if name in self._prerequisites:
            return Fraction(points >= self._arrays.indicators[self._columns[name]].full)
        if factors is None:
            return round_to(points, self._rounding)
        return round_product(points, factors[name], self._rounding)

    def _spread_points(
        self, a: int, rounded: dict[str, Fraction], setting: ScoringSetting, factors: Points | None
    ) -> dict[str, Fraction]:
        for name, factor in self.spread(a, setting.absent, factors).items():
            rounded[name] *= factor
        return rounded

    def spread(self, a: int, absent: AbsentPolicy, factors: Points | None = None) -> dict[str, Fraction]:
        """Return by what rounded points are multiplied, because figures of their item are missing, by indicator."""
        if absent is AbsentPolicy.ZERO or not self._arrays.gaps[a].any():
            return {}
        spread: dict[str, Fraction] = {}
        for domain in self._arrays.edition.domains:
            for item in domain.items():
                factor = self._find_factor(a, item, absent, factors)
                if factor is not None:
                    spread |= {indicator.id: factor for indicator in item.indicators if indicator.counted}
        return spread

    def _find_factor(self, a: int, item: Section, absent: AbsentPolicy, factors: Points | None) -> Fraction | None:
        """Return by what the points of an item are multiplied; None where nothing is given away, or nothing is left."""
        gaps = self._arrays.gaps[a]
        given: list[Fraction] = []
        taken: list[Fraction] = []
        of_best = item.combine is not None and item.combine.best is not None
        for indicator in item.indicators:
            if not indicator.counted:
                continue
            gap = int(gaps[self._columns[indicator.id]])
            policy = (None, indicator.absent, indicator.not_applicable)[gap]
            ordered = absent is AbsentPolicy.REDISTRIBUTE and not of_best  # what is missing is not among the best
            gives = gap and (ordered or policy is MissingPolicy.REDISTRIBUTE)
            points = indicator.points if factors is None else indicator.points * factors[indicator.id]
            (given if gives else taken).append(points)
        taking = sum_exactly(taken)
        return (taking + sum_exactly(given)) / taking if given and taking else None

    def bounds(self, setting: ScoringSetting) -> tuple[Bound, ...]:
        """Return the bounds of a setting in points, exactly."""
        key = (tuple(sorted(setting.bounds.items())), setting.certified_from)
        if key not in self._bounds:
            self._bounds[key] = self._compute_bounds(setting)
        return self._bounds[key]

    def _compute_bounds(self, setting: ScoringSetting) -> tuple[Bound, ...]:
        official = {level: bound.value for level, bound in self._arrays.levels.bounds.items()}
        return tuple(
            Bound(
                level=level,
                points=read_meant(percent, official.values()) * self._arrays.edition.points / 100,
                share=read_meant(percent, official.values()) / 100,
                basis=_NO_BASIS,
                certified=level <= setting.certified_from,
            )
            for level, percent in sorted(setting.bounds.items())
        )

    def floors(
        self, setting: ScoringSetting, factors: Points | None = None, a: int | None = None
    ) -> tuple[FloorBound, ...]:
        """Return the floors of a setting in points, exactly: shares of the points possible of their domains.

        With an applicant ``a`` also the gates of the edition, which may be on points that were spread; a gate that
        fails leaves the worst level only.
        """
        if not setting.floors and (a is None or not self._arrays.edition.list_gates()):
            return ()
        possible = self._compute_possible(factors)
        floors = tuple(
            FloorBound(
                domain=floor.domain,
                points=floor.at_least * possible[floor.domain] / 100,
                best_level=floor.best_level,
            )
            for floor in setting.floors
            if floor.domain in possible
        )
        return floors if a is None else (*floors, *self._list_gates(a, setting, possible, factors))

    def _list_gates(
        self, a: int, setting: ScoringSetting, possible: Mapping[str, Fraction], factors: Points | None
    ) -> Iterator[FloorBound]:
        gates = self._arrays.edition.list_gates()
        spread = self.spread(a, setting.absent, factors) if gates else {}
        for gate in gates:
            out_of = possible.get(gate.of)
            if out_of is None:
                indicator = self._arrays.indicators[self._columns[gate.of]]
                out_of = indicator.full if factors is None else indicator.full * factors[gate.of]
                if gate.of in spread:
                    given = gate.of in self._list_given(a, setting.absent)
                    out_of = _ZERO if given else out_of * spread[gate.of]
            yield FloorBound(
                domain=gate.of,
                points=gate.needed.in_points(out_of) if out_of else _ZERO,
                best_level=setting.worst if gate.best_level is None else min(gate.best_level, setting.worst),
            )

    def _list_given(self, a: int, absent: AbsentPolicy) -> set[str]:
        """Return the indicators whose points are spread over the others of their item."""
        gaps = self._arrays.gaps[a].tolist()
        return {
            indicator.id
            for indicator, gap in zip(self._arrays.indicators, gaps, strict=True)
            if gap
            and (
                absent is AbsentPolicy.REDISTRIBUTE
                or (None, indicator.absent, indicator.not_applicable)[gap] is MissingPolicy.REDISTRIBUTE
            )
        }
