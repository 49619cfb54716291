"""What do the entries of one holder add up to on a day? Corrections resolved, entries replayed in their order."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from datetime import date, datetime
from typing import Any

from smartcert.certification.events import (
    REACHING_BACK,
    SET_BY_REGISTER,
    Draft,
    Event,
    EventKind,
    Refusal,
    RefusedError,
    Target,
    build_event,
    build_refusal,
    check_draft,
    normalise_moment,
)
from smartcert.certification.procedure import (
    advance,
    build_validity_refusal,
    compute_validity,
    find_bases,
    find_edition,
    find_refusals,
)
from smartcert.certification.state import HolderState, Law, Standing, bind_law, build_standing
from smartcert.certification.transitions import apply_event
from smartcert.lazy_dataclass import dataclass
from smartcert.model.citation import Basis
from smartcert.reporting.canonical import compact_json
from smartcert.rules.parameters import CertificationRules, Role


def resolve_corrections(events: Sequence[Event], known: datetime | None = None) -> tuple[Event, ...]:
    """Return the entries that count, in the order in which things happened.

    A correction changes the entry that it corrects, takes it out, or restores what was taken out. Corrections of what
    is taken out have no effect. Corrections themselves are left out. With ``known``, what was entered after that
    moment is left out: the answer is then what the register said at that moment.
    """
    seen = [event for event in events if known is None or event.recorded_at <= known]
    counted = {event.seq: event for event in seen if event.kind is not EventKind.CORRECTED}
    corrections = [event for event in seen if event.kind is EventKind.CORRECTED]
    taken_out: dict[int, Event] = {}
    for correction in sorted(corrections, key=lambda event: event.seq):
        target = int(correction.facts["corrects"])
        if correction.yes("restored") and target in taken_out:
            counted[target] = taken_out.pop(target)
        elif correction.yes("void") and target in counted:
            taken_out[target] = counted.pop(target)
        elif not correction.yes("void") and target in counted:
            counted[target] = _apply_correction(counted[target], correction)
    return tuple(sorted(counted.values(), key=lambda event: (event.at, event.seq)))


def replay(events: Sequence[Event], law: Law, subject: str) -> Iterator[tuple[Event, HolderState | Refusal]]:
    """Yield each entry that counts with the state after it, checked by the procedure; stop at the first refusal."""
    state, earlier = HolderState(subject=subject), dict[int, Event]()
    for event in resolve_corrections(events):
        outcome = advance(state, event, law, earlier)
        yield event, outcome
        if isinstance(outcome, Refusal):
            return
        state = outcome
        earlier[event.seq] = event


def compute_state(events: Sequence[Event], day: date, known: datetime | None = None) -> HolderState:
    """Return the state that the entries of one holder add up to at the end of ``day`` in Korea; nothing is checked.

    A later decision that restores a certificate, or lets its revocation count again, from ``day`` or before counts too.
    """
    state, earlier = HolderState(subject=events[0].subject if events else ""), dict[int, Event]()
    for event in resolve_corrections(events, known):
        if not counts_on(event, day):
            continue
        state = apply_event(state, event, earlier)
        earlier[event.seq] = event
    return state


def counts_on(event: Event, day: date) -> bool:
    """Return whether an entry counts at the end of ``day``: it is not later, or reaches back to that day."""
    reaches_back = event.kind in REACHING_BACK and bool(event.text("since"))
    return event.day <= day or (reaches_back and event.date("since") <= day)


def compute_standing(events: Sequence[Event], day: date, law: Law, known: datetime | None = None) -> Standing:
    """Return what one holder holds at the end of ``day`` in Korea, as far as it was entered by ``known``.

    Raises:
        NoRuleError: something is held on a day on which no rule on certificates is in force yet.
    """
    return build_standing(compute_state(events, day, known), day, law)


@dataclass(frozen=True, kw_only=True, slots=True)
class OtherValidity:
    """An entry whose validity is on other days than the rules give it, with these days."""

    event: Event
    wanted: tuple[date, date]
    rules: CertificationRules

    @property
    def reason(self) -> str:
        """Why, as the entry states it; empty for an entry of an earlier version, which did not ask."""
        return self.event.text("otherwise")


def find_other_validities(events: Sequence[Event], law: Law) -> Iterator[OtherValidity]:
    """Yield the entries of one holder that count and whose validity is on other days than the rules give it.

    They are allowed, as `replay` has made sure: the reason is stated, or an earlier version counted the days.
    """
    state, earlier = HolderState(subject=events[0].subject if events else ""), dict[int, Event]()
    for event in resolve_corrections(events):
        if event.kind in (EventKind.ISSUED, EventKind.EXTENDED):
            own_law = bind_law(law, find_edition(state, event.kind, event.text("edition")))
            wanted = compute_validity(state, event, own_law)
            if (event.date("valid_from"), event.date("valid_to")) != wanted:
                yield OtherValidity(event=event, wanted=wanted, rules=own_law(event.day))
        state = apply_event(state, event, earlier)
        earlier[event.seq] = event


def _apply_correction(event: Event, correction: Event) -> Event:
    """Return an entry with the changes of a correction; its number stays, its hash is that of the correction."""
    new = json.loads(correction.facts["replacement"])
    changed = {key: new[key] for key in ("actor", "reason", "evaluation") if key in new}
    changed["facts"] = {**event.facts, **new.get("facts", {})}
    if "at" in new:
        changed["at"] = normalise_moment(datetime.fromisoformat(new["at"]))
    if "role" in new:
        changed["role"] = Role(new["role"])
    return replace(event, **changed, hash=correction.hash)


CORRECTABLE_FIELDS = ("actor", "role", "at", "reason", "evaluation", "facts")
"""The fields that a correction can change; for another kind or holder an entry is taken out and entered anew."""


def check_correction(event: Event, events: Sequence[Event], *, new: bool = True) -> Iterator[Refusal]:
    """Yield what is wrong with a correction by itself, before all entries are checked by the procedure again.

    A ``new`` one must be of an entry that counts; earlier versions also entered others, which had no effect.
    """
    target = next((entry for entry in events if entry.seq == int(event.facts["corrects"])), None)
    if target is None or target.kind is EventKind.CORRECTED:
        yield build_refusal("corrects_nothing", words={"entry": event.facts["corrects"]})
        return
    counts = any(entry.seq == target.seq for entry in resolve_corrections(events))
    if event.yes("restored"):
        if counts or event.yes("void") or event.text("replacement"):
            yield build_refusal("not_taken_out", words={"entry": event.facts["corrects"]})
        return
    if not counts and new:
        yield build_refusal("taken_out", words={"entry": event.facts["corrects"]})
        return
    if event.yes("void") and not (new and event.text("replacement")):
        return
    changes = parse_replacement(event.text("replacement"))
    if not changes or event.yes("void"):
        yield build_refusal("correction_unreadable", words={"wanted": ", ".join(CORRECTABLE_FIELDS)})
        return
    if not SET_BY_REGISTER.isdisjoint(changes.get("facts", {})):
        yield build_refusal("number_stays")
        return
    if "invented" in changes.get("facts", {}):
        yield build_refusal("invented_stays")
        return
    facts = changes.get("facts", {})
    if Target(facts.get("scheme", target.scheme), facts.get("service", target.target.service)) != target.target:
        yield build_refusal("scheme_stays")
        return
    changed = _apply_correction(target, event)
    yield from check_draft(Draft(**{item.name: getattr(changed, item.name) for item in fields(Draft)}))


def build_replacement(changes: Mapping[str, Any]) -> str:
    """Return the text of a correction's fact ``replacement`` from the fields that change."""
    return compact_json(dict(changes))


