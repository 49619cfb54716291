"""Which certificates are somebody's: its own, one that it shares, and one from before a merger or division."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from smartcert.certification.events import (
    RULINGS,
    Event,
    EventKind,
    Purpose,
    Refusal,
    RefusedError,
    Target,
    build_refusal,
)
from smartcert.certification.holders import group_by_holder, list_targets, select_target
from smartcert.certification.procedure import STEPS_OF_APPLICATION
from smartcert.certification.state import Certificate, Law, Standing
from smartcert.certification.timeline import (
    build_replacement,
    compute_standing,
    counts_on,
    parse_replacement,
    resolve_corrections,
)
from smartcert.characters import normalise_person
from smartcert.lazy_dataclass import dataclass
from smartcert.model.citation import Basis
from smartcert.model.local_government import Change
from smartcert.services.holders import codes_of
from smartcert.services.local_governments import list_predecessors, list_territory_changes, name_government

_APPLICANT = re.compile(r"(?:^|; )(?:lead|partner) ([0-9]{10}) ")
_DAY = timedelta(days=1)


class Relation(StrEnum):
    """Why entries that stand under some code are about somebody."""

    OWN = "own"
    PREDECESSOR = "predecessor"
    """They are about what was merged or divided into it, and was certified then."""
    JOINT = "joint"
    """They are about the lead of an application of which it is a partner."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RuledChange:
    """A merger or division of a holder since its certificate was issued, with the ruling on it, if there is one."""

    of: str
    """The code of what was merged or divided: the holder's, or that of one of those who share the certificate."""
    change: Change
    ruling: Event | None

    @property
    def passed_on_to(self) -> str:
        """The code of who holds the certificate by the ruling; empty where it names nobody."""
        return self.ruling.text("holder") if self.ruling is not None else ""


@dataclass(frozen=True, kw_only=True, slots=True)
class RelatedEntries:
    """The entries of one holder about one target, what they add up to on a day, and why they are about somebody.

    ``subject`` is the code that the entries have, ``entries`` are all of them in their order. ``certificate`` is the
    latest one; of a predecessor that from the day before the change, even if it has ended since.
    """

    asked: str
    """The code of whom they are about."""
    relation: Relation
    subject: str
    target: Target
    entries: tuple[Event, ...]
    standing: Standing
    certificate: Certificate | None
    changes: tuple[RuledChange, ...]
    sharers: frozenset[str] = frozenset()
    """The codes of all who hold the certificate in its latest period: who leads, and the partners."""
    succession: RuledChange | None = None
    """The change by which the one asked for came after a certified one, or after one that shares the certificate."""

    @property
    def scheme(self) -> str:
        """The scheme, as entries state it."""
        return self.target.scheme

    @property
    def awaits_ruling(self) -> bool:
        """Whether no ruling says yet whose the certificate is after a merger or division."""
        current = self.standing.certificate
        return current is not None and not current.ended and any(change.ruling is None for change in self.changes)

    @property
    def has_ended(self) -> bool:
        """Whether the latest certificate has ended, before its last day or by a lapse."""
        return self.standing.certificate is not None and bool(self.standing.certificate.ended)

    @property
    def is_theirs(self) -> bool:
        """Whether the certificate, which has not ended, is that of the one asked for, as far as is ruled.

        By a ruling that names a holder it is that one's. By one that names nobody it is that of who was certified, or
        of who came after it alone. Without a ruling it is still that of who was certified, and of no successor. Of a
        joint certificate it is also that of who leads its extension, and no more of whoever has left it.
        """
        current = self.standing.certificate
        if current is None or current.ended:
            return False
        codes, passed_on = codes_of(self.asked), self.passed_on_to
        if self.succession is None:
            return passed_on in codes if passed_on else not self.sharers.isdisjoint(codes)
        if self.succession.ruling is None or self.succession.ruling.kind is not EventKind.CHANGE_STANDS:
            return False
        return passed_on in codes if passed_on else len(self.succession.change.after) == 1

    @property
    def may_be_theirs(self) -> bool:
        """Whether it is, or by a ruling that is still to come may be, the certificate of the one asked for."""
        return self.is_theirs or self.is_unsettled

    @property
    def is_unsettled(self) -> bool:
        """Whether it is still to be ruled, or to be said, whose the certificate is of those who came after."""
        current, succession = self.standing.certificate, self.succession
        if current is None or current.ended or succession is None:
            return False
        if succession.ruling is None:
            return True
        stands = succession.ruling.kind is EventKind.CHANGE_STANDS
        return stands and not self.passed_on_to and len(succession.change.after) > 1

    @property
    def passed_on_to(self) -> str:
        """The code of who came, by the latest ruling that names one, in place of the one asked for or before it."""
        of = self.succession.of if self.succession is not None else self.asked
        named = (change.passed_on_to for change in self.changes if change.of in codes_of(of))
        return next((code for code in reversed(tuple(named)) if code), "")


