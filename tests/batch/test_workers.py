"""Workers and their server: tasks and answers of any size pass each other."""

from __future__ import annotations

import multiprocessing
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from multiprocessing.connection import wait
from pathlib import Path
from threading import Thread

import pytest

from smartcert.batch.request import RenderedReport, Task
from smartcert.batch.workers import Workers
from smartcert.reporting.records import to_json
from smartcert.services.rounds import open_round
from tests.support.patience import PATIENCE
from tests.support.small_example import small_example, with_first_cell

MORE_THAN_A_SOCKET_TAKES = 600_000
TIMEOUT = 600
"""Seconds after which the workers are taken to wait for each other; all tasks take a few."""


def _build_task(folder: Path, first_cell: str) -> Task:
    record = next(open_round(str(small_example(folder / "example", ["areum"]))).records())
    return Task(
        applicant_id="areum",
        language="ko",
        notebook=with_first_cell(first_cell).applicant,
        record_name="evaluation.json",
        record=to_json(record),
        parameters={"record": "evaluation.json", "round": "example", "applicant_id": "areum", "language": "ko"},
    )


@pytest.mark.slow
def test_tasks_and_answers_that_no_socket_takes_do_not_wait_for_each_other(tmp_path: Path) -> None:
    ours, theirs = multiprocessing.Pipe()
    with ours, theirs, socket.socket(fileno=os.dup(ours.fileno())) as lane:
        assert lane.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) < MORE_THAN_A_SOCKET_TAKES
    task = _build_task(tmp_path, f"print('x' * {MORE_THAN_A_SOCKET_TAKES})")
    tasks = [replace(task, record=task.record + b" " * MORE_THAN_A_SOCKET_TAKES)] * 8
    answers: list[object] = []

    def work() -> None:
        with Workers(2) as workers:
            answers.extend(workers.results(tasks))

    thread = Thread(target=work, daemon=True)
    thread.start()
    thread.join(TIMEOUT)
    assert len(answers) == len(tasks)
    assert all(isinstance(answer, RenderedReport) for answer in answers), answers


def test_an_answer_that_has_come_is_yielded_before_a_further_task_is_built(tmp_path: Path) -> None:
    task = _build_task(tmp_path, "1")
    answers: list[object] = []
    with Workers(2) as workers:

        def build_tasks() -> Iterator[Task]:
            yield task
            assert wait(workers._lanes, TIMEOUT)
            yield task
            assert answers

        for answer in workers.results(build_tasks()):
            answers.append(answer)
    assert len(answers) == 2


def test_what_is_imported_ahead_is_set_up_as_in_a_cell() -> None:
    code = (
        "from smartcert.batch.warm import import_all; import_all(['pandas']);"
        "import builtins, pandas; print(pandas.get_option('display.max_columns'), hasattr(builtins, 'get_ipython'))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=PATIENCE)
    assert done.stdout.split() == ["20", "False"]  # 0 where pandas finds a terminal


WARMS_UP_UNTIL_A_FILE_IS_THERE = """
import sys, time
from pathlib import Path
from smartcert.batch import server, warm
file = Path(sys.argv.pop(1))
def warm_up_report(task):
    while not file.exists():
        time.sleep(0.01)
        yield
warm.warm_up_report = warm_up_report
server.main()
"""


def test_an_answer_does_not_wait_until_the_server_is_warm_for_the_next_reports(tmp_path: Path) -> None:
    task = _build_task(tmp_path, "1")
    lanes, theirs = zip(*(multiprocessing.Pipe() for _ in range(2)), strict=True)
    fds = [lane.fileno() for lane in theirs]
    file = tmp_path / "answered"
    code = [sys.executable, "-P", "-c", WARMS_UP_UNTIL_A_FILE_IS_THERE, str(file)]
    with subprocess.Popen([*code, "--jobs", "2", "--lane", *map(str, fds)], pass_fds=fds) as server:
        for lane, other in zip(lanes, theirs, strict=True):
            other.close()
            lane.send(task)
        for number, lane in enumerate(lanes):
            assert lane.poll(TIMEOUT), f"no answer {number}"
            lane.recv()  # libraries
            assert isinstance(lane.recv(), RenderedReport)
            file.touch()  # the second begins when the server is warm
        for lane in lanes:
            lane.close()
    assert server.returncode == 0
