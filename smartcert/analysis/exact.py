"""Totals and levels of the arrays by the evaluation's own functions, exactly: what counts where nothing is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from functools import cached_property

import numpy as np

from smartcert.analysis.arrays import AbsentPolicy, RoundArrays, ScoringSetting
from smartcert.evaluation.levels import level_from_totals
from smartcert.evaluation.marks import combine_marks
from smartcert.evaluation.scales import apply_scale, compute_measure, round_measure, round_to
from smartcert.evaluation.totals import Totals, compute_totals
from smartcert.model.citation import Basis, Status
from smartcert.model.evaluation import Bound, FloorBound
from smartcert.model.indicator import MissingPolicy, RankScale, RoundingStep, Section
from smartcert.rules.parameters import CombinationRule

_NO_BASIS = Basis(name="", since=date.min, status=Status.ILLUSTRATIVE, cite=())


class ExactScorer:
    """Scores the applicants of arrays as they are, under any setting with the edition's own weights."""

    def __init__(self, arrays: RoundArrays) -> None:
        self._arrays = arrays
        self._marked: dict[CombinationRule, list[dict[int, Fraction | None]]] = {}

    @cached_property
    def _value_points(self) -> list[dict[int, Fraction]]:
        """Return per applicant the points of each figure, unrounded, by column; a missing one has no entry."""
        arrays, rounding = self._arrays, self._arrays.edition.rounding_at(RoundingStep.MEASURE)
        points: list[dict[int, Fraction]] = [{} for _ in arrays.ids]
        for j, indicator in enumerate(arrays.indicators):
            if j in arrays.qualitative:
                continue
            measures = {}
            for a in np.flatnonzero(arrays.gaps[:, j] == 0).tolist():
                residents = arrays.population[a]
                people = None if np.isnan(residents) else int(residents)
                exact = compute_measure(arrays.value_at(a, j), indicator, people)
                measures[a] = round_measure(exact, indicator, rounding)
            for a, measure in measures.items():
                among: list[Fraction] = []
                if isinstance(indicator.scale, RankScale):
                    among = sorted(other for b, other in measures.items() if arrays.sizes[b] == arrays.sizes[a])
                points[a][j] = apply_scale(indicator, measure, among).points
        return points

    def value_share(self, a: int, j: int) -> float:
        """Return the share of its points that a figure earns, 0 where it is missing."""
        points = self._value_points[a].get(j)
        return 0.0 if points is None else float(points / self._arrays.indicators[j].points)

    def _mark_points(self, rule: CombinationRule) -> list[dict[int, Fraction | None]]:
        """Return per applicant the points of the marks, unrounded, by column; None where there are too few marks."""
        if rule not in self._marked:
            arrays, rounding = self._arrays, self._arrays.edition.rounding_at(RoundingStep.MARK)
            self._marked[rule] = [
                {
                    j: None
                    if (combination := combine_marks(arrays.marks_at(a, question), frozenset(), rule, rounding)) is None
                    else apply_scale(arrays.indicators[j], combination.combined).points
                    for j, question in arrays.qualitative.items()
                }
                for a in range(len(arrays.ids))
            ]
        return self._marked[rule]

    def totals(self, a: int, setting: ScoringSetting) -> Totals | None:
        """Return the sums of one applicant; None where there are too few marks."""
        arrays, edition = self._arrays, self._arrays.edition
        rounding = edition.rounding_at(RoundingStep.INDICATOR)
        given = {**self._value_points[a], **self._mark_points(setting.combination)[a]}
        points: dict[str, Fraction] = {}
        for j, indicator in enumerate(arrays.indicators):
            own = given.get(j, Fraction(0))
            if own is None:
                return None
            points[indicator.id] = round_to(own, rounding)
        for domain in edition.domains:
            for item in domain.items():
                self._spread(a, item, setting.absent, points)
        return compute_totals(edition.domains, points, edition.rounding)

    def _spread(self, a: int, item: Section, absent: AbsentPolicy, points: dict[str, Fraction]) -> None:
        """Multiply the points of an item by what its missing figures leave to the others."""
        arrays = self._arrays
        if absent is AbsentPolicy.ZERO:
            return
        taking, gives = Fraction(0), False
        for indicator in item.indicators:
            gap = int(arrays.gaps[a, arrays.column(indicator.id)])
            policy = (None, indicator.absent, indicator.not_applicable)[gap]
            if gap and (absent is AbsentPolicy.REDISTRIBUTE or policy is MissingPolicy.REDISTRIBUTE):
                gives = True
            else:
                taking += indicator.points
        if gives and taking:
            for indicator in item.indicators:
                points[indicator.id] *= item.points / taking

    def level(self, totals: Totals, setting: ScoringSetting) -> int:
        """Return the level of sums under a setting."""
        bounds, floors = self._bounds(setting), self._floors(setting)
        return level_from_totals(totals.points, totals.sections, bounds, floors)

    def _bounds(self, setting: ScoringSetting) -> tuple[Bound, ...]:
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

    def _floors(self, setting: ScoringSetting) -> tuple[FloorBound, ...]:
        out_of = {domain.id: domain.points for domain in self._arrays.edition.domains}
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
