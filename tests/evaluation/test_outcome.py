"""What counts in the end: the worked cases, and what must hold whatever was voted, proposed and decided."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartcert.evaluation.outcome import determine_outcomes
from smartcert.model.application import Round
from smartcert.model.committee import LevelDecision, Vote, VoteMatter, VoteValue
from smartcert.model.evaluation import Evaluation, Finding, FindingOutcome, Stage
from smartcert.model.outcome import Awaited, Outcome, OutcomeStage, Result
from tests.support.build import example
from tests.support.worked_cases import rules_of, worked, yes

VALUES = {"y": VoteValue.YES, "n": VoteValue.NO, "a": VoteValue.ABSTAIN, "-": None}
RULES = rules_of("outcome")


def an_evaluation(computed: int | None, stage: str = "evaluated", *, pending: bool = False) -> Evaluation:
    """Return the evaluation of haneul with another level, or without one."""
    haneul = next(one for one in example().evaluations if one.id == "haneul")
    assert haneul.level is not None
    if computed is not None:
        return replace(haneul, level=replace(haneul.level, level=computed, certified=computed <= 3), findings=())
    refusing = Finding(
        code="x",
        stage=Stage(stage),
        outcome=FindingOutcome.OPEN if pending else FindingOutcome.NOT_MET,
        basis=(),
        refuses=True,
    )
    return replace(haneul, stage=Stage(stage), level=None, scorecard=None, findings=(refusing,))


def a_round(votes: str | None, decision: LevelDecision | None) -> Round:
    opened = example().round
    members = [member.id for member in opened.committee]
    cast = tuple(
        Vote(applicant="haneul", matter=VoteMatter.LEVEL, evaluator=member, present=letter != "-", vote=VALUES[letter])
        for member, letter in zip(members, votes or "", strict=bool(votes))
    )
    held = replace(
        opened.proceedings,
        votes=cast if votes else (),
        decisions=(decision,) if decision else (),
        groups=(),
        assignments=(),
    )
    applications = tuple(replace(one, exclusions=()) for one in opened.applications if one.id == "haneul")
    return replace(opened, proceedings=held, applications=applications)


def a_decision(proposed: int | None, decided: int | None, why: list[str], by: list[str]) -> LevelDecision | None:
    if proposed is None:
        return None
    return LevelDecision(
        applicant="haneul",
        proposed=proposed,
        proposed_by=by[0],
        proposed_on=date(2023, 11, 20),
        proposal_reason=why[0],
        decided=decided,
        decided_by=by[1] if decided else "",
        decided_on=date(2023, 12, 1) if decided else None,
        reason=why[1],
    )


def outcome_of(evaluation: Evaluation, round_: Round) -> Outcome:
    (outcome,) = determine_outcomes(round_, [evaluation], RULES)
    return outcome


@pytest.mark.parametrize("case", worked("outcome"))
def test_what_counts_in_the_end(case: dict[str, Any]) -> None:
    given_, expect = case["given"], case["expect"]
    computed = None if given_["computed"] == "none" else int(given_["computed"])
    numbers = [int(given_[key]) if key in given_ else None for key in ("proposed", "decided")]
    decision = a_decision(*numbers, given_.get("why", ["", ""]), given_.get("by", ["심사팀장", "과장"]))
    evaluation = an_evaluation(computed, given_.get("stage", "evaluated"), pending=yes(given_.get("pending", "no")))

    outcome = outcome_of(evaluation, a_round(given_.get("votes"), decision))

    assert outcome.stage.value == expect["stage"]
    assert outcome.result.value == expect["result"]
    assert (outcome.awaits.value if outcome.awaits else "none") == expect["awaits"]
    assert str(outcome.level or "none") == expect["level"]
    assert outcome.computed == computed


LEVELS = st.none() | st.integers(1, 5)
TEXTS = st.sampled_from(["", "사유"])


@settings(max_examples=300)
@given(
    computed=LEVELS,
    votes=st.none() | st.text("yna-", min_size=7, max_size=7),
    proposed=LEVELS,
    decided=LEVELS,
    why=st.lists(TEXTS, min_size=2, max_size=2),
    by=st.lists(st.sampled_from(["심사팀장", "과장", "E1"]), min_size=2, max_size=2),
)
def test_only_a_decision_that_counts_certifies(
    computed: int | None, votes: str | None, proposed: int | None, decided: int | None, why: list[str], by: list[str]
) -> None:
    decision = a_decision(proposed, decided, why, by)
    outcome = (
        outcome_of(an_evaluation(computed, "scoring"), a_round(votes, decision))
        if computed is None
        else (outcome_of(an_evaluation(computed), a_round(votes, decision)))
    )
    assert (outcome.result is Result.OPEN) == (outcome.awaits is not None)
    assert (outcome.level is None) == (outcome.stage is not OutcomeStage.DECIDED)
    assert outcome.certified == (outcome.level is not None and outcome.level <= 3)
    if outcome.level is not None:
        assert votes is not None
        assert votes.count("y") * 3 >= 2 * (7 - votes.count("-"))
        assert (7 - votes.count("-")) >= 5
        assert by[1] != "E1"
        assert outcome.level == computed == proposed or (why[1] and by[0] != by[1])
    if outcome.decided is not None and outcome.level is None and computed is not None:
        assert any(finding.refuses and finding.basis for finding in outcome.findings)


def test_a_round_without_any_vote_is_open_throughout() -> None:
    opened = example()
    silent = replace(opened.round, proceedings=replace(opened.round.proceedings, votes=(), decisions=()))
    outcomes = determine_outcomes(silent, opened.evaluations, opened.rules)
    scored = [one for one in outcomes if one.evaluated]
    assert len(scored) == 15
    assert {one.result for one in scored} == {Result.OPEN}
    assert {one.awaits for one in scored} == {Awaited.VOTE}


def test_the_outcomes_of_the_example_round() -> None:
    opened = example()
    outcomes = {one.application: one for one in determine_outcomes(opened.round, opened.evaluations, opened.rules)}
    assert (outcomes["yeoul"].computed, outcomes["yeoul"].level, outcomes["yeoul"].result) == (
        3,
        4,
        Result.NOT_CERTIFIED,
    )
    assert outcomes["mireu"].awaits is Awaited.DECISION
    assert outcomes["areum"].awaits is Awaited.SUPPLEMENT
    raon = outcomes["raon"]
    assert (raon.awaits, raon.vote.yes, raon.vote.yes_needed) == (Awaited.CARRIED_VOTE, 4, 5)
    certified = sorted(name for name, outcome in outcomes.items() if outcome.certified)
    assert certified == ["ara", "danbi", "garam", "hanbit", "iseul", "nuri", "onnuri"]
