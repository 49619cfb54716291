"""What held on any day: one pass over the entries against a replay that was written apart from it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import pytest

from smartcert.certification.events import Draft, Event, RefusedError, build_event
from smartcert.certification.timeline import admit_draft, build_replacement, compute_standing, resolve_corrections
from tests.support.registering import DECIDER, EVALUATOR, HASH, SUBJECT, K, draft, extension, law

START = date(2022, 3, 1)
END = date(2032, 1, 1)


@dataclass
class PlainStanding:
    """What the plain replay tells of one day."""

    holding: str = "none"
    valid_to: date | None = None
    level: str = ""
    periods: int = 0


def compute_plain_standing(events: list[Event], day: date, known: datetime | None = None) -> PlainStanding:  # noqa: C901 - a plain replay
    """Tell what held on ``day`` by writing down the rules once more, without the machine: a loop and a few names."""
    seen = [one for one in events if known is None or one.recorded_at <= known]
    stored = [one for one in seen if one.kind is not K.CORRECTED]
    taken_out: list[Event] = []
    for one in seen:
        if one.kind is K.CORRECTED:
            number = int(one.facts["corrects"])
            if one.facts["void"] == "yes":
                taken_out += [old for old in stored if old.seq == number]
                stored = [old for old in stored if old.seq != number]
            elif one.facts.get("restored") == "yes":
                stored += [old for old in taken_out if old.seq == number]
                taken_out = [old for old in taken_out if old.seq != number]
            else:
                from json import loads

                new = loads(one.facts["replacement"])
                stored = [
                    replace(
                        old,
                        reason=new.get("reason", old.reason),
                        facts={**old.facts, **new.get("facts", {})},
                        at=datetime.fromisoformat(new["at"]) if "at" in new else old.at,
                    )
                    if old.seq == number
                    else old
                    for old in stored
                ]
    restored, choose_days, first, last, level, periods = None, False, None, None, "", 0
    ends = [(date.min, "")]  # from which day it is ended, or not: of those not after the day asked for the last counts
    covered: set[tuple[date, date]] = set()
    suspended = False
    for one in sorted(stored, key=lambda one: (one.at, one.seq)):
        if one.kind in {K.REVOKED, K.LAPSED, K.SURRENDERED, K.CHANGE_ENDS}:
            ends.append((one.day, "lapsed" if one.kind is K.CHANGE_ENDS else one.kind.value))
        if one.kind in {K.ISSUED, K.TRANSCRIBED}:
            ends.append((one.day, ""))
        if one.kind in {K.REINSTATED, K.REVOCATION_RESUMED}:
            ends.append((date.fromisoformat(one.facts["since"]), "" if one.kind is K.REINSTATED else "revoked"))
            if ends[-1][0] <= day and one.kind is K.REINSTATED:
                restored = one.day
        if one.day > day:
            continue
        if one.kind is K.APPLIED:
            choose_days = one.facts["purpose"] == "extension"
        if one.kind in {K.WITHDRAWN, K.DECLINED, K.ISSUED, K.EXTENDED}:
            choose_days = False
        if one.kind in {K.ISSUED, K.EXTENDED, K.TRANSCRIBED}:
            if one.kind is not K.EXTENDED:
                covered, restored, suspended = set(), None, False
            first, last = date.fromisoformat(one.facts["valid_from"]), date.fromisoformat(one.facts["valid_to"])
            covered.add((first, last))
            periods += 1
            level = one.facts.get("level", "")
        if one.kind in {K.SUSPENDED, K.SUSPENSION_LIFTED}:
            suspended = one.kind is K.SUSPENDED
    ended = [how for since, how in ends if since <= day][-1]
    if first is None or last is None:
        return PlainStanding()
    if ended:
        return PlainStanding(holding=ended, valid_to=last, level=level, periods=periods)
    if suspended and any(begin <= day <= end for begin, end in covered):
        return PlainStanding(holding="suspended", valid_to=last, level=level, periods=periods)
    if any(begin <= day <= end for begin, end in covered):
        month = last.month - 3
        asks_by = _day(last.year + (month - 1) // 12, (month - 1) % 12 + 1, last.day)
        reviewed = _day(first.year + 2, first.month, first.day)
        due = day > asks_by or day >= reviewed
        return PlainStanding(holding="review_due" if due else "valid", valid_to=last, level=level, periods=periods)
    if day < min(begin for begin, _ in covered):
        return PlainStanding(holding="not_yet", valid_to=last, level=level, periods=periods)
    end = max(last, restored) if restored else last
    lapsed = day > _day(end.year + 1, end.month, end.day) and not choose_days
    return PlainStanding(holding="lapsed" if lapsed else "expired", valid_to=last, level=level, periods=periods)


def _day(year: int, month: int, day: int) -> date:
    while True:
        try:
            return date(year, month, day)
        except ValueError:
            day -= 1


def history(chance: random.Random, longest: int = 30) -> list[Event]:
    """A random history of one holder as a register would have taken it in: late entries and corrections too."""
    events: list[Event] = []
    today = START
    for _ in range(chance.randint(2, longest)):
        today += timedelta(days=chance.choice((0, 0, 1, 5, 31, 31, 90, 300, 700)))
        if today > END:
            break
        for _ in range(6):
            one = wish(chance, events, today)
            now = datetime.combine(today, datetime.min.time()).replace(hour=18).astimezone()
            now = max([now, *(old.recorded_at for old in events[-1:])])
            try:
                sound = admit_draft(one, events, law, now, len(events) + 1)
            except RefusedError:
                continue
            events.append(build_event(sound, len(events) + 1, now, events[-1].hash if events else HASH))
            break
    return events


def wish(chance: random.Random, events: list[Event], today: date) -> Draft:
    if events and chance.random() < 0.15:
        return correction(chance, events, today)
    standing = compute_standing(events, today, law)
    stage = standing.application.stage if standing.application else "none"
    following = {"applied": K.EVALUATED, "evaluated": K.PROPOSED, "proposed": K.DECIDED, "decided": K.ISSUED}
    if stage in following and chance.random() < 0.7:
        choose_days = standing.application.purpose if standing.application else "new"
        if stage == "decided" and choose_days == "extension" and standing.certificate:
            decided = standing.application.decided_on
            return draft(K.EXTENDED, today, **extension(standing.certificate.valid_to, decided))
        declines = stage == "proposed" and chance.random() < 0.3
        return draft(K.DECLINED if declines else following[stage], today)
    ends = _OF_A_REVOCATION.get(standing.revocation.stage.value if standing.revocation else "none", ())
    if ends and chance.random() < 0.7:
        return draft(chance.choice(ends), today)
    if standing.holding == "revoked" and chance.random() < 0.4:
        if chance.random() < 0.5:
            return draft(K.REINSTATED, today, **reach_back(chance, today))
        return draft(chance.choice((K.NOTIFIED, K.PUBLISHED)), today)
    if standing.certificate and standing.certificate.revoked_on and chance.random() < 0.2:
        return draft(K.REVOCATION_RESUMED, today, **reach_back(chance, today))
    # sometimes entered late: it happened some days ago
    day = max(START, today - timedelta(days=chance.choice((0, 0, 0, 10, 40))))
    purpose = chance.choice(("new", "extension"))
    against = str(chance.choice(events).seq) if events else "1"
    kind = chance.choice([*(kind for kind in K if kind is not K.CORRECTED), K.APPLIED, K.FIRST_NOTICE, K.REVOKED])
    special = {
        K.APPLIED: {"purpose": purpose},
        K.FIRST_NOTICE: {"ground": chance.choice(("improper", "below_criteria"))},
        K.OBJECTION_FILED: {"against": against},
    }
    return draft(kind, day, actor=chance.choice((DECIDER, EVALUATOR, "Park Noeul")), **special.get(kind, {}))


def reach_back(chance: random.Random, today: date) -> dict[str, str]:
    """The day from which a decision of today counts, today or before."""
    return {"since": (today - timedelta(days=chance.choice((0, 0, 1, 5, 31, 90)))).isoformat()}


_OF_A_REVOCATION = {
    "notice": (K.SECOND_NOTICE, K.EXPLANATION_RECEIVED, K.REVOKED, K.REVOCATION_DROPPED),
    "explained": (K.EXPLANATION_ACCEPTED, K.EXPLANATION_REJECTED),
    "groundless": (K.REVOKED, K.REVOKED, K.REVOCATION_DROPPED),
}


def correction(chance: random.Random, events: list[Event], today: date) -> Draft:
    target = chance.choice(events)
    facts = {"corrects": str(target.seq), "void": "no"}
    earlier = (target.at - timedelta(days=chance.randint(0, 20))).isoformat()
    changes = chance.choice(({"reason": "as the papers say"}, {"at": earlier}, {"facts": {"level": "2"}}, None))
    taken_out = [one.facts["corrects"] for one in events if one.facts.get("void") == "yes"]
    if taken_out and chance.random() < 0.5:
        return draft(K.CORRECTED, today, corrects=chance.choice(taken_out), void="no", restored="yes", replacement="")
    facts |= {"void": "yes"} if changes is None else {"replacement": build_replacement(changes)}
    return draft(K.CORRECTED, today, **facts)


def choose_days(chance: random.Random, events: list[Event]) -> Iterator[date]:
    """Days worth asking for: those of events, of ends and bounds, the days beside them, and some others."""
    standing = compute_standing(events, END, law)
    days = [event.day for event in events]
    days += [period.valid_to for certificate in standing.certificates for period in certificate.periods]
    for day in days:
        yield from (day - timedelta(days=1), day, day + timedelta(days=1), day - timedelta(days=92))
    for _ in range(5):
        yield START + timedelta(days=chance.randint(-30, (END - START).days))


def check_equal(seed: int, longest: int = 30, many: int = 1_000) -> int:
    chance = random.Random(seed)
    events = history(chance, longest)
    days = list(choose_days(chance, events)) if events else []
    for day in chance.sample(days, min(many, len(days))):
        plain, standing = compute_plain_standing(events, day), compute_standing(events, day, law)
        latest = standing.certificate
        assert standing.holding == plain.holding, (seed, day)
        assert (latest.valid_to if latest else None) == plain.valid_to, (seed, day)
        assert (str(latest.level or "") if latest else "") == plain.level, (seed, day)
        known = chance.choice(events).recorded_at
        assert (
            compute_standing(events, day, law, known).holding == compute_plain_standing(events, day, known).holding
        ), (
            seed,
            day,
            known,
        )
    return len(events)


@pytest.mark.parametrize("seed", range(0, 30, 10))
def test_a_standing_on_a_day_equals_a_plain_replay(seed: int) -> None:
    assert sum(check_equal(one) for one in range(seed, seed + 10)) > 20


@pytest.mark.full
@pytest.mark.parametrize("seed", range(0, 10_000, 500))
def test_a_standing_on_a_day_equals_a_plain_replay_of_ten_thousand_histories(seed: int) -> None:
    assert sum(check_equal(one, longest=14, many=16) for one in range(seed, seed + 500)) > 1_000


@pytest.mark.slow
def test_random_histories_meet_every_kind_of_event() -> None:
    met = {event.kind for seed in range(160) for event in history(random.Random(seed), longest=20)}
    assert met == {*K}, {*K} - met


def test_a_correction_leaves_both_versions_and_changes_the_standing() -> None:
    events = _entered([draft(K.TRANSCRIBED, date(2023, 12, 21), level="3")])
    fixed = draft(
        K.CORRECTED, date(2024, 2, 1), corrects="1", void="no", replacement=build_replacement({"facts": {"level": "2"}})
    )
    events = _entered([fixed], events)
    assert [event.kind for event in events] == [K.TRANSCRIBED, K.CORRECTED]
    assert resolve_corrections(events)[0].facts["level"] == "2"
    now, then = (
        compute_standing(events, date(2024, 1, 1), law),
        compute_standing(events, date(2024, 1, 1), law, events[0].recorded_at),
    )
    assert now.certificate is not None
    assert then.certificate is not None
    assert (now.certificate.level, then.certificate.level) == (2, 3)


def test_the_holder_of_nothing_holds_nothing() -> None:
    standing = compute_standing((), date(2024, 1, 1), law)
    assert (standing.holding, standing.certificate, standing.mark_allowed) == ("none", None, False)


def _entered(drafts: list[Draft], before: list[Event] | None = None) -> list[Event]:
    events = list(before or [])
    for one in drafts:
        now = one.at + timedelta(hours=1)
        sound = admit_draft(one, events, law, now, len(events) + 1)
        events.append(build_event(sound, len(events) + 1, now, events[-1].hash if events else HASH))
    assert all(event.subject == SUBJECT for event in events)
    return events
