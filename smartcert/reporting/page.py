"""What is a page of a notebook made of, and what can a reader see or hear of it?

A page is built from sections that show themselves, and parsed into nodes to compare two pages.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Hashable, Iterable, Mapping, MutableMapping, Sequence
from contextlib import suppress
from dataclasses import field
from functools import cache, lru_cache
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from types import CodeType
from typing import Any, Literal

from jinja2 import Environment, FileSystemBytecodeCache, PackageLoader, StrictUndefined, Template
from jinja2 import __version__ as jinja_version
from jinja2.bccache import Bucket
from jinja2.runtime import Context
from markupsafe import Markup, escape

from smartcert.files import sha256_base64, sha256_hex
from smartcert.lazy_dataclass import dataclass
from smartcert.model.citation import Basis
from smartcert.model.evaluation import Finding
from smartcert.reporting.basis import build_basis, list_citations
from smartcert.reporting.catalogue import Words
from smartcert.reporting.charts.svg import Chart
from smartcert.reporting.compact import SHORTER, TRACE_ID
from smartcert.reporting.formats import SanitisedText, capitalise_first, format_decimal, sanitise_text
from smartcert.reporting.languages import mark_other_language
from smartcert.reporting.notebook_style import build_notebook_style, load_style, notebook_css
from smartcert.reporting.typeface import build_font_css

PAGE_MIME = "application/vnd.smartcert.page+json"
SECTION_MIME = "application/vnd.smartcert.section+json"
STYLE_MIME = "application/vnd.smartcert.style+css"
SCRIPT_MIME = "application/vnd.smartcert.script+javascript"

_ASCII = frozenset(chr(code) for code in range(0x20, 0x7F))
"""Always in the typeface, as characters that are escaped in HTML appear as other ASCII characters."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PageSection:
    """One section of a page as HTML, with what the page template reads of it."""

    title: str
    html: str
    data: Mapping[str, object] = field(default_factory=dict)
    """Further representations by MIME type."""
    metadata: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """What is to be known of a representation, by its MIME type."""
    style: str = ""
    """The ``style`` element that a notebook needs to show it; the exporter leaves it out, as a page has its own."""

    def _repr_html_(self) -> str:
        return self.style + self.html

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, object], dict[str, Mapping[str, str]]]:
        return {"text/plain": self.title, "text/html": self._repr_html_(), **self.data}, dict(self.metadata)


_TEMPLATES = Path(__file__).parent / "sections"
_SYNTAX: Mapping[str, Any] = {
    "undefined": StrictUndefined,
    "trim_blocks": True,
    "lstrip_blocks": True,
    "optimized": False,  # what is compiled depends on nothing but its template, these, and that everything is escaped
}


class CompiledTemplates(FileSystemBytecodeCache):
    """Compiled templates beside their sources, as Python has those of modules; none where nothing can be written there.

    A changed template, another version of Jinja or of Python, and other ``settings`` of the environment are compiled
    anew.
    """

    def __init__(self, settings: str) -> None:
        digest = sha256_hex(f"{jinja_version} {settings}".encode())[:16]
        super().__init__(str(_TEMPLATES / "__pycache__"), f"%s.{digest}.cache")

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Write a compiled template, unless Python is to write none of modules either."""
        if not sys.dont_write_bytecode:
            with suppress(OSError):
                Path(self.directory).mkdir(exist_ok=True)
                super().dump_bytecode(bucket)


class _Context(Context):
    """The variables of a template, which calls `Words` most often: they take nothing of what jinja2 passes on."""

    def call(self, called: Callable[..., Any], /, *args: Any, **fields: Any) -> Any:
        """Return what ``called`` returns."""
        if called.__class__ is not Words:
            return super().call(called, *args, **fields)
        fields.pop("_loop_vars", None)  # jinja2 adds these in a loop
        fields.pop("_block_vars", None)
        return called(*args, **fields)


class _Template(Template):
    """A template whose texts `escape_text` escapes: its code calls what stands under the name ``escape``."""

    @classmethod
    def from_code(
        cls,
        environment: Environment,
        code: CodeType,
        globals: MutableMapping[str, Any],  # noqa: A002  # the name of the parameter in jinja2
        uptodate: Callable[[], bool] | None = None,
    ) -> Template:
        template = super().from_code(environment, code, globals, uptodate)
        template.root_render_func.__globals__["escape"] = escape_text
        return template


def escape_text(value: object) -> str:
    """Return what `markupsafe.escape` does, as a text that is to be put into HTML as it is."""
    if value.__class__ in _TEXT_CLASSES:
        return _escape_string(value)
    return value if isinstance(value, Markup) else escape(value)


_TEXT_CLASSES = frozenset({str, SanitisedText})


@lru_cache(maxsize=16_384)
def _escape_string(text: str) -> str:
    # cached: names, units and numbers come again in every table
    return str(escape(str(text)))


@lru_cache(maxsize=4096, typed=True)
def _render_once(macro: Callable[..., str], *values: Hashable) -> str:
    """Return what a macro of `macros.html.j2` writes of some values, written once for all pages."""
    # typed: a text and markup of the same characters are equal, and only one of them is escaped
    return macro(*values)


@cache
def template_environment() -> Environment:
    """Return the environment of the sections' templates: everything is escaped, nothing may be undefined."""
    environment = Environment(
        loader=PackageLoader("smartcert.reporting", "sections"),
        bytecode_cache=CompiledTemplates(str(sorted(_SYNTAX.items(), key=str))),
        autoescape=True,
        **_SYNTAX,
    )
    environment.template_class = _Template
    environment.context_class = _Context
    environment.filters["capitalise_first"] = capitalise_first
    environment.filters["plain"] = sanitise_text
    environment.filters["decimal"] = format_decimal
    environment.globals["cite_lines"] = list_citations
    environment.globals["once"] = _render_once
    return environment


