"""What a scorecard would be if some indicators had other points: the total and the domains, rounded as ordered."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from smartcert.evaluation.rounding import round_to
from smartcert.model.indicator import Rounding, Step
from smartcert.model.scorecard import Scorecard, SectionScore


def totals_with(card: Scorecard, points: Mapping[str, Fraction]) -> tuple[Fraction, dict[str, Fraction]]:
    """Return the total and the points of each domain, where the indicators in ``points`` have those instead."""
    domains = {domain.id: _section(domain, card, points, top=True) for domain in card.domains}
    return round_to(sum(domains.values(), Fraction(0)), card.round_at(Step.TOTAL)), domains


def slack(card: Scorecard, changed: int) -> Fraction:
    """Return by how much rounding of items and domains can move the sum if ``changed`` indicators change: at most.

    Nothing where the edition orders no such rounding.
    """
    counts = {Step.ITEM: len(card.items()), Step.DOMAIN: len(card.domains)}
    ordered = {step: card.round_at(step) for step in counts}
    units = (
        min(changed, counts[step]) * Fraction(1, 10**rounding.digits) for step, rounding in ordered.items() if rounding
    )
    return sum(units, Fraction(0))


def _section(section: SectionScore, card: Scorecard, points: Mapping[str, Fraction], *, top: bool) -> Fraction:
    exact = sum((_section(part, card, points, top=False) for part in section.sections), Fraction(0))
    exact += sum((points.get(one.indicator.id, one.points) for one in section.indicators), Fraction(0))
    return round_to(exact, _ordered(card, section, top))


def _ordered(card: Scorecard, section: SectionScore, top: bool) -> Rounding | None:
    if top:
        return card.round_at(Step.DOMAIN)
    return card.round_at(Step.ITEM) if section.indicators else None
