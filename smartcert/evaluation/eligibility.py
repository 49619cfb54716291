"""Who may apply, who is the right applicant instead, and in which size type?

Notice 2021-223 Art. 7; the size types are those of the calls of 2022 and 2023.
"""

from __future__ import annotations

from fractions import Fraction

from smartcert.errors import NoRuleError
from smartcert.model.applicant import Applicant, ApplicantKind, Registry, SizeType
from smartcert.model.citation import Cited
from smartcert.model.evaluation import Facts, Finding, FindingOutcome, Stage
from smartcert.rules.parameters import EligibilityRules, Redirect, SizeTypeReading
from smartcert.rules.rulebook import Rules

_MONTHS_OF_YEAR = 12


def resolve_second_code(applicant: Applicant, registry: Registry) -> Applicant:
    """Return the local government itself where ``applicant`` is only a second code of it, else ``applicant``."""
    if applicant.kind is not ApplicantKind.DUPLICATE_CODE or applicant.parent_code is None:
        return applicant
    return registry.by_code().get(applicant.parent_code, applicant)


def check_may_apply(applicant: Applicant, registry: Registry, rules: Rules) -> tuple[Finding, ...]:
    """Return the findings on whether this entry of the registry may apply.

    A second code of a local government stands for that local government and is noted. For an entry that may not
    apply a finding beside the refusal names the right applicant: the local government that it belongs to, or, for a
    province, the number of cities and counties below it that may each apply for themselves.
    """
    findings = []
    government = resolve_second_code(applicant, registry)
    if government is not applicant:
        facts = Facts(names={"right": government.full_name}, words={"code": applicant.code})
        findings.append(_finding("second_code", FindingOutcome.NOTED, facts, rules.eligibility.right_applicant))
    may_apply = rules.eligibility.may_apply
    if government.kind in may_apply.value:
        facts = Facts(terms={"kind": f"kind.{government.kind}"})
        findings.append(_finding("kind_may_apply", FindingOutcome.MET, facts, may_apply))
    else:
        kind = {"kind": f"kind.{government.kind}"}
        findings.append(_finding("kind_may_not_apply", FindingOutcome.NOT_MET, Facts(terms=kind), may_apply))
        findings += _name_right_applicant(government, registry, rules.eligibility)
    return tuple(findings)


def check_joint_application(others: tuple[str, ...], rules: Rules) -> tuple[Finding, ...]:
    """Return a finding that refuses a joint application where the rules allow none; nothing for a single one."""
    rule = rules.eligibility.joint_applications
    if not others or rule.value:
        return ()
    facts = Facts(words={"others": ", ".join(others)})
    return (_finding("joint_application", FindingOutcome.NOT_MET, facts, rule),)


def find_right_applicant(applicant: Applicant, registry: Registry, rules: EligibilityRules) -> Applicant | None:
    """Return the local government that should apply instead, or None where it is not a single one.

    A branch office belongs to the local government that shares the first four digits of its code, if there is one
    (the fifth digit counts districts and offices within it), else to the parent that the registry names.
    """
    if rules.right_applicant.value.get(applicant.kind) not in (Redirect.PARENT, Redirect.SAME):
        return None
    entries = registry.by_code()
    owner = entries.get(applicant.code[:4] + "000000") if applicant.kind is ApplicantKind.BRANCH_OFFICE_CODE else None
    right = owner or entries.get(applicant.parent_code or "")
    return right if right is not None and right.kind in rules.may_apply.value else None


def list_members(applicant: Applicant, registry: Registry, rules: EligibilityRules) -> tuple[Applicant, ...]:
    """Return the local governments below a province, or below the province that an entry belongs to."""
    province = applicant.code if applicant.kind is ApplicantKind.PROVINCE else applicant.parent_code
    return tuple(
        entry for entry in registry.entries if entry.parent_code == province and entry.kind in rules.may_apply.value
    )


def _name_right_applicant(applicant: Applicant, registry: Registry, rules: EligibilityRules) -> tuple[Finding, ...]:
    right = find_right_applicant(applicant, registry, rules)
    if right is not None:
        facts = Facts(names={"right": right.full_name})
        return (
            _finding("right_applicant_parent", FindingOutcome.NOT_MET, facts, rules.right_applicant, refuses=False),
        )
    members = list_members(applicant, registry, rules)
    if members:
        facts = Facts(numbers={"members": Fraction(len(members))})
        return (
            _finding("right_applicant_members", FindingOutcome.NOT_MET, facts, rules.right_applicant, refuses=False),
        )
    return ()


def determine_size_type(applicant: Applicant, rules: Rules) -> tuple[str | None, Finding | None]:
    """Return the size type (대도시, 중소도시) and the finding that says why.

    Where a kind is classified by population, exactly ``large_from`` residents make it large. The type is None for a
    kind that cannot apply (no finding either) and where the population is not known (an open finding that refuses).

    Raises:
        NoRuleError: the rules let a kind apply whose size type they do not say.
    """
    reading = rules.size_type.of(applicant.kind)
    if reading is None:
        if applicant.kind in rules.eligibility.may_apply.value:
            raise NoRuleError(f"eligibility.may_apply names '{applicant.kind}', but size_type says nothing about it")
        return None, None
    terms = {"kind": f"kind.{applicant.kind}"}
    population, large_from = applicant.population, rules.size_type.large_from
    if reading.value is not SizeTypeReading.BY_POPULATION:
        size = SizeType(reading.value)
        terms["size_type"] = f"size_type.{size}"
        return size, _finding("size_type_by_kind", FindingOutcome.NOTED, Facts(terms=terms), reading)
    if population is None:
        return None, _finding("population_unknown", FindingOutcome.OPEN, Facts(terms=terms), reading)
    size = SizeType.LARGE if population.residents >= large_from.value else SizeType.SMALL_MEDIUM
    terms["size_type"] = f"size_type.{size}"
    facts = Facts(
        terms=terms,
        numbers={"population": Fraction(population.residents), "large_from": Fraction(large_from.value)},
        words={"as_of": population.as_of, "source": population.source},
    )
    return size, _finding("size_type_by_population", FindingOutcome.NOTED, facts, reading, large_from)


def check_population_month(applicant: Applicant, rules: Rules) -> Finding | None:
    """Return a finding where the population is of a month longer before the governing day than the rules say.

    Months are counted from that of the population to that of the governing day; exactly as many as allowed is no
    finding, nor is a later month. It refuses nothing.
    """
    rule, population = rules.size_type.population_months_at_most, applicant.population
    if population is None or rules.size_type.of(applicant.kind) is None:
        return None
    year, month = map(int, population.as_of.split("-"))
    months = (rules.day.year - year) * _MONTHS_OF_YEAR + rules.day.month - month
    if months <= rule.value:
        return None
    facts = Facts(
        words={"as_of": population.as_of},
        numbers={"months": Fraction(months), "at_most": Fraction(rule.value)},
        days={"governing_day": rules.day},
    )
    return _finding("population_old", FindingOutcome.NOTED, facts, rule)


def _finding(
    code: str, outcome: FindingOutcome, facts: Facts, *rules: Cited[object], refuses: bool | None = None
) -> Finding:
    if refuses is None:
        refuses = outcome in (FindingOutcome.NOT_MET, FindingOutcome.OPEN)
    return Finding(
        code=code,
        stage=Stage.ELIGIBILITY,
        outcome=outcome,
        basis=tuple(rule.basis for rule in rules),
        facts=facts,
        refuses=refuses,
    )
