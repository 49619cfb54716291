"""Of a combined mark the smallest change is one that evaluators can give together, whatever the criteria."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import combinations_with_replacement
from math import comb

import pytest

from smartcert.analysis.thresholds import Lever, _ApplicantCase, find_lever_moves
from smartcert.analysis.vectorised import Scorer
from smartcert.evaluation.marks import combine_marks
from smartcert.evaluation.scales import round_to
from smartcert.model.indicator import RoundingStep
from smartcert.rules.parameters import CombinationMethod
from tests.analysis.test_any_criteria import SEEDS, scored

_MOST_TRIED = 300


def list_given(case: _ApplicantCase, j: int) -> dict[Fraction, Fraction] | None:
    """Return the points, as they are rounded, by those of all that the evaluators of an indicator can give together."""
    scale = case.arrays.scale_of(case.arrays.qualitative[j])
    allowed = [scale.lowest + scale.step * step for step in range(int((scale.highest - scale.lowest) / scale.step) + 1)]
    names = [evaluator for evaluator, mark in case.marks[j].items() if mark is not None]
    if comb(len(allowed) + len(names) - 1, len(names)) > _MOST_TRIED:
        return None
    rule, combined = case.setting.combination, set()
    for marks in combinations_with_replacement(allowed, len(names)):
        combination = combine_marks(dict(zip(names, marks, strict=True)), frozenset(), rule)
        assert combination is not None
        combined.add(combination.exact)
    points = {case.exact.score_combined_mark(case.row, j, mark) for mark in combined}
    return {exact: round_to(exact, case.rounding_at(RoundingStep.INDICATOR)) for exact in points}


@pytest.mark.parametrize("method", CombinationMethod)
@pytest.mark.parametrize("seed", SEEDS[:8])
def test_it_is_the_nearest_that_reverses_the_verdict(seed: int, method: CombinationMethod) -> None:
    _, official, _, _ = scored(seed)
    arrays = replace(official, combination=replace(official.combination, method=method))
    scorer = Scorer(arrays)
    for row, name in enumerate(arrays.ids[:2]):
        case = _ApplicantCase(arrays, row, scorer)
        spread = case.exact.spread(row, case.setting.absent)
        moves, _ = find_lever_moves(arrays, name, scorer)
        found = {move.name: move for move in moves if move.lever is Lever.INDICATOR}
        for j in arrays.qualitative:
            given, indicator = list_given(case, j), arrays.names[j]
            if given is None:
                continue
            factor = spread.get(indicator, Fraction(1))
            before = round_to(case.points[indicator], case.rounding_at(RoundingStep.INDICATOR)) * factor
            reversing = [
                abs(rounded * factor - before)
                for exact, rounded in given.items()
                if (exact < case.points[indicator]) is case.certified and case.is_reversed_by({indicator: exact})
            ]
            assert (indicator in found) == bool(reversing), (name, indicator)
            if reversing:
                move = found[indicator]
                assert (move.before, move.size) == (before, min(reversing))
                assert move.after in {rounded * factor for rounded in given.values()}
