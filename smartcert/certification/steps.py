"""The table of the procedure: which event leads from which state to which, and whose step it is.

A holder's state has four parts that move one by one: application, certificate, revocation, objection. A row says which
part an event moves and how; what else must be true for it stands in `guards`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from smartcert.certification.events import EventKind
from smartcert.certification.state import (
    ApplicationStage,
    CertificateStage,
    ObjectionStage,
    RevocationStage,
    State,
)
from smartcert.model.citation import Cited
from smartcert.rules.certification import CertificationRules, Role

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
