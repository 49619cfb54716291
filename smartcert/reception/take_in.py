"""Packages -> tables of the round."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from smartcert.errors import Place, Problem
from smartcert.evaluation.eligibility import determine_size_type, resolve_second_code
from smartcert.io.applicant_search import assign_ids, identify_sender
from smartcert.io.applications import Arrival, read_arrivals
from smartcert.io.csv import write_table
from smartcert.io.forms import Question, Submission, read_forms
from smartcert.io.package import Package, read_package
from smartcert.io.round import RoundCall
from smartcert.model.application import Value
from smartcert.reception import checks as plausible
from smartcert.reception.checks import ClaimedFigures, Remark, check_evidence
from smartcert.reception.letters import format_receipt_number, merge_supplement_answers, write_receipts
from smartcert.reception.packages import (
    INTAKE_FOLDER,
    CountingPackage,
    PackageState,
    PackageStore,
    PackageVersion,
    ReceivedPackage,
    decide_counting_version,
    read_previous_rows,
    write_round_tables,
)

# --- ``intake/questions.csv``: what could be read in two ways, and what the operator answered.

QUESTIONS_FILE = "questions.csv"
QUESTION_COLUMNS = ("id", "applicant", "receipt", "indicator", "place", "found", "why", "why_ko", "readings", "answer")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def read_answers(folder: Path) -> Mapping[tuple[str, str], str]:
    """Return the answers given so far, by receipt and question.

    Raises:
        InputError: the table cannot be read.
    """
    return {
        (row.get("receipt") or "", row.get("id") or ""): (row.get("answer") or "").removeprefix("'")
        for row in read_previous_rows(folder / INTAKE_FOLDER / QUESTIONS_FILE)
        if (row.get("answer") or "").strip()
    }


def write_questions(
    folder: Path, asked: Iterable[tuple[str, str, Question]], given: Mapping[tuple[str, str], str]
) -> None:
    """Write the open questions, and the answered ones with their answers, so that nothing answered is lost."""
    rows = [
        (
            one.id,
            name,
            receipt,
            one.indicator,
            one.place,
            one.found,
            one.why.en,
            one.why.ko,
            " | ".join(one.readings),
            "",
        )
        for name, receipt, one in asked
    ]
    still_open = {(row[2], row[0]) for row in rows}
    for row in read_previous_rows(folder / INTAKE_FOLDER / QUESTIONS_FILE):
        key = (row.get("receipt") or "", row.get("id") or "")
        if key in given and key not in still_open:
            rows.append(tuple((row.get(name) or "") for name in QUESTION_COLUMNS))  # type: ignore[arg-type]  # as many as columns
    safe = (
        tuple(map(_neutralise_formula, row)) for row in sorted(rows, key=lambda row: (row[1], row[2], row[3], row[0]))
    )
    write_table(folder / INTAKE_FOLDER / QUESTIONS_FILE, QUESTION_COLUMNS, safe)


def _neutralise_formula(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula; a negative number stays one."""
    plain = cell.removeprefix("-").replace(".", "", 1)
    return f"'{cell}" if cell.startswith(_FORMULA) and not plain.isdigit() else cell


# --- THE WAY of what was sent: kept, read, identified, decided, written as the round's tables. Read this file first.


