"""What does an entry of the register say? Events, the facts that each kind states, and why one is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import field, fields, replace
from datetime import date, datetime
from enum import Enum, StrEnum
from typing import Any, NamedTuple

from smartcert.certification.periods import to_korean_day
from smartcert.errors import UsageError
from smartcert.files import sha256_hex
from smartcert.lazy_dataclass import dataclass
from smartcert.model.certification import LevelStatus
from smartcert.model.citation import Basis
from smartcert.model.evaluation import Facts
from smartcert.model.korean_time import KOREAN_TIME
from smartcert.reporting.canonical import compact_json
from smartcert.reporting.catalogue import Words
from smartcert.rules.parameters import Role


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
    REVOCATION_RESUMED = "revocation_resumed"
    OBJECTION_FILED = "objection_filed"
    OBJECTION_DECIDED = "objection_decided"
    CORRECTED = "corrected"
    SUSPENDED = "suspended"
    SUSPENSION_LIFTED = "suspension_lifted"
    SURRENDERED = "surrendered"
    COMPLAINT_RECEIVED = "complaint_received"
    COMPLAINT_ANSWERED = "complaint_answered"
    MARK_MISUSED = "mark_misused"
    CHANGE_STANDS = "change_stands"
    CHANGE_ENDS = "change_ends"


REACHING_BACK = frozenset({EventKind.REINSTATED, EventKind.REVOCATION_RESUMED})
"""The kinds that count from the day that they state (``since``), which may be before the day of their entry."""

RULINGS = frozenset({EventKind.CHANGE_STANDS, EventKind.CHANGE_ENDS})
"""The Minister's rulings on what a merger or division means for a certificate."""


class Target(NamedTuple):
    """What is certified of a holder (인증 대상): the city, or one of its services.

    ``scheme`` is empty for the certification of cities. ``service`` is the name of the service as the first entry about
    it has it; empty where the scheme does not certify services, or the entries do not name the only one.
    """

    scheme: str = ""
    service: str = ""


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
    """An event before it has a place in the register.

    ``subject`` is the ten-digit code of the local government, ``at`` the moment at which it happened (with a time
    zone). ``editions`` name the rules that it rests on (``"certification.valid_years@2021-03-02"``), ``evaluation`` is
    the SHA-256 of ``evaluation.json`` or ``""``. A fact that is a day, a number or yes/no is written as text;
    `FACTS_BY_KIND` lists what each kind states.
    """

    subject: str
    kind: EventKind
    actor: str
    role: Role
    at: datetime
    reason: str
    editions: tuple[str, ...] = ()
    evaluation: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def scheme(self) -> str:
        """The scheme that it is about, a fact that any kind may state; empty is the certification of cities."""
        return self.facts.get("scheme", "")

    @property
    def target(self) -> Target:
        """What it is about: a scheme and, of a scheme that certifies services, the service."""
        return Target(self.scheme, self.facts.get("service", ""))


@dataclass(frozen=True, kw_only=True, slots=True)
class Event(Draft):
    """An entry of the register.

    ``seq`` counts from 1, ``recorded_at`` is the moment at which it was entered, ``previous`` the hash of the entry
    before, ``hash`` its own.
    """

    seq: int
    recorded_at: datetime
    previous: str
    hash: str = ""

    @property
    def day(self) -> date:
        """The day in Korea on which the event happened."""
        return to_korean_day(self.at)

    def text(self, name: str) -> str:
        """Return a fact as text; empty where it was not given."""
        return self.facts.get(name, "")

    def date(self, name: str) -> date:
        """Return a fact that is a day, as `check_draft` has made sure."""
        return date.fromisoformat(self.facts[name])

    def number(self, name: str) -> int | None:
        """Return a fact that is a whole number, or None where it was not given."""
        return int(self.facts[name]) if self.facts.get(name) else None

    def yes(self, name: str) -> bool:
        """Return whether a fact says yes."""
        return self.facts.get(name) == "yes"


