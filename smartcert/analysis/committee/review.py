"""Everything of this folder as one record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from math import isnan

from smartcert import __version__
from smartcert.analysis.committee import disclosure as leaks
from smartcert.analysis.committee.agreement import (
    Agreement,
    Metric,
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
    readable_evaluations,
)
from smartcert.analysis.committee.influence import (
    Attention,
    Decides,
    Differs,
    DiscussionEffect,
    Rescoring,
    collect_marks,
    count_trimmed,
    find_decisive_evaluators,
    find_method_differences,
    list_attention,
    measure_discussion,
)
from smartcert.analysis.committee.inspection import list_inspected_figures, plan_inspections, select_corrected
from smartcert.analysis.committee.panels import Fared, PanelPlan, PanelSizes, estimate_panel_sizes, simulate_panel
from smartcert.analysis.committee.severity import (
    Adjusted,
    Drift,
    SeverityModel,
    adjust_totals,
    estimate_drift,
    fit_severity,
    measure_scale_use,
)
from smartcert.errors import UsageError, suggest
from smartcert.evaluation.committee import Sitting, check_proceedings, count_all_votes, judging_day
from smartcert.evaluation.marks import label_evaluators
from smartcert.files import sha256_raw
from smartcert.model.application import EvidenceGrade, Round
from smartcert.model.citation import Basis
from smartcert.model.evaluation import Evaluation, Scorecard
from smartcert.reporting import committee_record as record
from smartcert.reporting.committee_record import CommitteeRecord, InspectionRow, PanelPlanRow
from smartcert.rules.rulebook import Rules
from smartcert.services.rounds import OpenRound

# --- The results of this room as rows of the record: labels for evaluators, four digits for statistics.

MAX_ROWS = 20
"""So many marks that stand out, and so many wide indicators, are listed."""


def round_statistic(value: float | None) -> Fraction | None:
    """Return a statistic with four digits, or None where there is none."""
    return None if value is None or isnan(value) else Fraction(f"{value:.4f}")


def figure(one: Agreement | NotComputed) -> record.AgreementRow:
    """Return a measure of agreement, or its refusal, as a row."""
    if isinstance(one, NotComputed):
        return record.AgreementRow(form=one.form, targets=one.targets, evaluators=one.evaluators, reason=one.reason)
    return record.AgreementRow(
        form=one.form,
        targets=one.targets,
        evaluators=one.evaluators,
        value=round_statistic(one.value),
        low=round_statistic(one.low),
        high=round_statistic(one.high),
        chance=round_statistic(one.chance),
        method=one.method,
    )


def drift_rows(table: MarksTable, fitted: SeverityModel | None, round_: Round) -> tuple[Drift | NotComputed, ...]:
    """Return the drift of each evaluator, as far as the turns are recorded."""
    label = label_evaluators(round_.committee)
    turns = {
        (one.applicant, label[one.evaluator]): one.turn
        for one in round_.proceedings.assignments
        if one.turn is not None
    }
    return estimate_drift(table, fitted.residuals, turns) if fitted else ()


def drift_reason(found: Iterable[Drift | NotComputed]) -> str:
    """Return why no drift at all can be told, or nothing."""
    ones = tuple(found)
    refused = [one.reason for one in ones if isinstance(one, NotComputed)]
    return refused[0] if refused and len(refused) == len(ones) else ""


def evaluator_rows(
    table: MarksTable,
    fitted: SeverityModel | None,
    drifted: Iterable[Drift | NotComputed],
    cards: Mapping[str, Scorecard],
    round_: Round,
) -> tuple[record.EvaluatorRow, ...]:
    """Return one row per evaluator who gave marks."""
    parts = {one.evaluator: one for one in fitted.parts} if fitted else {}
    moved = {one.evaluator: one for one in drifted if isinstance(one, Drift)}
    cut = {one.evaluator: one for one in count_trimmed(cards)}
    label = label_evaluators(round_.committee)
    seen = set(table.applicants)
    loads = [label[one.evaluator] for one in round_.proceedings.assignments if one.applicant in seen]
    found = []
    for habit in measure_scale_use(table):
        name = habit.evaluator
        part, away = parts.get(name), moved.get(name)
        found.append(
            record.EvaluatorRow(
                evaluator=name,
                marks=habit.marks,
                severity=round_statistic(part.value) if part else None,
                low=round_statistic(part.low) if part else None,
                high=round_statistic(part.high) if part else None,
                within=round_statistic(habit.within),
                commonest=round_statistic(habit.commonest),
                used=habit.used,
                halo=habit.halo,
                narrow=habit.narrow,
                drift=round_statistic(away.slope) if away else None,
                drift_low=round_statistic(away.low) if away else None,
                drift_high=round_statistic(away.high) if away else None,
                trimmed_low=_share(cut[name].lowest, habit.marks),
                trimmed_high=_share(cut[name].highest, habit.marks),
                judged=loads.count(name),
            )
        )
    return tuple(found)


def _share(count: Fraction, of: int) -> Fraction | None:
    return round_statistic(float(count) / of)


def usual_within(table: MarksTable) -> Fraction | None:
    """Return the median of how far an evaluator's marks of one applicant spread."""
    return next((round_statistic(one.usual) for one in measure_scale_use(table)), None)


