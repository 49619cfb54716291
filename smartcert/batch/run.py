"""All reports of a round: nothing is made that stands as its inputs give it.

To find everything fresh must not take longer than hashing it. So what reads and makes a round (numpy, pydantic, the
charts) is imported after it is known that there is something to make, and while the workers warm up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smartcert.batch.lock import only_run
from smartcert.batch.order import Notebooks, Order, RunResult
from smartcert.batch.outputs import Outputs
from smartcert.batch.unchanged import fingerprint, nothing_to_do
from smartcert.home import round_folder

if TYPE_CHECKING:
    from smartcert.batch.making import Executor


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
        from smartcert.batch.pdfs import hold_pdf

        hold_pdf()
    with executor(order, notebooks) as workers:  # warms up while the round is read and evaluated
        from smartcert.batch.making import Making
        from smartcert.batch.planning import Planning
        from smartcert.reporting.kept import all_there_kept
        from smartcert.rounds import open_round

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
