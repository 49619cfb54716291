"""The catalogue of words: every sentence of the reports, whole, in Korean and in English.

A sentence has fields ``{name:format}`` or ``{name:format|a/b}``. In Korean ``a/b`` is the particle after a consonant
and after a vowel (은/는) and follows at once; in English it is the word after exactly one and after any other number
(day/days) and follows after a space. Formats:

==========  =====================================================================
text        somebody's own words or a name in both languages (the default)
number      a number, exactly or with ≈; ``number.1`` with at least one digit
percent     a share of one as a percentage; ``percent.1`` rounded to one digit
day         a date
moment      a date with the time, in Korean time
month       "2023-10"
term        a key of the catalogue of terms ("channel.mail")
list        several words, one after the other
==========  =====================================================================
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Any

from smartcert.errors import ReportError, UsageError, suggestion
from smartcert.model.citation import Citation, Text
from smartcert.model.evaluation import Facts, Finding
from smartcert.reporting import figures
from smartcert.reporting.figures import LANGUAGES, Amount, Language, Plain
from smartcert.reporting.particles import with_particle

Field = str | Text | Fraction | int | Amount | date | datetime | Sequence[str]
Entry = str | tuple[str, ...]
"""A sentence, or several of which the first is said whose fields are all known (the fullest first)."""

FORMATS = frozenset({"text", "number", "percent", "day", "moment", "month", "term", "list"})
_FIELD = re.compile(
    r"\{(?P<name>[a-z_]+)(?::(?P<format>[a-z]+)(?:\.(?P<digits>\d))?)?(?:\|(?P<pair>[^{}/]+/[^{}/]+))?\}"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Gap:
    """One field of a sentence, as the catalogue writes it."""

    name: str
    format: str
    digits: int | None
    pair: str | None


def language(name: str) -> Language:
    """Return ``name`` if it is a language of the reports.

    Raises:
        UsageError: it is none.
    """
    for known in LANGUAGES:
        if name == known:
            return known
    raise UsageError(f"no language '{name}'{suggestion(name, LANGUAGES)}; there are: {', '.join(LANGUAGES)}")


@cache
def gaps(sentence: str) -> tuple[Gap, ...]:
    """Return the fields of a sentence in their order.

    Raises:
        ReportError: a brace that is no field, or an unknown format.
    """
    if "{" in _FIELD.sub("", sentence) or "}" in _FIELD.sub("", sentence):
        raise ReportError(f"a brace without a field in the catalogue of words: {sentence!r}")
    found = tuple(_gap(field) for field in _FIELD.finditer(sentence))
    unknown = {gap.format for gap in found} - FORMATS
    if unknown:
        raise ReportError(f"unknown format {', '.join(sorted(unknown))} in the catalogue of words: {sentence!r}")
    return found


def _gap(found: re.Match[str]) -> Gap:
    digits = None if found["digits"] is None else int(found["digits"])
    return Gap(name=found["name"], format=found["format"] or "text", digits=digits, pair=found["pair"])


def _fields(facts: Facts) -> dict[str, Field]:
    """Return all facts by name; a name that stands beside a word of the same name is called ``<name>_name``."""
    fields: dict[str, Field] = {**facts.words, **facts.terms, **facts.numbers, **facts.days, **facts.moments}
    for name, text in facts.names.items():
        fields[f"{name}_name" if name in fields else name] = text
    return fields


@cache
def catalogue(language: Language, page: str) -> Mapping[str, Entry]:
    """Return the sentences of one page by their dotted keys, read from ``words/<page>.<language>.toml``.

    Raises:
        ReportError: there is no such page, or a value is no text.
    """
    file = files("smartcert.reporting") / "words" / f"{page}.{language}.toml"
    if not file.is_file():
        raise ReportError(f"no words for page '{page}' in language '{language}'")
    return dict(_flat(tomllib.loads(file.read_text("utf-8")), ""))


def _flat(table: Mapping[str, Any], above: str) -> Iterator[tuple[str, Entry]]:
    for name, value in table.items():
        key = f"{above}{name}"
        if isinstance(value, dict):
            yield from _flat(value, f"{key}.")
        elif isinstance(value, str) and value.strip():
            yield key, value
        elif isinstance(value, list) and value and all(isinstance(part, str) and part.strip() for part in value):
            yield key, tuple(value)
        else:
            raise ReportError(f"the catalogue of words has no text under '{key}'")


class Words:
    """All words of some pages in one language. The terms and the findings belong to every page.

    >>> words = Words("ko")
    >>> words("finding.received_late.not_met") if "finding.received_late.not_met" in words else "no such key"
    'no such key'
    """

    def __init__(self, name: str, *pages: str) -> None:
        self.language: Language = language(name)
        self._entries: dict[str, Entry] = {}
        for page in ("terms", "findings", *pages):
            entries = catalogue(self.language, page)
            twice = self._entries.keys() & entries.keys()
            if twice:
                raise ReportError(f"words of page '{page}' stand in another page too: {', '.join(sorted(twice))}")
            self._entries.update(entries)

    def characters(self) -> frozenset[str]:
        """Return every character of every sentence."""
        return frozenset(one for entry in self._entries.values() for line in entry for one in line)

    def __contains__(self, key: str) -> bool:
        return key in self._entries

    def __call__(self, key: str, /, **fields: Field) -> str:
        """Return the sentence under ``key`` with its fields filled in: plain text, not yet escaped.

        Raises:
            ReportError: an unknown key, a field that is missing, unknown, or of the wrong type.
        """
        sentence = self._sentence(key, fields)
        unknown = fields.keys() - {gap.name for gap in gaps(sentence)}
        if unknown:
            raise ReportError(f"'{key}' has no field {', '.join(sorted(unknown))}")
        return self._fill(key, sentence, fields)

    def term(self, key: str) -> str:
        """Return the word for one member of an enum (``"channel.mail"``)."""
        return self(key)

    def finding(self, finding: Finding) -> str:
        """Return the sentence of a finding: the one for its outcome, if there is one, else the one for its code."""
        by_outcome = f"finding.{finding.code}.{finding.outcome.value}"
        key = by_outcome if by_outcome in self else f"finding.{finding.code}"
        fields = _fields(finding.facts)
        return self._fill(key, self._sentence(key, fields), fields)

    def citation(self, cite: Citation) -> str:
        """Return a citation as the language writes it."""
        return figures.citation(cite, self.language)

    def _sentence(self, key: str, fields: Mapping[str, Field]) -> str:
        entry = self._entries.get(key)
        if entry is None:
            raise ReportError(f"no words under '{key}'{suggestion(key, self._entries)}")
        if isinstance(entry, str):
            return entry
        fitting = (one for one in entry if all(gap.name in fields for gap in gaps(one)))
        return next(fitting, entry[-1])

    def _fill(self, key: str, sentence: str, fields: Mapping[str, Field]) -> str:
        return Plain(_FIELD.sub(lambda found: self._field(key, _gap(found), fields), sentence))

    def _field(self, key: str, gap: Gap, fields: Mapping[str, Field]) -> str:
        if gap.name not in fields:
            raise ReportError(f"'{key}' needs a field {gap.name}")
        value = fields[gap.name]
        try:
            shown = self.show(value, gap.format, gap.digits)
        except TypeError as error:
            raise ReportError(f"field {gap.name} of '{key}': {error}") from None
        if gap.pair is None:
            return shown
        if self.language == "ko":
            return with_particle(shown, gap.pair)
        one, other = gap.pair.split("/")
        return f"{shown} {one if value in (1, Amount(value=Fraction(1), digits=0)) else other}"

    def show(self, value: Field, form: str, digits: int | None = None) -> str:
        """Return one value in one of the formats.

        Raises:
            TypeError: the value is not of the type that the format shows.
        """
        for shown in (self._text(value, form), self._number(value, form, digits), self._time(value, form)):
            if shown is not None:
                return shown
        raise TypeError(f"a {type(value).__name__} cannot be shown as {form}")

    def _text(self, value: Field, form: str) -> str | None:
        match form, value:
            case "text", Text():
                return figures.plain(value.of(self.language))
            case "text", str():
                return figures.plain(value)
            case "term", str():
                return self.term(value)
            case "list", list() | tuple():
                return ", ".join(figures.plain(part) for part in value)
        return None

    @staticmethod
    def _number(value: Field, form: str, digits: int | None) -> str | None:
        match form, value:
            case "number", Amount():
                return figures.number(value.value, value.digits)
            case "number", Fraction() | int():
                return figures.number(value, digits or 0)
            case "percent", Fraction() | int():
                return figures.percent(Fraction(value), digits)
        return None

    def _time(self, value: Field, form: str) -> str | None:
        match form, value:
            case "month", str():
                return figures.month(value, self.language)
            case "moment", datetime():
                return figures.moment(value, self.language)
            case "day", date() if not isinstance(value, datetime):
                return figures.day(value, self.language)
        return None
