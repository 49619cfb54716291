"""The typeface of pages and charts: NanumGothic, cut down to the characters of one page and embedded in it.

A bare machine has no Korean font, so every page carries its own. The TTF files come with the package
koreanize-matplotlib; they are found through its metadata, its module is never imported. NanumGothic is under the SIL
Open Font License 1.1, whose reserved name a changed version must not bear: the cut-down font is called ``smartcert``.
"""

from __future__ import annotations

import base64
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from importlib import metadata
from pathlib import Path

from smartcert.errors import ReportError
from smartcert.reporting.subset import Face, open_face, subset

FAMILY = "smartcert"
"""The family under which a page uses the typeface."""
REGULAR, BOLD = 400, 700

_PACKAGE = "koreanize-matplotlib"
_FILES: Mapping[int, str] = {REGULAR: "NanumGothic.ttf", BOLD: "NanumGothicBold.ttf"}
_COPYRIGHT = "Copyright (c) 2011 NHN Corporation, with Reserved Font Name NanumGothic."
_LICENCE = "Licensed under the SIL Open Font License, Version 1.1 (openfontlicense.org)."
_NOTICE = f"/* smartcert: a subset of NanumGothic under another name. {_COPYRIGHT} {_LICENCE} */"


def font_css(characters: Iterable[str], bold: Iterable[str] | None = None) -> str:
    """Return ``@font-face`` rules with a subset of both weights as data URIs; the same characters give the same bytes.

    ``bold`` are the characters that are set in bold type; None means all of ``characters``. What the font lacks is
    left to the reader's machine. Without any bold character there is no rule for bold.

    Raises:
        ReportError: the font files are not installed.
    """
    regular = frozenset(characters)
    heavy = regular if bold is None else frozenset(bold)
    faces = [_NOTICE, _rule(REGULAR, regular)]
    if heavy:
        faces.append(_rule(BOLD, heavy))
    return "\n".join(faces) + "\n"


def missing(characters: Iterable[str]) -> frozenset[str]:
    """Return the characters that would show as boxes: those the font lacks and that are not blank or invisible."""
    known = _face(REGULAR).cmap
    return frozenset(one for one in characters if ord(one) not in known and not _invisible(one))


def width(text: str, size: float, weight: int = REGULAR) -> float:
    """Return how wide ``text`` is when set in ``size``, in the unit of ``size``; unknown characters are one em wide."""
    face = _face(weight)
    return sum(_advance(face, one) for one in text) * size / face.units


def fit(text: str, size: float, room: float, weight: int = REGULAR) -> str:
    """Return ``text`` if it fits into ``room``, else its beginning with an ellipsis."""
    if width(text, size, weight) <= room:
        return text
    room -= width("…", size, weight)
    kept = []
    for one in text:
        room -= width(one, size, weight)
        if room < 0:
            break
        kept.append(one)
    return "".join(kept).rstrip() + "…"


def warm() -> None:
    """Open both weights now, so that processes forked from this one share them."""
    for weight in _FILES:
        _cut(weight, frozenset("가"))


def _advance(face: Face, character: str) -> int:
    glyph = face.cmap.get(ord(character))
    if glyph is not None:
        return face.widths[glyph][0]
    return 0 if _invisible(character) else face.units


def _invisible(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cf", "Mn", "Zs", "Zl", "Zp"}


@lru_cache(maxsize=64)
def _rule(weight: int, characters: frozenset[str]) -> str:
    data = base64.b64encode(_cut(weight, characters)).decode("ascii")
    return (
        f'@font-face{{font-family:"{FAMILY}";font-weight:{weight};font-style:normal;'
        f"src:url(data:font/woff;base64,{data}) format('woff')}}"
    )


@cache
def _face(weight: int) -> Face:
    return open_face(_locate(_FILES[weight]))


def _locate(name: str) -> Path:
    try:
        files = metadata.files(_PACKAGE) or []
    except metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.name == name:
            return Path(str(file.locate()))
    raise ReportError(f"the font {name} is not installed; it comes with the package {_PACKAGE}")


def _cut(weight: int, characters: frozenset[str]) -> bytes:
    style = "Bold" if weight == BOLD else "Regular"
    names = {0: _COPYRIGHT, 1: FAMILY, 2: style, 4: f"{FAMILY} {style}", 6: f"{FAMILY}-{style}", 13: _LICENCE}
    return subset(_face(weight), characters, names)
