"""From the start of a command: to the help, to the first report, to the end where little or nothing is to be done.

    python -m tests.benchmarks.batch_start [--applicants 243] [--times 5] [--jobs 2]

The round is made once, one language and then both. Then, in turn: a run into an empty folder until its first page is
there (and ended), a run with nothing changed, and a run after one cell was corrected that moves no points, which must
make exactly that report, the summaries and the index again.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import time
from pathlib import Path
from statistics import median

from tests.benchmarks.measuring import corrected, in_turn, run_command, seconds, simulated, table, tool


class Round:
    """A round that was run, and what can be asked of it again."""

    def __init__(self, folder: Path, applicants: int, jobs: int) -> None:
        self._folder, self._jobs = folder, jobs
        self._round = simulated(folder, applicants)
        for language in ("ko", "both"):
            seconds(self._run(folder / language, language), cwd=folder)
        self._turn = 0

    def help(self) -> float:
        """Show the help."""
        return seconds([tool("smartcert"), "--help"], cwd=self._folder)

    def first_report(self) -> float:
        """Start a run into an empty folder; end it when its first page is there."""
        self._turn += 1
        output = self._folder / f"cold{self._turn}"
        began = time.monotonic()
        started = subprocess.Popen(self._run(output, "ko"), cwd=self._folder, stdout=subprocess.DEVNULL)
        while not any(output.glob("applicants/*/report.ko.html")):
            if started.poll() is not None:
                raise SystemExit("the run ended without a report")
            time.sleep(0.005)
        took = time.monotonic() - began
        started.terminate()  # a shell makes what runs in its background deaf to Ctrl-C
        started.wait()
        return took

    def nothing(self, language: str) -> float:
        """Run again with nothing changed."""
        before = _moments(self._folder / language)
        took = seconds(self._run(self._folder / language, language), cwd=self._folder)
        if _moments(self._folder / language) != before:
            raise SystemExit("nothing was changed, and something was made")
        return took

    def one_cell(self) -> float:
        """Correct one cell and run again."""
        applicant, before = corrected(self._round), _moments(self._folder / "ko")
        took = seconds(self._run(self._folder / "ko", "ko"), cwd=self._folder)
        after = _moments(self._folder / "ko")
        made = {name for name in after if after[name] != before.get(name) and name.endswith(".html")}
        summaries = {"round_summary.ko.html", "round_summary.press.ko.html"}
        made -= {f"applicants/{applicant}/letter.ko.html"}  # where it names the cell
        if made != {f"applicants/{applicant}/report.ko.html", "index.html", *summaries}:
            raise SystemExit(f"made after one correction: {sorted(made)}")
        return took

    def _run(self, output: Path, language: str) -> list[str]:
        return run_command(self._round, output, self._jobs, language)


def _moments(output: Path) -> dict[str, int]:
    return {
        path.relative_to(output).as_posix(): path.stat().st_mtime_ns
        for path in output.rglob("*")
        if path.is_file() and not path.name.startswith(".lock")
    }


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--applicants", type=int, default=243, help="applicants of the round (default 243)")
    parser.add_argument("--times", type=int, default=5, help="turns (default 5)")
    parser.add_argument("--jobs", type=int, default=2, help="reports at a time (default 2)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        one = Round(Path(name), given.applicants, given.jobs)
        turns = in_turn(
            given.times,
            one.help,
            one.first_report,
            lambda: one.nothing("ko"),
            lambda: one.nothing("both"),  # before the correction: both folders must stand as the round gives them
        )
        corrections = in_turn(given.times, one.one_cell)
    helped, first, same, both = (f"{median(way):.2f}" for way in zip(*turns, strict=True))
    cell = f"{median(turn[0] for turn in corrections):.2f}"
    print(f"{given.applicants} applicants, {given.jobs} reports at a time; medians of {given.times} turns.\n")
    table(
        ("from the start of the command", "s", "wanted"),
        ("`smartcert --help`, to its end", helped, "under 0.3"),
        ("a cold `smartcert run`, to its first page", first, "under 1.5"),
        ("nothing changed, one language, to its end", same, "under 2"),
        ("nothing changed, both languages, to its end", both, "under 2"),
        ("one corrected cell, one language, to its end", cell, "under 2"),
    )


if __name__ == "__main__":
    main()
