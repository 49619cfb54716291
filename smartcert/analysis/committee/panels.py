"""How many evaluators does a committee need, how would a planned one fare, and who should judge whom?"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import ceil
from typing import Any

import numpy as np

from smartcert.analysis.committee.agreement import NotComputed
from smartcert.analysis.committee.influence import Rescoring, collect_marks
from smartcert.analysis.distributions import normal_quantile
from smartcert.errors import UsageError
from smartcert.evaluation.committee import count_members, list_free_members, minimum_count
from smartcert.lazy_dataclass import dataclass
from smartcert.model.application import Round
from smartcert.model.committee import Assignment
from smartcert.model.evaluation import Scorecard
from smartcert.reporting.committee_record import PanelPlanRow, PanelSizeRow
from smartcert.rules.rulebook import Rules

MIN_APPLICANTS = 5
"""With fewer applicants whom two evaluators have marked completely, no size is given; at exactly so many it is."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PanelSizes:
    """How many evaluators tell a total from one on the other side of the ``bound``, by distance from it, in points.

    ``spread`` is the standard deviation, in points, of the totals that single evaluators would have given.
    """

    bound: Fraction
    level: int
    spread: float
    sizes: tuple[PanelSizeRow, ...]


def single_evaluator_totals(card: Scorecard, rescoring: Rescoring) -> dict[str, Fraction]:
    """Return the total that each evaluator who marked everything would alone have given, marks rounded as ordered."""
    marks = collect_marks(card)
    return {
        evaluator: rescoring.rescore(
            card, {indicator: rescoring.round_mark(given[evaluator]) for indicator, given in marks.items()}
        )[0]
        for evaluator in sorted({who for given in marks.values() for who in given})
        if all(evaluator in given for given in marks.values())
    }


