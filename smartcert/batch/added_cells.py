"""What did cells that somebody added to a notebook put into a page, and may it stand there?

A page of ours has a section for each thing that it says, and the record decides what that is. A notebook that does
nothing but call these sections needs no look. In any other one

- each of our sections must be, to the letter, what the record gives;
- everything else is a fragment that ends what it begins, has no name, class or role of ours, and hides nothing;
- no text in it may give an applicant another level, other points in total or another decision than the record does
  (`smartcert.batch.claims`). A table, also one that was printed, is read by the names of its rows and the headings of
  its columns: what a row names is what its values are of.

What cannot be known from other speech passes: fractions, a letter as a grade, "인증" with nothing beside it, numbers in
a row without headings, and what is drawn in pixels.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

from nbconvert.filters.markdown_mistune import InvalidNotebook
from selectolax.lexbor import LexborHTMLParser

from smartcert.batch.checks import NO_ALTERNATIVE, find_forbidden, number_cells
from smartcert.batch.claims import Claims, RoundClaims, names_something
from smartcert.batch.exporter import (
    clean_table,
    get_exporter,
    render_markdown_cell,
    render_markdown_output,
    show_text,
    split_styles,
)
from smartcert.batch.parameters import calls_only_ours
from smartcert.batch.request import Task
from smartcert.errors import ReportError
from smartcert.evaluation.improvement import find_next_steps
from smartcert.reporting.applicant.public import PublicReport
from smartcert.reporting.applicant.report import ApplicantReport
from smartcert.reporting.audience import PressRecord
from smartcert.reporting.committee_record import CommitteeRecord
from smartcert.reporting.compact import TRACE_ID
from smartcert.reporting.page import PAGE_MIME, SCRIPT_MIME, SECTION_MIME, STYLE_MIME, Page, page_style
from smartcert.reporting.records import (
    Audience,
    HistoryRecord,
    PublicRecord,
    Record,
    RoundRecord,
    is_record,
    read_record,
)
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
    """Return the page whose sections a task shows; None where its record is none of those that have sections."""
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
    if is_record(CommitteeRecord, record):
        from smartcert.reporting.committee_review import CommitteeReview  # as above

        return CommitteeReview(read_record(CommitteeRecord, record), task.language)
    if is_record(HistoryRecord, record):
        from smartcert.reporting.history import CertificationHistory  # as above

        return CertificationHistory(read_record(HistoryRecord, record), task.language)
    return None


def _list_claims(task: Task) -> Claims | RoundClaims | None:
    """Return what the record of a task says of its applicant, or of several; None where it is of none."""
    if task.applicant_id:
        return Claims.from_record(task.record)
    kinds = (RoundRecord, PressRecord, CommitteeRecord, HistoryRecord)
    is_of_several = any(is_record(kind, task.record) for kind in kinds)
    return RoundClaims.from_record(task.record) if is_of_several else None


def _get_name(data: Mapping[str, Any]) -> str | None:
    """Return the name of the section that an output is; "" for a header, None for what is no section of ours."""
    if PAGE_MIME in data:
        return ""
    if SCRIPT_MIME in data:
        return TRACE_ID
    return str(data[SECTION_MIME].get("id")) if SECTION_MIME in data else None


def _find_markdown_problems(render: Callable[[], str], reader: _Reader) -> Iterator[str]:
    try:
        html = render()
    except InvalidNotebook as error:  # an attachment that it does not have, or too many formulas
        yield str(error)
    else:
        yield from _find_fragment_problems(_as_in_page(html), reader)


_FONTS = re.compile(r"(?:/\*[^*]*\*/\s*|@font-face\{[^{}]*\}\s*)*")


def _find_cell_problems(cell: Any, own: Mapping[str, str] | None, reader: _Reader) -> Iterator[str]:
    if cell.cell_type == "markdown":
        yield from _find_markdown_problems(lambda: render_markdown_cell(cell.source, cell.get("attachments")), reader)
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
            if own is not None and own.get(name) != _remove_own_style(str(data.get("text/html", ""))):
                yield f"the section {name or 'at the head'!r} is not the one that the record gives"
        else:
            yield from _find_kind_problems(output, cell, reader)
            yield from _find_output_problems(output, data, reader)


def _remove_own_style(html: str) -> str:
    """Return the HTML of an output as the template shows it, without the style that a notebook shows it with."""
    return html.split("</style>", 1)[-1] if html.startswith("<style data-smartcert>") else html


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


def _remove_chart_frame(chart: re.Match[str]) -> str:
    """Return the chart of a result without the frame that our style sheet gives a look to.

    What is drawn and written in the frame stays, and is looked at like anything that a cell shows.
    """
    title, text, wide, narrow = chart.groups()
    return _CHART_COLOUR.sub(
        r"\1", f"<figure><figcaption>{title}</figcaption><p>{text}</p><svg {wide}<svg {narrow}</figure>"
    )


def _find_output_problems(output: Any, data: Mapping[str, Any], reader: _Reader) -> Iterator[str]:
    html = _remove_own_style(str(data.get("text/html", "")))
    plain, rules = split_styles(html)
    others = sorted({*re.findall(r"<([a-z]\w*)", plain, re.IGNORECASE)} - _TABLE_TAGS) if rules else ()
    if others:
        yield f"a table with styles, which could hide a part of a text, has more than cells: <{'>, <'.join(others)}>"
    chart = _CHART.fullmatch(html)
    html = clean_table(_remove_chart_frame(chart) if chart else html)
    markdown = str(data.get("text/markdown", ""))
    if html:
        yield from _find_fragment_problems(_as_in_page(html), reader, is_chart=chart is not None)
    if markdown:
        yield from _find_markdown_problems(lambda: render_markdown_output(markdown), reader)
    texts = [output.get("text", ""), f"{output.get('ename', '')}: {output.get('evalue', '')}"]
    texts += [str(data.get("text/plain", "")), _read_formula(str(data.get("text/latex", "")))]
    drawing = str(data.get("image/svg+xml", ""))
    yield from _find_drawing_problems(drawing)
    for text in (*texts, _read_svg(drawing)):
        lines = show_text(text).splitlines()
        yield from reader.find_problems(lines, _find_sums(lines))
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


def _find_fragment_problems(html: str, reader: _Reader, *, is_chart: bool = False) -> Iterator[str]:
    """Yield what is wrong with a fragment. The texts of a chart stand apart: none goes on in the next one."""
    yield from find_forbidden(LexborHTMLParser(f"<div>{html}</div>"))
    fragment = _Fragment(html)
    yield from fragment.problems
    if is_chart:
        for line in fragment.lines:
            text = _SEVERAL.sub("", line) if isinstance(reader.claims, RoundClaims) else line
            yield from _Reader(reader.claims).find_problems([text])
        return
    yield from reader.find_problems(fragment.lines, fragment.sums)
    yield from _Reader(reader.claims).find_problems(fragment.plain_lines, fragment.sums)
    yield from reader.find_problems_in_rows(fragment.printed_rows)


_SEVERAL = re.compile(r"\d[\d,.]*(?: / \S+)+")
"""The values of a row in the text alternative of a chart with several columns."""


class _Reader:
    """Reads the texts of added cells, one after another, for what a record does not say. A short one goes on."""

    def __init__(self, claims: Claims | RoundClaims | None) -> None:
        self.claims = claims
        self._before = ""

    def find_problems(self, lines: Iterable[str], sums: Collection[str] = ()) -> Iterator[str]:
        """Yield what is wrong with some lines of text; a short one is also read with that before it.

        ``sums`` are rows of tables that add up what stands above them, and so give no total of the applicant.
        """
        shown = [line.strip() for line in lines if line.strip()]
        for line in shown:
            if sign := _TURNING.search(line):
                yield f"it turns the direction of reading around or has half a character: U+{ord(sign[0]):04X}"
            if sign := _TWO_SCRIPTS.search(line):
                yield f"a word has letters of two scripts: {sign[0]!r}"
        if self.claims is not None:
            yield from self._find_wrong_pieces(shown, self.claims)
            yield from self._find_wrong([line for line in shown if _join_signs(line) not in sums], self.claims)

    @staticmethod
    def _find_wrong_pieces(lines: Iterable[str], claims: Claims | RoundClaims) -> Iterator[str]:
        pieces = ""
        for line in (*lines, ""):
            if 0 < len(line) <= _PIECE:
                pieces = f"{pieces} {line}"[-_SHORT * _PIECE :]
            elif pieces:
                yield from claims.find_wrong(pieces)
                pieces = ""

    def _find_wrong(self, lines: Sequence[str], claims: Claims | RoundClaims) -> Iterator[str]:
        bare = {line for line in lines if _BARE.fullmatch(line.strip("*_ .!→⇒➡▶☞※✔✅▷●■-"))}
        heading = ""
        for line, following in pairwise((*lines, "")):
            yield from claims.find_wrong(line)
            if " : " in line:
                yield from claims.find_wrong(" ".join(line.split(" : ")))
            is_row = bool(_HAS_COLUMNS.search(line))
            is_heading = isinstance(claims, RoundClaims) and bool(
                _LEVEL_HEADING.fullmatch(line) and claims.names_any(following)
            )
            if heading and (heading := heading if claims.names_any(line) else ""):
                yield from claims.find_wrong(f"{heading} : {line}")
            if is_heading:  # of those that follow, and no word of the one before it
                heading, self._before = line, ""
                continue
            is_part = min(len(line), len(self._before)) <= _SHORT and not (
                is_row and (_HAS_COLUMNS.search(self._before) or self._is_column_head(following, claims))
            )
            if self._before and is_part:
                yield from claims.find_wrong(f"{self._before} {line}")
                yield from claims.find_wrong(f"{self._before} : {line}")
            if bare == {line} and (level := re.search(r"\d", line)):  # several are a list of levels
                yield from claims.find_wrong(f"level: {level[0]}등급")
            self._before = "" if line in bare else line

    def _is_column_head(self, following: str, claims: Claims | RoundClaims) -> bool:
        """Return whether the line before a row is the heading of several."""
        return bool(_HAS_COLUMNS.search(following)) and not claims.names_any(self._before)

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
_LEVEL_HEADING = re.compile(
    r"(?:인증\s?)?\d\s?등급(?:\s?인증)?(?:\s?지자체)?(?:\W{0,2}\d+\s?(?:곳|개)\W?)?\W?|level \d\W?", re.I
)
"""A heading of those that have a level."""
_SHORT = 12
"""How many characters a line has that may be a part of a sentence."""
_PIECE = 4
"""How many characters a line has that may be a word, or a part of one: several are read as one line."""


_HAS_COLUMNS = re.compile(r"\S\s+:\s+\S|\S\s{2,}\S|\S\s*[\t|│]\s*\S|\S,(?!\d{3}(?!\d))\S")
"""A row of a table: it goes on in its columns, and no sentence goes on from it to the next one."""
_COLUMN_ENDS = (re.compile(r"\s{2,}|\s*[\t|│]\s*|,(?!\d{3}(?!\d))(?=\S)"), re.compile(r"\s+"))
"""What stands between two columns of a table that was printed: what is wide, or any blank."""
_RULE_SIGNS = "-=+─|│┼: "
_VALUE = re.compile(r"\D?\d[\d.,]*(?:%|점|등급)?|불?인증|불?합격|통과|적합|(?:not )?certified|passed", re.IGNORECASE)
"""A cell that has a value, and is no word of a sentence."""


def _read_columns(lines: Iterable[str]) -> Iterator[list[list[str]]]:
    """Yield the tables that stand in lines as they were printed, each as its rows; the first has the headings.

    Each run of lines with as many cells is one. A line before it with one cell less has the headings of all columns but
    that of the row's own names, as pandas prints them.
    """
    shown = [line.strip() for line in lines if line.strip(_RULE_SIGNS)]
    for end in _COLUMN_ENDS:
        split = [[cell for cell in end.split(line) if cell.strip(_RULE_SIGNS)] for line in shown]
        begin = 0
        while begin < len(split):
            stop = begin + 1
            while stop < len(split) and len(split[stop]) == len(split[begin]):
                stop += 1
            rows = split[begin:stop]
            if begin and len(split[begin - 1]) == len(rows[0]) - 1:
                rows = [["", *split[begin - 1]], *rows]
            is_table = end is _COLUMN_ENDS[0] or (len(rows) > 1 and any(map(_VALUE.fullmatch, rows[-1])))
            if len(rows[0]) > 1 and is_table:
                yield rows
            begin = stop


def _pair_columns(lines: Iterable[str]) -> Iterator[str]:
    """Yield what lines say that have columns, as of a table that was printed: each row, and values with headings."""
    for rows in _read_columns(lines):
        sums = _list_sums(rows)
        yield from (" : ".join(row) for row in rows if _join_signs(" ".join(row)) not in sums)
        yield from _pair_cells(rows)


def _find_sums(lines: Iterable[str]) -> list[str]:
    return [line for rows in _read_columns(lines) for line in _list_sums(rows)]


def _pair_cells(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield the rows of a table, and its values with their headings: one above or before a value is a label too.

    A row that says what it is of says nothing of the applicant, unless that is what it names.
    """
    yield from (" ".join(row) for row in rows)
    heads, others = rows[:1], rows[1:]
    for row in others:
        names = [cell for cell, head in zip(row[:2], heads[0], strict=False) if not _is_number_of_row(cell, head)][:1]
        names = [name for name in names if not _VALUE.fullmatch(name)]
        for head, value in zip(heads[0], row, strict=False):
            for name in dict.fromkeys((row[0], *names)):
                yield f"{name} {head} {value}"
                yield f"{head} {name} {value}"
            is_own = not any(map(names_something, names)) or not _LABELS.search(head)
            if is_own and len(others) == 1 and len(row) == len(heads[0]):
                yield f"{head} : {value}"


