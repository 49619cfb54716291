"""Everything on paper about the committee held against its law: read `proceedings_findings`."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from smartcert.evaluation.committee import labels
from smartcert.evaluation.conflicts import Conflict, conflicts
from smartcert.evaluation.decision import decision_findings
from smartcert.evaluation.members import member_findings
from smartcert.evaluation.sitting import Sitting, counted_members, fewest, free, sittings
from smartcert.model.application import Application, ExclusionKind, Round
from smartcert.model.citation import Cited, Text
from smartcert.model.committee import ConflictAnswer, Matter
from smartcert.model.evaluation import Evaluation, Facts, Finding, Outcome, Stage
from smartcert.rules.committee import CommitteeRules


def proceedings_findings(
    round_: Round, evaluations: Iterable[Evaluation], rules: CommitteeRules
) -> tuple[Finding, ...]:
    """Return members, conflicts, panels, votes, challenges and decisions, each held against its rule.

    Evaluators are named by their labels (E1, E2 ...). Panels and quorums are held for applications whose papers came
    through: the others are not judged.
    """
    judged = [one for one in evaluations if one.stage in (Stage.SCORING, Stage.EVALUATED)]
    levels = {one.id: one.level.level if one.level else None for one in judged}
    applications = {one.id: one for one in round_.applications}
    held = [*member_findings(round_, rules)]
    held += [conflict_finding(one, round_, rules) for one in conflicts(round_, rules)]
    held += [finding for one in judged for finding in panel_findings(applications[one.id], round_, rules)]
    outcomes = sittings(round_, rules)
    held += [sitting_finding(one, applications[one.applicant], round_, rules) for one in outcomes]
    held += challenge_findings(outcomes, round_, rules)
    for decision in round_.proceedings.decisions:
        name = applications[decision.applicant].applicant.name
        held += decision_findings(decision, levels.get(decision.applicant), name, rules)
    return tuple(held)


def conflict_finding(conflict: Conflict, round_: Round, rules: CommitteeRules) -> Finding:
    """Return a conflict as a finding: a found one stays open until the operating body has answered."""
    name = next(one.applicant.name for one in round_.applications if one.id == conflict.applicant)
    interest, answer = conflict.interest, conflict.answer
    days = {"ended": interest.ended} if interest.ended else {}
    if conflict.looked_back_to:
        days["back"] = conflict.looked_back_to
    facts = Facts(
        words={
            "evaluator": labels(round_.committee)[conflict.evaluator],
            "body": interest.body,
            "row": str(interest.line),
            **({"reason": answer.reason} if answer else {}),
        },
        names={"applicant": name},
        terms={"tie": f"tie.{conflict.tie}"},
        numbers={"ground": Fraction(conflict.ground)} if conflict.ground else {},
        days=days,
    )
    cited = rules.look_back_years if conflict.looked_back_to else rules.exclusion_grounds
    if conflict.declared:
        return _finding("conflict_declared", Outcome.NOTED, facts, cited)
    if answer is not None and answer.answer is ConflictAnswer.CLEARED:
        return _finding("conflict_cleared", Outcome.NOTED, facts, cited)
    if conflict.counts:
        return _finding("conflict_excluded", Outcome.NOTED, facts, cited)
    return _finding("conflict_found", Outcome.OPEN, facts, cited)


def panel_findings(application: Application, round_: Round, rules: CommitteeRules) -> list[Finding]:
    """Return whether enough members may judge an application to reach the quorum, and to judge as assigned."""
    members = counted_members(application, round_, rules)
    needed, able = fewest(rules.quorum.value, members), free(application, round_)
    assigned = [one.evaluator for one in round_.proceedings.assignments if one.applicant == application.id]
    numbers = {
        "members": Fraction(members),
        "needed": Fraction(needed),
        "free": Fraction(len(able)),
        "kept": Fraction(len(application.exclusions)),
        "assigned": Fraction(len(assigned)),
    }
    facts = Facts(words={"id": application.id}, names={"applicant": application.applicant.name}, numbers=numbers)
    if len(able) < needed:
        return [_finding("quorum_out_of_reach", Outcome.NOT_MET, facts, rules.quorum)]
    if assigned and len(assigned) < needed:
        return [_finding("assigned_below_quorum", Outcome.NOT_MET, facts, rules.quorum)]
    return []


def sitting_finding(one: Sitting, application: Application, round_: Round, rules: CommitteeRules) -> Finding:
    """Return the outcome of one vote as a finding."""
    facts = Facts(
        words={"id": one.applicant, **_about(one, round_)},
        names={"applicant": application.applicant.name},
        numbers={
            name: Fraction(getattr(one, name))
            for name in ("members", "present", "present_needed", "yes", "no", "abstained", "yes_needed")
        },
    )
    if not one.opened:
        return _finding(f"{one.matter}_without_quorum", Outcome.NOT_MET, facts, rules.quorum)
    outcome = Outcome.MET if one.carried else Outcome.NOT_MET
    if one.matter is Matter.CHALLENGE:
        outcome = Outcome.NOTED
    code = {True: "carried", False: "rejected"}[bool(one.carried)]
    return _finding(f"{one.matter}_{code}", outcome, facts, rules.decision)


def _about(one: Sitting, round_: Round) -> dict[str, str]:
    return {"evaluator": labels(round_.committee)[one.about]} if one.about else {}


def challenge_findings(outcomes: Iterable[Sitting], round_: Round, rules: CommitteeRules) -> list[Finding]:
    """Return the challenges whose vote and whose row in the exclusions say different things."""
    votes = {(one.applicant, one.about): one for one in outcomes if one.matter is Matter.CHALLENGE}
    label = labels(round_.committee)
    found = []
    for application in round_.applications:
        rows = {one.evaluator for one in application.exclusions if one.kind is ExclusionKind.CHALLENGE}
        kept = {one.evaluator for one in application.exclusions}
        for (name, evaluator), one in votes.items():
            if name == application.id and one.carried and evaluator not in kept:
                facts = _facts(label[evaluator], application.applicant.name)
                found.append(_finding("challenge_not_followed", Outcome.NOT_MET, facts, rules.challenge))
        for evaluator in sorted(rows):
            vote = votes.get((application.id, evaluator))
            facts = _facts(label[evaluator], application.applicant.name)
            if vote is None:
                found.append(_finding("challenge_without_vote", Outcome.OPEN, facts, rules.challenge))
            elif not vote.carried:
                found.append(_finding("challenge_against_vote", Outcome.NOT_MET, facts, rules.challenge))
    return found


def _facts(label: str, name: Text) -> Facts:
    return Facts(words={"evaluator": label}, names={"applicant": name})


def _finding(code: str, outcome: Outcome, facts: Facts, rule: Cited[Any]) -> Finding:
    return Finding(code=code, stage=Stage.SCORING, outcome=outcome, basis=(rule.basis,), facts=facts)
