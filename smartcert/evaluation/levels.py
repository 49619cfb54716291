"""Points -> level; what the next level takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, islice

from smartcert.evaluation.scales import argsort, round_to
from smartcert.model.evaluation import (
    Bound,
    FloorBound,
    FloorMissed,
    IndicatorScore,
    LevelResult,
    Margin,
    NextLevel,
    PointsLeft,
    Scorecard,
    SectionScore,
)
from smartcert.model.indicator import Rounding, RoundingStep
from smartcert.rules.parameters import LevelsRules

# --- From points to the level (등급): the bounds, what is certified, and floors per domain (Notice 2021-223 Art. 8).


def determine_level(scorecard: Scorecard, rules: LevelsRules) -> LevelResult:
    """Return the level of a scorecard: the best one whose bound its points reach, the bound itself included.

    The points are the total as the edition rounds it. A domain below its floor leaves no level better than the
    floor's ``best_level``; at exactly the floor it holds.
    """
    bounds = compute_bounds(scorecard.out_of, rules)
    by_points = next((bound.level for bound in bounds if scorecard.points >= bound.points), rules.worst.value)
    floors = _missed_floors(scorecard, rules)
    reached = max([by_points, *(floor.best_level for floor in floors)])
    return LevelResult(
        level=reached,
        certified=reached <= rules.certified_from.value,
        bounds=bounds,
        floors=floors,
        by_points=by_points,
        floor_bounds=_floor_bounds(scorecard, rules),
    )


def compute_bounds(out_of: Fraction, rules: LevelsRules) -> tuple[Bound, ...]:
    """Return the bounds in points of a total of ``out_of``, best level first; the worst level has none."""
    return tuple(
        Bound(
            level=number,
            points=cited.value * out_of / 100,
            share=cited.value / 100,
            basis=cited.basis,
            certified=number <= rules.certified_from.value,
        )
        for number, cited in sorted(rules.bounds.items())
    )


def level_from_totals(points: Fraction, domains: Mapping[str, Fraction], result: LevelResult) -> int:
    """Return the level that ``points`` and the points of the ``domains`` would give under the bounds of ``result``."""
    worst = max([bound.level for bound in result.bounds], default=0) + 1
    by_points = min([bound.level for bound in result.bounds if points >= bound.points], default=worst)
    under = [floor.best_level for floor in result.floor_bounds if domains[floor.domain] < floor.points]
    return max([by_points, *under])


def _floor_bounds(scorecard: Scorecard, rules: LevelsRules) -> tuple[FloorBound, ...]:
    domains = {domain.id: domain for domain in scorecard.domains}
    return tuple(
        FloorBound(
            domain=floor.domain,
            points=floor.at_least * domains[floor.domain].out_of / 100,
            best_level=floor.best_level,
        )
        for floor in rules.floors.value
        if floor.domain in domains
    )


def _missed_floors(scorecard: Scorecard, rules: LevelsRules) -> tuple[FloorMissed, ...]:
    domains = {domain.id: domain for domain in scorecard.domains}
    return tuple(
        FloorMissed(
            domain=domains[floor.domain].name,
            points=domains[floor.domain].points,
            floor=floor.points,
            best_level=floor.best_level,
        )
        for floor in _floor_bounds(scorecard, rules)
        if domains[floor.domain].points < floor.points
    )


# --- What a scorecard would be if some indicators had other points: the total and the domains, rounded as ordered.


def compute_totals(card: Scorecard, points: Mapping[str, Fraction]) -> tuple[Fraction, dict[str, Fraction]]:
    """Return the total and the points of each domain, where the indicators in ``points`` have those instead."""
    domains = {domain.id: _section(domain, card, points, top=True) for domain in card.domains}
    return round_to(sum(domains.values(), Fraction(0)), card.rounding_at(RoundingStep.TOTAL)), domains


def rounding_slack(card: Scorecard, changed: int) -> Fraction:
    """Return by how much rounding of items and domains can move the sum if ``changed`` indicators change: at most.

    Nothing where the edition orders no such rounding.
    """
    counts = {RoundingStep.ITEM: len(card.items()), RoundingStep.DOMAIN: len(card.domains)}
    ordered = {step: card.rounding_at(step) for step in counts}
    units = (
        min(changed, counts[step]) * Fraction(1, 10**rounding.digits) for step, rounding in ordered.items() if rounding
    )
    return sum(units, Fraction(0))


def _section(section: SectionScore, card: Scorecard, points: Mapping[str, Fraction], *, top: bool) -> Fraction:
    exact = sum((_section(part, card, points, top=False) for part in section.sections), Fraction(0))
    exact += sum((points.get(one.indicator.id, one.points) for one in section.indicators), Fraction(0))
    return round_to(exact, _ordered(card, section, top))


def _ordered(card: Scorecard, section: SectionScore, top: bool) -> Rounding | None:
    if top:
        return card.rounding_at(RoundingStep.DOMAIN)
    return card.rounding_at(RoundingStep.ITEM) if section.indicators else None


# --- The fewest indicators that would change a level: exact, with every set of that size in one order.

_ZERO = Fraction(0)

Selection = tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class PointsChange:
    """An indicator of a domain, and by how many points it would change: more are positive, fewer negative."""

    indicator: str
    domain: str
    points: Fraction


def find_smallest_sets(
    card: Scorecard, result: LevelResult, gains: Sequence[PointsChange], wanted: int, most: int
) -> list[tuple[PointsChange, ...]]:
    """Return the smallest sets of ``gains`` that together give level ``wanted`` or a better one, at most ``most``.

    ``gains`` stand with most points first. Sets come in the order of their members: those with the first ``gains``
    first. Nothing is approximated: rounding of items, domains and the total, and floors of domains, are looked at.
    The answer is empty where even all gains together do not suffice.
    """
    return _GainSearch(card, result, gains, wanted).smallest(most)


def find_fewest_losses(
    card: Scorecard, result: LevelResult, losses: Sequence[PointsChange]
) -> tuple[PointsChange, ...]:
    """Return the fewest of ``losses`` with which the level would be worse; those that lose most first.

    A level is lost by the total, or by one domain that falls below its floor: whichever takes fewer indicators.
    Empty where nothing that can be lost changes the level.
    """
    ways = [_LossSearch(card, result, losses, "")]
    ways += [_LossSearch(card, result, losses, floor.domain) for floor in result.floor_bounds]
    found = [sets[0] for way in ways if (sets := way.smallest(1))]
    return min(found, key=len, default=())


class _SubsetSearch:
    """A search in depth that leaves a branch as soon as nothing below it can suffice."""

    falling = True
    """Whether a branch that cannot suffice means that those after it cannot either."""

    def __init__(self, card: Scorecard, result: LevelResult, changes: Sequence[PointsChange]) -> None:
        self._card, self._result, self._changes = card, result, changes
        self._own: Mapping[str, Fraction] = {score.indicator.id: score.points for score in card.indicators()}
        self._domains: Mapping[str, Fraction] = {domain.id: domain.points for domain in card.domains}
        self._slack: dict[int, Fraction] = {}
        self._sums = [_ZERO, *accumulate(change.points for change in changes)]

    def smallest(self, most: int) -> list[tuple[PointsChange, ...]]:
        for size in range(1, len(self._changes) + 1):
            found = list(islice(self._sets((), 0, size), most))
            if found:
                return [tuple(self._changes[place] for place in picked) for picked in found]
        return []

    def _sets(self, picked: Selection, start: int, more: int) -> Iterator[Selection]:
        """Yield every set that begins with ``picked`` and has ``more`` members from ``start`` on."""
        if more == 0:
            if self._suffices(self._level_with(picked)):
                yield picked
            return
        for place in range(start, len(self._changes) - more + 1):
            longer = (*picked, place)
            if self._can_suffice(longer, place + 1, more - 1):
                yield from self._sets(longer, place + 1, more - 1)
            elif self.falling:
                return

    def _level_with(self, picked: Selection) -> int:
        chosen = [self._changes[place] for place in picked]
        if not self._room(1):  # no rounding on the way: sums are enough
            domains = dict(self._domains)
            for change in chosen:
                domains[change.domain] += change.points
            return level_from_totals(self._total_with(self._sum(picked)), domains, self._result)
        points = {change.indicator: self._own[change.indicator] + change.points for change in chosen}
        return level_from_totals(*compute_totals(self._card, points), self._result)

    def _total_with(self, change: Fraction) -> Fraction:
        return round_to(self._card.exact + change, self._card.rounding_at(RoundingStep.TOTAL))

    def _room(self, changed: int) -> Fraction:
        if changed not in self._slack:
            self._slack[changed] = rounding_slack(self._card, changed)
        return self._slack[changed]

    def _bound(self, level: int) -> Fraction:
        return next(bound.points for bound in self._result.bounds if bound.level == level)

    def _sum(self, places: Sequence[int]) -> Fraction:
        return sum((self._changes[place].points for place in places), _ZERO)

    def _suffices(self, level: int) -> bool:
        raise NotImplementedError

    def _can_suffice(self, picked: Selection, start: int, more: int) -> bool:
        raise NotImplementedError


class _GainSearch(_SubsetSearch):
    def __init__(self, card: Scorecard, result: LevelResult, gains: Sequence[PointsChange], wanted: int) -> None:
        super().__init__(card, result, gains)
        self._wanted = wanted
        self._short = {
            floor.domain: floor.points - self._domains[floor.domain]
            for floor in result.floor_bounds
            if floor.best_level > wanted and self._domains[floor.domain] < floor.points
        }
        """What each domain lacks that is below a floor which stands in the way."""
        self.falling = not self._short

    def _suffices(self, level: int) -> bool:
        return level <= self._wanted

    def _can_suffice(self, picked: Selection, start: int, more: int) -> bool:
        room = self._room(len(picked) + more)
        needed = self._needed_for_floors(picked, start, room)
        if needed is None or len(needed) > more:
            return False
        if not needed:
            best = self._sums[start + more] - self._sums[start]
        else:
            others = (place for place in range(start, len(self._changes)) if place not in needed)
            best = self._sum([*needed, *islice(others, more - len(needed))])
        return self._total_with(self._sum(picked) + best + room) >= self._bound(self._wanted)

    def _needed_for_floors(self, picked: Selection, start: int, room: Fraction) -> list[int] | None:
        """Return the fewest further members with which no floor stands in the way; None where there are not enough."""
        needed: list[int] = []
        for domain, short in self._short.items():
            short -= room + self._sum([place for place in picked if self._changes[place].domain == domain])
            for place in range(start, len(self._changes)):
                if short > 0 and self._changes[place].domain == domain:
                    needed.append(place)
                    short -= self._changes[place].points
            if short > 0:
                return None
        return needed


class _LossSearch(_SubsetSearch):
    """``domain`` is the one that falls below its floor, or empty for the total."""

    def __init__(self, card: Scorecard, result: LevelResult, losses: Sequence[PointsChange], domain: str) -> None:
        super().__init__(card, result, [loss for loss in losses if domain in ("", loss.domain)])
        self._domain = domain

    def _suffices(self, level: int) -> bool:
        return level > self._result.level

    def _can_suffice(self, picked: Selection, start: int, more: int) -> bool:
        change = self._sum(picked) + self._sums[start + more] - self._sums[start]
        change -= self._room(len(picked) + more)
        if not self._domain:
            return self._total_with(change) < self._bound(self._result.level)
        return any(
            self._domains[floor.domain] + change < floor.points
            for floor in self._result.floor_bounds
            if floor.domain == self._domain and floor.best_level > self._result.level
        )


# --- What separates an applicant from the next better level, and from the next worse one.

_MOST_LEFT_SHOWN = 10
"""How many of the indicators with most points left are listed: a page's worth, no rule."""
_SETS_SHOWN = 5
"""How many of the smallest sets are listed: a page's worth, no rule."""


