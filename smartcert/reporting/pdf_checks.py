"""Can everybody read a finished PDF: are its tags complete, its fonts in it, and is everything on the paper?

It is read by pikepdf, which had no part in writing it. What is drawn on a page is followed operator by operator, as far
as it says where something lies: text by the widths of its font, lines and areas by their corners, pictures by theirs.
"""

from __future__ import annotations

import io
import re
import struct
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field
from typing import Any, NamedTuple

import pikepdf

from smartcert.lazy_dataclass import dataclass

_TOLERANCE = 1.0
"""How far outside the paper something may lie, in points: half the width of a line at the edge."""
_EXAMPLES = 3
"""How many of the texts outside the paper are named."""

_NUMBER = rb"[-\d.]+"
_TOKEN = re.compile(
    rb"BT\s+(?P<font>/\S+) (?P<size>[\d.]+) Tf\s+"
    rb"(?P<a>N) 0 0 (?P<d>N) (?P<x>N) (?P<y>N) Tm\s+(?P<run><[0-9A-F]+> Tj\s+(?:N 0 Td <[0-9A-F]+> Tj\s+)*)ET\b|"
    rb"(?P<rectangle>N N N N re)\s+f\s|(?P<mark>/\w+ (?:<</MCID \d+ ?>> ?BDC|BMC))\s|"
    rb"(?P<path>(?:N N (?:N N N N c|[ml])\s+)+)|(?P<colour>(?:N ){3}(?:rg|RG)\s)|"
    rb"\((?:[^()\\]|\\.)*\)|<<.*?>>|<[0-9A-Fa-f\s]*>|/[^\s()<>\[\]{}/%]+|[\[\]]|[^\s()<>\[\]{}/%]+".replace(
        b"N", _NUMBER
    ),
    re.DOTALL,
)
"""An operand, an operator, or what Chromium and we write most of, taken together: text glyph by glyph, points, areas,
colours, marks."""
_NUMBERS = re.compile(_NUMBER)
_LETTER = re.compile(r"[0-9a-z가-힣]")
_INLINE_IMAGE = re.compile(rb"\bBI\b.*?\bID\b.*?\bEI\b", re.DOTALL)

_Matrix = tuple[float, float, float, float, float, float]
_IDENTITY: _Matrix = (1, 0, 0, 1, 0, 0)
_Box = tuple[float, float, float, float]


def find_problems(pdf: bytes, text: str = "") -> list[str]:
    """Return each kind of problem of a finished PDF with its count, as pikepdf reads it; none if all is well.

    Tags, scopes of header cells, alternative texts, tables within tables, descriptions of links, marks of what is
    drawn, title, language, fonts, and what lies outside the paper. ``text`` is what must stand on it, where that is
    known: letters and digits of it that are not there are a problem, as Chromium draws nothing of what lies outside.
    """
    with pikepdf.open(io.BytesIO(pdf)) as document:
        problems = [f"as pikepdf reads it: {warning}" for warning in document.get_warnings()]
        problems += _find_tag_problems(document.Root)
        if not (document.Root.get("/Lang") and document.docinfo.get("/Title")):
            problems.append("it has no language or no title")
        return [*problems, *_find_page_problems(document, text)]


def _find_tag_problems(root: pikepdf.Object) -> list[str]:
    tags: Any = root.get("/StructTreeRoot")
    if tags is None:
        return ["it has no tags"]
    counts: Counter[str] = Counter()
    for element, kind, ancestors in _iter_elements(tags):
        counts["header cells without a scope"] += kind == "/TH" and not _has_scope(element)
        counts["figures without an alternative text"] += kind == "/Figure" and not element.get("/Alt")
        counts["tables within a table"] += kind == "/Table" and "/Table" in ancestors
    return [f"{problem}: {count}" for problem, count in counts.items() if count]


def _iter_elements(root: Any) -> Iterator[tuple[Any, str, frozenset[str]]]:
    """Yield each element of the tree in its order, with its kind and the kinds of those around it."""
    waiting: list[tuple[Any, frozenset[str]]] = [(root.get("/K"), frozenset())]
    while waiting:
        node, ancestors = waiting.pop()
        if isinstance(node, pikepdf.Array):
            waiting.extend((kid, ancestors) for kid in reversed(list(node)))
        elif isinstance(node, pikepdf.Dictionary) and "/S" in node:
            kind = str(node["/S"])
            yield node, kind, ancestors
            if "/K" in node:
                waiting.append((node["/K"], ancestors | {kind}))


