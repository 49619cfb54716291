"""How far the applications of a round came: its steps and outcomes, counted for charts, tables and the press."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from smartcert.lazy_dataclass import dataclass
from smartcert.model.evaluation import Evaluation, Stage
from smartcert.model.outcome import Outcome, OutcomeStage, Result

ProgressStep = Literal["received", "eligible", "in_time", "complete", "evaluated", "decided", "certified"]
PROGRESS_STEPS: tuple[ProgressStep, ...] = (
    *("received", "eligible", "in_time", "complete"),
    *("evaluated", "decided", "certified"),
)
SizeOrUnknown = str | None
"""A class (of cities: a size type), or None where the application ended before its class was determined."""

_STEPS_PASSED: Mapping[Stage, int] = {
    Stage.ELIGIBILITY: 1,
    Stage.RECEIPT: 2,
    Stage.DOCUMENTS: 3,
    Stage.SCORING: 4,
    Stage.EVALUATED: 5,
}
"""How many steps an application passed that ended in a stage; being decided is one more, and certified another."""
_STAGES_BEFORE_EVALUATION = tuple(OutcomeStage(stage.value) for stage in Stage if stage is not Stage.EVALUATED)


@dataclass(frozen=True, kw_only=True, slots=True)
class StepCount:
    """How many applications passed one step."""

    step: ProgressStep
    count: int


@dataclass(frozen=True, kw_only=True, slots=True)
class RoundCounts:
    """How many applications there are and what became of them.

    ``certified``, ``not_certified``, ``pending``, ``on_hold`` and ``excluded`` add up to ``received``.
    """

    received: int
    evaluated: int
    meets_criteria: int
    """Evaluated ones whose computed level is one that is certified, whatever was decided."""
    decided_otherwise: int
    """Decided ones whose decided level is not the computed one."""
    certified: int
    not_certified: int
    pending: int
    """Evaluated ones without a decision that counts."""
    on_hold: int
    """Those that are not evaluated and may still be."""
    excluded: int

    @property
    def decided(self) -> int:
        """How many decisions count."""
        return self.certified + self.not_certified

    @property
    def before_decision(self) -> bool:
        """Whether there are computed levels and no decision on any of them."""
        return self.evaluated > 0 and self.decided == 0


def list_steps_passed(evaluation: Evaluation, outcome: Outcome) -> tuple[ProgressStep, ...]:
    """Return the steps that an application passed, in their order; every application passed the first."""
    decided = outcome.level is not None
    return PROGRESS_STEPS[: _STEPS_PASSED[evaluation.stage] + decided + outcome.certified]


def count_steps(pairs: Iterable[tuple[Evaluation, Outcome]]) -> tuple[StepCount, ...]:
    """Return for every step, in their order, how many applications passed it."""
    counts = Counter(step for evaluation, outcome in pairs for step in list_steps_passed(evaluation, outcome))
    return tuple(StepCount(step=step, count=counts[step]) for step in PROGRESS_STEPS)


def count_outcomes(outcomes: Sequence[Outcome]) -> RoundCounts:
    """Return how many applications there are, and how many of each outcome."""
    results = Counter((outcome.result, outcome.evaluated) for outcome in outcomes)
    return RoundCounts(
        received=len(outcomes),
        evaluated=sum(outcome.evaluated for outcome in outcomes),
        meets_criteria=sum(outcome.meets_criteria for outcome in outcomes),
        decided_otherwise=sum(outcome.decided_otherwise for outcome in outcomes),
        certified=results[Result.CERTIFIED, True],
        not_certified=results[Result.NOT_CERTIFIED, True],
        pending=results[Result.OPEN, True],
        on_hold=results[Result.OPEN, False],
        excluded=results[Result.EXCLUDED, False],
    )


def count_stopped(outcomes: Sequence[Outcome]) -> tuple[tuple[OutcomeStage, int, int], ...]:
    """Return for each stage before the end of evaluation how many are excluded there, and how many are on hold."""
    stopped = Counter((outcome.stage, outcome.result) for outcome in outcomes if not outcome.evaluated)
    return tuple(
        (stage, stopped[stage, Result.EXCLUDED], stopped[stage, Result.OPEN]) for stage in _STAGES_BEFORE_EVALUATION
    )


def size_key(size: SizeOrUnknown) -> str:
    """Return the key of the catalogue under which charts and tables name a size type."""
    return f"chart.size.{size or 'unknown'}"
