"""How does a page say something in Korean or in English: sentences of the catalogue, filled in with values."""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from fractions import Fraction
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smartcert.errors import ReportError, UsageError, suggest
from smartcert.files import sha256_hex, write_atomic
from smartcert.lazy_dataclass import dataclass
from smartcert.model.citation import Citation, Text
from smartcert.reporting.formats import (
    LANGUAGES,
    Amount,
    Language,
    SanitisedText,
    format_citation,
    format_day,
    format_duration,
    format_moment,
    format_month,
    format_number,
    format_percent,
    sanitise_text,
)

if TYPE_CHECKING:  # a command that prints sentences of its own need not load what an evaluation is
    from smartcert.model.applicant import Applicant
    from smartcert.model.application import Partner, Value
    from smartcert.model.certification import PublicCertification
    from smartcert.model.evaluation import Facts, Finding
    from smartcert.model.indicator import Indicator
    from smartcert.model.scheme import SchemeFacts

_FOLDER = Path(__file__).parent / "words"
FieldValue = str | Text | Fraction | int | Amount | date | datetime | Sequence[str]
SentenceVariants = str | tuple[str, ...]
"""A sentence, or several with the fullest first: the first whose fields are all given is used, else the last."""

LEVEL_FORMATS = {"level": "level_name.name", "lowerlevel": "level_name.lower", "barelevel": ""}
"""Ways to write the level with a number, with the sentence that puts its word beside the number, if any does.

A scheme's own name of the level takes the place of both.
"""
FIELD_FORMATS = frozenset(
    {"text", "source", "number", "percent", "duration", "day", "moment", "month", "term", "list", *LEVEL_FORMATS}
)
_EXACT = (int, Fraction)
"""The types of exact numbers; a union of both would be built at each question."""
_PLACEHOLDER = re.compile(
    r"\{(?P<name>[a-z_]+)(?::(?P<format>[a-z]+)(?:\.(?P<digits>\d))?)?(?:\|(?P<pair>[^{}/]+/[^{}/]+))?\}"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Placeholder:
    """One field of a sentence: ``{name:format.digits|pair}``, where ``pair`` are two particles or two number forms.

    Of number forms the first stands beside what is shown as 1, the second beside all else.
    """

    name: str
    format: str
    digits: int | None
    pair: str | None


SentenceParts = tuple[str, tuple[Placeholder, ...]]
"""A sentence with ``%s`` where something is filled in, and what that is."""


def parse_language(name: str) -> Language:
    """Return ``name`` if it is a language of the reports; a UsageError where it is none."""
    for known in LANGUAGES:
        if name == known:
            return known
    raise UsageError(f"no language '{name}'{suggest(name, LANGUAGES)}; there are: {', '.join(LANGUAGES)}")


@cache
def find_placeholders(sentence: str) -> tuple[Placeholder, ...]:
    """Return the fields of a sentence in their order; a ReportError for another brace, or an unknown format."""
    if "{" in _PLACEHOLDER.sub("", sentence) or "}" in _PLACEHOLDER.sub("", sentence):
        raise ReportError(f"a brace without a field in the catalogue of words: {sentence!r}")
    placeholders = tuple(_read_placeholder(match) for match in _PLACEHOLDER.finditer(sentence))
    unknown = {placeholder.format for placeholder in placeholders} - FIELD_FORMATS
    if unknown:
        raise ReportError(f"unknown format {', '.join(sorted(unknown))} in the catalogue of words: {sentence!r}")
    return placeholders


@cache
def _list_field_names(sentence: str) -> frozenset[str]:
    """Return the names of the fields of a sentence; errors as of `find_placeholders`."""
    return frozenset(field.name for field in find_placeholders(sentence))


@cache
def _split_sentence(sentence: str) -> SanitisedText | SentenceParts:
    """Return a sentence in parts, or as it is where it has no field."""
    placeholders = tuple(_read_placeholder(match) for match in _PLACEHOLDER.finditer(sentence))
    if not placeholders:
        return SanitisedText(sentence)
    return _PLACEHOLDER.sub("%s", sentence.replace("%", "%%")), placeholders


def _read_placeholder(match: re.Match[str]) -> Placeholder:
    digits = None if match["digits"] is None else int(match["digits"])
    return Placeholder(name=match["name"], format=match["format"] or "text", digits=digits, pair=match["pair"])


def _fields_of_facts(facts: Facts) -> dict[str, FieldValue]:
    """Return all facts by name; a name that stands beside a word of the same name is called ``<name>_name``."""
    fields: dict[str, FieldValue] = {**facts.words, **facts.terms, **facts.numbers, **facts.days, **facts.moments}
    for name, text in facts.names.items():
        fields[f"{name}_name" if name in fields else name] = text
    return fields


@cache
def load_catalogue(language: Language, page: str) -> Mapping[str, SentenceVariants]:
    """Return a page's sentences by their dotted keys, from ``words/<page>.<language>.toml``."""
    file = _FOLDER / f"{page}.{language}.toml"
    if not file.is_file():
        raise ReportError(f"no words for page '{page}' in language '{language}'")
    return dict(_flatten_table(_read_table(file), ""))


def _read_table(file: Path) -> dict[str, Any]:
    """Return what a TOML file has.

    What was parsed once stands beside it as JSON, which is read in a twentieth of the time, as Python has what it
    compiled; a file that has changed since is parsed again.
    """
    text = file.read_bytes()
    parsed, digest = file.parent / "__pycache__" / f"{file.name}.json", sha256_hex(text)
    with suppress(OSError, ValueError, KeyError, TypeError):
        stored: dict[str, Any] = json.loads(parsed.read_bytes())
        if stored["sha256"] == digest:
            table: dict[str, Any] = stored["table"]
            return table
    import tomllib  # only for what changed

    table = tomllib.loads(text.decode())
    if not sys.dont_write_bytecode:
        with suppress(UsageError, OSError, TypeError):  # nothing can be written there, or it has more than texts
            write_atomic(parsed, json.dumps({"sha256": digest, "table": table}).encode())
    return table


def _flatten_table(table: Mapping[str, Any], above: str) -> Iterator[tuple[str, SentenceVariants]]:
    for name, value in table.items():
        key = f"{above}{name}"
        if isinstance(value, dict):
            yield from _flatten_table(value, f"{key}.")
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

    def __init__(self, name: str, *pages: str, scheme: SchemeFacts | None = None) -> None:
        self.language: Language = parse_language(name)
        self._entries: dict[str, SentenceVariants] = {}
        self._level_names = scheme.level_names if scheme is not None else {}
        self._own_fields: dict[str, FieldValue] = {"scheme": scheme.title} if scheme is not None else {}
        self._class_names: dict[str, Text] = {}
        self._parts: dict[tuple[str, ...], SanitisedText | SentenceParts] = {}
        """By the key of a sentence and the names of the fields that it was filled with."""
        for page in ("terms", "findings", *pages):
            entries = load_catalogue(self.language, page)
            twice = self._entries.keys() & entries.keys()
            if twice:
                raise ReportError(f"words of page '{page}' stand in another page too: {', '.join(sorted(twice))}")
            self._entries.update(entries)
            if scheme is not None:
                self._entries.update(_own_sentences(scheme, page, self.language))
                self._class_names.update(_name_classes(scheme, page))

    def characters(self) -> frozenset[str]:
        """Return every character of every sentence, and of every name that a scheme gives."""
        own = (*self._level_names.values(), *self._class_names.values(), *self._own_fields.values())
        names = [name.of(self.language) for name in own if isinstance(name, Text)]
        lines = (line for entry in self._entries.values() for line in entry)
        return frozenset(character for line in (*lines, *names) for character in line)

    def list_variants(self, key: str) -> tuple[str, ...]:
        """Return a sentence with its fields unfilled, in all its variants; none where there is no such key."""
        entry = self._entries.get(key, ())
        return (entry,) if isinstance(entry, str) else entry

    def level(self, number: int, form: str = "level") -> str:
        """Return what a level is called: by the scheme's name for it, else by its number in one of `LEVEL_FORMATS`."""
        name = self._level_names.get(number)
        if name is not None:
            return sanitise_text(name.of(self.language))
        key = LEVEL_FORMATS[form]
        return self(key, level=number) if key else format_number(number, 0)

    def __contains__(self, key: str) -> bool:
        return key in self._entries or key in self._class_names

    def __call__(self, key: str, /, **fields: FieldValue) -> str:
        """Return the sentence under ``key``, filled in, not escaped; a ReportError where key or fields do not fit."""
        names = (key, *fields)
        parts = self._parts.get(names)
        if parts is None:
            parts = self._parts[names] = self._choose_parts(key, fields)
        return parts if isinstance(parts, str) else self._fill(key, parts, fields)

    def _choose_parts(self, key: str, fields: Mapping[str, FieldValue]) -> SanitisedText | SentenceParts:
        """Return the sentence that fits the names of the fields: as shown if nothing is filled in, else in parts."""
        if not fields and key in self._class_names:
            return sanitise_text(self._class_names[key].of(self.language))
        sentence = self._sentence(key, fields)
        unknown = fields.keys() - _list_field_names(sentence)
        if unknown:
            raise ReportError(f"'{key}' has no field {', '.join(sorted(unknown))}")
        return _split_sentence(sentence)

    def term(self, key: str) -> str:
        """Return the word for one member of an enum (``"channel.mail"``)."""
        return self(key)

    def finding(self, finding: Finding) -> str:
        """Return the sentence of a finding: the one for its outcome, if there is one, else the one for its code."""
        by_outcome = f"finding.{finding.code}.{finding.outcome.value}"
        key = by_outcome if by_outcome in self else f"finding.{finding.code}"
        fields = _fields_of_facts(finding.facts)
        parts = _split_sentence(self._sentence(key, fields))
        return parts if isinstance(parts, str) else self._fill(key, parts, fields)

    def _name_source(self, source: str) -> str:
        """Return where a figure is from: the word for its key, where the catalogue has one, else as it is written."""
        key = f"source.{source}"
        return self(key) if key in self else sanitise_text(source)

    def citation(self, cite: Citation) -> str:
        """Return a citation as the language writes it."""
        return format_citation(cite, self.language)

    def _sentence(self, key: str, fields: Mapping[str, FieldValue]) -> str:
        entry = self._entries.get(key)
        if entry is None:
            raise ReportError(f"no words under '{key}'{suggest(key, self._entries)}")
        if isinstance(entry, str):
            return entry
        return next((text for text in entry if _list_field_names(text) <= fields.keys()), entry[-1])

    def _fill(self, key: str, parts: SentenceParts, fields: Mapping[str, FieldValue]) -> str:
        if self._own_fields:
            fields = {**self._own_fields, **fields}
        sentence, placeholders = parts
        return SanitisedText(sentence % tuple([self._fill_field(key, field, fields) for field in placeholders]))

    def _fill_field(self, key: str, field: Placeholder, fields: Mapping[str, FieldValue]) -> str:
        try:
            value = fields[field.name]
        except KeyError:
            raise ReportError(f"'{key}' needs a field {field.name}") from None
        try:
            shown = self.show(value, field.format, field.digits)
        except TypeError as error:
            raise ReportError(f"field {field.name} of '{key}': {error}") from None
        if field.pair is None:
            return shown
        if self.language == "ko":
            return add_particle(shown, field.pair)
        singular, plural = field.pair.split("/")
        return f"{shown} {singular if shown == '1' else plural}"

    def show(self, value: FieldValue, form: str, digits: int | None = None) -> str:
        """Return a value in one of the `FIELD_FORMATS`; a TypeError where it is not of the type that it shows."""
        if form == "number":
            if isinstance(value, Amount):
                return format_number(value.value, value.digits)
            if isinstance(value, _EXACT):
                return format_number(value, digits or 0)
        elif form == "text":
            if isinstance(value, str):
                return sanitise_text(value)
            if isinstance(value, Text):
                return sanitise_text(value.of(self.language))
        return self._show_in_words(value, form, digits)

    def _show_in_words(self, value: FieldValue, form: str, digits: int | None) -> str:
        """Return a value in one of the formats beside ``text`` and ``number``."""
        match form, value:
            case (("source" | "term"), str()):
                return self.term(value) if form == "term" else self._name_source(value)
            case "list", list() | tuple():
                return ", ".join(sanitise_text(part) for part in value)
            case (("level" | "lowerlevel" | "barelevel"), int() | Fraction()) if value.denominator == 1:
                return self.level(int(value), form)
            case "percent", Fraction() | int():
                return format_percent(Fraction(value), digits)
            case "duration", (Fraction() | int()) if value.denominator == 1:
                return format_duration(int(value), self.language)
            case "month", str():
                return format_month(value, self.language)
            case "moment", datetime():
                return format_moment(value, self.language)
            case "day", date() if not isinstance(value, datetime):
                return format_day(value, self.language)
        raise TypeError(f"a {type(value).__name__} cannot be shown as {form}")


@lru_cache(maxsize=32)
def load_words(language: str, *pages: str, scheme: SchemeFacts | None = None) -> Words:
    """Return the words of some pages as `Words` builds them: the same object for the pages of all applicants.

    It has nothing of an applicant: what is filled into a sentence is not stored.
    """
    return Words(language, *pages, scheme=scheme)


_RESULTS = ("result.certified", "result.not_certified", "summary.levels.certified", "summary.levels.not_certified")


def _own_sentences(scheme: SchemeFacts, page: str, language: Language) -> dict[str, SentenceVariants]:
    """Return what a scheme words otherwise on a page."""
    own = {} if scheme.worded_as_city else dict(_load_neutral_sentences(page, language))
    if not scheme.level_names:  # a number alone does not say whether it was certified
        own = {key: sentence for key, sentence in own.items() if key not in _RESULTS}
    return own | {wording.key: wording.sentence.of(language) for wording in scheme.wordings if wording.page == page}


def _name_classes(scheme: SchemeFacts, page: str) -> dict[str, Text]:
    """Return the names of a scheme's classes by the keys of their terms: texts, in which a brace is no field."""
    prefix = {"terms": "size_type", "charts": "chart.size"}.get(page)
    return (
        {}
        if prefix is None
        else {f"{prefix}.{declared_class.id}": declared_class.name for declared_class in scheme.classes}
    )


def _load_neutral_sentences(page: str, language: Language) -> dict[str, SentenceVariants]:
    """Return the sentences of a page that say nothing of cities; ``{scheme}`` in them is the title of the scheme."""
    file = _FOLDER / f"other_scheme.{language}.toml"
    sentences: dict[str, SentenceVariants] = _read_table(file).get(page, {})
    return sentences


def describe_partner(partner: Partner, words: Words) -> str:
    """Return one of those who apply together: its name, whether it leads, its share where one is stated."""
    fields: dict[str, FieldValue] = {"name": partner.applicant.full_name}
    if partner.share is not None:
        fields["share"] = partner.share / 100
    return words("partner.lead" if partner.lead else "partner.partner", **fields)


def name_region(government: Applicant, words: Words) -> str:
    """Return the short name of a regional government, or its own where the catalogue has none."""
    key = f"history.region.{government.code[:2]}"
    return words(key) if key in words else words.show(government.name, "text")


def format_level(certification: PublicCertification, words: Words) -> str:
    """Return the level in full: one level, both readings where they are disputed, or that none was published."""
    if certification.level_status == "disputed":
        return words(
            "history.level.disputed",
            levels=[words("history.level.one", level=level) for level in certification.level_claims],
        )
    if certification.level is None:
        return words("history.level.unknown")
    return words("history.level.one", level=certification.level)


def format_level_short(certification: PublicCertification, words: Words) -> str:
    """Return the level for a bar of a chart; nothing where it is not known."""
    if certification.level_status == "disputed":
        return words("history.level.short_disputed", level="/".join(map(str, certification.level_claims)))
    return words("history.level.short", level=str(certification.level)) if certification.level is not None else ""


def format_quantity(value: Fraction, indicator: Indicator, words: Words) -> str:
    """Return a number with the unit of an indicator, in English that of one beside exactly 1 where the edition has it.

    Korean units follow at once, others after a space; % always follows at once.
    """
    name = sanitise_text(indicator.name_unit(value, words.language))
    close = name.startswith("%") or (words.language == "ko" and not name[:1].isascii())
    return SanitisedText(f"{format_number(value)}{'' if close else ' '}{name}")


def format_value(value: Value, indicator: Indicator, words: Words) -> str:
    """Return a value as it is shown: not submitted, not applicable, yes, no, or a number with its unit."""
    from smartcert.model.application import Missing  # imported here: as above
    from smartcert.model.indicator import YesNoScale

    if isinstance(value, Missing):
        return words(f"missing.{value.value}")
    if isinstance(indicator.scale, YesNoScale):
        return words("symbol.yes" if value else "symbol.no")
    return format_quantity(value, indicator, words)


_FIRST_SYLLABLE, _LAST_SYLLABLE, _FINALS = 0xAC00, 0xD7A3, 28
_RIEUL = 8
_AFTER_RIEUL_AS_VOWEL = frozenset({"으로", "으로서", "으로써", "으로부터"})
_DIGITS = "영일이삼사오육칠팔구"
_POWERS_OF_TEN = ((16, "경"), (12, "조"), (8, "억"), (4, "만"), (3, "천"), (2, "백"), (1, "십"))
_CAPITAL_SOUNDS = dict(zip("LMNR", "엘엠엔알", strict=True))
_SMALL_LETTER_SOUNDS = dict(zip("bcklmnpt", "읍윽윽을음은읍읏", strict=True))
_OPEN_ENDING = re.compile("(?:[^aeiouy]t|[lnrs]k|[lmrs]p)$")
"""The ends of words whose last letter gets a vowel in Korean: 스마트, 네트워크, 헬프."""
_SILENT_E = re.compile("(?:[aeiouy][lmn]|[^aeiouy]l)e$")
"""The ends of words that end in the letter before: 온라인, 게임, 모바일, 테이블."""
_SIGN_SOUNDS = {"%": "트", "+": "스", "㎡": "터", "㎢": "터", "℃": "도", "°": "도", "㎞": "터", "㎿": "트", "㎾": "트"}
_UNIT_SOUNDS = {
    **dict.fromkeys(("mm", "cm", "m", "km", "L", "l"), "터"),
    **dict.fromkeys(("mg", "g", "kg"), "램"),
    **dict.fromkeys(("kW", "MW", "GW", "MB", "GB", "TB", "%p"), "트"),
    **dict.fromkeys(("kWh", "MWh"), "시"),
    "t": "톤",
    "ha": "르",
}
"""Units in Latin letters that stand behind a figure are read in full: 3km is 3킬로미터."""
_TRAILING_UNIT = re.compile(rf"\d ?({'|'.join(sorted(_UNIT_SOUNDS, key=len, reverse=True))})$")
_CLOSED_BY = {")": "(", "]": "[", "）": "（"}
_TRAILING_NUMBER = re.compile(r"(\d[\d,]*)(\.\d+)?$")


def add_particle(text: str, pair: str) -> str:
    """Return ``text`` followed by the one of ``pair`` (as ``"은/는"``) that fits its last sound.

    Figures are read as Korean numbers, capitals by their names; words in brackets at the end are not read. Where the
    sound is not known, both are written.

    >>> add_particle("하늘시", "은/는"), add_particle("하늘군", "은/는"), add_particle("서울", "으로/로")
    ('하늘시는', '하늘군은', '서울로')
    >>> add_particle("3", "으로/로"), add_particle("1,000", "이/가"), add_particle("하늘시(Haneul)", "을/를")
    ('3으로', '1,000이', '하늘시(Haneul)를')
    """
    after_consonant, after_vowel = pair.split("/")
    final = _final_consonant(text)
    if final is None:
        return f"{text}{after_consonant}({after_vowel})"
    closed = final != 0 and not (final == _RIEUL and after_consonant in _AFTER_RIEUL_AS_VOWEL)
    return text + (after_consonant if closed else after_vowel)


def _final_consonant(text: str) -> int | None:
    """Return the number of the final consonant in Unicode's order (0: none, 8: ㄹ), or None if it is not known."""
    word = _spoken_part(text)
    if not word:
        return None
    if unit := _TRAILING_UNIT.search(word):
        sound = _UNIT_SOUNDS[unit[1]]
    elif number := _TRAILING_NUMBER.search(word):
        sound = _last_number_sound(number[1], number[2])
    else:
        sound = _last_letter_sound(word)
    if not _FIRST_SYLLABLE <= ord(sound) <= _LAST_SYLLABLE:
        return None
    return (ord(sound) - _FIRST_SYLLABLE) % _FINALS


def _spoken_part(text: str) -> str:
    """Return a text without what is not read aloud at its end: brackets, punctuation, blanks."""
    word = unicodedata.normalize("NFC", text).strip()
    while word and word[-1] not in _SIGN_SOUNDS and unicodedata.category(word[-1])[0] in "PZC":
        word = _without_brackets(word) or word[:-1]
    return word


def _without_brackets(word: str) -> str:
    """Return what stands before the bracket, with those inside it, that a text ends with; nothing if there is none."""
    closing = word[-1]
    opening, depth = _CLOSED_BY.get(closing), 0
    for place in range(len(word) - 1, 0, -1) if opening else ():
        depth += (word[place] == closing) - (word[place] == opening)
        if not depth:
            return word[:place].rstrip()
    return ""


def _last_number_sound(integer: str, fraction: str | None) -> str:
    if fraction:
        return _DIGITS[int(fraction[-1])]
    digits = integer.replace(",", "")
    zeros = len(digits) - len(digits.rstrip("0"))
    if zeros == 0 or zeros == len(digits):
        return _DIGITS[int(digits[-1])]
    return next(name for least, name in _POWERS_OF_TEN if zeros >= least)


def _last_letter_sound(word: str) -> str:
    last = word[-1]
    if last in _SIGN_SOUNDS:
        return _SIGN_SOUNDS[last]
    if not (last.isascii() and last.isalpha()):
        return last
    if last.isupper():
        return _CAPITAL_SOUNDS.get(last, "이")
    if _OPEN_ENDING.search(word):
        return "이"
    if _SILENT_E.search(word):
        last = word[-2]
    return "응" if word.endswith("ng") else _SMALL_LETTER_SOUNDS.get(last, "이")
