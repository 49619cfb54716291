"""What did cells that somebody added to a notebook put into a page, and may it stand there?

A page of ours has a section for each thing that it says, and the record decides what that is. A notebook that does
nothing but call these sections needs no look. In any other one

- each of our sections must be, to the letter, what the record gives;
- everything else is a fragment that ends what it begins, has no name, class or role of ours, and hides nothing;
- no text in it may give the applicant another level, other points in total or another decision than the record does.
  What it is about is known by the applicant's name, by words such as "this application", or by a label such as
  "Total:"; a text about levels in general passes. Numbers may be digits, words or percentages of points; a table that
  was printed is read by its columns.

What cannot be known from other speech passes: "the highest level", fractions, a letter as a grade, "인증" with nothing
beside it, numbers in a row without headings, and what is drawn in pixels.
"""

from __future__ import annotations

import json
import re
import unicodedata
from base64 import b64decode
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cache
from html import unescape
from html.parser import HTMLParser
from typing import Any

from nbconvert.filters.markdown_mistune import InvalidNotebook
from selectolax.lexbor import LexborHTMLParser

from smartcert.batch.checks import NO_ALTERNATIVE, find_forbidden, number_cells
from smartcert.batch.exporter import (
    clean_table,
    get_exporter,
    render_markdown_cell,
    render_markdown_output,
    show_text,
    split_styles,
)
from smartcert.batch.other_ratings import is_of_something_else
from smartcert.batch.parameters import calls_only_ours
from smartcert.batch.request import Task
from smartcert.characters import UNSEEN
from smartcert.errors import ReportError
from smartcert.evaluation.improvement import find_next_steps
from smartcert.lazy_dataclass import dataclass
from smartcert.reporting.applicant.public import PublicReport
from smartcert.reporting.applicant.report import ApplicantReport
from smartcert.reporting.audience import PressRecord
from smartcert.reporting.compact import TRACE_ID
from smartcert.reporting.page import PAGE_MIME, SCRIPT_MIME, SECTION_MIME, STYLE_MIME, Page, page_style
from smartcert.reporting.records import Audience, PublicRecord, Record, RoundRecord, is_record, read_record
from smartcert.reporting.round.summary import RoundSummary


def check_added_cells(notebook: Any, task: Task) -> None:
    """Raise unless what an executed notebook shows beside our own sections may stand in the page of a task.

    Raises:
        ReportError: says everything that is wrong, with the cell.
    """
    if calls_only_ours(task.notebook):
        return
    own = _render_own_sections(notebook, task)
    reader = _Reader(_list_claims(task))
    problems = [
        f"cell {number}: {problem}"
        for number, cell in number_cells(notebook)
        if "remove-cell" not in cell.metadata.get("tags", [])
        for problem in _find_cell_problems(cell, own, reader)
    ]
    if problems:
        raise ReportError("; ".join([*dict.fromkeys(problems)][:_MAX_PROBLEMS]))


_MAX_PROBLEMS = 8


def _render_own_sections(notebook: Any, task: Task) -> Mapping[str, str] | None:
    """Return the HTML of each section of ours that a notebook shows, by its name; that of the header is "".

    They are built in the order in which they are shown, which numbers them: a notebook may leave out or move some. None
    where none is shown, or the page is about neither an applicant nor a round.
    """
    outputs = (output for cell in notebook.cells for output in cell.get("outputs", ()))
    names = dict.fromkeys(name for output in outputs if (name := _get_name(output.get("data", {}))) is not None)
    page = _open_page(task) if names else None
    if page is None:
        return None
    sections = {}
    for name in names:
        method = {"": "head", TRACE_ID: "trace"}.get(name, name.replace("-", "_"))
        if method in vars(type(page)) and not method.startswith("_"):
            sections[name] = getattr(page, method)()
    return {name: section.html for name, section in sections.items() if section is not None}


def _open_page(task: Task) -> Page | None:
    """Return the page whose sections a task shows; None where it is about neither an applicant nor a round."""
    record, links = task.record, task.parameters.get("links", "").split()
    if task.applicant_id and task.audience is Audience.PUBLIC:
        return PublicReport(read_record(PublicRecord, record), task.language, links)
    if task.applicant_id:
        full = read_record(Record, record)
        return ApplicantReport(full, task.language, find_next_steps(full.evaluation), links)
    if is_record(RoundRecord, record):
        return RoundSummary(read_record(RoundRecord, record), task.language, frozenset(links))
    if is_record(PressRecord, record):
        from smartcert.reporting.round.press import PressSummary  # few notebooks need it

        return PressSummary(read_record(PressRecord, record), task.language, frozenset(links))
    return None


def _list_claims(task: Task) -> Claims | RoundClaims | None:
    """Return what the record of a task says of its applicant, or of those of its round; None where it is of neither."""
    if task.applicant_id:
        return Claims.from_record(task.record)
    is_of_round = any(is_record(kind, task.record) for kind in (RoundRecord, PressRecord))
    return RoundClaims.from_record(task.record) if is_of_round else None


def _get_name(data: Mapping[str, Any]) -> str | None:
    """Return the name of the section that an output is; "" for a header, None for what is no section of ours."""
    if PAGE_MIME in data:
        return ""
    if SCRIPT_MIME in data:
        return TRACE_ID
    return str(data[SECTION_MIME].get("id")) if SECTION_MIME in data else None


