"""The total of a scorecard with other combined marks, exactly as the edition orders it, without a whole evaluation.

Only qualitative indicators change: no scale by rank looks at marks, so no other applicant's points move.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from smartcert.evaluation.committee import combine
from smartcert.evaluation.levels import level
from smartcert.evaluation.rounding import round_to
from smartcert.evaluation.scales import scaled
from smartcert.model.indicator import Indicator, Rounding, Step
from smartcert.model.scorecard import IndicatorScore, Scorecard, SectionScore
from smartcert.rules.rulebook import Rules
from smartcert.rules.scoring import CombinationRule

_NONE = Fraction(0)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Leaf:
    """A section of a card: what stays as it is, what is judged by marks, and the sections below."""

    fixed: Fraction
    judged: tuple[IndicatorScore, ...]
    sections: tuple[_Leaf, ...]
    rounding: Rounding | None


class Rescoring:
    """Totals and levels under other marks. Equal sets of marks are combined once."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._at = {step: rules.edition.round_at(step) for step in Step}
        self._combined: dict[tuple[CombinationRule, tuple[float, ...]], Fraction | None] = {}
        self._points: dict[tuple[str, int, int], Fraction] = {}
        self._leaves: dict[int, tuple[Scorecard, tuple[_Leaf, ...]]] = {}

    def combined(self, marks: Mapping[str, Fraction], rule: CombinationRule | None = None) -> Fraction | None:
        """Return the combined mark of the given marks, or None where they are too few."""
        rule = rule or self._rules.scoring.combination.value
        # floats only name the set of marks: steps of a scale are far coarser than they are, and hashed much faster
        key = (rule, tuple(sorted([as_float(mark) for mark in marks.values()])))
        if key not in self._combined:
            made = combine(dict(marks), frozenset(), rule, self._at[Step.MARK])
            self._combined[key] = made.combined if made else None
        return self._combined[key]

    def total(self, card: Scorecard, combined: Mapping[str, Fraction]) -> Fraction:
        """Return the total with the combined marks of ``combined``, by indicator, in place of those of the card."""
        if id(card) not in self._leaves:
            self._leaves[id(card)] = (card, tuple(self._leaf(domain, Step.DOMAIN) for domain in card.domains))
        exact = sum((self._section(leaf, combined) for leaf in self._leaves[id(card)][1]), _NONE)
        return round_to(exact, self._at[Step.TOTAL])

    def level(self, card: Scorecard, points: Fraction) -> int:
        """Return the level that a total would have. Floors per domain are not looked at."""
        return level(replace(card, points=points), self._rules.levels).by_points

    def _leaf(self, section: SectionScore, step: Step | None) -> _Leaf:
        return _Leaf(
            fixed=sum((score.points for score in section.indicators if score.combination is None), _NONE),
            judged=tuple(score for score in section.indicators if score.combination is not None),
            sections=tuple(self._leaf(part, None) for part in section.sections),
            rounding=self._rounding(step, leaf=bool(section.indicators)),
        )

    def _section(self, leaf: _Leaf, combined: Mapping[str, Fraction]) -> Fraction:
        exact = leaf.fixed
        for part in leaf.sections:
            exact += self._section(part, combined)
        for score in leaf.judged:
            new = combined.get(score.indicator.id)
            if new is None:
                exact += score.points
            else:
                points, spread = self._of_mark(score.indicator, new), score.confirmed.spread
                exact += points if spread is None else points * spread
        return round_to(exact, leaf.rounding)

    def _of_mark(self, indicator: Indicator, mark: Fraction) -> Fraction:
        key = (indicator.id, mark.numerator, mark.denominator)
        if key not in self._points:
            self._points[key] = round_to(scaled(indicator, mark).points, self._at[Step.INDICATOR])
        return self._points[key]

    def _rounding(self, step: Step | None, *, leaf: bool) -> Rounding | None:
        if step is Step.DOMAIN:
            return self._at[Step.DOMAIN]
        return self._at[Step.ITEM] if leaf else None


def as_float(mark: Fraction) -> float:
    """Return a mark as a float, to order and to tell marks apart; nothing is computed with it."""
    return mark.numerator / mark.denominator


def marks_of(card: Scorecard) -> dict[str, dict[str, Fraction]]:
    """Return the marks that count, by indicator and evaluator's label."""
    return {
        score.indicator.id: {use.evaluator: use.value for use in score.combination.marks if use.value is not None}
        for score in card.indicators()
        if score.combination is not None
    }
