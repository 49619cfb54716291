"""Files are placed whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path


def place(path: Path, content: bytes) -> None:
    """Write ``content`` beside ``path`` and move it there in one step; folders are made as needed.

    Whoever opens ``path`` meanwhile sees the old file or the new one, never a part.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def holds(path: Path, content: bytes) -> bool:
    """Return whether the file is there with exactly this content."""
    return path.is_file() and path.read_bytes() == content