_FONTS = re.compile(r"(?:/\*[^*]*\*/\s*|@font-face\{[^{}]*\}\s*)*")


def _find_cell_problems(cell: Any, own: Mapping[str, str] | None, reader: _Reader) -> Iterator[str]:
    if cell.cell_type == "markdown":
        try:
            html = render_markdown_cell(cell.source, cell.get("attachments"))
        except InvalidNotebook as error:  # an attachment that it does not have
            yield str(error)
        else:
            yield from _find_fragment_problems(_as_in_page(html), reader)
    if cell.cell_type != "code" or "remove-output" in cell.metadata.get("tags", []):
        return
    for output in cell.outputs:
        data = output.get("data", {})
        name = _get_name(data)
        if STYLE_MIME in data:
            css = str(data[STYLE_MIME])
            if not css.startswith(page_style()) or not _FONTS.fullmatch(css[len(page_style()) :].strip()):
                yield "the style sheet of the page is not ours"
        elif name is not None:
            html = str(data.get("text/html", "")).removeprefix("<style data-smartcert></style>")
            if own is not None and own.get(name) != html:
                yield f"the section {name or 'at the head'!r} is not the one that the record gives"
        else:
            yield from _find_kind_problems(output, cell, reader)
            yield from _find_output_problems(output, data, reader)


def _find_kind_problems(output: Any, cell: Any, reader: _Reader) -> Iterator[str]:
    """Yield why a page cannot show an output as a notebook does: no kind of it fits, or an image lacks its text."""
    data = output.get("data")
    if data is None:
        return
    priority = get_exporter().config.NbConvertBase.display_data_priority
    shown = next((kind for kind in priority if kind in data), "")
    others = [kind for kind in data if not kind.startswith("text/")]
    if _LIVE & data.keys() or (shown in ("", "text/plain") and others):
        yield (
            f"a page cannot show {' or '.join(others) or ' or '.join(data)}: show it as an image, as HTML or as text,"
            " or tag the cell remove-output"
        )
    if shown.startswith("image/"):
        own = output.metadata.get(shown, {})
        sources = (own if isinstance(own, dict) else {}, output.metadata, cell.metadata)
        alternative = next(filter(None, (str(source.get("alt") or "") for source in sources)), "")
        if alternative:
            yield from reader.find_problems(alternative.splitlines())
        else:
            yield NO_ALTERNATIVE


_LIVE = frozenset({"application/vnd.jupyter.widget-view+json", "application/javascript"})
"""What is alive in a notebook only."""


_CHART = re.compile(
    r'<div class="smartcert" lang="(?:ko|en)"><figure>\n<figcaption>([^<]*)</figcaption>\n'
    r'<div class="wide" tabindex="0"><div class="chart" role="img" aria-label="([^"<]*)">'
    r'<svg class="chart" ([^>]*>.*?)<div class="narrow-chart"><svg class="chart" ([^>]*>.*?)</div></div></div>\n'
    r"</figure>\n</div>",
    re.DOTALL,
)
"""A chart of a result (`smartcert.analysis.charts.show_result`)."""
_CHART_COLOUR = re.compile(r'(<(?:path|g|text)) class="[a-z]+"')


def _remove_chart_frame(html: str) -> str:
    """Return the chart of a result without the frame that our style sheet gives a look to; anything else as it is.

    What is drawn and written in the frame stays, and is looked at like anything that a cell shows.
    """
    chart = _CHART.fullmatch(html)
    if chart is None:
        return html
    title, text, wide, narrow = chart.groups()
    return _CHART_COLOUR.sub(
        r"\1", f"<figure><figcaption>{title}</figcaption><p>{text}</p><svg {wide}<svg {narrow}</figure>"
    )


def _find_output_problems(output: Any, data: Mapping[str, Any], reader: _Reader) -> Iterator[str]:
    html = str(data.get("text/html", ""))
    html = html.split("</style>", 1)[1] if html.startswith("<style data-smartcert>") else html  # as in the template
    plain, rules = split_styles(html)
    others = sorted({*re.findall(r"<([a-z]\w*)", plain, re.IGNORECASE)} - _TABLE_TAGS) if rules else ()
    if others:
        yield f"a table with styles, which could hide a part of a text, has more than cells: <{'>, <'.join(others)}>"
    html = clean_table(_remove_chart_frame(html)) if html else ""
    markdown = str(data.get("text/markdown", ""))
    for fragment in filter(None, (html, render_markdown_output(markdown) if markdown else "")):
        yield from _find_fragment_problems(_as_in_page(fragment), reader)
    texts = [output.get("text", ""), f"{output.get('ename', '')}: {output.get('evalue', '')}"]
    texts += [str(data.get("text/plain", "")), _read_formula(str(data.get("text/latex", "")))]
    drawing = str(data.get("image/svg+xml", ""))
    yield from _find_drawing_problems(drawing)
    for text in (*texts, _read_svg(drawing)):
        lines = show_text(text).splitlines()
        yield from reader.find_problems(lines)
        yield from reader.find_problems_in_rows(_pair_columns(lines))


