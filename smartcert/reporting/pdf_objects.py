"""What objects is a PDF made of, and how are they written again, small and always with the same bytes?

Reads what WeasyPrint and Chromium write: a classic table of references, no encryption, nothing appended. A general
library takes several times as long over thousands of tags; one (pikepdf) reads what is written here, and judges it.

A dictionary is a ``dict``, an array a ``list``, a name a `Name`, a reference a `Reference`, a number or a string a
`Token`, as it was written, and the others are what Python has: ``int``, ``bool`` and ``None``.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

from smartcert.errors import ReportError

_OBJECTS_TOGETHER = 200
"""How many objects stand in one compressed stream: more of them are smaller, and slower to read one by one."""
_SPACE = rb"[\0\t\n\f\r ]*(?:%[^\r\n]*[\0\t\n\f\r ]*)*"
_TOKEN = re.compile(
    _SPACE + rb"(<<|>>|[\[\]]|\d+ 0 R\b|/[^\0\t\n\f\r ()<>\[\]{}/%]*|\((?:[^()\\]|\\.)*\)|<[0-9A-Fa-f\s]*>"
    rb"|[A-Za-z0-9.+-]+|.)",  # the last is what none can begin with: it is refused, and nothing is skipped
    re.DOTALL,
)
_OBJECT_START = re.compile(_SPACE + rb"(\d+) 0 obj\b")
_STREAM_START = re.compile(_SPACE + rb"stream\r?\n")
_INTEGER = re.compile(rb"[+-]?\d+")
_BRACKETS = frozenset({b"<<", b">>", b"[", b"]"})
_WORDS: dict[bytes, bool | None] = {b"true": True, b"false": False, b"null": None}


class Name(str):
    """A name without its slash, as ``Table``."""

    __slots__ = ()


class Token(bytes):
    """A number with decimals, or a string with its brackets, as it stands in a PDF."""

    __slots__ = ()


class Reference(NamedTuple):
    """A reference to an object by its number."""

    number: int


@dataclass(slots=True)
class Stream:
    """A dictionary with data after it, as they stand in the file: compressed where the dictionary says so."""

    entries: dict[str, Any]
    data: bytes

    @classmethod
    def compress(cls, data: bytes, **entries: object) -> Stream:
        """Return a stream of ``data``, compressed."""
        return cls(entries={"Filter": Name("FlateDecode"), **entries}, data=zlib.compress(data))

    def decompress(self) -> bytes:
        """Return the data as they are meant; a ReportError where they are compressed in another way than by Flate."""
        kind = self.entries.get("Filter")
        kind = kind[0] if isinstance(kind, list) and len(kind) == 1 else kind
        if kind is None:
            return self.data
        if kind != "FlateDecode" or self.entries.get("DecodeParms"):
            raise ReportError(f"a stream of the PDF is compressed by {kind}")
        return zlib.decompress(self.data)


@dataclass(slots=True)
class PdfObjects:
    """The objects of a PDF by their numbers, and its trailer."""

    objects: dict[int, Any]
    trailer: dict[str, Any]
    _next: int = field(init=False)

    def __post_init__(self) -> None:
        self._next = max(self.objects, default=0) + 1

    @property
    def catalog(self) -> dict[str, Any]:
        """The root of all that is in the PDF."""
        catalog: dict[str, Any] = self.resolve(self.trailer["Root"])
        return catalog

    def resolve(self, value: Any) -> Any:
        """Return what a reference is to, and anything else as it is; a reference to nothing is None."""
        while isinstance(value, Reference):
            value = self.objects.get(value.number)
        return value

    def add(self, value: object) -> Reference:
        """Return a reference to ``value`` as a new object."""
        self.objects[self._next] = value
        self._next += 1
        return Reference(self._next - 1)

    def list_pages(self) -> list[dict[str, Any]]:
        """Return the pages in their order."""
        pages: list[dict[str, Any]] = []
        waiting = [self.catalog["Pages"]]
        while waiting:
            node = self.resolve(waiting.pop())
            if node.get("Type") == "Pages":
                waiting.extend(reversed(self.resolve(node["Kids"])))
            else:
                pages.append(node)
        return pages

    def write(self, identifier: bytes) -> bytes:
        """Return the PDF (1.7) with the objects that the trailer leads to; the same objects give the same bytes.

        ``identifier`` names the content: 16 bytes.
        """
        numbers = self._number_reachable()
        parts = [b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"]
        at = len(parts[0])
        places: dict[int, tuple[int, int, int]] = {0: (0, 0, 65535)}
        plain: list[tuple[int, bytes]] = []

        def append(number: int, text: bytes) -> None:
            nonlocal at
            parts.append(b"%d 0 obj\n%b\nendobj\n" % (number, text))
            places[number] = (1, at, 0)
            at += len(parts[-1])

        for old, number in numbers.items():
            value = self.objects[old]
            if isinstance(value, Stream):
                append(number, _format_stream(value, numbers))
            else:
                plain.append((number, _format(value, numbers)))
        for start in range(0, len(plain), _OBJECTS_TOGETHER):
            group = plain[start : start + _OBJECTS_TOGETHER]
            holder = len(numbers) + 1 + start // _OBJECTS_TOGETHER
            offset, heads = 0, []
            for index, (number, text) in enumerate(group):
                heads.append(b"%d %d" % (number, offset))
                places[number] = (2, holder, index)
                offset += len(text) + 1
            head = b" ".join(heads) + b"\n"
            body = head + b"\n".join(text for _, text in group)
            append(
                holder,
                _format_stream(Stream.compress(body, Type=Name("ObjStm"), N=len(group), First=len(head)), {}),
            )
        size = len(places) + 1
        places[size - 1] = (1, at, 0)
        table = b"".join(
            kind.to_bytes(1, "big") + where.to_bytes(4, "big") + index.to_bytes(2, "big")
            for _, (kind, where, index) in sorted(places.items())
        )
        name = Token(b"<%b>" % identifier.hex().encode())
        entries = {
            key: value for key, value in self.trailer.items() if key in ("Root", "Info")
        }  # what else a trailer has is about the table that is not there any more
        stream = Stream.compress(table, Type=Name("XRef"), Size=size, W=[1, 4, 2], ID=[name, name], **entries)
        parts.append(
            b"%d 0 obj\n%b\nendobj\nstartxref\n%d\n%%%%EOF\n" % (size - 1, _format_stream(stream, numbers), at)
        )
        return b"".join(parts)

    def _number_reachable(self) -> dict[int, int]:
        """Return the new number of each object that the trailer leads to, from 1 in the order of the old ones."""
        seen: set[int] = set()
        waiting: list[Any] = [self.trailer.get("Root"), self.trailer.get("Info")]
        while waiting:
            value = waiting.pop()
            if isinstance(value, Reference):
                if value.number not in seen and value.number in self.objects:
                    seen.add(value.number)
                    waiting.append(self.objects[value.number])
            elif isinstance(value, Stream):
                waiting.extend(value.entries.values())
            elif isinstance(value, dict):
                waiting.extend(value.values())
            elif isinstance(value, list):
                waiting.extend(value)
        return {old: number for number, old in enumerate(sorted(seen), start=1)}


def read_objects(pdf: bytes) -> PdfObjects:
    """Return the objects of a PDF that was just written; a ReportError for any form but that of our engines."""
    try:
        start = int(pdf[pdf.rindex(b"startxref") + 9 :].split(maxsplit=1)[0])
        if not pdf.startswith(b"xref", start):
            raise ReportError("the PDF has no classic table of references")
        values = _Values()
        trailer = _parse(_TOKEN.findall(pdf, pdf.index(b"trailer", start) + len(b"trailer")), values)
        if "Prev" in trailer or "Encrypt" in trailer:
            raise ReportError("the PDF was appended to, or is encrypted")
        offsets = _read_table(pdf, start)
        read = PdfObjects(objects={}, trailer=trailer)
        lengths: list[tuple[int, int, dict[str, Any]]] = []
        ends = dict(pairwise([*sorted(offsets.values()), start]))
        for number, offset in offsets.items():
            head = _OBJECT_START.match(pdf, offset)
            if head is None or int(head[1]) != number:
                raise ReportError(f"the PDF has no object {number} where its table says")
            if pdf.find(b"stream", offset, ends[offset]) < 0:  # most objects: their tokens are read at a time
                read.objects[number] = _parse(_TOKEN.findall(pdf, head.end(), ends[offset]), values)
                continue
            token = head
            value = _parse(((token := match)[1] for match in _TOKEN.finditer(pdf, head.end())), values)
            begin = _STREAM_START.match(pdf, token.end()) if isinstance(value, dict) else None
            if begin is not None:
                lengths.append((number, begin.end(), value))
            read.objects[number] = value
        for number, begin_at, entries in lengths:  # a length may stand in an object that comes later
            length = read.resolve(entries.pop("Length"))
            read.objects[number] = Stream(entries=entries, data=pdf[begin_at : begin_at + length])
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise ReportError(f"the PDF cannot be read: {error!r}") from None
    read.__post_init__()
    return read


def _read_table(pdf: bytes, start: int) -> dict[int, int]:
    offsets: dict[int, int] = {}
    words = pdf[start : pdf.index(b"trailer", start)].split()[1:]
    at = 0
    while at < len(words):
        first, count = int(words[at]), int(words[at + 1])
        for index in range(count):
            offset, _, kind = words[at + 2 + 3 * index : at + 5 + 3 * index]
            if kind == b"n":
                offsets[first + index] = int(offset)
        at += 2 + 3 * count
    return offsets


class _Values(dict[bytes, Any]):
    """The value of each token that was met; most of them stand in a PDF many times. Brackets stand for themselves."""

    def __missing__(self, token: bytes) -> Any:
        first = token[:1]
        value: Any
        if token in _WORDS:
            value = _WORDS[token]
        elif first == b"/":
            value = Name(token[1:].decode("latin-1"))
        elif token.endswith(b" R"):
            value = Reference(int(token[:-4]))
        elif _INTEGER.fullmatch(token):
            value = int(token)
        elif token in _BRACKETS:
            value = token
        elif first.isalnum() or (first in b"+-.(<" and len(token) > 1):
            value = Token(token)
        else:
            raise ReportError(f"the PDF cannot be read: it has {token!r} where a value begins")
        self[token] = value
        return value


def _parse(tokens: Iterable[bytes], values: _Values) -> Any:
    """Return the value that the tokens begin with."""
    around: list[list[Any]] = []
    items: list[Any] = []
    for token in tokens:
        value = values[token]
        if type(value) is bytes:  # a bracket
            if token in (b"<<", b"["):
                around.append(items)
                items = []
                continue
            value = items if token == b"]" else dict(zip(items[::2], items[1::2], strict=True))
            items = around.pop()
        if not around:
            return value
        items.append(value)
    raise ReportError("the PDF ends within a value")


def _format(value: object, numbers: dict[int, int]) -> bytes:
    """Return a value as it is written, with its references to the new numbers; a reference to nothing is null."""
    match value:
        case Token():
            return value
        case Name():
            return b"/" + value.encode("latin-1")
        case Reference():
            number = numbers.get(value.number)
            return b"null" if number is None else b"%d 0 R" % number
        case True:
            return b"true"
        case False:
            return b"false"
        case None:
            return b"null"
        case int():
            return b"%d" % value
        case dict():
            items = b"".join(b"/%b %b" % (key.encode("latin-1"), _format(item, numbers)) for key, item in value.items())
            return b"<<%b>>" % items
        case list():
            return b"[%b]" % b" ".join(_format(item, numbers) for item in value)
        case _:
            raise TypeError(f"no value of a PDF: {value!r}")


def _format_stream(stream: Stream, numbers: dict[int, int]) -> bytes:
    entries = {**stream.entries, "Length": len(stream.data)}
    return b"%b\nstream\n%b\nendstream" % (_format(entries, numbers), stream.data)


def write_text(text: str) -> Token:
    """Return a text as a string of a PDF: in UTF-16, whatever characters it has."""
    return Token(b"<FEFF%b>" % text.encode("utf-16-be").hex().upper().encode())
