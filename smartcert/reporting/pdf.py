"""PDF/UA, QR."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from typing import Any

from markupsafe import Markup, escape

from smartcert.errors import ReportError, UsageError
from smartcert.files import sha256_raw

# --- A page as PDF, by WeasyPrint: no browser, no network.

_SOURCE_DATE = "SOURCE_DATE_EPOCH"


def render_pdf(page: str, variant: str | None = None) -> bytes:
    """Return the page as PDF, plain or of a variant (``"pdf/ua-1"``); the same page gives the same bytes.

    Raises:
        UsageError: WeasyPrint, or a library of the system that it needs, is not installed.
        ReportError: the page asks for something outside itself.
    """
    try:
        import weasyprint
        from weasyprint.urls import URLFetcher, URLFetcherResponse
    except (ImportError, OSError) as error:  # OSError: Pango is not there
        raise UsageError(
            "PDF needs the package WeasyPrint and the library Pango: pip install 'smartcert[pdf]' and, on Debian, "
            f"apt install libpango-1.0-0 libpangoft2-1.0-0 ({error})"
        ) from None

    refused: list[str] = []

    class Inside(URLFetcher):  # type: ignore[misc]  # WeasyPrint ships no types
        """Opens what stands in the page itself, and nothing else."""

        def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
            if not url.startswith("data:"):
                refused.append(url[:60])  # WeasyPrint goes on without what it was refused
                raise ReportError(f"the page fetches something: {url[:60]}")
            return super().fetch(url, headers)

    identifier = sha256_raw(page.encode())[:16]
    with _fixed_source_date():
        read = weasyprint.HTML(string=page, url_fetcher=Inside())
        made: bytes = read.write_pdf(pdf_identifier=identifier, pdf_variant=variant)
    if refused:
        raise ReportError(f"the page fetches something: {', '.join(refused)}")
    return made


@contextmanager
def _fixed_source_date() -> Iterator[None]:
    """Keep the clock out of the fonts in the file: they bear the time at which they were cut down."""
    before = os.environ.get(_SOURCE_DATE)
    os.environ[_SOURCE_DATE] = "0"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_SOURCE_DATE]
        else:
            os.environ[_SOURCE_DATE] = before


# --- A page of a report as a tagged PDF (PDF/UA-1) for paper and archives, by WeasyPrint.

PDF_UA = "pdf/ua-1"
_CSS_VARIABLE = re.compile(r"var\(--[a-z]+, (#[0-9a-f]{6})\)")
_CHART_START = re.compile(
    r'<div class="chart" role="img" aria-label="([^"]*)"><svg ([^>]*)aria-hidden="true" focusable="false">'
)
_HEAD_END = "</head>"
_PRINT_STYLE = """<style>
.smartcert h1 { font-size: 20pt; }
.smartcert .lead { font-size: 12.5pt; }
.smartcert .outcome svg { width: 9pt; height: 9pt; }
.smartcert .chart svg { font-family: "smartcert"; }
.smartcert .chart text, .smartcert .chart path { background: none; }
</style>
"""
_FREE_BREAKS = (
    "<style>* { break-before: auto !important; break-after: auto !important; break-inside: auto !important; }</style>"
)
"""For pages that WeasyPrint cannot break as they ask for, because too much of them wants to stay together."""


def render_tagged_pdf(page: str) -> bytes:
    """Return a page as PDF with tags, language and title; the same page gives the same bytes.

    Raises:
        UsageError: WeasyPrint, or a library of the system that it needs, is not installed.
        ReportError: the page asks for something outside itself.
    """
    head, body = page.split(_HEAD_END, 1)
    body = _CHART_START.sub(r'<div class="chart"><svg \2 font-family="smartcert"><title>\1</title>', body)
    body = _HEAD_END + _CSS_VARIABLE.sub(r"\1", body)
    try:
        return render_pdf(head + _PRINT_STYLE + body, variant=PDF_UA)
    except AssertionError:  # how WeasyPrint tells that it put nothing on a sheet
        return render_pdf(head + _PRINT_STYLE + _FREE_BREAKS + body, variant=PDF_UA)


# --- QR codes as one path of an inline SVG: dark on light in every colour scheme, in the quiet zone that readers need.

_QUIET_ZONE = 4


def draw_qr_code(text: str, alt: str) -> Markup:
    """Return the QR code of ``text`` with error correction M (15 % may be unreadable).

    Raises:
        UsageError: the library segno is not installed.
    """
    try:
        import segno
    except ImportError:
        raise UsageError("QR codes need the package segno: pip install 'smartcert[certificate]'") from None
    code = segno.make(text, error="m", micro=False, boost_error=False)
    size = len(code.matrix) + 2 * _QUIET_ZONE
    path = "".join(_dark_runs(row, line) for line, row in enumerate(code.matrix))
    return Markup(
        '<svg class="qr" viewBox="0 0 {size} {size}" role="img" aria-label="{alt}" shape-rendering="crispEdges">'
        '<rect width="{size}" height="{size}" fill="#fff"/><path d="{path}" fill="#000"/></svg>'
    ).format(size=size, alt=escape(alt), path=path)


def _dark_runs(row: bytes | bytearray, line: int) -> str:
    """Return the dark modules of one row as rectangles, neighbours as one."""
    parts, x = [], _QUIET_ZONE
    for dark, run in groupby(row):
        wide = len(list(run))
        if dark:
            parts.append(f"M{x} {line + _QUIET_ZONE}h{wide}v1h-{wide}z")
        x += wide
    return "".join(parts)
