"""What is a page made from, and how is that written as JSON that another process or a machine can read?"""

from __future__ import annotations

import gc
import json
import marshal
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import field, fields, is_dataclass
from datetime import date
from enum import Enum, StrEnum
from fractions import Fraction
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeVar

from smartcert.decoding import REFUSALS, check_plain, decode, decode_parts
from smartcert.errors import Place, Problem, ReportError
from smartcert.lazy_dataclass import dataclass
from smartcert.model.applicant import ApplicantChange, ApplicantKind, SizeType
from smartcert.model.application import ApplicationWindow, InputFile, OpenReceipt
from smartcert.model.certification import PublicHistory
from smartcert.model.citation import Basis, Citation, Source, Text
from smartcert.model.earlier import Earlier, LaterChange
from smartcert.model.evaluation import Evaluation, Peers, SectionScore, Working
from smartcert.model.firmness import Firmness
from smartcert.model.indicator import Indicator
from smartcert.model.outcome import Outcome
from smartcert.model.scheme import SchemeFacts
from smartcert.reporting.canonical import LEAF_WRITERS, canonical_json, encode_flat, encode_object, encode_text
from smartcert.representation import describe_briefly

if TYPE_CHECKING:
    from pydantic import TypeAdapter, ValidationError  # heavy: a run that finds nothing to do reads no record


@dataclass(frozen=True, kw_only=True, slots=True)
class JsonRecord:
    """A record that `to_json` writes and `from_json` reads. Its field ``format`` names kind and version."""

    json_lines: ClassVar[int] = 3
    """How many levels of nesting are broken into lines."""
    cites_once: ClassVar[bool] = False
    """Whether sources and rules, which the record repeats many times, are written once and referred to."""


class Audience(StrEnum):
    """For whom a report is made: the fullest first, each may see less than the one before it."""

    REVIEWER = "reviewer"
    APPLICANT = "applicant"
    PUBLIC = "public"