def parse_replacement(text: str) -> dict[str, Any] | None:
    """Return the changes that the text of a correction states, or None where they cannot be read."""
    try:
        changes = json.loads(text)
        if not isinstance(changes, dict) or not changes.keys() <= set(CORRECTABLE_FIELDS):
            return None
        facts = changes.get("facts", {})
        texts = [value for name, value in changes.items() if name != "facts"]
        if not isinstance(facts, dict) or not all(isinstance(value, str) for value in (*texts, *facts.values())):
            return None
        if "at" in changes and datetime.fromisoformat(changes["at"]).tzinfo is None:
            return None
        if "role" in changes:
            Role(changes["role"])
    except ValueError:
        return None
    return changes


def admit_draft(
    draft: Draft, events: Sequence[Event], law: Law, now: datetime, seq: int, *, followed: bool = False
) -> Draft:
    """Return the draft with the rules that it rests on, if it may be entered as number ``seq`` after ``events``.

    Its texts are put into NFC. It must be valid by itself, not of the future, and allowed at the time at which it
    happened. All entries of the holder are then checked by the procedure again: one that is entered late, or a
    correction, must leave none behind that is no longer allowed; one that is ``followed`` by others in one transaction
    leaves that to the last of them.

    Raises:
        RefusedError: it may not be entered.
    """
    draft = _compose_texts(draft)
    for refusal in check_draft(draft):
        raise RefusedError(refusal)
    event = build_event(draft, seq, now, "")
    for refusal in _check_event(event, events, law, now, followed=followed):
        raise RefusedError(refusal)
    own_law = bind_law(law, find_edition(compute_state(events, event.day), event.kind, event.text("edition")))
    rests_on = tuple(f"{basis.name}@{basis.since.isoformat()}" for basis in find_bases(event, own_law))
    return replace(draft, at=normalise_moment(draft.at), editions=tuple(dict.fromkeys((*draft.editions, *rests_on))))