def _has_scope(element: Any) -> bool:
    given = element.get("/A", ())
    return any("/Scope" in attribute for attribute in ([given] if isinstance(given, pikepdf.Dictionary) else given))


def _count_letters(text: str) -> Counter[str]:
    """Return how often each letter and digit stands in a text, of those that no font draws as another."""
    return Counter(_LETTER.findall(text.casefold()))


def _find_page_problems(document: pikepdf.Pdf, text: str) -> list[str]:
    shown: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    outside: list[str] = []
    fonts: dict[tuple[int, int], _Font] = {}
    for page in document.pages:
        left, bottom, right, top = map(float, page.mediabox)
        paper = (left - _TOLERANCE, bottom - _TOLERANCE, right + _TOLERANCE, top + _TOLERANCE)
        drawing = _Drawing(paper, page.resources, fonts)
        page.contents_coalesce()
        drawing.follow(page.obj["/Contents"].read_bytes() if "/Contents" in page.obj else b"")
        outside += drawing.outside
        shown += _count_letters("".join(drawing.shown))
        counts["things drawn without a tag and not marked as decoration"] += drawing.unmarked
        counts["links without a description"] += sum(
            annotation.get("/Subtype") == "/Link" and not annotation.get("/Contents")
            for annotation in page.obj.get("/Annots", ())
        )
    for font in fonts.values():
        counts["fonts that are not in it"] += not font.is_embedded
        counts["fonts whose letters are not known"] += not font.is_readable
    counts["letters and digits that are not on the paper"] = (_count_letters(text) - shown).total()
    problems = [f"{problem}: {count}" for problem, count in counts.items() if count]
    if outside:
        named = ", ".join(dict.fromkeys(outside[: 10 * _EXAMPLES]))
        problems.append(f"things outside the paper: {len(outside)} ({named[:200]})")
    return problems


@dataclass(frozen=True, kw_only=True, slots=True)
class _Font:
    """What is to be known of a font to follow a text set in it; widths are in thousandths of its size."""

    widths: dict[int, float]
    default: float
    bytes_each: int
    is_embedded: bool
    is_readable: bool
    names: dict[int, str]
    texts: dict[bytes, tuple[str, float]] = field(default_factory=dict)
    """What `read_glyphs` returned of the strings that were met."""

    def read_glyphs(self, glyphs: bytes) -> tuple[str, float]:
        """Return the text of a string of glyphs with its brackets, and its width."""
        codes = _read_codes(glyphs, self.bytes_each)
        text = "".join([self.names.get(code, "?") for code in codes])
        return text, sum([self.widths.get(code, self.default) for code in codes])


def _read_font(font: Any) -> _Font:
    is_readable = "/ToUnicode" in font
    if font.get("/Subtype") == "/Type0":
        below = font["/DescendantFonts"][0]
        widths = dict(_iter_cid_widths(below.get("/W", ())))
        descriptor = below["/FontDescriptor"]
        default, bytes_each = float(below.get("/DW", 1000)), 2
    else:
        first, scale = int(font.get("/FirstChar", 0)), 1.0
        if font.get("/Subtype") == "/Type3":
            scale = 1000 * float(font["/FontMatrix"][0])
        widths = {first + place: float(width) * scale for place, width in enumerate(font.get("/Widths", ()))}
        descriptor = font.get("/FontDescriptor", {})
        default, bytes_each = 0.0, 1
    is_embedded = font.get("/Subtype") == "/Type3" or any(
        name in descriptor for name in ("/FontFile", "/FontFile2", "/FontFile3")
    )
    return _Font(
        widths=widths,
        default=default,
        bytes_each=bytes_each,
        is_embedded=is_embedded,
        is_readable=is_readable,
        names=_read_names(font["/ToUnicode"].read_bytes()) if is_readable else {},
    )


def _iter_cid_widths(given: Iterable[Any]) -> Iterator[tuple[int, float]]:
    values = iter(given)
    for first, second in zip(values, values, strict=True):
        if isinstance(second, pikepdf.Array):
            yield from ((int(first) + place, float(width)) for place, width in enumerate(second))
        else:
            width = float(next(values))
            yield from ((code, width) for code in range(int(first), int(second) + 1))


