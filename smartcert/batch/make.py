"""How are stale pages rendered: records first, then the reports, the summaries, and the index last?"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import cached_property, partial
from itertools import chain, islice
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, TextIO

from smartcert.batch.ahead import compute_ahead, is_worthwhile
from smartcert.batch.ledger import (
    MANIFEST,
    Journal,
    ManifestRequest,
    archive_seal,
    build_manifest,
    describe_lost_ledger,
    write_ledger_sum,
)
from smartcert.batch.outputs import LANGUAGES, get_record_name, replace_suffix
from smartcert.batch.parameters import calls_only_ours
from smartcert.batch.plan import PlannedReport, RunPlan, list_summary_audiences, renew_records, write_json
from smartcert.batch.request import (
    Notebooks,
    RenderedReport,
    RunRequest,
    RunResult,
    Task,
    describe_result,
    get_applicant_id,
)
from smartcert.batch.summaries import RoundPages
from smartcert.files import WriteQueue, write_files
from smartcert.reporting.records import Audience, Failure
from smartcert.services.letter_settings import collect_settings

if TYPE_CHECKING:  # heavy, and not needed before the first report is on its way
    from smartcert.batch.checks import NameLeakCheck
    from smartcert.batch.pdf import PdfRenderer
    from smartcert.model.evaluation import Evaluation
    from smartcert.model.firmness import Firmness
    from smartcert.model.sender import LetterSettings
    from smartcert.services.rounds import OpenRound

_SIMULATED_FIRST, _SIMULATED_TOGETHER = 4, 64
"""For how many applicants levels are simulated at a time: few until the first reports are on their way, then twice as
many each time, so that no worker waits, up to so many that it takes a quarter of the time, with 10 MB of draws."""


class Executor(AbstractContextManager["Executor"], Protocol):
    """Whatever renders reports from tasks, here or on a cluster: one result for each task."""

    def results(self, tasks: Iterator[Task]) -> Iterator[RenderedReport | Failure]:
        """Yield what became of each task."""


class RoundBuild:
    """One run over a round that was read: renders, once, what its plan finds not fresh."""

    def __init__(
        self,
        request: RunRequest,
        notebooks: Notebooks,
        executor: Executor,
        plan: RunPlan,
        input_digest: str,
        pdfs: PdfRenderer | None = None,
    ) -> None:
        self._pdfs = pdfs
        self._pdf_failures: list[Failure] = []
        self._request = request
        self._notebooks = notebooks
        self._executor = executor
        self._plan = plan
        self._opened = plan.opened
        self._outputs = plan.outputs
        self._input_digest = input_digest
        self._journal = Journal(self._outputs, plan.hashes)
        plan.use_ledger(self._journal.latest)
        self._round_pages = RoundPages(request, notebooks, plan, self._journal)
        self._renders_letters = calls_only_ours(notebooks.applicant)
        self._letters: dict[str, PlannedReport] = {}
        """The letters that are rendered now, by the page of the report that each is rendered with."""
        self._writes = WriteQueue()
        self._record_writes: dict[str, Future[None]] = {}
        """By the applicant's id: no page is written before its record is on the disk."""
        self._rendered: set[str] = set()
        self._selected: set[str] = set()
        self._stopped = False

    def run(self) -> RunResult:
        """Render and write everything, and return what came of it.

        Raises:
            ReportError: no report can be rendered at all on this system.
        """
        lost_ledger = describe_lost_ledger(self._outputs.folder)
        replaced_seal = archive_seal(self._outputs.folder)
        self._journal.write_run_started()
        if self._request.for_reviewers:
            self._outputs.prepare()
        summaries = len(list_summary_audiences(self._request.audiences)) * len(self._request.languages)
        with self._writes, self._round_pages, Progress(summaries, self._request) as progress:
            self._render(chain(self._build_tasks(progress), self._build_summary_tasks()), progress)
            if not self._stopped:
                self._relink(progress)
                self._finish(progress)
        return RunResult(
            index=self._outputs.index if self._request.for_reviewers else self._outputs.folder,
            rendered=len(self._rendered),
            fresh=len(self._plan.reports) - len(self._selected),
            failures=(*self._list_failures(), *self._pdf_failures),
            leftovers=self._outputs.list_leftovers(self._plan.ids),
            stopped=self._stopped,
            replaced_seal=replaced_seal,
            lost_ledger=lost_ledger,
        )

    def _render(self, tasks: Iterator[Task], progress: Progress) -> None:
        """Write reports as they come, and the summaries when all of them have ended.

        Summaries list the reports that failed. They are rendered beside the last reports, and again if one of these
        fails.
        """
        summaries: list[RenderedReport | Failure] = []
        for result in self._executor.results(tasks):
            if not get_applicant_id(result):
                summaries.append(result)
                continue
            checked = self._write(result, progress)
            self._writes.finish_written()
            self._round_pages.begin()
            if isinstance(checked, Failure) and self._request.fail_fast:
                self._stopped = True
                self._writes.finish_written(wait=True)
                self._journal.write_stopped()
                return
        self._writes.finish_written(wait=True)
        self._write_letters()  # of reports that failed
        if self._round_pages.failures != self._list_failures():
            self._render(self._build_summary_tasks(), progress)
            return
        for result in summaries:
            self._write(result, progress)
        self._writes.finish_written(wait=True)

    def _write(self, result: RenderedReport | Failure, progress: Progress) -> RenderedReport | Failure:
        """Start to write a report; the ledger has it, and it counts, once it is on the disk. Return what is written."""
        result = self._name_leaks.check(result)
        page = self._outputs.name_page(get_applicant_id(result), result.language, result.audience)
        if isinstance(result, Failure):
            self._letters.pop(page, None)
            self._outputs.remove(result.id, result.language, result.audience)
            self._journal.write_failed(result)
            progress.update(result)
            return result
        letter = self._letters.get(page)
        if letter is not None and (not result.letter or self._refuse_letter(letter, result.letter)):
            del self._letters[page]
            letter = None
        self._wait_for_record(result.applicant_id)
        names = [page, replace_suffix(page, ".ipynb")]
        letter_names = self._list_letter_names(letter, result.letter) if letter else []

        def write() -> None:
            self._outputs.write_report(result, result.letter if letter else None)
            for name in (*names, *letter_names):
                self._plan.hashes.hash_file(name)

        def finish() -> None:
            self._journal.write_rendered(result)
            if letter is not None:
                self._journal.write_files(letter.page, letter.parts, letter_names, result.libraries)
                del self._letters[page]
            self._rendered.add(page)
            if self._pdfs is not None and result.applicant_id:
                for name in (page, letter.page) if letter is not None else (page,):
                    self._pdfs.begin(self._outputs.locate(name))
            progress.update(result)

        self._writes.start(write, finish)
        return result

    def _build_tasks(self, progress: Progress) -> Iterator[Task]:
        """Yield the tasks of all reports to render, those that the ledger alone shows not to be fresh first.

        Whether the files of all others are as they were written takes a moment: they are read when a worker has the
        first task already.
        """
        latest = self._journal.latest
        self._plan.hashes.hash_ahead([name for entry in latest.values() for name in entry.files])
        for number, applicant_ids in enumerate(self._plan.group_applicants(latest)):
            if number == 1 and applicant_ids:
                _ = self._name_leaks  # imported while the first report is rendered
            yield from self._build_tasks_of(applicant_ids, progress)

    def _build_tasks_of(self, applicant_ids: Sequence[str], progress: Progress) -> Iterator[Task]:
        """Yield the tasks, each after its record was written.

        Records of applicants that are not asked for are renewed where they exist; no others are written.
        """
        selected = self._plan.select_reports(self._journal.latest, frozenset(applicant_ids))
        self._selected.update(report.page for report in selected)
        progress.add_expected(len(selected))
        by_id: dict[str, list[PlannedReport]] = {}
        for report in selected:
            by_id.setdefault(report.applicant_id, []).append(report)
        stale = [
            applicant_id
            for applicant_id in applicant_ids
            if applicant_id in by_id
            or (
                self._has_record(applicant_id)
                and not self._journal.are_records_fresh(applicant_id, self._plan.get_record_parts(applicant_id))
            )
        ]
        for applicant_id, texts in self._build_records(stale):
            self._write_records(applicant_id, texts)
            for audience, text in texts.items():
                for report in by_id.get(applicant_id, []):
                    if report.audience is audience and text is not None:
                        self._journal.write_started(report.page, report.parts)
                        yield self._build_task(report, text, self._select_letter_of(report))

    def _write_records(self, applicant_id: str, texts: Mapping[Audience, bytes | None]) -> None:
        """Start to write an applicant's records."""
        files: dict[Path, bytes] = {}
        renew_records(applicant_id, texts, self._outputs, files.__setitem__)
        parts = self._plan.get_record_parts(applicant_id)
        finish = partial(self._journal.write_records, applicant_id, parts)
        self._record_writes[applicant_id] = self._writes.start(partial(write_files, files, at_once=1), finish)

    def _wait_for_record(self, applicant_id: str) -> None:
        write = self._record_writes.pop(applicant_id, None)
        if write is not None:
            write.result()

    def _read_record(self, applicant_id: str, audience: Audience) -> bytes:
        """Return the record that a report shows; without an applicant that of the round."""
        self._wait_for_record(applicant_id)
        outputs = self._outputs
        name = outputs.name_record(applicant_id, audience) if applicant_id else outputs.name_summary_record(audience)
        return outputs.locate(name).read_bytes()

    def _has_record(self, applicant_id: str) -> bool:
        """Return whether an applicant has a record, or is to have one: it is asked for."""
        if applicant_id in (self._request.applicants or self._plan.ids):
            return True
        return any(self._outputs.exists(self._outputs.name_record(applicant_id, audience)) for audience in Audience)

    def _build_records(self, applicant_ids: Sequence[str]) -> Iterator[tuple[str, dict[Audience, bytes | None]]]:
        """Return the records of each applicant; for a cluster those of many are built on a processor of their own."""
        if not applicant_ids:
            return iter(())
        from smartcert.analysis.firmness import simulate_levels  # heavy: a run with nothing to do needs none of it

        records = self._iter_records(applicant_ids, simulate_levels)
        return compute_ahead(records) if self._request.cluster and is_worthwhile(len(applicant_ids)) else records

    def _iter_records(
        self, applicant_ids: Sequence[str], simulate: Callable[[OpenRound, list[Evaluation]], Mapping[str, Firmness]]
    ) -> Iterator[tuple[str, dict[Audience, bytes | None]]]:
        """Yield the records of each applicant; levels are simulated for several of them together, in less time."""
        waiting, together = iter(applicant_ids), _SIMULATED_FIRST
        while names := tuple(islice(waiting, together)):
            together = min(2 * together, _SIMULATED_TOGETHER)
            records = [self._opened.record(name) for name in names]
            firmness = simulate(self._opened, [record.evaluation for record in records])
            for record in records:
                name = record.evaluation.id
                before, later = self._plan.earlier.get(name), self._plan.later.get(name)
                completed = replace(record, firmness=firmness.get(name), earlier=before, later=later)
                yield name, write_json(completed, self._request.audiences, self._outputs)

    def _relink(self, progress: Progress) -> bool:
        """Render the reports again that link to one that failed, or that can now link to one that did not.

        Return whether there were any.
        """
        reports = self._plan.list_relinked()
        self._selected.update(report.page for report in reports)
        progress.add_expected(len(reports))
        for result in self._executor.results(self._build_linked_tasks(reports)) if reports else ():
            self._write(result, progress)
        self._writes.finish_written(wait=True)
        return bool(reports)

    def _build_linked_tasks(self, reports: Iterable[PlannedReport]) -> Iterator[Task]:
        for report in reports:
            record = self._read_record(report.applicant_id, report.audience)
            self._journal.write_started(report.page, report.parts)
            yield self._build_task(report, record)

    def _select_letter_of(self, report: PlannedReport) -> LetterSettings | None:
        """Return what the letter that is rendered with a report rests on; None where none is to be.

        It is rendered with the first report in its language, where that needs its steps to the next level too, and only
        beside cells that do nothing but call this package: no others may change what a letter says.
        """
        if report.audience is Audience.PUBLIC or not self._renders_letters:
            return None
        letter = self._plan.plan_letter(report.applicant_id, report.language)
        if letter in self._letters.values() or not self._plan.select(self._journal.latest, (letter,)):
            return None
        self._letters[report.page] = letter
        return self._letter_settings

    @cached_property
    def _name_leaks(self) -> NameLeakCheck:
        from smartcert.batch.checks import NameLeakCheck  # with what parses pages; the first report comes later

        return NameLeakCheck(
            self._opened.verdicts,
            self._read_record,
            looks_for_disguises=not all(map(calls_only_ours, (self._notebooks.applicant, self._notebooks.summary))),
        )

    @cached_property
    def _letter_settings(self) -> LetterSettings:
        return collect_settings(self._opened)

    def _build_task(self, report: PlannedReport, record: bytes, letter: LetterSettings | None = None) -> Task:
        return Task(
            applicant_id=report.applicant_id,
            language=report.language,
            notebook=self._notebooks.applicant,
            record_name=get_record_name(report.audience),
            record=record,
            parameters={
                "record": get_record_name(report.audience),
                "round": self._opened.round.id,
                "applicant_id": report.applicant_id,
                "language": report.language,
                "audience": report.audience.value,
                "links": report.parts["links"],
            },
            engine=self._request.engine,
            audience=report.audience,
            timeout=self._request.timeout,
            letter=letter,
        )

    def _build_summary_tasks(self) -> Iterator[Task]:
        self._round_pages.begin()
        _ = self._name_leaks  # imported while these are built
        yield from self._round_pages.build_tasks(self._list_failures())  # as they are when the first one is needed
        self._write_letters()  # while the last reports and the summaries are rendered, as all that follows
        self._write_cards()

    def _write_letters(self) -> None:
        """Write the letters of result that are not fresh, and are not rendered with a report."""
        by_id: dict[str, list[PlannedReport]] = {}
        rendering = {letter.page for letter in self._letters.values()}
        letters = [letter for letter in self._plan.letters if letter.page not in rendering]
        for letter in self._plan.select(self._journal.latest, letters):
            by_id.setdefault(letter.applicant_id, []).append(letter)
        if not by_id:
            return
        from smartcert.services.letters import build_letters  # heavy: most letters are rendered with their report

        for applicant_id, selected in by_id.items():
            built = build_letters(self._opened, applicant_id, tuple(letter.language for letter in selected))
            for letter in selected:
                formats = built[letter.language]
                if not self._refuse_letter(letter, formats):
                    self._outputs.write_letter(applicant_id, letter.language, formats)
                    self._journal.write_files(letter.page, letter.parts, self._list_letter_names(letter, formats))

    def _list_letter_names(self, letter: PlannedReport, formats: Iterable[str]) -> list[str]:
        return [replace_suffix(letter.page, f".{ending}") for ending in formats]

    def _refuse_letter(self, letter: PlannedReport, formats: Mapping[str, bytes]) -> bool:
        """Return whether a letter names another applicant; it counts as failed then, and one before it is removed."""
        applicant_id, language = letter.applicant_id, letter.language
        checked = self._name_leaks.check(
            RenderedReport(
                applicant_id=applicant_id,
                language=language,
                page=formats["html"],
                notebook=b"",
                audience=Audience.REVIEWER if self._request.for_reviewers else Audience.APPLICANT,
            )
        )
        if not isinstance(checked, Failure):
            return False
        self._outputs.remove_letter(applicant_id, language)
        self._journal.write_file_failed(letter.page, checked, letter.parts)
        return True

    def _write_cards(self) -> None:
        """Write the public cards that are not fresh; one that names another applicant is not written.

        Those of applicants whom the press page does not name any more are removed.

        A card may name whom its round's title names, and nobody else: no record is asked what it names.
        """
        for applicant_id in self._plan.ids:
            if applicant_id not in self._plan.round_cards:
                for language in LANGUAGES:
                    self._outputs.locate(self._outputs.name_card(applicant_id, language)).unlink(missing_ok=True)
        title = self._opened.round.title
        from smartcert.batch.checks import NameLeakCheck  # as above

        leaks = NameLeakCheck(self._opened.verdicts, lambda *_: f"{title.ko} {title.en}".encode("utf-8", "replace"))
        for card in self._plan.select(self._journal.latest, self._plan.cards):
            checked = leaks.check(
                RenderedReport(
                    applicant_id=card.applicant_id,
                    language=card.language,
                    page=self._plan.round_cards.render(card.applicant_id, card.language),
                    notebook=b"",
                    audience=card.audience,
                )
            )
            if isinstance(checked, Failure):
                self._outputs.locate(card.page).unlink(missing_ok=True)
                self._journal.write_file_failed(card.page, checked, card.parts)
                continue
            self._writes.start(
                partial(self._outputs.write_file, card.page, checked.page),
                partial(self._journal.write_files, card.page, card.parts, [card.page]),
            )
        self._writes.finish_written(wait=True)

    def _finish(self, progress: Progress) -> None:
        if self._request.for_reviewers:
            self._round_pages.write_index(self._list_failures())
        if self._pdfs is not None:
            self._write_linked_pdfs(self._pdfs, progress)
        inputs = {file.file: file.sha256 for file in (*self._opened.round.inputs, *self._opened.rule_inputs)}
        request = self._request
        manifest = build_manifest(
            self._opened.round.id,
            self._plan.hashes,
            self._journal.latest,
            inputs,
            request=ManifestRequest(
                languages=request.languages,
                audiences=tuple(audience.value for audience in request.audiences),
                applicants=tuple(sorted({*request.applicants})),
                pdf=request.pdf,
                pdf_engine=str(self._pdfs.engine) if self._pdfs is not None else "",
            ),
        ).to_json()
        self._outputs.write_file(MANIFEST, manifest)
        if not (self._list_failures() or self._pdf_failures or request.applicants):
            self._journal.write_run_finished(self._input_digest, manifest)
        write_ledger_sum(self._outputs.folder)

    def _write_linked_pdfs(self, pdfs: PdfRenderer, progress: Progress) -> None:
        """Render the PDFs; a report whose PDF is refused, or is there after it was, is rendered again for its links.

        Only a report that got a link gets another PDF: one that was refused is tried again by the next run.
        """
        refused = self._write_pdfs(pdfs, frozenset())
        while self._relink(progress):
            if self._request.for_reviewers:
                self._round_pages.write_index(self._list_failures())
            refused |= self._write_pdfs(pdfs, refused)

    def _write_pdfs(self, pdfs: PdfRenderer, refused: frozenset[str]) -> frozenset[str]:
        """Render a PDF of each page that has none: none at all, or one of another page or by another engine.

        Those that were ``refused`` before are left out. Return the names of those that are refused now: they are
        removed and among the failures, and stop no other.
        """
        planned = {self._outputs.locate(pdf.source): pdf for pdf in self._plan.list_pdfs(str(pdfs.engine))}
        stale = [
            path
            for path, pdf in planned.items()
            if pdf.page not in refused and not self._journal.are_files_fresh(pdf.page, pdf.parts)
        ]
        failed = set()
        for rendered in pdfs.render(stale):
            pdf = planned[rendered.page]
            if rendered.problem:
                failure = Failure(
                    id=pdf.applicant_id, language=pdf.language, reason=f"PDF: {rendered.problem}", audience=pdf.audience
                )
                self._pdf_failures.append(failure)
                self._outputs.locate(pdf.page).unlink(missing_ok=True)
                self._journal.write_file_failed(pdf.page, failure, pdf.parts)
                failed.add(pdf.page)
                continue
            self._outputs.write_file(pdf.page, rendered.content)
            self._journal.write_files(pdf.page, pdf.parts, [pdf.page], rendered.libraries)
        return frozenset(failed)

    def _list_failures(self) -> tuple[Failure, ...]:
        """Return every failure that still stands, also of an earlier run whose report is not requested in this one."""
        failures = self._journal.list_failures(self._plan.ids)
        if self._request.for_reviewers:
            return failures
        return tuple(failure for failure in failures if failure.audience in self._request.audiences)


