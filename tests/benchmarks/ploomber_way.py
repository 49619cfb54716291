"""The best other way to reports: ploomber-engine and nbconvert's own exporter, many reports in one process.

    python -m tests.benchmarks.ploomber_way FOLDER NUMBER=PAGE...

It runs in an environment of its own that has ploomber-engine beside smartcert.
"""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
from nbconvert import HTMLExporter

from smartcert import paths as home
from tests.benchmarks.plainly import read_parameters


def main() -> None:
    """Make the page ``NUMBER.html`` of each page that was made already: the same notebook over the same record."""
    # in no environment but the benchmark's own, and tests import this module in theirs
    from ploomber_engine import execute_notebook  # type: ignore[import-not-found]

    folder, *numbered = sys.argv[1:]
    notebook = str(home.find_notebook("applicant_report"))
    exporter = HTMLExporter(template_name="smartcert")
    for number, name in (text.split("=", 1) for text in numbered):
        given = read_parameters(Path(name))
        executed = execute_notebook(notebook, output_path=None, parameters=given, progress_bar=False, verbose=False)
        html, _ = exporter.from_notebook_node(nbformat.from_dict(executed))
        (Path(folder) / f"{number}.html").write_text(html, encoding="utf-8")


if __name__ == "__main__":
    main()
