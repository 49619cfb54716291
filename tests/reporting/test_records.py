"""Records are written and read as pydantic would, in less time: the same text, and numbers only where one stands."""

from __future__ import annotations

import dataclasses
import json
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, timedelta, timezone
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from smartcert.analysis.committee.review import review_committee
from smartcert.errors import ReportError
from smartcert.model.applicant import Registry
from smartcert.model.application import Application, Evaluator, Missing
from smartcert.model.citation import Text
from smartcert.model.evaluation import Peers
from smartcert.model.outcome import Outcome
from smartcert.reporting import records as records_module
from smartcert.reporting.audience import PressRecord, build_press_record, redact
from smartcert.reporting.canonical import canonical_json, encode_object
from smartcert.reporting.committee_record import CommitteeRecord
from smartcert.reporting.records import (
    EXACT_NUMBER_FIELDS,
    FREE_FIELD,
    OPTIONAL_FIELDS,
    UNUSED_FIELDS,
    Audience,
    HistoryRecord,
    JsonRecord,
    PublicRecord,
    Record,
    RoundFacts,
    RoundRecord,
    expand_citations,
    from_json,
    to_json,
)
from smartcert.services.history import open_history
from smartcert.services.rounds import OpenRound, open_round
from tests.support import sample_records
from tests.support import sample_rounds as rounds
from tests.support.changed_json import change_anything
from tests.support.random_rounds import random_round
from tests.support.scheme_rounds import NAMES, load_cases, open_scheme

OTHERS = (Missing, type(None))
"""What else than a number may stand in such a field: none of it looks like one."""


def fields_of(kind: Any, seen: set[Any], under: str = "") -> Iterator[tuple[str, str, Any]]:
    """Yield the field that a type stands in, its name and its type, for all that a record is made of."""
    for part in typing.get_args(kind):
        yield from fields_of(part, seen, under)
    if dataclasses.is_dataclass(kind) and kind not in seen:
        seen.add(kind)
        for name, type_ in typing.get_type_hints(kind).items():
            yield under, name, type_
            yield from fields_of(type_, seen, name)


UNORDERED = {
    ("facts", "words"), ("facts", "terms"), ("facts", "names"), ("facts", "numbers"), ("facts", "days"),
    ("facts", "moments"), ("peers", "sections"), ("peers", "indicators"), ("methods", "levels"),
    ("CommitteeRecord", "names"), ("CommitteeRecord", "indicators"),
    ("scheme", "level_names"),
}  # fmt: skip
"""Mappings of records, by the field they stand under: each is only looked up in, as canonical JSON sorts its keys."""


def test_nothing_that_has_an_order_is_a_mapping_in_a_record() -> None:
    kinds = (Record, PublicRecord, RoundRecord, PressRecord, HistoryRecord, CommitteeRecord)
    mappings = {
        (under or kind.__name__, name)
        for kind in kinds
        for under, name, type_ in fields_of(kind, set())
        for part in (type_, *typing.get_args(type_))
        if typing.get_origin(part) in (Mapping, dict)
    }
    assert mappings == UNORDERED


def leaves(type_: Any) -> set[Any]:
    parts = typing.get_args(type_) if typing.get_origin(type_) is not typing.Literal else ()
    return set().union(*map(leaves, parts)) if parts else {type_}


@pytest.fixture(scope="module")
def fields() -> list[tuple[str, str, Any]]:
    return [field for kind in (Record, PublicRecord, RoundRecord) for field in fields_of(kind, set())]


def test_a_field_read_as_a_number_is_one_wherever_it_stands(fields: list[tuple[str, str, Any]]) -> None:
    for under, name, type_ in fields:
        if name in EXACT_NUMBER_FIELDS and under != FREE_FIELD:
            assert leaves(type_) <= {Fraction, *OTHERS}, (under, name, type_)


