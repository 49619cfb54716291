"""The record of the review of one committee for one reader: every analysis of this package as the rows of a page.

Evaluators appear by their ids in the committee's table, never by name; statistics have four digits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from fractions import Fraction

from smartcert import __version__
from smartcert.analysis.committee.agreement import (
    AgreementMetric,
    NotComputed,
    count_categories,
    fleiss_kappa,
    icc,
    kendall_w,
    krippendorff_alpha,
)
from smartcert.analysis.committee.disclosure import (
    MarksTable,
    build_marks_table,
    collect_scorecards,
    disclose_marks,
    readable_evaluations,
)
from smartcert.analysis.committee.influence import (
    Rescoring,
    collect_marks,
    count_trimmed,
    find_decisive_evaluators,
    find_method_differences,
    list_attention,
    measure_discussion,
)
from smartcert.analysis.committee.inspection import list_inspected_figures, select_corrected, summarise_inspections
from smartcert.analysis.committee.panels import PanelPlan, estimate_panel_sizes, simulate_panel
from smartcert.analysis.committee.severity import (
    Drift,
    SeverityModel,
    adjust_totals,
    estimate_drift,
    find_outlying_marks,
    fit_severity,
    measure_scale_use,
    usual_spread,
)
from smartcert.errors import UsageError, suggest
from smartcert.evaluation.committee import check_proceedings, count_all_votes, judging_day
from smartcert.files import sha256_raw
from smartcert.model.application import Round
from smartcert.model.citation import Basis
from smartcert.model.committee import DiscussedMark, Sitting
from smartcert.model.evaluation import Evaluation, Scorecard
from smartcert.reporting.committee_record import (
    AgreementRow,
    CommitteeRecord,
    DecisionRow,
    EvaluatorRow,
    PanelPlanRow,
    WideRangeRow,
    statistic,
)
from smartcert.rules.rulebook import Rules
from smartcert.services.rounds import OpenRound

MAX_ROWS = 20
"""At most so many marks that stand out, and so many indicators with marks far apart, are listed."""
DISTANCES = tuple(map(Fraction, (10, 20, 30, 50, 100)))
"""Points from the bound for which the size of a panel is given."""
PANEL_CONFIDENCE = Fraction(9, 10)
PLANNED_MEMBERS = range(5, 10)
PLAN_CONFLICTS, PLAN_ABSENCES = Fraction(1, 10), Fraction(1, 10)
MAX_RUNS, MIN_RUNS, TARGET_SITTINGS = 2000, 200, 100_000
"""The simulation draws about so many sittings: fewer runs where there are many applicants."""


def review_committee(opened: OpenRound, reader: str = "") -> CommitteeRecord:
    """Return the record of a review for a reader: the id of an evaluator, or empty for operating body and chair.

    An evaluator gets no figure that depends on the marks of an applicant that this evaluator does not judge, no list of
    other members' interests, and of single marks only the own ones. Where places decide nothing is said of levels under
    other marks: who is selected follows from the marks of everybody.

    Raises:
        UsageError: the round has no such evaluator.
    """
    ids_of_committee = [evaluator.id for evaluator in opened.round.committee]
    if reader and reader not in ids_of_committee:
        raise UsageError(f"no evaluator '{reader}' in round '{opened.round.id}'{suggest(reader, ids_of_committee)}")
    round_, rules, everything = opened.round, opened.rules, not reader
    seen = readable_evaluations(round_, opened.verdicts, reader)
    ids = {evaluation.id for evaluation in seen}
    cards, table, rescoring = collect_scorecards(seen), build_marks_table(round_, seen), Rescoring(rules)
    severity = fit_severity(table.targets(), table.evaluators)
    model = None if isinstance(severity, NotComputed) else severity
    drifts = _estimate_drifts(table, model, round_)
    rows = _evaluator_rows(table, model, drifts, cards, round_)
    by_bounds = rules.scheme.ranking is None  # a place depends on all others, so single cards are not rescored
    effects = measure_discussion(round_, cards, rescoring) if everything and by_bounds else ()
    applications = [application for application in round_.applications if application.id in ids]
    panel = estimate_panel_sizes(cards, rules, rescoring, DISTANCES, float(PANEL_CONFIDENCE))
    sizes = None if isinstance(panel, NotComputed) else panel
    applicants = max(len(cards), 1)
    runs = min(MAX_RUNS, max(MIN_RUNS, TARGET_SITTINGS // applicants))
    return CommitteeRecord(
        round=opened.facts,
        names={evaluation.id: evaluation.applicant.full_name for evaluation in seen},
        indicators={indicator.id: indicator.name for indicator in rules.edition.indicators()},
        evaluators=table.evaluators,
        reader=reader,
        left_out=len(opened.verdicts) - len(seen),
        judged_on=judging_day(round_),
        evaluated=len(cards),
        findings=check_proceedings(round_, opened.verdicts, rules.committee) if everything else (),
        agreement=measure_agreement(table),
        rows=rows,
        severity_refused=severity.reason if isinstance(severity, NotComputed) else "",
        drift_refused=_find_drift_reason(drifts),
        residual_sd=statistic(model.residual_sd) if model else None,
        usual_within=statistic(usual_spread(table)) if rows else None,
        stands_out=find_outlying_marks(table, model, reader)[:MAX_ROWS] if model else (),
        wide=list_wide_ranges(cards, rules),
        decides=find_decisive_evaluators(cards, rescoring) if by_bounds else (),
        methods=find_method_differences(cards, rules, rescoring) if by_bounds else (),
        adjusted=adjust_totals(cards, model, rules, rescoring) if model and by_bounds else (),
        effects=effects,
        discussed=_list_discussed(round_, ids, reader),
        sittings=_list_sittings(round_, ids, rules),
        decisions=_list_decisions(opened, seen),
        attention=list_attention(applications, seen, effects, rules) if everything else (),
        panel=sizes.sizes if sizes else (),
        panel_refused=panel.reason if isinstance(panel, NotComputed) else "",
        panel_bound=sizes.bound if sizes else None,
        panel_level=rules.levels.certified_from.value,
        panel_spread=statistic(sizes.spread) if sizes else None,
        panel_confidence=PANEL_CONFIDENCE,
        plans=_simulate_plans(round_, rules, applicants, runs),
        plan_conflicts=PLAN_CONFLICTS,
        plan_absences=PLAN_ABSENCES,
        plan_runs=runs,
        inspections=summarise_inspections(round_, seen, rules),
        corrected=select_corrected(list_inspected_figures(round_, seen)),
        seed=round_.proceedings.seed,
        inspection_share=rules.committee.inspection_share.value,
        rules=_list_bases(rules),
        inputs=(*round_.inputs, *opened.rule_inputs) if everything else (),
        package=__version__,
    )


def measure_agreement(table: MarksTable) -> tuple[AgreementRow, ...]:
    """Return every measure of agreement over a table of marks, in the order of the page.

    Marks below 0 have no ratios, so that there is no alpha of ratios then.
    """
    targets = table.targets()
    metrics = (metric for metric in AgreementMetric if metric is not AgreementMetric.RATIO or not (targets < 0).any())
    means = table.applicant_means() if table.marks.size else targets
    return (
        *icc(targets),
        *(krippendorff_alpha(targets, metric) for metric in metrics),
        kendall_w(means),
        kendall_w(means, ties=False),
        fleiss_kappa(count_categories(targets)),
    )


def list_wide_ranges(cards: Mapping[str, Scorecard], rules: Rules) -> tuple[WideRangeRow, ...]:
    """Return the indicators whose marks lie furthest apart, of those whose range gives nobody's mark away.

    Neither the choice nor the order rests on anything that is not shown.
    """
    rule, scales = (
        rules.scoring.combination.value,
        {indicator.id: rules.mark_scale_of(indicator) for indicator in rules.edition.indicators()},
    )
    rows = []
    for applicant, card in cards.items():
        for indicator, given in collect_marks(card).items():
            shown = disclose_marks(given, rule, scales[indicator])
            if shown.combined is not None and shown.low is not None and shown.high is not None:
                rows.append(
                    WideRangeRow(
                        applicant=applicant,
                        indicator=indicator,
                        combined=shown.combined,
                        count=shown.count,
                        low=shown.low,
                        high=shown.high,
                    )
                )
    return tuple(sorted(rows, key=lambda row: (row.low - row.high, row.applicant, row.indicator))[:MAX_ROWS])


def _estimate_drifts(table: MarksTable, model: SeverityModel | None, round_: Round) -> dict[str, Drift | NotComputed]:
    turns = {
        (assignment.applicant, assignment.evaluator): assignment.turn
        for assignment in round_.proceedings.assignments
        if assignment.turn is not None
    }
    return estimate_drift(table, model.residuals, turns) if model else {}


def _find_drift_reason(drifts: Mapping[str, Drift | NotComputed]) -> str:
    reasons = [drift.reason for drift in drifts.values() if isinstance(drift, NotComputed)]
    return reasons[0] if reasons and len(reasons) == len(drifts) else ""


def _evaluator_rows(
    table: MarksTable,
    model: SeverityModel | None,
    drifts: Mapping[str, Drift | NotComputed],
    cards: Mapping[str, Scorecard],
    round_: Round,
) -> tuple[EvaluatorRow, ...]:
    """Return one row per evaluator who gave marks: use of the scale, severity, drift, trimmed marks and load."""
    parts = {part.evaluator: part for part in model.parts} if model else {}
    trimmed = {count.evaluator: count for count in count_trimmed(cards)}
    seen = set(table.applicants)
    loads = [seat.evaluator for seat in round_.proceedings.assignments if seat.applicant in seen]
    rows = []
    for row in measure_scale_use(table):
        part, drift, trim = parts.get(row.evaluator), drifts.get(row.evaluator), trimmed[row.evaluator]
        known = drift if isinstance(drift, Drift) else None
        rows.append(
            replace(
                row,
                severity=statistic(part.value) if part else None,
                low=statistic(part.low) if part else None,
                high=statistic(part.high) if part else None,
                drift=statistic(known.slope) if known else None,
                drift_low=statistic(known.low) if known else None,
                drift_high=statistic(known.high) if known else None,
                trimmed_low=statistic(float(trim.lowest) / row.marks),
                trimmed_high=statistic(float(trim.highest) / row.marks),
                judged=loads.count(row.evaluator),
            )
        )
    return tuple(rows)


def _list_discussed(round_: Round, ids: set[str], reader: str) -> tuple[DiscussedMark, ...]:
    """Return every change and opinion in its order; an evaluator is shown the own ones only."""
    return tuple(
        mark
        for mark in round_.proceedings.discussed
        if mark.applicant in ids and (not reader or mark.evaluator == reader)
    )


def _list_sittings(round_: Round, ids: set[str], rules: Rules) -> tuple[Sitting, ...]:
    return tuple(sitting for sitting in count_all_votes(round_, rules.committee) if sitting.applicant in ids)


def _list_decisions(opened: OpenRound, seen: Sequence[Evaluation]) -> tuple[DecisionRow, ...]:
    """Return the computed, the proposed and the decided level of each applicant for whom there is a proposal."""
    effective = {outcome.application for outcome in opened.outcomes if outcome.level is not None}
    levels = {evaluation.id: evaluation.level.level if evaluation.level else None for evaluation in seen}
    return tuple(
        DecisionRow(
            applicant=decision.applicant,
            computed=levels[decision.applicant],
            proposed=decision.proposed,
            proposed_by=decision.proposed_by,
            proposed_on=decision.proposed_on,
            proposal_reason=decision.proposal_reason,
            decided=decision.decided,
            decided_by=decision.decided_by,
            decided_on=decision.decided_on,
            effective=decision.applicant in effective,
            reason=decision.reason,
        )
        for decision in opened.round.proceedings.decisions
        if decision.applicant in levels
    )


def _simulate_plans(round_: Round, rules: Rules, applicants: int, runs: int) -> tuple[PanelPlanRow, ...]:
    """Return how committees of each planned size that the rules allow would fare."""
    seed = int.from_bytes(sha256_raw(round_.proceedings.seed.encode())[:4], "big")
    return tuple(
        simulate_panel(
            PanelPlan(members=members, conflicts=PLAN_CONFLICTS, absences=PLAN_ABSENCES, applicants=applicants),
            rules,
            seed,
            runs,
        )
        for members in PLANNED_MEMBERS
        if members <= rules.committee.members_at_most.value
    )


def _list_bases(rules: Rules) -> tuple[Basis, ...]:
    committee = [getattr(rules.committee, field.name) for field in fields(rules.committee)]
    scoring = [rules.scoring.combination, rules.scoring.mark_scale, rules.scoring.confirmed_counts]
    bases = [rule.basis for rule in (*committee, *scoring)] + [rules.edition.basis]
    return tuple(sorted(bases, key=lambda basis: basis.name))
