"""The fewest indicators that would change a level: exact, with every set of that size in one order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, islice

from smartcert.evaluation.levels import level_at
from smartcert.evaluation.rounding import round_to
from smartcert.evaluation.what_if import slack, totals_with
from smartcert.model.indicator import Step
from smartcert.model.level import LevelResult
from smartcert.model.scorecard import Scorecard

_NONE = Fraction(0)

Picked = tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """An indicator of a domain, and by how many points it would change: more are positive, fewer negative."""

    indicator: str
    domain: str
    points: Fraction


def smallest_sets(
    card: Scorecard, result: LevelResult, gains: Sequence[Change], wanted: int, most: int
) -> list[tuple[Change, ...]]:
    """Return the smallest sets of ``gains`` that together give level ``wanted`` or a better one, at most ``most``.

    ``gains`` stand with most points first. Sets come in the order of their members: those with the first ``gains``
    first. Nothing is approximated: rounding of items, domains and the total, and floors of domains, are looked at.
    The answer is empty where even all gains together do not suffice.
    """
    return _Gains(card, result, gains, wanted).smallest(most)


def fewest_to_lose(card: Scorecard, result: LevelResult, losses: Sequence[Change]) -> tuple[Change, ...]:
    """Return the fewest of ``losses`` with which the level would be worse; those that lose most first.

    A level is lost by the total, or by one domain that falls below its floor: whichever takes fewer indicators.
    Empty where nothing that can be lost changes the level.
    """
    ways = [_Losses(card, result, losses, "")]
    ways += [_Losses(card, result, losses, floor.domain) for floor in result.floor_bounds]
    found = [sets[0] for way in ways if (sets := way.smallest(1))]
    return min(found, key=len, default=())


class _Search:
    """A search in depth that leaves a branch as soon as nothing below it can suffice."""

    falling = True
    """Whether a branch that cannot suffice means that those after it cannot either."""

    def __init__(self, card: Scorecard, result: LevelResult, changes: Sequence[Change]) -> None:
        self._card, self._result, self._changes = card, result, changes
        self._own: Mapping[str, Fraction] = {score.indicator.id: score.points for score in card.indicators()}
        self._domains: Mapping[str, Fraction] = {domain.id: domain.points for domain in card.domains}
        self._slack: dict[int, Fraction] = {}
        self._sums = [_NONE, *accumulate(change.points for change in changes)]

    def smallest(self, most: int) -> list[tuple[Change, ...]]:
        for size in range(1, len(self._changes) + 1):
            found = list(islice(self._sets((), 0, size), most))
            if found:
                return [tuple(self._changes[place] for place in picked) for picked in found]
        return []

    def _sets(self, picked: Picked, start: int, more: int) -> Iterator[Picked]:
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

    def _level_with(self, picked: Picked) -> int:
        chosen = [self._changes[place] for place in picked]
        if not self._room(1):  # no rounding on the way: sums are enough
            domains = dict(self._domains)
            for change in chosen:
                domains[change.domain] += change.points
            return level_at(self._total_with(self._sum(picked)), domains, self._result)
        points = {change.indicator: self._own[change.indicator] + change.points for change in chosen}
        return level_at(*totals_with(self._card, points), self._result)

    def _total_with(self, change: Fraction) -> Fraction:
        return round_to(self._card.exact + change, self._card.round_at(Step.TOTAL))

    def _room(self, changed: int) -> Fraction:
        if changed not in self._slack:
            self._slack[changed] = slack(self._card, changed)
        return self._slack[changed]

    def _bound(self, level: int) -> Fraction:
        return next(bound.points for bound in self._result.bounds if bound.level == level)

    def _sum(self, places: Sequence[int]) -> Fraction:
        return sum((self._changes[place].points for place in places), _NONE)

    def _suffices(self, level: int) -> bool:
        raise NotImplementedError

    def _can_suffice(self, picked: Picked, start: int, more: int) -> bool:
        raise NotImplementedError


class _Gains(_Search):
    def __init__(self, card: Scorecard, result: LevelResult, gains: Sequence[Change], wanted: int) -> None:
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

    def _can_suffice(self, picked: Picked, start: int, more: int) -> bool:
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

    def _needed_for_floors(self, picked: Picked, start: int, room: Fraction) -> list[int] | None:
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


class _Losses(_Search):
    """``domain`` is the one that falls below its floor, or empty for the total."""

    def __init__(self, card: Scorecard, result: LevelResult, losses: Sequence[Change], domain: str) -> None:
        super().__init__(card, result, [loss for loss in losses if domain in ("", loss.domain)])
        self._domain = domain

    def _suffices(self, level: int) -> bool:
        return level > self._result.level

    def _can_suffice(self, picked: Picked, start: int, more: int) -> bool:
        change = self._sum(picked) + self._sums[start + more] - self._sums[start]
        change -= self._room(len(picked) + more)
        if not self._domain:
            return self._total_with(change) < self._bound(self._result.level)
        return any(
            self._domains[floor.domain] + change < floor.points
            for floor in self._result.floor_bounds
            if floor.domain == self._domain and floor.best_level > self._result.level
        )