_BF_CHAR = re.compile(rb"beginbfchar(.*?)endbfchar", re.DOTALL)
_BF_RANGE = re.compile(rb"beginbfrange(.*?)endbfrange", re.DOTALL)
_HEX = re.compile(rb"<([0-9A-Fa-f]+)>")


def _read_names(text: bytes) -> dict[int, str]:
    """Return the character of each code, as far as a font lists them one by one or in plain ranges."""
    names: dict[int, str] = {}
    for block in _BF_CHAR.findall(text):
        codes = _HEX.findall(block)
        names |= {
            int(code, 16): bytes.fromhex(value.decode()).decode("utf-16-be", "replace")
            for code, value in zip(codes[::2], codes[1::2], strict=False)
            if len(value) % 4 == 0
        }
    for block in _BF_RANGE.findall(text):
        codes = _HEX.findall(block) if b"[" not in block else []
        for first, last, value in zip(codes[::3], codes[1::3], codes[2::3], strict=False):
            start = int(value, 16)
            if start < 0x10000:
                names |= {code: chr(start + code - int(first, 16)) for code in range(int(first, 16), int(last, 16) + 1)}
    return names


class _State(NamedTuple):
    """What `q` saves and `Q` restores."""

    matrix: _Matrix
    clip: _Box
    font: _Font | None = None
    size: float = 0.0
    character_space: float = 0.0
    word_space: float = 0.0
    stretch: float = 1.0


def _multiply(one: _Matrix, other: _Matrix) -> _Matrix:
    a, b, c, d, e, f = one
    g, h, i, j, k, m = other
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m)


