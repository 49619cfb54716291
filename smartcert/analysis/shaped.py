"""Sums over arrays of editions that do more than add points up: the best so many, caps, weights, means, bonus, gates.

Shapes: D draws, A applicants. Figures within a billionth (`scales.TOLERANCE`) of a bound or a half count as on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from smartcert.analysis.arrays import Aggregation, Floats
from smartcert.analysis.scales import TOLERANCE, aggregate_domains, round_signed_in_place
from smartcert.lazy_dataclass import dataclass
from smartcert.model.indicator import (
    Combine,
    CountsAt,
    Edition,
    Effect,
    Gate,
    Indicator,
    RoundingStep,
    Section,
    TotalMethod,
)
from smartcert.model.scheme import Threshold

_PLAIN = Combine()


@dataclass(frozen=True, kw_only=True, eq=False)
class ShapedSums:
    """The sums (D, A) of every section by id, and the points possible (D, 1) of each under the weights of the draws."""

    sections: Mapping[str, Floats]
    possible: Mapping[str, Floats]


def sum_sections(edition: Edition, points: Mapping[str, Floats], weights: Mapping[str, Floats]) -> ShapedSums:
    """Return the sums of all sections, from the points (D, A) of each indicator and its weight (D, 1), by id."""
    sections: dict[str, Floats] = {}
    possible: dict[str, Floats] = {}

    def add_up(section: Section) -> tuple[Floats, Floats]:
        counted, most = [], []
        for part in section.sections:
            own, own_most = add_up(part)
            weight = float(part.weight)
            counted.append(weight * own)
            most.append(weight * own_most)
        counted += [points[indicator.id] for indicator in section.indicators if indicator.counted]
        most += [weights[indicator.id] for indicator in section.indicators if indicator.counted]
        further = [points[indicator.id] for indicator in section.indicators if _counts_at(indicator, CountsAt.SECTION)]
        combine = section.combine or _PLAIN
        total = _combine(combine, counted, further)
        if section.indicators:
            round_signed_in_place(total, edition.rounding_at(RoundingStep.ITEM))
        sections[section.id], possible[section.id] = total, _combine(combine, most, ())
        return total, possible[section.id]

    for domain in edition.domains:
        total, _ = add_up(domain)
        sections[domain.id] = round_signed_in_place(total.copy(), edition.rounding_at(RoundingStep.DOMAIN))
    return ShapedSums(sections=sections, possible=possible)


def _counts_at(indicator: Indicator, where: CountsAt) -> bool:
    return indicator.effect in (Effect.BONUS, Effect.DEDUCTION) and indicator.counts_at is where


def _combine(combine: Combine, counted: Iterable[Floats], further: Iterable[Floats]) -> Floats:
    parts, beside = list(counted), list(further)
    shape = np.broadcast_shapes(*(part.shape for part in (*parts, *beside)), (1, 1))
    if combine.best is not None and combine.best < len(parts):
        stacked = np.sort(np.stack(np.broadcast_arrays(*parts)), axis=0)
        parts = list(stacked[len(parts) - combine.best :])
    total = np.zeros(shape)
    for part in (*parts, *beside):
        total += part
    if combine.floor is not None:
        np.maximum(total, float(combine.floor), out=total)
    if combine.cap is not None:
        np.minimum(total, float(combine.cap), out=total)
    return total


def total_up(edition: Edition, sums: ShapedSums, points: Mapping[str, Floats], aggregation: Aggregation) -> Floats:
    """Return the totals (D, A), rounded as ordered; another ``aggregation`` than the arithmetic is in place of its own.

    Bonus and deductions come on top of it in any case.
    """
    rule = edition.total_rule
    indicators = [indicator for indicator in edition.indicators() if _counts_at(indicator, CountsAt.TOTAL)]
    shape = np.broadcast_shapes((1, 1), *(own.shape for own in points.values()))
    bonus, lost = np.zeros(shape), np.zeros(shape)
    for indicator in indicators:
        into = bonus if indicator.effect is Effect.BONUS else lost
        into += points[indicator.id]
    if rule is not None and rule.bonus_cap is not None:
        np.minimum(bonus, float(rule.bonus_cap), out=bonus)
    totals = _combine_domains(edition, sums, aggregation) + bonus + lost
    if rule is not None:
        np.maximum(totals, float(rule.floor), out=totals)
        if rule.cap is not None:
            np.minimum(totals, float(rule.cap), out=totals)
    else:
        np.maximum(totals, 0.0, out=totals)
    return round_signed_in_place(totals, edition.rounding_at(RoundingStep.TOTAL))


def _combine_domains(edition: Edition, sums: ShapedSums, aggregation: Aggregation) -> Floats:
    method = edition.total_rule.method if edition.total_rule else TotalMethod.SUM
    domains = [
        (sums.sections[domain.id], sums.possible[domain.id], domain.combine or _PLAIN) for domain in edition.domains
    ]
    if aggregation is not Aggregation.ARITHMETIC:
        own = np.stack(np.broadcast_arrays(*(np.maximum(points, 0.0) for points, _, _ in domains)))
        most = np.concatenate(np.broadcast_arrays(*(possible for _, possible, _ in domains)), axis=1)
        scale = float(edition.points) / most.sum(axis=1, keepdims=True)
        return np.asarray(aggregate_domains(own, most, aggregation) * scale)
    if method is TotalMethod.SUM:
        return np.asarray(sum(float(combine.weight) * points for points, _, combine in domains))
    weighed = [(points, possible, float(combine.weight)) for points, possible, combine in domains if possible.any()]
    every, out_of = sum(weight for _, _, weight in weighed), float(edition.points)
    shares = [(np.maximum(points, 0.0) / possible, weight / every) for points, possible, weight in weighed]
    if method is TotalMethod.ARITHMETIC:
        return np.asarray(out_of * sum(weight * share for share, weight in shares))
    with np.errstate(divide="ignore"):
        logs = sum(weight * np.log(share) for share, weight in shares)
    return np.asarray(out_of * np.exp(logs))


def apply_gates(
    edition: Edition,
    sums: ShapedSums,
    points: Mapping[str, Floats],
    out_of: Mapping[str, Floats],
    levels: NDArray[np.int8],
    worst: int,
) -> None:
    """Lower the levels (D, A) in place where a gate is missed; ``out_of`` are the points possible by an indicator's id.

    Of an indicator whose points were spread over others nothing is possible, and nothing is needed.
    """
    for gate in edition.list_gates():
        is_section = gate.of in sums.sections
        value = sums.sections[gate.of] if is_section else points[gate.of]
        possible = sums.possible[gate.of] if is_section else out_of[gate.of]
        needed = np.where(possible != 0, _in_points(gate, possible), 0.0)
        below = value < needed - TOLERANCE * np.maximum(np.abs(needed), 1.0)
        best = worst if gate.best_level is None else min(gate.best_level, worst)
        np.copyto(levels, np.maximum(levels, best), where=below, casting="unsafe")


def _in_points(gate: Gate, possible: Floats) -> Floats:
    needed: Threshold = gate.needed
    if needed.points is not None:
        return np.full(possible.shape, float(needed.points))
    share = needed.fraction if needed.fraction is not None else (needed.percent or 0) / 100
    return possible * float(share)
