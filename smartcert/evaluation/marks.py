"""How do the marks of several evaluators become one, and who did not judge?"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from smartcert.evaluation.scales import round_to, sum_exactly
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
    ordered = sorted(marks, key=evaluator_sort_key)
    given = {name: mark for name in ordered if (mark := marks[name]) is not None and name not in excluded}
    if len(given) < max(rule.fewest, 1):
        return None
    ascending = sorted(given, key=given.__getitem__)  # of equal marks those of the first ids are the lowest
    method, counted = resolve_method(len(given), rule), select_counted(len(given), rule)
    exact = sum_exactly(given[name] for name in ascending[counted]) / len(ascending[counted])
    trimmed = {*ascending} - {*ascending[counted]} if method is CombinationMethod.TRIMMED_MEAN else ()
    uses = tuple(
        MarkUse(evaluator=name, value=given.get(name), excluded=name in excluded, trimmed=name in trimmed)
        for name in ordered
    )
    return Combination(method=method, marks=uses, exact=exact, combined=round_to(exact, rounding))


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
