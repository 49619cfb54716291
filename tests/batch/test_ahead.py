"""What is computed ahead in a fork is what is computed here, and the fork ends however it is left."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import pytest

from smartcert.batch import ahead
from smartcert.batch.ahead import compute_ahead
from smartcert.batch.ledger import Ledger
from smartcert.batch.make import RoundBuild
from smartcert.batch.plan import RunPlan
from smartcert.batch.request import Notebooks, RunRequest
from smartcert.batch.run import run
from smartcert.batch.workers import Workers
from smartcert.errors import ReportError, UsageError
from smartcert.reporting.records import Audience, RoundRecord, from_json
from smartcert.reporting.round import index
from smartcert.services.rounds import open_round
from tests.support.patience import wait_until
from tests.support.small_example import files, small_example, with_first_cell

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="records are built ahead on Linux only")


def wait_until_gone(pid: int) -> None:
    wait_until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)


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

    with closing(compute_ahead(map(write, range(1000)))) as values:
        assert next(values) == 0
        wait_until((tmp_path / "63").exists)
        assert not (tmp_path / "999").exists()


def test_an_error_is_raised_where_the_values_are_taken() -> None:
    def fail() -> Iterator[int]:
        yield 1
        raise UsageError("no such applicant")

    values = compute_ahead(fail())
    assert next(values) == 1
    with pytest.raises(UsageError, match="no such applicant"):
        next(values)


def test_a_fork_that_is_killed_is_an_error_and_not_the_end_of_the_values(tmp_path: Path) -> None:
    def end() -> Iterator[int]:
        yield 1
        wait_until((tmp_path / "taken").exists)
        os.kill(os.getpid(), signal.SIGKILL)
        yield 2

    values = compute_ahead(end())
    assert next(values) == 1
    (tmp_path / "taken").touch()
    with pytest.raises(ReportError, match="ended before the last one"):
        next(values)


def iterate_pids() -> Iterator[int]:
    while True:
        yield os.getpid()


def test_a_fork_ends_when_nobody_takes_more() -> None:
    with closing(compute_ahead(iterate_pids())) as values:
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
    monkeypatch.setattr(ahead, "_FEWEST", 2)
    assert build("tcp://127.0.0.1:1") == here
    assert {name for name, _ in here} == {"areum", "haneul", "solbit"}


@pytest.mark.slow
def test_what_shows_the_round_is_built_once_and_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = small_example(tmp_path / "round" / "example", ("areum", "haneul", "solbit"))
    render, pids = index.render_index, tmp_path / "pids"

    def render_noted(*arguments: Any, **named: Any) -> str:
        with pids.open("a") as file:
            file.write(f"{os.getpid()}\n")
        return render(*arguments, **named)

    monkeypatch.setattr(index, "render_index", render_noted)

    def run_into(output: Path) -> Mapping[str, bytes]:
        pids.unlink(missing_ok=True)
        run(RunRequest(round=str(folder), output=output, quiet=True, languages=("ko",)))
        return files(output)

    here = run_into(tmp_path / "here")
    assert pids.read_text().split() == [str(os.getpid())]
    monkeypatch.setattr(ahead, "_FEWEST", 0)
    assert run_into(tmp_path / "ahead") == here
    (pid,) = pids.read_text().split()
    assert pid != str(os.getpid())
    assert not psutil.pid_exists(int(pid))
    entry = Ledger(tmp_path / "ahead").read_latest()["results.csv"]
    assert {*entry.files} == {"results.csv", "results.xlsx"}
    assert "openpyxl" in entry.libraries


@pytest.mark.slow
def test_what_shows_the_round_is_built_again_when_a_report_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_example(tmp_path / "round" / "example", ("areum", "haneul"))
    notebooks = with_first_cell("assert applicant_id != 'haneul'")
    monkeypatch.setattr(ahead, "_FEWEST", 0)
    output = tmp_path / "out"
    result = run(RunRequest(round=str(folder), output=output, quiet=True, languages=("ko",)), notebooks)
    assert [failure.id for failure in result.failures] == ["haneul"]
    record = from_json(RoundRecord, (output / "round.json").read_bytes())
    assert record.failures == result.failures
    for name in ("round_summary.ko.html", "index.html"):
        assert "haneul" in (output / name).read_text(encoding="utf-8")
    assert not multiprocessing.active_children()


@pytest.mark.parametrize("politely", [False, True])
def test_a_polite_fork_leaves_processors_to_others(politely: bool) -> None:
    (niceness,) = compute_ahead((os.nice(0) for _ in range(1)), politely=politely)
    assert (niceness > os.nice(0)) is politely
