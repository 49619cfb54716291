"""The summary of a round: one method per section, each a value that shows itself in a notebook."""

from __future__ import annotations

from smartcert.reporting import basis, charts, summary_counts, summary_tables
from smartcert.reporting.charts.domains import domains_chart
from smartcert.reporting.page import Page, Section
from smartcert.reporting.record import RoundRecord
from smartcert.reporting.steps import counts
from smartcert.reporting.words import Words


class RoundSummary(Page):
    """The sections of the summary of one round, in one language.

    Call them in the order in which they stand here: the first call numbers a section. `typeface` comes last.
    """

    def __init__(self, record: RoundRecord, language: str, links: frozenset[str] = frozenset()) -> None:
        super().__init__(Words(language, "report", "charts", "summary", "press"))
        self._record = record
        self._links = links
        """Places beside the summary that it may lead to, as links write them; it leads to no other."""

    def head(self) -> Section:
        """Return the page's header: the round, its day, window and edition, and whether it is invented."""
        return self._header(
            "summary_head.html.j2",
            title=self.words("summary.title", round=self._record.round.title),
            heading="summary.title",
            kicker="summary.kicker",
            round=self._record.round,
        )

    def failures(self) -> Section | None:
        """Return the reports that could not be made, and why; None where all were made."""
        failures = self._record.failures
        if not failures:
            return None
        return self._section(
            "failures", "summary_failures.html.j2", title=self.words("summary.failures.title"), failures=failures
        )

    def overview(self) -> Section:
        """Return how many applications were left at each step, by size type."""
        evaluations, words = self._record.evaluations, self.words
        return self._section(
            "overview",
            "summary_overview.html.j2",
            title=words("summary.overview.title"),
            counts=counts(evaluations),
            chart=charts.funnel_chart(self._record, words),
            table=summary_counts.step_counts(evaluations, words),
            note=self._record.round.note,
        )

    def levels(self) -> Section:
        """Return the levels reached, by size type, and every total against the bounds."""
        record, words = self._record, self.words
        return self._section(
            "levels",
            "summary_levels.html.j2",
            title=words("summary.levels.title"),
            chart=charts.levels_chart(record, words),
            table=summary_counts.level_counts(record.evaluations, words),
            strip=charts.totals_strip_chart(record, words),
        )

    def domains(self) -> Section:
        """Return the shares by domain: median and quartiles of each size type."""
        record, words = self._record, self.words
        return self._section(
            "domains",
            "summary_domains.html.j2",
            title=words("summary.domains.title"),
            chart=domains_chart(record, words),
            rows=summary_tables.domain_rows(record, words),
        )

    def applicants(self) -> Section:
        """Return the result of every applicant, with a link to its report."""
        record, words = self._record, self.words
        cards = [one.scorecard for one in record.evaluations if one.scorecard is not None]
        return self._section(
            "applicants",
            "summary_applicants.html.j2",
            title=words("summary.applicants.title"),
            rows=summary_tables.applicant_rows(record.evaluations, words),
            failed={failure.id for failure in record.failures if failure.language == words.language},
            links=self._links,
            out_of=max((card.out_of for card in cards), default=None),
            other="en" if words.language == "ko" else "ko",
        )

    def refused(self) -> Section:
        """Return what was not evaluated and why, each reason with its article."""
        words = self.words
        return self._section(
            "refused",
            "summary_refused.html.j2",
            title=words("summary.refused.title"),
            refusals=summary_tables.refusals(self._record.evaluations, words),
        )

    def basis(self) -> Section:
        """Return what the summary rests on: rules, editions, status, sources, and the hashes of the inputs."""
        record, words = self._record, self.words
        found = [rule for one in record.evaluations for rule in one.rules] + [record.round.window.basis]
        rules = tuple({rule.name: rule for rule in sorted(found, key=lambda rule: rule.name)}.values())
        return self._section(
            "basis",
            "basis.html.j2",
            title=words("summary.basis.title"),
            record=record,
            formats=(record.format,),
            **basis.shown(rules, words),
        )
