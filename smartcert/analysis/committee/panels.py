"""How many evaluators; who judges whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Any

import numpy as np

from smartcert.analysis.committee.agreement import NotComputed, normal_quantile
from smartcert.analysis.committee.influence import Rescoring, collect_marks
from smartcert.errors import UsageError
from smartcert.evaluation.committee import count_members, list_free_members, minimum_count
from smartcert.model.application import Application, Round
from smartcert.model.committee import Assignment
from smartcert.model.evaluation import Scorecard
from smartcert.rules.rulebook import Rules

# --- How many evaluators it takes to tell the certified from the next level, and how a planned committee would fare.

MIN_APPLICANTS = 5


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


def single_evaluator_totals(card: Scorecard, rescoring: Rescoring) -> dict[str, Fraction]:
    """Return the total that each evaluator who marked everything would alone have given."""
    marks = collect_marks(card)
    judged = {one for given in marks.values() for one in given}
    return {
        evaluator: rescoring.total(card, {indicator: given[evaluator] for indicator, given in marks.items()})
        for evaluator in sorted(judged)
        if all(evaluator in given for given in marks.values())
    }


def estimate_panel_sizes(
    cards: Mapping[str, Scorecard],
    rules: Rules,
    rescoring: Rescoring,
    distances: tuple[Fraction, ...],
    confidence: float = 0.90,
) -> PanelSizes | NotComputed:
    """Return how many evaluators each distance from the bound of certification needs.

    From the observed spread of single evaluators' totals of the same applicant, pooled; the mean of k evaluators is
    taken as normal with this spread / sqrt(k), on one side: k >= (z x spread / distance) ^ 2.
    """
    groups = [[float(total) for total in single_evaluator_totals(card, rescoring).values()] for card in cards.values()]
    groups = [group for group in groups if len(group) >= 2]
    if len(groups) < MIN_APPLICANTS:
        return NotComputed(form="panel size", targets=len(groups), evaluators=0, reason="too_few_targets")
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
class PanelPlan:
    """A committee to be: members, share of conflicts per member and applicant, share of absences per sitting."""

    members: int
    conflicts: Fraction
    absences: Fraction
    applicants: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Fared:
    """How a plan fared: shares of sittings without quorum and of those with too few marks to trim or to judge."""

    plan: PanelPlan
    runs: int
    without_quorum: float
    not_trimmed: float
    not_judged: float
    every_quorum: float
    """In how many of the runs every applicant's sitting had its quorum."""


def simulate_panel(plan: PanelPlan, rules: Rules, seed: int, runs: int = 2000) -> Fared:
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
    enough = present >= minimum_count(rules.committee.quorum.value, plan.members)
    return Fared(
        plan=plan,
        runs=runs,
        without_quorum=float(1 - enough.mean()),
        not_trimmed=float((present < rule.at_least).mean()),
        not_judged=float((present < rule.fewest).mean()),
        every_quorum=float(enough.all(axis=1).mean()),
    )


# --- Proposes who judges whom: as many seats as wanted, the quorum first, the field of the evaluator, loads kept even.

_SOURCE, _SINK = ("source", ""), ("sink", "")


@dataclass(frozen=True, kw_only=True, slots=True)
class QuorumShortfall:
    """An applicant who does not get its quorum: how many seats it has, needs, and how many members are free for it.

    ``kept`` are the labels of members who do not judge it; where ``able`` reaches ``needed``, loads are the reason.
    """

    applicant: str
    seats: int
    needed: int
    able: int
    kept: tuple[str, ...]

    @property
    def by_conflicts(self) -> bool:
        """Whether conflicts alone keep it from the quorum."""
        return self.able < self.needed


