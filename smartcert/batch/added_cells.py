"""What did cells that somebody added to a notebook put into a page, and may it stand there?

A page of ours has a section for each thing that it says, and the record decides what that is. A notebook that does
nothing but call these sections needs no look. In any other one

- each of our sections must be, to the letter, what the record gives;
- everything else is a fragment that ends what it begins, has no name, class or role of ours, and hides nothing;
- no text in it may give the applicant another level, other points in total or another decision than the record does.
  What it is about is known by the applicant's name, by words such as "this application", or by a label such as
  "Total:"; a text about levels in general passes.
"""

from __future__ import annotations

import json
import re
import unicodedata
from base64 import b64decode
from collections.abc import Collection, Iterator, Mapping
from fractions import Fraction
from functools import cache
from html.parser import HTMLParser
from typing import Any

from smartcert.batch.exporter import clean_table, render_markdown_cell, render_markdown_output
from smartcert.batch.parameters import calls_only_ours
from smartcert.batch.request import Task
from smartcert.characters import UNSEEN
from smartcert.errors import ReportError
from smartcert.evaluation.improvement import find_next_steps
from smartcert.lazy_dataclass import dataclass
from smartcert.reporting.applicant.public import PublicReport
from smartcert.reporting.applicant.report import ApplicantReport
from smartcert.reporting.compact import TRACE_ID
from smartcert.reporting.page import PAGE_MIME, SCRIPT_MIME, SECTION_MIME, STYLE_MIME, page_style
from smartcert.reporting.records import Audience, PublicRecord, Record, read_record


def check_added_cells(notebook: Any, task: Task) -> None:
    """Raise unless what an executed notebook shows beside our own sections may stand in the page of a task.

    Raises:
        ReportError: says everything that is wrong, with the cell.
    """
    if calls_only_ours(task.notebook):
        return
    claims = Claims.from_record(task.record) if task.applicant_id else None
    own = _render_own_sections(task) if task.applicant_id and any(map(_has_section, notebook.cells)) else None
    problems = [
        f"cell {number}: {problem}"
        for number, cell in enumerate(notebook.cells, start=1)
        if "remove-cell" not in cell.metadata.get("tags", [])
        for problem in _find_cell_problems(cell, own, claims)
    ]
    if problems:
        raise ReportError("; ".join(dict.fromkeys(problems[:_MAX_PROBLEMS])))


_MAX_PROBLEMS = 8


def _render_own_sections(task: Task) -> Mapping[str, str]:
    """Return the HTML of each section that the report of a task can have, by its name; that of the header is ""."""
    links = task.parameters.get("links", "").split()
    report: ApplicantReport | PublicReport
    if task.audience is Audience.PUBLIC:
        report = PublicReport(read_record(PublicRecord, task.record.encode()), task.language, links)
    else:
        record = read_record(Record, task.record.encode())
        report = ApplicantReport(record, task.language, find_next_steps(record.evaluation), links)
    sections = [getattr(report, name)() for name in vars(type(report)) if not name.startswith("_")]
    return {str(_get_name(section.data)): section.html for section in sections if section is not None}


def _get_name(data: Mapping[str, Any]) -> str | None:
    """Return the name of the section that an output is; "" for a header, None for what is no section of ours."""
    if PAGE_MIME in data:
        return ""
    if SCRIPT_MIME in data:
        return TRACE_ID
    return str(data[SECTION_MIME].get("id")) if SECTION_MIME in data else None


def _has_section(cell: Any) -> bool:
    return any(_get_name(output.get("data", {})) is not None for output in cell.get("outputs", ()))


_FONTS = re.compile(r"(?:/\*[^*]*\*/\s*|@font-face\{[^{}]*\}\s*)*")


def _find_cell_problems(cell: Any, own: Mapping[str, str] | None, claims: Claims | None) -> Iterator[str]:
    if cell.cell_type == "markdown":
        yield from _find_fragment_problems(_as_in_page(render_markdown_cell(cell.source)), claims)
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
            yield from _find_output_problems(output, data, claims)


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


def _find_output_problems(output: Any, data: Mapping[str, Any], claims: Claims | None) -> Iterator[str]:
    html = str(data.get("text/html", ""))
    html = html.split("</style>", 1)[1] if html.startswith("<style data-smartcert>") else html  # as in the template
    html = clean_table(_remove_chart_frame(html)) if html else ""
    markdown = str(data.get("text/markdown", ""))
    for fragment in filter(None, (html, render_markdown_output(markdown) if markdown else "")):
        yield from _find_fragment_problems(_as_in_page(fragment), claims)
    if claims is None:
        return
    texts = [output.get("text", ""), f"{output.get('ename', '')}: {output.get('evalue', '')}"]
    texts += [str(data.get(kind, "")) for kind in ("text/plain", "text/latex")]
    texts.append(_read_svg(str(data.get("image/svg+xml", ""))))
    for text in texts:
        for line in text.splitlines():
            yield from claims.find_wrong(line)


