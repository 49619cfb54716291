"""The commands that keep the register: the way of a certificate through them, and what they tell."""

from __future__ import annotations

import csv
import json
import re
import shutil
import sqlite3
import unicodedata
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from smartcert.certification.store import Register
from smartcert.cli import main
from smartcert.paths import find_round_folder
from smartcert.services.rounds import open_round

pytestmark = pytest.mark.slow


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def register(*words: str) -> Result:
    return CliRunner().invoke(main, ["register", *words])


ISSUED = (
    *("issue", "example", "nuri", "--evaluated-by", "Kim;Park"),
    *("--reason", "the example round", "--at", "2023-12-21", "--language", "en"),
)


def acting(*words: str, on: str, language: str = "en") -> Result:
    return register(*words, "--actor", "Lee", "--reason", "because", "--at", on, "--language", language)


@pytest.mark.usefixtures("home")
def test_the_way_of_a_certificate_through_the_commands() -> None:
    made = register(*ISSUED)
    assert made.exit_code == 0, made.output
    assert "SPECIMEN-2023-0001: entry 5" in made.output
    first = acting("notice", "누리시", "--ground", "below_criteria", "--until", "2024-03-01", on="2024-02-01")
    assert first.exit_code == 0
    early = acting("revoke", "누리시", on="2024-02-15")
    assert early.exit_code == 2
    assert "A further notice must be given before a revocation. (Smart City Act Decree Art. 32" in early.stderr
    assert acting("notice", "누리시", "--until", "2024-04-01", on="2024-03-02").exit_code == 0
    korean = acting("revoke", "누리시", on="2024-04-02", language="ko")
    assert "재량을 행사한 사유" in korean.stderr
    assert "스마트도시법 제33조" in korean.stderr
    assert acting("revoke", "누리시", "--discretion", "the services stand still", on="2024-04-02").exit_code == 0
    assert "revoked" in register("status", "누리시", "--on", "2024-05-01", "--language", "en").output
    assert "valid" in register("status", "누리시", "--on", "2024-04-01", "--language", "en").output
    assert acting("object", "누리시", "--against", "8", on="2024-04-10").exit_code == 0
    while_valid = register("status", "누리시", "--on", "2024-03-01", "--language", "en").output
    assert re.search(r"certification mark +may not be used", while_valid), "a specimen gives no right"
    intact = register("verify", "--language", "en").output.splitlines()
    assert intact[0].startswith("intact: 9 entries")
    assert intact[1] == "register of an invented round: its certificates are specimens without effect"
    assert "the services stand still" in register("history", "누리시", "--language", "en").output


@pytest.mark.usefixtures("home")
def test_a_decision_by_who_evaluated_is_refused_with_its_article_and_enters_nothing() -> None:
    refused = register(*("도시정책과장" if word == "Kim;Park" else word for word in ISSUED))
    assert refused.exit_code == 2
    assert "도시정책과장 took part in the evaluation and cannot decide on it. (MOLIT Notice 2021-223" in refused.stderr
    assert register("verify", "--language", "en").output.startswith("intact: 0 entries")


@pytest.mark.usefixtures("home")
def test_a_correction_is_listed_beside_what_it_corrects() -> None:
    register(*ISSUED)
    fixed = acting("correct", "2", "누리시", "--set", "reason=the right words", on="2024-01-01")
    assert fixed.exit_code == 0, fixed.output
    listed = register("history", "누리시", "--language", "en").output
    assert "the example round" in listed
    assert "corrected by entry 6" in listed
    broken = acting("correct", "2", "누리시", "--set", "actor=도시정책과장", on="2024-01-01")
    assert broken.exit_code == 2
    assert "would make entry 4 (decision to certify) invalid" in broken.stderr


def test_without_a_register_the_public_history_answers(home: Path) -> None:
    told = register("status", "송파구", "--on", "2024-06-01", "--language", "ko")
    assert told.exit_code == 0, told.output
    assert "유효" in told.output
    assert "2023년 12월 21일 ~ 2025년 12월 20일" in told.output
    assert "공개된 이력" in told.output
    assert not (home / "outputs").exists()
    gap = register("status", "구로구", "--on", "2024-06-01", "--language", "en").output
    assert "10 September 2023 to 20 December 2023: nothing was valid" in gap
    assert "pilot of 2019" in register("status", "대전광역시", "--on", "2020-06-01", "--language", "en").output


