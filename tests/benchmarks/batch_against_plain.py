"""Reports per minute of ``smartcert run`` against the plain commands for the same reports.

    python -m tests.benchmarks.batch_against_plain [--applicants 243] [--plain 10] [--times 3] [--jobs 2]

Each turn runs the whole round once, from the start of the command to its end with summaries and index, then the plain
commands for some of its reports one after another, then the same under xargs. What the plain commands show must be what
our pages show.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from statistics import median

from tests.benchmarks.measuring import evenly, in_turn, ratio, reports, run_command, seconds, simulated, table
from tests.benchmarks.plainly import commands, hold_same, several


class Round:
    """One round and its three ways to reports, each in seconds per report."""

    def __init__(self, folder: Path, applicants: int, plain: int, jobs: int) -> None:
        self._folder = folder
        self._plain, self._jobs = plain, jobs
        self._round = simulated(folder, applicants)
        self._turn = 0

    def ours(self) -> float:
        """Run the whole round into a folder of its own."""
        self._turn += 1
        self._output = self._folder / f"out{self._turn}"
        took = seconds(run_command(self._round, self._output, self._jobs, "ko"), cwd=self._folder)
        self._pages = evenly(reports(self._output), self._plain)
        return took / len(reports(self._output))

    def one_after_another(self) -> float:
        """Run the plain commands for some of the reports."""
        made = self._folder / f"plain{self._turn}"
        made.mkdir()
        both = [command for number, page in enumerate(self._pages) for command in commands(page, f"{number}.ipynb")]
        took = sum(seconds(command, cwd=made) for command in both)
        hold_same(self._pages, made)
        return took / len(self._pages)

    def several_at_a_time(self) -> float:
        """Run the same under xargs."""
        command = several(self._pages, self._folder / f"xargs{self._turn}", self._jobs)
        return seconds(command, cwd=self._folder) / len(self._pages)


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--applicants", type=int, default=243, help="applicants, one language (default 243)")
    parser.add_argument("--plain", type=int, default=10, help="reports that are made the plain way (default 10)")
    parser.add_argument("--times", type=int, default=3, help="turns (default 3)")
    parser.add_argument("--jobs", type=int, default=2, help="at a time, for us and for xargs (default 2)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        round_ = Round(Path(name), given.applicants, given.plain, given.jobs)
        turns = in_turn(given.times, round_.ours, round_.one_after_another, round_.several_at_a_time)
    ours, one, several_ = (60 / median(way) for way in zip(*turns, strict=True))
    print(f"{given.applicants} applicants, one language, {given.jobs} at a time; medians of {given.times} turns;")
    print(f"the plain commands measured on {given.plain} reports, in an environment with jupyterlab.\n")
    table(
        ("way", "reports per minute", "smartcert run is", "wanted"),
        ("`papermill` + `jupyter nbconvert`, one after another", f"{one:.1f}", f"{ratio(turns, 1, 0):.1f} x", "30 x"),
        (f"the same under `xargs -P{given.jobs}`", f"{several_:.1f}", f"{ratio(turns, 2, 0):.1f} x", "15 x"),
        ("`smartcert run`", f"{ours:.1f}", "1", ""),
    )


if __name__ == "__main__":
    main()
