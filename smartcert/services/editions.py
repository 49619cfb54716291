"""Which edition of indicators is meant, by its name or by a file? And what does a new edition or scheme begin as?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction
from importlib.resources import files
from pathlib import Path
from typing import Any

from smartcert.errors import InputError, Place, UsageError, suggest
from smartcert.io.formats.text import display_path, read_file
from smartcert.io.formats.yaml import Decoder, NodePath, YamlTree, format_path, parse_yaml
from smartcert.io.parameters.edition import decode_edition
from smartcert.io.parameters.edition_xlsx import read_edition_workbook
from smartcert.lazy_dataclass import dataclass
from smartcert.model.indicator import Edition, Effect, IndicatorKind
from smartcert.model.scheme import CITY
from smartcert.paths import PROJECT_ROOT, find_own_parameters
from smartcert.rules.rulebook import Rulebook

_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")


def find_rules_folder(folder: Path | None = None) -> Path:
    """Return the folder of rules: as given, else that of the working directory or above it, else the package's."""
    return folder or find_own_parameters("rules") or PROJECT_ROOT / "parameters" / "rules"


def find_edition(name: str, rulebook: Rulebook) -> Edition:
    """Return an edition by its name in the rulebook, or read from a ``.yaml`` or ``.xlsx`` file.

    Raises:
        UsageError: there is neither.
        InputError: the file has problems; it lists all of them.
    """
    path = Path(name)
    if name in rulebook.editions:
        return rulebook.editions[name]
    if path.suffix not in (".xlsx", ".yaml") or not path.is_file():
        hint = suggest(name, rulebook.editions)
        raise UsageError(f"no edition '{name}'{hint}; there are: {', '.join(rulebook.editions)}, or give a file")
    if path.suffix == ".xlsx":
        return read_edition_workbook(path.read_bytes(), display_path(path), rulebook.sources, rulebook.class_ids)
    decoder = Decoder(parse_yaml(read_file(path)))
    edition = decode_edition(decoder, path.stem, rulebook.sources, rulebook.class_ids)
    if edition is None or decoder.problems:
        raise InputError(decoder.problems)
    return edition


def with_edition(rulebook: Rulebook, edition: Edition) -> Rulebook:
    """Return the rulebook with an edition that may not be in it yet; one of the same name is replaced."""
    return replace(rulebook, editions={**rulebook.editions, edition.id: edition})


def build_edition(tree: Mapping[str, Any], rulebook: Rulebook) -> Edition:
    """Return an edition from a mapping with the keys of its file, in which everything but the indicators has a default.

    ``indicators`` may stand alone, without domains; then they are in one. An indicator needs an ``id``, ``points`` and
    a ``scale``. By default it is quantitative, higher is better, its name and definition are its id, and an absent or
    not applicable value is refused. Counts and sums of points are worked out; a section that takes the best of its
    parts or has a cap states its own. Without a ``since`` the edition is in force since the newest rule is.

    >>> from smartcert.io.parameters.rulebook import read_rulebook
    >>> book = read_rulebook(find_rules_folder())
    >>> scale = {"kind": "linear", "zero_at": 0, "full_at": 50}
    >>> build_edition({"indicators": [{"id": "speed", "points": 10, "scale": scale}]}, book).points
    Fraction(10, 1)

    Raises:
        UsageError: it has neither domains nor indicators.
        InputError: every problem of it, at its key.
    """
    if not ("domains" in tree or "indicators" in tree):
        raise UsageError("an edition is a name, a file, or a mapping with 'domains' or 'indicators'")
    rest = dict(tree)
    if "domains" not in tree:
        rest["domains"] = [{"id": "all", "indicators": rest.pop("indicators")}]
    name = str(tree.get("edition", "own"))
    domains = _complete_parts(rest["domains"], _complete_section)
    completed = _list_parts({"domains": domains}, "domains")
    indicators = [indicator for domain in completed for indicator in _walk_indicators(domain)]
    counted = [indicator for indicator in indicators if _counts(indicator)]
    by_kind = {
        kind.value: sum(map(_weigh, (row for row in counted if row["kind"] == kind)), Fraction(0))
        for kind in IndicatorKind
    }
    full = {
        "edition": name,
        "title": {"ko": name, "en": name},
        "status": "illustrative",
        "since": find_newest_day(rulebook),
        "scheme": "city",
        "cite": [],
        "note": {"ko": "직접 만든 지표이다.", "en": "An edition of one's own."},
        "rounding": [],
        "stated": {
            "domains": len(completed),
            "items": sum(_count_items(domain) for domain in completed),
            "indicators": len(indicators),
            "points": sum(map(_weigh, completed), Fraction(0)),
            **by_kind,
        },
        **rest,
        "domains": domains,
    }
    decoder = Decoder(_MappingTree(file=name, plain=_to_plain(full), values={}, keys={}, bare=frozenset()))
    edition = decode_edition(decoder, name, rulebook.sources, rulebook.class_ids)
    if edition is None or decoder.problems:
        raise InputError(decoder.problems)
    return edition


@dataclass(frozen=True, kw_only=True, slots=True)
class _MappingTree(YamlTree):
    """The tree of an edition that was given as a mapping: places are keys, not lines."""

    def place(self, path: NodePath) -> Place:
        return Place(file=self.file, field=format_path(path))

    def key_place(self, path: NodePath) -> Place:
        return self.place(path)


