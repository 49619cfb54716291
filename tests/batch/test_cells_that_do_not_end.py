"""Cells that do not end, or end their process: their report fails, others are written, and nothing is left behind."""

from __future__ import annotations

import csv
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from smartcert.batch.request import EngineName, RunRequest
from smartcert.batch.run import run
from smartcert.errors import InputError
from tests.support.small_example import small_example, with_first_cell

pytestmark = pytest.mark.notebook

LONGEST_ID = "a" + 38 * "-" + "z"
START = """
import itertools, os, signal, subprocess, time
from pathlib import Path
started = [subprocess.Popen(["sleep", "600"]).pid, os.getpid()]
if not (forked := os.fork()):
    time.sleep(600)
Path({file!r}).write_text(" ".join(map(str, [*started, forked])))
"""
"""Begins a cell that starts what would go on, and says the numbers of all processes."""
CELLS = {
    "catches every interrupt": "while True:\n    try: time.sleep(60)\n    except BaseException: pass",
    "ignores signals": "[signal.signal(s, signal.SIG_IGN) for s in (signal.SIGINT, signal.SIGTERM)]\ntime.sleep(600)",
    "never comes back to Python": "sum(itertools.count())",
    "is killed": "os.kill(os.getpid(), signal.SIGKILL)",
    "ends": "",
}


def rename_applicant(folder: Path, before: str, after: str) -> None:
    for path in folder.glob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [[after if cell == before else cell for cell in row] for row in csv.reader(file)]
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)


def is_running(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def wait_until(there: Callable[[], bool], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not there():
        assert time.monotonic() < until, "it took too long"
        time.sleep(0.05)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")
@pytest.mark.parametrize(
    ("engine", "name"),
    [*((EngineName.WARM, name) for name in CELLS), (EngineName.FRESH, "never comes back to Python")],
)
def test_it_costs_its_report_only_and_leaves_nothing_behind(tmp_path: Path, engine: EngineName, name: str) -> None:
    folder = small_example(tmp_path / "example", ["haneul", "areum"])
    rename_applicant(folder, "areum", LONGEST_ID)
    source = START.format(file=str(tmp_path / "processes")) + CELLS[name]
    cell = f"if applicant_id == {LONGEST_ID!r}: exec({source!r})"
    timeout = 60 if name in ("is killed", "ends") else 10 if engine is EngineName.WARM else 30
    request = RunRequest(
        round=str(folder), output=tmp_path / "out", quiet=True, languages=("ko",), engine=engine, timeout=timeout
    )
    failures = {failure.id: failure.reason for failure in run(request, with_first_cell(cell)).failures}
    reason = {"is killed": "its process ended with signal SIGKILL", "ends": None}
    assert failures.get(LONGEST_ID) == reason.get(name, f"it took longer than {timeout} s and was ended")
    assert "haneul" not in failures
    assert (tmp_path / "out" / "applicants" / "haneul" / "report.ko.html").exists()
    processes = [int(process) for process in (tmp_path / "processes").read_text().split()]
    assert len(processes) == 3
    wait_until(lambda: not any(map(is_running, processes)))


@pytest.mark.parametrize(
    "name",
    ["CON", "aux", "nul", "com1", "a.", "../a", "a/b", "a:b", "a" * 41, "a" * 200, "하늘", "\u1112\u1161", "a😀", ""],
)
def test_an_id_that_some_system_takes_for_another_file_is_refused_with_its_line(tmp_path: Path, name: str) -> None:
    folder = small_example(tmp_path / "example", ["haneul"])
    rename_applicant(folder, "haneul", name)
    with pytest.raises(InputError, match=r"applications\.csv:2:"):
        run(RunRequest(round=str(folder), output=tmp_path / "out", quiet=True))
    assert not os.path.lexists(tmp_path / "out")
