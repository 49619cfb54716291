"""Rankings: the worked cases, and what holds whatever the contestants."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcert.errors import UsageError
from smartcert.evaluation.ranking import Contestant, rank_contestants, select_for_stage
from smartcert.model.citation import Text
from smartcert.model.evaluation import Placing, Scorecard, SectionScore, Selection
from smartcert.model.scheme import BudgetEnd, RankingRule, Threshold, TieEnd
from tests.support.worked_cases import case_file

CASES = case_file("ranking")["cases"]
NAME = Text(ko="이름", en="name")


def build_contestant(name: str, written: list[str], barred: bool = False) -> Contestant:
    points, tie, class_id, *asked = written
    section = SectionScore(id="T", name=NAME, out_of=Fraction(100), exact=Fraction(tie), points=Fraction(tie))
    card = Scorecard(
        edition="e",
        out_of=Fraction(100),
        domains=(section,),
        exact=Fraction(points),
        points=Fraction(points),
        claimed=Fraction(points),
        desk=Fraction(points),
        rounding=(),
    )
    amount = Fraction(asked[0]) if asked else None
    return Contestant(id=name, card=card, class_id=class_id, asked=amount, barred=barred)


def build_rule(written: Mapping[str, Any]) -> RankingRule:
    budget, places, reserve = (written.get(name) for name in ("budget", "places", "reserve"))
    least = {name: Fraction(value) for name, value in written.get("at_least", {}).items()}
    return RankingRule(
        selected=NAME,
        on_reserve=NAME,
        not_selected=NAME,
        ties=("T",),
        then=TieEnd(written["then"]),
        places=int(places) if places else None,
        class_places={name: int(count) for name, count in written.get("class_places", {}).items()},
        at_least=Threshold(**least) if least else None,
        budget=Fraction(budget) if budget else None,
        currency=NAME,
        beyond=BudgetEnd(written.get("beyond", "stop")),
        reserve=int(reserve) if reserve else None,
    )


def describe(placing: Placing) -> list[str]:
    number = str(placing.reserve or "")
    granted = str(placing.granted) if placing.granted is not None else ""
    told = [str(placing.place), placing.selection.value, placing.reason.value, number, granted]
    while told and not told[-1]:
        told.pop()
    return told


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_worked_case(case: Mapping[str, Any]) -> None:
    barred = case.get("barred", [])
    contestants = [build_contestant(name, written, name in barred) for name, written in case["given"].items()]
    placings = rank_contestants(contestants, build_rule(case["rule"]), "seed")
    assert {name: describe(placing) for name, placing in placings.items()} == case["expect"]


CONTESTANTS = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 2), st.sampled_from("xy"), st.integers(1, 50)), max_size=7
)
RULES = st.fixed_dictionaries(
    {"then": st.sampled_from(["shared", "lot"]), "beyond": st.sampled_from(["stop", "skip", "part"])},
    optional={
        "places": st.integers(1, 4).map(str),
        "budget": st.integers(1, 120).map(str),
        "reserve": st.integers(1, 3).map(str),
        "class_places": st.fixed_dictionaries({"x": st.integers(0, 2)}),
    },
)


@given(CONTESTANTS, RULES, st.randoms(use_true_random=False))
def test_what_holds_of_every_ranking(
    rows: list[tuple[int, int, str, int]], written: dict[str, Any], random: Any
) -> None:
    contestants = [build_contestant(f"a{at}", [*map(str, row)]) for at, row in enumerate(rows)]
    rule = build_rule(written)
    placings = rank_contestants(contestants, rule, "seed")
    shuffled = list(contestants)
    random.shuffle(shuffled)
    assert rank_contestants(shuffled, rule, "seed") == placings  # the order of rows does not matter
    selected = [one for one in contestants if placings[one.id].selection is Selection.SELECTED]
    assert rule.places is None or len(selected) <= rule.places
    assert sum(one.class_id == "x" for one in selected) <= (rule.class_places or {}).get("x", len(selected))
    granted = sum((placings[one.id].granted or Fraction(0) for one in selected), Fraction(0))
    assert rule.budget is None or granted <= rule.budget
    for one in contestants:
        for other in contestants:
            if one.card.points > other.card.points:
                assert placings[one.id].place < placings[other.id].place
            same = (one.card.points, one.card.domains[0].points) == (other.card.points, other.card.domains[0].points)
            if same and rule.then is TieEnd.SHARED:
                assert placings[one.id].place == placings[other.id].place


def test_a_lot_without_a_seed_and_a_budget_without_a_request_are_refused() -> None:
    two = [build_contestant(name, ["80", "0", "x"]) for name in "ab"]
    with pytest.raises(UsageError, match="no seed is given"):
        rank_contestants(two, build_rule({"then": "lot", "places": "1"}))
    with pytest.raises(UsageError, match="asked for no amount"):
        rank_contestants(two[:1], build_rule({"then": "shared", "budget": "10"}))
    assert rank_contestants([], build_rule({"then": "lot", "places": "1"})) == {}


@pytest.mark.parametrize(
    ("points", "best", "least", "on"),
    [
        ({"a": 5, "b": 4, "c": 3}, 2, None, "ab"),
        ({"a": 5, "b": 4, "c": 4}, 2, None, "abc"),
        ({"a": 5, "b": 4, "c": 3}, None, 4, "ab"),
        ({"a": 5, "b": 4, "c": 3}, 3, 4, "ab"),
        ({"a": 5}, 3, None, "a"),
        ({"a": 5}, 0, None, ""),
        ({}, 3, 1, ""),
    ],
)
def test_who_goes_on(points: dict[str, int], best: int | None, least: int | None, on: str) -> None:
    fractions = {name: Fraction(figure) for name, figure in points.items()}
    assert select_for_stage(fractions, best, None if least is None else Fraction(least)) == frozenset(on)
