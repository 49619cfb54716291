"""Totals and levels of the arrays by the evaluation's own functions, exactly: what counts where nothing is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from functools import cached_property

import numpy as np

from smartcert.analysis.arrays import AbsentPolicy, RoundArrays, ScoringSetting
from smartcert.evaluation.marks import combine_marks
from smartcert.evaluation.scales import (
    apply_scale,
    compute_measure,
    find_most_points,
    round_measure,
    round_to,
    sort_exactly,
    sum_exactly,
)
from smartcert.evaluation.totals import Totals, compute_totals
from smartcert.model.citation import Basis, Status
from smartcert.model.evaluation import Bound, FloorBound
from smartcert.model.indicator import MissingPolicy, RankScale, RoundingStep, Section
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

    @cached_property
    def _columns(self) -> dict[str, int]:
        return {name: j for j, name in enumerate(self._arrays.names)}

    @cached_property
    def _measures(self) -> dict[int, dict[int, Fraction]]:
        """Return by column the measures of all who have one, by row."""
        arrays, rounding = self._arrays, self._arrays.edition.rounding_at(RoundingStep.MEASURE)
        return {
            j: {
                a: round_measure(
                    compute_measure(arrays.value_at(a, j), indicator, self._residents(a)), indicator, rounding
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
            indicator = self._arrays.indicators[j]
            among = self._list_competitors(j) if isinstance(indicator.scale, RankScale) else {}
            for a, measure in measures.items():
                points[a][j] = apply_scale(indicator, measure, among.get(int(self._arrays.sizes[a]), ())).points
        return points

    def value_share(self, a: int, j: int) -> float:
        """Return the share of its points that a figure earns, 0 where it is missing."""
        points = self._value_points[a].get(j)
        return 0.0 if points is None else float(points / self._arrays.indicators[j].points)

    def find_most(self, a: int, j: int) -> Fraction:
        """Return the most points, rounded as ordered, that any value in place of one that is there could earn."""
        arrays, indicator = self._arrays, self._arrays.indicators[j]
        ranked = isinstance(indicator.scale, RankScale)
        of = len(self._list_competitors(j)[int(arrays.sizes[a])]) if ranked else 1
        rounding = arrays.edition.rounding_at(RoundingStep.MEASURE)
        most = find_most_points(indicator, self._residents(a), rounding, of)
        return round_to(most, arrays.edition.rounding_at(RoundingStep.INDICATOR))

    def convert_marks(self, j: int, marks: Mapping[str, Fraction | None], rule: CombinationRule) -> Fraction | None:
        """Return the unrounded points of marks by evaluator on a qualitative indicator; None: too few marks."""
        rounding = self._arrays.edition.rounding_at(RoundingStep.MARK)
        combination = combine_marks(dict(marks), frozenset(), rule, rounding)
        return None if combination is None else apply_scale(self._arrays.indicators[j], combination.combined).points

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
                own = self.convert_marks(j, self._arrays.marks_at(a, question), rule)
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

    def score(self, setting: ScoringSetting, factors: Points | None = None) -> list[Totals | None]:
        """Return the sums of every applicant; None where there are too few marks.

        Many applicants have the same points of an indicator: these are multiplied and rounded once.
        """
        edition = self._arrays.edition
        return [
            None if points is None else compute_totals(edition.domains, points, edition.rounding)
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
        weighed = {name: self._weigh(name, own, factors) for name, own in points.items()}
        counted = self._spread_points(a, weighed, setting, factors)
        return compute_totals(self._arrays.edition.domains, counted, self._arrays.edition.rounding)

    def _weigh(self, name: str, points: Fraction, factors: Points | None) -> Fraction:
        rounding = self._arrays.edition.rounding_at(RoundingStep.INDICATOR)
        return round_to(points if factors is None else points * factors[name], rounding)

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
                    spread |= {indicator.id: factor for indicator in item.indicators}
        return spread

    def _find_factor(self, a: int, item: Section, absent: AbsentPolicy, factors: Points | None) -> Fraction | None:
        """Return by what the points of an item are multiplied; None where nothing is given away, or nothing is left."""
        gaps = self._arrays.gaps[a]
        given: list[Fraction] = []
        taken: list[Fraction] = []
        for indicator in item.indicators:
            gap = int(gaps[self._columns[indicator.id]])
            policy = (None, indicator.absent, indicator.not_applicable)[gap]
            gives = gap and (absent is AbsentPolicy.REDISTRIBUTE or policy is MissingPolicy.REDISTRIBUTE)
            points = indicator.points if factors is None else indicator.points * factors[indicator.id]
            (given if gives else taken).append(points)
        taking = sum_exactly(taken)
        return (taking + sum_exactly(given)) / taking if given and taking else None

    def bounds(self, setting: ScoringSetting) -> tuple[Bound, ...]:
        """Return the bounds of a setting in points, exactly."""
        official = {level: bound.value for level, bound in self._arrays.levels.bounds.items()}
        return tuple(
            Bound(
                level=level,
                points=_exact_percent(percent, official) * self._arrays.edition.points / 100,
                share=_exact_percent(percent, official) / 100,
                basis=_NO_BASIS,
                certified=level <= setting.certified_from,
            )
            for level, percent in sorted(setting.bounds.items())
        )

    def floors(self, setting: ScoringSetting, factors: Points | None = None) -> tuple[FloorBound, ...]:
        """Return the floors of a setting in points, exactly: shares of the points possible of their domains."""
        out_of = {
            domain.id: domain.points
            if factors is None
            else sum_exactly(indicator.points * factors[indicator.id] for indicator in domain.walk())
            for domain in self._arrays.edition.domains
        }
        return tuple(
            FloorBound(
                domain=floor.domain,
                points=floor.at_least * out_of[floor.domain] / 100,
                best_level=floor.best_level,
            )
            for floor in setting.floors
            if floor.domain in out_of
        )


def _exact_percent(percent: float, official: Mapping[int, Fraction]) -> Fraction:
    """Return a percentage exactly: the official one of this value, or the decimal of twelve digits that it is meant as.

    A bound computed in floats, as ``1287.3 / 20``, differs from its decimal in the sixteenth digit.
    """
    return next((exact for exact in official.values() if float(exact) == percent), Fraction(f"{percent:.12g}"))
