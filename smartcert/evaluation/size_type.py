"""Large or small/medium: the size type in which an applicant is compared (calls of 2022 and 2023)."""

from __future__ import annotations

from fractions import Fraction

from smartcert.errors import NoRuleError
from smartcert.model.applicant import Applicant, Population, SizeType
from smartcert.model.citation import Cited
from smartcert.model.evaluation import Facts, Finding, Outcome, Stage
from smartcert.rules.rulebook import Rules
from smartcert.rules.size_type import Reading


def size_type(applicant: Applicant, rules: Rules) -> tuple[SizeType | None, Finding | None]:
    """Return the size type and the finding that says why.

    Where a kind is read by population, exactly ``large_from`` residents make it large. The type is None for a kind
    that cannot apply (no finding either) and where the population is not known (an open finding that stops there).

    Raises:
        NoRuleError: the rules let a kind apply whose size type they do not say.
    """
    reading = rules.size_type.of(applicant.kind)
    if reading is None:
        if applicant.kind in rules.eligibility.may_apply.value:
            raise NoRuleError(f"eligibility.may_apply names '{applicant.kind}', but size_type says nothing about it")
        return None, None
    if reading.value is not Reading.BY_POPULATION:
        size = SizeType(reading.value)
        return size, _finding("size_type_by_kind", applicant, Outcome.NOTED, (reading,), size)
    if applicant.population is None:
        return None, _finding("population_unknown", applicant, Outcome.OPEN, (reading,), None)
    large = applicant.population.residents >= rules.size_type.large_from.value
    size = SizeType.LARGE if large else SizeType.SMALL_MEDIUM
    return size, _by_population(applicant, applicant.population, size, reading, rules)


def _by_population(
    applicant: Applicant, population: Population, size: SizeType, reading: Cited[Reading], rules: Rules
) -> Finding:
    facts = Facts(
        terms={"kind": f"kind.{applicant.kind}", "size_type": f"size_type.{size}"},
        numbers={
            "population": Fraction(population.residents),
            "large_from": Fraction(rules.size_type.large_from.value),
        },
        words={"as_of": population.as_of, "source": population.source},
    )
    return Finding(
        code="size_type_by_population",
        stage=Stage.ELIGIBILITY,
        outcome=Outcome.NOTED,
        basis=(reading.basis, rules.size_type.large_from.basis),
        facts=facts,
    )


def _finding(
    code: str, applicant: Applicant, outcome: Outcome, rules: tuple[Cited[Reading], ...], size: SizeType | None
) -> Finding:
    terms = {"kind": f"kind.{applicant.kind}"} | ({"size_type": f"size_type.{size}"} if size else {})
    return Finding(
        code=code,
        stage=Stage.ELIGIBILITY,
        outcome=outcome,
        basis=tuple(rule.basis for rule in rules),
        facts=Facts(terms=terms),
        refuses=outcome is Outcome.OPEN,
    )
