"""Rows of the summary's tables: counts by step, level and size type, shares by domain, results, refusals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from smartcert.model.applicant import SizeType
from smartcert.model.evaluation import Evaluation, Finding, LevelResult, Outcome, SectionScore
from smartcert.model.peers import Peers
from smartcert.reporting import figures
from smartcert.reporting.charts.domains import domains_of
from smartcert.reporting.digits import total
from smartcert.reporting.record import RoundRecord
from smartcert.reporting.steps import STEPS, size_key, steps
from smartcert.reporting.words import Words

_UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """A table of counts: the headings of its columns, and its rows with a name each. The last column is the total."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


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


def step_counts(evaluations: Sequence[Evaluation], words: Words) -> Counts:
    """Return how many applications passed each step, by size type."""
    passed = pd.DataFrame(
        [{"size": _size(one), **{step: step in steps(one) for step in STEPS}} for one in evaluations],
        columns=["size", *STEPS],
    )
    table = passed.groupby("size").sum().T.astype(int)
    return _counts(table, [(step, words(f"chart.funnel.{step}")) for step in STEPS], words)


def level_counts(evaluations: Sequence[Evaluation], words: Words) -> Counts | None:
    """Return how many applicants reached each level, by size type; None where nothing was evaluated."""
    reached = [(_size(one), one.level) for one in evaluations if one.level is not None]
    if not reached:
        return None
    frame = pd.DataFrame([{"size": size, "level": result.level} for size, result in reached])
    table = pd.crosstab(frame["level"], frame["size"])
    return _counts(table, _levels(reached[0][1], words), words)


def _levels(result: LevelResult, words: Words) -> list[tuple[object, str]]:
    certified = {bound.level for bound in result.bounds if bound.certified}
    kinds = {
        level: "certified" if level in certified else "not_certified" for level in range(1, len(result.bounds) + 2)
    }
    return [(level, words(f"summary.levels.{kind}", level=level)) for level, kind in kinds.items()]


def _counts(table: pd.DataFrame, rows: Sequence[tuple[object, str]], words: Words) -> Counts:
    sizes = [size.value for size in SizeType] + ([_UNKNOWN] if _UNKNOWN in table.columns else [])
    whole = table.reindex(index=pd.Index([key for key, _ in rows]), columns=pd.Index(sizes), fill_value=0)
    whole["total"] = whole.sum(axis="columns")
    known = {size.value: size_key(size) for size in SizeType}
    headings = [words(known.get(size, size_key(None))) for size in sizes]
    return Counts(
        headings=(*headings, words("summary.overview.total")),
        rows=tuple(
            (name, tuple(figures.number(int(count)) for count in counts))
            for (_, name), counts in zip(rows, whole.to_numpy().tolist(), strict=True)
        ),
    )


def _size(evaluation: Evaluation) -> str:
    return evaluation.size_type.value if evaluation.size_type is not None else _UNKNOWN


def domain_rows(record: RoundRecord, words: Words) -> list[DomainRow]:
    """Return a row per domain and size type of which somebody was evaluated."""
    evaluated = [peers for peers in record.peers if peers.applicants]
    return [_domain(domain, peers, words) for domain in domains_of(record) for peers in evaluated]


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
        if finding.refuses or finding.outcome in (Outcome.NOT_MET, Outcome.OPEN):
            document = finding.facts.terms.get("document", "")
            kinds.setdefault((finding.code, finding.outcome, finding.refuses, document), []).append(finding)
    return tuple((found[0], len(found) - 1) for found in kinds.values())