def _complete_section(given: Mapping[str, Any]) -> dict[str, Any]:
    name = {"ko": str(given.get("id")), "en": str(given.get("id"))}
    section: dict[str, Any] = {"name": name, **given}
    if "items" in given:
        section["items"] = _complete_parts(given["items"], _complete_section)
    if "indicators" in given:
        section["indicators"] = _complete_parts(given["indicators"], _complete_indicator)
    parts = [*_list_parts(section, "items"), *filter(_counts, _list_parts(section, "indicators"))]
    section.setdefault("points", sum(map(_weigh, parts), Fraction(0)))
    return section


def _complete_parts(parts: Any, complete: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> Any:
    """Return parts with their defaults. What is no list of mappings stays as it is, to be refused at its key."""
    if not isinstance(parts, list | tuple):
        return parts
    return [complete(part) if isinstance(part, Mapping) else part for part in parts]


def _list_parts(section: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """Return the parts of a section under a key that are what they should be."""
    parts = section.get(key)
    return [part for part in parts if isinstance(part, Mapping)] if isinstance(parts, list | tuple) else []


def _weigh(part: Mapping[str, Any]) -> Fraction:
    """Return the points of a part, times its weight where it is a section that has one; 0 where they are no numbers.

    What is no number is told when the edition is decoded, at its key.
    """
    try:
        return Fraction(str(part.get("points", 0))) * Fraction(str(part.get("weight", 1)))
    except (ValueError, ZeroDivisionError):
        return Fraction(0)


def _counts(indicator: Mapping[str, Any]) -> bool:
    """Return whether the points of an indicator are among those that an applicant can have: see `Indicator.counted`."""
    return str(indicator.get("effect", Effect.POINTS)) == Effect.POINTS


def _complete_indicator(given: Mapping[str, Any]) -> dict[str, Any]:
    name = given.get("name") or {"ko": str(given.get("id")), "en": str(given.get("id"))}
    defaults = {
        "name": name,
        "definition": name,
        "kind": "quantitative",
        "unit": {"ko": "단위", "en": "units"},
        "direction": "higher_is_better",
        "absent": "refuse",
        "not_applicable": "refuse",
    }
    if "unit" not in given:
        defaults["unit_one"] = "unit"
    return {**defaults, **given}


def _walk_indicators(section: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from _list_parts(section, "indicators")
    for part in _list_parts(section, "items"):
        yield from _walk_indicators(part)


def _count_items(section: Mapping[str, Any]) -> int:
    return int("indicators" in section) + sum(_count_items(part) for part in _list_parts(section, "items"))


def _to_plain(node: Any) -> Any:
    """Return a mapping as the tree of a YAML file has it: dicts, lists and texts."""
    if isinstance(node, Mapping):
        return {str(key): _to_plain(value) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [_to_plain(value) for value in node]
    if isinstance(node, bool):
        return "yes" if node else "no"
    return node if isinstance(node, str) else str(node)


def start_edition(name: str, scheme: str, rulebook: Rulebook) -> str:
    """Return the text of a new edition called ``name`` for a scheme of the rulebook, in force since its newest rule.

    Raises:
        UsageError: a name that a file of an edition cannot have, or that one has already, or no such scheme.
    """
    _check_name(name, rulebook.editions, "edition")
    known = sorted({CITY, *rulebook.schemes})
    if scheme not in known:
        raise UsageError(f"no scheme '{scheme}'; there are: {', '.join(known)}")
    day = find_newest_day(rulebook)
    own = rulebook.schemes.get(scheme)
    declared = own.files.get("scheme", {}).get("classes", ()) if own else ()
    first = declared[-1].value.classes[0].id if declared else "large"
    return _fill("edition.yaml", name=name, scheme=scheme, day=day, first_class=first)


def start_scheme(name: str, rulebook: Rulebook) -> str:
    """Return the text of a new scheme called ``name``, in force since the newest rule of the rulebook.

    Raises:
        UsageError: a name that a file of a scheme cannot have, or that one has already.
    """
    _check_name(name, {CITY, *rulebook.schemes}, "scheme")
    return _fill("scheme.yaml", name=name, scheme=name, day=find_newest_day(rulebook), first_class="")


def find_newest_day(rulebook: Rulebook) -> date:
    """Return the day since which the newest value of the rules is in force: on it, every one of them is."""
    return max(entry.since for dated in rulebook.files.values() for entries in dated.values() for entry in entries)


def _check_name(name: str, taken: object, kind: str) -> None:
    if not _NAME.fullmatch(name):
        raise UsageError(f"{kind} '{name}': small letters, digits and hyphens are wanted, beginning with a letter")
    if isinstance(taken, (dict, set)) and name in taken:
        raise UsageError(f"there is an {kind} '{name}' already" if kind == "edition" else f"there is a scheme '{name}'")


def _fill(file: str, *, name: str, scheme: str, day: date, first_class: str) -> str:
    text = (files("smartcert.services.starters") / file).read_text("utf-8")
    fields = {"{name}": name, "{scheme}": scheme, "{day}": day.isoformat(), "{class}": first_class}
    for field, value in fields.items():
        text = text.replace(field, value)
    return text
