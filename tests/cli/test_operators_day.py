"""An operator's day: a fresh round from its call to its reports, by the commands of parameters/README.md alone."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from smartcert.cli import main
from tests.support.build import PARAMETERS

DAY = """\
smartcert new-round 2027 --from 2023 --governing-day 2027-09-01 \\
    --opens "2027-10-19 00:00" --closes "2027-10-21 18:00" --cite call-2027
smartcert check 2027
smartcert template 2027 --applicant 수원시 --output forms --language ko
smartcert simulate --applicants 6 --seed 7 --like 2027 --packages --output parameters/rounds/rehearsal
smartcert self-check parameters/rounds/rehearsal/packages/aru-si.zip --language en
smartcert intake rehearsal parameters/rounds/rehearsal/packages --due 2027-11-05 --asked-on 2027-10-25
smartcert intake rehearsal
smartcert check rehearsal
smartcert run rehearsal --language ko --output outputs/rehearsal
"""
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


def commands(text: str) -> list[list[str]]:
    joined = text.replace("\\\n", " ")
    return [shlex.split(line) for line in joined.splitlines() if line.startswith("smartcert ")]


def test_the_readme_tells_the_same_day() -> None:
    section = README.read_text("utf-8").partition(HEADING)[2]
    block = re.search(r"```sh\n(.*?)```", section, re.DOTALL)
    assert block, f"no block of commands under '{HEADING}'"
    assert commands(block[1]) == commands(DAY)


@pytest.mark.notebook
@pytest.mark.timeout(300)
def test_a_fresh_round_goes_from_its_call_to_its_reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(PARAMETERS, tmp_path / "parameters")
    monkeypatch.chdir(tmp_path)
    with (tmp_path / "parameters/rules/sources.yaml").open("a", encoding="utf-8") as sources:
        sources.write(CALL)
    for command in commands(DAY):
        done = CliRunner().invoke(main, command[1:], catch_exceptions=False)
        assert done.exit_code == 0, (command, done.output)
    reports = sorted(path.parent.name for path in tmp_path.glob("outputs/rehearsal/applicants/*/report.ko.html"))
    assert len(reports) == 6
    assert (tmp_path / "outputs" / "rehearsal" / "index.html").is_file()
    assert len(list((tmp_path / "parameters/rounds/rehearsal/intake/receipts").glob("*.ko.txt"))) >= 6
    assert (tmp_path / "forms").is_dir()


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
