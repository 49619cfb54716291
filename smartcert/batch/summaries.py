"""What shows all applicants of a round: its record, its summaries, the tables of public results, the index?"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from functools import cached_property
from itertools import product
from urllib.parse import quote

from smartcert.batch.ahead import compute_ahead, is_worthwhile
from smartcert.batch.hashing import hash_package
from smartcert.batch.ledger import Journal
from smartcert.batch.libraries import list_imported_libraries
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
class _BuiltRecords:
    """The round's own record and the press's, as JSON."""

    round: bytes
    press: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class _BuiltFiles:
    """Files that stand in the ledger under one name, what they depend on, and the libraries that built them."""

    page: str
    parts: Mapping[str, str]
    contents: Mapping[str, bytes]
    libraries: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class _BuiltIndex:
    """The index for the case that these pages exist and these reports failed."""

    pages: frozenset[str]
    failures: tuple[Failure, ...]
    html: str


_Built = _BuiltRecords | _BuiltFiles | _BuiltIndex


class RoundPages:
    """The part of a run that is about all applicants at once; a context, at whose end what was begun is given up."""

    def __init__(self, request: RunRequest, notebooks: Notebooks, plan: RunPlan, journal: Journal) -> None:
        self._request = request
        self._notebook = notebooks.summary
        self._plan = plan
        self._outputs = plan.outputs
        self._journal = journal
        self._failures: tuple[Failure, ...] = ()
        self._has_begun = False
        self._built: Generator[_Built, None, None] | None = None
        self._index: _BuiltIndex | None = None

    def __enter__(self) -> RoundPages:
        return self

    def __exit__(self, *_: object) -> None:
        if self._built is not None:
            self._built.close()

    @property
    def failures(self) -> tuple[Failure, ...]:
        """The failures that the summaries list."""
        return self._failures

    @cached_property
    def _record(self) -> RoundRecord:
        return self._plan.opened.round_record(self._failures)

    def begin(self) -> None:
        """Begin to build everything for the case that no report fails, once.

        No report waits for it. What is long, as it has many applicants, is built on a processor of its own.
        """
        if not self._has_begun:
            self._start(())

    def _start(self, failures: tuple[Failure, ...]) -> Generator[_Built, None, None]:
        self.__exit__(None, None, None)
        self._has_begun = True
        self._set_failures(failures)
        built = self._build()
        self._built = compute_ahead(built, politely=True) if is_worthwhile(len(self._plan.ids)) else built
        return self._built

    def _build(self) -> Generator[_Built, None, None]:
        """Yield the records, for which the summaries wait, then the files that are not fresh, and the index."""
        if list_summary_audiences(self._request.audiences):
            press = build_press_record(self._record)
            records = _BuiltRecords(round=to_json(self._record), press=to_json(press))
            yield records
            parts = {"round": sha256_hex(records.press), "package": hash_package()}
            if not self._journal.are_files_fresh(RESULT_TABLES[0], parts):
                # openpyxl takes a moment to import
                from smartcert.reporting.round.press import build_results_csv, build_results_xlsx

                tables = (build_results_csv(press), build_results_xlsx(press))
                yield _build_files(parts, dict(zip(RESULT_TABLES, tables, strict=True)))
        yield from self._build_reference_pages()
        if self._request.for_reviewers:
            yield self._build_index(self._list_expected())

    def build_tasks(self, failures: tuple[Failure, ...]) -> Iterator[Task]:
        """Yield the tasks of the summaries, each after its record was written; then write all else, but the index.

        The summaries list ``failures``, and link to the pages that exist or are in progress: these exist when the
        summaries are written.
        """
        all_built = self._built
        if all_built is None or self._failures != failures:
            all_built = self._start(failures)
        for built in all_built:
            if isinstance(built, _BuiltRecords):
                yield from self._build_tasks_of(built)
            elif isinstance(built, _BuiltFiles):
                for name, content in built.contents.items():
                    self._outputs.write_file(name, content)
                self._journal.write_files(built.page, built.parts, built.contents, built.libraries)
            else:
                self._index = built
        self._built = None

    def _build_tasks_of(self, records: _BuiltRecords) -> Iterator[Task]:
        in_progress = self._journal.in_progress
        for audience in list_summary_audiences(self._request.audiences):
            public = audience is Audience.PUBLIC
            name = self._outputs.name_summary_record(audience)
            record = records.press if public else records.round
            (self._outputs.write_press_record if public else self._outputs.write_round_record)(record)
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
                    record=record,
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

    def _build_reference_pages(self) -> Iterator[_BuiltFiles]:
        """Yield the glossary and the statement on accessibility where they are not fresh.

        They are built in the languages of the request, and in those in which they exist already.
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
            yield _build_files(parts, {page: html.encode()})

    def write_index(self, failures: tuple[Failure, ...]) -> None:
        """Write the index of what exists. It may list more failures than the summaries: that of one of them."""
        self._set_failures(failures)
        self._outputs.write_index(self._build_index(frozenset()).html)

    def _set_failures(self, failures: tuple[Failure, ...]) -> None:
        if self._failures != failures:
            self._failures = failures
            self.__dict__.pop("_record", None)

    def _list_expected(self) -> frozenset[str]:
        """Return what exists when the run has ended, beside all that exists already, where nothing fails.

        These are names only: what the reports depend on is not known yet when this is built ahead.
        """
        outputs, languages = self._outputs, self._request.languages
        ids = self._request.applicants or self._plan.ids
        audiences = list_summary_audiences(self._request.audiences)
        return frozenset(
            (
                *map(outputs.name_record, ids),
                *(outputs.name_page(applicant_id, language) for applicant_id, language in product(ids, languages)),
                *(card.page for card in self._plan.cards),
                *(outputs.name_page("", language, audience) for audience, language in product(audiences, languages)),
                *(outputs.name_reference(page, language) for page, language in product(REFERENCE_PAGES, languages)),
                *RESULT_TABLES,
            )
        )

    def _build_index(self, expected: frozenset[str]) -> _BuiltIndex:
        """Return the index of what exists or is expected; the one built before, if it links to the same pages."""
        pages = frozenset(self._outputs.list_index_links(self._plan.ids, expected))
        if self._index is not None and (self._index.pages, self._index.failures) == (pages, self._failures):
            return self._index
        from smartcert.reporting.round.index import render_index  # takes a moment, and not every run writes one

        return _BuiltIndex(pages=pages, failures=self._failures, html=render_index(self._record, pages=pages))


def _build_files(parts: Mapping[str, str], contents: Mapping[str, bytes]) -> _BuiltFiles:
    """Return files that this process has just built, under the name of the first."""
    return _BuiltFiles(page=next(iter(contents)), parts=parts, contents=contents, libraries=list_imported_libraries())
