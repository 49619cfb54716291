"""An operator's day: a round from its call to certificates and an appeal, by the commands of parameters/README.md."""

from __future__ import annotations

import csv
import json
import re
import shlex
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from click.testing import CliRunner

from smartcert.cli import main
from tests.support.build import PARAMETERS
from tests.support.sheets import fill_inspection, fill_marks, read_rows

CALL = """
  call-2027:
    title: {ko: 2027년 스마트도시 인증 공모 (예행연습), en: Call for the 2027 certification (a rehearsal)}
    short: {ko: 2027년 공모, en: 2027 call}
    kind: call
    date: 2027-09-01
    note: {ko: 예행연습을 위하여 지어낸 것이다., en: Invented for the rehearsal.}
"""
README = PARAMETERS / "README.md"
HEADING = "## An operator's day"


SENDER = """
seed: 예행연습 2023-11-06
sender:
  agency: {ko: 국토연구원, en: KRIHS}
  signatory: {ko: 국토연구원장, en: President of KRIHS}
  document_number: "스마트도시센터-{serial}"
  first_serial: 1
"""


@dataclass
class Step:
    """One step of the day: a command with what it prints, or what somebody writes by hand."""

    command: list[str] = field(default_factory=list)
    prints: list[str] = field(default_factory=list)
    by_hand: str = ""


def read_day() -> list[Step]:
    section = README.read_text("utf-8").partition(HEADING)[2]
    block = re.search(r"```sh\n(.*?)```", section, re.DOTALL)
    assert block, f"no block of commands under '{HEADING}'"
    steps: list[Step] = []
    for line in block[1].replace("\\\n", " ").splitlines():
        if line.startswith("smartcert "):
            steps.append(Step(command=shlex.split(line)[1:]))
        elif line.startswith("#> "):
            steps[-1].prints.append(line.removeprefix("#> "))
        elif line.startswith("#! "):
            steps.append(Step(by_hand=line.removeprefix("#! ").partition(":")[0]))
        else:
            assert not line.strip(), f"a line that is none of the day's: {line}"
    return steps


def read_evaluated(folder: Path) -> dict[str, int]:
    """Return the computed level of each applicant, as the reports of the first run have it."""
    records = json.loads((folder / "round.json").read_text("utf-8"))["evaluations"]
    return {record["id"]: record["level"]["level"] for record in records}


def write_votes(round_: Path, outputs: Path) -> None:
    with (round_ / "committee.csv").open(encoding="utf-8-sig") as file:
        members = [row["evaluator"] for row in csv.DictReader(file)]
    rows = [f"{name},level,,{member},yes,yes" for name in read_evaluated(outputs) for member in members]
    (round_ / "votes.csv").write_text("\n".join(["applicant,matter,about,evaluator,present,vote", *rows, ""]), "utf-8")


def write_decisions(round_: Path, outputs: Path) -> None:
    heading = "applicant,proposed,proposed_by,proposed_on,proposal_reason,decided,decided_by,decided_on,reason"
    rows = [
        f"{name},{level},심사팀장,2023-11-20,,{level},도시정책과장,2023-12-01,"
        for name, level in read_evaluated(outputs).items()
    ]
    (round_ / "decisions.csv").write_text("\n".join([heading, *rows, ""]), "utf-8")


def write_sender(round_: Path, _: Path) -> None:
    with (round_ / "round.yaml").open("a", encoding="utf-8") as file:
        file.write(SENDER)


def put_marks_aside(round_: Path, _: Path) -> None:
    aside = round_.parents[2] / "invented"
    aside.mkdir()
    for name in ("marks.csv", "inspections.csv"):
        (round_ / name).rename(aside / name)


def fill_in_sheets(round_: Path, _: Path) -> None:
    """Write the sheets that are not written yet, and fill in all: each evaluator as it was invented to judge."""
    work = round_.parents[2]
    rows = read_rows(work / "invented" / "marks.csv")
    invented = {(row["evaluator"], row["applicant"], row["indicator"]): row["mark"] for row in rows}
    evaluators = sorted({evaluator for evaluator, _, _ in invented})
    for name in evaluators[1:]:
        command = ["template", "rehearsal", "--evaluator", name, "--output", "sheets", "--language", "ko"]
        assert CliRunner().invoke(main, command, catch_exceptions=False).exit_code == 0
    for name in evaluators:
        sheet = work / f"sheets/rehearsal-{name}.ko.xlsx"
        fill_marks(
            sheet, work / "filled-in" / sheet.name, {key[1:]: invented[key] for key in invented if key[0] == name}
        )
    fill_inspection(work / "sheets/rehearsal-노하람.ko.xlsx", work / "filled-in" / "노하람.xlsx", {})


