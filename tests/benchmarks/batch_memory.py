"""Memory of the processes of a run, in rounds of growing size: those that reports are made in, and the run's own.

    python -m tests.benchmarks.batch_memory [--applicants 20 100 500] [--four] [--jobs 2]

One report of each applicant, or four: in both languages, for reviewers and applicants. Each size is one run into an
empty folder, summaries and index included. Memory is looked at every 0.1 s: of the warm process and of each of its
forks, the one that had most, and of the process of the command.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from tests.benchmarks.measuring import measured, run_command, simulated, table


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    sizes = (20, 100, 500)
    parser.add_argument("--applicants", type=int, nargs="+", default=sizes, help=f"sizes of rounds (default {sizes})")
    parser.add_argument("--four", action="store_true", help="four reports of each applicant")
    parser.add_argument("--jobs", type=int, default=2, help="reports at a time (default 2)")
    given = parser.parse_args()
    found = {}
    for applicants in given.applicants:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            round_folder = simulated(folder, applicants)
            command = run_command(round_folder, folder / "out", given.jobs, "both" if given.four else "ko")
            audiences = ("--audience", "reviewer", "--audience", "applicant") if given.four else ()
            made = measured([*command, *audiences], cwd=folder)
        found[applicants] = made
    rows = [
        (
            str(applicants * (4 if given.four else 1)),
            *(f"{size:.0f}" for size in (made.pss, made.rss, made.own_pss, made.own_rss, made.megabytes)),
        )
        for applicants, made in found.items()
    ]
    print(f"{given.jobs} reports at a time; wanted: at most 150 MB of PSS a process.\n")
    heading = ("reports", "PSS of a worker, MB", "RSS of a worker, MB", "PSS of the run, MB", "RSS of the run, MB")
    table((*heading, "PSS of all, MB"), *rows)


if __name__ == "__main__":
    main()
