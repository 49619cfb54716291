"""How many pages a PDF has, read from its page tree without showing any of it."""

from __future__ import annotations

import re
import zlib

from smartcert.intake import limits

_TREE = re.compile(rb"/Type\s*/Pages\b")
_COUNT = re.compile(rb"/Count\s+([0-9]{1,7})\b")
_PACKED = re.compile(rb"/Type\s*/ObjStm\b")
_STREAM = re.compile(rb"stream\r?\n")
_MOST_STREAMS = 500
_MOST_UNPACKED = 4 * limits.MIB
_NEAR = 2_000


def pages(data: bytes) -> int | None:
    """Return the number of pages; None where the file does not tell it plainly (no PDF, damaged, too large).

    The largest count of the page tree is that of its root. Packed objects are unpacked, up to a limit.
    """
    if not data.startswith(b"%PDF-") or len(data) > limits.PDF_BYTES:
        return None
    counts = _counts(data)
    for place in list(_PACKED.finditer(data))[:_MOST_STREAMS]:
        begin = _STREAM.search(data, place.end(), place.end() + _NEAR)
        if begin is None:
            continue
        try:
            counts += _counts(zlib.decompressobj().decompress(data[begin.end() :], _MOST_UNPACKED))
        except zlib.error:
            continue
    return max(counts, default=0) or None


def _counts(data: bytes) -> list[int]:
    """Return the counts that stand in the same object as a node of the page tree."""
    found = []
    for tree in _TREE.finditer(data):
        begin = max(data.rfind(b"<<", 0, tree.start()), tree.start() - _NEAR)
        end = data.find(b">>", tree.end())
        number = _COUNT.search(data, begin, end if end > 0 else tree.end() + _NEAR)
        if number:
            found.append(int(number[1]))
    return found
