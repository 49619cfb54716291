"""The smallest change that reverses a verdict: of the bound, an indicator, a mark, a weight, or one evaluator less.

A verdict is reversed where who is certified no longer is, or who is not becomes so, everything else as it is. Each is
found by the evaluation's own functions, exactly: roundings, floors, and what a figure can earn at most are respected.
Bound, points and weights are searched on a grid: that of the rounding that the edition orders, else thousandths of a
point. The verdict is reversed at what is given, and not one step of the grid before it. More points never lower a
total, so nothing nearer does; a weight is scaled against all others, and where points are rounded a nearer one may
reverse the verdict for a step and not for the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor

import numpy as np
import pandas as pd

from smartcert.analysis.arrays import Floats, RoundArrays
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
        self.marks = {j: arrays.marks_at(row, question) for j, question in arrays.qualitative.items()}
        self._columns = {name: column for column, name in enumerate(arrays.names)}
        self._unrounded_floats = np.array([[float(points[name]) for name in arrays.names]])
        self._rounded_floats = np.array([[float(self._rounded[name]) for name in arrays.names]])

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

    def are_reversed_by_points(self, moves: Sequence[tuple[str, Fraction]]) -> list[bool]:
        """Return whether other points of one indicator each, unrounded and not spread, reverse the verdict."""
        unknown = list(dict.fromkeys(move for move in moves if move not in self._known))
        rows = np.repeat(self._rounded_floats, len(unknown), axis=0)
        for row, (name, points) in zip(rows, unknown, strict=True):
            row[self._columns[name]] = float(self.exact.round_points({name: points})[name])
        factors = np.ones((1, len(self.arrays.names)))
        for move, known in zip(unknown, self._decide_in_floats(rows, factors), strict=True):
            self._known[move] = self.is_reversed_by(dict([move])) if known is None else known
        return [self._known[move] for move in moves]

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

    def are_reversed_by_weights(self, moves: Sequence[tuple[str, int]]) -> list[bool]:
        """Return, for another weight of one indicator each in steps of `_RESOLUTION`, as `is_reversed_by_weight`."""
        columns = [self._columns[name] for name, _ in moves]
        wanted = [steps * _RESOLUTION for _, steps in moves]
        every, own = self.arrays.counted_points, [self.arrays.indicators[column].points for column in columns]
        if self.exact.float_totals is None or every in own:  # a single indicator with all points cannot be moved
            return [self.is_reversed_by_weight(name, steps * _RESOLUTION) for name, steps in moves]
        others = [(every - points) / (every - before) for points, before in zip(wanted, own, strict=True)]
        moved = [points / before for points, before in zip(wanted, own, strict=True)]
        factors = np.repeat(np.array([[float(factor)] for factor in others]), len(self.arrays.names), axis=1)
        factors[np.arange(len(columns)), columns] = [float(factor) for factor in moved]

        def round_exactly(row: int, column: int) -> Fraction:
            name = self.arrays.names[column]
            factor = moved[row] if column == columns[row] else others[row]
            return self.exact.round_points({name: self.points[name]}, {name: factor})[name]

        rounded = self.exact.float_totals.round_products(self._unrounded_floats, factors, round_exactly)
        return [
            self.is_reversed_by_weight(name, steps * _RESOLUTION) if known is None else known
            for (name, steps), known in zip(moves, self._decide_in_floats(rounded, factors), strict=True)
        ]

    def _decide_in_floats(self, rounded: Floats, factors: Floats) -> list[bool | None]:
        """Return by row of rounded points (R, J) whether the verdict is reversed; None where floats are not certain.

        ``factors`` (R, J) or (1, J) are by what the points possible are multiplied.
        """
        if self.exact.float_totals is None or not len(rounded):
            return [None] * len(rounded)
        rows = np.full(len(rounded), self.row)
        sums = self.exact.float_totals.add_up(rows, rounded, factors, self.setting, self._bounds)
        answers = (sums.levels <= self.setting.certified_from) != self.certified
        return [bool(answer) if sure else None for answer, sure in zip(answers, sums.certain, strict=True)]

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


@dataclass(kw_only=True, slots=True)
class _Range:
    """Steps of an indicator between one, ``near``, that does not reverse the verdict and one, ``far``, that does."""

    name: str
    near: int
    far: int

    @property
    def middle(self) -> int:
        return (self.near + self.far) // 2


def _bisect(ranges: Iterable[_Range], reverse: Callable[[list[tuple[str, int]]], list[bool]]) -> Iterator[_Range]:
    """Yield the ranges at whose end the verdict is reversed, with the end moved as near as it is reversed.

    ``reverse`` says of steps of indicators whether each reverses the verdict; it is asked about all ranges at once.
    """
    ranges = [own for own in ranges if own.far != own.near]
    ends = reverse([(own.name, own.far) for own in ranges])
    ranges = [own for own, does in zip(ranges, ends, strict=True) if does]
    while wide := [own for own in ranges if abs(own.far - own.near) > 1]:
        for own, does in zip(wide, reverse([(own.name, own.middle) for own in wide]), strict=True):
            own.near, own.far = (own.near, own.middle) if does else (own.middle, own.far)
    yield from ranges


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
    owns: dict[str, Fraction] = {}
    ranges = []
    for j, name in enumerate(case.arrays.names):
        if case.arrays.gaps[case.row, j]:
            continue
        owns[name] = own = round_to(case.points[name], rounding)
        if case.certified:
            near, end = ceil(own / step), floor(min(case.arrays.indicators[j].full, _ZERO) / step)
        else:
            near, end = floor(own / step), floor(case.exact.find_most(case.row, j) / step)
        if (end < near) is case.certified:
            ranges.append(_Range(name=name, near=near, far=end))

    def reverse(moves: list[tuple[str, int]]) -> list[bool]:
        return case.are_reversed_by_points([(name, steps * step) for name, steps in moves])

    for found in _bisect(ranges, reverse):
        factor = spread.get(found.name, Fraction(1))
        before, after = owns[found.name] * factor, found.far * step * factor
        yield LeverMove(lever=Lever.INDICATOR, name=found.name, before=before, after=after)


def _search_marks(case: _ApplicantCase) -> Iterator[LeverMove]:
    """Yield, for every mark that was given, the nearest other mark of the scale that reverses the verdict."""
    rule = case.setting.combination
    marks: list[tuple[str, str, Fraction, Fraction, Fraction]] = []
    for j, question in case.arrays.qualitative.items():
        scale = case.arrays.scale_of(question)
        steps = int((scale.highest - scale.lowest) / scale.step)
        allowed = [scale.lowest + scale.step * step for step in range(steps + 1)]
        name, given = case.arrays.names[j], case.marks[j]
        combined: dict[tuple[Fraction, Fraction], Fraction | None] = {}  # whoever gave it: the same mark for the same
        for evaluator, own in given.items():
            if own is None:
                continue
            for mark in sorted(allowed, key=lambda mark, own=own: (abs(mark - own), mark)):  # type: ignore[misc]
                if (own, mark) not in combined:
                    combined[own, mark] = case.exact.convert_marks(case.row, j, {**given, evaluator: mark}, rule)
                points = combined[own, mark]
                if points is not None:
                    marks.append((name, evaluator, own, mark, points))
    reversed_ = case.are_reversed_by_points([(name, points) for name, *_, points in marks])
    nearest = set()
    for (name, evaluator, own, mark, _), does in zip(marks, reversed_, strict=True):
        if does and (name, evaluator) not in nearest:
            nearest.add((name, evaluator))
            yield LeverMove(lever=Lever.MARK, name=f"{name}/{evaluator}", before=own, after=mark)


def _search_evaluators(case: _ApplicantCase) -> Iterator[LeverMove]:
    """Yield each evaluator without whose marks the verdict would be reversed, or could not be given."""
    for evaluator in case.arrays.evaluators:
        points: dict[str, Fraction] = {}
        judged = True
        for j in case.arrays.qualitative:
            others = {**case.marks[j], evaluator: None}
            left = case.exact.convert_marks(case.row, j, others, case.setting.combination)
            if left is None:
                judged = False
                break
            points[case.arrays.names[j]] = left
        if case.is_reversed_by(points) if judged else case.certified:
            yield LeverMove(lever=Lever.EVALUATOR, name=evaluator, before=Fraction(1), after=_ZERO)


def _search_weights(case: _ApplicantCase) -> Iterator[LeverMove]:
    """Yield, for every indicator, the nearest weight that reverses it, all others scaled to the same total."""
    most = case.arrays.counted_points
    owns = {indicator.id: indicator.points for indicator in case.arrays.indicators if indicator.counted}
    ranges = []
    for name, own in owns.items():
        ranges.append(_Range(name=name, near=ceil(own / _RESOLUTION), far=0))
        ranges.append(_Range(name=name, near=floor(own / _RESOLUTION), far=floor(most / _RESOLUTION)))
    for found in _bisect(ranges, case.are_reversed_by_weights):
        after = found.far * _RESOLUTION
        yield LeverMove(lever=Lever.WEIGHT, name=found.name, before=owns[found.name], after=after)


_SEARCHES = (_search_bound, _search_indicators, _search_marks, _search_evaluators, _search_weights)
