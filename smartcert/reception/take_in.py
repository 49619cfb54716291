"""How packages become the tables of a round: stored, read, identified, decided, written. Read this file first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from smartcert.characters import neutralise_formula
from smartcert.errors import Place, Problem
from smartcert.evaluation.eligibility import determine_size_type, resolve_second_code
from smartcert.io.applicant_search import assign_ids, identify_sender
from smartcert.io.applications import read_arrivals
from smartcert.io.csv import write_table
from smartcert.io.forms import Question, Submission, read_forms
from smartcert.io.package import read_package
from smartcert.io.round import RoundCall, read_round
from smartcert.paths import find_parameter_folder
from smartcert.reception.checks import (
    ClaimedFigures,
    Remark,
    check_evidence,
    compare_with_last_round,
    compare_with_peers,
)
from smartcert.reception.letters import format_receipt_number, write_receipts
from smartcert.reception.packages import (
    INTAKE_FOLDER,
    CountingPackage,
    PackageState,
    PackageStore,
    PackageVersion,
    ReceivedPackage,
    decide_counting_version,
)
from smartcert.reception.tables import (
    merge_supplement_answers,
    read_answers,
    read_previous_rows,
    write_questions,
    write_round_tables,
)

_ORIGIN_COLUMNS = ("applicant", "receipt", "field", "place", "raw", "formula", "read")


@dataclass(kw_only=True)
class Intake:
    """What came of an intake: the versions of all packages, those that count, and all that is to be asked or said."""

    versions: list[PackageVersion]
    counting: list[CountingPackage] = field(default_factory=list)
    questions: list[tuple[str, str, Question]] = field(default_factory=list)
    """Application id, receipt number, question: of the versions that count."""
    remarks: list[Remark] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def take_in(call: RoundCall, folder: Path | None, last: RoundCall | None = None) -> Intake:
    """Store the packages of ``folder`` and write the round's tables from all packages that were ever stored.

    ``last`` is the last round, with which figures are compared. A second run with the same folder, or with none after
    questions were answered, changes nothing but what the answers change.

    Raises:
        InputError: the log of the folder has problems; nothing was stored then.
    """
    store = PackageStore(call.folder)
    if folder is not None:
        store.add(
            (arrival, read_package(folder / arrival.package) if arrival.package else None)
            for arrival in read_arrivals(folder)
        )
    answers = read_answers(call.folder)
    ids_by_code = _application_ids(call)
    intake = Intake(versions=[_read_version(received, store, call, answers) for received in store.packages])
    _check_for_copies(intake, call)
    by_code: dict[str, list[PackageVersion]] = {}
    for version in intake.versions:
        if version.applicant is not None:
            by_code.setdefault(version.applicant.code, []).append(version)
    for code, versions in by_code.items():
        chosen = decide_counting_version(versions, call.round.window, call.rules)
        if chosen is not None:
            _apply_supplements(chosen, versions)
            intake.counting.append(CountingPackage(id=ids_by_code[code], version=chosen))
    intake.counting.sort(key=lambda package: package.id)
    _collect_remarks(intake, call, last)
    _write_results(intake, call, ids_by_code, answers)
    return intake


def _application_ids(call: RoundCall) -> dict[str, str]:
    """Return the ids of applications by code; an applicant that has an id in the round already retains it."""
    ids_by_code = dict(assign_ids(call.round.registry))
    for row in read_previous_rows(call.folder / "applications.csv"):
        if row.get("code") in ids_by_code and row.get("applicant"):
            ids_by_code[row["code"]] = row["applicant"]
    return ids_by_code


def _read_version(
    received: ReceivedPackage, store: PackageStore, call: RoundCall, answers: Mapping[tuple[str, str], str]
) -> PackageVersion:
    number, place = format_receipt_number(call.round, received), Place(file=received.package)
    submission = Submission()
    if received.refused:
        wanted = "a package that can be opened"
        submission.problems += [Problem(place=place, found=reason, wanted=wanted) for reason in received.refused]
    elif received.forms or not (received.withdraws or received.supplements):
        own_answers = {name: answer for (receipt, name), answer in answers.items() if receipt == number}
        submission = read_forms(store.read_forms(received), received.package, call.rules.edition, own_answers)
    applicant, problems = identify_sender(
        received.code, submission.code, submission.name, call.round.registry, received.package
    )
    submission.problems += problems
    for stated, own, what in (
        (submission.round, call.round.id, "round"),
        (submission.edition, call.rules.edition.id, "edition"),
    ):
        if stated and stated != own:
            found, wanted = f"a form of {what} '{stated[:60]}'", f"the form of {what} '{own}'"
            submission.problems.append(Problem(place=place, found=found, wanted=wanted))
            submission.claims.clear()
    return PackageVersion(
        received=received,
        applicant=resolve_second_code(applicant, call.round.registry) if applicant else None,
        submission=submission,
    )


def _check_for_copies(intake: Intake, call: RoundCall) -> None:
    """Add a problem for a form that an earlier applicant sent too: one of them sent the wrong file."""
    first: dict[str, PackageVersion] = {}
    for version in intake.versions:
        forms = {form.name for form in version.received.forms}
        for file in version.received.files:
            if file.name not in forms or version.applicant is None:
                continue
            other = first.setdefault(file.sha256, version)
            if other.applicant and other.applicant.code != version.applicant.code:
                number = format_receipt_number(call.round, other.received)
                problem = Problem(
                    place=Place(file=f"{version.received.package}/{file.name}"),
                    found=f"the same form as receipt {number}, of another applicant",
                    wanted="a form of its own",
                )
                version.submission.problems.append(problem)


def _apply_supplements(chosen: PackageVersion, versions: list[PackageVersion]) -> None:
    """Let the forms of supplements answer what is open, and nothing else."""
    submission = chosen.submission
    for version in versions:
        if version.state is not PackageState.SUPPLEMENT:
            continue
        for indicator_id, claim in version.submission.claims.items():
            own = submission.claims.get(indicator_id)
            if own is not None and own.value is None and claim.value is not None:
                submission.claims[indicator_id] = claim
                submission.questions[:] = [
                    question for question in submission.questions if question.indicator != indicator_id
                ]


def _collect_remarks(intake: Intake, call: RoundCall, last: RoundCall | None) -> None:
    edition = call.rules.edition
    figures = []
    for package in intake.counting:
        version = package.version
        number = format_receipt_number(call.round, version.received)
        intake.questions += [(package.id, number, question) for question in version.submission.questions]
        intake.remarks += check_evidence(package.id, version)
        claimed = ClaimedFigures(
            id=package.id,
            applicant=package.applicant,
            size_type=determine_size_type(package.applicant, call.rules)[0],
            values={name: claim.value for name, claim in version.submission.claims.items() if claim.value is not None},
        )
        figures.append(claimed)
    intake.remarks += compare_with_peers(figures, edition, call.rules.scoring.suppress_below.value)
    if last is not None:
        round_ = read_round(last.folder, last.rulebook, find_parameter_folder(last.folder, "registry"))
        claims = {
            application.applicant.code: {name: figure.claimed for name, figure in application.measurements.items()}
            for application in round_.applications
        }
        intake.remarks += compare_with_last_round(figures, claims, edition)
    intake.problems += [problem for version in intake.versions for problem in version.submission.problems]
    intake.problems += [
        Problem(
            place=Place(file=f"withdrawal of {version.received.code}"),
            found="a withdrawal after the deadline",
            wanted="a withdrawal before the deadline; the application stands",
        )
        for version in intake.versions
        if version.state is PackageState.LATE_WITHDRAWAL
    ]


def _write_results(
    intake: Intake, call: RoundCall, ids_by_code: Mapping[str, str], answers: Mapping[tuple[str, str], str]
) -> None:
    folder, intake_folder = call.folder, call.folder / INTAKE_FOLDER
    if intake.counting or (folder / "applications.csv").exists():
        write_round_tables(folder, intake.counting, call.rules)
    identified = [
        (ids_by_code[version.applicant.code], version) for version in intake.versions if version.applicant is not None
    ]
    merge_supplement_answers(folder, identified)
    write_questions(folder, intake.questions, answers)
    write_receipts(folder, intake.versions, call.round, ids_by_code)
    write_table(intake_folder / "origins.csv", _ORIGIN_COLUMNS, _origin_rows(intake, call))
    remarks = ((one.applicant, one.indicator, one.message.ko, one.message.en) for one in intake.remarks)
    write_table(intake_folder / "remarks.csv", ("applicant", "indicator", "told_ko", "told_en"), remarks)
    problems = ((str(one.place), one.found, one.wanted) for one in sorted(intake.problems, key=str))
    write_table(intake_folder / "problems.csv", ("place", "found", "wanted"), problems)


def _origin_rows(intake: Intake, call: RoundCall) -> Iterator[tuple[str, ...]]:
    for package in intake.counting:
        number = format_receipt_number(call.round, package.version.received)
        for origin in package.version.submission.origins:
            raw = neutralise_formula(origin.raw)
            yield (package.id, number, origin.field, origin.place, raw, origin.formula, origin.read)
