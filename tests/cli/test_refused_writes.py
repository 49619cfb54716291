"""A disk that is full or cannot be written: one line and exit code 2 in every command, and nothing half-written."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from smartcert.certification.store import store_evaluation
from smartcert.cli import COMMANDS, main
from smartcert.cli.register import COMMANDS as REGISTER_COMMANDS
from tests.io.test_population_export import rows, write
from tests.support.build import PARAMETERS
from tests.support.forked_commands import ForkedCommands, fork_commands
from tests.support.forms import new_simulated_round, package, send, workbook
from tests.support.small_example import small_example

pytestmark = pytest.mark.slow

CODES = {"full": errno.ENOSPC, "read-only": errno.EROFS, "forbidden": errno.EACCES}
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


@dataclass
class Disk:
    """A folder in which every write from the ``after``-th on is refused, where it is ``refusing``."""

    folder: str = ""
    code: int = 0
    after: int = 0
    refusing: bool = False
    refused: list[str] = field(default_factory=list)

    def hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Refuse what the system would refuse on such a disk."""
        if not self.refusing or os.getpid() != self.process:
            return
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITES
        if writes or event in ("os.mkdir", "os.rename", "os.link"):
            self._refuse(arguments[0])

    def _refuse(self, path: Any) -> None:
        name = os.fsdecode(path) if isinstance(path, (str, bytes)) else ""
        if not name.startswith(self.folder):
            return
        if self.after > 0:
            self.after -= 1
            return
        self.refused.append(name)
        raise OSError(self.code, os.strerror(self.code), name)

    process: int = 0


DISK = Disk()
sys.addaudithook(DISK.hear)


@pytest.fixture(autouse=True)
def disk() -> Iterator[Disk]:
    DISK.process, DISK.refused, DISK.after = os.getpid(), [], 0
    yield DISK
    DISK.refusing = False


def smartcert(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".lock")
    }


