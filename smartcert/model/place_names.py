"""How names of local governments are compared: folded, shortened as people shorten them, cut into parts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator

LONGEST_QUESTION = 100
"""A text that is longer than this names nobody."""

_PARTS = re.compile(r"[,()]+")
_IGNORED_CHARACTERS = re.compile(r"[\s\-'’.·ㆍ]+")
# how people shorten names: 대구광역시 to 대구, 수원시 to 수원, Jongno-gu to Jongno
_ENDINGS = re.compile(r"(?:통합특별시|특별자치시|특별자치도|특별시|광역시|특례시|도|시|군|구)$")
_ENGLISH_ENDINGS = re.compile(r"(?:-(?:do|si|gun|gu)| State| City| Special City| Integrated Special City)$")
_OMITTED_PART = re.compile(r"(?:통합특별|특별자치|특별|광역)[시도]$")
_PROVINCE = re.compile(r"(충청|전라|경상)(남|북)도")
_TWO_LETTERS = 2


def fold_name(text: str) -> str:
    """Return a name as it is compared: without blanks, hyphens, apostrophes, dots and capitals."""
    return _IGNORED_CHARACTERS.sub("", unicodedata.normalize("NFC", text)).casefold()


def split_names(text: str) -> Iterator[tuple[str, ...]]:
    """Yield the ways to cut a text into folded names: not at all, at commas and brackets, at every blank."""
    parts = [part for part in _PARTS.split(text) if part.strip()]
    for tokens in ([text], parts, " ".join(parts).split()):
        folded = tuple(fold_name(token) for token in tokens)
        if folded and all(folded):
            yield folded


def shorten_names(korean: str, english: str = "") -> set[str]:
    """Return the names that people use for short, not folded: 대구 for 대구광역시, 강원도 for 강원특별자치도, 충북.

    A stem of one letter (동 of 동구) is none.
    """
    stem = _ENDINGS.sub("", korean)
    names = {stem} if len(stem) >= _TWO_LETTERS else set()
    if _OMITTED_PART.search(korean):
        names.add(stem + korean[-1])  # 서울특별시 is 서울시 for short, 강원특별자치도 강원도
    province = _PROVINCE.fullmatch(korean)
    if province:
        names.add(province[1][0] + province[2])  # 충청북도 is 충북 for short
    if _ENGLISH_ENDINGS.search(english):
        names.add(_ENGLISH_ENDINGS.sub("", english))
    return names


def fold_all(names: Iterable[str]) -> set[str]:
    """Return the folded names of some that may be empty."""
    return {fold_name(name) for name in names if name}


def match_tokens(tokens: tuple[str, ...], own: Collection[str], above: Collection[str]) -> bool:
    """Return whether one token is an own name and every other token a name of something above."""
    return any(
        token in own and all(other in above for other in tokens[:place] + tokens[place + 1 :])
        for place, token in enumerate(tokens)
    )
