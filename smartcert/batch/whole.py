"""What tells about the whole round: its record, its summaries, the tables of public results, the index."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from smartcert.batch.journal import Journal
from smartcert.batch.order import Notebooks, Order
from smartcert.batch.planning import Planning
from smartcert.batch.summaries import audiences_of, summary_tasks
from smartcert.batch.task import Task
from smartcert.reporting.record import Failure, RoundRecord, to_json


@dataclass(frozen=True)
class _Written:
    record: RoundRecord

    @cached_property
    def text(self) -> bytes:
        """The record as JSON. It tells of all applicants, so it is written once only."""
        return to_json(self.record)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Index:
    """The index as it is when these pages are there and these reports failed."""

    pages: frozenset[str]
    failures: tuple[Failure, ...]
    html: str


class WholeRound:
    """The part of a run that is about all applicants at once."""

    def __init__(self, order: Order, notebooks: Notebooks, planning: Planning, journal: Journal) -> None:
        self._order = order
        self._notebook = notebooks.summary
        self._planning = planning
        self._outputs = planning.outputs
        self._journal = journal
        self._round = _Written(planning.opened.round_record())
        self._begun = False
        self._index: _Index | None = None

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
        tasks = summary_tasks(
            self._round.record,
            lambda: self._round.text.decode(),
            audiences=audiences_of(self._order.audiences),
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
            self._round, self._begun = _Written(self._planning.opened.round_record(failures)), False

    def _index_with(self, making: frozenset[str]) -> _Index:
        """Return the index; the one that was made before, if what it leads to has become as it was foreseen."""
        from smartcert.reporting.index import index_page  # takes a moment, and not every run makes one

        pages = frozenset(self._outputs.pages(self._planning.ids, making))
        record = self._round.record
        if self._index is not None and (self._index.pages, self._index.failures) == (pages, record.failures):
            return self._index
        return _Index(pages=pages, failures=record.failures, html=index_page(record, pages=pages))
