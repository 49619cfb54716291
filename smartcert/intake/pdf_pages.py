"""How many pages a PDF has, read from its page tree without showing any of it."""

from __future__ import annotations

import re
import zlib
from itertools import islice

from smartcert.intake import limits

_TREE = re.compile(rb"/Type\s*/Pages\b")
_COUNT = re.compile(rb"/Count\s+([0-9]{1,7})\b")
_PACKED = re.compile(rb"/Type\s*/ObjStm\b")
_STREAM = re.compile(rb"stream\r?\n")
_MOST_STREAMS = 500
_MOST_UNPACKED = 16 * limits.MIB
_MOST_PACKED = limits.MIB
_MOST_NODES = 10_000
_NEAR = 2_000


def pages(data: bytes) -> int | None:
    """Return the number of pages; None where the file does not tell it plainly (no PDF, damaged, too large).

    The largest count of the page tree is that of its root. Packed objects are unpacked, up to a limit.
    """
    if not data.startswith(b"%PDF-") or len(data) > limits.PDF_BYTES:
        return None
    counts = _counts(data)
    left = _MOST_UNPACKED
    for place in islice(_PACKED.finditer(data), _MOST_STREAMS):
        begin = _STREAM.search(data, place.end(), place.end() + _NEAR)
        if begin is None or left <= 0:
            continue
        try:
            packed = data[begin.end() : begin.end() + _MOST_PACKED]
            unpacked = zlib.decompressobj().decompress(packed, left)
        except zlib.error:
            continue
        left -= len(unpacked)
        counts += _counts(unpacked)
    return max(counts, default=0) or None


def _counts(data: bytes) -> list[int]:
    """Return the counts that stand in the same object as a node of the page tree."""
    found = []
    for tree in islice(_TREE.finditer(data), _MOST_NODES):
        near = max(0, tree.start() - _NEAR)
        begin = max(data.rfind(b"<<", near, tree.start()), near)
        end = data.find(b">>", tree.end(), tree.end() + _NEAR)
        number = _COUNT.search(data, begin, end if end > 0 else tree.end() + _NEAR)
        if number:
            found.append(int(number[1]))
    return found