_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_CSS_SPACE = re.compile(r"(?<=[{};,]) | (?=[{}])|;(?= ?\})")
_CSS_DECLARATION = re.compile(r"(?<=[{;])([a-z-]+): ")


@cache
def page_style() -> str:
    """Return the style sheet of all pages, without comments and without the spaces that only its authors need."""
    css = load_style("page")
    return _CSS_DECLARATION.sub(r"\1:", _CSS_SPACE.sub("", " ".join(_CSS_COMMENT.sub("", css).split()))) + "\n"


_BOLD_TEXT = re.compile(
    r"<(?:(h[1-6]|thead|caption|figcaption|summary|strong|b|dt)\b[^>]*>.*?</\1>"
    r'|dl class="[^"]*\bkey\b.*?</dl>'
    r'|tr\b[^>]*class="(?:group|sum|here)".*?</tr>'
    r'|(span|p)\b[^>]*class="(?:outcome|earned|reached)\b.*?</\2>'
    r'|g\b[^>]*font-weight="700".*?</g>'
    r'|text\b[^>]*font-weight="700"[^>]*>[^<]*)',
    re.DOTALL,
)
"""What the style sheet sets in bold type, or could: the parts of a section's HTML with all that stands in them."""


_WORKINGS = re.compile(r'<div class="working".*', re.DOTALL)
"""From the first working of an indicator on; of each table in it the last row is in bold."""


def find_bold_characters(html: str) -> frozenset[str]:
    """Return the characters beyond ASCII that a section may show in bold type: all that it does, and few more."""
    workings = _WORKINGS.search(html)
    last_rows = [table.rpartition("<tr>")[2] for table in workings[0].split("</table>")[:-1]] if workings else []
    return list_characters((*last_rows, *(match[0] for match in _BOLD_TEXT.finditer(html))))


def list_characters(texts: Iterable[str]) -> frozenset[str]:
    """Return the characters of some texts beyond ASCII, which is left out first: it is most of a page."""
    encoded = "".join(texts).encode("utf-8", "surrogatepass")
    return frozenset(encoded.translate(None, _ASCII_BYTES).decode("utf-8", "surrogatepass"))


_ASCII_BYTES = bytes(range(128))


_BODY = Markup("<body/>")
"""What stands for the body of a section in its frame, so that words of another language are looked for once."""


@lru_cache(maxsize=256)
def _render_frame(name: str, heading: str, language: str) -> str:
    """Return what is around the body of a section; it is the same on the pages of all applicants, or of many."""
    return _render_template("section.html.j2", language, name=name, heading=heading, body=_BODY)


def _render_template(template: str, language: str, **values: object) -> str:
    html = template_environment().get_template(template).render(lang=language, **values)
    return mark_other_language(html, language)


