"""What a record repeats many times is written once: sources by their id, rules by their name.

A record names the same rule under dozens of findings, each time with its sources in full. On paper that is right; in
JSON each rule and each source stands once, under ``"rules_cited"`` and ``"sources"``, and is referred to by its key.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import Any

from smartcert.model.citation import Basis, Source

_FRACTION = re.compile(r"-?[0-9]+(?:/[1-9][0-9]*)?")
_RULE = frozenset({"name", "since", "status", "cite", "note"})
_CITATION = frozenset({"source", "article"})
_REFERENCE = frozenset({"rule"})
_DEEP: frozenset[Any] = frozenset({dict, list})
"""What holds other values. Most values do not, and to look into each of them would take twice as long."""


NUMBERS = frozenset({
    *("above", "at_least", "at_most", "band", "bound", "cap", "combined", "exact", "floor", "full_at", "lower"),
    *("measure", "measure_exact", "median", "otherwise", "out_of", "points", "points_each", "share", "spread"),
    *("upper", "value", "zero_at"),
})  # fmt: skip
"""Fields that are an exact number, or the name of what stands for one, wherever they stand but in `FREE`."""
FREE = "facts"
"""The field under which the names are free, and may be any; nothing is cited there."""


def written_once(plain: dict[str, Any]) -> dict[str, Any]:
    """Return the plain record with each source and each rule once. `in_full` turns it back."""
    sources: dict[str, Any] = {}
    rules: dict[str, Any] = {}

    def without(value: Any) -> Any:
        if isinstance(value, list):
            return [without(one) if one.__class__ in _DEEP else one for one in value]
        made = {name: without(one) if one.__class__ in _DEEP else one for name, one in value.items()}
        if len(made) == len(_CITATION) and made.keys() == _CITATION and isinstance(made["source"], dict):
            sources.setdefault(made["source"]["id"], made["source"])
            made["source"] = made["source"]["id"]
        elif len(made) == len(_RULE) and made.keys() == _RULE:
            key = f"{made['name']} {made['since']}"
            rules.setdefault(key, made)
            return {"rule": key}
        return made

    made: dict[str, Any] = without(plain)
    return made | {"sources": sources, "rules_cited": rules}


def in_full(plain: dict[str, Any], read: Callable[[type, Any], Any]) -> dict[str, Any]:
    """Return the plain record with every source and every rule where it is cited, each read once and then shared.

    The record is changed in place: it was read from a text for this. Exact numbers are read on the way: the same few
    hundred stand in a record thousands of times, and whoever reads it next would read each anew.

    ``read`` turns a plain value into one of a type. Findings cite the same few rules hundreds of times: shared, they
    are neither looked at nor kept again and again.
    """
    cited = _Cited(sources={name: read(Source, one) for name, one in plain.pop("sources", {}).items()})
    for name, rule in plain.pop("rules_cited", {}).items():
        cited.rules[name] = read(Basis, cited.within(rule))
    made: dict[str, Any] = cited.within(plain)
    return made


@dataclass(frozen=True, kw_only=True, slots=True)
class _Cited:
    """What a record cites, by the keys that it is referred to by."""

    sources: dict[str, Source]
    rules: dict[str, Basis] = field(default_factory=dict)

    def within(self, value: Any) -> Any:
        """Return a value with what it cites, the lists and objects in it changed in place."""
        if isinstance(value, list):
            value[:] = [self.within(one) if one.__class__ in _DEEP else one for one in value]
            return value
        if len(value) == len(_REFERENCE) and value.keys() == _REFERENCE:
            return self.rules[value["rule"]]
        for name, one in value.items():
            if one.__class__ in _DEEP:
                value[name] = one if name == FREE else self.within(one)
            elif name in NUMBERS and one.__class__ is str:
                value[name] = _number(one)
        if len(value) == len(_CITATION) and value.keys() == _CITATION and isinstance(value["source"], str):
            value["source"] = self.sources[value["source"]]
        return value


@lru_cache(maxsize=10_000)
def _number(text: str) -> Fraction | str:
    return Fraction(text) if _FRACTION.fullmatch(text) else text
