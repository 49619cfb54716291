"""Who sent a package: code and name of the form and of the log held against the registry and each other."""

from __future__ import annotations

import re
import unicodedata

from smartcert.errors import Place, Problem
from smartcert.intake.lookup import find, nearest
from smartcert.intake.scalars import quoted
from smartcert.model.applicant import Applicant, Registry

_CODE = re.compile(r"[0-9]{10}")
_UNSEEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\x00-\x1f\x7f]")
_SCRIPTS = ("HANGUL", "LATIN")
_MOST_NAMED = 5


def identify(
    logged: str, code: str, name: str, registry: Registry, package: str
) -> tuple[Applicant | None, list[Problem]]:
    """Return the entry that a package is from, or None, and what speaks against it.

    ``logged`` is the code of the log, ``code`` and ``name`` are those of the form. 중구 without its city and 광주 are
    not decided but told with all that they may mean.
    """
    told = _against_each_other(logged, code, name)
    entry: Applicant | None = None
    if not told:
        chosen = logged or code
        entry, told = _by_code(chosen, name, registry) if chosen else _by_name(name, registry)
    return entry, [Problem(place=Place(file=package), found=found, wanted=wanted) for found, wanted in told]


_Told = list[tuple[str, str]]


def _against_each_other(logged: str, code: str, name: str) -> _Told:
    told = [
        (f"the code {quoted(text)}", "a code of ten digits")
        for text in (logged, code)
        if text and not _CODE.fullmatch(text)
    ]
    if logged and code and logged != code:
        told.append(
            (f"the code {quoted(code)} in the form of {quoted(logged)}", "the form of the applicant who sent it")
        )
    strange = _strange(name)
    if strange:
        told.append((f"the name {quoted(name)} with {strange}", "Hangul or Latin letters only"))
    return told


def _by_code(code: str, name: str, registry: Registry) -> tuple[Applicant | None, _Told]:
    entry = registry.by_code().get(code)
    if entry is None:
        return None, [(f"the code {code}, which the registry does not have", "a code of the round's registry")]
    named = find(registry, name) if name else ()
    if name and entry not in named and not _stands_for(entry, named):
        found = f"the name {quoted(name)} beside the code of {entry.name.ko}"
        return None, [(found, "the name and the code of one entry")]
    return entry, []


def _by_name(name: str, registry: Registry) -> tuple[Applicant | None, _Told]:
    named = find(registry, name) if name else ()
    if len(named) == 1:
        return named[0], []
    if named:
        listed = ", ".join(_told(one) for one in named[:_MOST_NAMED])
        found = f"the name {quoted(name)}, which {len(named)} have: {listed}"
        return None, [(found, "its code, or the name with its parent's")]
    near = ", ".join(_told(one) for one in nearest(registry, name)) if name else ""
    return None, [
        (f"the name {quoted(name)}{f' (perhaps {near})' if near else ''}", "a code or a name of the registry")
    ]


def _stands_for(entry: Applicant, named: tuple[Applicant, ...]) -> bool:
    """Whether a second code was used beside the name of the local government that it stands for."""
    return any(one.code == entry.parent_code for one in named)


def _strange(name: str) -> str:
    if _UNSEEN.search(name):
        return "unseen characters"
    for letter in name:
        if letter.isalpha():
            told = unicodedata.name(letter, "")
            if not told.startswith(_SCRIPTS):
                return f"the letter {told.lower() or f'U+{ord(letter):04X}'}"
    return ""


def _told(entry: Applicant) -> str:
    return f"{entry.parent_name} {entry.name.ko} {entry.code}".strip()
