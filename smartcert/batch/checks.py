"""What a report must be before it is placed: run to its end, about its applicant, whole, and in need of nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from html import unescape
from typing import Any

from smartcert.batch.embedded import without_embedded
from smartcert.batch.own_figures import strange_figures
from smartcert.batch.task import Task
from smartcert.errors import ReportError
from smartcert.reporting import figures

_NAME = re.compile(r"[a-zA-Z][\w:-]*")
_REST = re.compile(r"""(?:[^<>"']|"[^"]*"|'[^']*')*>""")
"""What follows the name of a tag: a quoted value may hold its brackets."""
_STYLED = re.compile(r"[sS](?i:tyle)\s*=")
_ATTRIBUTE = re.compile(r"""([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL | re.IGNORECASE)
_STYLE = re.compile(r"<style\b[^>]*>(.*?)</style>", re.DOTALL | re.IGNORECASE)
_CSS_FETCH = re.compile(r"@import\b|url\(\s*['\"]?(?!data:|#)[^)]{0,60}", re.IGNORECASE)
_FETCHING = {
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
"""What a browser fetches or sends by itself or at a click, other than following a link."""
_LOOKED_AT = re.compile(rf"<(?i:html|h1|meta|{'|'.join(_FETCHING)})(?=[\s/>])")


def check_executed(notebook: Any) -> None:
    """Raise unless every cell with code ran, none of them put out an error, and no glyph was missing in a chart.

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
            if output.output_type == "stream" and _glyph_missing(output.text):
                raise ReportError(f"cell {number}: {_glyph_missing(output.text)}")


def check_page(page: str, task: Task) -> None:
    """Raise unless the page is whole, in its language, about its subject with its own figures, and fetches nothing.

    Raises:
        ReportError: says what is wrong.
    """
    if not page.rstrip().endswith("</html>"):
        raise ReportError("the page does not end with </html>")
    page = without_embedded(page)
    tags = list(_tags(page))
    languages = [attributes.get("lang") for tag, attributes in tags if tag == "html"]
    if languages != [task.language]:
        raise ReportError(f"the page is in language {languages}, not in '{task.language}'")
    headings = sum(tag == "h1" for tag, _ in tags)
    if headings != 1:
        raise ReportError(f"the page has {headings} headings of the first level, not one")
    record = json.loads(task.record)
    titles = [unescape(title) for title in _TITLE.findall(page)]
    subject = _subject(task, record)
    if len(titles) != 1 or subject not in titles[0]:
        raise ReportError(f"the page's title is {titles}; it should name '{subject}'")
    for problem in (*_problems(page, tags), *strange_figures(page, record)):
        raise ReportError(problem)


def _subject(task: Task, record: Mapping[str, Any]) -> str:
    """Return the name that the page must be about: the record's title, else the applicant's or the round's."""
    if "title" in record:  # a page about neither an applicant nor a round
        return figures.plain(record["title"][task.language])
    about = record.get("evaluation", record)  # a public record names the applicant itself
    named = about["applicant"]["name"] if task.applicant_id else record["round"]["title"]
    return figures.plain(named[task.language])


def _problems(page: str, tags: list[tuple[str, dict[str, str]]]) -> Iterator[str]:
    for tag, attributes in tags:
        yield from _problems_of_tag(tag, attributes)
        yield from _fetches(attributes.get("style", ""))
    for style in _STYLE.finditer(page):
        yield from _fetches(style[1])


def _problems_of_tag(tag: str, attributes: dict[str, str]) -> Iterator[str]:
    for name in _FETCHING.get(tag, ()):
        if not attributes.get(name, "#").startswith(("data:", "#")):
            yield f"the page fetches something: <{tag} {name}={attributes[name][:60]!r}>"
    if tag == "meta" and attributes.get("http-equiv", "").lower() == "refresh":
        yield "the page sends its reader elsewhere: <meta http-equiv=refresh>"
    if tag == "img" and "alt" not in attributes:
        yield "an image has no alternative text"


def _fetches(style: str) -> Iterator[str]:
    for fetch in _CSS_FETCH.finditer(style):
        yield f"a style fetches something: {fetch[0]}"


def _tags(page: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the tags that matter here, with their attributes: reading those of all the others would take longest.

    Raises:
        ReportError: one of them is not closed.
    """
    begins = {found.start() for found in _LOOKED_AT.finditer(page)}
    begins.update(page.rfind("<", 0, found.start()) for found in _STYLED.finditer(page))
    for begin in sorted(begins - {-1}):
        name = _NAME.match(page, begin + 1)
        if name is None:  # a closing tag or a comment, and "style" in the text after it
            continue
        rest = _REST.match(page, name.end())
        if rest is None:
            raise ReportError(f"a tag is not closed: {page[begin : begin + 60]!r}")
        yield name[0].lower(), {name.lower(): a or b or c for name, a, b, c in _ATTRIBUTE.findall(rest[0][:-1])}


def _glyph_missing(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if "Glyph" in line and "missing" in line), "")
