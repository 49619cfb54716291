"""Is a page complete, about its own applicant only, with the figures of its record, and in need of nothing else?"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from html import unescape
from typing import Any

from smartcert.batch.request import RenderedReport, Task
from smartcert.errors import ReportError
from smartcert.model.evaluation import Evaluation
from smartcert.reporting.formats import MAX_DIGITS, sanitise_text
from smartcert.reporting.page import TRACE_ID
from smartcert.reporting.records import Audience, Failure

_TAG_NAME = re.compile(r"[a-zA-Z][\w:-]*")
_TAG_REST = re.compile(r"""(?:[^<>"']|"[^"]*"|'[^']*')*>""")
"""What follows the name of a tag: a quoted value may hold brackets."""
_STYLE_ATTRIBUTE = re.compile(r"[sS](?i:tyle)\s*=")
_ATTRIBUTE = re.compile(r"""([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL | re.IGNORECASE)
_STYLE_ELEMENT = re.compile(r"<style\b[^>]*>(.*?)</style>", re.DOTALL | re.IGNORECASE)
_CSS_FETCH = re.compile(r"@import\b|url\(\s*['\"]?(?!data:|#)[^)]{0,60}", re.IGNORECASE)
_FETCHING_ATTRIBUTES = {
    "link": ("href",),
    "script": ("src",),
    "img": ("src", "srcset"),
    "image": ("href", "xlink:href"),
    "use": ("href", "xlink:href"),
    "iframe": ("src",),
    "embed": ("src",),
    "object": ("data",),
    "source": ("src", "srcset"),
    "video": ("src", "poster"),
    "audio": ("src",),
    "track": ("src",),
    "base": ("href",),
    "input": ("src",),
    "form": ("action",),
    "body": ("background",),
}
"""Attributes from which a browser fetches, or to which it sends, without a link being followed."""
_CHECKED_TAGS = re.compile(rf"<(?i:html|h1|meta|{'|'.join(_FETCHING_ATTRIBUTES)})(?=[\s/>])")


def check_executed(notebook: Any) -> None:
    """Raise unless every cell with code ran, none has an error among its outputs, and no chart lacked a glyph.

    Raises:
        ReportError: says which cell.
    """
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        if cell.execution_count is None:
            raise ReportError(f"cell {number} did not run")
        for output in cell.outputs:
            if output.output_type == "error":
                raise ReportError(f"cell {number}: {output.ename}: {output.evalue}")
            if output.output_type == "stream" and _find_missing_glyph(output.text):
                raise ReportError(f"cell {number}: {_find_missing_glyph(output.text)}")


def check_page(page: str, task: Task) -> None:
    """Raise unless the page is complete, in its language, about its subject with its own figures, and fetches nothing.

    Raises:
        ReportError: says what is wrong.
    """
    if not page.rstrip().endswith("</html>"):
        raise ReportError("the page does not end with </html>")
    page = strip_embedded_data(page)
    tags = list(_iter_tags(page))
    languages = [attributes.get("lang") for tag, attributes in tags if tag == "html"]
    if languages != [task.language]:
        raise ReportError(f"the page is in language {languages}, not in '{task.language}'")
    headings = sum(tag == "h1" for tag, _ in tags)
    if headings != 1:
        raise ReportError(f"the page has {headings} headings of the first level, not one")
    record = json.loads(task.record)
    titles = [unescape(title) for title in _TITLE.findall(page)]
    subject = _get_subject_name(task, record)
    if len(titles) != 1 or subject not in titles[0]:
        raise ReportError(f"the page's title is {titles}; it should name '{subject}'")
    for problem in (*_find_problems(page, tags), *find_wrong_figures(page, record)):
        raise ReportError(problem)


def _get_subject_name(task: Task, record: Mapping[str, Any]) -> str:
    """Return the name that the title must hold: the record's title, else the applicant's or the round's."""
    if "title" in record:  # a page about neither an applicant nor a round
        return sanitise_text(record["title"][task.language])
    evaluation = record.get("evaluation", record)  # a public record names the applicant itself
    name = evaluation["applicant"]["name"] if task.applicant_id else record["round"]["title"]
    return sanitise_text(name[task.language])


def _find_problems(page: str, tags: list[tuple[str, dict[str, str]]]) -> Iterator[str]:
    for tag, attributes in tags:
        yield from _find_tag_problems(tag, attributes)
        yield from _find_style_fetches(attributes.get("style", ""))
    for style in _STYLE_ELEMENT.finditer(page):
        yield from _find_style_fetches(style[1])


def _find_tag_problems(tag: str, attributes: dict[str, str]) -> Iterator[str]:
    for name in _FETCHING_ATTRIBUTES.get(tag, ()):
        if not attributes.get(name, "#").startswith(("data:", "#")):
            yield f"the page fetches something: <{tag} {name}={attributes[name][:60]!r}>"
    if tag == "meta" and attributes.get("http-equiv", "").lower() == "refresh":
        yield "the page sends its reader elsewhere: <meta http-equiv=refresh>"
    if tag == "img" and "alt" not in attributes:
        yield "an image has no alternative text"


def _find_style_fetches(style: str) -> Iterator[str]:
    for fetch in _CSS_FETCH.finditer(style):
        yield f"a style fetches something: {fetch[0]}"


def _iter_tags(page: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the tags that matter here, with their attributes: reading those of all others would take longest.

    Raises:
        ReportError: one of them is not closed.
    """
    begins = {tag.start() for tag in _CHECKED_TAGS.finditer(page)}
    begins.update(page.rfind("<", 0, style.start()) for style in _STYLE_ATTRIBUTE.finditer(page))
    for begin in sorted(begins - {-1}):
        name = _TAG_NAME.match(page, begin + 1)
        if name is None:  # a closing tag or a comment, and "style" in the text after it
            continue
        rest = _TAG_REST.match(page, name.end())
        if rest is None:
            raise ReportError(f"a tag is not closed: {page[begin : begin + 60]!r}")
        yield name[0].lower(), {name.lower(): a or b or c for name, a, b, c in _ATTRIBUTE.findall(rest[0][:-1])}


def _find_missing_glyph(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if "Glyph" in line and "missing" in line), "")


_POINTS_SECTION = re.compile(r'<section\b[^>]*aria-labelledby="points"[^>]*>(.*?)</section>', re.DOTALL)
_POINTS_ROW = re.compile(r'<tr data-at="([^"]*)"[^>]*>(.*?)</tr>', re.DOTALL)
_POINTS_CELL = re.compile(r'<td class="number">(≈?)(−?)([\d,]+(?:\.\d+)?)')
_TRACE_SCRIPT = re.compile(rf'<script type="application/json" id="{TRACE_ID}">(.*?)</script>', re.DOTALL)
_ROUNDING_TOLERANCE = Fraction(1, 2 * 10**MAX_DIGITS)
"""By how much a number shown with ≈ may differ from the exact one."""


def find_wrong_figures(page: str, record: Mapping[str, Any]) -> Iterator[str]:
    """Yield a sentence for each figure in the points and in the trace of a page that differs from its record.

    ``record`` is the JSON of an evaluation; without a scorecard there are no figures, and a page for the public or the
    round has none of these. A notebook may leave the section or the trace out; what the page has must be right.
    """
    evaluation = record.get("evaluation")
    card = evaluation.get("scorecard") if evaluation else None
    if not evaluation or not card:
        return
    points = dict(_iter_points(card))
    for section in _POINTS_SECTION.findall(page):
        yield from _check_points_rows(section, points)
    for trace in _TRACE_SCRIPT.findall(page):
        yield from _check_trace(json.loads(trace), record, points)


def _iter_points(card: Mapping[str, Any]) -> Iterator[tuple[str, Fraction]]:
    yield "total", Fraction(card["points"])
    for section in card["domains"]:
        yield from _iter_section_points(section)


def _iter_section_points(section: Mapping[str, Any]) -> Iterator[tuple[str, Fraction]]:
    yield section["id"], Fraction(section["points"])
    for part in section["sections"]:
        yield from _iter_section_points(part)
    for indicator in section["indicators"]:
        yield indicator["indicator"]["id"], Fraction(indicator["confirmed"]["points"])


def _check_points_rows(section: str, points: Mapping[str, Fraction]) -> Iterator[str]:
    shown = set()
    for name, row in ((unescape(name), row) for name, row in _POINTS_ROW.findall(section)):
        cell = _POINTS_CELL.search(row)
        if name not in points or cell is None:
            yield f"the page shows points of {name[:40]!r}, which the record does not have"
            continue
        shown.add(name)
        rounded, minus, digits = cell.groups()
        value = Fraction(digits.replace(",", "")) * (-1 if minus else 1)
        if abs(value - points[name]) > (_ROUNDING_TOLERANCE if rounded else 0):
            yield f"the page shows {cell[0].rpartition('>')[2]} points of {name}, the record {points[name]}"
    for name in points.keys() - shown:
        yield f"the page does not show the points of {name}"


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
        if name not in points or stated.get(name) is None or Fraction(stated[name]) != points[name]:
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
_ROMANISED_SUFFIX = re.compile(r"-(?:si|gun|gu|do)\b", re.ASCII)  # a Korean particle may follow
_ROMANISED_STEM = re.compile(r"[A-Z][a-z]+\Z")
_MAX_ROMANISED_LENGTH = 40
"""Characters of a romanised name before its ending, at most."""

_TEN_ZEROS = b"0" * 10
_DIGIT_MASK = bytes(ord("0") if chr(byte).isdigit() else ord(" ") for byte in range(128)) + b" " * 128


class _NameFinder:
    """Finds the names and codes of all applicants in a text.

    Every page is searched for all of them, so each kind is found by what is rare: a Korean name by its last syllable, a
    romanised one by its ending, a code by ten digits in a row. Comparing all words takes ten times as long.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(names)
        self._lengths: dict[str, set[int]] = {}
        for name in self._names:
            self._lengths.setdefault(name[-1], set()).add(len(name))

    def find(self, text: str) -> frozenset[str]:
        """Return the names and codes that are words of a text; a Korean particle may follow a name."""
        return frozenset(self._iter_korean_names(text)) | (
            self._names & {*_iter_romanised_names(text), *_iter_codes(text)}
        )

    def _iter_korean_names(self, text: str) -> Iterator[str]:
        for last, lengths in self._lengths.items():
            if _is_hangul(last):
                for end in _iter_positions(text, last):
                    for length in lengths:
                        begin = end + 1 - length
                        name = text[begin : end + 1] if begin >= 0 else ""
                        if name in self._names and not _is_hangul(text[begin - 1 : begin]):
                            yield name


def _extract_names(text: str) -> frozenset[str]:
    """Return what looks like the name or the code of a local government in a text."""
    return frozenset(_KOREAN_NAME.findall(text)).union(_iter_romanised_names(text), _iter_codes(text))


def _iter_romanised_names(text: str) -> Iterator[str]:
    for end in _ROMANISED_SUFFIX.finditer(text):
        begin = _ROMANISED_STEM.search(text, max(0, end.start() - _MAX_ROMANISED_LENGTH), end.start())
        if begin:
            yield begin[0] + end[0]


def _iter_codes(text: str) -> Iterator[str]:
    """Yield every number of ten digits. All other bytes become blanks first, so that a fast search finds them."""
    raw = text.encode("utf-8", "replace")
    digits = raw.translate(_DIGIT_MASK)
    begin = digits.find(_TEN_ZEROS)
    while begin >= 0:
        end = digits.find(b" ", begin)
        if end - begin == len(_TEN_ZEROS) or (end < 0 and len(digits) - begin == len(_TEN_ZEROS)):
            yield raw[begin : begin + len(_TEN_ZEROS)].decode()
        begin = digits.find(_TEN_ZEROS, end) if end >= 0 else -1


def _iter_positions(text: str, character: str) -> Iterator[int]:
    position = text.find(character)
    while position >= 0:
        yield position
        position = text.find(character, position + 1)


def _is_hangul(character: str) -> bool:
    return "가" <= character <= "힣"


class NameLeakCheck:
    """Refuses a page that names another applicant of its round, unless its record does so too."""

    def __init__(self, evaluations: Iterable[Evaluation], record: Callable[[str, Audience], str]) -> None:
        """Take the round's evaluations, and a function that returns the text of the record that a report shows."""
        self._record = record
        self._own_names: dict[str, frozenset[str]] = {}
        for evaluation in evaluations:
            applicant = evaluation.applicant
            self._own_names[evaluation.id] = _extract_names(
                " ".join((applicant.full_name.ko, applicant.full_name.en, applicant.code))
            )
        self._finder = _NameFinder(name for names in self._own_names.values() for name in names)

    def check(self, result: RenderedReport | Failure) -> RenderedReport | Failure:
        """Return the result, or a failure where the page names an applicant that its record does not."""
        if isinstance(result, Failure) or not result.applicant_id:
            return result
        others = self._finder.find(strip_embedded_data(result.page.decode())) - self._own_names[result.applicant_id]
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


_EMBEDDED_DATA = re.compile(r"base64,[A-Za-z0-9+/=]+")


def strip_embedded_data(page: str) -> str:
    """Return a page without the typeface that it carries as base64: half of it, without a tag, a figure or a name."""
    return _EMBEDDED_DATA.sub("base64,", page)
