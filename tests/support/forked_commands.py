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
from typing import Any

PATIENCE = 300
"""Seconds after which a command is ended."""


class ForkedCommands:
    """``python -m name`` again and again, without its imports."""

    def __init__(self, server: subprocess.Popen[str]) -> None:
        self._server = server

    def run(self, *arguments: str, cwd: Path, largest_file: int | None = None) -> subprocess.CompletedProcess[str]:
        """Return what the command with these arguments, the name first, wrote as UTF-8, and how it ended."""
        done = self.run_bytes(*arguments, cwd=cwd, largest_file=largest_file)
        return subprocess.CompletedProcess(arguments, done.returncode, done.stdout.decode(), done.stderr.decode())

    def run_bytes(
        self, *arguments: str, cwd: Path, largest_file: int | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        """Return what the command with these arguments, the name first, wrote, and how it ended.

        With ``largest_file`` it can make no file longer than so many bytes; its streams are pipes and have no end.
        """
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        with TemporaryDirectory() as folder:
            files = [os.path.join(folder, name) for name in ("out", "err")]  # noqa: PTH118 - they go as JSON
            request = {"arguments": arguments, "cwd": str(cwd), "files": files, "largest_file": largest_file}
            self._server.stdin.write(json.dumps(request) + "\n")
            self._server.stdin.flush()
            code = int(self._server.stdout.readline())
            out, err = (Path(file).read_bytes() for file in files)
        return subprocess.CompletedProcess(arguments, code, out, err)


@contextmanager
def fork_commands(
    *modules: str, environment: Mapping[str, str] | None = None, before: str = ""
) -> Iterator[ForkedCommands]:
    """Start the process that has these modules imported, in this environment or else in ours, and end it.

    ``before`` is code that it runs before it imports them; it may take away what the process itself forks with.
    """
    command = [sys.executable, __file__, before, *modules]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment) as server:
        yield ForkedCommands(server)


def _serve() -> None:
    fork = os.fork
    before, *modules = sys.argv[1:]
    exec(before, {})  # noqa: S102 - code of a test
    for name in modules:
        import_module(name)
    for line in sys.stdin:
        request = json.loads(line)
        files = [os.open(file, os.O_WRONLY | os.O_CREAT) for file in request["files"]]
        pipes = [os.pipe() for _ in files] if request["largest_file"] is not None else []
        child = fork()
        if not child:
            _become(request, [end for _, end in pipes] or files)
            return
        for (start, end), file in zip(pipes, files, strict=False):  # no pipes: the child has written into the files
            os.close(end)
            with os.fdopen(start, "rb") as stream:
                os.write(file, stream.read())
        for file in files:
            os.close(file)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201 - the answer


def _become(request: dict[str, Any], streams: list[int]) -> None:
    """Run the command as the interpreter would; it ends as this process then ends."""
    import signal

    os.chdir(request["cwd"])
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for descriptor, stream in enumerate(streams, start=1):
        os.dup2(stream, descriptor)
    # what was a file, where one can seek, may be a pipe now
    sys.stdout, sys.stderr = (
        open(number, "w", encoding=stream.encoding, errors=stream.errors, closefd=False)  # noqa: SIM115 - it ends with the process
        for number, stream in enumerate((sys.stdout, sys.stderr), start=1)
    )
    signal.alarm(PATIENCE)
    if request["largest_file"] is not None:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (request["largest_file"],) * 2)
    sys.path[0] = request["cwd"]
    sys.argv = request["arguments"]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _serve()