def _as_in_page(html: str) -> str:
    """Return a fragment with the headings that the template gives it."""
    return html.replace("<h1", "<h2").replace("</h1>", "</h2>")


def _read_svg(source: str) -> str:
    return unescape(re.sub(r"<[^<>]*>", "", re.sub(r"</text>|<br/?>", "\n", source)))


def _find_drawing_problems(source: str) -> Iterator[str]:
    """Yield what an SVG has that shows, loads or runs something beside what is drawn in it."""
    for match in _NOT_DRAWN.finditer(source):
        yield f"a drawing has what is not drawn: {match[0][:40]}"


_NOT_DRAWN = re.compile(
    r"<!ENTITY|<(?:\w+:)?(?:script|foreignObject|iframe|animate|set)\b|\bcontent\s*:|@import|<[^<>]*\son\w+\s*="
    r"|\bhref\s*=\s*['\"]?\s*(?!#|data:image/(?:png|jpeg)|['\"#])[^'\"]|url\(\s*['\"]?(?!#|['\"])[^)]",
    re.IGNORECASE,
)


# --- fragments ----------------------------------------------------------------------------------------------


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_OF_THE_PAGE = frozenset({"html", "head", "body", "header", "main", "nav", "footer", "h1"})
_ATTRIBUTES = _words(
    "abbr alt aria-describedby aria-label class cite colspan datetime headers height href hreflang id lang open rel"
    " reversed rowspan scope span src start title type value width"
)
_ROLES = frozenset({"img", "group", "note", "list", "listitem"})
_OWN_CLASSES_ALLOWED = _words("formula stderr cell number align-left align-center align-right")
_TABLE_TAGS = _words("a br caption col colgroup div p table tbody td tfoot th thead tr")
_VOID = frozenset({"br", "col", "hr", "img", "wbr"})
_OPTIONAL_END = _words("p li td th tr dt dd thead tbody tfoot colgroup caption")
_BLOCKS = _words(
    "p div li tr dl table h2 h3 h4 h5 h6 caption figure figcaption blockquote pre br hr ul ol section details summary"
    " text"
)
_CELLS = frozenset({"td", "th", "dt", "dd", "tspan"})


@cache
def _list_own_classes() -> frozenset[str]:
    """Return the classes that our style sheet gives a look to."""
    return frozenset(re.findall(r"\.([a-z][\w-]*)", page_style())) - _OWN_CLASSES_ALLOWED


@cache
def _list_own_ids() -> frozenset[str]:
    return frozenset(name.replace("_", "-") for name in vars(ApplicantReport)) | {"contents", "main", TRACE_ID}


def _find_fragment_problems(html: str, reader: _Reader) -> Iterator[str]:
    yield from find_forbidden(LexborHTMLParser(f"<div>{html}</div>"))
    fragment = _Fragment(html)
    yield from fragment.problems
    yield from reader.find_problems(fragment.lines)
    yield from _Reader(reader.claims).find_problems(fragment.plain_lines)
    yield from reader.find_problems_in_rows(fragment.printed_rows)


class _Reader:
    """Reads the texts of added cells, one after another, for what a record does not say. A short one goes on."""

    def __init__(self, claims: Claims | RoundClaims | None) -> None:
        self.claims = claims
        self._before = ""

    def find_problems(self, lines: Iterable[str]) -> Iterator[str]:
        """Yield what is wrong with some lines of text; a short one is also read with that before it."""
        shown = [line.strip() for line in lines if line.strip()]
        bare = {line for line in shown if _BARE.fullmatch(line.strip("*_ .!→⇒➡▶☞※✔✅▷●■-"))}
        pieces = ""
        for line in (*shown, ""):
            if 0 < len(line) <= _PIECE:
                pieces = f"{pieces} {line}"[-_SHORT * _PIECE :]
            elif pieces:
                if self.claims is not None:
                    yield from self.claims.find_wrong(pieces)
                pieces = ""
        for line in shown:
            if sign := _TURNING.search(line):
                yield f"it turns the direction of reading around or has half a character: U+{ord(sign[0]):04X}"
            if sign := _TWO_SCRIPTS.search(line):
                yield f"a word has letters of two scripts: {sign[0]!r}"
            if self.claims is not None:
                yield from self.claims.find_wrong(line)
                if " : " in line:
                    yield from self.claims.find_wrong(" ".join(line.split(" : ")))
                is_part = min(len(line), len(self._before)) <= _SHORT and not (
                    _HAS_COLUMNS.search(line) and _HAS_COLUMNS.search(self._before)
                )
                if self._before and is_part:
                    yield from self.claims.find_wrong(f"{self._before} {line}")
                    yield from self.claims.find_wrong(f"{self._before} : {line}")
                if bare == {line} and (level := re.search(r"\d", line)):  # several are a list of levels
                    yield from self.claims.find_wrong(f"level: {level[0]}등급")
            self._before = "" if line in bare else line

    def find_problems_in_rows(self, rows: Iterable[str]) -> Iterator[str]:
        """Yield what is wrong with rows of tables: each is read by itself."""
        if self.claims is not None:
            for row in rows:
                yield from self.claims.find_wrong(row)


