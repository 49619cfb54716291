"""``smartcert run --cluster``: the command, a real scheduler and two workers, all as processes of their own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.batch.test_cluster import machines
from tests.support.small_example import files, small_example

pytestmark = [pytest.mark.notebook, pytest.mark.timeout(300)]


def smartcert(*given: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "smartcert", *given]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=240, check=False)


def test_the_pages_of_a_cluster_are_those_of_this_machine(tmp_path: Path) -> None:
    folder = small_example(tmp_path / "example", ("ara", "areum", "haneul"))
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with machines(scratch, workers=2) as around:
        away = smartcert("run", str(folder), "--output", "away", "--cluster", around.address, cwd=tmp_path)
    assert away.returncode == 0, away.stderr
    assert away.stdout.startswith("10 reports: ")
    assert "[10/10]" in away.stderr
    here = smartcert("run", str(folder), "--output", "here", "--jobs", "2", "--quiet", cwd=tmp_path)
    assert here.returncode == 0, here.stderr
    assert len(list((tmp_path / "away").glob("applicants/*/report.*.html"))) == 6
    assert files(tmp_path / "away") == files(tmp_path / "here")


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nonsense"])
def test_where_no_scheduler_answers_the_command_says_so(address: str, tmp_path: Path) -> None:
    done = smartcert("run", "example", "--output", "out", "--cluster", address, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"no scheduler answers at {address}: ")
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []
