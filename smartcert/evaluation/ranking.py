"""Who is selected, on the reserve list or not selected in a scheme that ranks; and who goes on to the next stage."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from fractions import Fraction
from itertools import groupby, permutations

from smartcert.errors import UsageError
from smartcert.lazy_dataclass import dataclass
from smartcert.model.citation import Text
from smartcert.model.evaluation import Placing, PlacingReason, Scorecard, Selection, TieStep
from smartcert.model.scheme import BudgetEnd, RankingRule, TieEnd

_ZERO = Fraction(0)
_MOST_ORDERED = 6
"""Of how many who share a place every order is tried; more share one only where nothing tells them apart."""

LEVELS: Mapping[Selection, int] = {Selection.SELECTED: 1, Selection.RESERVE: 2, Selection.NOT_SELECTED: 3}
"""The level that stands for each result of a ranking, so that votes, decisions and certificates speak of it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Contestant:
    """An applicant that is ranked: its scorecard, the class it is in, and the amount that it asked for, if any."""

    id: str
    card: Scorecard
    class_id: str
    asked: Fraction | None = None
    barred: bool = False
    """Whether it misses a gate without which nobody is selected, whatever its points."""


def rank_contestants(contestants: Iterable[Contestant], rule: RankingRule, seed: str = "") -> dict[str, Placing]:
    """Return the place of each contestant and what follows from it; their order does not matter.

    Of two with equal totals, as rounded, the one with more points in the first section or indicator of ``ties`` has
    the better place, then in the second, and so on. Those that are equal in all share the better place, or a lot tells
    them apart. Then places are given in their order, as long as the number of places, that of the class and the budget
    allow; a request of exactly what is left is granted. Where contestants share a place and not all of them can be
    selected, none of them is, and nobody behind them: who of them is, is not to be computed.

    Raises:
        UsageError: a lot has to decide, and the round published no seed; or a contestant asked for no amount, and the
            budget is limited.
    """
    entries = sorted(_build_entries(contestants, rule, seed), key=lambda entry: (entry.key, entry.contestant.id))
    groups = [list(members) for _, members in groupby(entries, key=lambda entry: entry.key)]
    allotment = _Allotment(rule=rule, left=rule.budget)
    place = 1
    placings: list[tuple[_Entry, Placing]] = []
    for members in groups:
        results = allotment.allot(members)
        for entry, (reason, granted, left) in zip(members, results, strict=True):
            selected = reason is PlacingReason.WITHIN
            placing = Placing(
                place=place,
                of=len(entries),
                tied=entry.tied,
                ties=entry.steps,
                shared=len(members) - 1,
                lot=entry.lot,
                selection=Selection.SELECTED if selected else Selection.NOT_SELECTED,
                reason=reason,
                asked=entry.contestant.asked,
                granted=granted,
                left=left,
                currency=rule.currency if rule.budget is not None else None,
            )
            placings.append((entry, placing))
        place += len(members)
    return _fill_reserve(placings, rule)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Entry:
    contestant: Contestant
    key: tuple[Fraction | str, ...]
    tied: int
    steps: tuple[TieStep, ...]
    lot: str


def _build_entries(contestants: Iterable[Contestant], rule: RankingRule, seed: str) -> list[_Entry]:
    """Return the contestants with what orders them: totals, points of the rules on ties, then the lot."""
    known = list(contestants)
    totals = Counter(contestant.card.points for contestant in known)
    points = {contestant.id: _list_tie_points(contestant.card, rule.ties) for contestant in known}
    keys = {
        contestant.id: (-contestant.card.points, *(-step.points for step in points[contestant.id]))
        for contestant in known
    }
    equal = Counter(keys.values())
    entries = []
    for contestant in known:
        tied = totals[contestant.card.points] - 1
        drawn = equal[keys[contestant.id]] > 1 and rule.then is TieEnd.LOT
        if drawn and not seed:
            raise UsageError(
                f"a lot decides between '{contestant.id}' and others, and no seed is given (seed: of round.yaml)"
            )
        lot = _draw_lot(seed, contestant.id) if drawn else ""
        others = [
            keys[other.id] for other in known if other is not contestant and other.card.points == contestant.card.points
        ]
        used = _count_steps(keys[contestant.id], others)
        entries.append(
            _Entry(
                contestant=contestant,
                key=(*keys[contestant.id], lot),
                tied=tied,
                steps=points[contestant.id][:used],
                lot=lot,
            )
        )
    return entries


def _list_tie_points(card: Scorecard, ties: Sequence[str]) -> tuple[TieStep, ...]:
    named: dict[str, tuple[Text, Fraction]] = {
        **{section.id: (section.name, section.points) for section in card.sections()},
        **{score.id: (score.indicator.name, score.points) for score in card.indicators()},
    }
    return tuple(TieStep(id=name, name=named[name][0], points=named[name][1]) for name in ties)


def _count_steps(key: Sequence[Fraction], others: Sequence[Sequence[Fraction]]) -> int:
    """Return how many rules on ties are needed until no other is equal; all of them where some other stays so."""
    used = 0
    while used + 1 < len(key) and any(other[: used + 1] == key[: used + 1] for other in others):
        used += 1
    return used


