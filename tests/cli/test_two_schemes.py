"""Who is certified by two schemes has two certificates side by side: neither takes the place of the other."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from smartcert.certification.events import Draft, Event, Refusal, RefusedError, Target, describe_refusal
from smartcert.certification.holders import group_by_holder, list_schemes, select_target
from smartcert.certification.integrity import verify
from smartcert.certification.state import Holding
from smartcert.certification.store import Register
from smartcert.certification.timeline import build_replacement, compute_standing
from smartcert.reporting.catalogue import Words
from tests.cli.conftest import Run
from tests.support.registering import DAY, SUBJECT, K, clock, course, draft, extension, law

EDITION = "service-illustrative-2023"
LATER = date(2024, 3, 1)
REGISTER = Path("outputs/register.sqlite")


def of_service(drafts: Iterator[Draft] | list[Draft], service: str = "") -> list[Draft]:
    """Return drafts about the other scheme, and a service, those that name an edition with one of its own."""
    named = {"scheme": "service", **({"service": service} if service else {})}
    own = {K.APPLIED: {"edition": EDITION, "application": "other"}, K.ISSUED: {"edition": EDITION}}
    return [replace(one, facts={**one.facts, **named, **own.get(one.kind, {})}) for one in drafts]


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
    assert list(group_by_holder(events)) == [(SUBJECT, Target()), (SUBJECT, Target("service"))]
    for scheme, issued_on in (("", DAY), ("service", LATER)):
        standing = compute_standing(select_target(events, Target(scheme)), date(2024, 6, 1), law)
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
    targets = (Target(), Target("service"))
    holdings = [compute_standing(select_target(events, one), date(2024, 6, 1), law).holding for one in targets]
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


@pytest.fixture
def services(tmp_path: Path) -> Path:
    """A register in which one holder has certificates of two services, and of the city."""
    path = tmp_path / REGISTER
    path.parent.mkdir(parents=True)
    Register.create(path).close()
    with Register.open(path) as register:
        register.append_all(of_service(course(DAY), "안심 귀가"), law, clock)
        register.append_all(of_service(course(LATER), "스마트 횡단보도"), law, clock)
        register.append_all(list(course(DAY)), law, clock)
    return path


STATED = ("--actor", "문다올", "--reason", "확인", "--scheme", "service", "--language", "en")
FIRST, SECOND = "SC-2023-0001", "SC-2024-0001"


def holdings(path: Path, day: str) -> dict[str, str]:
    with Register.read(path) as register:
        groups = group_by_holder(register.events())
    standings = {target: compute_standing(own, date.fromisoformat(day), law) for (_, target), own in groups.items()}
    return {target.service or "the city": standing.holding.value for target, standing in standings.items()}


def test_services_of_one_applicant_have_lives_of_their_own(run: Run, services: Path) -> None:
    shown = run("register", "status", SUBJECT, "--on", "2024-06-01", "--language", "en")
    assert [shown.count(text) for text in (FIRST, SECOND, "안심 귀가", "스마트 횡단보도")] == [1, 1, 1, 1]
    due = run("register", "due", "--on", "2025-09-01", "--within", "200d", "--language", "en")
    assert re.search("Haneul-si, 안심 귀가 +ends on 20 December 2025", due)
    notice = ("register", "notice", SUBJECT, "--ground", "improper", "--until", "2024-06-30", *STATED)
    refused = run(*notice, "--at", "2024-06-02", code=2)
    assert all(text in refused for text in (f"{FIRST} (안심 귀가)", f"{SECOND} (스마트 횡단보도)"))
    assert "안심 귀가" in run(*notice, "--at", "2024-06-02", "--service", "길찾기", code=2)
    assert "has the number SC-2023-0001" in run(
        *notice, "--at", "2024-06-02", "--service", "스마트횡단보도", "--certificate", FIRST, code=2
    )
    run(*notice, "--at", "2024-06-02", "--certificate", FIRST)
    run(*notice, "--at", "2024-06-02", "--service", "스마트횡단보도")  # both under way at once, however it is spaced
    explain = ("register", "explain", SUBJECT)
    run(*explain, "received", *STATED, "--at", "2024-06-03", "--service", "안심 귀가")
    run(*explain, "rejected", *STATED, "--at", "2024-06-04", "--certificate", FIRST)
    assert "State the reason" not in run("register", "revoke", SUBJECT, *STATED, "--at", "2024-06-05", code=2)
    run("register", "revoke", SUBJECT, *STATED, "--at", "2024-06-05", "--certificate", FIRST)
    assert holdings(services, "2024-06-05") == {"안심 귀가": "revoked", "스마트 횡단보도": "valid", "the city": "valid"}
    surrender = ("register", "record", "surrendered", SUBJECT, "--fact=document=공문", *STATED)
    for _ in range(2):  # also where one alone has not ended: twice by mistake must not end the next one
        assert "Several certificates" in run(*surrender, "--at", "2024-06-06", code=2)
    published = ("register", "record", "published", SUBJECT, "--fact=address=https://example.org", *STATED)
    run(*published, "--at", "2024-06-06", "--service", "안심 귀가")
    assert "revocation" not in run("register", "due", "--on", "2024-06-07", "--within", "1d").split("안심 귀가")[0]
    drop = ("register", "object", SUBJECT, "--against", "16", *STATED)
    run(*drop, "--at", "2024-06-07")  # the number of an entry says which
    shown = run("register", "status", SUBJECT, "--on", "2024-06-08", "--language", "en")
    assert shown.index("안심 귀가") < shown.index("objection")
    assert list(verify(services, law)) == []


def test_a_service_is_extended_and_certified_anew_for_itself(services: Path) -> None:
    anew = of_service(course(date(2024, 6, 1)), "안심 귀가")
    with Register.open(services) as register:
        entered = register.append_all(anew, law, clock)
        assert entered[-1].facts["replaces"] == FIRST, "of the same service"
        last = date(2026, 2, 28)
        later = of_service(course(date(2025, 11, 1), purpose="extension", **extension(last, LATER)), "스마트 횡단보도")
        register.append_all(later, law, clock)
        found = register.certificate(SECOND, law, date(2026, 3, 1))
    assert found is not None
    assert (found.service, len(found.periods)) == ("스마트 횡단보도", 2)
    assert list(verify(services, law)) == []


@pytest.mark.parametrize(
    ("drafts", "code"),
    [
        (of_service(course(date(2024, 6, 1))), "service_not_named"),
        ([draft(K.APPLIED, date(2024, 6, 1), service="안심 귀가")], "no_services"),
        (of_service(course(DAY), "길찾기"), "issued_already"),
        (of_service([draft(K.SURRENDERED, date(2024, 6, 1))], "길찾기"), "not_now"),
        (
            of_service(
                [
                    draft(
                        K.CORRECTED,
                        date(2024, 6, 1),
                        corrects="5",
                        void="no",
                        replacement=build_replacement({"facts": {"service": "길찾기"}}),
                    )
                ],
                "안심 귀가",
            ),
            "scheme_stays",
        ),
    ],
    ids=[
        "a second one without a name",
        "of a city",
        "the same application once more",
        "of no certificate",
        "corrected",
    ],
)
def test_what_confuses_services_is_refused(drafts: list[Draft], code: str, services: Path) -> None:
    with Register.open(services) as register, pytest.raises(RefusedError) as caught:
        register.append_all(drafts, law, clock)
    assert caught.value.refusal.code == code
    for language in ("ko", "en"):
        assert describe_refusal(caught.value.refusal, Words(language, "register"))


def test_paper_check_and_credential_name_the_service(run: Run, services: Path, tmp_path: Path) -> None:
    run("register", "key", "office.key", "--issuing-office", "Office")
    run("register", "certificate", SECOND, "--key", "office.key", "--no-pdf", "--on", "2024-06-01")
    file = "outputs/certification/certificates/SC-2024-0001.html"
    assert "스마트 횡단보도" in (tmp_path / file).read_text("utf-8")
    check = ("register", "check", file, "--public-key", "office.key.pub", "--on", "2024-06-01")
    for more in ((), ("--register", str(services))):
        assert "스마트 횡단보도" in run(*check, *more)
    run("register", "credentials", "--all", "--address", "https://example.org/c", "--on", "2024-06-01", "out")
    written = {path.stem: json.loads(path.read_text()) for path in tmp_path.rglob("credentials/*.json")}
    services_ = {name: one["credentialSubject"].get("service") for name, one in written.items()}
    assert services_ == {FIRST: "안심 귀가", SECOND: "스마트 횡단보도", "SC-2023-0002": None}


def test_two_services_that_an_earlier_version_entered_without_a_name_are_both_shown(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smartcert.certification.store._check_other_services", lambda *_: iter(()))
    path = tmp_path / REGISTER
    path.parent.mkdir(parents=True)
    Register.create(path).close()
    with Register.open(path) as register:
        register.append_all(of_service(course(DAY)), law, clock)
        register.append_all(of_service(course(LATER)), law, clock)
    shown = run("register", "status", SUBJECT, "--on", "2024-06-01", "--language", "en")
    assert shown.count("also in force") == 1
    assert "SC-2023-0001, Level 3, 21 December 2023 to 20 December 2025" in shown
    due = run("register", "due", "--on", "2025-09-01", "--within", "200d", "--language", "en")
    assert "Haneul-si, SC-2023-0001  ends on 20 December 2025" in due
    notice = ("register", "notice", SUBJECT, "--ground", "improper", "--until", "2024-06-30", *STATED)
    stated = ("--at", "2024-06-02", "--certificate")
    assert "not the latest of its holder" in run(*notice, *stated, "SC-2023-0001", code=2)
    run(*notice, *stated, "SC-2024-0001")
    assert list(verify(path, law)) == []


def test_a_new_certificate_of_a_city_replaces_the_one_in_force(tmp_path: Path) -> None:
    Register.create(tmp_path / "register.sqlite").close()
    with Register.open(tmp_path / "register.sqlite") as register:
        register.append_all(list(course(DAY)), law, clock)
        register.append_all(list(course(LATER)), law, clock)
        events = register.events()
    assert [one.ended for one in compute_standing(events, LATER, law).certificates] == ["replaced", ""]
