"""An OLE file (compound file, MS-CFB): the names in its directory, and the streams that are not small."""

from __future__ import annotations

import struct
from collections.abc import Iterator

_LAST_SECTOR = 0xFFFFFFFA
_MOST_SECTORS = 1 << 16
_STREAM = 2
_SMALL_STREAM = 4096
"""Streams below this size are stored elsewhere; they are not read here."""


def iterate_ole_names(data: bytes) -> Iterator[str]:
    """Yield the names in the directory of an OLE file; a ValueError where it is cut off, or its chain is a circle."""
    for name, _, _, _ in _iterate_entries(data):
        yield name


def read_ole_stream(data: bytes, wanted: str) -> bytes:
    """Return a stream by its name, empty where there is none of `_SMALL_STREAM` bytes or more; errors as above."""
    for name, kind, sector, size in _iterate_entries(data):
        if name == wanted and kind == _STREAM and size >= _SMALL_STREAM:
            return b"".join(_iterate_sectors(data, sector))[:size]
    return b""


def _iterate_entries(data: bytes) -> Iterator[tuple[str, int, int, int]]:
    """Yield name, kind, first sector and size of each entry of the directory."""
    for sector in _iterate_sectors(data, _unpack("<I", data, 48)):
        for entry in range(0, len(sector) - 127, 128):
            length = _unpack("<H", sector, entry + 64)
            if 2 < length <= 64:
                name = sector[entry : entry + length - 2].decode("utf-16-le", errors="replace")
                start, size = _unpack("<I", sector, entry + 116), _unpack("<I", sector, entry + 120)
                yield name, sector[entry + 66], start, size


def _iterate_sectors(data: bytes, sector: int) -> Iterator[bytes]:
    shift = _unpack("<H", data, 30)
    if shift not in (9, 12):
        raise ValueError("sectors of an unknown size")
    size, seen = 1 << shift, 0
    table = list(_iterate_table(data, size))
    while sector < _LAST_SECTOR:
        start = (sector + 1) * size
        seen += 1
        if start >= len(data) or seen > _MOST_SECTORS:
            raise ValueError("a chain of sectors that leaves the file")
        yield data[start : start + size]
        which, place = divmod(sector, size // 4)
        if which >= len(table):
            raise ValueError("a sector beyond the table of sectors")
        sector = _unpack("<I", data, (table[which] + 1) * size + place * 4)


def _iterate_table(data: bytes, size: int) -> Iterator[int]:
    """Yield the sectors of the table of sectors: the first 109 stand in the header."""
    for place in range(109):
        number = _unpack("<I", data, 76 + 4 * place)
        if number < _LAST_SECTOR:
            yield number
    more, seen = _unpack("<I", data, 68), 0
    while more < _LAST_SECTOR and seen < _MOST_SECTORS // 128:
        start, seen = (more + 1) * size, seen + 1
        for place in range(size // 4 - 1):
            number = _unpack("<I", data, start + 4 * place)
            if number < _LAST_SECTOR:
                yield number
        more = _unpack("<I", data, start + size - 4)


def _unpack(form: str, data: bytes, place: int) -> int:
    try:
        number: int = struct.unpack_from(form, data, place)[0]
    except struct.error:
        raise ValueError("a file that ends too early") from None
    return number
