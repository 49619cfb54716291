"""Appeal pack; would it still stand."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from smartcert.certification.events import Event, EventKind
from smartcert.certification.state import VALID, Certificate, Law, Standing, compute_review_due_day
from smartcert.certification.timeline import compute_standing, resolve_corrections
from smartcert.characters import neutralise_formula
from smartcert.errors import SmartcertError
from smartcert.evaluation.evaluate import evaluate
from smartcert.files import sha256_hex
from smartcert.model.application import Application, Missing, Value
from smartcert.model.citation import Basis, Text
from smartcert.model.evaluation import Evaluation, IndicatorScore, SectionScore, Working
from smartcert.reporting import formats as figures
from smartcert.reporting.catalogue import Words
from smartcert.reporting.records import Record, from_json, to_json
from smartcert.rules.rulebook import Rulebook, Rules
from smartcert.services.eligibility import format_basis
from smartcert.services.rounds import OpenRound

# --- The appeal pack (이의신청 자료): what one verdict rests on, in a folder that can be handed over and checked.

_OBJECTION_EVENTS = {EventKind.OBJECTION_FILED, EventKind.OBJECTION_DECIDED}
CHECKSUM_FILE = "SHA256SUMS"


@dataclass(frozen=True, kw_only=True, slots=True)
class AppealPack:
    """The files of a pack by name. The same inputs give the same bytes."""

    files: Mapping[str, bytes]
    evaluation: str
    """The SHA-256 of ``evaluation.json``."""


def build_appeal_pack(
    opened: OpenRound, applicant_id: str, events: Sequence[Event], kept: Callable[[str], bytes | None]
) -> AppealPack:
    """Return the pack of one applicant of a round; ``events`` are the register's entries about it, if there is one.

    ``evaluation.json`` is computed anew. Where entries rest on another one, and ``kept`` has it, it stands in
    ``entered/`` under its SHA-256.

    Raises:
        UsageError: the round has no such applicant.
    """
    record = opened.record(applicant_id)
    application = next(one for one in opened.round.applications if one.id == applicant_id)
    evaluation, json = record.evaluation, to_json(record)
    scores = evaluation.scorecard.indicators() if evaluation.scorecard else ()
    files = {
        "evaluation.json": json,
        "submitted.csv": _format_csv(_SUBMITTED_COLUMNS, _submitted_rows(application)),
        "documents.csv": _format_csv(_DOCUMENT_COLUMNS, _document_rows(application)),
        "changes.csv": _format_csv(_CHANGE_COLUMNS, (row for one in scores for row in _change_rows(one))),
        "marks.csv": _format_csv(_MARK_COLUMNS, (row for one in scores for row in _mark_rows(one))),
        "trace.csv": _format_csv(_TRACE_COLUMNS, _trace_rows(evaluation)),
        "entries.csv": _format_csv(_ENTRY_COLUMNS, (_entry_row(one) for one in events)),
        "rules.csv": _format_csv(_RULE_COLUMNS, (_rule_row(basis) for basis in evaluation.rules)),
    }
    for entered in sorted({one.evaluation for one in events} - {"", sha256_hex(json)}):
        was = kept(entered)
        if was is not None:
            files[f"entered/{entered}.json"] = was
    for language in ("ko", "en"):
        text = _format_summary(record, application, events, sha256_hex(json), Words(language, "register"))
        files[f"pack.{language}.txt"] = text.encode()
    files[CHECKSUM_FILE] = "".join(
        f"{sha256_hex(content)}  {name}\n" for name, content in sorted(files.items())
    ).encode()
    return AppealPack(files=files, evaluation=sha256_hex(json))


_SUBMITTED_COLUMNS = ("indicator", "claimed", "evidence_document", "evidence_page")
_DOCUMENT_COLUMNS = (
    "document",
    "received",
    "sealed",
    "lookup_table",
    "asked_on",
    "due_on",
    "answer",
    "answered_on",
    "note",
)
_CHANGE_COLUMNS = ("indicator", "name_ko", "claimed", "desk", "desk_reason", "confirmed", "site_reason", "points_lost")
_MARK_COLUMNS = ("indicator", "evaluator", "mark", "excluded", "trimmed", "method", "combined")
_TRACE_COLUMNS = ("kind", "id", "name_ko", "name_en", "value", "measure", "exact", "points", "out_of", "policy")
_ENTRY_COLUMNS = ("entry", "at", "recorded_at", "event", "role", "reason", "evaluation", "hash")
_RULE_COLUMNS = ("rule", "since", "status", "cited_ko", "cited_en", "note_ko", "note_en", "quotes_ko")


def _submitted_rows(application: Application) -> Iterator[tuple[str, ...]]:
    for name, one in sorted(application.measurements.items()):
        yield name, _format_value(one.claimed), one.evidence_document, one.evidence_page


def _document_rows(application: Application) -> Iterator[tuple[str, ...]]:
    asked = {one.document: one for one in application.supplements}
    for one in application.documents:
        again = asked.get(one.kind)
        supplement = ("", "", "", "")
        if again:
            answered = again.answered_on.isoformat() if again.answered_on else ""
            supplement = (again.asked_on.isoformat(), again.due_on.isoformat(), again.answer.value, answered)
        yield (
            one.kind.value,
            _format_yes_no(one.received),
            _format_yes_no(one.sealed),
            _format_yes_no(one.lookup_table),
            *supplement,
            one.note,
        )


def _change_rows(score: IndicatorScore) -> Iterator[tuple[str, ...]]:
    if score.claimed.value == score.desk.value == score.confirmed.value:
        return
    values = (
        _format_value(score.claimed.value),
        _format_value(score.desk.value),
        score.desk_reason,
        _format_value(score.confirmed.value),
    )
    lost = figures.format_number(score.claimed.points - score.confirmed.points)
    yield score.indicator.id, score.indicator.name.ko, *values, score.site_reason, lost


def _mark_rows(score: IndicatorScore) -> Iterator[tuple[str, ...]]:
    combination = score.combination
    if combination is None:
        return
    for mark in combination.marks:
        given = "" if mark.value is None else str(mark.value)
        yield (
            *(score.indicator.id, mark.evaluator, given, _format_yes_no(mark.excluded), _format_yes_no(mark.trimmed)),
            *(combination.method, str(combination.combined)),
        )


def _trace_rows(evaluation: Evaluation) -> Iterator[tuple[str, ...]]:
    """Yield every number from the total down to the indicators, exactly."""
    card, level = evaluation.scorecard, evaluation.level
    if card is None:
        return
    yield ("total", "", "", "", "", "", str(card.exact), str(card.points), str(card.out_of), "")
    for bound in level.bounds if level else ():
        yield ("bound", str(bound.level), "", "", "", "", "", str(bound.points), str(card.out_of), bound.basis.name)
    for domain in card.domains:
        yield from _section_rows(domain)


def _section_rows(section: SectionScore) -> Iterator[tuple[str, ...]]:
    names = (section.name.ko, section.name.en)
    yield ("section", section.id, *names, "", "", str(section.exact), str(section.points), str(section.out_of), "")
    for one in section.indicators:
        yield _indicator_row(one, one.confirmed)
    for below in section.sections:
        yield from _section_rows(below)


def _indicator_row(score: IndicatorScore, counted: Working) -> tuple[str, ...]:
    measure = "" if counted.measure is None else str(counted.measure)
    return (
        *(
            "indicator",
            score.indicator.id,
            score.indicator.name.ko,
            score.indicator.name.en,
            _format_value(counted.value),
        ),
        *(measure, str(counted.exact), str(counted.points), str(score.out_of), counted.policy or ""),
    )


def _entry_row(event: Event) -> tuple[str, ...]:
    """Return an entry without the name of who acted: the pack goes out of the house."""
    return (
        *(str(event.seq), event.at.isoformat(), event.recorded_at.isoformat(), event.kind.value, event.role.value),
        *(event.reason, event.evaluation, event.hash),
    )


def _rule_row(basis: Basis) -> tuple[str, ...]:
    note = (basis.note.ko, basis.note.en) if basis.note else ("", "")
    quotes = " / ".join(text.ko for cite in basis.cite for _, text in cite.source.quotes)
    korean, english = (format_basis(basis, Words(language)) for language in ("ko", "en"))
    return basis.name, basis.since.isoformat(), basis.status.value, korean, english, *note, quotes


def _format_summary(record: Record, application: Application, events: Sequence[Event], own: str, words: Words) -> str:
    evaluation = record.evaluation
    lines = [
        words("appeal.title", name=evaluation.applicant.name, round=record.round.title),
        "",
        words("appeal.about"),
        "",
        words("appeal.arrived", at=application.arrived_at),
        words("appeal.rules", day=record.round.governing_day, edition=record.round.edition),
        words("appeal.hash", hash=own),
        words("appeal.recomputed", package=record.package),
        "",
        words("appeal.findings"),
    ]
    for finding in evaluation.findings:
        lines.append(f"- {words.finding(finding)}")
        lines += [f"    {format_basis(basis, words)}" for basis in finding.basis]
    lines += ["", words("appeal.objections"), *(_describe_objections(events, words) or [words("appeal.no_objection")])]
    lines += ["", words("appeal.inputs"), *(f"- {one.file}  {one.sha256}" for one in record.inputs)]
    return "\n".join(lines) + "\n"


def _describe_objections(events: Sequence[Event], words: Words) -> list[str]:
    found = []
    for event in events:
        if event.kind in _OBJECTION_EVENTS:
            key = "appeal.filed" if event.kind is EventKind.OBJECTION_FILED else "appeal.rejected"
            key = "appeal.upheld" if event.kind is EventKind.OBJECTION_DECIDED and event.yes("upheld") else key
            against = {"entry": event.text("against")} if event.kind is EventKind.OBJECTION_FILED else {}
            found.append("- " + words(key, day=event.day, reason=event.reason, seq=event.seq, **against))
    return found


def _format_value(value: Value) -> str:
    return value.value if isinstance(value, Missing) else str(value)


def _format_yes_no(said: bool | None) -> str:
    return "" if said is None else "yes" if said else "no"


def _format_csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Return a table that a spreadsheet opens as UTF-8 and in which it takes no cell for a formula."""
    out = io.StringIO()
    written = csv.writer(out, lineterminator="\r\n")
    written.writerow(columns)
    for row in rows:
        written.writerow(map(neutralise_formula, row))
    return out.getvalue().encode("utf-8-sig")


