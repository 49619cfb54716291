"""Which level (등급) do points give, what does the next one take, and what would lose this one?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import accumulate, islice
from math import lcm

from smartcert.evaluation.fewest import PointsChange, Selection, ShapedSearch, is_plain_sum
from smartcert.evaluation.ranking import LEVELS
from smartcert.evaluation.scales import argsort, round_to, sum_exactly
from smartcert.evaluation.totals import rescore
from smartcert.model.citation import Text
from smartcert.model.evaluation import (
    Bound,
    FloorBound,
    FloorMissed,
    GateResult,
    IndicatorScore,
    LevelResult,
    LossCause,
    Margin,
    NextLevel,
    Placing,
    PointsLeft,
    Scorecard,
    SiteLoss,
)
from smartcert.model.indicator import Effect, Rounding, RoundingStep
from smartcert.rules.parameters import LevelsRules

_ZERO = Fraction(0)
_MOST_LEFT_SHOWN = 10
"""How many of the indicators with most points left are listed: a page's worth, no rule."""
_SETS_SHOWN = 5
"""How many of the smallest sets are listed: a page's worth, no rule."""


def level_from_totals(
    points: Fraction,
    sections: Mapping[str, Fraction],
    bounds: Iterable[Bound],
    floors: Iterable[FloorBound] = (),
) -> int:
    """Return the level of a total: the best one whose bound ``points`` reach, the bound itself included.

    Below all bounds it is the worst level, the one after the last bound. A section or an indicator whose points
    (``sections``, by id) are below its floor leaves no level better than the floor's ``best_level``; at exactly the
    floor it does not.
    """
    by_level = {bound.level: bound.points for bound in bounds}
    reached = (level for level in sorted(by_level) if points >= by_level[level])
    by_points = next(reached, max(by_level, default=0) + 1)
    return max([by_points, *(floor.best_level for floor in floors if sections[floor.domain] < floor.points)])


def determine_level(
    scorecard: Scorecard,
    rules: LevelsRules,
    placing: Placing | None = None,
    bounds: tuple[Bound, ...] | None = None,
) -> LevelResult:
    """Return the level of a scorecard's total, as rounded, floors and its gates (Notice 2021-223 Art. 8).

    In a scheme that ranks it is the one that stands for what followed from the place. ``bounds`` are those of
    `compute_bounds` for the scorecard, where they are known already.
    """
    if bounds is None:
        bounds = compute_bounds(scorecard.out_of, rules)
    if placing is not None:
        level = LEVELS[placing.selection]
        return LevelResult(
            level=level,
            certified=level <= rules.certified_from.value,
            bounds=_build_ranking_bounds(bounds, rules),
            by_points=level,
            gates=check_gates(scorecard),
            placing=placing,
        )
    if not rules.floors.value and not scorecard.gates:
        level = level_from_totals(scorecard.points, {}, bounds)
        certified = level <= rules.certified_from.value
        return LevelResult(level=level, certified=certified, bounds=bounds, by_points=level)
    domains = {domain.id: domain for domain in scorecard.domains}
    points = {section.id: section.points for section in scorecard.sections()}
    points |= {score.id: score.points for score in scorecard.indicators()}
    prerequisites = {score.id for score in scorecard.indicators() if score.indicator.effect is Effect.PREREQUISITE}
    names = {section.id: section.name for section in scorecard.sections()}
    names |= {score.id: score.indicator.name for score in scorecard.indicators()}
    gates = check_gates(scorecard)
    floors = tuple(
        FloorBound(
            domain=floor.domain,
            points=floor.at_least * domains[floor.domain].out_of / 100,
            best_level=floor.best_level,
        )
        for floor in rules.floors.value
        if floor.domain in domains
    )
    floors += build_floor_bounds(gates, max((bound.level for bound in bounds), default=0) + 1)
    level = level_from_totals(scorecard.points, points, bounds, floors)
    return LevelResult(
        level=level,
        certified=level <= rules.certified_from.value,
        bounds=bounds,
        floors=tuple(
            FloorMissed(
                domain=names[floor.domain],
                points=points[floor.domain],
                floor=floor.points,
                best_level=floor.best_level,
                prerequisite=floor.domain in prerequisites,
            )
            for floor in floors
            if points[floor.domain] < floor.points
        ),
        by_points=level_from_totals(scorecard.points, points, bounds),
        floor_bounds=floors,
        gates=gates,
    )


