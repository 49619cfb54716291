"""Totals with each evaluator's severity taken out of the marks. They stand beside the official ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from smartcert.analysis.rescoring import Rescoring, marks_of
from smartcert.analysis.severity import Severity
from smartcert.model.scorecard import Scorecard
from smartcert.rules.rulebook import Rules

_DIGITS = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Adjusted:
    """One applicant's official and adjusted total, and the levels that they have."""

    applicant: str
    points: Fraction
    level: int
    adjusted: Fraction
    adjusted_level: int


def adjusted(
    cards: Mapping[str, Scorecard], severity: Severity, rules: Rules, rescoring: Rescoring
) -> tuple[Adjusted, ...]:
    """Return the adjusted total of every applicant.

    Each mark loses its evaluator's part (rounded to four digits), stays on the scale between its ends, and is combined
    and rounded as the official one.
    """
    parts = {part.evaluator: Fraction(f"{part.value:.{_DIGITS}f}") for part in severity.parts}
    scale = rules.scoring.mark_scale.value
    found = []
    for name, card in cards.items():
        combined: dict[str, Fraction] = {}
        for indicator, given in marks_of(card).items():
            moved = {
                evaluator: min(max(mark - parts.get(evaluator, Fraction(0)), scale.lowest), scale.highest)
                for evaluator, mark in given.items()
            }
            mark = rescoring.combined(moved)
            if mark is not None:
                combined[indicator] = mark
        total = rescoring.total(card, combined)
        found.append(
            Adjusted(
                applicant=name,
                points=card.points,
                level=rescoring.level(card, card.points),
                adjusted=total,
                adjusted_level=rescoring.level(card, total),
            )
        )
    return tuple(found)
