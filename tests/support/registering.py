"""What the tests of the register have in common: the law, drafts with all they need, and a clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from smartcert.certification.events import Draft, Event, EventKind
from smartcert.certification.periods import compute_first_period, compute_next_period
from smartcert.certification.store import Register
from smartcert.certification.timeline import build_replacement
from smartcert.certification.transitions import get_role_rule
from smartcert.io.parameters.rulebook import read_rulebook
from smartcert.model.korean_time import KOREAN_TIME
from smartcert.rules.parameters import CertificationRules
from smartcert.rules.rulebook import Rulebook

HASH = "5" * 64
OTHER_HASH = "6" * 64
EVALUATOR, DECIDER = "Kim Haneul", "Lee Bada"
SUBJECT = "9522000000"
K = EventKind
DAY = date(2023, 12, 21)


@cache
def rulebook() -> Rulebook:
    return read_rulebook(Path(__file__).parents[2] / "parameters" / "rules")


@cache
def law(day: date, edition: str = "", /) -> CertificationRules:
    return rulebook().certification_on(day, edition)


def clock() -> datetime:
    return datetime(2031, 1, 1, tzinfo=KOREAN_TIME)


def at(day: date, hour: int = 9) -> datetime:
    return datetime.combine(day, time(hour), KOREAN_TIME)


def draft(kind: EventKind, day: date, *, actor: str = DECIDER, subject: str = SUBJECT, **facts: str) -> Draft:
    """A draft by whose step it is, with the facts that its kind needs."""
    rests = {K.EVALUATED, K.PROPOSED, K.DECIDED, K.DECLINED, K.ISSUED, K.EXTENDED}
    return Draft(
        subject=subject,
        kind=kind,
        actor=EVALUATOR if kind is K.EVALUATED and actor == DECIDER else actor,
        role=get_role_rule(kind, law(day)).value,
        at=at(day),
        reason=f"a reason for {kind.value}",
        evaluation=HASH if kind in rests else "",
        facts={**needed(kind, day), **facts},
    )


def needed(kind: EventKind, day: date) -> dict[str, str]:
    first, last = compute_first_period(day, law(day))
    validity = {"valid_from": first.isoformat(), "valid_to": last.isoformat()}
    names = {"name_ko": "하늘시", "name_en": "Haneul-si", "size_type": "small_medium"}
    facts: dict[EventKind, dict[str, str]] = {
        K.APPLIED: {"round": f"round-of-{day}", "application": "haneul", "purpose": "new"},
        K.EVALUATED: {"certified": "yes", "level": "3"},
        K.PROPOSED: {"grant": "yes", "level": "3"},
        K.DECIDED: {"level": "3"},
        K.ISSUED: {**names, **validity, "level": "3", "edition": "illustrative-2023"},
        K.EXTENDED: {**validity, "level": "3"},
        K.TRANSCRIBED: {
            **names,
            **validity,
            "purpose": "new",
            "round": "2023",
            "level_told": "unknown",
            "source": "release-2023",
        },
        K.REVIEWED: {"fit": "yes"},
        K.FIRST_NOTICE: {"ground": "below_criteria", "until": (day + timedelta(days=30)).isoformat()},
        K.SECOND_NOTICE: {"until": (day + timedelta(days=30)).isoformat()},
        K.REVOKED: {"discretion": "the services stand still"},
        K.PUBLISHED: {"address": "https://example.org/notice"},
        K.REINSTATED: {"decision": "a ruling", "since": day.isoformat()},
        K.REVOCATION_RESUMED: {"decision": "a ruling on appeal", "since": day.isoformat()},
        K.OBJECTION_FILED: {"against": "1"},
        K.OBJECTION_DECIDED: {"upheld": "no"},
        K.SUSPENDED: {"decision": "a stay of execution"},
        K.SUSPENSION_LIFTED: {"decision": "the end of the stay"},
        K.SURRENDERED: {"document": "a letter"},
        K.COMPLAINT_RECEIVED: {"about": "a service that stands still"},
        K.COMPLAINT_ANSWERED: {"complaint": "1", "answer": "it runs again"},
        K.MARK_MISUSED: {"where": "the website"},
        K.CHANGE_STANDS: {"change": day.isoformat(), "decision": "a letter of the Minister", "holder": "1200000000"},
        K.CHANGE_ENDS: {"change": day.isoformat(), "decision": "a letter of the Minister"},
        K.CORRECTED: {"corrects": "1", "void": "no", "replacement": build_replacement({"reason": "better"})},
    }
    return facts.get(kind, {})


def course(day: date, *, subject: str = SUBJECT, purpose: str = "new", **last: str) -> Iterator[Draft]:
    """The drafts from an application to its certificate, all on one day."""
    yield draft(K.APPLIED, day, subject=subject, purpose=purpose)
    for kind in (K.EVALUATED, K.PROPOSED, K.DECIDED):
        yield draft(kind, day, subject=subject)
    yield draft(K.ISSUED if purpose == "new" else K.EXTENDED, day, subject=subject, **last)


def extension(valid_to: date, day: date) -> dict[str, str]:
    first, last = compute_next_period(valid_to, day, law(day))
    return {"valid_from": first.isoformat(), "valid_to": last.isoformat()}


def changed(one: Draft, **what: Any) -> Draft:
    from dataclasses import replace

    return replace(one, **what)


def filled(path: Path, many: int = 4) -> tuple[Event, ...]:
    with Register.open(path) as register:
        for place in range(many):
            register.append_all(list(course(DAY, subject=f"{9000000000 + place}")), law, clock)
        return register.events()
