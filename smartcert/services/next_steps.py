"""Which next steps do the pages and the letter of one applicant show?"""

from __future__ import annotations

from smartcert.evaluation.improvement import find_next_steps
from smartcert.model.evaluation import Evaluation
from smartcert.model.improvement import NextSteps


def find_cached_next_steps(evaluation: Evaluation) -> NextSteps:
    """Return what `find_next_steps` does; the last are cached: pages and letters of one record need the same."""
    if not _LAST_STEPS or _LAST_STEPS[0][0] is not evaluation:
        _LAST_STEPS[:] = [(evaluation, find_next_steps(evaluation))]
    return _LAST_STEPS[0][1]


_LAST_STEPS: list[tuple[Evaluation, NextSteps]] = []
