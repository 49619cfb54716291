"""The commands that keep the register: the way of a certificate through them, and what they tell."""

from __future__ import annotations

import json
import shutil
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from smartcert.cli import main
from smartcert.paths import find_round_folder
from smartcert.services.rounds import open_round


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def register(*words: str) -> Result:
    return CliRunner().invoke(main, ["register", *words])


ISSUED = (
    *("issue", "example", "nuri", "--evaluated-by", "Kim;Park", "--proposed-by", "Cho", "--decided-by", "Lee"),
    *("--reason", "the example round", "--at", "2023-12-21", "--language", "en"),
)


def acting(*words: str, on: str, language: str = "en") -> Result:
    return register(*words, "--actor", "Lee", "--reason", "because", "--at", on, "--language", language)


@pytest.mark.usefixtures("home")
def test_the_way_of_a_certificate_through_the_commands() -> None:
    made = register(*ISSUED)
    assert made.exit_code == 0, made.output
    assert "SC-2023-0001: entry 5" in made.output
    first = acting("notice", "누리시", "--ground", "below_criteria", "--until", "2024-03-01", on="2024-02-01")
    assert first.exit_code == 0
    early = acting("revoke", "누리시", on="2024-02-15")
    assert early.exit_code == 2
    assert "A further notice must be given before a revocation. (Smart City Act Decree Art. 32" in early.stderr
    assert acting("notice", "누리시", "--until", "2024-04-01", on="2024-03-02").exit_code == 0
    korean = acting("revoke", "누리시", on="2024-04-02", language="ko")
    assert "재량을 행사한 까닭" in korean.stderr
    assert "스마트도시법 제33조" in korean.stderr
    assert acting("revoke", "누리시", "--discretion", "the services stand still", on="2024-04-02").exit_code == 0
    assert "revoked" in register("status", "누리시", "--on", "2024-05-01", "--language", "en").output
    assert "valid" in register("status", "누리시", "--on", "2024-04-01", "--language", "en").output
    assert acting("object", "누리시", "--against", "8", on="2024-04-10").exit_code == 0
    assert register("verify", "--language", "en").output.startswith("whole: 9 entries")
    assert "the services stand still" in register("history", "누리시", "--language", "en").output


@pytest.mark.usefixtures("home")
def test_a_decision_by_who_evaluated_is_refused_with_its_article_and_enters_nothing() -> None:
    refused = register(*("Park" if word == "Lee" else word for word in ISSUED))
    assert refused.exit_code == 2
    assert "Park took part in the evaluation and cannot decide on it. (MOLIT Notice 2021-223" in refused.stderr
    assert register("verify", "--language", "en").output.startswith("whole: 0 entries")


@pytest.mark.usefixtures("home")
def test_a_correction_is_listed_beside_what_it_corrects() -> None:
    register(*ISSUED)
    fixed = acting("correct", "2", "누리시", "--set", "reason=the right words", on="2024-01-01")
    assert fixed.exit_code == 0, fixed.output
    listed = register("history", "누리시", "--language", "en").output
    assert "the example round" in listed
    assert "corrected by entry 6" in listed
    broken = acting("correct", "2", "누리시", "--set", "actor=Lee", on="2024-01-01")
    assert broken.exit_code == 2
    assert "entry 4 (decision to certify) would no longer be allowed" in broken.stderr


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
    assert register("import", "--public").exit_code == 0
    assert register("verify", "--language", "en").output.startswith("whole: 63 entries")


@pytest.mark.usefixtures("home")
def test_the_newest_data_of_a_holder_are_checked_against_its_rules() -> None:
    register(*ISSUED)
    told = register("recheck", "example", "--on", "2024-06-01", "--language", "en")
    assert told.exit_code == 0, told.output
    line = told.output.splitlines()[1]
    assert line.startswith("Nuri-si")
    assert line.count("stands, level 3") == 2
    assert line.endswith("—")  # the data are those of the certificate: nothing fell


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


def test_an_evaluation_that_an_entry_rests_on_is_stored_unchanged(home: Path) -> None:
    register(*ISSUED)
    stored = list((home / "outputs" / "register.sqlite.evaluations").iterdir())
    assert [path.stem for path in stored] == [sha256(path.read_bytes()).hexdigest() for path in stored]
    assert stored[0].stem in register("export").stdout