# --- Would it still stand: a certified applicant's newest data under the rules of its certificate and those of today.

_CERTIFICATION_RULES = "certification."


@dataclass(frozen=True, kw_only=True, slots=True)
class LostPoints:
    """An indicator whose share of points is smaller than it was for the certificate."""

    indicator: str
    name: Text
    before: Fraction
    now: Fraction
    out_of: Fraction


@dataclass(frozen=True, kw_only=True, slots=True)
class RecheckVerdict:
    """The newest data under one set of rules; without an evaluation ``why`` says why there is none."""

    edition: str
    day: date
    evaluation: Evaluation | None
    why: str = ""

    @property
    def stands(self) -> bool:
        """Whether a certificate would be given."""
        return self.evaluation is not None and self.evaluation.certified


@dataclass(frozen=True, kw_only=True, slots=True)
class Recheck:
    """One holder: its standing, the verdicts, and what fell.

    ``fell`` is None where the evaluation that the certificate rests on was not kept.
    """

    standing: Standing
    certificate: Certificate
    own: RecheckVerdict
    current: RecheckVerdict
    fell: tuple[LostPoints, ...] | None
    due: date

    @property
    def order(self) -> tuple[bool, bool, int, date, str]:
        """Sorts those to look at first: who would not stand, then most fallen indicators, then the nearest review."""
        return (self.own.stands, self.current.stands, -len(self.fell or ()), self.due, self.standing.subject)