def stands_out(table: MarksTable, fitted: SeverityModel | None, reader: str) -> tuple[record.OutlyingMarkRow, ...]:
    """Return the marks that stand out, widest first; an evaluator is shown the own ones only."""
    count = len(table.indicators)
    found = []
    for target, column, deviation in fitted.stands_out() if fitted else ():
        evaluator = table.evaluators[column]
        if not reader or evaluator == reader:
            row, indicator = divmod(target, count)
            found.append(
                record.OutlyingMarkRow(
                    applicant=table.applicants[row],
                    indicator=table.indicators[indicator],
                    evaluator=evaluator,
                    mark=Fraction(str(table.marks[row, indicator, column])),
                    deviation=Fraction(f"{deviation:.4f}"),
                )
            )
    return tuple(found[:MAX_ROWS])


def wide(cards: Mapping[str, Scorecard], rules: Rules) -> tuple[record.WideRangeRow, ...]:
    """Return the indicators whose marks lie furthest apart, of those whose range gives nobody's mark away.

    Neither the choice nor the order rests on anything that is not shown.
    """
    rule, scale = rules.scoring.combination.value, rules.scoring.mark_scale.value
    found = []
    for name, card in cards.items():
        for indicator, given in collect_marks(card).items():
            what = leaks.disclose_marks(given, rule, scale)
            if what.combined is not None and what.low is not None and what.high is not None:
                found.append(
                    record.WideRangeRow(
                        applicant=name,
                        indicator=indicator,
                        combined=what.combined,
                        count=what.count,
                        low=what.low,
                        high=what.high,
                    )
                )
    return tuple(sorted(found, key=lambda one: (one.low - one.high, one.applicant, one.indicator))[:MAX_ROWS])


def decides_rows(found: Iterable[Decides]) -> tuple[record.DecisiveEvaluatorRow, ...]:
    """Return the cases in which one evaluator decides. Points are left out: two totals would give a mark away."""
    return tuple(
        record.DecisiveEvaluatorRow(
            applicant=one.applicant, evaluator=one.evaluator, level=one.level, without=one.without
        )
        for one in found
    )


def method_rows(found: Iterable[Differs]) -> tuple[record.MethodLevelsRow, ...]:
    """Return whom another method would judge differently; levels only, for the same reason."""
    return tuple(
        record.MethodLevelsRow(
            applicant=one.applicant,
            level=one.level,
            levels={method.value: level for method, level in one.levels.items()},
        )
        for one in found
    )


def adjusted_rows(found: Iterable[Adjusted]) -> tuple[record.AdjustedTotalRow, ...]:
    """Return official and adjusted totals."""
    return tuple(
        record.AdjustedTotalRow(
            applicant=one.applicant,
            points=one.points,
            level=one.level,
            adjusted=one.adjusted,
            adjusted_level=one.adjusted_level,
        )
        for one in found
    )


