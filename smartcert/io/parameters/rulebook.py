"""The rules of ``parameters/rules`` as a rulebook: sources, dated and cited values, editions of indicators, schemes."""

from __future__ import annotations

import stat
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from threading import Lock

from smartcert.errors import InputError, Place, Problem, suggest
from smartcert.files import sha256_hex
from smartcert.io.formats.text import display_path, read_file
from smartcert.io.formats.yaml import Decoder, parse_yaml
from smartcert.io.parameters.edition import decode_edition
from smartcert.io.parameters.rule_file import check_consistent, decode_rule_file
from smartcert.io.parameters.scheme import decode_scheme
from smartcert.io.parameters.sources import decode_sources
from smartcert.model.application import InputFile
from smartcert.model.citation import Source
from smartcert.model.indicator import Edition
from smartcert.model.scheme import CITY
from smartcert.rules.rulebook import RULE_CLASSES, DatedValues, Rulebook, SchemeFile, list_class_ids

_SOURCES = "sources"
_EDITIONS = "indicators"
_SCHEMES = "schemes"
_MAX_BYTES = 4 * 1024 * 1024
_MAX_CACHED = 4
_Files = frozenset[tuple[str, str]]
"""Names of files as in `InputFile`, each with the SHA-256 of its bytes."""
_cache: OrderedDict[_Files, Rulebook] = OrderedDict()
_cache_lock = Lock()


def read_rulebook(folder: Path) -> Rulebook:
    """Return all rules of a folder with their sources and editions, and the schemes of the folder beside it.

    Where there is no ``schemes`` beside the folder there is one scheme, that of the rules themselves. The same names
    and bytes of files give the same rulebook, which is decoded once in a process.

    Raises:
        InputError: every problem of all files: missing ones, ones that no rule reads, and what is wrong inside.
    """
    with _cache_lock:
        if cached := _cache.get(_hash_files(folder)):
            return cached
    rulebook = _decode_rulebook(folder)
    # what was decoded, which may be other bytes than those that were hashed a moment before
    decoded = (*rulebook.inputs, *(scheme.input for scheme in rulebook.schemes.values()))
    with _cache_lock:
        _cache[frozenset((file.file, file.sha256) for file in decoded)] = rulebook
        while len(_cache) > _MAX_CACHED:
            _cache.popitem(last=False)
    return rulebook


def _hash_files(folder: Path) -> _Files:
    """Return each file that could be a part of the rulebook; one that cannot be read has no hash, and equals none."""
    folders = {"rules": folder, f"rules/{_EDITIONS}": folder / _EDITIONS, _SCHEMES: folder.parent / _SCHEMES}
    files = []
    for name, place in folders.items():
        for path in place.glob("*.y*ml"):
            sha256 = ""
            with suppress(OSError):
                status = path.stat()
                if stat.S_ISREG(status.st_mode) and status.st_size <= _MAX_BYTES:
                    sha256 = sha256_hex(path.read_bytes())
            files.append((f"{name}/{path.name}", sha256))
    return frozenset(files)


def _decode_rulebook(folder: Path) -> Rulebook:
    reader = _RulebookReader(folder)
    known = reader.sources()
    files = {name: reader.rules(name, known) for name in RULE_CLASSES}
    schemes = dict(reader.schemes(known))
    editions = dict(reader.editions(known, list_class_ids(schemes)))
    reader.check_no_other_files()
    if not editions and not reader.problems:
        reader.add_problem(folder / _EDITIONS, "no edition of indicators", "at least one .yaml file")
    if reader.problems:
        raise InputError(reader.problems)
    rulebook = Rulebook(files=files, editions=editions, sources=known, inputs=tuple(reader.inputs), schemes=schemes)
    reader.check_editions(rulebook)
    if reader.problems:
        raise InputError(reader.problems)
    return rulebook


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

    def editions(
        self, known: Mapping[str, Source], classes: Mapping[str, tuple[str, ...]]
    ) -> Iterator[tuple[str, Edition]]:
        for path in sorted((self.folder / _EDITIONS).glob("*.yaml")):
            decoder = self.open(f"{_EDITIONS}/{path.name}")
            if decoder is None:
                continue
            edition = decode_edition(decoder, path.stem, known, classes)
            self.problems += decoder.problems
            if edition is not None:
                yield edition.id, edition

    def schemes(self, known: Mapping[str, Source]) -> Iterator[tuple[str, SchemeFile]]:
        for path in sorted((self.folder.parent / _SCHEMES).glob("*.y*ml")):
            if path.suffix != ".yaml":
                self.add_problem(path, f"a name that ends in {path.suffix}", "a name that ends in .yaml")
                continue
            try:
                source = read_file(path, largest=_MAX_BYTES)
                decoder = Decoder(parse_yaml(source))
            except InputError as error:
                self.problems += error.problems
                continue
            read = InputFile(file=f"{_SCHEMES}/{path.name}", sha256=source.sha256)
            scheme = decode_scheme(decoder, path.stem, read, known)
            self.problems += decoder.problems
            if scheme is not None:
                yield scheme.id, scheme

    def check_editions(self, rulebook: Rulebook) -> None:
        """Add a problem for each edition whose scheme has no file."""
        known = sorted({CITY, *rulebook.schemes})
        for edition in rulebook.editions.values():
            if edition.scheme not in known:
                found = f"scheme '{edition.scheme}', which has no file in {_SCHEMES}{suggest(edition.scheme, known)}"
                self.add_problem(
                    self.folder / _EDITIONS / f"{edition.id}.yaml", found, f"scheme: one of {', '.join(known)}"
                )

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
