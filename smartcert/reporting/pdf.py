"""How does a page become a tagged PDF (PDF/UA-1)? By Chromium or WeasyPrint, without network and scripts.

Both engines get a page that was prepared for them; what they write is completed by the same steps, written again so
that the same page gives the same bytes, and read by another library before anybody gets it.
"""

from __future__ import annotations

import io
import os
import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from html import unescape
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from smartcert.errors import ReportError, UsageError
from smartcert.files import sha256_raw
from smartcert.reporting.chromium import PrintedPage
from smartcert.reporting.compact import restore_charts
from smartcert.reporting.pdf_checks import find_problems
from smartcert.reporting.pdf_objects import Name, PdfObjects, Stream, read_objects, write_text
from smartcert.reporting.pdf_tags import complete_tags, describe_links

if TYPE_CHECKING:
    from smartcert.reporting.chromium import Browser

_CHART_START = re.compile(r'<div class="chart" role="img" aria-label="([^"]*)"><svg ([^>]*)aria-hidden="true">')
_PICTURE = re.compile(r'(<svg [^>]*\brole="img" aria-label="([^"]*)"[^>]*>)')
"""A picture that is no chart, as a QR code; its text is an attribute, which WeasyPrint does not read."""
_OUTCOME_SHAPE = re.compile(r'(<span class="outcome [a-z_]+">)<svg [^>]*>.*?</svg>', re.DOTALL)
"""The shape beside the word of an outcome: on paper the word does, and a figure without a text is none."""
_NARROW_CHART = re.compile(r'<div class="narrow-chart">.*?</div>', re.DOTALL)
"""A chart drawn again for a telephone."""
_HEAD_END = "</head>"
_LANGUAGE = re.compile(r'<html[^>]*\blang="([a-z]+)"')
_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
_OTHER_LANGUAGE_SPAN = re.compile(r'<span( class=(?:"[^"]*"|[^" >]+))? lang="[a-z]+">([^<]*)</span>')
_OTHER_LANGUAGE_BLOCK = re.compile(
    r'(<(?:p|td|th|dd|dt|li|caption) [^>]*\blang="[a-z]+"[^>]*>)([^<]*)(?=</|<(?:t[dhr]|thead|tbody|d[dt]|li)\b)'
)
"""A block of nothing but text: it ends with its end tag, or where a page leaves that out, before what ends it."""
_EMPTY_CELL = re.compile(r"(<t[dh]\b[^>]*>)\s*(?=</t|<t[dhr]\b)")
_FIGURE = re.compile(r"<(figure|figcaption)\b")
_ID = re.compile(r'<h[1-6][^>]*\bid="([^"]+)"[^>]*>(.*?)</h[1-6]>', re.DOTALL)
_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
"""It names the one style of a page by its hash. What is printed gets another, runs no script and fetches nothing."""
_ELEMENT = re.compile(r"<[^>]*>")
_CONTENT_SCALE = re.compile(rb" re\nW\*? n\nq\n([\d.]+) 0 0 \1 ")
"""How Chromium begins the content of a sheet: the area between the margins, and the scale in it."""
_FULL_SCALE = 300 / 96
"""The scale of a page that was not made smaller: it counts 300 dots and 96 pixels of a page to an inch."""
_PRINT_STYLE = """<style>
.smartcert .outcome svg { width: 9pt; height: 9pt; }
.smartcert .chart svg { font-family: "smartcert"; }
.smartcert .chart text, .smartcert .chart path { background: none; }
em { font-style: normal; }
</style>
"""
_FREE_BREAKS = (
    "<style>* { break-before: auto !important; break-after: auto !important; break-inside: auto !important; }</style>"
)
"""Lets WeasyPrint break a page anywhere, where too much of it is asked to stay together to fit on a sheet."""
_SOURCE_DATE = "SOURCE_DATE_EPOCH"
_UA = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/"
 xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">