_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_TWO_SCRIPTS = re.compile(r"[A-Za-z][\u0400-\u052f]|[\u0400-\u052f][A-Za-z]")
_BARE = re.compile(
    r"(?:최종\s*)?(?:\d\s*등급(?:\W{0,3}불?인증\W?)?|등급\W{1,5}\d\W?)"
    r"|(?:final )?(?:level|lv\.?)\W{0,5}\d(?:\W{0,3}(?:not )?certified\W?)?",
    re.IGNORECASE,
)
"""A text that says nothing but a level."""
_SHORT = 12
"""How many characters a line has that may be a part of a sentence."""
_PIECE = 4
"""How many characters a line has that may be a word, or a part of one: several are read as one line."""


_HAS_COLUMNS = re.compile(r"\S\s+:\s+\S|\S\s{2,}\S|\S\s*[\t|│]\s*\S")
"""A row of a table: it goes on in its columns, and no sentence goes on from it to the next one."""
_COLUMN_END = re.compile(r"\s{2,}|\s*[\t|│]\s*")


def _pair_columns(lines: Iterable[str]) -> Iterator[str]:
    """Yield what lines say that have columns, as of a table that was printed: each row, and values with headings."""
    rows: list[list[str]] = []
    for line in (*lines, ""):
        cells = [cell for cell in _COLUMN_END.split(line.strip()) if cell.strip("-=+─ ")]
        if rows and len(cells) != len(rows[0]):
            yield from _pair_cells(rows)
            rows = []
        if len(cells) > 1:
            rows.append(cells)
            yield " : ".join(cells)


