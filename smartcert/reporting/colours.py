"""Which colours are meant by the numbers of a page: the profile of sRGB, as a PDF states it in itself."""

from __future__ import annotations

import struct
from functools import cache

_WHITE = (0.9642, 1.0, 0.8249)
"""The white of profiles (D50), to which all colours in one are adapted."""
_PRIMARIES = {
    "rXYZ": (0.43607, 0.22249, 0.01392),
    "gXYZ": (0.38515, 0.71687, 0.09708),
    "bXYZ": (0.14307, 0.06061, 0.71410),
}
"""Red, green and blue of sRGB adapted to it (IEC 61966-2-1; ICC's note on sRGB in version 4 profiles)."""
_ADAPTATION = (1.047882, 0.022919, -0.050201, 0.029587, 0.990479, -0.017059, -0.009232, 0.015076, 0.751678)
_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
"""The curve of sRGB: (a x + b) ** g from d on, c x below."""


@cache
def build_srgb_profile() -> bytes:
    """Return a profile of the colour space sRGB (ICC.1:2010, version 4.2); always the same bytes."""
    curve = b"para" + struct.pack(">IHH", 0, 3, 0) + _fixed(*_CURVE)
    tags = {
        "desc": _text("sRGB"),
        "cprt": _text("No copyright"),
        "wtpt": _xyz(_WHITE),
        "chad": b"sf32" + bytes(4) + _fixed(*_ADAPTATION),
        **{name: _xyz(values) for name, values in _PRIMARIES.items()},
        "rTRC": curve,
        "gTRC": curve,
        "bTRC": curve,
    }
    bodies: dict[bytes, int] = {}
    at = 128 + 4 + 12 * len(tags)
    table = struct.pack(">I", len(tags))
    for name, body in tags.items():
        if body not in bodies:
            bodies[body] = at
            at += len(body) + -len(body) % 4
        table += name.encode() + struct.pack(">II", bodies[body], len(body))
    day = struct.pack(">6H", 2010, 1, 1, 0, 0, 0)
    head = struct.pack(">I4xI", at, 0x04200000) + b"mntrRGB XYZ " + day + b"acsp"
    head += bytes(28) + _fixed(*_WHITE)
    head += bytes(128 - len(head))
    return head + table + b"".join(body + bytes(-len(body) % 4) for body in bodies)


def _fixed(*values: float) -> bytes:
    return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))


def _xyz(values: tuple[float, float, float]) -> bytes:
    return b"XYZ " + bytes(4) + _fixed(*values)


def _text(text: str) -> bytes:
    encoded = text.encode("utf-16-be")
    return b"mluc" + struct.pack(">III", 0, 1, 12) + b"enUS" + struct.pack(">II", len(encoded), 28) + encoded