@pytest.mark.usefixtures("home")
def test_what_is_due_is_listed_soonest_first() -> None:
    listed = register("due", "--within", "90d", "--on", "2025-09-20", "--language", "en").stdout.splitlines()
    days = [line.split()[0] for line in listed]
    assert days == sorted(days)
    assert (days[0], days[-1]) == ("2025-09-20", "2025-12-20" if "2025-12-20" in days else days[-1])
    assert any("Songpa-gu" in line and "ask for the extension by 20 September 2025" in line for line in listed)
    assert not any("Songpa-gu" in line and "ends" in line for line in listed)  # on the 91st day
    assert register("due", "--within", "soon").exit_code == 2


@pytest.mark.slow
@pytest.mark.usefixtures("home")
def test_an_export_goes_into_a_register_again_and_a_copy_is_intact() -> None:
    register(*ISSUED)
    assert register("export", "--output", "lines.jsonl").exit_code == 0
    assert register("import", "lines.jsonl", "--register", "again.sqlite").exit_code == 0
    first, again = (register("export").stdout, register("export", "--register", "again.sqlite").stdout)
    assert first == again
    assert [json.loads(line) for line in first.splitlines()][-1]["count"] == 5
    assert register("backup", "copy.sqlite").exit_code == 0
    assert register("verify", "--register", "copy.sqlite").exit_code == 0
    mixed = register("import", "--public", "--register", "copy.sqlite")
    assert (mixed.exit_code, "accepts no real certification" in mixed.stderr) == (2, True)
    assert register("import", "--public", "--register", "public.sqlite").exit_code == 0
    assert register("verify", "--register", "public.sqlite", "--language", "en").output.startswith("intact: 58 entries")
    mixed = register(*ISSUED, "--register", "public.sqlite")
    assert (mixed.exit_code, "accepts no fictitious round" in mixed.stderr) == (2, True)


@pytest.mark.slow
@pytest.mark.usefixtures("home")
def test_the_newest_data_of_a_holder_are_checked_against_its_rules() -> None:
    register(*ISSUED)
    told = register("recheck", "example", "--on", "2024-06-01", "--language", "en")
    assert told.exit_code == 0, told.output
    line = told.output.splitlines()[1]
    assert line.startswith("Nuri-si")
    assert line.count("still meets the criteria, Level 3") == 2
    assert line.endswith("—")  # the data are those of the certificate: nothing fell


@pytest.mark.slow
def test_an_appeal_pack_names_no_evaluator_and_proves_itself(home: Path) -> None:
    register(*(("haneul" if word == "nuri" else word) for word in ISSUED))
    acting("object", "하늘시", "--against", "4", on="2024-01-05")
    made = register("appeal", "example", "haneul", "--output", "pack")
    assert made.exit_code == 0, made.output
    files = {path.name: path.read_bytes() for path in (home / "pack").iterdir()}
    sums = dict(reversed(line.split("  ")) for line in files.pop("SHA256SUMS").decode().splitlines())
    assert sums == {name: sha256(content).hexdigest() for name, content in files.items()}
    names = [one.name for one in open_round("example").round.committee]
    assert names
    for name, content in files.items():
        text = content.decode()
        assert not any(evaluator in text for evaluator in [*names, "Kim", "Park"]), name
    assert "objection" in files["entries.csv"].decode()
    assert "5 January 2024: filed against entry 4" in files["pack.en.txt"].decode()
    assert b",E1," in files["marks.csv"]
    again = register("appeal", "example", "haneul", "--output", "pack")
    assert (again.exit_code, "exists already" in again.stderr) == (2, True)


