"""How do pages become PDF? WeasyPrint takes seconds for a long report, so several are rendered at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

_SAMPLE_PAGE = (
    '<!DOCTYPE html><html lang="en"><head><title>smartcert</title></head><body><h1>smartcert</h1></body></html>'
)


def check_pdf_available() -> None:
    """Raise unless PDF can be rendered here; to be called before a run begins.

    Raises:
        UsageError: WeasyPrint, or a library of the system that it needs, is not installed.
    """
    _render_pdf(_SAMPLE_PAGE)


def render_pdfs(pages: Sequence[Path], jobs: int) -> Iterator[tuple[Path, bytes]]:
    """Yield each page with its PDF, in the order of the pages; up to ``jobs`` are rendered at a time.

    Raises:
        ReportError: a page asks for something outside itself.
    """
    if not pages:
        return
    # spawned, not forked: this process has threads
    with ProcessPoolExecutor(max_workers=min(jobs, len(pages)), mp_context=get_context("spawn")) as pool:
        yield from zip(pages, pool.map(_render_pdf, (page.read_text("utf-8") for page in pages)), strict=True)


def _render_pdf(page: str) -> bytes:
    from smartcert.reporting.pdf import render_tagged_pdf  # heavy, and an extra

    return render_tagged_pdf(page)