def _is_number_of_row(cell: str, head: str) -> bool:
    return not head and cell.isdecimal()


_LABELS = re.compile(
    r"등급|점수|총점|합계|결과|판정|결정|최종|level|grade|points|score|total|result|verdict|outcome|decision",
    re.IGNORECASE,
)
"""The heading of a column that says something of what the row names."""


def _list_sums(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the rows of a table that are the sums of those above: where it is none of points or levels."""
    if any(map(_OF_POINTS.search, (cell for row in rows for cell in row))):
        return []
    sums = []
    above: dict[int, list[float]] = {}
    """By the number of a column, its sum up to here and of how many."""
    for row in rows:
        numbers = [(column, value) for column, cell in enumerate(row) if (value := _parse_number(cell)) is not None]
        shown = [(*above.get(column, (0, 0)), value) for column, value in numbers if column or len(row) == 1]
        if shown and all(count > 1 and abs(total - value) < _CENT for total, count, value in shown):
            sums.append(_join_signs(" ".join(row)))
        for column, value in numbers:
            total, count = above.get(column, (0, 0))
            above[column] = [total + value, count + 1]
    return sums


def _join_signs(line: str) -> str:
    """Return a row of a table without what stands between its columns."""
    return re.sub(r"[\s:|│]+", "", line)


_OF_POINTS = re.compile(r"점|등급|분야별|points?\b|scores?\b|levels?\b|marks?\b", re.IGNORECASE)
_CENT = 0.01
"""By how much a sum of what was rounded may differ from that of the shown parts."""


def _parse_number(cell: str) -> float | None:
    plain = cell.replace(",", "").strip()
    return float(plain) if re.fullmatch(r"-?\d{1,15}(?:\.\d+)?", plain) else None


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
        self.sums: list[str] = []
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
            rows = [[" ".join(cell.split()) for cell in row] for row in self._rows if row]
            self.printed_rows += _pair_cells(rows)
            self.sums += _list_sums(rows)
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
            self.sums += _find_sums(data.splitlines())
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
