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
    --opens "2027-10-19 00:00" --closes "2027-10-21 18:00" --cite call-2023
smartcert check 2027
smartcert template 2027 --applicant 수원시 --output forms --language ko
smartcert simulate --applicants 6 --seed 7 --like 2027 --packages --output parameters/rounds/rehearsal
smartcert self-check parameters/rounds/rehearsal/packages/aru-si.zip --language en
smartcert intake rehearsal parameters/rounds/rehearsal/packages --due 2027-11-05 --asked-on 2027-10-25
smartcert intake rehearsal
smartcert check rehearsal
smartcert run rehearsal --language ko --output outputs/rehearsal
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
    for command in commands(DAY):
        done = CliRunner().invoke(main, command[1:], catch_exceptions=False)
        assert done.exit_code == 0, (command, done.output)
    reports = sorted(path.parent.name for path in tmp_path.glob("outputs/rehearsal/applicants/*/report.ko.html"))
    assert len(reports) == 6
    assert (tmp_path / "outputs" / "rehearsal" / "index.html").is_file()
    assert len(list((tmp_path / "parameters/rounds/rehearsal/intake/receipts").glob("*.ko.txt"))) >= 6
    assert (tmp_path / "forms").is_dir()
