"""What the operating body would find in a form or a package, told to the applicant before it is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from smartcert.errors import InputError, Problem
from smartcert.evaluation.eligibility import check_may_apply, resolve_second_code
from smartcert.evaluation.scales import apply_scale, compute_measure, round_to
from smartcert.io.applicant_search import identify_sender
from smartcert.io.forms import ROUND, Submission, match_label, read_forms, read_grids
from smartcert.io.package import Package, is_form, read_package
from smartcert.io.round import RoundCall
from smartcert.model.application import Channel, Missing, Value
from smartcert.model.evaluation import Finding, Outcome
from smartcert.model.indicator import Indicator, IndicatorKind, MissingPolicy, RankScale, RoundingStep, Section
from smartcert.reception.checks import Remark, check_evidence
from smartcert.reception.letters import build_application, find_lacking
from smartcert.reception.packages import CountingPackage, PackageVersion, ReceivedPackage


@dataclass(frozen=True, kw_only=True, slots=True)
class SelfCheck:
    """What was found, and the points of the figures as claimed; points by rank hang on others and are left out."""

    submission: Submission
    problems: tuple[Problem, ...]
    findings: tuple[Finding, ...]
    remarks: tuple[Remark, ...]
    refused: tuple[Indicator, ...]
    points: Mapping[str, Fraction]
    out_of: Mapping[str, Fraction]

    @property
    def clean(self) -> bool:
        """Whether there is nothing to mend before sending."""
        return not (self.problems or self.submission.questions or self.findings or self.remarks or self.refused)


def read_round_name(path: Path) -> str:
    """Return the round that a form or package names, or nothing where it cannot be read."""
    for name, data in read_package(path).forms:
        try:
            found = read_grids(name, data, name)
        except InputError:
            continue
        for grid in found:
            for row, cells in grid.rows():
                for column, cell in cells.items():
                    if match_label(cell.text) == ROUND and grid.at(row, column + 1).text:
                        return grid.at(row, column + 1).text.strip()
    return ""


def check_before_sending(path: Path, called: RoundCall) -> SelfCheck:
    """Return what the operating body would find; of a form alone, documents that it names are taken as there."""
    package = read_package(path)
    alone = len(package.files) == 1 and is_form(package.files[0].name)
    edition = called.rules.edition
    read = Submission(problems=list(package.problems))
    if not package.problems:
        read = read_forms(package.forms, package.name, edition, {})
    entry, problems = identify_sender("", read.code, read.name, called.round.registry, package.name)
    findings: tuple[Finding, ...] = ()
    remarks: tuple[Remark, ...] = ()
    population = None
    if entry is not None:
        itself = resolve_second_code(entry, called.round.registry)
        population = itself.population.residents if itself.population else None
        version = PackageVersion(kept=_package_in_time(package, called), applicant=itself, submission=read)
        stands = check_may_apply(entry, called.round.registry, called.rules)
        findings = tuple(one for one in stands if one.outcome is Outcome.NOT_MET)
        if not alone:
            sent = build_application(CountingPackage(id="applicant", version=version), called.rules)
            findings += find_lacking(sent, called.round, called.rules)
            remarks = tuple(check_evidence("applicant", version))
    values = {name: claim.value for name, claim in read.claims.items() if claim.value is not None}
    return SelfCheck(
        submission=read,
        problems=(*read.problems, *problems),
        findings=findings,
        remarks=remarks,
        refused=tuple(one for one in edition.indicators() if _is_refused(one, values)),
        points={domain.id: _score_claims(domain, values, population, called) for domain in edition.domains},
        out_of={
            domain.id: sum((one.points for one in _scorable_indicators(domain)), Fraction(0))
            for domain in edition.domains
        },
    )


def _package_in_time(package: Package, called: RoundCall) -> ReceivedPackage:
    """Return the package as if it had come in time, with the letter, on the website."""
    return ReceivedPackage(
        number=0,
        package=package.name,
        sha256=package.sha256,
        arrived_at=called.round.window.closes_at,
        channel=Channel.WEBSITE,
        official_letter=True,
        code="",
        sent_at=None,
        channel_reason="",
        supplements=(),
        withdraws=False,
        files=package.files,
        forms=(),
    )


def _is_refused(indicator: Indicator, values: Mapping[str, Value]) -> bool:
    value = values.get(indicator.id)
    if not isinstance(value, Missing):
        return False
    return MissingPolicy.REFUSE is (indicator.absent if value is Missing.ABSENT else indicator.not_applicable)


def _scorable_indicators(domain: Section) -> list[Indicator]:
    return [
        one for one in domain.walk() if one.kind is IndicatorKind.QUANTITATIVE and not isinstance(one.scale, RankScale)
    ]


def _score_claims(domain: Section, values: Mapping[str, Value], population: int | None, called: RoundCall) -> Fraction:
    edition, total = called.rules.edition, Fraction(0)
    for indicator in _scorable_indicators(domain):
        value = values.get(indicator.id)
        if not isinstance(value, Fraction) or (indicator.per_people and not population):
            continue
        measured = compute_measure(value, indicator, population)
        if indicator.per_people:
            measured = round_to(measured, edition.rounding_at(RoundingStep.MEASURE))
        total += round_to(apply_scale(indicator, measured).points, edition.rounding_at(RoundingStep.INDICATOR))
    return total
