"""The record of the public history: all that its page is made from, as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Literal

from pydantic import TypeAdapter

from smartcert.model.application import Input
from smartcert.model.citation import Basis, Source, Text
from smartcert.model.history import History
from smartcert.reporting.canonical import canonical


@dataclass(frozen=True, kw_only=True, slots=True)
class HistoryRecord:
    """The history on one day, the sources that it names, and the hashes of what it was made from."""

    title: Text
    history: History
    sources: tuple[Source, ...]
    rules: tuple[Basis, ...]
    """The rules that inferred days and size types rest on."""
    rules_day: date
    """The day whose rules give a size type to those that are not certified."""
    registry_as_of: str
    registry_source: str
    inputs: tuple[Input, ...]
    package: str
    format: Literal["smartcert-history/1"] = "smartcert-history/1"


def to_json(record: HistoryRecord) -> bytes:
    """Return the record as canonical JSON: UTF-8, keys sorted, each row of a table on one line."""
    plain = _adapter().dump_python(record, mode="json")
    return canonical(plain, lines=4)


def from_json(text: bytes) -> HistoryRecord:
    """Return the record that `to_json` wrote.

    Raises:
        pydantic.ValidationError: the text is not such a record.
    """
    read: HistoryRecord = _adapter().validate_json(text)
    return read


@cache
def _adapter() -> TypeAdapter[Any]:
    return TypeAdapter(HistoryRecord)
