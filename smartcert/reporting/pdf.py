"""A page as PDF, by WeasyPrint: no browser, no network."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from smartcert.errors import ReportError, UsageError

_EPOCH = "SOURCE_DATE_EPOCH"


def pdf_of(page: str, variant: str | None = None) -> bytes:
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

    identifier = hashlib.sha256(page.encode()).digest()[:16]
    with _fixed_time():
        read = weasyprint.HTML(string=page, url_fetcher=Inside())
        made: bytes = read.write_pdf(pdf_identifier=identifier, pdf_variant=variant)
    if refused:
        raise ReportError(f"the page fetches something: {', '.join(refused)}")
    return made


@contextmanager
def _fixed_time() -> Iterator[None]:
    """Keep the clock out of the fonts in the file: they bear the time at which they were cut down."""
    before = os.environ.get(_EPOCH)
    os.environ[_EPOCH] = "0"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_EPOCH]
        else:
            os.environ[_EPOCH] = before
