"""Two intakes at once, and an intake that is killed: no package is lost, and no half-written round is read."""

from __future__ import annotations

import csv
import errno
import io
import multiprocessing
import os
import shutil
from collections.abc import Callable, Iterable
from datetime import date
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from smartcert import files
from smartcert.cli import INTERRUPTED, main
from smartcert.errors import InputError, UsageError
from smartcert.files import lock_folder
from smartcert.io.rounds.round import UNFINISHED_FILE, read_call, read_round
from smartcert.paths import find_parameter_folder
from smartcert.reception.letters import RequestDays
from smartcert.reception.take_in import take_in
from tests.support.ended_work import count_steps, end_at_step
from tests.support.forms import PAPERS, PrefilledPaper, new_simulated_round, package, send, workbook

MOMENTS = ("2023-10-25 10:00", "2023-10-25 11:00", "2023-10-25 12:00")
FORK = multiprocessing.get_context("fork")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with a round in which one package was taken in and corrected, and folders with one more each."""
    folder = tmp_path_factory.mktemp("prepared")
    simulated, call = new_simulated_round(folder / "round")
    for number, (one, moment) in enumerate(zip(simulated.applications, MOMENTS, strict=True)):
        row = f"{moment},website,yes,{one.code},,,,"
        papers = {**PAPERS, "application": PrefilledPaper(file="신청서.pdf", sealed=number != 1)}
        send(folder / f"sent-{number}", [(f"{one.id}.zip", package(workbook(one, call, papers)), row)])
    take_in(call, folder / "sent-0")
    first = simulated.applications[0]
    finding = f"{first.id},misrepresentation,,untrue,compared,문다올,2023-11-02\n"
    (call.folder / "findings.csv").write_text("applicant,matter,document,found,reason,by,on\n" + finding, "utf-8")
    for name in ("committee", "marks"):
        heading = {"committee": "evaluator,name,field,chair", "marks": "applicant,indicator,evaluator,mark,comment"}
        text = f"{heading[name]}\n" + ("E1,강하람,도시,yes\n" if name == "committee" else "")
        (call.folder / f"{name}.csv").write_text(text, "utf-8")
    return folder


def copy(prepared: Path, target: Path) -> Path:
    shutil.copytree(prepared / "round", target / "round")
    return target / "round"


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".lock")
    }


def packages(folder: Path) -> list[str]:
    text = (folder / "intake" / "receipts.csv").read_text("utf-8-sig")
    return sorted(row["package"] for row in csv.DictReader(io.StringIO(text)))


def start(work: Callable[..., object], *arguments: object) -> int:
    """Do the work in a fork of this process and return its id: nothing is imported again."""
    pid = os.fork()
    if not pid:
        code = 1
        try:
            work(*arguments)
            code = 0
        except UsageError:
            code = 2
        finally:
            os._exit(code)
    return pid


def take_in_two_at_once(prepared: Path, tmp_path: Path, times: int) -> None:
    expected = sorted(path.name for path in prepared.glob("sent-*/*.zip"))
    refused = 0
    for number in range(times * 10):  # both are at work by chance: more, while they never were
        if number >= times and refused:
            break
        folder = copy(prepared, tmp_path / str(number))
        barrier = FORK.Barrier(2)

        def work(sent: int, folder: Path = folder, barrier: object = barrier) -> None:
            call = read_call(str(folder))
            barrier.wait()  # type: ignore[attr-defined]  # of multiprocessing, which has no public type for it
            take_in(call, prepared / f"sent-{sent}")

        pids = {start(work, sent): sent for sent in (1, 2)}
        codes = {pids[pid]: os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids}
        assert 0 in codes.values(), "one of the two works"
        for sent, code in codes.items():
            assert code in (0, 2)
            if code == 2:  # the operator does it again
                refused += 1
                take_in(read_call(str(folder)), prepared / f"sent-{sent}")
        assert packages(folder) == expected
        assert len((folder / "applications.csv").read_text("utf-8-sig").splitlines()) == len(expected) + 1
        assert (folder / "findings.csv").read_bytes() == (prepared / "round" / "findings.csv").read_bytes()
        shutil.rmtree(folder.parent)
    assert refused, "the two were never at work at the same time"


def test_two_intakes_at_once_lose_no_package(prepared: Path, tmp_path: Path) -> None:
    take_in_two_at_once(prepared, tmp_path, 4)


@pytest.mark.full
def test_two_intakes_at_once_lose_no_package_two_hundred_times(prepared: Path, tmp_path: Path) -> None:
    take_in_two_at_once(prepared, tmp_path, 200)


def test_a_second_intake_is_told_of_the_first(prepared: Path, tmp_path: Path) -> None:
    folder = copy(prepared, tmp_path)
    before = contents(folder)
    with lock_folder(folder / "intake", "intake"), pytest.raises(UsageError, match=f"another intake .*{os.getpid()}"):
        take_in(read_call(str(folder)), prepared / "sent-1")
    assert contents(folder) == before


def read_problem(folder: Path) -> str:
    """Return what is wrong with a round as anybody would read it; nothing where it can be read."""
    try:
        read_round(folder, read_call(str(folder)).rulebook, find_parameter_folder(folder, "registry"))
    except InputError as error:
        return str(error)
    return ""


DAYS = RequestDays(asked_on=date(2023, 10, 30), due_on=date(2023, 11, 8))
SENDER = 'sender:\n  document_number: "센터-{serial}"\n  first_serial: 1\n'
work = partial(take_in, days=DAYS)
"""An intake that writes numbered letters too."""


def take_in_with_kills(prepared: Path, tmp_path: Path, times: int) -> None:
    """Kill an intake before so many of its steps, read the round as anybody might, take in again, and compare."""
    prepared = shutil.copytree(prepared, tmp_path / "prepared")
    with (prepared / "round" / "round.yaml").open("a", encoding="utf-8") as call_file:
        call_file.write(SENDER)
    whole = copy(prepared, tmp_path / "whole")
    steps = count_steps(lambda: work(read_call(str(whole)), prepared / "sent-1"))
    before, after = contents(prepared / "round"), contents(whole)
    assert [name for name in after if name.startswith("intake/notices/")], "letters are written too"
    unfinished = 0
    for step in sorted({number * steps // times for number in range(times)}):
        folder = copy(prepared, tmp_path / str(step))
        call = read_call(str(folder))
        end_at_step(lambda call=call: work(call, prepared / "sent-1"), step)
        problem = read_problem(folder)
        if problem:
            assert (folder / "intake" / UNFINISHED_FILE).exists()
            assert "an intake that was not finished" in problem
            unfinished += 1
        else:
            # beside the old or the new round there may be the part of the sign itself, which no reader opens
            found = {name: data for name, data in contents(folder).items() if not name.endswith(".part")}
            assert found in (before, after), "a round that can be read is the old one or the new one"
        work(read_call(str(folder)), prepared / "sent-1")
        assert contents(folder) == after
        shutil.rmtree(folder.parent)
    assert unfinished, "no kill fell into the work"


def test_an_intake_survives_eight_kills(prepared: Path, tmp_path: Path) -> None:
    take_in_with_kills(prepared, tmp_path, 8)


@pytest.mark.full
def test_an_intake_survives_a_kill_before_each_step(prepared: Path, tmp_path: Path) -> None:
    take_in_with_kills(prepared, tmp_path, 1000)


@pytest.mark.parametrize(("locale", "words"), [("C", "same command again"), ("ko_KR.UTF-8", "다시 실행하십시오")])
def test_ctrl_c_says_what_to_do_and_the_same_command_goes_on(
    locale: str, words: str, prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = copy(prepared, tmp_path)
    command = ["intake", str(folder), str(prepared / "sent-1"), "--due", "2023-11-08", "--asked-on", "2023-10-30"]

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("smartcert.reception.take_in.write_requests", interrupt)
    done = CliRunner().invoke(main, command, env={"LC_ALL": locale})
    assert done.exit_code == INTERRUPTED
    assert words in done.stderr
    assert (folder / "intake" / UNFINISHED_FILE).exists()
    monkeypatch.undo()
    CliRunner().invoke(main, command, env={"LC_ALL": locale})
    assert not (folder / "intake" / UNFINISHED_FILE).exists()
    assert (folder / "intake" / "letters.csv").is_file()


def stop_at_write(number: int, how: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let the write of a file with this number fail, in one of the ways in which it can; return what is written."""
    written: list[str] = []
    write = files._write_part

    def write_part(part: Path, chunks: Iterable[bytes], mode: int | None = None) -> None:
        written.append(part.name)
        if len(written) == number:
            if how == "killed":
                part.write_bytes(b"half")
                os._exit(9)
            if how == "full":
                part.write_bytes(b"half")
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            raise KeyboardInterrupt
        write(part, chunks, mode)

    monkeypatch.setattr(files, "_write_part", write_part)
    return written


