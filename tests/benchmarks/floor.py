"""The floor: the same pages by plain function calls in forks of a warm process, without a notebook anywhere.

    python -m tests.benchmarks.floor ROUND LANGUAGE JOBS OUTPUT

The round is read and evaluated, and what a report needs is warmed up by making the first one, once; then each report
is made in a fork: its sections are called and put into the page's template, and the page is written. No record is
written or read, nothing is checked, no summary and no index is made.
"""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import Any

import nbformat

from smartcert.batch.exporter import render_page
from smartcert.reporting import typeface
from smartcert.reporting.applicant.report import ApplicantReport
from smartcert.reporting.records import Record
from smartcert.services.rounds import open_round

SECTIONS = [name for name in vars(ApplicantReport) if not name.startswith("_")]
"""The methods that make the sections, in their order; the typeface comes last."""


def page(record: Record, language: str) -> str:
    """Return the page of one record."""
    report: Any = ApplicantReport(record, language)
    made = [getattr(report, name)() for name in SECTIONS]
    shown = [*(section for section in made if section is not None), report.typeface()]
    bundles = [section._repr_mimebundle_() for section in shown]
    outputs = [{"output_type": "execute_result", "data": data, "metadata": metadata} for data, metadata in bundles]
    cell = {"cell_type": "code", "metadata": {}, "outputs": outputs}
    return render_page(nbformat.from_dict({"cells": [cell], "metadata": {}}))


def main(round_folder: str, language: str, jobs: int, output: Path) -> None:
    """Make the page of every applicant, several at a time."""
    records = tuple(open_round(round_folder).records())
    typeface.preload_fonts()
    page(records[0], language)
    gc.collect()
    gc.freeze()
    running = 0
    for record in records:
        if running == jobs:
            _end_one()
            running -= 1
        if not os.fork():
            folder = output / "applicants" / record.evaluation.id
            folder.mkdir(parents=True)
            (folder / f"report.{language}.html").write_text(page(record, language), encoding="utf-8")
            os._exit(0)
        running += 1
    for _ in range(running):
        _end_one()


def _end_one() -> None:
    if os.waitstatus_to_exitcode(os.wait()[1]):
        raise SystemExit("a report could not be made")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]))
