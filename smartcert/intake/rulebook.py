"""The folder ``parameters/rules`` to a rulebook: sources, every dated value, every edition of indicators."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from smartcert.errors import InputError, Place, Problem, suggestion
from smartcert.intake.citing import sources
from smartcert.intake.edition import edition
from smartcert.intake.rule_file import rule_file
from smartcert.intake.rules_sound import hold_sound
from smartcert.intake.text import read_file, shown
from smartcert.intake.typed import Decoder
from smartcert.intake.yaml_text import read_tree
from smartcert.model.application import Input
from smartcert.model.citation import Source
from smartcert.model.indicator import Edition
from smartcert.rules.rulebook import KINDS_OF_RULES, Dated, Rulebook

_SOURCES = "sources"
_EDITIONS = "indicators"
_LARGEST = 4 * 1024 * 1024


def read_rulebook(folder: Path) -> Rulebook:
    """Return all rules of a folder with their sources and editions.

    Raises:
        InputError: files that are missing, have names of no rule, or hold something wrong: every problem of all.
    """
    reading = _Reading(folder)
    known = reading.sources()
    files = {name: reading.rules(name, known) for name in KINDS_OF_RULES}
    editions = dict(reading.editions(known))
    reading.hold_no_other_files()
    if not editions and not reading.problems:
        reading.tell(folder / _EDITIONS, "no edition of indicators", "at least one .yaml file")
    if reading.problems:
        raise InputError(reading.problems)
    return Rulebook(files=files, editions=editions, sources=known, inputs=tuple(reading.inputs))


class _Reading:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[Problem] = []
        self.inputs: list[Input] = []

    def tell(self, path: Path, found: str, wanted: str) -> None:
        self.problems.append(Problem(place=Place(file=shown(path)), found=found, wanted=wanted))

    def open(self, name: str) -> Decoder | None:
        """Return a decoder of one file, or None after telling why it cannot be read."""
        try:
            source = read_file(self.folder / name, largest=_LARGEST)
            self.inputs.append(Input(file=f"rules/{name}", sha256=source.sha256))
            return Decoder(read_tree(source))
        except InputError as error:
            self.problems += error.problems
            return None

    def sources(self) -> dict[str, Source]:
        decoder = self.open(f"{_SOURCES}.yaml")
        if decoder is None:
            return {}
        found = sources(decoder)
        self.problems += decoder.problems
        return found

    def rules(self, name: str, known: Mapping[str, Source]) -> Dated:
        decoder = self.open(f"{name}.yaml")
        if decoder is None:
            return {}
        dated = rule_file(decoder, name, known)
        if not decoder.problems:
            hold_sound(decoder, name, dated)
        self.problems += decoder.problems
        return dated

    def editions(self, known: Mapping[str, Source]) -> Iterator[tuple[str, Edition]]:
        for path in sorted((self.folder / _EDITIONS).glob("*.yaml")):
            decoder = self.open(f"{_EDITIONS}/{path.name}")
            if decoder is None:
                continue
            found = edition(decoder, path.stem, known)
            self.problems += decoder.problems
            if found is not None:
                yield found.id, found

    def hold_no_other_files(self) -> None:
        """Refuse a file whose name is that of no rule: it would be left unread without a word."""
        names = [_SOURCES, *KINDS_OF_RULES]
        for path in sorted(self.folder.glob("*.y*ml")):
            if path.name not in {f"{name}.yaml" for name in names}:
                self.tell(path, f"a file of no rule{suggestion(path.stem, names)}", f"one of: {', '.join(names)}.yaml")
        for path in sorted((self.folder / _EDITIONS).glob("*.yml")):
            self.tell(path, "a name that ends in .yml", "a name that ends in .yaml")