def find_next_level(scorecard: Scorecard, result: LevelResult) -> NextLevel | None:
    """Return what is missing to the next better level, or None at the best one.

    ``short`` is zero where the points would do and only a floor stands in the way.
    """
    better = [bound for bound in result.bounds if bound.level < result.level]
    if not better:
        return None
    bound = max(better, key=lambda one: one.level)
    short = max(bound.points - scorecard.points, Fraction(0))
    scores = scorecard.indicators()
    left = _largest_first((score, score.left) for score in scores)
    lost = _largest_first(
        (score, score.desk.points - score.confirmed.points) for score in scores if score.desk is not score.confirmed
    )
    sets = _select_smallest_sets(scorecard, result, left, bound.level)
    return NextLevel(
        level=bound.level,
        bound=bound.points,
        short=short,
        most_left=left[:_MOST_LEFT_SHOWN],
        smallest_set=sets[0] if sets else (),
        lost_on_site=lost,
        carried=bool(lost) and sum((one.points for one in lost), Fraction(0)) >= short > 0,
        smallest_sets=sets[:_SETS_SHOWN],
        more_sets=len(sets) > _SETS_SHOWN,
    )


def compute_margin(scorecard: Scorecard, result: LevelResult) -> Margin | None:
    """Return how firmly the level stands, or None at the worst one, below which there is none.

    The bound is that of the level's own points; ``above`` is zero at exactly the bound.
    """
    own = [bound for bound in result.bounds if bound.level == result.level]
    if not own:
        return None
    held = _largest_first((score, score.points) for score in scorecard.indicators())
    by_id = {one.indicator: one for one in held}
    domains = _domain_by_indicator(scorecard)
    losses = [PointsChange(indicator=one.indicator, domain=domains[one.indicator], points=-one.points) for one in held]
    fewest = find_fewest_losses(scorecard, result, losses)
    return Margin(
        level=result.level,
        bound=own[0].points,
        above=scorecard.points - own[0].points,
        fewest=tuple(by_id[one.indicator] for one in fewest),
    )


