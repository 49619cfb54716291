"""Which event leads where."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from smartcert.certification.events import Event, EventKind, Ground, Purpose
from smartcert.certification.state import (
    Application,
    ApplicationStage,
    Certificate,
    CertificateStage,
    Objection,
    ObjectionStage,
    Period,
    Revocation,
    RevocationStage,
    State,
)
from smartcert.model.citation import Cited, Text
from smartcert.rules.parameters import CertificationRules, Role

# --- What an event does to the state, once it is allowed. Nothing is judged here.

Contested = Mapping[int, Event]
"""Earlier entries of the same holder by number, for the objections filed against them."""

PARTED_BY = ";"
"""What parts the names of several persons in one fact."""


def person(name: str) -> str:
    """Return a person's name as it is compared: without spaces around it or differences of case.

    >>> person(" Kim  Haneul ") == person("kim haneul")
    True
    """
    return " ".join(name.split()).casefold()


def applied(state: State, event: Event, earlier: Contested) -> State:
    """Return the state after an event that was found to be allowed."""
    if event.kind in _OF_APPLICATION:
        return replace(state, application=_moved(state, event), declined=_declined(state, event))
    return _EFFECTS.get(event.kind, _unmoved)(state, event, earlier)


def _unmoved(state: State, _event: Event, _earlier: Contested) -> State:
    return state


def _moved(state: State, event: Event) -> Application | None:
    if event.kind is EventKind.APPLIED:
        return Application(
            stage=ApplicationStage.APPLIED,
            purpose=Purpose(event.text("purpose")),
            applied_on=event.day,
            round=event.text("round"),
            id=event.text("application"),
        )
    under_way = state.application
    if under_way is None or event.kind in {EventKind.WITHDRAWN, EventKind.DECLINED}:
        return None
    if event.kind is EventKind.PROPOSED:
        return replace(under_way, stage=ApplicationStage.PROPOSED, grant=event.yes("grant"))
    if event.kind is EventKind.DECIDED:
        return replace(under_way, stage=ApplicationStage.DECIDED, level=event.number("level"))
    judges = [event.actor, *event.text("others").split(PARTED_BY)]
    return replace(
        under_way,
        stage=ApplicationStage.EVALUATED,
        evaluators=tuple(sorted({*under_way.evaluators, *(person(one) for one in judges if one.strip())})),
        evaluation=event.evaluation,
        certified=event.yes("certified"),
        level=event.number("level"),
    )


def _declined(state: State, event: Event) -> Application | None:
    if event.kind is EventKind.DECLINED:
        return state.application
    return None if event.kind is EventKind.APPLIED else state.declined


def _period(event: Event, *, extension: bool) -> Period:
    return Period(
        valid_from=event.date("valid_from"),
        valid_to=event.date("valid_to"),
        decided_on=event.day,
        level=event.number("level"),
        level_told=event.text("level_told") or "register",
        entry=event.hash,
        extension=extension,
    )


def _issued(state: State, event: Event, _earlier: Contested) -> State:
    under_way = state.application
    certificate = Certificate(
        number=event.text("number"),
        subject=event.subject,
        name=Text(ko=event.text("name_ko"), en=event.text("name_en")),
        size_type=event.text("size_type"),
        edition=event.text("edition"),
        round=under_way.round if under_way else event.text("round"),
        issued_on=event.day,
        periods=(_period(event, extension=False),),
        evaluation=event.evaluation,
        entry=event.hash,
    )
    return replace(
        state, application=None, certificates=(*state.certificates, certificate), revocation=None, announced=frozenset()
    )


def _extended(state: State, event: Event, _earlier: Contested) -> State:
    return replace(_latest(state, event), application=None)


def _latest(state: State, event: Event) -> State:
    *before, latest = state.certificates
    longer = replace(latest, periods=(*latest.periods, _period(event, extension=True)), evaluation=event.evaluation)
    return replace(state, certificates=(*before, longer))


def _transcribed(state: State, event: Event, earlier: Contested) -> State:
    extends = event.text("purpose") == Purpose.EXTENSION and state.certificate is not None
    return _latest(state, event) if extends and not state.certificates[-1].ended else _issued(state, event, earlier)


def _ended(state: State, event: Event, how: str) -> State:
    *before, latest = state.certificates
    return replace(state, certificates=(*before, replace(latest, ended=how, ended_on=event.day)))


def _lapsed(state: State, event: Event, _earlier: Contested) -> State:
    return _ended(state, event, "lapsed")


def _revoked(state: State, event: Event, _earlier: Contested) -> State:
    over = replace(state.revocation, stage=RevocationStage.NONE) if state.revocation else None
    return replace(_ended(state, event, "revoked"), revocation=over, announced=frozenset())


def _reinstated(state: State, event: Event, _earlier: Contested) -> State:
    *before, latest = state.certificates
    restored = replace(latest, ended="", ended_on=None, restored_on=event.day)
    return replace(state, certificates=(*before, restored), revocation=None, announced=frozenset())


def _announced(state: State, event: Event, _earlier: Contested) -> State:
    return replace(state, announced=state.announced | {event.kind})


def _noticed(state: State, event: Event, _earlier: Contested) -> State:
    again = state.revocation if event.kind is EventKind.SECOND_NOTICE else None
    given = Revocation(
        stage=RevocationStage.NOTICE,
        ground=again.ground if again else Ground(event.text("ground")),
        notices=again.notices + 1 if again else 1,
        until=event.date("until"),
    )
    return replace(state, revocation=given)


def _explained(state: State, event: Event, _earlier: Contested) -> State:
    stage = _EXPLANATION[event.kind]
    return replace(state, revocation=replace(state.revocation, stage=stage) if state.revocation else None)


def _objected(state: State, event: Event, earlier: Contested) -> State:
    against = earlier[int(event.text("against"))]
    filed = Objection(against=against.seq, kind=against.kind, by=person(against.actor), filed_on=event.day)
    return replace(state, objection=filed)


def _answered(state: State, event: Event, _earlier: Contested) -> State:
    """An objection upheld against a decision not to certify takes the application up again, to be evaluated anew."""
    objection = state.objection
    reopens = event.yes("upheld") and objection is not None and objection.kind is EventKind.DECLINED
    if reopens and state.declined is not None and state.application is None:
        again = replace(state.declined, stage=ApplicationStage.APPLIED, grant=None)
        return replace(state, objection=None, application=again, declined=None)
    return replace(state, objection=None)


_OF_APPLICATION = frozenset(
    {
        EventKind.APPLIED,
        EventKind.WITHDRAWN,
        EventKind.EVALUATED,
        EventKind.PROPOSED,
        EventKind.DECIDED,
        EventKind.DECLINED,
    }
)
_EXPLANATION: Mapping[EventKind, RevocationStage] = {
    EventKind.EXPLANATION_RECEIVED: RevocationStage.EXPLAINED,
    EventKind.EXPLANATION_ACCEPTED: RevocationStage.NONE,
    EventKind.EXPLANATION_REJECTED: RevocationStage.GROUNDLESS,
    EventKind.REVOCATION_DROPPED: RevocationStage.NONE,
}
_EFFECTS: Mapping[EventKind, Callable[[State, Event, Contested], State]] = {
    EventKind.ISSUED: _issued,
    EventKind.EXTENDED: _extended,
    EventKind.TRANSCRIBED: _transcribed,
    EventKind.LAPSED: _lapsed,
    EventKind.REVOKED: _revoked,
    EventKind.REINSTATED: _reinstated,
    EventKind.NOTIFIED: _announced,
    EventKind.PUBLISHED: _announced,
    EventKind.FIRST_NOTICE: _noticed,
    EventKind.SECOND_NOTICE: _noticed,
    EventKind.OBJECTION_FILED: _objected,
    EventKind.OBJECTION_DECIDED: _answered,
    **dict.fromkeys(_EXPLANATION, _explained),
}


# --- The table of the procedure: which event leads from which state to which, and whose step it is.

_A, _C, _R, _O = ApplicationStage, CertificateStage, RevocationStage, ObjectionStage
_HELD = frozenset({_C.HELD})
_ANY = frozenset(_C)


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One row: whose step it is (a field of the rules), the moves, and which certificate there must be.

    ``quiet`` steps wait until no revocation is under way.
    """

    by: str
    moves: Mapping[StrEnum, StrEnum]
    certificate: frozenset[CertificateStage] = _ANY
    quiet: bool = False

    def stage(self, state: State) -> StrEnum:
        """Return where the part of the state stands that this step moves."""
        stages = (state.application_stage, state.certificate_stage, state.revocation_stage, state.objection_stage)
        return next(stage for stage in stages if type(stage) is type(next(iter(self.moves))))


