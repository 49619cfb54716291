"""A page from sections; a page taken apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from importlib.resources import files
from typing import Literal

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from smartcert.files import sha256_hex
from smartcert.model.evaluation import Finding
from smartcert.reporting import formats as figures
from smartcert.reporting.basis import list_citations
from smartcert.reporting.catalogue import Words
from smartcert.reporting.charts.svg import Chart
from smartcert.reporting.typeface import build_font_css

# --- A page of a notebook: sections that show themselves, and the typeface with just the characters that they use.

PAGE_MIME = "application/vnd.smartcert.page+json"
SECTION_MIME = "application/vnd.smartcert.section+json"
STYLE_MIME = "application/vnd.smartcert.style+css"

_ASCII = frozenset(chr(code) for code in range(0x20, 0x7F))
"""Always in the typeface: what is escaped in HTML appears as ASCII."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PageSection:
    """One section of a page as HTML, with what the page template reads of it."""

    title: str
    html: str
    data: Mapping[str, object] = field(default_factory=dict)
    """Further representations by MIME type."""

    def _repr_html_(self) -> str:
        return self.html

    def _repr_mimebundle_(self, **_: object) -> dict[str, object]:
        return {"text/plain": self.title, "text/html": self.html, **self.data}


@cache
def template_environment() -> Environment:
    """Return the environment of the sections' templates: everything is escaped, nothing may be undefined."""
    made = Environment(
        loader=PackageLoader("smartcert.reporting", "sections"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["plain"] = figures.sanitise_text
    made.filters["decimal"] = figures.format_decimal
    made.globals["cite_lines"] = list_citations
    return made


@cache
def page_style() -> str:
    """Return the style sheet of all pages."""
    return (files("smartcert.reporting") / "template" / "smartcert" / "page.css").read_text("utf-8")


class Page:
    """The sections of one page in the order in which they were first made; each keeps its number when made again."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self._made: dict[str, PageSection] = {}
        self.extra_characters: frozenset[str] = frozenset()
        """Characters that the page may come to show later: those of live tables."""

    def add_header(self, template: str, *, title: str, **values: object) -> PageSection:
        """Return the page's header from a template; its data name the language and the title of the page."""
        html = self._render(template, **values)
        words = self.words
        page = {
            "lang": words.language,
            "title": figures.sanitise_text(title),
            "skip": words("page.skip"),
            "contents": words("page.contents"),
            "footer": words("page.footer"),
        }
        made = PageSection(title=figures.sanitise_text(title), html=html, data={PAGE_MIME: page})
        self._made["head"] = made
        return made

    def add_section(self, name: str, template: str, *, title: str, **values: object) -> PageSection:
        """Return a numbered section from a template; ``name`` is its id in the page."""
        known = [made for made in self._made if made != "head"]
        number = known.index(name) + 1 if name in known else len(known) + 1
        heading = f"{number}. {title}"
        body = Markup(self._render(template, **values))  # noqa: S704  # made by the escaping environment above
        html = self._render("section.html.j2", name=name, heading=heading, body=body)
        made = PageSection(title=heading, html=html, data={SECTION_MIME: {"id": name, "title": heading}})
        self._made[name] = made
        return made

    def _render(self, template: str, **values: object) -> str:
        words = self.words
        return template_environment().get_template(template).render(w=words, lang=words.language, **values)

    def typeface(self) -> PageSection:
        """Return the style with the typeface cut down to the characters of the sections made so far. Call it last."""
        texts = (made.html + made.title + str(dict(made.data)) for made in self._made.values())
        shown = _ASCII.union(self.extra_characters, *texts)
        css = page_style() + build_font_css(character for character in shown if character.isprintable())
        html = f"<style>{css}</style>"
        return PageSection(title="CSS", html=html, data={STYLE_MIME: css})


# --- The parts that sections with many tables are made of: a paragraph, a list, a figure, a table, findings.


@dataclass(frozen=True, kw_only=True, slots=True)
class ParagraphBlock:
    """One paragraph; ``page_style`` is a class of the style sheet ("lead", "note", "quiet")."""

    text: str
    style: str = ""
    kind: Literal["paragraph"] = "paragraph"


@dataclass(frozen=True, kw_only=True, slots=True)
class ListBlock:
    """A list of sentences."""

    items: Sequence[str]
    kind: Literal["items"] = "items"


@dataclass(frozen=True, kw_only=True, slots=True)
class ChartBlock:
    """A chart with its title and text alternative."""

    chart: Chart
    kind: Literal["figure"] = "figure"


@dataclass(frozen=True, kw_only=True, slots=True)
class TableBlock:
    """A table whose first cell of a row is its heading; ``numbers`` are the columns set to the right, from 0."""

    caption: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: frozenset[int] = field(default_factory=frozenset)
    kind: Literal["grid"] = "grid"


@dataclass(frozen=True, kw_only=True, slots=True)
class FindingsBlock:
    """A table of findings: outcome, sentence, basis."""

    caption: str
    heads: Sequence[str]
    findings: Sequence[Finding]
    kind: Literal["findings"] = "findings"


Block = ParagraphBlock | ListBlock | ChartBlock | TableBlock | FindingsBlock


# --- A page taken apart into what a reader can see or hear of it, to compare two pages and to say where they differ.

_VOID_TAGS = frozenset({"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "wbr"})
_INVISIBLE_TAGS = frozenset({"style"})
TRACE_ID = "smartcert-trace"
"""The id of the element that carries the trace."""
_SUBJECT_ATTRIBUTE = "data-at"
"""The attribute that says what a part of the page is about: the id of an indicator, an item or a domain."""


@dataclass(frozen=True, slots=True)
class PageNode:
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
class _OpenTag:
    tag: str
    section: str
    at: str


class _PageParser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[PageNode] = []
        self.trace: list[str] = []
        self._open: list[_OpenTag] = []
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
        above = self._open[-1] if self._open else _OpenTag("", "", "")
        section = self._section(tag, given, above.section)
        one = _OpenTag(tag, section, given.get(_SUBJECT_ATTRIBUTE, above.at))
        shown = " ".join(f'{name}="{_collapse_spaces(value)}"' for name, value in sorted(given.items()))
        self._add(one, f"<{tag} {shown}>" if shown else f"<{tag}>")
        if tag not in _VOID_TAGS:
            self._open.append(one)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID_TAGS:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._in_trace:
            self._in_trace = tag != "script"
            return
        while self._open and tag not in _VOID_TAGS:
            if self._open.pop().tag == tag:
                break

    def handle_data(self, data: str) -> None:
        if self._in_trace:
            self.trace[-1] += data
            return
        text = _collapse_spaces(data)
        above = self._open[-1] if self._open else _OpenTag("", "", "")
        if not text or above.tag in _INVISIBLE_TAGS:
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

    def _add(self, one: _OpenTag, text: str, within: str = "") -> None:
        inside = any(above.tag == "tr" for above in self._open)
        column = self._heads[self._column] if inside and 0 <= self._column < len(self._heads) else ""
        row = self._row if inside else ""
        self.pieces.append(PageNode(one.section, text, one.at, row, column, within))


def _collapse_spaces(text: str) -> str:
    return " ".join(text.split())


def parse_page(html: str) -> tuple[list[PageNode], list[str]]:
    """Return the pieces of a page in their order, and the text of every element that is a trace."""
    reader = _PageParser()
    reader.feed(html)
    reader.close()
    return reader.pieces, reader.trace


def digest_page(html: str) -> str:
    """Return a hash of everything that can be seen or heard of a part of a page, wherever it stands."""
    return digest_nodes(parse_page(html)[0])


def digest_nodes(pieces: Iterable[PageNode]) -> str:
    """Return the hash of pieces that were taken apart already."""
    shown = "\n".join(piece.text for piece in pieces)
    return sha256_hex(shown.encode("utf-8", "surrogatepass"))[:32]