def normalise_moment(moment: datetime) -> datetime:
    """Return a moment in Korean time, without parts of a second.

    Raises:
        ValueError: it has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone")
    return moment.astimezone(KOREAN_TIME).replace(microsecond=0)


def to_canonical(event: Event) -> bytes:
    """Return the bytes that are hashed: all fields of an entry but the hash, as compact JSON with sorted keys."""
    plain = {item.name: _to_plain(getattr(event, item.name)) for item in fields(event) if item.name != "hash"}
    return compact_json(plain).encode()


def from_canonical(data: bytes) -> Event:
    """Return the event whose canonical bytes these are.

    Raises:
        ValueError: they are not the canonical bytes of an event.
    """
    plain = json.loads(data)
    if not isinstance(plain, dict) or plain.keys() != {item.name for item in fields(Event)} - {"hash"}:
        raise ValueError("not the keys of an event")
    event = _parse_event(plain)
    if to_canonical(event) != data:
        raise ValueError("not written canonically")
    return replace(event, hash=sha256_hex(data))


def build_event(draft: Draft, seq: int, recorded_at: datetime, previous: str) -> Event:
    """Return a draft as entry number ``seq`` that follows the entry with the hash ``previous``."""
    values: dict[str, Any] = {item.name: getattr(draft, item.name) for item in fields(Draft)}
    values["at"] = normalise_moment(draft.at)
    event = Event(**values, seq=seq, recorded_at=normalise_moment(recorded_at), previous=previous)
    return replace(event, hash=sha256_hex(to_canonical(event)))


def _to_plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, tuple) else value


def _parse_event(plain: Mapping[str, Any]) -> Event:
    texts = ("subject", "actor", "reason", "evaluation", "previous", "at", "recorded_at")
    facts, editions, seq = plain["facts"], plain["editions"], plain["seq"]
    if not isinstance(facts, dict) or not isinstance(editions, list) or type(seq) is not int:
        raise ValueError("values of other types than an event has")
    if not all(isinstance(value, str) for value in (*(plain[key] for key in texts), *facts.values(), *editions)):
        raise ValueError("a value that is not text")
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """Why an event may not be entered, with the rules that it would break.

    ``code`` names the sentence in the catalogue (``refusal.<code>``), ``facts`` fill its placeholders. Without a
    ``basis`` it breaks the order of the register itself, not a rule of the law.
    """

    code: str
    basis: tuple[Basis, ...] = ()
    facts: Facts = field(default_factory=Facts)
    cause: Refusal | None = None
    """Why another entry would not be allowed beside it, where that is what it breaks."""


class RefusedError(UsageError):
    """The error of an event that may not be entered. Nothing was entered."""

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal
        super().__init__(describe_refusal(refusal, Words("en", "register")))


def describe_refusal(refusal: Refusal, words: Words) -> str:
    """Return a refusal as a sentence with the articles that it rests on, each with its status."""
    sentences = " ".join(_fill_sentence(part, words) for part in (refusal, refusal.cause) if part is not None)
    cites = "; ".join(
        f"{', '.join(words.citation(cite) for cite in basis.cite)} [{words.term(f'status.{basis.status}')}]"
        for basis in refusal.basis
    )
    return f"{sentences} ({cites or words('refusal.order')})"


def _fill_sentence(refusal: Refusal, words: Words) -> str:
    facts = refusal.facts
    fields: dict[str, str | date] = {**facts.words, **facts.terms, **facts.days}
    return words(f"refusal.{refusal.code}", **fields)


def build_refusal(
    code: str,
    *basis: Basis,
    words: Mapping[str, str] | None = None,
    terms: Mapping[str, str] | None = None,
    days: Mapping[str, date] | None = None,
) -> Refusal:
    """Return a refusal whose sentence is filled with words, terms of the catalogue, and days."""
    return Refusal(code=code, basis=basis, facts=Facts(words=words or {}, terms=terms or {}, days=days or {}))


class FactType(Enum):
    """What the text of a fact stands for."""

    TEXT = "text"
    DAY = "day"
    NUMBER = "number"
    YES_NO = "yes_no"
    CLASS = "class"
    """The id of a class of applicants."""


FactSpec = FactType | tuple[str, ...]
"""What a fact may be: text of a type, or one of the words of a list."""

_YES_NO = ("yes", "no")
_CLASS_ID = re.compile(r"[a-z][a-z0-9_]{0,39}")
SET_BY_REGISTER = frozenset({"number", "replaces"})
"""The facts that a register gives a certificate when it is issued: its number, and that of the one it replaces."""
_OPTIONAL_MARK = "?"
_CERTIFICATE_FACTS: Mapping[str, FactSpec] = {
    "name_ko": FactType.TEXT,
    "name_en": FactType.TEXT,
    "size_type": FactType.CLASS,
    "valid_from": FactType.DAY,
    "valid_to": FactType.DAY,
}
_PARTNERS_FACTS: Mapping[str, FactSpec] = {"partners_ko?": FactType.TEXT, "partners_en?": FactType.TEXT}
"""Who applied together, with lead and shares, as the certificate states it in both languages."""
_RULING_FACTS: Mapping[str, FactSpec] = {
    "change": FactType.DAY,
    "decision": FactType.TEXT,
    "partner?": FactType.TEXT,
}

FACTS_BY_KIND: Mapping[EventKind, Mapping[str, FactSpec]] = {
    EventKind.APPLIED: {
        "round": FactType.TEXT,
        "application": FactType.TEXT,
        "purpose": tuple(Purpose),
        "name_ko?": FactType.TEXT,
        "name_en?": FactType.TEXT,
        "entity?": FactType.TEXT,
        "holder?": FactType.TEXT,
        "invented?": FactType.YES_NO,
        "partners?": FactType.TEXT,
        "edition?": FactType.TEXT,
    },
    EventKind.EVALUATED: {
        "certified": FactType.YES_NO,
        "level?": FactType.NUMBER,
        "points?": FactType.TEXT,
        "others?": FactType.TEXT,
        "certified_from?": FactType.NUMBER,
    },
    EventKind.PROPOSED: {"grant": FactType.YES_NO, "level?": FactType.NUMBER},
    EventKind.DECIDED: {"level": FactType.NUMBER, "otherwise?": FactType.TEXT},
    EventKind.DECLINED: {"level?": FactType.NUMBER, "otherwise?": FactType.TEXT},
    EventKind.ISSUED: {
        **_CERTIFICATE_FACTS,
        **_PARTNERS_FACTS,
        "level": FactType.NUMBER,
        "edition": FactType.TEXT,
        "number": FactType.TEXT,
        "place?": FactType.NUMBER,
        "otherwise?": FactType.TEXT,
        "replaces?": FactType.TEXT,
    },
    EventKind.EXTENDED: {
        **_PARTNERS_FACTS,
        "level": FactType.NUMBER,
        "valid_from": FactType.DAY,
        "valid_to": FactType.DAY,
        "otherwise?": FactType.TEXT,
        "holder?": FactType.TEXT,
        "name_ko?": FactType.TEXT,
        "name_en?": FactType.TEXT,
        "size_type?": FactType.CLASS,
        "edition?": FactType.TEXT,
    },
    EventKind.TRANSCRIBED: {
        **_CERTIFICATE_FACTS,
        "purpose": tuple(Purpose),
        "round": FactType.TEXT,
        "level?": FactType.NUMBER,
        "level_told": tuple(LevelStatus),
        "level_claims?": FactType.TEXT,
        "source": FactType.TEXT,
        "entity?": FactType.TEXT,
    },
    EventKind.REVIEWED: {"fit": FactType.YES_NO},
    EventKind.FIRST_NOTICE: {"ground": tuple(Ground), "until": FactType.DAY},
    EventKind.SECOND_NOTICE: {"until": FactType.DAY},
    EventKind.EXPLANATION_RECEIVED: {"document?": FactType.TEXT},
    EventKind.REVOKED: {"discretion?": FactType.TEXT},
    EventKind.PUBLISHED: {"address": FactType.TEXT},
    EventKind.REINSTATED: {"decision": FactType.TEXT, "since?": FactType.DAY},
    EventKind.REVOCATION_RESUMED: {"decision": FactType.TEXT, "since": FactType.DAY},
    EventKind.OBJECTION_FILED: {"against": FactType.NUMBER},
    EventKind.OBJECTION_DECIDED: {"upheld": FactType.YES_NO},
    EventKind.CORRECTED: {
        "corrects": FactType.NUMBER,
        "void": FactType.YES_NO,
        "restored?": FactType.YES_NO,
        "replacement?": FactType.TEXT,
    },
    EventKind.SUSPENDED: {"decision": FactType.TEXT},
    EventKind.SUSPENSION_LIFTED: {"decision": FactType.TEXT},
    EventKind.SURRENDERED: {"document": FactType.TEXT},
    EventKind.COMPLAINT_RECEIVED: {"about": FactType.TEXT},
    EventKind.COMPLAINT_ANSWERED: {"complaint": FactType.NUMBER, "answer": FactType.TEXT},
    EventKind.MARK_MISUSED: {"where": FactType.TEXT, "fine?": FactType.NUMBER},
    EventKind.CHANGE_STANDS: {
        **_RULING_FACTS,
        **_PARTNERS_FACTS,
        "holder?": FactType.TEXT,
        "name_ko?": FactType.TEXT,
        "name_en?": FactType.TEXT,
    },
    EventKind.CHANGE_ENDS: _RULING_FACTS,
}
"""The facts of each kind; those whose name ends in ``?`` may be left out. A kind that is not named has none.

