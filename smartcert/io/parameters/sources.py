"""The sources of ``sources.yaml``, and citations such as ``"notice-2021-223 8(4)"``: a source and an article of it."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from typing import Any, Literal

from smartcert.errors import suggest
from smartcert.io.formats.text import quote
from smartcert.io.formats.yaml import INVALID, AnyNode, Decoder, NodePath
from smartcert.lazy_dataclass import dataclass
from smartcert.model.citation import Citation, Source, Status, Text

_ID = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
# article, its branch, paragraph, subparagraph: 7, 34-2, 8(4), 5(1)2
_ARTICLE = re.compile(r"[1-9][0-9]*(?:-[1-9][0-9]*)?(?:\([1-9][0-9]*\)(?:[1-9][0-9]*(?:-[1-9][0-9]*)?)?)?")

_SourceKind = Literal["act", "decree", "notice", "call", "guidance", "release", "news", "statistics", "study"]


@dataclass(frozen=True, kw_only=True, slots=True)
class _SourceEntry:
    title: Text
    short: Text
    kind: _SourceKind
    date: datetime.date | None = None
    url: str | None = None
    note: Text | None = None
    quotes: Mapping[str, Text] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class _SourcesFile:
    sources: Mapping[str, AnyNode]


@dataclass(frozen=True, kw_only=True, slots=True)
class BasisShape:
    """The part of an entry that states since when it is in force, its status, and its citations."""

    since: datetime.date
    status: Status
    cite: tuple[str, ...]
    note: Text | None = None


def decode_sources(decoder: Decoder) -> dict[str, Source]:
    """Return the sources of a ``sources.yaml``; problems are added to the decoder."""
    file = decoder.read(_SourcesFile)
    nodes = {} if file is INVALID else file.sources
    decoded = {key: _decode_source(decoder, key, node) for key, node in nodes.items()}
    return {key: source for key, source in decoded.items() if source is not None}


def _decode_source(decoder: Decoder, key: str, node: AnyNode) -> Source | None:
    if not _ID.fullmatch(key):
        decoder.refuse(node.path, f"the key {quote(key)}", "small letters, digits and single hyphens")
        return None
    read = decoder.read(_SourceEntry, node.path)
    if read is INVALID:
        return None
    if read.url is not None and not re.fullmatch(r"https?://\S+", read.url):
        decoder.refuse((*node.path, "url"), quote(read.url), "an address that begins with http:// or https://")
    return Source(
        id=key,
        title=read.title,
        short=read.short,
        kind=read.kind,
        dated=read.date,
        url=read.url,
        note=read.note,
        quotes=tuple((read.quotes or {}).items()),
    )


def decode_citations(
    decoder: Decoder,
    path: NodePath,
    texts: tuple[str, ...],
    known: Mapping[str, Source],
    status: Status = Status.LAW,
) -> Any:
    """Return the citations that ``texts`` at ``path`` name, or `INVALID` after adding the problems of unknown ones.

    Only what has the ``status`` of an illustration may rest on nothing.
    """
    if not texts and status is not Status.ILLUSTRATIVE:
        wanted = 'at least one source, such as "notice-2021-223 8(4)", or the status illustrative'
        return decoder.refuse(path, "no citation", wanted)
    citations = tuple(_decode_citation(decoder, (*path, number), text, known) for number, text in enumerate(texts))
    return INVALID if any(citation is INVALID for citation in citations) else citations


def _decode_citation(decoder: Decoder, path: NodePath, text: str, known: Mapping[str, Source]) -> Any:
    name, _, article = text.partition(" ")
    if name not in known:
        hint = suggest(name, known)
        return decoder.refuse(path, f"the unknown source {quote(name)}{hint}", "a key of sources.yaml")
    if article and not _ARTICLE.fullmatch(article):
        return decoder.refuse(path, f"the article {quote(article)}", "an article such as 7, 34-2, 8(4) or 5(1)2")
    return Citation(source=known[name], article=article or None)
