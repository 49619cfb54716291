"""The appeal pack (이의신청 자료): what one verdict rests on, in a folder that can be handed over and checked.

Marks stand under the evaluators' order numbers; no name of an evaluator is in any file of the pack.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from smartcert.certification.events import Event, EventKind, digest
from smartcert.model.application import Application, Missing, Value
from smartcert.model.citation import Basis
from smartcert.model.evaluation import Evaluation
from smartcert.model.scorecard import IndicatorScore, SectionScore, Working
from smartcert.reporting import figures
from smartcert.reporting.record import Record, to_json
from smartcert.reporting.words import Words
from smartcert.rounds import OpenRound
from smartcert.who import cited

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_OF_AN_OBJECTION = {EventKind.OBJECTION_FILED, EventKind.OBJECTION_DECIDED}
SUMS = "SHA256SUMS"


@dataclass(frozen=True, kw_only=True, slots=True)
class Pack:
    """The files of a pack by name. The same inputs give the same bytes."""

    files: Mapping[str, bytes]
    evaluation: str
    """The SHA-256 of ``evaluation.json``."""


def pack(opened: OpenRound, applicant_id: str, events: Sequence[Event], kept: Callable[[str], bytes | None]) -> Pack:
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
        "submitted.csv": _table(_SUBMITTED, _submitted(application)),
        "documents.csv": _table(_DOCUMENTS, _documents(application)),
        "changes.csv": _table(_CHANGES, (row for one in scores for row in _changes(one))),
        "marks.csv": _table(_MARKS, (row for one in scores for row in _marks(one))),
        "trace.csv": _table(_TRACE, _trace(evaluation)),
        "entries.csv": _table(_ENTRIES, (_entry(one) for one in events)),
        "rules.csv": _table(_RULES, (_rule(basis) for basis in evaluation.rules)),
    }
    for entered in sorted({one.evaluation for one in events} - {"", digest(json)}):
        was = kept(entered)
        if was is not None:
            files[f"entered/{entered}.json"] = was
    for language in ("ko", "en"):
        text = _told(record, application, events, digest(json), Words(language, "register"))
        files[f"pack.{language}.txt"] = text.encode()
    files[SUMS] = "".join(f"{digest(content)}  {name}\n" for name, content in sorted(files.items())).encode()
    return Pack(files=files, evaluation=digest(json))


_SUBMITTED = ("indicator", "claimed", "evidence_document", "evidence_page")
_DOCUMENTS = ("document", "received", "sealed", "lookup_table", "asked_on", "due_on", "answer", "answered_on", "note")
_CHANGES = ("indicator", "name_ko", "claimed", "desk", "desk_reason", "confirmed", "site_reason", "points_lost")
_MARKS = ("indicator", "evaluator", "mark", "excluded", "trimmed", "method", "combined")
_TRACE = ("kind", "id", "name_ko", "name_en", "value", "measure", "exact", "points", "out_of", "policy")
_ENTRIES = ("entry", "at", "recorded_at", "event", "role", "reason", "evaluation", "hash")
_RULES = ("rule", "since", "status", "cited_ko", "cited_en", "note_ko", "note_en", "quotes_ko")


def _submitted(application: Application) -> Iterator[tuple[str, ...]]:
    for name, one in sorted(application.measurements.items()):
        yield name, _value(one.claimed), one.evidence_document, one.evidence_page


def _documents(application: Application) -> Iterator[tuple[str, ...]]:
    asked = {one.document: one for one in application.supplements}
    for one in application.documents:
        again = asked.get(one.kind)
        supplement = ("", "", "", "")
        if again:
            answered = again.answered_on.isoformat() if again.answered_on else ""
            supplement = (again.asked_on.isoformat(), again.due_on.isoformat(), again.answer.value, answered)
        yield one.kind.value, _yes(one.received), _yes(one.sealed), _yes(one.lookup_table), *supplement, one.note


def _changes(score: IndicatorScore) -> Iterator[tuple[str, ...]]:
    if score.claimed.value == score.desk.value == score.confirmed.value:
        return
    values = (_value(score.claimed.value), _value(score.desk.value), score.desk_reason, _value(score.confirmed.value))
    lost = figures.number(score.claimed.points - score.confirmed.points)
    yield score.indicator.id, score.indicator.name.ko, *values, score.site_reason, lost


def _marks(score: IndicatorScore) -> Iterator[tuple[str, ...]]:
    combination = score.combination
    if combination is None:
        return
    for mark in combination.marks:
        given = "" if mark.value is None else str(mark.value)
        yield (
            *(score.indicator.id, mark.evaluator, given, _yes(mark.excluded), _yes(mark.trimmed)),
            *(combination.method, str(combination.combined)),
        )


def _trace(evaluation: Evaluation) -> Iterator[tuple[str, ...]]:
    """Yield every number from the total down to the indicators, exactly."""
    card, level = evaluation.scorecard, evaluation.level
    if card is None:
        return
    yield ("total", "", "", "", "", "", str(card.exact), str(card.points), str(card.out_of), "")
    for bound in level.bounds if level else ():
        yield ("bound", str(bound.level), "", "", "", "", "", str(bound.points), str(card.out_of), bound.basis.name)
    for domain in card.domains:
        yield from _section(domain)


def _section(section: SectionScore) -> Iterator[tuple[str, ...]]:
    names = (section.name.ko, section.name.en)
    yield ("section", section.id, *names, "", "", str(section.exact), str(section.points), str(section.out_of), "")
    for one in section.indicators:
        yield _indicator(one, one.confirmed)
    for below in section.sections:
        yield from _section(below)


def _indicator(score: IndicatorScore, counted: Working) -> tuple[str, ...]:
    measure = "" if counted.measure is None else str(counted.measure)
    return (
        *("indicator", score.indicator.id, score.indicator.name.ko, score.indicator.name.en, _value(counted.value)),
        *(measure, str(counted.exact), str(counted.points), str(score.out_of), counted.policy or ""),
    )


def _entry(event: Event) -> tuple[str, ...]:
    """Return an entry without the name of who acted: the pack goes out of the house."""
    return (
        *(str(event.seq), event.at.isoformat(), event.recorded_at.isoformat(), event.kind.value, event.role.value),
        *(event.reason, event.evaluation, event.hash),
    )


def _rule(basis: Basis) -> tuple[str, ...]:
    note = (basis.note.ko, basis.note.en) if basis.note else ("", "")
    quotes = " / ".join(text.ko for cite in basis.cite for _, text in cite.source.quotes)
    korean, english = (cited(basis, Words(language)) for language in ("ko", "en"))
    return basis.name, basis.since.isoformat(), basis.status.value, korean, english, *note, quotes


def _told(record: Record, application: Application, events: Sequence[Event], own: str, words: Words) -> str:
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
        lines += [f"    {cited(basis, words)}" for basis in finding.basis]
    lines += ["", words("appeal.objections"), *(_objections(events, words) or [words("appeal.no_objection")])]
    lines += ["", words("appeal.inputs"), *(f"- {one.file}  {one.sha256}" for one in record.inputs)]
    return "\n".join(lines) + "\n"


def _objections(events: Sequence[Event], words: Words) -> list[str]:
    found = []
    for event in events:
        if event.kind in _OF_AN_OBJECTION:
            key = "appeal.filed" if event.kind is EventKind.OBJECTION_FILED else "appeal.rejected"
            key = "appeal.upheld" if event.kind is EventKind.OBJECTION_DECIDED and event.yes("upheld") else key
            against = {"entry": event.text("against")} if event.kind is EventKind.OBJECTION_FILED else {}
            found.append("- " + words(key, day=event.day, reason=event.reason, seq=event.seq, **against))
    return found


def _value(value: Value) -> str:
    return value.value if isinstance(value, Missing) else str(value)


def _yes(said: bool | None) -> str:
    return "" if said is None else "yes" if said else "no"


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Return a table that a spreadsheet opens as UTF-8 and in which it takes no cell for a formula."""
    out = io.StringIO()
    written = csv.writer(out, lineterminator="\r\n")
    written.writerow(columns)
    for row in rows:
        written.writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in row])
    return out.getvalue().encode("utf-8-sig")
