"""Text with what a person sees beside its letters: raised or circled signs, and letters that are struck out.

Both are kept as signs of Unicode, so that a cell stays one text: a raised 1 is ``¹``, a struck 5 is ``5`` with U+0336.
Nothing normalises them away, since 12 with the footnote 1 is not 121.
"""

from __future__ import annotations

import re
import unicodedata

STRIKE = "\u0336"
"""Behind a letter: the letter is struck out."""

_RAISED = str.maketrans("0123456789+-=()abcdefghijklmnoprstuvwxyz", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ")
_MARK_CLASS = (
    "ªº²³¹ʰ-ʸˠ-ˤᴬ-ᵪᶛ-ᶿ⁰-₎ₐ-ₜ"  # raised and lowered
    "①-⓿❶-➓㉑-㉟㉠-㉾㊀-㊰㊱-㊿"  # circled, in brackets, or with a point
)
MARKS = re.compile(f"[{_MARK_CLASS}]+")
"""Matches raised, lowered and circled signs."""

_STRUCK = re.compile(".[\u0335-\u0338]", re.DOTALL)
_EXPONENT = re.compile("(?<=m)[²³]")


def raise_text(text: str) -> str:
    """Return a text as raised signs, as far as there are such.

    >>> raise_text("1)")
    '¹⁾'
    """
    return text.casefold().translate(_RAISED)


def strike_text(text: str) -> str:
    """Return a text with each of its letters struck out; blanks stay as they are."""
    return "".join(sign if sign.isspace() else sign + STRIKE for sign in text)


def normalise(text: str) -> str:
    """Return ``text`` in NFKC, but for raised and circled signs, which stay.

    >>> normalise("１２①"), normalise("12²")
    ('12①', '12²')
    """
    if text.isascii():  # most cells are
        return text
    parts, last = [], 0
    for match in MARKS.finditer(text):
        parts += [unicodedata.normalize("NFKC", text[last : match.start()]), match.group()]
        last = match.end()
    return "".join((*parts, unicodedata.normalize("NFKC", text[last:])))


def remove_marks(text: str) -> str:
    """Return ``text`` without raised and circled signs; the exponent of a square or cubic metre is no mark.

    >>> remove_marks("12①"), remove_marks("12 km²")
    ('12', '12 km²')
    """
    protected = _EXPONENT.sub(lambda match: "\0" if match.group() == "²" else "\1", text)
    return MARKS.sub("", protected).replace("\0", "²").replace("\1", "³")


def remove_struck(text: str) -> str:
    """Return ``text`` without the letters that are struck out."""
    return _STRUCK.sub("", text)
