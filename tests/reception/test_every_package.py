"""A package that fails, in whatever way, never stops another: each gets its receipt, and says what is wrong with it."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

import smartcert.reception.take_in as take_in_module
from smartcert.io.rounds import package as package_module
from smartcert.io.rounds.package import decode_file_name, read_package
from smartcert.io.rounds.round import RoundCall
from smartcert.model.application import Application, PackageState
from smartcert.reception.take_in import Intake, take_in
from smartcert.simulation.packages import build_zip
from tests.support.forms import FILES, new_simulated_round, package, workbook

ROW = "2023-10-25 10:00,홈페이지,예,{code},,,,"
LOG = "제출물,도착,방법,공문,코드,발송,사유,보완,철회\n"
HWP = b"\xd0\xcf\x11\xe0 no more than the beginning"


def fifo(path: Path) -> None:
    os.mkfifo(path)


def sock(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # the name of a socket may not be long
    try:
        socket.socket(socket.AF_UNIX).bind(path.name)
    finally:
        os.chdir(here)


def loop(path: Path) -> None:
    path.mkdir()
    (path / "again").symlink_to(path)


def folder_with_fifo(path: Path) -> None:
    path.mkdir()
    os.mkfifo(path / "pipe.xlsx")


def broken_zip(path: Path) -> None:
    path.write_bytes(b"PK\x03\x04 cut off")


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def locked(path: Path) -> None:
    path.write_bytes(b"SCDSA002" + bytes(40))


def alz(path: Path) -> None:
    path.write_bytes(b"ALZ\x01" + bytes(40))


FAILING: dict[str, Callable[[Path], None]] = {
    "pipe.zip": fifo,
    "socket.zip": sock,
    "loop": loop,
    "folder": folder_with_fifo,
    "cut.zip": broken_zip,
    "device.zip": device,
    "locked.xlsx": locked,
    "alz.zip": alz,
}


def send(world: tuple[list[Application], RoundCall], inbox: Path, failing: str) -> Intake:
    applications, call = world
    inbox.mkdir()
    good = package(workbook(applications[0], call), files={**FILES, "증빙/회의록.hwp": HWP, "~$양식.xlsx": b"x"})
    (inbox / "good.zip").write_bytes(good)
    FAILING[failing](inbox / failing)
    rows = {"good.zip": applications[0].code, failing: applications[1].code}
    lines = "".join(f"{name},{ROW.format(code=code)}\n" for name, code in rows.items())
    (inbox / "arrivals.csv").write_text(LOG + lines, "utf-8")
    return take_in(call, inbox)


@pytest.mark.parametrize("failing", FAILING)
@pytest.mark.timeout(600)
def test_each_package_gets_its_receipt_beside_one_that_fails(failing: str, tmp_path: Path) -> None:
    simulated, call = new_simulated_round(tmp_path / "round", applicants=2)
    intake = send((list(simulated.applications), call), tmp_path / "inbox", failing)
    assert [version.state for version in intake.versions].count(PackageState.COUNTS) == 1
    receipts = sorted(path.name for path in (call.folder / "intake/receipts").glob("*.ko.txt"))
    assert len(receipts) == 2
    (problem,) = [problem for problem in intake.problems if problem.place.file.startswith(failing)]
    assert problem.wanted
    (good,) = [version for version in intake.versions if version.state is PackageState.COUNTS]
    assert "증빙/회의록.hwp" in {file.name for file in good.received.files}
    assert not good.submission.problems


def test_whatever_a_reader_raises_is_the_matter_of_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    simulated, call = new_simulated_round(tmp_path / "round", applicants=1)
    path = tmp_path / "a.zip"
    path.write_bytes(package(workbook(simulated.applications[0], call)))

    for error in (RecursionError("deep"), MemoryError(), KeyError("x"), UnicodeError("no"), OSError(5, "I/O error")):

        def fail(*_: object, error: Exception = error) -> None:
            raise error

        monkeypatch.setattr(package_module, "examine_file", fail)
        read = read_package(path)
        assert read.problems
        assert len(read.sha256) == 64


def test_a_stored_package_that_cannot_be_read_again_leaves_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulated, call = new_simulated_round(tmp_path / "round", applicants=2)
    monkeypatch.setattr(take_in_module, "read_submission", lambda *_: 1 / 0)
    intake = send((list(simulated.applications), call), tmp_path / "inbox", "cut.zip")
    assert len(intake.versions) == 2
    assert any("ZeroDivisionError" in problem.found for problem in intake.problems)


def test_a_name_that_is_no_utf8_is_read_as_korean_windows_wrote_it(tmp_path: Path) -> None:
    folder = tmp_path / "sent"
    folder.mkdir()
    for raw in ("증빙.txt".encode("cp949"), b"\xff\xfe.txt"):
        Path(os.fsdecode(os.path.join(os.fsencode(folder), raw))).write_bytes(b"x")  # noqa: PTH118  # a name of bytes
    assert [file.name for file in read_package(folder).files] == ["%FF%FE.txt", "증빙.txt"]
    assert decode_file_name("e\u0301.txt") == "é.txt"


def test_a_thousand_spreadsheets_are_evidence(tmp_path: Path) -> None:
    simulated, call = new_simulated_round(tmp_path / "round", applicants=1)
    many = {f"증빙/{number}.csv": "센서,값\nA,1\n".encode() for number in range(1000)}
    path = tmp_path / "a.zip"
    path.write_bytes(build_zip({"양식.xlsx": workbook(simulated.applications[0], call), **many}))
    read = read_package(path, take_in_module.identify_forms(call))
    assert [form.name for form in read.forms] == ["양식.xlsx"]
    assert len(read.files) == 1001
    assert read.doubts == ()
