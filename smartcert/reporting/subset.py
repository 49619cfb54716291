"""How a TrueType font is cut down to a few characters, fast enough to do it for every page.

fontTools' own subsetter reads all 20,000 glyphs of a Korean font for each subset. This takes the outlines that are
wanted from the file as it stands, in a tenth of the time, and leaves the writing of the tables to fontTools.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fontTools.ttLib import TTFont, newTable
from fontTools.ttLib.tables._c_m_a_p import CmapSubtable
from fontTools.ttLib.tables._g_l_y_f import (
    ARG_1_AND_2_ARE_WORDS,
    MORE_COMPONENTS,
    WE_HAVE_A_SCALE,
    WE_HAVE_A_TWO_BY_TWO,
    WE_HAVE_AN_X_AND_Y_SCALE,
    WE_HAVE_INSTRUCTIONS,
    Glyph,
)

_KEPT = ("head", "hhea", "maxp", "OS/2", "post")
_COMPOSED = b"\xff\xff"
"""How the outline of a glyph begins that is composed of others."""
_STAND_INS: Mapping[int, int] = {0x2212: 0x2013, 0x27E8: 0x2039, 0x27E9: 0x203A}
"""A sign that NanumGothic lacks, and the one that looks like it: minus as en dash, ⟨⟩ as ‹›."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Face:
    """One weight of a TrueType font, all of it in memory. Glyphs go by their number.

    No file stays open: processes that were forked from one share the place in its files, and would read each other's.
    """

    tables: Mapping[str, bytes]
    """The tables that a subset keeps, as they stand in the file."""
    cmap: Mapping[int, int]
    widths: Sequence[tuple[int, int]]
    """Advance and left side bearing of each glyph."""
    outlines: bytes
    offsets: Sequence[int]
    units: int

    def outline(self, glyph: int) -> bytes:
        """Return the outline of a glyph as it stands in the file; empty for a blank."""
        return self.outlines[self.offsets[glyph] : self.offsets[glyph + 1]]


def open_face(path: Path) -> Face:
    """Return the font in a file, with stand-ins for a few signs that it lacks.

    Glyphs get plain numbers as names: working out real names takes longer than everything else.
    """
    font = TTFont(io.BytesIO(path.read_bytes()), lazy=True, recalcBBoxes=False, recalcTimestamp=False)
    font.setGlyphOrder([f"g{glyph}" for glyph in range(font["maxp"].numGlyphs)])
    metrics = font["hmtx"].metrics
    cmap = {code: int(name[1:]) for code, name in font.getBestCmap().items()}
    for code, like in _STAND_INS.items():
        if code not in cmap and like in cmap:
            cmap[code] = cmap[like]
    return Face(
        tables={tag: font.reader[tag] for tag in _KEPT},
        cmap=cmap,
        widths=[metrics[name] for name in font.getGlyphOrder()],
        outlines=font.reader["glyf"],
        offsets=font["loca"].locations,
        units=font["head"].unitsPerEm,
    )


def subset(face: Face, characters: frozenset[str], names: Mapping[int, str]) -> bytes:
    """Return a WOFF of the given characters under new names; the same characters give the same bytes.

    It holds outlines without hints, widths and ``names`` (by their number in OpenType's ``name`` table), and nothing
    that is not needed to set text. Characters that the font lacks are left out.
    """
    cmap = {ord(one): face.cmap[ord(one)] for one in sorted(characters) if ord(one) in face.cmap}
    glyphs = _closure(face, cmap.values())
    places = {glyph: place for place, glyph in enumerate(glyphs)}
    order = [f"g{place}" for place in places.values()]
    font = TTFont(recalcBBoxes=False, recalcTimestamp=False)
    font.flavor = "woff"
    font.setGlyphOrder(order)
    for tag in _KEPT:
        font[tag] = newTable(tag)
        font[tag].decompile(face.tables[tag], font)
    font["post"].formatType = 3.0
    font["glyf"] = newTable("glyf")
    font["glyf"].glyphOrder = order
    font["glyf"].glyphs = {
        name: Glyph(_unhinted(face.outline(glyph), places)) for name, glyph in zip(order, glyphs, strict=True)
    }
    font["loca"] = newTable("loca")
    font["hmtx"] = newTable("hmtx")
    font["hmtx"].metrics = {name: face.widths[glyph] for name, glyph in zip(order, glyphs, strict=True)}
    font["cmap"] = _character_map({code: order[places[glyph]] for code, glyph in cmap.items()})
    font["name"] = _names(names)
    out = io.BytesIO()
    font.save(out, reorderTables=None)
    return out.getvalue()


def _closure(face: Face, glyphs: Iterable[int]) -> list[int]:
    """Return the glyphs with those they are composed of, in the order of the font, the one for "missing" first."""
    found: set[int] = set()
    waiting = [0, *glyphs]
    while waiting:
        glyph = waiting.pop()
        if glyph not in found:
            found.add(glyph)
            waiting += (number for _, number in _components(face.outline(glyph)))
    return sorted(found)


def _components(outline: bytes) -> Iterator[tuple[int, int]]:
    """Yield where each component of a composed glyph begins, and its glyph; nothing for any other glyph."""
    if outline[:2] != _COMPOSED:
        return
    at, more = 10, True
    while more:
        flags = int.from_bytes(outline[at : at + 2], "big")
        yield at, int.from_bytes(outline[at + 2 : at + 4], "big")
        at += _length(flags)
        more = bool(flags & MORE_COMPONENTS)


def _length(flags: int) -> int:
    """Return how many bytes a component takes: flags, glyph, two arguments, and up to four numbers of scale."""
    arguments = 4 if flags & ARG_1_AND_2_ARE_WORDS else 2
    if flags & WE_HAVE_A_SCALE:
        return 4 + arguments + 2
    if flags & WE_HAVE_AN_X_AND_Y_SCALE:
        return 4 + arguments + 4
    return 4 + arguments + (8 if flags & WE_HAVE_A_TWO_BY_TWO else 0)


def _unhinted(outline: bytes, places: Mapping[int, int]) -> bytes:
    """Return an outline without its instructions, its components numbered by their new places."""
    if outline[:2] == _COMPOSED:
        composed, end = bytearray(outline), 10
        for at, glyph in _components(outline):
            flags = int.from_bytes(outline[at : at + 2], "big") & ~WE_HAVE_INSTRUCTIONS
            composed[at : at + 4] = flags.to_bytes(2, "big") + places[glyph].to_bytes(2, "big")
            end = at + _length(flags)
        return bytes(composed[:end])
    at = 10 + 2 * int.from_bytes(outline[:2], "big")
    instructions = int.from_bytes(outline[at : at + 2], "big")
    return outline[:at] + b"\0\0" + outline[at + 2 + instructions :] if outline else b""


def _character_map(cmap: Mapping[int, str]) -> Any:
    table = newTable("cmap")
    table.tableVersion = 0
    table.tables = []
    for form, encoding in ((4, 1), (12, 10)):
        part = CmapSubtable.newSubtable(form)
        part.platformID, part.platEncID, part.language = 3, encoding, 0
        part.cmap = {code: name for code, name in cmap.items() if form == 12 or code <= 0xFFFF}
        table.tables.append(part)
    return table


def _names(names: Mapping[int, str]) -> Any:
    table = newTable("name")
    for number, text in names.items():
        table.setName(text, number, 3, 1, 0x409)
    return table
