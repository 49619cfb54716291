"""What to do next in rows: which value in place of which, for how many points, and whether the next level follows."""

from __future__ import annotations

from smartcert.lazy_dataclass import dataclass
from smartcert.model.evaluation import IndicatorScore, Scorecard
from smartcert.model.improvement import Improvement, ImprovementPlan, NextSteps, Target
from smartcert.reporting import formats as figures
from smartcert.reporting.applicant.tables import format_total_change
from smartcert.reporting.applicant.verdict import classify_gain, describe_current, describe_value
from smartcert.reporting.catalogue import Words
from smartcert.reporting.formats import total_amount


@dataclass(frozen=True, kw_only=True, slots=True)
class ImprovementRow:
    """One indicator: its kind of effort, its value now, and the values that would earn more with what they add.

    ``alone`` is the value with which the next level is reached by this indicator alone, empty where there is none.
    """

    id: str
    name: str
    effort: str
    now: str
    alone: str
    alone_gain: str
    best: str
    best_gain: str


@dataclass(frozen=True, kw_only=True, slots=True)
class StepRow:
    """One step of a plan: an indicator, its value now, the value that it takes, and what it adds to the total."""

    id: str
    name: str
    now: str
    target: str
    gain: str


@dataclass(frozen=True, kw_only=True, slots=True)
class DeclineRow:
    """One value that lowers the level: the indicator, its value now, the other one, and what follows from it."""

    id: str
    name: str
    now: str
    target: str
    change: str
    level: str


def build_improvement_rows(steps: NextSteps, card: Scorecard, words: Words) -> list[ImprovementRow]:
    """Return a row per improvement in the order given, which is that of the points gained."""
    return [_build_row(improvement, card, words) for improvement in steps.improvements]


def _build_row(improvement: Improvement, card: Scorecard, words: Words) -> ImprovementRow:
    score, alone = improvement.score, improvement.alone
    return ImprovementRow(
        id=figures.sanitise_text(score.id),
        name=words.show(score.indicator.name, "text"),
        effort=words(f"next.group.{classify_gain(score)}"),
        now=_describe_now(score, words),
        alone=_describe_target(score, alone, words) if alone else "",
        alone_gain=format_total_change(alone.gain, card) if alone else "",
        best=_describe_target(score, improvement.best, words),
        best_gain=format_total_change(improvement.best.gain, card),
    )


def build_step_rows(plan: ImprovementPlan, card: Scorecard, words: Words) -> list[StepRow]:
    """Return a row per step of a plan, in its order; each ``gain`` is what the step adds to those before it."""
    return [
        StepRow(
            id=figures.sanitise_text(score.id),
            name=words.show(score.indicator.name, "text"),
            now=_describe_now(score, words),
            target=_describe_target(score, target, words),
            gain=format_total_change(target.gain, card),
        )
        for score, target in plan.steps
    ]


def build_decline_rows(steps: NextSteps, card: Scorecard, words: Words) -> list[DeclineRow]:
    """Return a row per decline in the order given, which is that of the points lost."""
    return [
        DeclineRow(
            id=figures.sanitise_text(decline.score.id),
            name=words.show(decline.score.indicator.name, "text"),
            now=_describe_now(decline.score, words),
            target=_describe_target(decline.score, decline.target, words),
            change=format_total_change(decline.target.gain, card),
            level=words("unit.level", level=decline.target.level),
        )
        for decline in steps.declines
    ]


def describe_plan(plan: ImprovementPlan, card: Scorecard, words: Words) -> str:
    """Return how many indicators the plan takes, its total and its level, in one sentence."""
    return words("next.plan", count=len(plan.steps), level=plan.level, total=total_amount(card, plan.total))


def _describe_now(score: IndicatorScore, words: Words) -> str:
    rank = score.confirmed.rank
    now = describe_current(score, words)
    return now if rank is None else words("next.now_rank", value=now, rank=rank)


def _describe_target(score: IndicatorScore, target: Target, words: Words) -> str:
    """Return a better value with its unit, a mark, or a rank within the size type."""
    if target.value is None:
        return words("next.rank", rank=target.rank or 1)
    return describe_value(score, target.value, words)
