"""The file of a scheme: its title, the sentences that it words otherwise, and the values that it states itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Literal

from smartcert.errors import ReportError, suggest
from smartcert.io.formats.text import quote
from smartcert.io.formats.yaml import INVALID, AnyNode, Decoder, NodePath
from smartcert.io.parameters.rule_file import check_consistent, decode_rule_file
from smartcert.io.parameters.sources import BasisShape, decode_citations
from smartcert.lazy_dataclass import dataclass
from smartcert.model.application import InputFile
from smartcert.model.citation import Basis, Source, Text
from smartcert.model.scheme import Wording
from smartcert.reporting.catalogue import SentenceVariants, find_placeholders, load_catalogue
from smartcert.reporting.formats import LANGUAGES
from smartcert.rules.rulebook import LEVEL_BOUND_PREFIX, RULE_CLASSES, SCHEME, DatedValues, SchemeFile

_ID = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")


@dataclass(frozen=True, kw_only=True, slots=True)
class _SchemeShape(BasisShape):
    scheme: str
    title: Text
    worded_as: Literal["city"] | None = None
    words: Mapping[str, Mapping[str, Text]] | None = None
    rules: Mapping[str, AnyNode] | None = None


def decode_scheme(decoder: Decoder, name: str, read_from: InputFile, known: Mapping[str, Source]) -> SchemeFile | None:
    """Return the scheme of a file called ``name``, or None after adding its problems to the decoder.

    Each value below ``rules`` is checked as in the file of ``parameters/rules`` in whose place it is.
    """
    read = decoder.read(_SchemeShape)
    if read is INVALID:
        return None
    if read.scheme != name or not _ID.fullmatch(name):
        decoder.refuse(("scheme",), quote(read.scheme), f"the name of the file, '{name}': letters, digits and hyphens")
    cite = decode_citations(decoder, ("cite",), read.cite, known, read.status)
    files = dict(_decode_files(decoder, read.rules or {}, known))
    _check_result(decoder, files)
    wordings = []
    for page, sentences in (read.words or {}).items():
        _check_words(decoder, page, sentences)
        wordings += [Wording(page=page, key=key, sentence=text) for key, text in sentences.items()]
    if decoder.problems:
        return None
    basis = Basis(name=f"schemes.{name}", since=read.since, status=read.status, cite=cite, note=read.note)
    return SchemeFile(
        id=name,
        title=read.title,
        basis=basis,
        input=read_from,
        files=files,
        wordings=tuple(wordings),
        worded_as_city=read.worded_as is not None,
    )


def _decode_files(
    decoder: Decoder, nodes: Mapping[str, AnyNode], known: Mapping[str, Source]
) -> Iterator[tuple[str, DatedValues]]:
    names = (*RULE_CLASSES, SCHEME)
    for file in nodes:
        path: NodePath = ("rules", file)
        if file not in names:
            decoder.refuse(path, f"the unknown file {quote(file)}{suggest(file, names)}", f"one of: {', '.join(names)}")
            continue
        before = len(decoder.problems)
        dated = decode_rule_file(decoder, file, known, path, complete=False)
        if len(decoder.problems) == before:
            check_consistent(decoder, file, dated, path)
        yield file, dated


def _check_result(decoder: Decoder, files: Mapping[str, DatedValues]) -> None:
    """Check that there is one way in which a result comes about, and that bounds of levels are complete."""
    own, levels = files.get(SCHEME, {}), files.get("levels", {})
    named = [name for name in levels if name.startswith(LEVEL_BOUND_PREFIX)]
    bounds = sorted(int(name.removeprefix(LEVEL_BOUND_PREFIX)) for name in named)
    ways = [*(["levels"] if levels else []), *(name for name in ("pass_or_fail", "ranking") if name in own)]
    if len(ways) > 1:
        decoder.refuse(("rules",), " and ".join(ways), "one of levels, pass_or_fail and ranking")
    if bounds and bounds != list(range(1, len(bounds) + 1)):
        decoder.refuse(
            ("rules", "levels"),
            ", ".join(sorted(named)),
            f"all of {LEVEL_BOUND_PREFIX}1 to {LEVEL_BOUND_PREFIX}{bounds[-1]}",
        )
    missing = [name for name in ("worst", "certified_from") if bounds and name not in levels]
    if missing:
        decoder.refuse(
            ("rules", "levels"),
            f"bounds of levels without {' and '.join(missing)}",
            "both, as bounds of levels are stated",
        )
    for entry in levels.get("worst", ()):
        if bounds and entry.value != bounds[-1] + 1:
            decoder.refuse(
                ("rules", "levels", "worst"), str(entry.value), f"{bounds[-1] + 1}, the level without a bound"
            )
    for entry in levels.get("certified_from", ()):
        if bounds and not 1 <= entry.value <= bounds[-1]:
            decoder.refuse(("rules", "levels", "certified_from"), str(entry.value), f"a level from 1 to {bounds[-1]}")


def _check_words(decoder: Decoder, page: str, sentences: Mapping[str, Text]) -> None:
    """Check that each sentence stands in the catalogue under its key, and has no field that is not given there."""
    try:
        catalogues = {language: load_catalogue(language, page) for language in LANGUAGES}
    except ReportError:
        decoder.refuse(("words", page), f"the unknown page {quote(page)}", "a page of the catalogue of words")
        return
    for key, text in sentences.items():
        path: NodePath = ("words", page, key)
        for language in LANGUAGES:
            known = catalogues[language]
            if key not in known:
                decoder.refuse(path, f"the unknown key {quote(key)}{suggest(key, known)}", f"a key of page '{page}'")
                break
            if page == "sheets" and key.startswith("column."):
                decoder.refuse(
                    path, f"the heading {quote(key)}", "other words: filled sheets are read by their headings"
                )
                break
            _check_fields(decoder, path, text.of(language), known[key])


def _check_fields(decoder: Decoder, path: NodePath, sentence: str, shipped: SentenceVariants) -> None:
    variants = (shipped,) if isinstance(shipped, str) else shipped
    try:
        own = {field.name for field in find_placeholders(sentence)}
        given = {field.name for variant in variants for field in find_placeholders(variant)}
    except ReportError as error:
        decoder.refuse(path, str(error), "fields such as count:number, in braces")
        return
    if own - given:
        decoder.refuse(path, f"the field {', '.join(sorted(own - given))}", f"fields of: {', '.join(sorted(given))}")
