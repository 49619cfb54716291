"""Run(request); nothing to do is found fast."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from smartcert.batch.hashing import FileHashes, hash_package, hash_template
from smartcert.batch.ledger import RUN_PAGE, AttemptState, Ledger, list_outputs
from smartcert.batch.outputs import Outputs, lock_folder
from smartcert.batch.request import Notebooks, RunRequest, RunResult
from smartcert.files import sha256_hex_of_parts
from smartcert.paths import find_parameter_folder, find_round_folder

if TYPE_CHECKING:
    from smartcert.batch.make import Executor


# --- Whether a run has anything to do at all: told from the bytes of inputs and outputs, without reading the round.


def compute_input_digest(order: RunRequest, notebooks: Notebooks, folder: Path) -> str:
    """Return one hash of all that the outputs of an order are made from."""
    asked = repr((order.pdf, order.languages, order.applicants, [audience.value for audience in order.audiences]))
    rooms = (folder, find_parameter_folder(folder, "rules"), find_parameter_folder(folder, "registry"))
    return sha256_hex_of_parts(
        asked.encode(),
        notebooks.applicant.encode(),
        notebooks.summary.encode(),
        hash_package().encode(),
        hash_template().encode(),
        *(text for room in rooms for text in _iter_contents(room)),
    )


def find_finished_run(order: RunRequest, outputs: Outputs, input_digest: str) -> RunResult | None:
    """Return the result of a run that finds everything fresh, or None where there is something to do."""
    whole = Ledger(outputs.folder).end()
    if whole is None or whole.page != RUN_PAGE or whole.state is not AttemptState.MADE:
        return None
    if whole.parts.get("inputs") != input_digest or sorted(whole.files) != list_outputs(outputs.folder):
        return None
    if FileHashes(outputs.folder).all(whole.files) != dict(whole.files):
        return None
    asked = {outputs.page("any", language, one).name for language in order.languages for one in order.audiences}
    return RunResult(
        index=outputs.index if order.whole else outputs.folder,
        made=0,
        fresh=sum(name.startswith("applicants/") and name.rpartition("/")[2] in asked for name in whole.files),
        failures=(),
        leftovers=(),
    )


def _iter_contents(folder: Path) -> Iterator[bytes]:
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        yield path.relative_to(folder).as_posix().encode()
        yield path.read_bytes()


# --- All reports of a round: nothing is made that stands as its inputs give it.


def run(order: RunRequest, notebooks: Notebooks | None = None) -> RunResult:
    """Make the reports of an order that are not fresh.

    Raises:
        UsageError: no such round or applicant; one that was asked for by name has no public report; another run is
            writing to the same outputs; or PDF is asked for and cannot be made here.
        InputError: the round's files have problems. Nothing was written.
        ReportError: no report can be made at all on this system.
    """
    notebooks = notebooks or Notebooks.from_package()
    folder = find_round_folder(order.round)
    outputs = Outputs(folder=order.folder(folder.name))
    input_digest = compute_input_digest(order, notebooks, folder)
    there = find_finished_run(order, outputs, input_digest)
    if there is not None:
        return there
    if order.pdf:
        from smartcert.batch.pdf import check_pdf_available

        check_pdf_available()
    with open_executor(order, notebooks) as workers:  # warms up while the round is read and evaluated
        from smartcert.batch.make import RoundBuild
        from smartcert.batch.plan import RunPlan
        from smartcert.services.rounds import open_round

        planning = RunPlan(order, notebooks, open_round(order.round))
        with lock_folder(outputs.folder), _frozen_gc():
            return RoundBuild(order, notebooks, workers, planning, input_digest).result()


@contextmanager
def _frozen_gc() -> Iterator[None]:
    """Keep what exists now from the garbage collector: it stays, and each of its passes would look through it."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def open_executor(order: RunRequest, notebooks: Notebooks) -> Executor:
    """Return what makes the reports: forks of a warm process here, or the workers of a cluster."""
    if order.cluster:
        from smartcert.batch.cluster import Cluster

        return Cluster(order.cluster, notebooks.imports())
    from smartcert.batch.workers import Workers

    return Workers(order.jobs, notebooks.imports())
