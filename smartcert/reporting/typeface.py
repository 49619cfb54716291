"""How is our typeface embedded in a page, cut down to the page's characters, and how wide is a text set in it?

It is NanumGothic under another name, as `.ci/convert_font.py` writes it: outlines that take few bytes.
"""

from __future__ import annotations

import base64
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from smartcert.reporting.fonts.woff import pack_woff2

if TYPE_CHECKING:
    import uharfbuzz as hb

FONT_FAMILY = "smartcert"
"""The family under which a page uses the typeface."""
REGULAR, BOLD = 400, 700

FONT_FILES: Mapping[int, Path] = {
    weight: Path(__file__).parent / "fonts" / f"smartcert-{style}.ttf"
    for weight, style in ((REGULAR, "Regular"), (BOLD, "Bold"))
}
"""Both weights; the licence stands beside them."""
_NOTICE = (
    "/* smartcert: a subset of NanumGothic under another name. Copyright (c) 2011 NHN Corporation, with Reserved Font "
    "Name NanumGothic. Licensed under the SIL Open Font License, Version 1.1 (openfontlicense.org). */"
)


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
    for weight in FONT_FILES:
        _subset_weight(weight, frozenset("가"))


def prepare_subsets() -> None:
    """Work out once what every subset of both weights needs, so that each takes half the time; bytes stay the same."""
    import uharfbuzz as hb  # as in `_load_weight`

    for weight in FONT_FILES.keys() - _PREPARED_FACES.keys():
        _PREPARED_FACES[weight] = hb.subset_preprocess(_load_weight(weight).face)


_PREPARED_FACES: dict[int, hb.Face] = {}
"""What `prepare_subsets` worked out, by weight. That takes as long as eighty subsets save: too long for a few pages."""


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
    """Return the number of the glyph that draws a character; None if there is none."""
    glyph: int | None = _load_weight(weight).get_nominal_glyph(code)
    return glyph


def _is_invisible(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cf", "Mn", "Zs", "Zl", "Zp"}


@lru_cache(maxsize=64)
def _font_face_rule(weight: int, characters: frozenset[str]) -> str:
    data = base64.b64encode(_subset_weight(weight, characters)).decode("ascii")
    return (
        f'@font-face{{font-family:"{FONT_FAMILY}";font-weight:{weight};font-style:normal;'
        f"src:url(data:font/woff2;base64,{data})}}"
    )


@cache
def _load_weight(weight: int) -> hb.Font:
    """Return one weight in memory. No file stays open: forked processes would share its read position."""
    import uharfbuzz as hb  # heavy: a command that draws no page measures no text

    return hb.Font(hb.Face(FONT_FILES[weight].read_bytes()))


def _subset_weight(weight: int, characters: frozenset[str]) -> bytes:
    """Return a WOFF 2.0 of the characters that the font draws; the same characters give the same bytes."""
    import uharfbuzz as hb  # as above

    wanted = hb.SubsetInput()
    wanted.unicode_set.update(map(ord, characters))
    wanted.name_id_set.update(range(16))
    face = _PREPARED_FACES.get(weight) or _load_weight(weight).face
    return pack_woff2(hb.subset(face, wanted).blob.data)
