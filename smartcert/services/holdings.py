"""Which certificates are somebody's: its own, one that it shares, and one from before a merger or division."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from smartcert.certification.events import RULINGS, Event, EventKind, Purpose, Refusal, RefusedError, build_refusal
from smartcert.certification.holders import group_by_holder, list_schemes, select_scheme
from smartcert.certification.procedure import STEPS_OF_APPLICATION
from smartcert.certification.state import Certificate, Law, Standing
from smartcert.certification.timeline import build_replacement, compute_standing, parse_replacement, resolve_corrections
from smartcert.lazy_dataclass import dataclass
from smartcert.model.citation import Basis
from smartcert.model.local_government import Change
from smartcert.services.holders import codes_of
from smartcert.services.local_governments import list_predecessors, list_territory_changes, name_government

_PARTNER = re.compile(r"(?:^|; )partner ([0-9]{10}) ")
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
    """The entries of one holder about one scheme, what they add up to on a day, and why they are about somebody.

    ``subject`` is the code that the entries have, ``entries`` are all of them in their order. ``certificate`` is the
    latest one; of a predecessor that from the day before the change, even if it has ended since.
    """

    asked: str
    """The code of whom they are about."""
    relation: Relation
    subject: str
    scheme: str
    entries: tuple[Event, ...]
    standing: Standing
    certificate: Certificate | None
    changes: tuple[RuledChange, ...]
    succession: RuledChange | None = None
    """The change by which the one asked for came after a certified one, or after one that shares the certificate."""

    @property
    def awaits_ruling(self) -> bool:
        """Whether no ruling says yet whose the certificate is after a merger or division."""
        current = self.standing.certificate
        return current is not None and not current.ended and any(change.ruling is None for change in self.changes)

    @property
    def is_theirs(self) -> bool:
        """Whether the certificate, which has not ended, is that of the one asked for, as far as is ruled.

        By a ruling that names a holder it is that one's. By one that names nobody it is that of who was certified, or
        of who came after it alone. Without a ruling it is still that of who was certified, and of no successor.
        """
        current = self.standing.certificate
        if current is None or current.ended:
            return False
        codes, passed_on = codes_of(self.asked), self.passed_on_to
        if self.succession is None:
            return not passed_on or passed_on in codes
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
    came after.
    """
    return tuple(
        event
        for one in find_related(events, asked, day, law)
        if one.scheme == scheme
        if one.relation is Relation.OWN or any(_is_of(event, application) for event in one.entries)
        for event in one.entries
    )


def _is_of(event: Event, application: tuple[str, str]) -> bool:
    return event.kind is EventKind.APPLIED and (event.text("round"), event.text("application")) == application


def list_own(events: Sequence[Event], day: date, law: Law) -> list[RelatedEntries]:
    """Return the entries of every holder and scheme of a register, each as its own, at the end of ``day``."""
    return [
        _build_related(code, Relation.OWN, code, scheme, tuple(own), compute_standing(own, day, law), None)
        for (code, scheme), own in group_by_holder(events, codes_of).items()
    ]


def choose_entries(
    related: Sequence[RelatedEntries], kind: EventKind, facts: Mapping[str, str], number: str, rule: Basis
) -> RelatedEntries | None:
    """Return the entries of one scheme that a new one joins; None where they are the holder's own, and there are none.

    It is the entries with the one that ``facts`` name; those with certificate ``number`` where one is given; for a step
    of an application those with one under way; else those with the certificate that is the holder's. ``rule`` is the
    one that says who rules on mergers and divisions.

    Raises:
        RefusedError: no certificate has that number, several may be meant, the certificate has been passed on to
            another holder, or a ruling is awaited.
    """
    named = {facts[name] for name in _NAMES_AN_ENTRY if facts.get(name)}
    for entries in related:
        if named.intersection(str(event.seq) for event in entries.entries):
            return entries
    if kind is EventKind.APPLIED and facts.get("purpose") == Purpose.EXTENSION:
        return choose_certificate_to_extend(related, number, rule)
    if number:
        return _choose_by_number(related, number)
    own = next((entries for entries in related if entries.relation is Relation.OWN), None)
    if kind in _OF_ANYBODY:
        return own
    if kind in STEPS_OF_APPLICATION:
        under_way = (entries for entries in related if entries.standing.application is not None)
        return next(under_way, own)
    return _choose_certificate(related, kind, rule) or own


