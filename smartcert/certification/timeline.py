"""Standing on a day, corrections."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from typing import Any

from smartcert.certification.events import (
    Draft,
    Event,
    EventKind,
    Refusal,
    build_refusal,
    check_draft,
    normalise_moment,
)
from smartcert.certification.procedure import advance
from smartcert.certification.state import HolderState, Law, Standing, build_standing, find_change_days, find_holding
from smartcert.certification.transitions import apply_event
from smartcert.reporting.canonical import compact_json
from smartcert.rules.parameters import Role

# --- The entries of one holder as a history: what was corrected, the state after each, and what held on any day.

_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """Days, the first and the last included, on which one thing was held; ``compute_standing`` is that of the first."""

    first: date
    last: date
    standing: Standing


def resolve_corrections(events: Sequence[Event], known: datetime | None = None) -> tuple[Event, ...]:
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
            counted[target] = _apply_correction(counted[target], correction)
    return tuple(sorted(counted.values(), key=lambda event: (event.at, event.seq)))


def replay(events: Sequence[Event], law: Law, subject: str) -> Iterator[tuple[Event, HolderState | Refusal]]:
    """Yield each entry that counts with the state after it, held against the procedure; stop at the first refusal."""
    state, earlier = HolderState(subject=subject), dict[int, Event]()
    for event in resolve_corrections(events):
        outcome = advance(state, event, law, earlier)
        yield event, outcome
        if isinstance(outcome, Refusal):
            return
        state = outcome
        earlier[event.seq] = event


def compute_state(events: Sequence[Event], day: date, known: datetime | None = None) -> HolderState:
    """Return what the entries of one holder add up to at the end of ``day``."""
    state, earlier = HolderState(subject=events[0].subject if events else ""), dict[int, Event]()
    for event in resolve_corrections(events, known):
        if event.day > day:
            break
        state = apply_event(state, event, earlier)
        earlier[event.seq] = event
    return state


def compute_standing(events: Sequence[Event], day: date, law: Law, known: datetime | None = None) -> Standing:
    """Return what held for one holder at the end of ``day`` in Korea.

    Raises:
        NoRuleError: something was held on a day on which no rule on certificates held yet.
    """
    return build_standing(compute_state(events, day, known), day, law)


def compute_spans(events: Sequence[Event], law: Law, first: date, last: date) -> tuple[Span, ...]:
    """Return the days from ``first`` to ``last``, both included, cut wherever the holding or the certificate changes.

    Where an amendment changes a period in the middle of a validity, the cut is that of the rules of its decision.
    """
    found: list[Span] = []
    for begin, end, state in _split_at_events(events, first, last):
        edges = sorted({begin, *(day for day in find_change_days(state, law) if begin < day <= end)})
        for edge, following in zip(edges, [*edges[1:], end + _DAY], strict=True):
            _append_span(found, Span(first=edge, last=following - _DAY, standing=build_standing(state, edge, law)))
    return tuple(found)


def holding_on(events: Sequence[Event], day: date, law: Law) -> str:
    """Return only what is held on ``day``."""
    return find_holding(compute_state(events, day), day, law)


def _split_at_events(events: Sequence[Event], first: date, last: date) -> Iterator[tuple[date, date, HolderState]]:
    """Yield the stretches of days in which nothing was entered, each with the state that held."""
    state, earlier = HolderState(subject=events[0].subject if events else ""), dict[int, Event]()
    begin = first
    for event in resolve_corrections(events):
        if event.day > last:
            break
        if event.day > begin:
            yield begin, event.day - _DAY, state
            begin = event.day
        state = apply_event(state, event, earlier)
        earlier[event.seq] = event
    yield begin, last, state


def _append_span(found: list[Span], span: Span) -> None:
    before = found[-1] if found else None
    if before and before.standing.holding is span.standing.holding and _same(before.standing, span.standing):
        found[-1] = replace(before, last=span.last)
    else:
        found.append(span)


def _same(one: Standing, other: Standing) -> bool:
    return one.certificates == other.certificates


def _seq(event: Event) -> int:
    return event.seq


def _apply_correction(event: Event, correction: Event) -> Event:
    """Return the corrected version of an entry: what the correction names is new, all else as it was.

    It keeps its number, and its hash is that of the correction.
    """
    new = json.loads(correction.facts["replacement"])
    changed = {key: new[key] for key in ("actor", "reason", "evaluation") if key in new}
    changed["facts"] = {**event.facts, **new.get("facts", {})}
    if "at" in new:
        changed["at"] = normalise_moment(datetime.fromisoformat(new["at"]))
    if "role" in new:
        changed["role"] = Role(new["role"])
    return replace(event, **changed, hash=correction.hash)


# --- Corrections: whether one names an entry that can be corrected, and says what it changes.

CORRECTABLE_FIELDS = ("actor", "role", "at", "reason", "evaluation", "facts")
"""What of an entry a correction can change; for another kind or holder the entry is taken out and entered anew."""


def check_correction(event: Event, events: Sequence[Event]) -> Iterator[Refusal]:
    """Yield what is wrong with a correction, before all entries are held against the procedure again."""
    target = next((one for one in events if one.seq == int(event.facts["corrects"])), None)
    if target is None or target.kind is EventKind.CORRECTED:
        yield build_refusal("corrects_nothing", words={"entry": event.facts["corrects"]})
        return
    if event.yes("void"):
        return
    new = _parse_replacement(event.text("replacement"))
    if new is None or not new:
        yield build_refusal("correction_unreadable", words={"wanted": ", ".join(CORRECTABLE_FIELDS)})
        return
    if "number" in new.get("facts", {}):
        yield build_refusal("number_stays")
        return
    changed = next(one for one in resolve_corrections([target, event]) if one.seq == target.seq)
    yield from check_draft(Draft(**{one.name: getattr(changed, one.name) for one in fields(Draft)}))


def build_replacement(changes: Mapping[str, Any]) -> str:
    """Return the text of a correction's fact ``build_replacement``."""
    return compact_json(dict(changes))


def set_number(draft: Draft, number: str) -> Draft:
    """Return a draft with the number that the register gave."""
    return replace(draft, facts={**draft.facts, "number": number})


def _parse_replacement(text: str) -> dict[str, Any] | None:
    try:
        read = json.loads(text)
    except ValueError:
        return None
    if not isinstance(read, dict) or not read.keys() <= set(CORRECTABLE_FIELDS):
        return None
    facts = read.get("facts", {})
    plain = isinstance(facts, dict) and all(isinstance(one, str) for one in facts.values())
    texts = all(isinstance(value, str) for name, value in read.items() if name != "facts")
    return read if plain and texts and _is_valid_replacement(read) else None


def _is_valid_replacement(read: Mapping[str, str]) -> bool:
    try:
        at = datetime.fromisoformat(read["at"]) if "at" in read else None
        role = Role(read["role"]) if "role" in read else None
    except ValueError:
        return False
    return (at is None or at.tzinfo is not None) and (role is None or role in Role)
