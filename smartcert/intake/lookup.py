"""Entries of a registry by what a user types: a code, or a name in Korean or English, with or without the parent.

Names are matched as whole tokens: 동구 does not find 강동구, and 광주시 is not 광주광역시.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from difflib import get_close_matches

from smartcert.model.applicant import Applicant, Kind, Registry

_LONGEST = 100
_CODE = re.compile(r"[0-9]{10}")
_PARTS = re.compile(r"[,()]+")
_UNHEARD = re.compile(r"[\s\-'’.]+")
# how people shorten names: 대구광역시 to 대구, 수원시 to 수원, Jongno-gu to Jongno
_ENDINGS = re.compile(r"(?:특별자치시|특별자치도|특별시|광역시|도|시|군|구)$")
_ENGLISH_ENDINGS = re.compile(r"(?:-(?:do|si|gun|gu)| State| City)$")
_SELDOM_SAID = re.compile(r"(?:특별자치|특별|광역)[시도]$")
_PROVINCE = re.compile(r"(충청|전라|경상)(남|북)도")
_TWO_LETTERS = 2


def find(registry: Registry, words: str) -> tuple[Applicant, ...]:
    """Return the entries that ``words`` may mean, in the order of the registry; none if there is no such entry.

    ``"2714000000"``, ``"동구"``, ``"대구 동구"``, ``"대구광역시 동구"``, ``"광주 (경기)"``, ``"Dong-gu, Daegu"``. A
    full name goes before a shortened one: 광주시 means the city in 경기도 only, 광주 that city and 광주광역시. The
    second code of a local government is found by that code only.
    """
    text = unicodedata.normalize("NFC", words).strip()
    if not text or len(text) > _LONGEST:
        return ()
    if _CODE.fullmatch(text):
        return tuple(entry for entry in registry.entries if entry.code == text)
    entries = registry.by_code()
    candidates = [entry for entry in registry.entries if entry.kind is not Kind.DUPLICATE_CODE]
    for short in (False, True):
        for tokens in _readings(text):
            found = tuple(entry for entry in candidates if _fits(entry, tokens, entries, short=short))
            if found:
                return found
    return ()


def nearest(registry: Registry, words: str, *, most: int = 3) -> tuple[Applicant, ...]:
    """Return entries whose names look like ``words``, the nearest first: what to suggest where nothing was found."""
    by_name: dict[str, Applicant] = {}
    for entry in registry.entries:
        for name in (entry.name.ko, entry.name.en, f"{entry.parent_name} {entry.name.ko}"):
            by_name.setdefault(_heard(name), entry)
    heard = _heard(words[:_LONGEST])
    near = [by_name[name] for name in get_close_matches(heard, list(by_name), n=most + 2, cutoff=0.6)]
    return tuple({entry.code: entry for entry in near}.values())[:most]


def _heard(text: str) -> str:
    return _UNHEARD.sub("", unicodedata.normalize("NFC", text)).casefold()


def _readings(text: str) -> Iterator[tuple[str, ...]]:
    """Yield how a text may be cut into names: as one, at commas and brackets, at every blank."""
    parts = [part for part in _PARTS.split(text) if part.strip()]
    for tokens in ([text], parts, " ".join(parts).split()):
        heard = tuple(_heard(token) for token in tokens)
        if heard and all(heard):
            yield heard


def _fits(entry: Applicant, tokens: tuple[str, ...], entries: dict[str, Applicant], *, short: bool) -> bool:
    """Whether one token names the entry and every other one something above it."""
    own = _own(entry, short=short)
    above = _above(entry, entries) if len(tokens) > 1 else set()
    return any(
        token in own and all(other in above for other in tokens[:place] + tokens[place + 1 :])
        for place, token in enumerate(tokens)
    )


def _own(entry: Applicant, *, short: bool) -> set[str]:
    whole, last = entry.name.ko, entry.name.ko.split()[-1]
    names = {whole, last, entry.name.en, f"{entry.parent_name} {whole}"}
    return {_heard(name) for name in (_shortened(last, entry.name.en) if short else names) if name}


def _above(entry: Applicant, entries: dict[str, Applicant]) -> set[str]:
    """Everything that what is above an entry is called, in full and shortened."""
    names = set(entry.parent_name.split()) | {entry.parent_name}
    parent = entries.get(entry.parent_code or "")
    while parent is not None:
        names |= {parent.name.ko, parent.name.en, *_shortened(parent.name.ko.split()[-1], parent.name.en)}
        above = entries.get(parent.parent_code or "")
        parent = above if above is not parent else None
    return {_heard(name) for name in names | {short for name in names for short in _shortened(name, "")} if name}


def _shortened(korean: str, english: str) -> set[str]:
    stem = _ENDINGS.sub("", korean)
    names = {stem} if len(stem) >= _TWO_LETTERS else set()
    if _SELDOM_SAID.search(korean):
        names.add(stem + korean[-1])  # 서울특별시 is 서울시 for short, 강원특별자치도 강원도
    province = _PROVINCE.fullmatch(korean)
    if province:
        names.add(province[1][0] + province[2])  # 충청북도 is 충북 for short
    if _ENGLISH_ENDINGS.search(english):
        names.add(_ENGLISH_ENDINGS.sub("", english))
    return names
