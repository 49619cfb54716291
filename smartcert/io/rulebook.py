"""The rules of ``parameters/rules`` as a rulebook: sources, every dated and cited value, every edition of indicators.

A file is decoded by the types of its class in `rules.parameters`; then its values are checked against each other.
"""

from __future__ import annotations

import dataclasses
import re
import typing
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from smartcert.errors import InputError, Place, Problem, suggest
from smartcert.io.edition import decode_edition
from smartcert.io.sources import BasisShape, decode_citations, decode_sources
from smartcert.io.text import display_path, quote, read_file
from smartcert.io.yaml import INVALID, AnyNode, Decoder, NodePath, Percent, parse_yaml
from smartcert.model.application import InputFile
from smartcert.model.citation import Cited, Source
from smartcert.model.indicator import Edition
from smartcert.rules.parameters import CombinationMethod, CombinationRule, LevelFloor, MarkScale
from smartcert.rules.rulebook import LEVEL_BOUND_PREFIX, RULE_CLASSES, DatedValues, Rulebook, find_in_force

_BOUND_NAME = re.compile(LEVEL_BOUND_PREFIX + r"[1-9][0-9]?")
_LEVELS = "levels"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class _DatedEntry(BasisShape):
    value: AnyNode


def decode_rule_file(decoder: Decoder, file: str, known: Mapping[str, Source]) -> DatedValues:
    """Return the values of one file with their entries, oldest first; problems are added to the decoder.

    The names of the values are the fields of the file's ``XRules``; ``levels`` also has ``level_1``, ``level_2`` ...
    """
    tree = decoder.tree
    if not isinstance(tree.plain, dict):
        decoder.refuse((), "no keys", "the values of the rule, each with its entries")
        return {}
    kinds = _value_types(file)
    for name in kinds:
        if name not in tree.plain:
            decoder.refuse((), f"no '{name}'", f"the value '{name}', with at least one entry")
    dated = {}
    for name in tree.plain:
        kind = kinds.get(name, Percent if file == _LEVELS and _BOUND_NAME.fullmatch(name) else None)
        if kind is None:
            found = f"the unknown value {quote(name)}{suggest(name, kinds)}"
            wanted = f"one of: {', '.join(kinds)}"
            decoder.problems.append(Problem(place=tree.key_place((name,)), found=found, wanted=wanted))
        else:
            dated[name] = _decode_entries(decoder, f"{file}.{name}", kind, (name,), known)
    return dated


def _value_types(file: str) -> dict[str, Any]:
    """Return the type of each value of a file: the ``T`` of its ``Cited[T]``."""
    hints = typing.get_type_hints(RULE_CLASSES[file])
    return {name: typing.get_args(hint)[0] for name, hint in hints.items() if typing.get_origin(hint) is Cited}


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
    value = decoder.read(kind, head.value.path)
    cite = decode_citations(decoder, (*path, "cite"), head.cite, known)
    if value is INVALID or cite is INVALID:
        return None
    return Cited(name=name, value=value, since=head.since, status=head.status, cite=cite, note=head.note)


_PERCENT = 100


def check_consistent(decoder: Decoder, file: str, dated: DatedValues) -> None:
    """Check a file whose values could all be read: possible values, and bounds of levels that fit each other."""
    for name, entries in dated.items():
        for entry in entries:
            wanted = _wanted_instead(file, name, entry.value)
            if wanted:
                decoder.refuse(
                    (name, *_entry_position(decoder, name, entry), "value"), "a value that cannot be", wanted
                )
    if file == "levels" and not decoder.problems:
        _check_levels(decoder, dated)


