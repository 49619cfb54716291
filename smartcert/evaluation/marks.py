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
    return MarkCombiner(rule, rounding).combine(sorted(marks, key=evaluator_sort_key), marks, excluded)


class MarkCombiner:
    """Combines marks by one rule, as `combine_marks`; what many indicators and applicants share is made once."""

    def __init__(self, rule: CombinationRule, rounding: Rounding | None) -> None:
        self._rule, self._rounding = rule, rounding
        self._means: dict[tuple[int, int], tuple[Fraction, Fraction]] = {}
        """The combined mark, exact and as rounded, by the sum of those that count and by what it is divided."""
        self._uses: dict[tuple[str, tuple[int, int] | None, bool, bool], MarkUse] = {}

    def combine(
        self, ordered: Sequence[str], marks: Mapping[str, Fraction | None], excluded: frozenset[str]
    ) -> Combination | None:
        """Return what `combine_marks` does; ``ordered`` are all evaluators of ``marks`` by `evaluator_sort_key`."""
        ratios = {
            name: mark.as_integer_ratio()
            for name in ordered
            if (mark := marks[name]) is not None and name not in excluded
        }
        if len(ratios) < max(self._rule.fewest, 1):
            return None
        common = lcm(*{denominator for _, denominator in ratios.values()})
        integers = {name: numerator * (common // denominator) for name, (numerator, denominator) in ratios.items()}
        ascending = sorted(integers, key=integers.__getitem__)  # of equal marks those of the first ids are the lowest
        method, counted = resolve_method(len(ratios), self._rule), select_counted(len(ratios), self._rule)
        counting = [integers[name] for name in ascending[counted]]
        mean = (sum(counting), common * len(counting))
        if mean not in self._means:
            exact = Fraction(*mean)
            self._means[mean] = (exact, round_to(exact, self._rounding))
        exact, combined = self._means[mean]
        trimmed: Sequence[str] = ()
        if method is CombinationMethod.TRIMMED_MEAN:
            trimmed = ascending[: counted.start] + ascending[counted.stop :]
        uses = []
        for name in ordered:
            ratio, left_out, is_trimmed = ratios.get(name), name in excluded, name in trimmed
            key = (name, ratio, left_out, is_trimmed)
            use = self._uses.get(key)
            if use is None:
                value = None if left_out else marks[name]
                use = MarkUse(evaluator=name, value=value, excluded=left_out, trimmed=is_trimmed)
                self._uses[key] = use
            uses.append(use)
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
