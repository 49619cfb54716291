"""Where does a page speak another language than its own? Such words get an element that names their language."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

_TAG = re.compile(r"(<[^>]*>)")
_OPEN = re.compile(r"<([a-zA-Z][\w-]*)")
_CLOSE = re.compile(r"</([a-zA-Z][\w-]*)")
_LANG = re.compile(r'lang="(?<=\slang=")([a-z]*)"')
"""It begins with letters, and the hint below with a blank: these are looked for in a fraction of the time."""
_KOREAN_RUN = re.compile(r"[가-힣](?:[^a-z<>&]*[가-힣])?")
"""Hangul, with all between its first and last letter that is no word in Latin letters."""
_ENGLISH_RUN = re.compile(r"(?<![a-z])[A-Za-z][a-z']++(?:,? [a-z][a-z']++){2,}")
"""At least three words in a row, the second and third in small letters: no name, no code, no mark of a word.

What stands before it, and that no letter is given back, change no match: they spare looking again within a word.
"""
_RUNS: Final = {"en": (_KOREAN_RUN, "ko"), "ko": (_ENGLISH_RUN, "en")}
_ELEMENT = re.compile(r'<([a-zA-Z][\w-]*)\s[^<>]*?(?<=\s)lang="([a-z]*)"[^<>]*>([^<]*)</\1>')
"""An element with a language and nothing but text in it."""
_THREE_WORDS = re.compile(r" (?:(?<=[a-z'] )|(?<=[a-z'], ))[a-z][a-z']+,? [a-z][a-z']")
"""What every run in English has; it is looked for in a fifth of the time."""
_HINTS: Final = {"en": _KOREAN_RUN, "ko": _THREE_WORDS}
"""What HTML in a language has somewhere, if only in an attribute, where a run of the other one is in it."""
_VOID = frozenset({"br", "col", "hr", "img", "input", "link", "meta", "wbr"})
_TEXT_ONLY = frozenset({"desc", "option", "script", "style", "textarea", "title"})
"""Elements that can have no element inside."""


def mark_other_language(html: str, language: str) -> str:
    """Return well-formed HTML with every run of the other language in an element of its own with that ``lang``.

    ``language`` is that of the text around it. What is marked already stays as it is; in SVG the element is a
    ``tspan``, elsewhere a ``span``. Attributes cannot be marked, nor elements that have text only.
    """
    inside = _list_languages(html, language)
    if not any(_HINTS[name].search(html) for name in inside & _HINTS.keys()):
        return html
    parts = _TAG.split(html)  # texts at even positions, tags at odd ones
    positions = _find_runs(parts, [_RUNS[name][0] for name in _RUNS if name in inside])
    opened = [("", language)]  # the elements that are open, with the language in each
    start = 1
    for position in positions:
        _follow_tags(parts[start:position:2], opened)
        start = position + 1
        parts[position] = _mark_text(parts[position], *opened[-1])
    return "".join(parts)


def _list_languages(html: str, language: str) -> set[str]:
    """Return the languages of the texts in which a run of another one may be looked for: that of the page, and others.

    One that only short elements are in, without a run of another, is left out.
    """
    others = [name for name in _LANG.findall(html) if name != language] if 'lang="' in html else []
    if not others:
        return {language}
    elements = [match.groups() for match in _ELEMENT.finditer(html) if match[2] != language]
    if len(elements) == len(others) and not any(
        name in _RUNS and _RUNS[name][0].search(text) for _, name, text in elements
    ):
        return {language}
    return {language, *others}


def _find_runs(parts: list[str], runs: Iterable[re.Pattern[str]]) -> list[int]:
    """Return the positions of the texts in which one of ``runs`` occurs, in their order: few of all texts."""
    texts = parts[::2]
    joined = "<".join(texts)  # no run has this character
    if joined.count("<") != len(texts) - 1:  # a tag that does not end is a text
        return list(range(0, len(parts), 2))
    positions: set[int] = set()
    for run in runs:
        number = read = 0
        for match in run.finditer(joined):
            number += joined.count("<", read, match.start())
            read = match.start()
            positions.add(2 * number)
    return sorted(positions)


def _follow_tags(tags: Iterable[str], opened: list[tuple[str, str]]) -> None:
    """Open or close the elements of some tags; ``opened`` is changed in place."""
    for is_end, name, language in map(_read_tag, tags):
        if is_end:
            if opened[-1][0] == name:
                opened.pop()
                continue
            names = [other for other, _ in opened]
            if name in names:
                del opened[len(names) - 1 - names[::-1].index(name) :]
        elif name:
            opened.append((name, opened[-1][1] if language is None else language))


@lru_cache(maxsize=4096)
def _read_tag(tag: str) -> tuple[bool, str, str | None]:
    """Return whether a tag ends an element, its name and its ``lang``; no name where nothing is opened or closed."""
    if tag.endswith("/>"):
        return False, "", None
    if closed := _CLOSE.match(tag):
        return True, closed[1], None
    match = _OPEN.match(tag)
    if not match or match[1].lower() in _VOID:
        return False, "", None
    lang = _LANG.search(tag)
    return False, match[1], lang[1] if lang else None


def _mark_text(text: str, name: str, language: str) -> str:
    """Return a text of the element ``name``, which is in ``language``, with the runs of the other one marked."""
    if name.lower() in _TEXT_ONLY or language not in _RUNS:
        return text
    run, other = _RUNS[language]
    element = "tspan" if name in ("text", "tspan") else "span"
    return run.sub(lambda match: f'<{element} lang="{other}">{match[0]}</{element}>', text)
