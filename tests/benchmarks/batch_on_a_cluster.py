"""What a cluster costs: ``smartcert run --cluster`` against the same run on this machine, as many reports at a time.

    python -m tests.benchmarks.batch_on_a_cluster [--applicants 100] [--times 3] [--jobs 2]

Scheduler and workers are processes on this machine, started before the first turn. So what is seen is what the way over
the cluster adds: tasks and pages sent, and a scheduler and workers that share the processors with the command.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from statistics import median

from tests.batch.test_cluster import machines
from tests.benchmarks.measuring import in_turn, ratio, run_command, seconds, simulated, table


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--applicants", type=int, default=100, help="applicants, one language (default 100)")
    parser.add_argument("--times", type=int, default=3, help="turns (default 3)")
    parser.add_argument("--jobs", type=int, default=2, help="workers, and reports at a time here (default 2)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        round_folder = simulated(folder, given.applicants)
        (folder / "workers").mkdir()
        with machines(folder / "workers", workers=given.jobs) as around:
            outputs = (folder / f"out{number}" for number in range(1000))
            turns = in_turn(
                given.times,
                lambda: seconds(run_command(round_folder, next(outputs), given.jobs, "ko"), cwd=folder),
                lambda: seconds(
                    [*run_command(round_folder, next(outputs), given.jobs, "ko"), "--cluster", around.address],
                    cwd=folder,
                ),
            )
    here, there = (median(way) / given.applicants * 1000 for way in zip(*turns, strict=True))
    print(f"{given.applicants} applicants, one language, {given.jobs} at a time; medians of {given.times} turns.\n")
    table(
        ("where", "ms per report", "cost"),
        ("this machine", f"{here:.0f}", "1"),
        ("a cluster of it", f"{there:.0f}", f"{ratio(turns, 1, 0):.2f}"),
    )


if __name__ == "__main__":
    main()
