"""Receipts and requests for supplements."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from html import escape
from pathlib import Path

from smartcert.errors import UsageError
from smartcert.evaluation.requirements import check_documents
from smartcert.evaluation.requirements import check_receipt as notices_receipt
from smartcert.io.applications import SUPPLEMENT_COLUMNS, read_supplements
from smartcert.io.csv import Table, format_moment, raise_problems, write_bytes, write_table
from smartcert.io.forms import Question
from smartcert.io.round import TABLES, AnyApplicant
from smartcert.io.text import read_file
from smartcert.model.application import KOREAN_TIME, Application, Round, Supplement, SupplementAnswer
from smartcert.model.citation import Text
from smartcert.model.evaluation import Finding, Outcome
from smartcert.model.indicator import Edition
from smartcert.reception.checks import Remark
from smartcert.reception.packages import (
    INTAKE_FOLDER,
    CountingPackage,
    PackageState,
    PackageVersion,
    ReceivedPackage,
    list_documents,
    read_previous_rows,
)
from smartcert.reporting.catalogue import Words
from smartcert.rules.rulebook import Rules

# --- Requests for supplements, and what came in answer to them, merged into ``supplements.csv`` with their history.

SUPPLEMENTS_FILE = "supplements.csv"
_DEFICIENCY_CODES = frozenset({"document_missing", "document_unsealed", "document_without_lookup_table"})


def merge_supplement_answers(folder: Path, versions: Iterable[tuple[str, PackageVersion]]) -> None:
    """Write into each request that a supplement answers the day on which it came; the first answer counts."""
    rows = read_previous_rows(folder / SUPPLEMENTS_FILE)
    changed = False
    for name, version in sorted(versions, key=lambda pair: pair[1].kept.arrived_at):
        if version.state is not PackageState.SUPPLEMENT:
            continue
        day = version.kept.arrived_at.astimezone(KOREAN_TIME).date().isoformat()
        for kind in version.kept.supplements:
            changed = _enter_answer(rows, name, kind.value, day) or changed
    if changed:
        _write_supplements(folder, rows)


def request_supplements(
    folder: Path, applications: Iterable[Application], rules: Rules, asked_on: date, due_on: date
) -> int:
    """Add a request for each deficient document that was not asked for yet; return how many.

    Raises:
        UsageError: the day due lies before the day of asking.
    """
    if due_on < asked_on:
        raise UsageError(f"due on {due_on}, before {asked_on}, the day of asking")
    rows = read_previous_rows(folder / SUPPLEMENTS_FILE)
    asked = {(row.get("applicant"), row.get("document")) for row in rows}
    more = []
    for application in applications:
        for kind in find_deficient_documents(application, rules):
            if (application.id, kind) not in asked:
                days = {"asked_on": asked_on.isoformat(), "due_on": due_on.isoformat()}
                more.append(
                    {"applicant": application.id, "document": kind, **days, "answer": SupplementAnswer.PENDING.value}
                )
    if more:
        _write_supplements(folder, [*rows, *more])
    return len(more)


def find_deficient_documents(application: Application, rules: Rules) -> tuple[str, ...]:
    """Return the documents of an application that lack something and are not supplemented."""
    found = [
        finding.facts.terms["document"].removeprefix("document.")
        for finding in check_documents(application, rules)
        if finding.code in _DEFICIENCY_CODES and finding.outcome is not Outcome.MET
    ]
    return tuple(dict.fromkeys(found))


def _enter_answer(rows: list[dict[str, str]], name: str, kind: str, day: str) -> bool:
    for row in rows:
        open_still = row.get("answer") in (
            SupplementAnswer.PENDING.value,
            SupplementAnswer.NO_ANSWER.value,
            SupplementAnswer.UNREACHABLE.value,
        )
        if row.get("applicant") == name and row.get("document") == kind and open_still and row["asked_on"] <= day:
            row["answer"], row["answered_on"] = SupplementAnswer.ANSWERED.value, day
            return True
    return False


def _write_supplements(folder: Path, rows: list[dict[str, str]]) -> None:
    told = ([row.get(name) or "" for name in SUPPLEMENT_COLUMNS] for row in rows)
    write_table(folder / SUPPLEMENTS_FILE, SUPPLEMENT_COLUMNS, told)


# --- Deficiency notices: item by item what is lacking, where it stands, and until when, for one applicant and language.

_NOTICE_TEXTS = {
    "title": Text(ko="보완 요청", en="Request for a supplement"),
    "to": Text(ko="받는 곳", en="To"),
    "round": Text(ko="공모", en="Round"),
    "due": Text(ko="제출 기한", en="Due"),
    "what": Text(ko="보완할 내용", en="What"),
    "where": Text(ko="있는 곳", en="Where"),
    "until": Text(ko="기한", en="Until"),
    "basis": Text(ko="근거", en="Basis"),
    "readings": Text(ko="다음 가운데 어느 것인지 알려 주십시오", en="Please say which is meant"),
    "found": Text(ko="적힌 것", en="Found"),
    "please": Text(ko="알려 주십시오", en="Please tell"),
    "number": Text(ko="번호", en="No."),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class LetterItem:
    """One thing to supplement or to answer."""

    what: str
    where: str = ""
    basis: str = ""


def build_application(one: CountingPackage, rules: Rules, supplements: tuple[Supplement, ...] = ()) -> Application:
    """Return the papers of an applicant as the engine takes them; figures and marks are left out."""
    kept, applicant = one.version.kept, one.version.applicant
    assert applicant is not None  # noqa: S101 - only identified packages count
    return Application(
        id=one.id,
        applicant=applicant,
        code=applicant.code,
        channel=kept.channel,
        arrived_at=kept.arrived_at,
        sent_at=kept.sent_at,
        official_letter=kept.official_letter,
        channel_reason=kept.channel_reason,
        documents=list_documents(one.version, rules),
        supplements=supplements,
    )


def read_requested_supplements(folder: Path) -> dict[str, tuple[Supplement, ...]]:
    """Return the requests for supplements so far, by applicant.

    Raises:
        InputError: the table is wrong.
    """
    if not (folder / SUPPLEMENTS_FILE).exists():
        return {}
    table = Table(read_file(folder / SUPPLEMENTS_FILE), TABLES["supplements"])
    found = read_supplements(table, AnyApplicant())
    raise_problems(table)
    return found


def find_lacking(sent: Application, round_: Round, rules: Rules) -> tuple[Finding, ...]:
    """Return the findings on receipt and documents that are not met and may still be mended, or are open."""
    findings = (*notices_receipt(sent, round_.window, rules), *check_documents(sent, rules))
    mended = {"channel_reason_missing", "official_letter_missing"}
    return tuple(
        finding
        for finding in findings
        if finding.outcome in (Outcome.NOT_MET, Outcome.OPEN)
        and (finding.code.startswith("document_") or finding.code in mended)
    )


def list_letter_items(
    findings: Iterable[Finding],
    questions: Iterable[Question],
    remarks: Iterable[Remark],
    edition: Edition,
    words: Words,
) -> list[LetterItem]:
    """Return everything that is lacking or asked, in the order of a form: papers, then figures."""
    language = words.language
    names = {one.id: one.name.of(language) for one in edition.indicators()}
    say = {key: text.of(language) for key, text in _NOTICE_TEXTS.items()}
    found = [
        LetterItem(
            what=words.finding(finding),
            basis="; ".join(words.citation(cite) for basis in finding.basis[:1] for cite in basis.cite),
        )
        for finding in findings
    ]
    for question in questions:
        told = f"{question.indicator} {names.get(question.indicator, '')}: {question.why.of(language)}"
        seen = f" - {say['found']}: {question.found}" if question.found else ""
        which = f" - {say['readings']}: {' / '.join(question.readings)}" if question.readings else ""
        found.append(LetterItem(what=f"{told}{seen}{which}", where=question.place))
    for remark in remarks:
        name = f"{remark.indicator} {names.get(remark.indicator, '')}"
        found.append(LetterItem(what=f"{name}: {remark.told.of(language)} - {say['please']}"))
    return found


def format_notice(sent: Application, told: list[LetterItem], round_: Round, due_on: date, words: Words) -> str:
    """Return a notice as a self-contained page; everything that an applicant wrote is escaped."""
    language = words.language
    say = {key: text.of(language) for key, text in _NOTICE_TEXTS.items()}
    day = words.show(due_on, "day")
    rows = "\n".join(
        f"<tr><th scope='row'>{number}</th><td>{escape(item.what)}</td><td>{escape(item.where)}</td>"
        f"<td>{escape(day)}</td><td>{escape(item.basis)}</td></tr>"
        for number, item in enumerate(told, start=1)
    )
    columns = "".join(
        f"<th scope='col'>{escape(say[key])}</th>" for key in ("number", "what", "where", "until", "basis")
    )
    name = escape(sent.applicant.name.of(language))
    return f"""<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(say["title"])}: {name}</title>