def _build_ranking_bounds(least: tuple[Bound, ...], rules: LevelsRules) -> tuple[Bound, ...]:
    """Return the fewest points with which one can be selected or on the reserve list; zero without a minimum."""
    certified_from = rules.certified_from
    lowest = least[0] if least else None
    return tuple(
        Bound(
            level=level,
            points=lowest.points if lowest else _ZERO,
            share=lowest.share if lowest else _ZERO,
            basis=lowest.basis if lowest else certified_from.basis,
            certified=level <= certified_from.value,
        )
        for level in range(1, rules.worst.value)
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


def find_next_level(scorecard: Scorecard, result: LevelResult) -> NextLevel | None:
    """Return what is missing to the next better level, or None at the best one.

    ``short`` is zero where the points would do and only a floor stands in the way.
    """
    better = [bound for bound in result.bounds if bound.level < result.level]
    bound = max(better, key=lambda bound: bound.level, default=None)
    if bound is None:
        return None
    short = max(bound.points - scorecard.points, _ZERO)
    scores = scorecard.indicators()
    left = _sort_by_points((score, score.left) for score in scores)
    counted = (score for score in scores if score.effect is not Effect.PREREQUISITE)
    undone = rescore(scorecard, {score.id: score.undone.points for score in scores if score.undone})
    without = level_from_totals(undone.points, undone.sections, result.bounds, result.floor_bounds)
    by_id = {points.indicator: points for points in left}
    gains = _to_changes(scorecard, left)
    sets = [
        tuple(by_id[change.indicator] for change in changes)
        for changes in find_smallest_sets(scorecard, result, gains, bound.level, _SETS_SHOWN + 1)
    ]
    return NextLevel(
        level=bound.level,
        bound=bound.points,
        short=short,
        most_left=_sort_by_points((score, score.left) for score in counted)[:_MOST_LEFT_SHOWN],
        smallest_set=sets[0] if sets else (),
        lost_on_site=_list_losses(scores),
        carried=without < result.level,
        regained=undone.points - scorecard.points,
        smallest_sets=tuple(sets[:_SETS_SHOWN]),
        more_sets=len(sets) > _SETS_SHOWN,
    )


def _list_losses(scores: Iterable[IndicatorScore]) -> tuple[SiteLoss, ...]:
    """Return the points lost by the inspection, most first; an indicator that lost some for two causes stands twice.

    What corrections of the own figures cost is the difference to the evaluation without them. What is left between
    that and the desk's points has another cause: the others' figures, or what was not inspected.
    """
    losses = []
    for score in scores:
        undone = score.undone or score.confirmed
        if undone is score.confirmed and undone is score.desk:
            continue  # as of most indicators: nothing was lost
        corrected = undone.value != score.confirmed.value
        other = LossCause.RANK if undone.rank and undone.value == score.desk.value else LossCause.NOT_INSPECTED
        for cause, points in (
            (LossCause.CORRECTION if corrected else LossCause.SPREADING, undone.points - score.confirmed.points),
            (other, score.desk.points - undone.points),
        ):
            if points > 0:
                losses.append(
                    SiteLoss(
                        indicator=score.id,
                        name=score.indicator.name,
                        points=points,
                        out_of=score.out_of,
                        cause=cause,
                    )
                )
    return tuple(losses[index] for index in argsort([loss.points for loss in losses], descending=True))


def compute_margin(scorecard: Scorecard, result: LevelResult) -> Margin | None:
    """Return how firmly the level stands, or None at the worst one, below which there is none.

    The bound is that of the level's own points; ``above`` is zero at exactly the bound.
    """
    bound = next((bound for bound in result.bounds if bound.level == result.level), None)
    if bound is None:
        return None
    reached = _sort_by_points((score, score.points) for score in scorecard.indicators())
    by_id = {points.indicator: points for points in reached}
    fewest = find_fewest_losses(scorecard, result, _to_changes(scorecard, reached, lost=True))
    return Margin(
        level=result.level,
        bound=bound.points,
        above=scorecard.points - bound.points,
        fewest=tuple(by_id[change.indicator] for change in fewest),
    )


def _sort_by_points(scores: Iterable[tuple[IndicatorScore, Fraction]]) -> tuple[PointsLeft, ...]:
    """Return those with any points, most points first, equal ones in the order of the edition."""
    listed = [
        PointsLeft(indicator=score.id, name=score.indicator.name, points=points, out_of=score.out_of)
        for score, points in scores
        if points.numerator > 0
    ]
    return tuple(listed[index] for index in argsort([left.points for left in listed], descending=True))


# What an applicant must have, whatever its total: prerequisites and minimums of an edition.


def check_gates(card: Scorecard) -> tuple[GateResult, ...]:
    """Return every gate of a scorecard, passed or not, in the order of the edition; exactly what is needed is enough.

    Percentages and fractions are of the points possible for this applicant: of an indicator whose points were spread
    over its item nothing is possible and nothing is needed.
    """
    known: dict[str, tuple[Text, Fraction, Fraction]] = {
        section.id: (section.name, section.points, section.out_of) for section in card.sections()
    }
    known |= {score.id: (score.indicator.name, score.points, score.out_of) for score in card.indicators()}
    results = []
    for gate in card.gates:
        name, points, out_of = known[gate.of]
        needed = gate.needed.in_points(out_of) if out_of else Fraction(0)
        results.append(GateResult(gate=gate, name=name, points=points, needed=needed, out_of=out_of))
    return tuple(results)


def build_floor_bounds(results: Iterable[GateResult], worst: int) -> tuple[FloorBound, ...]:
    """Return gates as floors: one that fails an application leaves the ``worst`` level only."""
    return tuple(
        FloorBound(
            domain=result.gate.of,
            points=result.needed,
            best_level=worst if result.gate.best_level is None else min(result.gate.best_level, worst),
        )
        for result in results
    )


# The fewest indicators that would change a level: exact, with every set of that size in one order.


def _to_changes(scorecard: Scorecard, listed: Iterable[PointsLeft], *, lost: bool = False) -> list[PointsChange]:
    domains = {score.id: domain.id for domain in scorecard.domains for score in domain.walk()}
    return [
        PointsChange(
            indicator=left.indicator, domain=domains[left.indicator], points=-left.points if lost else left.points
        )
        for left in listed
    ]


def find_smallest_sets(
    card: Scorecard, result: LevelResult, gains: Sequence[PointsChange], wanted: int, most: int
) -> list[tuple[PointsChange, ...]]:
    """Return the smallest sets of ``gains`` that together give level ``wanted`` or a better one, at most ``most``.

    ``gains`` stand with most points first. Sets come in the order of their members: those with the first ``gains``
    first. Nothing is approximated: rounding of items, domains and the total, and floors of domains, are respected.
    The answer is empty where even all gains together do not suffice.
    """
    if not is_plain_sum(card, result.floor_bounds):
        return ShapedSearch(card, result, gains, lambda level: level <= wanted, highest=True).find_smallest(most)
    return _GainSearch(card, result, gains, wanted).smallest(most)


def find_fewest_losses(
    card: Scorecard, result: LevelResult, losses: Sequence[PointsChange]
) -> tuple[PointsChange, ...]:
    """Return the fewest of ``losses`` with which the level would be worse; those that lose most first.

    A level is lost by the total, or by one domain that falls below its floor: whichever takes fewer indicators.
    Empty where nothing that can be lost changes the level.
    """
    if not is_plain_sum(card, result.floor_bounds):
        shaped = ShapedSearch(card, result, losses, lambda level: level > result.level, highest=False)
        return next(iter(shaped.find_smallest(1)), ())
    searches = [_LossSearch(card, result, losses, "")]
    searches += [_LossSearch(card, result, losses, floor.domain) for floor in result.floor_bounds]
    smallest = [sets[0] for search in searches if (sets := search.smallest(1))]
    return min(smallest, key=len, default=())


class _RoundedSums:
    """The highest or lowest sums that so many further changes can give, exactly, with items and domains rounded.

    Rounding never turns an order around: of an item the changes with most points give most, whatever else is changed.
    So the best for an item is known for each number of changes, and items and domains are put together from these.
    Everything is in integers over one denominator.
    """

    def __init__(self, card: Scorecard, changes: Sequence[PointsChange], *, highest: bool) -> None:
        self._highest = highest
        self._at_item, self._at_domain = (card.rounding_at(step) for step in (RoundingStep.ITEM, RoundingStep.DOMAIN))
        digits = [rounding.digits for rounding in (self._at_item, self._at_domain) if rounding]
        figures = [*(change.points for change in changes), *(score.points for score in card.indicators())]
        self._scale = lcm(*(figure.denominator for figure in figures), 10 ** max(digits, default=0))
        self._points = [self._to_integer(change.points) for change in changes]
        index = {change.indicator: at for at, change in enumerate(changes)}
        self._items = {
            domain.id: [
                (
                    sum(self._to_integer(score.points) for score in item.indicators),
                    sorted(index[score.id] for score in item.indicators if score.id in index),
                )
                for item in domain.walk_sections()
                if item.indicators
            ]
            for domain in card.domains
        }

    def _to_integer(self, figure: Fraction) -> int:
        return figure.numerator * (self._scale // figure.denominator)

    def _round(self, figure: int, rounding: Rounding | None) -> int:
        return figure if rounding is None else self._to_integer(round_to(Fraction(figure, self._scale), rounding))

    def of_domain(self, domain: str, picked: Selection, start: int, more: int) -> list[int]:
        """Return the best sum of a domain with those picked and 0, 1 ... ``more`` further changes from ``start`` on."""
        best: list[int | None] = [0]
        for own, members in self._items[domain]:
            fixed = own + sum(self._points[at] for at in members if at in picked)
            further = [self._points[at] for at in members if at >= start][:more]
            sums = [self._round(figure, self._at_item) for figure in accumulate(further, initial=fixed)]
            best = self._join(best, sums, more)
        return [self._round(figure, self._at_domain) for figure in best if figure is not None]

    def reach(self, domain: str, picked: Selection, start: int, more: int) -> Fraction:
        """Return the best sum of a domain with ``more`` further changes, as far as there are so many in it."""
        return Fraction(self.of_domain(domain, picked, start, more)[-1], self._scale)

    def total(self, picked: Selection, start: int, more: int, least: Mapping[str, Fraction]) -> Fraction | None:
        """Return the best total, not rounded, with exactly ``more`` further changes.

        None where some domain cannot have at least the points that ``least`` wants of it.
        """
        best: list[int | None] = [0]
        for domain in self._items:
            sums: list[int | None] = [*self.of_domain(domain, picked, start, more)]
            if domain in least:
                wanted = self._scale * least[domain]
                sums = [figure if figure is not None and figure >= wanted else None for figure in sums]
            best = self._join(best, sums, more)
        last = best[more] if more < len(best) else None
        return None if last is None else Fraction(last, self._scale)

    def _join(self, first: Sequence[int | None], second: Sequence[int | None], most: int) -> list[int | None]:
        """Return the best sum of one of each with 0, 1 ... ``most`` changes together, None where there is none."""
        joined: list[int | None] = [None] * min(len(first) + len(second) - 1, most + 1)
        for count, figure in enumerate(first):
            for more, other in enumerate(second[: len(joined) - count]):
                if figure is not None and other is not None:
                    known, new = joined[count + more], figure + other
                    if known is None or (new > known if self._highest else new < known):
                        joined[count + more] = new
        return joined


class _SubsetSearch:
    """A search in depth that leaves a branch as soon as nothing below it can suffice."""

    falling = True
    """Whether a branch that cannot suffice means that those after it cannot either."""
    highest: bool
    """Whether a high sum is wanted, or a low one."""

    def __init__(self, card: Scorecard, result: LevelResult, changes: Sequence[PointsChange]) -> None:
        self._card, self._result, self._changes = card, result, changes
        self._domains: Mapping[str, Fraction] = {domain.id: domain.points for domain in card.domains}
        units = [
            (count, Fraction(1, 10**rounding.digits))
            for step, count in ((RoundingStep.ITEM, len(card.items())), (RoundingStep.DOMAIN, len(card.domains)))
            if (rounding := card.rounding_at(step))
        ]
        self._rounded = _RoundedSums(card, changes, highest=self.highest) if units else None
        self._own = {score.id: score.points for score in card.indicators()} if units else {}
        self._units = units

    def smallest(self, most: int) -> list[tuple[PointsChange, ...]]:
        for size in range(1, len(self._changes) + 1):
            if not self._can_suffice_rounded((), 0, size):
                continue
            selections = list(islice(self._sets((), 0, size), most))
            if selections:
                return [tuple(self._changes[index] for index in selection) for selection in selections]
        return []

    def _sets(self, picked: Selection, start: int, more: int) -> Iterator[Selection]:
        """Yield every set that begins with ``picked`` and has ``more`` members from ``start`` on."""
        if more == 0:
            if self._suffices(self._level_with(picked)):
                yield picked
            return
        for index in range(start, len(self._changes) - more + 1):
            longer = (*picked, index)
            if self._can_suffice(longer, index + 1, more - 1):
                if self._can_suffice_rounded(longer, index + 1, more - 1):
                    yield from self._sets(longer, index + 1, more - 1)
            elif self.falling:
                return

    def _level_with(self, picked: Selection) -> int:
        chosen = [self._changes[index] for index in picked]
        if self._rounded:
            points = {change.indicator: self._own[change.indicator] + change.points for change in chosen}
            totals = rescore(self._card, points)
            return level_from_totals(totals.points, totals.sections, self._result.bounds, self._result.floor_bounds)
        domains = dict(self._domains)  # no rounding on the way: sums are enough
        for change in chosen:
            domains[change.domain] += change.points
        total = self._total_with(self._sum(picked))
        return level_from_totals(total, domains, self._result.bounds, self._result.floor_bounds)

    def _slack(self, changed: int) -> Fraction:
        """Return by how much rounding of items and domains can move the sum, at most, if so many indicators change."""
        return sum_exactly(min(changed, count) * unit for count, unit in self._units)

    def _total_with(self, change: Fraction) -> Fraction:
        return self._round_total(self._card.exact + change)

    def _bound(self, level: int) -> Fraction:
        return next(bound.points for bound in self._result.bounds if bound.level == level)

    def _sum(self, indices: Sequence[int]) -> Fraction:
        return sum_exactly(self._changes[index].points for index in indices)

    def _suffices(self, level: int) -> bool:
        raise NotImplementedError

    def _can_suffice(self, picked: Selection, start: int, more: int) -> bool:
        """Return whether ``picked`` and the best ``more`` changes from ``start`` on could suffice, or nearly.

        What rounding of items and domains may add is counted as if it always did.
        """
        raise NotImplementedError

    def _can_suffice_rounded(self, picked: Selection, start: int, more: int) -> bool:
        """Return whether ``picked`` and some ``more`` changes from ``start`` on do suffice; True if nothing is rounded.

        Without it a search among coarsely rounded items would try every set.
        """
        raise NotImplementedError

    def _round_total(self, exact: Fraction) -> Fraction:
        return round_to(exact, self._card.rounding_at(RoundingStep.TOTAL))


class _GainSearch(_SubsetSearch):
    highest = True

    def __init__(self, card: Scorecard, result: LevelResult, gains: Sequence[PointsChange], wanted: int) -> None:
        super().__init__(card, result, gains)
        self._wanted = wanted
        self._least: dict[str, Fraction] = {}
        """What each domain must reach that is below a floor which stands in the way."""
        for floor in result.floor_bounds:
            if floor.best_level > wanted and self._domains[floor.domain] < floor.points:
                self._least[floor.domain] = max(floor.points, self._least.get(floor.domain, floor.points))
        self._short = {domain: points - self._domains[domain] for domain, points in self._least.items()}
        self.falling = not self._short

    def _suffices(self, level: int) -> bool:
        return level <= self._wanted

    def _can_suffice(self, picked: Selection, start: int, more: int) -> bool:
        slack = self._slack(len(picked) + more)
        needed = self._needed_for_floors(picked, start, slack)
        if needed is None or len(needed) > more:
            return False
        if not needed:
            best: Sequence[int] = range(start, start + more)
        else:
            others = (index for index in range(start, len(self._changes)) if index not in needed)
            best = [*needed, *islice(others, more - len(needed))]
        return self._total_with(self._sum([*picked, *best]) + slack) >= self._bound(self._wanted)

    def _can_suffice_rounded(self, picked: Selection, start: int, more: int) -> bool:
        if self._rounded is None:
            return True
        best = self._rounded.total(picked, start, more, self._least)
        return best is not None and self._round_total(best) >= self._bound(self._wanted)

    def _needed_for_floors(self, picked: Selection, start: int, slack: Fraction) -> list[int] | None:
        """Return the fewest further members with which no floor stands in the way; None where they are not enough."""
        needed: list[int] = []
        for domain, short in self._short.items():
            short -= slack + self._sum([index for index in picked if self._changes[index].domain == domain])
            for index in range(start, len(self._changes)):
                if short > 0 and self._changes[index].domain == domain:
                    needed.append(index)
                    short -= self._changes[index].points
            if short > 0:
                return None
        return needed


class _LossSearch(_SubsetSearch):
    """``domain`` is the one that falls below its floor, or empty for the total."""

    highest = False

    def __init__(self, card: Scorecard, result: LevelResult, losses: Sequence[PointsChange], domain: str) -> None:
        super().__init__(card, result, [loss for loss in losses if domain in ("", loss.domain)])
        self._domain = domain

    def _suffices(self, level: int) -> bool:
        return level > self._result.level

    def _can_suffice(self, picked: Selection, start: int, more: int) -> bool:
        change = self._sum([*picked, *range(start, start + more)]) - self._slack(len(picked) + more)
        if not self._domain:
            return self._total_with(change) < self._bound(self._result.level)
        return any(
            self._domains[floor.domain] + change < floor.points
            for floor in self._result.floor_bounds
            if floor.domain == self._domain and floor.best_level > self._result.level
        )

    def _can_suffice_rounded(self, picked: Selection, start: int, more: int) -> bool:
        if self._rounded is None:
            return True
        if not self._domain:
            lowest = self._rounded.total(picked, start, more, {})
            return lowest is not None and self._round_total(lowest) < self._bound(self._result.level)
        lowest = self._rounded.reach(self._domain, picked, start, more)
        return any(
            lowest < floor.points
            for floor in self._result.floor_bounds
            if floor.domain == self._domain and floor.best_level > self._result.level
        )
