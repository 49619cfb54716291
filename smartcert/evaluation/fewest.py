"""The fewest indicators that change a level, where points are not only added: over scorecards of any shape, exactly.

More points of an indicator never lower a section or the total, whatever is ordered: the best so many, caps, weights,
means, roundings. So a branch of the search ends where even the best further changes cannot suffice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import islice
from math import exp, inf, log
from typing import Any

from smartcert.evaluation.scales import round_to
from smartcert.evaluation.totals import combine_domains, rescore
from smartcert.lazy_dataclass import dataclass
from smartcert.model.evaluation import FloorBound, IndicatorScore, LevelResult, Scorecard, SectionScore
from smartcert.model.indicator import Combine, CountsAt, Effect, RoundingStep, TotalMethod

_ZERO, _ONE = Fraction(0), Fraction(1)
_MARGIN = 1e-9
"""By how much more than floats give a branch may reach before it is left; what is found is checked exactly."""
_PLAIN = Combine()

Selection = tuple[int, ...]
"""Indices of changes, ascending."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PointsChange:
    """An indicator of a domain, and by how many points it would change: more are positive, fewer negative."""

    indicator: str
    domain: str
    points: Fraction


def is_plain_sum(card: Scorecard, floors: Sequence[FloorBound]) -> bool:
    """Return whether a total is the sum of its domains and items, and only domains have floors."""
    domains = {domain.id for domain in card.domains}
    return (
        card.total_rule is None
        and all(section.combine is None for section in card.sections())
        and all(score.effect is Effect.POINTS for score in card.indicators())
        and all(floor.domain in domains for floor in floors)
    )


class ShapedSearch:
    """A search in depth for the smallest sets of changes after which a level ``suffices``.

    All changes are gains (``highest``), or all are losses.
    """

    def __init__(
        self,
        card: Scorecard,
        result: LevelResult,
        changes: Sequence[PointsChange],
        suffices: Callable[[int], bool],
        *,
        highest: bool,
    ) -> None:
        self._card, self._result, self._changes = card, result, changes
        self._suffices, self._better = suffices, max if highest else min
        self._own = {score.id: score.points for score in card.indicators()}

    def find_smallest(self, most: int) -> list[tuple[PointsChange, ...]]:
        """Return the smallest sets, at most ``most``, those with the first changes first; none where none suffices."""
        for size in range(1, len(self._changes) + 1):
            if self._can_suffice((), 0, size):
                selections = list(islice(self._sets((), 0, size), most))
                if selections:
                    return [tuple(self._changes[index] for index in selection) for selection in selections]
        return []

    def _sets(self, picked: Selection, start: int, more: int) -> Iterator[Selection]:
        if more == 0:
            totals = rescore(self._card, self._points_with(picked))
            if self._suffices(self._find_level(totals.points, totals.sections)):
                yield picked
            return
        for index in range(start, len(self._changes) - more + 1):
            longer = (*picked, index)
            if self._can_suffice(longer, index + 1, more - 1):
                yield from self._sets(longer, index + 1, more - 1)

    def _points_with(self, picked: Selection) -> dict[str, Fraction]:
        chosen = (self._changes[index] for index in picked)
        return {**self._own, **{change.indicator: self._own[change.indicator] + change.points for change in chosen}}

    def _find_level(self, points: Fraction, values: Mapping[str, Fraction]) -> int:
        by_level = {bound.level: bound.points for bound in self._result.bounds}
        reached = [level for level, bound in by_level.items() if points >= bound]
        own = min(reached, default=max(by_level, default=0) + 1)
        missed = (floor.best_level for floor in self._result.floor_bounds if values[floor.domain] < floor.points)
        return max([own, *missed])

    def _can_suffice(self, picked: Selection, start: int, more: int) -> bool:
        """Return whether ``picked`` and the best ``more`` changes from ``start`` on could suffice."""
        further = {change.indicator: change.points for change in self._changes[start:]} if more else {}
        reach = _Reach(self._card, self._points_with(picked), further, more, self._better)
        return self._suffices(self._find_level(reach.total(), reach.values))


