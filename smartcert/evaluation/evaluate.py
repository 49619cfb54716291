"""What is the verdict on each application? Its documents, then values, then points, then the level: read this first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from smartcert.evaluation.eligibility import (
    check_joint_application,
    check_may_apply,
    check_population_month,
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
    list_divisions_by_zero,
)
from smartcert.model.applicant import Applicant
from smartcert.model.application import Application, Round
from smartcert.model.citation import Basis
from smartcert.model.evaluation import Evaluation, Facts, Finding, FindingOutcome, LevelResult, Scorecard, Stage
from smartcert.rules.rulebook import Rules

_STAGES = (Stage.ELIGIBILITY, Stage.RECEIPT, Stage.DOCUMENTS, Stage.SCORING)


@dataclass(frozen=True, kw_only=True, slots=True)
class _CheckedApplication:
    """An application after every check that needs no points. ``candidate`` is None where it is not scored."""

    application: Application
    applicant: Applicant
    size_type: str | None
    findings: tuple[Finding, ...]
    candidate: Candidate | None


def evaluate(round_: Round, rules: Rules, classes: Mapping[str, str] | None = None) -> tuple[Evaluation, ...]:
    """Return the verdict on every application of a round, in the order of their ids.

    With ``classes``, the class of each application by its id, there are no papers: values and marks alone are scored,
    and nobody is asked who may apply, when it arrived or which documents came.

    An application that fails at one stage still goes through the checks of eligibility, receipt and documents, so that
    all their findings come at once; its ``stage`` is the first that it did not pass. Only those that pass are scored,
    and only scored ones are compared with one another. The order of applications, evaluators and rows does not matter.
    """
    ordered = sorted(round_.applications, key=lambda application: application.id)
    if classes is None:
        checked = [_check_application(application, round_, rules) for application in ordered]
    else:
        checked = [_check_values(one, one.applicant, classes[one.id], round_, rules) for one in ordered]
    candidates = [application.candidate for application in checked if application.candidate]
    peers = collect_peer_measures(candidates, rules.edition)
    return tuple(_build_evaluation(application, peers, round_, rules) for application in checked)


def evaluate_changed(round_: Round, changed: Iterable[Application], rules: Rules) -> Iterator[Evaluation]:
    """Yield the verdict on each of the changed applications, each as if it alone were another in the round.

    The others are as they stand, so that a rank moves only by the change itself.
    """
    checked = {one.id: _check_application(one, round_, rules).candidate for one in round_.applications}
    for application in changed:
        own = _check_application(application, round_, rules)
        candidates = checked | {application.id: own.candidate}
        peers = collect_peer_measures([one for one in candidates.values() if one is not None], rules.edition)
        yield _build_evaluation(own, peers, round_, rules)


def _check_application(application: Application, round_: Round, rules: Rules) -> _CheckedApplication:
    applicant = resolve_second_code(application.applicant, round_.registry)
    size_type, size_finding = determine_size_type(applicant, rules)
    old_population = check_population_month(applicant, rules)
    findings = (
        *check_may_apply(application.applicant, round_.registry, rules),
        *check_joint_application(application.joint_with, rules),
        *((size_finding,) if size_finding else ()),
        *((old_population,) if old_population else ()),
        *check_receipt(application, round_.window, rules),
        *check_documents(application, rules),
    )
    if size_type is None or any(finding.refuses for finding in findings):
        return _CheckedApplication(
            application=application, applicant=applicant, size_type=size_type, findings=findings, candidate=None
        )
    checked = _check_values(application, applicant, size_type, round_, rules)
    return replace(checked, findings=(*findings, *checked.findings))


def _check_values(
    application: Application, applicant: Applicant, size_type: str, round_: Round, rules: Rules
) -> _CheckedApplication:
    residents = applicant.population.residents if applicant.population else None
    candidate = build_candidate(application, size_type, residents, round_.committee, rules)
    refusals = check_scorable(candidate, rules)
    return _CheckedApplication(
        application=application,
        applicant=applicant,
        size_type=size_type,
        findings=refusals,
        candidate=None if refusals else candidate,
    )


def _build_evaluation(checked: _CheckedApplication, peers: PeerMeasures, round_: Round, rules: Rules) -> Evaluation:
    findings = checked.findings
    card = build_scorecard(checked.candidate, rules.edition, peers) if checked.candidate else None
    result = determine_level(card, rules.levels) if card else None
    if card:
        exclusions = list_exclusions(checked.application, rules)
        findings = (*findings, *exclusions, *_list_corrections(card, rules))
    if checked.candidate:
        findings = (*findings, *list_divisions_by_zero(checked.candidate, rules.edition))
    refused = {finding.stage for finding in findings if finding.refuses}
    return Evaluation(
        round=round_.id,
        id=checked.application.id,
        applicant=checked.applicant,
        stage=next((stage for stage in _STAGES if stage in refused), Stage.EVALUATED),
        findings=findings,
        size_type=checked.size_type,
        scorecard=card,
        level=result,
        next_level=find_next_level(card, result) if card and result else None,
        margin=compute_margin(card, result) if card and result else None,
        rules=_list_rules(findings, result, rules),
    )


def _list_corrections(card: Scorecard, rules: Rules) -> Iterable[Finding]:
    """Yield a note for each way in which claims did not stand, with how many indicators it concerns."""
    scoring = rules.scoring
    scores = [score for score in card.indicators() if score.combination is None]
    corrected = sum(score.inspected and score.confirmed.value != score.desk.value for score in scores)
    missed = sum(not score.inspected for score in scores) if scoring.confirmed_counts.value else 0
    stands = scoring.not_inspected_stands
    notes = (
        ("corrected_at_desk", sum(s.desk.value != s.claimed.value for s in scores), scoring.confirmed_counts),
        ("corrected_on_site", corrected, scoring.confirmed_counts),
        ("not_inspected" if stands.value else "not_inspected_absent", missed, stands),
    )
    for code, count, rule in notes:
        if count:
            yield Finding(
                code=code,
                stage=Stage.SCORING,
                outcome=FindingOutcome.NOTED,
                basis=(rule.basis,),
                facts=Facts(numbers={"count": Fraction(count)}),
            )


def _list_rules(findings: Iterable[Finding], result: LevelResult | None, rules: Rules) -> tuple[Basis, ...]:
    """Return every rule that a verdict rests on, once, by name."""
    bases = [basis for finding in findings for basis in finding.basis]
    if result is not None:
        scoring, levels = rules.scoring, rules.levels
        cited = (
            scoring.mark_scale,
            scoring.combination,
            scoring.confirmed_counts,
            scoring.suppress_below,
            levels.worst,
            levels.certified_from,
            levels.floors,
        )
        bases += [rules.edition.basis, *([rules.edition.stated] if rules.edition.stated else [])]
        bases += [*(bound.basis for bound in result.bounds), *(rule.basis for rule in cited)]
        if result.certified:
            bases += [rules.certification.valid_years.basis, rules.certification.review_every_years.basis]
    return tuple({basis.name: basis for basis in sorted(bases, key=lambda basis: basis.name)}.values())
