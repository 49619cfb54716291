"""What does a PDF cost by each engine: seconds of processor time and of clock, sheets and size, of report and letter?

``python -m tests.benchmarks.pdf_engines FOLDER`` prints the pages of an applicant's folder. The processor time
of Chromium is that of all of its processes, as Linux counts it, with those that have ended: each page is put together
as a PDF by a process of its own.
"""

from __future__ import annotations

import argparse
import io
import os
import time
from pathlib import Path
from statistics import median

from pypdf import PdfReader

from smartcert.reporting.chromium import Browser, find_chromium
from smartcert.reporting.pdf import render_tagged_pdf


def read_seconds(folder: Path) -> float:
    """Return the processor time so far of all processes that name a folder, and of those that they waited for."""
    ticks = 0
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if bytes(folder) in (path / "cmdline").read_bytes():
                fields = (path / "stat").read_text("utf-8").rpartition(")")[2].split()
                ticks += sum(map(int, fields[11:15]))
        except OSError:  # it has just ended
            continue
    return ticks / os.sysconf("SC_CLK_TCK")


def measure(page: str, browser: Browser | None, turns: int) -> tuple[float, float, bytes]:
    """Return medians of processor time and clock in seconds, and the PDF."""
    folder = browser._folder if browser else Path("no such folder")
    costs, clocks, content = [], [], b""
    for _ in range(turns):
        theirs, ours, began = read_seconds(folder), time.process_time(), time.monotonic()
        content = render_tagged_pdf(page, browser)
        costs.append(read_seconds(folder) - theirs + time.process_time() - ours)
        clocks.append(time.monotonic() - began)
    return median(costs), median(clocks), content


def main() -> None:
    """Print one line per page and engine."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="an applicant's folder below the outputs of a round, with pages")
    parser.add_argument("--times", type=int, default=5, help="turns by Chromium (default 5)")
    parser.add_argument("--weasyprint-times", type=int, default=1, help="turns by WeasyPrint (default 1)")
    given = parser.parse_args()
    program = find_chromium()
    if program is None:
        raise SystemExit("Chromium is not installed")
    with Browser(program) as browser:
        browser.wait_until_ready()
        for name in ("report.ko", "report.en", "letter.ko", "letter.en"):
            page = (given.folder / f"{name}.html").read_text("utf-8")
            for engine, used, count in (
                ("chromium", browser, given.times),
                ("weasyprint", None, given.weasyprint_times),
            ):
                if count:
                    cost, clock, content = measure(page, used, count)
                    sheets = len(PdfReader(io.BytesIO(content)).pages)
                    size = len(content) / 1000
                    print(
                        f"{name} {engine}: {cost:.2f} s, clock {clock:.2f} s, {sheets} sheets, {size:.0f} kB",
                        flush=True,
                    )


if __name__ == "__main__":
    main()
