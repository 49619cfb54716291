"""What a page rests on: its rules by name, the sources that they cite, and the value of a rule as one line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from fractions import Fraction
from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from smartcert.lazy_dataclass import dataclass
from smartcert.model.citation import Basis, Source, Status, Text
from smartcert.reporting import formats as figures
from smartcert.reporting.catalogue import Words
from smartcert.reporting.formats import SanitisedText
from smartcert.reporting.records import RoundFacts

_PERCENT_ENCODED = re.compile(r"(?:%[89A-Fa-f][0-9A-Fa-f])+")
"""Bytes that are not ASCII, so of Hangul; an encoded ``/`` or ``&`` is no such byte and keeps its meaning."""
LAW_HOSTS = frozenset({"law.go.kr", "www.law.go.kr"})
"""Where the state publishes the law. A page leads nowhere else by itself."""
_LEVEL_BOUND = re.compile(r"levels\.level_(\d+)")
_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")
_TERM_PREFIXES: Mapping[str, str] = {
    "ApplicantKind": "kind",
    "CombinationMethod": "method",
    "DocumentKind": "document",
}
"""The catalogue's prefix of the enums whose words do not stand under the name of the class."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleRow:
    """One rule in the table of rules: its name in words, its code, and the day from which it is in force."""

    name: str
    code: str
    since: str
    basis: Basis
    note: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceRow:
    """One source in the table of sources."""

    short: str
    title: str
    kind: str
    dated: str
    url: str
    note: str
    link: str = ""
    """The address again, as a link has it, where it leads to the public text of the law; else empty."""


def collect_rules(rules: Iterable[Basis], round_: RoundFacts) -> tuple[Basis, ...]:
    """Return the rules and that of the round's application window, each once, sorted by name."""
    by_name = {basis.name: basis for basis in (*rules, round_.window.basis)}
    return tuple(by_name[name] for name in sorted(by_name))


def build_basis(rules: Iterable[Basis], words: Words) -> dict[str, object]:
    """Return the values of the template of the basis: statuses (firmest first), a row per rule, a row per source."""
    rules = tuple(rules)
    occurring = {basis.status for basis in rules}
    return {
        "statuses": [status for status in Status if status in occurring],
        "rules": build_rule_rows(rules, words),
        "sources": build_source_rows((cite.source for basis in rules for cite in basis.cite), words),
    }


def name_rule(basis: Basis, words: Words) -> str:
    """Return the name of a rule in words; a rule without a name in the catalogue is shown by its code."""
    bound = _LEVEL_BOUND.fullmatch(basis.name)
    if bound:
        return words("rule.levels.bound", level=int(bound[1]))
    if basis.name.startswith("indicators."):
        return words("rule.edition_stated" if basis.name.endswith(".stated") else "rule.edition")
    key = f"rule.{basis.name}"
    return words(key) if key in words else figures.sanitise_text(basis.name)


def list_citations(rules: Iterable[Basis], words: Words) -> list[tuple[str, str]]:
    """Return per rule its citations in one line and its status; rules with the same citations and status once."""
    return list(dict.fromkeys((_format_citations(basis, words), basis.status.value) for basis in rules))


@lru_cache(maxsize=1000)
def _format_citations(basis: Basis, words: Words) -> str:
    return SanitisedText("; ".join(words.citation(cite) for cite in basis.cite))


def build_rule_rows(rules: Iterable[Basis], words: Words) -> list[RuleRow]:
    """Return the rows of the table of rules, in the order given."""
    return [_build_rule_row(basis, words) for basis in rules]


@lru_cache(maxsize=1000)
def _build_rule_row(basis: Basis, words: Words) -> RuleRow:
    # cached, as the citations above and the sources below: pages of a round rest on the same rules
    return RuleRow(
        name=name_rule(basis, words),
        code=figures.sanitise_text(basis.name),
        since=figures.format_day(basis.since, words.language),
        basis=basis,
        note=words.show(basis.note, "text") if basis.note else "",
    )


def build_source_rows(sources: Iterable[Source], words: Words) -> list[SourceRow]:
    """Return the rows of the table of sources, each source once, sorted by its id."""
    by_id = {source.id: source for source in sources}
    return [_build_source_row(by_id[name], words) for name in sorted(by_id)]


@lru_cache(maxsize=1000)
def _build_source_row(source: Source, words: Words) -> SourceRow:
    kind = f"source_kind.{source.kind}"
    # Hangul in an address is written out for its readers
    url = _PERCENT_ENCODED.sub(lambda encoded: unquote(encoded[0]), source.url) if source.url else ""
    return SourceRow(
        short=words.show(source.short, "text"),
        title=words.show(source.title, "text"),
        kind=words(kind if kind in words else "source_kind.other"),
        dated=figures.format_day(source.dated, words.language) if source.dated else words("basis.undated"),
        url=figures.sanitise_text(url) if url else words("basis.no_address"),
        note=words.show(source.note, "text") if source.note else "",
        link=find_law_link(source),
    )


def find_law_link(source: Source) -> str:
    """Return the address of a source for a link, with Hangul encoded; empty unless it is a public text of the law.

    Only ``https`` on one of `LAW_HOSTS`, without a user or a port, is such an address.
    """
    parts = urlsplit(source.url or "")
    if parts.scheme != "https" or parts.netloc not in LAW_HOSTS:
        return ""
    return urlunsplit((parts.scheme, parts.netloc, *(quote(part, safe="/%=&") for part in parts[2:])))


def list_law_links(rules: Iterable[Basis], words: Words) -> tuple[tuple[str, str], ...]:
    """Return each citation of the rules that leads to a public text of the law, with the address; each once, sorted."""
    links = {words.citation(cite): find_law_link(cite.source) for basis in rules for cite in basis.cite}
    return tuple(sorted((text, address) for text, address in links.items() if address))


def format_rule_value(value: Any, words: Words) -> str:
    """Return the value of a rule as one line: in words of the catalogue where it has some, numbers as the reports do.

    A number without a finite decimal is written as a fraction (2/3 rather than ≈0.6667).
    """
    match value:
        case bool():
            return words("symbol.yes" if value else "symbol.no")
        case int() | Fraction():
            number = figures.format_number(value)
            return str(value) if number.startswith(figures.APPROXIMATELY) else number
        case Text():
            return figures.sanitise_text(value.of(words.language))
        case Enum():
            return _enum_term(value, words)
        case Mapping():
            parts = [
                f"{format_rule_value(key, words)}: {format_rule_value(entry, words)}" for key, entry in value.items()
            ]
        case tuple():
            parts = [format_rule_value(entry, words) for entry in value]
        case _ if is_dataclass(value) and not isinstance(value, type):
            parts = [f"{field.name} {format_rule_value(getattr(value, field.name), words)}" for field in fields(value)]
        case _:
            return figures.sanitise_text(str(value))
    return ", ".join(parts) or words("symbol.none")


def _enum_term(value: Enum, words: Words) -> str:
    """Return the word for a member of an enum (``ApplicantKind.CITY``: ``kind.city``), or its value if it has none."""
    name = type(value).__name__
    key = f"{_TERM_PREFIXES.get(name) or _CAPITAL.sub('_', name).lower()}.{value.value}"
    return words.term(key) if key in words else str(value.value)
