"""The entries of one holder as a history: what was corrected, the state after each, and what held on any day."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from smartcert.certification.effects import applied
from smartcert.certification.events import Event, EventKind, normal
from smartcert.certification.holding import Law, holding, standing_of, turns
from smartcert.certification.procedure import after
from smartcert.certification.refusal import Refusal
from smartcert.certification.state import Standing, State
from smartcert.rules.certification import Role

_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """Days, the first and the last included, on which one thing was held; ``standing`` is that of the first."""

    first: date
    last: date
    standing: Standing


def effective(events: Sequence[Event], known: datetime | None = None) -> tuple[Event, ...]:
    """Return the entries that count, in the order in which things happened.

    A correction puts its version in the place of the entry that it corrects, or takes that out; of several
    corrections of one entry the last counts. Corrections themselves do not count as happenings. With ``known``, what
    was written down after that moment is left out: the answer is then what the register said at that moment.
    """
    seen = [event for event in events if known is None or event.recorded_at <= known]
    counted = {event.seq: event for event in seen if event.kind is not EventKind.CORRECTED}
    for correction in sorted((event for event in seen if event.kind is EventKind.CORRECTED), key=_seq):
        target = int(correction.facts["corrects"])
        if correction.yes("void"):
            counted.pop(target, None)
        elif target in counted:
            counted[target] = _replaced(counted[target], correction)
    return tuple(sorted(counted.values(), key=lambda event: (event.at, event.seq)))


def replay(events: Sequence[Event], law: Law, subject: str) -> Iterator[tuple[Event, State | Refusal]]:
    """Yield each entry that counts with the state after it, held against the procedure; stop at the first refusal."""
    state, earlier = State(subject=subject), dict[int, Event]()
    for event in effective(events):
        outcome = after(state, event, law, earlier)
        yield event, outcome
        if isinstance(outcome, Refusal):
            return
        state = outcome
        earlier[event.seq] = event


def state_on(events: Sequence[Event], day: date, known: datetime | None = None) -> State:
    """Return what the entries of one holder add up to at the end of ``day``."""
    state, earlier = State(subject=events[0].subject if events else ""), dict[int, Event]()
    for event in effective(events, known):
        if event.day > day:
            break
        state = applied(state, event, earlier)
        earlier[event.seq] = event
    return state


def standing(events: Sequence[Event], day: date, law: Law, known: datetime | None = None) -> Standing:
    """Return what held for one holder at the end of ``day`` in Korea.

    Raises:
        NoRuleError: something was held on a day on which no rule on certificates held yet.
    """
    return standing_of(state_on(events, day, known), day, law)


def spans(events: Sequence[Event], law: Law, first: date, last: date) -> tuple[Span, ...]:
    """Return the days from ``first`` to ``last``, both included, cut wherever the holding or the certificate changes.

    Where an amendment changes a period in the middle of a validity, the cut is that of the rules of its decision.
    """
    found: list[Span] = []
    for begin, end, state in _stretches(events, first, last):
        edges = sorted({begin, *(day for day in turns(state, law) if begin < day <= end)})
        for edge, following in zip(edges, [*edges[1:], end + _DAY], strict=True):
            _add(found, Span(first=edge, last=following - _DAY, standing=standing_of(state, edge, law)))
    return tuple(found)


def holding_on(events: Sequence[Event], day: date, law: Law) -> str:
    """Return only what is held on ``day``."""
    return holding(state_on(events, day), day, law)


def _stretches(events: Sequence[Event], first: date, last: date) -> Iterator[tuple[date, date, State]]:
    """Yield the stretches of days in which nothing was entered, each with the state that held."""
    state, earlier = State(subject=events[0].subject if events else ""), dict[int, Event]()
    begin = first
    for event in effective(events):
        if event.day > last:
            break
        if event.day > begin:
            yield begin, event.day - _DAY, state
            begin = event.day
        state = applied(state, event, earlier)
        earlier[event.seq] = event
    yield begin, last, state


def _add(found: list[Span], span: Span) -> None:
    before = found[-1] if found else None
    if before and before.standing.holding is span.standing.holding and _same(before.standing, span.standing):
        found[-1] = replace(before, last=span.last)
    else:
        found.append(span)


def _same(one: Standing, other: Standing) -> bool:
    return one.certificates == other.certificates


def _seq(event: Event) -> int:
    return event.seq


def _replaced(event: Event, correction: Event) -> Event:
    """Return the corrected version of an entry: what the correction names is new, all else as it was.

    It keeps its number, and its hash is that of the correction.
    """
    new = json.loads(correction.facts["replacement"])
    changed = {key: new[key] for key in ("actor", "reason", "evaluation") if key in new}
    changed["facts"] = {**event.facts, **new.get("facts", {})}
    if "at" in new:
        changed["at"] = normal(datetime.fromisoformat(new["at"]))
    if "role" in new:
        changed["role"] = Role(new["role"])
    return replace(event, **changed, hash=correction.hash)
