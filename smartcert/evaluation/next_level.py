"""What separates an applicant from the next better level, and from the next worse one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from smartcert.evaluation.fewest import Change, fewest_to_lose, smallest_sets
from smartcert.evaluation.rounding import ascending
from smartcert.model.level import Left, LevelResult, Margin, NextLevel
from smartcert.model.scorecard import IndicatorScore, Scorecard, SectionScore

_SHOWN = 10
"""How many of the indicators with most points left are listed: a page's worth, no rule."""
_SETS = 5
"""How many of the smallest sets are listed: a page's worth, no rule."""


def next_level(scorecard: Scorecard, result: LevelResult) -> NextLevel | None:
    """Return what is missing to the next better level, or None at the best one.

    ``short`` is zero where the points would do and only a floor stands in the way.
    """
    better = [bound for bound in result.bounds if bound.level < result.level]
    if not better:
        return None
    bound = max(better, key=lambda one: one.level)
    short = max(bound.points - scorecard.points, Fraction(0))
    scores = scorecard.indicators()
    left = _most_first((score, score.left) for score in scores)
    lost = _most_first(
        (score, score.desk.points - score.confirmed.points) for score in scores if score.desk is not score.confirmed
    )
    sets = _smallest_sets(scorecard, result, left, bound.level)
    return NextLevel(
        level=bound.level,
        bound=bound.points,
        short=short,
        most_left=left[:_SHOWN],
        smallest_set=sets[0] if sets else (),
        lost_on_site=lost,
        carried=bool(lost) and sum((one.points for one in lost), Fraction(0)) >= short > 0,
        smallest_sets=sets[:_SETS],
        more_sets=len(sets) > _SETS,
    )


def margin(scorecard: Scorecard, result: LevelResult) -> Margin | None:
    """Return how firmly the level stands, or None at the worst one, below which there is none.

    The bound is that of the level's own points; ``above`` is zero at exactly the bound.
    """
    own = [bound for bound in result.bounds if bound.level == result.level]
    if not own:
        return None
    held = _most_first((score, score.points) for score in scorecard.indicators())
    by_id = {one.indicator: one for one in held}
    domains = _domains(scorecard)
    losses = [Change(indicator=one.indicator, domain=domains[one.indicator], points=-one.points) for one in held]
    fewest = fewest_to_lose(scorecard, result, losses)
    return Margin(
        level=result.level,
        bound=own[0].points,
        above=scorecard.points - own[0].points,
        fewest=tuple(by_id[one.indicator] for one in fewest),
    )


def _smallest_sets(
    scorecard: Scorecard, result: LevelResult, left: tuple[Left, ...], wanted: int
) -> tuple[tuple[Left, ...], ...]:
    by_id = {one.indicator: one for one in left}
    domains = _domains(scorecard)
    gains = [Change(indicator=one.indicator, domain=domains[one.indicator], points=one.points) for one in left]
    sets = smallest_sets(scorecard, result, gains, wanted, _SETS + 1)
    return tuple(tuple(by_id[one.indicator] for one in found) for found in sets)


def _domains(scorecard: Scorecard) -> Mapping[str, str]:
    return {name: domain.id for domain in scorecard.domains for name in _names(domain)}


def _names(section: SectionScore) -> Iterable[str]:
    yield from (score.indicator.id for score in section.indicators)
    for part in section.sections:
        yield from _names(part)


def _most_first(scores: Iterable[tuple[IndicatorScore, Fraction]]) -> tuple[Left, ...]:
    found = [
        Left(indicator=score.indicator.id, name=score.indicator.name, points=points, out_of=score.out_of)
        for score, points in scores
        if points.numerator > 0
    ]
    return tuple(found[place] for place in ascending([-one.points for one in found]))
