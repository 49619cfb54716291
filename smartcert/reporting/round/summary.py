"""The summary of a round for the committee: counts, levels, shares by domain, results, and what was not evaluated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TypeVar

from smartcert.lazy_dataclass import dataclass
from smartcert.model.applicant import SizeType
from smartcert.model.evaluation import Evaluation, Finding, FindingOutcome, Peers, SectionScore
from smartcert.model.outcome import Outcome, Result, VoteResult
from smartcert.reporting import charts
from smartcert.reporting import formats as figures
from smartcert.reporting.basis import collect_rules
from smartcert.reporting.catalogue import Words
from smartcert.reporting.formats import total_amount
from smartcert.reporting.outcome import describe_outcome
from smartcert.reporting.page import Page, PageSection
from smartcert.reporting.progress import (
    PROGRESS_STEPS,
    RoundCounts,
    SizeOrUnknown,
    count_outcomes,
    count_stopped,
    list_steps_passed,
    size_key,
)
from smartcert.reporting.records import RoundRecord
from smartcert.reporting.round.reference import list_reference_links

RowKey = TypeVar("RowKey")


@dataclass(frozen=True, kw_only=True, slots=True)
class CountTable:
    """A table of counts by size type: the headings of its columns, and its rows with a name each.

    The last column is the total.
    """

    headings: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


def count_steps_by_size(
    pairs: Sequence[tuple[Evaluation, Outcome]], words: Words, classes: Sequence[str] = tuple(SizeType)
) -> CountTable:
    """Return how many applications passed each step, by size type."""
    passed = Counter(
        (step, evaluation.size_type) for evaluation, outcome in pairs for step in list_steps_passed(evaluation, outcome)
    )
    return _build_count_table(passed, {step: words(f"chart.funnel.{step}") for step in PROGRESS_STEPS}, words, classes)


def count_levels_by_size(
    evaluations: Sequence[Evaluation], words: Words, classes: Sequence[str] = tuple(SizeType)
) -> CountTable | None:
    """Return how many applicants have each computed level, by size type; None where nothing was evaluated."""
    results = [(evaluation.size_type, evaluation.level) for evaluation in evaluations if evaluation.level is not None]
    if not results:
        return None
    reached = Counter((result.level, size) for size, result in results)
    bounds = results[0][1].bounds  # those of the edition, equal for all applicants of a round
    certified = {bound.level for bound in bounds if bound.certified}
    labels = {
        level: words(f"summary.levels.{'meets' if level in certified else 'below'}", level=level)
        for level in range(1, len(bounds) + 2)
    }
    return _build_count_table(reached, labels, words, classes)


def count_decided_by_size(
    pairs: Sequence[tuple[Evaluation, Outcome]], words: Words, classes: Sequence[str] = tuple(SizeType)
) -> CountTable | None:
    """Return how many applicants have each decided level, by size type, and how many decisions are pending.

    A level that nobody was given has no row. None where no decision counts.
    """
    decided = [(evaluation.size_type, outcome) for evaluation, outcome in pairs if outcome.evaluated]
    rows = {
        (outcome.level, outcome.result): words(f"summary.levels.{outcome.result.value}", level=outcome.level)
        for _, outcome in sorted(decided, key=lambda pair: pair[1].level or 0)
        if outcome.level is not None
    }
    if not rows:
        return None
    counts = Counter(((outcome.level, outcome.result), size) for size, outcome in decided)
    return _build_count_table(counts, {**rows, (None, Result.OPEN): words("summary.levels.pending")}, words, classes)


def list_level_counts(record: RoundRecord, words: Words) -> list[tuple[str, int]]:
    """Return how many applicants have each level: decided ones where a decision counts, else computed ones.

    With decided levels comes the number of decisions that are pending, if any. A level that nobody has is left out.
    """
    outcomes = [outcome for outcome in record.outcomes if outcome.evaluated]
    decided = [outcome for outcome in outcomes if outcome.level is not None]
    keys = [
        (outcome.level, outcome.result.value)
        if decided
        else (outcome.computed, "meets" if outcome.meets_criteria else "below")
        for outcome in decided or outcomes
    ]
    counts = [
        (words(f"summary.levels.{key}", level=level), count)
        for (level, key), count in sorted(Counter(keys).items(), key=lambda item: item[0][0] or 0)
        if level is not None
    ]
    pending = len(outcomes) - len(decided) if decided else 0
    return [*counts, (words("summary.levels.pending"), pending)] if pending else counts


def _build_count_table(
    counts: Counter[tuple[RowKey, SizeOrUnknown]], rows: Mapping[RowKey, str], words: Words, classes: Sequence[str]
) -> CountTable:
    sizes: list[SizeOrUnknown] = list(classes)
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
    """The result of one applicant; a cell is empty where the evaluation ended before it.

    ``computed`` and ``points`` are what the evaluation gave, ``outcome`` is what counts; only that says certified.
    """

    id: str
    name: str
    other_name: str
    size_type: str
    computed: str
    points: str
    certified: bool
    outcome: str


@dataclass(frozen=True, kw_only=True, slots=True)
class DifferingDecision:
    """One applicant decided otherwise than computed, with the reason."""

    name: str
    computed: str
    proposed: str
    decided: str
    by: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PendingDecision:
    """One evaluated applicant without a decision that counts, and what it waits for."""

    name: str
    computed: str
    awaits: str
    vote: str
    against: tuple[Finding, ...]
    """Why a decision on record has no effect."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RefusedApplication:
    """One application that was not evaluated, with the findings against it.

    Each kind of finding is listed once, with how many more of its kind there are: a committee that was too small fails
    on every indicator, and the applicant's own report lists them all.
    """

    id: str
    name: str
    outcome: str
    on_hold: bool
    findings: tuple[tuple[Finding, int], ...]