def estimate_panel_sizes(
    cards: Mapping[str, Scorecard],
    rules: Rules,
    rescoring: Rescoring,
    distances: tuple[Fraction, ...],
    confidence: float = 0.90,
) -> PanelSizes | NotComputed:
    """Return how many evaluators each distance from the bound of certification needs, in points above 0.

    From the observed spread of single evaluators' totals of the same applicant, pooled; the mean of k evaluators is
    taken as normal with this spread / sqrt(k), on one side: k >= (z x spread / distance) ^ 2, and at least 1. Where
    places decide there is no bound, and nothing to compute.
    """
    level = rules.levels.certified_from.value
    if rules.scheme.ranking is not None or level not in rules.levels.bounds:
        return NotComputed(reason="ranking")
    groups = [[float(total) for total in single_evaluator_totals(card, rescoring).values()] for card in cards.values()]
    groups = [group for group in groups if len(group) >= 2]
    if len(groups) < MIN_APPLICANTS:
        return NotComputed(reason="too_few_targets")
    within = sum(float(np.var(group, ddof=1)) * (len(group) - 1) for group in groups)
    spread = float(np.sqrt(within / sum(len(group) - 1 for group in groups)))
    out_of = next(iter(cards.values())).out_of
    z = normal_quantile(confidence)
    return PanelSizes(
        bound=rules.levels.bounds[level].value * out_of / 100,
        level=level,
        spread=spread,
        sizes=tuple(
            PanelSizeRow(distance=distance, evaluators=max(1, ceil((z * spread / float(distance)) ** 2)))
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


def simulate_panel(plan: PanelPlan, rules: Rules, seed: int, runs: int = 2000) -> PanelPlanRow:
    """Return how a planned committee fares against conflicts and absences, drawn ``runs`` times from ``seed``.

    A member with a conflict or absent is not present at that applicant and gives no marks. The row has the shares of
    sittings without quorum, with too few marks to trim and with too few to judge, and the share of runs in which every
    sitting had its quorum; four digits. The same seed gives the same row.

    Raises:
        UsageError: there is no applicant, member or run to draw.
    """
    if min(plan.applicants, plan.members, runs) < 1:
        raise UsageError("a committee is drawn for at least one applicant, with at least one member, once or more")
    random = np.random.default_rng(seed)
    shape = (runs, plan.applicants, plan.members)
    free = random.random(shape) >= float(plan.conflicts)
    attending = random.random(shape) >= float(plan.absences)
    present = (free & attending).sum(axis=2)
    rule = rules.scoring.combination.value
    quorate = present >= minimum_count(rules.committee.quorum.value, plan.members)
    return PanelPlanRow(
        members=plan.members,
        without_quorum=Fraction(f"{1 - quorate.mean():.4f}"),
        not_trimmed=Fraction(f"{(present < rule.at_least).mean():.4f}"),
        not_judged=Fraction(f"{(present < rule.fewest).mean():.4f}"),
        every_quorum=Fraction(f"{quorate.all(axis=1).mean():.4f}"),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class QuorumShortfall:
    """An applicant who does not get its quorum: how many seats it has, needs, and how many members are free for it.

    ``excluded`` are the ids of members who do not judge it; where ``able`` reaches ``needed``, loads are the reason.
    """

    applicant: str
    seats: int
    needed: int
    able: int
    excluded: tuple[str, ...]

    @property
    def by_conflicts(self) -> bool:
        """Whether conflicts alone keep it from the quorum."""
        return self.able < self.needed


@dataclass(frozen=True, kw_only=True, slots=True)
class AssignmentProposal:
    """The seats proposed, the applicants who stay short of their quorum, and the load of each evaluator."""

    assignments: tuple[Assignment, ...]
    short: tuple[QuorumShortfall, ...]
    loads: Mapping[str, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class AssignmentTargets:
    """What an assignment should come to: seats per applicant, and the most applicants per evaluator; 0 is no limit.

    ``fields`` names words of an evaluator's field that suit an applicant, by applicant's id.
    """

    seats: int = 0
    load: int = 0
    fields: Mapping[str, tuple[str, ...]] | None = None


def propose_assignment(
    round_: Round, names: tuple[str, ...], rules: Rules, targets: AssignmentTargets
) -> AssignmentProposal:
    """Return a proposal for the applicants whose ids are ``names``. The order of rows does not matter.

    It is the cheapest flow of seats from applicants to evaluators: the quorum first, then further seats, then the field
    of the evaluator and even loads.

    Raises:
        UsageError: the solver is not installed.
    """
    try:
        import networkx as nx  # an optional dependency
    except ImportError:
        raise UsageError("to propose an assignment, install networkx: pip install 'smartcert[assignment]'") from None
    applications = {application.id: application for application in round_.applications if application.id in names}
    able = {name: list_free_members(application, round_) for name, application in sorted(applications.items())}
    needed = {
        name: minimum_count(rules.committee.quorum.value, count_members(application, round_, rules.committee))
        for name, application in applications.items()
    }
    _, flow = nx.network_simplex(_build_network(nx, round_, able, needed, targets))
    seats = {
        name: [member for member in able[name] if sum(flow["applicant", name].get(("evaluator", member), {}).values())]
        for name in able
    }
    groups: dict[str, str] = {}
    for assignment in round_.proceedings.assignments:
        groups.setdefault(assignment.applicant, assignment.group)
    return AssignmentProposal(
        assignments=tuple(
            Assignment(applicant=name, evaluator=member, group=groups.get(name, ""))
            for name, members in seats.items()
            for member in members
        ),
        short=tuple(
            QuorumShortfall(
                applicant=name,
                seats=len(members),
                needed=needed[name],
                able=len(able[name]),
                excluded=tuple(sorted(exclusion.evaluator for exclusion in applications[name].exclusions)),
            )
            for name, members in seats.items()
            if len(members) < needed[name]
        ),
        loads={member.id: sum(member.id in members for members in seats.values()) for member in round_.committee},
    )


_SOURCE, _SINK = ("source", ""), ("sink", "")


def _build_network(
    nx: Any, round_: Round, able: Mapping[str, tuple[str, ...]], needed: Mapping[str, int], targets: AssignmentTargets
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
        wanted = min(targets.seats or len(members), len(members))
        first = min(needed[name], wanted)
        graph.add_edge(_SOURCE, ("applicant", name), capacity=first, weight=-quorum)
        graph.add_edge(_SOURCE, ("applicant", name), capacity=wanted - first, weight=-further)
        words = (targets.fields or {}).get(name, ())
        for member in members:
            suited = any(word in fields[member] for word in words)
            graph.add_edge(("applicant", name), ("evaluator", member), capacity=1, weight=0 if suited else suits)
    for member in sorted(fields):
        for seat in range(targets.load or count):
            graph.add_edge(("evaluator", member), _SINK, capacity=1, weight=even * seat)
    return graph
