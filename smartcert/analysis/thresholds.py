"""The smallest change that reverses a verdict: of the bound, an indicator, a mark, a weight, or one evaluator less.

A verdict is reversed where who is certified no longer is, or who is not becomes so, everything else as it is. It is
found by the scoring itself, so roundings and floors are respected. Bound, marks and evaluators are tried out one by one
and exact. Points of an indicator are searched on the grid to which the edition rounds them, and exact on it, because
more points never lower a total. A weight is scaled against all others, to which the total is linear but for roundings;
its threshold is searched to a thousandth of a point.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum
from itertools import pairwise

import numpy as np
import pandas as pd

from smartcert.analysis.arrays import Bools, Floats, Ints, RoundArrays, ScoringSetting
from smartcert.analysis.resampling import CommitteeDraws, MarkCombiner
from smartcert.analysis.scales import convert_to_share, find_redistributed, redistribution_factors, round_in_place
from smartcert.analysis.vectorised import NOT_JUDGED, DrawBatch, Scorer
from smartcert.errors import UsageError, suggest
from smartcert.model.indicator import RoundingStep

THRESHOLD_COLUMNS = ("lever", "name", "before", "after", "size", "certified_after")
_RESOLUTION = 1e-3
"""In points: how finely a weight is searched, and an indicator whose points the edition does not round."""

LeverMove = tuple[str, str, float, float]
"""The lever, the name of what is changed, and its value before and after."""


class Lever(StrEnum):
    """What is changed."""

    BOUND = "bound"
    INDICATOR = "indicator"
    MARK = "mark"
    EVALUATOR = "evaluator"
    WEIGHT = "weight"


def smallest_changes(arrays: RoundArrays, applicant: str, scorer: Scorer | None = None) -> pd.DataFrame:
    """Return every lever that alone reverses an applicant's verdict, smallest change first within each kind.

    Columns: lever; name (indicator, "indicator/evaluator" for a mark, evaluator); before and after, which are points
    of the bound, the indicator or its weight, or the mark, and 1 and 0 for an evaluator who is left out; size, how far
    it is moved; certified_after. A lever that cannot do it alone has no row.

    >>> import smartcert
    >>> changes = smallest_changes(smartcert.arrays(smartcert.open_round("example")), "haneul")
    >>> changes[changes.lever == "bound"][["before", "after"]].values.tolist()
    [[1400.0, 1394.0]]

    Raises:
        UsageError: the applicant was not scored.
    """
    if applicant not in arrays.ids:
        raise UsageError(f"'{applicant}' was not scored{suggest(applicant, arrays.ids)}")
    case = _ApplicantCase(arrays, arrays.ids.index(applicant), scorer or Scorer(arrays))
    rows = [
        *_search_bound(case),
        *_search_indicators(case),
        *_search_marks(case),
        *_search_evaluators(case),
        *_search_weights(case),
    ]
    frame = pd.DataFrame(
        [(*row, abs(row[3] - row[2]), not case.certified) for row in rows], columns=pd.Index(THRESHOLD_COLUMNS)
    )
    order = frame["lever"].map({lever.value: at for at, lever in enumerate(Lever)})
    return (
        frame.assign(order=order).sort_values(["order", "size", "name"])[list(THRESHOLD_COLUMNS)].reset_index(drop=True)
    )


class _ApplicantCase:
    """One applicant with its shares (J,) of every indicator, scored without the others."""

    def __init__(self, arrays: RoundArrays, row: int, scorer: Scorer) -> None:
        self.arrays = arrays.select(row)
        self.setting: ScoringSetting = scorer.setting
        self.shares = scorer.shares()[row]
        self._scorer = Scorer(self.arrays)
        totals, levels = self._score(self.shares[None, :], arrays.points[None, :])
        self.total, self.level = float(totals[0]), int(levels[0])
        self.certified = bool(self._are_certified(levels)[0])

    def is_reversed(self, shares: Floats, weights: Floats | None = None) -> Bools:
        """Return where (D,) the verdict is reversed, given shares (D, J) and perhaps weights (D, J) in points."""
        chosen = np.repeat(self.arrays.points[None, :], shares.shape[0], axis=0) if weights is None else weights
        differs: Bools = self._are_certified(self._score(shares, chosen)[1]) != self.certified
        return differs

    def is_reversed_by_bound(self, percent: float) -> bool:
        """Return whether the bound of certification at ``percent`` is a valid one and reverses the verdict."""
        bounds = {**self.setting.bounds, self.setting.certified_from: percent}
        ordered = [bounds[level] for level in sorted(bounds)]
        if not all(better > worse for better, worse in pairwise(ordered)) or not 0 <= percent <= 100:
            return False
        levels = self._score(self.shares[None, :], self.arrays.points[None, :], replace(self.setting, bounds=bounds))[1]
        return bool(self._are_certified(levels)[0]) is not self.certified

    def with_share(self, columns: Ints, shares: Floats) -> Floats:
        """Return the applicant's shares (D, J) with one column replaced in each row."""
        replaced = np.repeat(self.shares[None, :], columns.size, axis=0)
        replaced[np.arange(columns.size), columns] = shares
        return replaced

    def spread(self) -> Floats:
        """Return by what the points of each indicator (J,) are multiplied because others of its item are missing."""
        arrays = self.arrays
        missing = find_redistributed(arrays, self.setting.absent)
        factors = np.ones(arrays.points.size)
        for item in arrays.items:
            columns = item.columns
            factors[columns] = redistribution_factors(arrays.points[None, columns], missing[:, columns])[0, 0]
        return factors

    def share_of_marks(self, column: int, marks: Floats) -> tuple[Floats, Bools]:
        """Return the share (D,) of an indicator for each row of marks (D, E), and where too few marks are left."""
        combiner = MarkCombiner(marks[:, None, :])
        combined, too_few = combiner.combine(0, CommitteeDraws(np.ones((1, marks.shape[1]))), self.setting.combination)
        round_in_place(combined, self.arrays.edition.rounding_at(RoundingStep.MARK))
        sizes = np.zeros(marks.shape[0], dtype=np.int64)
        few = np.zeros(marks.shape[0], dtype=bool) if too_few is None else too_few[0]
        return convert_to_share(self.arrays.indicators[column], combined, sizes)[0], few

    def _score(self, shares: Floats, weights: Floats, setting: ScoringSetting | None = None) -> tuple[Floats, Ints]:
        fixed = {j: shares[:, j, None] for j in range(shares.shape[1])}
        scored = self._scorer.score(DrawBatch(settings=(setting or self.setting,), weights=weights, fixed=fixed))
        return scored.totals[:, 0], scored.levels[:, 0].astype(np.int64)

    def _are_certified(self, levels: Ints) -> Bools:
        certified: Bools = (levels != NOT_JUDGED) & (levels <= self.setting.certified_from)
        return certified


