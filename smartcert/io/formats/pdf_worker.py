"""Counts pages of PDFs until its input ends: a length in eight bytes and a PDF in, a length and the count out.

It is run as a file, in a process of its own that may be ended at any moment, and imports nothing of this package.
"""

from __future__ import annotations

import io
import logging
import sys
from contextlib import suppress


def limit_memory(most: int) -> None:
    """Let this process have at most ``most`` bytes, on systems that know such a limit."""
    with suppress(ImportError, OSError, ValueError):
        import resource  # is not there on Windows

        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def count_pages(data: bytes) -> int:
    """Return the number of pages of the document that ``data`` is now, 0 where it cannot be read.

    What an incremental save has taken out does not count, nor do documents that are attached.
    """
    from pypdf import PdfReader

    try:
        return len(PdfReader(io.BytesIO(data)).pages)
    except Exception:  # whatever is wrong with a file of somebody else, its pages are not known
        return 0


def serve(memory: int) -> None:
    """Say that the library is loaded, then answer until the input ends."""
    limit_memory(memory)
    logging.disable()
    import pypdf  # noqa: F401  # within the limit of memory

    write(b"ready")
    while length := sys.stdin.buffer.read(8):
        write(b"%d" % count_pages(sys.stdin.buffer.read(int.from_bytes(length, "big"))))


def write(answer: bytes) -> None:
    """Write an answer after its length."""
    sys.stdout.buffer.write(len(answer).to_bytes(8, "big") + answer)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    serve(int(sys.argv[1]))