@pytest.mark.slow
def test_what_fell_since_the_certificate_is_listed_by_indicator(home: Path) -> None:
    register(*ISSUED)
    newer = home / "newer" / "example"  # a round is called as its folder is
    shutil.copytree(find_round_folder("example"), newer)
    table = newer / "measurements.csv"
    rows = [line.split(",") for line in table.read_text("utf-8-sig").splitlines()]
    for row in rows:
        if row[:2] == ["nuri", "N04"]:
            assert row[2] != "0"
            row[2] = "0"
    table.write_text("\n".join(",".join(row) for row in rows) + "\n", "utf-8")
    line = register("recheck", str(newer), "--on", "2024-06-01", "--language", "en").output.splitlines()[1]
    assert "N04" in line
    assert "→0" in line


@pytest.mark.slow
@pytest.mark.parametrize(("residents", "told"), [("500000", False), ("499999", True)])
def test_a_city_that_crosses_the_bound_of_its_size_type_between_rounds_is_told(
    residents: str, told: bool, home: Path
) -> None:
    register(*ISSUED)  # 누리시, large with exactly 500,000 residents
    newer = home / "newer" / "example"
    shutil.copytree(find_round_folder("example"), newer)
    table = newer / "registry.csv"
    text = table.read_text("utf-8-sig").replace("푸른도,500000,", f"푸른도,{residents},")
    table.write_text(text, "utf-8")
    shown = register("recheck", str(newer), "--on", "2024-06-01", "--language", "en").output
    sentence = "Nuri-si: now small or medium-sized city, certified as large city (499,999 residents in October 2023)"
    assert (sentence in shown) is told


def test_an_evaluation_that_an_entry_rests_on_is_stored_unchanged(home: Path) -> None:
    register(*ISSUED)
    stored = list((home / "outputs" / "register.sqlite.evaluations").iterdir())
    assert [path.stem for path in stored] == [sha256(path.read_bytes()).hexdigest() for path in stored]
    assert stored[0].stem in register("export").stdout


def test_a_stored_evaluation_that_was_changed_is_a_damage_of_its_entry(home: Path) -> None:
    register(*ISSUED)
    (stored,) = (home / "outputs" / "register.sqlite.evaluations").iterdir()
    data = stored.read_bytes()
    said = f"the stored evaluation that entry 2 is based on was changed (evaluation.json {stored.stem[:12]})"

    def check() -> None:
        for asked in (("status", "누리시"), ("history", "누리시"), ("due",), ("verify",)):
            answer = register(*asked, "--language", "en")
            assert answer.exit_code == 1
            assert said in answer.output
            assert "level 3" not in answer.output

    stored.write_bytes(data.replace(b'"computed": 3', b'"computed": 1'))
    assert stored.read_bytes() != data
    check()
    stored.unlink()
    stored.mkdir()  # there, and not readable
    check()


def test_an_evaluation_that_is_not_stored_is_said_and_no_damage(home: Path) -> None:
    register(*ISSUED)
    (stored,) = (home / "outputs" / "register.sqlite.evaluations").iterdir()
    stored.unlink()
    intact = register("verify", "--language", "en")
    assert intact.exit_code == 0
    assert intact.output.splitlines()[-1].endswith("is not stored beside the register: 2, 3, 4, 5")


# --- only what was decided is entered --------------------------------------------------------------------------------


def changed_round(home: Path, file: str, change: Callable[[dict[str, str]], object]) -> str:
    """A copy of the example round under its own name, with each row of one file put through ``change``."""
    folder = home / "changed" / "example"
    shutil.copytree(find_round_folder("example"), folder, dirs_exist_ok=True)
    with (folder / file).open(encoding="utf-8-sig", newline="") as text:
        rows = list(csv.DictReader(text))
    for row in rows:
        change(row)
    with (folder / file).open("w", encoding="utf-8", newline="") as text:
        writer = csv.DictWriter(text, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return str(folder)


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("applicant", "options", "said"),
    [
        ("mireu", (), "The outcome of mireu is open (the Minister has not decided)"),
        ("raon", (), "The outcome of raon is open (not carried by the Committee)"),
        ("areum", (), "The outcome of areum is open (waiting for documents)"),
        ("noeul", (), "The application of noeul was excluded from evaluation (receipt)"),
        ("nuri", ("--at", "2023-10-20"), "issue of the certificate (20 October 2023) is before that of the"),
        ("nuri", ("--at", "2023-11-30"), "is before that of the decision to certify (1 December 2023)"),
        ("nuri", ("--at", "2123-12-21"), "21 December 2123 is yet to come"),
        ("nuri", ("--decided-by", "Lee"), "decision to certify: the round's decisions name 도시정책과장, not Lee."),
        ("nuri", ("--proposed-by", "Cho"), "the round's decisions name 운영기관 심사팀장, not Cho."),
    ],
)
def test_what_is_not_decided_or_contradicts_the_decision_is_refused(
    applicant: str, options: tuple[str, ...], said: str
) -> None:
    refused = register("issue", "example", applicant, "--reason", "why", "--language", "en", *options)
    assert (refused.exit_code, said in refused.stderr) == (2, True), refused.output
    assert register("verify", "--language", "en").output.startswith("intact: 0 entries")