def test_every_field_that_is_always_a_number_is_read_as_one(fields: list[tuple[str, str, Any]]) -> None:
    named = [name for under, name, type_ in fields if under != FREE_FIELD and Fraction in leaves(type_)]
    always = {name for name in named if all(leaves(t) <= {Fraction, *OTHERS} for _, n, t in fields if n == name)}
    assert always == EXACT_NUMBER_FIELDS


def test_names_are_free_only_where_nothing_is_read(fields: list[tuple[str, str, Any]]) -> None:
    free = {(under, name) for under, name, type_ in fields if str in leaves(type_) and "Mapping" in str(type_)}
    assert {under for under, name in free if name not in {"sections", "indicators"}} == {FREE_FIELD}


def test_a_word_that_looks_like_a_number_stays_a_word() -> None:
    record = sample_records.not_certified()
    finding = record.evaluation.findings[0]
    facts = dataclasses.replace(finding.facts, words={"value": "3", "points": "3/4"})
    finding = dataclasses.replace(finding, facts=facts)
    record = dataclasses.replace(record, evaluation=dataclasses.replace(record.evaluation, findings=(finding,)))
    assert from_json(Record, to_json(record)) == record


def test_a_rule_that_is_cited_twice_is_read_once() -> None:
    again = from_json(RoundRecord, to_json(rounds.round_record()))
    rules: dict[str, set[int]] = {}
    for evaluation in again.evaluations:
        for rule in evaluation.rules:
            rules.setdefault(f"{rule.name} {rule.since}", set()).add(id(rule))
    assert rules
    assert {len(found) for found in rules.values()} == {1}


@pytest.mark.parametrize("text", ["", "1/0", "1e5", " 1", "1.5", "½", "absent", "-", "1/-2"])
def test_what_is_no_number_is_left_to_whoever_says_what_is_wrong(text: str) -> None:
    assert expand_citations({"points": text}, lambda _, plain: plain) == {"points": text}


def test_numbers_are_read_in_lists_and_objects() -> None:
    plain = {"a": [{"points": "-7/3"}, {"value": "12"}], "facts": {"value": "12"}, "name": "12"}
    read = expand_citations(plain, lambda _, value: value)
    assert read == {"a": [{"points": Fraction(-7, 3)}, {"value": Fraction(12)}], "facts": {"value": "12"}, "name": "12"}


def write_by_pydantic(record: JsonRecord) -> bytes:
    """Return what `to_json` must give: pydantic's plain values, with each source and each rule taken out."""
    sources: dict[str, Any] = {}
    rules: dict[str, Any] = {}

    def factor(value: Any) -> Any:
        if isinstance(value, list):
            return [factor(part) for part in value]
        if not isinstance(value, dict):
            return value
        entries = {
            name: factor(part)
            for name, part in value.items()
            if not (name in UNUSED_FIELDS and part in (None, "", [], {}))
            and not (name in OPTIONAL_FIELDS and part == OPTIONAL_FIELDS[name])
        }
        if entries.keys() == {"source", "article"}:
            sources[entries["source"]["id"]] = entries["source"]
            return entries | {"source": entries["source"]["id"]}
        if entries.keys() == {"name", "since", "status", "cite", "note"}:
            key = f"{entries['name']} {entries['since']}"
            rules[key] = entries
            return {"rule": key}
        return entries

    plain = factor(TypeAdapter(type(record)).dump_python(record, mode="json"))
    return canonical_json(plain | {"sources": sources, "rules_cited": rules}, lines=record.json_lines)


def list_records_of(opened: OpenRound) -> Iterator[JsonRecord]:
    for record in opened.records():
        yield record
        yield redact(record, Audience.APPLICANT)
        if record.outcome.certified:
            yield redact(record, Audience.PUBLIC)
    yield opened.round_record()


