"""The shipped JSON schemas accept what is written of every record and nothing else; results.csv has a dictionary."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from smartcert.batch.ledger import LEDGER, AttemptState, Ledger, LedgerEntry
from smartcert.reporting.audience import build_press_record, redact
from smartcert.reporting.records import Audience, JsonRecord, to_json
from smartcert.reporting.round.press import build_results_csv
from smartcert.services.history import open_history
from tests.support import sample_records as samples
from tests.support import sample_rounds as rounds
from tests.support.schemas import FOLDER, KINDS, build_schema

RECORDS: dict[str, tuple[str, Callable[[], JsonRecord]]] = {
    "not certified": ("evaluation", samples.not_certified),
    "certified": ("evaluation", samples.certified),
    "late": ("evaluation", samples.late),
    "waiting for a supplement": ("evaluation", samples.supplement_pending),
    "hostile texts": ("evaluation", lambda: samples.hostile(samples.HOSTILE[0])),
    "for the applicant": ("evaluation", lambda: redact(samples.not_certified(), Audience.APPLICANT)),
    "for the public": ("evaluation.public", lambda: redact(samples.certified(), Audience.PUBLIC)),
    "round": ("round", rounds.round_record),
    "round without applications": ("round", rounds.empty),
    "press": ("round.press", lambda: build_press_record(rounds.round_record())),
    "history": ("history", lambda: open_history().record(date(2026, 11, 1))),
}


def _validator(name: str) -> Draft202012Validator:
    schema = json.loads((FOLDER / f"{name}.schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.mark.parametrize("name", RECORDS)
def test_what_is_written_of_a_record_follows_its_schema(name: str) -> None:
    schema, build = RECORDS[name]
    plain = json.loads(to_json(build()))
    assert [f"{error.json_path}: {error.message}" for error in _validator(schema).iter_errors(plain)] == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda plain: plain.pop("evaluation"),
        lambda plain: plain.update(note="more"),
        lambda plain: plain.update(format="smartcert-evaluation/1"),
        lambda plain: plain["evaluation"]["scorecard"].update(points=1394.0),
        lambda plain: plain["evaluation"]["scorecard"].update(points="1,394"),
        lambda plain: plain["outcome"].update(result="passed"),
        lambda plain: plain["evaluation"]["findings"][0].update(basis=[{"rule": 1}]),
    ],
)
def test_a_record_with_a_field_too_few_or_too_many_or_of_another_kind_is_refused(
    spoil: Callable[[dict[str, Any]], object],
) -> None:
    plain = json.loads(to_json(samples.not_certified()))
    assert _validator("evaluation").is_valid(plain)
    spoil(plain)
    assert not _validator("evaluation").is_valid(plain)


def test_every_line_of_a_ledger_follows_its_schema(tmp_path: Path) -> None:
    ledger, validator = Ledger(tmp_path), _validator("ledger")
    for state in AttemptState:
        ledger.append(LedgerEntry(page="round_summary.ko.html", state=state, parts={"package": "0" * 64}, seconds=1.5))
    lines = [json.loads(line) for line in (tmp_path / LEDGER).read_text("utf-8").splitlines()]
    assert len(lines) == len(AttemptState)
    assert [error.message for line in lines for error in validator.iter_errors(line)] == []
    for wrong in ({"state": "done"}, {"seconds": "1.5"}, {"note": ""}, {"parts": {"package": 1}}):
        assert not validator.is_valid(lines[0] | wrong)


@pytest.mark.parametrize("name", KINDS)
def test_the_shipped_schema_has_the_fields_of_the_record_as_it_is_now(name: str) -> None:
    shipped = json.loads((FOLDER / f"{name}.schema.json").read_text("utf-8"))
    assert _list_fields(shipped) == _list_fields(build_schema(KINDS[name])), "python -m tests.support.schemas"


def _list_fields(schema: dict[str, Any]) -> dict[str, tuple[list[str], list[str]]]:
    return {
        name: (sorted(part["properties"]), sorted(part["required"]))
        for name, part in {"": schema, **schema.get("$defs", {})}.items()
        if "properties" in part
    }


def test_the_data_dictionary_explains_every_column_of_the_results_in_their_order() -> None:
    text = build_results_csv(build_press_record(rounds.round_record())).decode("utf-8-sig")
    heads = next(csv.reader(io.StringIO(text)))
    dictionary = re.findall(r"^\| `([^`]+)` \|", (FOLDER / "README.md").read_text("utf-8"), re.MULTILINE)
    patterns = [re.sub(r"\\\{\w+\\\}", ".+", re.escape(entry)) for entry in dictionary]
    places = [
        next((place for place, pattern in enumerate(patterns) if re.fullmatch(pattern, head)), None) for head in heads
    ]
    assert [head for head, place in zip(heads, places, strict=True) if place is None] == []
    assert places == sorted(place for place in places if place is not None)
