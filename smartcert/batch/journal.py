"""What a run writes into the ledger, and what it reads from it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from smartcert.batch.hashes import Hashes
from smartcert.batch.ledger import Entry, Ledger, State
from smartcert.batch.manifest import listed
from smartcert.batch.outputs import Outputs
from smartcert.batch.task import Made
from smartcert.reporting.record import Audience, Failure

ROUND = ""
"""The page that stands for the whole run: a run is finished by its line, and begun by another one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Begun:
    parts: Mapping[str, str]
    at: float


class Journal:
    """The ledger of one run, with the latest line of each page at hand."""

    def __init__(self, outputs: Outputs, hashes: Hashes) -> None:
        self._outputs = outputs
        self._hashes = hashes
        self._ledger = Ledger(outputs.folder)
        self.last = self._ledger.last()
        self._running: dict[str, _Begun] = {}

    def begin(self) -> None:
        """Write that a run begins: from here on the outputs are not those of a finished run."""
        self._write(Entry(page=ROUND, state=State.STARTED))

    @property
    def making(self) -> frozenset[str]:
        """The pages that are being made."""
        return frozenset(self._running)

    def started(self, page: str, parts: Mapping[str, str]) -> None:
        """Write that a page is being made, and of what."""
        self._running[page] = _Begun(parts=parts, at=time.monotonic())
        self._write(Entry(page=page, state=State.STARTED, parts=parts))

    def made(self, made: Made) -> None:
        """Write that a page was made; it must be placed already."""
        path = self._outputs.page(made.applicant_id, made.language, made.audience)
        page = self._outputs.name(path)
        begun = self._running.pop(page)
        files = {name: self._hashes.of(name) for name in map(self._outputs.name, (path, path.with_suffix(".ipynb")))}
        seconds = round(time.monotonic() - begun.at, 3)
        self._write(Entry(page=page, state=State.MADE, parts=begun.parts, files=files, seconds=seconds))

    def failed(self, failure: Failure) -> None:
        """Write that a page could not be made."""
        page = self._outputs.name(self._outputs.page(failure.id, failure.language, failure.audience))
        begun = self._running.pop(page)
        self._write(Entry(page=page, state=State.FAILED, parts=begun.parts, reason=failure.reason))

    def stopped(self) -> None:
        """Write that the pages that were being made are not made any more."""
        for page, begun in self._running.items():
            self._write(Entry(page=page, state=State.STOPPED, parts=begun.parts))
        self._running.clear()

    def record_placed(self, applicant_id: str, parts: Mapping[str, str]) -> None:
        """Write that an applicant's records were placed, and what they were made from."""
        names = [self._outputs.name(self._outputs.record(applicant_id, audience)) for audience in Audience]
        self.placed(names[0], parts, names)

    def record_is_fresh(self, applicant_id: str, parts: Mapping[str, str]) -> bool:
        """Return whether the applicant's records stand as they were placed, made from these parts."""
        return self.is_fresh(self._outputs.name(self._outputs.record(applicant_id)), parts)

    def placed(self, name: str, parts: Mapping[str, str], names: Iterable[str]) -> None:
        """Write that files that are no pages were placed, under one name, and what they were made from."""
        files = {one: sha256 for one in names if (sha256 := self._hashes.of(one))}
        self._write(Entry(page=name, state=State.MADE, parts=parts, files=files))

    def is_fresh(self, name: str, parts: Mapping[str, str]) -> bool:
        """Return whether what was `placed` under a name stands as it was placed, made from these parts."""
        entry = self.last.get(name)
        if entry is None or entry.parts != dict(parts):
            return False
        return bool(entry.files) and all(self._hashes.of(one) == sha256 for one, sha256 in entry.files.items())

    def finished(self, fingerprint: str) -> None:
        """Write that a run of the whole round ended well, with the hash of every output."""
        files = self._hashes.all(listed(self._outputs.folder))
        self._write(Entry(page=ROUND, state=State.MADE, parts={"inputs": fingerprint}, files=files))

    def failures(self, applicant_ids: Iterable[str]) -> tuple[Failure, ...]:
        """Return the failures that stand, sorted: pages whose latest attempt failed, of these applicants."""
        found = []
        for applicant_id in ("", *applicant_ids):  # without a name: the summaries
            for audience, language, path in self._outputs.report_places(applicant_id):
                entry = self.last.get(self._outputs.name(path))
                if entry is not None and entry.state is State.FAILED:
                    found.append(Failure(id=applicant_id, language=language, reason=entry.reason, audience=audience))
        return tuple(sorted(found, key=lambda one: (one.id, one.audience, one.language)))

    def _write(self, entry: Entry) -> None:
        self._ledger.append(entry)
        self.last[entry.page] = entry
