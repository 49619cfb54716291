"""What do single evaluators, the method of combining marks and the discussion change, and where to look again?

Everything is rescored by the evaluation's own functions: marks are combined, put on the indicator's scale, summed with
the roundings that the edition orders, and compared with the bounds and the floors of domains. Points are exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from fractions import Fraction

from smartcert.evaluation.committee import collect_first_marks
from smartcert.evaluation.levels import determine_level, level_from_totals
from smartcert.evaluation.marks import combine_marks, evaluator_sort_key
from smartcert.evaluation.scales import apply_scale, round_to
from smartcert.evaluation.totals import rescore
from smartcert.lazy_dataclass import dataclass
from smartcert.model.application import Application, Round
from smartcert.model.evaluation import Evaluation, LevelResult, MarkUse, Scorecard
from smartcert.model.indicator import Effect, Indicator, RoundingStep
from smartcert.reporting.committee_record import (
    AttentionRow,
    DecisiveEvaluatorRow,
    DiscussionEffectRow,
    MethodLevelsRow,
)
from smartcert.rules.parameters import CombinationMethod, CombinationRule
from smartcert.rules.rulebook import Rules


class Rescoring:
    """Points and levels of scorecards under other marks. What is asked for again and again is computed once."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._combined: dict[tuple[CombinationRule, tuple[float, ...]], Fraction | None] = {}
        self._points: dict[tuple[str, str, int, int], Fraction] = {}
        self._results: dict[int, tuple[Scorecard, LevelResult]] = {}  # with the card, so that its id stays its own

    def combine(self, marks: Mapping[str, Fraction], rule: CombinationRule | None = None) -> Fraction | None:
        """Return the combined mark of marks by evaluator, by default under the official rule; None: too few marks."""
        rule = rule or self._rules.scoring.combination.value
        # floats only name the set of marks: steps of a scale are far coarser than they are, and hashed much faster
        key = (rule, tuple(sorted([mark_as_float(mark) for mark in marks.values()])))
        if key not in self._combined:
            rounding = self._rules.edition.rounding_at(RoundingStep.MARK)
            combination = combine_marks(dict(marks), frozenset(), rule, rounding)
            self._combined[key] = combination.combined if combination else None
        return self._combined[key]

    def round_mark(self, mark: Fraction) -> Fraction:
        """Return a mark as a combined mark is rounded."""
        return round_to(mark, self._rules.edition.rounding_at(RoundingStep.MARK))

    def combine_all(
        self, marks: Mapping[str, Mapping[str, Fraction]], rule: CombinationRule | None = None
    ) -> dict[str, Fraction]:
        """Return the combined mark of each indicator that has marks enough."""
        combined = {indicator: self.combine(given, rule) for indicator, given in marks.items()}
        return {indicator: mark for indicator, mark in combined.items() if mark is not None}

    def rescore(self, card: Scorecard, combined: Mapping[str, Fraction]) -> tuple[Fraction, int]:
        """Return total and level of a card with other combined marks, by indicator; the others stay as they are."""
        points = {}
        for score in card.indicators():
            if score.combination is not None and score.id in combined:
                own, spread = self._points_of(score.indicator, combined[score.id]), score.confirmed.spread
                points[score.id] = own if spread is None else own * spread
        totals, official = rescore(card, points), self._official(card)
        return totals.points, level_from_totals(totals.points, totals.sections, official.bounds, official.floor_bounds)

    def official_level(self, card: Scorecard) -> int:
        """Return the level of a card as it is."""
        return self._official(card).level

    def _official(self, card: Scorecard) -> LevelResult:
        if id(card) not in self._results:
            self._results[id(card)] = (card, determine_level(card, self._rules.levels))
        return self._results[id(card)][1]

    def _points_of(self, indicator: Indicator, mark: Fraction) -> Fraction:
        key = (indicator.id, indicator.scale_class, mark.numerator, mark.denominator)
        if key not in self._points:
            rounding = self._rules.edition.rounding_at(RoundingStep.INDICATOR)
            points = apply_scale(indicator, mark).points
            met = indicator.effect is Effect.PREREQUISITE
            self._points[key] = Fraction(points >= indicator.full) if met else round_to(points, rounding)
        return self._points[key]


def mark_as_float(mark: Fraction) -> float:
    """Return a mark as a float, to order and to tell marks apart; nothing is computed with it."""
    return mark.numerator / mark.denominator


def collect_marks(card: Scorecard) -> dict[str, dict[str, Fraction]]:
    """Return the marks that count, by indicator and evaluator's id."""
    return {
        score.id: {use.evaluator: use.value for use in score.combination.marks if use.value is not None}
        for score in card.indicators()
        if score.combination is not None
    }