def list_values_of(opened: OpenRound) -> Iterator[tuple[Any, object]]:
    """Yield values of a round with their types: those that `OpenRound.input_digests` takes hashes of, and its press."""
    round_ = opened.round
    yield from ((Application, application) for application in round_.applications)
    yield from ((Outcome, outcome) for outcome in opened.outcomes)
    yield from ((Peers, peers) for peers in opened.round_record().peers)
    yield RoundFacts, opened.facts
    yield tuple[Evaluator, ...], round_.committee
    yield Registry, round_.registry
    yield PressRecord, build_press_record(opened.round_record())
    yield RoundRecord, opened.round_record()


def check_encoded(opened: OpenRound) -> None:
    """Check that what is hashed of a round has the bytes of pydantic, so that no digest moves."""
    adapters: dict[Any, TypeAdapter[Any]] = {}
    for type_, value in list_values_of(opened):
        adapter = adapters.setdefault(type_, TypeAdapter(type_))
        assert encode_object(value) == adapter.dump_json(value)


def check_written(records: Iterable[JsonRecord]) -> None:
    count = 0
    for record in records:
        assert to_json(record) == write_by_pydantic(record)
        count += 1
    assert count


@pytest.mark.parametrize(
    "make",
    [
        sample_records.certified,
        sample_records.not_certified,
        sample_records.late,
        sample_records.supplement_pending,
        lambda: sample_records.hostile('</script>"\\ \u2028 \x00 가'),
        rounds.round_record,
        rounds.empty,
    ],
)
def test_a_sample_is_written_as_pydantic_writes_it(make: Callable[[], JsonRecord]) -> None:
    check_written([make()])


@pytest.mark.parametrize("seed", range(3))
def test_a_random_round_is_written_as_pydantic_writes_it(seed: int) -> None:
    opened = random_round(seed)
    check_encoded(opened)
    check_written(list_records_of(opened))


@pytest.mark.parametrize("name", NAMES)
def test_a_round_of_another_scheme_is_written_as_pydantic_writes_it(name: str, tmp_path: Path) -> None:
    opened = open_scheme(tmp_path, name, load_cases(name))
    check_encoded(opened)
    check_written(list_records_of(opened))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text() | st.fractions() | st.dates()
        | st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=9))]))
        | st.sampled_from(Missing),
        lambda parts: st.lists(parts) | st.lists(parts).map(tuple) | st.dictionaries(st.text(), parts),
    )
)  # fmt: skip
def test_any_value_is_encoded_as_pydantic_does(value: object) -> None:
    assert encode_object(value) == TypeAdapter(Any).dump_json(value)


def test_a_value_that_is_not_known_is_not_guessed() -> None:
    with pytest.raises(TypeError, match="no JSON for set"):
        encode_object({"ids": {1}})


def test_a_record_that_cites_in_full_is_written_as_pydantic_writes_it() -> None:
    """Those of the press, of the committee and of the history have no reference to what they cite."""
    opened = open_round("example")
    press = build_press_record(opened.round_record())
    for record in (press, review_committee(opened), open_history().record(date(2025, 1, 1))):
        plain = TypeAdapter(type(record)).dump_python(record, mode="json")
        assert to_json(record) == canonical_json(drop_unused(plain), lines=record.json_lines)


def drop_unused(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: drop_unused(part)
            for name, part in value.items()
            if not (name in UNUSED_FIELDS and part in (None, "", [], {}))
        }
    return [drop_unused(part) for part in value] if isinstance(value, list) else value


def test_a_word_is_written_whatever_its_name_and_however_empty() -> None:
    record = sample_records.not_certified()
    finding = record.evaluation.findings[0]
    words = dict.fromkeys(("share", "formula", "earlier", "effect"), "") | {"effect": "points"}
    finding = dataclasses.replace(finding, facts=dataclasses.replace(finding.facts, words=words))
    record = dataclasses.replace(record, evaluation=dataclasses.replace(record.evaluation, findings=(finding,)))
    assert from_json(Record, to_json(record)) == record