def _as_in_page(html: str) -> str:
    """Return a fragment with the headings that the template gives it."""
    return html.replace("<h1", "<h2").replace("</h1>", "</h2>")


def _read_svg(source: str) -> str:
    return re.sub(r"<[^>]*>", " ", re.sub(r"</text>|<br/?>", "\n", source))


# --- fragments ----------------------------------------------------------------------------------------------


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_OF_THE_PAGE = frozenset({"html", "head", "body", "header", "main", "nav", "footer", "h1"})
_ATTRIBUTES = _words(
    "abbr alt aria-describedby aria-label class cite colspan datetime headers height href hreflang id lang open rel"
    " reversed rowspan scope span src start title type value width"
)
_ROLES = frozenset({"img", "group", "note", "list", "listitem"})
_OWN_CLASSES_ALLOWED = frozenset({"formula", "stderr", "cell", "number"})
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


def _find_fragment_problems(html: str, claims: Claims | None) -> Iterator[str]:
    fragment = _Fragment(html)
    yield from fragment.problems
    if claims is not None:
        for line in fragment.lines:
            yield from claims.find_wrong(line)


_SVG_SOURCE = "data:image/svg+xml;base64,"


class _Fragment(HTMLParser):
    """The HTML of one output: what is wrong with it, and its text in lines; the cells of a row are one line."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.problems: list[str] = []
        self._open: list[str] = []
        self._text: list[str] = []
        self._rows: list[list[str]] = []
        self._pairs: list[str] = []
        self.feed(html)
        self.close()
        self._report_unclosed(self._open)
        self.lines = [*"".join(self._text).splitlines(), *self._pairs]

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
            self._pair_headings()
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
        self._text.append(data.replace("\n", " "))
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
        self._text.append("\n" if tag in _BLOCKS else " : " if tag in _CELLS else "")

    def _report_unclosed(self, tags: Collection[str]) -> None:
        self.problems += [f"<{tag}> is not closed" for tag in tags if tag not in _OPTIONAL_END]

    def _look_at_attributes(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        self.problems += [f"<{tag}> has {name} twice" for name in {*names} if names.count(name) > 1]
        for name, given in attrs:
            value = given or ""
            if name in ("alt", "aria-label", "title"):
                self._pairs.append(value)
            if name == "src" and value.startswith(_SVG_SOURCE):
                self._pairs += _read_svg(b64decode(value[len(_SVG_SOURCE) :]).decode("utf-8", "ignore")).splitlines()
            is_plain = name in _ATTRIBUTES or tag in _DRAWN or (name == "role" and value in _ROLES)
            if not is_plain or name.startswith("on"):
                self.problems.append(f"<{tag}> has an attribute that is for our sections: {name[:40]}={value[:40]!r}")
            elif name == "id" and value in _list_own_ids():
                self.problems.append(f"<{tag}> has the id of a section of ours: {value}")
            elif name == "class" and (ours := sorted(_list_own_classes().intersection(value.split()))):
                self.problems.append(f"<{tag}> has a class of our sections: {' '.join(ours)}")

    def _pair_headings(self) -> None:
        """Read a table of one row with its headings, as a heading above a value is a label too."""
        rows = [row for row in self._rows if row]
        if len(rows) == 2 and len(rows[0]) == len(rows[1]):  # headings and a row
            self._pairs += [
                f"{' '.join(head.split())} : {' '.join(value.split())}" for head, value in zip(*rows, strict=True)
            ]


_DRAWN = _words(
    "svg circle clippath defs desc ellipse g line lineargradient marker path pattern polygon polyline radialgradient"
    " rect stop text tspan"
)
"""Elements of SVG, whose attributes the check of the page looks at."""


# --- claims -------------------------------------------------------------------------------------------------

_SELF = re.compile(
    r"(?:이|본|해당|우리|귀)\s*(?:신청|지자체|지방자치단체|도시|보고서|시|군|구)(?:은|는|이|가|의|에|을|를|\b)"
    r"|\b(?:this|the|our) (?:application|applicant|city|county|district|municipality|local government)\b",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"(?:등급|결과|판정|결정|총점|점수|합계)\s*(?:[:：=→]|은 |는 |이 )"
    r"|\b(?:verdict|result|outcome|decision|level|total|points|score)(?: points| score)?\s*(?:[:=→]|\bis\b)",
    re.IGNORECASE,
)
_NUMERALS = {
    word: number
    for number, words in enumerate(
        ("일 one first", "이 two second", "삼 three third", "사 four fourth", "오 five fifth"), 1
    )
    for word in words.split()
}
_WORDS = "|".join(_NUMERALS)
_LEVEL = re.compile(
    rf"(?<![\d.,])(\d+|[일이삼사오])\s*등급|등급\s*[:：=→은는이]*\s*(\d+)(?![\d.,]*\s*[점%])(?![\d.,])"
    rf"|\blevel\s*(?:is|of|[:=→])?\s*(\d+|{_WORDS})\b"
    r"|\b(\d+(?:st|nd|rd|th)|first|second|third|fourth|fifth)[ -]level\b",
    re.IGNORECASE,
)
_TARGET = re.compile(
    r"\s*(?:까지|이 되려|이 되기|으로 오르|을 위|의 기준|기준점수|이상)"
    r"|[^.]{0,20}\b(?:needs?|needed|requires?|starts?|begins?)\b",
    re.IGNORECASE,
)
"""What follows a level that somebody has not, but may reach."""
_TARGET_BEFORE = re.compile(r"\b(?:reach|towards?|up to|next|for)\s*$", re.IGNORECASE)
_TOTAL = re.compile(
    r"(?:총점|종합\s*점수|합계|점수)\s*[:：=→은는이]*\s*([\d,]+(?:\.\d+)?)(?!\s*(?:%|등급))"
    r"|([\d,]+(?:\.\d+)?)\s*점(?:을|으로|의 점수를)?\s*(?:받|획득|득점|얻|기록)"
    r"|\b(?:total|score|points)(?: points| score)?\s*(?:is|of|was|[:=→])\s*([\d,]+(?:\.\d+)?)"
    r"|\b(?:scored|earned|received|got|awarded)\s+([\d,]+(?:\.\d+)?)",
    re.IGNORECASE,
)
_CERTIFIED = re.compile(
    r"(?<![불미])인증(?:을\s*받(?!지)|을\s*획득|되(?!지|어야|려)|됨|됐|으로\s*(?:결정|판정)|입니다|\s*(?:확정|결정|획득|완료|도시)|\s*$)"
    r"|(?<!not )(?<!not been )(?<!un)\bcertified\b",
    re.IGNORECASE,
)
_NOT_CERTIFIED = re.compile(
    r"불인증|미인증|인증(?:을\s*받|되)지\s*(?:못|않)|탈락|\bnot (?:been )?certified\b|\buncertified\b", re.IGNORECASE
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Claims:
    """What a record says of its applicant, to compare with what a text says."""

    names: frozenset[str]
    levels: frozenset[int]
    points: frozenset[Fraction]
    is_certified: bool

    @classmethod
    def from_record(cls, text: str) -> Claims:
        """Return what the JSON of a record says: of a `Record` or a `PublicRecord`."""
        record = json.loads(text)
        evaluation = record.get("evaluation")
        if evaluation is None:  # a public record: of a certified applicant
            return cls(
                names=frozenset(record["applicant"]["name"].values()),
                levels=frozenset({record["level"]}),
                points=frozenset(),
                is_certified=True,
            )
        outcome, card = record["outcome"], evaluation["scorecard"]
        decided = [(outcome[step] or {}).get("level") for step in ("proposed", "decided")]
        earlier = re.findall(r'"level":\s*(\d+)', json.dumps(record.get("earlier")))
        levels = (outcome["computed"], *decided, *map(int, earlier))
        return cls(
            names=frozenset(evaluation["applicant"]["name"].values()),
            levels=frozenset(level for level in levels if level is not None),
            points=frozenset(_iter_points(card)) if card else frozenset(),
            is_certified=outcome["result"] == "certified",
        )

    def find_wrong(self, line: str) -> Iterator[str]:
        """Yield what a line of text says of the applicant that the record does not."""
        text = " ".join(UNSEEN.sub("", unicodedata.normalize("NFKC", line)).split())
        text = re.sub(r"(?: ?:)+", " :", text).strip(" :")
        if not (any(name in text for name in self.names) or _SELF.search(text) or _LABEL.search(text)):
            return
        shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
        for match in _LEVEL.finditer(text):
            level = _read_level(next(filter(None, match.groups())))
            is_target = _TARGET.match(text, match.end()) or _TARGET_BEFORE.search(text, 0, match.start())
            if level not in self.levels and not is_target:
                yield f"{shown!r} gives level {level}, the record {', '.join(map(str, sorted(self.levels))) or 'none'}"
        for match in _TOTAL.finditer(text):
            number = next(filter(None, match.groups()))
            if not self._has_points(number):
                yield f"{shown!r} gives {number} points, which the record does not have"
        says_not = _NOT_CERTIFIED.search(text)
        if (says_not and self.is_certified) or (not says_not and _CERTIFIED.search(text) and not self.is_certified):
            yield f"{shown!r} is another decision than that of the record"

    def _has_points(self, number: str) -> bool:
        plain = number.replace(",", "").rstrip(".")
        if not plain:
            return True
        half = Fraction(1, 2 * 10 ** len(plain.partition(".")[2]))
        return any(abs(Fraction(plain) - points) <= half for points in self.points)


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