def complete_facts(
    chosen: RelatedEntries | None, kind: EventKind, facts: Mapping[str, str], day: date
) -> dict[str, str]:
    """Return the facts of a new entry that joins the ``chosen`` ones, with what follows from whose they are.

    An application or extension of a successor names it as the holder. A ruling names the partner that it is of, where
    it is of one, and states the name of the holder that it passes the certificate on to; so does a correction of one.

    Raises:
        RefusedError: the partner that is stated does not share the certificate.
    """
    completed = dict(facts)
    successor = chosen is not None and chosen.relation is Relation.PREDECESSOR
    if chosen is not None and successor and kind in (EventKind.APPLIED, EventKind.EXTENDED):
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


def choose_certificate_to_extend(related: Sequence[RelatedEntries], number: str, rule: Basis) -> RelatedEntries | None:
    """Return the entries of one scheme with the certificate that the holder may have extended; None if there is none.

    Raises:
        RefusedError: as `choose_entries`; or the holder shares the certificate, and another one leads.
    """
    own = next((entries for entries in related if entries.relation is Relation.OWN), None)
    chosen = _choose_by_number(related, number) if number else _choose_certificate(related, EventKind.EXTENDED, rule)
    if chosen is not None and chosen.relation is Relation.JOINT:
        words = {"number": _get_number(chosen), "name": chosen.standing.subject}
        raise RefusedError(build_refusal("extended_by_lead", words=words))
    if chosen is not None and chosen.awaits_ruling:
        raise RefusedError(_build_awaited(chosen, rule))
    return chosen or own


def _choose_by_number(related: Sequence[RelatedEntries], number: str) -> RelatedEntries:
    for entries in related:
        latest = entries.standing.certificate
        if latest is not None and number == _get_number(entries):
            return entries
        if latest is not None and any(earlier.number == number for earlier in entries.standing.certificates):
            words = {"number": number, "latest": latest.number or entries.subject}
            raise RefusedError(build_refusal("earlier_certificate", words=words))
    raise RefusedError(build_refusal("no_such_certificate", words={"number": number}))


def _choose_certificate(related: Sequence[RelatedEntries], kind: EventKind, rule: Basis) -> RelatedEntries | None:
    theirs = [entries for entries in related if entries.is_theirs]
    waiting = [entries for entries in related if entries.is_unsettled]
    candidates = [*theirs, *waiting] if kind in RULINGS else theirs
    if len(candidates) > 1:
        numbers = ", ".join(map(_get_number, candidates))
        raise RefusedError(build_refusal("several_certificates", words={"numbers": numbers}))
    if candidates:
        return candidates[0]
    if waiting:
        raise RefusedError(_build_awaited(waiting[0], rule))
    for entries in related:
        ruling = next((change.ruling for change in reversed(entries.changes) if change.passed_on_to), None)
        if entries.relation is Relation.OWN and ruling is not None and entries.passed_on_to and kind not in RULINGS:
            words = {"number": _get_number(entries), "holder": entries.passed_on_to, "entry": str(ruling.seq)}
            raise RefusedError(build_refusal("passed_on", rule, words=words))
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


_NAMES_AN_ENTRY = ("against", "corrects", "complaint")
_GRANTS = frozenset({EventKind.ISSUED, EventKind.EXTENDED, EventKind.TRANSCRIBED})
_OF_ANYBODY = frozenset({EventKind.APPLIED, EventKind.TRANSCRIBED, EventKind.COMPLAINT_RECEIVED})


