"""Reports made by a cluster: a real scheduler and real workers on this machine, which are lost in every way."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

import smartcert
from smartcert.batch.cluster import Cluster
from smartcert.batch.request import RenderedReport, Task
from smartcert.batch.run import Notebooks
from smartcert.batch.workers import Workers
from smartcert.errors import UsageError
from smartcert.reporting.records import Failure, to_json
from smartcert.services.rounds import open_round
from tests.support.installations import pretend_installed
from tests.support.patience import wait_until
from tests.support.small_example import small_example, with_first_cell

pytestmark = [pytest.mark.notebook, pytest.mark.timeout(600)]

Name = tuple[str, str]


class Machines:
    """A scheduler and workers, as processes that end with the test."""

    def __init__(self, folder: Path, scheme: str = "tcp") -> None:
        self._folder = folder
        self._all: list[subprocess.Popen[bytes]] = []
        self.address = f"{scheme}://127.0.0.1:0"  # a port that is free when the scheduler takes it
        self.start_scheduler()

    def start_scheduler(self) -> None:
        """Start it, with the address of the one before if there was one, and wait until it is at its address."""
        written = self._folder / f"scheduler-{len(self._all)}.json"
        self.scheduler = self._start("scheduler", "--host", self.address, "--scheduler-file", str(written))
        wait_until(lambda: written.exists() and written.read_text("utf-8").endswith("}"), self.scheduler)
        self.address = json.loads(written.read_text("utf-8"))["address"]

    def start_worker(self, *more: str, python_path: str = "") -> subprocess.Popen[bytes]:
        options = ["--host", "127.0.0.1", "--nthreads", "1", "--local-directory", str(self._folder)]
        return self._start("worker", self.address, *options, *(more or ["--no-nanny"]), python_path=python_path)

    def _start(self, what: str, *options: str, python_path: str = "") -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", "dask", what, "--no-dashboard", "--dashboard-address", "127.0.0.1:0", *options],
            cwd=self._folder,
            env=os.environ | {"PYTHONPATH": python_path or os.environ.get("PYTHONPATH", "")},
            stdout=subprocess.DEVNULL,
            stderr=self._name_log(len(self._all)).open("wb"),
        )
        self._all.append(process)
        return process

    def _name_log(self, number: int) -> Path:
        return self._folder / f"{number}.log"

    def wait_for_workers(self) -> None:
        """Return when the scheduler knows each: a client gives the first one half a minute, which may be too little."""
        for number, process in enumerate(self._all):
            if process is not self.scheduler:
                log = self._name_log(number)
                wait_until(lambda log=log: b"Registered to:" in log.read_bytes(), process)

    def end(self) -> None:
        for process in self._all:
            for one in (*offspring(process.pid), process):
                kill(one)
            process.wait()


def offspring(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def kill(process: psutil.Process | subprocess.Popen[bytes]) -> None:
    with suppress(psutil.NoSuchProcess):
        process.kill()


@contextmanager
def machines(folder: Path, workers: int, scheme: str = "tcp") -> Iterator[Machines]:
    started = Machines(folder, scheme)
    try:
        for _ in range(workers):
            started.start_worker()
        started.wait_for_workers()
        yield started
    finally:
        started.end()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_example(tmp_path_factory.mktemp("round") / "example", ("ara", "haneul"))


def tasks(folder: Path, notebooks: Notebooks | None = None) -> tuple[Task, ...]:
    notebooks = notebooks or Notebooks.from_package()
    return tuple(
        Task(
            applicant_id=record.evaluation.id,
            language=language,
            notebook=notebooks.applicant,
            record_name="evaluation.json",
            record=to_json(record),
            parameters={
                "record": "evaluation.json",
                "round": "example",
                "applicant_id": record.evaluation.id,
                "language": language,
            },
        )
        for record in open_round(str(folder)).records()
        for language in ("ko", "en")
    )


def name(result: Task | RenderedReport | Failure) -> Name:
    return (result.id if isinstance(result, Failure) else result.applicant_id, result.language)


def each_once(
    results: list[RenderedReport | Failure], wanted: tuple[Task, ...]
) -> dict[Name, RenderedReport | Failure]:
    assert Counter(map(name, results)) == Counter(map(name, wanted))
    return {name(result): result for result in results}


@pytest.fixture(scope="module")
def local(folder: Path) -> dict[Name, RenderedReport | Failure]:
    with Workers(2, Notebooks.from_package().imports()) as workers:
        results = each_once(list(workers.results(tasks(folder))), tasks(folder))
    assert all(isinstance(result, RenderedReport) for result in results.values())
    return results


def test_a_worker_killed_in_the_middle_costs_no_report_and_changes_no_byte(
    folder: Path, local: dict[Name, RenderedReport | Failure], tmp_path: Path
) -> None:
    with machines(tmp_path, workers=2) as around:
        wanted = tasks(folder)
        with Cluster(around.address, Notebooks.from_package().imports()) as cluster:
            results = cluster.results(wanted)
            first = next(results)
            around._all[1].kill()
            assert each_once([first, *results], wanted) == local
            assert cluster.refused == {}


def test_a_scheduler_that_is_started_again_costs_no_report(
    folder: Path, local: dict[Name, RenderedReport | Failure], tmp_path: Path
) -> None:
    with machines(tmp_path, workers=1) as around, Cluster(around.address) as cluster:
        results = cluster.results(tasks(folder))
        first = next(results)
        around.scheduler.kill()
        around.scheduler.wait()
        around.start_scheduler()
        around.start_worker()
        assert each_once([first, *results], tasks(folder)) == local


def test_what_a_lost_cluster_did_not_make_is_listed_as_failed(folder: Path, tmp_path: Path) -> None:
    with machines(tmp_path, workers=1) as around, Cluster(around.address, patience=1) as cluster:
        results = cluster.results(tasks(folder))
        first = next(results)
        around.scheduler.kill()
        rest = list(results)
    assert isinstance(first, RenderedReport)
    each_once([first, *rest], tasks(folder))
    assert {result.reason for result in rest if isinstance(result, Failure)} == {"the cluster had no worker for 1 s"}


def as_soon_as_there_is_a_worker(address: str) -> Cluster:
    found: list[Cluster] = []

    def connect() -> bool:
        with suppress(UsageError):
            found.append(Cluster(address))
        return bool(found)

    wait_until(connect)
    return found[0]


def test_a_worker_with_another_version_gets_no_task(
    folder: Path, local: dict[Name, RenderedReport | Failure], tmp_path: Path
) -> None:
    package = Path(smartcert.__file__).parent
    other = shutil.copytree(package, tmp_path / "other" / "smartcert", ignore=shutil.ignore_patterns("__pycache__"))
    with (other / "reporting" / "report.py").open("a") as file:
        file.write("# changed\n")
    with machines(tmp_path, workers=0) as around:
        around.start_worker(python_path=str(other.parent))
        around.wait_for_workers()
        with pytest.raises(UsageError, match=r"no worker .*\ntcp://127.0.0.1:\d+: its smartcert .* another package"):
            Cluster(around.address)
        around.start_worker()
        with as_soon_as_there_is_a_worker(around.address) as cluster:
            assert each_once(list(cluster.results(tasks(folder))), tasks(folder)) == local
            (reason,) = cluster.refused.values()
            assert "another package" in reason


def test_a_worker_whose_pages_are_made_by_other_libraries_gets_no_more_tasks(
    folder: Path, local: dict[Name, RenderedReport | Failure], tmp_path: Path
) -> None:
    pretend_installed(tmp_path, "tornado", "99")  # which smartcert does not declare to need, and each page imports
    with machines(tmp_path, workers=0) as around:
        around.start_worker(python_path=str(tmp_path))
        with as_soon_as_there_is_a_worker(around.address) as cluster:
            around.start_worker()
            assert each_once(list(cluster.results(tasks(folder))), tasks(folder)) == local
            (reason,) = cluster.refused.values()
            assert re.fullmatch(r"its pages were made by tornado 99, now \S+ here", reason), reason


def test_a_worker_with_another_version_of_a_declared_library_gets_no_task(tmp_path: Path) -> None:
    pretend_installed(tmp_path, "pypdf", "99")
    with machines(tmp_path, workers=0) as around:
        around.start_worker(python_path=str(tmp_path))
        around.wait_for_workers()
        with pytest.raises(
            UsageError, match=r"no worker .*\ntcp://127.0.0.1:\d+: it has pypdf 99, and here is pypdf \d"
        ):
            Cluster(around.address)


def test_leaving_in_the_middle_ends_what_was_started_and_leaves_the_cluster_as_it_was(
    folder: Path, tmp_path: Path
) -> None:
    sleepy = tasks(folder, with_first_cell("import time\ntime.sleep(3600)"))
    threads = threading.active_count()
    with machines(tmp_path, workers=1) as around:
        worker = around._all[-1]

        def interrupt() -> None:
            wait_until(lambda: len(offspring(worker.pid)) >= 2, worker)  # the server, and a report
            os.kill(os.getpid(), signal.SIGINT)

        with Cluster(around.address) as cluster:
            threading.Thread(target=interrupt).start()
            with pytest.raises(KeyboardInterrupt):
                list(cluster.results(sleepy))
        wait_until(lambda: not offspring(worker.pid), worker)  # and not in the hour of the report
        assert (worker.poll(), around.scheduler.poll()) == (None, None)
        assert threading.active_count() == threads
        with Cluster(around.address) as cluster:
            (result,) = cluster.results(tasks(folder)[:1])
            assert isinstance(result, RenderedReport)


def test_a_scheduler_that_does_not_answer_is_told() -> None:
    with pytest.raises(UsageError, match=r"no scheduler answers at tcp://127\.0\.0\.1:9: "):
        Cluster("tcp://127.0.0.1:9")
    with pytest.raises(UsageError, match="no scheduler answers at nonsense: "):
        Cluster("nonsense")


def test_without_the_extra_its_name_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UsageError, match=r"pip install 'smartcert\[cluster\]'"):
        Cluster("tcp://127.0.0.1:9")
