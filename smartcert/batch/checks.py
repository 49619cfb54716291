"""Is a page complete, about its own applicant only, with the figures of its record, and in need of nothing else?"""

from __future__ import annotations

import base64
import bz2
import lzma
import re
import unicodedata
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from fractions import Fraction
from functools import cache, lru_cache
from html import unescape
from typing import Any, Literal, cast
from urllib.parse import unquote

from ahocorasick_rs import BytesAhoCorasick, Implementation
from pydantic_core import from_json
from selectolax.lexbor import LexborHTMLParser, LexborNode

from smartcert.batch.request import RenderedReport, Task
from smartcert.characters import UNSEEN
from smartcert.errors import ReportError
from smartcert.files import sha256_base64
from smartcert.model.evaluation import Evaluation
from smartcert.model.indicator import Effect
from smartcert.reporting.applicant import public, verdict
from smartcert.reporting.applicant.experiment import digest_script, load_script
from smartcert.reporting.catalogue import Words, load_words
from smartcert.reporting.compact import PACKED_TRACE_TYPE, TRACE_ID, unpack_trace
from smartcert.reporting.formats import LANGUAGES, MAX_DIGITS, sanitise_text
from smartcert.reporting.records import Audience, Failure, PublicRecord, Record, read_record


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TEXT_TAGS = _names(
    "a abbr b bdi blockquote br caption cite code col colgroup dd del details dfn div dl dt em figcaption figure"
    " footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark nav ol p pre q s samp section small span strong sub"
    " summary sup table tbody td tfoot th thead time tr u ul var wbr"
)
_SVG_TAGS = _names(
    "svg circle clippath defs desc ellipse g line lineargradient marker path pattern polygon polyline"
    " radialgradient rect stop text tspan"
)
_HEAD_TAGS = _names("html head body meta title style script")
_ALLOWED_TAGS = _TEXT_TAGS | _SVG_TAGS | _HEAD_TAGS
"""Every element that a page may have. What is not here may load, send or run something, or is none of HTML."""

_ANY_ATTRIBUTES = frozenset({"class", "dir", "hidden", "id", "lang", "role", "tabindex", "title", "translate"})
_ATTRIBUTES: Mapping[str, frozenset[str]] = {
    "a": frozenset({"href", "hreflang", "rel"}),
    "col": frozenset({"span"}),
    "colgroup": frozenset({"span"}),
    "del": frozenset({"datetime"}),
    "details": frozenset({"open", "name"}),
    "img": frozenset({"alt", "height", "src", "width"}),
    "ins": frozenset({"datetime"}),
    "li": frozenset({"value"}),
    "meta": frozenset({"charset", "content", "http-equiv", "name"}),
    "ol": frozenset({"reversed", "start", "type"}),
    "script": frozenset({"type"}),
    "td": frozenset({"colspan", "headers", "rowspan"}),
    "th": frozenset({"abbr", "colspan", "headers", "rowspan", "scope"}),
    "time": frozenset({"datetime"}),
}
_SVG_ATTRIBUTES = _names(
    "clip-path clip-rule cx cy d dx dy fill fill-opacity fill-rule focusable font-size font-weight height offset"
    " opacity points preserveaspectratio r rx ry stop-color stop-opacity stroke stroke-dasharray stroke-dashoffset"
    " stroke-linecap stroke-linejoin stroke-miterlimit stroke-opacity stroke-width text-anchor transform viewbox width"
    " x x1 x2 xmlns y y1 y2"
)
_SVG_VALUE = re.compile(
    r"url\(#[\w-]+\)|(?:[^\\()]|\b(?:hsla?|matrix|rgba?|rotate|scale|skew[xy]|translate|var)\([^\\()]*\))*",
    re.IGNORECASE,
)
"""A value of an attribute of SVG: it calls only functions of colour and position, and hides none behind a backslash."""
_PAGE_ATTRIBUTES: Mapping[str, frozenset[tuple[str, str | None]]] = {
    "html": frozenset({("lang", "ko"), ("lang", "en")}),
    "body": frozenset({("class", "smartcert-page")}),
}
"""What the two outer elements may have: a parser adds to them what a second one in the middle of a page has."""
_CHECKED_ATTRIBUTES = frozenset({"href", "hreflang", "lang", "rel", "src", "tabindex"})
"""Attributes that only some values may have, wherever they stand."""
_META_NAMES = frozenset({"color-scheme", "referrer", "viewport"})
_LINK_SCHEMES = frozenset({"mailto", "tel"})
"""Beside those of the web."""
_LABEL = re.compile(r"[a-z][a-z0-9-]*")
_SCHEME = re.compile(r"[a-z][a-z0-9+.\-]*(?=:)", re.IGNORECASE)
_WEB_ADDRESS = re.compile(r"https?://[^\s/\\@?#]+(?:[/?#].*)?", re.IGNORECASE | re.DOTALL)
"""With a host and without a name of a user before it, which could pass for the host."""
_LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_LINK_RELATIONS = frozenset({"external", "license", "nofollow", "noopener", "noreferrer"})
_IMAGE_SOURCE = re.compile(r"data:image/(?:png|jpeg|gif|webp|svg\+xml);base64,[A-Za-z0-9+/]*={0,2}\Z")
_CSS_FETCH = re.compile(r"@import\b|url\(\s*['\"]?(?!data:|#)[^)]{0,60}|image-set\(", re.IGNORECASE)
_POLICY = (
    "default-src 'none'; style-src {styles};{scripts} img-src data:; font-src data:; base-uri 'none';"
    " form-action 'none'"
)
"""The Content-Security-Policy of a page; ``styles`` are the hashes of its own style sheets, ``scripts`` allows ours."""


