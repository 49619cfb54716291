"""Time and memory of ``smartcert run example`` against the plain commands for the same reports, as a Markdown table.

The plain way is one ``papermill`` and one ``jupyter nbconvert`` command per report, one after another. It is measured
on a few of the reports and scaled to all of them; everything runs in one go on the same machine. Linux only: memory is
read from /proc, as the proportional set size of all processes of a command together.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

from smartcert import home

EVERY = 0.1
"""Seconds between two looks at the memory."""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Seconds on the clock, and the most memory that all processes had together, in MB."""

    seconds: float
    megabytes: float


def measured(*commands: list[str], cwd: Path) -> Measured:
    """Run commands one after another and return what they took."""
    mark = uuid.uuid4().hex
    peak = [0]
    done = threading.Event()
    watching = threading.Thread(target=_watch, args=(mark, peak, done))
    watching.start()
    began = time.monotonic()
    try:
        for command in commands:
            quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
            subprocess.run(command, cwd=cwd, env=os.environ | {"MEASURED": mark}, check=True, **quiet)
    except subprocess.CalledProcessError as error:
        raise SystemExit(error.stderr.decode()) from None
    finally:
        seconds = time.monotonic() - began
        done.set()
        watching.join()
    return Measured(seconds=seconds, megabytes=peak[0] / 1024)


def _watch(mark: str, peak: list[int], done: threading.Event) -> None:
    while not done.wait(EVERY):
        peak[0] = max(peak[0], _sizes(mark))


def _sizes(mark: str) -> int:
    return sum(_size(process) for process in Path("/proc").glob("[0-9]*") if _is_ours(process, mark))


def _is_ours(process: Path, mark: str) -> bool:
    try:
        return mark.encode() in (process / "environ").read_bytes()
    except OSError:
        return False


def _size(process: Path) -> int:
    try:
        lines = (process / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def plain(outputs: Path, count: int, folder: Path) -> Measured:
    """Measure the plain commands for the first ``count`` reports of a round that was run already."""
    pages = sorted(outputs.glob("applicants/*/report.*.html"))[:count]
    commands = []
    for number, page in enumerate(pages):
        _, language, _ = page.name.split(".")
        parameters = {
            "record": str(page.parent / "evaluation.json"),
            "applicant_id": page.parent.name,
            "language": language,
        }
        given = [word for name, value in parameters.items() for word in ("-p", name, value)]
        executed = f"{number}.ipynb"
        notebook = str(home.notebook("applicant_report"))
        commands.append([_tool("papermill"), "--no-progress-bar", notebook, executed, *given])
        commands.append([_tool("jupyter"), "nbconvert", "--to", "html", "--template", "smartcert", executed])
    return measured(*commands, cwd=folder)


def _tool(name: str) -> str:
    return str(Path(sys.executable).parent / name)


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plain", type=int, default=6, help="reports that are made the plain way (default 6)")
    parser.add_argument("--jobs", type=int, default=2, help="reports at a time of smartcert run (default 2)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run = [_tool("smartcert"), "run", "example", "--output", "out", "--quiet", "--jobs", str(given.jobs)]
        ours = measured(run, cwd=folder)
        reports = len(list((folder / "out").glob("applicants/*/report.*.html")))
        theirs = plain(folder / "out", given.plain, folder)
    per_plain, per_ours = theirs.seconds / given.plain, ours.seconds / reports
    print(f"{reports} reports, {given.jobs} at a time; the plain commands measured on {given.plain} and scaled.\n")
    print("| | time for all reports | peak memory |")
    print("|---|---|---|")
    print("| `papermill` + `jupyter nbconvert` commands, one after another | 1 | 1 |")
    ratio, memory = per_plain / per_ours, ours.megabytes / theirs.megabytes
    print(f"| `smartcert run` | 1/{ratio:.1f} | {memory:.1f} |")
    print(f"\nOn this machine: {per_plain:.2f} s and {theirs.megabytes:.0f} MB against", end=" ")
    print(f"{per_ours:.2f} s (summary, index and start included) and {ours.megabytes:.0f} MB.")


if __name__ == "__main__":
    main()
