"""What the discussion did to points and levels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from smartcert.analysis.rescoring import Rescoring, marks_of
from smartcert.evaluation.committee import labels
from smartcert.evaluation.discussion import first_marks
from smartcert.model.application import Round
from smartcert.model.scorecard import Scorecard


@dataclass(frozen=True, kw_only=True, slots=True)
class DiscussionEffect:
    """One applicant before and after the discussion; ``changes`` counts marks that are another one at its end."""

    applicant: str
    changes: int
    points_before: Fraction
    points: Fraction
    level_before: int
    level: int


def discussion_effects(
    round_: Round, cards: Mapping[str, Scorecard], rescoring: Rescoring
) -> tuple[DiscussionEffect, ...]:
    """Return the effect on every applicant of whose marks one was discussed, in the order of their ids."""
    label = labels(round_.committee)
    first = first_marks(round_.proceedings.discussed)
    return tuple(
        _effect(
            name,
            cards[name],
            {(at, label[who]): mark for (of, at, who), mark in first.items() if of == name},
            rescoring,
        )
        for name in _named(key[0] for key in first)
        if name in cards
    )


def _named(names: Iterable[str]) -> list[str]:
    return sorted(set(names))


def _effect(
    name: str, card: Scorecard, first: Mapping[tuple[str, str], Fraction], rescoring: Rescoring
) -> DiscussionEffect:
    marks = marks_of(card)
    changes = sum(marks[at].get(who) != mark for (at, who), mark in first.items())
    combined: dict[str, Fraction] = {}
    for indicator, given in marks.items():
        before = {who: first.get((indicator, who), mark) for who, mark in given.items()}
        made = rescoring.combined(before)
        if made is not None:
            combined[indicator] = made
    points = rescoring.total(card, combined)
    return DiscussionEffect(
        applicant=name,
        changes=changes,
        points_before=points,
        points=card.points,
        level_before=rescoring.level(card, points),
        level=rescoring.level(card, card.points),
    )
