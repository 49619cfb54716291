"""All reports of a round: records first, then the reports, the summaries, and the index last.

A report that fails leaves no page, is told in ``round.json``, in the summaries and in the index, and stops no other.
Only this process writes into the outputs, whole files only; workers hand back text.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat

from smartcert import home
from smartcert.batch.outputs import Outputs
from smartcert.batch.parameters import imports
from smartcert.batch.progress import Progress
from smartcert.batch.task import EngineName, Made, Task
from smartcert.batch.workers import Workers
from smartcert.model.evaluation import Evaluation
from smartcert.reporting.index import index_page
from smartcert.reporting.record import Failure, to_json
from smartcert.rounds import OpenRound, open_round


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
        found = (imports(nbformat.reads(source, as_version=4)) for source in (self.applicant, self.summary))
        return tuple(sorted({name for names in found for name in names}))


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """What a run is asked for. No ``applicants`` means all of them; no ``output`` means ``outputs/<round>``."""

    round: str
    languages: tuple[str, ...] = ("ko", "en")
    applicants: tuple[str, ...] = ()
    output: Path | None = None
    jobs: int = 1
    engine: EngineName = EngineName.WARM
    quiet: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class RunResult:
    """What a run made, what failed, and which folders in its outputs belong to no applicant of the round."""

    evaluations: tuple[Evaluation, ...]
    index: Path
    made: int
    failures: tuple[Failure, ...]
    leftovers: tuple[str, ...]


def cpus() -> int:
    """Return how many processes can run at a time here."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run(order: Order, notebooks: Notebooks | None = None) -> RunResult:
    """Make the reports of an order.

    Raises:
        UsageError: no such round or applicant.
        InputError: the round's files have problems. Nothing was written.
        ReportError: no report can be made at all on this system.
    """
    notebooks = notebooks or Notebooks.of_the_house()
    with Workers(order.jobs, notebooks.imports()) as workers:  # warms up while the round is read and evaluated
        return _Run(order, notebooks, workers, open_round(order.round)).result()


class _Run:
    def __init__(self, order: Order, notebooks: Notebooks, workers: Workers, opened: OpenRound) -> None:
        self._order = order
        self._notebooks = notebooks
        self._workers = workers
        self._opened = opened
        self._ids = tuple(evaluation.id for evaluation in opened.evaluations)
        for applicant_id in order.applicants:
            opened.record(applicant_id)  # refuses an unknown one before anything is written
        self._wanted = frozenset(order.applicants or self._ids)
        self._outputs = Outputs(folder=order.output or Path("outputs") / opened.round.id)
        self._failures: list[Failure] = []
        self._made = 0

    def result(self) -> RunResult:
        total = (len(self._wanted) + 1) * len(self._order.languages)
        self._outputs.begin()
        self._outputs.renew_round(to_json(self._opened.round_record()))
        with Progress(total, self._order.quiet) as progress:
            self._make(self._reports(), progress)
            self._failures.sort(key=lambda failure: (failure.id, failure.language))
            record = self._opened.round_record(self._failures)
            self._outputs.renew_round(to_json(record))
            self._make(self._summaries(to_json(record).decode()), progress)
        self._index()
        return RunResult(
            evaluations=self._opened.evaluations,
            index=self._outputs.index,
            made=self._made,
            failures=tuple(self._failures),
            leftovers=self._outputs.leftovers(self._ids),
        )

    def _make(self, tasks: Iterator[Task], progress: Progress) -> None:
        for result in self._workers.results(tasks):
            if isinstance(result, Made):
                self._outputs.place(result)
                self._made += 1
            else:
                self._outputs.remove(result.id, result.language)
                self._failures.append(result)
            progress.tell(result)

    def _reports(self) -> Iterator[Task]:
        for record in self._opened.records():
            text = to_json(record)
            applicant_id = record.evaluation.id
            self._outputs.renew_record(applicant_id, text)
            if applicant_id not in self._wanted:
                continue
            for language in self._order.languages:
                yield Task(
                    applicant_id=applicant_id,
                    language=language,
                    notebook=self._notebooks.applicant,
                    record_name="evaluation.json",
                    record=text.decode(),
                    parameters={
                        "record": "evaluation.json",
                        "round": self._opened.round.id,
                        "applicant_id": applicant_id,
                        "language": language,
                    },
                    engine=self._order.engine,
                )

    def _summaries(self, record: str) -> Iterator[Task]:
        for language in self._order.languages:
            yield Task(
                applicant_id="",
                language=language,
                notebook=self._notebooks.summary,
                record_name="round.json",
                record=record,
                parameters={"record": "round.json", "round": self._opened.round.id, "language": language},
                engine=self._order.engine,
            )

    def _index(self) -> None:
        record = self._opened.round_record(self._failures)
        page = index_page(record, pages=self._outputs.pages(self._ids))
        self._outputs.place_index(page)
