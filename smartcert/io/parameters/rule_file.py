"""A file of dated and cited values: read by the types of its class in `rules.parameters`, then checked in itself."""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Callable, Mapping
from fractions import Fraction
from itertools import combinations
from typing import Any

from smartcert.errors import Problem, suggest
from smartcert.io.formats.text import quote
from smartcert.io.formats.yaml import INVALID, AnyNode, Decoder, NodePath, Percent
from smartcert.io.parameters.sources import BasisShape, decode_citations
from smartcert.lazy_dataclass import dataclass
from smartcert.model.applicant import SizeType
from smartcert.model.citation import Cited, Source
from smartcert.model.indicator import MarkScale
from smartcert.model.scheme import ApplicantClass, ClassBy, Classes, PassOrFail, RankingRule, Threshold
from smartcert.rules.parameters import CombinationMethod, CombinationRule, LevelFloor, SchemeRules
from smartcert.rules.rulebook import (
    LEVEL_BOUND_PREFIX,
    RULE_CLASSES,
    SCHEME,
    DatedValues,
    find_in_force,
)

_BOUND_NAME = re.compile(LEVEL_BOUND_PREFIX + r"[1-9][0-9]?")
_LEVELS = "levels"


@dataclass(frozen=True, kw_only=True, slots=True)
class _DatedEntry(BasisShape):
    value: AnyNode


def decode_rule_file(
    decoder: Decoder, file: str, known: Mapping[str, Source], path: NodePath = (), *, complete: bool = True
) -> DatedValues:
    """Return the values of one file with their entries, oldest first; problems are added to the decoder.

    The names of the values are the fields of the file's ``XRules``; ``levels`` also has ``level_1``, ``level_2`` ...
    A scheme's file has them under a ``path`` and states some of them only: it is not ``complete``.
    """
    tree = decoder.tree
    node = tree.at(path)
    if not isinstance(node, dict):
        decoder.refuse(path, "no keys", "the values of the rule, each with its entries")
        return {}
    kinds = _value_types(file)
    for name in kinds if complete else ():
        if name not in node:
            decoder.refuse(path, f"no '{name}'", f"the value '{name}', with at least one entry")
    dated = {}
    for name in node:
        kind = kinds.get(name, LevelBound if file == _LEVELS and _BOUND_NAME.fullmatch(name) else None)
        if kind is None:
            found = f"the unknown value {quote(name)}{suggest(name, kinds)}"
            wanted = f"one of: {', '.join(kinds)}"
            decoder.problems.append(Problem(place=tree.key_place((*path, name)), found=found, wanted=wanted))
        else:
            dated[name] = _decode_entries(decoder, f"{file}.{name}", kind, (*path, name), known)
    return dated


def _value_types(file: str) -> dict[str, Any]:
    """Return the type of each value of a file: the ``T`` of its ``Cited[T]``, which may be None in a scheme's."""
    hints = typing.get_type_hints(SchemeRules if file == SCHEME else RULE_CLASSES[file])
    cited: dict[str, Any] = {}
    for name, hint in hints.items():
        parts = typing.get_args(hint) if typing.get_origin(hint) in (typing.Union, types.UnionType) else (hint,)
        cited[name] = next((part for part in parts if typing.get_origin(part) is Cited), None)
    return {name: typing.get_args(part)[0] for name, part in cited.items() if part is not None}


def _decode_entries(
    decoder: Decoder, name: str, kind: Any, path: NodePath, known: Mapping[str, Source]
) -> tuple[Cited[Any], ...]:
    heads = decoder.read(tuple[AnyNode, ...], path)
    if heads is INVALID:
        return ()
    if not heads:
        decoder.refuse(path, "no entry", "at least one entry with since, status, cite and value")
    entries: list[Cited[Any]] = []
    for head in heads:
        entry = _decode_entry(decoder, name, kind, head.path, known)
        if entry is None:
            continue
        if any(entry.since == other.since for other in entries):
            found = f"a second entry since {entry.since}"
            decoder.refuse((*head.path, "since"), found, "a day of its own for each entry")
        entries.append(entry)
    return tuple(sorted(entries, key=lambda entry: entry.since))


def _decode_entry(
    decoder: Decoder, name: str, kind: Any, path: NodePath, known: Mapping[str, Source]
) -> Cited[Any] | None:
    head = decoder.read(_DatedEntry, path)
    if head is INVALID:
        return None
    value = _read_value(decoder, kind, head.value.path)
    cite = decode_citations(decoder, (*path, "cite"), head.cite, known, head.status)
    if value is INVALID or cite is INVALID:
        return None
    return Cited(name=name, value=value, since=head.since, status=head.status, cite=cite, note=head.note)


