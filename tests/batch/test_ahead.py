"""What is computed ahead in a fork is what is computed here, and the fork ends however it is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from smartcert.batch import make
from smartcert.batch.ahead import compute_ahead
from smartcert.batch.make import RoundBuild
from smartcert.batch.plan import RunPlan
from smartcert.batch.request import Notebooks, RunRequest
from smartcert.batch.workers import Workers
from smartcert.errors import ReportError, UsageError
from smartcert.reporting.records import Audience
from smartcert.services.rounds import open_round
from tests.support.small_example import small_example

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="records are built ahead on Linux only")


def wait_until_gone(pid: int) -> None:
    until = time.monotonic() + 60
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < until
        time.sleep(0.05)


def test_values_come_in_their_order_from_another_process() -> None:
    values = [*compute_ahead((number, os.getpid()) for number in range(300))]
    assert [number for number, _ in values] == [*range(300)]
    (pid,) = {pid for _, pid in values}
    assert pid != os.getpid()
    assert not psutil.pid_exists(pid)


def test_values_are_computed_before_they_are_taken(tmp_path: Path) -> None:
    def write(number: int) -> int:
        (tmp_path / str(number)).touch()
        return number

    with closing(compute_ahead(map(write, range(1000)))) as values:  # type: ignore[type-var]  # a generator
        assert next(values) == 0
        until = time.monotonic() + 60
        while not (tmp_path / "63").exists():
            assert time.monotonic() < until
            time.sleep(0.01)
        assert not (tmp_path / "999").exists()


def test_an_error_is_raised_where_the_values_are_taken() -> None:
    def fail() -> Iterator[int]:
        yield 1
        raise UsageError("no such applicant")

    values = compute_ahead(fail())
    assert next(values) == 1
    with pytest.raises(UsageError, match="no such applicant"):
        next(values)


def test_a_fork_that_is_killed_is_an_error_and_not_the_end_of_the_values() -> None:
    def end() -> Iterator[int]:
        yield 1
        time.sleep(0.5)  # the first value is on its way
        os.kill(os.getpid(), signal.SIGKILL)
        yield 2

    values = compute_ahead(end())
    assert next(values) == 1
    with pytest.raises(ReportError, match="ended before the last one"):
        next(values)


def iterate_pids() -> Iterator[int]:
    while True:
        yield os.getpid()


def test_a_fork_ends_when_nobody_takes_more() -> None:
    with closing(compute_ahead(iterate_pids())) as values:  # type: ignore[type-var]  # a generator
        pid = next(values)
        assert psutil.pid_exists(pid)
    assert not psutil.pid_exists(pid)


def test_a_fork_ends_with_the_process_that_takes_its_values() -> None:
    program = (
        "import os, signal\nfrom smartcert.batch.ahead import compute_ahead\n"
        "from tests.batch.test_ahead import iterate_pids\n"
        "print(next(compute_ahead(iterate_pids())), flush=True)\nos.kill(os.getpid(), signal.SIGKILL)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(Path.cwd())},
    )
    assert ended.returncode == -signal.SIGKILL
    wait_until_gone(int(ended.stdout))


def test_records_built_ahead_are_those_built_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = small_example(tmp_path / "round" / "example", ("areum", "haneul", "solbit"))
    request = RunRequest(
        round=str(folder), output=tmp_path / "out", quiet=True, audiences=(Audience.REVIEWER, Audience.PUBLIC)
    )
    notebooks = Notebooks.from_package()

    def build(cluster: str) -> list[tuple[str, dict[Audience, bytes | None]]]:
        asked = RunRequest(
            **{name: getattr(request, name) for name in ("round", "output", "audiences")}, cluster=cluster
        )
        plan = RunPlan(asked, notebooks, open_round(str(folder)))
        with Workers(1) as executor:
            return [*RoundBuild(asked, notebooks, executor, plan, "")._build_records(plan.ids)]

    here = build("")
    monkeypatch.setattr(make, "_SIMULATED_TOGETHER", 2)
    assert build("tcp://127.0.0.1:1") == here
    assert {name for name, _ in here} == {"areum", "haneul", "solbit"}