class Progress:
    """How far a run is, as a context: a bar on a terminal, a line for each report elsewhere, nothing if quiet."""

    def __init__(self, total: int, request: RunRequest, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._quiet = request.quiet
        self._json = request.json
        self._total = total
        self._done = 0
        self._failed = 0
        self._began = time.monotonic()
        self._notes: set[str] = set()
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

    def add_expected(self, count: int) -> None:
        """Expect so many results more than before."""
        self._total += count
        if self._bar is not None:
            self._bar.total = self._total

    def update(self, result: RenderedReport | Failure) -> None:
        """Count and show one result, and each note once: also where only failures are to be seen."""
        self._done += 1
        self._failed += isinstance(result, Failure)
        if isinstance(result, RenderedReport) and result.note and result.note not in self._notes:
            self._notes.add(result.note)
            print(f"note: {result.note}", file=self._stream, flush=True)
        if self._json:
            sys.stdout.write(json.dumps(self._to_plain(result), ensure_ascii=False) + "\n")
            sys.stdout.flush()
        elif self._bar is not None:
            self._bar.set_postfix_str(f"{self._failed} failed" if self._failed else "", refresh=False)
            self._bar.update()
        elif not self._quiet:
            rate = self._done / max(time.monotonic() - self._began, 1e-9)
            pace = f"{rate:.1f}/s, {(self._total - self._done) / rate:.0f} s left"
            print(f"[{self._done}/{self._total}] {describe_result(result)}  {pace}", file=self._stream, flush=True)

    def _to_plain(self, result: RenderedReport | Failure) -> dict[str, object]:
        failed = isinstance(result, Failure)
        return {
            "event": "failed" if failed else "made",
            "id": get_applicant_id(result),
            "language": result.language,
            "audience": result.audience.value,
            "reason": result.reason if isinstance(result, Failure) else "",
            "done": self._done,
            "total": self._total,
        }
