"""WHAT COUNTS: the outcome of an application, from evaluation, the committee's vote, the proposal and the decision.

The committee deliberates and votes (Notice 2021-223 Art. 4), the operating body reports its evaluation (Art. 15(1)),
the Minister decides (Art. 15(2)). What must precede a decision is data: `rules/committee.yaml`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from smartcert.evaluation.committee import (
    check_decision,
    check_desk_corrections,
    count_members,
    count_votes,
    get_vote_result,
    list_unconfirmed,
)
from smartcert.evaluation.evaluate import evaluate_changed
from smartcert.model.application import Application, Round
from smartcert.model.committee import LevelDecision, Vote, VoteMatter
from smartcert.model.evaluation import Evaluation, Finding, FindingOutcome, Stage
from smartcert.model.outcome import (
    Awaited,
    LevelStep,
    Outcome,
    OutcomeStage,
    Result,
    Validity,
    VoteResult,
    VoteTally,
)
from smartcert.rules.rulebook import Rules

_AWAITED_OF_VOTE = {
    VoteResult.NOT_HELD: Awaited.VOTE,
    VoteResult.NO_QUORUM: Awaited.QUORUM,
    VoteResult.NOT_CARRIED: Awaited.CARRIED_VOTE,
}


def determine_outcomes(round_: Round, evaluations: Iterable[Evaluation], rules: Rules) -> tuple[Outcome, ...]:
    """Return what counts for every application, in the order of ``evaluations``."""
    applications = {application.id: application for application in round_.applications}
    decisions = {decision.applicant: decision for decision in round_.proceedings.decisions}
    votes: dict[str, list[Vote]] = {}
    for vote in round_.proceedings.votes:
        if vote.matter is VoteMatter.LEVEL:
            votes.setdefault(vote.applicant, []).append(vote)
    evaluations = tuple(evaluations)
    corrections = _check_corrections(round_, evaluations, rules)
    return tuple(
        _determine_outcome(
            evaluation,
            corrections.get(evaluation.id, ()),
            _tally(applications[evaluation.id], votes.get(evaluation.id, []), round_, rules),
            decisions.get(evaluation.id),
            round_,
            rules,
        )
        for evaluation in evaluations
    )


def _check_corrections(
    round_: Round, evaluations: Iterable[Evaluation], rules: Rules
) -> dict[str, tuple[Finding, ...]]:
    """Return by application what stands against desk corrections that nobody confirmed and that change its level.

    Each such application is evaluated again with those claims as they were sent.
    """
    applications = {application.id: application for application in round_.applications}
    scored = {
        evaluation.id: evaluation.level
        for evaluation in evaluations
        if evaluation.stage in (Stage.SCORING, Stage.EVALUATED)
    }
    computed = {name: result.level if result else None for name, result in scored.items()}
    undone = []
    for name in computed:
        figures = list_unconfirmed(applications[name], rules.committee)
        if figures:
            as_claimed = {figure.indicator: replace(figure, desk=figure.claimed) for figure in figures}
            measurements = {**applications[name].measurements, **as_claimed}
            undone.append(replace(applications[name], measurements=measurements))
    if not undone:
        return {}
    return {
        changed.id: check_desk_corrections(
            applications[changed.id],
            computed[changed.id],
            changed.level.level if changed.level else None,
            rules.committee,
        )
        for changed in evaluate_changed(round_, undone, rules, outlook=False)
    }


def _tally(application: Application, votes: list[Vote], round_: Round, rules: Rules) -> VoteTally:
    if not votes:
        return VoteTally(result=VoteResult.NOT_HELD)
    sitting = count_votes(votes, count_members(application, round_, rules.committee), rules.committee)
    return VoteTally(
        result=get_vote_result(sitting),
        members=sitting.members,
        present=sitting.present,
        present_needed=sitting.present_needed,
        yes=sitting.yes,
        no=sitting.no,
        abstained=sitting.abstained,
        yes_needed=sitting.yes_needed,
    )


def _determine_outcome(
    evaluation: Evaluation,
    corrections: tuple[Finding, ...],
    vote: VoteTally,
    decision: LevelDecision | None,
    round_: Round,
    rules: Rules,
) -> Outcome:
    proposed, decided = _split_decision(decision)
    findings = (*corrections, *_find_objections(evaluation, vote, decision, round_, rules))
    result = evaluation.level
    if result is None:
        # nothing was scored: no vote and no decision can put a level in the place of points
        waits = Awaited.CORRECTION if corrections else Awaited.SUPPLEMENT if _may_still_pass(evaluation) else None
        return Outcome(
            application=evaluation.id,
            stage=OutcomeStage(evaluation.stage.value),
            result=Result.OPEN if waits else Result.EXCLUDED,
            awaits=waits,
            vote=vote,
            proposed=proposed,
            decided=decided,
            findings=findings,
        )
    effective = decided is not None and not any(finding.refuses for finding in findings)
    if effective and decided is not None:
        certified = decided.level <= rules.levels.certified_from.value
        stage, outcome = OutcomeStage.DECIDED, Result.CERTIFIED if certified else Result.NOT_CERTIFIED
        awaits = None
        validity = _get_validity(rules) if certified else None
    else:
        outcome, validity = Result.OPEN, None
        awaits = Awaited.CORRECTION if corrections else _find_awaited(vote, proposed, decided, rules)
        stage = (
            OutcomeStage.PROPOSED
            if proposed
            else OutcomeStage.VOTED
            if vote.result in (VoteResult.CARRIED, VoteResult.NOT_CARRIED)
            else OutcomeStage.EVALUATED
        )
    return Outcome(
        application=evaluation.id,
        stage=stage,
        result=outcome,
        awaits=awaits,
        computed=result.level,
        meets_criteria=result.certified,
        vote=vote,
        proposed=proposed,
        decided=decided,
        validity=validity,
        findings=findings,
    )


def _get_validity(rules: Rules) -> Validity | None:
    """Return how long a certificate is valid; None where the scheme does not say so."""
    if rules.facts is not None and not rules.facts.validity_stated:
        return None
    valid_years = rules.certification.valid_years
    return Validity(years=valid_years.value, basis=valid_years.basis)


def _split_decision(decision: LevelDecision | None) -> tuple[LevelStep | None, LevelStep | None]:
    if decision is None:
        return None, None
    proposed = LevelStep(
        level=decision.proposed, by=decision.proposed_by, on=decision.proposed_on, reason=decision.proposal_reason
    )
    if decision.decided is None or decision.decided_on is None:
        return proposed, None
    return proposed, LevelStep(
        level=decision.decided, by=decision.decided_by, on=decision.decided_on, reason=decision.reason
    )


def _may_still_pass(evaluation: Evaluation) -> bool:
    """Return whether nothing is refused for good: what stands against the application may still be supplied."""
    refusing = [finding for finding in evaluation.findings if finding.refuses]
    return bool(refusing) and all(finding.outcome is FindingOutcome.OPEN for finding in refusing)


def _find_awaited(vote: VoteTally, proposed: LevelStep | None, decided: LevelStep | None, rules: Rules) -> Awaited:
    """Return the first thing that is missing, in the order of the procedure."""
    if rules.committee.decision_needs_vote.value and vote.result is not VoteResult.CARRIED:
        return _AWAITED_OF_VOTE[vote.result]
    if proposed is None:
        return Awaited.PROPOSAL
    return Awaited.VALID_DECISION if decided else Awaited.DECISION


def _find_objections(
    evaluation: Evaluation, vote: VoteTally, decision: LevelDecision | None, round_: Round, rules: Rules
) -> tuple[Finding, ...]:
    """Return what stands against the proposal and the decision on record."""
    if decision is None:
        return ()
    computed = evaluation.level.level if evaluation.level else None
    findings = check_decision(
        decision,
        computed,
        evaluation.applicant.full_name,
        rules.committee,
        vote=vote.result,
        committee=round_.committee,
    )
    return tuple(finding for finding in findings if finding.outcome is FindingOutcome.NOT_MET)
