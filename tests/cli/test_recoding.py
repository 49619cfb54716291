"""Certificates of local governments that are renamed, get other codes, move, are merged or divided meanwhile."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from smartcert.certification.events import EventKind as K
from smartcert.certification.integrity import verify
from smartcert.certification.store import Register
from smartcert.certification.timeline import compute_standing
from smartcert.cli import main
from smartcert.services.holders import codes_of
from tests.support.registering import at, course, draft, extension, law

START = date(2025, 11, 24)
AFTER = date(2026, 7, 1)


def register(*arguments: str, file: Path, language: str = "en") -> Result:
    return CliRunner().invoke(main, ["register", *arguments, "--register", str(file), "--language", language])


def enter(path: Path, drafts: list[object]) -> None:
    with Register.open(path, codes_of) as opened:
        opened.append_all(list(drafts), law, lambda: at(date(2028, 1, 1)))  # type: ignore[arg-type]


def issue(path: Path, code: str, day: date = START) -> date:
    """Enter a certificate under a code and return its last day."""
    if not path.exists():
        Register.create(path).close()
    enter(path, list(course(day, subject=code)))
    with Register.read(path, codes_of) as opened:
        certificate = compute_standing(opened.events(code), day, law).certificate
    assert certificate is not None
    return certificate.valid_to


RECODED = [
    ("여수시", "4613000000", "1213000000", START),
    ("광주 광산구", "2920000000", "1233000000", START),
    ("전북", "4500000000", "5200000000", date(2023, 12, 21)),
    ("전주시", "4511000000", "5211000000", date(2023, 12, 21)),
    ("군위군", "4772000000", "2772000000", date(2022, 9, 29)),
    ("강릉시", "4215000000", "5115000000", date(2022, 9, 29)),
]


@pytest.mark.parametrize(("name", "old", "new", "day"), RECODED)
def test_status_is_the_same_by_old_and_new_code_and_by_name(
    name: str, old: str, new: str, day: date, tmp_path: Path
) -> None:
    path = tmp_path / "register.sqlite"
    last = issue(path, old, day)
    for asked in (old, new, name):
        for on in (day, day + timedelta(days=300), last):
            shown = register("status", *asked.split(), "--on", on.isoformat(), file=path)
            assert shown.exit_code == 0, shown.stderr
            assert "valid" in shown.output.splitlines()[1]
            assert "no certificate" not in shown.output
        assert len(register("history", *asked.split(), file=path).stdout.splitlines()) == 5


def test_a_certificate_is_extended_under_the_new_code_in_one_chain(tmp_path: Path) -> None:
    path = tmp_path / "register.sqlite"
    last = issue(path, "4613000000")
    day = last - timedelta(days=100)
    enter(path, list(course(day, subject="1213000000", purpose="extension", **extension(last, day))))
    assert verify(path, law, codes_of=codes_of) == ()
    assert verify(path, law) != ()  # by code alone there is nothing to extend
    assert register("verify", file=path).exit_code == 0
    with Register.read(path, codes_of) as opened:
        events = opened.events("4613000000")
    assert [event.subject for event in events] == ["4613000000"] * 5 + ["1213000000"] * 5
    certificate = compute_standing(events, day, law).certificate
    assert certificate is not None
    assert len(certificate.periods) == 2
    due = register("due", "--on", day.isoformat(), "--within", "900d", file=path)
    assert due.output.count("Haneul-si") == 2  # one holder, not one for each code


def test_a_second_certificate_under_the_new_code_is_not_issued_beside_the_first(tmp_path: Path) -> None:
    path = tmp_path / "register.sqlite"
    issue(path, "4613000000")
    with Register.open(path, codes_of) as opened:
        assert compute_standing(opened.events("1213000000"), AFTER, law).certificate is not None


def test_an_entry_is_made_under_the_code_of_its_day(tmp_path: Path) -> None:
    path = tmp_path / "register.sqlite"
    issue(path, "4613000000")
    asked = ["--actor", "문다올", "--reason", "a letter", "--fact", "about=a service"]
    for day in ("2026-06-30", "2026-07-01"):
        done = register("record", "complaint_received", "여수시", "--at", day, *asked, file=path)
        assert done.exit_code == 0, done.stderr
    with Register.read(path, codes_of) as opened:
        assert [event.subject for event in opened.events("1213000000")][-2:] == ["4613000000", "1213000000"]


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("인천 중구", "2811000000", ("divided: Jung-gu, Incheon → Jemulpo-gu; Yeongjong-gu", "merged: Jung-gu")),
        ("인천 동구", "2814000000", ("merged: Jung-gu, Incheon; Dong-gu, Incheon → Jemulpo-gu",)),
        ("인천 서구", "2826000000", ("divided: Seo-gu, Incheon → Seohae-gu; Geomdan-gu",)),
        ("광주광역시", "2900000000", ("merged: Gwangju; Jeollanam-do → Jeonnam-Gwangju",)),
    ],
)  # fmt: skip
def test_a_merger_or_division_states_what_was_held_and_asks_for_the_ruling(
    name: str, code: str, words: tuple[str, ...], tmp_path: Path
) -> None:
    path = tmp_path / "register.sqlite"
    issue(path, code)
    before = register("status", *name.split(), "--on", "2026-06-30", file=path)
    assert "merger or division" not in before.output
    after = register("status", *name.split(), "--on", "2026-07-01", file=path)
    assert after.exit_code == 0, after.stderr
    for sentence in (*words, "certified for Haneul-si until 30 June 2026", "Record the Minister's ruling"):
        assert sentence in after.output
    assert "Local Autonomy Act" in after.output
    assert "[interpretation]" in after.output
    open_ruling = "the Minister's ruling on the merger or division of 1 July 2026"
    assert open_ruling not in register("due", "--within", "1d", "--on", "2026-06-30", file=path).output
    assert open_ruling in register("due", "--within", "1d", "--on", "2026-07-20", file=path).output


@pytest.mark.parametrize(
    ("ruling", "holding", "facts"),
    [("change_stands", "valid", {"holder": "2812500000"}), ("change_ends", "lapsed", {})],
)
def test_the_ruling_is_recorded_and_counts_from_its_day(
    ruling: str, holding: str, facts: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "register.sqlite"
    issue(path, "2814000000")
    given = {"change": "2026-07-01", "decision": "a letter of the Minister", **facts}
    asked = ["record", ruling, "2814000000", "--at", "2026-07-10", "--actor", "문다올", "--reason", "a ruling"]
    done = register(*asked, *(f"--fact={key}={value}" for key, value in given.items()), file=path)
    assert done.exit_code == 0, done.stderr
    assert "ruling recorded" not in register("status", "2814000000", "--on", "2026-07-09", file=path).output
    after = register("status", "2814000000", "--on", "2026-07-10", file=path).output
    assert holding in after.splitlines()[1]
    assert "Record the Minister's ruling" not in after
    assert "the Minister's ruling on" not in register("due", "--within", "1d", "--on", "2026-07-20", file=path).output
    assert "10 July 2026 (entry 6)" in after
    assert verify(path, law, codes_of=codes_of) == ()


def test_a_new_name_or_code_alone_asks_for_nothing(tmp_path: Path) -> None:
    path = tmp_path / "register.sqlite"
    issue(path, "4613000000")
    shown = register("status", "여수시", "--on", "2026-12-01", file=path)
    assert "merger or division" not in shown.output


def test_every_ruling_is_the_ministers() -> None:
    assert {draft(kind, AFTER).role.value for kind in (K.CHANGE_STANDS, K.CHANGE_ENDS)} == {"minister"}


SUCCESSORS = [("2814000000", "제물포구", "2812500000"), ("2811000000", "영종구", "2815500000"),
              ("2826000000", "검단구", "2829000000"), ("2900000000", "전남광주통합특별시", "1200000000")]  # fmt: skip


@pytest.mark.parametrize(("held_by", "successor", "code"), SUCCESSORS)
def test_a_successor_is_never_without_a_certificate_in_silence(
    held_by: str, successor: str, code: str, tmp_path: Path
) -> None:
    path = tmp_path / "register.sqlite"
    issue(path, held_by)
    assert "no certificate" in register("status", successor, "--on", "2026-06-30", file=path).output
    for asked in (successor, code):
        after = register("status", asked, "--on", "2026-07-01", file=path).output
        assert "no certificate" not in after
        assert after.count("before the merger or division  ") == 1
        assert "Record the Minister's ruling" in after
        assert re.search(r"(?m)^certification mark +not known$", after)
    assert len(register("history", successor, file=path).stdout.splitlines()) == 5


@pytest.mark.parametrize(
    ("ruling", "holder", "passed_on"),
    [("change_stands", "2812500000", True), ("change_stands", "2815500000", False), ("change_ends", "", False)],
)
def test_a_certificate_is_shown_for_whom_the_ruling_passes_it_on_to(
    ruling: str, holder: str, passed_on: bool, tmp_path: Path
) -> None:
    path = tmp_path / "register.sqlite"
    issue(path, "2811000000")
    facts = ["--fact=change=2026-07-01", "--fact=decision=a letter", *([f"--fact=holder={holder}"] if holder else [])]
    asked = ["record", ruling, "2811000000", "--at", "2026-07-10", "--actor", "문다올", "--reason", "a ruling", *facts]
    assert register(*asked, file=path).exit_code == 0
    after = register("status", "제물포구", "--on", "2026-07-10", file=path).output
    assert ("no certificate" not in after.splitlines()[1]) is passed_on
    assert "before the merger or division" in after
    assert ("passed on to" in after) is bool(holder)


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        (("change=2026-07-02",), "no merger or division of 2811000000 on 2026-07-02; there are: 2026-07-01"),
        (("change=2026-07-01", "holder=2812500001"), "제물포구 2812500000, 영종구 2815500000"),
        (("change=2026-07-01", "holder=4111000000"), "제물포구 2812500000, 영종구 2815500000"),
    ],
)
def test_a_ruling_on_no_change_or_for_nobody_of_it_is_refused(
    facts: tuple[str, ...], sentence: str, tmp_path: Path
) -> None:
    path = tmp_path / "register.sqlite"
    issue(path, "2811000000")
    asked = ["record", "change_stands", "2811000000", "--at", "2026-07-10", "--actor", "문다올", "--reason", "a ruling"]
    done = register(*asked, "--fact=decision=a letter", *(f"--fact={fact}" for fact in facts), file=path)
    assert done.exit_code == 2
    assert sentence in done.stderr
    with Register.read(path, codes_of) as opened:
        assert len(opened.events()) == 5


@pytest.mark.parametrize(
    ("asked", "day", "heading"),
    [
        ("서해구", "2026-06-30", ("Seo-gu, Incheon", "2826000000")),
        ("서해구", "2026-07-01", ("Seohae-gu", "2827500000")),
        ("인천 서구", "2026-07-01", ("Seohae-gu", "2827500000")),
        ("여수시", "2026-06-30", ("Yeosu-si", "4613000000")),
        ("여수시", "2026-07-01", ("Yeosu-si", "1213000000")),
        ("인천 동구", "2026-07-01", ("Dong-gu, Incheon", "2814000000")),
    ],
)
def test_a_status_is_headed_by_the_name_and_the_code_of_its_day(
    asked: str, day: str, heading: tuple[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "register.sqlite"
    issue(path, "2826000000")
    first = register("status", *asked.split(), "--on", day, file=path).output.splitlines()[0]
    assert tuple(part.strip() for part in first.split("  ") if part) == heading


@pytest.mark.parametrize("code", ["4111000001", "9999999999", "9000000001", "1348672684"])
def test_a_code_that_nobody_has_is_a_slip_and_never_no_certificate(code: str, tmp_path: Path) -> None:
    path = tmp_path / "register.sqlite"
    issue(path, "4613000000")
    entry = ["--actor", "문다올", "--reason", "a letter", "--fact", "about=a service"]
    for command in (["status", code], ["history", code], ["record", "complaint_received", code, *entry]):
        done = register(*command, file=path)
        assert done.exit_code == 2
        assert f"'{code}' is the code of no local government" in done.stderr
    with Register.read(path, codes_of) as opened:
        assert len(opened.events()) == 5
