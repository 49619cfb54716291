"""Trimmed mean and half-up rounding on 10,000 random panels against an independent brute-force computation."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from smartcert.evaluation.marks import MarkCombiner, combine_marks, evaluator_sort_key
from smartcert.model.indicator import Rounding, RoundingMode, RoundingStep
from smartcert.rules.parameters import CombinationMethod, CombinationRule

RULE = CombinationRule(
    method=CombinationMethod.TRIMMED_MEAN, at_least=5, drop=1, otherwise=CombinationMethod.MEAN, fewest=3
)
PANELS = 10_000


def by_hand(marks: list[int | None], digits: int) -> Decimal | None:
    """Return the combined mark by integers only: no Fraction, no float."""
    given = sorted(mark for mark in marks if mark is not None)
    if len(given) < 3:
        return None
    counting = given[1:-1] if len(given) >= 5 else given
    scaled, rest = divmod(sum(counting) * 10**digits, len(counting))
    return Decimal(scaled + (2 * rest >= len(counting))).scaleb(-digits)


def test_ten_thousand_random_panels_agree_with_whole_number_arithmetic() -> None:
    random = Random(20231106)
    halves = 0
    for _ in range(PANELS):
        marks = [random.choice([None, 1, 2, 3, 4, 5]) for _ in range(random.randint(0, 9))]
        digits = random.randint(0, 2)
        rounding = Rounding(at=RoundingStep.MARK, digits=digits, mode=RoundingMode.HALF_UP)
        labelled = {f"E{at}": None if mark is None else Fraction(mark) for at, mark in enumerate(marks)}
        combination = combine_marks(labelled, frozenset(), RULE, rounding)
        wanted = by_hand(marks, digits)
        assert (combination is None) == (wanted is None)
        if combination is not None and wanted is not None:
            assert combination.combined == Fraction(wanted)
            exact = Decimal(combination.exact.numerator) / Decimal(combination.exact.denominator)
            halves += exact != exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    assert halves > 1000  # the sample did meet rounding


@given(st.lists(st.one_of(st.none(), st.integers(1, 5)), max_size=9), st.randoms(use_true_random=False))
def test_the_order_of_evaluators_never_matters(marks: list[int | None], random: Random) -> None:
    labelled = [(f"E{at}", None if mark is None else Fraction(mark)) for at, mark in enumerate(marks)]
    shuffled = list(labelled)
    random.shuffle(shuffled)
    assert combine_marks(dict(labelled), frozenset(), RULE) == combine_marks(dict(shuffled), frozenset(), RULE)


QUARTERS = st.lists(st.one_of(st.none(), st.integers(0, 20).map(lambda steps: Fraction(steps, 4))), max_size=9)


@given(st.lists(st.tuples(QUARTERS, st.frozensets(st.sampled_from(["E1", "E3", "E10"]))), max_size=8))
def test_marks_combined_before_change_nothing_and_the_mean_is_that_of_what_counts(
    panels: list[tuple[list[Fraction | None], frozenset[str]]],
) -> None:
    rounding = Rounding(at=RoundingStep.MARK, digits=1, mode=RoundingMode.HALF_UP)
    combiner = MarkCombiner(RULE, rounding)
    for marks, excluded in panels:
        labelled = {f"E{at + 3}": mark for at, mark in enumerate(marks)}  # E3 to E11: two digits come last
        ordered = tuple(sorted(labelled, key=evaluator_sort_key))
        combination = combiner.combine(ordered, labelled, excluded)
        assert combination == combine_marks(labelled, excluded, RULE, rounding)
        left = [mark for name, mark in labelled.items() if mark is not None and name not in excluded]
        assert (combination is None) == (len(left) < 3)
        if combination is not None:
            assert tuple(use.evaluator for use in combination.marks) == ordered
            assert [use.value for use in combination.marks if not use.excluded and use.value is not None] == left
            counting = [use.value for use in combination.marks if use.value is not None and not use.trimmed]
            trimmed = sorted(left)[1:-1] if len(left) >= 5 else sorted(left)
            assert sorted(counting) == trimmed
            assert combination.exact == sum(counting, Fraction(0)) / len(counting)