def test_a_vote_of_none_in_favour_makes_no_certificate_whatever_was_decided(home: Path) -> None:
    def reject(row: dict[str, str]) -> None:
        row["vote"] = "no" if row["applicant"] == "nuri" and row["vote"] else row["vote"]

    refused = register("issue", changed_round(home, "votes.csv", reject), *ISSUED[2:])
    assert (refused.exit_code, "nuri is open (not carried by the Committee)" in refused.stderr) == (2, True)


@pytest.mark.parametrize(
    ("applicant", "decided", "last"),
    [("dasom", "3", "SPECIMEN-2023-0001: entry 5"), ("nuri", "4", "entry 4 (decision")],
)
def test_a_level_decided_otherwise_than_computed_is_entered_with_persons_day_and_reason_of_the_record(
    home: Path, applicant: str, decided: str, last: str
) -> None:
    def decide(row: dict[str, str]) -> None:
        if row["applicant"] == applicant:
            row |= {"decided": decided, "reason": "현장에서 확인"}

    name = changed_round(home, "decisions.csv", decide)
    made = register("issue", name, applicant, *ISSUED[3:])
    assert (made.exit_code, last in made.output) == (0, True), made.output
    lines = [json.loads(line) for line in register("export").stdout.splitlines()[1:-1]]
    by_kind = {line["kind"]: line for line in lines}
    settled = by_kind.get("decided") or by_kind["declined"]
    assert by_kind["evaluated"]["facts"]["level"] == {"dasom": "4", "nuri": "3"}[applicant]
    assert settled["facts"] == {"level": decided, "otherwise": "현장에서 확인"}
    assert (settled["actor"], settled["reason"], settled["at"][:10]) == ("도시정책과장", "현장에서 확인", "2023-12-01")
    assert (by_kind["proposed"]["actor"], by_kind["proposed"]["at"][:10]) == ("운영기관 심사팀장", "2023-11-20")
    if "issued" in by_kind:
        assert by_kind["issued"]["facts"]["level"] == decided
    assert register("verify").exit_code == 0


@pytest.mark.usefixtures("home")
def test_the_same_application_is_refused_with_the_number_of_its_certificate() -> None:
    assert register(*ISSUED).exit_code == 0
    again = register(*ISSUED[:-3], "2024-01-05", "--language", "en")
    assert again.exit_code == 2
    assert "'nuri' of round 'example' already has certificate SPECIMEN-2023-0001" in again.stderr
    assert register("verify", "--language", "en").output.startswith("intact: 5 entries")


