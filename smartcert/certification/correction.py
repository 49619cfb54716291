"""Corrections: whether one names an entry that can be corrected, and says what it changes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from smartcert.certification.chronicle import effective
from smartcert.certification.events import Draft, Event, EventKind
from smartcert.certification.facts import unsound
from smartcert.certification.refusal import Refusal, refused
from smartcert.rules.certification import Role

CHANGEABLE = ("actor", "role", "at", "reason", "evaluation", "facts")
"""What of an entry a correction can change; for another kind or holder the entry is taken out and entered anew."""


def unsound_correction(event: Event, events: Sequence[Event]) -> Iterator[Refusal]:
    """Yield what is wrong with a correction, before all entries are held against the procedure again."""
    target = next((one for one in events if one.seq == int(event.facts["corrects"])), None)
    if target is None or target.kind is EventKind.CORRECTED:
        yield refused("corrects_nothing", words={"entry": event.facts["corrects"]})
        return
    if event.yes("void"):
        return
    new = _read(event.text("replacement"))
    if new is None or not new:
        yield refused("correction_unreadable", words={"wanted": ", ".join(CHANGEABLE)})
        return
    if "number" in new.get("facts", {}):
        yield refused("number_stays")
        return
    changed = next(one for one in effective([target, event]) if one.seq == target.seq)
    yield from unsound(Draft(**{one.name: getattr(changed, one.name) for one in fields(Draft)}))


def replacement(changes: Mapping[str, Any]) -> str:
    """Return the text of a correction's fact ``replacement``."""
    return json.dumps(dict(changes), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def with_number(draft: Draft, number: str) -> Draft:
    """Return a draft with the number that the register gave."""
    return replace(draft, facts={**draft.facts, "number": number})


def _read(text: str) -> dict[str, Any] | None:
    try:
        read = json.loads(text)
    except ValueError:
        return None
    if not isinstance(read, dict) or not read.keys() <= set(CHANGEABLE):
        return None
    facts = read.get("facts", {})
    plain = isinstance(facts, dict) and all(isinstance(one, str) for one in facts.values())
    texts = all(isinstance(value, str) for name, value in read.items() if name != "facts")
    return read if plain and texts and _is_sound(read) else None


def _is_sound(read: Mapping[str, str]) -> bool:
    try:
        at = datetime.fromisoformat(read["at"]) if "at" in read else None
        role = Role(read["role"]) if "role" in read else None
    except ValueError:
        return False
    return (at is None or at.tzinfo is not None) and (role is None or role in Role)
