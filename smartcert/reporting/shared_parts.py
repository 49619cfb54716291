"""What a record repeats many times is written once: sources by their id, rules by their name.

A record names the same rule under dozens of findings, each time with its sources in full. On paper that is right; in
JSON each rule and each source stands once, under ``"rules_cited"`` and ``"sources"``, and is referred to by its key.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from smartcert.model.citation import Basis, Source

_RULE = frozenset({"name", "since", "status", "cite", "note"})
_CITATION = frozenset({"source", "article"})
_REFERENCE = frozenset({"rule"})


def written_once(plain: dict[str, Any]) -> dict[str, Any]:
    """Return the plain record with each source and each rule once. `in_full` turns it back."""
    sources: dict[str, Any] = {}
    rules: dict[str, Any] = {}

    def without(value: Any) -> Any:
        if isinstance(value, list):
            return [without(one) for one in value]
        if not isinstance(value, dict):
            return value
        made = {name: without(one) for name, one in value.items()}
        if made.keys() == _CITATION and isinstance(made["source"], dict):
            sources.setdefault(made["source"]["id"], made["source"])
            made["source"] = made["source"]["id"]
        elif made.keys() == _RULE:
            key = f"{made['name']} {made['since']}"
            rules.setdefault(key, made)
            return {"rule": key}
        return made

    made: dict[str, Any] = without(plain)
    return made | {"sources": sources, "rules_cited": rules}


def in_full(plain: dict[str, Any], read: Callable[[type, Any], Any]) -> dict[str, Any]:
    """Return the plain record with every source and every rule where it is cited, each read once and then shared.

    ``read`` turns a plain value into one of a type. Findings cite the same few rules hundreds of times: shared, they
    are neither looked at nor kept again and again.
    """
    plain = dict(plain)
    sources = {name: read(Source, one) for name, one in plain.pop("sources", {}).items()}
    rules = plain.pop("rules_cited", {})
    whole: dict[str, Basis] = {}

    def cited(value: Any) -> Any:
        if isinstance(value, list):
            return [cited(one) for one in value]
        if not isinstance(value, dict):
            return value
        if value.keys() == _REFERENCE:
            return whole[value["rule"]]
        made = {name: cited(one) for name, one in value.items()}
        if made.keys() == _CITATION and isinstance(made["source"], str):
            made["source"] = sources[made["source"]]
        return made

    for name, rule in rules.items():
        whole[name] = read(Basis, cited(rule))
    made: dict[str, Any] = cited(plain)
    return made