def build_domain_rows(record: RoundRecord, words: Words) -> list[DomainRow]:
    """Return a row per domain with points to score and size type that has evaluated applicants."""
    evaluated = [peers for peers in record.peers if peers.applicants]
    return [_domain_row(domain, peers, words) for domain in record.domains if domain.out_of for peers in evaluated]


def _domain_row(domain: SectionScore, peers: Peers, words: Words) -> DomainRow:
    quartiles = peers.sections.get(domain.id)
    values = (quartiles.lower, quartiles.median, quartiles.upper) if quartiles is not None else ()
    lower, median, upper = (figures.format_share(value / domain.out_of) for value in values) if values else ("", "", "")
    return DomainRow(
        domain=words.show(domain.name, "text"),
        size_type=words(size_key(peers.size_type)),
        applicants=figures.format_number(peers.applicants),
        quartiles=(lower, median, upper) if values else None,
        hidden="" if values else words("summary.domains.suppressed", suppress_below=peers.suppress_below),
    )


def build_applicant_rows(pairs: Sequence[tuple[Evaluation, Outcome]], words: Words) -> list[ApplicantRow]:
    """Return a row per applicant, in the order given."""
    other = "en" if words.language == "ko" else "ko"
    return [
        ApplicantRow(
            id=evaluation.id,
            name=words.show(evaluation.applicant.full_name, "text"),
            other_name=figures.sanitise_text(evaluation.applicant.full_name.of(other)),
            size_type=words(f"size_type.{evaluation.size_type}" if evaluation.size_type else size_key(None)),
            computed=_describe_computed(evaluation, outcome, words),
            points=words.show(total_amount(evaluation.scorecard, evaluation.scorecard.points), "number")
            if evaluation.scorecard
            else "",
            certified=outcome.certified,
            outcome=describe_outcome(outcome, words),
        )
        for evaluation, outcome in pairs
    ]


def _describe_computed(evaluation: Evaluation, outcome: Outcome, words: Words) -> str:
    """Return the computed level; nothing where there is none.

    In a ranking it stands with the place that it follows from, and under a floor with the level that the points alone
    give and what was missed: without them the total beside it would not explain it.
    """
    if outcome.computed is None:
        return ""
    result = evaluation.level
    if result is not None and result.floors and result.by_points not in (0, result.level):
        return words(
            "summary.applicants.limited",
            level=outcome.computed,
            by_points=result.by_points,
            missed=[floor.domain.of(words.language) for floor in result.floors],
        )
    placing = result.placing if result is not None else None
    if placing is None:
        return words("chart.level", level=outcome.computed)
    return words("summary.applicants.placed", level=outcome.computed, place=placing.place, of=placing.of)