class Page:
    """The sections of one page in the order in which they were first built; a section built again keeps its number.

    Where a page names the ``section_order`` of all that it can have, a section has its place there as its number,
    whichever others are built.
    """

    section_order: tuple[str, ...] = ()
    has_live_headings: bool = False
    """Whether a script may show any of its characters in bold type, as headings of a table that it builds."""
    ships_style: bool = False
    """Whether each section brings its style and typeface to a notebook; else the cell of `typeface` does for all."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self.built_sections: dict[str, PageSection] = {}
        self.extra_characters: frozenset[str] = frozenset()
        """Characters that the page may come to show later: those of live tables."""

    def add_header(
        self, template: str, *, title: str, footer_links: Iterable[tuple[str, str]] = (), **values: object
    ) -> PageSection:
        """Return the page's header from a template; its data name the language and the title of the page.

        ``footer_links`` are relative paths with their texts: links of the page's footer.
        """
        html = self._render(template, **values)
        words = self.words
        page = {
            "lang": words.language,
            "title": sanitise_text(title),
            "skip": words("page.skip"),
            "contents": words("page.contents"),
            "footer": words("page.footer"),
            "shorter": SHORTER,
            "footer_links": [{"target": target, "text": text} for target, text in footer_links],
        }
        style = self._build_style(html, self.extra_characters)
        section = PageSection(title=sanitise_text(title), html=html, data={PAGE_MIME: page}, style=style)
        self.built_sections["head"] = section
        return section

    def add_section(self, name: str, template: str, *, title: str, **values: object) -> PageSection:
        """Return a numbered section from a template; ``name`` is its id in the page."""
        known = self.section_order or [earlier for earlier in self.built_sections if earlier != "head"]
        number = known.index(name) + 1 if name in known else len(known) + 1
        heading = f"{number}. {title}"
        html = _render_frame(name, heading, self.words.language).replace(_BODY, self._render(template, **values), 1)
        data = {SECTION_MIME: {"id": name, "title": heading}}
        section = PageSection(title=heading, html=html, data=data, style=self._build_style(html))
        self.built_sections[name] = section
        return section

    def add_basis(self, title: str, record: Any, rules: Iterable[Basis], **values: object) -> PageSection:
        """Return the section of what the page rests on: rules, status, sources, and the hashes of the inputs.

        ``title`` is its key in the catalogue; ``record`` has inputs, and the format that is named with ``formats``.
        """
        shown = {"formats": (record.format,), **values, **build_basis(rules, self.words)}
        return self.add_section("basis", "basis.html.j2", title=self.words(title), record=record, **shown)

    def _build_style(self, *shown: Iterable[str]) -> str:
        return build_notebook_style(_ASCII.union(*shown)) if self.ships_style else ""

    def _render(self, template: str, **values: object) -> str:
        return _render_template(template, self.words.language, w=self.words, **values)

    def typeface(self) -> PageSection:
        """Return the style with the typeface cut down to the characters of the sections built so far. Call it last."""
        texts = (section.html + section.title + str(dict(section.data)) for section in self.built_sections.values())
        always = _ASCII | self.extra_characters
        shown = always | list_characters(texts)
        bold = always.union(*(find_bold_characters(section.html) for section in self.built_sections.values()))
        font = build_font_css(
            filter(str.isprintable, shown), filter(str.isprintable, shown if self.has_live_headings else bold)
        )
        css = page_style() + font
        html = f"<style data-smartcert>{notebook_css()}{font}</style>"
        return PageSection(
            title="CSS",
            html=html,
            data={STYLE_MIME: css},
            metadata={STYLE_MIME: {"sha256": sha256_base64(css.encode())}},
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class ParagraphBlock:
    """One paragraph; ``style`` is a class of the style sheet ("lead", "note", "quiet")."""

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


_VOID_TAGS = frozenset({"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "wbr"})
_INVISIBLE_TAGS = frozenset({"script", "style"})
_CELL, _TERM = ("td", "th"), ("dd", "dt")
_IMPLIED_ENDS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(_CELL, _CELL),
    **dict.fromkeys(_TERM, _TERM),
    "li": ("li",),
    "tr": (*_CELL, "tr", "caption"),
    "thead": ("caption",),
    "tbody": (*_CELL, "tr", "thead", "tbody", "caption"),
}
"""Which open elements a start tag ends, so that they need no end tag."""
_SUBJECT_ATTRIBUTE = "data-at"
"""The attribute that says what a part of the page is about: the id of an indicator, an item or a domain."""


@dataclass(frozen=True, slots=True)
class PageNode:
    """A tag with its attributes, or a text ``within`` a tag.

    ``at`` is the id of what it is about, ``row`` and ``column`` are the headings of its row and column in a table.
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
        self.nodes: list[PageNode] = []
        self.trace: list[str] = []
        self._open: list[_OpenTag] = []
        self._heads: list[str] = []
        self._row, self._column = "", -1
        self._in_trace = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "script" and attributes.get("id") == TRACE_ID:
            self._in_trace = True
            self.trace.append("")
            return
        while self._open and self._open[-1].tag in _IMPLIED_ENDS.get(tag, ()):
            self._open.pop()
        self._move_in_table(tag)
        parent = self._open[-1] if self._open else _OpenTag("", "", "")
        section = self._find_section(tag, attributes, parent.section)
        opened = _OpenTag(tag, section, attributes.get(_SUBJECT_ATTRIBUTE, parent.at))
        shown = " ".join(f'{name}="{_collapse_spaces(value)}"' for name, value in sorted(attributes.items()))
        self._add(opened, f"<{tag} {shown}>" if shown else f"<{tag}>")
        if tag not in _VOID_TAGS:
            self._open.append(opened)

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
        parent = self._open[-1] if self._open else _OpenTag("", "", "")
        if not text or parent.tag in _INVISIBLE_TAGS:
            return
        tags = [open_tag.tag for open_tag in self._open]
        if "th" in tags and "thead" in tags:
            self._heads[-1] = f"{self._heads[-1]} {text}".strip()
        elif "th" in tags:
            self._row = f"{self._row} {text}".strip()
        self._add(parent, text, parent.tag or "page")

    @staticmethod
    def _find_section(tag: str, attributes: dict[str, str], parent: str) -> str:
        if tag == "section":
            return attributes.get("aria-labelledby", "")
        return {"header": "head", "nav": "contents", "footer": "footer", "title": "title"}.get(tag, parent)

    def _move_in_table(self, tag: str) -> None:
        if tag == "table":
            self._heads, self._row, self._column = [], "", -1
        elif tag == "tr":
            self._row, self._column = "", -1
        elif tag in {"td", "th"}:
            self._column += 1
            if any(open_tag.tag == "thead" for open_tag in self._open):
                self._heads.append("")

    def _add(self, subject: _OpenTag, text: str, within: str = "") -> None:
        in_row = any(open_tag.tag == "tr" for open_tag in self._open)
        column = self._heads[self._column] if in_row and 0 <= self._column < len(self._heads) else ""
        row = self._row if in_row else ""
        self.nodes.append(PageNode(subject.section, text, subject.at, row, column, within))


