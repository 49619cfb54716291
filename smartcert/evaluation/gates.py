"""What must an applicant have, whatever its total? Prerequisites and minimums of an edition, held against points."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from smartcert.model.citation import Text
from smartcert.model.evaluation import FloorBound, GateResult, Scorecard


def check_gates(card: Scorecard) -> tuple[GateResult, ...]:
    """Return every gate of a scorecard, passed or not, in the order of the edition; exactly what is needed is enough.

    Percentages and fractions are of the points possible for this applicant: of an indicator whose points were spread
    over its item nothing is possible and nothing is needed.
    """
    known: dict[str, tuple[Text, Fraction, Fraction]] = {
        section.id: (section.name, section.points, section.out_of) for section in card.sections()
    }
    known |= {score.id: (score.indicator.name, score.points, score.out_of) for score in card.indicators()}
    results = []
    for gate in card.gates:
        name, points, out_of = known[gate.of]
        needed = gate.needed.in_points(out_of) if out_of else Fraction(0)
        results.append(GateResult(gate=gate, name=name, points=points, needed=needed, out_of=out_of))
    return tuple(results)


def build_floor_bounds(results: Iterable[GateResult], worst: int) -> tuple[FloorBound, ...]:
    """Return gates as floors: one that fails an application leaves the ``worst`` level only."""
    return tuple(
        FloorBound(
            domain=result.gate.of,
            points=result.needed,
            best_level=worst if result.gate.best_level is None else min(result.gate.best_level, worst),
        )
        for result in results
    )
