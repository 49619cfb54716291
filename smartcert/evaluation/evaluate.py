"""What is the verdict on each application? Its documents, then values, then points, then the level: read this first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from smartcert.evaluation.eligibility import (
    check_joint_application,
    check_may_apply,
    check_population_month,
    determine_class,
    resolve_second_code,
)
from smartcert.evaluation.levels import check_gates, compute_bounds, compute_margin, determine_level, find_next_level
from smartcert.evaluation.marks import list_exclusions
from smartcert.evaluation.ranking import Contestant, rank_contestants, select_for_stage
from smartcert.evaluation.requirements import check_documents, check_receipt
from smartcert.evaluation.scales import sum_exactly
from smartcert.evaluation.scoring import (
    Candidate,
    CandidateBuilder,
    Scorer,
    collect_peer_measures,
    list_divisions_by_zero,
)
from smartcert.lazy_dataclass import dataclass
from smartcert.model.applicant import Applicant
from smartcert.model.application import Application, Round
from smartcert.model.citation import Basis, Cited
from smartcert.model.evaluation import (
    Bound,
    Evaluation,
    Facts,
    Finding,
    FindingOutcome,
    LevelResult,
    Placing,
    Scorecard,
    Stage,
)
from smartcert.model.scheme import StageRule
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
    later: tuple[Finding, ...] = ()
    """What refuses it at a later stage, if it goes on to that."""


def evaluate(
    round_: Round, rules: Rules, classes: Mapping[str, str] | None = None, *, outlook: bool = True
) -> tuple[Evaluation, ...]:
    """Return the verdict on every application of a round, in the order of their ids.

    Without ``outlook`` they say nothing of the next level and of the margin, which take a third of the time;
    `add_outlook` adds both.

    With ``classes``, the class of each application by its id, there are no papers: values and marks alone are scored,
    and nobody is asked who may apply, when it arrived or which documents came.

    An application that fails at one stage still goes through the checks of eligibility, receipt and documents, so that
    all their findings come at once; its ``stage`` is the first that it did not pass. Only those that pass are scored,
    and only scored ones are compared with one another. The order of applications, evaluators and rows does not matter.
    In a scheme with short lists only those that went on to its last stage are scored to the end; in one that ranks the
    level follows from the place among them.

    Raises:
        UsageError: a lot has to decide between applicants, and no seed is given.
    """
    ordered = sorted(round_.applications, key=lambda application: application.id)
    shared = _SharedRules(rules, round_)
    if classes is None:
        checked = [_check_application(application, round_, shared) for application in ordered]
    else:
        checked = [_check_values(each, each.applicant, classes[each.id], shared) for each in ordered]
    checked = _apply_short_lists(checked, shared)
    candidates = [application.candidate for application in checked if application.candidate]
    peers = collect_peer_measures(candidates, rules.edition)
    cards = {candidate.application.id: shared.scorer.build_scorecard(candidate, peers) for candidate in candidates}
    placings = _rank(checked, cards, round_, rules)
    evaluations = (
        _build_evaluation(
            application, cards.get(application.application.id), placings.get(application.application.id), round_, shared
        )
        for application in checked
    )
    return tuple(map(add_outlook, evaluations) if outlook else evaluations)


def add_outlook(evaluation: Evaluation) -> Evaluation:
    """Return a verdict with what is missing to the next level and how firm its own is; by a place there is neither."""
    card, result = evaluation.scorecard, evaluation.level
    if card is None or result is None or result.placing is not None:
        return evaluation
    return replace(add_margin(evaluation), next_level=find_next_level(card, result))


def add_margin(evaluation: Evaluation) -> Evaluation:
    """Return a verdict with how firm its level is, which takes a fifth of the time of `add_outlook`."""
    card, result = evaluation.scorecard, evaluation.level
    if card is None or result is None or result.placing is not None:
        return evaluation
    return replace(evaluation, margin=compute_margin(card, result))


def evaluate_changed(
    round_: Round, changed: Iterable[Application], rules: Rules, *, outlook: bool = True
) -> Iterator[Evaluation]:
    """Yield the verdict on each of the changed applications, each as if it alone were another in the round.

    The others are as they stand, so that a rank moves only by the change itself. ``outlook`` is as in `evaluate`.
    """
    if rules.scheme.ranking is not None or rules.scheme.stages is not None:
        for application in changed:
            others = (other for other in round_.applications if other.id != application.id)
            together = evaluate(replace(round_, applications=(*others, application)), rules, outlook=outlook)
            yield next(candidate for candidate in together if candidate.id == application.id)
        return
    shared = _SharedRules(rules, round_)
    checked = {other.id: _check_application(other, round_, shared).candidate for other in round_.applications}
    for application in changed:
        own = _check_application(application, round_, shared)
        candidates = checked | {application.id: own.candidate}
        peers = collect_peer_measures(
            [candidate for candidate in candidates.values() if candidate is not None], rules.edition
        )
        card = shared.scorer.build_scorecard(own.candidate, peers) if own.candidate else None
        evaluation = _build_evaluation(own, card, None, round_, shared)
        yield add_outlook(evaluation) if outlook else evaluation


def _check_application(application: Application, round_: Round, shared: _SharedRules) -> _CheckedApplication:
    rules = shared.rules
    applicant = resolve_second_code(application.applicant, round_.registry)
    size_type, size_finding = determine_class(applicant, rules)
    old_population = check_population_month(applicant, rules)
    findings = (
        *check_may_apply(application.applicant, round_.registry, rules),
        *check_joint_application(application, round_.registry, rules),
        *((size_finding,) if size_finding else ()),
        *((old_population,) if old_population else ()),
        *check_receipt(application, round_.window, rules),
        *check_documents(application, rules),
    )
    if size_type is None or any(finding.refuses for finding in findings):
        return _CheckedApplication(
            application=application, applicant=applicant, size_type=size_type, findings=findings, candidate=None
        )
    checked = _check_values(application, applicant, size_type, shared)
    return replace(checked, findings=(*findings, *checked.findings))


def _check_values(
    application: Application, applicant: Applicant, size_type: str, shared: _SharedRules
) -> _CheckedApplication:
    residents = applicant.population.residents if applicant.population else None
    candidate = shared.candidates.build(application, size_type, residents)
    refusals = (*shared.candidates.check_scorable(candidate), *_check_asked(application, shared.rules))
    reached_later = shared.reached_later
    later = tuple(
        _await_marks(finding, application)
        for finding in refusals
        if finding.facts.words.get("indicator", "") in reached_later
    )
    now = tuple(finding for finding in refusals if finding.facts.words.get("indicator", "") not in reached_later)
    return _CheckedApplication(
        application=application,
        applicant=applicant,
        size_type=size_type,
        findings=now,
        candidate=None if now else candidate,
        later=() if now else later,
    )


def _await_marks(finding: Finding, application: Application) -> Finding:
    """Return a finding on too few marks as an open one where no mark of that indicator, nor an absence, is given."""
    indicator = finding.facts.words.get("indicator")
    if finding.code != "too_few_marks" or any(mark.indicator == indicator for mark in application.marks):
        return finding
    return replace(finding, code=MARKS_AWAITED, outcome=FindingOutcome.OPEN)


MARKS_AWAITED = "marks_awaited"
"""The code of the finding that the marks of a later stage are still to come."""


def _check_asked(application: Application, rules: Rules) -> Iterator[Finding]:
    """Yield a finding where the scheme divides a budget and the application asks for no amount."""
    ranking = rules.scheme.ranking
    if ranking is not None and ranking.value.budget is not None and application.asked is None:
        yield Finding(
            code="no_amount_asked",
            stage=Stage.SCORING,
            outcome=FindingOutcome.OPEN,
            basis=(ranking.basis,),
            refuses=True,
        )


def _apply_short_lists(checked: list[_CheckedApplication], shared: _SharedRules) -> list[_CheckedApplication]:
    """Return the applications, those that a short list leaves out with a finding that says so and without a candidate.

    Who goes on is decided by the points of the sections of the stages before. While marks of these are still to come
    for anybody, nobody is known to go on, and all who could are open.
    """
    rules, declared = shared.rules, shared.rules.scheme.stages
    before: list[str] = []
    for stage in declared.value if declared else ():
        if declared is not None and (stage.best is not None or stage.at_least is not None):
            passed = rules.list_indicators(before)
            checked = [_apply_later_findings(entry, passed) for entry in checked]
            if any(finding.code == MARKS_AWAITED for entry in checked for finding in entry.findings):
                return [_leave_open(entry, stage, declared) for entry in checked]
            checked = _shorten(checked, stage, frozenset(before), declared, shared)
        before += stage.sections
    everything = frozenset(indicator.id for indicator in rules.edition.indicators())
    return [_apply_later_findings(entry, everything) for entry in checked]


def _apply_later_findings(checked: _CheckedApplication, indicators: frozenset[str]) -> _CheckedApplication:
    """Return an application, not scored where a finding on one of these indicators waited until it went on to them."""
    due = tuple(finding for finding in checked.later if finding.facts.words.get("indicator") in indicators)
    if checked.candidate is None or not due:
        return checked
    return replace(checked, candidate=None, findings=(*checked.findings, *due), later=())


def _leave_open(
    checked: _CheckedApplication, stage: StageRule, declared: Cited[tuple[StageRule, ...]]
) -> _CheckedApplication:
    if checked.candidate is None:
        return checked
    finding = Finding(
        code="short_list_open",
        stage=Stage.SCORING,
        outcome=FindingOutcome.OPEN,
        basis=(declared.basis,),
        facts=Facts(names={"stage": stage.name}),
        refuses=True,
    )
    return replace(checked, candidate=None, findings=(*checked.findings, finding), later=())


def _shorten(
    checked: list[_CheckedApplication],
    stage: StageRule,
    before: frozenset[str],
    declared: Cited[tuple[StageRule, ...]],
    shared: _SharedRules,
) -> list[_CheckedApplication]:
    candidates = [entry.candidate for entry in checked if entry.candidate]
    peers = collect_peer_measures(candidates, shared.rules.edition)
    sections = {
        candidate.application.id: [
            section for section in shared.scorer.build_scorecard(candidate, peers).sections() if section.id in before
        ]
        for candidate in candidates
    }
    points = {name: sum_exactly(section.points for section in own) for name, own in sections.items()}
    out_of = sum_exactly(section.out_of for section in next(iter(sections.values()), []))
    least = stage.at_least.in_points(out_of) if stage.at_least else None
    on = select_for_stage(points, stage.best, least)

    def leave_out(entry: _CheckedApplication) -> _CheckedApplication:
        name = entry.application.id
        numbers = {"points": points[name], "out_of": out_of}
        numbers["place"] = Fraction(1 + sum(other > points[name] for other in points.values()))
        numbers["of"] = Fraction(len(points))
        finding = Finding(
            code="not_short_listed",
            stage=Stage.SCORING,
            outcome=FindingOutcome.NOT_MET,
            basis=(declared.basis,),
            facts=Facts(names={"stage": stage.name}, numbers=numbers),
            refuses=True,
        )
        return replace(entry, candidate=None, findings=(*entry.findings, finding), later=())

    return [leave_out(entry) if entry.candidate and entry.application.id not in on else entry for entry in checked]


def _rank(
    checked: Sequence[_CheckedApplication], cards: Mapping[str, Scorecard], round_: Round, rules: Rules
) -> Mapping[str, Placing]:
    ranking = rules.scheme.ranking
    if ranking is None:
        return {}
    contestants = [
        Contestant(
            id=entry.application.id,
            card=cards[entry.application.id],
            class_id=entry.size_type or "",
            asked=entry.application.asked,
            barred=any(gate.failed for gate in check_gates(cards[entry.application.id])),
        )
        for entry in checked
        if entry.application.id in cards
    ]
    placings = rank_contestants(contestants, ranking.value, round_.proceedings.seed)
    waiting = sum(entry.candidate is None and _may_still_be_scored(entry.findings) for entry in checked)
    return {name: replace(placing, open=waiting) for name, placing in placings.items()} if waiting else placings


def _may_still_be_scored(findings: Iterable[Finding]) -> bool:
    """Return whether what keeps an application from being scored is open, and nothing refuses it for good."""
    refusals = [finding.outcome for finding in findings if finding.refuses]
    return FindingOutcome.OPEN in refusals and FindingOutcome.NOT_MET not in refusals


class _SharedRules:
    """The rules of an evaluation, with what many verdicts have in common, worked out once: it is the same for all."""

    def __init__(self, rules: Rules, round_: Round) -> None:
        self.rules = rules
        self.candidates = CandidateBuilder(round_.committee, rules)
        self.scorer = Scorer(rules.edition, rules.scoring.mark_scale.value)
        self.reached_later: frozenset[str] = frozenset().union(*rules.list_later_stages())
        self._bounds: dict[Fraction, tuple[Bound, ...]] = {}
        self._bases: dict[tuple[Fraction, bool, bool], tuple[Basis, ...]] = {}

    def determine_level(self, card: Scorecard, placing: Placing | None) -> LevelResult:
        if card.out_of not in self._bounds:
            self._bounds[card.out_of] = compute_bounds(card.out_of, self.rules.levels)
        return determine_level(card, self.rules.levels, placing, self._bounds[card.out_of])

    def list_bases(
        self, findings: Sequence[Finding], card: Scorecard | None, result: LevelResult | None
    ) -> tuple[Basis, ...]:
        """Return every rule that a verdict rests on; without findings it depends on the points possible alone."""
        if findings or card is None or result is None:
            return _list_rules(findings, result, self.rules)
        key = (card.out_of, result.certified, result.placing is None)
        if key not in self._bases:
            self._bases[key] = _list_rules((), result, self.rules)
        return self._bases[key]


def _build_evaluation(
    checked: _CheckedApplication, card: Scorecard | None, placing: Placing | None, round_: Round, shared: _SharedRules
) -> Evaluation:
    findings, rules = checked.findings, shared.rules
    result = shared.determine_level(card, placing) if card else None
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
        rules=shared.list_bases(findings, card, result),
        partners=checked.application.partners,
        applicant_changes=checked.application.applicant_changes,
    )


def _list_corrections(card: Scorecard, rules: Rules) -> Iterable[Finding]:
    """Yield a note for each way in which claims did not stand, with how many indicators it concerns."""
    scoring = rules.scoring
    at_desk = on_site = missed = 0
    for score in card.indicators():
        if score.combination is None:
            at_desk += score.corrected_at_desk
            on_site += score.corrected_on_site
            missed += not score.inspected
    stands = scoring.not_inspected_stands
    notes = (
        (
            "corrected_at_desk",
            at_desk,
            scoring.confirmed_counts,
        ),
        ("corrected_on_site", on_site, scoring.confirmed_counts),
        (
            "not_inspected" if stands.value else "not_inspected_absent",
            missed if scoring.confirmed_counts.value else 0,
            stands,
        ),
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
        if result.certified and (rules.facts is None or rules.facts.validity_stated):
            bases += [rules.certification.valid_years.basis, rules.certification.review_every_years.basis]
    return tuple({basis.name: basis for basis in sorted(bases, key=lambda basis: basis.name)}.values())