def find_rulings(events: Sequence[Event], day: date, known: datetime | None = None) -> tuple[Event, ...]:
    """Return the rulings on mergers and divisions that count up to ``day``, in their order."""
    counted = resolve_corrections(events, known)
    return tuple(event for event in counted if event.kind in RULINGS and event.day <= day)


def _find_ruling(rulings: Iterable[Event], change: Change, partner: str) -> Event | None:
    """Return the last ruling on a change: of the holder, or of a partner where one is named."""
    codes = codes_of(partner) if partner else ("",)
    of_change = (event for event in rulings if event.text("change") == change.day.isoformat())
    return next((event for event in reversed(tuple(of_change)) if event.text("partner") in codes), None)


def list_partners(events: Sequence[Event], certificate: Certificate, known: datetime | None = None) -> tuple[str, ...]:
    """Return the codes of those who share a certificate with the holder of the entries, in its latest period."""
    partners: tuple[str, ...] = ()
    asking: tuple[str, ...] = ()
    for event in resolve_corrections(events, known):
        if event.kind is EventKind.APPLIED:
            asking = _read_partners(event)
        elif event.kind in _GRANTS:
            partners = asking
        if event.hash == certificate.periods[-1].entry:
            break
    return partners


def _read_partners(event: Event) -> tuple[str, ...]:
    """Return the codes of those who applied together with the lead, as an entry on an application has them."""
    return tuple(_PARTNER.findall(event.text("partners")))


def select_shared(events: Sequence[Event], asked: str) -> tuple[Event, ...]:
    """Return the entries of every lead that a holder applied with, from the first such application on."""
    codes = set(codes_of(asked))
    found: list[Event] = []
    for own in group_by_holder(events, codes_of).values():
        first = next((place for place, event in enumerate(own) if codes.intersection(_read_partners(event))), None)
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
    for scheme in list_schemes(own):
        entries = select_scheme(own, scheme)
        standing = compute_standing(entries, day, law, known)
        yield _build_related(asked, Relation.OWN, asked, scheme, entries, standing, known)


def _find_predecessors(
    events: Sequence[Event], asked: str, day: date, law: Law, known: datetime | None
) -> Iterator[RelatedEntries]:
    for code, change in list_predecessors(asked, day):
        own = _select(events, code)
        for scheme in list_schemes(own):
            entries = select_scheme(own, scheme)
            before = compute_standing(entries, change.day - _DAY, law, known).certificate
            if before is None or before.ended or before.valid_to < change.day:
                continue
            standing = compute_standing(entries, day, law, known)
            ruling = _find_ruling(find_rulings(entries, day, known), change, "")
            related = _build_related(asked, Relation.PREDECESSOR, code, scheme, entries, standing, known)
            succession = RuledChange(of=code, change=change, ruling=ruling)
            yield replace(related, certificate=before, succession=succession)


def _find_joint(
    events: Sequence[Event], asked: str, day: date, law: Law, known: datetime | None
) -> Iterator[RelatedEntries]:
    """Yield what is shared by the one asked for, or was by whom it came after."""
    if not any(event.text("partners") for event in events):
        return
    shared = [own for own in group_by_holder(events, codes_of).values() if any(map(_read_partners, own))]
    for own in shared:
        entries, standing = tuple(own), compute_standing(own, day, law, known)
        certificate = standing.certificate
        if certificate is None:
            continue
        partners = list_partners(own, certificate, known)
        related = _build_related(asked, Relation.JOINT, own[-1].subject, own[0].scheme, entries, standing, known)
        if not {own[0].subject, *partners}.isdisjoint(codes_of(asked)):
            if own[0].subject not in codes_of(asked):
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
    scheme: str,
    entries: tuple[Event, ...],
    standing: Standing,
    known: datetime | None,
) -> RelatedEntries:
    certificate, changes = standing.certificate, list[RuledChange]()
    if certificate is not None:
        rulings = find_rulings(entries, standing.day, known)
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
        scheme=scheme,
        entries=entries,
        standing=standing,
        certificate=certificate,
        changes=tuple(changes),
    )