def _pair_cells(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield the rows of a table, and its values with their headings: one above or before a value is a label too."""
    if len(rows) == 2 and len(rows[0]) == len(rows[1]):  # headings and a row
        yield from (f"{head} : {value}" for head, value in zip(*rows, strict=True))
    for number, row in enumerate(rows):
        yield " ".join(row)
        for head, value in zip(rows[0], row, strict=False) if number else ():
            yield f"{row[0]} {head} {value}"
            yield f"{head} {row[0]} {value}"


def _read_formula(source: str) -> str:
    """Return the letters and numbers of a formula in TeX."""
    return re.sub(r"\\[A-Za-z]+|[{}$^_&]", "", re.sub(r"\\[ ,;:!>]|~", " ", source))


_SVG_SOURCE = "data:image/svg+xml;base64,"


class _Fragment(HTMLParser):
    """The HTML of one output: what is wrong with it, and its text in lines; the cells of a row are one line."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.problems: list[str] = []
        self._open: list[str] = []
        self._text: list[str] = []
        self._plain: list[str] = []
        self._rows: list[list[str]] = []
        self._pairs: list[str] = []
        self.printed_rows: list[str] = []
        """Those of tables, also of such that are text: each is read by itself."""
        self.feed(html)
        self.close()
        self._report_unclosed(self._open)
        self.lines = [*"".join(self._text).splitlines(), *self._pairs]
        self.plain_lines = "".join(self._plain).splitlines()
        """The lines without what is struck out and with the parts of a line of a drawing as one."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at a tag and its attributes, also those that a parser would drop."""
        if tag in _OF_THE_PAGE:
            self.problems.append(f"<{tag}> belongs to the page")
        self._look_at_attributes(tag, attrs)
        if tag not in _VOID:
            self._open.append(tag)
        if tag == "table":
            self._rows = []
        elif tag == "tr":
            self._rows.append([])
        elif tag in ("td", "th") and self._rows:
            self._rows[-1].append("")
        self._separate(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at a tag that ends itself, as in SVG."""
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        """Close an element, and those in it whose end may be left out."""
        if tag == "table":
            self.printed_rows += _pair_cells([[" ".join(cell.split()) for cell in row] for row in self._rows if row])
        self._separate(tag)
        if tag in _VOID:
            return
        if tag not in self._open:
            self.problems.append(f"</{tag}> ends what the cell did not begin")
            return
        at = len(self._open) - 1 - self._open[::-1].index(tag)
        self._report_unclosed(self._open[at + 1 :])
        del self._open[at:]

    def handle_data(self, data: str) -> None:
        """Collect a text."""
        self._add_text(data.replace("\n", " "))
        if "pre" in self._open:
            self.printed_rows += _pair_columns(data.splitlines())
        if self._rows and self._rows[-1] and {"td", "th"} & {*self._open}:
            self._rows[-1][-1] += data

    def handle_comment(self, data: str) -> None:
        """Refuse a comment."""
        self.problems.append(f"it has a comment or an instruction: {data[:40]!r}")

    def handle_decl(self, decl: str) -> None:
        """Refuse a declaration."""
        self.handle_comment(decl)

    def handle_pi(self, data: str) -> None:
        """Refuse an instruction."""
        self.handle_comment(data)

    def unknown_decl(self, data: str) -> None:
        """Refuse a declaration such as a CDATA section."""
        self.handle_comment(data)

    def _separate(self, tag: str) -> None:
        self._add_text("\n" if tag in _BLOCKS else "" if tag == "tspan" else " : " if tag in _CELLS else "")
        if tag == "tspan":
            self._text.append(" : ")

    def _add_text(self, text: str) -> None:
        self._text.append(text)
        if not {"del", "s"}.intersection(self._open):
            self._plain.append(text)

    def _report_unclosed(self, tags: Collection[str]) -> None:
        self.problems += [f"<{tag}> is not closed" for tag in tags if tag not in _OPTIONAL_END]

    def _look_at_attributes(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        self.problems += [f"<{tag}> has {name} twice" for name in {*names} if names.count(name) > 1]
        for name, given in attrs:
            value = given or ""
            if name in ("abbr", "alt", "aria-label", "title"):
                self._pairs.append(value)
            if name == "alt":  # a reader has it, or the image of a formula, in the text
                self._add_text(_read_formula(value) if "\\" in value else value)
            if name == "src" and value.startswith(_SVG_SOURCE):
                drawing = b64decode(value[len(_SVG_SOURCE) :]).decode("utf-8", "ignore")
                self.problems += _find_drawing_problems(drawing)
                self._pairs += _read_svg(drawing).splitlines()
            is_plain = name in _ATTRIBUTES or tag in _DRAWN or (name == "role" and value in _ROLES)
            if not is_plain or name.startswith("on"):
                self.problems.append(f"<{tag}> has an attribute that is not allowed: {name[:40]}={value[:60]!r}")
            elif name == "id" and value in _list_own_ids():
                self.problems.append(f"<{tag}> has the id of a section of ours: {value}")
            elif name == "class" and (ours := sorted(_list_own_classes().intersection(value.split()))):
                self.problems.append(f"<{tag}> has a class of our sections: {' '.join(ours)}")


_DRAWN = _words(
    "svg circle clippath defs desc ellipse g line lineargradient marker path pattern polygon polyline radialgradient"
    " rect stop text tspan"
)
"""Elements of SVG, whose attributes the check of the page looks at."""


# --- claims -------------------------------------------------------------------------------------------------

_SELF = re.compile(
    r"신청\s*(?:지자체|지방자치단체|도시|기관)"
    r"|(?:(?:이|본|해당|우리|귀|저희)\s*|\b[당동]\s)(?:신청|지자체|지방자치단체|도시|기관|보고서|시|군|구)(?:은|는|이|가|의|에|을|를|\b)"
    r"|\b(?:this|the|our) (?:application|applicant|city|county|district|municipality|local government)\b"
    r"|\b(?:we|it) (?:are|is|was|were|have|has|got|received|reached)\b",
    re.IGNORECASE,
)
_DECIDED = re.compile(
    r"(?:결정|산정|확정|판정|선정|의결|상향|하향|조정)(?:하였|했|되었|됐|됨|함|합니다|됩니다)"
    r"|^인증\s*(?:대상|기준\s*(?:충족|미달))(?:\s*\([^()]*\))?$|^meets the (?:certification )?criteria"
    r"|^(?:awarded|certified|rated|graded|decided) (?:at|as|on|by|in|to)\b"
    r"|\b(?:minister|ministry|committee) (?:has |have )?(?:decided|certified|awarded|granted)\b",
    re.IGNORECASE,
)
"""What was decided: in a report that is of its applicant, though nobody is named."""
_LABEL = re.compile(
    r"(?:(?<!\d)(?<!\d )등급|결과|판정|결정|총점|점수|합계|최종|정정|변경)\s*(?:[:：=→]|은 |는 |이 )"
    r"|(?:결과|판정)\s*(?=\d\s?등급|인증$)|총점\s*(?=[\d,.]++\s*점(?!\s*이상))"
    r"|(?:최종|정정|수정|확정|실제|변경|결정|산정|취득)\s*(?:등급|총점|점수)\s*(?=\d)"
    r"|\b(?:final|real|true|actual|correct(?:ed)?|revised) (?:level|total|points|score)\b"
    r"|\b(?:verdict|result|outcome|decision|level|grade|total|points|score|awarded)(?: points| score)?"
    r"(?: (?:of|by|for) [^:=.]{1,40})?\s*(?:[:=→]|\bis\b)|\bcertified\s*[:=→]\s*(?:yes\b|level\s?\d)",
    re.IGNORECASE,
)
_NUMERALS = {
    word: number
    for number, words in enumerate(
        (
            "일 一 i l | ㅣ ᅵ one first 첫째",
            "이 二 ii two second 둘째",
            "삼 三 iii three third 셋째",
            "사 四 iv four fourth 넷째",
            "오 五 v five fifth 다섯째",
        ),
        1,
    )
    for word in words.split()
}
_WORDS = "|".join(map(re.escape, sorted(_NUMERALS, key=len, reverse=True)))
_SIGNS = r"[^\w\s:;,.|]?\s?"
"""A sign that may stand between a number and its word."""
_LEVEL = re.compile(
    rf"(?<![\d.,])(\d+|(?<![A-Za-z|])(?:{_WORDS}))\s?{_SIGNS}등급|등급\s*[:：=→은는이]*\s*(\d+)(?![\d.,]*\s*[점%])(?![\d.,A-Za-z+])"
    rf"|(?:\b(?:level|lv\.?|grade)|레벨)\s?{_SIGNS}(?:is|of|[:=→])?\s*(\d+|{_WORDS})(?![A-Za-z\d_])"
    r"|\b(\d+(?:st|nd|rd|th)|first|second|third|fourth|fifth)[ -]level\b"
    r"|등급\s*[:：=→은는이]+\s*([일이삼사오])등?(?=\s*(?:$|[.,)]|입니다))|(?<=[는은이가시군구도]\s)(\d)\s?[급級](?=\s*(?:$|[.,)]|입니다|으로))",
    re.IGNORECASE,
)
_TARGET = re.compile(
    r"\s*(?:까지|이 되려|이 되기|으로 오르|을 위|의?\s?기준|이상)"
    r"|[^.]{0,20}\b(?:needs?|needed|requires?|starts?|begins?)\b",
    re.IGNORECASE,
)
"""What follows a level that somebody has not, but may reach."""
_TARGET_BEFORE = re.compile(r"\b(?:reach|towards?|up to|next|for)\s*$", re.IGNORECASE)
_UNITS = r"(?:[nmµμ]?s|min|files?|rows?|[kMG]?B)\b|[건명개곳원초분회대동권종호면톤]"
_THINGS = r" (?!(?:points?|marks?|out|of|and|in|for|on|at|from|after|is|was)\b)[a-z]{2,}"
"""A noun behind a number, which counts things and no points."""
_TOTAL = re.compile(
    rf"(?:총점|종합\s*점수|합계|점수)\s*[:：=→은는이]*\s*([\d,]++(?:\.\d+)?+)(?!\s*(?:%|등급|{_UNITS}))"
    r"|총\s*([\d,]+(?:\.\d+)?)\s*(?:/\s*[\d,.]+\s*)?점|[:：]\s*([\d,]+(?:\.\d+)?)\s*(?:/\s*[\d,.]+\s*)?(?:점|points)\s*$"
    r"|(?<![\d.,])([\d,]++(?:\.\d+)?+)\s*점(?:을|으로|의 점수를)?\s*(?:받|획득|득점|얻|기록)"
    r"|\b(?:(?:total|score|points)(?: points| score)?\s*(?:is|of|was|[:=→])|(?:final|real|actual) (?:total|score))"
    rf"\s*([\d,]++(?:\.\d+)?+)(?!\s*(?:%|{_UNITS})|{_THINGS})"
    r"|(?<![\d.,])([\d,]++(?:\.\d+)?+)\s*점(?:으로|이며|이고|,)\s*(?:\d\s?등급|인증|합격)(?!.*(?:되려|기준|필요|이상))"
    rf"|\b(?:scored|earned|received|got|awarded)\s+([\d,]++(?:\.\d+)?+)(?!{_THINGS})",
    re.IGNORECASE,
)
_IN_WORDS = re.compile(
    r"(?<![일이삼사오육칠팔구십백천만\d.])(?:[일이삼사오육칠팔구\d.]+[십백천만]|[십백천][일이삼사오육칠팔구])[일이삼사오육칠팔구십백천만\d]*\s*점(?![가-힣])"
    r"|\b(?:hundred|thousand)(?: and)?(?: [a-z-]+)? points\b",
    re.IGNORECASE,
)
"""Points that are no number: nothing of ours writes them so."""
_SHARE = re.compile(
    r"(?:총점|만점|전체\s*점수)(?:의|\s*대비)\s*([\d.]++)\s*(?:%|퍼센트)|득점률\s*[:은는이]*\s*([\d.]++)\s*(?:%|퍼센트)"
    r"|(?<![\d.])([\d.]++)\s*(?:%|percent) of (?:all|the|total|possible)\b[^.]{0,20}\bpoints\b",
    re.IGNORECASE,
)
"""A percentage of points."""
_BOUND = re.compile(r"되려|오르|필요|기준|이상|\b(?:needs?|needed|reach|at least|required?)\b", re.IGNORECASE)
_CERTIFIED = re.compile(
    r"(?:결과|판정|\b(?:result|verdict|outcome))\s*[:：]?\s*(?:pass\b|적합|통과|선정)|인증서를?\s*(?:받(?!지|으려)|교부)"
    r"|(?<!불)합격(?!\s*(?:기준|선|여부))|스마트도시로\s*선정|\bpassed\b|\b(?:awarded|granted)(?: a| the)? certificat"
    r"|(?<![불미])인증을\s*(?:결정|확정|부여|승인)(?:하였|했|함|되었|됐|됨|받았)"
    r"|(?<![불미])인증(?:을\s*받(?!지)|을\s*획득|되(?!지|어야|려)|됨|됐|으로\s*(?:결정|판정)|입니다|\s*(?:확정|결정|획득|완료|도시)|\s*대상(?:$|입니다|으로|임|\s*\()|\s*$)"
    r"|(?<!not )(?<!not been )(?<!un)\bcertified\b",
    re.IGNORECASE,
)
_NOT_CERTIFIED = re.compile(
    r"불인증|미인증|불합격|인증(?:을\s*받|되)지\s*(?:못|않)|탈락|\bnot (?:been )?certified\b|\buncertified\b",
    re.IGNORECASE,
)
_MEETS = re.compile(
    r"인증\s*기준(?:을|은)?\s*(?:모두\s*)?(?:충족|만족|통과)"
    r"(?!\s*(?:하지|되지|하려|하면|해야|하는지|하도록|여부|을 위|하기|할|시키))"
    r"|(?<!must )(?<!to )(?<!should )(?<!would )(?<!could )(?<!can )(?<!may )(?<!not )"
    r"\b(?:meets?|met|satisf(?:y|ies|ied)|fulfil(?:s|led)?)(?: all)?(?: the| these| those)?"
    r"(?: certification)? criteria",
    re.IGNORECASE,
)
_MEETS_NOT = re.compile(
    r"인증\s*기준(?:을|에|에는|은)?\s*(?:미달|미충족|불충족|충족하지|충족되지|만족하지|미치지|못\s*미)"
    r"|\b(?:not|nor|cannot) (?:yet )?(?:meet|met|satisfy|fulfil)\b[^.]{0,30}criteria"
    r"|\bbelow the (?:certification )?criteria",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Claims:
    """What a record says of its applicant, to compare with what a text says."""

    names: frozenset[str]
    """In lower case and without blanks; also without what says that it is a city."""
    levels: frozenset[int]
    points: frozenset[Fraction]
    percentages: frozenset[Fraction]
    """Of the points of every part, out of how many it can have."""
    is_certified: bool | None
    """None where nothing is known, or it differs between several applicants."""
    meets_criteria: bool | None

    @classmethod
    def from_record(cls, text: bytes) -> Claims:
        """Return what the JSON of a record says: of a `Record` or a `PublicRecord`."""
        record = json.loads(text)
        evaluation = record.get("evaluation")
        if evaluation is None:  # a public record: of a certified applicant
            return cls(
                names=_list_names(record["applicant"]["name"].values()),
                levels=frozenset({record["level"]}),
                points=frozenset(),
                percentages=frozenset(),
                is_certified=True,
                meets_criteria=True,
            )
        return cls.from_evaluation(evaluation, record["outcome"], record.get("earlier"))

    @classmethod
    def from_press(cls, name: Mapping[str, str], result: Mapping[str, Any], *, is_certified: bool) -> Claims:
        """Return what the JSON of a `PressRecord` says of a name: of its result, or of an empty one."""
        return cls(
            names=_list_names(name.values()),
            levels=frozenset({result["level"]} if result else ()),
            points=frozenset(),
            percentages=frozenset(Fraction(domain["percent"]) for domain in result.get("domains", ())),
            is_certified=is_certified,
            meets_criteria=is_certified or None,
        )

    @classmethod
    def from_evaluation(cls, evaluation: Mapping[str, Any], outcome: Mapping[str, Any], earlier: Any = None) -> Claims:
        """Return what the JSON of an evaluation, of its outcome, and of what was certified earlier says."""
        card = evaluation["scorecard"]
        decided = [(outcome[step] or {}).get("level") for step in ("proposed", "decided")]
        before = re.findall(r'"level":\s*(\d+)', json.dumps(earlier))
        levels = (outcome["computed"], *decided, *map(int, before))
        return cls(
            names=_list_names(evaluation["applicant"]["name"].values()),
            levels=frozenset(level for level in levels if level is not None),
            points=frozenset(_iter_points(card)) if card else frozenset(),
            percentages=frozenset(_iter_percentages(card)) if card else frozenset(),
            is_certified=outcome["result"] == "certified",
            meets_criteria=bool(outcome["meets_criteria"]),
        )

    def find_wrong(self, line: str) -> Iterator[str]:
        """Yield what a line of text says of the applicant that the record does not."""
        text = " ".join(UNSEEN.sub("", unicodedata.normalize("NFKC", line)).split())
        text = "".join(sign for sign in text if not unicodedata.category(sign).startswith("M"))
        text = re.sub("['\"“”‘’«»]", "", text).replace("等級", "등급").replace("認證", "인증")
        text = re.sub(r"(?<=등) (?=급)|(?<=인) (?=증)|(?<=총) (?=점)", "", text)
        text = re.sub(r"(?: ?:)+", " :", text).strip(" :")
        joined = text.replace(" ", "").casefold()
        signs = (_SELF, _LABEL, _DECIDED)
        if not (any(name in joined for name in self.names) or any(sign.search(text) for sign in signs)):
            return
        shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
        applicant = re.compile(
            "|".join([*(r"\s*".join(map(re.escape, name)) for name in self.names), _SELF.pattern]), re.I
        )

        def find_own(pattern: re.Pattern[str]) -> list[re.Match[str]]:
            return [match for match in pattern.finditer(text) if not is_of_something_else(text, match, applicant)]

        for match in find_own(_LEVEL):
            level = _read_level(next(filter(None, match.groups())))
            is_target = _TARGET.match(text, match.end()) or _TARGET_BEFORE.search(text, 0, match.start())
            if level not in self.levels and not is_target:
                yield f"{shown!r} gives level {level}, the record {', '.join(map(str, sorted(self.levels))) or 'none'}"
        alone = re.fullmatch(
            rf"(?:{applicant.pattern})[시군구은는이가의 :]*([\d,]+(?:\.\d+)?) ?(?:점|points)\W*", text, re.I
        )
        for match in (*find_own(_TOTAL), *filter(None, [alone])):
            number = next(filter(None, reversed(match.groups())))
            if not _has_number(self.points, number):
                yield f"{shown!r} gives {number} points, which the record does not have"
        for match in () if _BOUND.search(text) else _SHARE.finditer(text):
            number = next(filter(None, match.groups()))
            if not _has_number(self.percentages, number):
                yield f"{shown!r} gives {number} % of points, which the record does not have"
        if words := _IN_WORDS.search(text):
            yield f"{shown!r} gives points in words, as the record does not: {words[0]}"
        says_not = find_own(_NOT_CERTIFIED)
        if says_not if self.is_certified else self.is_certified is False and not says_not and find_own(_CERTIFIED):
            yield f"{shown!r} is another decision than that of the record"
        misses = _MEETS_NOT.search(text)
        if misses if self.meets_criteria else self.meets_criteria is False and not misses and _MEETS.search(text):
            yield f"{shown!r} says otherwise than the record whether the criteria are met"


@dataclass(frozen=True, kw_only=True, slots=True)
class RoundClaims:
    """What the record of a round says of its applicants, to compare with a text that names some of them in full."""

    applicants: tuple[tuple[frozenset[str], Claims], ...]
    """Each with its full names: a part of one is too often a word of something else."""

    @classmethod
    def from_record(cls, text: bytes) -> RoundClaims:
        """Return what the JSON of a record says: of a `RoundRecord` or a `PressRecord`."""
        record = json.loads(text)
        if "evaluations" in record:
            pairs = zip(record["evaluations"], record["outcomes"], strict=True)
            return cls(
                applicants=tuple(
                    (_list_full_names(evaluation["applicant"]["name"]), Claims.from_evaluation(evaluation, outcome))
                    for evaluation, outcome in pairs
                )
            )
        certified = [(result["applicant"]["name"], result) for result in record["certified"]]
        on_reserve = [(result["name"], result) for result in record.get("on_reserve") or ()]
        undecided: list[tuple[dict[str, str], dict[str, Any]]] = [
            (name, {}) for name in (*record["pending"], *record["on_hold"])
        ]
        return cls(
            applicants=tuple(
                (_list_full_names(name), Claims.from_press(name, result, is_certified="domains" in result))
                for name, result in (*certified, *on_reserve, *undecided)
            )
        )

    def find_wrong(self, line: str) -> Iterator[str]:
        """Yield what a line says of the applicants that it names, and the record of none of these."""
        joined = UNSEEN.sub("", unicodedata.normalize("NFKC", line)).replace(" ", "").casefold()
        named = [claims for names, claims in self.applicants if any(name in joined for name in names)]
        if named:
            yield from Claims(
                names=frozenset(name for claims in named for name in claims.names),
                levels=frozenset(level for claims in named for level in claims.levels),
                points=frozenset(points for claims in named for points in claims.points),
                percentages=frozenset(percentage for claims in named for percentage in claims.percentages),
                is_certified=_get_common(claims.is_certified for claims in named),
                meets_criteria=_get_common(claims.meets_criteria for claims in named),
            ).find_wrong(line)


def _get_common(values: Iterable[bool | None]) -> bool | None:
    """Return what all values are; None where they differ."""
    different = {*values}
    return different.pop() if len(different) == 1 else None


def _has_number(numbers: Iterable[Fraction], text: str) -> bool:
    """Return whether one of the numbers is, rounded, what a text says."""
    plain = text.replace(",", "").strip(".")
    if not plain or plain.count(".") > 1:
        return not plain
    half = Fraction(1, 2 * 10 ** len(plain.partition(".")[2]))
    return any(abs(Fraction(plain) - number) <= half for number in numbers)


def _list_full_names(names: Mapping[str, str]) -> frozenset[str]:
    return frozenset(name.replace(" ", "").casefold() for name in names.values())


def _list_names(names: Iterable[str]) -> frozenset[str]:
    plain = {name.replace(" ", "").casefold() for name in names}
    return frozenset(plain | {re.sub(r"(?<=..)(?:[시군구]|-(?:si|gun|gu))$", "", name) for name in plain})


_SHOWN = 80
"""How many characters of a text a message shows."""


def _read_level(text: str) -> int:
    digits = re.match(r"\d+", text)
    return int(digits[0]) if digits else _NUMERALS[text.lower()]


def _iter_points(card: Any) -> Iterator[Fraction]:
    """Yield the points of every part of a scorecard, and out of how many they are."""
    parts = card.values() if isinstance(card, dict) else card if isinstance(card, list) else ()
    for part in parts:
        yield from _iter_points(part)
    if isinstance(card, dict):
        yield from (Fraction(card[name]) for name in ("points", "out_of") if isinstance(card.get(name), str | int))


def _iter_percentages(card: Any) -> Iterator[Fraction]:
    """Yield the points of every part of a scorecard as a percentage of those that it can have."""
    parts = card.values() if isinstance(card, dict) else card if isinstance(card, list) else ()
    for part in parts:
        yield from _iter_percentages(part)
    if isinstance(card, dict) and isinstance(card.get("points"), str | int) and Fraction(card.get("out_of") or 0):
        yield 100 * Fraction(card["points"]) / Fraction(card["out_of"])
