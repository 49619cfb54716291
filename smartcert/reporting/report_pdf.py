"""A page of a report as a tagged PDF (PDF/UA-1) for paper and archives, by WeasyPrint.

A page speaks to browsers. Three things are put as WeasyPrint reads them: colours of charts without variables, the text
alternative of a chart as the title of its drawing, and sizes of type without arithmetic.
"""

from __future__ import annotations

import re

from smartcert.reporting.pdf import pdf_of

VARIANT = "pdf/ua-1"
_VARIABLE = re.compile(r"var\(--[a-z]+, (#[0-9a-f]{6})\)")
_CHART = re.compile(
    r'<div class="chart" role="img" aria-label="([^"]*)"><svg ([^>]*)aria-hidden="true" focusable="false">'
)
_HEAD = "</head>"
_STYLE = """<style>
.smartcert h1 { font-size: 20pt; }
.smartcert .lead { font-size: 12.5pt; }
.smartcert .outcome svg { width: 9pt; height: 9pt; }
.smartcert .chart svg { font-family: "smartcert"; }
.smartcert .chart text, .smartcert .chart path { background: none; }
</style>
"""
_LOOSE = (
    "<style>* { break-before: auto !important; break-after: auto !important; break-inside: auto !important; }</style>"
)
"""For pages that WeasyPrint cannot break as they ask for, because too much of them wants to stay together."""


def report_pdf(page: str) -> bytes:
    """Return a page as PDF with tags, language and title; the same page gives the same bytes.

    Raises:
        UsageError: WeasyPrint, or a library of the system that it needs, is not installed.
        ReportError: the page asks for something outside itself.
    """
    head, body = page.split(_HEAD, 1)
    body = _CHART.sub(r'<div class="chart"><svg \2 font-family="smartcert"><title>\1</title>', body)
    body = _HEAD + _VARIABLE.sub(r"\1", body)
    try:
        return pdf_of(head + _STYLE + body, variant=VARIANT)
    except AssertionError:  # how WeasyPrint tells that it put nothing on a sheet
        return pdf_of(head + _STYLE + _LOOSE + body, variant=VARIANT)
