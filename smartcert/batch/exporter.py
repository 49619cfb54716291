"""How does nbconvert make a page of an executed notebook: ``jupyter nbconvert --to smartcert``, and the batch?"""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator, Mapping
from functools import cache
from html import escape, unescape
from itertools import chain, count
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from jinja2 import pass_context
from nbconvert import __version__ as nbconvert_version
from nbconvert.exporters import HTMLExporter, TemplateExporter
from nbconvert.filters import strip_ansi
from nbconvert.filters.markdown_mistune import InvalidNotebook, IPythonRenderer, MarkdownWithMath
from nbconvert.filters.widgetsdatatypefilter import WidgetsDataTypeFilter
from nbformat import NotebookNode

import smartcert.reporting
from smartcert.files import sha256_base64
from smartcert.reporting.compact import TRACE_ID, pack_trace, shorten_markup
from smartcert.reporting.page import (
    PAGE_MIME,
    SCRIPT_MIME,
    SECTION_MIME,
    STYLE_MIME,
    CompiledTemplates,
    find_bold_characters,
    page_style,
)
from smartcert.reporting.typeface import build_extra_font_css, build_font_css

TEMPLATE_NAME = "smartcert"
TEMPLATE_FOLDER = Path(smartcert.reporting.__file__).parent / "template"
"""The folder that nbconvert looks for our template in."""

_OWN_MIMES = frozenset({PAGE_MIME, SECTION_MIME, STYLE_MIME})
_TRACE_START = f'<script type="application/json" id="{TRACE_ID}">'
_REMOVED = {"markdown": "remove-cell", "code": "remove-output"}
_CELL_STYLE = re.compile(r'(<t[rhd]) style="(?:(?:text-align|min-width): [\w.%-]+; ?)+"')
_NOTEBOOK_ATTRIBUTE = re.compile(r' (?:border="\d+"|halign="left"|valign="top"|target="_blank")')
_ASCII = frozenset(map(chr, range(0x20, 0x7F)))


