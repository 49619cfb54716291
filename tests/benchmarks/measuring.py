"""What the benchmarks have in common: rounds, commands, time on the clock, memory of processes, and tables.

Linux only: memory is read from /proc. A command and all that it starts are known by a mark in their environment.
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

EVERY = 0.1
"""Seconds between two looks at the memory."""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Seconds on the clock; in MB the most memory that all processes had together, and the most of a single one."""

    seconds: float
    megabytes: float
    pss: float
    """Of any process that a report is made in, its share of what it shares with others counted in part."""
    rss: float
    """Of any process that a report is made in, what it shares with others counted in full."""
    own_pss: float
    """As ``pss``, of any other process: the run's own is the largest of these."""
    own_rss: float
    """As ``rss``, of any other process."""


@dataclass
class _Peak:
    mark: str = field(default_factory=lambda: uuid.uuid4().hex)
    together: int = 0
    pss: int = 0
    rss: int = 0
    own_pss: int = 0
    own_rss: int = 0
    done: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        while not self.done.wait(EVERY):
            self.look()

    def look(self) -> None:
        together = 0
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if self.mark.encode() not in (process / "environ").read_bytes():
                    continue
                sizes = dict(_sizes((process / "smaps_rollup").read_text()))
                worker = b"smartcert.batch.server" in (process / "cmdline").read_bytes()
            except OSError:  # it has ended
                continue
            pss, rss = sizes.get("Pss:", 0), sizes.get("Rss:", 0)
            together += pss
            if worker:
                self.pss, self.rss = max(self.pss, pss), max(self.rss, rss)
            else:
                self.own_pss, self.own_rss = max(self.own_pss, pss), max(self.own_rss, rss)
        self.together = max(self.together, together)


def _sizes(rollup: str) -> Iterator[tuple[str, int]]:
    for line in rollup.splitlines()[1:]:
        name, size, *_ = line.split()
        yield name, int(size)


@contextmanager
def _watched() -> Iterator[_Peak]:
    peak = _Peak()
    watching = threading.Thread(target=peak.watch)
    watching.start()
    try:
        yield peak
    finally:
        peak.done.set()
        watching.join()


def measured(*commands: Sequence[str], cwd: Path) -> Measured:
    """Run commands one after another and return what they took, and the memory of all that they started."""
    with _watched() as peak:
        took = sum(seconds(command, cwd=cwd, mark=peak.mark) for command in commands)
    sizes = (peak.together, peak.pss, peak.rss, peak.own_pss, peak.own_rss)
    together, pss, rss, own_pss, own_rss = (size / 1024 for size in sizes)
    return Measured(seconds=took, megabytes=together, pss=pss, rss=rss, own_pss=own_pss, own_rss=own_rss)


def seconds(command: Sequence[str], *, cwd: Path, mark: str = "") -> float:
    """Run a command and return the seconds from its start to its end. What it says of a failure ends the benchmark."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(Path.cwd()), os.environ.get("PYTHONPATH", "")])}
    began = time.monotonic()
    done = subprocess.run(
        command,
        cwd=cwd,
        env=environment | {"MEASURED": mark},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
    )
    took = time.monotonic() - began
    if done.returncode:
        raise SystemExit(f"{' '.join(command)[:200]}\n{done.stderr.decode()}")
    return took


def tool(name: str) -> str:
    """Return a command of the environment that this runs in."""
    return str(Path(sys.executable).parent / name)


def simulated(folder: Path, applicants: int, seed: int = 3) -> Path:
    """Write an invented round of this many applicants and return its folder."""
    round_folder = folder / f"round{applicants}"
    invented = ("--applicants", str(applicants), "--seed", str(seed), "--output", str(round_folder))
    seconds([tool("smartcert"), "simulate", *invented], cwd=folder)
    return round_folder


def run_command(round_folder: Path | str, output: Path, jobs: int, language: str) -> list[str]:
    """Return the command that makes all reports of a round."""
    return [
        *(tool("smartcert"), "run", str(round_folder), "--output", str(output)),
        *("--language", language, "--jobs", str(jobs), "--quiet"),
    ]


def reports(outputs: Path) -> list[Path]:
    """Return the pages of the applicants."""
    return sorted(outputs.glob("applicants/*/report.*.html"))


def evenly(pages: Sequence[Path], count: int) -> list[Path]:
    """Return as many pages as there should be, from all over the round."""
    count = min(count, len(pages))
    return [pages[number * len(pages) // count] for number in range(count)]


def corrected(round_folder: Path) -> str:
    """Correct one cell, the page of a proof, which moves no points; return the id of its applicant."""
    path = round_folder / "measurements.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    row = rows[len(rows) // 2]
    row["evidence_page"] = str(int(row["evidence_page"] or 0) + 1)
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, rows[0].keys())
        table.writeheader()
        table.writerows(rows)
    return row["applicant"]


def in_turn(times: int, *ways: Callable[[], float]) -> list[tuple[float, ...]]:
    """Measure each way once after the other, as often as told, and return what the turns gave."""
    return [tuple(way() for way in ways) for _ in range(times)]


def ratio(turns: Sequence[tuple[float, ...]], over: int, under: int) -> float:
    """Return the median over the turns of one way's seconds against another's."""
    return median(turn[over] / turn[under] for turn in turns)


def table(heading: Sequence[str], *rows: Sequence[str]) -> None:
    """Print a Markdown table."""
    for row in (heading, ["---"] * len(heading), *rows):
        print(f"| {' | '.join(row)} |")
