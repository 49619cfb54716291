"""An intake of sheets that is ended in the middle: no half-written table is read, and it runs to its end again."""

from __future__ import annotations

import shutil
import signal
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from smartcert.errors import InputError, UsageError
from smartcert.files import lock_folder
from smartcert.io.rounds.round import UNFINISHED_SHEETS_FILE, RoundCall, read_round
from smartcert.model.korean_time import KOREAN_TIME
from smartcert.paths import find_parameter_folder
from smartcert.reception.sheets import SheetIntake, read_sent_sheets, take_in_sheets
from tests.reception.test_interrupted import contents
from tests.support.ended_work import count_steps, end_at_step
from tests.support.sheets import fill, first_template, mark_of, new_round

AT = [datetime(2023, 11, 10 + number, 10, 0, tzinfo=KOREAN_TIME) for number in range(2)]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[RoundCall, Path]:
    """Give a round in which the sheets of six were taken in, and a folder with another one and a changed one."""
    folder = tmp_path_factory.mktemp("prepared")
    call = new_round(folder)
    for number in range(1, 8):
        sent = folder / ("first" if number < 7 else "second")
        fill(first_template(f"E{number}"), sent / f"E{number}.xlsx", mark=mark_of)
    fill(first_template("E1"), folder / "second" / "E1.xlsx", mark=lambda *_: 3)
    take_in(call, folder / "first", 0)
    return call, folder


def take_in(call: RoundCall, folder: Path, number: int) -> SheetIntake:
    return take_in_sheets(call, read_sent_sheets(folder), at=AT[number])


def copy(call: RoundCall, target: Path) -> RoundCall:
    shutil.copytree(call.folder, target / "example")
    return replace(call, folder=target / "example")


def read_problem(call: RoundCall) -> str:
    """Return what is wrong with a round as anybody would read it."""
    try:
        read_round(call.folder, call.rulebook, find_parameter_folder(call.folder, "registry"))
    except InputError as error:
        return str(error)
    return ""


def end_often(prepared: tuple[RoundCall, Path], tmp_path: Path, sign: signal.Signals, times: int) -> None:
    """End an intake before so many of its steps, read the round as anybody might, take in again, and compare."""
    first, folder = prepared
    complete = copy(first, tmp_path / "complete")
    steps = count_steps(lambda: take_in(complete, folder / "second", 1))
    before, after = contents(first.folder), contents(complete.folder)
    unfinished = 0
    for step in sorted({number * steps // times for number in range(times)}):
        call = copy(first, tmp_path / str(step))
        end_at_step(lambda call=call: take_in(call, folder / "second", 1), step, sign)
        problem = read_problem(call)
        if "an intake that was not finished" in problem:
            assert (call.folder / "intake" / UNFINISHED_SHEETS_FILE).exists()
            unfinished += 1
        else:
            found = {name: data for name, data in contents(call.folder).items() if not name.endswith(".part")}
            assert found in (before, after), "a round that is not marked is the old one or the new one"
        take_in(call, folder / "second", 1)
        assert contents(call.folder) == after
        assert read_problem(call) == ""
        shutil.rmtree(call.folder.parent)
    assert unfinished, f"no {sign.name} fell into the work"


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGINT])
def test_an_intake_of_sheets_survives_being_ended(
    prepared: tuple[RoundCall, Path], tmp_path: Path, sign: signal.Signals
) -> None:
    end_often(prepared, tmp_path, sign, 6)


@pytest.mark.full
@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGINT])
def test_an_intake_of_sheets_survives_being_ended_before_each_step(
    prepared: tuple[RoundCall, Path], tmp_path: Path, sign: signal.Signals
) -> None:
    end_often(prepared, tmp_path, sign, 1000)


def test_sheets_wait_for_an_intake_that_is_at_work(prepared: tuple[RoundCall, Path], tmp_path: Path) -> None:
    call = copy(prepared[0], tmp_path)
    before = contents(call.folder)
    with lock_folder(call.folder / "intake", "intake"), pytest.raises(UsageError, match="another intake"):
        take_in(call, prepared[1] / "second", 1)
    assert contents(call.folder) == before
