"""Korean particles: 은/는, 이/가, 을/를, 과/와, 으로/로 by the sound that the word before ends in."""

from __future__ import annotations

import re
import unicodedata

_FIRST_SYLLABLE, _LAST_SYLLABLE, _FINALS = 0xAC00, 0xD7A3, 28
_RIEUL = 8
_AFTER_RIEUL_AS_VOWEL = frozenset({"으로", "으로서", "으로써", "으로부터"})
_DIGITS = "영일이삼사오육칠팔구"
_ZEROS = ((16, "경"), (12, "조"), (8, "억"), (4, "만"), (3, "천"), (2, "백"), (1, "십"))
_LETTERS = dict(zip("LMNR", "엘엠엔알", strict=True))
_SMALL_LETTERS = dict(zip("bcklmnpt", "읍윽윽을음은읍읏", strict=True))
_SIGNS = {"%": "트", "㎡": "터", "㎢": "터", "℃": "도", "°": "도", "㎞": "터", "㎿": "트", "㎾": "트"}
_BRACKETS = re.compile(r"^(.*\S)\s*(?:\([^()]*\)|\[[^\[\]]*\]|（[^（）]*）)$", re.DOTALL)
_NUMBER = re.compile(r"(\d[\d,]*)(\.\d+)?$")


def with_particle(text: str, pair: str) -> str:
    """Return ``text`` followed by the one of ``pair`` (as ``"은/는"``) that fits its last sound.

    Figures are read as Korean numbers, capitals by their names; words in brackets at the end are not read. Where the
    sound is not known, both are written.

    >>> with_particle("하늘시", "은/는"), with_particle("하늘군", "은/는"), with_particle("서울", "으로/로")
    ('하늘시는', '하늘군은', '서울로')
    >>> with_particle("3", "으로/로"), with_particle("1,000", "이/가"), with_particle("하늘시(Haneul)", "을/를")
    ('3으로', '1,000이', '하늘시(Haneul)를')
    """
    after_consonant, after_vowel = pair.split("/")
    final = _final(text)
    if final is None:
        return f"{text}{after_consonant}({after_vowel})"
    closed = final != 0 and not (final == _RIEUL and after_consonant in _AFTER_RIEUL_AS_VOWEL)
    return text + (after_consonant if closed else after_vowel)


def _final(text: str) -> int | None:
    """Return the number of the final consonant in Unicode's order (0: none, 8: ㄹ), or None if it is not known."""
    word = _read_part(text)
    if not word:
        return None
    number = _NUMBER.search(word)
    sound = _number_sound(number[1], number[2]) if number else _sound(word)
    if not _FIRST_SYLLABLE <= ord(sound) <= _LAST_SYLLABLE:
        return None
    return (ord(sound) - _FIRST_SYLLABLE) % _FINALS


def _read_part(text: str) -> str:
    word = unicodedata.normalize("NFC", text).strip()
    while before := _BRACKETS.match(word):
        word = before[1]
    while word and word[-1] not in _SIGNS and unicodedata.category(word[-1])[0] in "PZC":
        word = word[:-1]
    return word


def _number_sound(whole: str, fraction: str | None) -> str:
    if fraction:
        return _DIGITS[int(fraction[-1])]
    digits = whole.replace(",", "")
    zeros = len(digits) - len(digits.rstrip("0"))
    if zeros == 0 or zeros == len(digits):
        return _DIGITS[int(digits[-1])]
    return next(name for least, name in _ZEROS if zeros >= least)


def _sound(word: str) -> str:
    last = word[-1]
    if last in _SIGNS:
        return _SIGNS[last]
    if not (last.isascii() and last.isalpha()):
        return last
    if last.isupper():
        return _LETTERS.get(last, "이")
    return "응" if word.endswith("ng") else _SMALL_LETTERS.get(last, "이")
