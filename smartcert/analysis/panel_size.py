"""How many evaluators it takes to tell the certified from the next level, and how a planned committee would fare."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

import numpy as np

from smartcert.analysis.agreement import Refused
from smartcert.analysis.distributions import normal_quantile
from smartcert.analysis.rescoring import Rescoring, marks_of
from smartcert.evaluation.sitting import fewest
from smartcert.model.scorecard import Scorecard
from smartcert.rules.rulebook import Rules

FEWEST_APPLICANTS = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class PanelSize:
    """How many evaluators tell a total that lies ``distance`` from the bound from one on the other side of it."""

    distance: Fraction
    evaluators: int


@dataclass(frozen=True, kw_only=True, slots=True)
class PanelSizes:
    """``spread`` is the standard deviation, in points, of the totals that single evaluators would have given."""

    bound: Fraction
    level: int
    spread: float
    confidence: float
    applicants: int
    sizes: tuple[PanelSize, ...]


def own_totals(card: Scorecard, rescoring: Rescoring) -> dict[str, Fraction]:
    """Return the total that each evaluator who marked everything would alone have given."""
    marks = marks_of(card)
    judged = {one for given in marks.values() for one in given}
    return {
        evaluator: rescoring.total(card, {indicator: given[evaluator] for indicator, given in marks.items()})
        for evaluator in sorted(judged)
        if all(evaluator in given for given in marks.values())
    }


def panel_sizes(
    cards: Mapping[str, Scorecard],
    rules: Rules,
    rescoring: Rescoring,
    distances: tuple[Fraction, ...],
    confidence: float = 0.90,
) -> PanelSizes | Refused:
    """Return how many evaluators each distance from the bound of certification needs.

    From the observed spread of single evaluators' totals of the same applicant, pooled; the mean of k evaluators is
    taken as normal with this spread / sqrt(k), on one side: k >= (z x spread / distance) ^ 2.
    """
    groups = [[float(total) for total in own_totals(card, rescoring).values()] for card in cards.values()]
    groups = [group for group in groups if len(group) >= 2]
    if len(groups) < FEWEST_APPLICANTS:
        return Refused(form="panel size", targets=len(groups), evaluators=0, reason="too_few_targets")
    within = sum(float(np.var(group, ddof=1)) * (len(group) - 1) for group in groups)
    spread = float(np.sqrt(within / sum(len(group) - 1 for group in groups)))
    level = rules.levels.certified_from.value
    out_of = next(iter(cards.values())).out_of
    z = normal_quantile(confidence)
    return PanelSizes(
        bound=rules.levels.bounds[level].value * out_of / 100,
        level=level,
        spread=spread,
        confidence=confidence,
        applicants=len(groups),
        sizes=tuple(
            PanelSize(distance=distance, evaluators=max(1, ceil((z * spread / float(distance)) ** 2)))
            for distance in distances
            if distance > 0
        ),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """A committee to be: members, share of conflicts per member and applicant, share of absences per sitting."""

    members: int
    conflicts: Fraction
    absences: Fraction
    applicants: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Fared:
    """How a plan fared: shares of sittings without quorum and of those with too few marks to trim or to judge."""

    plan: Plan
    runs: int
    without_quorum: float
    not_trimmed: float
    not_judged: float
    every_quorum: float
    """In how many of the runs every applicant's sitting had its quorum."""


def simulate(plan: Plan, rules: Rules, seed: int, runs: int = 2000) -> Fared:
    """Return how a planned committee fares against conflicts and absences, drawn ``runs`` times from ``seed``.

    A member with a conflict or absent is not present at that applicant and gives no marks. The same seed gives the
    same result.
    """
    random = np.random.default_rng(seed)
    shape = (runs, plan.applicants, plan.members)
    free = random.random(shape) >= float(plan.conflicts)
    there = random.random(shape) >= float(plan.absences)
    present = (free & there).sum(axis=2)
    rule = rules.scoring.combination.value
    enough = present >= fewest(rules.committee.quorum.value, plan.members)
    return Fared(
        plan=plan,
        runs=runs,
        without_quorum=float(1 - enough.mean()),
        not_trimmed=float((present < rule.at_least).mean()),
        not_judged=float((present < rule.fewest).mean()),
        every_quorum=float(enough.all(axis=1).mean()),
    )
