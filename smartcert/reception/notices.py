"""Deficiency notices: item by item what is lacking, where it stands, and until when, for one applicant and language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from html import escape
from pathlib import Path

from smartcert.evaluation.documents import documents
from smartcert.evaluation.receipt import receipt
from smartcert.intake.applications import read_supplements
from smartcert.intake.claims import Question
from smartcert.intake.round_tables import TABLES, Anyone
from smartcert.intake.tables import Table, close
from smartcert.intake.text import read_file
from smartcert.intake.written import write_bytes
from smartcert.model.application import Application, Round, Supplement
from smartcert.model.citation import Text
from smartcert.model.evaluation import Finding, Outcome
from smartcert.model.indicator import Edition
from smartcert.reception.plausible import Remark
from smartcert.reception.rows import Counted, documents_of
from smartcert.reception.store import ROOM
from smartcert.reception.supplements import FILE
from smartcert.reporting.words import Words
from smartcert.rules.rulebook import Rules

_SAID = {
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
class Item:
    """One thing to supplement or to answer."""

    what: str
    where: str = ""
    basis: str = ""


def application(one: Counted, rules: Rules, supplements: tuple[Supplement, ...] = ()) -> Application:
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
        documents=documents_of(one.version, rules),
        supplements=supplements,
    )


def supplements_of(folder: Path) -> dict[str, tuple[Supplement, ...]]:
    """Return the requests for supplements so far, by applicant.

    Raises:
        InputError: the table is wrong.
    """
    if not (folder / FILE).exists():
        return {}
    table = Table(read_file(folder / FILE), TABLES["supplements"])
    found = read_supplements(table, Anyone())
    close(table)
    return found


def lacking(sent: Application, round_: Round, rules: Rules) -> tuple[Finding, ...]:
    """Return the findings on receipt and documents that are not met and may still be mended, or are open."""
    findings = (*receipt(sent, round_.window, rules), *documents(sent, rules))
    mended = {"channel_reason_missing", "official_letter_missing"}
    return tuple(
        finding
        for finding in findings
        if finding.outcome in (Outcome.NOT_MET, Outcome.OPEN)
        and (finding.code.startswith("document_") or finding.code in mended)
    )


def items(
    findings: Iterable[Finding],
    questions: Iterable[Question],
    remarks: Iterable[Remark],
    edition: Edition,
    words: Words,
) -> list[Item]:
    """Return everything that is lacking or asked, in the order of a form: papers, then figures."""
    language = words.language
    names = {one.id: one.name.of(language) for one in edition.indicators()}
    say = {key: text.of(language) for key, text in _SAID.items()}
    found = [
        Item(
            what=words.finding(finding),
            basis="; ".join(words.citation(cite) for basis in finding.basis[:1] for cite in basis.cite),
        )
        for finding in findings
    ]
    for question in questions:
        told = f"{question.indicator} {names.get(question.indicator, '')}: {question.why.of(language)}"
        seen = f" - {say['found']}: {question.found}" if question.found else ""
        which = f" - {say['readings']}: {' / '.join(question.readings)}" if question.readings else ""
        found.append(Item(what=f"{told}{seen}{which}", where=question.place))
    for remark in remarks:
        name = f"{remark.indicator} {names.get(remark.indicator, '')}"
        found.append(Item(what=f"{name}: {remark.told.of(language)} - {say['please']}"))
    return found


def notice(sent: Application, told: list[Item], round_: Round, due_on: date, words: Words) -> str:
    """Return a notice as a self-contained page; everything that an applicant wrote is escaped."""
    language = words.language
    say = {key: text.of(language) for key, text in _SAID.items()}
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
    counted: Iterable[Counted],
    asked: tuple[Iterable[tuple[str, str, Question]], Iterable[Remark]],
    round_: Round,
    rules: Rules,
    due_on: date,
) -> int:
    """Write a notice in both languages for each applicant that lacks or is asked something; return how many."""
    questions, remarks = list(asked[0]), list(asked[1])
    supplements = supplements_of(folder)
    count = 0
    for one in counted:
        sent = application(one, rules, supplements.get(one.id, ()))
        findings = lacking(sent, round_, rules)
        own = [question for name, _, question in questions if name == one.id]
        noted = [remark for remark in remarks if remark.applicant == one.id]
        if not (findings or own or noted):
            continue
        count += 1
        for language in ("ko", "en"):
            words = Words(language)
            page = notice(sent, items(findings, own, noted, rules.edition, words), round_, due_on, words)
            write_bytes(folder / ROOM / "notices" / f"{one.id}.{language}.html", page.encode())
    return count
