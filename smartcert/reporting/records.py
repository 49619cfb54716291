"""Record, RoundRecord, HistoryRecord; canonical JSON."""

from __future__ import annotations

import gc
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction
from functools import cache, lru_cache
from typing import Any, Literal, TypeVar

from pydantic import TypeAdapter

from smartcert.model.applicant import ApplicantKind, SizeType
from smartcert.model.application import ApplicationWindow, InputFile
from smartcert.model.certification import PublicHistory
from smartcert.model.citation import Basis, Source, Text
from smartcert.model.evaluation import Evaluation, Peers, SectionScore
from smartcert.reporting.canonical import canonical_json

# --- What a record repeats many times is written once: sources by their id, rules by their name.

_FRACTION = re.compile(r"-?[0-9]+(?:/[1-9][0-9]*)?")
_RULE_KEYS = frozenset({"name", "since", "status", "cite", "note"})
_CITATION_KEYS = frozenset({"source", "article"})
_REFERENCE_KEYS = frozenset({"rule"})
_CONTAINERS: frozenset[Any] = frozenset({dict, list})
"""What holds other values. Most values do not, and to look into each of them would take twice as long."""


EXACT_NUMBER_FIELDS = frozenset({
    *("above", "at_least", "at_most", "band", "bound", "cap", "combined", "exact", "floor", "full_at", "lower"),
    *("measure", "measure_exact", "median", "otherwise", "out_of", "points", "points_each", "share", "spread"),
    *("upper", "value", "zero_at"),
})  # fmt: skip
"""Fields that are an exact number, or the name of what stands for one, wherever they stand but in `FREE`."""
FREE_FIELD = "facts"
"""The field under which the names are free, and may be any; nothing is cited there."""


def factor_citations(plain: dict[str, Any]) -> dict[str, Any]:
    """Return the plain record with each source and each rule once. `in_full` turns it back."""
    sources: dict[str, Any] = {}
    rules: dict[str, Any] = {}

    def without(value: Any) -> Any:
        if isinstance(value, list):
            return [without(one) if one.__class__ in _CONTAINERS else one for one in value]
        made = {name: without(one) if one.__class__ in _CONTAINERS else one for name, one in value.items()}
        if len(made) == len(_CITATION_KEYS) and made.keys() == _CITATION_KEYS and isinstance(made["source"], dict):
            sources.setdefault(made["source"]["id"], made["source"])
            made["source"] = made["source"]["id"]
        elif len(made) == len(_RULE_KEYS) and made.keys() == _RULE_KEYS:
            key = f"{made['name']} {made['since']}"
            rules.setdefault(key, made)
            return {"rule": key}
        return made

    made: dict[str, Any] = without(plain)
    return made | {"sources": sources, "rules_cited": rules}


def expand_citations(plain: dict[str, Any], read: Callable[[type, Any], Any]) -> dict[str, Any]:
    """Return the plain record with every source and every rule where it is cited, each read once and then shared.

    The record is changed in place: it was read from a text for this. Exact numbers are read on the way: the same few
    hundred stand in a record thousands of times, and whoever reads it next would read each anew.

    ``read`` turns a plain value into one of a type. Findings cite the same few rules hundreds of times: shared, they
    are neither looked at nor kept again and again.
    """
    cited = _CitationExpander(sources={name: read(Source, one) for name, one in plain.pop("sources", {}).items()})
    for name, rule in plain.pop("rules_cited", {}).items():
        cited.rules[name] = read(Basis, cited.within(rule))
    made: dict[str, Any] = cited.within(plain)
    return made


@dataclass(frozen=True, kw_only=True, slots=True)
class _CitationExpander:
    """What a record cites, by the keys that it is referred to by."""

    sources: dict[str, Source]
    rules: dict[str, Basis] = field(default_factory=dict)

    def within(self, value: Any) -> Any:
        """Return a value with what it cites, the lists and objects in it changed in place."""
        if isinstance(value, list):
            value[:] = [self.within(one) if one.__class__ in _CONTAINERS else one for one in value]
            return value
        if len(value) == len(_REFERENCE_KEYS) and value.keys() == _REFERENCE_KEYS:
            return self.rules[value["rule"]]
        for name, one in value.items():
            if one.__class__ in _CONTAINERS:
                value[name] = one if name == FREE_FIELD else self.within(one)
            elif name in EXACT_NUMBER_FIELDS and one.__class__ is str:
                value[name] = _parse_number(one)
        if len(value) == len(_CITATION_KEYS) and value.keys() == _CITATION_KEYS and isinstance(value["source"], str):
            value["source"] = self.sources[value["source"]]
        return value


@lru_cache(maxsize=10_000)
def _parse_number(text: str) -> Fraction | str:
    return Fraction(text) if _FRACTION.fullmatch(text) else text


# --- Keeps the garbage collector from looking again and again through what stays.


