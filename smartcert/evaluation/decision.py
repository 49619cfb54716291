"""Evaluation is not decision: the operating body proposes a level, the Minister decides (Notice 2021-223 Art. 15)."""

from __future__ import annotations

from fractions import Fraction

from smartcert.model.citation import Basis, Text
from smartcert.model.committee import LevelDecision
from smartcert.model.evaluation import Facts, Finding, Outcome, Stage
from smartcert.rules.committee import CommitteeRules


def decision_findings(
    decision: LevelDecision, computed: int | None, name: Text, rules: CommitteeRules
) -> tuple[Finding, ...]:
    """Return how a proposal and a decision stand beside the computed level (None: there is none).

    A level other than the computed one needs a reason where it first appears, and where the decision differs, proposal
    and decision by two different people. Neither changes the evaluation.
    """
    levels = {"computed": computed, "proposed": decision.proposed, "decided": decision.decided}
    facts = Facts(
        words={"id": decision.applicant, "proposed_by": decision.proposed_by, "decided_by": decision.decided_by},
        names={"applicant": name},
        numbers={key: Fraction(level) for key, level in levels.items() if level is not None},
    )
    found = [_state(decision, computed, facts, rules)]
    reason = rules.differing_decision_needs_reason
    differs = decision.proposed != computed
    if differs and reason.value and not decision.proposal_reason:
        found.append(_finding("proposal_without_reason", Outcome.NOT_MET, facts, (reason.basis,)))
    changed = decision.decided is not None and (decision.decided != computed or decision.decided != decision.proposed)
    if changed and reason.value and not decision.reason:
        found.append(_finding("decision_without_reason", Outcome.NOT_MET, facts, (reason.basis,)))
    persons = {_person(decision.proposed_by), _person(decision.decided_by)}
    if changed and len(persons) < rules.decision_persons.value:
        found.append(_finding("decision_by_one_person", Outcome.NOT_MET, facts, (rules.decision_persons.basis,)))
    return tuple(found)


def _state(decision: LevelDecision, computed: int | None, facts: Facts, rules: CommitteeRules) -> Finding:
    basis = (rules.differing_decision_needs_reason.basis,)
    if computed is None:
        return _finding("decision_without_level", Outcome.NOT_MET, facts, basis)
    if decision.decided is None:
        return _finding("decision_open", Outcome.OPEN, facts, basis)
    if decision.decided == computed:
        return _finding("decided_as_computed", Outcome.MET, facts, basis)
    return _finding("decided_otherwise", Outcome.NOTED, facts, basis)


def _person(name: str) -> str:
    return "".join(name.split()).casefold()


def _finding(code: str, outcome: Outcome, facts: Facts, basis: tuple[Basis, ...]) -> Finding:
    return Finding(code=code, stage=Stage.SCORING, outcome=outcome, basis=basis, facts=facts)
