"""Time and memory of ``smartcert run example`` against the plain commands for the same reports, as a Markdown table.

    python -m tests.benchmarks.demo_against_plain [--plain 6] [--jobs 2]

The plain way is one ``papermill`` and one ``jupyter nbconvert`` command per report, one after another. It is measured
on a few of the reports and scaled to all of them; everything runs in one go on the same machine. Linux only: memory is
read from /proc, as the proportional set size of all processes of a command together.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from tests.benchmarks.measuring import evenly, measured, reports, run_command, table
from tests.benchmarks.plainly import commands


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plain", type=int, default=6, help="reports that are made the plain way (default 6)")
    parser.add_argument("--jobs", type=int, default=2, help="reports at a time of smartcert run (default 2)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ours = measured(run_command("example", folder / "out", given.jobs, "both"), cwd=folder)
        pages = reports(folder / "out")
        chosen = evenly(pages, given.plain)
        plain = (command for number, page in enumerate(chosen) for command in commands(page, f"{number}.ipynb"))
        theirs = measured(*plain, cwd=folder)
    per_plain, per_ours = theirs.seconds / len(chosen), ours.seconds / len(pages)
    print(f"{len(pages)} reports, {given.jobs} at a time; the plain commands measured on {given.plain} and scaled.\n")
    ratio, memory = per_plain / per_ours, ours.megabytes / theirs.megabytes
    table(
        ("", "time for all reports", "peak memory"),
        ("`papermill` + `jupyter nbconvert` commands, one after another", "1", "1"),
        ("`smartcert run`", f"1/{ratio:.1f}", f"{memory:.1f}"),
    )
    print(f"\nOn this machine: {per_plain:.2f} s and {theirs.megabytes:.0f} MB against", end=" ")
    print(f"{per_ours:.2f} s (summary, index and start included) and {ours.megabytes:.0f} MB.")


if __name__ == "__main__":
    main()