@contextmanager
def freeze_gc() -> Iterator[None]:
    """Put all that is there out of the collector's sight: it stays, and each look through it would take a while."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


@contextmanager
def pause_gc() -> Iterator[None]:
    """Look for nothing to collect: what is made here stays, and to look through it again and again takes half the time.

    Nothing in it refers to itself, so what is dropped on the way is freed without a collector.
    """
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


# --- The record: all that a report is made from, as JSON that a machine or a remote worker can read.

R = TypeVar("R", "Record", "PublicRecord", "RoundRecord")


class Audience(StrEnum):
    """For whom a report is made: the fullest first, each may see less than the one before it."""

    REVIEWER = "reviewer"
    APPLICANT = "applicant"
    PUBLIC = "public"


@dataclass(frozen=True, kw_only=True, slots=True)
class RoundFacts:
    """What every report of a round says about the round, its registry and its indicator edition."""

    id: str
    title: Text
    invented: bool
    governing_day: date
    window: ApplicationWindow
    registry_as_of: str
    registry_source: str
    edition: str
    edition_title: Text
    edition_basis: Basis
    edition_note: Text
    note: Text | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """One applicant's evaluation with anonymous peer figures, and the hashes of what it was made from."""

    round: RoundFacts
    evaluation: Evaluation
    peers: Peers | None
    inputs: tuple[InputFile, ...]
    package: str
    audience: Audience = Audience.REVIEWER
    format: Literal["smartcert-evaluation/1"] = "smartcert-evaluation/1"


@dataclass(frozen=True, kw_only=True, slots=True)
class PublicApplicant:
    """Who was certified."""

    name: Text
    kind: ApplicantKind
    size_type: SizeType | None
    invented: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class PublicDomain:
    """A domain as everybody may see it: its share of points in whole percent, cut off."""

    name: Text
    percent: int


@dataclass(frozen=True, kw_only=True, slots=True)
class PublicRecord:
    """What everybody may see of a certified applicant: level, domains and strengths."""

    round: RoundFacts
    id: str
    applicant: PublicApplicant
    level: int
    domains: tuple[PublicDomain, ...]
    strengths: tuple[Text, ...]
    rules: tuple[Basis, ...]
    inputs: tuple[InputFile, ...]
    package: str
    format: Literal["smartcert-public/1"] = "smartcert-public/1"


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """A report that could not be made: which, and why, in one line."""

    id: str
    language: str
    reason: str
    audience: Audience = Audience.REVIEWER


@dataclass(frozen=True, kw_only=True, slots=True)
class RoundRecord:
    """All evaluations of a round, in the order of their ids, and what failed.

    They are short: with points by domain and the findings that stand against an application. Indicators, what was met,
    and the way to the next level stand in each applicant's own `Record`.
    """

    round: RoundFacts
    evaluations: tuple[Evaluation, ...]
    failures: tuple[Failure, ...]
    inputs: tuple[InputFile, ...]
    package: str
    peers: tuple[Peers, ...] = ()
    """The anonymous figures of each size type, as its applicants' own records carry them."""
    format: Literal["smartcert-round/1"] = "smartcert-round/1"

    @property
    def domains(self) -> tuple[SectionScore, ...]:
        """The domains of the round's edition, as the first scorecard has them; none where nothing was evaluated."""
        return next((one.scorecard.domains for one in self.evaluations if one.scorecard is not None), ())


def to_json(record: Record | PublicRecord | RoundRecord) -> bytes:
    """Return the record as canonical JSON: each indicator of one, and each part of an applicant of many, is a line."""
    with pause_gc():
        plain = factor_citations(_type_adapter(type(record)).dump_python(record, mode="json"))
    return canonical_json(plain, lines=_LINES[type(record)])


def from_json(kind: type[R], text: bytes) -> R:
    """Return the record that `to_json` wrote. ``from_json(Record, to_json(r)) == r``.

    Raises:
        pydantic.ValidationError: the text is not such a record.
    """
    with pause_gc():
        try:
            full = expand_citations(json.loads(text), lambda part, plain: _type_adapter(part).validate_python(plain))
        except (ValueError, KeyError, TypeError, AttributeError):
            none: R = _type_adapter(kind).validate_json(
                text
            )  # no record of ours: the adapter says what is wrong with it
            return none
        read: R = _type_adapter(kind).validate_python(full)
    return read


def is_public_record(text: bytes) -> bool:
    """Return whether a text that `to_json` wrote is a `PublicRecord`: no other text holds these quotation marks."""
    return b'"format": "smartcert-public/1"' in text


_LINES: dict[type, int] = {Record: 8, PublicRecord: 3, RoundRecord: 3}
"""How many levels of each record are broken into lines."""
_ADAPTERS: dict[type, TypeAdapter[Any]] = {}
"""Made once per process: building one takes longer than using it."""


def _type_adapter(kind: type) -> TypeAdapter[Any]:
    if kind not in _ADAPTERS:
        from pydantic import TypeAdapter  # heavy, and whoever finds nothing to do reads no record

        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


# --- The record of the public history: all that its page is made from, as JSON.


@dataclass(frozen=True, kw_only=True, slots=True)
class HistoryRecord:
    """The history on one day, the sources that it names, and the hashes of what it was made from."""

    title: Text
    history: PublicHistory
    sources: tuple[Source, ...]
    rules: tuple[Basis, ...]
    """The rules that inferred days and size types rest on."""
    rules_day: date
    """The day whose rules give a size type to those that are not certified."""
    registry_as_of: str
    registry_source: str
    inputs: tuple[InputFile, ...]
    package: str
    format: Literal["smartcert-history/1"] = "smartcert-history/1"


def history_record_to_json(record: HistoryRecord) -> bytes:
    """Return the record as canonical JSON: UTF-8, keys sorted, each row of a table on one line."""
    plain = _history_record_adapter().dump_python(record, mode="json")
    return canonical_json(plain, lines=4)


def history_record_from_json(text: bytes) -> HistoryRecord:
    """Return the record that `to_json` wrote.

    Raises:
        pydantic.ValidationError: the text is not such a record.
    """
    read: HistoryRecord = _history_record_adapter().validate_json(text)
    return read


@cache
def _history_record_adapter() -> TypeAdapter[Any]:
    return TypeAdapter(HistoryRecord)
