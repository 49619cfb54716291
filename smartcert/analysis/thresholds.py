"""The smallest change that reverses a verdict: of the bound, an indicator, a mark, a weight, or one evaluator less.

A verdict is reversed where who is certified no longer is, or who is not becomes so, everything else as it is. Each is
found by the evaluation's own functions, exactly: roundings, floors, and what a figure can earn at most are respected.
Bound, points and weights are searched on a grid: that of the rounding that the edition orders, else thousandths of a
point. The verdict is reversed at what is given, and not one step of the grid before it. More points never lower a
total, so nothing nearer does; a weight is scaled against all others, and where points are rounded a nearer one may
reverse the verdict for a step and not for the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor

import pandas as pd

from smartcert.analysis.arrays import RoundArrays
from smartcert.analysis.exact import ExactScorer
from smartcert.analysis.results import describe_columns
from smartcert.analysis.vectorised import Scorer, share_scorer
from smartcert.argument_types import check_arguments
from smartcert.errors import UsageError, suggest
from smartcert.evaluation.levels import level_from_totals
from smartcert.evaluation.scales import round_to
from smartcert.evaluation.totals import Totals
from smartcert.model.indicator import Rounding, RoundingStep

THRESHOLD_COLUMNS = ("lever", "name", "before", "after", "size", "certified_after")
_RESOLUTION = Fraction(1, 1000)
"""In points: how finely a weight is searched, and what the edition does not round."""
_ZERO = Fraction(0)


class Lever(StrEnum):
    """What is changed."""

    BOUND = "bound"
    INDICATOR = "indicator"
    MARK = "mark"
    EVALUATOR = "evaluator"
    WEIGHT = "weight"


@dataclass(frozen=True, kw_only=True, slots=True)
class LeverMove:
    """A change that alone reverses the verdict.

    ``name`` is that of the indicator, "indicator/evaluator" for a mark, or that of the evaluator; ``before`` and
    ``after`` are points of the bound, the indicator or its weight, or the mark, and 1 and 0 for an evaluator left out.
    """

    lever: Lever
    name: str = ""
    before: Fraction
    after: Fraction

    @property
    def size(self) -> Fraction:
        """How far it is moved."""
        return abs(self.after - self.before)


@check_arguments
def smallest_changes(arrays: RoundArrays, applicant: str, scorer: Scorer | None = None) -> pd.DataFrame:
    """Return every lever that alone reverses an applicant's verdict, smallest change first within each kind.

    Columns: lever, name, before, after and size, as `LeverMove` has them; certified_after. A lever that cannot do it
    alone has no row.

    >>> import smartcert
    >>> changes = smallest_changes(smartcert.arrays(smartcert.open_round("example")), "haneul")
    >>> changes[changes.lever == "bound"][["before", "after"]].values.tolist()
    [[1400.0, 1394.0]]

    Raises:
        UsageError: the applicant was not scored.
    """
    moves, certified = find_lever_moves(arrays, applicant, scorer)
    rows = [
        (move.lever, move.name, float(move.before), float(move.after), float(move.size), not certified)
        for move in moves
    ]
    types = {"before": float, "after": float, "size": float, "certified_after": bool}
    table = pd.DataFrame(rows, columns=pd.Index(THRESHOLD_COLUMNS)).astype(types)
    return describe_columns(table, "smallest_changes")


def find_lever_moves(
    arrays: RoundArrays, applicant: str, scorer: Scorer | None = None
) -> tuple[tuple[LeverMove, ...], bool]:
    """Return the moves of `smallest_changes` exactly, and whether the applicant is certified without any of them.

    Raises:
        UsageError: the applicant was not scored.
    """
    if applicant not in arrays.ids:
        if not arrays.ids:
            raise UsageError(f"no applicant was scored, so there is nothing to reverse for '{applicant}'")
        raise UsageError(f"'{applicant}' was not scored{suggest(applicant, arrays.ids)}")
    case = _ApplicantCase(arrays, arrays.ids.index(applicant), scorer or share_scorer(arrays))
    moves = [move for search in _SEARCHES for move in sorted(search(case), key=lambda move: (move.size, move.name))]
    return tuple(moves), case.certified


class _ApplicantCase:
    """One applicant with its points of every indicator, unrounded, as the evaluation gives them."""

    def __init__(self, arrays: RoundArrays, row: int, scorer: Scorer) -> None:
        self.arrays, self.row, self.setting = arrays, row, scorer.setting
        self.exact: ExactScorer = scorer.exact
        points = self.exact.collect_points(row, self.setting)
        if points is None:
            raise UsageError(f"'{arrays.ids[row]}' has too few marks to be scored")
        self.points = points
        self._bounds = self.exact.bounds(self.setting)
        self._floors = self.exact.floors(self.setting, a=row)
        self._known: dict[tuple[str, Fraction], bool] = {}
        self._rounded = self.exact.round_points(points)
        self.totals = self.exact.add_up_rounded(row, self._rounded, self.setting)
        self.certified = self._is_certified(self.totals)

    def rounding_at(self, step: RoundingStep) -> Rounding | None:
        return self.arrays.edition.rounding_at(step)

    def find_bound(self, level: int) -> Fraction | None:
        return next((bound.points for bound in self._bounds if bound.level == level), None)

    def is_reversed_by_bound(self, points: Fraction) -> bool:
        """Return whether the bound of certification at ``points`` is a valid one and reverses the verdict."""
        limit = self.setting.certified_from
        bounds = {bound.level: points if bound.level == limit else bound.points for bound in self._bounds}
        ordered = [bounds[level] for level in sorted(bounds)]
        if not all(better > worse for better, worse in pairwise(ordered)):
            return False
        if not 0 <= points <= self.arrays.edition.points:
            return False
        moved = [replace(bound, points=bounds[bound.level]) for bound in self._bounds]
        level = level_from_totals(self.totals.points, self.totals.sections, moved, self._floors)
        return (level <= limit) is not self.certified

    def is_reversed_by_points(self, name: str, points: Fraction) -> bool:
        """Return whether the verdict is reversed with other points, unrounded and not spread, of one indicator."""
        key = (name, points)
        if key not in self._known:
            self._known[key] = self.is_reversed_by({name: points})
        return self._known[key]

    def is_reversed_by(self, points: Mapping[str, Fraction]) -> bool:
        """Return whether the verdict is reversed with other points, unrounded and not spread, of some indicators."""
        rounded = {**self._rounded, **self.exact.round_points(points)}
        totals = self.exact.add_up_rounded(self.row, rounded, self.setting)
        return self._is_certified(totals) is not self.certified

    def is_reversed_by_weight(self, name: str, wanted: Fraction) -> bool:
        """Return whether the verdict is reversed with another weight of an indicator, all others at their ratio."""
        factors = find_weight_factors(self.arrays, name, wanted)
        totals = self.exact.add_up(self.row, self.points, self.setting, factors)
        floors = self.exact.floors(self.setting, factors, self.row) if self._floors else ()
        level = level_from_totals(totals.points, totals.sections, self._bounds, floors)
        return (level <= self.setting.certified_from) is not self.certified

    def _is_certified(self, totals: Totals) -> bool:
        level = level_from_totals(totals.points, totals.sections, self._bounds, self._floors)
        return level <= self.setting.certified_from


def find_weight_factors(arrays: RoundArrays, name: str, wanted: Fraction) -> dict[str, Fraction]:
    """Return by what the points possible are multiplied, by indicator: one gets ``wanted``, the others share the rest.

    Where one indicator has all points of the edition, nothing can be moved and it keeps them.
    """
    own = arrays.indicators[arrays.column(name)].points
    every = arrays.counted_points
    others = every - own
    rest = (every - wanted) / others if others else Fraction(1)
    factors = {indicator.id: rest if indicator.counted else Fraction(1) for indicator in arrays.indicators}
    return factors | ({name: wanted / own} if others else {})


def _step_of(rounding: Rounding | None) -> Fraction:
    return Fraction(1, 10**rounding.digits) if rounding else _RESOLUTION


def _bisect(near: int, far: int, reverses: Callable[[int], bool]) -> int:
    """Return the number next to ``near`` that reverses the verdict, on the way to ``far``, which does."""
    while abs(far - near) > 1:
        middle = (near + far) // 2
        near, far = (near, middle) if reverses(middle) else (middle, far)
    return far


def _search_bound(case: _ApplicantCase) -> Iterator[LeverMove]:
    """Yield the change of the bound: down to the total, or up to the next total that is possible.

    A bound stays between those of the neighbouring levels; where it would have to pass one, it alone reverses nothing.
    """
    bound, total = case.find_bound(case.setting.certified_from), case.totals.points
    if bound is None:
        return
    step = _step_of(case.rounding_at(RoundingStep.TOTAL))
    steps = floor(total / step)
    after = (steps + 1) * step if case.certified else steps * step
    if case.is_reversed_by_bound(after):
        yield LeverMove(lever=Lever.BOUND, before=bound, after=after)


def _search_indicators(case: _ApplicantCase) -> Iterator[LeverMove]:
    """Yield the fewest points that each figure or combined mark would have to gain or lose, of those it can have.

    Points are those that count: where points of the item are spread, they are multiplied as in the evaluation.
    """
    rounding = case.rounding_at(RoundingStep.INDICATOR)
    step = _step_of(rounding)
    spread = case.exact.spread(case.row, case.setting.absent)
    for j, name in enumerate(case.arrays.names):
        if case.arrays.gaps[case.row, j]:
            continue
        own = round_to(case.points[name], rounding)
        if case.certified:
            near, end = ceil(own / step), floor(min(case.arrays.indicators[j].full, _ZERO) / step)
        else:
            near, end = floor(own / step), floor(case.exact.find_most(case.row, j) / step)
        if end == near or (end < near) is not case.certified:
            continue

        def reverses(steps: int, name: str = name) -> bool:
            return case.is_reversed_by_points(name, steps * step)

        if reverses(end):
            factor = spread.get(name, Fraction(1))
            after = _bisect(near, end, reverses) * step
            yield LeverMove(lever=Lever.INDICATOR, name=name, before=own * factor, after=after * factor)


def _search_marks(case: _ApplicantCase) -> Iterator[LeverMove]:
    """Yield, for every mark that was given, the nearest other mark of the scale that reverses the verdict."""
    rule = case.setting.combination
    for j, question in case.arrays.qualitative.items():
        scale = case.arrays.scale_of(question)
        steps = int((scale.highest - scale.lowest) / scale.step)
        allowed = [scale.lowest + scale.step * step for step in range(steps + 1)]
        name, given = case.arrays.names[j], case.arrays.marks_at(case.row, question)
        for evaluator, own in given.items():
            if own is None:
                continue
            for mark in sorted(allowed, key=lambda mark, own=own: (abs(mark - own), mark)):  # type: ignore[misc]
                points = case.exact.convert_marks(case.row, j, {**given, evaluator: mark}, rule)
                if points is not None and case.is_reversed_by_points(name, points):
                    yield LeverMove(lever=Lever.MARK, name=f"{name}/{evaluator}", before=own, after=mark)
                    break


def _search_evaluators(case: _ApplicantCase) -> Iterator[LeverMove]:
    """Yield each evaluator without whose marks the verdict would be reversed, or could not be given."""
    for evaluator in case.arrays.evaluators:
        points: dict[str, Fraction] = {}
        judged = True
        for j, question in case.arrays.qualitative.items():
            others = {**case.arrays.marks_at(case.row, question), evaluator: None}
            left = case.exact.convert_marks(case.row, j, others, case.setting.combination)
            if left is None:
                judged = False
                break
            points[case.arrays.names[j]] = left
        if case.is_reversed_by(points) if judged else case.certified:
            yield LeverMove(lever=Lever.EVALUATOR, name=evaluator, before=Fraction(1), after=_ZERO)


def _search_weights(case: _ApplicantCase) -> Iterator[LeverMove]:
    """Yield, for every indicator, the nearest weight that reverses it, all others scaled to the same total."""
    for indicator in case.arrays.indicators:
        if not indicator.counted:
            continue
        own, most = indicator.points, case.arrays.counted_points

        def reverses(steps: int, name: str = indicator.id) -> bool:
            return case.is_reversed_by_weight(name, steps * _RESOLUTION)

        for near, end in ((ceil(own / _RESOLUTION), 0), (floor(own / _RESOLUTION), floor(most / _RESOLUTION))):
            if end != near and reverses(end):
                after = _bisect(near, end, reverses) * _RESOLUTION
                yield LeverMove(lever=Lever.WEIGHT, name=indicator.id, before=own, after=after)


_SEARCHES = (_search_bound, _search_indicators, _search_marks, _search_evaluators, _search_weights)