class LevelBound:
    """The type of the bound of a level: a percentage of all points, or a `Threshold` in points or as a fraction."""


def _read_value(decoder: Decoder, kind: Any, path: NodePath) -> Any:
    if kind is not LevelBound:
        return decoder.read(kind, path)
    return decoder.read(Threshold if isinstance(decoder.tree.at(path), dict) else Percent, path)


_PERCENT = 100


def check_consistent(decoder: Decoder, file: str, dated: DatedValues, path: NodePath = ()) -> None:
    """Check a file whose values could all be read: possible values, and bounds of levels that fit each other."""
    for name, entries in dated.items():
        for entry in entries:
            wanted = _wanted_instead(file, name, entry.value)
            if wanted:
                at = (*path, name, *_entry_position(decoder, (*path, name), entry), "value")
                decoder.refuse(at, "a value that cannot be", wanted)
    if file == _LEVELS and not path and not decoder.problems:
        _check_levels(decoder, dated)


def _entry_position(decoder: Decoder, path: NodePath, entry: Cited[Any]) -> tuple[int, ...]:
    since = [node["since"] for node in decoder.tree.at(path)]
    return (since.index(entry.since.isoformat()),)


def _wanted_instead(file: str, name: str, value: Any) -> str:
    """Return what the value should have been, an empty text where it is possible."""
    for kind, check in _CHECKS:
        if isinstance(value, kind) and not isinstance(value, bool):
            return check(file, name, value)
    return ""


def _check_integer(_file: str, _name: str, value: int) -> str:
    return "" if value >= 1 else "a whole number from 1 on"


def _check_fraction(file: str, _name: str, value: Fraction) -> str:
    if file == "levels":
        return "" if 0 <= value <= _PERCENT else "a percentage from 0 to 100"
    return "" if 0 < value <= 1 else "a share above 0 and up to 1, such as 2/3"


def _check_mark_scale(_file: str, _name: str, value: MarkScale) -> str:
    fits = value.step > 0 and value.lowest < value.highest and (value.highest - value.lowest) % value.step == 0
    return "" if fits else "lowest below highest, and whole steps between them"


def _check_combination(_file: str, _name: str, value: CombinationRule) -> str:
    if value.fewest < 1 or value.at_least < 1 or value.drop < 0:
        return "fewest and at_least from 1 on, drop from 0 on"
    if value.method is not CombinationMethod.TRIMMED_MEAN:
        return ""
    if value.otherwise is CombinationMethod.TRIMMED_MEAN or value.drop < 1:
        return "a trimmed mean that drops at least 1 at each end, and another method otherwise"
    return "" if value.at_least > 2 * value.drop else "at_least above twice the marks dropped at each end"


def _check_tuple(file: str, name: str, value: tuple[Any, ...]) -> str:
    if len(set(value)) < len(value):
        return "each only once"
    floors = [item for item in value if isinstance(item, LevelFloor)]
    if any(not 0 <= floor.at_least <= _PERCENT for floor in floors):
        return "a percentage from 0 to 100 for each floor"
    return next(
        (
            wanted
            for number in value
            if isinstance(number, int)
            for wanted in [_check_integer(file, name, number)]
            if wanted
        ),
        "",
    )


def _check_threshold(_file: str, _name: str, value: Threshold) -> str:
    return "" if value.valid else "one of points, percent and fraction"


def _check_pass_or_fail(file: str, name: str, value: PassOrFail) -> str:
    return _check_threshold(file, name, value.bound)


def _check_ranking(file: str, name: str, value: RankingRule) -> str:
    if value.at_least is not None and not value.at_least.valid:
        return _check_threshold(file, name, value.at_least)
    counts = (value.places, value.reserve, *(value.class_places or {}).values())
    if any(count is not None and count < 0 for count in counts) or (value.budget is not None and value.budget < 0):
        return "places, reserve and budget from 0 on"
    if value.budget is not None and value.currency is None:
        return "the currency of the budget"
    if len(set(value.ties)) < len(value.ties):
        return "each section or indicator of ties once"
    limited = value.places is not None or value.class_places or value.budget is not None
    return "" if limited else "places, class_places or a budget"


_BOUNDED, _OF_KINDS = ClassBy.POPULATION, ClassBy.KIND


