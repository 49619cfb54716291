"""The attack: what a reader sees never lets anybody subtract out one evaluator's mark."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import cache
from itertools import combinations_with_replacement, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartcert.analysis.committee.disclosure import DisclosedMarks, collect_scorecards, disclose_marks, is_possible
from smartcert.analysis.committee.influence import collect_marks
from smartcert.analysis.committee.review import review_committee
from smartcert.errors import UsageError
from smartcert.evaluation.marks import combine_marks
from smartcert.model.indicator import MarkScale
from smartcert.reporting.records import to_json
from smartcert.rules.parameters import CombinationMethod, CombinationRule
from smartcert.services.rounds import OpenRound
from tests.support.build import example, rules_of_2023

RULES = rules_of_2023()
RULE, SCALE = RULES.scoring.combination.value, RULES.scoring.mark_scale.value
MARKS = tuple(Fraction(mark) for mark in range(1, 6))


def attacked(what: DisclosedMarks, own: Fraction | None, count: int) -> list[set[Fraction]]:
    """Return for each other evaluator in turn the marks that are still possible: by trying everything, in order.

    The attacker knows the rule, the scale, the own mark (if any), what is shown, and even how many marks there are.
    """
    others = count - (own is not None)
    possible: list[set[Fraction]] = [set() for _ in range(others)]
    for guess in product(MARKS, repeat=others):
        marks = [*guess, *([own] if own is not None else [])]
        if agrees(what, marks):
            for place, mark in enumerate(guess):
                possible[place].add(mark)
    return possible


@cache
def combined(marks: tuple[Fraction, ...]) -> Fraction | None:
    made = combine_marks({f"E{at}": mark for at, mark in enumerate(marks)}, frozenset(), RULE)
    return made.exact if made else None


def agrees(what: DisclosedMarks, marks: list[Fraction]) -> bool:
    return (
        (what.combined is None or what.combined == combined(tuple(sorted(marks))))
        and (what.low is None or what.low == min(marks))
        and (what.high is None or what.high == max(marks))
    )


def test_the_attack_succeeds_where_everything_is_shown() -> None:
    marks = (Fraction(2), Fraction(4), Fraction(4))
    full = DisclosedMarks(combined=Fraction(10, 3), count=3, low=Fraction(2), high=Fraction(4))
    assert attacked(full, Fraction(2), 3) == [{Fraction(4)}, {Fraction(4)}]
    assert disclose_marks({f"E{at}": mark for at, mark in enumerate(marks)}, RULE, SCALE) != full


@pytest.mark.parametrize(("count", "every"), [(3, 1), (4, 1), (5, 9)])
def test_no_attack_on_any_panel_finds_another_mark(count: int, every: int) -> None:
    held = 0
    for marks in list(combinations_with_replacement(MARKS, count))[::every]:
        what = disclose_marks({f"E{at}": mark for at, mark in enumerate(marks)}, RULE, SCALE)
        held += what.low is None
        for own in (None, *set(marks)):
            assert all(len(found) > 1 for found in attacked(what, own, count))
    assert held


@settings(max_examples=300, deadline=None)
@given(
    marks=st.lists(st.integers(0, 4), min_size=1, max_size=6).map(sorted),
    known=st.lists(st.integers(0, 4), max_size=2),
    method=st.sampled_from(list(CombinationMethod)),
    drop=st.integers(1, 2),
    hidden=st.booleans(),
)
def test_what_is_possible_is_what_some_set_of_marks_shows(
    marks: list[int], known: list[int], method: CombinationMethod, drop: int, hidden: bool
) -> None:
    scale = MarkScale(lowest=Fraction(-1), highest=Fraction(1), step=Fraction(1, 2))
    grid = [scale.lowest + at * scale.step for at in range(5)]
    rule = CombinationRule(method=method, at_least=4, drop=drop, otherwise=CombinationMethod.MEDIAN)
    own = [grid[at] for at in marks]
    low, high = (None, None) if hidden else (own[0], own[-1])

    def combine(every: Iterable[Fraction]) -> Fraction:
        made = combine_marks(dict(enumerate_marks(every)), frozenset(), rule)
        assert made is not None
        return made.exact

    shown = DisclosedMarks(combined=combine(own), count=len(own), low=low, high=high)
    wanted = Counter(grid[at] for at in known)
    found = any(
        not wanted - Counter(every)
        and combine(every) == shown.combined
        and (hidden or (every[0], every[-1]) == (low, high))
        for every in combinations_with_replacement(grid, len(own))
    )
    assert is_possible(tuple(grid[at] for at in known), shown, rule, scale) is found


def enumerate_marks(marks: Iterable[Fraction]) -> Iterator[tuple[str, Fraction]]:
    return ((f"E{number}", mark) for number, mark in enumerate(marks))


def test_marks_from_0_to_100_are_disclosed_at_once() -> None:
    scale = MarkScale(lowest=Fraction(0), highest=Fraction(100), step=Fraction(1, 2))
    for marks in ([70] * 9, [69, *[70] * 8], [0, *[100] * 8], list(range(60, 69))):
        what = disclose_marks(dict(enumerate_marks(map(Fraction, marks))), RULE, scale)
        assert what.combined is not None or len(set(marks)) < 3
    shown = disclose_marks(dict(enumerate_marks(map(Fraction, [70] * 9))), RULE, scale)
    assert (shown.combined, shown.low) == (70, None)  # the range would tell that all gave 70


def test_no_attack_on_the_example_finds_another_mark() -> None:
    for name in ("chorong", "danbi"):
        for own in list(collect_marks(collect_scorecards(example().evaluations)[name]).values())[:2]:
            what = disclose_marks(own, RULE, SCALE)
            assert what.combined is not None
            assert all(len(found) > 1 for found in attacked(what, next(iter(own.values())), len(own)))


def changed(opened: OpenRound, applicant: str) -> OpenRound:
    """Return the round with every mark of one applicant another one."""
    applications = tuple(
        replace(
            one,
            marks=tuple(replace(m, value=None if m.value is None else 6 - m.value, comment="") for m in one.marks),
        )
        if one.id == applicant
        else one
        for one in opened.round.applications
    )
    return replace(opened, round=replace(opened.round, applications=applications))


@pytest.mark.parametrize(("reader", "kept_from"), [("E3", "yeoul")])
def test_what_an_evaluator_reads_does_not_change_with_marks_of_an_applicant_it_does_not_judge(
    reader: str, kept_from: str
) -> None:
    opened = example()
    other = changed(opened, kept_from)
    assert to_json(review_committee(opened, reader)) == to_json(review_committee(other, reader))
    assert to_json(review_committee(opened)) != to_json(review_committee(other))


def test_an_evaluator_reads_no_single_mark_of_another_and_no_interests() -> None:
    record = review_committee(example(), "E6")
    assert {one.evaluator for one in record.stands_out} <= {"E6"}
    assert {one.evaluator for one in record.discussed} == {"E6"}
    assert record.effects == ()
    assert record.findings == ()
    assert record.attention == ()
    assert record.inputs == ()


def test_no_total_without_an_evaluator_stands_beside_the_official_one() -> None:
    fields = set(review_committee(example()).decides[0].__dataclass_fields__)
    assert fields == {"applicant", "evaluator", "level", "without"}


def test_a_reader_who_is_no_evaluator_is_refused() -> None:
    with pytest.raises(UsageError, match="E33"):
        review_committee(example(), "E33")
