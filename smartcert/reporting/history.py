"""The public history of certification: one method per section, each a value that shows itself in a notebook."""

from __future__ import annotations

from smartcert.model.history import Holding
from smartcert.reporting import basis, history_tables
from smartcert.reporting.charts.tiles import tiles_chart
from smartcert.reporting.charts.timeline import timeline_chart
from smartcert.reporting.history_record import HistoryRecord
from smartcert.reporting.page import Page, Section
from smartcert.reporting.words import Words


class CertificationHistory(Page):
    """The sections of the page on who was certified when, in one language.

    Call them in the order in which they stand here: the first call numbers a section. `typeface` comes last.
    """

    def __init__(self, record: HistoryRecord, language: str) -> None:
        super().__init__(Words(language, "report", "charts", "history"))
        self._record = record
        self._history = record.history

    def head(self) -> Section:
        """Return the page's header: the day, what the page knows, and that most days are inferred."""
        return self._header(
            "history_head.html.j2",
            title=self.words("history.title"),
            history=self._history,
            record=self._record,
            certified=sum(one.holding is Holding.CERTIFIED for one in self._history.timelines),
        )

    def certified(self) -> Section:
        """Return who is certified on the day, and who holds a pilot certificate."""
        words, held = self.words, self._history
        return self._section(
            "certified",
            "history_certified.html.j2",
            title=words("history.certified.title", day=held.day),
            history=held,
            rows=history_tables.holders(held, [Holding.CERTIFIED], words),
            pilots=history_tables.holders(held, [Holding.PILOT, Holding.PILOT_DISPUTED], words),
            expired=history_tables.holders(held, [Holding.EXPIRED], words),
            share=history_tables.share(held.everywhere),
        )

    def coverage(self) -> Section:
        """Return how much of the country is covered: by size type, and by region on tiles laid like a map."""
        words, held = self.words, self._history
        own = history_tables.coverage_row(words("history.coverage.own"), held.own)
        return self._section(
            "coverage",
            "history_coverage.html.j2",
            title=words("history.coverage.title"),
            history=held,
            record=self._record,
            total=history_tables.coverage_row(words("history.coverage.everywhere"), held.everywhere),
            own=own,
            sizes=history_tables.size_rows(held, words),
            chart=tiles_chart(held, words),
            regions=history_tables.region_rows(held, words),
        )

    def timeline(self) -> Section:
        """Return every certification of everybody on one axis of time, the same as a table, and the lapses."""
        words, held = self.words, self._history
        return self._section(
            "timeline",
            "history_timeline.html.j2",
            title=words("history.timeline.title"),
            history=held,
            chart=timeline_chart(held, words),
            groups=history_tables.all_terms(held, words),
            lapses=history_tables.lapse_rows(held, words),
        )

    def rounds(self) -> Section:
        """Return how many were certified in each round, by kind and size type."""
        words, held = self.words, self._history
        return self._section(
            "rounds",
            "history_rounds.html.j2",
            title=words("history.rounds.title"),
            history=held,
            rows=history_tables.year_rows(held.counts, words),
        )

    def disputed(self) -> Section:
        """Return the values on which sources disagree, both readings side by side."""
        words = self.words
        sources = {source.id: source for source in self._record.sources}
        return self._section(
            "disputed",
            "history_disputed.html.j2",
            title=words("history.disputed.title"),
            rows=list(history_tables.disputes(self._history, sources, words)),
            notes=history_tables.notes(self._history, words),
        )

    def basis(self) -> Section:
        """Return what the page rests on: rules behind inferred days, sources, and the hashes of the inputs."""
        words, record = self.words, self._record
        return self._section(
            "basis",
            "history_basis.html.j2",
            title=words("history.basis.title"),
            record=record,
            rules=basis.rule_rows(record.rules, words),
            sources=basis.rows_of(record.sources, words),
        )
