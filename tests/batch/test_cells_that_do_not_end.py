"""Cells that do not end, or end their process: their report fails, others are written, and nothing is left behind."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

from smartcert.batch.request import EngineName, RunRequest
from smartcert.batch.run import run
from smartcert.errors import InputError
from tests.support.patience import lengthen, wait_until
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
IS_ENDED = "it took longer than {timeout} s and was ended"
CELLS = {
    "solbit": ("while True:\n    try: time.sleep(60)\n    except BaseException: pass", IS_ENDED),
    "ara": ("[signal.signal(s, signal.SIG_IGN) for s in (signal.SIGINT, signal.SIGTERM)]\ntime.sleep(600)", IS_ENDED),
    LONGEST_ID: ("import ctypes\nsum(map(ctypes.PyDLL(None).sleep, itertools.repeat(600)))", IS_ENDED),
    "hanbit": ("os.kill(os.getpid(), signal.SIGKILL)", "its process ended with signal SIGKILL"),
    "garam": ("", ""),
}
"""A cell of each applicant, and why it has no report: it catches every interrupt, ignores signals, never comes back to
Python (and does no work meanwhile), is killed, or ends."""


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


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")
@pytest.mark.parametrize(
    ("engine", "cells"),
    [(EngineName.WARM, CELLS), (EngineName.FRESH, {LONGEST_ID: CELLS[LONGEST_ID]})],
    ids=["warm", "fresh"],
)
def test_each_costs_its_report_only_and_leaves_nothing_behind(
    tmp_path: Path, engine: EngineName, cells: dict[str, tuple[str, str]]
) -> None:
    folder = small_example(tmp_path / "example", ["haneul", "areum", *(CELLS.keys() & cells.keys() - {LONGEST_ID})])
    rename_applicant(folder, "areum", LONGEST_ID)
    sources = {name: START.format(file=str(tmp_path / f"processes of {name}")) + cells[name][0] for name in cells}
    notebooks = with_first_cell(f"exec({sources!r}.get(applicant_id, ''))")
    for timeout in lengthen(10 if engine is EngineName.WARM else 30):
        output = tmp_path / f"within {timeout} s"
        request = RunRequest(
            round=str(folder),
            output=output,
            quiet=True,
            jobs=1 + len(cells),
            languages=("ko",),
            engine=engine,
            timeout=timeout,
        )
        failures = {failure.id: failure.reason for failure in run(request, notebooks).failures}
        begun = list(tmp_path.glob("processes of *"))
        processes = [int(process) for file in begun for process in file.read_text().split()]
        wait_until(lambda numbers=processes: not any(map(is_running, numbers)))
        if "haneul" not in failures and len(begun) == len(cells):
            break
    assert {name: failures.get(name, "") for name in cells} == {
        name: reason.format(timeout=timeout) for name, (_, reason) in cells.items()
    }
    assert "haneul" not in failures
    assert (output / "applicants" / "haneul" / "report.ko.html").exists()
    assert len(processes) == 3 * len(cells)


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