EvaluationLookup = Callable[[str], bytes | None]
"""The ``evaluation.json`` with a SHA-256, where it was kept."""


def recheck_certificates(
    events: Sequence[Event], newest: OpenRound, law: Law, day: date, kept: EvaluationLookup
) -> tuple[Recheck, ...]:
    """Return all who hold a valid certificate on ``day`` and have data in the newest round, in the order to look at."""
    by_subject: dict[str, list[Event]] = {}
    for event in events:
        by_subject.setdefault(event.subject, []).append(event)
    latest = {one.applicant.code: one for one in newest.evaluations}
    cache: dict[tuple[date, str], Mapping[str, Evaluation] | str] = {}
    found = []
    for subject, own in by_subject.items():
        held = compute_standing(own, day, law)
        if held.holding in VALID and held.certificate is not None and subject in latest:
            found.append(_recheck_holder(held, held.certificate, own, newest, law, kept, cache))
    return tuple(sorted(found, key=lambda one: one.order))


def _recheck_holder(
    held: Standing,
    certificate: Certificate,
    events: Sequence[Event],
    newest: OpenRound,
    law: Law,
    kept: EvaluationLookup,
    cache: dict[tuple[date, str], Mapping[str, Evaluation] | str],
) -> Recheck:
    granted = _latest_grant(events, held.day)
    edition, since = _edition_of_grant(granted, certificate)
    own = _verdict_under(held.subject, newest, since, edition, cache)
    current = _verdict_under(held.subject, newest, held.day, _current_edition(newest.rulebook, held.day), cache)
    before = _earlier_evaluation(granted, kept)
    fell = None if before is None or own.evaluation is None else tuple(_compare_points(before, own.evaluation))
    due = compute_review_due_day(certificate, law(held.day))
    return Recheck(standing=held, certificate=certificate, own=own, current=current, fell=fell, due=due)


