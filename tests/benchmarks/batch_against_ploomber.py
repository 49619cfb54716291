"""Seconds a report of ``smartcert run`` against the best other way: ploomber-engine in as many plain processes.

    python -m tests.benchmarks.batch_against_ploomber --python ENV/bin/python [--applicants 243] [--times 3] [--jobs 2]

``--python`` is the interpreter of an environment that has ploomber-engine beside smartcert. Each turn runs the whole
round once, from the start of the command to its end with records, checks, summaries and index, then the other way for
the same reports, which does none of these. What both show must be the same.
"""

from __future__ import annotations

import argparse
import shlex
import tempfile
from pathlib import Path
from statistics import median

from tests.benchmarks.measuring import in_turn, ratio, reports, run_command, seconds, simulated, table
from tests.benchmarks.plainly import hold_same


class Round:
    """One round and its two ways to reports, each in seconds per report."""

    def __init__(self, folder: Path, applicants: int, jobs: int, python: str) -> None:
        self._folder = folder
        self._jobs, self._python = jobs, python
        self._round = simulated(folder, applicants)
        self._turn = 0

    def ours(self) -> float:
        """Run the whole round into a folder of its own."""
        self._turn += 1
        output = self._folder / f"out{self._turn}"
        took = seconds(run_command(self._round, output, self._jobs, "ko"), cwd=self._folder)
        self._pages = [page for page in reports(output) if page.name == "report.ko.html"]
        return took / len(self._pages)

    def other(self) -> float:
        """Make the same reports the other way, by ``jobs`` processes."""
        made = self._folder / f"other{self._turn}"
        made.mkdir()
        numbered = [f"{number}={page}" for number, page in enumerate(self._pages)]
        ways = [
            shlex.join([self._python, "-m", "tests.benchmarks.ploomber_way", str(made), *numbered[job :: self._jobs]])
            for job in range(self._jobs)
        ]
        started = "".join(f'{way} & ways="$ways $!"; ' for way in ways)
        took = seconds(["sh", "-ec", f'{started}for way in $ways; do wait "$way"; done'], cwd=made)
        hold_same(self._pages, made)
        return took / len(self._pages)


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", required=True, help="an interpreter that has ploomber-engine and smartcert")
    parser.add_argument("--applicants", type=int, default=243, help="applicants, one language (default 243)")
    parser.add_argument("--times", type=int, default=3, help="turns (default 3)")
    parser.add_argument("--jobs", type=int, default=2, help="processes, for both ways (default 2)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        round_ = Round(Path(name), given.applicants, given.jobs, given.python)
        turns = in_turn(given.times, round_.ours, round_.other)
    ours, other = (median(way) for way in zip(*turns, strict=True))
    print(f"{given.applicants} applicants, one language, {given.jobs} at a time; medians of {given.times} turns.\n")
    table(
        ("way", "seconds a report", "smartcert run is", "wanted"),
        ("ploomber-engine and nbconvert's exporter", f"{other:.3f}", f"{ratio(turns, 1, 0):.1f} x", "4 x"),
        ("`smartcert run`", f"{ours:.3f}", "1", ""),
    )


if __name__ == "__main__":
    main()
