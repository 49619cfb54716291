"""Where a round stands, from its call to its certificates: what has come, what is open, and which command is next."""

from __future__ import annotations

import json
import shlex
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path

from smartcert.certification.events import EventKind, Target
from smartcert.certification.store import Register
from smartcert.certification.timeline import resolve_corrections
from smartcert.files import sha256_hex
from smartcert.io.formats.csv import read_rows
from smartcert.io.rounds.round import INTAKE_FOLDER, LETTERS_FILE, TABLES, UNFINISHED_FILE, RoundCall
from smartcert.lazy_dataclass import dataclass
from smartcert.model.application import PackageState, SupplementAnswer
from smartcert.model.indicator import IndicatorKind

_MANIFEST, _SIGNATURE = "manifest.json", "manifest.sig.json"
_WAITING = frozenset({SupplementAnswer.PENDING.value, ""})


class RoundStep(StrEnum):
    """The steps of a round in their order; the first that is not done says which command is next."""

    CALL = "call"
    INTAKE = "intake"
    QUESTIONS = "questions"
    SUPPLEMENTS = "supplements"
    ASSIGNMENT = "assignment"
    MARKS = "marks"
    INSPECTIONS = "inspections"
    VOTES = "votes"
    DECISIONS = "decisions"
    REPORTS = "reports"
    SEAL = "seal"
    CERTIFICATES = "certificates"


