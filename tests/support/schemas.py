"""JSON schemas of all records, built from their dataclasses: `python -m tests.support.schemas` writes the shipped ones.

A schema says what `to_json` writes: which fields an object has, that it has no other, and what each may be. Exact
numbers are texts as ``"4183/3"``. In records that cite each source and rule once, a rule is named by its key.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from smartcert.batch.ledger import LedgerEntry, LedgerSum, Manifest
from smartcert.reporting.audience import PressRecord
from smartcert.reporting.canonical import canonical_json
from smartcert.reporting.committee_record import CommitteeRecord
from smartcert.reporting.records import (
    OPTIONAL_FIELDS,
    UNUSED_FIELDS,
    HistoryRecord,
    PublicRecord,
    Record,
    RoundRecord,
)

FOLDER = Path(__file__).parents[2] / "smartcert" / "reporting" / "schemas"
KINDS: dict[str, type] = {
    "committee": CommitteeRecord,
    "evaluation": Record,
    "evaluation.public": PublicRecord,
    "history": HistoryRecord,
    "ledger": LedgerEntry,
    "ledger.sum": LedgerSum,
    "manifest": Manifest,
    "round": RoundRecord,
    "round.press": PressRecord,
}
"""The records by the name of the file that has them; ``evaluation.applicant.json`` is an evaluation too.

A ledger is a file of lines, each an entry of its own.
"""
_CITED_RULE = "CitedRule"


def build_schema(kind: type) -> dict[str, Any]:
    """Return the JSON schema (draft 2020-12) of what is written of a record."""
    schema = TypeAdapter(kind).json_schema(mode="serialization")
    cites_once = bool(getattr(kind, "cites_once", False))
    for part in (schema, *schema.get("$defs", {}).values()):
        if "properties" in part:
            absent = UNUSED_FIELDS | (OPTIONAL_FIELDS.keys() if cites_once else frozenset())
            part["required"] = [name for name in part["properties"] if name not in absent]
            part["additionalProperties"] = False
    if cites_once:
        _cite_once(schema)
    if kind is LedgerSum:  # whose format is written beside it
        schema["properties"]["format"] = {"const": "smartcert-ledger-sum/1"}
        schema["required"].append("format")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_clean(schema)}


def _cite_once(schema: dict[str, Any]) -> None:
    definitions = schema["$defs"]
    for name, part in (("", schema), *definitions.items()):
        for field, value in part.get("properties", {}).items():
            part["properties"][field] = _replace_rules(value)
        if name == "Citation":
            part["properties"]["source"] = {"type": "string"}
    definitions[_CITED_RULE] = {
        "description": "A rule by its key in rules_cited.",
        "type": "object",
        "properties": {"rule": {"type": "string"}},
        "required": ["rule"],
        "additionalProperties": False,
    }
    for field, of in (("sources", "Source"), ("rules_cited", "Basis")):
        schema["properties"][field] = {"type": "object", "additionalProperties": {"$ref": f"#/$defs/{of}"}}
        schema["required"].append(field)


def _replace_rules(value: Any) -> Any:
    if isinstance(value, dict):
        if value.get("$ref") == "#/$defs/Basis":
            return {**value, "$ref": f"#/$defs/{_CITED_RULE}"}
        return {name: _replace_rules(part) for name, part in value.items()}
    return [_replace_rules(part) for part in value] if isinstance(value, list) else value


def _clean(value: Any, *, names: bool = False) -> Any:
    """Leave out titles, which repeat a name, and defaults, as every value is written; exact numbers get a pattern."""
    if isinstance(value, list):
        return [_clean(part) for part in value]
    if not isinstance(value, dict):
        return value
    if value.get("format") == "fraction" and not names:
        return {"type": "string", "pattern": "^-?[0-9]+(/[1-9][0-9]*)?$"}
    dropped = () if names else ("title", "default")
    return {
        name: _clean(part, names=not names and name in ("properties", "$defs"))
        for name, part in value.items()
        if name not in dropped
    }


def main() -> None:
    """Write the schema of every kind of record."""
    for name, kind in KINDS.items():
        (FOLDER / f"{name}.schema.json").write_bytes(canonical_json(build_schema(kind), lines=2))


if __name__ == "__main__":
    main()
