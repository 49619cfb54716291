"""Proposes who judges whom: as many seats as wanted, the quorum first, the field of the evaluator, loads kept even.

A flow of least cost, solved by networkx (network simplex on whole numbers, so the answer is exact and always the same).
A proposal is held against the law by the same room as an assignment made by hand: `smartcert.evaluation.proceedings`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from smartcert.errors import UsageError
from smartcert.evaluation.sitting import counted_members, fewest, free
from smartcert.model.application import Application, Round
from smartcert.model.committee import Assignment
from smartcert.rules.rulebook import Rules

_SOURCE, _SINK = ("source", ""), ("sink", "")


@dataclass(frozen=True, kw_only=True, slots=True)
class Short:
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
class Proposal:
    """The seats proposed, those who stay short of the quorum, and the load of each evaluator."""

    assignments: tuple[Assignment, ...]
    short: tuple[Short, ...]
    loads: Mapping[str, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """What an assignment should come to: seats per applicant (0: all who are free), the most applicants per evaluator.

    ``fields`` names words of an evaluator's field that suit an applicant, by applicant's id.
    """

    seats: int = 0
    load: int = 0
    fields: Mapping[str, tuple[str, ...]] | None = None


def propose(round_: Round, names: tuple[str, ...], rules: Rules, wish: Wish) -> Proposal:
    """Return a proposal for the applicants of ``names``. The order of rows does not matter.

    Raises:
        UsageError: the solver is not installed.
    """
    nx = _solver()
    applications = {one.id: one for one in round_.applications if one.id in names}
    able = {name: free(one, round_) for name, one in sorted(applications.items())}
    needed = {
        name: fewest(rules.committee.quorum.value, counted_members(one, round_, rules.committee))
        for name, one in applications.items()
    }
    graph = _graph(nx, round_, able, needed, wish)
    _, flow = nx.network_simplex(graph)
    seats = _seats(flow, able)
    return Proposal(
        assignments=tuple(
            Assignment(applicant=name, evaluator=one, group=_group(name, round_))
            for name in sorted(seats)
            for one in seats[name]
        ),
        short=tuple(
            _short(applications[name], len(seats[name]), needed[name], able[name])
            for name in sorted(seats)
            if len(seats[name]) < needed[name]
        ),
        loads={member.id: sum(member.id in of for of in seats.values()) for member in round_.committee},
    )


def _solver() -> Any:
    try:
        import networkx
    except ImportError:
        raise UsageError("to propose an assignment, install networkx: pip install 'smartcert[assignment]'") from None
    return networkx


def _graph(nx: Any, round_: Round, able: Mapping[str, tuple[str, ...]], needed: Mapping[str, int], wish: Wish) -> Any:
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


def _seats(flow: Mapping[Any, Any], able: Mapping[str, tuple[str, ...]]) -> dict[str, list[str]]:
    return {
        name: [one for one in members if sum(flow["applicant", name].get(("evaluator", one), {}).values())]
        for name, members in able.items()
    }


def _short(application: Application, seats: int, needed: int, able: tuple[str, ...]) -> Short:
    kept = tuple(sorted(exclusion.evaluator for exclusion in application.exclusions))
    return Short(applicant=application.id, seats=seats, needed=needed, able=len(able), kept=kept)


def _group(name: str, round_: Round) -> str:
    return next((one.group for one in round_.proceedings.assignments if one.applicant == name), "")
