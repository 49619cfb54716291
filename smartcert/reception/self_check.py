"""What the operating body would find in a form or a package, so that the applicant can mend it before sending."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

from smartcert.errors import Place, Problem
from smartcert.evaluation.eligibility import check_may_apply, resolve_second_code
from smartcert.evaluation.scales import compute_value
from smartcert.evaluation.scoring import score_value
from smartcert.evaluation.totals import compute_totals
from smartcert.io.formats.csv import format_exact, format_figure
from smartcert.io.parameters.applicant_search import assign_ids, identify_sender
from smartcert.io.rounds.forms import Submission, is_form
from smartcert.io.rounds.package import Package, read_package
from smartcert.io.rounds.round import RoundCall
from smartcert.lazy_dataclass import dataclass
from smartcert.model.application import Channel, DocumentKind, Missing, Value
from smartcert.model.evaluation import Finding, FindingOutcome
from smartcert.model.indicator import POPULATION, Edition, Indicator, IndicatorKind, MissingPolicy, RankScale, Section
from smartcert.reception.checks import Remark, check_evidence, check_own_marks, read_own_marks
from smartcert.reception.letters import find_lacking
from smartcert.reception.packages import CountingPackage, PackageVersion, ReceivedPackage, build_application
from smartcert.reception.take_in import identify_forms, read_submission


@dataclass(frozen=True, kw_only=True, slots=True)
class SelfCheck:
    """What was found, and by domain the points of the figures as claimed.

    ``applicant`` is the id in the round, empty where it is not known who it is. ``to_send`` are documents that are to
    be sent with a form that was checked alone. Points by rank depend on the other applicants and are left out, of
    ``points`` and of ``out_of``. ``refused`` are the indicators without a value that the edition does not evaluate
    without one.
    """

    applicant: str
    submission: Submission
    own_marks: Mapping[str, Fraction | None]
    problems: tuple[Problem, ...]
    findings: tuple[Finding, ...]
    remarks: tuple[Remark, ...]
    refused: tuple[Indicator, ...]
    to_send: tuple[DocumentKind, ...]
    points: Mapping[str, Fraction]
    out_of: Mapping[str, Fraction]

    @property
    def clean(self) -> bool:
        """Whether there is nothing to mend before sending."""
        return not (self.problems or self.submission.questions or self.findings or self.remarks or self.refused)

    def claims(self) -> dict[str, str | None]:
        """Return every figure and every own mark by indicator, as a table writes them; None where it is not certain."""
        claims = {
            name: None if claim.value is None else format_figure(claim.value, claim.indicator)
            for name, claim in self.submission.claims.items()
        }
        return claims | {name: None if mark is None else format_exact(mark) for name, mark in self.own_marks.items()}


def read_round_name(path: Path) -> str:
    """Return the round that a form or package names; the empty text where none can be read."""
    return next((form.round for form in read_package(path).forms if form.round), "")


def describe_nameless(path: Path) -> tuple[Problem, ...]:
    """Return why no round can be read in a form or package: what its files are, or that none names a round."""
    package = read_package(path)
    nameless = Problem(place=Place(file=package.name), found="no file that names a round", wanted="the round's form")
    return package.problems or package.doubts or (nameless,)


def check_before_sending(path: Path, call: RoundCall) -> SelfCheck:
    """Return what the operating body would find in a form or package.

    Of a form alone the documents and the evidence are not checked: they are sent with it.
    """
    package = read_package(path, identify_forms(call))
    alone = path.is_file() and len(package.files) == 1 and is_form(package.files[0].name)
    edition, registry = call.rules.edition, call.round.registry
    submission = _read_submission(package, path, call, alone=alone)
    entry, problems = None, list[Problem]()
    if submission.code or submission.name or not submission.problems:
        entry, problems = identify_sender("", submission.code, submission.name, registry, package.name)
    findings: tuple[Finding, ...] = ()
    remarks = tuple(check_own_marks("applicant", submission, call.rules))
    residents, applicant_id = None, ""
    if entry is not None:
        applicant = resolve_second_code(entry, registry)
        applicant_id = assign_ids(registry)[applicant.code]
        residents = applicant.population.residents if applicant.population else None
        version = PackageVersion(received=_package_in_time(package, call), applicant=applicant, submission=submission)
        eligibility = check_may_apply(entry, registry, call.rules)
        findings = tuple(finding for finding in eligibility if finding.outcome is FindingOutcome.NOT_MET)
        if not alone and submission.claims:
            application = build_application(CountingPackage(id="applicant", version=version), call.rules)
            findings += find_lacking(application, call.round, call.rules)
            remarks = (*check_evidence("applicant", version), *remarks)
    values = {name: claim.value for name, claim in submission.claims.items() if claim.value is not None}
    scorable = {domain.id: _scorable_indicators(domain) for domain in edition.domains}
    sections = _score_claims(values, residents, edition)
    return SelfCheck(
        applicant=applicant_id,
        submission=submission,
        own_marks=read_own_marks(submission, call.rules),
        problems=(*submission.problems, *problems),
        findings=findings,
        remarks=remarks,
        refused=tuple(indicator for indicator in edition.entries() if _is_refused(indicator, values)),
        to_send=call.rules.documents.required.value if alone and submission.claims else (),
        points={domain.id: sections[domain.id] for domain in edition.domains},
        out_of={
            name: sum((indicator.points for indicator in indicators if indicator.counted), Fraction(0))
            for name, indicators in scorable.items()
        },
    )


def _read_submission(package: Package, path: Path, call: RoundCall, *, alone: bool) -> Submission:
    """Return the content of a package; of a form alone also where it names neither round nor edition, as a problem."""
    if package.problems:
        return Submission(problems=list(package.problems))
    forms = [(form.name, form.data) for form in package.forms]
    submission = read_submission(forms, package.name, package.doubts, call, {})
    if forms or not alone:
        return submission
    read = read_submission([(package.name, path.read_bytes())], package.name, (), call, {})
    if not read.claims:
        return submission
    read.problems[:] = submission.problems
    return read


def _package_in_time(package: Package, call: RoundCall) -> ReceivedPackage:
    """Return the package as if it had come in time, on the website and with the official letter."""
    return ReceivedPackage(
        number=0,
        package=package.name,
        sha256=package.sha256,
        arrived_at=call.round.window.closes_at,
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
    return indicator.policy_for(value) is MissingPolicy.REFUSE


def _scorable_indicators(domain: Section) -> list[Indicator]:
    return [
        indicator
        for indicator in domain.walk()
        if indicator.kind is IndicatorKind.QUANTITATIVE and not isinstance(indicator.scale, RankScale)
    ]


def _score_claims(values: Mapping[str, Value], residents: int | None, edition: Edition) -> Mapping[str, Fraction]:
    """Return the points of each section by id: of figures that need neither marks nor others' figures, else none."""
    points = {indicator.id: Fraction(0) for indicator in edition.indicators()}
    bases = {POPULATION: Fraction(residents)} if residents else {}
    for domain in edition.domains:
        for indicator in _scorable_indicators(domain):
            if any(base not in bases for base in indicator.bases()):
                continue
            value = compute_value(indicator, values, bases) if indicator.figures else values.get(indicator.id)
            if isinstance(value, Fraction):
                points[indicator.id] = score_value(value, indicator, residents, edition, bases=bases).points
    return compute_totals(edition.domains, points, edition.rounding, edition.total_rule).sections
