"""Assignments: the most that conflicts and loads leave, the same every time, and checked as one made by hand."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest

from smartcert.analysis.committee.panels import AssignmentProposal, AssignmentTargets, propose_assignment
from smartcert.evaluation.committee import check_panel
from smartcert.model.application import Exclusion, ExclusionKind, Round
from smartcert.model.committee import Proceedings
from tests.support.build import example, rules_of_2023

pytest.importorskip("networkx")
RULES = rules_of_2023()


def a_round(kept: dict[str, str], members: int = 6) -> Round:
    """Return a round of the applicants of ``kept``, each with the evaluators in its text kept from it."""
    models = example().round.applications
    applications = tuple(
        replace(
            models[at],
            id=name,
            exclusions=tuple(
                Exclusion(evaluator=f"E{number}", kind=ExclusionKind.EXCLUSION, ground=1) for number in away
            ),
        )
        for at, (name, away) in enumerate(kept.items())
    )
    committee = example().round.committee[:members]
    return replace(example().round, applications=applications, committee=committee, proceedings=Proceedings())


def proposal(round_: Round, **wish: int) -> AssignmentProposal:
    return propose_assignment(round_, tuple(one.id for one in round_.applications), RULES, AssignmentTargets(**wish))  # type: ignore[arg-type]


def test_everybody_who_may_judge_judges_without_a_limit() -> None:
    found = proposal(a_round({"a": "", "b": "1", "c": "12"}))
    assert len(found.assignments) == 6 + 5 + 4
    assert found.short == ()


def test_an_excluded_evaluator_is_never_assigned() -> None:
    found = proposal(a_round({"a": "1", "b": "12", "c": "6"}))
    pairs = {(one.applicant, one.evaluator) for one in found.assignments}
    assert not pairs & {("a", "E1"), ("b", "E1"), ("b", "E2"), ("c", "E6")}


def test_an_applicant_out_of_reach_is_told_with_the_reason() -> None:
    found = proposal(a_round({"a": "", "b": "123"}))
    (short,) = found.short
    assert (short.applicant, short.able, short.needed, short.by_conflicts) == ("b", 3, 4, True)
    assert short.excluded == ("E1", "E2", "E3")


def test_full_loads_are_told_as_the_reason_where_conflicts_are_not() -> None:
    found = proposal(a_round({"a": "", "b": "", "c": ""}), load=1)
    assert sum(found.loads.values()) == 6
    assert found.short
    assert all(not one.by_conflicts for one in found.short)


def test_loads_are_kept_even() -> None:
    found = proposal(a_round(dict.fromkeys("abcdef", "")), seats=4)
    assert set(found.loads.values()) == {4}


def test_the_field_of_an_evaluator_is_looked_at() -> None:
    round_ = a_round({"a": "", "b": ""})
    field = round_.committee[2].field
    wish = AssignmentTargets(seats=4, fields={"a": (field,), "b": (field,)})
    found = propose_assignment(round_, ("a", "b"), RULES, wish)
    assert {(one.applicant) for one in found.assignments if one.evaluator == "E3"} == {"a", "b"}


def test_the_order_of_rows_does_not_matter_and_the_answer_is_always_the_same() -> None:
    round_ = a_round({"a": "1", "b": "23", "c": "", "d": "456"})
    turned = replace(round_, applications=round_.applications[::-1])
    assert proposal(round_, seats=4, load=3) == proposal(turned, seats=4, load=3) == proposal(round_, seats=4, load=3)


def most_by_trying(able: dict[str, list[str]], seats: int, load: int) -> int:
    """Return the most seats that any assignment can fill, by trying them all."""

    def fill(names: list[str], loads: dict[str, int]) -> int:
        if not names:
            return 0
        name, *rest = names
        best = 0
        for size in range(min(seats, len(able[name])), -1, -1):
            for chosen in combinations(able[name], size):
                if all(loads.get(one, 0) < load for one in chosen):
                    taken = {**loads, **{one: loads.get(one, 0) + 1 for one in chosen}}
                    best = max(best, size + fill(rest, taken))
        return best

    return fill(sorted(able), {})


@pytest.mark.parametrize("kept", [{"a": "1", "b": "12", "c": "123"}, {"a": "234", "b": "134", "c": "4"}])
@pytest.mark.parametrize("load", [1, 2])
def test_no_assignment_fills_more_seats(kept: dict[str, str], load: int) -> None:
    round_ = a_round(kept, members=4)
    members = [one.id for one in round_.committee]
    able = {name: [one for one in members if one[1:] not in away] for name, away in kept.items()}
    assert len(proposal(round_, seats=3, load=load).assignments) == most_by_trying(able, 3, load)


def test_a_change_by_hand_is_checked_as_a_proposal_is() -> None:
    round_ = a_round({"a": "", "b": "1"})
    found = proposal(round_)
    whole = replace(round_, proceedings=Proceedings(assignments=found.assignments))
    assert [check_panel(one, whole, RULES.committee) for one in whole.applications] == [[], []]
    fewer = tuple(one for one in found.assignments if one.applicant != "b" or one.evaluator in {"E2", "E3"})
    changed = replace(round_, proceedings=Proceedings(assignments=fewer))
    told = [one.code for held in changed.applications for one in check_panel(held, changed, RULES.committee)]
    assert told == ["assigned_below_quorum"]