class _Drawing:
    """What one page draws; ``outside`` are the texts and things that lie outside the paper, in the order drawn."""

    def __init__(self, paper: _Box, resources: Any, fonts: dict[tuple[int, int], _Font]) -> None:
        self.outside: list[str] = []
        self.shown: list[str] = []
        """All text, in the order drawn."""
        self.unmarked = 0
        self._paper = paper
        self._resources = resources
        self._fonts = fonts
        self._named_fonts: dict[bytes, _Font] = {}
        """Those of the resources, as far as they were met."""
        self._state = _State(matrix=_IDENTITY, clip=(-1e9, -1e9, 1e9, 1e9))
        self._saved: list[_State] = []
        self._text = self._line = _IDENTITY
        self._leading = 0.0
        self._points: list[tuple[float, float]] = []
        self._clips = False
        self._marked = 0

    def follow(self, content: bytes) -> None:
        """Follow each operator of the page."""
        operands: list[bytes] = []
        if b"BI" in content:
            content = _INLINE_IMAGE.sub(b" ", content)
        for match in _TOKEN.finditer(content):
            token = match[0]
            if (kind := match.lastgroup) is not None:
                if kind == "run":
                    self._show_run(match)
                elif kind == "mark":
                    self._marked += 1
                elif kind == "rectangle":
                    self._add_rectangle(match["rectangle"].split()[:4])
                    self._paint(operands)
                elif kind == "path":
                    self._add_point(_NUMBERS.findall(token))
                continue
            if token[0] in b"+-.0123456789(</[]":
                operands.append(token)
                continue
            operator = _OPERATORS.get(token)
            if operator is not None:
                operator(self, operands)
            operands.clear()

    # --- state

    def _save(self, _: list[bytes]) -> None:
        self._saved.append(self._state)

    def _restore(self, _: list[bytes]) -> None:
        if self._saved:
            self._state = self._saved.pop()

    def _transform(self, given: list[bytes]) -> None:
        self._state = self._state._replace(matrix=_multiply(_read_matrix(given), self._state.matrix))

    def _begin_mark(self, _: list[bytes]) -> None:
        self._marked += 1

    def _end_mark(self, _: list[bytes]) -> None:
        self._marked -= 1

    # --- lines and areas

    def _add_point(self, given: list[bytes]) -> None:
        self._points += zip(map(float, given[::2]), map(float, given[1::2]), strict=True)

    def _add_rectangle(self, given: list[bytes]) -> None:
        x, y, width, height = map(float, given)
        self._points += [(x, y), (x + width, y), (x, y + height), (x + width, y + height)]

    def _clip(self, _: list[bytes]) -> None:
        self._clips = True

    def _paint(self, _: list[bytes]) -> None:
        if self._points:
            self._check_box(self._find_box(), "a line or an area")
            self.unmarked += not self._marked
        self._end_path(_)

    def _end_path(self, _: list[bytes]) -> None:
        if self._clips and self._points:
            self._state = self._state._replace(clip=_intersect(self._state.clip, self._find_box()))
        self._clips = False
        self._points = []

    def _find_box(self) -> _Box:
        a, b, c, d, e, f = self._state.matrix
        xs = [a * x + c * y + e for x, y in self._points]
        ys = [b * x + d * y + f for x, y in self._points]
        return min(xs), min(ys), max(xs), max(ys)

    def _check_box(self, box: _Box, name: str) -> None:
        left, bottom, right, top = _intersect(box, self._state.clip)
        if left > right or bottom > top:
            return  # nothing of it is seen
        if left < self._paper[0] or bottom < self._paper[1] or right > self._paper[2] or top > self._paper[3]:
            self.outside.append(name)

    def _paint_object(self, given: list[bytes]) -> None:
        drawn = self._resources["/XObject"][given[0].decode("latin-1")]
        self.unmarked += not self._marked
        if drawn.get("/Subtype") == "/Image":
            self._points = [(0, 0), (1, 0), (0, 1), (1, 1)]
            self._check_box(self._find_box(), "a picture")
            self._points = []
            return
        before = self._state, self._resources, self._saved, self._named_fonts
        matrix = drawn.get("/Matrix")
        if matrix is not None:
            self._transform(list(matrix))
        self._resources, self._saved, self._named_fonts = drawn.get("/Resources", self._resources), [], {}
        left, bottom, right, top = map(float, drawn["/BBox"])
        self._points = [(left, bottom), (right, bottom), (left, top), (right, top)]
        self._clips = True
        self._end_path([])
        self.follow(drawn.read_bytes())
        self._state, self._resources, self._saved, self._named_fonts = before

    # --- text

    def _begin_text(self, _: list[bytes]) -> None:
        self._text = self._line = _IDENTITY

    def _set_font(self, given: list[bytes]) -> None:
        self._state = self._state._replace(font=self._find_font(given[0]), size=float(given[1]))

    def _find_font(self, name: bytes) -> _Font:
        if name not in self._named_fonts:
            font = self._resources["/Font"][name.decode("latin-1")]
            key = font.objgen if font.is_indirect else (0, len(self._fonts))
            if key not in self._fonts:
                self._fonts[key] = _read_font(font)
            self._named_fonts[name] = self._fonts[key]
        return self._named_fonts[name]

    def _set_text_matrix(self, given: list[bytes]) -> None:
        self._text = self._line = _read_matrix(given)

    def _move(self, given: list[bytes]) -> None:
        self._text = self._line = _multiply((1, 0, 0, 1, float(given[0]), float(given[1])), self._line)

    def _move_and_lead(self, given: list[bytes]) -> None:
        self._leading = -float(given[1])
        self._move(given)

    def _set_leading(self, given: list[bytes]) -> None:
        self._leading = float(given[0])

    def _next_line(self, _: list[bytes]) -> None:
        self._move([b"0", b"%f" % -self._leading])

    def _set_character_space(self, given: list[bytes]) -> None:
        self._state = self._state._replace(character_space=float(given[0]))

    def _set_word_space(self, given: list[bytes]) -> None:
        self._state = self._state._replace(word_space=float(given[0]))

    def _set_stretch(self, given: list[bytes]) -> None:
        self._state = self._state._replace(stretch=float(given[0]) / 100)

    def _show(self, given: list[bytes]) -> None:
        state, font = self._state, self._state.font
        if font is None:
            return
        self.unmarked += not self._marked
        shift, begin = 0.0, None
        shown: list[str] = []
        for token in given:
            if token[:1] in (b"<", b"("):
                codes = _read_codes(token, font.bytes_each)
                for code in codes:
                    name = font.names.get(code, "?")
                    shown.append(name)
                    begin = shift if begin is None and not name.isspace() else begin
                    shift += font.widths.get(code, font.default) / 1000 * state.size + state.character_space
                    shift += state.word_space if code == 32 and font.bytes_each == 1 else 0
            elif token not in (b"[", b"]"):
                shift -= float(token) / 1000 * state.size
        self._check_text("".join(shown).strip(), (begin or 0.0) * state.stretch, shift * state.stretch)
        self._text = _multiply((1, 0, 0, 1, shift * state.stretch, 0), self._text)

    def _check_text(self, text: str, begin: float, end: float) -> None:
        """Note a text that is set from ``begin`` to ``end`` on its line, and whether it is on the paper."""
        self.shown.append(text)
        if not text:
            return
        a, b, c, d, e, f = _multiply(self._text, self._state.matrix)
        height = 0.5 * self._state.size  # letters reach higher; a line that is half on the paper is found all the same
        x, y = sorted((a * begin, a * end)), sorted((b * begin, b * end))
        left, bottom, right, top = self._paper
        if (
            x[0] + min(c * height, 0) + e < left
            or x[1] + max(c * height, 0) + e > right
            or y[0] + min(d * height, 0) + f < bottom
            or y[1] + max(d * height, 0) + f > top
        ):
            self.outside.append(f"'{text}'")

    def _show_run(self, run: re.Match[bytes]) -> None:
        """Follow a run of text of which every glyph has its own place."""
        name, size, a, d, x, y, shown = run.groups()[:7]
        font = self._find_font(name)
        state = self._state
        if state.font is not font or state.size != float(size):
            self._state = state = state._replace(font=font, size=float(size))
        self.unmarked += not self._marked
        self._text = self._line = (float(a), 0.0, 0.0, float(d), float(x), float(y))
        words = shown.split()  # <glyph> Tj, and for each that follows: step 0 Td <glyph> Tj
        texts = font.texts
        for glyphs in set(words[::5]).difference(texts):
            texts[glyphs] = font.read_glyphs(glyphs)
        text = "".join([texts[glyphs][0] for glyphs in words[::5]])
        end = sum(map(float, words[2::5])) + texts[words[-2]][1] / 1000 * state.size
        self._check_text(text.strip(), 0.0, end)

    def _show_on_next_line(self, given: list[bytes]) -> None:
        self._next_line([])
        self._show(given[-1:])


