"""Who is certified by two schemes has two certificates side by side: neither takes the place of the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from smartcert.certification.events import Draft, Event, Refusal, RefusedError
from smartcert.certification.holders import group_by_holder, list_schemes, select_scheme
from smartcert.certification.integrity import verify
from smartcert.certification.state import Holding
from smartcert.certification.store import Register
from smartcert.certification.timeline import build_replacement, compute_standing
from tests.cli.conftest import Run
from tests.support.registering import DAY, SUBJECT, K, clock, course, draft, law

EDITION = "service-illustrative-2023"
LATER = date(2024, 3, 1)
REGISTER = Path("outputs/register.sqlite")


def of_service(drafts: Iterator[Draft] | list[Draft]) -> list[Draft]:
    """Return drafts about the other scheme, those that name an edition with one of its own."""
    own = {K.APPLIED: {"edition": EDITION, "application": "other"}, K.ISSUED: {"edition": EDITION}}
    return [replace(one, facts={**one.facts, "scheme": "service", **own.get(one.kind, {})}) for one in drafts]


def enter_both(path: Path) -> tuple[Event, ...]:
    """Enter a certificate of cities, then one of services, of the same holder."""
    with Register.open(path) as register:
        register.append_all(list(course(DAY)), law, clock)
        register.append_all(of_service(course(LATER)), law, clock)
        return register.events()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "register.sqlite"
    Register.create(path).close()
    return path


def test_both_certificates_are_in_force(path: Path) -> None:
    events = enter_both(path)
    assert list_schemes(events) == ["", "service"]
    assert list(group_by_holder(events)) == [(SUBJECT, ""), (SUBJECT, "service")]
    for scheme, issued_on in (("", DAY), ("service", LATER)):
        standing = compute_standing(select_scheme(events, scheme), date(2024, 6, 1), law)
        assert standing.holding is Holding.VALID
        assert [one.issued_on for one in standing.certificates] == [issued_on]
    with Register.read(path) as register:
        found = [register.certificate(number, law, LATER) for number in ("SC-2023-0001", "SC-2024-0001")]
    assert [one.edition if one else None for one in found] == ["illustrative-2023", EDITION]
    assert list(verify(path, law)) == []


def test_what_ends_one_leaves_the_other(path: Path) -> None:
    enter_both(path)
    with Register.open(path) as register:
        register.append_all(of_service([draft(K.SURRENDERED, date(2024, 5, 1))]), law, clock)
        events = register.events()
    holdings = [compute_standing(select_scheme(events, one), date(2024, 6, 1), law).holding for one in ("", "service")]
    assert holdings == [Holding.VALID, Holding.SURRENDERED]
    assert list(verify(path, law)) == []


def test_an_entry_of_one_scheme_rests_on_none_of_the_other(path: Path) -> None:
    with Register.open(path) as register:
        register.append_all(list(course(DAY)), law, clock)
        with pytest.raises(RefusedError):
            register.append_all(of_service([draft(K.SURRENDERED, LATER)]), law, clock)
        correction = draft(K.CORRECTED, LATER, corrects="1", void="yes")
        with pytest.raises(RefusedError):
            register.append_all(of_service([correction]), law, clock)


def test_the_scheme_of_an_entry_is_not_corrected(path: Path) -> None:
    enter_both(path)
    change = {"corrects": "5", "void": "no", "replacement": build_replacement({"facts": {"scheme": "service"}})}
    with Register.open(path) as register, pytest.raises(RefusedError) as caught:
        register.append(draft(K.CORRECTED, LATER, **change), law, clock)
    assert isinstance(caught.value.refusal, Refusal)
    assert caught.value.refusal.code == "scheme_stays"


def test_the_commands_show_both_and_ask_which_is_meant(run: Run, tmp_path: Path) -> None:
    (tmp_path / REGISTER).parent.mkdir(parents=True)
    Register.create(tmp_path / REGISTER).close()
    enter_both(tmp_path / REGISTER)
    shown = run("register", "status", SUBJECT, "--on", "2024-06-01", "--language", "en")
    assert [shown.count(text) for text in ("Smart city certification", "Smart city service certification")] == [1, 1]
    assert [shown.count(number) for number in ("SC-2023-0001", "SC-2024-0001")] == [1, 1]
    stated = ("--actor", "문다올", "--reason", "확인", "--at", "2024-06-02")
    notice = ("register", "notice", SUBJECT, "--ground", "below_criteria", "--until", "2024-06-30", *stated)
    assert "several schemes: city, service" in run(*notice, code=2)
    assert "did you mean 'service'" in run(*notice, "--scheme", "servise", code=2)
    run(*notice, "--scheme", "service")
    shown = run("register", "status", SUBJECT, "--on", "2024-06-03", "--language", "en")
    assert shown.index("Smart city service certification") < shown.index("notice of revocation")
    run("register", "object", SUBJECT, "--against", "5", *stated)
    shown = run("register", "status", SUBJECT, "--on", "2024-06-03", "--language", "en")
    assert shown.index("objection") < shown.index("Smart city service certification"), "of the scheme of its entry"
    due = run("register", "due", "--on", "2025-12-01", "--within", "900d", "--language", "en")
    assert [due.count(day) for day in ("2025-12-20", "2026-02-28")] == [1, 1]


def test_certificates_of_two_services_of_one_applicant_are_in_force_side_by_side(run: Run, tmp_path: Path) -> None:
    path = tmp_path / REGISTER
    path.parent.mkdir(parents=True)
    Register.create(path).close()
    with Register.open(path) as register:
        register.append_all(of_service(course(DAY)), law, clock)
        register.append_all(of_service(course(LATER)), law, clock)
        register.append_all(list(course(DAY)), law, clock)
        register.append_all(list(course(LATER)), law, clock)
        events = register.events()
    ended = {
        scheme: [one.ended for one in compute_standing(select_scheme(events, scheme), LATER, law).certificates]
        for scheme in ("service", "")
    }
    assert ended == {"service": ["", ""], "": ["replaced", ""]}, "a city has one level, a service is one of several"
    shown = run("register", "status", SUBJECT, "--on", "2024-06-01", "--language", "en")
    assert shown.count("also in force") == 1
    assert "SC-2023-0001, Level 3, 21 December 2023 to 20 December 2025" in shown
    due = run("register", "due", "--on", "2025-09-01", "--within", "200d", "--language", "en")
    assert "Haneul-si, SC-2023-0001  ends on 20 December 2025" in due
    stated = ("--actor", "문다올", "--reason", "확인", "--at", "2024-06-02", "--scheme", "service")
    notice = ("register", "notice", SUBJECT, "--ground", "improper", "--until", "2024-06-30", *stated)
    assert "not the latest of its holder" in run(*notice, "--certificate", "SC-2023-0001", "--language", "en", code=2)
    run(*notice, "--certificate", "SC-2024-0001")
    assert list(verify(path, law)) == []
