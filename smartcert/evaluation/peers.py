"""Anonymous figures of the evaluated applicants of one size type."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from smartcert.evaluation.rounding import exact_order
from smartcert.model.applicant import SizeType
from smartcert.model.evaluation import Evaluation
from smartcert.model.peers import Peers, Quartiles
from smartcert.model.scorecard import Scorecard, SectionScore


def quartiles(points: Sequence[Fraction]) -> Quartiles:
    """Return lower quartile, median and upper quartile, interpolated linearly between neighbours (type 7).

    >>> quartiles([Fraction(n) for n in (1, 2, 3, 4)]).median
    Fraction(5, 2)
    """
    ordered = exact_order(points)
    return Quartiles(lower=_quantile(ordered, 1), median=_quantile(ordered, 2), upper=_quantile(ordered, 3))


def peers_by_size_type(evaluations: Iterable[Evaluation], suppress_below: int) -> dict[SizeType, Peers]:
    """Return the peer figures of each size type; nothing but the count where there are too few to stay anonymous."""
    cards: dict[SizeType, list[Scorecard]] = {size: [] for size in SizeType}
    for evaluation in evaluations:
        if evaluation.scorecard is not None and evaluation.size_type is not None:
            cards[evaluation.size_type].append(evaluation.scorecard)
    return {size: _peers(size, found, suppress_below) for size, found in cards.items()}


def _peers(size: SizeType, cards: list[Scorecard], suppress_below: int) -> Peers:
    enough = len(cards) >= max(suppress_below, 1)
    shown = cards if enough else []
    return Peers(
        size_type=size,
        applicants=len(cards),
        suppress_below=suppress_below,
        total=quartiles([card.points for card in cards]) if enough else None,
        sections=_by_id((part.id, part.points) for card in shown for part in _sections(card.domains)),
        indicators=_by_id((score.indicator.id, score.points) for card in shown for score in card.indicators()),
    )


def _sections(parts: tuple[SectionScore, ...]) -> Iterable[SectionScore]:
    for part in parts:
        yield part
        yield from _sections(part.sections)


def _by_id(points: Iterable[tuple[str, Fraction]]) -> dict[str, Quartiles]:
    found: dict[str, list[Fraction]] = {}
    for name, value in points:
        found.setdefault(name, []).append(value)
    return {name: quartiles(values) for name, values in found.items()}


def _quantile(ordered: Sequence[Fraction], quarter: int) -> Fraction:
    place = Fraction(quarter * (len(ordered) - 1), 4)
    below = place.numerator // place.denominator
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
