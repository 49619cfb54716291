"""The state machine: whether an event is allowed, and the state after it."""

from __future__ import annotations

from collections.abc import Iterator

from smartcert.certification.effects import Contested, applied
from smartcert.certification.events import Event, EventKind
from smartcert.certification.guards import held_back
from smartcert.certification.holding import Law
from smartcert.certification.refusal import Refusal, refused
from smartcert.certification.state import RevocationStage, State
from smartcert.certification.steps import STEPS, Step, whose
from smartcert.model.citation import Basis
from smartcert.rules.certification import CertificationRules


def refusals(state: State, event: Event, law: Law, earlier: Contested) -> Iterator[Refusal]:
    """Yield why ``event`` is not allowed in ``state``; nothing if it is. The first is the plainest.

    ``earlier`` are the entries of the same holder that come before it, by number.

    Raises:
        NoRuleError: no rule on certificates holds yet on the day of the event.
    """
    rules = law(event.day)
    rule = whose(event.kind, rules)
    if event.role is not rule.value:
        terms = {"event": f"event.{event.kind}", "role": f"role.{event.role}", "wanted": f"role.{rule.value}"}
        yield refused("other_role", rule.basis, terms=terms)
    if event.kind is EventKind.CORRECTED:
        return
    step = STEPS[event.kind]
    wrong = tuple(_off_the_table(state, event, step, rules))
    yield from wrong or held_back(state, event, law, earlier)


def after(state: State, event: Event, law: Law, earlier: Contested) -> State | Refusal:
    """Return the state after ``event``, or why it is not allowed."""
    refusal = next(refusals(state, event, law, earlier), None)
    return refusal or applied(state, event, earlier)


def bases(event: Event, law: Law) -> tuple[Basis, ...]:
    """Return the rules that an event rests on, as its entry names them."""
    rules = law(event.day)
    found = [whose(event.kind, rules).basis]
    found += [getattr(rules, name).basis for name in _RESTS_ON.get(event.kind, ())]
    return tuple({basis.name: basis for basis in found}.values())


def _off_the_table(state: State, event: Event, step: Step, rules: CertificationRules) -> Iterator[Refusal]:
    stage = step.stage(state)
    if stage not in step.moves:
        part = type(stage).__name__.removesuffix("Stage").lower()
        terms = {"event": f"event.{event.kind}", "stage": f"stage_of_{part}.{stage}"}
        yield refused("not_now", whose(event.kind, rules).basis, terms=terms)
    elif state.certificate_stage not in step.certificate:
        terms = {"event": f"event.{event.kind}", "stage": f"stage_of_certificate.{state.certificate_stage}"}
        yield refused("not_now", whose(event.kind, rules).basis, terms=terms)
    elif step.quiet and state.revocation_stage is not RevocationStage.NONE:
        terms = {"event": f"event.{event.kind}"}
        yield refused("revocation_under_way", rules.revocation_notices.basis, terms=terms)


_RESTS_ON = {
    EventKind.APPLIED: ("extension_months_before",),
    EventKind.DECIDED: ("decider_did_not_evaluate",),
    EventKind.DECLINED: ("decider_did_not_evaluate",),
    EventKind.ISSUED: ("valid_years", "review_every_years", "mark_while_valid"),
    EventKind.EXTENDED: ("valid_years", "review_every_years", "extension_starts", "mark_while_valid"),
    EventKind.REVIEW_DUE: ("review_every_years", "extension_months_before"),
    EventKind.EXPIRED: ("valid_years",),
    EventKind.LAPSED: ("lapse_after_months",),
    EventKind.FIRST_NOTICE: ("explanation_period_stated", "revocation_improper", "revocation_below_criteria"),
    EventKind.SECOND_NOTICE: ("revocation_notices", "explanation_period_stated"),
    EventKind.EXPLANATION_RECEIVED: ("revocation_notices",),
    EventKind.REVOKED: ("revocation_improper", "revocation_below_criteria", "revocation_notices"),
    EventKind.REVOCATION_DROPPED: ("revocation_below_criteria",),
    EventKind.NOTIFIED: ("revocation_published",),
    EventKind.PUBLISHED: ("revocation_published",),
}
