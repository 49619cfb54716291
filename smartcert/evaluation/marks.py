"""How do the marks of several evaluators become one, and who did not judge?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import lcm

from smartcert.evaluation.scales import round_to
from smartcert.model.application import Application
from smartcert.model.evaluation import Combination, Facts, Finding, FindingOutcome, MarkUse, Stage
from smartcert.model.indicator import Rounding
from smartcert.rules.parameters import CombinationMethod, CombinationRule
from smartcert.rules.rulebook import Rules


def evaluator_sort_key(evaluator: str) -> tuple[int, str]:
    """Return the key by which ids of evaluators are sorted wherever they stand: E2 before E10.

    >>> sorted(["E10", "E2", "E1"], key=evaluator_sort_key)
    ['E1', 'E2', 'E10']
    """
    return (len(evaluator), evaluator)


def combine_marks(
    marks: Mapping[str, Fraction | None],
    excluded: frozenset[str],
    rule: CombinationRule,
    rounding: Rounding | None = None,
) -> Combination | None:
    """Return the combined mark of one indicator, or None where fewer than ``rule.fewest`` marks are left.

    ``marks`` are each evaluator's mark by evaluator, None for an absent one. Excluded and absent evaluators are left
    out; they are not zeros. A trimmed mean drops ``rule.drop`` of the lowest and of the highest marks where there are
    at least ``rule.at_least``; with fewer, ``rule.otherwise`` is used. The order of evaluators does not matter.
    """
    return MarkCombiner(rule, rounding).combine(tuple(sorted(marks, key=evaluator_sort_key)), marks, excluded)


class MarkCombiner:
    """Combines marks by one rule, as `combine_marks`; equal marks, of whatever indicator and applicant, only once."""

    def __init__(self, rule: CombinationRule, rounding: Rounding | None) -> None:
        self._rule, self._rounding = rule, rounding
        self._combinations: dict[tuple[object, ...], Combination | None] = {}
        """By the evaluators, those of them who are excluded, and the ratio of each mark."""
        self._uses: dict[tuple[str, tuple[int, int] | None, bool, bool], MarkUse] = {}

    def combine(
        self, ordered: tuple[str, ...], marks: Mapping[str, Fraction | None], excluded: frozenset[str]
    ) -> Combination | None:
        """Return what `combine_marks` does; ``ordered`` are all evaluators of ``marks`` by `evaluator_sort_key`."""
        ratios = [None if (mark := marks[name]) is None else mark.as_integer_ratio() for name in ordered]
        key = (ordered, excluded, *ratios)
        if key not in self._combinations:
            self._combinations[key] = self._combine(dict(zip(ordered, ratios, strict=True)), marks, excluded)
        return self._combinations[key]

    def _combine(
        self,
        ratios: Mapping[str, tuple[int, int] | None],
        marks: Mapping[str, Fraction | None],
        excluded: frozenset[str],
    ) -> Combination | None:
        given = {name: ratio for name, ratio in ratios.items() if ratio is not None and name not in excluded}
        if len(given) < max(self._rule.fewest, 1):
            return None
        common = lcm(*{denominator for _, denominator in given.values()})
        integers = {name: numerator * (common // denominator) for name, (numerator, denominator) in given.items()}
        ascending = sorted(integers, key=integers.__getitem__)  # of equal marks those of the first ids are the lowest
        method, counted = resolve_method(len(given), self._rule), select_counted(len(given), self._rule)
        counting = [integers[name] for name in ascending[counted]]
        exact = Fraction(sum(counting), common * len(counting))
        trimmed: Sequence[str] = ()
        if method is CombinationMethod.TRIMMED_MEAN:
            trimmed = ascending[: counted.start] + ascending[counted.stop :]
        uses = []
        for name, ratio in ratios.items():
            key = (name, ratio, name in excluded, name in trimmed)
            if key not in self._uses:
                value = None if name in excluded else marks[name]
                self._uses[key] = MarkUse(evaluator=name, value=value, excluded=key[2], trimmed=key[3])
            uses.append(self._uses[key])
        combined = round_to(exact, self._rounding)
        return Combination(method=method, marks=tuple(uses), exact=exact, combined=combined)


def resolve_method(count: int, rule: CombinationRule) -> CombinationMethod:
    """Return how ``count`` marks are combined: a trimmed mean of too few marks is the ``otherwise`` of the rule."""
    if rule.method is CombinationMethod.TRIMMED_MEAN and not (count >= rule.at_least and count > 2 * rule.drop):
        return rule.otherwise
    return rule.method


def select_counted(count: int, rule: CombinationRule) -> slice:
    """Return which of ``count`` marks in ascending order the combined mark is the mean of."""
    match resolve_method(count, rule):
        case CombinationMethod.MEAN:
            return slice(0, count)
        case CombinationMethod.MEDIAN:
            return slice((count - 1) // 2, count // 2 + 1)
        case CombinationMethod.TRIMMED_MEAN:
            return slice(rule.drop, count - rule.drop)


def list_exclusions(application: Application, rules: Rules) -> tuple[Finding, ...]:
    """Return a note for each evaluator who does not judge this applicant (Notice 2021-223 Art. 5)."""
    cited = {
        "exclusion": rules.committee.exclusion_grounds,
        "challenge": rules.committee.challenge,
        "withdrawal": rules.committee.withdrawal,
    }
    return tuple(
        Finding(
            code="evaluator_excluded",
            stage=Stage.SCORING,
            outcome=FindingOutcome.NOTED,
            basis=(cited[exclusion.kind].basis,),
            facts=Facts(
                words={"evaluator": exclusion.evaluator},
                terms={"exclusion": f"exclusion.{exclusion.kind}"},
                numbers={"ground": Fraction(exclusion.ground)} if exclusion.ground else {},
            ),
        )
        for exclusion in sorted(application.exclusions, key=lambda exclusion: evaluator_sort_key(exclusion.evaluator))
    )
