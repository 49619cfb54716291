"""How is NanumGothic embedded in a page, cut down to the page's characters, and how wide is a text set in it?"""

from __future__ import annotations

import base64
import io
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
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

FONT_FAMILY = "smartcert"
"""The family under which a page uses the typeface."""
REGULAR, BOLD = 400, 700

_FONTS = Path(__file__).parent / "fonts"
"""NanumGothic in two weights, with its licence."""
_FONT_FILES: Mapping[int, str] = {REGULAR: "NanumGothic.ttf", BOLD: "NanumGothicBold.ttf"}
_COPYRIGHT = "Copyright (c) 2011 NHN Corporation, with Reserved Font Name NanumGothic."
_LICENCE = "Licensed under the SIL Open Font License, Version 1.1 (openfontlicense.org)."
_NOTICE = f"/* smartcert: a subset of NanumGothic under another name. {_COPYRIGHT} {_LICENCE} */"
_COPIED_TABLES = ("head", "hhea", "maxp", "OS/2", "post")
_COMPOSITE_MARK = b"\xff\xff"
"""The first bytes of the outline of a glyph that is composed of other glyphs."""
_SUBSTITUTES: Mapping[int, int] = {0x2212: 0x2013, 0x27E8: 0x2039, 0x27E9: 0x203A}
"""Signs that NanumGothic lacks, each with the sign drawn instead: an en dash for minus, ‹› for ⟨⟩."""


def build_font_css(characters: Iterable[str], bold: Iterable[str] | None = None) -> str:
    """Return ``@font-face`` rules with a subset of both weights as data URIs; the same characters give the same bytes.

    ``bold`` are the characters that are set in bold type; None means all of ``characters``. What the font lacks is
    left to the reader's machine. Without any bold character there is no rule for bold.
    """
    regular = frozenset(characters)
    heavy = regular if bold is None else frozenset(bold)
    faces = [_NOTICE, _font_face_rule(REGULAR, regular)]
    if heavy:
        faces.append(_font_face_rule(BOLD, heavy))
    return "\n".join(faces) + "\n"


def find_missing_characters(characters: Iterable[str]) -> frozenset[str]:
    """Return the characters that would show as boxes: those the font lacks and that are not blank or invisible."""
    known = _load_weight(REGULAR).cmap
    return frozenset(
        character for character in characters if ord(character) not in known and not _is_invisible(character)
    )


def measure_text(text: str, size: float, weight: int = REGULAR) -> float:
    """Return how wide ``text`` is when set in ``size``, in the unit of ``size``; unknown characters are one em wide."""
    face = _load_weight(weight)
    return sum(_glyph_advance(face, character) for character in text) * size / face.units


def shorten_to_width(text: str, size: float, width: float, weight: int = REGULAR) -> str:
    """Return ``text`` if it is no wider than ``width``, else its beginning with an ellipsis."""
    if measure_text(text, size, weight) <= width:
        return text
    width -= measure_text("…", size, weight)
    end = 0
    for character in text:
        width -= measure_text(character, size, weight)
        if width < 0:
            break
        end += 1
    return text[:end].rstrip() + "…"


def preload_fonts() -> None:
    """Read both weights now, so that processes forked from this one share them."""
    for weight in _FONT_FILES:
        _subset_weight(weight, frozenset("가"))


def _glyph_advance(face: FontFace, character: str) -> int:
    glyph = face.cmap.get(ord(character))
    if glyph is not None:
        return face.widths[glyph][0]
    return 0 if _is_invisible(character) else face.units