class PageExporter(HTMLExporter):
    """nbconvert's HTML exporter with our template, without its second pass.

    That pass parses the finished page again to add texts to images without one and tab stops to parts of Jupyter's own
    templates; it takes longer than everything else. Here an image without a text is refused by ``check_page``. Nor are
    there preprocessors: the template reads the cells and their standard tags as they are, and each preprocessor would
    validate the notebook again.

    Beside what the template does by itself, characters of cells that are none of ours are added to the page's typeface,
    formulas are drawn, and the HTML in Markdown that a cell puts out is shown as text: it may quote an applicant.
    """

    export_from_notebook = "smartcert page"

    def __init__(self, **options: Any) -> None:
        settings = {
            "template_name": TEMPLATE_NAME,
            "extra_template_basedirs": [str(TEMPLATE_FOLDER)],
            "default_preprocessors": [],
            "exclude_anchor_links": True,
        }
        base: Any = super()  # nbconvert is typed in part only
        base.__init__(**settings | options)
        self.environment.optimized = False  # what is compiled depends on nothing but its template and nbconvert
        self.environment.bytecode_cache = CompiledTemplates(f"nbconvert {nbconvert_version}")

    def default_filters(self) -> Iterator[tuple[str, Any]]:
        """Yield nbconvert's filters and ours."""
        base: Any = super()
        yield from base.default_filters()
        yield "strip_ansi", show_text
        yield "page_headings", self._list_headings
        yield "page_markdown", render_markdown_output
        yield "page_math", _draw_math_block
        yield "page_html", clean_table
        yield "page_blocks", _shorten_section

    def from_notebook_node(  # type: ignore[override]  # its base promises a notebook; an exporter to text returns text
        self, nb: Any, resources: Any = None, **options: Any
    ) -> tuple[str, Any]:
        """Return the page and the resources."""
        base: Any = self
        resources = dict(resources or {})
        self._listed_ids, self._shown_ids = _list_section_ids(nb), _list_section_ids(nb)
        resources["smartcert_styles"] = [
            {"css": css, "sha256": sha256_base64(css.encode())} for css in _list_extra_styles(nb)
        ]
        widgets = WidgetsDataTypeFilter(notebook_metadata=self._nb_metadata, parent=self, resources=resources)
        base.register_filter("filter_data_type", widgets)
        base.register_filter("highlight_code", _pass_code)
        uncopied: Any = _Uncopied  # nbformat is typed in part only
        page, resources = TemplateExporter.from_notebook_node(self, uncopied(nb), resources, **options)
        return str(page), resources

    @pass_context
    def markdown2html(self, context: Any, source: str) -> str:
        """Return the HTML of the Markdown cell that the template is at."""
        html = render_markdown_cell(source, context["cell"].get("attachments"))
        return _add_heading_ids(html, self._shown_ids)

    def _list_headings(self, cell: Any) -> list[tuple[str, str]]:
        """Return id and title of each heading of a Markdown cell that the list of contents has."""
        html = render_markdown_cell(cell.source, cell.get("attachments"))
        return [(match[2], unescape(match[3])) for match in _LISTED.finditer(_add_heading_ids(html, self._listed_ids))]

    def _preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Return both as they are: with no preprocessor they would be copied twice for nothing."""
        return nb, resources


class _Uncopied(NotebookNode):
    """A notebook that is its own copy: nbconvert copies one for preprocessors, which would change it."""

    def __deepcopy__(self, memo: dict[int, Any]) -> _Uncopied:
        return self


@cache
def get_exporter() -> PageExporter:
    """Return the exporter of this process; its templates are compiled once."""
    return PageExporter()


def render_page(notebook: Any) -> str:
    """Return the page of an executed notebook. It depends on nothing but the notebook."""
    page, _ = get_exporter().from_notebook_node(notebook, resources={"metadata": {"name": TEMPLATE_NAME, "path": ""}})
    return page


def _pass_code(source: str, **_: Any) -> str:
    """Stand in for the highlighter: a page shows no code."""
    return source


def _list_extra_styles(notebook: Any) -> list[str]:
    """Return the style sheets that the page needs beside its own: the typeface and the tables of cells not ours."""
    others: set[str] = set()
    own_texts: list[str] = []
    tables: list[str] = []
    has_style = False
    for cell in notebook.cells:
        if _REMOVED.get(cell.cell_type, "") in (tags := cell.metadata.get("tags", [])) or "remove-cell" in tags:
            continue
        if cell.cell_type == "markdown":
            others.update(cell.source)
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            has_style = has_style or STYLE_MIME in data
            if SCRIPT_MIME in data and str(data.get("text/html", "")).startswith(_TRACE_START):
                continue  # data for machines, of which nothing is shown
            if _OWN_MIMES & data.keys():
                own_texts += _iter_texts(output)
            else:
                tables.append(split_styles(str(data.get("text/html", "")))[1])
                others.update(*_iter_texts(output))
    own, others = set(_ASCII), {character for character in others - _ASCII if character.isprintable()}
    if others or not has_style:  # to collect the characters of all sections takes as long as to render some of them
        own.update(*own_texts)
    bold = _ASCII.union(*map(find_bold_characters, own_texts)) if others or not has_style else _ASCII
    own_tables = "\n".join(filter(None, tables))
    if not has_style:
        return [page_style() + build_font_css(own | others, bold | others), *([own_tables] if own_tables else [])]
    return [sheet for sheet in (build_extra_font_css(others - own, others - bold), own_tables) if sheet]


def _iter_texts(output: Any) -> Iterator[str]:
    yield str(output.get("text", ""))
    yield f"{output.get('ename', '')}{output.get('evalue', '')}"
    for kind, value in output.get("data", {}).items():
        if kind.startswith("text/") or kind in _OWN_MIMES:
            yield str(value)


def _shorten_section(html: str) -> str:
    """Return the HTML of a section of ours, or of the trace, as a page has it."""
    return shorten_markup(pack_trace(html))  # a packed trace is shorter, and has no markup


def clean_table(html: str) -> str:
    """Return the HTML of an output without its style sheets and the attributes that pandas sets for notebooks.

    What a page may have of the style sheets stands in its head.
    """
    return _NOTEBOOK_ATTRIBUTE.sub("", _CELL_STYLE.sub(r"\1", split_styles(html)[0]))


class _PageRenderer(IPythonRenderer):
    """Renders Markdown with formulas drawn; the page has no script that could."""

    def link(self, text: str, url: str, title: str | None = None) -> str:
        """Return a link; what a cell put out has the text alone where it would lead to a script or a file.

        In a cell such a link stays, and is refused by name: its author can write another.
        """
        html = str(super().link(text, url, title))
        return text if html.startswith('<a href="#harmful-link"') else html

    def image(self, text: str, url: str, title: str | None = None) -> str:
        """Return an image; an attachment is known by its name as people read it. Without a text it gets no empty one.

        An empty alternative says that an image is an ornament. Who means that writes HTML: in Markdown the text may
        have been forgotten as well.
        """
        html = super().image(text, unquote(url) if url.startswith("attachment:") else url, title)
        return html if text.strip() else html.replace(f' alt="{text}"', "", 1)

    def block_math(self, body: str) -> str:
        return _draw_math_block(body)

    def inline_math(self, body: str) -> str:
        return _draw_math(body)

    def task_list_item(self, text: str, checked: bool = False) -> str:
        """Return an entry of a list of tasks with the box drawn: a page has none that can be ticked."""
        box = "■ " if checked else "□ "
        return f"<li>{text.replace('<p>', '<p>' + box, 1) if text.startswith('<p>') else box + text}</li>\n"

    def table_cell(self, text: str, align: str | None = None, head: bool = False) -> str:
        """Return a cell of a table, aligned by a class of the page's style: no element may bring a style of its own."""
        tag = "th" if head else "td"
        alignment = f' class="align-{align}"' if align else ""
        return f"<{tag}{alignment}>{text}</{tag}>\n"

    def latex_environment(self, name: str, body: str) -> str:
        return f"<pre>\\begin{{{escape(name)}}}{escape(body)}\\end{{{escape(name)}}}</pre>"


