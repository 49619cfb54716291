"""A process of its own for files of somebody else that a library reads: it may be killed, and has little memory.

A worker is a file that imports nothing of this package (`file_worker`). It says "ready" when it has loaded its library.
Then it reads a file at a time, and answers, until its input ends. A file and an answer are a length in eight bytes and
as many bytes.
"""

from __future__ import annotations

import atexit
import subprocess
import sys
from pathlib import Path
from threading import Lock, Timer

_WORKER = Path(__file__).with_name("file_worker.py")
_START_SECONDS = 120.0  # an interpreter and a library, on the busiest machine


class WorkerProcess:
    """Starts a worker for a ``kind`` of files with the first one and asks it about all that follow, one at a time."""

    def __init__(self, kind: str, script: Path = _WORKER) -> None:
        self._kind, self._script = kind, script
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, data: bytes, *, memory: int, seconds: float) -> bytes:
        """Return the answer about a file; an empty one where the worker had too little memory or time.

        ``memory`` in bytes is that of the process from its start on, ``seconds`` are those of this file.
        """
        with self._lock:
            process = self._process
            if process is None or process.poll() is not None:
                process = self._process = self._start(memory)
            return _exchange(process, len(data).to_bytes(8, "big") + data, seconds) if process else b""

    def _start(self, memory: int) -> subprocess.Popen[bytes] | None:
        """Return a process that has loaded its library, on no file's time; None where it cannot start."""
        process = subprocess.Popen(  # noqa: S603  # our own file in our own interpreter
            [sys.executable, "-P", str(self._script), str(memory), self._kind],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        atexit.register(process.kill)
        return process if _exchange(process, b"", _START_SECONDS) else None


def _exchange(process: subprocess.Popen[bytes], question: bytes, seconds: float) -> bytes:
    """Return what a process answers within ``seconds``; nothing where it does not, and it is ended."""
    assert process.stdin is not None  # noqa: S101  # for the type checker: both are pipes
    assert process.stdout is not None  # noqa: S101
    timer = Timer(seconds, process.kill)
    timer.start()
    try:
        process.stdin.write(question)
        process.stdin.flush()
        length = int.from_bytes(process.stdout.read(8), "big")
        answer = process.stdout.read(length)
        if len(answer) < length:  # it was ended while it wrote
            answer = b""
    except OSError:  # it was ended while it read
        answer = b""
    finally:
        timer.cancel()
    if not answer:
        process.kill()
        process.wait()
    return answer
