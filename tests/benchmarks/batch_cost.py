"""The cost of a report in a large round against that in small ones, in turn.

    python -m tests.benchmarks.batch_cost [--large 2000] [--small 100] [--times 3] [--jobs 2]

One language, each time into an empty folder; start-up, summaries and index included in both.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from tests.benchmarks.measuring import in_turn, ratio, run_command, seconds, simulated, table


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", type=int, default=2000, help="applicants of the large round (default 2000)")
    parser.add_argument("--small", type=int, default=100, help="applicants of the small round (default 100)")
    parser.add_argument("--times", type=int, default=3, help="turns (default 3)")
    parser.add_argument("--jobs", type=int, default=2, help="reports at a time (default 2)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rounds = [(simulated(folder, applicants), applicants) for applicants in (given.small, given.large)]
        outputs = (folder / f"out{number}" for number in range(2 * given.times))

        def measure(round_folder: Path, applicants: int) -> float:
            return seconds(run_command(round_folder, next(outputs), given.jobs, "ko"), cwd=folder) / applicants

        turns = in_turn(given.times, *(lambda round_=round_: measure(*round_) for round_ in rounds))
    print(f"One language, {given.jobs} reports at a time, {given.times} turns; wanted: at most 1.1 times the cost.\n")
    table(("a report of a round of", "cost"), (str(given.small), "1"), (str(given.large), f"{ratio(turns, 1, 0):.2f}"))


if __name__ == "__main__":
    main()