BY_HAND: dict[str, Callable[[Path, Path], None]] = {
    "round.yaml": write_sender,
    "marks.csv": put_marks_aside,
    "filled-in": fill_in_sheets,
    "votes.csv": write_votes,
    "decisions.csv": write_decisions,
}


WANTED = """
new-round, check, status, template, self-check, intake, committee assign, template rehearsal --evaluator,
template rehearsal --inspector, intake rehearsal filled-in, committee check, run, verify, seal, register issue,
register certificate, register object, register appeal, register notice, register verify
"""


def test_the_day_goes_from_the_call_to_an_appeal() -> None:
    steps = read_day()
    assert {step.by_hand for step in steps if step.by_hand} == BY_HAND.keys()
    commands = [" ".join(step.command) for step in steps if step.command]
    for wanted in WANTED.replace("\n", " ").split(","):
        assert any(command.startswith(wanted.strip()) for command in commands), wanted


@pytest.mark.slow
@pytest.mark.notebook
@pytest.mark.timeout(600)
def test_every_command_of_the_day_prints_what_the_readme_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(PARAMETERS, tmp_path / "parameters")
    monkeypatch.chdir(tmp_path)
    with (tmp_path / "parameters/rules/sources.yaml").open("a", encoding="utf-8") as sources:
        sources.write(CALL)
    rehearsal, outputs = tmp_path / "parameters/rounds/rehearsal", tmp_path / "outputs/rehearsal"
    for step in read_day():
        if step.by_hand:
            BY_HAND[step.by_hand](rehearsal, outputs)
            continue
        done = CliRunner().invoke(main, step.command, catch_exceptions=False, env={"LC_ALL": "C.UTF-8"})
        assert done.exit_code == 0, (step.command, done.output)
        assert [words for words in step.prints if words not in done.output] == [], (step.command, done.output)
    reports = sorted(path.parent.name for path in outputs.glob("applicants/*/report.ko.html"))
    assert len(reports) == 6
    assert len(list((rehearsal / "intake/receipts").glob("*.ko.hwpx"))) == 6
    assert len(list((rehearsal / "intake/notices").glob("*.ko.hwpx"))) == 4
    assert (tmp_path / "outputs/appeal/evaluation.json").is_file()


@pytest.mark.parametrize(("cite", "code"), [("call-2023", 2), ("call-2022", 2), ("act", 0), ("call-2027", 0)])
def test_a_window_cites_no_call_of_another_year(cite: str, code: int, tmp_path: Path) -> None:
    command = [
        *("new-round", "2027", "--from", "2023", "--governing-day", "2027-09-01"),
        *("--cite", cite, "--output", str(tmp_path / "2027")),
    ]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == code, done.output
    assert (tmp_path / "2027").exists() is (code == 0)
    assert (f"'{cite}' is the call of {cite[-4:]}" in done.stderr) is (code == 2)


@pytest.mark.parametrize(
    ("cite", "invented", "code"),
    [("call-2023", "no", 0), ("call-2022", "no", 2), ("act", "no", 0), ("call-2022", "yes", 0)],
)
def test_check_compares_the_call_that_a_window_cites_with_the_year_of_its_round(
    cite: str, invented: str, code: int, tmp_path: Path
) -> None:
    text = (PARAMETERS / "rounds" / "2023" / "round.yaml").read_text("utf-8")
    text = text.replace("cite: [call-2023]", f"cite: [{cite}]").replace("invented: no", f"invented: {invented}")
    folder = tmp_path / "2023"
    folder.mkdir()
    (folder / "round.yaml").write_text(text, "utf-8")
    done = CliRunner().invoke(main, ["check", str(folder)])
    assert done.exit_code == code, done.output
    line = 1 + text[: text.index("cite: [")].count("\n")
    told = f"round.yaml:{line}:" in done.stderr + done.output
    assert (f"'{cite}' is the call of {cite[-4:]}" in done.stderr + done.output and told) is (code == 2), done.stderr
