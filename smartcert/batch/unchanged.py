"""Whether a run has anything to do at all: told from the bytes of inputs and outputs, without reading the round.

Nothing is imported here that makes reports: to find that there are none to make takes no longer than hashing them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from smartcert.batch.hashes import Hashes
from smartcert.batch.journal import ROUND
from smartcert.batch.ledger import Ledger, State
from smartcert.batch.manifest import listed
from smartcert.batch.order import Notebooks, Order, RunResult
from smartcert.batch.outputs import Outputs
from smartcert.batch.parts import digest, package_part, template_part
from smartcert.home import beside_round


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
