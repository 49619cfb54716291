"""Events: what a register entry says, which facts each kind needs, and its canonical bytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from smartcert.certification.days import KOREAN_TIME, korean_day
from smartcert.rules.certification import Role


class EventKind(StrEnum):
    """Everything that can happen to a certificate, and to the entries about it."""

    APPLIED = "applied"
    WITHDRAWN = "withdrawn"
    EVALUATED = "evaluated"
    PROPOSED = "proposed"
    DECIDED = "decided"
    DECLINED = "declined"
    ISSUED = "issued"
    EXTENDED = "extended"
    TRANSCRIBED = "transcribed"
    REVIEW_DUE = "review_due"
    REVIEWED = "reviewed"
    EXPIRED = "expired"
    LAPSED = "lapsed"
    FIRST_NOTICE = "first_notice"
    SECOND_NOTICE = "second_notice"
    EXPLANATION_RECEIVED = "explanation_received"
    EXPLANATION_ACCEPTED = "explanation_accepted"
    EXPLANATION_REJECTED = "explanation_rejected"
    REVOCATION_DROPPED = "revocation_dropped"
    REVOKED = "revoked"
    NOTIFIED = "notified"
    PUBLISHED = "published"
    REINSTATED = "reinstated"
    OBJECTION_FILED = "objection_filed"
    OBJECTION_DECIDED = "objection_decided"
    CORRECTED = "corrected"


class Purpose(StrEnum):
    """What an application asks for: a certificate, or the extension of one."""

    NEW = "new"
    EXTENSION = "extension"


class Ground(StrEnum):
    """The two grounds of Article 33 on which a certification is revoked."""

    IMPROPER = "improper"
    BELOW_CRITERIA = "below_criteria"


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """An event before it has a place in the register. A fact that is a day, a number or yes/no is written as text."""

    subject: str
    kind: EventKind
    actor: str
    role: Role
    at: datetime
    reason: str
    editions: tuple[str, ...] = ()
    evaluation: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Event(Draft):
    """An entry of the register: ``previous`` is the hash of the entry before, ``hash`` its own."""

    seq: int
    recorded_at: datetime
    previous: str
    hash: str = ""

    @property
    def day(self) -> date:
        """The day in Korea on which it happened."""
        return korean_day(self.at)

    def text(self, name: str) -> str:
        """Return a fact as text; empty where it was not given."""
        return self.facts.get(name, "")

    def date(self, name: str) -> date:
        """Return a fact that is a day and was held to be one."""
        return date.fromisoformat(self.facts[name])

    def number(self, name: str) -> int | None:
        """Return a fact that is a whole number, or None where it was not given."""
        return int(self.facts[name]) if self.facts.get(name) else None

    def yes(self, name: str) -> bool:
        """Return whether a fact says yes."""
        return self.facts.get(name) == "yes"


def normal(moment: datetime) -> datetime:
    """Return a moment in Korean time, to the second.

    Raises:
        ValueError: it has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone")
    return moment.astimezone(KOREAN_TIME).replace(microsecond=0)


def canonical(event: Event) -> bytes:
    """Return what the hash of an entry is taken over: all of it but the hash, as JSON with sorted keys."""
    plain = {one.name: _plain(getattr(event, one.name)) for one in fields(event) if one.name != "hash"}
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def sealed(event: Event) -> Event:
    """Return the event with its hash."""
    return replace(event, hash=digest(canonical(event)))


def digest(data: bytes) -> str:
    """Return the SHA-256 of ``data`` in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def from_canonical(data: bytes) -> Event:
    """Return the event whose canonical bytes these are.

    Raises:
        ValueError: they are not the canonical bytes of an event.
    """
    plain = json.loads(data)
    if not isinstance(plain, dict) or plain.keys() != {one.name for one in fields(Event)} - {"hash"}:
        raise ValueError("not the keys of an event")
    event = _event(plain)
    if canonical(event) != data:
        raise ValueError("not written canonically")
    return replace(event, hash=digest(data))


def event_of(draft: Draft, seq: int, recorded_at: datetime, previous: str) -> Event:
    """Return a draft as an entry at its place in the chain."""
    own: dict[str, Any] = {one.name: getattr(draft, one.name) for one in fields(Draft)}
    own["at"] = normal(draft.at)
    return sealed(Event(**own, seq=seq, recorded_at=normal(recorded_at), previous=previous))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, tuple) else value


def _event(plain: Mapping[str, Any]) -> Event:
    texts = ("subject", "actor", "reason", "evaluation", "previous", "at", "recorded_at")
    facts, editions, seq = plain["facts"], plain["editions"], plain["seq"]
    if not isinstance(facts, dict) or not isinstance(editions, list) or type(seq) is not int:
        raise ValueError("values of other types than an event has")
    if not all(isinstance(one, str) for one in (*(plain[key] for key in texts), *facts.values(), *editions)):
        raise ValueError("a value that is no text")
    return Event(
        subject=plain["subject"],
        kind=EventKind(plain["kind"]),
        actor=plain["actor"],
        role=Role(plain["role"]),
        at=datetime.fromisoformat(plain["at"]),
        reason=plain["reason"],
        editions=tuple(editions),
        evaluation=plain["evaluation"],
        facts=facts,
        seq=seq,
        recorded_at=datetime.fromisoformat(plain["recorded_at"]),
        previous=plain["previous"],
    )