def _latest_grant(events: Sequence[Event], day: date) -> Event:
    """Return the entry that gave the latest period up to ``day``."""
    gave = {EventKind.ISSUED, EventKind.EXTENDED, EventKind.TRANSCRIBED}
    return [event for event in resolve_corrections(events) if event.kind in gave and event.day <= day][-1]


def _edition_of_grant(granted: Event, certificate: Certificate) -> tuple[str, date]:
    """Return the edition of indicators and the governing day that the certificate was given under."""
    for named in granted.editions:
        if not named.startswith(_CERTIFICATION_RULES):
            edition, _, since = named.partition("@")
            return edition, date.fromisoformat(since)
    return certificate.edition, granted.day


def _current_edition(rulebook: Rulebook, day: date) -> str:
    held = [edition for edition in rulebook.editions.values() if edition.since <= day]
    return max(held, key=lambda edition: (edition.since, edition.id)).id if held else ""


def _verdict_under(
    subject: str,
    newest: OpenRound,
    day: date,
    edition: str,
    cache: dict[tuple[date, str], Mapping[str, Evaluation] | str],
) -> RecheckVerdict:
    key = (day, edition)
    if key not in cache:
        cache[key] = _evaluate_under(newest, day, edition)
    found = cache[key]
    if isinstance(found, str):
        return RecheckVerdict(edition=edition, day=day, evaluation=None, why=found)
    return RecheckVerdict(edition=edition, day=day, evaluation=found[subject])


def _evaluate_under(newest: OpenRound, day: date, edition: str) -> Mapping[str, Evaluation] | str:
    try:
        rules = newest.rulebook.on(day, edition)
    except SmartcertError as error:
        return str(error)
    missing = _indicators_without_values(newest, rules)
    if missing:
        return f"the newest data have no values for {', '.join(missing)} of edition {edition}"
    return {one.applicant.code: one for one in evaluate(newest.round, rules)}


def _indicators_without_values(newest: OpenRound, rules: Rules) -> list[str]:
    known = {one.id for one in newest.rules.edition.indicators()}
    return [one.id for one in rules.edition.indicators() if one.id not in known]


def _earlier_evaluation(granted: Event, kept: EvaluationLookup) -> Evaluation | None:
    data = kept(granted.evaluation) if granted.evaluation else None
    return from_json(Record, data).evaluation if data is not None else None


def _compare_points(before: Evaluation, now: Evaluation) -> Iterable[LostPoints]:
    if before.scorecard is None or now.scorecard is None:
        return
    was = {one.indicator.id: one for one in before.scorecard.indicators()}
    for one in now.scorecard.indicators():
        old = was.get(one.indicator.id)
        if old is not None and old.out_of and one.out_of and one.points / one.out_of < old.points / old.out_of:
            yield LostPoints(
                indicator=one.indicator.id,
                name=one.indicator.name,
                before=old.points * one.out_of / old.out_of,
                now=one.points,
                out_of=one.out_of,
            )