def _search_bound(case: _ApplicantCase) -> Iterator[LeverMove]:
    """Yield the change of the bound: down to the total, or up to the next total that is possible.

    A bound stays between those of the neighbouring levels; where it would have to pass one, it alone reverses nothing.
    """
    bound = case.setting.bounds[case.setting.certified_from] * case.arrays.out_of / 100
    rounding = case.arrays.edition.rounding_at(RoundingStep.TOTAL)
    least = 10.0**-rounding.digits if rounding else _RESOLUTION
    after = round(case.total + least, 9) if case.certified else round(case.total, 9)
    if case.is_reversed_by_bound(100 * after / case.arrays.out_of):
        yield Lever.BOUND, "", bound, after


def _search_indicators(case: _ApplicantCase) -> Iterator[LeverMove]:
    """Yield the fewest points that each indicator would have to gain, or lose, within 0 and its points possible.

    Points are those that count: where points of the item are spread, they are multiplied as in the evaluation.
    """
    points = case.arrays.points
    rounding = case.arrays.edition.rounding_at(RoundingStep.INDICATOR)
    grid = 10.0**-rounding.digits if rounding else _RESOLUTION
    own = np.rint(round_in_place(case.shares * points, rounding) / grid).astype(np.int64)
    end = np.zeros_like(own) if case.certified else np.rint(points / grid).astype(np.int64)
    columns = np.arange(points.size)
    columns = columns[(case.arrays.gaps[0] == 0) & case.is_reversed(case.with_share(columns, end * grid / points))]
    near, far = own[columns], end[columns]
    while (np.abs(far - near) > 1).any():
        middle = (near + far) // 2
        reverses = case.is_reversed(case.with_share(columns, middle * grid / points[columns]))
        near, far = np.where(reverses, near, middle), np.where(reverses, middle, far)
    spread = case.spread()
    for column, after in zip(columns, far, strict=True):
        size = grid * spread[column]
        yield Lever.INDICATOR, case.arrays.names[column], round(own[column] * size, 9), round(after * size, 9)