def find_decisive_evaluators(cards: Mapping[str, Scorecard], rescoring: Rescoring) -> tuple[DecisiveEvaluatorRow, ...]:
    """Return every evaluator without whose marks an applicant's level would be another, or could not be given (None).

    The rows have levels only: two totals, one with and one without an evaluator, would give that evaluator's mark away.
    """
    rows = []
    for name, card in cards.items():
        marks = collect_marks(card)
        official = rescoring.official_level(card)
        for evaluator in sorted({who for given in marks.values() for who in given}, key=evaluator_sort_key):
            others = {
                indicator: {who: mark for who, mark in given.items() if who != evaluator}
                for indicator, given in marks.items()
            }
            combined = rescoring.combine_all(others)
            without = rescoring.rescore(card, combined)[1] if len(combined) == len(others) else None
            if without != official:
                rows.append(DecisiveEvaluatorRow(applicant=name, evaluator=evaluator, level=official, without=without))
    return tuple(rows)


@dataclass(frozen=True, kw_only=True, slots=True)
class TrimCount:
    """How often an evaluator's mark was left out of the mean as the lowest and as the highest of an indicator."""

    evaluator: str
    lowest: Fraction
    highest: Fraction


def count_trimmed(cards: Mapping[str, Scorecard]) -> tuple[TrimCount, ...]:
    """Return how often each evaluator was trimmed, in the order of their ids.

    Of equal marks at an end any may be the one that is left out: each counts for its share, so that the order of the
    ids does not matter.
    """
    counts: dict[str, list[Fraction]] = {}
    for card in cards.values():
        for score in card.indicators():
            uses = [use for use in score.combination.marks if use.value is not None] if score.combination else []
            dropped = sum(use.trimmed for use in uses) // 2
            for use in uses:
                counts.setdefault(use.evaluator, [Fraction(0), Fraction(0)])
            for end, sign in enumerate((1, -1)):
                for evaluator, chance in _trim_chances(uses, dropped, sign).items():
                    counts[evaluator][end] += chance
    return tuple(
        TrimCount(evaluator=who, lowest=counts[who][0], highest=counts[who][1])
        for who in sorted(counts, key=evaluator_sort_key)
    )


def _trim_chances(uses: list[MarkUse], dropped: int, sign: int) -> dict[str, Fraction]:
    """Return for each mark how likely it is among the ``dropped`` first, from the lowest (1) or the highest (-1)."""
    by_value: dict[float, list[str]] = {}
    for use in uses:
        if use.value is not None:
            by_value.setdefault(sign * mark_as_float(use.value), []).append(use.evaluator)
    chances: dict[str, Fraction] = {}
    left = dropped
    for _, tied in sorted(by_value.items()):
        if not left:
            break
        taken = min(left, len(tied))
        chances |= dict.fromkeys(tied, Fraction(taken, len(tied)))
        left -= taken
    return chances


def find_method_differences(
    cards: Mapping[str, Scorecard], rules: Rules, rescoring: Rescoring
) -> tuple[MethodLevelsRow, ...]:
    """Return the applicants for whom mean, median and trimmed mean do not all give the official level.

    The rows have levels only: totals under several methods would give marks away.
    """
    official = rules.scoring.combination.value
    drop = max(official.drop, 1)
    methods = {
        method: official
        if method is official.method
        else CombinationRule(method=method, at_least=2 * drop + 1, drop=drop, fewest=official.fewest)
        for method in CombinationMethod
    }
    rows = []
    for name, card in cards.items():
        marks = collect_marks(card)
        levels = {
            method.value: rescoring.rescore(card, rescoring.combine_all(marks, rule))[1]
            for method, rule in methods.items()
        }
        level = rescoring.official_level(card)
        if any(other != level for other in levels.values()):
            rows.append(MethodLevelsRow(applicant=name, level=level, levels=levels))
    return tuple(rows)


def measure_discussion(
    round_: Round, cards: Mapping[str, Scorecard], rescoring: Rescoring
) -> tuple[DiscussionEffectRow, ...]:
    """Return points and level before and after the discussion of every applicant of whose marks one was discussed.

    Rows stand in the order of the ids; ``changes`` counts the marks that are another one at the end.
    """
    first = collect_first_marks(round_.proceedings.discussed)
    rows = []
    for name in sorted({applicant for applicant, _, _ in first} & cards.keys()):
        card = cards[name]
        marks = collect_marks(card)
        own = {(indicator, who): mark for (applicant, indicator, who), mark in first.items() if applicant == name}
        before = {
            indicator: {evaluator: own.get((indicator, evaluator), mark) for evaluator, mark in given.items()}
            for indicator, given in marks.items()
        }
        points, level = rescoring.rescore(card, rescoring.combine_all(before))
        rows.append(
            DiscussionEffectRow(
                applicant=name,
                changes=sum(
                    marks[indicator].get(who) != mark for (indicator, who), mark in own.items() if indicator in marks
                ),
                points_before=points,
                points=card.points,
                level_before=level,
                level=rescoring.official_level(card),
            )
        )
    return tuple(rows)


