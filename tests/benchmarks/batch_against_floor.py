"""``smartcert run`` against the floor, the same pages by plain function calls, and what the charts of a report cost.

    python -m tests.benchmarks.batch_against_floor [--applicants 243] [--times 3] [--jobs 2] [--charts 20]

Both make all reports of one language, from the start of their process to its end; ours also writes records, executed
notebooks, ledger, manifest, summaries and index, and checks every page. The pages of both must be the same bytes.
They run side by side in slices of two seconds, so that both meet the same machine.
Charts are measured in this process, warm, in processor time, over reports from all over the round.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from statistics import median
from typing import Any

from smartcert.reporting import charts
from smartcert.services.rounds import open_round
from tests.benchmarks.floor import page
from tests.benchmarks.measuring import ratio, reports, run_command, simulated, table
from tests.benchmarks.slices import side_by_side


def turn(round_folder: Path, folder: Path, number: int, jobs: int) -> tuple[float, float]:
    """Return the seconds of the floor and of ours for all pages of a round, which must be the same."""
    plain, ours = folder / f"floor{number}", folder / f"out{number}"
    floor = [sys.executable, "-m", "tests.benchmarks.floor", str(round_folder), "ko", str(jobs), str(plain)]
    took = side_by_side(floor, run_command(round_folder, ours, jobs, "ko"), cwd=folder)
    for made in reports(ours):
        if made.read_bytes() != (plain / made.relative_to(ours)).read_bytes():
            raise SystemExit(f"{made.relative_to(ours)}: the floor made another page")
    return took[0], took[1]


def chart_seconds(round_folder: Path, count: int) -> tuple[float, float]:
    """Return the processor seconds that all charts of a report take, and all of a report: medians over reports."""
    spent = [0.0]
    for name in [name for name in vars(charts) if name.endswith("_chart")]:
        setattr(charts, name, _timed(getattr(charts, name), spent))
    records = [record for record in open_round(str(round_folder)).records() if record.evaluation.scorecard]
    page(records[0], "ko")
    of_charts, of_all = [], []
    for number in range(count):
        spent[0] = 0.0
        began = time.process_time()
        page(records[number * len(records) // count], "ko")
        of_all.append(time.process_time() - began)
        of_charts.append(spent[0])
    return median(of_charts), median(of_all)


def _timed(chart: Callable[..., Any], spent: list[float]) -> Callable[..., Any]:
    @wraps(chart)
    def timed(*given: Any, **named: Any) -> Any:
        began = time.process_time()
        try:
            return chart(*given, **named)
        finally:
            spent[0] += time.process_time() - began

    return timed


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--applicants", type=int, default=243, help="applicants, one language (default 243)")
    parser.add_argument("--times", type=int, default=3, help="turns (default 3)")
    parser.add_argument("--jobs", type=int, default=2, help="reports at a time (default 2)")
    parser.add_argument("--charts", type=int, default=20, help="reports whose charts are measured (default 20)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        round_folder = simulated(folder, given.applicants)
        turns = [turn(round_folder, folder, number, given.jobs) for number in range(given.times)]
        of_charts, of_all = chart_seconds(round_folder, given.charts)
    floor, ours = (median(way) / given.applicants for way in zip(*turns, strict=True))
    print(f"{given.applicants} applicants, one language, {given.jobs} at a time; medians of {given.times} turns:")
    print(", ".join(f"{ours / floor:.2f}" for floor, ours in turns), "times the floor.\n")
    table(
        ("way", "s per report", "times the floor", "wanted"),
        ("floor: plain calls in forks of a warm process", f"{floor:.3f}", "1", ""),
        ("`smartcert run`", f"{ours:.3f}", f"{ratio(turns, 1, 0):.2f}", "at most 1.3"),
    )
    print()
    table(
        ("processor time of one report, warm", "ms", "wanted"),
        ("all its charts", f"{of_charts * 1000:.0f}", "at most 120"),
        ("all of the page", f"{of_all * 1000:.0f}", ""),
    )


if __name__ == "__main__":
    main()