@dataclass(frozen=True, kw_only=True, slots=True)
class StepStatus:
    """One step: how much of it is done, and of how much; ``wanted`` is None where that is not known beforehand.

    ``due`` is the day by which what is open is to come, ``late`` how much of it is beyond that day. ``missing`` is how
    much each evaluator still has to give.
    """

    step: RoundStep
    done: int
    wanted: int | None = None
    due: date | None = None
    late: int = 0
    missing: Mapping[str, int] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether nothing of the step can still come: what is beyond its day is not waited for."""
        return self.done > 0 if self.wanted is None else self.done + self.late >= self.wanted


@dataclass(frozen=True, kw_only=True, slots=True)
class RoundStatus:
    """All steps of a round in their order, and the command that is next.

    ``sender_missing`` are the settings of the sender that letters leave blank; ``unfinished`` is that an intake was
    ended before it had finished.
    """

    round: str
    opens_at: datetime
    closes_at: datetime
    packages: Mapping[PackageState, int]
    steps: tuple[StepStatus, ...]
    sender_missing: tuple[str, ...]
    unfinished: bool
    next_step: RoundStep | None
    next_command: str


def has_letters(folder: Path) -> bool:
    """Return whether letters were written in a round."""
    return (folder / INTAKE_FOLDER / LETTERS_FILE).is_file()


def read_status(
    call: RoundCall,
    name: str,
    outputs: Path,
    register: Path,
    today: date,
    inspections: StepStatus | None,
    awaited: Mapping[str, frozenset[str]] | None = None,
) -> RoundStatus:
    """Return where a round stands by its files; ``name`` is what the command calls it, ``outputs`` its reports' folder.

    ``register`` is the file of the register of certificates, which may be missing. Files are counted, not checked:
    `smartcert check` says what is wrong in them. Reports are done where they are of the round's files as they are now.
    ``inspections`` are the figures drawn and of these inspected; None where none can be drawn: then those inspected are
    counted. ``awaited`` are by applicant the indicators of a stage that it goes on to after a short list, of which it
    has no mark yet.

    Raises:
        InputError: a file cannot be read.
        UsageError: the register is none.
    """
    receipts = Counter(PackageState(row["state"]) for row in read_rows(call.folder / f"{INTAKE_FOLDER}/receipts.csv"))
    applicants = {row["applicant"] for row in read_rows(call.folder / "applications.csv")}
    committee = _count_committee(call, applicants, inspections, awaited or {})
    unfinished = (call.folder / INTAKE_FOLDER / UNFINISHED_FILE).exists()
    steps = (
        StepStatus(step=RoundStep.CALL, done=1),
        StepStatus(step=RoundStep.INTAKE, done=len(applicants)),
        _count_questions(call.folder),
        _count_supplements(call.folder, today),
        *committee,
        StepStatus(step=RoundStep.REPORTS, done=int(_are_reports_current(call.folder, outputs)), wanted=1),
        StepStatus(step=RoundStep.SEAL, done=int((outputs / _SIGNATURE).is_file()), wanted=1),
        StepStatus(
            step=RoundStep.CERTIFICATES,
            done=_count_entered(register, call.round.id),
            wanted=(committee[-1].done or None) if call.rules.scheme.no_certificate is None else 0,
        ),
    )
    open_step = next((step.step for step in steps if not step.complete), None)
    lacking = next((evaluator for step in steps for evaluator in step.missing), "ID")
    return RoundStatus(
        round=call.round.id,
        opens_at=call.round.window.opens_at,
        closes_at=call.round.window.closes_at,
        packages=receipts,
        steps=steps,
        sender_missing=call.round.sender.list_missing(),
        unfinished=unfinished,
        next_step=RoundStep.INTAKE if unfinished else open_step,
        next_command=_COMMANDS[RoundStep.QUESTIONS if unfinished else open_step].format(
            round=shlex.quote(name), folder=shlex.quote(str(call.folder)), evaluator=shlex.quote(lacking)
        ),
    )


_COMMANDS: Mapping[RoundStep | None, str] = {
    None: "smartcert verify {round}",
    RoundStep.CALL: "smartcert check {round}",
    RoundStep.INTAKE: "smartcert intake {round} FOLDER",
    RoundStep.QUESTIONS: "smartcert intake {round}",
    RoundStep.SUPPLEMENTS: "smartcert intake {round} FOLDER",
    RoundStep.ASSIGNMENT: "smartcert committee assign {round} --output {folder}/assignments.csv",
    RoundStep.MARKS: "smartcert template {round} --evaluator {evaluator}",
    RoundStep.INSPECTIONS: "smartcert template {round} --inspector NAME",
    RoundStep.VOTES: "smartcert check {round}",
    RoundStep.DECISIONS: "smartcert check {round}",
    RoundStep.REPORTS: "smartcert run {round}",
    RoundStep.SEAL: "smartcert seal {round} --key KEY",
    RoundStep.CERTIFICATES: 'smartcert register issue {round} --all --reason "..."',
}


def _are_reports_current(folder: Path, outputs: Path) -> bool:
    """Return whether reports were rendered from the round's files as they are now: none changed, came or went since."""
    try:
        inputs: dict[str, str] = json.loads((outputs / _MANIFEST).read_bytes())["inputs"]
        tables = {name for name in (f"{table}.csv" for table in TABLES) if name in inputs or (folder / name).is_file()}
        names = tables | {name for name in inputs if (folder / name).is_file()}
        return all(sha256_hex((folder / name).read_bytes()) == inputs.get(name) for name in names)
    except (OSError, ValueError, LookupError, TypeError):  # there is no manifest, or none that anybody could read
        return False


def _count_questions(folder: Path) -> StepStatus:
    rows = read_rows(folder / f"{INTAKE_FOLDER}/questions.csv")
    answered = sum(bool(row.get("answer")) for row in rows)
    return StepStatus(step=RoundStep.QUESTIONS, done=answered, wanted=len(rows))


def _count_supplements(folder: Path, today: date) -> StepStatus:
    rows = read_rows(folder / "supplements.csv")
    came = {
        (row.get("applicant"), row.get("document"), row.get("asked_on"))
        for row in read_rows(folder / f"{INTAKE_FOLDER}/supplements.csv")
    }
    waiting = [
        row
        for row in rows
        if row.get("answer") in _WAITING and (row["applicant"], row["document"], row["asked_on"]) not in came
    ]
    days = sorted(date.fromisoformat(row["due_on"]) for row in waiting if row.get("due_on"))
    return StepStatus(
        step=RoundStep.SUPPLEMENTS,
        done=len(rows) - len(waiting),
        wanted=len(rows),
        due=days[0] if days else None,
        late=sum(day < today for day in days),
    )