def find_related(
    events: Sequence[Event], asked: str, day: date, law: Law, known: datetime | None = None
) -> tuple[RelatedEntries, ...]:
    """Return the entries that are about the holder with a code at the end of ``day``: its own, then what else is its.

    ``events`` are all entries of a register, ``known`` leaves out what was entered after it. Of a predecessor there are
    entries only where it was certified on the day before the merger or division, of the lead of a joint application
    only where its latest certificate is one that they share.

    Raises:
        NoRuleError: no rule on certificates is in force yet on ``day``.
    """
    return (
        *_find_own(events, asked, day, law, known),
        *_find_predecessors(events, asked, day, law, known),
        *_find_joint(events, asked, day, law, known),
    )


def select_application(
    events: Sequence[Event], asked: str, scheme: str, application: tuple[str, str], day: date, law: Law
) -> tuple[Event, ...]:
    """Return the entries of one scheme on a holder: its own, and those that its application has joined.

    ``application`` are the round and the id. An extension that a successor applied for is on the certificate of whom it
    came after; an application for one of several services is among the entries about that service alone.
    """
    related = [one for one in find_related(events, asked, day, law) if one.scheme == scheme]
    joined = [one for one in related if any(_is_of(event, application) for event in one.entries)]
    own = [one for one in related if one.relation is Relation.OWN]
    chosen = joined if joined and len(own) > 1 else [one for one in related if one in own or one in joined]
    return tuple(event for one in chosen for event in one.entries)


def _is_of(event: Event, application: tuple[str, str]) -> bool:
    return event.kind is EventKind.APPLIED and (event.text("round"), event.text("application")) == application


def list_own(events: Sequence[Event], day: date, law: Law) -> list[RelatedEntries]:
    """Return the entries of every holder and target of a register, each as its own, at the end of ``day``."""
    return [
        _build_related(code, Relation.OWN, code, target, tuple(own), compute_standing(own, day, law), None)
        for (code, target), own in group_by_holder(events, codes_of).items()
    ]


@dataclass(frozen=True, kw_only=True, slots=True)
class NamedCertificate:
    """How an operator says which certificate is meant: by its number, or by the service; both empty: the only one."""

    number: str = ""
    service: str = ""


def choose_entries(
    related: Sequence[RelatedEntries], kind: EventKind, facts: Mapping[str, str], named: NamedCertificate, rule: Basis
) -> RelatedEntries | None:
    """Return the entries of one scheme that a new one joins; None where they are the holder's own, and there are none.

    It is the entries with the one that ``facts`` name; those that are ``named``, where any are; for a step of an
    application those with one under way; else those with the certificate that is the holder's. ``rule`` is the one that
    says who rules on mergers and divisions.

    Raises:
        RefusedError: no certificate has that number or service, several may be meant, the certificate has been passed
            on to another holder, or a ruling is awaited.
    """
    begins = kind is EventKind.APPLIED and facts.get("purpose") == Purpose.NEW
    if begins and not named.number:
        return _find_own_of(related, named.service)
    entry = {facts[name] for name in _NAMES_AN_ENTRY if facts.get(name)}
    for entries in related:
        if entry.intersection(str(event.seq) for event in entries.entries):
            return entries
    if kind is EventKind.APPLIED and facts.get("purpose") == Purpose.EXTENSION:
        return choose_certificate_to_extend(related, named, _APPLICANT.findall(facts.get("partners", "")), rule)
    if named != NamedCertificate():
        return _choose_named(related, named)
    own = [entries for entries in related if entries.relation is Relation.OWN]
    if kind in STEPS_OF_APPLICATION:
        own = [entries for entries in related if entries.standing.application is not None] or own
    elif kind not in _OF_ANYBODY:
        return _choose_certificate(related, kind, rule) or _take_only(own)
    return _take_only(own)