def _read_matrix(given: list[bytes]) -> _Matrix:
    a, b, c, d, e, f = map(float, given)
    return a, b, c, d, e, f


def _intersect(one: _Box, other: _Box) -> _Box:
    return max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])


_ESCAPED = re.compile(rb"\\([0-7]{1,3}|\r?\n|.)", re.DOTALL)
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def _read_codes(token: bytes, bytes_each: int) -> Sequence[int]:
    if token[:1] == b"<":
        digits = b"".join(token[1:-1].split()).decode()
        data = bytes.fromhex(digits + "0" * (len(digits) % 2))
    else:
        data = _ESCAPED.sub(_unescape, token[1:-1]) if b"\\" in token else token[1:-1]
    if bytes_each == 1:
        return data
    return struct.unpack(f">{len(data) // 2}H", data[: len(data) // 2 * 2])


def _unescape(match: re.Match[bytes]) -> bytes:
    text = match[1]
    if text.isdigit():
        return bytes([int(text, 8) & 255])
    return b"" if text.endswith(b"\n") else _ESCAPES.get(text, text)


_OPERATORS = {
    b"q": _Drawing._save,
    b"Q": _Drawing._restore,
    b"cm": _Drawing._transform,
    b"BMC": _Drawing._begin_mark,
    b"BDC": _Drawing._begin_mark,
    b"EMC": _Drawing._end_mark,
    b"m": _Drawing._add_point,
    b"l": _Drawing._add_point,
    b"c": _Drawing._add_point,
    b"v": _Drawing._add_point,
    b"y": _Drawing._add_point,
    b"re": _Drawing._add_rectangle,
    b"W": _Drawing._clip,
    b"W*": _Drawing._clip,
    b"n": _Drawing._end_path,
    **dict.fromkeys((b"f", b"F", b"f*", b"S", b"s", b"B", b"B*", b"b", b"b*"), _Drawing._paint),
    b"Do": _Drawing._paint_object,
    b"BT": _Drawing._begin_text,
    b"Tf": _Drawing._set_font,
    b"Tm": _Drawing._set_text_matrix,
    b"Td": _Drawing._move,
    b"TD": _Drawing._move_and_lead,
    b"TL": _Drawing._set_leading,
    b"T*": _Drawing._next_line,
    b"Tc": _Drawing._set_character_space,
    b"Tw": _Drawing._set_word_space,
    b"Tz": _Drawing._set_stretch,
    b"Tj": _Drawing._show,
    b"TJ": _Drawing._show,
    b"'": _Drawing._show_on_next_line,
    b'"': _Drawing._show_on_next_line,
}
