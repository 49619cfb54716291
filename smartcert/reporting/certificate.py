"""What does the page of a certificate look like: one sheet in Korean and English that fetches nothing."""

from __future__ import annotations

from itertools import groupby

from markupsafe import Markup, escape

from smartcert.errors import UsageError
from smartcert.files import sha256_base64
from smartcert.lazy_dataclass import dataclass
from smartcert.model.certification import CertificateStatement
from smartcert.model.citation import Basis, Text
from smartcert.model.scheme import SchemeFacts
from smartcert.reporting.catalogue import Words
from smartcert.reporting.notebook_style import load_style
from smartcert.reporting.page import template_environment
from smartcert.reporting.typeface import build_font_css

_QUIET_ZONE = 4
"""Light modules around a QR code, which readers need."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PrintedCertificate:
    """What is printed beside the statement: the text of the QR code, the edition's name, the rule on the mark."""

    code: str
    edition: Text
    mark: Basis
    scheme: SchemeFacts | None = None
    """What the scheme of the edition calls levels and classes; None for the certification of cities."""


def render_certificate(statement: CertificateStatement, printed: PrintedCertificate) -> str:
    """Return the certificate as one self-contained HTML page, not yet sealed; the same values give the same bytes.

    On a specimen the word stands across the sheet and in a banner, in both languages.
    """
    ko, en = (Words(language, "certificate", scheme=printed.scheme) for language in ("ko", "en"))
    templates = template_environment()
    body = templates.get_template("certificate.html.j2").render(
        w=ko,
        e=en,
        statement=statement,
        printed=printed,
        unbroken=_mark_unbroken_words,
        qr=draw_qr_code(printed.code, " / ".join(words("certificate.qr_alt") for words in (ko, en))),
    )
    css = load_style("certificate") + build_font_css(character for character in body if character.isprintable())
    title = " / ".join(words("certificate.page", name=statement.name, number=statement.number) for words in (ko, en))
    return templates.get_template("certificate_page.html.j2").render(
        title=title, css=css, digest=sha256_base64(css.encode()), body=body
    )


def _mark_unbroken_words(sentence: str) -> Markup:
    """Return a sentence with each word in an element of its own: WeasyPrint does not know ``word-break: keep-all``."""
    return Markup(" ").join(Markup("<span>{}</span>").format(word) for word in sentence.split())


def draw_qr_code(text: str, alt: str) -> Markup:
    """Return the QR code of ``text`` (error correction M) as one path of an inline SVG, dark on light everywhere."""
    try:  # imported here: an extra that is not always installed
        import segno
    except ImportError:
        raise UsageError("QR codes need the package segno: pip install 'smartcert[certificate]'") from None
    code = segno.make(text, error="m", micro=False, boost_error=False)
    size = len(code.matrix) + 2 * _QUIET_ZONE
    path = "".join(_draw_row(row, line) for line, row in enumerate(code.matrix))
    return Markup(
        '<svg class="qr" viewBox="0 0 {size} {size}" role="img" aria-label="{alt}" shape-rendering="crispEdges">'
        '<rect width="{size}" height="{size}" fill="#fff"/><path d="{path}" fill="#000"/></svg>'
    ).format(size=size, alt=escape(alt), path=path)


def _draw_row(row: bytes | bytearray, line: int) -> str:
    """Return the dark modules of one row as rectangles, neighbours as one."""
    parts, x = [], _QUIET_ZONE
    for dark, run in groupby(row):
        width = len(list(run))
        if dark:
            parts.append(f"M{x} {line + _QUIET_ZONE}h{width}v1h-{width}z")
        x += width
    return "".join(parts)
