"""Certifications as they were made public, as events: so that what held on a day is answered in one way only.

A published certification has no application, no evaluation and no person: its event is ``transcribed``, by the body
that keeps the register, and its reason is the source. The pilot of 2019 is left out: no notice governed it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime, time

from smartcert.certification.days import KOREAN_TIME
from smartcert.certification.events import Draft, Event, EventKind, Purpose, event_of
from smartcert.certification.history import terms_of
from smartcert.certification.holding import Law
from smartcert.model.certification import CertificationKind, PublicCertification
from smartcert.model.history import Term

GENESIS = hashlib.sha256(b"smartcert-register/1:public-history").hexdigest()
"""What the first event of the public history follows."""

TRANSCRIBER = "public history"
"""Who entered a published certification: nobody in person."""


def as_events(certifications: Iterable[PublicCertification], law: Law) -> tuple[Event, ...]:
    """Return the published certifications as a chain of events, in the order of their days and codes.

    Raises:
        NoRuleError: a certification of a day on which no rule on certificates held yet.
    """
    chain: list[Event] = []
    for draft in drafts(certifications, law):
        previous = chain[-1].hash if chain else GENESIS
        chain.append(event_of(draft, len(chain) + 1, draft.at, previous))
    return tuple(chain)


def drafts(certifications: Iterable[PublicCertification], law: Law) -> Iterator[Draft]:
    """Yield the published certifications but the pilot as drafts, to be entered into a register.

    Raises:
        NoRuleError: as `as_events`.
    """
    by_code: dict[str, list[PublicCertification]] = {}
    for one in certifications:
        by_code.setdefault(one.code, []).append(one)
    terms = [term for own in by_code.values() for term in terms_of(own, law)]
    for term in sorted(terms, key=lambda term: (term.certification.decided_on, term.certification.code)):
        if term.certification.kind is not CertificationKind.PILOT:
            yield _draft(term, law)


def _draft(term: Term, law: Law) -> Draft:
    one = term.certification
    purpose = Purpose.EXTENSION if one.kind is CertificationKind.RENEWAL else Purpose.NEW
    facts = {
        "name_ko": one.name.ko,
        "name_en": one.name.en,
        "size_type": one.size_type.value if one.size_type else "",
        "valid_from": term.first.isoformat(),
        "valid_to": term.last.isoformat(),
        "purpose": purpose.value,
        "round": str(one.round_year),
        "level": str(one.level) if one.level else "",
        "level_told": one.level_status.value,
        "level_claims": ";".join(str(claim) for claim in one.level_claims),
        "source": " ".join(one.sources),
    }
    return Draft(
        subject=one.code,
        kind=EventKind.TRANSCRIBED,
        actor=TRANSCRIBER,
        role=law(one.decided_on).keeps_register.value,
        at=datetime.combine(one.decided_on, time(), KOREAN_TIME),
        reason=one.note.en if one.note else " ".join(one.sources),
        facts={name: value for name, value in facts.items() if value},
    )
