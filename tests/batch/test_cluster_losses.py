"""Losses at a cluster that are harder than those of ``test_cluster``: several threads, other settings, sick workers."""

from __future__ import annotations

from pathlib import Path

import pytest

from smartcert.batch.cluster import MAX_TRIES
from smartcert.batch.request import RenderedReport
from smartcert.reporting.records import Failure
from tests.batch.test_cluster import as_soon_as_there_is_a_worker, each_once, folder, machines, tasks
from tests.support.small_example import with_first_cell

__all__ = ["folder"]

pytestmark = [pytest.mark.notebook, pytest.mark.timeout(600)]


@pytest.mark.parametrize(
    ("victim", "allowed", "workers"),
    [("psutil.Process().parent()", "3", 1), ("psutil.Process().parent().parent()", "0", 2)],
)
def test_neighbours_of_a_deadly_report_come_out_whatever_the_scheduler_allows(
    victim: str, allowed: str, workers: int, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES", allowed)
    tried = tmp_path / "tried"
    deadly = f"""
import psutil, time
if (applicant_id, language) == ("ara", "ko"):
    with open({str(tried)!r}, "a") as file:
        file.write("x")
    {victim}.kill()
time.sleep(1)
"""
    wanted = tasks(folder, with_first_cell(deadly))
    with machines(tmp_path, workers=0) as around:
        for _ in range(workers):
            around.start_worker("--nanny", "--nthreads", "2")  # it starts a killed worker again
        with as_soon_as_there_is_a_worker(around.address) as cluster:
            results = each_once(list(cluster.results(wanted)), wanted)
    failure = results.pop(("ara", "ko"))
    assert isinstance(failure, Failure)
    assert failure.reason.startswith("tried 3 times: ")
    assert all(isinstance(result, RenderedReport) for result in results.values()), results
    assert tried.read_text() == "x" * MAX_TRIES


def test_a_worker_without_smartcert_is_refused_and_stays(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "without" / "smartcert").mkdir(parents=True)
    (tmp_path / "without" / "smartcert" / "__init__.py").write_text("raise ImportError('no smartcert')\n")
    with machines(tmp_path, workers=1) as around, as_soon_as_there_is_a_worker(around.address) as cluster:
        results = cluster.results(tasks(folder))
        first = next(results)
        other = around.start_worker(python_path=str(tmp_path / "without"))
        while not cluster.refused:
            cluster._poll()
        assert all(isinstance(result, RenderedReport) for result in [first, *results])
        (reason,) = cluster.refused.values()
        assert "no smartcert" in reason
        assert other.poll() is None


def test_a_worker_whose_server_cannot_start_costs_no_report(folder: Path, tmp_path: Path) -> None:
    sick = tmp_path / "sick"
    sick.mkdir()
    (sick / "sitecustomize.py").write_text(
        "import sys\nif 'smartcert.batch.server' in sys.orig_argv:\n    raise SystemExit('sick')\n"
    )
    wanted = tasks(folder)
    with machines(tmp_path, workers=0) as around:
        around.start_worker(python_path=str(sick))
        with as_soon_as_there_is_a_worker(around.address) as cluster:
            around.start_worker()
            while len(cluster._workers) < 2:
                cluster._poll()
            results = list(cluster.results(wanted))
            assert len(results) == len(wanted)
            assert all(isinstance(result, RenderedReport) for result in results), results
