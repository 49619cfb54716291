"""A rehearsal by commands alone, from their forms to an appeal, as an office would go through it.

Two forms come from LibreOffice, one asks a question, one lacks a document and sends it later, one comes too late. One
evaluator is excluded from an applicant, marks and inspections come from sheets, and two evaluators change marks after
the discussion.
"""

from __future__ import annotations

import csv
import io
import json
import os
import zipfile
from collections import Counter
from pathlib import Path

import pytest
from openpyxl import Workbook

from smartcert.simulation.packages import build_zip
from tests.cli.conftest import Run
from tests.support.forked_commands import fork_commands
from tests.support.forms import edited, value_cell
from tests.support.office import needs_office, save_in_libreoffice
from tests.support.sheets import fill, fill_inspection, mark_of, read_rows

EVALUATORS = 7
FORM = "신청양식.xlsx"
SETTINGS = """
seed: 예행연습 2023-11-06
judged_on: 2023-11-06
sender:
  agency: {ko: 국토연구원, en: KRIHS}
  signatory: {ko: 국토연구원장, en: President of KRIHS}
  document_number: "스마트도시센터-{serial}"
  first_serial: 1
"""


def read_package(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def save_form(form: bytes, kind: str, folder: Path) -> bytes:
    """Return a form as LibreOffice saves it in another format."""
    folder.mkdir()
    (folder / "form.xlsx").write_bytes(form)
    save_in_libreoffice([folder / "form.xlsx"], kind, folder / "out")
    return (folder / "out" / f"form.{kind}").read_bytes()


def rename_form(book: Workbook, name: str) -> None:
    """Write the form's new name where it says which file the quantitative document is: it is that document."""
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value == FORM:
                    cell.value = name


def spoil_packages(packages: Path, tmp_path: Path) -> list[str]:
    """Change what five applicants sent; return the names of all."""
    names = sorted(path.stem for path in packages.glob("*.zip"))
    for name, kind in zip(names[:2], ("xls", "ods"), strict=True):
        files = read_package(packages / f"{name}.zip")
        renamed = edited(files.pop(FORM), lambda book, name=f"양식.{kind}": rename_form(book, name))
        files[f"양식.{kind}"] = save_form(renamed, kind, tmp_path / kind)
        (packages / f"{name}.zip").write_bytes(build_zip(files))
    files = read_package(packages / f"{names[2]}.zip")
    files[FORM] = edited(files[FORM], lambda book: setattr(value_cell(book, "N02"), "value", "약 12"))
    (packages / f"{names[2]}.zip").write_bytes(build_zip(files))
    files = read_package(packages / f"{names[3]}.zip")
    del files["인증신청서.pdf"]
    (packages / f"{names[3]}.zip").write_bytes(build_zip(files))
    log = packages / "arrivals.csv"
    rows = read_rows(log)
    for row in rows:
        if row["package"] == f"{names[4]}.zip":
            row["arrived_at"] = "2023-10-26 18:01"
    write_rows(log, rows)
    return names


def write_rows(path: Path, rows: list[dict[str, str]]) -> None:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(out.getvalue(), "utf-8-sig")


def take_in_packages(run: Run, folder: Path, names: list[str], tmp_path: Path) -> None:
    """Take in what was sent; answer the questions, and send what lacks."""
    days = ("--due", "2023-11-08", "--asked-on", "2023-10-30")
    printed = run("intake", "rehearsal", str(folder / "packages"), *days, code=1)
    assert f"{len(names)} packages, {len(names)} applications; " in printed
    assert "0 problems" in printed
    read = {row["applicant"]: row for row in read_rows(folder / "applications.csv")}
    assert {name: read[name]["arrived_at"] for name in names[4:5]} == {names[4]: "2023-10-26 18:01"}
    letters = [row for row in read_rows(folder / "intake" / "letters.csv") if row["letter"] == "request"]
    assert set(names[2:4]) <= {row["applicant"] for row in letters}
    lacking = {row["applicant"] for row in read_rows(folder / "supplements.csv")}
    assert not set(names[:2]) & lacking, (folder / "supplements.csv").read_text("utf-8-sig")
    assert [row["serial"] for row in letters] == [str(number) for number in range(1, len(letters) + 1)]
    questions = read_rows(folder / "intake" / "questions.csv")
    assert [row["found"] for row in questions if row["applicant"] == names[2]] == ["약 12"]
    answered = [row | {"answer": row["readings"].split(" | ")[0]} for row in questions]
    write_rows(folder / "intake" / "questions.csv", answered)
    (asked,) = [row for row in read_rows(folder / "supplements.csv") if row["applicant"] == names[3]]
    assert (asked["document"], asked["answer"]) == ("application", "pending")
    send_application(folder, names, tmp_path / "supplements")
    assert "; 0 questions" in run("intake", "rehearsal", str(tmp_path / "supplements"))
    assert [row["applicant"] for row in read_rows(folder / "intake" / "supplements.csv")] == [names[3]]
    answer = next(
        row
        for row in read_rows(folder / "measurements.csv")
        if (row["applicant"], row["indicator"]) == (names[2], "N02")
    )
    assert answer["claimed"] == "12"
    status = json.loads(run("status", "rehearsal", "--json"))
    assert status["packages"] == {"counts": len(names) - 1, "late": 1, "supplement": 1}
    assert status["steps"]["questions"]["done"] == status["steps"]["questions"]["wanted"] == len(questions)
    assert status["steps"]["supplements"]["done"] >= 1


def send_application(folder: Path, names: list[str], sent: Path) -> None:
    sent.mkdir()
    (sent / "인증신청서.pdf").write_bytes(read_package(folder / "packages" / f"{names[2]}.zip")["인증신청서.pdf"])
    code = next(row["code"] for row in read_rows(folder / "applications.csv") if row["applicant"] == names[3])
    row = {
        "package": "인증신청서.pdf",
        "arrived_at": "2023-11-07 10:00",
        "channel": "website",
        "official_letter": "yes",
    }
    write_rows(sent / "arrivals.csv", [row | {"code": code, "supplements": "application"}])


def take_in_sheets(run: Run, folder: Path, names: list[str], tmp_path: Path) -> None:
    """Assign, write a sheet for each evaluator, fill them in, take them in; two change a mark after the discussion."""
    (folder / "exclusions.csv").write_text(
        f"evaluator,applicant,kind,ground,note\nE3,{names[0]},exclusion,3,\n", "utf-8"
    )
    run("committee", "assign", "rehearsal", "--output", str(folder / "assignments.csv"))
    pairs = Counter(row["evaluator"] for row in read_rows(folder / "assignments.csv"))
    assert pairs["E3"] == pairs["E1"] - 1
    for number in range(1, EVALUATORS + 1):
        name = f"E{number}"
        written = Path(run("template", "rehearsal", "--evaluator", name, "--output", "sheets").strip())
        fill(written, tmp_path / "given" / f"{name}.xlsx", mark=lambda a, i: min(5, mark_of(a, i) + 2))
    printed = run("intake", "rehearsal", str(tmp_path / "given"), "--by", "간사", "--at", "2023-11-13 10:00")
    assert f"{EVALUATORS} sheets taken in" in printed
    marks = json.loads(run("status", "rehearsal", "--json"))["steps"]["marks"]
    assert (marks["done"], marks["missing"]) == (marks["wanted"], {})
    for name in ("E1", "E2"):
        arguments = ("template", "rehearsal", "--evaluator", name, "--after-discussion", "--output", "sheets")
        written = Path(run(*arguments).strip())
        fill(
            written,
            tmp_path / "after" / f"{name}.xlsx",
            after=lambda a, i: (1 if mark_of(a, i) >= 3 else 5) if (a, i) == (names[5], "L01") else None,
            reason=lambda a, i: "증빙을 다시 읽음" if (a, i) == (names[5], "L01") else None,
        )
    printed = run("intake", "rehearsal", str(tmp_path / "after"), "--by", "간사", "--at", "2023-11-14 10:00")
    assert "2 after discussion" in printed
    assert len(read_rows(folder / "discussion.csv")) == 2


def take_in_inspections(run: Run, folder: Path, tmp_path: Path) -> None:
    """Inspect the sample: all as accepted."""
    written = Path(run("template", "rehearsal", "--inspector", "노하람", "--output", "sheets").strip())
    before = json.loads(run("status", "rehearsal", "--json"))["steps"]["inspections"]
    assert before["done"] == 0
    fill_inspection(written, tmp_path / "inspected" / "노하람.xlsx", {})
    printed = run("intake", "rehearsal", str(tmp_path / "inspected"), "--at", "2023-11-15 10:00")
    assert "1 sheet taken in" in printed
    assert read_rows(folder / "inspections.csv")
    after = json.loads(run("status", "rehearsal", "--json"))["steps"]["inspections"]
    assert after["done"] == after["wanted"] == before["wanted"] > 0


def decide(folder: Path, outputs: Path) -> set[str]:
    """Write the votes and the decisions of all whose level was computed; return these."""
    records = json.loads((outputs / "round.json").read_text("utf-8"))["evaluations"]
    judged = {record["id"]: record["level"]["level"] for record in records if record["level"]}
    pairs = read_rows(folder / "assignments.csv")
    votes = [
        {"applicant": row["applicant"], "matter": "level", "about": "", "evaluator": row["evaluator"]}
        | {"present": "yes", "vote": "yes"}
        for row in pairs
        if row["applicant"] in judged
    ]
    write_rows(
        folder / "votes.csv",
        votes
        + [
            {"applicant": name, "matter": "level", "about": "", "evaluator": "E3", "present": "no", "vote": ""}
            for name in judged
            if not any(row["applicant"] == name and row["evaluator"] == "E3" for row in pairs)
        ],
    )
    made = {"proposed_by": "심사팀장", "proposed_on": "2023-11-20", "proposal_reason": ""}
    made |= {"decided_by": "도시정책과장", "decided_on": "2023-12-01", "reason": ""}
    write_rows(
        folder / "decisions.csv",
        [{"applicant": name, "proposed": str(level), "decided": str(level)} | made for name, level in judged.items()],
    )
    return set(judged)


@pytest.mark.slow
@pytest.mark.office
@pytest.mark.notebook
@pytest.mark.timeout(1800)
@needs_office
@pytest.mark.parametrize("applicants", [8, pytest.param(20, marks=pytest.mark.full)])
def test_applicants_go_from_their_forms_to_an_appeal(applicants: int, run: Run, tmp_path: Path) -> None:
    folder, outputs = tmp_path / "parameters/rounds/rehearsal", tmp_path / "outputs/rehearsal"
    arguments = ("--applicants", str(applicants), "--seed", "11", "--like", "2023", "--packages")
    run("simulate", *arguments, "--output", str(folder))
    for table in ("marks", "inspections"):
        (folder / f"{table}.csv").unlink()
    with (folder / "round.yaml").open("a", encoding="utf-8") as call:
        call.write(SETTINGS)
    names = spoil_packages(folder / "packages", tmp_path)
    for name, code in ((names[2], 1), (names[3], 1)):
        run("self-check", str(folder / "packages" / f"{name}.zip"), "--language", "ko", code=code)
    take_in_packages(run, folder, names, tmp_path)
    take_in_sheets(run, folder, names, tmp_path)
    take_in_inspections(run, folder, tmp_path)
    run("check", "rehearsal")
    run("run", "rehearsal", "--language", "ko", "--quiet")
    judged = decide(folder, outputs)
    assert judged >= {*names[:2], names[3], names[5]}, "the forms of LibreOffice, the document that was sent later"
    assert names[4] not in judged, "it came a minute too late"
    assert "0 not met" in run("committee", "check", "rehearsal")
    run("run", "rehearsal", "--language", "ko", "--quiet")
    run("register", "key", "office.key")
    run("seal", "rehearsal", "--key", "office.key")
    assert "unchanged" in run("verify", "rehearsal", "--only-files", "--public-key", "office.key.pub")
    printed = run("register", "issue", "rehearsal", "--all", "--reason", "2023", "--at", "2023-12-21 10:00")
    assert "0 refused" in printed
    assert "issued, certificate" in printed
    number = next(
        line.split("certificate ")[1].split(" ")[0] for line in printed.splitlines() if "issued, certi" in line
    )
    run("register", "certificate", number, "--key", "office.key", "--on", "2023-12-22", "--no-pdf")
    status = json.loads(run("status", "rehearsal", "--json"))
    assert status["steps"]["certificates"]["done"] == len(judged)
    complain_and_revoke(run, folder, names, printed)
    assert (tmp_path / "outputs/appeal/evaluation.json").is_file()
    for environment in ENVIRONMENTS:
        print_under(environment, folder, names)


def complain_and_revoke(run: Run, folder: Path, names: list[str], issued: str) -> None:
    """Object for the first that was certified, give it notice of revocation, and compute an appeal of another."""
    codes = {row["applicant"]: row["code"] for row in read_rows(folder / "applications.csv")}
    line = next(line for line in issued.splitlines() if "issued, certificate" in line)
    entry = line.rpartition("(entry ")[2].rstrip(")")
    certified = next((name for name in names if name in line.casefold()), line.partition(":")[0])
    holder = codes.get(certified, certified)
    objection = ("register", "object", holder, "--round", "rehearsal")
    run(*objection, "--against", entry, "--actor", "신청인", "--reason", "L01", "--at", "2024-01-05")
    run("register", "appeal", "rehearsal", names[5], "--output", "outputs/appeal")
    run(*objection, "--decided", "rejected", "--actor", "문다올", "--reason", "L01", "--at", "2024-01-20")
    notice = ("--ground", "below_criteria", "--until", "2024-06-30", "--actor", "문다올", "--reason", "종료")
    printed = run("register", "notice", holder, "--round", "rehearsal", *notice, "--at", "2024-06-01")
    assert "notice of revocation" in printed
    on = ("--on", "2024-06-02")
    assert "notice of revocation has been given" in run("register", "status", holder, "--round", "rehearsal", *on)
    assert "entries, head" in run("register", "verify")


LOADED = [f"smartcert.cli.{name}" for name in ("rounds", "applicants", "committee", "sheets")]
ENVIRONMENTS = ({"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, {"PYTHONIOENCODING": "cp949"})


def print_under(environment: dict[str, str], folder: Path, names: list[str]) -> None:
    """Run what the desk runs in processes of its own, whose interpreter prints in another encoding."""
    package = str(folder / "packages" / f"{names[2]}.zip")
    commands = {
        ("status", "rehearsal", "--language", "ko"): (0, "다음 명령"),
        ("self-check", package, "--language", "ko"): (1, "약 12"),
        ("intake", "rehearsal"): (0, ""),
        ("template", "rehearsal", "--evaluator", "E1", "--output", "sheets", "--language", "ko"): (0, ""),
        ("committee", "check", "rehearsal", "--language", "ko"): (0, ""),
    }
    with fork_commands(*LOADED, environment=os.environ | environment) as started:
        for command, (code, words) in commands.items():
            done = started.run_bytes("smartcert", *command, cwd=Path.cwd())
            assert (done.returncode, b"Traceback" in done.stderr) == (code, False), (command, environment, done.stderr)
            if "PYTHONIOENCODING" in environment:
                assert words in (done.stdout + done.stderr).decode("cp949")