def list_differing(pairs: Sequence[tuple[Evaluation, Outcome]], words: Words) -> list[DifferingDecision]:
    """Return the applicants decided otherwise than computed, in the order given."""
    return [
        DifferingDecision(
            name=words.show(evaluation.applicant.full_name, "text"),
            computed=words("chart.level", level=outcome.computed),
            proposed=words("chart.level", level=outcome.proposed.level) if outcome.proposed else words("symbol.none"),
            decided=describe_outcome(outcome, words),
            by=words("summary.otherwise.by", by=outcome.decided.by, on=outcome.decided.on),
            reason=words.show(outcome.decided.reason, "text"),
        )
        for evaluation, outcome in pairs
        if outcome.decided_otherwise and outcome.computed is not None and outcome.decided is not None
    ]


def list_pending(pairs: Sequence[tuple[Evaluation, Outcome]], words: Words) -> list[PendingDecision]:
    """Return the evaluated applicants without a decision that counts, in the order given."""
    return [
        PendingDecision(
            name=words.show(evaluation.applicant.full_name, "text"),
            computed=words("chart.level", level=outcome.computed),
            awaits=words(f"awaits.{outcome.awaits.value}"),
            vote=_describe_vote(outcome, words),
            against=outcome.findings,
        )
        for evaluation, outcome in pairs
        if outcome.computed is not None and outcome.awaits is not None
    ]


def _describe_vote(outcome: Outcome, words: Words) -> str:
    vote = outcome.vote
    result = words(f"vote_result.{vote.result.value}")
    if vote.result is VoteResult.NOT_HELD:
        return result
    if vote.result is VoteResult.NO_QUORUM:
        counts = words("summary.pending.quorum", present=vote.present, needed=vote.present_needed, members=vote.members)
    else:
        fields = {"yes": vote.yes, "needed": vote.yes_needed, "present": vote.present, "members": vote.members}
        counts = words("summary.pending.votes", **fields)
    return f"{result}: {counts}"


def describe_situation(record: RoundRecord, words: Words) -> list[str]:
    """Return in sentences how many applied, meet the criteria and are certified; what differs, waits or was refused.

    Only decisions that count make a certified applicant; before the first of them the sentences say so.
    """
    counts = count_outcomes(record.outcomes)
    key = "lead_none" if not counts.evaluated else "lead_before" if counts.before_decision else "lead"
    fields = {"received": counts.received}
    if counts.evaluated:
        fields |= {"evaluated": counts.evaluated, "meets": counts.meets_criteria}
    if key == "lead":
        fields["certified"] = counts.certified
    return [
        words(f"summary.overview.{key}", **fields),
        *_describe_differing(record, counts, words),
        *_describe_stopped(record, counts, words),
    ]


def _describe_differing(record: RoundRecord, counts: RoundCounts, words: Words) -> list[str]:
    sentences = []
    if counts.decided_otherwise:
        items = [
            words(
                "summary.overview.otherwise_item",
                name=evaluation.applicant.full_name,
                computed=outcome.computed,
                decided=outcome.level,
            )
            for evaluation, outcome in record.pairs
            if outcome.decided_otherwise and outcome.computed is not None and outcome.level is not None
        ]
        sentences.append(words("summary.overview.otherwise", count=counts.decided_otherwise, items=items))
    if counts.pending and counts.before_decision:
        sentences.append(words("summary.overview.pending_all", count=counts.pending))
    elif counts.pending:
        names = [
            words.show(evaluation.applicant.full_name, "text")
            for evaluation, outcome in record.pairs
            if outcome.evaluated and outcome.open
        ]
        sentences.append(words("summary.overview.pending", count=counts.pending, names=names))
    return sentences


def _describe_stopped(record: RoundRecord, counts: RoundCounts, words: Words) -> list[str]:
    stopped = count_stopped(record.outcomes)
    by_key = {
        "excluded": (counts.excluded, [(stage, excluded) for stage, excluded, _ in stopped]),
        "on_hold": (counts.on_hold, [(stage, on_hold) for stage, _, on_hold in stopped]),
    }
    return [
        words(
            f"summary.overview.{key}",
            count=total,
            stages=[
                words("summary.overview.stopped_item", stage=f"stage.{stage.value}", count=count)
                for stage, count in stages
                if count
            ],
        )
        for key, (total, stages) in by_key.items()
        if total
    ]