def _find_own_of(related: Iterable[RelatedEntries], service: str) -> RelatedEntries | None:
    """Return the holder's own entries about a service, or about none that they name; None where there are none."""
    own = (entries for entries in related if entries.relation is Relation.OWN)
    return next((entries for entries in own if is_same_service(entries.target.service, service)), None)


def is_same_service(first: str, second: str) -> bool:
    """Return whether two names are those of one service, however they are spaced or written in capitals."""
    return normalise_person(first) == normalise_person(second)


def _take_only(candidates: Sequence[RelatedEntries]) -> RelatedEntries | None:
    """Return the only one of some entries; None where there are none.

    Raises:
        RefusedError: there are several.
    """
    if len(candidates) > 1:
        numbers = ", ".join(map(_describe_certificate, candidates))
        raise RefusedError(build_refusal("several_certificates", words={"numbers": numbers}))
    return candidates[0] if candidates else None


def complete_facts(
    chosen: RelatedEntries | None, kind: EventKind, facts: Mapping[str, str], day: date
) -> dict[str, str]:
    """Return the facts of a new entry that joins the ``chosen`` ones, with what follows from whose they are.

    An application or extension of a successor, or of a partner that leads it, names it as the holder. A ruling names
    the partner that it is of, where it is of one, and states the name of the holder that it passes the certificate on
    to; so does a correction of one.

    Raises:
        RefusedError: the partner that is stated does not share the certificate.
    """
    completed = dict(facts)
    of_another = chosen is not None and chosen.relation is not Relation.OWN
    if chosen is not None and of_another and kind in (EventKind.APPLIED, EventKind.EXTENDED):
        completed.setdefault("holder", chosen.asked)
    if kind in RULINGS:
        return _add_name(_complete_ruling(chosen, completed), day)
    rulings = {str(event.seq) for event in chosen.entries if event.kind in RULINGS} if chosen is not None else set()
    if kind is EventKind.CORRECTED and facts.get("corrects") in rulings:
        changes = parse_replacement(facts.get("replacement", ""))
        if changes and "facts" in changes:
            completed["replacement"] = build_replacement({**changes, "facts": _add_name(changes["facts"], day)})
    return completed


def _add_name(facts: Mapping[str, str], day: date) -> dict[str, str]:
    """Return the facts of a ruling with the name of the holder that they pass a certificate on to."""
    named = name_government(facts.get("holder", ""), day)
    if named is None or facts.get("partner"):
        return dict(facts)
    return {"name_ko": named[0].ko, "name_en": named[0].en, **facts}


def _complete_ruling(chosen: RelatedEntries | None, facts: Mapping[str, str]) -> dict[str, str]:
    """Return the facts of a ruling with the partner that it is of, where it is of one.

    It is the one asked for or whom that one came after, else the only one that was merged or divided on that day.
    """
    completed = dict(facts)
    if chosen is None or chosen.certificate is None:
        return completed
    if chosen.relation is Relation.JOINT and "partner" not in facts:
        completed["partner"] = chosen.succession.of if chosen.succession is not None else chosen.asked
    elif "partner" not in facts:
        of = {ruled.of for ruled in chosen.changes if ruled.change.day.isoformat() == facts.get("change")}
        if len(of) == 1 and of.isdisjoint(codes_of(chosen.subject)):
            completed["partner"] = of.pop()
    partner, partners = completed.get("partner", ""), list_partners(chosen.entries, chosen.certificate)
    if partner and set(partners).isdisjoint(codes_of(partner)):
        raise RefusedError(build_refusal("no_such_partner", words={"code": partner, "partners": ", ".join(partners)}))
    return completed


