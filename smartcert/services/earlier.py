"""What is known of the applicants of a round from before it: from records of earlier rounds, and from certificates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from smartcert.errors import UsageError
from smartcert.model.citation import Text
from smartcert.model.earlier import Earlier, EarlierCertificate, EarlierRound, LaterChange
from smartcert.model.outcome import Outcome, VoteTally
from smartcert.reporting.records import RoundRecord
from smartcert.services.holders import codes_of
from smartcert.services.local_governments import list_predecessors
from smartcert.services.rounds import OpenRound

if TYPE_CHECKING:  # heavy, as what is imported in functions: most invented rounds have no certificates before them
    from smartcert.certification.events import Event
    from smartcert.certification.state import Certificate
    from smartcert.services.holdings import RelatedEntries


def find_known(
    opened: OpenRound, records: Iterable[RoundRecord], register: Path | None = None
) -> tuple[Mapping[str, Earlier], Mapping[str, LaterChange]]:
    """Return by id what is known of each applicant from before the round, and what became of its certificate since.

    Those of whom nothing is are left out.

    From before: ``records`` may be of any rounds: those count that were called before this one, under the same scheme,
    and are invented as it is. Certificates are those of the register, or without one the published ones of a real
    round, that were issued before the day of the call, also one that a ruling has passed on. Both follow a local
    government through its codes.

    Since: by the register the latest state counts, whatever the day: what was restored is not among it, nor is an end
    of validity. Without a register it is nothing.

    Raises:
        UsageError: the register is not intact.
    """
    events = _read_events(opened, register)
    return _find_earlier(opened, records, events), _find_later(opened, events if register is not None else ())


def _find_earlier(opened: OpenRound, records: Iterable[RoundRecord], events: Sequence[Event]) -> Mapping[str, Earlier]:
    facts = opened.facts
    own_scheme = facts.scheme.id if facts.scheme else ""
    before = sorted(
        (
            record
            for record in records
            if record.round.governing_day < facts.governing_day
            and record.round.invented == facts.invented
            and (record.round.scheme.id if record.round.scheme else "") == own_scheme
        ),
        key=lambda record: (record.round.governing_day, record.round.id),
    )
    if not (before or events):
        return {}
    earlier = {}
    for evaluation in opened.verdicts:
        codes = frozenset(codes_of(evaluation.applicant.code))
        passed_on = _find_passed_on(events, evaluation.applicant.code, opened)
        found = Earlier(
            rounds=tuple(_select_rounds(before, codes)),
            certificates=tuple(_select_certificates(events, codes | passed_on, opened)),
        )
        if found != Earlier():
            earlier[evaluation.id] = found
    return earlier


def _select_rounds(records: Iterable[RoundRecord], codes: frozenset[str]) -> Iterator[EarlierRound]:
    for record in records:
        for evaluation, outcome in record.pairs:
            if evaluation.applicant.code in codes:
                card = evaluation.scorecard
                yield EarlierRound(
                    round=record.round.id,
                    title=record.round.title,
                    governing_day=record.round.governing_day,
                    name=evaluation.applicant.full_name,
                    points=card.points if card else None,
                    out_of=card.out_of if card else None,
                    outcome=_select_result(outcome),
                )


def _select_result(outcome: Outcome) -> Outcome:
    """Return an outcome without who voted, proposed and decided, and why: the level and the result remain."""
    return replace(
        outcome,
        vote=VoteTally(result=outcome.vote.result),
        proposed=None,
        decided=replace(outcome.decided, by="", reason="") if outcome.decided else None,
        validity=None,
        findings=(),
    )


def _find_later(opened: OpenRound, events: Sequence[Event]) -> Mapping[str, LaterChange]:
    if not events:
        return {}
    from smartcert.certification.periods import to_korean_day
    from smartcert.certification.timeline import resolve_corrections
    from smartcert.services.holdings import list_own

    scheme = opened.facts.scheme.id if opened.facts.scheme else ""
    day = to_korean_day(max(event.recorded_at for event in events))
    later = {}
    for own in list_own(events, day, opened.rulebook.certification_on):
        if own.scheme != scheme:
            continue
        asked = {event.text("application") for event in resolve_corrections(own.entries) if _is_of_round(event, opened)}
        for certificate in own.standing.certificates:
            current = own.standing.certificate is certificate
            change = _describe_change(own, certificate, awaits_ruling=current and own.awaits_ruling)
            if change and any(period.round == opened.facts.id for period in certificate.periods):
                later.update(dict.fromkeys(asked, change))
    return later


def _is_of_round(event: Event, opened: OpenRound) -> bool:
    return event.kind.value == "applied" and event.text("round") == opened.facts.id


def _describe_change(own: RelatedEntries, certificate: Certificate, *, awaits_ruling: bool) -> LaterChange | None:
    if certificate.ended and certificate.ended_on:
        return LaterChange(status=certificate.ended, since=certificate.ended_on)
    if certificate.suspended_on is not None:
        return LaterChange(status="suspended", since=certificate.suspended_on)
    if awaits_ruling:
        return LaterChange(
            status="awaits_ruling", since=next(ruled.change.day for ruled in own.changes if ruled.ruling is None)
        )
    return None


def _read_events(opened: OpenRound, register: Path | None) -> Sequence[Event]:
    """Return the entries of the register, else the published certifications; none for an invented round without one."""
    law = opened.rulebook.certification_on
    if register is not None:
        from smartcert.certification.integrity import verify
        from smartcert.certification.store import Register

        if verify(register, law, codes_of=codes_of):
            raise UsageError(f"{register} is not intact; run 'smartcert register verify' first")
        with Register.read(register, codes_of) as entries:
            return entries.events()
    if opened.facts.invented:
        return ()
    from smartcert.certification.public_history import to_events
    from smartcert.services.history import open_history

    return to_events(open_history().certifications, law)


def _find_passed_on(events: Sequence[Event], code: str, opened: OpenRound) -> frozenset[str]:
    """Return the codes of those whose certificate a ruling on a merger or division has passed on to an applicant."""
    day = opened.facts.governing_day
    if not events or not list_predecessors(code, day):
        return frozenset()
    from smartcert.services.holdings import Relation, find_related

    related = find_related(events, code, day, opened.rulebook.certification_on)
    theirs = [one for one in related if one.relation is Relation.PREDECESSOR and one.is_theirs]
    return frozenset(own for one in theirs for own in codes_of(one.subject))


def _select_certificates(
    events: Sequence[Event], codes: frozenset[str], opened: OpenRound
) -> Iterator[EarlierCertificate]:
    scheme, day = opened.facts.scheme.id if opened.facts.scheme else "", opened.facts.governing_day
    own = [event for event in events if event.subject in codes and event.scheme == scheme]
    if not own:
        return
    from smartcert.certification.holders import group_by_holder
    from smartcert.certification.timeline import compute_standing

    chains = group_by_holder(own, codes_of).values()  # each of one holder and one target
    standings = (compute_standing(chain, day, opened.rulebook.certification_on) for chain in chains)
    for certificate in (certificate for standing in standings for certificate in standing.certificates):
        begun = certificate.list_begun()
        for period in begun:
            if certificate.issued_on < day and period.round != opened.facts.id:
                yield EarlierCertificate(
                    name=_name_with_service(period.name, certificate.service),
                    round=period.round,
                    level=period.level,
                    first=period.valid_from,
                    last=certificate.find_last_day(period),
                    ended=certificate.ended if period is begun[-1] else "",
                )


def _name_with_service(name: Text, service: str) -> Text:
    return Text(ko=f"{name.ko}, {service}", en=f"{name.en}, {service}") if service else name
