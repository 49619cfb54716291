"""May an event be entered in the present state, by the table of the procedure and by what else the law demands?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date

from smartcert.certification import periods
from smartcert.certification.events import Event, EventKind, Ground, Purpose, Refusal, build_refusal
from smartcert.certification.state import (
    RUNNING,
    VALID,
    HolderState,
    Holding,
    Law,
    PendingApplication,
    RevocationStage,
    bind_law,
    find_holding,
)
from smartcert.certification.transitions import (
    CONTESTABLE,
    STEPS,
    EarlierEvents,
    TransitionStep,
    apply_event,
    get_role_rule,
)
from smartcert.characters import normalise_person
from smartcert.model.citation import Basis, Cited
from smartcert.rules.parameters import CertificationRules, Duty

Guard = Callable[[HolderState, Event, Law, EarlierEvents], Iterator[Refusal]]
"""Yields why an event that the table allows is refused nevertheless."""


def find_refusals(state: HolderState, event: Event, law: Law, earlier: EarlierEvents) -> Iterator[Refusal]:
    """Yield why ``event`` is not allowed in ``state``; nothing if it is.

    First whose step it is, then the table of the procedure; only if the table allows the event, its guards.
    ``earlier`` are the entries of the same holder that come before it, by number.

    Raises:
        NoRuleError: no rule on certificates is in force yet on the day of the event.
    """
    law = bind_law(law, find_edition(state, event.kind, event.text("edition")))
    rules = law(event.day)
    rule = get_role_rule(event.kind, rules)
    if event.role is not rule.value:
        terms = {"event": f"event.{event.kind}", "role": f"role.{event.role}", "wanted": f"role.{rule.value}"}
        yield build_refusal("other_role", rule.basis, terms=terms)
    if event.kind is EventKind.CORRECTED:
        return
    by_table = tuple(_check_table(state, event, STEPS[event.kind], rules))
    yield from by_table
    if not by_table:
        for guard in GUARDS.get(event.kind, ()):
            yield from guard(state, event, law, earlier)


def advance(state: HolderState, event: Event, law: Law, earlier: EarlierEvents) -> HolderState | Refusal:
    """Return the state after ``event``, or the first reason why it is not allowed."""
    refusal = next(find_refusals(state, event, law, earlier), None)
    return refusal or apply_event(state, event, earlier)


def find_edition(state: HolderState, kind: EventKind, stated: str = "") -> str:
    """Return the edition whose scheme's law an event of a ``kind`` is under; empty where none is known.

    It is the one that the event states, that of the application for a step of one, else that of the latest certificate.
    """
    application = state.application or state.declined
    if stated:
        return stated
    if application is not None and (kind in STEPS_OF_APPLICATION or state.certificate is None):
        return application.edition
    return state.certificate.edition if state.certificate is not None else ""


STEPS_OF_APPLICATION = frozenset(
    {
        *(EventKind.WITHDRAWN, EventKind.EVALUATED, EventKind.PROPOSED, EventKind.DECIDED, EventKind.DECLINED),
        *(EventKind.ISSUED, EventKind.EXTENDED),
    }
)
"""The steps of an application after its arrival."""


def find_bases(event: Event, law: Law) -> tuple[Basis, ...]:
    """Return the rules that an event rests on, as its entry names them."""
    rules = law(event.day)
    bases = [get_role_rule(event.kind, rules).basis]
    bases += [getattr(rules, name).basis for name in _RULES_BY_KIND.get(event.kind, ())]
    return tuple({basis.name: basis for basis in bases}.values())


def _check_table(
    state: HolderState, event: Event, step: TransitionStep, rules: CertificationRules
) -> Iterator[Refusal]:
    stage = step.stage(state)
    latest, undone = state.certificate, event.kind is EventKind.REINSTATED
    if undone and latest and not latest.ended and any(one.ended == "revoked" for one in state.certificates[:-1]):
        words = {"number": latest.number or latest.subject}
        yield build_refusal("earlier_not_restored", rules.reinstates.basis, words=words)
    elif stage not in step.moves:
        part = type(stage).__name__.removesuffix("Stage").lower()
        terms = {"event": f"event.{event.kind}", "stage": f"stage_of_{part}.{stage}"}
        yield build_refusal("not_now", get_role_rule(event.kind, rules).basis, terms=terms)
    elif state.certificate_stage not in step.certificate:
        terms = {"event": f"event.{event.kind}", "stage": f"stage_of_certificate.{state.certificate_stage}"}
        yield build_refusal("not_now", get_role_rule(event.kind, rules).basis, terms=terms)
    elif step.quiet and state.revocation_stage is not RevocationStage.NONE:
        terms = {"event": f"event.{event.kind}"}
        yield build_refusal("revocation_under_way", rules.revocation_notices.basis, terms=terms)


_RULES_BY_KIND: Mapping[EventKind, tuple[str, ...]] = {
    EventKind.APPLIED: ("extension_months_before",),
    EventKind.DECIDED: ("decider_did_not_evaluate",),
    EventKind.DECLINED: ("decider_did_not_evaluate",),
    EventKind.ISSUED: ("valid_years", "review_every_years", "mark_while_valid", "new_certificate_replaces"),
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
    EventKind.REVOCATION_RESUMED: ("revocation_published",),
    EventKind.SUSPENDED: ("mark_while_valid",),
    EventKind.MARK_MISUSED: ("mark_while_valid", "misuse_fine_at_most"),
    EventKind.CHANGE_STANDS: ("code_change_leaves_certificate",),
    EventKind.CHANGE_ENDS: ("code_change_leaves_certificate",),
}
"""The rules that an event rests on beside the one that says whose step it is."""


def get_duty(ground: Ground, rules: CertificationRules) -> Cited[Duty]:
    """Return the rule that says whether a ground binds the Minister or leaves discretion."""
    return rules.revocation_improper if ground is Ground.IMPROPER else rules.revocation_below_criteria


def _check_extension_possible(state: HolderState, event: Event, law: Law, _earlier: EarlierEvents) -> Iterator[Refusal]:
    if event.text("purpose") != Purpose.EXTENSION:
        return
    holding = find_holding(state, event.day, law)
    if holding not in {*RUNNING, Holding.EXPIRED}:
        rules = law(event.day)
        basis = rules.lapse_after_months if holding is Holding.LAPSED else rules.review_every_years
        yield build_refusal("nothing_to_extend", basis.basis, terms={"holding": f"holding.{holding}"})


def _check_services_certified(
    _state: HolderState, event: Event, law: Law, _earlier: EarlierEvents
) -> Iterator[Refusal]:
    """Check that a service is named only under a scheme by which certificates of one holder stand side by side."""
    rule = law(event.day).new_certificate_replaces
    if event.target.service and rule.value:
        yield build_refusal("no_services", rule.basis, words={"service": event.target.service})


def _check_evaluation_given(_state: HolderState, event: Event, law: Law, _earlier: EarlierEvents) -> Iterator[Refusal]:
    if len(event.evaluation) != _SHA256_DIGITS:
        yield build_refusal("no_evaluation", law(event.day).evaluates.basis)


def _check_same_evaluation(state: HolderState, event: Event, law: Law, _earlier: EarlierEvents) -> Iterator[Refusal]:
    if event.evaluation != _get_application(state).evaluation:
        yield build_refusal("other_evaluation", law(event.day).decides.basis, terms={"event": f"event.{event.kind}"})


def _check_decider_did_not_evaluate(
    state: HolderState, event: Event, law: Law, _earlier: EarlierEvents
) -> Iterator[Refusal]:
    rule = law(event.day).decider_did_not_evaluate
    if rule.value and normalise_person(event.actor) in _get_application(state).evaluators:
        yield build_refusal("decided_by_evaluator", rule.basis, words={"actor": event.actor})


def _check_certified_level(state: HolderState, event: Event, law: Law, _earlier: EarlierEvents) -> Iterator[Refusal]:
    """Check that the level decided is one that is certified; where it is not the computed one, as `_check_otherwise`.

    Whether another level than the computed one is certified is known only from the entry on the evaluation, which says
    down to which level the rules of the round certify.
    """
    under_way, level = _get_application(state), event.number("level")
    rule = law(event.day).decides
    if level == under_way.level:
        if not under_way.certified:
            yield build_refusal("not_certified", rule.basis)
        return
    yield from _check_otherwise(state, event, law)
    if under_way.certified_from is None:
        words = {"level": event.text("level"), "evaluated": str(under_way.level)}
        yield build_refusal("certified_levels_unknown", rule.basis, words=words)
    elif level is not None and level > under_way.certified_from:
        yield build_refusal("not_certified", rule.basis)


def _check_declined_level(state: HolderState, event: Event, law: Law, _earlier: EarlierEvents) -> Iterator[Refusal]:
    """Check the level of a decision not to certify, where it is stated: it is none that is certified."""
    under_way, level = _get_application(state), event.number("level")
    if level is None:
        return
    if level != under_way.level:
        yield from _check_otherwise(state, event, law)
    if under_way.certified_from is not None and level <= under_way.certified_from:
        words = {"level": event.text("level")}
        yield build_refusal("level_is_certified", law(event.day).decides.basis, words=words)


def _check_otherwise(state: HolderState, event: Event, law: Law) -> Iterator[Refusal]:
    """Check a decision on another level than the computed one: with its reason, and by two persons."""
    under_way, rules = _get_application(state), law(event.day)
    words = {"level": event.text("level"), "evaluated": str(under_way.level)}
    if not event.text("otherwise"):
        yield build_refusal("otherwise_without_reason", rules.proposes.basis, rules.decides.basis, words=words)
    if normalise_person(event.actor) == under_way.proposer:
        words["actor"] = event.actor
        yield build_refusal("otherwise_by_one_person", rules.proposes.basis, rules.decides.basis, words=words)


def _check_decided_level(state: HolderState, event: Event, law: Law, _earlier: EarlierEvents) -> Iterator[Refusal]:
    decided = _get_application(state).level
    if event.number("level") != decided:
        words = {"level": event.text("level"), "evaluated": str(decided)}
        yield build_refusal("other_level", law(event.day).issues.basis, words=words)


def _check_purpose(purpose: Purpose) -> Guard:
    def guard(state: HolderState, event: Event, law: Law, _earlier: EarlierEvents) -> Iterator[Refusal]:
        asked = _get_application(state).purpose
        if asked is not purpose:
            yield build_refusal("other_purpose", law(event.day).issues.basis, terms={"purpose": f"purpose.{asked}"})

    return guard


def compute_validity(state: HolderState, event: Event, law: Law) -> tuple[date, date]:
    """Return the first and last day that the rules give the validity that ``event`` begins, after ``state``.

    ``event`` is the issue of a certificate or its extension, and ``law`` that of its scheme.
    """
    rules, latest = law(event.day), state.certificate
    if event.kind is EventKind.EXTENDED and latest is not None:
        decided = _get_application(state).decided_on or event.day
        return periods.compute_next_period(latest.valid_to, decided, rules)
    return periods.compute_first_period(event.day, rules)


def _check_validity_period(state: HolderState, event: Event, law: Law, earlier: EarlierEvents) -> Iterator[Refusal]:
    """Check that a validity is on the days that the rules give it, or says why it is not.

    An extension may also run by the day of its entry, as earlier versions entered it. Such an entry is what was done,
    so registers with one stay valid; a new one is refused where it is entered (`timeline.admit_draft`).
    """
    if event.text("otherwise"):
        yield from _check_days_in_order(state, event, law, earlier)
        return
    rules, latest = law(event.day), state.certificate
    days, wanted = (event.date("valid_from"), event.date("valid_to")), compute_validity(state, event, law)
    allowed = {wanted}
    if event.kind is EventKind.EXTENDED and latest is not None:
        allowed.add(periods.compute_next_period(latest.valid_to, event.day, rules))
    if days not in allowed:
        yield build_validity_refusal(wanted, rules)


def build_validity_refusal(wanted: tuple[date, date], rules: CertificationRules) -> Refusal:
    """Return the refusal of a validity on other days than the ``wanted`` ones that does not say why."""
    days = {"valid_from": wanted[0], "valid_to": wanted[1]}
    return build_refusal("other_period", rules.valid_years.basis, rules.extension_starts.basis, days=days)


def _check_days_in_order(_state: HolderState, event: Event, _law: Law, _earlier: EarlierEvents) -> Iterator[Refusal]:
    if event.date("valid_from") > event.date("valid_to"):
        yield build_refusal("period_ends_before_it_begins")


def _check_holding(wanted: frozenset[Holding]) -> Guard:
    def guard(state: HolderState, event: Event, law: Law, _earlier: EarlierEvents) -> Iterator[Refusal]:
        holding = find_holding(state, event.day, law)
        if holding not in wanted:
            rules = law(event.day)
            basis = rules.lapse_after_months if event.kind is EventKind.LAPSED else rules.valid_years
            terms = {"event": f"event.{event.kind}", "holding": f"holding.{holding}"}
            yield build_refusal("not_so_by_the_days", basis.basis, terms=terms)

    return guard


def _check_revocable(state: HolderState, event: Event, law: Law, _earlier: EarlierEvents) -> Iterator[Refusal]:
    """Check that there is something to revoke: a valid certificate, or where obtained improperly an expired one."""
    ground = Ground(event.text("ground"))
    holding = find_holding(state, event.day, law)
    if holding not in RUNNING and not (ground is Ground.IMPROPER and holding is Holding.EXPIRED):
        terms = {"ground": f"ground.{ground}", "holding": f"holding.{holding}"}
        yield build_refusal("nothing_to_revoke", get_duty(ground, law(event.day)).basis, terms=terms)


def _check_explanation_period(
    _state: HolderState, event: Event, law: Law, _earlier: EarlierEvents
) -> Iterator[Refusal]:
    if event.date("until") <= event.day:
        yield build_refusal(
            "period_too_short", law(event.day).explanation_period_stated.basis, days={"until": event.date("until")}
        )


def _check_second_notice(state: HolderState, event: Event, law: Law, _earlier: EarlierEvents) -> Iterator[Refusal]:
    under_way, rules = state.revocation, law(event.day)
    if under_way is None:
        return
    if event.day <= under_way.until:
        yield build_refusal("period_not_over", rules.revocation_notices.basis, days={"until": under_way.until})
    if under_way.notices >= rules.revocation_notices.value:
        yield build_refusal("notices_given", rules.revocation_notices.basis)


def _check_explanation_in_time(
    state: HolderState, event: Event, law: Law, _earlier: EarlierEvents
) -> Iterator[Refusal]:
    if state.revocation is not None and event.day > state.revocation.until:
        rules = law(event.day)
        yield build_refusal(
            "explained_too_late", rules.revocation_notices.basis, days={"until": state.revocation.until}
        )


def _check_discretion_to_drop(state: HolderState, event: Event, law: Law, _earlier: EarlierEvents) -> Iterator[Refusal]:
    if state.revocation is None:
        return
    rule = get_duty(state.revocation.ground, law(event.day))
    if rule.value is Duty.MUST:
        yield build_refusal("revocation_binds", rule.basis, terms={"ground": f"ground.{state.revocation.ground}"})


def _check_discretion_stated(state: HolderState, event: Event, law: Law, _earlier: EarlierEvents) -> Iterator[Refusal]:
    if state.revocation is None:
        return
    rule = get_duty(state.revocation.ground, law(event.day))
    if rule.value is Duty.MAY and not event.text("discretion"):
        yield build_refusal("discretion_untold", rule.basis, terms={"ground": f"ground.{state.revocation.ground}"})


def _check_procedure_complete(state: HolderState, event: Event, law: Law, _earlier: EarlierEvents) -> Iterator[Refusal]:
    """Check that the explanation was found groundless, or that the last period has passed with nothing."""
    under_way, rules = state.revocation, law(event.day)
    if under_way is None or under_way.stage is RevocationStage.GROUNDLESS:
        return
    if under_way.notices < rules.revocation_notices.value:
        yield build_refusal("notice_missing", rules.revocation_notices.basis)
    if event.day <= under_way.until:
        yield build_refusal("period_not_over", rules.revocation_notices.basis, days={"until": under_way.until})


def _check_complaint_waits(state: HolderState, event: Event, law: Law, _earlier: EarlierEvents) -> Iterator[Refusal]:
    if event.number("complaint") not in {complaint.entry for complaint in state.complaints}:
        rule = law(event.day).handles_complaints
        yield build_refusal("no_such_complaint", rule.basis, words={"entry": event.text("complaint")})


def _check_misuse(state: HolderState, event: Event, law: Law, _earlier: EarlierEvents) -> Iterator[Refusal]:
    """Check that the mark may not be used on that day, and that a fine is not above what the Act allows."""
    rules = law(event.day)
    if find_holding(state, event.day, law) in VALID:
        yield build_refusal("mark_may_be_used", rules.mark_while_valid.basis)
    fine, most = event.number("fine"), rules.misuse_fine_at_most
    if fine is not None and fine > most.value:
        yield build_refusal("fine_too_high", most.basis, words={"fine": f"{fine:,}", "most": f"{most.value:,}"})


def _check_restored_since(state: HolderState, event: Event, law: Law, _earlier: EarlierEvents) -> Iterator[Refusal]:
    """Check that what ended is restored from a day between its end and the day of the entry, both included."""
    ended = state.certificate.ended_on if state.certificate is not None else None
    if event.text("since") and ended is not None and not ended <= event.date("since") <= event.day:
        days = {"first": ended, "last": event.day}
        yield build_refusal("since_out_of_range", law(event.day).reinstates.basis, days=days)


def _check_resumed_since(state: HolderState, event: Event, law: Law, _earlier: EarlierEvents) -> Iterator[Refusal]:
    """Check that a revocation was undone, and counts again from a day between its own and that of the entry."""
    revoked = state.certificate.revoked_on if state.certificate is not None else None
    rule = law(event.day).reinstates
    if revoked is None:
        yield build_refusal("nothing_to_resume", rule.basis)
    elif not revoked <= event.date("since") <= event.day:
        yield build_refusal("since_out_of_range", rule.basis, days={"first": revoked, "last": event.day})


def _check_not_announced(state: HolderState, event: Event, law: Law, _earlier: EarlierEvents) -> Iterator[Refusal]:
    if event.kind in state.announced:
        basis = law(event.day).revocation_published.basis
        yield build_refusal("announced_already", basis, terms={"event": f"event.{event.kind}"})


def _check_contestable(_state: HolderState, event: Event, law: Law, earlier: EarlierEvents) -> Iterator[Refusal]:
    against = earlier.get(int(event.text("against")))
    if against is None or against.kind not in CONTESTABLE:
        rule = law(event.day).handles_objections
        yield build_refusal("not_contestable", rule.basis, words={"entry": event.text("against")})


def _check_objection_decider(state: HolderState, event: Event, law: Law, _earlier: EarlierEvents) -> Iterator[Refusal]:
    if state.objection is not None and normalise_person(event.actor) == state.objection.by:
        rule = law(event.day).decider_did_not_evaluate
        yield build_refusal("answers_its_own", rule.basis, words={"actor": event.actor})


def _get_application(state: HolderState) -> PendingApplication:
    """Return the application under way; the table has made sure that there is one."""
    if state.application is None:
        raise AssertionError("the table allows this step only while an application is under way")
    return state.application


_SHA256_DIGITS = 64
_DECISION_GUARDS: tuple[Guard, ...] = (_check_same_evaluation, _check_decider_did_not_evaluate)

GUARDS: Mapping[EventKind, tuple[Guard, ...]] = {
    EventKind.APPLIED: (_check_services_certified, _check_extension_possible),
    EventKind.EVALUATED: (_check_evaluation_given,),
    EventKind.PROPOSED: (_check_same_evaluation,),
    EventKind.DECIDED: (*_DECISION_GUARDS, _check_certified_level),
    EventKind.DECLINED: (*_DECISION_GUARDS, _check_declined_level),
    EventKind.ISSUED: (
        _check_same_evaluation,
        _check_purpose(Purpose.NEW),
        _check_decided_level,
        _check_validity_period,
    ),
    EventKind.EXTENDED: (
        _check_same_evaluation,
        _check_purpose(Purpose.EXTENSION),
        _check_decided_level,
        _check_validity_period,
    ),
    EventKind.TRANSCRIBED: (_check_days_in_order,),
    EventKind.REVIEW_DUE: (_check_holding(frozenset({Holding.REVIEW_DUE})),),
    EventKind.REVIEWED: (_check_holding(RUNNING),),
    EventKind.EXPIRED: (_check_holding(frozenset({Holding.EXPIRED})),),
    EventKind.LAPSED: (_check_holding(frozenset({Holding.LAPSED})),),
    EventKind.FIRST_NOTICE: (_check_revocable, _check_explanation_period),
    EventKind.SECOND_NOTICE: (_check_second_notice, _check_explanation_period),
    EventKind.EXPLANATION_RECEIVED: (_check_explanation_in_time,),
    EventKind.REVOCATION_DROPPED: (_check_discretion_to_drop,),
    EventKind.REVOKED: (_check_procedure_complete, _check_discretion_stated),
    EventKind.REINSTATED: (_check_restored_since,),
    EventKind.REVOCATION_RESUMED: (_check_resumed_since,),
    EventKind.NOTIFIED: (_check_not_announced,),
    EventKind.PUBLISHED: (_check_not_announced,),
    EventKind.OBJECTION_FILED: (_check_contestable,),
    EventKind.OBJECTION_DECIDED: (_check_objection_decider,),
    EventKind.SUSPENDED: (_check_holding(VALID),),
    EventKind.COMPLAINT_ANSWERED: (_check_complaint_waits,),
    EventKind.MARK_MISUSED: (_check_misuse,),
}
"""The guards of each step, in the order in which their refusals are given."""
