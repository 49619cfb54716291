"""How many points do items, domains and the total have? The exact sum over the tree of points, for all that need it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from smartcert.evaluation.scales import round_to, sum_exactly
from smartcert.model.evaluation import Scorecard, SectionScore
from smartcert.model.indicator import Rounding, RoundingStep, Section


@dataclass(frozen=True, kw_only=True, slots=True)
class Totals:
    """The sums over a tree of points. ``exact`` is the sum of the domains, ``points`` the same as rounded.

    ``exact_sections`` and ``sections`` are the sums of every section (domain, item, level between) by its id, before
    and after the rounding ordered for it. What is above a section adds its rounded points.
    """

    exact: Fraction
    points: Fraction
    exact_sections: Mapping[str, Fraction]
    sections: Mapping[str, Fraction]


def compute_totals(
    domains: Sequence[Section] | Sequence[SectionScore], points: Mapping[str, Fraction], rounding: Iterable[Rounding]
) -> Totals:
    """Return the sums over ``domains``, where each indicator has its ``points`` (by id).

    A section that holds indicators is an item and rounded as one; a domain is rounded as a domain. A domain that holds
    indicators itself is both: it is rounded as an item and then as a domain. A level between is not rounded.

    Raises:
        KeyError: an indicator has no points.
    """
    ordered = {order.at: order for order in rounding}
    exact_sections: dict[str, Fraction] = {}
    sections: dict[str, Fraction] = {}

    def add_up(section: Section | SectionScore) -> Fraction:
        parts = [add_up(part) for part in section.sections]
        exact = sum_exactly([*parts, *(points[indicator.id] for indicator in section.indicators)])
        exact_sections[section.id] = exact
        total = round_to(exact, ordered.get(RoundingStep.ITEM)) if section.indicators else exact
        sections[section.id] = total
        return total

    def round_domain(domain: Section | SectionScore) -> Fraction:
        sections[domain.id] = total = round_to(add_up(domain), ordered.get(RoundingStep.DOMAIN))
        return total

    exact = sum_exactly([round_domain(domain) for domain in domains])
    return Totals(
        exact=exact,
        points=round_to(exact, ordered.get(RoundingStep.TOTAL)),
        exact_sections=exact_sections,
        sections=sections,
    )


def rescore(card: Scorecard, points: Mapping[str, Fraction]) -> Totals:
    """Return the sums of a scorecard in which the indicators of ``points`` (by id) have these instead."""
    own = {score.id: score.points for score in card.indicators()}
    return compute_totals(card.domains, {**own, **points}, card.rounding)
