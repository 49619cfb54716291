"""The summary of a round for the committee: counts, levels, shares by domain, results, and what was not evaluated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from smartcert.model.applicant import SizeType
from smartcert.model.evaluation import Evaluation, Finding, Outcome, Peers, SectionScore
from smartcert.reporting import basis, charts
from smartcert.reporting import formats as figures
from smartcert.reporting.catalogue import Words
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

RowKey = TypeVar("RowKey")


@dataclass(frozen=True, kw_only=True, slots=True)
class CountTable:
    """A table of counts by size type: the headings of its columns, and its rows with a name each.

    The last column is the total.
    """

    headings: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


def count_steps_by_size(evaluations: Sequence[Evaluation], words: Words) -> CountTable:
    """Return how many applications passed each step, by size type."""
    passed = Counter(
        (step, evaluation.size_type) for evaluation in evaluations for step in list_steps_passed(evaluation)
    )
    return _build_count_table(passed, {step: words(f"chart.funnel.{step}") for step in PROGRESS_STEPS}, words)


def count_levels_by_size(evaluations: Sequence[Evaluation], words: Words) -> CountTable | None:
    """Return how many applicants reached each level, by size type; None where nothing was evaluated."""
    results = [(evaluation.size_type, evaluation.level) for evaluation in evaluations if evaluation.level is not None]
    if not results:
        return None
    reached = Counter((result.level, size) for size, result in results)
    bounds = results[0][1].bounds  # those of the edition, equal for all applicants of a round
    certified = {bound.level for bound in bounds if bound.certified}
    labels = {
        level: words(f"summary.levels.{'certified' if level in certified else 'not_certified'}", level=level)
        for level in range(1, len(bounds) + 2)
    }
    return _build_count_table(reached, labels, words)


def _build_count_table(
    counts: Counter[tuple[RowKey, SizeOrUnknown]], rows: Mapping[RowKey, str], words: Words
) -> CountTable:
    sizes: list[SizeOrUnknown] = list(SizeType)
    if any(size is None for _, size in counts):
        sizes.append(None)
    return CountTable(
        headings=(*(words(size_key(size)) for size in sizes), words("summary.overview.total")),
        rows=tuple(
            (
                name,
                (
                    *(figures.format_number(counts[key, size]) for size in sizes),
                    figures.format_number(sum(counts[key, size] for size in sizes)),
                ),
            )
            for key, name in rows.items()
        ),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class DomainRow:
    """Quartiles of one domain's share in one size type; ``hidden`` is the reason where they are suppressed."""

    domain: str
    size_type: str
    applicants: str
    quartiles: tuple[str, str, str] | None
    hidden: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ApplicantRow:
    """The result of one applicant; a cell is empty where the evaluation ended before it."""

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
    """One application that was not evaluated, with the findings against it.

    Each kind of finding is listed once, with how many more of its kind there are: a committee that was too small fails
    on every indicator, and the applicant's own report lists them all.
    """

    id: str
    name: str
    stage: str
    findings: tuple[tuple[Finding, int], ...]


def build_domain_rows(record: RoundRecord, words: Words) -> list[DomainRow]:
    """Return a row per domain and size type that has evaluated applicants."""
    evaluated = [peers for peers in record.peers if peers.applicants]
    return [_domain_row(domain, peers, words) for domain in record.domains for peers in evaluated]


def _domain_row(domain: SectionScore, peers: Peers, words: Words) -> DomainRow:
    quartiles = peers.sections.get(domain.id)
    values = (quartiles.lower, quartiles.median, quartiles.upper) if quartiles is not None else ()
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
    """Return a row per applicant, in the order given."""
    other = "en" if words.language == "ko" else "ko"
    return [
        ApplicantRow(
            id=evaluation.id,
            name=words.show(evaluation.applicant.name, "text"),
            other_name=figures.sanitise_text(evaluation.applicant.name.of(other)),
            size_type=words(size_key(evaluation.size_type)),
            stage=words(f"stage.{evaluation.stage.value}"),
            level=words("chart.level", level=evaluation.level.level) if evaluation.level is not None else "",
            points=words.show(total_amount(evaluation.scorecard, evaluation.scorecard.points), "number")
            if evaluation.scorecard
            else "",
            certified=evaluation.certified if evaluation.evaluated else None,
        )
        for evaluation in evaluations
    ]


def list_refused(evaluations: Sequence[Evaluation], words: Words) -> list[RefusedApplication]:
    """Return the applications that were not evaluated, each with what is not met, still open or decisive."""
    return [
        RefusedApplication(
            id=evaluation.id,
            name=words.show(evaluation.applicant.name, "text"),
            stage=words(f"stage.{evaluation.stage.value}"),
            findings=_group_findings(evaluation),
        )
        for evaluation in evaluations
        if not evaluation.evaluated
    ]


def _group_findings(evaluation: Evaluation) -> tuple[tuple[Finding, int], ...]:
    kinds: dict[tuple[str, Outcome, bool, str], list[Finding]] = {}
    for finding in evaluation.findings:
        if finding.against:
            document = finding.facts.terms.get("document", "")
            kinds.setdefault((finding.code, finding.outcome, finding.refuses, document), []).append(finding)
    return tuple((findings[0], len(findings) - 1) for findings in kinds.values())


class RoundSummary(Page):
    """The sections of the summary of one round, in one language.

    Call them in the order in which they stand here: the first call numbers a section. `typeface` comes last.
    """

    def __init__(self, record: RoundRecord, language: str, links: frozenset[str] = frozenset()) -> None:
        super().__init__(Words(language, "report", "charts", "summary", "press"))
        self._record = record
        self._links = links
        """The pages and files beside the summary that exist, as relative paths; nothing else is linked to."""

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
        """Return the reports that could not be rendered, and why; None where all were."""
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
            chart=charts.draw_domains_chart(record, words),
            rows=build_domain_rows(record, words),
        )

    def applicants(self) -> PageSection:
        """Return the result of every applicant, with a link to its report."""
        record, words = self._record, self.words
        cards = [evaluation.scorecard for evaluation in record.evaluations if evaluation.scorecard is not None]
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
        rules = basis.collect_rules(
            (rule for evaluation in record.evaluations for rule in evaluation.rules), record.round
        )
        return self.add_section(
            "basis",
            "basis.html.j2",
            title=words("summary.basis.title"),
            record=record,
            formats=(record.format,),
            **basis.build_basis(rules, words),
        )
