"""Run(request); nothing to do is found fast."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from smartcert.batch.hashing import Hashes, digest, package_part, template_part
from smartcert.batch.ledger import ROUND, Ledger, State, listed
from smartcert.batch.outputs import Outputs, only_run
from smartcert.batch.request import Notebooks, Order, RunResult
from smartcert.paths import beside_round, round_folder

if TYPE_CHECKING:
    from smartcert.batch.make import Executor


# --- Whether a run has anything to do at all: told from the bytes of inputs and outputs, without reading the round.


def fingerprint(order: Order, notebooks: Notebooks, folder: Path) -> str:
    """Return one hash of all that the outputs of an order are made from."""
    asked = repr((order.pdf, order.languages, order.applicants, [audience.value for audience in order.audiences]))
    rooms = (folder, beside_round(folder, "rules"), beside_round(folder, "registry"))
    return digest(
        asked.encode(),
        notebooks.applicant.encode(),
        notebooks.summary.encode(),
        package_part().encode(),
        template_part().encode(),
        *(text for room in rooms for text in _files(room)),
    )


def nothing_to_do(order: Order, outputs: Outputs, print_of_inputs: str) -> RunResult | None:
    """Return the result of a run that finds everything fresh, or None where there is something to do."""
    whole = Ledger(outputs.folder).end()
    if whole is None or whole.page != ROUND or whole.state is not State.MADE:
        return None
    if whole.parts.get("inputs") != print_of_inputs or sorted(whole.files) != listed(outputs.folder):
        return None
    if Hashes(outputs.folder).all(whole.files) != dict(whole.files):
        return None
    asked = {outputs.page("any", language, one).name for language in order.languages for one in order.audiences}
    return RunResult(
        index=outputs.index if order.whole else outputs.folder,
        made=0,
        fresh=sum(name.startswith("applicants/") and name.rpartition("/")[2] in asked for name in whole.files),
        failures=(),
        leftovers=(),
    )


def _files(folder: Path) -> Iterator[bytes]:
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        yield path.relative_to(folder).as_posix().encode()
        yield path.read_bytes()


# --- All reports of a round: nothing is made that stands as its inputs give it.


def run(order: Order, notebooks: Notebooks | None = None) -> RunResult:
    """Make the reports of an order that are not fresh.

    Raises:
        UsageError: no such round or applicant; one that was asked for by name has no public report; another run is
            writing to the same outputs; or PDF is asked for and cannot be made here.
        InputError: the round's files have problems. Nothing was written.
        ReportError: no report can be made at all on this system.
    """
    notebooks = notebooks or Notebooks.of_the_house()
    folder = round_folder(order.round)
    outputs = Outputs(folder=order.folder(folder.name))
    print_of_inputs = fingerprint(order, notebooks, folder)
    there = nothing_to_do(order, outputs, print_of_inputs)
    if there is not None:
        return there
    if order.pdf:
        from smartcert.batch.pdf import hold_pdf

        hold_pdf()
    with executor(order, notebooks) as workers:  # warms up while the round is read and evaluated
        from smartcert.batch.make import Making
        from smartcert.batch.plan import Planning
        from smartcert.reporting.records import all_there_kept
        from smartcert.services.rounds import open_round

        planning = Planning(order, notebooks, open_round(order.round))
        with only_run(outputs.folder), all_there_kept():
            return Making(order, notebooks, workers, planning, print_of_inputs).result()


def executor(order: Order, notebooks: Notebooks) -> Executor:
    """Return what makes the reports: forks of a warm process here, or the workers of a cluster."""
    if order.cluster:
        from smartcert.batch.cluster import Cluster

        return Cluster(order.cluster, notebooks.imports())
    from smartcert.batch.workers import Workers

    return Workers(order.jobs, notebooks.imports())
