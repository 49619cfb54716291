"""Numbers of certificates: one row per year without gap or double, given in the order of issue."""

from __future__ import annotations


def number(year: int, running: int) -> str:
    """Return a certificate's number. The published form is not known; this is the register's own.

    >>> number(2023, 7), parts("SC-2023-0007")
    ('SC-2023-0007', (2023, 7))
    """
    return f"SC-{year}-{running:04d}"


def parts(text: str) -> tuple[int, int]:
    """Return the year and the running number of a certificate's number."""
    _, year, running = text.split("-")
    return int(year), int(running)
