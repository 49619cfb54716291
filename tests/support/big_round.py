"""A big invented round for speed and sampling: the example's figures and marks, shaken, for many applicants."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction
from functools import cache

from smartcert.analysis.arrays import RoundArrays, from_candidates
from smartcert.evaluation.scoring import Candidate, build_candidate, check_scorable
from smartcert.model.applicant import SizeType
from smartcert.model.application import Application, Evaluator, Mark, Measurement
from smartcert.model.indicator import CountScale, Indicator, YesNoScale
from tests.support.build import example, rules_of_2023

COMMITTEE = tuple(Evaluator(id=f"V{n}", name=f"V{n}") for n in range(1, 10))


@cache
def big_candidates(applicants: int = 243, seed: int = 53) -> tuple[Candidate, ...]:
    """Return candidates with 53 indicators and nine evaluators, none of whom the edition refuses."""
    rng = random.Random(seed)
    rules = rules_of_2023()
    scored = {one.id: one for one in example().evaluations if one.scorecard is not None}
    models = [one for one in example().round.applications if one.id in scored]
    made = []
    for number in range(applicants):
        application = _shaken(rng.choice(models), f"a{number:03}", rng)
        size = SizeType.LARGE if number % 3 == 0 else SizeType.SMALL_MEDIUM
        made.append(build_candidate(application, size, rng.randint(30_000, 2_000_000), COMMITTEE, rules))
    assert not any(check_scorable(one, rules) for one in made)
    return tuple(made)


@cache
def big_arrays(applicants: int = 243, seed: int = 53) -> RoundArrays:
    return from_candidates(big_candidates(applicants, seed), COMMITTEE, rules_of_2023())


def _shaken(model: Application, name: str, rng: random.Random) -> Application:
    talent = rng.gauss(0.6, 0.5)
    indicators = {one.id: one for one in rules_of_2023().edition.indicators()}
    measurements = {key: _measured(one, indicators[key], rng) for key, one in model.measurements.items()}
    marks = tuple(
        Mark(indicator=key, evaluator=judge.id, value=_mark(talent, rng))
        for key, one in indicators.items()
        if one.kind.value == "qualitative"
        for judge in COMMITTEE
    )
    return replace(model, id=name, measurements=measurements, inspections={}, marks=marks, exclusions=())


def _mark(talent: float, rng: random.Random) -> Fraction | None:
    return None if rng.random() < 0.03 else Fraction(min(5, max(1, round(rng.gauss(3.2 + talent, 0.8)))))


def _measured(one: Measurement, indicator: Indicator, rng: random.Random) -> Measurement:
    if not isinstance(one.desk, Fraction):
        return one
    value = one.desk
    if isinstance(indicator.scale, YesNoScale):
        value = Fraction(rng.random() < 0.7)
    elif isinstance(indicator.scale, CountScale):
        value = Fraction(max(0, int(value) + rng.randint(-2, 2)))
    else:
        value *= Fraction(rng.randint(70, 130), 100)
    limits = indicator.limits
    low, high = limits.at_least, limits.at_most
    value = max(value, low) if low is not None else value
    value = min(value, high) if high is not None else value
    return replace(one, claimed=value, desk=value)