def _draw_lot(seed: str, name: str) -> str:
    """Return an applicant's lot: the SHA-256 of the published seed and its id; a smaller one has the better place."""
    return hashlib.sha256(f"{seed}\n{name}".encode()).hexdigest()


_Allotted = tuple[PlacingReason, Fraction | None, Fraction | None]


@dataclass(kw_only=True)
class _Allotment:
    """What is left to give, while places are gone through from the best on."""

    rule: RankingRule
    left: Fraction | None
    given: int = 0
    by_class: Counter[str] = field(default_factory=Counter)
    closed: PlacingReason | None = None
    """Why nobody further behind is selected."""

    def allot(self, members: Sequence[_Entry]) -> list[_Allotted]:
        """Return for those who share a place why each is selected or not, what it is granted, and what was left."""
        barred = [entry for entry in members if entry.contestant.barred]
        if barred:
            others = iter(self.allot(rest) if (rest := [entry for entry in members if entry not in barred]) else ())
            return [(PlacingReason.GATE, None, None) if entry in barred else next(others) for entry in members]
        points = members[0].contestant.card
        least = self.rule.at_least
        if least is not None and points.points < least.in_points(points.out_of):
            return [(PlacingReason.MINIMUM, None, None) for _ in members]
        if self.closed is not None:
            return [(self.closed, None, self.left) for _ in members]
        if len(members) == 1:
            return [self._allot_one(members[0].contestant)]
        return self._allot_together([entry.contestant for entry in members])

    def _allot_together(self, members: Sequence[Contestant]) -> list[_Allotted]:
        """Return the results of those who share a place, where these are the same in whatever order they are taken.

        Where they are not, or there are more than `_MOST_ORDERED` and not all are selected, there is a tie.
        """
        orders = permutations(members) if len(members) <= _MOST_ORDERED else iter([tuple(members)])
        results: dict[str, tuple[PlacingReason, Fraction | None]] = {}
        for order in orders:
            trial = replace(self, by_class=Counter(self.by_class))
            allotted = {candidate.id: trial._allot_one(candidate)[:2] for candidate in order}
            settled = not results or allotted == results
            if len(members) > _MOST_ORDERED:
                settled = all(reason is PlacingReason.WITHIN for reason, _ in allotted.values())
            if not settled:
                self.closed = PlacingReason.TIE
                return [(PlacingReason.TIE, None, self.left) for _ in members]
            results = allotted
        left = self.left
        self.left, self.given, self.by_class, self.closed = trial.left, trial.given, trial.by_class, trial.closed
        return [(*results[member.id], left) for member in members]

    def _allot_one(self, contestant: Contestant) -> _Allotted:
        rule, left = self.rule, self.left
        limits = rule.class_places or {}
        if contestant.class_id in limits and self.by_class[contestant.class_id] >= limits[contestant.class_id]:
            return PlacingReason.CLASS_PLACES, None, left
        if rule.places is not None and self.given >= rule.places:
            self.closed = PlacingReason.PLACES
            return PlacingReason.PLACES, None, left
        granted = contestant.asked
        if left is not None:
            if contestant.asked is None:
                raise UsageError(f"'{contestant.id}' asked for no amount, and the budget is limited")
            if contestant.asked > left:
                if rule.beyond is BudgetEnd.STOP:
                    self.closed = PlacingReason.BUDGET
                if rule.beyond is not BudgetEnd.PART or left <= 0:
                    return PlacingReason.BUDGET, None, left
                granted, self.closed = left, PlacingReason.BUDGET
            self.left = left - (granted or _ZERO)
        self.given += 1
        self.by_class[contestant.class_id] += 1
        return PlacingReason.WITHIN, granted, left


def _fill_reserve(placings: Sequence[tuple[_Entry, Placing]], rule: RankingRule) -> dict[str, Placing]:
    """Return the placings by id, with the reserve list: those not selected that reach the minimum, by their places."""
    waiting = [
        placing
        for _, placing in placings
        if placing.selection is not Selection.SELECTED
        and placing.reason not in (PlacingReason.GATE, PlacingReason.MINIMUM)
    ]
    filled = {}
    for entry, placing in placings:
        own = placing
        if placing in waiting:
            number = 1 + sum(other.place < placing.place for other in waiting)
            if rule.reserve is None or number <= rule.reserve:
                own = replace(placing, selection=Selection.RESERVE, reserve=number)
        filled[entry.contestant.id] = own
    return filled


def select_for_stage(points: Mapping[str, Fraction], best: int | None, least: Fraction | None) -> frozenset[str]:
    """Return the ids of those who go on, by their points: at least ``least``, and the ``best`` of these.

    Those with as many points as the last of the best go on too.
    """
    enough = {name: figure for name, figure in points.items() if least is None or figure >= least}
    if best is None or len(enough) <= best:
        return frozenset(enough)
    if best == 0:
        return frozenset()
    last = sorted(enough.values(), reverse=True)[best - 1]
    return frozenset(name for name, figure in enough.items() if figure >= last)
