"""What is a run asked for, what is one report of it, and what comes back from the process that renders it?"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from smartcert.batch.earlier import EarlierFiles, find_earlier_files
from smartcert.batch.parameters import list_imports, read_notebook
from smartcert.lazy_dataclass import dataclass
from smartcert.paths import find_notebook
from smartcert.reporting.records import Audience, Failure

if TYPE_CHECKING:
    from smartcert.model.sender import LetterSettings

REPORTS_PER_CHILD = 24
"""How many reports a process renders at most. A fork copies memory as it is written to: the first report costs most."""


class EngineName(StrEnum):
    """How the cells are run: in a fork of a warm process, or in a fresh kernel per notebook."""

    WARM = "warm"
    FRESH = "fresh"


class WorkerMethod(StrEnum):
    """How the process of reports is started: forked from a warm one, or as a new one where a system has no fork."""

    FORK = "fork"
    SPAWN = "spawn"


class PdfEngine(StrEnum):
    """What prints pages: Chromium or WeasyPrint; ``AUTO`` is Chromium where it is found, else WeasyPrint."""

    AUTO = "auto"
    CHROMIUM = "chromium"
    WEASYPRINT = "weasyprint"


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """One report to render, complete: no worker needs our disk. ``applicant_id`` is empty for a summary."""

    applicant_id: str
    language: str
    notebook: str
    """The source of the notebook, as in its file."""
    record_name: str
    """The name under which the notebook finds its record in its working directory."""
    record: bytes
    """The record as in its file: JSON in UTF-8."""
    parameters: Mapping[str, str]
    engine: EngineName = EngineName.WARM
    audience: Audience = Audience.REVIEWER
    timeout: float | None = None
    """Seconds after which the report is stopped and counts as failed."""
    letter: LetterSettings | None = None
    """What the letter of result in the language of the report rests on, where it is to be rendered too."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RenderedReport:
    """A report that passed every check: the page, and the executed notebook that it shows."""

    applicant_id: str
    language: str
    page: bytes
    """As it is written: UTF-8."""
    notebook: bytes
    imported: tuple[str, ...] = field(default=(), compare=False)
    """Modules that were imported for it; the warm process imports them before it forks again."""
    libraries: Mapping[str, str] = field(default_factory=dict, compare=False)
    """The versions of the libraries that its process had imported, by their names; the warm process adds them."""
    audience: Audience = Audience.REVIEWER
    note: str = field(default="", compare=False)
    """What whoever started the run should know of how it was rendered; empty where nothing."""
    letter: Mapping[str, bytes] = field(default_factory=dict)
    """The letter of result by the ending of its file, where the task asked for it."""


def build_failure(task: Task, reason: str) -> Failure:
    """Return the failure of ``task``; the reason is cut to one line of 500 characters that UTF-8 can write."""
    line = " ".join(reason.split()).encode("utf-8", "backslashreplace").decode()
    reason = line[:500] or "no reason given"
    return Failure(id=task.applicant_id, language=task.language, reason=reason, audience=task.audience)


def get_applicant_id(result: RenderedReport | Failure) -> str:
    """Return the id of the applicant that a result is about; empty for a summary."""
    return result.id if isinstance(result, Failure) else result.applicant_id


def describe_result(result: RenderedReport | Failure) -> str:
    """Return the report in one line, and the reason if it was not made."""
    audience = "" if result.audience is Audience.REVIEWER else f", {result.audience}"
    name = f"{get_applicant_id(result) or 'round summary'} ({result.language}{audience})"
    return f"{name}: not made: {result.reason}" if isinstance(result, Failure) else name


@dataclass(frozen=True, kw_only=True, slots=True)
class Notebooks:
    """The sources of the two notebooks that a run executes."""

    applicant: str
    summary: str

    @classmethod
    def from_package(cls) -> Notebooks:
        """Return the two that come with the package; a UsageError where one is no notebook any more."""
        paths = (find_notebook(name) for name in ("applicant_report", "round_summary"))
        applicant, summary = map(read_notebook, paths)
        return cls(applicant=applicant, summary=summary)

    def imports(self) -> tuple[str, ...]:
        """Return the modules that both import at their top."""
        imports = (list_imports(json.loads(source)) for source in (self.applicant, self.summary))
        return tuple(sorted({module for modules in imports for module in modules}))


@dataclass(frozen=True, kw_only=True, slots=True)
class RunRequest:
    """What a run is asked for. No ``applicants`` means all of them; no ``output`` means ``outputs/<round>``.

    The round's own record, its summaries and the index are for reviewers: without them among the ``audiences`` these
    are not written. ``timeout`` is in seconds per report; ``cluster`` the address of a Dask scheduler.
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
    """Render only those again that failed or were not finished."""
    fail_fast: bool = False
    """Stop at the first failure; what is then not rendered is left for the next run."""
    cluster: str = ""
    workers: WorkerMethod | None = None
    """None: forks, or new processes where this system has no fork. The pages are the same."""
    pdf: bool = False
    """Render a PDF of each page too."""
    pdf_engine: PdfEngine = PdfEngine.AUTO
    """What renders them."""
    beside: Path | None = None
    """The folder of outputs beside which earlier rounds and the register are looked for; None: that of the request."""

    @property
    def for_reviewers(self) -> bool:
        """Whether reviewers are an audience: then the round's own record, summaries and index are written."""
        return Audience.REVIEWER in self.audiences

    def folder(self, round_id: str) -> Path:
        """Return the folder of the outputs."""
        return self.output or Path("outputs") / round_id

    def find_earlier_files(self, round_id: str) -> EarlierFiles:
        """Return the records of earlier rounds and the register that reports may show."""
        return find_earlier_files(self.beside or self.folder(round_id), round_id)


@dataclass(frozen=True, kw_only=True, slots=True)
class RunResult:
    """How many reports were rendered and were fresh, what failed, which folders belong to no applicant of the round.

    ``index`` is where to begin: the index, or the folder where none was written. ``stopped`` is true where the run
    ended at its first failure, as it was asked to. ``replaced_seal`` is the number of the seal that the outputs had
    before; 0 where they had none. ``lost_ledger`` says how the ledger was not the one that the run before left; empty
    where it was.
    """

    index: Path
    rendered: int
    fresh: int
    failures: tuple[Failure, ...]
    leftovers: tuple[str, ...]
    stopped: bool = False
    replaced_seal: int = 0
    lost_ledger: str = ""

    def plain(self) -> dict[str, object]:
        """Return the result for machines."""
        failures: Sequence[dict[str, str]] = [
            {
                "id": failure.id,
                "language": failure.language,
                "audience": failure.audience,
                "reason": failure.reason,
            }
            for failure in self.failures
        ]
        return {
            "event": "end",
            "index": self.index.as_posix(),
            "made": self.rendered,
            "fresh": self.fresh,
            "failures": failures,
            "leftovers": list(self.leftovers),
            "stopped": self.stopped,
            "replaced_seal": self.replaced_seal,
            "lost_ledger": self.lost_ledger,
        }


def count_cpus() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
