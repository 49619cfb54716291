"""Whether a run has anything to do at all: told from the bytes of inputs and outputs, without reading the round."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from smartcert.batch.journal import ROUND
from smartcert.batch.ledger import Ledger, State
from smartcert.batch.manifest import listed
from smartcert.batch.order import Notebooks, Order, RunResult
from smartcert.batch.outputs import Outputs
from smartcert.batch.parts import digest, package_part, template_part
from smartcert.batch.plan import file_sha256
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
    last = Ledger(outputs.folder).last()
    whole = last.get(ROUND)
    if whole is None or whole.state is not State.MADE or whole.parts.get("inputs") != print_of_inputs:
        return None
    if sorted(whole.files) != listed(outputs.folder):
        return None
    if any(file_sha256(outputs.folder / name) != sha for name, sha in whole.files.items()):
        return None
    pages = [entry for page, entry in last.items() if page != ROUND and page in whole.files]
    return RunResult(
        index=outputs.index if order.whole else outputs.folder,
        made=0,
        fresh=sum(entry.page.startswith("applicants/") and entry.page.endswith(".html") for entry in pages),
        failures=(),
        leftovers=(),
    )


def _files(folder: Path) -> Iterator[bytes]:
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        yield path.relative_to(folder).as_posix().encode()
        yield path.read_bytes()
