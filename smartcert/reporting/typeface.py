"""How is NanumGothic embedded in a page, cut down to the page's characters, and how wide is a text set in it?"""

from __future__ import annotations

import base64
import struct
import unicodedata
import zlib
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import uharfbuzz as hb

FONT_FAMILY = "smartcert"
"""The family under which a page uses the typeface."""
REGULAR, BOLD = 400, 700

_FONTS = Path(__file__).parent / "fonts"
"""NanumGothic in two weights, with its licence."""
_FONT_FILES: Mapping[int, str] = {REGULAR: "NanumGothic.ttf", BOLD: "NanumGothicBold.ttf"}
_COPYRIGHT = "Copyright (c) 2011 NHN Corporation, with Reserved Font Name NanumGothic."
_LICENCE = "Licensed under the SIL Open Font License, Version 1.1 (openfontlicense.org)."
_NOTICE = f"/* smartcert: a subset of NanumGothic under another name. {_COPYRIGHT} {_LICENCE} */"
_TABLES = ("cmap", "glyf", "head", "hhea", "hmtx", "loca", "maxp", "name", "OS/2", "post")
"""The tables that a subset is cut from: what sets text, and the names."""
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


def build_extra_font_css(characters: Iterable[str], bold: Iterable[str] | None = None) -> str:
    """Return ``@font-face`` rules that add ``characters`` to a page whose typeface lacks them; none for no character.

    ``bold`` are those that it lacks in bold type; None means all of ``characters``.
    """
    regular = frozenset(characters)
    lacking = {REGULAR: regular, BOLD: regular if bold is None else frozenset(bold)}
    return "".join(
        f"{_font_face_rule(weight, shown).removesuffix('}')};unicode-range:{_format_ranges(shown)}}}\n"
        for weight, shown in lacking.items()
        if shown
    )


def _format_ranges(characters: Iterable[str]) -> str:
    return ",".join(f"U+{ord(character):X}" for character in sorted(characters))


def find_missing_characters(characters: Iterable[str]) -> frozenset[str]:
    """Return the characters that would show as boxes: those the font lacks and that are not blank or invisible."""
    return frozenset(
        character
        for character in characters
        if _find_glyph(REGULAR, ord(character)) is None and not _is_invisible(character)
    )


@lru_cache(maxsize=4096)
def measure_text(text: str, size: float, weight: int = REGULAR) -> float:
    """Return how wide ``text`` is when set in ``size``, in the unit of ``size``; unknown characters are one em wide."""
    # cached: the names of indicators come again in every chart
    advances = _load_advances(weight)
    return float(sum(map(advances.__getitem__, text)) * size / advances.units)


def shorten_to_width(text: str, size: float, width: float, weight: int = REGULAR) -> str:
    """Return ``text`` if it is no wider than ``width``, else its beginning with an ellipsis."""
    if measure_text(text, size, weight) <= width:
        return text
    end = _count_fitting(text, size, width - measure_text("…", size, weight), weight)
    return text[:end].rstrip() + "…"


def wrap_to_width(text: str, size: float, width: float, weight: int = REGULAR, most: int = 3) -> list[str]:
    """Return ``text`` as lines no wider than ``width``, broken at spaces where there are any; at least one line.

    What does not fit into ``most`` lines ends with an ellipsis.
    """
    lines: list[str] = []
    rest = text
    while len(lines) < most - 1 and measure_text(rest, size, weight) > width:
        end = _count_fitting(rest, size, width, weight)
        blank = rest.rfind(" ", 1, end + 1)
        end = blank if blank > 0 else max(end, 1)
        lines.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return [*lines, shorten_to_width(rest, size, width, weight)]


def _count_fitting(text: str, size: float, width: float, weight: int) -> int:
    """Return how many characters from the first on are together no wider than ``width``."""
    for end, character in enumerate(text):
        width -= measure_text(character, size, weight)
        if width < 0:
            return end
    return len(text)


def preload_fonts() -> None:
    """Read both weights now, so that processes forked from this one share them."""
    for weight in _FONT_FILES:
        _subset_weight(weight, frozenset("가"))


class _Advances(dict[str, int]):
    """The advances of the characters seen so far in one weight, in units of the font, of which an em has ``units``.

    An invisible character has none, one that the font lacks an em.
    """

    def __init__(self, weight: int) -> None:
        super().__init__()
        self._weight = weight
        self.units = int(_load_weight(weight).face.upem)

    def __missing__(self, character: str) -> int:
        glyph = _find_glyph(self._weight, ord(character))
        if glyph is None:
            advance = 0 if _is_invisible(character) else self.units
        else:
            advance = int(_load_weight(self._weight).get_glyph_h_advance(glyph))
        self[character] = advance
        return advance


