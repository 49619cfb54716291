"""How is a font packed for a page, as WOFF 2.0 (w3.org/TR/WOFF2)?

Of what the standard knows this is the part that our fonts need: simple glyphs on a small grid, without instructions.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from itertools import pairwise

import brotli

_QUALITY, _WINDOW = 6, 16
"""How hard Brotli tries, and how far back it looks, as a power of two: about as far as our subsets are long.

With its own window it takes twice the time for as many bytes, and the next qualities give less than a hundredth.
"""
_TAGS = (b"cmap", b"head", b"hhea", b"hmtx", b"maxp", b"name", b"OS/2", b"post", b"cvt ", b"fpgm", b"glyf", b"loca")
"""The tables that the standard has a number for: their place here."""


def pack_woff2(font: bytes) -> bytes:
    """Return a TrueType font as WOFF 2.0, always the same bytes; a ValueError for what our fonts do not have."""
    count = struct.unpack_from(">H", font, 4)[0]
    entries = [struct.unpack_from(">4sLLL", font, 12 + 16 * number) for number in range(count)]
    tables = {tag: font[start : start + length] for tag, _, start, length in entries}
    packed = {**tables, b"glyf": _transform_glyphs(tables), b"loca": b"", b"hmtx": _transform_metrics(tables)}
    tags = sorted(tables, key=lambda tag: b"glyf2" if tag == b"loca" else tag)  # hmtx is read with the help of glyf
    directory, size = b"", 12 + 16 * count
    for tag in tags:
        transformed = tag in {b"glyf", b"loca", b"hmtx"}
        directory += bytes([_TAGS.index(tag) | 0x40 * (tag == b"hmtx")]) + _encode_length(len(tables[tag]))
        directory += _encode_length(len(packed[tag])) if transformed else b""
        size += len(tables[tag]) + -len(tables[tag]) % 4
    data = b"".join(map(packed.__getitem__, tags))
    body: bytes = brotli.compress(data, mode=brotli.MODE_FONT, quality=_QUALITY, lgwin=_WINDOW)
    end = 48 + len(directory) + len(body)
    lengths = (end + -end % 4, count, 0, size, len(body))
    return struct.pack(">4s4sLHHLL24x", b"wOF2", font[:4], *lengths) + directory + body + bytes(-end % 4)


def _encode_length(length: int) -> bytes:
    """Return a number in groups of seven bits, of which all but the last are marked."""
    groups = [length & 0x7F]
    while length := length >> 7:
        groups.insert(0, length & 0x7F | 0x80)
    return bytes(groups)


def _transform_metrics(tables: dict[bytes, bytes]) -> bytes:
    """Return the table of widths without left bearings: each of ours is where its glyph begins."""
    widths = struct.unpack_from(">H", tables[b"hhea"], 34)[0]
    return b"\3" + b"".join(tables[b"hmtx"][4 * glyph : 4 * glyph + 2] for glyph in range(widths))


def _transform_glyphs(tables: dict[bytes, bytes]) -> bytes:
    """Return the table of outlines in streams: counts of contours, counts of points, kinds of points, steps."""
    count = struct.unpack_from(">H", tables[b"maxp"], 4)[0]
    is_long = struct.unpack_from(">H", tables[b"head"], 50)[0]
    offsets = struct.unpack(f">{count + 1}{'L' if is_long else 'H'}", tables[b"loca"])
    width = 1 if is_long else 2
    parts = [_transform_glyph(tables[b"glyf"][width * start : width * end]) for start, end in pairwise(offsets)]
    streams = [*map(b"".join, zip(*parts, strict=True)), b"", bytes(4 * ((count + 31) // 32)), b""]
    return struct.pack(">HHHH7L", 0, 0, count, is_long, *map(len, streams)) + b"".join(streams)


@lru_cache(maxsize=4096)
def _transform_glyph(glyph: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    """Return what one glyph adds to each of the four streams."""
    if not glyph:
        return b"\0\0", b"", b"", b""
    contours = struct.unpack_from(">h", glyph)[0]
    if contours < 1:
        raise ValueError("the font has a glyph that is composed of others")
    ends = struct.unpack_from(f">{contours}H", glyph, 10)
    points, read = ends[-1] + 1, 12 + 2 * contours
    flags = bytearray()
    while len(flags) < points:
        repeats = glyph[read + 1] if glyph[read] & 8 else 0
        flags += glyph[read : read + 1] * (1 + repeats)
        read += 2 if repeats else 1
    steps: list[list[int]] = []
    for short, same in ((2, 16), (4, 32)):
        own: list[int] = []
        for flag in flags:
            if flag & short:
                own.append(glyph[read] if flag & same else -glyph[read])
                read += 1
            elif flag & same:
                own.append(0)
            else:
                own.append(int.from_bytes(glyph[read : read + 2], "big", signed=True))
                read += 2
        steps.append(own)
    encoded = [*map(_encode_step, flags, *steps)]
    counts = (end - before for before, end in zip((-1, *ends), ends, strict=False))
    return (
        glyph[:2],
        b"".join(bytes([number]) if number < 253 else bytes([255, number - 253]) for number in counts),
        bytes([kind for kind, _ in encoded]),
        b"".join([distance for _, distance in encoded]) + b"\0",  # no instructions
    )


@lru_cache(maxsize=16384)
def _encode_step(flags: int, x: int, y: int) -> tuple[int, bytes]:
    """Return the kind of a point and its distance from the one before, as the standard's table of triplets has them.

    The last bit of its ``flags`` says that it is on the outline.
    """
    kind, right, up, dx, dy = 128 * (not flags & 1), x > 0, y > 0, abs(x), abs(y)
    if not x:
        return kind + (dy >> 8 << 1) + up, bytes([dy & 255])
    if not y:
        return kind + 10 + (dx >> 8 << 1) + right, bytes([dx & 255])
    signs = right + 2 * up
    if dx <= 64 and dy <= 64:
        return kind + 20 + (dx - 1 >> 4 << 4) + (dy - 1 >> 4 << 2) + signs, bytes([(dx - 1 & 15) << 4 | dy - 1 & 15])
    if dx <= 768 and dy <= 768:
        return kind + 84 + 12 * (dx - 1 >> 8) + (dy - 1 >> 8 << 2) + signs, bytes([dx - 1 & 255, dy - 1 & 255])
    raise ValueError(f"the font has a step of {x}, {y} units: more than the 768 of a small grid")
