"""A validity on other days than the rules give it: recorded with its reason, said by `verify`, and no damage."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from smartcert.certification.events import Draft, RefusedError, build_event
from smartcert.certification.integrity import find_other_validities, verify
from smartcert.certification.store import Register
from smartcert.certification.timeline import build_replacement, compute_standing
from smartcert.cli import main
from tests.support.registering import SUBJECT, K, clock, course, draft, extension, law

ISSUED = date(2021, 12, 21)
LAST = date(2023, 12, 20)
DECIDED, ENTERED = LAST, LAST + timedelta(days=5)
BY_ENTRY = extension(LAST, ENTERED)
"""The days as earlier versions entered them: by the day of the entry, which left a gap."""


def command(path: Path, *words: str, language: str = "en") -> Result:
    return CliRunner().invoke(main, ["register", *words, "--register", str(path), "--language", language])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A register with a certificate and the decision to extend it, made on its last day."""
    path = tmp_path / "register.sqlite"
    Register.create(path).close()
    with Register.open(path) as register:
        register.append_all(list(course(ISSUED)), law, clock)
        register.append_all(list(course(DECIDED, purpose="extension"))[:-1], law, clock)
    return path


@pytest.fixture
def older(path: Path) -> Path:
    """The same register, in which an earlier version entered the extension by the day of its entry."""
    with Register.open(path) as register:
        head = register.head()
        entry = draft(K.EXTENDED, ENTERED, **BY_ENTRY)
        register.restore((build_event(entry, head.count + 1, clock(), head.hash),))
        register.publish()
    return path


def enter(path: Path, *drafts: Draft) -> None:
    with Register.open(path) as register:
        register.append_all(list(drafts), law, clock)


def correct(day: date, **facts: str) -> Draft:
    new = build_replacement({"facts": facts})
    return draft(K.CORRECTED, day, corrects="10", void="no", replacement=new)


def test_a_register_of_an_earlier_version_answers_and_verify_says_which_entry_is_not_by_the_rules(older: Path) -> None:
    assert verify(older, law) == ()
    for language, sentence in (("en", "by the rules 21 December 2023 to 20 December 2025"), ("ko", "이전 버전이")):
        said = command(older, "verify", language=language)
        assert (said.exit_code, sentence in said.output) == (0, True), said.output
    shown = command(older, "status", SUBJECT, "--on", "2023-12-27").output
    assert "21 December 2023 to 24 December 2023: nothing was valid" in shown
    enter(older, draft(K.COMPLAINT_RECEIVED, ENTERED), draft(K.SUSPENDED, ENTERED + timedelta(days=1)))
    assert verify(older, law) == ()


@pytest.mark.parametrize(
    ("facts", "reason"),
    [({"otherwise": "the Minister decided so"}, "the Minister decided so"), (extension(LAST, DECIDED), None)],
)
def test_such_an_entry_is_given_its_reason_or_its_days(facts: dict[str, str], reason: str | None, older: Path) -> None:
    enter(older, correct(ENTERED, **facts))
    with Register.read(older) as register:
        found = find_other_validities(register.events(), law)
    assert [other.reason for other in found] == ([reason] if reason else [])
    assert verify(older, law) == ()
    said = command(older, "verify").output
    assert ("An earlier version" in said, "Reason: the Minister decided so" in said) == (False, bool(reason))
    shown = command(older, "status", SUBJECT, "--on", "2023-12-27").output
    assert ("reason: the Minister decided so" in shown) is bool(reason)
    assert ("nothing was valid" in shown) is bool(reason)


OTHER = {"valid_from": "2024-01-01", "valid_to": "2024-12-31"}


