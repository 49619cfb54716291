"""What the pages for researchers cost: seconds on the clock and of processor time of the commands that write them.

python -m tests.benchmarks.research_pages [--turns 3] [--language en] [--round example] [PAGE ...]

Each command runs once before it is measured, so that what Python and Jinja compile is there. It fails where a page is
not the same in every turn.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

PAGES = ("methodology_audit", "weight_explorer", "rules_comparison", "committee_review", "review", "history")


def list_arguments(page: str, round_name: str, language: str, folder: Path) -> list[str]:
    """Return the arguments of the command that writes a page into a folder."""
    if page == "review":
        return ["committee", "review", round_name, "--language", "both", "--output", str(folder)]
    if page == "history":
        return ["register", "page", "--language", "both", "--on", "2026-11-01", "--output", str(folder)]
    return ["page", page, round_name, "--language", language, "--output", str(folder / f"{page}.html")]


def run(arguments: list[str]) -> tuple[float, float]:
    """Return the seconds of a command on the clock, and of processor time with all processes that it waited for.

    Raises:
        AssertionError: it failed.
    """
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    began = time.perf_counter()
    command = subprocess.Popen(
        [sys.executable, "-m", "smartcert", *arguments], stdout=subprocess.DEVNULL, env=environment
    )
    _, status, used = os.wait4(command.pid, 0)
    command.returncode = os.waitstatus_to_exitcode(status)
    assert command.returncode == 0, arguments
    return time.perf_counter() - began, used.ru_utime + used.ru_stime


def main() -> None:
    """Print the median seconds of each page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", nargs="*", metavar="PAGE", default=PAGES, choices=[*PAGES, PAGES])
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--language", choices=("ko", "en"), default="en")
    parser.add_argument("--round", default="example")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as root:
        for page in asked.pages:
            seconds, processor, written = [], [], set()
            for turn in range(asked.turns + 1):
                folder = Path(root) / f"{page}-{turn}"
                folder.mkdir()
                clock, used = run(list_arguments(page, asked.round, asked.language, folder))
                written.add(tuple(path.read_bytes() for path in sorted(folder.glob("*.html"))))
                if turn:
                    seconds.append(clock)
                    processor.append(used)
            assert len(written) == 1, f"{page} is not the same in every turn"
            assert all(written), f"{page} was not written"
            pages, size = len(next(iter(written))), sum(map(len, next(iter(written)))) // 1000
            print(
                f"{page}: {median(seconds):.2f} s, {median(processor):.2f} s of processor time"
                f" ({pages} pages, {size:,} kB)",
                flush=True,
            )


if __name__ == "__main__":
    main()
