"""What a run would make again, and why: each page held against the ledger before anything starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from smartcert.batch.hashes import Hashes
from smartcert.batch.ledger import Entry, State


class Freshness(StrEnum):
    """How a page stands before a run. Only a fresh one is left as it is."""

    FRESH = "fresh"
    STALE = "stale"
    NEW = "new"
    FAILED = "failed"
    UNFINISHED = "unfinished"
    ALTERED = "altered"


@dataclass(frozen=True, kw_only=True, slots=True)
class Planned:
    """One page by its place in the outputs, how it stands, and what made it so.

    ``because`` names the parts that are other ones than when it was made (stale), the files that are gone or are not
    what was placed (altered), or the reason of the failure.
    """

    page: str
    freshness: Freshness
    because: tuple[str, ...] = ()

    @property
    def fresh(self) -> bool:
        """Whether nothing needs to be done."""
        return self.freshness is Freshness.FRESH


def planned(page: str, parts: Mapping[str, str], last: Entry | None, hashes: Hashes | None) -> Planned:
    """Hold one page against its latest line in the ledger and against the files that stand there now.

    Without ``hashes`` the files are not looked at: what is not fresh then is not fresh whatever they are.
    """
    if last is None:
        return Planned(page=page, freshness=Freshness.NEW)
    if last.state is State.FAILED:
        return Planned(page=page, freshness=Freshness.FAILED, because=(last.reason,))
    if last.state is not State.MADE:
        return Planned(page=page, freshness=Freshness.UNFINISHED)
    other = tuple(name for name in parts if parts[name] != last.parts.get(name))
    if other:
        return Planned(page=page, freshness=Freshness.STALE, because=other)
    if hashes is None:
        return Planned(page=page, freshness=Freshness.FRESH)
    altered = tuple(sorted(name for name, digest in last.files.items() if hashes.of(name) != digest))
    if altered:
        return Planned(page=page, freshness=Freshness.ALTERED, because=altered)
    return Planned(page=page, freshness=Freshness.FRESH)
