"""Which local government a name or a code means, who sent a package, and the ids of applicants in a round."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from datetime import date
from difflib import get_close_matches

from smartcert.characters import UNSEEN_IN_LINE
from smartcert.errors import Place, Problem
from smartcert.files import WINDOWS_DEVICES
from smartcert.io.formats.text import quote
from smartcert.io.parameters.local_governments import load_local_governments
from smartcert.io.parameters.populations import last_day
from smartcert.io.parameters.registry import CODE
from smartcert.model.applicant import Applicant, ApplicantKind, Registry
from smartcert.model.local_government import CodeUse
from smartcert.model.place_names import (
    LONGEST_QUESTION,
    fold_all,
    fold_name,
    match_tokens,
    shorten_names,
    split_names,
)


def find_entries(registry: Registry, words: str) -> tuple[Applicant, ...]:
    """Return the entries that a code or a name in Korean or English may mean, in the order of the registry.

    ``"2714000000"``, ``"동구"``, ``"대구 동구"``, ``"대구광역시 동구"``, ``"광주 (경기)"``, ``"Dong-gu, Daegu"``. A
    full name goes before a shortened one: 광주시 means the city in 경기도 only, 광주 that city and 광주광역시. The
    second code of a local government is found by that code only.
    """
    text = unicodedata.normalize("NFC", words).strip()
    if not text or len(text) > LONGEST_QUESTION:
        return ()
    if CODE.fullmatch(text):
        return tuple(entry for entry in registry.entries if entry.code == text)
    entries = registry.by_code()
    candidates = [entry for entry in registry.entries if entry.kind is not ApplicantKind.DUPLICATE_CODE]
    for short in (False, True):
        for tokens in split_names(text):
            matches = tuple(entry for entry in candidates if _matches(entry, tokens, entries, short=short))
            if matches:
                return matches
    return ()


def find_by_history(registry: Registry, words: str) -> tuple[Applicant, ...]:
    """Return the entries whose local government ever had a code or a name, under whatever code it has in the registry.

    4613000000, 전라남도 여수시 and 여수시 mean 1213000000 in a registry of July 2026. Whoever has ended is not in it.
    """
    entries = registry.by_code()
    found = {}
    for candidate in load_local_governments().find(words, on=_find_day(registry)):
        for code in candidate.entity.codes:
            if code.code in entries and code.use is CodeUse.OWN:
                found[code.code] = entries[code.code]
    return tuple(found.values())


def _find_day(registry: Registry) -> date:
    return last_day(registry.as_of) if registry.as_of else date.max


def suggest_entries(registry: Registry, words: str, *, most: int = 3) -> tuple[Applicant, ...]:
    """Return at most ``most`` entries whose names are similar to ``words``, the most similar first."""
    by_name: dict[str, Applicant] = {}
    for entry in registry.entries:
        for name in (entry.name.ko, entry.name.en, f"{entry.parent_name} {entry.name.ko}"):
            by_name.setdefault(fold_name(name), entry)
    folded = fold_name(words[:LONGEST_QUESTION])
    near = [by_name[name] for name in get_close_matches(folded, list(by_name), n=most + 2, cutoff=0.6)]
    return tuple({entry.code: entry for entry in near}.values())[:most]


def suggest_near(registry: Registry, words: str) -> tuple[Applicant, ...]:
    """Return entries with similar names, as a guess: below what the first word names where it names a parent.

    광주 동귀 is never guessed to be that of Busan. A code has no similar ones.
    """
    if words.strip().isdigit():
        return ()
    first, *rest = words.split() or [""]
    entries = registry.by_code()
    inside = [entry for entry in registry.entries if rest and fold_name(first) in _parent_names(entry, entries)]
    if not inside:
        return suggest_entries(registry, words)
    below = Registry(as_of=registry.as_of, entries=tuple(inside), source=registry.source)
    return tuple(entries[entry.code] for entry in suggest_entries(below, " ".join(rest)))


def _matches(entry: Applicant, tokens: tuple[str, ...], entries: dict[str, Applicant], *, short: bool) -> bool:
    """Return whether one token names the entry and every other token something that the entry belongs to."""
    own = _own_names(entry, short=short)
    above = _parent_names(entry, entries) if len(tokens) > 1 else set()
    return match_tokens(tokens, own, above)


def _own_names(entry: Applicant, *, short: bool) -> set[str]:
    full, last = entry.name.ko, entry.name.ko.split()[-1]
    names = {full, last, entry.name.en, f"{entry.parent_name} {full}"}
    if entry.kind is ApplicantKind.CITY and last.endswith("시"):
        # 지방자치법 제198조: a city of this size may call itself 특례시, and the registry has it as 시
        names |= {name[:-1] + "특례시" for name in (full, last, f"{entry.parent_name} {full}")}
    return fold_all(shorten_names(last, entry.name.en) if short else names)


def _parent_names(entry: Applicant, entries: dict[str, Applicant]) -> set[str]:
    """Return all names of what an entry belongs to, in full and shortened."""
    names = set(entry.parent_name.split()) | {entry.parent_name}
    parent = entries.get(entry.parent_code or "")
    while parent is not None:
        names |= {parent.name.ko, parent.name.en, *shorten_names(parent.name.ko.split()[-1], parent.name.en)}
        above = entries.get(parent.parent_code or "")
        parent = above if above is not parent else None
    return fold_all(names | {short for name in names for short in shorten_names(name)})


_SCRIPTS = ("HANGUL", "LATIN")
_MOST_NAMED = 5


def identify_sender(
    logged: str, code: str, name: str, registry: Registry, package: str
) -> tuple[Applicant | None, list[Problem]]:
    """Return the entry that a package is from, or None with the problems of its code and name.

    ``logged`` is the code of the log, ``code`` and ``name`` are those of the form. A name that several entries have,
    such as 중구 without its city, is a problem that lists them.
    """
    problems = _check_codes_and_name(logged, code, name)
    entry: Applicant | None = None
    if not problems:
        chosen = logged or code
        entry, problems = _identify_by_code(chosen, name, registry) if chosen else _identify_by_name(name, registry)
    return entry, [Problem(place=Place(file=package), found=found, wanted=wanted) for found, wanted in problems]


_FoundAndWanted = list[tuple[str, str]]


def _check_codes_and_name(logged: str, code: str, name: str) -> _FoundAndWanted:
    problems = [
        (f"the code {quote(text)}", "a code of ten digits")
        for text in (logged, code)
        if text and not CODE.fullmatch(text)
    ]
    if logged and code and logged != code:
        found = f"the code {quote(code)} in the form of {quote(logged)}"
        problems.append((found, "the form of the applicant who sent it"))
    foreign = _find_foreign_character(name)
    if foreign:
        problems.append((f"the name {quote(name)} with {foreign}", "Hangul or Latin letters only"))
    return problems


def _identify_by_code(code: str, name: str, registry: Registry) -> tuple[Applicant | None, _FoundAndWanted]:
    entry = registry.by_code().get(code) or next(iter(find_by_history(registry, code)), None)
    if entry is None:
        former = _describe_former(code, registry)
        return None, [
            (f"the code {code}, {former or 'which the registry does not have'}", "a code of the round's registry")
        ]
    named = find_entries(registry, name) or find_by_history(registry, name) if name else ()
    if name and entry not in named and not _stands_for(entry, named):
        found = f"the name {quote(name)} beside the code of {entry.full_name.ko}"
        return None, [(found, "the name and the code of one entry")]
    return entry, []


def _identify_by_name(name: str, registry: Registry) -> tuple[Applicant | None, _FoundAndWanted]:
    named = find_entries(registry, name) if name else ()
    if len(named) == 1:
        return named[0], []
    if named:
        listed = ", ".join(_describe_entry(entry) for entry in named[:_MOST_NAMED])
        found = f"the name {quote(name)}, which {len(named)} have: {listed}"
        return None, [(found, "its code, or the name with its parent's")]
    former = find_by_history(registry, name) if name else ()
    if len(former) == 1 and _is_current(name, registry):
        return former[0], []
    if former:
        listed = ", ".join(_describe_entry(entry) for entry in former[:_MOST_NAMED])
        return None, [(f"the name {quote(name)}, a former one of {listed}", "its code, or the name that it has now")]
    ended = _describe_former(name, registry) if name else ""
    if ended:
        return None, [(f"the name {quote(name)}, {ended}", "a local government of the round's registry")]
    near = ", ".join(_describe_entry(entry) for entry in suggest_near(registry, name)) if name else ""
    return None, [(f"the name {quote(name)}{f' (perhaps {near})' if near else ''}", "a code or a name of the registry")]


def describe_unknown_code(code: str, registry: Registry) -> tuple[str, str] | None:
    """Return what a code is that a registry does not have, and the code to take in its place.

    That is the code under which its local government is in the registry, or of who came after it; None where nobody
    ever had it.
    """
    now = find_by_history(registry, code) if CODE.fullmatch(code) else ()
    if now:
        return f"{code}, another code of {now[0].full_name.ko}", f"{now[0].code}, its code in the round's registry"
    former = _describe_former(code, registry) if CODE.fullmatch(code) else ""
    return (f"{code}, {former}", "a local government of the round's registry") if former else None


def _is_current(name: str, registry: Registry) -> bool:
    return all(candidate.current for candidate in load_local_governments().find(name, on=_find_day(registry)))


def _describe_former(words: str, registry: Registry) -> str:
    """Return whose name or code it was until when, and who came after it; empty where nobody had it."""
    governments, day = load_local_governments(), _find_day(registry)
    ended = [
        candidate.entity
        for candidate in governments.find(words, on=day)
        if candidate.entity.last is not None and candidate.entity.last < day
    ]
    if len(ended) != 1:
        return ""
    entity = ended[0]
    after = ", ".join(
        f"{governments.name(successor, day).ko} {successor.code_on(day)}"
        for successor in governments.successors(entity)
    )
    return f"that of {governments.name(entity, day).ko} until {entity.last}" + (f" (now {after})" if after else "")


def _stands_for(entry: Applicant, named: tuple[Applicant, ...]) -> bool:
    """Return whether the entry is the second code of one of the local governments that the name means."""
    return any(other.code == entry.parent_code for other in named)


def _find_foreign_character(name: str) -> str:
    if UNSEEN_IN_LINE.search(name):
        return "unseen characters"
    for letter in name:
        if letter.isalpha():
            letter_name = unicodedata.name(letter, "")
            if not letter_name.startswith(_SCRIPTS):
                return f"the letter {letter_name.lower() or f'U+{ord(letter):04X}'}"
    return ""


def _describe_entry(entry: Applicant) -> str:
    return f"{entry.full_name.ko} {entry.code}"


_NOT_IN_ID = re.compile(r"[^a-z0-9]+")

_MAX_ID_LENGTH = 40


def assign_ids(registry: Registry) -> Mapping[str, str]:
    """Return the id that every entry has in a round, by its code: the same whoever assigns it.

    The English name in small letters; where several entries have it, the code follows it. ``Jung-gu`` becomes
    ``jung-gu-1114000000``, ``Suwon-si`` is ``suwon-si``.
    """
    names = {entry.code: _slugify(entry) for entry in registry.entries}
    times = Counter(names.values())
    return {code: name if times[name] == 1 else f"{name[:28]}-{code}" for code, name in names.items()}


def _slugify(entry: Applicant) -> str:
    plain = unicodedata.normalize("NFKD", entry.name.en.casefold()).encode("ascii", "ignore").decode("ascii")
    slug = _NOT_IN_ID.sub("-", plain).strip("-")[:_MAX_ID_LENGTH].strip("-")
    fits = slug and slug[0].isalpha() and not WINDOWS_DEVICES.fullmatch(slug)
    return slug if fits else f"a{entry.code}"
