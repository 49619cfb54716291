"""What does a run do: nothing where inputs and outputs are unchanged, else every report that is not fresh.

Whether anything is to be done is decided from hashes alone. A run that finds nothing imports nothing heavy; that is why
imports stand inside functions here.
"""

from __future__ import annotations

import gc
import sys
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from smartcert.batch.hashing import FileHashes, hash_package, hash_template, iter_named_contents
from smartcert.batch.ledger import (
    MANIFEST,
    RUN_PAGE,
    AttemptState,
    Ledger,
    LedgerEntry,
    describe_ledger_difference,
    list_outputs,
)
from smartcert.batch.libraries import list_changed_libraries
from smartcert.batch.outputs import Outputs
from smartcert.batch.request import Notebooks, RunRequest, RunResult
from smartcert.files import list_files, lock_folder, sha256_hex_of_parts
from smartcert.paths import find_parameter_folder, find_round_folder

if TYPE_CHECKING:
    from smartcert.batch.make import Executor
    from smartcert.batch.pdf import PdfRenderer


def run(request: RunRequest, notebooks: Notebooks | None = None) -> RunResult:
    """Render and write the requested reports that are not fresh.

    Raises:
        UsageError: no such round or applicant; one that was asked for by name has no public report; another run is
            writing to the same outputs; or PDF is asked for and cannot be rendered here.
        InputError: the round's files have problems. Nothing was written.
        ReportError: no report can be rendered at all on this system.
    """
    notebooks = notebooks or Notebooks.from_package()
    folder = find_round_folder(request.round)
    outputs = Outputs(folder=request.folder(folder.name))
    input_digest = ""
    if _read_finished_run(outputs) is not None:
        input_digest = compute_input_digest(request, notebooks, folder)
        finished = find_finished_run(request, outputs, input_digest)
        if finished is not None:
            return finished
    return_freed_memory()
    # both warm up while the round is read and evaluated; the browser first, so that no fork of ours holds its pipes
    with open_pdf_renderer(request) as pdfs, open_executor(request, notebooks) as executor:
        from smartcert.batch.make import RoundBuild
        from smartcert.batch.plan import RunPlan
        from smartcert.reporting.records import pause_gc
        from smartcert.services.rounds import open_round

        input_digest = input_digest or compute_input_digest(request, notebooks, folder)  # before anything is read
        with pause_gc():
            plan = RunPlan(request, notebooks, open_round(request.round))
            gc.freeze()  # what exists now stays, and each collection would look through it
        try:
            with lock_folder(outputs.folder):
                return RoundBuild(request, notebooks, executor, plan, input_digest, pdfs).run()
        finally:
            gc.unfreeze()


def return_freed_memory() -> None:
    """Have the system's allocator return what takes more than a megabyte as soon as it is free, where that is glibc.

    It begins with a bound of 128 kB, but raises it to the largest block that was ever freed: pages and notebooks of
    thousands of reports then leave holes, a fifth of the memory of a long run.
    """
    if sys.platform == "linux":
        import ctypes

        with suppress(AttributeError, OSError):  # another C library
            ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, 1_000_000)


_M_MMAP_THRESHOLD = -3


def compute_input_digest(request: RunRequest, notebooks: Notebooks, folder: Path) -> str:
    """Return one hash of everything that the requested outputs depend on; ``folder`` is the round's."""
    engine = ""
    if request.pdf:
        from smartcert.batch.pdf import choose_engine

        engine = str(choose_engine(request.pdf_engine))
    asked = repr((engine, request.languages, request.applicants, [audience.value for audience in request.audiences]))
    folders = (folder, find_parameter_folder(folder, "rules"), find_parameter_folder(folder, "registry"))
    return sha256_hex_of_parts(
        asked.encode(),
        notebooks.applicant.encode(),
        notebooks.summary.encode(),
        hash_package().encode(),
        hash_template().encode(),
        *(content for folder in folders for content in iter_named_contents(folder, list_files(folder))),
        *(
            content
            for path in request.find_earlier_files(folder.name).paths
            for content in (bytes(path), path.read_bytes())
        ),
    )


def find_finished_run(request: RunRequest, outputs: Outputs, input_digest: str) -> RunResult | None:
    """Return the result of a run that finds everything fresh, or None where there is something to do.

    Everything is fresh where the ledger ends with a finished run over the same inputs by the same libraries, and the
    outputs, the manifest and the ledger are exactly what that run left.
    """
    last = _read_finished_run(outputs)
    if last is None:
        return None
    if last.parts.get("inputs") != input_digest or sorted(last.files) != list_outputs(outputs.folder):
        return None
    if describe_ledger_difference(outputs.folder) or list_changed_libraries(last.libraries):
        return None
    hashes = FileHashes(outputs.folder)
    if hashes.hash_file(MANIFEST) != last.parts.get("manifest") or hashes.hash_files(last.files) != dict(last.files):
        return None
    asked = {
        outputs.name_page("any", language, audience).rpartition("/")[2]
        for language in request.languages
        for audience in request.audiences
    }
    return RunResult(
        index=outputs.index if request.for_reviewers else outputs.folder,
        rendered=0,
        fresh=sum(name.startswith("applicants/") and name.rpartition("/")[2] in asked for name in last.files),
        failures=(),
        leftovers=(),
    )


def _read_finished_run(outputs: Outputs) -> LedgerEntry | None:
    """Return the last line of the ledger, where it says that a run finished."""
    last = Ledger(outputs.folder).read_last()
    return last if last is not None and last.page == RUN_PAGE and last.state is AttemptState.MADE else None


def open_pdf_renderer(request: RunRequest) -> AbstractContextManager[PdfRenderer | None]:
    """Return what prints the pages of a run, None in it for no PDF; a UsageError where it cannot be rendered."""
    if not request.pdf:
        return nullcontext()
    from smartcert.batch.pdf import PdfRenderer

    return PdfRenderer(request.pdf_engine, request.jobs, request.timeout)


def open_executor(request: RunRequest, notebooks: Notebooks) -> Executor:
    """Return what renders the reports: forks of a warm process here, or the workers of a cluster."""
    if request.cluster:
        from smartcert.batch.cluster import Cluster

        return Cluster(request.cluster, notebooks.imports())
    from smartcert.batch.workers import Workers

    return Workers(request.jobs, notebooks.imports(), request.workers, request.languages)
