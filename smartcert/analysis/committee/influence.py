"""Who decides a level; effect of discussion."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fractions import Fraction

from smartcert.evaluation.committee import collect_first_marks
from smartcert.evaluation.levels import determine_level
from smartcert.evaluation.marks import combine_marks, label_evaluators
from smartcert.evaluation.scales import apply_scale, round_to
from smartcert.model.application import Application, Round
from smartcert.model.evaluation import Evaluation, IndicatorScore, MarkUse, Scorecard, SectionScore
from smartcert.model.indicator import Indicator, Rounding, RoundingStep
from smartcert.rules.parameters import CombinationMethod, CombinationRule
from smartcert.rules.rulebook import Rules

# --- The total of a scorecard with other combined marks, exactly as the edition orders it, without a whole evaluation.

_ZERO = Fraction(0)


@dataclass(frozen=True, kw_only=True, slots=True)
class _RescoredSection:
    """A section of a card: what stays as it is, what is judged by marks, and the sections below."""

    fixed: Fraction
    judged: tuple[IndicatorScore, ...]
    sections: tuple[_RescoredSection, ...]
    rounding: Rounding | None


class Rescoring:
    """Totals and levels under other marks. Equal sets of marks are combined once."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._at = {step: rules.edition.rounding_at(step) for step in RoundingStep}
        self._combined: dict[tuple[CombinationRule, tuple[float, ...]], Fraction | None] = {}
        self._points: dict[tuple[str, int, int], Fraction] = {}
        self._leaves: dict[int, tuple[Scorecard, tuple[_RescoredSection, ...]]] = {}

    def combined(self, marks: Mapping[str, Fraction], rule: CombinationRule | None = None) -> Fraction | None:
        """Return the combined mark of the given marks, or None where they are too few."""
        rule = rule or self._rules.scoring.combination.value
        # floats only name the set of marks: steps of a scale are far coarser than they are, and hashed much faster
        key = (rule, tuple(sorted([mark_as_float(mark) for mark in marks.values()])))
        if key not in self._combined:
            made = combine_marks(dict(marks), frozenset(), rule, self._at[RoundingStep.MARK])
            self._combined[key] = made.combined if made else None
        return self._combined[key]

    def total(self, card: Scorecard, combined: Mapping[str, Fraction]) -> Fraction:
        """Return the total with the combined marks of ``combined``, by indicator, in place of those of the card."""
        if id(card) not in self._leaves:
            self._leaves[id(card)] = (card, tuple(self._leaf(domain, RoundingStep.DOMAIN) for domain in card.domains))
        exact = sum((self._section(leaf, combined) for leaf in self._leaves[id(card)][1]), _ZERO)
        return round_to(exact, self._at[RoundingStep.TOTAL])

    def level(self, card: Scorecard, points: Fraction) -> int:
        """Return the level that a total would have. Floors per domain are not looked at."""
        return determine_level(replace(card, points=points), self._rules.levels).by_points

    def _leaf(self, section: SectionScore, step: RoundingStep | None) -> _RescoredSection:
        return _RescoredSection(
            fixed=sum((score.points for score in section.indicators if score.combination is None), _ZERO),
            judged=tuple(score for score in section.indicators if score.combination is not None),
            sections=tuple(self._leaf(part, None) for part in section.sections),
            rounding=self._rounding(step, leaf=bool(section.indicators)),
        )

    def _section(self, leaf: _RescoredSection, combined: Mapping[str, Fraction]) -> Fraction:
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
            self._points[key] = round_to(apply_scale(indicator, mark).points, self._at[RoundingStep.INDICATOR])
        return self._points[key]

    def _rounding(self, step: RoundingStep | None, *, leaf: bool) -> Rounding | None:
        if step is RoundingStep.DOMAIN:
            return self._at[RoundingStep.DOMAIN]
        return self._at[RoundingStep.ITEM] if leaf else None


def mark_as_float(mark: Fraction) -> float:
    """Return a mark as a float, to order and to tell marks apart; nothing is computed with it."""
    return mark.numerator / mark.denominator


def collect_marks(card: Scorecard) -> dict[str, dict[str, Fraction]]:
    """Return the marks that count, by indicator and evaluator's label."""
    return {
        score.indicator.id: {use.evaluator: use.value for use in score.combination.marks if use.value is not None}
        for score in card.indicators()
        if score.combination is not None
    }


# --- Does one evaluator decide a level, who was trimmed how often, and whom another method would judge differently.