INJECTED_TAG = "injected-parameters"
"""The tag of the cell that papermill adds, and the id that we give it."""


def check_executed(notebook: Any) -> None:
    """Raise unless every cell with code ran, none has an error among its outputs, and no chart lacked a glyph.

    Raises:
        ReportError: says which cell.
    """
    for number, cell in number_cells(notebook):
        tags = cell.metadata.get("tags", [])
        if cell.cell_type != "code" or not cell.source.strip() or "skip-execution" in tags:
            continue
        if cell.execution_count is None:
            raise ReportError(f"cell {number} did not run")
        expected = "raises-exception" in tags
        if cell.metadata.get("papermill", {}).get("exception") and not (expected or _has_error(cell)):
            raise ReportError(f"cell {number} raised an error")  # a kernel shows a group of errors as text only
        for output in cell.outputs:
            if output.output_type == "error" and not expected:
                raise ReportError(f"cell {number}: {output.ename}: {output.evalue}")
            if output.output_type == "stream" and _find_missing_glyph(output.text):
                raise ReportError(f"cell {number}: {_find_missing_glyph(output.text)}")


def number_cells(notebook: Any) -> Iterator[tuple[int, Any]]:
    """Yield the cells with their numbers as their author counts them, from 1: without the one that papermill adds."""
    number = 0
    for cell in notebook.cells:
        number += INJECTED_TAG not in cell.metadata.get("tags", [])
        yield number, cell


def _has_error(cell: Any) -> bool:
    return any(output.output_type == "error" for output in cell.outputs)


def check_page(page: str, task: Task) -> None:
    """Raise unless the page is complete, in its language, about its subject with its own figures, and fetches nothing.

    It is parsed as a browser parses it, and every element, attribute and address must be one of those that a page may
    have; its Content-Security-Policy must be exactly ours, with the hashes of the style sheets that are in it.

    Raises:
        ReportError: says everything that is wrong.
    """
    if not page.rstrip().endswith("</html>"):
        raise ReportError("the page does not end with </html>")
    tree = LexborHTMLParser(unpack_trace(page).encode())  # of a text it takes twice as long
    record = from_json(task.record)  # two thirds of the time of `json.loads`
    problems = list(
        dict.fromkeys(
            (
                *_find_frame_problems(tree, task, record),
                *find_forbidden(tree),
                *_find_unparsed(page),
                *find_wrong_statements(tree, task),
                *find_wrong_figures(tree, record),
            )
        )
    )
    if problems:
        raise ReportError("; ".join(problems[:_MAX_PROBLEMS]))


_MAX_PROBLEMS = 8
"""How many problems of a page are listed."""


