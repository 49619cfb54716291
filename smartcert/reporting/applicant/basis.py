"""Rules and sources."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from fractions import Fraction
from typing import Any
from urllib.parse import unquote

from smartcert.model.citation import Basis, Source, Status, Text
from smartcert.reporting import formats as figures
from smartcert.reporting.catalogue import Words
from smartcert.reporting.records import Record, RoundFacts

# --- What a verdict rests on: rules with their names, and the sources that they cite, each once.

_PERCENT_ENCODED = re.compile(r"(?:%[89A-Fa-f][0-9A-Fa-f])+")
_LEVEL_BOUND = re.compile(r"levels\.level_(\d+)")


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleRow:
    """One rule in the table of rules."""

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


def name_rule(basis: Basis, words: Words) -> str:
    """Return what a rule is called; a rule without a name in the catalogue keeps its own."""
    bound = _LEVEL_BOUND.fullmatch(basis.name)
    if bound:
        return words("rule.levels.bound", level=int(bound[1]))
    if basis.name.startswith("indicators."):
        return words("rule.edition")
    key = f"rule.{basis.name}"
    return words(key) if key in words else figures.sanitise_text(basis.name)


def list_citations(rules: Iterable[Basis], words: Words) -> list[tuple[str, str]]:
    """Return per rule its citations in one line and its status; rules with the same citations and status once."""
    lines = [("; ".join(words.citation(cite) for cite in basis.cite), basis.status.value) for basis in rules]
    return list(dict.fromkeys(lines))


def collect_record_rules(record: Record) -> tuple[Basis, ...]:
    """Return every rule that the verdict rests on, once, by name."""
    return collect_rules(record.evaluation.rules, record.round)


def collect_rules(rules: Iterable[Basis], round_: RoundFacts) -> tuple[Basis, ...]:
    """Return rules with that of the round's window, once, by name."""
    found = [*rules, round_.window.basis]
    return tuple({basis.name: basis for basis in sorted(found, key=lambda basis: basis.name)}.values())


def build_rule_rows(rules: Iterable[Basis], words: Words) -> list[RuleRow]:
    """Return the rows of the table of rules."""
    return [
        RuleRow(
            name=name_rule(basis, words),
            code=figures.sanitise_text(basis.name),
            since=figures.format_day(basis.since, words.language),
            basis=basis,
            note=words.show(basis.note, "text") if basis.note else "",
        )
        for basis in rules
    ]


def build_basis(rules: Sequence[Basis], words: Words) -> dict[str, object]:
    """Return what the section of the basis shows of the rules: their statuses, a row each, and their sources."""
    return {
        "statuses": list_statuses(rules),
        "rules": build_rule_rows(rules, words),
        "sources": build_cited_source_rows(rules, words),
    }


def list_statuses(rules: Iterable[Basis]) -> list[Status]:
    """Return the statuses that occur, firmest first."""
    found = {basis.status for basis in rules}
    return [status for status in Status if status in found]


def build_cited_source_rows(rules: Iterable[Basis], words: Words) -> list[SourceRow]:
    """Return the sources that the rules cite, each once, by short name."""
    return build_source_rows((cite.source for basis in rules for cite in basis.cite), words)


def build_source_rows(sources: Iterable[Source], words: Words) -> list[SourceRow]:
    """Return the sources, each once, by their key."""
    found = {source.id: source for source in sources}
    return [_source_row(source, words) for source in sorted(found.values(), key=lambda one: one.id)]


def _source_row(source: Source, words: Words) -> SourceRow:
    kind = f"source_kind.{source.kind}"
    return SourceRow(
        short=words.show(source.short, "text"),
        title=words.show(source.title, "text"),
        kind=words(kind if kind in words else "source_kind.other"),
        dated=figures.format_day(source.dated, words.language) if source.dated else words("basis.undated"),
        url=figures.sanitise_text(_decode_hangul(source.url)) if source.url else words("basis.no_address"),
        note=words.show(source.note, "text") if source.note else "",
    )


def _decode_hangul(url: str) -> str:
    """Return an address with its Hangul written out; what is encoded for another reason stays encoded."""
    return _PERCENT_ENCODED.sub(lambda found: unquote(found[0]), url)


# --- The value of any rule as one line of text.

_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")
_TERM_PREFIXES = {"ApplicantKind": "kind", "CombinationMethod": "method", "DocumentKind": "document"}
"""Where the catalogue has the words of an enum, if not under its name."""


def format_rule_value(value: Any, words: Words) -> str:
    """Return the value of a rule: words of the catalogue where there are some, numbers as the reports write them."""
    match value:
        case bool():
            return words("symbol.yes" if value else "symbol.no")
        case int() | Fraction():
            number = figures.format_number(value)
            return str(value) if number.startswith(figures.APPROXIMATELY) else number  # 2/3 rather than ≈0.6667
        case Text():
            return figures.sanitise_text(value.of(words.language))
        case Enum():
            return _enum_term(value, words)
        case Mapping():
            return _join_or_none(
                (f"{format_rule_value(key, words)}: {format_rule_value(one, words)}" for key, one in value.items()),
                words,
            )
        case tuple():
            return _join_or_none((format_rule_value(one, words) for one in value), words)
    if is_dataclass(value) and not isinstance(value, type):
        parts = (f"{field.name} {format_rule_value(getattr(value, field.name), words)}" for field in fields(value))
        return _join_or_none(parts, words)
    return figures.sanitise_text(str(value))


def _join_or_none(parts: Any, words: Words) -> str:
    return ", ".join(parts) or words("symbol.none")


def _enum_term(value: Enum, words: Words) -> str:
    """Return the word for a member of an enum: ``ApplicantKind.CITY`` is ``kind.city``, ``Channel.POST`` ``channel.post``."""
    prefix = _TERM_PREFIXES.get(type(value).__name__) or _CAPITAL.sub("_", type(value).__name__).lower()
    key = f"{prefix}.{value.value}"
    return words.term(key) if key in words else str(value.value)
