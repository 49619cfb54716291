"""The verdict in words: one sentence, the bounds it was held against, and what rounding did to it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from smartcert.model.evaluation import Evaluation, Finding, Outcome
from smartcert.model.indicator import Step
from smartcert.model.level import Bound, Left, LevelResult
from smartcert.model.scorecard import Scorecard
from smartcert.reporting import figures
from smartcert.reporting.digits import total
from smartcert.reporting.words import Field, Words


@dataclass(frozen=True, kw_only=True, slots=True)
class BoundRow:
    """One level in the table of bounds; ``bound`` is None for the worst level, which has none."""

    level: int
    bound: Bound | None
    here: bool
    certified: bool


def sentence(evaluation: Evaluation, words: Words) -> str:
    """Return the verdict in one sentence."""
    if evaluation.scorecard is None or evaluation.level is None:
        state = "open" if is_open(evaluation) else "refused"
        return words(f"verdict.{state}.{evaluation.stage.value}", applicant=evaluation.applicant.name)
    return _scored(evaluation, evaluation.scorecard, evaluation.level, words)


def _scored(evaluation: Evaluation, card: Scorecard, result: LevelResult, words: Words) -> str:
    name = evaluation.applicant.name
    points = total(card, card.points)
    if result.by_points and result.by_points != result.level:
        return words(
            "verdict.held_by_floor",
            applicant=name,
            points=points,
            out_of=card.out_of,
            level=result.level,
            by_points=result.by_points,
        )
    bound = certifying(result)
    if bound is None:
        return words("verdict.without_bound", applicant=name, points=points, out_of=card.out_of, level=result.level)
    distance = abs(card.points - bound.points)
    fields: dict[str, Field] = {
        "applicant": name,
        "points": points,
        "out_of": card.out_of,
        "level": result.level,
        "certified_level": bound.level,
        "bound": bound.points,
    }
    if result.certified and distance == 0:
        return words("verdict.certified_at_bound", **fields)
    key = "verdict.certified" if result.certified else "verdict.not_certified"
    return words(key, distance=total(card, distance), **fields)


def certifying(result: LevelResult) -> Bound | None:
    """Return the lowest bound that is certified, or None where no level is."""
    certified = [bound for bound in result.bounds if bound.certified]
    return min(certified, key=lambda bound: bound.points, default=None)


def is_open(evaluation: Evaluation) -> bool:
    """Return whether what stopped the application can still be made good: nothing that stopped it is not met."""
    stopping = decisive(evaluation)
    return bool(stopping) and all(finding.outcome is Outcome.OPEN for finding in stopping)


def decisive(evaluation: Evaluation) -> tuple[Finding, ...]:
    """Return the findings because of which the application goes no further."""
    return tuple(finding for finding in evaluation.findings if finding.refuses)


def bound_rows(result: LevelResult) -> tuple[BoundRow, ...]:
    """Return all levels, best first, the worst one last."""
    rows = [
        BoundRow(level=bound.level, bound=bound, here=bound.level == result.level, certified=bound.certified)
        for bound in result.bounds
    ]
    worst = max([bound.level for bound in result.bounds], default=0) + 1
    return (*rows, BoundRow(level=worst, bound=None, here=worst == result.level, certified=False))


def firmness(card: Scorecard, result: LevelResult, words: Words) -> list[str]:
    """Return how far the points are from the bound below and from the bound above, as far as there are such."""
    own = [bound for bound in result.bounds if bound.points <= card.points]
    above = [bound for bound in result.bounds if bound.points > card.points]
    said = []
    if own:
        best = max(own, key=lambda bound: bound.points)
        distance = total(card, card.points - best.points)
        exactly = card.points == best.points
        said.append(
            words("verdict.at_own", bound=best.points)
            if exactly
            else words("verdict.above_own", bound=best.points, distance=distance)
        )
    if above:
        nearest = min(above, key=lambda bound: bound.points)
        distance = total(card, nearest.points - card.points)
        said.append(words("verdict.below_next", bound=nearest.points, distance=distance))
    return said


def in_indicators(evaluation: Evaluation, words: Words) -> list[str]:
    """Return how many indicators at least would move the level up and down, with one set of so many as an example."""
    gap, margin = evaluation.next_level, evaluation.margin
    said = []
    if gap is not None and gap.smallest_set:
        said.append(_moved("verdict.firm_up", gap.smallest_set, words))
    if margin is None:
        said.append(words("verdict.firm_worst"))
    elif margin.fewest:
        said.append(_moved("verdict.firm_down", margin.fewest, words))
    return said


def _moved(key: str, moved: tuple[Left, ...], words: Words) -> str:
    return words(key, count=len(moved), indicators=[one.indicator for one in moved])


def rounding(card: Scorecard, result: LevelResult, words: Words) -> list[str]:
    """Return what rounding of the total did: nothing, the sum before it, and whether it decided the level."""
    ordered = card.round_at(Step.TOTAL)
    if ordered is None or card.exact == card.points:
        return []
    said = [
        words(
            "verdict.before_rounding",
            exact=figures.before(card.exact, card.points, ordered.digits),
            digits=ordered.digits,
            mode=f"mode.{ordered.mode.value}",
            points=total(card, card.points),
        )
    ]
    before = _level_of(card.exact, result)
    if before != _level_of(card.points, result):
        said.append(words("verdict.rounding_decided", level=before))
    return said


def _level_of(points: Fraction, result: LevelResult) -> int:
    reached = [bound.level for bound in result.bounds if points >= bound.points]
    return min(reached, default=max([bound.level for bound in result.bounds], default=0) + 1)