@dataclass(frozen=True, kw_only=True, slots=True)
class RoundFacts:
    """What every report of a round says about the round, its registry and its indicator edition."""

    __repr__ = describe_briefly

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
    scheme: SchemeFacts | None = None
    """What is worded otherwise under the scheme of the round; None for the certification of cities."""

    @property
    def shows_validity(self) -> bool:
        """Whether a favourable decision leads to a certificate, and it is stated how long that is valid."""
        return self.scheme is None or (self.scheme.validity_stated and not self.scheme.award_list)

    @property
    def ranks(self) -> bool:
        """Whether places decide: results have a place, and no level of one applicant follows from its points alone."""
        return self.scheme is not None and self.scheme.ranking

    @property
    def class_ids(self) -> tuple[str, ...]:
        """The classes in which applicants are compared: those that the scheme declares, else the size types."""
        return (
            tuple(declared_class.id for declared_class in self.scheme.classes)
            if self.scheme and self.scheme.classes
            else tuple(SizeType)
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Record(JsonRecord):
    """One applicant's evaluation with anonymous peer figures, and the hashes of what it was made from."""

    __repr__ = describe_briefly

    json_lines: ClassVar[int] = 8
    cites_once: ClassVar[bool] = True

    round: RoundFacts
    evaluation: Evaluation
    outcome: Outcome
    peers: Peers | None
    inputs: tuple[InputFile, ...]
    package: str
    audience: Audience = Audience.REVIEWER
    firmness: Firmness | None = None
    """None where it was not simulated: nothing was scored, or places decide."""
    earlier: Earlier | None = None
    """What is known from before the round; None where nothing is."""
    later: LaterChange | None = None
    """What became of the certificate of the round, by the register; None where it is not known to have changed."""
    format: Literal["smartcert-evaluation/2"] = "smartcert-evaluation/2"


@dataclass(frozen=True, kw_only=True, slots=True)
class PublicApplicant:
    """Who was certified."""

    name: Text
    kind: ApplicantKind
    size_type: str | None
    invented: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class PublicDomain:
    """A domain as everybody may see it: its share of points as an integer percentage, rounded down."""

    name: Text
    percent: int


@dataclass(frozen=True, kw_only=True, slots=True)
class PublicRecord(JsonRecord):
    """What everybody may see of a certified applicant: level, domains and strengths."""

    __repr__ = describe_briefly

    cites_once: ClassVar[bool] = True

    round: RoundFacts
    id: str
    applicant: PublicApplicant
    level: int
    """The level decided."""
    decided_on: date
    valid_years: int | None
    """For how many years the certificate is valid from the day of its issue; None where the scheme does not say so."""
    domains: tuple[PublicDomain, ...]
    strengths: tuple[Text, ...]
    rules: tuple[Basis, ...]
    inputs: tuple[InputFile, ...]
    package: str
    later: LaterChange | None = None
    """As that of a `Record`."""
    applicant_changes: tuple[ApplicantChange, ...] = ()
    """As those of an `Evaluation`."""
    format: Literal["smartcert-public/2"] = "smartcert-public/2"


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """A report that could not be built: which, and why, in one line."""

    id: str
    language: str
    reason: str
    audience: Audience = Audience.REVIEWER


@dataclass(frozen=True, kw_only=True, slots=True)
class RoundRecord(JsonRecord):
    """All evaluations of a round, in the order of their ids, and what failed.

    Evaluations are cut down to points by domain and the findings that stand against an application. Indicators,
    requirements that were met, and the way to the next level stand in each applicant's own `Record`.
    """

    __repr__ = describe_briefly

    cites_once: ClassVar[bool] = True

    round: RoundFacts
    evaluations: tuple[Evaluation, ...]
    outcomes: tuple[Outcome, ...]
    """What counts for each application, in the order of ``evaluations``."""
    failures: tuple[Failure, ...]
    inputs: tuple[InputFile, ...]
    package: str
    peers: tuple[Peers, ...] = ()
    """The anonymous figures of each size type, as its applicants' own records carry them."""
    open_receipts: tuple[OpenReceipt, ...] = ()
    """Packages that were received and of which it is not settled what becomes of them; no evaluation counts them."""
    format: Literal["smartcert-round/2"] = "smartcert-round/2"

    @property
    def pairs(self) -> tuple[tuple[Evaluation, Outcome], ...]:
        """Each evaluation with what counts for it."""
        return tuple(zip(self.evaluations, self.outcomes, strict=True))

    @property
    def domains(self) -> tuple[SectionScore, ...]:
        """The domains of the round's edition, as the first scorecard has them; none where nothing was evaluated."""
        return next(
            (evaluation.scorecard.domains for evaluation in self.evaluations if evaluation.scorecard is not None), ()
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class HistoryRecord(JsonRecord):
    """The history of certification on one day, the sources that it names, and the hashes of what it was made from."""

    __repr__ = describe_briefly

    json_lines: ClassVar[int] = 4

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


AnyRecord = TypeVar("AnyRecord", bound=JsonRecord)
AnyCited = TypeVar("AnyCited", Source, Basis)


def to_json(record: JsonRecord) -> bytes:
    """Return a record as canonical JSON: UTF-8, sorted keys, one line for each entry of its outer levels.

    A record that ``cites_once`` has each source and each rule once, and no field that says nothing: none of
    `UNUSED_FIELDS` and `OPTIONAL_FIELDS`. `expand_citations` turns it back.

    Raises:
        ReportError: two sources of one id, or two rules of one name and day, differ: nobody could tell them apart.
    """
    with pause_gc():
        if record.cites_once:
            return _RecordWriter().write_record(record)
        plain = _drop_unused(json.loads(encode_object(record)))
    return canonical_json(plain, lines=record.json_lines)


UNUSED_FIELDS = frozenset(
    {
        *("earlier", "later", "applicant_changes", "firmness", "scheme"),
        *("placing", "partners", "share", "class_id", "on_reserve"),
    }
)
"""Fields that are left out of a record where they say nothing: what few schemes use stands in their records only."""


def _drop_unused(value: Any) -> Any:
    """Leave out `UNUSED_FIELDS` that say nothing; the value is changed in place and returned."""
    if value.__class__ is dict:
        for name in UNUSED_FIELDS & value.keys():
            if value[name] in (None, "", [], {}):
                del value[name]
        for part in value.values():
            if part.__class__ in CONTAINERS:
                _drop_unused(part)
    else:
        for part in value:
            if part.__class__ in CONTAINERS:
                _drop_unused(part)
    return value


def from_json(kind: type[AnyRecord], text: bytes) -> AnyRecord:
    """Return the record that `to_json` wrote; a pydantic.ValidationError where the text is none of this kind."""
    record: AnyRecord
    if kind.cites_once:
        with pause_gc():
            try:
                plain = _load(text, kind)
                read = _choose_reader(kind, plain)
                plain = expand_citations(plain, read)
            except (ValueError, KeyError, TypeError, AttributeError):
                pass  # not written by `to_json`: validation of the text below says what is wrong with it
            else:
                record = read(kind, plain)
                return record
    record = _read_text(kind, text)
    return record


_HALF_CHARACTER = re.compile(rb"\\u[dD][89a-fA-F]")
"""What a half of a character of UTF-16 begins with as JSON escapes it: alone it is no text that can be written."""


def _load(text: str | bytes, kind: type) -> Any:
    """Return what a JSON text says; a ValueError where it is no JSON, or has half a character.

    That is by pydantic's parser where there is what reads the kind: it takes two thirds of the time.
    """
    if kind in _TYPE_ADAPTERS:
        from pydantic_core import from_json as parse  # imported by then

        return parse(text)
    plain = json.loads(text)
    if _HALF_CHARACTER.search(text.encode() if isinstance(text, str) else text):
        json.dumps(plain, ensure_ascii=False).encode()
    return plain


def _choose_reader(kind: type, plain: Any) -> Callable[[type, Any], Any]:
    """Return what reads a record and its parts, after the type and the plain value of each.

    That is pydantic where it has what reads the kind: it takes half the time. To build that takes as long as to read
    thirty records with `decode_parts`, so else it is that.
    """
    if kind not in _TYPE_ADAPTERS:
        with suppress(*REFUSALS):
            check_plain(plain)
            return _decode_or_validate
    return _validate


def _decode_or_validate(kind: type, plain: Any) -> Any:
    with suppress(*REFUSALS):
        return decode_parts(kind, plain)
    return _validate(kind, plain)


def _validate(kind: type, plain: Any) -> Any:
    return get_type_adapter(kind).validate_python(plain)


def _read_text(kind: type, text: str | bytes) -> Any:
    """Return the value whose JSON is a text, chosen as by `_choose_reader`."""
    if kind not in _TYPE_ADAPTERS:
        with suppress(*REFUSALS):
            return decode(kind, _load(text if isinstance(text, str) else text.decode(), kind))
    return get_type_adapter(kind).validate_json(text)


def read_record(kind: type[AnyRecord], text: bytes) -> AnyRecord:
    """Return what `from_json` does; the last is cached: a notebook and the check of its page read the same record."""
    key = (kind, text)
    if key not in _LAST_RECORD:
        record = from_json(kind, text)
        _LAST_RECORD.clear()
        _LAST_RECORD[key] = record
    cached: AnyRecord = _LAST_RECORD[key]
    return cached


_LAST_RECORD: dict[tuple[type, bytes], Any] = {}


def list_problems(error: ValidationError, file: str) -> list[Problem]:
    """Return what is wrong with the JSON of a file, each at the field where it stands."""
    return [
        Problem(
            place=Place(file=file, field=".".join(str(part) for part in problem["loc"]) or None),
            found=repr(problem["input"])[:80],
            wanted=problem["msg"],
        )
        for problem in error.errors()
    ]


def is_record(kind: type[JsonRecord], text: bytes) -> bool:
    """Return whether a text that `to_json` wrote is a record of this kind, of whatever version.

    The quotation marks of the field cannot stand inside another value, where they would be escaped.
    """
    name = next(str(part.default).partition("/")[0] for part in fields(kind) if part.name == "format")
    return f'"format": "{name}/'.encode() in text


_TYPE_ADAPTERS: dict[type, TypeAdapter[Any]] = {}
"""One per type and process: to build one takes longer than to use it, or to read a value without it."""


def get_type_adapter(kind: type) -> TypeAdapter[Any]:
    """Return what reads and writes values of a type with pydantic; it is built where it has not been yet."""
    if kind not in _TYPE_ADAPTERS:
        from pydantic import TypeAdapter  # heavy: a run that finds nothing to do reads no record

        _TYPE_ADAPTERS[kind] = TypeAdapter(kind)
    return _TYPE_ADAPTERS[kind]


def to_plain(value: object) -> Any:
    """Return what `json.loads` gives of the JSON of a value. Pydantic takes less time, where it has what writes it."""
    adapter = _TYPE_ADAPTERS.get(value.__class__)
    return json.loads(encode_object(value)) if adapter is None else adapter.dump_python(value, mode="json")


@contextmanager
def pause_gc() -> Iterator[None]:
    """Switch the garbage collector off while many objects are made that stay: its passes would take half the time.

    The objects hold no reference cycles, so those that are dropped on the way are freed without a collector.
    """
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


EXACT_NUMBER_FIELDS = frozenset({
    *("above", "asked", "at_least", "at_most", "attainable", "band", "bonus_cap", "bound", "cap", "combined", "exact"),
    *("floor", "fraction", "full_at", "full_from", "full_to", "granted", "highest", "left", "lower", "lowest", "mark"),
    *("measure", "measure_exact", "median", "otherwise", "out_of", "points", "points_each", "regained", "share"),
    *("spread", "step", "times", "upper", "value", "weight", "zero_above", "zero_at", "zero_below"),
})  # fmt: skip
"""Fields that are an exact number, or the name of what stands for one, wherever they stand but in `FREE_FIELD`."""
OPTIONAL_FIELDS: dict[str, Any] = {
    "about": None,
    "award_list": False,
    "bases": [],
    "class_scales": [],
    "combine": None,
    "counts_at": "total",
    "divided_by_zero": "absent",
    "effect": "points",
    "every_class": True,
    "figures": [],
    "formula": "",
    "gates": [],
    "mark_scale": None,
    "per": None,
    "prerequisite": False,
    "scale_class": "",
    "segment": [],
    "total_rule": None,
    "unit_one": None,
}
"""Fields that a record has only where they differ from this: no record changes because a new one is possible."""
_FIELDS_LEFT_OUT: dict[str, tuple[Any, ...]] = {
    **{name: (value,) for name, value in OPTIONAL_FIELDS.items()},
    **{name: (None, "", [], {}) for name in UNUSED_FIELDS},
}
"""The values with which a field is left out."""
FREE_FIELD = "facts"
"""The field under which names are free, and may be any; nothing is cited there."""

_FRACTION = re.compile(r"-?[0-9]+(?:/[1-9][0-9]*)?")
_CITATION_KEYS = frozenset({"source", "article"})
_REFERENCE_KEYS = frozenset({"rule"})
CONTAINERS: frozenset[Any] = frozenset({dict, list})
"""What holds other values. Most values do not, and to look into each of them would take twice as long."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Excerpt:
    """The text of a value that many records share, with what it cites, and the value itself: no other gets its id."""

    value: object
    text: str
    sources: Mapping[str, Source]
    rules: Mapping[str, Basis]


class _RecordWriter:
    """Writes one record, as `canonical_json` would write its plain values, with each source and each rule once.

    The text is written from the objects of the record: to make plain values of all of them first takes three times as
    long. What the records of a round have in common is written for the first of them.
    """

    _excerpts: ClassVar[dict[tuple[int, int, str], _Excerpt]] = {}
    """By the id of the value, the levels that are broken into lines, and the newline with the blanks before it."""

    def __init__(self) -> None:
        self._sources: dict[str, Source] = {}
        self._rules: dict[str, Basis] = {}
        self._workings: dict[tuple[int, int, str], str] = {}

    def write_record(self, record: JsonRecord) -> bytes:
        """Return the record as UTF-8 with a newline at the end."""
        lines = record.json_lines
        inner = "\n "
        entries = self._write_fields(record, lines - 1, inner)
        rules = [
            f"{encode_text(key)}: {self._write_object(rule, lines - 2, inner + ' ')}"
            for key, rule in sorted(self._rules.items())
        ]
        sources = [  # after the rules, which cite some of them
            f"{encode_text(key)}: {self._write_shared(source, lines - 2, inner + ' ')}"
            for key, source in sorted(self._sources.items())
        ]
        entries.append(f'"rules_cited": {_join("{}", rules, lines - 1, inner)}')
        entries.append(f'"sources": {_join("{}", sources, lines - 1, inner)}')
        return (_join("{}", sorted(entries), lines, "\n") + "\n").encode()

    def _write(self, value: Any, lines: int, newline: str) -> str:
        """Return a value whose outer ``lines`` levels are broken into lines that begin with ``newline``."""
        kind = value.__class__
        if kind in LEAF_WRITERS:
            return LEAF_WRITERS[kind](value)
        if kind is tuple or kind is list:
            deeper, inner = lines - 1, newline + " "
            return _join("[]", [self._write(part, deeper, inner) for part in value], lines, newline)
        if kind is Citation:
            self._cite(self._sources, value.source.id, value.source)
            entries = [f'"article": {self._write(value.article, 0, "")}', f'"source": {encode_text(value.source.id)}']
            return _join("{}", entries, lines, newline)
        if kind is Basis:
            key = f"{value.name} {value.since}"
            self._cite(self._rules, key, value)
            return _join("{}", [f'"rule": {encode_text(key)}'], lines, newline)
        if kind in _SHARED_KINDS:
            return self._write_shared(value, lines, newline)
        if kind is Working:  # nothing is cited in it; that at the desk is most often that which was claimed
            position = (id(value), lines, newline)
            if position not in self._workings:
                self._workings[position] = self._write_object(value, lines, newline)
            return self._workings[position]
        if is_dataclass(value):
            return self._write_object(value, lines, newline)
        if isinstance(value, Mapping):
            plain = sorted((_to_key(name), part) for name, part in value.items()) if value else ()
            entries = [f"{encode_text(name)}: {self._write(part, lines - 1, newline + ' ')}" for name, part in plain]
            return _join("{}", entries, lines, newline)
        return self._write(_to_plain(value), lines, newline)

    def _write_object(self, value: Any, lines: int, newline: str) -> str:
        return _join("{}", self._write_fields(value, lines - 1, newline + " "), lines, newline)

    def _write_fields(self, value: Any, lines: int, newline: str) -> list[str]:
        """Return the entries of an object in the order of their names, without those that say nothing."""
        entries = []
        get_parts, keys = _list_fields(value.__class__)
        for part, (key, left_out) in zip(get_parts(value), keys, strict=True):
            if left_out and _says_nothing(part, left_out):
                continue
            kind = part.__class__
            if kind in LEAF_WRITERS:
                entries.append(key + LEAF_WRITERS[kind](part))
            elif kind is tuple and not part:
                entries.append(key + "[]")
            else:
                entries.append(key + self._write(part, lines, newline))
        return entries

    def _write_shared(self, value: Any, lines: int, newline: str) -> str:
        """Return what `_write_object` does, written once for all records that have this very object."""
        key = (id(value), max(lines, 0), newline)
        excerpt = self._excerpts.get(key)
        if excerpt is None:
            if len(self._excerpts) >= _MOST_EXCERPTS:
                self._excerpts.clear()
            writer = _RecordWriter()
            text = writer._write_object(value, lines, newline)
            excerpt = _Excerpt(value=value, text=text, sources=writer._sources, rules=writer._rules)
            self._excerpts[key] = excerpt
        for name, source in excerpt.sources.items():
            self._cite(self._sources, name, source)
        for name, rule in excerpt.rules.items():
            self._cite(self._rules, name, rule)
        return excerpt.text

    @staticmethod
    def _cite(cited: dict[str, AnyCited], key: str, value: AnyCited) -> None:
        known = cited.setdefault(key, value)
        if known is not value and known != value:
            both = f"{describe_briefly(known)} and {describe_briefly(value)}"
            raise ReportError(f"two that are cited as '{key}' differ: {both}")


def _join(brackets: str, entries: Sequence[str], lines: int, newline: str) -> str:
    """Return the entries between brackets: on a line each, one blank further in, where levels are broken into lines."""
    if not entries:
        return brackets
    if lines <= 0:
        return f"{brackets[0]}{', '.join(entries)}{brackets[1]}"
    return f"{brackets[0]}{newline} {f',{newline} '.join(entries)}{newline}{brackets[1]}"


@lru_cache(maxsize=1000)
def _list_fields(kind: type) -> tuple[Callable[[Any], tuple[Any, ...]], tuple[tuple[str, tuple[Any, ...]], ...]]:
    """Return what gets all fields of a dataclass in the order of their names, the key of each, and when it is left out.

    The one call for all of them takes half the time of one for each.
    """
    first, *others = sorted(part.name for part in fields(kind))
    keys = tuple((f"{encode_text(name)}: ", _FIELDS_LEFT_OUT.get(name, ())) for name in (first, *others))
    if not others:
        return lambda value: (getattr(value, first),), keys
    return attrgetter(first, *others), keys


def _says_nothing(part: Any, left_out: tuple[Any, ...]) -> bool:
    """Return whether the plain value of a field is one with which the field is left out."""
    if isinstance(part, (tuple, list)):
        return not part and [] in left_out
    if isinstance(part, Mapping):
        return not part and {} in left_out
    return (part is None or isinstance(part, (str, bool))) and part in left_out


def _to_plain(value: object) -> object:
    """Return what stands in JSON for a value that is neither an object nor made of others."""
    if isinstance(value, Enum):
        texts = {member: encode_flat(member.value) for member in value.__class__}
        LEAF_WRITERS[value.__class__] = texts.__getitem__
        return value.value
    return get_type_adapter(value.__class__).dump_python(value, mode="json")


def _to_key(name: object) -> str:
    return name if name.__class__ is str else str(_to_plain(name))


_SHARED_KINDS: frozenset[type] = frozenset({Indicator, RoundFacts, Peers, Source})
"""What the records of a round have in common, or those of a size type: each is one object in all of them."""
_MOST_EXCERPTS = 5000
"""How many texts of shared values are stored: enough for every round that is open at a time."""


def expand_citations(plain: dict[str, Any], read: Callable[[type, Any], Any]) -> dict[str, Any]:
    """Return the plain record with every source and every rule where it is cited, each read once and then shared.

    ``read`` turns a plain value into one of a type. The record is changed in place. Exact numbers are read on the way:
    the same few hundred stand in a record thousands of times, and pydantic would read each anew.
    """
    expander = _CitationExpander(
        sources={name: read(Source, source) for name, source in plain.pop("sources", {}).items()}
    )
    for name, rule in plain.pop("rules_cited", {}).items():
        expander.rules[name] = read(Basis, expander.expand(rule))
    expanded: dict[str, Any] = expander.expand(plain)
    return expanded


@dataclass(frozen=True, kw_only=True, slots=True)
class _CitationExpander:
    """The sources and rules that a record cites, by the keys that it refers to them by."""

    sources: dict[str, Source]
    rules: dict[str, Basis] = field(default_factory=dict)

    def expand(self, value: Any) -> Any:
        """Return a list or an object with what it cites; it and those in it are changed in place."""
        if isinstance(value, list):
            value[:] = [self.expand(part) if part.__class__ in CONTAINERS else part for part in value]
            return value
        if len(value) == len(_REFERENCE_KEYS) and value.keys() == _REFERENCE_KEYS:
            return self.rules[value["rule"]]
        for name, part in value.items():
            if part.__class__ in CONTAINERS:
                value[name] = self._expand_field(name, part)
            elif name in EXACT_NUMBER_FIELDS and part.__class__ is str:
                value[name] = _parse_number(part)
        if len(value) == len(_CITATION_KEYS) and value.keys() == _CITATION_KEYS and isinstance(value["source"], str):
            value["source"] = self.sources[value["source"]]
        return value

    def _expand_field(self, name: str, part: Any) -> Any:
        if name == FREE_FIELD:
            return part
        return _read_indicator(marshal.dumps(part, 2)) if name == "indicator" else self.expand(part)


@lru_cache(maxsize=2000)
def _read_indicator(packed: bytes) -> Indicator:
    """Return the indicator that a plain value is of, packed by ``marshal``: one object in all records that have it."""
    # version 2 packs the same value always to the same bytes, and in a third of the time that JSON takes
    indicator: Indicator = _read_text(Indicator, json.dumps(marshal.loads(packed)))  # noqa: S302
    return indicator


@lru_cache(maxsize=10_000)
def _parse_number(text: str) -> Fraction | str:
    return Fraction(text) if _FRACTION.fullmatch(text) else text
