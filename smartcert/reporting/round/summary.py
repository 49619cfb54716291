"""The committee's summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from smartcert.model.applicant import SizeType
from smartcert.model.evaluation import Evaluation, Finding, LevelResult, Outcome, Peers, SectionScore
from smartcert.reporting import basis, charts
from smartcert.reporting import formats as figures
from smartcert.reporting.catalogue import Words
from smartcert.reporting.charts.round import draw_domains_chart
from smartcert.reporting.formats import total_amount
from smartcert.reporting.page import Page, PageSection
from smartcert.reporting.progress import (
    PROGRESS_STEPS,
    SizeOrUnknown,
    count_steps,
    list_steps_passed,
    size_key,
)
from smartcert.reporting.records import RoundRecord

# --- Counts of a round: by step, by level, by size type.

K = TypeVar("K")


@dataclass(frozen=True, kw_only=True, slots=True)
class CountTable:
    """A table of counts: the headings of its columns, and its rows with a name each. The last column is the total."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


def count_steps_by_size(evaluations: Sequence[Evaluation], words: Words) -> CountTable:
    """Return how many applications passed each step, by size type."""
    passed = Counter((step, one.size_type) for one in evaluations for step in list_steps_passed(one))
    return _build_count_table(passed, {step: words(f"chart.funnel.{step}") for step in PROGRESS_STEPS}, words)


def count_levels_by_size(evaluations: Sequence[Evaluation], words: Words) -> CountTable | None:
    """Return how many applicants reached each level, by size type; None where nothing was evaluated."""
    results = [(one.size_type, one.level) for one in evaluations if one.level is not None]
    if not results:
        return None
    reached = Counter((result.level, size) for size, result in results)
    return _build_count_table(reached, _level_labels(results[0][1], words), words)


def _level_labels(result: LevelResult, words: Words) -> dict[int, str]:
    certified = {bound.level for bound in result.bounds if bound.certified}
    kinds = {
        level: "certified" if level in certified else "not_certified" for level in range(1, len(result.bounds) + 2)
    }
    return {level: words(f"summary.levels.{kind}", level=level) for level, kind in kinds.items()}


def _build_count_table(found: Counter[tuple[K, SizeOrUnknown]], rows: Mapping[K, str], words: Words) -> CountTable:
    sizes: list[SizeOrUnknown] = list(SizeType)
    if any(size is None for _, size in found):
        sizes.append(None)
    return CountTable(
        headings=(*(words(size_key(size)) for size in sizes), words("summary.overview.total")),
        rows=tuple((name, _format_counts([found[key, size] for size in sizes])) for key, name in rows.items()),
    )


def _format_counts(counts: list[int]) -> tuple[str, ...]:
    return tuple(figures.format_number(count) for count in (*counts, sum(counts)))


# --- Rows of the summary's tables: shares by domain, results, refusals.


@dataclass(frozen=True, kw_only=True, slots=True)
class DomainRow:
    """Quartiles of one domain's share in one size type; ``hidden`` says why there are none."""

    domain: str
    size_type: str
    applicants: str
    quartiles: tuple[str, str, str] | None
    hidden: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ApplicantRow:
    """The result of one applicant; what it did not come to is empty."""

    id: str
    name: str
    other_name: str
    size_type: str
    stage: str
    level: str
    points: str
    certified: bool | None


@dataclass(frozen=True, kw_only=True, slots=True)
class RefusedApplication:
    """One application that was not evaluated, with the findings that stand against it.

    Each kind of finding stands once, with how many more of its kind there are: a committee that was too small fails on
    every indicator, and the applicant's own report tells them all.
    """

    id: str
    name: str
    stage: str
    findings: tuple[tuple[Finding, int], ...]


def build_domain_rows(record: RoundRecord, words: Words) -> list[DomainRow]:
    """Return a row per domain and size type of which somebody was evaluated."""
    evaluated = [peers for peers in record.peers if peers.applicants]
    return [_domain_row(domain, peers, words) for domain in record.domains for peers in evaluated]


def _domain_row(domain: SectionScore, peers: Peers, words: Words) -> DomainRow:
    found = peers.sections.get(domain.id)
    values = (found.lower, found.median, found.upper) if found is not None else ()
    lower, median, upper = (
        (figures.format_percent(value / domain.out_of, 1) for value in values) if values else ("", "", "")
    )
    return DomainRow(
        domain=words.show(domain.name, "text"),
        size_type=words(size_key(peers.size_type)),
        applicants=figures.format_number(peers.applicants),
        quartiles=(lower, median, upper) if values else None,
        hidden="" if values else words("summary.domains.suppressed", suppress_below=peers.suppress_below),
    )


