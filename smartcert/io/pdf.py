"""How many pages a PDF has.

`pypdf` counts them, which finds the page tree by the last save of the document. A hostile file may keep it busy or
unpack to gigabytes, so it works in a process of its own, `pdf_worker`, with limits of memory and time. The process is
started with the first PDF and counts all that follow.
"""

from __future__ import annotations

import atexit
import subprocess
import sys
from pathlib import Path
from threading import Lock, Timer

from smartcert.io import limits

_WORKER = Path(__file__).with_name("pdf_worker.py")


def count_pdf_pages(data: bytes) -> int | None:
    """Return the number of pages of a document.

    None where it is not known: no PDF, one that is damaged or has no page, more than `limits.PDF_BYTES`, or one that
    needs more memory or time than `limits.PDF_MEMORY` and `limits.PDF_SECONDS`.
    """
    if not data.startswith(b"%PDF-") or len(data) > limits.PDF_BYTES:
        return None
    return _WORKERS.count(data)


class _WorkerProcess:
    """The process that counts; one PDF at a time."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def count(self, data: bytes) -> int | None:
        with self._lock:
            process = self._process
            if process is None or process.poll() is not None:
                process = self._process = subprocess.Popen(  # noqa: S603  # our own file in our own interpreter
                    [sys.executable, "-P", str(_WORKER), str(limits.PDF_MEMORY)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                )
                atexit.register(process.kill)
            assert process.stdin is not None  # noqa: S101  # for the type checker: both are pipes
            assert process.stdout is not None  # noqa: S101
            timer = Timer(limits.PDF_SECONDS, process.kill)
            timer.start()
            try:
                process.stdin.write(len(data).to_bytes(8, "big") + data)
                process.stdin.flush()
                answer = process.stdout.readline()
            except OSError:  # it was ended while it read
                answer = b""
            finally:
                timer.cancel()
            if not answer:
                process.kill()
                process.wait()
            return int(answer) if answer.strip() not in (b"", b"0") else None


_WORKERS = _WorkerProcess()