def _compose_texts(draft: Draft) -> Draft:
    """Return a draft whose texts have syllables where they were written as single letters (NFD), as on a Mac."""
    return replace(
        draft,
        subject=unicodedata.normalize("NFC", draft.subject),
        actor=unicodedata.normalize("NFC", draft.actor),
        reason=unicodedata.normalize("NFC", draft.reason),
        facts={name: unicodedata.normalize("NFC", value) for name, value in draft.facts.items()},
    )


def check_first_application(event: Draft, events: Sequence[Event], rule: Basis) -> Iterator[Refusal]:
    """Yield a refusal with the number of the certificate, or of the entry, of the same application of the same round.

    An entry that was taken out does not count. Registers that were written before this check stay valid.
    """
    counted = resolve_corrections(events)
    same = [entry for entry in counted if entry.kind is EventKind.APPLIED and _is_same_application(entry, event)]
    if not same:
        return
    words = {"application": event.facts["application"], "round": event.facts["round"], "entry": str(same[0].seq)}
    number, granted, last = "", False, same[0]
    for entry in counted:
        began = (entry.at, entry.seq) > (same[0].at, same[0].seq)
        if began and entry.kind is EventKind.APPLIED:
            break
        if entry.kind is EventKind.ISSUED:
            number = entry.text("number")
        granted = granted or (began and entry.kind in _GRANTS)
        last = entry if began and entry.kind in _APPLICATION_ENDS else last
    if granted and number:
        yield build_refusal("issued_already", rule, words={**words, "number": number})
    elif last is not same[0]:
        yield build_refusal("ended_already", rule, words=words, terms={"event": f"event.{last.kind}"})
    else:
        yield build_refusal("applied_already", rule, words=words)


_GRANTS = frozenset({EventKind.ISSUED, EventKind.EXTENDED})
_APPLICATION_ENDS = _GRANTS | {EventKind.DECLINED, EventKind.WITHDRAWN}


def _is_same_application(first: Draft, second: Draft) -> bool:
    return all(first.facts.get(name) == second.facts.get(name) for name in ("round", "application"))


def _check_event(
    event: Event, events: Sequence[Event], law: Law, now: datetime, *, followed: bool
) -> Iterator[Refusal]:
    if event.at > now:
        yield build_refusal("not_happened_yet", days={"day": event.day})
    if event.kind is EventKind.REINSTATED and not event.text("since"):
        yield build_refusal("since_not_stated", law(event.day).reinstates.basis)
    if event.kind is EventKind.APPLIED:
        yield from check_first_application(event, events, law(event.day, event.text("edition")).issues.basis)
    if event.kind is EventKind.CORRECTED:
        yield from find_refusals(HolderState(subject=event.subject), event, law, {})
        yield from check_correction(event, events)
    for entry, outcome in replay([*events, event], law, event.subject):
        if not isinstance(outcome, Refusal):
            continue
        if entry.seq == event.seq:
            yield outcome
        elif not followed:
            words, terms = {"entry": str(entry.seq)}, {"event": f"event.{entry.kind}"}
            yield replace(build_refusal("order_broken", *outcome.basis, words=words, terms=terms), cause=outcome)
        return
    entered = int(event.text("corrects")) if _changes_validity(event) else event.seq
    for other in find_other_validities([*events, event], law):
        if other.event.seq == entered and not other.reason:
            yield build_validity_refusal(other.wanted, other.rules)


def _changes_validity(event: Event) -> bool:
    """Return whether an entry is a correction of the first or last day of a validity."""
    changes = parse_replacement(event.text("replacement")) if event.kind is EventKind.CORRECTED else None
    changed: Mapping[str, str] = (changes or {}).get("facts", {})
    return not changed.keys().isdisjoint(("valid_from", "valid_to"))
