"""Where does a page speak another language than its own? Such words get an element that names their language."""

from __future__ import annotations

import re
from typing import Final

_TAG = re.compile(r"(<[^>]*>)")
_OPEN = re.compile(r"<([a-zA-Z][\w-]*)")
_CLOSE = re.compile(r"</([a-zA-Z][\w-]*)")
_LANG = re.compile(r'\slang="([a-z]*)"')
_KOREAN_RUN = re.compile(r"[가-힣](?:[^a-z<>&]*[가-힣])?")
"""Hangul, with all between its first and last letter that is no word in Latin letters."""
_ENGLISH_RUN = re.compile(r"[A-Za-z][a-z']+(?:,? [a-z][a-z']+){2,}")
"""At least three words in a row, the second and third in small letters: no name, no code, no mark of a word."""
_RUNS: Final = {"en": (_KOREAN_RUN, "ko"), "ko": (_ENGLISH_RUN, "en")}
_VOID = frozenset({"br", "col", "hr", "img", "input", "link", "meta", "wbr"})
_TEXT_ONLY = frozenset({"desc", "option", "script", "style", "textarea", "title"})
"""Elements that can have no element inside."""


def mark_other_language(html: str, language: str) -> str:
    """Return well-formed HTML with every run of the other language in an element of its own with that ``lang``.

    ``language`` is that of the text around it. What is marked already stays as it is; in SVG the element is a
    ``tspan``, elsewhere a ``span``. Attributes cannot be marked, nor elements that have text only.
    """
    if language == "en" and not _KOREAN_RUN.search(html):
        return html
    marker = _Marker(language)
    return "".join(marker.handle_tag(part) if part.startswith("<") else marker.mark(part) for part in _TAG.split(html))


class _Marker:
    def __init__(self, language: str) -> None:
        self._open: list[tuple[str, str]] = [("", language)]
        """The elements that are open, with the language in each."""

    def handle_tag(self, tag: str) -> str:
        if closed := _CLOSE.match(tag):
            names = [name for name, _ in self._open]
            if closed[1] in names[1:]:
                del self._open[len(names) - 1 - names[::-1].index(closed[1]) :]
        elif (opened := _OPEN.match(tag)) and not tag.endswith("/>") and opened[1].lower() not in _VOID:
            lang = _LANG.search(tag)
            self._open.append((opened[1], lang[1] if lang else self._open[-1][1]))
        return tag

    def mark(self, text: str) -> str:
        name, language = self._open[-1]
        if not text.strip() or name.lower() in _TEXT_ONLY or language not in _RUNS:
            return text
        run, other = _RUNS[language]
        element = "tspan" if name in ("text", "tspan") else "span"
        return run.sub(lambda match: f'<{element} lang="{other}">{match[0]}</{element}>', text)
