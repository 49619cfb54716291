"""How many pages a PDF has.

`pypdf` counts them, which finds the page tree by the last save of the document. A hostile file may keep it busy or
unpack to gigabytes, so it works in a process of its own, `file_worker`, with limits of memory and time. The process is
started with the first PDF and counts all that follow.
"""

from __future__ import annotations

from smartcert.io.formats import limits
from smartcert.io.formats.worker import WorkerProcess

_WORKER = WorkerProcess("pdf")


def count_pdf_pages(data: bytes) -> int | None:
    """Return the number of pages of a document.

    None where it is not known: no PDF, one that is damaged or has no page, more than `limits.PDF_BYTES`, or one that
    needs more memory or time than `limits.PDF_MEMORY` and `limits.PDF_SECONDS`.
    """
    if not data.startswith(b"%PDF-") or len(data) > limits.PDF_BYTES:
        return None
    answer = _WORKER.ask(data, memory=limits.PDF_MEMORY, seconds=limits.PDF_SECONDS)
    return int(answer) if answer not in (b"", b"0") else None
