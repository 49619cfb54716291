"""What a run is asked for, and what comes of it."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from smartcert import home
from smartcert.batch.parameters import imports
from smartcert.batch.task import EngineName
from smartcert.reporting.record import Audience, Failure


@dataclass(frozen=True, kw_only=True, slots=True)
class Notebooks:
    """The sources of the two notebooks that a run executes."""

    applicant: str
    summary: str

    @classmethod
    def of_the_house(cls) -> Notebooks:
        """Return the two that come with the package."""
        names = ("applicant_report", "round_summary")
        applicant, summary = (home.notebook(name).read_text(encoding="utf-8") for name in names)
        return cls(applicant=applicant, summary=summary)

    def imports(self) -> tuple[str, ...]:
        """Return the modules that both import at their top."""
        found = (imports(json.loads(source)) for source in (self.applicant, self.summary))
        return tuple(sorted({name for names in found for name in names}))


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """What a run is asked for. No ``applicants`` means all of them; no ``output`` means ``outputs/<round>``.

    The round's own record, its summaries and the index are for reviewers: without them among the ``audiences`` these
    are not made. ``timeout`` is in seconds per report; ``cluster`` the address of a Dask scheduler.
    """

    round: str
    languages: tuple[str, ...] = ("ko", "en")
    applicants: tuple[str, ...] = ()
    output: Path | None = None
    jobs: int = 1
    engine: EngineName = EngineName.WARM
    quiet: bool = False
    json: bool = False
    audiences: tuple[Audience, ...] = (Audience.REVIEWER,)
    timeout: float | None = None
    retry_failed: bool = False
    """Make only those again that failed or were not finished."""
    fail_fast: bool = False
    """Stop at the first failure; what is then not made is left for the next run."""
    cluster: str = ""
    pdf: bool = False
    """Make a PDF of each page too."""

    @property
    def whole(self) -> bool:
        """Whether the order is for reviewers, and so makes the summaries and the index."""
        return Audience.REVIEWER in self.audiences

    def folder(self, round_id: str) -> Path:
        """Return the folder of the outputs."""
        return self.output or Path("outputs") / round_id


@dataclass(frozen=True, kw_only=True, slots=True)
class RunResult:
    """What a run made, what was fresh already, what failed, and which folders belong to no applicant of the round.

    ``index`` is where to begin: the index, or the folder where none was made. ``stopped`` tells that the run ended at
    its first failure, as it was asked to.
    """

    index: Path
    made: int
    fresh: int
    failures: tuple[Failure, ...]
    leftovers: tuple[str, ...]
    stopped: bool = False

    def plain(self) -> dict[str, object]:
        """Return the result for machines."""
        failures: Sequence[dict[str, str]] = [
            {"id": one.id, "language": one.language, "audience": one.audience, "reason": one.reason}
            for one in self.failures
        ]
        return {
            "event": "end",
            "index": self.index.as_posix(),
            "made": self.made,
            "fresh": self.fresh,
            "failures": failures,
            "leftovers": list(self.leftovers),
            "stopped": self.stopped,
        }


def cpus() -> int:
    """Return how many processes can run at a time here."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
