"""What is read of a record beforehand is read as pydantic would: exact numbers only where nothing else can stand."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

import pytest

from smartcert.model.application import Missing
from smartcert.reporting.audience import PressRecord
from smartcert.reporting.committee_record import CommitteeRecord
from smartcert.reporting.records import (
    EXACT_NUMBER_FIELDS,
    FREE_FIELD,
    HistoryRecord,
    PublicRecord,
    Record,
    RoundRecord,
    expand_citations,
    factor_citations,
    from_json,
    to_json,
)
from tests.support import sample_records
from tests.support import sample_rounds as rounds

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
    read = expand_citations(factor_citations(plain), lambda _, one: one)
    assert read == {"a": [{"points": Fraction(-7, 3)}, {"value": Fraction(12)}], "facts": {"value": "12"}, "name": "12"}
