"""Reading and evaluating a big round, no reports: clock, processor time and memory from the start of the interpreter.

Memory is the PSS at the end and the RSS at most. It is evaluated as for a run: without the next level.

python -m tests.benchmarks.evaluating [--applicants 5000] [--evaluators 9] [--times 1]
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from tests.benchmarks.measuring import simulated, table

READ_AND_EVALUATE = """
import json, resource, sys, time
began, started = time.monotonic(), time.process_time()
from smartcert.services.rounds import open_round
opened = open_round(sys.argv[1])
read, had = time.monotonic(), time.process_time()
scored = sum(one.scorecard is not None for one in opened.verdicts)
print(json.dumps({
    "reading": read - began,
    "evaluating": time.monotonic() - read,
    "processor": time.process_time(),
    "processor reading": had - started,
    "processor evaluating": time.process_time() - had,
    "applicants": len(opened.verdicts),
    "scored": scored,
    "indicators": sum(1 for _ in opened.rules.edition.indicators()),
    "evaluators": len(opened.round.committee),
    "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    "proportional": next(
        int(line.split()[1]) / 1024 for line in open("/proc/self/smaps_rollup") if line.startswith("Pss:")
    ),
}))
"""


def with_evaluators(round_folder: Path, wanted: int) -> None:
    """Have as many evaluators as told, at most twice as many as there are: a new one marks as an earlier one."""
    names = ("committee.csv", "marks.csv", "exclusions.csv")
    tables = {name: _rows(round_folder / name) for name in names}
    committee = tables["committee.csv"]
    for number, like in enumerate(committee[: max(0, wanted - len(committee))], start=1):
        for rows in tables.values():
            same = [row for row in rows if row["evaluator"] == like["evaluator"]]
            rows += [row | {"evaluator": f"N{number}"} for row in same]
        committee[-1] |= {"name": f"{like['name']} {number}", "chair": "no"}
    for name, rows in tables.items():
        if rows:
            _write(round_folder / name, rows)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--applicants", type=int, default=5000, help="applicants of the round (default 5000)")
    parser.add_argument("--evaluators", type=int, default=9, help="evaluators (default 9)")
    parser.add_argument("--times", type=int, default=1, help="turns (default 1)")
    given = parser.parse_args()
    turns = []
    with tempfile.TemporaryDirectory() as name:
        round_folder = simulated(Path(name), given.applicants)
        with_evaluators(round_folder, given.evaluators)
        for _ in range(given.times):
            began = time.monotonic()
            command = [sys.executable, "-c", READ_AND_EVALUATE, str(round_folder)]
            done = subprocess.run(command, check=False, capture_output=True, text=True)
            if done.returncode:
                raise SystemExit(done.stderr)
            turns.append(json.loads(done.stdout) | {"seconds": time.monotonic() - began})
    told = turns[0]
    print(
        f"{told['applicants']} applicants ({told['scored']} of them scored), {told['indicators']} indicators,", end=" "
    )
    print(f"{told['evaluators']} evaluators; medians of {given.times} turns.\n")
    figures = {name: median(turn[name] for turn in turns) for name in turns[0]}
    table(
        ("", "clock", "processor", "wanted"),
        ("start to end, s", f"{figures['seconds']:.1f}", f"{figures['processor']:.1f}", "under 15"),
        (
            "reading, imports included, s",
            f"{figures['reading']:.1f}",
            f"{figures['processor reading']:.1f}",
            "",
        ),
        ("evaluating, s", f"{figures['evaluating']:.1f}", f"{figures['processor evaluating']:.1f}", ""),
    )
    print()
    table(
        ("memory, MB", "measured", "wanted"),
        ("most, RSS", f"{figures['megabytes']:.0f}", ""),
        ("at the end, PSS", f"{figures['proportional']:.0f}", "under 500"),
    )


if __name__ == "__main__":
    main()
