"""How do the pages of a run become PDF: by which engine, and several at a time?

Chromium prints a page in a second, in one browser for the whole run: while it prints a page, the one before is
completed and checked here. WeasyPrint takes many seconds for a long report, so each page has a process of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import field
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from smartcert.batch.libraries import PYTHON, get_library_version, list_imported_libraries
from smartcert.batch.request import PdfEngine
from smartcert.errors import ReportError, UsageError
from smartcert.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from smartcert.reporting.chromium import Browser, PrintedPage

_SAMPLE_PAGE = (
    '<!DOCTYPE html><html lang="en"><head><title>smartcert</title></head><body><h1>smartcert</h1></body></html>'
)


@dataclass(frozen=True, kw_only=True, slots=True)
class ChosenEngine:
    """The engine that prints the pages of a run, with its version; ``program`` is the path of Chromium."""

    engine: PdfEngine
    version: str
    program: str = ""

    def __str__(self) -> str:
        return f"{self.engine} {self.version}"


@cache
def choose_engine(wanted: PdfEngine) -> ChosenEngine:
    """Return the engine that a run uses for what it is asked for.

    Raises:
        UsageError: Chromium is asked for and is not found, or does not say its version.
    """
    from smartcert.reporting.chromium import PROGRAM_VARIABLE, find_chromium, read_chromium_version

    program = None if wanted is PdfEngine.WEASYPRINT else find_chromium()
    if program:
        return ChosenEngine(engine=PdfEngine.CHROMIUM, version=read_chromium_version(program), program=program)
    if wanted is PdfEngine.CHROMIUM:
        raise UsageError(
            "Chromium is not found: apt install chromium on Debian, or name the program in the environment as "
            f"{PROGRAM_VARIABLE}; on Windows PDFs are made by WeasyPrint"
        )
    return ChosenEngine(engine=PdfEngine.WEASYPRINT, version=get_library_version("weasyprint"))


@dataclass(frozen=True, kw_only=True, slots=True)
class RenderedPdf:
    """The PDF of a page, and the versions of the libraries that it was made with, by their names.

    Where it was refused, ``problem`` says why, and there is no content.
    """

    page: Path
    content: bytes = b""
    libraries: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""


class PdfRenderer:
    """What prints the pages of one run, as a context; its browser is gone when the context ends.

    Raises:
        UsageError: the engine that is asked for, or a library of the system that it needs, is not installed.
    """

    def __init__(self, wanted: PdfEngine, jobs: int, seconds: float | None = None) -> None:
        self.engine = choose_engine(wanted)
        self._jobs = jobs
        self._seconds = seconds
        self._browser: Browser | None = None

    def __enter__(self) -> PdfRenderer:
        if self.engine.engine is PdfEngine.CHROMIUM:
            from smartcert.reporting.chromium import Browser

            self._browser = Browser(self.engine.program)  # it starts while the round is read and its pages rendered
        else:
            from smartcert.reporting.pdf import render_tagged_pdf  # heavy, and an extra

            render_tagged_pdf(_SAMPLE_PAGE)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._browser is not None:
            self._browser.close()

    def render_page(self, page: str) -> bytes:
        """Return the PDF of one page that stands in no file, as a certificate's before it is sealed.

        Raises:
            UsageError: Chromium does not start.
            ReportError: as `smartcert.reporting.pdf.render_tagged_pdf`.
        """
        from smartcert.reporting.pdf import render_tagged_pdf

        return render_tagged_pdf(page, self._browser, seconds=self._seconds)

    def render(self, pages: Sequence[Path]) -> Iterator[RenderedPdf]:
        """Yield the PDF of each page, in the order of the pages, or why there is none.

        Raises:
            UsageError: Chromium does not start.
        """
        if not pages:
            return
        executor: Executor
        if self._browser is None:
            # spawned, not forked: this process has threads
            workers = min(self._jobs, len(pages))
            with ProcessPoolExecutor(max_workers=workers, mp_context=get_context("spawn")) as executor:
                yield from executor.map(_render_by_weasyprint, pages)
            return
        self._browser.wait_until_ready()
        with ThreadPoolExecutor(max_workers=1) as executor:
            printing = partial(_print_by_chromium, self._browser, self._seconds)
            try:
                for page, printed in _run_ahead(executor, printing, pages):
                    yield _complete(page, printed)
            except BaseException:
                self._browser.close()  # so that the thread does not wait for a page that nobody wants any more
                raise


def _run_ahead(
    executor: Executor, printing: Callable[[Path], tuple[str, PrintedPage]], pages: Sequence[Path]
) -> Iterator[tuple[Path, Future[tuple[str, PrintedPage]]]]:
    """Yield each page with its print; the next one is under way by then, and no more than that."""
    following = executor.submit(printing, pages[0])
    for page, after in zip(pages, (*pages[1:], None), strict=True):
        printed = following
        printed.exception()  # wait for it: the browser prints one page at a time
        if after is not None:
            following = executor.submit(printing, after)
        yield page, printed


def _print_by_chromium(browser: Browser, seconds: float | None, path: Path) -> tuple[str, PrintedPage]:
    from smartcert.reporting.pdf import print_page

    page = path.read_text("utf-8")
    return page, print_page(page, browser, seconds=seconds)


def _complete(path: Path, printed: Future[tuple[str, PrintedPage]]) -> RenderedPdf:
    from smartcert.reporting.pdf import complete_pdf

    try:
        page, content = printed.result()
        complete = complete_pdf(content, page)
    except ReportError as error:
        return RenderedPdf(page=path, problem=str(error))
    libraries = {name: get_library_version(name) for name in (PYTHON, "pikepdf")}
    return RenderedPdf(page=path, content=complete, libraries=libraries)


def _render_by_weasyprint(path: Path) -> RenderedPdf:
    from smartcert.reporting.pdf import render_tagged_pdf  # heavy, and an extra

    try:
        content = render_tagged_pdf(path.read_text("utf-8"))
    except ReportError as error:
        return RenderedPdf(page=path, problem=str(error))
    return RenderedPdf(page=path, content=content, libraries=list_imported_libraries())
