"""A problem with a file as one line in the language of whoever reads it.

What was found and wanted, and what is wrong with a command, is written in English where it is raised. The catalogue
``problems`` has those sentences with their fields in both languages; a text that fits one of them is said in the other
language. What fits none stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from smartcert.errors import Problem
from smartcert.reporting.catalogue import Placeholder, Words, find_placeholders, load_catalogue

_FIELD = re.compile(r"\{([a-z_]+)[^{}]*\}")
_QUOTED = re.compile(r"'\{([a-z_]+)[^{}]*\}'")
_TABLE = re.compile(r"!table ([0-9]+)")
_LEAD = re.compile(r"\s*(?:[0-9-]+ {2})?")
_LIST = "\n  "
"""Begins an item of a list below a sentence."""


def describe_problem(problem: Problem, language: str) -> str:
    """Return a problem as one line: where, what was found, what is wanted."""
    if language == "en":
        return str(problem)
    words = _load_words(language)
    return words(
        "problem",
        place=describe_place(str(problem.place), language),
        found=translate(problem.found, language),
        wanted=translate(problem.wanted, language),
    )


def describe_place(place: str, language: str) -> str:
    """Return a place in a file, with the number of a table in the language."""
    return place if language == "en" else _TABLE.sub(r"!표 \1", place)


def translate(text: str, language: str) -> str:
    """Return what a problem says in another language; the text itself where the catalogue does not have it."""
    if language == "en":
        return text
    if _LIST in text:
        return "\n".join(_translate_line(line, language) for line in text.split("\n"))
    sentence = _find_sentence(text)
    if sentence is None or any(_SEPARATOR in value for value in sentence[1].values()):
        for separator in re.finditer(_SEPARATOR, text):  # one problem after another
            if _find_sentence(text[: separator.start()]):
                parts = (text[: separator.start()], text[separator.end() :])
                return _SEPARATOR.join(translate(part, language) for part in parts)
    if sentence is None:
        return text
    key, fields, quoted = sentence
    shown = {name: value if name in quoted else translate(value, language) for name, value in fields.items()}
    return _load_words(language)(key, **shown)


_SEPARATOR = "; "
"""Stands between problems that are said in one line."""


def _find_sentence(text: str) -> tuple[str, Mapping[str, str], frozenset[str]] | None:
    """Return the key of the sentence that a text is in English, its fields, and which of these stand in quotes.

    None where the catalogue does not have it.
    """
    for key, pattern, quoted in _compile_sentences():
        if match := pattern.fullmatch(text):
            return key, match.groupdict(), quoted
    return None


def _translate_line(line: str, language: str) -> str:
    """Return a line of a list in another language; its indent and the code before its text stay."""
    match = _LEAD.match(line)
    lead = match.group() if match else ""
    return lead + translate(line.removeprefix(lead).rstrip(), language)


@cache
def _load_words(language: str) -> Words:
    return Words(language, "problems")


@cache
def _compile_sentences() -> tuple[tuple[str, re.Pattern[str], frozenset[str]], ...]:
    """Return the English sentences as patterns, those with the most text of their own first.

    Beside each stand its fields in quotes: what somebody wrote is never said in another language.
    """
    entries = [
        (key, sentence)
        for key, sentence in load_catalogue("en", "problems").items()
        if isinstance(sentence, str) and key != "problem"
    ]
    entries.sort(key=lambda entry: -len(_FIELD.sub("", entry[1])))
    return tuple((key, _compile_sentence(sentence), frozenset(_QUOTED.findall(sentence))) for key, sentence in entries)


def _compile_sentence(sentence: str) -> re.Pattern[str]:
    fields = iter(find_placeholders(sentence))
    parts = _FIELD.split(sentence)
    # the parts in turn: text, name of a field, text, ...
    pattern = "".join(
        _compile_field(next(fields)) if place % 2 else re.escape(part) for place, part in enumerate(parts)
    )
    return re.compile(pattern, re.DOTALL)


def _compile_field(field: Placeholder) -> str:
    forms = "" if field.pair is None else f" (?:{'|'.join(map(re.escape, field.pair.split('/')))})"
    return f"(?P<{field.name}>.+?){forms}"
