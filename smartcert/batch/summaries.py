"""Round summary and index tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote

from smartcert.batch.hashing import hash_package
from smartcert.batch.ledger import Journal
from smartcert.batch.outputs import Outputs
from smartcert.batch.plan import RunPlan
from smartcert.batch.request import EngineName, Notebooks, RunRequest, Task
from smartcert.files import sha256_hex
from smartcert.reporting.audience import build_press_record
from smartcert.reporting.records import Audience, Failure, RoundRecord, to_json

# --- The summaries of a round: the committee's from all of it, the press's from what is public, with its tables.

COMMITTEE, PRESS = "committee", "press"
PRESS_RECORD = "round.press.json"
RESULT_TABLES = ("results.csv", "results.xlsx")


def list_summary_audiences(wanted: tuple[Audience, ...]) -> tuple[Audience, ...]:
    """Return whom a run makes summaries for: reviewers are the committee, and see the press's too."""
    if Audience.REVIEWER in wanted:
        return (Audience.REVIEWER, Audience.PUBLIC)
    return (Audience.PUBLIC,) if Audience.PUBLIC in wanted else ()


def write_public_files(record: RoundRecord, outputs: Outputs, journal: Journal) -> str:
    """Place the press's record and, where they are not fresh, the tables of the public results; return the record."""
    press = build_press_record(record)
    text = to_json(press)
    outputs.renew_press(text)
    parts = {"round": sha256_hex(text), "package": hash_package()}
    if not journal.is_fresh(RESULT_TABLES[0], parts):
        from smartcert.reporting.round.press import (
            build_results_csv,
            build_results_xlsx,  # openpyxl takes a moment to import
        )

        outputs.place_file(RESULT_TABLES[0], build_results_csv(press))
        outputs.place_file(RESULT_TABLES[1], build_results_xlsx(press))
        journal.placed(RESULT_TABLES[0], parts, RESULT_TABLES)
    return text.decode()


def build_summary_tasks(
    record: RoundRecord,
    text: Callable[[], str],
    *,
    audiences: tuple[Audience, ...],
    outputs: Outputs,
    notebook: str,
    languages: tuple[str, ...],
    engine: EngineName,
    journal: Journal,
) -> Iterator[Task]:
    """Yield the tasks of the summaries. The records that they are made from are placed before.

    ``text`` gives the round's record as it was placed, for the committee. They lead to the pages that are there, and to
    those that are being made: these are there when the summaries are placed.
    """
    making = journal.making
    for audience in audiences:
        public = audience is Audience.PUBLIC
        name = PRESS_RECORD if public else "round.json"
        given = write_public_files(record, outputs, journal) if public else text()
        for language in languages:
            ids = () if public else tuple(one.id for one in record.evaluations)
            links = [*(quote(page) for page in outputs.reports(ids, language, making)), *RESULT_TABLES]
            yield Task(
                applicant_id="",
                language=language,
                notebook=notebook,
                record_name=name,
                record=given,
                parameters={
                    "record": name,
                    "round": record.round.id,
                    "language": language,
                    "audience": PRESS if public else COMMITTEE,
                    "links": " ".join(links),
                },
                engine=engine,
                audience=audience,
            )


# --- What tells about the whole round: its record, its summaries, the tables of public results, the index.


@dataclass(frozen=True)
class _SerialisedRound:
    record: RoundRecord

    @cached_property
    def text(self) -> bytes:
        """The record as JSON. It tells of all applicants, so it is written once only."""
        return to_json(self.record)


@dataclass(frozen=True, kw_only=True, slots=True)
class _IndexPage:
    """The index as it is when these pages are there and these reports failed."""

    pages: frozenset[str]
    failures: tuple[Failure, ...]
    html: str


class RoundPages:
    """The part of a run that is about all applicants at once."""

    def __init__(self, order: RunRequest, notebooks: Notebooks, planning: RunPlan, journal: Journal) -> None:
        self._order = order
        self._notebook = notebooks.summary
        self._planning = planning
        self._outputs = planning.outputs
        self._journal = journal
        self._round = _SerialisedRound(planning.opened.round_record())
        self._begun = False
        self._index: _IndexPage | None = None

    @property
    def failures(self) -> tuple[Failure, ...]:
        """The failures that the summaries tell of."""
        return self._round.record.failures

    def begin(self) -> None:
        """Place the round's record, once: it is long, and the first report is done by now."""
        if self._order.whole and not self._begun:
            self._begun = True
            self._outputs.renew_round(self._round.text)

    def summaries(self, failures: tuple[Failure, ...]) -> Iterator[Task]:
        """Yield the tasks of the summaries, which tell of these failures; make the index while they are made."""
        self._tell_of(failures)
        self.begin()
        tasks = build_summary_tasks(
            self._round.record,
            lambda: self._round.text.decode(),
            audiences=list_summary_audiences(self._order.audiences),
            outputs=self._outputs,
            notebook=self._notebook,
            languages=self._order.languages,
            engine=self._order.engine,
            journal=self._journal,
        )
        for task in tasks:
            page = self._outputs.name(self._outputs.page("", task.language, task.audience))
            self._journal.started(page, self._planning.summary_parts(task.record.encode(), task.language))
            yield task
        if self._order.whole:
            self._index = self._index_with(self._journal.making)

    def place_index(self, failures: tuple[Failure, ...]) -> None:
        """Place the index of what is there. Its failures may be more than the summaries tell of: one of them failed."""
        self._tell_of(failures)
        self._outputs.place_index(self._index_with(frozenset()).html)

    def _tell_of(self, failures: tuple[Failure, ...]) -> None:
        if self._round.record.failures != failures:
            self._round, self._begun = _SerialisedRound(self._planning.opened.round_record(failures)), False

    def _index_with(self, making: frozenset[str]) -> _IndexPage:
        """Return the index; the one that was made before, if what it leads to has become as it was foreseen."""
        from smartcert.reporting.round.index import render_index  # takes a moment, and not every run makes one

        pages = frozenset(self._outputs.pages(self._planning.ids, making))
        record = self._round.record
        if self._index is not None and (self._index.pages, self._index.failures) == (pages, record.failures):
            return self._index
        return _IndexPage(pages=pages, failures=record.failures, html=render_index(record, pages=pages))
