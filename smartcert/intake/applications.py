"""``applications.csv``, ``documents.csv`` and ``supplements.csv``: what arrived, and what it lacked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from smartcert.intake.cells import Cells, each
from smartcert.intake.scalars import quoted
from smartcert.intake.tables import Table
from smartcert.model.applicant import Applicant, Kind, Registry
from smartcert.model.application import Answer, Application, Channel, Document, DocumentKind, Supplement

COLUMNS = (
    "applicant",
    "code",
    "channel",
    "arrived_at",
    "sent_at",
    "official_letter",
    "channel_reason",
    "joint_with",
    "misrepresentation",
)
DOCUMENT_COLUMNS = ("applicant", "document", "received", "sealed", "lookup_table", "requested", "note")
SUPPLEMENT_COLUMNS = ("applicant", "document", "asked_on", "due_on", "answer", "answered_on", "note")

_ID = re.compile(r"[a-z][a-z0-9-]{0,39}")
# names of devices on Windows: no folder can have them
_DEVICES = re.compile(r"con|prn|aux|nul|com[0-9]|lpt[0-9]")
_CODE = re.compile(r"[0-9]{10}")
KNOWN = "an applicant of applications.csv"


@dataclass(kw_only=True)
class Received:
    """The applications by id, and every id that was written, of broken rows too."""

    applications: dict[str, Application] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)


def read_applications(table: Table, registry: Registry | None) -> Received:
    """Return the applications of the table; without a registry only the ids are of use."""
    received = Received()
    entries = registry.by_code() if registry else {}
    governments: dict[str, int] = {}
    for cells in each(table):
        name = _id(cells, received.lines)
        applicant = _applicant(cells, entries, governments) if registry else None
        application = _application(cells, name, applicant, entries)
        if cells.sound and application is not None:
            received.applications[name] = application
    return received


def _id(cells: Cells, lines: dict[str, int]) -> str:
    name = cells.text("applicant")
    if not _ID.fullmatch(name):
        cells.refuse("applicant", quoted(name), "a small letter, then small letters, digits or hyphens (at most 40)")
    elif _DEVICES.fullmatch(name):
        cells.refuse("applicant", quoted(name), "another id: some systems allow no folder of this name")
    elif name in lines:
        cells.refuse("applicant", f"the applicant '{name}' again", f"each applicant once (first in line {lines[name]})")
    else:
        lines[name] = cells.line
    return name


def _applicant(cells: Cells, entries: Mapping[str, Applicant], governments: dict[str, int]) -> Applicant | None:
    code = cells.text("code")
    applicant = entries.get(code)
    if applicant is None:
        cells.refuse("code", quoted(code), "a ten-digit code of the round's registry")
        return None
    # a second code of a local government stands for that local government
    itself = applicant.parent_code if applicant.kind is Kind.DUPLICATE_CODE else code
    first = governments.setdefault(itself or code, cells.line)
    if first != cells.line:
        cells.refuse("code", f"{code}, which has applied already", f"one application each (first in line {first})")
    return applicant


def _application(
    cells: Cells, name: str, applicant: Applicant | None, entries: Mapping[str, Applicant]
) -> Application | None:
    arrived_at = cells.moment("arrived_at")
    sent_at = cells.moment("sent_at") if cells.text("sent_at") else None
    if cells.sound and sent_at is not None and sent_at > arrived_at:
        cells.refuse("sent_at", cells.text("sent_at"), "a moment not after arrived_at")
    channel = cells.choice("channel", Channel)
    official_letter = cells.yes_no("official_letter")
    joint_with = _others(cells, entries)
    if applicant is None:
        return None
    return Application(
        id=name,
        applicant=applicant,
        code=cells.text("code"),
        channel=channel,
        arrived_at=arrived_at,
        sent_at=sent_at,
        official_letter=official_letter,
        channel_reason=cells.text("channel_reason"),
        joint_with=joint_with,
        misrepresentation=cells.text("misrepresentation"),
    )


def _others(cells: Cells, entries: Mapping[str, Applicant]) -> tuple[str, ...]:
    others = tuple(part.strip() for part in cells.text("joint_with").split(";") if part.strip())
    for other in others:
        if entries and _CODE.fullmatch(other) and other not in entries:
            cells.refuse("joint_with", quoted(other), "codes of the round's registry, or names")
    return others


def read_documents(table: Table, known: Mapping[str, int]) -> dict[str, tuple[Document, ...]]:
    """Return the documents by applicant, in the order of the table."""
    found: dict[str, dict[DocumentKind, Document]] = {}
    lines: dict[tuple[str, str], int] = {}
    for cells in each(table):
        name, kind = cells.known("applicant", known, KNOWN), cells.choice("document", DocumentKind)
        first = lines.setdefault((name, cells.text("document")), cells.line)
        if cells.sound and first != cells.line:
            cells.refuse("document", f"'{kind}' of '{name}' again", f"each document once (first in line {first})")
        document = _document(cells, kind)
        if cells.sound:
            found.setdefault(name, {})[kind] = document
    return {name: tuple(documents.values()) for name, documents in found.items()}


def _document(cells: Cells, kind: DocumentKind) -> Document:
    document = Document(
        kind=kind,
        received=cells.yes_no("received"),
        sealed=cells.yes_no_or_nothing("sealed"),
        lookup_table=cells.yes_no_or_nothing("lookup_table"),
        requested=cells.yes_no_or_nothing("requested"),
        note=cells.text("note"),
    )
    for column, there in (("sealed", document.sealed), ("lookup_table", document.lookup_table)):
        if cells.sound and there and not document.received:
            cells.refuse(column, "'yes' for a document that was not received", "no, or nothing")
    return document


def read_supplements(table: Table, known: Mapping[str, int]) -> dict[str, tuple[Supplement, ...]]:
    """Return the requests for supplements by applicant, in the order of the table."""
    found: dict[str, list[Supplement]] = {}
    lines: dict[tuple[str, str, str], int] = {}
    for cells in each(table):
        name, supplement = cells.known("applicant", known, KNOWN), _supplement(cells)
        key = (name, cells.text("document"), cells.text("asked_on"))
        first = lines.setdefault(key, cells.line)
        if cells.sound and first != cells.line:
            cells.refuse("asked_on", "the same request again", f"each request once (first in line {first})")
        if cells.sound:
            found.setdefault(name, []).append(supplement)
    return {name: tuple(supplements) for name, supplements in found.items()}


def _supplement(cells: Cells) -> Supplement:
    supplement = Supplement(
        document=cells.choice("document", DocumentKind),
        asked_on=cells.day("asked_on"),
        due_on=cells.day("due_on"),
        answer=cells.choice("answer", Answer),
        answered_on=cells.day("answered_on") if cells.text("answered_on") else None,
        note=cells.text("note"),
    )
    if not cells.sound:
        return supplement
    if supplement.due_on < supplement.asked_on:
        cells.refuse("due_on", str(supplement.due_on), f"a day not before asked_on ({supplement.asked_on})")
    if supplement.answer is Answer.ANSWERED and supplement.answered_on is None:
        cells.refuse("answered_on", "nothing", "the day of the answer")
    if supplement.answer is not Answer.ANSWERED and supplement.answered_on is not None:
        cells.refuse("answered_on", str(supplement.answered_on), f"nothing, as the answer is '{supplement.answer}'")
    if supplement.answered_on is not None and supplement.answered_on < supplement.asked_on:
        cells.refuse("answered_on", str(supplement.answered_on), f"a day not before asked_on ({supplement.asked_on})")
    return supplement
