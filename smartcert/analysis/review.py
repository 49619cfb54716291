"""The whole review of one committee for one reader: every analysis of this room as the record of a page."""

from __future__ import annotations

from fractions import Fraction
from hashlib import sha256

from smartcert import __version__
from smartcert.analysis import review_held as held
from smartcert.analysis import review_rows as rows
from smartcert.analysis.adjusted import adjusted
from smartcert.analysis.agreement import Agreement, Refused
from smartcert.analysis.attention import attention
from smartcert.analysis.concordance import categories, fleiss_kappa, kendall_w
from smartcert.analysis.discussion import discussion_effects
from smartcert.analysis.icc import icc
from smartcert.analysis.influence import decides, differs
from smartcert.analysis.inspection_protocol import corrected, protocol
from smartcert.analysis.krippendorff import Metric, alpha
from smartcert.analysis.marks_table import MarksTable, cards, marks_table, readable
from smartcert.analysis.panel_size import Plan, panel_sizes, simulate
from smartcert.analysis.rescoring import Rescoring
from smartcert.analysis.review_inspection import inspection_rows
from smartcert.analysis.severity import severity
from smartcert.errors import UsageError, suggestion
from smartcert.evaluation.committee import labels
from smartcert.evaluation.conflicts import judged_on
from smartcert.evaluation.proceedings import proceedings_findings
from smartcert.evaluation.sitting import sittings
from smartcert.reporting.committee_record import CommitteeRecord
from smartcert.reporting.committee_rows import PlanRow
from smartcert.rounds import OpenRound

DISTANCES = tuple(map(Fraction, (10, 20, 30, 50, 100)))
"""Points from the bound for which a panel's size is told."""
PLANS = range(5, 10)
PLAN_CONFLICTS, PLAN_ABSENCES = Fraction(1, 10), Fraction(1, 10)
MOST_RUNS, FEWEST_RUNS, SITTINGS = 2000, 200, 100_000
"""The simulation draws about so many sittings: fewer runs where there are many applicants."""


def review(opened: OpenRound, reader: str = "") -> CommitteeRecord:
    """Return the record of a review for a reader: the id of an evaluator, or empty for operating body and chair.

    An evaluator gets no figure that depends on the marks of an applicant that this evaluator does not judge, no list of
    other members' interests, and of single marks only the own ones.

    Raises:
        UsageError: the round has no such evaluator.
    """
    label = labels(opened.round.committee)
    if reader and reader not in label:
        raise UsageError(f"no evaluator '{reader}' in round '{opened.round.id}'{suggestion(reader, label)}")
    return _Review(opened, label[reader] if reader else "", reader).record()


class _Review:
    def __init__(self, opened: OpenRound, reader: str, reader_id: str) -> None:
        self.opened, self.reader = opened, reader
        self.round, self.rules = opened.round, opened.rules
        self.seen = readable(opened.round, opened.evaluations, reader_id)
        self.cards = cards(self.seen)
        self.table = marks_table(opened.round, self.seen)
        self.rescoring = Rescoring(opened.rules)
        self.severity = severity(self.table.targets(), self.table.evaluators)

    def record(self) -> CommitteeRecord:
        opened, everything = self.opened, not self.reader
        ids = {one.id for one in self.seen}
        effects = discussion_effects(self.round, self.cards, self.rescoring)
        panel = panel_sizes(self.cards, self.rules, self.rescoring, DISTANCES)
        fitted = None if isinstance(self.severity, Refused) else self.severity
        applications = [one for one in self.round.applications if one.id in ids]
        drifts = rows.drifts(self.table, fitted, self.round)
        listed = attention(applications, self.seen, effects, self.rules) if everything else ()
        return CommitteeRecord(
            round=opened.facts,
            names={one.id: one.applicant.name for one in self.seen},
            indicators={one.id: one.name for one in self.rules.edition.indicators()},
            evaluators=self.table.evaluators,
            reader=self.reader,
            left_out=len(opened.evaluations) - len(self.seen),
            judged_on=judged_on(self.round),
            evaluated=len(self.cards),
            findings=proceedings_findings(self.round, opened.evaluations, self.rules.committee) if everything else (),
            agreement=tuple(rows.figure(one) for one in agreement(self.table)),
            rows=rows.evaluator_rows(self.table, fitted, drifts, self.cards, self.round),
            severity_refused=self.severity.reason if isinstance(self.severity, Refused) else "",
            drift_refused=rows.drift_reason(drifts),
            residual_sd=rows.digits(fitted.residual_sd) if fitted else None,
            usual_within=rows.usual_within(self.table),
            stands_out=rows.stands_out(self.table, fitted, self.reader),
            wide=rows.wide(self.cards, self.rules),
            decides=rows.decides_rows(decides(self.cards, self.rescoring)),
            methods=rows.method_rows(differs(self.cards, self.rules, self.rescoring)),
            adjusted=rows.adjusted_rows(adjusted(self.cards, fitted, self.rules, self.rescoring)) if fitted else (),
            effects=held.effect_rows(effects) if everything else (),
            discussed=held.discussed_rows(self.round, ids, self.reader),
            sittings=held.sitting_rows(sittings(self.round, self.rules.committee), ids, self.round),
            decisions=held.decision_rows(self.round, self.seen),
            attention=held.attention_rows(listed),
            panel=held.panel_rows(panel),
            panel_refused=panel.reason if isinstance(panel, Refused) else "",
            panel_bound=None if isinstance(panel, Refused) else panel.bound,
            panel_level=self.rules.levels.certified_from.value,
            panel_spread=None if isinstance(panel, Refused) else rows.digits(panel.spread),
            panel_confidence=Fraction(9, 10),
            plans=self._plans(),
            plan_conflicts=PLAN_CONFLICTS,
            plan_absences=PLAN_ABSENCES,
            plan_runs=self._runs(),
            inspections=inspection_rows(self.round, self.seen, self.rules),
            corrected=corrected(protocol(self.round, self.seen)),
            seed=self.round.proceedings.seed,
            inspection_share=self.rules.committee.inspection_share.value,
            rules=held.bases(self.rules),
            inputs=(*self.round.inputs, *opened.rulebook.inputs) if everything else (),
            package=__version__,
        )

    def _runs(self) -> int:
        return min(MOST_RUNS, max(FEWEST_RUNS, SITTINGS // max(len(self.cards), 1)))

    def _plans(self) -> tuple[PlanRow, ...]:
        seed = int.from_bytes(sha256(self.round.proceedings.seed.encode()).digest()[:4], "big")
        applicants = max(len(self.cards), 1)
        most = self.rules.committee.members_at_most.value
        fared = [
            simulate(
                Plan(members=size, conflicts=PLAN_CONFLICTS, absences=PLAN_ABSENCES, applicants=applicants),
                self.rules,
                seed,
                self._runs(),
            )
            for size in PLANS
            if size <= most
        ]
        return tuple(held.plan_row(one) for one in fared)


def agreement(table: MarksTable) -> list[Agreement | Refused]:
    """Return every measure of agreement over a table of marks, in the order of the page."""
    targets = table.targets()
    means = table.of_applicant() if table.marks.size else targets
    figures: list[Agreement | Refused] = [*icc(targets), *(alpha(targets, metric) for metric in Metric)]
    figures += [kendall_w(means), kendall_w(means, ties=False)]
    counts = categories(targets)
    figures.append(fleiss_kappa(counts))
    return figures
