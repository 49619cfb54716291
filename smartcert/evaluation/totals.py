"""How many points do items, domains and the total have? The exact sum over the tree of points, for all that need it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from math import gcd, lcm, prod

from smartcert.evaluation.scales import round_to, sum_exactly
from smartcert.lazy_dataclass import dataclass
from smartcert.model.evaluation import IndicatorScore, Scorecard, SectionScore
from smartcert.model.indicator import (
    Combine,
    CountsAt,
    Effect,
    Indicator,
    Rounding,
    RoundingStep,
    Section,
    TotalMethod,
    TotalRule,
    clamp_points,
)

_ZERO = Fraction(0)
_PLAIN = Combine()
_FURTHER_DIGITS = 30
"""To how many digits more than ordered an irrational mean is worked out first; to more where that is not enough."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Totals:
    """The sums over a tree of points. ``exact`` is the total before it is rounded, ``points`` the same as rounded.

    ``exact_sections`` and ``sections`` are the sums of every section (domain, item, level between) by its id, before
    and after the rounding ordered for it. What is above a section adds its rounded points. ``sections`` has the points
    of the indicators too, by their ids, so that bounds can be held against any of them.
    """

    exact: Fraction
    points: Fraction
    exact_sections: Mapping[str, Fraction]
    sections: Mapping[str, Fraction]


def compute_totals(
    domains: Sequence[Section] | Sequence[SectionScore],
    points: Mapping[str, Fraction],
    rounding: Iterable[Rounding],
    rule: TotalRule | None = None,
    possible: Mapping[str, Fraction] | None = None,
) -> Totals:
    """Return the sums over ``domains``, where each indicator has its ``points`` (by id).

    A section that holds indicators is an item and rounded as one; a domain is rounded as a domain. A domain that holds
    indicators itself is both: it is rounded as an item and then as a domain. A level between is not rounded. What
    ``combine`` of a section and ``rule`` order happens before the rounding. ``possible`` are the points possible of
    each domain (by id) that a mean takes shares of, by default those that the edition states.

    Raises:
        KeyError: an indicator has no points.
    """
    tree = _Tree(points, rounding)
    sums = {domain.id: tree.round_domain(domain) for domain in domains}
    at_total = tree.at(RoundingStep.TOTAL)
    if rule is None and not tree.further and all(domain.combine is None for domain in domains):
        exact = max(sum_exactly(sums.values()), _ZERO)
        total = round_to(exact, at_total)
    else:
        stated = {domain.id: domain.points if isinstance(domain, Section) else domain.out_of for domain in domains}
        weights = {domain.id: domain.weight for domain in domains}
        parts = [(sums[name], (possible or stated)[name], weights[name]) for name in sums]
        exact, total = combine_domains(parts, tree.further, rule, at_total)
    return Totals(exact=exact, points=total, exact_sections=tree.exact_sections, sections={**points, **tree.sections})


class _Tree:
    """The sums of one tree. ``further`` are the bonus points and deductions that count at the total."""

    def __init__(self, points: Mapping[str, Fraction], rounding: Iterable[Rounding]) -> None:
        self._points = points
        self._ordered = {order.at: order for order in rounding}
        self.exact_sections: dict[str, Fraction] = {}
        self.sections: dict[str, Fraction] = {}
        self.further: list[tuple[Effect, Fraction]] = []

    def at(self, step: RoundingStep) -> Rounding | None:
        return self._ordered.get(step)

    def round_domain(self, domain: Section | SectionScore) -> Fraction:
        self.sections[domain.id] = total = round_to(self._add_up(domain), self.at(RoundingStep.DOMAIN))
        return total

    def _add_up(self, section: Section | SectionScore) -> Fraction:
        counted, further = [], []
        for part in section.sections:
            own = self._add_up(part)
            counted.append(own if part.combine is None else part.combine.weight * own)
        for indicator in section.indicators:
            own = self._points[indicator.id]
            if indicator.effect is Effect.POINTS:
                counted.append(own)
            elif indicator.effect is not Effect.PREREQUISITE:
                if _indicator(indicator).counts_at is CountsAt.SECTION:
                    further.append(own)
                else:
                    self.further.append((indicator.effect, own))
        combine = section.combine
        exact = sum_exactly([*counted, *further]) if combine is None else combine.add_up(counted, further)
        self.exact_sections[section.id] = exact
        total = round_to(exact, self.at(RoundingStep.ITEM)) if section.indicators else exact
        self.sections[section.id] = total
        return total


