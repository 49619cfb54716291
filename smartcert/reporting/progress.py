"""How far the applications of a round came: its steps, counted for charts, tables and the press."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from smartcert.model.applicant import SizeType
from smartcert.model.evaluation import Evaluation, Stage

ProgressStep = Literal["received", "eligible", "in_time", "complete", "evaluated", "certified"]
PROGRESS_STEPS: tuple[ProgressStep, ...] = ("received", "eligible", "in_time", "complete", "evaluated", "certified")
SizeOrUnknown = SizeType | None
"""A size type, or None where the application ended before its size type was determined."""

_STEPS_PASSED: Mapping[Stage, int] = {
    Stage.ELIGIBILITY: 1,
    Stage.RECEIPT: 2,
    Stage.DOCUMENTS: 3,
    Stage.SCORING: 4,
    Stage.EVALUATED: 5,
}
"""How many steps an application passed that ended in a stage; being certified is one more."""


def list_steps_passed(evaluation: Evaluation) -> tuple[ProgressStep, ...]:
    """Return the steps that an application passed, in their order; every application passed the first."""
    return PROGRESS_STEPS[: _STEPS_PASSED[evaluation.stage] + (1 if evaluation.certified else 0)]


def count_steps(evaluations: Iterable[Evaluation]) -> dict[ProgressStep, int]:
    """Return for every step, in their order, how many applications passed it."""
    counts = dict.fromkeys(PROGRESS_STEPS, 0)
    for evaluation in evaluations:
        for step in list_steps_passed(evaluation):
            counts[step] += 1
    return counts


def size_key(size: SizeOrUnknown) -> str:
    """Return the key of the catalogue under which charts and tables name a size type."""
    return f"chart.size.{size.value if size is not None else 'unknown'}"
