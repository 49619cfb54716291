"""The public report of a certified applicant: level, domains, strengths, and what these rest on."""

from __future__ import annotations

from collections.abc import Sequence

from smartcert.reporting import formats as figures
from smartcert.reporting.applicant.card import describe_later
from smartcert.reporting.applicant.links import list_footer_links, list_links
from smartcert.reporting.basis import collect_rules
from smartcert.reporting.catalogue import Words, load_words
from smartcert.reporting.outcome import describe_changes
from smartcert.reporting.page import Page, PageSection
from smartcert.reporting.records import PublicRecord


def list_statements(record: PublicRecord, words: Words) -> tuple[str, ...]:
    """Return the texts that the verdict of a public page must show: its sentence, the level and the day."""
    return (
        words("public.certified", applicant=record.applicant.name, level=record.level, on=record.decided_on),
        words("unit.level", level=record.level),
        figures.format_day(record.decided_on, words.language),
    )


class PublicReport(Page):
    """The sections of the public report, named as those of the full report; a section that is not public is None."""

    def __init__(self, record: PublicRecord, language: str, links: Sequence[str] = ()) -> None:
        """Take a public record; ``links`` are the files beside the page that it links to, as relative paths."""
        super().__init__(load_words(language, "report", "public", scheme=record.round.scheme))
        self._record = record
        self._links = list_links(links, self.words)
        self._footer_links = list_footer_links(links, self.words)

    def head(self) -> PageSection:
        """Return the page's header: the round, the applicant, and whether these are invented."""
        words, name = self.words, self._record.applicant.name
        other = "en" if words.language == "ko" else "ko"
        return self.add_header(
            "public_head.html.j2",
            title=words("public.title", applicant=name),
            record=self._record,
            other=None if name.ko == name.en else (other, figures.sanitise_text(name.of(other))),
            links=self._links,
            footer_links=self._footer_links,
        )

    def verdict(self) -> PageSection:
        """Return the decided level in one sentence."""
        words, record = self.words, self._record
        return self.add_section(
            "verdict",
            "public_verdict.html.j2",
            title=words("verdict.title_with", outcome=words("result.certified", level=record.level)),
            record=record,
            later=describe_later(record.later, words),
            changes=describe_changes(record.applicant_changes, record.decided_on, words),
            illustrative=record.round.edition_basis.status.value == "illustrative",
        )

    def decision(self) -> None:
        """Return None: only what was decided is public, not how it came to be."""

    def next_level(self) -> None:
        """Return None: what is missing is between the applicant and its evaluators."""

    def eligibility(self) -> None:
        """Return None: a certified applicant met every requirement."""

    def points(self) -> PageSection:
        """Return the share of points of each domain in whole percent, and the strengths."""
        words, record = self.words, self._record
        return self.add_section(
            "points",
            "public_points.html.j2",
            title=words("public.points_title"),
            record=record,
            strengths=[name.of(words.language) for name in record.strengths],
        )

    def working(self) -> None:
        """Return None: points are not public."""

    def inspection(self) -> None:
        """Return None: corrections are not public."""

    def committee(self) -> None:
        """Return None: marks are not public."""

    def earlier(self) -> None:
        """Return None: what came of earlier applications is not public."""

    def basis(self) -> PageSection:
        """Return what the level rests on: rules, editions, status, sources, and the hashes of the rule files."""
        record = self._record
        return self.add_basis("basis.title", record, collect_rules(record.rules, record.round))

    def trace(self) -> None:
        """Return None: the page has no calculation to trace."""