NEAR_BOUND_SHARE = Fraction(1, 100)
"""Near a bound: within this share of all points, the share itself included."""
WIDE_RANGE_SHARE = Fraction(3, 4)
"""Disagreeing: the marks of an indicator reach over so much of the scale, or more."""
MIN_WIDE_INDICATORS = 2
"""Disagreement is a sign from this many such indicators on."""
MIN_COMMENTED_SHARE = Fraction(1, 3)
"""Short comments: fewer than this share of the marks has a comment of at least `MIN_COMMENT_LETTERS` letters."""
MIN_COMMENT_LETTERS = 5
LARGE_DISCUSSION_POINTS = 10
"""Large effect of the discussion: at least as many points, or another level."""


class AttentionSign(StrEnum):
    """Why an applicant is on the chair's list."""

    NEAR_BOUND = "near_bound"
    DISAGREEMENT = "disagreement"
    FEW_MARKS = "few_marks"
    DISCUSSION = "discussion"
    SHORT_COMMENTS = "short_comments"


def list_attention(
    applications: Iterable[Application],
    evaluations: Iterable[Evaluation],
    effects: Iterable[DiscussionEffectRow],
    rules: Rules,
) -> tuple[AttentionRow, ...]:
    """Return the applicants with at least one sign, those with most signs first, then by id.

    Each sign has the figure that it was measured by: points above the bound, number of wide indicators, fewest marks of
    an indicator, points moved by the discussion, share of marks with a comment.
    """
    by_id = {application.id: application for application in applications}
    effect_of = {effect.applicant: effect for effect in effects}
    rows = []
    for evaluation in evaluations:
        if evaluation.scorecard is None or evaluation.level is None:
            continue
        signs = {
            AttentionSign.NEAR_BOUND: _near_bound(evaluation, evaluation.scorecard),
            **_mark_signs(evaluation.scorecard, rules),
            AttentionSign.DISCUSSION: _moved_points(effect_of.get(evaluation.id)),
            AttentionSign.SHORT_COMMENTS: _commented_share(by_id[evaluation.id]),
        }
        given = tuple((sign.value, figure) for sign, figure in signs.items() if figure is not None)
        if given:
            rows.append(AttentionRow(applicant=evaluation.id, signs=given))
    return tuple(sorted(rows, key=lambda row: (-len(row.signs), row.applicant)))


def _near_bound(evaluation: Evaluation, card: Scorecard) -> Fraction | None:
    bounds = evaluation.level.bounds if evaluation.level else ()
    distance = min((card.points - bound.points for bound in bounds), key=abs, default=None)
    return None if distance is None or abs(distance) > NEAR_BOUND_SHARE * card.out_of else distance


def _mark_signs(card: Scorecard, rules: Rules) -> dict[AttentionSign, Fraction | None]:
    rule, indicators = rules.scoring.combination.value, {score.id: score.indicator for score in card.indicators()}
    by_indicator = collect_marks(card)
    marks = list(by_indicator.values())
    wide = 0
    for name, given in by_indicator.items():
        scale = rules.mark_scale_of(indicators[name])
        from_range = WIDE_RANGE_SHARE * (scale.highest - scale.lowest)
        wide += bool(given) and max(given.values()) - min(given.values()) >= from_range
    fewest = min(map(len, marks), default=0)
    return {
        AttentionSign.DISAGREEMENT: Fraction(wide) if wide >= MIN_WIDE_INDICATORS else None,
        AttentionSign.FEW_MARKS: Fraction(fewest) if fewest <= max(rule.at_least, rule.fewest) else None,
    }


def _moved_points(effect: DiscussionEffectRow | None) -> Fraction | None:
    if effect is None:
        return None
    change = effect.points - effect.points_before
    return change if abs(change) >= LARGE_DISCUSSION_POINTS or effect.level != effect.level_before else None


def _commented_share(application: Application) -> Fraction | None:
    given = [mark for mark in application.marks if mark.value is not None]
    if not given:
        return None
    share = Fraction(sum(len(mark.comment) >= MIN_COMMENT_LETTERS for mark in given), len(given))
    return share if share < MIN_COMMENTED_SHARE else None
