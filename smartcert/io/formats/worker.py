"""A process of its own for files of somebody else that a library reads: it may be killed, and has little memory.

A worker is a file that imports nothing of this package. It reads a length in eight bytes and as many bytes of a file,
and answers with a length and as many bytes, until its input ends.
"""

from __future__ import annotations

import atexit
import subprocess
import sys
from pathlib import Path
from threading import Lock, Timer


class WorkerProcess:
    """Starts a worker with the first file and asks it about all that follow, one at a time."""

    def __init__(self, script: Path) -> None:
        self._script = script
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, data: bytes, *, memory: int, seconds: float) -> bytes:
        """Return the answer about a file; an empty one where the worker had too little memory or time.

        ``memory`` in bytes is that of the process from its start on, ``seconds`` are those of this file.
        """
        with self._lock:
            process = self._process
            if process is None or process.poll() is not None:
                process = self._process = subprocess.Popen(  # noqa: S603  # our own file in our own interpreter
                    [sys.executable, "-P", str(self._script), str(memory)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                )
                atexit.register(process.kill)
            assert process.stdin is not None  # noqa: S101  # for the type checker: both are pipes
            assert process.stdout is not None  # noqa: S101
            timer = Timer(seconds, process.kill)
            timer.start()
            try:
                process.stdin.write(len(data).to_bytes(8, "big") + data)
                process.stdin.flush()
                length = process.stdout.read(8)
                answer = process.stdout.read(int.from_bytes(length, "big")) if len(length) == 8 else b""
            except OSError:  # it was ended while it read
                answer = b""
            finally:
                timer.cancel()
            if not answer:
                process.kill()
                process.wait()
            return answer