<pdfuaid:part>1</pdfuaid:part>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:language><rdf:Bag><rdf:li>{language}</rdf:li></rdf:Bag></dc:language>
<pdf:Producer>{producer}</pdf:Producer>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>
"""


def render_tagged_pdf(page: str, browser: Browser | None = None, *, seconds: float | None = None) -> bytes:
    """Return the page of a report as PDF/UA-1 with tags, language and title; the same page gives the same bytes.

    It is printed by ``browser``, within so many seconds, or by WeasyPrint where there is none.
    """
    return complete_pdf(print_page(page, browser, seconds=seconds), page)


def print_page(page: str, browser: Browser | None = None, *, seconds: float | None = None) -> PrintedPage:
    """Return the page as an engine prints it, before `complete_pdf`: it may lack tags, and has the time in it."""
    if browser is not None:
        prepared = prepare_for_chromium(page)
        return browser.print_page(prepared, seconds) if seconds else browser.print_page(prepared)
    prepared = _prepare_for_weasyprint(page)
    try:
        return PrintedPage(content=_print_by_weasyprint(prepared))
    except AssertionError:  # WeasyPrint raises it where it could put nothing on a sheet
        return PrintedPage(content=_print_by_weasyprint(prepared.replace(_HEAD_END, _FREE_BREAKS + _HEAD_END, 1)))


def complete_pdf(printed: PrintedPage, page: str) -> bytes:
    """Return the PDF of `print_page` complete: tags, title, language, colours, fixed dates and names."""
    pdf = read_objects(printed.content)
    if printed.text:
        _refuse_shrunk(pdf)
    language = _LANGUAGE.search(page)
    if language is None:
        raise ReportError("the page has no language")
    complete_tags(pdf, language=language[1], other_language="en" if language[1] == "ko" else "ko")
    describe_links(pdf, {name: _read_text(heading) for name, heading in _ID.findall(page)})
    _describe_document(pdf, _find_title(page), language[1])
    content = pdf.write(sha256_raw(page.encode())[:16])
    if problems := find_problems(content, printed.text):
        raise ReportError(f"the PDF is not accessible: {'; '.join(problems)}")
    return content


def _refuse_shrunk(pdf: PdfObjects) -> None:
    """Refuse what Chromium made smaller, as it does with a page that is wider than the paper, to lose less of it."""
    scales = []
    for page in pdf.list_pages():
        stream = pdf.resolve(page["Contents"])
        scale = _CONTENT_SCALE.search(stream.decompress()) if isinstance(stream, Stream) else None
        scales += [float(scale[1])] if scale else []
    if not scales:
        raise ReportError("whether the page is wider than the paper is not known")
    if min(scales) < _FULL_SCALE * 0.999:
        raise ReportError(f"the page is wider than the paper: it was printed at {min(scales) / _FULL_SCALE:.0%}")


def _find_title(page: str) -> str:
    title = _TITLE.search(page)
    return _read_text(title[1]) if title else ""


def _read_text(html: str) -> str:
    return " ".join(unescape(_ELEMENT.sub("", html)).split())


def _describe_document(pdf: PdfObjects, title: str, language: str) -> None:
    """State title, language, colours and standard of a PDF; dates and names of the engine's own are left out."""
    given = pdf.resolve(pdf.trailer.get("Info")) or {}
    producer = given.get("Producer")
    info = {"Title": write_text(title)} | ({"Producer": producer} if producer else {})
    pdf.trailer["Info"] = pdf.add(info)
    packet = _UA.format(title=escape(title), language=language, producer="smartcert")
    profile = Stream.compress(build_srgb_profile(), N=3)
    intent = {
        "Type": Name("OutputIntent"),
        "S": Name("GTS_PDFA1"),  # the kind that PDF/A asks for (ISO 19005-1, 6.2.2)
        "OutputConditionIdentifier": write_text("sRGB"),
        "Info": write_text("sRGB IEC61966-2.1"),
        "DestOutputProfile": pdf.add(profile),
    }
    pdf.catalog.update(
        MarkInfo={"Marked": True},
        ViewerPreferences={"DisplayDocTitle": True},
        OutputIntents=[intent],
        Metadata=pdf.add(Stream({"Type": Name("Metadata"), "Subtype": Name("XML")}, packet.encode())),
    )


def _prepare_charts(page: str, chart: str) -> tuple[str, str]:
    """Return head and body of a page with its charts as ``chart`` and without what paper has no use for."""
    head, body = _POLICY.sub("", page, count=1).split(_HEAD_END, 1)
    body = _CHART_START.sub(chart, body)
    body = _NARROW_CHART.sub("", body)
    return head + _PRINT_STYLE, _HEAD_END + _OUTCOME_SHAPE.sub(r"\1", body)