def render_markdown_cell(source: str, attachments: Mapping[str, Any] | None = None) -> str:
    """Return the HTML of a Markdown cell, which its author may have put HTML into; its attachments stand in it.

    Raises:
        InvalidNotebook: it shows an attachment that it does not have, or begins too many formulas.
    """
    _check_formulas(source)
    renderer: Any = _PageRenderer(
        escape=False, allow_harmful_protocols=True, exclude_anchor_links=True, attachments=dict(attachments or {})
    )
    return MarkdownWithMath(renderer=renderer).render(source)


def render_markdown_output(source: str) -> str:
    """Return the HTML of Markdown that a cell put out: what looks like HTML in it is shown as text.

    Raises:
        InvalidNotebook: it begins too many formulas.
    """
    _check_formulas(source)
    renderer: Any = _PageRenderer(escape=True, allow_harmful_protocols=False, exclude_anchor_links=True)
    return MarkdownWithMath(renderer=renderer).render(source)


def _check_formulas(source: str) -> None:
    """Raise for a text in which nbconvert would look for the end of so many formulas that it takes more than a second.

    It looks through all that follows for each of them.

    Raises:
        InvalidNotebook: says how many there are.
    """
    count = len(_FORMULA_BEGIN.findall(source))
    if count * len(source) > _MOST_FORMULA_READING:
        raise InvalidNotebook(
            f"a text of {len(source)} characters begins {count} formulas: divide it into several cells"
        )


_FORMULA_BEGIN = re.compile(r"\\begin\{|\\\\[\[(]")
_MOST_FORMULA_READING = 20_000_000


_PLAIN_HEADING = re.compile(r"<h([12])>([^<>]+)</h\1>")
_LISTED = re.compile(r'<h([12]) id="([^"]*)">([^<>]+)</h\1>')


def _add_heading_ids(html: str, taken: set[str]) -> str:
    """Give headings without markup the id that the list of contents links to: one that is not ``taken`` yet."""

    def add_id(match: re.Match[str]) -> str:
        slug = re.sub(r"[^\w.-]+", "-", unescape(match[2]).strip())
        name = next(name for name in chain([slug], (f"{slug}-{number}" for number in count(2))) if name not in taken)
        taken.add(name)
        return f'<h{match[1]} id="{name}">{match[2]}</h{match[1]}>'

    return _PLAIN_HEADING.sub(add_id, html)


def _list_section_ids(notebook: Any) -> set[str]:
    """Return the ids that our own sections have in a page."""
    outputs = (output for cell in notebook.cells for output in cell.get("outputs", ()))
    sections = (output.get("data", {}).get(SECTION_MIME, {}).get("id", "") for output in outputs)
    return {"main", "contents", TRACE_ID, *sections}


def show_text(text: str) -> str:
    """Return what a terminal shows of a text that was printed: no colours, and nothing that was written over."""
    return _OVERWRITTEN.sub("", strip_ansi(_TERMINAL_COMMAND.sub("", text)).replace("\r\n", "\n"))


