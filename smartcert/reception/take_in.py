"""How packages become the tables of a round: stored, read, identified, decided, written. Read this file first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from datetime import date
from pathlib import Path

from smartcert.characters import neutralise_formula
from smartcert.errors import Place, Problem
from smartcert.evaluation.eligibility import determine_class, resolve_second_code
from smartcert.files import lock_folder, write_files
from smartcert.io.formats.csv import format_figure, format_table, read_rows
from smartcert.io.formats.text import quote
from smartcert.io.parameters.applicant_search import assign_ids, identify_sender
from smartcert.io.rounds.applications import find_superseded
from smartcert.io.rounds.arrivals import read_arrivals
from smartcert.io.rounds.forms import DOCUMENT, PAGE, VALUE, Claim, FormIdentity, Question, Submission, read_forms
from smartcert.io.rounds.package import list_packages, read_package
from smartcert.io.rounds.round import (
    INTAKE_FOLDER,
    OWN_MARK_COLUMNS,
    OWN_MARKS_TABLE,
    TABLES,
    RoundCall,
    read_round,
)
from smartcert.lazy_dataclass import dataclass
from smartcert.model.application import PackageState
from smartcert.model.citation import Text
from smartcert.model.korean_time import KOREAN_TIME
from smartcert.paths import find_parameter_folder
from smartcert.reception.checks import (
    ClaimedFigures,
    Remark,
    check_evidence,
    check_own_marks,
    compare_with_last_round,
    compare_with_peers,
)
from smartcert.reception.letters import (
    RequestDays,
    find_last_day,
    format_receipt_number,
    write_receipts,
    write_requests,
)
from smartcert.reception.packages import (
    CountingPackage,
    PackageStore,
    PackageVersion,
    ReceivedPackage,
    build_application,
    decide_counting_version,
    locate_evidence,
)
from smartcert.reception.readings import format_readings
from smartcert.reception.tables import (
    OfficeTables,
    ReceiptChange,
    add_event,
    begin_writing,
    build_round_tables,
    check_unchanged,
    end_writing,
    list_undone,
    match_supplements,
    read_events,
    read_office_tables,
    read_requested_supplements,
    request_supplements,
    write_events,
    write_questions,
    write_round_tables,
    write_supplement_arrivals,
)
from smartcert.reporting.catalogue import add_particle
from smartcert.reporting.problems import translate

_SETTLED_STATES = (PackageState.REPLACED, PackageState.WITHDRAWN, PackageState.SET_ASIDE, PackageState.UNDONE)
"""States in which it does not matter any more what is wrong with a package."""

_PROBLEM_COLUMNS = ("place", "found", "wanted", "found_ko", "wanted_ko")
_EVIDENCE_COLUMNS = ("applicant", "receipt", "name", "size", "pages", "sha256", "stored")
_ORIGIN_COLUMNS = ("applicant", "receipt", "field", "place", "raw", "formula", "read")


@dataclass(kw_only=True)
class Intake:
    """What came of an intake: the versions of all packages, those that count, and all that is to be asked or said."""

    versions: list[PackageVersion]
    counting: list[CountingPackage] = field(default_factory=list)
    questions: list[tuple[str, str, Question]] = field(default_factory=list)
    """Application id, receipt number, question to the applicant: of the versions that count."""
    office_questions: list[tuple[str, str, Question]] = field(default_factory=list)
    """Questions that the operating body answers itself: which package counts, whether a correction still stands."""
    remarks: list[Remark] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    requests: int = 0
    """How many requests for supplements were added."""
    notices: int = 0


def take_in(
    call: RoundCall,
    folder: Path | None,
    last: RoundCall | None = None,
    *,
    change: ReceiptChange | None = None,
    days: RequestDays | None = None,
) -> Intake:
    """Store the packages of ``folder`` and write the round's tables from all packages that were ever stored.

    ``last`` is the last round, with which figures are compared. A second run with the same folder, or with none after
    questions were answered, changes nothing but what the answers change. ``change`` undoes a receipt or takes it in
    again. ``days`` are those of requests for supplements; none are written without. What the operating body wrote is
    read and never changed.

    While it works no other intake of the round can, and one that was ended in the middle leaves a sign by which the
    round is refused until an intake has run to its end.

    Raises:
        UsageError: another intake is at work, there is no such receipt, or a file cannot be written.
        InputError: the log of the folder or the tables of the operating body have problems, or somebody changed a table
            that an intake wrote; nothing was stored then.
    """
    packages = _list_sent(folder, call) if folder is not None else {}
    arrivals = read_arrivals(folder, packages.keys()) if folder is not None else ()
    own = identify_forms(call)
    with lock_folder(call.folder / INTAKE_FOLDER, "intake"):
        office = read_office_tables(call.folder, call.rules)
        store = PackageStore(call.folder)
        receipts = [format_receipt_number(call.round, received) for received in store.packages]
        events = add_event(read_events(call.folder), change, receipts, call.round.id)
        check_unchanged(call.folder)
        begin_writing(call.folder)
        if folder is not None:
            store.add(
                (arrival, read_package(packages[arrival.package], own, store.keep_file) if arrival.package else None)
                for arrival in arrivals
            )
        if change is not None:
            write_events(call.folder, events)
        intake = _read_packages(store, events, office, call)
        intake.problems += store.problems
        _collect_remarks(intake, call, last)
        _write_results(intake, call, office)
        if days is not None:
            _ask_for_supplements(intake, call, days)
        end_writing(call.folder)
    return intake


def _list_sent(folder: Path, call: RoundCall) -> dict[str, Path]:
    """Return the packages of a folder; where they lie beside the files of the round, those are none of them."""
    packages = list_packages(folder)
    if folder.resolve() != call.folder.resolve():
        return packages
    own = {"round.yaml", INTAKE_FOLDER, *(f"{name}.csv" for name in TABLES), "registry.csv"}
    return {name: path for name, path in packages.items() if name not in own}


def identify_forms(call: RoundCall) -> FormIdentity:
    """Return what the forms of a round name."""
    return FormIdentity(round=call.round.id, edition=call.rules.edition.id)


def _read_packages(store: PackageStore, events: list[dict[str, str]], office: OfficeTables, call: RoundCall) -> Intake:
    """Return the packages as read, the state of each, which count, and what is to be asked about them."""
    undone, asked = list_undone(events), set[tuple[str, str]]()
    intake = Intake(versions=[])
    for received in store.packages:
        number = format_receipt_number(call.round, received)
        own = {name: answer.text for (receipt, name), answer in office.answers.items() if receipt == number}
        answers = _AnswerSheet(own)
        try:
            version = _read_version(received, store, call, answers)
        except Exception as error:  # whatever is wrong with one package, the others are still to be read
            version = _give_up(received, error)
        asked |= {(number, name) for name in answers.asked}
        if number in undone:
            version.state = PackageState.UNDONE
        intake.versions.append(version)
    _check_for_copies(intake, call)
    by_code: dict[str, list[PackageVersion]] = {}
    for version in intake.versions:
        if version.applicant is not None:
            by_code.setdefault(version.applicant.code, []).append(version)
    ids_by_code = _application_ids(call)
    for code, versions in by_code.items():
        replaces = _read_replacements(versions, office, call)
        chosen = decide_counting_version(versions, call.round.window, call.rules, replaces)
        _ask_about_senders(intake, versions, ids_by_code[code], call)
        if chosen is not None:
            intake.counting.append(CountingPackage(id=ids_by_code[code], version=chosen))
            _apply_supplements(intake, intake.counting[-1], versions, office, call)
            _ask_about_findings(intake, intake.counting[-1], versions, office, call)
    intake.counting.sort(key=lambda package: package.id)
    _ask_about_corrections(intake, office, call)
    for package in intake.counting:
        number = format_receipt_number(call.round, package.version.received)
        intake.questions += [(package.id, number, question) for question in package.version.submission.questions]
    _check_answers(intake, asked, office)
    return intake


class _AnswerSheet(dict[str, str]):
    """The answers to the questions of one package; ``asked`` are the questions that were looked up."""

    def __init__(self, answers: Mapping[str, str]) -> None:
        super().__init__(answers)
        self.asked: set[str] = set()

    def get(self, key: str, default: str = "") -> str:  # type: ignore[override]  # a text for every question
        self.asked.add(key)
        return super().get(key, default)


_SENDER_QUESTION = "sender"
_OWN_TABLES = {"finding-": "findings.csv", "correction-": "corrections.csv", "supplement-": "corrections.csv"}
"""By how the ids of questions begin, where they are answered: such an answer needs who, when and why."""

_YES, _NO = frozenset({"yes", "예"}), frozenset({"no", "아니요", "아니오"})


def _read_replacements(versions: list[PackageVersion], office: OfficeTables, call: RoundCall) -> dict[int, bool]:
    """Return what the office said of packages whose senders are less sure: by number, whether each replaces another."""
    found = {}
    for version in versions:
        answer = office.answers.get((format_receipt_number(call.round, version.received), _SENDER_QUESTION))
        if answer is not None and answer.text in _YES | _NO:
            found[version.received.number] = answer.text in _YES
    return found


def _ask_about_senders(intake: Intake, versions: list[PackageVersion], applicant: str, call: RoundCall) -> None:
    counting = next((version for version in versions if version.state is PackageState.COUNTS), None)
    other = format_receipt_number(call.round, counting.received) if counting else ""
    for version in versions:
        if version.state is PackageState.QUESTIONED:
            act_ko, act_en = ("철회", "take back") if version.received.withdraws else ("대체", "replace")
            question = Question(
                id=_SENDER_QUESTION,
                indicator="",
                place=version.received.package,
                found=f"code '{version.received.code}', official letter {version.received.official_letter}",
                why=Text(
                    ko=f"보낸 곳이 접수번호 {other}만큼 확실하지 않음(로그인 코드 또는 공문 없음): {act_ko} 여부",
                    en=f"the sender is less sure than that of receipt {other} (no login code or no official letter):"
                    f" does it {act_en} that one?",
                ),
                readings=("yes", "no"),
            )
            intake.office_questions.append((applicant, format_receipt_number(call.round, version.received), question))


def _ask_about_findings(
    intake: Intake, package: CountingPackage, versions: list[PackageVersion], office: OfficeTables, call: RoundCall
) -> None:
    """Ask whether what was found before the package that counts arrived is still so."""
    arrived = package.version.received.arrived_at.astimezone(KOREAN_TIME).date()
    sent_anew = any(version.state is PackageState.REPLACED for version in versions)
    number = format_receipt_number(call.round, package.version.received)
    for applicant, finding in office.findings:
        if applicant != package.id or finding.on > arrived or (finding.on == arrived and not sent_anew):
            continue
        question = Question(
            id="-".join(("finding", finding.matter, *((finding.document,) if finding.document else ()))),
            indicator="",
            place="findings.csv",
            found=f"{finding.found} ({finding.by}, {finding.on})",
            why=Text(
                ko=f"접수번호 {number} 도착 전의 판단임. 유지되면 findings.csv의 on을 새로 적을 것",
                en=f"it was found before receipt {number} arrived; if it is still so, set a new day in findings.csv",
            ),
            readings=(),
        )
        intake.office_questions.append((applicant, number, question))


def _ask_about_corrections(intake: Intake, office: OfficeTables, call: RoundCall) -> None:
    """Ask what is accepted where a figure that the desk had corrected was sent anew."""
    claims, receipts = {}, {}
    for package in intake.counting:
        receipts[package.id] = format_receipt_number(call.round, package.version.received)
        for claim in package.version.submission.claims.values():
            if claim.value is not None:
                claims[package.id, claim.indicator.id] = claim.value
    for correction in find_superseded(office.corrections, claims):
        claimed, accepted, now = (
            format_figure(value, correction.indicator)
            for value in (
                correction.claimed,
                correction.accepted,
                claims[correction.applicant, correction.indicator.id],
            )
        )
        question = Question(
            id=f"correction-{correction.indicator.id}",
            indicator=correction.indicator.id,
            place=str(correction.cells.table.place(correction.cells.line)),
            found=f"{claimed} -> {accepted} ({correction.correction.by}, {correction.correction.on})",
            why=Text(
                ko=f"이전 신청값 {format_readings((claimed,), 'ko')}에 대한 정정임."
                f" 신청값이 {add_particle(format_readings((now,), 'ko'), '으로/로')} 다시 제출됨."
                " corrections.csv에 새 신청값에 대한 행을 추가할 것",
                en=f"the correction was made on the older claim {claimed}, which was sent anew as {now}:"
                " add a row for the new claim to corrections.csv",
            ),
            readings=tuple(dict.fromkeys((now, accepted))),
        )
        intake.office_questions.append((correction.applicant, receipts[correction.applicant], question))


def _check_answers(intake: Intake, asked: set[tuple[str, str]], office: OfficeTables) -> None:
    """Add a problem for each answer that settles nothing: it does not fit, or nobody asked."""
    by_id = {(receipt, question.id): question for _, receipt, question in (*intake.questions, *intake.office_questions)}
    for (receipt, name), answer in office.answers.items():
        question = by_id.get((receipt, name))
        own_table = next((table for start, table in _OWN_TABLES.items() if name.startswith(start)), None)
        if question is not None and own_table is not None:
            wanted = f"a row in {own_table} instead: it says who, when and why"
        elif question is not None:
            wanted = f"one of {', '.join(question.readings)}" if question.readings else "a value of the indicator"
        elif (receipt, name) not in asked and own_table is None and name != _SENDER_QUESTION:
            wanted = "an answer beside the question as an intake wrote it"
        else:
            continue
        intake.problems.append(Problem(place=answer.place, found=f"the answer {quote(answer.text)}", wanted=wanted))


def _application_ids(call: RoundCall) -> dict[str, str]:
    """Return the ids of applications by code; an applicant that has an id in the round already retains it."""
    ids_by_code = dict(assign_ids(call.round.registry))
    for row in read_rows(call.folder / "applications.csv"):
        if row.get("code") in ids_by_code and row.get("applicant"):
            ids_by_code[row["code"]] = row["applicant"]
    return ids_by_code


def _give_up(received: ReceivedPackage, error: Exception) -> PackageVersion:
    """Return the version of a package that cannot be read for a reason that nobody thought of."""
    found = f"a package that cannot be read ({type(error).__name__}: {error})"
    problem = Problem(place=Place(file=received.package), found=found, wanted="the package sent again, in another way")
    return PackageVersion(received=received, applicant=None, submission=Submission(problems=[problem]))


def _read_version(
    received: ReceivedPackage, store: PackageStore, call: RoundCall, answers: Mapping[str, str]
) -> PackageVersion:
    place = Place(file=received.package)
    submission = Submission()
    if received.refused:
        submission.problems += [
            reason
            if isinstance(reason, Problem)
            else Problem(place=place, found=reason, wanted="a package that can be opened")
            for reason in received.refused
        ]
    elif received.forms or not (received.withdraws or received.supplements):
        forms = store.read_forms(received)
        submission = read_submission(forms, received.package, received.doubts, call, answers)
    applicant = None
    if received.code or submission.code or submission.name or not submission.problems:
        applicant, problems = identify_sender(
            received.code, submission.code, submission.name, call.round.registry, received.package
        )
        submission.problems += problems
    return PackageVersion(
        received=received,
        applicant=resolve_second_code(applicant, call.round.registry) if applicant else None,
        submission=submission,
    )


def read_submission(
    forms: Sequence[tuple[str, bytes]],
    package: str,
    doubts: Iterable[Problem],
    call: RoundCall,
    answers: Mapping[str, str],
) -> Submission:
    """Return the content of the forms of a package.

    What is wrong with files that may be forms is told where there is no form, or where it lacks rows of indicators.
    Figures of another round or edition are not claims of this one.
    """
    own, edition = identify_forms(call), call.rules.edition
    submission = read_forms(forms, package, edition, answers) if forms else Submission(has_every_row=False)
    if forms and submission.problems and not submission.claims:
        return submission
    if not submission.has_every_row:
        submission.problems += doubts
    if not forms and not submission.problems:
        found, wanted = "no form", f"a file that names the round '{own.round}' or the edition '{own.edition}'"
        submission.problems.append(Problem(place=Place(file=package), found=found, wanted=wanted))
    for stated, is_own, what, wanted in (
        (submission.round, own.names_round(submission.round), "round", own.round),
        (submission.edition, own.names_edition(submission.edition), "edition", own.edition),
    ):
        if stated and not is_own:
            problem = Problem(
                place=Place(file=package),
                found=f"a form of {what} '{stated[:60]}'",
                wanted=f"the form of {what} '{wanted}'",
            )
            submission.problems.append(problem)
            submission.claims.clear()
    return submission


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


def _apply_supplements(
    intake: Intake, package: CountingPackage, versions: list[PackageVersion], office: OfficeTables, call: RoundCall
) -> None:
    """Let the forms of supplements answer what is open, and nothing else.

    What one says that would change a figure, or answers after the last day of the letters that asked, is a question to
    the operating body: nothing of it counts by itself, and nothing is passed over.
    """
    submission = package.version.submission
    corrected = {
        (correction.indicator.id, correction.claimed)
        for correction in office.corrections
        if correction.applicant == package.id
    }
    for version in versions:
        if version.state is not PackageState.SUPPLEMENT:
            continue
        last = find_last_day(call.folder, package.id, version.received.arrived_at)
        for indicator_id, claim in version.submission.claims.items():
            own = submission.claims.get(indicator_id)
            if own is None or claim.value is None or own.value == claim.value:
                continue
            if own.value is None and last is None:
                submission.claims[indicator_id] = claim
                submission.questions[:] = [
                    question for question in submission.questions if question.indicator != indicator_id
                ]
            elif own.value is None or (indicator_id, own.value) not in corrected:
                number = format_receipt_number(call.round, version.received)
                question = _build_supplement_question(own, claim, version.received.package, last)
                intake.office_questions.append((package.id, number, question))


def _build_supplement_question(own: Claim, claim: Claim, package: str, last: date | None) -> Question:
    assert claim.value is not None  # noqa: S101  # for the type checker: the caller has looked
    indicator = claim.indicator
    now = format_figure(claim.value, indicator)
    if own.value is None:
        why = Text(
            ko=f"제출 기한({last}) 뒤의 회신임. 인정하려면 신청 기관에 한 질문의 answer에 적을 것",
            en=f"it came after the last day for it ({last}); if it is to count, write it as the answer of the question",
        )
        readings: tuple[str, ...] = (now,)
    else:
        before = format_figure(own.value, indicator)
        readings = (now, before)
        why = Text(
            ko=f"보완 서류의 값이 신청값 {add_particle(format_readings((before,), 'ko'), '과/와')} 다름."
            " 어느 값을 인정하는지 corrections.csv에 행을 추가할 것",
            en=f"the supplement says something else than the claim {before}:"
            " add a row to corrections.csv that says which is accepted",
        )
    return Question(
        id=f"supplement-{indicator.id}", indicator=indicator.id, place=package, found=now, why=why, readings=readings
    )


def _collect_remarks(intake: Intake, call: RoundCall, last: RoundCall | None) -> None:
    edition = call.rules.edition
    figures = []
    for package in intake.counting:
        version = package.version
        intake.remarks += check_evidence(package.id, version)
        intake.remarks += check_own_marks(package.id, version.submission, call.rules)
        claimed = ClaimedFigures(
            id=package.id,
            applicant=package.applicant,
            size_type=determine_class(package.applicant, call.rules)[0],
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
    intake.problems += [
        problem
        for version in intake.versions
        if version.state not in _SETTLED_STATES
        for problem in version.submission.problems
    ]
    intake.problems += [
        Problem(
            place=Place(file=f"withdrawal of {version.received.code}"),
            found="a withdrawal after the deadline",
            wanted="a withdrawal before the deadline; the application stands",
        )
        for version in intake.versions
        if version.state is PackageState.LATE_WITHDRAWAL
    ]


def _write_results(intake: Intake, call: RoundCall, office: OfficeTables) -> None:
    folder, intake_folder, ids_by_code = call.folder, call.folder / INTAKE_FOLDER, _application_ids(call)
    if intake.counting or (folder / "applications.csv").exists():
        write_round_tables(folder, build_round_tables(intake.counting, call.rules))
    identified = [
        (ids_by_code[version.applicant.code], format_receipt_number(call.round, version.received), version)
        for version in intake.versions
        if version.applicant is not None
    ]
    rows, problems = match_supplements(identified, office.supplements)
    intake.problems += problems
    write_supplement_arrivals(folder, rows)
    write_questions(folder, [*intake.questions, *intake.office_questions], office)
    write_receipts(call, folder, intake.versions, ids_by_code)
    remarks = ((remark.applicant, remark.indicator, remark.message.ko, remark.message.en) for remark in intake.remarks)
    problem_rows = (
        (
            str(problem.place),
            problem.found,
            problem.wanted,
            translate(problem.found, "ko"),
            translate(problem.wanted, "ko"),
        )
        for problem in sorted(intake.problems, key=str)
    )
    tables = {
        "origins": format_table(_ORIGIN_COLUMNS, _origin_rows(intake, call)),
        "evidence": format_table(_EVIDENCE_COLUMNS, _evidence_rows(intake, call, ids_by_code)),
        OWN_MARKS_TABLE: format_table(OWN_MARK_COLUMNS, _own_mark_rows(intake, call)),
        "remarks": format_table(("applicant", "indicator", "told_ko", "told_en"), remarks),
        "problems": format_table(_PROBLEM_COLUMNS, problem_rows),
    }
    write_files({intake_folder / f"{name}.csv": table for name, table in tables.items()})


def _ask_for_supplements(intake: Intake, call: RoundCall, days: RequestDays) -> None:
    supplements = read_requested_supplements(call.folder)
    sent = [build_application(package, call.rules, supplements.get(package.id, ())) for package in intake.counting]
    intake.requests = request_supplements(call.folder, sent, call.rules, days.asked_on, days.due_on)
    intake.notices = write_requests(call, intake.counting, intake.questions, intake.remarks, days)


def _own_mark_rows(intake: Intake, call: RoundCall) -> Iterator[tuple[str, ...]]:
    """Yield what applicants wrote beside the qualitative indicators, as it stands in their forms."""
    for package in intake.counting:
        number = format_receipt_number(call.round, package.version.received)
        for name, line in package.version.submission.mark_lines.items():
            cell = line.cells[VALUE]
            if cell.text:
                texts = (cell.text, line.text(DOCUMENT), line.text(PAGE), str(cell.grid.place(cell.row, cell.column)))
                yield (package.id, number, name, *map(neutralise_formula, texts))


def _origin_rows(intake: Intake, call: RoundCall) -> Iterator[tuple[str, ...]]:
    for package in intake.counting:
        number = format_receipt_number(call.round, package.version.received)
        for origin in package.version.submission.origins:
            raw = neutralise_formula(origin.raw)
            yield (package.id, number, origin.field, origin.place, raw, origin.formula, origin.read)


def _evidence_rows(intake: Intake, call: RoundCall, ids_by_code: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    """Yield a row for each file of each package that is no form: where it is stored, below the folder of the intake."""
    for version in intake.versions:
        received, number = version.received, format_receipt_number(call.round, version.received)
        applicant = ids_by_code.get(version.applicant.code, "") if version.applicant else ""
        forms = {form.name for form in received.forms}
        files = [
            (file.name, str(file.size), str(file.pages or ""), file.sha256)
            for file in received.files
            if file.name not in forms
        ]
        if received.package and not received.files:
            files.append((received.package, "", "", received.sha256))
        for name, size, pages, sha256 in files:
            place = locate_evidence(sha256)
            stored = place if (call.folder / INTAKE_FOLDER / place).is_file() else ""
            yield (applicant, number, neutralise_formula(name), size, pages, sha256, stored)
