"""What is written back to applicants: a receipt for every package, and a request for what is lacking or unclear.

Each letter is built once in each language and written as HWPX, HTML and text; ``letters.csv`` lists all of them for a
mail merge.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path

from smartcert.characters import neutralise_formula
from smartcert.errors import InputError, Place, Problem
from smartcert.evaluation.requirements import check_documents, check_receipt
from smartcert.files import sha256_hex, write_files
from smartcert.io.formats.csv import format_moment, format_table, read_rows
from smartcert.io.formats.text import NotReadableError, display_path, parse_day, quote
from smartcert.io.rounds.applications import RECEIPT_COLUMNS
from smartcert.io.rounds.forms import Question
from smartcert.io.rounds.round import INTAKE_FOLDER, LETTERS_FILE, RoundCall
from smartcert.lazy_dataclass import dataclass
from smartcert.model.application import Application, Round
from smartcert.model.citation import Basis, Status
from smartcert.model.evaluation import Finding, FindingOutcome
from smartcert.model.korean_time import KOREAN_TIME
from smartcert.reception.checks import Remark
from smartcert.reception.packages import (
    CountingPackage,
    PackageVersion,
    ReceivedPackage,
    build_application,
)
from smartcert.reception.readings import format_readings, join_questions
from smartcert.reception.tables import read_requested_supplements
from smartcert.reporting.catalogue import Words
from smartcert.reporting.documents.blocks import (
    Block,
    Cell,
    Document,
    DocumentTable,
    ParagraphStyle,
    build_table,
    write_paragraph,
)
from smartcert.reporting.documents.letter import (
    WORDS,
    Letter,
    build_contact,
    build_letter,
    build_signature,
    build_specimen,
    format_document_number,
    format_end,
    format_letter_day,
    format_letter_moment,
    name_head,
    write_formats,
)
from smartcert.reporting.formats import LANGUAGES, Language, sanitise_text
from smartcert.reporting.problems import describe_place
from smartcert.rules.rulebook import Rules

_MENDABLE_CODES = frozenset({"channel_reason_missing", "official_letter_missing"})

LETTER_COLUMNS = (
    *("letter", "document_number", "serial", "applicant", "code", "receipt", "addressee_ko", "addressee_en"),
    *("subject_ko", "subject_en", "written_on", "due_on", "items", "blanks_ko", "blanks_en", "files"),
)
_RECEIPT, _REQUEST = "receipt", "request"


def format_receipt_number(round_: Round, received: ReceivedPackage) -> str:
    """Return the number of a receipt, as ``2023-00012``."""
    return f"{round_.id}-{received.number:05d}"


def is_specimen(call: RoundCall) -> bool:
    """Return whether letters of a round have no effect: it is a rehearsal, or its indicators are illustrative."""
    return call.round.invented or call.rules.edition.basis.status is Status.ILLUSTRATIVE


def build_receipt(version: PackageVersion, call: RoundCall, words: Words) -> Document:
    """Return a receipt: what came and when, with the hash of every file, and that nothing of it is returned.

    What becomes of the package is left out, so that a receipt changes only where the round's call does.
    """
    received, applicant, round_, sender = version.received, version.applicant, call.round, call.round.sender
    number = format_receipt_number(round_, received)
    who = (
        words("receipt.applicant_named", head=name_head(applicant, words), code=applicant.code)
        if applicant
        else received.code or words("receipt.unknown")
    )
    moment = format_letter_moment(received.arrived_at, words.language)
    facts = {
        "number": number,
        "round": f"{round_.title.of(words.language)} ({round_.id})",
        "applicant": who,
        "arrived": words("receipt.arrived_at", moment=moment),
        "channel": words.term(f"channel.{received.channel.value}"),
        "official_letter": words("receipt.letter_came" if received.official_letter else "receipt.letter_did_not_come"),
        "package": received.package or "-",
        "package_hash": received.sha256 or "-",
    }
    notices = [notice.of(words.language) for notice in call.rules.documents.notices()]
    blocks: tuple[Block, ...] = (
        *build_specimen(is_specimen(call), words),
        write_paragraph(words("receipt.title"), style=ParagraphStyle.TITLE),
        DocumentTable(
            widths=(1, 4),
            rows=tuple(
                (Cell(text=words(f"receipt.{key}"), bold=True, shaded=True), Cell(text=sanitise_text(text)))
                for key, text in facts.items()
            ),
            heading_rows=0,
        ),
        *_list_files(received, words),
        write_paragraph(words("receipt.confirm")),
        *(write_paragraph(sanitise_text(notice)) for notice in notices),
        write_paragraph(format_letter_day(received.arrived_at.astimezone(KOREAN_TIME).date(), words.language)),
        *build_signature(sender, words),
        write_paragraph(words("receipt.contact"), " ", *build_contact(sender, words)),
    )
    return Document(title=f"{words('receipt.title')} {number}", language=words.language, blocks=blocks)


def _list_files(received: ReceivedPackage, words: Words) -> list[Block]:
    if not received.files:
        return [write_paragraph(words("receipt.no_files"))]
    headings = [words(f"receipt.column.{name}") for name in ("number", "name", "pages", "size", "hash")]
    rows = (
        (str(number), sanitise_text(file.name), str(file.pages or "-"), f"{file.size:,}", file.sha256)
        for number, file in enumerate(received.files, start=1)
    )
    table = build_table(headings, rows, (6, 25, 10, 13, 46))
    return [write_paragraph(words("receipt.files"), bold=True), table, write_paragraph(words("receipt.prove"))]


def _choose_words(language: Language, call: RoundCall) -> Words:
    """Return the sentences of letters as the scheme of the round words them."""
    return Words(language, WORDS, scheme=call.rules.facts)


def write_receipts(
    call: RoundCall, folder: Path, versions: Iterable[PackageVersion], ids_by_code: Mapping[str, str]
) -> None:
    """Write a receipt in each language for every package, and the table of all with what became of each.

    The hash in the table is that of the Korean receipt as text.
    """
    rows: list[tuple[str, ...]] = []
    letters: list[dict[str, str]] = []
    files: dict[Path, bytes] = {}
    for version in versions:
        received, number = version.received, format_receipt_number(call.round, version.received)
        documents = {language: build_receipt(version, call, _choose_words(language, call)) for language in LANGUAGES}
        written = _format_documents(folder, f"receipts/{number}", documents)
        files |= written
        application_id = ids_by_code.get(version.applicant.code, "") if version.applicant else ""
        row = (
            *(number, application_id, received.package, received.sha256, format_moment(received.arrived_at)),
            *(received.channel.value, str(len(received.files)), str(sum(file.size for file in received.files))),
            *(version.state.value, sha256_hex(written[_locate(folder, f"receipts/{number}", "ko.txt")])),
        )
        rows.append(row)
        day = received.arrived_at.astimezone(KOREAN_TIME).date()
        facts = {"letter": _RECEIPT, "applicant": application_id, "receipt": number, "written_on": day.isoformat()}
        if version.applicant is not None:
            facts["code"] = version.applicant.code
            facts |= {
                f"addressee_{language}": name_head(version.applicant, Words(language, WORDS)) for language in LANGUAGES
            }
        letters.append(facts | _describe_documents(f"receipts/{number}", documents))
    files[folder / INTAKE_FOLDER / "receipts.csv"] = format_table(RECEIPT_COLUMNS, rows)
    others = [row for row in read_letters(folder) if row.get("letter") != _RECEIPT]
    _write_changed(files | _format_list(folder, [*letters, *others]))


def read_letters(folder: Path) -> list[dict[str, str]]:
    """Return the letters of a round as rows for mail merge, in order; an InputError has all rows that changed."""
    path = folder / INTAKE_FOLDER / LETTERS_FILE
    rows = [
        {name: (cell or "").strip().removeprefix("'") for name, cell in row.items() if name} for row in read_rows(path)
    ]
    problems = [problem for line, row in enumerate(rows, start=2) for problem in _check_letter(row, path, line)]
    if problems:
        raise InputError(problems)
    return rows


def _check_letter(row: Mapping[str, str], path: Path, line: int) -> Iterator[Problem]:
    """Yield what would be read otherwise than it was written: whose a letter is, and its days."""
    days = ["written_on", *(["due_on"] if row.get("letter") == _REQUEST else [])]
    for name in ("letter", "applicant", *days):
        place = Place(file=display_path(path), line=line, field=name)
        if name not in row:
            yield Problem(place=place, found=f"no column '{name}'", wanted=f"the column '{name}'")
        elif name in days:
            try:
                parse_day(row[name])
            except NotReadableError as error:
                yield Problem(place=place, found=quote(row[name]), wanted=str(error))


def _format_list(folder: Path, rows: Iterable[Mapping[str, str]]) -> dict[Path, bytes]:
    cells = ([neutralise_formula(row.get(name, "")) for name in LETTER_COLUMNS] for row in rows)
    return {folder / INTAKE_FOLDER / LETTERS_FILE: format_table(LETTER_COLUMNS, cells)}


def _format_documents(folder: Path, stem: str, documents: Mapping[Language, Document]) -> dict[Path, bytes]:
    """Return a document in every language and format, by the path of each."""
    return {
        _locate(folder, stem, f"{language}.{ending}"): data
        for language, document in documents.items()
        for ending, data in write_formats(document).items()
    }


def _locate(folder: Path, stem: str, ending: str) -> Path:
    return folder / INTAKE_FOLDER / f"{stem}.{ending}"


def _write_changed(files: Mapping[Path, bytes]) -> None:
    """Write files; one that has these bytes already is left alone."""
    write_files({path: data for path, data in files.items() if not path.is_file() or path.read_bytes() != data})


def _describe_documents(stem: str, documents: Mapping[Language, Document]) -> dict[str, str]:
    facts = {f"subject_{language}": document.title for language, document in documents.items()}
    facts |= {f"blanks_{language}": "; ".join(document.list_blanks()) for language, document in documents.items()}
    return facts | {"files": f"{stem}.ko.hwpx"}


@dataclass(frozen=True, kw_only=True, slots=True)
class LetterItem:
    """One thing to supplement or to answer: of what, what was found, what is asked for, and on which basis."""

    subject: str
    found: str
    ask: str
    basis: str = ""
    cited: tuple[Basis, ...] = ()
    """The rules that ``basis`` cites, beside the one on supplements."""


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
    rules: Rules,
    words: Words,
) -> list[LetterItem]:
    """Return everything that is lacking or asked, in the order of a form: documents, then figures."""
    language = words.language
    names = {indicator.id: indicator.name.of(language) for indicator in rules.edition.indicators()}
    asking = "; ".join(_cite(rules.documents.supplement.basis, words))
    items = [
        LetterItem(
            subject=words.term(finding.facts.terms["document"])
            if "document" in finding.facts.terms
            else words("request.subject_of.application"),
            found=words(f"request.found.{finding.code}"),
            ask=words(f"request.ask.{finding.code}"),
            basis="; ".join(words.citation(cite) for basis in finding.basis[:1] for cite in basis.cite),
            cited=finding.basis[:1],
        )
        for finding in findings
    ]
    for question in join_questions(questions):
        indicator = words(
            "request.subject_of.indicator", id=question.indicator, name=names.get(question.indicator, "")
        ).strip()
        place, why = describe_place(question.place, language), question.why.of(language)
        readings = format_readings(question.readings, language)
        items.append(
            LetterItem(
                subject=words("request.subject_of.place", indicator=indicator, place=place) if place else indicator,
                found=words("request.found.written", why=why, found=question.found) if question.found else why,
                ask=words("request.ask.reading", readings=readings) if readings else words("request.ask.value"),
                basis=asking,
            )
        )
    for remark in remarks:
        name = words("request.subject_of.indicator", id=remark.indicator, name=names.get(remark.indicator, "")).strip()
        items.append(
            LetterItem(subject=name, found=remark.message.of(language), ask=words("request.ask.remark"), basis=asking)
        )
    return items


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestDays:
    """The day on which a supplement is asked for, and the last day on which it may come."""

    asked_on: date
    due_on: date


def build_request(
    package: CountingPackage, items: list[LetterItem], call: RoundCall, days: RequestDays, number: str, words: Words
) -> Document:
    """Return a request for supplements as an official letter; ``number`` is its document number, if there is one."""
    language, rules = words.language, call.rules
    received = package.version.received
    arrived = received.arrived_at.astimezone(KOREAN_TIME).date()
    table = build_table(
        [words(f"request.column.{name}") for name in ("number", "subject", "found", "ask", "basis")],
        ((str(place), item.subject, item.found, item.ask, item.basis) for place, item in enumerate(items, start=1)),
        (6, 24, 28, 26, 16),
    )
    body: tuple[Block, ...] = (
        write_paragraph(words("request.related", basis=_cite(rules.documents.supplement.basis, words))),
        write_paragraph(
            words(
                "request.what",
                arrived=format_letter_day(arrived, language),
                receipt=format_receipt_number(call.round, received),
                due=format_letter_day(days.due_on, language),
            )
        ),
        table,
        write_paragraph(_describe_channels(rules, words)),
        write_paragraph(words("request.explain")),
        write_paragraph(_describe_consequence(rules, words)),
        write_paragraph(words("request.contact"), " ", *build_contact(call.round.sender, words), format_end(words)),
    )
    letter = Letter(
        addressee=name_head(package.applicant, words),
        subject=words("request.subject", round=call.round.title),
        body=body,
        day=days.asked_on,
        number=number,
        specimen=is_specimen(call),
        cited=(
            rules.documents.supplement.basis,
            rules.documents.incomplete_is_not_evaluated.basis,
            *(basis for item in items for basis in item.cited),
        ),
    )
    return build_letter(letter, call.round.sender, words)


def _cite(basis: Basis, words: Words) -> list[str]:
    return [words.citation(cite) for cite in basis.cite]


def _describe_channels(rules: Rules, words: Words) -> str:
    default, exceptional = (
        [words.term(f"channel.{channel.value}") for channel in rule.value]
        for rule in (rules.receipt.default_channels, rules.receipt.exceptional_channels)
    )
    if not exceptional:
        return words("request.channel_only", default=default)
    return words("request.channel", default=default, exceptional=exceptional)


def _describe_consequence(rules: Rules, words: Words) -> str:
    incomplete = rules.documents.incomplete_is_not_evaluated
    risks = " ".join(notice.of(words.language) for notice in rules.documents.notices())
    if not incomplete.value:
        return words("request.no_consequence", risks=risks)
    return words("request.consequence", basis=_cite(incomplete.basis, words), risks=risks)


def find_last_day(folder: Path, applicant: str, arrived_at: datetime) -> date | None:
    """Return the last day for answers to the letters that an applicant had got, where what arrived came after it.

    None where it came in time - on the last day it did - or where nothing had been asked by letter.
    """
    day = arrived_at.astimezone(KOREAN_TIME).date().isoformat()
    days = [
        row["due_on"]
        for row in read_letters(folder)
        if (row.get("letter"), row["applicant"]) == (_REQUEST, applicant) and row["written_on"] <= day
    ]
    last = max(days, default=day)
    return date.fromisoformat(last) if last < day else None


def write_requests(
    call: RoundCall,
    packages: Iterable[CountingPackage],
    questions: Iterable[tuple[str, str, Question]],
    remarks: Iterable[Remark],
    days: RequestDays,
) -> int:
    """Write a letter in both languages for each applicant that lacks something or is asked something; return how many.

    ``questions`` are application id, receipt number and question. A letter of an earlier day stays as it was sent; one
    of the same day is written anew under its number.
    """
    questions, remarks = list(questions), list(remarks)
    supplements = read_requested_supplements(call.folder)
    before = read_letters(call.folder)
    letters = {(row["applicant"], row["written_on"]): row for row in before if row.get("letter") == _REQUEST}
    serials = _Serials(call, letters.values())
    files: dict[Path, bytes] = {}
    count = 0
    for package in packages:
        application = build_application(package, call.rules, supplements.get(package.id, ()))
        findings = find_lacking(application, call.round, call.rules)
        own_questions = [question for application_id, _, question in questions if application_id == package.id]
        own_remarks = [remark for remark in remarks if remark.applicant == package.id]
        if not (findings or own_questions or own_remarks):
            continue
        count += 1
        key = (package.id, days.asked_on.isoformat())
        number, serial = serials.number(letters.get(key))
        documents, items = dict[Language, Document](), list[LetterItem]()
        for language in LANGUAGES:
            words = _choose_words(language, call)
            items = list_letter_items(findings, own_questions, own_remarks, call.rules, words)
            documents[language] = build_request(package, items, call, days, number, words)
        stem = f"notices/{package.id}-{days.asked_on.isoformat()}"
        files |= _format_documents(call.folder, stem, documents)
        letters[key] = {
            "letter": _REQUEST,
            "document_number": number,
            "serial": serial,
            "applicant": package.id,
            "code": package.applicant.code,
            "receipt": format_receipt_number(call.round, package.version.received),
            "written_on": days.asked_on.isoformat(),
            "due_on": days.due_on.isoformat(),
            "items": str(len(items)),
            **{f"addressee_{language}": name_head(package.applicant, Words(language, WORDS)) for language in LANGUAGES},
            **_describe_documents(stem, documents),
            **{
                f"subject_{language}": _choose_words(language, call)("request.subject", round=call.round.title)
                for language in LANGUAGES
            },
        }
    others = [row for row in before if row.get("letter") != _REQUEST]
    _write_changed(files | _format_list(call.folder, [*others, *letters.values()]))
    return count


class _Serials:
    """Gives out the numbers of letters in their order; a letter that has one retains it."""

    def __init__(self, call: RoundCall, letters: Iterable[Mapping[str, str]]) -> None:
        self._sender = call.round.sender
        used = [int(row["serial"]) for row in letters if row.get("serial", "").isdigit()]
        first = self._sender.first_serial
        self._next = None if first is None else max([first - 1, *used]) + 1

    def number(self, letter: Mapping[str, str] | None) -> tuple[str, str]:
        """Return the document number of a letter and its serial number; both are empty where none is given out."""
        if letter and letter.get("document_number"):
            return letter["document_number"], letter.get("serial", "")
        number = format_document_number(self._sender, self._next)
        if not number or self._next is None:
            return "", ""
        self._next += 1
        return number, str(self._next - 1)