Kinds and facts that may be left out are added without touching the hash of an entry that was made before them.
``invented`` marks the application of an invented round, ``certified_from`` is the lowest level that the round's rules
certify, ``otherwise`` the reason for a decision on another level than the computed one, or for a validity on other days
than those of the rules, ``decision`` what a suspension rests on, as the law does not provide for one. ``since`` is the
day from which a decision restores what had ended, or lets a revocation count again; entries of earlier versions left it
out, and restored from their own day. ``entity`` is the id of the local government, which outlives the code that is the
subject. ``change`` is the day of a merger or division on which the Minister ruled, ``partner`` the code of what was
merged or divided where that is not the holder but one that shares the certificate, ``holder`` the code of who takes its
place on the certificate from then on. An extension states of name, size type, edition and holder what is not as before.
"""

_FACTS_OF_ALL: Mapping[str, FactSpec] = {"scheme?": FactType.TEXT, "service?": FactType.TEXT}
"""What any kind may state: the scheme, where it is not the certification of cities, and which service it is about."""


def check_draft(draft: Draft) -> Iterator[Refusal]:
    """Yield what is wrong with a draft by itself: no actor, no reason, no time zone, invalid or missing facts."""
    for name in sorted(_find_invisible_characters(draft)):
        yield build_refusal("unseen_characters", words={"name": name})
    for name in ("subject", "actor", "reason"):
        if not str(getattr(draft, name)).strip():
            yield build_refusal("nothing_given", words={"name": name})
    if draft.at.tzinfo is None:
        yield build_refusal("no_time_zone")
    yield from _check_facts(draft)


def _check_facts(draft: Draft) -> Iterator[Refusal]:
    specs = {**FACTS_BY_KIND.get(draft.kind, {}), **_FACTS_OF_ALL}
    for name in draft.facts.keys() - {name.removesuffix(_OPTIONAL_MARK) for name in specs}:
        yield build_refusal("fact_unknown", words={"name": name}, terms={"event": f"event.{draft.kind}"})
    for spec_name, wanted in specs.items():
        name = spec_name.removesuffix(_OPTIONAL_MARK)
        given = draft.facts.get(name, "")
        if given and not _is_valid_fact(given, wanted):
            yield build_refusal(
                "fact_unreadable", words={"name": name, "given": given, "wanted": _describe_fact_spec(wanted)}
            )
        elif not given and name == spec_name and name not in SET_BY_REGISTER:
            yield build_refusal("fact_missing", words={"name": name}, terms={"event": f"event.{draft.kind}"})


def _find_invisible_characters(draft: Draft) -> Iterator[str]:
    """Yield the names of texts with characters that cannot be seen; a reason may have several lines."""
    texts = {"subject": draft.subject, "actor": draft.actor, "reason": draft.reason.replace("\n", "")}
    for name, text in {**texts, "evaluation": draft.evaluation, **draft.facts}.items():
        if not (text.isprintable() and name.isprintable()):
            yield name if name.isprintable() else repr(name)


def _is_valid_fact(given: str, wanted: FactSpec) -> bool:
    match wanted:
        case FactType.TEXT:
            return bool(given.strip())
        case FactType.DAY:
            return _is_iso_day(given)
        case FactType.NUMBER:
            return given.isascii() and given.isdigit() and given == str(int(given))
        case FactType.YES_NO:
            return given in _YES_NO
        case FactType.CLASS:
            return _CLASS_ID.fullmatch(given) is not None
    return given in wanted


def _is_iso_day(given: str) -> bool:
    try:
        return date.fromisoformat(given).isoformat() == given
    except ValueError:
        return False


def _describe_fact_spec(wanted: FactSpec) -> str:
    match wanted:
        case FactType.YES_NO:
            return "yes | no"
        case FactType():
            return {
                FactType.TEXT: "text",
                FactType.DAY: "2023-12-21",
                FactType.NUMBER: "1, 2, 3 ...",
                FactType.CLASS: "large",
            }[wanted]
    return " | ".join(map(str, wanted))
