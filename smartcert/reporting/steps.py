"""How many applications came how far: the steps of a round, counted once for charts and tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from smartcert.model.applicant import SizeType
from smartcert.model.evaluation import Evaluation, Stage

Step = Literal["received", "eligible", "in_time", "complete", "evaluated", "certified"]
STEPS: tuple[Step, ...] = ("received", "eligible", "in_time", "complete", "evaluated", "certified")
Size = SizeType | None
"""A size type, or None where the application ended before it was settled."""

_PASSED: Mapping[Stage, int] = {
    Stage.ELIGIBILITY: 1,
    Stage.RECEIPT: 2,
    Stage.DOCUMENTS: 3,
    Stage.SCORING: 4,
    Stage.EVALUATED: 5,
}


def steps(evaluation: Evaluation) -> tuple[Step, ...]:
    """Return the steps that an application passed, the first one for every application."""
    return STEPS[: _PASSED[evaluation.stage] + (1 if evaluation.certified else 0)]


def size_key(size: Size) -> str:
    """Return the key under which a chart's words name a size type."""
    return f"chart.size.{size.value if size is not None else 'unknown'}"


def counts(evaluations: Iterable[Evaluation]) -> dict[Step, int]:
    """Return how many applications passed each step."""
    found = dict.fromkeys(STEPS, 0)
    for evaluation in evaluations:
        for step in steps(evaluation):
            found[step] += 1
    return found