def _indicator(indicator: Indicator | IndicatorScore) -> Indicator:
    return indicator if isinstance(indicator, Indicator) else indicator.indicator


def combine_domains(
    parts: Sequence[tuple[Fraction, Fraction, Fraction]],
    further: Iterable[tuple[Effect, Fraction]],
    rule: TotalRule | None,
    rounding: Rounding | None,
) -> tuple[Fraction, Fraction]:
    """Return the total before and after its rounding; ``parts`` are points, points possible and weight of domains."""
    added = list(further)
    bonus = sum_exactly(points for effect, points in added if effect is Effect.BONUS)
    lost = sum_exactly(points for effect, points in added if effect is not Effect.BONUS)
    if rule is not None and rule.bonus_cap is not None:
        bonus = min(bonus, rule.bonus_cap)
    floor, cap = (rule.floor, rule.cap) if rule else (_ZERO, None)

    def finish(own: Fraction) -> Fraction:
        return clamp_points(own + bonus + lost, floor, cap)

    if rule is None or rule.method is TotalMethod.SUM:
        exact = finish(sum_exactly(weight * points for points, _, weight in parts))
        return exact, round_to(exact, rounding)
    shares = [(max(points, _ZERO) / most, weight) for points, most, weight in parts if most]
    if rule.method is TotalMethod.ARITHMETIC:
        every = sum_exactly(weight for _, weight in shares)
        exact = finish(rule.out_of * sum_exactly(weight * share for share, weight in shares) / every)
        return exact, round_to(exact, rounding)
    digits = (rounding.digits if rounding else 0) + _FURTHER_DIGITS
    while True:
        low, high = enclose_geometric_mean(shares, rule.out_of, digits)
        ends = [round_to(finish(own), rounding) for own in (low, high)]
        if ends[0] == ends[1] or rounding is None:
            return finish((low + high) / 2), ends[0]
        digits *= 2


def enclose_geometric_mean(
    shares: Sequence[tuple[Fraction, Fraction]], out_of: Fraction, digits: int
) -> tuple[Fraction, Fraction]:
    """Return the two neighbouring numbers of ``digits`` between which ``out_of`` times the geometric mean lies.

    ``shares`` are from 0 on, each with its weight. Where the mean is rational, both are the mean itself. Nothing is
    computed in floats: roots are those of integers.

    >>> half, whole = (Fraction(1, 4), Fraction(1)), (Fraction(1), Fraction(1))
    >>> enclose_geometric_mean([half, whole], Fraction(100), 2)
    (Fraction(50, 1), Fraction(50, 1))
    >>> enclose_geometric_mean([(Fraction(1, 2), Fraction(1)), whole], Fraction(100), 2)
    (Fraction(7071, 100), Fraction(1768, 25))
    """
    common = lcm(*(weight.denominator for _, weight in shares))
    powers = [weight.numerator * (common // weight.denominator) for _, weight in shares]
    shared = gcd(*powers)
    powers = [power // shared for power in powers]
    degree = sum(powers)
    product = prod((share**power for (share, _), power in zip(shares, powers, strict=True)), start=Fraction(1))
    roots = [integer_root(part, degree) for part in product.as_integer_ratio()]
    if [root**degree for root in roots] == list(product.as_integer_ratio()):
        mean = out_of * Fraction(*roots)
        return mean, mean
    scale = 10**digits
    scaled = product * (out_of * scale) ** degree
    low = integer_root(scaled.numerator // scaled.denominator, degree)
    return Fraction(low, scale), Fraction(low + 1, scale)


def integer_root(number: int, degree: int) -> int:
    """Return the greatest integer whose power of ``degree`` is at most ``number``, which is 0 or more.

    >>> integer_root(26, 3), integer_root(27, 3)
    (2, 3)
    """
    if number < 2 or degree == 1:
        return number
    guess = 1 << -(-number.bit_length() // degree)  # at or above the root; Newton's steps fall towards it
    while True:
        better = ((degree - 1) * guess + number // guess ** (degree - 1)) // degree
        if better >= guess:
            return guess
        guess = better


def rescore(card: Scorecard, points: Mapping[str, Fraction]) -> Totals:
    """Return the sums of a scorecard in which the indicators of ``points`` (by id) have these instead."""
    own = {score.id: score.points for score in card.indicators()}
    return compute_totals(card.domains, {**own, **points}, card.rounding, card.total_rule)
