"""What else must be true."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from smartcert.certification import events as days
from smartcert.certification.events import Event, EventKind, Ground, Purpose, Refusal, refused
from smartcert.certification.state import VALID, Application, Holding, Law, RevocationStage, State, holding
from smartcert.certification.transitions import CONTESTABLE, STEPS, Contested, Step, applied, person, whose
from smartcert.model.citation import Basis, Cited
from smartcert.rules.parameters import CertificationRules, Duty

# --- What else must be true for a step, beside the table: persons, periods, levels, the evaluation that it rests on.

Guard = Callable[[State, Event, Law, Contested], Iterator[Refusal]]


def held_back(state: State, event: Event, law: Law, earlier: Contested) -> Iterator[Refusal]:
    """Yield why an event is not allowed that the table allows."""
    for guard in GUARDS.get(event.kind, ()):
        yield from guard(state, event, law, earlier)


def duty(ground: Ground, rules: CertificationRules) -> Cited[Duty]:
    """Return whether a ground binds the Minister."""
    return rules.revocation_improper if ground is Ground.IMPROPER else rules.revocation_below_criteria


def _asks_for_what_there_is(state: State, event: Event, law: Law, _earlier: Contested) -> Iterator[Refusal]:
    if event.text("purpose") != Purpose.EXTENSION:
        return
    held = holding(state, event.day, law)
    if held not in {*VALID, Holding.EXPIRED}:
        rules = law(event.day)
        basis = rules.lapse_after_months if held is Holding.LAPSED else rules.review_every_years
        yield refused("nothing_to_extend", basis.basis, terms={"holding": f"holding.{held}"})


def _rests_on_an_evaluation(_state: State, event: Event, law: Law, _earlier: Contested) -> Iterator[Refusal]:
    if len(event.evaluation) != _HEX_DIGITS:
        yield refused("no_evaluation", law(event.day).evaluates.basis)


def _rests_on_the_same(state: State, event: Event, law: Law, _earlier: Contested) -> Iterator[Refusal]:
    if event.evaluation != _application(state).evaluation:
        yield refused("other_evaluation", law(event.day).decides.basis, terms={"event": f"event.{event.kind}"})


def _is_another_person(state: State, event: Event, law: Law, _earlier: Contested) -> Iterator[Refusal]:
    rule = law(event.day).decider_did_not_evaluate
    if rule.value and person(event.actor) in _application(state).evaluators:
        yield refused("decided_by_evaluator", rule.basis, words={"actor": event.actor})


def _reached_a_certified_level(state: State, event: Event, law: Law, _earlier: Contested) -> Iterator[Refusal]:
    under_way = _application(state)
    if not under_way.certified:
        yield refused("not_certified", law(event.day).decides.basis)
    elif event.number("level") != under_way.level:
        words = {"level": event.text("level"), "evaluated": str(under_way.level)}
        yield refused("other_level", law(event.day).decides.basis, words=words)


def _has_the_decided_level(state: State, event: Event, law: Law, _earlier: Contested) -> Iterator[Refusal]:
    decided = _application(state).level
    if event.number("level") != decided:
        words = {"level": event.text("level"), "evaluated": str(decided)}
        yield refused("other_level", law(event.day).issues.basis, words=words)


def _answers(purpose: Purpose) -> Guard:
    def guard(state: State, event: Event, law: Law, _earlier: Contested) -> Iterator[Refusal]:
        asked = _application(state).purpose
        if asked is not purpose:
            yield refused("other_purpose", law(event.day).issues.basis, terms={"purpose": f"purpose.{asked}"})

    return guard


def _is_valid_as_long(state: State, event: Event, law: Law, _earlier: Contested) -> Iterator[Refusal]:
    rules, latest = law(event.day), state.certificate
    if event.kind is EventKind.EXTENDED and latest is not None:
        wanted = days.next_period(latest.valid_to, event.day, rules)
    else:
        wanted = days.first_period(event.day, rules)
    if (event.date("valid_from"), event.date("valid_to")) != wanted:
        told = {"valid_from": wanted[0], "valid_to": wanted[1]}
        yield refused("other_period", rules.valid_years.basis, rules.extension_starts.basis, days=told)


def _period_is_whole(_state: State, event: Event, _law: Law, _earlier: Contested) -> Iterator[Refusal]:
    if event.date("valid_from") > event.date("valid_to"):
        yield refused("period_ends_before_it_begins")


def _is_so_by_the_days(wanted: frozenset[Holding]) -> Guard:
    def guard(state: State, event: Event, law: Law, _earlier: Contested) -> Iterator[Refusal]:
        held = holding(state, event.day, law)
        if held not in wanted:
            rules = law(event.day)
            basis = rules.lapse_after_months if event.kind is EventKind.LAPSED else rules.valid_years
            terms = {"event": f"event.{event.kind}", "holding": f"holding.{held}"}
            yield refused("not_so_by_the_days", basis.basis, terms=terms)

    return guard


def _can_still_be_revoked(state: State, event: Event, law: Law, _earlier: Contested) -> Iterator[Refusal]:
    """What no longer holds cannot fall below the criteria; that it was got improperly still counts until it lapsed."""
    ground = Ground(event.text("ground"))
    held = holding(state, event.day, law)
    if held not in VALID and not (ground is Ground.IMPROPER and held is Holding.EXPIRED):
        terms = {"ground": f"ground.{ground}", "holding": f"holding.{held}"}
        yield refused("nothing_to_revoke", duty(ground, law(event.day)).basis, terms=terms)


def _states_a_period(_state: State, event: Event, law: Law, _earlier: Contested) -> Iterator[Refusal]:
    if event.date("until") <= event.day:
        yield refused(
            "period_too_short", law(event.day).explanation_period_stated.basis, days={"until": event.date("until")}
        )


def _first_was_silent(state: State, event: Event, law: Law, _earlier: Contested) -> Iterator[Refusal]:
    under_way, rules = state.revocation, law(event.day)
    if under_way is None:
        return
    if event.day <= under_way.until:
        yield refused("period_not_over", rules.revocation_notices.basis, days={"until": under_way.until})
    if under_way.notices >= rules.revocation_notices.value:
        yield refused("notices_given", rules.revocation_notices.basis)


def _comes_in_the_period(state: State, event: Event, law: Law, _earlier: Contested) -> Iterator[Refusal]:
    if state.revocation is not None and event.day > state.revocation.until:
        rules = law(event.day)
        yield refused("explained_too_late", rules.revocation_notices.basis, days={"until": state.revocation.until})


def _leaves_discretion(state: State, event: Event, law: Law, _earlier: Contested) -> Iterator[Refusal]:
    if state.revocation is None:
        return
    rule = duty(state.revocation.ground, law(event.day))
    if rule.value is Duty.MUST:
        yield refused("revocation_binds", rule.basis, terms={"ground": f"ground.{state.revocation.ground}"})


def _tells_the_discretion(state: State, event: Event, law: Law, _earlier: Contested) -> Iterator[Refusal]:
    if state.revocation is None:
        return
    rule = duty(state.revocation.ground, law(event.day))
    if rule.value is Duty.MAY and not event.text("discretion"):
        yield refused("discretion_untold", rule.basis, terms={"ground": f"ground.{state.revocation.ground}"})


def _procedure_is_over(state: State, event: Event, law: Law, _earlier: Contested) -> Iterator[Refusal]:
    """Revoked is after the explanation was found groundless, or when the last period passed with nothing."""
    under_way, rules = state.revocation, law(event.day)
    if under_way is None or under_way.stage is RevocationStage.GROUNDLESS:
        return
    if under_way.notices < rules.revocation_notices.value:
        yield refused("notice_missing", rules.revocation_notices.basis)
    if event.day <= under_way.until:
        yield refused("period_not_over", rules.revocation_notices.basis, days={"until": under_way.until})


def _is_told_once(state: State, event: Event, law: Law, _earlier: Contested) -> Iterator[Refusal]:
    if event.kind in state.announced:
        basis = law(event.day).revocation_published.basis
        yield refused("announced_already", basis, terms={"event": f"event.{event.kind}"})


def _can_be_contested(_state: State, event: Event, law: Law, earlier: Contested) -> Iterator[Refusal]:
    against = earlier.get(int(event.text("against")))
    if against is None or against.kind not in CONTESTABLE:
        rule = law(event.day).handles_objections
        yield refused("not_contestable", rule.basis, words={"entry": event.text("against")})


def _did_not_decide_it(state: State, event: Event, law: Law, _earlier: Contested) -> Iterator[Refusal]:
    if state.objection is not None and person(event.actor) == state.objection.by:
        rule = law(event.day).decider_did_not_evaluate
        yield refused("answers_its_own", rule.basis, words={"actor": event.actor})


def _application(state: State) -> Application:
    """Return the application under way, which the table has held to be there."""
    if state.application is None:
        raise AssertionError("the table allows this step only while an application is under way")
    return state.application


_HEX_DIGITS = 64
_DECIDING: tuple[Guard, ...] = (_rests_on_the_same, _is_another_person)

GUARDS: Mapping[EventKind, tuple[Guard, ...]] = {
    EventKind.APPLIED: (_asks_for_what_there_is,),
    EventKind.EVALUATED: (_rests_on_an_evaluation,),
    EventKind.PROPOSED: (_rests_on_the_same,),
    EventKind.DECIDED: (*_DECIDING, _reached_a_certified_level),
    EventKind.DECLINED: _DECIDING,
    EventKind.ISSUED: (_rests_on_the_same, _answers(Purpose.NEW), _has_the_decided_level, _is_valid_as_long),
    EventKind.EXTENDED: (_rests_on_the_same, _answers(Purpose.EXTENSION), _has_the_decided_level, _is_valid_as_long),
    EventKind.TRANSCRIBED: (_period_is_whole,),
    EventKind.REVIEW_DUE: (_is_so_by_the_days(frozenset({Holding.REVIEW_DUE})),),
    EventKind.REVIEWED: (_is_so_by_the_days(VALID),),
    EventKind.EXPIRED: (_is_so_by_the_days(frozenset({Holding.EXPIRED})),),
    EventKind.LAPSED: (_is_so_by_the_days(frozenset({Holding.LAPSED})),),
    EventKind.FIRST_NOTICE: (_can_still_be_revoked, _states_a_period),
    EventKind.SECOND_NOTICE: (_first_was_silent, _states_a_period),
    EventKind.EXPLANATION_RECEIVED: (_comes_in_the_period,),
    EventKind.REVOCATION_DROPPED: (_leaves_discretion,),
    EventKind.REVOKED: (_procedure_is_over, _tells_the_discretion),
    EventKind.NOTIFIED: (_is_told_once,),
    EventKind.PUBLISHED: (_is_told_once,),
    EventKind.OBJECTION_FILED: (_can_be_contested,),
    EventKind.OBJECTION_DECIDED: (_did_not_decide_it,),
}
"""The guards of each step, in the order in which their refusals are told."""


# --- The state machine: whether an event is allowed, and the state after it.


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
