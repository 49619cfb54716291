"""What a record repeats many times is written once: sources by their id, rules by their name.

A record names the same rule under dozens of findings, each time with its sources in full. On paper that is right; in
JSON each rule and each source stands once, under ``"rules_cited"`` and ``"sources"``, and is referred to by its key.
"""

from __future__ import annotations

from typing import Any

_RULE = frozenset({"name", "since", "status", "cite", "note"})
_CITATION = frozenset({"source", "article"})


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


def in_full(plain: dict[str, Any]) -> dict[str, Any]:
    """Return the plain record with every source and every rule where it is cited."""
    plain = dict(plain)
    sources, rules = plain.pop("sources", {}), plain.pop("rules_cited", {})

    def cited(value: Any) -> Any:
        if isinstance(value, list):
            return [cited(one) for one in value]
        if not isinstance(value, dict):
            return value
        if value.keys() == {"rule"}:
            return whole[value["rule"]]
        made = {name: cited(one) for name, one in value.items()}
        if made.keys() == _CITATION and isinstance(made["source"], str):
            made["source"] = sources[made["source"]]
        return made

    whole: dict[str, Any] = {}
    whole.update({key: cited(rule) for key, rule in rules.items()})
    made: dict[str, Any] = cited(plain)
    return made
