"""Sources and citations: ``sources.yaml`` to sources, and ``"notice-2021-223 8(4)"`` to a place in one of them."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from smartcert.errors import suggestion
from smartcert.io.text import quoted
from smartcert.io.yaml import BROKEN, Anything, Decoder, Path
from smartcert.model.citation import Citation, Source, Status, Text

_ID = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
# article, its branch, paragraph, subparagraph: 7, 34-2, 8(4), 5(1)2
_ARTICLE = re.compile(r"[1-9][0-9]*(?:-[1-9][0-9]*)?(?:\([1-9][0-9]*\)(?:[1-9][0-9]*(?:-[1-9][0-9]*)?)?)?")

_SourceKind = Literal["act", "decree", "notice", "call", "guidance", "release", "news", "statistics", "study"]


@dataclass(frozen=True, kw_only=True, slots=True)
class _SourceShape:
    title: Text
    short: Text
    kind: _SourceKind
    date: datetime.date | None = None
    url: str | None = None
    note: Text | None = None
    quotes: Mapping[str, Text] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class _SourcesShape:
    sources: Mapping[str, Anything]


@dataclass(frozen=True, kw_only=True, slots=True)
class BasisShape:
    """The part of an entry that says since when it holds, how firmly, and where it is written."""

    since: datetime.date
    status: Status
    cite: tuple[str, ...]
    note: Text | None = None


def sources(decoder: Decoder) -> dict[str, Source]:
    """Return the sources of a ``sources.yaml``; what is wrong with them is left in the decoder."""
    whole = decoder.read(_SourcesShape)
    found = {} if whole is BROKEN else {key: _source(decoder, key, node) for key, node in whole.sources.items()}
    return {key: source for key, source in found.items() if source is not None}


def _source(decoder: Decoder, key: str, node: Anything) -> Source | None:
    if not _ID.fullmatch(key):
        decoder.refuse(node.path, f"the key {quoted(key)}", "small letters, digits and single hyphens")
        return None
    read = decoder.read(_SourceShape, node.path)
    if read is BROKEN:
        return None
    if read.url is not None and not re.fullmatch(r"https?://\S+", read.url):
        decoder.refuse((*node.path, "url"), quoted(read.url), "an address that begins with http:// or https://")
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


def citations(decoder: Decoder, path: Path, texts: tuple[str, ...], known: Mapping[str, Source]) -> Any:
    """Return the citations that ``texts`` at ``path`` name, or `BROKEN` after telling which name nothing."""
    if not texts:
        return decoder.refuse(path, "no citation", 'at least one source, such as "notice-2021-223 8(4)"')
    found = tuple(_citation(decoder, (*path, number), text, known) for number, text in enumerate(texts))
    return BROKEN if any(one is BROKEN for one in found) else found


def _citation(decoder: Decoder, path: Path, text: str, known: Mapping[str, Source]) -> Any:
    name, _, article = text.partition(" ")
    if name not in known:
        hint = suggestion(name, known)
        return decoder.refuse(path, f"the unknown source {quoted(name)}{hint}", "a key of sources.yaml")
    if article and not _ARTICLE.fullmatch(article):
        return decoder.refuse(path, f"the article {quoted(article)}", "an article such as 7, 34-2, 8(4) or 5(1)2")
    return Citation(source=known[name], article=article or None)