@dataclass(frozen=True, kw_only=True, slots=True)
class Decides:
    """An evaluator without whom an applicant would have another level; None: too few marks would be left."""

    applicant: str
    evaluator: str
    level: int
    without: int | None
    points: Fraction
    points_without: Fraction | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Trimmed:
    """How often an evaluator's mark was left out as the lowest or as the highest, of how many marks."""

    evaluator: str
    marks: int
    lowest: Fraction
    highest: Fraction


@dataclass(frozen=True, kw_only=True, slots=True)
class Differs:
    """An applicant whose level another method of combining marks would change; points and levels by method."""

    applicant: str
    level: int
    points: Mapping[CombinationMethod, Fraction]
    levels: Mapping[CombinationMethod, int]


def find_decisive_evaluators(cards: Mapping[str, Scorecard], rescoring: Rescoring) -> tuple[Decides, ...]:
    """Return every evaluator who alone decides a level: left out, the applicant's level would be another."""
    found = []
    for name, card in cards.items():
        marks = collect_marks(card)
        judged = sorted({one for given in marks.values() for one in given}, key=lambda one: (len(one), one))
        official = rescoring.level(card, card.points)
        for evaluator in judged:
            points = _total_without(card, marks, evaluator, rescoring)
            without = None if points is None else rescoring.level(card, points)
            if without != official:
                found.append(
                    Decides(
                        applicant=name,
                        evaluator=evaluator,
                        level=official,
                        without=without,
                        points=card.points,
                        points_without=points,
                    )
                )
    return tuple(found)


def _total_without(
    card: Scorecard, marks: Mapping[str, Mapping[str, Fraction]], evaluator: str, rescoring: Rescoring
) -> Fraction | None:
    combined = {}
    for indicator, given in marks.items():
        left = {name: mark for name, mark in given.items() if name != evaluator}
        mark = rescoring.combined(left)
        if mark is None:
            return None
        combined[indicator] = mark
    return rescoring.total(card, combined)


def count_trimmed(cards: Mapping[str, Scorecard]) -> tuple[Trimmed, ...]:
    """Return how often each evaluator was trimmed, in the order of their labels.

    Of equal marks at an end any may be the one that is left out: each counts for its share, so that no label matters.
    """
    counts: dict[str, list[Fraction]] = {}
    for card in cards.values():
        for score in card.indicators():
            uses = [use for use in score.combination.marks if use.value is not None] if score.combination else []
            dropped = sum(use.trimmed for use in uses) // 2
            low, high = _trim_chances(uses, dropped, 1), _trim_chances(uses, dropped, -1)
            for use in uses:
                count = counts.setdefault(use.evaluator, [Fraction(0)] * 3)
                count[0] += 1
                for place, shares in ((1, low), (2, high)):
                    if use.evaluator in shares:
                        count[place] += shares[use.evaluator]
    return tuple(
        Trimmed(evaluator=name, marks=int(count[0]), lowest=count[1], highest=count[2])
        for name, count in sorted(counts.items(), key=lambda pair: (len(pair[0]), pair[0]))
    )


def _trim_chances(uses: list[MarkUse], dropped: int, sign: int) -> dict[str, Fraction]:
    """Return for each mark how likely it is among the ``dropped`` first, from the lowest (1) or the highest (-1)."""
    by_value: dict[float, list[str]] = {}
    for use in uses:
        if use.value is not None:
            by_value.setdefault(sign * mark_as_float(use.value), []).append(use.evaluator)
    shares: dict[str, Fraction] = {}
    left = dropped
    for _, tied in sorted(by_value.items()):
        if not left:
            break
        taken = min(left, len(tied))
        shares |= dict.fromkeys(tied, Fraction(taken, len(tied)))
        left -= taken
    return shares


def find_method_differences(cards: Mapping[str, Scorecard], rules: Rules, rescoring: Rescoring) -> tuple[Differs, ...]:
    """Return the applicants for whom mean, median and trimmed mean do not all give the official level."""
    official = rules.scoring.combination.value
    found = []
    for name, card in cards.items():
        marks = collect_marks(card)
        points = {
            method: _total_under_rule(card, marks, _alternative_rule(method, official), rescoring)
            for method in CombinationMethod
        }
        levels = {method: rescoring.level(card, total) for method, total in points.items()}
        level = rescoring.level(card, card.points)
        if any(other != level for other in levels.values()):
            found.append(Differs(applicant=name, level=level, points=points, levels=levels))
    return tuple(found)


def _alternative_rule(method: CombinationMethod, official: CombinationRule) -> CombinationRule:
    if method is official.method:
        return official
    drop = max(official.drop, 1)
    return CombinationRule(method=method, at_least=2 * drop + 1, drop=drop, fewest=official.fewest)


