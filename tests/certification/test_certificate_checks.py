"""Certificates made from a register and checked beside it: valid, ended, revoked, extended, corrected, not in it."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from smartcert.certification.events import EventKind, RefusedError
from smartcert.certification.integrity import verify
from smartcert.certification.signing import SigningKey, generate_key, write_key
from smartcert.certification.state import Holding
from smartcert.certification.store import Register
from smartcert.certification.timeline import build_replacement, compute_standing
from smartcert.cli.register.certificates import certificate as certificate_command
from smartcert.cli.register.certificates import check as check_command
from smartcert.cli.register.certificates import key as key_command
from smartcert.errors import UsageError
from smartcert.model.certification import CertificateCheck, CertificateSeal, CertificateStatus
from smartcert.reporting.catalogue import Words
from smartcert.services.certificates import CertificateFiles, check_certificate, describe_check, make_certificate
from tests.support.registering import changed, clock, course, draft, extension, law, rulebook

ISSUED = date(2026, 3, 2)
LAST = date(2028, 3, 1)
NUMBER = "SC-2026-0001"
KEY = SigningKey(secret=bytes(range(32)), office="국토교통부")


@pytest.fixture
def register(tmp_path: Path) -> Path:
    path = tmp_path / "certificates.register"
    with Register.create(path) as opened:
        opened.append_all(list(course(ISSUED)), law, clock)
    return path


def enter(path: Path, *drafts: object) -> None:
    with Register.open(path) as opened:
        opened.append_all(list(drafts), law, clock)  # type: ignore[arg-type]  # drafts, as the tests build them


def made(register: Path, day: date = ISSUED) -> CertificateFiles:
    return make_certificate(register, NUMBER, KEY, rulebook(), day)


def checked(data: bytes, tmp_path: Path, day: date, register: Path | None = None) -> CertificateCheck:
    path = tmp_path / "given.html"
    path.write_bytes(data)
    return check_certificate(str(path), KEY.public, day, register=register, law=law)


def revoke(register: Path) -> None:
    day = date(2026, 6, 1)
    later, last = day + timedelta(days=31), day + timedelta(days=62)
    enter(
        register,
        draft(EventKind.FIRST_NOTICE, day),
        draft(EventKind.SECOND_NOTICE, later),
        draft(EventKind.REVOKED, last),
    )


def test_a_certificate_says_what_the_register_says(register: Path, tmp_path: Path) -> None:
    found = checked(made(register).html, tmp_path, ISSUED, register)
    assert (found.seal, found.now, found.register, found.good) == (
        CertificateSeal.INTACT,
        CertificateStatus.VALID,
        True,
        True,
    )
    assert found.statement is not None
    assert (found.statement.valid_from, found.statement.valid_to) == (ISSUED, LAST)
    with Register.read(register) as opened:
        assert found.entry == opened.events()[-1].hash


@pytest.mark.parametrize(
    ("day", "now"),
    [
        (ISSUED, CertificateStatus.VALID),
        (LAST, CertificateStatus.VALID),
        (LAST + timedelta(days=1), CertificateStatus.EXPIRED),
    ],
)
def test_it_is_valid_to_its_last_day_and_expired_on_the_next(
    register: Path, tmp_path: Path, day: date, now: CertificateStatus
) -> None:
    found = checked(made(register).html, tmp_path, day, register)
    assert found.now is now
    assert found.since == (LAST + timedelta(days=1) if now is CertificateStatus.EXPIRED else None)


def test_without_a_register_its_own_days_are_reported_and_nothing_about_a_revocation(
    register: Path, tmp_path: Path
) -> None:
    data = made(register).html
    revoke(register)
    before, within, after = (
        checked(data, tmp_path, day)
        for day in (ISSUED - timedelta(days=1), date(2026, 12, 1), LAST + timedelta(days=1))
    )
    assert (before.now, within.now, after.now) == (
        CertificateStatus.NOT_YET,
        CertificateStatus.UNKNOWN,
        CertificateStatus.EXPIRED,
    )
    assert any(
        "any later revocation, suspension or renewal is not known" in value and "check it with --register" in value
        for _, value in describe_check(within, Words("en", "certificate"), LAST)
    )


def test_a_revoked_certificate_is_reported_as_revoked_with_its_day(register: Path, tmp_path: Path) -> None:
    data = made(register).html
    revoke(register)
    found = checked(data, tmp_path, date(2026, 12, 1), register)
    assert (found.seal, found.now, found.since, found.good) == (
        CertificateSeal.INTACT,
        CertificateStatus.REVOKED,
        date(2026, 8, 2),
        False,
    )
    assert checked(data, tmp_path, date(2026, 8, 1), register).now is CertificateStatus.VALID, "the day before"
    rows = dict(describe_check(found, Words("en", "certificate"), date(2026, 12, 1)))
    assert rows["Now"] == "Revoked on 2 August 2026. The mark may not be used."


def test_no_certificate_is_made_of_what_was_revoked_or_has_ended(register: Path) -> None:
    with pytest.raises(UsageError, match="was valid to 2028-03-01"):
        made(register, LAST + timedelta(days=1))
    revoke(register)
    with pytest.raises(UsageError, match="was revoked on 2026-08-02"):
        made(register, date(2026, 12, 1))


def test_no_certificate_is_made_of_a_number_that_is_not_there(register: Path) -> None:
    with pytest.raises(UsageError, match="no certificate 'SC-2026-0009'"):
        make_certificate(register, "SC-2026-0009", KEY, rulebook(), ISSUED)


def test_after_an_extension_the_old_certificate_holds_to_its_end_and_is_then_replaced(
    register: Path, tmp_path: Path
) -> None:
    old, decided = made(register).html, date(2027, 12, 1)
    enter(register, *course(decided, purpose="extension", **extension(LAST, decided)))
    assert checked(old, tmp_path, LAST, register).now is CertificateStatus.VALID
    assert checked(old, tmp_path, LAST + timedelta(days=1), register).now is CertificateStatus.REPLACED
    new = checked(made(register, decided).html, tmp_path, LAST + timedelta(days=1), register)
    assert new.now is CertificateStatus.VALID
    assert checked(made(register, decided).html, tmp_path, LAST, register).now is CertificateStatus.NOT_YET


def test_a_new_certificate_replaces_one_that_is_in_force(register: Path, tmp_path: Path) -> None:
    old, day = made(register).html, LAST - timedelta(days=100)
    enter(register, *course(day, level="3"))
    assert checked(old, tmp_path, day - timedelta(days=1), register).now is CertificateStatus.VALID
    found = checked(old, tmp_path, day, register)
    assert (found.now, found.since) == (CertificateStatus.REPLACED, day)
    with pytest.raises(UsageError, match=f"was replaced on {day}"):
        made(register, day)
    with Register.read(register) as opened:
        standing = compute_standing(opened.events(), LAST, law)
    assert [certificate.ended for certificate in standing.certificates] == ["replaced", ""]
    assert (standing.holding, standing.gaps) == (Holding.VALID, ())
    assert verify(register, law) == ()


def test_one_that_has_run_out_is_not_replaced_by_a_later_one(register: Path, tmp_path: Path) -> None:
    old, day = made(register).html, LAST + timedelta(days=1)
    enter(register, *course(day))
    found = checked(old, tmp_path, day, register)
    assert (found.now, found.since) == (CertificateStatus.EXPIRED, day)


def test_a_period_that_was_yet_to_begin_when_the_certificate_ended_makes_no_gap(register: Path) -> None:
    decided = LAST - timedelta(days=90)
    enter(register, *course(decided, purpose="extension", **extension(LAST, decided)))
    ended = LAST - timedelta(days=30)
    enter(register, draft(EventKind.SURRENDERED, ended))
    with Register.read(register) as opened:
        standing = compute_standing(opened.events(), ended, law)
    assert standing.gaps == ()
    again = LAST + timedelta(days=60)
    enter(register, *course(again))
    with Register.read(register) as opened:
        standing = compute_standing(opened.events(), again, law)
    assert [(gap.first, gap.last) for gap in standing.gaps] == [(ended, again - timedelta(days=1))]


def test_between_two_periods_the_first_paper_is_expired_since_the_end_of_its_own(
    register: Path, tmp_path: Path
) -> None:
    old, decided = made(register).html, LAST - timedelta(days=30)
    days = {"valid_from": "2028-04-01", "valid_to": "2030-03-31"}
    enter(register, *course(decided, purpose="extension", **days, otherwise="by the Minister"))
    for day in (LAST + timedelta(days=1), date(2028, 3, 31)):
        found = checked(old, tmp_path, day, register)
        assert (found.now, found.since) == (CertificateStatus.EXPIRED, LAST + timedelta(days=1))
    assert checked(old, tmp_path, date(2028, 4, 1), register).now is CertificateStatus.REPLACED


def test_an_extension_is_printed_with_what_it_was_granted_for(register: Path, tmp_path: Path) -> None:
    old, decided = made(register).html, LAST - timedelta(days=30)
    granted = {"name_ko": "하늘특례시", "size_type": "large", "level": "2"}
    *before, last = course(decided, purpose="extension", **extension(LAST, decided))
    evaluated, proposed, settled = (changed(one, facts={**one.facts, "level": "2"}) for one in before[1:])
    enter(register, before[0], evaluated, proposed, settled, changed(last, facts={**last.facts, **granted}))
    new = made(register, decided).html
    assert "하늘특례시".encode() in new
    statement = checked(new, tmp_path, LAST + timedelta(days=1), register).statement
    assert statement is not None
    assert (statement.name.ko, statement.name.en) == ("하늘특례시", "Haneul-si")
    assert (statement.size_type, statement.level, statement.round) == ("large", 2, f"round-of-{decided}")
    assert checked(old, tmp_path, LAST, register).now is CertificateStatus.VALID, "its own period is as it was"


@pytest.mark.parametrize("decided", [LAST, LAST + timedelta(days=1)])
def test_an_extension_runs_by_the_day_of_its_decision_however_late_it_is_issued(register: Path, decided: date) -> None:
    *course_to_decision, _ = course(decided, purpose="extension")
    enter(register, *course_to_decision)
    issued = decided + timedelta(days=5)
    with pytest.raises(RefusedError):
        enter(register, draft(EventKind.EXTENDED, issued, **extension(LAST, issued)))
    enter(register, draft(EventKind.EXTENDED, issued, **extension(LAST, decided)))
    with Register.read(register) as opened:
        standing = compute_standing(opened.events(), issued, law)
    assert standing.certificate is not None
    assert standing.certificate.periods[-1].valid_from == LAST + timedelta(days=1)
    assert standing.gaps == ()


def test_a_corrected_entry_replaces_the_certificate(register: Path, tmp_path: Path) -> None:
    old = made(register).html
    new = build_replacement({"facts": {"name_ko": "하늘특별시"}})
    enter(register, draft(EventKind.CORRECTED, ISSUED, corrects="5", void="no", replacement=new))
    assert checked(old, tmp_path, ISSUED, register).now is CertificateStatus.REPLACED
    assert checked(made(register).html, tmp_path, ISSUED, register).now is CertificateStatus.VALID


@pytest.mark.parametrize(
    ("kind", "now"),
    [(EventKind.SUSPENDED, CertificateStatus.SUSPENDED), (EventKind.SURRENDERED, CertificateStatus.SURRENDERED)],
)
def test_what_was_suspended_or_surrendered_is_not_good_and_none_is_made_of_it(
    register: Path, tmp_path: Path, kind: EventKind, now: CertificateStatus
) -> None:
    old, day = made(register).html, date(2026, 6, 1)
    enter(register, draft(kind, day))
    assert checked(old, tmp_path, day - timedelta(days=1), register).now is CertificateStatus.VALID
    found = checked(old, tmp_path, day, register)
    assert (found.now, found.since, found.good) == (now, day, False)
    with pytest.raises(UsageError, match=str(now)):
        made(register, day)


def test_a_certificate_of_an_invented_round_is_a_specimen_whatever_the_key(tmp_path: Path) -> None:
    path = tmp_path / "invented.register"
    applied, *others = course(ISSUED)
    with Register.create(path) as opened:
        opened.append_all([replace(applied, facts={**applied.facts, "invented": "yes"}), *others], law, clock)
    data = make_certificate(path, "SPECIMEN-2026-0001", KEY, rulebook(), ISSUED).html
    page = data.decode()
    assert "SPECIMEN, WITHOUT EFFECT" in page
    assert "견본, 효력 없음" in page
    assert f'<p class="office">{KEY.office}' not in page
    found = checked(data, tmp_path, ISSUED, path)
    assert (found.seal, found.invented, found.good) == (CertificateSeal.INTACT, True, False)
    for language, said in (("ko", "견본, 효력 없음"), ("en", "SPECIMEN, WITHOUT EFFECT")):
        shown = dict(describe_check(found, Words(language, "certificate"), ISSUED))
        assert not re.search("쓸 수 있습니다|may be used", " ".join(shown.values()))
        assert said in shown[Words(language, "certificate")("check.office")]
    code = page.split("<code>SMARTCERT1:")[1].split("</code>")[0]
    assert not check_certificate(f"SMARTCERT1:{code}", KEY.public, ISSUED).good


def test_a_register_takes_invented_rounds_only_or_real_ones_only(register: Path, tmp_path: Path) -> None:
    applied = draft(EventKind.APPLIED, date(2026, 9, 1), subject="9533000000")
    invented = replace(applied, facts={**applied.facts, "invented": "yes"})
    with pytest.raises(RefusedError, match="accepts no fictitious round"):
        enter(register, invented)
    other = tmp_path / "other.register"
    Register.create(other).close()
    enter(other, invented)
    for real in (replace(applied, subject="9544000000"), draft(EventKind.TRANSCRIBED, ISSUED, subject="9544000000")):
        with pytest.raises(RefusedError, match="accepts no real certification"):
            enter(other, real)
    new = build_replacement({"facts": {"invented": "no"}})
    correction = draft(EventKind.CORRECTED, ISSUED, subject="9533000000", corrects="1", void="no", replacement=new)
    with pytest.raises(RefusedError, match="cannot be corrected"):
        enter(other, correction)
    assert verify(other, law) == verify(register, law) == ()


def test_a_certificate_of_another_register_is_not_entered_in_this_one(register: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.register"
    Register.create(empty).close()
    assert checked(made(register).html, tmp_path, ISSUED, empty).now is CertificateStatus.NOT_ENTERED


def test_a_register_that_was_changed_is_not_believed(register: Path, tmp_path: Path) -> None:
    data = made(register).html
    with sqlite3.connect(register) as db:
        for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            db.execute(f"DROP TRIGGER {name}")
        db.execute('UPDATE events SET body = replace(body, \'"level":"3"\', \'"level":"1"\')')
    assert checked(data, tmp_path, ISSUED, register).now is CertificateStatus.REGISTER_DAMAGED
    with pytest.raises(UsageError, match="is not intact"):
        made(register)


def test_the_text_of_a_qr_code_is_checked_by_itself_in_a_file_or_beside_the_register(
    register: Path, tmp_path: Path
) -> None:
    import re

    text = re.search(r"<code>(SMARTCERT1:[A-Z0-9:-]+)</code>", made(register).html.decode())
    assert text is not None
    (tmp_path / "code.txt").write_text(text[1] + "\n", encoding="utf-8")
    for given in (text[1], str(tmp_path / "code.txt")):
        alone = check_certificate(given, KEY.public, ISSUED)
        assert (alone.seal, alone.now, alone.statement) == (CertificateSeal.INTACT, CertificateStatus.UNKNOWN, None)
    revoke(register)
    assert (
        check_certificate(text[1], KEY.public, date(2026, 12, 1), register=register, law=law).now
        is CertificateStatus.REVOKED
    )


def test_every_outcome_has_its_words_in_both_languages() -> None:
    for language in ("ko", "en"):
        words = Words(language, "certificate")
        for now in CertificateStatus:
            since = (
                ISSUED
                if now
                in (
                    CertificateStatus.NOT_YET,
                    CertificateStatus.EXPIRED,
                    CertificateStatus.LAPSED,
                    CertificateStatus.REVOKED,
                    CertificateStatus.SURRENDERED,
                    CertificateStatus.SUSPENDED,
                    CertificateStatus.AWAITS_RULING,
                )
                else None
            )
            found = CertificateCheck(seal=CertificateSeal.INTACT, number=NUMBER, entry="0" * 64, now=now, since=since)
            assert all(value for _, value in describe_check(found, words, ISSUED))
        for why in ("no_seal", "unreadable", "added_after", "statement", "office", "content", "code"):
            assert describe_check(CertificateCheck(seal=CertificateSeal.CHANGED, why=why), words, ISSUED)
        for seal in (CertificateSeal.UNKNOWN_KEY, CertificateSeal.NONE):
            assert describe_check(CertificateCheck(seal=seal), words, ISSUED)


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        check_certificate(str(tmp_path / "none.html"), KEY.public, ISSUED)


def run(command: object, *arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(command, [str(one) for one in arguments])  # type: ignore[arg-type]  # a click command
    return result.exit_code, result.output


def test_from_key_to_check_by_commands(register: Path, tmp_path: Path) -> None:
    office, out = tmp_path / "office.key", tmp_path / "out"
    assert run(key_command, office, "--issuing-office", "국토교통부")[0] == 0
    issue = [NUMBER, "--register", register, "--key", office, "--output", out, "--on", ISSUED]
    status, shown = run(certificate_command, *issue)
    assert (status, "SPECIMEN" in shown.upper()) == (0, False)
    for ending in ("html", "pdf"):
        file = out / f"{NUMBER}.{ending}"
        judge = [file, "--public-key", f"{office}.pub", "--register", register, "--on", ISSUED, "--language", "en"]
        status, shown = run(check_command, *judge)
        assert status == 0
        assert "The mark may be used." in shown
        data = file.read_bytes()
        file.write_bytes(data[:-9] + (b"y" if data[-9:-8] == b"x" else b"x") + data[-8:])
        status, shown = run(check_command, *judge)
        assert status == 1
        assert "Altered" in shown


def test_a_specimen_is_never_good_even_with_a_valid_signature(register: Path, tmp_path: Path) -> None:
    specimen = generate_key()
    public = write_key(specimen, tmp_path / "specimen.key")
    data = make_certificate(register, NUMBER, specimen, rulebook(), ISSUED).html
    (tmp_path / "c.html").write_bytes(data)
    arguments = [
        tmp_path / "c.html",
        "--public-key",
        public,
        "--register",
        register,
        "--on",
        ISSUED,
        "--language",
        "en",
    ]
    status, shown = run(check_command, *arguments)
    assert status == 1
    assert "Specimen: not signed with the key of an issuing office. It has no effect." in shown
    assert "A specimen without effect. It gives no right to use the mark." in shown
    assert "SPECIMEN" in data.decode()
