"""The summary of a round for the press: what is public, by the same names as the sections of the full summary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from smartcert.reporting import basis, figures
from smartcert.reporting.charts.funnel import steps_chart
from smartcert.reporting.page import Page, Section
from smartcert.reporting.press_record import PressRecord, PressResult
from smartcert.reporting.words import Words


@dataclass(frozen=True, kw_only=True, slots=True)
class _Row:
    name: str
    other_name: str
    kind: str
    size_type: str
    level: str
    shares: tuple[str, ...]


class PressSummary(Page):
    """The sections of the summary for the press, in one language; what is not public is None."""

    def __init__(self, record: PressRecord, language: str, links: frozenset[str] = frozenset()) -> None:
        super().__init__(Words(language, "report", "charts", "summary", "press"))
        self._record = record
        self._links = links
        """Places beside the summary that it may lead to, as links write them; it leads to no other."""

    def head(self) -> Section:
        """Return the page's header: the round, its day, window and edition, and whether it is invented."""
        round_ = self._record.round
        return self._header(
            "summary_head.html.j2",
            title=self.words("press.title", round=round_.title),
            heading="press.title",
            kicker="press.kicker",
            round=round_,
        )

    def failures(self) -> None:
        """Return nothing: which report could not be made is no news."""

    def overview(self) -> Section:
        """Return how many applications were left at each step."""
        words, found = self.words, self._record.counts
        return self._section(
            "overview",
            "press_overview.html.j2",
            title=words("summary.overview.title"),
            counts=found,
            chart=steps_chart(found, words),
            steps=[(words(f"chart.funnel.{step}"), figures.number(count)) for step, count in found.items()],
            note=self._record.round.note,
        )

    def levels(self) -> None:
        """Return nothing: the levels of those that are not to be certified are between them and their evaluators."""

    def domains(self) -> None:
        """Return nothing: the quartiles count those that are not to be certified too."""

    def applicants(self) -> Section:
        """Return who is to be certified, with level and the share of points by domain."""
        words, certified = self.words, self._record.certified
        return self._section(
            "applicants",
            "press_applicants.html.j2",
            title=words("press.applicants.title"),
            rows=[_row(one, words) for one in certified],
            domains=domain_names(certified, words),
            other="en" if words.language == "ko" else "ko",
            links=self._links,
        )

    def refused(self) -> None:
        """Return nothing: who was not evaluated, and why, is not public."""

    def basis(self) -> Section:
        """Return what the results rest on: rules, editions, status, sources, and the hashes of the rule files."""
        words, record = self.words, self._record
        rules = basis.together(record.rules, record.round)
        return self._section(
            "basis",
            "basis.html.j2",
            title=words("summary.basis.title"),
            record=record,
            formats=(record.format,),
            **basis.shown(rules, words),
        )


def domain_names(certified: Sequence[PressResult], words: Words) -> tuple[str, ...]:
    """Return the names of the domains; all results of a round are of one edition."""
    return tuple(words.show(domain.name, "text") for domain in certified[0].domains) if certified else ()


def _row(result: PressResult, words: Words) -> _Row:
    applicant = result.applicant
    other = "en" if words.language == "ko" else "ko"
    return _Row(
        name=words.show(applicant.name, "text"),
        other_name=figures.plain(applicant.name.of(other)),
        kind=words(f"kind.{applicant.kind.value}"),
        size_type=words(f"size_type.{applicant.size_type.value}") if applicant.size_type else words("symbol.none"),
        level=words("chart.level", level=result.level),
        shares=tuple(words("press.percent", percent=domain.percent) for domain in result.domains),
    )