def choose_certificate_to_extend(
    related: Sequence[RelatedEntries], named: NamedCertificate, together: Iterable[str], rule: Basis
) -> RelatedEntries | None:
    """Return the entries of one scheme with the certificate that the holder may have extended; None if there is none.

    ``together`` are the codes of those with whom the holder applies.

    Raises:
        RefusedError: as `choose_entries`; or another one leads the certificate and is not among those who apply.
    """
    if named == NamedCertificate():
        own = [entries for entries in related if entries.relation is Relation.OWN]
        chosen = _choose_certificate(related, EventKind.EXTENDED, rule) or _take_only(own)
    else:
        chosen = _choose_named(related, named)
    if chosen is not None and chosen.awaits_ruling:
        raise RefusedError(_build_awaited(chosen, rule))
    certificate = chosen.standing.certificate if chosen is not None else None
    if chosen is not None and certificate is not None and chosen.relation is not Relation.PREDECESSOR:
        lead = codes_of(certificate.subject)
        if certificate.partners is not None and {chosen.asked, *together}.isdisjoint(lead):
            words = {"number": _get_number(chosen), "name": certificate.name.ko, "code": certificate.subject}
            raise RefusedError(build_refusal("extended_by_lead", words=words))
    return chosen


def _choose_named(related: Sequence[RelatedEntries], named: NamedCertificate) -> RelatedEntries:
    """Return the entries with the certificate of a number, about the service of a name, or both."""
    found = list(related)
    if named.service:
        found = [entries for entries in related if is_same_service(entries.target.service, named.service)]
        if not found:
            others = ", ".join(map(_describe_certificate, related))
            raise RefusedError(build_refusal("no_such_service", words={"service": named.service, "numbers": others}))
    if not named.number:
        chosen = _take_only(found)
        assert chosen is not None  # noqa: S101  # for the type checker: there is one
        return chosen
    for entries in found:
        latest = entries.standing.certificate
        if latest is not None and named.number == _get_number(entries):
            return entries
        if latest is not None and any(earlier.number == named.number for earlier in entries.standing.certificates):
            words = {"number": named.number, "latest": latest.number or entries.subject}
            raise RefusedError(build_refusal("earlier_certificate", words=words))
    raise RefusedError(build_refusal("no_such_certificate", words={"number": named.number}))


def _choose_certificate(related: Sequence[RelatedEntries], kind: EventKind, rule: Basis) -> RelatedEntries | None:
    """Return the entries with the only certificate that a step may be about; None where there is none.

    Whoever has entries about several services is asked which is meant, also where one certificate alone has not ended:
    a step that is entered twice by mistake must not end the next one.
    """
    own = [entries for entries in related if entries.relation is Relation.OWN]
    theirs = [entries for entries in related if entries.is_theirs]
    waiting = [entries for entries in related if entries.is_unsettled]
    if kind in _OF_ENDED:
        theirs = [entries for entries in related if entries.has_ended] or theirs
    candidates = [*theirs, *waiting] if kind in RULINGS else theirs
    if len(own) > 1:
        candidates = [*own, *(entries for entries in candidates if entries not in own)]
    chosen = _take_only(candidates)
    if chosen is not None:
        return chosen
    if waiting:
        raise RefusedError(_build_awaited(waiting[0], rule))
    for entries in related:
        ruling = next((change.ruling for change in reversed(entries.changes) if change.passed_on_to), None)
        if entries.relation is Relation.OWN and ruling is not None and entries.passed_on_to and kind not in RULINGS:
            words = {"number": _get_number(entries), "holder": entries.passed_on_to, "entry": str(ruling.seq)}
            raise RefusedError(build_refusal("passed_on", rule, words=words))
        current = entries.standing.certificate
        if entries.relation is Relation.OWN and current is not None and not current.ended and not entries.is_theirs:
            words = {"number": _get_number(entries), "name": current.name.ko, "code": current.subject}
            raise RefusedError(build_refusal("led_by_another", words=words))
    return None


