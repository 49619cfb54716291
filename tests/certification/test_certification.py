"""The worked cases on certificates, as an official reads them, and the commands that keep the register."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from smartcert.certification.events import Draft, Event, EventKind, Ground, Purpose, RefusedError, build_event
from smartcert.certification.public_history import to_events
from smartcert.certification.state import (
    ApplicationStage,
    CertificateStage,
    Holding,
    ObjectionStage,
    RevocationStage,
    SuspensionStage,
)
from smartcert.certification.timeline import admit_draft, compute_standing
from smartcert.reporting.catalogue import Words, find_placeholders, load_catalogue
from smartcert.rules.parameters import Role
from smartcert.services.history import open_history
from tests.support.registering import EVALUATOR, HASH, at, course, draft, law
from tests.support.worked_cases import worked, yes

ANOTHER = "Choi Sol"


def drafted(line: str, hour: int) -> list[Draft]:
    day_text, event, *pairs = line.split()
    day = date.fromisoformat(day_text)
    if event == "certified":
        return list(course(day))
    facts = dict(pair.split("=") for pair in pairs)
    who, role = facts.pop("by", ""), facts.pop("role", "")
    one = replace(draft(EventKind(event), day, **facts), at=at(day, hour))
    if who:
        one = replace(one, actor={"evaluator": EVALUATOR, "other": ANOTHER}[who])
    return [replace(one, role=Role(role)) if role else one]


def entered(lines: Sequence[str]) -> list[Event]:
    events: list[Event] = []
    for hour, line in enumerate(lines):
        for one in drafted(line, 9 + hour):
            now = one.at + timedelta(minutes=1)
            sound = admit_draft(one, events, law, now, len(events) + 1)
            events.append(build_event(sound, len(events) + 1, now, events[-1].hash if events else HASH))
    return events


@pytest.mark.parametrize("case", worked("certification"))
def test_a_certificate_from_its_issue_to_its_end(case: dict[str, Any]) -> None:
    expect, lines = case.get("expect", {}), case["entries"]
    if "refused" in expect:
        entered(lines)
        with pytest.raises(RefusedError) as refused:
            entered([*lines, case["then"]])
        refusal = refused.value.refusal
        assert refusal.code == expect["refused"]
        assert refusal.basis
        if "article" in expect:
            assert expect["article"] in {cite.article for basis in refusal.basis for cite in basis.cite}
        return
    events = entered([*lines, case["then"]] if "then" in case else lines)
    if "days" in case:
        held = {day: compute_standing(events, date.fromisoformat(day), law) for day in case["days"]}
        assert {day: standing.holding.value for day, standing in held.items()} == case["days"]
        gaps = held[max(held)].gaps
        assert [f"{gap.first} {gap.last}" for gap in gaps] == case["gaps"]
        return
    standing = compute_standing(events, date.fromisoformat(case["on"]), law)
    assert standing.holding == expect["holding"]
    assert standing.mark_allowed is yes(expect["mark"])
    if "to" in expect:
        assert standing.certificate is not None
        assert standing.certificate.valid_to.isoformat() == expect["to"]
    assert [f"{gap.first} {gap.last}" for gap in standing.gaps] == ([expect["gap"]] if "gap" in expect else [])


def test_an_entry_entered_late_takes_its_place_in_time() -> None:
    events = entered(["2023-12-21 certified"])
    late = draft(EventKind.FIRST_NOTICE, date(2024, 2, 1), until="2024-03-01")
    now = datetime.fromisoformat("2024-06-01T09:00+09:00")
    events.append(build_event(admit_draft(late, events, law, now, 6), 6, now, events[-1].hash))
    assert compute_standing(events, date(2024, 2, 2), law).revocation is not None
    known = datetime.fromisoformat("2024-05-01T09:00+09:00")
    assert compute_standing(events, date(2024, 2, 2), law, known).revocation is None


def test_an_entry_entered_late_that_makes_a_later_one_wrong_is_refused() -> None:
    events = entered(["2023-10-24 applied", "2023-12-01 evaluated", "2023-12-01 proposed", "2023-12-21 decided"])
    late = draft(EventKind.WITHDRAWN, date(2023, 11, 1))
    with pytest.raises(RefusedError, match=r"would make entry 2 .* invalid"):
        admit_draft(late, events, law, at(date(2024, 1, 1)), 5)


# --- the public history ---------------------------------------------------------------------------------------------


def test_the_public_history_answers_like_a_register() -> None:
    history = open_history()
    events = to_events(history.certifications, law)
    assert len(events) == 58
    own = [event for event in events if event.subject == "1153000000"]
    changes = [
        ("2021-09-10", "none", "valid"),
        ("2023-06-10", "valid", "review_due"),
        ("2023-09-10", "review_due", "expired"),
        ("2023-12-21", "expired", "valid"),
    ]
    for first, before, after in changes:
        day = date.fromisoformat(first)
        assert compute_standing(own, day - timedelta(days=1), law).holding == before
        assert compute_standing(own, day, law).holding == after


@pytest.mark.parametrize("day", ["2021-09-10", "2023-11-01", "2024-06-01", "2025-12-01", "2026-06-01"])
def test_the_register_and_the_page_on_the_history_agree_on_who_is_certified(day: str) -> None:
    history, on = open_history(), date.fromisoformat(day)
    page = {one.applicant.code for one in history.record(on).history.timelines if one.holding.value == "certified"}
    events = to_events(history.certifications, law)
    subjects = {event.subject for event in events}
    standing = {one: compute_standing([event for event in events if event.subject == one], on, law) for one in subjects}
    assert {one for one, standing_ in standing.items() if standing_.holding in {"valid", "review_due"}} == page


def test_no_city_has_two_published_certificates_in_force_on_a_day() -> None:
    events = to_events(open_history().certifications, law)
    days = {event.day + timedelta(days=more) for event in events for more in (0, 1, 30)}
    for subject in {event.subject for event in events}:
        own = [event for event in events if event.subject == subject]
        for day in days:
            certificates = compute_standing(own, day, law).certificates
            assert sum(not one.ended and one.covers(day) for one in certificates) < 2, (subject, day)


# --- words ------------------------------------------------------------------------------------------------------------


def test_every_event_state_and_refusal_has_its_words_in_both_languages() -> None:
    korean, english = (load_catalogue(language, "register") for language in ("ko", "en"))
    assert korean.keys() == english.keys()
    for key in korean:
        fields = [{gap.name for gap in find_placeholders(str(words[key]))} for words in (korean, english)]
        assert fields[0] == fields[1], key
    wanted = [f"event.{one}" for one in EventKind] + [f"holding.{one}" for one in Holding]
    wanted += [f"purpose.{one}" for one in Purpose] + [f"ground.{one}" for one in Ground]
    for stages in (ApplicationStage, CertificateStage, RevocationStage, ObjectionStage, SuspensionStage):
        name = stages.__name__.removesuffix("Stage").lower()
        wanted += [f"stage_of_{name}.{one}" for one in stages]
    wanted += [f"refusal.{code}" for code in refusal_codes()]
    assert [key for key in wanted if key not in english] == []
    for language, role in product(("ko", "en"), Role):
        assert Words(language, "register").term(f"role.{role}")


def refusal_codes() -> set[str]:
    import re

    package = Path(__file__).parents[2] / "smartcert"
    paths = [*(package / "certification").glob("*.py"), package / "services" / "register_entries.py"]
    sources = "".join(path.read_text("utf-8") for path in paths)
    found = set(re.findall(r'build_refusal\(\s*"([a-z_]+)"', sources))
    found |= {"register_of_real", "register_of_invented"}
    assert len(found) > 40
    return found