@cache
def _load_advances(weight: int) -> _Advances:
    return _Advances(weight)


def _find_glyph(weight: int, code: int) -> int | None:
    """Return the number of the glyph that draws a character, or a substitute of it; None if there is none."""
    font = _load_weight(weight)
    glyph: int | None = font.get_nominal_glyph(code)
    if glyph is None and code in _SUBSTITUTES:
        glyph = font.get_nominal_glyph(_SUBSTITUTES[code])
    return glyph


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
def _load_weight(weight: int) -> hb.Font:
    """Return one weight in memory. No file stays open: forked processes would share its read position."""
    import uharfbuzz as hb  # heavy: a command that draws no page measures no text

    return hb.Font(hb.Face((_FONTS / _FONT_FILES[weight]).read_bytes()))


def _subset_weight(weight: int, characters: frozenset[str]) -> bytes:
    """Return a WOFF of the characters that the font draws, under our name; the same characters give the same bytes.

    HarfBuzz cuts it, without hints. It is given a table of characters that has just these, with substitutes where the
    font lacks a sign, and our names: the name of the original is reserved.
    """
    import uharfbuzz as hb  # as above

    face = _load_weight(weight).face
    glyphs = {code: glyph for code in sorted(map(ord, characters)) if (glyph := _find_glyph(weight, code)) is not None}
    replaced = {"cmap": _build_cmap(glyphs), "name": _name_table(weight)}
    tables = {tag: replaced.get(tag) or face.reference_table(tag).data for tag in _TABLES}
    renamed = hb.Face.create_for_tables(lambda _face, tag, _data: tables.get(tag), None)
    wanted = hb.SubsetInput()
    wanted.unicode_set.update(glyphs)
    wanted.name_id_set.update(range(16))
    wanted.flags = hb.SubsetFlags.NO_HINTING
    return _wrap_as_woff(hb.subset(renamed, wanted).blob.data)


_ZLIB_LEVEL = 6
"""The next levels take longer and give hardly a byte less."""


def _wrap_as_woff(font: bytes) -> bytes:
    """Return an OpenType font as WOFF 1.0 (w3.org/TR/WOFF): each table compressed by itself, in the order of the font.

    The table ``head`` stays as it is: it is short.
    """
    count = struct.unpack_from(">H", font, 4)[0]
    entries = [struct.unpack_from(">4sLLL", font, 12 + 16 * number) for number in range(count)]
    body, offset = bytearray(), 44 + 20 * count
    directory: dict[bytes, bytes] = {}
    for tag, checksum, start, length in sorted(entries, key=lambda entry: entry[2]):
        table = font[start : start + length]
        packed = table if tag == b"head" else min(table, zlib.compress(table, _ZLIB_LEVEL), key=len)
        directory[tag] = struct.pack(">4sLLLL", tag, offset + len(body), len(packed), length, checksum)
        body += packed + bytes(-len(packed) % 4)
        if tag == b"head":
            revision = table[4:8]
    size = 12 + 16 * count + sum(length + -length % 4 for _, _, _, length in entries)
    head = b"wOFF" + font[:4] + struct.pack(">LHHL", offset + len(body), count, 0, size) + revision + bytes(20)
    return head + b"".join(directory[tag] for tag in sorted(directory)) + bytes(body)


def _build_cmap(glyphs: Mapping[int, int]) -> bytes:
    """Return OpenType's table from characters to glyphs, as one group per character (format 12)."""
    groups = b"".join(struct.pack(">LLL", code, code, glyph) for code, glyph in glyphs.items())
    subtable = struct.pack(">HHLLL", 12, 0, 16 + len(groups), 0, len(glyphs)) + groups
    return struct.pack(">HHHHL", 0, 1, 3, 10, 12) + subtable


@cache
def _name_table(weight: int) -> bytes:
    """Return OpenType's table of names (format 0) in English, as Windows has them: UTF-16."""
    style = "Bold" if weight == BOLD else "Regular"
    names = {
        0: _COPYRIGHT,
        1: FONT_FAMILY,
        2: style,
        4: f"{FONT_FAMILY} {style}",
        6: f"{FONT_FAMILY}-{style}",
        13: _LICENCE,
    }
    records, text = b"", b""
    for number, name in names.items():
        encoded = name.encode("utf-16-be")
        records += struct.pack(">HHHHHH", 3, 1, 0x409, number, len(encoded), len(text))
        text += encoded
    return struct.pack(">HHH", 0, len(names), 6 + len(records)) + records + text
