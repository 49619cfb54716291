"""A page taken apart into what a reader can see or hear of it, to compare two pages and to say where they differ."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from html.parser import HTMLParser

_VOID = frozenset({"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "wbr"})
_UNSEEN = frozenset({"style"})
TRACE_ID = "smartcert-trace"
"""The id of the element that carries the trace."""
_AT = "data-at"
"""The attribute that says what a part of the page is about: the id of an indicator, an item or a domain."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A tag with its attributes, or a text ``within`` a tag.

    ``at`` is what it is about, ``row`` and ``column`` its place in a table.
    """

    section: str
    text: str
    at: str = ""
    row: str = ""
    column: str = ""
    within: str = ""

    @property
    def tag(self) -> bool:
        """Whether it is a tag."""
        return not self.within


@dataclass
class _Open:
    tag: str
    section: str
    at: str


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[Piece] = []
        self.trace: list[str] = []
        self._open: list[_Open] = []
        self._heads: list[str] = []
        self._row, self._column = "", -1
        self._in_trace = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "script" and given.get("id") == TRACE_ID:
            self._in_trace = True
            self.trace.append("")
            return
        self._table(tag)
        above = self._open[-1] if self._open else _Open("", "", "")
        section = self._section(tag, given, above.section)
        one = _Open(tag, section, given.get(_AT, above.at))
        shown = " ".join(f'{name}="{_even(value)}"' for name, value in sorted(given.items()))
        self._add(one, f"<{tag} {shown}>" if shown else f"<{tag}>")
        if tag not in _VOID:
            self._open.append(one)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._in_trace:
            self._in_trace = tag != "script"
            return
        while self._open and tag not in _VOID:
            if self._open.pop().tag == tag:
                break

    def handle_data(self, data: str) -> None:
        if self._in_trace:
            self.trace[-1] += data
            return
        text = _even(data)
        above = self._open[-1] if self._open else _Open("", "", "")
        if not text or above.tag in _UNSEEN:
            return
        tags = [one.tag for one in self._open]
        if "th" in tags and "thead" in tags:
            self._heads[-1] = f"{self._heads[-1]} {text}".strip()
        elif "th" in tags:
            self._row = f"{self._row} {text}".strip()
        self._add(above, text, above.tag or "page")

    @staticmethod
    def _section(tag: str, given: dict[str, str], above: str) -> str:
        if tag == "section":
            return given.get("aria-labelledby", "")
        return {"header": "head", "nav": "contents", "footer": "footer", "title": "title"}.get(tag, above)

    def _table(self, tag: str) -> None:
        if tag == "table":
            self._heads, self._row, self._column = [], "", -1
        elif tag == "tr":
            self._row, self._column = "", -1
        elif tag in {"td", "th"}:
            self._column += 1
            if any(one.tag == "thead" for one in self._open):
                self._heads.append("")

    def _add(self, one: _Open, text: str, within: str = "") -> None:
        inside = any(above.tag == "tr" for above in self._open)
        column = self._heads[self._column] if inside and 0 <= self._column < len(self._heads) else ""
        row = self._row if inside else ""
        self.pieces.append(Piece(one.section, text, one.at, row, column, within))


def _even(text: str) -> str:
    return " ".join(text.split())


def take_apart(html: str) -> tuple[list[Piece], list[str]]:
    """Return the pieces of a page in their order, and the text of every element that is a trace."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.pieces, reader.trace


def seal(html: str) -> str:
    """Return a hash of everything that can be seen or heard of a part of a page, wherever it stands."""
    return sealed(take_apart(html)[0])


def sealed(pieces: Iterable[Piece]) -> str:
    """Return the hash of pieces that were taken apart already."""
    shown = "\n".join(piece.text for piece in pieces)
    return hashlib.sha256(shown.encode("utf-8", "surrogatepass")).hexdigest()[:32]
