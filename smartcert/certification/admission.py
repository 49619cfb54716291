"""Whether an event may be entered: sound by itself, not of the future, and allowed where it falls in the history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from datetime import datetime

from smartcert.certification.chronicle import replay
from smartcert.certification.correction import unsound_correction
from smartcert.certification.events import Draft, Event, EventKind, event_of, normal
from smartcert.certification.facts import unsound
from smartcert.certification.holding import Law
from smartcert.certification.procedure import bases, refusals
from smartcert.certification.refusal import Refusal, RefusedError, refused
from smartcert.certification.state import State


def admitted(draft: Draft, events: Sequence[Event], law: Law, now: datetime, seq: int) -> Draft:
    """Return the draft with the rules that it rests on, if it may be entered as number ``seq`` after ``events``.

    The event takes its place by the time at which it happened. All entries of the holder are then held against the
    procedure again, so that one that is entered late, or corrected, leaves none behind that is no longer allowed.

    Raises:
        RefusedError: it may not.
    """
    for refusal in unsound(draft):
        raise RefusedError(refusal)
    event = event_of(draft, seq, now, "")
    for refusal in _unfitting(event, events, law, now):
        raise RefusedError(refusal)
    rests_on = tuple(f"{basis.name}@{basis.since.isoformat()}" for basis in bases(event, law))
    return replace(draft, at=normal(draft.at), editions=tuple(dict.fromkeys((*draft.editions, *rests_on))))


def _unfitting(event: Event, events: Sequence[Event], law: Law, now: datetime) -> Iterator[Refusal]:
    if event.at > now:
        yield refused("not_happened_yet", days={"day": event.day})
    if event.kind is EventKind.CORRECTED:
        yield from refusals(State(subject=event.subject), event, law, {})
        yield from unsound_correction(event, events)
    for entry, outcome in replay([*events, event], law, event.subject):
        if not isinstance(outcome, Refusal):
            continue
        if entry.seq == event.seq:
            yield outcome
        else:
            words = {"entry": str(entry.seq)}
            yield Refusal(
                code="order_broken",
                basis=outcome.basis,
                facts=refused("order_broken", words=words, terms={"event": f"event.{entry.kind}"}).facts,
            )


def draft_of(event: Event) -> Draft:
    """Return an entry without its place."""
    return Draft(**{one.name: getattr(event, one.name) for one in fields(Draft)})
