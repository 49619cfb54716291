"""What the verdict on one applicant rests on, as a folder that can be handed over and checked: the appeal pack.

이의신청 자료: the submission, what changed in it, the marks without names, the decision, the rules, the trace, the
objections.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from smartcert.certification.events import Event, EventKind
from smartcert.characters import neutralise_formula
from smartcert.files import sha256_hex
from smartcert.io.formats.csv import format_yes_no
from smartcert.lazy_dataclass import dataclass
from smartcert.model.application import Application, Missing, Value
from smartcert.model.citation import Basis
from smartcert.model.evaluation import Evaluation, IndicatorScore, SectionScore
from smartcert.model.outcome import Outcome
from smartcert.reporting.catalogue import Words
from smartcert.reporting.formats import format_number
from smartcert.reporting.outcome import describe_computed, describe_outcome
from smartcert.reporting.records import Record, to_json
from smartcert.services.eligibility import format_basis
from smartcert.services.rounds import OpenRound

_CHECKSUM_FILE = "SHA256SUMS"
_SUBMITTED_COLUMNS = ("indicator", "claimed", "evidence_document", "evidence_page")
_DOCUMENT_COLUMNS = (
    *("document", "received", "sealed", "lookup_table"),
    *("asked_on", "due_on", "answer", "answered_on", "note"),
)
_CHANGE_COLUMNS = ("indicator", "name_ko", "claimed", "desk", "desk_reason", "confirmed", "site_reason", "points_lost")
_MARK_COLUMNS = ("indicator", "evaluator", "mark", "excluded", "trimmed", "method", "combined")
_DECISION_COLUMNS = (
    *("step", "level", "result", "by", "on", "reason"),
    *("members", "present", "present_needed", "yes", "no", "abstained", "yes_needed"),
)
_TRACE_COLUMNS = ("kind", "id", "name_ko", "name_en", "value", "measure", "exact", "points", "out_of", "policy")
_ENTRY_COLUMNS = ("entry", "at", "recorded_at", "event", "role", "reason", "evaluation", "hash")
_RULE_COLUMNS = ("rule", "since", "status", "cited_ko", "cited_en", "note_ko", "note_en", "quotes_ko")


@dataclass(frozen=True, kw_only=True, slots=True)
class AppealPack:
    """The files of a pack by name. The same inputs give the same bytes."""

    files: Mapping[str, bytes]
    evaluation: str
    """The SHA-256 of ``evaluation.json``."""


def build_appeal_pack(
    opened: OpenRound, applicant_id: str, events: Sequence[Event], find_stored: Callable[[str], bytes | None]
) -> AppealPack:
    """Return the pack of one applicant of a round; ``events`` are the register's entries about it, if there is one.

    ``evaluation.json`` is computed anew. Where entries rest on another evaluation and ``find_stored`` returns it for
    its SHA-256, it is added as ``entered/SHA-256.json``.

    Raises:
        UsageError: the round has no such applicant.
    """
    record, application = opened.record(applicant_id), opened.application(applicant_id)
    evaluation, json = record.evaluation, to_json(record)
    digest = sha256_hex(json)
    scores = evaluation.scorecard.indicators() if evaluation.scorecard else ()
    files = {
        "evaluation.json": json,
        "submitted.csv": _format_csv(_SUBMITTED_COLUMNS, _submitted_rows(application)),
        "documents.csv": _format_csv(_DOCUMENT_COLUMNS, _document_rows(application)),
        "changes.csv": _format_csv(_CHANGE_COLUMNS, _change_rows(scores)),
        "marks.csv": _format_csv(_MARK_COLUMNS, _mark_rows(scores)),
        "decision.csv": _format_csv(_DECISION_COLUMNS, _decision_rows(record.outcome)),
        "trace.csv": _format_csv(_TRACE_COLUMNS, _trace_rows(evaluation)),
        "entries.csv": _format_csv(_ENTRY_COLUMNS, map(_entry_row, events)),
        "rules.csv": _format_csv(_RULE_COLUMNS, map(_rule_row, evaluation.rules)),
    }
    for entered in sorted({event.evaluation for event in events} - {"", digest}):
        stored = find_stored(entered)
        if stored is not None:
            files[f"entered/{entered}.json"] = stored
    for language in ("ko", "en"):
        summary = _format_summary(record, application, events, digest, Words(language, "register", "committee"))
        files[f"pack.{language}.txt"] = summary.encode()
    checksums = "".join(f"{sha256_hex(content)}  {name}\n" for name, content in sorted(files.items()))
    files[_CHECKSUM_FILE] = checksums.encode()
    return AppealPack(files=files, evaluation=digest)


def _submitted_rows(application: Application) -> Iterator[tuple[str, ...]]:
    for name, measurement in sorted(application.measurements.items()):
        yield name, _format_value(measurement.claimed), measurement.evidence_document, measurement.evidence_page


def _document_rows(application: Application) -> Iterator[tuple[str, ...]]:
    supplements = {supplement.document: supplement for supplement in application.supplements}
    for document in application.documents:
        supplement = supplements.get(document.kind)
        request = ("", "", "", "")
        if supplement:
            answered = supplement.answered_on.isoformat() if supplement.answered_on else ""
            days = (supplement.asked_on.isoformat(), supplement.due_on.isoformat())
            request = (*days, supplement.answer.value, answered)
        answers = (document.received, document.sealed, document.lookup_table)
        yield (document.kind.value, *map(format_yes_no, answers), *request, document.note)


def _change_rows(scores: Iterable[IndicatorScore]) -> Iterator[tuple[str, ...]]:
    for score in scores:
        claimed, desk, confirmed = score.claimed, score.desk, score.confirmed
        if claimed.value == desk.value == confirmed.value:
            continue
        yield (
            *(score.indicator.id, score.indicator.name.ko, _format_value(claimed.value), _format_value(desk.value)),
            *(score.desk_reason, _format_value(confirmed.value), score.site_reason),
            format_number(claimed.points - confirmed.points),
        )


def _mark_rows(scores: Iterable[IndicatorScore]) -> Iterator[tuple[str, ...]]:
    for score in scores:
        combination = score.combination
        if combination is None:
            continue
        for mark in combination.marks:
            value = "" if mark.value is None else str(mark.value)
            flags = (format_yes_no(mark.excluded), format_yes_no(mark.trimmed))
            yield (score.indicator.id, mark.evaluator, value, *flags, combination.method, str(combination.combined))


def _decision_rows(outcome: Outcome) -> Iterator[tuple[str, ...]]:
    """Yield what was computed, voted, proposed and decided; the last row is what counts."""
    blank = ("",) * 7
    computed = "" if outcome.computed is None else str(outcome.computed)
    yield ("computed", computed, "meets_criteria" if outcome.meets_criteria else "", "", "", "", *blank)
    vote = outcome.vote
    counts = (vote.members, vote.present, vote.present_needed, vote.yes, vote.no, vote.abstained, vote.yes_needed)
    yield ("voted", "", vote.result.value, "", "", "", *(map(str, counts) if vote.members else blank))
    for name, step in (("proposed", outcome.proposed), ("decided", outcome.decided)):
        if step is not None:
            effect = "without_effect" if name == "decided" and outcome.level is None else ""
            yield (name, str(step.level), effect, step.by, step.on.isoformat(), step.reason, *blank)
    level = "" if outcome.level is None else str(outcome.level)
    awaits = outcome.awaits.value if outcome.awaits else ""
    yield ("counts", level, outcome.result.value, "", "", awaits, *blank)


def _trace_rows(evaluation: Evaluation) -> Iterator[tuple[str, ...]]:
    """Yield the total, the computed level, the bounds, and all sections and indicators as exact numbers."""
    card, level = evaluation.scorecard, evaluation.level
    if card is None:
        return
    yield ("total", "", "", "", "", "", str(card.exact), str(card.points), str(card.out_of), "")
    if level:
        yield ("computed_level", str(level.level), *("",) * 8)
    for bound in level.bounds if level else ():
        yield ("bound", str(bound.level), "", "", "", "", "", str(bound.points), str(card.out_of), bound.basis.name)
    for domain in card.domains:
        yield from _section_rows(domain)


def _section_rows(section: SectionScore) -> Iterator[tuple[str, ...]]:
    numbers = (str(section.exact), str(section.points), str(section.out_of))
    yield ("section", section.id, section.name.ko, section.name.en, "", "", *numbers, "")
    for score in section.indicators:
        indicator, confirmed = score.indicator, score.confirmed
        yield (
            *("indicator", indicator.id, indicator.name.ko, indicator.name.en, _format_value(confirmed.value)),
            *("" if confirmed.measure is None else str(confirmed.measure), str(confirmed.exact)),
            *(str(confirmed.points), str(score.out_of), confirmed.policy or ""),
        )
    for subsection in section.sections:
        yield from _section_rows(subsection)


def _entry_row(event: Event) -> tuple[str, ...]:
    """Return an entry without the name of who acted: the pack is handed to people outside the operating body."""
    return (
        *(str(event.seq), event.at.isoformat(), event.recorded_at.isoformat(), event.kind.value, event.role.value),
        *(event.reason, event.evaluation, event.hash),
    )


def _rule_row(basis: Basis) -> tuple[str, ...]:
    note = (basis.note.ko, basis.note.en) if basis.note else ("", "")
    quotes = " / ".join(text.ko for cite in basis.cite for _, text in cite.source.quotes)
    citations = (format_basis(basis, Words(language)) for language in ("ko", "en"))
    return (basis.name, basis.since.isoformat(), basis.status.value, *citations, *note, quotes)


def _format_summary(
    record: Record, application: Application, events: Sequence[Event], digest: str, words: Words
) -> str:
    evaluation = record.evaluation
    lines = [
        words("appeal.title", name=evaluation.applicant.full_name, round=record.round.title),
        "",
        _describe_outcome(record.outcome, words),
        "",
        words("appeal.about"),
        "",
        words("appeal.arrived", at=application.arrived_at),
        words("appeal.rules", day=record.round.governing_day, edition=record.round.edition),
        words("appeal.hash", hash=digest),
        words("appeal.recomputed", package=record.package),
        "",
        words("appeal.findings"),
    ]
    for finding in (*evaluation.findings, *record.outcome.findings):
        lines.append(f"- {words.finding(finding)}")
        lines += [f"    {format_basis(basis, words)}" for basis in finding.basis]
    objections = []
    for event in events:
        if event.kind is EventKind.OBJECTION_FILED:
            key, against = "appeal.filed", {"entry": event.text("against")}
        elif event.kind is EventKind.OBJECTION_DECIDED:
            key, against = "appeal.upheld" if event.yes("upheld") else "appeal.rejected", {}
        else:
            continue
        objections.append("- " + words(key, day=event.day, reason=event.reason, seq=event.seq, **against))
    lines += ["", words("appeal.objections"), *(objections or [words("appeal.no_objection")])]
    lines += ["", words("appeal.inputs"), *(f"- {file.file}  {file.sha256}" for file in record.inputs)]
    return "\n".join(lines) + "\n"


def _describe_outcome(outcome: Outcome, words: Words) -> str:
    """Return what counts, and the level that was computed, called computed."""
    counts = describe_outcome(outcome, words)
    if outcome.computed is None:
        return words("appeal.unscored", outcome=counts)
    computed = describe_computed(outcome, words)
    if outcome.level is None or outcome.decided is None:
        return words("appeal.undecided", computed=computed, outcome=counts)
    return words("appeal.decided", computed=computed, outcome=counts, on=outcome.decided.on)


def _format_value(value: Value) -> str:
    return value.value if isinstance(value, Missing) else str(value)


def _format_csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Return a table as UTF-8 with a byte order mark, in which a spreadsheet takes no cell for a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(map(neutralise_formula, row) for row in rows)
    return out.getvalue().encode("utf-8-sig")
