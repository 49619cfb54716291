"""Where the chair should look again: near a bound, disagreeing, few marks left, moved by discussion, little said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from smartcert.analysis.discussion import DiscussionEffect
from smartcert.analysis.rescoring import marks_of
from smartcert.model.application import Application
from smartcert.model.evaluation import Evaluation
from smartcert.model.scorecard import Scorecard
from smartcert.rules.rulebook import Rules

NEAR = Fraction(1, 100)
"""Near a bound: within this share of all points."""
WIDE = Fraction(3, 4)
"""Disagreeing: the marks of an indicator reach over so much of the scale, or more."""
MANY = 2
"""Disagreeing is told from this many such indicators on."""
SHORT = Fraction(1, 3)
"""Short comments: fewer than this share of an applicant's marks has a comment of at least `FEW_LETTERS` letters."""
FEW_LETTERS = 5
LONG = 10
"""Long discussion effect: as many points, or another level."""


class Sign(StrEnum):
    """Why an applicant is on the list."""

    NEAR_BOUND = "near_bound"
    DISAGREEMENT = "disagreement"
    FEW_MARKS = "few_marks"
    DISCUSSION = "discussion"
    SHORT_COMMENTS = "short_comments"


@dataclass(frozen=True, kw_only=True, slots=True)
class Attention:
    """One applicant on the list, with its signs and what each was measured by."""

    applicant: str
    signs: Mapping[Sign, Fraction] = field(default_factory=dict)


def attention(
    applications: Iterable[Application],
    evaluations: Iterable[Evaluation],
    effects: Iterable[DiscussionEffect],
    rules: Rules,
) -> tuple[Attention, ...]:
    """Return the applicants with at least one sign, those with most signs first, then by id."""
    by_id = {one.id: one for one in applications}
    moved = {one.applicant: one for one in effects}
    found = []
    for one in evaluations:
        if one.scorecard is None or one.level is None:
            continue
        signs = {
            **_near(one, one.scorecard),
            **_disagreement(one.scorecard, rules),
            **_few(one.scorecard, rules),
            **_moved(moved.get(one.id)),
            **_silent(by_id[one.id]),
        }
        if signs:
            found.append(Attention(applicant=one.id, signs=signs))
    return tuple(sorted(found, key=lambda one: (-len(one.signs), one.applicant)))


def _near(one: Evaluation, card: Scorecard) -> dict[Sign, Fraction]:
    bounds = one.level.bounds if one.level else ()
    distance = min((card.points - bound.points for bound in bounds), key=abs, default=None)
    near = distance is not None and abs(distance) <= NEAR * card.out_of
    return {Sign.NEAR_BOUND: distance} if near and distance is not None else {}


def _disagreement(card: Scorecard, rules: Rules) -> dict[Sign, Fraction]:
    scale = rules.scoring.mark_scale.value
    wide = sum(
        max(given.values()) - min(given.values()) >= WIDE * (scale.highest - scale.lowest)
        for given in marks_of(card).values()
        if given
    )
    return {Sign.DISAGREEMENT: Fraction(wide)} if wide >= MANY else {}


def _few(card: Scorecard, rules: Rules) -> dict[Sign, Fraction]:
    left = min((len(given) for given in marks_of(card).values()), default=0)
    rule = rules.scoring.combination.value
    return {Sign.FEW_MARKS: Fraction(left)} if left <= max(rule.at_least, rule.fewest) else {}


def _moved(effect: DiscussionEffect | None) -> dict[Sign, Fraction]:
    if effect is None:
        return {}
    change = effect.points - effect.points_before
    long = abs(change) >= LONG or effect.level != effect.level_before
    return {Sign.DISCUSSION: change} if long else {}


def _silent(application: Application) -> dict[Sign, Fraction]:
    given = [mark for mark in application.marks if mark.value is not None]
    told = sum(len(mark.comment) >= FEW_LETTERS for mark in given)
    if not given or Fraction(told, len(given)) >= SHORT:
        return {}
    return {Sign.SHORT_COMMENTS: Fraction(told, len(given))}
