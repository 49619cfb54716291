"""Which level (등급) do points give, what does the next one take, and what would lose this one?"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from smartcert.evaluation.fewest import PointsChange, find_fewest_losses, find_smallest_sets
from smartcert.evaluation.ranking import LEVELS
from smartcert.evaluation.scales import argsort
from smartcert.evaluation.totals import level_from_totals, rescore
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
from smartcert.model.indicator import Effect
from smartcert.rules.parameters import LevelsRules

_ZERO = Fraction(0)
_MOST_LEFT_SHOWN = 10
"""How many of the indicators with most points left are listed: a page's worth, no rule."""
_SETS_SHOWN = 5
"""How many of the smallest sets are listed: a page's worth, no rule."""


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
        most_left=left[:_MOST_LEFT_SHOWN],
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


def _to_changes(scorecard: Scorecard, listed: Iterable[PointsLeft], *, lost: bool = False) -> list[PointsChange]:
    domains = {score.id: domain.id for domain in scorecard.domains for score in domain.walk()}
    return [
        PointsChange(
            indicator=left.indicator, domain=domains[left.indicator], points=-left.points if lost else left.points
        )
        for left in listed
    ]


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
