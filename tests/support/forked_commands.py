"""Commands of a Python package that takes seconds to import, each in a process forked from one that has imported it.

Each is what ``python -m name`` would be: arguments, folder, streams and exit code are its own. The environment is that
in which the process was started that forks, so that an encoding is what the interpreter makes of it.
"""

from __future__ import annotations

import json
import os
import runpy
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

PATIENCE = 120


class ForkedCommands:
    """``python -m name`` again and again, without its imports."""

    def __init__(self, server: subprocess.Popen[str]) -> None:
        self._server = server

    def run(self, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Return what the command with these arguments, the name first, wrote as UTF-8, and how it ended."""
        done = self.run_bytes(*arguments, cwd=cwd)
        return subprocess.CompletedProcess(arguments, done.returncode, done.stdout.decode(), done.stderr.decode())

    def run_bytes(self, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[bytes]:
        """Return what the command with these arguments, the name first, wrote, and how it ended."""
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        with TemporaryDirectory() as folder:
            files = [os.path.join(folder, name) for name in ("out", "err")]  # noqa: PTH118 - they go as JSON
            request = {"arguments": arguments, "cwd": str(cwd), "files": files}
            self._server.stdin.write(json.dumps(request) + "\n")
            self._server.stdin.flush()
            code = int(self._server.stdout.readline())
            out, err = (Path(file).read_bytes() for file in files)
        return subprocess.CompletedProcess(arguments, code, out, err)


@contextmanager
def fork_commands(*modules: str, environment: Mapping[str, str] | None = None) -> Iterator[ForkedCommands]:
    """Start the process that has these modules imported, in this environment or else in ours, and end it."""
    command = [sys.executable, __file__, *modules]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment) as server:
        yield ForkedCommands(server)


def _serve() -> None:
    for name in sys.argv[1:]:
        import_module(name)
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if not child:
            _become(**request)
            return
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201 - the answer


def _become(arguments: list[str], cwd: str, files: list[str]) -> None:
    """Run the command as the interpreter would; it ends as this process then ends."""
    import signal

    os.chdir(cwd)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for descriptor, file in enumerate(files, start=1):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT), descriptor)
    signal.alarm(PATIENCE)
    sys.path[0] = cwd
    sys.argv = arguments
    runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _serve()