@dataclass(kw_only=True)
class Intake:
    """What came of an intake: versions of all packages, those that count, and all that is to be asked or told."""

    versions: list[PackageVersion]
    counted: list[CountingPackage] = field(default_factory=list)
    questions: list[tuple[str, str, Question]] = field(default_factory=list)
    """Applicant, receipt, question: of the versions that count."""
    remarks: list[Remark] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def take_in(called: RoundCall, folder: Path | None, last: RoundCall | None = None) -> Intake:
    """Keep the packages of ``folder`` and write the round's tables from all that was ever kept.

    ``last`` is the last round, against which figures are held. Running it again with the same folder, or with none
    after questions were answered, changes nothing but what the answers change.

    Raises:
        InputError: the log of the folder is wrong; nothing was taken then.
    """
    store = PackageStore(called.folder)
    if folder is not None:
        arrivals = read_arrivals(folder)
        store.take((one, _read_arrival(folder, one)) for one in arrivals)
    given = read_answers(called.folder)
    names = _application_ids(called)
    taken = Intake(versions=[_read_version(kept, store, called, given) for kept in store.kept])
    _check_for_copies(taken, called)
    for code, versions in _group_by_applicant(taken.versions).items():
        chosen = decide_counting_version(versions, called.round.window, called.rules)
        if chosen is not None:
            _apply_supplements(chosen, versions)
            taken.counted.append(CountingPackage(id=names[code], version=chosen))
    taken.counted.sort(key=lambda one: one.id)
    _collect_remarks(taken, called, last)
    _write_results(taken, called, names, given)
    return taken


def _read_arrival(folder: Path, arrival: Arrival) -> Package | None:
    return read_package(folder / arrival.package) if arrival.package else None


def _application_ids(called: RoundCall) -> dict[str, str]:
    """Return the ids by code; an applicant that has one in the round keeps it."""
    names = dict(assign_ids(called.round.registry))
    for row in read_previous_rows(called.folder / "applications.csv"):
        if row.get("code") in names and row.get("applicant"):
            names[row["code"]] = row["applicant"]
    return names


def _read_version(
    kept: ReceivedPackage, store: PackageStore, called: RoundCall, given: Mapping[tuple[str, str], str]
) -> PackageVersion:
    number = format_receipt_number(called.round, kept)
    own = {name: answer for (receipt, name), answer in given.items() if receipt == number}
    read = Submission()
    if kept.refused:
        place = Place(file=kept.package)
        wanted = "a package that can be opened"
        read = Submission(problems=[Problem(place=place, found=found, wanted=wanted) for found in kept.refused])
    elif kept.forms or not (kept.withdraws or kept.supplements):
        read = read_forms(store.forms(kept), kept.package, called.rules.edition, own)
    applicant, problems = identify_sender(kept.code, read.code, read.name, called.round.registry, kept.package)
    read.problems += problems
    for told, own_id, what in (
        (read.round, called.round.id, "round"),
        (read.edition, called.rules.edition.id, "edition"),
    ):
        if told and told != own_id:
            found, wanted = f"a form of {what} '{told[:60]}'", f"the form of {what} '{own_id}'"
            read.problems.append(Problem(place=Place(file=kept.package), found=found, wanted=wanted))
            read.claims.clear()
    return PackageVersion(
        kept=kept,
        applicant=resolve_second_code(applicant, called.round.registry) if applicant else None,
        submission=read,
    )


def _check_for_copies(taken: Intake, called: RoundCall) -> None:
    """Tell a form that two applicants sent: one of them sent the wrong file."""
    first: dict[str, PackageVersion] = {}
    for version in taken.versions:
        forms = {form.name for form in version.kept.forms}
        for file in version.kept.files:
            if file.name not in forms or version.applicant is None:
                continue
            other = first.setdefault(file.sha256, version)
            if other.applicant and other.applicant.code != version.applicant.code:
                found = (
                    f"the same form as receipt {format_receipt_number(called.round, other.kept)}, of another applicant"
                )
                place = Place(file=f"{version.kept.package}/{file.name}")
                version.submission.problems.append(Problem(place=place, found=found, wanted="a form of its own"))


def _group_by_applicant(versions: list[PackageVersion]) -> dict[str, list[PackageVersion]]:
    found: dict[str, list[PackageVersion]] = {}
    for version in versions:
        if version.applicant is not None:
            found.setdefault(version.applicant.code, []).append(version)
    return found


