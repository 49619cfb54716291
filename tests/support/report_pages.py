"""Pages of the applicant report made without a kernel, and a reader that takes them apart, for the tests."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import nbformat
from nbconvert.exporters import HTMLExporter

import smartcert.reporting
from smartcert.batch.exporter import render_page
from smartcert.evaluation.improvement import find_next_steps
from smartcert.reporting.applicant.public import PublicReport
from smartcert.reporting.applicant.report import ApplicantReport
from smartcert.reporting.page import PageSection
from smartcert.reporting.records import PublicRecord, Record

SECTIONS = (
    *("verdict", "decision", "next_level", "eligibility", "points", "working", "inspection", "committee", "earlier"),
    *("basis", "trace"),
)
VOID = frozenset({"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "wbr"})


def report_of(record: Record | PublicRecord, language: str) -> ApplicantReport | PublicReport:
    if isinstance(record, PublicRecord):
        return PublicReport(record, language)
    return ApplicantReport(record, language, find_next_steps(record.evaluation))


def sections(record: Record | PublicRecord, language: str) -> list[PageSection]:
    """Return the header and the sections that the report has for this record, without the typeface."""
    report = report_of(record, language)
    made = [report.head(), *(getattr(report, name)() for name in SECTIONS)]
    return [section for section in made if section is not None]


@cache
def exporter() -> HTMLExporter:
    folder = Path(smartcert.reporting.__file__).parent / "template"
    return HTMLExporter(template_name="smartcert", extra_template_basedirs=[str(folder)])


def page(record: Record | PublicRecord, language: str) -> str:
    """Return the page as nbconvert makes it from the notebook's outputs."""
    return str(exporter().from_notebook_node(executed(record, language))[0])


def batch_page(record: Record | PublicRecord, language: str) -> str:
    """Return the page as the batch makes it, with its own exporter over the same template."""
    return render_page(executed(record, language))


def executed(record: Record | PublicRecord, language: str) -> nbformat.NotebookNode:
    """Return the notebook as it is after it ran."""
    report = report_of(record, language)
    return executed_sections([getattr(report, name)() for name in ("head", *SECTIONS, "typeface")])


def page_of_sections(made: Sequence[PageSection | None]) -> str:
    """Return the page that the batch makes of sections, the header first and the typeface last."""
    return render_page(executed_sections(made))


def executed_sections(made: Sequence[PageSection | None]) -> nbformat.NotebookNode:
    """Return a notebook that ran, with one section put out by each cell."""
    cells = [
        nbformat.v4.new_code_cell(
            "code that must not show",
            id=f"cell-{number}",
            metadata={"tags": ["remove-input"]},
            outputs=[
                nbformat.v4.new_output("execute_result", data=data, metadata=dict(metadata), execution_count=1)
                for data, metadata in [section._repr_mimebundle_()]
            ],
        )
        for number, section in enumerate(made)
        if section is not None
    ]
    text = nbformat.v4.new_markdown_cell("words for readers in Lab", id="about", metadata={"tags": ["remove-cell"]})
    return nbformat.v4.new_notebook(cells=[text, *cells])


OPTIONAL = {"td", "th", "tr", "thead", "tbody", "li", "dt", "dd", "caption"}
"""Elements whose end tag a page may leave out."""
ENDED = {
    **dict.fromkeys(("td", "th"), ("td", "th")),
    **dict.fromkeys(("dt", "dd"), ("dt", "dd")),
    "tr": ("td", "th", "tr", "caption"),
    "thead": ("caption",),
    "tbody": ("td", "th", "tr", "thead", "tbody", "caption"),
    "li": ("li",),
}
"""Which of them a start tag ends."""


class Reader(HTMLParser):
    """Takes HTML apart: tags with their attributes in order, text, and tags that were closed wrongly."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self._texts: dict[str, list[str]] = {}
        self.wrong: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        self.wrong += self._open
        self.text = {tag: "".join(texts) for tag, texts in self._texts.items()}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        while self._open and self._open[-1] in ENDED.get(tag, ()):
            self._open.pop()
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        while self._open and self._open[-1] in OPTIONAL - {tag}:
            self._open.pop()
        if not self._open or self._open[-1] != tag:
            self.wrong.append(tag)
            return
        self._open.pop()

    def handle_data(self, data: str) -> None:
        for tag in {*self._open}:
            self._texts.setdefault(tag, []).append(data)

    def all(self, name: str) -> list[dict[str, str]]:
        """Return the attributes of every tag of this name."""
        return [attributes for tag, attributes in self.tags if tag == name]