def _total_under_rule(
    card: Scorecard, marks: Mapping[str, Mapping[str, Fraction]], rule: CombinationRule, rescoring: Rescoring
) -> Fraction:
    combined = {indicator: rescoring.combined(given, rule) for indicator, given in marks.items()}
    return rescoring.total(card, {indicator: mark for indicator, mark in combined.items() if mark is not None})


# --- What the discussion did to points and levels.


@dataclass(frozen=True, kw_only=True, slots=True)
class DiscussionEffect:
    """One applicant before and after the discussion; ``changes`` counts marks that are another one at its end."""

    applicant: str
    changes: int
    points_before: Fraction
    points: Fraction
    level_before: int
    level: int


def measure_discussion(
    round_: Round, cards: Mapping[str, Scorecard], rescoring: Rescoring
) -> tuple[DiscussionEffect, ...]:
    """Return the effect on every applicant of whose marks one was discussed, in the order of their ids."""
    label = label_evaluators(round_.committee)
    first = collect_first_marks(round_.proceedings.discussed)
    return tuple(
        _discussion_effect(
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


def _discussion_effect(
    name: str, card: Scorecard, first: Mapping[tuple[str, str], Fraction], rescoring: Rescoring
) -> DiscussionEffect:
    marks = collect_marks(card)
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


# --- Where the chair should look again: near a bound, disagreeing, few marks left, moved by discussion, little said.

NEAR_BOUND_SHARE = Fraction(1, 100)
"""Near a bound: within this share of all points."""
WIDE_RANGE_SHARE = Fraction(3, 4)
"""Disagreeing: the marks of an indicator reach over so much of the scale, or more."""
MIN_WIDE_INDICATORS = 2
"""Disagreeing is told from this many such indicators on."""
MIN_COMMENTED_SHARE = Fraction(1, 3)
"""Short comments: fewer than this share of an applicant's marks has a comment of at least `FEW_LETTERS` letters."""
MIN_COMMENT_LETTERS = 5
LARGE_DISCUSSION_POINTS = 10
"""Long discussion effect: as many points, or another level."""


class AttentionSign(StrEnum):
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
    signs: Mapping[AttentionSign, Fraction] = field(default_factory=dict)


def list_attention(
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
            **_near_bound_sign(one, one.scorecard),
            **_disagreement_sign(one.scorecard, rules),
            **_few_marks_sign(one.scorecard, rules),
            **_discussion_sign(moved.get(one.id)),
            **_short_comments_sign(by_id[one.id]),
        }
        if signs:
            found.append(Attention(applicant=one.id, signs=signs))
    return tuple(sorted(found, key=lambda one: (-len(one.signs), one.applicant)))


def _near_bound_sign(one: Evaluation, card: Scorecard) -> dict[AttentionSign, Fraction]:
    bounds = one.level.bounds if one.level else ()
    distance = min((card.points - bound.points for bound in bounds), key=abs, default=None)
    near = distance is not None and abs(distance) <= NEAR_BOUND_SHARE * card.out_of
    return {AttentionSign.NEAR_BOUND: distance} if near and distance is not None else {}


def _disagreement_sign(card: Scorecard, rules: Rules) -> dict[AttentionSign, Fraction]:
    scale = rules.scoring.mark_scale.value
    wide = sum(
        max(given.values()) - min(given.values()) >= WIDE_RANGE_SHARE * (scale.highest - scale.lowest)
        for given in collect_marks(card).values()
        if given
    )
    return {AttentionSign.DISAGREEMENT: Fraction(wide)} if wide >= MIN_WIDE_INDICATORS else {}


def _few_marks_sign(card: Scorecard, rules: Rules) -> dict[AttentionSign, Fraction]:
    left = min((len(given) for given in collect_marks(card).values()), default=0)
    rule = rules.scoring.combination.value
    return {AttentionSign.FEW_MARKS: Fraction(left)} if left <= max(rule.at_least, rule.fewest) else {}


def _discussion_sign(effect: DiscussionEffect | None) -> dict[AttentionSign, Fraction]:
    if effect is None:
        return {}
    change = effect.points - effect.points_before
    long = abs(change) >= LARGE_DISCUSSION_POINTS or effect.level != effect.level_before
    return {AttentionSign.DISCUSSION: change} if long else {}


def _short_comments_sign(application: Application) -> dict[AttentionSign, Fraction]:
    given = [mark for mark in application.marks if mark.value is not None]
    told = sum(len(mark.comment) >= MIN_COMMENT_LETTERS for mark in given)
    if not given or Fraction(told, len(given)) >= MIN_COMMENTED_SHARE:
        return {}
    return {AttentionSign.SHORT_COMMENTS: Fraction(told, len(given))}
