"""Which value in place of which would earn more points, and does it give the next level, alone or with others?

Values are in the unit in which they are reported (a count, not a count per head); of marks it is the combined mark, of
a formula its result. Where points follow from a rank, the rank is stated: the measures of others are not those of one
applicant's evaluation. Everything is as in the evaluation: roundings, limits of values, floors, gates, and points that
are spread over an item. Nothing else changes, so each statement holds for this evaluation alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from itertools import islice
from math import ceil, floor

from smartcert.evaluation.fewest import is_plain_sum
from smartcert.evaluation.levels import level_from_totals
from smartcert.evaluation.scales import apply_scale, compute_measure, round_measure, round_to, score_rank
from smartcert.evaluation.totals import rescore
from smartcert.model.application import Missing
from smartcert.model.evaluation import Evaluation, IndicatorScore, LevelResult, NextLevel, Scorecard
from smartcert.model.improvement import Decline, Improvement, ImprovementPlan, NextSteps, Target
from smartcert.model.indicator import (
    BandScale,
    CountScale,
    Direction,
    Effect,
    Indicator,
    Limits,
    LinearScale,
    Marks,
    RankScale,
    RoundingStep,
    YesNoScale,
)

_ZERO, _ONE = Fraction(0), Fraction(1)
_STEPS = 10_000
"""Into how many steps the range of a scale is parted at least, each a power of ten: how exactly a value is stated."""

_MARK_DIGITS = 2
"""To how many digits a combined mark is stated that no rule rounds."""


def list_improvements(evaluation: Evaluation, most: int | None = None) -> tuple[Improvement, ...]:
    """Return what each indicator with points left can do, most rewarding first; none where nothing was scored.

    Those that give the next level alone come first, then by what they add to the total; equal ones in the order of the
    edition. ``most`` is how many are returned at most, None all. An indicator whose points are spread over its item has
    none left, and no entry. In a scheme that ranks no level follows from points, so ``alone`` is always None.
    """
    case = _open_case(evaluation)
    return case.list_improvements(most) if case else ()


def find_next_steps(evaluation: Evaluation, most: int = 10) -> NextSteps:
    """Return the ``most`` rewarding improvements, the smallest plan, and half as many declines, as a report shows."""
    case = _open_case(evaluation)
    if case is None:
        return NextSteps()
    return NextSteps(
        improvements=case.list_improvements(most),
        plan=case.plan(evaluation.next_level) if evaluation.next_level else None,
        declines=case.list_declines(most // 2),
    )


def _open_case(evaluation: Evaluation) -> _Case | None:
    card, result = evaluation.scorecard, evaluation.level
    return None if card is None or result is None else _Case(evaluation, card, result)


Reaches = Callable[[Fraction], bool]
"""Whether so many points of an indicator are enough."""


class _Case:
    """One evaluation, in which single indicators are given other values."""

    def __init__(self, evaluation: Evaluation, card: Scorecard, result: LevelResult) -> None:
        self._card, self._result = card, result
        self._wanted = evaluation.next_level.level if evaluation.next_level else None
        population = evaluation.applicant.population
        self._population = population.residents if population else None
        self._bases = {base.id: base.value for base in card.bases}
        self._domains = {score.id: domain.id for domain in card.domains for score in domain.walk()}
        self._scores = {score.id: score for score in card.indicators()}
        self._own = {section.id: section.points for section in card.domains}
        self._at_total = card.rounding_at(RoundingStep.TOTAL)
        bounds = {bound.level: bound.points.as_integer_ratio() for bound in result.bounds}
        self._bounds = sorted(bounds.items())
        self._worst_level = max(bounds, default=0) + 1
        self._adds_up = is_plain_sum(card, result.floor_bounds) and not any(
            card.rounding_at(step) for step in (RoundingStep.ITEM, RoundingStep.DOMAIN)
        )
        marks = card.rounding_at(RoundingStep.MARK)
        self.mark_step = Fraction(1, 10 ** (marks.digits if marks else _MARK_DIGITS))
        self._known: dict[tuple[tuple[str, tuple[int, int]], ...], tuple[Fraction, int]] = {}
        self._searches: dict[str, _ValueSearch] = {}

    def list_improvements(self, most: int | None) -> tuple[Improvement, ...]:
        scores = [(score, domain.id) for domain in self._card.domains for score in domain.walk() if score.left > 0]
        scores.sort(key=lambda pair: self.rank_reward(pair[0]))
        improvements = (self.improve(score, domain) for score, domain in scores)
        return tuple(islice((improvement for improvement in improvements if improvement is not None), most))

    def list_declines(self, most: int | None) -> tuple[Decline, ...]:
        if self._result.placing is not None:
            return ()
        declines = [decline for score in self._scores.values() if (decline := self.decline(score)) is not None]
        declines.sort(key=lambda decline: -decline.target.gain)
        return tuple(declines[:most])

    def plan(self, gap: NextLevel) -> ImprovementPlan | None:
        if not gap.smallest_set:
            return None
        *others, last = [self._scores[left.indicator] for left in gap.smallest_set]
        points: dict[str, Fraction] = {}
        total, steps = self._card.points, []
        for score in others:
            target = self.find_target(score, self.earns_most(score), turns_only=True)
            if target is None:
                return None
            points[score.id] = target.points
            steps.append((score, self.describe(target, points, total)))
            total += steps[-1][1].gain
        target = self.find_target(last, self.reaches_with(last, points))
        if target is None:
            return None
        points[last.id] = target.points
        steps.append((last, self.describe(target, points, total)))
        return ImprovementPlan(steps=tuple(steps), total=total + steps[-1][1].gain, level=steps[-1][1].level)

    def rank_reward(self, score: IndicatorScore) -> tuple[bool, Fraction, int]:
        """Return what is the smaller the more it does if an indicator earns all points that are left."""
        total, level = self._total({score.id: score.points + score.left})
        return self._wanted is None or level > self._wanted, -total, level

    def improve(self, score: IndicatorScore, domain: str) -> Improvement | None:
        """Return what an indicator can do; None where no value earns more."""
        if score.left <= 0:
            return None
        best = self.find_target(score, self.earns_most(score), turns_only=True)
        if best is None:
            return None
        best = self.describe(best, {score.id: best.points}, self._card.points)
        alone = None
        if self._wanted is not None and best.level <= self._wanted:
            alone = self.find_target(score, self.reaches_with(score, {}))
        if alone is not None:
            alone = self.describe(alone, {score.id: alone.points}, self._card.points)
        return Improvement(score=score, domain=domain, best=best, alone=alone)

    def decline(self, score: IndicatorScore) -> Decline | None:
        """Return the nearest value that lowers the level; None where no value of this indicator does."""
        own = self._result.level

        def lowers(points: Fraction) -> bool:
            return self._total({score.id: points})[1] > own

        if isinstance(score.confirmed.value, Missing) or not lowers(min(_ZERO, score.indicator.full) * _factor(score)):
            return None
        target = self.find_target(score, lowers, worse=True)
        if target is None:
            return None
        return Decline(score=score, target=self.describe(target, {score.id: target.points}, self._card.points))

    def earns_most(self, score: IndicatorScore) -> Reaches:
        most = score.points + score.left
        return lambda points: points >= most

    def reaches_with(self, score: IndicatorScore, others: Mapping[str, Fraction]) -> Reaches:
        wanted = self._wanted

        def reaches(points: Fraction) -> bool:
            return wanted is not None and self._total({**others, score.id: points})[1] <= wanted

        return reaches

    def describe(self, target: Target, points: Mapping[str, Fraction], before: Fraction) -> Target:
        """Return a target with what follows for the total, compared with ``before``, and for the level."""
        total, level = self._total(points)
        return Target(value=target.value, rank=target.rank, points=target.points, gain=total - before, level=level)

    def _total(self, points: Mapping[str, Fraction]) -> tuple[Fraction, int]:
        key = tuple(sorted((name, value.as_integer_ratio()) for name, value in points.items()))
        if key not in self._known:
            self._known[key] = self._add_up(points)
        return self._known[key]

    def _add_up(self, points: Mapping[str, Fraction]) -> tuple[Fraction, int]:
        card, result = self._card, self._result
        if not self._adds_up:
            totals = rescore(card, points)
            if result.placing is not None:
                return totals.points, result.level
            return totals.points, level_from_totals(totals.points, totals.sections, result.bounds, result.floor_bounds)
        gains = {name: other - self._scores[name].points for name, other in points.items()}
        total = round_to(sum(gains.values(), card.exact), self._at_total)
        return total, result.level if result.placing is not None else self._find_level(total, gains)

    def _find_level(self, total: Fraction, gains: Mapping[str, Fraction]) -> int:
        """Return what `level_from_totals` does where points only add up and ``gains`` are those of some indicators.

        Bounds are compared in integers, as this is done for every value that is tried.
        """
        numerator, denominator = total.as_integer_ratio()
        reached = (level for level, (bound, of) in self._bounds if numerator * of >= bound * denominator)
        level = next(reached, self._worst_level)
        for lowest in self._result.floor_bounds:
            if lowest.best_level > level:
                gained = (gain for name, gain in gains.items() if self._domains[name] == lowest.domain)
                if sum(gained, self._own[lowest.domain]) < lowest.points:
                    level = lowest.best_level
        return level

    def find_target(
        self, score: IndicatorScore, enough: Reaches, *, turns_only: bool = False, worse: bool = False
    ) -> Target | None:
        """Return the nearest value or rank whose points are ``enough``; what follows from it is not filled in.

        With ``turns_only`` it is one of the values at which the scale turns or ends. Ranks are looked for among the
        better ones, or among those that are ``worse``.
        """
        if isinstance(score.indicator.scale, RankScale):
            return self._find_rank(score, score.indicator.scale, enough, worse)
        search = self._searches.get(score.id)
        if search is None:
            search = self._searches[score.id] = _ValueSearch(score, self)
        value = min(
            search.list_nearest(enough, turns_only=turns_only),
            key=lambda value: abs(value - search.start),
            default=None,
        )
        if value is None:
            return None
        return Target(value=value, rank=None, points=search.score(value), gain=_ZERO, level=self._result.level)

    def _find_rank(self, score: IndicatorScore, scale: RankScale, enough: Reaches, worse: bool) -> Target | None:
        working = score.confirmed
        of, rounding = working.of or 1, self._card.rounding_at(RoundingStep.INDICATOR)
        own, factor, tried = working.rank or of + 1, _factor(score), None
        most = working.points + score.left  # a value at its limit may not come first
        for rank in range(own + 1, of + 1) if worse else range(own - 1, 0, -1):
            exact = score_rank(scale, rank, of).points
            if exact is tried:  # the ranks of a band have the same points
                continue
            tried = exact
            points = round_to(exact, rounding) * factor
            if points > most and not worse:
                return None
            if enough(points):
                return Target(value=None, rank=rank, points=points, gain=_ZERO, level=self._result.level)
        return None

    def build_scorer(self, score: IndicatorScore) -> Callable[[Fraction], Fraction]:
        """Return what gives the points of an indicator, none scaled by rank, with another value.

        They are those of `score_value`, without its working, which nobody reads of a value that is only tried.
        """
        indicator, factor = score.indicator, _factor(score)
        measures = self._card.rounding_at(RoundingStep.MEASURE)
        rounding = self._card.rounding_at(RoundingStep.INDICATOR)
        is_prerequisite, is_divided = indicator.effect is Effect.PREREQUISITE, indicator.divisor is not None

        def compute_points(value: Fraction) -> Fraction:
            exact = compute_measure(value, indicator, self._population, self._bases) if is_divided else value
            points = apply_scale(indicator, round_measure(exact, indicator, measures)).points
            if is_prerequisite:
                return Fraction(points >= indicator.full)
            points = round_to(points, rounding)
            return points if factor == 1 else points * factor

        return compute_points

    def list_turns(self, indicator: Indicator) -> Iterator[Fraction]:
        """Yield the measures between which points only rise, only fall, or stay.

        Where measures are rounded it is one unit of that before or after each that the rounded one passes it.
        """
        rounding = self._card.rounding_at(RoundingStep.MEASURE) if indicator.computed else None
        unit = Fraction(1, 10**rounding.digits) if rounding else _ZERO
        for turn in _list_turns(indicator):
            yield from {turn - unit, turn, turn + unit}

    def find_limits(self, indicator: Indicator) -> Limits:
        """Return what a value can be; a combined mark lies where marks do."""
        marks = self._card.mark_scale_of(indicator) if isinstance(indicator.scale, Marks) else None
        return Limits(at_least=marks.lowest, at_most=marks.highest) if marks else indicator.limits

    def convert(self, indicator: Indicator, measure: Fraction) -> Fraction:
        """Return the value with which the scale is applied to ``measure``."""
        divisor = indicator.divisor
        if divisor is None:
            return measure
        known = self._bases.get(divisor.base) or Fraction(self._population or 1)
        return measure * known / divisor.times


def _factor(score: IndicatorScore) -> Fraction:
    """Return by what the points of an indicator are multiplied, where points of its item are spread."""
    full = score.indicator.full
    return score.out_of / full if score.indicator.counted and full and score.out_of != full else _ONE


class _ValueSearch:
    """The values of one indicator, from the one that counts now to the ends of its scale, up and down."""

    def __init__(self, score: IndicatorScore, case: _Case) -> None:
        indicator = score.indicator
        self.score = case.build_scorer(score)
        self._limits = case.find_limits(indicator)
        turns = sorted({case.convert(indicator, measure) for measure in case.list_turns(indicator)})
        ends = [end for end in (self._limits.at_least, self._limits.at_most) if end is not None]
        self._turns = sorted({*(turn for turn in turns if self._limits.allows(turn)), *ends})
        value = score.confirmed.value
        self._missing = isinstance(value, Missing)
        if isinstance(value, Missing):
            worst = -1 if indicator.direction is Direction.LOWER else 0
            self.start = self._turns[worst] if self._turns else _ZERO
        else:
            self.start = value
        self._whole = _is_counted(indicator, value)
        if self._whole:
            self._step = _ONE
            self.start = self.start if not self._missing else Fraction(floor(self.start))
        else:
            self._step = case.mark_step if isinstance(indicator.scale, Marks) else _find_step(turns, value)

    def list_nearest(self, enough: Reaches, *, turns_only: bool) -> Iterator[Fraction]:
        """Yield the nearest value above that is enough, and the nearest one below, where there are such."""

        def suffices(value: Fraction) -> bool:
            return self._limits.allows(value) and enough(self.score(value))

        if self._missing and suffices(self.start):
            yield self.start
            return
        above = [turn for turn in self._turns if turn > self.start]
        below = [turn for turn in reversed(self._turns) if turn < self.start]
        for turns in (above, below):
            near = self.start
            for turn in turns:
                if turns_only and not self._whole:
                    found = turn if suffices(turn) else None
                else:
                    found = self._search_between(near, turn, suffices)
                if found is not None:
                    yield found
                    break
                near = turn

    def _search_between(self, near: Fraction, far: Fraction, suffices: Reaches) -> Fraction | None:
        """Return the value nearest to ``near`` that suffices, up to ``far`` or the next step after it.

        Between two turns of a scale points only rise or only fall, so that it is found by halving.
        """
        sign = 1 if far > near else -1

        def at(steps: int) -> Fraction:
            return Fraction(sign * steps * self._step.numerator, self._step.denominator)

        low = floor(sign * near / self._step)
        inside, beyond = floor(sign * far / self._step), ceil(sign * far / self._step)
        high = next((steps for steps in (inside, beyond) if steps > low and suffices(at(steps))), None)
        if high is None:
            return far if not self._whole and suffices(far) else None
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if suffices(at(middle)) else (middle, high)
        return at(high)


def _is_counted(indicator: Indicator, value: Fraction | Missing) -> bool:
    """Return whether only whole numbers are values: yes or no, what is counted, and counts that are then divided."""
    if indicator.formula:
        return False
    if isinstance(indicator.scale, (YesNoScale, CountScale)):
        return True
    return indicator.divisor is not None and (isinstance(value, Missing) or value.denominator == 1)


def _list_turns(indicator: Indicator) -> tuple[Fraction, ...]:
    """Return the measures between which the points of a scale only rise, only fall, or stay."""
    if corners := indicator.list_corners():
        return tuple(corner.value for corner in corners)
    match indicator.scale:
        case BandScale(bands=bands):
            return tuple(band.bound for band in bands)
        case LinearScale(zero_at=zero, full_at=full) | Marks(zero_at=zero, full_at=full):
            return (zero, full)
        case CountScale(cap=cap):
            return (_ZERO, cap)
    return (_ZERO, _ONE)


def _find_step(turns: list[Fraction], value: Fraction | Missing) -> Fraction:
    """Return a power of ten: at most the `_STEPS`th part of the range of a scale, and as fine as the value itself."""
    span = turns[-1] - turns[0] or abs(turns[0]) or _ONE
    step = _ONE
    while step * _STEPS > span:
        step /= 10
    while not isinstance(value, Missing) and (value / step).denominator != 1 and step * _STEPS**2 > span:
        step /= 10
    return step