_OVERWRITTEN = re.compile(r"^.*\r(?=[^\n])", re.MULTILINE)
_TERMINAL_COMMAND = re.compile(r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
"""A command to the terminal that shows nothing, as that which makes a link of what follows."""


def _draw_math_block(source: str) -> str:
    return f'<span class="formula">{_draw_math(source, is_block=True)}</span>'


def _draw_math(source: str, *, is_block: bool = False) -> str:
    """Return an image of a formula with its source as the alternative text; the source where it cannot be drawn.

    It is drawn by matplotlib, which knows a part of TeX. In a block fractions are as large as what stands beside them.
    """
    source = source.strip().strip("$").strip().removeprefix(r"\displaystyle").strip()
    if not source:
        return "<code></code>"
    try:
        content, height = _draw_formula(source.replace(r"\frac", r"\dfrac") if is_block else source)
    except (ValueError, RuntimeError):
        return f"<code>{escape(source)}</code>"
    data = base64.b64encode(content).decode("ascii")
    return f'<img alt="{escape(source)}" height="{height}" src="data:image/svg+xml;base64,{data}">'


_LAST_ASCII = 0x7F


@cache
def _draw_formula(source: str) -> tuple[bytes, int]:
    """Return a formula's SVG, always the same bytes, and its height in pixels; a ValueError from matplotlib."""
    import matplotlib as mpl
    from matplotlib.font_manager import findfont, get_font
    from matplotlib.mathtext import math_to_image

    letters = get_font(findfont("DejaVu Sans"))
    missing = "".join(
        letter for letter in source if ord(letter) > _LAST_ASCII and not letters.get_char_index(ord(letter))
    )
    if missing:  # it would draw boxes
        raise ValueError(f"the font of formulas lacks {missing}")
    out = io.BytesIO()
    with mpl.rc_context({"svg.fonttype": "path", "svg.hashsalt": "formula", "mathtext.fontset": "dejavusans"}):
        math_to_image(f"${source}$", out, format="svg", dpi=72)
    content = re.sub(rb"<metadata>.*?</metadata>", b"", out.getvalue(), flags=re.DOTALL)
    height = re.search(rb'height="([\d.]+)pt"', content)
    return content, round(float(height[1]) * 4 / 3 * 1.3) if height else 20


# Style sheets of a cell's tables. A page allows styles by their hashes in its head only. What pandas' ``Styler`` writes
# is taken there rule by rule: each must be about the table itself, by its id, and do no more than colour, set and frame
# its cells. Any other could restyle what is ours, or fetch something; the table is shown without it.

_SHEET = re.compile(r"<style(?:\s[^<>]*)?>((?:[^<]|<(?!/?style))*+)</style>\s*", re.IGNORECASE)
"""A sheet with another one's tag in it is none, and stays in the HTML, where it is refused."""
_RULE = re.compile(r"([^{}]*)\{([^{}]*)\}")
_SELECTOR = re.compile(r"#T_[\w-]+(?:[ >]+[\w.:-]+)*", re.ASCII)
"""A table of a ``Styler``, one of its cells, or something below it; nothing beside it."""
_PROPERTY = re.compile(
    r"(?:background(?:-color)?|border(?:-[a-z]+)*|color|font-(?:size|style|weight)|opacity|padding(?:-[a-z]+)?"
    r"|text-(?:align|decoration)|vertical-align|white-space|width)"
)
_VALUE = re.compile(r"[\w\s.,#%()+-]*")
_FETCH = re.compile(r"url|image|element|attr|var|env|src", re.IGNORECASE)


def split_styles(html: str) -> tuple[str, str]:
    """Return the HTML of an output without its style sheets, and the rules of these that a page may have."""
    rules = [rule for sheet in _SHEET.findall(html) for rule in _list_rules(sheet)]
    return _SHEET.sub("", html), "\n".join(rules)


def _list_rules(sheet: str) -> list[str]:
    """Return the rules of a style sheet that a page may have; none of a sheet with any other than plain rules."""
    if "@" in sheet or "/*" in sheet or _RULE.sub("", sheet).strip():
        return []
    rules = []
    for selectors, declarations in _RULE.findall(sheet):
        names = [name.strip() for name in selectors.split(",")]
        pairs = [pair.partition(":")[::2] for pair in declarations.split(";") if pair.strip()]
        allowed = [f"{name.strip()}: {value.strip()}" for name, value in pairs if _is_allowed(name.strip(), value)]
        if allowed and all(_SELECTOR.fullmatch(name) for name in names):
            rules.append(f"{', '.join(names)} {{ {'; '.join(allowed)} }}")
    return rules


def _is_allowed(name: str, value: str) -> bool:
    return bool(_PROPERTY.fullmatch(name) and _VALUE.fullmatch(value)) and not _FETCH.search(value)