def _build_awaited(entries: RelatedEntries, rule: Basis) -> Refusal:
    """Return the refusal of what has to wait for the ruling on a merger or division."""
    change = next((change for change in entries.changes if change.ruling is None), None)
    words = {"number": _get_number(entries)}
    if change is None:
        ruling = entries.succession.ruling if entries.succession is not None else None
        return build_refusal(
            "ruling_names_nobody", rule, words={**words, "entry": str(ruling.seq) if ruling is not None else ""}
        )
    words["code"] = change.of
    return build_refusal("ruling_awaited", rule, words=words, days={"change": change.change.day})


def _get_number(entries: RelatedEntries) -> str:
    """Return the number of the certificate; of one from a public source, which has none, the code of its holder."""
    certificate = entries.standing.certificate
    return (certificate.number if certificate is not None else "") or entries.subject


def _describe_certificate(entries: RelatedEntries) -> str:
    """Return the number of the certificate with the service that it is of, where the entries name it."""
    number, service = _get_number(entries), entries.target.service
    return f"{number} ({service})" if service else number


_OF_ENDED = frozenset({EventKind.REINSTATED, EventKind.NOTIFIED, EventKind.PUBLISHED})
"""The steps that are about a certificate that has ended."""
_NAMES_AN_ENTRY = ("against", "corrects", "complaint")
_GRANTS = frozenset({EventKind.ISSUED, EventKind.EXTENDED, EventKind.TRANSCRIBED})
_OF_ANYBODY = frozenset({EventKind.APPLIED, EventKind.TRANSCRIBED, EventKind.COMPLAINT_RECEIVED})


def find_rulings(events: Sequence[Event], day: date, known: datetime | None = None) -> tuple[Event, ...]:
    """Return the rulings on mergers and divisions that count up to ``day``, in their order.

    One by which a certificate ended counts no more once the certificate was restored.
    """
    rulings: list[Event] = []
    for event in resolve_corrections(events, known):
        if not counts_on(event, day):
            continue
        if event.kind is EventKind.REINSTATED:
            rulings = [ruling for ruling in rulings if ruling.kind is not EventKind.CHANGE_ENDS]
        elif event.kind in RULINGS:
            rulings.append(event)
    return tuple(rulings)


def _find_ruling(rulings: Iterable[Event], change: Change, partner: str) -> Event | None:
    """Return the last ruling on a change: of the holder, or of a partner where one is named."""
    codes = codes_of(partner) if partner else ("",)
    of_change = (event for event in rulings if event.text("change") == change.day.isoformat())
    return next((event for event in reversed(tuple(of_change)) if event.text("partner") in codes), None)


def list_partners(events: Sequence[Event], certificate: Certificate, known: datetime | None = None) -> tuple[str, ...]:
    """Return the codes of those who share a certificate with the holder of the entries, in its latest period.

    Who leads it is among them where it is another one than the holder of the entries.
    """
    own = codes_of(events[0].subject)
    return tuple(code for code in _list_applicants(events, certificate, known) if code not in own)


def _list_applicants(events: Sequence[Event], certificate: Certificate, known: datetime | None) -> tuple[str, ...]:
    """Return the codes of all on whose joint application the latest period of a certificate was granted."""
    granted: tuple[str, ...] = ()
    asking: tuple[str, ...] = ()
    for event in resolve_corrections(events, known):
        if event.kind is EventKind.APPLIED:
            asking = tuple(_APPLICANT.findall(event.text("partners")))
        elif event.kind in _GRANTS:
            granted = asking
        if event.hash == certificate.periods[-1].entry:
            break
    return granted


def _read_others(event: Event) -> tuple[str, ...]:
    """Return the codes of those who applied beside the holder of the entries, as an application's entry has them."""
    own = codes_of(event.subject)
    return tuple(code for code in _APPLICANT.findall(event.text("partners")) if code not in own)


