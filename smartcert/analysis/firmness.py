"""How firm is a level? The analysis of `uncertainty.confidence`, with nothing of one applicant left to another.

No level's firmness changes because another application did: every applicant has the draws that it would have alone,
and points that follow from a rank stay those of the rank. Which draws are made follows from the seed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from smartcert.analysis.arrays import Floats, RoundArrays, from_candidates
from smartcert.analysis.monte_carlo import Plan, SeparateDraws, WeightRange
from smartcert.evaluation.scales import score_rank
from smartcert.evaluation.scoring import build_candidate
from smartcert.model.evaluation import Evaluation, IndicatorScore
from smartcert.model.firmness import Firmness, LevelShare
from smartcert.model.indicator import RankScale
from smartcert.reporting.records import Record
from smartcert.services.rounds import OpenRound

DRAWS = 1000
"""How many simulations a report rests on: a share of them is known to ± 3 points of a hundred, 95 times in 100."""


def add_firmness(record: Record, opened: OpenRound) -> Record:
    """Return an applicant's record with the firmness of its level; unchanged where there is none to be simulated."""
    return replace(record, firmness=simulate_levels(opened, [record.evaluation]).get(record.evaluation.id))


def simulate_levels(
    opened: OpenRound, evaluations: Iterable[Evaluation], draws: int = DRAWS, plan: Plan | None = None
) -> dict[str, Firmness]:
    """Return by id how firm each computed level is; without those that were not scored, or whose place decides.

    What is returned of one does not depend on which others are simulated with it.
    """
    scored = [
        evaluation for evaluation in evaluations if evaluation.level is not None and evaluation.level.placing is None
    ]
    chosen, firmness = plan or Plan(), {}
    for size_type in {evaluation.size_type: True for evaluation in scored}:
        own = [evaluation for evaluation in scored if evaluation.size_type == size_type]
        arrays = build_arrays(opened, own)
        results = SeparateDraws(arrays, chosen, _fix_ranks(arrays, own)).run(draws, threads=1, chunk=draws)
        for row, name in enumerate(arrays.ids):
            firmness[name] = _count_levels(results.levels[:, row], chosen, arrays.grades[row])
    return firmness


def build_arrays(opened: OpenRound, evaluations: Sequence[Evaluation]) -> RoundArrays:
    """Return the arrays of some scored applicants of one class, in the order of their ids, with its own scales."""
    candidates = []
    for evaluation in evaluations:
        assert evaluation.size_type is not None  # noqa: S101  # for the type checker: it was scored
        population = evaluation.applicant.population
        residents = population.residents if population else None
        application = opened.application(evaluation.id)
        candidates.append(
            build_candidate(application, evaluation.size_type, residents, opened.round.committee, opened.rules)
        )
    arrays = from_candidates(candidates, opened.round.committee, opened.rules)
    return replace(arrays, edition=arrays.edition.for_class(evaluations[0].size_type or ""))


def _fix_ranks(arrays: RoundArrays, evaluations: Iterable[Evaluation]) -> dict[int, Floats]:
    """Return the shares (1, A) of each column whose points follow from a rank, as the evaluation has them."""
    scores = {
        evaluation.id: {score.id: score for score in evaluation.scorecard.indicators()}
        for evaluation in evaluations
        if evaluation.scorecard
    }
    return {
        column: np.array([[_share_of_rank(scores[applicant][name]) for applicant in arrays.ids]])
        for column, name in enumerate(arrays.names)
        if isinstance(arrays.indicators[column].scale, RankScale)
    }


def _share_of_rank(score: IndicatorScore) -> float:
    scale, rank, of, full = score.indicator.scale, score.confirmed.rank, score.confirmed.of, score.indicator.full
    if not isinstance(scale, RankScale) or rank is None or of is None or not full:
        return 0.0
    return float(score_rank(scale, rank, of).points / full)


def _count_levels(levels: NDArray[np.int8], plan: Plan, grades: NDArray[np.object_]) -> Firmness:
    counts: Mapping[int, int] = Counter(levels.tolist())
    sizes = [Fraction(repr(plan.errors[grade].relative)) for grade in {*grades.tolist()}] if plan.errors else []
    weights = plan.weights or WeightRange(amount=0)
    return Firmness(
        draws=len(levels),
        seed=plan.seed,
        spread=Fraction(repr(weights.amount)) / 100,
        lower=min(sizes, default=Fraction(0)),
        upper=max(sizes, default=Fraction(0)),
        levels=tuple(LevelShare(level=level, share=Fraction(counts[level], len(levels))) for level in sorted(counts)),
    )