def _apply_supplements(chosen: PackageVersion, versions: list[PackageVersion]) -> None:
    """Let the forms of supplements answer what is open, and nothing else."""
    for version in versions:
        if version.state is not PackageState.SUPPLEMENT:
            continue
        for name, claim in version.submission.claims.items():
            held = chosen.submission.claims.get(name)
            if held is not None and held.value is None and claim.value is not None:
                chosen.submission.claims[name] = claim
                still = [one for one in chosen.submission.questions if one.indicator != name]
                chosen.submission.questions[:] = still


def _collect_remarks(taken: Intake, called: RoundCall, last: RoundCall | None) -> None:
    everyone = []
    for one in taken.counted:
        version = one.version
        assert version.applicant is not None  # noqa: S101 - only identified packages count
        number = format_receipt_number(called.round, version.kept)
        taken.questions += [(one.id, number, question) for question in version.submission.questions]
        taken.remarks += check_evidence(one.id, version)
        values: dict[str, Value] = {
            name: claim.value for name, claim in version.submission.claims.items() if claim.value is not None
        }
        size = determine_size_type(version.applicant, called.rules)[0]
        everyone.append(ClaimedFigures(id=one.id, applicant=version.applicant, size_type=size, values=values))
    fewest = called.rules.scoring.suppress_below.value
    taken.remarks += plausible.compare_with_peers(everyone, called.rules.edition, fewest)
    if last is not None:
        taken.remarks += plausible.compare_with_last_round(everyone, _claims_of_last_round(last), called.rules.edition)
    taken.problems += [problem for version in taken.versions for problem in version.submission.problems]
    for version in taken.versions:
        if version.state is PackageState.LATE_WITHDRAWAL:
            place = Place(file=f"withdrawal of {version.kept.code}")
            wanted = "a withdrawal before the deadline; the application stands"
            taken.problems.append(Problem(place=place, found="a withdrawal after the deadline", wanted=wanted))


def _claims_of_last_round(last: RoundCall) -> dict[str, dict[str, Value]]:
    """Return what was claimed in the last round, by code and indicator."""
    from smartcert.io.round import read_round
    from smartcert.paths import find_parameter_folder

    whole = read_round(last.folder, last.rulebook, find_parameter_folder(last.folder, "registry"))
    return {
        one.applicant.code: {name: measured.claimed for name, measured in one.measurements.items()}
        for one in whole.applications
    }


def _write_results(
    taken: Intake, called: RoundCall, names: dict[str, str], given: Mapping[tuple[str, str], str]
) -> None:
    folder = called.folder
    if taken.counted or (folder / "applications.csv").exists():
        write_round_tables(folder, taken.counted, called.rules)
    pairs = [(names[one.applicant.code], one) for one in taken.versions if one.applicant is not None]
    merge_supplement_answers(folder, pairs)
    write_questions(folder, taken.questions, given)
    write_receipts(folder, taken.versions, called.round, names)
    write_table(folder / INTAKE_FOLDER / "origins.csv", _ORIGIN_COLUMNS, _origin_rows(taken, called))
    remarks = ((one.applicant, one.indicator, one.told.ko, one.told.en) for one in taken.remarks)
    write_table(folder / INTAKE_FOLDER / "remarks.csv", ("applicant", "indicator", "told_ko", "told_en"), remarks)
    told = ((str(one.place), one.found, one.wanted) for one in sorted(taken.problems, key=str))
    write_table(folder / INTAKE_FOLDER / "problems.csv", ("place", "found", "wanted"), told)


_ORIGIN_COLUMNS = ("applicant", "receipt", "field", "place", "raw", "formula", "read")


def _origin_rows(taken: Intake, called: RoundCall) -> Iterator[tuple[str, ...]]:
    for one in taken.counted:
        number = format_receipt_number(called.round, one.version.kept)
        for origin in one.version.submission.origins:
            # a formula is told without its sign of equality: no spreadsheet runs it
            raw = f"'{origin.raw}" if origin.raw.startswith(("=", "+", "@", "-")) else origin.raw
            yield (one.id, number, origin.field, origin.place, raw, origin.formula, origin.read)
