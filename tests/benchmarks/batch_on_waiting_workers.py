"""What the run's own process costs a cluster: N workers that only wait, as long as a report takes, against no cost.

    python -m tests.benchmarks.batch_on_waiting_workers [--applicants 96] [--seconds S] [--workers 1 2 4 8 16]

How long a report takes is measured first, one at a time on this machine, unless it is given. Waiting takes no
processor, so two are enough for many workers: each is a thread of one worker of Dask (``waiting_worker``). The time is
that from the first report to the last; the best that could be is the number of reports by that of the workers, times
the seconds of a report. The processor time is that of the complete command, its start too.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
from datetime import datetime
from pathlib import Path

from smartcert.batch.ledger import AttemptState, Ledger
from tests.batch.test_cluster import machines
from tests.benchmarks.measuring import run_command, seconds, simulated, table


def measure_reports(output: Path) -> tuple[int, float]:
    """Return how many reports of applicants a run wrote after the first, and the seconds from the first to the last."""
    made = [
        datetime.fromisoformat(entry.at)
        for entry in Ledger(output).read_all()
        if entry.state is AttemptState.MADE and entry.page.startswith("applicants/") and "/report." in entry.page
    ]
    return len(made) - 1, (made[-1] - made[0]).total_seconds()


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--applicants", type=int, default=96, help="applicants, one language (default 96)")
    parser.add_argument("--seconds", type=float, help="seconds that a report takes (default: measured)")
    parser.add_argument("--workers", type=int, nargs="+", default=(1, 2, 4, 8, 16), help="default 1 2 4 8 16")
    given = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        round_folder = simulated(folder, given.applicants)
        seconds(run_command(round_folder, folder / "made", 1, "ko"), cwd=folder)
        alone, took = measure_reports(folder / "made")
        report_seconds = given.seconds or took / alone
        os.environ |= {"REPORT_OUTPUTS": str(folder / "made"), "REPORT_SECONDS": str(report_seconds)}
        os.environ["PYTHONPATH"] = str(Path.cwd())
        for workers in given.workers:
            output = folder / f"out{workers}"
            (folder / f"workers{workers}").mkdir()
            with machines(folder / f"workers{workers}", workers=0) as around:
                preload = Path(__file__).with_name("waiting_worker.py")
                around.start_worker("--no-nanny", "--nthreads", str(workers), "--preload", str(preload))
                before = resource.getrusage(resource.RUSAGE_CHILDREN)
                seconds([*run_command(round_folder, output, 2, "ko"), "--cluster", around.address], cwd=folder)
                after = resource.getrusage(resource.RUSAGE_CHILDREN)
            reports, took = measure_reports(output)
            best = reports / workers * report_seconds
            own = (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / reports
            rows.append(
                (str(workers), f"{took:.2f}", f"{best:.2f}", f"{100 * (1 - best / took):.0f} %", f"{own * 1000:.0f}")
            )
    print(f"{given.applicants} applicants, one language, {report_seconds:.3f} s a report; wanted: at most 10 % lost.\n")
    table(("workers", "seconds", "without cost", "lost", "ms of processor time of the command per report"), *rows)


if __name__ == "__main__":
    main()
