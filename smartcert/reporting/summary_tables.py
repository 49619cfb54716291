"""Rows of the summary's tables: shares by domain, results, refusals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from smartcert.model.evaluation import Evaluation, Finding, Outcome
from smartcert.model.peers import Peers
from smartcert.model.scorecard import SectionScore
from smartcert.reporting import figures
from smartcert.reporting.digits import total
from smartcert.reporting.record import RoundRecord
from smartcert.reporting.steps import size_key
from smartcert.reporting.words import Words


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
class Refusal:
    """One application that was not evaluated, with the findings that stand against it.

    Each kind of finding stands once, with how many more of its kind there are: a committee that was too small fails on
    every indicator, and the applicant's own report tells them all.
    """

    id: str
    name: str
    stage: str
    findings: tuple[tuple[Finding, int], ...]


def domain_rows(record: RoundRecord, words: Words) -> list[DomainRow]:
    """Return a row per domain and size type of which somebody was evaluated."""
    evaluated = [peers for peers in record.peers if peers.applicants]
    return [_domain(domain, peers, words) for domain in record.domains for peers in evaluated]


def _domain(domain: SectionScore, peers: Peers, words: Words) -> DomainRow:
    found = peers.sections.get(domain.id)
    values = (found.lower, found.median, found.upper) if found is not None else ()
    lower, median, upper = (figures.percent(value / domain.out_of, 1) for value in values) if values else ("", "", "")
    return DomainRow(
        domain=words.show(domain.name, "text"),
        size_type=words(size_key(peers.size_type)),
        applicants=figures.number(peers.applicants),
        quartiles=(lower, median, upper) if values else None,
        hidden="" if values else words("summary.domains.suppressed", suppress_below=peers.suppress_below),
    )


def applicant_rows(evaluations: Sequence[Evaluation], words: Words) -> list[ApplicantRow]:
    """Return the result of every applicant, in the order given."""
    other = "en" if words.language == "ko" else "ko"
    return [
        ApplicantRow(
            id=one.id,
            name=words.show(one.applicant.name, "text"),
            other_name=figures.plain(one.applicant.name.of(other)),
            size_type=words(size_key(one.size_type)),
            stage=words(f"stage.{one.stage.value}"),
            level=words("chart.level", level=one.level.level) if one.level is not None else "",
            points=words.show(total(one.scorecard, one.scorecard.points), "number") if one.scorecard else "",
            certified=one.certified if one.evaluated else None,
        )
        for one in evaluations
    ]


def refusals(evaluations: Sequence[Evaluation], words: Words) -> list[Refusal]:
    """Return the applications that were not evaluated, each with what is not met, still open or decisive."""
    return [
        Refusal(
            id=one.id,
            name=words.show(one.applicant.name, "text"),
            stage=words(f"stage.{one.stage.value}"),
            findings=_against(one),
        )
        for one in evaluations
        if not one.evaluated
    ]


def _against(evaluation: Evaluation) -> tuple[tuple[Finding, int], ...]:
    kinds: dict[tuple[str, Outcome, bool, str], list[Finding]] = {}
    for finding in evaluation.findings:
        if finding.against:
            document = finding.facts.terms.get("document", "")
            kinds.setdefault((finding.code, finding.outcome, finding.refuses, document), []).append(finding)
    return tuple((found[0], len(found) - 1) for found in kinds.values())
