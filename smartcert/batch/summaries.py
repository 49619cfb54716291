"""What shows all applicants of a round: its record, its summaries, the tables of public results, the index?"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import product
from urllib.parse import quote

from smartcert.batch.hashing import hash_package
from smartcert.batch.ledger import Journal
from smartcert.batch.outputs import LANGUAGES, REFERENCE_PAGES
from smartcert.batch.plan import RunPlan, list_summary_audiences
from smartcert.batch.request import Notebooks, RunRequest, Task
from smartcert.files import sha256_hex
from smartcert.lazy_dataclass import dataclass
from smartcert.reporting.audience import build_press_record
from smartcert.reporting.records import Audience, Failure, RoundRecord, to_json

COMMITTEE, PRESS = "committee", "press"
RESULT_TABLES = ("results.csv", "results.xlsx")


@dataclass(frozen=True, kw_only=True, slots=True)
class _BuiltIndex:
    """The index for the case that these pages exist and these reports failed."""

    pages: frozenset[str]
    failures: tuple[Failure, ...]
    html: str


class RoundPages:
    """The part of a run that is about all applicants at once."""

    def __init__(self, request: RunRequest, notebooks: Notebooks, plan: RunPlan, journal: Journal) -> None:
        self._request = request
        self._notebook = notebooks.summary
        self._plan = plan
        self._outputs = plan.outputs
        self._journal = journal
        self._failures: tuple[Failure, ...] = ()
        self._is_record_written = False
        self._index: _BuiltIndex | None = None

    @property
    def failures(self) -> tuple[Failure, ...]:
        """The failures that the summaries list."""
        return self._failures

    @cached_property
    def _record(self) -> RoundRecord:
        """The round's record. No report waits for it."""
        return self._plan.opened.round_record(self._failures)

    @cached_property
    def _text(self) -> bytes:
        """The record as JSON. It has all applicants, so it is written once only."""
        return to_json(self._record)

    def write_record(self) -> None:
        """Write the round's record, once: it is long, and the first report is done by now."""
        if self._request.for_reviewers and not self._is_record_written:
            self._is_record_written = True
            self._outputs.write_round_record(self._text)

    def build_tasks(self, failures: tuple[Failure, ...]) -> Iterator[Task]:
        """Yield the tasks of the summaries, each after its record was written.

        The summaries list ``failures``, and link to the pages that exist or are in progress: these exist when the
        summaries are written.
        """
        self._set_failures(failures)
        self.write_record()
        in_progress = self._journal.in_progress
        for audience in list_summary_audiences(self._request.audiences):
            public = audience is Audience.PUBLIC
            name = self._outputs.name_summary_record(audience)
            record = self._write_public_files() if public else self._text
            ids = () if public else self._plan.ids
            for language in self._request.languages:
                reports = self._outputs.list_reports(ids, language, in_progress)
                page = self._outputs.name_page("", language, audience)
                self._journal.write_started(page, self._plan.get_summary_parts(record, language))
                yield Task(
                    applicant_id="",
                    language=language,
                    notebook=self._notebook,
                    record_name=name,
                    record=record.decode(),
                    parameters={
                        "record": name,
                        "round": self._plan.opened.round.id,
                        "language": language,
                        "audience": PRESS if public else COMMITTEE,
                        "links": " ".join(
                            [*(quote(report) for report in reports), *RESULT_TABLES, f"glossary.{language}.html"]
                        ),
                    },
                    engine=self._request.engine,
                    audience=audience,
                )

    def prepare_index(self) -> None:
        """Build the index for the case that all pages that are in progress will exist: no page waits for it."""
        if self._request.for_reviewers:
            self._index = self._build_index(self._journal.in_progress)

    def _write_public_files(self) -> bytes:
        """Write the press's record and, where they are not fresh, the tables of public results; return the record."""
        press = build_press_record(self._record)
        record = to_json(press)
        self._outputs.write_press_record(record)
        parts = {"round": sha256_hex(record), "package": hash_package()}
        if not self._journal.are_files_fresh(RESULT_TABLES[0], parts):
            # openpyxl takes a moment to import
            from smartcert.reporting.round.press import build_results_csv, build_results_xlsx

            self._outputs.write_file(RESULT_TABLES[0], build_results_csv(press))
            self._outputs.write_file(RESULT_TABLES[1], build_results_xlsx(press))
            self._journal.write_files(RESULT_TABLES[0], parts, RESULT_TABLES)
        return record

    def write_reference_pages(self) -> None:
        """Write the glossary and the statement on accessibility where they are not fresh.

        They are written in the languages of the request, and in those in which they exist already.
        """
        scheme = self._plan.opened.facts.scheme
        for name, language in product(REFERENCE_PAGES, LANGUAGES):
            page, scheme_id = (
                self._outputs.name_reference(name, language),
                scheme.id if scheme and name == "glossary" else "",
            )
            if language not in self._request.languages and not self._outputs.exists(page):
                continue
            parts = {"package": hash_package(), "language": language, "scheme": scheme_id}
            if self._journal.are_files_fresh(page, parts):
                continue
            from smartcert.reporting.round.reference import render_glossary, render_statement  # seldom needed

            html = render_glossary(language, scheme) if name == "glossary" else render_statement(language)
            self._outputs.write_file(page, html.encode())
            self._journal.write_files(page, parts, [page])

    def write_index(self, failures: tuple[Failure, ...]) -> None:
        """Write the index of what exists. It may list more failures than the summaries: that of one of them."""
        self._set_failures(failures)
        self._outputs.write_index(self._build_index(frozenset()).html)

    def _set_failures(self, failures: tuple[Failure, ...]) -> None:
        if self._failures != failures:
            self._failures = failures
            self._is_record_written = False
            for name in ("_record", "_text"):
                self.__dict__.pop(name, None)

    def _build_index(self, in_progress: frozenset[str]) -> _BuiltIndex:
        """Return the index; the one built before, if it links to the same pages."""
        from smartcert.reporting.round.index import render_index  # takes a moment, and not every run writes one

        pages = frozenset(self._outputs.list_index_links(self._plan.ids, in_progress))
        if self._index is not None and (self._index.pages, self._index.failures) == (pages, self._failures):
            return self._index
        return _BuiltIndex(pages=pages, failures=self._failures, html=render_index(self._record, pages=pages))