# --- Discussion, votes, decisions, the chair's list, panels and rules as rows of the record.


def effect_rows(found: Iterable[DiscussionEffect]) -> tuple[record.DiscussionEffectRow, ...]:
    """Return the effect of the discussion by applicant."""
    return tuple(
        record.DiscussionEffectRow(
            applicant=one.applicant,
            changes=one.changes,
            points_before=one.points_before,
            points=one.points,
            level_before=one.level_before,
            level=one.level,
        )
        for one in found
    )


def discussed_rows(round_: Round, ids: set[str], reader: str) -> tuple[record.DiscussedMarkRow, ...]:
    """Return every change and opinion in its order; an evaluator is shown the own ones only."""
    label = label_evaluators(round_.committee)
    return tuple(
        record.DiscussedMarkRow(
            applicant=one.applicant,
            indicator=one.indicator,
            evaluator=label[one.evaluator],
            before=one.before,
            after=one.after,
            changed_by=one.changed_by,
            at=one.at,
            reason=one.reason,
            minority_opinion=one.minority_opinion,
        )
        for one in round_.proceedings.discussed
        if one.applicant in ids and (not reader or label[one.evaluator] == reader)
    )


def sitting_rows(found: Iterable[Sitting], ids: set[str], round_: Round) -> tuple[record.SittingRow, ...]:
    """Return the votes on the applicants of ``ids``."""
    label = label_evaluators(round_.committee)
    return tuple(
        record.SittingRow(
            applicant=one.applicant,
            matter=one.matter.value,
            about=label[one.about] if one.about else "",
            members=one.members,
            present=one.present,
            present_needed=one.present_needed,
            yes=one.yes,
            no=one.no,
            abstained=one.abstained,
            yes_needed=one.yes_needed,
            carried=one.carried,
        )
        for one in found
        if one.applicant in ids
    )


def decision_rows(round_: Round, seen: Iterable[Evaluation]) -> tuple[record.DecisionRow, ...]:
    """Return the computed, the proposed and the decided level of each applicant for whom there is a proposal."""
    levels = {one.id: one.level.level if one.level else None for one in seen}
    return tuple(
        record.DecisionRow(
            applicant=one.applicant,
            computed=levels[one.applicant],
            proposed=one.proposed,
            proposed_by=one.proposed_by,
            proposed_on=one.proposed_on,
            proposal_reason=one.proposal_reason,
            decided=one.decided,
            decided_by=one.decided_by,
            decided_on=one.decided_on,
            reason=one.reason,
        )
        for one in round_.proceedings.decisions
        if one.applicant in levels
    )


def attention_rows(found: Iterable[Attention]) -> tuple[record.AttentionRow, ...]:
    """Return the chair's list."""
    return tuple(
        record.AttentionRow(applicant=one.applicant, signs={sign.value: size for sign, size in one.signs.items()})
        for one in found
    )


def panel_rows(found: PanelSizes | NotComputed) -> tuple[record.PanelSizeRow, ...]:
    """Return how many evaluators each distance needs; nothing where it is refused."""
    if isinstance(found, NotComputed):
        return ()
    return tuple(record.PanelSizeRow(distance=one.distance, evaluators=one.evaluators) for one in found.sizes)


def plan_row(one: Fared) -> record.PanelPlanRow:
    """Return how one plan fared."""
    return record.PanelPlanRow(
        members=one.plan.members,
        without_quorum=Fraction(f"{one.without_quorum:.4f}"),
        not_trimmed=Fraction(f"{one.not_trimmed:.4f}"),
        not_judged=Fraction(f"{one.not_judged:.4f}"),
        every_quorum=Fraction(f"{one.every_quorum:.4f}"),
    )