@pytest.mark.parametrize("every", [5, pytest.param(1, marks=pytest.mark.full)])
@pytest.mark.parametrize("how", ["full", "ctrl-c", "killed"])
def test_an_intake_that_is_stopped_at_any_write_goes_on_at_the_second_try(
    how: str, every: int, prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ["--due", "2023-11-08", "--asked-on", "2023-10-30", "--language", "en"]

    def run(folder: Path) -> Result:
        return CliRunner().invoke(main, ["intake", str(folder), str(prepared / "sent-1"), *command])

    complete = copy(prepared, tmp_path / "complete")
    before = contents(complete)
    with monkeypatch.context() as patch:
        counted = stop_at_write(0, how, patch)
        run(complete)
    after = contents(complete)
    assert len(counted) > 5
    first = min(every, 1 + ["full", "ctrl-c", "killed"].index(how))
    for number in range(first, len(counted) + 1, every):
        folder = copy(prepared, tmp_path / str(number))
        with monkeypatch.context() as patch:
            if how == "killed":
                pid = os.fork()
                if not pid:
                    stop_at_write(number, how, patch)
                    run(folder)
                    os._exit(0)
                code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            else:
                stop_at_write(number, how, patch)
                done = run(folder)
                code = done.exit_code
                assert "Traceback" not in done.output
        assert code == {"full": 2, "ctrl-c": INTERRUPTED, "killed": 9}[how], number
        found = {name: data for name, data in contents(folder).items() if not name.endswith(".part")}
        assert how == "killed" or found == contents(folder), "nothing half-written stays"
        final = {name: name.replace(".next.csv", ".csv") for name in found if name != f"intake/{UNFINISHED_FILE}"}
        strange = [name for name, own in final.items() if found[name] not in (before.get(own), after.get(own))]
        assert strange in ([], [LOG]), number
        assert LOG not in found or is_beginning(found[LOG], after[LOG]), number
        if not read_problem(folder):
            assert found in (before, after)
        assert run(folder).exit_code in (0, 1)
        assert contents(folder) == after, number
        shutil.rmtree(folder.parent)


LOG = "intake/letters.csv"
"""It has a row more with every letter."""


def is_beginning(data: bytes, complete: bytes) -> bool:
    """Return whether complete lines are the first ones of a file."""
    return complete.startswith(data) and data.endswith(b"\n")