class _Reach:
    """The best that so many further changes can give, or more than that where it is not known so exactly.

    ``values`` are by the ids of sections and indicators, each as if all further changes were its own.
    """

    def __init__(
        self,
        card: Scorecard,
        points: Mapping[str, Fraction],
        further: Mapping[str, Fraction],
        more: int,
        better: Callable[..., Any],
    ) -> None:
        self._card, self._points, self._further, self._more, self._better = card, points, further, more, better
        self._worse = min if better is max else max
        self.values = {name: own + further.get(name, _ZERO) for name, own in points.items()}

    def total(self) -> Fraction:
        card, rule = self._card, self._card.total_rule
        domains = [self._round(self._reach_section(domain), RoundingStep.DOMAIN) for domain in card.domains]
        for domain, sums in zip(card.domains, domains, strict=True):
            self.values[domain.id] = sums[-1]
        bonus, lost = (
            self._join_all(
                self._of_indicator(score)
                for score in card.indicators()
                if _counts_at_total(score) and (score.effect is Effect.BONUS) is wanted
            )
            for wanted in (True, False)
        )
        if rule is not None and rule.bonus_cap is not None:
            bonus = [min(figure, rule.bonus_cap) for figure in bonus]
        if rule is not None and rule.method is TotalMethod.GEOMETRIC:
            best = self._reach_geometric(domains, rule.out_of) + bonus[-1] + lost[-1]
        else:
            factors = self._find_factors()
            joined = self._join_all(
                [
                    factor * (figure if rule is None or rule.method is TotalMethod.SUM else max(figure, _ZERO))
                    for figure in sums
                ]
                for sums, factor in zip(domains, factors, strict=True)
            )
            best = self._join_all([joined, bonus, lost])[-1]
        ends = replace(rule, method=TotalMethod.SUM, bonus_cap=None) if rule else None
        return combine_domains([(best, _ONE, _ONE)], (), ends, card.rounding_at(RoundingStep.TOTAL))[1]

    def _find_factors(self) -> list[Fraction]:
        """Return by what the points of each domain are multiplied in a sum, or in a mean of shares."""
        rule = self._card.total_rule
        weights = [domain.weight for domain in self._card.domains]
        if rule is None or rule.method is TotalMethod.SUM:
            return weights
        most = [domain.out_of for domain in self._card.domains]
        every = sum((weight for weight, own in zip(weights, most, strict=True) if own), _ZERO)
        return [rule.out_of * weight / own / every if own else _ZERO for weight, own in zip(weights, most, strict=True)]

    def _reach_geometric(self, domains: Sequence[list[Fraction]], out_of: Fraction) -> Fraction:
        """Return no less than the best geometric mean: in floats, and a little more than they give."""
        parts = [
            (sums, float(domain.out_of), float(domain.weight))
            for domain, sums in zip(self._card.domains, domains, strict=True)
            if domain.out_of
        ]
        every = sum(weight for _, _, weight in parts)
        joined = [0.0]
        for sums, most, weight in parts:
            logs = [weight / every * log(figure / most) if figure > 0 else -inf for figure in sums]
            longer = [-inf if self._better is max else inf] * min(len(joined) + len(logs) - 1, self._more + 1)
            for count, figure in enumerate(joined):
                for extra, other in enumerate(logs[: len(longer) - count]):
                    longer[count + extra] = self._better(longer[count + extra], figure + other)
            joined = longer
        mean = float(out_of) * exp(joined[-1])
        margin = _MARGIN * (mean + 1) if self._better is max else -_MARGIN * (mean + 1)
        return max(Fraction(mean + margin), _ZERO)

    def _of_indicator(self, score: IndicatorScore) -> list[Fraction]:
        own = self._points[score.id]
        return [own, own + self._further[score.id]] if score.id in self._further else [own]

    def _reach_section(self, section: SectionScore) -> list[Fraction]:
        """Return the best of a section with 0, 1 ... further changes, as far as there are so many in it."""
        counted = [[part.weight * figure for figure in self._reach_section(part)] for part in section.sections]
        counted += [self._of_indicator(score) for score in section.indicators if score.effect is Effect.POINTS]
        beside = [self._of_indicator(score) for score in section.indicators if _counts_at_section(score)]
        combine = section.combine or _PLAIN
        if combine.best is None:
            sums = [combine.add_up([figure]) for figure in self._join_all([*counted, *beside])]
        else:
            sums = self._reach_best(combine, counted, beside)
        if section.indicators:
            sums = self._round(sums, RoundingStep.ITEM)
        self.values[section.id] = sums[-1]
        return sums

    def _reach_best(
        self, combine: Combine, counted: Sequence[list[Fraction]], beside: Sequence[list[Fraction]]
    ) -> list[Fraction]:
        """Return no less than the best sum of the best: no part moves it by more than it moves itself."""
        own = combine.add_up([part[0] for part in counted], [part[0] for part in beside])
        most = combine.add_up([part[-1] for part in counted], [part[-1] for part in beside])
        moves = self._join_all([figure - part[0] for figure in part] for part in (*counted, *beside))
        return [self._worse(own + move, most) for move in moves]

    def _join_all(self, parts: Sequence[list[Fraction]] | Iterator[list[Fraction]]) -> list[Fraction]:
        """Return the best sum of one of each with 0, 1 ... changes together."""
        joined = [_ZERO]
        for part in parts:
            if len(part) == 1:
                joined = [figure + part[0] for figure in joined]
                continue
            longer: list[Fraction | None] = [None] * min(len(joined) + len(part) - 1, self._more + 1)
            for count, figure in enumerate(joined):
                for extra, other in enumerate(part[: len(longer) - count]):
                    known, new = longer[count + extra], figure + other
                    longer[count + extra] = new if known is None else self._better(known, new)
            joined = [figure for figure in longer if figure is not None]
        return joined

    def _round(self, sums: Sequence[Fraction], step: RoundingStep) -> list[Fraction]:
        return [round_to(figure, self._card.rounding_at(step)) for figure in sums]


def _counts_at_total(score: IndicatorScore) -> bool:
    return score.effect in (Effect.BONUS, Effect.DEDUCTION) and score.indicator.counts_at is CountsAt.TOTAL


def _counts_at_section(score: IndicatorScore) -> bool:
    return score.effect in (Effect.BONUS, Effect.DEDUCTION) and score.indicator.counts_at is CountsAt.SECTION
