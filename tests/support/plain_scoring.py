"""One world after the other, one applicant after the other, in plain Python: the measure of the vectorised scoring.

Written from the rules, without NumPy in a loop and without anything of ``smartcert.analysis`` but the data.
"""

from __future__ import annotations

from statistics import median
from typing import Any

from smartcert.analysis.arrays import AbsentPolicy, Aggregation, RoundArrays, ScoringSetting
from smartcert.model.indicator import (
    BandScale,
    CountScale,
    Direction,
    LinearScale,
    Marks,
    MissingPolicy,
    RankScale,
    RoundingMode,
    RoundingStep,
    YesNoScale,
)
from smartcert.rules.parameters import CombinationMethod


class Plain:
    """The data of a round as lists, and one method that scores one world."""

    def __init__(self, arrays: RoundArrays) -> None:
        self.arrays = arrays
        self.values = arrays.values.tolist()
        self.marks = arrays.marks.tolist()
        self.gaps = arrays.gaps.tolist()
        self.population = arrays.population.tolist()
        self.sizes = arrays.sizes.tolist()

    def totals(
        self, setting: ScoringSetting, weights: list[float], counts: list[int], errors: Any
    ) -> list[float | None]:
        """Return the total of every applicant, None where there are too few marks."""
        measured = [[self._measured(a, j, errors) for j in range(len(weights))] for a in range(len(self.values))]
        cohorts = self._cohorts(measured)
        return [self._total(a, setting, weights, counts, measured[a], cohorts) for a in range(len(self.values))]

    def level(self, total: float | None, setting: ScoringSetting) -> int:
        if total is None:
            return 0
        reached = [n for n, percent in setting.bounds.items() if total >= percent * self.arrays.out_of / 100 - 1e-9]
        return min(reached, default=setting.worst)

    def _measured(self, a: int, j: int, errors: Any) -> float:
        one, value = self.arrays.indicators[j], self.values[a][j]
        if j in self.arrays.qualitative or self.gaps[a][j]:
            return value
        error = errors[a][j]
        if isinstance(one.scale, YesNoScale):
            value = 1 - value if error else value
        else:
            moved = value * (1 + error)
            if isinstance(one.scale, CountScale):
                moved = round(moved)
            if one.limits.at_least is not None:
                moved = max(moved, min(float(one.limits.at_least), value))
            if one.limits.at_most is not None:
                moved = min(moved, max(float(one.limits.at_most), value))
            value = moved
        return value * one.per_people / self.population[a] if one.per_people else value

    def _cohorts(self, measured: list[list[float]]) -> dict[tuple[int, int], list[float]]:
        made: dict[tuple[int, int], list[float]] = {}
        for j, one in enumerate(self.arrays.indicators):
            if isinstance(one.scale, RankScale):
                for a, row in enumerate(measured):
                    if not self.gaps[a][j]:
                        made.setdefault((self.sizes[a], j), []).append(row[j])
        return made

    def _total(
        self,
        a: int,
        setting: ScoringSetting,
        weights: list[float],
        counts: list[int],
        measured: list[float],
        cohorts: Any,
    ) -> float | None:
        domains = []
        for domain in self.arrays.domains:
            points = 0.0
            for item in domain.items:
                made = self._item(a, item, setting, weights, counts, measured, cohorts)
                if made is None:
                    return None
                points += made
            domains.append((points, sum(weights[domain.columns])))
        return self._rounded(_together(domains, setting.aggregation, self.arrays.out_of), RoundingStep.TOTAL)

    def _item(
        self, a: int, item: Any, setting: ScoringSetting, weights: Any, counts: Any, measured: Any, cohorts: Any
    ) -> Any:
        columns = range(item.first, item.last)
        gives = [j for j in columns if self.gaps[a][j] and self._spreads(j, self.gaps[a][j], setting.absent)]
        taking = sum(weights[j] for j in columns if j not in gives)
        factor = sum(weights[j] for j in columns) / taking if gives and taking else 1.0
        points = 0.0
        for j in columns:
            if self.gaps[a][j]:
                continue
            value = measured[j]
            if j in self.arrays.qualitative:
                value = _combined(self.marks[a][self.arrays.qualitative[j]], counts, setting.combination)
                if value is None:
                    return None
            share = self._share(a, j, value, cohorts)
            points += self._rounded(share * weights[j], RoundingStep.INDICATOR) * factor
        return points

    def _spreads(self, j: int, gap: int, absent: AbsentPolicy) -> bool:
        one = self.arrays.indicators[j]
        declared = one.absent if gap == 1 else one.not_applicable
        if absent is AbsentPolicy.AS_DECLARED:
            return declared is MissingPolicy.REDISTRIBUTE
        return absent is AbsentPolicy.REDISTRIBUTE

    def _share(self, a: int, j: int, value: float, cohorts: Any) -> float:
        one = self.arrays.indicators[j]
        scale, full, higher = one.scale, float(one.points), one.direction is Direction.HIGHER
        if isinstance(scale, LinearScale | Marks):
            part = (value - float(scale.zero_at)) / (float(scale.full_at) - float(scale.zero_at))
            return min(max(part, 0.0), 1.0)
        if isinstance(scale, YesNoScale):
            return 1.0 if value else 0.0
        if isinstance(scale, CountScale):
            return max(min(value, float(scale.cap)), 0.0) * float(scale.points_each) / full
        if isinstance(scale, BandScale):
            for band in scale.bands:
                if value >= float(band.bound) - 1e-9 if higher else value <= float(band.bound) + 1e-9:
                    return float(band.points) / full
            return float(scale.otherwise) / full
        cohort = cohorts[self.sizes[a], j]
        place = 1 + sum(other > value if higher else other < value for other in cohort)
        reached = place if scale.by == "position" else 100 * place / len(cohort)
        points = next((band.points for band in scale.bands if reached <= float(band.bound)), scale.otherwise)
        return float(points) / full

    def _rounded(self, value: float, step: RoundingStep) -> float:
        rounding = self.arrays.edition.rounding_at(step)
        if rounding is None:
            return value
        assert rounding.mode is RoundingMode.HALF_UP
        unit = 10**rounding.digits
        return int(value * unit + 0.5 + 1e-9) / unit


def _combined(marks: list[float], counts: list[int], rule: Any) -> float | None:
    given = sorted(mark for mark, times in zip(marks, counts, strict=True) if mark == mark for _ in range(times))
    if len(given) < max(rule.fewest, 1):
        return None
    method = rule.method
    if method is CombinationMethod.TRIMMED_MEAN and not (len(given) >= rule.at_least and len(given) > 2 * rule.drop):
        method = rule.otherwise
    if method is CombinationMethod.MEDIAN:
        return float(median(given))
    if method is CombinationMethod.TRIMMED_MEAN:
        given = given[rule.drop : len(given) - rule.drop]
    return sum(given) / len(given)


def _together(domains: list[tuple[float, float]], aggregation: Aggregation, out_of: float) -> float:
    if aggregation is Aggregation.ARITHMETIC:
        return sum(points for points, _ in domains)
    if any(points == 0 for points, _ in domains):
        return 0.0
    if aggregation is Aggregation.GEOMETRIC:
        made = 1.0
        for points, possible in domains:
            made *= (points / possible) ** (possible / out_of)
        return out_of * made
    return out_of / sum(possible / out_of / (points / possible) for points, possible in domains)
