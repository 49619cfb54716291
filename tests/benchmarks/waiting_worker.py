"""A worker of Dask that renders nothing: it waits as long as a report takes, and answers with one that was made before.

``dask worker --preload tests/benchmarks/waiting_worker.py``; the environment says how long (``REPORT_SECONDS``), and in
which outputs the reports are (``REPORT_OUTPUTS``).
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from smartcert.batch import cluster
from smartcert.batch.outputs import Outputs
from smartcert.batch.request import RenderedReport, Task
from smartcert.reporting.records import Audience


class WaitingWorkers:
    """What stands in for the processes of a worker."""

    def __init__(self, *_: object) -> None:
        """Start nothing."""
        self._outputs = Outputs(folder=Path(os.environ["REPORT_OUTPUTS"]))
        self._seconds = float(os.environ["REPORT_SECONDS"])

    def __exit__(self, *_: object) -> None:
        """End nothing."""

    def results(self, tasks: Iterable[Task]) -> Iterator[RenderedReport]:
        """Wait for each task, and yield its report."""
        for task in tasks:
            time.sleep(self._seconds)
            page = self._outputs.locate(self._outputs.name_page(task.applicant_id, task.language, task.audience))
            if not task.applicant_id:
                press = ".press" if task.audience is Audience.PUBLIC else ""
                page = self._outputs.folder / f"round_summary{press}.{task.language}.html"
            letter = self._outputs.locate(self._outputs.name_letter(task.applicant_id, task.language))
            yield RenderedReport(
                applicant_id=task.applicant_id,
                language=task.language,
                audience=task.audience,
                page=page.read_bytes(),
                notebook=page.with_suffix(".ipynb").read_bytes(),
                letter={}
                if task.letter is None
                else {kind: letter.with_suffix(f".{kind}").read_bytes() for kind in ("html", "hwpx")},
            )


def dask_setup(_: object) -> None:
    """Put the stand-in in place; Dask calls this where a worker starts."""
    cluster.Workers = WaitingWorkers  # type: ignore[assignment, misc]
