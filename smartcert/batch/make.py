"""Makes what is stale."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from itertools import chain
from types import TracebackType
from typing import Any, Protocol, TextIO

from smartcert.batch.checks import NameLeakCheck
from smartcert.batch.ledger import MANIFEST, Journal, build_manifest
from smartcert.batch.outputs import get_record_name
from smartcert.batch.pdf import render_pdfs
from smartcert.batch.plan import PlannedReport, RunPlan, renew_records
from smartcert.batch.request import Notebooks, RenderedReport, RunRequest, RunResult, Task, describe_result
from smartcert.batch.summaries import RoundPages, list_summary_audiences
from smartcert.reporting.records import Audience, Failure

# --- How far a run is: a bar on a terminal, a line for each report anywhere else, nothing if it should be quiet.


class Progress:
    """A context that is told of each result."""

    def __init__(self, total: int, order: RunRequest, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._quiet = order.quiet
        self._json = order.json
        self._total = total
        self._done = 0
        self._failed = 0
        self._began = time.monotonic()
        self._bar: Any = None
        if not self._quiet and not self._json and self._stream.isatty():
            from tqdm import tqdm  # for a terminal only

            self._bar = tqdm(total=total, unit="report", desc="reports", file=self._stream, dynamic_ncols=True)

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def expect(self, more: int) -> None:
        """Count more to be made than was known before."""
        self._total += more
        if self._bar is not None:
            self._bar.total = self._total

    def tell(self, result: RenderedReport | Failure) -> None:
        """Count one result."""
        self._done += 1
        self._failed += isinstance(result, Failure)
        if self._json:
            sys.stdout.write(json.dumps(self._plain(result), ensure_ascii=False) + "\n")
            sys.stdout.flush()
        elif self._bar is not None:
            self._bar.set_postfix_str(f"{self._failed} failed" if self._failed else "", refresh=False)
            self._bar.update()
        elif not self._quiet:
            print(
                f"[{self._done}/{self._total}] {describe_result(result)}{self._pace()}", file=self._stream, flush=True
            )

    def _pace(self) -> str:
        """Return rate and time left, for a log."""
        rate = self._done / max(time.monotonic() - self._began, 1e-9)
        return f"  {rate:.1f}/s, {(self._total - self._done) / rate:.0f} s left"

    def _plain(self, result: RenderedReport | Failure) -> dict[str, object]:
        """Return the result for machines."""
        failed = isinstance(result, Failure)
        return {
            "event": "failed" if failed else "made",
            "id": result.id if isinstance(result, Failure) else result.applicant_id,
            "language": result.language,
            "audience": result.audience.value,
            "reason": result.reason if isinstance(result, Failure) else "",
            "done": self._done,
            "total": self._total,
        }


# --- The making of what is not fresh: records first, then the reports, the summaries, and the index last.


class Executor(AbstractContextManager["Executor"], Protocol):
    """Whatever makes reports from tasks: here or on a cluster, one result for each task."""

    def results(self, tasks: Iterator[Task]) -> Iterator[RenderedReport | Failure]:
        """Yield what became of each task."""


class RoundBuild:
    """One run over a round that was read: makes what its planning finds not fresh, once."""

    def __init__(
        self, order: RunRequest, notebooks: Notebooks, workers: Executor, planning: RunPlan, input_digest: str
    ) -> None:
        self._order = order
        self._notebooks = notebooks
        self._workers = workers
        self._planning = planning
        self._opened = planning.opened
        self._outputs = planning.outputs
        self._print = input_digest
        self._journal = Journal(self._outputs, planning.hashes)
        self._cohort = NameLeakCheck(
            planning.opened.evaluations,
            lambda applicant_id, audience: self._outputs.record(applicant_id, audience).read_text(encoding="utf-8"),
        )
        self._whole = RoundPages(order, notebooks, planning, self._journal)
        self._made = 0
        self._wanted = 0
        self._stopped = False

    def result(self) -> RunResult:
        """Make it and return what came of it.

        Raises:
            ReportError: no report can be made at all on this system.
        """
        self._journal.begin()
        if self._order.whole:
            self._outputs.begin()
        summaries = len(list_summary_audiences(self._order.audiences)) * len(self._order.languages)
        with Progress(summaries, self._order) as progress:
            self._make(chain(self._reports(progress), self._summaries()), progress)
        if not self._stopped:
            self._finish()
        return RunResult(
            index=self._outputs.index if self._order.whole else self._outputs.folder,
            made=self._made,
            fresh=len(self._planning.reports) - self._wanted,
            failures=self._failures(),
            leftovers=self._outputs.leftovers(self._planning.ids),
            stopped=self._stopped,
        )

    def _make(self, tasks: Iterator[Task], progress: Progress) -> None:
        """Place reports as they come, and the summaries when all of them have ended.

        Summaries tell which reports failed. They are made while the last reports are, and again if one of these fails.
        """
        summaries: list[RenderedReport | Failure] = []
        for result in self._workers.results(tasks):
            if not _get_applicant_id(result):
                summaries.append(result)
                continue
            taken = self._take(result, progress)
            self._whole.begin()
            if isinstance(taken, Failure) and self._order.fail_fast:
                self._stopped = True
                self._journal.stopped()
                return
        if self._whole.failures != self._failures():
            self._make(self._summaries(), progress)
            return
        for result in summaries:
            self._take(result, progress)

    def _take(self, result: RenderedReport | Failure, progress: Progress) -> RenderedReport | Failure:
        result = self._cohort.held(result)
        if isinstance(result, RenderedReport):
            self._outputs.place(result)
            self._journal.made(result)
            self._made += 1
        else:
            self._outputs.remove(result.id, result.language, result.audience)
            self._journal.failed(result)
        progress.tell(result)
        return result

    def _reports(self, progress: Progress) -> Iterator[Task]:
        """Yield the tasks of all reports to make, first of those of whom the ledger tells so.

        Whether the files of all others stand as they were placed takes a moment: it is looked at when a worker has the
        first task already.
        """
        changed = self._planning.changed(self._journal.last)
        yield from self._reports_of([one for one in self._planning.ids if one in changed], progress)
        yield from self._reports_of([one for one in self._planning.ids if one not in changed], progress)

    def _reports_of(self, applicant_ids: list[str], progress: Progress) -> Iterator[Task]:
        """Yield the tasks, each after its record was placed; records of applicants not asked for are renewed too."""
        wanted = self._planning.to_make(self._journal.last, frozenset(applicant_ids))
        self._wanted += len(wanted)
        progress.expect(len(wanted))
        by_id: dict[str, list[PlannedReport]] = {}
        for one in wanted:
            by_id.setdefault(one.applicant_id, []).append(one)
        for applicant_id in applicant_ids:
            parts = self._planning.record_parts(applicant_id)
            pages = by_id.get(applicant_id, [])
            if not pages and self._journal.record_is_fresh(applicant_id, parts):
                continue
            record = self._opened.record(applicant_id)
            for audience, text in renew_records(record, self._order.audiences, self._outputs):
                for one in pages:
                    if one.audience is audience:
                        self._journal.started(one.page, one.parts)
                        yield self._task(one, text.decode())
            self._journal.record_placed(applicant_id, parts)

    def _task(self, one: PlannedReport, record: str) -> Task:
        return Task(
            applicant_id=one.applicant_id,
            language=one.language,
            notebook=self._notebooks.applicant,
            record_name=get_record_name(one.audience),
            record=record,
            parameters={
                "record": get_record_name(one.audience),
                "round": self._opened.round.id,
                "applicant_id": one.applicant_id,
                "language": one.language,
                "audience": one.audience.value,
            },
            engine=self._order.engine,
            audience=one.audience,
            timeout=self._order.timeout,
        )

    def _summaries(self) -> Iterator[Task]:
        yield from self._whole.summaries(self._failures())

    def _finish(self) -> None:
        if self._order.whole:
            self._whole.place_index(self._failures())
        if self._order.pdf:
            self._place_pdfs()
        inputs = {one.file: one.sha256 for one in (*self._opened.round.inputs, *self._opened.rulebook.inputs)}
        text = build_manifest(self._opened.round.id, self._planning.hashes, self._journal.last, inputs)
        self._outputs.place_file(MANIFEST, text)
        if not self._failures() and not self._order.applicants:
            self._journal.finished(self._print)

    def _place_pdfs(self) -> None:
        """Make a PDF of each page that has none: what was made from an older page went with that page."""
        pages = [
            path
            for applicant_id in ("", *(self._order.applicants or self._planning.ids))
            for audience, language, path in self._outputs.report_places(applicant_id)
            if language in self._order.languages
            and (audience in self._order.audiences or not applicant_id)
            and path.is_file()
            and not path.with_suffix(".pdf").is_file()
        ]
        for page, made in render_pdfs(pages, self._order.jobs):
            self._outputs.place_file(self._outputs.name(page.with_suffix(".pdf")), made)

    def _failures(self) -> tuple[Failure, ...]:
        """Return every failure that still stands, also of an earlier run whose report was not asked for in this one."""
        failures = self._journal.failures(self._planning.ids)
        if Audience.REVIEWER in self._order.audiences:
            return failures
        return tuple(one for one in failures if one.audience in self._order.audiences)


def _get_applicant_id(result: RenderedReport | Failure) -> str:
    """Return whom a result is about; nothing for a summary."""
    return result.id if isinstance(result, Failure) else result.applicant_id