def _count_committee(
    call: RoundCall,
    applicants: set[str],
    inspections: StepStatus | None,
    awaited: Mapping[str, frozenset[str]],
) -> tuple[StepStatus, ...]:
    """Return the steps of the committee; it judges who is assigned, which leaves out applicants that are refused.

    Where nothing is assigned, who has marks was judged by those who gave them. What a scheme does not have, marks or
    figures, is not waited for.
    """
    edition, later = call.rules.edition, call.rules.list_later_stages()
    questions = {indicator.id for indicator in edition.indicators() if indicator.kind is IndicatorKind.QUALITATIVE}
    marks = {(row["applicant"], row["evaluator"], row["indicator"]) for row in read_rows(call.folder / "marks.csv")}
    pairs = {(row["applicant"], row["evaluator"]) for row in read_rows(call.folder / "assignments.csv")}
    pairs = pairs or {(applicant, evaluator) for applicant, evaluator, _ in marks}
    marked: dict[str, set[str]] = {}
    for applicant, _, indicator in marks:
        marked.setdefault(applicant, set()).add(indicator)
    reached = {name: _list_reached(questions, marked.get(name, set()), later) for name in {name for name, _ in pairs}}
    wanted = {pair: reached[pair[0]] | awaited.get(pair[0], frozenset()) for pair in pairs}
    judged = {name for name, _ in pairs} & applicants
    inspected = {(row["applicant"], row["indicator"]) for row in read_rows(call.folder / "inspections.csv")}
    voted = {row["applicant"] for row in read_rows(call.folder / "votes.csv")}
    decided = {row["applicant"] for row in read_rows(call.folder / "decisions.csv") if row.get("decided")}
    figures = edition.has_kind(IndicatorKind.QUANTITATIVE)
    if not questions:  # nobody gives marks, so the committee votes on what figures give
        judged = applicants
    number = len(judged) if questions else None
    return (
        StepStatus(step=RoundStep.ASSIGNMENT, done=len(judged) if questions else 0, wanted=None if questions else 0),
        StepStatus(
            step=RoundStep.MARKS,
            done=len(marks),
            wanted=sum(map(len, wanted.values())) or (None if questions else 0),
            missing=_count_missing(wanted, marks),
        ),
        inspections or StepStatus(step=RoundStep.INSPECTIONS, done=len(inspected), wanted=None if figures else 0),
        StepStatus(step=RoundStep.VOTES, done=len(voted & judged), wanted=number or None),
        StepStatus(step=RoundStep.DECISIONS, done=len(decided & judged), wanted=number or None),
    )


def _list_reached(questions: set[str], marked: set[str], later: Iterable[frozenset[str]]) -> set[str]:
    """Return the indicators that are marked of an applicant: of a stage after a short list once anybody marked one."""
    return questions - frozenset().union(*(stage for stage in later if not stage & marked))


def _count_missing(wanted: Mapping[tuple[str, str], set[str]], marks: Iterable[tuple[str, str, str]]) -> dict[str, int]:
    """Return how many marks each evaluator still has to give; who has given all is left out."""
    given = Counter(evaluator for _, evaluator, _ in marks)
    counts = Counter[str]()
    for (_, evaluator), indicators in wanted.items():
        counts[evaluator] += len(indicators)
    missing = {name: count - given[name] for name, count in sorted(counts.items())}
    return {name: count for name, count in missing.items() if count > 0}


_SETTLED = frozenset({EventKind.ISSUED, EventKind.EXTENDED, EventKind.DECLINED})


def _count_entered(path: Path, round_id: str) -> int:
    """Return how many applications of a round stand in the register with their certificate or its refusal."""
    if not path.exists():
        return 0
    applied: dict[tuple[str, Target], str] = {}
    entered: set[tuple[str, Target]] = set()
    with Register.read(path) as register:
        for event in resolve_corrections(register.events()):
            key = (event.subject, event.target)
            if event.kind is EventKind.APPLIED:
                applied[key] = event.facts.get("round", "")
            elif event.kind in _SETTLED and applied.get(key) == round_id:
                entered.add(key)
    return len(entered)
