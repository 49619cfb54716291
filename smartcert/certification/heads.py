"""The published heads: beside the register, one line ``12 <hash>`` for each entry, only ever added to.

An entry is confirmed when its line stands here. A register that was cut off at its end, or written anew with sound
hashes, does not fit the lines; whoever keeps a copy of the last line elsewhere can prove the same.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from smartcert.errors import UsageError

_LINE = re.compile(r"([1-9][0-9]*) ([0-9a-f]{64})")
_HEAD = re.compile(r"([0-9]+)[: ]([0-9a-f]{64})")


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """How many entries there are, and the hash of the last (of the register itself where there is none)."""

    count: int
    hash: str

    def __str__(self) -> str:
        return f"{self.count}:{self.hash}"


def head(text: str) -> Head:
    """Return a head as it is printed, ``12:<hash>``.

    Raises:
        UsageError: the text is none.
    """
    found = _HEAD.fullmatch(text.strip())
    if found is None:
        raise UsageError(f"'{text}' is no head; it is written as 12: and the hash of the entry")
    return Head(count=int(found[1]), hash=found[2])


def file(register: Path) -> Path:
    """Return the file of published heads that belongs to a register."""
    return register.with_name(register.name + ".heads")


def published(register: Path) -> tuple[Head, ...] | None:
    """Return the published heads of a register, or None where there is no such file.

    A last line without its end is one that was being written when the machine stopped: its entry was not confirmed.
    """
    try:
        text = file(register).read_text("ascii", errors="replace")
    except FileNotFoundError:
        return None
    lines = text.split("\n")[:-1]
    found = (_LINE.fullmatch(line) for line in lines)
    return tuple(Head(count=int(one[1]), hash=one[2]) if one else Head(count=0, hash="") for one in found)


def last(register: Path) -> Head | None:
    """Return the last published head without reading all of them, or None."""
    try:
        with file(register).open("rb") as lines:
            lines.seek(0, os.SEEK_END)
            lines.seek(max(0, lines.tell() - 200))
            tail = lines.read().decode("ascii", errors="replace")
    except FileNotFoundError:
        return None
    whole = [found for line in tail.split("\n")[:-1] if (found := _LINE.fullmatch(line))]
    return Head(count=int(whole[-1][1]), hash=whole[-1][2]) if whole else None


def publish(register: Path, heads: list[Head]) -> None:
    """Add heads to the file, after cutting off an unfinished last line; back on the disk before it returns."""
    with file(register).open("a+b") as lines:
        end = lines.seek(0, os.SEEK_END)
        lines.seek(max(0, end - 200))
        tail = lines.read()
        if tail and not tail.endswith(b"\n"):
            lines.truncate(end - len(tail) + tail.rfind(b"\n") + 1)
        lines.write("".join(f"{one.count} {one.hash}\n" for one in heads).encode())
        lines.flush()
        os.fsync(lines.fileno())
