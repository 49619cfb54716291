"""Which facts each kind of event states, and whether they can be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from enum import Enum

from smartcert.certification.events import Draft, EventKind, Ground, Purpose
from smartcert.certification.refusal import Refusal, refused
from smartcert.model.applicant import SizeType
from smartcert.model.certification import LevelStatus


class Shape(Enum):
    """What a fact is, beside one of given words."""

    TEXT = "text"
    DAY = "day"
    NUMBER = "number"
    YES_NO = "yes_no"


Wanted = Shape | tuple[str, ...]
_YES_NO = ("yes", "no")
_GIVEN_BY_THE_REGISTER = {"number"}

_OPTIONAL = "?"
_CERTIFICATE: Mapping[str, Wanted] = {
    "name_ko": Shape.TEXT,
    "name_en": Shape.TEXT,
    "size_type": tuple(SizeType),
    "valid_from": Shape.DAY,
    "valid_to": Shape.DAY,
}

FACTS: Mapping[EventKind, Mapping[str, Wanted]] = {
    EventKind.APPLIED: {
        "round": Shape.TEXT,
        "application": Shape.TEXT,
        "purpose": tuple(Purpose),
        "name_ko?": Shape.TEXT,
        "name_en?": Shape.TEXT,
    },
    EventKind.EVALUATED: {
        "certified": Shape.YES_NO,
        "level?": Shape.NUMBER,
        "points?": Shape.TEXT,
        "others?": Shape.TEXT,
    },
    EventKind.PROPOSED: {"grant": Shape.YES_NO, "level?": Shape.NUMBER},
    EventKind.DECIDED: {"level": Shape.NUMBER},
    EventKind.ISSUED: {**_CERTIFICATE, "level": Shape.NUMBER, "edition": Shape.TEXT, "number": Shape.TEXT},
    EventKind.EXTENDED: {"level": Shape.NUMBER, "valid_from": Shape.DAY, "valid_to": Shape.DAY},
    EventKind.TRANSCRIBED: {
        **_CERTIFICATE,
        "purpose": tuple(Purpose),
        "round": Shape.TEXT,
        "level?": Shape.NUMBER,
        "level_told": tuple(LevelStatus),
        "level_claims?": Shape.TEXT,
        "source": Shape.TEXT,
    },
    EventKind.REVIEWED: {"fit": Shape.YES_NO},
    EventKind.FIRST_NOTICE: {"ground": tuple(Ground), "until": Shape.DAY},
    EventKind.SECOND_NOTICE: {"until": Shape.DAY},
    EventKind.EXPLANATION_RECEIVED: {"document?": Shape.TEXT},
    EventKind.REVOKED: {"discretion?": Shape.TEXT},
    EventKind.PUBLISHED: {"address": Shape.TEXT},
    EventKind.REINSTATED: {"decision": Shape.TEXT},
    EventKind.OBJECTION_FILED: {"against": Shape.NUMBER},
    EventKind.OBJECTION_DECIDED: {"upheld": Shape.YES_NO},
    EventKind.CORRECTED: {"corrects": Shape.NUMBER, "void": Shape.YES_NO, "replacement?": Shape.TEXT},
}
"""The facts of each kind; those whose name ends in ``?`` may be left out. Kinds not named state none."""


def facts_of(kind: EventKind) -> Mapping[str, tuple[Wanted, bool]]:
    """Return the facts of a kind: what each is, and whether it must be given."""
    return {
        name.removesuffix(_OPTIONAL): (wanted, not name.endswith(_OPTIONAL))
        for name, wanted in FACTS.get(kind, {}).items()
    }


def unsound(draft: Draft) -> Iterator[Refusal]:
    """Yield what is wrong with a draft by itself: nobody acts, no reason, no time zone, facts that do not fit."""
    for name in sorted(_unseen(draft)):
        yield refused("unseen_characters", words={"name": name})
    for name in ("subject", "actor", "reason"):
        if not str(getattr(draft, name)).strip():
            yield refused("nothing_given", words={"name": name})
    if draft.at.tzinfo is None:
        yield refused("no_time_zone")
    yield from _unfitting(draft)


def _unfitting(draft: Draft) -> Iterator[Refusal]:
    known = facts_of(draft.kind)
    for name in draft.facts.keys() - known.keys():
        yield refused("fact_unknown", words={"name": name}, terms={"event": f"event.{draft.kind}"})
    for name, (wanted, needed) in known.items():
        given = draft.facts.get(name, "")
        if given and not _fits(given, wanted):
            yield refused("fact_unreadable", words={"name": name, "given": given, "wanted": _told(wanted)})
        elif not given and needed and name not in _GIVEN_BY_THE_REGISTER:
            yield refused("fact_missing", words={"name": name}, terms={"event": f"event.{draft.kind}"})


def _unseen(draft: Draft) -> Iterator[str]:
    """Yield the names of texts with characters that no text holds; a reason may have several lines."""
    texts = {"subject": draft.subject, "actor": draft.actor, "reason": draft.reason.replace("\n", "")}
    for name, text in {**texts, "evaluation": draft.evaluation, **draft.facts}.items():
        if not (text.isprintable() and name.isprintable()):
            yield name if name.isprintable() else repr(name)


def _fits(given: str, wanted: Wanted) -> bool:
    match wanted:
        case Shape.TEXT:
            return bool(given.strip())
        case Shape.DAY:
            return _is_day(given)
        case Shape.NUMBER:
            return given.isascii() and given.isdigit() and given == str(int(given))
        case Shape.YES_NO:
            return given in _YES_NO
    return given in wanted


def _is_day(given: str) -> bool:
    try:
        return date.fromisoformat(given).isoformat() == given
    except ValueError:
        return False


def _told(wanted: Wanted) -> str:
    match wanted:
        case Shape.YES_NO:
            return "yes | no"
        case Shape():
            return {Shape.TEXT: "text", Shape.DAY: "2023-12-21", Shape.NUMBER: "1, 2, 3 ..."}[wanted]
    return " | ".join(str(one) for one in wanted)
