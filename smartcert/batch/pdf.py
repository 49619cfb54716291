"""How do pages become PDF? WeasyPrint takes seconds for a long report, so several are rendered at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from smartcert.batch.libraries import list_imported_libraries

_SAMPLE_PAGE = (
    '<!DOCTYPE html><html lang="en"><head><title>smartcert</title></head><body><h1>smartcert</h1></body></html>'
)


def check_pdf_available() -> None:
    """Raise unless PDF can be rendered here; to be called before a run begins.

    Raises:
        UsageError: WeasyPrint, or a library of the system that it needs, is not installed.
    """
    _render_pdf(_SAMPLE_PAGE)


@dataclass(frozen=True, kw_only=True, slots=True)
class RenderedPdf:
    """The PDF of a page, and the versions of the libraries that its process had imported, by their names."""

    page: Path
    content: bytes
    libraries: Mapping[str, str]


def render_pdfs(pages: Sequence[Path], jobs: int) -> Iterator[RenderedPdf]:
    """Yield the PDF of each page, in the order of the pages; up to ``jobs`` are rendered at a time.

    Raises:
        ReportError: a page asks for something outside itself.
    """
    if not pages:
        return
    # spawned, not forked: this process has threads
    with ProcessPoolExecutor(max_workers=min(jobs, len(pages)), mp_context=get_context("spawn")) as pool:
        yield from pool.map(_render_pdf_of, pages)


def _render_pdf_of(page: Path) -> RenderedPdf:
    content = _render_pdf(page.read_text("utf-8"))
    return RenderedPdf(page=page, content=content, libraries=list_imported_libraries())


def _render_pdf(page: str) -> bytes:
    from smartcert.reporting.pdf import render_tagged_pdf  # heavy, and an extra

    return render_tagged_pdf(page)