def _is_invisible(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cf", "Mn", "Zs", "Zl", "Zp"}


@lru_cache(maxsize=64)
def _font_face_rule(weight: int, characters: frozenset[str]) -> str:
    data = base64.b64encode(_subset_weight(weight, characters)).decode("ascii")
    return (
        f'@font-face{{font-family:"{FONT_FAMILY}";font-weight:{weight};font-style:normal;'
        f"src:url(data:font/woff;base64,{data}) format('woff')}}"
    )


@cache
def _load_weight(weight: int) -> FontFace:
    return load_font(_FONTS / _FONT_FILES[weight])


def _subset_weight(weight: int, characters: frozenset[str]) -> bytes:
    style = "Bold" if weight == BOLD else "Regular"
    names = {
        0: _COPYRIGHT,
        1: FONT_FAMILY,
        2: style,
        4: f"{FONT_FAMILY} {style}",
        6: f"{FONT_FAMILY}-{style}",
        13: _LICENCE,
    }
    return subset_font(_load_weight(weight), characters, names)


@dataclass(frozen=True, kw_only=True, slots=True)
class FontFace:
    """One weight of a TrueType font in memory. Glyphs are named by their number.

    No file stays open: forked processes would share its read position.
    """

    tables: Mapping[str, bytes]
    """The tables that a subset takes over, as they stand in the file."""
    cmap: Mapping[int, int]
    widths: Sequence[tuple[int, int]]
    """Advance and left side bearing of each glyph."""
    outlines: bytes
    offsets: Sequence[int]
    units: int

    def outline(self, glyph: int) -> bytes:
        """Return the outline of a glyph as it stands in the file; empty for a blank."""
        return self.outlines[self.offsets[glyph] : self.offsets[glyph + 1]]


def load_font(path: Path) -> FontFace:
    """Return the font in a file, with substitutes for a few signs that it lacks.

    Glyphs get plain numbers as names: to look up their real names takes longer than everything else.
    """
    font = TTFont(io.BytesIO(path.read_bytes()), lazy=True, recalcBBoxes=False, recalcTimestamp=False)
    font.setGlyphOrder([f"g{glyph}" for glyph in range(font["maxp"].numGlyphs)])
    metrics = font["hmtx"].metrics
    cmap = {code: int(name[1:]) for code, name in font.getBestCmap().items()}
    for code, like in _SUBSTITUTES.items():
        if code not in cmap and like in cmap:
            cmap[code] = cmap[like]
    return FontFace(
        tables={tag: font.reader[tag] for tag in _COPIED_TABLES},
        cmap=cmap,
        widths=[metrics[name] for name in font.getGlyphOrder()],
        outlines=font.reader["glyf"],
        offsets=font["loca"].locations,
        units=font["head"].unitsPerEm,
    )


def subset_font(face: FontFace, characters: frozenset[str], names: Mapping[int, str]) -> bytes:
    """Return a WOFF of the given characters under new names; the same characters give the same bytes.

    It has outlines without hints, widths, and ``names`` by their number in OpenType's ``name`` table. Characters that
    the font lacks are left out.
    """
    cmap = {code: face.cmap[code] for code in sorted(map(ord, characters)) if code in face.cmap}
    glyphs = _add_components(face, cmap.values())
    numbers = {glyph: number for number, glyph in enumerate(glyphs)}
    order = [f"g{number}" for number in numbers.values()]
    font = TTFont(recalcBBoxes=False, recalcTimestamp=False)
    font.flavor = "woff"
    font.setGlyphOrder(order)
    for tag in _COPIED_TABLES:
        font[tag] = newTable(tag)
        font[tag].decompile(face.tables[tag], font)
    font["post"].formatType = 3.0
    font["glyf"] = newTable("glyf")
    font["glyf"].glyphOrder = order
    font["glyf"].glyphs = {
        name: Glyph(_strip_hints(face.outline(glyph), numbers)) for name, glyph in zip(order, glyphs, strict=True)
    }
    font["loca"] = newTable("loca")
    font["hmtx"] = newTable("hmtx")
    font["hmtx"].metrics = {name: face.widths[glyph] for name, glyph in zip(order, glyphs, strict=True)}
    font["cmap"] = _build_cmap({code: order[numbers[glyph]] for code, glyph in cmap.items()})
    font["name"] = _build_name_table(names)
    out = io.BytesIO()
    font.save(out, reorderTables=None)
    return out.getvalue()


def _add_components(face: FontFace, glyphs: Iterable[int]) -> list[int]:
    """Return the glyphs with those they are composed of, in the order of the font; glyph 0 ("missing") is first."""
    closure: set[int] = set()
    waiting = [0, *glyphs]
    while waiting:
        glyph = waiting.pop()
        if glyph not in closure:
            closure.add(glyph)
            waiting += (number for _, number in _iterate_components(face.outline(glyph)))
    return sorted(closure)


def _iterate_components(outline: bytes) -> Iterator[tuple[int, int]]:
    """Yield where each component of a composed glyph begins, and its glyph; nothing for any other glyph."""
    if outline[:2] != _COMPOSITE_MARK:
        return
    at, more = 10, True
    while more:
        flags = int.from_bytes(outline[at : at + 2], "big")
        yield at, int.from_bytes(outline[at + 2 : at + 4], "big")
        at += _component_length(flags)
        more = bool(flags & MORE_COMPONENTS)


def _component_length(flags: int) -> int:
    """Return how many bytes a component takes: flags, glyph, two arguments, and up to four numbers of scale."""
    arguments = 4 if flags & ARG_1_AND_2_ARE_WORDS else 2
    if flags & WE_HAVE_A_SCALE:
        return 4 + arguments + 2
    if flags & WE_HAVE_AN_X_AND_Y_SCALE:
        return 4 + arguments + 4
    return 4 + arguments + (8 if flags & WE_HAVE_A_TWO_BY_TWO else 0)


def _strip_hints(outline: bytes, numbers: Mapping[int, int]) -> bytes:
    """Return an outline without its instructions, its components under their new numbers."""
    if outline[:2] == _COMPOSITE_MARK:
        composed, end = bytearray(outline), 10
        for at, glyph in _iterate_components(outline):
            flags = int.from_bytes(outline[at : at + 2], "big") & ~WE_HAVE_INSTRUCTIONS
            composed[at : at + 4] = flags.to_bytes(2, "big") + numbers[glyph].to_bytes(2, "big")
            end = at + _component_length(flags)
        return bytes(composed[:end])
    at = 10 + 2 * int.from_bytes(outline[:2], "big")
    instructions = int.from_bytes(outline[at : at + 2], "big")
    return outline[:at] + b"\0\0" + outline[at + 2 + instructions :] if outline else b""


def _build_cmap(cmap: Mapping[int, str]) -> Any:
    table = newTable("cmap")
    table.tableVersion = 0
    table.tables = []
    for form, encoding in ((4, 1), (12, 10)):
        part = CmapSubtable.newSubtable(form)
        part.platformID, part.platEncID, part.language = 3, encoding, 0
        part.cmap = {code: name for code, name in cmap.items() if form == 12 or code <= 0xFFFF}
        table.tables.append(part)
    return table


def _build_name_table(names: Mapping[int, str]) -> Any:
    table = newTable("name")
    for number, text in names.items():
        table.setName(text, number, 3, 1, 0x409)
    return table