def _select_smallest_sets(
    scorecard: Scorecard, result: LevelResult, left: tuple[PointsLeft, ...], wanted: int
) -> tuple[tuple[PointsLeft, ...], ...]:
    by_id = {one.indicator: one for one in left}
    domains = _domain_by_indicator(scorecard)
    gains = [PointsChange(indicator=one.indicator, domain=domains[one.indicator], points=one.points) for one in left]
    sets = find_smallest_sets(scorecard, result, gains, wanted, _SETS_SHOWN + 1)
    return tuple(tuple(by_id[one.indicator] for one in found) for found in sets)


def _domain_by_indicator(scorecard: Scorecard) -> Mapping[str, str]:
    return {name: domain.id for domain in scorecard.domains for name in _indicator_ids(domain)}


def _indicator_ids(section: SectionScore) -> Iterable[str]:
    yield from (score.indicator.id for score in section.indicators)
    for part in section.sections:
        yield from _indicator_ids(part)


def _largest_first(scores: Iterable[tuple[IndicatorScore, Fraction]]) -> tuple[PointsLeft, ...]:
    found = [
        PointsLeft(indicator=score.indicator.id, name=score.indicator.name, points=points, out_of=score.out_of)
        for score, points in scores
        if points.numerator > 0
    ]
    return tuple(found[place] for place in argsort([-one.points for one in found]))