def _collapse_spaces(text: str) -> str:
    return " ".join(text.split())


def parse_page(html: str) -> tuple[list[PageNode], list[str]]:
    """Return the nodes of a page in their order, and the text of every element that is a trace."""
    parser = _PageParser()
    parser.feed(html)
    parser.close()
    return parser.nodes, parser.trace


def digest_page(html: str) -> str:
    """Return a hash of everything that a reader sees or hears of a part of a page, wherever it stands."""
    texts = _list_node_texts(html)
    return _digest_texts((node.text for node in parse_page(html)[0]) if texts is None else texts)


_ANY_TAG = re.compile(r"(<[^<>]*>)")
_STRICT_TAG = re.compile(
    r'<(?:([A-Za-z][A-Za-z0-9]*+)((?: [A-Za-z][\w:-]*+(?:="[^"<>]*+")?)*+)(?: ?/)?|/[A-Za-z][A-Za-z0-9]*+)>', re.ASCII
)
"""A start tag with its attributes, or an end tag, as our templates write them."""
_STRICT_ATTRIBUTE = re.compile(r' ([A-Za-z][\w:-]*+)(?:="([^"]*+)")?', re.ASCII)
_OPEN_REFERENCE = re.compile(r"&(?!(?:#[0-9]+|#x[0-9A-Fa-f]+|[A-Za-z][A-Za-z0-9]*);)")
"""An ampersand that parsers read differently in a text and in an attribute."""


def _list_node_texts(html: str) -> list[str] | None:
    """Return the texts of the nodes of `parse_page`, in less time; None where ``html`` is not written as ours is."""
    if _OPEN_REFERENCE.search(html):
        return None
    parts = _ANY_TAG.split(html)  # texts at even positions, tags at odd ones
    shown = "".join(parts[::2])
    if "<" in shown or ">" in shown:  # of a tag that does not end, or is none
        return None
    try:
        parts[1::2] = map(_read_strict_tag, parts[1::2])
    except ValueError:
        return None
    parts[::2] = map(_read_text, parts[::2])
    return list(filter(None, parts))


@lru_cache(maxsize=4096)
def _read_text(html: str) -> str:
    """Return a text as the node of `parse_page` has it; those of rules and sources come again in every report."""
    return _collapse_spaces(unescape(html))


@lru_cache(maxsize=4096)
def _read_strict_tag(tag: str) -> str:
    """Return a tag as the node of `parse_page` has it, empty at an end; a ValueError where it is not as ours."""
    match = _STRICT_TAG.fullmatch(tag)
    name = (match[1] or "").lower() if match else ""
    if match is None or name in _RAW_TAGS:
        raise ValueError(f"it is not written as ours are: {tag[:40]}")
    values = {key.lower(): unescape(value) for key, value in _STRICT_ATTRIBUTE.findall(match[2] or "")}
    shown = "".join(f' {key}="{_collapse_spaces(values[key])}"' for key in sorted(values))
    return f"<{name}{shown}>" if name else ""


_RAW_TAGS = frozenset({"script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes", "plaintext"})
"""Elements in whose text a parser of some version reads neither tags nor references."""


def digest_nodes(nodes: Iterable[PageNode]) -> str:
    """Return the hash that `digest_page` has for a page with these nodes: 32 hexadecimal digits."""
    return _digest_texts(node.text for node in nodes)


def _digest_texts(texts: Iterable[str]) -> str:
    return sha256_hex("\n".join(texts).encode("utf-8", "surrogatepass"))[:32]