def test_other_days_are_entered_with_their_reason_only(path: Path) -> None:
    for days in (OTHER, BY_ENTRY):
        with pytest.raises(RefusedError) as refused:
            enter(path, draft(K.EXTENDED, ENTERED, **days))
        assert refused.value.refusal.code == "other_period"
    with pytest.raises(RefusedError) as refused:
        enter(path, draft(K.EXTENDED, ENTERED, valid_from="2024-12-31", valid_to="2024-01-01", otherwise="why"))
    assert refused.value.refusal.code == "period_ends_before_it_begins"
    enter(path, draft(K.EXTENDED, ENTERED, **OTHER, otherwise="one year, by the Minister"))
    assert verify(path, law) == ()
    with Register.read(path) as register:
        certificate = compute_standing(register.events(), ENTERED, law).certificate
    assert certificate is not None
    assert certificate.valid_to == date(2024, 12, 31)
    assert certificate.periods[-1].otherwise == "one year, by the Minister"


@pytest.mark.parametrize("days", [OTHER, BY_ENTRY, {"valid_to": "2025-12-21"}])
def test_a_correction_to_other_days_needs_a_reason_too(days: dict[str, str], path: Path) -> None:
    enter(path, draft(K.EXTENDED, ENTERED, **extension(LAST, DECIDED)))
    with pytest.raises(RefusedError) as refused:
        enter(path, correct(ENTERED, **days))
    assert refused.value.refusal.code in {"other_period", "order_broken"}
    enter(path, correct(ENTERED, **days, otherwise="the Minister decided so"))
    assert verify(path, law) == ()


def test_a_first_validity_on_other_days_is_recorded_with_its_reason(tmp_path: Path) -> None:
    path = tmp_path / "register.sqlite"
    Register.create(path).close()
    *before, issue = course(ISSUED)
    with pytest.raises(RefusedError):
        enter(path, *before, replace(issue, facts={**issue.facts, **OTHER}))
    enter(path, *before, replace(issue, facts={**issue.facts, **OTHER, "otherwise": "one year"}))
    assert "Reason: one year" in command(path, "verify").output


def test_days_that_no_version_entered_are_still_a_damage(path: Path) -> None:
    with Register.open(path) as register:
        head = register.head()
        entry = draft(K.EXTENDED, ENTERED, **OTHER)
        register.restore((build_event(entry, head.count + 1, clock(), head.hash),))
        register.publish()
    assert [damage.kind for damage in verify(path, law)] == ["not_allowed"]


@pytest.mark.parametrize(
    "given",
    [
        ("--valid-from", "2024-01-01"),
        ("--valid-from", "2024-01-01", "--valid-to", "2024-12-31"),
        ("--otherwise", "why"),
        ("--valid-from", "2024-01-01", "--valid-to", "2024-12-31", "--otherwise", " "),
    ],
)
def test_days_and_their_reason_go_together(given: tuple[str, ...], tmp_path: Path) -> None:
    asked = ("issue", "example", "nuri", "--at", "2023-12-21", "--reason", "x", "--evaluated-by", "Kim")
    done = command(tmp_path / "register.sqlite", *asked, *given)
    assert (done.exit_code, "go together" in done.stderr) == (2, True)


def test_a_certificate_is_issued_with_the_days_that_were_decided(tmp_path: Path) -> None:
    path = tmp_path / "register.sqlite"
    asked = ("issue", "example", "nuri", "--at", "2023-12-21", "--reason", "x", "--evaluated-by", "Kim")
    given = ("--valid-from", "2024-01-01", "--valid-to", "2024-12-31", "--otherwise", "한 해만 인증")
    assert command(path, *asked, *given).exit_code == 0
    assert "1 January 2024 to 31 December 2024" in command(path, "status", "누리시").output
    for day, holding in (("2023-12-31", "not yet valid"), ("2024-01-01", "valid"), ("2024-12-31", "valid, review due")):
        first = command(path, "status", "누리시", "--on", day).output.splitlines()[1]
        assert first.split("  ")[-1].strip() == holding
    assert "2024-12-31" in command(path, "due", "--on", "2023-12-31", "--within", "400d").output
    said = command(path, "verify")
    assert (said.exit_code, "한 해만 인증" in said.output) == (0, True)
    assert command(path, "issue", "example", "--all", "--reason", "x", *given).exit_code == 2
