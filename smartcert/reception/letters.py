"""What is written back to applicants: a receipt for every package, and a notice of what is lacking or unclear."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from html import escape
from pathlib import Path

from smartcert.evaluation.requirements import check_documents, check_receipt
from smartcert.files import sha256_hex, write_atomic
from smartcert.io.applications import RECEIPT_COLUMNS
from smartcert.io.csv import format_moment, write_table
from smartcert.io.forms import Question
from smartcert.io.round import INTAKE_FOLDER, RoundCall
from smartcert.model.application import Application, Round
from smartcert.model.citation import Text
from smartcert.model.evaluation import Finding, FindingOutcome
from smartcert.model.indicator import Edition
from smartcert.reception.checks import Remark
from smartcert.reception.packages import (
    CountingPackage,
    PackageVersion,
    ReceivedPackage,
    build_application,
)
from smartcert.reception.readings import format_readings
from smartcert.reception.tables import read_requested_supplements
from smartcert.reporting.catalogue import Words
from smartcert.reporting.problems import describe_place
from smartcert.rules.parameters import DocumentsRules
from smartcert.rules.rulebook import Rules

_RECEIPT_TEXTS = {
    "heading": Text(ko="접수증", en="Receipt"),
    "round": Text(ko="공모", en="Round"),
    "applicant": Text(ko="신청 지방자치단체", en="Applicant"),
    "arrived": Text(ko="도착(한국시간)", en="Arrived (Korean time)"),
    "channel": Text(ko="방법", en="Channel"),
    "package": Text(ko="제출물", en="Package"),
    "hash": Text(ko="제출물 SHA-256", en="SHA-256 of the package"),
    "files": Text(ko="받은 파일 (SHA-256, 크기, 쪽수, 이름)", en="Files received (SHA-256, bytes, pages, name)"),
    "confirm": Text(
        ko="위와 같이 접수하였음을 확인합니다. 이 접수증은 서류가 도착한 사실만 확인하며, 신청 자격과 서류가"
        " 적정하다는 뜻은 아닙니다. 보완이 필요하면 따로 알려 드립니다.",
        en="We confirm that we received the above. This receipt confirms arrival only, not eligibility or completeness."
        " We will write if anything is missing.",
    ),
    "prove": Text(
        ko="파일의 SHA-256이 위와 같으면 그 파일을 받은 것입니다."
        " 제출물의 SHA-256은 '해시  이름' 줄을 모은 해시입니다.",
        en="A file whose SHA-256 is the one above was received. The hash of the package is that of the lines"
        " 'hash  name' above, put together.",
    ),
}
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
_MENDABLE_CODES = frozenset({"channel_reason_missing", "official_letter_missing"})


def format_receipt_number(round_: Round, received: ReceivedPackage) -> str:
    """Return the number of a receipt, as ``2023-00012``."""
    return f"{round_.id}-{received.number:05d}"


def format_receipt(version: PackageVersion, round_: Round, rules: DocumentsRules, language: str) -> str:
    """Return a receipt as text: what came, with the hash of every file, and that nothing of it is returned.

    What becomes of the package is left out, so that a receipt never changes.
    """
    received, applicant = version.received, version.applicant
    texts = {key: text.of(language) for key, text in _RECEIPT_TEXTS.items()}
    name, code = (applicant.full_name.of(language), applicant.code) if applicant else ("-", received.code)
    lines = [
        f"{texts['heading']} {format_receipt_number(round_, received)}",
        f"{texts['round']}: {round_.title.of(language)} ({round_.id})",
        f"{texts['applicant']}: {name} {code}".rstrip(),
        f"{texts['arrived']}: {format_moment(received.arrived_at)}",
        f"{texts['channel']}: {Words(language).term(f'channel.{received.channel.value}')}",
        f"{texts['package']}: {received.package or '-'}",
        f"{texts['hash']}: {received.sha256 or '-'}",
        f"{texts['files']}:",
        *(f"  {file.sha256}  {file.size}  {file.pages or '-'}  {file.name}" for file in received.files),
        *([texts["prove"]] if received.files else []),
        texts["confirm"],
        *(notice.of(language) for notice in rules.notices()),
    ]
    return "\n".join(lines) + "\n"


def write_receipts(
    call: RoundCall, folder: Path, versions: Iterable[PackageVersion], ids_by_code: Mapping[str, str]
) -> None:
    """Write a receipt in each language for every package, and the table of all with what became of each.

    The hash in the table is that of the Korean receipt.
    """
    rows, round_ = [], call.round
    for version in versions:
        received, number = version.received, format_receipt_number(round_, version.received)
        receipts = {
            language: format_receipt(version, round_, call.rules.documents, language).encode()
            for language in ("ko", "en")
        }
        for language, data in receipts.items():
            write_atomic(folder / INTAKE_FOLDER / "receipts" / f"{number}.{language}.txt", data)
        application_id = ids_by_code.get(version.applicant.code, "") if version.applicant else ""
        row = (
            *(number, application_id, received.package, received.sha256, format_moment(received.arrived_at)),
            *(received.channel.value, str(len(received.files)), str(sum(file.size for file in received.files))),
            *(version.state.value, sha256_hex(receipts["ko"])),
        )
        rows.append(row)
    write_table(folder / INTAKE_FOLDER / "receipts.csv", RECEIPT_COLUMNS, rows)


@dataclass(frozen=True, kw_only=True, slots=True)
class LetterItem:
    """One thing to supplement or to answer."""

    what: str
    where: str = ""
    basis: str = ""


def find_lacking(application: Application, round_: Round, rules: Rules) -> tuple[Finding, ...]:
    """Return the findings on receipt and documents that are not met or open and that the applicant can still mend."""
    findings = (*check_receipt(application, round_.window, rules), *check_documents(application, rules))
    return tuple(
        finding
        for finding in findings
        if finding.outcome in (FindingOutcome.NOT_MET, FindingOutcome.OPEN)
        and (finding.code.startswith("document_") or finding.code in _MENDABLE_CODES)
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
    names = {indicator.id: indicator.name.of(language) for indicator in edition.indicators()}
    texts = {key: text.of(language) for key, text in _NOTICE_TEXTS.items()}
    items = [
        LetterItem(
            what=words.finding(finding),
            basis="; ".join(words.citation(cite) for basis in finding.basis[:1] for cite in basis.cite),
        )
        for finding in findings
    ]
    for question in questions:
        what = f"{question.indicator} {names.get(question.indicator, '')}: {question.why.of(language)}"
        if question.found:
            what += f" - {texts['found']}: {question.found}"
        if question.readings:
            what += f" - {texts['readings']}: {format_readings(question.readings, language)}"
        items.append(LetterItem(what=what, where=describe_place(question.place, language)))
    for remark in remarks:
        name = f"{remark.indicator} {names.get(remark.indicator, '')}"
        items.append(LetterItem(what=f"{name}: {remark.message.of(language)} - {texts['please']}"))
    return items


def format_notice(application: Application, items: list[LetterItem], round_: Round, due_on: date, words: Words) -> str:
    """Return a notice as a self-contained HTML page; everything that an applicant wrote is escaped."""
    language = words.language
    texts = {key: text.of(language) for key, text in _NOTICE_TEXTS.items()}
    day = words.show(due_on, "day")
    rows = "\n".join(
        f"<tr><th scope='row'>{number}</th><td>{escape(item.what)}</td><td>{escape(item.where)}</td>"
        f"<td>{escape(day)}</td><td>{escape(item.basis)}</td></tr>"
        for number, item in enumerate(items, start=1)
    )
    columns = "".join(
        f"<th scope='col'>{escape(texts[key])}</th>" for key in ("number", "what", "where", "until", "basis")
    )
    name = escape(application.applicant.full_name.of(language))
    return f"""<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(texts["title"])}: {name}</title>