@pytest.mark.slow
@pytest.mark.usefixtures("home")
def test_all_of_a_round_are_entered_once_and_what_is_not_is_told_with_its_reason() -> None:
    assert register(*ISSUED).exit_code == 0
    words = ("issue", "example", "--all", "--reason", "the round", "--at", "2023-12-21", "--language", "en")
    first = register(*words)
    assert first.exit_code == 0, first.output
    lines = first.stdout.splitlines()
    outcomes = open_round("example").outcomes
    assert len(lines) == len(outcomes) + 1
    for line, outcome in zip(lines, outcomes, strict=False):
        assert f"({outcome.application}): " in line
        expected = "not entered" if outcome.level is None else "issued" if outcome.certified else "entered, decision"
        assert ("already there, certificate SPECIMEN-2023-0001" if outcome.application == "nuri" else expected) in line
    assert lines[-1] == "6 issued, 6 decided not to certify, 1 already there, 14 not entered, 0 refused"
    assert any("mireu" in line and "the Minister has not decided" in line for line in lines)
    head = register("verify").output
    assert register(*words).stdout.splitlines()[-1].startswith("0 issued, 0 decided not to certify, 13 already there")
    assert register("verify").output == head
    assert register("issue", "example", "nuri", "--all", "--reason", "why").exit_code == 2


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            {"decided": "2", "reason": "정정"},
            "Level 3 (1 December 2023); the round records the decision to certify at Level 2",
        ),
        ({"decided": "4", "reason": "정정"}, "the round records the decision not to certify at Level 4"),
        ({"decided_on": "2023-12-04"}, "at Level 3 (4 December 2023)"),
        ({"decided": "", "decided_by": "", "decided_on": ""}, "the round records no decision that counts"),
    ],
)
def test_a_decision_that_was_changed_after_it_was_entered_is_told(
    home: Path, changed: dict[str, str], said: str
) -> None:
    words = ("--all", "--reason", "the round", "--at", "2023-12-21", "--language", "en")
    name = changed_round(home, "decisions.csv", lambda _row: None)
    assert register("issue", name, *words).exit_code == 0

    def change(row: dict[str, str]) -> None:
        row |= changed if row["applicant"] == "nuri" else {}

    again = register("issue", changed_round(home, "decisions.csv", change), *words)
    (line,) = [line for line in again.output.splitlines() if ": refused." in line]
    assert (again.exit_code, said in line) == (1, True), line
    assert "12 already there, 14 not entered, 1 refused" in again.output


# --- a register that is not intact does not answer; every answer says up to when it knows ----------------------------


@pytest.mark.parametrize("asked", [("status", "누리시"), ("history", "누리시"), ("due",), ("recheck", "example")])
def test_a_changed_row_gives_no_answer(home: Path, asked: tuple[str, ...]) -> None:
    register(*ISSUED)
    with closing(sqlite3.connect(home / "outputs" / "register.sqlite")) as db:
        guards = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in guards:
            db.execute(f"DROP TRIGGER {name}")
        worse = """UPDATE events SET body = replace(body, '"level":"3"', '"level":"1"') WHERE kind = 'issued'"""
        db.execute(worse)
        for _, statement in guards:
            db.execute(statement)
        db.commit()
    answer = register(*asked, "--language", "en")
    assert (answer.exit_code, answer.stdout) == (1, "")
    assert "not intact and gives no answer" in answer.stderr
    assert "entry 5 was changed" in answer.stderr


@pytest.mark.slow
@pytest.mark.usefixtures("home")
def test_after_its_horizon_an_answer_says_not_known_and_never_expired() -> None:
    on_horizon = register("status", "시흥시", "--on", "2025-11-24", "--language", "en").output
    assert "lapsed" in on_horizon
    assert "known up to 24 November 2025" in on_horizon
    after = register("status", "시흥시", "--on", "2025-11-25", "--language", "en").output
    assert "not known since 24 November 2025" in after
    running = register("status", "강릉시", "--on", "2026-11-24", "--language", "en").output
    assert "on 24 November 2026   valid, review due" in running
    ended = register("status", "강릉시", "--on", "2026-11-25", "--language", "ko").output
    assert "2026년 11월 24일 뒤로는 알 수 없음" in ended
    assert "만료" not in ended
    assert "known up to 24 November 2025" in register("due", "--on", "2026-11-01", "--language", "en").stderr
    register(*ISSUED)
    later = register("status", "누리시", "--on", "2090-01-01", "--language", "en").output
    assert "not known since" in later
    assert "known up to" in register("history", "누리시", "--language", "en").stderr
    before = register("status", "누리시", "--known", "2020-01-01", "--language", "en").output
    assert "nothing is known" in before
    assert "no certificate" not in before, "nothing was entered by then, so nothing is denied either"


