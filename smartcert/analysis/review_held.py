"""Discussion, votes, decisions, the chair's list, panels and rules as rows of the record."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from smartcert.analysis.agreement import Refused
from smartcert.analysis.attention import Attention
from smartcert.analysis.discussion import DiscussionEffect
from smartcert.analysis.panel_size import Fared, PanelSizes
from smartcert.evaluation.committee import labels
from smartcert.evaluation.sitting import Sitting
from smartcert.model.application import Round
from smartcert.model.citation import Basis
from smartcert.model.evaluation import Evaluation
from smartcert.reporting import committee_rows as record
from smartcert.rules.rulebook import Rules


def effect_rows(found: Iterable[DiscussionEffect]) -> tuple[record.EffectRow, ...]:
    """Return the effect of the discussion by applicant."""
    return tuple(
        record.EffectRow(
            applicant=one.applicant,
            changes=one.changes,
            points_before=one.points_before,
            points=one.points,
            level_before=one.level_before,
            level=one.level,
        )
        for one in found
    )


def discussed_rows(round_: Round, ids: set[str], reader: str) -> tuple[record.DiscussedRow, ...]:
    """Return every change and opinion in its order; an evaluator is shown the own ones only."""
    label = labels(round_.committee)
    return tuple(
        record.DiscussedRow(
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
    label = labels(round_.committee)
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


def panel_rows(found: PanelSizes | Refused) -> tuple[record.PanelRow, ...]:
    """Return how many evaluators each distance needs; nothing where it is refused."""
    if isinstance(found, Refused):
        return ()
    return tuple(record.PanelRow(distance=one.distance, evaluators=one.evaluators) for one in found.sizes)


def plan_row(one: Fared) -> record.PlanRow:
    """Return how one plan fared."""
    return record.PlanRow(
        members=one.plan.members,
        without_quorum=Fraction(f"{one.without_quorum:.4f}"),
        not_trimmed=Fraction(f"{one.not_trimmed:.4f}"),
        not_judged=Fraction(f"{one.not_judged:.4f}"),
        every_quorum=Fraction(f"{one.every_quorum:.4f}"),
    )


def bases(rules: Rules) -> tuple[Basis, ...]:
    """Return every rule that a review rests on, by name."""
    committee = [getattr(rules.committee, name) for name in type(rules.committee).__dataclass_fields__]
    scoring = [rules.scoring.combination, rules.scoring.mark_scale, rules.scoring.confirmed_counts]
    held = [rule.basis for rule in (*committee, *scoring)] + [rules.edition.basis]
    return tuple(sorted(held, key=lambda basis: basis.name))
