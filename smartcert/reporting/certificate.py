"""The page of one certificate: one sheet in Korean and English, with nothing that it would have to fetch."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from markupsafe import Markup

from smartcert.files import sha256_base64
from smartcert.model.certification import CertificateStatement
from smartcert.model.citation import Basis, Text
from smartcert.reporting.catalogue import Words
from smartcert.reporting.page import template_environment
from smartcert.reporting.pdf import draw_qr_code
from smartcert.reporting.typeface import build_font_css


@dataclass(frozen=True, kw_only=True, slots=True)
class PrintedCertificate:
    """What is printed beside the statement: the text of the QR code, the edition's name, the rule on the mark."""

    code: str
    edition: Text
    mark: Basis


def render_certificate(statement: CertificateStatement, printed: PrintedCertificate) -> str:
    """Return the certificate as one self-contained HTML page, not yet sealed; the same values give the same bytes.

    On a specimen the word stands across the sheet and in a banner, in both languages.

    Raises:
        UsageError: the library that makes QR codes is not installed.
    """
    ko, en = Words("ko", "certificate"), Words("en", "certificate")
    body = (
        template_environment()
        .get_template("certificate.html.j2")
        .render(
            w=ko,
            e=en,
            statement=statement,
            printed=printed,
            kept=_unbreakable_words,
            qr=draw_qr_code(printed.code, ko("certificate.qr_alt")),
        )
    )
    css = _load_style() + build_font_css(character for character in body if character.isprintable())
    digest = sha256_base64(css.encode())
    title = ko("certificate.page", name=statement.name, number=statement.number)
    return (
        template_environment()
        .get_template("certificate_page.html.j2")
        .render(title=title, css=css, digest=digest, body=body)
    )


def _unbreakable_words(sentence: str) -> Markup:
    """Return a sentence whose words are not broken: WeasyPrint does not know ``word-break: keep-all``."""
    return Markup(" ").join(Markup("<span>{}</span>").format(word) for word in sentence.split())


@cache
def _load_style() -> str:
    return (files("smartcert.reporting") / "template" / "smartcert" / "certificate.css").read_text("utf-8")