<style>
body {{ font-family: sans-serif; line-height: 1.5; max-width: 60rem; margin: 2rem auto; color: #111; }}
table {{ border-collapse: collapse; width: 100%; }}
th, td {{ border: 1px solid #555; padding: .4rem; text-align: left; vertical-align: top; overflow-wrap: anywhere; }}
</style>
</head>
<body>
<main>
<h1>{escape(say["title"])}</h1>
<p>{escape(say["to"])}: {name} ({sent.code})<br>
{escape(say["round"])}: {escape(round_.title.of(language))}<br>
{escape(say["due"])}: {escape(day)}</p>
<table>
<thead><tr>{columns}</tr></thead>
<tbody>
{rows}
</tbody>
</table>
</main>
</body>
</html>
"""


def write_notices(
    folder: Path,
    counted: Iterable[CountingPackage],
    asked: tuple[Iterable[tuple[str, str, Question]], Iterable[Remark]],
    round_: Round,
    rules: Rules,
    due_on: date,
) -> int:
    """Write a notice in both languages for each applicant that lacks or is asked something; return how many."""
    questions, remarks = list(asked[0]), list(asked[1])
    supplements = read_requested_supplements(folder)
    count = 0
    for one in counted:
        sent = build_application(one, rules, supplements.get(one.id, ()))
        findings = find_lacking(sent, round_, rules)
        own = [question for name, _, question in questions if name == one.id]
        noted = [remark for remark in remarks if remark.applicant == one.id]
        if not (findings or own or noted):
            continue
        count += 1
        for language in ("ko", "en"):
            words = Words(language)
            page = format_notice(
                sent, list_letter_items(findings, own, noted, rules.edition, words), round_, due_on, words
            )
            write_bytes(folder / INTAKE_FOLDER / "notices" / f"{one.id}.{language}.html", page.encode())
    return count


# --- Receipts: number, moment and the hash of every file, so that an applicant can prove what was received.

RECEIPT_COLUMNS = (
    "receipt",
    "applicant",
    "package",
    "sha256",
    "arrived_at",
    "channel",
    "files",
    "bytes",
    "state",
    "receipt_sha256",
)
_STATE_TEXTS = {
    PackageState.COUNTS: Text(ko="유효한 신청", en="the application that counts"),
    PackageState.REPLACED: Text(ko="뒤에 온 것으로 바뀜", en="replaced by a later one"),
    PackageState.WITHDRAWN: Text(ko="철회됨", en="withdrawn"),
    PackageState.WITHDRAWAL: Text(ko="철회", en="a withdrawal"),
    PackageState.LATE: Text(ko="접수 기간 밖에 도착", en="not in time"),
    PackageState.LATE_WITHDRAWAL: Text(ko="마감 뒤의 철회", en="a withdrawal after the deadline"),
    PackageState.SUPPLEMENT: Text(ko="보완", en="a supplement"),
    PackageState.UNREADABLE: Text(ko="읽을 수 없음", en="cannot be read"),
    PackageState.UNKNOWN_APPLICANT: Text(ko="신청 지방자치단체를 알 수 없음", en="from an applicant that is not known"),
}
_RECEIPT_TEXTS = {
    "heading": Text(ko="접수증", en="Receipt"),
    "round": Text(ko="공모", en="Round"),
    "applicant": Text(ko="신청 지방자치단체", en="Applicant"),
    "arrived": Text(ko="도착(한국시간)", en="Arrived (Korean time)"),
    "channel": Text(ko="방법", en="Channel"),
    "package": Text(ko="제출물", en="Package"),
    "hash": Text(ko="제출물 SHA-256", en="SHA-256 of the package"),
    "files": Text(ko="받은 파일 (SHA-256, 크기, 쪽수, 이름)", en="Files received (SHA-256, bytes, pages, name)"),
    "prove": Text(
        ko="파일의 SHA-256이 위와 같으면 그 파일을 받은 것이다. 제출물의 SHA-256은 '해시  이름' 줄을 모은 해시이다.",
        en="A file whose SHA-256 is the one above was received. The hash of the package is that of the lines"
        " 'hash  name' above, put together.",
    ),
}


def format_receipt_number(round_: Round, kept: ReceivedPackage) -> str:
    """Return the number of a receipt, as ``2023-00012``."""
    return f"{round_.id}-{kept.number:05d}"


def format_receipt(version: PackageVersion, round_: Round, language: str) -> str:
    """Return a receipt as text. It says what came, not what becomes of it, and so never changes."""
    kept, say = version.kept, {key: text.of(language) for key, text in _RECEIPT_TEXTS.items()}
    name = version.applicant.name.of(language) if version.applicant else "-"
    lines = [
        f"{say['heading']} {format_receipt_number(round_, kept)}",
        f"{say['round']}: {round_.title.of(language)} ({round_.id})",
        f"{say['applicant']}: {name} {version.applicant.code if version.applicant else kept.code}".rstrip(),
        f"{say['arrived']}: {format_moment(kept.arrived_at)}",
        f"{say['channel']}: {kept.channel.value}",
        f"{say['package']}: {kept.package or '-'}",
        f"{say['hash']}: {kept.sha256 or '-'}",
        f"{say['files']}:",
        *(f"  {file.sha256}  {file.size}  {file.pages or '-'}  {file.name}" for file in kept.files),
        *([say["prove"]] if kept.files else []),
    ]
    return "\n".join(lines) + "\n"


def write_receipts(folder: Path, versions: Iterable[PackageVersion], round_: Round, ids: dict[str, str]) -> None:
    """Write a receipt in each language for every package, and the table of all with what became of each."""
    rows = []
    for version in versions:
        kept, digest = version.kept, ""
        for language in ("ko", "en"):
            data = format_receipt(version, round_, language).encode()
            digest = digest or hashlib.sha256(data).hexdigest()
            write_bytes(
                folder / INTAKE_FOLDER / "receipts" / f"{format_receipt_number(round_, kept)}.{language}.txt", data
            )
        total = sum(file.size for file in kept.files)
        name = ids.get(version.applicant.code, "") if version.applicant else ""
        moments = (format_moment(kept.arrived_at), kept.channel.value)
        counts = (str(len(kept.files)), str(total), version.state.value, digest)
        rows.append((format_receipt_number(round_, kept), name, kept.package, kept.sha256, *moments, *counts))
    write_table(folder / INTAKE_FOLDER / "receipts.csv", RECEIPT_COLUMNS, rows)


def describe_state(state: PackageState, language: str) -> str:
    """Return what became of a package, in words."""
    return _STATE_TEXTS[state].of(language)
