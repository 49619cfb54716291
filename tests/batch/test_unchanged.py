"""A run with nothing to do tells so from hashes alone: nothing that reads, evaluates or shows a round is imported."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from smartcert.batch.ledger import Ledger
from smartcert.batch.plan import plan_reports
from smartcert.batch.request import RunRequest
from smartcert.batch.run import run
from tests.support.installations import pretend_installed
from tests.support.patience import PATIENCE
from tests.support.small_example import files, small_example, with_first_cell

pytestmark = pytest.mark.notebook

HEAVY = (
    *("IPython", "fontTools", "jsonschema", "matplotlib", "nbconvert", "nbformat", "numpy", "openpyxl", "pandas"),
    *("papermill", "pydantic", "tqdm", "yaml"),
    *(
        "smartcert.batch.make",
        "smartcert.evaluation",
        "smartcert.intake",
        "smartcert.services.rounds",
        "smartcert.notebook",
    ),
)
CODE = """
import json, sys
from smartcert.cli import main
try:
    main(sys.argv[1:])
finally:
    print(json.dumps(sorted(sys.modules)))
"""

PAGES = [f"applicants/{name}/report.{language}.html" for name in ("ara", "haneul") for language in ("ko", "en")]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = small_example(tmp_path_factory.mktemp("round") / "example", ("ara", "haneul"))
    output = tmp_path_factory.mktemp("outputs") / "example"
    run(RunRequest(round=str(folder), output=output, jobs=2, quiet=True))
    return folder, output


def imported(folder: Path, output: Path, *more: str, around: dict[str, str] | None = None) -> tuple[str, set[str]]:
    """Run the command again; return what it says, and the modules that it imported."""
    command = [sys.executable, "-c", CODE, "run", str(folder), "--output", str(output), "--quiet", *more]
    done = subprocess.run(
        command, env=os.environ | (around or {}), capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, done.stderr
    said, modules = done.stdout.splitlines()
    return said, set(json.loads(modules))


def test_with_nothing_to_do_no_heavy_module_is_imported(made: tuple[Path, Path]) -> None:
    before = files(made[1])
    said, modules = imported(*made)
    assert said.startswith("0 reports, 4 fresh")
    assert modules.intersection(HEAVY) == set()
    assert files(made[1]) == before


def test_with_something_to_do_they_are(made: tuple[Path, Path]) -> None:
    (made[1] / "applicants/ara/report.ko.html").unlink()
    said, modules = imported(*made)
    assert said.startswith("5 reports, 3 fresh")
    assert {"smartcert.batch.make", "smartcert.services.rounds", "yaml"} <= modules
    assert modules.isdisjoint({"nbformat", "papermill", "nbconvert", "pydantic"})  # the workers' part


def test_pages_of_libraries_that_are_others_now_are_stale_and_it_says_which(
    made: tuple[Path, Path], tmp_path: Path
) -> None:
    pretend_installed(tmp_path, "tornado", "99")
    around = {"PYTHONPATH": str(tmp_path)}
    folder, output = made[0], Path(shutil.copytree(made[1], tmp_path / "example"))
    command = [sys.executable, "-m", "smartcert", "plan", str(folder), "--output", str(output)]
    done = subprocess.run(
        command, env=os.environ | around, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert re.search(r"report\.ko\.html: stale \(library tornado \S+, now 99\)\n", done.stdout), (
        done.stdout + done.stderr
    )
    # cards, written by the process that called, depend on it only if that process had loaded it
    assert re.search(r"(^2 fresh, 8|^10) stale\n\Z", done.stdout, re.MULTILINE)
    said, modules = imported(folder, output, around=around)
    assert said.startswith("8 reports")
    assert "smartcert.batch.make" in modules
    assert imported(folder, output, around=around)[0].startswith("0 reports, 4 fresh")
    back = [one for one in plan_reports(RunRequest(round=str(folder), output=output)) if not one.fresh]
    assert {one.page for one in back} >= {*PAGES}
    assert all(re.fullmatch(r"library tornado 99, now \S+", reason) for one in back for reason in one.because)


def test_each_entry_has_the_libraries_of_the_process_that_made_it(made: tuple[Path, Path], tmp_path: Path) -> None:
    run(RunRequest(round=str(made[0]), output=tmp_path, languages=("en",), quiet=True), with_first_cell("import segno"))
    latest = Ledger(tmp_path).read_latest()
    for page in ("applicants/ara/report.en.html", "applicants/haneul/report.en.html"):
        assert latest[page].libraries.keys() >= {"Python", "segno", "nbconvert", "papermill", "uharfbuzz"}
        assert latest[page].libraries["segno"] == version("segno")
    assert "openpyxl" in latest["results.csv"].libraries
    assert "numpy" in latest["applicants/ara/evaluation.json"].libraries
    everything = latest[""].libraries
    assert all(entry.libraries.items() <= everything.items() for entry in latest.values())


def test_only_what_was_asked_for_is_counted_as_fresh(made: tuple[Path, Path]) -> None:
    run(RunRequest(round=str(made[0]), output=made[1], jobs=2, quiet=True, languages=("ko",)))
    assert imported(*made, "--language", "ko")[0].startswith("보고서 0건, 그대로 둔 것 2건")