def select_shared(events: Sequence[Event], asked: str) -> tuple[Event, ...]:
    """Return the entries of every lead that a holder applied with, from the first such application on."""
    codes = set(codes_of(asked))
    found: list[Event] = []
    for own in group_by_holder(events, codes_of).values():
        first = next((place for place, event in enumerate(own) if codes.intersection(_read_others(event))), None)
        if own[0].subject not in codes and first is not None:
            found += own[first:]
    return tuple(found)


def _select(events: Iterable[Event], code: str) -> tuple[Event, ...]:
    codes = codes_of(code)
    return tuple(event for event in events if event.subject in codes)


def _find_own(
    events: Sequence[Event], asked: str, day: date, law: Law, known: datetime | None
) -> Iterator[RelatedEntries]:
    own = _select(events, asked)
    for target in list_targets(own):
        entries = select_target(own, target)
        standing = compute_standing(entries, day, law, known)
        yield _build_related(asked, Relation.OWN, asked, target, entries, standing, known)


def _find_predecessors(
    events: Sequence[Event], asked: str, day: date, law: Law, known: datetime | None
) -> Iterator[RelatedEntries]:
    for code, change in list_predecessors(asked, day):
        own = _select(events, code)
        for target in list_targets(own):
            entries = select_target(own, target)
            before = compute_standing(entries, change.day - _DAY, law, known).certificate
            if before is None or before.ended or before.valid_to < change.day:
                continue
            standing = compute_standing(entries, day, law, known)
            ruling = _find_ruling(find_rulings(entries, day, known), change, "")
            related = _build_related(asked, Relation.PREDECESSOR, code, target, entries, standing, known)
            succession = RuledChange(of=code, change=change, ruling=ruling)
            yield replace(related, certificate=before, succession=succession)


def _find_joint(
    events: Sequence[Event], asked: str, day: date, law: Law, known: datetime | None
) -> Iterator[RelatedEntries]:
    """Yield what is shared by the one asked for, or was by whom it came after."""
    if not any(event.text("partners") for event in events):
        return
    before = {other for code, _ in list_predecessors(asked, day) for other in codes_of(code)}
    shared = [own for own in group_by_holder(events, codes_of).values() if any(map(_read_others, own))]
    for own in shared:
        entries, standing = tuple(own), compute_standing(own, day, law, known)
        certificate = standing.certificate
        if certificate is None:
            continue
        partners = list_partners(own, certificate, known)
        related = _build_related(asked, Relation.JOINT, own[-1].subject, own[0].target, entries, standing, known)
        if not {own[0].subject, *related.sharers}.isdisjoint(codes_of(asked)):
            if own[0].subject not in before.union(codes_of(asked)):  # else it is its own, or its predecessor's
                yield related
            continue
        for code, change in list_predecessors(asked, day):
            if change.day > certificate.issued_on and not set(partners).isdisjoint(codes_of(code)):
                ruling = _find_ruling(find_rulings(entries, day, known), change, code)
                yield replace(related, succession=RuledChange(of=code, change=change, ruling=ruling))


def _build_related(
    asked: str,
    relation: Relation,
    subject: str,
    target: Target,
    entries: tuple[Event, ...],
    standing: Standing,
    known: datetime | None,
) -> RelatedEntries:
    certificate, changes, sharers = standing.certificate, list[RuledChange](), frozenset[str]()
    if certificate is not None:
        rulings = find_rulings(entries, standing.day, known)
        sharers = frozenset((certificate.subject, *_list_applicants(entries, certificate, known)))
        for partner in ("", *list_partners(entries, certificate, known)):
            of = partner or subject
            changes += (
                RuledChange(of=of, change=change, ruling=_find_ruling(rulings, change, partner))
                for change in list_territory_changes(of, certificate.issued_on, standing.day)
            )
    return RelatedEntries(
        asked=asked,
        relation=relation,
        subject=subject,
        target=target,
        entries=entries,
        standing=standing,
        certificate=certificate,
        changes=tuple(changes),
        sharers=sharers,
    )
