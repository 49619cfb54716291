"""The smallest change that reverses a verdict: of the bound, an indicator, a mark, a weight, or one evaluator less.

A verdict is reversed where who is certified no longer is, or who is not becomes so, everything else as it is. Each is
found by the evaluation's own functions, exactly: roundings, floors, and what a figure can earn at most are respected.
Bound, points and weights are searched on a grid: that of the rounding that the edition orders, else thousandths of a
point. The verdict is reversed at what is given, and not one step of the grid before it. More points never lower a
total, so nothing nearer does; a weight is scaled against all others, and where points are rounded a nearer one may
reverse the verdict for a step and not for the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from fractions import Fraction
from functools import cache, lru_cache
from itertools import pairwise
from math import ceil, floor

import numpy as np
import pandas as pd

from smartcert.analysis.arrays import Bools, Floats, Ints, RoundArrays
from smartcert.analysis.exact import ExactScorer
from smartcert.analysis.results import describe_columns
from smartcert.analysis.vectorised import Scorer, choose_scorer
from smartcert.argument_types import check_arguments
from smartcert.errors import UsageError, suggest
from smartcert.evaluation.levels import level_from_totals
from smartcert.evaluation.marks import select_counted
from smartcert.evaluation.scales import round_to
from smartcert.evaluation.totals import Totals
from smartcert.lazy_dataclass import dataclass
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
    """Return the moves of `smallest_changes` exactly, and whether the applicant is certified without any of them."""
    if applicant not in arrays.ids:
        if not arrays.ids:
            raise UsageError(f"no applicant was scored, so there is nothing to reverse for '{applicant}'")
        raise UsageError(f"'{applicant}' was not scored{suggest(applicant, arrays.ids)}")
    return _share_lever_moves(arrays, arrays.ids.index(applicant), choose_scorer(arrays, scorer))


@lru_cache(maxsize=32)
def _share_lever_moves(arrays: RoundArrays, row: int, scorer: Scorer) -> tuple[tuple[LeverMove, ...], bool]:
    case = _ApplicantCase(arrays, row, scorer)
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

    def are_reversed_by_points(self, columns: Ints, points: Sequence[Fraction]) -> Bools:
        """Return whether other points of one indicator each, unrounded and not spread, reverse the verdict."""
        names = [self.arrays.names[column] for column in columns.tolist()]
        rounded = [float(self.exact.round_points({name: own})[name]) for name, own in zip(names, points, strict=True)]
        return self._are_reversed_by_rounded(columns, np.array(rounded), points.__getitem__)

    def are_reversed_by_steps(self, columns: Ints, steps: Ints, step: Fraction) -> Bools:
        """Return, for other points of one indicator each in steps that no rounding changes, the same."""
        rounded = steps * step.numerator / step.denominator
        return self._are_reversed_by_rounded(columns, rounded, lambda row: int(steps[row]) * step)

    def _are_reversed_by_rounded(
        self, columns: Ints, rounded: Floats, point_exactly: Callable[[int], Fraction]
    ) -> Bools:
        rows = np.repeat(self._rounded_floats, columns.size, axis=0)
        rows[np.arange(columns.size), columns] = rounded

        def decide_exactly(row: int) -> bool:
            move = (self.arrays.names[int(columns[row])], point_exactly(row))
            if move not in self._known:
                self._known[move] = self.is_reversed_by(dict([move]))
            return self._known[move]

        return self._are_reversed(rows, np.ones((1, len(self.arrays.names))), decide_exactly)

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

    def are_reversed_by_weights(self, columns: Ints, steps: Ints) -> Bools:
        """Return, for another weight of one indicator each in steps of `_RESOLUTION`, as `is_reversed_by_weight`."""
        names, every = self.arrays.names, self.arrays.counted_points

        def decide_exactly(row: int) -> bool:
            return self.is_reversed_by_weight(names[int(columns[row])], int(steps[row]) * _RESOLUTION)

        adder = self.exact.float_totals
        if adder is None or any(self.arrays.indicators[column].points == every for column in columns.tolist()):
            # a single indicator with all points cannot be moved
            return np.array([decide_exactly(row) for row in range(columns.size)], dtype=bool)
        wanted, own = steps * _RESOLUTION.numerator / _RESOLUTION.denominator, self.arrays.points[columns]
        others = (float(every) - wanted) / (float(every) - own)
        factors = np.repeat(others[:, None], len(names), axis=1)
        factors[np.arange(columns.size), columns] = wanted / own

        @cache
        def find_exactly(row: int) -> tuple[Fraction, Fraction]:
            """Return by what the points of the indicator, and of all others, are multiplied."""
            points, before = int(steps[row]) * _RESOLUTION, self.arrays.indicators[int(columns[row])].points
            return points / before, (every - points) / (every - before)

        def round_exactly(row: int, column: int) -> Fraction:
            factor = find_exactly(row)[int(column != columns[row])]
            return self.exact.round_points({names[column]: self.points[names[column]]}, {names[column]: factor})[
                names[column]
            ]

        rounded = adder.round_products(self._unrounded_floats, factors, round_exactly)
        return self._are_reversed(rounded, factors, decide_exactly)

    def _are_reversed(self, rounded: Floats, factors: Floats, decide_exactly: Callable[[int], bool]) -> Bools:
        """Return by row of rounded points (R, J) whether the verdict is reversed; exactly where floats are not certain.

        ``factors`` (R, J) or (1, J) are by what the points possible are multiplied.
        """
        reversed_ = np.zeros(len(rounded), dtype=bool)
        unsure = np.ones(len(rounded), dtype=bool)
        if self.exact.float_totals is not None and len(rounded):
            rows = np.full(len(rounded), self.row)
            sums = self.exact.float_totals.add_up(rows, rounded, factors, self.setting, self._bounds)
            reversed_ = (sums.levels <= self.setting.certified_from) != self.certified
            unsure = ~sums.certain
        for row in np.flatnonzero(unsure).tolist():
            reversed_[row] = decide_exactly(row)
        return reversed_

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


def _bisect(columns: Ints, near: Ints, far: Ints, reverse: Callable[[Ints, Ints], Bools]) -> Iterator[tuple[int, int]]:
    """Yield the columns at whose far end the verdict is reversed, with the end moved as near as it is reversed.

    Ranges (R,) lie between a step that does not reverse the verdict, ``near``, and one that may, ``far``. ``reverse``
    says of steps of columns whether each reverses the verdict; it is asked about all ranges at once.
    """
    wide = near != far
    columns, near, far = columns[wide], near[wide], far[wide]
    does = reverse(columns, far)
    columns, near, far = columns[does], near[does], far[does]
    while (rows := np.flatnonzero(np.abs(far - near) > 1)).size:
        middle = (near[rows] + far[rows]) // 2
        does = reverse(columns[rows], middle)
        far[rows[does]], near[rows[~does]] = middle[does], middle[~does]
    yield from zip(columns.tolist(), far.tolist(), strict=True)


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
    yield from _search_combined_marks(case)
    rounding = case.rounding_at(RoundingStep.INDICATOR)
    step = _step_of(rounding)
    spread = case.exact.spread(case.row, case.setting.absent)
    names, owns = case.arrays.names, dict[int, Fraction]()
    ranges: list[tuple[int, int, int]] = []
    for j, name in enumerate(names):
        if case.arrays.gaps[case.row, j] or j in case.arrays.qualitative:
            continue
        owns[j] = own = round_to(case.points[name], rounding)
        if case.certified:
            near, end = ceil(own / step), floor(min(case.arrays.indicators[j].full, _ZERO) / step)
        else:
            near, end = floor(own / step), floor(case.exact.find_most(case.row, j) / step)
        if (end < near) is case.certified:
            ranges.append((j, near, end))

    def reverse(columns: Ints, steps: Ints) -> Bools:
        return case.are_reversed_by_steps(columns, steps, step)

    for column, found in _bisect(*_stack_ranges(ranges), reverse):
        factor = spread.get(names[column], Fraction(1))
        before, after = owns[column] * factor, found * step * factor
        yield LeverMove(lever=Lever.INDICATOR, name=names[column], before=before, after=after)


def _search_combined_marks(case: _ApplicantCase) -> Iterator[LeverMove]:
    """Yield the same of each combined mark, among those that as many evaluators can give together.

    It is the mean of those marks that count, so that it moves from the lowest mark to the highest by a step of the
    scale through their number.
    """
    rule, rounding = case.setting.combination, case.rounding_at(RoundingStep.INDICATOR)
    ladders: dict[int, tuple[Fraction, Fraction]] = {}  # the lowest mark, and by what a combined one can move
    ranges: list[tuple[int, int, int]] = []

    def score(column: int, step: int) -> Fraction:
        lowest, unit = ladders[column]
        return case.exact.score_combined_mark(case.row, column, lowest + step * unit)

    for j, question in case.arrays.qualitative.items():
        scale = case.arrays.scale_of(question)
        given = sorted(mark for mark in case.marks[j].values() if mark is not None)
        counted = given[select_counted(len(given), rule)]
        ladders[j] = scale.lowest, scale.step / len(counted)
        last = int((scale.highest - scale.lowest) / scale.step) * len(counted)
        own = (sum(counted, _ZERO) / len(counted) - scale.lowest) / ladders[j][1]
        upwards = (score(j, last) >= score(j, 0)) is not case.certified
        near, end = (floor(own), last) if upwards else (ceil(own), 0)
        if (near < end) if upwards else (near > end):
            ranges.append((j, near, end))

    def reverse(columns: Ints, steps: Ints) -> Bools:
        points = [score(column, step) for column, step in zip(columns.tolist(), steps.tolist(), strict=True)]
        return case.are_reversed_by_points(columns, points)

    spread = case.exact.spread(case.row, case.setting.absent)
    for column, found in _bisect(*_stack_ranges(ranges), reverse):
        name = case.arrays.names[column]
        factor = spread.get(name, Fraction(1))
        before, after = (round_to(points, rounding) * factor for points in (case.points[name], score(column, found)))
        yield LeverMove(lever=Lever.INDICATOR, name=name, before=before, after=after)


def _search_marks(case: _ApplicantCase) -> Iterator[LeverMove]:
    """Yield, for every mark that was given, the nearest other mark of the scale that reverses the verdict."""
    rule = case.setting.combination
    marks: list[tuple[int, str, Fraction, Fraction]] = []
    places: list[int] = []
    distinct: dict[tuple[int, Fraction], int] = {}  # many marks give the same points of their indicator
    for j, question in case.arrays.qualitative.items():
        scale = case.arrays.scale_of(question)
        steps = int((scale.highest - scale.lowest) / scale.step)
        allowed = [scale.lowest + scale.step * step for step in range(steps + 1)]
        given = case.marks[j]
        others: dict[Fraction, list[tuple[Fraction, int]]] = {}  # whoever gave a mark: the same for the same
        for evaluator, own in given.items():
            if own is None:
                continue
            if own not in others:
                others[own] = []
                for mark in sorted(allowed, key=lambda mark, own=own: (abs(mark - own), mark)):  # type: ignore[misc]
                    points = case.exact.convert_marks(case.row, j, {**given, evaluator: mark}, rule)
                    if points is not None:
                        others[own].append((mark, distinct.setdefault((j, points), len(distinct))))
            for mark, place in others[own]:
                marks.append((j, evaluator, own, mark))
                places.append(place)
    columns = np.array([j for j, _ in distinct], dtype=np.int64)
    reversed_ = case.are_reversed_by_points(columns, [points for _, points in distinct]).tolist()
    nearest = set()
    for (j, evaluator, own, mark), place in zip(marks, places, strict=True):
        if reversed_[place] and (j, evaluator) not in nearest:
            nearest.add((j, evaluator))
            yield LeverMove(lever=Lever.MARK, name=f"{case.arrays.names[j]}/{evaluator}", before=own, after=mark)


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
    most = floor(case.arrays.counted_points / _RESOLUTION)
    ranges: list[tuple[int, int, int]] = []
    for j, indicator in enumerate(case.arrays.indicators):
        if indicator.counted:
            own = indicator.points / _RESOLUTION
            ranges += [(j, ceil(own), 0), (j, floor(own), most)]
    for column, found in _bisect(*_stack_ranges(ranges), case.are_reversed_by_weights):
        indicator = case.arrays.indicators[column]
        after = found * _RESOLUTION
        yield LeverMove(lever=Lever.WEIGHT, name=indicator.id, before=indicator.points, after=after)


def _stack_ranges(ranges: list[tuple[int, int, int]]) -> tuple[Ints, Ints, Ints]:
    """Return columns, near and far ends of ranges as arrays (R,)."""
    columns, near, far = np.array(ranges, dtype=np.int64).reshape(-1, 3).T.copy()
    return columns, near, far


_SEARCHES = (_search_bound, _search_indicators, _search_marks, _search_evaluators, _search_weights)