def list_bases(rules: Rules) -> tuple[Basis, ...]:
    """Return every rule that a review rests on, by name."""
    committee = [getattr(rules.committee, name) for name in type(rules.committee).__dataclass_fields__]
    scoring = [rules.scoring.combination, rules.scoring.mark_scale, rules.scoring.confirmed_counts]
    held = [rule.basis for rule in (*committee, *scoring)] + [rules.edition.basis]
    return tuple(sorted(held, key=lambda basis: basis.name))


# --- On-site inspection in the record of a review: totals side by side, what was looked at, and what is drawn.

WEAK_GRADES = frozenset({EvidenceGrade.ESTIMATED, EvidenceGrade.PERSONAL, EvidenceGrade.UNKNOWN})


def inspection_rows(round_: Round, seen: Iterable[Evaluation], rules: Rules) -> tuple[InspectionRow, ...]:
    """Return one row per scored applicant. Without a published seed nothing is drawn."""
    evaluations = tuple(seen)
    plan = plan_inspections(round_, evaluations, rules).drawn if round_.proceedings.seed else ()
    applications = {one.id: one for one in round_.applications}
    found = []
    for one in evaluations:
        card = one.scorecard
        if card is None:
            continue
        measured = applications[one.id].measurements
        inspected = applications[one.id].inspections
        drawn = [figure for figure in plan if figure.applicant == one.id]
        found.append(
            InspectionRow(
                applicant=one.id,
                claimed=card.claimed,
                desk=card.desk,
                confirmed=card.points,
                figures=len(measured),
                inspected=sum(indicator in inspected for indicator in measured),
                weak=sum(figure.grade in WEAK_GRADES for figure in measured.values()),
                drawn=tuple(figure.indicator for figure in drawn),
                drawn_not_inspected=tuple(figure.indicator for figure in drawn if not figure.inspected),
            )
        )
    return tuple(found)


# --- The whole review of one committee for one reader: every analysis of this room as the record of a page.

DISTANCES = tuple(map(Fraction, (10, 20, 30, 50, 100)))
"""Points from the bound for which a panel's size is told."""
PLANNED_MEMBERS = range(5, 10)
PLAN_CONFLICTS, PLAN_ABSENCES = Fraction(1, 10), Fraction(1, 10)
MAX_RUNS, MIN_RUNS, TARGET_SITTINGS = 2000, 200, 100_000
"""The simulation draws about so many sittings: fewer runs where there are many applicants."""


def review_committee(opened: OpenRound, reader: str = "") -> CommitteeRecord:
    """Return the record of a review for a reader: the id of an evaluator, or empty for operating body and chair.

    An evaluator gets no figure that depends on the marks of an applicant that this evaluator does not judge, no list of
    other members' interests, and of single marks only the own ones.

    Raises:
        UsageError: the round has no such evaluator.
    """
    label = label_evaluators(opened.round.committee)
    if reader and reader not in label:
        raise UsageError(f"no evaluator '{reader}' in round '{opened.round.id}'{suggest(reader, label)}")
    return _ReviewBuilder(opened, label[reader] if reader else "", reader).record()


