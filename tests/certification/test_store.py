"""The register as a file: numbers, crashes, tampering, copies."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path

import pytest

from smartcert.certification import exchange
from smartcert.certification import store as heads
from smartcert.certification.events import RefusedError, from_canonical, to_canonical
from smartcert.certification.integrity import verify
from smartcert.certification.store import Register, RegisterDamagedError
from smartcert.errors import InputError, UsageError
from tests.support.registering import DAY, EVALUATOR, SUBJECT, K, changed, clock, course, draft, filled, law

HOME = Path(__file__).parents[2]

WORKER = """
import sys, itertools
from datetime import date
from pathlib import Path
from smartcert.certification.store import Register
from tests.support.registering import DAY, filled, clock, course, law
path, first, many = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
with Register.open(path) as register:
    for place in range(first, first + many) if many else itertools.count(first):
        subject = f"{place:010d}"
        entered = register.append_all(list(course(date(2023, 12, 21), subject=subject)), law, clock)
        print(entered[-1].seq, entered[-1].hash, entered[-1].facts["number"], flush=True)
"""


def worker(path: Path, first: int, many: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WORKER, str(path), str(first), str(many)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=HOME)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "register.sqlite"
    Register.create(path).close()
    return path


def test_a_certificate_is_entered_with_its_number_and_the_rules_it_rests_on(path: Path) -> None:
    events = filled(path, 1)
    issued = events[-1]
    assert [event.kind for event in events] == [K.APPLIED, K.EVALUATED, K.PROPOSED, K.DECIDED, K.ISSUED]
    assert issued.facts["number"] == "SC-2023-0001"
    assert "certification.valid_years@2021-03-02" in issued.editions
    assert verify(path, law) == ()
    with Register.read(path) as register:
        found = register.certificate("SC-2023-0001", law, DAY)
        assert found is not None
        assert (found.valid_to, found.entry) == (date(2025, 12, 20), issued.hash)
        assert register.certificate("SC-2023-0002", law, DAY) is None


def test_one_application_is_not_entered_twice_whatever_its_day(path: Path) -> None:
    with Register.open(path) as register:
        register.append_all(list(course(DAY)), law, clock)
        for day in (DAY, date(2025, 1, 1)):
            applied = draft(K.APPLIED, day, round=f"round-of-{DAY}")
            with pytest.raises(RefusedError, match="already has certificate SC-2023-0001"):
                register.append(applied, law, clock)
        register.append(draft(K.CORRECTED, DAY, corrects="5", void="yes", replacement=""), law, clock)
        with pytest.raises(RefusedError, match=r"entered already \(entry 1\)"):
            register.append(draft(K.APPLIED, date(2025, 1, 1), round=f"round-of-{DAY}"), law, clock)
        assert register.head().count == 6


def test_entries_of_before_are_intact_though_they_would_be_refused_today(path: Path) -> None:
    lines = (Path(__file__).parent / "entries_of_before.jsonl").read_bytes()
    assert lines.count(b'"number":"SC-2023-') == 2  # of one application, and back-dated
    again = path.with_name("again.sqlite")
    exchange.rebuild(lines, "lines", again)
    assert verify(again, law) == ()
    with Register.read(again) as register:
        assert b"".join(exchange.export_lines(register)) == lines
        assert register.is_invented() is False


def test_a_whole_application_is_entered_late_before_others_and_a_city_has_one_certificate_at_a_time(path: Path) -> None:
    later = date(2025, 3, 1)
    with Register.open(path) as register:
        register.append_all(list(course(later)), law, clock)
        register.append(draft(K.TRANSCRIBED, date(2025, 6, 1)), law, clock)
        with pytest.raises(RefusedError, match=r"would make entry 1 .* invalid"):
            register.append_all(list(course(DAY))[:-1], law, clock)  # it would be under way when the next one arrives
        assert register.head().count == 6
        register.append_all(list(course(DAY)), law, clock)
        found = {
            number: register.certificate(number, law, date(2025, 7, 1)) for number in ("SC-2023-0001", "SC-2025-0001")
        }
    ended = {number: one and (one.ended, one.ended_on) for number, one in found.items()}
    assert ended == {"SC-2023-0001": ("replaced", later), "SC-2025-0001": ("replaced", date(2025, 6, 1))}
    assert verify(path, law) == ()


def test_a_decision_by_who_evaluated_is_refused_and_nothing_is_entered(path: Path) -> None:
    drafts = list(course(DAY))
    drafts[3] = changed(drafts[3], actor=EVALUATOR.upper() + " ")
    with Register.open(path) as register, pytest.raises(RefusedError, match=r"cannot decide.*2021-223"):
        register.append_all(drafts, law, clock)
    with Register.read(path) as register:
        assert register.events() == ()


def test_what_is_to_come_is_refused(path: Path) -> None:
    with Register.open(path) as register, pytest.raises(RefusedError, match="yet to come"):
        register.append(draft(K.APPLIED, clock().date() + timedelta(days=1)), law, clock)


def test_a_register_read_only_takes_no_entry(path: Path) -> None:
    with Register.read(path) as register, pytest.raises(RegisterDamagedError, match="readonly"):
        register.append(draft(K.APPLIED, DAY), law, clock)


def test_no_register_is_created_over_another(path: Path) -> None:
    with pytest.raises(UsageError, match=r"exists? already"):
        Register.create(path)


def test_a_file_that_is_not_a_register_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no register, only words that are long enough to look like a file" * 20)
    sqlite3.connect(tmp_path / "other.sqlite").execute("CREATE TABLE t (x)").connection.commit()
    for name in ("notes.txt", "other.sqlite", "none.sqlite"):
        with pytest.raises(UsageError, match=r"(no|not a) register"):
            Register.read(tmp_path / name)


@pytest.mark.parametrize("statement", ["UPDATE events SET body = 'x'", "DELETE FROM events", "DELETE FROM numbers"])
def test_the_database_itself_refuses_changes(path: Path, statement: str) -> None:
    filled(path, 1)
    with pytest.raises(sqlite3.IntegrityError, match="only ever added to"):
        sqlite3.connect(path).execute(statement)


def test_the_database_itself_refuses_an_entry_out_of_its_place(path: Path) -> None:
    filled(path, 1)
    with pytest.raises(sqlite3.IntegrityError, match="not the next"):
        sqlite3.connect(path).execute("INSERT OR REPLACE INTO events VALUES (3, 'a', 'b', 'c', 'd', 'e')")


# --- numbers ------------------------------------------------------------------------------------------------


def numbers(path: Path, each: int) -> None:
    workers = [worker(path, place * 10_000, each) for place in range(4)]
    output = [line.split()[2] for one in workers for line in one.communicate()[0].splitlines()]
    assert sorted(output) == [f"SC-2023-{place:04d}" for place in range(1, 4 * each + 1)]
    assert verify(path, law) == ()


@pytest.mark.slow
def test_a_hundred_numbers_by_four_processes_have_no_gap_and_no_double(path: Path) -> None:
    numbers(path, 25)


@pytest.mark.full
def test_a_thousand_numbers_by_four_processes_have_no_gap_and_no_double(path: Path) -> None:
    numbers(path, 250)


# --- crashes ------------------------------------------------------------------------------------------------


def killed(path: Path, times: int, seed: int) -> None:
    """Kill a writer ``times`` times at random moments; what it had confirmed must be there each time."""
    chance = random.Random(seed)
    confirmed: dict[int, str] = {}
    for turn in range(times):
        one = worker(path, turn * 10_000, 0)
        assert one.stdout is not None
        begun = one.stdout.readline()  # it has started and written: the moment of the kill lies within its work
        time.sleep(chance.random() * 0.3)
        os.kill(one.pid, signal.SIGKILL)
        rest = one.communicate()[0]
        for line in (begun + rest).splitlines(keepends=True):
            if line.endswith("\n") and len(line.split()) == 3:
                confirmed[int(line.split()[0])] = line.split()[1]
        with Register.read(path) as register:
            entered = {event.seq: event.hash for event in register.events()}
        assert confirmed.items() <= entered.items()
        published = heads.read_published_heads(path) or ()
        assert {head.count: head.hash for head in published}.items() <= entered.items()
    assert verify(path, law) == ()
    assert len(confirmed) >= times
    filled(path, 1)
    assert verify(path, law) == ()


@pytest.mark.slow
def test_what_was_confirmed_survives_eight_kills(path: Path) -> None:
    killed(path, 8, seed=7)


@pytest.mark.full
def test_what_was_confirmed_survives_two_hundred_kills(path: Path) -> None:
    killed(path, 200, seed=2023)


def test_a_half_line_of_the_heads_is_cut_off_by_the_next_entry(path: Path) -> None:
    filled(path, 1)
    with heads.heads_path(path).open("ab") as lines:
        lines.write(b"6 abc")
    assert verify(path, law) == ()
    filled_more = draft(K.APPLIED, DAY, subject="9100000000")
    with Register.open(path) as register:
        register.append(filled_more, law, clock)
    assert verify(path, law) == ()
    assert len(heads.read_published_heads(path) or ()) == 6


# --- copies -------------------------------------------------------------------------------------------------


def test_an_export_imported_again_is_the_same_register(path: Path, tmp_path: Path) -> None:
    filled(path)
    with Register.read(path) as register:
        text = b"".join(exchange.export_lines(register))
    head = exchange.rebuild(text, "export.jsonl", tmp_path / "again.sqlite")
    with Register.read(tmp_path / "again.sqlite") as register:
        assert b"".join(exchange.export_lines(register)) == text
        assert register.head() == head
    assert verify(tmp_path / "again.sqlite", law) == ()


@pytest.mark.parametrize("which", [0, -1])
@pytest.mark.parametrize("line", [0, 1, 5, -1])
def test_an_export_with_another_digit_is_refused_with_its_line(
    path: Path, tmp_path: Path, line: int, which: int
) -> None:
    filled(path)
    with Register.read(path) as register:
        lines = list(exchange.export_lines(register))
    digit = list(re.finditer(rb"\d", lines[line]))[which]
    other = b"%d" % ((int(digit.group()) + 1) % 10)
    lines[line] = lines[line][: digit.start()] + other + lines[line][digit.end() :]
    with pytest.raises(InputError) as output:
        exchange.rebuild(b"".join(lines), "export.jsonl", tmp_path / "again.sqlite")
    number = line % len(lines) + 1
    assert output.value.problems[0].place.line in {number, number + 1}
    assert sorted(one.name for one in tmp_path.iterdir()) == ["register.sqlite", "register.sqlite.heads"]


def test_an_export_without_its_last_entry_is_refused(path: Path, tmp_path: Path) -> None:
    filled(path)
    with Register.read(path) as register:
        lines = list(exchange.export_lines(register))
    with pytest.raises(InputError, match="another end"):
        exchange.rebuild(b"".join([*lines[:-2], lines[-1]]), "export.jsonl", tmp_path / "again.sqlite")


def test_a_copy_taken_while_others_write_is_intact(path: Path, tmp_path: Path) -> None:
    busy = worker(path, 0, 0)
    assert busy.stdout is not None
    busy.stdout.readline()
    try:
        counts = []
        for turn in range(5):
            counts.append(exchange.backup(path, tmp_path / f"copy{turn}.sqlite").count)
            assert verify(tmp_path / f"copy{turn}.sqlite", law) == ()
            busy.stdout.readline()
    finally:
        busy.kill()
        busy.communicate()
    assert counts == sorted(counts)
    assert counts[-1] > counts[0]


def test_a_copy_goes_over_no_other_file(path: Path, tmp_path: Path) -> None:
    filled(path, 1)
    (tmp_path / "there.sqlite").write_text("mine")
    with pytest.raises(UsageError, match=r"exists? already"):
        exchange.backup(path, tmp_path / "there.sqlite")
    assert (tmp_path / "there.sqlite").read_text() == "mine"
    assert not list(tmp_path.glob("*.part*"))


def test_the_canonical_text_of_an_entry_is_read_back_to_the_same(path: Path) -> None:
    for event in filled(path, 1):
        assert from_canonical(to_canonical(event)) == event
        assert json.loads(to_canonical(event))["subject"] == event.subject != SUBJECT