def _search_marks(case: _ApplicantCase) -> Iterator[LeverMove]:
    """Yield, for every mark that was given, the nearest other mark of the scale that reverses the verdict."""
    scale = case.arrays.mark_scale
    steps = int((scale.highest - scale.lowest) / scale.step)
    allowed = np.array([float(scale.lowest + scale.step * step) for step in range(steps + 1)])
    tried: list[tuple[int, int]] = []
    shares = []
    for column, question in case.arrays.qualitative.items():
        given = case.arrays.marks[0, question]
        places = np.flatnonzero(~np.isnan(given))
        marks = np.tile(given, (places.size, allowed.size, 1))
        marks[np.arange(places.size), :, places] = allowed
        shares.append(case.share_of_marks(column, marks.reshape(-1, given.size))[0])
        tried += [(column, int(place)) for place in places]
    if not tried:
        return
    columns = np.repeat([column for column, _ in tried], allowed.size)
    reverses = case.is_reversed(case.with_share(columns, np.concatenate(shares))).reshape(-1, allowed.size)
    for (column, place), does in zip(tried, reverses, strict=True):
        if does.any():
            own = float(case.arrays.marks[0, case.arrays.qualitative[column], place])
            near = allowed[does][np.argmin(np.abs(allowed[does] - own))]
            yield Lever.MARK, f"{case.arrays.names[column]}/{case.arrays.evaluators[place]}", own, float(near)


def _search_evaluators(case: _ApplicantCase) -> Iterator[LeverMove]:
    """Yield each evaluator without whose marks the verdict would be reversed, or could not be given."""
    names = case.arrays.evaluators
    shares = np.repeat(case.shares[None, :], len(names), axis=0)
    unjudged = np.zeros(len(names), dtype=bool)
    for column, question in case.arrays.qualitative.items():
        marks = np.repeat(case.arrays.marks[:, question], len(names), axis=0)
        np.fill_diagonal(marks, np.nan)
        shares[:, column], too_few = case.share_of_marks(column, marks)
        unjudged |= too_few
    for name, reverses, gone in zip(names, case.is_reversed(shares), unjudged, strict=True):
        if case.certified if gone else reverses:
            yield Lever.EVALUATOR, name, 1.0, 0.0


def _search_weights(case: _ApplicantCase) -> Iterator[LeverMove]:
    """Yield, for every indicator, the nearest weight that reverses it, all others scaled to the same total."""
    points, out_of = case.arrays.points, case.arrays.out_of
    columns = np.arange(points.size)
    for end in (0.0, out_of):
        near, far = points.copy(), np.full(points.size, end)
        does = case.is_reversed(*_replace_weights(case, columns, far))
        moved, near, far = columns[does], near[does], far[does]
        while (np.abs(far - near) > _RESOLUTION).any():
            middle = (near + far) / 2
            reverses = case.is_reversed(*_replace_weights(case, moved, middle))
            near, far = np.where(reverses, near, middle), np.where(reverses, middle, far)
        for column, after in zip(moved, far, strict=True):
            outward = float(after) + (5e-5 if end else -5e-5)  # rounded away from its own weight, so that it reverses
            shown = min(max(round(outward, 4), 0.0), out_of)
            yield Lever.WEIGHT, case.arrays.names[column], float(points[column]), shown


def _replace_weights(case: _ApplicantCase, columns: Ints, wanted: Floats) -> tuple[Floats, Floats]:
    """Return shares and weights (D, J) with one weight per row as wanted (D,), the others at their ratio."""
    points, out_of = case.arrays.points, case.arrays.out_of
    rest = (out_of - wanted) / (out_of - points[columns])
    weights = points[None, :] * rest[:, None]
    weights[np.arange(columns.size), columns] = wanted
    return np.repeat(case.shares[None, :], columns.size, axis=0), weights
