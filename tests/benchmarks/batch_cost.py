"""The cost of a report in a large round against that in small ones, side by side in slices of time.

    python -m tests.benchmarks.batch_cost [--large 2000] [--small 100] [--jobs 2]

One language. The large round is run once, the small one as often as gives as many reports, each time into an empty
folder; start-up, summaries and index included in both.
"""

from __future__ import annotations

import argparse
import shlex
import tempfile
from pathlib import Path

from tests.benchmarks.measuring import run_command, simulated, table
from tests.benchmarks.slices import side_by_side


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", type=int, default=2000, help="applicants of the large round (default 2000)")
    parser.add_argument("--small", type=int, default=100, help="applicants of the small round (default 100)")
    parser.add_argument("--jobs", type=int, default=2, help="reports at a time (default 2)")
    given = parser.parse_args()
    times = given.large // given.small
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        large, small = (simulated(folder, applicants) for applicants in (given.large, given.small))
        outputs = [folder / f"small{number}" for number in range(times)]
        commands = [shlex.join(run_command(small, output, given.jobs, "ko")) for output in outputs]
        once = run_command(large, folder / "large", given.jobs, "ko")
        took = side_by_side(["sh", "-ec", "\n".join(commands)], once, cwd=folder)
    each = took[0] / (times * given.small), took[1] / given.large
    print(f"One language, {given.jobs} reports at a time; wanted: at most 1.1 times the cost.\n")
    table(
        ("rounds", "ms per report", "cost"),
        (f"{times} of {given.small}", f"{each[0] * 1000:.0f}", "1"),
        (f"1 of {given.large}", f"{each[1] * 1000:.0f}", f"{each[1] / each[0]:.2f}"),
    )


if __name__ == "__main__":
    main()
