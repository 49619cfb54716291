"""What applicants sent and the office found, as tables: applications, documents, findings, measurements, and others.

A reader returns what is valid and adds problems to its table. A table about applicants is checked against the ids of
``applications.csv``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import field, replace
from fractions import Fraction
from functools import lru_cache

from smartcert.characters import remove_guard
from smartcert.errors import suggest
from smartcert.files import WINDOWS_DEVICES
from smartcert.io.formats import text as scalars
from smartcert.io.formats.csv import Cells, Table, format_exact, format_figure, iterate_cells
from smartcert.io.formats.text import NotReadableError, quote
from smartcert.io.parameters.applicant_search import describe_unknown_code
from smartcert.io.parameters.registry import CODE
from smartcert.io.rounds.organisations import compact_number
from smartcert.lazy_dataclass import dataclass
from smartcert.model.applicant import Applicant, ApplicantKind, Registry
from smartcert.model.application import (
    Application,
    Channel,
    DeskCorrection,
    Document,
    DocumentKind,
    EvidenceGrade,
    FindingMatter,
    Inspection,
    Measurement,
    Missing,
    OfficeFinding,
    OpenReceipt,
    PackageState,
    Partner,
    Supplement,
    SupplementAnswer,
    Value,
    join_names,
)
from smartcert.model.indicator import CountScale, Edition, Indicator, IndicatorKind, YesNoScale

APPLICATION_COLUMNS = (
    "applicant",
    "code",
    "channel",
    "arrived_at",
    "sent_at",
    "official_letter",
    "channel_reason",
)
OPTIONAL_APPLICATION_COLUMNS = ("joint_with", "misrepresentation", "asked")
"""The first two are of rounds before ``findings.csv``, where these stand now; ``asked`` is the amount asked for."""

PARTNER_COLUMNS = ("applicant", "code", "role", "share", "note")
"""Who applies together with whom; ``share`` is a percentage, of all partners or of none."""

DOCUMENT_COLUMNS = ("applicant", "document", "received", "sealed", "lookup_table", "requested", "note")
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
SUPPLEMENT_COLUMNS = ("applicant", "document", "asked_on", "due_on", "answer", "answered_on", "note")

_ID = re.compile(r"[a-z][a-z0-9-]{0,39}")
KNOWN_APPLICANT = "an applicant of applications.csv"


@dataclass(kw_only=True)
class ReceivedApplications:
    """The valid applications by id, and the line of every id, those of invalid rows too."""

    applications: dict[str, Application] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)


def read_applications(table: Table, registry: Registry | None) -> ReceivedApplications:
    """Return the applications of the table; without a registry there are none, only the ids."""
    received = ReceivedApplications()
    entries = registry.by_code() if registry else {}
    governments: dict[str, int] = {}
    for cells in iterate_cells(table):
        name = _parse_id(cells, received.lines)
        applicant = _find_applicant(cells, registry, entries, governments) if registry else None
        application = _parse_application(cells, name, applicant, entries)
        if cells.valid and application is not None:
            received.applications[name] = application
    return received


def _parse_id(cells: Cells, lines: dict[str, int]) -> str:
    name = cells.text("applicant")
    if not _ID.fullmatch(name):
        cells.refuse("applicant", quote(name), "a small letter, then small letters, digits or hyphens (at most 40)")
    elif WINDOWS_DEVICES.fullmatch(name):
        cells.refuse("applicant", quote(name), "another id: some systems allow no folder of this name")
    elif name in lines:
        cells.refuse("applicant", f"the applicant '{name}' again", f"each applicant once (first in line {lines[name]})")
    else:
        lines[name] = cells.line
    return name


def _find_applicant(
    cells: Cells, registry: Registry, entries: Mapping[str, Applicant], governments: dict[str, int]
) -> Applicant | None:
    code = compact_number(cells.text("code"))
    applicant = entries.get(code)
    if applicant is None:
        unknown = "a ten-digit code of the round's registry or a number of its organisations"
        found, wanted = describe_unknown_code(code, registry) or (quote(code), unknown)
        cells.refuse("code", found, wanted)
        return None
    # a second code of a local government stands for that local government
    main_code = applicant.parent_code if applicant.kind is ApplicantKind.DUPLICATE_CODE else code
    first = governments.setdefault(main_code or code, cells.line)
    if first != cells.line:
        cells.refuse("code", f"{code}, which has applied already", f"one application each (first in line {first})")
    return applicant


def _parse_application(
    cells: Cells, name: str, applicant: Applicant | None, entries: Mapping[str, Applicant]
) -> Application | None:
    arrived_at = cells.moment("arrived_at")
    sent_at = cells.moment("sent_at") if cells.text("sent_at") else None
    if cells.valid and sent_at is not None and sent_at > arrived_at:
        cells.refuse("sent_at", cells.text("sent_at"), "a moment not after arrived_at")
    channel = cells.choice("channel", Channel)
    official_letter = cells.yes_no("official_letter")
    joint_with = _parse_joint_applicants(cells, "joint_with", entries)
    if applicant is None:
        return None
    return Application(
        id=name,
        applicant=applicant,
        code=compact_number(cells.text("code")),
        channel=channel,
        arrived_at=arrived_at,
        sent_at=sent_at,
        official_letter=official_letter,
        channel_reason=cells.text("channel_reason"),
        joint_with=joint_with,
        misrepresentation=cells.text("misrepresentation"),
        asked=_parse_asked(cells),
    )


def _parse_asked(cells: Cells) -> Fraction | None:
    if not cells.text("asked"):
        return None
    asked = cells.decimal("asked")
    if cells.valid and asked <= 0:
        cells.refuse("asked", quote(cells.text("asked")), "an amount above 0, or nothing")
    return asked


_WHOLE = 100


def read_partners(table: Table, received: ReceivedApplications, registry: Registry | None) -> None:
    """Add who applies together to the applications of ``received``; the applicant itself comes first and leads.

    The row of the one that leads may be left out where no share is stated. Shares are stated of all or of none, and
    add up to 100.
    """
    entries = registry.by_code() if registry else {}
    rows: dict[str, list[tuple[Cells, Partner]]] = {}
    for cells in iterate_cells(table):
        name = cells.known("applicant", received.lines, KNOWN_APPLICANT)
        code = compact_number(cells.text("code"))
        role = cells.text("role")
        if role not in ("lead", "partner"):
            cells.refuse("role", quote(role), "lead or partner")
        share = cells.read("share", scalars.parse_percent, Fraction(0)) if cells.text("share") else None
        if share is not None and cells.valid and not 0 < share <= _WHOLE:
            cells.refuse("share", quote(cells.text("share")), "a percentage above 0 and up to 100")
        if entries and code not in entries:
            cells.refuse("code", quote(code), "a code of the round's registry or a number of its organisations")
        if any(code == partner.applicant.code for _, partner in rows.get(name, ())):
            cells.refuse("code", f"{code} of '{name}' again", "each partner once")
        if cells.valid and code in entries:
            rows.setdefault(name, []).append(
                (cells, Partner(applicant=entries[code], lead=role == "lead", share=share))
            )
    for name, members in rows.items():
        if name in received.applications:
            application = received.applications[name]
            partners = _join_partners(application, members)
            joint = replace(application.applicant, distinct_name=join_names(partners))
            received.applications[name] = replace(application, partners=partners, applicant=joint)


def _join_partners(application: Application, rows: list[tuple[Cells, Partner]]) -> tuple[Partner, ...]:
    """Return the partners of one application, the lead first; problems are added to their rows."""
    own = application.applicant
    for cells, partner in rows:
        if partner.lead != (partner.applicant.code == own.code):
            wanted = f"lead for {application.code}, the applicant of applications.csv, and partner for the others"
            cells.refuse("role", quote(cells.text("role")), wanted)
    partners = [partner for _, partner in rows]
    if not any(partner.applicant.code == own.code for partner in partners):
        partners.append(Partner(applicant=own, lead=True))
    shares = [partner.share for partner in partners]
    last = rows[-1][0]
    if len(partners) == 1:
        last.refuse("code", "the applicant alone", "a partner beside the one that leads, or no row")
    elif None in shares and any(share is not None for share in shares):
        last.refuse("share", "shares of some of those who apply together", "a share for each, the lead too, or none")
    elif None not in shares and sum(share or 0 for share in shares) != _WHOLE:
        total = format_exact(sum((share or Fraction(0) for share in shares), Fraction(0)))
        last.refuse("share", f"shares that add up to {total} %", "shares that add up to 100 %")
    return tuple(sorted(partners, key=lambda partner: not partner.lead))


def _parse_joint_applicants(cells: Cells, column: str, entries: Mapping[str, Applicant]) -> tuple[str, ...]:
    others = tuple(part.strip() for part in cells.text(column).split(";") if part.strip())
    for other in others:
        if entries and CODE.fullmatch(other) and other not in entries:
            cells.refuse(column, quote(other), "codes of the round's registry, or names")
    return others


def read_documents(table: Table, known: Mapping[str, int]) -> dict[str, tuple[Document, ...]]:
    """Return the documents by applicant, in the order of the table."""
    documents: dict[str, dict[DocumentKind, Document]] = {}
    lines: dict[tuple[str, str], int] = {}
    for cells in iterate_cells(table):
        name, kind = cells.known("applicant", known, KNOWN_APPLICANT), cells.choice("document", DocumentKind)
        first = lines.setdefault((name, cells.text("document")), cells.line)
        if cells.valid and first != cells.line:
            cells.refuse("document", f"'{kind}' of '{name}' again", f"each document once (first in line {first})")
        document = _parse_document(cells, kind)
        if cells.valid:
            documents.setdefault(name, {})[kind] = document
    return {name: tuple(by_kind.values()) for name, by_kind in documents.items()}


def _parse_document(cells: Cells, kind: DocumentKind) -> Document:
    document = Document(
        kind=kind,
        received=cells.yes_no("received"),
        sealed=cells.yes_no_or_nothing("sealed"),
        lookup_table=cells.yes_no_or_nothing("lookup_table"),
        requested=cells.yes_no_or_nothing("requested"),
        note=cells.text("note"),
    )
    for column, present in (("sealed", document.sealed), ("lookup_table", document.lookup_table)):
        if cells.valid and present and not document.received:
            cells.refuse(column, "'yes' for a document that was not received", "no, or nothing")
    return document


def read_supplements(table: Table, known: Mapping[str, int]) -> dict[str, tuple[Supplement, ...]]:
    """Return the requests for supplements by applicant, in the order of the table."""
    supplements_by_applicant: dict[str, list[Supplement]] = {}
    lines: dict[tuple[str, str, str], int] = {}
    for cells in iterate_cells(table):
        name, supplement = cells.known("applicant", known, KNOWN_APPLICANT), _parse_supplement(cells)
        key = (name, cells.text("document"), cells.text("asked_on"))
        first = lines.setdefault(key, cells.line)
        if cells.valid and first != cells.line:
            cells.refuse("asked_on", "the same request again", f"each request once (first in line {first})")
        if cells.valid:
            supplements_by_applicant.setdefault(name, []).append(supplement)
    return {name: tuple(supplements) for name, supplements in supplements_by_applicant.items()}


def _parse_supplement(cells: Cells) -> Supplement:
    supplement = Supplement(
        document=cells.choice("document", DocumentKind),
        asked_on=cells.day("asked_on"),
        due_on=cells.day("due_on"),
        answer=cells.choice("answer", SupplementAnswer),
        answered_on=cells.day("answered_on") if cells.text("answered_on") else None,
        note=cells.text("note"),
    )
    if not cells.valid:
        return supplement
    if supplement.due_on < supplement.asked_on:
        cells.refuse("due_on", str(supplement.due_on), f"a day not before asked_on ({supplement.asked_on})")
    if supplement.answer is SupplementAnswer.ANSWERED and supplement.answered_on is None:
        cells.refuse("answered_on", "nothing", "the day of the answer")
    if supplement.answer is not SupplementAnswer.ANSWERED and supplement.answered_on is not None:
        cells.refuse("answered_on", str(supplement.answered_on), f"nothing, as the answer is '{supplement.answer}'")
    if supplement.answered_on is not None and supplement.answered_on < supplement.asked_on:
        cells.refuse("answered_on", str(supplement.answered_on), f"a day not before asked_on ({supplement.asked_on})")
    return supplement


def read_open_receipts(table: Table) -> tuple[OpenReceipt, ...]:
    """Return the packages of ``intake/receipts.csv`` of which it is not settled what becomes of them."""
    found = []
    for cells in iterate_cells(table):
        state, arrived_at = cells.choice("state", PackageState), cells.moment("arrived_at")
        if cells.valid and state.open:
            found.append(
                OpenReceipt(
                    number=cells.text("receipt"),
                    package=cells.text("package"),
                    arrived_at=arrived_at,
                    state=state,
                    applicant=cells.text("applicant"),
                )
            )
    return tuple(sorted(found, key=lambda receipt: receipt.number))


SUPPLEMENT_ARRIVAL_COLUMNS = ("applicant", "document", "asked_on", "answered_on", "receipt")
_UNANSWERED = (SupplementAnswer.PENDING, SupplementAnswer.NO_ANSWER, SupplementAnswer.UNREACHABLE)


def apply_supplement_arrivals(
    table: Table, supplements: Mapping[str, tuple[Supplement, ...]]
) -> dict[str, tuple[Supplement, ...]]:
    """Return the requests with the days on which intake saw their supplements arrive.

    What the operating body wrote (``answered`` with a day of its own) stays; a request that it noted as unanswered is
    answered by what arrived all the same.
    """
    found = {name: list(requests) for name, requests in supplements.items()}
    for cells in iterate_cells(table):
        name, kind = cells.text("applicant"), cells.choice("document", DocumentKind)
        asked_on, answered_on = cells.day("asked_on"), cells.day("answered_on")
        if not cells.valid:
            continue
        requests = found.get(name, [])
        for position, request in enumerate(requests):
            if (request.document, request.asked_on) == (kind, asked_on):
                if request.answer in _UNANSWERED:
                    requests[position] = replace(request, answer=SupplementAnswer.ANSWERED, answered_on=answered_on)
                break
        else:
            cells.refuse("asked_on", f"an answer to no request: {kind} of '{name}', {asked_on}", "a request for it")
    return {name: tuple(requests) for name, requests in found.items()}


FINDING_COLUMNS = ("applicant", "matter", "document", "found", "reason", "by", "on")


def apply_findings(
    table: Table,
    known: Mapping[str, int],
    received: ReceivedApplications,
    documents: Mapping[str, tuple[Document, ...]],
    registry: Registry | None,
) -> dict[str, tuple[Document, ...]]:
    """Apply what the operating body found to the applications of ``received``; return the documents with it.

    A finding counts before what the form says. What stands in ``applications.csv`` too, or twice here, is refused.
    """
    entries = registry.by_code() if registry else {}
    changed = {name: {document.kind: document for document in kinds} for name, kinds in documents.items()}
    lines: dict[tuple[str, str, str], int] = {}
    for cells in iterate_cells(table):
        name = cells.known("applicant", known, KNOWN_APPLICANT)
        finding = _parse_finding(cells)
        first = lines.setdefault((name, cells.text("matter"), cells.text("document")), cells.line)
        if cells.valid and first != cells.line:
            cells.refuse("matter", f"'{finding.matter}' of '{name}' again", f"each once (first in line {first})")
        application = received.applications.get(name)
        if not cells.valid or application is None:
            continue
        if finding.document is not None:
            _apply_to_document(cells, finding, changed.setdefault(name, {}))
        else:
            application = _apply_to_application(cells, finding, application, entries)
        if cells.valid:
            own = (*application.office_findings, finding)
            received.applications[name] = replace(application, office_findings=own)
    return {name: tuple(kinds.values()) for name, kinds in changed.items()}


def read_findings(table: Table) -> list[tuple[str, OfficeFinding]]:
    """Return the findings with the ids of their applicants, whoever these are."""
    found = []
    for cells in iterate_cells(table):
        finding = _parse_finding(cells)
        if cells.valid:
            found.append((cells.text("applicant"), finding))
    return found


def _parse_finding(cells: Cells) -> OfficeFinding:
    matter = cells.choice("matter", FindingMatter)
    document = None
    if cells.valid and matter.of_document:
        document = cells.choice("document", DocumentKind)
        cells.yes_no("found")
    elif cells.text("document"):
        cells.refuse("document", quote(cells.text("document")), f"nothing, as the matter is '{matter}'")
    return OfficeFinding(
        matter=matter,
        document=document,
        found=cells.required("found", "what was found"),
        reason=cells.reason("reason", "why"),
        by=cells.required("by", "who found it"),
        on=cells.day("on"),
    )


def _apply_to_document(cells: Cells, finding: OfficeFinding, documents: dict[DocumentKind, Document]) -> None:
    kind = finding.document
    assert kind is not None  # noqa: S101 - the caller has looked
    document = documents.get(kind)
    found = cells.yes_no("found")
    if document is None:
        cells.refuse("document", f"'{kind}', of which documents.csv has no row", "a document of documents.csv")
    elif found and finding.matter in (FindingMatter.SEALED, FindingMatter.LOOKUP_TABLE) and not document.received:
        cells.refuse("found", "'yes' for a document that was not received", "no")
    elif finding.matter is FindingMatter.RECEIVED and not found:
        # what was not received has no seal and no look-up table
        documents[kind] = replace(
            document,
            received=False,
            sealed=None if document.sealed is None else False,
            lookup_table=None if document.lookup_table is None else False,
        )
    elif finding.matter is FindingMatter.RECEIVED:
        documents[kind] = replace(document, received=True)
    elif finding.matter is FindingMatter.SEALED:
        documents[kind] = replace(document, sealed=found)
    elif finding.matter is FindingMatter.LOOKUP_TABLE:
        documents[kind] = replace(document, lookup_table=found)
    else:
        documents[kind] = replace(document, requested=found)


def _apply_to_application(
    cells: Cells, finding: OfficeFinding, application: Application, entries: Mapping[str, Applicant]
) -> Application:
    stated = {
        FindingMatter.MISREPRESENTATION: application.misrepresentation,
        FindingMatter.JOINT_APPLICATION: "; ".join(application.joint_with),
        FindingMatter.CHANNEL_REASON: application.channel_reason,
    }[finding.matter]
    if stated:
        cells.refuse("matter", f"'{finding.matter}', which stands in applications.csv too", "it in one of the two")
        return application
    if finding.matter is FindingMatter.JOINT_APPLICATION:
        return replace(application, joint_with=_parse_joint_applicants(cells, "found", entries))
    if finding.matter is FindingMatter.MISREPRESENTATION:
        return replace(application, misrepresentation=finding.found)
    return replace(application, channel_reason=finding.found)


MEASUREMENT_COLUMNS = (
    "applicant",
    "indicator",
    "claimed",
    "evidence_document",
    "evidence_page",
)
OPTIONAL_MEASUREMENT_COLUMNS = ("evidence_grade", "desk", "desk_reason")
"""``desk`` and ``desk_reason`` are of rounds before ``corrections.csv``, where these stand now."""

INSPECTION_COLUMNS = ("applicant", "indicator", "verified", "corrected", "reason")
OPTIONAL_INSPECTION_COLUMNS = ("inspector", "evidence_grade")

_YES_NO, _COUNTED = YesNoScale().kind, CountScale(points_each=Fraction(1), cap=Fraction(1)).kind
_OTHER_TABLE = {
    IndicatorKind.QUANTITATIVE: "a quantitative indicator (qualitative ones have marks, in marks.csv)",
    IndicatorKind.QUALITATIVE: "a qualitative indicator (quantitative ones are measured, in measurements.csv)",
}


CORRECTION_COLUMNS = ("applicant", "indicator", "claimed", "accepted", "reason", "by", "on")
OPTIONAL_CORRECTION_COLUMNS = ("confirmed_by",)


@dataclass(frozen=True, kw_only=True, slots=True)
class CorrectedClaim:
    """One row of ``corrections.csv``: the claim that it was made on, the value accepted in its place, who and why."""

    applicant: str
    indicator: Indicator
    claimed: Value
    accepted: Value
    reason: str
    correction: DeskCorrection
    cells: Cells


def read_corrections(table: Table, known: Iterable[str], edition: Edition) -> list[CorrectedClaim]:
    """Return the desk corrections in the order of the table; several may be about one figure, on different claims."""
    indicators = {indicator.id: indicator for indicator in edition.entries()}
    found: list[CorrectedClaim] = []
    lines: dict[tuple[str, str, Value], int] = {}
    for cells in iterate_cells(table):
        name = cells.known("applicant", known, KNOWN_APPLICANT)
        indicator = _find_indicator(cells, indicators)
        if indicator is None:
            continue
        claimed, accepted = _parse_value(cells, "claimed", indicator), _parse_value(cells, "accepted", indicator)
        by = cells.required("by", "who corrected it")
        correction = DeskCorrection(by=by, on=cells.day("on"), confirmed_by=cells.text("confirmed_by"))
        reason = cells.reason("reason", "why the desk corrected the value")
        if correction.confirmed_by and correction.confirmed_by == by:
            cells.refuse("confirmed_by", f"{quote(by)}, who corrected it", "another person, or nothing")
        if cells.valid and isinstance(accepted, Fraction) and not indicator.limits.allows(accepted):
            cells.refuse("accepted", quote(cells.text("accepted")), f"a value {_describe_limits(indicator)}")
        first = lines.setdefault((name, indicator.id, claimed), cells.line)
        if cells.valid and first != cells.line:
            again = f"a correction of '{indicator.id}' of '{name}' on the claim {cells.text('claimed')} again"
            cells.refuse("claimed", again, f"each once (first in line {first})")
        if cells.valid:
            found.append(
                CorrectedClaim(
                    applicant=name,
                    indicator=indicator,
                    claimed=claimed,
                    accepted=accepted,
                    reason=reason,
                    correction=correction,
                    cells=cells,
                )
            )
    return found


def find_superseded(
    corrections: Iterable[CorrectedClaim], claims: Mapping[tuple[str, str], Value]
) -> list[CorrectedClaim]:
    """Return the last correction of each figure of which none was made on the claim as it is now.

    ``claims`` are by applicant and indicator; a figure without a claim is left out.
    """
    by_figure: dict[tuple[str, str], list[CorrectedClaim]] = {}
    for correction in corrections:
        by_figure.setdefault((correction.applicant, correction.indicator.id), []).append(correction)
    return [
        max(claims_of_it, key=lambda claim: (claim.correction.on, claim.cells.line))
        for figure, claims_of_it in by_figure.items()
        if figure in claims and claims[figure] not in [correction.claimed for correction in claims_of_it]
    ]


def apply_corrections(
    corrections: Iterable[CorrectedClaim], measured: Mapping[str, Mapping[str, Measurement]]
) -> dict[str, dict[str, Measurement]]:
    """Return the measurements with the corrections that were made on their claims.

    A correction that was made on another claim than the one of now is refused: the claim was sent anew, and whether it
    is to be corrected has to be said in a row of its own. So is one beside a value in the older column ``desk``.
    """
    changed = {name: dict(figures) for name, figures in measured.items()}
    claims = {(name, key): figure.claimed for name, figures in measured.items() for key, figure in figures.items()}
    corrections = list(corrections)
    for correction in find_superseded(corrections, claims):
        claim = format_figure(claims[correction.applicant, correction.indicator.id], correction.indicator)
        made_on = f"a correction on the claim {correction.cells.text('claimed')}, which was sent anew as {claim}"
        correction.cells.refuse("claimed", made_on, f"a further row that says what is accepted for the claim {claim}")
    for correction in corrections:
        figure = changed.get(correction.applicant, {}).get(correction.indicator.id)
        if figure is None:
            found = f"a correction of '{correction.indicator.id}' of '{correction.applicant}', which has no claim"
            correction.cells.refuse("indicator", found, "a row of measurements.csv")
        elif figure.claimed != correction.claimed:
            continue
        elif figure.desk_reason or figure.desk != figure.claimed:
            found = f"a correction of '{correction.indicator.id}' that stands in measurements.csv too"
            correction.cells.refuse("indicator", found, "it in one of the two")
        else:
            changed[correction.applicant][correction.indicator.id] = replace(
                figure, desk=correction.accepted, desk_reason=correction.reason, correction=correction.correction
            )
    return changed


def read_measurements(
    table: Table,
    known: Mapping[str, int],
    edition: Edition,
    corrected: Collection[tuple[str, str, Value]] = (),
    asked_in: str = "",
) -> dict[str, dict[str, Measurement]]:
    """Return the measurements by applicant and indicator: for each applicant that has any, all of the edition.

    A claim outside its limits is refused unless it is ``corrected``: applicant, indicator, claim. ``asked_in`` is where
    the answer to a question about a missing one belongs, if anywhere.
    """
    indicators = {indicator.id: indicator for indicator in edition.entries()}
    measurements: dict[str, dict[str, Measurement]] = {}
    lines: dict[str, dict[str, int]] = {}
    usual: dict[tuple[str, ...], Measurement] = {}  # by the cells behind the applicant, where these have no problem
    for cells in iterate_cells(table):
        name = cells.known("applicant", known, KNOWN_APPLICANT)
        measurement = usual.get(content := cells.after_first())
        indicator = indicators[measurement.indicator] if measurement else _find_indicator(cells, indicators)
        if indicator is None:
            continue
        first = lines.setdefault(name, {}).setdefault(indicator.id, cells.line)
        if first != cells.line:
            cells.refuse("indicator", f"'{indicator.id}' of '{name}' again", f"each once (first in line {first})")
        if measurement is None:
            measurement, possible = _parse_measurement(cells, indicator, name, corrected)
            if cells.valid and possible:
                usual[content] = measurement
        if cells.valid:
            measurements.setdefault(name, {})[indicator.id] = measurement
    _check_complete(table, {name: lines[name] for name in lines if name in known}, edition, asked_in)
    return measurements


def _parse_measurement(
    cells: Cells, indicator: Indicator, name: str, corrected: Collection[tuple[str, str, Value]]
) -> tuple[Measurement, bool]:
    """Return a measurement, and whether it is within its limits: else it is one only where it was corrected."""
    claimed = _parse_value(cells, "claimed", indicator)
    desk = _parse_value(cells, "desk", indicator) if cells.text("desk") else claimed
    reason = cells.text("desk_reason")
    if cells.valid and desk is not claimed and desk != claimed and not reason:
        cells.refuse("desk_reason", "nothing", "why the desk corrected the value")
    possible = not isinstance(desk, Fraction) or indicator.limits.allows(desk)
    if cells.valid and not possible and (name, indicator.id, claimed) not in corrected:
        _refuse_beyond_limits(cells, indicator, claimed, desk)
    measurement = Measurement(
        indicator=indicator.id,
        claimed=claimed,
        desk=desk,
        desk_reason=reason,
        evidence_document=cells.text("evidence_document"),
        evidence_page=cells.text("evidence_page"),
        grade=cells.choice_or_nothing("evidence_grade", EvidenceGrade),
    )
    return measurement, possible


def read_inspections(table: Table, known: Mapping[str, int], edition: Edition) -> dict[str, dict[str, Inspection]]:
    """Return the results of the on-site inspection by applicant and indicator."""
    indicators = {indicator.id: indicator for indicator in edition.entries()}
    inspections: dict[str, dict[str, Inspection]] = {}
    lines: dict[tuple[str, str], int] = {}
    usual: dict[tuple[str, ...], Inspection] = {}  # by the cells behind the applicant, where these have no problem
    for cells in iterate_cells(table):
        name = cells.known("applicant", known, KNOWN_APPLICANT)
        inspection = usual.get(content := cells.after_first())
        indicator = indicators[inspection.indicator] if inspection else _find_indicator(cells, indicators)
        if indicator is None:
            continue
        first = lines.setdefault((name, indicator.id), cells.line)
        if first != cells.line:
            cells.refuse("indicator", f"'{indicator.id}' of '{name}' again", f"each once (first in line {first})")
        inspection = inspection or _parse_inspection(cells, indicator)
        if cells.valid:
            usual[content] = inspections.setdefault(name, {})[indicator.id] = inspection
    return inspections


def _parse_inspection(cells: Cells, indicator: Indicator) -> Inspection:
    verified = cells.yes_no("verified")
    reason, corrected = cells.reason("reason"), None
    if cells.text("corrected"):
        corrected = _parse_value(cells, "corrected", indicator, allowed=(Missing.ABSENT,))
    if not cells.valid:
        return Inspection(indicator=indicator.id, verified=verified)
    if verified and corrected is not None:
        cells.refuse("corrected", quote(cells.text("corrected")), "nothing, as the desk value was verified")
    if not verified and corrected is None:
        cells.refuse("corrected", "nothing", "the corrected value, or 'absent' where nothing could be confirmed")
    if not verified and not reason:
        cells.refuse("reason", "nothing", "why the value was corrected")
    if isinstance(corrected, Fraction) and not indicator.limits.allows(corrected):
        cells.refuse("corrected", quote(cells.text("corrected")), f"a value {_describe_limits(indicator)}")
    return Inspection(
        indicator=indicator.id,
        verified=verified,
        corrected=corrected,
        reason=reason,
        inspector=remove_guard(cells.text("inspector")),
        grade=cells.choice_or_nothing("evidence_grade", EvidenceGrade),
    )


def _find_indicator(cells: Cells, indicators: Mapping[str, Indicator]) -> Indicator | None:
    name = cells.text("indicator")
    indicator = indicators.get(name)
    if indicator is None:
        cells.refuse("indicator", describe_unknown_indicator(name, indicators), "an indicator of the round's edition")
    elif indicator.kind is not IndicatorKind.QUANTITATIVE:
        cells.refuse(
            "indicator", f"the {indicator.kind} indicator '{name}'", describe_other_table(IndicatorKind.QUANTITATIVE)
        )
        return None
    return indicator


def describe_unknown_indicator(name: str, indicators: Mapping[str, Indicator]) -> str:
    """Return the ``found`` of a problem with an indicator that the edition does not have."""
    return f"the unknown indicator {quote(name)}{suggest(name, indicators)}" if name else "nothing"


def describe_other_table(wanted: IndicatorKind) -> str:
    """Return the ``wanted`` of a problem with an indicator of the other kind in a table."""
    return _OTHER_TABLE[wanted]


def _parse_value(
    cells: Cells, column: str, indicator: Indicator, allowed: tuple[Missing, ...] = tuple(Missing)
) -> Value:
    text = cells.text(column)
    if text in allowed:
        return Missing(text)
    try:
        return _parse_figure(text, indicator.scale.kind)
    except NotReadableError as error:
        words = ", ".join(f"'{word}'" for word in allowed)
        cells.refuse(column, quote(text), f"{error} - or {words} (zero, absent and not applicable differ)")
        return Fraction(0)


@lru_cache(maxsize=65_536)
def _parse_figure(text: str, scale: str) -> Fraction:
    if scale == _YES_NO:
        return Fraction(scalars.parse_yes_no(text))
    number = scalars.parse_decimal(text)
    if scale == _COUNTED and (number.denominator != 1 or number < 0):
        raise NotReadableError("a whole number from 0 on, as it is counted")
    return number


def _refuse_beyond_limits(cells: Cells, indicator: Indicator, claimed: Value, desk: Value) -> None:
    if desk == claimed:
        found, wanted = quote(cells.text("claimed")), f"a value {_describe_limits(indicator)}"
        way_out = "correct the slip here, or leave it as claimed and put the accepted value into corrections.csv"
        cells.refuse("claimed", found, f"{wanted}: {way_out}")
    else:
        cells.refuse("desk", quote(cells.text("desk")), f"a value {_describe_limits(indicator)}")


def _describe_limits(indicator: Indicator) -> str:
    limits = indicator.limits
    low = "" if limits.at_least is None else f"from {_format_number(limits.at_least)}"
    high = "" if limits.at_most is None else f"up to {_format_number(limits.at_most)}"
    last = limits.at_least if limits.at_most is None else limits.at_most
    unit = indicator.unit.en if last is None else indicator.name_unit(last, "en")
    return f"{low} {high}".strip() + f" {unit}"


def _format_number(number: Fraction) -> str:
    return str(number) if number.denominator == 1 else str(float(number))


def _check_complete(table: Table, lines: Mapping[str, Mapping[str, int]], edition: Edition, asked_in: str) -> None:
    required = [figure.id for figure in edition.figures()]
    for name, measured in lines.items():
        missing = [indicator for indicator in required if indicator not in measured]
        if missing and measured:
            found = f"no row for {', '.join(missing)} of '{name}'"
            wanted = "a row for every quantitative indicator ('absent' if need be)"
            if asked_in:  # rows that were entered by hand would be refused
                wanted = f"an answer to the question about it in {asked_in}, then `smartcert intake` again"
            table.refuse(min(measured.values()), "indicator", found, wanted)


BASE_COLUMNS = ("applicant", "base", "value", "source")


def read_bases(table: Table, known: Iterable[str], edition: Edition) -> dict[str, dict[str, Fraction]]:
    """Return the figures that measures are divided by, beside residents, by applicant and by the id of a base."""
    declared = {base.id: base for base in edition.bases}
    bases: dict[str, dict[str, Fraction]] = {}
    lines: dict[tuple[str, str], int] = {}
    for cells in iterate_cells(table):
        name, base = cells.known("applicant", known, KNOWN_APPLICANT), cells.text("base")
        if base not in declared:
            wanted = f"a base of the edition: {', '.join(declared) or 'it has none'}"
            cells.refuse("base", quote(base) + suggest(base, declared), wanted)
        first = lines.setdefault((name, base), cells.line)
        if first != cells.line:
            cells.refuse("base", f"'{base}' of '{name}' again", f"each once (first in line {first})")
        value = cells.decimal("value")
        if cells.valid and value <= 0:
            cells.refuse(
                "value", quote(cells.text("value")), "a number above 0; leave the row out where it is not known"
            )
        cells.required("source", "where the figure is from")
        if cells.valid:
            bases.setdefault(name, {})[base] = value
    return bases