def describe_open_receipts(record: RoundRecord, words: Words) -> list[str]:
    """Return one line for each package that was received and is not settled."""
    names = {evaluation.id: evaluation.applicant.full_name for evaluation in record.evaluations}
    return [
        words(
            "summary.receipts.line",
            number=receipt.number,
            package=receipt.package or words("symbol.none"),
            arrived=receipt.arrived_at,
            sender=names[receipt.applicant]
            if receipt.applicant in names
            else receipt.applicant or words("symbol.none"),
            state=f"package_state.{receipt.state.value}",
        )
        for receipt in record.open_receipts
    ]


def list_refused(pairs: Sequence[tuple[Evaluation, Outcome]], words: Words) -> list[RefusedApplication]:
    """Return the applications that are excluded or on hold, each with what is not met, still open or decisive."""
    return [
        RefusedApplication(
            id=evaluation.id,
            name=words.show(evaluation.applicant.full_name, "text"),
            outcome=describe_outcome(outcome, words),
            on_hold=outcome.open,
            findings=_group_findings(evaluation),
        )
        for evaluation, outcome in pairs
        if not outcome.evaluated
    ]


def _group_findings(evaluation: Evaluation) -> tuple[tuple[Finding, int], ...]:
    kinds: dict[tuple[str, FindingOutcome, bool, str], list[Finding]] = {}
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
        super().__init__(Words(language, "report", "charts", "summary", "press", scheme=record.round.scheme))
        self._record = record
        self._links = links
        """The pages and files beside the summary that exist, as relative paths; nothing else is linked to."""

    def head(self) -> PageSection:
        """Return the page's header: the round, whether it is invented, and whether anything is decided."""
        return self.add_header(
            "summary_head.html.j2",
            title=self.words("summary.title", round=self._record.round.title),
            heading="summary.title",
            kicker="summary.kicker",
            round=self._record.round,
            warning=self.words("summary.overview.before_decision")
            if count_outcomes(self._record.outcomes).before_decision
            else "",
            says_invented=False,  # the first section does
            footer_links=list_reference_links(self._links, self.words),
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
        """Return what became of the applications in sentences, and how many were left at each step, by size type."""
        words, record = self.words, self._record
        return self.add_section(
            "overview",
            "summary_overview.html.j2",
            title=words("summary.overview.title"),
            sentences=describe_situation(record, words),
            levels=list_level_counts(record, words),
            invented=record.round.invented,
            chart=charts.draw_funnel_chart(self._record, words),
            table=count_steps_by_size(self._record.pairs, words, self._record.round.class_ids),
            note=self._record.round.note,
            receipts=describe_open_receipts(self._record, words),
        )

    def levels(self) -> PageSection:
        """Return computed and decided levels by size type, and every total against the thresholds."""
        record, words = self._record, self.words
        return self.add_section(
            "levels",
            "summary_levels.html.j2",
            title=words("summary.levels.title"),
            chart=charts.draw_levels_chart(record, words),
            table=count_levels_by_size(record.evaluations, words, record.round.class_ids),
            decided=count_decided_by_size(record.pairs, words, record.round.class_ids),
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
        """Return the outcome of every applicant with a link to its report, what was decided otherwise, what waits."""
        record, words = self._record, self.words
        cards = [evaluation.scorecard for evaluation in record.evaluations if evaluation.scorecard is not None]
        return self.add_section(
            "applicants",
            "summary_applicants.html.j2",
            title=words("summary.applicants.title"),
            rows=build_applicant_rows(record.pairs, words),
            differing=list_differing(record.pairs, words),
            pending=list_pending(record.pairs, words),
            failed={failure.id for failure in record.failures if failure.language == words.language},
            links=self._links,
            out_of=max((card.out_of for card in cards), default=None),
            other="en" if words.language == "ko" else "ko",
        )

    def refused(self) -> PageSection:
        """Return what is excluded or on hold and why, each reason with its article, and how many at each stage."""
        words = self.words
        return self.add_section(
            "refused",
            "summary_refused.html.j2",
            title=words("summary.refused.title"),
            refusals=list_refused(self._record.pairs, words),
            stopped=[
                (words(f"stage.{stage.value}"), figures.format_number(excluded), figures.format_number(on_hold))
                for stage, excluded, on_hold in count_stopped(self._record.outcomes)
            ],
        )

    def basis(self) -> PageSection:
        """Return what the summary rests on: rules, editions, status, sources, and the hashes of the inputs."""
        record = self._record
        rules = (rule for evaluation in record.evaluations for rule in evaluation.rules)
        return self.add_basis("summary.basis.title", record, collect_rules(rules, record.round))
