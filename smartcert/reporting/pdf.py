"""How does a page become a PDF, plain or tagged (PDF/UA-1)? By WeasyPrint: no browser, no network."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from smartcert.errors import ReportError, UsageError
from smartcert.files import sha256_raw
from smartcert.reporting.pdf_tags import complete_tags, find_tag_problems

PDF_UA = "pdf/ua-1"
_COLOURS = "srgb"
"""The colours that a PDF means, which it states in itself."""
_ARCHIVE = "/GTS_PDFA1"
"""The kind of such a statement that PDF/A (ISO 19005-1, 6.2.2) asks for."""
_CSS_VARIABLE = re.compile(r"var\(--[a-z]+,(#[0-9a-f]{6})\)")
_CHART_START = re.compile(
    r'<div class="chart" role="img" aria-label="([^"]*)"><svg ([^>]*)aria-hidden="true" focusable="false">'
)
_OUTCOME_SHAPE = re.compile(r'(<span class="outcome [a-z_]+">)<svg [^>]*>.*?</svg>', re.DOTALL)
"""The shape beside the word of an outcome: on paper the word does, and a figure without a text is none."""
_NARROW_CHART = re.compile(r'<div class="narrow-chart">.*?</div>', re.DOTALL)
"""A chart drawn again for a telephone."""
_HEAD_END = "</head>"
_PRINT_STYLE = """<style>
.smartcert h1 { font-size: 20pt; }
.smartcert .lead { font-size: 12.5pt; }
.smartcert .outcome svg { width: 9pt; height: 9pt; }
.smartcert .chart svg { font-family: "smartcert"; }
.smartcert .wide table { font-size: 8.5pt; }
.smartcert .wide th, .smartcert .wide td { padding-left: 2pt; padding-right: 2pt; }
.smartcert .chart text, .smartcert .chart path { background: none; }
</style>
"""
_FREE_BREAKS = (
    "<style>* { break-before: auto !important; break-after: auto !important; break-inside: auto !important; }</style>"
)
"""Lets WeasyPrint break a page anywhere, where too much of it is asked to stay together to fit on a sheet."""
_SOURCE_DATE = "SOURCE_DATE_EPOCH"


def render_tagged_pdf(page: str) -> bytes:
    """Return the page of a report as PDF/UA-1 with tags, language and title; the same page gives the same bytes.

    Raises:
        UsageError: WeasyPrint, or a library of the system that it needs, is not installed.
        ReportError: the page asks for something outside itself, or the tags of the PDF are incomplete.
    """
    head, body = page.split(_HEAD_END, 1)
    body = _CHART_START.sub(r'<div class="chart"><svg \2 font-family="smartcert"><title>\1</title>', body)
    body = _NARROW_CHART.sub("", body)
    body = _OUTCOME_SHAPE.sub(r"\1", body)
    body = _HEAD_END + replace_colour_variables(body)
    try:
        pdf = render_pdf(head + _PRINT_STYLE + body, variant=PDF_UA, complete=_complete)
    except AssertionError:  # WeasyPrint raises it where it could put nothing on a sheet
        pdf = render_pdf(head + _PRINT_STYLE + _FREE_BREAKS + body, variant=PDF_UA, complete=_complete)
    if problems := find_tag_problems(pdf):
        raise ReportError(f"the PDF is not accessible: {'; '.join(problems)}")
    return pdf


def _complete(pdf: Any) -> None:
    """Complete the tags of a PDF, and say that the colours it means are meant for an archive."""
    complete_tags(pdf)
    for intent in pdf.catalog["OutputIntents"]:
        intent["S"] = _ARCHIVE


def replace_colour_variables(html: str) -> str:
    """Return the HTML of charts with the colours of the light palette instead of variables, of which a PDF has none."""
    return _CSS_VARIABLE.sub(r"\1", html)


def render_pdf(page: str, variant: str | None = None, complete: Callable[[Any], None] | None = None) -> bytes:
    """Return the page as PDF, plain or of a variant (``"pdf/ua-1"``); the same page gives the same bytes.

    ``complete`` is called with the PDF as an object of pydyf before it is written, and may change it.

    Raises:
        UsageError: WeasyPrint, or a library of the system that it needs, is not installed.
        ReportError: the page asks for something outside itself.
    """
    try:  # imported here: heavy, and an extra that is not always installed
        import weasyprint
        from weasyprint.urls import URLFetcher, URLFetcherResponse
    except (ImportError, OSError) as error:  # OSError: Pango is missing
        raise UsageError(
            "PDF needs the package WeasyPrint and the library Pango: pip install 'smartcert[pdf]' and, on Debian, "
            f"apt install libpango-1.0-0 libpangoft2-1.0-0 ({error})"
        ) from None

    refused: list[str] = []

    class DataFetcher(URLFetcher):  # type: ignore[misc]  # WeasyPrint ships no types
        """Opens ``data:`` URLs, which stand in the page itself, and nothing else."""

        def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
            if not url.startswith("data:"):
                refused.append(url[:60])  # WeasyPrint catches the error and goes on without the file
                raise ReportError(f"the page fetches something: {url[:60]}")
            return super().fetch(url, headers)

    identifier = sha256_raw(page.encode())[:16]
    with _fixed_source_date():
        document = weasyprint.HTML(string=page, url_fetcher=DataFetcher())
        pdf: bytes = document.write_pdf(
            pdf_identifier=identifier,
            pdf_variant=variant,
            output_intent=_COLOURS,
            finisher=(lambda _, unwritten: complete(unwritten)) if complete else None,
        )
    if refused:
        raise ReportError(f"the page fetches something: {', '.join(refused)}")
    return pdf


@contextmanager
def _fixed_source_date() -> Iterator[None]:
    """Give the fonts in a PDF a fixed time instead of the time at which they were cut down."""
    before = os.environ.get(_SOURCE_DATE)
    os.environ[_SOURCE_DATE] = "0"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_SOURCE_DATE]
        else:
            os.environ[_SOURCE_DATE] = before
