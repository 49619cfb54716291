"""How do the pages of a run become PDF: by which engine, and several at a time?

Chromium prints a page in a second, in one browser for the whole run: the first ones while other pages are rendered, and
while it prints a page, the one before is completed and checked here. WeasyPrint takes many seconds for a long report,
so each page has a process of its own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import field
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from smartcert.batch.libraries import PYTHON, get_library_version, list_imported_libraries
from smartcert.batch.request import PdfEngine
from smartcert.errors import ReportError, UsageError
from smartcert.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from smartcert.reporting.chromium import Browser, PrintedPage

_BEGUN_AT_MOST = 16
"""How many PDFs may be begun before anybody asks for them: each is in memory with its page, half a megabyte."""
_AHEAD = 2
"""How many pages are under way while a PDF is awaited: one is printed, and one completed."""
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
    """Return the engine that a run uses; a UsageError where Chromium is asked for and cannot be used."""
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
        self._begun: dict[Path, tuple[str, Future[RenderedPdf]]] = {}
        """Each page that was begun, as it stood then."""
        self._threads = ExitStack()

    def __enter__(self) -> PdfRenderer:
        if self.engine.engine is PdfEngine.CHROMIUM:
            from smartcert.reporting.chromium import Browser

            self._browser = Browser(self.engine.program)  # it starts while the round is read and its pages rendered
            # one thread each: the browser prints one page at a time, and two completed at once take as long
            self._printing = self._threads.enter_context(ThreadPoolExecutor(max_workers=1))
            self._completing = self._threads.enter_context(ThreadPoolExecutor(max_workers=1))
        else:
            from smartcert.reporting.pdf import render_tagged_pdf  # heavy, and an extra

            render_tagged_pdf(_SAMPLE_PAGE)
        return self

    def __exit__(self, *_error: object) -> None:
        if self._browser is not None:
            for _, rendered in self._begun.values():
                rendered.cancel()
            self._browser.close()  # so that no thread waits for a page that nobody wants any more
            self._threads.close()

    def render_page(self, page: str) -> bytes:
        """Return the PDF of one page that stands in no file, as a certificate's before it is sealed."""
        from smartcert.reporting.pdf import render_tagged_pdf

        return render_tagged_pdf(page, self._browser, seconds=self._seconds)

    def render(self, pages: Sequence[Path]) -> Iterator[RenderedPdf]:
        """Yield the PDF of each page in order, or why there is none; a UsageError where Chromium does not start."""
        if not pages:
            return
        if self._browser is None:
            # spawned, not forked: this process has threads
            workers = min(self._jobs, len(pages))
            with ProcessPoolExecutor(max_workers=workers, mp_context=get_context("spawn")) as executor:
                yield from executor.map(_render_by_weasyprint, pages)
            return
        under_way: deque[Future[RenderedPdf]] = deque()
        for path in pages:
            page = path.read_text("utf-8")
            begun, rendered = self._begun.pop(path, ("", None))
            under_way.append(rendered if rendered is not None and begun == page else self._submit(path, page))
            if len(under_way) > _AHEAD:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()

    def begin(self, path: Path) -> None:
        """Render a page by Chromium beside what else is done; `render` returns it if the page is still the same."""
        if self._browser is not None and len(self._begun) < _BEGUN_AT_MOST:
            page = path.read_text("utf-8")
            self._begun[path] = page, self._submit(path, page)

    def _submit(self, path: Path, page: str) -> Future[RenderedPdf]:
        from smartcert.reporting.pdf import print_page

        printed = self._printing.submit(print_page, page, self._browser, seconds=self._seconds)
        return self._completing.submit(_complete, path, page, printed)


def _complete(path: Path, page: str, printed: Future[PrintedPage]) -> RenderedPdf:
    from smartcert.reporting.pdf import complete_pdf

    try:
        content = complete_pdf(printed.result(), page)
    except ReportError as error:
        return RenderedPdf(page=path, problem=str(error))
    libraries = {name: get_library_version(name) for name in (PYTHON, "pikepdf")}
    return RenderedPdf(page=path, content=content, libraries=libraries)


def _render_by_weasyprint(path: Path) -> RenderedPdf:
    from smartcert.reporting.pdf import render_tagged_pdf  # heavy, and an extra

    try:
        content = render_tagged_pdf(path.read_text("utf-8"))
    except ReportError as error:
        return RenderedPdf(page=path, problem=str(error))
    return RenderedPdf(page=path, content=content, libraries=list_imported_libraries())