def _find_frame_problems(tree: LexborHTMLParser, task: Task, record: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the language, the heading, the title and the policy of a page."""
    languages = [node.attributes.get("lang") for node in tree.css("html")]
    if languages != [task.language]:
        yield f"the page is in language {languages}, not in '{task.language}'"
    headings = len(tree.css("h1"))
    if headings != 1:
        yield f"the page has {headings} headings of the first level, not one"
    titles = [node.text() for node in tree.css("head > title")]
    subject = _get_subject_name(task, record)
    if len(titles) != 1 or subject not in titles[0]:
        yield f"the page's title is {titles}; it should name '{subject}'"
    last = tree.body.last_child if tree.body is not None else None
    while last is not None and last.tag == "-text":
        last = last.prev
    if last is None or last.tag != "footer":
        yield "the page does not end with its footer: a tag in it is not closed"
    styles = [node.text() for node in tree.css("style")]
    hashes = " ".join(f"'sha256-{sha256_base64(style.encode())}'" for style in styles)
    policies = [node.attributes.get("content") for node in tree.css("meta") if "http-equiv" in node.attributes]
    scripted = any(_is_own_script(node) for node in tree.css("script"))
    wanted = _POLICY.format(styles=hashes, scripts=f" script-src 'sha256-{digest_script()}';" if scripted else "")
    if policies != [wanted]:
        yield f"the page's Content-Security-Policy is {policies}; it should be {wanted!r}"
    for style in styles:
        for fetch in _find_css_fetches(style):
            yield f"a style fetches something: {fetch}"


def _iter_positions(text: str, character: str) -> Iterator[int]:
    position = text.find(character)
    while position >= 0:
        yield position
        position = text.find(character, position + 1)


def _find_css_fetches(style: str) -> Iterator[str]:
    """Yield what a style sheet would fetch. It is looked for at its signs: the typeface, most of a sheet, has none."""
    begins = {*_iter_positions(style, "@")}
    for bracket in _iter_positions(style, "("):
        begins.update(max(0, bracket - len(name)) for name in ("url", "image-set"))
    read = 0
    for begin in sorted(begins):
        if begin >= read and (fetch := _CSS_FETCH.match(style, begin)):
            yield fetch[0]
            read = fetch.end()


def _get_subject_name(task: Task, record: Mapping[str, Any]) -> str:
    """Return the name that the title must hold: the record's title, else the applicant's or the round's."""
    if "title" in record:  # a page about neither an applicant nor a round
        return sanitise_text(record["title"][task.language])
    evaluation = record.get("evaluation", record)  # a public record names the applicant itself
    name = evaluation["applicant"]["name"] if task.applicant_id else record["round"]["title"]
    return sanitise_text(name[task.language])


def _find_unparsed(page: str) -> Iterator[str]:
    """Yield what stands in a page and is no element: readers disagree on where a comment or an instruction ends."""
    begins = _UNPARSED.findall(page)
    if begins.count("<!") > 1 or "<?" in begins:
        yield "the page has a comment, a second <!DOCTYPE> or an instruction, which nobody sees"


_UNPARSED = re.compile("<[!?]")


def find_forbidden(tree: LexborHTMLParser) -> Iterator[str]:
    """Yield a sentence for every element, attribute and address that a page, or a part of one, may not have.

    And for ids and names that repeat.
    """
    ids = {""}  # an id without a name is none
    labels: set[str] = set()
    root = tree.root
    for node in root.traverse() if root is not None else ():
        tag = node.tag or ""
        if tag not in _ALLOWED_TAGS and (tag := tag.lower()) not in _ALLOWED_TAGS:
            if not tag.startswith("-") and tag != "!doctype":
                yield f"the page has an element that is not allowed: <{tag}>"
            continue
        attributes = node.attributes
        if attributes:
            for name, given in attributes.items():
                needed = _get_needed_look(tag, name)
                if needed and (needed == "all" or (given and not _is_svg_value_allowed(given))):
                    yield from _find_attribute_problems(tag, attributes)
                    break
            name_of_node = attributes.get("id")
            if name_of_node is not None:
                if name_of_node in ids:
                    yield f"the id '{name_of_node[:40]}' stands in the page twice"
                ids.add(name_of_node)
        if tag in _CHECKED_TAGS:
            yield from _find_element_problems(node, tag, attributes, labels)


_CHECKED_TAGS = frozenset({"img", "script", "style", "meta", "title", "section"})
"""Elements of which not every one may stand in a page."""


def _find_element_problems(
    node: LexborNode, tag: str, attributes: Mapping[str, str | None], labels: set[str]
) -> Iterator[str]:
    """Yield what is wrong with one of `_CHECKED_TAGS`, and add the name of a section to ``labels``."""
    if tag == "img" and "alt" not in attributes:
        yield NO_ALTERNATIVE
    if tag == "script" and not (_is_own_script(node) or _is_trace(attributes)):
        yield "the page has a script"
    if tag in ("style", "meta", "title") and not _is_in_head(node, tag):
        yield f"a <{tag}> stands outside of the page's head"
    if tag == "section" and (label := attributes.get("aria-labelledby")) is not None:
        yield from _find_label_problems(label, labels)
        labels.add(label)


def _is_in_head(node: LexborNode, tag: str) -> bool:
    """Return whether an element stands in the head of the page, or is the title of a part of a drawing."""
    parent = node.parent.tag if node.parent is not None else "head"
    return parent in ("head", "svg") or (tag == "title" and (parent or "").lower() in _SVG_TAGS)


NO_ALTERNATIVE = (
    "an image has no alternative text: give it one in the metadata of the output, as "
    'display(figure, metadata={"image/png": {"alt": "..."}}), or of the cell, and in Markdown as ![...](...)'
)


def _find_label_problems(label: str, earlier: Collection[str]) -> Iterator[str]:
    """Yield what is wrong with the name of a section: each is looked for by it, and so it is written in one way."""
    if not _LABEL.fullmatch(label):
        yield f"a section has a name that is not allowed: {label[:40]!r}"
    elif label in earlier:
        yield f"the page has two sections of the name '{label}'"


def _is_trace(attributes: Mapping[str, str | None]) -> bool:
    return attributes.get("type") == "application/json" and attributes.get("id") == TRACE_ID


def _is_own_script(node: LexborNode) -> bool:
    """Return whether an element is the script of a report, to the letter, at the end of the page."""
    parent = node.parent
    return not node.attributes and parent is not None and parent.tag == "body" and node.text() == load_script()


@lru_cache(maxsize=4096)
def _get_needed_look(tag: str, name: str) -> Literal["", "calls", "all"]:
    """Return what is to be looked at in an attribute: nothing (as in most), what it calls, or everything."""
    lower = name.lower()
    if tag in _PAGE_ATTRIBUTES or tag == "meta" or lower in _CHECKED_ATTRIBUTES:
        return "all"
    if tag in _SVG_TAGS and lower in _SVG_ATTRIBUTES:
        return "calls"
    is_known = lower in _ANY_ATTRIBUTES or lower.startswith(("aria-", "data-"))
    return "" if is_known or (tag not in _SVG_TAGS and lower in _ATTRIBUTES.get(tag, frozenset())) else "all"


def _find_attribute_problems(tag: str, attributes: Mapping[str, str | None]) -> Iterator[str]:
    allowed = _SVG_ATTRIBUTES if tag in _SVG_TAGS else _ATTRIBUTES.get(tag, frozenset())
    for name, given in attributes.items():
        value = given or ""
        lower = name.lower()
        is_known = lower in allowed or lower in _ANY_ATTRIBUTES or lower.startswith(("aria-", "data-"))
        if not ((lower, given) in _PAGE_ATTRIBUTES[tag] if tag in _PAGE_ATTRIBUTES else is_known):
            yield f"<{tag}> has an attribute that is not allowed: {name[:40]}={value[:60]!r}"
        elif lower == "href" and not _is_link_allowed(value):
            yield f"a link leads somewhere that is not allowed: {value[:60]!r}"
        elif (lower in ("lang", "hreflang") and not _LANGUAGE_TAG.fullmatch(value)) or (
            lower == "rel" and not _LINK_RELATIONS.issuperset(value.lower().split())
        ):
            yield f"<{tag}> has a value that is not allowed: {name}={value[:60]!r}"
        elif lower == "tabindex" and value not in ("0", "-1"):
            yield f"<{tag}> comes before others that stand above it: {name}={value[:60]!r}"
        elif lower == "src" and not _IMAGE_SOURCE.match(value):
            yield (
                f"an image is in another file: src={value[:60]!r}:"
                " drag it into a Markdown cell, or show it with IPython.display.Image(filename=...)"
            )
        elif tag in _SVG_TAGS and lower in _SVG_ATTRIBUTES and not _is_svg_value_allowed(value):
            yield f"the page fetches something: <{tag} {name}={value[:60]!r}>"
    if tag == "meta" and attributes.get("name", next(iter(_META_NAMES))) not in _META_NAMES:
        yield f"the page has a <meta> that is not allowed: name={str(attributes['name'])[:40]!r}"
    if tag == "meta" and (attributes.get("http-equiv") or "").lower() not in ("", "content-security-policy"):
        yield f"the page sends its reader elsewhere: <meta http-equiv={str(attributes['http-equiv'])[:40]!r}>"


def _is_svg_value_allowed(value: str) -> bool:
    """Return whether a value of SVG calls nothing but what it may call; most call nothing, or a colour."""
    calls = "(" in value or ")" in value or "\\" in value
    return not calls or _are_calls_allowed(value)


@lru_cache(maxsize=1024)
def _are_calls_allowed(value: str) -> bool:
    return _SVG_VALUE.fullmatch(value) is not None


def _is_link_allowed(address: str) -> bool:
    """Return whether a link leads into the page, to a page beside it, or by a scheme that runs nothing."""
    address = "".join(character for character in address if character > " ")  # a browser leaves these out
    scheme = _SCHEME.match(address)
    if scheme and scheme[0].lower() in ("http", "https"):
        return _WEB_ADDRESS.fullmatch(address) is not None
    if scheme:
        return scheme[0].lower() in _LINK_SCHEMES
    return not address.startswith(("//", "\\\\", "/\\"))


def find_wrong_statements(tree: LexborHTMLParser, task: Task) -> Iterator[str]:
    """Yield a sentence for each statement of the verdict that is not the record's, and for a second verdict.

    A page about a round has no verdict, and a notebook may leave it out; what the page has must be right.
    """
    sections = tree.css('section[aria-labelledby="verdict"]')
    if not sections or not task.applicant_id:
        return
    if len(sections) > 1:
        yield f"the page has {len(sections)} verdicts"
    shown = {_join_words(node.text()) for section in sections for node in section.css("p.lead, p.firm, dl.key dd")}
    stated = {_join_words(text) for text in _list_statements(task)}
    for text in sorted(shown - stated):
        yield f"the verdict says {text[:80]!r}, which the record does not"
    for text in sorted(stated - shown):
        yield f"the verdict does not say {text[:80]!r}"


def _list_statements(task: Task) -> tuple[str, ...]:
    text = task.record
    if task.audience is Audience.PUBLIC:
        shown = read_record(PublicRecord, text)
        words = Words(task.language, "report", "public", scheme=shown.round.scheme)
        return public.list_statements(shown, words)
    record = read_record(Record, text)
    words = Words(task.language, "report", "charts", "committee", scheme=record.round.scheme)
    statements = verdict.list_statements(record, words)
    size = record.evaluation.size_type
    unknown = words("head.size_type_unknown")
    return (*statements, words(f"size_type.{size}") if size else unknown) if len(statements) > 1 else statements


def _join_words(text: str) -> str:
    return " ".join(text.split())


def _find_missing_glyph(text: str) -> str:
    """Return what matplotlib printed of a letter that its font lacks, and what to do; empty where it printed none."""
    match = _MISSING_GLYPH.search(text)
    return f"a chart lacks a letter: {match[0]}: call smartcert.use_korean_font() before it is drawn" if match else ""


_MISSING_GLYPH = re.compile(r"Glyph \S.{0,120}\bmissing\b.*[^.\s]")


_POINTS = re.compile(r"\s*(≈?)(−?)([\d,]+(?:\.\d+)?)")
_ROUNDING_TOLERANCE = Fraction(1, 2 * 10**MAX_DIGITS)
"""By how much a number shown with ≈ may differ from the exact one."""


def find_wrong_figures(tree: LexborHTMLParser, record: Mapping[str, Any]) -> Iterator[str]:
    """Yield a sentence for each figure in the points and in the trace of a page that differs from its record.

    ``record`` is the JSON of an evaluation; without a scorecard there are no figures, and a page for the public or the
    round has none of these. A notebook may leave the section or the trace out; what the page has must be right.
    """
    evaluation = record.get("evaluation")
    card = evaluation.get("scorecard") if evaluation else None
    if not evaluation or not card:
        return
    points = dict(_iter_points(card))
    prerequisites = frozenset(_iter_prerequisites(card["domains"]))
    for section in tree.css('section[aria-labelledby="points"]'):
        yield from _check_points_rows(section, points, prerequisites)
    for trace in tree.css(f'script#{TRACE_ID}[type="application/json"]'):
        yield from _check_trace(from_json(trace.text()), record, points)


def _iter_points(card: Mapping[str, Any]) -> Iterator[tuple[str, Fraction]]:
    yield "total", _parse_points(card["points"])
    for section in card["domains"]:
        yield from _iter_section_points(section)


def _iter_section_points(section: Mapping[str, Any]) -> Iterator[tuple[str, Fraction]]:
    yield section["id"], _parse_points(section["points"])
    for part in section["sections"]:
        yield from _iter_section_points(part)
    for indicator in section["indicators"]:
        yield indicator["indicator"]["id"], _parse_points(indicator["confirmed"]["points"])


def _iter_prerequisites(sections: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for section in sections:
        yield from _iter_prerequisites(section["sections"])
        for indicator in section["indicators"]:
            if indicator["indicator"].get("effect") == Effect.PREREQUISITE:
                yield indicator["indicator"]["id"]


@lru_cache(maxsize=4096)
def _parse_points(stated: str | int) -> Fraction:
    # cached: record and trace state the same points
    return Fraction(stated)


def _check_points_rows(
    section: LexborNode, points: Mapping[str, Fraction], prerequisites: frozenset[str]
) -> Iterator[str]:
    shown = set()
    for row in section.css("tr[data-at]"):
        name = row.attributes["data-at"] or ""
        texts = [cell.text() for cell in row.iter() if cell.tag == "td" and not cell.attributes]
        if name in prerequisites:  # it is met or not, and has no points
            shown.add(name)
            wrong = "working.not_met" if points[name] else "working.met"
            if not texts or _STATES_NUMBER.search(texts[0]) or texts[0].strip().startswith(_list_wordings(wrong)):
                yield f"the page does not show whether {name} is met as the record does"
            continue
        cell = next(filter(None, map(_POINTS.match, texts)), None)
        if name not in points or cell is None:
            yield f"the page shows points of {name[:40]!r}, which the record does not have"
            continue
        shown.add(name)
        rounded, minus, digits = cell.groups()
        value = _parse_points(f"{'-' if minus else ''}{digits.replace(',', '')}")
        if abs(value - points[name]) > (_ROUNDING_TOLERANCE if rounded else 0):
            yield f"the page shows {cell[0].strip()} points of {name}, the record {points[name]}"
    for name in points.keys() - shown:
        yield f"the page does not show the points of {name}"


_STATES_NUMBER = re.compile(r"\d")


@cache
def _list_wordings(key: str) -> tuple[str, ...]:
    return tuple(load_words(language, "report")(key) for language in LANGUAGES)


def _check_trace(trace: Mapping[str, Any], record: Mapping[str, Any], points: Mapping[str, Fraction]) -> Iterator[str]:
    evaluation = record["evaluation"]
    if trace.get("id") != evaluation["id"]:
        yield f"the trace is of {str(trace.get('id'))[:40]!r}, the record of '{evaluation['id']}'"
    printed = trace.get("computed", {})
    stated = {"total": printed.get("points"), **printed.get("sections", {}), **printed.get("indicators", {})}
    if printed.get("level") != evaluation["level"]["level"]:
        yield f"the trace states level {printed.get('level')} computed, the record {evaluation['level']['level']}"
    yield from _check_decision(trace.get("outcome", {}), record["outcome"])
    for name in sorted(points.keys() | stated.keys()):
        if name not in points or stated.get(name) is None or _parse_points(stated[name]) != points[name]:
            yield f"the trace states {stated.get(name)} points of {name}, the record {points.get(name)}"


def _check_decision(stated: Mapping[str, Any], outcome: Mapping[str, Any]) -> Iterator[str]:
    for name in ("stage", "result", "awaits"):
        if stated.get(name) != outcome[name]:
            yield f"the trace states the {name} {stated.get(name)}, the record {outcome[name]}"
    for name in ("proposed", "decided"):
        level, recorded = ((step or {}).get("level") for step in (stated.get(name), outcome[name]))
        if level != recorded:
            yield f"the trace states level {level} {name}, the record {recorded}"


_KOREAN_NAME = re.compile(r"[가-힣]+[시군구도]")
_ROMANISED_NAME = re.compile(r"[A-Z][a-z]+-(?:si|gun|gu|do)\b", re.ASCII)  # a Korean particle may follow
_CODE = re.compile(r"(?<!\d)\d{10}(?!\d)", re.ASCII)


class _NameFinder:
    """Finds the names and codes of all applicants in a text, all at once.

    A name in Korean has no syllable before it, but a particle may follow; one in Latin letters ends as a word does. No
    digit stands before or behind a code.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = sorted(frozenset(names))
        self._automaton = BytesAhoCorasick([name.encode() for name in self._names], implementation=Implementation.DFA)

    def find(self, text: bytes) -> frozenset[str]:
        """Return the names and codes that are words of a text in UTF-8."""
        found = self._automaton.find_matches_as_indexes(text, overlapping=True)
        return frozenset(self._names[number] for number, begin, end in found if _is_word(text, begin, end))


def _is_word(text: bytes, begin: int, end: int) -> bool:
    if text[begin] >= _FIRST_OF_HANGUL:
        return not _is_hangul(text[max(0, begin - 3) : begin].decode(errors="ignore")[-1:])
    before, after = text[begin - 1 : begin], text[end : end + 1]
    if text[begin : begin + 1].isdigit():
        return not (before.isdigit() or after.isdigit())
    return not (after.isalnum() or after == b"_")


_FIRST_OF_HANGUL = "가".encode()[0]


def _extract_names(text: str) -> frozenset[str]:
    """Return what looks like the name or the code of a local government in a text."""
    return frozenset((*_KOREAN_NAME.findall(text), *_ROMANISED_NAME.findall(text), *_CODE.findall(text)))


def _is_hangul(character: str) -> bool:
    return "가" <= character <= "힣"


class NameLeakCheck:
    """Refuses a page that names another applicant of its round, unless its record does so too; also one for the press.

    Its trace, the files that are embedded in it and its executed notebook, which has also what is not shown, are read
    like its text.
    """

    def __init__(
        self,
        evaluations: Iterable[Evaluation],
        record: Callable[[str, Audience], bytes],
        *,
        looks_for_disguises: bool = True,
        reads_all: bool = False,
    ) -> None:
        """Take the round's evaluations, and a function that returns the text of the record that a report shows.

        A page of no applicant is read where it is for the press, or where ``reads_all``.

        Without ``looks_for_disguises`` names are found as they are written only, and not in a page for the press: where
        nothing but our sections is shown, nobody could have disguised one, or added one to what is public.
        """
        self._record = record
        self._looks_for_disguises = looks_for_disguises
        self._reads_all = reads_all
        self._own_names: dict[str, frozenset[str]] = {}
        for evaluation in evaluations:
            applicant = evaluation.applicant
            self._own_names[evaluation.id] = _extract_names(
                " ".join((applicant.full_name.ko, applicant.full_name.en, applicant.code))
            )
        self._finder = _NameFinder(name for names in self._own_names.values() for name in names)

    def check(self, result: RenderedReport | Failure) -> RenderedReport | Failure:
        """Return the result, or a failure where page or notebook name an applicant that its record does not."""
        is_of_press = self._looks_for_disguises and result.audience is Audience.PUBLIC
        if isinstance(result, Failure) or not (result.applicant_id or is_of_press or self._reads_all):
            return result
        text = strip_embedded_data(result.page) + strip_embedded_data(result.notebook)
        if self._looks_for_disguises:
            text += b"\n" + reveal_text(text.decode(errors="replace")).encode("utf-8", "replace")
        others = self._finder.find(text) - self._own_names.get(result.applicant_id, frozenset())
        if others:
            others -= self._finder.find(self._record(result.applicant_id, result.audience))
        if not others:
            return result
        return Failure(
            id=result.applicant_id,
            language=result.language,
            audience=result.audience,
            reason=f"the page names another applicant, which its record does not: {', '.join(sorted(others))}",
        )


def reveal_text(text: str) -> str:
    """Return what else a text may be read as: without tags, marks and unseen characters, composed, and decoded.

    That is character references, percent signs, escapes of JSON, and words in base64, also of what was compressed. A
    name in other case, with a blank or another sign in it, is written as we do. A text that was encrypted stays.
    """
    decoded = unescape(unescape(_ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)))
    words = (part for match in _BASE64_WORD.finditer(decoded) for part in _decode_base64(match[0]))
    addresses = (unquote(unquote(match[0])) for match in _PERCENT.finditer(decoded))
    revealed = "\n".join((decoded, _INLINE_TAG.sub("", decoded), *words, *addresses))
    plain = unicodedata.normalize("NFKC", _MARK.sub("", UNSEEN.sub("", revealed))).translate(_HYPHENS)
    plain = _ROMANISED.sub(lambda match: f"{match[1].capitalize()}-{match[2].lower()}", plain)
    return "\n".join((plain, _CODE_SIGN.sub("", _SPACED.sub("", plain)), _LONE_SUFFIX.sub("", plain)))


_MARK = re.compile("[\u0300-\u036f\u20d0-\u20f0\ufe00-\ufe0f]")
_ROMANISED = re.compile(r"\b([A-Za-z]{2,40})[-_ ](si|gun|gu|do)\b", re.IGNORECASE | re.ASCII)
_CODE_SIGN = re.compile(r"(?<=\d)[-,](?=\d)")
_SPACED = re.compile(r"(?<=(?<![가-힣])[가-힣])\s(?=[가-힣](?![가-힣]))")
"""A blank between syllables that stand alone."""
_LONE_SUFFIX = re.compile(
    r"(?<=[가-힣])\s+(?=[시군구](?![가-힣])|[시군구](?:[은는이가의에을를와과도로]|에서)(?![가-힣]))"
)
"""A blank before what says that a name is one of a city."""
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})")
_INLINE_TAG = re.compile(
    r"</?(?:a|abbr|b|bdi|cite|code|del|dfn|em|i|ins|kbd|mark|q|s|samp|small|span|strong|sub|sup|time|tspan|u|var|wbr)"
    r"\b[^<>]*>",
    re.IGNORECASE,
)
_PERCENT = re.compile(r"(?:(?<![\w.-])[\w.-]++)?(?:%[0-9A-Fa-f]{2}[\w.-]*)+")
"""Begun at words only, or a long one would be read once for each of its letters."""
_BASE64_WORD = re.compile(r"[A-Za-z0-9+/_-]{8,}")
_HYPHENS = {ord(sign): "-" for sign in "\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d"}


def _decode_base64(word: str, depth: int = 0) -> Iterator[str]:
    """Yield the texts that a word is in base64: none where it is no text, several where it may be read in two ways."""
    plain = word.replace("-", "+").replace("_", "/")
    with suppress(ValueError):
        content = base64.b64decode(plain + "=" * (-len(plain) % 4))
        for text in _iter_encodings(_decompress(content)):
            yield text
            if depth < _MOST_NESTED and _BASE64_WORD.fullmatch(text.rstrip("=")):
                yield from _decode_base64(text.rstrip("="), depth + 1)


_MOST_NESTED = 3
"""How often a text may be in base64 within base64."""


def _iter_encodings(content: bytes) -> Iterator[str]:
    with suppress(UnicodeError):
        yield content.decode()
    for encoding in ("utf-16-le", "utf-16-be", "cp949"):
        with suppress(UnicodeError):
            text = content.decode(encoding).removeprefix("\ufeff")
            if _KOREAN.fullmatch(text):  # any bytes are some text, and many of them have a name in it
                yield text


_KOREAN = re.compile(r"[가-힣\x20-\x7e\s]+")


def _decompress(content: bytes) -> bytes:
    """Return what was compressed, at most `_MOST_METADATA` bytes; the content itself where it is not compressed."""
    openers: Mapping[bytes, Callable[[], Any]] = {
        b"\x1f\x8b": lambda: zlib.decompressobj(31),
        b"x": zlib.decompressobj,
        b"BZh": bz2.BZ2Decompressor,
        b"\xfd7zXZ": lzma.LZMADecompressor,
    }
    for start, opener in openers.items():
        if content.startswith(start):
            with suppress(zlib.error, OSError, lzma.LZMAError, EOFError):
                return bytes(opener().decompress(content, _MOST_METADATA))
    return content


_BASE64_MARK = b"base64,"
_BASE64 = re.compile(rb"[A-Za-z0-9+/=]*")
_FILE_BEGIN = re.compile(rb"data:(?!font/)[^;,]{0,160};\Z")
_MAX_FILE_BEGIN = 170
"""Bytes before the mark of base64 in which an embedded file begins."""
_SCRIPT = re.compile(rb"<script\b.*?</script>", re.DOTALL)
_JPEG, _JPEG_SCAN = b"\xff\xd8", b"\xff\xda"
_PNG = b"\x89PNG\r\n\x1a\n"


def strip_embedded_data(page: bytes) -> bytes:
    """Return a page without the typeface that it carries as base64: half of it, without a tag, a figure or a name.

    Its trace is unpacked. The text of all other embedded files follows the page: what an SVG shows and carries in turn,
    and what an image has in its metadata, which a PNG may have compressed. Page and result are UTF-8.
    """
    read, plain, files = 0, list[bytes](), list[bytes]()
    while (mark := page.find(_BASE64_MARK, read)) >= 0:
        begin = mark + len(_BASE64_MARK)
        plain.append(page[read:begin])
        read = cast("re.Match[bytes]", _BASE64.match(page, begin)).end()
        if read > begin and _FILE_BEGIN.search(page, max(0, mark - _MAX_FILE_BEGIN), mark):
            with suppress(ValueError):  # what nobody can decode shows nothing; browsers need no padding
                files.append(base64.b64decode(page[begin:read] + b"=="))
    text = b"".join((*plain, page[read:]))
    texts = (
        strip_embedded_data(content.decode("utf-8", "ignore").encode())
        for file in files
        for content in _iter_file_texts(file)
    )
    if PACKED_TRACE_TYPE.encode() in text:
        text = _SCRIPT.sub(lambda match: unpack_trace(match[0].decode()).encode(), text)
    return b"\n".join((text, *texts))


def _iter_file_texts(content: bytes) -> Iterator[bytes]:
    """Yield the bytes of a file, and in UTF-8 what stands beside its image in another encoding or is compressed."""
    content = _decompress(content)
    yield content
    if content.startswith(_JPEG):
        yield from _iter_metadata(content[: content.find(_JPEG_SCAN)])
    position = len(_PNG)
    while content.startswith(_PNG) and position + 8 <= len(content):
        size, kind = int.from_bytes(content[position : position + 4]), content[position + 4 : position + 8]
        if kind != b"IDAT":
            packed = content[position + 8 : position + 8 + size]
            yield from _iter_metadata(packed)
            starts = (match.start() for match in _ZLIB_START.finditer(packed))
            for start in starts:
                with suppress(zlib.error):
                    yield zlib.decompressobj().decompress(packed[start:], _MOST_METADATA)
        position += size + 12


def _iter_metadata(content: bytes) -> Iterator[bytes]:
    for encoding in ("utf-16-le", "utf-16-be", "cp949"):
        for start in (0, 1):  # nothing says where a text begins
            yield content[start:].decode(encoding, "ignore").encode("utf-8", "ignore")


_ZLIB_START = re.compile(rb"\x78[\x01\x5e\x9c\xda]")
_MOST_METADATA = 1_000_000
"""Bytes of a compressed text that are read at most: a page of that size would be refused by any reader."""
