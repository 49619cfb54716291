"""The law of the committee: quorum, decision, conflicts, terms, decisions of the level."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcert.evaluation.committee import (
    check_decision,
    check_members,
    check_proceedings,
    count_votes,
    find_conflicts,
    minimum_count,
)
from smartcert.model.application import Evaluator, Round
from smartcert.model.committee import (
    Contractor,
    GroupSeat,
    Interest,
    InterestKind,
    LevelDecision,
    MemberCategory,
    Proceedings,
    Vote,
    VoteMatter,
    VoteValue,
)
from smartcert.model.outcome import VoteResult
from tests.support.build import example, rules_of_2023, text
from tests.support.cited import check_cited
from tests.support.worked_cases import case_file, rules_of, worked, yes

RULES = rules_of_2023().committee


def a_round(**proceedings: Any) -> Round:
    """Return the example round with only haneul in it and only the proceedings that are given."""
    one = next(one for one in example().round.applications if one.id == "haneul")
    base = {"judged_on": date(2023, 11, 6)}
    return replace(
        example().round, applications=(replace(one, exclusions=()),), proceedings=Proceedings(**{**base, **proceedings})
    )


@pytest.mark.parametrize("case", worked("sitting"))
def test_quorum_and_decision(case: dict[str, Any]) -> None:
    given, expect = case["given"], case["expect"]
    members = int(given["members"])
    said = [VoteValue(value) for value, count in given["said"].items() for _ in range(int(count))]
    votes = [
        Vote(
            applicant="haneul",
            matter=VoteMatter.LEVEL,
            evaluator=f"E{number}",
            present=number < len(said),
            vote=said[number] if number < len(said) else None,
        )
        for number in range(members)
    ]

    one = count_votes(votes, members, rules_of("sitting").committee)

    assert one.present_needed == int(expect["needed"])
    assert one.yes_needed == int(expect["yes_needed"])
    assert {None: "no_quorum", True: "carried", False: "rejected"}[one.carried] == expect["result"]


@given(st.integers(1, 500), st.integers(0, 500))
def test_two_thirds_are_exact_at_every_size(of: int, present: int) -> None:
    assert (present >= minimum_count(Fraction(2, 3), of)) is (3 * present >= 2 * of)


@pytest.mark.parametrize("case", worked("conflicts"))
def test_conflicts_are_found(case: dict[str, Any]) -> None:
    given, expect = case["given"], case["expect"]
    interest = Interest(
        evaluator="E1",
        kind=InterestKind(given["kind"]),
        body=given["body"],
        code=given.get("code", ""),
        line=2,
        applicant="haneul" if yes(given.get("declared", "no")) else "",
        began=date.fromisoformat(given["began"]) if "began" in given else None,
        ended=date.fromisoformat(given["ended"]) if "ended" in given else None,
        subcontract=yes(given.get("subcontract", "no")),
    )
    contractors = (
        Contractor(applicant="haneul", body="(주)가온정보", role=InterestKind.SERVICE, line=2),
        Contractor(applicant="haneul", body="한빛법무법인", role=InterestKind.AGENCY, line=3),
    )
    judged_on = date.fromisoformat(case_file("conflicts")["judged_on"])
    round_ = a_round(judged_on=judged_on, interests=(interest,), contractors=contractors)

    found = find_conflicts(round_, rules_of("conflicts").committee)

    assert [one.tie.value for one in found] == ([] if expect["tie"] == "none" else [expect["tie"]])
    assert all(one.declared is yes(given.get("declared", "no")) for one in found)
    if found:
        assert str(found[0].ground or "none") == expect["ground"]


@pytest.mark.parametrize("case", worked("decisions"))
def test_decisions_of_the_level(case: dict[str, Any]) -> None:
    given = case["given"]
    proposed_by, decided_by = given["by"]
    proposal, reason = given.get("why", ["", ""])
    decision = LevelDecision(
        applicant="haneul",
        proposed=int(given["proposed"]),
        proposed_by=proposed_by,
        proposed_on=date(2023, 11, 20),
        proposal_reason=proposal,
        decided=int(given["decided"]) if "decided" in given else None,
        decided_by=decided_by,
        decided_on=date.fromisoformat(given["on"])
        if "on" in given
        else date(2023, 12, 1)
        if "decided" in given
        else None,
        reason=reason,
    )
    computed = None if given["computed"] == "none" else int(given["computed"])

    found = check_decision(
        decision,
        computed,
        text("하늘시"),
        rules_of("decisions").committee,
        vote=VoteResult(given.get("vote", "carried")),
        committee=(Evaluator(id="E1", name="강하람"), Evaluator(id="E2", name="노하람")),
    )

    assert [one.code for one in found] == case["expect"]["findings"]
    check_cited(found)
    assert any(one.refuses for one in found) is yes(case["expect"].get("no_effect", "no"))


@pytest.mark.parametrize("case", worked("terms"))
def test_terms_and_qualification_of_members(case: dict[str, Any]) -> None:
    given = case["given"]
    member = Evaluator(
        id="E1",
        name="강하람",
        category=MemberCategory(given["category"]) if "category" in given else None,
        years=int(given["years"]) if "years" in given else None,
        term_began=date.fromisoformat(given["began"]) if "began" in given else None,
    )
    day = date.fromisoformat(given.get("judged_on", "2023-11-06"))
    round_ = replace(a_round(judged_on=day), committee=(member,))

    found = check_members(round_, rules_of("terms").committee)

    assert case["expect"]["finding"] in [one.code for one in found]
    check_cited(found)


def test_a_common_member_without_a_seat_and_too_few_common_members_are_told() -> None:
    seats = (
        GroupSeat(group="large", evaluator="E1", common=True),
        GroupSeat(group="small_medium", evaluator="E2", common=False),
    )
    found = {one.code for one in check_members(a_round(groups=seats), RULES)}
    assert {"common_member_without_seat", "common_members_few"} <= found


def test_the_example_shows_each_outcome_of_the_committee() -> None:
    opened = example()
    found = {one.code for one in check_proceedings(opened.round, opened.evaluations, RULES)}
    assert {
        "member_qualified",
        "member_in_term",
        "common_members_enough",
        "conflict_declared",
        "conflict_found",
        "conflict_cleared",
        "quorum_out_of_reach",
        "level_carried",
        "level_rejected",
        "level_without_quorum",
        "challenge_carried",
        "challenge_rejected",
        "decided_as_computed",
        "decided_otherwise",
        "decision_open",
        "proposal_without_reason",
    } <= found


def test_a_challenge_that_the_vote_turned_down_cannot_keep_a_member_away() -> None:
    opened = example()
    mireu = next(one for one in opened.round.applications if one.id == "mireu")
    danbi = next(one for one in opened.round.applications if one.id == "danbi")
    against = replace(mireu, exclusions=(replace(danbi.exclusions[0], evaluator="E6"),))
    without = replace(danbi, exclusions=())
    applications = tuple({"mireu": against, "danbi": without}.get(one.id, one) for one in opened.round.applications)
    round_ = replace(opened.round, applications=applications)
    found = {one.code for one in check_proceedings(round_, opened.evaluations, RULES)}
    assert {"challenge_against_vote", "challenge_not_followed"} <= found


def test_what_was_found_stays_open_until_the_operating_body_answers() -> None:
    opened = example()
    undecided = replace(opened.round.proceedings, conflict_decisions=())
    codes = [
        one.code for one in check_proceedings(replace(opened.round, proceedings=undecided), opened.evaluations, RULES)
    ]
    assert codes.count("conflict_found") == 2
    assert "conflict_cleared" not in codes