@dataclass(frozen=True, kw_only=True, slots=True)
class AssignmentProposal:
    """The seats proposed, those who stay short of the quorum, and the load of each evaluator."""

    assignments: tuple[Assignment, ...]
    short: tuple[QuorumShortfall, ...]
    loads: Mapping[str, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class AssignmentTargets:
    """What an assignment should come to: seats per applicant (0: all who are free), the most applicants per evaluator.

    ``fields`` names words of an evaluator's field that suit an applicant, by applicant's id.
    """

    seats: int = 0
    load: int = 0
    fields: Mapping[str, tuple[str, ...]] | None = None


def propose_assignment(
    round_: Round, names: tuple[str, ...], rules: Rules, wish: AssignmentTargets
) -> AssignmentProposal:
    """Return a proposal for the applicants of ``names``. The order of rows does not matter.

    Raises:
        UsageError: the solver is not installed.
    """
    nx = _import_solver()
    applications = {one.id: one for one in round_.applications if one.id in names}
    able = {name: list_free_members(one, round_) for name, one in sorted(applications.items())}
    needed = {
        name: minimum_count(rules.committee.quorum.value, count_members(one, round_, rules.committee))
        for name, one in applications.items()
    }
    graph = _build_network(nx, round_, able, needed, wish)
    _, flow = nx.network_simplex(graph)
    seats = _read_seats(flow, able)
    return AssignmentProposal(
        assignments=tuple(
            Assignment(applicant=name, evaluator=one, group=_assigned_group(name, round_))
            for name in sorted(seats)
            for one in seats[name]
        ),
        short=tuple(
            _describe_shortfall(applications[name], len(seats[name]), needed[name], able[name])
            for name in sorted(seats)
            if len(seats[name]) < needed[name]
        ),
        loads={member.id: sum(member.id in of for of in seats.values()) for member in round_.committee},
    )


def _import_solver() -> Any:
    try:
        import networkx
    except ImportError:
        raise UsageError("to propose an assignment, install networkx: pip install 'smartcert[assignment]'") from None
    return networkx


def _build_network(
    nx: Any, round_: Round, able: Mapping[str, tuple[str, ...]], needed: Mapping[str, int], wish: AssignmentTargets
) -> Any:
    """Return the network: a seat up to the quorum outweighs all else, a further seat outweighs field and even loads."""
    count = len(able)
    even, suits = 1, count + 1
    further = (suits + count + 1) * 2
    quorum = further * (count * len(round_.committee) + 1)
    graph = nx.MultiDiGraph()
    graph.add_edge(_SINK, _SOURCE, capacity=count * max(len(round_.committee), 1), weight=0)
    fields = {member.id: member.field for member in round_.committee}
    for name, members in able.items():
        wanted = min(wish.seats or len(members), len(members))
        first = min(needed[name], wanted)
        graph.add_edge(_SOURCE, ("applicant", name), capacity=first, weight=-quorum)
        graph.add_edge(_SOURCE, ("applicant", name), capacity=wanted - first, weight=-further)
        words = (wish.fields or {}).get(name, ())
        for one in members:
            suited = any(word in fields[one] for word in words)
            graph.add_edge(("applicant", name), ("evaluator", one), capacity=1, weight=0 if suited else suits)
    for member in sorted(fields):
        for seat in range(wish.load or count):
            graph.add_edge(("evaluator", member), _SINK, capacity=1, weight=even * seat)
    return graph


def _read_seats(flow: Mapping[Any, Any], able: Mapping[str, tuple[str, ...]]) -> dict[str, list[str]]:
    return {
        name: [one for one in members if sum(flow["applicant", name].get(("evaluator", one), {}).values())]
        for name, members in able.items()
    }


def _describe_shortfall(application: Application, seats: int, needed: int, able: tuple[str, ...]) -> QuorumShortfall:
    kept = tuple(sorted(exclusion.evaluator for exclusion in application.exclusions))
    return QuorumShortfall(applicant=application.id, seats=seats, needed=needed, able=len(able), kept=kept)


def _assigned_group(name: str, round_: Round) -> str:
    return next((one.group for one in round_.proceedings.assignments if one.applicant == name), "")