class _ReviewBuilder:
    def __init__(self, opened: OpenRound, reader: str, reader_id: str) -> None:
        self.opened, self.reader = opened, reader
        self.round, self.rules = opened.round, opened.rules
        self.seen = readable_evaluations(opened.round, opened.evaluations, reader_id)
        self.cards = collect_scorecards(self.seen)
        self.table = build_marks_table(opened.round, self.seen)
        self.rescoring = Rescoring(opened.rules)
        self.severity = fit_severity(self.table.targets(), self.table.evaluators)

    def record(self) -> CommitteeRecord:
        opened, everything = self.opened, not self.reader
        ids = {one.id for one in self.seen}
        effects = measure_discussion(self.round, self.cards, self.rescoring)
        panel = estimate_panel_sizes(self.cards, self.rules, self.rescoring, DISTANCES)
        fitted = None if isinstance(self.severity, NotComputed) else self.severity
        applications = [one for one in self.round.applications if one.id in ids]
        drifts = drift_rows(self.table, fitted, self.round)
        listed = list_attention(applications, self.seen, effects, self.rules) if everything else ()
        return CommitteeRecord(
            round=opened.facts,
            names={one.id: one.applicant.name for one in self.seen},
            indicators={one.id: one.name for one in self.rules.edition.indicators()},
            evaluators=self.table.evaluators,
            reader=self.reader,
            left_out=len(opened.evaluations) - len(self.seen),
            judged_on=judging_day(self.round),
            evaluated=len(self.cards),
            findings=check_proceedings(self.round, opened.evaluations, self.rules.committee) if everything else (),
            agreement=tuple(figure(one) for one in measure_agreement(self.table)),
            rows=evaluator_rows(self.table, fitted, drifts, self.cards, self.round),
            severity_refused=self.severity.reason if isinstance(self.severity, NotComputed) else "",
            drift_refused=drift_reason(drifts),
            residual_sd=round_statistic(fitted.residual_sd) if fitted else None,
            usual_within=usual_within(self.table),
            stands_out=stands_out(self.table, fitted, self.reader),
            wide=wide(self.cards, self.rules),
            decides=decides_rows(find_decisive_evaluators(self.cards, self.rescoring)),
            methods=method_rows(find_method_differences(self.cards, self.rules, self.rescoring)),
            adjusted=adjusted_rows(adjust_totals(self.cards, fitted, self.rules, self.rescoring)) if fitted else (),
            effects=effect_rows(effects) if everything else (),
            discussed=discussed_rows(self.round, ids, self.reader),
            sittings=sitting_rows(count_all_votes(self.round, self.rules.committee), ids, self.round),
            decisions=decision_rows(self.round, self.seen),
            attention=attention_rows(listed),
            panel=panel_rows(panel),
            panel_refused=panel.reason if isinstance(panel, NotComputed) else "",
            panel_bound=None if isinstance(panel, NotComputed) else panel.bound,
            panel_level=self.rules.levels.certified_from.value,
            panel_spread=None if isinstance(panel, NotComputed) else round_statistic(panel.spread),
            panel_confidence=Fraction(9, 10),
            plans=self._plans(),
            plan_conflicts=PLAN_CONFLICTS,
            plan_absences=PLAN_ABSENCES,
            plan_runs=self._runs(),
            inspections=inspection_rows(self.round, self.seen, self.rules),
            corrected=select_corrected(list_inspected_figures(self.round, self.seen)),
            seed=self.round.proceedings.seed,
            inspection_share=self.rules.committee.inspection_share.value,
            rules=list_bases(self.rules),
            inputs=(*self.round.inputs, *opened.rulebook.inputs) if everything else (),
            package=__version__,
        )

    def _runs(self) -> int:
        return min(MAX_RUNS, max(MIN_RUNS, TARGET_SITTINGS // max(len(self.cards), 1)))

    def _plans(self) -> tuple[PanelPlanRow, ...]:
        seed = int.from_bytes(sha256_raw(self.round.proceedings.seed.encode())[:4], "big")
        applicants = max(len(self.cards), 1)
        most = self.rules.committee.members_at_most.value
        fared = [
            simulate_panel(
                PanelPlan(members=size, conflicts=PLAN_CONFLICTS, absences=PLAN_ABSENCES, applicants=applicants),
                self.rules,
                seed,
                self._runs(),
            )
            for size in PLANNED_MEMBERS
            if size <= most
        ]
        return tuple(plan_row(one) for one in fared)


def measure_agreement(table: MarksTable) -> list[Agreement | NotComputed]:
    """Return every measure of agreement over a table of marks, in the order of the page."""
    targets = table.targets()
    means = table.of_applicant() if table.marks.size else targets
    figures: list[Agreement | NotComputed] = [
        *icc(targets),
        *(krippendorff_alpha(targets, metric) for metric in Metric),
    ]
    figures += [kendall_w(means), kendall_w(means, ties=False)]
    counts = count_categories(targets)
    figures.append(fleiss_kappa(counts))
    return figures