@pytest.mark.usefixtures("home")
def test_suspension_surrender_complaint_and_misuse_are_entered_and_said() -> None:
    register(*ISSUED)
    for event, day, fact in (
        ("complaint_received", "2024-02-01", "about=a service that stands still"),
        ("suspended", "2024-03-01", "decision=a stay of execution"),
        ("mark_misused", "2024-03-02", "where=the website"),
    ):
        assert acting("record", event, "누리시", "--fact", fact, on=day).exit_code == 0
    said = register("status", "누리시", "--on", "2024-03-03", "--language", "en").output
    assert "on 3 March 2024       suspended" in said
    assert "no law provides for the suspension" in said
    assert "entry 6, of 1 February 2024, waits for its answer" in said
    assert "misuse of the mark    2 March 2024" in said
    given = acting("record", "surrendered", "누리시", "--fact", "document=a letter", on="2024-04-01")
    assert given.exit_code == 0, given.output
    assert "surrendered" in register("status", "누리시", "--on", "2024-04-01", "--language", "en").output


# --- names, days, files as they come ---------------------------------------------------------------------------------


@pytest.mark.usefixtures("home")
def test_a_name_of_the_register_is_known_however_it_is_written() -> None:
    register(*ISSUED)
    issue = ("--at", "2023-12-05", "--reason", "x", "--register", "services.sqlite")
    assert register("issue", "service-example", "--all", *issue).exit_code == 0
    for name in ("누리시", unicodedata.normalize("NFD", "누리시"), " 누리시 ", "nuri-si", "Nuri-si"):
        assert "SPECIMEN-2023-0001" in register("status", name, "--on", "2024-01-05").output, ascii(name)
        assert "SPECIMEN-2023-0001" in register("history", name).output, ascii(name)
    for name in ("가온데이터(주)", "가온데이터", "주식회사 가온데이터", "gaon data", "001-81-00017"):
        shown = register("status", name, "--on", "2024-01-05", "--register", "services.sqlite").output
        assert "SPECIMEN-2023-0001" in shown, name


@pytest.mark.usefixtures("home")
def test_what_is_typed_as_single_letters_is_entered_as_syllables() -> None:
    register(*ISSUED)
    letters = unicodedata.normalize("NFD", "사진에 남음")
    given = ("--actor", unicodedata.normalize("NFD", "문다올"), "--reason", letters, "--at", "2024-02-01")
    assert register("record", "complaint_received", "누리시", "--fact", f"about={letters}", *given).exit_code == 0
    entry = json.loads(register("export").stdout.splitlines()[6])
    assert (entry["actor"], entry["reason"], entry["facts"]["about"]) == ("문다올", "사진에 남음", "사진에 남음")


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("form", ["도시정책과장", "도시 정책과장", unicodedata.normalize("NFD", "도시정책과장")])
def test_who_evaluated_cannot_decide_however_the_name_is_written(form: str) -> None:
    refused = register(*(form if word == "Kim;Park" else word for word in ISSUED))
    assert (refused.exit_code, "cannot decide on it" in refused.stderr) == (2, True)


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(("on", "within"), [("9999-12-31", "90d"), ("9999-12-01", "99999d"), ("0001-01-01", "1d")])
def test_no_day_is_too_late_or_too_early(on: str, within: str) -> None:
    days = ("--valid-from", "2024-01-01", "--valid-to", "9999-12-31", "--otherwise", "without an end")
    assert register(*ISSUED, *days).exit_code == 0
    assert register("due", "--on", on, "--within", within).exit_code == 0
    assert register("status", "누리시", "--on", on).exit_code == 0


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("change", [lambda text: b"\xef\xbb\xbf" + text, lambda text: text.replace(b"\n", b"\r\n")])
def test_lines_that_an_editor_saved_again_are_imported(change: Callable[[bytes], bytes]) -> None:
    register(*ISSUED)
    text = register("export").stdout.encode()
    Path("lines.jsonl").write_bytes(change(text))
    done = register("import", "lines.jsonl", "--register", "again.sqlite")
    assert done.exit_code == 0, done.stderr
    assert register("export", "--register", "again.sqlite").stdout.encode() == text