def test_what_was_written_for_one_record_is_not_taken_for_another_value() -> None:
    record = sample_records.not_certified()
    for year in range(2000, 2040):  # the facts of each are new objects, and may come to lie where others lay
        title = dataclasses.replace(record.round.title, en=f"Round of {year}")
        changed = dataclasses.replace(record, round=dataclasses.replace(record.round, title=title))
        assert from_json(Record, to_json(changed)) == changed


def test_two_rules_that_only_their_key_has_in_common_are_refused() -> None:
    record = sample_records.not_certified()
    first, *others = record.evaluation.rules
    rules = (first, dataclasses.replace(first, note=Text(ko="다른 것", en="another")), *others)
    record = dataclasses.replace(record, evaluation=dataclasses.replace(record.evaluation, rules=rules))
    with pytest.raises(ReportError, match="differ"):
        to_json(record)


@cache
def plain_records() -> tuple[tuple[type[JsonRecord], Any], ...]:
    """Return records of every kind that a page is made of, each as the JSON that a run writes."""
    opened = random_round(1)
    made = [
        *list_records_of(opened),
        build_press_record(opened.round_record()),
        *list_records_of(open_round("example")),
    ]
    return tuple((type(record), json.loads(to_json(record))) for record in made)


def read(kind: type[JsonRecord], text: bytes, *, by_pydantic: bool) -> JsonRecord | None:
    """Return what is read of a text by pydantic alone, or by `decode` as far as that goes; None where it is refused."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(records_module, "_TYPE_ADAPTERS", _AllTypes() if by_pydantic else {})
        patch.setattr(records_module, "get_type_adapter", _ADAPTERS.__getitem__)
        records_module._read_indicator.cache_clear()
        try:
            return from_json(kind, text)
        except ValidationError:
            return None
        finally:
            records_module._read_indicator.cache_clear()


class _Adapters(dict[type, TypeAdapter[Any]]):
    def __missing__(self, kind: type) -> TypeAdapter[Any]:
        self[kind] = TypeAdapter(kind)
        return self[kind]


class _AllTypes:
    def __contains__(self, kind: object) -> bool:
        return True


_ADAPTERS = _Adapters()


def test_records_as_we_write_them_are_read_without_pydantic(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(kind: type) -> TypeAdapter[Any]:
        raise AssertionError(f"pydantic was asked for {kind}")

    for kind, plain in plain_records():
        text = json.dumps(plain).encode()
        wanted = read(kind, text, by_pydantic=True)
        with monkeypatch.context() as patch:
            patch.setattr(records_module, "_TYPE_ADAPTERS", {})
            patch.setattr(records_module, "get_type_adapter", refuse)
            assert from_json(kind, text) == wanted


@pytest.mark.parametrize("by_pydantic", [False, True])
@pytest.mark.parametrize(("text", "is_read"), [("\\ud800", False), ("\\ud83c\\udfd9", True), ("\\\\ud800", True)])
def test_half_a_character_is_no_text_of_a_record(text: str, is_read: bool, by_pydantic: bool) -> None:
    kinds = [(kind, plain) for kind, plain in plain_records() if "package" in plain]
    assert {kind.cites_once for kind, _ in kinds} == {True, False}
    for kind, plain in kinds:
        name = "package"
        own = f'"{name}": {json.dumps(plain[name])}'
        changed = json.dumps(plain)
        assert own in changed
        record = read(kind, changed.replace(own, f'"{name}": "{text}"').encode(), by_pydantic=by_pydantic)
        assert (record is not None) is is_read, (kind, name)
        assert record is None or to_json(record)


@given(data=st.data())
def test_what_pydantic_refuses_of_a_record_is_refused_and_all_else_is_equal(data: st.DataObject) -> None:
    kind, original = data.draw(st.sampled_from(plain_records()))
    text = json.dumps(change_anything(data, original)).encode()
    decoded, validated = (read(kind, text, by_pydantic=by_pydantic) for by_pydantic in (False, True))
    assert decoded == validated
    assert decoded is None or to_json(decoded) == to_json(validated)