def _entry_position(decoder: Decoder, name: str, entry: Cited[Any]) -> tuple[int, ...]:
    since = [node["since"] for node in decoder.tree.at((name,))]
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
        (wanted for one in value if isinstance(one, int) for wanted in [_check_integer(file, name, one)] if wanted), ""
    )


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
        if above and bounds[level].value >= above.value:
            path: NodePath = (
                f"{LEVEL_BOUND_PREFIX}{level}",
                *_entry_position(decoder, f"{LEVEL_BOUND_PREFIX}{level}", bounds[level]),
                "value",
            )
            decoder.refuse(path, f"a bound not below that of level {level - 1}", "bounds that fall level by level")
    missing = [level for level in range(1, worst) if level not in bounds]
    if missing and complete:
        names = ", ".join(f"{LEVEL_BOUND_PREFIX}{level}" for level in missing)
        decoder.refuse(("worst",), f"no bound for {names}", f"a bound for each level from 1 to {worst - 1}")
    if "certified_from" in in_force and not 1 <= in_force["certified_from"].value < worst:
        path = ("certified_from", *_entry_position(decoder, "certified_from", in_force["certified_from"]), "value")
        decoder.refuse(path, f"level {in_force['certified_from'].value}", f"a level from 1 to {worst - 1}")
    for floor in in_force["floors"].value if "floors" in in_force else ():
        if not 1 <= floor.best_level <= worst:
            decoder.refuse(("floors",), f"best_level {floor.best_level}", f"a level from 1 to {worst}")


_SOURCES = "sources"
_EDITIONS = "indicators"
_MAX_BYTES = 4 * 1024 * 1024


def read_rulebook(folder: Path) -> Rulebook:
    """Return all rules of a folder with their sources and editions.

    Raises:
        InputError: every problem of all files: missing ones, ones that no rule reads, and what is wrong inside.
    """
    reader = _RulebookReader(folder)
    known = reader.sources()
    files = {name: reader.rules(name, known) for name in RULE_CLASSES}
    editions = dict(reader.editions(known))
    reader.check_no_other_files()
    if not editions and not reader.problems:
        reader.add_problem(folder / _EDITIONS, "no edition of indicators", "at least one .yaml file")
    if reader.problems:
        raise InputError(reader.problems)
    return Rulebook(files=files, editions=editions, sources=known, inputs=tuple(reader.inputs))


class _RulebookReader:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[Problem] = []
        self.inputs: list[InputFile] = []

    def add_problem(self, path: Path, found: str, wanted: str) -> None:
        self.problems.append(Problem(place=Place(file=display_path(path)), found=found, wanted=wanted))

    def open(self, name: str) -> Decoder | None:
        """Return a decoder of one file, or None after adding why it cannot be read."""
        try:
            source = read_file(self.folder / name, largest=_MAX_BYTES)
            self.inputs.append(InputFile(file=f"rules/{name}", sha256=source.sha256))
            return Decoder(parse_yaml(source))
        except InputError as error:
            self.problems += error.problems
            return None

    def sources(self) -> dict[str, Source]:
        decoder = self.open(f"{_SOURCES}.yaml")
        if decoder is None:
            return {}
        sources = decode_sources(decoder)
        self.problems += decoder.problems
        return sources

    def rules(self, name: str, known: Mapping[str, Source]) -> DatedValues:
        decoder = self.open(f"{name}.yaml")
        if decoder is None:
            return {}
        dated = decode_rule_file(decoder, name, known)
        if not decoder.problems:
            check_consistent(decoder, name, dated)
        self.problems += decoder.problems
        return dated

    def editions(self, known: Mapping[str, Source]) -> Iterator[tuple[str, Edition]]:
        for path in sorted((self.folder / _EDITIONS).glob("*.yaml")):
            decoder = self.open(f"{_EDITIONS}/{path.name}")
            if decoder is None:
                continue
            edition = decode_edition(decoder, path.stem, known)
            self.problems += decoder.problems
            if edition is not None:
                yield edition.id, edition

    def check_no_other_files(self) -> None:
        """Add a problem for each file that no rule reads, which is likely a slip in its name."""
        names = [_SOURCES, *RULE_CLASSES]
        for path in sorted(self.folder.glob("*.y*ml")):
            if path.name not in {f"{name}.yaml" for name in names}:
                self.add_problem(
                    path, f"a file of no rule{suggest(path.stem, names)}", f"one of: {', '.join(names)}.yaml"
                )
        for path in sorted((self.folder / _EDITIONS).glob("*.yml")):
            self.add_problem(path, "a name that ends in .yml", "a name that ends in .yaml")
