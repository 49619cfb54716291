"""THE WAY of one applicant: papers, then values, then points, then the level. Read this room first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from smartcert.evaluation.eligibility import (
    check_joint_application,
    check_may_apply,
    determine_size_type,
    resolve_second_code,
)
from smartcert.evaluation.levels import compute_margin, determine_level, find_next_level
from smartcert.evaluation.marks import list_exclusions
from smartcert.evaluation.requirements import check_documents, check_receipt
from smartcert.evaluation.scoring import (
    Candidate,
    PeerMeasures,
    build_candidate,
    build_scorecard,
    check_scorable,
    collect_peer_measures,
)
from smartcert.model.applicant import Applicant, SizeType
from smartcert.model.application import Application, Round
from smartcert.model.citation import Basis
from smartcert.model.evaluation import Evaluation, Facts, Finding, LevelResult, Outcome, Scorecard, Stage
from smartcert.rules.rulebook import Rules

_STAGES = (Stage.ELIGIBILITY, Stage.RECEIPT, Stage.DOCUMENTS, Stage.SCORING)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Dossier:
    """One application after its papers were read: who it is, its size type, and what was found."""

    application: Application
    applicant: Applicant
    size_type: SizeType | None
    findings: tuple[Finding, ...]

    @property
    def passed(self) -> bool:
        return not any(finding.refuses for finding in self.findings)


def evaluate(round_: Round, rules: Rules) -> tuple[Evaluation, ...]:
    """Return the verdict on every application of a round, in the order of their ids.

    An application that fails at one stage is still read to the end of its papers, so that everything is told at once;
    its ``stage`` is the first that it did not pass. Only those whose papers pass are scored, and only these are
    compared with one another. The order of applications, evaluators and rows does not matter.
    """
    papers = [
        _read_dossier(application, round_, rules) for application in sorted(round_.applications, key=lambda a: a.id)
    ]
    ready = {
        one.application.id: _build_candidate(one, one.size_type, round_, rules)
        for one in papers
        if one.size_type is not None and one.passed
    }
    refused = {name: check_scorable(one, rules) for name, one in ready.items()}
    scored = {name: one for name, one in ready.items() if not refused[name]}
    among = collect_peer_measures(scored.values(), rules.edition)
    return tuple(
        _build_evaluation(
            one, scored.get(one.application.id), refused.get(one.application.id, ()), among, round_, rules
        )
        for one in papers
    )


def _read_dossier(application: Application, round_: Round, rules: Rules) -> _Dossier:
    applicant = resolve_second_code(application.applicant, round_.registry)
    size, reading = determine_size_type(applicant, rules)
    return _Dossier(
        application=application,
        applicant=applicant,
        size_type=size,
        findings=(
            *check_may_apply(application.applicant, round_.registry, rules),
            *check_joint_application(application.joint_with, rules),
            *((reading,) if reading else ()),
            *check_receipt(application, round_.window, rules),
            *check_documents(application, rules),
        ),
    )


def _build_candidate(papers: _Dossier, size: SizeType, round_: Round, rules: Rules) -> Candidate:
    population = papers.applicant.population
    return build_candidate(
        papers.application,
        size,
        population.residents if population else None,
        round_.committee,
        rules,
    )


def _build_evaluation(
    papers: _Dossier,
    scored: Candidate | None,
    refused: tuple[Finding, ...],
    among: PeerMeasures,
    round_: Round,
    rules: Rules,
) -> Evaluation:
    card = build_scorecard(scored, rules.edition, among) if scored else None
    result = determine_level(card, rules.levels) if card else None
    findings = (*papers.findings, *refused)
    if card:
        findings += (*list_exclusions(papers.application, round_.committee, rules), *_correction_findings(card, rules))
    return Evaluation(
        round=round_.id,
        id=papers.application.id,
        applicant=papers.applicant,
        stage=_find_stage(findings),
        findings=findings,
        size_type=papers.size_type,
        scorecard=card,
        level=result,
        next_level=find_next_level(card, result) if card and result else None,
        margin=compute_margin(card, result) if card and result else None,
        rules=_collect_bases(findings, result, rules),
    )


def _find_stage(findings: tuple[Finding, ...]) -> Stage:
    stopped = {finding.stage for finding in findings if finding.refuses}
    return next((stage for stage in _STAGES if stage in stopped), Stage.EVALUATED)


def _correction_findings(card: Scorecard, rules: Rules) -> Iterable[Finding]:
    scores = [score for score in card.indicators() if score.combination is None]
    counts = {
        "corrected_at_desk": sum(score.desk.value != score.claimed.value for score in scores),
        "corrected_on_site": sum(score.confirmed.value != score.desk.value for score in scores),
        "not_inspected": sum(not score.inspected for score in scores),
    }
    for code, count in counts.items():
        if count:
            rule = rules.scoring.not_inspected_stands if code == "not_inspected" else rules.scoring.confirmed_counts
            yield Finding(
                code=code,
                stage=Stage.SCORING,
                outcome=Outcome.NOTED,
                basis=(rule.basis,),
                facts=Facts(numbers={"count": Fraction(count)}),
            )


def _collect_bases(findings: Iterable[Finding], result: LevelResult | None, rules: Rules) -> tuple[Basis, ...]:
    found = [basis for finding in findings for basis in finding.basis]
    if result is not None:
        scoring = (rules.scoring.mark_scale, rules.scoring.combination, rules.scoring.confirmed_counts)
        others = (rules.levels.worst, rules.levels.certified_from, rules.levels.floors)
        found += [rules.edition.basis, *(bound.basis for bound in result.bounds)]
        found += [rule.basis for rule in (*scoring, rules.scoring.suppress_below, *others)]
    if result is not None and result.certified:
        certification = rules.certification
        found += [certification.valid_years.basis, certification.review_every_years.basis]
    return tuple({basis.name: basis for basis in sorted(found, key=lambda basis: basis.name)}.values())