def prepare_for_chromium(page: str) -> str:
    """Return a page so that Chromium tags everything in it.

    It knows a picture with a text in SVG only, takes a figure with a caption for a picture without a text, leaves out
    cells with nothing in them, and keeps no language but that of the page: what is in the other language is emphasised
    for it, without showing, and its tag gets the language afterwards.
    """
    head, body = _prepare_charts(page, r'<div class="chart"><svg \2role="img" aria-label="\1">')
    body = _FIGURE.sub(r'<\1 role="none"', body)
    body = _EMPTY_CELL.sub("\\1\u00a0", body)
    body = _OTHER_LANGUAGE_SPAN.sub(r"<em\1>\2</em>", body)
    return head + _OTHER_LANGUAGE_BLOCK.sub(r"\1<em>\2</em>", body)


def _prepare_for_weasyprint(page: str) -> str:
    """Return a page with charts that need no style sheet, as WeasyPrint reads none for them."""
    chart = r'<div class="chart"><svg \2 font-family="smartcert"><title>\1</title>'
    return _PICTURE.sub(r"\1<title>\2</title>", "".join(_prepare_charts(restore_charts(page), chart)))


def _print_by_weasyprint(page: str) -> bytes:
    """Return what WeasyPrint writes of a page, with its objects one by one instead of compressed together."""
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

    written = io.BytesIO()
    with _fixed_source_date():
        document = weasyprint.HTML(string=page, url_fetcher=DataFetcher())
        document.write_pdf(
            pdf_variant="pdf/ua-1",
            output_intent="srgb",
            finisher=lambda _, pdf: pdf.write(written, version=b"1.7", identifier=False, compress=False),
        )
    if refused:
        raise ReportError(f"the page fetches something: {', '.join(refused)}")
    return written.getvalue()


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


_WHITE = (0.9642, 1.0, 0.8249)
"""The white of profiles (D50), to which all colours in one are adapted."""
_PRIMARIES = {
    "rXYZ": (0.43607, 0.22249, 0.01392),
    "gXYZ": (0.38515, 0.71687, 0.09708),
    "bXYZ": (0.14307, 0.06061, 0.71410),
}
"""Red, green and blue of sRGB adapted to it (IEC 61966-2-1; ICC's note on sRGB in version 4 profiles)."""
_ADAPTATION = (1.047882, 0.022919, -0.050201, 0.029587, 0.990479, -0.017059, -0.009232, 0.015076, 0.751678)
_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
"""The curve of sRGB: (a x + b) ** g from d on, c x below."""


@cache
def build_srgb_profile() -> bytes:
    """Return a profile of the colour space sRGB (ICC.1:2010, version 4.2), by which a PDF states its colours.

    It is always the same bytes.
    """
    curve = b"para" + struct.pack(">IHH", 0, 3, 0) + _fixed_point(*_CURVE)
    tags = {
        "desc": _profile_text("sRGB"),
        "cprt": _profile_text("No copyright"),
        "wtpt": _xyz(_WHITE),
        "chad": b"sf32" + bytes(4) + _fixed_point(*_ADAPTATION),
        **{name: _xyz(values) for name, values in _PRIMARIES.items()},
        "rTRC": curve,
        "gTRC": curve,
        "bTRC": curve,
    }
    bodies: dict[bytes, int] = {}
    at = 128 + 4 + 12 * len(tags)
    table = struct.pack(">I", len(tags))
    for name, body in tags.items():
        if body not in bodies:
            bodies[body] = at
            at += len(body) + -len(body) % 4
        table += name.encode() + struct.pack(">II", bodies[body], len(body))
    day = struct.pack(">6H", 2010, 1, 1, 0, 0, 0)
    head = struct.pack(">I4xI", at, 0x04200000) + b"mntrRGB XYZ " + day + b"acsp"
    head += bytes(28) + _fixed_point(*_WHITE)
    head += bytes(128 - len(head))
    return head + table + b"".join(body + bytes(-len(body) % 4) for body in bodies)


def _fixed_point(*values: float) -> bytes:
    return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))


def _xyz(values: tuple[float, float, float]) -> bytes:
    return b"XYZ " + bytes(4) + _fixed_point(*values)


def _profile_text(text: str) -> bytes:
    encoded = text.encode("utf-16-be")
    return b"mluc" + struct.pack(">III", 0, 1, 12) + b"enUS" + struct.pack(">II", len(encoded), 28) + encoded
