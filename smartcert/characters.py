"""Which characters nobody sees, which texts a spreadsheet would calculate, and which names are one person's.

Unseen characters make two texts that look the same differ, hide a part of a text, or turn its reading direction
around. They are:

- control characters (Unicode Cc): C0, delete, C1. Tab, line feed and carriage return are allowed where a text may have
  several lines, and count as unseen in a name;
- what Unicode lists as `Default_Ignorable_Code_Point`: zero-width spaces and joiners, the soft hyphen, marks,
  embeddings, overrides and isolates of direction, the byte order mark, tags, and the Hangul fillers (letters that
  show nothing). Variation selectors are no part of the set: they choose the form of the sign before them, as in names
  written in Hanja and in emoji;
- the separators of lines and paragraphs (U+2028, U+2029) and the anchors of interlinear annotation, which nothing here
  shows either.

A formula is a text that a spreadsheet calculates instead of showing it, which a CSV file cannot prevent by a type.
"""

from __future__ import annotations

import re
import unicodedata

_CONTROL = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
_IGNORABLE = (
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    "\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
)
_SEPARATORS = "\u2028\u2029\ufff9-\ufffb"
UNSEEN_CLASS = f"{_CONTROL}{_IGNORABLE}{_SEPARATORS}"
"""The unseen characters as the inside of a character class of `re`, without tab, line feed and carriage return."""

# what nearly every character is goes first: the long class costs four times as much on a table of a million rows
UNSEEN = re.compile(f"[^\t\n\r -~가-힣](?<=[{UNSEEN_CLASS}])")
"""Matches one unseen character of a text that may have several lines."""

UNSEEN_IN_LINE = re.compile(f"[^ -~가-힣](?<=[\t\n\r{UNSEEN_CLASS}])")
"""Matches one unseen character of a text that is one line, such as a name: tabs and ends of lines are unseen too."""

FORMULA_SIGNS = frozenset("=+-@|%＝＋－＠")
"""Signs by which a spreadsheet knows a formula or a command, also in full width, which some read as the plain ones."""

_BLANKS = re.compile(rf"[\s{UNSEEN_CLASS}]*")
# at the beginning of a cell these may end it, so that what follows begins another one
_SHIFTING = ("\t", "\r", "\n")
# a number; a page between dashes; signs alone, which leave nothing to calculate
_HARMLESS = re.compile(r"-?[0-9]+(?:\.[0-9]+)?|-\s*[0-9]+\s*-|\W*")


def is_formula(text: str, *, numbers: bool = True) -> bool:
    """Return whether a spreadsheet may calculate ``text`` instead of showing it.

    That is a text whose first character, after blanks and unseen characters, is one of `FORMULA_SIGNS`, and one that
    begins with a tab or the end of a line. Not so a plain decimal number (``-5`` stays a number), a page between dashes
    (``- 12 -``), or signs alone (``-``); without ``numbers``, where no text should be one, these count too.

    >>> [is_formula(text) for text in (" =1+1", "＝1+1", "-A1", "-5", "-", "a=b")]
    [True, True, True, False, False, False]
    """
    shown = _BLANKS.sub("", text, count=1)
    if text.startswith(_SHIFTING):
        return bool(shown)
    return shown[:1] in FORMULA_SIGNS and not (numbers and _HARMLESS.fullmatch(shown.rstrip()))


def neutralise_formula(text: str, *, numbers: bool = True) -> str:
    """Return ``text`` as a cell of a CSV file that no spreadsheet calculates: a formula behind an apostrophe.

    ``numbers`` is that of `is_formula`. Doing it twice changes nothing more, as no formula begins with an apostrophe.

    >>> neutralise_formula("=1+1"), neutralise_formula("'=1+1"), neutralise_formula("-5")
    ("'=1+1", "'=1+1", '-5')
    """
    return f"'{text}" if is_formula(text, numbers=numbers) else text


def remove_guard(text: str) -> str:
    """Return ``text`` without the apostrophe that `neutralise_formula` put before it; any other apostrophe stays.

    >>> remove_guard("'=1+1"), remove_guard("'quoted'")
    ('=1+1', "'quoted'")
    """
    return text[1:] if text.startswith("'") and is_formula(text[1:]) else text


_SAYS_NOTHING = frozenset(
    {"없음", "해당없음", "해당사항없음", "무", "특이사항없음", "none", "nothing", "nil", "n/a", "na"}
)


def says_nothing(text: str) -> bool:
    """Return whether a text stands where words are wanted and has none: signs alone, or a word for nothing.

    >>> [says_nothing(text) for text in ("", "-", "해당 없음", "N/A", "증빙 없음", "3")]
    [True, True, True, True, False, False]
    """
    return not any(sign.isalnum() for sign in text) or "".join(text.split()).strip(".").casefold() in _SAYS_NOTHING


def normalise_person(name: str) -> str:
    """Return a person's name in the form in which names are compared: without spaces and differences of case.

    Syllables that were written as single letters (NFD) are the same.

    >>> normalise_person(" Kim  Haneul ") == normalise_person("kimhaneul")
    True
    """
    return "".join(unicodedata.normalize("NFC", name).split()).casefold()
