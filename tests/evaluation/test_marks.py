from fractions import Fraction
from statistics import mean, median

from hypothesis import given
from hypothesis import strategies as st

from smartcert.evaluation.marks import combine_marks
from smartcert.rules.parameters import CombinationMethod, CombinationRule

TRIMMED = CombinationRule(
    method=CombinationMethod.TRIMMED_MEAN, at_least=5, drop=1, otherwise=CombinationMethod.MEAN, fewest=3
)
marks_of = st.lists(st.integers(1, 5) | st.none(), min_size=1, max_size=9)


def by_label(marks: list[int | None]) -> dict[str, Fraction | None]:
    return {f"E{n}": None if mark is None else Fraction(mark) for n, mark in enumerate(marks, start=1)}


def brute_force(marks: list[int | None]) -> Fraction | None:
    given_marks = sorted(mark for mark in marks if mark is not None)
    if len(given_marks) < 3:
        return None
    counting = given_marks[1:-1] if len(given_marks) >= 5 else given_marks
    return Fraction(sum(counting), len(counting))


@given(marks_of)
def test_the_trimmed_mean_is_that_of_a_brute_force_count(marks: list[int | None]) -> None:
    combination = combine_marks(by_label(marks), frozenset(), TRIMMED)
    assert (combination.exact if combination else None) == brute_force(marks)


@given(marks_of, st.randoms())
def test_the_order_of_evaluators_does_not_matter(marks: list[int | None], rng) -> None:  # type: ignore[no-untyped-def]  # hypothesis gives a Random
    labelled = list(by_label(marks).items())
    straight = combine_marks(dict(labelled), frozenset(), TRIMMED)
    rng.shuffle(labelled)
    assert combine_marks(dict(labelled), frozenset(), TRIMMED) == straight


@given(marks_of, st.integers(0, 8))
def test_a_better_mark_never_lowers_the_combined_mark(marks: list[int | None], at: int) -> None:
    place = at % len(marks)
    before = combine_marks(by_label(marks), frozenset(), TRIMMED)
    mark = marks[place]
    if before is None or mark is None or mark == 5:
        return
    better = [*marks[:place], mark + 1, *marks[place + 1 :]]
    after = combine_marks(by_label(better), frozenset(), TRIMMED)
    assert after is not None
    assert after.exact >= before.exact


@given(marks_of.filter(lambda marks: sum(mark is not None for mark in marks) >= 1))
def test_mean_and_median_are_those_of_the_standard_library(marks: list[int | None]) -> None:
    here = [Fraction(mark) for mark in marks if mark is not None]
    for method, expected in ((CombinationMethod.MEAN, mean(here)), (CombinationMethod.MEDIAN, median(here))):
        combination = combine_marks(by_label(marks), frozenset(), CombinationRule(method=method))
        assert combination is not None
        assert combination.exact == expected


def test_an_excluded_evaluator_is_left_out_and_is_no_zero() -> None:
    combination = combine_marks(by_label([5, 4, 4, 4]), frozenset({"E1"}), TRIMMED)
    assert combination is not None
    assert combination.exact == 4
    first = combination.marks[0]
    assert (first.evaluator, first.value, first.excluded) == ("E1", None, True)


def test_an_absent_mark_is_not_the_lowest_that_is_dropped() -> None:
    combination = combine_marks(by_label([None, 1, 2, 3, 4, 5]), frozenset(), TRIMMED)
    assert combination is not None
    assert combination.exact == 3
    assert [use.evaluator for use in combination.marks if use.trimmed] == ["E2", "E6"]


def test_trimming_begins_at_exactly_the_number_that_the_rule_names() -> None:
    five, four = (
        combine_marks(by_label([1, 1, 1, 1, 5]), frozenset(), TRIMMED),
        combine_marks(by_label([1, 1, 1, 5]), frozenset(), TRIMMED),
    )
    assert five is not None
    assert four is not None
    assert (five.method, five.exact) == ("trimmed_mean", 1)
    assert (four.method, four.exact) == ("mean", 2)


def test_fewer_marks_than_the_fewest_cannot_be_judged() -> None:
    assert combine_marks(by_label([5, 5, None]), frozenset(), TRIMMED) is None
    assert combine_marks(by_label([5, 5, 5]), frozenset(), TRIMMED) is not None