@pytest.mark.usefixtures("home")
def test_what_a_revocation_still_asks_for_is_due_until_it_is_done() -> None:
    register(*ISSUED)
    assert acting("notice", "누리시", "--ground", "improper", "--until", "2024-02-29", on="2024-02-01").exit_code == 0
    asked = ("due", "--on", "2024-03-05", "--within", "1d", "--language", "en")
    assert "2024-02-29  Nuri-si  no explanation by 29 February 2024" in register(*asked).stdout
    assert acting("notice", "누리시", "--until", "2024-03-31", on="2024-03-05").exit_code == 0
    assert "no explanation" not in register(*asked).stdout
    assert acting("revoke", "누리시", on="2024-04-01").exit_code == 0
    asked = ("due", "--on", "2024-06-01", "--within", "1d", "--language", "en")
    for left, event, fact in ((2, "notified", ()), (1, "published", ("--fact", "address=https://example.org"))):
        lines = register(*asked).stdout.splitlines()
        assert len([line for line in lines if "to be done without delay" in line]) == left
        assert acting("record", event, "누리시", *fact, on="2024-06-01").exit_code == 0
    assert register(*asked).stdout == "nothing is due\n"


@pytest.mark.usefixtures("home")
def test_an_entry_that_was_taken_out_by_mistake_is_restored_with_its_number() -> None:
    register(*ISSUED)
    correct = ("correct", "5", "누리시")
    assert "has not been taken out" in acting(*correct, "--restore", on="2024-01-01").stderr
    assert acting(*correct, "--void", on="2024-01-01").exit_code == 0
    assert "no certificate" in register("status", "누리시", "--on", "2024-02-01", "--language", "en").output
    for refused in (("--set", "reason=better"), ("--void",)):
        done = acting(*correct, *refused, on="2024-01-02")
        assert (done.exit_code, "Entry 5 has been taken out" in done.stderr) == (2, True)
    assert acting(*correct, "--restore", on="2024-01-03").exit_code == 0
    assert "SPECIMEN-2023-0001" in register("status", "누리시", "--on", "2024-02-01").output
    listed = register("history", "누리시", "--language", "en").stdout.splitlines()
    assert "restored by entry 7" in listed[4]
    assert acting(*correct, "--set", "reason=better", on="2024-01-04").exit_code == 0
    assert register("verify").exit_code == 0
    known = ("status", "누리시", "--on", "2024-02-01", "--known", "2123-01-01")
    assert "SPECIMEN-2023-0001" in register(*known).output


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("given", [("--void", "--restore"), (), ("--restore", "--set", "reason=x")])
def test_a_correction_does_one_thing(given: tuple[str, ...]) -> None:
    register(*ISSUED)
    done = acting("correct", "5", "누리시", *given, on="2024-01-01")
    assert (done.exit_code, "give either" in done.stderr) == (2, True)


@pytest.mark.usefixtures("home")
def test_a_fact_that_is_given_twice_is_not_taken_by_its_last_value() -> None:
    register(*ISSUED)
    twice = ("--fact", "about=this", "--fact", "about=that")
    done = acting("record", "complaint_received", "누리시", *twice, on="2024-01-01")
    assert (done.exit_code, "'about' is given 2 times" in done.stderr) == (2, True)


def test_two_operators_may_begin_a_register_at_the_same_moment(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    exists, path = Path.exists, home / "outputs" / "register.sqlite"
    operators = ["the other"]

    def exists_too_late(self: Path, **options: bool) -> bool:
        found = exists(self, **options)
        if self.name == path.name and operators:
            operators.pop()  # creates it right after this one looked
            Register.create(path).close()
        return found

    monkeypatch.setattr(Path, "exists", exists_too_late)
    path.parent.mkdir()
    done = register(*ISSUED)
    assert done.exit_code == 0, done.stderr
    assert register("verify").exit_code == 0


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--set", "at=2023-12-31"), "invalid. By the rules the validity runs from 31 December 2023"),
        (("--set", "role=ministre"), "no role 'ministre' (did you mean 'minister'?)"),
        (("--fact", "level=2"), "invalid. Level 2 is not level 3 that was decided."),
    ],
)
def test_a_correction_that_breaks_something_says_what_and_why(given: tuple[str, ...], said: str) -> None:
    register(*ISSUED)
    done = acting("correct", "5", "누리시", *given, on="2024-01-05")
    assert (done.exit_code, said in done.stderr) == (2, True), done.stderr