def build_applicant_rows(evaluations: Sequence[Evaluation], words: Words) -> list[ApplicantRow]:
    """Return the result of every applicant, in the order given."""
    other = "en" if words.language == "ko" else "ko"
    return [
        ApplicantRow(
            id=one.id,
            name=words.show(one.applicant.name, "text"),
            other_name=figures.sanitise_text(one.applicant.name.of(other)),
            size_type=words(size_key(one.size_type)),
            stage=words(f"stage.{one.stage.value}"),
            level=words("chart.level", level=one.level.level) if one.level is not None else "",
            points=words.show(total_amount(one.scorecard, one.scorecard.points), "number") if one.scorecard else "",
            certified=one.certified if one.evaluated else None,
        )
        for one in evaluations
    ]


def list_refused(evaluations: Sequence[Evaluation], words: Words) -> list[RefusedApplication]:
    """Return the applications that were not evaluated, each with what is not met, still open or decisive."""
    return [
        RefusedApplication(
            id=one.id,
            name=words.show(one.applicant.name, "text"),
            stage=words(f"stage.{one.stage.value}"),
            findings=_group_findings(one),
        )
        for one in evaluations
        if not one.evaluated
    ]


def _group_findings(evaluation: Evaluation) -> tuple[tuple[Finding, int], ...]:
    kinds: dict[tuple[str, Outcome, bool, str], list[Finding]] = {}
    for finding in evaluation.findings:
        if finding.against:
            document = finding.facts.terms.get("document", "")
            kinds.setdefault((finding.code, finding.outcome, finding.refuses, document), []).append(finding)
    return tuple((found[0], len(found) - 1) for found in kinds.values())


# --- The summary of a round: one method per section, each a value that shows itself in a notebook.


class RoundSummary(Page):
    """The sections of the summary of one round, in one language.

    Call them in the order in which they stand here: the first call numbers a section. `typeface` comes last.
    """

    def __init__(self, record: RoundRecord, language: str, links: frozenset[str] = frozenset()) -> None:
        super().__init__(Words(language, "report", "charts", "summary", "press"))
        self._record = record
        self._links = links
        """Places beside the summary that it may lead to, as links write them; it leads to no other."""

    def head(self) -> PageSection:
        """Return the page's header: the round, its day, window and edition, and whether it is invented."""
        return self.add_header(
            "summary_head.html.j2",
            title=self.words("summary.title", round=self._record.round.title),
            heading="summary.title",
            kicker="summary.kicker",
            round=self._record.round,
        )

    def failures(self) -> PageSection | None:
        """Return the reports that could not be made, and why; None where all were made."""
        failures = self._record.failures
        if not failures:
            return None
        return self.add_section(
            "failures", "summary_failures.html.j2", title=self.words("summary.failures.title"), failures=failures
        )

    def overview(self) -> PageSection:
        """Return how many applications were left at each step, by size type."""
        evaluations, words = self._record.evaluations, self.words
        return self.add_section(
            "overview",
            "summary_overview.html.j2",
            title=words("summary.overview.title"),
            counts=count_steps(evaluations),
            chart=charts.draw_funnel_chart(self._record, words),
            table=count_steps_by_size(evaluations, words),
            note=self._record.round.note,
        )

    def levels(self) -> PageSection:
        """Return the levels reached, by size type, and every total against the bounds."""
        record, words = self._record, self.words
        return self.add_section(
            "levels",
            "summary_levels.html.j2",
            title=words("summary.levels.title"),
            chart=charts.draw_levels_chart(record, words),
            table=count_levels_by_size(record.evaluations, words),
            strip=charts.draw_totals_strip_chart(record, words),
        )

    def domains(self) -> PageSection:
        """Return the shares by domain: median and quartiles of each size type."""
        record, words = self._record, self.words
        return self.add_section(
            "domains",
            "summary_domains.html.j2",
            title=words("summary.domains.title"),
            chart=draw_domains_chart(record, words),
            rows=build_domain_rows(record, words),
        )

    def applicants(self) -> PageSection:
        """Return the result of every applicant, with a link to its report."""
        record, words = self._record, self.words
        cards = [one.scorecard for one in record.evaluations if one.scorecard is not None]
        return self.add_section(
            "applicants",
            "summary_applicants.html.j2",
            title=words("summary.applicants.title"),
            rows=build_applicant_rows(record.evaluations, words),
            failed={failure.id for failure in record.failures if failure.language == words.language},
            links=self._links,
            out_of=max((card.out_of for card in cards), default=None),
            other="en" if words.language == "ko" else "ko",
        )

    def refused(self) -> PageSection:
        """Return what was not evaluated and why, each reason with its article."""
        words = self.words
        return self.add_section(
            "refused",
            "summary_refused.html.j2",
            title=words("summary.refused.title"),
            refusals=list_refused(self._record.evaluations, words),
        )

    def basis(self) -> PageSection:
        """Return what the summary rests on: rules, editions, status, sources, and the hashes of the inputs."""
        record, words = self._record, self.words
        rules = basis.collect_rules((rule for one in record.evaluations for rule in one.rules), record.round)
        return self.add_section(
            "basis",
            "basis.html.j2",
            title=words("summary.basis.title"),
            record=record,
            formats=(record.format,),
            **basis.build_basis(rules, words),
        )
