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

_ENCODED = re.compile(r"(?:%[89A-Fa-f][0-9A-Fa-f])+")
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


def rule_name(basis: Basis, words: Words) -> str:
    """Return what a rule is called; a rule without a name in the catalogue keeps its own."""
    bound = _LEVEL_BOUND.fullmatch(basis.name)
    if bound:
        return words("rule.levels.bound", level=int(bound[1]))
    if basis.name.startswith("indicators."):
        return words("rule.edition")
    key = f"rule.{basis.name}"
    return words(key) if key in words else figures.plain(basis.name)


def cite_lines(rules: Iterable[Basis], words: Words) -> list[tuple[str, str]]:
    """Return per rule its citations in one line and its status; rules with the same citations and status once."""
    lines = [("; ".join(words.citation(cite) for cite in basis.cite), basis.status.value) for basis in rules]
    return list(dict.fromkeys(lines))


def used(record: Record) -> tuple[Basis, ...]:
    """Return every rule that the verdict rests on, once, by name."""
    return together(record.evaluation.rules, record.round)


def together(rules: Iterable[Basis], round_: RoundFacts) -> tuple[Basis, ...]:
    """Return rules with that of the round's window, once, by name."""
    found = [*rules, round_.window.basis]
    return tuple({basis.name: basis for basis in sorted(found, key=lambda basis: basis.name)}.values())


def rule_rows(rules: Iterable[Basis], words: Words) -> list[RuleRow]:
    """Return the rows of the table of rules."""
    return [
        RuleRow(
            name=rule_name(basis, words),
            code=figures.plain(basis.name),
            since=figures.day(basis.since, words.language),
            basis=basis,
            note=words.show(basis.note, "text") if basis.note else "",
        )
        for basis in rules
    ]


def shown(rules: Sequence[Basis], words: Words) -> dict[str, object]:
    """Return what the section of the basis shows of the rules: their statuses, a row each, and their sources."""
    return {
        "statuses": statuses(rules),
        "rules": rule_rows(rules, words),
        "sources": source_rows(rules, words),
    }


def statuses(rules: Iterable[Basis]) -> list[Status]:
    """Return the statuses that occur, firmest first."""
    found = {basis.status for basis in rules}
    return [status for status in Status if status in found]


def source_rows(rules: Iterable[Basis], words: Words) -> list[SourceRow]:
    """Return the sources that the rules cite, each once, by short name."""
    return rows_of((cite.source for basis in rules for cite in basis.cite), words)


def rows_of(sources: Iterable[Source], words: Words) -> list[SourceRow]:
    """Return the sources, each once, by their key."""
    found = {source.id: source for source in sources}
    return [_source(source, words) for source in sorted(found.values(), key=lambda one: one.id)]


def _source(source: Source, words: Words) -> SourceRow:
    kind = f"source_kind.{source.kind}"
    return SourceRow(
        short=words.show(source.short, "text"),
        title=words.show(source.title, "text"),
        kind=words(kind if kind in words else "source_kind.other"),
        dated=figures.day(source.dated, words.language) if source.dated else words("basis.undated"),
        url=figures.plain(_readable(source.url)) if source.url else words("basis.no_address"),
        note=words.show(source.note, "text") if source.note else "",
    )


def _readable(url: str) -> str:
    """Return an address with its Hangul written out; what is encoded for another reason stays encoded."""
    return _ENCODED.sub(lambda found: unquote(found[0]), url)


# --- The value of any rule as one line of text.

_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")


def rule_values_shown(value: Any, words: Words) -> str:
    """Return the value of a rule: words of the catalogue where there are some, numbers as the reports write them."""
    match value:
        case bool():
            return words("symbol.yes" if value else "symbol.no")
        case int() | Fraction():
            number = figures.number(value)
            return str(value) if number.startswith(figures.ABOUT) else number  # 2/3 rather than ≈0.6667
        case Text():
            return figures.plain(value.of(words.language))
        case Enum():
            return _term(value, words)
        case Mapping():
            return _listed(
                (f"{rule_values_shown(key, words)}: {rule_values_shown(one, words)}" for key, one in value.items()),
                words,
            )
        case tuple():
            return _listed((rule_values_shown(one, words) for one in value), words)
    if is_dataclass(value) and not isinstance(value, type):
        parts = (f"{field.name} {rule_values_shown(getattr(value, field.name), words)}" for field in fields(value))
        return _listed(parts, words)
    return figures.plain(str(value))


def _listed(parts: Any, words: Words) -> str:
    return ", ".join(parts) or words("symbol.none")


def _term(value: Enum, words: Words) -> str:
    """Return the word for a member of an enum: ``Kind.CITY`` is ``kind.city``, ``DocumentKind`` is ``document``."""
    name = _CAPITAL.sub("_", type(value).__name__).lower()
    for key in (f"{name}.{value.value}", f"{name.removesuffix('_kind')}.{value.value}"):
        if key in words:
            return words.term(key)
    return str(value.value)
