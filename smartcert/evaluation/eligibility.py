"""Who may apply, who is the right applicant instead, and in which size type?

Notice 2021-223 Art. 7; the size types are those of the calls of 2022 and 2023.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from smartcert.errors import NoRuleError
from smartcert.model.applicant import ORGANISATIONS, Applicant, ApplicantKind, Registry, SizeType
from smartcert.model.application import Application
from smartcert.model.citation import Cited, Text
from smartcert.model.evaluation import Facts, Finding, FindingOutcome, Stage
from smartcert.model.scheme import ApplicantClass, ClassBy
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


def check_joint_application(application: Application, registry: Registry, rules: Rules) -> tuple[Finding, ...]:
    """Return the findings on a joint application; nothing for a single one. Who is given by a code has its name.

    Where the rules allow none, it is refused. Else each partner is held against who may apply, as the one that leads
    is by `check_may_apply`; a partner that may not refuses the application.
    """
    rule = rules.eligibility.joint_applications
    partners = [partner for partner in application.partners if not partner.lead]
    entries = registry.by_code() if application.joint_with else {}
    stated = [entries[own].full_name if own in entries else Text(ko=own, en=own) for own in application.joint_with]
    others = [*stated, *(partner.applicant.full_name for partner in partners)]
    if not others:
        return ()
    if not rule.value:
        facts = Facts(names={"others": _join_names(others)})
        return (_finding("joint_application", FindingOutcome.NOT_MET, facts, rule),)
    may_apply = rules.eligibility.may_apply
    findings = [_finding("joint_application_allowed", FindingOutcome.MET, Facts(), rule)]
    for partner in partners:
        kind = partner.applicant.kind
        code, outcome = (
            ("partner_may_apply", FindingOutcome.MET)
            if kind in may_apply.value
            else ("partner_may_not_apply", FindingOutcome.NOT_MET)
        )
        facts = Facts(names={"partner": partner.applicant.full_name}, terms={"kind": f"kind.{kind}"})
        findings.append(_finding(code, outcome, facts, may_apply))
    if application.joint_with:
        facts = Facts(names={"others": _join_names(stated)})
        findings.append(_finding("partners_not_stated", FindingOutcome.OPEN, facts, rule))
    return tuple(findings)


def _join_names(names: Sequence[Text]) -> Text:
    return Text(ko=", ".join(name.ko for name in names), en=", ".join(name.en for name in names))


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
    if applicant.kind in ORGANISATIONS:
        return ()
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


def determine_class(applicant: Applicant, rules: Rules) -> tuple[str | None, Finding | None]:
    """Return the class in which an applicant is compared, and the finding that says why; a class of one has none.

    A scheme that declares no classes has the size types of cities. Exactly as many residents as a class begins at are
    enough for it; by population a class may be for some kinds only, and of those that fit the highest bound counts. The
    class is None if not known, with a finding that refuses the application: it is in no class.

    Raises:
        NoRuleError: as `determine_size_type`.
    """
    declared = rules.scheme.classes
    if declared is None or declared.value.by is ClassBy.SIZE_TYPE:
        return determine_size_type(applicant, rules)
    by, classes = declared.value.by, declared.value.classes
    if by is ClassBy.NONE:
        return classes[0].id, None
    residents = applicant.population.residents if applicant.population else None
    of_kind = [
        declared_class
        for declared_class in classes
        if not declared_class.kinds or applicant.kind in declared_class.kinds
    ]
    if (
        by is ClassBy.POPULATION
        and residents is None
        and any(declared_class.at_least is not None for declared_class in of_kind)
    ):
        terms = {"kind": f"kind.{applicant.kind}"}
        return None, _finding("population_unknown", FindingOutcome.OPEN, Facts(terms=terms), declared)
    fitting = [declared_class for declared_class in classes if _fits_class(applicant, declared_class, by)]
    chosen = max(fitting, key=lambda fit: -1 if fit.at_least is None else fit.at_least, default=None)
    if chosen is None:
        return None, _finding("class_unknown", FindingOutcome.OPEN, Facts(), declared)
    facts = Facts(names={"size_type": chosen.name})
    return chosen.id, _finding("class_determined", FindingOutcome.NOTED, facts, declared)


def _fits_class(applicant: Applicant, declared: ApplicantClass, by: ClassBy) -> bool:
    if by is ClassBy.KIND:
        return applicant.kind in declared.kinds
    if by is ClassBy.COLUMN:
        return applicant.class_id == declared.id
    if declared.kinds and applicant.kind not in declared.kinds:
        return False
    if declared.at_least is None:
        return True
    return applicant.population is not None and applicant.population.residents >= declared.at_least


def determine_size_type(applicant: Applicant, rules: Rules) -> tuple[str | None, Finding | None]:
    """Return the size type (대도시, 중소도시) and the finding that says why.

    Where a kind is classified by population, exactly ``large_from`` residents make it large. The type is None for a
    kind that cannot apply (no finding either) and where the population is not known (an open finding that refuses).

    Raises:
        NoRuleError: the rules let a kind apply whose size type they do not say.
    """
    if applicant.kind in ORGANISATIONS and applicant.kind in rules.eligibility.may_apply.value:
        raise NoRuleError(f"the scheme lets '{applicant.kind}' apply and declares no classes; size types are of cities")
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