def _check_classes(_file: str, _name: str, value: Classes) -> str:
    ids = [declared_class.id for declared_class in value.classes]
    if not ids or len(set(ids)) < len(ids) or not all(_CLASS_ID.fullmatch(name) for name in ids):
        return "classes with ids of their own: small letters, digits and underscores"
    if value.by is ClassBy.NONE and len(ids) > 1:
        return "one class, or how applicants are told apart"
    if value.by is ClassBy.SIZE_TYPE and not set(ids) <= {size.value for size in SizeType}:
        return f"by size_type: {', '.join(SizeType)}"
    if value.by is _BOUNDED:
        return _check_classes_by_population(value.classes)
    if any(declared_class.at_least is not None for declared_class in value.classes):
        return "at_least for classes by population, none elsewhere"
    kinds = [kind for declared_class in value.classes for kind in declared_class.kinds]
    if (value.by is _OF_KINDS) != all(declared_class.kinds for declared_class in value.classes) or len(
        set(kinds)
    ) < len(kinds):
        return "the kinds of each class by kind, each kind once; none elsewhere"
    return ""


def _check_classes_by_population(classes: tuple[ApplicantClass, ...]) -> str:
    """Return what is wanted of classes by population: bounds, or kinds, and no two that the same applicant is in."""
    if any(declared_class.at_least is None and not declared_class.kinds for declared_class in classes):
        return "at_least for each class by population, or the kinds that are in it, or both"
    for first, second in combinations(classes, 2):
        together = not first.kinds or not second.kinds or set(first.kinds) & set(second.kinds)
        if together and first.at_least == second.at_least:
            return "another at_least for each class by population that the same kinds can be in"
    return ""


_CLASS_ID = re.compile(r"[a-z][a-z0-9_]{0,39}")


def _check_weights(_file: str, _name: str, value: Mapping[Any, Any]) -> str:
    negative = any(isinstance(weight, int) and weight < 0 for weight in value.values())
    return "whole numbers from 0 on" if negative else ""


_CHECKS: tuple[tuple[type, Callable[[str, str, Any], str]], ...] = (
    (int, _check_integer),
    (Fraction, _check_fraction),
    (MarkScale, _check_mark_scale),
    (CombinationRule, _check_combination),
    (tuple, _check_tuple),
    (Mapping, _check_weights),
    (Threshold, _check_threshold),
    (PassOrFail, _check_pass_or_fail),
    (RankingRule, _check_ranking),
    (Classes, _check_classes),
)


def _check_levels(decoder: Decoder, dated: DatedValues) -> None:
    """Check, on every day of a change, that each level but the worst has a bound and that bounds fall from level 1."""
    days = sorted({entry.since for entries in dated.values() for entry in entries})
    for day in days:
        in_force = {name: entry for name, entries in dated.items() for entry in [find_in_force(entries, day)] if entry}
        if "worst" in in_force:
            _check_levels_on_day(decoder, in_force, complete=len(in_force) == len(dated))
            if decoder.problems:
                return


def _check_levels_on_day(decoder: Decoder, in_force: Mapping[str, Cited[Any]], *, complete: bool) -> None:
    worst: int = in_force["worst"].value
    bounds = {
        int(name.removeprefix(LEVEL_BOUND_PREFIX)): entry
        for name, entry in in_force.items()
        if name.startswith(LEVEL_BOUND_PREFIX)
    }
    for level in sorted(bounds):
        if level >= worst:
            decoder.refuse(
                (f"{LEVEL_BOUND_PREFIX}{level}",), f"a bound of level {level}", f"none: the worst is {worst}"
            )
        above = bounds.get(level - 1)
        own = bounds[level].value
        if above and isinstance(own, Fraction) and isinstance(above.value, Fraction) and own >= above.value:
            path: NodePath = (
                f"{LEVEL_BOUND_PREFIX}{level}",
                *_entry_position(decoder, (f"{LEVEL_BOUND_PREFIX}{level}",), bounds[level]),
                "value",
            )
            decoder.refuse(path, f"a bound not below that of level {level - 1}", "bounds that fall level by level")
    missing = [level for level in range(1, worst) if level not in bounds]
    if missing and complete:
        names = ", ".join(f"{LEVEL_BOUND_PREFIX}{level}" for level in missing)
        decoder.refuse(("worst",), f"no bound for {names}", f"a bound for each level from 1 to {worst - 1}")
    if "certified_from" in in_force and not 1 <= in_force["certified_from"].value < worst:
        path = ("certified_from", *_entry_position(decoder, ("certified_from",), in_force["certified_from"]), "value")
        decoder.refuse(path, f"level {in_force['certified_from'].value}", f"a level from 1 to {worst - 1}")
    for floor in in_force["floors"].value if "floors" in in_force else ():
        if not 1 <= floor.best_level <= worst:
            decoder.refuse(("floors",), f"best_level {floor.best_level}", f"a level from 1 to {worst}")
