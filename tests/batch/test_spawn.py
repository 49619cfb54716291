"""Nothing on the way from `check` to `register` needs what only POSIX systems have: shown without fork and fcntl."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from smartcert.batch.request import RunRequest, WorkerMethod
from smartcert.batch.run import run
from smartcert.batch.workers import Workers
from smartcert.errors import UsageError
from smartcert.paths import PROJECT_ROOT
from tests.support.forked_commands import ForkedCommands, fork_commands
from tests.support.patience import PATIENCE, lengthen
from tests.support.small_example import files, small_example, with_first_cell

WITHOUT_POSIX = """
import os, sys
for name in ("fcntl", "resource", "grp", "pwd", "termios"):
    sys.modules[name] = None
for name in ("fork", "forkpty", "getuid", "geteuid", "getpgid", "mkfifo", "sched_getaffinity", "setsid", "killpg"):
    vars(os).pop(name, None)
"""
"""Takes away from Python what Windows lacks, as far as that is possible."""
PROGRAM = f"""{WITHOUT_POSIX}
from smartcert.cli import main
if __name__ == "__main__":
    main()
"""
LOADED = [f"smartcert.cli.{name}" for name in ("rounds", "rules", "applicants", "committee", "register")]
Forked = Mapping[str, ForkedCommands]


@pytest.fixture(scope="module")
def forked() -> Iterator[Forked]:
    """Give, by encoding, commands that are forked from an interpreter that has imported them without these."""
    with ExitStack() as started:
        yield {
            encoding: started.enter_context(
                fork_commands(*LOADED, environment=environment(encoding), before=WITHOUT_POSIX)
            )
            for encoding in ("utf-8", "cp949")
        }


def environment(encoding: str) -> dict[str, str]:
    return os.environ | {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0", "PYTHONWARNINGS": "ignore"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_example(tmp_path_factory.mktemp("round") / "example", ["areum"])


def check_printed(done: subprocess.CompletedProcess[bytes], encoding: str = "utf-8") -> str:
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    assert b"Traceback" not in done.stderr
    return done.stdout.decode(encoding)


def command(forked: Forked, tmp_path: Path, *arguments: str, encoding: str = "utf-8") -> str:
    """Run a command that starts no process; return what it printed."""
    return check_printed(forked[encoding].run_bytes("smartcert", *arguments, cwd=tmp_path), encoding)


def start(tmp_path: Path, *arguments: str) -> str:
    """Run a command in an interpreter of its own, so that what it starts lacks the same; return what it printed."""
    script = tmp_path / "without_posix.py"
    script.write_text(PROGRAM)
    done = subprocess.run(
        [sys.executable, str(script), *arguments],
        cwd=tmp_path,
        env=environment("utf-8"),
        capture_output=True,
        timeout=2 * PATIENCE,
        check=False,
    )
    return check_printed(done)


@pytest.mark.notebook
def test_the_way_of_a_round_needs_no_fork_and_no_fcntl(folder: Path, tmp_path: Path, forked: Forked) -> None:
    command(forked, tmp_path, "check", str(folder))
    assert "수원" in command(forked, tmp_path, "who", "수원시")
    start(tmp_path, "run", str(folder), "--output", "out", "--language", "ko", "--jobs", "1", "--quiet")
    plain = tmp_path / "plain"  # by forks
    run(RunRequest(round=str(folder), output=plain, jobs=1, languages=("ko",), quiet=True))
    written = files(tmp_path / "out")
    assert {name: written[name] for name in written if not name.startswith("ledger")} == {
        name: content for name, content in files(plain).items() if not name.startswith("ledger")
    }
    assert " unchanged" in start(tmp_path, "verify", str(folder), "--output", "out", "--jobs", "1")


@pytest.mark.notebook
def test_a_hanging_report_ends_in_a_new_process_too_and_one_that_dies_costs_only_itself(
    folder: Path, tmp_path: Path
) -> None:
    code = "import os, time\nprint('seen')\nos._exit(3) if language == 'ko' else time.sleep(3600)"
    for seconds in lengthen(20):
        request = RunRequest(
            round=str(folder),
            output=tmp_path,
            jobs=2,
            languages=("ko", "en"),
            quiet=True,
            timeout=float(seconds),
            workers=WorkerMethod.SPAWN,
        )
        failures = {one.language: one.reason for one in run(request, with_first_cell(code)).failures if one.id}
        if "exit code" in failures["ko"]:
            break
    assert failures == {
        "ko": "its process ended with exit code 3",
        "en": f"it took longer than {seconds} s and was ended",
    }


def test_forks_are_refused_where_there_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "fork")
    with pytest.raises(UsageError, match="--workers spawn"):
        Workers(1, (), WorkerMethod.FORK)


@pytest.mark.parametrize("arguments", [("rules", "--on", "2023-09-13"), ("who", "수원시"), ("who", "--help")])
def test_what_is_printed_can_be_printed_under_code_page_949(
    tmp_path: Path, arguments: tuple[str, ...], forked: Forked
) -> None:
    assert command(forked, tmp_path, *arguments, encoding="cp949")


@pytest.mark.slow
def test_reception_and_register_need_no_fork_and_no_fcntl(tmp_path: Path, forked: Forked) -> None:
    shutil.copytree(PROJECT_ROOT / "parameters", tmp_path / "parameters")
    folder = "parameters/rounds/rehearsal"
    invented = ("--applicants", "2", "--seed", "7", "--like", "2023", "--packages", "--output", folder)
    assert "2 packages to take in" in command(forked, tmp_path, "simulate", *invented)
    packages = sorted((tmp_path / folder / "packages").glob("*.zip"))
    assert "Nothing to correct." in command(forked, tmp_path, "self-check", str(packages[0]), "--language", "en")
    assert "2 packages, 2 applications" in command(forked, tmp_path, "intake", "rehearsal", f"{folder}/packages")
    command(forked, tmp_path, "template", "rehearsal", "--evaluator", "E1", "--output", "sheets", "--language", "ko")
    issued = command(
        forked,
        tmp_path,
        "register",
        "issue",
        "example",
        "--all",
        "--reason",
        "certification",
        "--at",
        "2023-12-21 10:00",
    )
    assert " issued" in issued
    assert "entries, head" in command(forked, tmp_path, "register", "verify")
    assert "Ara-gun" in command(forked, tmp_path, "register", "due")
