"""Which event leads from which stage to which, whose step it is, and what does it do to the state?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from enum import StrEnum

from smartcert.certification.events import Event, EventKind, Ground, Purpose
from smartcert.certification.state import (
    ApplicationStage,
    Certificate,
    CertificateStage,
    Complaint,
    HolderState,
    Objection,
    ObjectionStage,
    PendingApplication,
    Period,
    Revocation,
    RevocationStage,
    SuspensionStage,
    ValidityGap,
)
from smartcert.characters import normalise_person
from smartcert.lazy_dataclass import dataclass
from smartcert.model.citation import Cited, Text
from smartcert.rules.parameters import CertificationRules, Role

_DAY = timedelta(days=1)
_A, _C, _R, _O, _S = ApplicationStage, CertificateStage, RevocationStage, ObjectionStage, SuspensionStage
_CERTIFICATE_HELD = frozenset({_C.HELD})
_ANY_STAGE = frozenset(_C)


@dataclass(frozen=True, kw_only=True, slots=True)
class TransitionStep:
    """A row of the table of the procedure.

    ``by`` is the field of the rules that says whose step it is, ``moves`` map a stage to the next one (of the
    application, the certificate, the revocation, the objection or the suspension), ``certificate`` are the stages in
    which the certificate may be.
    """

    by: str
    moves: Mapping[StrEnum, StrEnum]
    certificate: frozenset[CertificateStage] = _ANY_STAGE
    quiet: bool = False
    """Whether the step has to wait until no revocation is under way."""

    def stage(self, state: HolderState) -> StrEnum:
        """Return the present stage of the part of the state that this step moves."""
        stages = (
            *(state.application_stage, state.certificate_stage, state.revocation_stage, state.objection_stage),
            state.suspension_stage,
        )
        return next(stage for stage in stages if type(stage) is type(next(iter(self.moves))))


STEPS: Mapping[EventKind, TransitionStep] = {
    # application
    EventKind.APPLIED: TransitionStep(by="applies", moves={_A.NONE: _A.APPLIED}),
    EventKind.WITHDRAWN: TransitionStep(
        by="applies", moves={_A.APPLIED: _A.NONE, _A.EVALUATED: _A.NONE, _A.PROPOSED: _A.NONE}
    ),
    EventKind.EVALUATED: TransitionStep(by="evaluates", moves={_A.APPLIED: _A.EVALUATED, _A.EVALUATED: _A.EVALUATED}),
    EventKind.PROPOSED: TransitionStep(by="proposes", moves={_A.EVALUATED: _A.PROPOSED}),
    EventKind.DECIDED: TransitionStep(by="decides", moves={_A.PROPOSED: _A.DECIDED}),
    EventKind.DECLINED: TransitionStep(by="decides", moves={_A.PROPOSED: _A.NONE}),
    EventKind.ISSUED: TransitionStep(by="issues", moves={_A.DECIDED: _A.NONE}, quiet=True),
    EventKind.EXTENDED: TransitionStep(
        by="issues", moves={_A.DECIDED: _A.NONE}, certificate=_CERTIFICATE_HELD, quiet=True
    ),
    EventKind.TRANSCRIBED: TransitionStep(by="keeps_register", moves={_A.NONE: _A.NONE}, quiet=True),
    # certificate
    EventKind.REVIEW_DUE: TransitionStep(by="keeps_register", moves={_C.HELD: _C.HELD}),
    EventKind.REVIEWED: TransitionStep(by="reviews", moves={_C.HELD: _C.HELD}),
    EventKind.EXPIRED: TransitionStep(by="keeps_register", moves={_C.HELD: _C.HELD}),
    EventKind.LAPSED: TransitionStep(by="keeps_register", moves={_C.HELD: _C.LAPSED}, quiet=True),
    EventKind.NOTIFIED: TransitionStep(by="revokes", moves={_C.REVOKED: _C.REVOKED}),
    EventKind.PUBLISHED: TransitionStep(by="revokes", moves={_C.REVOKED: _C.REVOKED}),
    EventKind.REINSTATED: TransitionStep(by="reinstates", moves={_C.REVOKED: _C.HELD, _C.LAPSED: _C.HELD}),
    EventKind.REVOCATION_RESUMED: TransitionStep(by="reinstates", moves={_C.HELD: _C.REVOKED}),
    EventKind.SURRENDERED: TransitionStep(by="surrenders", moves={_C.HELD: _C.SURRENDERED}, quiet=True),
    # suspension; that the certificate is without effect follows from it
    EventKind.SUSPENDED: TransitionStep(by="suspends", moves={_S.NONE: _S.SUSPENDED}, certificate=_CERTIFICATE_HELD),
    EventKind.SUSPENSION_LIFTED: TransitionStep(
        by="suspends", moves={_S.SUSPENDED: _S.NONE}, certificate=_CERTIFICATE_HELD
    ),
    # revocation; that it ends the certificate is the effect of `revoked`
    EventKind.FIRST_NOTICE: TransitionStep(
        by="gives_notice", moves={_R.NONE: _R.NOTICE}, certificate=_CERTIFICATE_HELD
    ),
    EventKind.SECOND_NOTICE: TransitionStep(
        by="gives_notice", moves={_R.NOTICE: _R.NOTICE}, certificate=_CERTIFICATE_HELD
    ),
    EventKind.EXPLANATION_RECEIVED: TransitionStep(
        by="explains", moves={_R.NOTICE: _R.EXPLAINED}, certificate=_CERTIFICATE_HELD
    ),
    EventKind.EXPLANATION_ACCEPTED: TransitionStep(
        by="revokes", moves={_R.EXPLAINED: _R.NONE}, certificate=_CERTIFICATE_HELD
    ),
    EventKind.EXPLANATION_REJECTED: TransitionStep(
        by="revokes", moves={_R.EXPLAINED: _R.GROUNDLESS}, certificate=_CERTIFICATE_HELD
    ),
    EventKind.REVOCATION_DROPPED: TransitionStep(
        by="revokes",
        moves={_R.NOTICE: _R.NONE, _R.EXPLAINED: _R.NONE, _R.GROUNDLESS: _R.NONE},
        certificate=_CERTIFICATE_HELD,
    ),
    EventKind.REVOKED: TransitionStep(
        by="revokes", moves={_R.NOTICE: _R.NONE, _R.GROUNDLESS: _R.NONE}, certificate=_CERTIFICATE_HELD
    ),
    # objection
    EventKind.OBJECTION_FILED: TransitionStep(by="applies", moves={_O.NONE: _O.FILED}),
    EventKind.OBJECTION_DECIDED: TransitionStep(by="handles_objections", moves={_O.FILED: _O.NONE}),
    # complaints and misuse of the mark: of anybody, certified or not
    EventKind.COMPLAINT_RECEIVED: TransitionStep(by="handles_complaints", moves={stage: stage for stage in _C}),
    EventKind.COMPLAINT_ANSWERED: TransitionStep(by="handles_complaints", moves={stage: stage for stage in _C}),
    EventKind.MARK_MISUSED: TransitionStep(by="records_misuse", moves={stage: stage for stage in _C}),
    # the Minister's ruling on what a merger or division of the holder means for its certificate
    EventKind.CHANGE_STANDS: TransitionStep(by="rules_on_changes", moves={_C.HELD: _C.HELD}),
    EventKind.CHANGE_ENDS: TransitionStep(by="rules_on_changes", moves={_C.HELD: _C.LAPSED}, quiet=True),
}
"""Every kind of event but ``corrected``: it moves no stage but replaces an entry, and all entries are checked again."""

CONTESTABLE = frozenset(
    {
        EventKind.EVALUATED,
        EventKind.DECIDED,
        EventKind.DECLINED,
        EventKind.ISSUED,
        EventKind.EXTENDED,
        EventKind.REVIEWED,
        EventKind.LAPSED,
        EventKind.FIRST_NOTICE,
        EventKind.SECOND_NOTICE,
        EventKind.EXPLANATION_REJECTED,
        EventKind.REVOKED,
        EventKind.SUSPENDED,
        EventKind.MARK_MISUSED,
        EventKind.CHANGE_STANDS,
        EventKind.CHANGE_ENDS,
    }
)
"""The entries that an objection can be filed against."""


def get_role_rule(kind: EventKind, rules: CertificationRules) -> Cited[Role]:
    """Return the rule that says whose step an event is."""
    name = "keeps_register" if kind is EventKind.CORRECTED else STEPS[kind].by
    rule: Cited[Role] = getattr(rules, name)
    return rule


EarlierEvents = Mapping[int, Event]
"""The earlier entries of the same holder by number: what an objection can be filed against."""

NAME_SEPARATOR = ";"
"""What separates the names of several persons in one fact."""


def apply_event(state: HolderState, event: Event, earlier: EarlierEvents) -> HolderState:
    """Return the state after an event; whether it is allowed is not checked here (`procedure.find_refusals`)."""
    effect = _EFFECTS.get(event.kind)
    return effect(state, event, earlier) if effect else state


def _apply_to_application(state: HolderState, event: Event, _earlier: EarlierEvents) -> HolderState:
    declined = state.declined
    if event.kind is EventKind.DECLINED:
        declined = state.application
    elif event.kind is EventKind.APPLIED:
        declined = None
    return replace(state, application=_advance_application(state, event), declined=declined)


def _advance_application(state: HolderState, event: Event) -> PendingApplication | None:
    if event.kind is EventKind.APPLIED:
        return PendingApplication(
            stage=ApplicationStage.APPLIED,
            purpose=Purpose(event.text("purpose")),
            applied_on=event.day,
            round=event.text("round"),
            id=event.text("application"),
            invented=event.yes("invented"),
            edition=event.text("edition"),
        )
    under_way = state.application
    if under_way is None or event.kind in {EventKind.WITHDRAWN, EventKind.DECLINED}:
        return None
    if event.kind is EventKind.PROPOSED:
        return replace(
            under_way, stage=ApplicationStage.PROPOSED, grant=event.yes("grant"), proposer=normalise_person(event.actor)
        )
    if event.kind is EventKind.DECIDED:
        level = event.number("level")
        return replace(under_way, stage=ApplicationStage.DECIDED, level=level, decided_on=event.day)
    names = [event.actor, *event.text("others").split(NAME_SEPARATOR)]
    return replace(
        under_way,
        stage=ApplicationStage.EVALUATED,
        evaluators=tuple(sorted({*under_way.evaluators, *(normalise_person(name) for name in names if name.strip())})),
        evaluation=event.evaluation,
        certified=event.yes("certified"),
        level=event.number("level"),
        certified_from=event.number("certified_from"),
    )


def _build_period(event: Event, round_id: str, before: Period | None = None) -> Period:
    """Return the period that an entry begins; what an extension does not state is as in the period ``before`` it."""
    names = (event.text("name_ko") or (before.name.ko if before else ""), event.text("name_en"))
    return Period(
        valid_from=event.date("valid_from"),
        valid_to=event.date("valid_to"),
        decided_on=event.day,
        level=event.number("level"),
        level_status=event.text("level_told") or "register",
        subject=event.text("holder") or event.subject,
        name=Text(ko=names[0], en=names[1] or (before.name.en if before else "")),
        size_type=event.text("size_type") or (before.size_type if before else ""),
        edition=event.text("edition") or (before.edition if before else ""),
        round=round_id,
        entry=event.hash,
        extension=before is not None,
        partners=_read_partners(event),
        otherwise=event.text("otherwise"),
    )


def _add_certificate(state: HolderState, event: Event, _earlier: EarlierEvents) -> HolderState:
    certificate = Certificate(
        number=event.text("number"),
        issued_on=event.day,
        periods=(_build_period(event, _find_round(state, event)),),
        evaluation=event.evaluation,
        entry=event.hash,
        place=event.number("place"),
        service=event.target.service,
    )
    before = tuple(_replace_running(earlier, event) for earlier in state.certificates)
    return replace(state, application=None, certificates=(*before, certificate), revocation=None, announced=frozenset())


def _replace_running(certificate: Certificate, event: Event) -> Certificate:
    """Return a certificate as it stands after its holder got another, which may replace it."""
    if not certificate.number or certificate.number != event.text("replaces"):
        return certificate
    return replace(certificate, ended="replaced", ended_on=event.day)


def _find_round(state: HolderState, event: Event) -> str:
    """Return the round of the application under way, else the one that an entry from a public source states."""
    return state.application.round if state.application else event.text("round")


def _read_partners(event: Event) -> Text | None:
    """Return who applied together for a certificate or its extension, as the entry states it."""
    ko, en = event.text("partners_ko"), event.text("partners_en")
    return Text(ko=ko or en, en=en or ko) if ko or en else None


def _extend_certificate(state: HolderState, event: Event, _earlier: EarlierEvents) -> HolderState:
    return replace(_add_period(state, event), application=None)


def _add_period(state: HolderState, event: Event) -> HolderState:
    *before, latest = state.certificates
    period = _build_period(event, _find_round(state, event), latest.periods[-1])
    extended = replace(latest, periods=(*latest.periods, period), evaluation=event.evaluation)
    return replace(state, certificates=(*before, extended))


def _transcribe(state: HolderState, event: Event, earlier: EarlierEvents) -> HolderState:
    certificate = state.certificate
    if event.text("purpose") == Purpose.EXTENSION and certificate is not None and not certificate.ended:
        return _add_period(state, event)
    return _add_certificate(state, event, earlier)


def _pass_on(state: HolderState, event: Event, _earlier: EarlierEvents) -> HolderState:
    """Put the holder that a ruling names, or the partners that it states, on the periods that have not ended.

    A ruling that states no name is one of an earlier version, or names nobody: certificates stay as they are.
    """
    *before, latest = state.certificates
    names, partners = event.text("name_ko") or event.text("name_en"), _read_partners(event)
    own = event.text("holder") if names and not event.text("partner") else ""
    if not own and partners is None:
        return state
    periods = tuple(
        replace(
            period,
            subject=own or period.subject,
            name=Text(ko=event.text("name_ko") or names, en=event.text("name_en") or names) if own else period.name,
            partners=partners or period.partners,
            entry=event.hash,
        )
        if period.valid_to >= event.day
        else period
        for period in latest.periods
    )
    return replace(state, certificates=(*before, replace(latest, periods=periods)))


def _end_certificate(state: HolderState, event: Event, how: str) -> HolderState:
    *before, latest = state.certificates
    return replace(state, certificates=(*before, replace(latest, ended=how, ended_on=event.day)))


def _lapse(state: HolderState, event: Event, _earlier: EarlierEvents) -> HolderState:
    return _end_certificate(state, event, "lapsed")


def _surrender(state: HolderState, event: Event, _earlier: EarlierEvents) -> HolderState:
    return _end_certificate(state, event, "surrendered")


def _suspend(state: HolderState, event: Event, _earlier: EarlierEvents) -> HolderState:
    *before, latest = state.certificates
    if event.kind is EventKind.SUSPENDED:
        changed = replace(latest, suspended_on=event.day)
    else:
        interruptions = _add_interruption(latest, latest.suspended_on, event.day)
        changed = replace(latest, suspended_on=None, interruptions=interruptions)
    return replace(state, certificates=(*before, changed))


def _add_interruption(certificate: Certificate, first: date | None, restored: date) -> tuple[ValidityGap, ...]:
    """Return the interruptions of a certificate with the days from ``first`` to the one before it was restored."""
    if first is None or first >= restored:
        return certificate.interruptions
    return (*certificate.interruptions, ValidityGap(first=first, last=restored - _DAY))


def _receive_complaint(state: HolderState, event: Event, _earlier: EarlierEvents) -> HolderState:
    complaint = Complaint(entry=event.seq, received_on=event.day, about=event.text("about"))
    return replace(state, complaints=(*state.complaints, complaint))


def _answer_complaint(state: HolderState, event: Event, _earlier: EarlierEvents) -> HolderState:
    answered = event.number("complaint")
    waiting = tuple(complaint for complaint in state.complaints if complaint.entry != answered)
    return replace(state, complaints=waiting)


def _record_misuse(state: HolderState, event: Event, _earlier: EarlierEvents) -> HolderState:
    return replace(state, misused_on=(*state.misused_on, event.day))


def _revoke(state: HolderState, event: Event, _earlier: EarlierEvents) -> HolderState:
    over = replace(state.revocation, stage=RevocationStage.NONE) if state.revocation else None
    *before, latest = state.certificates
    revoked = replace(latest, ended="revoked", ended_on=event.day, revoked_on=event.day)
    return replace(state, certificates=(*before, revoked), revocation=over, announced=frozenset())


def _reinstate(state: HolderState, event: Event, _earlier: EarlierEvents) -> HolderState:
    *before, latest = state.certificates
    since = event.date("since") if event.text("since") else event.day
    interruptions = _add_interruption(latest, latest.ended_on, since)
    restored = replace(latest, ended="", ended_on=None, restored_on=event.day, interruptions=interruptions)
    return replace(state, certificates=(*before, restored), revocation=None, announced=frozenset())


def _resume_revocation(state: HolderState, event: Event, _earlier: EarlierEvents) -> HolderState:
    """End the certificate again, from the day that the entry states; interruptions from then on are part of that."""
    *before, latest = state.certificates
    since = event.date("since")
    interruptions = tuple(
        replace(gap, last=min(gap.last, since - _DAY)) for gap in latest.interruptions if gap.first < since
    )
    revoked = replace(latest, ended="revoked", ended_on=since, interruptions=interruptions)
    return replace(state, certificates=(*before, revoked), revocation=None, announced=frozenset())


def _record_announcement(state: HolderState, event: Event, _earlier: EarlierEvents) -> HolderState:
    return replace(state, announced=state.announced | {event.kind})


def _record_notice(state: HolderState, event: Event, _earlier: EarlierEvents) -> HolderState:
    again = state.revocation if event.kind is EventKind.SECOND_NOTICE else None
    given = Revocation(
        stage=RevocationStage.NOTICE,
        ground=again.ground if again else Ground(event.text("ground")),
        notices=again.notices + 1 if again else 1,
        until=event.date("until"),
    )
    return replace(state, revocation=given)


def _record_explanation(state: HolderState, event: Event, _earlier: EarlierEvents) -> HolderState:
    stage = _REVOCATION_STAGE_AFTER[event.kind]
    return replace(state, revocation=replace(state.revocation, stage=stage) if state.revocation else None)


def _file_objection(state: HolderState, event: Event, earlier: EarlierEvents) -> HolderState:
    against = earlier[int(event.text("against"))]
    filed = Objection(against=against.seq, kind=against.kind, by=normalise_person(against.actor), filed_on=event.day)
    return replace(state, objection=filed)


def _decide_objection(state: HolderState, event: Event, _earlier: EarlierEvents) -> HolderState:
    """Close the objection; upheld against a decision not to certify, it reopens the application for evaluation."""
    objection = state.objection
    reopens = event.yes("upheld") and objection is not None and objection.kind is EventKind.DECLINED
    if reopens and state.declined is not None and state.application is None:
        again = replace(state.declined, stage=ApplicationStage.APPLIED, grant=None)
        return replace(state, objection=None, application=again, declined=None)
    return replace(state, objection=None)


_REVOCATION_STAGE_AFTER: Mapping[EventKind, RevocationStage] = {
    EventKind.EXPLANATION_RECEIVED: RevocationStage.EXPLAINED,
    EventKind.EXPLANATION_ACCEPTED: RevocationStage.NONE,
    EventKind.EXPLANATION_REJECTED: RevocationStage.GROUNDLESS,
    EventKind.REVOCATION_DROPPED: RevocationStage.NONE,
}
_EFFECTS: Mapping[EventKind, Callable[[HolderState, Event, EarlierEvents], HolderState]] = {
    EventKind.ISSUED: _add_certificate,
    EventKind.EXTENDED: _extend_certificate,
    EventKind.TRANSCRIBED: _transcribe,
    EventKind.LAPSED: _lapse,
    EventKind.CHANGE_STANDS: _pass_on,
    EventKind.CHANGE_ENDS: _lapse,
    EventKind.REVOKED: _revoke,
    EventKind.REINSTATED: _reinstate,
    EventKind.REVOCATION_RESUMED: _resume_revocation,
    EventKind.NOTIFIED: _record_announcement,
    EventKind.PUBLISHED: _record_announcement,
    EventKind.FIRST_NOTICE: _record_notice,
    EventKind.SECOND_NOTICE: _record_notice,
    EventKind.OBJECTION_FILED: _file_objection,
    EventKind.OBJECTION_DECIDED: _decide_objection,
    EventKind.SURRENDERED: _surrender,
    EventKind.SUSPENDED: _suspend,
    EventKind.SUSPENSION_LIFTED: _suspend,
    EventKind.COMPLAINT_RECEIVED: _receive_complaint,
    EventKind.COMPLAINT_ANSWERED: _answer_complaint,
    EventKind.MARK_MISUSED: _record_misuse,
    **dict.fromkeys(
        (
            EventKind.APPLIED,
            EventKind.WITHDRAWN,
            EventKind.EVALUATED,
            EventKind.PROPOSED,
            EventKind.DECIDED,
            EventKind.DECLINED,
        ),
        _apply_to_application,
    ),
    **dict.fromkeys(_REVOCATION_STAGE_AFTER, _record_explanation),
}