STEPS: Mapping[EventKind, Step] = {
    # application
    EventKind.APPLIED: Step(by="applies", moves={_A.NONE: _A.APPLIED}),
    EventKind.WITHDRAWN: Step(by="applies", moves={_A.APPLIED: _A.NONE, _A.EVALUATED: _A.NONE, _A.PROPOSED: _A.NONE}),
    EventKind.EVALUATED: Step(by="evaluates", moves={_A.APPLIED: _A.EVALUATED, _A.EVALUATED: _A.EVALUATED}),
    EventKind.PROPOSED: Step(by="proposes", moves={_A.EVALUATED: _A.PROPOSED}),
    EventKind.DECIDED: Step(by="decides", moves={_A.PROPOSED: _A.DECIDED}),
    EventKind.DECLINED: Step(by="decides", moves={_A.PROPOSED: _A.NONE}),
    EventKind.ISSUED: Step(by="issues", moves={_A.DECIDED: _A.NONE}, quiet=True),
    EventKind.EXTENDED: Step(by="issues", moves={_A.DECIDED: _A.NONE}, certificate=_HELD, quiet=True),
    EventKind.TRANSCRIBED: Step(by="keeps_register", moves={_A.NONE: _A.NONE}, quiet=True),
    # certificate
    EventKind.REVIEW_DUE: Step(by="keeps_register", moves={_C.HELD: _C.HELD}),
    EventKind.REVIEWED: Step(by="reviews", moves={_C.HELD: _C.HELD}),
    EventKind.EXPIRED: Step(by="keeps_register", moves={_C.HELD: _C.HELD}),
    EventKind.LAPSED: Step(by="keeps_register", moves={_C.HELD: _C.LAPSED}, quiet=True),
    EventKind.NOTIFIED: Step(by="revokes", moves={_C.REVOKED: _C.REVOKED}),
    EventKind.PUBLISHED: Step(by="revokes", moves={_C.REVOKED: _C.REVOKED}),
    EventKind.REINSTATED: Step(by="reinstates", moves={_C.REVOKED: _C.HELD, _C.LAPSED: _C.HELD}),
    # revocation; that it ends the certificate is the effect of `revoked`
    EventKind.FIRST_NOTICE: Step(by="gives_notice", moves={_R.NONE: _R.NOTICE}, certificate=_HELD),
    EventKind.SECOND_NOTICE: Step(by="gives_notice", moves={_R.NOTICE: _R.NOTICE}, certificate=_HELD),
    EventKind.EXPLANATION_RECEIVED: Step(by="explains", moves={_R.NOTICE: _R.EXPLAINED}, certificate=_HELD),
    EventKind.EXPLANATION_ACCEPTED: Step(by="revokes", moves={_R.EXPLAINED: _R.NONE}, certificate=_HELD),
    EventKind.EXPLANATION_REJECTED: Step(by="revokes", moves={_R.EXPLAINED: _R.GROUNDLESS}, certificate=_HELD),
    EventKind.REVOCATION_DROPPED: Step(
        by="revokes", moves={_R.NOTICE: _R.NONE, _R.EXPLAINED: _R.NONE, _R.GROUNDLESS: _R.NONE}, certificate=_HELD
    ),
    EventKind.REVOKED: Step(by="revokes", moves={_R.NOTICE: _R.NONE, _R.GROUNDLESS: _R.NONE}, certificate=_HELD),
    # objection
    EventKind.OBJECTION_FILED: Step(by="applies", moves={_O.NONE: _O.FILED}),
    EventKind.OBJECTION_DECIDED: Step(by="handles_objections", moves={_O.FILED: _O.NONE}),
}
"""Every kind of event but ``corrected``, which moves nothing: it replaces an entry, and all entries are held again."""

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
    }
)
"""The entries that an objection can be filed against."""


def whose(kind: EventKind, rules: CertificationRules) -> Cited[Role]:
    """Return the rule that says whose step an event is."""
    name = "keeps_register" if kind is EventKind.CORRECTED else STEPS[kind].by
    rule: Cited[Role] = getattr(rules, name)
    return rule