ISSUE = ("register", "issue", "example", "nuri", "--evaluated-by", "Kim;Park", "--reason", "as an example")
ISSUE += ("--at", "2023-12-21", "--language", "en")
NOTICE = ("register", "notice", "누리시", "--ground", "below_criteria", "--until", "2024-03-01", "--actor", "Lee")
NOTICE += ("--reason", "because", "--at", "2024-02-01", "--language", "en")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with a small round, one with packages, outputs, a key, a register and an edition as a workbook."""
    folder = tmp_path_factory.mktemp("prepared")
    small_example(folder / "small" / "example", ["ara", "haneul"])
    simulated, call = new_simulated_round(folder / "received" / "round")
    one = simulated.applications[0]
    send(folder / "sent", [("a.zip", package(workbook(one, call)), f"2023-10-25 10:00,website,yes,{one.code},,,,")])
    shutil.copytree(PARAMETERS / "rules", folder / "rules")
    shutil.copytree(PARAMETERS / "schemes", folder / "schemes")
    (folder / "month.csv").write_text(write(rows()), encoding="utf-8")
    other = folder / "rules" / "indicators" / "other.yaml"
    text = (folder / "rules" / "indicators" / "illustrative-2023.yaml").read_text("utf-8")
    other.write_text(text.replace("edition: illustrative-2023", "edition: other", 1), "utf-8")
    for arguments in (
        ("register", "import", "--public", "--register", str(folder / "register.sqlite")),
        (*ISSUE, "--register", str(folder / "invented.sqlite")),
        ("register", "key", str(folder / "office.key")),
        ("register", "export", "--register", str(folder / "register.sqlite"), "--output", str(folder / "lines.jsonl")),
        ("rules", "export", "other", "--rules", str(folder / "rules"), "--output", str(folder / "edition.xlsx")),
        ("run", str(folder / "small" / "example"), "--language", "en", "--jobs", "1", "--output", str(folder / "made")),
    ):
        done = smartcert(*arguments)
        assert done.exit_code == 0, (arguments, done.output)
    other.unlink()
    for number in range(3):  # a copy of a register has them too
        data = b'{"number": %d}' % number
        store_evaluation(folder / "register.sqlite", data)
    return folder


WRITING: dict[str, Callable[[Path], tuple[str, ...]]] = {
    "committee assign": lambda at: ("committee", "assign", "example", "--output", f"{at}/new/a.csv"),
    "committee inspections": lambda at: ("committee", "inspections", "example", "--output", f"{at}/new/a.csv"),
    "demo": lambda at: ("demo", "--output", f"{at}/new"),
    "intake": lambda at: ("intake", f"{at}/received/round", f"{at}/sent"),
    "lab": lambda at: ("lab", "example", "--folder", f"{at}/new"),
    "new-round": lambda at: ("new-round", "2027", "--from", "example", "--output", f"{at}/2027"),
    "page": lambda at: ("page", "rules_comparison", "example", "--output", f"{at}/new/page.html"),
    "register import": lambda at: ("register", "import", "--public", "--register", f"{at}/new/register.sqlite"),
    "register import lines": lambda at: ("register", "import", f"{at}/lines.jsonl", "--register", f"{at}/new/r.sqlite"),
    "register key": lambda at: ("register", "key", f"{at}/new.key"),
    "register export": lambda at: (
        *("register", "export", "--register", f"{at}/register.sqlite"),
        *("--output", f"{at}/new.jsonl"),
    ),
    "register page": lambda at: ("register", "page", "--language", "en", "--output", f"{at}/new"),
    "register credentials": lambda at: (
        *("register", "credentials", "example", f"{at}/new", "--address", "https://office.example/"),
        *("--register", f"{at}/invented.sqlite"),
    ),
    "register appeal": lambda at: ("register", "appeal", "example", "ara", "--output", f"{at}/new"),
    "register backup": lambda at: ("register", "backup", f"{at}/b.sqlite", "--register", f"{at}/register.sqlite"),
    "registry import": lambda at: ("registry", "import", f"{at}/month.csv", "--folder", f"{at}/new"),
    "rules export": lambda at: ("rules", "export", "illustrative-2023", "--output", f"{at}/new/e.xlsx"),
    "rules import": lambda at: ("rules", "import", f"{at}/edition.xlsx", "--rules", f"{at}/rules"),
    "run": lambda at: ("run", f"{at}/small/example", "--language", "en", "--jobs", "1", "--output", f"{at}/new"),
    "run again": lambda at: ("run", f"{at}/small/example", "--language", "ko", "--jobs", "1", "--output", f"{at}/made"),
    "seal": lambda at: ("seal", f"{at}/small/example", "--output", f"{at}/made", "--key", f"{at}/office.key"),
    "simulate": lambda at: ("simulate", "--applicants", "2", "--seed", "1", "--output", f"{at}/new"),
    "simulate packages": lambda at: (
        "simulate",
        "--applicants",
        "2",
        "--seed",
        "1",
        "--packages",
        "--output",
        f"{at}/new",
    ),
    "template": lambda at: ("template", "2023", "--applicant", "수원시", "--output", f"{at}/new"),
    "who": lambda at: ("who", "--all", "--round", "2023", "--output", f"{at}/new/who.csv"),
}

SLOW = {"demo", "run", "run again", "page", "register page"}
"""Commands that run notebooks: each is refused by one kind of disk only."""

READING = {"check", "plan", "recompute", "self-check", "status", "verify", "why"}
"""Commands that write nothing into the project."""

ENTRIES = {"certificate", "correct", "due", "explain", "extend", "history", "issue", "notice", "object"}
ENTRIES |= {"recheck", "record", "revoke", "status", "verify", "check"}
"""Commands of the register that read it, or add to its database as ``import`` does."""


def test_every_command_is_among_those_that_are_tried() -> None:
    tried = {name.split()[0] for name in WRITING} | READING
    assert set(COMMANDS) == tried | {"register"}
    assert set(REGISTER_COMMANDS) == ENTRIES | {name.split()[1] for name in WRITING if name.startswith("register ")}


def check_refused(name: str, prepared: Path, tmp_path: Path, disk: Disk, kind: str, after: int = 0) -> None:
    at = tmp_path / "at"
    shutil.copytree(prepared, at)
    before = contents(at)
    disk.folder, disk.code, disk.after, disk.refusing = str(at), CODES[kind], after, True
    done = smartcert(*WRITING[name](at))
    disk.refusing = False
    assert disk.refused, "the command wrote less than that"
    assert (done.exit_code, type(done.exception)) == (2, SystemExit), done.output
    (line,) = [line for line in done.stderr.splitlines() if os.strerror(CODES[kind]) in line]
    assert line.startswith(("cannot write", "cannot read or write", "cannot make")), line
    assert "Traceback" not in done.output
    now = contents(at)
    assert not [path for path in now if ".part" in path]
    if not after:
        assert now == before
    else:  # what was written before is complete: it parses, and no file is empty
        assert all(now[path] for path in now.keys() - before.keys())


@pytest.mark.parametrize("kind", CODES)
@pytest.mark.parametrize("name", [name for name in WRITING if name not in SLOW])
def test_a_write_that_is_refused_is_one_line_and_exit_code_2(
    name: str, kind: str, prepared: Path, tmp_path: Path, disk: Disk
) -> None:
    check_refused(name, prepared, tmp_path, disk, kind)


@pytest.mark.parametrize("name", sorted(SLOW))
def test_a_command_that_runs_notebooks_ends_with_one_line(
    name: str, prepared: Path, tmp_path: Path, disk: Disk
) -> None:
    check_refused(name, prepared, tmp_path, disk, "read-only")


@pytest.mark.parametrize("after", [1, 2, 5, 9])
@pytest.mark.parametrize(
    "name", ["intake", "simulate", "run again", "register key", "register appeal", "register backup"]
)
def test_a_disk_that_becomes_full_leaves_nothing_half_written(
    name: str, after: int, prepared: Path, tmp_path: Path, disk: Disk
) -> None:
    if name == "register key" and after > 2:
        after = 2
    check_refused(name, prepared, tmp_path, disk, "full", after)
    at = tmp_path / "at"
    if name == "intake":  # it runs to its end when there is room again
        assert smartcert(*WRITING[name](at)).exit_code == 0
    elif name == "register key":
        assert not (at / "new.key").exists()
    elif name == "register backup":
        assert not list(at.glob("b.sqlite*"))
        assert smartcert(*WRITING[name](at)).exit_code == 0
        copied = {path.name: path.read_bytes() for path in (at / "b.sqlite.evaluations").iterdir()}
        assert copied == {path.name: path.read_bytes() for path in (at / "register.sqlite.evaluations").iterdir()}
        assert len(copied) == 3
    elif name == "register appeal":
        assert not (at / "new").exists()


@pytest.mark.parametrize("room", [0, 1, 2, 3])
@pytest.mark.parametrize("name", ["register backup", "register import lines", "register export"])
def test_what_sqlite_cannot_write_is_one_line_and_leaves_nothing(
    name: str, room: int, prepared: Path, tmp_path: Path, commands: ForkedCommands
) -> None:
    at = Path(shutil.copytree(prepared, tmp_path / "at"))
    before = contents(at)
    size = (at / ("lines.jsonl" if name == "register export" else "register.sqlite")).stat().st_size
    check_without_room(commands, WRITING[name](at), room * size // 4)
    assert contents(at) == before


@pytest.mark.parametrize("room", [0, 1, 3])
def test_an_entry_for_which_there_is_no_room_is_not_entered_and_can_be_entered_later(
    room: int, prepared: Path, tmp_path: Path, commands: ForkedCommands
) -> None:
    at = Path(shutil.copytree(prepared, tmp_path / "at"))
    where = ("--register", str(at / "invented.sqlite"))
    check_without_room(commands, (*NOTICE, *where), room * (at / "invented.sqlite").stat().st_size // 4)
    intact = ("register", "verify", "--language", "en", *where)
    assert smartcert(*intact).output.startswith("intact: 5 entries")
    assert smartcert(*NOTICE, *where).exit_code == 0
    assert smartcert(*intact).output.startswith("intact: 6 entries")

    where = ("--register", str(at / "new.sqlite"))
    check_without_room(commands, (*ISSUE, *where), room * (at / "invented.sqlite").stat().st_size // 4)
    assert smartcert(*ISSUE, *where).exit_code == 0


@pytest.fixture(scope="module")
def commands() -> Iterator[ForkedCommands]:
    loaded = ("smartcert.cli.register.entries", "smartcert.cli.register.queries", "smartcert.services.certificates")
    with fork_commands(*loaded) as started:
        yield started


def check_without_room(commands: ForkedCommands, arguments: tuple[str, ...], limit: int) -> None:
    """Run a command that cannot make a file longer than ``limit`` bytes."""
    done = commands.run("smartcert", *arguments, cwd=Path.cwd(), largest_file=limit)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
    assert done.stderr.startswith(("cannot write ", "cannot create ", "cannot read or write ")), done.stderr


@pytest.mark.parametrize("arguments", [("check", "example"), ("who", "--all", "--round", "2023"), ("--help",)])
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_an_output_that_cannot_be_printed_is_one_line_and_exit_code_2(arguments: tuple[str, ...]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "smartcert", *arguments], stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert (done.returncode, done.stderr.decode()) == (2, f"cannot read or write: {os.strerror(errno.ENOSPC)}\n")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize(("arguments", "code"), [("who 수원시", 0), ("check nothere", 2)])
def test_a_command_that_was_started_without_a_stream_ends_as_with_it(closed: str, arguments: str, code: int) -> None:
    command = f"{sys.executable} -m smartcert {arguments} {closed}"
    done = subprocess.run(["sh", "-c", command], capture_output=True, check=False)
    assert done.returncode == code
    assert b"Traceback" not in done.stderr