<style>
body {{ font-family: sans-serif; line-height: 1.5; max-width: 60rem; margin: 2rem auto; color: #111; }}
table {{ border-collapse: collapse; width: 100%; }}
th, td {{ border: 1px solid #555; padding: .4rem; text-align: left; vertical-align: top; overflow-wrap: anywhere; }}
</style>
</head>
<body>
<main>
<h1>{escape(texts["title"])}</h1>
<p>{escape(texts["to"])}: {name} ({application.code})<br>
{escape(texts["round"])}: {escape(round_.title.of(language))}<br>
{escape(texts["due"])}: {escape(day)}</p>
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
    call: RoundCall,
    packages: Iterable[CountingPackage],
    questions: Iterable[tuple[str, str, Question]],
    remarks: Iterable[Remark],
    due_on: date,
) -> int:
    """Write a notice in both languages for each applicant that lacks something or is asked something; return how many.

    ``questions`` are application id, receipt number and question.
    """
    questions, remarks = list(questions), list(remarks)
    supplements = read_requested_supplements(call.folder)
    count = 0
    for package in packages:
        application = build_application(package, call.rules, supplements.get(package.id, ()))
        findings = find_lacking(application, call.round, call.rules)
        own_questions = [question for application_id, _, question in questions if application_id == package.id]
        own_remarks = [remark for remark in remarks if remark.applicant == package.id]
        if not (findings or own_questions or own_remarks):
            continue
        count += 1
        for language in ("ko", "en"):
            words = Words(language)
            items = list_letter_items(findings, own_questions, own_remarks, call.rules.edition, words)
            page = format_notice(application, items, call.round, due_on, words)
            write_atomic(call.folder / INTAKE_FOLDER / "notices" / f"{package.id}.{language}.html", page.encode())
    return count
